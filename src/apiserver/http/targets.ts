import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";
import type { ResponseTarget } from "./send-response.ts";

const clientGone = new Error("the client has gone");

type OnWritten = (error?: Error | null) => void;

const target = Symbol("where the answer goes");

interface Answered {
  [target]?: Target<Writable> | undefined;
}

/** What the two versions have in common. The signal is made only for who asks: most requests are over before anyone does. */
abstract class Target<S extends Writable> implements ResponseTarget {
  protected readonly stream: S;
  #closed = false;
  #controller: AbortController | undefined;

  constructor(stream: S & Answered) {
    this.stream = stream;
    stream[target] = this;
    stream.on("close", onClose);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#closed) this.#controller.abort(clientGone);
    return this.#controller.signal;
  }

  abstract head(status: number, headers: Record<string, string | string[]>, endsHere: boolean): void;

  write(bytes: Uint8Array, onWritten?: OnWritten): boolean {
    return this.stream.destroyed || this.stream.write(bytes, onWritten);
  }

  end(bytes?: Uint8Array, onWritten?: OnWritten): void {
    if (this.stream.destroyed) return;
    if (bytes) this.stream.end(bytes, onWritten);
    else this.stream.end();
  }

  onDrain(callback: () => void): void {
    this.stream.on("drain", callback);
  }

  destroy(): void {
    this.stream.destroy();
  }

  close(): void {
    this.#closed = true;
    this.#controller?.abort(clientGone);
  }
}

/** The collector keeps a stream for long after its end: one listener is for all, and leaves nothing at it. */
function onClose(this: Answered): void {
  this[target]?.close();
  this[target] = undefined;
}

export class Http2Target extends Target<ServerHttp2Stream> {
  head(status: number, headers: Record<string, string | string[]>, endsHere: boolean): void {
    const { stream } = this;
    if (!stream.headersSent && !stream.destroyed) stream.respond({ ":status": status, ...headers }, { endStream: endsHere });
  }
}

export class Http1Target extends Target<ServerResponse> {
  head(status: number, headers: Record<string, string | string[]>, endsHere: boolean): void {
    const response = this.stream;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, headers);
    if (endsHere) response.end();
    // A watch's headers go out before its first event.
    else if (headers["content-length"] === undefined) response.flushHeaders();
  }
}
