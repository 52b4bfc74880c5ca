import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../../api/core/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";

/** Where the files of pods are on this node. */
export class PodFiles {
  readonly root: string;
  readonly logRoot: string;

  /** `root` is the agent's directory. */
  constructor(root: string) {
    this.root = root;
    this.logRoot = join(root, "logs");
  }

  podDirectory(uid: string): string {
    return join(this.root, "pods", uid);
  }

  logDirectory(pod: Pod): string {
    return join(this.logRoot, `${namespaceOf(pod)}_${nameOf(pod)}_${uidOf(pod)}`);
  }

  async makeLogDirectory(pod: Pod): Promise<string> {
    const directory = this.logDirectory(pod);
    await mkdir(directory, { recursive: true, mode: 0o755 });
    return directory;
  }

  /** The log of one attempt of a container, relative to the pod's log directory. */
  logPath(container: string, attempt: number): string {
    return `${container}/${attempt}.log`;
  }

  terminationLog(uid: string, container: string, attempt: number): string {
    return join(this.podDirectory(uid), "containers", container, String(attempt));
  }

  async makeTerminationLog(uid: string, container: string, attempt: number): Promise<string> {
    const file = this.terminationLog(uid, container, attempt);
    await mkdir(join(this.podDirectory(uid), "containers", container), { recursive: true });
    await writeFile(file, "", { mode: 0o666 });
    return file;
  }

  /** The pod's `/etc/hosts`: its own address and names, and what its spec adds. */
  async makeHostsFile(pod: Pod, addresses: readonly string[], hostname: string, domain: string): Promise<string> {
    const directory = this.podDirectory(uidOf(pod));
    const file = join(directory, "etc-hosts");
    await mkdir(directory, { recursive: true });
    let text: string;
    if (pod.spec?.hostNetwork) {
      text = `# Kubernetes-managed hosts file (host network).\n${await readFile("/etc/hosts", "utf8").catch(() => "127.0.0.1\tlocalhost\n")}`;
    } else {
      const names = domain === "" ? hostname : `${hostname}.${domain}\t${hostname}`;
      text = [
        "# Kubernetes-managed hosts file.",
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet",
        "fe00::0\tip6-mcastprefix",
        "fe00::1\tip6-allnodes",
        "fe00::2\tip6-allrouters",
        ...addresses.map((address) => `${address}\t${names}`),
        "",
      ].join("\n");
    }
    const aliases = pod.spec?.hostAliases ?? [];
    if (aliases.length > 0) {
      text += `\n# Entries added by HostAliases.\n${aliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join("\t")}`).join("\n")}\n`;
    }
    await writeFile(file, text, { mode: 0o644 });
    return file;
  }

  /** The number after those of the attempts that have left a log, for a container that the runtime knows nothing of. */
  async nextAttempt(pod: Pod, container: string): Promise<number> {
    const numbers = (await list(join(this.logDirectory(pod), container))).map((file) => Number(/^(\d+)\.log$/.exec(file)?.[1] ?? -1));
    return Math.max(-1, ...numbers) + 1;
  }

  /** Removes what one attempt of a container has left. */
  async removeAttempt(pod: Pod, container: string, attempt: number): Promise<void> {
    await rm(join(this.logDirectory(pod), this.logPath(container, attempt)), { force: true });
    await rm(this.terminationLog(uidOf(pod), container, attempt), { force: true });
  }

  async remove(uid: string): Promise<void> {
    await rm(this.podDirectory(uid), { recursive: true, force: true });
  }

  /** The log directories of all pods, by UID. */
  async logDirectories(): Promise<Map<string, string>> {
    const directories = await list(this.logRoot);
    return new Map(directories.map((name) => [name.slice(name.lastIndexOf("_") + 1), join(this.logRoot, name)]));
  }

  async removeLogs(pod: Pod): Promise<void> {
    await rm(this.logDirectory(pod), { recursive: true, force: true });
  }

  /** The end of a file; empty when there is none. */
  tail(file: string, bytes: number): string {
    let descriptor: number;
    try {
      descriptor = openSync(file, "r");
    } catch {
      return "";
    }
    try {
      const size = fstatSync(descriptor).size;
      const buffer = Buffer.alloc(Math.min(size, bytes));
      readSync(descriptor, buffer, 0, buffer.length, Math.max(0, size - buffer.length));
      return buffer.toString();
    } finally {
      closeSync(descriptor);
    }
  }
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The pod's own host name, and the domain below which it is known when it has one. */
export function podHostname(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  if (pod.spec?.hostnameOverride) return { hostname: pod.spec.hostnameOverride, domain: "" };
  // The kernel allows 63 characters.
  const hostname = (pod.spec?.hostname || nameOf(pod)).slice(0, 63).replace(/[-.]+$/, "");
  const domain = pod.spec?.subdomain ? `${pod.spec.subdomain}.${namespaceOf(pod)}.svc.${clusterDomain}` : "";
  return { hostname, domain };
}
