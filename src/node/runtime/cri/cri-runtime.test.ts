import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../client/system-clock.ts";
import { unmountBelow } from "../containerd/containerd-removal.ts";
import { deletePrivateContainerd, PrivateContainerd } from "../containerd/private-containerd.ts";
import type { ContainerConfig, PodSandboxConfig } from "../runtime.ts";
import { containerRuntimeSuite } from "../testing/container-runtime-suite.ts";
import { RealContainers, testImage, whyNoContainers } from "../testing/real-containers.ts";
import { CriRuntime } from "./cri-runtime.ts";

const skip = whyNoContainers();
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 10));

containerRuntimeSuite(
  "containerd",
  async () => {
    const containers = await RealContainers.start(systemClock);
    return {
      runtime: containers.runtime,
      image: (await containers.runtime.imageStatus(testImage))?.id ?? "",
      runs: { command: ["sleep", "1000"] },
      exits: { command: ["sh", "-c", "exit 3"] },
      cgroupParent: containers.cgroupParent,
      logDirectory: join(containers.directory, "logs"),
      settle: pause,
      close: () => containers.delete(),
    };
  },
  skip,
);

async function text(stream: Readable | undefined): Promise<string> {
  let all = "";
  for await (const chunk of stream ?? []) all += chunk;
  return all;
}

describe.skipIf(skip !== undefined)(`containers of containerd${skip === undefined ? "" : ` (skipped: ${skip})`}`, () => {
  let containers: RealContainers;
  let runtime: CriRuntime;
  let sandbox: string;
  let container: string;
  let image: string;
  let sandboxConfig: PodSandboxConfig;

  beforeAll(async () => {
    containers = await RealContainers.start(systemClock);
    runtime = containers.runtime;
    image = (await runtime.imageStatus(testImage))?.id ?? "";
    sandboxConfig = {
      metadata: { name: "web", namespace: "default", uid: "1", attempt: 0 },
      hostname: "web",
      logDirectory: join(containers.directory, "logs"),
      cgroupParent: `${containers.cgroupParent}/pod1`,
      dns: { servers: ["10.96.0.10"], searches: ["default.svc.cluster.local"], options: ["ndots:5"] },
      security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
    };
    sandbox = await runtime.runPodSandbox(sandboxConfig);
    container = await start({ name: "main", command: ["sh", "-c", "echo out $GREETING; echo err >&2; exec sleep 1000"] });
  });
  afterAll(async () => {
    await containers?.delete();
  });

  async function start(config: Partial<ContainerConfig> & { name: string }): Promise<string> {
    const whole: ContainerConfig = {
      attempt: 0,
      image,
      logPath: `${config.name}.log`,
      env: [{ name: "GREETING", value: "hello" }],
      security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
      resources: { memoryLimitBytes: 256 * 1024 * 1024, cpuShares: 100 },
      ...config,
    };
    const id = await runtime.createContainer(sandbox, whole, sandboxConfig);
    await runtime.startContainer(id);
    return id;
  }

  it("has an address, a log, the pod's resolv.conf and its limits", async () => {
    expect((await runtime.podSandboxStatus(sandbox)).ips[0]).toMatch(/^10\.99\.0\.\d+$/);
    const lines = async () => {
      const log = await readFile(join(containers.directory, "logs", "main.log"), "utf8");
      return log
        .split("\n")
        .map((line) => line.replace(/^\S+ /, ""))
        .sort();
    };
    while ((await lines()).length < 3) await pause();
    expect(await lines()).toEqual(["", "stderr F err", "stdout F out hello"]);
    const { stdout } = await runtime.execSync(container, ["cat", "/etc/resolv.conf"], 5);
    expect(stdout.toString()).toBe("search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n");
    expect((await runtime.containerStats(container)).memoryAvailableBytes).toBeLessThan(256 * 1024 * 1024);
  });

  it("answers a command's output and exit code", async () => {
    const result = await runtime.execSync(container, ["sh", "-c", "echo out; echo err >&2; exit 7"], 5);
    expect({ ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() }).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 7,
    });
    await expect(runtime.execSync(container, ["sleep", "10"], 1)).rejects.toMatchObject({ code: "DeadlineExceeded" });
  });

  it("streams 50 MB into a command, which sees their end", async () => {
    const bytes = Buffer.alloc(50 * 1024 * 1024, "kybern ");
    const session = await runtime.exec(container, { command: ["sha256sum"], tty: false, stdin: true, stdout: true, stderr: true });
    session.stderr?.resume();
    session.stdin?.end(bytes);
    expect(await text(session.stdout)).toBe(`${createHash("sha256").update(bytes).digest("hex")}  -\n`);
    expect(await session.done).toBe(0);
  });

  it("streams 50 MB out of a command to a slow reader", async () => {
    const command = ["head", "-c", String(50 * 1024 * 1024), "/dev/zero"];
    const session = await runtime.exec(container, { command, tty: false, stdin: false, stdout: true, stderr: true });
    session.stderr?.resume();
    let length = 0;
    for await (const chunk of session.stdout ?? []) {
      length += (chunk as Buffer).length;
      if (length % 16 === 0) await Promise.resolve();
    }
    expect(length).toBe(50 * 1024 * 1024);
    expect(await session.done).toBe(0);
  });

  it("keeps stdout and stderr apart and tells the exit code", async () => {
    const command = ["sh", "-c", "echo out; echo err >&2; exit 5"];
    const session = await runtime.exec(container, { command, tty: false, stdin: false, stdout: true, stderr: true });
    const [out, err, code] = await Promise.all([text(session.stdout), text(session.stderr), session.done]);
    expect({ out, err, code }).toEqual({ out: "out\n", err: "err\n", code: 5 });
  });

  it("tells a terminal its size", async () => {
    const command = ["sh", "-c", 'read line; until size=$(stty size 2>/dev/null) && [ "$size" ]; do sleep 0.01; done; echo $size'];
    const session = await runtime.exec(container, { command, tty: true, stdin: true, stdout: true, stderr: false });
    session.resize(120, 40);
    session.stdin?.write("now\n");
    expect(await text(session.stdout)).toMatch(/now\r\n40 120\r\n$/);
    expect(await session.done).toBe(0);
  });

  it("says why a command doesn't start", async () => {
    const options = { tty: false, stdin: false, stdout: true, stderr: true };
    await expect(runtime.exec(container, { command: ["/nope"], ...options })).rejects.toThrow(
      /^failed to exec in container: failed to start exec "[0-9a-f]{64}": .*exec: "\/nope": stat \/nope: no such file or directory: unknown$/,
    );
  });

  it("ends with the command, however much input is left", async () => {
    const command = ["sh", "-c", "head -n 1; exit 5"];
    const session = await runtime.exec(container, { command, tty: false, stdin: true, stdout: true, stderr: true });
    session.stderr?.resume();
    const endless = new Readable({ read: () => void endless.push("y\n".repeat(10_000)) });
    session.stdin?.on("close", () => endless.unpipe());
    endless.pipe(session.stdin as Writable);
    expect(await text(session.stdout)).toBe("y\n");
    expect(await session.done).toBe(5);
    endless.destroy();
  });

  it("attaches to a container's input and output", async () => {
    const id = await start({
      name: "attached",
      command: ["sh", "-c", "while read line; do echo got $line; done; echo end"],
      stdin: true,
      stdinOnce: true,
    });
    const session = await runtime.attach(id, { tty: false, stdin: true, stdout: true, stderr: true });
    session.stderr?.resume();
    session.stdin?.end("one\ntwo\n");
    expect(await text(session.stdout)).toBe("got one\ngot two\nend\n");
    expect(await session.done).toBe(0);
  });

  it("ends a session when its signal is aborted", async () => {
    const controller = new AbortController();
    const options = { command: ["sleep", "1000"], tty: false, stdin: false, stdout: true, stderr: true, signal: controller.signal };
    const session = await runtime.exec(container, options);
    controller.abort();
    await expect(session.done).rejects.toMatchObject({ code: "Canceled" });
  });

  it("forwards a port, each half closing by itself", async () => {
    await start({ name: "server", command: ["nc", "-l", "-p", "9000", "-e", "sha256sum"] });
    const bytes = Buffer.alloc(20 * 1024 * 1024, "port ");
    let connection: Awaited<ReturnType<CriRuntime["portForward"]>> | undefined;
    for (let i = 0; !connection && i < 100; i++) {
      connection = await runtime.portForward(sandbox, 9000).catch(() => undefined);
      if (!connection) await pause();
    }
    connection?.end(bytes);
    expect(await text(connection)).toBe(`${createHash("sha256").update(bytes).digest("hex")}  -\n`);
    await expect(runtime.portForward(sandbox, 9001)).rejects.toThrow(
      `failed to connect to localhost:9001 inside namespace "${sandbox}", IPv4: connect ECONNREFUSED 127.0.0.1:9001`,
    );
  });

  it("finds its containers again after containerd was killed, and starts it anew", async () => {
    const before = containers.containerd.pid;
    const { startedAt } = await runtime.containerStatus(container);
    process.kill(before, "SIGKILL");
    for (let i = 0; containers.containerd.pid === before && i < 1000; i++) await pause();
    expect(containers.containerd.pid).not.toBe(before);
    const again = new CriRuntime({ socketPath: containers.containerd.socketPath, clock: systemClock });
    expect(await again.containerStatus(container)).toMatchObject({ state: "running", startedAt });
    expect((await again.execSync(container, ["echo", "still here"], 5)).stdout.toString()).toBe("still here\n");
    again.close();
  });

  it("keeps what runs in a container, streams and all, while containerd is started anew", async () => {
    const before = containers.containerd.pid;
    const command = ["sh", "-c", "while read line; do echo got $line; done; exit 6"];
    const again = new CriRuntime({ socketPath: containers.containerd.socketPath, clock: systemClock });
    const session = await again.exec(container, { command, tty: false, stdin: true, stdout: true, stderr: true });
    session.stderr?.resume();
    session.stdin?.write("one\n");
    process.kill(before, "SIGKILL");
    for (let i = 0; containers.containerd.pid === before && i < 1000; i++) await pause();
    session.stdin?.end("two\n");
    expect(await text(session.stdout)).toBe("got one\ngot two\n");
    expect(await session.done).toBe(6);
    again.close();
  });

  it("is started anew at once when its socket is gone", async () => {
    const { pid } = containers.containerd;
    await containers.containerd.detach();
    await rm(containers.containerd.socketPath);
    const before = performance.now();
    containers.containerd = await PrivateContainerd.start(containers.options);
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(containers.containerd.pid).not.toBe(pid);
    expect(containers.containerd.replaced).toBe(`its socket ${containers.containerd.socketPath} is gone`);
    const again = new CriRuntime({ socketPath: containers.containerd.socketPath, clock: systemClock });
    expect((await again.containerStatus(container)).state).toBe("running");
    again.close();
  });

  it("is adopted by the next process while it runs", async () => {
    const { pid } = containers.containerd;
    await containers.containerd.detach();
    containers.containerd = await PrivateContainerd.start(containers.options);
    expect(containers.containerd.pid).toBe(pid);
  });

  it("finds its containers again after a stop and a start", async () => {
    await containers.containerd.stop();
    containers.containerd = await PrivateContainerd.start(containers.options);
    const fresh = new CriRuntime({ socketPath: containers.containerd.socketPath, clock: systemClock });
    expect((await fresh.podSandboxStatus(sandbox)).state).toBe("ready");
    fresh.close();
  });

  it("after a reboot tells what ran as ended, and lets go of its addresses", async () => {
    const addresses = async () => (await readdir(join(containers.directory, "addresses", "test"))).filter((name) => /^\d/.test(name));
    expect((await addresses()).length).toBe(1);
    await containers.containerd.detach();
    process.kill(containers.containerd.pid, "SIGKILL");
    killAllOf(containers.options.stateDirectory, containers.cgroupParent);
    await unmountBelow([containers.directory]);
    removeShimSockets(containers.options.stateDirectory);
    await rm(containers.options.stateDirectory, { recursive: true });

    containers.containerd = await PrivateContainerd.start(containers.options);
    const fresh = new CriRuntime({ socketPath: containers.containerd.socketPath, clock: systemClock });
    expect((await fresh.podSandboxStatus(sandbox)).state).toBe("notReady");
    expect((await fresh.containerStatus(container)).state).not.toBe("running");
    await fresh.stopPodSandbox(sandbox);
    await fresh.removePodSandbox(sandbox);
    expect(await fresh.listContainers()).toEqual([]);
    expect(await addresses()).toEqual([]);
    const again = await fresh.runPodSandbox(sandboxConfig);
    expect((await fresh.podSandboxStatus(again)).ips.length).toBe(1);
    fresh.close();
  });
});

describe.skipIf(skip !== undefined)(`a private containerd that was killed${skip === undefined ? "" : ` (skipped: ${skip})`}`, () => {
  it("is deleted without a trace, whatever ran", async () => {
    const containers = await RealContainers.start(systemClock);
    const { runtime, directory, options } = containers;
    const config: PodSandboxConfig = {
      metadata: { name: "left", namespace: "default", uid: "1", attempt: 0 },
      // Not below the cluster's own: found by the records alone.
      cgroupParent: `/kybern-stray-${directory.slice(-6).toLowerCase()}`,
      security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
    };
    const sandbox = await runtime.runPodSandbox(config);
    const image = (await runtime.imageStatus(testImage))?.id ?? "";
    const id = await runtime.createContainer(sandbox, { name: "main", attempt: 0, image, command: ["sleep", "98765"] }, config);
    await runtime.startContainer(id);
    const bundles = join(options.stateDirectory, "state", "io.containerd.runtime.v2.task", "k8s.io");
    const socket = readFileSync(join(bundles, sandbox, "address"), "utf8").slice("unix://".length);
    expect(existsSync(socket)).toBe(true);

    await containers.containerd.detach();
    process.kill(containers.containerd.pid, "SIGKILL");
    await deletePrivateContainerd(options);

    expect(existsSync(socket)).toBe(false);
    expect(existsSync(options.directory) || existsSync(options.stateDirectory)).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(directory);
    const left = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        } catch {
          return ""; // it ended meanwhile
        }
      });
    expect(left.filter((command) => command.includes(directory) || command === "sleep 98765 ")).toEqual([]);
    // Again, for the test's own parent cgroup too: nothing there is no failure.
    await deletePrivateContainerd({ ...options, cgroupParents: [config.cgroupParent ?? ""] });
    await containers.delete();
  });
});

/** Ends shims and what runs in the containers, as the end of a machine does. */
function killAllOf(stateDirectory: string, cgroupParent: string): void {
  const pids = new Set<number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (args[0]?.includes("containerd-shim") && args.includes(join(stateDirectory, "containerd.sock"))) pids.add(Number(name));
      if (readFileSync(`/proc/${name}/cgroup`, "utf8").includes(`${cgroupParent}/`)) pids.add(Number(name));
    } catch {
      // It ended meanwhile.
    }
  }
  expect(pids.size).toBeGreaterThan(2);
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** A reboot empties /run, where shims have their sockets. */
function removeShimSockets(stateDirectory: string): void {
  const bundles = join(stateDirectory, "state", "io.containerd.runtime.v2.task", "k8s.io");
  for (const id of readdirSync(bundles)) {
    const file = join(bundles, id, "address");
    // containerd was killed while it took this one away.
    if (!existsSync(file)) continue;
    const address = readFileSync(file, "utf8");
    if (address.startsWith("unix:///run/containerd/s/")) rmSync(address.slice("unix://".length), { force: true });
  }
}
