import type { ResourceCatalog, ServedResource } from "./catalog.ts";
import type { LegacyVersion } from "./context.ts";
import type { FlowControl } from "./flow-control/flow-control.ts";
import type { RequestMetrics, RequestSeries } from "./metrics/request-metrics.ts";
import type { ApiRequest } from "./request.ts";
import { type RequestInfo, route } from "./route.ts";

/** Which series a request is counted in. */
export class RequestCounts {
  readonly #requests: RequestMetrics;
  readonly #catalog: ResourceCatalog;
  readonly #flows: FlowControl | undefined;

  constructor(requests: RequestMetrics, catalog: ResourceCatalog, flows: FlowControl | undefined) {
    this.#requests = requests;
    this.#catalog = catalog;
    this.#flows = flows;
  }

  /** What is counted of a request for a resource. */
  of(resource: ServedResource, info: RequestInfo, request: ApiRequest, legacy: LegacyVersion | undefined): RequestSeries {
    const { group, version, resource: name, behaviour } = resource.definition;
    const notice = legacy?.notice ?? behaviour.deprecation;
    if (notice !== undefined) this.#requests.deprecated(legacy?.group ?? group, legacy?.version ?? version, name, info.subresource, notice);
    return this.#requests.ofResource(resource, info, request);
  }

  /** A request is given up because it took too long. */
  late(request: ApiRequest): void {
    const series = this.#seriesOf(route(request), request);
    if (series) this.#requests.terminated(series, 504);
  }

  /** A request that found no place is counted, where it was for something that is served. */
  refused(info: RequestInfo, request: ApiRequest): void {
    const series = this.#seriesOf(info, request);
    const counted = info.isResourceRequest ? series : this.#requests.ofRefusedPath(request.method);
    counted?.refused(429);
    if (series) this.#requests.terminated(series, 429);
  }

  /** Of a request that got nowhere. What isn't served has none: clients can think of series without end. */
  #seriesOf(info: RequestInfo, request: ApiRequest): RequestSeries | undefined {
    if (!info.isResourceRequest) return this.#requests.ofPath(info.path, request.method);
    const { group, version, resource, subresource } = info;
    const served = this.#catalog.find(group, version, resource);
    if (!served || (subresource !== "" && !Object.hasOwn(served.definition.subresources ?? {}, subresource))) return undefined;
    return this.#requests.ofResource(served, info, request);
  }

  /** A request that lasts begins. Returns what tells of its end. */
  opened(info: RequestInfo, request: ApiRequest, resource: ServedResource): () => void {
    const ended = this.#requests.opened(info, request, resource);
    const watchEnded = info.verb === "watch" ? this.#flows?.watchOpened(info) : undefined;
    return () => {
      ended();
      watchEnded?.();
    };
  }
}
