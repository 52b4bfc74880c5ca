import { inSlices, type Turns } from "../apiserver/slices.ts";
import { type Clock, sleep } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import { type KubeObject, keyOf } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import type { Informer, InformerHandler } from "./informer.ts";
import type { ReflectorSink } from "./reflector.ts";

const namespaceIndex = "namespace";

interface Index<T> {
  values(object: T): readonly string[];
  /** Value to key to object. A value without objects has no entry. */
  entries: Map<string, Map<string, T>>;
}

/**
 * What an informer holds: objects by key, indexes over them, and who is told of changes. Handlers are called after the cache has the
 * change; after a list, when it has all of them, and with a pause now and then: a long list must not hold the thread.
 */
export class CollectionCache<T extends KubeObject> implements Informer<T>, ReflectorSink<T> {
  readonly ref: ResourceRef<T>;
  synced = false;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #turns: Turns;
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  /** Replaced, never changed: who adds a handler from within one isn't told of the running change twice. */
  #handlers: readonly InformerHandler<T>[] = [];
  #waiting: { resolve(): void; reject(reason: unknown): void }[] = [];

  constructor(ref: ResourceRef<T>, clock: Clock, logger: Logger, signal: AbortSignal) {
    this.ref = ref;
    this.#logger = logger;
    this.#signal = signal;
    this.#turns = { clock, platform: { pause: () => sleep(clock, 0, signal) } };
    signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): T[] {
    return namespace && this.ref.namespaced ? this.byIndex(namespaceIndex, namespace) : [...this.#objects.values()];
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    const existing = this.#indexes.get(name);
    if (existing?.values === values) return;
    const index: Index<T> = { values, entries: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) this.#reindex(name, index, key, object, undefined);
  }

  byIndex(name: string, value: string): T[] {
    // Few are ever asked for one namespace: it is indexed from then on.
    if (name === namespaceIndex && this.ref.namespaced && !this.#indexes.has(name))
      this.addIndex(name, ({ metadata }) => [metadata.namespace ?? ""]);
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`no index ${JSON.stringify(name)} on ${this.ref.resource}`);
    const found = index.entries.get(value);
    return found ? [...found.values()] : [];
  }

  on(handler: InformerHandler<T>): () => void {
    this.#handlers = [...this.#handlers, handler];
    for (const object of this.list()) this.#tell(handler, object, undefined);
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== handler);
    };
  }

  whenSynced(): Promise<void> {
    if (this.synced) return Promise.resolve();
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  replace(objects: T[]): Promise<void> | undefined {
    const gone = new Map(this.#objects);
    const changes: [object: T | undefined, old: T | undefined][] = [];
    for (const object of objects) {
      const key = keyOf(object);
      const old = gone.get(key);
      gone.delete(key);
      if (this.#set(key, object, old)) changes.push([object, old]);
    }
    for (const [key, old] of gone) {
      this.#delete(key, old);
      changes.push([undefined, old]);
    }
    // Who comes while these are told is told of all that is in the cache by then.
    const handlers = this.#handlers;
    const tell = ([object, old]: (typeof changes)[number]) => {
      for (const handler of handlers) if (this.#handlers.includes(handler)) this.#tell(handler, object, old);
    };
    const end = () => {
      this.synced = true;
      for (const { resolve } of this.#waiting.splice(0)) resolve();
    };
    const rest = inSlices(this.#turns, changes, tell);
    if (rest) return rest.then(end);
    end();
    return undefined;
  }

  apply(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (type !== "DELETED") {
      if (this.#set(key, object, old)) this.#tellAll(object, old);
    } else if (old) {
      this.#delete(key, old);
      // The event's object is the last state, newer than what the cache had.
      this.#tellAll(undefined, object);
    }
  }

  /** False when nothing changes: a list, or a watch taken up again, may tell what is known. */
  #set(key: string, object: T, old: T | undefined): boolean {
    if (old && old.metadata.uid === object.metadata.uid && old.metadata.resourceVersion === object.metadata.resourceVersion) return false;
    this.#objects.set(key, object);
    for (const [name, index] of this.#indexes) this.#reindex(name, index, key, object, old);
    return true;
  }

  #delete(key: string, old: T): void {
    this.#objects.delete(key);
    for (const [name, index] of this.#indexes) this.#reindex(name, index, key, undefined, old);
  }

  #tellAll(object: T | undefined, old: T | undefined): void {
    for (const handler of this.#handlers) this.#tell(handler, object, old);
  }

  #tell(handler: InformerHandler<T>, object: T | undefined, old: T | undefined): void {
    try {
      if (object && old && object.metadata.uid === old.metadata.uid) {
        handler.update?.(object, old);
        return;
      }
      if (old) handler.delete?.(old);
    } catch (error) {
      this.#report(error);
    }
    try {
      if (object) handler.add?.(object);
    } catch (error) {
      this.#report(error);
    }
  }

  #reindex(name: string, index: Index<T>, key: string, object: T | undefined, old: T | undefined): void {
    const before = old ? this.#valuesOf(name, index, old) : [];
    const after = object ? this.#valuesOf(name, index, object) : [];
    for (const value of before) {
      if (after.includes(value)) continue;
      const entry = index.entries.get(value);
      entry?.delete(key);
      if (entry?.size === 0) index.entries.delete(value);
    }
    if (!object) return;
    for (const value of after) {
      const entry = index.entries.get(value);
      if (entry) entry.set(key, object);
      else index.entries.set(value, new Map([[key, object]]));
    }
  }

  #valuesOf(name: string, index: Index<T>, object: T): readonly string[] {
    try {
      return index.values(object);
    } catch (error) {
      this.#logger.error("index function failed", { index: name, key: keyOf(object), error: textOf(error) });
      return [];
    }
  }

  #report(error: unknown): void {
    this.#logger.error("event handler failed", { error: textOf(error) });
  }

  #stop(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(this.#signal.reason);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
