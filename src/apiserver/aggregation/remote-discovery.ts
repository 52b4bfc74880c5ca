import type { Clock, Timer } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { AggregatedResource, AggregatedVersion } from "../discovery.ts";
import type { AggregatedApi } from "./aggregated-api.ts";
import type { AggregatedApis } from "./aggregated-apis.ts";
import type { Aggregator } from "./aggregator.ts";
import { resourcesOfList } from "./legacy-discovery.ts";

export interface RemoteDiscoveryDeps {
  readonly apis: AggregatedApis;
  readonly aggregator: Aggregator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often servers are asked again; after a failure from the shorter time on, twice as long each time. */
const refreshMilliseconds = 60_000;
const retryMilliseconds = 500;

interface Known {
  api: AggregatedApi;
  resources: AggregatedResource[];
  isFresh: boolean;
  failures: number;
  timer: Timer | undefined;
  /** Where the server's OpenAPI 3 document of the version is, with its hash. */
  openapi: string | undefined;
}

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const olderAggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

/** What aggregated servers say that they serve: asked when an API comes or changes, and from time to time. Ended by `close`. */
export class RemoteDiscovery {
  readonly #deps: RemoteDiscoveryDeps;
  readonly #known = new Map<string, Known>();
  #closed = false;

  constructor(deps: RemoteDiscoveryDeps) {
    this.#deps = deps;
    deps.apis.follow((api) => this.#refresh(api));
  }

  /** What discovery shows of a version that another server has; undefined for every other. */
  find(group: string, version: string): AggregatedVersion | undefined {
    const api = this.#deps.apis.find(group, version);
    if (!api) return undefined;
    const { resources = [], isFresh = false } = this.#known.get(api.name) ?? {};
    return { version, ...(resources.length > 0 ? { resources } : {}), freshness: isFresh ? "Current" : "Stale" };
  }

  /** Where the OpenAPI 3 documents of other servers are, by `apis/GROUP/VERSION`. */
  openapiDocuments(): Map<string, string> {
    const documents = new Map<string, string>();
    for (const { group, version, name } of this.#deps.apis.all()) {
      const url = this.#known.get(name)?.openapi;
      if (url !== undefined) documents.set(`apis/${group}/${version}`, url);
    }
    return documents;
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#known.values()) timer?.cancel();
  }

  #refresh(api: AggregatedApi): void {
    const before = this.#known.get(api.name);
    before?.timer?.cancel();
    const known: Known = { ...(before ?? { resources: [], openapi: undefined, isFresh: false }), api, failures: 0, timer: undefined };
    this.#known.set(api.name, known);
    void this.#ask(known);
  }

  /** Never rejects. */
  async #ask(known: Known): Promise<void> {
    const { api } = known;
    const isCurrent = () => !this.#closed && this.#known.get(api.name) === known;
    let wait = refreshMilliseconds;
    try {
      const resources = await this.#resources(api);
      const openapi = await this.#openapi(api);
      if (!isCurrent()) return;
      Object.assign(known, { resources, openapi, isFresh: true, failures: 0 });
    } catch (error) {
      if (!isCurrent()) return;
      known.isFresh = false;
      known.failures++;
      wait = Math.min(retryMilliseconds * 2 ** known.failures, refreshMilliseconds);
      this.#deps.logger.debug("an aggregated server doesn't tell what it serves", { apiService: api.name, error: String(error) });
    }
    if (this.#deps.apis.get(api.name) !== api) {
      this.#known.delete(api.name);
      return;
    }
    known.timer = this.#deps.clock.setTimeout(() => void this.#ask(known), wait);
  }

  async #resources(api: AggregatedApi): Promise<AggregatedResource[]> {
    const { aggregator } = this.#deps;
    const { group, version } = api;
    const whole = await aggregator.read(api, "/apis", `${aggregatedType},${olderAggregatedType}`);
    if (whole?.type.includes("as=APIGroupDiscoveryList")) {
      const { items = [] } = whole.body as { items?: { metadata?: { name?: string }; versions?: AggregatedVersion[] }[] };
      const found = items.find(({ metadata }) => metadata?.name === group)?.versions?.find((one) => one.version === version);
      return found?.resources ?? [];
    }
    const list = await aggregator.read(api, `/apis/${group}/${version}`, "application/json");
    if (!list) throw new Error(`there is no list of the resources of ${group}/${version}`);
    return resourcesOfList(list.body);
  }

  async #openapi(api: AggregatedApi): Promise<string | undefined> {
    const index = await this.#deps.aggregator.read(api, "/openapi/v3", "application/json");
    const { paths = {} } = (index?.body ?? {}) as { paths?: Record<string, { serverRelativeURL?: string }> };
    return paths[`apis/${api.group}/${api.version}`]?.serverRelativeURL;
  }
}
