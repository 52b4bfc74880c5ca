import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { Readable } from "node:stream";
import tls from "node:tls";
import type { Clock, Timer } from "../../machinery/clock.ts";
import type { ServerConnection } from "../kubeconfig.ts";

export interface HttpRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Who gets it reads it to its end or destroys it. */
  body: Readable;
}

/** The server could not be asked, or went away before it answered. */
export class TransportError extends Error {
  /** `ECONNREFUSED`, `ECONNRESET`, … */
  readonly code: string;
  /** The server has surely not begun with the request. */
  readonly unprocessed: boolean;

  constructor(message: string, code: string, unprocessed: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = "TransportError";
    this.code = code;
    this.unprocessed = unprocessed;
  }
}

/** Connections to one server: HTTP/2 where it offers that, all requests over one session; HTTP/1.1 with keep-alive otherwise. */
export interface HttpTransport {
  /** Resolves when the headers of the response have come. Rejects with `TransportError`, or the signal's reason. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** New connections show this client certificate, PEM. What is under way goes on; nothing new goes over the old connections. */
  renew(certificate: string, key: string): void;
  /** Cuts all connections; what is under way fails. */
  close(): void;
}

const connectTimeoutMilliseconds = 10_000;
// As Go's HTTP/2 transport in client-go: a quiet connection is asked after 30 s and given up 15 s later.
const pingMilliseconds = 30_000;
const pingTimeoutMilliseconds = 15_000;
/** Large lists would crawl through the default of 64 KiB. */
const windowBytes = 8 * 1024 * 1024;
const fallbackMaxStreams = 100;

export function createHttpTransport(connection: ServerConnection, clock: Clock): HttpTransport {
  const url = new URL(connection.server);
  if (url.protocol === "http:") return new Http1Transport(url, new http.Agent({ keepAlive: true, keepAliveMsecs: 30_000 }));
  if (url.protocol === "https:") return new TlsTransport(url, tlsOptions(connection, url), clock);
  throw new Error(`unsupported protocol scheme in ${JSON.stringify(connection.server)}`);
}

function tlsOptions(connection: ServerConnection, url: URL): tls.ConnectionOptions {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const options: tls.ConnectionOptions = { host, port: Number(url.port || 443), rejectUnauthorized: !connection.insecureSkipTlsVerify };
  if (connection.certificateAuthority !== undefined) options.ca = connection.certificateAuthority;
  if (connection.clientCertificate !== undefined) options.cert = connection.clientCertificate;
  if (connection.clientKey !== undefined) options.key = connection.clientKey;
  // An address is no server name in TLS.
  if (connection.tlsServerName) options.servername = connection.tlsServerName;
  else if (!/^[\d.]+$|:/.test(host)) options.servername = host;
  return options;
}

class Http1Transport implements HttpTransport {
  readonly #url: URL;
  readonly #agent: http.Agent;

  constructor(url: URL, agent: http.Agent) {
    this.#url = url;
    this.#agent = agent;
  }

  request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const options: http.RequestOptions = {
        method,
        path,
        host: this.#url.hostname.replace(/^\[|\]$/g, ""),
        port: this.#url.port || (this.#url.protocol === "https:" ? 443 : 80),
        agent: this.#agent,
        headers: body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) },
      };
      if (signal) options.signal = signal;
      const request = (this.#url.protocol === "https:" ? https : http).request(options);
      request.on("response", (message) => resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message }));
      request.on("error", (error: NodeJS.ErrnoException) => {
        if (signal?.aborted) reject(signal.reason);
        else reject(transportError(error, error.syscall === "connect"));
      });
      request.end(body);
    });
  }

  /** Nobody is asked for a certificate without TLS. */
  renew(): void {}

  /** Lets the connections go as they become idle. */
  retire(): void {
    this.#agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of [...(sockets ?? [])]) socket.destroy();
  }

  close(): void {
    this.#agent.destroy();
  }
}

class TlsTransport implements HttpTransport {
  readonly #url: URL;
  #options: tls.ConnectionOptions;
  readonly #clock: Clock;
  #http1: Http1Transport | undefined;
  /** Of former certificates: a watch may still go on there. */
  readonly #retired: Http1Transport[] = [];
  readonly #sessions = new Set<Session>();
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(url: URL, options: tls.ConnectionOptions, clock: Clock) {
    this.#url = url;
    this.#options = options;
    this.#clock = clock;
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    // Several callers may wait for one connection, and more of them than it takes.
    for (let tries = 0; tries < 10; tries++) {
      request.signal?.throwIfAborted();
      if (this.#closed) throw new TransportError("the client is closed", "ECLOSED", true);
      if (this.#http1) return this.#http1.request(request);
      const session = this.#freeSession();
      if (session) return session.request(request);
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = undefined;
      });
      await abortable(this.#connecting, request.signal);
    }
    throw new TransportError("the server closes every connection", "ECONNRESET", true);
  }

  renew(certificate: string, key: string): void {
    this.#options = { ...this.#options, cert: certificate, key };
    for (const session of [...this.#sessions]) session.retire();
    if (this.#http1) this.#retired.push(this.#http1);
    this.#http1?.retire();
    this.#http1 = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#http1?.close();
    for (const old of this.#retired) old.close();
    for (const session of this.#sessions) session.destroy(new TransportError("the client is closed", "ECLOSED", false));
  }

  #freeSession(): Session | undefined {
    for (const session of this.#sessions) if (session.hasRoom) return session;
    return undefined;
  }

  async #connect(): Promise<void> {
    const socket = await this.#handshake();
    if (this.#closed) socket.destroy();
    else if (socket.alpnProtocol === "h2") {
      const session = new Session(this.#url, socket, this.#clock, () => this.#sessions.delete(session));
      this.#sessions.add(session);
    } else {
      socket.destroy();
      const options = { ...this.#options, ALPNProtocols: ["http/1.1"], keepAlive: true, keepAliveMsecs: 30_000 };
      this.#http1 = new Http1Transport(this.#url, new https.Agent(options as https.AgentOptions));
    }
  }

  #handshake(): Promise<tls.TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = tls.connect({ ...this.#options, ALPNProtocols: ["h2", "http/1.1"] });
      socket.setNoDelay(true);
      const timer = this.#clock.setTimeout(() => {
        socket.destroy(Object.assign(new Error("net/http: TLS handshake timeout"), { code: "ETIMEDOUT" }));
      }, connectTimeoutMilliseconds);
      const onError = (error: NodeJS.ErrnoException) => {
        timer.cancel();
        reject(transportError(error, true));
      };
      socket.once("error", onError);
      socket.once("secureConnect", () => {
        timer.cancel();
        socket.off("error", onError);
        resolve(socket);
      });
    });
  }
}

/** One HTTP/2 connection. */
class Session {
  readonly #session: http2.ClientHttp2Session;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #streams = 0;
  #usable = true;
  #pingTimer: Timer | undefined;
  #failure: Error | undefined;

  constructor(url: URL, socket: tls.TLSSocket, clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#session = http2.connect(url.origin, {
      createConnection: () => socket,
      settings: { initialWindowSize: windowBytes, enablePush: false },
    });
    this.#session.once("connect", () => this.#session.setLocalWindowSize(windowBytes * 2));
    this.#session.on("error", (error) => {
      this.#failure = error;
      this.retire();
    });
    // The server goes away: streams it has accepted go on until it cuts them, new ones need a new connection.
    this.#session.on("goaway", () => this.retire());
    this.#session.once("close", () => {
      this.#pingTimer?.cancel();
      this.retire();
    });
    this.#armPing();
  }

  get hasRoom(): boolean {
    const most = this.#session.remoteSettings?.maxConcurrentStreams ?? fallbackMaxStreams;
    return this.#usable && !this.#session.closed && !this.#session.destroyed && this.#streams < most;
  }

  request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      let stream: http2.ClientHttp2Stream;
      try {
        stream = this.#session.request({ ...headers, ":method": method, ":path": path }, { endStream: body === undefined });
      } catch (error) {
        // Between the look at `hasRoom` and here the connection was lost: nothing was sent.
        this.retire();
        reject(transportError(error as NodeJS.ErrnoException, true));
        return;
      }
      this.#streams++;
      const onAbort = () => stream.close(http2.constants.NGHTTP2_CANCEL);
      signal?.addEventListener("abort", onAbort, { once: true });
      stream.once("response", (fields) => {
        resolve({ status: Number(fields[":status"]), headers: fields as HttpResponse["headers"], body: stream });
      });
      stream.on("error", (error: NodeJS.ErrnoException) => {
        reject(signal?.aborted ? signal.reason : transportError(error, stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM));
      });
      stream.once("close", () => {
        this.#streams--;
        signal?.removeEventListener("abort", onAbort);
        // Without effect when the response or an error came first.
        reject(signal?.aborted ? signal.reason : cutOff(stream, this.#failure));
      });
      if (body !== undefined) stream.end(body);
    });
  }

  /** With an error, or its streams would end as if all were well. */
  destroy(error: Error): void {
    this.#session.destroy(error);
  }

  /** Lets the connection go when the last of its streams has ended; no new one is begun on it. */
  retire(): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.#onEnd();
    if (!this.#session.closed) this.#session.close();
  }

  /** A peer that vanished without a word would leave watches silent for ever. */
  #armPing(): void {
    this.#pingTimer = this.#clock.setTimeout(() => {
      if (this.#session.destroyed) return;
      this.#pingTimer = this.#clock.setTimeout(() => {
        this.#session.destroy(Object.assign(new Error("http2: client connection lost"), { code: "ETIMEDOUT" }));
      }, pingTimeoutMilliseconds);
      this.#session.ping((error) => {
        this.#pingTimer?.cancel();
        if (!error && !this.#session.destroyed) this.#armPing();
      });
    }, pingMilliseconds);
  }
}

/** What a stream that ended early died of, or undefined when it ended as it should. */
export function brokenOff(body: Readable): TransportError | undefined {
  if (body instanceof http.IncomingMessage) return body.complete ? undefined : new TransportError("unexpected EOF", "ECONNRESET", false);
  const { aborted, rstCode } = body as http2.ClientHttp2Stream;
  return aborted || rstCode ? cutOff(body as http2.ClientHttp2Stream) : undefined;
}

function cutOff(stream: http2.ClientHttp2Stream, failure?: Error): TransportError {
  const { rstCode } = stream;
  const refused = rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
  return new TransportError(failure?.message ?? `http2: connection lost (stream code ${rstCode ?? 0})`, "ECONNRESET", refused, failure);
}

export function transportError(error: NodeJS.ErrnoException, unprocessed: boolean): TransportError {
  if (error instanceof TransportError) return error;
  // Happy eyeballs give one error for all addresses of a name, without a message of its own.
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  return new TransportError(first.message, first.code ?? error.code ?? "EUNKNOWN", unprocessed, error);
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
