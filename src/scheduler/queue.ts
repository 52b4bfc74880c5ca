import type { Pod } from "../api/core/v1.ts";
import type { Clock, Timer } from "../machinery/clock.ts";
import { deepEqual, uidOf } from "../machinery/object.ts";
import { Heap } from "./heap.ts";

const clusterEvents = [
  "NodeAdded",
  "NodeChanged",
  "NodeRemoved",
  "AssignedPodAdded",
  "AssignedPodLabelsChanged",
  "AssignedPodTerminating",
  "AssignedPodResized",
  "AssignedPodRemoved",
  "VolumesChanged",
  "NamespacesChanged",
] as const;

/** What happened in the cluster that may let a pod fit that did not before. */
export type ClusterEvent = (typeof clusterEvents)[number];

const initialBackoffMilliseconds = 1000;
const maxBackoffMilliseconds = 10_000;
/** Pods whose back-off ends within the same span of time go by priority. */
const backoffSpanMilliseconds = 1000;
/** A pod that waits for an event that never comes is looked at again after this. */
const maxWaitMilliseconds = 5 * 60 * 1000;

type Place = "active" | "backoff" | "unschedulable" | "gated" | "inFlight";

interface Queued {
  pod: Pod;
  priority: number;
  heapIndex: number;
  /** When it came into the queue or failed last: pods of the same priority go in this order. */
  sequence: number;
  attempts: number;
  /** The events that may help it, as bits. */
  interests: number;
  /** Not before this time, in milliseconds since the epoch. */
  notBefore: number;
  /** It failed by an error: its back-off isn't cut short. */
  failed: boolean;
  waitingSince: number;
  place: Place;
  /** The number of events there had been when its scheduling began. */
  poppedAtEvent: number;
}

const bits = Object.fromEntries(clusterEvents.map((event, index) => [event, 1 << index])) as Record<ClusterEvent, number>;
const everyEvent = (1 << clusterEvents.length) - 1;
const bitsOf = (...events: ClusterEvent[]) => events.reduce((sum, event) => sum | bits[event], 0);

/** Events that may change a plug-in's verdict. A plug-in that isn't named: every event. */
const interests: Record<string, number> = {
  NodeResourcesFit: bitsOf("NodeAdded", "NodeChanged", "AssignedPodResized", "AssignedPodRemoved"),
  NodePorts: bitsOf("NodeAdded", "AssignedPodRemoved"),
  NodeName: bitsOf("NodeAdded"),
  NodeAffinity: bitsOf("NodeAdded", "NodeChanged"),
  NodeUnschedulable: bitsOf("NodeAdded", "NodeChanged"),
  TaintToleration: bitsOf("NodeAdded", "NodeChanged"),
  InterPodAffinity: bitsOf(
    "NodeAdded",
    "NodeChanged",
    "AssignedPodAdded",
    "AssignedPodLabelsChanged",
    "AssignedPodRemoved",
    "NamespacesChanged",
  ),
  PodTopologySpread: bitsOf(
    "NodeAdded",
    "NodeChanged",
    "NodeRemoved",
    "AssignedPodAdded",
    "AssignedPodLabelsChanged",
    "AssignedPodTerminating",
    "AssignedPodRemoved",
  ),
  VolumeRestrictions: bitsOf("AssignedPodRemoved", "VolumesChanged"),
  VolumeBinding: bitsOf("NodeAdded", "NodeChanged", "VolumesChanged"),
  VolumeZone: bitsOf("NodeAdded", "NodeChanged", "VolumesChanged"),
};

/**
 * Pods that wait for a node: active ones by priority, those backing off, and those that wait for something to change. A
 * back-off keeps pods from taking turns away from others: when no other pod is there, it is cut short.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onActive: () => void;
  readonly #pods = new Map<string, Queued>();
  readonly #active = new Heap<Queued>(beforeInQueue);
  readonly #backoff = new Heap<Queued>(beforeInBackoff);
  readonly #unschedulable = new Set<Queued>();
  #gated = 0;
  #sequence = 0;
  /** How many events there have been, and the number of the last one of each kind. */
  #events = 0;
  readonly #lastOf = new Int32Array(clusterEvents.length);
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** `onActive` is called when a pod has become ready to be scheduled. */
  constructor(clock: Clock, onActive: () => void) {
    this.#clock = clock;
    this.#onActive = onActive;
  }

  count(place: "active" | "backoff" | "unschedulable" | "gated"): number {
    if (place === "active") return this.#active.size;
    if (place === "backoff") return this.#backoff.size;
    return place === "gated" ? this.#gated : this.#unschedulable.size;
  }

  has(uid: string): boolean {
    return this.#pods.has(uid);
  }

  /** A pod that is new, or has changed: a gate may be gone, or what kept it from fitting. */
  set(pod: Pod): void {
    const known = this.#pods.get(uidOf(pod));
    if (known) this.#update(known, pod);
    else this.#add(pod);
  }

  remove(uid: string): void {
    const queued = this.#pods.get(uid);
    if (!queued) return;
    this.#pods.delete(uid);
    this.#leave(queued);
  }

  /** The next pod, in order of priority, then of arrival. It stays known to the queue until `done`, `unschedulable` or `failed`. */
  pop(): Pod | undefined {
    let next = this.#active.pop();
    if (!next && this.#backoff.peek()?.failed === false) next = this.#backoff.pop();
    if (!next) return undefined;
    next.place = "inFlight";
    next.attempts++;
    next.poppedAtEvent = this.#events;
    return next.pod;
  }

  /** The pod has its node. */
  done(uid: string): void {
    this.remove(uid);
  }

  /** The pod fits nowhere: it waits for an event that one of these plug-ins cares about. */
  unschedulable(uid: string, rejectedBy: ReadonlySet<string>): void {
    const queued = this.#pods.get(uid);
    if (queued?.place !== "inFlight") return;
    this.#retryLater(queued, false);
    queued.interests = interestsOf(rejectedBy);
    if (this.#happenedSince(queued)) {
      this.#backOff(queued);
      return;
    }
    queued.place = "unschedulable";
    queued.waitingSince = this.#clock.now();
    this.#unschedulable.add(queued);
    this.#arm(queued.waitingSince + maxWaitMilliseconds);
  }

  /** Scheduling went wrong for a reason that isn't the pod's (a failed write): again after a back-off. */
  failed(uid: string): void {
    const queued = this.#pods.get(uid);
    if (queued?.place !== "inFlight") return;
    this.#retryLater(queued, true);
    this.#backOff(queued);
  }

  /** Lets the pods try again that the event may help, each after what is left of its back-off. */
  moveAll(event: ClusterEvent): void {
    this.#lastOf[clusterEvents.indexOf(event)] = ++this.#events;
    const bit = bits[event];
    for (const queued of this.#unschedulable) if (queued.interests & bit) this.#move(queued);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #add(pod: Pod): void {
    const gated = isGated(pod);
    const queued: Queued = {
      pod,
      priority: pod.spec?.priority ?? 0,
      heapIndex: -1,
      sequence: this.#sequence++,
      attempts: 0,
      interests: everyEvent,
      notBefore: 0,
      failed: false,
      waitingSince: 0,
      place: gated ? "gated" : "active",
      poppedAtEvent: 0,
    };
    this.#pods.set(uidOf(pod), queued);
    if (gated) this.#gated++;
    else this.#activate(queued);
  }

  #update(queued: Queued, pod: Pod): void {
    const before = queued.pod;
    queued.pod = pod;
    queued.priority = pod.spec?.priority ?? 0;
    if (queued.place === "active") this.#active.moved(queued);
    else if (queued.place === "backoff") this.#backoff.moved(queued);
    else if (queued.place === "gated" && !isGated(pod)) {
      this.#gated--;
      this.#activate(queued);
    } else if (queued.place === "unschedulable" && !sameRequirements(before, pod)) this.#move(queued);
  }

  #leave(queued: Queued): void {
    if (queued.place === "active") this.#active.remove(queued);
    else if (queued.place === "backoff") this.#backoff.remove(queued);
    else if (queued.place === "unschedulable") this.#unschedulable.delete(queued);
    else if (queued.place === "gated") this.#gated--;
  }

  #happenedSince({ interests, poppedAtEvent }: Queued): boolean {
    for (let i = 0; i < clusterEvents.length; i++) {
      if (interests & (1 << i) && (this.#lastOf[i] as number) > poppedAtEvent) return true;
    }
    return false;
  }

  #retryLater(queued: Queued, failed: boolean): void {
    queued.failed = failed;
    queued.sequence = this.#sequence++;
    const backoff = initialBackoffMilliseconds * 2 ** Math.min(queued.attempts - 1, 10);
    queued.notBefore = this.#clock.now() + Math.min(backoff, maxBackoffMilliseconds);
  }

  #move(queued: Queued): void {
    this.#unschedulable.delete(queued);
    if (queued.notBefore <= this.#clock.now()) this.#activate(queued);
    else this.#backOff(queued);
  }

  #backOff(queued: Queued): void {
    queued.place = "backoff";
    this.#backoff.push(queued);
    this.#arm(queued.notBefore);
    if (!queued.failed) this.#onActive();
  }

  #activate(queued: Queued): void {
    queued.place = "active";
    this.#active.push(queued);
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
    const due: Queued[] = [];
    for (const queued of this.#pods.values()) {
      if (queued.place !== "backoff" && queued.place !== "unschedulable") continue;
      const at = queued.place === "backoff" ? queued.notBefore : queued.waitingSince + maxWaitMilliseconds;
      if (at <= now) due.push(queued);
      else next = Math.min(next, at);
    }
    for (const queued of due) {
      this.#leave(queued);
      this.#activate(queued);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }
}

function beforeInQueue(a: Queued, b: Queued): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.sequence < b.sequence;
}

function beforeInBackoff(a: Queued, b: Queued): boolean {
  if (a.failed !== b.failed) return b.failed;
  const spans = Math.floor(a.notBefore / backoffSpanMilliseconds) - Math.floor(b.notBefore / backoffSpanMilliseconds);
  return spans !== 0 ? spans < 0 : beforeInQueue(a, b);
}

/** A status that changed (a condition the scheduler itself wrote, say) does not make a pod fit. */
function sameRequirements(a: Pod, b: Pod): boolean {
  return deepEqual(a.spec, b.spec) && deepEqual(a.metadata.labels, b.metadata.labels);
}

function isGated(pod: Pod): boolean {
  return (pod.spec?.schedulingGates?.length ?? 0) > 0;
}

function interestsOf(plugins: ReadonlySet<string>): number {
  if (plugins.size === 0) return everyEvent;
  let sum = 0;
  for (const plugin of plugins) sum |= interests[plugin] ?? everyEvent;
  return sum;
}
