const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

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

/** The same bytes and the line end behind them, where there is one in memory. */
export function withLineEnd(bytes: Uint8Array): Uint8Array | undefined {
  const { buffer, byteOffset, length } = bytes;
  if (byteOffset + length >= buffer.byteLength) return undefined;
  const line = new Uint8Array(buffer, byteOffset, length + 1);
  return line[length] === 10 ? line : undefined;
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

/** Everything before the bytes of a message in its envelope: lists are spliced between head and tail. */
export function envelopeHead(apiVersion: string, kind: string, length: number): Uint8Array {
  const typeMeta = concat([protobufField(1, apiVersion), protobufField(2, kind)]);
  return concat([magic, protobufField(1, typeMeta), fieldHead(2, length)]);
}

/** Upstream writes the two empty fields after the message too. */
export const envelopeTail = Uint8Array.from([0x1a, 0x00, 0x22, 0x00]);
