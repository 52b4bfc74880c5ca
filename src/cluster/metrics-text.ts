import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { MetricFamily } from "../machinery/metrics.ts";

/** The families, and figures of this process, in Prometheus' text format. What makes the text is loaded with the first call. */
export async function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const { name, help, type, samples } of [...families, ...processFamilies()]) {
    const values = () => Array.from(samples(), ({ labels, value, suffix = "" }) => ({ labels, value, metricName: name + suffix }));
    // The registry asks a metric for its values, whatever keeps them.
    registry.registerMetric({
      name,
      help,
      type,
      aggregator: "sum",
      get: async () => ({ name, help, type, aggregator: "sum", values: values() }),
    } as never);
  }
  return await registry.metrics();
}

function one(name: string, type: "counter" | "gauge", help: string, value: number): MetricFamily {
  return { name, help, type, samples: () => [{ labels: {}, value }] };
}

function processFamilies(): MetricFamily[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { utilization } = performance.eventLoopUtilization();
  return [
    one("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", (user + system) / 1e6),
    one("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", rss),
    one("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", performance.timeOrigin / 1000),
    ...descriptorFamilies(),
    one("nodejs_heap_size_used_bytes", "gauge", "Process heap size used from Node.js in bytes.", heapUsed),
    one("nodejs_eventloop_utilization", "gauge", "Part of its time that the event loop of this thread was busy.", utilization),
  ];
}

/** Open files and sockets, where the system tells them. */
function descriptorFamilies(): MetricFamily[] {
  if (!existsSync("/proc/self/fd")) return [];
  const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return [
    one("process_open_fds", "gauge", "Number of open file descriptors.", readdirSync("/proc/self/fd").length),
    ...(most === undefined ? [] : [one("process_max_fds", "gauge", "Maximum number of open file descriptors.", Number(most))]),
  ];
}
