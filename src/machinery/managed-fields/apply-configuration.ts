import { StatusError } from "../errors.ts";
import { deepEqual } from "../object.ts";
import { ApplyConflict } from "./apply-conflicts.ts";
import { valueProblems } from "./check-value.ts";
import { type Comparison, compareObjects, isUnownedMetadata } from "./compare.ts";
import type { FieldFilter } from "./field-filter.ts";
import { differenceOfSets, emptySet, type FieldSet, intersectionOfSets, isEmptySet } from "./field-set.ts";
import { fieldsLastApplied, lastAppliedManager, withLastApplied } from "./last-applied.ts";
import { formatManaged, isEntryLike, ManagedEntry, type ManagerIdentity, parseManaged, sameManager } from "./managed-entries.ts";
import { mergeValues } from "./merge-values.ts";
import type { ObjectVersions } from "./object-versions.ts";
import { ownedFields, withStructs } from "./owned-fields.ts";
import { type PrunedVersions, prune } from "./prune.ts";
import { reconcileFields } from "./reconcile-fields.ts";
import { trackUpdate } from "./track-update.ts";
import type { ObjectShape } from "./value-shape.ts";

export interface ConfigurationToApply {
  shape: ObjectShape;
  /** The stored object; undefined when the apply creates it. */
  live: object | undefined;
  /** What the client applies, as sent. */
  config: object;
  manager: string;
  /** The version that the request is for: `apps/v1`. */
  apiVersion: string;
  kind: string;
  subresource?: string | undefined;
  /** The time of the request: RFC 3339, whole seconds, UTC. */
  time: string;
  /** The JSON text that is stored beside the live object. */
  managed: string | undefined;
  /** Take fields from who owns them. */
  force: boolean;
  /** Leaves what this endpoint lets clients change. */
  filter?: FieldFilter | undefined;
  /** Absent: entries of other versions are taken to be of this one. */
  versions?: ObjectVersions | undefined;
  /** Why the live object isn't of its type. */
  liveProblems?: string | undefined;
}

export interface Applied {
  /** Live and applied joined: not yet in the form of the type, and without its defaults. The live object itself when nothing changed. */
  object: object;
  managed: string | undefined;
}

/** The manager of what an object had before anyone's ownership was known. */
const managerBeforeApply = "before-first-apply";

/**
 * Server-side apply: joins a configuration with the live object, takes back what the manager applied before and doesn't any more,
 * and tells who owns what from then on. Throws the 409 of conflicts, and the errors of configurations that are none.
 */
export function applyConfiguration(apply: ConfigurationToApply): Applied {
  const { liveProblems } = apply;
  checkAppliedKind(apply);
  if (liveProblems !== undefined && parseManaged(apply.managed).length === 0) throw noManager(apply, liveProblems);
  checkConfiguration(apply);
  if (liveProblems !== undefined)
    throw new StatusError(500, "", `failed to create typed live object (${liveText(apply)}): ${liveProblems}`);
  if (apply.manager !== lastAppliedManager) return merge(apply);
  const applied = upgraded(apply);
  return { ...applied, object: withLastApplied(applied.object, apply.config) };
}

/** Nobody can be said to have owned the fields of a live object before: why it isn't of its type. */
export function noManager(apply: ConfigurationToApply, problems: string): StatusError {
  const why = `failed to convert new object (${liveText(apply)}) to smd typed: ${problems}`;
  return new StatusError(500, "", `failed to create manager for existing fields: ${why}`);
}

function liveText({ live, apiVersion, kind }: ConfigurationToApply): string {
  return objectText({ ...live, apiVersion, kind });
}

/** Where kubectl applied on the client's side before, it may change what the annotation tells is its own. */
function upgraded(apply: ConfigurationToApply): Applied {
  try {
    return merge(apply);
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error;
    const allowed = apply.live && fieldsLastApplied(apply.live, apply.apiVersion, apply.shape.value);
    const left = allowed ? error.without(allowed) : error;
    if (left) throw left;
    return merge({ ...apply, force: true });
  }
}

interface Configuration {
  apiVersion?: unknown;
  kind?: unknown;
  metadata?: { name?: unknown; namespace?: unknown; managedFields?: unknown } | null;
}

/** A configuration says what it is, first of all. */
export function checkAppliedKind({ config, apiVersion, kind }: Pick<ConfigurationToApply, "config" | "apiVersion" | "kind">): void {
  const given = config as Configuration;
  if (given.apiVersion === apiVersion && given.kind === kind) return;
  throw new StatusError(400, "BadRequest", `invalid object type: ${kindText(given.apiVersion, given.kind)}`);
}

function checkConfiguration({ config, shape }: ConfigurationToApply): void {
  const managed = (config as Configuration).metadata?.managedFields;
  if (Array.isArray(managed) && managed.every(isEntryLike)) throw new StatusError(400, "BadRequest", "metadata.managedFields must be nil");
  const problems = valueProblems(config, shape.value);
  if (problems !== undefined) {
    throw new StatusError(500, "", `failed to create typed patch object (${objectText(config)}): ${problems}`);
  }
}

/** `default/web; apps/v1, Kind=Deployment` */
export function objectText(object: object): string {
  const { apiVersion, kind, metadata } = object as Configuration;
  return `${text(metadata?.namespace)}/${text(metadata?.name)}; ${kindText(apiVersion, kind)}`;
}

/** `apps/v1, Kind=Deployment` */
export function kindText(apiVersion: unknown, kind: unknown): string {
  const version = text(apiVersion);
  return `${version.includes("/") ? version : `/${version}`}, Kind=${text(kind)}`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

type JsonMap = Readonly<Record<string, unknown>>;

function merge(apply: ConfigurationToApply): Applied {
  const { shape, apiVersion, time } = apply;
  const live = apply.live ?? shape.empty;
  const filter = apply.filter ?? ((set: FieldSet) => set);
  const self: ManagerIdentity = { manager: apply.manager, operation: "Apply", apiVersion, subresource: apply.subresource };
  const versions = new AppliedVersions(apply);
  const entries = startingEntries(apply, versions);
  const last = entries.find((entry) => sameManager(entry, self));
  const others = entries.filter((entry) => entry !== last);
  const fields = filter(ownedFields(apply.config, shape.value));

  let merged = mergeValues(live, apply.config, shape.value) as object;
  let before = live;
  if (last && !isEmptySet(last.fields) && !isStillApplied(last, fields, apply)) {
    const own = new ManagedEntry(self, undefined, fields);
    merged = prune({ merged, last, owners: [...others, own], apiVersion, versions });
    // What went through another version is compared with what did so too.
    if (last.apiVersion !== apiVersion)
      before = versions.convert(versions.convert(live, apiVersion, last.apiVersion), last.apiVersion, apiVersion);
  }
  const kept = takeFromOthers(others, live, merged, filter, apply, versions);

  const isUnchanged = deepEqual(before, merged);
  const owned = withoutUnowned(fields);
  if (!isEmptySet(owned)) kept.push(new ManagedEntry(self, isUnchanged ? last?.time : time, owned));
  return { object: isUnchanged && apply.live ? apply.live : merged, managed: formatManaged(kept) };
}

/** Who owns what before the apply. Entries of versions that aren't served any more are dropped. */
function startingEntries(apply: ConfigurationToApply, versions: AppliedVersions): ManagedEntry[] {
  const { managed, live, shape, apiVersion, subresource, time, filter } = apply;
  const known = parseManaged(managed);
  if (known.length > 0 || live === undefined) {
    return known.flatMap((entry) => {
      const at = versions.shape(entry.apiVersion);
      if (!at) return [];
      const fields = reconcileFields(entry.fields, at.value);
      return [fields === entry.fields ? entry : entry.with(fields, entry.time)];
    });
  }
  const manager = managerBeforeApply;
  return parseManaged(
    trackUpdate({ shape, old: undefined, now: live, manager, apiVersion, subresource, time, managed: undefined, filter }),
  );
}

/** Nothing can have to go when all that was applied before is applied again. */
function isStillApplied(last: ManagedEntry, fields: FieldSet, { apiVersion, shape }: ConfigurationToApply): boolean {
  if (last.apiVersion !== apiVersion) return false;
  return isEmptySet(differenceOfSets(withStructs(last.fields, shape.value), withStructs(fields, shape.value)));
}

/** The other entries without what the apply changes. Throws the conflicts, unless they are to be forced. */
function takeFromOthers(
  others: readonly ManagedEntry[],
  live: object,
  merged: object,
  filter: FieldFilter,
  apply: ConfigurationToApply,
  versions: AppliedVersions,
): ManagedEntry[] {
  const comparisons = new Map<string, Comparison>();
  const comparisonAt = (apiVersion: string) => {
    let found = comparisons.get(apiVersion);
    if (!found) {
      const shape = versions.shape(apiVersion) ?? apply.shape;
      const before = versions.convert(live, apply.apiVersion, apiVersion);
      const after = versions.convert(merged, apply.apiVersion, apiVersion);
      const { changed, removed } = compareObjects(before as JsonMap, after as JsonMap, shape.value);
      found = { changed: filter(changed), removed: filter(removed) };
      comparisons.set(apiVersion, found);
    }
    return found;
  };
  const conflicts: [ManagedEntry, FieldSet][] = [];
  const kept: ManagedEntry[] = [];
  for (const entry of others) {
    const { changed, removed } = comparisonAt(entry.apiVersion);
    const conflicting = intersectionOfSets(entry.fields, changed);
    if (!isEmptySet(conflicting)) conflicts.push([entry, conflicting]);
    const fields = differenceOfSets(differenceOfSets(entry.fields, conflicting), removed);
    if (!isEmptySet(fields)) kept.push(entry.with(fields, entry.time));
  }
  if (conflicts.length > 0 && !apply.force) throw ApplyConflict.ofSets(conflicts);
  return kept;
}

/** Without what nobody owns: the names of the kind and the metadata that the server sets. */
function withoutUnowned(fields: FieldSet): FieldSet {
  const metadata: Record<string, FieldSet> = { ".": emptySet };
  for (const element in fields["f:metadata"]) if (isUnownedMetadata(element.slice(2))) metadata[element] = emptySet;
  return differenceOfSets(fields, { "f:apiVersion": emptySet, "f:kind": emptySet, "f:metadata": metadata });
}

/** The versions of one request, where there may be but one. */
class AppliedVersions implements PrunedVersions {
  readonly #apply: ConfigurationToApply;

  constructor(apply: ConfigurationToApply) {
    this.#apply = apply;
  }

  shape(apiVersion: string): ObjectShape | undefined {
    const { shape, versions } = this.#apply;
    return apiVersion === this.#apply.apiVersion || !versions ? shape : versions.shape(apiVersion);
  }

  convert(object: object, from: string, to: string): object {
    const { versions } = this.#apply;
    return from === to || !versions ? object : versions.convert(object, from, to);
  }
}
