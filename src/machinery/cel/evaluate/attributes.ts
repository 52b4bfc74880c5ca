import { noOverload } from "../values/compare.ts";
import { runtimeType } from "../values/types-of.ts";
import { Failure, ListValue, MapValue, none, ObjectValue, Optional, UInt, type Value } from "../values/value.ts";
import type { Frame, Step } from "./frame.ts";

/** A field or index, behind what it is looked up in. */
export interface Qualifier {
  key: Step;
  optional: boolean;
  testOnly: boolean;
}

/** What an attribute's qualifiers find. Each that is looked up costs 1. */
export function qualify(frame: Frame, base: Value, qualifiers: readonly Qualifier[]): Value {
  let value = base;
  let optional = false;
  if (value instanceof Optional) {
    if (value.value === undefined) return value;
    value = value.value;
    optional = true;
  }
  for (const qualifier of qualifiers) {
    if (value instanceof Failure) return value;
    if (qualifier.optional) optional = true;
    const key = qualifier.key(frame);
    if (key instanceof Failure) {
      if (!optional) frame.charge(1);
      return key;
    }
    const found = find(value, key, optional || qualifier.testOnly);
    if (found instanceof Failure || found !== undefined || qualifier.testOnly) frame.charge(1);
    if (found instanceof Failure) return found;
    if (qualifier.testOnly) {
      if (!optional) return found !== undefined;
      return found === undefined ? none : new Optional(found);
    }
    if (found === undefined) return none;
    value = found;
  }
  if (value instanceof Failure) return value;
  return optional ? new Optional(value) : value;
}

/** Undefined where nothing is there and that is only asked for; else what isn't there is a failure. */
function find(value: Value, key: Value, presenceTest: boolean): Value | undefined {
  if (value instanceof MapValue) {
    const found = value.find(key);
    return found !== undefined || presenceTest ? found : new Failure(`no such key: ${keyText(key)}`);
  }
  if (value instanceof ListValue) {
    const index = listIndex(key);
    if (index instanceof Failure) return index;
    if (index >= 0 && index < value.size) return value.at(index);
    return presenceTest ? undefined : new Failure(`index out of bounds: ${keyText(key)}`);
  }
  if (value instanceof ObjectValue && value.field && typeof key === "string") {
    const found = value.field(key);
    return found !== undefined || presenceTest ? found : new Failure(`no such field '${key}'`);
  }
  return presenceTest ? undefined : new Failure(`no such key: ${keyText(key)}`);
}

function listIndex(key: Value): number | Failure {
  if (typeof key === "bigint") return Number(key);
  if (typeof key === "number" && Number.isInteger(key)) return key;
  if (key instanceof UInt) return Number(key.value);
  if (key instanceof Failure) return key;
  if (typeof key === "number") return new Failure(`unsupported index value ${key} in list`);
  return new Failure(`unsupported index type '${runtimeType(key).name}' in list`);
}

export function keyText(key: Value): string {
  if (key instanceof UInt) return String(key.value);
  if (key === null) return "null";
  return typeof key === "object" ? runtimeType(key).name : String(key);
}

export const notBoolean = (value: Value): Failure => (value instanceof Failure ? value : noOverload);
