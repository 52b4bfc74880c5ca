import { Count, counts, type NamedSamples, Tallies } from "../../machinery/metrics.ts";
import type { ServedResource } from "../catalog.ts";

/** What is counted of the lists of one resource. */
interface ListSeries {
  readonly lists: Count;
  readonly fetched: Count;
  readonly returned: Count;
}

/** What lists count, under the names that upstream has for those that its watch cache answers. There are no indexes. */
export class ListMetrics {
  readonly #series = new WeakMap<ServedResource, ListSeries>();
  readonly #lists = new Tallies(["group", "index", "resource"], () => new Count());
  readonly #fetched = new Tallies(["group", "index", "resource"], () => new Count());
  readonly #returned = new Tallies(["group", "resource"], () => new Count());

  /** `fetched`: how many objects the page was chosen from. */
  read(served: ServedResource, fetched: number, returned: number): void {
    let series = this.#series.get(served);
    if (series === undefined) {
      const { group, resource } = served.definition;
      series = {
        lists: this.#lists.of(group, "", resource),
        fetched: this.#fetched.of(group, "", resource),
        returned: this.#returned.of(group, resource),
      };
      this.#series.set(served, series);
    }
    series.lists.value++;
    series.fetched.value += fetched;
    series.returned.value += returned;
  }

  families(): NamedSamples[] {
    return [
      counts("apiserver_cache_list_total", this.#lists),
      counts("apiserver_cache_list_fetched_objects_total", this.#fetched),
      counts("apiserver_cache_list_returned_objects_total", this.#returned),
    ];
  }
}
