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

describe("a pod", () => {
  it("comes to Running and Ready, and its status says all that upstream's does", async () => {
    await started();
    await rig.create("web", { containers: [{ name: "c", resources: { requests: { cpu: "100m" } } }] });
    const status = rig.status("web");
    const at = status.startTime;
    expect(status).toMatchObject({
      phase: "Running",
      observedGeneration: 1,
      hostIP: "192.0.2.1",
      hostIPs: [{ ip: "192.0.2.1" }],
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }],
      qosClass: "Burstable",
    });
    expect(status.conditions).toEqual(
      ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
        type,
        status: "True",
        lastTransitionTime: at,
        observedGeneration: 1,
      })),
    );
    expect(rig.container("web")).toEqual({
      name: "c",
      state: { running: { startedAt: at } },
      lastState: {},
      ready: true,
      started: true,
      restartCount: 0,
      image: "img",
      imageID: expect.stringContaining("sha256:"),
      containerID: expect.stringContaining("containerd://"),
      resources: { requests: { cpu: "100m" } },
      allocatedResources: { cpu: "100m" },
    });
    expect(rig.events("web")).toEqual(["Created: Container created", "Started: Container started"]);
  });

  it("needs few calls and few writes to start, and none while nothing changes", async () => {
    await started();
    rig.calls.length = 0;
    await rig.create("web");
    const own = rig.calls.filter((call) => !["containerEvents", "status"].includes(call));
    expect(own).toEqual(["runPodSandbox", "podSandboxStatus", "pullImage", "createContainer", "startContainer", "containerStatus"]);
    expect(rig.statusWrites()).toBeLessThanOrEqual(3);
    // By then the node has told of the new image.
    await rig.seconds(75);
    rig.client.actions.length = 0;
    rig.calls.length = 0;
    await rig.seconds(100);
    expect(rig.statusWrites()).toBe(0);
    // Two lists and the runtime's status each ten seconds, images and version each minute.
    expect(rig.calls.length).toBeLessThanOrEqual(3 * 10 + 4);
    expect(rig.client.writes().filter((write) => !write.startsWith("update leases"))).toEqual([]);
  });

  it("lists main containers by name, and init containers in their order", async () => {
    await started({ scripts: { z: { runsMilliseconds: 10 }, y: { runsMilliseconds: 10 } } });
    await rig.create("web", { initContainers: [{ name: "z" }, { name: "y" }], containers: [{ name: "b" }, { name: "a" }] });
    expect(rig.status("web").containerStatuses?.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(rig.status("web").initContainerStatuses?.map(({ name }) => name)).toEqual(["z", "y"]);
  });

  it("of the same name but another UID is another pod", async () => {
    await started();
    const first = await rig.create("web");
    rig.client.drop(pods, "default/web");
    const second = await rig.create("web");
    await rig.seconds(5);
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(rig.status("web")).toMatchObject({ phase: "Running", podIP: "10.0.0.2" });
    expect(await rig.containers("web")).toHaveLength(1);
  });

  it("that fails in a way nobody foresaw stops no other", async () => {
    await started();
    rig.faults.runPodSandbox = () => (rig.calls.filter((call) => call === "runPodSandbox").length === 1 ? new TypeError("oh") : undefined);
    await rig.create("bad");
    await rig.create("good");
    expect(rig.status("good").phase).toBe("Running");
    await rig.seconds(3);
    expect(rig.status("bad").phase).toBe("Running");
  });

  it("runs while the API server is away, and is told of when it is back", async () => {
    await started();
    await rig.create("web");
    rig.client.faults.fail(503, { verb: "patch", resource: "pods" }, Number.POSITIVE_INFINITY);
    await rig.exit("web", "c", 1);
    expect((await rig.containers("web")).filter(({ state }) => state === "running")).toHaveLength(1);
    expect(rig.container("web")?.restartCount).toBe(0);
    rig.client.faults.heal();
    await rig.seconds(10);
    expect(rig.container("web")).toMatchObject({ restartCount: 1, state: { running: {} } });
  });
});

describe("init containers", () => {
  it("run one after the other before the main containers", async () => {
    await started({ scripts: { one: { runsMilliseconds: 5000 }, two: { runsMilliseconds: 5000 } } });
    await rig.create("web", { initContainers: [{ name: "one" }, { name: "two" }] });
    expect(rig.status("web").phase).toBe("Pending");
    expect(rig.container("web", "one")?.state?.running).toBeDefined();
    expect(rig.container("web", "two")?.state).toEqual({ waiting: { reason: "PodInitializing" } });
    expect(rig.container("web", "c")?.state).toEqual({ waiting: { reason: "PodInitializing" } });
    expect(rig.condition("web", "Initialized")).toMatchObject({
      status: "False",
      reason: "ContainersNotInitialized",
      message: "containers with incomplete status: [one two]",
    });
    await rig.seconds(5.1);
    expect(rig.container("web", "one")).toMatchObject({
      ready: true,
      started: false,
      state: { terminated: { exitCode: 0, reason: "Completed" } },
    });
    expect(rig.container("web", "two")?.state?.running).toBeDefined();
    await rig.seconds(5.1);
    expect(rig.status("web").phase).toBe("Running");
    const initialized = rig.condition("web", "Initialized");
    expect(initialized).toMatchObject({ status: "True" });
    expect(initialized).not.toHaveProperty("reason");
    expect(initialized).not.toHaveProperty("message");
  });

  it("fail the pod for good under the policy Never", async () => {
    await started({ scripts: { one: { runsMilliseconds: 10, exitCode: 3 } } });
    await rig.create("web", { restartPolicy: "Never", initContainers: [{ name: "one" }] });
    await rig.seconds(1);
    expect(rig.status("web").phase).toBe("Failed");
    expect(rig.container("web", "c")?.state).toEqual({ waiting: { reason: "PodInitializing" } });
    expect((await rig.runtime.listPodSandboxes())[0]?.state).toBe("notReady");
  });

  it("that restart are sidecars: up before the main containers, down after them", async () => {
    await started({ scripts: { c: { runsMilliseconds: 10_000, stopsMilliseconds: 3000 } } });
    const startupProbe = { exec: { command: ["up"] }, periodSeconds: 1 };
    rig.execs.up = 1;
    await rig.create("web", {
      initContainers: [
        { name: "s1", restartPolicy: "Always", startupProbe },
        { name: "s2", restartPolicy: "Always" },
      ],
    });
    expect(rig.container("web", "s1")).toMatchObject({ started: false, state: { running: {} } });
    expect(rig.container("web", "s2")?.state?.waiting).toBeDefined();
    rig.execs.up = 0;
    await rig.seconds(1.1);
    expect(rig.status("web").phase).toBe("Running");
    expect(rig.container("web", "s2")).toMatchObject({ ready: true, started: true });
    await rig.client.delete(pods, "web", { namespace: "default" });
    await rig.seconds(2);
    expect((await rig.containers("web")).map(({ name, state }) => `${name} ${state}`)).toEqual(["s1 running", "s2 running", "c running"]);
    await rig.seconds(2);
    expect(rig.pod("web")).toBeUndefined();
    expect(rig.events("web", "Killing").sort()).toEqual([
      "Killing: Stopping container c",
      "Killing: Stopping container s1",
      "Killing: Stopping container s2",
    ]);
  });

  it("that are sidecars keep no finished pod alive", async () => {
    await started({ scripts: { c: { runsMilliseconds: 2000 } } });
    await rig.create("job", { restartPolicy: "Never", initContainers: [{ name: "s", restartPolicy: "Always" }] });
    expect(rig.status("job").phase).toBe("Running");
    await rig.seconds(3);
    expect(rig.status("job").phase).toBe("Succeeded");
    expect(rig.container("job", "s")?.state?.terminated).toBeDefined();
    expect(rig.condition("job", "Ready")).toMatchObject({ status: "False", reason: "PodCompleted" });
    expect(rig.condition("job", "PodReadyToStartContainers")).toMatchObject({ status: "False" });
  });
});

describe("a container that ends", () => {
  it("is started again with back-off", async () => {
    await started({ scripts: { c: { runsMilliseconds: 0, exitCode: 7 } } });
    const { metadata } = await rig.create("web");
    await rig.seconds(1);
    // The first restart is at once.
    const text = (delay: string) => `back-off ${delay} restarting failed container=c pod=web_default(${metadata.uid})`;
    expect(rig.container("web")).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff", message: text("10s") } },
      lastState: { terminated: { exitCode: 7, reason: "Error" } },
    });
    expect(rig.status("web").phase).toBe("Running");
    expect(rig.condition("web", "Ready")).toMatchObject({ reason: "ContainersNotReady", message: "containers with unready status: [c]" });
    expect(rig.events("web", "BackOff")).toEqual([`BackOff: Back-off restarting failed container c in pod web_default(${metadata.uid})`]);
    await rig.seconds(10);
    expect(rig.container("web")).toMatchObject({ restartCount: 2, state: { waiting: { message: text("20s") } } });
    await rig.seconds(20);
    expect(rig.container("web")).toMatchObject({ restartCount: 3, state: { waiting: { message: text("40s") } } });
    // The attempt before the last stays, for `logs --previous`.
    expect(await rig.containers("web")).toHaveLength(2);
  });

  it("waits no longer because volumes are refreshed or other containers wait longer", async () => {
    await started({ scripts: { a: { runsMilliseconds: 0, exitCode: 1 } } });
    rig.images.failures.gone = { reason: "ErrImagePull", message: "no" };
    await rig.create("web", {
      containers: [{ name: "a" }, { name: "b", image: "gone" }],
      volumes: [{ name: "v", configMap: { name: "x" } }],
    });
    await rig.seconds(10.5);
    expect(rig.container("web", "a")?.restartCount).toBe(2);
  });

  it("keeps its restart count when the agent starts anew, and is not touched by that", async () => {
    await started();
    await rig.create("web", { containers: [{ name: "c", readinessProbe: { exec: { command: ["ok"] } } }] });
    await rig.seconds(1);
    await rig.exit("web", "c", 1);
    await rig.seconds(1);
    expect(rig.container("web")).toMatchObject({ restartCount: 1, ready: true });
    const id = rig.container("web")?.containerID;
    await rig.stop();
    rig.client.actions.length = 0;
    // A probe that has not been run yet does not count as failed.
    rig.execs.ok = () => {
      throw new RuntimeError("Unavailable", "not yet");
    };
    await rig.start();
    await rig.seconds(20);
    expect(rig.container("web")).toMatchObject({ restartCount: 1, ready: true, containerID: id });
    expect(rig.statusWrites()).toBe(0);
  });

  it("stays ended as its policy says", async () => {
    await started({ scripts: { good: { runsMilliseconds: 100 }, bad: { runsMilliseconds: 100, exitCode: 2 } } });
    await rig.create("never", { restartPolicy: "Never", containers: [{ name: "bad" }, { name: "good" }] });
    await rig.create("onfailure", { restartPolicy: "OnFailure", containers: [{ name: "good" }] });
    await rig.seconds(1);
    expect(rig.status("never").phase).toBe("Failed");
    expect(rig.condition("never", "Ready")).toMatchObject({ status: "False", reason: "PodFailed" });
    expect(rig.status("onfailure").phase).toBe("Succeeded");
    expect(rig.volumes.mounted.size).toBe(0);
  });

  it("by its own postStart hook says so", async () => {
    await started();
    rig.execs["warm up"] = 1;
    const { metadata } = await rig.create("web", {
      containers: [{ name: "c", lifecycle: { postStart: { exec: { command: ["warm", "up"] } } } }],
    });
    const message =
      `Exec lifecycle hook ([warm up]) for Container "c" in Pod "web_default(${metadata.uid})" failed - error: ` +
      `command 'warm up' exited with 1: , message: "no\\n"`;
    // It is told before the container is started once more.
    const told = rig.client.actions
      .filter(({ verb, resource }) => verb === "patch" && resource === "pods")
      .map(({ body }) => JSON.stringify(body));
    expect(told.some((text) => text.includes(JSON.stringify({ reason: "PostStartHookError", message })))).toBe(true);
    expect(rig.container("web")?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    expect(rig.events("web")).toContain("FailedPostStartHook: PostStartHook failed");
    expect(rig.events("web")).toContain("Killing: FailedPostStartHook");
  });
});

describe("the status of a pod", () => {
  it("is told anew when another has changed it", async () => {
    await started();
    await rig.create("web");
    const body = { status: { conditions: [{ type: "Ready", status: "False", reason: "NodeNotReady" }] } };
    await rig.client.patch(
      pods,
      "web",
      { type: "application/strategic-merge-patch+json", body },
      { namespace: "default", subresource: "status" },
    );
    await rig.seconds(1);
    expect(rig.condition("web", "Ready")?.status).toBe("True");
  });
});

describe("limits of a pod's life", () => {
  it("activeDeadlineSeconds ends it", async () => {
    await started();
    await rig.create("web", { activeDeadlineSeconds: 30 });
    await rig.seconds(29);
    expect(rig.status("web").phase).toBe("Running");
    await rig.seconds(2);
    expect(rig.status("web")).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    });
    expect(rig.container("web")?.state?.terminated).toBeDefined();
    expect(rig.events("web", "DeadlineExceeded")).toEqual([
      "DeadlineExceeded: Pod was active on the node longer than the specified deadline",
    ]);
  });
});
