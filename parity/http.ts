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
   * Reads lines of an endless answer until `take` says that it has enough, the answer ends, or patience does. `opened` is
   * called when the head is there.
   */
  async lines(
    outgoing: Outgoing,
    patienceMilliseconds: number,
    opened: () => Promise<void>,
    take: (line: string) => boolean,
  ): Promise<RawAnswer & { ended: boolean }> {
    return await new Promise((resolve, reject) => {
      const sent = this.#send(outgoing, (status, headers, source) => {
        let text = "";
        let whole = "";
        let done = false;
        const finish = (ended: boolean) => {
          if (done) return;
          done = true;
          clearTimeout(timer);
          sent.destroy();
          resolve({ status, headers, bytes: Buffer.from(whole), ended });
        };
        const timer = setTimeout(() => finish(false), patienceMilliseconds);
        source.on("data", (chunk: Buffer) => {
          whole += chunk.toString();
          text += chunk.toString();
          for (let end = text.indexOf("\n"); end >= 0 && !done; end = text.indexOf("\n")) {
            const line = text.slice(0, end);
            text = text.slice(end + 1);
            if (status === 200 && take(line)) finish(false);
          }
        });
        source.on("error", () => finish(true));
        source.on("end", () => finish(true));
        opened().catch(reject);
      });
      sent.on("error", (error) => reject(new Error(`GET ${outgoing.path}: ${error.message}`, { cause: error })));
    });
  }

  #send(
    { method, path, headers, bytes, certificate }: Outgoing,
    answered: (status: number, headers: RawAnswer["headers"], source: NodeJS.ReadableStream) => void,
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
