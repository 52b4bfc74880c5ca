import { createLogger } from "../cluster/logger.ts";
import { UsageError } from "../cluster/options.ts";
import type { Cluster } from "../testing/cluster.ts";
import { startCluster } from "../testing/start-cluster.ts";
import type { StartOptions } from "../testing/start-options.ts";
import { stopRequested } from "./stop-requested.ts";

export interface TestServerArguments {
  port: string;
  nodes: string;
  controllers: string;
  printKubeconfig?: boolean;
}

/** `kybern test-server`: on real time, until it is told to stop. */
export async function runTestServer({ port, nodes, controllers, printKubeconfig }: TestServerArguments): Promise<void> {
  const stop = stopRequested();
  const cluster = await startCluster({
    clock: "real",
    nodes: numberOf(nodes, "--nodes"),
    controllers: controllersOf(controllers),
    logger: createLogger("warn"),
  });
  await serveUntil(stop, cluster, numberOf(port, "--port"), printKubeconfig === true);
}

/** Serves a cluster and prints how to reach it, on one line or as a kubeconfig; then waits for the end. */
export async function serveUntil(stop: Promise<void>, cluster: Cluster, port: number, printKubeconfig: boolean): Promise<void> {
  const { kubeConfig, kubeconfigPath } = await cluster.serve({ port });
  process.stdout.write(printKubeconfig ? kubeConfig : `export KUBECONFIG='${kubeconfigPath}'\n`);
  await stop;
  await cluster.stop();
  process.exit(0);
}

export function numberOf(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} takes a number; not "${text}"`);
  return Number(text);
}

function controllersOf(text: string): NonNullable<StartOptions["controllers"]> {
  if (text === "none" || text === "lifecycle" || text === "all") return text;
  return text.split(",").map((name) => name.trim()) as NonNullable<StartOptions["controllers"]>;
}
