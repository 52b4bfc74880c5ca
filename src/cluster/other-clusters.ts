import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterRecord } from "./data-directory.ts";

/** Where the clusters of a machine say that they are there, running or not. */
const registry = "/var/lib/kybern-clusters";

export interface TakenByOthers {
  cidrs: string[];
  nodePortRanges: string[];
  ports: number[];
}

/** What the other clusters of this machine have chosen for themselves. Also registers this one's directory. */
export async function otherClusters(ownDirectory: string): Promise<TakenByOthers> {
  const taken: TakenByOthers = { cidrs: [], nodePortRanges: [], ports: [] };
  if (process.getuid?.() !== 0) return taken;
  await mkdir(registry, { recursive: true });
  await writeFile(join(registry, encodeURIComponent(ownDirectory)), "");
  for (const name of await readdir(registry)) {
    const directory = decodeURIComponent(name);
    if (directory === ownDirectory) continue;
    const record = await readRecord(directory);
    if (!record) continue;
    if (record.serviceClusterIpRange) taken.cidrs.push(record.serviceClusterIpRange);
    if (record.clusterCidr) taken.cidrs.push(record.clusterCidr);
    if (record.nodePortRange) taken.nodePortRanges.push(record.nodePortRange);
    for (const port of [record.port, record.agentPort]) if (port !== undefined) taken.ports.push(port);
  }
  return taken;
}

async function readRecord(directory: string): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, "cluster.json"), "utf8")) as ClusterRecord;
  } catch {
    return undefined; // deleted since
  }
}

export const clusterRegistry = registry;
