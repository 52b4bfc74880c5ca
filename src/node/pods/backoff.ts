import type { Clock } from "../../machinery/clock.ts";

const maxMilliseconds = 300_000;

interface Entry {
  delay: number;
  lastUpdate: number;
}

/** What is remembered, as plain data: by key. */
export type BackoffTable = readonly (readonly [key: string, entry: Readonly<Entry>])[];

/** Exponential back-off by key, as upstream's flowcontrol: 10 s doubling to 5 min; forgotten after twice the maximum of quiet. */
export class Backoff {
  readonly #clock: Clock;
  readonly #initial: number;
  readonly #entries: Map<string, Entry>;

  constructor(clock: Clock, initialMilliseconds = 10_000, table: BackoffTable = []) {
    this.#clock = clock;
    this.#initial = initialMilliseconds;
    this.#entries = new Map(table.map(([key, entry]) => [key, { ...entry }]));
  }

  /** A copy of all that is remembered. */
  table(): BackoffTable {
    return [...this.#entries].map(([key, entry]) => [key, { ...entry }]);
  }

  /** Milliseconds for which the key must still wait, counted from `since` (milliseconds since the epoch). */
  remaining(key: string, since: number): number {
    const entry = this.#entries.get(key);
    if (!entry || this.#isExpired(entry, since)) return 0;
    return Math.max(0, since + entry.delay - this.#clock.now());
  }

  /** The present delay, in milliseconds. */
  delay(key: string): number {
    return this.#entries.get(key)?.delay ?? 0;
  }

  /** The next failure: doubles the delay. */
  next(key: string, since: number): void {
    const entry = this.#entries.get(key);
    if (!entry || this.#isExpired(entry, since)) this.#entries.set(key, { delay: this.#initial, lastUpdate: this.#clock.now() });
    else {
      entry.delay = Math.min(entry.delay * 2, maxMilliseconds);
      entry.lastUpdate = this.#clock.now();
    }
  }

  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #isExpired(entry: Entry, at: number): boolean {
    return at - entry.lastUpdate > 2 * maxMilliseconds;
  }
}
