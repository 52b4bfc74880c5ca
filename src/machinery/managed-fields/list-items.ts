import { keyElement, type PathElement, valueElement } from "./path-element.ts";
import type { ListShape } from "./value-shape.ts";

/** The step to an item of a set or of a keyed list; undefined when the item has none (see `itemProblem`). */
export function itemElement(item: unknown, shape: ListShape): PathElement | undefined {
  if (shape.kind === "set") return typeof item === "object" ? undefined : valueElement(item);
  if (typeof item !== "object" || item === null || Array.isArray(item)) return undefined;
  const fields = item as Record<string, unknown>;
  if (shape.keys.length === 1) {
    const { name, default: absent } = shape.keys[0]!;
    const value = fields[name] ?? absent;
    if (value === undefined) return undefined;
    return shape.step && typeof value === "string" ? shape.step(value) : keyElement([name], [value]);
  }
  const names: string[] = [];
  const values: unknown[] = [];
  for (const key of shape.keys) {
    const value = fields[key.name] ?? key.default;
    if (value === undefined) continue;
    names.push(key.name);
    values.push(value);
  }
  return names.length === 0 ? undefined : keyElement(names, values);
}

/** What tells an item from others of its list: as its step, but sooner. */
export function itemKey(item: unknown, shape: ListShape): unknown {
  if (shape.kind !== "map" || shape.keys.length !== 1 || typeof item !== "object" || item === null) return itemElement(item, shape);
  const { name, default: absent } = shape.keys[0]!;
  const value = (item as Record<string, unknown>)[name] ?? absent;
  return typeof value === "object" ? itemElement(item, shape) : value;
}

/** Fields of an object in which items of a list can't be told apart: nobody can own them. */
export class UntellableItem extends Error {
  constructor(item: unknown, shape: ListShape) {
    super(itemProblem(item, shape));
    this.name = "UntellableItem";
  }
}

/** Why an item can't be told from others, in upstream's words. */
export function itemProblem(item: unknown, shape: ListShape): string {
  if (shape.kind === "set") {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    return Array.isArray(item)
      ? "not supported: associative list with lists as elements"
      : "associative list without keys has an element that's a map type";
  }
  if (item === null) return "associative list with keys may not have a null element";
  if (typeof item !== "object" || Array.isArray(item)) return "associative list with keys may not have non-map elements";
  const names = shape.keys.map((key) => JSON.stringify(key.name)).join(" ");
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}
