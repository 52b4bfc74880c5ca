import type { KubeObject } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";

/** A cache of one collection that follows the server: list, then watch, anew after every failure, for ever until stopped. */
export interface Informer<T extends KubeObject> {
  readonly ref: ResourceRef<T>;
  /** By `namespace/name` (or the bare name). Objects may be frozen and shared: copy before changing. */
  get(key: string): T | undefined;
  list(namespace?: string): T[];
  /** Adds an index; may be called at any time, also after the start. */
  addIndex(name: string, values: (object: T) => readonly string[]): void;
  byIndex(name: string, value: string): T[];
  /** Calls the handler for what is in the cache and for every change after. Returns what removes it. Handlers must not throw. */
  on(handler: InformerHandler<T>): () => void;
  readonly synced: boolean;
  /** Resolves when the first list is in the cache; rejects when the informer is stopped first. */
  whenSynced(): Promise<void>;
}

/** An object that was deleted and made anew unseen is told as a delete and an add, never as an update. */
export interface InformerHandler<T> {
  add?(object: T): void;
  update?(object: T, old: T): void;
  /** The last known state. */
  delete?(object: T): void;
}

/** Of informers: which objects of the collection they follow. */
export interface InformerOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** One informer for each collection and selection, shared by the components that use the factory. */
export interface InformerFactory {
  /** Starts it on first use. */
  informer<T extends KubeObject>(ref: ResourceRef<T>, options?: InformerOptions): Informer<T>;
  /** Resolves when all informers asked for so far have their first list. */
  whenSynced(): Promise<void>;
  /** Resolves when all informers have ended, which the signal that the factory was made with makes them do. */
  whenStopped(): Promise<void>;
}
