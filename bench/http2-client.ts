import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { type Answer, ApiClient, type Endpoint, type RequestOptions } from "./api-client.ts";

/** One HTTP/2 connection with a client certificate. */
export class Http2Client extends ApiClient {
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    super();
    this.#session = session;
  }

  static connect({ port, authority, certificate, key }: Endpoint): Promise<Http2Client> {
    return new Promise((resolve, reject) => {
      const session = connect(`https://127.0.0.1:${port}`, {
        ca: authority,
        cert: certificate,
        key,
        settings: { initialWindowSize: 4 * 1024 * 1024 },
      });
      session.once("error", reject);
      session.once("connect", () => {
        session.removeListener("error", reject);
        session.on("error", () => {}); // the requests under way fail by themselves
        session.setLocalWindowSize(64 * 1024 * 1024);
        resolve(new Http2Client(session));
      });
    });
  }

  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers: OutgoingHttpHeaders = { ":method": method, ":path": path, accept: "application/json", ...options.headers };
      if (options.body !== undefined) headers["content-type"] = options.contentType ?? "application/json";
      const stream = this.#session.request(headers, { endStream: options.body === undefined });
      let received: IncomingHttpHeaders = {};
      let length = 0;
      const chunks: Buffer[] = [];
      stream.on("response", (head) => {
        received = head;
      });
      stream.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (options.keepBody || Number(received[":status"]) >= 400) chunks.push(chunk);
      });
      stream.on("error", reject);
      stream.on("end", () => {
        const status = Number(received[":status"]);
        resolve({ status, headers: received, length, body: chunks.length > 0 ? Buffer.concat(chunks) : undefined });
      });
      if (options.body !== undefined) stream.end(options.body);
    });
  }

  open(path: string, onData: (chunk: Buffer) => void, onEnd: (error?: Error) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({ ":method": "GET", ":path": path, accept: "application/json" });
      stream.on("response", (head) => {
        if (Number(head[":status"]) === 200) resolve();
        else reject(new Error(`GET ${path}: ${head[":status"]}`));
      });
      stream.on("data", onData);
      stream.on("end", () => onEnd());
      stream.on("error", (error) => {
        reject(error);
        onEnd(error);
      });
    });
  }

  close(): void {
    this.#session.destroy();
  }
}
