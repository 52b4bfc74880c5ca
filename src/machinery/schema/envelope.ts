import { WireError, WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/** The frame of every protobuf object over HTTP and in etcd: four magic bytes, then a message that says what is inside. */
export interface Envelope {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
  contentEncoding: string;
  contentType: string;
}

const magic = [0x6b, 0x38, 0x73, 0x00];

export function isEnvelope(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && magic.every((byte, i) => bytes[i] === byte);
}

export function encodeEnvelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const writer = new WireWriter(raw.length + apiVersion.length + kind.length + 40);
  writer.text("");
  writer.tag(4, 2);
  writer.text("");
  writer.tag(3, 2);
  writer.bytes(raw);
  writer.tag(2, 2);
  const before = writer.length;
  writer.text(kind);
  writer.tag(2, 2);
  writer.text(apiVersion);
  writer.tag(1, 2);
  writer.varint(writer.length - before);
  writer.tag(1, 2);
  writer.raw(new Uint8Array(magic));
  return writer.finish();
}

/** Throws `WireError`. `raw` shares memory with `bytes`. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (!isEnvelope(bytes)) {
    throw new WireError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const envelope: Envelope = { apiVersion: "", kind: "", raw: new Uint8Array(), contentEncoding: "", contentType: "" };
  for (const reader = new WireReader(bytes, 4); !reader.done; ) {
    const tag = reader.varint();
    if (tag === 10) readTypeMeta(reader.message(), envelope);
    else if (tag === 18) envelope.raw = reader.bytes();
    else if (tag === 26) envelope.contentEncoding = reader.text();
    else if (tag === 34) envelope.contentType = reader.text();
    else reader.skip(tag & 7);
  }
  return envelope;
}

function readTypeMeta(reader: WireReader, envelope: Envelope): void {
  while (!reader.done) {
    const tag = reader.varint();
    if (tag === 10) envelope.apiVersion = reader.text();
    else if (tag === 18) envelope.kind = reader.text();
    else reader.skip(tag & 7);
  }
}

/** The message of one watch event; `object` is the object's envelope. */
export function encodeWatchEvent(type: string, object: Uint8Array): Uint8Array {
  const writer = new WireWriter(object.length + 40);
  const before = writer.length;
  writer.bytes(object);
  writer.tag(1, 2);
  writer.varint(writer.length - before);
  writer.tag(2, 2);
  writer.text(type);
  writer.tag(1, 2);
  return writer.finish();
}

export function decodeWatchEvent(bytes: Uint8Array): { type: string; object: Uint8Array } {
  const event = { type: "", object: new Uint8Array() };
  for (const reader = new WireReader(bytes); !reader.done; ) {
    const tag = reader.varint();
    if (tag === 10) event.type = reader.text();
    else if (tag === 18) {
      for (const inner = reader.message(); !inner.done; ) {
        const innerTag = inner.varint();
        if (innerTag === 10) event.object = inner.bytes() as Uint8Array<ArrayBuffer>;
        else inner.skip(innerTag & 7);
      }
    } else reader.skip(tag & 7);
  }
  return event;
}
