import { differenceOfSets, emptySet, type FieldSet, intersectionOfSets, unionSets } from "./field-set.ts";
import type { ManagedEntry } from "./managed-entries.ts";
import type { ObjectVersions } from "./object-versions.ts";
import { ownedFields, withStructs } from "./owned-fields.ts";
import { removeFields } from "./remove-fields.ts";

export type PrunedVersions = ObjectVersions;

export interface ObjectToPrune {
  /** The live object with the configuration merged in, at `apiVersion`. */
  merged: object;
  apiVersion: string;
  /** What the manager applied last time. */
  last: ManagedEntry;
  /** All who own something from now on, the manager with what it applies now. */
  owners: readonly ManagedEntry[];
  versions: PrunedVersions;
}

/** Takes out what the manager applied last time, applies no more, and nobody else owns. */
export function prune({ merged, apiVersion, last, owners, versions }: ObjectToPrune): object {
  const shape = versions.shape(last.apiVersion);
  if (!shape) return merged;
  const whole = versions.convert(merged, apiVersion, last.apiVersion);
  const lastFields = withStructs(last.fields, shape.value);
  let left = removeFields(whole, lastFields, shape.value) as object;

  // What others own comes back, at the version of each; that of the last apply first, since a conversion may need it.
  const owned = new Map<string, FieldSet>([[last.apiVersion, emptySet]]);
  for (const owner of owners) owned.set(owner.apiVersion, unionSets(owned.get(owner.apiVersion) ?? emptySet, owner.fields));
  let at = last.apiVersion;
  for (const [version, fields] of owned) {
    const versionShape = versions.shape(version);
    if (!versionShape || (version === last.apiVersion && fields === emptySet)) continue;
    const { value } = versionShape;
    const wholeThere = versions.convert(whole, last.apiVersion, version);
    const leftThere = versions.convert(left, at, version);
    at = version;
    const staying = unionSets(withStructs(ownedFields(leftThere, value), value), withStructs(fields, value));
    const going = differenceOfSets(withStructs(ownedFields(wholeThere, value), value), staying);
    left = removeFields(wholeThere, going, value) as object;
  }

  // So does what the manager didn't own itself.
  const staying = withStructs(ownedFields(versions.convert(left, at, last.apiVersion), shape.value), shape.value);
  const gone = differenceOfSets(withStructs(ownedFields(whole, shape.value), shape.value), staying);
  const pruned = removeFields(whole, intersectionOfSets(gone, lastFields), shape.value) as object;
  return versions.convert(pruned, last.apiVersion, apiVersion);
}
