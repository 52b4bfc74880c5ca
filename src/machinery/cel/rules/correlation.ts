import { exactJson } from "../../exact-json.ts";
import { deepEqual } from "../../object.ts";
import { itemsOf, propertyOf, type Schema, valuesOf } from "../schema/schema.ts";

type JSONObject = Readonly<Record<string, unknown>>;

export function isObject(data: unknown): data is JSONObject {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

/** The elements of a list by their keys; where a key is twice, the first. */
export class KeyedList {
  private readonly byKey = new Map<string, unknown>();
  private readonly keys: readonly string[];

  constructor(list: readonly unknown[], keys: readonly string[]) {
    this.keys = keys;
    for (const one of list) {
      const key = this.keyOf(one);
      if (key !== undefined && !this.byKey.has(key)) this.byKey.set(key, one);
    }
  }

  /** The element with the same keys; undefined where there is none, or `like` lacks one. */
  get(like: unknown): unknown {
    const key = this.keyOf(like);
    return key === undefined ? undefined : this.byKey.get(key);
  }

  private keyOf(one: unknown): string | undefined {
    if (!isObject(one)) return undefined;
    const values: unknown[] = [];
    for (const key of this.keys) {
      const value = Object.hasOwn(one, key) ? one[key] : undefined;
      if (value === undefined || value === null || typeof value === "object") return undefined;
      values.push(value);
    }
    return exactJson(values);
  }
}

/** The old elements of a list that has keys; of any other list none can be found. */
export function keyedListOf(schema: Schema, old: unknown): KeyedList | undefined {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (!Array.isArray(old) || schema["x-kubernetes-list-type"] !== "map" || keys.length === 0) return undefined;
  return new KeyedList(old, keys);
}

/** A value beside the one that it had before, as far as that can be told. */
export class Correlation {
  readonly value: unknown;
  readonly old: unknown;
  private readonly schema: Schema;
  private keyed: KeyedList | undefined;
  private same: boolean | undefined;

  constructor(value: unknown, old: unknown, schema: Schema) {
    this.value = value;
    this.old = old;
    this.schema = schema;
  }

  /** Undefined where there is nothing to compare with. */
  child(name: string): Correlation | undefined {
    if (!isObject(this.value) || !isObject(this.old)) return undefined;
    if (!Object.hasOwn(this.value, name) || !Object.hasOwn(this.old, name)) return undefined;
    const schema = propertyOf(this.schema, name) ?? valuesOf(this.schema);
    return schema && new Correlation(this.value[name], this.old[name], schema);
  }

  item(index: number): Correlation | undefined {
    const schema = itemsOf(this.schema);
    if (!schema || !Array.isArray(this.value)) return undefined;
    this.keyed ??= keyedListOf(this.schema, this.old);
    const old = this.keyed?.get(this.value[index]);
    return old === undefined ? undefined : new Correlation(this.value[index], old, schema);
  }

  /** Lists with keys count as the same whatever their order. */
  isUnchanged(): boolean {
    this.same ??= this.compare();
    return this.same;
  }

  private compare(): boolean {
    const { value, old } = this;
    if (value === null || value === undefined || old === null || old === undefined) return (value ?? null) === (old ?? null);
    if (Array.isArray(value) && Array.isArray(old)) {
      if (value.length !== old.length) return false;
      if (!keyedListOf(this.schema, old)) return deepEqual(value, old);
      return value.every((_, index) => this.item(index)?.isUnchanged() === true);
    }
    if (isObject(value) && isObject(old)) {
      const names = Object.keys(value);
      // A field that no schema describes can't be compared: such objects never count as unchanged.
      return names.length === Object.keys(old).length && names.every((name) => this.child(name)?.isUnchanged() === true);
    }
    return deepEqual(value, old);
  }
}
