import { Cluster } from "./cluster.ts";
import { ClusterCore, newState } from "./cluster-core.ts";
import { readManifests } from "./manifests.ts";
import type { StartOptions } from "./start-options.ts";

/**
 * A cluster in this process: an API server with all kinds, controllers, a scheduler and simulated nodes, on virtual time. No port is open
 * until `serve()`, and nothing is left of it after `stop()`, or when it is dropped.
 *
 * ```ts
 * await using cluster = await startCluster({ nodes: 3 });
 * await cluster.apply(await readFile("deploy.yaml", "utf8"));
 * await cluster.until("deployment/web", "available");
 * ```
 */
export async function startCluster(options: StartOptions = {}): Promise<Cluster> {
  const core = new ClusterCore(newState(options));
  try {
    await core.begin();
    const cluster = new Cluster(core);
    const paths = options.install ?? [];
    for (const path of typeof paths === "string" ? [paths] : paths) await cluster.apply(readManifests(path));
    return cluster;
  } catch (error) {
    await core.stop();
    throw error;
  }
}
