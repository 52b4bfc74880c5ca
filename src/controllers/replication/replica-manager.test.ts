import { afterEach, expect, it } from "vitest";
import type { ReplicaSet } from "../../api/apps/v1.ts";
import { pods, replicasets, replicationcontrollers } from "../../api/refs.ts";
import { forbidden } from "../../machinery/errors.ts";
import { controllerOf, nameOf } from "../../machinery/object.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { startReplicaSetController, startReplicationController } from "./replica-manager.ts";

let harness: WorkloadHarness;
const start = () => {
  harness = new WorkloadHarness(startReplicaSetController, startReplicationController);
  return harness;
};
afterEach(() => harness.stop());

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "web" }] } };
const replicaSet = (replicas: number, more: Partial<NonNullable<ReplicaSet["spec"]>> = {}): ReplicaSet => ({
  metadata: { name: "web", namespace: "default" },
  spec: { replicas, selector: { matchLabels: { app: "web" } }, template, ...more },
});

it("creates the pods of a replica set and follows them in the status", async () => {
  const { client } = start();
  await client.create(replicasets, replicaSet(3));
  await harness.rest();
  expect(harness.pods()).toHaveLength(3);
  const [pod] = harness.pods();
  expect(pod?.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
  expect(pod?.metadata.ownerReferences).toEqual([
    {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: harness.get(replicasets, "web").metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  expect(harness.get<ReplicaSet>(replicasets, "web").status).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 3,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
  await harness.runPods();
  expect(harness.get<ReplicaSet>(replicasets, "web").status).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
  expect(harness.events().sort()).toEqual(
    harness
      .pods()
      .map((made) => `Normal SuccessfulCreate Created pod: ${nameOf(made)}`)
      .sort(),
  );
  expect(harness.errors()).toEqual([]);
});

it("replaces a pod as soon as its deletion begins, and counts it as terminating", async () => {
  const { client } = start();
  await client.create(replicasets, replicaSet(2));
  await harness.converge();
  const [first] = harness.pods();
  await client.delete(pods, nameOf(first!), { namespace: "default" });
  await harness.rest();
  expect(harness.livePods()).toHaveLength(2);
  expect(harness.pods()).toHaveLength(3);
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.terminatingReplicas).toBe(1);
  await harness.runPods();
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.terminatingReplicas).toBe(0);
});

it("scales down the pods that cost least first", async () => {
  const { client, clock } = start();
  await client.create(replicasets, replicaSet(4));
  await harness.converge();
  await clock.advance(60_000);
  const [a, b, c, d] = harness.pods();
  client.seed(pods, { ...a!, metadata: { ...a!.metadata, annotations: { "controller.kubernetes.io/pod-deletion-cost": "-5" } } });
  client.seed(pods, { ...b!, spec: { containers: [], ...b!.spec, nodeName: "other" } });
  harness.setReady(d!, false);
  await client.settle();
  await client.patch(
    replicasets,
    "web",
    { type: "application/merge-patch+json", body: { spec: { replicas: 2 } } },
    { namespace: "default" },
  );
  await harness.rest();
  expect(harness.livePods().map(nameOf).sort()).toEqual([nameOf(b!), nameOf(c!)].sort());
  expect(harness.events()).toContain(`Normal SuccessfulDelete Deleted pod: ${nameOf(d!)}`);
});

it("adopts orphans that match, and releases pods that no longer do", async () => {
  const { client } = start();
  client.seed(pods, { metadata: { name: "stray", namespace: "default", labels: { app: "web" } }, spec: { containers: [] } });
  await client.create(replicasets, replicaSet(2));
  await harness.rest();
  expect(harness.pods()).toHaveLength(2);
  expect(controllerOf(harness.get(pods, "stray"))?.name).toBe("web");
  await client.patch(
    pods,
    "stray",
    { type: "application/merge-patch+json", body: { metadata: { labels: { app: "debug" } } } },
    { namespace: "default" },
  );
  await harness.rest();
  expect(controllerOf(harness.get(pods, "stray"))).toBeUndefined();
  expect(harness.pods()).toHaveLength(3);
});

it("tries few pods while creations fail, and says so in condition and event", async () => {
  const { client } = start();
  const refusal = forbidden({ group: "", resource: "pods" }, "web-x", "exceeded quota: q");
  client.faults.fail(refusal, { verb: "create", resource: "pods" }, Infinity);
  await client.create(replicasets, replicaSet(5));
  await client.settle();
  expect(harness.pods()).toHaveLength(0);
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.conditions).toEqual([
    {
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message: 'pods "web-x" is forbidden: exceeded quota: q',
      lastTransitionTime: "2026-01-01T00:00:00Z",
    },
  ]);
  const tries = client.actions.filter(({ verb, resource }) => verb === "create" && resource === "pods");
  expect(tries.length).toBeLessThan(5);
  client.faults.heal();
  await harness.rest();
  expect(harness.pods()).toHaveLength(5);
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.conditions).toBeUndefined();
  expect(harness.events()).toContain('Warning FailedCreate Error creating: pods "web-x" is forbidden: exceeded quota: q');
});

it("counts a pod as available after minReadySeconds", async () => {
  const { client, clock } = start();
  await client.create(replicasets, replicaSet(1, { minReadySeconds: 30 }));
  await harness.converge();
  expect(harness.get<ReplicaSet>(replicasets, "web").status).toMatchObject({ readyReplicas: 1 });
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.availableReplicas).toBeUndefined();
  await clock.advance(31_000);
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.availableReplicas).toBe(1);
});

it("keeps the pods of a replication controller, finished ones replaced", async () => {
  const { client } = start();
  await client.create(replicationcontrollers, {
    metadata: { name: "rc", namespace: "default" },
    spec: { replicas: 2, selector: { app: "web" }, template },
  });
  await harness.converge();
  const [first] = harness.pods();
  harness.finish(first!, "Failed");
  await harness.converge();
  expect(harness.pods()).toHaveLength(3);
  expect(client.peek(replicationcontrollers, "default/rc")?.status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
});

it("doesn't create twice while its cache lags behind", async () => {
  const { client } = start();
  await harness.rest();
  client.faults.stall("pods");
  await client.create(replicasets, replicaSet(2));
  await harness.rest();
  await client.patch(
    replicasets,
    "web",
    { type: "application/merge-patch+json", body: { spec: { replicas: 3 } } },
    { namespace: "default" },
  );
  await harness.rest();
  expect(harness.pods()).toHaveLength(2);
  client.faults.resume();
  await harness.rest();
  expect(harness.pods()).toHaveLength(3);
});

it("counts a burst of changes once, soon after it began", async () => {
  const { client, clock } = start();
  await client.create(replicasets, replicaSet(20));
  await harness.rest();
  const version = () => harness.get<ReplicaSet>(replicasets, "web").metadata.resourceVersion;
  const before = version();
  for (const pod of harness.pods()) {
    harness.setReady(pod, true);
    await clock.advance(0);
  }
  expect(version()).toBe(before);
  await clock.advance(20);
  expect(harness.get<ReplicaSet>(replicasets, "web").status?.readyReplicas).toBe(20);
});
