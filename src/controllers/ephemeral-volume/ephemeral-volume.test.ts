import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import { persistentvolumeclaims, pods } from "../../api/refs.ts";
import { startGarbageCollector } from "../garbage-collector/garbage-collector.ts";
import { startClaimProtection } from "../persistentvolume/protection.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startEphemeralVolumes } from "./ephemeral-volume.ts";

type Spec = NonNullable<PersistentVolumeClaim["spec"]>;

const spec: Spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

describe("the claims of ephemeral volumes", () => {
  let harness: ServerHarness;

  beforeEach(async () => {
    harness = await ServerHarness.started(startEphemeralVolumes, startGarbageCollector, startClaimProtection);
  });
  afterEach(() => harness.stop());

  const makePod = (name: string, ...volumes: NonNullable<NonNullable<Pod["spec"]>["volumes"]>) =>
    harness.makePod({ metadata: { name }, spec: { containers: [{ name: "main", image: "image" }], volumes } });
  const scratch = (more: Spec = {}, metadata = {}) => ({
    name: "scratch",
    ephemeral: { volumeClaimTemplate: { metadata, spec: { ...spec, ...more } } },
  });
  const claimNames = () => harness.names(persistentvolumeclaims);
  const unbound = { name: "other", emptyDir: {} };

  it("are made from the template, as the pod's own", async () => {
    const pod = await makePod("web", unbound, scratch({ storageClassName: "fast" }, { labels: { a: "b" }, annotations: { c: "d" } }));
    await harness.rest();
    const claim = await harness.get(persistentvolumeclaims, "web-scratch");
    expect(claim.metadata).toMatchObject({
      labels: { a: "b" },
      annotations: { c: "d" },
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "web", uid: pod.metadata.uid, controller: true, blockOwnerDeletion: true }],
    });
    expect(claim.spec).toEqual({ ...spec, storageClassName: "fast", volumeMode: "Filesystem" });
    expect(await claimNames()).toEqual(["web-scratch"]);
    expect(await harness.events()).toEqual([]);
    expect(harness.errors()).toEqual([]);
  });

  it("go with their pod", async () => {
    await makePod("web", scratch());
    await harness.rest();
    await harness.client.delete(pods, "web", { namespace: "default" });
    await harness.pass(2000);
    expect(await claimNames()).toEqual([]);
  });

  it("are made anew when they are deleted under a pod that has no node yet", async () => {
    await makePod("web", scratch());
    await harness.rest();
    const first = await harness.get(persistentvolumeclaims, "web-scratch");
    await harness.client.delete(persistentvolumeclaims, "web-scratch", { namespace: "default" });
    await harness.pass(1000);
    const second = await harness.get(persistentvolumeclaims, "web-scratch");
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  });

  it("are never someone else's: the pod is told, and gets its claim once the name is free", async () => {
    await harness.client.create(persistentvolumeclaims, { metadata: { name: "web-scratch", namespace: "default" }, spec });
    const pod = await makePod("web", scratch());
    await harness.pass(1000);
    expect(await harness.events()).toContain(
      "Warning FailedBinding web: ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)",
    );
    // Protection holds a claim that a pod on a node names; this one has no node.
    await harness.client.delete(persistentvolumeclaims, "web-scratch", { namespace: "default" });
    await harness.pass(2000);
    const claim = await harness.get(persistentvolumeclaims, "web-scratch");
    expect(claim.metadata.ownerReferences?.[0]?.uid).toBe(pod.metadata.uid);
  });

  it("aren't made for a pod that is being deleted", async () => {
    await harness.client.create(persistentvolumeclaims, { metadata: { name: "held-scratch", namespace: "default" }, spec });
    await harness.makePod({
      metadata: { name: "held", finalizers: ["example.com/hold"] },
      spec: { containers: [{ name: "main", image: "image" }], volumes: [scratch()] },
    });
    await harness.client.delete(pods, "held", { namespace: "default" });
    await harness.pass(1000);
    await harness.client.delete(persistentvolumeclaims, "held-scratch", { namespace: "default" });
    await harness.pass(2000);
    expect((await harness.get(pods, "held")).metadata.deletionTimestamp).toBeDefined();
    expect(await claimNames()).toEqual([]);
  });
});
