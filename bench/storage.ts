/**
 * Micro-benchmarks of the stores: `node bench/storage.ts [memory|lmdb …]`. One JSON line for each measure.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../src/machinery/clock.ts";
import { openLmdbStore } from "../src/storage/lmdb/lmdb-store.ts";
import { createMemoryStore } from "../src/storage/memory/memory-store.ts";
import type { Store } from "../src/storage/store.ts";
import { sampleManagedFields, samplePod } from "../src/storage/testing/pod-fixture.ts";

const clock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, delay) {
    const timer = setTimeout(callback, delay);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
const managedFields = sampleManagedFields();
const podText = JSON.stringify(samplePod("default", "pod"));
const prefix = "/registry/pods/default/";

function report(measure: string, fields: Record<string, unknown>): void {
  console.log(JSON.stringify({ benchmark: "storage", measure, ...fields }));
}

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
const megabytes = (bytes: number): number => round(bytes / 1024 / 1024);

/** A pod as a request brings it: parsed anew. */
function pod(name: string) {
  const value = JSON.parse(podText);
  value.metadata.name = name;
  return value;
}

async function withStores(
  kind: string,
  use: (store: Store, reopen: () => Promise<Store>, directory: string) => Promise<void>,
): Promise<void> {
  if (kind === "memory") {
    const store = createMemoryStore({ clock });
    await use(store, async () => store, "");
    await store.close();
    return;
  }
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "kybern-bench-"));
  let store = await openLmdbStore({ directory, clock });
  try {
    const reopen = async () => {
      await store.close();
      store = await openLmdbStore({ directory, clock });
      return store;
    };
    await use(store, reopen, directory);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

async function puts(kind: string, writers: number, seconds: number): Promise<void> {
  await withStores(kind, async (store) => {
    let writes = 0;
    const start = performance.now();
    const end = start + seconds * 1000;
    let worst = 0;
    const writer = async (id: number) => {
      for (let i = 0; performance.now() < end; i++) {
        const name = `pod-${id}-${i}`;
        const begun = performance.now();
        await store.put(prefix + name, 0, pod(name), managedFields);
        worst = Math.max(worst, performance.now() - begun);
        writes++;
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, id) => writer(id)));
    const elapsed = (performance.now() - start) / 1000;
    report("put", { store: kind, writers, perSecond: Math.round(writes / elapsed), worstMilliseconds: round(worst) });
  });
}

async function ranges(): Promise<void> {
  await withStores("memory", async (store) => {
    for (let i = 0; i < 5000; i++) await store.put(`${prefix}pod-${i}`, 0, pod(`pod-${i}`), managedFields);
    const time = (measure: string, action: () => number) => {
      for (let i = 0; i < 20; i++) action();
      const start = performance.now();
      let total = 0;
      for (let i = 0; i < 200; i++) total += action();
      report(measure, { entries: 5000, microseconds: round(((performance.now() - start) / 200) * 1000), check: total / 200 });
    };
    time("range", () => {
      let found = 0;
      for (const entry of store.root().range(prefix)) found += entry.revision > 0 ? 1 : 0;
      return found;
    });
    time("count", () => store.root().count(prefix));
    time("range with JSON", () => {
      let bytes = 0;
      for (const entry of store.root().range(prefix)) bytes += entry.jsonWithoutHeader().length;
      return bytes;
    });
    let key = 0;
    time("get ×5000", () => {
      let found = 0;
      for (let i = 0; i < 5000; i++) {
        key = (key + 7919) % 5000;
        if (store.root().get(`${prefix}pod-${key}`)) found++;
      }
      return found;
    });
  });
}

async function fanOut(): Promise<void> {
  await withStores("memory", async (store) => {
    let seen = 0;
    for (let i = 0; i < 1000; i++) store.subscribe(prefix, store.revision, (events) => (seen += events.length));
    for (let i = 0; i < 5000; i++) store.subscribe(`/registry/secrets/namespace-${i}/`, store.revision, () => {});
    const values = Array.from({ length: 2000 }, (_, i) => pod(`pod-${i}`));
    const start = performance.now();
    for (let i = 0; i < values.length; i++) await store.put(`${prefix}pod-${i}`, 0, values[i], managedFields);
    const elapsed = (performance.now() - start) / 1000;
    report("fan-out", { subscribers: 1000, others: 5000, deliveriesPerSecond: Math.round(seen / elapsed) });
  });
}

async function load(): Promise<void> {
  await withStores("lmdb", async (store, reopen, directory) => {
    const count = 20_000;
    for (let i = 0; i < count; i += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, j) => store.put(`/registry/pods/ns-${j % 50}/pod-${i + j}`, 0, pod(`pod-${i + j}`), managedFields)),
      );
    }
    store.compact(store.revision);
    await store.put("/registry/nodes/last", 0, pod("last"));
    await store.close();
    const file = statSync(join(directory, "data.mdb")).size;
    globalThis.gc?.();
    const before = process.memoryUsage();
    const start = performance.now();
    const again = await reopen();
    const opened = performance.now();
    globalThis.gc?.();
    const after = process.memoryUsage();
    let bytes = 0;
    const jsonStart = performance.now();
    for (const entry of again.root().range("")) bytes += entry.json().length;
    const jsonEnd = performance.now();
    let values = 0;
    for (const entry of again.root().range("")) values += entry.value === undefined ? 0 : 1;
    report("load", {
      objects: count,
      milliseconds: round(opened - start),
      heapMegabytes: megabytes(after.heapUsed + after.external - before.heapUsed - before.external),
      residentMegabytes: megabytes(after.rss - before.rss),
      jsonMilliseconds: round(jsonEnd - jsonStart),
      jsonMegabytes: megabytes(bytes),
      parseMilliseconds: round(performance.now() - jsonEnd),
      fileMegabytes: megabytes(file),
      fileBytesPerObject: Math.round(file / count),
      jsonBytesPerObject: Math.round(bytes / values),
    });
  });
}

/** Objects that are overwritten far beyond what the history holds: the first and the last part of it take the same, and the same room. */
async function sustained(): Promise<void> {
  const [objects, inFlight, part] = [5000, 24, 25_000];
  await withStores("lmdb", async (store, _reopen, directory) => {
    const names = Array.from({ length: objects }, (_, i) => `pod-${i}`);
    const overwrite = async (name: string, round: number) => {
      const key = prefix + name;
      const { revision, value } = store.latest(key) ?? { revision: 0, value: pod(name) };
      const metadata = { ...value.metadata, annotations: { round: String(round) } };
      await store.put(key, revision, { ...value, metadata }, managedFields);
    };
    for (let written = 0; written < 5 * part; written += part) {
      const start = performance.now();
      for (let i = written; i < written + part; i += inFlight) {
        await Promise.all(Array.from({ length: inFlight }, (_, j) => overwrite(names[((i + j) * 7919) % objects] as string, i + j)));
      }
      const perSecond = Math.round((part / (performance.now() - start)) * 1000);
      report("sustained", { from: written, perSecond, fileMegabytes: megabytes(statSync(join(directory, "data.mdb")).size) });
    }
  });
}

const kinds = process.argv.slice(2).filter((each) => each === "memory" || each === "lmdb");
for (const kind of kinds.length > 0 ? kinds : ["memory", "lmdb"]) {
  for (const writers of [1, 16, 64]) await puts(kind, writers, 2);
}
await ranges();
await fanOut();
await load();
await sustained();
