import { exactInteger, exactNumber } from "../exact-json.ts";
import { setField } from "../object.ts";
import { canonicalQuantity } from "../quantity.ts";
import { base64Error } from "./base64.ts";
import { JsonNumber } from "./json-text.ts";
import { type FieldSchema, isCollection, showsNull, type TypeKind, type TypeSchema } from "./schema.ts";
import { canonicalMicroTime, canonicalTime, zeroTime } from "./time-text.ts";

export interface NormalizeOptions {
  /**
   * Add what upstream's JSON always shows: empty structs that aren't pointers (`status`, a container's `resources`) and the zero
   * values of required fields. Default true.
   */
  fill?: boolean;
  /** Leave empty lists and maps that a client sent where they are: `EmptyValues` takes them away later. Default false. */
  keepEmpty?: boolean;
  /** Complain of the first value that doesn't fit, of whatever type. Default false. */
  stopsAtMismatch?: boolean;
  /** Of the value's fields, those that have their canonical form already. */
  canonical?: ReadonlySet<unknown>;
  /** Integers that are too big lose their upper bits: the value isn't text any more, upstream converts it. Default false. */
  wraps?: boolean;
}

export interface Normalized {
  value: unknown;
  /** Texts of upstream's strict decoding, in document order: `unknown field "spec.foo"`. */
  unknown: string[];
  /** Whether there are empty lists or maps that `keepEmpty` left. */
  hasEmpty: boolean;
}

/** A value that the type can't hold, in the words of upstream's JSON decoder. */
export class DecodeError extends Error {
  /** The words of upstream's decoder for what isn't text any more, an applied configuration. */
  readonly plain: string;

  constructor(message: string, plain = message) {
    super(message);
    this.name = "DecodeError";
    this.plain = plain;
  }
}

type JsonObject = Record<string, unknown>;

/** Numbers below it that aren't safe come from clients in this process; texts make bigints of them. */
const int64Limit = 2 ** 63;
type Step = FieldSchema | string | number;

/** What one pass carries along: the path to where it is, for messages only. */
interface Pass {
  readonly unknown: string[];
  readonly fill: boolean;
  readonly keepEmpty: boolean;
  readonly wraps: boolean;
  hasEmpty: boolean;
  readonly steps: Step[];
  depth: number;
  /** Above zero inside values whose unknown fields upstream drops in silence. */
  lenient: number;
  /** The first complaint that decoding goes on after: one that ends it, of a type that reads itself, is told instead. */
  mismatch: DecodeError | undefined;
  readonly stopsAtMismatch: boolean;
  readonly canonical: ReadonlySet<unknown> | undefined;
}

/**
 * Makes a freshly parsed JSON or YAML value what upstream's decoding makes of it: unknown fields and nulls go, quantities and times
 * become canonical, zero values that JSON leaves out go. Changes `value` in place where it can; use the one that is returned.
 * Throws `DecodeError` where the value doesn't fit the type.
 */
export function normalize(type: TypeSchema, value: unknown, options: NormalizeOptions = {}): Normalized {
  const { fill = true, keepEmpty = false, wraps = false, stopsAtMismatch = false, canonical } = options;
  const pass: Pass = {
    unknown: [],
    fill,
    keepEmpty,
    wraps,
    hasEmpty: false,
    steps: [],
    depth: 0,
    lenient: 0,
    mismatch: undefined,
    stopsAtMismatch,
    canonical,
  };
  if (type.kind === "struct" && !isObject(value)) {
    throw new DecodeError(`json: cannot unmarshal ${jsonName(value)} into Go value of type ${type.goType}`);
  }
  const converted = convert(type, value, pass, type.goType);
  if (pass.mismatch) throw pass.mismatch;
  return { value: converted, unknown: pass.unknown, hasEmpty: pass.hasEmpty };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** The value in the form of the type; undefined when it stands for none. `goType` names the type in messages. */
function convert(type: TypeSchema, given: unknown, pass: Pass, goType: string): unknown {
  const value = given instanceof JsonNumber ? readNumber(type, given, pass, goType) : given;
  switch (type.kind) {
    case "string":
      if (typeof value !== "string") return noted(pass, mismatch(type.kind, value, pass, goType), given);
      return value;
    case "struct":
      if (!isObject(value)) return noted(pass, mismatch(type.kind, value, pass, goType), given);
      return convertStruct(type, value, pass);
    case "boolean":
      if (typeof value !== "boolean") return noted(pass, mismatch(type.kind, value, pass, goType), given);
      return value;
    case "int32":
      if (!(typeof value === "number" && Number.isInteger(value) && value >= -2147483648 && value <= 2147483647)) {
        if (pass.wraps && (Number.isInteger(value) || typeof value === "bigint")) return wrapped(value as number | bigint, 32);
        return noted(pass, mismatch(type.kind, value, pass, goType, true), given);
      }
      return value;
    case "int64":
      if (!(typeof value === "number" && Number.isInteger(value) && value >= -int64Limit && value < int64Limit)) {
        if (typeof value === "bigint") return value;
        if (pass.wraps && Number.isInteger(value)) return wrapped(value as number, 64);
        return noted(pass, mismatch(type.kind, value, pass, goType, true), given);
      }
      return value;
    case "list":
      if (!Array.isArray(value)) return noted(pass, mismatch(type.kind, value, pass, goType), given);
      return convertList(type, value, pass, goType);
    case "map":
      if (!isObject(value)) return noted(pass, mismatch(type.kind, value, pass, goType), given);
      return convertMap(type, value, pass, goType);
    case "quantity":
      return convertQuantity(value);
    case "time":
      if (typeof value !== "string") throw mismatch(type.kind, value, pass, "string");
      return orNone(canonicalTime(value));
    case "microTime":
      if (typeof value !== "string") throw mismatch(type.kind, value, pass, "string");
      return orNone(canonicalMicroTime(value));
    case "bytes": {
      if (Array.isArray(value)) {
        const odd = value.findIndex((byte) => byte !== null && !(Number.isInteger(byte) && byte >= 0 && byte < 256));
        if (odd >= 0) return noted(pass, mismatch(type.kind, value[odd], pass, "uint8", true), given);
        return btoa(String.fromCharCode(...value.map(Number)));
      }
      if (typeof value !== "string") return noted(pass, mismatch(type.kind, value, pass, goType), given);
      const complaint = base64Error(value);
      if (complaint !== undefined) return noted(pass, new DecodeError(complaint, `error decoding from json: ${complaint}`), given);
      const plain = value.includes("\n") || value.includes("\r") ? value.replace(/[\r\n]/g, "") : value;
      // The last character may hold bits that no byte has.
      return plain.endsWith("=") ? plain.slice(0, -4) + btoa(atob(plain.slice(-4))) : plain;
    }
    case "intOrString":
      if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2147483647))
        return value;
      throw mismatch(type.kind, value, pass, "int32", true);
    case "double":
      if (typeof value === "bigint") return Number(value);
      if (typeof value !== "number") return noted(pass, mismatch(type.kind, value, pass, goType), given);
      return value;
    case "duration":
      if (typeof value !== "string") throw mismatch(type.kind, value, pass, "string");
      return value;
    case "rawExtension":
    case "fieldsV1":
    case "json":
      return plainNumbers(value);
    case "schemaOrBool":
      if (typeof value === "boolean") return value;
      if (!isObject(value)) throw new DecodeError("boolean or JSON schema expected");
      return convertLeniently(type.schemaProps, value, pass);
    case "schemaOrArray":
      if (isObject(value)) return convertLeniently(type.schemaProps, value, pass);
      return Array.isArray(value) ? value.map((item) => convertLeniently(type.schemaProps, item, pass)) : undefined;
    case "schemaOrStrings":
      if (isObject(value)) return convertLeniently(type.schemaProps, value, pass);
      return Array.isArray(value) ? value : undefined;
  }
}

/** As a 64-bit processor converts: what is out of range becomes the least of all, of which the lower bits are kept. */
function wrapped(value: number | bigint, bits: 32 | 64): number | bigint {
  const whole = value > -int64Limit && value < int64Limit ? BigInt(value) : BigInt(-int64Limit);
  return exactInteger(BigInt.asIntN(bits, whole));
}

/** Decoding goes on, to fail in the end. The value stays for those who tell of it. */
function noted(pass: Pass, error: DecodeError, value: unknown): unknown {
  if (pass.stopsAtMismatch) throw error;
  pass.mismatch ??= error;
  return value;
}

const integerKinds: ReadonlySet<string> = new Set(["int32", "int64", "intOrString"]);

/** What the type makes of a number that isn't plain. */
function readNumber(type: TypeSchema, number: JsonNumber, pass: Pass, goType: string): unknown {
  const { source } = number;
  if (!integerKinds.has(type.kind)) return type.kind === "quantity" ? source : Number(source);
  const isWhole = /^-?\d+$/.test(source);
  if (isWhole && BigInt(source) === BigInt.asIntN(type.kind === "int64" ? 64 : 32, BigInt(source))) return exactNumber(source);
  throw mismatch(type.kind, number, pass, type.kind === "intOrString" ? "int32" : goType, true);
}

/** Without the texts of numbers, for what has no type. */
function plainNumbers(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof JsonNumber) return exactNumber(value.source);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = plainNumbers(value[index]);
    return value;
  }
  const object = value as JsonObject;
  for (const key in object) if (typeof object[key] === "object") object[key] = plainNumbers(object[key]);
  return value;
}

function convertStruct(type: TypeSchema, value: JsonObject, pass: Pass): JsonObject {
  const fields = type.fields;
  const depth = pass.depth;
  const fill = pass.fill && pass.lenient === 0;
  let dropped = false;
  pass.depth = depth + 1;
  for (const key in value) {
    const field = fields.get(key);
    if (field === undefined) {
      if (pass.lenient === 0) pass.unknown.push(`unknown field ${JSON.stringify(pathText(pass, depth, key))}`);
      value[key] = undefined;
      dropped = true;
      continue;
    }
    const before = value[key];
    if (depth === 0 && pass.canonical?.has(before)) continue;
    if (before === null && fill && showsNull(field)) continue;
    pass.steps[depth] = field;
    const after = before === null || before === undefined ? undefined : convert(field.type, before, pass, field.goType);
    if (after === undefined || ((field.omitsZero || (fill && isCollection(field.type))) && isZero(after))) {
      if (pass.keepEmpty && isCollection(field.type) && after !== undefined) {
        pass.hasEmpty = true;
        if (after !== before) value[key] = after;
        continue;
      }
      value[key] = undefined;
      dropped = true;
    } else if (after !== before) value[key] = after;
  }
  pass.depth = depth;
  const result = dropped ? withoutDropped(value) : value;
  if (fill) fillStruct(type, result);
  return result;
}

/** A new object, since deleting from one would make each later read of it slow. */
function withoutDropped(value: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const key in value) {
    const field = value[key];
    if (field !== undefined) setField(kept, key, field);
  }
  return kept;
}

/** Adds to a struct's value, in place, what upstream's JSON always shows of its type. */
export function fillStruct(type: TypeSchema, value: JsonObject): void {
  for (const field of type.filled) {
    if (value[field.name] === undefined) value[field.name] = showsNull(field) ? null : zeroOf(field.type);
  }
}

/** What upstream's JSON shows of a value that was never set. */
function zeroOf(type: TypeSchema): unknown {
  switch (type.kind) {
    case "struct": {
      const value: JsonObject = {};
      fillStruct(type, value);
      return value;
    }
    case "string":
    case "bytes":
      return "";
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "double":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    case "list":
      return [];
    case "map":
      return {};
    default:
      return null;
  }
}

function isZero(value: unknown): boolean {
  if (typeof value !== "object") return value === "" || value === 0 || value === false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as JsonObject) return false;
  return true;
}

function convertList(type: TypeSchema, value: unknown[], pass: Pass, goType: string): unknown[] {
  const items = type.items as TypeSchema;
  const itemType = goType.startsWith("[]") ? goType.slice(2) : items.goType;
  const depth = pass.depth;
  pass.depth = depth + 1;
  for (let index = 0; index < value.length; index++) {
    const before = value[index];
    pass.steps[depth] = index;
    const after = before === null || before === undefined ? zeroOf(items) : convert(items, before, pass, itemType);
    if (after !== before) value[index] = after === undefined ? null : after;
  }
  pass.depth = depth;
  return value;
}

function convertMap(type: TypeSchema, value: JsonObject, pass: Pass, goType: string): JsonObject {
  const items = type.items as TypeSchema;
  const itemType = goType.startsWith("map[") ? goType.slice(goType.indexOf("]") + 1) : items.goType;
  const depth = pass.depth;
  pass.depth = depth + 1;
  for (const key in value) {
    const before = value[key];
    if (items.kind === "string" && typeof before === "string") continue;
    pass.steps[depth] = key;
    const isNone = before === null || before === undefined;
    // A list that isn't there is shown as such.
    const after = isNone ? (items.kind === "list" ? null : zeroOf(items)) : convert(items, before, pass, itemType);
    if (after !== before) value[key] = after === undefined ? null : after;
  }
  pass.depth = depth;
  return value;
}

function convertLeniently(type: TypeSchema, value: unknown, pass: Pass): unknown {
  const outer = pass.mismatch;
  pass.mismatch = undefined;
  pass.lenient++;
  const result = convert(type, value, pass, type.goType);
  pass.lenient--;
  // What reads itself ends decoding with any complaint.
  if (pass.mismatch) throw pass.mismatch;
  pass.mismatch = outer;
  return result;
}

function convertQuantity(value: unknown): string {
  return canonicalQuantity(
    typeof value === "string" ? value.trim() : typeof value === "number" || typeof value === "bigint" ? String(value) : " ",
  );
}

function orNone(time: string): string | undefined {
  return time === zeroTime ? undefined : time;
}

/** How upstream's decoder calls what it found. */
export function jsonName(value: unknown): string {
  if (value instanceof JsonNumber || typeof value === "bigint") return "number";
  return Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : value === null ? "null" : typeof value;
}

function mismatch(kind: TypeKind, value: unknown, pass: Pass, goType: string, showsNumber = false): DecodeError {
  const number = value instanceof JsonNumber ? value.source : value;
  const isNumber = typeof value === "number" || typeof value === "bigint" || value instanceof JsonNumber;
  const what = isNumber && showsNumber ? `number ${number}` : jsonName(value);
  const names: string[] = [];
  let last: FieldSchema | undefined;
  for (const step of pass.steps.slice(0, pass.depth)) {
    if (typeof step !== "object") continue;
    names.push(step.goPath);
    last = step;
  }
  const plain = `json: cannot unmarshal ${what} into Go value of type ${goType}`;
  const restored = restoreError(kind, value, goType) ?? plain;
  if (!last) return new DecodeError(plain, restored);
  const message = `json: cannot unmarshal ${what} into Go struct field ${last.structName}.${names.join(".")} of type ${goType}`;
  return new DecodeError(message, restored);
}

/** What upstream says of a value that isn't text any more; undefined for types that are read as text even then. */
function restoreError(kind: TypeKind, value: unknown, goType: string): string | undefined {
  const found = goKind(value);
  switch (kind) {
    case "struct":
      return `cannot restore struct from: ${found}`;
    case "map":
      return `cannot restore map from ${found}`;
    case "list":
    case "bytes":
      return `cannot restore slice from ${found}`;
    case "string":
      return found === "int64" ? `cannot convert int64 to ${goType}` : "unrecognized type: string";
    case "boolean":
      return "unrecognized type: bool";
    case "int32":
    case "int64":
      return found === "float64" ? `cannot convert float64 to ${kind}` : `unrecognized type: ${kind}`;
    case "double":
      return "unrecognized type: float64";
    default:
      return undefined;
  }
}

function goKind(value: unknown): string {
  if (value instanceof JsonNumber) return /^-?\d+$/.test(value.source) ? "int64" : "float64";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < int64Limit ? "int64" : "float64";
  if (Array.isArray(value)) return "slice";
  return typeof value === "boolean" ? "bool" : typeof value === "object" ? "map" : typeof value;
}

/** `spec.containers[0].foo` */
function pathText(pass: Pass, depth: number, key: string): string {
  let text = "";
  for (const step of pass.steps.slice(0, depth)) {
    if (typeof step === "number") text += `[${step}]`;
    else text += `${text ? "." : ""}${typeof step === "string" ? step : step.name}`;
  }
  return text ? `${text}.${key}` : key;
}
