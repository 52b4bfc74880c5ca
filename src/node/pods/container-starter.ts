import type { Container, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import { uidOf } from "../../machinery/object.ts";
import type { ContainerStatus, PodSandboxConfig, PodSandboxStatus } from "../runtime/runtime.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import type { MountedVolume } from "../volumes/volume-manager.ts";
import type { AgentContext } from "./agent-context.ts";
import { containerConfig } from "./container-config.ts";
import { ContainerConfigError } from "./environment.ts";
import { runHook } from "./lifecycle-hooks.ts";
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
  history: readonly ContainerStatus[];
  targetId?: string;
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
  const imageId = await ensureImage(context, pod, container);
  const image = await runtime.imageStatus(imageId);
  const latest = options.history[0];
  const restartCount = latest ? restartCountOf(latest) + 1 : 0;
  const attempt = latest ? Math.max(latest.attempt + 1, restartCount) : 0;
  const podIPs = pod.spec?.hostNetwork ? context.hostAddresses() : context.addresses.of(uidOf(pod));
  let config: Awaited<ReturnType<typeof containerConfig>>;
  try {
    config = await containerConfig(pod, container as Container, {
      files: context.files,
      imageId,
      image,
      attempt,
      restartCount,
      volumes: options.volumes,
      hostsFile: options.hostsFile,
      environment: {
        objects: context.objects,
        services: context.servicesFor(pod),
        facts: { podIPs, hostIPs: context.hostAddresses(), node: context.node() },
      },
      memoryCapacity: context.memoryCapacity,
      ...(options.targetId ? { targetId: options.targetId } : {}),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    recorder.event(pod, "Warning", "Failed", `Error: ${message}`, about);
    throw new StartError(error instanceof ContainerConfigError ? "CreateContainerConfigError" : "CreateContainerError", message);
  }
  let id: string;
  try {
    id = await runtime.createContainer(options.sandbox.id, config, options.sandboxConfig);
  } catch (error) {
    const message = textOf(error);
    recorder.event(pod, "Warning", "Failed", `Error: ${message}`, about);
    throw new StartError("CreateContainerError", message);
  }
  recorder.event(pod, "Normal", "Created", "Container created", about);
  try {
    await runtime.startContainer(id);
  } catch (error) {
    const message = textOf(error);
    recorder.event(pod, "Warning", "Failed", `Error: ${message}`, about);
    throw new StartError("RunContainerError", message);
  }
  recorder.event(pod, "Normal", "Started", "Container started", about);
  const hook = container.lifecycle?.postStart;
  if (hook) {
    try {
      await runHook(context, hook, container as Container, id, podIPs[0] ?? "", 0);
    } catch (error) {
      recorder.event(pod, "Warning", "FailedPostStartHook", `PostStartHook failed`, about);
      context.logger.debug("a postStart hook failed", { pod: pod.metadata.name, container: container.name, error });
      await runtime.stopContainer(id, pod.spec?.terminationGracePeriodSeconds ?? 30);
      throw new StartError("PostStartHookError", error instanceof Error ? error.message : String(error));
    }
  }
  return id;
}

async function ensureImage(context: AgentContext, pod: Pod, container: Container | EphemeralContainer): Promise<string> {
  try {
    return await context.images.ensure(pod, container);
  } catch (error) {
    const reason = error instanceof Error && "reason" in error && typeof error.reason === "string" ? error.reason : "ErrImagePull";
    throw new StartError(reason, error instanceof Error ? error.message : String(error));
  }
}

/** A runtime's error as upstream shows it. */
export function textOf(error: unknown): string {
  if (error instanceof RuntimeError) return error.rpcText;
  return error instanceof Error ? error.message : String(error);
}

export function fieldPathOf(pod: Pod, name: string): string {
  if (pod.spec?.initContainers?.some((container) => container.name === name)) return `spec.initContainers{${name}}`;
  if (pod.spec?.ephemeralContainers?.some((container) => container.name === name)) return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}
