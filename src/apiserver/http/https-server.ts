import { randomUUID } from "node:crypto";
import { createServer as createHttp1, type Server as Http1Server, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTls, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { Clock } from "../../machinery/clock.ts";
import { methodNotAllowed } from "../../machinery/errors.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { ApiRequest, ApiResponse, UpgradeRequest } from "../request.ts";
import { type Asked, BodyReader, type BodyReaders } from "./body-reader.ts";
import { badEscape, HttpRequest } from "./http-request.ts";
import { type ClientAuthorities, certificateOf, type PeerIdentity } from "./peer-certificate.ts";
import { refusalOf, SendBuffers, sendResponse } from "./send-response.ts";
import { SlowBodies } from "./slow-bodies.ts";
import { Http1Target, Http2Target } from "./targets.ts";
import { Turns } from "./turns.ts";

export interface HttpsServerOptions {
  /** What answers. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  upgrade(request: UpgradeRequest): Promise<ApiResponse | undefined>;
  /** PEM. */
  certificate: string;
  key: string;
  clientAuthorities: ClientAuthorities;
  logger: Logger;
  /** A client and the server came to no terms. */
  onHandshakeError?(): void;
  /** By whose time client certificates are looked at, with each request. Without it TLS looks at them, when a connection begins. */
  clock?: Clock;
  /** How long a client may take; each has a default. */
  limits?: Partial<ConnectionLimits>;
}

export interface ConnectionLimits {
  /** From the first byte of a request to the end of its headers, over HTTP/1.1. */
  headersMilliseconds: number;
  /** From the headers of a request to the end of its body. */
  bodyMilliseconds: number;
}

const defaultLimits: ConnectionLimits = { headersMilliseconds: 32_000, bodyMilliseconds: 60_000 };

/** The largest headers: Go's limit. */
const maxHeaderBytes = 1024 * 1024;

const http2Settings = { initialWindowSize: 1024 * 1024, maxConcurrentStreams: 1000, maxHeaderListSize: maxHeaderBytes };

/** The HTTPS edge: HTTP/2 where the client offers it, HTTP/1.1 for the others and for upgrades. */
export class HttpsServer {
  readonly #options: HttpsServerOptions;
  readonly #tls: TlsServer;
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #buffers = new SendBuffers();
  readonly #bodies: SlowBodies;
  readonly #sockets = new Set<TLSSocket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #peers = new WeakMap<object, PeerIdentity>();
  readonly #turns = new Turns<Asked>((asked) => this.#answer(asked));
  readonly #readers: BodyReaders;
  readonly #onStreamError: (error: Error) => void;

  constructor(options: HttpsServerOptions) {
    this.#options = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.#bodies = new SlowBodies(limits.bodyMilliseconds);
    this.#readers = { bodies: this.#bodies, buffers: this.#buffers, onRead: (asked) => this.#turns.add(asked) };
    this.#onStreamError = (error) => options.logger.debug("HTTP/2 stream failed", { error: error.message });
    this.#http1 = createHttp1({
      keepAliveTimeout: 180_000,
      headersTimeout: limits.headersMilliseconds,
      requestTimeout: limits.headersMilliseconds + limits.bodyMilliseconds,
      connectionsCheckingInterval: Math.min(5000, limits.headersMilliseconds),
      maxHeaderSize: maxHeaderBytes,
      noDelay: true,
    });
    // Its connections come from the TLS server; that it listens is what makes it look after their times.
    this.#http1.emit("listening");
    this.#http1.on("request", (request, response) => this.#serveHttp1(request, response));
    this.#http1.on("upgrade", (request, socket, head) => this.#serveUpgrade(request, socket, head));
    this.#http1.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket));
    this.#http2 = createHttp2({ settings: http2Settings, maxSessionMemory: 256 });
    this.#http2.on("session", (session) => this.#adoptSession(session));
    this.#http2.on("stream", (stream, headers, _flags, raw) => this.#serveHttp2(stream, headers, raw));
    this.#tls = createTls({
      cert: options.certificate,
      key: options.key,
      ca: this.#authorities,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
    });
    this.#tls.on("secureConnection", (socket) => this.#adopt(socket));
    this.#tls.on("tlsClientError", (error) => {
      options.onHandshakeError?.();
      options.logger.debug("TLS handshake failed", { error: error.message });
    });
  }

  /** Listens and gives the port: the one asked for, or with 0 a free one. May be called for several addresses with one port. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#tls.once("error", reject);
      this.#tls.listen({ port, host, backlog: 1024 }, () => {
        this.#tls.removeListener("error", reject);
        resolve();
      });
    });
    return (this.#tls.address() as AddressInfo).port;
  }

  /** New connections take this certificate. */
  renew(certificate: string, key: string): void {
    this.#tls.setSecureContext({ cert: certificate, key, ca: this.#authorities, minVersion: "TLSv1.2" });
  }

  /**
   * Takes no new connections, lets requests under way finish until the signal is aborted, then cuts what is left. Watches end
   * when the API server that answers is closed: close that first.
   */
  async close(giveUp: AbortSignal): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    this.#http1.closeIdleConnections();
    const cut = () => {
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#sockets) socket.destroy();
    };
    if (giveUp.aborted) cut();
    else giveUp.addEventListener("abort", cut, { once: true });
    await closed;
    giveUp.removeEventListener("abort", cut);
    this.#http1.close();
    this.#http2.close();
    this.#bodies.close();
  }

  get #authorities(): string[] {
    const { clients, frontProxies } = this.#options.clientAuthorities;
    return frontProxies === "" ? [clients] : [clients, frontProxies];
  }

  #adopt(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", (error) => this.#options.logger.debug("connection failed", { error: error.message }));
    socket.setNoDelay(true);
    const peer = certificateOf(socket, this.#options.clientAuthorities, this.#options.clock !== undefined);
    if (socket.alpnProtocol !== "h2") {
      this.#peers.set(socket, peer);
      this.#http1.emit("connection", socket);
      return;
    }
    // The session comes about within this call; its own `socket` is a stand-in that can't be looked up by.
    const adopt = (session: ServerHttp2Session) => this.#peers.set(session, peer);
    this.#http2.once("session", adopt);
    this.#http2.emit("connection", socket);
    this.#http2.removeListener("session", adopt);
  }

  #adoptSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    // The connection's own window: one big answer must not hold up the others.
    session.setLocalWindowSize(8 * 1024 * 1024);
    session.on("close", () => this.#sessions.delete(session));
    session.on("error", (error) => this.#options.logger.debug("HTTP/2 session failed", { error: error.message }));
  }

  #serveHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    const target = new Http2Target(stream);
    const names: Record<string, string> = {};
    for (const name in headers) {
      if (name.charCodeAt(0) === 58) continue;
      const value = headers[name];
      if (value !== undefined) names[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    const peer = this.#peerOf(stream.session);
    const authority = headers[":authority"];
    if (authority !== undefined) names.host ??= authority;
    const request = new HttpRequest(headers[":method"] ?? "GET", headers[":path"] ?? "/", names, raw, peer, target);
    stream.on("error", this.#onStreamError);
    if (stream.endAfterHeaders) this.#turns.add({ request, target });
    else BodyReader.read(this.#readers, stream, { request, target });
  }

  #serveHttp1(message: IncomingMessage, response: ServerResponse): void {
    if (badEscape.test(message.url?.split("?", 1)[0] ?? "")) {
      refuseMalformed(new Error("malformed path"), message.socket);
      return;
    }
    const target = new Http1Target(response);
    const request = this.#http1Request(message, target);
    const hasBody = message.headers["content-length"] !== undefined || message.headers["transfer-encoding"] !== undefined;
    if (hasBody) BodyReader.read(this.#readers, message, { request, target });
    else this.#turns.add({ request, target });
  }

  #http1Request(message: IncomingMessage, client: { readonly signal: AbortSignal }): HttpRequest {
    const names: Record<string, string> = {};
    for (const [name, value] of Object.entries(message.headers)) {
      if (value !== undefined) names[name] = Array.isArray(value) ? value.join(", ") : value;
    }
    return new HttpRequest(message.method ?? "GET", message.url ?? "/", names, message.rawHeaders, this.#peerOf(message.socket), client);
  }

  #peerOf(connection: object | undefined): PeerIdentity {
    const peer = (connection && this.#peers.get(connection)) ?? {};
    const now = this.#options.clock?.now();
    const { times } = peer;
    if (now === undefined || !times || (times.notBefore <= now && now <= times.notAfter)) return peer;
    return { remoteAddress: peer.remoteAddress, invalid: true };
  }

  #answer({ request, target }: Asked): void {
    this.#options.handle(request).then(
      (response) => sendResponse(response, target, this.#buffers, request.method === "HEAD"),
      (error: unknown) => {
        this.#options.logger.error("a request was not answered", { path: request.path, error: String(error) });
        target.destroy();
      },
    );
  }

  #serveUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const gone = new AbortController();
    socket.on("close", () => gone.abort());
    socket.on("error", (error) => this.#options.logger.debug("upgraded connection failed", { error: error.message }));
    const request: UpgradeRequest = { ...this.#http1Request(message, gone), signal: gone.signal, head, connection: socket };
    this.#options.upgrade(request).then(
      (refusal) => {
        if (refusal) writeRefusal(socket, refusal);
      },
      (error: unknown) => {
        this.#options.logger.error("an upgrade was not answered", { path: request.path, error: String(error) });
        socket.destroy();
      },
    );
  }
}

const requestLine = /^[\w!#$%&'*+.^`|~-]+ \/\S* HTTP\/1\.[01]\r\n/;

/** A request whose method Node's parser doesn't know: nobody knows it here. */
function refuseMethod(socket: Duplex): void {
  const { status, headers, body } = refusalOf(methodNotAllowed(), randomUUID());
  const bytes = body.form === "bytes" ? body.bytes : new Uint8Array(0);
  const lines = Object.entries({ ...headers, "content-length": bytes.length, connection: "close" });
  socket.write(`HTTP/1.1 ${status} Method Not Allowed\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  socket.end(bytes, () => socket.destroy());
}

/** What can't be read is answered as Go does, and the connection is closed. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET" || error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.destroy();
    return;
  }
  if (error.code === "HPE_INVALID_METHOD") {
    const { rawPacket } = error as { rawPacket?: Buffer };
    if (rawPacket && requestLine.test(rawPacket.toString("latin1"))) {
      refuseMethod(socket);
      return;
    }
  }
  const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`, () => socket.destroy());
}

/** The answer to a refused upgrade, written to the bare connection. */
function writeRefusal(socket: Duplex, { status, headers, body }: ApiResponse): void {
  const bytes = body.form === "bytes" ? body.bytes : new Uint8Array(0);
  let text = `HTTP/1.1 ${status} ${status === 403 ? "Forbidden" : "Error"}\r\nconnection: close\r\ncontent-length: ${bytes.length}\r\n`;
  for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) text += `${name}: ${one}\r\n`;
  socket.write(`${text}\r\n`);
  socket.end(bytes);
}
