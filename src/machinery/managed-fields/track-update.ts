import type { ManagedFieldsEntry } from "../meta/v1.ts";
import { type Comparison, compareObjects } from "./compare.ts";
import { type CreatedFields, createdText } from "./created-fields.ts";
import type { FieldFilter } from "./field-filter.ts";
import { differenceOfSets, emptySet, type FieldSet, isEmptySet, setsIntersect, unionSets } from "./field-set.ts";
import type { KnownEntries } from "./known-entries.ts";
import {
  compareText,
  compareTimes,
  decodeManaged,
  formatManaged,
  hasRepeats,
  isReset,
  ManagedEntry,
  type ManagerIdentity,
  managerText,
  parseManaged,
  sameManager,
} from "./managed-entries.ts";
import type { ObjectVersions } from "./object-versions.ts";
import { reconcileFields } from "./reconcile-fields.ts";
import type { ObjectShape } from "./value-shape.ts";

export interface UpdateToTrack {
  shape: ObjectShape;
  /** The stored object; undefined on create. */
  old: object | undefined;
  /** The object as the client wants it, defaults filled in, before admission and before the kind's strategy change it. */
  now: object;
  /** See `managerName`. */
  manager: string;
  /** The version that the request is for: `apps/v1`. */
  apiVersion: string;
  /** `status`, `scale` …; absent for the object itself. */
  subresource?: string | undefined;
  /** The time of the request: RFC 3339, whole seconds, UTC. */
  time: string;
  /** The JSON text that is stored beside the old object. */
  managed: string | undefined;
  /** `metadata.managedFields` as the request has them. Requests for a subresource can't change managedFields by them. */
  requested?: readonly ManagedFieldsEntry[] | null | undefined;
  /** Leaves what this endpoint lets clients change: `withoutFields(["status"])` for an object with a status. */
  filter?: FieldFilter | undefined;
  /** Entries of versions that aren't served are dropped. Absent: entries of other versions are taken to be of this one. */
  versions?: ObjectVersions | undefined;
  /** The type has changed since entries were written: lists and maps may be owned as a whole now. */
  reconciles?: boolean;
  /** What is known of the creates before this one. */
  created?: CreatedFields;
  /** What was read and written before this. */
  known?: KnownEntries;
}

/** Entries of updates that an object keeps; older ones are merged. */
const maxUpdateManagers = 10;
const mergedManager = "ancient-changes";

/**
 * Who owns what after a create, update or patch: what the request has changed goes over from its owners to the manager. Gives the
 * JSON text of the new managedFields, which is the very string of `managed` when nothing has changed, and undefined when there
 * are none. An object whose managedFields were reset isn't tracked until someone applies.
 */
export function trackUpdate(update: UpdateToTrack): string | undefined {
  const given = startingEntries(update);
  if (given.entries.length === 0 && update.old !== undefined) return undefined;
  const known = withKnownVersions(given, update);
  const start = update.reconciles ? reconciled(known, update) : known;
  const self: ManagerIdentity = {
    manager: update.manager,
    operation: "Update",
    apiVersion: update.apiVersion,
    subresource: update.subresource,
  };
  if (update.old === undefined && start.entries.length === 0) {
    const { created, now, shape, filter } = update;
    return created ? created.text(now, shape, filter, self, update.time) : createdText(now, shape, filter, self, update.time);
  }
  const old = update.old ?? update.shape.empty;
  const changes = filtered(compareObjects(old as JsonMap, update.now as JsonMap, update.shape.value), update.filter);
  const { changed, removed } = changes;
  if (isEmptySet(changed) && isEmptySet(removed)) {
    return start.text !== undefined && !hasRepeats(start.text, start.entries) ? start.text : formatManaged(start.entries);
  }

  const own = start.entries.find((entry) => sameManager(entry, self));
  const others = start.entries.filter((entry) => entry !== own);
  const entries = takeFromOwners(others, update, changes);
  const before = own?.fields ?? emptySet;
  const whole = unionSets(differenceOfSets(before, removed), changed);
  const fields = update.filter ? update.filter(whole) : whole;
  if (!isEmptySet(fields)) {
    // A request that only takes fields away leaves the time as it was.
    const time = isEmptySet(changed) ? own?.time : update.time;
    entries.push(own ? own.with(fields, time) : new ManagedEntry(self, time, fields));
  }
  const capped = capUpdateManagers(entries);
  return update.known ? update.known.write(capped) : formatManaged(capped);
}

type JsonMap = Readonly<Record<string, unknown>>;

/** The entries before the request, and their text where it is at hand. */
interface Start {
  entries: readonly ManagedEntry[];
  text: string | undefined;
}

/** Entries of versions that aren't known any more are dropped. */
function withKnownVersions(start: Start, { versions, apiVersion }: UpdateToTrack): Start {
  if (!versions) return start;
  for (const entry of start.entries) {
    if (entry.apiVersion === apiVersion || versions.shape(entry.apiVersion)) continue;
    return { entries: start.entries.filter((one) => one.apiVersion === apiVersion || versions.shape(one.apiVersion)), text: undefined };
  }
  return start;
}

function reconciled(start: Start, { versions, apiVersion, shape }: UpdateToTrack): Start {
  const entries = start.entries.map((entry) => {
    const at = entry.apiVersion === apiVersion || !versions ? shape : (versions.shape(entry.apiVersion) as ObjectShape);
    const fields = reconcileFields(entry.fields, at.value);
    return fields === entry.fields ? entry : entry.with(fields, entry.time);
  });
  return entries.every((entry, index) => entry === start.entries[index]) ? start : { entries, text: undefined };
}

function startingEntries(update: UpdateToTrack): Start {
  const { requested, managed } = update;
  if (!update.subresource && requested) {
    if (isReset(requested)) return { entries: [], text: undefined };
    // Clients send back what they got, as a rule.
    if (managed === undefined || JSON.stringify(requested) !== managed) {
      const entries = decodeManaged(requested);
      if (entries) return { entries, text: undefined };
    }
  }
  return { entries: update.known ? update.known.read(managed) : parseManaged(managed), text: managed };
}

function filtered(changes: Comparison, filter: FieldFilter | undefined): Comparison {
  return filter ? { changed: filter(changes.changed), removed: filter(changes.removed) } : changes;
}

/** The entries without what has changed or gone; entries that are left with nothing go too. */
function takeFromOwners(entries: readonly ManagedEntry[], update: UpdateToTrack, { changed, removed }: Comparison): ManagedEntry[] {
  const here = unionSets(changed, removed);
  const elsewhere = new Map<string, FieldSet>();
  const kept: ManagedEntry[] = [];
  for (const entry of entries) {
    let taken = here;
    if (entry.apiVersion !== update.apiVersion && update.versions) {
      taken = elsewhere.get(entry.apiVersion) ?? changesAt(entry.apiVersion, update.versions, update);
      elsewhere.set(entry.apiVersion, taken);
    }
    if (!mayHaveOf(entry, taken) || !setsIntersect(entry.fields, taken)) {
      kept.push(entry);
      continue;
    }
    const fields = differenceOfSets(entry.fields, taken);
    if (!isEmptySet(fields)) kept.push(entry.with(fields, entry.time));
  }
  return kept;
}

/** False when a glance at the entry's text tells that it has none of the paths: the first steps are not in it. */
function mayHaveOf(entry: ManagedEntry, set: FieldSet): boolean {
  const text = entry.fieldsText;
  for (const element in set) if (text.includes(`"${element}":{`)) return true;
  return false;
}

function changesAt(apiVersion: string, versions: ObjectVersions, update: UpdateToTrack): FieldSet {
  const { old, now, shape, filter, apiVersion: requested } = update;
  const there = versions.shape(apiVersion) as ObjectShape;
  const before = versions.convert(old ?? shape.empty, requested, apiVersion);
  const after = versions.convert(now, requested, apiVersion);
  const { changed, removed } = filtered(compareObjects(before as JsonMap, after as JsonMap, there.value), filter);
  return unionSets(changed, removed);
}

/** Merges the oldest entries of updates, version by version, until there are few enough. */
function capUpdateManagers(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  if (entries.length <= maxUpdateManagers) return entries;
  const updaters = entries.filter((entry) => entry.operation === "Update");
  if (updaters.length <= maxUpdateManagers) return entries;
  updaters.sort((a, b) => compareTimes(a.time, b.time) || compareText(managerText(a), managerText(b)));

  const kept = new Set(entries);
  const first = new Map<string, ManagedEntry>();
  let count = updaters.length;
  for (const entry of updaters) {
    if (count <= maxUpdateManagers) break;
    const known = first.get(entry.apiVersion);
    if (known === undefined) {
      first.set(entry.apiVersion, entry);
      continue;
    }
    const bucket: ManagerIdentity = { manager: mergedManager, operation: "Update", apiVersion: entry.apiVersion };
    const present = [...kept].find((other) => sameManager(other, bucket)) ?? known;
    kept.delete(present);
    kept.delete(entry);
    // The time of the younger of the two.
    kept.add(new ManagedEntry(bucket, entry.time, unionSets(entry.fields, present.fields)));
    count--;
  }
  return [...kept];
}
