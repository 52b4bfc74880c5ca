import type { Namespace, NamespaceCondition } from "../../api/core/v1.ts";
import { namespaces } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { Discover } from "../../client/served-resource.ts";
import { timestamp } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, nameOf } from "../../machinery/object.ts";
import { groupResource } from "../../machinery/resource-ref.ts";
import { type DeletionResult, deleteContent } from "./content.ts";

/** The finalizer that stands for the content of a namespace. */
const contentFinalizer = "kubernetes";
/** How long to wait before looking again, when pods tell no grace period. */
const lookAgainMilliseconds = 1000;

/** Empties namespaces that are being deleted, then lets them go. */
export function startNamespaceController(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }): Component {
  const informer = deps.informers.informer(namespaces);
  return startController({
    name: "namespace",
    deps,
    informers: [informer],
    workers: 10,
    setup(queue, on) {
      const enqueue = (namespace: Namespace) => {
        if (namespace.metadata.deletionTimestamp) queue.add(nameOf(namespace));
      };
      on(informer, { add: enqueue, update: enqueue });
    },
    async sync(name, queue) {
      const namespace = informer.get(name);
      if (!namespace?.metadata.deletionTimestamp) return;
      const result = await deleteContent(deps.client, deps.discover, name);
      try {
        const current = await writeConditions(deps, namespace, result);
        if (result.remaining.size > 0 || result.errors.length > 0) {
          queue.addAfter(name, result.estimateSeconds > 0 ? (result.estimateSeconds / 2 + 1) * 1000 : lookAgainMilliseconds);
          return;
        }
        await finalize(deps, current);
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
        queue.addAfter(name, lookAgainMilliseconds);
      }
    },
  });
}

async function finalize({ client }: ComponentDeps, namespace: Namespace): Promise<void> {
  const finalizers = namespace.spec?.finalizers ?? [];
  if (!finalizers.includes(contentFinalizer)) return;
  await client.update(
    namespaces,
    { ...namespace, spec: { ...namespace.spec, finalizers: finalizers.filter((finalizer) => finalizer !== contentFinalizer) } },
    { subresource: "finalize" },
  );
}

async function writeConditions({ client, clock }: ComponentDeps, namespace: Namespace, result: DeletionResult): Promise<Namespace> {
  const remaining = [...result.remaining]
    .map(([ref, { count }]) => `${groupResource(ref)}. has ${count} resource instances`)
    .sort()
    .join(", ");
  const finalizerCounts = new Map<string, number>();
  for (const { finalizers } of result.remaining.values()) {
    for (const [finalizer, count] of finalizers) finalizerCounts.set(finalizer, (finalizerCounts.get(finalizer) ?? 0) + count);
  }
  const finalizers = [...finalizerCounts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  const discovery = result.discoveryError;
  const wanted: Omit<NamespaceCondition, "lastTransitionTime">[] = [
    discovery
      ? condition("NamespaceDeletionDiscoveryFailure", true, "DiscoveryFailed", `Discovery failed for some groups, 1 failing: ${discovery}`)
      : condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
    condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    result.errors.length > 0
      ? condition(
          "NamespaceDeletionContentFailure",
          true,
          "ContentDeletionFailed",
          `Failed to delete all resource types, ${result.errors.length} remaining: ${result.errors.join(", ")}`,
        )
      : condition(
          "NamespaceDeletionContentFailure",
          false,
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ),
    remaining === ""
      ? condition("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed")
      : condition("NamespaceContentRemaining", true, "SomeResourcesRemain", `Some resources are remaining: ${remaining}`),
    finalizers.length === 0
      ? condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
      : condition(
          "NamespaceFinalizersRemaining",
          true,
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${finalizers.join(", ")}`,
        ),
  ];
  const now = timestamp(clock);
  const present = namespace.status?.conditions ?? [];
  const others = present.filter((old) => !wanted.some((next) => next.type === old.type));
  const conditions = wanted.map((next): NamespaceCondition => {
    const old = present.find((candidate) => candidate.type === next.type);
    return { ...next, lastTransitionTime: old?.status === next.status ? (old.lastTransitionTime ?? now) : now };
  });
  // A namespace that empties at once never shows conditions, as upstream.
  const nothingToTell = present.length === 0 && wanted.every((next) => next.status === "False");
  if (nothingToTell || deepEqual(present, [...others, ...conditions])) return namespace;
  return await client.update(
    namespaces,
    { ...namespace, status: { ...namespace.status, conditions: [...others, ...conditions] } },
    { subresource: "status" },
  );
}

function condition(type: string, status: boolean, reason: string, message: string): Omit<NamespaceCondition, "lastTransitionTime"> {
  return { type, status: status ? "True" : "False", reason, message };
}
