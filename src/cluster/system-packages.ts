import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A part of the system that real containers need, the command or directory that shows it is there, and Debian's package of it. */
interface Requirement {
  name: string;
  package: string;
  purpose: string;
  isPresent(): boolean;
}

/** Where CNI plug-ins are looked for: Debian's place, then upstream's. */
export const cniPluginDirectories = ["/usr/lib/cni", "/opt/cni/bin"];

const requirements: Requirement[] = [
  { name: "containerd", package: "containerd", purpose: "runs containers", isPresent: () => onPath("containerd") },
  { name: "runc", package: "runc", purpose: "starts container processes", isPresent: () => onPath("runc") },
  {
    name: "CNI plug-ins",
    package: "containernetworking-plugins",
    purpose: "connect pods to the network",
    isPresent: () => cniPluginDirectory() !== undefined,
  },
  { name: "nft", package: "nftables", purpose: "directs service addresses to pods", isPresent: () => onPath("nft") },
  { name: "ip", package: "iproute2", purpose: "sets up interfaces and routes", isPresent: () => onPath("ip") },
];

/** The first directory that has the plug-ins a node needs. */
export function cniPluginDirectory(): string | undefined {
  return cniPluginDirectories.find((directory) =>
    ["bridge", "host-local", "loopback"].every((plugin) => existsSync(join(directory, plugin))),
  );
}

export interface MissingPart {
  name: string;
  package: string;
  purpose: string;
}

/** What real containers need and this machine doesn't have. */
export function missingParts(): MissingPart[] {
  return requirements.filter((requirement) => !requirement.isPresent());
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
export function whyNotInstallable(): string | undefined {
  if (process.platform !== "linux") return "real containers need Linux";
  if (process.getuid?.() !== 0) return "installing needs root";
  if (!onPath("apt-get")) return "kybern setup installs packages on Debian and Ubuntu only";
  return undefined;
}

/**
 * Installs Debian packages. Never removes one: apt is told to fail rather than to do that. Lines of its output go to `report`.
 * Rejects with apt's last lines when it fails.
 */
export async function installPackages(packages: readonly string[], report: (line: string) => void, signal?: AbortSignal): Promise<void> {
  await apt(["update", "-qq"], report, signal);
  await apt(["install", "--yes", "--no-remove", "--no-install-recommends", ...packages], report, signal);
}

function apt(args: string[], report: (line: string) => void, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const last: string[] = [];
    const child = spawn("apt-get", args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      ...(signal ? { signal } : {}),
    });
    const onData = (chunk: Buffer) => {
      for (const line of chunk.toString().split("\n")) {
        if (line.trim() === "") continue;
        last.push(line);
        if (last.length > 5) last.shift();
        report(line);
      }
    };
    child.stdout.on("data", onData);
    child.stderr.on("data", onData);
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`apt-get ${args[0]} failed:\n${last.join("\n")}\nCorrect this and run kybern setup again.`)),
    );
  });
}
