import { describe, expect, it } from "vitest";
import type { Pod } from "../../api/core/v1.ts";
import { utf8 } from "../bytes.ts";
import type { NodeProxy } from "../options.ts";
import type { UpgradeTarget } from "../request.ts";
import { pod } from "../testing/pods.ts";
import { admin, TestServer } from "../testing/test-server.ts";

const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";

const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
});

describe("binding", () => {
  it("gives the pod its node's zone and region, and keeps what was promised", async () => {
    const test = await TestServer.started();
    const labels = { "topology.kubernetes.io/zone": "z1", "topology.kubernetes.io/region": "r1", "kubernetes.io/hostname": "n1" };
    await test.post("/api/v1/nodes", { metadata: { name: "n1", labels } });
    const spec = { containers: [{ name: "c", image: "i" }] };
    await test.post(pods, { metadata: { name: "p", labels: { app: "web", "topology.kubernetes.io/zone": "mine" } }, spec });
    await test.patch(`${pods}/p/status`, "merge", { status: { nominatedNodeName: "n1" } });
    await test.post(`${pods}/p/binding`, { metadata: { name: "p", labels: { extra: "1" } }, target: { kind: "Node", name: "n1" } });
    const { body } = await test.get(`${pods}/p`);
    const expected = { "topology.kubernetes.io/zone": "z1", "topology.kubernetes.io/region": "r1" };
    expect(body.metadata.labels).toEqual({ app: "web", extra: "1", ...expected });
    expect((body.status as unknown as Pod["status"])?.nominatedNodeName).toBeUndefined();
    await test.post(pods, { metadata: { name: "direct" }, spec: { ...spec, nodeName: "n1" } });
    expect((await test.get(`${pods}/direct`)).body.metadata.labels).toEqual(expected);
  });

  it("assigns a pod to a node, once", async () => {
    const test = await TestServer.started();
    await test.post(pods, pod("p"));
    const binding = { metadata: { name: "p" }, target: { kind: "Node", name: "n1" } };
    expect((await test.post(`${pods}/p/binding`, binding)).body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      code: 201,
    });
    expect((await test.get(`${pods}/p`)).body).toMatchObject({
      spec: { nodeName: "n1" },
      status: { conditions: [{ type: "PodScheduled", status: "True" }] },
    });
    expect((await test.post(`${pods}/p/binding`, binding)).body).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    });
    expect((await test.post(`${pods}/p/binding`, { target: { name: "n1" } })).body.message).toBe(
      "name in URL does not match name in Binding object",
    );
    expect((await test.post("/api/v1/namespaces/default/bindings", { metadata: { name: "no" }, target: { name: "n" } })).body.message).toBe(
      'pods "no" not found',
    );
  });
});

describe("scale", () => {
  it("reads and writes the replicas", async () => {
    const test = await TestServer.started();
    await test.post(deployments, deployment("d"));
    expect((await test.get(`${deployments}/d/scale`)).body).toMatchObject({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      spec: { replicas: 2 },
      status: { replicas: 0, selector: "a=b" },
    });
    expect((await test.patch(`${deployments}/d/scale`, "merge", { spec: { replicas: 5 } })).body).toMatchObject({ spec: { replicas: 5 } });
    expect((await test.put(`${deployments}/d/scale`, { metadata: { name: "d" }, spec: { replicas: 0 } })).body.spec).toEqual({});
    expect((await test.get(`${deployments}/d`)).body).toMatchObject({ metadata: { generation: 3 }, spec: { replicas: 0 } });
    expect((await test.put(`${deployments}/d/scale`, { metadata: { name: "d" }, spec: { replicas: -1 } })).body.message).toBe(
      'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(
      (await test.put(`${deployments}/d/scale`, { metadata: { name: "d", resourceVersion: "1" }, spec: { replicas: 1 } })).status,
    ).toBe(409);
  });
});

describe("status", () => {
  it("changes the status and nothing else of importance", async () => {
    const test = await TestServer.started();
    await test.post(deployments, deployment("d"));
    const written = await test.put(`${deployments}/d/status`, { ...deployment("d"), spec: { replicas: 9 }, status: { replicas: 3 } });
    expect(written.body).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 2 }, status: { replicas: 3 } });
    const spec = await test.put(`${deployments}/d`, { ...deployment("d"), status: { replicas: 7 } });
    expect(spec.body).toMatchObject({ status: { replicas: 3 } });
  });
});

describe("eviction", () => {
  it("honours disruption budgets", async () => {
    const test = await TestServer.started();
    await test.post(pods, pod("p", { labels: { a: "b" } }));
    await test.post(`${pods}/p/binding`, { metadata: { name: "p" }, target: { name: "n1" } });
    await test.patch(`${pods}/p/status`, "merge", { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } });
    const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    await test.post(budgets, { metadata: { name: "pdb" }, spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } } });
    await test.patch(`${budgets}/pdb/status`, "merge", {
      status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    });
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } };
    expect((await test.post(`${pods}/p/eviction`, eviction)).body).toMatchObject({
      code: 429,
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: "DisruptionBudget", message: "The disruption budget pdb needs 1 healthy pods and has 1 currently" }] },
    });
    await test.patch(`${budgets}/pdb/status`, "merge", { status: { disruptionsAllowed: 1 } });
    expect((await test.post(`${pods}/p/eviction`, eviction)).status).toBe(201);
    expect((await test.get(`${budgets}/pdb`)).body.status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { p: "2026-01-01T00:00:00Z" },
    });
    expect((await test.get(`${pods}/p`)).body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
  });
});

describe("the way to node agents", () => {
  it("forwards logs and upgrades, after the checks", async () => {
    const asked: string[] = [];
    const upgraded: UpgradeTarget[] = [];
    const nodeProxy: NodeProxy = {
      forward: async (node, path) => {
        asked.push(`${node} ${path}`);
        return { status: 200, headers: {}, body: { form: "bytes", bytes: utf8("hello\n") } };
      },
      upgrade: async (target) => {
        upgraded.push(target);
      },
    };
    const test = await TestServer.started({}, nodeProxy);
    await test.post(pods, pod("p"));
    expect((await test.get(`${pods}/p/log`)).status).toBe(204);
    expect((await test.get(`${pods}/p/exec`)).body.message).toBe("pod p does not have a host assigned");
    await test.post(`${pods}/p/binding`, { metadata: { name: "p" }, target: { name: "n1" } });
    expect((await test.get(`${pods}/p/log`)).body.message).toBe('pods "n1" not found');
    await test.post("/api/v1/nodes", { metadata: { name: "n1" } });
    expect((await test.get(`${pods}/p/log?follow=true&tailLines=5`)).text).toBe("hello\n");
    expect(asked).toEqual(["n1 /containerLogs/default/p/main?follow=true&tailLines=5"]);
    expect((await test.get("/api/v1/nodes/n1/proxy?x=1")).headers.location).toBe("/api/v1/nodes/n1/proxy/?x=1");
    await test.get("/api/v1/nodes/n1/proxy/a%20b//c/?x=1");
    expect(asked.pop()).toBe("n1 /a%20b/c/?x=1");
    expect((await test.get("/api/v1/nodes/ftp:n1:80/proxy/")).body.message).toBe('invalid node request "ftp:n1:80"');
    expect((await test.get(`${pods}/p/log?container=no`)).body.message).toBe("container no is not valid for pod p");
    expect((await test.get(`${pods}/p/log?sinceTime=x&tailLines=y`)).body.message).toBe(
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    );
    expect((await test.get(`${pods}/p/log?tailLines=-1`)).body.message).toBe(
      'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    );
    const upgrade = (url: string, identity = admin) => {
      const [path = "", query = ""] = url.split("?");
      return test.server.upgrade({
        method: "GET",
        path,
        query: new URLSearchParams(query),
        headers: {},
        identity,
        head: new Uint8Array(0),
        connection: undefined,
      });
    };
    expect(await upgrade(`${pods}/p/exec?command=ls&command=-l&stdout=true&tty=false`)).toBeUndefined();
    expect(await upgrade(`${pods}/p/portforward?ports=80`)).toBeUndefined();
    expect(upgraded).toEqual([
      { node: "n1", path: "/exec/default/p/main?output=1&command=ls&command=-l" },
      { node: "n1", path: "/portForward/default/p?port=80" },
    ]);
    const bob = { name: "bob", groups: [] };
    expect((await upgrade(`${pods}/p/exec?command=ls`, bob))?.status).toBe(403);
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    const rules = [{ apiGroups: [""], resources: ["pods/exec"], verbs: ["get"] }];
    await test.post(`${rbac}/roles`, { metadata: { name: "reads" }, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reads" };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" }];
    await test.post(`${rbac}/rolebindings`, { metadata: { name: "reads" }, roleRef, subjects });
    expect((await upgrade(`${pods}/p/exec?command=ls`, bob))?.status).toBe(403);
    expect(upgraded.length).toBe(2);
  });
});
