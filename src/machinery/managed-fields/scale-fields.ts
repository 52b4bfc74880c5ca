import { differenceOfSets, emptySet, FieldSetBuilder, isEmptySet, setHas } from "./field-set.ts";
import { formatManaged, ManagedEntry, managerText, parseManaged } from "./managed-entries.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** Where the objects that a Scale is made of have their replicas. */
export interface ScaledKind {
  /** The version of the object that the request is for. */
  readonly apiVersion: string;
  /** The path of the replicas at a version, field by field; undefined for a version that isn't served. */
  replicasAt(apiVersion: string): readonly string[] | undefined;
}

export const scaleApiVersion = "autoscaling/v1";
const replicasOfScale: readonly PathElement[] = [fieldElement("spec"), fieldElement("replicas")];

/** Who owns what of a Scale, from who owns what of the object: only the replicas are both's. */
export function managedOfScale(managed: string | undefined, kind: ScaledKind): string | undefined {
  const entries = parseManaged(managed).flatMap((entry) => {
    const path = replicasPath(entry, kind);
    if (!path || !setHas(entry.fields, path)) return [];
    return [new ManagedEntry({ ...identityOf(entry), apiVersion: scaleApiVersion }, entry.time, setOf(replicasOfScale))];
  });
  return formatManaged(entries);
}

/** Who owns what of the object after its Scale was written. Whoever comes to own the replicas that way has no time, as upstream. */
export function managedOfScaled(managed: string | undefined, scale: string | undefined, kind: ScaledKind): string | undefined {
  const before = parseManaged(managed);
  const owners = new Map(parseManaged(scale).map((entry) => [managerText(entry), entry]));
  const times = new Map(before.map((entry) => [managerText(entry), entry.time]));
  const after = new Map<string, ManagedEntry>();
  for (const entry of before) {
    const path = replicasPath(entry, kind);
    if (!path) continue;
    const name = managerText(entry);
    if (!setHas(entry.fields, path)) after.set(name, entry);
    else if (owners.delete(name)) after.set(name, entry);
    else {
      const left = differenceOfSets(entry.fields, setOf(path));
      if (!isEmptySet(left)) after.set(name, entry.with(left, entry.time));
    }
  }
  const path = kind.replicasAt(kind.apiVersion)?.map(fieldElement) ?? [];
  for (const [name, entry] of owners) {
    if (!setHas(entry.fields, replicasOfScale)) continue;
    after.set(name, new ManagedEntry({ ...identityOf(entry), apiVersion: kind.apiVersion }, times.get(name), setOf(path)));
  }
  return formatManaged([...after.values()]);
}

function replicasPath({ apiVersion }: ManagedEntry, kind: ScaledKind): PathElement[] | undefined {
  return kind.replicasAt(apiVersion)?.map(fieldElement);
}

function identityOf({ manager, operation, apiVersion, subresource }: ManagedEntry) {
  return { manager, operation, apiVersion, subresource };
}

function setOf(path: readonly PathElement[]) {
  if (path.length === 0) return emptySet;
  const builder = new FieldSetBuilder();
  builder.add(path);
  return builder.build();
}
