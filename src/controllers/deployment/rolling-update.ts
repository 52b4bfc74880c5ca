import type { Deployment, ReplicaSet } from "../../api/apps/v1.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { byCreation, maxUnavailableOf, newSetSize, replicasOf, specReplicas, sumStatus, withScale } from "./rollout.ts";

/** Moves the new set towards the deployment's size as far as the surge allows. Tells whether it did. */
export function growNewSet(
  context: DeploymentContext,
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet,
): Promise<boolean> {
  const replicas = replicasOf(deployment);
  if (replicasOf(newSet) === replicas) return Promise.resolve(false);
  const size = replicasOf(newSet) > replicas ? replicas : newSetSize(deployment, all, newSet);
  return context.scaleIfNeeded(newSet, size, deployment);
}

/** Takes pods of old sets away as far as enough stay available: those that aren't available first. Tells whether it did. */
export async function shrinkOldSets(
  context: DeploymentContext,
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  newSet: ReplicaSet,
): Promise<boolean> {
  const active = withScale(oldSets).sort(byCreation);
  if (active.length === 0) return false;
  const minAvailable = replicasOf(deployment) - maxUnavailableOf(deployment);
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const most = specReplicas([...oldSets, newSet]) - minAvailable - newUnavailable;
  if (most <= 0) return false;

  let unhealthy = 0;
  for (const [index, set] of active.entries()) {
    if (unhealthy >= most) break;
    const size = replicasOf(set);
    const count = Math.min(most - unhealthy, size - (set.status?.availableReplicas ?? 0));
    if (count <= 0) continue;
    active[index] = await context.scale(set, size - count, deployment);
    unhealthy += count;
  }

  const surplus = sumStatus([...oldSets, newSet], "availableReplicas") - minAvailable;
  let taken = 0;
  for (const set of active) {
    if (taken >= surplus) break;
    const count = Math.min(replicasOf(set), surplus - taken);
    if (count === 0) continue;
    await context.scale(set, replicasOf(set) - count, deployment);
    taken += count;
  }
  return unhealthy + taken > 0;
}
