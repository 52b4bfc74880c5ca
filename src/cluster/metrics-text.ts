import type { MetricFamily } from "../machinery/metrics.ts";

/** The families in Prometheus' text format. What makes the text is loaded with the first call. */
export async function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const { name, help, type, samples } of families) {
    const values = Array.from(samples(), ({ labels, value, suffix = "" }) => ({ labels, value, metricName: name + suffix }));
    // As upstream has it, nothing is said of what has not happened yet.
    if (values.length === 0) continue;
    // The registry asks a metric for its values, whatever keeps them.
    registry.registerMetric({
      name,
      help,
      type,
      aggregator: "sum",
      get: async () => ({ name, help, type, aggregator: "sum", values }),
    } as never);
  }
  return await registry.metrics();
}
