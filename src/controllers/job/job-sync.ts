import type { Job, JobCondition, JobStatus } from "../../api/batch/v1.ts";
import { findCondition, isConditionTrue, isPodReady } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import { jobs as jobsRef, pods as podsRef } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { Expectations } from "../../client/expectations.ts";
import type { Informer } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { type Clock, formatTime } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { namespaceOf, uidOf } from "../../machinery/object.ts";
import { compileLabelSelector, type LabelSelector } from "../../machinery/selectors/label-selector.ts";
import { claim } from "../workloads/claim.ts";
import { eventTarget, orphansOf, ownedBy } from "../workloads/ownership.ts";
import { isNamespaceTerminating, PodControl, slowStart } from "../workloads/pod-control.ts";
import { IndexSet } from "./index-set.ts";
import { type BackoffRecord, finishedAt, recordAfter, remainingBackoff } from "./job-backoff.ts";
import { ensureCondition, isFinished, jobCondition, successPolicyMessage } from "./job-conditions.ts";
import {
  exceedsRestarts,
  hasFailed,
  hasLimitPerIndex,
  indexOf,
  isIndexed,
  isSuspended,
  jobPod,
  jobPodWithIndex,
  podsToRemove,
  replacesFailedOnly,
  trackingFinalizer,
} from "./job-pods.ts";
import { JobTracker, removeFinalizer } from "./job-tracker.ts";
import { failuresBefore, type JobView, viewJob } from "./job-view.ts";
import { judgeFailure } from "./pod-failure-policy.ts";

/** No more pods of one job are created or deleted in one sync. */
const burst = 500;
/** Jobs that name another controller are that one's. */
const ownName = "kubernetes.io/job-controller";

/** Brings one job forward. */
export class JobSync {
  readonly expectations: Expectations;
  readonly tracker: JobTracker;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #recorder: EventRecorder;
  readonly #control: PodControl;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  /** Of jobs that were looked at; what a first look finds is in their pods. */
  readonly #backoffs = new Map<string, BackoffRecord | undefined>();
  /** Of selectors as they are stored: a status that is written leaves them as they are. */
  readonly #selectors = new WeakMap<object, LabelSelector>();

  constructor(deps: { client: Client; clock: Clock }, recorder: EventRecorder, jobs: Informer<Job>, pods: Informer<Pod>) {
    this.#client = deps.client;
    this.#clock = deps.clock;
    this.#recorder = recorder;
    this.#control = new PodControl(deps.client, recorder);
    this.#jobs = jobs;
    this.#pods = pods;
    this.expectations = new Expectations(deps.clock);
    this.tracker = new JobTracker(deps.client, deps.clock, recorder);
  }

  forget(key: string): void {
    this.expectations.forget(key);
    this.tracker.forget(key);
    this.#backoffs.delete(key);
  }

  async sync(key: string, queue: WorkQueue): Promise<void> {
    const job = this.#jobs.get(key);
    if (!job) return this.forget(key);
    if (!isManagedHere(job)) return;
    if (isFinished(job)) return this.forget(key);
    // Its update will bring it here again.
    if (this.tracker.isBehind(key, job)) return;
    const ready = this.expectations.satisfied(key);
    const untracked = this.tracker.untracked(key);
    const view = viewJob(job, await this.#claimPods(job), untracked);
    const now = this.#clock.now();
    const record = this.#backoffs.has(key)
      ? recordAfter(this.#backoffs.get(key), view.newlySucceeded, view.newlyFailed)
      : recordAfter(
          undefined,
          view.pods.filter(({ status }) => status?.phase === "Succeeded"),
          view.pods.filter((pod) => hasFailed(pod, job)),
        );

    let status: JobStatus = { ...job.status };
    if (status.startTime === undefined && !isSuspended(job)) status.startTime = formatTime(now);
    let finish = this.#verdict(view, status, key, queue);
    let active = view.active.length;
    let readyPods = view.active.filter(isPodReady).length;
    let terminating = view.terminating;
    let changed = false;
    let problem: { error: unknown } | undefined;
    if (finish) {
      const result = await this.#deletePods(job, view.active);
      if (result.error !== undefined) problem = { error: result.error };
      // While pods may be there that the cache doesn't show, or are still there, the job can't be called finished.
      if (result.deleted.length !== active || !ready) finish = undefined;
      active -= result.deleted.length;
      terminating += result.deleted.length;
      readyPods -= result.deleted.filter(isPodReady).length;
    } else {
      const manages = ready && !job.metadata.deletionTimestamp;
      if (manages) {
        const result = await this.#manage(key, view, record, queue);
        active += result.created - result.deleted.length;
        terminating += result.deleted.length;
        readyPods -= result.deleted.filter(isPodReady).length;
        if (result.error !== undefined) problem = { error: result.error };
      }
      const { completions } = job.spec ?? {};
      const done = completions === undefined ? view.succeeded > 0 && active === 0 : view.succeeded >= completions && active === 0;
      if (done) finish = jobCondition(now, "SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods");
      else if (manages) {
        const told = this.#tellSuspension(job, status);
        if (told !== status) {
          status = told;
          changed = true;
        }
      }
    }
    changed ||= active !== (status.active ?? 0) || readyPods !== status.ready || terminating !== status.terminating;
    changed ||= status.startTime !== job.status?.startTime;
    status = { ...status, active, ready: readyPods, terminating };
    await this.tracker.track(key, view, { status, finish, changed }, () => {
      this.#backoffs.set(key, record);
    });
    if (problem) throw problem.error;
  }

  #selectorOf({ spec }: Job): LabelSelector {
    const known = spec?.selector && this.#selectors.get(spec.selector);
    if (known) return known;
    const selector = compileLabelSelector(spec?.selector);
    if (spec?.selector) this.#selectors.set(spec.selector, selector);
    return selector;
  }

  async #claimPods(job: Job): Promise<Pod[]> {
    const selector = this.#selectorOf(job);
    return await claim({
      client: this.#client,
      ownerRef: jobsRef,
      owner: job,
      dependentRef: podsRef,
      candidates: [...ownedBy(this.#pods, job), ...orphansOf(this.#pods, namespaceOf(job))],
      matches: (pod) => selector.matches(pod.metadata.labels),
      finalizer: trackingFinalizer,
    });
  }

  /** Whether the job has to end now, however many pods still run. */
  #verdict(view: JobView, status: JobStatus, key: string, queue: WorkQueue): JobCondition | undefined {
    const { job } = view;
    const { spec } = job;
    const now = this.#clock.now();
    const decided = ["SuccessCriteriaMet", "FailureTarget"].find((type) => isConditionTrue(status.conditions, type));
    if (decided) return findCondition(status.conditions, decided);
    const fail = (reason: string, message: string) => jobCondition(now, "FailureTarget", reason, message);
    const failJob =
      spec?.podFailurePolicy &&
      view.pods.map((pod) => hasFailed(pod, job) && judgeFailure(spec.podFailurePolicy, pod).failJobMessage).find(Boolean);
    if (failJob) return fail("PodFailurePolicy", failJob);
    if (view.failed > (spec?.backoffLimit ?? 6) || exceedsRestarts(job, view.pods)) {
      return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    if (spec?.activeDeadlineSeconds !== undefined && status.startTime && !isSuspended(job)) {
      const left = Date.parse(status.startTime) + Number(spec.activeDeadlineSeconds) * 1000 - now;
      if (left <= 0) return fail("DeadlineExceeded", "Job was active longer than specified deadline");
      queue.addAfter(key, left);
    }
    if (!isIndexed(job)) return undefined;
    const completions = spec?.completions ?? 0;
    const failedIndexes = view.failedIndexes?.size ?? 0;
    if (spec?.maxFailedIndexes !== undefined && failedIndexes > spec.maxFailedIndexes) {
      return fail("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
    }
    if (failedIndexes > 0 && failedIndexes + view.succeededIndexes.size >= completions) {
      return fail("FailedIndexes", "Job has failed indexes");
    }
    const message = successPolicyMessage(spec?.successPolicy, completions, view.succeededIndexes);
    return message === undefined ? undefined : jobCondition(now, "SuccessCriteriaMet", "SuccessPolicy", message);
  }

  #tellSuspension(job: Job, status: JobStatus): JobStatus {
    const now = this.#clock.now();
    const suspended = isSuspended(job);
    const reason = suspended ? "JobSuspended" : "JobResumed";
    const message = suspended ? "Job suspended" : "Job resumed";
    const condition = { ...jobCondition(now, "Suspended", reason, message), status: suspended ? "True" : "False" };
    const { conditions, changed } = ensureCondition(status.conditions ?? [], condition);
    if (!changed) return status;
    this.#recorder.event(eventTarget(jobsRef, job), "Normal", suspended ? "Suspended" : "Resumed", message);
    // The deadline counts the time since the job was resumed.
    return suspended ? { ...status, conditions } : { ...status, conditions, startTime: formatTime(now) };
  }

  /** Creates or deletes pods; never both in one go, deletion first. */
  async #manage(
    key: string,
    view: JobView,
    record: BackoffRecord | undefined,
    queue: WorkQueue,
  ): Promise<{ created: number; deleted: Pod[]; error?: unknown }> {
    const { job, active } = view;
    const wanted = isSuspended(job) ? 0 : wantedPods(view);
    const surplus = podsToRemove(job, active, Math.max(0, active.length - wanted)).slice(0, burst);
    if (surplus.length > 0 || isSuspended(job)) {
      if (surplus.length === 0) return { created: 0, deleted: [] };
      this.expectations.expect(key, { deletions: surplus.map(uidOf) });
      // Not failed, just not needed: without the finalizer nobody counts them.
      const result = await this.#deletePods(job, surplus, true);
      const deleted = new Set(result.deleted);
      for (const pod of surplus) if (!deleted.has(pod)) this.expectations.deletionObserved(key, uidOf(pod));
      return { created: 0, ...result };
    }
    const missing = Math.min(wanted - active.length - (replacesFailedOnly(job) ? view.terminating : 0), burst);
    if (missing <= 0) return { created: 0, deleted: [] };
    const now = this.#clock.now();
    let wait = hasLimitPerIndex(job) ? 0 : remainingBackoff(record, now);
    let indexes: number[] | undefined;
    if (isIndexed(job) && wait === 0) {
      const pending = pendingIndexes(view, missing);
      const waits = pending.map((index) => this.#indexBackoff(view, index, now));
      indexes = pending.filter((_, at) => waits[at] === 0);
      const later = waits.filter((left) => left > 0);
      if (later.length > 0) wait = Math.min(...later);
    }
    if (wait > 0) queue.addAfter(key, wait);
    const count = indexes ? indexes.length : wait > 0 ? 0 : missing;
    return count > 0 ? await this.#createPods(key, view, count, indexes) : { created: 0, deleted: [] };
  }

  #indexBackoff(view: JobView, index: number, now: number): number {
    const last = view.lastFailures.get(index);
    const failures = last && failuresBefore(view, index);
    return failures ? remainingBackoff({ failures: failures.counted + failures.ignored, lastFailureAt: finishedAt(last) }, now) : 0;
  }

  async #createPods(
    key: string,
    view: JobView,
    count: number,
    indexes: readonly number[] | undefined,
  ): Promise<{ created: number; deleted: Pod[]; error?: unknown }> {
    const { job } = view;
    const base = jobPod(job);
    this.expectations.expect(key, { creations: count });
    const { successes, error } = await slowStart(count, async (at) => {
      const index = indexes?.[at];
      const pod = index === undefined ? base : jobPodWithIndex(job, base, index, failuresBefore(view, index));
      await this.#control.create(pod, jobsRef, job);
    });
    if (successes < count) this.expectations.creationObserved(key, count - successes);
    const result = { created: successes, deleted: [] };
    return error === undefined || isNamespaceTerminating(error) ? result : { ...result, error };
  }

  async #deletePods(job: Job, pods: readonly Pod[], uncounted = false): Promise<{ deleted: Pod[]; error?: unknown }> {
    const deleted: Pod[] = [];
    let first: { error: unknown } | undefined;
    await Promise.all(
      pods.map(async (pod) => {
        try {
          if (uncounted) await removeFinalizer(this.#client, pod);
          await this.#control.delete(pod, jobsRef, job).catch((error) => {
            if (!isNotFound(error)) throw error;
          });
          deleted.push(pod);
        } catch (error) {
          first ??= { error };
        }
      }),
    );
    return first ? { deleted, error: first.error } : { deleted };
  }
}

export function isManagedHere(job: Job): boolean {
  return job.spec?.managedBy === undefined || job.spec.managedBy === ownName;
}

/** How many pods should run now. */
function wantedPods({ job, succeeded, active }: JobView): number {
  const { completions, parallelism = 1 } = job.spec ?? {};
  // Without a number, the first success ends it: what runs may end, nothing is started.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function pendingIndexes(view: JobView, count: number): number[] {
  const { job } = view;
  const busy = (pods: readonly Pod[]) =>
    IndexSet.of(pods.map((pod) => indexOf(pod, job)).filter((index): index is number => index !== undefined));
  const taken = [busy(view.active), ...(view.failedIndexes ? [view.failedIndexes] : [])];
  if (replacesFailedOnly(job)) {
    taken.push(busy(view.pods.filter((pod) => pod.metadata.deletionTimestamp && pod.status?.phase !== "Failed")));
  }
  return view.succeededIndexes.union(...taken).firstMissing(count, job.spec?.completions ?? 0);
}
