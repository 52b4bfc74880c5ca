import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import { keyOf, uidOf } from "../../machinery/object.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import type { AgentContext } from "./agent-context.ts";
import { fieldPathOf } from "./field-path.ts";
import { runHook } from "./lifecycle-hooks.ts";
import { type PodRuntimeState, unstoppedContainers } from "./runtime-state.ts";

/** A container gets so long to end by its signal, whatever is left of the grace period. */
export const leastGraceSeconds = 2;

/**
 * Stops one container: its preStop hook first, then what must end before it, then the signal; all within the grace period.
 * Whoever aborts `hurry` cuts the waiting short; the reason is the new grace period in seconds.
 */
export async function stopContainer(
  context: AgentContext,
  pod: Pod,
  status: Pick<ContainerStatus, "id" | "name">,
  graceSeconds: number,
  why: string,
  options: { after?: Promise<unknown>; hurry?: AbortSignal } = {},
): Promise<void> {
  const { clock, recorder, runtime } = context;
  const about = { fieldPath: fieldPathOf(pod, status.name) };
  recorder.event(pod, "Normal", "Killing", why, about);
  const startedAt = clock.now();
  const container = specOf(pod, status.name);
  const hook = container?.lifecycle?.preStop;
  if (graceSeconds > 0 && ((container && hook) || options.after)) {
    const limit = new AbortController();
    const timer = clock.setTimeout(() => limit.abort(new Error("the grace period is over")), graceSeconds * 1000);
    const signal = options.hurry ? AbortSignal.any([limit.signal, options.hurry]) : limit.signal;
    try {
      if (container && hook) {
        const podIp = (pod.spec?.hostNetwork ? context.hostAddresses() : context.addresses.of(uidOf(pod)))[0] ?? "";
        const run = runHook(context, hook, pod, container as Container, status.id, podIp, graceSeconds, signal);
        await until(
          run.catch((error) => {
            if (signal.aborted) return;
            // Not with its output, which may hold secrets.
            recorder.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", about);
            context.logger.debug("a preStop hook failed", { pod: keyOf(pod), container: status.name, error });
          }),
          signal,
        );
      }
      if (options.after) await until(options.after, signal);
    } finally {
      timer.cancel();
    }
  }
  const left = options.hurry?.aborted ? Number(options.hurry.reason) : graceSeconds - Math.floor((clock.now() - startedAt) / 1000);
  await runtime.stopContainer(status.id, Math.max(leastGraceSeconds, left));
}

/**
 * Stops all that runs of a pod, then its sandboxes. Main containers end together; each sidecar is told to end when they have
 * and the sidecars after it have, and no later than the end of the grace period.
 */
export async function stopPod(
  context: AgentContext,
  pod: Pod,
  state: PodRuntimeState,
  graceSeconds: number,
  hurry?: AbortSignal,
): Promise<void> {
  const running = unstoppedContainers(state);
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit).map((container) => container.name);
  const stop = (status: ContainerStatus, after?: Promise<unknown>) =>
    stopContainer(context, pod, status, graceSeconds, `Stopping container ${status.name}`, {
      ...(after ? { after } : {}),
      ...(hurry ? { hurry } : {}),
    });
  const all: Promise<void>[] = running.filter(({ name }) => !sidecars.includes(name)).map((status) => stop(status));
  let before: Promise<unknown> | undefined = all.length > 0 ? Promise.allSettled(all) : undefined;
  for (const name of sidecars.reverse()) {
    const stopped = running.filter((candidate) => candidate.name === name).map((status) => stop(status, before));
    if (stopped.length === 0) continue;
    all.push(...stopped);
    before = Promise.allSettled([before, ...stopped]);
  }
  const failed = (await Promise.allSettled(all)).find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  // Also those that are down: their network is taken away only now.
  for (const sandbox of state.sandboxes) await context.runtime.stopPodSandbox(sandbox.id);
}

/** Removes what a stopped pod has left in the runtime. */
export async function removeFromRuntime(context: AgentContext, state: PodRuntimeState): Promise<void> {
  for (const container of state.containers) await context.runtime.removeContainer(container.id);
  for (const sandbox of state.sandboxes) await context.runtime.removePodSandbox(sandbox.id);
}

/** Resolves when the promise has settled or the signal is aborted. */
function until(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener("abort", done);
      resolve();
    };
    if (signal.aborted) resolve();
    signal.addEventListener("abort", done, { once: true });
    promise.then(done, done);
  });
}

function specOf(pod: Pod, name: string): Container | EphemeralContainer | undefined {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].find((container) => container.name === name);
}
