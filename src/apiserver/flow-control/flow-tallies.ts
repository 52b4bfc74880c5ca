import { HistogramTally } from "../../machinery/metrics.ts";

export type RejectReason = "concurrency-limit" | "queue-full" | "time-out" | "cancelled";

const waitBounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const seatBounds = [1, 2, 4, 8, 16, 32, 64, 100];

/** What is counted of the requests that a flow schema takes. */
export class FlowTallies {
  executing = 0;
  executingSeats = 0;
  waiting = 0;
  waitingSeats = 0;
  dispatched = 0;
  readonly rejected = new Map<RejectReason, number>();
  readonly waitSeconds = { true: new HistogramTally(waitBounds), false: new HistogramTally(waitBounds) };
  readonly executionSeconds = { regular: new HistogramTally(waitBounds), watch: new HistogramTally(waitBounds) };
  readonly estimatedSeats = new HistogramTally(seatBounds);

  readonly queueLengths = new HistogramTally([0, 10, 25, 50, 100, 250, 500, 1000]);
  readonly watchers = new HistogramTally([0, 1, 10, 100, 1000, 10_000]);

  reject(reason: RejectReason): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
  }
}
