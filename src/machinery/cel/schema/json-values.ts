import { exactInteger } from "../../exact-json.ts";
import { base64OfBytes } from "../../schema/base64.ts";
import { durationText, timestampText } from "../values/text.ts";
import { ArrayList, Duration, ListValue, MapValue, Optional, Timestamp, UInt, type Value } from "../values/value.ts";

/** Data without a schema: whole numbers are ints. */
export function fromJSON(data: unknown): Value {
  switch (typeof data) {
    case "string":
    case "boolean":
      return data;
    case "number":
      return Number.isInteger(data) ? BigInt(data) : data;
    case "bigint":
      return data;
    default:
      break;
  }
  if (data === null || data === undefined) return null;
  return Array.isArray(data) ? new JSONList(data) : new JSONMap(data as Readonly<Record<string, unknown>>);
}

class JSONList extends ListValue {
  readonly data: readonly unknown[];
  constructor(data: readonly unknown[]) {
    super();
    this.data = data;
  }
  get size(): number {
    return this.data.length;
  }
  at(index: number): Value {
    return fromJSON(this.data[index]);
  }
  plus(other: ListValue): ListValue {
    if (this.size === 0) return other;
    return other.size === 0 ? this : new ArrayList([...this, ...other]);
  }
}

export class JSONMap extends MapValue {
  readonly data: Readonly<Record<string, unknown>>;
  constructor(data: Readonly<Record<string, unknown>>) {
    super();
    this.data = data;
  }
  get size(): number {
    return Object.keys(this.data).length;
  }
  keys(): string[] {
    return Object.keys(this.data);
  }
  find(key: Value): Value | undefined {
    return typeof key === "string" && Object.hasOwn(this.data, key) ? fromJSON(this.data[key]) : undefined;
  }
}

/** The data that a value stands for. */
export function toJSON(value: Value): unknown {
  if (value === null || typeof value !== "object") return typeof value === "bigint" ? exactInteger(value) : value;
  if ("data" in value) return value.data;
  if (value instanceof ListValue) return Array.from(value, toJSON);
  if (value instanceof MapValue)
    return Object.fromEntries([...value.keys()].map((key) => [String(toJSON(key)), toJSON(value.find(key) as Value)]));
  if (value instanceof UInt) return exactInteger(value.value);
  if (value instanceof Uint8Array) return base64OfBytes(value);
  if (value instanceof Timestamp) return timestampText(value.nanos);
  if (value instanceof Duration) return durationText(value.nanos);
  return value instanceof Optional && value.value !== undefined ? toJSON(value.value) : null;
}
