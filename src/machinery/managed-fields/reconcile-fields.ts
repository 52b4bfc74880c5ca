import { type FieldSet, isEmptySet } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";
import type { ValueShape } from "./value-shape.ts";

const leaf: FieldSet = Object.freeze({});

/**
 * A set that was written when a type's lists or maps were owned item by item, for the type as it is: what is owned as a whole now
 * is a leaf. Gives the very set when nothing has to change.
 */
export function reconcileFields(set: FieldSet, shape: ValueShape): FieldSet {
  let result: Record<PathElement, FieldSet> | undefined;
  for (const element in set) {
    const child = set[element]!;
    if (element === "." || isEmptySet(child)) continue;
    const below = shapeBelow(shape, element);
    if (!below) continue;
    const node = isAtomic(below) ? leaf : reconcileFields(child, below);
    if (node === child) continue;
    result ??= { ...set };
    result[element] = node;
  }
  return result ?? set;
}

function shapeBelow({ map, list }: ValueShape, element: PathElement): ValueShape | undefined {
  if (element.startsWith("f:")) return map?.field(element.slice(2)) ?? map?.element;
  return map ? undefined : list?.element;
}

/** Maps come first where a type takes several forms; free-form values are owned field by field whatever was before. */
function isAtomic({ scalar, map, list }: ValueShape): boolean {
  if (map) return map.atomic;
  return !scalar && list?.kind === "atomic";
}
