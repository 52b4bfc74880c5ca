import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import type { KubeObject, ObjectList } from "../machinery/object.ts";
import type { Random } from "../machinery/random.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import type { ComponentMetrics } from "./component-metrics.ts";

/**
 * The way to the state of the cluster for every component. Two transports implement it: HTTP (`http-client.ts`, a remote server)
 * and in-process (`in-process-client.ts`). Every call rejects with `StatusError`. What comes back may be frozen and shared: who
 * changes an object copies it first (`deepCopy`).
 */
export interface Client {
  /** Its server is in this process: there is no connection that could die unseen, so that a watch may last. */
  readonly inProcess?: boolean;
  get<T extends KubeObject>(ref: ResourceRef<T>, name: string, options?: GetOptions): Promise<T>;
  list<T extends KubeObject>(ref: ResourceRef<T>, options?: ListOptions): Promise<ObjectList<T>>;
  /** Events from `resourceVersion` on, until the signal is aborted or the server ends it. An ERROR event is thrown as `StatusError`. */
  watch<T extends KubeObject>(ref: ResourceRef<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions): Promise<T>;
  /** PUT. `metadata.resourceVersion`, where set, is the precondition. `subresource: "status"` writes the status only. */
  update<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(ref: ResourceRef<T>, name: string, patch: Patch, options?: WriteOptions & { namespace?: string }): Promise<T>;
  /** Resolves with the deleted object or the `Status` of the server. */
  delete(ref: ResourceRef, name: string, options?: DeleteOptions): Promise<void>;
  deleteCollection(ref: ResourceRef, options?: DeleteOptions & { labelSelector?: string; fieldSelector?: string }): Promise<void>;
  /** POST to a subresource with a body of another kind: binding, eviction, token. Resolves with the response's body. */
  post<R = KubeObject>(
    ref: ResourceRef,
    name: string,
    subresource: string,
    body: KubeObject,
    options?: WriteOptions & { namespace?: string },
  ): Promise<R>;
}

/** Of reads of one object. */
export interface GetOptions {
  namespace?: string;
  resourceVersion?: string;
  subresource?: string;
  signal?: AbortSignal;
}

/** Of reads of a collection. */
export interface ListOptions {
  /** Absent or empty: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: "Exact" | "NotOlderThan";
  signal?: AbortSignal;
}

/** Of watches. */
export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  resourceVersionMatch?: "NotOlderThan";
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

/** Of creates, updates and patches. */
export interface WriteOptions {
  subresource?: string;
  dryRun?: boolean;
  fieldManager?: string;
  fieldValidation?: "Strict" | "Warn" | "Ignore";
  /** With an apply patch: takes over fields that others have set. */
  force?: boolean;
  signal?: AbortSignal;
}

/** Of deletes: who is deleted with the object, how soon, and under which conditions. */
export interface DeleteOptions {
  namespace?: string;
  gracePeriodSeconds?: number;
  propagationPolicy?: "Orphan" | "Background" | "Foreground";
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
  signal?: AbortSignal;
}

/** A change, in one of the four forms that the API takes. */
export interface Patch {
  type:
    | "application/json-patch+json"
    | "application/merge-patch+json"
    | "application/strategic-merge-patch+json"
    | "application/apply-patch+yaml";
  body: unknown;
}

/** One change of a collection. A bookmark carries nothing but a resource version. */
export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  object: T;
}

/**
 * A watch that can be read by all that has come so far instead of event by event: where thousands of tasks take turns, who waits for a
 * turn with each event falls behind.
 */
export interface BatchedWatch<T> extends AsyncIterable<WatchEvent<T>> {
  batches(): AsyncIterable<readonly WatchEvent<T>[]>;
}

/** What every component is started with. Components are crash-only: started anew, they find all they need in objects. */
export interface ComponentDeps {
  client: Client;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Aborted when the component must stop. */
  signal: AbortSignal;
  /** Where the component's work is counted; nowhere unless told. */
  metrics?: ComponentMetrics;
}

/** A running component. `stop` resolves when all it started has ended. */
export interface Component {
  stop(): Promise<void>;
}
