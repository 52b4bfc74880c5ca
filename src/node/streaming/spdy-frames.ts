/** SPDY/3.1 on the wire: a control frame is version, type, flags, length; a data frame is stream id, flags, length. */
export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const flagFin = 1;

export const resetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
} as const;

/** Control frames hold a few headers; a longer one is an attack or noise. */
const maxControlLength = 256 * 1024;

export interface ControlFrame {
  type: number;
  flags: number;
  payload: Buffer;
}

/** What the parser hands over, in order. A data frame comes in pieces, as its bytes come in; `last` ends the stream. */
export type ParsedFrame = { control: ControlFrame } | { streamId: number; data: Buffer; last: boolean };

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(payload.length, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

/** The head of a data frame; the data follow as they are. At most 16 MiB - 1 of them. */
export function dataFrameHead(streamId: number, length: number, fin: boolean): Buffer {
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt32BE(length, 4);
  head[4] = fin ? flagFin : 0;
  return head;
}

export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32BE(value >>> 0, index * 4);
  });
  return bytes;
}

/** Cuts bytes into frames. Data is handed on without a copy. */
export class FrameParser {
  #pending: Buffer = Buffer.alloc(0);
  #dataStreamId = 0;
  #dataLeft = 0;
  #dataFin = false;

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
  }

  /** The next frame or piece of one; undefined when more bytes are needed. */
  next(): ParsedFrame | undefined {
    if (this.#dataLeft > 0) {
      if (this.#pending.length === 0) return undefined;
      const data = this.#take(Math.min(this.#dataLeft, this.#pending.length));
      this.#dataLeft -= data.length;
      return { streamId: this.#dataStreamId, data, last: this.#dataLeft === 0 && this.#dataFin };
    }
    if (this.#pending.length < 8) return undefined;
    const first = this.#pending.readUInt32BE(0);
    const length = this.#pending.readUIntBE(5, 3);
    const flags = this.#pending[4] as number;
    if (first < 0x80000000) {
      this.#take(8);
      this.#dataStreamId = first;
      this.#dataLeft = length;
      this.#dataFin = (flags & flagFin) !== 0;
      if (length === 0) return { streamId: first, data: Buffer.alloc(0), last: this.#dataFin };
      return this.next();
    }
    const version = (first >>> 16) & 0x7fff;
    if (version !== 3) throw new Error(`SPDY version ${version} is not supported; 3.1 is`);
    if (length > maxControlLength) throw new Error(`a SPDY control frame of ${length} bytes is too long`);
    if (this.#pending.length < 8 + length) return undefined;
    this.#take(8);
    return { control: { type: first & 0xffff, flags, payload: this.#take(length) } };
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return taken;
  }
}
