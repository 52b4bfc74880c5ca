import { afterEach, describe, expect, it } from "vitest";
import { leases, nodes, pods } from "../api/refs.ts";
import { AgentRig, nodeName, type RigOptions } from "./pods/testing/agent-rig.ts";
import { RuntimeError } from "./runtime/runtime.ts";

let rig: AgentRig;

async function started(options?: RigOptions): Promise<AgentRig> {
  rig = new AgentRig(options);
  await rig.start();
  return rig;
}

afterEach(() => rig?.stop());

describe("admission", () => {
  it("refuses what doesn't fit", async () => {
    await started();
    await rig.create("big", { containers: [{ name: "c", resources: { requests: { cpu: "3" } } }] });
    await rig.create("toobig", { containers: [{ name: "c", resources: { requests: { cpu: "2" } } }] });
    expect(rig.status("big").phase).toBe("Running");
    expect(rig.status("toobig")).toMatchObject({
      phase: "Failed",
      reason: "OutOfcpu",
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
    });
    expect(rig.events("toobig")).toEqual(["OutOfcpu: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000"]);
    await rig.create("elsewhere", { nodeSelector: { zone: "b" } });
    expect(rig.status("elsewhere")).toMatchObject({
      reason: "NodeAffinity",
      message: "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    });
    await rig.client.delete(pods, "big", { namespace: "default" });
    await rig.seconds(1);
    await rig.create("fits", { containers: [{ name: "c", resources: { requests: { cpu: "2" } } }] });
    expect(rig.status("fits").phase).toBe("Running");
    await rig.client.delete(pods, "toobig", { namespace: "default" });
    await rig.seconds(1);
    expect(rig.pod("toobig")).toBeUndefined();
  });

  it("gives a host port to one pod only", async () => {
    await started();
    const ports = [{ containerPort: 80, hostPort: 8080 }];
    await rig.create("one", { containers: [{ name: "c", ports }] });
    await rig.create("two", { containers: [{ name: "c", ports }] });
    expect(rig.status("two")).toMatchObject({
      phase: "Failed",
      reason: "NodePorts",
      message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    });
  });

  it("knows a label that was set just before", async () => {
    await started();
    await rig.client.patch(nodes, nodeName, { type: "application/merge-patch+json", body: { metadata: { labels: { zone: "b" } } } });
    await rig.create("here", { nodeSelector: { zone: "b" } });
    expect(rig.status("here").phase).toBe("Running");
  });
});

describe("ephemeral containers", () => {
  it("are started beside what runs", async () => {
    await started();
    await rig.create("web");
    const ephemeralContainers = [{ name: "debug", image: "img", targetContainerName: "c" }];
    const body = { spec: { ephemeralContainers } };
    await rig.client.patch(pods, "web", { type: "application/merge-patch+json", body }, { namespace: "default" });
    await rig.seconds(1);
    expect(rig.container("web", "debug")).toMatchObject({ state: { running: {} }, ready: false });
    await rig.exit("web", "debug", 0);
    await rig.seconds(30);
    expect(rig.container("web", "debug")).toMatchObject({ state: { terminated: { exitCode: 0 } }, restartCount: 0 });
    expect(rig.status("web").phase).toBe("Running");
  });
});

describe("a resize", () => {
  const resized = (resources: object) => ({
    type: "application/strategic-merge-patch+json" as const,
    body: { spec: { containers: [{ name: "c", resources }] } },
  });

  it("changes a running container's limits", async () => {
    await started();
    await rig.create("web", { containers: [{ name: "c", resources: { requests: { cpu: "100m" }, limits: { cpu: "200m" } } }] });
    await rig.client.patch(pods, "web", resized({ requests: { cpu: "300m" }, limits: { cpu: "400m" } }), { namespace: "default" });
    await rig.seconds(1);
    expect(rig.container("web")).toMatchObject({
      restartCount: 0,
      resources: { requests: { cpu: "300m" }, limits: { cpu: "400m" } },
      allocatedResources: { cpu: "300m" },
    });
    const [container] = await rig.containers("web");
    expect((await rig.runtime.containerStatus(container?.id ?? "")).resources).toMatchObject({ cpuQuota: 40_000, cpuShares: 307 });
  });

  it("that the node has no room for waits", async () => {
    await started();
    await rig.create("web", { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] });
    await rig.client.patch(pods, "web", resized({ requests: { cpu: "5" } }), { namespace: "default" });
    await rig.seconds(1);
    expect(rig.condition("web", "PodResizePending")).toMatchObject({
      status: "True",
      reason: "Infeasible",
      message: "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000",
    });
    expect(rig.container("web")).toMatchObject({ resources: { requests: { cpu: "1" } }, allocatedResources: { cpu: "1" } });
    await rig.client.patch(pods, "web", resized({ requests: { cpu: "2" } }), { namespace: "default" });
    await rig.seconds(1);
    expect(rig.condition("web", "PodResizePending")).toBeUndefined();
    expect(rig.container("web")).toMatchObject({ resources: { requests: { cpu: "2" } }, allocatedResources: { cpu: "2" } });
  });

  it("restarts the container where its policy says so", async () => {
    await started();
    const resizePolicy = [{ resourceName: "memory", restartPolicy: "RestartContainer" }];
    await rig.create("web", { containers: [{ name: "c", resizePolicy, resources: { limits: { memory: "64Mi" } } }] });
    await rig.client.patch(pods, "web", resized({ limits: { memory: "128Mi" } }), { namespace: "default" });
    await rig.seconds(1);
    expect(rig.container("web")).toMatchObject({ restartCount: 1, state: { running: {} }, resources: { limits: { memory: "128Mi" } } });
    expect(rig.events("web", "Killing")).toEqual(["Killing: Container c resize requires restart"]);
  });
});

describe("the node", () => {
  it("is told of, with a lease that is renewed and a status that is written only when it changes", async () => {
    await started();
    expect(rig.node()?.status).toMatchObject({
      addresses: [
        { type: "InternalIP", address: "192.0.2.1" },
        { type: "Hostname", address: nodeName },
      ],
      capacity: { cpu: "4", pods: "110" },
      nodeInfo: { kubeletVersion: "v1.36.3", containerRuntimeVersion: "simulated://1.0.0" },
    });
    const patches = () => rig.client.writes().filter((write) => write.startsWith("patch nodes/status")).length;
    const before = patches();
    await rig.seconds(60);
    expect(patches()).toBe(before);
    const renewed = rig.client.peek(leases, `kube-node-lease/${nodeName}`)?.spec?.renewTime;
    await rig.seconds(10);
    expect(rig.client.peek(leases, `kube-node-lease/${nodeName}`)?.spec?.renewTime).not.toBe(renewed);
    await rig.seconds(240);
    expect(patches()).toBe(before + 1);
    expect(rig.events(nodeName)).toEqual([
      "Starting: Starting kubelet.",
      `NodeHasSufficientMemory: Node ${nodeName} status is now: NodeHasSufficientMemory`,
      `NodeHasNoDiskPressure: Node ${nodeName} status is now: NodeHasNoDiskPressure`,
      `NodeHasSufficientPID: Node ${nodeName} status is now: NodeHasSufficientPID`,
    ]);
  });

  it("is not ready while its runtime is down, but alive", async () => {
    await started();
    rig.faults.status = () => new RuntimeError("Unavailable", "gone");
    const ready = () => rig.node()?.status?.conditions?.find(({ type }) => type === "Ready");
    await rig.seconds(15);
    expect(ready()?.status).toBe("True");
    const renewed = rig.client.peek(leases, `kube-node-lease/${nodeName}`)?.spec?.renewTime;
    await rig.seconds(30);
    expect(ready()).toMatchObject({ status: "False", reason: "KubeletNotReady", message: "container runtime is down" });
    expect(rig.client.peek(leases, `kube-node-lease/${nodeName}`)?.spec?.renewTime).not.toBe(renewed);
    delete rig.faults.status;
    await rig.seconds(11);
    expect(ready()?.status).toBe("True");
  });
});
