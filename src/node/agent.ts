import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import type { Node, Pod } from "../api/core/v1.ts";
import { nodes as nodesRef, pods as podsRef, services as servicesRef } from "../api/refs.ts";
import type { Component, ComponentDeps } from "../client/client.ts";
import { createEventRecorder } from "../client/event-recorder.ts";
import type { InformerFactory } from "../client/informer.ts";
import { anySignal } from "../machinery/any-signal.ts";
import { pause } from "../machinery/clock.ts";
import { namespaceOf, uidOf } from "../machinery/object.ts";
import { NodeFactsReader } from "./node-facts.ts";
import type { Machine } from "./node-object.ts";
import { type NodeRegistration, startNodeRegistration } from "./node-registration.ts";
import { createObjectSource } from "./object-source.ts";
import { PodAdmission } from "./pods/admission.ts";
import type { AgentContext, ImageSource } from "./pods/agent-context.ts";
import { Backoff } from "./pods/backoff.ts";
import { PodCgroups } from "./pods/cgroups.ts";
import { cleanOrphans } from "./pods/orphan-cleaner.ts";
import { PodAddresses } from "./pods/pod-addresses.ts";
import { parseResolvConf } from "./pods/pod-dns.ts";
import { PodFiles } from "./pods/pod-files.ts";
import { PodWorker } from "./pods/pod-worker.ts";
import { RuntimeWatcher } from "./pods/runtime-watcher.ts";
import { StatusWriter } from "./pods/status-writer.ts";
import type { ContainerRuntime } from "./runtime/runtime.ts";
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
  /** Of the node's object, beside those that every node has. */
  labels?: Readonly<Record<string, string>>;
  /** Others compute that the node is alive: it renews no lease, and what it looks after as time passes it does less often. */
  computedHeartbeats?: boolean;
  /** The node is data: statuses of pods are told when nothing is left to do at their moment. */
  statusesAtRest?: boolean;
  /** What the node says that it is made of; the machine of this process when absent. */
  machine?: Machine;
}

export interface NodeAgentDeps extends ComponentDeps {
  informers: InformerFactory;
  runtime: ContainerRuntime;
  /** Of containers that crash, where it outlives the agent; one of the agent's own when absent. */
  backoff?: Backoff;
  /** Where pods' files are; below the agent's directory when absent. */
  files?: PodFiles;
  images(context: Pick<AgentContext, "objects" | "recorder">): ImageSource;
  volumes(context: Pick<AgentContext, "objects" | "addresses" | "node" | "hostAddresses" | "images">): VolumeManager;
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

const orphanMilliseconds = 60_000;
/** Where nodes are data, a day of each is passed in no time. */
const computedOrphanMilliseconds = 600_000;

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
  readonly #workers = new Map<string, PodWorker>();
  readonly #watcher: RuntimeWatcher;
  readonly #recorder: ReturnType<typeof createEventRecorder>;
  readonly #registration: NodeRegistration;
  readonly #tasks: Promise<void>[] = [];
  #node: Node | undefined;

  constructor(deps: NodeAgentDeps) {
    this.#deps = deps;
    const { options, client, clock, logger } = deps;
    this.#signal = anySignal(deps.signal, this.#stopping.signal);
    this.files = deps.files ?? new PodFiles(options.directory);
    this.#recorder = createEventRecorder({ ...deps, component: "kubelet", host: options.nodeName });
    const services = deps.informers.informer(servicesRef);
    const node = deps.informers.informer(nodesRef, { fieldSelector: `metadata.name=${options.nodeName}` });
    const objects = createObjectSource(client, clock);
    const shared = {
      objects,
      recorder: this.#recorder,
      addresses: this.addresses,
      node: () => node.get(options.nodeName) ?? this.#node,
      hostAddresses: () => options.addresses,
    };
    const images = deps.images(shared);
    this.#context = {
      client,
      clock,
      logger,
      runtime: deps.runtime,
      images,
      volumes: deps.volumes({ ...shared, images }),
      files: this.files,
      cgroups: options.cgroupParent ? new PodCgroups(options.cgroupParent, logger) : undefined,
      dns: {
        ...(options.clusterDns ? { clusterDns: options.clusterDns } : {}),
        clusterDomain: options.clusterDomain,
        host: parseResolvConf(readText("/etc/resolv.conf")),
      },
      backoff: deps.backoff ?? new Backoff(clock),
      admission: new PodAdmission({ node: shared.node, readNode: () => client.get(nodesRef, options.nodeName) }),
      statuses: new StatusWriter({ client, clock, logger, signal: this.#signal, whenAtRest: options.statusesAtRest ?? false }),
      nodeName: options.nodeName,
      memoryCapacity: options.machine?.memoryBytes ?? totalmem(),
      servicesFor(pod) {
        const links = pod.spec?.enableServiceLinks !== false;
        const kubernetes = services.get("default/kubernetes");
        const own = links ? services.list(namespaceOf(pod)) : [];
        return kubernetes && !own.includes(kubernetes) ? [kubernetes, ...own] : own;
      },
      ...shared,
    };
    this.#watcher = new RuntimeWatcher({
      runtime: deps.runtime,
      clock,
      logger,
      signal: this.#signal,
      onChange: (uid) => this.#workers.get(uid)?.wake(),
      onReturn: () => {
        for (const worker of this.#workers.values()) worker.wake();
      },
    });
    const facts = new NodeFactsReader({ ...options, runtime: deps.runtime, clock });
    this.#registration = startNodeRegistration({
      ...deps,
      signal: this.#signal,
      options: {
        name: options.nodeName,
        ...(options.podCidr ? { podCidr: options.podCidr } : {}),
        ...(options.labels ? { labels: options.labels } : {}),
        ...(options.computedHeartbeats ? { computedHeartbeats: true } : {}),
        recorder: this.#recorder,
        read: () => facts.read(),
        onNode: this.#onNode,
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
    await Promise.all([this.#registration.stopped(), this.#watcher.stopped(), this.#context.statuses.stop(), ...this.#tasks]);
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
    const services = informers.informer(servicesRef);
    const informer = informers.informer(podsRef, { fieldSelector: `spec.nodeName=${options.nodeName}` });
    await Promise.all([this.#registration.registered, services.whenSynced(), informer.whenSynced(), this.#watcher.start()]);
    const node = informers.informer(nodesRef, { fieldSelector: `metadata.name=${options.nodeName}` });
    const removals = [
      informer.on({
        add: (pod) => this.#follow(pod),
        update: (pod) => this.#follow(pod),
        delete: (pod) => this.#workers.get(uidOf(pod))?.remove(),
      }),
      // The informer's own objects: there may be thousands of agents in a process.
      node.on({ add: this.#onNode, update: this.#onNode }),
    ];
    const remove = () => {
      for (const each of removals) each();
    };
    if (this.#signal.aborted) remove();
    else this.#signal.addEventListener("abort", remove, { once: true });
    this.#tasks.push(this.#cleanOrphans());
  }

  readonly #onNode = (node: Node): void => {
    this.#node = node;
  };

  readonly #onFinished = (ended: PodWorker): void => {
    if (this.#workers.get(ended.uid) === ended) this.#workers.delete(ended.uid);
  };

  #follow(pod: Pod): void {
    if (this.#signal.aborted) return;
    const uid = uidOf(pod);
    const worker = this.#workers.get(uid);
    if (worker) worker.update(pod);
    else {
      this.#workers.set(uid, new PodWorker(this.#context, pod, { isNew: !this.#watcher.has(uid), onFinished: this.#onFinished }));
    }
  }

  async #cleanOrphans(): Promise<void> {
    const { clock, logger, options } = this.#deps;
    const period = options.computedHeartbeats ? computedOrphanMilliseconds : orphanMilliseconds;
    while (!this.#signal.aborted) {
      // Whoever is known when it is asked is left alone, also if it goes meanwhile: its worker cleans up itself.
      const known = new Set(this.#workers.keys());
      try {
        await cleanOrphans(this.#context, (uid) => known.has(uid) || this.#workers.has(uid), logger);
      } catch (error) {
        if (!this.#signal.aborted) logger.warn("what is left of old pods could not be looked for; it is tried again", { error });
      }
      await pause(clock, period, this.#signal);
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
