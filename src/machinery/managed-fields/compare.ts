import { deepEqual } from "../object.ts";
import { emptySet, type FieldSet, joinNodes, memberOf, NodeBuilder, setOfNode } from "./field-set.ts";
import { itemElement, itemKey, UntellableItem } from "./list-items.ts";
import { compareElements, fieldElement, type PathElement } from "./path-element.ts";
import { type ListShape, type MapShape, untypedShape, type ValueShape } from "./value-shape.ts";

/** What has become different between two states of a value. */
export interface Comparison {
  /** Added or modified. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

type JsonMap = Readonly<Record<string, unknown>>;
interface MaybeObject extends JsonMap {
  readonly metadata?: unknown;
}

/** Compares two states of an object, without `apiVersion`, `kind` and the metadata that nobody owns. */
export function compareObjects(old: MaybeObject, now: MaybeObject, shape: ValueShape): Comparison {
  const map = shape.map ?? untypedShape.map!;
  const found = new Children();
  // Most writes leave all but one of spec, status and the like alone: that is seen sooner without the shape.
  compareFields(
    found,
    old,
    now,
    map,
    (name) => name === "apiVersion" || name === "kind" || name === "metadata" || deepEqual(old[name], now[name]),
  );
  const before = asMap(old.metadata) ?? noFields;
  const after = asMap(now.metadata) ?? noFields;
  if (before !== after) {
    const inMetadata = new Children();
    compareFields(inMetadata, before, after, map.field("metadata")?.map ?? untypedShape.map!, isUnownedMetadata);
    found.add(stepTo("metadata", map), inMetadata.difference(false));
  }
  return comparisonOf(found.difference(false));
}

/** Compares two values of one type, whole. */
export function compareValues(old: unknown, now: unknown, shape: ValueShape): Comparison {
  return comparisonOf(differenceOf(old, now, shape));
}

/** Metadata that the server sets: never owned. */
export function isUnownedMetadata(name: string): boolean {
  switch (name) {
    case "name":
    case "namespace":
    case "uid":
    case "resourceVersion":
    case "creationTimestamp":
    case "generation":
    case "managedFields":
    case "selfLink":
    case "clusterName":
      return true;
    default:
      return false;
  }
}

const noFields: JsonMap = Object.freeze({});

/** What has become different at one place and below it, as the nodes of the two sets there. */
interface Difference {
  readonly changed: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const same: Difference = { changed: undefined, removed: undefined };
const changedAsWhole: Difference = { changed: emptySet, removed: undefined };
const removedAsWhole: Difference = { changed: undefined, removed: emptySet };

function comparisonOf({ changed = emptySet, removed = emptySet }: Difference): Comparison {
  return { changed: setOfNode(changed), removed: setOfNode(removed) };
}

/** What is different below one place. */
class Children {
  #changed: NodeBuilder | undefined;
  #removed: NodeBuilder | undefined;

  add(element: PathElement, { changed, removed }: Difference): void {
    if (changed) {
      this.#changed ??= new NodeBuilder();
      this.#changed.add(element, changed);
    }
    if (removed) {
      this.#removed ??= new NodeBuilder();
      this.#removed.add(element, removed);
    }
  }

  /** `isRemoved`: the place itself has gone too. */
  difference(isRemoved: boolean): Difference {
    if (!this.#changed && !this.#removed) return isRemoved ? removedAsWhole : same;
    return { changed: this.#changed?.build(false), removed: this.#removed?.build(isRemoved) ?? (isRemoved ? emptySet : undefined) };
  }
}

/** One side may be undefined: it isn't there. null is a value. */
function differenceOf(old: unknown, now: unknown, shape: ValueShape): Difference {
  if (old === now) return same;
  if (old === undefined) return { changed: wholeOf(now, shape), removed: undefined };
  const before = kindOf(old);
  const after = kindOf(now);
  if (after === undefined) return differenceAs(before ?? preferredKind(shape), old, now, shape);
  if (before === undefined || before === after) return differenceAs(after, old, now, shape);
  return both(differenceAs(before, old, now, shape), differenceAs(after, old, now, shape));
}

function differenceAs(kind: ValueKind, old: unknown, now: unknown, shape: ValueShape): Difference {
  if (kind === "map") return differenceOfMaps(old, now, shape.map ?? untypedShape.map!);
  if (kind === "list" && shape.list) return differenceOfLists(old, now, shape.list);
  return differenceAsWhole(old, now);
}

function both(a: Difference, b: Difference): Difference {
  return { changed: joined(a.changed, b.changed), removed: joined(a.removed, b.removed) };
}

function joined(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  return a && b ? joinNodes(a, b) : (a ?? b);
}

function differenceAsWhole(old: unknown, now: unknown): Difference {
  if (now === undefined) return removedAsWhole;
  return deepEqual(old, now) ? same : changedAsWhole;
}

function differenceOfMaps(old: unknown, now: unknown, shape: MapShape): Difference {
  const before = asMap(old);
  const after = asMap(now);
  // Empty on both sides: a leaf, so that {} and null stay two things.
  if (shape.atomic || ((!before || isEmpty(before)) && (!after || isEmpty(after)))) return differenceAsWhole(old, now);
  const found = new Children();
  compareFields(found, before ?? noFields, after ?? noFields, shape);
  return found.difference(now === undefined);
}

function compareFields(found: Children, old: JsonMap, now: JsonMap, shape: MapShape, skip?: (name: string) => boolean): void {
  for (const name in old) {
    const before = old[name];
    const after = now[name];
    if (before === after || before === undefined || skip?.(name)) continue;
    const difference = differenceOf(before, after, shape.field(name) ?? shape.element ?? untypedShape);
    if (difference !== same) found.add(stepTo(name, shape), difference);
  }
  for (const name in now) {
    const after = now[name];
    if (after === undefined || old[name] !== undefined || skip?.(name)) continue;
    found.add(stepTo(name, shape), differenceOf(undefined, after, shape.field(name) ?? shape.element ?? untypedShape));
  }
}

function stepTo(name: string, shape: MapShape): PathElement {
  return shape.step?.(name) ?? fieldElement(name);
}

function differenceOfLists(old: unknown, now: unknown, shape: ListShape): Difference {
  const before = Array.isArray(old) ? (old as unknown[]) : [];
  const after = Array.isArray(now) ? (now as unknown[]) : [];
  if (shape.kind === "atomic" || (before.length === 0 && after.length === 0)) return differenceAsWhole(old, now);
  const found = new Children();
  if (arePairs(before, after, shape)) {
    for (let index = 0; index < after.length; index++) {
      const difference = differenceOf(before[index], after[index], shape.element);
      if (difference !== same) found.add(itemElement(after[index], shape)!, difference);
    }
  } else compareMatched(found, before, after, shape);
  return found.difference(now === undefined);
}

/** Whether lists have the same items in the same order, the usual case. */
function arePairs(old: readonly unknown[], now: readonly unknown[], shape: ListShape): boolean {
  if (old.length !== now.length || old.length > 16) return false;
  const keys: unknown[] = [];
  for (let index = 0; index < now.length; index++) {
    const key = itemKey(now[index], shape);
    if (key === undefined || keys.includes(key)) return false;
    if (old[index] !== now[index] && itemKey(old[index], shape) !== key) return false;
    keys.push(key);
  }
  return true;
}

function compareMatched(found: Children, old: readonly unknown[], now: readonly unknown[], shape: ListShape): void {
  const before = itemsByElement(old, shape);
  const after = itemsByElement(now, shape);
  for (const [element, items] of before) found.add(element, differenceOfItems(items, after.get(element) ?? [], shape.element));
  for (const [element, items] of after) if (!before.has(element)) found.add(element, differenceOfItems([], items, shape.element));
}

/** Items under one key: one on each side as a rule; repeated ones are owned together, as a whole. */
function differenceOfItems(old: readonly unknown[], now: readonly unknown[], shape: ValueShape): Difference {
  if (old.length <= 1 && now.length <= 1) return differenceOf(old[0], now[0], shape);
  if (old.length >= 2 && now.length >= 2) return deepEqual(old, now) ? same : changedAsWhole;
  if (old.length >= 2) return both(differenceOf(undefined, now[0], shape), removedAsWhole);
  return both(differenceOf(old[0], undefined, shape), changedAsWhole);
}

/** The fields of a value that was not there before: the value itself and all that is in it, as far as it isn't owned as a whole. */
function wholeOf(value: unknown, shape: ValueShape): FieldSet {
  const kind = kindOf(value);
  if (kind === "map") return wholeMap(value as JsonMap, shape.map ?? untypedShape.map!);
  return kind === "list" && shape.list ? wholeList(value as readonly unknown[], shape.list) : memberOf([], []);
}

function wholeMap(map: JsonMap, shape: MapShape): FieldSet {
  if (shape.atomic) return memberOf([], []);
  const names: string[] = [];
  for (const name in map) if (map[name] !== undefined) names.push(name);
  sortNames(names);
  const elements: PathElement[] = [];
  const nodes: FieldSet[] = [];
  for (const name of names) {
    elements.push(stepTo(name, shape));
    nodes.push(wholeOf(map[name], shape.field(name) ?? shape.element ?? untypedShape));
  }
  return memberOf(elements, nodes);
}

function wholeList(list: readonly unknown[], shape: ListShape): FieldSet {
  if (shape.kind === "atomic") return memberOf([], []);
  const items = itemsByElement(list, shape);
  const elements = [...items.keys()];
  if (elements.length > 1) elements.sort(compareElements);
  const nodes = elements.map((element) => {
    const [first, ...more] = items.get(element)!;
    return more.length > 0 ? memberOf([], []) : wholeOf(first, shape.element);
  });
  return memberOf(elements, nodes);
}

/** Few as they are, this is faster than the general way. */
function sortNames(names: string[]): void {
  if (names.length > 20) {
    names.sort();
    return;
  }
  for (let index = 1; index < names.length; index++) {
    const name = names[index]!;
    let at = index;
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
    names[at] = name;
  }
}

type ValueKind = "scalar" | "list" | "map";

/** Undefined for null and for what isn't there: they take the form of the other side. */
function kindOf(value: unknown): ValueKind | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object") return "scalar";
  return Array.isArray(value) ? "list" : "map";
}

function preferredKind(shape: ValueShape): ValueKind {
  if (shape.map) return "map";
  return shape.scalar ? "scalar" : "list";
}

function asMap(value: unknown): JsonMap | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonMap) : undefined;
}

function isEmpty(map: JsonMap): boolean {
  for (const name in map) if (map[name] !== undefined) return false;
  return true;
}

function itemsByElement(list: readonly unknown[], shape: ListShape): Map<PathElement, unknown[]> {
  const items = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const element = itemElement(item, shape);
    if (element === undefined) throw new UntellableItem(item, shape);
    const present = items.get(element);
    if (present) present.push(item);
    else items.set(element, [item]);
  }
  return items;
}
