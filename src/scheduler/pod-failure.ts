import { podCondition } from "../api/core/pod-status.ts";
import type { Pod, PodCondition } from "../api/core/v1.ts";
import { pods as podsRef } from "../api/refs.ts";
import type { Client, ComponentDeps } from "../client/client.ts";
import type { EventRecorder } from "../client/event-recorder.ts";
import { type Clock, timestamp } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";
import { nameOf, namespaceOf } from "../machinery/object.ts";
import type { PodInfo } from "./pod-info.ts";
import { type Preemption, preemptionReason } from "./preemption.ts";

/** What a pod that fits nowhere is told. */
export interface Failure {
  reason: "Unschedulable" | "SchedulerError";
  message: string;
  /** The node on which room is made for it; null takes back an earlier promise, undefined leaves it. */
  nominatedNode: string | null | undefined;
}

/** As many characters as upstream's events take. */
const longestNote = 1024;

export function noteOf(message: string): string {
  const suffix = " ...";
  return message.length <= longestNote ? message : message.slice(0, longestNote - suffix.length) + suffix;
}

/** Says in the pod's condition why it has no node. */
export async function writeFailure({ client, clock, logger, signal }: ComponentDeps, pod: Pod, failure: Failure): Promise<void> {
  const status = failureStatus(pod, failure, clock);
  if (!status) return;
  try {
    await patchStatus(client, pod, status);
  } catch (error) {
    if (isNotFound(error) || isConflict(error) || signal.aborted) return;
    logger.warn("a pod's condition could not be written", { pod: nameOf(pod), error });
  }
}

function failureStatus(pod: Pod, { reason, message, nominatedNode }: Failure, clock: Clock): object | undefined {
  const current = podCondition(pod, "PodScheduled");
  const generation = pod.metadata.generation;
  const promised = pod.status?.nominatedNodeName ?? null;
  const promise = nominatedNode === undefined || nominatedNode === promised ? {} : { nominatedNodeName: nominatedNode };
  const isSame =
    current?.status === "False" && current.reason === reason && current.message === message && current.observedGeneration === generation;
  if (isSame && !("nominatedNodeName" in promise)) return undefined;
  const condition: Partial<PodCondition> = {
    type: "PodScheduled",
    status: "False",
    reason,
    message,
    lastProbeTime: null as unknown as string,
    lastTransitionTime: current?.status === "False" && current.lastTransitionTime ? current.lastTransitionTime : timestamp(clock),
  };
  if (generation !== undefined) condition.observedGeneration = generation;
  return { conditions: [condition], ...promise };
}

/** Takes back promises of a node that a more important pod gets. */
export async function takeBackPromises({ client, logger, signal }: ComponentDeps, pods: readonly PodInfo[]): Promise<void> {
  for (const { pod, key } of pods) {
    try {
      await patchStatus(client, pod, { nominatedNodeName: null });
    } catch (error) {
      if (!isNotFound(error) && !signal.aborted) logger.warn("a pod's nominated node could not be taken back", { pod: key, error });
    }
  }
}

/** Deletes the victims of a preemption, each told why. Those that are on their way out already are left alone. */
export async function evict(
  { client, clock, logger, signal }: ComponentDeps,
  recorder: EventRecorder,
  scheduler: string,
  pod: PodInfo,
  { victims, node }: Preemption,
): Promise<void> {
  const evictOne = async (victim: PodInfo) => {
    const condition: Partial<PodCondition> = {
      type: "DisruptionTarget",
      status: "True",
      reason: preemptionReason,
      message: `${scheduler}: preempting to accommodate a higher priority pod`,
      lastProbeTime: null as unknown as string,
      lastTransitionTime: timestamp(clock),
    };
    const { generation } = victim.pod.metadata;
    if (generation !== undefined) condition.observedGeneration = generation;
    try {
      await patchStatus(client, victim.pod, { conditions: [condition] });
      await client.delete(podsRef, nameOf(victim.pod), { namespace: victim.namespace, preconditions: { uid: victim.uid } });
      recorder.event(victim.pod, "Normal", "Preempted", `Preempted by pod ${pod.uid} on node ${node.name}`);
    } catch (error) {
      if (!isNotFound(error) && !signal.aborted) logger.warn("a pod could not be preempted", { pod: victim.key, error });
    }
  };
  await Promise.all(victims.filter((victim) => !victim.terminating).map(evictOne));
}

async function patchStatus(client: Client, pod: Pod, status: object): Promise<void> {
  const patch = { type: "application/strategic-merge-patch+json", body: { status } } as const;
  await client.patch(podsRef, nameOf(pod), patch, { namespace: namespaceOf(pod), subresource: "status" });
}
