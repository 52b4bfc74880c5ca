import { describe, expect, it } from "vitest";
import type { Pod } from "../../api/core/v1.ts";
import { configMap, pod } from "../testing/pods.ts";
import { TestServer } from "../testing/test-server.ts";

const pods = "/api/v1/namespaces/default/pods";

describe("admission", () => {
  it("keeps new things out of namespaces that aren't there or are going", async () => {
    const test = await TestServer.started();
    expect((await test.post("/api/v1/namespaces/none/configmaps", configMap("a"))).body).toMatchObject({
      code: 404,
      message: 'namespaces "none" not found',
    });
    expect((await test.delete("/api/v1/namespaces/default")).body.message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
    await test.post("/api/v1/namespaces", { metadata: { name: "going" } });
    const going = await test.delete("/api/v1/namespaces/going");
    expect(going.body).toMatchObject({ status: { phase: "Terminating" }, metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
    expect((await test.post("/api/v1/namespaces/going/configmaps", configMap("a"))).body).toMatchObject({
      code: 403,
      message: 'configmaps "a" is forbidden: unable to create new content in namespace going because it is being terminated',
      details: {
        name: "a",
        kind: "configmaps",
        causes: [{ reason: "NamespaceTerminating", message: "namespace going is being terminated", field: "metadata.namespace" }],
      },
    });
    await test.put("/api/v1/namespaces/going/finalize", { metadata: { name: "going" }, spec: { finalizers: [] } });
    expect((await test.get("/api/v1/namespaces/going")).status).toBe(404);
  });

  it("gives pods a service account, its token, tolerations and a priority", async () => {
    const test = await TestServer.started();
    const { spec } = (await test.post(pods, pod("p"))).body as unknown as Pod;
    expect(spec).toMatchObject({
      serviceAccountName: "default",
      serviceAccount: "default",
      priority: 0,
      preemptionPolicy: "PreemptLowerPriority",
    });
    expect(spec?.volumes?.[0]?.name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(spec?.containers[0]?.volumeMounts).toEqual([
      { name: spec?.volumes?.[0]?.name, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
    ]);
    expect(spec?.volumes?.[0]?.projected?.sources?.[0]).toEqual({ serviceAccountToken: { expirationSeconds: 3607, path: "token" } });
    expect(spec?.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds])).toEqual([
      ["node.kubernetes.io/not-ready", 300],
      ["node.kubernetes.io/unreachable", 300],
    ]);
    const without = (await test.post(pods, pod("q", { spec: { automountServiceAccountToken: false } }))).body as unknown as Pod;
    expect(without.spec?.volumes).toBeUndefined();
    expect((await test.post(pods, pod("r", { spec: { serviceAccountName: "no" } }))).body.message).toBe(
      'pods "r" is forbidden: error looking up service account default/no: serviceaccount "no" not found',
    );
    expect((await test.post(pods, pod("r", { spec: { priorityClassName: "no" } }))).body.message).toBe(
      'pods "r" is forbidden: no PriorityClass with name no was found',
    );
    expect((await test.post(pods, pod("r", { spec: { priority: 5 } }))).body.message).toBe(
      'pods "r" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    );
    await test.post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "high" }, value: 1000, globalDefault: true });
    expect((await test.post(pods, pod("r"))).body).toMatchObject({ spec: { priorityClassName: "high", priority: 1000 } });
  });

  it("holds pods to the limit ranges", async () => {
    const test = await TestServer.started();
    await test.post("/api/v1/namespaces/default/limitranges", {
      metadata: { name: "l" },
      spec: { limits: [{ type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "100m" }, max: { cpu: "1" } }] },
    });
    const made = (await test.post(pods, pod("p"))).body as unknown as Pod;
    expect(made.spec?.containers[0]?.resources).toEqual({ limits: { cpu: "500m" }, requests: { cpu: "100m" } });
    expect(made.metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu request for container main; cpu limit for container main",
    });
    const big = { containers: [{ name: "main", image: "i", resources: { limits: { cpu: "2" } } }] };
    expect((await test.post(pods, pod("q", { spec: big }))).body.message).toBe(
      'pods "q" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
  });

  it("taints new nodes and protects volumes and claims", async () => {
    const test = await TestServer.started();
    expect((await test.post("/api/v1/nodes", { metadata: { name: "n" } })).body).toMatchObject({
      spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] },
    });
    await test.post("/apis/storage.k8s.io/v1/storageclasses", {
      metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "x",
    });
    const claim = await test.post("/api/v1/namespaces/default/persistentvolumeclaims", {
      metadata: { name: "c" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    expect(claim.body).toMatchObject({
      metadata: { finalizers: ["kubernetes.io/pvc-protection"] },
      spec: { storageClassName: "standard" },
    });
    const held = await test.delete("/api/v1/namespaces/default/persistentvolumeclaims/c");
    expect(held.body).toMatchObject({ kind: "PersistentVolumeClaim", metadata: { deletionGracePeriodSeconds: 0 } });
    await test.patch("/api/v1/namespaces/default/persistentvolumeclaims/c", "merge", { metadata: { finalizers: null } });
    expect((await test.get("/api/v1/namespaces/default/persistentvolumeclaims/c")).status).toBe(404);
  });
});
