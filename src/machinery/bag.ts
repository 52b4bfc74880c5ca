/** What can be in a bag: it knows its place there, which is the bag's to set. */
export interface Bagged {
  /** -1 outside. */
  place: number;
}

/**
 * Things that come and go all the time, in no order. A `Set` under such a load makes its table anew again and again, and V8 keeps
 * what was in an old table until the next full collection.
 */
export class Bag<T extends Bagged> implements Iterable<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (item.place >= 0) return;
    item.place = this.#items.length;
    this.#items.push(item);
  }

  delete(item: T): void {
    if (item.place < 0) return;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#items[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
  }

  clear(): void {
    for (const item of this.#items.splice(0)) item.place = -1;
  }

  /** Those that are there when it begins. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.slice()[Symbol.iterator]();
  }
}
