import { Cluster } from "./cluster.ts";
import { ClusterCore, newState, savedState } from "./cluster-core.ts";
import { checkTimers } from "./faked-timers.ts";
import { readManifests } from "./manifests.ts";
import { checkStartOptions, type StartOptions } from "./start-options.ts";

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
  checkStartOptions(options);
  await checkTimers();
  if (options.from !== undefined) return await resumed(options.from, options);
  const core = new ClusterCore(newState(options));
  try {
    await core.begin();
    return await installed(new Cluster(core), options);
  } catch (error) {
    await core.stop();
    throw error;
  }
}

/** A saved cluster; as it was `at` a revision, if that is told. */
export async function resumed(file: string, options: Omit<StartOptions, "from"> = {}, at?: number): Promise<Cluster> {
  const core = new ClusterCore(await savedState(file, options, at));
  core.resume();
  return await installed(new Cluster(core), options);
}

async function installed(cluster: Cluster, { install = [] }: StartOptions): Promise<Cluster> {
  for (const path of typeof install === "string" ? [install] : install) await cluster.apply(readManifests(path));
  return cluster;
}
