import { describe, expect, it } from "vitest";
import { TestServer } from "./testing/test-server.ts";

const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };

describe("a write to the status", () => {
  const changed = { labels: { new: "1" }, annotations: { new: "1" }, finalizers: ["a.b/c"] };
  const metadataOf = async (path: string, kind: string, spec: object, status: object) => {
    const server = await TestServer.started();
    const created = await server.post(path, { metadata: { name: "x", labels: { old: "1" } }, spec });
    const { apiVersion } = created.body;
    const metadata = { name: "x", resourceVersion: created.body.metadata.resourceVersion, ...changed };
    const { body } = await server.put(`${path}/x/status`, { apiVersion, kind, metadata, spec, status });
    const { labels, annotations, finalizers } = body.metadata;
    return { labels, annotations, finalizers };
  };

  it("takes labels, annotations and finalizers along", async () => {
    const path = "/api/v1/namespaces/default/pods";
    expect(await metadataOf(path, "Pod", template.spec, { phase: "Running" })).toEqual(changed);
  });

  it("leaves a deployment's labels alone", async () => {
    const spec = { selector: { matchLabels: { a: "b" } }, template };
    const kept = await metadataOf("/apis/apps/v1/namespaces/default/deployments", "Deployment", spec, { replicas: 1 });
    expect(kept).toEqual({ ...changed, labels: { old: "1" } });
  });

  it("leaves all of a volume attachment's metadata alone", async () => {
    const spec = { attacher: "a", nodeName: "n", source: { persistentVolumeName: "p" } };
    const kept = await metadataOf("/apis/storage.k8s.io/v1/volumeattachments", "VolumeAttachment", spec, { attached: true });
    expect(kept).toEqual({ labels: { old: "1" } });
  });
});

it("generates a name before the kind is prepared, which builds on it", async () => {
  const server = await TestServer.started();
  const namespace = await server.post("/api/v1/namespaces", { metadata: { generateName: "n-" } });
  const { name = "", labels } = namespace.body.metadata;
  expect(name).toMatch(/^n-[a-z0-9]{5}$/);
  expect(labels).toEqual({ "kubernetes.io/metadata.name": name });
  const job = await server.post("/apis/batch/v1/namespaces/default/jobs", {
    metadata: { generateName: "j-" },
    spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } },
  });
  const { spec, metadata } = job.body as unknown as { metadata: { name: string }; spec: { template: { metadata: { labels: object } } } };
  expect(spec.template.metadata.labels).toMatchObject({ "batch.kubernetes.io/job-name": metadata.name, "job-name": metadata.name });
});

it("shows times that were never set as null", async () => {
  const server = await TestServer.started();
  await server.post("/api/v1/namespaces/default/pods", { metadata: { name: "x" }, spec: template.spec });
  const status = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] };
  const written = await server.patch("/api/v1/namespaces/default/pods/x/status", "strategic-merge", { status });
  expect((written.body.status as unknown as { conditions: object[] }).conditions).toEqual([
    { type: "Ready", status: "True", lastProbeTime: null, lastTransitionTime: "2026-01-01T00:00:00Z" },
  ]);
  const again = await server.patch("/api/v1/namespaces/default/pods/x/status", "strategic-merge", { status });
  expect(again.body.metadata.resourceVersion).toBe(written.body.metadata.resourceVersion);
});
