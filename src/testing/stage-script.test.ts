import { describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { leases, nodes, pods } from "../api/refs.ts";
import { clusters, deployment } from "./fixtures/started.ts";

const pod = (name: string, spec: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "c", image: "registry.test/app:1" }], ...spec },
});

describe("simulated pods", () => {
  const { start, keep } = clusters();
  const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;

  it("wait for their image, whose pull may fail", async () => {
    const cluster = await start({
      nodes: 1,
      stages: [{ image: "registry.test/app:1", pull: { fails: 2, takes: "20s", message: "no such image" } }],
    });
    await cluster.apply(pod("p"));
    await cluster.until("pod/p", (object: Pod) => object?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ErrImagePull");
    await cluster.until("pod/p", (object: Pod) => object?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ImagePullBackOff");
    const error = await cluster.until("pod/p", "ready", { timeout: "1s" }).catch((reason: Error) => reason);
    expect((error as Error).message).toContain(
      "pod/p in namespace default is not ready within 1 s: container c is waiting (ImagePullBackOff): ",
    );
    expect((error as Error).message).toContain("no such image");
    await cluster.until("pod/p", "ready");
  });

  it("crash, and stay in the end", async () => {
    const cluster = await start({ nodes: 1, stages: [{ pods: { labels: { app: "web" } }, crashes: 3, runs: "2s" }] });
    await cluster.apply(deployment("web", 1));
    await cluster.until("deployment/web", "available");
    await cluster.advance("10s");
    const looping = (object: Pod) => object.status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff";
    const { items } = await cluster.client.list(pods);
    expect(items.map(looping)).toEqual([true]);
    await cluster.advance("3m");
    const [web] = (await cluster.client.list(pods)).items;
    expect(web?.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 3,
      ready: true,
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    });
  });

  it("take their time to be ready, differing by the seed", async () => {
    const cluster = await start({ nodes: 1, stages: [{ ready: { least: "30s", most: "60s" } }] });
    const began = cluster.now;
    await cluster.apply([pod("a"), pod("b")]);
    await cluster.until("pod/a", (object: Pod) => object?.status?.phase === "Running");
    expect((await cluster.client.get(pods, "a")).status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({
      status: "False",
      reason: "ContainersNotReady",
    });
    await cluster.until("pod/a", "ready");
    await cluster.until("pod/b", "ready");
    expect(seconds(began, cluster.now)).toBeGreaterThanOrEqual(30);
    expect(seconds(began, cluster.now)).toBeLessThanOrEqual(65);
  });

  it("run out of memory, and are evicted", async () => {
    const cluster = await start({ nodes: 1 });
    const undo = cluster.stage({ pods: { name: "hungry" }, oom: "5s" });
    cluster.stage({ pods: { name: /^unwanted-/ }, evicted: "1m" });
    await cluster.apply([pod("hungry", { restartPolicy: "Never" }), pod("unwanted-1")]);
    await cluster.until("pod/hungry", "failed");
    expect((await cluster.client.get(pods, "hungry")).status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: "OOMKilled",
      exitCode: 137,
    });
    await cluster.until("pod/unwanted-1", "deleted");
    undo();
    await cluster.client.delete(pods, "hungry");
    await cluster.until("pod/hungry", "deleted");
    await cluster.apply(pod("hungry", { restartPolicy: "Never" }));
    await cluster.advance("1m");
    expect((await cluster.client.get(pods, "hungry")).status?.phase).toBe("Running");
  });

  it("are evicted once their disruption budget allows it", async () => {
    const cluster = await start({ nodes: 1 });
    const web = deployment("web", 2);
    await cluster.apply([
      web,
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "web" },
        spec: { minAvailable: 2, selector: { matchLabels: { app: "web" } } },
      } as never,
    ]);
    await cluster.until("deployment/web", "available");
    const [first] = (await cluster.client.list(pods)).items;
    await cluster.client.delete(pods, first?.metadata.name as string);
    cluster.stage({ pods: { labels: { app: "web" } }, evicted: "1m" });
    await cluster.until("deployment/web", "available");
    const refused = () => cluster.requests.filter(({ path, status }) => path.endsWith("/eviction") && status === 429).length;
    await cluster.advance("5m");
    expect(refused()).toBeGreaterThan(10);
    expect((await cluster.client.list(pods)).items.every(({ metadata }) => !metadata.deletionTimestamp)).toBe(true);
    const copy = keep(cluster.fork());
    for (const each of [cluster, copy]) {
      await each.apply({ ...web, spec: { ...web.spec, replicas: 3 } } as never);
      await each.advance("30s");
      const evicted = each.requests.filter(({ path, status }) => path.endsWith("/eviction") && status === 201);
      expect(evicted.length).toBeGreaterThan(0);
    }
  });

  it("take their time to start and to stop", async () => {
    const cluster = await start({
      nodes: 2,
      stages: [
        { pods: { name: "slow" }, starts: "20s", stops: "40s" },
        { node: "simulated-2", starts: "7s" },
        { container: "other", ready: "15s" },
      ],
    });
    const began = cluster.now;
    await cluster.apply([
      pod("slow", { nodeName: "simulated-1", terminationGracePeriodSeconds: 60 }),
      pod("there", { nodeName: "simulated-2" }),
      pod("here", { nodeName: "simulated-1", containers: ["c", "other"].map((name) => ({ name, image: "i" })) }),
    ]);
    const readyAfter = async (name: string) => {
      const { status } = await cluster.until<Pod>(`pod/${name}`, "ready");
      return (Date.parse(status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime as string) - began.getTime()) / 1000;
    };
    expect(await readyAfter("there")).toBeCloseTo(7, -0.5);
    expect(await readyAfter("here")).toBeCloseTo(15, -0.5);
    expect(await readyAfter("slow")).toBeCloseTo(20, -0.5);
    const deleted = cluster.now;
    await cluster.client.delete(pods, "slow");
    await cluster.until("pod/slow", "deleted");
    expect(seconds(deleted, cluster.now)).toBeGreaterThanOrEqual(40);
    expect(seconds(deleted, cluster.now)).toBeLessThanOrEqual(43);
  });

  it("are lost with their node, and replaced", async () => {
    const cluster = await start({ nodes: 3 });
    await cluster.apply(deployment("web", 3));
    await cluster.until("deployment/web", "available");
    await cluster.loseNode("simulated-1");
    await cluster.until("node/simulated-1", "Ready=Unknown");
    await cluster.advance("6m");
    await cluster.until("deployment/web", "available");
    const where = (await cluster.client.list(pods)).items
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ spec }) => spec?.nodeName);
    expect(where.sort()).not.toContain("simulated-1");
    expect(where).toHaveLength(3);
    await cluster.restoreNode("simulated-1");
    await cluster.until("node/simulated-1", "ready");
    await expect(cluster.restoreNode("simulated-1")).rejects.toThrow("node simulated-1 is not lost");
    await expect(cluster.loseNode("simulated-9")).rejects.toThrow("there is no simulated node simulated-9");
  });

  it("have nodes whose leases are written only where somebody could see the difference", async () => {
    const cluster = await start({ nodes: 2 });
    const writes = () => cluster.requests.filter(({ method, path }) => method === "PUT" && path.includes("/leases/")).length;
    await cluster.advance("1h");
    expect(writes()).toBe(0);
    const { items } = await cluster.client.list(nodes);
    expect(items.every(({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.status === "True")).toBe(true);
    const renewed = async () =>
      Date.parse((await cluster.client.get(leases, "simulated-1", { namespace: "kube-node-lease" })).spec?.renewTime as string);
    expect(cluster.now.getTime() - (await renewed())).toBeLessThan(10_000);
    expect(writes()).toBe(2);

    const seen: string[] = [];
    const stopping = new AbortController();
    const follow = async () => {
      for await (const { object } of cluster.client.watch(leases, { namespace: "kube-node-lease", signal: stopping.signal }))
        seen.push(object.spec?.renewTime ?? "");
    };
    const watching = follow();
    await cluster.advance("30s");
    expect(seen.length).toBeGreaterThanOrEqual(6);
    stopping.abort();
    await watching;
    const before = writes();
    await cluster.advance("10m");
    expect(writes()).toBe(before);
  });
});
