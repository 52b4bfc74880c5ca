import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { type Answer, ApiClient, type Endpoint, type RequestOptions } from "./api-client.ts";

/** HTTP/1.1: as many connections as there are requests at a time, kept alive. */
export class Http1Client extends ApiClient {
  readonly #port: number;
  readonly #agent: Agent;

  constructor({ port, authority, certificate, key }: Endpoint) {
    super();
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, ca: authority, cert: certificate, key, ALPNProtocols: ["http/1.1"] });
  }

  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = this.#send(method, path, options, (response) => {
        let length = 0;
        const chunks: Buffer[] = [];
        const status = response.statusCode ?? 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (options.keepBody || status >= 400) chunks.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status, headers: response.headers, length, body: chunks.length > 0 ? Buffer.concat(chunks) : undefined }),
        );
      });
      sent.on("error", reject);
    });
  }

  open(path: string, onData: (chunk: Buffer) => void, onEnd: (error?: Error) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = this.#send("GET", path, {}, (response) => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`GET ${path}: ${response.statusCode}`));
        response.on("data", onData);
        response.on("end", () => onEnd());
        response.on("error", onEnd);
      });
      sent.on("error", (error) => {
        reject(error);
        onEnd(error);
      });
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
    const { body, contentType = "application/json" } = options;
    const headers = {
      accept: "application/json",
      ...options.headers,
      ...(body === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(body) }),
    };
    const sent = request({ host: "127.0.0.1", port: this.#port, agent: this.#agent, method, path, headers }, onResponse);
    sent.end(body);
    return sent;
  }
}
