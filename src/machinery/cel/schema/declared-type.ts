import type { Environment } from "../check/environment.ts";
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  structType,
  type Type,
  timestampType,
} from "../check/types.ts";
import type { SizeOfPath } from "../cost/estimate.ts";
import { escapeIdentifier } from "./identifiers.ts";
import { itemsOf, type Schema, valuesOf, withResourceFields } from "./schema.ts";

/** The type of the values that a schema describes, and how large they can be. */
export interface DeclaredType {
  type: Type;
  /** By escaped name. */
  fields?: ReadonlyMap<string, DeclaredType>;
  key?: DeclaredType;
  element?: DeclaredType;
  /** The most elements, entries or bytes that fit a request and the schema. */
  maxElements: number;
  /** The least number of bytes of a value in JSON. */
  minSize: number;
}

const maxRequestBytes = 3 * 1024 * 1024;
const maxTextBytes = maxRequestBytes - 2;
const timeSize = 32;
const dateSize = 12;

const scalar = (type: Type, minSize: number, maxElements = 0): DeclaredType => ({ type, minSize, maxElements });
const key = scalar(stringType, 2);

/** Undefined where expressions can't see such values. Object types get names below `path`. */
export function declaredType(given: Schema, isResource: boolean, path = "selfType"): DeclaredType | undefined {
  const { maxLength } = given;
  if (given["x-kubernetes-int-or-string"]) return scalar(dynType, 1, maxLength === undefined ? maxTextBytes : atLeastZero(maxLength) * 4);
  const schema = isResource ? withResourceFields(given) : given;
  switch (schema.type) {
    case "array": {
      const items = itemsOf(schema);
      const element = items && declaredType(items, items["x-kubernetes-embedded-resource"] === true, `${path}.@idx`);
      if (!element) return undefined;
      const most = schema.maxItems === undefined ? Math.trunc(maxTextBytes / (element.minSize + 1)) : atLeastZero(schema.maxItems);
      return { type: listOf(element.type), element, maxElements: most, minSize: 2 };
    }
    case "object":
      return objectType(schema, path);
    case "string":
      return textType(schema);
    case "boolean":
      return scalar(boolType, 4);
    case "number":
      return scalar(doubleType, 1);
    case "integer":
      return scalar(intType, 1);
    default:
      return undefined;
  }
}

function objectType(schema: Schema, path: string): DeclaredType | undefined {
  const values = valuesOf(schema);
  if (values) {
    const element = declaredType(values, values["x-kubernetes-embedded-resource"] === true, `${path}.@elem`);
    if (!element) return undefined;
    const most = schema.maxProperties === undefined ? Math.trunc(maxTextBytes / (element.minSize + 6)) : atLeastZero(schema.maxProperties);
    return { type: mapOf(stringType, element.type), key, element, maxElements: most, minSize: 2 };
  }
  const fields = new Map<string, DeclaredType>();
  const required = new Set(schema.required);
  let minSize = 2;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeIdentifier(name);
    const type = declaredType(property, property["x-kubernetes-embedded-resource"] === true, `${path}.${escaped ?? name}`);
    if (!type) continue;
    if (escaped !== undefined) fields.set(escaped, type);
    if (required.has(name) && property.default === undefined) minSize += new TextEncoder().encode(name).length + type.minSize + 4;
  }
  return { type: structType(path), fields, maxElements: 0, minSize };
}

function textType(schema: Schema): DeclaredType {
  const { format, maxLength } = schema;
  switch (format) {
    case "byte":
      return scalar(bytesType, 2, maxLength === undefined ? maxTextBytes : atLeastZero(maxLength));
    case "duration":
      return scalar(durationType, 3, timeSize);
    case "date":
      return scalar(timestampType, dateSize, dateSize);
    case "date-time":
      return scalar(timestampType, 21, timeSize);
    default:
      break;
  }
  if (maxLength !== undefined) return scalar(stringType, 2, atLeastZero(maxLength) * 4);
  if (!schema.enum?.length) return scalar(stringType, 2, maxTextBytes);
  const sizes = schema.enum.map((one) => (typeof one === "string" ? new TextEncoder().encode(one).length : 0));
  return scalar(stringType, 2, Math.max(...sizes));
}

function atLeastZero(count: number): number {
  return Math.max(0, count);
}

/** An environment with these variables and the object types within their types. */
export function environmentOf(variables: ReadonlyMap<string, Type>, ...types: readonly DeclaredType[]): Environment {
  const structs = new Map<string, ReadonlyMap<string, DeclaredType>>();
  for (const type of types) collect(type, structs);
  return {
    variables,
    struct(name) {
      const fields = structs.get(name);
      // Reserved words need no escape where they can be nothing but a field.
      return fields && { field: (field) => (fields.get(field) ?? fields.get(escapeIdentifier(field) ?? field))?.type };
    },
  };
}

function collect({ type, fields, element }: DeclaredType, structs: Map<string, ReadonlyMap<string, DeclaredType>>): void {
  if (element) collect(element, structs);
  if (!fields) return;
  structs.set(type.name, fields);
  for (const field of fields.values()) collect(field, structs);
}

/** How large what is in a variable of this type can be. */
export function sizesIn(root: DeclaredType): SizeOfPath {
  return (path) => {
    let at: DeclaredType | undefined = root;
    for (const name of path.slice(1)) {
      if (name === "@items" || name === "@values") at = at.element;
      else if (name === "@keys") at = at.key;
      else at = at.fields?.get(name);
      if (!at) return undefined;
    }
    return BigInt(at.maxElements);
  };
}

/** How often a value of the type can be in a request at most. */
export function maxCardinality({ minSize }: DeclaredType): bigint {
  return BigInt(Math.trunc(maxRequestBytes / (minSize + 1)));
}
