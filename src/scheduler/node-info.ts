import { type HostPort, hostPortsConflict } from "../api/core/pod-ports.ts";
import { parseResourceList } from "../api/core/pod-resources.ts";
import type { Node, Taint } from "../api/core/v1.ts";
import type { PodInfo } from "./pod-info.ts";

const noImages: ReadonlyMap<string, number> = new Map();

/** A node with what is taken of it. Changed in place as pods come and go; the scheduler works on one pod at a time. */
export class NodeInfo {
  /** Index into per-node arrays of counters; free again when the node is gone. */
  readonly slot: number;
  readonly name: string;
  node: Node | undefined;

  allocatableMilliCpu = 0;
  allocatableMemory = 0;
  allocatableEphemeralStorage = 0;
  allocatablePods = 0;
  allocatableScalars: ReadonlyMap<string, number> = new Map();
  hardTaints: readonly Taint[] = [];
  softTaints: readonly Taint[] = [];
  labels: Readonly<Record<string, string>> = {};
  unschedulable = false;
  /** Sizes in bytes by name. */
  images: ReadonlyMap<string, number> = noImages;

  milliCpu = 0;
  memory = 0;
  ephemeralStorage = 0;
  nonZeroMilliCpu = 0;
  nonZeroMemory = 0;
  readonly scalars = new Map<string, number>();
  readonly pods = new Map<string, PodInfo>();
  readonly ports: HostPort[] = [];

  constructor(name: string, slot: number) {
    this.name = name;
    this.slot = slot;
  }

  setNode(node: Node): void {
    this.node = node;
    const allocatable = parseResourceList(node.status?.allocatable ?? {});
    this.allocatableMilliCpu = allocatable.get("cpu") ?? 0;
    this.allocatableMemory = allocatable.get("memory") ?? 0;
    this.allocatableEphemeralStorage = allocatable.get("ephemeral-storage") ?? 0;
    this.allocatablePods = allocatable.get("pods") ?? 0;
    for (const name of ["cpu", "memory", "ephemeral-storage", "pods"]) allocatable.delete(name);
    this.allocatableScalars = allocatable;
    const taints = node.spec?.taints ?? [];
    this.hardTaints = taints.filter((taint) => taint.effect === "NoSchedule" || taint.effect === "NoExecute");
    this.softTaints = taints.filter((taint) => taint.effect === "PreferNoSchedule");
    this.labels = node.metadata.labels ?? {};
    this.unschedulable = node.spec?.unschedulable === true;
    this.images = imagesOf(node);
  }

  /** The node is gone; its pods may still be told of. */
  clearNode(): void {
    this.node = undefined;
    this.labels = {};
    this.images = noImages;
  }

  addPod(pod: PodInfo): void {
    if (this.pods.has(pod.uid)) this.removePod(pod.uid);
    this.pods.set(pod.uid, pod);
    this.#account(pod, 1);
    this.ports.push(...pod.hostPorts);
  }

  removePod(uid: string): PodInfo | undefined {
    const pod = this.pods.get(uid);
    if (!pod) return undefined;
    this.pods.delete(uid);
    this.#account(pod, -1);
    for (const port of pod.hostPorts) this.ports.splice(this.ports.indexOf(port), 1);
    return pod;
  }

  #account(pod: PodInfo, sign: 1 | -1): void {
    this.milliCpu += sign * pod.milliCpu;
    this.memory += sign * pod.memory;
    this.ephemeralStorage += sign * pod.ephemeralStorage;
    this.nonZeroMilliCpu += sign * pod.nonZeroMilliCpu;
    this.nonZeroMemory += sign * pod.nonZeroMemory;
    if (!pod.scalars) return;
    for (const [name, amount] of pod.scalars) this.scalars.set(name, (this.scalars.get(name) ?? 0) + sign * amount);
  }

  conflictsWithPorts(ports: readonly HostPort[]): boolean {
    return this.ports.length > 0 && ports.some((port) => this.ports.some((taken) => hostPortsConflict(port, taken)));
  }
}

function imagesOf(node: Node): ReadonlyMap<string, number> {
  const list = node.status?.images;
  if (!list || list.length === 0) return noImages;
  const images = new Map<string, number>();
  for (const image of list) for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0);
  return images;
}
