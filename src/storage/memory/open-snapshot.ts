import { silentLogger } from "../../machinery/logger.ts";
import { Encodings } from "../encodings.ts";
import { StoredEntry } from "../entry.ts";
import { EventLog, type LoggedEvent } from "../event-log.ts";
import { Tree } from "../tree.ts";
import {
  defaultEncodingBytes,
  defaultHistoryBytes,
  limitsOf,
  MemoryStore,
  type MemoryStoreOptions,
  memoryBackend,
} from "./memory-store.ts";
import type { EntryRecord, StoreSnapshot } from "./snapshot.ts";

/** A store that begins with a snapshot; with what was there `at` a revision, if that is told. */
export function openSnapshot(snapshot: StoreSnapshot, options: MemoryStoreOptions & { at?: number }): MemoryStore {
  const { oldest, revision, entries, events } = snapshot;
  const { clock, logger = silentLogger, at = revision } = options;
  if (at < oldest || at > revision) throw new RangeError(`revision ${at} is not in the snapshot: it has ${oldest} to ${revision}`);
  const encodings = new Encodings(options.encodingBytes ?? defaultEncodingBytes);
  const log = new EventLog(options.historyBytes ?? defaultHistoryBytes, oldest);
  const entryOf = ([key, of, value, managedFields]: EntryRecord) => StoredEntry.of(key, of, value, managedFields ?? undefined, encodings);
  let tree = Tree.empty<StoredEntry>().edit((editor) => {
    for (const record of entries) editor.set(entryOf(record));
  });
  const until = events.filter(([, , of]) => of <= at);
  for (let from = 0; from < until.length; from += batchEvents) {
    const batch: LoggedEvent[] = [];
    tree = tree.edit((editor) => {
      for (const [type, ...record] of until.slice(from, from + batchEvents)) {
        const entry = entryOf(record);
        const { key, revision: of } = entry;
        batch.push({ type, key, revision: of, entry, previous: editor.get(key) });
        if (type === "DELETED") editor.delete(key);
        else editor.set(entry);
      }
    });
    log.append(batch, tree, clock.now());
  }
  const limits = limitsOf(options);
  return new MemoryStore({ backend: memoryBackend(undefined), clock, logger, limits, encodings, tree, revision: at, log });
}

const batchEvents = 256;
