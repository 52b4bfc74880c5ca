import { badRequest, StatusError } from "../errors.ts";
import { setField } from "../object.ts";
import { decodedKind, formatAsGo, formatAsGoText, goType, isList, isMap, type JsonMap } from "./json-values.ts";
import { hasKey, mergedOrder, type Order } from "./list-order.ts";
import type { PatchField, PatchSchema } from "./patch-schema.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const deletePrefix = "$deleteFromPrimitiveList";
const orderPrefix = "$setElementOrder";

/** Checks what a request sent as a strategic merge patch. Throws the 400 `StatusError`. */
export function decodeStrategicMergePatch(patch: unknown): JsonMap {
  if (patch === null) return {};
  if (!isMap(patch)) throw badRequest(`json: cannot unmarshal ${decodedKind(patch)} into Go value of type map[string]interface {}`);
  return patch;
}

/**
 * Applies a strategic merge patch to an object of a built-in kind. Changes neither; what the patch doesn't touch is shared
 * with the original. Throws `StatusError`: 400 for directives that are not what they should be, and, as upstream, 500 for patches
 * that don't fit the type.
 */
export function applyStrategicMergePatch(original: JsonMap, patch: JsonMap, schema: PatchSchema): JsonMap {
  return mergeMaps(original, patch, schema);
}

/** Custom resources have no patch schema. Upstream answers 415 before it comes to this. */
export const unsupportedPatchText = "strategic merge patch format is not supported";

function mergeMaps(original: JsonMap, patch: JsonMap, schema: PatchSchema | undefined): JsonMap {
  if (Object.hasOwn(patch, directive)) return replaceOrDelete(patch);
  const result = new MapInProgress(original);
  retain(result, patch);
  const done = applyOrders(result, patch, schema);
  for (const name of Object.keys(patch)) {
    if (name === retainKeys || done.has(name)) continue;
    const change = patch[name];
    const deletes = name.startsWith(deletePrefix);
    const key = deletes ? afterPrefix(name, deletePrefix, "invalid patch format of primitive list") : name;
    if (change === null) {
      result.remove(key);
      continue;
    }
    const current = result.get(key);
    if (current === undefined || goType(current) !== goType(change)) {
      if (!deletes) result.setOrRemove(key, cleaned(change));
    } else if (isMap(current) && isMap(change)) {
      const field = fieldOf(schema, key);
      result.set(key, field.strategy === "replace" ? change : mergeMaps(current, change, field.type));
    } else if (isList(current) && isList(change)) {
      const field = fieldOf(schema, key);
      const merges = deletes || field.strategy === "merge";
      result.set(key, merges ? mergeLists(current, change, field, deletes) : change);
    } else result.set(key, change);
  }
  return result.finish();
}

/** A map that is copied on its first change. */
class MapInProgress {
  readonly #original: JsonMap;
  #copy: Record<string, unknown> | undefined;

  constructor(original: JsonMap) {
    this.#original = original;
  }

  get(key: string): unknown {
    const map = this.#copy ?? this.#original;
    return Object.hasOwn(map, key) ? map[key] : undefined;
  }

  keys(): string[] {
    return Object.keys(this.#copy ?? this.#original);
  }

  set(key: string, value: unknown): void {
    if (this.get(key) === value) return;
    this.#copy ??= { ...this.#original };
    setField(this.#copy, key, value);
  }

  setOrRemove(key: string, value: unknown): void {
    if (value === undefined) this.remove(key);
    else this.set(key, value);
  }

  remove(key: string): void {
    if (this.get(key) === undefined) return;
    this.#copy ??= { ...this.#original };
    delete this.#copy[key];
  }

  finish(): JsonMap {
    return this.#copy ?? this.#original;
  }
}

function replaceOrDelete(patch: JsonMap): JsonMap {
  const { [directive]: kind, ...rest } = patch;
  if (kind === "replace") return rest;
  if (kind === "delete") return {};
  throw unknownDirective(patch);
}

/** `$retainKeys`: of the fields, only the listed ones stay; the patch may set no others. */
function retain(result: MapInProgress, patch: JsonMap): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const kept = patch[retainKeys];
  if (!isList(kept)) throw badRequest("invalid patch format of retainKeys");
  for (const key of Object.keys(patch)) {
    if (key === retainKeys || patch[key] === null || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)) continue;
    if (!kept.includes(key)) throw badRequest("invalid patch format of retainKeys");
  }
  for (const key of result.keys()) if (!kept.includes(key)) result.remove(key);
}

/** `$setElementOrder/LIST`: merges the list, then puts it in order. Gives the names of the patch that are done with. */
function applyOrders(result: MapInProgress, patch: JsonMap, schema: PatchSchema | undefined): Set<string> {
  const done = new Set<string>();
  for (const name of Object.keys(patch)) {
    if (!name.startsWith(orderPrefix)) continue;
    done.add(name);
    const order = patch[name];
    if (!isList(order)) throw unexpectedType([], order);
    const key = afterPrefix(name, orderPrefix, "invalid patch format of setElementOrder list");
    const current = result.get(key);
    const change = Object.hasOwn(patch, key) ? patch[key] : undefined;
    if (current !== undefined && !isList(current)) throw unexpectedType([], current);
    if (change !== undefined && !isList(change)) throw unexpectedType([], change);
    const field = fieldOf(schema, key);
    if (!field.isList) throw unfit("expected slice or array type, but got: struct");
    checkOrder(change ?? [], order, field.mergeKey);
    let merged: readonly unknown[];
    if (change === undefined) {
      if (current === undefined) continue;
      merged = current;
    } else if (current === undefined) merged = cleaned(change) as unknown[];
    else merged = field.strategy === "merge" ? mergeLists(current, change, field, false) : change;
    done.add(key);
    const itemsAre = itemType([current ?? [], change ?? []]);
    requireKeys([merged, order], field.mergeKey);
    result.set(key, sameItems(mergedOrder(merged, { by: order, was: current ?? [], ...itemOrder(field, itemsAre) }), current));
  }
  return done;
}

function itemOrder(field: PatchField, itemsAre: string): Pick<Order, "mergeKey"> {
  return { mergeKey: itemsAre.startsWith("map") ? field.mergeKey : "" };
}

/** Keeps the original list where the new one has the very same items. */
function sameItems(items: readonly unknown[], current: readonly unknown[] | undefined): readonly unknown[] {
  return current !== undefined && items.length === current.length && items.every((item, index) => item === current[index])
    ? current
    : items;
}

/** The items of the patch must come in the order of the directive's list, and all be in it. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (change.length === 0 || order.length === 0) return;
  const items = mergeKey === "" ? change : change.filter((item) => !(mapOf(item)[directive] === "delete"));
  let index = 0;
  let place = 0;
  while (index < items.length && place < order.length) {
    const item = items[index];
    if (isMap(item) && Object.hasOwn(item, directive)) {
      index++;
      continue;
    }
    if (mergeKey === "" ? item === order[place] : keyOf(item, mergeKey) === keyOf(order[place], mergeKey)) index++;
    place++;
  }
  if (index < items.length && place >= order.length) {
    throw unfit(`The order in patch list:\n${formatAsGo(change)}\n doesn't match ${orderPrefix} list:\n${formatAsGo(order)}\n`);
  }
}

function mergeLists(original: readonly unknown[], patch: readonly unknown[], field: PatchField, deletes: boolean): readonly unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (!itemType([original, patch]).startsWith("map")) {
    if (deletes) {
      const removed = new Set(patch);
      return sameItems(
        original.filter((item) => !removed.has(item)),
        original,
      );
    }
    return sameItems(mergedOrder([...new Set([...original, ...patch])], { by: patch, was: original, mergeKey: "" }), original);
  }
  const { mergeKey } = field;
  if (mergeKey === "") throw unfit(`cannot merge lists without merge key for ${field.type ? "struct" : "map"}`);
  const { base, items } = applyItemDirectives(original, patch as readonly JsonMap[], mergeKey);
  const merged: unknown[] = [...base];
  for (const item of items) {
    const value = keyOf(item, mergeKey);
    const place = merged.findIndex((other) => hasKey(mapOf(other), mergeKey, value));
    if (place < 0) merged.push(item);
    else merged[place] = mergeMaps(merged[place] as JsonMap, item, field.type);
  }
  requireKeys([merged], mergeKey);
  return sameItems(mergedOrder(merged, { by: items, was: base, mergeKey }), original);
}

/** Takes the items with `$patch` out of the patch: they delete an item, or replace the whole list. */
function applyItemDirectives(
  original: readonly unknown[],
  patch: readonly JsonMap[],
  mergeKey: string,
): { base: readonly unknown[]; items: readonly JsonMap[] } {
  let base = original;
  let replaces = false;
  const items: JsonMap[] = [];
  for (const item of patch) {
    if (!Object.hasOwn(item, directive)) {
      items.push(item);
      continue;
    }
    switch (item[directive]) {
      case "delete": {
        const value = keyOf(item, mergeKey);
        base = base.filter((other) => !hasKey(mapOf(other), mergeKey, value));
        break;
      }
      case "replace":
        replaces = true;
        break;
      case "merge":
        throw unfit("merging lists cannot yet be specified in the patch");
      default:
        throw unknownDirective(item);
    }
  }
  return replaces ? { base: items, items: [] } : { base, items };
}

/** A value that is new to the object: nulls in maps stand for nothing, maps with `$patch` are dropped (undefined). */
function cleaned(value: unknown): unknown {
  if (isList(value)) return value.map(cleaned).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (value[key] === null) continue;
    const kept = cleaned(value[key]);
    if (kept !== undefined) setField(result, key, kept);
  }
  return result;
}

/** The one type of the items of the lists. */
function itemType(lists: readonly (readonly unknown[])[]): string {
  let type: string | undefined;
  for (const list of lists) {
    for (const item of list) {
      const found = goType(item);
      if (type === undefined) {
        type = found;
        if (isList(item)) throw new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
      } else if (found !== type) throw unfit(`list element types are not identical: ${formatAsGo(lists)}`);
    }
  }
  if (type === undefined) throw unfit("no elements in any of the given slices");
  return type;
}

function fieldOf(schema: PatchSchema | undefined, name: string): PatchField {
  if (!schema) throw unfit("merging an object in json but data type is not struct, instead is: map");
  const field = schema.field(name);
  if (!field) throw unfit(`unable to find api field in struct ${schema.name} for the json field ${JSON.stringify(name)}`);
  return field;
}

function requireKeys(lists: readonly (readonly unknown[])[], mergeKey: string): void {
  if (mergeKey === "") return;
  for (const list of lists) for (const item of list) keyOf(item, mergeKey);
}

function keyOf(item: unknown, mergeKey: string): unknown {
  const map = mapOf(item);
  if (!Object.hasOwn(map, mergeKey)) throw unfit(`map: ${formatAsGo(item)} does not contain declared merge key: ${mergeKey}`);
  return map[mergeKey];
}

function mapOf(item: unknown): JsonMap {
  if (!isMap(item)) throw unexpectedType({}, item);
  return item;
}

function afterPrefix(name: string, prefix: string, problem: string): string {
  if (!name.startsWith(`${prefix}/`)) throw badRequest(problem);
  return name.slice(prefix.length + 1);
}

function unknownDirective(map: JsonMap): StatusError {
  return unfit(`unknown patch type: ${formatAsGoText(map[directive])} in map: ${formatAsGo(map)}`);
}

function unexpectedType(expected: unknown, actual: unknown): StatusError {
  return unfit(`expected a ${goType(expected)}, but received a ${goType(actual)}`);
}

/** What upstream hands on as an error of its own: a 500 without a reason. */
function unfit(message: string): StatusError {
  return new StatusError(500, "", message);
}
