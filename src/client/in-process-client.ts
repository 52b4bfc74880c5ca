import type { ApiRequest, ApiResponse, Identity, OpenStream, Sink, WatchEventObject } from "../apiserver/request.ts";
import type { Clock } from "../machinery/clock.ts";
import { StatusError } from "../machinery/errors.ts";
import type { Status } from "../machinery/meta/v1.ts";
import type { KubeObject, ObjectList } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import type {
  BatchedWatch,
  Client,
  DeleteOptions,
  GetOptions,
  ListOptions,
  Patch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import type { ClientMetrics } from "./client-metrics.ts";
import { plainCopy } from "./plain-copy.ts";
import { SilenceGuard, silenceText } from "./silence-guard.ts";

export interface InProcessClientOptions {
  /** What answers requests: an API server's `handle`. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  identity: Identity;
  /** Names the client in managedFields; the identity's name by default. */
  userAgent?: string;
  /** A watch with bookmarks that is silent for so long is taken for dead; none is unless told. */
  silence?: { clock: Clock; seconds: number };
  /** Where requests are counted, as of which host, and by whose time. */
  counting?: { metrics: ClientMetrics; host: string; clock: Clock };
}

/** A client without sockets or JSON: what comes back is frozen and shared with the server. */
export function createInProcessClient(options: InProcessClientOptions): Client {
  return new InProcessClient(options);
}

type Query = Record<string, string | number | boolean | undefined>;

class InProcessClient implements Client {
  readonly inProcess = true;
  readonly #handle: InProcessClientOptions["handle"];
  readonly #identity: Identity;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #silence: InProcessClientOptions["silence"];
  readonly #counting: InProcessClientOptions["counting"];

  constructor({ handle, identity, userAgent, silence, counting }: InProcessClientOptions) {
    this.#handle = handle;
    this.#silence = silence;
    this.#counting = counting;
    this.#identity = identity;
    this.#headers = { "user-agent": userAgent ?? identity.name };
  }

  async get<T extends KubeObject>(ref: ResourceRef<T>, name: string, options: GetOptions = {}): Promise<T> {
    const path = pathOf(ref, options.namespace, name, options.subresource);
    return (await this.#object("GET", path, { resourceVersion: options.resourceVersion }, options.signal)) as T;
  }

  async list<T extends KubeObject>(ref: ResourceRef<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    const { namespace, signal, ...query } = options;
    return (await this.#object("GET", pathOf(ref, namespace), query, signal)) as ObjectList<T>;
  }

  watch<T extends KubeObject>(ref: ResourceRef<T>, options: WatchOptions): BatchedWatch<T> {
    const batches = () => this.#batches(ref, options);
    return {
      batches,
      async *[Symbol.asyncIterator]() {
        for await (const events of batches()) yield* events;
      },
    };
  }

  async *#batches<T extends KubeObject>(ref: ResourceRef<T>, options: WatchOptions): AsyncIterable<readonly WatchEvent<T>[]> {
    const { namespace, signal, ...query } = options;
    if (signal?.aborted) return;
    const response = await this.#send("GET", pathOf(ref, namespace), { ...query, watch: true }, signal);
    if (response.body.form !== "events") throw statusOf(response);
    const events = new EventQueue(options.allowWatchBookmarks ? this.#silence : undefined);
    const stream = response.body.open(events);
    events.attach(stream);
    try {
      for (;;) {
        const batch = await events.next();
        if (!batch) return;
        const error = batch.findIndex(({ type }) => type === "ERROR");
        if (error > 0) yield batch.slice(0, error) as unknown as WatchEvent<T>[];
        if (error >= 0) throw StatusError.from(batch[error]?.object as unknown as Status);
        yield batch as unknown as WatchEvent<T>[];
      }
    } finally {
      events.close();
      stream.close();
    }
  }

  async create<T extends KubeObject>(ref: ResourceRef<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const name = options.subresource ? object.metadata.name : undefined;
    const path = pathOf(ref, object.metadata.namespace, name, options.subresource);
    return (await this.#object("POST", path, writeQuery(options), options.signal, plainCopy(object))) as T;
  }

  async update<T extends KubeObject>(ref: ResourceRef<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = pathOf(ref, object.metadata.namespace, object.metadata.name ?? "", options.subresource);
    return (await this.#object("PUT", path, writeQuery(options), options.signal, plainCopy(object))) as T;
  }

  async patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    name: string,
    patch: Patch,
    options: WriteOptions & { namespace?: string } = {},
  ): Promise<T> {
    const path = pathOf(ref, options.namespace, name, options.subresource);
    return (await this.#object("PATCH", path, writeQuery(options), options.signal, plainCopy(patch.body), patch.type)) as T;
  }

  async delete(ref: ResourceRef, name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#object("DELETE", pathOf(ref, options.namespace, name), {}, options.signal, deleteBody(options));
  }

  async deleteCollection(
    ref: ResourceRef,
    options: DeleteOptions & { labelSelector?: string; fieldSelector?: string } = {},
  ): Promise<void> {
    const { labelSelector, fieldSelector } = options;
    await this.#object("DELETE", pathOf(ref, options.namespace), { labelSelector, fieldSelector }, options.signal, deleteBody(options));
  }

  async post<R = KubeObject>(
    ref: ResourceRef,
    name: string,
    subresource: string,
    body: KubeObject,
    options: WriteOptions & { namespace?: string } = {},
  ): Promise<R> {
    const path = pathOf(ref, options.namespace, name, subresource);
    return (await this.#object("POST", path, writeQuery(options), options.signal, plainCopy(body))) as R;
  }

  async #object(method: string, path: string, query: Query, signal?: AbortSignal, body?: unknown, type?: string): Promise<unknown> {
    const response = await this.#send(method, path, query, signal, body, type);
    if (response.status >= 400) throw statusOf(response);
    return response.body.form === "object" ? response.body.object : undefined;
  }

  async #send(method: string, path: string, query: Query, signal?: AbortSignal, body?: unknown, type?: string): Promise<ApiResponse> {
    signal?.throwIfAborted();
    const request: ApiRequest = {
      method,
      path,
      query: searchParams(query),
      headers: type ? { ...this.#headers, "content-type": type } : this.#headers,
      identity: this.#identity,
      wantObjects: true,
      ...(body === undefined ? {} : { body: body as NonNullable<ApiRequest["body"]> }),
      ...(signal ? { signal } : {}),
    };
    const counting = this.#counting;
    if (!counting) return this.#handle(request);
    const { metrics, host, clock } = counting;
    const began = clock.now();
    const response = await this.#handle(request);
    metrics.asked(host, method, response.status, (clock.now() - began) / 1000);
    return response;
  }
}

/** Holds what a watch has sent until the consumer takes it. */
class EventQueue implements Sink<WatchEventObject> {
  #events: WatchEventObject[] = [];
  #ended = false;
  #stream: OpenStream | undefined;
  #wake: (() => void) | undefined;
  #guard: SilenceGuard | undefined;
  #failure: StatusError | undefined;

  constructor(silence: InProcessClientOptions["silence"]) {
    if (silence) this.#listen(silence.clock, silence.seconds * 1000);
  }

  attach(stream: OpenStream): void {
    this.#stream = stream;
  }

  write(items: readonly WatchEventObject[]): boolean {
    this.#events.push(...items);
    this.#guard?.heard();
    this.#wake?.();
    return this.#events.length < 1024;
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The consumer has gone. */
  close(): void {
    this.#guard?.end();
  }

  /** All that has come, as soon as there is something; undefined when the watch is over. Rejects when it has been silent for too long. */
  async next(): Promise<readonly WatchEventObject[] | undefined> {
    while (this.#events.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
      if (this.#failure) throw this.#failure;
    }
    const events = this.#events;
    this.#events = [];
    if (!this.#ended) this.#stream?.drained();
    return events;
  }

  #listen(clock: Clock, milliseconds: number): void {
    this.#guard = new SilenceGuard(clock, milliseconds, () => {
      // Where the consumer is behind nothing more is sent: it is the consumer that is silent.
      if (this.#events.length > 0) return this.#listen(clock, milliseconds);
      this.#failure = new StatusError(504, "Timeout", silenceText(milliseconds));
      this.#wake?.();
    });
  }
}

function statusOf(response: ApiResponse): StatusError {
  const status = response.body.form === "object" ? (response.body.object as Status) : undefined;
  return status ? StatusError.from(status) : new StatusError(response.status, "", "unknown");
}

function pathOf(ref: ResourceRef, namespace?: string, name?: string, subresource?: string): string {
  let path = ref.group === "" ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  if (ref.namespaced && namespace) path += `/namespaces/${encodeURIComponent(namespace)}`;
  path += `/${ref.resource}`;
  if (name !== undefined) path += `/${encodeURIComponent(name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

function searchParams(query: Query): URLSearchParams {
  const params = new URLSearchParams();
  for (const key in query) {
    const value = query[key];
    if (value !== undefined && value !== "") params.set(key, String(value));
  }
  return params;
}

function writeQuery({ dryRun, fieldManager, fieldValidation, force }: WriteOptions): Query {
  return { dryRun: dryRun ? "All" : undefined, fieldManager, fieldValidation, force: force || undefined };
}

function deleteBody({ gracePeriodSeconds, propagationPolicy, preconditions, dryRun }: DeleteOptions): unknown {
  return plainCopy({
    kind: "DeleteOptions",
    apiVersion: "v1",
    gracePeriodSeconds,
    propagationPolicy,
    preconditions,
    ...(dryRun ? { dryRun: ["All"] } : {}),
  });
}
