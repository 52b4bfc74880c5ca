import type { Labels, MetricFamily } from "../machinery/metrics.ts";

/** The families in Prometheus' text format. What makes the text is loaded with the first call. */
export async function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const { name, help, type, samples } of families) {
    const values = Array.from(samples(), ({ labels, value, suffix = "" }) => ({
      labels: inOrder(labels),
      value,
      metricName: name + suffix,
    }));
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

/** By name, and the bound of a histogram last: as clients of Go print them. */
function inOrder(labels: Labels): Labels {
  let before = "";
  for (const name in labels) {
    if (name === "le") continue;
    if (name < before) return sorted(labels);
    before = name;
  }
  return labels;
}

function sorted({ le, ...others }: Labels): Labels {
  const entries = Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...Object.fromEntries(entries), ...(le === undefined ? {} : { le }) };
}
