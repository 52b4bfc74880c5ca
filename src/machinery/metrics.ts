/** What components count. Turning it into text for Prometheus is the composition's. */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  labels: Labels;
  value: number;
  /** What follows the family's name: `_bucket`, `_sum`, `_count` of a histogram. */
  suffix?: "_bucket" | "_sum" | "_count";
}

/** Samples under a name of upstream's, whose type and help text are known (`apiserver/metrics/upstream-metrics.json`). */
export interface NamedSamples {
  name: string;
  samples(): Iterable<Sample>;
}

export interface MetricFamily extends NamedSamples {
  help: string;
  type: "counter" | "gauge" | "histogram";
}

/** A number that is counted up, or set. */
export class Count {
  value = 0;
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

  get count(): number {
    return this.#count;
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
    this.#count++;
  }

  *samples(labels: Labels): Iterable<Sample> {
    let below = 0;
    for (const [at, bound] of this.#bounds.entries()) {
      below += this.#counts[at] as number;
      yield { labels: { ...labels, le: numberText(bound) }, value: below, suffix: "_bucket" };
    }
    yield { labels: { ...labels, le: "+Inf" }, value: this.#count, suffix: "_bucket" };
    yield { labels, value: this.#sum, suffix: "_sum" };
    yield { labels, value: this.#count, suffix: "_count" };
  }
}

/** Bounds that begin with one and grow by a factor, each made of the one before it: as Prometheus' own come out, to the last digit. */
export function exponentialBounds(first: number, factor: number, count: number): number[] {
  const bounds = [first];
  while (bounds.length < count) bounds.push((bounds.at(-1) as number) * factor);
  return bounds;
}

/** Prometheus' own bounds for seconds. */
export const defaultBounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

type Branch<T> = Map<string, Branch<T> | T>;

/** One tally for each combination of label values that has come up. Who counts often asks for a tally once and keeps it. */
export class Tallies<T extends object> {
  readonly #names: readonly string[];
  readonly #make: () => T;
  readonly #tree: Branch<T> = new Map();
  readonly #all: [labels: Labels, tally: T][] = [];

  constructor(names: readonly string[], make: () => T) {
    this.#names = names;
    this.#make = make;
  }

  /** The tally of these values, in the order of the names. */
  of(...values: string[]): T {
    let branch = this.#tree;
    const last = values.length - 1;
    for (let at = 0; at < last; at++) {
      let next = branch.get(values[at] as string) as Branch<T> | undefined;
      if (next === undefined) {
        next = new Map();
        branch.set(values[at] as string, next);
      }
      branch = next;
    }
    let tally = branch.get(values[last] as string) as T | undefined;
    if (tally === undefined) {
      tally = this.#make();
      branch.set(values[last] as string, tally);
      this.#all.push([Object.fromEntries(this.#names.map((name, at) => [name, values[at] as string])), tally]);
    }
    return tally;
  }

  entries(): Iterable<readonly [labels: Labels, tally: T]> {
    return this.#all;
  }

  clear(): void {
    this.#tree.clear();
    this.#all.length = 0;
  }
}

/** Counters or gauges by their labels, as samples. */
export function counts(name: string, tallies: Tallies<Count>): NamedSamples {
  return { name, samples: () => Array.from(tallies.entries(), ([labels, { value }]) => ({ labels, value })) };
}

export function histograms(name: string, tallies: Tallies<HistogramTally>): NamedSamples {
  return {
    name,
    *samples() {
      for (const [labels, tally] of tallies.entries()) yield* tally.samples(labels);
    },
  };
}

/** How many observations there were, for names that tell this of a histogram a second time. */
export function observations(name: string, tallies: Tallies<HistogramTally>): NamedSamples {
  return { name, samples: () => Array.from(tallies.entries(), ([labels, { count }]) => ({ labels, value: count })) };
}

/** One number without labels, looked at when it is asked for. */
export function single(name: string, value: () => number): NamedSamples {
  return { name, samples: () => [{ labels: {}, value: value() }] };
}

/** As Prometheus' own library prints numbers: with an exponent, of two digits at least, for the large and the very small. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e6)) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return value.toExponential().replace(/e([+-])(\d)$/, (_, sign, digit) => `e${sign}0${digit}`);
}
