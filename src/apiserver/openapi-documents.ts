import type { ResourceDefinition } from "../api/define-resource.ts";
import type { Descriptions } from "../machinery/schema/descriptions.ts";
import { openapiV2, openapiV3, openapiV3Index } from "../machinery/schema/openapi.ts";
import { groupVersionPath } from "../machinery/schema/openapi-paths.ts";
import type { Schema } from "../machinery/schema/schema.ts";
import { utf8 } from "./bytes.ts";
import type { ResourceCatalog } from "./catalog.ts";

/** The OpenAPI documents of what is served, as bytes: made on first use, and anew when the catalog changes. */
export class OpenapiDocuments {
  readonly #schema: Schema;
  readonly #catalog: ResourceCatalog;
  readonly #hash: (text: string) => string;
  readonly #legacy: (catalog: ResourceCatalog) => readonly ResourceDefinition[];
  readonly #describe: () => Descriptions;
  readonly #made = new Map<string, Uint8Array>();
  #version = 0;

  /**
   * `legacy` names what is served by conversion: it has version 3 documents, which tell clients that the server validates.
   * `describe` is asked with the first document.
   */
  constructor(
    schema: Schema,
    catalog: ResourceCatalog,
    hash: (text: string) => string,
    legacy: (catalog: ResourceCatalog) => readonly ResourceDefinition[] = () => [],
    describe: () => Descriptions = () => ({}),
  ) {
    this.#legacy = legacy;
    this.#describe = describe;
    this.#schema = schema;
    this.#catalog = catalog;
    this.#hash = hash;
  }

  v2(): Uint8Array {
    return this.#make("v2", () => openapiV2(this.#schema, this.#resources(), this.#describe()));
  }

  /** The index of the version 3 documents. */
  v3Index(): Uint8Array {
    return this.#make("v3", () => openapiV3Index(this.#withLegacy(), this.#hash));
  }

  /** The document of `api/v1` or `apis/apps/v1`; undefined when that isn't served. */
  v3(path: string): Uint8Array | undefined {
    const one = this.#withLegacy().find((definition) => groupVersionPath(definition) === path);
    if (!one) return undefined;
    const { group, version } = one;
    return this.#make(path, () => openapiV3(this.#schema, { group, version }, this.#withLegacy(), this.#describe()));
  }

  #resources(): ResourceDefinition[] {
    return [...this.#catalog.all()].filter(({ virtual }) => !virtual).map(({ definition }) => definition);
  }

  #withLegacy(): ResourceDefinition[] {
    return [...this.#resources(), ...this.#legacy(this.#catalog)];
  }

  #make(name: string, make: () => object): Uint8Array {
    if (this.#version !== this.#catalog.version) this.#made.clear();
    this.#version = this.#catalog.version;
    let bytes = this.#made.get(name);
    if (!bytes) {
      bytes = utf8(JSON.stringify(make()));
      this.#made.set(name, bytes);
    }
    return bytes;
  }
}
