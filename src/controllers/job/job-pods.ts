import type { Job } from "../../api/batch/v1.ts";
import type { Container, Pod, PodSpec } from "../../api/core/v1.ts";
import { jobs as jobsRef } from "../../api/refs.ts";
import { nameOf } from "../../machinery/object.ts";
import { podFromTemplate, podNamePrefix } from "../workloads/pod-control.ts";
import { compareForDeletion } from "../workloads/pod-order.ts";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const completionIndexKey = "batch.kubernetes.io/job-completion-index";
const failureCountKey = "batch.kubernetes.io/job-index-failure-count";
const ignoredFailureCountKey = "batch.kubernetes.io/job-index-ignored-failure-count";
const indexVariable = "JOB_COMPLETION_INDEX";

export function isIndexed(job: Job): boolean {
  return job.spec?.completionMode === "Indexed";
}

export function hasLimitPerIndex(job: Job): boolean {
  return job.spec?.backoffLimitPerIndex !== undefined;
}

/** Pods are replaced when they have failed, not already when their deletion begins. */
export function replacesFailedOnly(job: Job): boolean {
  return job.spec?.podReplacementPolicy === "Failed";
}

export function isSuspended(job: Job): boolean {
  return job.spec?.suspend === true;
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

/** A pod that is being deleted counts as failed too, since it may never tell; unless the job waits for the failure itself. */
export function hasFailed(pod: Pod, job: Job): boolean {
  const { phase } = pod.status ?? {};
  if (phase === "Failed") return true;
  return !replacesFailedOnly(job) && pod.metadata.deletionTimestamp !== undefined && phase !== "Succeeded";
}

/** The completion index of a pod of this job; undefined when it has none, or one beyond the job's completions. */
export function indexOf(pod: Pod, job: Job): number | undefined {
  const text = pod.metadata.annotations?.[completionIndexKey];
  if (text === undefined || !/^[0-9]+$/.test(text)) return undefined;
  const index = Number(text);
  return index < (job.spec?.completions ?? 0) ? index : undefined;
}

export function failureCount(pod: Pod): number {
  return Number(pod.metadata.annotations?.[failureCountKey] ?? 0) || 0;
}

export function ignoredFailureCount(pod: Pod): number {
  return Number(pod.metadata.annotations?.[ignoredFailureCountKey] ?? 0) || 0;
}

export function jobPod(job: Job): Pod {
  const pod = podFromTemplate(job.spec?.template ?? {}, jobsRef, job);
  const finalizers = pod.metadata.finalizers ?? [];
  pod.metadata.finalizers = finalizers.includes(trackingFinalizer) ? finalizers : [...finalizers, trackingFinalizer];
  return isIndexed(job) ? { ...pod, spec: withIndexVariable(pod.spec as PodSpec) } : pod;
}

export interface IndexFailures {
  counted: number;
  ignored: number;
}

/** The same for one completion index. `failures` are those of the pods that this one follows, for jobs with a limit per index. */
export function jobPodWithIndex(job: Job, base: Pod, index: number, failures: IndexFailures | undefined): Pod {
  const annotations: Record<string, string> = { ...base.metadata.annotations, [completionIndexKey]: String(index) };
  if (failures) {
    annotations[failureCountKey] = String(failures.counted);
    if (failures.ignored > 0) annotations[ignoredFailureCountKey] = String(failures.ignored);
  }
  return {
    ...base,
    metadata: {
      ...base.metadata,
      generateName: indexedNamePrefix(nameOf(job), index),
      annotations,
      labels: { ...base.metadata.labels, [completionIndexKey]: String(index) },
    },
    spec: { ...(base.spec as PodSpec), hostname: `${nameOf(job)}-${index}` },
  };
}

/** The server cuts long names at the end; the index must stay in them. */
function indexedNamePrefix(name: string, index: number): string {
  const longest = 63 - 5;
  const end = `-${index}-`;
  const prefix = `${name}${end}`;
  return prefix.length > longest ? `${name.slice(0, longest - end.length)}${end}` : podNamePrefix(`${name}-${index}`);
}

function withIndexVariable(spec: PodSpec): PodSpec {
  const add = (container: Container): Container =>
    container.env?.some(({ name }) => name === indexVariable)
      ? container
      : {
          ...container,
          env: [
            ...(container.env ?? []),
            { name: indexVariable, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${completionIndexKey}']` } } },
          ],
        };
  return {
    ...spec,
    containers: spec.containers.map(add),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(add) } : {}),
  };
}

/** At least `count` of the active pods, and with them all whose index is wrong or there twice. */
export function podsToRemove(job: Job, active: readonly Pod[], count: number): Pod[] {
  let rest = [...active];
  const removed: Pod[] = [];
  if (isIndexed(job)) {
    const kept = new Map<number, Pod>();
    // What comes last would be the last to be deleted: that one stays.
    for (const pod of [...active].sort(compareForDeletion)) {
      const index = indexOf(pod, job);
      if (index === undefined) {
        removed.push(pod);
        continue;
      }
      const earlier = kept.get(index);
      if (earlier) removed.push(earlier);
      kept.set(index, pod);
    }
    rest = [...kept.values()];
  }
  if (removed.length >= count) return removed;
  return [...removed, ...rest.sort(compareForDeletion).slice(0, count - removed.length)];
}

/** Restarts of containers count like failed pods where pods restart their containers. */
export function exceedsRestarts(job: Job, pods: readonly Pod[]): boolean {
  if (job.spec?.template.spec?.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    for (const container of status.initContainerStatuses ?? []) restarts += container.restartCount;
    for (const container of status.containerStatuses ?? []) restarts += container.restartCount;
  }
  const limit = job.spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}
