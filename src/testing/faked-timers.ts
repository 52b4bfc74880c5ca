import { randomBytes } from "node:crypto";
import { setImmediate as nodeSetImmediate } from "node:timers";

const setImmediate = nodeSetImmediate;
/** Each takes a turn of the event loop at least; a callback of `setImmediate` runs in the first. */
const mostTurns = 20;

/**
 * Rejects where the timers of `node:timers` itself were faked before this was loaded, as node:test does it: nothing would ever happen. Faked
 * globals do no harm, and timers that are faked later none.
 */
export async function checkTimers(): Promise<void> {
  let runs = false;
  setImmediate(() => {
    runs = true;
  });
  for (let turns = 0; !runs; turns++) {
    if (turns === mostTurns)
      throw new Error(
        "the timers were faked before kybern/testing was loaded, and nothing can run by them: import it first, or fake the timers after that",
      );
    await new Promise<void>((resolve, reject) => randomBytes(1, (error) => (error ? reject(error) : resolve())));
  }
}
