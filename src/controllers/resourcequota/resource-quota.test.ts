import { afterEach, describe, expect, it } from "vitest";
import { configmaps, pods, resourcequotas } from "../../api/refs.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startResourceQuota } from "./resource-quota.ts";

let harness: ServerHarness;
afterEach(() => harness.stop());

const used = async () => (await harness.get(resourcequotas, "q")).status?.used;

async function withQuota(hard: Record<string, string>, scopes?: ["BestEffort"]): Promise<void> {
  await harness.client.create(resourcequotas, {
    metadata: { name: "q", namespace: "default" },
    spec: { hard, ...(scopes ? { scopes } : {}) },
  });
  await harness.rest();
}

describe("the quota controller", () => {
  it("counts what was there before, and what goes", async () => {
    harness = await ServerHarness.started(startResourceQuota);
    const requests = { cpu: "500m", memory: "1Gi" };
    await harness.makePod({ metadata: { name: "a" }, spec: { containers: [{ name: "c", image: "i", resources: { requests } }] } });
    await harness.client.create(configmaps, { metadata: { name: "m", namespace: "default" } });
    await withQuota({ pods: "2", "requests.cpu": "1", "count/configmaps": "5", "count/things.example.com": "1" });
    expect((await harness.get(resourcequotas, "q")).status).toEqual({
      hard: { pods: "2", "requests.cpu": "1", "count/configmaps": "5", "count/things.example.com": "1" },
      used: { pods: "1", "requests.cpu": "500m", "count/configmaps": "1" },
    });
    await harness.client.delete(configmaps, "m", { namespace: "default" });
    await harness.client.delete(pods, "a", { namespace: "default", gracePeriodSeconds: 0 });
    await harness.rest();
    expect(await used()).toEqual({ pods: "0", "requests.cpu": "0", "count/configmaps": "0" });
  });

  it("gives back what a pod had that has ended, and follows the limits", async () => {
    harness = await ServerHarness.started(startResourceQuota);
    await withQuota({ pods: "1", "count/pods": "9" });
    const pod = await harness.makePod({ metadata: { name: "a" } });
    expect(await used()).toEqual({ pods: "1", "count/pods": "1" });
    await expect(harness.makePod({ metadata: { name: "b" } })).rejects.toThrow(
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
    await harness.setPodStatus(pod, { phase: "Succeeded" });
    await harness.rest();
    expect(await used()).toEqual({ pods: "0", "count/pods": "1" });
    await harness.makePod({ metadata: { name: "b" } });
    const quota = await harness.get(resourcequotas, "q");
    await harness.client.update(resourcequotas, { ...quota, spec: { hard: { pods: "7" } } });
    await harness.rest();
    expect((await harness.get(resourcequotas, "q")).status).toEqual({ hard: { pods: "7" }, used: { pods: "1" } });
  });

  it("counts within scopes, and counts anew after a while", async () => {
    harness = await ServerHarness.started(startResourceQuota);
    await harness.makePod({ metadata: { name: "a" } });
    const requests = { cpu: "1" };
    await harness.makePod({ metadata: { name: "b" }, spec: { containers: [{ name: "c", image: "i", resources: { requests } }] } });
    await withQuota({ pods: "9" }, ["BestEffort"]);
    expect(await used()).toEqual({ pods: "1" });
    const body = { status: { used: { pods: "4" } } };
    const patch = { type: "application/merge-patch+json", body } as const;
    await harness.client.patch(resourcequotas, "q", patch, { namespace: "default", subresource: "status" });
    await harness.rest();
    expect(await used()).toEqual({ pods: "4" });
    await harness.pass(5 * 60_000, 60_000);
    expect(await used()).toEqual({ pods: "1" });
  });
});
