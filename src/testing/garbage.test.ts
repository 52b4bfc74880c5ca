import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { clusters, deployment } from "./fixtures/started.ts";
import { startCluster } from "./start-cluster.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const { start } = clusters();

it("a cluster that is dropped is garbage, and so is a copy", async () => {
  const references: WeakRef<object>[] = [];
  const kept = await start({ controllers: "none" });
  const use = async () => {
    const cluster = await startCluster({ nodes: 1 });
    await cluster.apply(deployment("web", 1));
    await cluster.until("deployment/web", "available");
    references.push(new WeakRef(cluster), new WeakRef(cluster.fork()), new WeakRef(kept.fork()));
  };
  await use();
  // What weak references show stays until the turn is over.
  for (let turn = 0; turn < 20 && references.some((each) => each.deref()); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(references.map((each) => each.deref())).toEqual([undefined, undefined, undefined]);
});
