/** What was wanted of a level over a time. */
export interface DemandFigures {
  highWatermark: number;
  average: number;
  deviation: number;
}

/** How many seats the requests of a level could use, weighted by time. */
export class SeatDemand {
  #value = 0;
  #since: number;
  #begin: number;
  #max = 0;
  #sum = 0;
  #squares = 0;

  constructor(nowMilliseconds: number) {
    this.#since = nowMilliseconds;
    this.#begin = nowMilliseconds;
  }

  set(value: number, nowMilliseconds: number): void {
    this.#advance(nowMilliseconds);
    this.#value = value;
    if (value > this.#max) this.#max = value;
  }

  /** The figures since the last call; undefined when no time has passed. */
  take(nowMilliseconds: number): DemandFigures | undefined {
    this.#advance(nowMilliseconds);
    const duration = nowMilliseconds - this.#begin;
    if (duration <= 0) return undefined;
    const average = this.#sum / duration;
    const deviation = Math.sqrt(Math.max(0, this.#squares / duration - average * average));
    const figures = { highWatermark: this.#max, average, deviation };
    this.#begin = nowMilliseconds;
    this.#max = this.#value;
    this.#sum = 0;
    this.#squares = 0;
    return figures;
  }

  #advance(nowMilliseconds: number): void {
    const passed = nowMilliseconds - this.#since;
    if (passed <= 0) return;
    this.#sum += this.#value * passed;
    this.#squares += this.#value * this.#value * passed;
    this.#since = nowMilliseconds;
  }
}
