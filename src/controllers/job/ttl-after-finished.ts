import type { Job } from "../../api/batch/v1.ts";
import { isConditionTrue } from "../../api/core/pod-status.ts";
import { jobs as jobsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { keyOf, splitKey, uidOf } from "../../machinery/object.ts";
import { isFinished } from "./job-conditions.ts";

/** Deletes jobs, with their pods, so many seconds after they finished as they say. */
export function startTtlAfterFinished(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const jobs = deps.informers.informer(jobsRef);
  return startController({
    name: "ttl-after-finished",
    deps,
    informers: [jobs],
    setup(queue, on) {
      const consider = (job: Job) => {
        if (expiry(job) !== undefined) queue.add(keyOf(job));
      };
      on(jobs, { add: consider, update: consider });
    },
    async sync(key, queue) {
      const cached = jobs.get(key);
      if (!cached || !isDue(cached)) return;
      const { namespace, name } = splitKey(key);
      try {
        // The time to live may have been raised, or the job made anew, since the cache heard of it.
        const job = await deps.client.get(jobsRef, name, { namespace });
        if (job.metadata.uid !== cached.metadata.uid || !isDue(job)) return;
        await deps.client.delete(jobsRef, name, {
          namespace,
          propagationPolicy: "Foreground",
          preconditions: { uid: uidOf(job) },
        });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }

      function isDue(job: Job): boolean {
        const at = expiry(job);
        if (at === undefined) return false;
        const left = at - deps.clock.now();
        if (left > 0) queue.addAfter(key, left);
        return left <= 0;
      }
    },
  });
}

/** When the job is to be deleted, in milliseconds since the epoch; undefined when it isn't finished or may stay. */
function expiry(job: Job): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec ?? {};
  if (ttlSecondsAfterFinished === undefined || job.metadata.deletionTimestamp || !isFinished(job)) return undefined;
  const finished = job.status?.conditions?.find(
    (condition) => (condition.type === "Complete" || condition.type === "Failed") && isConditionTrue([condition], condition.type),
  );
  return finished?.lastTransitionTime ? Date.parse(finished.lastTransitionTime) + ttlSecondsAfterFinished * 1000 : undefined;
}
