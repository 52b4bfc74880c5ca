import { unsupportedMediaType } from "../../machinery/errors.ts";
import { valueProblems } from "../../machinery/managed-fields/check-value.ts";
import type { ObjectShape, ValueShape } from "../../machinery/managed-fields/value-shape.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { DecodeError, type NormalizeOptions, normalize } from "../../machinery/schema/decode.ts";
import type { TypeSchema } from "../../machinery/schema/schema.ts";
import { applyDefaults } from "../../machinery/structural/defaults.ts";
import { coerceEmbedded, EmbeddedError, type ReadMetadata } from "../../machinery/structural/embedded.ts";
import type { JsonObject } from "../../machinery/structural/json-schema.ts";
import { plain, prune } from "../../machinery/structural/prune.ts";
import type { Structural } from "../../machinery/structural/structural.ts";
import { structuralShape } from "../../machinery/structural/structural-shape.ts";
import type { KindType } from "../types.ts";

/** The tables' parts that custom kinds share with all others. */
export interface SharedTypes {
  /** The type of an object's metadata. */
  readonly metadata: TypeSchema;
  readonly metadataShape: ValueShape;
}

/** The type of a custom kind in one version, made of its schema: what the request path asks of every kind. */
export class CustomType implements KindType {
  readonly patchSchema = undefined;
  readonly unknownComesLast = true;
  readonly hasChanged: boolean;
  readonly #kind: string;
  readonly #root: Structural;
  readonly #shared: SharedTypes;
  readonly #readMetadata: ReadMetadata;
  /** Stored objects that are of this type. */
  readonly #fitting = new WeakSet<AnyObject>();
  #shape: ObjectShape | undefined;

  constructor(kind: string, root: Structural, shared: SharedTypes, hasChanged: boolean) {
    this.hasChanged = hasChanged;
    this.#kind = kind;
    this.#root = root;
    this.#shared = shared;
    this.#readMetadata = (metadata) => readMetadata(metadata, shared.metadata);
  }

  get shape(): ObjectShape {
    this.#shape ??= { value: structuralShape(this.#root, this.#shared.metadataShape), empty: {} };
    return this.#shape;
  }

  /** What an apply has joined isn't decoded upstream: its nulls are complained of later. */
  normalize(body: AnyObject, { wraps: isJoined = false }: NormalizeOptions = {}): { object: AnyObject; unknown: string[] } {
    const { metadata, unknown } = this.#readMetadata(body.metadata ?? {});
    const paths = unknown.map((path) => `metadata.${path}`);
    body.metadata = metadata;
    // A body of another kind is refused later, for its kind.
    if (body.kind !== this.#kind) return { object: plain(body) as AnyObject, unknown: unknownFields(paths) };
    paths.push(...prune(body as JsonObject, this.#root, isJoined));
    try {
      paths.push(...coerceEmbedded(body as JsonObject, this.#root, this.#readMetadata));
    } catch (error) {
      throw error instanceof EmbeddedError ? new DecodeError(error.message) : error;
    }
    return { object: body, unknown: unknownFields(paths) };
  }

  applyDefaults(object: AnyObject): void {
    applyDefaults(object, this.#root);
  }

  storedProblems(object: AnyObject): string | undefined {
    if (!this.hasChanged || this.#fitting.has(object)) return undefined;
    const problems = valueProblems(object, this.shape.value, true);
    if (problems === undefined) this.#fitting.add(object);
    return problems;
  }

  /** A schema is held against objects by the resource's own validation. */
  checkRequired(): [] {
    return [];
  }

  encodeProtobuf(): Uint8Array {
    throw unsupportedMediaType(`${this.#kind} is a custom kind, which has no protobuf form`);
  }

  decodeProtobuf(): AnyObject {
    throw unsupportedMediaType(`${this.#kind} is a custom kind, which has no protobuf form`);
  }
}

function unknownFields(paths: readonly string[]): string[] {
  return paths.map((path) => `unknown field ${JSON.stringify(path)}`);
}

function readMetadata(metadata: unknown, type: TypeSchema) {
  const { value, unknown } = normalize(type, metadata);
  const paths = unknown.map((text) => JSON.parse(text.slice("unknown field ".length)) as string);
  return { metadata: value as AnyObject["metadata"], unknown: paths };
}
