import { setImmediate as nextTurn } from "node:timers/promises";
import type { MetricFamily } from "../machinery/metrics.ts";
import { metricsHead, sampleLine } from "../machinery/metrics-text.ts";

/** So many lines are made before what waits on this thread has its turn. */
const slice = 500;

/** The families in Prometheus' text format. As upstream has it, nothing is said of what has not happened yet. */
export async function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const pieces: string[] = [];
  let lines = 0;
  for (const { name, help, type, samples } of families) {
    let isFirst = true;
    for (const { labels, value, suffix = "" } of samples()) {
      if (isFirst) pieces.push(metricsHead(name, help, type));
      isFirst = false;
      pieces.push(sampleLine(name + suffix, labels, value));
      if (++lines % slice === 0) await nextTurn();
    }
  }
  return pieces.join("");
}
