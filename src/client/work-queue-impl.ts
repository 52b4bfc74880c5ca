import type { Clock, Timer } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import type { ComponentMetrics, QueueCounter } from "./component-metrics.ts";
import type { WorkQueue } from "./work-queue.ts";

/** The side of a queue that workers see. */
export interface WorkerQueue extends WorkQueue {
  readonly name: string;
  /** The next key, which is the caller's until `done`; undefined once the queue is stopped. */
  next(): Promise<string | undefined>;
  done(key: string): void;
}

/** Of `createWorkQueue`. */
export interface WorkQueueOptions {
  name: string;
  clock: Clock;
  /** Stops the queue: nothing more comes out, and nothing goes in. */
  signal: AbortSignal;
  /** Where the queue is counted; nowhere unless told. */
  metrics?: ComponentMetrics;
}

// Upstream's default controller rate limiter.
const firstBackoffMilliseconds = 5;
const maxBackoffMilliseconds = 1_000_000;
const overallPerSecond = 10;
const overallBurst = 100;

/** A queue of keys; `runWorkers` works on them. */
export function createWorkQueue(options: WorkQueueOptions): WorkerQueue {
  return new KeyQueue(options);
}

class KeyQueue implements WorkerQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** First in, first out, with the time that each came; a key added twice comes once. */
  readonly #ready = new Map<string, number>();
  /** Since when each is worked on. */
  readonly #working = new Map<string, number>();
  readonly #counter: QueueCounter | undefined;
  /** Added while worked on. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { at: number; timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #waiting: ((key: string | undefined) => void)[] = [];
  #tokens = overallBurst;
  #tokensAt: number;

  constructor({ name, clock, signal, metrics }: WorkQueueOptions) {
    this.name = name;
    this.#clock = clock;
    this.#signal = signal;
    this.#tokensAt = clock.now();
    this.#counter = metrics?.queue(this, signal);
    if (!signal.aborted) signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  get length(): number {
    return this.#ready.size;
  }

  workedMilliseconds(): number[] {
    const now = this.#clock.now();
    return Array.from(this.#working.values(), (since) => now - since);
  }

  add(key: string): void {
    if (this.#signal.aborted) return;
    if (this.#working.has(key)) {
      if (!this.#again.has(key)) this.#counter?.added();
      this.#again.add(key);
      return;
    }
    if (this.#ready.has(key)) return;
    this.#counter?.added();
    this.#enqueue(key);
  }

  #enqueue(key: string): void {
    const waiting = this.#waiting.shift();
    if (!waiting) {
      this.#ready.set(key, this.#clock.now());
      return;
    }
    this.#begin(key, this.#clock.now());
    waiting(key);
  }

  addAfter(key: string, delayMilliseconds: number): void {
    if (this.#signal.aborted) return;
    if (delayMilliseconds <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.now() + delayMilliseconds;
    const delayed = this.#delayed.get(key);
    if (delayed) {
      // The earlier of two times counts.
      if (delayed.at <= at) return;
      delayed.timer.cancel();
    }
    const timer = this.#clock.setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, delayMilliseconds);
    this.#delayed.set(key, { at, timer });
  }

  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#counter?.retried();
    const ownMilliseconds = Math.min(firstBackoffMilliseconds * 2 ** failures, maxBackoffMilliseconds);
    this.addAfter(key, Math.max(ownMilliseconds, this.#reserveMilliseconds()));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  next(): Promise<string | undefined> {
    if (this.#signal.aborted) return Promise.resolve(undefined);
    for (const [key, since] of this.#ready) {
      this.#ready.delete(key);
      this.#begin(key, since);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  done(key: string): void {
    const since = this.#working.get(key);
    if (since !== undefined) this.#counter?.worked((this.#clock.now() - since) / 1000);
    this.#working.delete(key);
    // It was counted when it was added.
    if (this.#again.delete(key)) this.#enqueue(key);
  }

  #begin(key: string, since: number): void {
    const now = this.#clock.now();
    this.#working.set(key, now);
    this.#counter?.waited((now - since) / 1000);
  }

  /** Takes one token of the bucket that all keys share and tells how long until it is there. */
  #reserveMilliseconds(): number {
    const now = this.#clock.now();
    this.#tokens = Math.min(overallBurst, this.#tokens + ((now - this.#tokensAt) / 1000) * overallPerSecond) - 1;
    this.#tokensAt = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / overallPerSecond) * 1000;
  }

  #stop(): void {
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }
}

/**
 * Works on the queue's keys with `count` workers until the queue is stopped; resolves when the last has ended. A handler that
 * rejects gets its key again after the key's back-off; one that resolves ends the back-off.
 */
export async function runWorkers(
  queue: WorkerQueue,
  count: number,
  handler: (key: string) => Promise<void>,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  const work = async () => {
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      try {
        await handler(key);
        queue.forget(key);
      } catch (error) {
        if (!signal.aborted) {
          // Somebody else was faster: the next try sees it.
          const level = isConflict(error) || isNotFound(error) ? "debug" : "error";
          logger[level]("sync failed, trying again", { queue: queue.name, key, failures: queue.failures(key) + 1, error: textOf(error) });
        }
        queue.addRateLimited(key);
      } finally {
        queue.done(key);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, work));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
