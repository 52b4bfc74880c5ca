import type { PriorityLevelConfiguration } from "../../api/flowcontrol/v1.ts";
import { Bag } from "../../machinery/bag.ts";
import type { Clock } from "../../machinery/clock.ts";
import { FairQueues, maxSeats, type Visit } from "./fair-queues.ts";
import type { RejectReason } from "./flow-tallies.ts";
import { RetryAfter } from "./retry-after.ts";
import { type DemandFigures, SeatDemand } from "./seat-demand.ts";
import { hashOf } from "./shuffle-shard.ts";

/** How much of the last smoothed demand is kept for each period of adjustment. */
const smoothing = 0.977;
/** A request takes at most this part of its level. */
const largestPart = 0.15;

interface SeatLimits {
  nominal: number;
  min: number;
  max: number;
}

/** One priority level: its seats, who holds them, who waits for them. */
export class PriorityLevel {
  readonly name: string;
  readonly #clock: Clock;
  readonly #demand: SeatDemand;
  readonly retryAfter = new RetryAfter();
  readonly executing = new Bag<Visit>();
  uid = "";
  isExempt = false;
  /** The level is configured no more and goes when its last request has. */
  isQuiescing = false;
  limits: SeatLimits = { nominal: 0, min: 0, max: 0 };
  /** The seats that it has now, with those that it has borrowed. */
  currentLimit = 0;
  maxSeatsPerRequest = 0;
  queues: FairQueues | undefined;
  seatsInUse = 0;
  figures: DemandFigures = { highWatermark: 0, average: 0, deviation: 0 };
  smoothedDemand = 0;
  target = 0;
  readonly totals = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 };
  #form = "";

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#demand = new SeatDemand(clock.now());
  }

  get isIdle(): boolean {
    return this.executing.size === 0 && this.seatsInUse === 0 && this.waiting === 0;
  }

  get waiting(): number {
    return this.queues?.waiting ?? 0;
  }

  configure({ metadata, spec }: Readonly<PriorityLevelConfiguration>, limits: SeatLimits): void {
    this.uid = metadata.uid ?? "";
    this.isExempt = spec?.type === "Exempt";
    this.isQuiescing = false;
    this.limits = limits;
    const begins = this.currentLimit === 0;
    this.currentLimit = begins
      ? limits.nominal - Math.floor((limits.nominal - limits.min) / 2)
      : Math.min(limits.max, Math.max(limits.min, this.currentLimit));
    const response = spec?.limited?.limitResponse;
    const { queues = 0, handSize = 1, queueLengthLimit = 0 } = (response?.type === "Queue" && response.queuing) || {};
    this.maxSeatsPerRequest =
      queues > 0 ? Math.max(1, Math.min(Math.ceil(limits.nominal * largestPart), Math.floor(limits.nominal / handSize))) : 0;
    const form = `${queues} ${handSize} ${queueLengthLimit}`;
    // Those that wait stay in the queues that they are in: these change when they are empty.
    if (form === this.#form || this.waiting > 0) return;
    this.#form = form;
    this.queues = queues > 0 ? new FairQueues({ queues, handSize, lengthLimit: queueLengthLimit }, this.#clock.now()) : undefined;
  }

  /** `true`: it runs. A reason: it doesn't. `"waits"`: `go` is called when its turn has come. */
  enter(visit: Visit): true | "waits" | RejectReason {
    const { tallies } = visit.flow;
    tallies.estimatedSeats.observe(maxSeats(visit));
    if (this.isExempt) return this.#start(visit);
    const isCrowded = this.waiting > 0 || this.seatsInUse + maxSeats(visit) > this.currentLimit / 2;
    if (!this.queues) return this.#fits(maxSeats(visit)) ? this.#start(visit) : this.#reject(visit, "concurrency-limit");
    // Far from its limit the level needs no turns.
    if (!isCrowded) return this.#start(visit);
    const hash = hashOf(`${visit.flow.name},${visit.distinguisher}`);
    if (!this.queues.enqueue(visit, hash, this.currentLimit, this.seatsInUse)) return this.#reject(visit, "queue-full");
    tallies.queueLengths.observe(visit.queue?.waiting.length ?? 0);
    tallies.waiting++;
    tallies.waitingSeats += maxSeats(visit);
    this.#noteDemand();
    this.dispatch();
    return visit.started === undefined ? "waits" : true;
  }

  /** A waiting request gives up. */
  giveUp(visit: Visit, reason: "time-out" | "cancelled"): void {
    if (visit.started !== undefined || !visit.queue) return;
    this.queues?.remove(visit);
    this.#leftQueue(visit);
    this.#noteDemand();
    if (reason === "time-out") this.totals.timedOut++;
    else this.totals.cancelled++;
    this.#reject(visit, reason);
  }

  /** The answer was made. */
  leave(visit: Visit): void {
    const now = this.#clock.now();
    const { tallies } = visit.flow;
    this.executing.delete(visit);
    tallies.executing--;
    const kind = visit.info.verb === "watch" ? "watch" : "regular";
    tallies.executionSeconds[kind].observe((now - (visit.started ?? now)) / 1000);
    if (visit.queue) this.queues?.answered(visit, visit.queue, now, this.currentLimit);
    // The seats stay taken while watchers are told.
    if (visit.latencyMilliseconds > 0) this.#clock.setTimeout(() => this.#free(visit), visit.latencyMilliseconds);
    else this.#free(visit);
  }

  dispatch(): void {
    const { queues } = this;
    while (queues !== undefined && queues.waiting > 0 && this.seatsInUse < this.currentLimit) {
      const visit = queues.next(this.#clock.now(), this.currentLimit, (seats) => this.#fits(seats));
      if (visit === undefined) return;
      this.#leftQueue(visit);
      this.#start(visit);
      visit.go?.();
    }
  }

  /** Takes the demand of the last period into account. */
  endPeriod(): void {
    const figures = this.#demand.take(this.#clock.now());
    if (!figures) return;
    this.figures = figures;
    const envelope = figures.average + figures.deviation;
    this.smoothedDemand = Math.max(envelope, smoothing * this.smoothedDemand + (1 - smoothing) * envelope);
  }

  #start(visit: Visit): true {
    const { tallies } = visit.flow;
    const seats = maxSeats(visit);
    visit.started = this.#clock.now();
    this.executing.add(visit);
    this.seatsInUse += seats;
    this.totals.dispatched++;
    tallies.dispatched++;
    tallies.executing++;
    tallies.executingSeats += seats;
    if (!this.isExempt) tallies.waitSeconds.true.observe((visit.started - visit.arrived) / 1000);
    this.#noteDemand();
    return true;
  }

  #reject(visit: Visit, reason: RejectReason): RejectReason {
    const { tallies } = visit.flow;
    const now = this.#clock.now();
    this.totals.rejected++;
    tallies.reject(reason);
    tallies.waitSeconds.false.observe((now - visit.arrived) / 1000);
    this.retryAfter.refused(now);
    return reason;
  }

  #leftQueue(visit: Visit): void {
    const { tallies } = visit.flow;
    tallies.waiting--;
    tallies.waitingSeats -= maxSeats(visit);
  }

  #free(visit: Visit): void {
    const seats = maxSeats(visit);
    this.seatsInUse -= seats;
    visit.flow.tallies.executingSeats -= seats;
    if (visit.queue) visit.queue.seatsInUse -= seats;
    this.#noteDemand();
    this.dispatch();
  }

  #noteDemand(): void {
    this.#demand.set(this.seatsInUse + (this.queues?.seatsWaiting ?? 0), this.#clock.now());
  }

  /** A request that is wider than the level runs alone. */
  #fits(seats: number): boolean {
    if (seats > this.currentLimit) return this.seatsInUse === 0;
    return this.seatsInUse + seats <= this.currentLimit;
  }
}
