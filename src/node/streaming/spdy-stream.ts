import { Duplex } from "node:stream";
import type { SpdyHeaders } from "./spdy-headers.ts";

/** The longest data frame that is sent: the peer takes each into memory as a whole. */
const maxDataLength = 64 * 1024;

/** What a stream needs of its connection. */
export interface StreamLink {
  /** Calls back when more may be sent. */
  send(streamId: number, data: Buffer, fin: boolean, callback: () => void): void;
  reset(streamId: number): void;
  /** A stream's buffer is full (true) or has room again: the connection reads no more while any is full. */
  hold(streamId: number, full: boolean): void;
  forget(streamId: number): void;
}

/**
 * One stream of a SPDY connection. `end` closes our half only. A peer that resets the stream ends its half, as those of Kubernetes
 * do when they are done; what is written after that goes nowhere, as into a closed pipe whose reader is content.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** Those that opened it. */
  readonly headers: SpdyHeaders;
  readonly #link: StreamLink;
  #remoteEnded = false;
  #localEnded = false;
  #reset = false;

  constructor(id: number, headers: SpdyHeaders, link: StreamLink) {
    super({ allowHalfOpen: true, readableHighWaterMark: 256 * 1024, writableHighWaterMark: 64 * 1024 });
    this.id = id;
    this.headers = headers;
    this.#link = link;
    // A peer that goes away must not end this process, not even in the moment before the stream's user listens.
    this.on("error", () => {});
  }

  /** Bytes from the peer. */
  receive(data: Buffer, last: boolean): void {
    if (this.#remoteEnded || this.destroyed) return;
    if (data.length > 0 && !this.push(data)) this.#link.hold(this.id, true);
    if (last) this.#endRemote();
  }

  /** The peer reset the stream, or the connection is gone: with an error when that cut something off. */
  receiveReset(error?: Error): void {
    if (this.#reset) return;
    this.#reset = true;
    if (error && !this.#remoteEnded) {
      this.destroy(error);
      return;
    }
    this.#endRemote();
    this.#settle();
  }

  override _read(): void {
    this.#link.hold(this.id, false);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const send = (at: number): void => {
      if (this.#reset) callback();
      else if (at + maxDataLength >= chunk.length) this.#link.send(this.id, chunk.subarray(at), false, callback);
      else this.#link.send(this.id, chunk.subarray(at, at + maxDataLength), false, () => send(at + maxDataLength));
    };
    send(0);
  }

  override _final(callback: () => void): void {
    this.#localEnded = true;
    if (this.#reset) callback();
    else this.#link.send(this.id, Buffer.alloc(0), true, callback);
    this.#settle();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.#reset && !(this.#remoteEnded && this.#localEnded)) this.#link.reset(this.id);
    this.#reset = true;
    this.#link.forget(this.id);
    callback(error);
  }

  #endRemote(): void {
    if (this.#remoteEnded) return;
    this.#remoteEnded = true;
    this.push(null);
    this.#settle();
  }

  /** Nothing more can arrive or leave: the connection needs to know it no longer. */
  #settle(): void {
    if (this.#reset || (this.#remoteEnded && this.#localEnded)) this.#link.forget(this.id);
  }
}
