import type { JsonObject, JsonSchema } from "../structural/json-schema.ts";
import { type PublishedParts, publishedSchema } from "../structural/published-schema.ts";
import type { Json, OpenApiResource, OpenApiVersion, PublishedResource, SchemaCollector } from "./openapi-schemas.ts";

/** The schemas of a custom kind and of its list, added to the document; what their references are. */
export function customSchemas(resource: OpenApiResource, version: OpenApiVersion, schemas: SchemaCollector): { kind: Json; list: Json } {
  const { group, kind, resource: plural, listKind = `${kind}List`, published } = resource;
  if (!published) throw new Error(`${kind} isn't a custom kind`);
  const base = `${group.split(".").reverse().join(".")}.${resource.version}`;
  const names = { kind: `${base}.${kind}`, list: `${base}.${listKind}` };
  const reference = (name: string): Json => ({ $ref: `${version === 3 ? "#/components/schemas/" : "#/definitions/"}${name}` });
  const references = { kind: reference(names.kind), list: reference(names.list) };
  if (names.kind in schemas.schemas) return references;
  const parts = partsOf(version, schemas);
  const fields = published.selectableFields.map((fieldPath) => ({ fieldPath }));
  const extensions = (of: string): Json => ({
    "x-kubernetes-group-version-kind": [{ group, kind: of, version: resource.version }],
    ...(fields.length > 0 ? { "x-kubernetes-selectable-fields": fields } : {}),
  });
  schemas.schemas[names.kind] = { ...schemaOf(published, version, parts), ...extensions(kind) };
  schemas.schemas[names.list] = {
    description: `${listKind} is a list of ${kind}`,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: parts.apiVersion,
      items: { description: `List of ${plural}.`, type: "array", items: references.kind },
      kind: parts.kind,
      metadata: part(version, schemas.describe("api/core/v1#PodList", "metadata"), schemas.reference("machinery/meta/v1#ListMeta")),
    },
    ...extensions(listKind),
  };
  return references;
}

function schemaOf({ schema, preserves }: PublishedResource, version: OpenApiVersion, parts: PublishedParts): JsonObject {
  if (!schema || (preserves && version === 2)) return { type: "object" };
  return publishedSchema(schema as JsonSchema, version, parts);
}

function partsOf(version: OpenApiVersion, schemas: SchemaCollector): PublishedParts {
  const text = (field: string): JsonObject => ({ ...schemas.describe("api/core/v1#Pod", field), type: "string" });
  return {
    apiVersion: text("apiVersion"),
    kind: text("kind"),
    embeddedApiVersion: { type: "string" },
    embeddedKind: { type: "string" },
    metadata: part(version, schemas.describe("api/core/v1#Pod", "metadata"), schemas.reference("machinery/meta/v1#ObjectMeta")),
  };
}

function part(version: OpenApiVersion, description: Json, reference: Json): Json {
  return { ...description, ...(version === 3 ? { allOf: [reference] } : reference) };
}
