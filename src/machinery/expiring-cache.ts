import type { Clock } from "./clock.ts";

interface Entry<V> {
  value: Promise<V>;
  expires: number;
}

/** Answers to questions that are asked again and again, each kept as long as it says. What failed isn't kept. */
export class ExpiringCache<V> {
  readonly #clock: Clock;
  readonly #mostEntries: number;
  readonly #entries = new Map<string, Entry<V>>();

  constructor(clock: Clock, mostEntries = 1000) {
    this.#clock = clock;
    this.#mostEntries = mostEntries;
  }

  /** The kept answer, or that of `ask`, which is asked once for all who wait for it. */
  get(key: string, ask: () => Promise<V>, lifetimeMilliseconds: (value: V) => number): Promise<V> {
    const known = this.#entries.get(key);
    if (known && this.#clock.now() < known.expires) return known.value;
    const entry: Entry<V> = { value: ask(), expires: Number.POSITIVE_INFINITY };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.value.then(
      (value) => {
        entry.expires = this.#clock.now() + lifetimeMilliseconds(value);
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    if (this.#entries.size > this.#mostEntries) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return entry.value;
  }
}
