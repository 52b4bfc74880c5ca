import type { Deployment, ReplicaSet } from "../../api/apps/v1.ts";
import { maxSurgeOf, replicasOf } from "./rollout.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";
const desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas";
const maxHistoryLength = 2000;

/** A deployment's annotations that its replica sets don't get. */
const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  "deprecated.deployment.rollback.to",
]);

type Annotations = Record<string, string>;

export function revisionOf(object: { metadata: { annotations?: Annotations } }): number {
  return integerOf(object.metadata.annotations?.[revisionAnnotation]) ?? 0;
}

export function maxRevision(sets: readonly ReplicaSet[]): number {
  return sets.reduce((most, set) => Math.max(most, revisionOf(set)), 0);
}

/** How many replicas the deployment asked for when the set was last scaled. */
export function desiredReplicas(set: ReplicaSet): number | undefined {
  return integerOf(set.metadata.annotations?.[desiredReplicasAnnotation]);
}

/** The same with its surge. */
export function maxReplicas(set: ReplicaSet): number | undefined {
  return integerOf(set.metadata.annotations?.[maxReplicasAnnotation]);
}

/** The set's annotations with what tells the size of the deployment; the same object when they say so already. */
export function withReplicasAnnotations(annotations: Annotations | undefined, deployment: Deployment): Annotations {
  const desired = String(replicasOf(deployment));
  const most = String(replicasOf(deployment) + maxSurgeOf(deployment));
  if (annotations?.[desiredReplicasAnnotation] === desired && annotations[maxReplicasAnnotation] === most) return annotations;
  return { ...annotations, [desiredReplicasAnnotation]: desired, [maxReplicasAnnotation]: most };
}

/** The annotations that the newest replica set of a deployment should have; the same object when it has them. */
export function newSetAnnotations(present: Annotations | undefined, deployment: Deployment, revision: number): Annotations | undefined {
  const annotations: Annotations = { ...present };
  let changed = false;
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (notCopied.has(key) || annotations[key] === value) continue;
    annotations[key] = value;
    changed = true;
  }
  const oldText = annotations[revisionAnnotation];
  const old = integerOf(oldText) ?? 0;
  if (old < revision) {
    annotations[revisionAnnotation] = String(revision);
    changed = true;
    if (oldText !== undefined) {
      // A set that comes back as the newest has been some revision before.
      const history = (annotations[revisionHistoryAnnotation] ?? "").split(",").filter((part) => part !== "");
      history.push(oldText);
      while (history.length > 1 && history.join(",").length > maxHistoryLength) history.shift();
      annotations[revisionHistoryAnnotation] = history.join(",");
    }
  }
  return changed ? annotations : present;
}

function integerOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?[0-9]+$/.test(text) ? Number(text) : undefined;
}
