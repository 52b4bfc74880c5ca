import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../../api/apps/v1.ts";
import { findCondition } from "../../api/core/pod-status.ts";
import { type Clock, timestamp } from "../../machinery/clock.ts";
import { compactStatus } from "../workloads/run-workload.ts";
import { hasProgressDeadline, isComplete, maxUnavailableOf, replicasOf, specReplicas, sumStatus } from "./rollout.ts";

export const reasons = {
  newSetCreated: "NewReplicaSetCreated",
  newSetFound: "FoundNewReplicaSet",
  newSetAvailable: "NewReplicaSetAvailable",
  createError: "ReplicaSetCreateError",
  updated: "ReplicaSetUpdated",
  timedOut: "ProgressDeadlineExceeded",
  paused: "DeploymentPaused",
  resumed: "DeploymentResumed",
} as const;

export function deploymentCondition(clock: Clock, type: string, status: string, reason: string, message: string): DeploymentCondition {
  const now = timestamp(clock);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** The conditions with this one in the place of its type, at the end; unchanged when it tells nothing new. */
export function setCondition(conditions: readonly DeploymentCondition[] | undefined, next: DeploymentCondition): DeploymentCondition[] {
  const current = findCondition(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) return [...(conditions ?? [])];
  const merged =
    current?.status === next.status && current.lastTransitionTime ? { ...next, lastTransitionTime: current.lastTransitionTime } : next;
  return [...removeCondition(conditions, next.type), merged];
}

function removeCondition(conditions: readonly DeploymentCondition[] | undefined, type: string): DeploymentCondition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

export function compact(status: DeploymentStatus): DeploymentStatus {
  return compactStatus(status, ["terminatingReplicas", "collisionCount"]);
}

/** The numbers, and whether enough is available. */
export function calculateStatus(clock: Clock, deployment: Deployment, all: readonly ReplicaSet[], newSet?: ReplicaSet): DeploymentStatus {
  const available = sumStatus(all, "availableReplicas");
  const enough = available >= replicasOf(deployment) - maxUnavailableOf(deployment);
  return compact({
    observedGeneration: deployment.metadata.generation,
    replicas: sumStatus(all, "replicas"),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sumStatus(all, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, specReplicas(all) - available),
    terminatingReplicas: sumTerminating(all),
    collisionCount: deployment.status?.collisionCount,
    conditions: setCondition(
      deployment.status?.conditions,
      enough
        ? deploymentCondition(clock, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        : deploymentCondition(clock, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
    ),
  });
}

/** Unknown as long as one set doesn't tell. */
function sumTerminating(sets: readonly ReplicaSet[]): number | undefined {
  let sum = 0;
  for (const set of sets) {
    if (set.status?.terminatingReplicas === undefined) return undefined;
    sum += set.status.terminatingReplicas;
  }
  return sum;
}

/** The status of a rollout that goes on: the numbers, whether it gets on, and what its sets complain about. */
export function rolloutStatus(clock: Clock, deployment: Deployment, all: readonly ReplicaSet[], newSet?: ReplicaSet): DeploymentStatus {
  const status = calculateStatus(clock, deployment, all, newSet);
  const current = findCondition(deployment.status?.conditions, "Progressing");
  const withDeadline = hasProgressDeadline(deployment);
  let conditions = status.conditions ?? [];
  if (!withDeadline) conditions = removeCondition(conditions, "Progressing");
  const done = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === reasons.newSetAvailable;
  if (withDeadline && !done) {
    const what = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
    const progressing = (value: string, reason: string, text: string) =>
      deploymentCondition(clock, "Progressing", value, reason, `${what} ${text}`);
    if (isComplete(deployment, status)) {
      conditions = setCondition(conditions, progressing("True", reasons.newSetAvailable, "has successfully progressed."));
    } else if (hasProgressed(deployment.status, status)) {
      const next = progressing("True", reasons.updated, "is progressing.");
      if (current?.status === "True" && current.lastTransitionTime) next.lastTransitionTime = current.lastTransitionTime;
      // Removed first: its time counts from here on, whatever it said before.
      conditions = setCondition(removeCondition(conditions, "Progressing"), next);
    } else if (hasTimedOut(clock, deployment)) {
      conditions = setCondition(conditions, progressing("False", reasons.timedOut, "has timed out progressing."));
    }
  }
  const failure = replicaFailure(all, newSet);
  conditions = failure ? setCondition(conditions, failure) : removeCondition(conditions, "ReplicaFailure");
  return compact({ ...status, conditions });
}

function hasProgressed(old: DeploymentStatus = {}, next: DeploymentStatus): boolean {
  const oldPods = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    oldPods(next) < oldPods(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function hasTimedOut(clock: Clock, deployment: Deployment): boolean {
  const condition = findCondition(deployment.status?.conditions, "Progressing");
  if (!condition || condition.reason === reasons.newSetAvailable) return false;
  if (condition.reason === reasons.timedOut) return true;
  return Date.parse(condition.lastUpdateTime ?? "") + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000 < clock.now();
}

function replicaFailure(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): DeploymentCondition | undefined {
  const own = findCondition(newSet?.status?.conditions, "ReplicaFailure");
  const failure = own ?? all.map((set) => findCondition(set.status?.conditions, "ReplicaFailure")).find(Boolean);
  if (!failure) return undefined;
  const { lastTransitionTime, ...rest } = failure;
  return { ...rest, ...(lastTransitionTime ? { lastTransitionTime, lastUpdateTime: lastTransitionTime } : {}) };
}

/** Milliseconds until a rollout that doesn't get on must be looked at again; undefined when it needs no look. */
export function untilDeadline(clock: Clock, deployment: Deployment, status: DeploymentStatus): number | undefined {
  const condition = findCondition(deployment.status?.conditions, "Progressing");
  if (!hasProgressDeadline(deployment) || !condition) return undefined;
  if (isComplete(deployment, status) || condition.reason === reasons.timedOut) return undefined;
  return Date.parse(condition.lastUpdateTime ?? "") + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000 - clock.now();
}
