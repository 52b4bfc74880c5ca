import { MadeObject } from "../../../machinery/cel/library/mutations.ts";
import { splitNanos } from "../../../machinery/cel/values/text.ts";
import { Duration, EntriesMap, ListValue, MapValue, Timestamp, UInt, type Value } from "../../../machinery/cel/values/value.ts";
import type { ValueShape } from "../../../machinery/managed-fields/value-shape.ts";

/** How upstream's messages print a value that JSON has no form for. */
interface Foreign {
  plain: string;
  syntax: string;
  type: string;
}

/** Of a configuration that an expression made, the first value that no field takes, as no JSON is like it; undefined: none. */
export function foreignProblem(value: Value, shape: ValueShape, path: string): string | undefined {
  if (value instanceof MadeObject) return first(value.fields, (name) => shape.map?.field(name) ?? shape.map?.element, path);
  if (value instanceof MapValue) {
    const entries = Array.from(value.keys(), (key) => [String(key), value.find(key) as Value] as const);
    return first(entries, (name) => shape.map?.field(name) ?? shape.map?.element, path);
  }
  if (value instanceof ListValue) {
    const made = shape.list?.kind === "map" ? [...value].findIndex((one) => one instanceof EntriesMap) : -1;
    if (made >= 0) return `${path}: element ${made}: associative list with keys may not have non-map elements`;
    const entries = Array.from(value, (one, index) => [`[${index}]`, one] as const);
    return first(entries, () => shape.list?.element, path);
  }
  const foreign = foreignOf(value);
  if (!foreign) return undefined;
  const { scalar, list, map } = shape;
  if (map) return `${path}: expected map, got &{${foreign.plain}}`;
  switch (scalar) {
    case "numeric":
      return value instanceof Duration ? undefined : `${path}: expected numeric (int or float), got ${foreign.type}`;
    case "string":
      return `${path}: expected string, got &value.valueUnstructured{Value:${foreign.syntax}}`;
    case "boolean":
      return `${path}: expected boolean, got &{${foreign.plain}}`;
    case "any":
      return value instanceof Duration ? undefined : `${path}: expected any scalar, got &{${foreign.plain}}`;
    default:
      return list && `${path}: expected list, got &{${foreign.plain}}`;
  }
}

function first(
  entries: Iterable<readonly [string, Value]>,
  shapeOf: (name: string) => ValueShape | undefined,
  path: string,
): string | undefined {
  for (const [name, value] of entries) {
    const shape = shapeOf(name);
    const problem = shape && foreignProblem(value, shape, name.startsWith("[") ? path + name : `${path}.${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function foreignOf(value: Value): Foreign | undefined {
  if (value === null) return { plain: "NULL_VALUE", syntax: "0", type: "structpb.NullValue" };
  if (value instanceof UInt) return { plain: String(value.value), syntax: `0x${value.value.toString(16)}`, type: "uint64" };
  if (value instanceof Duration) return { plain: String(value.nanos), syntax: String(value.nanos), type: "time.Duration" };
  if (value instanceof Uint8Array) {
    const bytes = Array.from(value, (byte) => `0x${byte.toString(16)}`);
    return { plain: `[${value.join(" ")}]`, syntax: `[]uint8{${bytes.join(", ")}}`, type: "[]uint8" };
  }
  if (value instanceof Timestamp) {
    const { seconds } = splitNanos(value.nanos);
    const text = `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
    return { plain: text, syntax: text, type: "time.Time" };
  }
  return undefined;
}
