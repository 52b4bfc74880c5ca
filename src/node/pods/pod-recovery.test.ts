import { afterEach, describe, expect, it } from "vitest";
import { pods } from "../../api/refs.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import { AgentRig, type RigOptions } from "./testing/agent-rig.ts";

let rig: AgentRig;

async function started(options?: RigOptions): Promise<AgentRig> {
  rig = new AgentRig(options);
  await rig.start();
  return rig;
}

afterEach(() => rig?.stop());

describe("a deletion", () => {
  it("gives containers their grace period, then removes all that was there", async () => {
    await started({ scripts: { c: { stopsMilliseconds: 5000, stopExitCode: 143 } } });
    const { metadata } = await rig.create("web", { terminationGracePeriodSeconds: 20 });
    await rig.client.delete(pods, "web", { namespace: "default" });
    await rig.seconds(4);
    expect(rig.pod("web")?.metadata.deletionTimestamp).toBeDefined();
    // Readiness goes on being told: whoever routes to the pod decides for himself.
    expect(rig.container("web")?.ready).toBe(true);
    await rig.seconds(2);
    expect(rig.pod("web")).toBeUndefined();
    const last = rig.client.actions.filter(({ verb, resource }) => verb === "patch" && resource === "pods").at(-1)?.body as {
      status: { phase: string };
    };
    expect(last.status.phase).toBe("Failed");
    expect(await rig.runtime.listPodSandboxes()).toEqual([]);
    expect(rig.volumes.mounted.has(metadata.uid ?? "")).toBe(false);
    expect(rig.events("web", "Killing")).toEqual(["Killing: Stopping container c"]);
  });

  it("is hurried by a second one", async () => {
    await started({ scripts: { c: { stopsMilliseconds: 60_000 } } });
    await rig.create("web", { terminationGracePeriodSeconds: 50 });
    await rig.client.delete(pods, "web", { namespace: "default" });
    await rig.seconds(5);
    await rig.client.delete(pods, "web", { namespace: "default", gracePeriodSeconds: 0 });
    await rig.seconds(3);
    expect(rig.pod("web")).toBeUndefined();
    expect(await rig.runtime.listPodSandboxes()).toEqual([]);
  });

  it("runs preStop hooks within the grace period", async () => {
    await started();
    await rig.create("web", { containers: [{ name: "c", lifecycle: { preStop: { sleep: { seconds: 4 } } } }] });
    await rig.client.delete(pods, "web", { namespace: "default" });
    await rig.seconds(3);
    expect((await rig.containers("web"))[0]?.state).toBe("running");
    await rig.seconds(2);
    expect(rig.pod("web")).toBeUndefined();
  });

  it("waits for a runtime that is down, without losing anything", async () => {
    await started();
    await rig.create("web");
    let down = true;
    const fault = () => (down ? new RuntimeError("Unavailable", "down") : undefined);
    for (const method of ["listPodSandboxes", "listContainers", "stopContainer", "stopPodSandbox"] as const) rig.faults[method] = fault;
    await rig.client.delete(pods, "web", { namespace: "default" });
    await rig.seconds(20);
    expect(rig.pod("web")).toBeDefined();
    down = false;
    await rig.seconds(31);
    expect(rig.pod("web")).toBeUndefined();
    expect(await rig.runtime.listPodSandboxes()).toEqual([]);
  });

  it("of a pod that never ran ends it as failed", async () => {
    await started();
    rig.volumes.failure = 'MountVolume.SetUp failed for volume "v" : no';
    await rig.create("web");
    await rig.client.delete(pods, "web", { namespace: "default" });
    await rig.seconds(1);
    expect(rig.pod("web")).toBeUndefined();
  });

  it("seen only by an agent that starts later is made up for", async () => {
    await started();
    await rig.create("web");
    await rig.stop();
    rig.client.drop(pods, "default/web");
    await rig.start();
    await rig.seconds(1);
    expect(await rig.runtime.listPodSandboxes()).toEqual([]);
    expect(rig.volumes.mounted.size).toBe(0);
  });
});

describe("a pod that can't start", () => {
  it("tells why its image isn't there", async () => {
    await started();
    rig.images.failures.none = { reason: "ErrImagePull", message: "not found" };
    await rig.create("web", { containers: [{ name: "c", image: "none" }] });
    expect(rig.container("web")).toMatchObject({
      state: { waiting: { reason: "ErrImagePull", message: "not found" } },
      restartCount: 0,
      imageID: "",
    });
    expect(rig.status("web").phase).toBe("Pending");
    delete rig.images.failures.none;
    await rig.seconds(11);
    expect(rig.status("web").phase).toBe("Running");
  });

  it("waits for a config map", async () => {
    await started();
    await rig.create("web", { containers: [{ name: "c", envFrom: [{ configMapRef: { name: "settings" } }] }] });
    expect(rig.container("web")?.state).toEqual({
      waiting: { reason: "CreateContainerConfigError", message: 'configmaps "settings" not found' },
    });
    expect(rig.events("web", "Failed")).toEqual(['Failed: Error: configmaps "settings" not found']);
    rig.client.seed(
      { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap", namespaced: true },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings", namespace: "default" },
      },
    );
    await rig.seconds(11);
    expect(rig.container("web")?.state?.running).toBeDefined();
  });

  it("waits for its volumes", async () => {
    await started();
    rig.volumes.failure = 'MountVolume.SetUp failed for volume "v" : configmap "x" not found';
    await rig.create("web");
    expect(rig.container("web")?.state).toEqual({ waiting: { reason: "ContainerCreating" } });
    expect(rig.events("web")[0]).toBe('FailedMount: MountVolume.SetUp failed for volume "v" : configmap "x" not found');
    expect(await rig.runtime.listPodSandboxes()).toEqual([]);
    rig.volumes.failure = undefined;
    await rig.seconds(5);
    expect(rig.status("web").phase).toBe("Running");
  });

  it("tells why a container could not be run", async () => {
    await started({ scripts: { c: { startError: 'exec: "/nope": no such file or directory' } } });
    await rig.create("web");
    expect(rig.container("web")).toMatchObject({
      state: { waiting: { reason: "RunContainerError", message: 'exec: "/nope": no such file or directory' } },
      lastState: { terminated: { reason: "StartError", exitCode: 128 } },
    });
    expect(rig.events("web", "Failed")).toEqual(['Failed: Error: exec: "/nope": no such file or directory']);
  });

  it("and one whose sandbox fails", async () => {
    await started();
    rig.faults.runPodSandbox = () => new RuntimeError("Unknown", "no network");
    await rig.create("web");
    expect(rig.events("web")[0]).toBe("FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = no network");
    delete rig.faults.runPodSandbox;
    await rig.seconds(5);
    expect(rig.status("web").phase).toBe("Running");
  });
});

describe("a lost sandbox", () => {
  it("is made anew with the pod's containers", async () => {
    await started({ scripts: { i: { runsMilliseconds: 10 } } });
    await rig.create("web", { initContainers: [{ name: "i" }] });
    await rig.seconds(1);
    await rig.loseSandboxes();
    await rig.seconds(2);
    expect(rig.container("web")).toMatchObject({ restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 137 } } });
    expect(rig.container("web", "i")).toMatchObject({ restartCount: 1, ready: true });
    expect(rig.status("web")).toMatchObject({ phase: "Running", podIP: "10.0.0.2", podIPs: [{ ip: "10.0.0.2" }] });
    expect(rig.events("web", "SandboxChanged")).toEqual(["SandboxChanged: Pod sandbox changed, it will be killed and re-created."]);
  });

  it("is made anew by an agent that finds it so", async () => {
    await started();
    await rig.create("web");
    await rig.stop();
    await rig.loseSandboxes();
    await rig.start();
    await rig.seconds(1);
    expect(rig.container("web")).toMatchObject({ restartCount: 1, state: { running: {} } });
  });

  it("and lost containers: they count as restarted", async () => {
    await started();
    await rig.create("web");
    await rig.stop();
    for (const { id } of await rig.runtime.listPodSandboxes()) await rig.runtime.removePodSandbox(id);
    await rig.start();
    await rig.seconds(1);
    expect(rig.container("web")).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } },
    });
  });

  it("is not made anew for what has done its work", async () => {
    await started({ scripts: { done: { runsMilliseconds: 10 } } });
    await rig.create("mixed", { restartPolicy: "OnFailure", containers: [{ name: "done" }, { name: "c" }] });
    await rig.create("never", { restartPolicy: "Never" });
    await rig.seconds(1);
    await rig.loseSandboxes();
    await rig.seconds(2);
    expect(rig.container("mixed", "done")).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 0 } } });
    expect(rig.container("mixed", "c")).toMatchObject({ restartCount: 1, state: { running: {} } });
    expect(rig.status("never").phase).toBe("Failed");
  });
});
