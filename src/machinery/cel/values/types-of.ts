import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  errorType,
  intType,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  plainTypeType,
  stringType,
  type Type,
  timestampType,
  uintType,
} from "../check/types.ts";
import { Duration, Failure, ListValue, MapValue, ObjectValue, Optional, Timestamp, TypeValue, UInt, type Value } from "./value.ts";

const anyList = listOf(dynType);
const anyMap = mapOf(dynType, dynType);
const anyOptional = optionalOf(dynType);

/** The type of a value, without what lists and maps hold. */
export function runtimeType(value: Value): Type {
  switch (typeof value) {
    case "boolean":
      return boolType;
    case "bigint":
      return intType;
    case "number":
      return doubleType;
    case "string":
      return stringType;
    default:
      break;
  }
  if (value === null) return nullType;
  if (value instanceof ListValue) return anyList;
  if (value instanceof MapValue) return anyMap;
  if (value instanceof UInt) return uintType;
  if (value instanceof Uint8Array) return bytesType;
  if (value instanceof Timestamp) return timestampType;
  if (value instanceof Duration) return durationType;
  if (value instanceof Optional) return anyOptional;
  if (value instanceof ObjectValue) return value.type;
  if (value instanceof TypeValue) return plainTypeType;
  return value instanceof Failure ? errorType : dynType;
}

/** Whether the value may be an argument of this type; of lists and maps only the first element is looked at. */
export function fits(value: Value, type: Type): boolean {
  switch (type.kind) {
    case "dyn":
    case "any":
    case "param":
      return true;
    case "list": {
      if (!(value instanceof ListValue)) return false;
      return value.size === 0 || fits(value.at(0), type.params[0] as Type);
    }
    case "map": {
      if (!(value instanceof MapValue)) return false;
      for (const key of value.keys()) {
        return fits(key, type.params[0] as Type) && fits(value.find(key) as Value, type.params[1] as Type);
      }
      return true;
    }
    default:
      return runtimeType(value).name === type.name;
  }
}
