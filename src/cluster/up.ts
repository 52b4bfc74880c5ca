import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Component } from "../client/client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { clusterDnsIp } from "../dns/kube-dns-service.ts";
import type { Logger } from "../machinery/logger.ts";
import { ensureBridge } from "../node/network/bridge.ts";
import { writeCniConfig } from "../node/network/cni-config.ts";
import { runCommand } from "../node/network/command.ts";
import { networkNames } from "../node/network/names.ts";
import { choosePort, chooseRanges, listeningPorts, takenCidrs } from "../node/network/ranges.ts";
import { PrivateContainerd } from "../node/runtime/containerd/private-containerd.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import type { KeyPair } from "./certificate.ts";
import { startCertificateRenewal } from "./certificate-renewal.ts";
import { createIssuer } from "./certificate-requests.ts";
import { CertificateStore, type KeptCertificate } from "./certificates.ts";
import { ensureClusterObjects, nodeServicesUser } from "./cluster-objects.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { startControllers } from "./controllers.ts";
import { type ClusterRecord, DataDirectory, runtimeDirectory } from "./data-directory.ts";
import { kubeconfigText, writeKubeconfig } from "./kubeconfig-file.ts";
import { createNodeProxy } from "./node-proxy.ts";
import type { NodeSide } from "./node-side.ts";
import { unsupportedText } from "./not-acted-on.ts";
import { UsageError } from "./options.ts";
import { otherClusters } from "./other-clusters.ts";
import { isOwnAddress, outwardAddress } from "./own-addresses.ts";
import { startQuietCollector } from "./quiet-collector.ts";
import { removeOtherSimulatedNodes, startSimulatedNodes } from "./simulated-nodes.ts";
import { startNodeWorker } from "./start-node-worker.ts";
import { cniPluginDirectories, containerObstacle } from "./system-packages.ts";
import type { UpOptions } from "./up-options.ts";

/** One thing that starting does, told to the person who waits. */
export interface Step {
  title: string;
  run(tell: (detail: string) => void): Promise<void>;
}

export interface RunningCluster {
  readonly kubeconfigFile: string;
  readonly server: string;
  /** Aborted when a part of the cluster has failed for good; the reason tells which. */
  readonly failure: AbortSignal;
  /** Stops in the reverse order of starting; pods too unless the options say to leave them. */
  stop(tell: (detail: string) => void): Promise<void>;
}

/** Pods get so long to stop when the cluster stops. */
const podGraceSeconds = 10;

/** The steps of a start, which run one after another, and the cluster that they amount to. */
export function planUp(options: UpOptions, logger: Logger): { steps: Step[]; cluster: RunningCluster } {
  const plan = new Start(options, logger);
  return { steps: plan.steps(), cluster: plan };
}

class Start implements RunningCluster {
  readonly #options: UpOptions;
  readonly #logger: Logger;
  readonly #data: DataDirectory;
  readonly #failure = new AbortController();
  readonly #components: Component[] = [];
  readonly #stopping = new AbortController();
  #record: ClusterRecord = { formatVersion: 1, id: "" };
  #certificates: CertificateStore;
  #controlPlane: ControlPlane | undefined;
  #nodeProxy: { close(): void } | undefined;
  #containerd: PrivateContainerd | undefined;
  #node: NodeSide | undefined;
  #bridgeAddress: string | undefined;
  #bridgeNetfilter = true;
  #port = 0;

  constructor(options: UpOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#data = new DataDirectory(options.dataDirectory);
    this.#certificates = new CertificateStore(this.#data.pki, systemClock);
  }

  get failure(): AbortSignal {
    return this.#failure.signal;
  }

  get kubeconfigFile(): string {
    return this.#options.kubeconfigFile ?? this.#data.kubeconfig;
  }

  get server(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get #realNode(): boolean {
    return this.#options.nodes.kind === "host" && (this.#options.components.has("node") || this.#options.components.has("dns"));
  }

  steps(): Step[] {
    const { components } = this.#options;
    const steps: Step[] = [{ title: "data directory", run: (tell) => this.#prepare(tell) }];
    if (this.#realNode) steps.push({ title: "pod network", run: (tell) => this.#makeNetwork(tell) });
    if (components.has("apiserver")) steps.push({ title: "API server", run: (tell) => this.#startApiServer(tell) });
    if (components.has("controllers")) steps.push({ title: "controllers", run: () => this.#startControllers() });
    if (components.has("scheduler")) steps.push({ title: "scheduler", run: async () => this.#startScheduler() });
    if (this.#options.nodes.kind === "simulated") steps.push({ title: "simulated nodes", run: (tell) => this.#startSimulatedNodes(tell) });
    if (this.#realNode) {
      if (!this.#options.containerdSocket && components.has("node"))
        steps.push({ title: "containerd", run: (tell) => this.#startContainerd(tell) });
      steps.push({ title: "node agent, service proxy and DNS", run: (tell) => this.#startNode(tell) });
    }
    return steps;
  }

  async #prepare(tell: (detail: string) => void): Promise<void> {
    const { nodes } = this.#options;
    if (nodes.kind === "simulated" && !this.#options.components.has("apiserver"))
      throw new UsageError("simulated nodes run beside the API server: add apiserver to --components");
    for (const name of ["node", "dns"] as const) {
      if (this.#realNode && this.#options.components.has(name) && !this.#options.components.has("apiserver"))
        throw new UsageError(`${name} needs the API server in this process; run it by itself with kybern run ${name} --kubeconfig FILE`);
    }
    for (const address of this.#options.bindAddresses) {
      if (!isOwnAddress(address)) throw new UsageError(`--bind-address ${address}: this machine has no such address`);
    }
    if (this.#realNode) {
      const obstacle = containerObstacle();
      if (obstacle) throw new UsageError(obstacle);
    }
    const running = await this.#data.running();
    if (running) throw new UsageError(`a cluster already runs in ${this.#data.path} (process ${running.pid}); stop it with kybern down`);
    const isNew = !this.#data.exists();
    this.#record = await this.#data.record();
    const others = await otherClusters(this.#data.path);
    const taken = { cidrs: [...others.cidrs], nodePortRanges: others.nodePortRanges };
    const bridge = networkNames(this.#record.id).bridge;
    if (this.#realNode) taken.cidrs.push(...(await takenCidrs(runCommand, bridge)));
    const chosen = this.#record.serviceClusterIpRange ? undefined : chooseRanges(this.#record.id, taken);
    const ports = await listeningPorts(runCommand).catch(() => new Set<number>());
    const preferred = this.#options.port ?? this.#record.port;
    if (preferred !== undefined && ports.has(preferred)) {
      throw new UsageError(`port ${preferred} is taken by another program; name another with --port`);
    }
    this.#port = preferred ?? choosePort(6443, new Set([...ports, ...others.ports]));
    this.#record = {
      ...this.#record,
      port: this.#port,
      serviceClusterIpRange: this.#record.serviceClusterIpRange ?? this.#options.serviceClusterIpRange ?? (chosen?.serviceCidr as string),
      clusterCidr: this.#record.clusterCidr ?? this.#options.clusterCidr ?? (chosen?.clusterCidr as string),
      nodePortRange: this.#options.nodePortRange ?? this.#record.nodePortRange ?? (chosen?.nodePortRange as string),
      agentPort: this.#record.agentPort ?? choosePort(10250, new Set([...ports, ...others.ports, this.#port])),
    };
    for (const [wanted, kept, option] of [
      [this.#options.serviceClusterIpRange, this.#record.serviceClusterIpRange, "--service-cluster-ip-range"],
      [this.#options.clusterCidr, this.#record.clusterCidr, "--cluster-cidr"],
    ]) {
      if (wanted !== undefined && wanted !== kept) {
        throw new UsageError(
          `this cluster was made with ${option} ${kept}; it can't be changed. Use another --data directory, or kybern down --delete`,
        );
      }
    }
    await this.#data.saveRecord(this.#record);
    await mkdir(this.#data.logs, { recursive: true });
    tell(isNew ? `made ${this.#data.path}` : `continuing with ${this.#data.path}`);
  }

  /** The first /24 of the cluster's range: this machine's pods. */
  get #podCidr(): string {
    return `${(this.#record.clusterCidr ?? "").split("/")[0]}/24`;
  }

  async #makeNetwork(tell: (detail: string) => void): Promise<void> {
    const bridge = await ensureBridge(
      { run: runCommand, clock: systemClock, logger: this.#logger },
      { clusterId: this.#record.id, podCidrs: [this.#podCidr], serviceCidrs: [this.#record.serviceClusterIpRange as string] },
    );
    this.#bridgeAddress = bridge.addresses[0];
    this.#bridgeNetfilter = bridge.bridgeNetfilter;
    await writeCniConfig(this.#cniDirectory, { clusterId: this.#record.id, podCidrs: [this.#podCidr], ipamDirectory: this.#ipamDirectory });
    tell(`pods ${this.#podCidr}, services ${this.#record.serviceClusterIpRange}`);
  }

  get #cniDirectory(): string {
    return join(this.#data.path, "cni");
  }

  get #ipamDirectory(): string {
    return join(this.#data.path, "cni-addresses");
  }

  get #advertiseAddress(): string {
    return this.#options.advertiseAddress ?? this.#bridgeAddress ?? outwardAddress() ?? "127.0.0.1";
  }

  /** By which other nodes reach this one: the advertised address where it is this machine's own, else nobody needs to. */
  get #nodeAddress(): string {
    const advertised = this.#options.advertiseAddress;
    return advertised !== undefined && isOwnAddress(advertised) ? advertised : (this.#bridgeAddress as string);
  }

  async #startApiServer(tell: (detail: string) => void): Promise<void> {
    const { store, bindAddresses } = this.#options;
    const listen = bindAddresses.length > 0 ? bindAddresses : ["127.0.0.1", ...(this.#bridgeAddress ? [this.#bridgeAddress] : [])];
    const deps = { clock: systemClock, random: systemRandom, logger: this.#logger };
    const nodeProxy = await createNodeProxy({
      certificates: this.#certificates,
      logger: this.#logger,
      node: (name) => this.#controlPlane?.node(name),
    });
    this.#nodeProxy = nodeProxy;
    this.#controlPlane = await startControlPlane(deps, {
      ...(store === "lmdb" ? { storeDirectory: this.#data.store } : {}),
      certificates: this.#certificates,
      bindAddresses: listen,
      port: this.#port,
      advertiseAddress: this.#advertiseAddress,
      tlsNames: this.#options.tlsNames,
      serviceClusterIpRange: this.#record.serviceClusterIpRange as string,
      nodePortRange: this.#record.nodePortRange as string,
      issuer: this.#options.serviceAccountIssuer,
      ...this.#options.admission,
      ...(this.#options.tokenAuthFile ? { tokenAuthFile: this.#options.tokenAuthFile } : {}),
      flags: this.#options.server,
      nodeProxy,
      runs: (part) => this.#options.components.has(part === "scheduler" ? part : "controllers"),
      legacyVersions: this.#options.legacyVersions,
      notActedOn: (resource) => unsupportedText(resource, this.#options.components),
    });
    const admin = await this.#certificates.keep("admin", {
      commonName: "kubernetes-admin",
      organizations: ["system:masters"],
      usages: ["client"],
    });
    const { authority, store: objects } = this.#controlPlane;
    const writeFor = async (pair: KeyPair) => {
      const text = kubeconfigText("kybern", this.server, authority.certificate, { name: "kubernetes-admin", pair });
      await writeKubeconfig(this.#data.kubeconfig, text);
      if (this.#options.kubeconfigFile) await writeKubeconfig(this.#options.kubeconfigFile, text);
    };
    await writeFor(admin.current);
    admin.onRenewal((pair) => {
      writeFor(pair).catch((error: unknown) =>
        this.#logger.error("the kubeconfig with the renewed certificate was not written", { error }),
      );
    });
    this.#components.push(startCertificateRenewal({ certificates: this.#certificates, clock: systemClock, logger: this.#logger }));
    this.#components.push(startQuietCollector(systemClock, () => objects.releaseEncodings()));
    await ensureClusterObjects(this.#controlPlane.clientAs("system:kybern", ["system:masters"]), {
      serviceClusterIpRange: this.#record.serviceClusterIpRange as string,
      ...(this.#dns ? { dns: this.#dns } : {}),
      localVolumes: this.#options.components.has("controllers"),
    });
    if (this.#options.nodes.kind !== "simulated")
      await removeOtherSimulatedNodes({ clientAs: this.#controlPlane.clientAs, logger: this.#logger }, new Set());
    await this.#data.saveRunning({
      server: this.server,
      kubeconfig: this.kubeconfigFile,
      startedAt: new Date(systemClock.now()).toISOString(),
    });
    tell(this.server);
  }

  /** Where DNS listens: the bridge's address. */
  get #dns(): { address: string; port: number } | undefined {
    return this.#options.components.has("dns") && this.#bridgeAddress ? { address: this.#bridgeAddress, port: 53 } : undefined;
  }

  #componentDeps(name: string, user: string, groups: string[] = []) {
    const controlPlane = this.#controlPlane;
    if (!controlPlane)
      throw new UsageError(`${name} needs the API server in this process; run it by itself with kybern run ${name} --kubeconfig FILE`);
    const deps = {
      client: controlPlane.clientAs(user, groups),
      clock: systemClock,
      random: systemRandom,
      logger: this.#logger.child({ component: name }),
      signal: this.#stopping.signal,
      metrics: controlPlane.metrics,
    };
    return { ...deps, informers: createInformerFactory(deps) };
  }

  async #startControllers(): Promise<void> {
    const controlPlane = this.#controlPlane;
    const deps = this.#componentDeps("controllers", "system:kube-controller-manager", ["system:masters"]);
    const [cluster, serving] = await Promise.all([this.#certificates.authority(), this.#certificates.authority("kubelet-serving-ca")]);
    this.#components.push(
      ...startControllers({
        ...deps,
        issuer: createIssuer({ cluster, serving }),
        discover: async () => controlPlane?.served() ?? [],
        certificateAuthority: controlPlane?.authority.certificate ?? "",
        ...(controlPlane ? { signToken: controlPlane.signToken } : {}),
        clusterCidr: this.#record.clusterCidr as string,
        localVolumeDirectory: join(this.#data.pods, "local-volumes"),
      }),
    );
  }

  #startScheduler(): void {
    this.#components.push(startScheduler(this.#componentDeps("scheduler", "system:kube-scheduler")));
  }

  async #startSimulatedNodes(tell: (detail: string) => void): Promise<void> {
    const { nodes } = this.#options;
    const controlPlane = this.#controlPlane;
    if (nodes.kind !== "simulated" || !controlPlane) return;
    const logger = this.#logger.child({ component: "simulated-nodes" });
    this.#components.push(
      await startSimulatedNodes(
        { clock: systemClock, random: systemRandom, logger, clientAs: controlPlane.clientAs },
        {
          count: nodes.count,
          clusterCidr: this.#record.clusterCidr as string,
          localVolumeDirectory: join(this.#data.pods, "local-volumes"),
        },
      ),
    );
    tell(`${nodes.count} ${nodes.count === 1 ? "node" : "nodes"}`);
  }

  async #startContainerd(tell: (detail: string) => void): Promise<void> {
    this.#containerd = await PrivateContainerd.start(this.containerdOptions());
    const { pid, replaced } = this.#containerd;
    tell(`process ${pid}${replaced === undefined ? "" : ` in place of one that didn't answer (${replaced}); containers run on`}`);
  }

  containerdOptions() {
    return {
      directory: this.#data.containerd,
      stateDirectory: runtimeDirectory(this.#record.id),
      cniBinDirectories: cniPluginDirectories,
      cniConfDirectory: this.#cniDirectory,
      cgroupParents: [networkNames(this.#record.id).network],
      clock: systemClock,
      logger: this.#logger.child({ component: "containerd" }),
    };
  }

  async #startNode(tell: (detail: string) => void): Promise<void> {
    const { components } = this.#options;
    const name = hostname().toLowerCase();
    const authority = await this.#certificates.authority();
    const connection = ({ current }: KeptCertificate): ServerConnection => ({
      server: this.server,
      certificateAuthority: authority.certificate,
      clientCertificate: current.certificate,
      clientKey: current.key,
    });
    const [agent, services] = await Promise.all([
      this.#certificates.keep("node", { commonName: `system:node:${name}`, organizations: ["system:nodes"], usages: ["client"] }),
      this.#certificates.keep("node-services", { commonName: nodeServicesUser, usages: ["client"] }),
    ]);
    const addresses = [this.#nodeAddress];
    const serving = await this.#certificates.keep("node-serving", {
      commonName: `system:node:${name}`,
      organizations: ["system:nodes"],
      usages: ["server"],
      dnsNames: [name],
      addresses: [...new Set([...addresses, this.#bridgeAddress as string, "127.0.0.1"])],
    });
    const clusterDns = components.has("dns") ? clusterDnsIp(this.#record.serviceClusterIpRange as string) : undefined;
    this.#node = await startNodeWorker(
      {
        options: {
          clusterId: this.#record.id,
          nodeName: name,
          agentConnection: connection(agent),
          servicesConnection: connection(services),
          addresses,
          directory: this.#data.pods,
          containerdSocket: this.#options.containerdSocket ?? (this.#containerd?.socketPath as string),
          ipamDirectory: this.#ipamDirectory,
          podCidr: this.#podCidr,
          clusterCidr: this.#record.clusterCidr as string,
          serviceCidr: this.#record.serviceClusterIpRange as string,
          bridge: networkNames(this.#record.id).bridge,
          bridgeNetfilter: this.#bridgeNetfilter,
          agentPort: this.#record.agentPort as number,
          apiPort: this.#port,
          serving: serving.current,
          certificateAuthority: authority.certificate,
          ...(clusterDns ? { clusterDns } : {}),
          ...(this.#dns ? { dns: this.#dns } : {}),
          agent: components.has("node"),
          proxy: components.has("node"),
        },
        log: { level: this.#options.logLevel, file: join(this.#data.logs, "node.log") },
      },
      this.#logger,
      (message) => this.#failure.abort(new Error(message)),
    );
    const node = this.#node;
    agent.onRenewal((pair) => node.renew({ agent: pair }));
    services.onRenewal((pair) => node.renew({ services: pair }));
    serving.onRenewal((pair) => node.renew({ serving: pair }));
    await node.ready;
    tell(`node ${name}`);
  }

  async stop(tell: (detail: string) => void): Promise<void> {
    if (this.#node) {
      tell(this.#options.detachPods ? "leaving pods running" : "stopping pods");
      await this.#node.stop({ pods: !this.#options.detachPods, graceSeconds: podGraceSeconds });
    }
    tell("stopping the control plane");
    this.#stopping.abort();
    await Promise.all(this.#components.map((component) => component.stop()));
    await this.#controlPlane?.stop();
    this.#nodeProxy?.close();
    if (this.#options.detachPods) await this.#containerd?.detach();
    else await this.#containerd?.stop();
    await this.#data.clearRunning();
  }
}
