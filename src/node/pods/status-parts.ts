import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { ContainerStatus as ApiContainerStatus, Container, ContainerState, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import { formatTime } from "../../machinery/clock.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import { containerAnnotations } from "./labels.ts";

/** What the agent itself knows of a container beyond the runtime's word. */
export interface ContainerNotes {
  /** Why it isn't running: `CrashLoopBackOff`, `ErrImagePull`, `CreateContainerConfigError` … */
  waiting?: { reason: string; message: string };
  ready: boolean;
  started: boolean;
}

export function restartCountOf(status: ContainerStatus | undefined): number {
  return Number(status?.annotations[containerAnnotations.restartCount] ?? 0);
}

/** A container's state as the API tells it. */
export function stateOf(status: ContainerStatus, terminationMessage: (status: ContainerStatus) => string): ContainerState {
  switch (status.state) {
    case "running":
      return { running: { startedAt: formatTime(status.startedAt) } };
    case "exited":
      return {
        terminated: {
          exitCode: status.exitCode,
          reason: status.reason || (status.exitCode === 0 ? "Completed" : "Error"),
          ...messageOf(terminationMessage(status) || status.message),
          ...(status.startedAt > 0 ? { startedAt: formatTime(status.startedAt) } : {}),
          ...(status.finishedAt > 0 ? { finishedAt: formatTime(status.finishedAt) } : {}),
          containerID: `containerd://${status.id}`,
        },
      };
    default:
      return { waiting: { reason: "ContainerCreating" } };
  }
}

function messageOf(message: string): { message?: string } {
  return message === "" ? {} : { message };
}

/** The status of one container. `history` has its attempts, the latest first. */
export function containerStatus(
  pod: Pod,
  container: Container | EphemeralContainer,
  history: readonly ContainerStatus[],
  notes: ContainerNotes,
  previous: ApiContainerStatus | undefined,
  options: { isInit: boolean; initialized: boolean; terminationMessage(status: ContainerStatus): string },
): ApiContainerStatus {
  const latest = history[0];
  const defaultWaiting = {
    reason:
      (pod.spec?.initContainers ?? []).length > 0 && (options.isInit || !options.initialized) ? "PodInitializing" : "ContainerCreating",
  };
  let state: ContainerState;
  let lastState: ContainerState = {};
  if (!latest) {
    state = { waiting: notes.waiting ?? defaultWaiting };
    if (previous?.lastState?.terminated) lastState = previous.lastState;
  } else {
    state = stateOf(latest, options.terminationMessage);
    const before = history.find((status, index) => index > 0 && status.state === "exited");
    if (before) lastState = { ...stateOf(before, options.terminationMessage) };
    else if (previous?.lastState?.terminated && previous.containerID === `containerd://${latest.id}`) lastState = previous.lastState;
    if (notes.waiting && latest.state !== "running") {
      if (state.terminated) lastState = { terminated: state.terminated };
      state = { waiting: notes.waiting };
    }
  }
  const running = latest?.state === "running";
  const isPlainInit = options.isInit && !isRestartableInit(container as Container);
  const completed = latest?.state === "exited" && latest.exitCode === 0;
  return {
    name: container.name,
    state,
    lastState,
    ready: isPlainInit ? completed === true : notes.ready && running,
    restartCount: latest ? restartCountOf(latest) : (previous?.restartCount ?? 0),
    image: latest?.image || previous?.image || container.image || "",
    imageID: latest?.imageRef || previous?.imageID || "",
    ...(latest ? { containerID: `containerd://${latest.id}` } : {}),
    started: isPlainInit ? running && notes.started : running && notes.started,
    ...(container.resources && !isEmpty(container.resources) ? { resources: container.resources } : { resources: {} }),
    ...(container.resources?.requests ? { allocatedResources: container.resources.requests } : {}),
    ...(container.volumeMounts
      ? {
          volumeMounts: container.volumeMounts.map((mount) => ({
            name: mount.name,
            mountPath: mount.mountPath,
            ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
          })),
        }
      : {}),
    ...(running && latest.user
      ? { user: { linux: { uid: latest.user.uid, gid: latest.user.gid, supplementalGroups: latest.user.supplementalGroups } } }
      : {}),
  } as ApiContainerStatus;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
