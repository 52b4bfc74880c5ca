import type { Node, Pod } from "../api/core/v1.ts";
import { deepEqual } from "../machinery/object.ts";
import { ImageIndex } from "./image-index.ts";
import { NodeInfo } from "./node-info.ts";
import { PodCounters } from "./pod-counters.ts";
import type { PodInfo } from "./pod-info.ts";

/**
 * The nodes and what is on them: what the informers told, with the pods that were given a node a moment ago and whose binding
 * the informers haven't told yet (assumed). It changes in place between two pods' turns.
 */
export class SchedulerCache {
  readonly #byName = new Map<string, NodeInfo>();
  readonly #nodeOfPod = new Map<string, NodeInfo>();
  readonly #assumed = new Set<string>();
  readonly #freeSlots: number[] = [];
  readonly counters: PodCounters;
  readonly images = new ImageIndex();
  /** Nodes that exist, in a stable order. */
  nodes: NodeInfo[] = [];
  /** Counts changes of the set of nodes and of their labels: tables derived from these compare it. */
  labelsGeneration = 0;
  /** One more than the highest slot in use. */
  slots = 0;

  constructor(namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined) {
    this.counters = new PodCounters(this, namespaceLabels);
  }

  get(name: string): NodeInfo | undefined {
    return this.#byName.get(name);
  }

  allNodeInfos(): IterableIterator<NodeInfo> {
    return this.#byName.values();
  }

  setNode(node: Node): void {
    const info = this.#ensure(node.metadata.name ?? "");
    const isNew = info.node === undefined;
    const { labels, images } = info;
    info.setNode(node);
    this.images.replace(images, info.images);
    if (isNew) this.nodes.push(info);
    if (isNew || !deepEqual(labels, info.labels)) this.labelsGeneration++;
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (!info) return;
    this.images.replace(info.images, new Map());
    info.clearNode();
    this.nodes = this.nodes.filter((other) => other !== info);
    this.labelsGeneration++;
    this.#releaseIfUnused(info);
  }

  /** A pod that has a node, as an informer tells it. Also confirms an assumed one. */
  setPod(pod: PodInfo, nodeName: string): void {
    this.#assumed.delete(pod.uid);
    this.#place(pod, nodeName);
  }

  /** The same pod on the same node, asking for the same, means something else to others. */
  relabel(pod: PodInfo): void {
    this.#assumed.delete(pod.uid);
    const info = this.#nodeOfPod.get(pod.uid);
    const old = info?.pods.get(pod.uid);
    if (!info || !old) return;
    info.pods.set(pod.uid, pod);
    this.counters.podRemoved(old, info);
    this.counters.podAdded(pod, info);
  }

  /** A pod that gets a node now; `forget` takes it back when the binding fails. */
  assume(pod: PodInfo, nodeName: string): void {
    this.#assumed.add(pod.uid);
    this.#place(pod, nodeName);
  }

  forget(uid: string): void {
    if (this.#assumed.delete(uid)) this.removePod(uid);
  }

  removePod(uid: string): void {
    this.#assumed.delete(uid);
    const info = this.#nodeOfPod.get(uid);
    if (!info) return;
    this.#nodeOfPod.delete(uid);
    const pod = info.removePod(uid);
    if (pod) this.counters.podRemoved(pod, info);
    this.#releaseIfUnused(info);
  }

  /** What is known of a pod that has a node. */
  pod(uid: string): PodInfo | undefined {
    return this.#nodeOfPod.get(uid)?.pods.get(uid);
  }

  nodeOf(uid: string): NodeInfo | undefined {
    return this.#nodeOfPod.get(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  /** The informers tell what was assumed, or something that makes no difference. */
  confirm(uid: string, pod: Pod): void {
    this.#assumed.delete(uid);
    const info = this.pod(uid);
    if (info) info.pod = pod;
  }

  #place(pod: PodInfo, nodeName: string): void {
    const before = this.#nodeOfPod.get(pod.uid);
    if (before) {
      const old = before.removePod(pod.uid);
      if (old) this.counters.podRemoved(old, before);
      if (before.name !== nodeName) this.#releaseIfUnused(before);
    }
    const info = this.#ensure(nodeName);
    info.addPod(pod);
    this.#nodeOfPod.set(pod.uid, info);
    this.counters.podAdded(pod, info);
  }

  /** Pods may be told before their node: it then has an entry without a node object, which isn't a candidate. */
  #ensure(name: string): NodeInfo {
    let info = this.#byName.get(name);
    if (!info) {
      info = new NodeInfo(name, this.#freeSlots.pop() ?? this.slots++);
      this.#byName.set(name, info);
    }
    return info;
  }

  #releaseIfUnused(info: NodeInfo): void {
    if (info.node !== undefined || info.pods.size > 0) return;
    this.#byName.delete(info.name);
    this.#freeSlots.push(info.slot);
  }
}
