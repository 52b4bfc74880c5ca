import { isJsonObject, type JsonSchema } from "./json-schema.ts";
import { compileRules, type ValueRules } from "./value-rules.ts";

/** One place of a custom kind, compiled from its schema: what it may hold, how it is pruned, defaulted and merged. */
export interface Structural {
  readonly type: string;
  readonly nullable: boolean;
  /** Unknown fields stay. */
  readonly preserves: boolean;
  /** Holds a whole object, with metadata of its own. */
  readonly embedded: boolean;
  readonly intOrString: boolean;
  readonly properties: ReadonlyMap<string, Structural>;
  /** The schema of fields that aren't named; `any` where they may be whatever they are. Undefined: there are none. */
  readonly additional: Structural | "any" | undefined;
  readonly items: Structural | undefined;
  readonly listType: string | undefined;
  readonly listMapKeys: readonly string[];
  readonly mapType: string | undefined;
  /** Undefined and null: none. */
  readonly default: unknown;
  readonly rules: ValueRules;
  /** Whether anything here or below has a default, is embedded, or is a list of type set or map. */
  readonly hasDefaults: boolean;
  readonly hasEmbedded: boolean;
  readonly hasKeyedLists: boolean;
}

/** Compiles a schema that is known to be structural. */
/** `ofDefaults`: to check the schema's own defaults. */
export function compileStructural(schema: JsonSchema, ofDefaults = false): Structural {
  return compile(schema, compileRules(schema, ofDefaults));
}

function compile(schema: JsonSchema, rules: ValueRules): Structural {
  const properties = new Map<string, Structural>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    properties.set(name, compile(property, rules.properties.get(name) as ValueRules));
  }
  const { additionalProperties } = schema;
  const additional = isJsonObject(additionalProperties)
    ? compile(additionalProperties as JsonSchema, rules.additional as ValueRules)
    : additionalProperties === true
      ? "any"
      : undefined;
  const items = schema.items && !Array.isArray(schema.items) ? compile(schema.items, rules.items as ValueRules) : undefined;
  const below = [...properties.values(), ...(typeof additional === "object" ? [additional] : []), ...(items ? [items] : [])];
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const listType = schema["x-kubernetes-list-type"];
  const preset = schema.default ?? undefined;
  return {
    type: schema.type ?? "",
    nullable: schema.nullable === true,
    preserves: schema["x-kubernetes-preserve-unknown-fields"] === true,
    embedded,
    intOrString: schema["x-kubernetes-int-or-string"] === true,
    properties,
    additional,
    items,
    listType,
    listMapKeys: schema["x-kubernetes-list-map-keys"] ?? [],
    mapType: schema["x-kubernetes-map-type"],
    default: preset,
    rules,
    hasDefaults: preset !== undefined || below.some((one) => one.hasDefaults),
    hasEmbedded: embedded || below.some((one) => one.hasEmbedded),
    hasKeyedLists: listType === "set" || listType === "map" || below.some((one) => one.hasKeyedLists),
  };
}
