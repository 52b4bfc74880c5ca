import { randomBytes, randomInt } from "node:crypto";
import { clearTimeout as nodeClearTimeout, setTimeout as nodeSetTimeout } from "node:timers";
import type { Clock } from "../machinery/clock.ts";
import type { Random } from "../machinery/random.ts";

// Taken when this is loaded: a test may put faked ones in their place later.
const dateNow = Date.now;
const setTimeout = nodeSetTimeout;
const clearTimeout = nodeClearTimeout;

/** Real time: the one place where the wall clock is read and raw timers are set. */
export const systemClock: Clock = {
  now: () => dateNow(),
  setTimeout(callback, delayMilliseconds) {
    // Node fires a timer of more than 2^31-1 ms at once.
    const delay = Math.min(Math.max(0, delayMilliseconds), 2_147_483_647);
    const timer = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

const scale = 2 ** 48 - 1;

/** Random bytes are fetched by the page: each call of the system costs as much as a hundred identifiers. */
class SystemRandom implements Random {
  #pool = new Uint8Array(0);
  #used = 0;

  next(): number {
    return randomInt(scale) / scale;
  }

  bytes(length: number): Uint8Array {
    if (length > 256) return randomBytes(length);
    if (this.#used + length > this.#pool.length) {
      // A Buffer's `slice` would share the memory.
      this.#pool = new Uint8Array(randomBytes(4096));
      this.#used = 0;
    }
    const bytes = this.#pool.slice(this.#used, this.#used + length);
    // What was handed out is not kept.
    this.#pool.fill(0, this.#used, this.#used + length);
    this.#used += length;
    return bytes;
  }
}

export const systemRandom: Random = new SystemRandom();
