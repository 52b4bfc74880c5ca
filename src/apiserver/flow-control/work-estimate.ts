import type { Store } from "../../storage/store.ts";
import { keyOfServed, type ResourceCatalog } from "../catalog.ts";
import type { ApiRequest } from "../request.ts";
import type { RequestInfo } from "../route.ts";

/** The seats that a request takes, and for how long some stay taken after its answer. */
interface WorkEstimate {
  seats: number;
  finalSeats: number;
  latencyMilliseconds: number;
}

const bytesPerSeat = 100_000;
/** A list from memory is written piece by piece: it never holds more than this. */
const mostListBytes = 1_000_000;
const mostListSeats = 100;
const mostFinalSeats = 10;
const watchersPerSeat = 10;
const eventMilliseconds = 5;

const single: WorkEstimate = Object.freeze({ seats: 1, finalSeats: 0, latencyMilliseconds: 0 });

const mutatingVerbs = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** Estimates how wide requests are: lists by the bytes that they answer, writes by the watchers that are told of them. */
export class WorkEstimator {
  readonly #store: Store;
  readonly #catalog: ResourceCatalog;
  readonly #watchers = new Map<string, number>();

  constructor(store: Store, catalog: ResourceCatalog) {
    this.#store = store;
    this.#catalog = catalog;
  }

  /** A watch begins. Returns what tells of its end. */
  watchOpened(info: RequestInfo): () => void {
    const key = watchKey(info, info.namespace, info.name);
    this.#watchers.set(key, (this.#watchers.get(key) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const left = (this.#watchers.get(key) ?? 1) - 1;
      if (left === 0) this.#watchers.delete(key);
      else this.#watchers.set(key, left);
    };
  }

  /** How many watches are told of what a request changes; undefined of one that changes nothing. */
  watchersOf(info: RequestInfo): number | undefined {
    return info.isResourceRequest && mutatingVerbs.has(info.verb) ? this.#watchersOf(info) : undefined;
  }

  /** `mostSeats`: what a request of the level may take at most; 0: no such bound. */
  estimate(info: RequestInfo, { query }: ApiRequest, mostSeats: number): WorkEstimate {
    if (!info.isResourceRequest) return single;
    if (info.verb === "list") return this.#list(info, query, mostSeats);
    if (info.verb === "watch") return query.get("sendInitialEvents") === "true" ? this.#list(info, query, mostSeats) : single;
    return mutatingVerbs.has(info.verb) ? this.#write(info, mostSeats) : single;
  }

  #list(info: RequestInfo, query: URLSearchParams, mostSeats: number): WorkEstimate {
    const served = this.#catalog.find(info.group, info.version, info.resource);
    if (!served?.stored) return single;
    const root = this.#store.root();
    const prefix = keyOfServed(served, "", "");
    const first = root.range(prefix).next().value;
    if (first === undefined) return single;
    const stored = info.name === "" ? root.count(prefix) : 1;
    const limit = Number(query.get("limit") ?? 0);
    const bytes = Math.min(mostListBytes, (limit > 0 ? Math.min(limit, stored) : stored) * first.json().length);
    const seats = Math.min(bounded(mostSeats, mostListSeats), Math.max(1, Math.ceil(bytes / bytesPerSeat)));
    return seats === 1 ? single : { seats, finalSeats: 0, latencyMilliseconds: 0 };
  }

  #write(info: RequestInfo, mostSeats: number): WorkEstimate {
    // A token is not stored: nobody is told of it.
    if (this.#watchers.size === 0 || (info.resource === "serviceaccounts" && info.subresource === "token")) return single;
    const watchers = this.#watchersOf(info);
    if (watchers < watchersPerSeat) return single;
    const wanted = Math.ceil(watchers / watchersPerSeat);
    const finalSeats = Math.min(wanted, bounded(mostSeats, mostFinalSeats));
    return { seats: 1, finalSeats, latencyMilliseconds: (wanted * eventMilliseconds) / finalSeats };
  }

  #watchersOf(info: RequestInfo): number {
    if (this.#watchers.size === 0) return 0;
    const { namespace, name } = info;
    const count = (key: string) => this.#watchers.get(key) ?? 0;
    let all = count(watchKey(info, "", ""));
    if (namespace !== "") all += count(watchKey(info, namespace, ""));
    if (name !== "") all += count(watchKey(info, namespace, name));
    return all;
  }
}

function watchKey({ group, resource }: RequestInfo, namespace: string, name: string): string {
  return `${group}/${resource}/${namespace}/${name}`;
}

function bounded(levelsMost: number, most: number): number {
  return levelsMost === 0 ? most : Math.min(levelsMost, most);
}
