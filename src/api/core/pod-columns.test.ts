import { describe, expect, it } from "vitest";
import { podRow } from "./pod-columns.ts";
import type { ContainerState, ContainerStatus, Pod, PodSpec, PodStatus } from "./v1.ts";

const now = Date.UTC(2026, 0, 2);
const dayAgo = "2026-01-01T00:00:00Z";
const state = (name: string, of: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  state: of,
  ...more,
});
const pod = (status: PodStatus, spec: Partial<PodSpec> = {}, metadata = {}): Pod => ({
  metadata: { name: "p", creationTimestamp: dayAgo, ...metadata },
  spec: { containers: [{ name: "a" }, { name: "b" }], ...spec },
  status,
});
const shown = (...args: Parameters<typeof pod>) => podRow(pod(...args), { now }).slice(1, 5);
const running = { running: { startedAt: dayAgo } };

describe("podRow", () => {
  it("shows the phase, then what is the matter with a container", () => {
    expect(shown({ phase: "Pending" })).toEqual(["0/2", "Pending", "0", "24h"]);
    expect(
      shown({
        phase: "Running",
        containerStatuses: [state("a", running, { ready: true }), state("b", { waiting: { reason: "CrashLoopBackOff" } })],
      }),
    ).toEqual(["1/2", "CrashLoopBackOff", "0", "24h"]);
    expect(shown({ phase: "Failed", reason: "Evicted" })[1]).toBe("Evicted");
    expect(shown({ phase: "Failed", containerStatuses: [state("a", { terminated: { exitCode: 3 } })] })[1]).toBe("ExitCode:3");
    expect(shown({ phase: "Failed", containerStatuses: [state("a", { terminated: { exitCode: 0, signal: 9 } })] })[1]).toBe("Signal:9");
  });

  it("tells when a container last ended before it was restarted", () => {
    const restarted = { restartCount: 4, ready: true, lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T23:55:00Z" } } };
    expect(shown({ phase: "Running", containerStatuses: [state("a", running, restarted)] })).toEqual([
      "1/2",
      "Running",
      "4 (5m ago)",
      "24h",
    ]);
  });

  it("counts init containers while they run", () => {
    const initContainers = [{ name: "i" }, { name: "j" }];
    const first = state("i", { terminated: { exitCode: 0 } });
    expect(shown({ phase: "Pending", initContainerStatuses: [first, state("j", running)] }, { initContainers })[1]).toBe("Init:1/2");
    expect(shown({ initContainerStatuses: [state("i", { terminated: { exitCode: 2 } })] }, { initContainers })[1]).toBe("Init:ExitCode:2");
    expect(shown({ initContainerStatuses: [state("i", { waiting: { reason: "ErrImagePull" } })] }, { initContainers })[1]).toBe(
      "Init:ErrImagePull",
    );
  });

  it("counts sidecars among the containers", () => {
    const initContainers = [{ name: "s", restartPolicy: "Always" }];
    const status = {
      phase: "Running",
      initContainerStatuses: [state("s", running, { ready: true, started: true, restartCount: 2 })],
      containerStatuses: [state("a", running, { ready: true })],
    };
    expect(shown(status, { initContainers })).toEqual(["2/3", "Running", "2", "24h"]);
  });

  it("goes on with the rest when one container is done", () => {
    const containerStatuses = [state("a", running, { ready: true }), state("b", { terminated: { exitCode: 0, reason: "Completed" } })];
    expect(shown({ phase: "Running", containerStatuses })[1]).toBe("NotReady");
    expect(shown({ phase: "Running", containerStatuses, conditions: [{ type: "Ready", status: "True" }] })[1]).toBe("Running");
  });

  it("shows that a pod is going", () => {
    expect(shown({ phase: "Running" }, {}, { deletionTimestamp: dayAgo })[1]).toBe("Terminating");
    expect(shown({ phase: "Succeeded" }, {}, { deletionTimestamp: dayAgo })[1]).toBe("Succeeded");
    expect(shown({ phase: "Running", reason: "NodeLost" }, {}, { deletionTimestamp: dayAgo })[1]).toBe("Unknown");
  });
});
