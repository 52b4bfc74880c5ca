import { describe, expect, it } from "vitest";
import type { ConfigMap } from "../api/core/v1.ts";
import { configmaps, pods } from "../api/refs.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { StatusError, serviceUnavailable } from "../machinery/errors.ts";
import { seededRandom } from "../machinery/random.ts";
import type { Informer } from "./informer.ts";
import { createInformerFactory } from "./informer-factory.ts";
import { createMemoryClient } from "./testing/memory-client.ts";
import { recordingLogger } from "./testing/recording-logger.ts";

function configMap(name: string, data: Record<string, string> = {}, namespace = "default"): ConfigMap {
  return { metadata: { namespace, name }, data };
}

function setup() {
  const clock = new VirtualClock();
  const client = createMemoryClient({ clock });
  const logger = recordingLogger();
  const stop = new AbortController();
  const factory = createInformerFactory({ client, clock, logger, random: seededRandom(1), signal: stop.signal });
  const seen: string[] = [];
  const record = (informer: Informer<ConfigMap>) =>
    informer.on({
      add: (object) => seen.push(`add ${object.metadata.name}`),
      update: (object, old) => seen.push(`update ${object.metadata.name} ${JSON.stringify(old.data)} ${JSON.stringify(object.data)}`),
      delete: (object) => seen.push(`delete ${object.metadata.name}`),
    });
  return { clock, client, logger, stop, factory, seen, record };
}

describe("an informer", () => {
  it("lists, follows, and shares what the client gave", async () => {
    const { client, factory, seen, record, stop } = setup();
    const [a] = client.seed(configmaps, configMap("a"));
    const informer = factory.informer(configmaps);
    record(informer);
    expect(informer.synced).toBe(false);
    await factory.whenSynced();
    expect(informer.get("default/a")).toBe(a);
    client.seed(configmaps, configMap("b"), configMap("a", { k: "1" }));
    client.drop(configmaps, "default/b");
    await client.settle();
    expect(seen).toEqual(["add a", "add b", 'update a {} {"k":"1"}', "delete b"]);
    expect(informer.list().map((object) => object.metadata.name)).toEqual(["a"]);
    stop.abort();
    await factory.whenStopped();
    expect(client.faults.openWatches()).toBe(0);
  });

  it("is one for each collection and selection", async () => {
    const { factory, client } = setup();
    expect(factory.informer(configmaps)).toBe(factory.informer(configmaps, { labelSelector: "" }));
    expect(factory.informer(configmaps)).not.toBe(factory.informer(configmaps, { namespace: "kube-system" }));
    client.seed(configmaps, configMap("a"), configMap("s", {}, "kube-system"));
    const system = factory.informer(configmaps, { namespace: "kube-system" });
    await system.whenSynced();
    expect(system.list().map((object) => object.metadata.name)).toEqual(["s"]);
  });

  it("keeps indexes current, also those added late", async () => {
    const { client, factory } = setup();
    client.seed(configmaps, configMap("a", { owner: "x" }), configMap("b", { owner: "x" }, "other"));
    const informer = factory.informer(configmaps);
    await informer.whenSynced();
    informer.addIndex("owner", (object) => (object.data?.owner ? [object.data.owner] : []));
    const names = (value: string) => informer.byIndex("owner", value).map((object) => object.metadata.name);
    expect(names("x")).toEqual(["a", "b"]);
    client.seed(configmaps, configMap("a", { owner: "y" }));
    client.drop(configmaps, "other/b");
    await client.settle();
    expect([names("x"), names("y")]).toEqual([[], ["a"]]);
    expect(informer.list("default")).toHaveLength(1);
    expect(informer.list("other")).toEqual([]);
    expect(() => informer.byIndex("none", "")).toThrow('no index "none" on configmaps');
  });

  it("isolates handlers that throw", async () => {
    const { client, factory, logger, seen, record } = setup();
    const informer = factory.informer(configmaps);
    informer.on({
      add() {
        throw new Error("handler is broken");
      },
    });
    record(informer);
    await informer.whenSynced();
    client.seed(configmaps, configMap("a"));
    await client.settle();
    expect(seen).toEqual(["add a"]);
    expect(logger.lines).toMatchObject([{ level: "error", message: "event handler failed", fields: { resource: "configmaps" } }]);
  });

  it("pauses while it tells of a long list, and tells who comes meanwhile once", async () => {
    const { client, clock, logger, stop, seen, record } = setup();
    let spent = 0;
    const slow = { now: () => clock.now() + spent, setTimeout: clock.setTimeout.bind(clock) };
    const factory = createInformerFactory({ client, clock: slow, logger, random: seededRandom(1), signal: stop.signal });
    client.seed(configmaps, configMap("a"), configMap("b"), configMap("c"));
    const informer = factory.informer(configmaps);
    informer.on({
      add(object) {
        spent += 3;
        seen.push(`slowly ${object.metadata.name}`);
      },
    });
    await client.settle();
    expect(seen.splice(0)).toEqual(["slowly a", "slowly b"]);
    expect(informer.synced).toBe(false);
    record(informer);
    expect(seen.splice(0)).toEqual(["add a", "add b", "add c"]);
    await clock.advance(0);
    await informer.whenSynced();
    expect(seen).toEqual(["slowly c"]);
  });

  it("ends when it is stopped while it tells of a list", async () => {
    const { client, clock, logger, stop } = setup();
    let spent = 0;
    const slow = { now: () => clock.now() + spent, setTimeout: clock.setTimeout.bind(clock) };
    const factory = createInformerFactory({ client, clock: slow, logger, random: seededRandom(1), signal: stop.signal });
    client.seed(configmaps, configMap("a"), configMap("b"));
    const informer = factory.informer(configmaps);
    informer.on({
      add() {
        spent += 9;
      },
    });
    const synced = informer.whenSynced();
    await client.settle();
    stop.abort(new Error("stopped"));
    await expect(synced).rejects.toThrow("stopped");
    await factory.whenStopped();
    expect(logger.lines).toEqual([]);
  });

  it("tells a late handler what is there, and a removed one nothing", async () => {
    const { client, factory, seen, record } = setup();
    client.seed(configmaps, configMap("a"));
    const informer = factory.informer(configmaps);
    await informer.whenSynced();
    const remove = record(informer);
    expect(seen).toEqual(["add a"]);
    remove();
    client.seed(configmaps, configMap("b"));
    await client.settle();
    expect(seen).toEqual(["add a"]);
  });

  it("rejects whenSynced when it is stopped first", async () => {
    const { client, factory, stop } = setup();
    client.faults.fail(503, { verb: "list" }, Infinity);
    const informer = factory.informer(configmaps);
    const synced = informer.whenSynced();
    await client.settle();
    stop.abort(new Error("stopped"));
    await expect(synced).rejects.toThrow("stopped");
    await expect(informer.whenSynced()).rejects.toThrow("stopped");
  });
});

describe("after trouble an informer", () => {
  it("resumes a watch that ended from where it was, without a list", async () => {
    const { client, clock, factory, seen, record } = setup();
    const informer = factory.informer(configmaps);
    record(informer);
    await informer.whenSynced();
    client.seed(configmaps, configMap("a"));
    await client.settle();
    client.faults.dropWatches();
    client.seed(configmaps, configMap("b"));
    await clock.advance(0);
    expect(seen).toEqual(["add a", "add b"]);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["list", "watch", "watch"]);
  });

  it("resumes from the last bookmark", async () => {
    const { client, clock, factory } = setup();
    const informer = factory.informer(pods);
    await informer.whenSynced();
    await client.settle();
    client.seed(configmaps, configMap("unrelated"));
    client.faults.bookmark();
    await client.settle();
    client.faults.compact();
    client.faults.dropWatches();
    await clock.advance(0);
    expect(client.actions.filter(({ verb }) => verb === "list")).toHaveLength(1);
    expect(client.faults.openWatches("pods")).toBe(1);
  });

  it("lists anew on 410 and tells only what differs", async () => {
    const { client, clock, factory, seen, record, logger } = setup();
    client.seed(configmaps, configMap("gone"), configMap("same"), configMap("changed"), configMap("remade"));
    const informer = factory.informer(configmaps);
    record(informer);
    await informer.whenSynced();
    await client.settle();
    seen.length = 0;
    client.faults.stall();
    client.seed(configmaps, configMap("changed", { k: "1" }), configMap("new"));
    client.drop(configmaps, "default/gone");
    client.drop(configmaps, "default/remade");
    client.seed(configmaps, configMap("remade"));
    client.faults.expireWatches();
    await client.settle();
    await clock.advance(1600);
    expect(seen.sort()).toEqual(["add new", "add remade", "delete gone", "delete remade", 'update changed {} {"k":"1"}']);
    expect(logger.lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  it("lists anew at once when a version has grown old, with back-off when lists are of no use", async () => {
    const { client, clock, factory } = setup();
    const informer = factory.informer(configmaps);
    await informer.whenSynced();
    await clock.advance(10_000);
    client.actions.length = 0;
    client.faults.fail(410, { verb: "watch" }, 2);
    client.faults.dropWatches();
    await clock.advance(0);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["watch", "list", "watch"]);
    await clock.advance(1600);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["watch", "list", "watch", "list", "watch"]);
    expect(client.faults.openWatches()).toBe(1);
  });

  it("backs off from 800 ms to 30 s with jitter, and never gives up", async () => {
    const { client, clock, factory } = setup();
    const times: number[] = [];
    const start = clock.now();
    client.faults.before(
      { verb: "list" },
      () => {
        times.push(clock.now() - start);
        throw new StatusError(500, "InternalError", "broken");
      },
      Infinity,
    );
    const informer = factory.informer(configmaps);
    await clock.advance(600_000);
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    for (const [index, gap] of gaps.entries()) {
      const base = Math.min(800 * 2 ** index, 30_000);
      expect(gap).toBeGreaterThanOrEqual(base);
      expect(gap).toBeLessThan(base * 2);
    }
    expect(gaps.length).toBeGreaterThan(10);
    client.faults.heal();
    await clock.advance(60_000);
    expect(informer.synced).toBe(true);
  });

  it("keeps its version while the server is away, and lists anew on errors that waiting can't cure", async () => {
    const { client, clock, factory } = setup();
    const informer = factory.informer(configmaps);
    await informer.whenSynced();
    await client.settle();
    client.faults.fail(serviceUnavailable("connect ECONNREFUSED"), { verb: "watch" }, 3);
    client.faults.dropWatches(undefined, serviceUnavailable("read ECONNRESET"));
    await clock.advance(30_000);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["list", "watch", "watch", "watch", "watch", "watch"]);
    client.actions.length = 0;
    client.faults.dropWatches(undefined, new Error("unexpected token"));
    await clock.advance(60_000);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["list", "watch"]);
  });

  it("does not ask a server that ends every watch at once in a tight loop", async () => {
    const { client, clock, factory } = setup();
    const informer = factory.informer(configmaps);
    await informer.whenSynced();
    await client.settle();
    // Each watch is ended as soon as it is open.
    client.faults.before({ verb: "watch" }, () => void Promise.resolve().then(drop), Infinity);
    const drop = (): unknown => (client.faults.openWatches() > 0 ? client.faults.dropWatches() : Promise.resolve().then(drop));
    client.faults.dropWatches();
    client.actions.length = 0;
    await clock.advance(10_000);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["watch", "watch", "watch"]);
  });
});

describe("objects that come over HTTP", () => {
  it("lose managedFields and get their kind", async () => {
    const { clock, logger, stop } = setup();
    const item = { metadata: { name: "a", namespace: "default", resourceVersion: "1", managedFields: [{ manager: "m" }] } };
    const client = {
      ...createMemoryClient({ clock }),
      list: async () => ({ metadata: { resourceVersion: "1" }, items: [item] }),
      watch: async function* () {
        await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
      },
    };
    const factory = createInformerFactory({ client: client as never, clock, logger, random: seededRandom(1), signal: stop.signal });
    const informer = factory.informer(configmaps);
    await informer.whenSynced();
    expect(informer.get("default/a")).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "default", resourceVersion: "1" },
    });
  });
});
