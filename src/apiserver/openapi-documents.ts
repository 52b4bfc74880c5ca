import type { ResourceDefinition } from "../api/define-resource.ts";
import type { Descriptions } from "../machinery/schema/descriptions.ts";
import { openapiV2, openapiV3, openapiV3Discovery, openapiV3Hashes, openapiV3Index } from "../machinery/schema/openapi.ts";
import { groupVersionPath } from "../machinery/schema/openapi-paths.ts";
import type { Json } from "../machinery/schema/openapi-schemas.ts";
import { encodeOpenapiV2 } from "../machinery/schema/openapi-v2-protobuf.ts";
import { encodeOpenapiV3 } from "../machinery/schema/openapi-v3-protobuf.ts";
import type { Schema } from "../machinery/schema/schema.ts";
import { concat, utf8 } from "./bytes.ts";
import type { ResourceCatalog } from "./catalog.ts";
import { stepsInSlices, type Turns } from "./slices.ts";

/** The OpenAPI documents of what is served, as bytes: made on first use, and anew when the catalog changes. */
export class OpenapiDocuments {
  readonly #turns: Turns;
  readonly #schema: Schema;
  readonly #catalog: ResourceCatalog;
  readonly #hash: (text: string) => string;
  readonly #legacy: (catalog: ResourceCatalog) => readonly ResourceDefinition[];
  readonly #describe: () => Descriptions;
  readonly #made = new Map<string, Promise<Uint8Array>>();
  /** When documents were first shown. */
  readonly #shown = new WeakMap<Uint8Array, number>();
  #hashes: ReadonlyMap<string, string> | undefined;
  #version = 0;

  /**
   * `legacy` names what is served by conversion: it has version 3 documents, which tell clients that the server validates.
   * `describe` is asked with the first document.
   */
  constructor(
    turns: Turns,
    schema: Schema,
    catalog: ResourceCatalog,
    hash: (text: string) => string,
    legacy: (catalog: ResourceCatalog) => readonly ResourceDefinition[] = () => [],
    describe: () => Descriptions = () => ({}),
  ) {
    this.#legacy = legacy;
    this.#turns = turns;
    this.#describe = describe;
    this.#schema = schema;
    this.#catalog = catalog;
    this.#hash = hash;
  }

  v2(): Promise<Uint8Array> {
    return this.#make("v2", () => encodedSteps(this.#v2()));
  }

  v2Protobuf(): Promise<Uint8Array> {
    return this.#make("v2 protobuf", () => protobufSteps(this.#v2(), encodeOpenapiV2));
  }

  #v2(): Generator<void, Json> {
    return openapiV2(this.#schema, this.#resources(), this.#describe());
  }

  /** The index of the version 3 documents. */
  v3Index(): Promise<Uint8Array> {
    return this.#make("v3", () => encodedSteps(indexSteps(openapiV3Index(this.#v3Hashes()))));
  }

  /** The hash by which the index names a document; undefined when there is none. */
  v3Hash(path: string): string | undefined {
    return this.#v3Hashes().get(path);
  }

  #v3Hashes(): ReadonlyMap<string, string> {
    this.#forgetOld();
    this.#hashes ??= openapiV3Hashes(this.#withLegacy(), this.#hash);
    return this.#hashes;
  }

  /** The document of `api/v1` or `apis/apps/v1`; undefined when that isn't served. */
  v3(path: string, isProtobuf: boolean): Promise<Uint8Array> | undefined {
    const one = this.#withLegacy().find((definition) => groupVersionPath(definition) === path);
    if (!one) {
      const document = openapiV3Discovery(this.#schema, path, this.#withLegacy(), this.#describe());
      return document && this.encoded(document, isProtobuf);
    }
    const { group, version } = one;
    const document = () => openapiV3(this.#schema, { group, version }, this.#withLegacy(), this.#describe());
    if (!isProtobuf) return this.#make(path, () => encodedSteps(document()));
    return this.#make(`${path} protobuf`, () => protobufSteps(document(), encodeOpenapiV3));
  }

  /** The bytes of a version 3 document. */
  encoded(document: object, isProtobuf: boolean): Promise<Uint8Array> {
    return stepsInSlices(this.#turns, isProtobuf ? encodeOpenapiV3(document as Json) : encodedSteps(indexSteps(document)));
  }

  /** Since when a document is shown as it is; `now` in milliseconds. */
  shownSince(bytes: Uint8Array, now: number): number {
    const since = this.#shown.get(bytes) ?? now;
    this.#shown.set(bytes, since);
    return since;
  }

  #forgetOld(): void {
    if (this.#version === this.#catalog.version) return;
    this.#version = this.#catalog.version;
    this.#made.clear();
    this.#hashes = undefined;
  }

  #resources(): ResourceDefinition[] {
    return [...this.#catalog.all()].filter(({ virtual }) => !virtual).map(({ definition }) => definition);
  }

  #withLegacy(): ResourceDefinition[] {
    return [...this.#resources(), ...this.#legacy(this.#catalog)];
  }

  #make(name: string, make: () => Generator<void, Uint8Array>): Promise<Uint8Array> {
    this.#forgetOld();
    let bytes = this.#made.get(name);
    if (!bytes) {
      const begun = stepsInSlices(this.#turns, make());
      // Who asked is told; the next one tries again.
      begun.catch(() => {
        if (this.#made.get(name) === begun) this.#made.delete(name);
      });
      this.#made.set(name, begun);
      bytes = begun;
    }
    return bytes;
  }
}

// biome-ignore lint/correctness/useYield: a document of one step
function* indexSteps(index: object): Generator<void, object> {
  return index;
}

/** The JSON of a document, made in steps too. */
function* encodedSteps(document: Generator<void, object>): Generator<void, Uint8Array> {
  const chunks: Uint8Array[] = [];
  yield* encode(yield* document, chunks);
  return concat(chunks);
}

function* protobufSteps(
  document: Generator<void, Json>,
  encode: (document: Json) => Generator<void, Uint8Array>,
): Generator<void, Uint8Array> {
  return yield* encode(yield* document);
}

/** Documents are maps of a few members, of which some are maps of hundreds of paths and schemas. */
const depth = 3;

function* encode(value: object, chunks: Uint8Array[], level = 0): Generator<void, void> {
  let separator = "{";
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const head = `${separator}${JSON.stringify(name)}:`;
    separator = ",";
    if (level < depth - 1 && isMap(member)) {
      chunks.push(utf8(head));
      yield* encode(member, chunks, level + 1);
    } else chunks.push(utf8(head + JSON.stringify(member)));
    yield;
  }
  chunks.push(utf8(separator === "{" ? "{}" : "}"));
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
