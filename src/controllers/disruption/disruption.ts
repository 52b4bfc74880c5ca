import { isPodReady, isPodTerminal, podCondition, withCondition } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from "../../api/policy/v1.ts";
import { poddisruptionbudgets, pods as podsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { updateStatusIfChanged } from "../../client/retry.ts";
import type { Discover } from "../../client/served-resource.ts";
import { type Clock, timestamp } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import type { Condition } from "../../machinery/meta/v1.ts";
import { deepEqual, type KubeObject, keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { compileLabelSelector, formatLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { ExpectedPodCounter } from "./expected-pods.ts";

/** After so long a pod that was to be evicted counts again: the eviction has come to nothing. */
const deletionTimeoutMilliseconds = 2 * 60_000;
/** After so long a DisruptionTarget condition of a pod that lives on is taken back. */
const staleMilliseconds = 2 * 60_000;

/**
 * Keeps the status of pod disruption budgets: how many pods may be evicted now. `discover` finds the size of controllers of custom
 * kinds.
 */
export function startDisruption(deps: ComponentDeps & { informers: InformerFactory; discover?: Discover }): Component {
  const { client, clock, random, informers } = deps;
  const budgets = informers.informer(poddisruptionbudgets);
  const pods = informers.informer(podsRef);
  const counter = new ExpectedPodCounter(client, informers, deps.discover);
  const recorder = createEventRecorder({ client, clock, random, component: "controllermanager", logger: deps.logger });
  const controllers = Object.values(counter.controllers);

  const statuses = startController({
    name: "disruption",
    deps,
    informers: [budgets, pods, ...controllers],
    workers: 2,
    setup(queue, on) {
      const follow = (budget: PodDisruptionBudget) => queue.add(keyOf(budget));
      const followNamespace = (namespace: string | undefined, labels?: Record<string, string>) => {
        for (const budget of budgets.list(namespace)) {
          if (labels === undefined || compileLabelSelector(budget.spec?.selector).matches(labels)) follow(budget);
        }
      };
      const followPod = (pod: Pod) => followNamespace(namespaceOf(pod), pod.metadata.labels ?? {});
      on(budgets, { add: follow, update: follow });
      on(pods, {
        add: followPod,
        update(pod, old) {
          if (!countsTheSame(pod, old)) {
            followPod(pod);
            if (!deepEqual(pod.metadata.labels, old.metadata.labels)) followPod(old);
          }
        },
        delete: followPod,
      });
      for (const informer of controllers) {
        on<KubeObject & { spec?: { replicas?: number } }>(informer, {
          update(object, old) {
            if (object.spec?.replicas !== old.spec?.replicas) followNamespace(namespaceOf(object));
          },
        });
      }
    },
    async sync(key, queue) {
      const budget = budgets.get(key);
      if (!budget) return;
      const selector = compileLabelSelector(budget.spec?.selector);
      const selected = pods.list(namespaceOf(budget)).filter((pod) => selector.matches(pod.metadata.labels));
      if (selected.length === 0) recorder.event(budget, "Normal", "NoPods", "No matching pods found");
      const now = clock.now();
      try {
        const { expected, desiredHealthy, unmanaged } = await counter.count(budget, selected).catch((error: Error) => {
          const message = `Failed to calculate the number of expected pods: ${error.message}`;
          recorder.event(budget, "Warning", "CalculateExpectedPodCountFailed", message);
          throw error;
        });
        if (unmanaged.length > 0) recorder.event(budget, "Warning", "UnmanagedPods", unmanagedText(budget));
        const disrupted: Record<string, string> = {};
        let recheckAt = Number.POSITIVE_INFINITY;
        for (const pod of selected) {
          const since = budget.status?.disruptedPods?.[nameOf(pod)];
          if (since === undefined || pod.metadata.deletionTimestamp) continue;
          const until = Date.parse(since) + deletionTimeoutMilliseconds;
          if (until < now) {
            const which = `${namespaceOf(budget)}/${nameOf(budget)}`;
            recorder.event(pod, "Warning", "NotDeleted", `Pod was expected by PDB ${which} to be deleted but it wasn't`);
          } else {
            disrupted[nameOf(pod)] = since;
            recheckAt = Math.min(recheckAt, until);
          }
        }
        const currentHealthy = selected.filter(
          (pod) => !pod.metadata.deletionTimestamp && disrupted[nameOf(pod)] === undefined && isPodReady(pod),
        ).length;
        const allowed = expected > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
        await updateStatusIfChanged(
          client,
          poddisruptionbudgets,
          budget,
          statusOf(budget, { currentHealthy, desiredHealthy, disruptionsAllowed: allowed, expectedPods: expected }, disrupted, clock),
        );
        if (recheckAt < Number.POSITIVE_INFINITY) queue.addAfter(key, recheckAt - now + 1);
      } catch (error) {
        if (isNotFound(error)) return;
        // Nobody may count on a number that can't be told.
        if (!isConflict(error)) await forbidDisruptions(budget, (error as Error).message);
        throw error;
      }
    },
  });

  async function forbidDisruptions(budget: PodDisruptionBudget, why: string): Promise<void> {
    const condition = disruptionCondition(budget, "False", "SyncFailed", why, clock);
    const conditions = [...withCondition(budget.status?.conditions, condition)];
    await updateStatusIfChanged(client, poddisruptionbudgets, budget, { ...budget.status, disruptionsAllowed: 0, conditions }).catch(
      (error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      },
    );
  }

  const stale = startController({
    name: "disruption-stale-pods",
    deps,
    informers: [pods],
    workers: 1,
    setup(queue, on) {
      const follow = (pod: Pod) => {
        if (isDisruptionTarget(pod)) queue.add(keyOf(pod));
      };
      on(pods, { add: follow, update: follow });
    },
    async sync(key, queue) {
      const pod = pods.get(key);
      if (!pod || !isDisruptionTarget(pod)) return;
      const since = Date.parse(podCondition(pod, "DisruptionTarget")?.lastTransitionTime ?? "") || clock.now();
      const left = since + staleMilliseconds - clock.now();
      if (left > 0) {
        queue.addAfter(key, left);
        return;
      }
      const condition = { type: "DisruptionTarget", status: "False", reason: null, message: null, lastTransitionTime: timestamp(clock) };
      const body = { metadata: { uid: uidOf(pod) }, status: { conditions: [condition] } };
      const patch = { type: "application/strategic-merge-patch+json", body } as const;
      await client.patch(podsRef, nameOf(pod), patch, { namespace: namespaceOf(pod), subresource: "status" }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },
  });

  return {
    async stop() {
      await Promise.all([statuses.stop(), stale.stop()]);
      await recorder.stop();
    },
  };
}

/** Whether nothing changed that a budget counts. */
function countsTheSame(pod: Pod, old: Pod): boolean {
  return (
    isPodReady(pod) === isPodReady(old) &&
    !pod.metadata.deletionTimestamp === !old.metadata.deletionTimestamp &&
    controllerUid(pod) === controllerUid(old) &&
    deepEqual(pod.metadata.labels, old.metadata.labels)
  );
}

function controllerUid({ metadata }: Pod): string | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
}

/** Marked to be disrupted, and yet alive. The node agent's own mark may be long in coming true, so it never grows stale. */
function isDisruptionTarget(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp || isPodTerminal(pod)) return false;
  const condition = podCondition(pod, "DisruptionTarget");
  return condition?.status === "True" && condition.reason !== "TerminationByKubelet";
}

type Counts = Pick<PodDisruptionBudgetStatus, "currentHealthy" | "desiredHealthy" | "disruptionsAllowed" | "expectedPods">;

function statusOf(
  budget: PodDisruptionBudget,
  counts: Counts,
  disruptedPods: Record<string, string>,
  clock: Clock,
): PodDisruptionBudgetStatus {
  const condition = counts.disruptionsAllowed
    ? disruptionCondition(budget, "True", "SufficientPods", "", clock)
    : disruptionCondition(budget, "False", "InsufficientPods", "", clock);
  const { generation } = budget.metadata;
  const conditions = withCondition(budget.status?.conditions, condition).map((present) =>
    present.type === condition.type && condition.observedGeneration !== undefined
      ? { ...present, observedGeneration: condition.observedGeneration }
      : present,
  );
  return {
    ...counts,
    conditions,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

function disruptionCondition(
  budget: PodDisruptionBudget,
  status: "True" | "False",
  reason: string,
  message: string,
  clock: Clock,
): Condition {
  const { generation } = budget.metadata;
  return {
    type: "DisruptionAllowed",
    status,
    reason,
    message,
    lastTransitionTime: timestamp(clock),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

function unmanagedText(budget: PodDisruptionBudget): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${formatLabelSelector(budget.spec?.selector)}) were found to be unmanaged. ` +
    "As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. " +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  );
}
