import type { Clock, Timer } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { AuditSink } from "./auditor.ts";

export interface BatchOptions {
  /** How many events may wait; what comes beyond is lost, and said so. */
  bufferSize: number;
  maxBatchSize: number;
  maxBatchWaitMilliseconds: number;
  throttleEnable: boolean;
  throttleQps: number;
  throttleBurst: number;
}

/** Collects events and hands them on in batches: when there are enough, or when the first has waited long enough. */
export class Batches implements AuditSink {
  readonly #options: BatchOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #send: (events: readonly AuditEvent[]) => Promise<void>;
  #waiting: AuditEvent[] = [];
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #tokens: number;
  #tokensAt: number;
  #lost = 0;
  #closed = false;

  /** What `send` rejects with is logged: the batch is lost. */
  constructor(deps: { clock: Clock; logger: Logger }, options: BatchOptions, send: (events: readonly AuditEvent[]) => Promise<void>) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#options = options;
    this.#send = send;
    this.#tokens = options.throttleBurst;
    this.#tokensAt = deps.clock.now();
  }

  take(event: AuditEvent): void {
    if (this.#closed || this.#waiting.length >= this.#options.bufferSize) {
      if (this.#lost++ === 0) this.#logger.error("audit events are lost: too many wait", { bufferSize: this.#options.bufferSize });
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length >= this.#options.maxBatchSize) this.#start();
    else this.#timer ??= this.#clock.setTimeout(() => this.#start(), this.#options.maxBatchWaitMilliseconds);
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#running;
    while (this.#waiting.length > 0) await this.#sendOne();
  }

  #start(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#waiting.length > 0 && !this.#closed) {
        this.#timer ??= this.#clock.setTimeout(() => this.#start(), this.#options.maxBatchWaitMilliseconds);
      }
    });
  }

  async #run(): Promise<void> {
    do {
      await this.#throttle();
      await this.#sendOne();
    } while (this.#waiting.length >= this.#options.maxBatchSize);
  }

  async #sendOne(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.maxBatchSize);
    if (this.#lost > 0) this.#logger.error("audit events were lost: too many waited", { lost: this.#lost });
    this.#lost = 0;
    try {
      await this.#send(batch);
    } catch (error) {
      this.#logger.error("a batch of audit events was lost", { events: batch.length, error });
    }
  }

  /** A bucket of tokens, one a batch. */
  async #throttle(): Promise<void> {
    const { throttleEnable, throttleQps, throttleBurst } = this.#options;
    if (!throttleEnable) return;
    const now = this.#clock.now();
    this.#tokens = Math.min(throttleBurst, this.#tokens + ((now - this.#tokensAt) / 1000) * throttleQps);
    this.#tokensAt = now;
    this.#tokens--;
    if (this.#tokens >= 0 || this.#closed) return;
    const milliseconds = (-this.#tokens / throttleQps) * 1000;
    await new Promise<void>((resolve) => this.#clock.setTimeout(() => resolve(), milliseconds));
  }
}
