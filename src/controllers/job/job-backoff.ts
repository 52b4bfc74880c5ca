import { podCondition } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";

const firstMilliseconds = 10_000;
const maxMilliseconds = 10 * 60_000;

/** The failures of a job's pods since one last succeeded. */
export interface BackoffRecord {
  failures: number;
  lastFailureAt: number;
}

/** The record after pods have finished; undefined when no failure is left to wait for. */
export function recordAfter(
  record: BackoffRecord | undefined,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): BackoffRecord | undefined {
  const failedAt = failed.map(finishedAt);
  if (succeeded.length === 0) {
    if (failedAt.length === 0) return record;
    return {
      failures: (record?.failures ?? 0) + failedAt.length,
      lastFailureAt: Math.max(record?.lastFailureAt ?? 0, ...failedAt),
    };
  }
  const lastSuccess = Math.max(...succeeded.map(finishedAt));
  const since = failedAt.filter((time) => time > lastSuccess);
  return since.length > 0 ? { failures: since.length, lastFailureAt: Math.max(...since) } : undefined;
}

/** Milliseconds until the next pod may be created. */
export function remainingBackoff(record: BackoffRecord | undefined, now: number): number {
  if (!record || record.failures === 0) return 0;
  const delay = Math.min(firstMilliseconds * 2 ** Math.min(record.failures - 1, 30), maxMilliseconds);
  return Math.max(0, record.lastFailureAt + delay - now);
}

/** When a pod finished: by its containers, its readiness, its deletion, and at last its creation. */
export function finishedAt(pod: Pod): number {
  let latest: number | undefined;
  const statuses = pod.status?.containerStatuses ?? [];
  if (statuses.length > 0 && statuses.every((status) => status.state?.terminated?.finishedAt)) {
    latest = Math.max(...statuses.map((status) => Date.parse(status.state?.terminated?.finishedAt as string)));
  }
  if (latest !== undefined) return latest;
  const ready = podCondition(pod, "Ready");
  if (ready?.status === "False" && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata;
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - Number(deletionGracePeriodSeconds) * 1000;
  return creationTimestamp ? Date.parse(creationTimestamp) : 0;
}
