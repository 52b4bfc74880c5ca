import { exactNumber } from "../exact-json.ts";
import { DecodeError } from "../schema/decode.ts";
import { JsonNumber } from "../schema/json-text.ts";
import type { JsonObject } from "./json-schema.ts";
import type { Structural } from "./structural.ts";

const metaFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** What is below a field that the schema doesn't describe. */
type Place = Structural | "any" | undefined;

/**
 * Takes what a schema doesn't have out of an object, in place, and, unless they are to stay, nulls where nothing may be null and no
 * default takes their place. Numbers lose the text they were written as. The kind, version and metadata of the object itself stay as
 * they are. Gives the paths of what was taken out, sorted. Throws `DecodeError` of numbers that are too large for any.
 */
export function prune(object: JsonObject, root: Structural, keepNulls = false): string[] {
  const pruner = new Pruner(keepNulls);
  pruner.map(object, root, "", true, root.preserves);
  return pruner.removed.sort();
}

/** Whether a default has what its schema doesn't. Changes the value. */
export function hasUnknownFields(value: unknown, node: Structural): boolean {
  const pruner = new Pruner(false);
  pruner.value(value, node, "default", node.preserves);
  return pruner.removed.length > 0;
}

class Pruner {
  readonly removed: string[] = [];
  readonly #keepNulls: boolean;

  constructor(keepNulls: boolean) {
    this.#keepNulls = keepNulls;
  }

  /** What stands for the value. */
  value(value: unknown, place: Place, path: string, preserving: boolean): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof JsonNumber) return numberOf(value);
    if (Array.isArray(value)) this.#list(value, place, path, preserving);
    else this.map(value as JsonObject, place, path, typeof place === "object" && place.embedded, preserving);
    return value;
  }

  map(value: JsonObject, place: Place, path: string, isResource: boolean, preserving: boolean): void {
    const node = typeof place === "object" ? place : undefined;
    for (const key in value) {
      if (isResource && metaFields.has(key)) {
        if (path !== "") value[key] = plain(value[key]);
        continue;
      }
      const property = node?.properties.get(key);
      const additional = node?.additional;
      if (property === undefined && additional === undefined) {
        if (preserving) {
          value[key] = plain(value[key]);
          continue;
        }
        if (path !== "" || !metaFields.has(key)) this.removed.push(join(path, key));
        delete value[key];
        continue;
      }
      const next = property ?? additional;
      const given = value[key];
      const nextNode = typeof next === "object" ? next : undefined;
      if (given === null) {
        if (nextNode && !nextNode.nullable && nextNode.default === undefined && !this.#keepNulls) delete value[key];
        continue;
      }
      if (typeof given !== "object") continue;
      value[key] = this.value(given, next, join(path, key), nextNode?.preserves ?? false);
    }
  }

  #list(value: unknown[], place: Place, path: string, preserving: boolean): void {
    const node = typeof place === "object" ? place : undefined;
    const items = node?.items;
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (typeof item !== "object" || item === null) continue;
      value[index] = this.value(item, items, `${path}[${index}]`, preserving || (items?.preserves ?? false));
    }
  }
}

/** Without the texts of numbers. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof JsonNumber) return numberOf(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = plain(value[index]);
    return value;
  }
  const object = value as JsonObject;
  for (const key in object) if (typeof object[key] === "object") object[key] = plain(object[key]);
  return object;
}

function numberOf({ source }: JsonNumber): number | bigint {
  const value = exactNumber(source);
  if (value === Infinity || value === -Infinity) {
    throw new DecodeError(`json: cannot unmarshal number ${source} into Go value of type float64`);
  }
  return value;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** Whether pruning and defaulting would leave a stored object as it is. */
export function isSettled(value: JsonObject, node: Structural): boolean {
  return isSettledMap(value, node, true, node.preserves);
}

function isSettledValue(value: unknown, place: Place, preserving: boolean): boolean {
  if (typeof value !== "object" || value === null) return true;
  const node = typeof place === "object" ? place : undefined;
  if (!Array.isArray(value)) return isSettledMap(value as JsonObject, place, node?.embedded ?? false, preserving);
  const items = node?.items;
  return value.every((item) => {
    if (item === null) return !items || items.nullable || items.default === undefined;
    return isSettledValue(item, items, preserving || (items?.preserves ?? false));
  });
}

function isSettledMap(value: JsonObject, place: Place, isResource: boolean, preserving: boolean): boolean {
  const node = typeof place === "object" ? place : undefined;
  for (const key in value) {
    if (isResource && metaFields.has(key)) continue;
    const next = node?.properties.get(key) ?? node?.additional;
    if (next === undefined) {
      if (!preserving) return false;
      continue;
    }
    const given = value[key];
    if (given === null && typeof next === "object" && !next.nullable) return false;
    if (!isSettledValue(given, next, typeof next === "object" && next.preserves)) return false;
  }
  if (node?.hasDefaults) {
    for (const [name, property] of node.properties) if (property.default !== undefined && !Object.hasOwn(value, name)) return false;
  }
  return true;
}
