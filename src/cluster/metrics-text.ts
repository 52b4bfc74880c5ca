import { setImmediate as nextTurn } from "node:timers/promises";
import type { Labels, MetricFamily } from "../machinery/metrics.ts";

/** So many samples are made text of before what waits on this thread has its turn. */
const slice = 500;

/**
 * The families in Prometheus' text format. As upstream has it, nothing is said of what has not happened yet. What makes the text is
 * loaded with the first call.
 */
export async function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const { Registry } = await import("prom-client");
  const pieces: string[] = [];
  let made = 0;
  for (const { name, help, type, samples } of families) {
    const values = Array.from(samples(), ({ labels, value, suffix = "" }) => ({
      labels: inOrder(labels),
      value,
      metricName: name + suffix,
    }));
    if (values.length === 0) continue;
    const registry = new Registry();
    // The registry asks a metric for its values, whatever keeps them.
    const told = { name, help, type, aggregator: "sum", values };
    registry.registerMetric({ name, help, type, aggregator: "sum", get: async () => told } as never);
    pieces.push(await registry.metrics());
    made += values.length;
    if (made < slice) continue;
    made = 0;
    await nextTurn();
  }
  return pieces.join("");
}

/** By their names, but for the bound of a histogram, which comes last. Most come like that. */
function inOrder(labels: Labels): Labels {
  const names = Object.keys(labels);
  const rank = (name: string) => (name === "le" ? "\uffff" : name);
  const isInOrder = names.every((name, at) => at === 0 || rank(names[at - 1] as string) <= rank(name));
  if (isInOrder) return labels;
  return Object.fromEntries(names.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).map((name) => [name, labels[name] as string]));
}
