import { afterEach, expect, it } from "vitest";
import type { DaemonSet, DaemonSetSpec } from "../../api/apps/v1.ts";
import type { Node } from "../../api/core/v1.ts";
import { controllerrevisions, daemonsets, nodes, pods } from "../../api/refs.ts";
import { nameOf } from "../../machinery/object.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { targetNode } from "./daemon-pod.ts";
import { startDaemonSetController } from "./daemon-set.ts";

let harness: WorkloadHarness;
const start = (...names: string[]) => {
  harness = new WorkloadHarness(startDaemonSetController);
  for (const name of names) harness.client.seed(nodes, node(name));
  return harness;
};
afterEach(() => harness.stop());

const node = (name: string, spec: Node["spec"] = {}, labels: Record<string, string> = {}): Node => ({ metadata: { name, labels }, spec });
const template = (image: string) => ({ metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "c", image }] } });
const set = (spec: Partial<DaemonSetSpec> = {}): DaemonSet => ({
  metadata: { name: "agent", namespace: "default" },
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: template("agent:1"),
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    revisionHistoryLimit: 10,
    ...spec,
  },
});
const current = () => harness.get<DaemonSet>(daemonsets, "agent");
const places = () => harness.livePods().map(targetNode).sort();
const images = () =>
  harness
    .livePods()
    .map((pod) => pod.spec?.containers[0]?.image)
    .sort();
const patch = (spec: unknown) =>
  harness.client.patch(daemonsets, "agent", { type: "application/merge-patch+json", body: { spec } }, { namespace: "default" });
/** Runs pods on the nodes that they are pinned to. */
const run = async (rounds = 10) => {
  for (let round = 0; round < rounds; round++) {
    await harness.rest();
    for (const pod of harness.pods())
      if (pod.status?.phase === "Pending" && !pod.metadata.deletionTimestamp) harness.setReady(pod, true, targetNode(pod));
    await harness.runPods();
  }
};

it("runs a pinned pod on each node", async () => {
  const { client } = start("a", "b");
  await client.create(daemonsets, set());
  await harness.rest();
  expect(places()).toEqual(["a", "b"]);
  const [pod] = harness.pods();
  const [revision] = client.peekAll(controllerrevisions);
  expect(pod).toMatchObject({
    metadata: { labels: { app: "agent", "controller-revision-hash": revision?.metadata.labels?.["controller-revision-hash"] } },
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
          },
        },
      },
    },
  });
  expect(pod?.spec?.tolerations?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
    "node.kubernetes.io/not-ready:NoExecute",
    "node.kubernetes.io/unreachable:NoExecute",
    "node.kubernetes.io/disk-pressure:NoSchedule",
    "node.kubernetes.io/memory-pressure:NoSchedule",
    "node.kubernetes.io/pid-pressure:NoSchedule",
    "node.kubernetes.io/unschedulable:NoSchedule",
  ]);
  expect(revision).toMatchObject({
    metadata: { name: `agent-${revision?.metadata.labels?.["controller-revision-hash"]}` },
    data: { spec: { template: { ...template("agent:1"), $patch: "replace" } } },
    revision: 1,
  });
  await run(1);
  expect(current().status).toEqual({
    observedGeneration: 1,
    desiredNumberScheduled: 2,
    currentNumberScheduled: 2,
    numberMisscheduled: 0,
    numberReady: 2,
    numberAvailable: 2,
    updatedNumberScheduled: 2,
  });
  expect(harness.events()).toContain(`Normal SuccessfulCreate Created pod: ${nameOf(pod!)}`);
  expect(harness.errors()).toEqual([]);
});

it("follows nodes as they come, are tainted, and change their labels", async () => {
  const { client } = start("a");
  client.seed(nodes, node("tainted", { taints: [{ key: "gpu", effect: "NoSchedule" }] }));
  await client.create(
    daemonsets,
    set({ template: { ...template("agent:1"), spec: { ...template("agent:1").spec, nodeSelector: { role: "x" } } } }),
  );
  await run(1);
  expect(places()).toEqual([]);
  client.seed(
    nodes,
    node("a", {}, { role: "x" }),
    node("b", { unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] }, { role: "x" }),
  );
  await run(1);
  expect(places()).toEqual(["a", "b"]);
  client.seed(nodes, node("a", { taints: [{ key: "other", effect: "NoSchedule" }] }, { role: "x" }));
  await run(1);
  expect(places()).toEqual(["a", "b"]);
  expect(current().status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
  client.seed(nodes, node("a", { taints: [{ key: "other", effect: "NoExecute" }] }, { role: "x" }));
  await run(1);
  expect(places()).toEqual(["b"]);
});

it("replaces pods one by one on a new template, and keeps the history", async () => {
  const { client } = start("a", "b", "c");
  await client.create(daemonsets, set({ revisionHistoryLimit: 1 }));
  await run(2);
  await patch({ template: template("agent:2") });
  await harness.rest();
  expect(harness.livePods()).toHaveLength(2);
  await run(6);
  expect(images()).toEqual(["agent:2", "agent:2", "agent:2"]);
  expect(current().status).toMatchObject({ updatedNumberScheduled: 3, observedGeneration: 2 });
  await patch({ template: template("agent:3") });
  await run(8);
  expect(
    client
      .peekAll(controllerrevisions)
      .map(({ revision }) => revision)
      .sort(),
  ).toEqual([2, 3]);
});

it("surges: the old pod goes when the new one is available", async () => {
  const { client } = start("a", "b");
  await client.create(daemonsets, set({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }));
  await run(2);
  await patch({ template: template("agent:2") });
  await harness.rest();
  expect(images()).toEqual(["agent:1", "agent:1", "agent:2"]);
  await run(6);
  expect(images()).toEqual(["agent:2", "agent:2"]);
});

it("leaves old pods alone under OnDelete", async () => {
  const { client } = start("a");
  await client.create(daemonsets, set({ updateStrategy: { type: "OnDelete" } }));
  await run(2);
  await patch({ template: template("agent:2") });
  await run(2);
  expect(images()).toEqual(["agent:1"]);
  harness.client.drop(pods, `default/${nameOf(harness.pods()[0]!)}`);
  await run(2);
  expect(images()).toEqual(["agent:2"]);
});

it("replaces failed pods with a back-off", async () => {
  const { clock } = start("a");
  await harness.client.create(daemonsets, set());
  await run(2);
  const first = harness.pods()[0]!;
  harness.finish(first, "Failed");
  await run(2);
  expect(harness.events()).toContain(
    `Warning FailedDaemonPod Found failed daemon pod default/${nameOf(first)} on node a, will try to kill it`,
  );
  const second = harness.pods()[0]!;
  expect(nameOf(second)).not.toBe(nameOf(first));
  harness.finish(second, "Failed");
  await harness.rest();
  expect(harness.pods().map(nameOf)).toEqual([nameOf(second)]);
  await clock.advance(1000);
  await run(2);
  expect(harness.pods().map(nameOf)).not.toContain(nameOf(second));
});
