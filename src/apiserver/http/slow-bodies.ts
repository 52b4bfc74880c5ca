/** How often bodies that are read are looked at, at most. */
const longestSweepMilliseconds = 5000;

/** Ends requests whose bodies come too slowly. One timer is for all, and there is none while no body is read. */
export class SlowBodies {
  readonly #limitMilliseconds: number;
  readonly #reading = new Set<{ until: number; onLate(): void }>();
  #sweeping = false;
  #closed = false;

  constructor(limitMilliseconds: number) {
    this.#limitMilliseconds = limitMilliseconds;
  }

  begin(onLate: () => void): { end(): void } {
    const body = { until: performance.now() + this.#limitMilliseconds, onLate };
    this.#reading.add(body);
    this.#arm();
    return { end: () => void this.#reading.delete(body) };
  }

  close(): void {
    this.#closed = true;
  }

  #arm(): void {
    if (this.#sweeping || this.#closed) return;
    this.#sweeping = true;
    const signal = AbortSignal.timeout(Math.min(longestSweepMilliseconds, this.#limitMilliseconds));
    signal.addEventListener("abort", () => this.#sweep(), { once: true });
  }

  #sweep(): void {
    this.#sweeping = false;
    const now = performance.now();
    for (const body of this.#reading) {
      if (body.until > now) continue;
      this.#reading.delete(body);
      body.onLate();
    }
    if (this.#reading.size > 0) this.#arm();
  }
}
