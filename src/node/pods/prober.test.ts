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

describe("probes", () => {
  it("hold back readiness, and take it away again", async () => {
    await started();
    rig.execs.ready = 1;
    await rig.create("web", {
      containers: [{ name: "c", readinessProbe: { exec: { command: ["ready"] }, periodSeconds: 2, failureThreshold: 2 } }],
    });
    expect(rig.container("web")).toMatchObject({ ready: false, started: true });
    expect(rig.status("web").phase).toBe("Running");
    expect(rig.events("web", "Unhealthy")).toEqual(["Unhealthy: Readiness probe failed: no\n"]);
    rig.execs.ready = 0;
    await rig.seconds(2);
    expect(rig.container("web")?.ready).toBe(true);
    expect(rig.condition("web", "Ready")).not.toHaveProperty("message");
    rig.execs.ready = 1;
    await rig.seconds(2);
    expect(rig.container("web")?.ready).toBe(true);
    await rig.seconds(2);
    expect(rig.container("web")).toMatchObject({ ready: false, restartCount: 0 });
  });

  it("restart a container that isn't alive, once it has started", async () => {
    await started();
    rig.execs.up = 1;
    rig.execs.alive = 1;
    await rig.create("web", {
      containers: [
        {
          name: "c",
          startupProbe: { exec: { command: ["up"] }, periodSeconds: 1, failureThreshold: 30 },
          livenessProbe: { exec: { command: ["alive"] }, periodSeconds: 1, failureThreshold: 2 },
        },
      ],
    });
    await rig.seconds(5);
    expect(rig.commands).not.toContain("alive");
    expect(rig.container("web")).toMatchObject({ started: false, ready: false, restartCount: 0 });
    rig.execs.up = 0;
    await rig.seconds(2.5);
    expect(rig.container("web")?.restartCount).toBe(1);
    expect(rig.events("web", "Killing")).toEqual(["Killing: Container c failed liveness probe, will be restarted"]);
    rig.execs.alive = 0;
    await rig.seconds(5);
    expect(rig.container("web")).toMatchObject({ started: true, ready: true, restartCount: 1 });
  });

  it("say nothing about a container when the runtime can't be asked", async () => {
    await started();
    await rig.create("web", {
      containers: [{ name: "c", livenessProbe: { exec: { command: ["alive"] }, periodSeconds: 1, failureThreshold: 1 } }],
    });
    rig.faults.execSync = () => new RuntimeError("Unavailable", "connection refused");
    await rig.seconds(10);
    expect(rig.container("web")?.restartCount).toBe(0);
    expect(rig.events("web", "Unhealthy")[0]).toBe(
      "Unhealthy: Liveness probe errored and resulted in unknown state: rpc error: code = Unavailable desc = connection refused",
    );
  });

  it("end a container for good under the policy Never", async () => {
    await started();
    rig.execs.alive = 1;
    await rig.create("web", {
      restartPolicy: "Never",
      containers: [{ name: "c", livenessProbe: { exec: { command: ["alive"] }, periodSeconds: 1, failureThreshold: 1 } }],
    });
    await rig.seconds(1);
    expect(rig.events("web", "Killing")).toEqual(["Killing: Container c failed liveness probe"]);
    expect((await rig.containers("web")).map(({ state }) => state)).toEqual(["exited"]);
    expect(["Succeeded", "Failed"]).toContain(rig.status("web").phase);
  });

  it("of others: a readiness gate that someone else opens", async () => {
    await started();
    await rig.create("web", { readinessGates: [{ conditionType: "x/y" }] });
    expect(rig.condition("web", "Ready")).toMatchObject({
      status: "False",
      reason: "ReadinessGatesNotReady",
      message: 'corresponding condition of pod readiness gate "x/y" does not exist.',
    });
    const open = (status: string) => ({
      type: "application/strategic-merge-patch+json" as const,
      body: { status: { conditions: [{ type: "x/y", status }] } },
    });
    await rig.client.patch(pods, "web", open("False"), { namespace: "default", subresource: "status" });
    await rig.seconds(1);
    expect(rig.condition("web", "Ready")?.message).toBe('the status of pod readiness gate "x/y" is not "True", but False');
    await rig.client.patch(pods, "web", open("True"), { namespace: "default", subresource: "status" });
    await rig.seconds(1);
    expect(rig.condition("web", "Ready")?.status).toBe("True");
    expect(rig.condition("web", "x/y")?.status).toBe("True");
  });
});
