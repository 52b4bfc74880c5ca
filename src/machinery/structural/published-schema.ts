import { isJsonObject, type JsonObject, type JsonSchema } from "./json-schema.ts";

const intOrString = [{ type: "integer" }, { type: "string" }];

/** What the server publishes in the place of metadata and of the names of kinds, by OpenAPI version. */
export interface PublishedParts {
  metadata: JsonObject;
  apiVersion: JsonObject;
  kind: JsonObject;
  embeddedApiVersion: JsonObject;
  embeddedKind: JsonObject;
}

/** The schema of a custom kind as the OpenAPI documents show it. Version 2 leaves out what clients of old can't read. */
export function publishedSchema(schema: JsonSchema, version: 2 | 3, parts: PublishedParts): JsonObject {
  if (version === 2 && schema["x-kubernetes-preserve-unknown-fields"]) return { type: "object" };
  const published = version === 2 ? forVersion2(schema) : forVersion3(schema);
  published.properties = { ...(published.properties as JsonObject | undefined), metadata: parts.metadata, ...typeMeta(parts) };
  return addEmbedded(published, version, parts, true);
}

function typeMeta({ apiVersion, kind }: PublishedParts): JsonObject {
  return { apiVersion, kind };
}

function inside(schema: JsonSchema, convert: (one: JsonSchema) => JsonObject): JsonObject {
  const { properties, items, additionalProperties } = schema;
  return {
    ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, convert(one)])) } : {}),
    ...(items && !Array.isArray(items) ? { items: convert(items) } : {}),
    ...(isJsonObject(additionalProperties) ? { additionalProperties: convert(additionalProperties as JsonSchema) } : {}),
  };
}

function forVersion3(schema: JsonSchema): JsonObject {
  const published: JsonObject = { ...schema, ...inside(schema, forVersion3) };
  if (!schema["x-kubernetes-int-or-string"]) return published;
  const isTold = isIntOrString(schema.anyOf) || isIntOrString(schema.allOf?.[0]?.anyOf);
  if (isTold) return published;
  if (schema.anyOf) published.allOf = [{ anyOf: intOrString }, ...(schema.allOf ?? [])];
  else published.anyOf = intOrString;
  return published;
}

function isIntOrString(alternatives: JsonSchema[] | undefined): boolean {
  return alternatives?.length === 2 && alternatives[0]?.type === "integer" && alternatives[1]?.type === "string";
}

function forVersion2(schema: JsonSchema): JsonObject {
  const { allOf: _all, anyOf: _any, oneOf: _one, not: _not, nullable, ...rest } = schema;
  const kept: JsonSchema = rest;
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (nullable || preserves) {
    delete kept.items;
    delete kept.properties;
  }
  if (nullable || (preserves && kept.type === "object") || (kept.type === "array" && kept.items === undefined)) delete kept.type;
  const properties = schema.properties ?? {};
  const required = kept.required?.filter((name) => !properties[name]?.nullable);
  const { additionalProperties: additional } = schema;
  delete kept.required;
  const isNullableMap = isJsonObject(additional) && (additional as JsonSchema).nullable === true;
  if (required && required.length > 0 && !isNullableMap) kept.required = required;
  return { ...kept, ...inside(kept, forVersion2) };
}

function addEmbedded(schema: JsonObject, version: 2 | 3, parts: PublishedParts, isRoot = false): JsonObject {
  const { properties, items, additionalProperties } = schema;
  if (isJsonObject(properties)) {
    for (const [name, one] of Object.entries(properties)) {
      if (isJsonObject(one) && !(isRoot && (name === "metadata" || name === "apiVersion" || name === "kind")))
        addEmbedded(one, version, parts);
    }
  }
  if (isJsonObject(items)) addEmbedded(items, version, parts);
  if (isJsonObject(additionalProperties)) addEmbedded(additionalProperties, version, parts);
  if (!schema["x-kubernetes-embedded-resource"]) return schema;
  if (version === 2 && schema["x-kubernetes-preserve-unknown-fields"]) return schema;
  const { embeddedApiVersion: apiVersion, embeddedKind: kind, metadata } = parts;
  schema.properties = { ...(properties as JsonObject | undefined), apiVersion, kind, metadata };
  schema.required = [...new Set([...((schema.required as string[] | undefined) ?? []), "kind", "apiVersion"])];
  return schema;
}
