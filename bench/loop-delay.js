/**
 * Loaded into kybern by the benchmark: on SIGUSR2 it writes how long the event loop was held at a time, at most, since the
 * last SIGUSR2, into the file that KYBERN_BENCH_LOOP_DELAY names. The first one only begins to measure. JavaScript: Node's
 * reading of TypeScript would cost the measured process 20 MB.
 */
import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const file = process.env.KYBERN_BENCH_LOOP_DELAY;
if (file && isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  let answer = 0;
  process.on("SIGUSR2", () => {
    if (answer === 0) delay.enable();
    const text = JSON.stringify({ answer: ++answer, milliseconds: delay.max / 1e6 });
    delay.reset();
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  });
}
