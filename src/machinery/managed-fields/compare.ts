import { deepEqual } from "../object.ts";
import { type FieldSet, FieldSetBuilder, memberOf } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
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
export function compareObjects(old: JsonMap, now: JsonMap, shape: ValueShape): Comparison {
  const walker = new Walker();
  walker.objects(old, now, shape);
  return walker.result();
}

/** Compares two values of one type, whole. */
export function compareValues(old: unknown, now: unknown, shape: ValueShape): Comparison {
  const walker = new Walker();
  walker.values(old, now, shape);
  return walker.result();
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

class Walker {
  readonly #changed = new FieldSetBuilder();
  readonly #removed = new FieldSetBuilder();
  /** The steps to the place that is being compared. */
  readonly #path: PathElement[] = [];

  result(): Comparison {
    return { changed: this.#changed.build(), removed: this.#removed.build() };
  }

  objects(old: MaybeObject, now: MaybeObject, shape: ValueShape): void {
    const map = shape.map ?? untypedShape.map!;
    // Most writes leave all but one of spec, status and the like alone: that is seen sooner without the shape.
    this.#fields(
      old,
      now,
      map,
      (name) => name === "apiVersion" || name === "kind" || name === "metadata" || deepEqual(old[name], now[name]),
    );
    const before = asMap(old.metadata) ?? noFields;
    const after = asMap(now.metadata) ?? noFields;
    if (before === after) return;
    this.#path.push(fieldElement("metadata"));
    this.#fields(before, after, map.field("metadata")?.map ?? untypedShape.map!, isUnownedMetadata);
    this.#path.pop();
  }

  /** One side may be undefined: it isn't there. null is a value. */
  values(old: unknown, now: unknown, shape: ValueShape): void {
    if (old === now) return;
    if (old === undefined) {
      this.#changed.addNode(this.#path, wholeOf(now, shape));
      return;
    }
    const before = kindOf(old);
    const after = kindOf(now);
    let inLeaf: boolean;
    if (after === undefined) inLeaf = this.#ofKind(before ?? preferredKind(shape), old, now, shape);
    else if (before === undefined || before === after) inLeaf = this.#ofKind(after, old, now, shape);
    else {
      this.#ofKind(before, old, now, shape);
      inLeaf = this.#ofKind(after, old, now, shape);
    }
    if (!inLeaf && now === undefined) this.#removed.add(this.#path);
  }

  /** Gives whether the place is owned as a whole. */
  #ofKind(kind: ValueKind, old: unknown, now: unknown, shape: ValueShape): boolean {
    if (kind === "map") return this.#maps(old, now, shape.map ?? untypedShape.map!);
    if (kind === "list" && shape.list) return this.#lists(old, now, shape.list);
    return this.#leaf(old, now);
  }

  #leaf(old: unknown, now: unknown): true {
    if (now === undefined) this.#removed.add(this.#path);
    else if (!deepEqual(old, now)) this.#changed.add(this.#path);
    return true;
  }

  #maps(old: unknown, now: unknown, shape: MapShape): boolean {
    const before = asMap(old);
    const after = asMap(now);
    // Empty on both sides: a leaf, so that {} and null stay two things.
    if (shape.atomic || ((!before || isEmpty(before)) && (!after || isEmpty(after)))) return this.#leaf(old, now);
    this.#fields(before ?? noFields, after ?? noFields, shape);
    return false;
  }

  #fields(old: JsonMap, now: JsonMap, shape: MapShape, skip?: (name: string) => boolean): void {
    for (const name in old) {
      const before = old[name];
      const after = now[name];
      if (before === after || before === undefined || skip?.(name)) continue;
      this.#step(fieldElement(name), before, after, shape.field(name) ?? shape.element ?? untypedShape);
    }
    for (const name in now) {
      const after = now[name];
      if (after === undefined || old[name] !== undefined || skip?.(name)) continue;
      this.#step(fieldElement(name), undefined, after, shape.field(name) ?? shape.element ?? untypedShape);
    }
  }

  #step(element: PathElement, old: unknown, now: unknown, shape: ValueShape): void {
    this.#path.push(element);
    this.values(old, now, shape);
    this.#path.pop();
  }

  #lists(old: unknown, now: unknown, shape: ListShape): boolean {
    const before = Array.isArray(old) ? (old as unknown[]) : [];
    const after = Array.isArray(now) ? (now as unknown[]) : [];
    if (shape.kind === "atomic" || (before.length === 0 && after.length === 0)) return this.#leaf(old, now);
    if (!this.#pairs(before, after, shape)) this.#matched(before, after, shape);
    return false;
  }

  /** Compares lists that have the same items in the same order, the usual case; false when they don't. */
  #pairs(old: readonly unknown[], now: readonly unknown[], shape: ListShape): boolean {
    if (old.length !== now.length || old.length > 16) return false;
    const elements: PathElement[] = [];
    for (let index = 0; index < now.length; index++) {
      const element = itemElement(now[index], shape);
      if (element === undefined || elements.includes(element)) return false;
      if (old[index] !== now[index] && itemElement(old[index], shape) !== element) return false;
      elements.push(element);
    }
    for (let index = 0; index < now.length; index++) {
      if (old[index] !== now[index]) this.#step(elements[index]!, old[index], now[index], shape.element);
    }
    return true;
  }

  #matched(old: readonly unknown[], now: readonly unknown[], shape: ListShape): void {
    const before = itemsByElement(old, shape);
    const after = itemsByElement(now, shape);
    for (const [element, items] of before) this.#items(element, items, after.get(element) ?? [], shape.element);
    for (const [element, items] of after) if (!before.has(element)) this.#items(element, [], items, shape.element);
  }

  /** Items under one key: one on each side as a rule; repeated ones are owned together, as a whole. */
  #items(element: PathElement, old: readonly unknown[], now: readonly unknown[], shape: ValueShape): void {
    if (old.length <= 1 && now.length <= 1) {
      this.#step(element, old[0], now[0], shape);
      return;
    }
    if (old.length === 1) this.#step(element, old[0], undefined, shape);
    if (now.length === 1) this.#step(element, undefined, now[0], shape);
    this.#path.push(element);
    if (old.length >= 2 && now.length >= 2) {
      if (!deepEqual(old, now)) this.#changed.add(this.#path);
    } else if (old.length >= 2) this.#removed.add(this.#path);
    else this.#changed.add(this.#path);
    this.#path.pop();
  }
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
    elements.push(fieldElement(name));
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
    // An item that has no key can't be told from others, so nobody can own it.
    if (element === undefined) continue;
    const present = items.get(element);
    if (present) present.push(item);
    else items.set(element, [item]);
  }
  return items;
}
