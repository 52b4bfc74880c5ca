import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConfigMap } from "../../api/core/v1.ts";
import { configmaps, persistentvolumes } from "../../api/refs.ts";
import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startGarbageCollector } from "./garbage-collector.ts";

describe("the garbage collector", () => {
  let harness: ServerHarness;

  beforeEach(async () => {
    harness = await ServerHarness.started(startGarbageCollector);
  });

  afterEach(async () => {
    await harness.stop();
  });

  async function make(name: string, owners: OwnerReference[] = [], more: Partial<ConfigMap["metadata"]> = {}): Promise<ConfigMap> {
    const metadata = { name, namespace: "default", ...(owners.length > 0 ? { ownerReferences: owners } : {}), ...more };
    return await harness.client.create(configmaps, { metadata });
  }

  const owner = (of: ConfigMap, more: Partial<OwnerReference> = {}): OwnerReference => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: of.metadata.name ?? "",
    uid: of.metadata.uid ?? "",
    ...more,
  });

  const remove = (name: string, propagationPolicy: "Background" | "Foreground" | "Orphan") =>
    harness.client.delete(configmaps, name, { namespace: "default", propagationPolicy });

  it("deletes dependents in the background, theirs too", async () => {
    const a = await make("a");
    const b = await make("b", [owner(a)]);
    await make("c", [owner(b)]);
    await make("other");
    await harness.rest();
    await remove("a", "Background");
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual(["other"]);
    expect(harness.errors()).toEqual([]);
  });

  it("keeps an object that has another owner, without the lost one", async () => {
    const a = await make("a");
    const b = await make("b");
    await make("c", [owner(a), owner(b)]);
    await harness.rest();
    await remove("a", "Background");
    await harness.rest();
    expect((await harness.get(configmaps, "c")).metadata.ownerReferences).toEqual([owner(b)]);
  });

  it("waits in the foreground for the dependents that block", async () => {
    const a = await make("a");
    await make("held", [owner(a, { blockOwnerDeletion: true })], { finalizers: ["example.com/hold"] });
    await make("free", [owner(a)], { finalizers: ["example.com/hold"] });
    await harness.rest();
    await remove("a", "Foreground");
    await harness.rest();
    const waiting = await harness.get(configmaps, "a");
    expect(waiting.metadata.finalizers).toEqual(["foregroundDeletion"]);
    expect((await harness.get(configmaps, "held")).metadata.deletionTimestamp).toBeDefined();
    expect((await harness.get(configmaps, "free")).metadata.deletionTimestamp).toBeDefined();
    const release = (name: string) =>
      harness.client.patch(
        configmaps,
        name,
        { type: "application/merge-patch+json", body: { metadata: { finalizers: null } } },
        { namespace: "default" },
      );
    await release("held");
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual(["free"]);
    await release("free");
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual([]);
  });

  it("lets a foreground deletion end when its dependent keeps another owner", async () => {
    const a = await make("a");
    const b = await make("b");
    await make("c", [owner(a, { blockOwnerDeletion: true }), owner(b)]);
    await harness.rest();
    await remove("a", "Foreground");
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual(["b", "c"]);
    expect((await harness.get(configmaps, "c")).metadata.ownerReferences).toEqual([owner(b)]);
  });

  it("goes down a tree in the foreground, the deepest first", async () => {
    const a = await make("a");
    const b = await make("b", [owner(a, { blockOwnerDeletion: true })]);
    await make("c", [owner(b, { blockOwnerDeletion: true })], { finalizers: ["example.com/hold"] });
    await harness.rest();
    await remove("a", "Foreground");
    await harness.rest();
    expect((await harness.get(configmaps, "b")).metadata.finalizers).toEqual(["foregroundDeletion"]);
    await harness.client.patch(
      configmaps,
      "c",
      { type: "application/merge-patch+json", body: { metadata: { finalizers: null } } },
      { namespace: "default" },
    );
    await harness.pass(1000);
    expect(await harness.names(configmaps)).toEqual([]);
  });

  it("resolves a circle of owners that block each other", async () => {
    const a = await make("a");
    const b = await make("b", [owner(a, { blockOwnerDeletion: true })]);
    await harness.client.update(configmaps, {
      ...a,
      metadata: { ...a.metadata, ownerReferences: [owner(b, { blockOwnerDeletion: true })] },
    });
    await harness.rest();
    await remove("a", "Foreground");
    await harness.pass(2000);
    expect(await harness.names(configmaps)).toEqual([]);
  });

  it("orphans", async () => {
    const a = await make("a");
    const b = await make("b");
    await make("c", [owner(a)]);
    await make("d", [owner(a), owner(b)]);
    await harness.rest();
    await remove("a", "Orphan");
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual(["b", "c", "d"]);
    expect((await harness.get(configmaps, "c")).metadata.ownerReferences).toBeUndefined();
    expect((await harness.get(configmaps, "d")).metadata.ownerReferences).toEqual([owner(b)]);
  });

  it("takes owners for what they are: same namespace, kind and name", async () => {
    await harness.makeNamespace("elsewhere");
    const a = await make("a");
    await harness.rest();
    const crossed = await make("crossed", [owner(a)], { namespace: "elsewhere" });
    await make("wrong-name", [owner(a, { name: "b" })]);
    await make("wrong-kind", [owner(a, { kind: "Secret" })]);
    await make("never-there", [owner(a, { name: "x", uid: "11111111-1111-4111-8111-111111111111" })]);
    await make("unknown-kind", [owner(a, { apiVersion: "example.com/v1", kind: "Foo" })]);
    await harness.client.create(persistentvolumes, {
      metadata: { name: "volume", ownerReferences: [owner(a)] },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
    });
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual(["a", "unknown-kind"]);
    expect(await harness.names(configmaps, "elsewhere")).toEqual([]);
    // What belongs to the cluster can't be owned by what belongs to a namespace: it is left alone.
    expect(await harness.names(persistentvolumes)).toEqual(["volume"]);
    const uid = a.metadata.uid;
    expect(await harness.events()).toEqual([
      `Warning OwnerRefInvalidNamespace ${crossed.metadata.name}: ownerRef [v1/ConfigMap, namespace: elsewhere, name: a, uid: ${uid}] does not exist in namespace "elsewhere"`,
      `Warning OwnerRefInvalidNamespace volume: ownerRef [v1/ConfigMap, namespace: , name: a, uid: ${uid}] does not exist in namespace ""`,
    ]);
    expect(harness.logger.lines.filter(({ level }) => level === "error").map(({ fields }) => fields.error)).toContain(
      "unable to get REST mapping for example.com/v1/Foo.",
    );
  });

  it("finds after a restart what lost its owner meanwhile, and writes nothing when all is well", async () => {
    const a = await make("a");
    const b = await make("b", [owner(a)]);
    await make("c", [owner(b)]);
    await harness.rest();
    await harness.stop();
    const server = harness.server;
    const revision = server.store.revision;
    harness = await ServerHarness.on(server, startGarbageCollector);
    await harness.pass(60_000, 5000);
    expect(server.store.revision).toBe(revision);
    await harness.stop();
    harness = await ServerHarness.on(server);
    await remove("a", "Background");
    await harness.stop();
    harness = await ServerHarness.on(server, startGarbageCollector);
    await harness.rest();
    expect(await harness.names(configmaps)).toEqual([]);
  });
});
