import { expect, it } from "vitest";
import { configmaps } from "../api/refs.ts";
import { collected, heapMegabytes } from "./fixtures/garbage.ts";
import { startCluster } from "./start-cluster.ts";

it("a hundred clusters live in one process, each its own; they take little, leave nothing open, and are garbage when they are dropped", async () => {
  const handles = () => process.getActiveResourcesInfo().filter((name) => name !== "Immediate").length;
  await (await startCluster({ controllers: "lifecycle" })).stop();
  const before = handles();
  const empty = await heapMegabytes();
  const references: WeakRef<object>[] = [];
  const use = async () => {
    const many = await Promise.all(Array.from({ length: 100 }, (_, seed) => startCluster({ controllers: "lifecycle", seed })));
    for (const cluster of many) references.push(new WeakRef(cluster));
    await Promise.all(
      many.map(({ client }, index) => client.create(configmaps, { metadata: { name: "mine" }, data: { index: `${index}` } })),
    );
    const data = await Promise.all(many.map(async ({ client }) => (await client.get(configmaps, "mine")).data?.index));
    expect(data).toEqual(many.map((_, index) => `${index}`));
    await Promise.all(many.map((cluster) => cluster.advance("5m")));
    expect((await heapMegabytes()) - empty).toBeLessThan(100 * 4);
    expect(handles()).toBeLessThanOrEqual(before);
    // The others are dropped as they are.
    await Promise.all(many.slice(0, 50).map((cluster) => cluster.stop()));
    expect(handles()).toBeLessThanOrEqual(before);
  };
  await use();
  expect(await collected(references)).toBe(true);
  expect((await heapMegabytes()) - empty).toBeLessThan(20);
}, 120_000);
