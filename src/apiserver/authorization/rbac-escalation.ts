import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from "../../api/rbac/v1.ts";
import { badRequest, notFound, StatusError } from "../../machinery/errors.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import { refuse } from "../admission/refuse.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { checkSegment } from "../prepare.ts";
import { type Authorizer, everything, mastersGroup, resourceAttributes } from "./authorizer.ts";
import type { RbacAuthorizer } from "./rbac-authorizer.ts";
import { compactRules, formatRule, uncoveredRules } from "./rbac-rules.ts";

const group = "rbac.authorization.k8s.io";
const roles = [`roles.${group}`, `clusterroles.${group}`];
const referredKinds: ReadonlyMap<string, string> = new Map([
  ["Role", "roles"],
  ["ClusterRole", "clusterroles"],
]);
const bindings = [`rolebindings.${group}`, `clusterrolebindings.${group}`];

/**
 * Nobody grants what they don't hold themselves, unless they may escalate or bind. Runs after all that may change the object, and
 * before validation.
 */
export function rbacEscalation(rbac: RbacAuthorizer, authorizer: Authorizer): AdmissionPlugin {
  const may = (attributes: AdmissionAttributes, verb: string, resource: string, name: string) =>
    authorizer.allows(attributes.user, resourceAttributes({ verb, group, version: "*", resource, namespace: attributes.namespace, name }));
  return {
    name: "RBACEscalation",
    resources: [...roles, ...bindings],
    async admit(attributes) {
      const { operation, resource, user, object, old } = attributes;
      if ((operation !== "CREATE" && operation !== "UPDATE") || !object || user.groups.includes(mastersGroup)) return;
      const isRole = roles.includes(resource.qualifiedName);
      const name = operation === "CREATE" ? "" : attributes.name;
      if (isRole && (await may(attributes, "escalate", resource.definition.resource, name))) return;
      if (old && onlyConcernsCollection(object, old)) return;
      if (isRole) {
        checkRole(rbac, attributes, object as ClusterRole, old as Readonly<ClusterRole> | undefined);
        return;
      }
      const { roleRef } = object as unknown as RoleBinding;
      const referred = referredKinds.get(roleRef.kind);
      if (referred === undefined) throw new StatusError(500, "", `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}`);
      if (await may(attributes, "bind", referred, roleRef.name)) return;
      checkCovered(rbac, attributes, referredRules(rbac, attributes, roleRef));
    },
  };
}

/** The rules of the role that a binding names, which isn't validated yet. Where there is none, upstream speaks of the binding's kind. */
function referredRules(rbac: RbacAuthorizer, { resource, namespace }: AdmissionAttributes, { kind, name }: RoleRef): readonly PolicyRule[] {
  if (kind === "Role" && namespace === "") throw badRequest("Namespace parameter required.");
  if (name === "") throw badRequest("Name parameter required.");
  checkSegment(name);
  const rules = rbac.roleRules(kind, namespace, name);
  if (!rules) throw notFound(resource.definition, name);
  return rules;
}

function checkRole(rbac: RbacAuthorizer, attributes: AdmissionAttributes, role: ClusterRole, old: Readonly<ClusterRole> | undefined): void {
  checkCovered(rbac, attributes, role.rules ?? []);
  if (!isAggregated(role) && !(old && isAggregated(old))) return;
  // It gathers whatever others grant, and keeps it.
  const { rules } = rbac.rulesFor(attributes.user, attributes.namespace);
  if (uncoveredRules(rules, everything).length > 0) {
    throw refuse(attributes, "must have cluster-admin privileges to use the aggregationRule");
  }
}

function isAggregated({ aggregationRule }: Readonly<ClusterRole>): boolean {
  return (aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;
}

/** The garbage collector changes owners and finalizers of roles whose rules it doesn't hold. */
function onlyConcernsCollection(object: AnyObject, old: Readonly<AnyObject>): boolean {
  const { ownerReferences, finalizers, managedFields } = old.metadata;
  const kept = { ...object.metadata, ownerReferences, finalizers, managedFields };
  return deepEqual(withoutAbsent({ ...object, metadata: kept }), withoutAbsent({ ...old }));
}

function withoutAbsent(object: AnyObject): unknown {
  return JSON.parse(JSON.stringify(object));
}

function checkCovered(rbac: RbacAuthorizer, attributes: AdmissionAttributes, wanted: readonly PolicyRule[]): void {
  const { user, namespace } = attributes;
  const { rules, error } = rbac.rulesFor(user, namespace);
  const missing = uncoveredRules(rules, wanted);
  if (missing.length === 0) return;
  const groups = `[${user.groups.map((name) => JSON.stringify(name)).join(" ")}]`;
  const lines = [...new Set(compactRules(missing).map(formatRule))].sort().join("\n");
  const unresolved = error === undefined ? "" : `; resolution errors: [${error}]`;
  throw refuse(
    attributes,
    `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${lines}${unresolved}`,
  );
}
