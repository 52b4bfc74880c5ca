import { expect, it } from "vitest";
import { configmaps } from "../api/refs.ts";
import { startCluster } from "./start-cluster.ts";

it("a hundred clusters live in one process, each its own, and leave nothing open", async () => {
  const handles = () => process.getActiveResourcesInfo().filter((name) => name !== "Immediate").length;
  const before = handles();
  const many = await Promise.all(Array.from({ length: 100 }, (_, seed) => startCluster({ controllers: "lifecycle", seed })));
  await Promise.all(
    many.map(({ client }, index) => client.create(configmaps, { metadata: { name: "mine" }, data: { index: `${index}` } })),
  );
  const data = await Promise.all(many.map(async ({ client }) => (await client.get(configmaps, "mine")).data?.index));
  expect(data).toEqual(many.map((_, index) => `${index}`));
  await Promise.all(many.map((cluster) => cluster.advance("1h")));
  expect(handles()).toBeLessThanOrEqual(before);
  await Promise.all(many.map((cluster) => cluster.stop()));
  expect(handles()).toBeLessThanOrEqual(before);
});
