import type {
  Container,
  ContainerConfig,
  ContainerFilter,
  ContainerSecurityContext,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  FilesystemUsage,
  Image,
  LinuxResources,
  Mount,
  NamespaceMode,
  NamespaceOptions,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxFilter,
  PodSandboxStatus,
  SandboxSecurityContext,
  SecurityProfile,
} from "../runtime.ts";
import type { WireMessage } from "./grpc-connection.ts";

/** Between the typed values of `runtime.ts` and CRI's messages. Undefined fields stay unset on the wire. */

const namespaceModes: Record<NamespaceMode, string> = { pod: "POD", container: "CONTAINER", node: "NODE", target: "TARGET" };
const containerStates: Record<ContainerState, string> = {
  created: "CONTAINER_CREATED",
  running: "CONTAINER_RUNNING",
  exited: "CONTAINER_EXITED",
  unknown: "CONTAINER_UNKNOWN",
};
const containerStateNames = new Map(Object.entries(containerStates).map(([name, wire]) => [wire, name as ContainerState]));
const propagations = {
  private: "PROPAGATION_PRIVATE",
  hostToContainer: "PROPAGATION_HOST_TO_CONTAINER",
  bidirectional: "PROPAGATION_BIDIRECTIONAL",
} as const;
const propagationNames = new Map(Object.entries(propagations).map(([name, wire]) => [wire, name as keyof typeof propagations]));

const milliseconds = (nanoseconds: number): number => nanoseconds / 1e6;

function int64(value: number | undefined): WireMessage {
  return value === undefined ? undefined : { value };
}

function namespaces(options: NamespaceOptions | undefined): WireMessage {
  if (!options) return undefined;
  return {
    network: namespaceModes[options.network],
    pid: namespaceModes[options.pid],
    ipc: namespaceModes[options.ipc],
    target_id: options.targetId,
  };
}

function profile(value: SecurityProfile | undefined): WireMessage {
  return value && { profile_type: value.type, localhost_ref: value.localhostRef };
}

function securityContext(context: SandboxSecurityContext): WireMessage {
  return {
    namespace_options: namespaces(context.namespaces),
    selinux_options: context.selinux,
    run_as_user: int64(context.runAsUser),
    run_as_group: int64(context.runAsGroup),
    supplemental_groups: context.supplementalGroups,
    supplemental_groups_policy: context.supplementalGroupsPolicy,
    readonly_rootfs: context.readonlyRootfs,
    privileged: context.privileged,
    seccomp: profile(context.seccomp),
    apparmor: profile(context.apparmor),
  };
}

function containerSecurityContext(context: ContainerSecurityContext): WireMessage {
  return {
    ...securityContext(context),
    capabilities:
      context.addCapabilities || context.dropCapabilities
        ? { add_capabilities: context.addCapabilities, drop_capabilities: context.dropCapabilities }
        : undefined,
    run_as_username: context.runAsUsername,
    no_new_privs: context.noNewPrivileges,
    masked_paths: context.maskedPaths,
    readonly_paths: context.readonlyPaths,
    // containerd 1.6 reads AppArmor's profile from the older field only.
    apparmor_profile:
      context.apparmor?.type === "Unconfined"
        ? "unconfined"
        : context.apparmor?.type === "RuntimeDefault"
          ? "runtime/default"
          : context.apparmor?.localhostRef && `localhost/${context.apparmor.localhostRef}`,
  };
}

export function resourcesToWire(resources: LinuxResources | undefined): WireMessage {
  if (!resources) return undefined;
  return {
    cpu_period: resources.cpuPeriod,
    cpu_quota: resources.cpuQuota,
    cpu_shares: resources.cpuShares,
    memory_limit_in_bytes: resources.memoryLimitBytes,
    memory_swap_limit_in_bytes: resources.memorySwapLimitBytes,
    oom_score_adj: resources.oomScoreAdj,
    cpuset_cpus: resources.cpusetCpus,
    cpuset_mems: resources.cpusetMems,
    hugepage_limits: resources.hugepageLimits?.map(({ pageSize, limitBytes }) => ({ page_size: pageSize, limit: limitBytes })),
    unified: resources.unified,
  };
}

function resourcesFromWire(wire: WireMessage): LinuxResources | undefined {
  if (!wire) return undefined;
  return {
    cpuPeriod: wire.cpu_period,
    cpuQuota: wire.cpu_quota,
    cpuShares: wire.cpu_shares,
    memoryLimitBytes: wire.memory_limit_in_bytes,
    memorySwapLimitBytes: wire.memory_swap_limit_in_bytes,
    oomScoreAdj: wire.oom_score_adj,
    cpusetCpus: wire.cpuset_cpus,
    cpusetMems: wire.cpuset_mems,
  };
}

export function sandboxConfigToWire(config: PodSandboxConfig): WireMessage {
  return {
    metadata: config.metadata,
    hostname: config.hostname,
    log_directory: config.logDirectory,
    dns_config: config.dns,
    port_mappings: config.portMappings?.map((port) => ({
      protocol: port.protocol,
      container_port: port.containerPort,
      host_port: port.hostPort,
      host_ip: port.hostIp,
    })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroup_parent: config.cgroupParent,
      security_context: securityContext(config.security ?? {}),
      sysctls: config.sysctls,
      overhead: resourcesToWire(config.overhead),
      resources: resourcesToWire(config.resources),
    },
  };
}

export function sandboxFilterToWire(filter: PodSandboxFilter | undefined): WireMessage {
  if (!filter) return undefined;
  return {
    id: filter.id,
    state: filter.state && { state: filter.state === "ready" ? "SANDBOX_READY" : "SANDBOX_NOTREADY" },
    label_selector: filter.labels,
  };
}

export function sandboxFromWire(wire: WireMessage): PodSandbox {
  return {
    id: wire.id,
    metadata: {
      name: wire.metadata?.name ?? "",
      namespace: wire.metadata?.namespace ?? "",
      uid: wire.metadata?.uid ?? "",
      attempt: wire.metadata?.attempt ?? 0,
    },
    state: wire.state === "SANDBOX_READY" ? "ready" : "notReady",
    createdAt: milliseconds(wire.created_at),
    labels: wire.labels,
    annotations: wire.annotations,
    runtimeHandler: wire.runtime_handler,
  };
}

export function sandboxStatusFromWire(wire: WireMessage): PodSandboxStatus {
  const ips: string[] = wire.network?.ip ? [wire.network.ip] : [];
  for (const { ip } of wire.network?.additional_ips ?? []) if (ip) ips.push(ip);
  const network = wire.linux?.namespaces?.options?.network === "NODE" ? "node" : "pod";
  return { ...sandboxFromWire(wire), ips, network };
}

function mountToWire(mount: Mount): WireMessage {
  return {
    container_path: mount.containerPath,
    host_path: mount.hostPath,
    readonly: mount.readonly,
    recursive_read_only: mount.recursiveReadOnly,
    selinux_relabel: mount.selinuxRelabel,
    propagation: mount.propagation && propagations[mount.propagation],
    image: mount.image === undefined ? undefined : { image: mount.image },
    image_sub_path: mount.imageSubPath,
  };
}

function mountFromWire(wire: WireMessage): Mount {
  return {
    containerPath: wire.container_path,
    hostPath: wire.host_path,
    readonly: wire.readonly,
    recursiveReadOnly: wire.recursive_read_only,
    selinuxRelabel: wire.selinux_relabel,
    propagation: propagationNames.get(wire.propagation) ?? "private",
  };
}

export function containerConfigToWire(config: ContainerConfig): WireMessage {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image, user_specified_image: config.userSpecifiedImage },
    command: config.command,
    args: config.args,
    working_dir: config.workingDir,
    envs: config.env?.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
    mounts: config.mounts?.map(mountToWire),
    devices: config.devices?.map((device) => ({
      container_path: device.containerPath,
      host_path: device.hostPath,
      permissions: device.permissions,
    })),
    labels: config.labels,
    annotations: config.annotations,
    log_path: config.logPath,
    stdin: config.stdin,
    stdin_once: config.stdinOnce,
    tty: config.tty,
    linux: { resources: resourcesToWire(config.resources), security_context: containerSecurityContext(config.security ?? {}) },
    stop_signal: config.stopSignal,
  };
}

export function containerFilterToWire(filter: ContainerFilter | undefined): WireMessage {
  if (!filter) return undefined;
  return {
    id: filter.id,
    pod_sandbox_id: filter.sandboxId,
    state: filter.state && { state: containerStates[filter.state] },
    label_selector: filter.labels,
  };
}

export function containerFromWire(wire: WireMessage): Container {
  return {
    id: wire.id,
    sandboxId: wire.pod_sandbox_id,
    name: wire.metadata?.name ?? "",
    attempt: wire.metadata?.attempt ?? 0,
    image: wire.image?.user_specified_image || (wire.image?.image ?? ""),
    imageRef: wire.image_ref,
    imageId: wire.image_id || wire.image_ref,
    state: containerStateNames.get(wire.state) ?? "unknown",
    createdAt: milliseconds(wire.created_at),
    labels: wire.labels,
    annotations: wire.annotations,
  };
}

export function containerStatusFromWire(wire: WireMessage): ContainerStatus {
  const status: ContainerStatus = {
    id: wire.id,
    name: wire.metadata?.name ?? "",
    attempt: wire.metadata?.attempt ?? 0,
    state: containerStateNames.get(wire.state) ?? "unknown",
    createdAt: milliseconds(wire.created_at),
    startedAt: milliseconds(wire.started_at),
    // A runtime may note the start of a short run after its end.
    finishedAt: wire.finished_at === 0 ? 0 : milliseconds(Math.max(wire.finished_at, wire.started_at)),
    exitCode: wire.exit_code,
    reason: wire.reason,
    message: wire.message,
    image: wire.image?.user_specified_image || (wire.image?.image ?? ""),
    imageRef: wire.image_ref,
    imageId: wire.image_id || wire.image_ref,
    labels: wire.labels,
    annotations: wire.annotations,
    mounts: wire.mounts.map(mountFromWire),
    logPath: wire.log_path,
  };
  const resources = resourcesFromWire(wire.resources?.linux);
  if (resources) status.resources = resources;
  const user = wire.user?.linux;
  if (user) status.user = { uid: user.uid, gid: user.gid, supplementalGroups: user.supplemental_groups };
  if (wire.stop_signal && wire.stop_signal !== "RUNTIME_DEFAULT") status.stopSignal = wire.stop_signal;
  return status;
}

export function filesystemFromWire(wire: WireMessage): FilesystemUsage {
  return {
    timestamp: milliseconds(wire.timestamp),
    mountpoint: wire.fs_id?.mountpoint ?? "",
    usedBytes: wire.used_bytes?.value ?? 0,
    inodesUsed: wire.inodes_used?.value ?? 0,
  };
}

export function containerStatsFromWire(wire: WireMessage): ContainerStats {
  const { attributes, cpu, memory } = wire;
  const stats: ContainerStats = {
    id: attributes?.id ?? "",
    name: attributes?.metadata?.name ?? "",
    attempt: attributes?.metadata?.attempt ?? 0,
    labels: attributes?.labels ?? {},
    annotations: attributes?.annotations ?? {},
    timestamp: milliseconds(cpu?.timestamp ?? memory?.timestamp ?? 0),
  };
  if (cpu?.usage_core_nano_seconds) stats.cpuUsageNanoseconds = cpu.usage_core_nano_seconds.value;
  if (cpu?.usage_nano_cores) stats.cpuNanoCores = cpu.usage_nano_cores.value;
  if (memory?.working_set_bytes) stats.memoryWorkingSetBytes = memory.working_set_bytes.value;
  if (memory?.usage_bytes) stats.memoryUsageBytes = memory.usage_bytes.value;
  if (memory?.available_bytes) stats.memoryAvailableBytes = memory.available_bytes.value;
  if (memory?.rss_bytes) stats.memoryRssBytes = memory.rss_bytes.value;
  if (memory?.page_faults) stats.memoryPageFaults = memory.page_faults.value;
  if (memory?.major_page_faults) stats.memoryMajorPageFaults = memory.major_page_faults.value;
  if (wire.writable_layer) stats.writableLayer = filesystemFromWire(wire.writable_layer);
  return stats;
}

export function imageFromWire(wire: WireMessage): Image {
  const image: Image = {
    id: wire.id,
    repoTags: wire.repo_tags,
    repoDigests: wire.repo_digests,
    sizeBytes: wire.size,
    username: wire.username,
    pinned: wire.pinned,
  };
  if (wire.uid) image.uid = wire.uid.value;
  return image;
}
