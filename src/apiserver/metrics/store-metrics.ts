import type { ResourceDefinition } from "../../api/define-resource.ts";
import { Count, counts, HistogramTally, histograms, type NamedSamples, observations, Tallies } from "../../machinery/metrics.ts";

const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const root = "/registry/";
const names = ["group", "operation", "resource"];

export type StoreOperation = "create" | "delete" | "update";

/** What is counted of the writes of one resource. */
class WritesOfResource {
  readonly events: Count;
  readonly #of: (operation: StoreOperation) => HistogramTally;
  readonly #seconds: { [operation in StoreOperation]?: HistogramTally } = {};

  constructor(events: Count, of: (operation: StoreOperation) => HistogramTally) {
    this.events = events;
    this.#of = of;
  }

  written(operation: StoreOperation, seconds: number): void {
    let tally = this.#seconds[operation];
    if (tally === undefined) {
      tally = this.#of(operation);
      this.#seconds[operation] = tally;
    }
    tally.observe(seconds);
  }
}

/**
 * What is counted of the store, under the names that upstream has for etcd's part in it: how long writes take until they are durable. Each
 * durable write is one event, which the tree of revisions takes and hands to the watches.
 */
export class StoreMetrics {
  readonly #writes = new Tallies(names, () => new HistogramTally(bounds));
  readonly #failures = new Tallies(names, () => new Count());
  readonly #events = new Tallies(["group", "resource"], () => new Count());
  readonly #byStorageName = new Map<string, WritesOfResource>();
  readonly #definitions: readonly ResourceDefinition[];

  constructor(definitions: readonly ResourceDefinition[]) {
    this.#definitions = definitions;
  }

  written(key: string, operation: StoreOperation, seconds: number): void {
    const writes = this.#of(key);
    writes.events.value++;
    writes.written(operation, seconds);
  }

  failed(key: string, operation: StoreOperation): void {
    const { group, resource } = this.#placeOf(storageNameOf(key));
    this.#failures.of(group, operation, resource).value++;
  }

  families(): NamedSamples[] {
    return [
      histograms("etcd_request_duration_seconds", this.#writes),
      observations("etcd_requests_total", this.#writes),
      counts("etcd_request_errors_total", this.#failures),
      counts("apiserver_storage_events_received_total", this.#events),
      counts("apiserver_watch_cache_events_received_total", this.#events),
      counts("apiserver_watch_cache_events_dispatched_total", this.#events),
    ];
  }

  #of(key: string): WritesOfResource {
    const name = storageNameOf(key);
    let writes = this.#byStorageName.get(name);
    if (writes === undefined) {
      const { group, resource } = this.#placeOf(name);
      writes = new WritesOfResource(this.#events.of(group, resource), (operation) => this.#writes.of(group, operation, resource));
      this.#byStorageName.set(name, writes);
    }
    return writes;
  }

  /** Custom resources are stored under their group. */
  #placeOf(name: string): { group: string; resource: string } {
    const known = this.#definitions.find(({ storageName }) => storageName === name);
    if (known) return known;
    const [first = "", second] = name.split("/");
    return second === undefined ? { group: "", resource: first } : { group: first, resource: second };
  }
}

/** `pods` of `/registry/pods/default/web`, `example.com/widgets` of `/registry/example.com/widgets/default/a`. */
function storageNameOf(key: string): string {
  const end = key.indexOf("/", root.length);
  const name = key.slice(root.length, end);
  return name === "services" || name.includes(".") ? key.slice(root.length, key.indexOf("/", end + 1)) : name;
}
