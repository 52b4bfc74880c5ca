import { lstat, mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { AppArmorProfile, Container, Pod, SeccompProfile, VolumeMount } from "../../api/core/v1.ts";
import { uidOf } from "../../machinery/object.ts";
import type { ContainerConfig, ContainerSecurityContext, Image, Mount, NamespaceOptions, SecurityProfile } from "../runtime/runtime.ts";
import type { MountedVolume } from "../volumes/volume-manager.ts";
import { containerHash } from "./container-hash.ts";
import { ContainerConfigError, type EnvironmentSources, makeEnvironment } from "./environment.ts";
import { expand } from "./expansion.ts";
import { containerAnnotations, identityLabels, podLabels } from "./labels.ts";
import { containerResources } from "./linux-resources.ts";
import type { PodFiles } from "./pod-files.ts";

const maskedPaths = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

export interface ContainerContext {
  files: PodFiles;
  /** The id that the runtime knows the image by. */
  imageId: string;
  image: Image | undefined;
  attempt: number;
  restartCount: number;
  volumes: ReadonlyMap<string, MountedVolume>;
  hostsFile: string;
  environment: EnvironmentSources;
  memoryCapacity: number;
  /** The id of the container that an ephemeral container shares processes with. */
  targetId?: string;
}

/** All that the runtime is told to make one container. Rejects with `ContainerConfigError`. */
export async function containerConfig(pod: Pod, container: Container, context: ContainerContext): Promise<ContainerConfig> {
  const env = await makeEnvironment(pod, container, context.environment);
  const variables = new Map(env.map(({ name, value }) => [name, value]));
  const expandAll = (texts: string[] | undefined) => texts?.map((text) => expand(text, variables));
  checkUser(pod, container, context.image);
  const command = expandAll(container.command);
  const args = expandAll(container.args);
  const gracePeriod = Number(pod.spec?.terminationGracePeriodSeconds ?? 30);
  return {
    name: container.name,
    attempt: context.attempt,
    image: context.imageId,
    userSpecifiedImage: container.image ?? "",
    ...(command?.length ? { command } : {}),
    ...(args?.length ? { args } : {}),
    workingDir: container.workingDir ?? "",
    env,
    mounts: await mountsOf(pod, container, context, variables),
    labels: { ...identityLabels(pod), [podLabels.container]: container.name },
    annotations: {
      [containerAnnotations.hash]: containerHash(container),
      [containerAnnotations.restartCount]: String(context.restartCount),
      [containerAnnotations.terminationMessagePath]: container.terminationMessagePath ?? "/dev/termination-log",
      [containerAnnotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? "File",
      [containerAnnotations.gracePeriod]: String(gracePeriod),
    },
    logPath: context.files.logPath(container.name, context.attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: containerResources(pod, container, context.memoryCapacity),
    security: containerSecurity(pod, container, context.targetId),
    ...(isInit(pod, container) ? { init: true } : {}),
    ...(container.lifecycle?.stopSignal ? { stopSignal: container.lifecycle.stopSignal } : {}),
  };
}

/** Sidecars run on. */
function isInit(pod: Pod, { name, restartPolicy }: Container): boolean {
  return restartPolicy !== "Always" && pod.spec?.initContainers?.some((one) => one.name === name) === true;
}

/** A container that must not run as root must be known not to. */
function checkUser(pod: Pod, container: Container, image: Image | undefined): void {
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot;
  if (!nonRoot) return;
  const user = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${uidOf(pod)})", container: ${container.name})`;
  if (user === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (user !== undefined) return;
  if (image?.uid !== undefined && image.uid !== 0) return;
  if (image?.username) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
  }
  throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}

export function namespaceOptions(pod: Pod, targetId?: string): NamespaceOptions {
  const pid = pod.spec?.hostPID ? "node" : targetId ? "target" : pod.spec?.shareProcessNamespace ? "pod" : "container";
  return {
    network: pod.spec?.hostNetwork ? "node" : "pod",
    pid,
    ipc: pod.spec?.hostIPC ? "node" : "pod",
    ...(pid === "target" && targetId ? { targetId } : {}),
  };
}

function containerSecurity(pod: Pod, container: Container, targetId: string | undefined): ContainerSecurityContext {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const runAsUser = own?.runAsUser ?? shared?.runAsUser;
  const runAsGroup = own?.runAsGroup ?? shared?.runAsGroup;
  const groups = [...(shared?.supplementalGroups ?? []), ...(shared?.fsGroup === undefined ? [] : [shared.fsGroup])];
  const unmasked = own?.procMount === "Unmasked" || own?.privileged === true;
  const apparmor = own?.appArmorProfile ?? shared?.appArmorProfile;
  return {
    namespaces: namespaceOptions(pod, targetId),
    privileged: own?.privileged ?? false,
    readonlyRootfs: own?.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    addCapabilities: own?.capabilities?.add ?? [],
    dropCapabilities: own?.capabilities?.drop ?? [],
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(groups.length > 0 ? { supplementalGroups: groups } : {}),
    ...(shared?.supplementalGroupsPolicy ? { supplementalGroupsPolicy: shared.supplementalGroupsPolicy as "Merge" | "Strict" } : {}),
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    seccomp: own?.privileged ? { type: "Unconfined" } : seccompOf(own?.seccompProfile ?? shared?.seccompProfile),
    ...(apparmor ? { apparmor: apparmorOf(apparmor) } : {}),
  };
}

function seccompOf(profile: SeccompProfile | undefined): SecurityProfile {
  if (profile?.type === "RuntimeDefault") return { type: "RuntimeDefault" };
  if (profile?.type === "Localhost")
    return { type: "Localhost", localhostRef: `/var/lib/kubelet/seccomp/${profile.localhostProfile ?? ""}` };
  return { type: "Unconfined" };
}

function apparmorOf(profile: AppArmorProfile): SecurityProfile {
  if (profile.type === "Localhost") return { type: "Localhost", localhostRef: profile.localhostProfile ?? "" };
  return { type: profile.type === "Unconfined" ? "Unconfined" : "RuntimeDefault" };
}

async function mountsOf(
  pod: Pod,
  container: Container,
  context: ContainerContext,
  variables: ReadonlyMap<string, string>,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = context.volumes.get(mount.name);
    if (!volume) throw new ContainerConfigError(`volume "${mount.name}" is not mounted yet`);
    mounts.push(await mountOf(mount, volume, variables));
  }
  // A mount that covers these files itself wins.
  const covers = (path: string) => mounts.some((mount) => mount.containerPath === path);
  if (context.hostsFile !== "" && !covers("/etc/hosts")) mounts.push({ containerPath: "/etc/hosts", hostPath: context.hostsFile });
  const messagePath = container.terminationMessagePath ?? "/dev/termination-log";
  if (messagePath !== "" && !covers(messagePath)) {
    const hostPath = await context.files.makeTerminationLog(uidOf(pod), container.name, context.attempt);
    mounts.push({ containerPath: messagePath, hostPath });
  }
  return mounts;
}

async function mountOf(mount: VolumeMount, volume: MountedVolume, variables: ReadonlyMap<string, string>): Promise<Mount> {
  const readonly = volume.readOnly || mount.readOnly === true;
  const subPath = mount.subPathExpr ? expand(mount.subPathExpr, variables) : (mount.subPath ?? "");
  if (volume.image) {
    return {
      containerPath: mount.mountPath,
      hostPath: "",
      image: volume.image,
      readonly: true,
      ...(subPath ? { imageSubPath: subPath } : {}),
    };
  }
  const propagation =
    mount.mountPropagation === "Bidirectional"
      ? "bidirectional"
      : mount.mountPropagation === "HostToContainer"
        ? "hostToContainer"
        : "private";
  return {
    containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
    hostPath: subPath === "" ? volume.hostPath : await subPathOf(volume.hostPath, subPath, mount.name),
    readonly,
    propagation,
  };
}

/** A path inside a volume, made when it isn't there. Links that lead out of the volume are refused. */
async function subPathOf(volume: string, subPath: string, name: string): Promise<string> {
  const wanted = resolve(volume, subPath);
  if (subPath.startsWith("/") || (wanted !== volume && !wanted.startsWith(`${volume}/`))) {
    throw new ContainerConfigError(`subpath "${subPath}" of volume "${name}" leads out of the volume`);
  }
  const base = await realpath(volume);
  // From the top down, so that a link on the way is found before anything is made behind it.
  let path = volume;
  for (const part of subPath.split("/").filter((segment) => segment !== "" && segment !== ".")) {
    path = join(path, part);
    try {
      await lstat(path);
    } catch {
      await mkdir(path, { mode: 0o750 });
    }
    const real = await realpath(path);
    if (real !== base && !real.startsWith(`${base}/`)) {
      throw new ContainerConfigError(`subpath "${subPath}" of volume "${name}" leads out of the volume`);
    }
  }
  return await realpath(path);
}
