import type { ContainerRuntime, ContainerStatus, PodSandboxStatus } from "../runtime/runtime.ts";
import { isRuntimeError } from "../runtime/runtime.ts";
import { podLabels } from "./labels.ts";

/** A container of a pod, with the sandbox that it was made in. */
export interface PodContainer extends ContainerStatus {
  sandboxId: string;
}

/** What the runtime has of one pod. */
export interface PodRuntimeState {
  /** The latest attempt first. */
  sandboxes: PodSandboxStatus[];
  /** Of all sandboxes; of each name the latest attempt first. */
  containers: PodContainer[];
}

export const nothingRunning: PodRuntimeState = { sandboxes: [], containers: [] };

/** Asks the runtime for all that it has of a pod. What vanishes between two questions isn't there. */
export async function readPodState(runtime: ContainerRuntime, uid: string): Promise<PodRuntimeState> {
  const filter = { labels: { [podLabels.uid]: uid } };
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(filter), runtime.listContainers(filter)]);
  const [sandboxStates, containerStates] = await Promise.all([
    Promise.all(sandboxes.map((sandbox) => present(runtime.podSandboxStatus(sandbox.id)))),
    Promise.all(containers.map((container) => readContainer(runtime, container.id, container.sandboxId))),
  ]);
  return {
    sandboxes: sandboxStates
      .filter((state) => state !== undefined)
      .sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt),
    containers: latestFirst(containerStates.filter((state) => state !== undefined)),
  };
}

/** One container's state; undefined when it is gone. */
export async function readContainer(runtime: ContainerRuntime, id: string, sandboxId: string): Promise<PodContainer | undefined> {
  const status = await present(runtime.containerStatus(id));
  return status && { ...status, sandboxId };
}

/** The state with a container added or replaced. */
export function withContainer(state: PodRuntimeState, container: PodContainer): PodRuntimeState {
  const others = state.containers.filter(({ id }) => id !== container.id);
  return { ...state, containers: latestFirst([container, ...others]) };
}

function latestFirst(containers: PodContainer[]): PodContainer[] {
  return containers.sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt);
}

async function present<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (isRuntimeError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** The sandbox that the pod's containers are in: the latest, if it is up and the only one that is. */
export function readySandbox(state: PodRuntimeState): PodSandboxStatus | undefined {
  const latest = state.sandboxes[0];
  if (latest?.state !== "ready") return undefined;
  return state.sandboxes.some((other) => other !== latest && other.state === "ready") ? undefined : latest;
}

/** The latest container of that name, whichever sandbox it was in. */
export function latestContainer(state: PodRuntimeState, name: string): PodContainer | undefined {
  return state.containers.find((container) => container.name === name);
}

/** The latest container of that name in the sandbox. */
export function containerIn(state: PodRuntimeState, sandboxId: string | undefined, name: string): PodContainer | undefined {
  const latest = latestContainer(state, name);
  return latest?.sandboxId === sandboxId ? latest : undefined;
}

export function runningContainers(state: PodRuntimeState): PodContainer[] {
  return state.containers.filter((container) => container.state === "running");
}

/** What runs, or may run for all that the runtime can tell. */
export function unstoppedContainers(state: PodRuntimeState): PodContainer[] {
  return state.containers.filter((container) => container.state === "running" || container.state === "unknown");
}
