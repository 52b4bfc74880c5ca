import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { configmaps, pods } from "../api/refs.ts";
import { readClusterFile } from "./cluster-file.ts";
import { clusters, deployment } from "./fixtures/started.ts";
import { resumed } from "./start-cluster.ts";

describe("a saved cluster", () => {
  const { start, keep } = clusters();
  const directory = mkdtempSync(join(tmpdir(), "kybern-saved-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("goes on as it would have", async () => {
    const file = join(directory, "web");
    const cluster = await start({ nodes: 2, stages: [{ pods: { name: /^slow-/ }, ready: { least: "10s", most: "60s" } }] });
    await cluster.apply(deployment("web", 2));
    await cluster.until("deployment/web", "available");
    await cluster.save(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copies = [keep(cluster.fork()), await start({ from: file })];
    const outcomes: unknown[] = [];
    for (const copy of copies) {
      await copy.apply([deployment("slow", 3), deployment("web", 1)]);
      await copy.until("deployment/slow", "available");
      const { items } = await copy.client.list(pods);
      outcomes.push({
        now: copy.now,
        pods: items.map(({ metadata, spec, status }) => [metadata.name, metadata.uid, spec?.nodeName, status?.podIP]),
      });
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    const web = (await copies[1]?.client.list<Pod>(pods, { labelSelector: "app=web" }))?.items[0];
    expect(web?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it("has what stages say, endless times and evictions to come among it", async () => {
    const file = join(directory, "stages");
    const image = "shop:1";
    const cluster = await start({
      nodes: 1,
      stages: [
        { pods: { name: /^never-/i }, ready: Number.POSITIVE_INFINITY },
        { pods: { name: "endless" }, runs: Number.POSITIVE_INFINITY },
        { pods: { name: "unwanted" }, evicted: "1h" },
        { image: "none:1", pull: { fails: Number.POSITIVE_INFINITY } },
      ],
    });
    const pod = (name: string, of = image): Pod => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { containers: [{ name: "c", image: of }] },
    });
    await cluster.apply(["never-1", "endless", "unwanted"].map((name) => pod(name)));
    await cluster.until("pod/endless", "ready");
    await cluster.until("pod/unwanted", "ready");
    await cluster.save(file);
    const resumedCluster = await start({ from: file });
    await resumedCluster.apply([pod("never-2"), pod("unpulled", "none:1")]);
    await resumedCluster.advance("50m");
    const running = async () => {
      const { items } = await resumedCluster.client.list(pods);
      return items.map(({ metadata, status }) => [
        metadata.name,
        status?.containerStatuses?.[0]?.ready,
        status?.containerStatuses?.[0]?.restartCount,
      ]);
    };
    const kept = [
      ["endless", true, 0],
      ["never-1", false, 0],
      ["never-2", false, 0],
      ["unpulled", false, 0],
    ];
    expect(await running()).toEqual([...kept, ["unwanted", true, 0]]);
    await resumedCluster.advance("11m");
    expect(await running()).toEqual(kept);
  });

  it("is there as it was at any of its revisions", async () => {
    const file = join(directory, "history");
    const cluster = await start({ controllers: "none" });
    await cluster.client.create(configmaps, { metadata: { name: "c" }, data: { a: "1" } });
    const first = cluster.revision;
    await cluster.client.update(configmaps, { metadata: { name: "c" }, data: { a: "2" } });
    const second = cluster.revision;
    await cluster.client.delete(configmaps, "c");
    await cluster.save(file);
    const dataAt = async (revision?: number) => (await keep(await resumed(file, {}, revision)).client.find(configmaps, "c"))?.data;
    expect(await dataAt(first)).toEqual({ a: "1" });
    expect(await dataAt(second)).toEqual({ a: "2" });
    expect(await dataAt()).toBeUndefined();
    const newest = keep(await resumed(file));
    expect(newest.revision).toBe(cluster.revision);
    const { items } = await newest.client.list(configmaps, {
      resourceVersion: String(first),
      resourceVersionMatch: "Exact",
      namespace: "default",
    });
    expect(items.map(({ data }) => data)).toEqual([{ a: "1" }]);
    await expect(resumed(file, {}, 100_000)).rejects.toThrow(`revision 100000 is not in the snapshot: it has 1 to ${cluster.revision}`);
  });

  it("is what a failed test leaves behind, with its requests", async () => {
    const file = join(directory, "failed");
    const cluster = await start({ controllers: "none" });
    const failing = cluster.savedOnFailure(file, async () => {
      await cluster.client.get(configmaps, "none");
    });
    await expect(failing).rejects.toThrow(`configmaps "none" not found\nThe cluster as it was then: kybern open ${file}`);
    const { requests } = await readClusterFile(file);
    expect(requests.at(-1)).toMatchObject({
      user: "kubernetes-admin",
      method: "GET",
      path: "/api/v1/namespaces/default/configmaps/none",
      status: 404,
    });
    expect(await cluster.savedOnFailure(file, () => 3)).toBe(3);
  });

  it("is refused when it is something else", async () => {
    const file = join(directory, "other");
    writeFileSync(file, "text");
    await expect(start({ from: file })).rejects.toThrow(`${file} is no saved cluster`);
  });
});
