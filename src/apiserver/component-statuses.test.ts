import { expect, it } from "vitest";
import { TestServer } from "./testing/test-server.ts";

const path = "/api/v1/componentstatuses";
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
const healthy = [{ type: "Healthy", status: "True", message: "ok" }];

it("knows the parts of its own process, and of the others what they tell", async () => {
  const test = await TestServer.started({ partHealth: (part) => (part === "scheduler" ? "ok" : undefined) });
  expect((await test.get(path)).body).toMatchObject({
    kind: "ComponentStatusList",
    items: [
      {
        metadata: { name: "controller-manager" },
        conditions: [{ type: "Healthy", status: "False", message: 'Get "https://127.0.0.1:10257/healthz": no network in tests' }],
      },
      { metadata: { name: "scheduler" }, conditions: healthy },
      { metadata: { name: "etcd-0" }, conditions: healthy },
    ],
  });
});

it("takes a part elsewhere for healthy as long as its leader renews the lease", async () => {
  const test = await TestServer.started();
  const renewTime = new Date(test.clock.now()).toISOString().replace("Z", "000Z");
  const lease = {
    metadata: { name: "kube-controller-manager" },
    spec: { holderIdentity: "there", renewTime, leaseDurationSeconds: 15 },
  };
  await test.post("/api/v1/namespaces", { metadata: { name: "kube-system" } });
  expect((await test.post(leases, lease)).status).toBe(201);
  const conditions = async () => (await test.get(`${path}/controller-manager`)).body.conditions;
  expect(await conditions()).toEqual(healthy);
  await test.clock.advance(15_000);
  expect(await conditions()).toMatchObject([{ status: "False" }]);
});

it("tells what is wrong with the store", async () => {
  const etcd = { name: "etcd", check: () => "the disk is full", endpoints: ["readyz" as const] };
  const test = await TestServer.started({ healthChecks: [etcd] });
  expect((await test.get(`${path}/etcd-0`)).body.conditions).toEqual([{ type: "Healthy", status: "False", message: "the disk is full" }]);
});
