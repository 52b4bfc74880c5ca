import type { Clock } from "../../machinery/clock.ts";
import { type Logger, silentLogger } from "../../machinery/logger.ts";
import { Encodings } from "../encodings.ts";
import { type Backend, defaultLimits, Engine, type EngineLimits } from "../engine.ts";
import { EventLog } from "../event-log.ts";
import type { StoreEvent } from "../store.ts";
import { Tree } from "../tree.ts";
import { recordOf, type StoreSnapshot } from "./snapshot.ts";

export interface MemoryStoreOptions {
  clock: Clock;
  logger?: Logger;
  /** How long old revisions stay readable; 5 minutes unless told. `Infinity` keeps all that `historyBytes` has room for. */
  retentionMilliseconds?: number;
  /** How many bytes old revisions may hold, roughly; 64 MiB unless told. `Infinity` keeps them all. */
  historyBytes?: number;
  /** How many bytes of encoded objects are kept; 64 MiB unless told. */
  encodingBytes?: number;
  /** How many writes may wait; 5,000 unless told. */
  pendingWrites?: number;
  /** For tests: called with each batch before it counts. What it throws fails the batch, what it awaits delays it. */
  beforeCommit?: (events: readonly StoreEvent[]) => void | Promise<void>;
}

/** A store without durability: for tests and simulated clusters. */
export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  return new MemoryStore({
    backend: memoryBackend(options.beforeCommit),
    clock: options.clock,
    logger: options.logger ?? silentLogger,
    limits: limitsOf(options),
    encodings: new Encodings(options.encodingBytes ?? defaultEncodingBytes),
    tree: Tree.empty(),
    revision: 1,
    log: new EventLog(options.historyBytes ?? defaultHistoryBytes, 1),
  });
}

export const defaultEncodingBytes = 64 * 1024 * 1024;
export const defaultHistoryBytes = 64 * 1024 * 1024;

export function limitsOf(options: { retentionMilliseconds?: number; pendingWrites?: number }): EngineLimits {
  return {
    ...defaultLimits,
    ...(options.retentionMilliseconds === undefined ? {} : { retentionMilliseconds: options.retentionMilliseconds }),
    ...(options.pendingWrites === undefined ? {} : { pendingWrites: options.pendingWrites }),
  };
}

export class MemoryStore extends Engine<undefined> {
  /** A store of its own that begins with all that is readable here, history included. Cheap: the two share what is the same. */
  /** All that is readable here, as plain data. */
  snapshot(): StoreSnapshot {
    const { tree, log, revision } = this.continuation();
    const oldest = log.compacted;
    return {
      oldest,
      revision,
      entries: [...log.treeAt(oldest, { revision, tree }).range("")].map(recordOf),
      events: log.since(oldest, "").map(({ type, entry }) => [type, ...recordOf(entry)]),
    };
  }

  fork(clock?: Clock): MemoryStore {
    return new MemoryStore({ ...this.continuation(), backend: memoryBackend(undefined), ...(clock ? { clock } : {}) });
  }
}

export function memoryBackend(beforeCommit: MemoryStoreOptions["beforeCommit"]): Backend<undefined> {
  return {
    // Not `queueMicrotask`, which a test may have replaced by that of a faked clock.
    schedule: (flush) => void Promise.resolve().then(flush),
    prepare: () => undefined,
    commit: (batch) => beforeCommit?.(batch.map((write) => write.event)),
    forget: () => {},
    close: () => {},
  };
}
