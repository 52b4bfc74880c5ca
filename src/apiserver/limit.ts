/** There is no place for the request: it is answered 429, in plain text, with the time after which to try again. */
export class Overloaded extends Error {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, reason: string) {
    super(`too many requests: ${reason}`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Counts the requests that are worked on, and bounds them where flow control doesn't; long-running ones don't count. */
export class InflightLimiter {
  readonly #maxReads: number;
  readonly #maxWrites: number;
  #reads = 0;
  #writes = 0;

  /** 0: no bound. */
  constructor(maxReads: number, maxWrites: number) {
    this.#maxReads = maxReads;
    this.#maxWrites = maxWrites;
  }

  /** Takes a place and gives what frees it. Throws `Overloaded` when none is free. */
  enter(write: boolean): () => void {
    if (write) {
      if (this.#maxWrites > 0 && this.#writes >= this.#maxWrites) throw new Overloaded(1, "writes in flight");
      this.#writes++;
    } else {
      if (this.#maxReads > 0 && this.#reads >= this.#maxReads) throw new Overloaded(1, "reads in flight");
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
