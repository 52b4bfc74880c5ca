import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "../client/client.ts";
import { createEventRecorder } from "../client/event-recorder.ts";
import { createHttpClient, type HttpClient } from "../client/http-client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { startDns } from "../dns/start-dns.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import type { Random } from "../machinery/random.ts";
import { type NodeAgent, startNodeAgent } from "../node/agent.ts";
import { startImageCollector } from "../node/images/image-collector.ts";
import { createImageManager } from "../node/images/image-manager.ts";
import { pullImageVolume } from "../node/images/image-volumes.ts";
import { startLogRotation } from "../node/logs/rotate-logs.ts";
import { runCommand } from "../node/network/command.ts";
import { startForwardGuard } from "../node/network/forwarding.ts";
import { freeLeftoverAddresses } from "../node/network/leftovers.ts";
import { networkNames } from "../node/network/names.ts";
import { startRoutes } from "../node/network/routes.ts";
import { PodCgroups } from "../node/pods/cgroups.ts";
import { startProxy } from "../node/proxy/start-proxy.ts";
import { CriRuntime } from "../node/runtime/cri/cri-runtime.ts";
import { type NodeServer, startNodeServer } from "../node/server/node-server.ts";
import { createVolumeManager } from "../node/volumes/create-volume-manager.ts";
import { startLocalPathCleaner } from "../node/volumes/local-path-cleaner.ts";
import type { KeyPair } from "./certificate.ts";
import { kubernetesVersion, kybernVersion } from "./version.ts";

/** Everything that one machine does as a node. Plain data: it is handed to a worker thread. */
export interface NodeSideOptions {
  clusterId: string;
  nodeName: string;
  /** As `system:node:NAME`. */
  agentConnection: ServerConnection;
  /** As the proxy, DNS and the volume cleaner. */
  servicesConnection: ServerConnection;
  addresses: string[];
  directory: string;
  containerdSocket: string;
  ipamDirectory: string;
  podCidr: string;
  clusterCidr: string;
  serviceCidr: string;
  bridge: string;
  bridgeNetfilter: boolean;
  agentPort: number;
  apiPort: number;
  serving: KeyPair;
  certificateAuthority: string;
  clusterDns?: string;
  dns?: { address: string; port: number };
  /** Which parts run. */
  agent: boolean;
  proxy: boolean;
}

/** What a node shows, to others and to the API server. */
export interface NodeCertificates {
  serving?: KeyPair;
  agent?: KeyPair;
  services?: KeyPair;
}

export interface NodeSide {
  ready: Promise<void>;
  /** New connections show these. */
  renew(certificates: NodeCertificates): void;
  /** With `pods`: their containers are stopped too, within the grace period. */
  stop(options: { pods: boolean; graceSeconds: number }): Promise<void>;
}

/** Starts the node agent, the service proxy and DNS over real clients, containerd and the kernel. */
export async function startNodeSide(deps: { clock: Clock; random: Random; logger: Logger }, options: NodeSideOptions): Promise<NodeSide> {
  const { clock, random, logger } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const clients: { [part in "agent" | "services"]?: HttpClient } = {};
  const components: Component[] = [];
  const connect = (connection: ServerConnection, part: keyof typeof clients, name: string) => {
    const client = createHttpClient(connection, { clock, random, userAgent: `${name}/${kybernVersion}` });
    clients[part] = client;
    const componentDeps = { client, clock, random, logger: logger.child({ component: name }), signal };
    return { ...componentDeps, informers: createInformerFactory(componentDeps) };
  };
  await mkdir(options.directory, { recursive: true });
  const serviceDeps = connect(options.servicesConnection, "services", "kybern-node-services");
  const pipeDirectory = join(options.directory, "pipes");
  await rm(pipeDirectory, { recursive: true, force: true });
  const runtime = new CriRuntime({ socketPath: options.containerdSocket, clock, pipeDirectory });
  let agent: NodeAgent | undefined;
  let server: NodeServer | undefined;
  if (options.dns) {
    const dns = await startDns(
      { ...serviceDeps, logger: logger.child({ component: "dns" }) },
      {
        listen: [{ host: options.dns.address, port: options.dns.port }],
        ownAddresses: options.clusterDns ? [options.clusterDns] : [],
      },
    );
    components.push(dns);
  }
  if (options.agent) {
    const sandboxes = await runtime.listPodSandboxes();
    await freeLeftoverAddresses(clock, {
      clusterId: options.clusterId,
      ipamDirectory: options.ipamDirectory,
      sandboxIds: new Set(sandboxes.map((sandbox) => sandbox.id)),
      minimumAgeMilliseconds: 0,
    });
    const agentDeps = connect(options.agentConnection, "agent", "kubelet");
    agent = startNodeAgent({
      ...agentDeps,
      runtime,
      images: ({ objects, recorder }) => createImageManager({ runtime, clock, logger: agentDeps.logger, objects, recorder }),
      volumes: ({ objects, addresses, node, hostAddresses, images }) =>
        createVolumeManager({
          root: options.directory,
          objects,
          client: agentDeps.client,
          clock,
          logger: agentDeps.logger,
          nodeName: options.nodeName,
          pullImage: (pod, volume) => pullImageVolume(pod, volume, images, runtime),
          facts: (pod) => ({
            podIPs: pod.spec?.hostNetwork ? hostAddresses() : addresses.of(pod.metadata.uid ?? ""),
            hostIPs: hostAddresses(),
            node: node(),
          }),
        }),
      options: {
        nodeName: options.nodeName,
        addresses: options.addresses,
        directory: options.directory,
        port: options.agentPort,
        podCidr: options.podCidr,
        ...(options.clusterDns ? { clusterDns: options.clusterDns } : {}),
        clusterDomain: "cluster.local",
        cgroupParent: networkNames(options.clusterId).network,
        version: kubernetesVersion,
      },
    });
    const running = agent;
    const recorder = createEventRecorder({ ...agentDeps, component: "kubelet", host: options.nodeName });
    server = await startNodeServer({
      ...agentDeps,
      port: options.agentPort,
      addresses: options.addresses,
      certificate: options.serving.certificate,
      key: options.serving.key,
      clientCA: options.certificateAuthority,
      runtime,
      files: running.files,
      pods: () => running.pods(),
      nodeName: options.nodeName,
      cgroups: new PodCgroups(networkNames(options.clusterId).network, logger),
    });
    components.push(
      { stop: () => recorder.stop() },
      startImageCollector({ runtime, recorder, clock, logger: agentDeps.logger, signal }, { nodeName: options.nodeName }),
      startLogRotation({ runtime, clock, logger: agentDeps.logger, signal }),
      server,
      startLocalPathCleaner({
        ...serviceDeps,
        isOurs: (node) => node === options.nodeName,
        directory: join(options.directory, "local-volumes"),
      }),
    );
  }
  if (options.proxy) {
    components.push(
      startForwardGuard(
        { run: runCommand, logger, clock, signal },
        {
          clusterId: options.clusterId,
          openPorts: [
            { protocol: "tcp", port: options.apiPort },
            ...(options.dns
              ? [
                  { protocol: "udp" as const, port: options.dns.port },
                  { protocol: "tcp" as const, port: options.dns.port },
                ]
              : []),
          ],
        },
      ),
      startRoutes(serviceDeps, { nodeName: options.nodeName, clusterCidrs: [options.clusterCidr], run: runCommand }),
      await startProxy(
        { ...serviceDeps, logger: logger.child({ component: "proxy" }) },
        {
          nodeName: options.nodeName,
          table: networkNames(options.clusterId).table,
          clusterCidrs: [options.clusterCidr],
          podCidrs: [options.podCidr],
          serviceCidrs: [options.serviceCidr],
          bridge: options.bridge,
          ...(options.bridgeNetfilter ? {} : { masqueradeAll: true }),
          ...(agent ? { hostPorts: agent.addresses } : {}),
        },
      ),
    );
  }
  return {
    ready: agent ? agent.ready : Promise.resolve(),
    renew({ serving, ...clientPairs }) {
      if (serving) server?.renew(serving.certificate, serving.key);
      for (const part of ["agent", "services"] as const) {
        const pair = clientPairs[part];
        if (pair) clients[part]?.renew(pair.certificate, pair.key);
      }
    },
    async stop({ pods, graceSeconds }) {
      if (pods) await agent?.stopPods(graceSeconds);
      stopping.abort();
      await agent?.stop();
      await Promise.all(components.map((component) => component.stop()));
      for (const client of Object.values(clients)) client.close();
      runtime.close();
    },
  };
}
