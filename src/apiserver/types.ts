import {
  Document,
  type DocumentOptions,
  isCollection,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  stringify,
  type Tags,
  visit,
  type YAMLParseError,
} from "yaml";
import type { FieldError } from "../machinery/errors.ts";
import { exactInteger, exactJson } from "../machinery/exact-json.ts";
import { TableShapes } from "../machinery/managed-fields/table-shapes.ts";
import type { ObjectShape, ValueShape } from "../machinery/managed-fields/value-shape.ts";
import type { AnyObject } from "../machinery/object.ts";
import { type PatchSchema, TablePatchSchemas } from "../machinery/patch/patch-schema.ts";
import { parseApiVersion } from "../machinery/resource-ref.ts";
import { fillStruct, type NormalizeOptions, normalize } from "../machinery/schema/decode.ts";
import { applyTableDefaults } from "../machinery/schema/defaults.ts";
import { EmptyValues } from "../machinery/schema/empty-values.ts";
import { JsonNumber, JsonSyntaxError, parseJsonStrict } from "../machinery/schema/json-text.ts";
import { decodeProtobuf, encodeProtobuf } from "../machinery/schema/protobuf.ts";
import { checkRequired } from "../machinery/schema/required.ts";
import { Schema, type TypeSchema, type WireOnlyTypes } from "../machinery/schema/schema.ts";
import type { RawTable } from "../machinery/tables.ts";
import { text, utf8 } from "./bytes.ts";
import { badBinaryText, yamlMessage } from "./yaml-message.ts";

/** What the request path needs of one type. */
export interface KindType {
  /**
   * Brings a decoded body, which it may change, into its canonical form and gives strict-decoding complaints
   * (`unknown field "spec.foo"`). Throws `DecodeError` where the body doesn't fit the type. With `keepEmpty` the empty lists and maps
   * stay that have no place in the canonical form, and `hasEmpty` tells of them.
   */
  normalize(body: AnyObject, options?: NormalizeOptions): { object: AnyObject; unknown: string[]; hasEmpty?: boolean };
  /** What takes kept empty lists and maps away; custom kinds store them. */
  emptyValues?(object: AnyObject): EmptyValues;
  /** Adds to a status that has just been begun what upstream's JSON always shows of it. */
  fillStatus?(object: AnyObject): void;
  /** The constants of the tables that a client may leave out. */
  applyDefaults(object: AnyObject): void;
  checkRequired(object: AnyObject): FieldError[];
  /** Unknown fields are told after duplicate ones. */
  readonly unknownComesLast?: boolean;
  /** The type was another one before: what is stored, and who owns what of it, may be of that one. */
  readonly hasChanged?: boolean;
  /** Why a stored object isn't of a type that has changed. */
  storedProblems?(object: AnyObject): string | undefined;
  /** The message without the envelope. */
  encodeProtobuf(object: AnyObject): Uint8Array;
  decodeProtobuf(message: Uint8Array): AnyObject;
  /** Undefined for types that strategic merge patches can't be applied to. */
  readonly patchSchema: PatchSchema | undefined;
  readonly shape: ObjectShape;
}

/** Upstream reads YAML 1.1 but for its times: `10:30` and `2026-01-01` are text. A lone dot is no number. */
function scalarTags(tags: Tags): Tags {
  const others = tags
    .filter((tag) => typeof tag === "string" || (tag.format !== "TIME" && tag.tag !== "tag:yaml.org,2002:timestamp"))
    .map((tag) => {
      if (typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:float" || !("test" in tag)) return tag;
      if (tag.format === "EXP") return withExponent;
      return tag.test?.test(".") ? { ...tag, test: /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/ } : tag;
    });
  return [newOctal, binaryText, ...others.filter((tag) => tag !== "binary" && (typeof tag === "string" || tag.tag !== binaryText.tag))];
}

/** A number that is too large for a float is a text, and so is what has no digit before its exponent. */
const withExponent: Tags[number] = {
  identify: () => false,
  default: true,
  tag: "tag:yaml.org,2002:float",
  format: "EXP",
  test: /^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$/,
  resolve(text: string) {
    const number = Number.parseFloat(text.replaceAll("_", ""));
    return Number.isFinite(number) ? number : text;
  },
};

/** Upstream's reader takes the octal numbers of YAML 1.2 too. */
const newOctal: Tags[number] = {
  identify: () => false,
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text: string) => Number(text.replace(/[-+_]/g, "")) * (text.startsWith("-") ? -1 : 1),
};

/** Upstream's reader makes a text of the bytes. */
const binaryText = {
  tag: "tag:yaml.org,2002:binary",
  resolve(source: string, onError: (message: string) => void) {
    const encoded = source.replace(/[\n\r]/g, "");
    if (encoded.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
      return text(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
    }
    onError(badBinaryText);
    return source;
  },
} as const;

export interface ParsedText {
  value: unknown;
  /** `duplicate field "data.a"` */
  problems: string[];
  /** Where fields stand in the document, when some came twice. */
  order?: ReadonlyMap<string, number>;
}

/** `line 5: key "a" already set in map` */
function duplicateKeys(document: Document, lines: LineCounter): string[] {
  const problems: [line: number, text: string][] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const { line } = lines.linePos(key.range?.[0] ?? 0);
        if (seen.has(key.value)) problems.push([line, `line ${line}: key ${exactJson(key.value)} already set in map`]);
        seen.add(key.value);
      }
    },
  });
  return problems.sort(([a], [b]) => a - b).map(([, text]) => text);
}

/** A text that is no YAML, or none that JSON can hold. */
export class YamlError extends Error {}

function unknownAnchor(error: unknown): string | undefined {
  const alias = /Unresolved alias .*: (.*)$/.exec((error as Error).message);
  return alias ? `yaml: unknown anchor '${alias[1]}' referenced` : undefined;
}

/** JSON can't hold all numbers that YAML has. */
function checkFinite(value: unknown): void {
  if (typeof value !== "number" || Number.isFinite(value)) return;
  throw new Error(`unsupported value: ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`);
}

/** Integers that 64 bits can't hold are told as upstream reads them: without a sign digit by digit, others as the nearest number. */
function integerOf(value: bigint): number | bigint | JsonNumber {
  if (value < -(2n ** 63n)) return new JsonNumber(String(Number(value)));
  return value >= 2n ** 63n && value < 2n ** 64n ? new JsonNumber(String(value)) : exactInteger(value);
}

/** Upstream makes JSON of YAML before it reads it, in which fields are in the order of their names. */
export function sortedKeys(value: unknown): unknown {
  checkFinite(value);
  if (typeof value === "bigint") return integerOf(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(sortedKeys);
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sortedKeys(object[key])]),
  );
}

/** The reader of YAML gives all integers as bigints. */
function withIntegers(value: unknown): unknown {
  checkFinite(value);
  if (typeof value === "bigint") return exactInteger(value);
  if (typeof value !== "object" || value === null) return value;
  const container = value as Record<string, unknown>;
  for (const key in container) container[key] = withIntegers(container[key]);
  return value;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
const controlCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

const yamlOptions = {
  version: "1.1",
  customTags: (tags: Tags) => tags.filter((tag) => tag !== "merge" && (typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:merge")),
  lineWidth: 0,
  indentSeq: false,
  sortMapEntries: true,
  aliasDuplicateObjects: false,
} as const;

/** A key that readers would take for the wish to merge. */
const mergeSign = /^[ -]*<<:/m;

function withQuotedMergeSigns(object: object): string {
  const document = new Document(object, yamlOptions);
  visit(document, {
    Scalar(_key, node) {
      if (node.value === "<<") node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString(yamlOptions);
}

/** Every type by its reference (`api/core/v1#Pod`), compiled on first use, and the text forms of objects. */
export class TypeCatalog {
  readonly schema: Schema;
  readonly #patchSchemas: TablePatchSchemas;
  readonly #shapes: TableShapes;
  readonly #kinds = new Map<string, KindType>();
  /** References of custom types, by version and kind. */
  readonly #custom = new Map<string, string>();

  constructor(tables: Record<string, Record<string, RawTable>>, wireOnly: WireOnlyTypes) {
    this.schema = new Schema(tables, wireOnly);
    this.#patchSchemas = new TablePatchSchemas(tables);
    this.#shapes = new TableShapes(tables);
  }

  of(reference: string): KindType {
    let kind = this.#kinds.get(reference);
    if (!kind) {
      kind = this.#compile(reference);
      this.#kinds.set(reference, kind);
    }
    return kind;
  }

  /** Adds the type of a custom kind. */
  addCustom(reference: string, apiVersion: string, kind: string, type: KindType): void {
    this.#kinds.set(reference, type);
    this.#custom.set(`${apiVersion} ${kind}`, reference);
  }

  removeCustom(reference: string, apiVersion: string, kind: string): void {
    this.#kinds.delete(reference);
    if (this.#custom.get(`${apiVersion} ${kind}`) === reference) this.#custom.delete(`${apiVersion} ${kind}`);
  }

  /** The shape of a type of the tables, as a part of other types. */
  shapeOf(reference: string): ValueShape {
    return this.#shapes.value(reference);
  }

  #compile(reference: string): KindType {
    const type: TypeSchema = this.schema.type(reference);
    const shapes = this.#shapes;
    const patchSchemas = this.#patchSchemas;
    return {
      normalize(body, options) {
        const { value, unknown, hasEmpty } = normalize(type, body, options);
        return { object: value as AnyObject, unknown, hasEmpty };
      },
      emptyValues: (object) => new EmptyValues(type, object),
      fillStatus(object) {
        const field = type.fields.get("status");
        if (field?.type.kind !== "struct" || field.pointer) return;
        object.status ??= {};
        fillStruct(field.type, object.status as Record<string, unknown>);
      },
      applyDefaults: (object) => applyTableDefaults(type, object),
      checkRequired: (object) => checkRequired(type, object),
      encodeProtobuf: (object) => encodeProtobuf(type, object),
      decodeProtobuf: (message) => decodeProtobuf(type, message) as unknown as AnyObject,
      get patchSchema() {
        return patchSchemas.schema(reference);
      },
      get shape() {
        return shapes.object(reference);
      },
    };
  }

  /** The type of a kind in a version, as objects name them. */
  typeOf(apiVersion: string, kind: string): string | undefined {
    return this.#custom.get(`${apiVersion} ${kind}`) ?? this.builtInTypeOf(apiVersion, kind);
  }

  /** The same of built-in kinds: for their resources there are no others. */
  builtInTypeOf(apiVersion: string, kind: string): string | undefined {
    const { group, version } = parseApiVersion(apiVersion);
    return this.schema.typeOfKind(group, version, kind)?.ref;
  }

  /** Throws `JsonSyntaxError`. `joins`: an object that comes again is joined with what came before, as where it is read into a type. */
  parseJson(text: string, joins = true): ParsedText {
    const { value, duplicates, order } = parseJsonStrict(text, { joins });
    return { value, problems: duplicates, ...(order ? { order } : {}) };
  }

  /** Throws `YamlError`. Of a key that comes twice the last one counts. */
  parseYaml(text: string): ParsedText {
    if (controlCharacter.test(text)) throw new YamlError("yaml: control characters are not allowed");
    const options = { version: "1.1", merge: true, customTags: scalarTags, uniqueKeys: false, intAsBigInt: true } as const;
    const { document, lines } = readDocument(text, options, (message) => new YamlError(message));
    try {
      return { value: sortedKeys(document.toJS()), problems: duplicateKeys(document, lines) };
    } catch (error) {
      throw new YamlError(unknownAnchor(error) ?? `json: ${(error as Error).message}`);
    }
  }

  /** An applied configuration: JSON or YAML, where a duplicate key is a complaint and the last one counts. Throws `SyntaxError`. */
  parseConfiguration(text: string): ParsedText {
    try {
      const { value, duplicates } = parseJsonStrict(text, { keepNumbers: false, joins: false });
      if (duplicates.length === 0) return { value, problems: [] };
    } catch (error) {
      // No JSON, so it is YAML.
      if (!(error instanceof JsonSyntaxError)) throw error;
    }
    const document = readConfiguration(text);
    const repeated = document.errors.filter(({ code }) => code === "DUPLICATE_KEY");
    const problems = repeated.map(({ pos, linePos }) => {
      const key = /^["']?([^"':\s]*)/.exec(text.slice(pos[0]))?.[1] ?? "";
      return `line ${linePos?.[0].line ?? 1}: key ${JSON.stringify(key)} already set in map`;
    });
    try {
      return { value: withIntegers(document.toJS()), problems };
    } catch (error) {
      throw new SyntaxError(`error converting YAML to JSON: ${unknownAnchor(error) ?? `json: ${(error as Error).message}`}`);
    }
  }

  encodeYaml(object: object): Uint8Array {
    const text = stringify(object, yamlOptions);
    return utf8(mergeSign.test(text) ? withQuotedMergeSigns(object) : text);
  }
}

function readConfiguration(text: string): Document {
  const options = { version: "1.1", merge: true, intAsBigInt: true, customTags: scalarTags } as const;
  return readDocument(text, options, (message) => new SyntaxError(`error converting YAML to JSON: ${message}`)).document;
}

/** Keys that come twice are the caller's to see. Of several documents the first one counts. */
function isSyntaxError({ code }: YAMLParseError): boolean {
  return code !== "DUPLICATE_KEY" && code !== "MULTIPLE_DOCS";
}

function readDocument(text: string, options: ParseOptions & DocumentOptions & SchemaOptions, complaint: (message: string) => Error) {
  const read = (source: string) => {
    const lines = new LineCounter();
    return { document: parseDocument(source, { ...options, lineCounter: lines }), lines };
  };
  const whole = read(text);
  const error = whole.document.errors.find(isSyntaxError);
  if (!error) return whole;
  // Upstream doesn't read what follows the bracket that ends a document.
  const head = read(text.slice(0, error.pos[0]));
  const { contents, errors } = head.document;
  if (error.code === "UNEXPECTED_TOKEN" && isCollection(contents) && contents.flow && !errors.some(isSyntaxError)) return head;
  throw complaint(`yaml: ${yamlMessage(error, text)}`);
}
