import { expect, it } from "vitest";
import type { Pod } from "../../api/core/v1.ts";
import type { PodDisruptionBudgetSpec } from "../../api/policy/v1.ts";
import { deployments, events, poddisruptionbudgets, pods, replicasets } from "../../api/refs.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import { createMemoryClient } from "../../client/testing/memory-client.ts";
import { formatTime, VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import { startDisruption } from "./disruption.ts";

const template = { spec: { containers: [] } };

function setup(spec: PodDisruptionBudgetSpec) {
  const clock = new VirtualClock();
  const client = createMemoryClient({ clock });
  const stop = new AbortController();
  const deps = { client, clock, logger: silentLogger, random: seededRandom(1), signal: stop.signal };
  client.seed(poddisruptionbudgets, {
    metadata: { namespace: "default", name: "budget", generation: 1 },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  });
  client.seed(deployments, {
    metadata: { namespace: "default", name: "web", uid: "deployment" },
    spec: { replicas: 4, selector: {}, template },
  });
  client.seed(replicasets, {
    metadata: {
      namespace: "default",
      name: "web-1",
      uid: "set",
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "deployment", controller: true }],
    },
    spec: { replicas: 4, selector: {}, template },
  });
  const pod = (name: string, ready: boolean, owner: "set" | null = "set"): Pod => ({
    metadata: {
      namespace: "default",
      name,
      labels: { app: "web" },
      ...(owner ? { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: owner, controller: true }] } : {}),
    },
    spec: { nodeName: "node", containers: [] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
  const status = () => client.peek(poddisruptionbudgets, "default/budget")?.status;
  const told = () => client.peekAll(events).map((event) => `${event.type} ${event.reason}: ${event.message}`);
  const start = () => {
    const controller = startDisruption({ ...deps, informers: createInformerFactory(deps) });
    return async () => {
      await controller.stop();
      stop.abort();
    };
  };
  return { clock, client, pod, status, told, start };
}

it("counts from the size of the deployment", async () => {
  const { clock, client, pod, status, start } = setup({ maxUnavailable: "30%" });
  client.seed(pods, pod("a", true), pod("b", true), pod("c", true));
  const stop = start();
  await clock.advance(10);
  expect(status()).toEqual({
    currentHealthy: 3,
    desiredHealthy: 2,
    disruptionsAllowed: 1,
    expectedPods: 4,
    observedGeneration: 1,
    conditions: [
      {
        type: "DisruptionAllowed",
        status: "True",
        reason: "SufficientPods",
        message: "",
        lastTransitionTime: formatTime(clock.now()),
        observedGeneration: 1,
      },
    ],
  });
  client.seed(pods, pod("a", false));
  await clock.advance(10);
  expect(status()).toMatchObject({
    currentHealthy: 2,
    disruptionsAllowed: 0,
    conditions: [{ status: "False", reason: "InsufficientPods" }],
  });
  await stop();
});

it("counts pods when a number must be available", async () => {
  const { clock, client, pod, status, told, start } = setup({ minAvailable: 1 });
  const stop = start();
  await clock.advance(10);
  expect(status()).toMatchObject({ currentHealthy: 0, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 0 });
  client.seed(pods, pod("a", true, null), pod("b", true, null));
  await clock.advance(10);
  expect(status()).toMatchObject({ currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 });
  await stop();
  expect(told()).toEqual(["Normal NoPods: No matching pods found"]);
});

it("waits two minutes for an eviction that was granted", async () => {
  const { clock, client, pod, status, told, start } = setup({ minAvailable: 1 });
  client.seed(pods, pod("a", true), pod("b", true));
  const budget = client.peek(poddisruptionbudgets, "default/budget");
  if (budget) client.seed(poddisruptionbudgets, { ...budget, status: { disruptedPods: { a: formatTime(clock.now()) } } });
  const stop = start();
  await clock.advance(10);
  expect(status()).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0, disruptedPods: { a: "2026-01-01T00:00:00Z" } });
  await clock.advance(120_000);
  expect(status()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
  expect(status()?.disruptedPods).toBeUndefined();
  await stop();
  expect(told()).toEqual(["Warning NotDeleted: Pod was expected by PDB default/budget to be deleted but it wasn't"]);
});

it("allows nothing when the number of pods can't be told", async () => {
  const { clock, client, pod, status, told, start } = setup({ maxUnavailable: 1 });
  client.seed(pods, pod("a", true));
  client.drop(replicasets, "default/web-1");
  const stop = start();
  await clock.advance(1);
  await stop();
  expect(status()).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ status: "False", reason: "SyncFailed", message: 'found no controllers for pod "a"' }],
  });
  expect(told()).toEqual([
    'Warning CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: found no controllers for pod "a"',
  ]);
});

it("warns of pods that nothing controls", async () => {
  const { clock, client, pod, told, start } = setup({ maxUnavailable: 1 });
  client.seed(pods, pod("a", true, null));
  const stop = start();
  await clock.advance(10);
  await stop();
  expect(told()).toEqual([
    "Warning UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: app=web) were found to be unmanaged. As a result, " +
      "the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please " +
      'set ".spec.minAvailable" field of the PDB to an integer value.',
  ]);
});

it("takes back a mark that came to nothing", async () => {
  const { clock, client, pod, start } = setup({ minAvailable: 1 });
  const marked = pod("a", true);
  marked.status?.conditions?.push({
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    lastTransitionTime: formatTime(clock.now()),
  });
  client.seed(pods, marked);
  const stop = start();
  await clock.advance(119_000);
  const condition = () => client.peek(pods, "default/a")?.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  expect(condition()?.status).toBe("True");
  await clock.advance(2000);
  expect(condition()).toEqual({ type: "DisruptionTarget", status: "False", lastTransitionTime: "2026-01-01T00:02:00Z" });
  await stop();
});
