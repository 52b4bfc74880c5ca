import { join } from "node:path";
import { DataDirectory, defaultDataDirectory } from "../cluster/data-directory.ts";
import { createLogger } from "../cluster/logger.ts";
import {
  existingFile,
  parseAddress,
  parseAdmission,
  parseBoolean,
  parseCidr,
  parseComponents,
  parseListenAddress,
  parseNodes,
  parsePort,
  parsePortRange,
  UsageError,
} from "../cluster/options.ts";
import { parseServerFlags } from "../cluster/server-flags.ts";
import { containerObstacle, missingParts, onPath, whyNotInstallable } from "../cluster/system-packages.ts";
import { planUp, type RunningCluster } from "../cluster/up.ts";
import type { UpOptions } from "../cluster/up-options.ts";
import { logLevelOf } from "./log-level.ts";
import { realDeps, setUp } from "./setup.ts";
import { runSteps } from "./steps.ts";
import { stopRequested } from "./stop-requested.ts";

/** The command line's texts, as commander hands them over. */
export interface UpArguments {
  data?: string;
  port?: string;
  bindAddress?: string;
  advertiseAddress?: string;
  tlsSan?: string;
  kubeconfig?: string;
  nodes: string;
  components: string;
  store: string;
  serviceClusterIpRange?: string;
  clusterCidr?: string;
  serviceNodePortRange?: string;
  serviceAccountIssuer: string;
  tokenAuthFile?: string;
  enableAdmissionPlugins?: string;
  disableAdmissionPlugins?: string;
  admissionControlConfigFile?: string;
  legacyVersions: string;
  containerd?: string;
  detachPods?: boolean;
  logLevel: string;
  setup?: boolean;
  yes?: boolean;
  /** Flags of the API server, by their names. */
  server: Readonly<Record<string, string | undefined>>;
}

function upOptions(given: UpArguments): UpOptions {
  const list = (text: string | undefined) => (text ? text.split(",").map((part) => part.trim()) : []);
  if (given.store !== "lmdb" && given.store !== "memory") throw new UsageError(`--store takes lmdb or memory; not "${given.store}"`);
  const logLevel = logLevelOf(given.logLevel);
  const server = parseServerFlags(given.server);
  if (server.encryption && given.store === "memory") {
    throw new UsageError("--encryption-provider-config is for what is on disk: with --store memory there is nothing to encrypt");
  }
  return {
    dataDirectory: given.data ?? defaultDataDirectory(),
    ...(given.port ? { port: parsePort(given.port) } : {}),
    bindAddresses: list(given.bindAddress).map((text) => parseListenAddress(text, "--bind-address")),
    ...(given.advertiseAddress ? { advertiseAddress: parseAddress(given.advertiseAddress, "--advertise-address") } : {}),
    tlsNames: list(given.tlsSan),
    ...(given.kubeconfig ? { kubeconfigFile: given.kubeconfig } : {}),
    nodes: parseNodes(given.nodes),
    components: parseComponents(given.components),
    store: given.store,
    ...(given.serviceClusterIpRange
      ? { serviceClusterIpRange: parseCidr(given.serviceClusterIpRange, "--service-cluster-ip-range", 28) }
      : {}),
    ...(given.clusterCidr ? { clusterCidr: parseCidr(given.clusterCidr, "--cluster-cidr", 24) } : {}),
    ...(given.serviceNodePortRange ? { nodePortRange: parsePortRange(given.serviceNodePortRange) } : {}),
    serviceAccountIssuer: given.serviceAccountIssuer,
    ...(given.tokenAuthFile ? { tokenAuthFile: existingFile(given.tokenAuthFile, "--token-auth-file") } : {}),
    server,
    admission: parseAdmission(given.enableAdmissionPlugins, given.disableAdmissionPlugins, given.admissionControlConfigFile),
    legacyVersions: parseBoolean(given.legacyVersions, "--legacy-versions"),
    ...(given.containerd ? { containerdSocket: existingFile(given.containerd, "--containerd") } : {}),
    detachPods: given.detachPods ?? false,
    logLevel,
  };
}

function needsContainers({ nodes, components }: UpOptions): boolean {
  return nodes.kind === "host" && (components.has("node") || components.has("dns"));
}

/** `kybern up`: starts, says where the cluster is, and stays until it is told to stop. */
export async function runUp(given: UpArguments): Promise<void> {
  const options = upOptions(given);
  if (needsContainers(options)) {
    const simulated = given.setup ? "npm start -- --nodes simulated" : "kybern up --nodes simulated";
    const instead = `, or run simulated nodes instead: ${simulated}`;
    if (given.setup && missingParts().length > 0 && !whyNotInstallable() && !(await setUp({ yes: given.yes ?? false }, realDeps()))) {
      throw new UsageError(`${containerObstacle()}${instead}`);
    }
    const obstacle = containerObstacle();
    if (obstacle) throw new UsageError(`${obstacle}${instead}`);
  }
  const data = new DataDirectory(options.dataDirectory);
  const logger = createLogger(options.logLevel, join(data.logs, "kybern.log"));
  const { steps, cluster } = planUp(options, logger);
  const stop = stopRequested();
  try {
    await runSteps(steps);
  } catch (error) {
    await cluster
      .stop(() => {})
      .catch((stopError: unknown) => logger.error("stopping after a failed start failed too", { error: stopError }));
    throw error;
  }
  greet(cluster);
  await Promise.race([stop, new Promise<void>((resolve) => cluster.failure.addEventListener("abort", () => resolve(), { once: true }))]);
  const failed = cluster.failure.aborted ? (cluster.failure.reason as Error) : undefined;
  await cluster.stop((text) => process.stdout.write(`… ${text}\n`));
  process.stdout.write("stopped\n");
  if (failed) throw failed;
  // Keep-alive connections of clients must not hold the process.
  process.exit(0);
}

function greet(cluster: RunningCluster): void {
  process.stdout.write(`
The cluster is running at ${cluster.server}

  export KUBECONFIG=${cluster.kubeconfigFile}

  kubectl get nodes
  kubectl create deployment hello --image=busybox -- sleep infinity
  kubectl get pods -A --watch

Ctrl-C stops it; the next start continues with all that is there.
${onPath("kubectl") ? "" : "kubectl is not on this machine's PATH: https://kubernetes.io/docs/tasks/tools/ tells how to get it.\n"}`);
}
