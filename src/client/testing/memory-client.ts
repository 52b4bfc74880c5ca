import { namespaces, pods, serviceaccounts } from "../../api/refs.ts";
import { type Clock, formatTime, sleep, timestamp } from "../../machinery/clock.ts";
import { alreadyExists, badRequest, conflict, invalid, notFound, optimisticLockText } from "../../machinery/errors.ts";
import { type AnyObject, deepFreeze, type KubeObject, keyOf, type ObjectList } from "../../machinery/object.ts";
import { nameSuffix, type Random, seededRandom, uuid } from "../../machinery/random.ts";
import { apiVersionOf, type ResourceRef } from "../../machinery/resource-ref.ts";
import type { Client, DeleteOptions, GetOptions, ListOptions, Patch, WatchEvent, WatchOptions, WriteOptions } from "../client.ts";
import { type Action, createFaults, type MemoryFaults, type Verb } from "./memory-faults.ts";
import { applyPatch } from "./memory-patch.ts";
import { collectionOf, MemoryState, MemoryWatch } from "./memory-state.ts";
import { checkNamespace, finalizersForDelete, gracePeriod, isHeld, prepareForCreate, prepareForUpdate } from "./memory-strategies.ts";
import { selection } from "./selection.ts";

/**
 * A client with a small API server inside, for unit tests of components: resource versions, conflicts, watches, selectors,
 * generateName, generations, finalizers, graceful deletion of pods, the status subresource. It neither defaults nor validates.
 * What it hands out is frozen and shared, as by the in-process client.
 */
export interface MemoryClient extends Client {
  /** Every call so far, in order. Cleared by `actions.length = 0`. */
  readonly actions: Action[];
  readonly faults: MemoryFaults;
  /** The actions that write, as `create pods default/web`, `update deployments/status default/web`. */
  writes(): string[];
  /** Stores objects as they are, status included, replacing what is there. Not an action. */
  seed<T extends KubeObject>(ref: ResourceRef<T>, ...objects: T[]): T[];
  /** Removes an object as it stands: no finalizers, no grace. Not an action. */
  drop(ref: ResourceRef, key: string): void;
  /** The object under `namespace/name`, without an action. */
  peek<T extends KubeObject>(ref: ResourceRef<T>, key: string): T | undefined;
  /** The objects of a collection in key order, without an action. */
  peekAll<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): T[];
  /** Resolves when nothing has called or been told anything for a while of promise turns. Does not move the clock. */
  settle(): Promise<void>;
}

export interface MemoryClientOptions {
  clock: Clock;
  random?: Random;
  /** How long each call takes, on the clock. */
  latencyMilliseconds?: number;
}

export function createMemoryClient(options: MemoryClientOptions): MemoryClient {
  return new InMemory(options);
}

class InMemory implements MemoryClient {
  readonly actions: Action[] = [];
  readonly faults: MemoryFaults;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #latencyMilliseconds: number;
  readonly #state = new MemoryState();
  readonly #trip: (action: Action) => Promise<void> | undefined;

  constructor({ clock, random = seededRandom(1), latencyMilliseconds = 0 }: MemoryClientOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#latencyMilliseconds = latencyMilliseconds;
    const { faults, trip } = createFaults(this.#state);
    this.faults = faults;
    this.#trip = trip;
  }

  async get<T extends KubeObject>(ref: ResourceRef<T>, name: string, options: GetOptions = {}): Promise<T> {
    await this.#enter("get", ref, { ...options, name });
    const object = this.#existing(ref, options.namespace, name);
    return (options.subresource === "scale" ? scaleOf(object) : object) as unknown as T;
  }

  async list<T extends KubeObject>(ref: ResourceRef<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    await this.#enter("list", ref, options);
    this.#state.checkVersion(options.resourceVersion);
    let items = this.#state.select(ref, selection(options.namespace, options.labelSelector, options.fieldSelector));
    const resourceVersion = String(this.#state.revision);
    if (options.continue) items = items.filter((object) => keyOf(object) > (options.continue as string));
    const rest = options.limit ? items.length - options.limit : 0;
    const metadata: ObjectList<T>["metadata"] = { resourceVersion };
    if (rest > 0) {
      items = items.slice(0, options.limit);
      metadata.continue = keyOf(items.at(-1) as AnyObject);
      metadata.remainingItemCount = rest;
    }
    return { apiVersion: apiVersionOf(ref), kind: `${ref.kind}List`, metadata, items: items as unknown as T[] };
  }

  watch<T extends KubeObject>(ref: ResourceRef<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return { [Symbol.asyncIterator]: () => this.#watch(ref, options) as unknown as AsyncIterator<WatchEvent<T>> };
  }

  async *#watch(ref: ResourceRef, options: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>> {
    await this.#enter("watch", ref, options);
    const state = this.#state;
    const revision = state.checkVersion(options.resourceVersion);
    const selects = selection(options.namespace, options.labelSelector, options.fieldSelector);
    const watch = new MemoryWatch(state, collectionOf(ref), selects);
    if (revision === 0 || options.sendInitialEvents) {
      for (const object of state.select(ref, selects)) watch.push({ type: "ADDED", object });
      if (options.sendInitialEvents) watch.push(bookmark(ref, state.revision, true));
    } else for (const change of state.log) if (change.revision > revision) watch.offer(change);
    state.watches.add(watch);
    const timer =
      options.timeoutSeconds === undefined ? undefined : this.#clock.setTimeout(() => watch.end(), options.timeoutSeconds * 1000);
    const onAbort = () => watch.end();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted) watch.end();
    try {
      for (;;) {
        const result = await watch.next();
        if (result.done) return;
        yield result.value;
      }
    } finally {
      watch.end();
      timer?.cancel();
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  async create<T extends KubeObject>(ref: ResourceRef<T>, sent: T, options: WriteOptions = {}): Promise<T> {
    const object = plain(sent) as unknown as AnyObject;
    const { namespace } = object.metadata;
    await this.#enter("create", ref, { ...options, namespace, name: object.metadata.name, body: object });
    if (ref.namespaced && !namespace) throw badRequest("an empty namespace may not be set during creation");
    if (object.metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
    if (!object.metadata.name) {
      if (!object.metadata.generateName) {
        const body = "Required value: name or generateName is required";
        throw invalid(ref, "", [{ type: "FieldValueRequired", field: "metadata.name", body, text: `metadata.name: ${body}` }]);
      }
      object.metadata.name = object.metadata.generateName + nameSuffix(this.#random);
    }
    if (this.#state.collection(ref).has(keyOf(object))) throw alreadyExists(ref, object.metadata.name);
    if (namespace) checkNamespace(ref, object, this.#state.collection(namespaces).get(namespace));
    prepareForCreate(ref, object);
    this.#complete(ref, object);
    if (options.dryRun) return deepFreeze(object) as unknown as T;
    return this.#state.put(ref, object) as unknown as T;
  }

  async update<T extends KubeObject>(ref: ResourceRef<T>, sent: T, options: WriteOptions = {}): Promise<T> {
    const object = plain(sent) as unknown as AnyObject;
    const { namespace, name = "" } = object.metadata;
    await this.#enter("update", ref, { ...options, namespace, name, body: object });
    return this.#write(ref, object, this.#existing(ref, namespace, name), options) as unknown as T;
  }

  async patch<T extends KubeObject>(
    ref: ResourceRef<T>,
    name: string,
    patch: Patch,
    options: WriteOptions & { namespace?: string } = {},
  ): Promise<T> {
    const body = plain(patch.body);
    await this.#enter("patch", ref, { ...options, name, body });
    const old = this.#existing(ref, options.namespace, name);
    const from = options.subresource === "scale" ? scaleOf(old) : old;
    const object = applyPatch(from, { type: patch.type, body });
    return this.#write(ref, { ...object, metadata: { ...object.metadata } }, old, options) as unknown as T;
  }

  async delete(ref: ResourceRef, name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#enter("delete", ref, { ...options, name });
    this.#delete(ref, this.#existing(ref, options.namespace, name), options);
  }

  async deleteCollection(
    ref: ResourceRef,
    options: DeleteOptions & { labelSelector?: string; fieldSelector?: string } = {},
  ): Promise<void> {
    await this.#enter("deletecollection", ref, options);
    const selects = selection(options.namespace, options.labelSelector, options.fieldSelector);
    for (const object of this.#state.select(ref, selects)) this.#delete(ref, object, options);
  }

  async post<R = KubeObject>(
    ref: ResourceRef,
    name: string,
    subresource: string,
    sent: KubeObject,
    options: WriteOptions & { namespace?: string } = {},
  ): Promise<R> {
    const body = plain(sent) as AnyObject;
    await this.#enter("create", ref, { ...options, name, subresource, body });
    const object = this.#existing(ref, options.namespace ?? body.metadata?.namespace, name);
    if (ref.resource === pods.resource && subresource === "binding") this.#bind(object, body);
    else if (ref.resource === pods.resource && subresource === "eviction") {
      this.#delete(ref, object, (body.deleteOptions as DeleteOptions | undefined) ?? {});
    } else if (ref.resource === serviceaccounts.resource && subresource === "token") return this.#token(object, body) as R;
    else throw notFound(ref, name);
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 } as R;
  }

  writes(): string[] {
    const reads: Verb[] = ["get", "list", "watch"];
    return this.actions
      .filter((action) => !reads.includes(action.verb))
      .map(({ verb, resource, subresource, namespace, name }) => {
        const target = [namespace, name].filter(Boolean).join("/");
        return `${verb} ${resource}${subresource ? `/${subresource}` : ""}${target ? ` ${target}` : ""}`;
      });
  }

  seed<T extends KubeObject>(ref: ResourceRef<T>, ...objects: T[]): T[] {
    return objects.map((sent) => {
      const object = plain(sent) as unknown as AnyObject;
      if (ref.namespaced) object.metadata.namespace ??= "default";
      const old = this.#state.collection(ref).get(keyOf(object));
      if (old) object.metadata = { uid: old.metadata.uid, creationTimestamp: old.metadata.creationTimestamp, ...object.metadata };
      this.#complete(ref, object);
      return this.#state.put(ref, object) as unknown as T;
    });
  }

  drop(ref: ResourceRef, key: string): void {
    if (this.#state.collection(ref).has(key)) this.#state.remove(ref, key);
  }

  peek<T extends KubeObject>(ref: ResourceRef<T>, key: string): T | undefined {
    return this.#state.collection(ref).get(key) as T | undefined;
  }

  peekAll<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): T[] {
    return this.#state.select(ref, selection(namespace)) as unknown as T[];
  }

  async settle(): Promise<void> {
    for (let still = 0, seen = this.#state.activity; still < 100; still++) {
      await Promise.resolve();
      if (this.#state.activity === seen) continue;
      seen = this.#state.activity;
      still = 0;
    }
  }

  async #enter(verb: Verb, ref: ResourceRef, of: Omit<Action, "verb" | "resource"> & { signal?: AbortSignal }): Promise<void> {
    of.signal?.throwIfAborted();
    const action: Action = { verb, resource: ref.resource };
    if (of.subresource) action.subresource = of.subresource;
    if (of.namespace) action.namespace = of.namespace;
    if (of.name) action.name = of.name;
    if (of.body !== undefined) action.body = plain(of.body);
    this.actions.push(action);
    this.#state.activity++;
    if (this.#latencyMilliseconds > 0) await sleep(this.#clock, this.#latencyMilliseconds, of.signal);
    await this.#trip(action);
  }

  #existing(ref: ResourceRef, namespace: string | undefined, name: string): AnyObject {
    const object = this.#state.collection(ref).get(ref.namespaced ? `${namespace ?? ""}/${name}` : name);
    if (!object) throw notFound(ref, name);
    return object;
  }

  #complete(ref: ResourceRef, object: AnyObject): void {
    object.apiVersion ??= apiVersionOf(ref);
    object.kind ??= ref.kind;
    object.metadata.uid ??= uuid(this.#random);
    object.metadata.creationTimestamp ??= timestamp(this.#clock);
  }

  #write(ref: ResourceRef, object: AnyObject, old: AnyObject, options: WriteOptions): AnyObject {
    const name = old.metadata.name ?? "";
    const { resourceVersion, uid } = object.metadata;
    if (uid && uid !== old.metadata.uid) {
      throw conflict(ref, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
    }
    if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(ref, name, optimisticLockText);
    const isScale = options.subresource === "scale";
    const desired = isScale
      ? { ...old, spec: { ...(old.spec as object), replicas: (object.spec as { replicas: number }).replicas } }
      : object;
    const updated = prepareForUpdate(ref, desired, old, options.subresource ?? "");
    this.#complete(ref, updated);
    if (options.dryRun) return deepFreeze(updated);
    const stored = this.#state.put(ref, updated);
    if (stored.metadata.deletionTimestamp && !isHeld(ref, stored)) this.#state.remove(ref, keyOf(stored));
    return isScale ? scaleOf(stored) : stored;
  }

  #delete(ref: ResourceRef, object: AnyObject, options: DeleteOptions): void {
    const name = object.metadata.name ?? "";
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid && uid !== object.metadata.uid) {
      throw conflict(ref, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`);
    }
    if (resourceVersion && resourceVersion !== object.metadata.resourceVersion) {
      const versions = `${resourceVersion}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`;
      throw conflict(ref, name, `Precondition failed: ResourceVersion in precondition: ${versions}`);
    }
    if (options.dryRun) return;
    const grace = gracePeriod(ref, object, options);
    const finalizers = finalizersForDelete(object, options);
    const marked: AnyObject = { ...object, metadata: { ...object.metadata, finalizers } };
    if (finalizers.length === 0) delete marked.metadata.finalizers;
    const running = object.metadata.deletionGracePeriodSeconds;
    if (!object.metadata.deletionTimestamp) {
      marked.metadata.deletionTimestamp = formatTime(this.#clock.now() + (grace ?? 0) * 1000);
      marked.metadata.deletionGracePeriodSeconds = grace ?? 0;
      if (marked.metadata.generation !== undefined) marked.metadata.generation++;
    } else if (grace !== undefined && running !== undefined && grace < running) {
      marked.metadata.deletionTimestamp = formatTime(this.#clock.now() + grace * 1000);
      marked.metadata.deletionGracePeriodSeconds = grace;
    }
    if (ref.group === "" && ref.resource === namespaces.resource) marked.status = { ...(marked.status as object), phase: "Terminating" };
    if (isHeld(ref, marked)) this.#state.put(ref, marked);
    else this.#state.remove(ref, keyOf(object));
  }

  #bind(pod: AnyObject, binding: AnyObject): void {
    const name = pod.metadata.name ?? "";
    const spec = pod.spec as { nodeName?: string };
    const node = (binding.target as { name: string }).name;
    if (pod.metadata.deletionTimestamp) throw conflict(pods, name, `pod ${name} is being deleted, cannot be assigned to a host`);
    if (spec.nodeName) {
      const sub = { group: "", resource: "pods/binding" };
      throw conflict(sub, name, `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
    }
    const status = pod.status as { conditions?: { type: string }[] } | undefined;
    const others = (status?.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
    const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: timestamp(this.#clock) };
    this.#state.put(pods, {
      ...pod,
      metadata: { ...pod.metadata },
      spec: { ...spec, nodeName: node },
      status: { ...status, conditions: [...others, scheduled] },
    });
  }

  #token(account: AnyObject, request: AnyObject): AnyObject {
    const spec = request.spec as { expirationSeconds?: number };
    const expirationTimestamp = formatTime(this.#clock.now() + (spec.expirationSeconds ?? 3600) * 1000);
    return { ...request, status: { token: `token-of-${account.metadata.name}-until-${expirationTimestamp}`, expirationTimestamp } };
  }
}

export function bookmark(ref: ResourceRef, revision: number, endsInitialEvents = false): WatchEvent<KubeObject> {
  const annotations = endsInitialEvents ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  return { type: "BOOKMARK", object: { kind: ref.kind, apiVersion: apiVersionOf(ref), metadata } };
}

function scaleOf(object: AnyObject): AnyObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = (object.spec as { replicas?: number } | undefined)?.replicas;
  const current = (object.status as { replicas?: number } | undefined)?.replicas ?? 0;
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: { replicas: current },
  } as AnyObject;
}

/** A deep copy as it would come through JSON: undefined fields left out. */
function plain<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain) as T;
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z") as T;
  const copy: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) if (part !== undefined) copy[key] = plain(part);
  return copy as T;
}
