/**
 * How fast pods get their nodes, without HTTPS: `node bench/scheduling.ts [memory|lmdb …]`. API server, store and scheduler in this
 * process, 1,000 nodes, the pods created before the scheduler starts, a bind counted when it is durable. One JSON line for each measure.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Pod } from "../src/api/core/v1.ts";
import { namespaces, nodes, pods, serviceaccounts, services } from "../src/api/refs.ts";
import { builtInResources } from "../src/api/registry.ts";
import { rawTables } from "../src/api/tables.ts";
import { createApiServer } from "../src/apiserver/server.ts";
import { testPlatform } from "../src/apiserver/testing/test-server.ts";
import { TypeCatalog } from "../src/apiserver/types.ts";
import type { Client } from "../src/client/client.ts";
import { createInProcessClient } from "../src/client/in-process-client.ts";
import { systemClock as clock, systemRandom as random } from "../src/client/system-clock.ts";
import { type Logger, silentLogger } from "../src/machinery/logger.ts";
import wireOnly from "../src/machinery/meta/wire-only.json" with { type: "json" };
import type { WireOnlyTypes } from "../src/machinery/schema/schema.ts";
import { startScheduler } from "../src/scheduler/scheduler.ts";
import { openLmdbStore } from "../src/storage/lmdb/lmdb-store.ts";
import { createMemoryStore } from "../src/storage/memory/memory-store.ts";
import type { Store } from "../src/storage/store.ts";
import { admitNode, benchNode, nodeCount, type PodFormName, podForms } from "./scheduling-pods.ts";

const verbose: Logger = { ...silentLogger, warn: console.error, error: console.error, child: () => verbose };

async function openStore(kind: string): Promise<{ store: Store; remove(): void }> {
  if (kind === "memory") return { store: createMemoryStore({ clock }), remove: () => undefined };
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "kybern-bench-"));
  return { store: await openLmdbStore({ directory, clock }), remove: () => rmSync(directory, { recursive: true }) };
}

async function inBatches(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i += 200) await Promise.all(Array.from({ length: Math.min(200, count - i) }, (_, j) => work(i + j)));
}

async function prepare(client: Client, count: number, pod: (index: number) => Pod): Promise<void> {
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  await client.create(serviceaccounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } });
  await client.create(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  await inBatches(nodeCount, (i) => client.create(nodes, benchNode(i)));
  await inBatches(nodeCount, (i) => client.patch(nodes, `node-${i}`, { type: "application/merge-patch+json", body: admitNode }));
  await inBatches(count, (i) => client.create(pods, pod(i)));
}

async function measure(kind: string, name: PodFormName): Promise<void> {
  const { count, pod } = podForms[name];
  const { store, remove } = await openStore(kind);
  const server = createApiServer({
    store,
    platform: testPlatform,
    clock,
    random,
    logger: verbose,
    definitions: builtInResources(),
    types: new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes),
    options: {},
  });
  const clientAs = (user: string) =>
    createInProcessClient({ handle: (request) => server.handle(request), identity: { name: user, groups: ["system:masters"] } });
  await prepare(clientAs("admin"), count, pod);
  const stopping = new AbortController();
  let bound = 0;
  let resolveAll: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (resolveAll = resolve));
  const subscription = store.subscribe("/registry/pods/", store.revision, (events) => {
    for (const { entry, previous } of events) {
      if ((entry.value as Pod).spec?.nodeName && !(previous?.value as Pod | undefined)?.spec?.nodeName) bound++;
    }
    if (bound === count) resolveAll();
  });
  globalThis.gc?.();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const scheduler = startScheduler({
    client: clientAs("system:kube-scheduler"),
    clock,
    random,
    logger: silentLogger,
    signal: stopping.signal,
  });
  const giveUp = setTimeout(() => {
    console.error(`${name}: ${bound} of ${count} bound`);
    resolveAll();
  }, 120_000);
  await all;
  clearTimeout(giveUp);
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  delay.disable();
  console.log(
    JSON.stringify({
      benchmark: "scheduling",
      measure: name,
      store: kind,
      nodes: nodeCount,
      pods: bound,
      perSecond: Math.round(bound / seconds),
      cpuMilliseconds: Math.round((used.user + used.system) / 1000),
      longestBlockMilliseconds: Math.round(delay.max / 1e6),
    }),
  );
  subscription.close();
  stopping.abort();
  await scheduler.stop();
  server.close();
  await store.close();
  remove();
}

const asked = process.argv.slice(2);
const kinds = asked.filter((each) => each === "memory" || each === "lmdb");
const names = asked.filter((each): each is PodFormName => each in podForms);
for (const kind of kinds.length > 0 ? kinds : ["memory", "lmdb"]) {
  for (const name of names.length > 0 ? names : (Object.keys(podForms) as PodFormName[])) await measure(kind, name);
}
