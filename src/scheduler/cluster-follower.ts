import { isPodTerminal } from "../api/core/pod-status.ts";
import type { Node, Pod } from "../api/core/v1.ts";
import {
  namespaces as namespacesRef,
  nodes as nodesRef,
  persistentvolumeclaims,
  persistentvolumes,
  pods as podsRef,
  storageclasses,
} from "../api/refs.ts";
import type { InformerFactory } from "../client/informer.ts";
import type { Logger } from "../machinery/logger.ts";
import { deepEqual, nameOf, uidOf } from "../machinery/object.ts";
import type { SchedulerCache } from "./cache.ts";
import type { NominatedPods } from "./nominated-pods.ts";
import { asksForTheSame, meansTheSame, podInfo, relabelledPodInfo } from "./pod-info.ts";
import type { ClusterEvent, SchedulingQueue } from "./queue.ts";

export interface FollowerDeps {
  informers: InformerFactory;
  logger: Logger;
  cache: SchedulerCache;
  queue: SchedulingQueue;
  nominated: NominatedPods;
  /** Whether a pod is this scheduler's to place. */
  isOurs(pod: Pod): boolean;
}

export interface Follower {
  /** Takes in the pods that were told until now, letting others run between them. After it, changes are taken in as they come. */
  load(pause: () => Promise<void>): Promise<void>;
  stop(): void;
}

/** Feeds the cache and the queue from the informers. */
export function followCluster({ informers, logger, cache, queue, nominated, isOurs }: FollowerDeps): Follower {
  /** The first list may tell of very many pods at once: they wait here. */
  let backlog: (() => void)[] | undefined = [];
  const forget = (pod: Pod) => {
    const uid = uidOf(pod);
    queue.remove(uid);
    nominated.remove(uid);
    if (!cache.nodeOf(uid)) return;
    cache.removePod(uid);
    queue.moveAll("AssignedPodRemoved");
  };

  const setPlaced = (pod: Pod, node: string, old: Pod | undefined) => {
    const uid = uidOf(pod);
    queue.remove(uid);
    nominated.remove(uid);
    const known = cache.pod(uid);
    const sameRoom = known !== undefined && asksForTheSame(known.pod, pod);
    if (!sameRoom || cache.nodeOf(uid)?.name !== node) cache.setPod(podInfo(pod), node);
    else if (meansTheSame(known.pod, pod)) cache.confirm(uid, pod);
    else cache.relabel(relabelledPodInfo(known, pod));
    if (!old?.spec?.nodeName) queue.moveAll("AssignedPodAdded");
    else {
      if (!deepEqual(old.metadata.labels, pod.metadata.labels)) queue.moveAll("AssignedPodLabelsChanged");
      if (pod.metadata.deletionTimestamp && !old.metadata.deletionTimestamp) queue.moveAll("AssignedPodTerminating");
      if (!sameRoom) queue.moveAll("AssignedPodResized");
    }
  };

  const setWaiting = (pod: Pod, old: Pod | undefined) => {
    const uid = uidOf(pod);
    // It has been given a node that the informer doesn't tell yet.
    if (!isOurs(pod) || cache.isAssumed(uid)) return;
    if (pod.metadata.deletionTimestamp) {
      queue.remove(uid);
      nominated.remove(uid);
      return;
    }
    const promised = pod.status?.nominatedNodeName;
    if (promised !== old?.status?.nominatedNodeName) {
      if (promised) nominated.add(podInfo(pod), promised);
      else nominated.remove(uid);
    }
    queue.set(pod);
  };

  const inOrder = (change: () => void) => {
    if (backlog) backlog.push(change);
    else change();
  };

  const setPod = (pod: Pod, old?: Pod) => {
    if (isPodTerminal(pod)) forget(pod);
    else if (pod.spec?.nodeName) setPlaced(pod, pod.spec.nodeName, old);
    else setWaiting(pod, old);
  };

  const moved = (event: ClusterEvent) => () => queue.moveAll(event);
  const namespacesChanged = () => {
    cache.counters.namespacesChanged();
    queue.moveAll("NamespacesChanged");
  };
  const volumesChanged = { add: moved("VolumesChanged"), update: moved("VolumesChanged") };
  const removals = [
    informers.informer(podsRef).on({
      add: (pod) => inOrder(() => setPod(pod)),
      update: (pod, old) => inOrder(() => setPod(pod, old)),
      delete: (pod) => inOrder(() => forget(pod)),
    }),
    informers.informer(nodesRef).on({
      add: (node) => {
        cache.setNode(node);
        queue.moveAll("NodeAdded");
      },
      update: (node, old) => {
        cache.setNode(node);
        if (mayHelp(node, old)) queue.moveAll("NodeChanged");
      },
      delete: (node) => {
        cache.removeNode(nameOf(node));
        queue.moveAll("NodeRemoved");
      },
    }),
    informers.informer(namespacesRef).on({
      add: namespacesChanged,
      delete: namespacesChanged,
      update: (namespace, old) => {
        if (!deepEqual(namespace.metadata.labels, old.metadata.labels)) namespacesChanged();
      },
    }),
    informers.informer(persistentvolumeclaims).on(volumesChanged),
    informers.informer(persistentvolumes).on(volumesChanged),
    informers.informer(storageclasses).on(volumesChanged),
  ];
  return {
    async load(pause) {
      const waiting = backlog ?? [];
      // What comes while others run is put at the end.
      for (let i = 0; i < waiting.length; i++) {
        try {
          waiting[i]?.();
        } catch (error) {
          logger.error("a pod could not be taken in", { error });
        }
        if (i % 16 === 15) await pause();
      }
      backlog = undefined;
    },
    stop() {
      for (const remove of removals) remove();
    },
  };
}

/** Whether a change of a node may let a pod fit: heartbeats don't. */
function mayHelp(node: Node, old: Node): boolean {
  return (
    !deepEqual(node.spec, old.spec) ||
    !deepEqual(node.metadata.labels, old.metadata.labels) ||
    !deepEqual(node.status?.allocatable, old.status?.allocatable)
  );
}
