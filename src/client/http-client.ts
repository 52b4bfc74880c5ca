import { type Clock, sleep } from "../machinery/clock.ts";
import { StatusError } from "../machinery/errors.ts";
import { exactJson } from "../machinery/exact-json.ts";
import type { Status } from "../machinery/meta/v1.ts";
import type { KubeObject, ObjectList } from "../machinery/object.ts";
import type { Random } from "../machinery/random.ts";
import { apiVersionOf, type ResourceRef } from "../machinery/resource-ref.ts";
import { Backoff } from "./backoff.ts";
import type { Client, DeleteOptions, GetOptions, ListOptions, Patch, WatchEvent, WatchOptions, WriteOptions } from "./client.ts";
import { brokenOff, createHttpTransport, type HttpResponse, type HttpTransport, TransportError, transportError } from "./http/transport.ts";
import { JsonLines } from "./json-lines.ts";
import type { ServerConnection } from "./kubeconfig.ts";
import { queryString, requestPath } from "./request-path.ts";
import { type ErrorContext, errorOfResponse } from "./server-response.ts";
import { SilenceGuard, silenceText } from "./silence-guard.ts";

export interface HttpClientOptions {
  clock: Clock;
  random: Random;
  /** `kybern-node/0.1.0`; servers see it in their audit log and managedFields. */
  userAgent?: string;
  /** For a whole call but watches. 60 unless told. */
  requestTimeoutSeconds?: number;
  /**
   * A watch with bookmarks that is silent for so long is taken for dead. Servers send a bookmark a minute; 150 unless told.
   * 0 waits for ever.
   */
  watchSilenceSeconds?: number;
}

/** A client of a server over HTTP. */
export interface HttpClient extends Client {
  /** Any request: paths that are no resource, bodies that are no JSON. Rejects with `StatusError` when no answer comes; any status resolves. */
  request(method: string, path: string, options?: RawRequestOptions): Promise<HttpResponse>;
  /** New connections show this client certificate, PEM; what is under way goes on. */
  renew(certificate: string, key: string): void;
  /** Cuts all connections; what is under way fails. */
  close(): void;
}

export interface RawRequestOptions {
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
}

/** Upstream's client asks again so often when the server tells it to. */
const maxTries = 10;
/** A server that restarts is back in a moment: reads wait about three seconds for it. */
const maxReconnects = 5;

export function createHttpClient(connection: ServerConnection, options: HttpClientOptions): HttpClient {
  return new RestClient(connection, options);
}

interface Call {
  method: string;
  path: string;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal | undefined;
  of?: ErrorContext;
}

class RestClient implements HttpClient {
  readonly #transport: HttpTransport;
  readonly #base: string;
  readonly #origin: string;
  readonly #token: ServerConnection["token"];
  readonly #userAgent: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timeoutMilliseconds: number;
  readonly #silenceMilliseconds: number;

  constructor(
    connection: ServerConnection,
    { clock, random, userAgent = "kybern", requestTimeoutSeconds = 60, watchSilenceSeconds = 150 }: HttpClientOptions,
  ) {
    const url = new URL(connection.server);
    this.#origin = url.origin;
    this.#base = url.pathname.replace(/\/$/, "");
    this.#transport = createHttpTransport(connection, clock);
    this.#token = connection.token;
    this.#userAgent = userAgent;
    this.#clock = clock;
    this.#random = random;
    this.#timeoutMilliseconds = requestTimeoutSeconds * 1000;
    this.#silenceMilliseconds = watchSilenceSeconds * 1000;
  }

  get<T extends KubeObject>(ref: ResourceRef<T>, name: string, options: GetOptions = {}): Promise<T> {
    const { namespace, subresource, resourceVersion, signal } = options;
    const path = requestPath(ref, namespace, name, subresource) + queryString({ resourceVersion });
    return this.#call({ method: "GET", path, signal, of: { method: "GET", ref, name } });
  }

  list<T extends KubeObject>(ref: ResourceRef<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    const { namespace, signal, ...parameters } = options;
    const path = requestPath(ref, namespace) + queryString({ ...parameters });
    return this.#call({ method: "GET", path, signal, of: { method: "GET", ref } });
  }

  async *watch<T extends KubeObject>(ref: ResourceRef<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { namespace, signal, ...parameters } = options;
    const path = this.#base + requestPath(ref, namespace) + queryString({ watch: true, ...parameters });
    if (signal?.aborted) return;
    // Aborted by the caller, by silence, or when the caller stops asking.
    const ending = new AbortController();
    const onAbort = () => ending.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const silence = options.allowWatchBookmarks ? this.#silenceMilliseconds : 0;
    const guard = new SilenceGuard(this.#clock, silence, () => {
      ending.abort(new TransportError(silenceText(silence), "ETIMEDOUT", false));
    });
    try {
      const headers = await this.#headers({ accept: "application/json" });
      const response = await this.#transport.request({ method: "GET", path, headers, signal: ending.signal });
      if (response.status !== 200) {
        throw errorOfResponse(response.status, await readText(response), retryAfterOf(response), { method: "GET", ref });
      }
      const lines = new JsonLines();
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        guard.heard();
        for (const event of lines.push(chunk) as (WatchEvent<T> | { type: "ERROR"; object: Status })[]) {
          if (event.type === "ERROR") throw StatusError.from(event.object);
          yield event;
          if (signal?.aborted) return;
        }
      }
      const broken = brokenOff(response.body) ?? (lines.incomplete ? new TransportError("unexpected EOF", "ECONNRESET", false) : undefined);
      if (broken) throw broken;
    } catch (error) {
      if (signal?.aborted) return;
      throw this.#asStatus("GET", path, ending.signal.aborted ? ending.signal.reason : error);
    } finally {
      guard.end();
      signal?.removeEventListener("abort", onAbort);
      ending.abort();
    }
  }

  create<T extends KubeObject>(ref: ResourceRef<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { name, namespace } = object.metadata;
    const { subresource } = options;
    const path = requestPath(ref, namespace, subresource ? name : undefined, subresource) + writeQuery(options);
    const of: ErrorContext = { method: "POST", ref, ...(name ? { name } : {}) };
    return this.#call({ method: "POST", path, body: typed(ref, object), signal: options.signal, of });
  }

  update<T extends KubeObject>(ref: ResourceRef<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { name = "", namespace } = object.metadata;
    const path = requestPath(ref, namespace, name, options.subresource) + writeQuery(options);
    return this.#call({ method: "PUT", path, body: typed(ref, object), signal: options.signal, of: { method: "PUT", ref, name } });
  }

  patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    name: string,
    { type, body }: Patch,
    options: WriteOptions & { namespace?: string } = {},
  ): Promise<T> {
    const path = requestPath(ref, options.namespace, name, options.subresource) + writeQuery(options);
    return this.#call({ method: "PATCH", path, body, contentType: type, signal: options.signal, of: { method: "PATCH", ref, name } });
  }

  async delete(ref: ResourceRef, name: string, options: DeleteOptions = {}): Promise<void> {
    const path = requestPath(ref, options.namespace, name);
    await this.#call({ method: "DELETE", path, body: deleteBody(options), signal: options.signal, of: { method: "DELETE", ref, name } });
  }

  async deleteCollection(
    ref: ResourceRef,
    options: DeleteOptions & { labelSelector?: string; fieldSelector?: string } = {},
  ): Promise<void> {
    const { labelSelector, fieldSelector } = options;
    const path = requestPath(ref, options.namespace) + queryString({ labelSelector, fieldSelector });
    await this.#call({ method: "DELETE", path, body: deleteBody(options), signal: options.signal, of: { method: "DELETE", ref } });
  }

  post<R = KubeObject>(
    ref: ResourceRef,
    name: string,
    subresource: string,
    body: KubeObject,
    options: WriteOptions & { namespace?: string } = {},
  ): Promise<R> {
    const path = requestPath(ref, options.namespace ?? body.metadata?.namespace, name, subresource) + writeQuery(options);
    return this.#call({ method: "POST", path, body, signal: options.signal, of: { method: "POST", ref, name } });
  }

  async request(method: string, path: string, { headers = {}, body, signal }: RawRequestOptions = {}): Promise<HttpResponse> {
    const all = await this.#headers(headers);
    try {
      const sent = { method, path: this.#base + path, headers: all };
      return await this.#transport.request({ ...sent, ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) });
    } catch (error) {
      throw signal?.aborted ? signal.reason : this.#asStatus(method, path, error);
    }
  }

  renew(certificate: string, key: string): void {
    this.#transport.renew(certificate, key);
  }

  close(): void {
    this.#transport.close();
  }

  /** One call with its retries, from the object that is sent to the object that comes back. */
  async #call<R>({ method, path, body, contentType = "application/json", signal, of }: Call): Promise<R> {
    const limit = new AbortController();
    const onAbort = () => limit.abort(signal?.reason);
    if (signal?.aborted) throw signal.reason;
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer = this.#clock.setTimeout(() => {
      const text = "request did not complete within requested timeout - context deadline exceeded";
      limit.abort(new StatusError(504, "Timeout", `Timeout: ${text}`));
    }, this.#timeoutMilliseconds);
    const text = body === undefined ? undefined : exactJson(body);
    const backoff = new Backoff(this.#clock, this.#random, {
      firstMilliseconds: 100,
      maxMilliseconds: 2000,
      jitter: 0.2,
      resetMilliseconds: Number.POSITIVE_INFINITY,
    });
    try {
      for (let tries = 1, reconnects = 0; ; tries++) {
        try {
          const headers = await this.#headers({
            accept: "application/json",
            ...(text === undefined ? {} : { "content-type": contentType }),
          });
          const sent = { method, path: this.#base + path, headers, signal: limit.signal };
          const response = await this.#transport.request(text === undefined ? sent : { ...sent, body: text });
          const answer = await readText(response);
          if (response.status >= 200 && response.status < 300) return (answer === "" ? undefined : JSON.parse(answer)) as R;
          const retryAfterSeconds = retryAfterOf(response);
          const error = errorOfResponse(response.status, answer, retryAfterSeconds, of);
          const again = (response.status === 429 || response.status >= 500) && retryAfterSeconds > 0 && tries < maxTries;
          if (!again) throw error;
          await sleep(this.#clock, retryAfterSeconds * 1000, limit.signal);
        } catch (error) {
          if (limit.signal.aborted || !(error instanceof TransportError)) throw error;
          // A read may be asked again whatever became of it; anything may when the server has not begun with it.
          const refused = error.code === "ECONNREFUSED" && method !== "GET";
          if (refused || !(method === "GET" || error.unprocessed) || !isConnectionTrouble(error) || ++reconnects > maxReconnects)
            throw error;
          // A kept connection that turns out to be cut says nothing about the server: the first new one is made at once.
          if (reconnects > 1 || error.code === "ECONNREFUSED") await sleep(this.#clock, backoff.next(), limit.signal);
        }
      }
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : this.#asStatus(method, path, error);
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #headers(headers: Record<string, string>): Promise<Record<string, string>> {
    const all: Record<string, string> = { "user-agent": this.#userAgent, ...headers };
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    if (token) all.authorization = `Bearer ${token}`;
    return all;
  }

  /** What the transport says, as the one error that clients throw: a server that can't be asked is unavailable. */
  #asStatus(method: string, path: string, error: unknown): unknown {
    if (error instanceof StatusError) return error;
    const from = error instanceof TransportError ? error : transportError(error as NodeJS.ErrnoException, false);
    const verb = method[0] + method.slice(1).toLowerCase();
    const status = new StatusError(503, "ServiceUnavailable", `${verb} "${this.#origin}${path}": ${from.message}`);
    status.cause = from;
    return status;
  }
}

const connectionTrouble = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"];

function isConnectionTrouble(error: TransportError): boolean {
  return connectionTrouble.includes(error.code) || error.code.startsWith("ERR_HTTP2");
}

async function readText(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  } catch (error) {
    throw transportError(error as NodeJS.ErrnoException, false);
  }
  const broken = brokenOff(response.body);
  if (broken) throw broken;
  return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
}

function retryAfterOf({ headers }: HttpResponse): number {
  const seconds = Number(headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** Objects of components may lack their kind, which the path knows. */
function typed<T extends KubeObject>(ref: ResourceRef, object: T): T {
  if (object.kind && object.apiVersion) return object;
  return { ...object, apiVersion: object.apiVersion ?? apiVersionOf(ref), kind: object.kind ?? ref.kind };
}

function writeQuery({ dryRun, fieldManager, fieldValidation, force }: WriteOptions): string {
  return queryString({ dryRun: dryRun ? "All" : undefined, fieldManager, fieldValidation, force: force || undefined });
}

function deleteBody({ gracePeriodSeconds, propagationPolicy, preconditions, dryRun }: DeleteOptions): unknown {
  return {
    kind: "DeleteOptions",
    apiVersion: "v1",
    gracePeriodSeconds,
    propagationPolicy,
    preconditions,
    ...(dryRun ? { dryRun: ["All"] } : {}),
  };
}
