import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Endpoint } from "./http2-client.ts";
import type { Load, LoadResult } from "./load.ts";
import { figuresOf } from "./process-figures.ts";
import type { Contender, Server } from "./servers.ts";

/** One figure of one contender. */
export interface Figure {
  value: number;
  unit: string;
  /** More to know about it. */
  detail?: Record<string, unknown>;
}

export type Figures = Map<string, Figure>;

/** A group of measures that share a run of the server. */
export interface Scenario {
  /** What it measures, as the command line takes it. */
  readonly measures: readonly string[];
  run(contender: Contender, directory: string, wanted: ReadonlySet<string>): Promise<Figures>;
}

const pods = 5000;
const quietSeconds = 60;
const idleSeconds = 30;

const runProgram = promisify(execFile);

async function drive(endpoint: Endpoint, load: Omit<Load, "endpoint" | "pods">): Promise<LoadResult> {
  const program = join(import.meta.dirname, "load.ts");
  const given: Load = { endpoint, pods, ...load };
  // The error's own message would repeat the whole command line, key and all.
  const complain = ({ stderr, message }: { stderr?: string; message: string }) => {
    throw new Error(`the load generator failed at ${load.action}: ${stderr || message.slice(0, 200)}`);
  };
  const { stdout } = await runProgram(process.execPath, [program, JSON.stringify(given)], {
    maxBuffer: 1024 * 1024,
    timeout: 300_000,
  }).catch(complain);
  return JSON.parse(stdout) as LoadResult;
}

async function prepare(endpoint: Endpoint): Promise<void> {
  await drive(endpoint, { action: "prepare", count: 0, connections: 1, inFlight: 1 });
}

const create = (endpoint: Endpoint) => drive(endpoint, { action: "create", count: pods, connections: 4, inFlight: 64 });

const start: Scenario = {
  measures: ["ready"],
  async run(contender, directory) {
    // The first start makes the store.
    await (await contender.start(directory, "apiserver")).stop();
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const server = await contender.start(directory, "apiserver");
      times.push(server.readyMilliseconds);
      await server.stop();
    }
    times.sort((a, b) => a - b);
    return new Map([["ready", { value: times[2] as number, unit: "ms", detail: { worst: round(times[4] as number) } }]]);
  },
};

const idle: Scenario = {
  measures: ["memory-idle", "cpu-idle", "disk-writes-idle"],
  async run(contender, directory) {
    await (await contender.start(directory, "apiserver")).stop();
    const server = await contender.start(directory, "all");
    try {
      await sleep(quietSeconds * 1000);
      const pids = [...server.processes.values()];
      const before = figuresOf(pids);
      const begun = performance.now();
      await sleep(idleSeconds * 1000);
      const after = figuresOf(pids);
      const seconds = (performance.now() - begun) / 1000;
      return new Map([
        ["memory-idle", { value: before.residentMegabytes, unit: "MB", detail: memoryByProcess(server) }],
        ["cpu-idle", { value: (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds, unit: "% of a core" }],
        ["disk-writes-idle", { value: (after.writtenBytes - before.writtenBytes) / seconds, unit: "bytes/s" }],
      ]);
    } finally {
      await server.stop();
    }
  },
};

const loaded: Scenario = {
  measures: ["memory-5000-pods", "memory-5000-pods-peak"],
  async run(contender, directory) {
    await (await contender.start(directory, "apiserver")).stop();
    const server = await contender.start(directory, "all");
    try {
      await prepare(server.endpoint);
      await create(server.endpoint);
      await sleep(quietSeconds * 1000);
      const { residentMegabytes, peakMegabytes } = figuresOf([...server.processes.values()]);
      return new Map([
        ["memory-5000-pods", { value: residentMegabytes, unit: "MB", detail: memoryByProcess(server) }],
        ["memory-5000-pods-peak", { value: peakMegabytes, unit: "MB" }],
      ]);
    } finally {
      await server.stop();
    }
  },
};

/** The requests of the throughput scenario, in this order: each finds what the ones before it made. */
const loads: { name: string; unit: string; load: Omit<Load, "endpoint" | "pods"> }[] = [
  { name: "create", unit: "/s", load: { action: "create", count: pods, connections: 4, inFlight: 64 } },
  { name: "get", unit: "/s", load: { action: "get", count: 20_000, connections: 4, inFlight: 64 } },
  { name: "list", unit: "/s", load: { action: "list", count: 20, connections: 2, inFlight: 2 } },
  { name: "list-gzip", unit: "/s", load: { action: "list-gzip", count: 20, connections: 2, inFlight: 2 } },
  { name: "list-label", unit: "/s", load: { action: "list-label", count: 400, connections: 4, inFlight: 8 } },
  { name: "patch", unit: "/s", load: { action: "patch", count: 5000, connections: 4, inFlight: 64 } },
  { name: "watch", unit: "events/s", load: { action: "watch", count: 3000, connections: 4, inFlight: 64, watchers: 50 } },
  { name: "delete", unit: "/s", load: { action: "delete", count: pods, connections: 4, inFlight: 64 } },
];

const throughput: Scenario = {
  measures: loads.map(({ name }) => name),
  async run(contender, directory, wanted) {
    const figures: Figures = new Map();
    const server = await contender.start(directory, "apiserver");
    try {
      await prepare(server.endpoint);
      for (const { name, unit, load } of loads) {
        // Everything needs the pods.
        if (!wanted.has(name) && name !== "create") continue;
        const cpuBefore = figuresOf([...server.processes.values()]).cpuSeconds;
        const { seconds, operations, bytes, medianMilliseconds, p99Milliseconds } = await drive(server.endpoint, load);
        const { cpuSeconds, residentMegabytes } = figuresOf([...server.processes.values()]);
        if (!wanted.has(name)) continue;
        figures.set(name, {
          value: operations / seconds,
          unit,
          detail: {
            bytesEach: Math.round(bytes / operations),
            ...(medianMilliseconds > 0 ? { medianMilliseconds: round(medianMilliseconds), p99Milliseconds: round(p99Milliseconds) } : {}),
            serverCores: round((cpuSeconds - cpuBefore) / seconds),
            memoryMegabytes: Math.round(residentMegabytes),
          },
        });
      }
    } finally {
      await server.stop();
    }
    return figures;
  },
};

export const scenarios: readonly Scenario[] = [start, idle, loaded, throughput];

function memoryByProcess(server: Server): Record<string, number> {
  return Object.fromEntries([...server.processes].map(([name, pid]) => [name, Math.round(figuresOf([pid]).residentMegabytes)]));
}

/** Three significant digits. */
export function round(value: number): number {
  return Number(value.toPrecision(value >= 1000 ? 4 : 3));
}
