import { afterEach, expect, it } from "vitest";
import type { Deployment, DeploymentSpec, ReplicaSet } from "../../api/apps/v1.ts";
import { deployments, replicasets } from "../../api/refs.ts";
import { nameOf } from "../../machinery/object.ts";
import { startReplicaSetController } from "../replication/replica-manager.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { startDeploymentController } from "./deployment.ts";

let harness: WorkloadHarness;
const start = () => {
  harness = new WorkloadHarness(startReplicaSetController, startDeploymentController);
  return harness;
};
afterEach(() => harness.stop());

const template = (image: string) => ({ metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image }] } });
const deployment = (replicas: number, spec: Partial<DeploymentSpec> = {}): Deployment => ({
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: template("web:1"),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    ...spec,
  },
});
const current = () => harness.get<Deployment>(deployments, "web");
const sets = () =>
  harness.client
    .peekAll<ReplicaSet>(replicasets, "default")
    .sort(
      (a, b) =>
        Number(a.metadata.annotations?.["deployment.kubernetes.io/revision"]) -
        Number(b.metadata.annotations?.["deployment.kubernetes.io/revision"]),
    );
const sizes = () => sets().map((set) => set.spec?.replicas);
const patch = (spec: unknown) =>
  harness.client.patch(deployments, "web", { type: "application/merge-patch+json", body: { spec } }, { namespace: "default" });
const setImage = (image: string) => patch({ template: template(image) });
const scalings = () => harness.events().filter((event) => event.includes("ScalingReplicaSet"));

it("makes a replica set for the template and tells availability and progress", async () => {
  const { client } = start();
  await client.create(deployments, deployment(3));
  await harness.rest();
  const [set] = sets();
  const hash = set?.metadata.labels?.["pod-template-hash"];
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/);
  expect(set).toMatchObject({
    metadata: {
      name: `web-${hash}`,
      labels: { app: "web", "pod-template-hash": hash },
      annotations: {
        "deployment.kubernetes.io/revision": "1",
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
      },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", controller: true, blockOwnerDeletion: true }],
    },
    spec: { replicas: 3, selector: { matchLabels: { app: "web", "pod-template-hash": hash } } },
  });
  expect(current().status?.conditions).toMatchObject([
    { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message: "Deployment does not have minimum availability." },
    { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", message: `ReplicaSet "web-${hash}" is progressing.` },
  ]);
  await harness.converge();
  expect(current().metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "1" });
  expect(current().status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  const conditions = Object.fromEntries((current().status?.conditions ?? []).map((condition) => [condition.type, condition]));
  expect(conditions.Available).toMatchObject({
    status: "True",
    reason: "MinimumReplicasAvailable",
    message: "Deployment has minimum availability.",
  });
  expect(conditions.Progressing).toMatchObject({
    status: "True",
    reason: "NewReplicaSetAvailable",
    message: `ReplicaSet "web-${hash}" has successfully progressed.`,
  });
  expect(scalings()).toEqual([`Normal ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 3`]);
  expect(harness.errors()).toEqual([]);
});

it("rolls a new template out within surge and unavailability", async () => {
  const { client } = start();
  await client.create(deployments, deployment(4));
  await harness.converge();
  await setImage("web:2");
  let most = 0;
  let least = 4;
  for (let round = 0; round < 12; round++) {
    await harness.rest();
    most = Math.max(most, harness.livePods().length);
    least = Math.min(
      least,
      sets().reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0),
    );
    await harness.runPods();
  }
  expect(most).toBeLessThanOrEqual(5);
  expect(least).toBeGreaterThanOrEqual(3);
  expect(sizes()).toEqual([0, 4]);
  const [first, second] = sets().map(nameOf);
  expect(scalings().slice(1, 3)).toEqual([
    `Normal ScalingReplicaSet Scaled up replica set ${second} from 0 to 1`,
    `Normal ScalingReplicaSet Scaled down replica set ${first} from 4 to 3`,
  ]);
  expect(current().metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
});

it("takes up the old set again on a rollback, with its history", async () => {
  const { client } = start();
  await client.create(deployments, deployment(1));
  await harness.converge();
  await setImage("web:2");
  await harness.converge();
  await setImage("web:1");
  await harness.converge();
  expect(sets()).toHaveLength(2);
  const newest = sets().at(-1);
  expect(newest?.metadata.annotations).toMatchObject({
    "deployment.kubernetes.io/revision": "3",
    "deployment.kubernetes.io/revision-history": "1",
  });
  expect(newest?.spec?.template?.spec?.containers[0]?.image).toBe("web:1");
  expect(sizes()).toEqual([0, 1]);
});

it("keeps as many old sets as the history limit says", async () => {
  const { client } = start();
  await client.create(deployments, deployment(1, { revisionHistoryLimit: 1 }));
  for (const image of ["web:1", "web:2", "web:3", "web:4"]) {
    await setImage(image);
    await harness.converge();
  }
  expect(sets().map((set) => set.spec?.template?.spec?.containers[0]?.image)).toEqual(["web:3", "web:4"]);
});

it("recreates: all old pods are gone before new ones come", async () => {
  const { client } = start();
  await client.create(deployments, deployment(2, { strategy: { type: "Recreate" } }));
  await harness.converge();
  await setImage("web:2");
  await harness.rest();
  expect(harness.livePods()).toHaveLength(0);
  expect(sets()).toHaveLength(1);
  await harness.converge();
  expect(sizes()).toEqual([0, 2]);
  expect(harness.livePods()).toHaveLength(2);
});

it("scales all sets in proportion in the middle of a rollout", async () => {
  const { client } = start();
  await client.create(
    deployments,
    deployment(10, { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }),
  );
  await harness.converge();
  await setImage("broken");
  await harness.rest();
  expect(sizes()).toEqual([8, 5]);
  await patch({ replicas: 15 });
  await harness.rest();
  expect(sizes()).toEqual([11, 7]);
});

it("pauses and resumes", async () => {
  const { client } = start();
  await client.create(deployments, deployment(2));
  await harness.converge();
  await patch({ paused: true, template: template("web:2") });
  await harness.rest();
  expect(sets()).toHaveLength(1);
  expect(current().status?.conditions?.find(({ type }) => type === "Progressing")).toMatchObject({
    status: "Unknown",
    reason: "DeploymentPaused",
    message: "Deployment is paused",
  });
  await patch({ replicas: 3 });
  await harness.converge();
  expect(sizes()).toEqual([3]);
  await patch({ paused: false });
  await harness.converge();
  expect(sizes()).toEqual([0, 3]);
  expect(current().status?.conditions?.find(({ type }) => type === "Progressing")?.reason).toBe("NewReplicaSetAvailable");
});

it("tells a rollout that doesn't get on in time", async () => {
  const { client, clock } = start();
  await client.create(deployments, deployment(1, { progressDeadlineSeconds: 60 }));
  await harness.rest();
  await clock.advance(65_000);
  const [set] = sets();
  expect(current().status?.conditions?.find(({ type }) => type === "Progressing")).toMatchObject({
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: `ReplicaSet "${nameOf(set!)}" has timed out progressing.`,
  });
  await harness.converge();
  expect(current().status?.conditions?.find(({ type }) => type === "Progressing")?.status).toBe("True");
});

it("takes another name when a foreign set has the one it wants", async () => {
  const { client } = start();
  await client.create(deployments, deployment(1));
  await harness.rest();
  const name = nameOf(sets()[0]!);
  await harness.stop();
  start();
  harness.client.seed(replicasets, {
    metadata: { name, namespace: "default", labels: { other: "x" } },
    spec: { replicas: 0, selector: { matchLabels: { other: "x" } } },
  });
  await harness.client.create(deployments, deployment(1));
  await harness.converge();
  expect(current().status?.collisionCount).toBe(1);
  expect(sets()).toHaveLength(2);
});

it("tells a failure to create the set", async () => {
  const { client } = start();
  client.faults.fail(500, { verb: "create", resource: "replicasets" });
  await client.create(deployments, deployment(1));
  await harness.rest();
  const [set] = sets();
  expect(harness.events()[0]).toBe(
    `Warning ReplicaSetCreateError Failed to create new replica set "${nameOf(set!)}": Internal error occurred: injected`,
  );
});
