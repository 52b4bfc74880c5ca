import { readFileSync, statfsSync } from "node:fs";
import { arch, cpus, hostname, release, totalmem } from "node:os";
import type { Node, NodeCondition, NodeStatus } from "../api/core/v1.ts";
import type { RuntimeCondition, RuntimeVersion } from "./runtime/runtime.ts";

/** What a node is made of. */
export interface Machine {
  hostname: string;
  cpus: number;
  memoryBytes: number;
  /** Of the file system that pods write to. */
  diskBytes: number;
  bootId: string;
  kernelVersion: string;
  machineId: string;
  osImage: string;
  systemUuid: string;
}

export interface NodeFacts {
  name: string;
  addresses: readonly string[];
  /** Where the agent's API listens. */
  port: number;
  runtime: RuntimeVersion;
  kubeletVersion: string;
  maxPods: number;
  machine: Machine;
  images: { names: string[]; sizeBytes: number }[];
}

const architectures: Record<string, string> = { x64: "amd64", arm64: "arm64", arm: "arm" };

/** The labels that every node has. */
export function nodeLabels(name: string): Record<string, string> {
  const architecture = architectures[arch()] ?? arch();
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
  };
}

export function capacityOf(facts: Pick<NodeFacts, "maxPods" | "machine">): Record<string, string> {
  const { machine } = facts;
  return {
    cpu: String(machine.cpus),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor(machine.diskBytes / 1024)}Ki`,
    pods: String(facts.maxPods),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
  };
}

/** The machine that this process runs on; pods write to the file system of `directory`. */
export function thisMachine(directory: string): Machine {
  const disk = statfsSync(directory);
  return {
    hostname: hostname(),
    cpus: cpus().length,
    memoryBytes: totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    bootId: firstLine("/proc/sys/kernel/random/boot_id"),
    kernelVersion: release(),
    machineId: firstLine("/etc/machine-id"),
    osImage: osName(),
    systemUuid: firstLine("/sys/class/dmi/id/product_uuid") || firstLine("/etc/machine-id"),
  };
}

/** The status of a node; conditions keep their transition times from `previous`. */
export function nodeStatus(
  facts: NodeFacts,
  conditions: readonly RuntimeCondition[],
  previous: NodeStatus | undefined,
  now: string,
): NodeStatus {
  const errors = conditions.filter((condition) => !condition.status).map(errorText);
  const make = (type: string, status: boolean, reason: string, message: string): NodeCondition => {
    const old = previous?.conditions?.find((condition) => condition.type === type);
    const text = status ? "True" : "False";
    return {
      type,
      status: text,
      lastHeartbeatTime: now,
      lastTransitionTime: old?.status === text ? (old.lastTransitionTime ?? now) : now,
      reason,
      message,
    };
  };
  const { machine } = facts;
  const capacity = capacityOf(facts);
  return {
    addresses: [
      ...facts.addresses.map((address) => ({ type: "InternalIP", address })),
      { type: "Hostname", address: machine.hostname },
    ] as NonNullable<NodeStatus["addresses"]>,
    capacity,
    // What upstream keeps back by default: 100 MiB of memory and a tenth of the disk.
    allocatable: {
      ...capacity,
      "ephemeral-storage": String(machine.diskBytes - Math.floor(machine.diskBytes / 10)),
      memory: `${Math.max(0, Math.floor(machine.memoryBytes / 1024) - 102_400)}Ki`,
    },
    conditions: [
      make("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
      make("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
      make("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
      errors.length === 0
        ? make("Ready", true, "KubeletReady", "kubelet is posting ready status")
        : make("Ready", false, "KubeletNotReady", errors.length === 1 ? (errors[0] as string) : `[${errors.join(", ")}]`),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      architecture: architectures[arch()] ?? arch(),
      bootID: machine.bootId,
      containerRuntimeVersion: `${facts.runtime.runtimeName}://${facts.runtime.runtimeVersion}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: "",
      kubeletVersion: facts.kubeletVersion,
      machineID: machine.machineId,
      operatingSystem: "linux",
      osImage: machine.osImage,
      systemUUID: machine.systemUuid,
    },
    images: facts.images,
  };
}

function errorText({ type, status, reason, message }: RuntimeCondition): string {
  const text = `${type}=${status} reason:${reason} message:${message}`;
  if (type === "RuntimeReady") return `container runtime not ready: ${text}`;
  if (type === "NetworkReady") return `container runtime network not ready: ${text}`;
  return message;
}

/** What a new node's object says. */
export function newNode(name: string, podCidr: string | undefined, labels: Readonly<Record<string, string>>): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { ...labels, ...nodeLabels(name) } },
    spec: podCidr ? { podCIDR: podCidr, podCIDRs: [podCidr] } : {},
  };
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n")[0]?.trim() ?? "";
  } catch {
    return "";
  }
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  } catch {
    return "Linux";
  }
}
