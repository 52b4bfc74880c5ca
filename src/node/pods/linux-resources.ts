import { parseResourceList, podQosClass, type QosClass } from "../../api/core/pod-resources.ts";
import type { Container, Pod } from "../../api/core/v1.ts";
import type { LinuxResources } from "../runtime/runtime.ts";

const cpuPeriod = 100_000;
const minCpuShares = 2;
const minCpuQuota = 1000;

export function cpuShares(milliCpu: number): number {
  return Math.max(minCpuShares, Math.floor((milliCpu * 1024) / 1000));
}

export function cpuQuota(milliCpu: number): number {
  return milliCpu === 0 ? 0 : Math.max(minCpuQuota, Math.floor((milliCpu * cpuPeriod) / 1000));
}

/** What the kernel is told of a container: shares by its requests, quota and memory by its limits. */
export function containerResources(pod: Pod, container: Container, memoryCapacity: number): LinuxResources {
  const requests = parseResourceList(container.resources?.requests);
  const limits = parseResourceList(container.resources?.limits);
  const memory = limits.get("memory") ?? 0;
  const cpu = limits.get("cpu") ?? 0;
  return {
    cpuPeriod,
    cpuShares: cpuShares(requests.get("cpu") ?? limits.get("cpu") ?? 0),
    ...(cpu > 0 ? { cpuQuota: cpuQuota(cpu) } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory, memorySwapLimitBytes: memory } : {}),
    oomScoreAdj: oomScoreAdjust(podQosClass(pod.spec), requests.get("memory") ?? 0, memoryCapacity, pod.spec?.priority ?? 0),
  };
}

/** The kernel kills BestEffort pods first, Guaranteed and node-critical ones last. */
function oomScoreAdjust(qos: QosClass, memoryRequest: number, memoryCapacity: number, priority: number): number {
  if (qos === "Guaranteed" || priority >= 2_000_001_000) return -997;
  if (qos === "BestEffort") return 1000;
  const score = 1000 - Math.floor((1000 * memoryRequest) / Math.max(1, memoryCapacity));
  return Math.min(999, Math.max(3, score));
}
