import type { Clock } from "../machinery/clock.ts";
import type { Platform } from "../machinery/platform.ts";

/** How long work may hold the thread at a time. */
const sliceMilliseconds = 5;

/** What it takes to let others have their turn. */
export interface Turns {
  clock: Clock;
  platform: Pick<Platform, "pause">;
}

/**
 * Does something with each item, and lets others have the thread every few milliseconds. Undefined: all of it is done
 * already. The items must not change until the end.
 */
export function inSlices<T>({ clock, platform }: Turns, items: readonly T[], take: (item: T) => void): Promise<void> | undefined {
  let next = 0;
  /** Returns whether there is more to do. */
  const slice = (): boolean => {
    const end = clock.now() + sliceMilliseconds;
    while (next < items.length) {
      take(items[next++] as T);
      if (clock.now() >= end) break;
    }
    return next < items.length;
  };
  if (!slice()) return undefined;
  const rest = async () => {
    do await platform.pause();
    while (slice());
  };
  return rest();
}

/** Runs the steps of something to its end, and lets others have the thread every few milliseconds. */
export async function stepsInSlices<T>({ clock, platform }: Turns, steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const end = clock.now() + sliceMilliseconds;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (clock.now() < end);
    await platform.pause();
  }
}
