import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../machinery/clock.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import { type ConformanceOptions, configMap, describeStore, failure, keyOfConfigMap } from "../conformance.ts";
import type { Entry, Store } from "../store.ts";
import { sampleManagedFields, samplePod } from "../testing/pod-fixture.ts";
import { openTables } from "./database.ts";
import { type LmdbStoreOptions, openLmdbStore } from "./lmdb-store.ts";

describeStore("the LMDB store", { persistent: true, faults: true }, async ({ beforeCommit, ...options }: ConformanceOptions) => {
  const directory = mkdtempSync(join(tmpdir(), "kybern-lmdb-"));
  const open = () => openLmdbStore({ ...options, directory, hooks: { ...(beforeCommit ? { beforeCommit } : {}) } });
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("the LMDB store's file", () => {
  let directory: string;
  let clock: VirtualClock;
  let store: Store | undefined;

  const open = async (options: Partial<LmdbStoreOptions> = {}): Promise<Store> => {
    store = await openLmdbStore({ directory, clock, ...options });
    return store;
  };
  const reopen = async (options: Partial<LmdbStoreOptions> = {}): Promise<Store> => {
    await store?.close();
    return open(options);
  };
  /** How many states the log on disk has; the store is closed for it. */
  const recordsOnDisk = async (): Promise<number> => {
    await store?.close();
    const tables = await openTables(directory);
    const count = tables.log.getKeysCount({});
    await tables.root.close();
    return count;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "kybern-lmdb-"));
    clock = new VirtualClock();
  });

  afterEach(async () => {
    await store?.close();
    store = undefined;
    rmSync(directory, { recursive: true });
  });

  it("is for one store at a time", async () => {
    await open();
    expect(await failure(() => openLmdbStore({ directory, clock }))).toEqual(
      new Error(`the data directory ${directory} is in use by this process (pid ${process.pid})`),
    );
    await reopen();
  });

  it("counts encoded bytes off again, however many states there were", async () => {
    const store = await open();
    const key = keyOfConfigMap("a");
    let revision = 0;
    for (let round = 0; round < 50; round++) revision = (await store.put(key, revision, configMap("a", `round ${round}`))).revision;
    const entry = store.root().get(key) as Entry;
    const { length } = entry.json();
    const kept = store.stats().bytes;
    entry.letGo();
    expect(kept - store.stats().bytes).toBe(length);
    expect(text(entry.json())).toContain("round 49");
    expect(store.stats().bytes).toBe(kept);
    store.releaseEncodings();
    expect(kept - store.stats().bytes).toBe(length);
  });

  it("knows how large its states are, before and after a restart", async () => {
    const key = keyOfConfigMap("a");
    const entry = await (await open()).put(key, 0, configMap("a", "text"), '[{"manager":"me"}]');
    const { length } = entry.json();
    expect(entry.storedSize).toBe(length);
    await reopen();
    expect((store as Store).root().get(key)?.storedSize).toBe(length);
  });

  it("keeps objects of any name, half surrogate pairs too", async () => {
    const store = await open();
    for (const name of ["é", "x𝄞", "\ud800é", "\ud800\ud800", "𝄞\udc00"]) {
      const entry = await store.put(keyOfConfigMap(name), 0, configMap(name, `${name}!`));
      entry.letGo();
      expect(JSON.parse(text(entry.json()))).toEqual(entry.value);
    }
    await reopen();
    const names = [...(store as Store).root().range("/registry/configmaps/")];
    expect(names).toHaveLength(5);
  });

  it("leaves bytes alone that somebody has before they are on disk", async () => {
    const store = await open();
    const key = keyOfConfigMap("a");
    const writing = store.put(key, 0, configMap("a", "1"));
    const bytes = store.latest(key)?.json() as Uint8Array;
    const entry = await writing;
    entry.letGo();
    expect(JSON.parse(text(bytes))).toEqual(entry.value);
  });

  it("is refused while another process has it, and taken over when that one is dead", async () => {
    const other = spawn("sleep", ["60"]);
    const stat = readFileSync(`/proc/${other.pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const holder = JSON.stringify({ pid: other.pid, started: `${boot} ${started}` });
    writeFileSync(join(directory, "lock"), holder);
    expect(await failure(() => openLmdbStore({ directory, clock }))).toEqual(
      new Error(`the data directory ${directory} is in use by another process (pid ${other.pid})`),
    );
    const ended = new Promise((resolve) => other.once("exit", resolve));
    other.kill("SIGKILL");
    await ended;
    await open();
    await reopen();
  });

  it("takes a lock over whose pid belongs to a later process, or that makes no sense", async () => {
    writeFileSync(join(directory, "lock"), JSON.stringify({ pid: process.pid, started: "an earlier boot 17" }));
    await open();
    await store?.close();
    writeFileSync(join(directory, "lock"), '{"pi');
    await open();
  });

  it("has each state whole, whatever of it was taken over from the one before", async () => {
    const before = await open();
    const managed = sampleManagedFields();
    const key = "/registry/pods/default/a";
    const first = samplePod("default", "a");
    const { spec, status } = await before.put(key, 0, first, managed).then(({ value }) => value);
    const states: AnyObject[] = [
      { ...first, metadata: { ...first.metadata, annotations: { note: "höher" } } },
      // Neither number fits into one of JavaScript, nor ends there what was taken over.
      { ...first, metadata: { ...first.metadata, generation: (2n ** 60n) as unknown as number } },
      { ...first, metadata: { ...first.metadata, labels: { a: "b" } } },
      { ...first, spec: { ...(spec as object), priority: 2n ** 61n }, status },
      { ...first, spec: { ...(spec as object), priority: 2n ** 61n }, metadata: { ...first.metadata, labels: {} } },
      { metadata: first.metadata, status, spec, kind: first.kind, apiVersion: first.apiVersion },
      { ...first, status: { phase: "Failed" } },
    ];
    const told: [AnyObject, string | undefined][] = [];
    let entry = before.latest(key);
    for (const [index, state] of states.entries()) {
      // Parts that are the same are shared, as updates share them.
      const shared = Object.fromEntries(
        Object.entries(state).map(([name, part]) => [name, deepEqual(part, entry?.value[name]) ? entry?.value[name] : part]),
      );
      shared.metadata = { ...state.metadata };
      entry = await before.put(key, entry?.revision ?? 0, shared as AnyObject, index % 2 ? undefined : managed);
      told.push([{ ...state, metadata: { ...state.metadata, resourceVersion: String(entry.revision) } }, entry.managedFields]);
      const parsed = JSON.parse(text(entry.json()), (_, value, { source = "" } = {}) =>
        /^\d{17,}$/.test(source) ? BigInt(source) : value,
      );
      delete parsed.metadata.managedFields;
      expect(parsed).toEqual(told.at(-1)?.[0]);
      expect(JSON.parse(text(entry.jsonWithoutHeader())).kind).toBeUndefined();
    }
    const after = await reopen();
    const found = states.map((_, index) => after.rootAt((entry?.revision ?? 0) - states.length + 1 + index).get(key));
    expect(found.map((one) => [one?.value, one?.managedFields])).toEqual(told);
  });

  it("brings custom objects of the first format to where upstream has them", async () => {
    const managed = sampleManagedFields();
    const before = await open();
    const definition = { ...configMap("widgets.example.com", "1"), kind: "CustomResourceDefinition" };
    await before.put("/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com", 0, definition);
    const { revision } = await before.put("/registry/widgets.example.com/default/a", 0, configMap("a", "1"), managed);
    await before.put("/registry/widgets.example.com/default/a", revision, configMap("a", "2"), managed);
    await before.put("/registry/widgets.example.com/default/gone", 0, configMap("gone", "1"));
    await before.remove("/registry/widgets.example.com/default/gone", before.revision);
    await before.put(keyOfConfigMap("b"), 0, configMap("b", "1"));
    await before.close();
    const tables = await openTables(directory);
    await tables.meta.put("format", 1);
    await tables.root.close();

    const after = await open();
    const prefix = "/registry/example.com/widgets/";
    const found = [...after.root().range(prefix)];
    expect(found.map(({ key, value, managedFields }) => [key, value.data, managedFields])).toEqual([
      [`${prefix}default/a`, configMap("a", "2").data, managed],
    ]);
    expect([...after.root().range("/registry/widgets.example.com/")]).toEqual([]);
    expect(after.root().get(keyOfConfigMap("b"))?.value.data).toEqual(configMap("b", "1").data);
    const seen: string[] = [];
    after.subscribe(prefix, revision - 1, (events) => seen.push(...events.map(({ type, key }) => `${type} ${key}`)));
    expect(seen).toEqual([
      `ADDED ${prefix}default/a`,
      `MODIFIED ${prefix}default/a`,
      `ADDED ${prefix}default/gone`,
      `DELETED ${prefix}default/gone`,
    ]);
    await reopen();
    expect([...(store as Store).root().range(prefix)]).toHaveLength(1);
  });

  it("is refused when it has a newer format, and stays as it is", async () => {
    await open();
    await store?.close();
    const tables = await openTables(directory);
    await tables.meta.put("format", 3);
    await tables.root.close();
    expect(await failure(() => openLmdbStore({ directory, clock }))).toEqual(
      new Error(
        `the data in ${directory} has format 3, and this version of kybern knows formats up to 2: ` +
          "use the version that wrote it, or another data directory",
      ),
    );
    expect(await failure(() => readFileSync(join(directory, "lock")))).toMatchObject({ code: "ENOENT" });
  });

  it("is not written while the store is idle, also when history expires", async () => {
    const idle = await open();
    await idle.put(keyOfConfigMap("a"), 0, configMap("a", "1"));
    await idle.put(keyOfConfigMap("a"), idle.revision, configMap("a", "2"));
    const file = join(directory, "data.mdb");
    const before = { content: readFileSync(file), modified: statSync(file, { bigint: true }).mtimeNs };
    await clock.advance(3_600_000);
    expect(idle.stats().events).toBe(0);
    await idle.close();
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(before.modified);
    expect(readFileSync(file).equals(before.content)).toBe(true);
  });

  it("loses the states that are forgotten with the next write", async () => {
    const used = await open();
    const key = keyOfConfigMap("a");
    for (let i = 0; i < 20; i++) await used.put(key, used.latest(key)?.revision ?? 0, configMap("a", String(i)));
    await used.put(keyOfConfigMap("gone"), 0, configMap("gone", "1"));
    await used.remove(keyOfConfigMap("gone"), used.revision);
    used.compact(used.revision);
    await used.put(keyOfConfigMap("b"), 0, configMap("b", "1"));
    expect(await recordsOnDisk()).toBe(2);
    const again = await open();
    expect([...again.root().range("/")].map((entry) => (entry.value.data as { value: string }).value)).toEqual(["19", "1"]);
  });

  it("goes on with a removal that a crash cut in two", async () => {
    const used = await open();
    const key = keyOfConfigMap("a");
    const writes = Array.from({ length: 2500 }, (_, i) => used.put(key, used.latest(key)?.revision ?? 0, configMap("a", String(i))));
    await Promise.all(writes);
    used.compact(used.revision);
    await used.put(keyOfConfigMap("b"), 0, configMap("b", "1"));
    expect(await recordsOnDisk()).toBe(2 + 499);
    await (await open()).put(keyOfConfigMap("b"), used.revision, configMap("b", "2"));
    expect(await recordsOnDisk()).toBe(3);
  });

  it("gives states up to readers that still hold them after they are gone from it", async () => {
    const key = keyOfConfigMap("a");
    const first = await open();
    await first.put(key, 0, configMap("a", "1"), "[]");
    const again = await reopen();
    const held = again.root();
    await again.put(key, again.revision, configMap("a", "2"));
    again.compact(again.revision);
    await again.put(key, again.revision, configMap("a", "3"));
    await again.close();
    const entry = held.get(key);
    expect(entry?.value.data).toEqual({ value: "1" });
    expect(entry?.managedFields).toBe("[]");
  });

  it("gives each reader bytes of its own", async () => {
    const keys = ["a", "b"].map((name) => keyOfConfigMap(name));
    const first = await open();
    for (const key of keys) await first.put(key, 0, configMap(key.endsWith("a") ? "a" : "b", key), "[]");
    const again = await reopen();
    const [one, other] = keys.map((key) => again.root().get(key));
    const bytes = one?.json();
    const text = Buffer.from(bytes as Uint8Array).toString();
    other?.json();
    expect(Buffer.from(bytes as Uint8Array).toString()).toBe(text);
    expect(JSON.parse(text).metadata.name).toBe("a");
  });

  it("takes a batch back whose sync failed though it may be on disk", async () => {
    let fail = false;
    const hooks = {
      afterCommit() {
        if (fail) throw new Error("sync failed");
      },
    };
    const used = await open({ hooks });
    const [a, b, c] = ["a", "b", "c"].map(keyOfConfigMap) as [string, string, string];
    await used.put(a, 0, configMap("a", "1"));
    const kept = await used.put(b, 0, configMap("b", "1"));
    const { revision } = used;
    fail = true;
    const failed = [
      used.put(a, used.latest(a)?.revision ?? 0, configMap("a", "2")),
      used.remove(b, kept.revision),
      used.put(c, 0, configMap("c", "1")),
    ];
    for (const write of failed) {
      expect(await failure(() => write)).toMatchObject({
        code: 503,
        message: `the data directory ${directory} can't be written: sync failed`,
      });
    }
    fail = false;
    expect(used.revision).toBe(revision);
    await used.put(keyOfConfigMap("d"), 0, configMap("d", "1"));
    const again = await reopen();
    const contents = [...again.root().range("/")].map((entry) => [
      entry.value.metadata.name,
      (entry.value.data as { value: string }).value,
    ]);
    expect(contents).toEqual([
      ["a", "1"],
      ["b", "1"],
      ["d", "1"],
    ]);
    const seen: string[] = [];
    again.subscribe("/", revision, (events) => seen.push(...events.map((event) => `${event.type} ${event.entry.value.metadata.name}`)));
    expect(seen).toEqual(["ADDED d"]);
  });

  it("holds little more than the objects' JSON", async () => {
    const used = await open();
    const managedFields = sampleManagedFields();
    let bytes = 0;
    const writes = Array.from({ length: 1000 }, (_, i) =>
      used.put(`/registry/pods/default/pod-${i}`, 0, samplePod("default", `pod-${i}`, i), managedFields),
    );
    for (const entry of await Promise.all(writes)) bytes += entry.json().length;
    await used.close();
    const tables = await openTables(directory);
    const { lastPageNumber, pageSize } = tables.root.getStats() as { lastPageNumber: number; pageSize: number };
    await tables.root.close();
    expect((lastPageNumber * pageSize) / bytes).toBeLessThan(1.25);
  });
});
