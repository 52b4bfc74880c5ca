import { contains, equal, failureOf, isComparable, noOverload, order } from "../values/compare.ts";
import { runtimeType } from "../values/types-of.ts";
import { ArrayList, Duration, EntriesMap, Failure, ListValue, type MapValue, none, Optional, UInt, type Value } from "../values/value.ts";
import { add } from "./arithmetic.ts";

function isSorted(list: ListValue): Value {
  let previous: Value | undefined;
  for (const one of list) {
    if (!isComparable(one)) return failureOf(one);
    if (previous !== undefined && order(previous, one) === 1) return false;
    previous = one;
  }
  return true;
}

function sum(zero: Value): (list: ListValue) => Value {
  return (list) => {
    let total = zero;
    for (const one of list) {
      const next = add(total, one);
      if (next === undefined || next instanceof Failure) return next ?? noOverload;
      total = next;
    }
    return total;
  };
}

/** The first of the smallest (-1) or largest (1) elements. */
function extreme(name: string, wanted: -1 | 1): (list: ListValue) => Value {
  return (list) => {
    let best: Value | undefined;
    for (const one of list) {
      if (!isComparable(one)) return failureOf(one);
      if (best === undefined || order(one, best) === wanted) best = one;
    }
    return best === undefined ? new Failure(`${name} called on empty list`) : best;
  };
}

function indexOf(list: ListValue, wanted: Value): Value {
  for (let index = 0; index < list.size; index++) if (equal(list.at(index), wanted) === true) return BigInt(index);
  return -1n;
}

function lastIndexOf(list: ListValue, wanted: Value): Value {
  for (let index = list.size - 1; index >= 0; index--) if (equal(list.at(index), wanted) === true) return BigInt(index);
  return -1n;
}

function slice(list: ListValue, start: bigint, end: bigint): Value {
  const cannot = (why: string) => new Failure(`cannot slice(${start}, ${end}), ${why}`);
  if (start < 0n || end < 0n) return cannot("negative indexes not supported");
  if (start > end) return cannot("start index must be less than or equal to end index");
  if (BigInt(list.size) < end) return cannot(`list is length ${list.size}`);
  return new ArrayList([...list].slice(Number(start), Number(end)));
}

function flatten(list: ListValue, depth: bigint): Value[] {
  const flat: Value[] = [];
  for (const one of list) {
    if (one instanceof ListValue && depth > 0n) flat.push(...flatten(one, depth - 1n));
    else flat.push(one);
  }
  return flat;
}

/** The elements in the order of their keys. */
function sortBy(list: ListValue, keys: ListValue): Value {
  if (list.size !== keys.size) {
    return new Failure(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`,
    );
  }
  if (list.size === 0) return list;
  const all = [...keys];
  const first = all[0] as Value;
  if (!isComparable(first)) return new Failure("list elements must be comparable");
  const { name } = runtimeType(first);
  if (list.size > 1 && all.some((key) => runtimeType(key).name !== name)) return new Failure("list elements must have the same type");
  const places = all.map((_, index) => index);
  places.sort((a, b) => {
    const compared = order(all[a] as Value, all[b] as Value);
    return typeof compared === "number" ? compared : 0;
  });
  return new ArrayList(places.map((place) => list.at(place)));
}

export function sortWithKeys(list: Value, keys: Value): Value | undefined {
  return list instanceof ListValue && keys instanceof ListValue ? sortBy(list, keys) : undefined;
}

function distinct(list: ListValue): Value {
  const unique: Value[] = [];
  const texts = new Set<string>();
  for (const one of list) {
    if (typeof one === "string") {
      if (texts.has(one)) continue;
      texts.add(one);
    } else if (unique.some((other) => equal(one, other) === true)) continue;
    unique.push(one);
  }
  return new ArrayList(unique);
}

const maxRange = 1_000_000n;

function range(count: bigint): Value {
  // What is longer would have gone beyond every limit of cost.
  if (count > maxRange) return new Failure("operation cancelled: actual cost limit exceeded");
  return new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)));
}

function setContains(list: ListValue, sublist: ListValue): Value {
  for (const one of sublist) {
    const found = contains(list, one);
    if (found !== true) return found;
  }
  return true;
}

function intersects(a: ListValue, b: ListValue): Value {
  for (const one of a) if (contains(b, one) === true) return true;
  return false;
}

function unwrap(list: ListValue): Value {
  const values: Value[] = [];
  for (const one of list) {
    if (!(one instanceof Optional)) return new Failure(`value ${String(one)} is not optional`);
    if (one.value !== undefined) values.push(one.value);
  }
  return new ArrayList(values);
}

function insert(map: MapValue, key: Value, value: Value): Value {
  if (map.find(key) !== undefined) return new Failure(`insert failed: key ${shownKey(key)} already exists`);
  if (map instanceof EntriesMap) return map.with(key, value);
  return EntriesMap.of([...pairs(map), [key, value]]);
}

function shownKey(key: Value): string {
  return key instanceof UInt ? String(key.value) : String(key);
}

function pairs(map: MapValue): [Value, Value][] {
  return [...map.keys()].map((key) => [key, map.find(key) as Value]);
}

function insertAll(map: MapValue, other: MapValue): Value {
  let result: Value = map;
  for (const [key, value] of pairs(other)) {
    result = insert(result as MapValue, key, value);
    if (result instanceof Failure) return result;
  }
  return result;
}

const comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];
const zeros: readonly [string, Value][] = [
  ["int", 0n],
  ["uint", new UInt(0n)],
  ["double", 0],
  ["duration", new Duration(0n)],
];

const forAll = (id: (type: string) => string, implementation: (list: ListValue) => Value) =>
  Object.fromEntries(comparable.map((type) => [id(type), implementation]));

export const listFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  ...forAll((type) => `list_${type}_is_sorted_bool`, isSorted),
  ...forAll((type) => `list_${type}_min_${type}`, extreme("min", -1)),
  ...forAll((type) => `list_${type}_max_${type}`, extreme("max", 1)),
  ...Object.fromEntries(zeros.map(([type, zero]) => [`list_${type}_sum_${type}`, sum(zero)])),
  list_a_index_of_int: indexOf,
  list_a_last_index_of_int: lastIndexOf,
  list_slice: slice,
  list_flatten: (list: ListValue) => new ArrayList(flatten(list, 1n)),
  list_flatten_int: (list: ListValue, depth: bigint) =>
    depth < 0n ? new Failure("level must be non-negative") : new ArrayList(flatten(list, depth)),
  list_reverse: (list: ListValue) => new ArrayList([...list].reverse()),
  list_distinct: distinct,
  list_first: (list: ListValue) => (list.size === 0 ? none : new Optional(list.at(0))),
  list_last: (list: ListValue) => (list.size === 0 ? none : new Optional(list.at(list.size - 1))),
  lists_range: range,
  list_sets_contains_list: setContains,
  list_sets_intersects_list: intersects,
  list_sets_equivalent_list: (a: ListValue, b: ListValue) => {
    const contained = setContains(a, b);
    return contained === true ? setContains(b, a) : contained;
  },
  optional_unwrap: unwrap,
  optional_unwrapOpt: unwrap,
  "@mapInsert_map_key_value": insert,
  "@mapInsert_map_map": insertAll,
};
