import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { addressAt, type Cidr, mustParseCidr } from "./address.ts";
import { CommandError, type CommandRunner } from "./command.ts";
import { kernelSettings, SharedSettings } from "./kernel-settings.ts";
import { hashOf, networkNames } from "./names.ts";

export interface BridgeOptions {
  clusterId: string;
  /** The node's ranges, one per family. The bridge gets the first address of each. */
  podCidrs: readonly string[];
  /**
   * The cluster's service ranges. Routed to the bridge: a process of the machine then reaches service addresses without a default
   * route, with the bridge's address as its own, and what no rule catches never leaves the machine.
   */
  serviceCidrs?: readonly string[];
  /** Vanishes with a reboot; shared by the clusters of a machine. */
  runDirectory?: string;
  mtu?: number;
}

export interface BridgeDeps {
  run: CommandRunner;
  clock: Clock;
  logger: Logger;
}

export interface Bridge {
  name: string;
  /** The bridge's own addresses, in the order of the ranges. */
  addresses: string[];
  /** Packets between two pods of this node pass nftables. When false, the proxy must masquerade all service traffic. */
  bridgeNetfilter: boolean;
}

const defaultRunDirectory = "/run/kybern";

/**
 * Makes the bridge, or brings the one that is there into shape, before the first pod and before the API server listens on it.
 * Idempotent. Changes the machine's forwarding settings and remembers what they were.
 */
export async function ensureBridge(deps: BridgeDeps, options: BridgeOptions): Promise<Bridge> {
  const { run } = deps;
  const name = networkNames(options.clusterId).bridge;
  const ranges = options.podCidrs.map(mustParseCidr);
  const addresses = ranges.map((range) => addressAt(range, 1));
  if (!(await linkExists(run, name))) {
    // A bridge without an address of its own takes the lowest of its ports', which changes as pods come and go.
    await run(["ip", "link", "add", "name", name, "address", hardwareAddress(options.clusterId), "type", "bridge"]);
  }
  const commands = [`link set dev ${name}${options.mtu ? ` mtu ${options.mtu}` : ""} up`];
  const present = await addressesOf(run, name);
  const wanted = ranges.map((range, index) => `${addresses[index]}/${range.prefix}`);
  for (const address of present) if (!wanted.includes(address)) commands.push(`address del ${address} dev ${name}`);
  for (const address of wanted) {
    // Without a pod on it the bridge has no carrier, and duplicate detection would never end.
    if (!present.includes(address)) commands.push(`address add ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`);
  }
  for (const cidr of options.serviceCidrs ?? []) {
    const service = mustParseCidr(cidr);
    const own = addresses[ranges.findIndex((range) => range.family === service.family)];
    if (own) commands.push(`${service.family === 6 ? "-6 " : ""}route replace ${cidr} dev ${name} src ${own}`);
  }
  // `-6` is an option of `ip`, not of a batch line: one batch per family.
  await batch(
    run,
    [],
    commands.filter((line) => !line.startsWith("-6 ")),
  );
  await batch(
    run,
    ["-6"],
    commands.filter((line) => line.startsWith("-6 ")).map((line) => line.slice(3)),
  );
  return { name, addresses, bridgeNetfilter: await applySettings(deps, options, name, ranges) };
}

async function applySettings(deps: BridgeDeps, options: BridgeOptions, bridge: string, ranges: readonly Cidr[]): Promise<boolean> {
  const settings = kernelSettings(deps.run);
  const shared = new SharedSettings(settings, options.runDirectory ?? defaultRunDirectory, deps.clock);
  if ((await settings.read("net.bridge.bridge-nf-call-iptables")) === undefined) {
    await deps.run(["modprobe", "br_netfilter"]).catch((error: unknown) => {
      deps.logger.debug("br_netfilter could not be loaded", { error: String(error) });
    });
  }
  let bridgeNetfilter = true;
  for (const family of new Set(ranges.map((range) => range.family))) {
    if (family === 6) await keepRouterAdvertisements(deps, shared, options.clusterId);
    const forwarding = family === 4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
    await shared.acquire(forwarding, "1", options.clusterId);
    const filter = family === 4 ? "net.bridge.bridge-nf-call-iptables" : "net.bridge.bridge-nf-call-ip6tables";
    if ((await shared.acquire(filter, "1", options.clusterId)) === undefined) bridgeNetfilter = false;
  }
  // Lets a connection to a host port or node port of 127.0.0.1 come back from the bridge. The proxy's table drops packets for
  // loopback addresses that arrive there from pods.
  await settings.write(`net.ipv4.conf.${bridge}.route_localnet`, "1");
  if (!bridgeNetfilter) {
    deps.logger.warn("this kernel has no bridge netfilter: connections of pods to services will show the node's address as their source");
  }
  return bridgeNetfilter;
}

/** A machine that forwards IPv6 ignores router advertisements, and with them loses its default route, unless told otherwise. */
async function keepRouterAdvertisements(deps: BridgeDeps, shared: SharedSettings, clusterId: string): Promise<void> {
  const settings = kernelSettings(deps.run);
  const routes = JSON.parse((await deps.run(["ip", "-6", "-j", "route", "show", "default", "proto", "ra"])) || "[]") as { dev?: string }[];
  for (const device of new Set(routes.map((route) => route.dev))) {
    const name = `net.ipv6.conf.${device?.replaceAll(".", "/")}.accept_ra`;
    if (device && (await settings.read(name)) === "1") await shared.acquire(name, "2", clusterId);
  }
}

/** Removes the bridge and puts the kernel's settings back that no other cluster relies on; answers those. */
export async function removeBridge(
  deps: BridgeDeps,
  options: { clusterId: string; runDirectory?: string },
): Promise<Record<string, string>> {
  const name = networkNames(options.clusterId).bridge;
  if (await linkExists(deps.run, name)) await deps.run(["ip", "link", "del", name]);
  const shared = new SharedSettings(kernelSettings(deps.run), options.runDirectory ?? defaultRunDirectory, deps.clock);
  return await shared.release(options.clusterId);
}

async function linkExists(run: CommandRunner, name: string): Promise<boolean> {
  try {
    await run(["ip", "link", "show", "dev", name]);
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 1) return false;
    throw error;
  }
}

interface LinkAddresses {
  addr_info?: { local?: string; prefixlen?: number; scope?: string }[];
}

async function addressesOf(run: CommandRunner, name: string): Promise<string[]> {
  const links = JSON.parse((await run(["ip", "-j", "address", "show", "dev", name])) || "[]") as LinkAddresses[];
  const found = links.flatMap((link) => link.addr_info ?? []);
  return found.filter((info) => info.local && info.scope === "global").map((info) => `${info.local}/${info.prefixlen}`);
}

async function batch(run: CommandRunner, options: string[], lines: string[]): Promise<void> {
  if (lines.length > 0) await run(["ip", ...options, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** A locally administered address that stays the same for a cluster. */
function hardwareAddress(clusterId: string): string {
  const hash = hashOf(clusterId);
  const octets = [24, 16, 8, 0].map((shift) => ((hash >>> shift) & 255).toString(16).padStart(2, "0"));
  return `0a:58:${octets.join(":")}`;
}
