import type { Endpoint } from "./api-client.ts";
import type { Load, LoadResult } from "./load.ts";
import { figuresOf } from "./process-figures.ts";
import { drive, type Figures, pods, prepare, round, type Scenario } from "./scenario.ts";
import type { Contender } from "./servers.ts";

interface NamedLoad {
  name: string;
  unit: string;
  load: Omit<Load, "endpoint" | "pods">;
  /** How often, with what it made deleted in between: the median counts. */
  rounds?: number;
}

/** What a server that has just started does. It leaves nothing behind. */
const first = { count: pods, connections: 4, inFlight: 64, owner: "first-of-all" };

/** In this order: each finds what the ones before it made. */
const loads: NamedLoad[] = [
  { name: "create-first", unit: "/s", load: { action: "create", ...first } },
  { name: "delete-first", unit: "/s", load: { action: "delete", ...first } },
  { name: "create", unit: "/s", rounds: 3, load: { action: "create", count: pods, connections: 4, inFlight: 64 } },
  { name: "get", unit: "/s", load: { action: "get", count: 20_000, connections: 4, inFlight: 64 } },
  { name: "list", unit: "/s", load: { action: "list", count: 20, connections: 2, inFlight: 2 } },
  { name: "list-gzip", unit: "/s", load: { action: "list-gzip", count: 20, connections: 2, inFlight: 2 } },
  { name: "list-label", unit: "/s", load: { action: "list-label", count: 2000, connections: 4, inFlight: 8 } },
  { name: "patch", unit: "/s", load: { action: "patch", count: 5000, connections: 4, inFlight: 64 } },
  { name: "watch", unit: "events/s", load: { action: "watch", count: 6000, connections: 4, inFlight: 64, watchers: 50 } },
  { name: "delete", unit: "/s", load: { action: "delete", count: pods, connections: 4, inFlight: 64 } },
];

/** A custom kind: its objects are to take the way of built-in ones. */
const custom: NamedLoad[] = [
  { name: "create-custom", unit: "/s", load: { action: "create-custom", count: pods, connections: 4, inFlight: 64 } },
  { name: "get-custom", unit: "/s", load: { action: "get-custom", count: 20_000, connections: 4, inFlight: 64 } },
  { name: "patch-custom", unit: "/s", load: { action: "patch-custom", count: 5000, connections: 4, inFlight: 64 } },
];

const overHttp1: NamedLoad[] = loads.map(({ name, load, ...rest }) => ({
  ...rest,
  name: `${name}-http1`,
  load: { ...load, protocol: "http1", count: load.count >= 10_000 ? load.count / 2 : load.count },
}));

async function run(loads: readonly NamedLoad[], contender: Contender, directory: string, wanted: ReadonlySet<string>): Promise<Figures> {
  const figures: Figures = new Map();
  const server = await contender.start(directory, "apiserver");
  try {
    await prepare(server.endpoint);
    if (loads === custom) await drive(server.endpoint, { action: "define", count: 0, connections: 1, inFlight: 1 });
    await server.longestBlockMilliseconds?.();
    for (const { name, unit, load, rounds = 1 } of loads) {
      const isForDelay = name === "list" && wanted.has("loop-delay-list");
      // Everything needs the pods, and a server that has been at work.
      if (!wanted.has(name) && !/^create|^delete-first/.test(name) && !isForDelay) continue;
      const processes = [...server.processes.values()];
      const driven = await medianOf(wanted.has(name) ? rounds : 1, server.endpoint, { ...load, processes });
      const { seconds, operations, bytes, medianMilliseconds, p99Milliseconds, serverCpuSeconds, clientCpuSeconds } = driven;
      const { residentMegabytes } = figuresOf(processes);
      const longestBlock = await server.longestBlockMilliseconds?.();
      if (isForDelay && longestBlock !== undefined) figures.set("loop-delay-list", { value: longestBlock, unit: "ms" });
      if (!wanted.has(name)) continue;
      figures.set(name, {
        value: operations / seconds,
        unit,
        detail: {
          bytesEach: Math.round(bytes / operations),
          ...(medianMilliseconds > 0 ? { medianMilliseconds: round(medianMilliseconds), p99Milliseconds: round(p99Milliseconds) } : {}),
          serverCores: round(serverCpuSeconds / seconds),
          serverMicrosecondsEach: round((serverCpuSeconds / operations) * 1e6),
          clientMicrosecondsEach: round((clientCpuSeconds / operations) * 1e6),
          memoryMegabytes: Math.round(residentMegabytes),
          ...(longestBlock === undefined ? {} : { longestBlockMilliseconds: round(longestBlock) }),
        },
      });
    }
  } finally {
    await server.stop();
  }
  return figures;
}

async function medianOf(rounds: number, endpoint: Endpoint, load: Omit<Load, "endpoint" | "pods">): Promise<LoadResult> {
  const results: LoadResult[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await drive(endpoint, { ...load, action: "delete" });
    results.push(await drive(endpoint, load));
  }
  results.sort((a, b) => a.operations / a.seconds - b.operations / b.seconds);
  return results[rounds >> 1] as LoadResult;
}

/** The API server with its store, over HTTP/2. */
export const throughput: Scenario = {
  measures: [...loads.map(({ name }) => name), "loop-delay-list"],
  run: (contender, directory, wanted) => run(loads, contender, directory, wanted),
};

/** The same over HTTP/1.1, a connection for each request under way. */
export const throughputHttp1: Scenario = {
  measures: overHttp1.map(({ name }) => name),
  run: (contender, directory, wanted) => run(overHttp1, contender, directory, wanted),
};

/** The same of a custom kind, over HTTP/2. */
export const throughputCustom: Scenario = {
  measures: custom.map(({ name }) => name),
  run: (contender, directory, wanted) => run(custom, contender, directory, wanted),
};
