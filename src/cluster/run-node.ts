import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Node } from "../api/core/v1.ts";
import { nodes, servicecidrs, services } from "../api/refs.ts";
import type { Client, Component } from "../client/client.ts";
import { createHttpClient } from "../client/http-client.ts";
import { clusterDnsIp } from "../dns/kube-dns-service.ts";
import { anySignal } from "../machinery/any-signal.ts";
import { sleep } from "../machinery/clock.ts";
import { isAlreadyExists, isNotFound } from "../machinery/errors.ts";
import { ensureBridge } from "../node/network/bridge.ts";
import { writeCniConfig } from "../node/network/cni-config.ts";
import { runCommand } from "../node/network/command.ts";
import { networkNames } from "../node/network/names.ts";
import { newNode } from "../node/node-object.ts";
import { PrivateContainerd } from "../node/runtime/containerd/private-containerd.ts";
import type { CertificateRequest } from "./certificate.ts";
import { CertificateStore } from "./certificates.ts";
import { DataDirectory, runtimeDirectory } from "./data-directory.ts";
import { connectAsNode, keepCertificates, servingStem } from "./node-identity.ts";
import { startNodeSide } from "./node-side.ts";
import { UsageError } from "./options.ts";
import { otherClusters } from "./other-clusters.ts";
import { checkReachable, type RunDeps, type RunOptions } from "./run-options.ts";
import { cniPluginDirectories, containerObstacle } from "./system-packages.ts";
import { kybernVersion } from "./version.ts";

/** How long to wait until the cluster gives the node a range for its pods. */
const rangeTimeoutMilliseconds = 60_000;
/** Pods get so long to stop when the node stops. */
const podGraceSeconds = 10;

/**
 * This machine as a node of a cluster elsewhere: containerd, agent and service proxy, over a data directory of its own. Resolves
 * when the node is known to the cluster. Stopping stops its pods; the next start goes on with them.
 */
export async function joinNode(deps: RunDeps, options: RunOptions, onFailure: (reason: string) => void): Promise<Component> {
  const obstacle = containerObstacle();
  if (obstacle) throw new UsageError(obstacle);
  const { clock, random, logger, tell } = deps;
  const { nodeName, connection } = options;
  const data = new DataDirectory(options.dataDirectory);
  const running = await data.running();
  if (running)
    throw new UsageError(`a cluster or node already runs in ${data.path} (process ${running.pid}); name another --data directory`);
  const record = await data.record();
  if (record.port !== undefined) throw new UsageError(`${data.path} is a cluster's, made by kybern up; name another --data directory`);
  await otherClusters(data.path);
  const stops: (() => Promise<void>)[] = [];
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const stop = async () => {
    stopping.abort();
    for (const undo of stops.splice(0).reverse()) await undo();
  };
  try {
    const client = createHttpClient(connection, { clock, random, userAgent: `kybern-node/${kybernVersion}` });
    stops.push(async () => client.close());
    await checkReachable(client, connection.server);
    const certificates = new CertificateStore(data.pki, clock);
    const agentConnection = await connectAsNode(deps, { connection, nodeName, certificates, signal });
    const podCidr = options.podCidr ?? (await rangeOf({ ...deps, signal }, client, nodeName));
    const clusterCidr = options.clusterCidr ?? record.clusterCidr ?? around(podCidr);
    const serviceCidr = await serviceRange(client);
    const address = options.nodeIp ?? (await ownAddress(connection.server));
    await data.saveRecord({ ...record, clusterCidr, serviceClusterIpRange: serviceCidr, agentPort: options.port });
    await mkdir(data.logs, { recursive: true });
    await data.saveRunning({ server: connection.server, kubeconfig: "", startedAt: new Date(clock.now()).toISOString() });
    stops.push(() => data.clearRunning());
    tell(`node ${nodeName} at ${address}, pods ${podCidr}, services ${serviceCidr}`);

    const network = { clusterId: record.id, podCidrs: [podCidr] };
    const bridge = await ensureBridge({ run: runCommand, clock, logger }, { ...network, serviceCidrs: [serviceCidr] });
    const cniDirectory = join(data.path, "cni");
    const ipamDirectory = join(data.path, "cni-addresses");
    await writeCniConfig(cniDirectory, { ...network, ipamDirectory });
    let socketPath = options.containerdSocket;
    if (socketPath === undefined) {
      const containerd = await PrivateContainerd.start({
        directory: data.containerd,
        stateDirectory: runtimeDirectory(record.id),
        cniBinDirectories: cniPluginDirectories,
        cniConfDirectory: cniDirectory,
        cgroupParents: [networkNames(record.id).network],
        clock,
        logger: logger.child({ component: "containerd" }),
      });
      stops.push(() => containerd.stop());
      socketPath = containerd.socketPath;
      tell(`containerd runs (process ${containerd.pid})`);
    }
    const wanted: CertificateRequest = {
      commonName: `system:node:${nodeName}`,
      organizations: ["system:nodes"],
      usages: ["server"],
      dnsNames: [nodeName],
      addresses: [address],
    };
    const kept = await certificates.issuedElsewhere(servingStem, wanted);
    // Until the cluster has issued one: nobody trusts this, and a node without agent could not tell its addresses.
    const serving = kept ?? (await certificates.certificate("node-temporary", wanted));
    const side = await startNodeSide(
      { clock, random, logger },
      {
        clusterId: record.id,
        nodeName,
        agentConnection,
        servicesConnection: connection,
        addresses: [address],
        directory: data.pods,
        containerdSocket: socketPath,
        ipamDirectory,
        podCidr,
        clusterCidr,
        serviceCidr,
        bridge: bridge.name,
        bridgeNetfilter: bridge.bridgeNetfilter,
        agentPort: options.port,
        apiPort: portOf(connection.server),
        serving,
        // Who may call the agent shows a certificate of the cluster's authority. Without one, nobody can.
        certificateAuthority: connection.certificateAuthority ?? (await certificates.authority()).certificate,
        clusterDns: options.clusterDns ?? clusterDnsIp(serviceCidr),
        agent: true,
        proxy: true,
      },
    );
    stops.push(() => side.stop({ pods: true, graceSeconds: podGraceSeconds }));
    side.ready.catch((error: Error) => onFailure(error.message));
    await side.ready;
    const keeper = keepCertificates(deps, {
      connection,
      nodeName,
      certificates,
      serving: wanted,
      signal,
      use: (pairs) => side.renew(pairs),
    });
    stops.push(() => keeper.ended);
    if (!kept) await keeper.settled;
    tell(`node ${nodeName} has joined`);
    return { stop };
  } catch (error) {
    await stop().catch((stopError: unknown) => logger.error("stopping after a failed start failed too", { error: stopError }));
    throw error;
  }
}

/** The range of the node's pods, which the cluster gives to nodes that it knows. */
async function rangeOf({ clock, tell, signal }: RunDeps, client: Client, name: string): Promise<string> {
  const deadline = clock.now() + rangeTimeoutMilliseconds;
  let told = false;
  for (;;) {
    const node = await readOrMake(client, name);
    if (node.spec?.podCIDR) return node.spec.podCIDR;
    if (clock.now() >= deadline) {
      const seconds = rangeTimeoutMilliseconds / 1000;
      throw new UsageError(`the cluster gave node ${name} no range for its pods within ${seconds} s: name one with --pod-cidr`);
    }
    if (!told) tell("waiting for the cluster to give this node a range for its pods");
    told = true;
    await sleep(clock, 500, signal);
  }
}

async function readOrMake(client: Client, name: string): Promise<Node> {
  try {
    return await client.get(nodes, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return await client.create(nodes, newNode(name, undefined, {}));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return await client.get(nodes, name);
  }
}

/** The cluster's service addresses: as it tells, or as far as the address of its API can tell. */
async function serviceRange(client: Client): Promise<string> {
  const told = await client.get(servicecidrs, "kubernetes").then(
    ({ spec }) => spec?.cidrs?.find((cidr) => !cidr.includes(":")),
    () => undefined,
  );
  if (told) return told;
  const { spec } = await client.get(services, "kubernetes", { namespace: "default" });
  return around(spec?.clusterIP ?? "10.96.0.1");
}

/** The /16 around an address or range. */
function around(address: string): string {
  return `${address.split(".").slice(0, 2).join(".")}.0.0/16`;
}

/** The address of this machine by which it reaches the API server: others of that network reach it there. */
function ownAddress(server: string): Promise<string> {
  const { hostname } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: portOf(server) });
    socket.once("connect", () => {
      const { localAddress } = socket;
      socket.destroy();
      if (localAddress) resolve(localAddress);
      else reject(new UsageError("this machine's address could not be found out: name it with --node-ip"));
    });
    socket.once("error", (error) => reject(new UsageError(`the API server at ${server} can't be reached: ${error.message}`)));
  });
}

function portOf(server: string): number {
  const { port, protocol } = new URL(server);
  return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}
