import type { Platform } from "../machinery/platform.ts";
import type { Entry } from "../storage/store.ts";
import { concat } from "./bytes.ts";
import { combineChecksums, shiftOf } from "./checksum.ts";
import type { ApiRequest, ApiResponse, EntryChunks, ResponseBody } from "./request.ts";

/** Objects and lists smaller than this aren't worth it: upstream's limit. Clients that weigh their encodings get them plain. */
const ofObjects: Terms = { least: 128 * 1024, accepts: (header) => header.split(",").some((part) => part.trim() === "gzip"), varies: true };

/** What isn't an object is served by handlers with terms of their own. */
const ofPaths: Readonly<Record<string, Terms>> = {
  "/openapi/v2": { least: 1400, accepts: weighsGzip, varies: true },
  "/metrics": { least: 0, accepts: weighsGzip, varies: false },
};

/** When an answer is compressed. */
interface Terms {
  /** Bytes. */
  least: number;
  accepts(header: string): boolean;
  /** Whether the answer says that it depends on what the client accepts. */
  varies: boolean;
}

/** So much is compressed at a time. */
const pieceBytes = 256 * 1024;
/** A segment of a list has so many entries; a few more or at least so many where the next one is there already. */
const segmentEntries = { most: 64, least: 16 };
/** Pieces under way at a time, in the platform's threads. */
const piecesUnderWay = 4;

/** Bytes compressed by themselves: blocks that end at a byte, so that they may follow any others. */
interface Piece {
  blocks: Uint8Array;
  /** Of the bytes as they were. */
  length: number;
  checksum: number;
  shift: number;
}

interface Segment {
  /** Which entries it is of: every change has a revision of its own. */
  revisions: readonly number[];
  piece: Promise<Piece>;
  /** How large it is in the end. */
  bytes: number;
}

/**
 * Gzips large answers for clients that take it. Lists are compressed in segments of some entries that are kept: the next list
 * compresses only what has changed since.
 */
export class Compressor {
  readonly #platform: Platform;
  readonly #limitBytes: number;
  /** By form and revision of the first entry, the ones used last at the end. */
  readonly #segments = new Map<string, Segment>();
  #bytes = 0;

  constructor(platform: Platform, limitBytes = 16 * 1024 * 1024) {
    this.#platform = platform;
    this.#limitBytes = limitBytes;
  }

  compress(request: ApiRequest, response: ApiResponse): ApiResponse | Promise<ApiResponse> {
    const { body } = response;
    const size = body.form === "bytes" ? body.bytes.length : body.form === "chunks" ? body.length : 0;
    const accepted = request.headers["accept-encoding"];
    if (!accepted || size === 0 || response.status === 206) return response;
    const { least, accepts, varies } = ofPaths[request.path] ?? ofObjects;
    if (size < least || !accepts(accepted) || request.path.startsWith("/openapi/v3")) return response;
    return this.#gzip(body, size).then((zipped) => {
      const headers = {
        ...response.headers,
        "content-encoding": "gzip",
        ...(varies && !response.headers.vary ? { vary: "Accept-Encoding" } : {}),
      };
      return { status: response.status, headers, body: zipped };
    });
  }

  async #gzip(body: ResponseBody, size: number): Promise<ResponseBody> {
    const chunks: Uint8Array[] = [gzipHead];
    let checksum = 0;
    let length = gzipHead.length;
    const add = ({ blocks, checksum: next, shift }: Piece) => {
      chunks.push(blocks);
      length += blocks.length;
      checksum = combineChecksums(checksum, next, shift);
    };
    let waiting: Promise<Piece>[] = [];
    const plans = body.form === "chunks" ? this.#piecesOf(body.chunks, body.entries) : this.#piecesOfBytes(body);
    for (const piece of plans) {
      waiting.push(piece);
      if (waiting.length < piecesUnderWay) continue;
      for (const done of await Promise.all(waiting)) add(done);
      waiting = [];
    }
    for (const done of await Promise.all(waiting)) add(done);
    const end = gzipEnd(checksum, size);
    chunks.push(end);
    return { form: "chunks", chunks, length: length + end.length };
  }

  *#piecesOfBytes(body: ResponseBody): Generator<Promise<Piece>> {
    if (body.form !== "bytes") return;
    for (let at = 0; at < body.bytes.length; at += pieceBytes) yield this.#compressed(body.bytes.subarray(at, at + pieceBytes));
  }

  *#piecesOf(chunks: readonly Uint8Array[], list: EntryChunks | undefined): Generator<Promise<Piece>> {
    if (!list) {
      yield* this.#joined(chunks);
      return;
    }
    const { entries, first, form, separated } = list;
    const at = (index: number) => first + index * 2;
    yield* this.#joined(chunks.slice(0, first));
    for (let begin = 0; begin < entries.length; ) {
      const known = this.#known(form, entries, begin);
      const end = known ? begin + known.revisions.length : this.#endOfSegment(form, entries, begin);
      // What separates two segments belongs to neither: a segment may come to be the last.
      if (separated && begin > 0) yield Promise.resolve(this.#stored(chunks[at(begin) - 1] as Uint8Array));
      if (known) yield known.piece;
      else yield this.#make(form, entries.slice(begin, end), chunks.slice(at(begin), at(end) - (separated ? 1 : 0)));
      begin = end;
    }
    yield* this.#joined(chunks.slice(at(entries.length) - (separated && entries.length > 0 ? 1 : 0)));
  }

  /** The segment that is kept for the entries from here on. */
  #known(form: string, entries: readonly Entry[], begin: number): Segment | undefined {
    const key = `${form} ${(entries[begin] as Entry).revision}`;
    const segment = this.#segments.get(key);
    if (!segment || segment.revisions.some((revision, i) => entries[begin + i]?.revision !== revision)) return undefined;
    this.#segments.delete(key);
    this.#segments.set(key, segment);
    return segment;
  }

  /** Ends where a kept segment begins, so that a list falls into step again behind what was added or removed. */
  #endOfSegment(form: string, entries: readonly Entry[], begin: number): number {
    const { most, least } = segmentEntries;
    const last = Math.min(entries.length - 1, begin + most + least);
    for (let end = begin + least; end <= last; end++) if (this.#known(form, entries, end)) return end;
    return Math.min(entries.length, begin + most);
  }

  #make(form: string, entries: readonly Entry[], chunks: readonly Uint8Array[]): Promise<Piece> {
    const key = `${form} ${(entries[0] as Entry).revision}`;
    const segment: Segment = { revisions: entries.map(({ revision }) => revision), piece: this.#compressed(concat(chunks)), bytes: 0 };
    this.#drop(key);
    this.#segments.set(key, segment);
    segment.piece.then(
      ({ blocks }) => {
        if (this.#segments.get(key) !== segment) return;
        segment.bytes = blocks.length;
        this.#bytes += blocks.length;
        for (const oldest of this.#segments.keys()) {
          if (this.#bytes <= this.#limitBytes) return;
          this.#drop(oldest);
        }
      },
      // Who asked is told; the next one tries again.
      () => {
        if (this.#segments.get(key) === segment) this.#drop(key);
      },
    );
    return segment.piece;
  }

  #drop(key: string): void {
    this.#bytes -= this.#segments.get(key)?.bytes ?? 0;
    this.#segments.delete(key);
  }

  /** A few bytes as they are: a block of its own kind. */
  #stored(bytes: Uint8Array): Piece {
    const head = [0, bytes.length, 0, ~bytes.length & 255, 255];
    const checksum = this.#platform.crc32(bytes);
    return { blocks: Uint8Array.from([...head, ...bytes]), length: bytes.length, checksum, shift: shiftOf(bytes.length) };
  }

  *#joined(chunks: readonly Uint8Array[]): Generator<Promise<Piece>> {
    let begin = 0;
    let size = 0;
    for (let end = 0; end < chunks.length; end++) {
      size += (chunks[end] as Uint8Array).length;
      if (size < pieceBytes && end + 1 < chunks.length) continue;
      yield this.#compressed(concat(chunks.slice(begin, end + 1), size));
      begin = end + 1;
      size = 0;
    }
  }

  async #compressed(bytes: Uint8Array): Promise<Piece> {
    const checksum = this.#platform.crc32(bytes);
    return { blocks: await this.#platform.deflate(bytes), length: bytes.length, checksum, shift: shiftOf(bytes.length) };
  }
}

/** Magic number, deflate, no flags, no time, no hint, an unknown file system. */
const gzipHead = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** An empty last block, the checksum, and the length. */
function gzipEnd(checksum: number, length: number): Uint8Array {
  const end = new Uint8Array(10);
  end.set([0x03, 0x00]);
  const view = new DataView(end.buffer);
  view.setUint32(2, checksum, true);
  view.setUint32(6, length % 2 ** 32, true);
  return end;
}

function weighsGzip(header: string): boolean {
  return /(^|,)\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*(,|$))|,|$)/.test(header);
}
