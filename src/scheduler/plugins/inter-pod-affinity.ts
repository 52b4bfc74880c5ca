import { type FilterPlugin, maxNodeScore, type PluginContext, rejection, type ScorePlugin } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { AffinityTerm, PodInfo } from "../pod-info.ts";
import type { TopologyTable } from "../topology.ts";

const affinityMismatch = rejection("node(s) didn't match pod affinity rules", true);
const antiAffinityMismatch = rejection("node(s) didn't match pod anti-affinity rules");
const existingAntiAffinity = rejection("node(s) didn't satisfy existing pods anti-affinity rules");

interface Domain {
  table: TopologyTable;
  /** By value of the topology: pods found there, or a weighted sum. */
  sums: Int32Array;
}

interface FilterState {
  affinity: Domain[];
  antiAffinity: Domain[];
  /** Domains in which a pod is that doesn't want this one near. */
  existing: Domain[];
  /** No pod anywhere satisfies the affinity, and the pod satisfies its own: the first of a group may go anywhere. */
  firstOfGroup: boolean;
}

/** Required pod affinity and anti-affinity, in both directions. */
export const interPodAffinity: FilterPlugin<FilterState> = {
  name: "InterPodAffinity",
  countsPods: true,
  prepareFilter(pod, context) {
    const { counters } = context.cache;
    const existing: Domain[] = [];
    for (const group of counters.termGroups("requiredAntiAffinity")) {
      if (!counters.matchesTerm(group.term, pod)) continue;
      const table = context.topologies.table(group.term.topologyKey);
      existing.push({ table, sums: context.topologies.sums(table, group) });
    }
    if (existing.length === 0 && pod.requiredAffinity.length === 0 && pod.requiredAntiAffinity.length === 0) return undefined;
    const affinity = affinityDomains(pod, context);
    return {
      affinity,
      antiAffinity: pod.requiredAntiAffinity.map((term) => domain(term, context)),
      existing,
      firstOfGroup:
        affinity.every(({ sums }) => sums.every((count) => count === 0)) &&
        pod.requiredAffinity.every((term) => counters.matchesTerm(term, pod)),
    };
  },
  filter(state, pod, node) {
    if (pod.requiredAffinity.length > 0 && !satisfiesAffinity(state, node)) return affinityMismatch;
    for (const { table, sums } of state.antiAffinity) if (found(table, sums, node) > 0) return antiAffinityMismatch;
    for (const { table, sums } of state.existing) if (found(table, sums, node) > 0) return existingAntiAffinity;
    return undefined;
  },
};

function satisfiesAffinity(state: FilterState, node: NodeInfo): boolean {
  let here = true;
  for (const { table, sums } of state.affinity) {
    const value = table.valueOf[node.slot] ?? -1;
    if (value < 0) return false;
    if ((sums[value] as number) <= 0) here = false;
  }
  return here || state.firstOfGroup;
}

/** A pod that is near must satisfy all terms at once, as upstream counts. */
function affinityDomains(pod: PodInfo, context: PluginContext): Domain[] {
  const { counters } = context.cache;
  const terms = pod.requiredAffinity;
  if (terms.length === 0) return [];
  const signature = `all|${terms.map((term) => term.signature).join("&")}`;
  const counter = counters.selection(`term|${signature}`, (other) => terms.every((term) => counters.matchesTerm(term, other)));
  return terms.map((term) => {
    const table = context.topologies.table(term.topologyKey);
    return { table, sums: context.topologies.sums(table, counter) };
  });
}

function domain(term: AffinityTerm, context: PluginContext): Domain {
  const table = context.topologies.table(term.topologyKey);
  return { table, sums: context.topologies.sums(table, context.cache.counters.ofTerm(term)) };
}

function found(table: TopologyTable, sums: Int32Array, node: NodeInfo): number {
  const value = table.valueOf[node.slot] ?? -1;
  return value < 0 ? 0 : (sums[value] as number);
}

/** What a required affinity term of an existing pod weighs when the other pod is scored. */
const hardPodAffinityWeight = 1;

/** Preferred pod affinity and anti-affinity, in both directions. */
export const interPodAffinityScore: ScorePlugin<Domain[]> = {
  name: "InterPodAffinity",
  weight: 2,
  prepareScore(pod, _nodes, context) {
    const { counters } = context.cache;
    const domains: Domain[] = [];
    const addWeighted = (topologyKey: string, counter: { counts: Int32Array; total: number }, weight: number) => {
      if (counter.total === 0 || weight === 0) return;
      const table = context.topologies.table(topologyKey);
      const sums = context.topologies.sums(table, counter);
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) * weight;
      domains.push({ table, sums });
    };
    for (const term of pod.preferredAffinity) addWeighted(term.topologyKey, counters.ofTerm(term), term.weight);
    for (const term of pod.preferredAntiAffinity) addWeighted(term.topologyKey, counters.ofTerm(term), -term.weight);
    const groups = [
      ["requiredAffinity", hardPodAffinityWeight],
      ["preferredAffinity", 1],
      ["preferredAntiAffinity", -1],
    ] as const;
    for (const [kind, sign] of groups) {
      for (const group of counters.termGroups(kind)) {
        if (!counters.matchesTerm(group.term, pod)) continue;
        addWeighted(group.term.topologyKey, group, sign * (kind === "requiredAffinity" ? 1 : group.term.weight));
      }
    }
    return domains.length === 0 ? undefined : domains;
  },
  score(domains, _pod, node) {
    let score = 0;
    for (const { table, sums } of domains) score += found(table, sums, node);
    return score;
  },
  normalize(scores) {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const score of scores) {
      if (score < min) min = score;
      if (score > max) max = score;
    }
    const range = max - min;
    for (let i = 0; i < scores.length; i++) {
      scores[i] = range > 0 ? Math.floor((maxNodeScore * ((scores[i] as number) - min)) / range) : 0;
    }
  },
};
