import { functions, type Overload } from "../check/declarations.ts";
import { contains, failureOf, noOverload, order } from "../values/compare.ts";
import { sizeOf } from "../values/text.ts";
import { fits, runtimeType } from "../values/types-of.ts";
import {
  Duration,
  Failure,
  ListValue,
  MapValue,
  none,
  ObjectValue,
  Optional,
  Timestamp,
  TypeValue,
  UInt,
  type Value,
} from "../values/value.ts";
import { addressFunctions, CIDRValue, IPValue } from "./addresses.ts";
import { add, divide, modulo, multiply, negate, subtract } from "./arithmetic.ts";
import { authorizerFunctions } from "./authorizer.ts";
import { toBool, toBytes, toDouble, toDuration, toInt, toText, toTimestamp, toUint } from "./conversions.ts";
import { listFunctions, sortWithKeys } from "./lists.ts";
import { formatFunctions } from "./named-formats.ts";
import { quantityFunctions } from "./quantities.ts";
import { Regexes, regexFunctions } from "./regexes.ts";
import { semverFunctions } from "./semvers.ts";
import { stringFunctions } from "./strings.ts";
import { timePart } from "./times.ts";
import { urlFunctions } from "./urls.ts";

export type Implementation = (args: readonly Value[]) => Value;
type Plain = (...args: never[]) => Value;

/** Told how long rules take to be compiled with a library, and the evaluations of what is: milliseconds. */
export interface EvaluationTimer {
  now(): number;
  compiled(milliseconds: number): void;
  took(milliseconds: number): void;
}

/** Runs functions. Holds compiled regular expressions, so one of these is shared by what runs often. */
export class FunctionLibrary {
  readonly timer: EvaluationTimer | undefined;
  private readonly regexes = new Regexes();
  /** By overload. */
  private readonly implementations: ReadonlyMap<string, Plain>;

  constructor(timer?: EvaluationTimer) {
    this.timer = timer;
    this.implementations = new Map(
      [
        stringFunctions,
        listFunctions,
        quantityFunctions,
        addressFunctions,
        urlFunctions,
        semverFunctions,
        formatFunctions,
        authorizerFunctions,
        regexFunctions(this.regexes),
        optionalFunctions,
        conversions,
        timeFunctions,
      ].flatMap((group) => Object.entries(group)),
    );
  }

  /** The implementation of a function for what the checker found of its overloads. */
  implementation(name: string, ids: readonly string[], count: number): Implementation {
    const singleton = this.singleton(name);
    if (singleton) {
      const missing = new Failure(`no such overload: ${name}`);
      return (args) => {
        const value = singleton(args);
        if (value !== undefined) return value;
        const [first] = args;
        return typeof first === "string" || first instanceof Timestamp || first instanceof Duration ? noOverload : missing;
      };
    }
    const overloads = (functions.get(name) ?? []).filter(({ args }) => args.length === count);
    const chosen = ids.length === 1 ? overloads.filter(({ id }) => id === ids[0]) : overloads;
    const candidates = chosen.map((overload) => ({ overload, run: this.implementations.get(overload.id) }));
    const guarded = !unguarded.has(name);
    return (args) => {
      for (const { overload, run } of candidates) {
        if (run && (!guarded || accepts(overload, args))) return (run as (...args: readonly Value[]) => Value)(...args);
      }
      return new Failure(`no such overload: ${name}(${args.map((arg) => runtimeType(arg).name).join(", ")})`);
    };
  }

  /** What has one implementation for all types of arguments; undefined results are calls that fit none. */
  private singleton(name: string): ((args: readonly Value[]) => Value | undefined) | undefined {
    if (name === "matches") return ([text, pattern]) => this.matches(text as Value, pattern as Value);
    return singletons.get(name);
  }

  private matches(text: Value, pattern: Value): Value | undefined {
    if (typeof text !== "string") return undefined;
    if (typeof pattern !== "string") return failureOf(pattern);
    const regex = this.regexes.compile(pattern);
    return regex instanceof Failure ? regex : regex.matcher(text).find();
  }
}

/** Functions whose implementations look at the types of their arguments themselves. */
const unguarded = new Set(["contains", "startsWith", "endsWith", "flatten"]);

function accepts({ args: types }: Overload, args: readonly Value[]): boolean {
  return args.every((arg, index) => fits(arg, types[index] as (typeof types)[number]));
}

function binary(operate: (a: Value, b: Value) => Value | undefined) {
  return ([a, b]: readonly Value[]) => operate(a as Value, b as Value);
}

function comparison(holds: (order: number) => boolean) {
  return ([a, b]: readonly Value[]): Value | undefined => {
    const compared = order(a as Value, b as Value);
    if (typeof compared === "number") return holds(compared);
    return compared === noOverload && isUnordered(a as Value) ? undefined : compared;
  };
}

const unordered = [ListValue, MapValue, ObjectValue, Optional, TypeValue];

/** What has no order at all, whatever it is compared with. */
function isUnordered(value: Value): boolean {
  return value === null || unordered.some((type) => value instanceof type);
}

function isIn([element, collection]: readonly Value[]): Value | undefined {
  if (collection instanceof ListValue) return contains(collection, element as Value);
  if (!(collection instanceof MapValue)) return failureOf(collection as Value);
  const found = collection.find(element as Value);
  return found instanceof Failure ? found : found !== undefined;
}

function size([value]: readonly Value[]): Value | undefined {
  if (typeof value === "string") return BigInt(sizeOf(value));
  if (value instanceof Uint8Array) return BigInt(value.length);
  if (value instanceof ListValue || value instanceof MapValue) return BigInt(value.size);
  if (value instanceof IPValue || value instanceof CIDRValue) return BigInt(value.costSize);
  return undefined;
}

const singletons: ReadonlyMap<string, (args: readonly Value[]) => Value | undefined> = new Map([
  ["_+_", binary(add)],
  ["_-_", binary(subtract)],
  ["_*_", binary(multiply)],
  ["_/_", binary(divide)],
  ["_%_", binary(modulo)],
  ["-_", ([value]) => negate(value as Value)],
  ["!_", ([value]) => (typeof value === "boolean" ? !value : failureOf(value as Value))],
  ["_<_", comparison((compared) => compared < 0)],
  ["_<=_", comparison((compared) => compared <= 0)],
  ["_>_", comparison((compared) => compared > 0)],
  ["_>=_", comparison((compared) => compared >= 0)],
  ["@in", isIn],
  ["in", isIn],
  ["_in_", isIn],
  ["size", size],
  ["type", ([value]) => new TypeValue(runtimeType(value as Value))],
  ["dyn", ([value]) => value],
  ["sort", ([list]) => sortWithKeys(list as Value, list as Value)],
  ["@sortByAssociatedKeys", ([list, keys]) => sortWithKeys(list as Value, keys as Value)],
]);

const optionalFunctions: Readonly<Record<string, Plain>> = {
  optional_of: (value: Value) => new Optional(value),
  optional_ofNonZeroValue: (value: Value) => (isZero(value) ? none : new Optional(value)),
  optional_none: () => none,
  optional_value: ({ value }: Optional) => value ?? (value === undefined ? new Failure("optional.none() dereference") : value),
  optional_hasValue: ({ value }: Optional) => value !== undefined,
};

const zeroTime = -62135596800n * 1_000_000_000n;

function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === "") return true;
  if (value instanceof UInt) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.nanos === zeroTime;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof ListValue || value instanceof MapValue) return value.size === 0 && value.neverZero !== true;
  return value instanceof ObjectValue && value.isZero?.() === true;
}

const identity = (value: Value): Value => value;

const conversions: Readonly<Record<string, Plain>> = {
  bool_to_bool: identity,
  string_to_bool: toBool,
  bytes_to_bytes: identity,
  string_to_bytes: toBytes,
  double_to_double: identity,
  int64_to_double: toDouble,
  string_to_double: toDouble,
  uint64_to_double: toDouble,
  duration_to_duration: identity,
  int64_to_duration: toDuration,
  string_to_duration: toDuration,
  int64_to_int64: identity,
  double_to_int64: toInt,
  duration_to_int64: toInt,
  string_to_int64: toInt,
  timestamp_to_int64: toInt,
  uint64_to_int64: toInt,
  string_to_string: identity,
  bool_to_string: toText,
  bytes_to_string: toText,
  double_to_string: toText,
  duration_to_string: toText,
  int64_to_string: toText,
  timestamp_to_string: toText,
  uint64_to_string: toText,
  timestamp_to_timestamp: identity,
  int64_to_timestamp: toTimestamp,
  string_to_timestamp: toTimestamp,
  uint64_to_uint64: identity,
  double_to_uint64: toUint,
  int64_to_uint64: toUint,
  string_to_uint64: toUint,
  contains_string: (text: Value, part: Value) => texts(text, part, (a, b) => a.includes(b)),
  starts_with_string: (text: Value, part: Value) => texts(text, part, (a, b) => a.startsWith(b)),
  ends_with_string: (text: Value, part: Value) => texts(text, part, (a, b) => a.endsWith(b)),
};

function texts(a: Value, b: Value, holds: (a: string, b: string) => boolean): Value {
  if (typeof a !== "string") return failureOf(a);
  return typeof b === "string" ? holds(a, b) : failureOf(b);
}

const timeFunctions: Readonly<Record<string, Plain>> = Object.fromEntries(
  [...functions]
    .filter(([name]) => /^get(?:FullYear|Month|DayOf|Date|Hours|Minutes|Seconds|Milliseconds)/.test(name))
    .flatMap(([name, overloads]) =>
      overloads.map(({ id }) => [id, (time: Timestamp | Duration, zone?: string) => timePart(name, time, zone)]),
    ),
);
