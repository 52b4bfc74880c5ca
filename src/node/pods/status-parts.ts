import { isRestartableInit } from "../../api/core/pod-status.ts";
import type {
  ContainerStatus as ApiContainerStatus,
  Container,
  ContainerState,
  ContainerStateTerminated,
  EphemeralContainer,
  Pod,
  ResourceRequirements,
} from "../../api/core/v1.ts";
import { formatTime } from "../../machinery/clock.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import { containerAnnotations } from "./labels.ts";

export type ContainerKind = "init" | "main" | "ephemeral";

/** What the agent itself knows of a container beyond the runtime's word. */
export interface ContainerNotes {
  /** Why it isn't running: `CrashLoopBackOff`, `ErrImagePull`, `CreateContainerConfigError` … */
  waiting?: { reason: string; message: string };
  ready: boolean;
  started: boolean;
}

export interface ContainerStatusOptions {
  kind: ContainerKind;
  /** A main container has been made: the plain init containers before it must have done their work. */
  anyMainCreated: boolean;
  /** What it was given after its start, in a resize. */
  resources?: ResourceRequirements | undefined;
  /** A resize waits: what was granted before is still what is granted. */
  resizePending?: boolean;
  terminationMessage(status: ContainerStatus): string;
}

export function restartCountOf(status: ContainerStatus | undefined): number {
  return Number(status?.annotations[containerAnnotations.restartCount] ?? 0);
}

/** The status of one container. `history` has its attempts, the latest first; `previous` is what was told of it last. */
export function containerStatus(
  pod: Pod,
  container: Container | EphemeralContainer,
  history: readonly ContainerStatus[],
  notes: ContainerNotes,
  previous: ApiContainerStatus | undefined,
  options: ContainerStatusOptions,
): ApiContainerStatus {
  const status = history[0]
    ? statusOfAttempt(container, history as [ContainerStatus, ...ContainerStatus[]], previous, options)
    : statusOfMissing(pod, container, previous, options);
  if (notes.waiting && !status.state?.running) {
    if (status.state?.terminated) status.lastState = { terminated: status.state.terminated };
    status.state = { waiting: notes.waiting };
  }
  const running = status.state?.running !== undefined;
  if (options.kind === "ephemeral") status.ready = false;
  else {
    status.started = running && notes.started;
    const isPlainInit = options.kind === "init" && !isRestartableInit(container as Container);
    status.ready = isPlainInit ? status.state?.terminated?.exitCode === 0 : running && notes.started && notes.ready;
  }
  return status;
}

/** What the runtime says of the latest attempt, and of the one before it. */
function statusOfAttempt(
  container: Container | EphemeralContainer,
  history: readonly [ContainerStatus, ...ContainerStatus[]],
  previous: ApiContainerStatus | undefined,
  options: ContainerStatusOptions,
): ApiContainerStatus {
  const latest = history[0];
  const containerID = idOf(latest);
  let lastState: ContainerState = {};
  const before = history.find((status, index) => index > 0 && status.state === "exited");
  if (before) lastState = stateOf(before, undefined, options.terminationMessage);
  else if (previous?.containerID !== containerID && previous?.state?.terminated) lastState = { terminated: previous.state.terminated };
  else if (previous?.lastState?.terminated) lastState = { terminated: previous.lastState.terminated };
  const running = latest.state === "running";
  const same = running && previous?.state?.running && previous.containerID === containerID ? previous : undefined;
  const allocated = options.resizePending && same ? same.allocatedResources : container.resources?.requests;
  return {
    name: container.name,
    state: stateOf(latest, previous, options.terminationMessage),
    lastState,
    ready: false,
    restartCount: Math.max(restartCountOf(latest), previous?.restartCount ?? 0),
    image: latest.image || container.image || "",
    imageID: latest.imageRef,
    containerID,
    resources: options.resources ?? same?.resources ?? container.resources ?? {},
    ...(allocated ? { allocatedResources: allocated } : {}),
    ...volumeMountsOf(container),
    ...(latest.user
      ? { user: { linux: { uid: latest.user.uid, gid: latest.user.gid, supplementalGroups: latest.user.supplementalGroups } } }
      : {}),
    ...(latest.stopSignal ? { stopSignal: latest.stopSignal } : {}),
  };
}

/** A container that the runtime doesn't have: not made yet, or lost. */
function statusOfMissing(
  pod: Pod,
  container: Container | EphemeralContainer,
  previous: ApiContainerStatus | undefined,
  { kind, anyMainCreated }: ContainerStatusOptions,
): ApiContainerStatus {
  if (previous?.state?.terminated) return { ...previous };
  const hasInit = (pod.spec?.initContainers ?? []).length > 0 && kind !== "ephemeral";
  const status: ApiContainerStatus = {
    name: container.name,
    state: { waiting: { reason: hasInit ? "PodInitializing" : "ContainerCreating" } },
    lastState: previous?.lastState ?? {},
    ready: false,
    restartCount: previous?.restartCount ?? 0,
    image: container.image ?? "",
    imageID: "",
    ...volumeMountsOf(container),
  };
  if (kind === "init" && anyMainCreated && !isRestartableInit(container as Container)) {
    const message = "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally";
    status.state = { terminated: { exitCode: 0, reason: "Completed", message } };
  } else if (previous?.state?.running && !status.lastState?.terminated) {
    // It ran, and nobody knows how it ended; without this the pod would look as if it had never started.
    const message = "The container could not be located when the pod was deleted.  The container used to be Running";
    status.lastState = { terminated: unknownEnd(message) };
    if (!pod.metadata.deletionTimestamp) status.restartCount++;
  }
  return status;
}

/** A container's state as the API tells it. */
function stateOf(
  status: ContainerStatus,
  previous: ApiContainerStatus | undefined,
  terminationMessage: (status: ContainerStatus) => string,
): ContainerState {
  switch (status.state) {
    case "running":
      return { running: { startedAt: formatTime(status.startedAt) } };
    case "exited": {
      const message = terminationMessage(status) || status.message;
      return {
        terminated: {
          exitCode: status.exitCode,
          reason: status.reason || (status.exitCode === 0 ? "Completed" : "Error"),
          ...(message === "" ? {} : { message }),
          ...(status.startedAt > 0 ? { startedAt: formatTime(status.startedAt) } : {}),
          ...(status.finishedAt > 0 ? { finishedAt: formatTime(status.finishedAt) } : {}),
          containerID: idOf(status),
        },
      };
    }
    case "unknown":
      if (previous?.state?.running) return { terminated: unknownEnd("The container could not be located when the pod was terminated") };
      return { waiting: {} };
    default:
      return { waiting: { reason: "ContainerCreating" } };
  }
}

/** How a container is told to have ended whose end nobody saw. */
export function unknownEnd(message: string): ContainerStateTerminated {
  return { exitCode: 137, reason: "ContainerStatusUnknown", message };
}

function idOf(status: ContainerStatus): string {
  return `containerd://${status.id}`;
}

function volumeMountsOf(container: Container | EphemeralContainer): Pick<ApiContainerStatus, "volumeMounts"> {
  if (!container.volumeMounts) return {};
  return {
    volumeMounts: container.volumeMounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: "Disabled" } : {}),
    })),
  };
}
