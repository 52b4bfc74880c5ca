import { describe, expect, it } from "vitest";
import type { FlowSchema, PriorityLevelConfiguration } from "../../api/flowcontrol/v1.ts";
import { flowschemas, prioritylevelconfigurations } from "../../api/refs.ts";
import { startBootstrap } from "../bootstrap/bootstrap.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startFlowControlConfiguration } from "./flow-control-configuration.ts";

const started = () => ServerHarness.started((deps) => startBootstrap({ ...deps, options: {} }), startFlowControlConfiguration);

async function dangling(harness: ServerHarness, name: string) {
  const { status } = await harness.client.get(flowschemas, name);
  return status?.conditions?.map((condition) => `${condition.type} ${condition.status} ${condition.reason}: ${condition.message}`);
}

describe("flow schemas and their levels", () => {
  it("tells whether the level that a schema names exists", async () => {
    const harness = await started();
    expect(await dangling(harness, "exempt")).toEqual([
      'Dangling False Found: This FlowSchema references the PriorityLevelConfiguration object named "exempt" and it exists',
    ]);
    const rules = [
      {
        subjects: [{ kind: "User", user: { name: "tim" } }],
        nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/version"] }],
      },
    ];
    const schema: FlowSchema = { metadata: { name: "mine" }, spec: { priorityLevelConfiguration: { name: "mine" }, rules } };
    await harness.client.create(flowschemas, schema);
    await harness.rest();
    expect(await dangling(harness, "mine")).toEqual([
      'Dangling True NotFound: This FlowSchema references the PriorityLevelConfiguration object named "mine" but there is no such object',
    ]);
    const spec = { type: "Limited", limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } } };
    await harness.client.create<PriorityLevelConfiguration>(prioritylevelconfigurations, { metadata: { name: "mine" }, spec });
    await harness.rest();
    expect(await dangling(harness, "mine")).toEqual([
      'Dangling False Found: This FlowSchema references the PriorityLevelConfiguration object named "mine" and it exists',
    ]);
    await harness.client.delete(prioritylevelconfigurations, "mine");
    await harness.rest();
    expect((await dangling(harness, "mine"))?.[0]).toMatch(/^Dangling True NotFound/);
    expect(harness.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
    await harness.stop();
  });

  it("gives back within a minute what every cluster has, unless an administrator keeps it", async () => {
    const harness = await started();
    await harness.client.delete(flowschemas, "probes");
    const global = await harness.client.get(flowschemas, "global-default");
    await harness.client.update(flowschemas, {
      ...global,
      spec: { ...(global.spec as object), matchingPrecedence: 5 } as FlowSchema["spec"],
    });
    const kept = await harness.client.get(prioritylevelconfigurations, "workload-low");
    await harness.client.update(prioritylevelconfigurations, {
      ...kept,
      metadata: { ...kept.metadata, annotations: { "apf.kubernetes.io/autoupdate-spec": "false" } },
      spec: { type: "Limited", limited: { nominalConcurrencyShares: 7, limitResponse: { type: "Reject" } } },
    });
    await harness.pass(30_000, 5000);
    expect(await harness.find(flowschemas, "probes")).toBeUndefined();
    await harness.pass(31_000, 5000);
    expect((await harness.find(flowschemas, "probes"))?.spec?.matchingPrecedence).toBe(2);
    expect((await harness.find(flowschemas, "global-default"))?.spec?.matchingPrecedence).toBe(9900);
    expect((await harness.find(prioritylevelconfigurations, "workload-low"))?.spec?.limited?.nominalConcurrencyShares).toBe(7);
    await harness.stop();
  });
});
