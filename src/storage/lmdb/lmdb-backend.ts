import { join } from "node:path";
import { setImmediate } from "node:timers";
import { internalError, serviceUnavailable } from "../../machinery/errors.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Encodings } from "../encodings.ts";
import { isSealed, type StorageEncryption } from "../encryption/encryption.ts";
import type { Backend, PendingWrite } from "../engine.ts";
import { type EntrySource, StoredEntry, type StoredJson } from "../entry.ts";
import { EventLog, type LoggedEvent } from "../event-log.ts";
import type { StoreEvent } from "../store.ts";
import { Tree } from "../tree.ts";
import { dataFile, makeDirectory, openTables } from "./database.ts";
import { type DirectoryLock, lockDirectory } from "./directory-lock.ts";
import { FileSpace } from "./file-space.ts";
import { headLength, indexValue, keptOf, readHead, readIndexValue, readJson, withKept, writeHead } from "./record.ts";
import type { Tables } from "./tables.ts";

/** Seams for tests: what they throw fails the batch, what they await delays it. */
export interface CommitHooks {
  beforeCommit?: (events: readonly StoreEvent[]) => void | Promise<void>;
  /** When the file has the batch: a failure here stands for a sync whose outcome is not known. */
  afterCommit?: (events: readonly StoreEvent[]) => void | Promise<void>;
}

/** How many forgotten states a batch removes from the file: more would delay its writes. */
const removalsPerBatch = 2000;

/** Pages that a batch may take beside those of its records: of the tables' trees for each write and removal, and in all. */
const pagesPerWrite = 4;
const pagesPerRemoval = 2;
const pagesPerBatch = 64;

/** A record that is needed no more. Old roots may hold its entry: that takes over what only the file has. */
interface Removal {
  readonly revision: number;
  detach?(): void;
}

export interface BackendOptions {
  directory: string;
  logger: Logger;
  hooks?: CommitHooks;
  encryption?: StorageEncryption;
}

/** The file beneath the engine. Everything that a batch changes is in one transaction. */
export class LmdbBackend implements Backend<Uint8Array>, EntrySource {
  readonly #directory: string;
  readonly #lock: DirectoryLock;
  readonly #logger: Logger;
  readonly #hooks: CommitHooks;
  readonly #space: FileSpace;
  readonly #encryption: StorageEncryption | undefined;
  #tables: Tables | undefined;
  /** The last batch failed: the next one begins with a repair. */
  #suspect = false;
  /** The newest revision that the engine counts as written. */
  #revision = 0;
  /** States that can go from the file. They go with the next batches: an idle store writes nothing. */
  #removals: Removal[] = [];
  /** To be written with the next batch, together with the first removals. */
  #compacted: number | undefined;

  private constructor(options: BackendOptions, lock: DirectoryLock, tables: Tables, space: FileSpace) {
    this.#directory = options.directory;
    this.#lock = lock;
    this.#tables = tables;
    this.#space = space;
    this.#logger = options.logger;
    this.#hooks = options.hooks ?? {};
    this.#encryption = options.encryption;
  }

  static async open(options: BackendOptions): Promise<LmdbBackend> {
    const { directory } = options;
    const made = makeDirectory(directory);
    const lock = lockDirectory(directory);
    try {
      const tables = await openTables(directory);
      made.sync();
      return new LmdbBackend(options, lock, tables, await FileSpace.open(join(directory, dataFile)));
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Reads what is there. The states themselves stay in the file until someone asks for them. */
  load(encodings: Encodings, historyBytes: number, nowMilliseconds: number): { tree: Tree<StoredEntry>; revision: number; log: EventLog } {
    const { index, log, meta } = this.#opened();
    const compacted = meta.get("compacted") ?? 1;
    const entries: StoredEntry[] = [];
    const byRevision = new Map<number, StoredEntry>();
    let sorted = true;
    for (const { key, value } of index.getRange({ snapshot: true })) {
      const { revision, jsonLength } = readIndexValue(value);
      const entry = StoredEntry.from(key, revision, this, jsonLength, encodings);
      if (entries.length > 0 && (entries[entries.length - 1] as StoredEntry).key > key) sorted = false;
      entries.push(entry);
      byRevision.set(revision, entry);
    }
    // The file orders keys by their UTF-8, the tree by UTF-16: the two differ only beyond the basic plane.
    if (!sorted) entries.sort((a, b) => (a.key < b.key ? -1 : 1));

    const needed = new Set(byRevision.keys());
    const events: LoggedEvent[] = [];
    for (const revision of log.getKeys({ start: compacted + 1 })) {
      const { type, key, previousRevision, jsonLength } = readHead(recordAt(log, revision) as Uint8Array);
      needed.add(revision);
      const stateAt = (at: number): StoredEntry => {
        let entry = byRevision.get(at);
        if (entry === undefined) {
          entry = StoredEntry.from(key, at, this, jsonLength, encodings);
          byRevision.set(at, entry);
        }
        return entry;
      };
      if (previousRevision > 0) needed.add(previousRevision);
      events.push({
        type,
        key,
        revision,
        entry: stateAt(revision),
        previous: previousRevision > 0 ? stateAt(previousRevision) : undefined,
      });
    }
    const tree = Tree.from(entries);
    const history = new EventLog(historyBytes, compacted);
    if (events.length > 0) history.append(events, tree, nowMilliseconds);
    this.#revision = Math.max(compacted, events.at(-1)?.revision ?? 0);

    // A crash may have come between two parts of a long removal.
    if (log.getKeysCount({}) > needed.size) {
      for (const revision of log.getKeys({ end: compacted + 1 })) if (!needed.has(revision)) this.#removals.push({ revision });
    }
    return { tree, revision: this.#revision, log: history };
  }

  read(revision: number): StoredJson | undefined {
    const record = recordAt(this.#opened().log, revision);
    if (record === undefined) return undefined;
    return readJson(record, (kept) => {
      if (this.#encryption) return this.#encryption.open(readHead(record).key, kept);
      if (isSealed(kept)) throw internalError("identity transformer tried to read encrypted data");
      return kept;
    });
  }

  /** A write of the same state would keep it in another form: it is sealed with a key that is no longer the first. */
  isStale(revision: number): boolean {
    if (!this.#encryption) return false;
    const record = recordAt(this.#opened().log, revision);
    return record !== undefined && this.#encryption.isStale(readHead(record).key, keptOf(record));
  }

  /** Gets ready to read what is sealed. */
  async unlock(): Promise<void> {
    if (!this.#encryption) return;
    const { log } = this.#opened();
    for (const revision of [...log.getKeys()]) {
      const record = recordAt(log, revision);
      const kept = record && keptOf(record);
      if (kept && isSealed(kept)) await this.#encryption.unlock(kept.slice());
    }
  }

  /** After the callbacks of this turn's sockets: what they write shares a sync. */
  schedule(flush: () => void): void {
    setImmediate(flush);
  }

  prepare(event: LoggedEvent): Uint8Array {
    const layout = event.entry.layOut(headLength(event.key), event.previous);
    writeHead(layout, event);
    if (!this.#encryption) return layout.buffer;
    const json = keptOf(layout.buffer);
    const kept = this.#encryption.seal(event.key, json);
    return kept === json ? layout.buffer : withKept(layout.buffer, kept);
  }

  async commit(batch: readonly PendingWrite<Uint8Array>[]): Promise<void> {
    const events = batch.map((write) => write.event);
    if (this.#hooks.beforeCommit) await this.#hooks.beforeCommit(events);
    if (this.#suspect) await this.#repair();
    const { root, index, log, meta } = this.#opened();
    const removals = this.#removals.slice(0, removalsPerBatch);
    try {
      await this.#ensureSpace(root, batch, removals.length);
      for (const removal of removals) this.#detach(removal);
      // From here on a failure may leave the batch in the file.
      this.#suspect = true;
      await root.batch(() => {
        // What lmdb-js returns for each of these settles with the batch.
        for (const { event, prepared } of batch) {
          void log.put(event.revision, prepared);
          if (event.type === "DELETED") void index.remove(event.key);
          else void index.put(event.key, indexValue(event.revision, prepared.length - headLength(event.key)));
        }
        for (const { revision } of removals) void log.remove(revision);
        if (this.#compacted !== undefined) void meta.put("compacted", this.#compacted);
      });
      if (this.#hooks.afterCommit) await this.#hooks.afterCommit(events);
    } catch (error) {
      throw this.#explain(await causeOf(error));
    }
    this.#suspect = false;
    this.#removals.splice(0, removals.length);
    this.#compacted = undefined;
    this.#revision = (events[events.length - 1] as LoggedEvent).revision;
    for (const event of events) event.entry.attach(this);
  }

  forget(events: readonly LoggedEvent[], compactedRevision: number): void {
    this.#compacted = compactedRevision;
    for (const { type, entry, previous } of events) {
      if (previous !== undefined) this.#removals.push(previous);
      if (type === "DELETED") this.#removals.push(entry);
    }
  }

  async close(): Promise<void> {
    const tables = this.#tables;
    this.#tables = undefined;
    try {
      await tables?.root.close();
      await this.#space.close();
    } finally {
      this.#lock.release();
    }
  }

  /** What can't be opened any more is lost to old roots, and holds up no write. */
  #detach(removal: Removal): void {
    try {
      removal.detach?.();
    } catch (error) {
      this.#logger.warn("an old state could not be read before it was removed", { revision: removal.revision, error });
    }
  }

  #opened(): Tables {
    if (this.#tables === undefined) throw serviceUnavailable(`the store in ${this.#directory} is closed`);
    return this.#tables;
  }

  /**
   * After a failed batch, before the next one: makes sure that the file takes writes, and that nothing of the failed batch is in
   * it. LMDB refuses all transactions of an environment whose last page could not be written; then the file is opened anew.
   */
  async #repair(): Promise<void> {
    try {
      let tables = this.#opened();
      try {
        tables.root.transactionSync(() => {});
      } catch (error) {
        this.#logger.warn("opening the store's file anew after a failed write", { directory: this.#directory, error });
        await tables.root.close();
        tables = await openTables(this.#directory);
        this.#tables = tables;
      }
      tables.root.resetReadTxn();
      const strays = [...tables.log.getKeys({ start: this.#revision + 1 })];
      if (strays.length > 0) tables.root.transactionSync(() => this.#undo(tables, strays));
    } catch (error) {
      throw this.#explain(error);
    }
    this.#suspect = false;
  }

  /** Takes the records of a batch back that was told to have failed. */
  #undo(tables: Tables, revisions: readonly number[]): void {
    for (const revision of revisions.toReversed()) {
      const { key, previousRevision } = readHead(recordAt(tables.log, revision) as Uint8Array);
      const before = previousRevision === 0 ? undefined : recordAt(tables.log, previousRevision);
      if (before === undefined) tables.index.removeSync(key);
      else tables.index.putSync(key, indexValue(previousRevision, readHead(before).jsonLength));
      tables.log.removeSync(revision);
    }
  }

  #ensureSpace(root: Tables["root"], batch: readonly PendingWrite<Uint8Array>[], removals: number): Promise<void> {
    const { pageSize, lastPageNumber } = root.getStats() as { pageSize: number; lastPageNumber: number };
    let pages = pagesPerBatch + pagesPerWrite * batch.length + pagesPerRemoval * removals;
    for (const { prepared } of batch) pages += Math.ceil(prepared.length / pageSize);
    return this.#space.ensure((lastPageNumber + 1) * pageSize, pages * pageSize);
  }

  #explain(error: unknown): Error {
    const message = error instanceof Error ? error.message : String(error);
    return serviceUnavailable(
      /ENOSPC|EDQUOT|no space left/i.test(message)
        ? `the disk of the data directory ${this.#directory} is full (${message}): nothing can be written until space is freed`
        : `the data directory ${this.#directory} can't be written: ${message}`,
    );
  }
}

/** A record in memory that the next read uses again. */
function recordAt(log: Tables["log"], revision: number): Uint8Array | undefined {
  const bytes = log.getBinaryFast(revision);
  // Its `length` is that of the value, its memory is longer. A Buffer's slices would be the same memory.
  return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** lmdb-js rejects with a general error first; the reason comes by a promise of its own. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  try {
    return await commitError;
  } catch (cause) {
    return cause;
  }
}
