import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { type ApiRequest, type ApiResponse, isBytes, type UpgradeRequest } from "../apiserver/request.ts";
import type { Logger } from "../machinery/logger.ts";

/** How long another server may take to accept a connection. */
const connectMilliseconds = 30_000;

/** Headers of one connection, not of the request. */
const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Headers that are the API server's business: who asks, and how it answers. */
const ownHeaders = new Set(["authorization", "host", "content-length", "accept-encoding", "expect"]);

/**
 * Sends an upgrade request on and joins both connections when it is accepted; a refusal is passed on. Rejects when there was no
 * answer at all.
 */
export function relay(options: RequestOptions, secure: boolean, request: UpgradeRequest, logger: Logger): Promise<void> {
  const client = request.connection as Duplex;
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)({ ...options, method: request.method, agent: false });
    limitConnecting(outgoing);
    const onClose = () => outgoing.destroy();
    client.once("close", onClose);
    outgoing.on("error", reject);
    outgoing.on("upgrade", (response, connection, head) => {
      client.removeListener("close", onClose);
      outgoing.removeListener("error", reject);
      client.write(headText(response));
      if (head.length > 0) client.write(head);
      if (request.head.length > 0) connection.write(request.head);
      join(client, connection, (error) => logger.debug("a proxied connection broke off", { error: error.message }));
      resolve();
    });
    outgoing.on("response", (response) => {
      response.headers.connection = "close";
      // The answer's end is the connection's.
      client.write(headText(response, new Set(["connection", "keep-alive", "transfer-encoding"]), "Connection: close\r\n"));
      response.pipe(client);
      resolve();
    });
    outgoing.end();
  });
}

/** Passes bytes both ways, each to its end; what breaks on one side breaks the other. */
function join(a: Duplex, b: Duplex, onError: (error: Error) => void): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on("error", (error) => {
      onError(error);
      to.destroy();
    });
    from.on("close", () => {
      // Closed without an end: cut off. Otherwise what it sent is still on its way.
      if (!from.readableEnded) to.destroy();
    });
  }
}

/** One request to another server, with its body; its answer is passed through as it comes. */
export function answerOf(options: RequestOptions, secure: boolean, request: ApiRequest): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)({ ...options, ...(request.signal ? { signal: request.signal } : {}) });
    limitConnecting(outgoing);
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const headers: ApiResponse["headers"] = {};
      for (const [name, value] of Object.entries(response.headers)) if (value !== undefined && !hopHeaders.has(name)) headers[name] = value;
      resolve({ status: response.statusCode ?? 502, headers, body: { form: "source", source: response } });
    });
    const { body } = request;
    outgoing.end(body === undefined || isBytes(body) ? body : JSON.stringify(body));
  });
}

/** A host that doesn't answer must not hold up a client for minutes; an answer may take as long as it likes. */
function limitConnecting(outgoing: ReturnType<typeof httpRequest>): void {
  outgoing.on("socket", (socket) => {
    if (!socket.connecting) return;
    socket.setTimeout(connectMilliseconds, () => outgoing.destroy(new Error("i/o timeout")));
    socket.once("connect", () => socket.setTimeout(0));
  });
}

export function addressTarget(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

/** The headers of a client's request that are another server's business. */
export function passedHeaders(request: ApiRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!hopHeaders.has(name) && !ownHeaders.has(name) && !name.startsWith("impersonate-")) headers[name] = value;
  }
  const { body } = request;
  if (body !== undefined) headers["content-length"] = String(isBytes(body) ? body.length : Buffer.byteLength(JSON.stringify(body)));
  return headers;
}

export function upgradeHeaders(request: UpgradeRequest): Record<string, string> {
  const headers = passedHeaders(request);
  headers.connection = "Upgrade";
  headers.upgrade = request.headers.upgrade ?? "";
  if (request.method === "POST") headers["content-length"] = "0";
  return headers;
}

function headText(response: IncomingMessage, without: ReadonlySet<string> = new Set(), added = ""): string {
  let text = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n${added}`;
  const { rawHeaders } = response;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!without.has((rawHeaders[i] as string).toLowerCase())) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  }
  return `${text}\r\n`;
}
