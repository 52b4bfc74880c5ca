import type { Job, JobCondition, JobStatus } from "../../api/batch/v1.ts";
import type { Pod } from "../../api/core/v1.ts";
import { jobs as jobsRef, pods as podsRef } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Clock } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { eventTarget } from "../workloads/ownership.ts";
import { compactStatus } from "../workloads/run-workload.ts";
import { IndexSet } from "./index-set.ts";
import { ensureCondition, jobCondition } from "./job-conditions.ts";
import { hasFailed, indexOf, isIndexed, isTracked, trackingFinalizer } from "./job-pods.ts";
import type { JobView } from "./job-view.ts";
import { judgeFailure } from "./pod-failure-policy.ts";

/** No more pods are listed in a status at a time. */
const maxUncounted = 500;

/** How a sync leaves the job, before finished pods are counted. */
export interface JobOutcome {
  status: JobStatus;
  /** SuccessCriteriaMet, FailureTarget, Complete or Failed; undefined while the job goes on. */
  finish: JobCondition | undefined;
  changed: boolean;
}

/**
 * Counts each finished pod once, across crashes: its uid goes into the status, then its finalizer goes, then the uid is taken out
 * and the counter raised. A pod can't vanish while it has the finalizer.
 */
export class JobTracker {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #recorder: EventRecorder;
  /** By job key: pods whose finalizer was taken off, until the cache shows it. */
  readonly #untracked = new Map<string, Set<string>>();
  readonly #written = new Map<string, { uid: string; version: bigint }>();

  constructor(client: Client, clock: Clock, recorder: EventRecorder) {
    this.#client = client;
    this.#clock = clock;
    this.#recorder = recorder;
  }

  untracked(key: string): ReadonlySet<string> {
    return new Set(this.#untracked.get(key));
  }

  untrackingObserved(key: string, uid: string): void {
    const expected = this.#untracked.get(key);
    if (expected?.delete(uid) && expected.size === 0) this.#untracked.delete(key);
  }

  forget(key: string): void {
    this.#untracked.delete(key);
    this.#written.delete(key);
  }

  /**
   * Whether the cache hasn't shown yet what was written last. Pods would be counted wrong then: their finalizers may be seen to be
   * gone before the status that counts them is.
   */
  isBehind(key: string, job: Job): boolean {
    const written = this.#written.get(key);
    return written !== undefined && written.uid === job.metadata.uid && BigInt(job.metadata.resourceVersion ?? "0") < written.version;
  }

  async track(key: string, view: JobView, outcome: JobOutcome, onCounted: () => void): Promise<void> {
    const { job } = view;
    const uncounted = job.status?.uncountedTerminatedPods ?? {};
    const tracked = new Set(view.pods.filter(view.isUncounted).map(uidOf));
    let status = settle({ ...outcome.status, uncountedTerminatedPods: uncounted }, tracked);
    let changed = outcome.changed || status.uncountedTerminatedPods !== uncounted;

    const counted = countPods(view, status, outcome.finish);
    status = counted.status;
    changed ||= counted.changed;
    let { finish } = outcome;
    if (finish?.type === "FailureTarget" || finish?.type === "SuccessCriteriaMet") {
      // The verdict is stored before finalizers go: what led to it may be gone afterwards.
      const told = ensureCondition(status.conditions ?? [], finish);
      if (!(job.status?.conditions ?? []).some(({ type }) => type === finish?.type)) {
        status = { ...status, conditions: told.conditions };
        changed = true;
      }
      finish = jobCondition(
        this.#clock.now(),
        finish.type === "FailureTarget" ? "Failed" : "Complete",
        finish.reason ?? "",
        finish.message ?? "",
      );
    }

    let stored = job;
    if (changed) {
      stored = await this.#write(job, status);
      onCounted();
      changed = false;
    }
    let problem: { error: unknown } | undefined;
    if (counted.finished.length > 0) {
      const { done, error } = await this.#untrack(key, counted.finished);
      for (const uid of done) tracked.delete(uid);
      if (error !== undefined) problem = { error };
    }
    const settled = settle(stored.status ?? {}, tracked);
    changed = settled !== stored.status;
    if (problem) {
      if (changed) await this.#write(stored, settled);
      throw problem.error;
    }
    const last = counted.complete ? enact(settled, finish) : undefined;
    if (last || changed) await this.#write(stored, last ?? settled);
    if (last && finish) this.#tellFinish(stored, last, finish);
  }

  async #write(job: Job, status: JobStatus): Promise<Job> {
    const keep = ["ready", "terminating", "failedIndexes"] as const;
    const stored = await this.#client.update(jobsRef, { ...job, status: compactStatus(status, keep) }, { subresource: "status" });
    this.#written.set(keyOf(stored), { uid: uidOf(stored), version: BigInt(stored.metadata.resourceVersion ?? "0") });
    return stored;
  }

  async #untrack(key: string, pods: readonly Pod[]): Promise<{ done: string[]; error?: unknown }> {
    const expected = this.#untracked.get(key) ?? new Set<string>();
    this.#untracked.set(key, expected);
    for (const pod of pods) expected.add(uidOf(pod));
    const done: string[] = [];
    let first: { error: unknown } | undefined;
    await Promise.all(
      pods.map(async (pod) => {
        try {
          await removeFinalizer(this.#client, pod);
          done.push(uidOf(pod));
        } catch (error) {
          this.untrackingObserved(key, uidOf(pod));
          first ??= { error };
        }
      }),
    );
    return first ? { done, error: first.error } : { done };
  }

  #tellFinish(job: Job, status: JobStatus, finish: JobCondition): void {
    const target = eventTarget(jobsRef, job);
    if (finish.type === "Failed") {
      this.#recorder.event(target, "Warning", finish.reason ?? "", finish.message ?? "");
      return;
    }
    const { completions } = job.spec ?? {};
    if (completions !== undefined && (status.succeeded ?? 0) > completions) {
      this.#recorder.event(target, "Warning", "TooManySucceededPods", "Too many succeeded pods running after completion");
    }
    this.#recorder.event(target, "Normal", "Completed", "Job completed");
  }
}

/** Lets a pod go. One that is gone already is fine. */
export async function removeFinalizer(client: Client, pod: Pod): Promise<void> {
  if (!isTracked(pod)) return;
  const body = { metadata: { "$deleteFromPrimitiveList/finalizers": [trackingFinalizer], uid: uidOf(pod) } };
  try {
    const patch = { type: "application/strategic-merge-patch+json", body } as const;
    await client.patch(podsRef, nameOf(pod), patch, { namespace: namespaceOf(pod) });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Raises the counters by the listed pods that have no finalizer any more. Returns `status` itself when there are none. */
function settle(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const openSucceeded = succeeded.filter((uid) => tracked.has(uid));
  const openFailed = failed.filter((uid) => tracked.has(uid));
  if (openSucceeded.length === succeeded.length && openFailed.length === failed.length) return status;
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - openSucceeded.length,
    failed: (status.failed ?? 0) + failed.length - openFailed.length,
    uncountedTerminatedPods: listed(openSucceeded, openFailed),
  };
}

function listed(succeeded: string[], failed: string[]): NonNullable<JobStatus["uncountedTerminatedPods"]> {
  return { ...(succeeded.length > 0 ? { succeeded } : {}), ...(failed.length > 0 ? { failed } : {}) };
}

interface Counted {
  status: JobStatus;
  changed: boolean;
  /** Their finalizers can go. */
  finished: Pod[];
  /** All that had to be counted is; otherwise the rest comes next time. */
  complete: boolean;
}

function countPods(view: JobView, before: JobStatus, finish: JobCondition | undefined): Counted {
  const { job } = view;
  const indexed = isIndexed(job);
  const listedSucceeded = [...(before.uncountedTerminatedPods?.succeeded ?? [])];
  const listedFailed = [...(before.uncountedTerminatedPods?.failed ?? [])];
  const knownSucceeded = new Set(listedSucceeded);
  const knownFailed = new Set(listedFailed);
  const newIndexes: number[] = [];
  const finished: Pod[] = [];
  let changed = false;
  let complete = true;
  const failing = finish !== undefined && finish.type !== "SuccessCriteriaMet" && finish.type !== "Complete";
  const order = (pod: Pod) => indexOf(pod, job) ?? -1;
  for (const pod of indexed ? [...view.pods].sort((a, b) => order(a) - order(b)) : view.pods) {
    if (!view.isUncounted(pod)) continue;
    const failed = hasFailed(pod, job);
    const succeeded = pod.status?.phase === "Succeeded";
    const index = indexOf(pod, job);
    const held = index !== undefined && view.lastFailures.get(index) === pod;
    const mayGo = job.metadata.deletionTimestamp !== undefined || finish !== undefined || succeeded || (failed && !held);
    if (!mayGo) continue;
    finished.push(pod);
    if (succeeded && !knownFailed.has(uidOf(pod))) {
      if (!indexed) {
        if (!knownSucceeded.has(uidOf(pod))) {
          listedSucceeded.push(uidOf(pod));
          changed = true;
        }
      } else if (index !== undefined && !view.previousIndexes.has(index)) {
        newIndexes.push(index);
        changed = true;
      }
    } else if ((failed || failing) && !knownFailed.has(uidOf(pod)) && (!indexed || index !== undefined)) {
      if (judgeFailure(job.spec?.podFailurePolicy, pod).counts) {
        listedFailed.push(uidOf(pod));
        changed = true;
      }
    }
    if (newIndexes.length + listedSucceeded.length + listedFailed.length >= maxUncounted) {
      complete = false;
      break;
    }
  }
  let status: JobStatus = { ...before, uncountedTerminatedPods: listed(listedSucceeded, listedFailed) };
  if (indexed) {
    const indexes = view.previousIndexes.union(IndexSet.of(newIndexes));
    const completedIndexes = indexes.toString();
    const failedIndexes = view.failedIndexes?.toString();
    if (completedIndexes !== (before.completedIndexes ?? "") || failedIndexes !== before.failedIndexes) changed = true;
    status = { ...status, succeeded: indexes.size, completedIndexes };
    if (failedIndexes === undefined) delete status.failedIndexes;
    else status.failedIndexes = failedIndexes;
  }
  return { status, changed, finished, complete };
}

/** The final status; undefined as long as the job can't be called finished. */
function enact(status: JobStatus, finish: JobCondition | undefined): JobStatus | undefined {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (!finish || succeeded.length > 0 || failed.length > 0) return undefined;
  // Who waits for the job to finish may count on its pods' having ended.
  if ((status.terminating ?? 0) > 0) return undefined;
  const { conditions } = ensureCondition(status.conditions ?? [], finish);
  const last: JobStatus = { ...status, conditions };
  if (finish.type === "Complete" && finish.lastTransitionTime) last.completionTime = finish.lastTransitionTime;
  return last;
}
