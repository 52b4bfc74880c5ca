import { tooManyRequests } from "../machinery/errors.ts";

/** Bounds how many requests are worked on at once; long-running ones don't count. */
export class InflightLimiter {
  readonly #maxReads: number;
  readonly #maxWrites: number;
  #reads = 0;
  #writes = 0;

  constructor(maxReads: number, maxWrites: number) {
    this.#maxReads = maxReads;
    this.#maxWrites = maxWrites;
  }

  /** Takes a place and gives what frees it. Throws the 429 `StatusError` when none is free. */
  enter(write: boolean): () => void {
    if (write) {
      if (this.#maxWrites > 0 && this.#writes >= this.#maxWrites) throw overloaded();
      this.#writes++;
    } else {
      if (this.#maxReads > 0 && this.#reads >= this.#maxReads) throw overloaded();
      this.#reads++;
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      if (write) this.#writes--;
      else this.#reads--;
    };
  }

  get inflight(): { reads: number; writes: number } {
    return { reads: this.#reads, writes: this.#writes };
  }
}

const overloaded = () => tooManyRequests("Too many requests, please try again later.", 1);
