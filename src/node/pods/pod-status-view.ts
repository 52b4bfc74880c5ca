import { podQosClass } from "../../api/core/pod-resources.ts";
import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { ContainerStatus as ApiContainerStatus, Container, Pod, PodCondition, PodStatus } from "../../api/core/v1.ts";
import { timestamp } from "../../machinery/clock.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Prober } from "./prober.ts";
import { latestContainer, type PodRuntimeState, readySandbox } from "./runtime-state.ts";
import { containerStatus } from "./status-parts.ts";
import { type PodPhase, podConditions, podPhase } from "./status-summary.ts";
import { terminationMessage } from "./termination-message.ts";

export interface PodView {
  status: PodStatus;
  phase: PodPhase;
  /** All init containers have done their part. */
  initialized: boolean;
}

/** What an init container still has to do, seen from its runtime state. */
export function initContainerDone(state: PodRuntimeState, container: Container, prober: Prober, sandboxId: string | undefined): boolean {
  const latest = latestContainer(state, container.name);
  if (!latest || (sandboxId !== undefined && !inSandbox(state, latest.id, sandboxId))) return false;
  if (isRestartableInit(container)) return latest.state === "running" && prober.isStarted(latest.id);
  return latest.state === "exited" && latest.exitCode === 0;
}

/** Containers belong to the sandbox that was up when they were made. */
function inSandbox(state: PodRuntimeState, containerId: string, sandboxId: string): boolean {
  const sandbox = state.sandboxes.find((candidate) => candidate.id === sandboxId);
  const container = state.containers.find((candidate) => candidate.id === containerId);
  return sandbox === undefined || container === undefined || container.createdAt >= sandbox.createdAt;
}

/** Whether all init containers are done; a pod whose main containers have run has passed this already. */
export function isInitialized(pod: Pod, state: PodRuntimeState, prober: Prober): boolean {
  const sandboxId = readySandbox(state)?.id;
  const started = (pod.spec?.containers ?? []).some((container) => {
    const latest = latestContainer(state, container.name);
    return latest !== undefined && (sandboxId === undefined || inSandbox(state, latest.id, sandboxId));
  });
  if (started) return true;
  return (pod.spec?.initContainers ?? []).every((container) => initContainerDone(state, container, prober, sandboxId));
}

/** The pod's status as the runtime's state, the probes and the agent's notes amount to. */
export function viewPod(
  context: AgentContext,
  pod: Pod,
  state: PodRuntimeState,
  prober: Prober,
  waiting: ReadonlyMap<string, { reason: string; message: string }>,
  previous: PodStatus,
): PodView {
  const initialized = isInitialized(pod, state, prober);
  const sandbox = readySandbox(state);
  const statusOf = (container: Container, isInit: boolean, old: readonly ApiContainerStatus[] | undefined) => {
    const history = state.containers.filter((candidate) => candidate.name === container.name);
    const id = history[0]?.id ?? "";
    const note = waiting.get(container.name);
    return containerStatus(
      pod,
      container,
      history,
      { ready: prober.isReady(id), started: prober.isStarted(id), ...(note ? { waiting: note } : {}) },
      old?.find((candidate) => candidate.name === container.name),
      { isInit, initialized, terminationMessage: (status) => terminationMessage(context.files, pod, status) },
    );
  };
  const init = (pod.spec?.initContainers ?? []).map((container) => statusOf(container, true, previous.initContainerStatuses));
  const main = (pod.spec?.containers ?? []).map((container) => statusOf(container, false, previous.containerStatuses));
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map((container) =>
    statusOf(container as Container, false, previous.ephemeralContainerStatuses),
  );
  let phase = podPhase(pod, init, main, initialized);
  // An ended pod stays ended.
  if (previous.phase === "Succeeded" || previous.phase === "Failed") phase = previous.phase;
  const now = timestamp(context.clock);
  const withPrevious = { ...pod, status: previous };
  const own = podConditions(withPrevious, { sandboxReady: sandbox !== undefined, initialized, phase, init, main }, now);
  const scheduled = previous.conditions?.find((condition) => condition.type === "PodScheduled");
  const others = (previous.conditions ?? []).filter((condition) => !own.some((next) => next.type === condition.type));
  const conditions: PodCondition[] = [
    ...others,
    ...own.map((condition) => (condition.type === "PodScheduled" && scheduled ? scheduled : condition)),
  ];
  const hostIPs = context.hostAddresses();
  const podIPs = pod.spec?.hostNetwork ? hostIPs : context.addresses.of(pod.metadata.uid ?? "");
  const status: PodStatus = {
    phase,
    conditions,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    ...(previous.message ? { message: previous.message } : {}),
    ...(previous.reason ? { reason: previous.reason } : {}),
    ...(hostIPs[0] ? { hostIP: hostIPs[0], hostIPs: hostIPs.map((ip) => ({ ip })) } : {}),
    ...(podIPs[0]
      ? { podIP: podIPs[0], podIPs: podIPs.map((ip) => ({ ip })) }
      : previous.podIP
        ? { podIP: previous.podIP, podIPs: previous.podIPs ?? [] }
        : {}),
    startTime: previous.startTime ?? now,
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: previous.qosClass ?? podQosClass(pod.spec),
  };
  return { status, phase, initialized };
}
