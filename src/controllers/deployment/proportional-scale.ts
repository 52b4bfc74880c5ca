import type { Deployment, ReplicaSet } from "../../api/apps/v1.ts";
import { maxReplicas } from "./annotations.ts";
import { byCreation, maxSurgeOf, replicasOf, specReplicas } from "./rollout.ts";

/**
 * The sizes of replica sets with pods after a deployment was scaled in the middle of a rollout: each gets its share of what is added
 * or taken, the largest what rounding leaves over.
 */
export function proportionalSizes(deployment: Deployment, sets: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const replicas = replicasOf(deployment);
  const allowed = replicas > 0 ? replicas + maxSurgeOf(deployment) : 0;
  const toAdd = allowed - specReplicas(sets);
  const growing = toAdd > 0;
  const sorted = [...sets].sort((a, b) => replicasOf(b) - replicasOf(a) || (growing ? byCreation(b, a) : byCreation(a, b)));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of sorted) {
    const share = toAdd === 0 ? 0 : shareOf(set, deployment, toAdd, added);
    added += share;
    sizes.set(set, replicasOf(set) + share);
  }
  const largest = sorted[0];
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(0, (sizes.get(largest) as number) + toAdd - added));
  return sizes;
}

function shareOf(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  if (replicasOf(set) === 0 || toAdd === added) return 0;
  const fraction = fractionOf(set, deployment);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function fractionOf(set: ReplicaSet, deployment: Deployment): number {
  const size = replicasOf(set);
  if (replicasOf(deployment) === 0) return -size;
  // The annotation is of before the deployment was scaled.
  const before = maxReplicas(set) || deployment.status?.replicas;
  if (!before) return 0;
  const scaled = (size * (replicasOf(deployment) + maxSurgeOf(deployment))) / before;
  return Math.round(scaled) - size;
}
