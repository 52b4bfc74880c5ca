import { HistogramTally, histograms, type NamedSamples, Tallies } from "../../machinery/metrics.ts";

const bounds = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30];

/** How long requests take to come through the steps before their handler, under upstream's names of these. */
export class FilterMetrics {
  readonly #filters = new Tallies(["filter"], () => new HistogramTally(bounds));
  readonly authentication = this.#filters.of("authentication");
  readonly authorization = this.#filters.of("authorization");
  readonly flowControl = this.#filters.of("priorityandfairness");

  families(): NamedSamples[] {
    return [histograms("apiserver_request_filter_duration_seconds", this.#filters)];
  }
}
