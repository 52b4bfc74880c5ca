import { WireWriter } from "./wire-writer.ts";
import { yamlText } from "./yaml-text.ts";

export type Json = Record<string, unknown>;

/** Writes a field with its tag. As everything is written backwards, what is repeated goes from the last to the first. */
export type Write = (writer: WireWriter, number: number, value: unknown) => void;

/** A large map: the number and form of its entries; or a message that has large maps. */
export type MapForm = { number: number; write: Write } | { fields: Message["fields"]; maps: Readonly<Record<string, MapForm>> };

/** A message: the name of each member in JSON, its number, and its form. `x-…` members go to the field `extensions`. */
export interface Message {
  fields: [name: string, number: number, write: Write][];
  extensions?: number;
}

/**
 * The message of a document, in steps: its members, of which those that `maps` names have hundreds of entries. Members that the form
 * has no field for are left out.
 */
export function* encodeDocument(
  value: Json,
  fields: Message["fields"],
  maps: Readonly<Record<string, MapForm>>,
): Generator<void, Uint8Array> {
  const writer = new WireWriter(65_536);
  yield* writeFields(writer, value, fields, maps);
  return writer.finish();
}

function* writeFields(
  writer: WireWriter,
  value: Json,
  fields: Message["fields"],
  maps: Readonly<Record<string, MapForm>>,
): Generator<void, void> {
  for (const [name, number, write] of fields.toReversed()) {
    const member = value[name];
    if (member === undefined) continue;
    const form = maps[name];
    if (!form) {
      write(writer, number, member);
      continue;
    }
    const before = writer.length;
    if ("fields" in form) yield* writeFields(writer, member as Json, form.fields, form.maps);
    else {
      for (const [key, part] of Object.entries(member as Json).reverse()) {
        writeNamed(writer, form.number, key, part, form.write);
        yield;
      }
    }
    close(writer, number, before);
  }
}

/** Ends a message that began when the writer had written `before` bytes. */
export function close(writer: WireWriter, number: number, before: number): void {
  writer.varint(writer.length - before);
  writer.tag(number, 2);
}

export const text: Write = (writer, number, value) => {
  if (value === "") return;
  writer.text(value as string);
  writer.tag(number, 2);
};

export const integer: Write = (writer, number, value) => {
  if (value === 0) return;
  writer.varint(value as number);
  writer.tag(number, 0);
};

export const double: Write = (writer, number, value) => {
  if (value === 0) return;
  writer.double(value as number);
  writer.tag(number, 1);
};

export const flag: Write = (writer, number, value) => integer(writer, number, value === true ? 1 : 0);

export const texts: Write = (writer, number, value) => {
  const list = value as string[];
  for (let i = list.length - 1; i >= 0; i--) {
    writer.text(list[i] as string);
    writer.tag(number, 2);
  }
};

/** What has no type of its own: as YAML. */
export const any: Write = (writer, number, value) => {
  const before = writer.length;
  text(writer, 2, yamlText(value));
  close(writer, number, before);
};

export function repeated(write: Write): Write {
  return (writer, number, value) => {
    const list = value as unknown[];
    for (let i = list.length - 1; i >= 0; i--) write(writer, number, list[i]);
  };
}

/** A message with one field. */
export function wrapped(inner: number, write: Write): Write {
  return (writer, number, value) => {
    const before = writer.length;
    write(writer, inner, value);
    close(writer, number, before);
  };
}

/** Maps are messages with a list of pairs, in the order of the document. */
export function map(pairs: number, write: Write): Write {
  return (writer, number, value) => {
    const before = writer.length;
    for (const [key, part] of Object.entries(value as Json).reverse()) writeNamed(writer, pairs, key, part, write);
    close(writer, number, before);
  };
}

function writeNamed(writer: WireWriter, number: number, key: string, value: unknown, write: Write): void {
  const before = writer.length;
  write(writer, 2, value);
  text(writer, 1, key);
  close(writer, number, before);
}

/** `of` is asked when something is written: schemas have schemas in them. */
export function message(of: () => Message): Write {
  return (writer, number, value) => {
    const { fields, extensions } = of();
    const json = value as Json;
    const before = writer.length;
    if (extensions !== undefined) {
      for (const [key, part] of Object.entries(json).reverse()) {
        if (key.startsWith("x-")) writeNamed(writer, extensions, key, part, any);
      }
    }
    for (let i = fields.length - 1; i >= 0; i--) {
      const [name, field, write] = fields[i] as Message["fields"][number];
      if (json[name] !== undefined) write(writer, field, json[name]);
    }
    close(writer, number, before);
  };
}
