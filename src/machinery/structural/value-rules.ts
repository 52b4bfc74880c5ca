import type { RE2JS } from "re2js";
import { compileRegex } from "../cel/library/regexes.ts";
import { Failure } from "../cel/values/value.ts";
import { formatCheck } from "./formats.ts";
import { isJsonObject, type JsonSchema } from "./json-schema.ts";

/** What a schema demands of the values at one place, and of what they are made of. */
export interface ValueRules {
  /** None: any type. */
  readonly types: readonly string[];
  readonly nullable: boolean;
  /** Empty where there is none that is known for the type. */
  readonly format: string;
  readonly checkFormat: ((text: string) => boolean) | undefined;
  readonly enum: readonly unknown[] | undefined;
  readonly required: readonly string[];
  readonly properties: ReadonlyMap<string, ValueRules>;
  readonly additional: ValueRules | undefined;
  /** Only the named fields may be there. */
  readonly closed: boolean;
  readonly items: ValueRules | undefined;
  readonly allOf: readonly ValueRules[];
  readonly anyOf: readonly ValueRules[];
  readonly oneOf: readonly ValueRules[];
  readonly not: ValueRules | undefined;
  /** The limits, as the schema has them. */
  readonly schema: JsonSchema;
  readonly pattern: Pattern | undefined;
  /** Of a list whose items are told apart by keys: what correlates items of old and new. */
  readonly listMapKeys: readonly string[] | undefined;
}

function compiled(source: string): RE2JS {
  const regex = compileRegex(source);
  if (regex instanceof Failure) throw new SyntaxError(regex.message);
  return regex;
}

/** A regular expression that is compiled when it is first asked. */
export class Pattern {
  readonly source: string;
  #compiled: RE2JS | undefined;

  constructor(source: string) {
    this.source = source;
  }

  /** Throws `SyntaxError` where the pattern is none. */
  matches(text: string): boolean {
    this.#compiled ??= compiled(this.source);
    return this.#compiled.matcher(text).find();
  }
}

/** Of defaults (`ofDefaults`), upstream takes any type for what is an integer or a string, and looks at every format. */
export function compileRules(schema: JsonSchema, ofDefaults = false): ValueRules {
  const { additionalProperties, format = "", pattern } = schema;
  const types = schema["x-kubernetes-int-or-string"] && !ofDefaults ? ["integer", "string"] : schema.type ? [schema.type] : [];
  const inner = (one: JsonSchema) => compileRules(one, ofDefaults);
  const known = ofDefaults || isKnownFormat(format, types);
  return {
    types,
    nullable: schema.nullable === true,
    format: known ? format : "",
    checkFormat: known ? formatCheck(format) : undefined,
    enum: schema.enum && schema.enum.length > 0 ? schema.enum : undefined,
    required: schema.required ?? [],
    properties: new Map(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, inner(property)])),
    additional: isJsonObject(additionalProperties) ? inner(additionalProperties as JsonSchema) : undefined,
    closed: additionalProperties === false,
    items: schema.items && !Array.isArray(schema.items) ? inner(schema.items) : undefined,
    allOf: (schema.allOf ?? []).map(inner),
    anyOf: (schema.anyOf ?? []).map(inner),
    oneOf: (schema.oneOf ?? []).map(inner),
    not: schema.not && inner(schema.not),
    schema,
    pattern: pattern ? new Pattern(pattern) : undefined,
    listMapKeys: schema["x-kubernetes-list-type"] === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : undefined,
  };
}

function isKnownFormat(format: string, types: readonly string[]): boolean {
  if (format === "") return false;
  const type = types.length === 1 ? types[0] : "";
  if (type === "integer") return format === "int32" || format === "int64";
  if (type === "number") return format === "float" || format === "double";
  return (type === "" || type === "string") && formatCheck(format) !== undefined;
}
