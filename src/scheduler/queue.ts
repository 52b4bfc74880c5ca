import type { Pod } from "../api/core/v1.ts";
import type { Clock, Timer } from "../machinery/clock.ts";
import { deepEqual } from "../machinery/object.ts";
import type { PodInfo } from "./pod-info.ts";

/** What happened in the cluster that may let a pod fit that did not before. */
export type ClusterEvent = "NodeAdded" | "NodeChanged" | "AssignedPodAdded" | "AssignedPodRemoved" | "VolumesChanged" | "NamespacesChanged";

const initialBackoffMilliseconds = 1000;
const maxBackoffMilliseconds = 10_000;
/** A pod that waits for an event that never comes is looked at again after this. */
const maxWaitMilliseconds = 5 * 60 * 1000;

interface Queued {
  info: PodInfo;
  /** When it came into the queue: pods of the same priority go in this order. */
  sequence: number;
  attempts: number;
  /** Names of the plug-ins that rejected it. */
  rejectedBy: ReadonlySet<string>;
  /** Not before this time, in milliseconds since the epoch. */
  notBefore: number;
  waitingSince: number;
  place: "active" | "backoff" | "unschedulable" | "gated" | "inFlight";
  /** An event came while the pod was being scheduled. */
  moveRequested: boolean;
}

/** Events that may change a plug-in's verdict. A plug-in that isn't named: every event. */
const interests: Record<string, readonly ClusterEvent[]> = {
  NodeResourcesFit: ["NodeAdded", "NodeChanged", "AssignedPodRemoved"],
  NodePorts: ["NodeAdded", "AssignedPodRemoved"],
  NodeName: ["NodeAdded"],
  NodeAffinity: ["NodeAdded", "NodeChanged"],
  NodeUnschedulable: ["NodeAdded", "NodeChanged"],
  TaintToleration: ["NodeAdded", "NodeChanged"],
  InterPodAffinity: ["NodeAdded", "NodeChanged", "AssignedPodAdded", "AssignedPodRemoved", "NamespacesChanged"],
  PodTopologySpread: ["NodeAdded", "NodeChanged", "AssignedPodAdded", "AssignedPodRemoved"],
  VolumeBinding: ["NodeAdded", "NodeChanged", "VolumesChanged"],
};

/** Pods that wait for a node: active ones by priority, those backing off, and those that wait for something to change. */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onActive: () => void;
  readonly #pods = new Map<string, Queued>();
  readonly #active: Queued[] = [];
  #sequence = 0;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** `onActive` is called when a pod has become ready to be scheduled. */
  constructor(clock: Clock, onActive: () => void) {
    this.#clock = clock;
    this.#onActive = onActive;
  }

  get size(): number {
    return this.#pods.size;
  }

  count(place: "active" | "backoff" | "unschedulable" | "gated"): number {
    if (place === "active") return this.#active.length;
    let count = 0;
    for (const queued of this.#pods.values()) if (queued.place === place) count++;
    return count;
  }

  add(info: PodInfo): void {
    const known = this.#pods.get(info.uid);
    if (known) {
      this.update(info);
      return;
    }
    const queued: Queued = {
      info,
      sequence: this.#sequence++,
      attempts: 0,
      rejectedBy: new Set(),
      notBefore: 0,
      waitingSince: this.#clock.now(),
      place: isGated(info) ? "gated" : "active",
      moveRequested: false,
    };
    this.#pods.set(info.uid, queued);
    if (queued.place === "active") this.#push(queued);
  }

  /** The pod has changed: a gate may be gone, or what kept it from fitting. */
  update(info: PodInfo): void {
    const queued = this.#pods.get(info.uid);
    if (!queued) return;
    const before = queued.info.pod;
    queued.info = info;
    if (queued.place === "gated" && !isGated(info)) this.#activate(queued);
    else if (queued.place === "unschedulable" && !sameRequirements(before, info.pod)) this.#move(queued);
  }

  remove(uid: string): void {
    const queued = this.#pods.get(uid);
    if (!queued) return;
    this.#pods.delete(uid);
    if (queued.place === "active") {
      const index = this.#active.indexOf(queued);
      if (index >= 0) {
        const last = this.#active.pop() as Queued;
        if (index < this.#active.length) {
          this.#active[index] = last;
          this.#sink(index);
          this.#rise(index);
        }
      }
    }
  }

  /** The next pod, in order of priority, then of arrival. It stays known to the queue until `done` or `failed`. */
  pop(): PodInfo | undefined {
    const top = this.#active[0];
    if (!top) return undefined;
    const last = this.#active.pop() as Queued;
    if (this.#active.length > 0) {
      this.#active[0] = last;
      this.#sink(0);
    }
    top.place = "inFlight";
    top.attempts++;
    top.moveRequested = false;
    return top.info;
  }

  /** The pod has its node. */
  done(uid: string): void {
    this.#pods.delete(uid);
  }

  /** The pod fits nowhere: it waits for an event that one of these plug-ins cares about. */
  unschedulable(uid: string, rejectedBy: ReadonlySet<string>): void {
    const queued = this.#pods.get(uid);
    if (queued?.place !== "inFlight") return;
    queued.rejectedBy = rejectedBy;
    queued.place = "unschedulable";
    queued.waitingSince = this.#clock.now();
    queued.notBefore = this.#clock.now() + this.#backoff(queued);
    if (queued.moveRequested) this.#move(queued);
    else this.#arm(queued.waitingSince + maxWaitMilliseconds);
  }

  /** Scheduling went wrong for a reason that isn't the pod's (a failed write): again after a back-off. */
  failed(uid: string): void {
    const queued = this.#pods.get(uid);
    if (queued?.place !== "inFlight") return;
    queued.notBefore = this.#clock.now() + this.#backoff(queued);
    queued.place = "backoff";
    this.#arm(queued.notBefore);
  }

  /** Lets the pods try again that the event may help, each after what is left of its back-off. */
  moveAll(event: ClusterEvent): void {
    for (const queued of this.#pods.values()) {
      if (queued.place === "inFlight") queued.moveRequested = true;
      else if (queued.place === "unschedulable" && isInterested(queued, event)) this.#move(queued);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #backoff(queued: Queued): number {
    return Math.min(initialBackoffMilliseconds * 2 ** (queued.attempts - 1), maxBackoffMilliseconds);
  }

  #move(queued: Queued): void {
    if (queued.notBefore <= this.#clock.now()) this.#activate(queued);
    else {
      queued.place = "backoff";
      this.#arm(queued.notBefore);
    }
  }

  #activate(queued: Queued): void {
    queued.place = "active";
    this.#push(queued);
  }

  #push(queued: Queued): void {
    this.#active.push(queued);
    this.#rise(this.#active.length - 1);
    this.#onActive();
  }

  #arm(at: number): void {
    if (at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimeout(() => this.#wake(), Math.max(0, at - this.#clock.now()));
  }

  #wake(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const queued of this.#pods.values()) {
      const due =
        queued.place === "backoff"
          ? queued.notBefore
          : queued.place === "unschedulable"
            ? queued.waitingSince + maxWaitMilliseconds
            : undefined;
      if (due === undefined) continue;
      if (due <= now) this.#activate(queued);
      else next = Math.min(next, due);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }

  #before(a: Queued, b: Queued): boolean {
    return a.info.priority !== b.info.priority ? a.info.priority > b.info.priority : a.sequence < b.sequence;
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(this.#active[index] as Queued, this.#active[parent] as Queued)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      let first = index;
      for (const child of [left, left + 1]) {
        if (child < this.#active.length && this.#before(this.#active[child] as Queued, this.#active[first] as Queued)) first = child;
      }
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #swap(a: number, b: number): void {
    const moved = this.#active[a] as Queued;
    this.#active[a] = this.#active[b] as Queued;
    this.#active[b] = moved;
  }
}

/** A status that changed (a condition the scheduler itself wrote, say) does not make a pod fit. */
function sameRequirements(a: Pod, b: Pod): boolean {
  return deepEqual(a.spec, b.spec) && deepEqual(a.metadata.labels, b.metadata.labels);
}

function isGated(info: PodInfo): boolean {
  return (info.pod.spec?.schedulingGates ?? []).length > 0;
}

function isInterested(queued: Queued, event: ClusterEvent): boolean {
  if (queued.rejectedBy.size === 0) return true;
  for (const plugin of queued.rejectedBy) if (interests[plugin]?.includes(event) ?? true) return true;
  return false;
}
