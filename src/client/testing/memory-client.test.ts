import { describe, expect, it } from "vitest";
import { configmaps, deployments, namespaces, nodes, pods } from "../../api/refs.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import type { WatchEvent } from "../client.ts";
import { createMemoryClient } from "./memory-client.ts";

const clock = () => new VirtualClock(Date.UTC(2026, 0, 1));

function configMap(name: string, data: Record<string, string> = {}, labels?: Record<string, string>) {
  return { metadata: { namespace: "default", name, ...(labels ? { labels } : {}) }, data };
}

async function collect<T>(watch: AsyncIterable<WatchEvent<T>>, into: string[]): Promise<void> {
  try {
    for await (const event of watch) {
      const { metadata } = event.object as { metadata: { name?: string; resourceVersion?: string } };
      into.push(`${event.type} ${metadata.name ?? "-"} ${metadata.resourceVersion}`);
    }
    into.push("end");
  } catch (error) {
    into.push((error as Error).message);
  }
}

describe("writes", () => {
  it("creates with uid, time and version, frozen", async () => {
    const client = createMemoryClient({ clock: clock() });
    const created = await client.create(configmaps, configMap("a"));
    expect(created).toMatchObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { creationTimestamp: "2026-01-01T00:00:00Z", resourceVersion: "2" },
    });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.isFrozen(created.data)).toBe(true);
    await expect(client.create(configmaps, configMap("a"))).rejects.toThrow('configmaps "a" already exists');
    await expect(client.get(configmaps, "b", { namespace: "default" })).rejects.toThrow('configmaps "b" not found');
  });

  it("makes names from generateName", async () => {
    const client = createMemoryClient({ clock: clock() });
    const created = await client.create(configmaps, { metadata: { namespace: "default", generateName: "web-" } });
    expect(created.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("refuses updates of an old version and keeps the version when nothing changes", async () => {
    const client = createMemoryClient({ clock: clock() });
    const first = await client.create(configmaps, configMap("a"));
    const second = await client.update(configmaps, { ...first, data: { k: "1" } });
    expect(second.metadata.resourceVersion).toBe("3");
    await expect(client.update(configmaps, { ...first, data: { k: "2" } })).rejects.toThrow(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect(await client.update(configmaps, second)).toBe(second);
  });

  it("keeps status and spec apart and counts generations", async () => {
    const client = createMemoryClient({ clock: clock() });
    const sent = { metadata: { namespace: "default", name: "web" }, spec: { replicas: 1 }, status: { replicas: 7 } };
    const created = await client.create(deployments, sent as never);
    expect([created.metadata.generation, created.status]).toEqual([1, undefined]);
    const withStatus = await client.update(
      deployments,
      { ...created, spec: { ...created.spec, replicas: 9 } as never, status: { replicas: 1 } },
      { subresource: "status" },
    );
    expect([withStatus.spec?.replicas, withStatus.status?.replicas, withStatus.metadata.generation]).toEqual([1, 1, 1]);
    const scaled = await client.patch(
      deployments,
      "web",
      { type: "application/merge-patch+json", body: { spec: { replicas: 3 } } },
      { namespace: "default", subresource: "scale" },
    );
    expect(scaled).toMatchObject({ kind: "Scale", spec: { replicas: 3 }, status: { replicas: 1 } });
    const now = client.peek(deployments, "default/web");
    expect([now?.spec?.replicas, now?.status?.replicas, now?.metadata.generation]).toEqual([3, 1, 2]);
  });

  it("merges lists by key in strategic patches", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(nodes, {
      metadata: { name: "n" },
      status: { conditions: [condition("Ready", "True"), condition("DiskPressure", "False")] },
    });
    const patched = await client.patch(
      nodes,
      "n",
      { type: "application/strategic-merge-patch+json", body: { status: { conditions: [condition("Ready", "False")] } } },
      { subresource: "status" },
    );
    expect(patched.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual(["Ready=False", "DiskPressure=False"]);
  });

  it("applies JSON patches", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(configmaps, configMap("a", { x: "1" }));
    const body = [
      { op: "add", path: "/data/y~1z", value: "2" },
      { op: "remove", path: "/data/x" },
    ];
    const patched = await client.patch(configmaps, "a", { type: "application/json-patch+json", body }, { namespace: "default" });
    expect(patched.data).toEqual({ "y/z": "2" });
  });

  it("binds a pod once", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(pods, { metadata: { namespace: "default", name: "p" }, spec: { containers: [] } });
    const binding = { metadata: { namespace: "default", name: "p" }, target: { kind: "Node", name: "n1" } };
    await client.post(pods, "p", "binding", binding, { namespace: "default" });
    expect(client.peek(pods, "default/p")).toMatchObject({
      spec: { nodeName: "n1" },
      status: { conditions: [{ type: "PodScheduled", status: "True" }] },
    });
    await expect(client.post(pods, "p", "binding", binding, { namespace: "default" })).rejects.toThrow(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    );
  });
});

function condition(type: string, status: string) {
  return { type, status };
}

describe("deletes", () => {
  it("waits for finalizers", async () => {
    const client = createMemoryClient({ clock: clock() });
    const created = await client.create(configmaps, { metadata: { namespace: "default", name: "a", finalizers: ["x/y"] } });
    await client.delete(configmaps, "a", { namespace: "default" });
    const held = client.peek(configmaps, "default/a");
    expect(held?.metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
    await client.update(configmaps, { ...held, metadata: { ...held?.metadata, finalizers: [] } } as typeof created);
    expect(client.peek(configmaps, "default/a")).toBeUndefined();
  });

  it("gives running pods their grace period, to be confirmed with 0", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(
      pods,
      { metadata: { namespace: "default", name: "bound" }, spec: { containers: [], nodeName: "n" } },
      { metadata: { namespace: "default", name: "unbound" }, spec: { containers: [] } },
    );
    await client.delete(pods, "bound", { namespace: "default" });
    await client.delete(pods, "unbound", { namespace: "default" });
    expect(client.peekAll(pods).map(({ metadata }) => [metadata.name, metadata.deletionTimestamp])).toEqual([
      ["bound", "2026-01-01T00:00:30Z"],
    ]);
    await client.delete(pods, "bound", { namespace: "default", gracePeriodSeconds: 0 });
    expect(client.peekAll(pods)).toEqual([]);
  });

  it("checks preconditions and marks propagation", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(configmaps, { metadata: { namespace: "default", name: "a", uid: "u1" } });
    await expect(client.delete(configmaps, "a", { namespace: "default", preconditions: { uid: "u2" } })).rejects.toThrow(
      'Operation cannot be fulfilled on configmaps "a": Precondition failed: UID in precondition: u2, UID in object meta: u1',
    );
    await client.delete(configmaps, "a", { namespace: "default", propagationPolicy: "Foreground" });
    expect(client.peek(configmaps, "default/a")?.metadata.finalizers).toEqual(["foregroundDeletion"]);
  });

  it("lets nothing new into a namespace that goes away", async () => {
    const client = createMemoryClient({ clock: clock() });
    await client.create(namespaces, { metadata: { name: "ns" } });
    await client.delete(namespaces, "ns");
    const going = client.peek(namespaces, "ns");
    expect(going).toMatchObject({ status: { phase: "Terminating" }, spec: { finalizers: ["kubernetes"] } });
    await expect(client.create(configmaps, { metadata: { namespace: "ns", name: "a" } })).rejects.toThrow(
      'configmaps "a" is forbidden: unable to create new content in namespace ns because it is being terminated',
    );
    await client.update(namespaces, { ...going, spec: {} } as NonNullable<typeof going>, { subresource: "finalize" });
    expect(client.peek(namespaces, "ns")).toBeUndefined();
  });
});

describe("lists", () => {
  it("selects, orders and pages", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(
      configmaps,
      configMap("c", {}, { app: "web" }),
      configMap("a", {}, { app: "web", tier: "x" }),
      configMap("b", {}, { app: "db" }),
    );
    const names = async (options: object) => (await client.list(configmaps, options)).items.map(({ metadata }) => metadata.name);
    expect(await names({})).toEqual(["a", "b", "c"]);
    expect(await names({ labelSelector: "app=web" })).toEqual(["a", "c"]);
    expect(await names({ labelSelector: "app in (web,db),!tier" })).toEqual(["b", "c"]);
    expect(await names({ labelSelector: "app!=web" })).toEqual(["b"]);
    expect(await names({ fieldSelector: "metadata.name=b" })).toEqual(["b"]);
    expect(await names({ namespace: "other" })).toEqual([]);
    const page = await client.list(configmaps, { limit: 2 });
    expect(page.metadata.remainingItemCount).toBe(1);
    expect(await names({ limit: 2, continue: page.metadata.continue })).toEqual(["c"]);
  });
});

describe("watches", () => {
  it("tells what comes after a version, and what enters and leaves a selection", async () => {
    const client = createMemoryClient({ clock: clock() });
    const a = await client.create(configmaps, configMap("a"));
    const seen: string[] = [];
    const selected: string[] = [];
    const stop = new AbortController();
    const done = [
      collect(client.watch(configmaps, { resourceVersion: a.metadata.resourceVersion, signal: stop.signal }), seen),
      collect(client.watch(configmaps, { labelSelector: "on", signal: stop.signal }), selected),
    ];
    await client.settle();
    const b = await client.create(configmaps, configMap("b"));
    const on = await client.update(configmaps, { ...b, metadata: { ...b.metadata, labels: { on: "1" } } });
    const { resourceVersion: _, ...metadata } = on.metadata;
    await client.update(configmaps, { ...b, metadata: { ...metadata, labels: {} } });
    await client.delete(configmaps, "a", { namespace: "default" });
    client.faults.bookmark();
    await client.settle();
    stop.abort();
    await Promise.all(done);
    expect(seen).toEqual(["ADDED b 3", "MODIFIED b 4", "MODIFIED b 5", "DELETED a 6", "BOOKMARK - 6", "end"]);
    expect(selected).toEqual(["ADDED b 4", "DELETED b 5", "BOOKMARK - 6", "end"]);
  });

  it("breaks, stalls and expires on command", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.seed(configmaps, configMap("a"));
    const broken: string[] = [];
    const first = collect(client.watch(configmaps, {}), broken);
    await client.settle();
    client.faults.stall();
    client.seed(configmaps, configMap("b"));
    await client.settle();
    expect(broken).toEqual(["ADDED a 2"]);
    client.faults.resume();
    await client.settle();
    client.faults.dropWatches("configmaps", new Error("connection reset"));
    await first;
    expect(broken).toEqual(["ADDED a 2", "ADDED b 3", "connection reset"]);
    expect(client.faults.openWatches()).toBe(0);
    client.faults.compact();
    const old: string[] = [];
    await collect(client.watch(configmaps, { resourceVersion: "2" }), old);
    expect(old).toEqual(["too old resource version: 2 (3)"]);
  });
});

describe("faults", () => {
  it("fails matching calls as often as told, and records calls", async () => {
    const client = createMemoryClient({ clock: clock() });
    client.faults.fail(500, { verb: "create", resource: "configmaps" });
    client.faults.fail(409, { verb: "write", name: "b" }, 2);
    await expect(client.create(configmaps, configMap("a"))).rejects.toThrow("Internal error occurred: injected");
    await client.create(configmaps, configMap("a"));
    await expect(client.create(configmaps, configMap("b"))).rejects.toMatchObject({ reason: "Conflict" });
    await expect(client.create(configmaps, configMap("b"))).rejects.toMatchObject({ code: 409 });
    await client.create(configmaps, configMap("b"));
    expect(client.writes()).toEqual([
      "create configmaps default/a",
      "create configmaps default/a",
      "create configmaps default/b",
      "create configmaps default/b",
      "create configmaps default/b",
    ]);
  });

  it("lets a test get between a read and a write", async () => {
    const client = createMemoryClient({ clock: clock() });
    const a = await client.create(configmaps, configMap("a"));
    client.faults.before({ verb: "update" }, () => void client.seed(configmaps, configMap("a", { other: "1" })));
    await expect(client.update(configmaps, { ...a, data: { mine: "1" } })).rejects.toMatchObject({ reason: "Conflict" });
  });
});
