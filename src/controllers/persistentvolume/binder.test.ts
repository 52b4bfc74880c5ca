import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import { nodes, persistentvolumeclaims, persistentvolumes, pods, storageclasses } from "../../api/refs.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startVolumeBinder } from "./binder.ts";
import { localPath, localPathClass } from "./local-path.ts";
import { startClaimProtection, startVolumeProtection } from "./protection.ts";

describe("claims and volumes", () => {
  let harness: ServerHarness;

  beforeEach(async () => {
    harness = await ServerHarness.started(
      (deps) => startVolumeBinder({ ...deps, provisioners: [localPath("/var/lib/volumes")] }),
      startClaimProtection,
      startVolumeProtection,
    );
  });

  afterEach(async () => {
    expect(harness.errors()).toEqual([]);
    await harness.stop();
  });

  type VolumeSpec = NonNullable<PersistentVolume["spec"]>;
  type ClaimSpec = NonNullable<PersistentVolumeClaim["spec"]>;

  async function volume(name: string, storage: string, spec: Partial<VolumeSpec> = {}): Promise<PersistentVolume> {
    const base: VolumeSpec = { capacity: { storage }, accessModes: ["ReadWriteOnce"], hostPath: { path: `/${name}` } };
    return await harness.client.create(persistentvolumes, { metadata: { name }, spec: { ...base, ...spec } });
  }

  async function claim(name: string, storage: string, spec: Partial<ClaimSpec> = {}): Promise<PersistentVolumeClaim> {
    const base: ClaimSpec = { storageClassName: "", accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } };
    return await harness.client.create(persistentvolumeclaims, { metadata: { name, namespace: "default" }, spec: { ...base, ...spec } });
  }

  const storageClass = (name: string, more: Partial<StorageClass> = {}) =>
    harness.client.create(storageclasses, { metadata: { name }, provisioner: "example.com/x", ...more });
  const annotate = (name: string, annotations: Record<string, string>) =>
    harness.client.patch(
      persistentvolumeclaims,
      name,
      { type: "application/merge-patch+json", body: { metadata: { annotations } } },
      { namespace: "default" },
    );
  const getVolume = (name: string) => harness.get(persistentvolumes, name);
  const getClaim = (name: string) => harness.get(persistentvolumeclaims, name);
  const phases = async () => ({
    volumes: Object.fromEntries((await harness.list(persistentvolumes)).map((v) => [v.metadata.name, v.status?.phase])),
    claims: Object.fromEntries(
      (await harness.list(persistentvolumeclaims)).map((c) => [c.metadata.name, `${c.status?.phase} ${c.spec?.volumeName ?? ""}`.trim()]),
    ),
  });

  it("binds to the smallest volume that will do, and protects both", async () => {
    await volume("big", "10Gi");
    await volume("small", "1Gi");
    await volume("right", "2Gi");
    await volume("shared", "2Gi", { accessModes: ["ReadWriteOnce", "ReadWriteMany"] });
    await harness.rest();
    expect((await phases()).volumes).toEqual({ big: "Available", small: "Available", right: "Available", shared: "Available" });
    const made = await claim("data", "2Gi");
    await harness.rest();
    const [bound, its] = [await getClaim("data"), await getVolume("right")];
    expect(bound.status).toEqual({ phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } });
    expect(bound.metadata.annotations).toEqual({
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
    });
    expect(bound.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    expect(its.metadata.finalizers).toEqual(["kubernetes.io/pv-protection"]);
    expect(its.metadata.annotations).toEqual({ "pv.kubernetes.io/bound-by-controller": "yes" });
    expect(its.spec?.claimRef).toEqual({
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
      namespace: "default",
      name: "data",
      uid: made.metadata.uid,
      resourceVersion: expect.any(String),
    });
    await claim("more", "1Gi", { accessModes: ["ReadWriteMany"] });
    await claim("late", "20Gi");
    await harness.rest();
    expect((await phases()).claims).toEqual({ data: "Bound right", more: "Bound shared", late: "Pending" });
    await volume("huge", "20Gi");
    await harness.rest();
    expect((await phases()).claims.late).toBe("Bound huge");
    const quiet = harness.revision;
    await harness.pass(120_000, 5000);
    expect(harness.revision).toBe(quiet);
  });

  it("gives a named or reserved volume to nobody else", async () => {
    await volume("reserved", "1Gi", { claimRef: { namespace: "default", name: "mine" } });
    await claim("other", "1Gi");
    await harness.rest();
    expect(await phases()).toEqual({ volumes: { reserved: "Available" }, claims: { other: "Pending" } });
    await claim("mine", "1Gi");
    await harness.rest();
    expect((await phases()).claims).toEqual({ other: "Pending", mine: "Bound reserved" });
    expect((await getVolume("reserved")).metadata.annotations).toBeUndefined();

    await claim("named", "1Gi", { volumeName: "later", accessModes: ["ReadWriteMany"] });
    await claim("rival", "1Gi", { volumeName: "reserved" });
    await harness.rest();
    await volume("later", "1Gi", { accessModes: ["ReadWriteMany"] });
    await harness.rest();
    expect((await phases()).claims).toEqual({
      other: "Pending",
      mine: "Bound reserved",
      named: "Bound later",
      rival: "Pending reserved",
    });
    expect((await getClaim("named")).metadata.annotations).toEqual({ "pv.kubernetes.io/bind-completed": "yes" });
    expect(await harness.events()).toEqual([
      "Normal FailedBinding other: no persistent volumes available for this claim and no storage class is set",
      'Warning FailedBinding rival: volume "reserved" already bound to a different claim.',
    ]);
  });

  it("says why a volume that a claim names can't be its own", async () => {
    await volume("v", "1Gi", { storageClassName: "gold" });
    await claim("big", "100Gi", { volumeName: "v", storageClassName: "gold" });
    await claim("class", "1Gi", { volumeName: "v" });
    await claim("modes", "1Gi", { volumeName: "v", storageClassName: "gold", accessModes: ["ReadWriteMany"] });
    await claim("block", "1Gi", { volumeName: "v", storageClassName: "gold", volumeMode: "Block" });
    await claim("absent", "1Gi", { volumeName: "nowhere" });
    await harness.rest();
    expect((await harness.events()).sort()).toEqual([
      'Warning VolumeMismatch big: Cannot bind to requested volume "v": requested PV is too small',
      'Warning VolumeMismatch block: Cannot bind to requested volume "v": incompatible volumeMode',
      'Warning VolumeMismatch class: Cannot bind to requested volume "v": storageClassName does not match',
      'Warning VolumeMismatch modes: Cannot bind to requested volume "v": incompatible accessMode',
    ]);
    expect((await phases()).volumes).toEqual({ v: "Available" });
  });

  it("makes a local volume on the node of the claim's first pod, and gives it up with the claim", async () => {
    await harness.client.create(storageclasses, localPathClass);
    await harness.client.create(nodes, { metadata: { name: "n1" } });
    const made = await claim("data", "1Gi", { storageClassName: "local-path" });
    await harness.rest();
    expect(await phases()).toEqual({ volumes: {}, claims: { data: "Pending" } });
    const name = `pvc-${made.metadata.uid}`;
    await harness.makePod({
      metadata: { name: "user" },
      spec: { containers: [{ name: "c", image: "i" }], volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] },
    });
    await annotate("data", { "volume.kubernetes.io/selected-node": "n1" });
    await harness.rest();
    expect(await phases()).toEqual({ volumes: { [name]: "Bound" }, claims: { data: `Bound ${name}` } });
    const its = await getVolume(name);
    expect(its.metadata.finalizers).toEqual(["external-provisioner.volume.kubernetes.io/finalizer", "kubernetes.io/pv-protection"]);
    expect(its.spec?.persistentVolumeReclaimPolicy).toBe("Delete");
    expect(its.spec?.hostPath).toEqual({ path: `/var/lib/volumes/${name}_default_data`, type: "DirectoryOrCreate" });
    expect(its.spec?.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n1"] }] },
    ]);
    expect(await harness.events()).toEqual([
      "Normal WaitForFirstConsumer data: waiting for first consumer to be created before binding",
      `Normal ProvisioningSucceeded data: Successfully provisioned volume ${name}`,
    ]);

    // In use: the claim waits for the pod, the volume for the claim.
    await harness.client.post(
      pods,
      "user",
      "binding",
      { metadata: { name: "user", namespace: "default" }, target: { kind: "Node", name: "n1" } } as never,
      { namespace: "default" },
    );
    await harness.setPodStatus(await harness.get(pods, "user"), { phase: "Succeeded" });
    await harness.client.delete(persistentvolumeclaims, "data", { namespace: "default" });
    await harness.client.delete(persistentvolumes, name);
    await harness.pass(2000);
    expect((await getClaim("data")).metadata.deletionTimestamp).toBeDefined();
    expect((await getVolume(name)).status?.phase).toBe("Bound");
    await harness.client.delete(pods, "user", { namespace: "default", gracePeriodSeconds: 0 });
    await harness.pass(2000);
    // What is left to do is the node's: it removes the directory, and then lets the volume go.
    expect(await phases()).toEqual({ volumes: { [name]: "Released" }, claims: {} });
    expect((await getVolume(name)).metadata.finalizers).toEqual(["external-provisioner.volume.kubernetes.io/finalizer"]);
  });

  it("releases a volume whose claim is gone; a claim of the same name made anew doesn't get it", async () => {
    await volume("v", "1Gi");
    await claim("data", "1Gi");
    await harness.rest();
    // A pod that no node has doesn't hold the claim.
    await harness.makePod({
      metadata: { name: "pending" },
      spec: { containers: [{ name: "c", image: "i" }], volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] },
    });
    await harness.client.delete(persistentvolumeclaims, "data", { namespace: "default" });
    await harness.rest();
    expect(await phases()).toEqual({ volumes: { v: "Released" }, claims: {} });
    await claim("data", "1Gi");
    await harness.rest();
    expect(await phases()).toEqual({ volumes: { v: "Released" }, claims: { data: "Pending" } });
    // An administrator frees it by hand.
    const released = await getVolume("v");
    const { claimRef: _claim, ...spec } = released.spec ?? {};
    await harness.client.update(persistentvolumes, { ...released, spec });
    await harness.rest();
    expect(await phases()).toEqual({ volumes: { v: "Bound" }, claims: { data: "Bound v" } });
  });

  it("tells a bound claim whose volume is gone, and lets a second volume go", async () => {
    await volume("v", "1Gi");
    await claim("data", "1Gi");
    await harness.rest();
    const its = await getVolume("v");
    await volume("second", "1Gi", { claimRef: { namespace: "default", name: "data", uid: its.spec?.claimRef?.uid ?? "" } });
    await harness.rest();
    expect((await phases()).volumes).toEqual({ v: "Bound", second: "Available" });
    expect((await getVolume("second")).spec?.claimRef).toEqual({ namespace: "default", name: "data" });
    await harness.client.delete(persistentvolumes, "v");
    await harness.client.patch(persistentvolumes, "v", {
      type: "application/merge-patch+json",
      body: { metadata: { finalizers: null } },
    });
    await harness.rest();
    expect((await phases()).claims).toEqual({ data: "Lost v" });
    expect(await harness.events()).toEqual([
      "Warning ClaimLost data: Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    ]);
  });

  it("leaves other provisioners their work, and says what claims wait for", async () => {
    await storageClass("immediate", { volumeBindingMode: "Immediate" });
    await storageClass("waits", { volumeBindingMode: "WaitForFirstConsumer" });
    await storageClass("local-now", { provisioner: "kybern.io/local-path", volumeBindingMode: "Immediate" });
    await volume("free", "1Gi", { storageClassName: "waits" });
    await claim("now", "1Gi", { storageClassName: "immediate" });
    await claim("first", "1Gi", { storageClassName: "waits" });
    await harness.client.create(persistentvolumeclaims, {
      metadata: { name: "chosen", namespace: "default", annotations: { "volume.kubernetes.io/selected-node": "n1" } },
      spec: { storageClassName: "waits", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await claim("missing", "1Gi", { storageClassName: "nix" });
    await claim("wrong", "1Gi", { storageClassName: "local-now" });
    await harness.rest();
    const external =
      "Waiting for a volume to be created either by the external provisioner 'example.com/x' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
    expect((await harness.events()).sort()).toEqual([
      `Normal ExternalProvisioning chosen: ${external}`,
      `Normal ExternalProvisioning now: ${external}`,
      "Normal WaitForFirstConsumer first: waiting for first consumer to be created before binding",
      'Warning ProvisioningFailed missing: storageclass.storage.k8s.io "nix" not found',
      "Warning ProvisioningFailed wrong: kybern.io/local-path makes volumes on the node of a claim's first pod: its classes need volumeBindingMode WaitForFirstConsumer",
    ]);
    expect((await getClaim("now")).metadata.annotations).toEqual({
      "volume.beta.kubernetes.io/storage-provisioner": "example.com/x",
      "volume.kubernetes.io/storage-provisioner": "example.com/x",
    });
    expect((await phases()).volumes).toEqual({ free: "Available" });
    // The scheduler reserves the free volume for the claim.
    const reserved = await getVolume("free");
    await harness.client.update(persistentvolumes, {
      ...reserved,
      spec: { ...reserved.spec, claimRef: { kind: "PersistentVolumeClaim", namespace: "default", name: "first" } },
    });
    await harness.rest();
    expect((await phases()).claims.first).toBe("Bound free");
    // The missing class comes.
    await storageClass("nix", { volumeBindingMode: "WaitForFirstConsumer" });
    await harness.rest();
    expect(await harness.events()).toContain(
      "Normal WaitForFirstConsumer missing: waiting for first consumer to be created before binding",
    );
    const quiet = harness.revision;
    await harness.pass(120_000, 5000);
    expect(harness.revision).toBe(quiet);
  });

  it("gives claims that were made before there was a default class that class", async () => {
    const made = await harness.client.create(persistentvolumeclaims, {
      metadata: { name: "open", namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await claim("closed", "1Gi");
    await harness.rest();
    expect(made.spec?.storageClassName).toBeUndefined();
    await harness.client.create(storageclasses, localPathClass);
    await harness.rest();
    expect((await getClaim("open")).spec?.storageClassName).toBe("local-path");
    expect((await getClaim("closed")).spec?.storageClassName).toBe("");
  });
});
