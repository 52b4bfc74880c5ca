import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { identify, isAlive, type ProcessIdentity } from "../node/runtime/containerd/process-identity.ts";

/** What a cluster keeps about itself between starts. */
export interface ClusterRecord {
  formatVersion: 1;
  /** Six characters; everything that clusters on one machine would share derives from it. */
  id: string;
  /** The API server's port, chosen at the first start. */
  port?: number;
  serviceClusterIpRange?: string;
  clusterCidr?: string;
  nodePortRange?: string;
  /** The port of the node agent's API. */
  agentPort?: number;
}

/** What a running `kybern up` says about itself. */
export interface RunRecord extends ProcessIdentity {
  server: string;
  kubeconfig: string;
  startedAt: string;
}

/** The data directory when none is named. */
export function defaultDataDirectory(): string {
  if (process.getuid?.() === 0) return "/var/lib/kybern";
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "kybern");
}

/** The files of one cluster. */
export class DataDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get pki(): string {
    return join(this.path, "pki");
  }
  get store(): string {
    return join(this.path, "store");
  }
  get containerd(): string {
    return join(this.path, "containerd");
  }
  get pods(): string {
    return join(this.path, "node");
  }
  get logs(): string {
    return join(this.path, "logs");
  }
  get kubeconfig(): string {
    return join(this.path, "kubeconfig");
  }

  exists(): boolean {
    return existsSync(join(this.path, "cluster.json"));
  }

  async record(): Promise<ClusterRecord> {
    const file = join(this.path, "cluster.json");
    if (!existsSync(file)) {
      const record: ClusterRecord = { formatVersion: 1, id: newClusterId() };
      await this.saveRecord(record);
      return record;
    }
    const record = JSON.parse(await readFile(file, "utf8")) as ClusterRecord;
    if (record.formatVersion !== 1) {
      throw new Error(
        `${this.path} was written by a newer kybern (format ${record.formatVersion}); use that version, or another --data directory`,
      );
    }
    return record;
  }

  async saveRecord(record: ClusterRecord): Promise<void> {
    await this.#write("cluster.json", record);
  }

  /** The running `kybern up` of this directory; undefined when there is none. */
  async running(): Promise<RunRecord | undefined> {
    const file = join(this.path, "run.json");
    if (!existsSync(file)) return undefined;
    try {
      const record = JSON.parse(await readFile(file, "utf8")) as RunRecord;
      return (await isAlive(record)) ? record : undefined;
    } catch {
      return undefined; // cut off by a crash while it was written
    }
  }

  async saveRunning(record: Omit<RunRecord, keyof ProcessIdentity>): Promise<void> {
    const identity = await identify(process.pid);
    if (!identity) throw new Error("the running process is not found in /proc");
    await this.#write("run.json", { ...record, ...identity } satisfies RunRecord);
  }

  async clearRunning(): Promise<void> {
    await rm(join(this.path, "run.json"), { force: true });
  }

  async #write(name: string, value: unknown): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o711 });
    const file = join(this.path, name);
    await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
    await rename(`${file}.new`, file);
  }
}

/** Sockets and other state that a reboot ends. Short, since a socket's path has 107 bytes at most. */
export function runtimeDirectory(clusterId: string): string {
  return process.getuid?.() === 0 ? `/run/kybern/${clusterId}` : join(process.env.XDG_RUNTIME_DIR ?? "/tmp", `kybern-${clusterId}`);
}

function newClusterId(): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  return [...randomBytes(6)].map((byte) => alphabet[byte % alphabet.length]).join("");
}
