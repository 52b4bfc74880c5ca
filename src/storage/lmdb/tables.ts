import type { Database, RootDatabase } from "lmdb";

/** The three tables of the data file. */
export interface Tables {
  readonly root: RootDatabase;
  /** Registry key → revision and length of the newest state. */
  readonly index: Database<Uint8Array, string>;
  /** Revision → record: the event and the state after it. States that are superseded and compacted are gone. */
  readonly log: Database<Uint8Array, number>;
  /** `format`, `compacted`. */
  readonly meta: Database<number, string>;
}
