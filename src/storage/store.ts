import type { AnyObject } from "../machinery/object.ts";

/**
 * The store of a cluster: keys to objects, one revision for each change, all revisions of the last minutes readable.
 *
 * Life of a write: `put` and `remove` check their precondition against the newest state, pending writes included, and put
 * the change into the overlay. When the batch that holds it is durable, its events go out in revision order and the promise
 * resolves. When the batch fails, its promises and those of all writes built on it reject and the overlay is rolled back.
 * Nothing that is pending is seen by `root`, `get`, or a watcher.
 */
export interface Store {
  /** The newest readable revision: everything up to it is durable. Revisions start at 1 for an empty store. */
  readonly revision: number;
  /** Revisions below this one can't be read and watches can't start below it. */
  readonly compactedRevision: number;

  /** The state now. */
  root(): Root;
  /** The state at an earlier revision. Throws the 410 `StatusError` when it is compacted, 504 Timeout-kind when in the future. */
  rootAt(revision: number): Root;
  /** Resolves when `revision` has become readable (etcd: a consistent read). Immediately with the embedded stores. */
  whenReadable(revision: number, signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when every write acknowledged anywhere before this call is readable here. Immediately with the embedded stores. The
   * waiter's signal is read only when there is something to wait for: a request makes its own when it is first read.
   */
  whenCurrent(waiter?: { readonly signal?: AbortSignal }): Promise<void>;

  /** The newest entry of a key, pending writes included: what a write must build on. Never what a reader is shown. */
  latest(key: string): Entry | undefined;

  /** The state lies in a form that writes don't give it any more: writing it again is no waste. */
  isStale(entry: Entry): boolean;

  /**
   * Creates (`expected: 0`) or replaces (`expected: revision of latest`) one object. The store owns `value` from then on: it is
   * frozen, and its `metadata.resourceVersion` is set to the new revision by the store. `managedFields` is the JSON text
   * of the array, without which the object has none. Rejects with `StoreConflict` when the precondition does not hold.
   */
  put(key: string, expected: number, value: AnyObject, managedFields?: string): Promise<Entry>;
  /** Deletes. The resolved entry is the deleted object's last state, its revision that of the deletion. `last` replaces that state. */
  remove(key: string, expected: number, last?: AnyObject): Promise<Entry>;

  /**
   * Events with a revision above `after` whose key starts with `prefix`, in order: first those of the log, then as they happen.
   * `listener` is called synchronously with all events of one durable batch under the prefix; it must not throw and must not wait.
   * Throws the 410 `StatusError` when `after` is compacted.
   */
  subscribe(prefix: string, after: number, listener: (events: readonly StoreEvent[], revision: number) => void): Subscription;

  /** Forgets revisions below `revision` (their roots and events). */
  compact(revision: number): void;
  /** Gives up the encoded forms of all states, which are made or read again for whoever asks: of a server that has nothing to do. */
  releaseEncodings(): void;
  stats(): StoreStats;
  /** Waits for pending writes and closes. Writes after it reject. */
  close(): Promise<void>;
}

export interface Subscription {
  close(): void;
}

export interface StoreStats {
  keys: number;
  /** Bytes that roots, entries and events hold, roughly. */
  bytes: number;
  events: number;
  pendingWrites: number;
}

export type StoreEventType = "ADDED" | "MODIFIED" | "DELETED";

export interface StoreEvent {
  readonly type: StoreEventType;
  readonly key: string;
  readonly revision: number;
  /** The new state; for DELETED the last state with the deletion's revision. */
  readonly entry: Entry;
  /** The state before; absent for ADDED. */
  readonly previous: Entry | undefined;
}

/**
 * One state of one object. `value` is deep-frozen, shared by everyone, has `apiVersion`, `kind` and
 * `metadata.resourceVersion`, and does NOT have `metadata.managedFields`: that is `managedFields`, as JSON text, kept unparsed.
 */
export interface Entry {
  readonly key: string;
  readonly revision: number;
  readonly value: AnyObject;
  readonly managedFields: string | undefined;
  /** Bytes that it takes in the store: of its JSON where that is kept on disk, else of memory, roughly. */
  readonly storedSize: number;
  /**
   * The object's JSON in UTF-8, made on first use and kept: with the `kind` and `apiVersion` header, or without it as lists of
   * built-in kinds want it. managedFields are part of both.
   */
  json(): Uint8Array;
  jsonWithoutHeader(): Uint8Array;
  /** A slot for other encodings of this state, keyed by media type and served version. */
  encoded(form: string, make: () => Uint8Array): Uint8Array;
  /** Whoever wrote this state has been answered: gives encoded forms up that can be read again. */
  letGo(): void;
}

export interface EntryFilter {
  matches(entry: Entry): boolean;
}

/** An immutable state of the whole store. Cheap to hold: it shares all that did not change with other roots. */
export interface Root {
  readonly revision: number;
  get(key: string): Entry | undefined;
  /** The entries whose key starts with `prefix` and is > `after` (when given), in key order. */
  range(prefix: string, after?: string): IterableIterator<Entry>;
  /**
   * The entries of `range(prefix)` that a filter matches. For filters that are asked again: what they found is kept, and only what
   * changed since is looked at anew. What a filter matches depends on the entry alone, always.
   */
  select(prefix: string, filter: EntryFilter): Entry[];
  /** How many entries `range` would give. */
  count(prefix: string, after?: string): number;
}

/** The precondition of a write did not hold. `current` is the newest entry, pending writes included. */
export class StoreConflict extends Error {
  readonly key: string;
  readonly current: Entry | undefined;

  constructor(key: string, current: Entry | undefined) {
    super(`precondition failed on ${key}`);
    this.name = "StoreConflict";
    this.key = key;
    this.current = current;
  }
}

/** What the parts of the API server that need live objects use: reads without going through a request. */
export interface Reader {
  get(key: string): Entry | undefined;
  list(prefix: string): IterableIterator<Entry>;
  subscribe(prefix: string, listener: (events: readonly StoreEvent[]) => void): Subscription;
}

/**
 * The key of an object: `/registry/pods/default/web`, `/registry/example.com/widgets/default/a`, `/registry/minions/n1`. `resource` is
 * the storage name of the resource (`pods`, `example.com/widgets`). An empty name gives the prefix of a collection, with its slash.
 */
export function storageKey(resource: string, namespace: string, name: string): string {
  return namespace === "" ? `/registry/${resource}/${name}` : `/registry/${resource}/${namespace}/${name}`;
}
