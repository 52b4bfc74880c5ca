import { exactJson } from "../exact-json.ts";
import { setField } from "../object.ts";
import { base64OfBytes, bytesOfBase64 } from "./base64.ts";
import { fillStruct } from "./decode.ts";
import { parseExact } from "./json-text.ts";
import type { FieldSchema, TypeSchema, WireMessage } from "./schema.ts";
import { timeOfParts, timeParts } from "./time-text.ts";
import { WireError, WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

type JsonObject = Record<string, unknown>;

const utf8 = new TextDecoder();
const toUtf8 = new TextEncoder();
const emptyObject: JsonObject = Object.freeze({});

/**
 * The protobuf message of an object, byte for byte as upstream writes it: what isn't a pointer is always written, maps go by sorted
 * keys. Without the envelope.
 */
export function encodeProtobuf(type: TypeSchema, value: object): Uint8Array {
  const writer = new WireWriter();
  writeMessage(writer, type.wire, value as JsonObject);
  return writer.finish();
}

/** Writes backwards: the last field first. */
function writeMessage(writer: WireWriter, message: WireMessage, value: JsonObject): void {
  const fields = message.fields;
  for (let i = fields.length - 1; i >= 0; i--) {
    const { number, field, embedded } = fields[i] as (typeof fields)[number];
    if (field) writeField(writer, number, field, value[field.name]);
    else if (embedded) {
      const before = writer.length;
      writeMessage(writer, embedded, value);
      writer.varint(writer.length - before);
      writer.tag(number, 2);
    }
  }
}

function writeField(writer: WireWriter, number: number, field: FieldSchema, value: unknown): void {
  const type = field.type;
  if (type.kind === "list") {
    if (value === undefined || value === null) return;
    const list = value as unknown[];
    const before = writer.length;
    const itemNumber = field.wrapped ? 1 : number;
    for (let i = list.length - 1; i >= 0; i--) writeValue(writer, itemNumber, type.items as TypeSchema, list[i]);
    if (!field.wrapped) return;
    writer.varint(writer.length - before);
    writer.tag(number, 2);
  } else if (type.kind === "map") {
    if (value !== undefined && value !== null) writeMap(writer, number, type.items as TypeSchema, value as JsonObject);
  } else if (value !== undefined && value !== null) writeValue(writer, number, type, value);
  else if (!field.pointer && type.kind !== "bytes") writeValue(writer, number, type, undefined);
}

function writeMap(writer: WireWriter, number: number, values: TypeSchema, map: JsonObject): void {
  const keys = Object.keys(map).sort();
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string;
    const before = writer.length;
    if (values.kind === "list") {
      const inner = writer.length;
      const list = (map[key] ?? []) as unknown[];
      for (let j = list.length - 1; j >= 0; j--) writeValue(writer, 1, values.items as TypeSchema, list[j]);
      writer.varint(writer.length - inner);
      writer.tag(2, 2);
    } else writeValue(writer, 2, values, map[key]);
    writer.text(key);
    writer.tag(1, 2);
    writer.varint(writer.length - before);
    writer.tag(number, 2);
  }
}

/** One value with its tag; undefined is the zero value. */
function writeValue(writer: WireWriter, number: number, type: TypeSchema, value: unknown): void {
  switch (type.kind) {
    case "string":
      writer.text((value ?? "") as string);
      writer.tag(number, 2);
      return;
    case "boolean":
      writer.varint(value === true ? 1 : 0);
      writer.tag(number, 0);
      return;
    case "int32":
    case "int64":
      writer.varint((value ?? 0) as number | bigint);
      writer.tag(number, 0);
      return;
    case "double":
      writer.double((value ?? 0) as number);
      writer.tag(number, 1);
      return;
    case "bytes":
      writer.bytes(bytesOfBase64((value ?? "") as string));
      writer.tag(number, 2);
      return;
  }
  const before = writer.length;
  writeContent(writer, type, value);
  writer.varint(writer.length - before);
  writer.tag(number, 2);
}

/** The content of what is a message in protobuf. */
function writeContent(writer: WireWriter, type: TypeSchema, value: unknown): void {
  switch (type.kind) {
    case "struct":
      writeMessage(writer, type.wire, (value ?? emptyObject) as JsonObject);
      return;
    case "quantity":
      writer.text((value ?? "0") as string);
      writer.tag(1, 2);
      return;
    case "time":
    case "microTime": {
      if (value === undefined || value === null) return;
      const { seconds, nanos } = timeParts(value as string);
      writer.varint(nanos);
      writer.tag(2, 0);
      writer.varint(seconds);
      writer.tag(1, 0);
      return;
    }
    case "duration":
      throw new WireError(`no protobuf form of ${type.goType}`);
    case "intOrString": {
      const isText = typeof value === "string";
      writer.text(isText ? value : "");
      writer.tag(3, 2);
      writer.varint(isText ? 0 : ((value ?? 0) as number));
      writer.tag(2, 0);
      writer.varint(isText ? 1 : 0);
      writer.tag(1, 0);
      return;
    }
    case "rawExtension":
    case "fieldsV1":
    case "json":
      // Upstream keeps no null there.
      if (value === undefined || value === null) return;
      writer.bytes(toUtf8.encode(exactJson(value)));
      writer.tag(1, 2);
      return;
    case "schemaOrBool":
      if (typeof value === "object" && value !== null) writeValue(writer, 2, type.schemaProps, value);
      writer.varint(value === undefined || value === false ? 0 : 1);
      writer.tag(1, 0);
      return;
    case "schemaOrArray":
    case "schemaOrStrings":
      if (Array.isArray(value)) {
        for (let i = value.length - 1; i >= 0; i--) {
          if (type.kind === "schemaOrArray") writeValue(writer, 2, type.schemaProps, value[i]);
          else {
            writer.text(value[i] as string);
            writer.tag(2, 2);
          }
        }
      } else if (value !== undefined && value !== null) writeValue(writer, 1, type.schemaProps, value);
  }
}

/**
 * The object of a protobuf message in its JSON form, as `normalize` makes it of JSON. Without `kind` and `apiVersion`, which the
 * envelope has. Throws `WireError`.
 */
export function decodeProtobuf(type: TypeSchema, bytes: Uint8Array): JsonObject {
  return readStruct(new WireReader(bytes), type);
}

function readStruct(reader: WireReader, type: TypeSchema): JsonObject {
  const value: JsonObject = {};
  readMessage(reader, type.wire, value, type.name);
  fillStruct(type, value);
  return value;
}

function readMessage(reader: WireReader, message: WireMessage, value: JsonObject, name: string): void {
  while (!reader.done) {
    const tag = reader.varint();
    const wireType = tag & 7;
    const number = Math.floor(tag / 8);
    if (wireType === 4) throw new WireError(`proto: ${name}: wiretype end group for non-group`);
    if (number === 0) throw new WireError(`proto: ${name}: illegal tag ${number} (wire type ${tag})`);
    const known = message.byNumber[number];
    if (known?.field) readField(reader, known.field, wireType, value);
    else if (known?.embedded) {
      expectWireType(2, wireType, name);
      readMessage(reader.message(), known.embedded, value, name);
    } else reader.skip(wireType);
  }
}

function expectWireType(expected: number, actual: number, name: string): void {
  if (expected !== actual) {
    // By the name that the field has in upstream's source.
    const shown = name === "metadata" ? "ObjectMeta" : name.charAt(0).toUpperCase() + name.slice(1);
    throw new WireError(`proto: wrong wireType = ${actual} for field ${shown}`);
  }
}

function wireTypeOf(type: TypeSchema): number {
  switch (type.kind) {
    case "boolean":
    case "int32":
    case "int64":
      return 0;
    case "double":
      return 1;
    default:
      return 2;
  }
}

function readField(reader: WireReader, field: FieldSchema, wireType: number, value: JsonObject): void {
  const { name, type } = field;
  if (type.kind === "list") {
    const items = type.items as TypeSchema;
    if (field.wrapped) {
      expectWireType(2, wireType, name);
      value[name] = readItems(reader.message(), items);
      return;
    }
    value[name] ??= [];
    const list = value[name] as unknown[];
    if (wireType === 2 && wireTypeOf(items) === 0) {
      for (const packed = reader.message(); !packed.done; ) list.push(readValue(packed, items));
      return;
    }
    expectWireType(wireTypeOf(items), wireType, name);
    list.push(readValue(reader, items) ?? null);
  } else if (type.kind === "map") {
    expectWireType(2, wireType, name);
    value[name] ??= {};
    readEntry(reader.message(), type.items as TypeSchema, value[name] as JsonObject);
  } else {
    expectWireType(wireTypeOf(type), wireType, name);
    const read = readValue(reader, type);
    if (read !== undefined && !(field.omitsZero && (read === "" || read === 0 || read === false))) value[name] = read;
  }
}

function readEntry(reader: WireReader, values: TypeSchema, map: JsonObject): void {
  let key = "";
  let value: unknown;
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 10) key = reader.text();
    else if (tag >> 3 === 2) {
      expectWireType(values.kind === "list" ? 2 : wireTypeOf(values), tag & 7, "value");
      value = values.kind === "list" ? readItems(reader.message(), values.items as TypeSchema) : readValue(reader, values);
    } else reader.skip(tag & 7);
  }
  value ??= values.kind === "struct" ? readStruct(new WireReader(new Uint8Array()), values) : readZero(values);
  setField(map, key, value);
}

function readZero(type: TypeSchema): unknown {
  switch (wireTypeOf(type)) {
    case 0:
      return type.kind === "boolean" ? false : 0;
    case 1:
      return 0;
    default:
      if (type.kind === "list") return [];
      return type.kind === "quantity" ? "0" : type.kind === "string" || type.kind === "bytes" ? "" : null;
  }
}

/** The message that stands for a list as a map's value. */
function readItems(reader: WireReader, items: TypeSchema): unknown[] {
  const list: unknown[] = [];
  while (!reader.done) {
    const tag = reader.varint();
    if (tag >> 3 === 1) list.push(readValue(reader, items));
    else reader.skip(tag & 7);
  }
  return list;
}

/** Undefined where the message stands for no value. */
function readValue(reader: WireReader, type: TypeSchema): unknown {
  switch (type.kind) {
    case "string":
      return reader.text();
    case "struct":
      return readStruct(reader.message(), type);
    case "boolean":
      return reader.varint() !== 0;
    case "int32":
    case "int64":
      return reader.signed();
    case "double":
      return reader.double();
    case "bytes":
      return base64OfBytes(reader.bytes());
    default:
      return readContent(reader.message(), type);
  }
}

function readContent(reader: WireReader, type: TypeSchema): unknown {
  let first: unknown;
  let second: unknown;
  let third: unknown;
  while (!reader.done) {
    const tag = reader.varint();
    const wireType = tag & 7;
    const number = Math.floor(tag / 8);
    if (number === 1) first = readPart(reader, type, 1, wireType, first);
    else if (number === 2) second = readPart(reader, type, 2, wireType, second);
    else if (number === 3) third = readPart(reader, type, 3, wireType, third);
    else reader.skip(wireType);
  }
  switch (type.kind) {
    case "quantity":
      return first || "0";
    case "time":
    case "microTime":
      if (first === undefined && second === undefined) return undefined;
      return timeOfParts((first ?? 0) as number, (second ?? 0) as number, type.kind === "time" ? 0 : 6);
    case "intOrString":
      return first === 1 ? (third ?? "") : (second ?? 0);
    case "schemaOrBool":
      return second ?? first === 1;
    default:
      return first ?? second;
  }
}

/** One field of a special message. */
function readPart(reader: WireReader, type: TypeSchema, number: number, wireType: number, before: unknown): unknown {
  switch (type.kind) {
    case "quantity":
      if (number === 1 && wireType === 2) return reader.text();
      break;
    case "time":
    case "microTime":
      if (wireType === 0) return reader.signed();
      break;
    case "intOrString":
      if (number < 3 && wireType === 0) return reader.signed();
      if (number === 3 && wireType === 2) return reader.text();
      break;
    case "rawExtension":
    case "fieldsV1":
    case "json":
      if (number === 1 && wireType === 2) return parseRaw(reader.bytes());
      break;
    case "schemaOrBool":
      if (number === 1 && wireType === 0) return reader.varint();
      if (number === 2 && wireType === 2) return readStruct(reader.message(), type.schemaProps);
      break;
    case "schemaOrArray":
    case "schemaOrStrings": {
      if (wireType !== 2) break;
      if (number === 1) return readStruct(reader.message(), type.schemaProps);
      const list = (before ?? []) as unknown[];
      list.push(type.kind === "schemaOrArray" ? readStruct(reader.message(), type.schemaProps) : reader.text());
      return list;
    }
  }
  reader.skip(wireType);
  return before;
}

function parseRaw(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return parseExact(utf8.decode(bytes));
  } catch (error) {
    throw new WireError(`raw JSON inside protobuf: ${(error as Error).message}`);
  }
}
