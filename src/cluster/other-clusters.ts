import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterRecord } from "./data-directory.ts";

/** Where the clusters of a machine say that they are there, running or not: an empty file each, named after the data directory. */
const machineRegistry = "/var/lib/kybern-clusters";

export interface TakenByOthers {
  cidrs: string[];
  nodePortRanges: string[];
  ports: number[];
}

/**
 * What the other clusters of this machine have chosen for themselves. Also registers this one's directory, and forgets those whose data
 * is gone: what they had chosen is free again.
 */
export async function otherClusters(ownDirectory: string, registry = machineRegistry): Promise<TakenByOthers> {
  const taken: TakenByOthers = { cidrs: [], nodePortRanges: [], ports: [] };
  if (process.getuid?.() !== 0) return taken;
  await mkdir(registry, { recursive: true });
  await writeFile(entryOf(ownDirectory, registry), "");
  for (const name of await readdir(registry)) {
    const directory = decodeURIComponent(name);
    if (directory === ownDirectory) continue;
    const record = await readRecord(directory);
    if (!record) {
      await forgetCluster(directory, registry);
      continue;
    }
    if (record.serviceClusterIpRange) taken.cidrs.push(record.serviceClusterIpRange);
    if (record.clusterCidr) taken.cidrs.push(record.clusterCidr);
    if (record.nodePortRange) taken.nodePortRanges.push(record.nodePortRange);
    for (const port of [record.port, record.agentPort]) if (port !== undefined) taken.ports.push(port);
  }
  return taken;
}

/** The cluster of this directory is no longer there. */
export async function forgetCluster(directory: string, registry = machineRegistry): Promise<void> {
  await rm(entryOf(directory, registry), { force: true });
}

function entryOf(directory: string, registry: string): string {
  return join(registry, encodeURIComponent(directory));
}

/** Undefined when there is no cluster in this directory. One with a damaged record can't start, and keeps no other from starting. */
async function readRecord(directory: string): Promise<Partial<ClusterRecord> | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, "cluster.json"), "utf8")) as ClusterRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
