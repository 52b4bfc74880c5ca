import type { Condition } from "../../machinery/meta/v1.ts";
import type { Container, ContainerStatus, EphemeralContainer, Node, NodeCondition, Pod, PodCondition, PodSpec, PodStatus } from "./v1.ts";

/** The condition of that type, in any of the lists of conditions that objects have. */
export function findCondition<C extends { type: string }>(conditions: readonly C[] | undefined, type: string): C | undefined {
  if (conditions) for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return findCondition(pod.status?.conditions, type);
}

export function nodeCondition(node: Node, type: string): NodeCondition | undefined {
  return findCondition(node.status?.conditions, type);
}

export function isConditionTrue(conditions: readonly Pick<Condition, "type" | "status">[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/** Whether the pod's `Ready` condition is true. */
export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, "Ready");
}

/** Ready since at least `minReadySeconds` at the time `now` (milliseconds since the epoch). */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  return ready.lastTransitionTime !== undefined && Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 <= now;
}

/** Succeeded or Failed: its containers have stopped and will not be started again. */
export function isPodTerminal(pod: Pod): boolean {
  return isTerminalPhase(pod.status?.phase);
}

export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** Neither terminal nor being deleted: what controllers count as one of theirs. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isPodTerminating(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

export function isNodeReady(node: Node): boolean {
  return isConditionTrue(node.status?.conditions, "Ready");
}

/** An init container that keeps running beside the main containers (a sidecar). */
export function isRestartableInit(container: Container): boolean {
  return container.restartPolicy === "Always";
}

export function containerStatus(statuses: readonly ContainerStatus[] | undefined, name: string): ContainerStatus | undefined {
  return statuses?.find((status) => status.name === name);
}

/** The status of the container of that name, whichever kind of container it is. */
export function anyContainerStatus(status: PodStatus | undefined, name: string): ContainerStatus | undefined {
  return (
    containerStatus(status?.containerStatuses, name) ??
    containerStatus(status?.initContainerStatuses, name) ??
    containerStatus(status?.ephemeralContainerStatuses, name)
  );
}

/** Init containers, containers, then ephemeral containers. */
export function* allContainers(spec: PodSpec | undefined): IterableIterator<Container | EphemeralContainer> {
  if (!spec) return;
  if (spec.initContainers) yield* spec.initContainers;
  yield* spec.containers ?? [];
  if (spec.ephemeralContainers) yield* spec.ephemeralContainers;
}

/**
 * The conditions with this one in place of the one of its type, `lastTransitionTime` kept while the status stays the same.
 * Returns the very list that was given when nothing but times would change.
 */
export function withCondition<C extends { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }>(
  conditions: readonly C[] | undefined,
  next: C,
): readonly C[] {
  const at = conditions?.findIndex((condition) => condition.type === next.type) ?? -1;
  if (!conditions || at < 0) return [...(conditions ?? []), next];
  const old = conditions[at] as C;
  if (old.status === next.status && (old.reason ?? "") === (next.reason ?? "") && (old.message ?? "") === (next.message ?? "")) {
    return conditions;
  }
  const merged = old.status === next.status && old.lastTransitionTime ? { ...next, lastTransitionTime: old.lastTransitionTime } : next;
  return conditions.map((condition, index) => (index === at ? merged : condition));
}
