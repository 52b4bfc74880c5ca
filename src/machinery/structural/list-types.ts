import { type FieldError, FieldPath, field } from "../errors.ts";
import { isJsonObject, type JsonObject } from "./json-schema.ts";
import type { Structural } from "./structural.ts";

/** The complaints about items that come twice: whole ones in lists of type set, those with the same keys in lists of type map. */
export function validateListTypes(object: JsonObject, root: Structural): FieldError[] {
  if (!root.hasKeyedLists) return [];
  const errors: FieldError[] = [];
  checkMap(object, root, new FieldPath(""), errors);
  return errors;
}

function checkMap(value: JsonObject, node: Structural, path: FieldPath, errors: FieldError[]): void {
  const { additional } = node;
  if (typeof additional === "object" && additional.hasKeyedLists) {
    for (const key in value) check(value[key], additional, path.key(key), errors);
  }
  for (const [name, property] of node.properties) {
    if (property.hasKeyedLists && Object.hasOwn(value, name)) check(value[name], property, at(path, name), errors);
  }
}

function at(path: FieldPath, name: string): FieldPath {
  return path.toString() === "<nil>" ? new FieldPath(name) : path.child(name);
}

function check(value: unknown, node: Structural, path: FieldPath, errors: FieldError[]): void {
  if (Array.isArray(value)) checkList(value, node, path, errors);
  else if (isJsonObject(value)) checkMap(value, node, path, errors);
}

function checkList(value: readonly unknown[], node: Structural, path: FieldPath, errors: FieldError[]): void {
  if (node.listType === "set") {
    for (const index of repeated(value.map(identity))) errors.push(field.duplicate(path.index(index), value[index]));
  } else if (node.listType === "map") checkKeys(value, node.listMapKeys, path, errors);
  const { items } = node;
  if (!items?.hasKeyedLists) return;
  value.forEach((item, index) => {
    check(item, items, path.index(index), errors);
  });
}

function checkKeys(value: readonly unknown[], keys: readonly string[], path: FieldPath, errors: FieldError[]): void {
  const odd = value.findIndex((item) => item !== null && !isJsonObject(item));
  if (odd >= 0) {
    errors.push(field.invalid(path.index(odd), value[odd], "must be an object for an array of list-type map"));
    return;
  }
  if (value.length <= 1) return;
  const keysOf = value.map((item) => {
    const found: JsonObject = {};
    for (const key of keys) if (isJsonObject(item) && Object.hasOwn(item, key)) found[key] = item[key];
    return found;
  });
  for (const index of repeated(keysOf.map(identity)))
    errors.push(field.duplicate(path.index(index), sortedFields(keysOf[index] as JsonObject)));
}

/** The same text for the same value. */
function identity(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) => (isJsonObject(part) ? sortedFields(part) : typeof part === "bigint" ? `integer ${part}` : part)) ??
    ""
  );
}

function sortedFields(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where something stands for the second time; the third and later times count no more. */
function repeated(identities: readonly string[]): number[] {
  const times = new Map<string, number>();
  return identities.flatMap((one, index) => {
    const count = (times.get(one) ?? 0) + 1;
    times.set(one, count);
    return count === 2 ? [index] : [];
  });
}
