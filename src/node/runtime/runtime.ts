import type { Duplex, Readable, Writable } from "node:stream";

/**
 * What the node agent needs of a container runtime. The shape follows CRI v1 (one sandbox per pod, containers inside it), in plain
 * TypeScript: numbers and strings only, times in milliseconds since the epoch (0: not yet), sizes in bytes.
 *
 * Every call may be made again after a crash of either side: stopping what is stopped and removing what is gone succeed.
 * Calls throw `RuntimeError`; a sandbox, container or image that isn't there is `NotFound`, but for `imageStatus`, which
 * answers undefined.
 */
export interface ContainerRuntime {
  /** Its events are never missed: nobody has to look whether something has changed. */
  readonly eventsAreComplete?: boolean;
  /** Name and version of the runtime. */
  version(): Promise<RuntimeVersion>;
  /** Whether the runtime and its network are ready. */
  status(): Promise<RuntimeStatus>;

  /** Makes and starts a sandbox, network included; answers its id. */
  runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string): Promise<string>;
  /** Kills what runs in the sandbox and takes its network down. Idempotent. */
  stopPodSandbox(sandboxId: string): Promise<void>;
  /** Removes the sandbox with its containers, by force. Idempotent. */
  removePodSandbox(sandboxId: string): Promise<void>;
  /** State, addresses and labels of a sandbox. */
  podSandboxStatus(sandboxId: string): Promise<PodSandboxStatus>;
  /** All sandboxes that match; all of them without a filter. */
  listPodSandboxes(filter?: PodSandboxFilter): Promise<PodSandbox[]>;

  /** Makes a container in a sandbox; its image must be there. Answers its id. */
  createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig): Promise<string>;
  /** Starts a created container. */
  startContainer(containerId: string): Promise<void>;
  /** Sends the stop signal, then kills after the grace period (0: at once). Resolves when it has ended. Idempotent. */
  stopContainer(containerId: string, graceSeconds: number): Promise<void>;
  /** Removes a container and its writable layer, by force. Its log file stays. Idempotent. */
  removeContainer(containerId: string): Promise<void>;
  /** State, times, exit code and reason of a container. */
  containerStatus(containerId: string): Promise<ContainerStatus>;
  /** All containers that match; all of them without a filter. */
  listContainers(filter?: ContainerFilter): Promise<Container[]>;
  /** Changes cpu, memory and cpuset limits of a container in place; fields left out stay as they are. */
  updateContainerResources(containerId: string, resources: LinuxResources): Promise<void>;
  /** Lets the runtime open the log file anew after it was renamed. */
  reopenContainerLog(containerId: string): Promise<void>;

  /** Runs a command to its end; output is limited to 16 MiB. `DeadlineExceeded` after the timeout (0: none). */
  execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /**
   * Present where containers have no ports that anything could connect to: says whether a probe or hook over the network would
   * succeed.
   */
  answersNetwork?(containerId: string): Promise<boolean>;
  /** Starts a command with streams. */
  exec(containerId: string, options: ExecOptions): Promise<StreamSession>;
  /** Attaches to the streams of the container's main process. */
  attach(containerId: string, options: AttachOptions): Promise<StreamSession>;
  /** Connects to a TCP port inside the sandbox, on its loopback. */
  portForward(sandboxId: string, port: number, signal?: AbortSignal): Promise<Duplex>;

  /** Usage of one container. */
  containerStats(containerId: string): Promise<ContainerStats>;
  /** Usage of all containers that match. */
  listContainerStats(filter?: ContainerFilter): Promise<ContainerStats[]>;
  /**
   * Starts, exits and removals as they happen, until the signal is aborted. Ends by throwing: `Unimplemented` when the runtime
   * tells no events (poll then), `Unavailable` when it went away (list anew, then call again). Events may be missed between
   * two calls, never within one. `onReady` is called once, when the subscription stands.
   */
  containerEvents(signal: AbortSignal, onReady?: () => void): AsyncIterable<ContainerEvent>;

  /** All images, or those that a reference names. */
  listImages(reference?: string): Promise<Image[]>;
  /** The image that a reference or id names; undefined when it isn't there. */
  imageStatus(reference: string): Promise<Image | undefined>;
  /** Pulls an image; answers the id to hand to `createContainer`. */
  pullImage(reference: string, options?: PullOptions): Promise<string>;
  /** Removes an image. Idempotent. */
  removeImage(reference: string): Promise<void>;
  /** Usage of the file systems that hold images and writable layers. */
  imageFsInfo(): Promise<FilesystemUsage[]>;

  /** Drops the connection; containers run on. */
  close(): void;
}

/** gRPC's names, as they appear in upstream's events. */
export type RuntimeErrorCode =
  | "Canceled"
  | "Unknown"
  | "InvalidArgument"
  | "DeadlineExceeded"
  | "NotFound"
  | "AlreadyExists"
  | "PermissionDenied"
  | "ResourceExhausted"
  | "FailedPrecondition"
  | "Aborted"
  | "OutOfRange"
  | "Unimplemented"
  | "Internal"
  | "Unavailable"
  | "DataLoss"
  | "Unauthenticated";

/** Why a call to the runtime failed. `message` is the runtime's own text. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuntimeError";
    this.code = code;
  }

  /** The form in which upstream's events and statuses quote it. */
  get rpcText(): string {
    return `rpc error: code = ${this.code} desc = ${this.message}`;
  }
}

export function isRuntimeError(error: unknown, code: RuntimeErrorCode): error is RuntimeError {
  return error instanceof RuntimeError && error.code === code;
}

export interface RuntimeVersion {
  /** As `containerd`. */
  runtimeName: string;
  runtimeVersion: string;
  runtimeApiVersion: string;
}

export interface RuntimeCondition {
  /** `RuntimeReady` or `NetworkReady`. */
  type: string;
  status: boolean;
  reason: string;
  message: string;
}

export interface RuntimeHandler {
  /** Empty for the default handler. */
  name: string;
  recursiveReadOnlyMounts: boolean;
  userNamespaces: boolean;
}

export interface RuntimeStatus {
  conditions: RuntimeCondition[];
  handlers: RuntimeHandler[];
  supplementalGroupsPolicy: boolean;
}

export interface PodSandboxMetadata {
  name: string;
  namespace: string;
  uid: string;
  attempt: number;
}

export interface DnsConfig {
  servers: string[];
  searches: string[];
  options: string[];
}

export interface PortMapping {
  protocol: "TCP" | "UDP" | "SCTP";
  containerPort: number;
  hostPort: number;
  /** Empty: all addresses. */
  hostIp: string;
}

/** `pod`: shared by the pod's containers; `container`: its own; `node`: the host's; `target`: that of `targetId`. */
export type NamespaceMode = "pod" | "container" | "node" | "target";

export interface NamespaceOptions {
  network: "pod" | "node";
  pid: NamespaceMode;
  ipc: "pod" | "node";
  /** The container whose process namespace `target` means. */
  targetId?: string;
}

export interface SecurityProfile {
  type: "RuntimeDefault" | "Unconfined" | "Localhost";
  /** A profile's path (seccomp) or name (AppArmor), with `Localhost`. */
  localhostRef?: string;
}

export interface SelinuxOptions {
  user: string;
  role: string;
  type: string;
  level: string;
}

export interface SandboxSecurityContext {
  namespaces?: NamespaceOptions;
  selinux?: SelinuxOptions;
  runAsUser?: number;
  runAsGroup?: number;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: "Merge" | "Strict";
  readonlyRootfs?: boolean;
  privileged?: boolean;
  seccomp?: SecurityProfile;
  apparmor?: SecurityProfile;
}

export interface PodSandboxConfig {
  metadata: PodSandboxMetadata;
  /** Empty with the host's network. */
  hostname?: string;
  /** The directory that containers' `logPath` starts from. */
  logDirectory?: string;
  /** The runtime writes the pod's resolv.conf from it; the host's is used when absent. */
  dns?: DnsConfig;
  portMappings?: PortMapping[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** The cgroup that the pod's cgroups are made in, as `/kybern-1a2b/burstable/pod123`. */
  cgroupParent?: string;
  sysctls?: Record<string, string>;
  security?: SandboxSecurityContext;
  overhead?: LinuxResources;
  resources?: LinuxResources;
}

export interface PodSandboxFilter {
  id?: string;
  state?: PodSandboxState;
  labels?: Record<string, string>;
}

export type PodSandboxState = "ready" | "notReady";

export interface PodSandbox {
  id: string;
  metadata: PodSandboxMetadata;
  state: PodSandboxState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}

export interface PodSandboxStatus extends PodSandbox {
  /** The pod's addresses, the primary one first; none with the host's network or once stopped. */
  ips: string[];
  network: "pod" | "node";
}

export interface EnvironmentVariable {
  name: string;
  value: string;
}

export interface Mount {
  containerPath: string;
  /** Empty with `image`. */
  hostPath: string;
  readonly?: boolean;
  recursiveReadOnly?: boolean;
  selinuxRelabel?: boolean;
  propagation?: "private" | "hostToContainer" | "bidirectional";
  /** An image whose file system is mounted. */
  image?: string;
  imageSubPath?: string;
}

export interface Device {
  containerPath: string;
  hostPath: string;
  /** Of `r`, `w`, `m`. */
  permissions: string;
}

export interface LinuxResources {
  cpuPeriod?: number;
  cpuQuota?: number;
  cpuShares?: number;
  memoryLimitBytes?: number;
  memorySwapLimitBytes?: number;
  oomScoreAdj?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  hugepageLimits?: { pageSize: string; limitBytes: number }[];
  /** cgroup v2 files and their values. */
  unified?: Record<string, string>;
}

export interface ContainerSecurityContext extends SandboxSecurityContext {
  addCapabilities?: string[];
  dropCapabilities?: string[];
  runAsUsername?: string;
  noNewPrivileges?: boolean;
  maskedPaths?: string[];
  readonlyPaths?: string[];
}

export interface ContainerConfig {
  name: string;
  attempt: number;
  /** The id that `pullImage` or `imageStatus` answered. */
  image: string;
  /** The reference as the pod's spec has it. */
  userSpecifiedImage?: string;
  /** The image's entry point when absent. */
  command?: string[];
  /** The image's command when both are absent. */
  args?: string[];
  workingDir?: string;
  env?: EnvironmentVariable[];
  mounts?: Mount[];
  devices?: Device[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Below the sandbox's `logDirectory`. */
  logPath?: string;
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
  resources?: LinuxResources;
  security?: ContainerSecurityContext;
  /** As `SIGUSR1`; the image's when absent. */
  /** The pod waits for its end: an init container. Only simulations need to be told. */
  init?: boolean;
  stopSignal?: string;
}

export interface ContainerFilter {
  id?: string;
  sandboxId?: string;
  state?: ContainerState;
  labels?: Record<string, string>;
}

export type ContainerState = "created" | "running" | "exited" | "unknown";

export interface Container {
  id: string;
  sandboxId: string;
  name: string;
  attempt: number;
  image: string;
  imageRef: string;
  imageId: string;
  state: ContainerState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ContainerStatus {
  id: string;
  name: string;
  attempt: number;
  state: ContainerState;
  createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError` …; empty while it runs. */
  reason: string;
  message: string;
  /** The reference as asked for. */
  image: string;
  /** The reference with its digest, or the id where there is none. */
  imageRef: string;
  imageId: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  mounts: Mount[];
  logPath: string;
  /** Absent where the runtime doesn't report it (containerd before 1.7). */
  resources?: LinuxResources;
  user?: { uid: number; gid: number; supplementalGroups: number[] };
  stopSignal?: string;
  /** It isn't ready for so long after its start, whatever its probes say: a simulated one. */
  readyAfterMilliseconds?: number;
}

export interface ExecResult {
  stdout: Buffer;
  stderr: Buffer;
  exitCode: number;
}

export interface AttachOptions {
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  /** Must be false with `tty`. */
  stderr: boolean;
  /** Ends the session when aborted. */
  signal?: AbortSignal;
}

export interface ExecOptions extends AttachOptions {
  command: readonly string[];
}

/** A running exec or attach. Read `stdout` and `stderr` both: they share one connection, and one that nobody reads holds up the other. */
export interface StreamSession {
  /** Ending it closes the process's stdin; output goes on. Present when asked for, as the next two. */
  stdin?: Writable;
  stdout?: Readable;
  stderr?: Readable;
  /** Tells the terminal's size; nothing without `tty`. */
  resize(columns: number, rows: number): void;
  /** The exit code (0 for attach), once the process has ended and its output has arrived. Rejects with `RuntimeError`. */
  done: Promise<number>;
  /** Ends the session at once; `done` rejects with `Canceled` unless it was settled. */
  close(): void;
}

export interface ContainerStats {
  id: string;
  name: string;
  attempt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** When cpu and memory were read. */
  timestamp: number;
  cpuUsageNanoseconds?: number;
  cpuNanoCores?: number;
  memoryWorkingSetBytes?: number;
  memoryUsageBytes?: number;
  memoryAvailableBytes?: number;
  memoryRssBytes?: number;
  memoryPageFaults?: number;
  memoryMajorPageFaults?: number;
  writableLayer?: FilesystemUsage;
}

export interface FilesystemUsage {
  timestamp: number;
  mountpoint: string;
  usedBytes: number;
  inodesUsed: number;
}

export interface ContainerEvent {
  type: "created" | "started" | "stopped" | "deleted" | "oom";
  /** A container's id, or a sandbox's. */
  id: string;
  at: number;
}

export interface Image {
  /** `sha256:…` of its configuration. */
  id: string;
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
  /** The user that it runs as, when numeric. */
  uid?: number;
  username: string;
  /** Never to be removed by garbage collection. */
  pinned: boolean;
}

export interface RegistryAuth {
  username?: string;
  password?: string;
  auth?: string;
  serverAddress?: string;
  identityToken?: string;
  registryToken?: string;
}

export interface PullOptions {
  auth?: RegistryAuth;
  sandboxConfig?: PodSandboxConfig;
  signal?: AbortSignal;
}
