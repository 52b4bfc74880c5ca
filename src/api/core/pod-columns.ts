import { ageOf } from "../../machinery/duration.ts";
import type { RowCondition } from "../define-resource.ts";
import { isConditionTrue, isPodReady, isRestartableInit, isTerminalPhase } from "./pod-status.ts";
import type { ContainerState, ContainerStatus, Pod } from "./v1.ts";

const none = "<none>";

/** The cells of `kubectl get pods -o wide`. */
export function podRow(pod: Readonly<Pod>, { now }: { now: number }): (string | number)[] {
  const summary = summarize(pod);
  const restarts =
    summary.restarts !== 0 && summary.lastRestart !== ""
      ? `${summary.restarts} (${ageOf(summary.lastRestart, now)} ago)`
      : String(summary.restarts);
  return [
    pod.metadata.name ?? "",
    `${summary.ready}/${summary.total}`,
    summary.reason,
    restarts,
    ageOf(pod.metadata.creationTimestamp, now),
    pod.status?.podIPs?.[0]?.ip || none,
    pod.spec?.nodeName || none,
    pod.status?.nominatedNodeName || none,
    readinessGates(pod),
  ];
}

interface Summary {
  reason: string;
  ready: number;
  total: number;
  restarts: number;
  /** When a container last ended before a restart; empty when none did. */
  lastRestart: string;
}

function summarize(pod: Readonly<Pod>): Summary {
  const status = pod.status ?? {};
  const initContainers = pod.spec?.initContainers ?? [];
  const sidecars = new Set(initContainers.filter(isRestartableInit).map((container) => container.name));
  let reason = status.reason || (status.phase ?? "");
  if (status.conditions?.some((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated")) reason = "SchedulingGated";

  const all = new Restarts();
  const ofSidecars = new Restarts();
  let ready = 0;
  let initializing = false;
  for (const [index, container] of (status.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(container.name);
    all.add(container);
    if (sidecar) ofSidecars.add(container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    initializing = true;
    if (terminated) reason = `Init:${terminated.reason || endText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") reason = `Init:${waiting.reason}`;
    else reason = `Init:${index}/${initContainers.length}`;
    break;
  }

  let restarts = all;
  if (!initializing || isConditionTrue(status.conditions, "Initialized")) {
    restarts = ofSidecars;
    let running = false;
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      restarts.add(container);
      const { terminated, waiting } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated) reason = terminated.reason || endText(terminated);
      else if (container.ready && container.state?.running) {
        running = true;
        ready++;
      }
    }
    // One container has ended well while another still runs.
    if (reason === "Completed" && running) reason = isPodReady(pod as Pod) ? "Running" : "NotReady";
  }

  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (!isTerminalPhase(status.phase)) reason = "Terminating";
  }
  return {
    reason,
    ready,
    total: (pod.spec?.containers?.length ?? 0) + sidecars.size,
    restarts: restarts.count,
    lastRestart: restarts.last,
  };
}

class Restarts {
  count = 0;
  last = "";

  add(container: ContainerStatus): void {
    this.count += container.restartCount;
    const finished = container.lastState?.terminated?.finishedAt ?? "";
    if (finished > this.last) this.last = finished;
  }
}

function endText(terminated: NonNullable<ContainerState["terminated"]>): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function readinessGates(pod: Readonly<Pod>): string {
  const gates = pod.spec?.readinessGates;
  if (!gates || gates.length === 0) return none;
  const met = gates.filter((gate) => isConditionTrue(pod.status?.conditions, gate.conditionType)).length;
  return `${met}/${gates.length}`;
}

const completed: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }],
  Failed: [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }],
};

/** A pod that has ended: clients may leave it out. */
export function podRowConditions({ status }: Readonly<Pod>): readonly RowCondition[] | undefined {
  return completed[status?.phase ?? ""];
}
