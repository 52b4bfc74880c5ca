import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type MetricFamily, type NamedSamples, single } from "../machinery/metrics.ts";

/** Figures of this process, under Prometheus' names, and two of Node's own. */
export function processMetrics(): NamedSamples[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { utilization } = performance.eventLoopUtilization();
  return [
    single("process_cpu_seconds_total", () => (user + system) / 1e6),
    single("process_resident_memory_bytes", () => rss),
    single("process_start_time_seconds", () => performance.timeOrigin / 1000),
    ...systemMetrics(),
    own("nodejs_heap_size_used_bytes", "Process heap size used from Node.js in bytes.", heapUsed),
    own("nodejs_eventloop_utilization", "Part of its time that the event loop of this thread was busy.", utilization),
  ];
}

function own(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: "gauge", samples: () => [{ labels: {}, value }] };
}

/** What the system tells of the process, where it has `/proc`. */
function systemMetrics(): NamedSamples[] {
  if (!existsSync("/proc/self/fd")) return [];
  const limits = readFileSync("/proc/self/limits", "utf8");
  const limit = (name: string): number | undefined => {
    const [, text] = new RegExp(`^${name} +(\\d+|unlimited)`, "m").exec(limits) ?? [];
    return text === "unlimited" ? 2 ** 64 : text === undefined ? undefined : Number(text);
  };
  const status = readFileSync("/proc/self/status", "utf8");
  const [, kilobytes] = /^VmSize:\s+(\d+) kB/m.exec(status) ?? [];
  const found: Record<string, number | undefined> = {
    process_open_fds: readdirSync("/proc/self/fd").length,
    process_max_fds: limit("Max open files"),
    process_virtual_memory_bytes: kilobytes === undefined ? undefined : Number(kilobytes) * 1024,
    process_virtual_memory_max_bytes: limit("Max address space"),
    ...networkBytes(),
  };
  return Object.entries(found).flatMap(([name, value]) => (value === undefined ? [] : [single(name, () => value)]));
}

/** Of the network namespace that the process is in. */
function networkBytes(): Record<string, number | undefined> {
  const file = "/proc/self/net/netstat";
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").split("\n");
  const at = lines.findIndex((line) => line.startsWith("IpExt:"));
  const names = lines[at]?.split(" ") ?? [];
  const values = lines[at + 1]?.split(" ") ?? [];
  const of = (name: string) => (names.includes(name) ? Number(values[names.indexOf(name)]) : undefined);
  return { process_network_receive_bytes_total: of("InOctets"), process_network_transmit_bytes_total: of("OutOctets") };
}
