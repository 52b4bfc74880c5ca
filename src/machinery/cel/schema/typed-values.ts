import { exactJson } from "../../exact-json.ts";
import { deepEqual } from "../../object.ts";
import { bytesOfBase64 } from "../../schema/base64.ts";
import { dynType } from "../check/types.ts";
import { equal, noOverload } from "../values/compare.ts";
import { parseDuration, parseTimestamp } from "../values/text.ts";
import { Duration, Failure, ListValue, MapValue, ObjectValue, Timestamp, type Value } from "../values/value.ts";
import { escapeIdentifier, unescapeIdentifier } from "./identifiers.ts";
import { toJSON } from "./json-values.ts";
import { itemsOf, propertyOf, type Schema, valuesOf, withResourceFields } from "./schema.ts";

type JSONObject = Readonly<Record<string, unknown>>;

/** The value that expressions see of data which has this schema. What doesn't fit the schema is a failure. */
export function typedValue(data: unknown, schema: Schema): Value {
  if (data === null || data === undefined) {
    return schema.nullable ? null : new Failure("invalid data, got null for schema with nullable=false");
  }
  if (schema["x-kubernetes-int-or-string"]) {
    if (typeof data === "string") return data;
    if (isInteger(data)) return BigInt(data);
    return new Failure("invalid data, expected XIntOrString value to be either a string or integer");
  }
  switch (schema.type) {
    case "object":
      if (typeof data !== "object" || Array.isArray(data)) {
        return new Failure("invalid data, expected a map for the provided schema with type=object");
      }
      return new TypedMap(data as JSONObject, schema["x-kubernetes-embedded-resource"] ? withResourceFields(schema) : schema);
    case "array":
      return typedList(data, schema);
    case "string":
      return typeof data === "string" ? typedText(data, schema.format) : unfit("string", data);
    case "number":
      return typeof data === "number" ? data : typeof data === "bigint" ? Number(data) : unfit("float", data);
    case "integer":
      return isInteger(data) ? BigInt(data) : unfit("int", data);
    case "boolean":
      return typeof data === "boolean" ? data : unfit("bool", data);
    default:
      break;
  }
  if (schema["x-kubernetes-preserve-unknown-fields"]) return new PreservedValue(data);
  return new Failure(
    `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ""}`,
  );
}

function unfit(wanted: string, data: unknown): Failure {
  return new Failure(`invalid data, expected ${wanted}, got ${goType(data)}`);
}

function isInteger(data: unknown): data is number | bigint {
  return Number.isInteger(data) || typeof data === "bigint";
}

function goType(data: unknown): string {
  if (typeof data === "bigint") return "int64";
  if (typeof data === "string") return "string";
  if (typeof data === "boolean") return "bool";
  if (typeof data === "number") return Number.isInteger(data) ? "int64" : "float64";
  return Array.isArray(data) ? "[]interface {}" : "map[string]interface {}";
}

function typedText(text: string, format: string | undefined): Value {
  switch (format) {
    case "duration": {
      const nanos = parseDuration(text) ?? wordyDuration(text);
      return nanos === undefined ? new Failure(`Invalid duration ${text}: unable to parse ${text} as duration`) : new Duration(nanos);
    }
    case "date": {
      const nanos = /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined;
      return nanos === undefined ? new Failure(`Invalid date formatted string ${text}`) : new Timestamp(nanos);
    }
    case "date-time": {
      if (text === "") return new Timestamp(0n);
      const nanos = parseTimestamp(text) ?? parseTimestamp(`${text}Z`);
      return nanos === undefined ? new Failure(`Invalid date-time formatted string ${text}`) : new Timestamp(nanos);
    }
    case "byte":
      try {
        return bytesOfBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
      } catch {
        return new Failure(`Invalid byte formatted string ${text}: illegal base64 data`);
      }
    default:
      return text;
  }
}

const units: readonly [RegExp, bigint][] = [
  [/^(?:ns|nano)/, 1n],
  [/^(?:us|µs|micro)/, 1000n],
  [/^(?:ms|milli)/, 1_000_000n],
  [/^(?:s$|sec)/, 1_000_000_000n],
  [/^(?:m$|min)/, 60_000_000_000n],
  [/^(?:h$|hr|hour)/, 3_600_000_000_000n],
  [/^(?:d$|day)/, 86_400_000_000_000n],
  [/^(?:w$|wk|week)/, 604_800_000_000_000n],
];

/** Durations like `3 days`, which the format allows. */
function wordyDuration(text: string): bigint | undefined {
  let total: bigint | undefined;
  for (const [, count = "0", unit = ""] of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    const nanos = units.find(([name]) => name.test(unit.toLowerCase()))?.[1];
    if (nanos !== undefined) total = (total ?? 0n) + BigInt(count) * nanos;
  }
  return total;
}

function typedList(data: unknown, schema: Schema): Value {
  if (!Array.isArray(data)) return new Failure("invalid data, expected an array for the provided schema with type=array");
  const items = itemsOf(schema);
  if (!items) return new Failure("invalid array type, expected Items with a non-empty Schema");
  switch (schema["x-kubernetes-list-type"]) {
    case "map":
      return new TypedMapList(data, items, schema["x-kubernetes-list-map-keys"] ?? []);
    case "set":
      return new TypedSet(data, items);
    default:
      return new TypedList(data, items);
  }
}

class TypedList extends ListValue {
  readonly data: readonly unknown[];
  protected readonly items: Schema;
  override readonly comparesTyped = true;
  override readonly neverZero = true;
  private readonly values: (Value | undefined)[] = [];

  constructor(data: readonly unknown[], items: Schema) {
    super();
    this.data = data;
    this.items = items;
  }

  get size(): number {
    return this.data.length;
  }

  at(index: number): Value {
    const known = this.values[index];
    if (known !== undefined) return known;
    const value = typedValue(this.data[index], this.items);
    this.values[index] = value;
    return value;
  }

  plus(other: ListValue): ListValue {
    return new TypedList([...this.data, ...Array.from(other, toJSON)], this.items);
  }

  override equals(other: ListValue): Value {
    if (this.size !== other.size) return false;
    for (let index = 0; index < this.size; index++) {
      const same = equal(this.at(index), other.at(index));
      if (same !== true) return same;
    }
    return true;
  }
}

/** A list whose order doesn't matter, and in which nothing is twice. */
class TypedSet extends TypedList {
  override plus(other: ListValue): ListValue {
    const seen = new Set(this.data);
    const data = [...this.data];
    for (const one of other) {
      const plain = toJSON(one);
      if (seen.has(plain)) continue;
      seen.add(plain);
      data.push(plain);
    }
    return new TypedSet(data, this.items);
  }

  override equals(other: ListValue): Value {
    if (this.size !== other.size) return false;
    const own = new Set(this.data);
    return [...other].every((one) => own.has(toJSON(one)));
  }
}

/** A list of objects told apart by keys; their order doesn't matter. */
class TypedMapList extends TypedList {
  private readonly keys: readonly string[];
  constructor(data: readonly unknown[], items: Schema, keys: readonly string[]) {
    super(data, items);
    this.keys = keys;
  }

  private keyOf(one: unknown): string {
    // Upstream looks for the escaped names of keys in data that has the plain ones.
    return exactJson(this.keys.map((key) => (one as JSONObject | null)?.[escapeIdentifier(key) ?? key] ?? null));
  }

  override plus(other: ListValue): ListValue {
    const data = [...this.data];
    const places = new Map(data.map((one, index) => [this.keyOf(one), index]));
    for (const value of other) {
      const one = toJSON(value);
      const place = places.get(this.keyOf(one));
      if (place === undefined) data.push(one);
      else data[place] = one;
    }
    return new TypedMapList(data, this.items, this.keys);
  }

  override equals(other: ListValue): Value {
    if (this.size !== other.size) return false;
    const own = new Map(this.data.map((one) => [this.keyOf(one), one]));
    for (const value of other) {
      const key = this.keyOf(toJSON(value));
      if (!own.has(key)) return false;
      const same = equal(typedValue(own.get(key), this.items), value);
      if (same !== true) return same;
    }
    return true;
  }
}

/** An object with fields, or a map of values of one schema. */
class TypedMap extends MapValue {
  readonly data: JSONObject;
  private readonly schema: Schema;
  override readonly neverZero = true;
  constructor(data: JSONObject, schema: Schema) {
    super();
    this.data = data;
    this.schema = schema;
  }

  get size(): number {
    return Object.keys(this.data).length;
  }

  private schemaOf(name: string): Schema | undefined {
    return this.schema.properties || this.schema["x-kubernetes-embedded-resource"] ? propertyOf(this.schema, name) : valuesOf(this.schema);
  }

  *keys(): Generator<Value> {
    const isObject = this.schema.properties !== undefined;
    for (const name of Object.keys(this.data)) {
      if (this.schemaOf(name)) yield isObject ? (escapeIdentifier(name) ?? name) : name;
    }
  }

  find(key: Value): Value | undefined {
    if (typeof key !== "string") return key instanceof Failure ? key : noOverload;
    const isObject = this.schema.properties !== undefined;
    const name = isObject ? unescapeIdentifier(key) : key;
    if (name === undefined || !Object.hasOwn(this.data, name)) return undefined;
    const data = this.data[name];
    if (isObject && (data === null || data === undefined)) return undefined;
    const schema = this.schemaOf(name);
    return schema && typedValue(data, schema);
  }

  override equals(other: MapValue): Value {
    if (this.size !== other.size) return false;
    for (const [name, data] of Object.entries(this.data)) {
      if (this.schemaOf(name)) {
        const [mine, its] = [this.find(name), other.find(name)];
        if ((mine === undefined) !== (its === undefined)) return false;
        if (mine === undefined) continue;
        const same = equal(mine, its as Value);
        if (same !== true) return same;
      } else {
        if (!(other instanceof TypedMap)) return noOverload;
        if (Object.hasOwn(other.data, name) && !deepEqual(data, other.data[name])) return false;
      }
    }
    return true;
  }
}

/** Data that no schema describes: it can only be compared. */
class PreservedValue extends ObjectValue {
  readonly type = dynType;
  readonly data: unknown;
  constructor(data: unknown) {
    super();
    this.data = data;
  }
  equals(other: Value): Value {
    return deepEqual(this.data, other instanceof PreservedValue ? other.data : toJSON(other));
  }
}
