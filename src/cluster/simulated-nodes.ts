import { nodes as nodesRef, services as servicesRef } from "../api/refs.ts";
import type { Client, Component } from "../client/client.ts";
import type { Informer, InformerFactory } from "../client/informer.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import type { Clock } from "../machinery/clock.ts";
import { isNotFound } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import { type KubeObject, nameOf } from "../machinery/object.ts";
import { type Random, uuid } from "../machinery/random.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import { type NodeAgent, startNodeAgent } from "../node/agent.ts";
import { createImageManager } from "../node/images/image-manager.ts";
import { NoPodFiles } from "../node/pods/no-pod-files.ts";
import { RuntimeError } from "../node/runtime/runtime.ts";
import { AddressPool, firstHost, nodeRange } from "../node/runtime/simulated/address-pool.ts";
import { SimulatedRuntime } from "../node/runtime/simulated/simulated-runtime.ts";
import { DataOnlyVolumes } from "../node/volumes/data-only-volumes.ts";
import { startLocalPathCleaner } from "../node/volumes/local-path-cleaner.ts";
import { nodeServicesUser } from "./cluster-objects.ts";
import { UsageError } from "./options.ts";
import { simulatedContainer } from "./simulated-containers.ts";
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
}

const agentPort = 10_250;
/** No machine is like it: pods fit until there are many. */
const machine = {
  cpus: 32,
  memoryBytes: 256 * 2 ** 30,
  diskBytes: 2 ** 40,
  kernelVersion: "simulated",
  osImage: "kybern simulated node",
};

/** Starts nodes that exist as data only: real agents over a runtime without containers. Resolves when all are ready. */
export async function startSimulatedNodes(deps: SimulatedNodesDeps, options: SimulatedNodesOptions): Promise<Component> {
  if (nodeRange(options.clusterCidr, options.count) === undefined) {
    throw new UsageError(
      `${options.count} simulated nodes need a larger range of pod addresses than ${options.clusterCidr}; name one with --cluster-cidr (a /8 has room for 65,535 nodes)`,
    );
  }
  const stopping = new AbortController();
  const { signal } = stopping;
  const serviceDeps = { ...deps, client: deps.clientAs(nodeServicesUser), signal };
  const shared = createInformerFactory(serviceDeps);
  const names = Array.from({ length: options.count }, (_, index) => `simulated-${index + 1}`);
  await removeOtherSimulatedNodes(deps, new Set(names));
  const agents: NodeAgent[] = [];
  const cleaners: Component[] = [];
  for (const [index, name] of names.entries()) {
    agents.push(startNode(deps, options, shared, signal, name, nodeRange(options.clusterCidr, index + 1) as string));
    cleaners.push(startLocalPathCleaner({ ...serviceDeps, informers: shared, nodeName: name, directory: options.localVolumeDirectory }));
  }
  const stop = async () => {
    stopping.abort();
    await Promise.all([...agents, ...cleaners].map((component) => component.stop()));
    await shared.whenStopped();
  };
  try {
    await Promise.all(agents.map((agent) => agent.ready));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
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

function startNode(
  deps: SimulatedNodesDeps,
  options: SimulatedNodesOptions,
  shared: InformerFactory,
  signal: AbortSignal,
  name: string,
  podCidr: string,
): NodeAgent {
  const { clock, random, clientAs } = deps;
  const logger = deps.logger.child({ node: name });
  const client = clientAs(`system:node:${name}`, ["system:nodes", "system:authenticated"]);
  const agentDeps = { client, clock, random, logger, signal };
  const addresses = new AddressPool(podCidr);
  const runtime = new SimulatedRuntime({
    clock,
    random,
    script: {
      container: simulatedContainer,
      address() {
        const address = addresses.take();
        if (address === undefined) throw new RuntimeError("Unknown", `no address is left in ${podCidr}`);
        return address;
      },
      releaseAddress: (address) => addresses.give(address),
    },
  });
  return startNodeAgent({
    ...agentDeps,
    informers: withSharedServices(createInformerFactory(agentDeps), shared),
    runtime,
    files: new NoPodFiles(`/simulated/${name}`),
    images: ({ objects, recorder }) => createImageManager({ runtime, clock, logger, objects, recorder, signal }),
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
      machine: { ...machine, hostname: name, bootId: uuid(random), machineId: name, systemUuid: name },
    },
  });
}

/** All nodes read the same services: one cache does for them. The rest is each node's own. */
function withSharedServices(own: InformerFactory, shared: InformerFactory): InformerFactory {
  return {
    informer<T extends KubeObject>(ref: ResourceRef<T>, options = {}): Informer<T> {
      return ref.group === servicesRef.group && ref.resource === servicesRef.resource
        ? shared.informer(ref, options)
        : own.informer(ref, options);
    },
    whenSynced: () => own.whenSynced(),
    whenStopped: () => own.whenStopped(),
  };
}
