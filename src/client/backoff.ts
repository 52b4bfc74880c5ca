import type { Clock } from "../machinery/clock.ts";
import type { Random } from "../machinery/random.ts";

export interface BackoffOptions {
  firstMilliseconds: number;
  maxMilliseconds: number;
  /** Each delay is stretched by up to this share of itself. */
  jitter: number;
  /** So long without a failure starts over from the first delay. */
  resetMilliseconds: number;
}

/** Delays that double with each failure. */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: BackoffOptions;
  #delay = 0;
  #lastAt = 0;

  constructor(clock: Clock, random: Random, options: BackoffOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
  }

  /** How long to wait after a failure that happened now. */
  next(): number {
    const { firstMilliseconds, maxMilliseconds, jitter, resetMilliseconds } = this.#options;
    const now = this.#clock.now();
    const fresh = this.#delay === 0 || now - this.#lastAt > resetMilliseconds;
    this.#delay = fresh ? firstMilliseconds : Math.min(this.#delay * 2, maxMilliseconds);
    this.#lastAt = now;
    return this.#delay * (1 + jitter * this.#random.next());
  }
}
