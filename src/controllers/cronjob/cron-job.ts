import type { CronJob, CronJobStatus, Job } from "../../api/batch/v1.ts";
import { isConditionTrue } from "../../api/core/pod-status.ts";
import { cronjobs as cronJobsRef, jobs as jobsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { type Clock, formatTime } from "../../machinery/clock.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, isControlledBy, keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { isTimeZone } from "../../machinery/time-zone.ts";
import { isFinished } from "../job/job-conditions.ts";
import { controllerReference, eventTarget, indexByController, ownedBy, resolveController } from "../workloads/ownership.ts";
import { isNamespaceTerminating, messageOf } from "../workloads/pod-control.ts";
import { withRecorder } from "../workloads/run-workload.ts";
import { formatInZone, JobSchedule } from "./schedule.ts";

const scheduledTimeAnnotation = "batch.kubernetes.io/cronjob-scheduled-timestamp";

type Deps = ComponentDeps & { informers: InformerFactory };

/** Starts jobs at the times of cron jobs. */
export function startCronJobController(deps: Deps): Component {
  const recorder = createEventRecorder({ ...deps, component: "cronjob-controller" });
  const cronJobs = deps.informers.informer(cronJobsRef);
  const jobs = deps.informers.informer(jobsRef);
  indexByController(jobs);
  const controller = new CronJobController(deps, recorder, cronJobs, jobs);
  const loop = startController({
    name: "cronjob",
    deps,
    informers: [cronJobs, jobs],
    setup(queue, on) {
      const enqueue = (cronJob: CronJob | undefined) => {
        if (cronJob) queue.add(keyOf(cronJob));
      };
      on(cronJobs, { add: (cronJob) => enqueue(cronJob), update: (cronJob) => enqueue(cronJob) });
      on(jobs, {
        add: (job) => enqueue(resolveController(cronJobs, job)),
        update: (job, old) => {
          const owner = resolveController(cronJobs, job);
          const before = resolveController(cronJobs, old);
          if (!owner || !staysActive(owner, job)) enqueue(owner);
          if (before !== owner) enqueue(before);
        },
        delete: (job) => enqueue(resolveController(cronJobs, job)),
      });
    },
    sync: (key, queue) => controller.sync(key, queue),
  });
  return withRecorder(recorder, loop);
}

class CronJobController {
  readonly #deps: Deps;
  readonly #clock: Clock;
  readonly #recorder: EventRecorder;
  readonly #cronJobs: Informer<CronJob>;
  readonly #jobs: Informer<Job>;
  /** Of cron jobs that have been looked at, by key. */
  readonly #schedules = new Map<string, { of: string; schedule: JobSchedule }>();

  constructor(deps: Deps, recorder: EventRecorder, cronJobs: Informer<CronJob>, jobs: Informer<Job>) {
    this.#deps = deps;
    this.#clock = deps.clock;
    this.#recorder = recorder;
    this.#cronJobs = cronJobs;
    this.#jobs = jobs;
  }

  async sync(key: string, queue: WorkQueue): Promise<void> {
    const cronJob = this.#cronJobs.get(key);
    if (!cronJob) {
      this.#schedules.delete(key);
      return;
    }
    const jobs = ownedBy(this.#jobs, cronJob);
    let status: CronJobStatus = await this.#reconcileActive(cronJob, jobs);
    let problem: { error: unknown } | undefined;
    try {
      status = await this.#start(cronJob, status, key, queue);
    } catch (error) {
      problem = { error };
    }
    await this.#cleanUp(cronJob, jobs);
    const wanted = { ...status };
    if (!wanted.active?.length) delete wanted.active;
    if (!deepEqual(cronJob.status ?? {}, wanted)) {
      await this.#deps.client.update(cronJobsRef, { ...cronJob, status: wanted }, { subresource: "status" });
    }
    if (problem) throw problem.error;
  }

  #tell(cronJob: CronJob, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#recorder.event(eventTarget(cronJobsRef, cronJob), type, reason, message);
  }

  /** Takes finished and missing jobs off the list, and remembers the last success. */
  async #reconcileActive(cronJob: CronJob, jobs: readonly Job[]): Promise<CronJobStatus> {
    const status: CronJobStatus = { ...cronJob.status };
    let active = status.active ?? [];
    const isActive = (job: Job) => active.some(({ uid }) => uid === job.metadata.uid);
    for (const job of jobs) {
      if (!isFinished(job)) {
        if (!isActive(job) && !(await this.#isKnownToServer(cronJob, job))) {
          const message = `Saw a job that the controller did not create or forgot: ${nameOf(job)}`;
          this.#tell(cronJob, "Warning", "UnexpectedJob", message);
        }
        continue;
      }
      if (isActive(job)) {
        active = active.filter(({ uid }) => uid !== job.metadata.uid);
        const condition = isConditionTrue(job.status?.conditions, "Complete") ? "Complete" : "Failed";
        this.#tell(cronJob, "Normal", "SawCompletedJob", `Saw completed job: ${nameOf(job)}, condition: ${condition}`);
      }
      const { completionTime, conditions } = job.status ?? {};
      if (!completionTime || !isConditionTrue(conditions, "Complete")) continue;
      if (!status.lastSuccessfulTime || completionTime > status.lastSuccessfulTime) status.lastSuccessfulTime = completionTime;
    }
    for (const reference of active) {
      if (jobs.some((job) => job.metadata.uid === reference.uid)) continue;
      try {
        // The cache may not have heard of it yet.
        await this.#deps.client.get(jobsRef, reference.name ?? "", { namespace: namespaceOf(cronJob) });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        this.#tell(cronJob, "Normal", "MissingJob", `Active job went missing: ${reference.name}`);
        active = active.filter((other) => other !== reference);
      }
    }
    status.active = active;
    return status;
  }

  async #isKnownToServer(cronJob: CronJob, job: Job): Promise<boolean> {
    const current = await this.#deps.client.get(cronJobsRef, nameOf(cronJob), { namespace: namespaceOf(cronJob) });
    return current.status?.active?.some(({ uid }) => uid === job.metadata.uid) ?? false;
  }

  /** Starts the job that is due, if one is, and asks for a look at the next time. */
  async #start(cronJob: CronJob, status: CronJobStatus, key: string, queue: WorkQueue): Promise<CronJobStatus> {
    const { spec } = cronJob;
    if (cronJob.metadata.deletionTimestamp) return status;
    if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
      const message = `invalid timeZone: ${JSON.stringify(spec.timeZone)}: unknown time zone ${spec.timeZone}`;
      this.#tell(cronJob, "Warning", "UnknownTimeZone", message);
      return status;
    }
    if (spec.suspend) return status;
    let schedule: JobSchedule;
    try {
      schedule = this.#scheduleOf(key, cronJob);
    } catch (error) {
      const message = `unparseable schedule: ${JSON.stringify(spec.schedule)} : ${messageOf(error)}`;
      this.#tell(cronJob, "Warning", "UnparseableSchedule", message);
      return status;
    }
    const now = this.#clock.now();
    const wait = schedule.untilNext(now);
    if (wait !== undefined) queue.addAfter(key, wait);
    const { time, tooMany } = schedule.latest(cronJob, now);
    if (tooMany) {
      const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
      this.#tell(cronJob, "Warning", "TooManyMissedTimes", message);
    }
    if (time === undefined) return status;
    if (spec.startingDeadlineSeconds !== undefined && time + Number(spec.startingDeadlineSeconds) * 1000 < now) {
      const text = new Date(time).toUTCString().replace("GMT", "+0000");
      this.#tell(cronJob, "Warning", "MissSchedule", `Missed scheduled time to start a job: ${text}`);
      return status;
    }
    const name = jobName(cronJob, time);
    const active = status.active ?? [];
    if (active.some((reference) => reference.name === name) || status.lastScheduleTime === formatTime(time)) return status;
    if (spec.concurrencyPolicy === "Forbid" && active.length > 0) {
      const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
      this.#tell(cronJob, "Normal", "JobAlreadyActive", message);
      return status;
    }
    let running = active;
    if (spec.concurrencyPolicy === "Replace") {
      for (const reference of active) await this.#deleteJob(cronJob, reference.name ?? "");
      running = [];
    }
    const job = await this.#createJob(cronJob, name, time);
    if (!job) return { ...status, active: running };
    return { ...status, active: [...running, eventTarget(jobsRef, job)], lastScheduleTime: formatTime(time) };
  }

  /** Parsed once for each text. Throws `CronError`. */
  #scheduleOf(key: string, cronJob: CronJob): JobSchedule {
    const of = `${cronJob.spec.timeZone ?? ""} ${cronJob.spec.schedule}`;
    const known = this.#schedules.get(key);
    if (known?.of === of) return known.schedule;
    const schedule = new JobSchedule(cronJob);
    this.#schedules.set(key, { of, schedule });
    return schedule;
  }

  async #createJob(cronJob: CronJob, name: string, time: number): Promise<Job | undefined> {
    const { client } = this.#deps;
    const { metadata, spec } = cronJob.spec.jobTemplate;
    const job: Job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace: namespaceOf(cronJob),
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        annotations: { ...metadata?.annotations, [scheduledTimeAnnotation]: formatInZone(time, cronJob.spec.timeZone) },
        ownerReferences: [controllerReference(cronJobsRef, cronJob)],
      },
      ...(spec ? { spec } : {}),
    };
    try {
      const created = await client.create(jobsRef, job);
      this.#tell(cronJob, "Normal", "SuccessfulCreate", `Created job ${name}`);
      return created;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (isAlreadyExists(error)) {
        // Made before, when the status could not be written any more; or it is someone else's.
        const present = await client.get(jobsRef, name, { namespace: namespaceOf(cronJob) });
        if (!isControlledBy(present, cronJob)) throw error;
        return isFinished(present) ? undefined : present;
      }
      this.#tell(cronJob, "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }

  async #deleteJob(cronJob: CronJob, name: string, uid?: string): Promise<void> {
    try {
      await this.#deps.client.delete(jobsRef, name, {
        namespace: namespaceOf(cronJob),
        propagationPolicy: "Background",
        ...(uid ? { preconditions: { uid } } : {}),
      });
      this.#tell(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
    } catch (error) {
      if (isNotFound(error)) return;
      this.#tell(cronJob, "Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
      throw error;
    }
  }

  /** Deletes the oldest finished jobs beyond the limits. */
  async #cleanUp(cronJob: CronJob, jobs: readonly Job[]): Promise<void> {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
    const finished = jobs.filter((job) => isFinished(job) && !job.metadata.deletionTimestamp);
    const succeeded = finished.filter((job) => isConditionTrue(job.status?.conditions, "Complete"));
    const failed = finished.filter((job) => !succeeded.includes(job));
    for (const [kept, limit] of [
      [succeeded, successfulJobsHistoryLimit],
      [failed, failedJobsHistoryLimit],
    ] as const) {
      if (limit === undefined || kept.length <= limit) continue;
      for (const job of kept.sort(byStart).slice(0, kept.length - limit)) await this.#deleteJob(cronJob, nameOf(job), uidOf(job));
    }
  }
}

/** Whether the job goes on as the cron job knows it: nothing is done about it then. */
function staysActive(cronJob: CronJob, job: Job): boolean {
  return !isFinished(job) && (cronJob.status?.active?.some(({ uid }) => uid === job.metadata.uid) ?? false);
}

/** One name for each time: two controllers, or one that forgot, can't start a job twice. */
function jobName(cronJob: CronJob, time: number): string {
  return `${nameOf(cronJob)}-${Math.floor(time / 60_000)}`;
}

/** Jobs that never started come last. */
function byStart(a: Job, b: Job): number {
  const [first, second] = [a.status?.startTime, b.status?.startTime];
  if (first === second) return nameOf(a) < nameOf(b) ? -1 : 1;
  if (first === undefined) return 1;
  if (second === undefined) return -1;
  return first < second ? -1 : 1;
}
