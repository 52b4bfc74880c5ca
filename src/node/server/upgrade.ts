import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../machinery/clock.ts";
import { SpdyConnection } from "../streaming/spdy-connection.ts";
import type { SpdyStream } from "../streaming/spdy-stream.ts";
import { RequestRefusal } from "./request-refusal.ts";

/** A request to go on with another protocol over its connection. */
export interface UpgradeRequest {
  request: IncomingMessage;
  socket: Duplex;
  /** Bytes that came after the request's head. */
  head: Buffer;
  path: string;
  query: URLSearchParams;
  /** The client was told that the protocol changes: a refusal comes too late. */
  answered: boolean;
}

/** How long the client may take to close its side of a connection. */
const lingerMilliseconds = 10_000;
/** The longest message that is taken: clients send their input in pieces of 32 KiB. */
const maxMessageBytes = 16 * 1024 * 1024;

export function isWebSocket({ request }: UpgradeRequest): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}

/** The protocol to speak: the first of the client's that is spoken here. Throws `RequestRefusal` when there is none. */
export function negotiateProtocol(header: string | undefined, headerName: string, supported: readonly string[]): string {
  const wanted = (header ?? "").split(",").map((name) => name.trim());
  if (header === undefined) throw new RequestRefusal(400, `unable to upgrade: ${headerName} is required`);
  const protocol = wanted.find((name) => supported.includes(name));
  if (protocol !== undefined) return protocol;
  const texts = `client supports [${wanted.join(" ")}], server accepts [${supported.join(" ")}]`;
  throw new RequestRefusal(403, `unable to upgrade: unable to negotiate protocol: ${texts}`);
}

/** The protocol of a SPDY client: it offers several, one header line each. */
export function spdyProtocol({ request }: UpgradeRequest, supported: readonly string[]): string {
  if (request.headers.upgrade?.toUpperCase() !== "SPDY/3.1") {
    throw new RequestRefusal(
      400,
      `unable to upgrade: missing upgrade headers in request: ${JSON.stringify(request.headers.upgrade ?? "")}`,
    );
  }
  const header = request.headers["x-stream-protocol-version"];
  return negotiateProtocol(Array.isArray(header) ? header.join(",") : header, "X-Stream-Protocol-Version", supported);
}

/** Answers a SPDY client and speaks SPDY from then on. */
export function acceptSpdy(
  upgrade: UpgradeRequest,
  protocol: string,
  onStream: (stream: SpdyStream) => void,
  clock: Clock,
): SpdyConnection {
  const { socket, head } = upgrade;
  upgrade.answered = true;
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  return serveSpdy(socket, head, onStream, clock);
}

/** Speaks SPDY as a server. The connection is dropped when either side has ended it. */
export function serveSpdy(socket: Duplex, head: Buffer, onStream: (stream: SpdyStream) => void, clock: Clock): SpdyConnection {
  const connection = new SpdyConnection(socket, { role: "server", head, onStream });
  connection.closed
    .then(() => {
      if (socket.destroyed) return;
      socket.end();
      // The SPDY connection reads no more: without this the peer's end would never be seen.
      socket.resume();
      const timer = clock.setTimeout(() => socket.destroy(), lingerMilliseconds);
      socket.once("close", () => timer.cancel());
    })
    .catch(() => {});
  return connection;
}

/** Answers a WebSocket client. The protocol must be one that it offered; empty when it offered none. */
export function acceptWebSocket(upgrade: UpgradeRequest, protocol: string): Promise<WebSocket> {
  const { request, socket, head } = upgrade;
  upgrade.answered = true;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => protocol || false,
  });
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error("the client has gone"));
    socket.once("close", onClose);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.removeListener("close", onClose);
      resolve(webSocket);
    });
  });
}

/** Refuses an upgrade over the bare connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  const body = Buffer.from(text);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: text/plain; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    `Content-Length: ${body.length}`,
    "Connection: close",
    "",
    "",
  ];
  socket.write(head.join("\r\n"));
  socket.end(body);
}
