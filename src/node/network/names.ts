import { createHash } from "node:crypto";

/** What one cluster names its things on a machine, so that several clusters live side by side. */
export interface NetworkNames {
  /** At most 15 characters: the kernel's limit for interfaces. */
  bridge: string;
  /** The CNI network, which also names host-local's state. */
  network: string;
  /** The nftables table of the service proxy. */
  table: string;
  /** The comment on rules that live in other people's tables. */
  comment: string;
}

/** Two ids give two sets of names. An id that is too long for an interface's name enters it as a digest. */
export function networkNames(clusterId: string): NetworkNames {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(clusterId)) {
    throw new Error(`cluster id "${clusterId}" must consist of lower-case letters, digits and inner dashes`);
  }
  const short = clusterId.length <= 11 ? clusterId : createHash("sha256").update(clusterId).digest("hex").slice(0, 11);
  return { bridge: `kyb-${short}`, network: `kybern-${clusterId}`, table: `kybern-${clusterId}`, comment: `kybern ${clusterId}` };
}

/** A 32-bit number that spreads ids evenly (FNV-1a). Not for secrets. */
export function hashOf(text: string): number {
  let hash = 2166136261;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 16777619) >>> 0;
  // FNV's low bits are weak for ids that differ in the last letter only.
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
