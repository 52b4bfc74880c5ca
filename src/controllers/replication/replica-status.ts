import { findCondition, isPodAvailable, isPodReady, podCondition } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import { type Clock, timestamp } from "../../machinery/clock.ts";
import { compactStatus } from "../workloads/run-workload.ts";
import type { ReplicaCondition, ReplicaStatus, Replicated } from "./replica-kind.ts";

export interface ReplicaCounts {
  owner: Replicated;
  active: readonly Pod[];
  /** Absent: the kind doesn't tell. */
  terminating: number | undefined;
  /** Why pods could not be created or deleted just now. */
  failure: { reason: "FailedCreate" | "FailedDelete"; message: string } | undefined;
}

export function replicaStatus(clock: Clock, { owner, active, terminating, failure }: ReplicaCounts): ReplicaStatus {
  const templateLabels = Object.entries(owner.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const now = clock.now();
  let fullyLabeled = 0;
  let ready = 0;
  let available = 0;
  for (const pod of active) {
    const labels = pod.metadata.labels ?? {};
    if (templateLabels.every(([key, value]) => labels[key] === value)) fullyLabeled++;
    if (!isPodReady(pod)) continue;
    ready++;
    if (isPodAvailable(pod, minReadySeconds, now)) available++;
  }
  return compactStatus<ReplicaStatus>(
    {
      replicas: active.length,
      fullyLabeledReplicas: fullyLabeled,
      readyReplicas: ready,
      availableReplicas: available,
      terminatingReplicas: terminating,
      observedGeneration: owner.metadata.generation,
      conditions: conditionsAfter(clock, owner.status?.conditions, failure),
    },
    ["replicas", "terminatingReplicas"],
  );
}

/** A failure that lasts keeps its first text. */
function conditionsAfter(
  clock: Clock,
  conditions: ReplicaCondition[] | undefined,
  failure: ReplicaCounts["failure"],
): ReplicaCondition[] | undefined {
  const present = findCondition(conditions, "ReplicaFailure");
  if (failure && !present) {
    return [...(conditions ?? []), { type: "ReplicaFailure", status: "True", ...failure, lastTransitionTime: timestamp(clock) }];
  }
  return !failure && present ? conditions?.filter((condition) => condition !== present) : conditions;
}

/** How long until the next ready pod becomes available; undefined when none will by itself. */
export function untilNextAvailable(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let least: number | undefined;
  for (const pod of pods) {
    const ready = podCondition(pod, "Ready");
    if (ready?.status !== "True" || ready.lastTransitionTime === undefined) continue;
    const wait = Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - now;
    if (wait > 0 && (least === undefined || wait < least)) least = wait;
  }
  return least;
}
