import type { StatusError } from "../../machinery/errors.ts";
import { exactJson } from "../../machinery/exact-json.ts";
import { concat, utf8 } from "../bytes.ts";
import type { ApiResponse, OpenStream } from "../request.ts";

/** One response of either HTTP version. */
export interface ResponseTarget {
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  head(status: number, headers: Record<string, string | string[]>, endsHere: boolean): void;
  /** False: wait for `onDrain`. `onWritten` is told when the bytes may change again, or with an error that they won't go out. */
  write(bytes: Uint8Array, onWritten?: (error?: Error | null) => void): boolean;
  end(bytes?: Uint8Array, onWritten?: (error?: Error | null) => void): void;
  onDrain(callback: () => void): void;
  destroy(): void;
}

/** Chunks are joined up to this size: one write each costs more than a copy. */
const writeSize = 64 * 1024;
/** How many writes of one answer are under way at a time. */
const writesUnderWay = 4;

/** How many buffers are kept for the answers to come. */
const keptBuffers = 32;

/** What the answers of a server share. */
export class SendBuffers {
  readonly #free: Buffer[] = [];
  #frames: readonly Uint8Array[] = [];
  #joined: Uint8Array = new Uint8Array(0);

  /** A buffer of `writeSize` bytes. Making one costs more than it seems: memory outside of the heap makes the collector run. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(writeSize);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < keptBuffers) this.#free.push(buffer);
  }

  /** Joins frames for writing. Watchers of the same objects get the same frames one after another: these are joined once. */
  join(frames: readonly Uint8Array[]): Uint8Array {
    if (frames.length === 1) return frames[0] as Uint8Array;
    if (frames !== this.#frames && (frames.length !== this.#frames.length || frames.some((frame, i) => frame !== this.#frames[i]))) {
      this.#joined = concat(frames);
      this.#frames = frames;
    }
    return this.#joined;
  }
}

/** Headers are written a byte for each character, and what users named may have others. */
function encoded(text: string): string {
  return Buffer.from(text).toString("latin1");
}

export function sendResponse({ status, headers, body }: ApiResponse, target: ResponseTarget, buffers: SendBuffers, headOnly = false): void {
  if (headers.warning !== undefined) headers.warning = [headers.warning].flat().map(encoded);
  switch (body.form) {
    case "bytes":
      headers["content-length"] = String(body.bytes.length);
      target.head(status, headers, headOnly);
      if (!headOnly) target.end(body.bytes);
      return;
    case "chunks":
      headers["content-length"] = String(body.length);
      target.head(status, headers, headOnly);
      if (!headOnly) sendChunks(body.chunks, body.length, target, buffers);
      return;
    case "stream": {
      target.head(status, headers, headOnly);
      if (headOnly) return;
      let stream: OpenStream | undefined;
      target.onDrain(() => stream?.drained());
      stream = body.open({ write: (frames) => target.write(buffers.join(frames)), end: () => target.end() });
      if (target.signal.aborted) stream.close();
      else target.signal.addEventListener("abort", () => stream?.close(), { once: true });
      return;
    }
    case "source":
      target.head(status, headers, headOnly);
      if (!headOnly) pipe(body.source, target).catch(() => target.destroy());
      return;
    case "object":
      sendResponse({ status, headers, body: { form: "bytes", bytes: utf8(exactJson(body.object)) } }, target, buffers, headOnly);
      return;
    case "none":
      target.head(status, headers, true);
      return;
    case "events":
      throw new Error("a watch of objects was sent over HTTP");
  }
}

function sendChunks(chunks: readonly Uint8Array[], length: number, target: ResponseTarget, buffers: SendBuffers): void {
  if (length <= writeSize) {
    target.end(concat(chunks, length));
    return;
  }
  new ChunkSender(chunks, length, target, buffers).fill();
}

/** Sends a long answer through a few buffers that are filled again and again: it takes no memory of its own length. */
class ChunkSender {
  readonly #chunks: readonly Uint8Array[];
  readonly #target: ResponseTarget;
  readonly #buffers: SendBuffers;
  #underWay = 0;
  #left: number;
  #next = 0;
  /** How much of the next chunk has gone. */
  #offset = 0;
  #filling = false;

  constructor(chunks: readonly Uint8Array[], length: number, target: ResponseTarget, buffers: SendBuffers) {
    this.#chunks = chunks;
    this.#left = length;
    this.#target = target;
    this.#buffers = buffers;
  }

  fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    while (this.#left > 0 && this.#underWay < writesUnderWay && !this.#target.signal.aborted) {
      const buffer = this.#buffers.take();
      const size = this.#copyTo(buffer);
      this.#left -= size;
      this.#underWay++;
      const onWritten = (error?: Error | null) => {
        this.#underWay--;
        if (error) return;
        this.#buffers.giveBack(buffer);
        this.fill();
      };
      const bytes = size === buffer.length ? buffer : buffer.subarray(0, size);
      if (this.#left === 0) this.#target.end(bytes, onWritten);
      else this.#target.write(bytes, onWritten);
    }
    this.#filling = false;
  }

  #copyTo(buffer: Buffer): number {
    let size = 0;
    while (size < buffer.length && this.#next < this.#chunks.length) {
      const chunk = this.#chunks[this.#next] as Uint8Array;
      const room = buffer.length - size;
      const rest = chunk.length - this.#offset;
      if (rest <= room) {
        buffer.set(this.#offset === 0 ? chunk : chunk.subarray(this.#offset), size);
        size += rest;
        this.#next++;
        this.#offset = 0;
      } else {
        buffer.set(chunk.subarray(this.#offset, this.#offset + room), size);
        size += room;
        this.#offset += room;
      }
    }
    return size;
  }
}

async function pipe(source: AsyncIterable<Uint8Array>, target: ResponseTarget): Promise<void> {
  let drained: (() => void) | undefined;
  target.onDrain(() => drained?.());
  target.signal.addEventListener("abort", () => drained?.(), { once: true });
  for await (const bytes of source) {
    if (target.signal.aborted) return;
    if (target.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      drained = resolve;
    });
    drained = undefined;
  }
  target.end();
}

/** The answer to a request that is refused before the API server sees it. */
export function refusalOf(error: StatusError, auditId: string): ApiResponse {
  return {
    status: error.code,
    headers: { "audit-id": auditId, "cache-control": "no-cache, private", "content-type": "application/json" },
    body: { form: "bytes", bytes: utf8(`${JSON.stringify(error.status)}\n`) },
  };
}
