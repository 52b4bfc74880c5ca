import type { Clock } from "../machinery/clock.ts";

/** After this time a controller acts on what its cache shows, whatever it still waits for. */
const timeoutMilliseconds = 5 * 60_000;

interface Expected {
  creations: number;
  deletions: Set<string>;
  at: number;
}

/**
 * What a controller has done and its informers have not shown yet, by the controller's own key. A controller whose expectations
 * are not satisfied must not create or delete: it would count what it has just done as missing.
 *
 * Set expectations before the calls, lower them by `creationObserved` or `deletionObserved` for calls that fail, and from the
 * informer's handlers.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Replaces what was expected of the key. Deletions are given by uid, so that a deletion seen twice counts once. */
  expect(key: string, { creations = 0, deletions = [] }: { creations?: number; deletions?: Iterable<string> }): void {
    this.#expected.set(key, { creations, deletions: new Set(deletions), at: this.#clock.now() });
  }

  creationObserved(key: string, count = 1): void {
    const expected = this.#expected.get(key);
    if (expected) expected.creations -= count;
  }

  deletionObserved(key: string, uid: string): void {
    this.#expected.get(key)?.deletions.delete(uid);
  }

  /** Whether all that was expected has been seen, or was waited for too long, or nothing was expected. */
  satisfied(key: string): boolean {
    const expected = this.#expected.get(key);
    if (!expected) return true;
    if (expected.creations <= 0 && expected.deletions.size === 0) return true;
    return this.#clock.now() - expected.at > timeoutMilliseconds;
  }

  /** How much of what was expected of the key is still to be seen. */
  pending(key: string): { creations: number; deletions: number } {
    const expected = this.#expected.get(key);
    return { creations: Math.max(0, expected?.creations ?? 0), deletions: expected?.deletions.size ?? 0 };
  }

  /** For a key whose object is gone. */
  forget(key: string): void {
    this.#expected.delete(key);
  }
}
