import { anyContainerStatus, findCondition, isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, Pod, PodCondition, ResourceRequirements } from "../../api/core/v1.ts";
import { timestamp } from "../../machinery/clock.ts";
import { quantityMilliValue } from "../../machinery/quantity.ts";
import type { AgentContext } from "./agent-context.ts";
import { textOf } from "./container-starter.ts";
import { containerResources } from "./linux-resources.ts";
import { type PodContainer, type PodRuntimeState, runningContainers } from "./runtime-state.ts";

/** A running container whose limits are to change. */
export interface Resize {
  container: Container;
  current: PodContainer;
  /** One of the changed resources is to be changed by a restart only. */
  needsRestart: boolean;
}

/** Compares what the pod asks for with what its status says its running containers have. */
export function resizesOf(pod: Pod, state: PodRuntimeState): Resize[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit);
  const resizes: Resize[] = [];
  for (const container of [...sidecars, ...(pod.spec?.containers ?? [])]) {
    const told = anyContainerStatus(pod.status, container.name);
    if (!told?.resources) continue;
    const current = runningContainers(state).find(({ id, name }) => name === container.name && told.containerID?.endsWith(`://${id}`));
    if (!current) continue;
    const changed = ["cpu", "memory"].filter((resource) => differs(container.resources, told.resources, resource));
    if (changed.length === 0) continue;
    const needsRestart = (container.resizePolicy ?? []).some(
      ({ resourceName, restartPolicy }) => restartPolicy === "RestartContainer" && changed.includes(resourceName),
    );
    resizes.push({ container, current, needsRestart });
  }
  return resizes;
}

function differs(wanted: ResourceRequirements | undefined, told: ResourceRequirements | undefined, resource: string): boolean {
  const amount = (requirements: ResourceRequirements | undefined, which: "limits" | "requests") => {
    const quantity = requirements?.[which]?.[resource];
    return quantity === undefined ? undefined : quantityMilliValue(quantity);
  };
  return amount(wanted, "limits") !== amount(told, "limits") || amount(wanted, "requests") !== amount(told, "requests");
}

/**
 * Changes limits of running containers in place. Resolves with what is to be told about it; what was changed is noted in
 * `actuated`, by container id.
 */
export async function resizeInPlace(
  context: AgentContext,
  pod: Pod,
  resizes: readonly Resize[],
  actuated: Map<string, ResourceRequirements>,
): Promise<PodCondition | undefined> {
  try {
    // The pod's own limits lie around those of its containers: they must not be in the way before, nor too wide after.
    await context.cgroups?.ensure(pod);
    for (const { container, current } of resizes) {
      const resources = containerResources(pod, container, context.memoryCapacity);
      // -1 takes a limit away.
      await context.runtime.updateContainerResources(current.id, { cpuQuota: -1, ...resources });
      actuated.set(current.id, container.resources ?? {});
    }
    await context.cgroups?.ensure(pod);
    return undefined;
  } catch (error) {
    const message = textOf(error);
    context.recorder.event(pod, "Warning", "ResizeError", `Pod resize error: ${message}`);
    return resizeCondition(context, pod, "PodResizeInProgress", "Error", message);
  }
}

export function resizeCondition(
  context: AgentContext,
  pod: Pod,
  type: "PodResizePending" | "PodResizeInProgress",
  reason: string,
  message: string,
): PodCondition {
  const old = findCondition(pod.status?.conditions, type);
  const generation = pod.metadata.generation;
  return {
    type,
    status: "True",
    reason,
    message,
    lastTransitionTime: old?.lastTransitionTime ?? timestamp(context.clock),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}
