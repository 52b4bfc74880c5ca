import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import { gunzipSync } from "node:zlib";

/** An answer as it came. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Uint8Array;
}

export interface Outgoing {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[]>>;
  bytes?: Uint8Array;
  certificate?: { certificate: string; key: string };
}

/** A server under comparison, asked over HTTPS. Its certificate is not checked. */
export class Http {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  get host(): string {
    return this.#url.host;
  }

  ask(outgoing: Outgoing): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const sent = this.#send(outgoing, (status, headers, source) => {
        const chunks: Buffer[] = [];
        source.on("data", (chunk: Buffer) => chunks.push(chunk));
        source.on("error", reject);
        source.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({ status, headers, bytes: headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole });
        });
      });
      sent.on("error", (error) => reject(new Error(`${outgoing.method} ${outgoing.path}: ${error.message}`, { cause: error })));
    });
  }

  /**
   * Reads frames of an endless answer (lines, or what follows its length in protobuf) until `take` says that it has enough, the
   * answer ends, or patience does. `opened` is called when the head is there.
   */
  async frames(
    outgoing: Outgoing,
    patienceMilliseconds: number,
    opened: () => Promise<void>,
    take: (frame: Uint8Array, contentType: string) => boolean,
  ): Promise<RawAnswer & { ended: boolean }> {
    return await new Promise((resolve, reject) => {
      const sent = this.#send(outgoing, (status, headers, source) => {
        const contentType = headers["content-type"] ?? "";
        const frameEnd = contentType.includes("protobuf") ? endOfMessage : endOfLine;
        const chunks: Buffer[] = [];
        let left: Buffer = Buffer.alloc(0);
        let done = false;
        const finish = (ended: boolean) => {
          if (done) return;
          done = true;
          clearTimeout(timer);
          sent.destroy();
          // What is asked meanwhile comes to its end before anything else is.
          opening.then(() => resolve({ status, headers, bytes: Buffer.concat(chunks), ended }), reject);
        };
        const timer = setTimeout(() => finish(false), patienceMilliseconds);
        const opening = opened();
        opening.catch(reject);
        source.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          if (status !== 200) return;
          left = Buffer.concat([left, chunk]);
          for (let found = frameEnd(left); found && !done; found = frameEnd(left)) {
            const frame = left.subarray(found.begin, found.end);
            left = left.subarray(found.next);
            if (take(frame, contentType)) finish(false);
          }
        });
        source.on("error", () => finish(true));
        source.on("end", () => finish(true));
      });
      sent.on("error", (error) => reject(new Error(`GET ${outgoing.path}: ${error.message}`, { cause: error })));
    });
  }

  #send(
    { method, path, headers, bytes, certificate }: Outgoing,
    answered: (status: number, headers: IncomingHttpHeaders, source: NodeJS.ReadableStream) => void,
  ) {
    const { hostname, port } = this.#url;
    const length = bytes ? { "content-length": String(bytes.length) } : {};
    const sent = request(
      {
        hostname,
        port,
        method,
        path,
        agent: this.#agent,
        headers: { ...length, ...headers },
        ...(certificate ? { cert: certificate.certificate, key: certificate.key } : {}),
      },
      (incoming) => answered(incoming.statusCode ?? 0, incoming.headers, incoming),
    );
    sent.end(bytes);
    return sent;
  }

  close(): void {
    this.#agent.destroy();
  }
}

interface FrameBounds {
  begin: number;
  end: number;
  next: number;
}

function endOfLine(bytes: Buffer): FrameBounds | undefined {
  const end = bytes.indexOf(10);
  return end < 0 ? undefined : { begin: 0, end, next: end + 1 };
}

function endOfMessage(bytes: Buffer): FrameBounds | undefined {
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt32BE(0);
  return bytes.length < end ? undefined : { begin: 4, end, next: end };
}
