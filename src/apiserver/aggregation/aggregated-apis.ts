import type { APIService } from "../../api/apiregistration/v1.ts";
import type { NamedSamples } from "../../machinery/metrics.ts";
import type { StoreEvent, Subscription } from "../../storage/store.ts";
import type { AggregationMetrics } from "../metrics/aggregation-metrics.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { AggregatedApi } from "./aggregated-api.ts";

const apiServicesResource = "apiservices.apiregistration.k8s.io";

/** The group versions that other servers serve, of the APIServices in the store. Ended by `close`. */
export class AggregatedApis {
  readonly #objects: ObjectReader;
  readonly #metrics: AggregationMetrics;
  readonly #apis = new Map<string, AggregatedApi>();
  readonly #subscription: Subscription;
  #listener: ((api: AggregatedApi) => void) | undefined;

  constructor(objects: ObjectReader, metrics: AggregationMetrics) {
    this.#objects = objects;
    this.#metrics = metrics;
    this.#subscription = objects.subscribe(apiServicesResource, (events) => this.#take(events));
    for (const { value } of objects.list(apiServicesResource)) this.#set(value as unknown as APIService);
  }

  /** Calls back for each API that is there, and when one comes or changes. There is one listener. */
  follow(listener: (api: AggregatedApi) => void): void {
    this.#listener = listener;
    for (const api of this.#apis.values()) listener(api);
  }

  /** By the name of its APIService. */
  get(name: string): AggregatedApi | undefined {
    return this.#apis.get(name);
  }

  find(group: string, version: string): AggregatedApi | undefined {
    return this.#apis.size === 0 ? undefined : this.#apis.get(`${version}.${group}`);
  }

  all(): readonly AggregatedApi[] {
    return [...this.#apis.values()];
  }

  /** How clients rank the groups: by the highest priority that an APIService gives each. */
  groupPriorities(): Map<string, number> {
    const priorities = new Map<string, number>();
    for (const { value } of this.#objects.list(apiServicesResource)) {
      const { group = "", groupPriorityMinimum = 0 } = (value as unknown as APIService).spec ?? {};
      priorities.set(group, Math.max(priorities.get(group) ?? 0, groupPriorityMinimum));
    }
    return priorities;
  }

  families(): NamedSamples[] {
    const all = () =>
      Array.from(this.#objects.list(apiServicesResource), ({ value }) => {
        const service = value as unknown as APIService;
        return { name: service.metadata.name ?? "", isAvailable: troubleOf(service) === undefined };
      });
    return this.#metrics.families(all);
  }

  close(): void {
    this.#subscription.close();
  }

  #take(events: readonly StoreEvent[]): void {
    for (const { type, entry, previous } of events) {
      const service = entry.value as unknown as APIService;
      const trouble = type === "DELETED" ? undefined : troubleOf(service);
      if (trouble !== undefined && (!previous || troubleOf(previous.value as unknown as APIService) === undefined))
        this.#metrics.becameUnavailable(service.metadata.name ?? "", trouble);
      if (type === "DELETED") this.#remove(service.metadata.name ?? "");
      else this.#set(service);
    }
  }

  #set({ metadata, spec, status }: APIService): void {
    const { name = "" } = metadata;
    const { service, group = "", version = "" } = spec ?? {};
    // The core group is never another server's.
    if (!spec || !service || group === "") {
      this.#remove(name);
      return;
    }
    const { namespace = "", name: serviceName = "", port = 443 } = service;
    const api: AggregatedApi = {
      name,
      group,
      version,
      service: { namespace, name: serviceName, port },
      caBundle: spec.caBundle ? atob(spec.caBundle) : undefined,
      insecure: spec.insecureSkipTLSVerify ?? false,
      isAvailable: status?.conditions?.some((condition) => condition.type === "Available" && condition.status === "True") ?? false,
      groupPriority: spec.groupPriorityMinimum,
      versionPriority: spec.versionPriority,
    };
    this.#apis.set(name, api);
    this.#listener?.(api);
  }

  #remove(name: string): void {
    this.#apis.delete(name);
  }
}

/** Why the service is said to be unavailable, if so. */
function troubleOf({ status }: APIService): string | undefined {
  const condition = status?.conditions?.find(({ type }) => type === "Available");
  return condition?.status === "False" ? (condition.reason ?? "") : undefined;
}
