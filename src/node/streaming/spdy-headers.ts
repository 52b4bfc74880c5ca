import { createInflate, type Inflate, constants as zlib } from "node:zlib";

/** Header names and values; names in lower case, several values of a name joined by NUL. */
export type SpdyHeaders = Record<string, string>;

/** Names that the compression of SPDY/3 knows beforehand, each with its length before it. */
const dictionaryWords =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization " +
  "cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range " +
  "content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified " +
  "location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding " +
  "upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin";

/** Fragments of values that follow the names, without lengths. */
const dictionaryText =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information" +
  "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error" +
  "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, " +
  "GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivate" +
  "max-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

export function spdyDictionary(): Buffer {
  const parts: Buffer[] = [];
  for (const word of dictionaryWords.split(" ")) parts.push(lengthPrefixed(word.replace("_", " ")));
  parts.push(Buffer.from(dictionaryText));
  return Buffer.concat(parts);
}

/** zlib's two bytes of options (with a dictionary) and the dictionary's checksum. */
const zlibHead = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);
const storedBlockLimit = 65535;
/** Ends each header block as a flush does: Go's reader hands out nothing before it. */
const emptyBlock = Buffer.from([0, 0, 0, 0xff, 0xff]);

/**
 * Writes header blocks as one deflate stream without compressing: stored blocks end on a byte, so that each header block can be
 * sent at once and nothing asynchronous stands between two frames. A connection sends a handful of them.
 */
export class HeaderDeflater {
  #started = false;

  deflate(headers: SpdyHeaders): Buffer {
    const parts: Buffer[] = [];
    if (!this.#started) parts.push(zlibHead);
    this.#started = true;
    const block = encodeHeaders(headers);
    for (let at = 0; at < block.length; at += storedBlockLimit) {
      const piece = block.subarray(at, at + storedBlockLimit);
      const head = Buffer.alloc(5);
      head.writeUInt16LE(piece.length, 1);
      head.writeUInt16LE(~piece.length & 0xffff, 3);
      parts.push(head, piece);
    }
    parts.push(emptyBlock);
    return Buffer.concat(parts);
  }
}

/** Reads header blocks, which all together are one deflate stream. One at a time. */
export class HeaderInflater {
  readonly #inflate: Inflate = createInflate({ dictionary: spdyDictionary(), finishFlush: zlib.Z_SYNC_FLUSH });
  readonly #output: Buffer[] = [];
  #failure: Error | undefined;

  constructor() {
    this.#inflate.on("data", (chunk: Buffer) => this.#output.push(chunk));
    this.#inflate.on("error", (error) => {
      this.#failure = error;
    });
  }

  inflate(block: Buffer): Promise<SpdyHeaders> {
    return new Promise((resolve, reject) => {
      this.#inflate.write(block, (error) => {
        const failure = error ?? this.#failure;
        if (failure) return reject(failure);
        try {
          resolve(decodeHeaders(Buffer.concat(this.#output.splice(0))));
        } catch (malformed) {
          reject(malformed);
        }
      });
    });
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function encodeHeaders(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(entries.length);
  const parts: Buffer[] = [count];
  for (const [name, value] of entries) parts.push(lengthPrefixed(name.toLowerCase()), lengthPrefixed(value));
  return Buffer.concat(parts);
}

function decodeHeaders(block: Buffer): SpdyHeaders {
  let at = 0;
  const text = (): string => {
    const length = block.readUInt32BE(at);
    at += 4;
    if (at + length > block.length) throw new RangeError("a SPDY header reaches beyond its block");
    at += length;
    return block.toString("utf8", at - length, at);
  };
  // Names come from outside: no prototype to run into.
  const headers: SpdyHeaders = Object.create(null);
  const count = block.readUInt32BE(0);
  at = 4;
  for (let i = 0; i < count; i++) {
    const name = text().toLowerCase();
    headers[name] = text();
  }
  return headers;
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.length);
  return Buffer.concat([prefix, bytes]);
}
