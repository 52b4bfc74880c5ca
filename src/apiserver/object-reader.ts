import type { Entry, Reader, Store, StoreEvent, Subscription } from "../storage/store.ts";
import { storageKey } from "../storage/store.ts";

/** Reads stored objects by the qualified name of their resource: `pods`, `roles.rbac.authorization.k8s.io`; or by its storage name. */
export class ObjectReader {
  readonly #store: Store;
  readonly #storageNames: ReadonlyMap<string, string>;

  /** `storageNames`: under which name each resource is stored; one that isn't there is stored under its own. */
  constructor(store: Store, storageNames: ReadonlyMap<string, string>) {
    this.#store = store;
    this.#storageNames = storageNames;
  }

  key(resource: string, namespace: string, name: string): string {
    return storageKey(this.#storageNames.get(resource) ?? resource, namespace, name);
  }

  get(resource: string, namespace: string, name: string): Entry | undefined {
    return this.#store.root().get(this.key(resource, namespace, name));
  }

  /** All of them, or those of one namespace. */
  list(resource: string, namespace = ""): IterableIterator<Entry> {
    return this.#store.root().range(this.key(resource, namespace, ""));
  }

  /** Calls back for what changes from now on. */
  subscribe(resource: string, listener: (events: readonly StoreEvent[]) => void): Subscription {
    return this.#store.subscribe(this.key(resource, "", ""), this.#store.revision, listener);
  }
}

/** The plain reads of a store. */
export function readerOf(store: Store): Reader {
  return {
    get: (key) => store.root().get(key),
    list: (prefix) => store.root().range(prefix),
    subscribe: (prefix, listener) => store.subscribe(prefix, store.revision, listener),
  };
}
