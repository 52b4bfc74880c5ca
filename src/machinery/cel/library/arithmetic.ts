import { failureOf, noOverload } from "../values/compare.ts";
import { splitNanos } from "../values/text.ts";
import { Duration, Failure, ListValue, nanosPerSecond, Timestamp, UInt, type Value } from "../values/value.ts";

const intOverflow = new Failure("integer overflow");
const uintOverflow = new Failure("unsigned integer overflow");
const durationOverflow = new Failure("duration overflow");
const timestampOverflow = new Failure("timestamp overflow");
const divisionByZero = new Failure("division by zero");
const modulusByZero = new Failure("modulus by zero");

/** From the year 1 to 9999. */
const minSeconds = -62135596800n;
const maxSeconds = 253402300799n;

export function int(value: bigint): bigint | Failure {
  return BigInt.asIntN(64, value) === value ? value : intOverflow;
}

export function uint(value: bigint): UInt | Failure {
  return BigInt.asUintN(64, value) === value ? new UInt(value) : uintOverflow;
}

export function duration(nanos: bigint): Duration | Failure {
  return BigInt.asIntN(64, nanos) === nanos ? new Duration(nanos) : durationOverflow;
}

export function timestamp(nanos: bigint): Timestamp | Failure {
  const { seconds } = splitNanos(nanos);
  return seconds < minSeconds || seconds > maxSeconds ? timestampOverflow : new Timestamp(nanos);
}

export function timestampOfSeconds(seconds: bigint): Timestamp | Failure {
  return timestamp(seconds * nanosPerSecond);
}

/** Undefined where the left operand can't be added to at all. */
export function add(a: Value, b: Value): Value | undefined {
  if (typeof a === "bigint") return typeof b === "bigint" ? int(a + b) : failureOf(b);
  if (typeof a === "string") return typeof b === "string" ? a + b : failureOf(b);
  if (typeof a === "number") return typeof b === "number" ? a + b : failureOf(b);
  if (a instanceof ListValue) return b instanceof ListValue ? a.plus(b) : failureOf(b);
  if (a instanceof UInt) return b instanceof UInt ? uint(a.value + b.value) : failureOf(b);
  if (a instanceof Timestamp) return b instanceof Duration ? timestamp(a.nanos + b.nanos) : failureOf(b);
  if (a instanceof Duration) {
    if (b instanceof Duration) return duration(a.nanos + b.nanos);
    return b instanceof Timestamp ? timestamp(a.nanos + b.nanos) : failureOf(b);
  }
  if (a instanceof Uint8Array) {
    if (!(b instanceof Uint8Array)) return failureOf(b);
    const joined = new Uint8Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  }
  return undefined;
}

export function subtract(a: Value, b: Value): Value | undefined {
  if (typeof a === "bigint") return typeof b === "bigint" ? int(a - b) : failureOf(b);
  if (typeof a === "number") return typeof b === "number" ? a - b : failureOf(b);
  if (a instanceof UInt) return b instanceof UInt ? uint(a.value - b.value) : failureOf(b);
  if (a instanceof Duration) return b instanceof Duration ? duration(a.nanos - b.nanos) : failureOf(b);
  if (a instanceof Timestamp) {
    if (b instanceof Duration) return timestamp(a.nanos - b.nanos);
    return b instanceof Timestamp ? duration(a.nanos - b.nanos) : failureOf(b);
  }
  return undefined;
}

export function multiply(a: Value, b: Value): Value | undefined {
  if (typeof a === "bigint") return typeof b === "bigint" ? int(a * b) : failureOf(b);
  if (typeof a === "number") return typeof b === "number" ? a * b : failureOf(b);
  if (a instanceof UInt) return b instanceof UInt ? uint(a.value * b.value) : failureOf(b);
  return undefined;
}

export function divide(a: Value, b: Value): Value | undefined {
  if (typeof a === "bigint") return typeof b !== "bigint" ? failureOf(b) : b === 0n ? divisionByZero : int(a / b);
  if (typeof a === "number") return typeof b === "number" ? a / b : failureOf(b);
  if (a instanceof UInt) return !(b instanceof UInt) ? failureOf(b) : b.value === 0n ? divisionByZero : uint(a.value / b.value);
  return undefined;
}

const minInt = -(2n ** 63n);

export function modulo(a: Value, b: Value): Value | undefined {
  if (typeof a === "bigint") {
    if (typeof b !== "bigint") return failureOf(b);
    if (b === 0n) return modulusByZero;
    return a === minInt && b === -1n ? intOverflow : a % b;
  }
  if (a instanceof UInt) return !(b instanceof UInt) ? failureOf(b) : b.value === 0n ? modulusByZero : uint(a.value % b.value);
  return undefined;
}

export function negate(a: Value): Value | undefined {
  if (typeof a === "bigint") return int(-a);
  if (typeof a === "number") return -a;
  if (a instanceof Duration) return duration(-a.nanos);
  return typeof a === "boolean" ? noOverload : undefined;
}
