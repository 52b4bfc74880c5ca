/** What components count. Turning it into text for Prometheus is the composition's. */

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** What follows the family's name: `_bucket`, `_sum`, `_count` of a histogram. */
  suffix?: "_bucket" | "_sum" | "_count";
}

export interface MetricFamily {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  samples(): Iterable<Sample>;
}

/** How many observations came up to each bound, their number and sum. */
export class HistogramTally {
  readonly #bounds: readonly number[];
  /** By the first bound that holds the observation; the last is for those beyond all. */
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
    this.#count++;
  }

  *samples(labels: Readonly<Record<string, string>>): Iterable<Sample> {
    let below = 0;
    for (const [at, bound] of this.#bounds.entries()) {
      below += this.#counts[at] as number;
      yield { labels: { ...labels, le: String(bound) }, value: below, suffix: "_bucket" };
    }
    yield { labels: { ...labels, le: "+Inf" }, value: this.#count, suffix: "_bucket" };
    yield { labels, value: this.#sum, suffix: "_sum" };
    yield { labels, value: this.#count, suffix: "_count" };
  }
}
