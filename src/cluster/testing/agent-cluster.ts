import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Container, ContainerStatus, Node, Pod } from "../../api/core/v1.ts";
import { nodes, pods, serviceaccounts } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { systemClock, systemRandom } from "../../client/system-clock.ts";
import { formatTime } from "../../machinery/clock.ts";
import { type Logger, silentLogger } from "../../machinery/logger.ts";
import { identityLabels, podLabels } from "../../node/pods/labels.ts";
import { PodFiles } from "../../node/pods/pod-files.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../node/runtime/runtime.ts";
import { RealContainers, testImage } from "../../node/runtime/testing/real-containers.ts";
import { type NodeServer, startNodeServer } from "../../node/server/node-server.ts";
import { CertificateStore } from "../certificates.ts";
import { type ControlPlane, startControlPlane } from "../control-plane.ts";
import { kubeconfigText } from "../kubeconfig-file.ts";
import { createNodeProxy } from "../node-proxy.ts";

/** What of a container a test chooses. */
export type TestContainer = Pick<Container, "name"> & Partial<Pick<Container, "command" | "stdin" | "stdinOnce" | "tty">>;

export interface RunningPod {
  pod: Pod;
  sandboxId: string;
  /** By name. */
  containerIds: Record<string, string>;
}

/**
 * An API server, a containerd and the API of a node agent, without the agent: pods are written by hand and their containers are
 * started through the runtime.
 */
export class AgentCluster {
  readonly containers: RealContainers;
  readonly controlPlane: ControlPlane;
  readonly client: Client;
  readonly kubeconfig: string;
  readonly server: NodeServer;
  readonly files: PodFiles;
  readonly #stopping: AbortController;
  readonly #pods: Map<string, Pod>;

  private constructor(parts: Omit<AgentCluster, "delete" | "run" | "setStatus"> & { stopping: AbortController; pods: Map<string, Pod> }) {
    this.containers = parts.containers;
    this.controlPlane = parts.controlPlane;
    this.client = parts.client;
    this.kubeconfig = parts.kubeconfig;
    this.server = parts.server;
    this.files = parts.files;
    this.#stopping = parts.stopping;
    this.#pods = parts.pods;
  }

  static async start(port: number, logger: Logger = silentLogger): Promise<AgentCluster> {
    const clock = systemClock;
    const containers = await RealContainers.start(clock);
    const certificates = new CertificateStore(join(containers.directory, "pki"), clock);
    let controlPlane: ControlPlane | undefined;
    const nodeProxy = await createNodeProxy({ certificates, logger, node: (name) => controlPlane?.node(name) });
    controlPlane = await startControlPlane(
      { clock, random: systemRandom, logger },
      {
        certificates,
        bindAddresses: ["127.0.0.1"],
        port,
        advertiseAddress: "127.0.0.1",
        tlsNames: [],
        serviceClusterIpRange: "10.98.0.0/16",
        nodePortRange: "30000-32767",
        issuer: "https://kubernetes.default.svc",
        nodeProxy,
        notActedOn: () => undefined,
      },
    );
    const client = controlPlane.clientAs("test", ["system:masters"]);
    const authority = await certificates.authority();
    const serving = await certificates.certificate("node-serving", {
      commonName: "system:node:n1",
      organizations: ["system:nodes"],
      usages: ["server"],
      dnsNames: ["n1"],
      addresses: ["127.0.0.1"],
    });
    const files = new PodFiles(join(containers.directory, "agent"));
    await mkdir(files.root, { recursive: true });
    const stopping = new AbortController();
    const known = new Map<string, Pod>();
    const server = await startNodeServer({
      client: controlPlane.clientAs("system:node:n1", ["system:nodes"]),
      clock,
      random: systemRandom,
      logger,
      signal: stopping.signal,
      nodeName: "n1",
      port: 0,
      addresses: ["127.0.0.1"],
      certificate: serving.certificate,
      key: serving.key,
      clientCA: authority.certificate,
      runtime: containers.runtime,
      files,
      pods: () => [...known.values()],
      hostLogs: join(containers.directory, "host-logs"),
    });
    await client.create(serviceaccounts, { metadata: { name: "default", namespace: "default" } });
    const node: Node = { metadata: { name: "n1" } };
    await client.create(nodes, node);
    node.status = {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: server.port } },
    };
    await client.patch(nodes, "n1", { type: "application/merge-patch+json", body: { status: node.status } }, { subresource: "status" });
    const admin = await certificates.certificate("admin", {
      commonName: "kubernetes-admin",
      organizations: ["system:masters"],
      usages: ["client"],
    });
    const kubeconfig = join(containers.directory, "kubeconfig");
    const user = { name: "kubernetes-admin", pair: admin };
    await writeFile(kubeconfig, kubeconfigText("test", `https://127.0.0.1:${port}`, authority.certificate, user));
    return new AgentCluster({ containers, controlPlane, client, kubeconfig, server, files, stopping, pods: known });
  }

  /** Makes a pod that runs these containers. */
  async run(name: string, specs: readonly TestContainer[]): Promise<RunningPod> {
    const { runtime } = this.containers;
    const spec = {
      nodeName: "n1",
      containers: specs.map((container) => ({ image: testImage, ...container })),
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
    };
    const pod = await this.client.create(pods, { metadata: { name, namespace: "default" }, spec });
    const uid = pod.metadata.uid ?? "";
    const sandboxConfig: PodSandboxConfig = {
      metadata: { name, namespace: "default", uid, attempt: 0 },
      hostname: name,
      logDirectory: this.files.logDirectory(pod),
      labels: identityLabels(pod),
      cgroupParent: `${this.containers.cgroupParent}/pod${uid}`,
      security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
    };
    const sandboxId = await runtime.runPodSandbox(sandboxConfig);
    const image = (await runtime.imageStatus(testImage))?.id ?? "";
    const containerIds: Record<string, string> = {};
    const statuses: ContainerStatus[] = [];
    for (const container of specs) {
      const { command, ...streams } = container;
      const config: ContainerConfig = {
        ...streams,
        attempt: 0,
        image,
        ...(command ? { command } : {}),
        labels: { ...identityLabels(pod), [podLabels.container]: container.name },
        logPath: this.files.logPath(container.name, 0),
        env: [{ name: "PATH", value: "/bin" }],
        security: { namespaces: { network: "pod", pid: "container", ipc: "pod" } },
      };
      const id = await runtime.createContainer(sandboxId, config, sandboxConfig);
      await runtime.startContainer(id);
      containerIds[container.name] = id;
      statuses.push({
        name: container.name,
        image: testImage,
        imageID: image,
        containerID: `containerd://${id}`,
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: formatTime(systemClock.now()) } },
      });
    }
    const { ips } = await runtime.podSandboxStatus(sandboxId);
    const status = {
      phase: "Running",
      ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
      containerStatuses: statuses,
      conditions: [{ type: "Ready", status: "True" }],
    };
    return { pod: await this.setStatus(pod, status), sandboxId, containerIds };
  }

  /** Writes a pod's status and lets the agent's API know of the pod. */
  async setStatus(pod: Pod, status: Pod["status"]): Promise<Pod> {
    const written = await this.client.patch(
      pods,
      pod.metadata.name ?? "",
      { type: "application/merge-patch+json", body: { status } },
      { namespace: "default", subresource: "status" },
    );
    this.#pods.set(pod.metadata.uid ?? "", written);
    return written;
  }

  async delete(): Promise<void> {
    this.#stopping.abort();
    await this.server.stop();
    await this.controlPlane.stop();
    await this.containers.delete();
  }
}
