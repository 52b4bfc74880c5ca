import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { requestEntityTooLarge } from "../../machinery/errors.ts";
import { lateAnswer } from "../request-deadlines.ts";
import type { HttpRequest } from "./http-request.ts";
import { type ResponseTarget, refusalOf, type SendBuffers, sendResponse } from "./send-response.ts";
import type { SlowBodies, SlowBody } from "./slow-bodies.ts";

/** The largest body that a request may have: upstream's limit. */
const maxBodyBytes = 3 * 1024 * 1024;

/** A request that is there with its body, and where the answer goes. */
export interface Asked {
  readonly request: HttpRequest;
  readonly target: ResponseTarget;
}

/** What the readers of a server share. */
export interface BodyReaders {
  readonly bodies: SlowBodies;
  readonly buffers: SendBuffers;
  onRead(asked: Asked): void;
}

const reader = Symbol("the reader of the body");

type BodySource = (ServerHttp2Stream | IncomingMessage) & { [reader]?: BodyReader | undefined };

/**
 * Reads the body of one request. The collector keeps a stream for long after its end, with all that can be reached from it: what
 * listens is shared, and what is read is let go.
 */
export class BodyReader implements SlowBody {
  until = 0;
  place = -1;
  readonly #readers: BodyReaders;
  readonly #source: BodySource;
  readonly #asked: Asked;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #refused = false;

  private constructor(readers: BodyReaders, source: BodySource, asked: Asked) {
    this.#readers = readers;
    this.#source = source;
    this.#asked = asked;
  }

  static read(readers: BodyReaders, source: BodySource, asked: Asked): void {
    const one = new BodyReader(readers, source, asked);
    source[reader] = one;
    readers.bodies.begin(one);
    source.on("close", onClose);
    source.on("data", onData);
    source.on("end", onEnd);
  }

  onLate(): void {
    if (this.#refused) {
      this.#source.destroy();
      return;
    }
    const response = lateAnswer();
    response.headers["audit-id"] = this.#asked.request.headers["audit-id"] || randomUUID();
    this.#refuse(response);
    // The client has time to read the answer; what it sends meanwhile is thrown away.
    this.#readers.bodies.begin(this);
  }

  take(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#refused) return;
    if (this.#length <= maxBodyBytes) {
      this.#chunks.push(chunk);
      return;
    }
    const error = requestEntityTooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
    this.#refuse(refusalOf(error, this.#asked.request.headers["audit-id"] || randomUUID()));
  }

  end(): void {
    this.close();
    if (this.#refused) return;
    this.#asked.request.body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#length);
    this.#readers.onRead(this.#asked);
  }

  close(): void {
    this.#readers.bodies.end(this);
    this.#source[reader] = undefined;
  }

  #refuse(response: ReturnType<typeof refusalOf>): void {
    this.#refused = true;
    this.#chunks.length = 0;
    sendResponse(response, this.#asked.target, this.#readers.buffers);
  }
}

function onClose(this: BodySource): void {
  this[reader]?.close();
}

function onData(this: BodySource, chunk: Buffer): void {
  this[reader]?.take(chunk);
}

function onEnd(this: BodySource): void {
  this[reader]?.end();
}
