import { tmpdir } from "node:os";
import type { Duplex } from "node:stream";
import { type Clock, pause } from "../../../machinery/clock.ts";
import { NamespaceConnector } from "../../streaming/namespace-connector.ts";
import { openRemoteCommand } from "../../streaming/remote-command.ts";
import {
  criNamespace,
  eventEnvelope,
  eventFilters,
  eventOf,
  eventsDescriptor,
  publishMethod,
  publishRequest,
  publishResponse,
  subscribedTopic,
  subscribeMethod,
  subscribeRequest,
} from "../containerd/containerd-events.ts";
import { TaskApi, taskDescriptor } from "../containerd/task-api.ts";
import { execInTask } from "../containerd/task-exec.ts";
import {
  type AttachOptions,
  type Container,
  type ContainerConfig,
  type ContainerEvent,
  type ContainerFilter,
  type ContainerRuntime,
  type ContainerStats,
  type ContainerStatus,
  type ExecOptions,
  type ExecResult,
  type FilesystemUsage,
  type Image,
  isRuntimeError,
  type LinuxResources,
  type PodSandbox,
  type PodSandboxConfig,
  type PodSandboxFilter,
  type PodSandboxStatus,
  type PullOptions,
  RuntimeError,
  type RuntimeStatus,
  type RuntimeVersion,
  type StreamSession,
} from "../runtime.ts";
import {
  containerConfigToWire,
  containerFilterToWire,
  containerFromWire,
  containerStatsFromWire,
  containerStatusFromWire,
  filesystemFromWire,
  imageFromWire,
  resourcesToWire,
  sandboxConfigToWire,
  sandboxFilterToWire,
  sandboxFromWire,
  sandboxStatusFromWire,
} from "./cri-messages.ts";
import { GrpcConnection, type WireMessage } from "./grpc-connection.ts";

/** Upstream's default of `--runtime-request-timeout`. */
const callTimeoutSeconds = 120;
/** Making a sandbox waits for its network, which may be slow. */
const sandboxTimeoutSeconds = 240;

const eventTypes: Record<string, ContainerEvent["type"]> = {
  CONTAINER_CREATED_EVENT: "created",
  CONTAINER_STARTED_EVENT: "started",
  CONTAINER_STOPPED_EVENT: "stopped",
  CONTAINER_DELETED_EVENT: "deleted",
};

export interface CriRuntimeOptions {
  /** The path of the runtime's unix socket. */
  socketPath: string;
  clock: Clock;
  /** Where pipes to processes in containers are made; the system's directory for temporary files when absent. */
  pipeDirectory?: string;
}

/** A container runtime behind CRI v1 on a unix socket: containerd 1.6 or newer, or any other that speaks it. */
export class CriRuntime implements ContainerRuntime {
  readonly #connection: GrpcConnection;
  readonly #connector: NamespaceConnector;
  readonly #clock: Clock;
  readonly #pipeDirectory: string;
  readonly #closing = new AbortController();

  constructor(options: CriRuntimeOptions) {
    this.#clock = options.clock;
    this.#pipeDirectory = options.pipeDirectory ?? tmpdir();
    this.#connector = new NamespaceConnector(options);
    this.#connection = new GrpcConnection(options.socketPath, options.clock, [
      async () => (await import("./v1.json", { with: { type: "json" } })).default,
      async () => eventsDescriptor,
      async () => taskDescriptor,
    ]);
  }

  async version(): Promise<RuntimeVersion> {
    const response = await this.#runtime("Version", {});
    return {
      runtimeName: response.runtime_name,
      runtimeVersion: response.runtime_version,
      runtimeApiVersion: response.runtime_api_version,
    };
  }

  async status(): Promise<RuntimeStatus> {
    const response = await this.#runtime("Status", {});
    return {
      conditions: response.status?.conditions ?? [],
      handlers: response.runtime_handlers.map((handler: WireMessage) => ({
        name: handler.name,
        recursiveReadOnlyMounts: handler.features?.recursive_read_only_mounts ?? false,
        userNamespaces: handler.features?.user_namespaces ?? false,
      })),
      supplementalGroupsPolicy: response.features?.supplemental_groups_policy ?? false,
    };
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string): Promise<string> {
    const request = { config: sandboxConfigToWire(config), runtime_handler: runtimeHandler };
    return (await this.#runtime("RunPodSandbox", request, sandboxTimeoutSeconds)).pod_sandbox_id;
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    try {
      await this.#runtime("StopPodSandbox", { pod_sandbox_id: sandboxId });
    } catch (error) {
      // containerd before 1.7 doesn't forgive it.
      if (!isRuntimeError(error, "NotFound")) throw error;
    }
  }

  async removePodSandbox(sandboxId: string): Promise<void> {
    await this.#runtime("RemovePodSandbox", { pod_sandbox_id: sandboxId });
  }

  async podSandboxStatus(sandboxId: string): Promise<PodSandboxStatus> {
    return sandboxStatusFromWire((await this.#runtime("PodSandboxStatus", { pod_sandbox_id: sandboxId })).status);
  }

  async listPodSandboxes(filter?: PodSandboxFilter): Promise<PodSandbox[]> {
    return (await this.#runtime("ListPodSandbox", { filter: sandboxFilterToWire(filter) })).items.map(sandboxFromWire);
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig): Promise<string> {
    const request = {
      pod_sandbox_id: sandboxId,
      config: containerConfigToWire(config),
      sandbox_config: sandboxConfigToWire(sandboxConfig),
    };
    return (await this.#runtime("CreateContainer", request)).container_id;
  }

  async startContainer(containerId: string): Promise<void> {
    await this.#runtime("StartContainer", { container_id: containerId });
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    try {
      await this.#runtime("StopContainer", { container_id: containerId, timeout: graceSeconds }, callTimeoutSeconds + graceSeconds);
    } catch (error) {
      if (!isRuntimeError(error, "NotFound")) throw error;
    }
  }

  async removeContainer(containerId: string): Promise<void> {
    await this.#runtime("RemoveContainer", { container_id: containerId });
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return containerStatusFromWire((await this.#runtime("ContainerStatus", { container_id: containerId })).status);
  }

  async listContainers(filter?: ContainerFilter): Promise<Container[]> {
    return (await this.#runtime("ListContainers", { filter: containerFilterToWire(filter) })).containers.map(containerFromWire);
  }

  async updateContainerResources(containerId: string, resources: LinuxResources): Promise<void> {
    await this.#runtime("UpdateContainerResources", { container_id: containerId, linux: resourcesToWire(resources) });
  }

  async reopenContainerLog(containerId: string): Promise<void> {
    await this.#runtime("ReopenContainerLog", { container_id: containerId });
  }

  async execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    const request = { container_id: containerId, cmd: command, timeout: timeoutSeconds };
    // The runtime keeps the timeout itself; ours is only for a runtime that hangs.
    const response = await this.#runtime("ExecSync", request, timeoutSeconds > 0 ? timeoutSeconds + callTimeoutSeconds : 0);
    return { stdout: response.stdout, stderr: response.stderr, exitCode: response.exit_code };
  }

  async exec(containerId: string, options: ExecOptions): Promise<StreamSession> {
    const deps = {
      tasks: new TaskApi(this.#connection),
      clock: this.#clock,
      directory: this.#pipeDirectory,
      signal: this.#closing.signal,
    };
    try {
      return await execInTask(deps, containerId, options);
    } catch (error) {
      // Another runtime than containerd.
      if (!isRuntimeError(error, "Unimplemented")) throw error;
    }
    const { command, tty, stdin, stdout } = options;
    const stderr = options.stderr && !tty;
    const { url } = await this.#runtime("Exec", { container_id: containerId, cmd: command, tty, stdin, stdout, stderr });
    return openRemoteCommand(url, options);
  }

  async attach(containerId: string, options: AttachOptions): Promise<StreamSession> {
    const { tty, stdin, stdout } = options;
    const stderr = options.stderr && !tty;
    const { url } = await this.#runtime("Attach", { container_id: containerId, tty, stdin, stdout, stderr });
    return openRemoteCommand(url, options);
  }

  async portForward(sandboxId: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    const response = await this.#runtime("PodSandboxStatus", { pod_sandbox_id: sandboxId, verbose: true });
    const status = sandboxStatusFromWire(response.status);
    if (status.state !== "ready") throw new RuntimeError("Unknown", `sandbox container "${sandboxId}" is not running`);
    const namespace = status.network === "node" ? "/proc/self/ns/net" : networkNamespace(response.info.info);
    if (namespace === undefined)
      throw new RuntimeError("Unknown", `the container runtime doesn't tell the network namespace of sandbox "${sandboxId}"`);
    try {
      return await this.#connector.connect(namespace, port, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const detail = (error as Error).message;
      throw new RuntimeError("Unknown", `failed to connect to localhost:${port} inside namespace "${sandboxId}", ${detail}`, {
        cause: error,
      });
    }
  }

  async containerStats(containerId: string): Promise<ContainerStats> {
    const { stats } = await this.#runtime("ContainerStats", { container_id: containerId });
    if (!stats) throw new RuntimeError("NotFound", `no stats of container "${containerId}"`);
    return containerStatsFromWire(stats);
  }

  async listContainerStats(filter?: ContainerFilter): Promise<ContainerStats[]> {
    const wire = filter && { id: filter.id, pod_sandbox_id: filter.sandboxId, label_selector: filter.labels };
    return (await this.#runtime("ListContainerStats", { filter: wire })).stats.map(containerStatsFromWire);
  }

  async *containerEvents(signal: AbortSignal, onReady?: () => void): AsyncGenerator<ContainerEvent, void, undefined> {
    try {
      yield* this.#containerdEvents(signal, onReady);
    } catch (error) {
      if (!isRuntimeError(error, "Unimplemented")) throw error;
      yield* this.#criEvents(signal, onReady);
    }
    if (!signal.aborted) throw new RuntimeError("Unavailable", "the container runtime ended its event stream");
  }

  async listImages(reference?: string): Promise<Image[]> {
    const filter = reference === undefined ? undefined : { image: { image: reference } };
    return (await this.#image("ListImages", { filter })).images.map(imageFromWire);
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    const { image } = await this.#image("ImageStatus", { image: { image: reference } });
    return image ? imageFromWire(image) : undefined;
  }

  async pullImage(reference: string, options: PullOptions = {}): Promise<string> {
    const { auth, sandboxConfig, signal } = options;
    const request = {
      image: { image: reference },
      auth: auth && {
        username: auth.username,
        password: auth.password,
        auth: auth.auth,
        server_address: auth.serverAddress,
        identity_token: auth.identityToken,
        registry_token: auth.registryToken,
      },
      sandbox_config: sandboxConfig && sandboxConfigToWire(sandboxConfig),
    };
    // A pull takes as long as it takes, as upstream has it: the runtime gives up when nothing moves.
    return (await this.#image("PullImage", request, 0, signal)).image_ref;
  }

  async removeImage(reference: string): Promise<void> {
    await this.#image("RemoveImage", { image: { image: reference } });
  }

  async imageFsInfo(): Promise<FilesystemUsage[]> {
    return (await this.#image("ImageFsInfo", {})).image_filesystems.map(filesystemFromWire);
  }

  close(): void {
    this.#closing.abort();
    this.#connector.close();
    this.#connection.close();
  }

  /** A timeout of 0 means none. */
  #runtime(method: string, request: WireMessage, timeoutSeconds = callTimeoutSeconds): Promise<WireMessage> {
    return this.#call("RuntimeService", method, request, timeoutSeconds);
  }

  #image(method: string, request: WireMessage, timeoutSeconds = callTimeoutSeconds, signal?: AbortSignal): Promise<WireMessage> {
    return this.#call("ImageService", method, request, timeoutSeconds, signal);
  }

  #call(service: string, method: string, request: WireMessage, timeoutSeconds: number, signal?: AbortSignal): Promise<WireMessage> {
    return this.#connection.call(
      `/runtime.v1.${service}/${method}`,
      `runtime.v1.${method}Request`,
      `runtime.v1.${method}Response`,
      request,
      { ...(timeoutSeconds > 0 ? { timeoutSeconds } : {}), ...(signal ? { signal } : {}) },
    );
  }

  async *#criEvents(signal: AbortSignal, onReady?: () => void): AsyncGenerator<ContainerEvent, void, undefined> {
    const events = this.#connection.stream(
      "/runtime.v1.RuntimeService/GetContainerEvents",
      "runtime.v1.GetEventsRequest",
      "runtime.v1.ContainerEventResponse",
      {},
      signal,
    );
    // CRI doesn't tell when the subscription stands: as near as it gets is the answer to a later call.
    const first = events.next();
    await this.version();
    onReady?.();
    for (let result = await first; !result.done; result = await events.next()) {
      const type = eventTypes[result.value.container_event_type];
      if (type) yield { type, id: result.value.container_id, at: result.value.created_at / 1e6 };
    }
  }

  async *#containerdEvents(signal: AbortSignal, onReady?: () => void): AsyncGenerator<ContainerEvent, void, undefined> {
    const subscribed = new AbortController();
    const stop = AbortSignal.any([signal, subscribed.signal]);
    const announced = this.#announceSubscription(stop);
    try {
      const envelopes = this.#connection.stream(subscribeMethod, subscribeRequest, eventEnvelope, { filters: eventFilters }, signal);
      for await (const envelope of envelopes) {
        if (envelope.topic === subscribedTopic) {
          if (!subscribed.signal.aborted) onReady?.();
          subscribed.abort();
          continue;
        }
        const event = await eventOf(envelope, (type, bytes) => this.#connection.decode(type, bytes));
        if (!event) continue;
        if (event.type === "stopped") await this.#untilStopped(event.id, signal);
        yield event;
      }
    } finally {
      subscribed.abort();
      await announced;
    }
  }

  async #announceSubscription(stop: AbortSignal): Promise<void> {
    const request = { topic: subscribedTopic, event: { type_url: "kybern.io/subscribed" } };
    const options = { timeoutSeconds: 5, signal: stop, metadata: { "containerd-namespace": criNamespace } };
    for (let delay = 5; !stop.aborted; delay = Math.min(delay * 2, 1000)) {
      try {
        await this.#connection.call(publishMethod, publishRequest, publishResponse, request, options);
      } catch {
        // A runtime that is gone or knows no such call: the subscription itself tells.
      }
      await pause(this.#clock, delay, stop);
    }
  }

  /** containerd tells an exit before its CRI shows it: waits, a second at most, until CRI does. */
  async #untilStopped(id: string, signal: AbortSignal): Promise<void> {
    for (let delay = 2; delay <= 512 && !signal.aborted; delay *= 2) {
      if (!(await this.#runs(id))) return;
      await pause(this.#clock, delay, signal);
    }
  }

  async #runs(id: string): Promise<boolean> {
    try {
      return (await this.containerStatus(id)).state === "running";
    } catch (error) {
      if (!isRuntimeError(error, "NotFound")) throw error;
    }
    try {
      return (await this.podSandboxStatus(id)).state === "ready";
    } catch (error) {
      if (!isRuntimeError(error, "NotFound")) throw error;
      return false;
    }
  }
}

/** From the runtime's verbose status, which holds the sandbox's OCI specification. */
function networkNamespace(info: string | undefined): string | undefined {
  if (info === undefined) return undefined;
  const parsed = JSON.parse(info) as { runtimeSpec?: { linux?: { namespaces?: { type: string; path?: string }[] } } };
  return parsed.runtimeSpec?.linux?.namespaces?.find(({ type }) => type === "network")?.path;
}
