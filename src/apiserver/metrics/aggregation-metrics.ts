import { Count, counts, type NamedSamples, single, Tallies } from "../../machinery/metrics.ts";

/** What is counted of the APIs of other servers, under upstream's names. */
export class AggregationMetrics {
  readonly #unavailable = new Tallies(["name", "reason"], () => new Count());
  /** How often the lists of all that is served were put together. */
  listsMade = 0;
  /** How often a client wanted what this server has, without what others have. */
  ownListsAsked = 0;

  /** An APIService that was available, or new, is no more. */
  becameUnavailable(name: string, reason: string): void {
    this.#unavailable.of(name, reason).value++;
  }

  families(services: () => Iterable<{ name: string; isAvailable: boolean }>): NamedSamples[] {
    return [
      counts("aggregator_unavailable_apiservice_total", this.#unavailable),
      {
        name: "aggregator_unavailable_apiservice",
        *samples() {
          for (const { name, isAvailable } of services()) yield { labels: { name }, value: isAvailable ? 0 : 1 };
        },
      },
      single("aggregator_discovery_aggregation_count_total", () => this.listsMade),
      single("aggregator_discovery_nopeer_requests_total", () => this.ownListsAsked),
    ];
  }
}
