import { readFileSync } from "node:fs";
import { Agent, type RequestOptions, request } from "node:https";
import { createInterface } from "node:readline";
import { parse } from "yaml";

interface ApiObject {
  metadata: { name: string; resourceVersion: string };
}

/** The API without a client library: what is answered, and what a watch tells, as it comes. */
export class Api {
  readonly #options: RequestOptions;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, "utf8"));
    const decode = (text: string) => Buffer.from(text, "base64");
    const { hostname, port } = new URL(clusters[0].cluster.server);
    this.#options = {
      hostname,
      port,
      ca: decode(clusters[0].cluster["certificate-authority-data"]),
      cert: decode(users[0].user["client-certificate-data"]),
      key: decode(users[0].user["client-key-data"]),
      agent: new Agent({ keepAlive: true }),
    };
  }

  /** Rejects when there is no whole answer. */
  call(method: string, path: string, body?: object): Promise<{ status: number; body: ApiObject & { items?: ApiObject[] } }> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...this.#options, method, path, headers: { "content-type": type } }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("error", reject);
        response.on("aborted", () => reject(new Error("the answer was cut off")));
        response.on("end", () => {
          if (response.complete) resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body && JSON.stringify(body));
    });
  }

  /** Each event until the connection ends, in whatever way; rejects when there is none. */
  watch(path: string, onEvent: (event: { type: string; object: ApiObject }) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ ...this.#options, path, signal }, (response) => {
        response.on("error", () => resolve());
        const lines = createInterface(response);
        lines.on("line", (line) => {
          // The last one may be cut off.
          if (line.endsWith("}")) onEvent(JSON.parse(line));
        });
        // The response's own error, told once more.
        lines.on("error", () => resolve());
        lines.on("close", resolve);
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
  }
}
