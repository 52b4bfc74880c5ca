import type { ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { ResponseTarget } from "./send-response.ts";

const clientGone = new Error("the client has gone");

/** A signal that is made only for who asks: most requests are over before anyone does. */
class GoneSignal {
  #closed = false;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#closed) this.#controller.abort(clientGone);
    return this.#controller.signal;
  }

  close(): void {
    this.#closed = true;
    this.#controller?.abort(clientGone);
  }
}

export function http2Target(stream: ServerHttp2Stream): ResponseTarget {
  const gone = new GoneSignal();
  stream.on("close", () => gone.close());
  return {
    get signal() {
      return gone.signal;
    },
    head(status, headers, endsHere) {
      if (!stream.headersSent && !stream.destroyed) stream.respond({ ":status": status, ...headers }, { endStream: endsHere });
    },
    write: (bytes, onWritten) => stream.destroyed || stream.write(bytes, onWritten),
    end(bytes, onWritten) {
      if (stream.destroyed) return;
      if (bytes) stream.end(bytes, onWritten);
      else stream.end();
    },
    onDrain: (callback) => stream.on("drain", callback),
    destroy: () => stream.destroy(),
  };
}

export function http1Target(response: ServerResponse): ResponseTarget {
  const gone = new GoneSignal();
  response.on("close", () => gone.close());
  return {
    get signal() {
      return gone.signal;
    },
    head(status, headers, endsHere) {
      if (response.headersSent || response.destroyed) return;
      response.writeHead(status, headers);
      if (endsHere) response.end();
      // A watch's headers go out before its first event.
      else if (headers["content-length"] === undefined) response.flushHeaders();
    },
    write: (bytes, onWritten) => response.destroyed || response.write(bytes, onWritten),
    end(bytes, onWritten) {
      if (response.destroyed) return;
      if (bytes) response.end(bytes, onWritten);
      else response.end();
    },
    onDrain: (callback) => response.on("drain", callback),
    destroy: () => response.destroy(),
  };
}
