import { deepEqual } from "../object.ts";
import { isUnownedMetadata } from "./compare.ts";
import { type ListShape, type MapShape, type ObjectShape, untypedShape, type ValueShape } from "./value-shape.ts";

/**
 * What decides which fields the creator of an object owns: the names of its fields and the keys of its list items, not what else is
 * in them. Objects of one template have one outline.
 */
export interface ObjectOutline {
  readonly fields: MapOutline;
  readonly metadata: MapOutline;
}

interface LeafOutline {
  readonly kind: "leaf";
  readonly shape: ValueShape;
  /** What upstream's type writes here when nothing is set, and whether the value is that: then nobody owns it. */
  readonly unset: unknown;
  readonly isUnset: boolean;
}

interface MapOutline {
  readonly kind: "map";
  readonly isLeftOut: (name: string) => boolean;
  readonly names: readonly string[];
  readonly values: readonly Outline[];
}

interface ListOutline {
  readonly kind: "list";
  readonly shape: ListShape;
  /** For each item what it is told by: the values of its keys, or the item itself. */
  readonly keys: readonly (readonly unknown[])[];
  readonly items: readonly Outline[];
}

type Outline = LeafOutline | MapOutline | ListOutline;
type JsonMap = Readonly<Record<string, unknown>>;

const noFields: JsonMap = Object.freeze({});
const isOutOfObject = (name: string) => name === "apiVersion" || name === "kind" || name === "metadata";
const isOutOfNothing = () => false;

/** Undefined for what is too unusual to have one. */
export function outlineOf(object: object, { value: shape, empty }: ObjectShape): ObjectOutline | undefined {
  const { metadata } = object as { metadata?: unknown };
  if (!isMap(metadata)) return undefined;
  const map = shape.map ?? untypedShape.map!;
  const metadataShape = map.field("metadata")?.map ?? untypedShape.map!;
  const fields = outlineOfMap(object as JsonMap, empty, map, isOutOfObject);
  const ofMetadata = outlineOfMap(metadata, isMap(empty.metadata) ? empty.metadata : noFields, metadataShape, isUnownedMetadata);
  return fields && ofMetadata && { fields, metadata: ofMetadata };
}

export function fitsOutline(object: object, { fields, metadata }: ObjectOutline): boolean {
  const own = (object as { metadata?: unknown }).metadata;
  return isMap(own) && fitsMap(own, metadata) && fitsMap(object as JsonMap, fields);
}

function outlineOfValue(value: unknown, unset: unknown, shape: ValueShape): Outline | undefined {
  const isNothing = unset === undefined || unset === null;
  if (isLeaf(value, shape)) {
    // A value in place of a map or of a list with something in it: an empty map is one like others.
    if (typeof unset === "object" && !isNothing && !isLeaf(unset, shape)) {
      return isMap(value) && isMap(unset) && hasNone(value) ? { kind: "map", isLeftOut: isOutOfNothing, names: [], values: [] } : undefined;
    }
    return { kind: "leaf", shape, unset, isUnset: unset !== undefined && deepEqual(unset, value) };
  }
  if (Array.isArray(value)) return isNothing && shape.list ? outlineOfList(value, shape.list) : undefined;
  if (!isNothing && !isMap(unset)) return undefined;
  return outlineOfMap(value as JsonMap, (unset ?? noFields) as JsonMap, shape.map ?? untypedShape.map!, isOutOfNothing);
}

function outlineOfMap(map: JsonMap, unset: JsonMap, shape: MapShape, isLeftOut: (name: string) => boolean): MapOutline | undefined {
  const names: string[] = [];
  const values: Outline[] = [];
  for (const name in map) {
    const value = map[name];
    if (value === undefined || isLeftOut(name)) continue;
    const outline = outlineOfValue(value, unset[name], shape.field(name) ?? shape.element ?? untypedShape);
    if (!outline) return undefined;
    names.push(name);
    values.push(outline);
  }
  return { kind: "map", isLeftOut, names, values };
}

function outlineOfList(list: readonly unknown[], shape: ListShape): ListOutline | undefined {
  const keys: unknown[][] = [];
  const items: Outline[] = [];
  for (const item of list) {
    if (shape.kind === "map" && !isMap(item)) return undefined;
    const key = shape.kind === "set" ? [item] : shape.keys.map(({ name, default: absent }) => (item as JsonMap)[name] ?? absent);
    // Items without a key belong to nobody, those that share one to all.
    if (key.some((part) => typeof part === "object" || part === undefined) || keys.some((other) => deepEqual(other, key))) return undefined;
    const outline = outlineOfValue(item, undefined, shape.element);
    if (!outline) return undefined;
    keys.push(key);
    items.push(outline);
  }
  return { kind: "list", shape, keys, items };
}

function fits(value: unknown, outline: Outline): boolean {
  if (outline.kind === "map") return isMap(value) && fitsMap(value, outline);
  if (outline.kind === "list") return Array.isArray(value) && fitsList(value, outline);
  const { unset, isUnset } = outline;
  return isLeaf(value, outline.shape) && (unset === undefined || deepEqual(unset, value) === isUnset);
}

function fitsMap(map: JsonMap, { names, values, isLeftOut }: MapOutline): boolean {
  let index = 0;
  for (const name in map) {
    const value = map[name];
    if (value === undefined || isLeftOut(name)) continue;
    if (name !== names[index] || !fits(value, values[index]!)) return false;
    index++;
  }
  return index === names.length;
}

function fitsList(list: readonly unknown[], { shape, keys, items }: ListOutline): boolean {
  if (list.length !== items.length) return false;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const key = keys[index]!;
    if (shape.kind === "set") {
      if (item !== key[0]) return false;
    } else {
      if (!isMap(item)) return false;
      for (let part = 0; part < key.length; part++) {
        const { name, default: absent } = shape.keys[part]!;
        if ((item[name] ?? absent) !== key[part]) return false;
      }
    }
    if (!fits(item, items[index]!)) return false;
  }
  return true;
}

/** Whether a value is owned as a whole. */
function isLeaf(value: unknown, { map, list }: ValueShape): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.length === 0 || !list || list.kind === "atomic";
  return map?.atomic === true || hasNone(value as JsonMap);
}

function hasNone(map: JsonMap): boolean {
  for (const name in map) if (map[name] !== undefined) return false;
  return true;
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
