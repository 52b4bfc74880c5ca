import { podQosClass } from "../../api/core/pod-resources.ts";
import { isTerminalPhase } from "../../api/core/pod-status.ts";
import type {
  ContainerStatus as ApiContainerStatus,
  Container,
  EphemeralContainer,
  Pod,
  PodCondition,
  PodStatus,
  ResourceRequirements,
} from "../../api/core/v1.ts";
import { timestamp } from "../../machinery/clock.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Prober } from "./prober.ts";
import { shouldRestart, shouldRestartInit } from "./restart-policy.ts";
import { containerIn, type PodRuntimeState, readySandbox } from "./runtime-state.ts";
import { type ContainerKind, containerStatus, unknownEnd } from "./status-parts.ts";
import { type PodPhase, podConditions, podPhase } from "./status-summary.ts";
import { terminationMessage } from "./termination-message.ts";

/** Why containers wait, by name: what the last tries to start them came to. */
export type WaitingReasons = ReadonlyMap<string, { reason: string; message: string }>;

export interface ViewOptions {
  /** Nothing of the pod runs or will run any more. */
  terminal?: boolean;
  /** The agent has failed the pod as a whole. */
  failure?: { reason: string; message: string };
  /** What running containers were given after their start, by container id. */
  actuated?: ReadonlyMap<string, ResourceRequirements>;
  /** What is told of a resize that is not done. */
  resize?: PodCondition;
}

/**
 * The pod's status as the runtime's state, the probes and the agent's notes amount to. `pod.status` is what was told last.
 * Conditions of others aren't in it.
 */
export function viewPod(
  context: AgentContext,
  pod: Pod,
  state: PodRuntimeState,
  prober: Prober,
  waiting: WaitingReasons,
  options: ViewOptions = {},
): PodStatus {
  const previous = pod.status ?? {};
  const sandbox = readySandbox(state);
  const sandboxId = state.sandboxes[0]?.id;
  const mains = pod.spec?.containers ?? [];
  const anyMainCreated = mains.some(({ name }) => state.containers.some((container) => container.name === name));
  const initialized = mains.some(({ name }) => containerIn(state, sandboxId, name) !== undefined);
  const statusOf = (kind: ContainerKind, old: readonly ApiContainerStatus[] | undefined) => (container: Container | EphemeralContainer) => {
    const history = state.containers.filter((candidate) => candidate.name === container.name);
    const id = history[0]?.id ?? "";
    const note = waitsFor(pod, container, kind, history[0]) && !options.terminal ? waiting.get(container.name) : undefined;
    return containerStatus(
      pod,
      container,
      history,
      { ready: prober.isReady(id), started: prober.isStarted(id), ...(note ? { waiting: note } : {}) },
      old?.find((candidate) => candidate.name === container.name),
      {
        kind,
        anyMainCreated,
        resources: options.actuated?.get(id),
        resizePending: options.resize?.type === "PodResizePending",
        terminationMessage: (status) => terminationMessage(context.files, pod, status),
      },
    );
  };
  const init = (pod.spec?.initContainers ?? []).map(statusOf("init", previous.initContainerStatuses));
  const main = mains.map(statusOf("main", previous.containerStatuses)).sort(byName);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map(statusOf("ephemeral", previous.ephemeralContainerStatuses)).sort(byName);
  let phase: PodPhase = options.failure ? "Failed" : podPhase(pod, { init, main, initialized, terminal: options.terminal === true });
  // An ended pod stays ended.
  if (isTerminalPhase(previous.phase)) phase = previous.phase as PodPhase;
  else if (options.terminal && phase !== "Succeeded") phase = "Failed";
  if (options.terminal && initialized) for (const status of main) endUnseen(status);
  const { reason, message } = options.failure ?? (phase === previous.phase ? previous : {});
  const hostIPs = context.hostAddresses();
  const podIPs = pod.spec?.hostNetwork ? hostIPs : context.addresses.of(pod.metadata.uid ?? "");
  const now = timestamp(context.clock);
  return {
    phase,
    conditions: [
      ...(options.resize ? [options.resize] : []),
      ...podConditions(pod, { sandboxReady: sandbox !== undefined, phase, init, main }, now),
    ],
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
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
}

/** Whether a container is to be started: one that isn't, waits for nothing. */
function waitsFor(pod: Pod, container: Container | EphemeralContainer, kind: ContainerKind, latest: ContainerStatus | undefined): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  if (latest?.state !== "exited") return true;
  if (kind === "ephemeral") return false;
  return kind === "init" ? shouldRestartInit(pod, container as Container, latest) : shouldRestart(pod, container as Container, latest);
}

function byName(a: ApiContainerStatus, b: ApiContainerStatus): number {
  return a.name < b.name ? -1 : 1;
}

/** In a pod that has ended, a container that ran has ended too, however that came about. */
function endUnseen(status: ApiContainerStatus): void {
  if (status.state?.terminated) return;
  status.state = { terminated: unknownEnd("The container could not be located when the pod was terminated") };
}
