import type { Type } from "../check/types.ts";

/**
 * A value of an expression: int is a bigint, double a number; what plain JavaScript has no form for is a class. Errors are
 * values too: `&&`, `||` and the macros made of them can do without what failed.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | UInt
  | Timestamp
  | Duration
  | ListValue
  | MapValue
  | Optional
  | TypeValue
  | ObjectValue
  | Failure;

export class Failure {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

export class UInt {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

export const nanosPerSecond = 1_000_000_000n;

/** Nanoseconds since the epoch. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Optional {
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export const none = new Optional(undefined);

export class TypeValue {
  readonly type: Type;
  constructor(type: Type) {
    this.type = type;
  }
}

export abstract class ListValue {
  abstract readonly size: number;
  /** The index is within the size. */
  abstract at(index: number): Value;
  abstract plus(other: ListValue): Value;

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index);
  }

  equals?(other: ListValue): Value;
  /** An empty one of these is no zero value. */
  readonly neverZero?: boolean;
  /** Whether the elements, and not what is looked for, say whether they are equal. */
  readonly comparesTyped?: boolean;
}

/** A list that an expression made. */
export class ArrayList extends ListValue {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  at(index: number): Value {
    return this.items[index] as Value;
  }
  plus(other: ListValue): ListValue {
    if (this.size === 0) return other;
    if (other.size === 0) return this;
    return new ArrayList([...this.items, ...other]);
  }
}

export abstract class MapValue {
  abstract readonly size: number;
  abstract keys(): Iterable<Value>;
  /** Undefined where there is no such key. */
  abstract find(key: Value): Value | undefined;
  equals?(other: MapValue): Value;
  /** An empty one of these is no zero value. */
  readonly neverZero?: boolean;
}

export type PlainKey = boolean | bigint | string | number | null | object;

/** A map that an expression made. Numbers of all types that are equal are one key. */
export class EntriesMap extends MapValue {
  private readonly entries: ReadonlyMap<PlainKey, { key: Value; value: Value }>;
  constructor(entries: ReadonlyMap<PlainKey, { key: Value; value: Value }>) {
    super();
    this.entries = entries;
  }
  get size(): number {
    return this.entries.size;
  }
  *keys(): Generator<Value> {
    for (const { key } of this.entries.values()) yield key;
  }
  find(key: Value): Value | undefined {
    return this.entries.get(plainKey(key))?.value;
  }
  with(key: Value, value: Value): EntriesMap {
    return new EntriesMap(new Map(this.entries).set(plainKey(key), { key, value }));
  }
  static of(pairs: Iterable<readonly [Value, Value]>): EntriesMap {
    const entries = new Map<PlainKey, { key: Value; value: Value }>();
    for (const [key, value] of pairs) entries.set(plainKey(key), { key, value });
    return new EntriesMap(entries);
  }
}

/** What equal keys share. Keys of other types than the language has for keys equal only themselves. */
export function plainKey(key: Value): PlainKey {
  if (typeof key === "string" || typeof key === "boolean" || typeof key === "bigint") return key;
  if (key instanceof UInt) return key.value;
  if (typeof key === "number") return Number.isInteger(key) ? BigInt(key) : key;
  if (key instanceof Timestamp) return `timestamp ${key.nanos}`;
  return key instanceof Duration ? `duration ${key.nanos}` : key;
}

/** A value of a type that the language itself doesn't know: a quantity, an address, an object with fields. */
export abstract class ObjectValue {
  abstract readonly type: Type;
  /** An error where the types don't fit. */
  abstract equals(other: Value): Value;
  /** What the cost of a call counts; 1 where nothing else is said. */
  readonly costSize?: number;
  /** Undefined where there is no such field. */
  field?(name: string): Value | undefined;
  isZero?(): boolean;
  text?(): string;
}
