import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import type { PolicyRule } from "../../api/rbac/v1.ts";
import type { Entry, Subscription } from "../../storage/store.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { Identity } from "../request.ts";
import type { AuthorizationAttributes, AuthorizationModule, Decision } from "./authorizer.ts";
import { type PodReferences, podReferences, secretsOfSource } from "./pod-references.ts";
import { compileRule, ruleAllows } from "./rbac-rules.ts";

const allow: Decision = { effect: "allow", reason: "" };
const nothing: Decision = { effect: "none", reason: "" };
const no = (reason: string): Decision => ({ effect: "none", reason });

const nodesGroup = "system:nodes";
const nodeUserPrefix = "system:node:";
const nodeLeaseNamespace = "kube-node-lease";

/** The name of the node that a user is; undefined for everyone else, `""` for a node without a name. */
export function nodeNameOf(user: Identity): string | undefined {
  if (!user.name.startsWith(nodeUserPrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.name.slice(nodeUserPrefix.length);
}

interface BoundPod {
  namespace: string;
  references: PodReferences;
}

/** Lets a node read what the pods bound to it use, and write what is its own. */
export class NodeAuthorizer implements AuthorizationModule {
  readonly name = "Node";
  readonly #objects: ObjectReader;
  /** Made with the first question about a node's pods: at the start of a large cluster it would mean reading every pod from the disk. */
  #podsByNode: Map<string, Map<string, BoundPod>> | undefined;
  #subscription: Subscription | undefined;
  readonly #rules = nodeRules.map(compileRule);

  constructor(objects: ObjectReader) {
    this.#objects = objects;
  }

  close(): void {
    this.#subscription?.close();
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

  /** The decision about resources whose objects belong to nodes; undefined for those that the general rules decide. */
  #resourceDecision(node: string, attributes: AuthorizationAttributes): Decision | undefined {
    const resource = attributes.group === "" ? attributes.resource : `${attributes.resource}.${attributes.group}`;
    const { subresource } = attributes;
    switch (resource) {
      case "secrets":
        return this.#readNamespaced(node, attributes, (pod, name) => pod.references.secrets.has(name) || this.#volumeSecret(pod, name));
      case "configmaps":
        return this.#readNamespaced(node, attributes, (pod, name) => pod.references.configMaps.has(name));
      case "persistentvolumeclaims":
        if (subresource === "status") return this.#statusUpdate(node, attributes);
        return this.#getOne(node, attributes, (pod, name) => pod.references.claims.has(name));
      case "persistentvolumes":
        return this.#getOne(node, attributes, (pod, name) => this.#volumes(pod).some((volume) => volume.metadata.name === name));
      case "resourceclaims.resource.k8s.io":
        return this.#getOne(node, attributes, (pod, name) => pod.references.resourceClaims.has(name));
      case "volumeattachments.storage.k8s.io":
        return this.#attachment(node, attributes);
      case "serviceaccounts":
        return this.#createToken(node, attributes);
      case "leases.coordination.k8s.io":
        return ownLease(node, attributes);
      case "csinodes.storage.k8s.io":
        return ownCsiNode(node, attributes);
      case "nodes":
        return ownNode(node, attributes);
      case "pods":
        return this.#pod(node, attributes);
      default:
        return undefined;
    }
  }

  #readNamespaced(node: string, attributes: AuthorizationAttributes, uses: (pod: BoundPod, name: string) => boolean): Decision {
    const { verb, subresource, namespace } = attributes;
    if (verb !== "get" && verb !== "list" && verb !== "watch") return no("can only read resources of this type");
    if (subresource !== "") return no("cannot read subresource");
    if (namespace === "") return no("can only read namespaced object of this type");
    return this.#related(node, attributes, uses);
  }

  #getOne(node: string, attributes: AuthorizationAttributes, uses: (pod: BoundPod, name: string) => boolean): Decision {
    if (attributes.verb !== "get") return no("can only get individual resources of this type");
    if (attributes.subresource !== "") return no("cannot get subresource");
    return this.#related(node, attributes, uses);
  }

  #statusUpdate(node: string, attributes: AuthorizationAttributes): Decision {
    if (attributes.verb !== "update" && attributes.verb !== "patch") return no("can only get/update/patch this type");
    return this.#related(node, attributes, (pod, name) => pod.references.claims.has(name));
  }

  #createToken(node: string, attributes: AuthorizationAttributes): Decision {
    if (attributes.verb !== "create") return no("can only create tokens for individual service accounts");
    if (attributes.subresource !== "token") return no("can only create token subresource of serviceaccount");
    return this.#related(node, attributes, (pod, name) => pod.references.serviceAccount === name);
  }

  #attachment(node: string, attributes: AuthorizationAttributes): Decision {
    if (attributes.verb !== "get") return no("can only get individual resources of this type");
    if (attributes.subresource !== "") return no("cannot get subresource");
    const entry = this.#objects.get("volumeattachments.storage.k8s.io", "", attributes.name);
    const spec = entry?.value.spec as { nodeName?: string } | undefined;
    return spec?.nodeName === node ? allow : no(noRelation(node));
  }

  #pod(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb, subresource, name } = attributes;
    if (subresource === "") {
      if (verb === "get") return this.#isBound(node, attributes) ? allow : no(noRelation(node));
      if (verb === "list" || verb === "watch") {
        const ofNode = (attributes.fieldSelector ?? "")
          .split(",")
          .some((term) => term === `spec.nodeName=${node}` || term === `spec.nodeName==${node}`);
        if (ofNode) return allow;
        if (name !== "" && attributes.namespace !== "" && this.#isBound(node, attributes)) return allow;
        return no("can only list/watch pods with spec.nodeName field selector");
      }
      if (verb === "create" || verb === "delete") return allow;
      return nothing;
    }
    if (subresource === "status") return verb === "update" || verb === "patch" ? allow : nothing;
    if (subresource === "eviction") return verb === "create" ? allow : nothing;
    return nothing;
  }

  #isBound(node: string, { namespace, name }: AuthorizationAttributes): boolean {
    return this.#podsOf(node)?.has(this.#objects.key("pods", namespace, name)) ?? false;
  }

  #related(node: string, { namespace, name }: AuthorizationAttributes, uses: (pod: BoundPod, name: string) => boolean): Decision {
    if (name === "") return no("No Object name found");
    for (const pod of this.#podsOf(node)?.values() ?? []) {
      if (namespace !== "" && pod.namespace !== namespace) continue;
      if (uses(pod, name)) return allow;
    }
    return no(noRelation(node));
  }

  /** The volumes that a pod's claims are bound to. */
  #volumes(pod: BoundPod): PersistentVolume[] {
    const volumes: PersistentVolume[] = [];
    for (const name of pod.references.claims) {
      const claim = this.#objects.get("persistentvolumeclaims", pod.namespace, name)?.value as PersistentVolumeClaim | undefined;
      const volumeName = claim?.spec?.volumeName;
      const volume = volumeName ? this.#objects.get("persistentvolumes", "", volumeName) : undefined;
      if (volume) volumes.push(volume.value as PersistentVolume);
    }
    return volumes;
  }

  #volumeSecret(pod: BoundPod, name: string): boolean {
    if (pod.references.claims.size === 0) return false;
    return this.#volumes(pod).some((volume) => secretsOfSource((volume.spec ?? {}) as Record<string, unknown>).includes(name));
  }

  #podsOf(node: string): ReadonlyMap<string, BoundPod> | undefined {
    if (this.#podsByNode === undefined) {
      const byNode = new Map<string, Map<string, BoundPod>>();
      this.#podsByNode = byNode;
      this.#subscription = this.#objects.subscribe("pods", (events) => {
        for (const { type, entry, previous } of events) {
          if (previous) remove(byNode, previous);
          if (type !== "DELETED") add(byNode, entry);
        }
      });
      for (const entry of this.#objects.list("pods")) add(byNode, entry);
    }
    return this.#podsByNode.get(node);
  }
}

function add(byNode: Map<string, Map<string, BoundPod>>, { key, value }: Entry): void {
  const pod = value as Pod;
  const node = pod.spec?.nodeName;
  if (!node) return;
  let pods = byNode.get(node);
  if (!pods) {
    pods = new Map();
    byNode.set(node, pods);
  }
  pods.set(key, { namespace: pod.metadata.namespace ?? "", references: podReferences(pod) });
}

function remove(byNode: Map<string, Map<string, BoundPod>>, { key, value }: Entry): void {
  const node = (value as Pod).spec?.nodeName;
  if (!node) return;
  const pods = byNode.get(node);
  pods?.delete(key);
  if (pods?.size === 0) byNode.delete(node);
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
  {
    apiGroups: ["resource.k8s.io"],
    resources: ["resourceslices"],
    verbs: ["create", "update", "patch", "delete", "deletecollection", ...read],
  },
];
