import { Duration, Failure, ListValue, MapValue, ObjectValue, Optional, Timestamp, TypeValue, UInt, type Value } from "./value.ts";

export const noOverload = new Failure("no such overload");

/** Whether the values are equal; a failure where their types can't be compared. */
export function equal(a: Value, b: Value): Value {
  if (a === b && typeof a !== "object") return true;
  if (a === null || b === null) return a === b;
  if (typeof a === "boolean" || typeof a === "string") return a === b;
  if (typeof a === "bigint" || typeof a === "number" || a instanceof UInt) return numericOrder(a, b) === 0;
  if (a instanceof ListValue) return listsEqual(a, b);
  if (a instanceof MapValue) return mapsEqual(a, b);
  if (a instanceof ObjectValue) return a.equals(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type.name === b.type.name;
  if (a instanceof Optional) {
    if (!(b instanceof Optional) || (a.value === undefined) !== (b.value === undefined)) return false;
    return a.value === undefined || equal(a.value, b.value as Value);
  }
  return a;
}

function listsEqual(a: ListValue, b: Value): Value {
  if (a.equals) return b instanceof ListValue ? a.equals(b) : noOverload;
  if (!(b instanceof ListValue) || a.size !== b.size) return false;
  for (let index = 0; index < a.size; index++) if (equal(a.at(index), b.at(index)) === false) return false;
  return true;
}

function mapsEqual(a: MapValue, b: Value): Value {
  if (a.equals) return b instanceof MapValue ? a.equals(b) : noOverload;
  if (!(b instanceof MapValue) || a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.find(key);
    if (other === undefined || equal(a.find(key) as Value, other) === false) return false;
  }
  return true;
}

/** -1, 0 or 1 of two numbers of any types; undefined where one is no number, or not comparable. */
function numericOrder(a: bigint | number | UInt, b: Value): number | undefined {
  const left = a instanceof UInt ? a.value : a;
  if (typeof b !== "bigint" && typeof b !== "number" && !(b instanceof UInt)) return undefined;
  const right = b instanceof UInt ? b.value : b;
  if (Number.isNaN(left) || Number.isNaN(right)) return undefined;
  if (typeof left === typeof right) return left < right ? -1 : left > right ? 1 : 0;
  return typeof left === "bigint" ? -doubleOrder(right as number, left) : doubleOrder(left, right as bigint);
}

/** An integer beside a double is compared as a double, as upstream does it. */
function doubleOrder(double: number, integer: bigint): number {
  const other = Number(integer);
  return double < other ? -1 : double > other ? 1 : 0;
}

/** -1, 0 or 1, or a failure where the values have no order. */
export function order(a: Value, b: Value): number | Failure {
  if (typeof a === "bigint" || typeof a === "number" || a instanceof UInt) {
    if (typeof b !== "bigint" && typeof b !== "number" && !(b instanceof UInt)) {
      return Number.isNaN(a) ? new Failure("NaN values cannot be ordered") : failureOf(b);
    }
    return numericOrder(a, b) ?? new Failure("NaN values cannot be ordered");
  }
  if (typeof a === "string") return typeof b === "string" ? compareText(a, b) : failureOf(b);
  if (typeof a === "boolean") return typeof b === "boolean" ? Number(a) - Number(b) : failureOf(b);
  if (a instanceof Timestamp) return b instanceof Timestamp ? compareBigints(a.nanos, b.nanos) : failureOf(b);
  if (a instanceof Duration) return b instanceof Duration ? compareBigints(a.nanos, b.nanos) : failureOf(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? compareBytes(a, b) : failureOf(b);
  return noOverload;
}

export function isComparable(value: Value): boolean {
  return (
    typeof value === "bigint" ||
    typeof value === "number" ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    value instanceof UInt ||
    value instanceof Timestamp ||
    value instanceof Duration ||
    value instanceof Uint8Array
  );
}

/** The failure itself, or that there is no such overload. */
export function failureOf(value: Value): Failure {
  return value instanceof Failure ? value : noOverload;
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code points, as UTF-8 sorts; UTF-16 would put surrogates before the end of the basic plane. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left === right) continue;
    const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    if (isHigh(left) !== isHigh(right)) return isHigh(left) ? 1 : -1;
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

/** Whether the list has an equal element; a comparison that fails counts as unequal, unless nothing else is found. */
export function contains(list: ListValue, element: Value): Value {
  let failure: Failure | undefined;
  const typed = list.equals !== undefined || list.comparesTyped === true;
  for (const one of list) {
    const same = typed ? equal(one, element) : equal(element, one);
    if (same === true) return true;
    if (typed && same instanceof Failure) failure ??= same;
  }
  return failure ?? false;
}
