import type { Clock, Timer } from "../machinery/clock.ts";
import { badRequest, expired, serviceUnavailable, timeout, tooManyRequests } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Encodings } from "./encodings.ts";
import { StoredEntry } from "./entry.ts";
import type { EventLog, LoggedEvent } from "./event-log.ts";
import {
  type Entry,
  type EntryFilter,
  type Root,
  type Store,
  StoreConflict,
  type StoreEventType,
  type StoreStats,
  type Subscription,
} from "./store.ts";
import { type Listener, Subscriptions } from "./subscriptions.ts";
import type { Tree } from "./tree.ts";

/** What makes writes durable, beneath the engine. `Prepared` is what it makes of a write before its batch is known. */
export interface Backend<Prepared> {
  /** Calls `flush` once, when the writes of this turn are in. */
  schedule(flush: () => void): void;
  /** Turns a write into what `commit` takes. When it throws, that write alone rejects. */
  prepare(event: LoggedEvent): Prepared;
  /** Makes a batch durable, all of it or nothing, before it returns or its promise resolves. One batch at a time. */
  commit(batch: readonly PendingWrite<Prepared>[]): void | Promise<void>;
  /** These events were compacted away: the states that they replaced, and those of deleted objects, are needed no more. */
  forget(events: readonly LoggedEvent[], compactedRevision: number): void;
  /** A write of the state of this revision would keep it in another form. */
  isStale?(revision: number): boolean;
  close(): void | Promise<void>;
}

export interface PendingWrite<Prepared> {
  readonly event: LoggedEvent;
  readonly prepared: Prepared;
}

interface Write<Prepared> {
  readonly event: LoggedEvent;
  /** Until the batch is durable: what refers to the write may last longer. */
  prepared: Prepared | undefined;
  /** The pending write whose result this one was checked against, until that one is settled. */
  base: Write<Prepared> | undefined;
  readonly resolve: (entry: StoredEntry) => void;
  readonly reject: (error: unknown) => void;
  failed: boolean;
}

export interface EngineLimits {
  /** How long old revisions stay readable. */
  retentionMilliseconds: number;
  /** How many writes may wait for their batch; beyond it writes reject with 429. */
  pendingWrites: number;
  /** How many writes are made durable at once, and how many bytes they may hold, roughly. */
  batchWrites: number;
  batchBytes: number;
}

export const defaultLimits: EngineLimits = {
  retentionMilliseconds: 5 * 60 * 1000,
  pendingWrites: 5000,
  batchWrites: 1000,
  batchBytes: 16 * 1024 * 1024,
};

/** Above what any path of the API can give, below what every store can hold as a key. */
const longestKey = 1024;

export interface EngineOptions<Prepared> {
  backend: Backend<Prepared>;
  clock: Clock;
  logger: Logger;
  limits: EngineLimits;
  encodings: Encodings;
  tree: Tree<StoredEntry>;
  revision: number;
  log: EventLog;
  /** Of the tree's entries together; added up when absent. */
  liveBytes?: number;
}

/**
 * The multi-version machine that memory and LMDB share. There is one writer: writes are checked against the newest state, those
 * that are pending included (the overlay), get their revision at once, and wait for their batch. While one batch becomes
 * durable the next one fills (group commit). A durable batch is published as a whole: tree, log, subscribers, promises.
 *
 * A revision is never given twice, also when its batch failed: what was built on a failed write can't pass a check by chance.
 */
export class Engine<Prepared> implements Store {
  readonly #backend: Backend<Prepared>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #limits: EngineLimits;
  readonly #encodings: Encodings;
  readonly #subscriptions: Subscriptions;
  readonly #log: EventLog;
  #tree: Tree<StoredEntry>;
  #revision: number;
  #root: EngineRoot | undefined;
  #liveBytes = 0;

  #lastAssigned: number;
  readonly #overlay = new Map<string, Write<Prepared>>();
  #queue: Write<Prepared>[] = [];
  #committing: readonly Write<Prepared>[] = [];
  /** A flush is on its way. */
  #scheduled = false;
  #waiters: { revision: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #retention: Timer | undefined;
  #closed: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: EngineOptions<Prepared>) {
    this.#backend = options.backend;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#limits = options.limits;
    this.#encodings = options.encodings;
    this.#tree = options.tree;
    this.#revision = options.revision;
    this.#lastAssigned = options.revision;
    this.#log = options.log;
    this.#subscriptions = new Subscriptions((error, prefix) => this.#logger.error("a store listener failed", { prefix, error }));
    if (options.liveBytes !== undefined) this.#liveBytes = options.liveBytes;
    else for (const entry of this.#tree.range("")) this.#liveBytes += entry.wholeSize;
    this.#armRetention();
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#log.compacted;
  }

  root(): Root {
    this.#root ??= new EngineRoot(this.#revision, this.#tree);
    return this.#root;
  }

  rootAt(revision: number): Root {
    if (revision === this.#revision) return this.root();
    if (revision < this.#log.compacted) throw expired("The resourceVersion for the provided list is too old.");
    if (revision > this.#revision) throw tooLargeRevision(revision, this.#revision);
    return new EngineRoot(revision, this.#log.treeAt(revision, { revision: this.#revision, tree: this.#tree }));
  }

  whenReadable(revision: number, signal?: AbortSignal): Promise<void> {
    if (revision <= this.#revision) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#closed !== undefined) return reject(closedError());
      const waiter = { revision, resolve: () => settle(resolve), reject: (error: unknown) => settle(() => reject(error)) };
      const settle = (end: () => void) => {
        signal?.removeEventListener("abort", onAbort);
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        end();
      };
      const onAbort = () => waiter.reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  whenCurrent(): Promise<void> {
    return Promise.resolve();
  }

  latest(key: string): StoredEntry | undefined {
    const pending = this.#overlay.get(key);
    return pending === undefined ? this.#tree.get(key) : resultOf(pending);
  }

  isStale(entry: Entry): boolean {
    return this.#backend.isStale?.(entry.revision) ?? false;
  }

  put(key: string, expected: number, value: AnyObject, managedFields?: string): Promise<StoredEntry> {
    try {
      const base = this.#overlay.get(key);
      const current = this.#admit(key, expected, base);
      const revision = this.#lastAssigned + 1;
      const entry = StoredEntry.of(key, revision, value, managedFields, this.#encodings, current);
      return this.#enqueue(current === undefined ? "ADDED" : "MODIFIED", entry, current, base);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  remove(key: string, expected: number, last?: AnyObject): Promise<StoredEntry> {
    try {
      const base = this.#overlay.get(key);
      const current = this.#admit(key, expected, base);
      if (current === undefined) throw new StoreConflict(key, undefined);
      const revision = this.#lastAssigned + 1;
      const entry = StoredEntry.of(key, revision, last ?? current.value, current.managedFields, this.#encodings, current);
      return this.#enqueue("DELETED", entry, current, base);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  subscribe(prefix: string, after: number, listener: Listener): Subscription {
    if (after < this.#log.compacted) throw expired(`too old resource version: ${after} (${this.#log.compacted})`);
    const subscription = this.#subscriptions.add(prefix, Math.max(after, this.#revision), listener);
    if (after < this.#revision) {
      const past = this.#log.since(after, prefix);
      if (past.length > 0) listener(past, this.#revision);
    }
    return subscription;
  }

  compact(revision: number): void {
    const gone = this.#log.compact(Math.min(revision, this.#revision));
    if (gone.length === 0) return;
    this.#backend.forget(gone, this.#log.compacted);
    for (const event of gone) {
      event.previous?.releaseEncodings();
      if (event.type === "DELETED") event.entry.releaseEncodings();
    }
  }

  releaseEncodings(): void {
    this.#encodings.clear();
  }

  stats(): StoreStats {
    return {
      keys: this.#tree.size,
      bytes: this.#liveBytes + this.#log.bytes + this.#encodings.bytes,
      events: this.#log.length,
      pendingWrites: this.#queue.length + this.#committing.length,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** What another engine needs to go on from the newest durable state. */
  protected continuation(): Pick<
    EngineOptions<Prepared>,
    "encodings" | "liveBytes" | "tree" | "revision" | "log" | "clock" | "logger" | "limits"
  > {
    return {
      encodings: this.#encodings,
      tree: this.#tree,
      revision: this.#revision,
      log: this.#log.fork(),
      liveBytes: this.#liveBytes,
      clock: this.#clock,
      logger: this.#logger,
      limits: this.#limits,
    };
  }

  async #close(): Promise<void> {
    // `#closed` is set by now for whoever comes after this turn; those before it are waited for.
    if (this.#queue.length > 0 || this.#committing.length > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.#retention?.cancel();
    for (const waiter of this.#waiters.slice()) waiter.reject(closedError());
    await this.#backend.close();
  }

  /** Checks a write and returns the state that it is built on. */
  #admit(key: string, expected: number, base: Write<Prepared> | undefined): StoredEntry | undefined {
    if (this.#closed !== undefined) throw closedError();
    if (this.#queue.length + this.#committing.length >= this.#limits.pendingWrites) {
      throw tooManyRequests("too many writes wait for the store, please try again later", 1);
    }
    if (key.length > longestKey) throw badRequest(`the key ${key} is longer than ${longestKey} characters`);
    const current = base === undefined ? this.#tree.get(key) : resultOf(base);
    if ((current === undefined ? 0 : current.revision) !== expected) throw new StoreConflict(key, current);
    return current;
  }

  #enqueue(
    type: StoreEventType,
    entry: StoredEntry,
    previous: StoredEntry | undefined,
    base: Write<Prepared> | undefined,
  ): Promise<StoredEntry> {
    const { key, revision } = entry;
    const event: LoggedEvent = { type, key, revision, entry, previous };
    const prepared = this.#backend.prepare(event);
    this.#lastAssigned = revision;
    return new Promise((resolve, reject) => {
      const write: Write<Prepared> = { event, prepared, base, resolve, reject, failed: false };
      this.#overlay.set(key, write);
      this.#queue.push(write);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#committing.length > 0) return;
    this.#scheduled = true;
    this.#backend.schedule(this.#flush);
  }

  #flush = (): void => {
    this.#scheduled = false;
    let count = 0;
    for (let bytes = 0; count < this.#queue.length && count < this.#limits.batchWrites && bytes < this.#limits.batchBytes; count++) {
      bytes += (this.#queue[count] as Write<Prepared>).event.entry.size;
    }
    this.#committing = count === this.#queue.length ? this.#queue : this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    const batch = this.#committing;
    try {
      const done = this.#backend.commit(batch as readonly PendingWrite<Prepared>[]);
      if (done === undefined) this.#publish(batch);
      else
        done.then(
          () => this.#publish(batch),
          (error) => this.#rollBack(batch, error),
        );
    } catch (error) {
      this.#rollBack(batch, error);
    }
  };

  #publish(batch: readonly Write<Prepared>[]): void {
    const events: LoggedEvent[] = [];
    this.#tree = this.#tree.edit((editor) => {
      for (const write of batch) {
        const { event } = write;
        events.push(event);
        if (event.type === "DELETED") editor.delete(event.key);
        else {
          editor.set(event.entry);
          this.#liveBytes += event.entry.wholeSize;
        }
        if (event.previous !== undefined) this.#liveBytes -= event.previous.wholeSize;
        if (this.#overlay.get(event.key) === write) this.#overlay.delete(event.key);
      }
    });
    this.#revision = (events[events.length - 1] as LoggedEvent).revision;
    this.#root = undefined;
    this.#log.append(events, this.#tree, this.#clock.now());
    this.#forgetOld();
    this.#subscriptions.dispatch(events, this.#revision);
    // Hardly anyone reads a state that has been replaced: the room is for those that there are.
    for (const { previous } of events) previous?.releaseEncodings();
    for (const write of batch) {
      write.base = undefined;
      write.prepared = undefined;
      write.resolve(write.event.entry);
    }
    if (this.#waiters.length > 0) {
      for (const waiter of this.#waiters.filter((each) => each.revision <= this.#revision)) waiter.resolve();
    }
    this.#endBatch();
  }

  /** Rejects the batch and the writes that were built on one of its writes; others stay in the queue. */
  #rollBack(batch: readonly Write<Prepared>[], error: unknown): void {
    for (const write of batch) write.failed = true;
    const failed = [...batch];
    const kept: Write<Prepared>[] = [];
    // In the order of revisions, so that a write comes after the one that it is built on.
    for (const write of this.#queue) {
      write.failed = write.base?.failed === true;
      (write.failed ? failed : kept).push(write);
    }
    this.#queue = kept;
    for (const { event } of failed) this.#overlay.delete(event.key);
    for (const write of kept) this.#overlay.set(write.event.key, write);
    this.#logger.error("the store could not write a batch", { writes: failed.length, error });
    for (const write of failed) {
      write.event.entry.releaseEncodings();
      write.reject(error);
    }
    this.#endBatch();
  }

  #endBatch(): void {
    this.#committing = [];
    if (this.#queue.length > 0) this.#schedule();
    else this.#drained?.();
  }

  #forgetOld(): void {
    const due = this.#log.due(this.#clock.now() - this.#limits.retentionMilliseconds);
    if (due > this.#log.compacted) this.compact(due);
    this.#armRetention();
  }

  /** One timer while there is history to forget; a store at rest has none. */
  #armRetention(): void {
    const oldest = this.#log.oldestMilliseconds;
    if (this.#retention !== undefined || oldest === undefined || !Number.isFinite(this.#limits.retentionMilliseconds)) return;
    const due = oldest + this.#limits.retentionMilliseconds;
    // Not before a tenth of the interval: batches of one interval's end are forgotten together.
    const delay = Math.max(due - this.#clock.now(), this.#limits.retentionMilliseconds / 10);
    this.#retention = this.#clock.setTimeout(() => {
      this.#retention = undefined;
      this.#forgetOld();
    }, delay);
  }
}

class EngineRoot implements Root {
  readonly revision: number;
  readonly #tree: Tree<StoredEntry>;

  constructor(revision: number, tree: Tree<StoredEntry>) {
    this.revision = revision;
    this.#tree = tree;
  }

  get(key: string): StoredEntry | undefined {
    return this.#tree.get(key);
  }

  range(prefix: string, after?: string): IterableIterator<StoredEntry> {
    return this.#tree.range(prefix, after);
  }

  select(prefix: string, filter: EntryFilter): StoredEntry[] {
    return this.#tree.select(prefix, filter);
  }

  count(prefix: string, after?: string): number {
    return this.#tree.count(prefix, after);
  }
}

function resultOf<Prepared>(write: Write<Prepared>): StoredEntry | undefined {
  return write.event.type === "DELETED" ? undefined : write.event.entry;
}

function closedError(): Error {
  return serviceUnavailable("the store is closed");
}

/** What upstream answers to a resource version that is ahead of the store. */
function tooLargeRevision(revision: number, current: number): Error {
  const error = timeout(`Too large resource version: ${revision}, current: ${current}`, 1);
  error.status.details = {
    ...error.status.details,
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
  };
  return error;
}
