import { afterEach, describe, expect, it, vi } from "vitest";
import type { Deployment } from "../api/apps/v1.ts";
import type { Namespace } from "../api/core/v1.ts";
import { componentstatuses, configmaps, deployments, events, jobs, namespaces, nodes, pods } from "../api/refs.ts";
import { defineKind } from "../client/define-kind.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { Cluster } from "./cluster.ts";
import { startCluster } from "./start-cluster.ts";
import type { StartOptions } from "./start-options.ts";

const web = (image = "nginx", replicas = 3): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image }] } },
  },
});

describe("a cluster in a test", () => {
  const running: Cluster[] = [];
  async function start(options?: StartOptions): Promise<Cluster> {
    const cluster = await startCluster(options);
    running.push(cluster);
    return cluster;
  }
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(running.splice(0).map((cluster) => cluster.stop()));
  });

  it("has nodes that take pods from the start", async () => {
    const cluster = await start({ nodes: 40 });
    const { items } = await cluster.client.list(nodes);
    expect(items.filter(({ spec }) => spec?.taints)).toEqual([]);
    await cluster.apply(web("nginx", 40));
    await cluster.until("deployment/web", "available");
    const failed = await cluster.client.list(events, { fieldSelector: "reason=FailedScheduling" });
    expect(failed.items).toEqual([]);
  });

  it("brings what is applied to where it should be, on virtual time", async () => {
    const cluster = await start({ nodes: 3 });
    const began = cluster.now.getTime();
    const [applied] = await cluster.apply(
      `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: List
items:
${JSON.stringify([web()])
  .split("\n")
  .map((line) => `  ${line}`)
  .join("\n")}
`,
      { namespace: "shop" },
    );
    expect(applied).toMatchObject({ kind: "Namespace", metadata: { name: "shop" }, status: { phase: "Active" } });
    const deployment = await cluster.until<Deployment>("deployment/web", "available", { namespace: "shop" });
    expect(deployment.status).toMatchObject({ replicas: 3, availableReplicas: 3, updatedReplicas: 3 });
    expect(cluster.now.getTime() - began).toBeLessThan(60_000);
    const { items } = await cluster.client.list(pods, { namespace: "shop" });
    expect(items.map(({ spec }) => spec?.nodeName).sort()).toEqual(["simulated-1", "simulated-2", "simulated-3"]);

    await cluster.apply(web("nginx:2"), { namespace: "shop" });
    await cluster.until("deploy/web", "available", { namespace: "shop" });
    const { items: updated } = await cluster.client.list(pods, { namespace: "shop" });
    const staying = updated.filter(({ metadata }) => !metadata.deletionTimestamp);
    expect(staying.map(({ spec }) => spec?.containers[0]?.image)).toEqual(["nginx:2", "nginx:2", "nginx:2"]);

    await cluster.client.delete(namespaces, "shop");
    await cluster.until("namespace/shop", "deleted");
    expect((await cluster.client.list(pods, { namespace: "shop" })).items).toEqual([]);
  });

  it("does the same with the same seed", async () => {
    const run = async (seed: number) => {
      const cluster = await start({ nodes: 2, seed });
      await cluster.apply(web());
      await cluster.until("deployment/web", "available");
      await cluster.advance("5m");
      const { items } = await cluster.client.list(events);
      const told = items.map(
        ({ metadata, involvedObject, reason }) =>
          `${metadata.name} ${metadata.uid} ${metadata.resourceVersion} ${involvedObject.name} ${reason}`,
      );
      return [cluster.revision, ...told];
    };
    const [first, second, other] = [await run(7), await run(7), await run(8)];
    expect(first.length).toBeGreaterThan(20);
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("moves time by hand, in order: cron jobs", async () => {
    const cluster = await start({ nodes: 1 });
    await cluster.apply(`
apiVersion: batch/v1
kind: CronJob
metadata: { name: hourly }
spec:
  schedule: "30 * * * *"
  successfulJobsHistoryLimit: 24
  jobTemplate:
    spec:
      template:
        spec: { restartPolicy: Never, containers: [{ name: c, image: busybox }] }
`);
    await cluster.advance("4h");
    const { items } = await cluster.client.list(jobs);
    expect(items.map(({ status }) => status?.startTime).sort()).toEqual(
      Array.from({ length: 4 }, (_, hour) => `2026-01-01T${String(hour).padStart(2, "0")}:30:00Z`),
    );
    expect(items.every(({ status }) => status?.succeeded === 1)).toBe(true);
    expect(cluster.now.toISOString()).toMatch(/^2026-01-01T04:00:[01]0.000Z$/);
  });

  it("tells why something isn't so", async () => {
    const cluster = await start();
    await cluster.apply(web("nginx", 1));
    const error = await cluster.until("deployment/web", "available", { timeout: "30s" }).catch((reason: Error) => reason);
    expect((error as Error).message.replaceAll(/web-\w+-\w{5}\b/g, "web-1").split("\n")).toEqual([
      "deployment/web in namespace default is not available within 30 s: 0 of 1 replicas are available",
      "conditions:",
      "  Available=False MinimumReplicasUnavailable: Deployment does not have minimum availability.",
      `  Progressing=True ReplicaSetUpdated: ReplicaSet "web-74b9979c99" is progressing.`,
      "pods:",
      "  web-1 Pending: Unschedulable: no nodes available to schedule pods",
      "events:",
      "  30s ago Warning FailedScheduling pod/web-1: no nodes available to schedule pods",
      "  30s ago Normal ScalingReplicaSet deployment/web: Scaled up replica set web-74b9979c99 from 0 to 1",
    ]);
    await expect(cluster.until("deployment/other", "ready", { timeout: "1s" })).rejects.toThrow(
      "deployment/other in namespace default is not ready within 1 s: there is no such object",
    );
    await expect(cluster.until("thing/other", "ready")).rejects.toThrow(`the server doesn't have a resource type "thing"`);
    await expect(cluster.until("web", "ready")).rejects.toThrow(`an object is named as KIND/NAME, such as deployment/web; not "web"`);
    await expect(cluster.advance("tomorrow")).rejects.toThrow(
      `a duration is a text such as "24h", "90s" or "250ms", or a number of milliseconds; not "tomorrow"`,
    );
  });

  it("gives copies, and what lies in the cluster only to who asks for it", async () => {
    const cluster = await start({ controllers: "none" });
    const sent = { metadata: { name: "c" }, data: { a: "1" } };
    const made = await cluster.client.create(configmaps, sent);
    sent.data.a = "2";
    (made.data as Record<string, string>).a = "3";
    const { items } = await cluster.client.list(configmaps, { namespace: "default" });
    (items[0]?.data as Record<string, string>).a = "4";
    const shared = await cluster.client.get(configmaps, "c", { shared: true });
    expect(shared.data).toEqual({ a: "1" });
    expect(Object.isFrozen(shared.data)).toBe(true);
    expect(await cluster.client.get(configmaps, "c", { shared: true })).toBe(shared);
    expect(await cluster.client.find(configmaps, "d")).toBeUndefined();
  });

  it("runs what is chosen", async () => {
    const none = await start({ controllers: "none" });
    await none.client.create(namespaces, { metadata: { name: "going" } });
    await none.client.delete(namespaces, "going");
    await none.advance("1h");
    expect((await none.client.get<Namespace>(namespaces, "going")).status?.phase).toBe("Terminating");
    // Nobody makes service accounts, so pods need none.
    await none.client.create(pods, { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });

    const lifecycle = await start({ controllers: "lifecycle" });
    await lifecycle.client.create(namespaces, { metadata: { name: "going" } });
    await lifecycle.client.delete(namespaces, "going");
    await lifecycle.until("ns/going", "deleted");

    const named = await start({ controllers: ["deployment"] });
    await named.apply(web());
    await named.until("replicasets/web-74b9979c99", "exists");
    await named.advance("1m");
    expect((await named.client.list(pods)).items).toEqual([]);

    await expect(startCluster({ controllers: ["deployments" as "deployment"] })).rejects.toThrow(
      /^there is no controller "deployments"; there are: serviceaccount, root-ca-certificate-publisher, serviceaccount-token, /,
    );
  });

  it("tells how the parts of its control plane are", async () => {
    const cluster = await start();
    const { items } = await cluster.client.list(componentstatuses);
    expect(items.map(({ metadata, conditions }) => [metadata.name, conditions?.[0]?.message])).toEqual([
      ["controller-manager", "ok"],
      ["scheduler", "ok"],
      ["etcd-0", "ok"],
    ]);
  });

  it("serves custom kinds, once they are established", async () => {
    interface Widget extends KubeObject {
      spec: { size: number };
    }
    const widgets = defineKind<Widget>({ group: "example.com", version: "v1", kind: "Widget" });
    const cluster = await start({ controllers: "none" });
    await cluster.apply([
      { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 3 } } as KubeObject,
      `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget, shortNames: [wg] }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer, minimum: 1 } } } } } }
`,
    ]);
    const widget = await cluster.client.get(widgets, "a");
    expect(widget.spec.size).toBe(3);
    await expect(cluster.client.update(widgets, { ...widget, spec: { size: 0 } })).rejects.toThrow(
      `Widget.example.com "a" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1`,
    );
    await cluster.until("wg/a", (object: Widget) => object.spec.size === 3);
  });

  it("is made again and again under faked timers", async () => {
    vi.useFakeTimers();
    const cluster = await start({ nodes: 1 });
    await cluster.apply(web("nginx", 1));
    await cluster.until("deployment/web", "available");
    expect((await cluster.client.get(nodes, "simulated-1")).metadata.name).toBe("simulated-1");
  });

  it("keeps time still while something outside is under way", async () => {
    const cluster = await start({ controllers: "none" });
    const hold = cluster.clock.hold("my work");
    const began = cluster.now;
    let over = false;
    const advancing = cluster.advance("1h").then(() => {
      over = true;
    });
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    expect(cluster.now).toEqual(began);
    hold.release();
    await advancing;
    expect(cluster.now.getTime() - began.getTime()).toBe(3_600_000);
  });

  it("meets trouble on command", async () => {
    const cluster = await start({ controllers: "none" });
    await cluster.client.create(configmaps, { metadata: { name: "c" } });
    const object = await cluster.client.get(configmaps, "c");
    const fault = cluster.faults.conflict({ resource: "configmaps", times: 1 });
    await expect(cluster.client.update(configmaps, object)).rejects.toThrow(
      `Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again`,
    );
    await cluster.client.update(configmaps, object);
    expect(fault.hits).toBe(1);
    cluster.faults.unavailable({ verb: "list", user: "somebody" });
    await cluster.client.list(configmaps);
    const all = cluster.faults.unavailable({ verb: "list" });
    await expect(cluster.client.list(configmaps)).rejects.toMatchObject({ code: 503, reason: "ServiceUnavailable" });
    all.remove();
    await cluster.client.list(deployments);
    cluster.faults.fail(429, { verb: "write", times: 1 });
    await expect(cluster.client.delete(configmaps, "c")).rejects.toMatchObject({ code: 429 });

    const seen: string[] = [];
    const follow = async () => {
      for await (const { type } of cluster.client.watch(configmaps, {
        namespace: "default",
        sendInitialEvents: true,
        resourceVersionMatch: "NotOlderThan",
      }))
        seen.push(type);
    };
    const watching = follow();
    await cluster.rest();
    expect(cluster.faults.watchDrop({ resource: "configmaps" })).toBe(1);
    await watching;
    const again = follow();
    await cluster.rest();
    cluster.faults.watchDrop({ resource: "configmaps", gone: true });
    await expect(again).rejects.toMatchObject({ code: 410, reason: "Expired" });

    cluster.faults.latency("5s", { verb: "get" });
    const slow = cluster.client.get(configmaps, "c");
    const began = cluster.now.getTime();
    await cluster.advance("5s");
    await slow;
    expect(cluster.now.getTime() - began).toBe(5000);
    expect(cluster.requests.at(-1)).toEqual({
      at: began + 5000,
      user: "kubernetes-admin",
      method: "GET",
      path: "/api/v1/namespaces/default/configmaps/c",
      status: 200,
    });
  });
});
