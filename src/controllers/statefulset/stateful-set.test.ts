import { afterEach, expect, it } from "vitest";
import type { StatefulSet, StatefulSetSpec } from "../../api/apps/v1.ts";
import { controllerrevisions, persistentvolumeclaims, pods, statefulsets } from "../../api/refs.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { startStatefulSetController } from "./stateful-set.ts";

let harness: WorkloadHarness;
const start = () => {
  harness = new WorkloadHarness(startStatefulSetController);
  return harness;
};
afterEach(() => harness.stop());

const template = (image: string) => ({ metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "c", image }] } });
const create = (spec: Partial<StatefulSetSpec> = {}) =>
  harness.client.create<StatefulSet>(statefulsets, {
    metadata: { name: "db", namespace: "default" },
    spec: {
      replicas: 3,
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: template("db:1"),
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      ...spec,
    },
  });
const current = () => harness.get<StatefulSet>(statefulsets, "db");
const names = () => harness.livePods().map(nameOf).sort();
const images = () =>
  harness
    .livePods()
    .map((pod) => `${nameOf(pod)} ${pod.spec?.containers[0]?.image}`)
    .sort();
const patch = (spec: unknown) =>
  harness.client.patch(statefulsets, "db", { type: "application/merge-patch+json", body: { spec } }, { namespace: "default" });

it("creates members one after the other, each with its identity", async () => {
  const { client } = start();
  await create();
  await harness.rest();
  expect(names()).toEqual(["db-0"]);
  await harness.rest();
  expect(names()).toEqual(["db-0"]);
  await harness.runPods();
  expect(names()).toEqual(["db-0", "db-1"]);
  await harness.converge();
  const [revision] = client.peekAll(controllerrevisions);
  expect(harness.get(pods, "db-1")).toMatchObject({
    metadata: {
      labels: {
        app: "db",
        "statefulset.kubernetes.io/pod-name": "db-1",
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": nameOf(revision!),
      },
    },
    spec: { hostname: "db-1", subdomain: "db" },
  });
  expect(current().status).toEqual({
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: nameOf(revision!),
    updateRevision: nameOf(revision!),
    collisionCount: 0,
  });
  expect(harness.events()).toEqual([0, 1, 2].map((n) => `Normal SuccessfulCreate Create Pod db-${n} in StatefulSet db successful`));
  expect(harness.errors()).toEqual([]);
});

it("scales down from the highest ordinal, and starts where told", async () => {
  start();
  await create({ ordinals: { start: 5 } });
  await harness.converge();
  expect(names()).toEqual(["db-5", "db-6", "db-7"]);
  await patch({ replicas: 1 });
  await harness.rest();
  expect(names()).toEqual(["db-5", "db-6"]);
  await harness.runPods();
  expect(names()).toEqual(["db-5"]);
  await harness.converge();
  expect(current().status?.replicas).toBe(1);
});

it("creates and deletes all at once in parallel", async () => {
  start();
  await create({ podManagementPolicy: "Parallel" });
  await harness.rest();
  expect(names()).toEqual(["db-0", "db-1", "db-2"]);
  await patch({ replicas: 0 });
  await harness.rest();
  expect(names()).toEqual([]);
});

it("updates from the highest ordinal down to the partition", async () => {
  start();
  await create();
  await harness.converge();
  await patch({ template: template("db:2"), updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } });
  await harness.rest();
  expect(names()).toEqual(["db-0", "db-1"]);
  await harness.converge();
  expect(images()).toEqual(["db-0 db:1", "db-1 db:2", "db-2 db:2"]);
  expect(current().status).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
  harness.client.drop(pods, "default/db-0");
  await harness.converge();
  expect(images()[0]).toBe("db-0 db:1");
  await patch({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } } });
  await harness.converge();
  expect(images()).toEqual(["db-0 db:2", "db-1 db:2", "db-2 db:2"]);
  expect(current().status?.currentRevision).toBe(current().status?.updateRevision);
});

it("updates several members at once where that is allowed", async () => {
  start();
  await create({ replicas: 4, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 2 } } });
  await harness.converge();
  await patch({ template: template("db:2") });
  await harness.rest();
  expect(names()).toEqual(["db-0", "db-1"]);
  await harness.converge();
  expect(images()).toEqual([0, 1, 2, 3].map((n) => `db-${n} db:2`));
});

it("recreates failed members", async () => {
  start();
  await create({ replicas: 1 });
  await harness.converge();
  const uid = uidOf(harness.get(pods, "db-0"));
  harness.finish(harness.get(pods, "db-0"), "Failed");
  await harness.converge();
  expect(uidOf(harness.get(pods, "db-0"))).not.toBe(uid);
  expect(harness.events()).toContain("Normal SuccessfulDelete Delete Pod db-0 in StatefulSet db successful");
});

it("makes the claims of each member, and deletes them as the policy says", async () => {
  const { client } = start();
  await create({
    replicas: 2,
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
  });
  await harness.converge();
  expect(client.peekAll(persistentvolumeclaims).map(nameOf)).toEqual(["data-db-0", "data-db-1"]);
  expect(harness.get(persistentvolumeclaims, "data-db-0").metadata).toMatchObject({
    labels: { app: "db" },
    ownerReferences: [{ kind: "StatefulSet", name: "db" }],
  });
  expect(harness.get(pods, "db-1").spec?.volumes).toEqual([{ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } }]);
  expect(harness.events()).toContain("Normal SuccessfulCreate Create Claim data-db-0 Pod db-0 in StatefulSet db success");
  await patch({ replicas: 1 });
  await harness.rest();
  expect(harness.get(persistentvolumeclaims, "data-db-1").metadata.ownerReferences).toMatchObject([{ kind: "Pod", name: "db-1" }]);
  expect(harness.get(persistentvolumeclaims, "data-db-0").metadata.ownerReferences).toMatchObject([{ kind: "StatefulSet" }]);
  expect(harness.errors()).toEqual([]);
});

it("counts members as available after minReadySeconds, and waits for them", async () => {
  const { clock } = start();
  await create({ replicas: 2, minReadySeconds: 20 });
  await harness.rest();
  await harness.runPods();
  expect(names()).toEqual(["db-0"]);
  await clock.advance(22_000);
  await harness.rest();
  expect(names()).toEqual(["db-0", "db-1"]);
});
