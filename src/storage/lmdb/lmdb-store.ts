import type { Clock } from "../../machinery/clock.ts";
import { type Logger, silentLogger } from "../../machinery/logger.ts";
import { Encodings } from "../encodings.ts";
import type { StorageEncryption } from "../encryption/encryption.ts";
import { Engine } from "../engine.ts";
import { defaultEncodingBytes, defaultHistoryBytes, limitsOf } from "../memory/memory-store.ts";
import type { Store } from "../store.ts";
import { type CommitHooks, LmdbBackend } from "./lmdb-backend.ts";

export interface LmdbStoreOptions {
  /** Where the data file is; made when it isn't there. One process at a time. */
  directory: string;
  clock: Clock;
  logger?: Logger;
  /** How long old revisions stay readable; 5 minutes unless told. After a restart the interval begins anew. */
  retentionMilliseconds?: number;
  /** How many bytes old revisions may hold, roughly; 64 MiB unless told. */
  historyBytes?: number;
  /** How many bytes of encoded objects are kept; 64 MiB unless told. */
  encodingBytes?: number;
  /** How many writes may wait; 5,000 unless told. */
  pendingWrites?: number;
  hooks?: CommitHooks;
  /** Seals what the file keeps. Without it a file that was written with it can't be read where it is sealed. */
  encryption?: StorageEncryption;
}

/**
 * A store in one directory of this machine's disk. An acknowledged write has been synced. What readers get comes from memory,
 * but the states themselves are read from the file on first use, so that opening costs little.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const { directory, hooks, encryption, logger = silentLogger } = options;
  const backend = await LmdbBackend.open({ directory, logger, ...(hooks ? { hooks } : {}), ...(encryption ? { encryption } : {}) });
  try {
    const encodings = new Encodings(options.encodingBytes ?? defaultEncodingBytes);
    const loaded = backend.load(encodings, options.historyBytes ?? defaultHistoryBytes, options.clock.now());
    await backend.unlock();
    return new Engine({
      ...loaded,
      backend,
      clock: options.clock,
      logger,
      limits: limitsOf(options),
      encodings,
    });
  } catch (error) {
    await backend.close();
    throw error;
  }
}
