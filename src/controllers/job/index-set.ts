/** A set of completion indexes, kept as intervals: a job may have 100,000 of them. Immutable. Its text is that of the status: `0,3-5`. */
export class IndexSet {
  static readonly empty = new IndexSet([]);
  /** First and last index of each interval, in order, no two of them touching. */
  readonly #intervals: readonly (readonly [number, number])[];

  private constructor(intervals: readonly (readonly [number, number])[]) {
    this.#intervals = intervals;
  }

  /** Reads the text; what is at or above `completions` (of a job that was made smaller) is left out. */
  static parse(text: string | undefined, completions: number): IndexSet {
    const intervals: [number, number][] = [];
    for (const part of (text ?? "").split(",")) {
      const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(part.trim());
      if (!match) continue;
      const first = Number(match[1]);
      const last = Math.min(match[2] === undefined ? first : Number(match[2]), completions - 1);
      if (first <= last) intervals.push([first, last]);
    }
    return IndexSet.#merged(intervals);
  }

  static of(indexes: Iterable<number>): IndexSet {
    return IndexSet.#merged([...indexes].map((index): [number, number] => [index, index]));
  }

  static #merged(intervals: [number, number][]): IndexSet {
    intervals.sort((a, b) => a[0] - b[0]);
    const merged: [number, number][] = [];
    for (const [first, last] of intervals) {
      const previous = merged.at(-1);
      if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
      else merged.push([first, last]);
    }
    return new IndexSet(merged);
  }

  get size(): number {
    return this.#intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  has(index: number): boolean {
    let low = 0;
    let high = this.#intervals.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#intervals[middle] as readonly [number, number];
      if (index < first) high = middle - 1;
      else if (index > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  union(...others: IndexSet[]): IndexSet {
    const all = [this, ...others].flatMap((set) => set.#intervals.map(([first, last]): [number, number] => [first, last]));
    return IndexSet.#merged(all);
  }

  /** How many indexes both sets have. */
  overlap(other: IndexSet): number {
    let count = 0;
    for (const [first, last] of this.#intervals) {
      for (const [from, to] of other.#intervals) count += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
    }
    return count;
  }

  /** The first `count` indexes below `completions` that are not in the set. */
  firstMissing(count: number, completions: number): number[] {
    const missing: number[] = [];
    let next = 0;
    for (const [first, last] of this.#intervals) {
      while (next < Math.min(first, completions) && missing.length < count) missing.push(next++);
      next = Math.max(next, last + 1);
    }
    while (next < completions && missing.length < count) missing.push(next++);
    return missing;
  }

  toString(): string {
    return this.#intervals
      .map(([first, last]) => (first === last ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`))
      .join(",");
  }
}
