import { readFileSync, statfsSync } from "node:fs";
import { hostname, totalmem } from "node:os";
import type { Node, Pod } from "../api/core/v1.ts";
import { pods as podsRef, services as servicesRef } from "../api/refs.ts";
import type { Component, ComponentDeps } from "../client/client.ts";
import { createEventRecorder } from "../client/event-recorder.ts";
import type { InformerFactory } from "../client/informer.ts";
import { every, sleep } from "../machinery/clock.ts";
import { namespaceOf, uidOf } from "../machinery/object.ts";
import { startNodeRegistration } from "./node-registration.ts";
import { createObjectSource } from "./object-source.ts";
import type { AgentContext, ImageSource } from "./pods/agent-context.ts";
import { Backoff } from "./pods/backoff.ts";
import { PodCgroups } from "./pods/cgroups.ts";
import { containerAnnotations, podLabels } from "./pods/labels.ts";
import { PodAddresses } from "./pods/pod-addresses.ts";
import { parseResolvConf } from "./pods/pod-dns.ts";
import { PodFiles } from "./pods/pod-files.ts";
import { PodWorker } from "./pods/pod-worker.ts";
import { StatusWriter } from "./pods/status-writer.ts";
import { type ContainerRuntime, isRuntimeError } from "./runtime/runtime.ts";
import type { VolumeManager } from "./volumes/volume-manager.ts";

export interface NodeAgentOptions {
  nodeName: string;
  /** The addresses by which others reach this node. */
  addresses: readonly string[];
  /** The agent's directory: pods' files, logs, volumes. */
  directory: string;
  /** Where the agent's API listens. */
  port: number;
  podCidr?: string;
  clusterDns?: string;
  clusterDomain: string;
  /** The cgroup below which pods are; absent: none are made. */
  cgroupParent?: string;
  version: string;
  maxPods?: number;
}

export interface NodeAgentDeps extends ComponentDeps {
  informers: InformerFactory;
  runtime: ContainerRuntime;
  images(context: Pick<AgentContext, "objects" | "recorder">): ImageSource;
  volumes(context: Pick<AgentContext, "objects" | "addresses" | "node" | "hostAddresses">): VolumeManager;
  options: NodeAgentOptions;
}

export interface NodeAgent extends Component {
  /** Resolves when the node is known to the cluster and its pods have been looked at. */
  readonly ready: Promise<void>;
  readonly addresses: PodAddresses;
  readonly files: PodFiles;
  pods(): readonly Pod[];
  /** Stops all pods' containers, for a shutdown; their objects stay, and the next agent starts them again. */
  stopPods(graceSeconds: number): Promise<void>;
}

const relistMilliseconds = 10_000;
const maxPods = 110;

/** The agent of one node: runs the pods that are bound to it. */
export function startNodeAgent(deps: NodeAgentDeps): NodeAgent {
  return new Agent(deps);
}

class Agent implements NodeAgent {
  readonly ready: Promise<void>;
  readonly addresses = new PodAddresses();
  readonly files: PodFiles;
  readonly #deps: NodeAgentDeps;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #context: AgentContext;
  readonly #writer: StatusWriter;
  readonly #workers = new Map<string, PodWorker>();
  /** Which pod a sandbox or container belongs to. */
  readonly #owners = new Map<string, string>();
  readonly #recorder: ReturnType<typeof createEventRecorder>;
  readonly #registration: ReturnType<typeof startNodeRegistration>;
  readonly #tasks: Promise<void>[] = [];
  #node: Node | undefined;

  constructor(deps: NodeAgentDeps) {
    this.#deps = deps;
    const { options, client, clock, logger } = deps;
    this.#signal = AbortSignal.any([deps.signal, this.#stopping.signal]);
    this.files = new PodFiles(options.directory);
    this.#writer = new StatusWriter(client);
    this.#recorder = createEventRecorder({ ...deps, component: "kubelet", host: options.nodeName });
    const services = deps.informers.informer(servicesRef);
    const objects = createObjectSource(client, clock);
    const shared = {
      objects,
      recorder: this.#recorder,
      addresses: this.addresses,
      node: () => this.#node,
      hostAddresses: () => options.addresses,
    };
    this.#context = {
      client,
      clock,
      logger,
      runtime: deps.runtime,
      images: deps.images(shared),
      volumes: deps.volumes(shared),
      files: this.files,
      cgroups: options.cgroupParent ? new PodCgroups(options.cgroupParent, logger) : undefined,
      dns: {
        ...(options.clusterDns ? { clusterDns: options.clusterDns } : {}),
        clusterDomain: options.clusterDomain,
        host: parseResolvConf(readText("/etc/resolv.conf")),
      },
      backoff: new Backoff(clock),
      nodeName: options.nodeName,
      memoryCapacity: totalmem(),
      servicesFor(pod) {
        const links = pod.spec?.enableServiceLinks !== false;
        const kubernetes = services.get("default/kubernetes");
        const own = links ? services.list(namespaceOf(pod)) : [];
        return kubernetes && !own.includes(kubernetes) ? [kubernetes, ...own] : own;
      },
      ...shared,
    };
    this.#registration = startNodeRegistration({
      ...deps,
      signal: this.#signal,
      options: {
        name: options.nodeName,
        ...(options.podCidr ? { podCidr: options.podCidr } : {}),
        facts: () => this.#facts(),
        conditions: () => this.#conditions(),
        onNode: (node) => {
          this.#node = node;
        },
      },
    });
    this.ready = this.#start();
    // Whoever waits for it hears of the failure; nobody has to.
    this.ready.catch(() => {});
  }

  pods(): readonly Pod[] {
    return [...this.#workers.values()].map((worker) => worker.pod);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.detach()));
    await Promise.all([this.#registration.stop(), ...this.#tasks]);
    await this.#recorder.stop();
  }

  async stopPods(graceSeconds: number): Promise<void> {
    this.#stopping.abort();
    const results = await Promise.allSettled([...this.#workers.values()].map((worker) => worker.shutDown(graceSeconds)));
    for (const result of results) {
      if (result.status === "rejected") this.#deps.logger.warn("a pod could not be stopped", { error: result.reason });
    }
  }

  async #start(): Promise<void> {
    const { informers, options } = this.#deps;
    await this.#registration.registered;
    const services = informers.informer(servicesRef);
    const informer = informers.informer(podsRef, { fieldSelector: `spec.nodeName=${options.nodeName}` });
    await Promise.all([services.whenSynced(), informer.whenSynced()]);
    const remove = informer.on({
      add: (pod) => this.#follow(pod),
      update: (pod, old) => {
        if (uidOf(pod) !== uidOf(old)) this.#workers.get(uidOf(old))?.remove();
        this.#follow(pod);
      },
      delete: (pod) => this.#workers.get(uidOf(pod))?.remove(),
    });
    this.#signal.addEventListener("abort", remove, { once: true });
    this.#tasks.push(this.#cleanOrphans(), this.#followEvents());
    every(this.#deps.clock, relistMilliseconds, this.#signal, () => {
      for (const worker of this.#workers.values()) worker.wake();
    });
  }

  #follow(pod: Pod): void {
    if (this.#signal.aborted) return;
    const worker = this.#workers.get(uidOf(pod));
    if (worker) worker.update(pod);
    else {
      this.#workers.set(
        uidOf(pod),
        new PodWorker(this.#context, this.#writer, pod, (ended) => {
          if (this.#workers.get(ended.uid) === ended) this.#workers.delete(ended.uid);
        }),
      );
    }
  }

  /** Ends and removes what earlier runs have left of pods that no longer exist. */
  async #cleanOrphans(): Promise<void> {
    const { runtime, logger, clock } = this.#deps;
    while (!this.#signal.aborted) {
      try {
        const known = (uid: string | undefined) => uid !== undefined && this.#workers.has(uid);
        const orphans = new Set<string>();
        for (const sandbox of await runtime.listPodSandboxes()) {
          const uid = sandbox.labels[podLabels.uid];
          if (uid === undefined || known(uid)) continue;
          orphans.add(uid);
          for (const container of await runtime.listContainers({ sandboxId: sandbox.id })) {
            await runtime.stopContainer(container.id, Number(container.annotations[containerAnnotations.gracePeriod] ?? 30));
            await runtime.removeContainer(container.id);
          }
          await runtime.stopPodSandbox(sandbox.id);
          await runtime.removePodSandbox(sandbox.id);
        }
        for (const uid of await this.#context.volumes.podsOnDisk()) if (!known(uid)) orphans.add(uid);
        for (const uid of orphans) {
          await this.#context.volumes.unmount(uid);
          await this.#context.cgroups?.remove(uid);
          await this.files.remove(uid);
        }
        if (orphans.size > 0) logger.info("removed what was left of pods that no longer exist", { pods: orphans.size });
      } catch (error) {
        if (!this.#signal.aborted) logger.warn("what is left of old pods could not be removed; it is tried again", { error });
      }
      await sleep(clock, 60_000, this.#signal).catch(() => {});
    }
  }

  /** Wakes the workers of pods in whose containers something happened. */
  async #followEvents(): Promise<void> {
    const { runtime, logger, clock } = this.#deps;
    while (!this.#signal.aborted) {
      try {
        for await (const event of runtime.containerEvents(this.#signal, () => this.#wakeAll())) {
          const uid = this.#owners.get(event.id) ?? (await this.#ownerOf(event.id));
          if (event.type === "deleted") this.#owners.delete(event.id);
          if (uid !== undefined) this.#workers.get(uid)?.wake();
        }
      } catch (error) {
        if (this.#signal.aborted) return;
        if (isRuntimeError(error, "Unimplemented")) {
          // No events: a look every second takes their place.
          every(clock, 1000, this.#signal, () => this.#wakeAll());
          return;
        }
        logger.warn("the runtime's events broke off; following them anew", { error });
      }
      await sleep(clock, 500, this.#signal).catch(() => {});
      this.#wakeAll();
    }
  }

  #wakeAll(): void {
    for (const worker of this.#workers.values()) worker.wake();
  }

  async #ownerOf(id: string): Promise<string | undefined> {
    const { runtime } = this.#deps;
    const [container] = await runtime.listContainers({ id });
    const labels = container?.labels ?? (await runtime.listPodSandboxes({ id }))[0]?.labels;
    const uid = labels?.[podLabels.uid];
    if (uid !== undefined) this.#owners.set(id, uid);
    return uid;
  }

  async #facts() {
    const { runtime, options } = this.#deps;
    const [version, images] = await Promise.all([runtime.version(), runtime.listImages()]);
    const disk = statfsSync(options.directory);
    return {
      name: options.nodeName,
      addresses: options.addresses,
      hostname: hostname(),
      port: options.port,
      runtime: version,
      kubeletVersion: options.version,
      maxPods: options.maxPods ?? maxPods,
      diskBytes: disk.blocks * disk.bsize,
      images: images.slice(0, 50).map((image) => ({ names: [...image.repoDigests, ...image.repoTags], sizeBytes: image.sizeBytes })),
    };
  }

  async #conditions() {
    try {
      return (await this.#deps.runtime.status()).conditions;
    } catch (error) {
      return [
        {
          type: "RuntimeReady",
          status: false,
          reason: "RuntimeUnavailable",
          message: error instanceof Error ? error.message : String(error),
        },
      ];
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
