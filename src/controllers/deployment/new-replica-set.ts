import type { Deployment, ReplicaSet } from "../../api/apps/v1.ts";
import { findCondition } from "../../api/core/pod-status.ts";
import { deployments as deploymentsRef, replicasets as setsRef } from "../../api/refs.ts";
import { isAlreadyExists } from "../../machinery/errors.ts";
import { controllerOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { controllerReference, eventTarget } from "../workloads/ownership.ts";
import { isNamespaceTerminating, messageOf } from "../workloads/pod-control.ts";
import { stableHash } from "../workloads/template-hash.ts";
import { maxRevision, newSetAnnotations, revisionAnnotation, withReplicasAnnotations } from "./annotations.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { deploymentCondition, reasons, setCondition } from "./deployment-status.ts";
import { findNewReplicaSet, hasProgressDeadline, hasTemplateOf, newSetSize, podTemplateHashLabel, withoutSet } from "./rollout.ts";

export interface Generations {
  deployment: Deployment;
  /** The set with the deployment's template, when there is one. */
  newSet: ReplicaSet | undefined;
  oldSets: ReplicaSet[];
}

/** All sets, old and new. */
export function allSets({ oldSets, newSet }: Generations): ReplicaSet[] {
  return newSet ? [...oldSets, newSet] : oldSets;
}

/**
 * Sorts the sets into the new one and old ones, and writes revision and annotations. With `create`, a missing new set is made. The
 * deployment comes back as it is stored after that.
 */
export async function syncRevisions(
  context: DeploymentContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  create: boolean,
): Promise<Generations> {
  const found = findNewReplicaSet(deployment, sets);
  const oldSets = withoutSet(sets, found);
  const revision = maxRevision(oldSets) + 1;
  if (found) return { ...(await refreshNewSet(context, deployment, found, revision)), oldSets };
  if (!create) return { deployment, newSet: undefined, oldSets };
  return { ...(await createNewSet(context, deployment, oldSets, revision)), oldSets };
}

async function refreshNewSet(
  context: DeploymentContext,
  deployment: Deployment,
  found: ReplicaSet,
  revision: number,
): Promise<{ deployment: Deployment; newSet: ReplicaSet }> {
  let newSet = found;
  const annotations = newSetAnnotations(newSet.metadata.annotations, deployment, revision);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (annotations !== newSet.metadata.annotations || (newSet.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
    newSet = await context.client.update(setsRef, {
      ...newSet,
      metadata: { ...newSet.metadata, ...(annotations ? { annotations } : {}) },
      spec: { ...(newSet.spec as NonNullable<ReplicaSet["spec"]>), minReadySeconds },
    });
    return { deployment, newSet };
  }
  let wanted = withRevision(deployment, newSet.metadata.annotations?.[revisionAnnotation] ?? "");
  if (hasProgressDeadline(deployment) && !findCondition(deployment.status?.conditions, "Progressing")) {
    wanted = withProgress(context, wanted, "True", reasons.newSetFound, `Found new replica set "${nameOf(newSet)}"`);
  }
  return { deployment: await writeIfChanged(context, deployment, wanted), newSet };
}

async function createNewSet(
  context: DeploymentContext,
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  revision: number,
): Promise<{ deployment: Deployment; newSet: ReplicaSet }> {
  const spec = deployment.spec as NonNullable<Deployment["spec"]>;
  const hash = stableHash(spec.template, deployment.status?.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [podTemplateHashLabel]: hash };
  const wantedSet: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${nameOf(deployment)}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      ownerReferences: [controllerReference(deploymentsRef, deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: spec.minReadySeconds ?? 0,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
  const size = newSetSize(deployment, [...oldSets, wantedSet], wantedSet);
  (wantedSet.spec as NonNullable<ReplicaSet["spec"]>).replicas = size;
  wantedSet.metadata.annotations = withReplicasAnnotations(newSetAnnotations(undefined, deployment, revision), deployment);
  const { newSet, existed } = await createOrFind(context, deployment, wantedSet);
  if (!existed && size > 0) {
    context.recorder.event(
      eventTarget(deploymentsRef, deployment),
      "Normal",
      "ScalingReplicaSet",
      `Scaled up replica set ${nameOf(newSet)} from 0 to ${size}`,
    );
  }
  let wanted = withRevision(deployment, String(revision));
  if (!existed && hasProgressDeadline(deployment)) {
    wanted = withProgress(context, wanted, "True", reasons.newSetCreated, `Created new replica set "${nameOf(newSet)}"`);
  }
  return { deployment: await writeIfChanged(context, deployment, wanted), newSet };
}

async function createOrFind(
  context: DeploymentContext,
  deployment: Deployment,
  wanted: ReplicaSet,
): Promise<{ newSet: ReplicaSet; existed: boolean }> {
  const { client, recorder } = context;
  try {
    return { newSet: await client.create(setsRef, wanted), existed: false };
  } catch (error) {
    if (isAlreadyExists(error)) {
      const present = await client.get(setsRef, nameOf(wanted), { namespace: namespaceOf(wanted) });
      // An earlier try that the cache hasn't shown yet.
      if (controllerOf(present)?.uid === uidOf(deployment) && hasTemplateOf(deployment, present)) return { newSet: present, existed: true };
      // Someone else's set, or another template with this hash: the next try takes another name.
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
      await context.writeStatus({ ...deployment, status: { ...deployment.status, collisionCount } });
      throw error;
    }
    if (isNamespaceTerminating(error)) throw error;
    const message = `Failed to create new replica set "${nameOf(wanted)}": ${messageOf(error)}`;
    recorder.event(eventTarget(deploymentsRef, deployment), "Warning", reasons.createError, message);
    if (hasProgressDeadline(deployment)) {
      const told = withProgress(context, deployment, "False", reasons.createError, message);
      await writeIfChanged(context, deployment, told);
    }
    throw error;
  }
}

function withRevision(deployment: Deployment, revision: string): Deployment {
  if (deployment.metadata.annotations?.[revisionAnnotation] === revision) return deployment;
  const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: revision };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

function withProgress({ clock }: DeploymentContext, deployment: Deployment, status: string, reason: string, message: string): Deployment {
  const conditions = setCondition(deployment.status?.conditions, deploymentCondition(clock, "Progressing", status, reason, message));
  return { ...deployment, status: { ...deployment.status, conditions } };
}

async function writeIfChanged(context: DeploymentContext, deployment: Deployment, wanted: Deployment): Promise<Deployment> {
  return wanted === deployment ? deployment : await context.writeStatus(wanted);
}
