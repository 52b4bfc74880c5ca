import type { NamespaceCondition } from "../../api/core/v1.ts";
import type { DeletionResult } from "./content.ts";

type Told = Omit<NamespaceCondition, "lastTransitionTime">;

/** The conditions that tell how far the deletion of a namespace has come. The very list that was given when they say the same. */
export function deletionConditions(
  present: readonly NamespaceCondition[] | undefined,
  result: DeletionResult,
  now: string,
): readonly NamespaceCondition[] {
  const conditions = [...(present ?? [])];
  let changed = false;
  for (const next of conditionsOf(result)) {
    const at = conditions.findIndex((condition) => condition.type === next.type);
    const old = conditions[at];
    if (old && old.status === next.status && old.reason === next.reason && old.message === next.message) continue;
    changed = true;
    const lastTransitionTime = old?.status === next.status ? (old.lastTransitionTime ?? now) : now;
    conditions[at < 0 ? conditions.length : at] = { ...next, lastTransitionTime };
  }
  return changed || !present ? conditions : present;
}

function conditionsOf(result: DeletionResult): Told[] {
  const remaining = [...result.remaining].map(([ref, { count }]) => `${ref.resource}.${ref.group} has ${count} resource instances`).sort();
  const byFinalizer = new Map<string, number>();
  for (const { finalizers } of result.remaining.values()) {
    for (const [finalizer, count] of finalizers) byFinalizer.set(finalizer, (byFinalizer.get(finalizer) ?? 0) + count);
  }
  const finalizers = [...byFinalizer].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  const errors = [...result.errors].sort();
  return [
    result.discoveryError !== undefined
      ? told("NamespaceDeletionDiscoveryFailure", "True", "DiscoveryFailed", result.discoveryError)
      : told("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
    told("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    errors.length > 0
      ? told(
          "NamespaceDeletionContentFailure",
          "True",
          "ContentDeletionFailed",
          `Failed to delete all resource types, ${errors.length} remaining: ${errors.join(", ")}`,
        )
      : told(
          "NamespaceDeletionContentFailure",
          "False",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ),
    remaining.length > 0
      ? told("NamespaceContentRemaining", "True", "SomeResourcesRemain", `Some resources are remaining: ${remaining.join(", ")}`)
      : told("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"),
    finalizers.length > 0
      ? told(
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${finalizers.join(", ")}`,
        )
      : told("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
  ];
}

function told(type: string, status: "True" | "False", reason: string, message: string): Told {
  return { type, status, reason, message };
}
