import type { PolicyRule } from "../../api/rbac/v1.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { Identity } from "../request.ts";
import type { AuthorizationAttributes, AuthorizationModule, Decision, UserRules } from "./authorizer.ts";
import { NodeGraph } from "./node-graph.ts";
import type { PodReferences } from "./pod-references.ts";
import { compileRule, ruleAllows } from "./rbac-rules.ts";

const allow: Decision = { effect: "allow", reason: "" };
const nothing: Decision = { effect: "none", reason: "" };
const no = (reason: string): Decision => ({ effect: "none", reason });

export const nodesGroup = "system:nodes";
export const nodeUserPrefix = "system:node:";
const nodeLeaseNamespace = "kube-node-lease";

/** The name of the node that a user is; undefined for everyone else, `""` for a node without a name. */
export function nodeNameOf(user: Identity): string | undefined {
  if (!user.name.startsWith(nodeUserPrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.name.slice(nodeUserPrefix.length);
}

/** Lets a node read what the pods bound to it use, and write what is its own. */
export class NodeAuthorizer implements AuthorizationModule {
  readonly name = "Node";
  readonly #objects: ObjectReader;
  readonly #graph: NodeGraph;
  readonly #rules = nodeRules.map(compileRule);

  constructor(objects: ObjectReader) {
    this.#objects = objects;
    this.#graph = new NodeGraph(objects);
  }

  close(): void {
    this.#graph.close();
  }

  authorize(user: Identity, attributes: AuthorizationAttributes): Decision {
    const node = nodeNameOf(user);
    if (node === undefined) return nothing;
    if (node === "") return no(`unknown node for user ${JSON.stringify(user.name)}`);
    if (attributes.isResourceRequest) {
      const own = this.#resourceDecision(node, attributes);
      if (own) return own;
    }
    return this.#rules.some((rule) => ruleAllows(rule, attributes)) ? allow : nothing;
  }

  rulesFor(user: Identity): UserRules {
    if (nodeNameOf(user) === undefined) return { rules: [] };
    return { rules: [], incomplete: true, error: "node authorizer does not support user rule resolution" };
  }

  /** The decision about resources whose objects belong to nodes; undefined for those that the general rules decide. */
  #resourceDecision(node: string, attributes: AuthorizationAttributes): Decision | undefined {
    const resource = attributes.group === "" ? attributes.resource : `${attributes.resource}.${attributes.group}`;
    const { namespace, name } = attributes;
    const usedBy = (uses: (references: PodReferences) => boolean) => this.#graph.isUsed(node, namespace, uses);
    switch (resource) {
      case "secrets":
        return readNamespaced(
          node,
          attributes,
          () => usedBy(({ secrets }) => secrets.has(name)) || this.#graph.usesSecretOfVolume(node, namespace, name),
        );
      case "configmaps":
        return readNamespaced(node, attributes, () => usedBy(({ configMaps }) => configMaps.has(name)));
      case "persistentvolumeclaims": {
        const isUsed = () => usedBy(({ claims }) => claims.has(name));
        return attributes.subresource === "status" ? updateStatus(node, attributes, isUsed) : getOne(node, attributes, isUsed);
      }
      case "persistentvolumes":
        return getOne(node, attributes, () => this.#graph.usesVolume(node, name));
      case "resourceclaims.resource.k8s.io":
        return getOne(node, attributes, () => usedBy(({ resourceClaims }) => resourceClaims.has(name)));
      case "volumeattachments.storage.k8s.io":
        return getOne(node, attributes, () => this.#nodeNameIn(resource, name) === node);
      case "serviceaccounts":
        return account(node, attributes, () => usedBy(({ serviceAccount }) => serviceAccount === name));
      case "leases.coordination.k8s.io":
        return ownLease(node, attributes);
      case "csinodes.storage.k8s.io":
        return ownCsiNode(node, attributes);
      case "resourceslices.resource.k8s.io":
        return slice(node, attributes, () => this.#nodeNameIn(resource, name) === node);
      case "nodes":
        return ownNode(node, attributes);
      case "pods":
        return pod(node, attributes, () => this.#graph.isBound(node, namespace, name));
      case "podcertificaterequests.certificates.k8s.io":
        return nothing;
      default:
        return undefined;
    }
  }

  /** The node that an object of the cluster names in its specification. */
  #nodeNameIn(resource: string, name: string): string | undefined {
    return (this.#objects.get(resource, "", name)?.value.spec as { nodeName?: string } | undefined)?.nodeName;
  }
}

type Relation = () => boolean;

function related(node: string, { name }: AuthorizationAttributes, isRelated: Relation): Decision {
  if (name === "") return no("No Object name found");
  return isRelated() ? allow : no(noRelation(node));
}

function readNamespaced(node: string, attributes: AuthorizationAttributes, isRelated: Relation): Decision {
  const { verb, subresource, namespace } = attributes;
  if (verb !== "get" && verb !== "list" && verb !== "watch") return no("can only read resources of this type");
  if (subresource !== "") return no("cannot read subresource");
  if (namespace === "") return no("can only read namespaced object of this type");
  return related(node, attributes, isRelated);
}

function getOne(node: string, attributes: AuthorizationAttributes, isRelated: Relation): Decision {
  if (attributes.verb !== "get") return no("can only get individual resources of this type");
  if (attributes.subresource !== "") return no("cannot get subresource");
  return related(node, attributes, isRelated);
}

function updateStatus(node: string, attributes: AuthorizationAttributes, isRelated: Relation): Decision {
  if (attributes.verb !== "update" && attributes.verb !== "patch") return no("can only get/update/patch this type");
  return related(node, attributes, isRelated);
}

function account(node: string, attributes: AuthorizationAttributes, isRelated: Relation): Decision {
  const { verb, subresource, name } = attributes;
  if (verb === "get" && subresource === "") return readNamespaced(node, attributes, isRelated);
  if (verb !== "create" || name === "") return no("can only create tokens for individual service accounts");
  if (subresource !== "token") return no("can only create token subresource of serviceaccount");
  return related(node, attributes, isRelated);
}

function slice(node: string, attributes: AuthorizationAttributes, isRelated: Relation): Decision {
  if (attributes.subresource !== "") return no("cannot authorize ResourceSlice subresources");
  switch (attributes.verb) {
    case "create":
      return allow;
    case "get":
    case "update":
    case "patch":
    case "delete":
      return related(node, attributes, isRelated);
    case "watch":
    case "list":
    case "deletecollection":
      if (attributes.selectors?.isFixed("spec.nodeName", node)) return allow;
      return no("can only list/watch/deletecollection resourceslices with nodeName field selector");
    default:
      return no(
        "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
      );
  }
}

function pod(node: string, attributes: AuthorizationAttributes, isBound: Relation): Decision {
  const { verb, subresource, name } = attributes;
  if (subresource === "status") return verb === "update" || verb === "patch" ? allow : nothing;
  if (subresource === "eviction") return verb === "create" ? allow : nothing;
  if (subresource !== "") return nothing;
  if (verb === "get") return getOne(node, attributes, isBound);
  if (verb === "list" || verb === "watch") {
    if (attributes.selectors?.isFixed("spec.nodeName", node)) return allow;
    if (name !== "") return related(node, attributes, isBound);
    return no("can only list/watch pods with spec.nodeName field selector");
  }
  return verb === "create" || verb === "delete" ? allow : nothing;
}

const noRelation = (node: string) => `no relationship found between node '${node}' and this object`;

const leaseVerbs = new Set(["get", "create", "update", "patch", "delete"]);

function ownLease(node: string, { verb, namespace, name }: AuthorizationAttributes): Decision {
  if (!leaseVerbs.has(verb)) return no("can only get, create, update, patch, or delete a node lease");
  if (namespace !== nodeLeaseNamespace) return no(`can only access leases in the ${JSON.stringify(nodeLeaseNamespace)} system namespace`);
  if (verb !== "create" && name !== node) return no("can only access node lease with the same name as the requesting node");
  return allow;
}

function ownCsiNode(node: string, { verb, name, subresource }: AuthorizationAttributes): Decision {
  if (!leaseVerbs.has(verb)) return no("can only get, create, update, patch, or delete a CSINode");
  if (subresource !== "") return no("cannot authorize CSINode subresources");
  if (verb !== "create" && name !== node) return no("can only access CSINode with the same name as the requesting node");
  return allow;
}

function ownNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Decision {
  if (subresource === "") {
    if (verb === "create" || verb === "patch" || verb === "update") return allow;
    if (verb === "get" || verb === "list" || verb === "watch") {
      if (name === node) return allow;
      return no(`node '${node}' cannot read ${name === "" ? "all nodes" : `'${name}'`}, only its own Node object`);
    }
    return nothing;
  }
  return subresource === "status" && (verb === "update" || verb === "patch") ? allow : nothing;
}

const read = ["get", "list", "watch"];

/** What every node may do with resources that belong to no node. NodeRestriction narrows the writes. */
const nodeRules: PolicyRule[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews", "localsubjectaccessreviews"], verbs: ["create"] },
  { apiGroups: [""], resources: ["services"], verbs: read },
  { apiGroups: [""], resources: ["endpoints"], verbs: ["get"] },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
  { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"], verbs: ["create", ...read] },
  { apiGroups: ["storage.k8s.io"], resources: ["csidrivers"], verbs: read },
  { apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"], verbs: read },
];
