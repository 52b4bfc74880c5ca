import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import type { Node, NodeCondition, NodeStatus } from "../api/core/v1.ts";
import type { RuntimeCondition, RuntimeVersion } from "./runtime/runtime.ts";

export interface NodeFacts {
  name: string;
  addresses: readonly string[];
  hostname: string;
  /** Where the agent's API listens. */
  port: number;
  runtime: RuntimeVersion;
  kubeletVersion: string;
  maxPods: number;
  /** Bytes of the file system that pods write to. */
  diskBytes: number;
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

export function capacityOf(facts: Pick<NodeFacts, "maxPods" | "diskBytes">): Record<string, string> {
  return {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    "ephemeral-storage": `${Math.floor(facts.diskBytes / 1024)}Ki`,
    pods: String(facts.maxPods),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
  };
}

/** The status of this machine as a node; conditions keep their transition times from `previous`. */
export function nodeStatus(
  facts: NodeFacts,
  conditions: readonly RuntimeCondition[],
  previous: NodeStatus | undefined,
  now: string,
): NodeStatus {
  const broken = conditions.filter((condition) => !condition.status);
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
  const capacity = capacityOf(facts);
  return {
    addresses: [
      ...facts.addresses.map((address) => ({ type: "InternalIP", address })),
      { type: "Hostname", address: facts.hostname },
    ] as NonNullable<NodeStatus["addresses"]>,
    capacity,
    allocatable: { ...capacity, memory: `${Math.max(0, Math.floor(totalmem() / 1024) - 102_400)}Ki` },
    conditions: [
      make("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
      make("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
      make("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
      broken.length === 0
        ? make("Ready", true, "KubeletReady", "kubelet is posting ready status")
        : make(
            "Ready",
            false,
            "KubeletNotReady",
            broken
              .map((condition) =>
                condition.type === "NetworkReady"
                  ? `container runtime network not ready: NetworkReady=false reason:${condition.reason} message:${condition.message}`
                  : `container runtime is down: ${condition.message}`,
              )
              .join(", "),
          ),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      architecture: architectures[arch()] ?? arch(),
      bootID: firstLine("/proc/sys/kernel/random/boot_id"),
      containerRuntimeVersion: `${facts.runtime.runtimeName}://${facts.runtime.runtimeVersion}`,
      kernelVersion: release(),
      kubeProxyVersion: "",
      kubeletVersion: facts.kubeletVersion,
      machineID: firstLine("/etc/machine-id"),
      operatingSystem: "linux",
      osImage: osName(),
      systemUUID: firstLine("/sys/class/dmi/id/product_uuid") || firstLine("/etc/machine-id"),
    },
    images: facts.images,
  };
}

/** What a new node's object says. */
export function newNode(name: string, podCidr: string | undefined): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: nodeLabels(name) },
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
