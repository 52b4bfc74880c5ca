import type { Random } from "../machinery/random.ts";
import type { SchedulerCache } from "./cache.ts";
import { type FilterPlugin, isPodRejection, type PluginContext, type Rejection, rejection, type ScorePlugin } from "./framework.ts";
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
  nodeOf(uid: string): string | undefined;
}

/** Why no node does. */
export interface Unschedulable {
  kind: "unschedulable";
  /** By node name. */
  rejections: Map<string, Rejection>;
  /** What holds for the nodes that weren't looked at. */
  others: Rejection | undefined;
  rejectedBy: Set<string>;
}

export type Outcome =
  | { kind: "fits"; node: NodeInfo; feasible: number; evaluated: number }
  | Unschedulable
  | { kind: "rejected"; reason: string; rejectedBy: Set<string> };

/** The plug-ins that have something to say about one pod, with what they gathered. */
export interface PreparedFilters {
  plugins: FilterPlugin[];
  states: unknown[];
  /** The only nodes that can do, and the plug-ins that say so. */
  only: ReadonlySet<string> | undefined;
  onlyBy: string[];
  /** Whether a state depends on the pods that are on nodes. */
  countsPods: boolean;
}

// Upstream's adaptive sampling: in a large cluster a good node is good enough.
const minFeasibleNodes = 100;
const minPercentage = 5;

function feasibleNodesWanted(nodes: number): number {
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
  #totals = new Float64Array(128);
  /** The nodes that do for the pod at hand; only the first ones count. */
  readonly #feasible: NodeInfo[] = [];

  constructor(cache: SchedulerCache, plugins: Plugins, random: Random, nominations: Nominations) {
    this.#cache = cache;
    this.#plugins = plugins;
    this.#random = random;
    this.#nominations = nominations;
    this.#context = { cache, topologies: new Topologies(cache) };
  }

  schedule(pod: PodInfo): Outcome {
    const all = this.#cache.nodes;
    if (all.length === 0) return { kind: "rejected", reason: noNodesText, rejectedBy: new Set() };
    const prepared = this.prepare(pod);
    if ("reason" in prepared)
      return { kind: "rejected", reason: podRejectionText(all.length, prepared.reason), rejectedBy: new Set([prepared.plugin]) };
    const promised = this.#promisedNode(pod, prepared);
    if (promised) return { kind: "fits", node: promised, feasible: 1, evaluated: 1 };
    const nodes = prepared.only ? this.#named(prepared.only) : all;
    const wanted = prepared.only ? nodes.length : feasibleNodesWanted(nodes.length);
    const start = prepared.only ? 0 : this.#start % nodes.length;
    const feasible = this.#feasible;
    let found = 0;
    let rejections: Map<string, Rejection> | undefined;
    const rejectedBy = new Set<string>(prepared.onlyBy);
    let evaluated = 0;
    for (; evaluated < nodes.length && found < wanted; evaluated++) {
      const at = start + evaluated;
      const node = nodes[at < nodes.length ? at : at - nodes.length] as NodeInfo;
      const rejected = this.check(prepared, pod, node);
      if (!rejected) feasible[found++] = node;
      else if (found === 0) {
        // Needed only when no node does in the end.
        rejections ??= new Map();
        rejections.set(node.name, rejected.rejection);
        rejectedBy.add(rejected.plugin);
      }
    }
    if (!prepared.only) this.#start = (start + evaluated) % nodes.length;
    feasible.length = found;
    if (found === 0) {
      const others = prepared.only && rejection(`node(s) didn't satisfy plugin(s) [${prepared.onlyBy.join(" ")}]`, true);
      return { kind: "unschedulable", rejections: rejections ?? new Map(), others, rejectedBy };
    }
    const node = found === 1 ? (feasible[0] as NodeInfo) : this.#best(pod, feasible);
    return { kind: "fits", node, feasible: found, evaluated };
  }

  prepare(pod: PodInfo): PreparedFilters | { reason: string; plugin: string } {
    const prepared: PreparedFilters = { plugins: [], states: [], only: undefined, onlyBy: [], countsPods: false };
    for (const plugin of this.#plugins.filters) {
      const state = plugin.prepareFilter(pod, this.#context);
      if (state === undefined) continue;
      if (isPodRejection(state)) return { reason: state.reason, plugin: plugin.name };
      prepared.plugins.push(plugin);
      prepared.states.push(state);
      if (plugin.countsPods) prepared.countsPods = true;
      const only = plugin.only?.(state);
      if (!only) continue;
      const before = prepared.only;
      prepared.only = before ? new Set([...only].filter((name) => before.has(name))) : only;
      prepared.onlyBy.push(plugin.name);
    }
    return prepared;
  }

  /** The first rejection of the node, if any. Pods that were promised the node count as if they were there. */
  check(prepared: PreparedFilters, pod: PodInfo, node: NodeInfo): { rejection: Rejection; plugin: string } | undefined {
    const promised = this.#nominations.on(node.name, pod);
    if (promised.length > 0) {
      const rejected = this.#checkBeside(promised, pod, node);
      if (rejected) return rejected;
    }
    return this.#filter(prepared, pod, node);
  }

  /** The scores of the nodes for a pod, weighted and summed: good until the next call. */
  rank(pod: PodInfo, nodes: readonly NodeInfo[], tell?: (plugin: string, scores: Float64Array) => void): Float64Array {
    if (this.#scores.length !== nodes.length) {
      this.#scores = new Float64Array(nodes.length);
      this.#totals = new Float64Array(nodes.length);
    }
    const scores = this.#scores;
    const totals = this.#totals.fill(0);
    for (const plugin of this.#plugins.scores) {
      const state = plugin.prepareScore(pod, nodes, this.#context);
      if (state === undefined) continue;
      for (let i = 0; i < nodes.length; i++) scores[i] = plugin.score(state, pod, nodes[i] as NodeInfo);
      plugin.normalize?.(scores, state, nodes);
      for (let i = 0; i < nodes.length; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * plugin.weight;
      tell?.(
        plugin.name,
        scores.map((score) => score * plugin.weight),
      );
    }
    return totals;
  }

  /** The node on which room was made for the pod, when it fits there now. */
  #promisedNode(pod: PodInfo, prepared: PreparedFilters): NodeInfo | undefined {
    const name = this.#nominations.nodeOf(pod.uid);
    if (name === undefined || (prepared.only && !prepared.only.has(name))) return undefined;
    const node = this.#cache.get(name);
    return node?.node && !this.check(prepared, pod, node) ? node : undefined;
  }

  #named(names: ReadonlySet<string>): NodeInfo[] {
    const nodes: NodeInfo[] = [];
    for (const name of names) {
      const node = this.#cache.get(name);
      if (node?.node) nodes.push(node);
    }
    return nodes;
  }

  #checkBeside(others: readonly PodInfo[], pod: PodInfo, node: NodeInfo): { rejection: Rejection; plugin: string } | undefined {
    const { counters } = this.#cache;
    for (const other of others) {
      node.addPod(other);
      counters.podAdded(other, node);
    }
    try {
      const prepared = this.prepare(pod);
      if ("reason" in prepared) return { rejection: rejection(prepared.reason, true), plugin: prepared.plugin };
      return this.#filter(prepared, pod, node);
    } finally {
      for (const other of others) {
        node.removePod(other.uid);
        counters.podRemoved(other, node);
      }
    }
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
    const totals = this.rank(pod, nodes);
    let best = 0;
    let ties = 1;
    for (let i = 1; i < nodes.length; i++) {
      const score = totals[i] as number;
      if (score > (totals[best] as number)) {
        best = i;
        ties = 1;
      } else if (score === totals[best]) ties++;
    }
    // One of the best, each with the same chance.
    const skip = ties === 1 ? 0 : Math.floor(this.#random.next() * ties);
    const highest = totals[best] as number;
    for (let skipped = 0; skipped < skip; ) if (totals[++best] === highest) skipped++;
    return nodes[best] as NodeInfo;
  }
}

const noNodesText = "no nodes available to schedule pods";

/** Upstream's text for a pod that no node is looked at for. It ends so there too, by an accident of its plug-ins' order. */
function podRejectionText(nodes: number, reason: string): string {
  return `0/${nodes} nodes are available: ${reason}. not found`;
}

/** Upstream's text for a pod that fits nowhere: how many nodes there are, and each reason with its number of nodes. */
export function fitErrorText(nodes: number, rejections: ReadonlyMap<string, Rejection>, others?: Rejection): string {
  const counts = new Map<string, number>();
  const count = (reason: string, amount: number) => counts.set(reason, (counts.get(reason) ?? 0) + amount);
  for (const { reasons } of rejections.values()) for (const reason of reasons) count(reason, 1);
  if (others && nodes > rejections.size) for (const reason of others.reasons) count(reason, nodes - rejections.size);
  const texts = [...counts].map(([reason, amount]) => `${amount} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${texts.join(", ")}.`;
}
