import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../machinery/clock.ts";
import type { ContainerConfig, PodSandboxConfig } from "../runtime.ts";
import { containerRuntimeSuite } from "../testing/container-runtime-suite.ts";
import { type ContainerScript, SimulatedRuntime } from "./simulated-runtime.ts";

containerRuntimeSuite("the simulated runtime", async () => {
  const clock = new VirtualClock();
  const runtime = new SimulatedRuntime({
    clock,
    script: { container: ({ command }) => (command?.[0] === "exits" ? { runsMilliseconds: 10, exitCode: 3 } : {}) },
  });
  return {
    runtime,
    image: await runtime.pullImage("busybox"),
    runs: { command: ["runs"] },
    exits: { command: ["exits"] },
    settle: () => clock.advance(10),
    close: async () => runtime.close(),
  };
});

const sandboxConfig: PodSandboxConfig = { metadata: { name: "web", namespace: "default", uid: "1", attempt: 0 }, logDirectory: "/logs" };

async function started(script: ContainerScript) {
  const clock = new VirtualClock();
  const runtime = new SimulatedRuntime({ clock, script: { container: () => script } });
  const image = await runtime.pullImage("nginx:1");
  const sandbox = await runtime.runPodSandbox(sandboxConfig);
  const config: ContainerConfig = { name: "main", attempt: 0, image, logPath: "main/0.log" };
  const id = await runtime.createContainer(sandbox, config, sandboxConfig);
  await runtime.startContainer(id);
  return { clock, runtime, sandbox, id };
}

describe("a simulated container", () => {
  it("exits by itself after its time, with its code", async () => {
    const { clock, runtime, id } = await started({ runsMilliseconds: 5000, exitCode: 0 });
    await clock.advance(4999);
    expect((await runtime.containerStatus(id)).state).toBe("running");
    await clock.advance(1);
    const status = await runtime.containerStatus(id);
    expect(status).toMatchObject({ state: "exited", exitCode: 0, reason: "Completed", logPath: "/logs/main/0.log", image: "nginx:1" });
    expect(status.finishedAt - status.startedAt).toBe(5000);
  });

  it("ends by the stop signal within the grace period, or is killed after it", async () => {
    const polite = await started({ stopsMilliseconds: 2000, stopExitCode: 143 });
    const stopped = polite.runtime.stopContainer(polite.id, 30);
    await polite.clock.advance(2000);
    await stopped;
    expect((await polite.runtime.containerStatus(polite.id)).exitCode).toBe(143);

    const deaf = await started({ stopsMilliseconds: 60_000 });
    const killed = deaf.runtime.stopContainer(deaf.id, 30);
    await deaf.clock.advance(29_999);
    expect((await deaf.runtime.containerStatus(deaf.id)).state).toBe("running");
    await deaf.clock.advance(1);
    await killed;
    expect((await deaf.runtime.containerStatus(deaf.id)).exitCode).toBe(137);
  });

  it("fails to start with the script's message", async () => {
    await expect(started({ startError: 'exec: "/nope": no such file or directory' })).rejects.toThrow(
      'exec: "/nope": no such file or directory',
    );
  });

  it("takes the time that the script gives a pull", async () => {
    const clock = new VirtualClock();
    const runtime = new SimulatedRuntime({ clock, script: { pullMilliseconds: () => 3000 } });
    const pulled = runtime.pullImage("redis");
    await clock.advance(2999);
    expect(await runtime.imageStatus("redis")).toBeUndefined();
    await clock.advance(1);
    expect((await runtime.imageStatus("redis"))?.id).toBe(await pulled);
  });

  it("refuses to create a container from an image that isn't there", async () => {
    const runtime = new SimulatedRuntime({ clock: new VirtualClock() });
    const sandbox = await runtime.runPodSandbox(sandboxConfig);
    await expect(runtime.createContainer(sandbox, { name: "main", attempt: 0, image: "none" }, sandboxConfig)).rejects.toThrow(
      'failed to resolve image "none": not found',
    );
  });
});
