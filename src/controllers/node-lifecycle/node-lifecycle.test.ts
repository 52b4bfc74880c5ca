import { describe, expect, it } from "vitest";
import type { Node, Pod, Toleration } from "../../api/core/v1.ts";
import { events, leases, nodes, pods } from "../../api/refs.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import { createMemoryClient } from "../../client/testing/memory-client.ts";
import { formatMicroTime, formatTime, VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import { startNodeLifecycle } from "./node-lifecycle.ts";
import { startTaintEviction } from "./taint-eviction.ts";

function setup() {
  const clock = new VirtualClock();
  const client = createMemoryClient({ clock });
  const stop = new AbortController();
  const deps = { client, clock, logger: silentLogger, random: seededRandom(1), signal: stop.signal };
  const informers = createInformerFactory(deps);
  const renew = (name: string) =>
    client.seed(leases, {
      metadata: { namespace: "kube-node-lease", name },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(clock.now()) },
    });
  /** Lets time go by while these nodes renew their leases. */
  const pass = async (seconds: number, ...renewing: string[]) => {
    for (let left = seconds; left > 0; left -= 5) {
      for (const name of renewing) renew(name);
      await clock.advance(Math.min(5, left) * 1000);
    }
  };
  const node = (name: string, zone?: string): Node => ({
    metadata: { name, uid: `uid-${name}`, ...(zone ? { labels: { "topology.kubernetes.io/zone": zone } } : {}) },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory" },
        {
          type: "Ready",
          status: "True",
          reason: "KubeletReady",
          lastHeartbeatTime: formatTime(clock.now()),
          lastTransitionTime: formatTime(clock.now()),
        },
      ],
    },
  });
  const pod = (name: string, nodeName: string, tolerations: Toleration[] = []): Pod => ({
    metadata: { namespace: "default", name },
    spec: { nodeName, containers: [], tolerations },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True", lastTransitionTime: formatTime(clock.now()) }] },
  });
  const told = () => client.peekAll(events).map((event) => `${event.type} ${event.reason} ${event.involvedObject?.name}: ${event.message}`);
  const taintsOf = (name: string) => (client.peek(nodes, name)?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  const start = () => {
    const parts = [startNodeLifecycle({ ...deps, informers }), startTaintEviction({ ...deps, informers })];
    return async () => {
      await Promise.all(parts.map((part) => part.stop()));
      stop.abort();
    };
  };
  return { clock, client, renew, pass, node, pod, told, taintsOf, start };
}

describe("a silent node", () => {
  it("gets unknown conditions after 50 seconds, its pods are not ready, taints follow, and pods go", async () => {
    const { clock, client, renew, pass, node, pod, told, taintsOf, start } = setup();
    client.seed(nodes, node("a"), node("b"));
    client.seed(
      pods,
      pod("plain", "a"),
      pod("patient", "a", [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }]),
      pod("agent", "a", [{ operator: "Exists" }]),
      pod("elsewhere", "b"),
    );
    renew("a");
    const stop = start();
    await pass(50, "b");
    expect(client.peek(nodes, "a")?.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    await pass(5, "b");
    expect(client.peek(nodes, "a")?.status?.conditions).toMatchObject([
      { type: "MemoryPressure", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." },
      { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." },
      { type: "DiskPressure", status: "Unknown", reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." },
      { type: "PIDPressure", status: "Unknown", reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." },
    ]);
    expect(taintsOf("a")).toEqual(["node.kubernetes.io/unreachable:NoSchedule"]);
    expect(client.peek(pods, "default/plain")?.status?.conditions).toMatchObject([{ type: "Ready", status: "False" }]);
    expect(client.peek(pods, "default/elsewhere")?.status?.conditions).toMatchObject([{ type: "Ready", status: "True" }]);
    await pass(5, "b");
    expect(taintsOf("a")).toEqual(["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"]);
    expect(client.peek(nodes, "a")?.spec?.taints?.[1]?.timeAdded).toBe(formatTime(clock.now()));
    const evicted = client.peek(pods, "default/plain");
    expect(evicted?.metadata.deletionTimestamp).toBeDefined();
    expect(evicted?.status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
    });
    await pass(295, "b");
    expect(client.peek(pods, "default/patient")?.metadata.deletionTimestamp).toBeUndefined();
    await pass(10, "b");
    expect(client.peek(pods, "default/patient")?.metadata.deletionTimestamp).toBeDefined();
    expect(client.peek(pods, "default/agent")?.metadata.deletionTimestamp).toBeUndefined();
    await stop();
    expect(told()).toEqual(
      expect.arrayContaining([
        "Normal RegisteredNode a: Node a event: Registered Node a in Controller",
        "Normal NodeNotReady a: Node a status is now: NodeNotReady",
        "Warning NodeNotReady plain: Node is not ready",
        "Normal TaintManagerEviction plain: Marking for deletion Pod default/plain",
        "Normal TaintManagerEviction patient: Marking for deletion Pod default/patient",
      ]),
    );
  });

  it("is forgiven when it speaks again: taints and pending evictions are taken back", async () => {
    const { clock, client, renew, pass, node, pod, told, taintsOf, start } = setup();
    client.seed(nodes, node("a"), node("b"));
    client.seed(
      pods,
      pod("patient", "a", [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }]),
    );
    renew("a");
    const stop = start();
    await pass(70, "b");
    expect(taintsOf("a")).toHaveLength(2);
    const current = client.peek(nodes, "a") as Node;
    client.seed(nodes, {
      ...current,
      status: { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: formatTime(clock.now()) }] },
    });
    await pass(10, "a", "b");
    expect(taintsOf("a")).toEqual([]);
    await pass(400, "a", "b");
    expect(client.peek(pods, "default/patient")?.metadata.deletionTimestamp).toBeUndefined();
    await stop();
    expect(told()).toContain("Normal TaintManagerEviction patient: Cancelling deletion of Pod default/patient");
  });

  it("that is the only one is not emptied: no zone is well", async () => {
    const { client, renew, pass, node, pod, taintsOf, start } = setup();
    client.seed(nodes, node("a"));
    client.seed(pods, pod("plain", "a"));
    renew("a");
    const stop = start();
    await pass(600);
    expect(taintsOf("a")).toEqual(["node.kubernetes.io/unreachable:NoSchedule"]);
    expect(client.peek(pods, "default/plain")?.metadata.deletionTimestamp).toBeUndefined();
    await stop();
  });

  it("is not blamed for a standstill of the controller itself", async () => {
    const { clock, client, renew, pass, node, taintsOf, start } = setup();
    client.seed(nodes, node("a"), node("b"));
    renew("a");
    const stop = start();
    await pass(10, "a", "b");
    // A clock that jumps, as after a suspended machine: no timer in between.
    const { now } = clock;
    clock.now = () => now.call(clock) + 3_600_000;
    await pass(10, "a", "b");
    expect(taintsOf("a")).toEqual([]);
    await stop();
  });
});

it("taints one node in ten seconds", async () => {
  const { client, renew, pass, node, taintsOf, start } = setup();
  const silent = ["a", "b"];
  const well = ["c", "d", "e"];
  client.seed(nodes, ...[...silent, ...well].map((name) => node(name)));
  for (const name of silent) renew(name);
  const stop = start();
  await pass(60, ...well);
  const count = () => silent.filter((name) => taintsOf(name).includes("node.kubernetes.io/unreachable:NoExecute")).length;
  expect(count()).toBe(1);
  await pass(10, ...well);
  expect(count()).toBe(2);
  await stop();
});

it("tells conditions and cordons as NoSchedule taints", async () => {
  const { clock, client, node, taintsOf, start } = setup();
  const pressed = node("a");
  pressed.spec = {
    unschedulable: true,
    taints: [
      { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
      { key: "mine", effect: "NoSchedule" },
    ],
  };
  pressed.status = {
    conditions: [
      ...(pressed.status?.conditions ?? []),
      { type: "DiskPressure", status: "True" },
      { type: "NetworkUnavailable", status: "True" },
    ],
  };
  client.seed(nodes, pressed);
  const stop = start();
  await clock.advance(1000);
  expect(taintsOf("a")).toEqual([
    "mine:NoSchedule",
    "node.kubernetes.io/disk-pressure:NoSchedule",
    "node.kubernetes.io/network-unavailable:NoSchedule",
    "node.kubernetes.io/unschedulable:NoSchedule",
  ]);
  await stop();
});

it("marks a pod that is assigned to a node which is not ready", async () => {
  const { clock, client, node, pod, start } = setup();
  const unready = node("a");
  unready.status = { conditions: [{ type: "Ready", status: "False" }] };
  client.seed(nodes, unready);
  const stop = start();
  await clock.advance(1000);
  client.seed(pods, pod("late", "a"));
  await clock.advance(1000);
  expect(client.peek(pods, "default/late")?.status?.conditions).toMatchObject([{ type: "Ready", status: "False" }]);
  await stop();
});
