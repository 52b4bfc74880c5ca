import type { RawField, RawTable } from "../tables.ts";
import type { Descriptions } from "./descriptions.ts";
import type { Schema } from "./schema.ts";

export type Json = Record<string, unknown>;

/** Which OpenAPI: they differ in where schemas lie and in how a reference carries more than itself. */
export type OpenApiVersion = 2 | 3;

export interface GroupVersion {
  group: string;
  version: string;
}

/** What the documents must know of a served resource. */
export interface OpenApiResource extends GroupVersion {
  resource: string;
  kind: string;
  namespaced: boolean;
  verbs: readonly string[];
  subresources?: Readonly<Record<string, { verbs: readonly string[]; kind: string; group?: string; version?: string }>>;
  /** Where it isn't the kind's name and `List`. */
  listKind?: string;
  /** Of a custom resource. */
  published?: PublishedResource;
  behaviour?: { returnsDeletedObject?: boolean; hasPendingFinalizers?: unknown };
}

/** What definitions say of a custom resource that the documents show. */
export interface PublishedResource {
  schema?: object | undefined;
  preserves: boolean;
  selectableFields: readonly string[];
}

/** The name of a type in the documents: `io.k8s.api.core.v1.Pod`. */
export function typeName(table: RawTable, ref: string): string {
  if (!table.proto) {
    const name = ref.slice(ref.indexOf("#") + 1);
    return name === "VersionInfo" ? "io.k8s.apimachinery.pkg.version.Info" : name;
  }
  return table.proto.replace(/^k8s\.io\./, "io.k8s.").replace(/^(io\.k8s\.[a-z]+)_/, "$1-");
}

/** Collects the schemas of the types that a document speaks of, and of all that those are made of. */
export class SchemaCollector {
  readonly schemas: Json = {};
  readonly #schema: Schema;
  readonly #version: OpenApiVersion;
  readonly #groupVersions: readonly GroupVersion[];
  readonly #descriptions: Descriptions;

  /** `groupVersions` are those that types of every group (`DeleteOptions`, `WatchEvent`) are told to belong to. */
  constructor(schema: Schema, version: OpenApiVersion, groupVersions: readonly GroupVersion[], descriptions: Descriptions) {
    this.#schema = schema;
    this.#version = version;
    this.#groupVersions = groupVersions;
    this.#descriptions = descriptions;
  }

  /** A reference to the type's schema, which is added to the document. */
  reference(ref: string): Json {
    const table = this.#schema.table(ref);
    if (!table) throw new Error(`no table ${ref}`);
    const name = typeName(table, ref);
    if (!(name in this.schemas)) {
      this.schemas[name] = {};
      this.schemas[name] = this.#type(ref, table);
    }
    return { $ref: `${this.#version === 3 ? "#/components/schemas/" : "#/definitions/"}${name}` };
  }

  /** What is told of a type's field: nothing, where nothing is known. */
  describe(ref: string, field: string): Json {
    const description = this.#descriptions[ref]?.fields?.[field];
    return description === undefined ? {} : { description };
  }

  /** The schemas by name, sorted. */
  sorted(): Json {
    return Object.fromEntries(Object.entries(this.schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #type(ref: string, table: RawTable): Json {
    if (table.scalar) return this.#scalar(ref, table.scalar);
    const { type: description, fields: texts } = this.#descriptions[ref] ?? {};
    const properties: Json = {};
    const required: string[] = [];
    const placeOf = (name: string) => table.order?.indexOf(name) ?? table.fields?.[name]?.proto ?? 0;
    for (const [name, field] of Object.entries(table.fields ?? {})) {
      // Of a field that is all another type the published client says nothing; the type says what it is.
      const text = texts?.[name] ?? (field.ref && this.#descriptions[field.ref]?.type);
      properties[name] = alone({ ...(text === undefined ? {} : { description: text }), ...this.#field(field) }, this.#version);
      if (field.required) required.push(name);
    }
    // As the type declares them.
    required.sort((a, b) => placeOf(a) - placeOf(b));
    return {
      ...(description === undefined ? {} : { description }),
      type: "object",
      ...(required.length > 0 ? { required } : {}),
      ...(table.fields ? { properties } : {}),
      ...(table.gvk ? { "x-kubernetes-group-version-kind": this.#kinds(ref, table) } : {}),
      ...(table.mapType ? { "x-kubernetes-map-type": table.mapType } : {}),
      ...(table.unions ? { "x-kubernetes-unions": table.unions } : {}),
    };
  }

  #kinds(ref: string, table: RawTable): unknown {
    if (Array.isArray(table.gvk)) return table.gvk;
    const kind = ref.slice(ref.indexOf("#") + 1);
    const others = this.#groupVersions.filter(({ group, version }) => group !== "" || version !== "v1");
    return [{ group: "", version: "v1" }, ...others].map(({ group, version }) => ({ group, kind, version }));
  }

  #scalar(ref: string, scalar: { type?: string; format?: string }): Json {
    const name = ref.slice(ref.indexOf("#") + 1);
    if (name === "Quantity") return this.#version === 3 ? { oneOf: [{ type: "string" }, { type: "number" }] } : { type: "string" };
    if (name === "IntOrString") {
      if (this.#version === 2) return { type: "string", format: "int-or-string" };
      return { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
    }
    return { ...scalar };
  }

  #field(field: RawField): Json {
    return {
      ...this.#fieldType(field),
      ...(field.enum ? { enum: field.enum } : {}),
      ...(field.listMapKeys ? { "x-kubernetes-list-map-keys": field.listMapKeys } : {}),
      ...(field.listType ? { "x-kubernetes-list-type": field.listType } : {}),
      ...(field.mapType ? { "x-kubernetes-map-type": field.mapType } : {}),
      ...(field.patchMergeKey ? { "x-kubernetes-patch-merge-key": field.patchMergeKey } : {}),
      ...(field.patchStrategy ? { "x-kubernetes-patch-strategy": field.patchStrategy } : {}),
    };
  }

  #fieldType(field: RawField): Json {
    if (field.ref) return this.#part(field.ref, field.pointer !== true);
    switch (field.type) {
      case "array": {
        const items = this.#part(field.items as string, true);
        return { type: "array", items: field.itemsEnum ? { ...items, enum: field.itemsEnum } : items };
      }
      case "map":
        return { type: "object", additionalProperties: this.#part(field.values as string, true) };
      default: {
        const omitsZero = field.omitsZero ?? !field.required;
        const zero = field.pointer || omitsZero ? undefined : zeroValues[field.type as string];
        const preset = field.default ?? (field.format === "byte" ? undefined : zero);
        return {
          type: field.type,
          ...(field.format ? { format: field.format } : {}),
          ...(preset !== undefined && this.#version === 3 ? { default: preset } : {}),
        };
      }
    }
  }

  /** A type by its reference: of a field, of a list's items, of a map's values. */
  #part(ref: string, hasZero: boolean): Json {
    if (ref.startsWith("array:")) return { type: "array", items: this.#part(ref.slice(6), true) };
    if (!ref.includes("#")) {
      const [type, format] = ref.split(":") as [string, string?];
      const zero = this.#version === 3 && hasZero && format !== "byte" ? { default: zeroValues[type] } : {};
      return { type, ...(format ? { format } : {}), ...zero };
    }
    const reference = this.reference(ref);
    if (this.#version === 2) return reference;
    return hasZero && !this.#schema.table(ref)?.scalar ? { default: {}, allOf: [reference] } : reference;
  }
}

/** In version 3 a reference that carries more than itself is the one part of a schema. */
function alone({ $ref, ...rest }: Json, version: OpenApiVersion): Json {
  if ($ref === undefined) return rest;
  return version === 2 || Object.keys(rest).length === 0 ? { ...rest, $ref } : { ...rest, allOf: [{ $ref }] };
}

const zeroValues: Record<string, unknown> = { string: "", boolean: false, integer: 0, number: 0 };
