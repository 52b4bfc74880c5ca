import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../api/core/v1.ts";
import { namespaces, nodes, persistentvolumeclaims, persistentvolumes, pods, storageclasses } from "../api/refs.ts";
import { selectedNodeAnnotation } from "./plugins/volume-binding.ts";
import { awayFrom, requires, spread, term, testNode, testPod } from "./testing/objects.ts";
import { SchedulerHarness } from "./testing/scheduler-harness.ts";

let harness: SchedulerHarness;
beforeEach(() => {
  harness = new SchedulerHarness();
});
afterEach(() => harness.stop());

const noRoom =
  "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
const full = testPod("full", { nodeName: "a", cpu: "4" });

describe("binding", () => {
  it("binds a pod and says so", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(testPod("p", { cpu: "1" }));
    expect(harness.nodeOf("p")).toBe("a");
    expect(harness.events()).toEqual(["Normal Scheduled p: Successfully assigned default/p to a"]);
    const binding = harness.client.actions.find(({ subresource }) => subresource === "binding");
    expect(binding?.body).toEqual({
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "p", namespace: "default", uid: harness.get("p")?.metadata.uid },
      target: { kind: "Node", name: "a" },
    });
  });

  it("counts a pod on its node before the server tells that it is there", async () => {
    harness.nodes(testNode("a", { cpu: "1" }));
    await harness.start();
    harness.client.faults.stall("pods");
    harness.client.faults.resume();
    await harness.pod(testPod("first", { cpu: "1" }), testPod("second", { cpu: "1" }));
    expect([harness.nodeOf("first"), harness.nodeOf("second")]).toEqual(["a", undefined]);
    expect(harness.condition("second")?.message).toBe(noRoom);
  });

  it("takes a pod back whose binding fails, and tries again after a second", async () => {
    harness.nodes(testNode("a", { cpu: "1" }));
    await harness.start();
    harness.client.faults.fail(500, { subresource: "binding" });
    await harness.pod(testPod("p", { cpu: "1" }));
    expect(harness.nodeOf("p")).toBeUndefined();
    expect(harness.logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn a pod could not be bound; it is tried again",
    ]);
    await harness.pass(999);
    expect(harness.nodeOf("p")).toBeUndefined();
    await harness.pass(1);
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("gives the room of a pod whose binding failed to another", async () => {
    harness.nodes(testNode("a", { cpu: "1" }));
    await harness.start();
    harness.client.faults.fail(500, { subresource: "binding", name: "first" }, 1);
    await harness.pod(testPod("first", { cpu: "1" }), testPod("second", { cpu: "1" }));
    expect([harness.nodeOf("first"), harness.nodeOf("second")]).toEqual([undefined, "a"]);
  });

  it("forgets a pod that is gone when it is bound", async () => {
    harness.nodes(testNode("a", { cpu: "1" }));
    await harness.start();
    harness.client.faults.before({ subresource: "binding", name: "p" }, () => harness.client.drop(pods, "default/p"), 1);
    await harness.pod(testPod("p", { cpu: "1" }));
    await harness.pod(testPod("next", { cpu: "1" }));
    expect(harness.nodeOf("next")).toBe("a");
    expect(harness.logger.lines).toEqual([]);
  });

  it("leaves pods of other schedulers alone, and takes those of its own name", async () => {
    harness.nodes(testNode("a"));
    await harness.start({ name: "mine" });
    await harness.pod(
      testPod("theirs"),
      testPod("other", { schedulerName: "default-scheduler" }),
      testPod("ours", { schedulerName: "mine" }),
    );
    expect(["theirs", "other", "ours"].map((name) => harness.nodeOf(name))).toEqual([undefined, undefined, "a"]);
    expect(harness.events()).toEqual(["Normal Scheduled ours: Successfully assigned default/ours to a"]);
  });

  it("schedules no pod that is being deleted or is done", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(
      testPod("going", { meta: { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/hold"] } }),
      testPod("done", { status: { phase: "Failed" } }),
    );
    expect([harness.nodeOf("going"), harness.nodeOf("done")]).toEqual([undefined, undefined]);
    expect(harness.client.writes()).toEqual([]);
  });

  it("holds no more bindings at a time than told", async () => {
    harness.nodes(testNode("a"));
    const order: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    harness.client.faults.before(
      { subresource: "binding" },
      ({ name = "" }) => {
        order.push(name);
        return gate;
      },
      Number.POSITIVE_INFINITY,
    );
    await harness.start({ concurrentBindings: 2 });
    await harness.pod(testPod("one"), testPod("two"), testPod("three"));
    expect(order).toEqual(["one", "two"]);
    open();
    await harness.client.settle();
    expect(order).toEqual(["one", "two", "three"]);
    expect(harness.nodeOf("three")).toBe("a");
  });
});

describe("pods that fit nowhere", () => {
  it("are told why, once", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(full, testPod("p", { cpu: "1" }));
    expect(harness.condition("p")).toEqual({
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: noRoom,
      observedGeneration: 1,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    expect(harness.events()).toEqual([`Warning FailedScheduling p: ${noRoom}`]);
    const writes = harness.client.writes().length;
    await harness.pass(5 * 60_000);
    const later = harness.client.writes().slice(writes);
    expect(later.filter((write) => write.includes("pods"))).toEqual([]);
    expect(later.filter((write) => write.includes("events"))).toHaveLength(1);
  });

  it("are told that there are no nodes", async () => {
    await harness.start();
    await harness.pod(testPod("p"));
    expect(harness.condition("p")?.message).toBe("no nodes available to schedule pods");
    harness.nodes(testNode("a"));
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when room is made", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(full, testPod("p", { cpu: "1" }));
    await harness.drop("full");
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when a pod is done", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(full, testPod("p", { cpu: "1" }));
    await harness.pod({ ...full, status: { phase: "Succeeded" } });
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when a pod asks for less", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(full, testPod("p", { cpu: "1" }));
    await harness.pod(testPod("full", { nodeName: "a", cpu: "3" }));
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("don't try again when a node grants what a pod asks for", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(full, testPod("p", { cpu: "1" }));
    const writes = harness.client.writes().length;
    const name = full.spec?.containers[0]?.name ?? "";
    const running = { name, image: "i", imageID: "i", ready: true, restartCount: 0, resources: { requests: { cpu: "4" } } };
    await harness.pod({ ...full, status: { containerStatuses: [running] } });
    await harness.pass(10_000);
    expect(harness.client.writes().slice(writes)).toEqual([]);
  });

  it("try again when a node changes, but for its heartbeats", async () => {
    harness.nodes(testNode("a", { unschedulable: true }));
    await harness.start();
    await harness.pod(testPod("p"));
    const attempts = () => harness.client.actions.filter(({ resource, verb }) => resource === "events" && verb !== "watch").length;
    const before = attempts();
    const node = testNode("a", { unschedulable: true });
    harness.nodes({ ...node, status: { ...node.status, conditions: [{ type: "Ready", status: "True" }] } });
    await harness.client.settle();
    expect(attempts()).toBe(before);
    harness.nodes(testNode("a"));
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when the labels of a pod change", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(testPod("x", { nodeName: "a", labels: { app: "web" } }));
    await harness.pod(testPod("p", { affinity: awayFrom(term("web", "kubernetes.io/hostname")) }));
    expect(harness.nodeOf("p")).toBeUndefined();
    await harness.pod(testPod("x", { nodeName: "a", labels: { app: "db" } }));
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when a namespace is labelled", async () => {
    harness.nodes(testNode("a"));
    harness.client.seed(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "x" } } });
    await harness.start();
    await harness.pod(testPod("x", { nodeName: "a", labels: { app: "web" }, meta: { namespace: "other" } }));
    const far = term("web", "kubernetes.io/hostname", { namespaceSelector: { matchLabels: { team: "x" } } });
    await harness.pod(testPod("p", { affinity: awayFrom(far) }));
    expect(harness.nodeOf("p")).toBeUndefined();
    harness.client.seed(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "y" } } });
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when an uneven node goes", async () => {
    const zone = "topology.kubernetes.io/zone";
    harness.nodes(testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, unschedulable: true }));
    await harness.start();
    await harness.pod(testPod("x", { nodeName: "a", labels: { app: "web" } }));
    await harness.pod(testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }));
    expect(harness.nodeOf("p")).toBeUndefined();
    harness.client.drop(nodes, "b");
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("try again when they change themselves", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(testPod("p", { nodeSelector: { disk: "ssd" } }));
    expect(harness.nodeOf("p")).toBeUndefined();
    await harness.pod(testPod("p"));
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("claim devices that nobody allocates", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(testPod("p", { resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }] }));
    expect(harness.condition("p")?.message).toBe(
      "0/1 nodes are available: pod has resource claims, and this scheduler allocates none. not found",
    );
  });

  it("go in order of priority, then of arrival", async () => {
    await harness.start();
    await harness.pod(
      testPod("low", { cpu: "1" }),
      testPod("high", { cpu: "1", priority: 10 }),
      testPod("late", { cpu: "1", priority: 10 }),
    );
    harness.nodes(testNode("a", { cpu: "2" }));
    await harness.client.settle();
    expect(["high", "late", "low"].map((name) => harness.nodeOf(name))).toEqual(["a", "a", undefined]);
  });

  it("keep their gates until these are taken away", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(testPod("p", { schedulingGates: [{ name: "example.com/quota" }] }));
    await harness.pass(10 * 60_000);
    expect(harness.nodeOf("p")).toBeUndefined();
    expect(harness.client.writes()).toEqual([]);
    await harness.pod(testPod("p"));
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("have a long reason cut short in the event", async () => {
    harness.nodes(...Array.from({ length: 40 }, (_, i) => testNode(`node-${i}`)));
    const resources = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`example.com/device-of-some-kind-${i}`, "1"]));
    await harness.start();
    await harness.pod(testPod("p", { resources }));
    const [event = ""] = harness.events();
    const note = event.slice("Warning FailedScheduling p: ".length);
    expect(note.length).toBe(1024);
    expect(note.endsWith(" ...")).toBe(true);
    expect(harness.condition("p")?.message?.length).toBeGreaterThan(1024);
  });

  it("don't keep others from their nodes when they can't be judged", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(
      testPod("broken", {
        affinity: awayFrom({ topologyKey: "x", labelSelector: { matchExpressions: [{ key: "a", operator: "Like" }] } }),
      }),
      testPod("p"),
    );
    expect(harness.nodeOf("p")).toBe("a");
    expect(harness.condition("broken")).toMatchObject({
      reason: "SchedulerError",
      message: '"Like" is not a valid label selector operator',
    });
    expect(harness.events()).toContain('Warning FailedScheduling broken: "Like" is not a valid label selector operator');
    expect(harness.logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(["error a pod could not be scheduled"]);
  });
});

describe("preemption", () => {
  const low = (name: string, form = {}) =>
    testPod(name, { nodeName: "a", cpu: "4", priority: 1, terminationGracePeriodSeconds: 30, ...form });
  const high = testPod("high", { cpu: "4", priority: 100 });

  it("tells the victim, deletes it, and gives its room to the pod", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(low("victim"));
    harness.client.actions.length = 0;
    await harness.pod(high);
    expect(harness.client.writes().filter((write) => !write.includes("events"))).toEqual([
      "patch pods/status default/high",
      "patch pods/status default/victim",
      "delete pods default/victim",
    ]);
    expect(harness.condition("victim", "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "PreemptionByScheduler",
      message: "default-scheduler: preempting to accommodate a higher priority pod",
      observedGeneration: 1,
    });
    expect(harness.events().sort()).toEqual([
      `Normal Preempted victim: Preempted by pod ${harness.get("high")?.metadata.uid} on node a`,
      "Warning FailedScheduling high: 0/1 nodes are available: 1 Insufficient cpu.",
    ]);
    expect(harness.get("high")?.status?.nominatedNodeName).toBe("a");
    expect(harness.condition("high")?.message).toBe("0/1 nodes are available: 1 Insufficient cpu.");
    await harness.drop("victim");
    expect(harness.nodeOf("high")).toBe("a");
  });

  it("keeps the room for the pod", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(low("victim"));
    await harness.pod(high, testPod("thief", { cpu: "1", priority: 50 }));
    expect(harness.nodeOf("thief")).toBeUndefined();
    await harness.drop("victim");
    await harness.pass(60_000);
    expect([harness.nodeOf("high"), harness.nodeOf("thief")]).toEqual(["a", undefined]);
  });

  it("gives the room to others when the pod is deleted", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(low("victim"));
    await harness.pod(high, testPod("thief", { cpu: "1", priority: 50 }));
    await harness.drop("high");
    await harness.drop("victim");
    expect(harness.nodeOf("thief")).toBe("a");
  });

  it("takes the promise back from a less important pod", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(low("victim"));
    await harness.pod(testPod("middle", { cpu: "4", priority: 50 }));
    expect(harness.get("middle")?.status?.nominatedNodeName).toBe("a");
    await harness.pod(testPod("other", { nodeName: "a", cpu: "0", priority: 1 }));
    await harness.pod(high);
    expect([harness.get("middle")?.status?.nominatedNodeName, harness.get("high")?.status?.nominatedNodeName]).toEqual([undefined, "a"]);
    await harness.drop("victim");
    expect([harness.nodeOf("middle"), harness.nodeOf("high")]).toEqual([undefined, "a"]);
  });

  it("goes elsewhere when the promised node goes", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(low("victim"));
    await harness.pod(high);
    harness.client.drop(nodes, "a");
    harness.nodes(testNode("b"));
    await harness.client.settle();
    expect(harness.nodeOf("high")).toBe("b");
  });

  it("survives a restart between promise and binding", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(low("victim"));
    await harness.pod(high);
    await harness.stop();
    const { client } = harness;
    client.drop(pods, "default/victim");
    client.seed(pods, testPod("early", { cpu: "1", priority: 99 }));
    const again = new SchedulerHarness();
    again.client.seed(nodes, ...client.peekAll(nodes));
    again.client.seed(pods, ...client.peekAll<Pod>(pods));
    await again.start();
    expect([again.nodeOf("high"), again.nodeOf("early")]).toEqual(["a", undefined]);
    await again.stop();
  });
});

describe("claims", () => {
  const claim = (storageClassName: string): PersistentVolumeClaim => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "c", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage: "1Gi" } } },
    status: { phase: "Pending" },
  });
  const volume = (name: string, node: string, storage: string): PersistentVolume => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "local",
      nodeAffinity: {
        required: requires({ key: "kubernetes.io/hostname", operator: "In", values: [node] })?.nodeAffinity
          ?.requiredDuringSchedulingIgnoredDuringExecution as never,
      },
    },
    status: { phase: "Available" },
  });
  const storageClass = (name: string, provisioner: string) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
  });
  const mounting = testPod("p", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] });
  const bound = (spec: object): PersistentVolumeClaim => ({
    ...claim("local"),
    metadata: { ...claim("local").metadata, annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
    spec: { ...claim("local").spec, ...spec },
    status: { phase: "Bound" },
  });

  it("get the smallest local volume that is large enough, before the pod is bound", async () => {
    harness.nodes(testNode("a"), testNode("b"));
    harness.client.seed(storageclasses, storageClass("local", "kubernetes.io/no-provisioner"));
    harness.client.seed(persistentvolumes, volume("large", "b", "10Gi"), volume("fitting", "b", "1Gi"), volume("small", "a", "1Mi"));
    harness.client.seed(persistentvolumeclaims, claim("local"));
    await harness.start();
    await harness.pod(mounting);
    const claimRef = harness.client.peek<PersistentVolume>(persistentvolumes, "fitting")?.spec?.claimRef;
    expect(claimRef).toMatchObject({ kind: "PersistentVolumeClaim", apiVersion: "v1", namespace: "default", name: "c" });
    expect(harness.nodeOf("p")).toBeUndefined();
    harness.client.seed(persistentvolumeclaims, bound({ volumeName: "fitting" }));
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("b");
  });

  it("are made for the pod's node", async () => {
    harness.nodes(testNode("a"), testNode("b", { cpu: "0" }));
    harness.client.seed(storageclasses, storageClass("local", "example.com/disk"));
    harness.client.seed(persistentvolumeclaims, claim("local"));
    await harness.start();
    await harness.pod({
      ...mounting,
      spec: { ...testPod("p", { cpu: "1" }).spec, ...mounting.spec, containers: testPod("p", { cpu: "1" }).spec?.containers ?? [] },
    });
    const annotations = harness.client.peek<PersistentVolumeClaim>(persistentvolumeclaims, "default/c")?.metadata.annotations;
    expect(annotations?.[selectedNodeAnnotation]).toBe("a");
    expect(harness.nodeOf("p")).toBeUndefined();
    harness.client.seed(persistentvolumeclaims, bound({ volumeName: "made" }));
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("a");
  });

  it("are waited for ten minutes, then the pod is tried again", async () => {
    harness.nodes(testNode("a"));
    harness.client.seed(storageclasses, storageClass("local", "example.com/disk"));
    harness.client.seed(persistentvolumeclaims, claim("local"));
    await harness.start();
    await harness.pod(mounting);
    await harness.pass(600_000);
    const lines = harness.logger.lines.filter(({ level }) => level === "warn");
    expect(lines.map(({ fields }) => (fields.error as Error).message)).toEqual(["the claims of pod default/p were not bound in time"]);
  });

  it("come after their pod", async () => {
    harness.nodes(testNode("a"));
    await harness.start();
    await harness.pod(mounting);
    expect(harness.condition("p")?.message).toBe('0/1 nodes are available: persistentvolumeclaim "c" not found. not found');
    harness.client.seed(persistentvolumeclaims, bound({ volumeName: "v" }));
    await harness.client.settle();
    expect(harness.nodeOf("p")).toBe("a");
  });
});

it("stops while a pod waits for its claims", async () => {
  harness.nodes(testNode("a"));
  harness.client.seed(storageclasses, {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "slow" },
    provisioner: "example.com/disk",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  harness.client.seed(persistentvolumeclaims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "c", namespace: "default" },
    spec: { storageClassName: "slow" },
  });
  await harness.start();
  await harness.pod(testPod("p", { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] }));
  await harness.stop();
  expect(harness.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
  expect(harness.client.faults.openWatches()).toBe(0);
});
