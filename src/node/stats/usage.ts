import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What something has used of the machine, as its counters say. */
export interface Usage {
  /** All cores' time since the beginning. */
  cpuNanoseconds?: number;
  memoryBytes?: number;
  /** What can't be taken back at once: without the file cache that wasn't used of late. */
  workingSetBytes?: number;
  rssBytes?: number;
  pageFaults?: number;
  majorPageFaults?: number;
  /** Absent: no limit of its own. */
  memoryLimitBytes?: number;
}

/** A limit beyond this is cgroup v1's way to say that there is none. */
const unlimitedBytes = 2 ** 60;
/** The kernel counts processors' time for user space in hundredths of a second on every architecture. */
const tickNanoseconds = 10_000_000;

/** Usage of a cgroup, v1 or v2; undefined where there is none of that path. `root` is where the hierarchies are mounted. */
export async function readCgroupUsage(path: string, root = "/sys/fs/cgroup"): Promise<Usage | undefined> {
  const unified = await readText(join(root, path, "cpu.stat"));
  if (unified?.includes("usage_usec")) return readUnified(join(root, path), unified);
  const memory = join(root, "memory", path);
  const [cpu, current, statistics, limit] = await Promise.all([
    readNumber(join(root, "cpuacct", path, "cpuacct.usage")),
    readNumber(join(memory, "memory.usage_in_bytes")),
    readText(join(memory, "memory.stat")),
    readNumber(join(memory, "memory.limit_in_bytes")),
  ]);
  if (cpu === undefined && current === undefined) return undefined;
  const values = pairs(statistics ?? "");
  return usageOf(cpu, current, limit, {
    inactiveFile: values.get("total_inactive_file"),
    rss: values.get("total_rss"),
    faults: values.get("total_pgfault"),
    majorFaults: values.get("total_pgmajfault"),
  });
}

async function readUnified(directory: string, cpuStatistics: string): Promise<Usage> {
  const [current, statistics, limit] = await Promise.all([
    readNumber(join(directory, "memory.current")),
    readText(join(directory, "memory.stat")),
    readNumber(join(directory, "memory.max")),
  ]);
  const microseconds = pairs(cpuStatistics).get("usage_usec");
  const values = pairs(statistics ?? "");
  return usageOf(microseconds === undefined ? undefined : microseconds * 1000, current, limit, {
    inactiveFile: values.get("inactive_file"),
    rss: values.get("anon"),
    faults: values.get("pgfault"),
    majorFaults: values.get("pgmajfault"),
  });
}

function usageOf(
  cpuNanoseconds: number | undefined,
  memoryBytes: number | undefined,
  limit: number | undefined,
  values: Record<"inactiveFile" | "rss" | "faults" | "majorFaults", number | undefined>,
): Usage {
  const usage: Usage = {};
  if (cpuNanoseconds !== undefined) usage.cpuNanoseconds = cpuNanoseconds;
  if (memoryBytes !== undefined) {
    usage.memoryBytes = memoryBytes;
    usage.workingSetBytes = Math.max(0, memoryBytes - (values.inactiveFile ?? 0));
  }
  if (values.rss !== undefined) usage.rssBytes = values.rss;
  if (values.faults !== undefined) usage.pageFaults = values.faults;
  if (values.majorFaults !== undefined) usage.majorPageFaults = values.majorFaults;
  if (limit !== undefined && limit < unlimitedBytes) usage.memoryLimitBytes = limit;
  return usage;
}

/** Usage of the whole machine. `root` is where procfs is mounted. */
export async function readMachineUsage(root = "/proc"): Promise<Usage & { bootedAt: number }> {
  const [statistics = "", memory = "", virtual = ""] = await Promise.all(
    ["stat", "meminfo", "vmstat"].map(async (name) => (await readText(join(root, name))) ?? ""),
  );
  // user nice system idle iowait irq softirq steal: all but what was idle. Guests' time is within user.
  const ticks = (/^cpu +(.*)$/m.exec(statistics)?.[1] ?? "").split(" ").map(Number);
  const busy = [0, 1, 2, 5, 6, 7].reduce((sum, index) => sum + (ticks[index] ?? 0), 0);
  const bytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(memory)?.[1] ?? 0) * 1024;
  const used = bytes("MemTotal") - bytes("MemFree");
  const events = pairs(virtual);
  return {
    cpuNanoseconds: busy * tickNanoseconds,
    memoryBytes: used,
    workingSetBytes: Math.max(0, used - bytes("Inactive\\(file\\)")),
    rssBytes: bytes("AnonPages"),
    pageFaults: events.get("pgfault") ?? 0,
    majorPageFaults: events.get("pgmajfault") ?? 0,
    memoryLimitBytes: bytes("MemTotal"),
    bootedAt: Number(/^btime (\d+)$/m.exec(statistics)?.[1] ?? 0) * 1000,
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined; // Not there: the counter isn't told.
  }
}

async function readNumber(file: string): Promise<number | undefined> {
  const text = await readText(file);
  const value = text === undefined ? Number.NaN : Number(text.trim() || Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** Lines of a name and a number. */
function pairs(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0) values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return values;
}
