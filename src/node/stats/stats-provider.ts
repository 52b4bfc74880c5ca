import { readdir, readFile, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { podLabels } from "../pods/labels.ts";
import type { PodFiles } from "../pods/pod-files.ts";
import type { ContainerRuntime, ContainerStats as RuntimeStats } from "../runtime/runtime.ts";
import { CpuRates } from "./rates.ts";
import type {
  ContainerStats,
  CpuStats,
  FsStats,
  InterfaceStats,
  MemoryStats,
  NetworkStats,
  NodeStats,
  PodStats,
  Summary,
} from "./summary.ts";
import { readCgroupUsage, readMachineUsage, type Usage } from "./usage.ts";

export interface StatsDeps {
  runtime: ContainerRuntime;
  pods(): readonly Pod[];
  files: PodFiles;
  clock: Clock;
  nodeName: string;
  /** The cgroup of a pod; absent: pods are told as the sum of their containers. */
  cgroups?: { pathOf(pod: Pod): string };
}

/** Who asks again within this time gets the same answer. */
const lifetimeMilliseconds = 1000;

/** What the machine, its pods and their containers use. Read when asked, never by itself. */
export class StatsProvider {
  readonly #deps: StatsDeps;
  readonly #rates = new CpuRates();
  /** When containers were started, which never changes. */
  #startTimes = new Map<string, number>();
  #kept: { at: number; summary: Promise<Summary> } | undefined;

  constructor(deps: StatsDeps) {
    this.#deps = deps;
  }

  /** Processor and memory alone: a call to the runtime and a few small files. */
  cpuAndMemory(): Promise<Summary> {
    const now = this.#deps.clock.now();
    if (this.#kept && now - this.#kept.at < lifetimeMilliseconds) return this.#kept.summary;
    const summary = this.#readCpuAndMemory();
    const kept = { at: now, summary };
    this.#kept = kept;
    summary.catch(() => {
      if (this.#kept === kept) this.#kept = undefined;
    });
    return summary;
  }

  /** Everything: disks, logs and the network beside. */
  async summary(): Promise<Summary> {
    const { runtime, files, clock } = this.#deps;
    const [{ node, pods }, stats, images, disk, network, limits] = await Promise.all([
      this.cpuAndMemory(),
      runtime.listContainerStats(),
      runtime.imageFsInfo(),
      this.#disk(files.root),
      this.#network(),
      this.#processes(),
    ]);
    const now = exactTime(clock.now());
    const layers = new Map(stats.map((one) => [`${one.labels[podLabels.uid]}/${one.name}`, one.writableLayer]));
    const objects = new Map(this.#deps.pods().map((pod) => [uidOf(pod), pod]));
    const full: NodeStats = { ...node };
    if (network) full.network = network;
    if (disk) full.fs = disk;
    if (limits) full.rlimit = limits;
    const imageUsage = images[0];
    if (imageUsage) {
      const used = { usedBytes: imageUsage.usedBytes, inodesUsed: imageUsage.inodesUsed };
      full.runtime = { imageFs: { ...(await this.#disk(imageUsage.mountpoint)), time: now, ...used }, containerFs: { ...disk, time: now } };
    }
    return {
      node: full,
      pods: await Promise.all(
        pods.map(async (pod) => {
          const object = objects.get(pod.podRef.uid);
          let usedBytes = 0;
          let inodesUsed = 0;
          const containers = await Promise.all(
            pod.containers.map(async (container) => {
              const layer = layers.get(`${pod.podRef.uid}/${container.name}`);
              const logs = object && (await directoryUse(join(files.logDirectory(object), container.name)));
              usedBytes += (layer?.usedBytes ?? 0) + (logs?.usedBytes ?? 0);
              inodesUsed += (layer?.inodesUsed ?? 0) + (logs?.inodesUsed ?? 0);
              const told: ContainerStats = { ...container };
              if (layer)
                told.rootfs = { ...disk, time: exactTime(layer.timestamp), usedBytes: layer.usedBytes, inodesUsed: layer.inodesUsed };
              if (logs) told.logs = { ...disk, time: now, ...logs };
              return told;
            }),
          );
          return { ...pod, containers, "ephemeral-storage": { ...disk, time: now, usedBytes, inodesUsed } };
        }),
      ),
    };
  }

  async #readCpuAndMemory(): Promise<Summary> {
    const { runtime, clock, nodeName } = this.#deps;
    const [stats, machine] = await Promise.all([runtime.listContainerStats(), readMachineUsage()]);
    const now = clock.now();
    const starts = await this.#startsOf(stats);
    const byPod = new Map<string, RuntimeStats[]>();
    for (const one of stats) {
      const uid = one.labels[podLabels.uid];
      // Containers that have ended are told without usage; only what runs counts.
      if (uid === undefined || one.cpuUsageNanoseconds === undefined || !starts.has(one.id)) continue;
      const others = byPod.get(uid);
      if (others) others.push(one);
      else byPod.set(uid, [one]);
    }
    const pods = await Promise.all(
      this.#deps.pods().flatMap((pod) => {
        const containers = byPod.get(uidOf(pod));
        return containers ? [this.#pod(pod, containers, starts, now)] : [];
      }),
    );
    const node: NodeStats = {
      nodeName,
      startTime: exactTime(machine.bootedAt),
      ...this.#usage("node", now, machine),
    } as NodeStats;
    this.#rates.forgetOthers();
    return { node, pods };
  }

  async #pod(pod: Pod, stats: readonly RuntimeStats[], starts: ReadonlyMap<string, number>, now: number): Promise<PodStats> {
    const { cgroups } = this.#deps;
    const latest = new Map<string, RuntimeStats>();
    for (const one of stats) if ((latest.get(one.name)?.attempt ?? -1) < one.attempt) latest.set(one.name, one);
    const containers = [...latest.values()].map((one) => ({
      name: one.name,
      startTime: exactTime(starts.get(one.id) ?? 0),
      ...this.#usage(`container ${one.id}`, one.timestamp, usageOf(one)),
    }));
    const whole = cgroups && (await readCgroupUsage(cgroups.pathOf(pod)));
    return {
      podRef: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
      startTime: pod.status?.startTime ?? pod.metadata.creationTimestamp ?? "",
      containers,
      ...this.#usage(`pod ${uidOf(pod)}`, now, whole ?? sum([...latest.values()].map(usageOf))),
    };
  }

  #usage(key: string, at: number, usage: Usage): { cpu?: CpuStats; memory?: MemoryStats } {
    const time = exactTime(at);
    const told: { cpu?: CpuStats; memory?: MemoryStats } = {};
    if (usage.cpuNanoseconds !== undefined) {
      const rate = this.#rates.nanoCores(key, at, usage.cpuNanoseconds);
      told.cpu = { time, ...(rate === undefined ? {} : { usageNanoCores: rate }), usageCoreNanoSeconds: usage.cpuNanoseconds };
    }
    if (usage.workingSetBytes !== undefined) {
      const { memoryLimitBytes, memoryBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults } = usage;
      told.memory = { time, workingSetBytes };
      if (memoryLimitBytes !== undefined) told.memory.availableBytes = Math.max(0, memoryLimitBytes - workingSetBytes);
      if (memoryBytes !== undefined) told.memory.usageBytes = memoryBytes;
      if (rssBytes !== undefined) told.memory.rssBytes = rssBytes;
      if (pageFaults !== undefined) told.memory.pageFaults = pageFaults;
      if (majorPageFaults !== undefined) told.memory.majorPageFaults = majorPageFaults;
    }
    return told;
  }

  /** When the running containers were started. */
  async #startsOf(stats: readonly RuntimeStats[]): Promise<ReadonlyMap<string, number>> {
    const known = this.#startTimes;
    const starts = new Map<string, number>();
    await Promise.all(
      stats.map(async ({ id }) => {
        // One that went away in between isn't told.
        const at = known.get(id) ?? (await this.#deps.runtime.containerStatus(id).catch(() => undefined))?.startedAt;
        if (at) starts.set(id, at);
      }),
    );
    this.#startTimes = starts;
    return starts;
  }

  async #disk(path: string): Promise<FsStats | undefined> {
    try {
      const found = await statfs(path);
      return {
        time: exactTime(this.#deps.clock.now()),
        availableBytes: found.bavail * found.bsize,
        capacityBytes: found.blocks * found.bsize,
        usedBytes: (found.blocks - found.bfree) * found.bsize,
        inodesFree: found.ffree,
        inodes: found.files,
        inodesUsed: found.files - found.ffree,
      };
    } catch {
      return undefined; // A mount point of the runtime's that this process doesn't see.
    }
  }

  /** The machine's own interfaces; the one with the default route stands for it. */
  async #network(): Promise<NetworkStats | undefined> {
    const [table, routes] = await Promise.all([
      readFile("/proc/net/dev", "utf8").catch(() => ""),
      readFile("/proc/net/route", "utf8").catch(() => ""),
    ]);
    const interfaces: InterfaceStats[] = [];
    for (const match of table.matchAll(/^ *(\S+): *(.*)$/gm)) {
      const [name = "", values = ""] = match.slice(1);
      if (/^(lo|veth|docker|cali)/.test(name)) continue;
      const [rxBytes = 0, , rxErrors = 0, , , , , , txBytes = 0, , txErrors = 0] = values.split(/ +/).map(Number);
      interfaces.push({ name, rxBytes, rxErrors, txBytes, txErrors });
    }
    const main = /^(\S+)\t00000000\t/m.exec(routes)?.[1];
    const first = interfaces.find(({ name }) => name === main);
    return first && { time: exactTime(this.#deps.clock.now()), ...first, interfaces };
  }

  async #processes(): Promise<NodeStats["rlimit"]> {
    const [most, load] = await Promise.all([
      readFile("/proc/sys/kernel/pid_max", "utf8").catch(() => ""),
      readFile("/proc/loadavg", "utf8").catch(() => ""),
    ]);
    const processes = /\/(\d+) /.exec(load)?.[1];
    if (most === "" || processes === undefined) return undefined;
    return { time: exactTime(this.#deps.clock.now()), maxpid: Number(most), curproc: Number(processes) };
  }
}

/** With milliseconds, other than most times of the API: rates are made of these. */
function exactTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function usageOf(stats: RuntimeStats): Usage {
  const usage: Usage = {};
  if (stats.cpuUsageNanoseconds !== undefined) usage.cpuNanoseconds = stats.cpuUsageNanoseconds;
  if (stats.memoryWorkingSetBytes !== undefined) usage.workingSetBytes = stats.memoryWorkingSetBytes;
  if (stats.memoryUsageBytes) usage.memoryBytes = stats.memoryUsageBytes;
  if (stats.memoryRssBytes) usage.rssBytes = stats.memoryRssBytes;
  if (stats.memoryPageFaults) usage.pageFaults = stats.memoryPageFaults;
  if (stats.memoryMajorPageFaults) usage.majorPageFaults = stats.memoryMajorPageFaults;
  if (stats.memoryAvailableBytes && stats.memoryWorkingSetBytes !== undefined) {
    usage.memoryLimitBytes = stats.memoryAvailableBytes + stats.memoryWorkingSetBytes;
  }
  return usage;
}

function sum(usages: readonly Usage[]): Usage {
  const total: Usage = {};
  for (const usage of usages) {
    for (const name of ["cpuNanoseconds", "memoryBytes", "workingSetBytes", "rssBytes", "pageFaults", "majorPageFaults"] as const) {
      const value = usage[name];
      if (value !== undefined) total[name] = (total[name] ?? 0) + value;
    }
  }
  return total;
}

/** What the files of a directory take, without those of directories in it. */
async function directoryUse(directory: string): Promise<{ usedBytes: number; inodesUsed: number } | undefined> {
  try {
    const names = await readdir(directory);
    const sizes = await Promise.all(
      names.map((name) =>
        stat(join(directory, name)).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        ),
      ),
    );
    return { usedBytes: sizes.reduce((all, size) => all + size, 0), inodesUsed: names.length + 1 };
  } catch {
    return undefined; // Nothing was logged yet.
  }
}
