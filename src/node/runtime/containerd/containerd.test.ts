import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { machineArchitecture } from "../../images/oci-archive.ts";
import { readImageArchive } from "../../images/read-archive.ts";
import { containerdConfig, parseVersion } from "./containerd-config.ts";
import { pauseImage, pauseProgram, writePauseImage } from "./pause-image.ts";
import { identify, isAlive } from "./process-identity.ts";

describe("containerdConfig", () => {
  const options = {
    root: "/data/root",
    state: "/run/k/state",
    socketPath: "/run/k/containerd.sock",
    sandboxImage: "localhost/kybern/pause:1",
    snapshotter: "overlayfs",
    cniBinDirectories: ["/opt/cni/bin", "/usr/lib/cni"],
    cniConfDirectory: "/data/net.d",
    restrictOomScoreAdj: true,
    registryConfigDirectory: "/data/registries",
  } as const;

  it("is of version 2 for containerd 1.6", () => {
    const lines = containerdConfig({ ...options, version: "1.6.20~ds1" })
      .split("\n")
      .map((line) => line.trim());
    expect(lines).toContain("version = 2");
    expect(lines).toContain('[plugins."io.containerd.grpc.v1.cri"]');
    expect(lines).toContain('sandbox_image = "localhost/kybern/pause:1"');
    expect(lines).toContain("restrict_oom_score_adj = true");
    expect(lines).toContain('bin_dir = "/opt/cni/bin"');
    expect(lines).toContain('Root = "/run/k/state/runc"');
  });

  it("is of version 3 for containerd 2", () => {
    const lines = containerdConfig({ ...options, version: "v2.1.3", restrictOomScoreAdj: false })
      .split("\n")
      .map((line) => line.trim());
    expect(lines).toContain("version = 3");
    expect(lines).toContain("[plugins.'io.containerd.cri.v1.images'.pinned_images]");
    expect(lines).toContain('sandbox = "localhost/kybern/pause:1"');
    expect(lines).toContain('bin_dirs = ["/opt/cni/bin", "/usr/lib/cni"]');
    expect(lines).toContain("restrict_oom_score_adj = false");
    expect(containerdConfig({ ...options, version: "2.0.4" })).toContain('bin_dir = "/opt/cni/bin"');
  });

  it("refuses a version that it can't read", () => {
    expect(parseVersion("v1.7.27")).toEqual({ major: 1, minor: 7 });
    expect(() => parseVersion("unknown")).toThrow('containerd tells a version that can\'t be read: "unknown"');
  });
});

describe("the pause program", () => {
  it("is there for both architectures, and small", () => {
    for (const architecture of ["amd64", "arm64"]) {
      const program = pauseProgram(architecture);
      expect(program.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
      expect(program.length).toBeLessThan(300);
    }
    expect(() => pauseProgram("riscv64")).toThrow("there is no pause program for the architecture riscv64; amd64 and arm64 have one");
  });

  it.skipIf(process.platform !== "linux" || !["x64", "arm64"].includes(process.arch))("waits, reaps and takes a page or two", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kybern-pause-"));
    const program = join(directory, "pause");
    writeFileSync(program, pauseProgram(machineArchitecture()), { mode: 0o755 });
    const child = spawn(program);
    try {
      await once(child, "spawn");
      const ignored = () => BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? "0"}`);
      // Ignoring SIGCHLD (17) is what makes the kernel reap.
      for (let i = 0; ((ignored() >> 16n) & 1n) === 0n && i < 500; i++) await new Promise((resolve) => setTimeout(resolve, 2));
      expect((ignored() >> 16n) & 1n).toBe(1n);
      expect(Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1])).toBeLessThan(64);
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("comes as an image", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kybern-pause-"));
    const file = join(directory, "pause.tar");
    await writePauseImage(file);
    expect((await readImageArchive(file)).images[0]?.names).toEqual([pauseImage]);
    rmSync(directory, { recursive: true, force: true });
  });
});

describe.skipIf(process.platform !== "linux")("a process identity", () => {
  it("tells a process from a later one with its pid", async () => {
    const own = await identify(process.pid);
    expect(own && (await isAlive(own))).toBe(true);
    expect(own && (await isAlive({ ...own, startTicks: "1" }))).toBe(false);
    expect(own && (await isAlive({ ...own, bootId: "another" }))).toBe(false);
    expect(await identify(2 ** 22 + 1)).toBeUndefined();
  });
});
