import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../machinery/clock.ts";
import { familyOf } from "./address.ts";
import { networkNames } from "./names.ts";

export interface LeftoverOptions {
  clusterId: string;
  ipamDirectory: string;
  /** The ids of all sandboxes that the runtime knows, whatever their state: it frees the address of one that it still knows itself. */
  sandboxIds: ReadonlySet<string>;
  /** An address younger than this may belong to a sandbox that is being made. Zero at the start, before any pod. */
  minimumAgeMilliseconds: number;
  /** Where libcni keeps the results of its calls. */
  cniCacheDirectory?: string;
}

/**
 * Frees the addresses of sandboxes that are gone without a CNI delete, as after a reboot: the runtime forgets them, host-local
 * does not. Answers the addresses.
 */
export async function freeLeftoverAddresses(clock: Clock, options: LeftoverOptions): Promise<string[]> {
  const { network } = networkNames(options.clusterId);
  const directory = join(options.ipamDirectory, network);
  const freed: string[] = [];
  for (const name of await list(directory)) {
    // host-local writes the colons of an IPv6 address as underscores on some systems; `lock` and `last_reserved_ip.*` are its own.
    const address = name.replaceAll("_", ":");
    if (!familyOf(address)) continue;
    const path = join(directory, name);
    if (await isTaken(clock, path, options)) continue;
    await rm(path, { force: true });
    freed.push(address);
  }
  const cache = options.cniCacheDirectory ?? "/var/lib/cni/results";
  for (const name of await list(cache)) {
    if (!name.startsWith(`${network}-`)) continue;
    // <network>-<sandbox id>-<interface>
    const id = name.slice(network.length + 1, name.lastIndexOf("-"));
    if (options.sandboxIds.has(id)) continue;
    const path = join(cache, name);
    if ((await ageOf(clock, path)) >= options.minimumAgeMilliseconds) await rm(path, { force: true });
  }
  return freed;
}

async function isTaken(clock: Clock, path: string, options: LeftoverOptions): Promise<boolean> {
  if ((await ageOf(clock, path)) < options.minimumAgeMilliseconds) return true;
  const text = await readFile(path, "utf8").catch(ignoreMissing);
  // The first line is the container's id, the second the interface.
  const id = text?.split(/\r?\n/)[0]?.trim() ?? "";
  return options.sandboxIds.has(id);
}

async function ageOf(clock: Clock, path: string): Promise<number> {
  const found = await stat(path).catch(ignoreMissing);
  return found ? Math.max(0, clock.now() - found.mtimeMs) : 0;
}

async function list(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(ignoreMissing)) ?? [];
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
