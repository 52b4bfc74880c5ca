import type { EndpointSlice } from "../../api/discovery/v1.ts";
import type { Informer } from "../../client/informer.ts";
import { keyOf } from "../../machinery/object.ts";

/**
 * The slices of a service as this controller last wrote them, until the informer has caught up: a plan made on an older state
 * would write the same endpoints twice.
 */
export class SliceCache {
  readonly #informer: Informer<EndpointSlice>;
  readonly #serviceOf: (slice: EndpointSlice) => string | undefined;
  /** Written but not yet told by the informer, by service, then by slice. Null: deleted. */
  readonly #ahead = new Map<string, Map<string, EndpointSlice | null>>();

  constructor(informer: Informer<EndpointSlice>, serviceOf: (slice: EndpointSlice) => string | undefined) {
    this.#informer = informer;
    this.#serviceOf = serviceOf;
    informer.addIndex("service", (slice) => {
      const service = serviceOf(slice);
      return service === undefined ? [] : [service];
    });
  }

  of(service: string): EndpointSlice[] {
    const seen = this.#informer.byIndex("service", service);
    const ahead = this.#ahead.get(service);
    if (!ahead) return seen;
    const slices = seen.filter((slice) => !ahead.has(keyOf(slice)));
    for (const slice of ahead.values()) if (slice) slices.push(slice);
    return slices;
  }

  wrote(service: string, slice: EndpointSlice): void {
    const seen = this.#informer.get(keyOf(slice));
    // The informer may have been faster than the answer.
    if (!seen || isNewer(slice, seen)) this.#put(service, keyOf(slice), slice);
  }

  removed(service: string, slice: EndpointSlice): void {
    if (this.#informer.get(keyOf(slice))) this.#put(service, keyOf(slice), null);
    else this.#drop(service, keyOf(slice));
  }

  /** The informer has told of a slice. Resolves with whether it tells anything that isn't this controller's own writing. */
  seen(slice: EndpointSlice): boolean {
    const service = this.#serviceOf(slice) ?? "";
    const ahead = this.#ahead.get(service)?.get(keyOf(slice));
    if (ahead === undefined) return true;
    if (ahead === null) return false;
    if (isNewer(ahead, slice)) return false;
    this.#drop(service, keyOf(slice));
    return ahead.metadata.resourceVersion !== slice.metadata.resourceVersion;
  }

  /** The informer has told that a slice is gone. Resolves with whether somebody else removed it. */
  gone(slice: EndpointSlice): boolean {
    const service = this.#serviceOf(slice) ?? "";
    const mine = this.#ahead.get(service)?.get(keyOf(slice)) === null;
    this.#drop(service, keyOf(slice));
    return !mine;
  }

  forget(service: string): void {
    this.#ahead.delete(service);
  }

  #put(service: string, key: string, slice: EndpointSlice | null): void {
    let ahead = this.#ahead.get(service);
    if (!ahead) {
      ahead = new Map();
      this.#ahead.set(service, ahead);
    }
    ahead.set(key, slice);
  }

  #drop(service: string, key: string): void {
    const ahead = this.#ahead.get(service);
    if (ahead?.delete(key) && ahead.size === 0) this.#ahead.delete(service);
  }
}

/** Resource versions of one resource compare as numbers. */
function isNewer(a: EndpointSlice, b: EndpointSlice): boolean {
  return BigInt(a.metadata.resourceVersion ?? "0") > BigInt(b.metadata.resourceVersion ?? "0");
}
