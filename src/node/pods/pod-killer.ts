import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, Pod } from "../../api/core/v1.ts";
import { uidOf } from "../../machinery/object.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import type { AgentContext } from "./agent-context.ts";
import { fieldPathOf } from "./container-starter.ts";
import { runHook } from "./lifecycle-hooks.ts";
import { type PodRuntimeState, runningContainers } from "./runtime-state.ts";

/** Stops one container: its preStop hook first, within the grace period, then the signal. */
export async function stopContainer(
  context: AgentContext,
  pod: Pod,
  status: ContainerStatus,
  graceSeconds: number,
  why: string,
): Promise<void> {
  const container = specOf(pod, status.name);
  context.recorder.event(pod, "Normal", "Killing", why, { fieldPath: fieldPathOf(pod, status.name) });
  let left = graceSeconds;
  const hook = container?.lifecycle?.preStop;
  if (container && hook && graceSeconds > 0) {
    const startedAt = context.clock.now();
    const podIp = (pod.spec?.hostNetwork ? context.hostAddresses() : context.addresses.of(uidOf(pod)))[0] ?? "";
    const limit = new AbortController();
    const timer = context.clock.setTimeout(() => limit.abort(new Error("the grace period is over")), graceSeconds * 1000);
    try {
      await Promise.race([
        runHook(context, hook, container, status.id, podIp, graceSeconds, limit.signal),
        new Promise<never>((_, reject) => limit.signal.addEventListener("abort", () => reject(limit.signal.reason), { once: true })),
      ]);
    } catch (error) {
      context.recorder.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", { fieldPath: fieldPathOf(pod, status.name) });
      context.logger.debug("a preStop hook failed", { pod: pod.metadata.name, container: status.name, error });
    } finally {
      timer.cancel();
    }
    // The container still gets two seconds for its signal.
    left = Math.max(2, graceSeconds - Math.ceil((context.clock.now() - startedAt) / 1000));
  }
  await context.runtime.stopContainer(status.id, left);
}

/** Stops all that runs of a pod: containers together, then sidecars from the last to the first, then the sandboxes. */
export async function stopPod(context: AgentContext, pod: Pod, state: PodRuntimeState, graceSeconds: number): Promise<void> {
  const running = runningContainers(state);
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit).map((container) => container.name);
  const why = (status: ContainerStatus) => `Stopping container ${status.name}`;
  const startedAt = context.clock.now();
  const left = () => Math.max(graceSeconds === 0 ? 0 : 1, graceSeconds - Math.floor((context.clock.now() - startedAt) / 1000));
  await Promise.all(
    running
      .filter((status) => !sidecars.includes(status.name))
      .map((status) => stopContainer(context, pod, status, graceSeconds, why(status))),
  );
  for (const name of [...sidecars].reverse()) {
    for (const status of running.filter((candidate) => candidate.name === name))
      await stopContainer(context, pod, status, left(), why(status));
  }
  for (const sandbox of state.sandboxes) await context.runtime.stopPodSandbox(sandbox.id);
}

/** Removes what a stopped pod has left in the runtime. */
export async function removeFromRuntime(context: AgentContext, state: PodRuntimeState): Promise<void> {
  for (const container of state.containers) await context.runtime.removeContainer(container.id);
  for (const sandbox of state.sandboxes) await context.runtime.removePodSandbox(sandbox.id);
}

function specOf(pod: Pod, name: string): Container | undefined {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((container) => container.name === name);
}
