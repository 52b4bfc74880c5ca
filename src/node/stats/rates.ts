interface Sample {
  at: number;
  nanoseconds: number;
}

/** A rate over less than this says little. */
const shortestMilliseconds = 1000;

/** Turns counters of processor time, read now and then, into rates. */
export class CpuRates {
  #samples = new Map<string, { older?: Sample; newer: Sample }>();
  #seen = new Set<string>();

  /** The mean since the reading before, in billionths of a core; undefined at the first reading. */
  nanoCores(key: string, at: number, nanoseconds: number): number | undefined {
    this.#seen.add(key);
    const known = this.#samples.get(key);
    if (!known || nanoseconds < known.newer.nanoseconds) {
      this.#samples.set(key, { newer: { at, nanoseconds } });
      return undefined;
    }
    if (at - known.newer.at >= shortestMilliseconds) {
      known.older = known.newer;
      known.newer = { at, nanoseconds };
    }
    if (!known.older) return undefined;
    return Math.round(((known.newer.nanoseconds - known.older.nanoseconds) / (known.newer.at - known.older.at)) * 1000);
  }

  /** Forgets what wasn't read since the last call. */
  forgetOthers(): void {
    for (const key of this.#samples.keys()) if (!this.#seen.has(key)) this.#samples.delete(key);
    this.#seen = new Set();
  }
}
