import { utf8Length } from "../../machinery/validation/names.ts";
import type { JsonLayout } from "../encodings.ts";
import type { StoredJson } from "../entry.ts";
import type { StoreEvent, StoreEventType } from "../store.ts";

/**
 * What the log holds for one revision: a head (little-endian) and the JSON of the state, as it is served.
 *
 *   0  u8   type of the event
 *   2  u16  length of the key
 *   4  u32  length of the JSON's kind and apiVersion
 *   8  u32  place of managedFields in the JSON, 0 when there are none
 *   12 u32  length of managedFields
 *   16 f64  revision of the state before, 0 when there was none
 *   24      the key in UTF-8, then the JSON, or what encryption has made of it
 */
const headBytes = 24;
const types: readonly StoreEventType[] = ["ADDED", "MODIFIED", "DELETED"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface RecordHead {
  type: StoreEventType;
  key: string;
  previousRevision: number;
  jsonLength: number;
}

/** The bytes that a record has before its JSON. */
export function headLength(key: string): number {
  return headBytes + utf8Length(key);
}

/** Fills the head in: `layout.buffer` has `headLength(event.key)` bytes for it. */
export function writeHead(layout: JsonLayout, event: StoreEvent): void {
  const { buffer } = layout;
  const view = viewOf(buffer);
  view.setUint8(0, types.indexOf(event.type));
  view.setUint16(2, encoder.encodeInto(event.key, buffer.subarray(headBytes)).written, true);
  view.setUint32(4, layout.headerLength, true);
  view.setUint32(8, layout.managedFieldsOffset, true);
  view.setUint32(12, layout.managedFieldsLength, true);
  view.setFloat64(16, event.previous?.revision ?? 0, true);
}

/** A record with another key in its head. */
export function withKey(record: Uint8Array, key: string): Uint8Array {
  const rest = record.subarray(headBytes + viewOf(record).getUint16(2, true));
  const name = encoder.encode(key);
  const moved = new Uint8Array(headBytes + name.length + rest.length);
  moved.set(record.subarray(0, headBytes));
  viewOf(moved).setUint16(2, name.length, true);
  moved.set(name, headBytes);
  moved.set(rest, headBytes + name.length);
  return moved;
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, headBytes);
}

export function readHead(record: Uint8Array): RecordHead {
  const view = viewOf(record);
  const keyEnd = headBytes + view.getUint16(2, true);
  return {
    type: types[view.getUint8(0)] as StoreEventType,
    key: decoder.decode(record.subarray(headBytes, keyEnd)),
    previousRevision: view.getFloat64(16, true),
    jsonLength: record.length - keyEnd,
  };
}

/** What a record keeps of its state: JSON, or what it was sealed into. */
export function keptOf(record: Uint8Array): Uint8Array {
  return record.subarray(headBytes + viewOf(record).getUint16(2, true));
}

/** A record with `kept` in place of the JSON. */
export function withKept(record: Uint8Array, kept: Uint8Array): Uint8Array {
  const head = record.length - keptOf(record).length;
  const changed = new Uint8Array(head + kept.length);
  changed.set(record.subarray(0, head));
  changed.set(kept, head);
  return changed;
}

function copyWithLineEnd(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes);
  copy[bytes.length] = 10;
  return copy.subarray(0, bytes.length);
}

/** The state that a record holds, in a buffer of its own, with a line end behind it: `record` may be memory that is used again. `open` unseals it. */
export function readJson(record: Uint8Array, open: (kept: Uint8Array) => Uint8Array): StoredJson {
  const view = viewOf(record);
  const kept = keptOf(record);
  const opened = open(kept);
  return {
    // A Buffer's own slice would be the same memory.
    json: opened.buffer === kept.buffer ? copyWithLineEnd(opened) : opened,
    headerLength: view.getUint32(4, true),
    managedFieldsOffset: view.getUint32(8, true),
    managedFieldsLength: view.getUint32(12, true),
  };
}

/** What the index holds for a key: the revision of its newest state and the length of that state's JSON. */
export function indexValue(revision: number, jsonLength: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, revision, true);
  view.setUint32(8, jsonLength, true);
  return bytes;
}

export function readIndexValue(bytes: Uint8Array): { revision: number; jsonLength: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
  return { revision: view.getFloat64(0, true), jsonLength: view.getUint32(8, true) };
}
