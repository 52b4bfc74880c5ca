import { taintKeys } from "../api/core/taints.ts";
import type { Node, Pod } from "../api/core/v1.ts";
import { nodes as nodesRef, pods as podsRef, services as servicesRef } from "../api/refs.ts";
import type { Client, Component } from "../client/client.ts";
import type { Informer, InformerFactory } from "../client/informer.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { routeInformer } from "../client/routed-informer.ts";
import { anySignal } from "../machinery/any-signal.ts";
import type { Clock } from "../machinery/clock.ts";
import { isNotFound } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import { type KubeObject, nameOf } from "../machinery/object.ts";
import { type Random, uuid } from "../machinery/random.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import { type NodeAgent, startNodeAgent } from "../node/agent.ts";
import { createImageManager } from "../node/images/image-manager.ts";
import { PullFailures, type PullFailuresTable } from "../node/images/pull-failures.ts";
import { Backoff, type BackoffTable } from "../node/pods/backoff.ts";
import { NoPodFiles } from "../node/pods/no-pod-files.ts";
import { RuntimeError } from "../node/runtime/runtime.ts";
import { AddressPool, firstHost, nodeRange } from "../node/runtime/simulated/address-pool.ts";
import { type RuntimeTable, SimulatedRuntime, type SimulationScript } from "../node/runtime/simulated/simulated-runtime.ts";
import { DataOnlyVolumes } from "../node/volumes/data-only-volumes.ts";
import { startLocalPathCleaner } from "../node/volumes/local-path-cleaner.ts";
import { nodeServicesUser } from "./cluster-objects.ts";
import { UsageError } from "./options.ts";
import { simulatedContainer } from "./simulated-containers.ts";
import type { SimulatedHeartbeats } from "./simulated-heartbeats.ts";
import { simulatedLabel } from "./simulated-label.ts";
import { kubernetesVersion } from "./version.ts";

export interface SimulatedNodesDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  /** A client in this process, as a user of that name and groups. */
  clientAs(name: string, groups?: readonly string[]): Client;
}

export interface SimulatedNodesOptions {
  count: number;
  /** Each node's pods have a /24 of it; the first is left to a real node. */
  clusterCidr: string;
  clusterDns?: string;
  /** Where volumes of the local class say that they are. */
  localVolumeDirectory: string;
  /** How containers behave, where it isn't as usual. */
  script?(node: string): SimulationScript;
  /** Computes that nodes are alive; each renews a lease of its own when absent. */
  heartbeats?: SimulatedHeartbeats;
  /** What the nodes' runtimes held elsewhere, by node. */
  tables?: ReadonlyMap<string, MachineTable>;
}

/** What a node holds, as plain data: another cluster goes on with it. */
export interface MachineTable extends RuntimeTable {
  /** Of containers that crash. */
  backoffs: BackoffTable;
  pullFailures: PullFailuresTable;
}

/** Nodes that exist as data only. */
export interface SimulatedNodes extends Component {
  readonly names: readonly string[];
  /** The node falls silent, as one that lost power: its containers end, nobody tells of it. */
  lose(name: string): Promise<void>;
  /** A lost node comes back. */
  restore(name: string): Promise<void>;
  /** What the nodes' runtimes hold. */
  tables(): ReadonlyMap<string, MachineTable>;
  /** Whether all nodes are seen without the taint that a new node has until it is known to be ready. */
  schedulable(): boolean;
}

const agentPort = 10_250;
/** No machine is like it: pods fit until there are many. */
const hardware = {
  cpus: 32,
  memoryBytes: 256 * 2 ** 30,
  diskBytes: 2 ** 40,
  kernelVersion: "simulated",
  osImage: "kybern simulated node",
};

/** Starts nodes that exist as data only: real agents over a runtime without containers. Resolves when all are ready. */
export async function startSimulatedNodes(deps: SimulatedNodesDeps, options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  if (nodeRange(options.clusterCidr, options.count) === undefined) {
    throw new UsageError(
      `${options.count} simulated nodes need a larger range of pod addresses than ${options.clusterCidr}; name one with --cluster-cidr (a /8 has room for 65,535 nodes)`,
    );
  }
  const names = Array.from({ length: options.count }, (_, index) => `simulated-${index + 1}`);
  await removeOtherSimulatedNodes(deps, new Set(names));
  const fleet = new Fleet(deps, options, names);
  try {
    await fleet.ready;
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  return fleet;
}

interface Running {
  agent: NodeAgent;
  stopping: AbortController;
}

class Fleet implements SimulatedNodes {
  readonly names: readonly string[];
  readonly ready: Promise<void>;
  readonly #deps: SimulatedNodesDeps;
  readonly #options: SimulatedNodesOptions;
  readonly #stopping = new AbortController();
  /** One cache of each for all nodes. */
  readonly #shared: InformerFactory;
  readonly #everything: InformerFactory;
  readonly #podsOf: (node: string) => Informer<Pod>;
  readonly #nodeOf: (node: string) => Informer<Node>;
  readonly #machines = new Map<string, SimulatedMachine>();
  readonly #running = new Map<string, Running>();
  readonly #cleaner: Component;

  constructor(deps: SimulatedNodesDeps, options: SimulatedNodesOptions, names: readonly string[]) {
    this.names = names;
    this.#deps = deps;
    this.#options = options;
    const { signal } = this.#stopping;
    const serviceDeps = { ...deps, client: deps.clientAs(nodeServicesUser), signal };
    this.#shared = createInformerFactory(serviceDeps);
    this.#everything = createInformerFactory({ ...deps, client: deps.clientAs("system:kybern", ["system:masters"]), signal });
    this.#podsOf = routeInformer(this.#everything.informer(podsRef), ({ spec }) => spec?.nodeName || undefined);
    this.#nodeOf = routeInformer(this.#everything.informer(nodesRef), nameOf);
    for (const [index, name] of names.entries()) {
      const podCidr = nodeRange(options.clusterCidr, index + 1) as string;
      this.#machines.set(name, new SimulatedMachine(deps, podCidr, options.script?.(name) ?? {}, options.tables?.get(name)));
    }
    this.#cleaner = startLocalPathCleaner({
      ...serviceDeps,
      informers: this.#shared,
      isOurs: (node) => this.#machines.has(node),
      directory: options.localVolumeDirectory,
    });
    this.ready = Promise.all(names.map((name) => this.#start(name))).then(() => undefined);
  }

  async lose(name: string): Promise<void> {
    const running = this.#running.get(name);
    if (!running) throw new Error(this.#machines.has(name) ? `node ${name} is lost already` : `there is no simulated node ${name}`);
    this.#running.delete(name);
    running.stopping.abort();
    await running.agent.stop();
    await this.#machines.get(name)?.powerOff();
    await this.#options.heartbeats?.end(name);
  }

  async restore(name: string): Promise<void> {
    if (!this.#machines.has(name)) throw new Error(`there is no simulated node ${name}`);
    if (this.#running.has(name)) throw new Error(`node ${name} is not lost`);
    await this.#start(name);
  }

  tables(): ReadonlyMap<string, MachineTable> {
    return new Map(
      [...this.#machines].map(([name, { runtime, backoff, pullFailures }]) => [
        name,
        { ...runtime.table(), backoffs: backoff.table(), pullFailures: pullFailures.table() },
      ]),
    );
  }

  schedulable(): boolean {
    const nodes = this.#everything.informer(nodesRef);
    return this.names.every((name) => {
      const node = nodes.get(name);
      return node !== undefined && node.spec?.taints?.some(({ key }) => key === taintKeys.notReady) !== true;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#running.values()].map(({ agent }) => agent.stop()));
    await this.#cleaner.stop();
    await Promise.all([this.#shared.whenStopped(), this.#everything.whenStopped()]);
  }

  #start(name: string): Promise<void> {
    const stopping = new AbortController();
    const agent = startNode(this.#deps, this.#options, {
      name,
      machine: this.#machines.get(name) as SimulatedMachine,
      informers: { services: this.#shared, pods: this.#podsOf(name), node: this.#nodeOf(name) },
      signal: anySignal(this.#stopping.signal, stopping.signal),
    });
    this.#running.set(name, { agent, stopping });
    this.#options.heartbeats?.begin(name);
    return agent.ready;
  }
}

/** What stays of a node while its agent comes and goes. */
class SimulatedMachine {
  readonly podCidr: string;
  readonly runtime: SimulatedRuntime;
  readonly backoff: Backoff;
  readonly pullFailures: PullFailures;

  constructor({ clock, random }: SimulatedNodesDeps, podCidr: string, script: SimulationScript, table: MachineTable | undefined) {
    this.podCidr = podCidr;
    this.backoff = new Backoff(clock, undefined, table?.backoffs);
    this.pullFailures = new PullFailures(clock, table?.pullFailures);
    const addresses = new AddressPool(podCidr);
    for (const { ips } of table?.sandboxes ?? []) for (const ip of ips) addresses.reserve(ip);
    this.runtime = new SimulatedRuntime({
      clock,
      random,
      ...(table ? { table } : {}),
      script: {
        container: simulatedContainer,
        ...script,
        address() {
          const address = addresses.take();
          if (address === undefined) throw new RuntimeError("Unknown", `no address is left in ${podCidr}`);
          return address;
        },
        releaseAddress: (address) => addresses.give(address),
      },
    });
  }

  async powerOff(): Promise<void> {
    this.backoff.forget("");
    this.pullFailures.clear();
    for (const { id } of await this.runtime.listPodSandboxes()) await this.runtime.stopPodSandbox(id);
  }
}

/** Takes out the simulated nodes of earlier starts that are no more; without a machine, none of them comes back by itself. */
export async function removeOtherSimulatedNodes(
  { clientAs, logger }: Pick<SimulatedNodesDeps, "clientAs" | "logger">,
  kept: ReadonlySet<string>,
): Promise<void> {
  const client = clientAs("system:kybern", ["system:masters"]);
  const { items } = await client.list(nodesRef, { labelSelector: `${simulatedLabel}=true` });
  const gone = items.map(nameOf).filter((name) => !kept.has(name));
  for (const name of gone) {
    await client.delete(nodesRef, name).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
  }
  if (gone.length > 0) logger.info("removed simulated nodes of an earlier start", { nodes: gone.length });
}

interface NodeParts {
  name: string;
  machine: SimulatedMachine;
  informers: { services: InformerFactory; pods: Informer<Pod>; node: Informer<Node> };
  signal: AbortSignal;
}

function startNode(deps: SimulatedNodesDeps, options: SimulatedNodesOptions, { name, machine, informers, signal }: NodeParts): NodeAgent {
  const { clock, random, clientAs } = deps;
  const logger = deps.logger.child({ node: name });
  const client = clientAs(`system:node:${name}`, ["system:nodes", "system:authenticated"]);
  const agentDeps = { client, clock, random, logger, signal };
  const { runtime, backoff, pullFailures: failures, podCidr } = machine;
  return startNodeAgent({
    ...agentDeps,
    informers: sharedInformers(createInformerFactory(agentDeps), informers),
    runtime,
    backoff,
    files: new NoPodFiles(`/simulated/${name}`),
    images: ({ objects, recorder }) => createImageManager({ runtime, clock, logger, objects, recorder, failures, signal }),
    volumes: ({ objects }) => new DataOnlyVolumes(objects),
    options: {
      nodeName: name,
      addresses: [firstHost(podCidr)],
      directory: `/simulated/${name}`,
      port: agentPort,
      podCidr,
      ...(options.clusterDns ? { clusterDns: options.clusterDns } : {}),
      clusterDomain: "cluster.local",
      version: kubernetesVersion,
      labels: { [simulatedLabel]: "true" },
      statusesAtRest: true,
      ...(options.heartbeats ? { computedHeartbeats: true } : {}),
      machine: { ...hardware, hostname: name, bootId: uuid(random), machineId: name, systemUuid: name },
    },
  });
}

/** What all nodes follow is in one cache each, and of pods and nodes each sees its own. The rest is the node's. */
function sharedInformers(own: InformerFactory, { services, pods, node }: NodeParts["informers"]): InformerFactory {
  return {
    informer<T extends KubeObject>(ref: ResourceRef<T>, options = {}): Informer<T> {
      if (ref.group === "") {
        if (ref.resource === servicesRef.resource) return services.informer(ref, options);
        if (ref.resource === podsRef.resource) return pods as unknown as Informer<T>;
        if (ref.resource === nodesRef.resource) return node as unknown as Informer<T>;
      }
      return own.informer(ref, options);
    },
    whenSynced: () => own.whenSynced(),
    whenStopped: () => own.whenStopped(),
  };
}
