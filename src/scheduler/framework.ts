import type { SchedulerCache } from "./cache.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Topologies } from "./topology.ts";

export const maxNodeScore = 100;

/** Why a node can't have a pod, in upstream's words. `unresolvable`: evicting other pods from it would not help. */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly unresolvable: boolean;
}

/** The pod can't be scheduled anywhere, for a reason that no node has. */
export interface PodRejection {
  readonly reason: string;
}

export function isPodRejection(value: unknown): value is PodRejection {
  return typeof value === "object" && value !== null && "reason" in value && typeof value.reason === "string";
}

export interface PluginContext {
  readonly cache: SchedulerCache;
  readonly topologies: Topologies;
}

/**
 * A plug-in looks at one pod at a time. `prepareFilter` and `prepareScore` gather what the pod needs once; they answer
 * undefined when the plug-in has nothing to say about this pod, and then it costs nothing per node.
 */
export interface FilterPlugin<State = unknown> {
  readonly name: string;
  /** True where the state depends on the pods that are on nodes. */
  readonly countsPods?: boolean;
  prepareFilter(pod: PodInfo, context: PluginContext): State | PodRejection | undefined;
  /** The names of the only nodes that can do, where the pod says so. */
  only?(state: State): ReadonlySet<string> | undefined;
  filter(state: State, pod: PodInfo, node: NodeInfo): Rejection | undefined;
}

export interface ScorePlugin<State = unknown> {
  readonly name: string;
  readonly weight: number;
  prepareScore(pod: PodInfo, nodes: readonly NodeInfo[], context: PluginContext): State | undefined;
  /** A raw score; 0 to 100 when there is no `normalize`. */
  score(state: State, pod: PodInfo, node: NodeInfo): number;
  /** Brings raw scores to 0 … 100, in place. */
  normalize?(scores: Float64Array, state: State, nodes: readonly NodeInfo[]): void;
}

export function rejection(reason: string, unresolvable = false): Rejection {
  return { reasons: [reason], unresolvable };
}

/** The usual normalisation: the best raw score becomes 100; `reverse` turns the order around. */
export function normalizeByMaximum(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  for (let i = 0; i < scores.length; i++) {
    const scaled = max === 0 ? 0 : Math.floor(((scores[i] as number) * maxNodeScore) / max);
    scores[i] = reverse ? maxNodeScore - scaled : scaled;
  }
}
