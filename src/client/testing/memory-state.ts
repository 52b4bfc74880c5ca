import { badRequest, expired } from "../../machinery/errors.ts";
import { type AnyObject, deepEqual, deepFreeze, type KubeObject, keyOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import type { WatchEvent } from "../client.ts";
import type { Selection } from "./selection.ts";

/** One change of one collection. */
export interface Change {
  revision: number;
  collection: string;
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: AnyObject;
  previous: AnyObject | undefined;
}

/** The name under which a collection is kept: versions of a kind don't share it. */
export function collectionOf(ref: ResourceRef): string {
  return ref.group === "" ? ref.resource : `${ref.resource}.${ref.group}`;
}

/** The objects, the revision and the log of changes of a memory client. */
export class MemoryState {
  revision = 1;
  compacted = 0;
  readonly log: Change[] = [];
  readonly watches = new Set<MemoryWatch>();
  /** Counts changes and events handed out: as long as it moves, something is going on. */
  activity = 0;
  readonly #collections = new Map<string, Map<string, AnyObject>>();

  collection(ref: ResourceRef): Map<string, AnyObject> {
    const name = collectionOf(ref);
    let collection = this.#collections.get(name);
    if (!collection) {
      collection = new Map();
      this.#collections.set(name, collection);
    }
    return collection;
  }

  /** Stores a state, frozen, under the next revision. A change that changes nothing keeps the old one. */
  put(ref: ResourceRef, object: AnyObject): AnyObject {
    const collection = this.collection(ref);
    const key = keyOf(object);
    const previous = collection.get(key);
    if (previous) {
      object.metadata.resourceVersion = previous.metadata.resourceVersion;
      if (deepEqual(object, previous)) return previous;
    }
    object.metadata.resourceVersion = String(++this.revision);
    collection.set(key, deepFreeze(object));
    this.#record({
      revision: this.revision,
      collection: collectionOf(ref),
      type: previous ? "MODIFIED" : "ADDED",
      object,
      previous,
    });
    return object;
  }

  remove(ref: ResourceRef, key: string): AnyObject {
    const collection = this.collection(ref);
    const previous = collection.get(key) as AnyObject;
    collection.delete(key);
    const object = deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion: String(++this.revision) } });
    this.#record({ revision: this.revision, collection: collectionOf(ref), type: "DELETED", object, previous });
    return object;
  }

  /** The selected objects in key order. */
  select(ref: ResourceRef, selects: Selection): AnyObject[] {
    const found = [...this.collection(ref)].filter(([, object]) => selects(object));
    return found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, object]) => object);
  }

  checkVersion(version: string | undefined): number {
    if (version === undefined || version === "" || version === "0") return 0;
    const revision = Number(version);
    if (!Number.isInteger(revision) || revision < 0) throw badRequest(`Invalid value: ${JSON.stringify(version)}: strconv.ParseUint`);
    if (revision < this.compacted) throw expired(`too old resource version: ${revision} (${this.compacted})`);
    return revision;
  }

  #record(change: Change): void {
    this.activity++;
    this.log.push(change);
    for (const watch of this.watches) watch.offer(change);
  }
}

/** One open watch: events that nobody has taken yet, and who waits for one. */
export class MemoryWatch implements AsyncIterator<WatchEvent<KubeObject>> {
  readonly collection: string;
  stalled = false;
  readonly #selects: Selection;
  readonly #state: MemoryState;
  readonly #events: WatchEvent<KubeObject>[] = [];
  #waiting: { resolve(result: IteratorResult<WatchEvent<KubeObject>>): void; reject(error: unknown): void } | undefined;
  #ended = false;
  #error: unknown;

  constructor(state: MemoryState, collection: string, selects: Selection) {
    this.#state = state;
    this.collection = collection;
    this.#selects = selects;
  }

  /** Turns a change into what this watch's selection sees of it: an object that leaves it is deleted, one that enters is added. */
  offer({ collection, type, object, previous }: Change): void {
    if (collection !== this.collection) return;
    const is = type !== "DELETED" && this.#selects(object);
    const was = previous !== undefined && this.#selects(previous);
    if (is) this.push({ type: was ? "MODIFIED" : "ADDED", object });
    else if (was) {
      const { resourceVersion } = object.metadata;
      this.push({ type: "DELETED", object: deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion } }) });
    }
  }

  push(event: WatchEvent<KubeObject>): void {
    if (this.#ended) return;
    this.#events.push(event);
    this.flush();
  }

  /** Hands the next event to who waits for it. */
  flush(): void {
    if (!this.#waiting || this.stalled) return;
    const event = this.#events.shift();
    if (!event) return;
    this.#state.activity++;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve({ value: event, done: false });
  }

  /** Ends the watch; what was not taken yet is lost, as on a broken connection. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#events.length = 0;
    this.#state.activity++;
    this.#state.watches.delete(this);
    if (!this.#waiting) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error === undefined) waiting.resolve({ value: undefined, done: true });
    else {
      this.#error = undefined;
      waiting.reject(error);
    }
  }

  next(): Promise<IteratorResult<WatchEvent<KubeObject>>> {
    if (this.#ended) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.flush();
    });
  }

  return(): Promise<IteratorResult<WatchEvent<KubeObject>>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }
}
