import type { Clock } from "../machinery/clock.ts";
import type { AnyObject } from "../machinery/object.ts";
import { type Entry, type Root, type Store, StoreConflict, type StoreStats, type Subscription } from "../storage/store.ts";
import type { StoreMetrics, StoreOperation } from "./metrics/store-metrics.ts";

/** A store whose writes are counted. */
export class CountedStore implements Store {
  readonly #store: Store;
  readonly #metrics: StoreMetrics;
  readonly #clock: Clock;

  constructor(store: Store, metrics: StoreMetrics, clock: Clock) {
    this.#store = store;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  get revision(): number {
    return this.#store.revision;
  }

  get compactedRevision(): number {
    return this.#store.compactedRevision;
  }

  root(): Root {
    return this.#store.root();
  }

  rootAt(revision: number): Root {
    return this.#store.rootAt(revision);
  }

  whenReadable(revision: number, signal?: AbortSignal): Promise<void> {
    return this.#store.whenReadable(revision, signal);
  }

  whenCurrent(waiter?: { readonly signal?: AbortSignal }): Promise<void> {
    return this.#store.whenCurrent(waiter);
  }

  latest(key: string): Entry | undefined {
    return this.#store.latest(key);
  }

  isStale(entry: Entry): boolean {
    return this.#store.isStale(entry);
  }

  put(key: string, expected: number, value: AnyObject, managedFields?: string): Promise<Entry> {
    return this.#counted(key, expected === 0 ? "create" : "update", this.#store.put(key, expected, value, managedFields));
  }

  remove(key: string, expected: number, last?: AnyObject): Promise<Entry> {
    return this.#counted(key, "delete", this.#store.remove(key, expected, last));
  }

  subscribe(...args: Parameters<Store["subscribe"]>): Subscription {
    return this.#store.subscribe(...args);
  }

  compact(revision: number): void {
    this.#store.compact(revision);
  }

  releaseEncodings(): void {
    this.#store.releaseEncodings();
  }

  stats(): StoreStats {
    return this.#store.stats();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** The promise itself: who writes waits no longer for being counted. */
  #counted(key: string, operation: StoreOperation, writing: Promise<Entry>): Promise<Entry> {
    const began = this.#clock.now();
    writing.then(
      () => this.#metrics.written(key, operation, (this.#clock.now() - began) / 1000),
      (error: unknown) => {
        if (!(error instanceof StoreConflict)) this.#metrics.failed(key, operation);
      },
    );
    return writing;
  }
}
