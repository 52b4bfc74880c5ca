import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from "../../api/rbac/v1.ts";
import { deepEqual } from "../../machinery/object.ts";

const autoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

/**
 * What a stored bootstrap role must become: it keeps what an administrator added, and gets back what it lost. Undefined when it
 * is complete, or when its autoupdate annotation says to leave it alone.
 */
export function reconcileRole<T extends ClusterRole | Role>(current: T, wanted: T): T | undefined {
  if (current.metadata.annotations?.[autoUpdate] === "false") return undefined;
  const aggregated = "aggregationRule" in wanted && wanted.aggregationRule !== undefined;
  const missing = aggregated ? [] : (wanted.rules ?? []).filter((rule) => !(current.rules ?? []).some((other) => covers(other, rule)));
  const metadata = mergedMetadata(current, wanted);
  if (missing.length === 0 && metadata === undefined) return undefined;
  return { ...current, metadata: metadata ?? current.metadata, rules: [...(current.rules ?? []), ...missing] };
}

/** As `reconcileRole`, for subjects. A binding's role can't change. */
export function reconcileBinding<T extends ClusterRoleBinding | RoleBinding>(current: T, wanted: T): T | undefined {
  if (current.metadata.annotations?.[autoUpdate] === "false") return undefined;
  const missing = (wanted.subjects ?? []).filter((subject) => !(current.subjects ?? []).some((other) => deepEqual(subject, other)));
  const metadata = mergedMetadata(current, wanted);
  if (missing.length === 0 && metadata === undefined) return undefined;
  return { ...current, metadata: metadata ?? current.metadata, subjects: [...(current.subjects ?? []), ...missing] };
}

function mergedMetadata(current: ClusterRole, wanted: ClusterRole): ClusterRole["metadata"] | undefined {
  const labels = { ...wanted.metadata.labels, ...current.metadata.labels };
  const annotations = { ...wanted.metadata.annotations, ...current.metadata.annotations };
  if (deepEqual(labels, current.metadata.labels ?? {}) && deepEqual(annotations, current.metadata.annotations ?? {})) return undefined;
  return { ...current.metadata, labels, annotations };
}

function covers(rule: PolicyRule, wanted: PolicyRule): boolean {
  const within = (list: string[] | undefined, part: string[] | undefined) =>
    (part ?? []).every((item) => list?.includes(item) || list?.includes("*"));
  return (
    within(rule.verbs, wanted.verbs) &&
    within(rule.apiGroups, wanted.apiGroups) &&
    within(rule.resources, wanted.resources) &&
    within(rule.nonResourceURLs, wanted.nonResourceURLs) &&
    ((rule.resourceNames ?? []).length === 0 ||
      ((wanted.resourceNames ?? []).length > 0 && within(rule.resourceNames, wanted.resourceNames)))
  );
}
