import type { Deployment, DeploymentStatus, ReplicaSet } from "../../api/apps/v1.ts";
import { resolveIntOrPercent } from "../../api/apps/workload-validation.ts";
import { deepEqual, uidOf } from "../../machinery/object.ts";

export const podTemplateHashLabel = "pod-template-hash";
const unlimited = 2147483647;

export function replicasOf(object: Deployment | ReplicaSet): number {
  return object.spec?.replicas ?? 0;
}

export function specReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

export function sumStatus(sets: readonly ReplicaSet[], field: "replicas" | "readyReplicas" | "availableReplicas"): number {
  return sets.reduce((sum, set) => sum + (set.status?.[field] ?? 0), 0);
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec?.strategy?.type === "RollingUpdate";
}

function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const surge = resolveIntOrPercent(maxSurge, replicas, true);
  const unavailable = resolveIntOrPercent(maxUnavailable, replicas, false);
  // Both may round to nothing; then the rollout could not move.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

export function maxSurgeOf(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

export function maxUnavailableOf(deployment: Deployment): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}

export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== unlimited;
}

export function hasHistoryLimit(deployment: Deployment): boolean {
  const limit = deployment.spec?.revisionHistoryLimit;
  return limit !== undefined && limit !== unlimited;
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [first = "", second = ""] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
}

/** The set that has the deployment's template; the oldest, should there be several. */
export function findNewReplicaSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...sets].sort(byCreation).find((set) => hasTemplateOf(deployment, set));
}

export function hasTemplateOf(deployment: Deployment, set: ReplicaSet): boolean {
  const template = set.spec?.template;
  const wanted = deployment.spec?.template;
  if (!template || !wanted || !deepEqual(template.spec, wanted.spec)) return false;
  return deepEqual(withoutHash(template.metadata), withoutHash(wanted.metadata));
}

function withoutHash(metadata: ReplicaSet["metadata"] | undefined): object {
  const { labels, ...rest } = metadata ?? {};
  const { [podTemplateHashLabel]: _, ...kept } = labels ?? {};
  return { ...rest, labels: kept };
}

export function withScale(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => replicasOf(set) > 0);
}

export function withoutSet(sets: readonly ReplicaSet[], without: ReplicaSet | undefined): ReplicaSet[] {
  return without ? sets.filter((set) => uidOf(set) !== uidOf(without)) : [...sets];
}

/** How large the newest set may be, with all sets and the surge in view. */
export function newSetSize(deployment: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return replicas;
  const room = replicas + maxSurgeOf(deployment) - specReplicas(all);
  if (room <= 0) return replicasOf(newSet);
  return replicasOf(newSet) + Math.min(room, replicas - replicasOf(newSet));
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}
