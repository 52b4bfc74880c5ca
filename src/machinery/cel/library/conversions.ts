import { parseGoBool } from "../../go-bool.ts";
import { type Type, typeText } from "../check/types.ts";
import { doubleText, durationText, parseDuration, parseTimestamp, splitNanos, timestampText } from "../values/text.ts";
import { runtimeType } from "../values/types-of.ts";
import { Duration, Failure, Timestamp, TypeValue, UInt, type Value } from "../values/value.ts";
import { duration, int, timestamp, timestampOfSeconds, uint } from "./arithmetic.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const intOverflow = new Failure("integer overflow");
const uintOverflow = new Failure("unsigned integer overflow");

function cannot(value: Value, to: string): Failure {
  return new Failure(`type conversion error from '${typeName(runtimeType(value))}' to '${to}'`);
}

/** The name as conversion errors show it. */
function typeName(type: Type): string {
  return type.kind === "duration" || type.kind === "timestamp" ? type.name : typeText({ ...type, params: [] });
}

export function toBool(value: Value): Value {
  if (typeof value === "boolean") return value;
  const read = typeof value === "string" ? parseGoBool(value) : undefined;
  return read ?? cannot(value, "bool");
}

export function toBytes(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? encoder.encode(value) : cannot(value, "bytes");
}

export function toDouble(value: Value): Value {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof UInt) return Number(value.value);
  return (typeof value === "string" ? parseDouble(value) : undefined) ?? cannot(value, "double");
}

const decimal = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;

function parseDouble(text: string): number | undefined {
  const named = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (named) return named[2] ? (named[1] === "-" ? -Infinity : Infinity) : named[1] === "" ? NaN : undefined;
  if (decimal.test(text)) {
    const value = Number(text.replaceAll("_", ""));
    return Number.isFinite(value) ? value : undefined;
  }
  const hex = hexadecimal.exec(text);
  if (!hex) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = hex;
  if (whole + fraction === "") return undefined;
  const mantissa = Number.parseInt(whole + fraction, 16);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

export function toDuration(value: Value): Value {
  if (value instanceof Duration) return value;
  if (typeof value === "string") {
    const nanos = parseDuration(value);
    if (nanos !== undefined) return duration(nanos);
  }
  return cannot(value, "google.protobuf.Duration");
}

export function toTimestamp(value: Value): Value {
  if (value instanceof Timestamp) return value;
  if (typeof value === "bigint") return timestampOfSeconds(value);
  if (typeof value === "string") {
    const nanos = parseTimestamp(value);
    if (nanos !== undefined) return timestamp(nanos);
  }
  return cannot(value, "google.protobuf.Timestamp");
}

export function toInt(value: Value): Value {
  if (typeof value === "bigint") return value;
  if (value instanceof UInt) return int(value.value);
  if (value instanceof Duration) return value.nanos;
  if (value instanceof Timestamp) return splitNanos(value.nanos).seconds;
  if (typeof value === "number") {
    if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) return intOverflow;
    return BigInt(Math.trunc(value));
  }
  if (typeof value === "string" && /^[+-]?\d+$/.test(value)) {
    const parsed = BigInt(value.replace("+", ""));
    if (BigInt.asIntN(64, parsed) === parsed) return parsed;
  }
  return cannot(value, "int");
}

export function toUint(value: Value): Value {
  if (value instanceof UInt) return value;
  if (typeof value === "bigint") return uint(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) return uintOverflow;
    return new UInt(BigInt(Math.trunc(value)));
  }
  if (typeof value === "string" && /^\d+$/.test(value)) {
    const parsed = BigInt(value);
    if (BigInt.asUintN(64, parsed) === parsed) return new UInt(parsed);
  }
  return cannot(value, "uint");
}

export function toText(value: Value): Value {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return doubleText(value, 6);
  if (value instanceof UInt) return String(value.value);
  if (value instanceof Duration) return durationText(value.nanos);
  if (value instanceof Timestamp) return timestampText(value.nanos);
  if (value instanceof TypeValue) return value.type.name;
  if (value === null) return "null";
  if (value instanceof Uint8Array) {
    try {
      return decoder.decode(value);
    } catch {
      return new Failure("invalid UTF-8 in bytes, cannot convert to string");
    }
  }
  return cannot(value, "string");
}
