import { type FilterPlugin, maxNodeScore, type Rejection, type ScorePlugin } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";

const insufficient = (name: string) => (name === "pods" ? "Too many pods" : `Insufficient ${name}`);

/** The node must have room for the pod's requests. */
export const nodeResourcesFit: FilterPlugin<true> = {
  name: "NodeResourcesFit",
  prepareFilter: () => true,
  filter(_state, pod, node): Rejection | undefined {
    const noPodSlot = node.pods.size + 1 > node.allocatablePods;
    const noCpu = pod.milliCpu > 0 && pod.milliCpu > node.allocatableMilliCpu - node.milliCpu;
    const noMemory = pod.memory > 0 && pod.memory > node.allocatableMemory - node.memory;
    const noStorage = pod.ephemeralStorage > 0 && pod.ephemeralStorage > node.allocatableEphemeralStorage - node.ephemeralStorage;
    let reasons: string[] | undefined;
    // Evicting pods can't help a pod that wants more than the node has altogether.
    let unresolvable = false;
    if (noPodSlot || noCpu || noMemory || noStorage) {
      reasons = [];
      if (noPodSlot) reasons.push(insufficient("pods"));
      if (noCpu) {
        reasons.push(insufficient("cpu"));
        unresolvable ||= pod.milliCpu > node.allocatableMilliCpu;
      }
      if (noMemory) {
        reasons.push(insufficient("memory"));
        unresolvable ||= pod.memory > node.allocatableMemory;
      }
      if (noStorage) {
        reasons.push(insufficient("ephemeral-storage"));
        unresolvable ||= pod.ephemeralStorage > node.allocatableEphemeralStorage;
      }
    }
    if (pod.scalars) {
      for (const [name, amount] of pod.scalars) {
        const allocatable = node.allocatableScalars.get(name) ?? 0;
        if (amount === 0 || amount <= allocatable - (node.scalars.get(name) ?? 0)) continue;
        reasons ??= [];
        reasons.push(insufficient(name));
        unresolvable ||= amount > allocatable;
      }
    }
    return reasons && { reasons, unresolvable };
  },
};

/** Prefers nodes with more room: the mean of the free shares of CPU and memory (upstream's LeastAllocated). */
export const leastAllocated: ScorePlugin<true> = {
  name: "NodeResourcesFit",
  weight: 1,
  prepareScore: () => true,
  score(_state, pod, node) {
    let score = 0;
    let weights = 0;
    if (node.allocatableMilliCpu > 0) {
      score += freeShare(node.nonZeroMilliCpu + pod.nonZeroMilliCpu, node.allocatableMilliCpu);
      weights++;
    }
    if (node.allocatableMemory > 0) {
      score += freeShare(node.nonZeroMemory + pod.nonZeroMemory, node.allocatableMemory);
      weights++;
    }
    return weights === 0 ? 0 : Math.floor(score / weights);
  },
};

function freeShare(requested: number, allocatable: number): number {
  return requested > allocatable ? 0 : Math.floor(((allocatable - requested) * maxNodeScore) / allocatable);
}

/**
 * Prefers nodes on which the pod would bring the use of CPU and memory nearer to each other. 75 where it changes nothing, 50 to 100
 * in all.
 */
export const balancedAllocation: ScorePlugin<true> = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  prepareScore: (pod) => (pod.milliCpu === 0 && pod.memory === 0 ? undefined : true),
  score(_state, pod, node) {
    const before = imbalance(node, node.milliCpu, node.memory);
    const after = imbalance(node, node.milliCpu + pod.milliCpu, node.memory + pod.memory);
    return Math.floor((0.75 + (before - after) / 2) * maxNodeScore);
  },
};

/** The standard deviation of the shares that are used. */
function imbalance(node: NodeInfo, milliCpu: number, memory: number): number {
  if (node.allocatableMilliCpu <= 0 || node.allocatableMemory <= 0) return 0;
  return Math.abs(Math.min(1, milliCpu / node.allocatableMilliCpu) - Math.min(1, memory / node.allocatableMemory)) / 2;
}
