import { findCondition, isRestartableInit } from "../../api/core/pod-status.ts";
import type { ContainerStatus, Pod, PodCondition } from "../../api/core/v1.ts";
import { shouldRestart } from "./restart-policy.ts";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

export interface PhaseFacts {
  init: readonly ContainerStatus[];
  main: readonly ContainerStatus[];
  /** A main container has been made in the present sandbox: sidecars that restart don't bring the pod back to Pending. */
  initialized: boolean;
  /** Nothing of the pod will be started any more. */
  terminal?: boolean;
}

/** The phase that the containers' states amount to. */
export function podPhase(pod: Pod, facts: PhaseFacts): PodPhase {
  let pendingInit = 0;
  let pendingSidecars = 0;
  let unknown = 0;
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let stoppedForGood = 0;
  let succeeded = 0;
  for (const container of pod.spec?.initContainers ?? []) {
    const status = facts.init.find(({ name }) => name === container.name);
    if (isRestartableInit(container)) {
      if (!status) unknown++;
      else if (status.state?.running) {
        if (!status.started) pendingSidecars++;
        running++;
      } else if (status.state?.waiting && !status.lastState?.terminated) {
        pendingSidecars++;
        waiting++;
      }
      continue;
    }
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!ended) pendingInit++;
    else if (ended.exitCode !== 0 && !shouldRestart(pod, container, ended)) return "Failed";
    // What failed and will be run again counts as neither pending nor done; the main containers wait for it.
  }
  for (const container of pod.spec?.containers ?? []) {
    const status = facts.main.find(({ name }) => name === container.name);
    if (!status) unknown++;
    else if (status.state?.running) running++;
    else {
      const ended = status.state?.terminated ?? status.lastState?.terminated;
      if (!ended) waiting++;
      else {
        stopped++;
        if (!shouldRestart(pod, container, ended)) stoppedForGood++;
        if (status.state?.terminated?.exitCode === 0) succeeded++;
      }
    }
  }
  if (pendingInit > 0 || (pendingSidecars > 0 && !facts.initialized) || waiting > 0 || unknown > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped === 0) return "Pending";
  if (!facts.terminal && stopped !== stoppedForGood) return "Running";
  return stopped === succeeded ? "Succeeded" : "Failed";
}

export interface ConditionFacts {
  /** The pod's sandbox is up, with its network. */
  sandboxReady: boolean;
  phase: PodPhase;
  init: readonly ContainerStatus[];
  main: readonly ContainerStatus[];
}

/** The conditions that the agent keeps. All others belong to someone else. */
export const agentConditions: readonly string[] = [
  "PodResizePending",
  "PodResizeInProgress",
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
];

/** The agent's conditions; one whose status stays keeps its transition time. */
export function podConditions(pod: Pod, facts: ConditionFacts, now: string): PodCondition[] {
  const generation = pod.metadata.generation;
  const make = (type: string, status: boolean, reason = "", message = ""): PodCondition => {
    const old = findCondition(pod.status?.conditions, type);
    const text = status ? "True" : "False";
    return {
      type,
      status: text,
      lastTransitionTime: old?.status === text ? (old.lastTransitionTime ?? now) : now,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  };
  const containersReady = containersReadiness(pod, facts);
  const ready = containersReady.status ? gatesReadiness(pod) : containersReady;
  const initialized = initializedState(pod, facts);
  return [
    make("PodReadyToStartContainers", facts.sandboxReady),
    make("Initialized", initialized.status, initialized.reason, initialized.message),
    make("Ready", ready.status, ready.reason, ready.message),
    make("ContainersReady", containersReady.status, containersReady.reason, containersReady.message),
    make("PodScheduled", true),
  ];
}

interface Verdict {
  status: boolean;
  reason?: string;
  message?: string;
}

function containersReadiness(pod: Pod, { phase, init, main }: ConditionFacts): Verdict {
  if (phase === "Succeeded") return { status: false, reason: "PodCompleted" };
  if (phase === "Failed") return { status: false, reason: "PodFailed" };
  const unready = [
    ...(pod.spec?.initContainers ?? [])
      .filter((container) => isRestartableInit(container) && !init.find(({ name }) => name === container.name)?.ready)
      .map(({ name }) => name),
    ...(pod.spec?.containers ?? []).map(({ name }) => name).filter((name) => !main.find((status) => status.name === name)?.ready),
  ];
  if (unready.length === 0) return { status: true };
  return { status: false, reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
}

function gatesReadiness(pod: Pod): Verdict {
  const messages: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const condition = findCondition(pod.status?.conditions, conditionType);
    if (!condition) messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== "True")
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
  }
  if (messages.length === 0) return { status: true };
  return { status: false, reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

function initializedState(pod: Pod, { phase, init, main }: ConditionFacts): Verdict {
  if (phase === "Succeeded") return { status: true, reason: "PodCompleted" };
  if (main.some(({ state }) => state?.running || state?.terminated)) return { status: true };
  const incomplete = (pod.spec?.initContainers ?? [])
    .filter((container) => {
      const status = init.find(({ name }) => name === container.name);
      return !(isRestartableInit(container) ? status?.started : status?.ready);
    })
    .map(({ name }) => name);
  if (incomplete.length === 0) return { status: true };
  return {
    status: false,
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete.join(" ")}]`,
  };
}
