import type { Clock } from "../../machinery/clock.ts";
import { Backoff, type BackoffTable } from "../pods/backoff.ts";

/** After so long without a failure, nothing is remembered of one. */
const forgetMilliseconds = 600_000;

interface PullFailure {
  at: number;
  message: string;
}

/** What is remembered, as plain data. */
export interface PullFailuresTable {
  backoffs: BackoffTable;
  last: readonly (readonly [key: string, failure: Readonly<PullFailure>])[];
}

/** The last failure of each pod's image, and for how long it isn't pulled again. */
export class PullFailures {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #last: Map<string, PullFailure>;

  constructor(clock: Clock, { backoffs, last }: PullFailuresTable = { backoffs: [], last: [] }) {
    this.#clock = clock;
    this.#backoff = new Backoff(clock, undefined, backoffs);
    this.#last = new Map(last);
  }

  /** A copy of all that is remembered. */
  table(): PullFailuresTable {
    return { backoffs: this.#backoff.table(), last: [...this.#last] };
  }

  /** The message of the last failure, while it has to be waited for. */
  waitingFor(key: string): string | undefined {
    const failure = this.#last.get(key);
    return failure && this.#backoff.remaining(key, failure.at) > 0 ? failure.message : undefined;
  }

  add(key: string, message: string): void {
    const now = this.#clock.now();
    for (const [other, { at }] of this.#last) {
      if (now - at <= forgetMilliseconds) continue;
      this.#last.delete(other);
      this.#backoff.forget(other);
    }
    this.#backoff.next(key, now);
    this.#last.delete(key);
    this.#last.set(key, { at: now, message });
  }

  /** A pull has succeeded. */
  succeeded(key: string): void {
    this.#last.delete(key);
  }

  clear(): void {
    this.#last.clear();
    this.#backoff.forget("");
  }
}
