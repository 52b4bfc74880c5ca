import { setImmediate as nodeSetImmediate } from "node:timers";

/** Taken when this is loaded: a test may put a faked one in its place later. */
const setImmediate = nodeSetImmediate;

/** How many begin in one turn of the event loop. */
const perTurn = 8;

/**
 * Begins work as it comes, but no more than a few pieces in one turn of the event loop. A connection hands over all requests that one
 * read brought: beginning them at once would keep what became durable meanwhile, watchers and timers waiting until the last one is done.
 */
export class Turns<T> {
  readonly #begin: (item: T) => void;
  #begun = 0;
  #waiting: T[] = [];

  constructor(begin: (item: T) => void) {
    this.#begin = begin;
  }

  add(item: T): void {
    if (this.#begun === 0) setImmediate(this.#next);
    if (this.#begun < perTurn) {
      this.#begun++;
      this.#begin(item);
    } else this.#waiting.push(item);
  }

  #next = (): void => {
    const due = this.#waiting.splice(0, perTurn);
    this.#begun = due.length;
    if (due.length > 0) setImmediate(this.#next);
    for (const item of due) this.#begin(item);
  };
}
