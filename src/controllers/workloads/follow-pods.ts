import { isPodReady } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import type { AddHandler } from "../../client/controller.ts";
import type { Expectations } from "../../client/expectations.ts";
import type { Informer } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { controllerOf, deepEqual, type KubeObject, keyOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { Labels } from "../../machinery/selectors/label-selector.ts";
import { resolveController } from "./ownership.ts";

export interface FollowPodsOptions<T extends KubeObject> {
  owners: Informer<T>;
  pods: Informer<Pod>;
  queue: WorkQueue;
  on: AddHandler;
  expectations?: Expectations;
  /** Whether the owner would adopt an orphan with these labels. */
  selects(owner: T, labels: Labels): boolean;
  minReadySeconds?(owner: T): number;
}

/** Statuses of pods change in bursts, and each look at an owner goes through all of its pods: what comes within this time is one look. */
const burstMilliseconds = 20;

/** Puts owners into the queue when a pod of theirs, or one that they may adopt, comes, changes or goes. */
export function followPods<T extends KubeObject>(options: FollowPodsOptions<T>): void {
  const { owners, pods, queue, on, expectations, selects, minReadySeconds } = options;
  const enqueue = (owner: T) => queue.add(keyOf(owner));
  const enqueueAdopters = (pod: Pod) => {
    for (const owner of owners.list(namespaceOf(pod))) if (selects(owner, pod.metadata.labels)) enqueue(owner);
  };
  const gone = (pod: Pod) => {
    const owner = resolveController(owners, pod);
    if (!owner) return;
    expectations?.deletionObserved(keyOf(owner), uidOf(pod));
    enqueue(owner);
  };
  on(pods, {
    add(pod) {
      // Seen first when it is on its way out already, as after a restart: not a creation to count.
      if (pod.metadata.deletionTimestamp) return gone(pod);
      if (!controllerOf(pod)) return enqueueAdopters(pod);
      const owner = resolveController(owners, pod);
      if (!owner) return;
      expectations?.creationObserved(keyOf(owner));
      enqueue(owner);
    },
    update(pod, old) {
      const labelsChanged = !deepEqual(pod.metadata.labels, old.metadata.labels);
      // A graceful deletion counts when it begins: the replacement doesn't wait for its end.
      if (pod.metadata.deletionTimestamp) return gone(pod);
      const before = controllerOf(old);
      const after = controllerOf(pod);
      const controllerChanged = !deepEqual(before, after);
      if (controllerChanged && before) {
        const owner = resolveController(owners, old);
        if (owner) enqueue(owner);
      }
      if (!after) {
        if (labelsChanged || controllerChanged) enqueueAdopters(pod);
        return;
      }
      const owner = resolveController(owners, pod);
      if (!owner) return;
      if (labelsChanged || controllerChanged) enqueue(owner);
      else queue.addAfter(keyOf(owner), burstMilliseconds);
      const seconds = minReadySeconds?.(owner) ?? 0;
      if (seconds > 0 && isPodReady(pod) && !isPodReady(old)) queue.addAfter(keyOf(owner), (seconds + 1) * 1000);
    },
    delete: gone,
  });
}
