import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addressAt, mustParseCidr } from "./address.ts";
import { networkNames } from "./names.ts";

export interface CniOptions {
  clusterId: string;
  /** The node's ranges, one per family: `spec.podCIDRs`. */
  podCidrs: readonly string[];
  /** Where host-local keeps its reservations: below the cluster's data, so that deleting the data frees them. */
  ipamDirectory: string;
  /** The kernel's choice when absent. */
  mtu?: number;
}

/**
 * The CNI network of a cluster: the bridge plug-in with host-local addresses. Masquerading and host ports are left to the service
 * proxy's table, so that all rules of a cluster are in one place and change in one transaction.
 */
export function cniConfig(options: CniOptions): Record<string, unknown> {
  const names = networkNames(options.clusterId);
  const ranges = options.podCidrs.map((text) => {
    const cidr = mustParseCidr(text);
    return [{ subnet: text, gateway: addressAt(cidr, 1) }];
  });
  return {
    // The newest version that every containerd still in use reads.
    cniVersion: "0.4.0",
    name: names.network,
    plugins: [
      {
        type: "bridge",
        bridge: names.bridge,
        isGateway: true,
        isDefaultGateway: true,
        ipMasq: false,
        // A pod that reaches itself through a service is sent back out of the port it came in by.
        hairpinMode: true,
        ...(options.mtu ? { mtu: options.mtu } : {}),
        ipam: { type: "host-local", dataDir: options.ipamDirectory, ranges },
      },
    ],
  };
}

/** Writes the network's configuration; a runtime that watches the directory never sees half a file. Answers its path. */
export async function writeCniConfig(directory: string, options: CniOptions): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `10-${networkNames(options.clusterId).network}.conflist`);
  // Runtimes read *.conf, *.conflist and *.json only.
  const unfinished = `${path}.unfinished`;
  await writeFile(unfinished, `${JSON.stringify(cniConfig(options), null, 2)}\n`);
  await rename(unfinished, path);
  return path;
}

export async function removeCniConfig(directory: string, clusterId: string): Promise<void> {
  await rm(join(directory, `10-${networkNames(clusterId).network}.conflist`), { force: true });
}
