import { existsSync } from "node:fs";
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Amounts, podLimits, podQosClass, podRequests } from "../../api/core/pod-resources.ts";
import type { Pod } from "../../api/core/v1.ts";
import type { Logger } from "../../machinery/logger.ts";
import { uidOf } from "../../machinery/object.ts";
import { cpuQuota, cpuShares } from "./linux-resources.ts";

const root = "/sys/fs/cgroup";

/** The cgroups of one cluster's pods: `/<parent>/<quality of service>/pod<uid>`, in cgroup v1 and v2. */
export class PodCgroups {
  readonly #parent: string;
  readonly #logger: Logger;
  readonly #hierarchies: string[];
  readonly #unified: boolean;

  /** `parent` is the cluster's own cgroup, as `kybern-1a2b3c`. */
  constructor(parent: string, logger: Logger) {
    this.#parent = parent;
    this.#logger = logger;
    this.#unified = existsSync(join(root, "cgroup.controllers"));
    this.#hierarchies = this.#unified
      ? [root]
      : ["cpu", "memory", "pids"].map((name) => join(root, name)).filter((path) => existsSync(path));
  }

  /** The path that the runtime is told. */
  pathOf(pod: Pod): string {
    const qos = podQosClass(pod.spec);
    const middle = qos === "Guaranteed" ? "" : `/${qos.toLowerCase()}`;
    return `/${this.#parent}${middle}/pod${uidOf(pod)}`;
  }

  /** Makes the pod's cgroup and sets its limits. What the kernel refuses is logged: the pod runs without that limit. */
  async ensure(pod: Pod): Promise<void> {
    const path = this.pathOf(pod);
    const requests = podRequests(pod);
    const limits = podLimits(pod);
    const everyContainer = (name: string) =>
      (pod.spec?.containers ?? []).every((container) => container.resources?.limits?.[name] !== undefined);
    for (const hierarchy of this.#hierarchies) {
      const directory = join(hierarchy, path);
      if (this.#unified) await this.#enableControllers(path);
      await mkdir(directory, { recursive: true });
      await this.#limit(directory, hierarchy, requests, limits, everyContainer);
    }
  }

  async #limit(
    directory: string,
    hierarchy: string,
    requests: Amounts,
    limits: Amounts,
    everyContainer: (name: string) => boolean,
  ): Promise<void> {
    const shares = cpuShares(requests.get("cpu") ?? 0);
    const quota = everyContainer("cpu") ? cpuQuota(limits.get("cpu") ?? 0) : 0;
    const memory = everyContainer("memory") ? (limits.get("memory") ?? 0) : 0;
    if (this.#unified) {
      await this.#write(directory, "cpu.weight", String(Math.floor(1 + ((shares - 2) * 9999) / 262142)));
      if (quota > 0) await this.#write(directory, "cpu.max", `${quota} 100000`);
      if (memory > 0) await this.#write(directory, "memory.max", String(memory));
    } else if (hierarchy.endsWith("/cpu")) {
      await this.#write(directory, "cpu.shares", String(shares));
      if (quota > 0) await this.#write(directory, "cpu.cfs_quota_us", String(quota));
    } else if (hierarchy.endsWith("/memory") && memory > 0) {
      await this.#write(directory, "memory.limit_in_bytes", String(memory));
    }
  }

  async #enableControllers(path: string): Promise<void> {
    const parts = path.split("/").filter((part) => part !== "");
    for (let depth = 0; depth < parts.length; depth++) {
      const directory = join(root, ...parts.slice(0, depth));
      await mkdir(directory, { recursive: true });
      await this.#write(directory, "cgroup.subtree_control", "+cpu +memory +pids");
    }
  }

  async #write(directory: string, file: string, value: string): Promise<void> {
    try {
      await writeFile(join(directory, file), value);
    } catch (error) {
      this.#logger.debug("a cgroup limit was refused", { directory, file, value, error });
    }
  }

  /** Removes the cgroup of a pod whose containers are gone. */
  async remove(uid: string): Promise<void> {
    for (const hierarchy of await this.#allHierarchies()) {
      for (const middle of ["", "burstable", "besteffort"]) await removeTree(join(hierarchy, this.#parent, middle, `pod${uid}`));
    }
  }

  /** Removes all that the cluster has. */
  async removeAll(): Promise<void> {
    for (const hierarchy of await this.#allHierarchies()) await removeTree(join(hierarchy, this.#parent));
  }

  /** The runtime makes the pod's path in every hierarchy, also in those that no limit is set in here. */
  async #allHierarchies(): Promise<string[]> {
    if (this.#unified) return [root];
    return (await readdir(root)).map((name) => join(root, name));
  }
}

/** A cgroup has no files of its own to remove; its children go first. One that still has processes stays. */
async function removeTree(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  await rmdir(directory).catch(() => {});
}
