import type { AnyObject } from "../../machinery/object.ts";
import type { Entry, StoreEventType } from "../store.ts";

export type EntryRecord = readonly [key: string, revision: number, value: AnyObject, managedFields: string | null];
type EventRecord = readonly [type: StoreEventType, ...EntryRecord];

/** All that is readable in a store, as plain data: the state at the oldest revision, and what has happened since. */
export interface StoreSnapshot {
  oldest: number;
  revision: number;
  entries: readonly EntryRecord[];
  events: readonly EventRecord[];
}

export function recordOf({ key, revision, value, managedFields }: Entry): EntryRecord {
  return [key, revision, value, managedFields ?? null];
}
