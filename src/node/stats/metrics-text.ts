import { numberText } from "../../machinery/metrics.ts";

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
  const lines: string[] = [];
  for (const { name, help, type, samples } of families.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { labels = {}, value, timestamp } of samples) {
      const names = Object.keys(labels).sort();
      const list = names.map((label) => `${label}="${escaped(labels[label] ?? "")}"`).join(",");
      lines.push(`${name}${list && `{${list}}`} ${numberText(value)}${timestamp === undefined ? "" : ` ${timestamp}`}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
