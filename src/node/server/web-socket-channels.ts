import { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";
import { type Clock, every } from "../../machinery/clock.ts";

/** How often the client is asked for a sign of life: a connection whose other end has gone without a word is dropped then. */
const pingMilliseconds = 30_000;
/** A message of this channel closes the one that it names (v5 only). */
const closeChannel = 255;

/**
 * Several streams over one WebSocket: each message begins with the number of its channel, as a byte, or as a digit with the rest in
 * base64. Input that nobody reads holds up the whole connection.
 */
export class WebSocketChannels {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #base64: boolean;
  readonly #readers = new Map<number, (data: Buffer | undefined) => void>();
  readonly #full = new Set<number>();

  constructor(socket: WebSocket, protocol: string, clock: Clock) {
    this.#socket = socket;
    this.#base64 = protocol.includes("base64");
    const canClose = protocol === "v5.channel.k8s.io";
    const gone = new AbortController();
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        gone.abort();
        for (const reader of this.#readers.values()) reader(undefined);
        resolve();
      });
    });
    // Followed by `close`.
    socket.on("error", () => {});
    socket.on("message", (message: Buffer) => {
      const first = message[0];
      if (first === undefined) return;
      if (canClose && first === closeChannel) this.#readers.get(message[1] ?? closeChannel)?.(undefined);
      else if (this.#base64) this.#readers.get(first - 0x30)?.(Buffer.from(message.toString("latin1", 1), "base64"));
      else this.#readers.get(first)?.(message.subarray(1));
    });
    every(clock, pingMilliseconds, gone.signal, () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    });
  }

  /** What the client sends on a channel. Ends when the client closes the channel or the connection. */
  readable(channel: number): Readable {
    const stream = new Readable({ highWaterMark: 256 * 1024, read: () => this.#hold(channel, false) });
    let ended = false;
    this.#readers.set(channel, (data) => {
      if (ended || stream.destroyed) return;
      if (data === undefined) {
        ended = true;
        stream.push(null);
      } else if (data.length > 0 && !stream.push(data)) this.#hold(channel, true);
    });
    stream.on("close", () => this.#hold(channel, false));
    return stream;
  }

  /** Each message of a channel. */
  onMessage(channel: number, listener: (data: Buffer) => void): void {
    this.#readers.set(channel, (data) => {
      if (data) listener(data);
    });
  }

  writable(channel: number): Writable {
    return new Writable({ highWaterMark: 64 * 1024, write: (chunk: Buffer, _encoding, callback) => this.send(channel, chunk, callback) });
  }

  /** Calls back when more may be sent. */
  send(channel: number, data: Buffer, callback?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      callback?.();
      return;
    }
    // An error means that the connection is gone, which `closed` tells.
    const done = () => callback?.();
    if (this.#base64) this.#socket.send(`${String.fromCharCode(0x30 + channel)}${data.toString("base64")}`, { binary: false }, done);
    else this.#socket.send(Buffer.concat([Buffer.from([channel]), data]), { binary: true }, done);
  }

  /** Sends what is written so far, then says that it is over. */
  close(): void {
    // Nothing more is wanted, but for the client's own close.
    this.#readers.clear();
    this.#full.clear();
    this.#socket.resume();
    this.#socket.close(1000);
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #hold(channel: number, full: boolean): void {
    if (full) {
      this.#full.add(channel);
      this.#socket.pause();
    } else if (this.#full.delete(channel) && this.#full.size === 0) {
      this.#socket.resume();
    }
  }
}
