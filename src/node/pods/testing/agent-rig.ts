import type { Container, ContainerStatus, Event, Pod, PodSpec } from "../../../api/core/v1.ts";
import { events, nodes, pods } from "../../../api/refs.ts";
import { createInformerFactory } from "../../../client/informer-factory.ts";
import { createMemoryClient, type MemoryClient } from "../../../client/testing/memory-client.ts";
import { recordingLogger } from "../../../client/testing/recording-logger.ts";
import { VirtualClock } from "../../../machinery/clock.ts";
import { seededRandom } from "../../../machinery/random.ts";
import { type NodeAgent, startNodeAgent } from "../../agent.ts";
import type { ContainerRuntime, Container as RuntimeContainer } from "../../runtime/runtime.ts";
import { type ContainerScript, SimulatedRuntime } from "../../runtime/simulated/simulated-runtime.ts";
import { type MountedVolume, VolumeError } from "../../volumes/volume-manager.ts";
import { podLabels } from "../labels.ts";
import { NoPodFiles } from "../no-pod-files.ts";

export const nodeName = "n1";
const machine = {
  hostname: nodeName,
  cpus: 4,
  memoryBytes: 8 * 1024 ** 3,
  diskBytes: 100 * 1024 ** 3,
  bootId: "boot-1",
  kernelVersion: "6.1",
  machineId: "m",
  osImage: "Linux",
  systemUuid: "s",
};

export interface RigOptions {
  /** What containers do, by name. May be changed at any time. */
  scripts?: Record<string, ContainerScript>;
}

/** A node agent over simulated containers, on a clock that stands still, with an API server in memory. */
export class AgentRig {
  readonly clock = new VirtualClock();
  readonly client: MemoryClient;
  readonly logger = recordingLogger();
  readonly scripts: Record<string, ContainerScript>;
  /** What exec probes and hooks answer, by their command; 0 when absent. May throw. */
  readonly execs: Record<string, number | (() => number)> = {};
  readonly commands: string[] = [];
  readonly runtime: SimulatedRuntime;
  /** Methods of the runtime that are to fail, by name. */
  readonly faults: Partial<Record<keyof ContainerRuntime, () => Error | undefined>> = {};
  /** Calls to the runtime so far. */
  readonly calls: string[] = [];
  readonly volumes = { failure: undefined as string | undefined, mounted: new Set<string>() };
  readonly images = { failures: {} as Record<string, { reason: string; message: string }> };
  agent: NodeAgent | undefined;
  #stopping = new AbortController();
  #addresses = 0;

  constructor({ scripts = {} }: RigOptions = {}) {
    this.scripts = scripts;
    this.client = createMemoryClient({ clock: this.clock });
    this.runtime = new SimulatedRuntime({
      clock: this.clock,
      script: {
        container: ({ name }) => this.scripts[name] ?? {},
        address: () => `10.0.0.${++this.#addresses}`,
        exec: (_id, command) => {
          const text = command.join(" ");
          this.commands.push(text);
          const answer = this.execs[text] ?? 0;
          const exitCode = typeof answer === "number" ? answer : answer();
          return { stdout: Buffer.from(exitCode === 0 ? "" : "no\n"), stderr: Buffer.alloc(0), exitCode };
        },
      },
    });
  }

  async start(): Promise<void> {
    const { client, clock, logger } = this;
    this.#stopping = new AbortController();
    const deps = { client, clock, logger, random: seededRandom(1), signal: this.#stopping.signal };
    const runtime = this.#watched();
    this.agent = startNodeAgent({
      ...deps,
      informers: createInformerFactory(deps),
      runtime,
      files: new NoPodFiles("/nowhere"),
      images: () => ({
        ensure: async (_pod, { image = "" }) => {
          const failure = this.images.failures[image];
          if (failure) throw Object.assign(new Error(failure.message), { reason: failure.reason });
          return await runtime.pullImage(image);
        },
      }),
      volumes: () => ({
        mount: async (pod) => {
          if (this.volumes.failure !== undefined) throw new VolumeError(this.volumes.failure);
          this.volumes.mounted.add(pod.metadata.uid ?? "");
          return new Map<string, MountedVolume>(
            (pod.spec?.volumes ?? []).map(({ name }) => [name, { hostPath: `/v/${name}`, readOnly: false }]),
          );
        },
        refresh: async () => {},
        unmount: async (uid) => {
          this.volumes.mounted.delete(uid);
        },
        podsOnDisk: async () => [...this.volumes.mounted],
      }),
      options: {
        nodeName,
        addresses: ["192.0.2.1"],
        directory: "/nowhere",
        port: 10250,
        clusterDomain: "cluster.local",
        version: "v1.36.3",
        machine,
      },
    });
    await this.settle();
    await this.agent.ready;
    await this.settle();
  }

  /** Ends the agent as a crash would: nothing is stopped. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const stopped = this.agent?.stop();
    await this.settle();
    await stopped;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 400; turn++) await Promise.resolve();
    await this.client.settle();
  }

  async seconds(count: number): Promise<void> {
    const end = this.clock.now() + count * 1000;
    await this.settle();
    for (let next = this.clock.nextTimer(); next !== undefined && next <= end; next = this.clock.nextTimer()) {
      await this.clock.advance(Math.max(0, next - this.clock.now()));
      await this.settle();
    }
    await this.clock.advance(end - this.clock.now());
    await this.settle();
  }

  /** A pod bound to the node. Containers without an image get one. */
  async create(
    name: string,
    spec: Partial<Omit<PodSpec, "containers">> & { containers?: Container[] } = {},
    extra: Partial<Pod> = {},
  ): Promise<Pod> {
    const withImage = (container: Container) => ({ image: "img", ...container });
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      ...extra,
      metadata: { name, namespace: "default", generation: 1, ...extra.metadata },
      spec: {
        nodeName,
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        ...spec,
        containers: (spec.containers ?? [{ name: "c" }]).map(withImage),
        ...(spec.initContainers ? { initContainers: spec.initContainers.map(withImage) } : {}),
      },
    };
    const created = await this.client.create(pods, pod);
    await this.seconds(0.1);
    return created;
  }

  pod(name: string): Pod | undefined {
    return this.client.peek(pods, `default/${name}`);
  }

  status(name: string): NonNullable<Pod["status"]> {
    return this.pod(name)?.status ?? {};
  }

  container(pod: string, name = "c"): ContainerStatus | undefined {
    const status = this.status(pod);
    const all = [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ];
    return all.find((candidate) => candidate.name === name);
  }

  condition(pod: string, type: string) {
    return this.status(pod).conditions?.find((condition) => condition.type === type);
  }

  /** The events about a pod, oldest first, as `reason: message`. */
  events(name: string, reason?: string): string[] {
    return this.client
      .peekAll(events)
      .filter((event: Event) => event.involvedObject.name === name && (reason === undefined || event.reason === reason))
      .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
      .map((event) => `${event.reason}: ${event.message}`);
  }

  node() {
    return this.client.peek(nodes, nodeName);
  }

  /** How often statuses of pods were written. */
  statusWrites(): number {
    return this.client.writes().filter((write) => write.startsWith("patch pods/status")).length;
  }

  /** The runtime's containers of a pod, by name, the latest last. */
  async containers(pod: string): Promise<RuntimeContainer[]> {
    return (await this.runtime.listContainers()).filter(({ labels }) => labels[podLabels.name] === pod);
  }

  /** Lets a running container of a pod exit by itself. */
  async exit(pod: string, name: string, code: number): Promise<void> {
    const running = (await this.containers(pod)).find((container) => container.name === name && container.state === "running");
    if (!running) throw new Error(`${name} of ${pod} does not run`);
    this.runtime.exitContainer(running.id, code);
    await this.seconds(0.1);
  }

  /** What a reboot leaves: sandboxes and containers that have ended. */
  async loseSandboxes(): Promise<void> {
    for (const { id } of await this.runtime.listPodSandboxes()) await this.runtime.stopPodSandbox(id);
  }

  /** The runtime with its calls written down and with the faults that the test wants. */
  #watched(): ContainerRuntime {
    return new Proxy<ContainerRuntime>(this.runtime, {
      get: (target, method: keyof ContainerRuntime) => {
        const call = target[method];
        if (typeof call !== "function") return call;
        return (...args: unknown[]) => {
          this.calls.push(method);
          const error = this.faults[method]?.();
          if (error && method === "containerEvents") throw error;
          if (error) return Promise.reject(error);
          return (call as (...all: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  }
}
