import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** What decides about real containers on a machine. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** A command's full path, if it is there. */
  find(command: string): string | undefined;
  exists(file: string): boolean;
}

/** The machine of this process. */
export function thisHost(): Host {
  return { platform: process.platform, isRoot: process.getuid?.() === 0, find: findOnPath, exists: existsSync };
}

/** A part of the system that real containers need, and Debian's package of it. */
export interface SystemPart {
  name: string;
  package: string;
  purpose: string;
}

interface Requirement extends SystemPart {
  isOn(host: Host): boolean;
}

/** Where CNI plug-ins are looked for: Debian's place, then upstream's. */
export const cniPluginDirectories = ["/usr/lib/cni", "/opt/cni/bin"];

const command = (name: string) => (host: Host) => host.find(name) !== undefined;

const requirements: readonly Requirement[] = [
  { name: "containerd", package: "containerd", purpose: "runs containers", isOn: command("containerd") },
  { name: "runc", package: "runc", purpose: "starts container processes", isOn: command("runc") },
  {
    name: "CNI plug-ins",
    package: "containernetworking-plugins",
    purpose: "connect pods to the network",
    isOn: (host) => cniPluginDirectory(host) !== undefined,
  },
  { name: "nft", package: "nftables", purpose: "directs service addresses to pods", isOn: command("nft") },
  { name: "ip", package: "iproute2", purpose: "sets up interfaces and routes", isOn: command("ip") },
];

/** The first directory that has the plug-ins a node needs. */
function cniPluginDirectory(host: Host = thisHost()): string | undefined {
  return cniPluginDirectories.find((directory) =>
    ["bridge", "host-local", "loopback"].every((plugin) => host.exists(join(directory, plugin))),
  );
}

/** What real containers need and this machine doesn't have. */
export function missingParts(host: Host = thisHost()): SystemPart[] {
  return requirements
    .filter((requirement) => !requirement.isOn(host))
    .map(({ name, package: debian, purpose }) => ({ name, package: debian, purpose }));
}

/** Why real containers can't run on this machine, and how to get there, in one line without an end; undefined when they can. */
export function containerObstacle(host: Host = thisHost()): string | undefined {
  if (host.platform !== "linux") return "real containers need Linux";
  const missing = missingParts(host);
  const names = missing.map(({ name }) => name).join(", ");
  if (!host.isRoot) {
    return missing.length === 0
      ? "real containers need root: run the same as root"
      : `real containers need root, and ${names}: run the same as root, which installs what is missing`;
  }
  if (missing.length === 0) return undefined;
  return host.find("apt-get") === undefined
    ? `real containers need ${names}: install them with this system's package manager (on Debian: ${missing.map((part) => part.package).join(", ")})`
    : `real containers need ${names}: install with kybern setup`;
}

export function onPath(command: string): boolean {
  return findOnPath(command) !== undefined;
}

/** A command's full path; the system directories are searched even where PATH leaves them out. */
export function findOnPath(command: string): string | undefined {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  for (const directory of directories) {
    const file = join(directory, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this one
    }
  }
  return undefined;
}

/** Why packages can't be installed here, in one sentence; undefined when they can. */
export function whyNotInstallable(host: Host = thisHost()): string | undefined {
  if (host.platform !== "linux") return "real containers need Linux";
  if (!host.isRoot) return "installing needs root";
  if (host.find("apt-get") === undefined) return "kybern setup installs packages on Debian and Ubuntu only";
  return undefined;
}

/** Runs apt-get to its end. Lines of its output go to `report`; rejects with its last ones when it fails. */
export type Apt = (args: readonly string[], report: (line: string) => void) => Promise<void>;

/**
 * Installs Debian packages. Never removes one: apt is told to fail rather than to do that. Rejects with apt's last lines when it
 * fails.
 */
export async function installPackages(packages: readonly string[], report: (line: string) => void, apt: Apt = runApt): Promise<void> {
  // A source of someone else's that doesn't answer must not stand in the way: whether what we need is known shows next.
  const lists = await apt(["update", "-qq"], report).then(
    () => undefined,
    (error: Error) => error,
  );
  try {
    // A machine that has just booted may be installing its updates: its lock is waited for.
    const options = ["--yes", "--no-remove", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
    await apt(["install", ...options, ...packages], report);
  } catch (error) {
    throw lists ? new Error(`${lists.message}\n${(error as Error).message}`) : error;
  }
}

const keptLines = 5;

const runApt: Apt = (args, report) =>
  new Promise((resolve, reject) => {
    const last: string[] = [];
    const child = spawn("apt-get", args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (line.trim() === "") return;
        last.push(line);
        if (last.length > keptLines) last.shift();
        report(line);
      });
    }
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`apt-get ${args[0]} failed:\n${last.join("\n")}\nCorrect this and run kybern setup again.`)),
    );
  });
