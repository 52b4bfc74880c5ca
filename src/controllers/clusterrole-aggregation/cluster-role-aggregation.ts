import type { ClusterRole, PolicyRule } from "../../api/rbac/v1.ts";
import { clusterroles } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { deepEqual, nameOf } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";

/** Fills roles that are made of other roles, such as `admin`, `edit` and `view`. */
export function startClusterRoleAggregation(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const roles = deps.informers.informer(clusterroles);
  return startController({
    name: "clusterrole-aggregation",
    deps,
    informers: [roles],
    setup(queue, on) {
      const enqueue = () => {
        for (const role of roles.list()) if (role.aggregationRule) queue.add(nameOf(role));
      };
      on(roles, { add: enqueue, update: enqueue, delete: enqueue });
    },
    async sync(name) {
      const role = roles.get(name);
      if (!role?.aggregationRule) return;
      const rules = aggregate(role, roles.list());
      if (!deepEqual(rules, role.rules ?? [])) await deps.client.update(clusterroles, { ...role, rules });
    },
  });
}

/** The rules of all roles that the selectors name, in order of role name, each rule once. */
export function aggregate(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const compiled = compileLabelSelector(selector);
    const selected = all.filter((other) => other !== role && compiled.matches(other.metadata.labels));
    selected.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    for (const other of selected) {
      for (const rule of other.rules ?? []) if (!rules.some((present) => deepEqual(present, rule))) rules.push(rule);
    }
  }
  return rules;
}
