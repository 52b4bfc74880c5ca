import { expect, it } from "vitest";
import { pods } from "../api/refs.ts";
import { startLeaderElection } from "../client/leader-election.ts";
import { startReconciler } from "../client/reconciler.ts";
import { collected } from "./fixtures/garbage.ts";
import { clusters, deployment } from "./fixtures/started.ts";
import { startCluster } from "./start-cluster.ts";

const { start } = clusters();

it("a cluster that is dropped is garbage, and so is a copy", async () => {
  const references: WeakRef<object>[] = [];
  const kept = await start({ controllers: "none" });
  const use = async () => {
    const cluster = await startCluster({ nodes: 1 });
    await cluster.apply(deployment("web", 1));
    await cluster.until("deployment/web", "available");
    const connection = cluster.connection();
    startReconciler(connection, { name: "idle", kind: pods, reconcile: async () => undefined });
    const lead = () => new Promise<void>(() => undefined);
    startLeaderElection({ deps: connection.deps, namespace: "default", name: "idle", identity: "a", lead });
    await cluster.advance("1m");
    const all = [cluster, cluster.fork(), kept.fork()];
    await Promise.all(all.map((each) => each.advance("1m")));
    // The time of a cluster is what all that runs in it holds.
    for (const each of all) references.push(new WeakRef(each), new WeakRef(each.connection().deps.clock));
  };
  await use();
  expect(await collected(references)).toBe(true);
});
