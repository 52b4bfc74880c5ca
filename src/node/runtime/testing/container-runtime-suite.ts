import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContainerConfig, ContainerEvent, ContainerRuntime, PodSandboxConfig } from "../runtime.ts";

/** What the suite needs of a runtime under test. */
export interface SuiteTarget {
  runtime: ContainerRuntime;
  /** The id of an image that is there. */
  image: string;
  /** A container with these programs: one runs until it is stopped, the other exits with code 3 at once. */
  runs: Pick<ContainerConfig, "command">;
  exits: Pick<ContainerConfig, "command">;
  cgroupParent?: string;
  logDirectory?: string;
  /** Lets what happens by itself happen: advances a virtual clock. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** What every container runtime does, whatever it is made of. */
export function containerRuntimeSuite(name: string, start: () => Promise<SuiteTarget>, skip?: string): void {
  describe.skipIf(skip !== undefined)(`${name} as a container runtime${skip === undefined ? "" : ` (skipped: ${skip})`}`, () => {
    let target: SuiteTarget;
    let runtime: ContainerRuntime;
    let serial = 0;

    beforeAll(async () => {
      target = await start();
      runtime = target.runtime;
    });
    afterAll(async () => {
      await target?.close();
    });

    const sandboxConfig = (): PodSandboxConfig => {
      const pod = `pod-${++serial}`;
      return {
        metadata: { name: pod, namespace: "default", uid: `uid-${pod}`, attempt: 0 },
        hostname: pod,
        labels: { pod },
        ...(target.logDirectory ? { logDirectory: `${target.logDirectory}/${pod}` } : {}),
        ...(target.cgroupParent ? { cgroupParent: `${target.cgroupParent}/${pod}` } : {}),
        security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
      };
    };
    const containerConfig = (program: Pick<ContainerConfig, "command">): ContainerConfig => ({
      name: "main",
      attempt: 0,
      image: target.image,
      labels: { container: "main" },
      logPath: "main.log",
      security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
      ...program,
    });
    const until = async (reached: () => Promise<boolean>) => {
      for (let i = 0; i < 500; i++) {
        if (await reached()) return;
        await target.settle();
      }
      throw new Error("it didn't come to pass");
    };

    it("runs a sandbox and a container through their lives", async () => {
      const config = sandboxConfig();
      const sandbox = await runtime.runPodSandbox(config);
      expect(await runtime.podSandboxStatus(sandbox)).toMatchObject({
        id: sandbox,
        state: "ready",
        metadata: config.metadata,
        labels: config.labels,
      });
      const id = await runtime.createContainer(sandbox, containerConfig(target.runs), config);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: "created", name: "main", startedAt: 0, finishedAt: 0 });
      await runtime.startContainer(id);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: "running", exitCode: 0, finishedAt: 0 });
      expect(await runtime.listContainers({ sandboxId: sandbox })).toMatchObject([
        { id, sandboxId: sandbox, name: "main", state: "running" },
      ]);
      expect(await runtime.listContainers({ labels: { container: "other" } })).toEqual([]);
      await runtime.stopContainer(id, 0);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: "exited", exitCode: 137, reason: "Error" });
      await runtime.stopContainer(id, 0);
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      await expect(runtime.containerStatus(id)).rejects.toMatchObject({ name: "RuntimeError", code: "NotFound" });
      await runtime.stopPodSandbox(sandbox);
      await runtime.stopPodSandbox(sandbox);
      expect(await runtime.podSandboxStatus(sandbox)).toMatchObject({ state: "notReady", ips: [] });
      await runtime.removePodSandbox(sandbox);
      await runtime.removePodSandbox(sandbox);
      await runtime.stopPodSandbox(sandbox);
      await expect(runtime.podSandboxStatus(sandbox)).rejects.toMatchObject({ name: "RuntimeError", code: "NotFound" });
    });

    it("tells how a program ended by itself", async () => {
      const config = sandboxConfig();
      const sandbox = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandbox, containerConfig(target.exits), config);
      await runtime.startContainer(id);
      await until(async () => (await runtime.containerStatus(id)).state === "exited");
      const status = await runtime.containerStatus(id);
      expect(status).toMatchObject({ exitCode: 3, reason: "Error" });
      expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt);
      await runtime.removePodSandbox(sandbox);
    });

    it("removes a sandbox with what runs in it", async () => {
      const config = sandboxConfig();
      const sandbox = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandbox, containerConfig(target.runs), config);
      await runtime.startContainer(id);
      await runtime.removePodSandbox(sandbox);
      expect(await runtime.listContainers({ id })).toEqual([]);
      expect(await runtime.listPodSandboxes({ id: sandbox })).toEqual([]);
    });

    it("tells starts and exits as events, an exit once the status shows it", async () => {
      const controller = new AbortController();
      const seen: ContainerEvent[] = [];
      const states: string[] = [];
      let ready = () => {};
      const subscribed = new Promise<void>((resolve) => {
        ready = resolve;
      });
      const watching = (async () => {
        for await (const event of runtime.containerEvents(controller.signal, ready)) {
          if (event.type === "stopped")
            states.push(
              await runtime.containerStatus(event.id).then(
                ({ state }) => state,
                () => "sandbox",
              ),
            );
          seen.push(event);
        }
      })();
      await subscribed;
      const config = sandboxConfig();
      const sandbox = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandbox, containerConfig(target.exits), config);
      await runtime.startContainer(id);
      await until(async () => seen.some((event) => event.id === id && event.type === "stopped"));
      expect(states[0]).toBe("exited");
      const types = seen.filter((event) => event.id === id).map(({ type }) => type);
      expect(types.filter((type) => type !== "created")).toEqual(["started", "stopped"]);
      controller.abort();
      await watching;
      await runtime.removePodSandbox(sandbox);
    });

    it("runs commands in a container", async () => {
      const config = sandboxConfig();
      const sandbox = await runtime.runPodSandbox(config);
      const id = await runtime.createContainer(sandbox, containerConfig(target.runs), config);
      await runtime.startContainer(id);
      expect((await runtime.execSync(id, ["true"], 5)).exitCode).toBe(0);
      const session = await runtime.exec(id, { command: ["true"], tty: false, stdin: true, stdout: true, stderr: true });
      session.stdin?.end();
      session.stdout?.resume();
      session.stderr?.resume();
      expect(await session.done).toBe(0);
      expect(await runtime.containerStats(id)).toMatchObject({ id, name: "main" });
      await runtime.removePodSandbox(sandbox);
    });

    it("knows its images", async () => {
      expect((await runtime.imageStatus(target.image))?.id).toBe(target.image);
      expect(await runtime.imageStatus("docker.io/kybern-test/none:1")).toBeUndefined();
      expect((await runtime.listImages()).map(({ id }) => id)).toContain(target.image);
      await runtime.removeImage("docker.io/kybern-test/none:1");
      expect((await runtime.imageFsInfo()).length).toBeGreaterThan(0);
    });
  });
}
