import type { Job } from "../../api/batch/v1.ts";
import { isPodActive, isPodTerminating } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import { uidOf } from "../../machinery/object.ts";
import { IndexSet } from "./index-set.ts";
import {
  failureCount,
  hasFailed,
  hasLimitPerIndex,
  type IndexFailures,
  ignoredFailureCount,
  indexOf,
  isIndexed,
  isTracked,
} from "./job-pods.ts";
import { judgeFailure } from "./pod-failure-policy.ts";

/** A job and its pods as one sync sees them. */
export interface JobView {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly terminating: number;
  /** Pods of which it isn't counted yet that they have finished. */
  readonly newlySucceeded: readonly Pod[];
  readonly newlyFailed: readonly Pod[];
  /** All that have finished so far. Of an indexed job, the succeeded indexes. */
  readonly succeeded: number;
  readonly failed: number;
  readonly previousIndexes: IndexSet;
  readonly succeededIndexes: IndexSet;
  /** Only of jobs with a limit per index. */
  readonly failedIndexes: IndexSet | undefined;
  /** Of each index that waits for its next pod, the one that failed last. It stays tracked until then, since it holds the count. */
  readonly lastFailures: ReadonlyMap<number, Pod>;
  /** Whether the pod's end still has to be counted, as far as its finalizer tells. */
  isUncounted(pod: Pod): boolean;
}

/** `untracked` are the pods whose finalizer was taken off, which the cache may not show yet. */
export function viewJob(job: Job, pods: readonly Pod[], untracked: ReadonlySet<string>): JobView {
  const { status = {} } = job;
  const uncounted = status.uncountedTerminatedPods ?? {};
  const countedSucceeded = new Set(uncounted.succeeded);
  const countedFailed = new Set(uncounted.failed);
  const indexed = isIndexed(job);
  const completions = job.spec?.completions ?? 0;
  const active = pods.filter(isPodActive);
  const isUncounted = (pod: Pod) => isTracked(pod) && !untracked.has(uidOf(pod));
  const valid = pods.filter((pod) => isUncounted(pod) && (!indexed || indexOf(pod, job) !== undefined));
  const newlySucceeded = valid.filter((pod) => pod.status?.phase === "Succeeded" && !countedSucceeded.has(uidOf(pod)));
  const newlyFailed = valid.filter((pod) => hasFailed(pod, job) && !countedFailed.has(uidOf(pod)));
  const policy = job.spec?.podFailurePolicy;
  const failures = policy ? newlyFailed.filter((pod) => judgeFailure(policy, pod).counts).length : newlyFailed.length;

  const previousIndexes = indexed ? IndexSet.parse(status.completedIndexes, completions) : IndexSet.empty;
  const ended = valid.filter((pod) => pod.status?.phase === "Succeeded");
  const succeededIndexes = indexed ? previousIndexes.union(IndexSet.of(ended.map((pod) => indexOf(pod, job) as number))) : IndexSet.empty;
  const perIndex = indexed && hasLimitPerIndex(job);
  const failedIndexes = perIndex
    ? IndexSet.parse(status.failedIndexes, completions).union(
        IndexSet.of(valid.filter((pod) => hasFailed(pod, job) && failsIndex(job, pod)).map((pod) => indexOf(pod, job) as number)),
      )
    : undefined;

  const lastFailures = new Map<number, Pod>();
  if (failedIndexes) {
    const activeIndexes = new Set(active.map((pod) => indexOf(pod, job)));
    for (const pod of valid) {
      const index = indexOf(pod, job) as number;
      if (!hasFailed(pod, job) || succeededIndexes.has(index) || failedIndexes.has(index) || activeIndexes.has(index)) continue;
      const last = lastFailures.get(index);
      if (!last || allFailures(last) < allFailures(pod)) lastFailures.set(index, pod);
    }
  }
  return {
    job,
    pods,
    active,
    terminating: pods.filter(isPodTerminating).length,
    newlySucceeded,
    newlyFailed,
    succeeded: indexed ? succeededIndexes.size : (status.succeeded ?? 0) + newlySucceeded.length + countedSucceeded.size,
    failed: (status.failed ?? 0) + failures + countedFailed.size,
    previousIndexes,
    succeededIndexes,
    failedIndexes,
    lastFailures,
    isUncounted,
  };
}

function failsIndex(job: Job, pod: Pod): boolean {
  const verdict = judgeFailure(job.spec?.podFailurePolicy, pod);
  return verdict.failsIndex || (verdict.counts && failureCount(pod) >= (job.spec?.backoffLimitPerIndex ?? 0));
}

function allFailures(pod: Pod): number {
  return failureCount(pod) + ignoredFailureCount(pod);
}

/** What a pod that replaces another of its index starts with; undefined for jobs without a limit per index. */
export function failuresBefore(view: JobView, index: number): IndexFailures | undefined {
  if (!hasLimitPerIndex(view.job)) return undefined;
  const last = view.lastFailures.get(index);
  if (!last) return { counted: 0, ignored: 0 };
  const { counts } = judgeFailure(view.job.spec?.podFailurePolicy, last);
  return { counted: failureCount(last) + (counts ? 1 : 0), ignored: ignoredFailureCount(last) + (counts ? 0 : 1) };
}
