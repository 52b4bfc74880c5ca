import { setField } from "../object.ts";
import { type FieldSet, hasElement, isEmptySet, setBelow } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
import { fieldElement } from "./path-element.ts";
import { type ListShape, type MapShape, untypedShape, type ValueShape } from "./value-shape.ts";

/**
 * The value without the members of a set. What is left with nothing, or is owned as a whole and had something to lose below it,
 * becomes null. Doesn't change its argument and shares with it what stays.
 */
export function removeFields(value: unknown, removed: FieldSet, shape: ValueShape): unknown {
  if (isEmptySet(removed)) return value;
  if (Array.isArray(value)) return shape.list ? removeItems(value, removed, shape.list) : null;
  if (typeof value === "object" && value !== null) {
    return shape.map ? removeFromMap(value as Record<string, unknown>, removed, shape.map) : null;
  }
  return value;
}

function removeFromMap(value: Record<string, unknown>, removed: FieldSet, shape: MapShape): unknown {
  if (shape.atomic) return null;
  const kept: Record<string, unknown> = {};
  let count = 0;
  let changed = false;
  for (const name in value) {
    const item = value[name];
    if (item === undefined) continue;
    const element = fieldElement(name);
    if (hasElement(removed, element)) {
      changed = true;
      continue;
    }
    const below = setBelow(removed, element);
    const left = isEmptySet(below) ? item : removeFields(item, below, shape.field(name) ?? shape.element ?? untypedShape);
    if (left !== item) changed = true;
    setField(kept, name, left);
    count++;
  }
  if (count === 0) return null;
  return changed ? kept : value;
}

function removeItems(value: readonly unknown[], removed: FieldSet, shape: ListShape): unknown {
  if (shape.kind === "atomic") return null;
  const kept: unknown[] = [];
  let changed = false;
  for (const item of value) {
    const element = itemElement(item, shape);
    if (element !== undefined && hasElement(removed, element)) {
      changed = true;
      continue;
    }
    const below = element === undefined ? removed : setBelow(removed, element);
    const left = element === undefined || isEmptySet(below) ? item : removeFields(item, below, shape.element);
    if (left !== item) changed = true;
    kept.push(left);
  }
  if (kept.length === 0) return null;
  return changed ? kept : value;
}
