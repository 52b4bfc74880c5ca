import { metricsHead, sampleLine } from "../../machinery/metrics-text.ts";

export interface MetricFamily {
  name: string;
  help: string;
  type: "counter" | "gauge";
  samples: MetricSample[];
}

export interface MetricSample {
  labels?: Readonly<Record<string, string>>;
  value: number;
  /** Milliseconds since the epoch; absent: now. */
  timestamp?: number;
}

export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

/** Prometheus' text form, families by name. Families without samples are left out. */
export function metricsText(families: readonly MetricFamily[]): string {
  let text = "";
  for (const { name, help, type, samples } of families.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (samples.length === 0) continue;
    text += metricsHead(name, help, type);
    for (const { labels = {}, value, timestamp } of samples) text += sampleLine(name, labels, value, timestamp);
  }
  return text;
}
