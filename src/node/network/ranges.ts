import { type Cidr, cidrsOverlap, formatAddress, formatCidr, mustParseCidr, parseCidr } from "./address.ts";
import type { CommandRunner } from "./command.ts";
import { hashOf } from "./names.ts";

/** What one cluster needs for itself on a machine. */
export interface ClusterRanges {
  serviceCidr: string;
  clusterCidr: string;
  /** As in `30000-32767`. */
  nodePortRange: string;
}

/** What must be avoided: routes and addresses of the machine, ranges of other clusters, ports somebody listens on. */
export interface TakenRanges {
  cidrs: readonly string[];
  nodePortRanges?: readonly string[];
}

/** Half of 10.0.0.0/8 each for services and pods; a /16 of each for a cluster, at the same place in both halves. */
const slots = 128;
const serviceHalf = 0;
const podHalf = 128;

/**
 * Free ranges for a cluster: the same for the same id as long as nobody else has them. The first choice derives from the id, so that
 * clusters that never see each other rarely meet either.
 */
export function chooseRanges(clusterId: string, taken: TakenRanges): ClusterRanges {
  const cidrs = taken.cidrs.flatMap((text) => parseCidr(text) ?? []);
  // A default route is no one's address, and a tunnel to all of 10.0.0.0/8 would leave no choice: the more specific route wins there.
  const blocking = cidrs.filter((cidr) => cidr.prefix > 8);
  const start = hashOf(clusterId) % slots;
  for (let step = 0; step < slots; step++) {
    const slot = (start + step) % slots;
    // 10.0.0.0/16, 10.1.0.0/16 and 10.96.0.0/16 to 10.99.0.0/16 are what networks and other clusters take by default.
    if (slot < 2 || (slot >= 96 && slot < 100)) continue;
    const service = ten(serviceHalf + slot);
    const pods = ten(podHalf + slot);
    if (blocking.some((cidr) => cidrsOverlap(cidr, service) || cidrsOverlap(cidr, pods))) continue;
    return {
      serviceCidr: formatCidr(service),
      clusterCidr: formatCidr(pods),
      nodePortRange: chooseNodePortRange(taken.nodePortRanges ?? []),
    };
  }
  throw new Error("no free address range in 10.0.0.0/8: name one with --service-cluster-ip-range and --cluster-cidr");
}

function ten(second: number): Cidr {
  return mustParseCidr(`${formatAddress(4, BigInt((10 << 24) | (second << 16)))}/16`);
}

/** Upstream's range, or one of the same size below it: node ports of all clusters share the machine's addresses. */
export function chooseNodePortRange(taken: readonly string[]): string {
  const size = 2768;
  const ranges = taken.map(parsePortRange);
  for (let first = 30_000; first >= 10_000; first -= 3_000) {
    if (!ranges.some((range) => first < range.end && range.first < first + size)) return `${first}-${first + size - 1}`;
  }
  throw new Error("no free range of node ports: name one with --service-node-port-range");
}

function parsePortRange(text: string): { first: number; end: number } {
  const [first = "", last = first] = text.split("-");
  return { first: Number(first), end: Number(last) + 1 };
}

/** The preferred port, or the next that nobody listens on. */
export function choosePort(preferred: number, taken: ReadonlySet<number>): number {
  for (let port = preferred; port < 65_536; port++) if (!taken.has(port)) return port;
  throw new Error(`no free port from ${preferred} on`);
}

/** The TCP ports that are listened on in this network namespace, and UDP ports that are bound. */
export async function listeningPorts(run: CommandRunner): Promise<Set<number>> {
  const ports = new Set<number>();
  const text = await run(["sh", "-c", "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null || true"]);
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    // 0A is LISTEN; 07 is how an unconnected UDP socket shows.
    if (fields[3] === "0A" || fields[3] === "07") ports.add(Number.parseInt((fields[1] ?? "").split(":")[1] ?? "", 16));
  }
  ports.delete(Number.NaN);
  return ports;
}

interface Route {
  dst: string;
  dev?: string;
}

/** The ranges that the machine's routes and addresses cover, but for those of the cluster's own bridge. */
export async function takenCidrs(run: CommandRunner, ownBridge: string): Promise<string[]> {
  const cidrs: string[] = [];
  for (const family of ["-4", "-6"]) {
    // All tables: VPNs and other container tools keep routes in tables of their own.
    const text = await run(["ip", family, "-j", "route", "show", "table", "all"]).catch(() => run(["ip", family, "-j", "route", "show"]));
    for (const route of JSON.parse(text || "[]") as Route[]) {
      if (route.dev !== ownBridge && route.dst !== "default" && parseCidr(route.dst)) cidrs.push(route.dst);
    }
  }
  return cidrs;
}
