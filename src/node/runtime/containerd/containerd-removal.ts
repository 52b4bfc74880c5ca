import { existsSync } from "node:fs";
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, sleep } from "../../../machinery/clock.ts";
import type { Logger } from "../../../machinery/logger.ts";
import { runCommand } from "../../network/command.ts";
import { criNamespace } from "./containerd-events.ts";

export interface RemovalOptions {
  /** containerd's own state directory, with the records of what runs. */
  state: string;
  socketPath: string;
  /** All that is mounted in them is unmounted; then they are removed. */
  directories: readonly string[];
  /** cgroup paths of this cluster (`/kybern-1a2b`), removed with all below them, in every hierarchy. */
  cgroupParents: readonly string[];
  clock: Clock;
  logger: Logger;
}

/** Where containerd keeps a directory per container that has a shim. */
const bundlesDirectory = join("io.containerd.runtime.v2.task", criNamespace);

/**
 * Removes what containers of a private containerd leave behind once containerd itself is gone: processes, shims, mounts, cgroups,
 * sockets, directories. Asks neither containerd nor its metadata, so that it works after any crash. Goes on after a
 * failure and throws the first one at the end.
 */
export async function removeContainerdState(options: RemovalOptions): Promise<void> {
  const failures: unknown[] = [];
  const attempt = async (what: string, step: () => Promise<void>) => {
    try {
      await step();
    } catch (error) {
      options.logger.warn(`removing containers: ${what} failed`, { error: String(error) });
      failures.push(error);
    }
  };
  // Shims first: they would tell of an exit, and clean up while we do.
  await attempt("ending shims", () => endShims(options));
  await attempt("ending containers", () => endContainers(options));
  await attempt("removing cgroups", async () => {
    for (const parent of options.cgroupParents) await removeCgroup(parent, options.clock);
  });
  await attempt("removing sockets of shims", () => removeShimSockets(options.state));
  await attempt("unmounting", () => unmountBelow(options.directories));
  await attempt("removing directories", async () => {
    for (const directory of options.directories) await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });
  if (failures.length > 0) throw failures[0];
}

/**
 * Shims are told by the socket in their arguments, which is ours alone. One whose bundle is gone is about to end, and to remove
 * its own socket, which nothing else knows any more: it gets half a second.
 */
async function endShims({ socketPath, state, clock }: RemovalOptions): Promise<void> {
  for (let round = 0; round < 75; round++) {
    const bundles = new Set(await list(join(state, bundlesDirectory)));
    let found = false;
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      // Empty when it has ended meanwhile.
      const args = (await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")).split("\0");
      if (!args[0]?.includes("containerd-shim") || args[args.indexOf("-address") + 1] !== socketPath) continue;
      found = true;
      if (bundles.has(args[args.indexOf("-id") + 1] ?? "") || round >= 25) kill(Number(name));
    }
    if (!found) return;
    await sleep(clock, 20);
  }
  throw new Error(`shims of ${socketPath} don't end`);
}

/** What runs in the containers, by runc's own records. */
async function endContainers({ state, clock }: RemovalOptions): Promise<void> {
  const records = join(state, "runc", criNamespace);
  for (const id of await list(records)) {
    const text = await readFile(join(records, id, "state.json"), "utf8").catch(() => "");
    if (!text) continue;
    const record = JSON.parse(text) as { cgroup_paths?: Record<string, string> };
    const cgroups = [...new Set(Object.values(record.cgroup_paths ?? {}))].filter((path) => path.startsWith("/sys/fs/cgroup/"));
    for (const cgroup of cgroups) await emptyCgroup(cgroup, clock);
    for (const cgroup of cgroups) await removeTree(cgroup, clock);
  }
}

async function removeCgroup(parent: string, clock: Clock): Promise<void> {
  for (const hierarchy of ["", ...(await list("/sys/fs/cgroup"))]) {
    const path = join("/sys/fs/cgroup", hierarchy, parent);
    if (!existsSync(join(path, "cgroup.procs"))) continue;
    await emptyCgroup(path, clock);
    await removeTree(path, clock);
  }
}

async function emptyCgroup(path: string, clock: Clock): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const pids = await processesBelow(path);
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(clock, 10);
  }
  throw new Error(`the processes in ${path} don't end`);
}

async function processesBelow(path: string): Promise<number[]> {
  const text = await readFile(join(path, "cgroup.procs"), "utf8").catch(() => "");
  const pids = text.split("\n").filter(Boolean).map(Number);
  for (const child of await directories(path)) pids.push(...(await processesBelow(join(path, child))));
  // 0 stands for a process of another pid namespace: nothing that can be killed from here.
  return pids.filter((pid) => pid > 0);
}

async function removeTree(path: string, clock: Clock): Promise<void> {
  for (const child of await directories(path)) await removeTree(join(path, child), clock);
  for (let round = 0; ; round++) {
    try {
      await rmdir(path);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      // The kernel takes a moment to let go of what has just ended.
      if (code !== "EBUSY" || round === 50) throw error;
      await sleep(clock, 10);
    }
  }
}

/** A shim's socket lies in a directory that all containerds of the machine share; the bundle remembers it. */
async function removeShimSockets(state: string): Promise<void> {
  const bundles = join(state, bundlesDirectory);
  for (const id of await list(bundles)) {
    const address = await readFile(join(bundles, id, "address"), "utf8").catch(() => "");
    if (address.startsWith("unix:///run/containerd/s/")) await rm(address.slice("unix://".length), { force: true });
  }
}

/** Unmounts all that is mounted below the directories, the deepest first. */
export async function unmountBelow(directoryPaths: readonly string[]): Promise<void> {
  const points = (await readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((point) => directoryPaths.some((directory) => point === directory || point.startsWith(`${directory}/`)))
    .reverse();
  for (let at = 0; at < points.length; at += 50) await runCommand(["umount", "--lazy", ...points.slice(at, at + 50)]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function list(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function directories(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
