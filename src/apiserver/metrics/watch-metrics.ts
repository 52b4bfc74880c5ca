import { Count, counts, HistogramTally, histograms, type NamedSamples, Tallies } from "../../machinery/metrics.ts";
import type { ServedResource } from "../catalog.ts";

const sizeBounds = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];
const listBounds = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];

/** What is counted of the watches of one resource. */
interface WatchSeries {
  /** Sent to clients. */
  readonly events: Count;
  /** Of events that are sent as bytes. */
  readonly sizes: HistogramTally;
  /** Of these, the states that a watch begins with. */
  readonly initial: Count;
}

/** What watches count, under upstream's names. */
export class WatchMetrics {
  readonly #series = new WeakMap<ServedResource, WatchSeries>();
  readonly #events = new Tallies(["group", "version", "resource"], () => new Count());
  readonly #sizes = new Tallies(["group", "version", "resource"], () => new HistogramTally(sizeBounds));
  readonly #initial = new Tallies(["group", "resource"], () => new Count());
  readonly #lists = new Tallies(["group", "version", "resource", "scope"], () => new HistogramTally(listBounds));
  readonly #cut = new Tallies(["group", "resource"], () => new Count());

  of(served: ServedResource): WatchSeries {
    let series = this.#series.get(served);
    if (series === undefined) {
      const { group, version, resource } = served.definition;
      series = {
        events: this.#events.of(group, version, resource),
        sizes: this.#sizes.of(group, version, resource),
        initial: this.#initial.of(group, resource),
      };
      this.#series.set(served, series);
    }
    return series;
  }

  /** A watch that began with the state has sent all of it. */
  listed({ definition: { group, version, resource } }: ServedResource, scope: string, seconds: number): void {
    this.#lists.of(group, version, resource, scope).observe(seconds);
  }

  /** A watch fell too far behind. */
  cut({ definition: { group, resource } }: ServedResource): void {
    this.#cut.of(group, resource).value++;
  }

  families(): NamedSamples[] {
    return [
      counts("apiserver_watch_events_total", this.#events),
      histograms("apiserver_watch_events_sizes", this.#sizes),
      counts("apiserver_init_events_total", this.#initial),
      histograms("apiserver_watch_list_duration_seconds", this.#lists),
      counts("apiserver_terminated_watchers_total", this.#cut),
    ];
  }
}
