import { afterEach, describe, expect, it } from "vitest";
import type { ConfigMap } from "../api/core/v1.ts";
import { configmaps, customresourcedefinitions, events, secrets } from "../api/refs.ts";
import { connect } from "../client/connect.ts";
import type { Connection } from "../client/connection.ts";
import { defineKind, kindOfDefinition } from "../client/define-kind.ts";
import { createEventRecorder } from "../client/event-recorder.ts";
import { startLeaderElection } from "../client/leader-election.ts";
import { startReconciler } from "../client/reconciler.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import { VirtualClock } from "../machinery/clock.ts";
import type { Cluster } from "./cluster.ts";
import { clusters } from "./fixtures/started.ts";
import "./vitest.ts";

/** A secret for each config map: what a small operator does. */
function startCopier(connection: Connection) {
  return startReconciler(connection, {
    name: "copier",
    kind: configmaps,
    selection: { labelSelector: "copy=yes" },
    owns: [secrets],
    async reconcile({ namespace, name, object, client }) {
      if (!object) return;
      const owner = { apiVersion: "v1", kind: "ConfigMap", name, uid: object.metadata.uid as string, controller: true };
      // What comes in may be changed: it is a copy.
      object.data = { ...object.data, copied: "yes" };
      await client.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace, name, ownerReferences: [owner] },
        stringData: object.data,
      } as never);
    },
  });
}

const source = (name: string): ConfigMap => ({ metadata: { name, labels: { copy: "yes" } }, data: { a: "1" } });
const decoded = (text: string | undefined) => atob(text ?? "");

describe("kybern/client, in a cluster that makes trouble", () => {
  const { start } = clusters();
  const open: Connection[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  const copied = async (cluster: Cluster, name: string) => {
    const secret = await cluster.until<{ metadata: object; data?: Record<string, string> }>(`secret/${name}`, "exists");
    return decoded(secret.data?.copied);
  };

  it("goes on through conflicts, refusals, broken and stale watches, in process", async () => {
    const cluster = await start({ controllers: "none" });
    const operator = await cluster.user("operator", { role: "cluster-admin" });
    const logger = recordingLogger();
    startCopier(cluster.connection(operator, logger));
    for (const [index, code] of [409, 429, 500, 503, 504].entries()) {
      cluster.faults.fail(code, { user: "operator", times: 2 });
      cluster.faults.watchDrop({ user: "operator", gone: index % 2 === 0 });
      await cluster.client.create(configmaps, source(`c${code}`));
      expect(await copied(cluster, `c${code}`)).toBe("yes");
    }
    cluster.faults.latency("20s", { user: "operator", times: 3 });
    await cluster.client.create(configmaps, source("late"));
    expect(await copied(cluster, "late")).toBe("yes");
    await cluster.advance("1m");
    // Somebody takes one away: its owner brings it back.
    await cluster.client.delete(secrets, "late");
    expect(await copied(cluster, "late")).toBe("yes");
    expect((await cluster.client.get(configmaps, "late")).data).toEqual({ a: "1" });
    expect(logger.lines.map(({ message }) => message)).toContain("list and watch failed, listing anew");
  });

  it("does the same over HTTPS", async () => {
    const cluster = await start({ controllers: "none", clock: "real" });
    await cluster.serve();
    const operator = await cluster.user("operator", { role: "cluster-admin" });
    const connection = connect({ kubeConfig: await operator.kubeConfig() });
    open.push(connection);
    const copier = startCopier(connection);
    await cluster.client.create(configmaps, source("first"));
    expect(await copied(cluster, "first")).toBe("yes");
    cluster.faults.fail(500, { user: "operator", verb: "patch", times: 2 });
    cluster.faults.fail(429, { user: "operator", verb: "patch", times: 1 });
    cluster.faults.watchDrop({ user: "operator", gone: true });
    await cluster.client.create(configmaps, source("second"));
    expect(await copied(cluster, "second")).toBe("yes");
    const { items } = await connection.client.list(secrets, { namespace: "default" });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(["first", "second"]);
    await expect(connection.client.get(secrets, "none")).rejects.toMatchObject({ code: 404, reason: "NotFound" });
    await expect(connection.client.resourceOf("example.com/v1", "Widget")).rejects.toThrow(
      `no matches for kind "Widget" in version "example.com/v1"`,
    );
    await copier.stop();
  });

  it("finds out that watches have fallen silent, in process", async () => {
    const cluster = await start({ controllers: "none" });
    const operator = await cluster.user("operator", { role: "cluster-admin" });
    const logger = recordingLogger();
    startCopier(cluster.connection(operator, logger));
    await cluster.client.create(configmaps, source("first"));
    expect(await copied(cluster, "first")).toBe("yes");
    expect(cluster.faults.watchStall({ user: "operator" })).toBe(2);
    await cluster.client.create(configmaps, source("second"));
    await cluster.advance("7m");
    expect(await cluster.client.find(secrets, "second")).toBeUndefined();
    expect(await copied(cluster, "second")).toBe("yes");
    expect(logger.lines.filter(({ message }) => message === "watch failed, resuming").map(({ fields }) => fields.error)).toEqual([
      "no event and no bookmark for 480 s",
      "no event and no bookmark for 480 s",
    ]);
    // What nobody gives up ends with the cluster.
    const watching = (async () => {
      for await (const _ of cluster.client.watch(configmaps, { resourceVersion: String(cluster.revision) }));
    })();
    await cluster.rest();
    expect(cluster.faults.watchStall({ user: "kubernetes-admin" })).toBe(1);
    await cluster.advance("2h");
    await cluster.stop();
    await watching;
  });

  it("finds out that watches have fallen silent, over HTTPS", async () => {
    const cluster = await start({ controllers: "none", clock: "real" });
    await cluster.serve();
    const distant = await cluster.user("distant", { role: "cluster-admin" });
    const clock = new VirtualClock();
    const connection = connect({ kubeConfig: await distant.kubeConfig(), clock });
    open.push(connection);
    const informer = connection.informer(configmaps, { namespace: "default" });
    await informer.whenSynced();
    const watches = () => cluster.requests.filter(({ user, path }) => user === "distant" && path.includes("watch=true")).length;
    await expect.poll(watches).toBe(1);
    expect(cluster.faults.watchStall({ user: "distant" })).toBe(1);
    await cluster.client.create(configmaps, source("late"));
    // Requests between, so that the connection is seen to live.
    const pass = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 10) {
        await clock.advance(10_000);
        await connection.client.get(configmaps, "late");
      }
    };
    await pass(140);
    expect([watches(), informer.get("default/late")]).toEqual([1, undefined]);
    await pass(20);
    await expect.poll(() => informer.get("default/late")?.data).toEqual({ a: "1" });
    expect(watches()).toBe(2);
  });

  it("has informers whose objects may be changed, and shared ones", async () => {
    const cluster = await start({ controllers: "none" });
    const connection = cluster.connection();
    const copies = connection.informer(configmaps, { namespace: "default" });
    const shared = connection.informer(configmaps, { namespace: "default", shared: true });
    const seen: ConfigMap[] = [];
    copies.on({ add: (object) => seen.push(object) });
    await cluster.client.create(configmaps, source("c"));
    await cluster.rest();
    const [told] = seen;
    (told?.data as Record<string, string>).a = "changed";
    (copies.get("default/c")?.data as Record<string, string>).a = "changed";
    expect(copies.get("default/c")?.data).toEqual({ a: "1" });
    expect(copies.list("default")).toEqual(shared.list("default"));
    expect(shared.get("default/c")).toBe(await cluster.client.get(configmaps, "c", { shared: true }));
  });

  it("elects one leader at a time", async () => {
    const cluster = await start({ controllers: "none" });
    const leading: string[] = [];
    const candidate = (identity: string) => {
      const connection = cluster.connection();
      const lead = (signal: AbortSignal) => {
        leading.push(identity);
        return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      };
      const elector = startLeaderElection({ deps: connection.deps, namespace: "default", name: "operator", identity, lead });
      connection.own(elector);
      return connection;
    };
    const first = candidate("a");
    await cluster.advance("5s");
    candidate("b");
    await cluster.advance("1m");
    expect(leading).toEqual(["a"]);
    const closing = first.close();
    await cluster.advance("1m");
    await closing;
    expect(leading).toEqual(["a", "b"]);
  });

  it("gives leading up when it can't renew its lease, and leads again once it can", async () => {
    const cluster = await start({ controllers: "none" });
    const said: string[] = [];
    const candidate = async (identity: string) => {
      const connection = cluster.connection(await cluster.user(identity, { role: "cluster-admin" }));
      const lead = (signal: AbortSignal) => {
        said.push(`${identity} leads`);
        return new Promise<void>((resolve) =>
          signal.addEventListener(
            "abort",
            () => {
              said.push(`${identity} ends: ${(signal.reason as Error).message}`);
              resolve();
            },
            { once: true },
          ),
        );
      };
      return startLeaderElection({ deps: connection.deps, namespace: "default", name: "operator", identity, lead });
    };
    const a = await candidate("a");
    await cluster.advance("1s");
    const b = await candidate("b");
    // Trouble that is over before the deadline changes nothing.
    for (const code of [409, 429, 500, 503]) {
      cluster.faults.fail(code, { user: "a", resource: "leases", times: 2 });
      await cluster.advance("20s");
    }
    expect([said, a.isLeader, b.isLeader]).toEqual([["a leads"], true, false]);
    const away = cluster.faults.unavailable({ user: "a", resource: "leases" });
    await cluster.advance("40s");
    expect(said).toEqual(["a leads", "a ends: leader election lost", "b leads"]);
    away.remove();
    cluster.faults.latency("1m", { user: "b", resource: "leases" });
    await cluster.advance("1m");
    expect(said).toEqual(["a leads", "a ends: leader election lost", "b leads", "b ends: leader election lost", "a leads"]);
    expect([a.isLeader, a.leader]).toEqual([true, "a"]);
  });

  it("tells events through trouble, each once", async () => {
    const cluster = await start({ controllers: "none" });
    const logger = recordingLogger();
    const { deps } = cluster.connection(await cluster.user("operator", { role: "cluster-admin" }), logger);
    const recorder = createEventRecorder({ ...deps, component: "copier" });
    const about = await cluster.client.create(configmaps, source("c"));
    for (const [index, code] of [429, 503, 504].entries()) {
      cluster.faults.fail(code, { user: "operator", resource: "events", times: 2 });
      recorder.event(about, index === 0 ? "Normal" : "Warning", `Reason${code}`, `in spite of ${code}`);
      await cluster.advance("1m");
    }
    cluster.faults.latency("30s", { user: "operator", resource: "events", times: 1 });
    recorder.event(about, "Normal", "Late", "late");
    recorder.event(about, "Normal", "Late", "late");
    await cluster.advance("1m");
    // What the server itself refuses is said, and not repeated, as with upstream.
    cluster.faults.fail(500, { user: "operator", resource: "events", times: 1 });
    recorder.event(about, "Normal", "Refused", "refused");
    await recorder.stop();
    expect(logger.lines.filter(({ level }) => level === "error")).toMatchObject([
      { message: "server rejected event", fields: { reason: "Refused", error: "Internal error occurred: a fault of code 500" } },
    ]);
    const { items } = await cluster.client.list(events, { namespace: "default" });
    expect(items.map(({ reason, count, type, source }) => [reason, count, type, source?.component])).toEqual([
      ["Reason429", 1, "Normal", "copier"],
      ["Reason503", 1, "Warning", "copier"],
      ["Reason504", 1, "Warning", "copier"],
      ["Late", 2, "Normal", "copier"],
    ]);
    await expect(cluster.object("configmap/c")).toHaveEvent({ reason: "Reason503", message: "in spite of 503" });
  });

  it("knows kinds of one's own by their names, or by their definition", async () => {
    const names = { group: "example.com", version: "v1", kind: "Policy", plural: "policies", namespaced: false };
    expect(defineKind(names)).toEqual({ group: "example.com", version: "v1", kind: "Policy", resource: "policies", namespaced: false });
    const cluster = await start({ controllers: "none" });
    const schema = { openAPIV3Schema: { type: "object" } };
    await cluster.apply({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { kind: "Widget", plural: "widgets" },
        versions: [
          { name: "v1", served: true, storage: false, schema },
          { name: "v2", served: true, storage: true, schema },
        ],
      },
    } as never);
    const definition = await cluster.client.get(customresourcedefinitions, "widgets.example.com");
    const ref = kindOfDefinition(definition);
    expect(ref).toEqual({ group: "example.com", version: "v2", kind: "Widget", resource: "widgets", namespaced: true });
    expect(kindOfDefinition(definition, "v1").version).toBe("v1");
    expect(() => kindOfDefinition(definition, "v3")).toThrow("the definition has no version v3");
    await cluster.client.create(ref, { metadata: { name: "w" } });
  });
});
