import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { ContainerStatus, Pod, PodCondition } from "../../api/core/v1.ts";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** The phase that the containers' states amount to. */
export function podPhase(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[], initialized: boolean): PodPhase {
  const policy = pod.spec?.restartPolicy ?? "Always";
  const initSpecs = pod.spec?.initContainers ?? [];
  for (const status of init) {
    const spec = initSpecs.find((container) => container.name === status.name);
    if (spec && isRestartableInit(spec)) continue;
    const ended = status.state?.terminated;
    if (ended && ended.exitCode !== 0 && policy === "Never" && !spec?.restartPolicy) return "Failed";
  }
  let waiting = 0;
  let running = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const container of pod.spec?.containers ?? []) {
    const status = main.find((candidate) => candidate.name === container.name);
    if (status?.state?.running) running++;
    else if (status?.state?.terminated) {
      stopped++;
      if (status.state.terminated.exitCode === 0) succeeded++;
    } else if (status?.state?.waiting && status.lastState?.terminated) stopped++;
    else waiting++;
  }
  const sidecarsRunning = init.some((status) => {
    const spec = initSpecs.find((container) => container.name === status.name);
    return spec && isRestartableInit(spec) && status.state?.running;
  });
  if (!initialized) return "Pending";
  if (waiting > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped > 0) {
    const restarts = main.some((status) => status.state?.waiting);
    if (policy === "Always" || restarts) return "Running";
    if (sidecarsRunning) return "Running";
    if (stopped === succeeded) return "Succeeded";
    return policy === "Never" ? "Failed" : "Running";
  }
  return "Pending";
}

/** The conditions that the agent keeps; `transition` gives the time for one that changes. */
export function podConditions(
  pod: Pod,
  facts: {
    sandboxReady: boolean;
    initialized: boolean;
    phase: PodPhase;
    init: readonly ContainerStatus[];
    main: readonly ContainerStatus[];
  },
  now: string,
): PodCondition[] {
  const generation = pod.metadata.generation;
  const make = (type: string, status: boolean, reason = "", message = ""): PodCondition => {
    const old = pod.status?.conditions?.find((condition) => condition.type === type);
    const text = status ? "True" : "False";
    return {
      type,
      status: text,
      lastProbeTime: null,
      lastTransitionTime: old?.status === text ? (old.lastTransitionTime ?? now) : now,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    } as unknown as PodCondition;
  };
  const completed = facts.phase === "Succeeded" || facts.phase === "Failed";
  const unready = facts.main.filter((status) => !status.ready).map((status) => status.name);
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit).map((container) => container.name);
  for (const status of facts.init) if (sidecars.includes(status.name) && !status.ready) unready.push(status.name);
  const notInitialized = facts.init
    .filter((status) => !status.ready && !(sidecars.includes(status.name) && status.started))
    .map((status) => status.name);
  const unreadyText = `containers with unready status: [${unready.join(" ")}]`;
  const containersReady =
    facts.phase === "Succeeded"
      ? make("ContainersReady", false, "PodCompleted")
      : facts.phase === "Failed"
        ? make("ContainersReady", false, "PodFailed")
        : unready.length > 0
          ? make("ContainersReady", false, "ContainersNotReady", unreadyText)
          : make("ContainersReady", true);
  let ready: PodCondition;
  if (containersReady.status !== "True") ready = { ...make("Ready", false, containersReady.reason, containersReady.message) };
  else {
    const missing = (pod.spec?.readinessGates ?? [])
      .map((gate) => gate.conditionType)
      .filter((type) => pod.status?.conditions?.find((condition) => condition.type === type)?.status !== "True");
    ready =
      missing.length > 0
        ? make(
            "Ready",
            false,
            "ReadinessGatesNotReady",
            missing.map((type) => `corresponding condition of pod readiness gate "${type}" does not exist.`).join(", "),
          )
        : make("Ready", true);
  }
  const initialized =
    facts.phase === "Succeeded"
      ? make("Initialized", true, "PodCompleted")
      : facts.initialized
        ? make("Initialized", true)
        : make("Initialized", false, "ContainersNotInitialized", `containers with incomplete status: [${notInitialized.join(" ")}]`);
  return [
    make("PodReadyToStartContainers", facts.sandboxReady && !completed),
    initialized,
    ready,
    containersReady,
    make("PodScheduled", true),
  ];
}
