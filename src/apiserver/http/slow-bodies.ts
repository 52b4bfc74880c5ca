import { Bag, type Bagged } from "../../machinery/bag.ts";

/** How often bodies that are read are looked at, at most. */
const longestSweepMilliseconds = 5000;

/** A body that is being read. */
export interface SlowBody extends Bagged {
  /** Until when it may take: set here, by `performance.now()`. */
  until: number;
  onLate(): void;
}

/** Ends requests whose bodies come too slowly. One timer is for all, and there is none while no body is read. */
export class SlowBodies {
  readonly #limitMilliseconds: number;
  readonly #reading = new Bag<SlowBody>();
  #sweeping = false;
  #closed = false;

  constructor(limitMilliseconds: number) {
    this.#limitMilliseconds = limitMilliseconds;
  }

  begin(body: SlowBody): void {
    body.until = performance.now() + this.#limitMilliseconds;
    this.#reading.add(body);
    this.#arm();
  }

  end(body: SlowBody): void {
    this.#reading.delete(body);
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
