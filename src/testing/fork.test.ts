import { describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { configmaps, deployments, jobs, pods } from "../api/refs.ts";
import { clusters, deployment } from "./fixtures/started.ts";

describe("a copy of a cluster", () => {
  const { start, keep } = clusters();

  it("goes its own way, from the same objects, time and seed", async () => {
    const cluster = await start({ nodes: 2 });
    await cluster.apply(deployment("web", 2));
    await cluster.until("deployment/web", "available");
    await cluster.advance("1h");
    const [a, b] = [keep(cluster.fork()), keep(cluster.fork())];
    expect(a.now).toEqual(cluster.now);
    expect((await a.client.list(pods)).items).toEqual((await cluster.client.list(pods)).items);
    const before = (await cluster.client.list(pods)).items;

    for (const copy of [a, b]) {
      await copy.apply(deployment("web", 3, "nginx:2"));
      await copy.until("deployment/web", "available");
      await copy.advance("5m");
    }
    const names = async (of: typeof a) => (await of.client.list(pods)).items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`);
    expect(await names(a)).toEqual(await names(b));
    expect(await names(a)).toHaveLength(3);
    expect((await cluster.client.list(pods)).items).toEqual(before);
    expect((await cluster.client.get(deployments, "web")).spec?.replicas).toBe(2);
    expect(cluster.now).not.toEqual(a.now);
  });

  it("keeps the containers of its nodes: none restarts, and those that end, end in time", async () => {
    const cluster = await start({ nodes: 1, stages: [{ pods: { name: "short" }, runs: "1h" }] });
    const pod = (name: string): Pod => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
    });
    await cluster.apply([pod("short"), pod("long")]);
    await cluster.until("pod/short", "ready");
    await cluster.until("pod/long", "ready");
    const started = cluster.now.getTime();
    await cluster.advance("30m");
    const copy = keep(cluster.fork());
    await copy.until("pod/short", "complete", { timeout: "2h" });
    expect((copy.now.getTime() - started) / 60_000).toBeCloseTo(60, 0);
    const long = await copy.client.get(pods, "long");
    expect(long.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
    expect((await cluster.client.get(pods, "short")).status?.phase).toBe("Running");
  });

  it("keeps back-offs: of crashing containers, failing pulls and jobs", async () => {
    const stages = [
      { pods: { name: "looping" }, crashes: 100, runs: "1s" },
      { image: "none:1", pull: { fails: 5 } },
      { pods: { labels: { "job-name": "failing" } }, exitCode: 1 },
    ];
    const cluster = await start({ nodes: 1, stages });
    const pod = (name: string, image: string): Pod => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { containers: [{ name: "c", image }] },
    });
    await cluster.apply([
      pod("looping", "i"),
      pod("unpulled", "none:1"),
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "failing" },
        spec: { backoffLimit: 20, template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
      },
    ]);
    await cluster.advance("4m");
    const copy = keep(cluster.fork());
    const restarts = (of: Pod) => of.status?.containerStatuses?.[0]?.restartCount;
    const figures = async (each: typeof cluster) => {
      const { conditions = [] } = (await each.client.get(pods, "unpulled")).status ?? {};
      return {
        restarts: restarts(await each.client.get(pods, "looping")),
        pulledAt: conditions.find(({ type, status }) => type === "Ready" && status === "True")?.lastTransitionTime,
        failedPods: (await each.client.get(jobs, "failing")).status?.failed,
      };
    };
    const before = await figures(cluster);
    for (const each of [cluster, copy]) await each.advance("12m");
    const after = await figures(cluster);
    expect(after.restarts).toBeGreaterThan(before.restarts as number);
    expect(after.pulledAt).toMatch(/^2026-01-01T00:05:/);
    expect(await figures(copy)).toEqual(after);
  });

  it("evicts in its own time what is to be evicted", async () => {
    const cluster = await start({ nodes: 1, stages: [{ pods: { name: "unwanted" }, evicted: "1h" }] });
    await cluster.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "unwanted" },
      spec: { containers: [{ name: "c", image: "i" }] },
    } as Pod);
    await cluster.until("pod/unwanted", "ready");
    const began = cluster.now.getTime();
    await cluster.advance("20m");
    const copy = keep(cluster.fork());
    const copyOfCopy = keep(copy.fork());
    for (const each of [copyOfCopy, cluster]) {
      await each.until("pod/unwanted", (pod: Pod) => pod.metadata.deletionTimestamp !== undefined, { timeout: "2h" });
      expect(Math.round((each.now.getTime() - began) / 60_000)).toBe(60);
    }
    expect((await copy.client.get(pods, "unwanted")).metadata.deletionTimestamp).toBeUndefined();
  });

  it("writes nothing into the other, also while both are used", async () => {
    const cluster = await start({ controllers: "none" });
    await cluster.client.create(configmaps, { metadata: { name: "c" }, data: { a: "1" } });
    const copy = keep(cluster.fork());
    await Promise.all([
      cluster.client.update(configmaps, { metadata: { name: "c" }, data: { a: "here" } }),
      copy.client.update(configmaps, { metadata: { name: "c" }, data: { a: "there" } }),
    ]);
    expect((await cluster.client.get(configmaps, "c")).data).toEqual({ a: "here" });
    expect((await copy.client.get(configmaps, "c")).data).toEqual({ a: "there" });
    expect(copy.revision).toBe(cluster.revision);
  });
});
