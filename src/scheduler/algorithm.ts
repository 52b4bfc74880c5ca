import type { Random } from "../machinery/random.ts";
import type { SchedulerCache } from "./cache.ts";
import { type FilterPlugin, isPodRejection, type PluginContext, type Rejection, type ScorePlugin } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import { Topologies } from "./topology.ts";

export interface Plugins {
  filters: readonly FilterPlugin[];
  scores: readonly ScorePlugin[];
}

/** Pods that were promised a node after others were evicted from it. */
export interface Nominations {
  /** Those on this node, but for the given pod, that are at least as important as it. */
  on(node: string, pod: PodInfo): readonly PodInfo[];
}

export type Outcome =
  | { kind: "fits"; node: NodeInfo; feasible: number; evaluated: number }
  /** Why each node does not do, by node name. */
  | { kind: "unschedulable"; rejections: Map<string, Rejection>; rejectedBy: Set<string> }
  | { kind: "rejected"; reason: string; rejectedBy: Set<string> };

/** The plug-ins that have something to say about one pod, with what they gathered. */
export interface PreparedFilters {
  plugins: FilterPlugin[];
  states: unknown[];
}

// Upstream's adaptive sampling: in a large cluster a good node is good enough.
const minFeasibleNodes = 100;
const minPercentage = 5;

export function feasibleNodesWanted(nodes: number): number {
  if (nodes < minFeasibleNodes) return nodes;
  const percentage = Math.max(minPercentage, 50 - Math.floor(nodes / 125));
  return Math.max(minFeasibleNodes, Math.floor((nodes * percentage) / 100));
}

/** Finds the node for one pod: filters until enough nodes do, then scores these. Synchronous, and without side effects. */
export class Algorithm {
  readonly #cache: SchedulerCache;
  readonly #plugins: Plugins;
  readonly #random: Random;
  readonly #nominations: Nominations;
  readonly #context: PluginContext;
  /** Where the next pod's search starts, so that all nodes get their turn. */
  #start = 0;
  #scores = new Float64Array(128);

  constructor(cache: SchedulerCache, plugins: Plugins, random: Random, nominations: Nominations) {
    this.#cache = cache;
    this.#plugins = plugins;
    this.#random = random;
    this.#nominations = nominations;
    this.#context = { cache, topologies: new Topologies(cache) };
  }

  schedule(pod: PodInfo): Outcome {
    const prepared = this.prepare(pod);
    if ("reason" in prepared) return { kind: "rejected", reason: prepared.reason, rejectedBy: new Set([prepared.plugin]) };
    const nodes = this.#cache.nodes;
    const wanted = feasibleNodesWanted(nodes.length);
    const feasible: NodeInfo[] = [];
    let rejections: Map<string, Rejection> | undefined;
    let rejectedBy: Set<string> | undefined;
    let evaluated = 0;
    for (; evaluated < nodes.length && feasible.length < wanted; evaluated++) {
      const node = nodes[(this.#start + evaluated) % nodes.length] as NodeInfo;
      const rejected = this.check(prepared, pod, node);
      if (!rejected) feasible.push(node);
      else if (feasible.length === 0) {
        // Needed only when no node does in the end.
        rejections ??= new Map();
        rejectedBy ??= new Set();
        rejections.set(node.name, rejected.rejection);
        rejectedBy.add(rejected.plugin);
      }
    }
    this.#start = nodes.length === 0 ? 0 : (this.#start + evaluated) % nodes.length;
    if (feasible.length === 0) return { kind: "unschedulable", rejections: rejections ?? new Map(), rejectedBy: rejectedBy ?? new Set() };
    const node = feasible.length === 1 ? (feasible[0] as NodeInfo) : this.#best(pod, feasible);
    return { kind: "fits", node, feasible: feasible.length, evaluated };
  }

  prepare(pod: PodInfo): PreparedFilters | { reason: string; plugin: string } {
    const plugins: FilterPlugin[] = [];
    const states: unknown[] = [];
    for (const plugin of this.#plugins.filters) {
      const state = plugin.prepareFilter(pod, this.#context);
      if (state === undefined) continue;
      if (isPodRejection(state)) return { reason: state.reason, plugin: plugin.name };
      plugins.push(plugin);
      states.push(state);
    }
    return { plugins, states };
  }

  /** The first rejection of the node, if any. Pods that were promised the node count as if they were there. */
  check(prepared: PreparedFilters, pod: PodInfo, node: NodeInfo): { rejection: Rejection; plugin: string } | undefined {
    const promised = this.#nominations.on(node.name, pod);
    if (promised.length > 0) {
      for (const other of promised) node.addPod(other);
      const rejected = this.#filter(prepared, pod, node);
      for (const other of promised) node.removePod(other.uid);
      if (rejected) return rejected;
    }
    return this.#filter(prepared, pod, node);
  }

  #filter({ plugins, states }: PreparedFilters, pod: PodInfo, node: NodeInfo): { rejection: Rejection; plugin: string } | undefined {
    for (let i = 0; i < plugins.length; i++) {
      const plugin = plugins[i] as FilterPlugin;
      const rejected = plugin.filter(states[i], pod, node);
      if (rejected) return { rejection: rejected, plugin: plugin.name };
    }
    return undefined;
  }

  #best(pod: PodInfo, nodes: readonly NodeInfo[]): NodeInfo {
    const totals = new Float64Array(nodes.length);
    if (this.#scores.length < nodes.length) this.#scores = new Float64Array(nodes.length * 2);
    const scores = this.#scores.subarray(0, nodes.length);
    for (const plugin of this.#plugins.scores) {
      const state = plugin.prepareScore(pod, nodes, this.#context);
      if (state === undefined) continue;
      for (let i = 0; i < nodes.length; i++) scores[i] = plugin.score(state, pod, nodes[i] as NodeInfo);
      plugin.normalize?.(scores, state, nodes);
      for (let i = 0; i < nodes.length; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * plugin.weight;
    }
    // One of the best, each with the same chance.
    let best = 0;
    let ties = 1;
    for (let i = 1; i < nodes.length; i++) {
      const difference = (totals[i] as number) - (totals[best] as number);
      if (difference > 0) {
        best = i;
        ties = 1;
      } else if (difference === 0) {
        ties++;
        if (this.#random.next() * ties < 1) best = i;
      }
    }
    return nodes[best] as NodeInfo;
  }
}

/** Upstream's text for a pod that fits nowhere: how many nodes there are, and each reason with its number of nodes. */
export function fitErrorText(nodes: number, rejections: ReadonlyMap<string, Rejection>): string {
  if (nodes === 0) return "no nodes available to schedule pods";
  const counts = new Map<string, number>();
  for (const { reasons } of rejections.values()) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${texts.join(", ")}.`;
}
