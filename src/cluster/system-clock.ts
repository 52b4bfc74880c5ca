import { randomBytes, randomInt } from "node:crypto";
import type { Clock } from "../machinery/clock.ts";
import type { Random } from "../machinery/random.ts";

/** Real time: the one place where the wall clock is read and raw timers are set. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, delayMilliseconds) {
    // Node fires a timer of more than 2^31-1 ms at once.
    const delay = Math.min(Math.max(0, delayMilliseconds), 2_147_483_647);
    // biome-ignore lint/style/noRestrictedGlobals: this is the clock
    const timer = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

const scale = 2 ** 48 - 1;

export const systemRandom: Random = {
  next: () => randomInt(scale) / scale,
  bytes: (length) => randomBytes(length),
};
