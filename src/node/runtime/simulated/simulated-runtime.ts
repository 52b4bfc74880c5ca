import { PassThrough, Readable, Writable } from "node:stream";
import { type Clock, sleep, type Timer } from "../../../machinery/clock.ts";
import { hex, type Random, seededRandom } from "../../../machinery/random.ts";
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
import { EventFeed } from "./event-feed.ts";
import { PodIndex } from "./pod-index.ts";

/** What a simulated container does, decided when it starts. */
export interface ContainerScript {
  /** How long it runs before it exits by itself; for ever when absent. */
  runsMilliseconds?: number;
  /** The code of its own exit: 0 when absent. */
  exitCode?: number;
  /** As `OOMKilled`. */
  reason?: string;
  /** How long it takes to end after the stop signal; beyond the grace period it is killed (137). At once when absent. */
  stopsMilliseconds?: number;
  /** The code of its exit by the stop signal: 0 when absent. */
  stopExitCode?: number;
  /** Its start fails with this message. */
  startError?: string;
  /** How long it isn't ready after its start, whatever its probes say. */
  readyAfterMilliseconds?: number;
}

/** How simulated things behave. Each function may throw a `RuntimeError`. */
export interface SimulationScript {
  /** How long a pull of an image that isn't there takes: not at all when absent. */
  pullMilliseconds?(reference: string): number;
  sandboxMilliseconds?(config: PodSandboxConfig): number;
  container?(config: ContainerConfig, sandbox: SimulatedPod): ContainerScript;
  /** What exec'd commands and exec probes answer: success without output when absent. */
  exec?(containerId: string, command: readonly string[]): ExecResult;
  /** Whether a container answers over the network: yes when absent. */
  answersNetwork?(containerId: string): boolean;
  /** An address for a new sandbox: none when absent. */
  address?(config: PodSandboxConfig): string;
  /** The address of a sandbox that has stopped. */
  releaseAddress?(address: string): void;
  /** Usage of a running container. */
  usage?(): { cpuNanoCores: number; memoryBytes: number };
}

/** What a simulated sandbox keeps of its configuration. */
export type SimulatedPod = Pick<PodSandboxConfig, "metadata" | "labels" | "annotations">;

export interface SimulatedRuntimeOptions {
  clock: Clock;
  /** Makes ids. */
  random?: Random;
  script?: SimulationScript;
  /** What another runtime held: this one goes on with it. */
  table?: RuntimeTable;
}

/** All that a simulated runtime holds, as plain data. */
export interface RuntimeTable {
  sandboxes: readonly SimulatedSandbox[];
  containers: readonly Omit<SimulatedContainer, "exitTimer" | "onExit">[];
  images: readonly Image[];
}

interface SimulatedSandbox {
  id: string;
  config: SimulatedPod;
  network: PodSandboxStatus["network"];
  state: PodSandboxStatus["state"];
  createdAt: number;
  ips: string[];
  runtimeHandler: string;
}

interface SimulatedContainer {
  id: string;
  sandboxId: string;
  /** Until it starts: nothing of it is needed then, and there may be very many. */
  config: ContainerConfig | undefined;
  script: ContainerScript;
  status: ContainerStatus;
  exitTimer: Timer | undefined;
  /** Called once, when it exits. */
  onExit: (() => void)[];
}

/** Containers that exist as data only, on a clock: a node without a machine, for large clusters on paper and for tests. */
export class SimulatedRuntime implements ContainerRuntime {
  readonly eventsAreComplete = true;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #script: SimulationScript;
  readonly #sandboxes = new PodIndex<SimulatedSandbox>(({ config }) => config);
  readonly #containers = new PodIndex<SimulatedContainer>(({ status }) => status);
  readonly #images = new Map<string, Image>();
  readonly #events = new EventFeed();

  constructor(options: SimulatedRuntimeOptions) {
    this.#clock = options.clock;
    this.#random = options.random ?? seededRandom(1);
    this.#script = options.script ?? {};
    if (options.table) this.#restore(options.table);
  }

  /** A copy of all that is held. */
  table(): RuntimeTable {
    return {
      sandboxes: [...this.#sandboxes.values()].map((sandbox) => ({ ...sandbox })),
      containers: [...this.#containers.values()].map(({ id, sandboxId, config, script, status }) => ({
        id,
        sandboxId,
        config,
        script,
        status,
      })),
      images: [...new Set(this.#images.values())],
    };
  }

  #restore({ sandboxes, containers, images }: RuntimeTable): void {
    for (const sandbox of sandboxes) this.#sandboxes.set(sandbox.id, { ...sandbox });
    for (const each of containers) {
      const container: SimulatedContainer = { ...each, exitTimer: undefined, onExit: [] };
      this.#containers.set(container.id, container);
      if (container.status.state === "running") this.#armExit(container);
    }
    for (const image of images) for (const name of [image.id, ...image.repoTags]) this.#images.set(name, image);
  }

  #armExit(container: SimulatedContainer): void {
    const { runsMilliseconds, exitCode = 0, reason } = container.script;
    if (runsMilliseconds === undefined) return;
    const left = container.status.startedAt + runsMilliseconds - this.#clock.now();
    container.exitTimer = this.#clock.setTimeout(() => this.#exit(container, exitCode, reason), left);
  }

  async version(): Promise<RuntimeVersion> {
    return { runtimeName: "simulated", runtimeVersion: "1.0.0", runtimeApiVersion: "v1" };
  }

  async status(): Promise<RuntimeStatus> {
    const ready = (type: string) => ({ type, status: true, reason: "", message: "" });
    return { conditions: [ready("RuntimeReady"), ready("NetworkReady")], handlers: [], supplementalGroupsPolicy: false };
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler = ""): Promise<string> {
    await this.#wait(this.#script.sandboxMilliseconds?.(config));
    const id = this.#newId();
    const { metadata, labels = {}, annotations = {} } = config;
    const network = config.security?.namespaces?.network === "node" ? "node" : "pod";
    const address = network === "node" ? undefined : this.#script.address?.(config);
    this.#sandboxes.set(id, {
      id,
      config: { metadata, labels, annotations },
      network,
      state: "ready",
      createdAt: this.#clock.now(),
      ips: address === undefined ? [] : [address],
      runtimeHandler,
    });
    this.#tell("created", id);
    this.#tell("started", id);
    return id;
  }

  async stopPodSandbox(sandboxId: string): Promise<void> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) return;
    for (const container of this.#containersOf(sandboxId)) this.#exit(container, 137, "Error");
    if (sandbox.state === "notReady") return;
    sandbox.state = "notReady";
    for (const address of sandbox.ips) this.#script.releaseAddress?.(address);
    sandbox.ips = [];
    this.#tell("stopped", sandboxId);
  }

  async removePodSandbox(sandboxId: string): Promise<void> {
    if (!this.#sandboxes.has(sandboxId)) return;
    await this.stopPodSandbox(sandboxId);
    for (const container of this.#containersOf(sandboxId)) await this.removeContainer(container.id);
    this.#sandboxes.delete(sandboxId);
    this.#tell("deleted", sandboxId);
  }

  async podSandboxStatus(sandboxId: string): Promise<PodSandboxStatus> {
    const sandbox = this.#sandbox(sandboxId);
    return { ...sandboxView(sandbox), ips: [...sandbox.ips], network: sandbox.network };
  }

  async listPodSandboxes(filter: PodSandboxFilter = {}): Promise<PodSandbox[]> {
    const found: PodSandbox[] = [];
    for (const sandbox of this.#sandboxes.candidates(filter)) {
      if (filter.state !== undefined && sandbox.state !== filter.state) continue;
      if (!hasLabels(sandbox.config.labels, filter.labels)) continue;
      found.push(sandboxView(sandbox));
    }
    return found;
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig): Promise<string> {
    const sandbox = this.#sandbox(sandboxId);
    if (sandbox.state !== "ready")
      throw new RuntimeError("Unknown", `failed to get sandbox container task: sandbox "${sandboxId}" is stopped`);
    const image = await this.imageStatus(config.image);
    if (!image) throw new RuntimeError("Unknown", `failed to resolve image "${config.image}": not found`);
    const id = this.#newId();
    const logs = sandboxConfig.logDirectory;
    this.#containers.set(id, {
      id,
      sandboxId,
      config,
      script: {},
      exitTimer: undefined,
      onExit: [],
      status: {
        id,
        name: config.name,
        attempt: config.attempt,
        state: "created",
        createdAt: this.#clock.now(),
        startedAt: 0,
        finishedAt: 0,
        exitCode: 0,
        reason: "",
        message: "",
        image: config.userSpecifiedImage ?? image.repoTags[0] ?? config.image,
        imageRef: image.repoDigests[0] ?? image.id,
        imageId: image.id,
        labels: config.labels ?? {},
        annotations: config.annotations ?? {},
        mounts: [],
        // Joined, it is one piece.
        logPath: logs && config.logPath ? [logs, config.logPath].join("/") : (config.logPath ?? ""),
        ...(config.resources ? { resources: config.resources } : {}),
        ...(config.stopSignal ? { stopSignal: config.stopSignal } : {}),
      },
    });
    this.#tell("created", id);
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    const container = this.#container(containerId);
    if (container.status.state !== "created") {
      throw new RuntimeError("Unknown", `container "${containerId}" is in CONTAINER_${container.status.state.toUpperCase()} state`);
    }
    const { config, sandboxId } = container;
    container.script = (config && this.#script.container?.(config, this.#sandbox(sandboxId).config)) ?? {};
    container.config = undefined;
    const { startError, readyAfterMilliseconds } = container.script;
    if (startError !== undefined) {
      this.#exit(container, 128, "StartError", startError);
      throw new RuntimeError("Unknown", startError);
    }
    container.status = {
      ...container.status,
      state: "running",
      startedAt: this.#clock.now(),
      ...(readyAfterMilliseconds ? { readyAfterMilliseconds } : {}),
    };
    this.#tell("started", containerId);
    this.#armExit(container);
  }

  async stopContainer(containerId: string, graceSeconds: number): Promise<void> {
    const container = this.#containers.get(containerId);
    if (container?.status.state !== "running") return;
    const { stopsMilliseconds = 0, stopExitCode = 0 } = container.script;
    const grace = graceSeconds * 1000;
    const killed = stopsMilliseconds > grace || grace === 0;
    const exited = new Promise<void>((resolve) => container.onExit.push(resolve));
    const delay = Math.min(stopsMilliseconds, grace);
    if (delay === 0) this.#exit(container, killed ? 137 : stopExitCode);
    else this.#clock.setTimeout(() => this.#exit(container, killed ? 137 : stopExitCode), delay);
    await exited;
  }

  async removeContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    if (!container) return;
    this.#exit(container, 137, "Error");
    this.#containers.delete(containerId);
    this.#tell("deleted", containerId);
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return this.#container(containerId).status;
  }

  async listContainers(filter: ContainerFilter = {}): Promise<Container[]> {
    const found: Container[] = [];
    for (const container of this.#containers.candidates(filter)) if (matches(container, filter)) found.push(containerView(container));
    return found;
  }

  async updateContainerResources(containerId: string, resources: LinuxResources): Promise<void> {
    const container = this.#container(containerId);
    container.status = { ...container.status, resources: { ...container.status.resources, ...resources } };
  }

  async reopenContainerLog(containerId: string): Promise<void> {
    this.#running(containerId);
  }

  async answersNetwork(containerId: string): Promise<boolean> {
    this.#running(containerId);
    return this.#script.answersNetwork?.(containerId) ?? true;
  }

  async execSync(containerId: string, command: readonly string[], _timeoutSeconds: number): Promise<ExecResult> {
    this.#running(containerId);
    return this.#script.exec?.(containerId, command) ?? { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), exitCode: 0 };
  }

  async exec(containerId: string, options: ExecOptions): Promise<StreamSession> {
    const result = await this.execSync(containerId, options.command, 0);
    const session: StreamSession = { resize() {}, done: Promise.resolve(result.exitCode), close() {} };
    if (options.stdin) session.stdin = discard();
    if (options.stdout) session.stdout = Readable.from(result.stdout.length > 0 ? [result.stdout] : []);
    if (options.stderr) session.stderr = Readable.from(result.stderr.length > 0 ? [result.stderr] : []);
    return session;
  }

  async attach(containerId: string, options: AttachOptions): Promise<StreamSession> {
    const container = this.#running(containerId);
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    let close = () => {};
    const done = new Promise<number>((resolve, reject) => {
      container.onExit.push(() => resolve(0));
      close = () => reject(new RuntimeError("Canceled", "the session was closed"));
    });
    const end = () => {
      stdout.end();
      stderr.end();
    };
    done.then(end, end);
    options.signal?.addEventListener("abort", () => close(), { once: true });
    const session: StreamSession = { resize() {}, done, close: () => close() };
    if (options.stdin) session.stdin = discard();
    if (options.stdout) session.stdout = stdout;
    if (options.stderr) session.stderr = stderr;
    return session;
  }

  async portForward(_sandboxId: string, port: number): Promise<never> {
    throw new RuntimeError("Unavailable", `nothing listens on port ${port}: the containers of a simulated node run no program`);
  }

  async containerStats(containerId: string): Promise<ContainerStats> {
    return this.#stats(this.#container(containerId));
  }

  async listContainerStats(filter: ContainerFilter = {}): Promise<ContainerStats[]> {
    const found: ContainerStats[] = [];
    for (const container of this.#containers.candidates(filter)) {
      if (container.status.state === "running" && matches(container, filter)) found.push(this.#stats(container));
    }
    return found;
  }

  containerEvents(signal: AbortSignal, onReady?: () => void): AsyncIterable<ContainerEvent> {
    return this.#events.subscribe(signal, onReady);
  }

  async listImages(reference?: string): Promise<Image[]> {
    if (reference === undefined) return [...new Set(this.#images.values())];
    const image = this.#images.get(reference);
    return image ? [image] : [];
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    return this.#images.get(reference);
  }

  async pullImage(reference: string, options: PullOptions = {}): Promise<string> {
    const present = this.#images.get(reference);
    if (present) return present.id;
    await this.#wait(this.#script.pullMilliseconds?.(reference), options.signal);
    const id = `sha256:${this.#newId()}`;
    const image: Image = { id, repoTags: [reference], repoDigests: [], sizeBytes: 10_000_000, username: "", pinned: false };
    this.#images.set(reference, image);
    this.#images.set(id, image);
    return id;
  }

  async removeImage(reference: string): Promise<void> {
    const image = this.#images.get(reference);
    if (!image) return;
    for (const name of [image.id, ...image.repoTags]) this.#images.delete(name);
  }

  async imageFsInfo(): Promise<FilesystemUsage[]> {
    const usedBytes = [...new Set(this.#images.values())].reduce((sum, image) => sum + image.sizeBytes, 0);
    return [{ timestamp: this.#clock.now(), mountpoint: "/", usedBytes, inodesUsed: 0 }];
  }

  close(): void {
    this.#events.close();
    for (const container of this.#containers.values()) container.exitTimer?.cancel();
  }

  /** Lets a running container exit, as if its program had: for tests and for chaos. */
  exitContainer(containerId: string, exitCode: number, reason?: string): void {
    this.#exit(this.#running(containerId), exitCode, reason);
  }

  #exit(container: SimulatedContainer, exitCode: number, reason?: string, message = ""): void {
    if (container.status.state === "exited") return;
    container.exitTimer?.cancel();
    const wasRunning = container.status.state === "running";
    container.status = {
      ...container.status,
      state: "exited",
      finishedAt: this.#clock.now(),
      exitCode,
      reason: reason ?? (exitCode === 0 ? "Completed" : "Error"),
      message,
    };
    for (const done of container.onExit.splice(0)) done();
    if (wasRunning) this.#tell("stopped", container.id);
  }

  #tell(type: ContainerEvent["type"], id: string): void {
    this.#events.publish({ type, id, at: this.#clock.now() });
  }

  #sandbox(id: string): SimulatedSandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError("NotFound", `an error occurred when try to find sandbox: not found`);
    return sandbox;
  }

  #container(id: string): SimulatedContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError("NotFound", `an error occurred when try to find container "${id}": not found`);
    return container;
  }

  #running(id: string): SimulatedContainer {
    const container = this.#container(id);
    if (container.status.state === "running") return container;
    throw new RuntimeError("Unknown", `container is in CONTAINER_${container.status.state.toUpperCase()} state`);
  }

  #containersOf(sandboxId: string): SimulatedContainer[] {
    const { labels } = this.#sandbox(sandboxId).config;
    return [...this.#containers.candidates({ labels })].filter((container) => container.sandboxId === sandboxId);
  }

  #stats({ id, status }: SimulatedContainer): ContainerStats {
    const { cpuNanoCores, memoryBytes } = this.#script.usage?.() ?? { cpuNanoCores: 1_000_000, memoryBytes: 1_048_576 };
    const now = this.#clock.now();
    return {
      id,
      name: status.name,
      attempt: status.attempt,
      labels: status.labels,
      annotations: status.annotations,
      timestamp: now,
      cpuNanoCores,
      cpuUsageNanoseconds: Math.round(((now - status.startedAt) / 1000) * cpuNanoCores),
      memoryWorkingSetBytes: memoryBytes,
      memoryUsageBytes: memoryBytes,
      memoryRssBytes: memoryBytes,
    };
  }

  async #wait(milliseconds: number | undefined, signal?: AbortSignal): Promise<void> {
    if (milliseconds !== undefined && milliseconds > 0) await sleep(this.#clock, milliseconds, signal);
  }

  #newId(): string {
    return hex(this.#random.bytes(32));
  }
}

function sandboxView(sandbox: SimulatedSandbox): PodSandbox {
  const { id, config, state, createdAt, runtimeHandler } = sandbox;
  return {
    id,
    metadata: config.metadata,
    state,
    createdAt,
    labels: config.labels ?? {},
    annotations: config.annotations ?? {},
    runtimeHandler,
  };
}

function containerView({ id, sandboxId, status }: SimulatedContainer): Container {
  const { name, attempt, image, imageRef, imageId, state, createdAt, labels, annotations } = status;
  return { id, sandboxId, name, attempt, image, imageRef, imageId, state, createdAt, labels, annotations };
}

function matches({ sandboxId, status }: SimulatedContainer, filter: ContainerFilter): boolean {
  if (filter.sandboxId !== undefined && sandboxId !== filter.sandboxId) return false;
  if (filter.state !== undefined && status.state !== filter.state) return false;
  return hasLabels(status.labels, filter.labels);
}

function hasLabels(labels: Record<string, string> = {}, wanted?: Record<string, string>): boolean {
  return wanted === undefined || Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, callback) => callback() });
}
