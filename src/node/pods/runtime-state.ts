import type { ContainerRuntime, ContainerStatus, PodSandboxStatus } from "../runtime/runtime.ts";
import { isRuntimeError } from "../runtime/runtime.ts";
import { podLabels } from "./labels.ts";

/** What the runtime has of one pod. */
export interface PodRuntimeState {
  /** The latest attempt first. */
  sandboxes: PodSandboxStatus[];
  /** Of all sandboxes; of each name the latest attempt first. */
  containers: ContainerStatus[];
}

export const nothingRunning: PodRuntimeState = { sandboxes: [], containers: [] };

/** Asks the runtime for all that it has of a pod. What vanishes between two questions isn't there. */
export async function readPodState(runtime: ContainerRuntime, uid: string): Promise<PodRuntimeState> {
  const filter = { labels: { [podLabels.uid]: uid } };
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(filter), runtime.listContainers(filter)]);
  const [sandboxStates, containerStates] = await Promise.all([
    Promise.all(sandboxes.map((sandbox) => present(runtime.podSandboxStatus(sandbox.id)))),
    Promise.all(containers.map((container) => present(runtime.containerStatus(container.id)))),
  ]);
  return {
    sandboxes: sandboxStates
      .filter((state) => state !== undefined)
      .sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt),
    containers: containerStates.filter((state) => state !== undefined).sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt),
  };
}

async function present<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (isRuntimeError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** The sandbox that the pod's containers are in: the latest, if it is up. */
export function readySandbox(state: PodRuntimeState): PodSandboxStatus | undefined {
  const latest = state.sandboxes[0];
  return latest?.state === "ready" ? latest : undefined;
}

/** The latest container of that name. */
export function latestContainer(state: PodRuntimeState, name: string): ContainerStatus | undefined {
  return state.containers.find((container) => container.name === name);
}

export function runningContainers(state: PodRuntimeState): ContainerStatus[] {
  return state.containers.filter((container) => container.state === "running");
}
