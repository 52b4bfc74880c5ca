import { afterEach, describe, expect, it } from "vitest";
import type { Pod } from "../../api/core/v1.ts";
import { nodes, pods } from "../../api/refs.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { type PodGcOptions, startPodGc } from "./pod-gc.ts";

describe("the collector of pods", () => {
  let harness: WorkloadHarness;

  function start(options?: PodGcOptions): void {
    harness = new WorkloadHarness((deps) => startPodGc({ ...deps, ...(options ? { options } : {}) }));
  }

  afterEach(async () => {
    expect(harness.errors()).toEqual([]);
    await harness.stop();
  });

  const pod = (name: string, more: Partial<Pod["metadata"]> = {}, nodeName?: string, phase = "Running"): Pod => ({
    metadata: { name, namespace: "default", generation: 2, ...more },
    spec: { containers: [{ name: "c", image: "i" }], ...(nodeName ? { nodeName } : {}) },
    status: { phase },
  });

  it("removes pods whose node is gone, after a while, and says that the cluster is the reason", async () => {
    start();
    harness.client.seed(nodes, { metadata: { name: "there" } });
    harness.client.seed(pods, pod("kept", {}, "there"), pod("lost", {}, "gone"), pod("done", {}, "gone", "Succeeded"), pod("free"));
    await harness.rest();
    harness.client.actions.length = 0;
    // Seen missing at 20 s; in quarantine until 60 s.
    await harness.clock.advance(59_000);
    expect(harness.client.writes()).toEqual([]);
    let last: Pod["status"];
    harness.client.faults.before({ verb: "delete", name: "lost" }, () => {
      last = harness.client.peek(pods, "default/lost")?.status;
    });
    await harness.clock.advance(2000);
    await harness.rest();
    expect(last).toEqual({
      phase: "Failed",
      conditions: [
        {
          type: "DisruptionTarget",
          status: "True",
          reason: "DeletionByPodGC",
          message: "PodGC: node no longer exists",
          lastTransitionTime: "2026-01-01T00:01:00Z",
          observedGeneration: 2,
        },
      ],
    });
    expect(harness.pods().map(({ metadata }) => metadata.name)).toEqual(["free", "kept"]);
  });

  it("waits for a node that the cache hasn't heard of", async () => {
    start();
    harness.client.seed(pods, pod("p", {}, "late"));
    await harness.rest();
    await harness.clock.advance(50_000);
    harness.client.seed(nodes, { metadata: { name: "late" } });
    await harness.clock.advance(60_000);
    expect(harness.client.writes()).toEqual([]);
  });

  it("ends deleted pods that no node will end: those without a node, and those of a node out of service", async () => {
    start();
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    harness.client.seed(
      nodes,
      { metadata: { name: "out" }, spec: { taints: [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }] } },
      { metadata: { name: "well" }, status: { conditions: [{ type: "Ready", status: "True" }] } },
    );
    harness.client.seed(
      pods,
      pod("on-out", { deletionTimestamp, deletionGracePeriodSeconds: 30 }, "out"),
      pod("stays-on-out", {}, "out"),
      pod("on-well", { deletionTimestamp, deletionGracePeriodSeconds: 30 }, "well"),
      pod("nowhere", { deletionTimestamp, deletionGracePeriodSeconds: 30 }, undefined, "Pending"),
    );
    await harness.rest();
    await harness.clock.advance(20_000);
    await harness.client.settle();
    expect(harness.pods().map(({ metadata }) => metadata.name)).toEqual(["on-well", "stays-on-out"]);
    const statusWrites = harness.client.actions.filter(({ verb }) => verb === "patch").map(({ name, body }) => [name, body]);
    expect(statusWrites.map(([name, body]) => [name, (body as { status: unknown }).status])).toEqual([
      ["on-out", { phase: "Failed" }],
      ["nowhere", { phase: "Failed" }],
    ]);
  });

  it("keeps so many finished pods, evicted and old ones going first", async () => {
    start({ terminatedPodThreshold: 2 });
    harness.client.seed(nodes, { metadata: { name: "n" } });
    const at = (minute: number) => ({ creationTimestamp: `2026-01-01T00:0${minute}:00Z` });
    const evicted = pod("evicted", at(5), "n", "Failed");
    harness.client.seed(
      pods,
      pod("old", at(1), "n", "Succeeded"),
      pod("young", at(4), "n", "Succeeded"),
      pod("middle", at(3), "n", "Failed"),
      { ...evicted, status: { ...evicted.status, reason: "Evicted" } },
      pod("running", at(0), "n"),
    );
    await harness.rest();
    await harness.clock.advance(20_000);
    await harness.client.settle();
    expect(harness.pods().map(({ metadata }) => metadata.name)).toEqual(["middle", "running", "young"]);
  });
});
