import { isNotFound } from "../machinery/errors.ts";
import { deepCopy, type KubeObject, type ObjectList } from "../machinery/object.ts";
import { parseApiVersion, type ResourceRef } from "../machinery/resource-ref.ts";
import type { Client, DeleteOptions, GetOptions, ListOptions, Patch, WatchEvent, WatchOptions, WriteOptions } from "./client.ts";

/** Asks for what comes back as it lies in the cluster: frozen, and shared with everyone. Without it, it is a copy of the caller's own. */
export interface Shared {
  shared?: boolean;
}

/**
 * The client that programs use. What is passed in or comes back may be changed at will. Where no namespace is named, objects of
 * namespaced kinds are those of the client's own namespace; lists and watches are of all namespaces. Every call rejects with `StatusError`.
 */
export interface KubeClient {
  /** The namespace of calls that name none. */
  readonly namespace: string;
  get<T extends KubeObject>(ref: ResourceRef<T>, name: string, options?: GetOptions & Shared): Promise<T>;
  /** As `get`; undefined when there is none. */
  find<T extends KubeObject>(ref: ResourceRef<T>, name: string, options?: GetOptions & Shared): Promise<T | undefined>;
  list<T extends KubeObject>(ref: ResourceRef<T>, options?: ListOptions & Shared): Promise<ObjectList<T>>;
  /** Events from `resourceVersion` on, until the signal is aborted or the server ends it. */
  watch<T extends KubeObject>(ref: ResourceRef<T>, options?: WatchOptions & Shared): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions & Shared): Promise<T>;
  /** PUT. `metadata.resourceVersion`, where set, is the precondition. */
  update<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions & Shared): Promise<T>;
  /** `update` of the status alone. */
  updateStatus<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions & Shared): Promise<T>;
  patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    name: string,
    patch: Patch,
    options?: WriteOptions & Shared & { namespace?: string },
  ): Promise<T>;
  /** Server-side apply. The object names its kind itself. */
  apply<T extends KubeObject>(object: T, options?: WriteOptions & Shared): Promise<T>;
  delete(ref: ResourceRef, name: string, options?: DeleteOptions): Promise<void>;
  deleteCollection(ref: ResourceRef, options?: DeleteOptions & { labelSelector?: string; fieldSelector?: string }): Promise<void>;
  /** POST to a subresource with a body of another kind: binding, eviction, token. */
  post<R = KubeObject>(
    ref: ResourceRef,
    name: string,
    subresource: string,
    body: KubeObject,
    options?: WriteOptions & Shared & { namespace?: string },
  ): Promise<R>;
  /** The resource of a kind, as manifests name it. Rejects when it isn't served. */
  resourceOf(apiVersion: string, kind: string): Promise<ResourceRef>;
}

export interface KubeClientOptions {
  /** What components use: what comes back of it may be frozen. */
  client: Client;
  namespace?: string;
  /** What is served now: custom kinds come and go. */
  discover(): Promise<readonly ResourceRef[]>;
}

export function createKubeClient(options: KubeClientOptions): KubeClient {
  return new CopyingClient(options);
}

class CopyingClient implements KubeClient {
  readonly namespace: string;
  readonly #client: Client;
  readonly #discover: KubeClientOptions["discover"];

  constructor({ client, namespace = "default", discover }: KubeClientOptions) {
    this.namespace = namespace;
    this.#client = client;
    this.#discover = discover;
  }

  async get<T extends KubeObject>(ref: ResourceRef<T>, name: string, { shared, ...options }: GetOptions & Shared = {}): Promise<T> {
    return own(await this.#client.get(checked(ref), named(ref, name), this.#in(ref, options)), shared);
  }

  async find<T extends KubeObject>(ref: ResourceRef<T>, name: string, options: GetOptions & Shared = {}): Promise<T | undefined> {
    try {
      return await this.get(ref, name, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(ref: ResourceRef<T>, { shared, ...options }: ListOptions & Shared = {}): Promise<ObjectList<T>> {
    return own(await this.#client.list(checked(ref), options), shared);
  }

  async *watch<T extends KubeObject>(
    ref: ResourceRef<T>,
    { shared, ...options }: WatchOptions & Shared = {},
  ): AsyncIterable<WatchEvent<T>> {
    for await (const { type, object } of this.#client.watch(checked(ref), options)) yield { type, object: own(object, shared) };
  }

  async create<T extends KubeObject>(ref: ResourceRef<T>, object: T, { shared, ...options }: WriteOptions & Shared = {}): Promise<T> {
    return own(await this.#client.create(checked(ref), this.#placed(ref, object), options), shared);
  }

  async update<T extends KubeObject>(ref: ResourceRef<T>, object: T, { shared, ...options }: WriteOptions & Shared = {}): Promise<T> {
    const placed = this.#placed(checked(ref), object);
    named(ref, placed.metadata.name);
    return own(await this.#client.update(ref, placed, options), shared);
  }

  updateStatus<T extends KubeObject>(ref: ResourceRef<T>, object: T, options: WriteOptions & Shared = {}): Promise<T> {
    return this.update(ref, object, { ...options, subresource: "status" });
  }

  async patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    name: string,
    patch: Patch,
    { shared, ...options }: WriteOptions & Shared & { namespace?: string } = {},
  ): Promise<T> {
    return own(await this.#client.patch(checked(ref), named(ref, name), patch, this.#in(ref, options)), shared);
  }

  async apply<T extends KubeObject>(object: T, { fieldManager = "kybern", ...options }: WriteOptions & Shared = {}): Promise<T> {
    const { apiVersion = "", kind = "", metadata } = object;
    const ref = (await this.resourceOf(apiVersion, kind)) as ResourceRef<T>;
    const patch = { type: "application/apply-patch+yaml", body: this.#placed(ref, object) } as const;
    const place = metadata.namespace ? { namespace: metadata.namespace } : {};
    return await this.patch(ref, metadata.name ?? "", patch, { fieldManager, ...options, ...place });
  }

  async delete(ref: ResourceRef, name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#client.delete(checked(ref), named(ref, name), this.#in(ref, options));
  }

  async deleteCollection(
    ref: ResourceRef,
    options: DeleteOptions & { labelSelector?: string; fieldSelector?: string } = {},
  ): Promise<void> {
    await this.#client.deleteCollection(checked(ref), this.#in(ref, options));
  }

  async post<R = KubeObject>(
    ref: ResourceRef,
    name: string,
    subresource: string,
    body: KubeObject,
    { shared, ...options }: WriteOptions & Shared & { namespace?: string } = {},
  ): Promise<R> {
    return own(await this.#client.post<R>(checked(ref), named(ref, name), subresource, body, this.#in(ref, options)), shared);
  }

  async resourceOf(apiVersion: string, kind: string): Promise<ResourceRef> {
    const { group, version } = parseApiVersion(apiVersion);
    const found = (await this.#discover()).find((ref) => ref.kind === kind && ref.group === group && ref.version === version);
    if (!found) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
    return found;
  }

  #in<O extends { namespace?: string }>(ref: ResourceRef, options: O): O {
    return ref.namespaced && !options.namespace ? { ...options, namespace: this.namespace } : options;
  }

  #placed<T extends KubeObject>(ref: ResourceRef<T>, object: T): T {
    if (!object?.metadata) throw new TypeError(`an object needs metadata: this ${ref.kind} is ${JSON.stringify(object)}`);
    if (!ref.namespaced || object.metadata.namespace) return object;
    return { ...object, metadata: { ...object.metadata, namespace: this.namespace } };
  }
}

/** Without types nobody is told: a path without a kind leads nowhere. */
function checked<T extends KubeObject>(ref: ResourceRef<T>): ResourceRef<T> {
  if (ref?.resource) return ref;
  throw new TypeError(`a kind is what kybern/client exports, such as pods, or what defineKind gives; not ${JSON.stringify(ref)}`);
}

/** Without a name the path would be that of all objects. */
function named(ref: ResourceRef, name: string | undefined): string {
  if (name) return name;
  throw new TypeError(`the name of the ${ref.kind} is missing: it is ${JSON.stringify(name)}`);
}

function own<T>(value: T, shared: boolean | undefined): T {
  return shared ? value : deepCopy(value);
}
