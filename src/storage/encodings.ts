import { exactJson } from "../machinery/exact-json.ts";
import type { AnyObject } from "../machinery/object.ts";
import { parseExact } from "../machinery/schema/json-text.ts";
import { utf8Length } from "../machinery/validation/names.ts";

/** Who keeps encoded bytes: told when they are dropped to make room. */
export interface EncodingOwner {
  dropped(encoding: Encoding): void;
}

/** One encoded form of one state. */
export interface Encoding {
  readonly owner: EncodingOwner;
  readonly form: string;
  readonly bytes: Uint8Array;
  /** Set on each use: it is then spared once when room is needed. */
  used: boolean;
  /** Its place among all that are kept. */
  index: number;
}

/** Where the JSON of a state was put, and where its parts are. */
export interface JsonLayout {
  /** Holds `reserved` bytes for the caller, then the JSON. In memory a line end follows. */
  buffer: Uint8Array;
  /** The length of `{"kind":…,"apiVersion":…,`. */
  headerLength: number;
  /** Where the array of managedFields begins in the JSON; 0 when there is none. */
  managedFieldsOffset: number;
  managedFieldsLength: number;
  /** Where the metadata have ended: what follows, to the end, is the same in the next state that differs in its metadata only. */
  restOffset: number;
}

/** The end of JSON with integers that a number can't hold: what reads it need not look for them in all others. */
const markedEnd = "} ";

/** The object that has been serialized. */
export function parseSerialized(json: string): AnyObject {
  return (json.endsWith(markedEnd) ? parseExact(json) : JSON.parse(json)) as AnyObject;
}

/** The JSON of an object's metadata, without what is put in before it, and of all that comes after it; its bytes where they are known. */
function textsOf(value: AnyObject, knownRest: Uint8Array | undefined): { metadata: string; rest: string | Uint8Array } {
  const meta = { ...value.metadata, resourceVersion: undefined, managedFields: undefined };
  const others = () => ({ ...value, kind: undefined, apiVersion: undefined, metadata: undefined });
  const restText = (json: string, end: string) => (json === "{}" ? end : `,${json.slice(1, -1)}${end}`);
  try {
    return { metadata: JSON.stringify(meta), rest: knownRest ?? restText(JSON.stringify(others()), "}") };
  } catch {
    return { metadata: exactJson(meta), rest: restText(exactJson(others()), markedEnd) };
  }
}

const openMetadata = '"metadata":{';
const ownedMark = ',"managedFields":';
const lineEnd = 10;
const encoder = new TextEncoder();

/**
 * The encoded forms of the objects of a store, under one limit of bytes. Dropping one is always safe: its owner makes it anew.
 * What goes is chosen at random among those that were not used lately: lists read all objects in turn, and when these are more
 * than there is room for, dropping the least recently used would drop each one just before its next use.
 */
export class Encodings {
  readonly #limitBytes: number;
  readonly #kept: Encoding[] = [];
  #bytes = 0;
  /** The state of a small generator (xorshift): any cheap order without a pattern serves. */
  #random = 0x2545f491;
  #scratch = new Uint8Array(64 * 1024);

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(owner: EncodingOwner, form: string, bytes: Uint8Array): Encoding {
    while (this.#bytes + bytes.byteLength > this.#limitBytes && this.#kept.length > 0) this.#dropOne();
    const encoding: Encoding = { owner, form, bytes, used: false, index: this.#kept.length };
    this.#kept.push(encoding);
    this.#bytes += bytes.byteLength;
    return encoding;
  }

  /** Drops all of them. */
  clear(): void {
    for (const encoding of this.#kept.splice(0)) encoding.owner.dropped(encoding);
    this.#bytes = 0;
  }

  remove(encoding: Encoding): void {
    this.#bytes -= encoding.bytes.byteLength;
    const last = this.#kept.pop() as Encoding;
    if (last === encoding) return;
    this.#kept[encoding.index] = last;
    last.index = encoding.index;
  }

  /**
   * The JSON of an object: kind, apiVersion, metadata (resourceVersion and managedFields first), then the rest, so that the
   * places of all that readers cut out or put in are known. `knownRest`: the bytes after the metadata, where a state before has them.
   */
  serialize(
    value: AnyObject,
    resourceVersion: string,
    managedFields: string | undefined,
    reserved: number,
    knownRest?: Uint8Array,
  ): JsonLayout {
    const header = jsonHeader(value.kind, value.apiVersion);
    const { metadata, rest } = textsOf(value, knownRest);
    const version = `"resourceVersion":"${resourceVersion}"`;
    const metadataTail = metadata === "{}" ? "}" : `,${metadata.slice(1)}`;

    // UTF-8 takes at most three bytes for each UTF-16 code unit.
    this.#ensureScratch(
      reserved + 3 * (header.length + version.length + (managedFields?.length ?? 0) + metadataTail.length + rest.length + 64),
    );
    const owned = managedFields === undefined ? "" : `${ownedMark}${managedFields}`;
    const head = `${header}${openMetadata}${version}${owned}${metadataTail}`;
    const known = typeof rest === "string" ? undefined : rest;
    const text = known ? head : `${head}${rest}`;
    let at = reserved + this.#write(text, reserved);
    // Where nothing takes more than a byte the places are known; each call of the encoder costs as much as a few hundred bytes do.
    const isPlain = at - reserved === text.length;
    const lengthOf = (part: string) => (isPlain ? part.length : utf8Length(part));
    const headerLength = lengthOf(header);
    const managedFieldsLength = lengthOf(managedFields ?? "");
    const managedFieldsOffset = managedFields === undefined ? 0 : headerLength + openMetadata.length + version.length + ownedMark.length;
    const restOffset = lengthOf(head);
    if (known) {
      this.#scratch.set(known, at);
      at += known.length;
    }
    this.#scratch[at] = lineEnd;
    const buffer = this.#scratch.slice(0, at + 1).subarray(0, at);
    return { buffer, headerLength, managedFieldsOffset, managedFieldsLength, restOffset };
  }

  #write(text: string, at: number): number {
    return encoder.encodeInto(text, this.#scratch.subarray(at)).written;
  }

  #ensureScratch(length: number): void {
    // A huge object's scratch is given back with the next ordinary one.
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length);
    else if (this.#scratch.length > 4 * 1024 * 1024 && length < 256 * 1024) this.#scratch = new Uint8Array(256 * 1024);
  }

  #dropOne(): void {
    let victim = this.#pick();
    for (let spared = 0; victim.used && spared < 8; spared++) {
      victim.used = false;
      victim = this.#pick();
    }
    this.remove(victim);
    victim.owner.dropped(victim);
  }

  #pick(): Encoding {
    let random = this.#random;
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    this.#random = random;
    return this.#kept[(random >>> 0) % this.#kept.length] as Encoding;
  }
}

/** What an object's JSON begins with, before its metadata. */
export function jsonHeader(kind: string | undefined, apiVersion: string | undefined): string {
  const kindField = kind === undefined ? "" : `"kind":${JSON.stringify(kind)},`;
  return `{${kindField}${apiVersion === undefined ? "" : `"apiVersion":${JSON.stringify(apiVersion)},`}`;
}
