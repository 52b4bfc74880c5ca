import type { PolicyRule, RoleBinding } from "../../api/rbac/v1.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { mastersGroup } from "../authentication/authenticators.ts";
import type { AuthorizationAttributes, Authorizer } from "../authorization/authorizer.ts";
import type { RbacAuthorizer } from "../authorization/rbac-authorizer.ts";
import { formatRule, uncoveredRules } from "../authorization/rbac-rules.ts";
import { refuse } from "./refuse.ts";

const group = "rbac.authorization.k8s.io";
const roles = [`roles.${group}`, `clusterroles.${group}`];
const bindings = [`rolebindings.${group}`, `clusterrolebindings.${group}`];

/** Nobody grants what they don't hold themselves, unless they may escalate or bind. */
export function rbacEscalation(rbac: RbacAuthorizer, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "RBACEscalation",
    resources: [...roles, ...bindings],
    validate(attributes) {
      const { operation, resource, user, object, namespace, old } = attributes;
      if ((operation !== "CREATE" && operation !== "UPDATE") || !object || user.groups.includes(mastersGroup)) return;
      const { qualifiedName } = resource;
      if (roles.includes(qualifiedName)) {
        if (old && JSON.stringify(old.rules) === JSON.stringify(object.rules)) return;
        if (may(authorizer, attributes, "escalate", resource.definition.resource, object.metadata.name ?? "")) return;
        checkCovered(rbac, attributes, (object.rules as PolicyRule[] | undefined) ?? []);
        return;
      }
      const { roleRef } = object as unknown as RoleBinding;
      const roleResource = roleRef.kind === "ClusterRole" ? "clusterroles" : "roles";
      if (may(authorizer, attributes, "bind", roleResource, roleRef.name)) return;
      const rules = rbac.roleRules(roleRef.kind, namespace, roleRef.name);
      if (!rules) throw refuse(attributes, `${roleRef.kind.toLowerCase()}.${group} ${JSON.stringify(roleRef.name)} not found`);
      checkCovered(rbac, attributes, rules);
    },
  };
}

function may(authorizer: Authorizer, { user, namespace }: AdmissionAttributes, verb: string, resource: string, name: string): boolean {
  const asked: AuthorizationAttributes = {
    isResourceRequest: true,
    verb,
    group,
    version: "v1",
    resource,
    subresource: "",
    namespace,
    name,
    path: "",
  };
  return authorizer.allows(user, asked);
}

function checkCovered(rbac: RbacAuthorizer, attributes: AdmissionAttributes, wanted: readonly PolicyRule[]): void {
  const { user, namespace } = attributes;
  const missing = uncoveredRules(rbac.rulesFor(user, namespace), wanted);
  if (missing.length === 0) return;
  const groups = `[${user.groups.map((name) => JSON.stringify(name)).join(" ")}]`;
  const lines = missing.map(formatRule).sort().join("\n");
  throw refuse(
    attributes,
    `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${lines}`,
  );
}
