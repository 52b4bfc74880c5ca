import { execFileSync } from "node:child_process";
import { chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Volume } from "../../api/core/v1.ts";
import { configmaps, persistentvolumeclaims, persistentvolumes, secrets, serviceaccounts } from "../../api/refs.ts";
import { isRoot, podWith, VolumeFixture } from "./testing/volume-fixture.ts";

let fixture: VolumeFixture;

afterEach(() => fixture.close());

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const read = (path: string | undefined, name: string) => readFileSync(join(path ?? "", name), "utf8");

async function mountOne(volume: Volume, spec = {}): Promise<string> {
  const mounted = await fixture.manager.mount(podWith([volume], spec));
  return mounted.get(volume.name)?.hostPath ?? "";
}

function seedConfigMap(data: Record<string, string>, resourceVersion = "1"): void {
  fixture.client.seed(configmaps, { metadata: { namespace: "default", name: "settings", uid: "u", resourceVersion }, data });
}

describe("config maps", () => {
  it("lays files out behind ..data and replaces them at once", async () => {
    fixture = new VolumeFixture();
    seedConfigMap({ a: "1", b: "2" });
    const pod = podWith([{ name: "config", configMap: { name: "settings", defaultMode: 0o640 } }]);
    const path = (await fixture.manager.mount(pod)).get("config")?.hostPath ?? "";
    expect(path).toBe(join(fixture.root, "pods/uid-1/volumes/kubernetes.io~configmap/config"));
    expect(readlinkSync(join(path, "a"))).toBe("..data/a");
    expect(readlinkSync(join(path, "..data"))).toMatch(/^\.\.2026_01_02_03_04_05\.\w{6}$/);
    expect([read(path, "a"), mode(join(path, "a"))]).toEqual(["1", "640"]);

    seedConfigMap({ a: "new", c: "3" }, "9");
    await fixture.clock.advance(31_000);
    await fixture.manager.refresh(pod);
    expect(readdirSync(path).sort()).toEqual(["..data", readlinkSync(join(path, "..data")), "a", "c"].sort());
    expect([read(path, "a"), read(path, "c")]).toEqual(["new", "3"]);
  });

  it("doesn't touch the disk while nothing has changed, also over a restart", async () => {
    fixture = new VolumeFixture();
    seedConfigMap({ a: "1" });
    const pod = podWith([{ name: "config", configMap: { name: "settings" } }]);
    const path = (await fixture.manager.mount(pod)).get("config")?.hostPath ?? "";
    const version = readlinkSync(join(path, "..data"));
    await fixture.clock.advance(60_000);
    await fixture.manager.refresh(pod);
    await fixture.newManager().mount(pod);
    expect(readlinkSync(join(path, "..data"))).toBe(version);
  });

  it("picks keys, and binary ones too", async () => {
    fixture = new VolumeFixture();
    fixture.client.seed(configmaps, {
      metadata: { namespace: "default", name: "settings" },
      data: { a: "1", b: "2" },
      binaryData: { raw: Buffer.from([0, 255]).toString("base64") },
    });
    const items = [
      { key: "a", path: "deep/down/a.conf", mode: 0o600 },
      { key: "raw", path: "raw" },
    ];
    const path = await mountOne({ name: "config", configMap: { name: "settings", items } });
    expect(readlinkSync(join(path, "deep"))).toBe("..data/deep");
    expect([read(path, "deep/down/a.conf"), mode(join(path, "deep/down/a.conf"))]).toEqual(["1", "600"]);
    expect([...readFileSync(join(path, "raw"))]).toEqual([0, 255]);
    expect(readdirSync(path)).not.toContain("b");
  });

  it("tells what is missing in upstream's words", async () => {
    fixture = new VolumeFixture();
    await expect(mountOne({ name: "config", configMap: { name: "x" } })).rejects.toMatchObject({
      name: "VolumeError",
      reason: "FailedMount",
      message: 'MountVolume.SetUp failed for volume "config" : configmap "x" not found',
    });
    seedConfigMap({ a: "1" });
    await expect(mountOne({ name: "config", configMap: { name: "settings", items: [{ key: "k", path: "k" }] } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "config" : configmap references non-existent config key: k',
    );
    await expect(mountOne({ name: "keys", secret: { secretName: "x" } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "keys" : secret "x" not found',
    );
    fixture.client.seed(secrets, { metadata: { namespace: "default", name: "s" }, data: {} });
    await expect(mountOne({ name: "keys", secret: { secretName: "s", items: [{ key: "k", path: "k" }] } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "keys" : references non-existent secret key: k',
    );
  });

  it("waits for optional ones", async () => {
    fixture = new VolumeFixture();
    const pod = podWith([{ name: "config", configMap: { name: "settings", optional: true, items: [{ key: "a", path: "a" }] } }]);
    const path = (await fixture.manager.mount(pod)).get("config")?.hostPath ?? "";
    expect(readdirSync(path).filter((name) => !name.startsWith(".."))).toEqual([]);
    seedConfigMap({ a: "1" });
    await fixture.manager.refresh(pod);
    expect(read(path, "a")).toBe("1");
  });

  it("keeps old contents when the map is gone, also over a restart", async () => {
    fixture = new VolumeFixture();
    seedConfigMap({ a: "1" });
    const pod = podWith([{ name: "config", configMap: { name: "settings" } }]);
    await fixture.manager.mount(pod);
    fixture.client.drop(configmaps, "default/settings");
    await fixture.clock.advance(31_000);
    await expect(fixture.manager.refresh(pod)).rejects.toThrow('configmap "settings" not found');
    const path = (await fixture.newManager().mount(pod)).get("config")?.hostPath;
    expect(read(path, "a")).toBe("1");
    expect(fixture.logger.lines.map((line) => line.message)).toEqual(["a volume keeps its old contents"]);
  });

  it("makes room for volumes mounted inside", async () => {
    fixture = new VolumeFixture();
    seedConfigMap({ a: "1" });
    const volumes = [
      { name: "config", configMap: { name: "settings" } },
      { name: "data", emptyDir: {} },
    ];
    const volumeMounts = [
      { name: "config", mountPath: "/etc/app" },
      { name: "data", mountPath: "/etc/app/cache/deep" },
    ];
    const mounted = await fixture.manager.mount(podWith(volumes, {}, { volumeMounts }));
    expect(statSync(join(mounted.get("config")?.hostPath ?? "", "cache/deep")).isDirectory()).toBe(true);
  });

  it("cleans up after a write that was cut short", async () => {
    fixture = new VolumeFixture();
    seedConfigMap({ a: "1" });
    const pod = podWith([{ name: "config", configMap: { name: "settings" } }]);
    const path = (await fixture.manager.mount(pod)).get("config")?.hostPath ?? "";
    mkdirSync(join(path, "..2025_01_01_00_00_00.abcdef"));
    symlinkSync("..data/gone", join(path, "gone"));
    symlinkSync("nowhere", join(path, "..data_tmp"));
    seedConfigMap({ a: "2" }, "2");
    await fixture.clock.advance(31_000);
    await fixture.manager.refresh(pod);
    expect(readdirSync(path)).toHaveLength(3);
    expect(read(path, "a")).toBe("2");
  });
});

describe("projected volumes", () => {
  const token = { path: "token", expirationSeconds: 3607 };

  it("brings token, config map, secret and downward API together", async () => {
    fixture = new VolumeFixture();
    seedConfigMap({ "ca.crt": "CA" });
    fixture.client.seed(secrets, {
      metadata: { namespace: "default", name: "s" },
      data: { key: Buffer.from("hidden").toString("base64") },
    });
    fixture.client.seed(serviceaccounts, { metadata: { namespace: "default", name: "robot" } });
    const downwardAPI = {
      items: [
        { path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } },
        { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
        { path: "cpu", resourceFieldRef: { containerName: "main", resource: "limits.cpu", divisor: "1m" } },
      ],
    };
    const volume = {
      name: "all",
      projected: {
        defaultMode: 0o444,
        sources: [{ serviceAccountToken: token }, { configMap: { name: "settings" } }, { secret: { name: "s" } }, { downwardAPI }],
      },
    };
    const pod = podWith([volume], { serviceAccountName: "robot" }, { resources: { limits: { cpu: "250m" } } });
    const path = (await fixture.manager.mount(pod)).get("all")?.hostPath ?? "";
    expect(read(path, "token")).toBe("token-of-robot-until-2026-01-02T04:04:12Z");
    expect(["ca.crt", "key", "namespace", "labels", "cpu"].map((name) => read(path, name))).toEqual([
      "CA",
      "hidden",
      "default",
      'app="web"\ntier="a\\"b"',
      "250",
    ]);
    expect(mode(join(path, "token"))).toBe("444");
  });

  it("renews a token after four fifths of its life", async () => {
    fixture = new VolumeFixture();
    fixture.client.seed(serviceaccounts, { metadata: { namespace: "default", name: "default" } });
    const pod = podWith([{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 1000 } }] } }]);
    const path = (await fixture.manager.mount(pod)).get("token")?.hostPath ?? "";
    const first = read(path, "token");
    await fixture.clock.advance(799_000);
    await fixture.manager.refresh(pod);
    expect(read(path, "token")).toBe(first);
    await fixture.clock.advance(1_000);
    await fixture.manager.refresh(pod);
    expect(read(path, "token")).toBe("token-of-default-until-2026-01-02T03:34:05Z");
  });

  it("renews a long token after a day, and keeps it while the server can't be asked", async () => {
    fixture = new VolumeFixture();
    const [account] = fixture.client.seed(serviceaccounts, { metadata: { namespace: "default", name: "default" } });
    const pod = podWith([
      { name: "token", projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 400_000 } }] } },
    ]);
    const path = (await fixture.manager.mount(pod)).get("token")?.hostPath ?? "";
    const first = read(path, "token");
    await fixture.clock.advance(24 * 3600 * 1000);
    fixture.client.drop(serviceaccounts, "default/default");
    await fixture.manager.refresh(pod);
    expect(read(path, "token")).toBe(first);
    if (account) fixture.client.seed(serviceaccounts, account);
    await fixture.manager.refresh(pod);
    expect(read(path, "token")).not.toBe(first);
    fixture.client.drop(serviceaccounts, "default/default");
    await fixture.clock.advance(400_000_000);
    await expect(fixture.manager.refresh(pod)).rejects.toThrow(
      'MountVolume.SetUp failed for volume "token" : failed to fetch token: serviceaccounts "default" not found',
    );
  });

  it("tells all that is missing", async () => {
    fixture = new VolumeFixture();
    const sources = [{ configMap: { name: "a" } }, { secret: { name: "b" } }, { clusterTrustBundle: { path: "c", name: "x" } }];
    await expect(mountOne({ name: "all", projected: { sources } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "all" : [configmap "a" not found, secret "b" not found, clusterTrustBundle sources of projected volumes are not supported on this node]',
    );
  });
});

describe("the downward API", () => {
  it("follows labels and refuses unknown fields", async () => {
    fixture = new VolumeFixture();
    const volume = { name: "info", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } };
    const pod = podWith([volume]);
    const path = (await fixture.manager.mount(pod)).get("info")?.hostPath;
    await fixture.manager.refresh({ ...pod, metadata: { ...pod.metadata, labels: { app: "new" } } });
    expect(read(path, "labels")).toBe('app="new"');
    const bad = { name: "bad", downwardAPI: { items: [{ path: "x", fieldRef: { fieldPath: "spec.x" } }] } };
    await expect(mountOne(bad)).rejects.toThrow('MountVolume.SetUp failed for volume "bad" : unsupported fieldPath: spec.x');
  });
});

describe("emptyDir", () => {
  it("is made once, open to all, and goes with the pod", async () => {
    fixture = new VolumeFixture();
    const pod = podWith([{ name: "data", emptyDir: {} }, { name: "plain" }]);
    const path = (await fixture.manager.mount(pod)).get("data")?.hostPath ?? "";
    expect([path, mode(path)]).toEqual([join(fixture.root, "pods/uid-1/volumes/kubernetes.io~empty-dir/data"), "777"]);
    writeFileSync(join(path, "kept"), "x");
    expect((await fixture.newManager().mount(pod)).get("data")?.hostPath).toBe(path);
    expect(read(path, "kept")).toBe("x");
    expect(await fixture.manager.podsOnDisk()).toEqual(["uid-1"]);
    await fixture.manager.unmount("uid-1");
    await fixture.manager.unmount("uid-1");
    expect(await fixture.manager.podsOnDisk()).toEqual([]);
  });

  it("refuses media that it doesn't know, and leaves unused volumes alone", async () => {
    fixture = new VolumeFixture();
    await expect(mountOne({ name: "data", emptyDir: { medium: "Tape" } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "data" : unknown storage medium "Tape"',
    );
    const unused = podWith([{ name: "data", emptyDir: { medium: "Tape" } }], {}, { volumeMounts: [] });
    expect((await fixture.manager.mount(unused)).size).toBe(0);
  });
});

describe("hostPath", () => {
  it("checks types", async () => {
    fixture = new VolumeFixture();
    const at = (name: string) => join(fixture.root, name);
    writeFileSync(at("file"), "");
    const attempt = (path: string, type: string) =>
      mountOne({ name: "host", hostPath: { path, type } }).then(
        () => "ok",
        (error: Error) => error.message.replace('MountVolume.SetUp failed for volume "host" : ', ""),
      );
    expect(await attempt(at("none"), "")).toBe("ok");
    await fixture.manager.unmount("uid-1");
    for (const [type, what] of [
      ["Directory", "a directory"],
      ["DirectoryOrCreate", "a directory"],
      ["Socket", "a socket file"],
      ["CharDevice", "a character device"],
      ["BlockDevice", "a block device"],
    ]) {
      expect(await attempt(at("file"), type as string)).toBe(`hostPath type check failed: ${at("file")} is not ${what}`);
    }
    expect(await attempt(at("none"), "File")).toBe(`hostPath type check failed: ${at("none")} is not a file`);
    expect(await attempt("/dev/null", "Nonsense")).toBe("Nonsense is an invalid volume type");
    expect(await attempt(at("no/such"), "FileOrCreate")).toBe(`ENOENT: no such file or directory, open '${at("no/such")}'`);
    expect(await attempt(at("made/deep"), "DirectoryOrCreate")).toBe("ok");
    expect(mode(at("made/deep"))).toBe("755");
    await fixture.manager.unmount("uid-1");
    expect(await attempt(at("made/file"), "FileOrCreate")).toBe("ok");
    await fixture.manager.unmount("uid-1");
    expect(await attempt("/dev/null", "CharDevice")).toBe("ok");
  });
});

describe("claims", () => {
  const seedClaim = (status: object, more: object = {}) =>
    fixture.client.seed(persistentvolumeclaims, {
      metadata: { namespace: "default", name: "data", uid: "claim-1", ...more },
      spec: { volumeName: "pv-1" },
      status,
    });
  const seedVolume = (spec: object) =>
    fixture.client.seed(persistentvolumes, {
      metadata: { name: "pv-1", annotations: { "pv.kubernetes.io/provisioned-by": "kybern.io/local-path" } },
      spec: { claimRef: { uid: "claim-1" }, ...spec },
    });
  const volume = { name: "data", persistentVolumeClaim: { claimName: "data" } };

  it("tells why a claim can't be used", async () => {
    fixture = new VolumeFixture();
    await expect(mountOne(volume)).rejects.toThrow(
      'error processing PVC default/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found',
    );
    seedClaim({ phase: "Pending" });
    await expect(mountOne(volume)).rejects.toThrow("error processing PVC default/data: PVC is not bound");
    seedClaim({ phase: "Bound" }, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    await expect(mountOne(volume)).rejects.toThrow("error processing PVC default/data: PVC is being deleted");
    seedClaim({ phase: "Bound" });
    seedVolume({ claimRef: { uid: "other" } });
    await expect(mountOne(volume)).rejects.toThrow(
      "error processing PVC default/data: found PV object pv-1 but its pv.Spec.ClaimRef.UID other does not point to claim.UID claim-1",
    );
    seedVolume({ nfs: { server: "s", path: "/" } });
    await expect(mountOne(volume)).rejects.toThrow(
      'MountVolume.SetUp failed for volume "data" : volumes of type nfs are not supported on node n1',
    );
    seedVolume({ local: { path: "/no/such" } });
    await expect(mountOne(volume)).rejects.toThrow(
      'MountVolume.NewMounter initialization failed for volume "pv-1" : path "/no/such" does not exist',
    );
  });

  it("makes directories of the local class, for any user, and never removes them", async () => {
    fixture = new VolumeFixture();
    const path = join(fixture.root, "local/pv-1");
    seedClaim({ phase: "Bound" });
    seedVolume({ hostPath: { path, type: "DirectoryOrCreate" } });
    const readOnly = { name: "data", persistentVolumeClaim: { claimName: "data", readOnly: true } };
    expect((await fixture.manager.mount(podWith([readOnly]))).get("data")).toEqual({ hostPath: path, readOnly: true });
    expect(mode(path)).toBe("777");
    await fixture.manager.unmount("uid-1");
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it("takes an ephemeral volume's claim only when the pod owns it", async () => {
    fixture = new VolumeFixture();
    const path = join(fixture.root, "local/pv-1");
    seedClaim({ phase: "Bound" }, { name: "web-scratch" });
    seedVolume({ hostPath: { path, type: "DirectoryOrCreate" } });
    const scratch = { name: "scratch", ephemeral: {} };
    await expect(mountOne(scratch)).rejects.toThrow("PVC default/web-scratch was not created for pod default/web (pod is not owner)");
    const owner = { apiVersion: "v1", kind: "Pod", name: "web", uid: "uid-1", controller: true };
    seedClaim({ phase: "Bound" }, { name: "web-scratch", ownerReferences: [owner] });
    expect(await mountOne(scratch)).toBe(path);
  });
});

describe("other types", () => {
  it("names what isn't supported, and hands images on", async () => {
    fixture = new VolumeFixture();
    await expect(mountOne({ name: "share", nfs: { server: "s", path: "/" } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "share" : volumes of type nfs are not supported on node n1',
    );
    await expect(mountOne({ name: "disk", csi: { driver: "d.example" } })).rejects.toThrow(
      'MountVolume.SetUp failed for volume "disk" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name d.example not found in the list of registered CSI drivers',
    );
    const mounted = await fixture.manager.mount(podWith([{ name: "art", image: { reference: "art:1" } }]));
    expect(mounted.get("art")).toEqual({ hostPath: "", readOnly: true, image: "art:1" });
  });
});

describe.skipIf(!isRoot)("as root", () => {
  const isMounted = (path: string) => readFileSync("/proc/self/mountinfo", "utf8").includes(` ${path} `);

  it("keeps secrets in memory, for the pod's group", async () => {
    fixture = new VolumeFixture({ privileged: true });
    fixture.client.seed(secrets, { metadata: { namespace: "default", name: "s" }, data: { key: "aGk=" } });
    fixture.client.seed(serviceaccounts, { metadata: { namespace: "default", name: "default" } });
    const volumes = [
      { name: "keys", secret: { secretName: "s", defaultMode: 0o600 } },
      { name: "token", projected: { defaultMode: 0o644, sources: [{ serviceAccountToken: { path: "token" } }] } },
      { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    ];
    const pod = podWith(volumes, { securityContext: { fsGroup: 2000, runAsUser: 1000 } });
    const mounted = await fixture.manager.mount(pod);
    const [keys = "", token = "", memory = ""] = volumes.map(({ name }) => mounted.get(name)?.hostPath);
    expect([keys, token, memory].every(isMounted)).toBe(true);
    const ownership = (path: string) => [statSync(path).uid, statSync(path).gid, mode(path)];
    expect(ownership(join(keys, "key"))).toEqual([0, 2000, "640"]);
    expect(ownership(join(token, "token"))).toEqual([1000, 2000, "640"]);
    expect(ownership(memory)).toEqual([0, 2000, "3777"]);
    expect(() => writeFileSync(join(memory, "large"), Buffer.alloc(2 << 20))).toThrow("ENOSPC");

    await fixture.newManager({ privileged: true }).mount(pod);
    await fixture.manager.unmount("uid-1");
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(fixture.root);
    expect(await fixture.manager.podsOnDisk()).toEqual([]);
  });

  it("makes memory anew after a reboot", async () => {
    fixture = new VolumeFixture({ privileged: true });
    const pod = podWith([{ name: "memory", emptyDir: { medium: "Memory" } }]);
    const path = (await fixture.manager.mount(pod)).get("memory")?.hostPath ?? "";
    execFileSync("umount", [path]);
    await fixture.newManager({ privileged: true }).mount(pod);
    expect(isMounted(path)).toBe(true);
  });

  it("unmounts what others have mounted inside, and removes nothing through it", async () => {
    fixture = new VolumeFixture({ privileged: true });
    const pod = podWith([{ name: "data", emptyDir: {} }]);
    const path = (await fixture.manager.mount(pod)).get("data")?.hostPath ?? "";
    const outside = join(fixture.root, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "precious"), "x");
    mkdirSync(join(path, "with space"));
    execFileSync("mount", ["--bind", outside, join(path, "with space")]);
    await fixture.manager.unmount("uid-1");
    expect(read(outside, "precious")).toBe("x");
    expect(await fixture.manager.podsOnDisk()).toEqual([]);
  });

  it("removes nothing when an unmount has no effect", async () => {
    fixture = new VolumeFixture({ privileged: true });
    const pod = podWith([{ name: "memory", emptyDir: { medium: "Memory" } }]);
    const path = (await fixture.manager.mount(pod)).get("memory")?.hostPath ?? "";
    writeFileSync(join(path, "kept"), "x");
    const lazy = fixture.newManager({ privileged: true, run: async () => "" });
    await expect(lazy.unmount("uid-1")).rejects.toThrow(`${path} is still mounted; the volumes of pod uid-1 are left as they are`);
    expect(read(path, "kept")).toBe("x");
  });

  it("gives local volumes to the group, at once or when the root differs", async () => {
    fixture = new VolumeFixture({ privileged: true });
    const path = join(fixture.root, "disk");
    mkdirSync(join(path, "sub"), { recursive: true });
    writeFileSync(join(path, "sub/file"), "", { mode: 0o600 });
    symlinkSync("/etc/hostname", join(path, "link"));
    const before = mode("/etc/hostname");
    fixture.client.seed(persistentvolumeclaims, {
      metadata: { namespace: "default", name: "data", uid: "claim-1" },
      spec: { volumeName: "pv-1" },
      status: { phase: "Bound" },
    });
    fixture.client.seed(persistentvolumes, { metadata: { name: "pv-1" }, spec: { claimRef: { uid: "claim-1" }, local: { path } } });
    const pod = podWith([{ name: "data", persistentVolumeClaim: { claimName: "data" } }], {
      securityContext: { fsGroup: 3000, fsGroupChangePolicy: "OnRootMismatch" },
    });
    await fixture.manager.mount(pod);
    expect(["", "sub", "sub/file"].map((name) => [statSync(join(path, name)).gid, mode(join(path, name))])).toEqual([
      [3000, "2775"],
      [3000, "2775"],
      [3000, "660"],
    ]);
    expect([lstatSync(join(path, "link")).gid, mode("/etc/hostname")]).toEqual([3000, before]);
    chownSync(join(path, "sub/file"), 0, 0);
    await fixture.newManager({ privileged: true }).mount(pod);
    expect(statSync(join(path, "sub/file")).gid).toBe(0);
  });
});
