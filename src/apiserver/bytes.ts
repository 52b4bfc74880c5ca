const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);
export const text = (bytes: Uint8Array): string => decoder.decode(bytes);

export function concat(chunks: readonly Uint8Array[], length?: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  let total = length ?? 0;
  if (length === undefined) for (const chunk of chunks) total += chunk.length;
  const joined = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

export function totalLength(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.length;
  return total;
}

/** A number as a protobuf varint. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** The head of a length-delimited protobuf field. */
export function fieldHead(number: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]);
}

/** A length-delimited protobuf field. */
export function protobufField(number: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? utf8(value) : value;
  return concat([fieldHead(number, bytes.length), bytes]);
}

const magic = Uint8Array.from([0x6b, 0x38, 0x73, 0x00]);

/** Everything before the bytes of a message in the envelope of `application/vnd.kubernetes.protobuf` (runtime.Unknown). */
export function envelopeHead(apiVersion: string, kind: string, length: number): Uint8Array {
  const typeMeta = concat([protobufField(1, apiVersion), protobufField(2, kind)]);
  return concat([magic, protobufField(1, typeMeta), fieldHead(2, length)]);
}

/** Upstream writes the two empty fields after the message too. */
export const envelopeTail = Uint8Array.from([0x1a, 0x00, 0x22, 0x00]);

export function envelope(apiVersion: string, kind: string, message: Uint8Array): Uint8Array {
  return concat([envelopeHead(apiVersion, kind, message.length), message, envelopeTail]);
}

/** The content of an envelope; undefined when the bytes are none. */
export function openEnvelope(bytes: Uint8Array): { apiVersion: string; kind: string; message: Uint8Array } | undefined {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic[i]) return undefined;
  const opened = { apiVersion: "", kind: "", message: new Uint8Array(0) };
  const fields = readFields(bytes, magic.length);
  if (!fields) return undefined;
  for (const [number, value] of fields) {
    if (number === 1) {
      for (const [inner, content] of readFields(value, 0) ?? []) {
        if (inner === 1) opened.apiVersion = text(content);
        if (inner === 2) opened.kind = text(content);
      }
    } else if (number === 2) opened.message = value as Uint8Array<ArrayBuffer>;
  }
  return opened;
}

function readFields(bytes: Uint8Array, start: number): [number, Uint8Array][] | undefined {
  const fields: [number, Uint8Array][] = [];
  let at = start;
  const readVarint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = readVarint();
    if (tag % 8 !== 2) return undefined;
    const length = readVarint();
    if (!(at + length <= bytes.length)) return undefined;
    fields.push([Math.floor(tag / 8), bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}
