import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./api-client.ts";
import { benchNamespace } from "./bench-pod.ts";
import { Http2Client } from "./http2-client.ts";
import { figuresOf, type ProcessFigures } from "./process-figures.ts";
import { drive, type Figures, memoryByProcess, pods, prepare, round, type Scenario } from "./scenario.ts";
import type { Server } from "./servers.ts";

const quietSeconds = 60;
/** The last part of the quiet: CPU and disk are measured in it. */
const measuredSeconds = 30;
const watches = 1000;

/** What a server has at the end of a quiet time, and what it used meanwhile, per second. */
interface QuietFigures extends Pick<ProcessFigures, "residentMegabytes" | "peakMegabytes" | "cpuSeconds"> {
  /** To the disk: no more than it dirtied, and no more than it gave to write calls. */
  writtenBytes: number;
}

/** Leaves the server alone. */
export async function inQuiet(server: Server, processes = [...server.processes.values()]): Promise<QuietFigures> {
  await sleep((quietSeconds - measuredSeconds) * 1000);
  const before = figuresOf(processes);
  const begun = performance.now();
  await sleep(measuredSeconds * 1000);
  const after = figuresOf(processes);
  const seconds = (performance.now() - begun) / 1000;
  const { residentMegabytes, peakMegabytes } = after;
  const written = Math.min(after.dirtiedBytes - before.dirtiedBytes, after.givenBytes - before.givenBytes);
  return {
    residentMegabytes,
    peakMegabytes,
    cpuSeconds: (after.cpuSeconds - before.cpuSeconds) / seconds,
    writtenBytes: written / seconds,
  };
}

export const start: Scenario = {
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
    const detail = { best: round(times[0] as number), worst: round(times[4] as number) };
    return new Map([["ready", { value: times[2] as number, unit: "ms", detail }]]);
  },
};

export const idle: Scenario = {
  measures: ["memory-idle", "cpu-idle", "disk-writes-idle"],
  async run(contender, directory) {
    await (await contender.start(directory, "apiserver")).stop();
    const server = await contender.start(directory, "all");
    try {
      const { residentMegabytes, cpuSeconds, writtenBytes } = await inQuiet(server);
      return new Map([
        ["memory-idle", { value: residentMegabytes, unit: "MB", detail: memoryByProcess(server) }],
        ["cpu-idle", { value: 100 * cpuSeconds, unit: "% of a core" }],
        ["disk-writes-idle", { value: writtenBytes, unit: "bytes/s" }],
      ]);
    } finally {
      await server.stop();
    }
  },
};

export const loaded: Scenario = {
  measures: ["memory-5000-pods", "memory-5000-pods-peak", "cpu-idle-5000-pods", "memory-watch"],
  async run(contender, directory, wanted) {
    await (await contender.start(directory, "apiserver")).stop();
    const server = await contender.start(directory, "all");
    try {
      await prepare(server.endpoint);
      await drive(server.endpoint, { action: "create", count: pods, connections: 4, inFlight: 64 });
      const { residentMegabytes, peakMegabytes, cpuSeconds } = await inQuiet(server);
      const figures: Figures = new Map([
        ["memory-5000-pods", { value: residentMegabytes, unit: "MB", detail: memoryByProcess(server) }],
        ["memory-5000-pods-peak", { value: peakMegabytes, unit: "MB" }],
        ["cpu-idle-5000-pods", { value: 100 * cpuSeconds, unit: "% of a core" }],
      ]);
      if (wanted.has("memory-watch")) {
        const megabytes = await memoryOfWatches(server);
        figures.set("memory-watch", { value: (megabytes * 1024) / watches, unit: "KB", detail: { connections: watches } });
      }
      return figures;
    } finally {
      await server.stop();
    }
  },
};

/** What watches take, each over a connection of its own, in megabytes. */
async function memoryOfWatches({ endpoint, processes }: Server): Promise<number> {
  const resident = () => figuresOf([...processes.values()]).residentMegabytes;
  const clients: Http2Client[] = [];
  try {
    const before = resident();
    const path = `/api/v1/namespaces/${benchNamespace}/pods?watch=1&resourceVersion=${await revision(endpoint)}`;
    for (let i = 0; i < watches; i++) {
      const client = await Http2Client.connect(endpoint);
      clients.push(client);
      await client.open(
        path,
        () => {},
        () => {},
      );
    }
    await sleep(5000);
    return resident() - before;
  } finally {
    for (const client of clients) client.close();
  }
}

async function revision(endpoint: Endpoint): Promise<string> {
  const client = await Http2Client.connect(endpoint);
  const { body } = await client.expect("GET", `/api/v1/namespaces/${benchNamespace}/pods?limit=1`, { keepBody: true });
  client.close();
  return JSON.parse(String(body)).metadata.resourceVersion;
}
