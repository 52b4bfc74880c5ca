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
import { deepEqual, nameOf, uidOf } from "../machinery/object.ts";
import type { SchedulerCache } from "./cache.ts";
import type { NominatedPods } from "./nominated-pods.ts";
import { asksTheSame, podInfo } from "./pod-info.ts";
import type { ClusterEvent, SchedulingQueue } from "./queue.ts";

export interface FollowerDeps {
  informers: InformerFactory;
  cache: SchedulerCache;
  queue: SchedulingQueue;
  nominated: NominatedPods;
  /** Whether a pod is this scheduler's to place. */
  isOurs(pod: Pod): boolean;
}

/** Feeds the cache and the queue from the informers. Returns what ends it. */
export function followCluster({ informers, cache, queue, nominated, isOurs }: FollowerDeps): () => void {
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
    const same = known !== undefined && cache.nodeOf(uid)?.name === node && asksTheSame(known.pod, pod);
    if (same) cache.confirm(uid, pod);
    else cache.setPod(podInfo(pod), node);
    if (!old?.spec?.nodeName) queue.moveAll("AssignedPodAdded");
    else if (!same) queue.moveAll("AssignedPodChanged");
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
    const info = podInfo(pod);
    const promised = pod.status?.nominatedNodeName;
    if (promised !== old?.status?.nominatedNodeName) {
      if (promised) nominated.add(info, promised);
      else nominated.remove(uid);
    }
    queue.set(info);
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
    informers.informer(podsRef).on({ add: (pod) => setPod(pod), update: setPod, delete: forget }),
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
  return () => {
    for (const remove of removals) remove();
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
