import { type MetricFamily, type MetricSample, metricsText } from "./metrics-text.ts";
import type { CpuStats, MemoryStats, Summary } from "./summary.ts";

/** The text of `/metrics/resource`: what metrics-server reads. Undefined stands for a reading that failed. */
export function resourceMetrics(summary: Summary | undefined): string {
  const families: MetricFamily[] = [];
  const family = (name: string, type: MetricFamily["type"], help: string): MetricSample[] => {
    const samples: MetricSample[] = [];
    families.push({ name, type, help: `[STABLE] ${help}`, samples });
    return samples;
  };
  const cpuOf = (what: string) =>
    family(`${what}_cpu_usage_seconds_total`, "counter", `Cumulative cpu time consumed by the ${what} in core-seconds`);
  const memoryOf = (what: string) => family(`${what}_memory_working_set_bytes`, "gauge", `Current working set of the ${what} in bytes`);
  const node = { cpu: cpuOf("node"), memory: memoryOf("node") };
  const pods = { cpu: cpuOf("pod"), memory: memoryOf("pod") };
  const containers = { cpu: cpuOf("container"), memory: memoryOf("container") };
  const starts = family("container_start_time_seconds", "gauge", "Start time of the container since unix epoch in seconds");
  const failed = summary === undefined ? 1 : 0;
  family("resource_scrape_error", "gauge", "1 if there was an error while getting container metrics, 0 otherwise").push({ value: failed });
  if (summary) {
    add(node, summary.node);
    for (const { podRef, containers: all, ...pod } of summary.pods) {
      const labels = { namespace: podRef.namespace, pod: podRef.name };
      add(pods, pod, labels);
      for (const container of all) {
        const own = { ...labels, container: container.name };
        add(containers, container, own);
        starts.push({ labels: own, value: Date.parse(container.startTime) / 1000 });
      }
    }
  }
  return metricsText(families);
}

function add(
  samples: { cpu: MetricSample[]; memory: MetricSample[] },
  { cpu, memory }: { cpu?: CpuStats; memory?: MemoryStats },
  labels?: Record<string, string>,
): void {
  const base = labels ? { labels } : {};
  if (cpu?.usageCoreNanoSeconds !== undefined) {
    samples.cpu.push({ ...base, value: cpu.usageCoreNanoSeconds / 1e9, timestamp: Date.parse(cpu.time) });
  }
  if (memory?.workingSetBytes !== undefined) {
    samples.memory.push({ ...base, value: memory.workingSetBytes, timestamp: Date.parse(memory.time) });
  }
}
