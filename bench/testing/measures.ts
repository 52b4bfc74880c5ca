/** The measures of `kybern/testing`, each made in a process of its own by `measure.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "../scenario.ts";

type Testing = typeof import("../../src/testing/index.ts");
type ClientEntry = typeof import("../../src/client/index.ts");

const entry = (name: string) => new URL(`../../dist/${name}.js`, import.meta.url).href;

const load = async (): Promise<Testing & Pick<ClientEntry, "configmaps" | "jobs" | "namespaces" | "pods">> => {
  const [testing, client] = await Promise.all([import(entry("testing")), import(entry("client"))]);
  return { ...client, ...testing };
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Bytes that are in use after everything that could go has gone. */
async function heap(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await sleep(20);
  }
  return process.memoryUsage().heapUsed;
}

const resident = () => Math.round(process.memoryUsage.rss() / 1e6);
const configMap = (namespace: string, index: number) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: `c-${index}`, namespace },
  data: { key: `value ${index}` },
});

export const measures: Readonly<Record<string, () => Promise<Figure>>> = {
  /** From nothing loaded to `startCluster` at hand. */
  import: async () => ({ value: await timed(() => import(entry("testing"))), unit: "ms" }),

  /** `startCluster()` to the first answer: the first of a process, and one later. */
  start: async () => {
    const { startCluster, namespaces } = await load();
    const times: number[] = [];
    for (let round = 0; round < 8; round++) {
      const begun = performance.now();
      const cluster = await startCluster();
      await cluster.client.get(namespaces, "default");
      times.push(performance.now() - begun);
      await cluster.stop();
    }
    const [first = 0, ...later] = times;
    later.sort((a, b) => a - b);
    return { value: later[Math.floor(later.length / 2)] ?? first, unit: "ms", detail: { firstMilliseconds: Math.round(first) } };
  },

  /** A hundred clusters in one process, all alive. */
  "hundred-clusters": async () => {
    const { startCluster } = await load();
    await (await startCluster()).stop();
    const before = await heap();
    const clusters: Awaited<ReturnType<typeof startCluster>>[] = [];
    const total = await timed(async () => {
      for (let index = 0; index < 100; index++) clusters.push(await startCluster());
    });
    const each = ((await heap()) - before) / 100;
    await Promise.all(clusters.splice(0).map((cluster) => cluster.stop()));
    return {
      value: each / 1e6,
      unit: "MB each",
      detail: { millisecondsEach: Math.round(total / 100), leftAfterStopMegabytes: ((await heap()) - before) / 1e6 },
    };
  },

  "create-1000": async () => {
    const { startCluster, configmaps } = await load();
    await using cluster = await startCluster({ controllers: "none" });
    const total = await timed(async () => {
      for (let index = 0; index < 1000; index++) await cluster.client.create(configmaps, configMap("default", index));
    });
    return { value: total, unit: "ms" };
  },

  "delete-namespace-1000": async () => {
    const { startCluster, configmaps, namespaces } = await load();
    await using cluster = await startCluster({ controllers: "lifecycle" });
    await cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: { name: full }");
    for (let index = 0; index < 1000; index++) await cluster.client.create(configmaps, configMap("full", index));
    const total = await timed(async () => {
      await cluster.client.delete(namespaces, "full");
      await cluster.until("namespace/full", "deleted");
    });
    return { value: total, unit: "ms" };
  },

  /** A cluster with 10,000 objects copied, until the copy has answered. */
  "fork-10000": async () => {
    const { startCluster, configmaps } = await load();
    await using cluster = await startCluster();
    for (let index = 0; index < 10_000; index++) await cluster.client.create(configmaps, configMap("default", index));
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const begun = performance.now();
      const copy = cluster.fork();
      await copy.client.get(configmaps, "c-9999");
      times.push(performance.now() - begun);
      await copy.stop();
    }
    const [first = 0, ...later] = times;
    return { value: first, unit: "ms", detail: { laterMilliseconds: later.map((time) => Number(time.toPrecision(2))) } };
  },

  /** 24 hours of 200 hourly cron jobs on three nodes. */
  "cron-24h": async () => {
    const { startCluster, jobs } = await load();
    await using cluster = await startCluster({ nodes: 3 });
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    for (let index = 0; index < 200; index++) {
      await cluster.apply({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: `hourly-${index}` },
        spec: { schedule: `${index % 60} * * * *`, jobTemplate: { spec: { template } } },
      });
    }
    const total = await timed(() => cluster.advance("24h"));
    const { items } = await cluster.client.list(jobs);
    return { value: total / 1000, unit: "s", detail: { jobsKept: items.length, residentMegabytes: resident() } };
  },

  /** 5,000 nodes and 50,000 pods, until all run. */
  "simulate-5000-nodes": async () => {
    const { startCluster, pods } = await load();
    const begun = performance.now();
    await using cluster = await startCluster({ nodes: 5000 });
    const nodes = performance.now() - begun;
    const total = await timed(async () => {
      for (let index = 0; index < 50; index++) {
        const labels = { app: `app-${index}` };
        await cluster.apply({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: `app-${index}` },
          spec: {
            replicas: 1000,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
          },
        });
      }
      for (let index = 0; index < 50; index++) await cluster.until(`deployment/app-${index}`, "available", { timeout: "2h" });
    });
    const { items } = await cluster.client.list(pods, { shared: true });
    const running = items.filter(({ status }) => status?.phase === "Running").length;
    return { value: total / 1000, unit: "s", detail: { running, nodesSeconds: Math.round(nodes / 1000), residentMegabytes: resident() } };
  },
};
