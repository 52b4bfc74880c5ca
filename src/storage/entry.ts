import type { AnyObject } from "../machinery/object.ts";
import { type Encoding, type EncodingOwner, type Encodings, type JsonLayout, jsonHeader, parseSerialized } from "./encodings.ts";
import type { Entry } from "./store.ts";

/** A state's JSON as a store on disk gives it back: the bytes and where their parts are. */
export interface StoredJson {
  readonly json: Uint8Array;
  readonly headerLength: number;
  readonly managedFieldsOffset: number;
  readonly managedFieldsLength: number;
}

/** Reads states back from where they are kept; undefined when the state isn't (yet, or any more) there. */
export interface EntrySource {
  read(revision: number): StoredJson | undefined;
}

const jsonForm = "json";
const bareForm = "bare";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The one implementation of `Entry`. It is made either of a value (a write) or of a source (after a restart), from which value
 * and managedFields are read on first use. Its bytes can be dropped at any time: they come again from the source or the value.
 */
export class StoredEntry implements Entry, EncodingOwner {
  readonly key: string;
  readonly revision: number;
  /** Bytes that this state holds beyond what it shares with the states before it, roughly. */
  readonly size: number;
  /** The same with what it shares, even more roughly: not less than the state before it that it shares anything with. */
  readonly wholeSize: number;
  readonly #encodings: Encodings;
  #value: AnyObject | undefined;
  /** Given up once it can be read out of the JSON again: it is a third of it. */
  #managedFields: string | undefined;
  /** Where they are in the JSON with its header, once that has been made. */
  #managedFieldsOffset = 0;
  #managedFieldsLength = 0;
  /** Where the metadata end in the JSON with its header; 0 when nobody knows. */
  #restOffset = 0;
  /** Of the JSON with its header, where a store on disk has it. */
  #storedLength = 0;
  #source: EntrySource | undefined;
  /** Keeps the bytes of a state that nobody has read, when its source is about to forget it. */
  #pinned: StoredJson | undefined;
  /** The JSON, with its header or without: the one that was asked for last. The other is a copy away. */
  #json: Encoding | undefined;
  #headerLength = 0;
  /** Somebody has been given its JSON, and may still be sending it. */
  #shown = false;
  #others: Map<string, Encoding> | undefined;

  private constructor(key: string, revision: number, encodings: Encodings, size: number, wholeSize = size) {
    this.key = key;
    this.revision = revision;
    this.size = size;
    this.wholeSize = wholeSize;
    this.#encodings = encodings;
  }

  /** Of a new state, which may share parts with the one before. Takes `value` over: sets its resourceVersion and freezes it. */
  static of(
    key: string,
    revision: number,
    value: AnyObject,
    managedFields: string | undefined,
    encodings: Encodings,
    before?: StoredEntry,
  ): StoredEntry {
    const resourceVersion = String(revision);
    let own = value;
    if (Object.isFrozen(value)) own = { ...value, metadata: { ...value.metadata, resourceVersion } };
    else if (Object.isFrozen(value.metadata)) own.metadata = { ...value.metadata, resourceVersion };
    else own.metadata.resourceVersion = resourceVersion;
    const size = 200 + freezeAndMeasure(own) + (managedFields?.length ?? 0);
    const known = before === undefined ? undefined : before.#value;
    const wholeSize = before && known && sharesPart(own, known) ? Math.max(size, before.wholeSize) : size;
    const entry = new StoredEntry(key, revision, encodings, size, wholeSize);
    entry.#value = own;
    entry.#managedFields = managedFields;
    return entry;
  }

  /** Of a state that `source` keeps and that nobody has read so far; `jsonLength` is the length of its JSON. */
  static from(key: string, revision: number, source: EntrySource, jsonLength: number, encodings: Encodings): StoredEntry {
    // Parsed, an object takes about half as much again as its text.
    const entry = new StoredEntry(key, revision, encodings, 200 + (jsonLength * 3) / 2);
    entry.#source = source;
    entry.#storedLength = jsonLength;
    return entry;
  }

  get storedSize(): number {
    return this.#storedLength || this.wholeSize;
  }

  /** Bytes that this state takes in the history of a store, roughly: a store on disk has all of it. */
  get historySize(): number {
    return Math.max(this.size, this.#storedLength);
  }

  get value(): AnyObject {
    return this.#value ?? this.#parse();
  }

  get managedFields(): string | undefined {
    if (this.#value === undefined) this.#parse();
    if (this.#managedFields !== undefined || this.#managedFieldsLength === 0) return this.#managedFields;
    const isBare = this.#json?.form === bareForm;
    const offset = this.#managedFieldsOffset - (isBare ? this.#headerLength - 1 : 0);
    return decoder.decode((isBare ? this.jsonWithoutHeader() : this.json()).subarray(offset, offset + this.#managedFieldsLength));
  }

  json(): Uint8Array {
    this.#shown = true;
    const kept = this.#json;
    if (kept === undefined) return this.#keep(jsonForm, this.#makeJson());
    kept.used = true;
    if (kept.form === jsonForm) return kept.bytes;
    const { kind, apiVersion } = this.value;
    const header = encoder.encode(jsonHeader(kind, apiVersion));
    const json = new Uint8Array(header.length + kept.bytes.length - 1);
    json.set(header);
    json.set(kept.bytes.subarray(1), header.length);
    return this.#keep(jsonForm, json);
  }

  jsonWithoutHeader(): Uint8Array {
    this.#shown = true;
    const kept = this.#json;
    if (kept !== undefined && kept.form === bareForm) {
      kept.used = true;
      return kept.bytes;
    }
    const json = kept?.bytes ?? this.#makeJson();
    const bare = new Uint8Array(json.length - this.#headerLength + 1);
    bare[0] = 0x7b;
    bare.set(json.subarray(this.#headerLength), 1);
    return this.#keep(bareForm, bare);
  }

  encoded(form: string, make: () => Uint8Array): Uint8Array {
    const kept = this.#others?.get(form);
    if (kept !== undefined) {
      kept.used = true;
      return kept.bytes;
    }
    const bytes = make();
    this.#others ??= new Map();
    this.#others.set(form, this.#encodings.add(this, form, bytes));
    return bytes;
  }

  /** Serialises the state for a store on disk, with room for a record's head, and keeps the bytes as its JSON. */
  layOut(reserved: number, previous?: StoredEntry): JsonLayout {
    const rest = previous === undefined ? undefined : previous.#restOf(this.value);
    const layout = this.#encodings.serialize(this.value, String(this.revision), this.#managedFields, reserved, rest);
    this.#restOffset = layout.restOffset;
    this.#storedLength = layout.buffer.length - reserved;
    this.#headerLength = layout.headerLength;
    this.#managedFieldsOffset = layout.managedFieldsOffset;
    this.#managedFieldsLength = layout.managedFieldsLength;
    this.#keep(jsonForm, layout.buffer.subarray(reserved));
    return layout;
  }

  /** The bytes after the metadata, where another state has the same there and they are at hand. */
  #restOf(other: AnyObject): Uint8Array | undefined {
    const value = this.#value;
    if (value === undefined || this.#restOffset === 0 || !differInMetadataOnly(value, other)) return undefined;
    const kept = this.#json;
    if (kept === undefined) return this.#source?.read(this.revision)?.json.subarray(this.#restOffset);
    return kept.bytes.subarray(kept.form === jsonForm ? this.#restOffset : this.#restOffset - this.#headerLength + 1);
  }

  /** From now on dropped bytes can be read back from `source`, and with them what lies in them only. */
  attach(source: EntrySource): void {
    this.#source = source;
    if (this.#managedFieldsLength > 0) this.#managedFields = undefined;
    this.#takeBytes();
  }

  /**
   * A store on disk forgets only with the next full collection what it has been given to write: the memory behind it is taken away,
   * unless somebody else has it too.
   */
  #takeBytes(): void {
    const kept = this.#json;
    if (kept === undefined || this.#shown) return;
    const { buffer, byteOffset, length } = kept.bytes;
    this.#encodings.remove(kept);
    this.#json = this.#encodings.add(this, kept.form, new Uint8Array((buffer as ArrayBuffer).transfer(), byteOffset, length));
  }

  letGo(): void {
    if (this.#source !== undefined) this.releaseEncodings();
  }

  /** Gives the parsed value up where it can be read again: of a state that was replaced a while ago. */
  unload(): void {
    if (this.#source === undefined) return;
    this.#value = undefined;
    this.#managedFields = undefined;
    this.releaseEncodings();
  }

  /** The source is about to forget this state: take over what only it has. */
  detach(): void {
    if (this.#source === undefined) return;
    if (this.#value === undefined) this.#pinned = this.#source.read(this.revision);
    else this.#managedFields = this.managedFields;
    this.#source = undefined;
  }

  /** Gives the encoded forms up. They are made anew if someone still asks. */
  releaseEncodings(): void {
    if (this.#json !== undefined) this.#encodings.remove(this.#json);
    this.#json = undefined;
    if (this.#others !== undefined) for (const encoding of this.#others.values()) this.#encodings.remove(encoding);
    this.#others = undefined;
  }

  dropped(encoding: Encoding): void {
    if (this.#json === encoding) this.#json = undefined;
    else this.#others?.delete(encoding.form);
  }

  #makeJson(): Uint8Array {
    const stored = this.#pinned ?? this.#source?.read(this.revision);
    if (stored !== undefined) {
      this.#headerLength = stored.headerLength;
      return stored.json;
    }
    const layout = this.#encodings.serialize(this.value, String(this.revision), this.#managedFields, 0);
    this.#headerLength = layout.headerLength;
    return layout.buffer;
  }

  #keep(form: string, bytes: Uint8Array): Uint8Array {
    if (this.#json !== undefined) this.#encodings.remove(this.#json);
    this.#json = undefined;
    this.#json = this.#encodings.add(this, form, bytes);
    return bytes;
  }

  #parse(): AnyObject {
    const stored = this.#pinned ?? this.#source?.read(this.revision);
    if (stored === undefined) throw new Error(`the state of ${this.key} at revision ${this.revision} can't be read: the store is closed`);
    const { json, managedFieldsOffset: offset, managedFieldsLength: length } = stored;
    let text: string;
    if (offset === 0) text = decoder.decode(json);
    else {
      this.#managedFieldsOffset = offset;
      this.#managedFieldsLength = length;
      if (this.#source === undefined) this.#managedFields = decoder.decode(json.subarray(offset, offset + length));
      // Cuts `,"managedFields":[…]` out: it follows resourceVersion.
      text = decoder.decode(json.subarray(0, offset - 17)) + decoder.decode(json.subarray(offset + length));
    }
    const value = parseSerialized(text);
    freezeAndMeasure(value);
    this.#value = value;
    this.#pinned = undefined;
    return value;
  }
}

function sharesPart(a: AnyObject, b: AnyObject): boolean {
  for (const name in a) if (a[name] === b[name] && typeof a[name] === "object") return true;
  return false;
}

/** Whether two states are known to have the same JSON after their metadata: they share it, in the same order. */
function differInMetadataOnly(a: AnyObject, b: AnyObject): boolean {
  const names = Object.keys(a);
  const others = Object.keys(b);
  return names.length === others.length && names.every((name, at) => name === others[at] && (name === "metadata" || a[name] === b[name]));
}

/**
 * Freezes plain data all the way down and says roughly how many bytes it holds. Parts that are frozen already belong to an
 * earlier state: they count nothing and are taken to be frozen below.
 */
function freezeAndMeasure(value: unknown): number {
  if (typeof value === "string") return 16 + value.length;
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return 0;
  Object.freeze(value);
  let bytes = 32;
  if (Array.isArray(value)) {
    bytes += 16 + 8 * value.length;
    for (const item of value) bytes += freezeAndMeasure(item);
  } else {
    for (const name in value) bytes += 8 + freezeAndMeasure((value as Record<string, unknown>)[name]);
  }
  return bytes;
}
