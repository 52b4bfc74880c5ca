import { anyContainerStatus } from "../../api/core/pod-status.ts";
import type { Container, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import { keyOf, uidOf } from "../../machinery/object.ts";
import type { PodSandboxConfig, PodSandboxStatus } from "../runtime/runtime.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import type { MountedVolume } from "../volumes/volume-manager.ts";
import type { AgentContext } from "./agent-context.ts";
import { containerConfig } from "./container-config.ts";
import { ContainerConfigError } from "./environment.ts";
import { fieldPathOf } from "./field-path.ts";
import { runHook } from "./lifecycle-hooks.ts";
import { stopContainer } from "./pod-killer.ts";
import type { PodContainer } from "./runtime-state.ts";
import { restartCountOf } from "./status-parts.ts";

/** Why a container did not start: what its status and the pod's events tell. */
export class StartError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = "StartError";
    this.reason = reason;
  }
}

export interface StartOptions {
  sandbox: PodSandboxStatus;
  sandboxConfig: PodSandboxConfig;
  volumes: ReadonlyMap<string, MountedVolume>;
  hostsFile: string;
  /** Earlier attempts, the latest first. */
  history: readonly PodContainer[];
  /** All of the pod's. */
  containers: readonly PodContainer[];
}

/** Image, configuration, container, start, postStart hook. Rejects with `StartError`; resolves with the container's id. */
export async function startContainer(
  context: AgentContext,
  pod: Pod,
  container: Container | EphemeralContainer,
  options: StartOptions,
): Promise<string> {
  const { runtime, recorder } = context;
  const about = { fieldPath: fieldPathOf(pod, container.name) };
  const fail = (reason: string, error: unknown): never => {
    const message = error instanceof Error ? error.message : String(error);
    recorder.event(pod, "Warning", "Failed", `Error: ${message}`, about);
    throw new StartError(reason, message);
  };
  const imageId = await ensureImage(context, pod, container);
  const podIPs = pod.spec?.hostNetwork ? context.hostAddresses() : context.addresses.of(uidOf(pod));
  const attempt = await nextAttempt(context, pod, container.name, options.history);
  const configure = async () => {
    const target = targetOf(container, options.containers);
    return containerConfig(pod, container as Container, {
      files: context.files,
      imageId,
      // Only who must not run as root is asked who it is.
      image: mustNotBeRoot(pod, container) ? await runtime.imageStatus(imageId) : undefined,
      attempt,
      restartCount: attempt,
      volumes: options.volumes,
      hostsFile: options.hostsFile,
      environment: {
        objects: context.objects,
        services: context.servicesFor(pod),
        facts: { podIPs, hostIPs: context.hostAddresses(), node: context.node() },
      },
      memoryCapacity: context.memoryCapacity,
      ...(target ? { targetId: target.id } : {}),
    });
  };
  const config = await configure().catch((error) => fail("CreateContainerConfigError", error));
  const id = await runtime
    .createContainer(options.sandbox.id, config, options.sandboxConfig)
    .catch((error) => fail("CreateContainerError", error));
  recorder.event(pod, "Normal", "Created", "Container created", about);
  await runtime.startContainer(id).catch((error) => fail("RunContainerError", error));
  recorder.event(pod, "Normal", "Started", "Container started", about);
  const hook = container.lifecycle?.postStart;
  if (hook) {
    try {
      await runHook(context, hook, pod, container as Container, id, podIPs[0] ?? "", 0);
    } catch (error) {
      // Not with its output, which may hold secrets.
      recorder.event(pod, "Warning", "FailedPostStartHook", "PostStartHook failed", about);
      context.logger.debug("a postStart hook failed", { pod: keyOf(pod), container: container.name, error });
      const graceSeconds = Number(pod.spec?.terminationGracePeriodSeconds ?? 30);
      await stopContainer(context, pod, { id, name: container.name }, graceSeconds, "FailedPostStartHook");
      throw new StartError("PostStartHookError", textOf(error));
    }
  }
  return id;
}

/** The container an ephemeral container looks into must be there. */
function targetOf(container: Container | EphemeralContainer, containers: readonly PodContainer[]): PodContainer | undefined {
  const name = "targetContainerName" in container ? container.targetContainerName : undefined;
  if (!name) return undefined;
  const target = containers.find((candidate) => candidate.name === name);
  if (!target) throw new ContainerConfigError(`unable to find target container ${name}`);
  return target;
}

/** How many there were before, also where the runtime has forgotten them. It numbers the logs and counts the restarts. */
async function nextAttempt(context: AgentContext, pod: Pod, name: string, history: readonly PodContainer[]): Promise<number> {
  const latest = history[0];
  if (latest) return Math.max(latest.attempt, restartCountOf(latest)) + 1;
  const logged = await context.files.nextAttempt(pod, name);
  return Math.max(logged, anyContainerStatus(pod.status, name)?.restartCount ?? 0);
}

function mustNotBeRoot(pod: Pod, container: Container | EphemeralContainer): boolean {
  return (container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot) === true;
}

/** The container's image. Rejects with `StartError`. */
async function ensureImage(context: AgentContext, pod: Pod, container: Container | EphemeralContainer): Promise<string> {
  try {
    return await context.images.ensure(pod, container);
  } catch (error) {
    const reason = error instanceof Error && "reason" in error && typeof error.reason === "string" ? error.reason : "ErrImagePull";
    throw new StartError(reason, textOf(error));
  }
}

/** A runtime's error as upstream shows it. */
export function textOf(error: unknown): string {
  if (error instanceof RuntimeError) return error.rpcText;
  return error instanceof Error ? error.message : String(error);
}
