import type { Job } from "../../api/batch/v1.ts";
import type { Pod } from "../../api/core/v1.ts";
import { jobs as jobsRef, pods as podsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { type AddHandler, startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { controllerOf, keyOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { followPods } from "../workloads/follow-pods.ts";
import { indexByController, ownedBy, resolveController } from "../workloads/ownership.ts";
import { withRecorder } from "../workloads/run-workload.ts";
import { isFinished } from "./job-conditions.ts";
import { isTracked } from "./job-pods.ts";
import { isManagedHere, JobSync } from "./job-sync.ts";
import { removeFinalizer } from "./job-tracker.ts";

type Deps = ComponentDeps & { informers: InformerFactory };

/** Runs the pods of jobs until enough of them have succeeded, or too many failed. */
export function startJobController(deps: Deps): Component {
  const recorder = createEventRecorder({ ...deps, component: "job-controller" });
  const jobs = deps.informers.informer(jobsRef);
  const pods = deps.informers.informer(podsRef);
  indexByController(pods);
  const jobSync = new JobSync(deps, recorder, jobs, pods);
  const informers = [jobs, pods];

  const follow = (queue: WorkQueue, on: AddHandler) => {
    const enqueue = (job: Job) => queue.add(keyOf(job));
    on(jobs, {
      add: enqueue,
      update(job, old) {
        enqueue(job);
        const { activeDeadlineSeconds } = job.spec ?? {};
        const { startTime } = job.status ?? {};
        if (activeDeadlineSeconds === undefined || !startTime || activeDeadlineSeconds === old.spec?.activeDeadlineSeconds) return;
        queue.addAfter(keyOf(job), Date.parse(startTime) + Number(activeDeadlineSeconds) * 1000 - deps.clock.now());
      },
      delete(job) {
        jobSync.forget(keyOf(job));
        enqueue(job);
      },
    });
    // Before the owner is put into the queue: the sync must know that the finalizer is off.
    const untracked = (pod: Pod) => {
      const job = resolveController(jobs, pod);
      if (job) jobSync.tracker.untrackingObserved(keyOf(job), uidOf(pod));
    };
    on(pods, {
      update: (pod, old) => {
        if (isTracked(old) && !isTracked(pod)) untracked(pod);
      },
      delete: untracked,
    });
    followPods({
      owners: jobs,
      pods,
      queue,
      on,
      expectations: jobSync.expectations,
      selects: (job, labels) => isManagedHere(job) && compileLabelSelector(job.spec?.selector).matches(labels),
    });
  };

  /** Pods whose job is gone or done must not be kept by a finalizer that nobody will take off. */
  const followStray = (queue: WorkQueue, on: AddHandler) => {
    const check = (pod: Pod) => {
      if (isTracked(pod) && isStray(pod)) queue.add(keyOf(pod));
    };
    on(pods, { add: check, update: check });
    on(jobs, {
      update: (job, old) => {
        if (isFinished(job) && !isFinished(old)) for (const pod of ownedBy(pods, job)) check(pod);
      },
      delete: (job) => {
        for (const pod of ownedBy(pods, job)) check(pod);
      },
    });
  };
  const isStray = (pod: Pod): boolean => {
    const controller = controllerOf(pod);
    if (controller && controller.kind !== jobsRef.kind) return false;
    const job = resolveController(jobs, pod);
    if (job) return isManagedHere(job) && isFinished(job);
    // An orphan may be about to be adopted.
    return controller !== undefined || !jobs.list(namespaceOf(pod)).some((other) => adopts(other, pod));
  };
  const adopts = (job: Job, pod: Pod) =>
    !isFinished(job) && isManagedHere(job) && compileLabelSelector(job.spec?.selector).matches(pod.metadata.labels);

  const loop = startController({
    name: "job",
    deps,
    informers,
    setup: follow,
    sync: (key, queue) => jobSync.sync(key, queue),
  });
  const strays = startController({
    name: "job-orphan-pods",
    deps,
    informers,
    workers: 1,
    setup: followStray,
    async sync(key) {
      const pod = pods.get(key);
      if (pod && isTracked(pod) && isStray(pod)) await removeFinalizer(deps.client, pod);
    },
  });
  return withRecorder(recorder, loop, strays);
}
