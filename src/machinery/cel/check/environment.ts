import type { Value } from "../values/value.ts";
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listOf,
  mapOf,
  nullType,
  opaqueType,
  optionalOf,
  paramType,
  plainTypeType,
  stringType,
  type Type,
  timestampType,
  uintType,
} from "./types.ts";

/** An object type with fields. */
export interface StructDeclaration {
  /** The type of a field, undefined where there is none. */
  field(name: string): Type | undefined;
  /** Makes a value of `Name{field: value}`; types without it can't be made by an expression. */
  make?(fields: ReadonlyMap<string, Value>): Value;
}

/** What an expression can name. */
export interface Environment {
  readonly variables: ReadonlyMap<string, Type>;
  struct(name: string): StructDeclaration | undefined;
  /** Functions that are there only when named here. */
  readonly extraFunctions?: ReadonlySet<string>;
  /** `cel.bind` is a macro. */
  readonly hasBind?: boolean;
}

/** Names that denote types. */
export const typeNames: ReadonlyMap<string, Type> = new Map([
  ["bool", boolType],
  ["bytes", bytesType],
  ["double", doubleType],
  ["google.protobuf.Duration", durationType],
  ["google.protobuf.Timestamp", timestampType],
  ["int", intType],
  ["list", listOf(paramType("A"))],
  ["map", mapOf(paramType("A"), paramType("B"))],
  ["net.CIDR", opaqueType("net.CIDR")],
  ["net.IP", opaqueType("net.IP")],
  ["null_type", nullType],
  ["optional_type", optionalOf(paramType("V"))],
  ["string", stringType],
  ["type", plainTypeType],
  ["uint", uintType],
]);
