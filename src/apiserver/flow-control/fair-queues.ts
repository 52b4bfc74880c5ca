import type { Bagged } from "../../machinery/bag.ts";
import type { RequestInfo } from "../route.ts";
import type { FlowTallies } from "./flow-tallies.ts";
import { deal } from "./shuffle-shard.ts";

/** One request at a priority level. */
export interface Visit extends Bagged {
  readonly flow: { readonly name: string; readonly tallies: FlowTallies };
  readonly user: string;
  readonly distinguisher: string;
  readonly info: RequestInfo;
  /** The places that it takes: while it runs, and for a while after its answer, when watchers are told of what it wrote. */
  readonly seats: number;
  readonly finalSeats: number;
  readonly latencyMilliseconds: number;
  readonly arrived: number;
  started: number | undefined;
  queue: Queue | undefined;
  /** The level's progress when it came. */
  arrivedAtProgress: number;
  /** Lets a waiting request go on. */
  go: (() => void) | undefined;
}

/** How things were when a request was last let out of its queue: progress, and where queues with requests stood, in seat-seconds. */
export interface LastTurn {
  progress: number;
  /** Of the queue whose turn it was. */
  dispatch: number;
  least: number;
  most: number;
  /** Less what their running requests are taken to need. */
  leastDiscounted: number;
  mostDiscounted: number;
}

/** How long a request is taken to run until it has: in seconds. */
const guessedSeconds = 0.003;

export class Queue {
  readonly index: number;
  readonly waiting: Visit[] = [];
  executing = 0;
  seatsInUse = 0;
  /** The progress at which its next request may begin, in seat-seconds. */
  nextDispatch = 0;

  constructor(index: number) {
    this.index = index;
  }

  get isActive(): boolean {
    return this.waiting.length > 0 || this.executing > 0;
  }

  get seatsWaiting(): number {
    return this.waiting.reduce((sum, visit) => sum + visit.seats, 0);
  }

  get maxSeatsWaiting(): number {
    return this.waiting.reduce((sum, visit) => sum + maxSeats(visit), 0);
  }

  get workWaiting(): number {
    return this.waiting.reduce((sum, visit) => sum + workOf(visit, guessedSeconds), 0);
  }
}

export function maxSeats({ seats, finalSeats }: Visit): number {
  return Math.max(seats, finalSeats);
}

/** In seat-seconds. */
function workOf({ seats, finalSeats, latencyMilliseconds }: Visit, seconds: number): number {
  return seats * seconds + (finalSeats * latencyMilliseconds) / 1000;
}

/**
 * Fair queuing of a level that is under pressure: each flow is dealt a hand of queues and takes the one with the least work; the queues
 * take turns by virtual time, so that each gets the same share of the seats whatever waits in the others.
 */
export class FairQueues {
  readonly queues: readonly Queue[];
  readonly #handSize: number;
  readonly #lengthLimit: number;
  /** How far each active queue has come, in seat-seconds. */
  #progress = 0;
  #syncedAt: number;
  #enqueues = 0;
  #turn = 0;
  waiting = 0;
  seatsWaiting = 0;
  /** Absent before the first. */
  lastTurn: LastTurn | undefined;

  constructor(options: { queues: number; handSize: number; lengthLimit: number }, nowMilliseconds: number) {
    this.queues = Array.from({ length: options.queues }, (_, index) => new Queue(index));
    this.#handSize = options.handSize;
    this.#lengthLimit = options.lengthLimit;
    this.#syncedAt = nowMilliseconds;
  }

  get progress(): number {
    return this.#progress;
  }

  /** False: the queue is full while all seats are taken. */
  enqueue(visit: Visit, hash: number, limit: number, seatsInUse: number): boolean {
    this.#sync(visit.arrived, limit);
    const queue = this.#choose(hash);
    if (seatsInUse >= limit && queue.waiting.length >= this.#lengthLimit) return false;
    if (!queue.isActive) queue.nextDispatch = this.#progress;
    visit.queue = queue;
    visit.arrivedAtProgress = this.#progress;
    queue.waiting.push(visit);
    this.waiting++;
    this.seatsWaiting += maxSeats(visit);
    return true;
  }

  /** The request whose turn it is, out of its queue; undefined when none fits into the seats that are free. */
  next(now: number, limit: number, fits: (seats: number) => boolean): Visit | undefined {
    this.#sync(now, limit);
    let best: Queue | undefined;
    let bestFinish = Number.POSITIVE_INFINITY;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [leastDiscounted, mostDiscounted] = [least, most];
    const { length } = this.queues;
    for (let step = 1; step <= length; step++) {
      const queue = this.queues[(this.#turn + step) % length] as Queue;
      const oldest = queue.waiting[0];
      if (oldest === undefined) continue;
      const { nextDispatch } = queue;
      const discounted = nextDispatch - queue.seatsInUse * guessedSeconds;
      least = Math.min(least, nextDispatch);
      most = Math.max(most, nextDispatch);
      leastDiscounted = Math.min(leastDiscounted, discounted);
      mostDiscounted = Math.max(mostDiscounted, discounted);
      const finish = nextDispatch + workOf(oldest, guessedSeconds);
      if (finish < bestFinish) {
        best = queue;
        bestFinish = finish;
      }
    }
    const visit = best?.waiting[0];
    if (best === undefined || visit === undefined || !fits(maxSeats(visit))) return undefined;
    this.#turn = best.index;
    this.lastTurn = { progress: this.#progress, dispatch: best.nextDispatch, least, most, leastDiscounted, mostDiscounted };
    this.#takeOut(visit, best);
    best.executing++;
    best.seatsInUse += maxSeats(visit);
    best.nextDispatch += workOf(visit, guessedSeconds);
    return visit;
  }

  /** A waiting request has given up. */
  remove(visit: Visit): void {
    if (visit.queue) this.#takeOut(visit, visit.queue);
  }

  /** The request's answer was made: its queue is charged for the time that it took. */
  answered(visit: Visit, queue: Queue, now: number, limit: number): void {
    this.#sync(now, limit);
    queue.executing--;
    queue.nextDispatch -= (guessedSeconds - (now - (visit.started ?? now)) / 1000) * visit.seats;
    this.#bound(queue);
  }

  /** The progress since the last call, by what was true meanwhile. To be called before anything changes. */
  #sync(now: number, limit: number): void {
    const passed = (now - this.#syncedAt) / 1000;
    if (passed <= 0) return;
    this.#syncedAt = now;
    let active = 0;
    let seats = 0;
    for (const queue of this.queues) {
      if (!queue.isActive) continue;
      active++;
      seats += queue.seatsInUse + queue.maxSeatsWaiting;
    }
    if (active > 0) this.#progress += (Math.min(seats, limit) / active) * passed;
  }

  #choose(hash: number): Queue {
    const hand = deal(hash, this.queues.length, this.#handSize);
    const offset = this.#enqueues++ % hand.length;
    let best: Queue | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at < hand.length; at++) {
      const queue = this.queues[hand[(offset + at) % hand.length] as number] as Queue;
      const work = queue.workWaiting;
      if (work < least) {
        best = queue;
        least = work;
      }
    }
    return best as Queue;
  }

  #takeOut(visit: Visit, queue: Queue): void {
    queue.waiting.splice(queue.waiting.indexOf(visit), 1);
    this.waiting--;
    this.seatsWaiting -= maxSeats(visit);
    this.#bound(queue);
  }

  /** A queue can't save up turns from before its oldest request came. */
  #bound(queue: Queue): void {
    const oldest = queue.waiting[0];
    if (oldest && queue.nextDispatch < oldest.arrivedAtProgress) queue.nextDispatch = oldest.arrivedAtProgress;
  }
}
