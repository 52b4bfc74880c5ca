import { matchesNodeRequirements } from "../../api/core/node-affinity.ts";
import { findUntoleratedTaint } from "../../api/core/taints.ts";
import type { LabelSelector } from "../../machinery/selectors/label-selector.ts";
import { type FilterPlugin, maxNodeScore, type PluginContext, rejection, type ScorePlugin } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodCounter } from "../pod-counters.ts";
import type { PodInfo } from "../pod-info.ts";
import type { SpreadConstraint } from "../spread-constraint.ts";
import type { TopologyTable } from "../topology.ts";

const skewed = rejection("node(s) didn't match pod topology spread constraints");
const missingLabel = rejection("node(s) didn't match pod topology spread constraints (missing required label)", true);

interface Domain {
  constraint: SpreadConstraint;
  table: TopologyTable;
  sums: Int32Array;
  minimum: number;
  /** 1 when the pod counts in its own selection. */
  self: number;
}

const nothing: PodCounter = { counts: new Int32Array(0), total: 0 };

/** Pods of the pod's namespace that the selector selects; terminating ones don't count. As upstream an empty selector counts none. */
function counterOf(pod: PodInfo, selector: LabelSelector, context: PluginContext): PodCounter {
  if (selector.isEverything) return nothing;
  const { namespace } = pod;
  return context.cache.counters.selection(
    `spread|${namespace}|${selector.isNothing ? "!" : selector.toString()}`,
    (other) => !other.terminating && other.namespace === namespace && selector.matches(other.labels),
  );
}

/** Whether the pods of a node count; undefined where those of all nodes do. */
function eligibility(pod: PodInfo, { honorAffinity, honorTaints }: SpreadConstraint): ((node: NodeInfo) => boolean) | undefined {
  const spec = pod.pod.spec;
  const byAffinity =
    honorAffinity &&
    (spec?.nodeSelector !== undefined || spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined);
  if (!byAffinity && !honorTaints) return undefined;
  return (node) =>
    (!byAffinity || (node.node !== undefined && matchesNodeRequirements(spec, node.node))) &&
    (!honorTaints || findUntoleratedTaint(node.hardTaints, spec?.tolerations) === undefined);
}

function hasAllKeys(tables: readonly TopologyTable[], slot: number): boolean {
  for (const table of tables) if ((table.valueOf[slot] ?? -1) < 0) return false;
  return true;
}

/** Spreading constraints that must hold (DoNotSchedule). */
export const podTopologySpread: FilterPlugin<Domain[]> = {
  name: "PodTopologySpread",
  countsPods: true,
  prepareFilter(pod, context) {
    const constraints = pod.spread.filter(({ required }) => required);
    if (constraints.length === 0) return undefined;
    const tables = constraints.map((constraint) => context.topologies.table(constraint.topologyKey));
    return constraints.map((constraint, index): Domain => {
      const table = tables[index] as TopologyTable;
      const { counts } = counterOf(pod, constraint.selector, context);
      const counted = eligibility(pod, constraint);
      const sums = new Int32Array(table.valueCount);
      const isDomain = new Uint8Array(table.valueCount);
      for (const node of context.cache.nodes) {
        const { slot } = node;
        // Only nodes with all topology keys count, as upstream.
        if (!hasAllKeys(tables, slot) || (counted && !counted(node))) continue;
        const value = table.valueOf[slot] as number;
        isDomain[value] = 1;
        sums[value] = (sums[value] as number) + (counts[slot] ?? 0);
      }
      let minimum = Number.POSITIVE_INFINITY;
      let domains = 0;
      for (let value = 0; value < sums.length; value++) {
        if (!isDomain[value]) continue;
        domains++;
        if ((sums[value] as number) < minimum) minimum = sums[value] as number;
      }
      if (domains < constraint.minDomains) minimum = 0;
      return { constraint, table, sums, minimum, self: constraint.selector.matches(pod.labels) ? 1 : 0 };
    });
  },
  filter(domains, _pod, node) {
    for (const { constraint, table, sums, minimum, self } of domains) {
      const value = table.valueOf[node.slot] ?? -1;
      if (value < 0) return missingLabel;
      if ((sums[value] as number) + self - minimum > constraint.maxSkew) return skewed;
    }
    return undefined;
  },
};

interface ScoreDomain {
  maxSkew: number;
  table: TopologyTable;
  /** By value; by node slot for host names, where each node is its own domain. */
  sums: Int32Array;
  perNode: boolean;
  weight: number;
}

interface ScoreState {
  domains: ScoreDomain[];
  /** Where each node must have all keys to get a score. */
  allKeysOf: readonly TopologyTable[] | undefined;
}

const hostName = "kubernetes.io/hostname";

/** What pods without constraints of their own are spread by: hosts (skew 3) and zones (skew 5). */
function defaultConstraints(selector: LabelSelector): SpreadConstraint[] {
  const common = { required: false, minDomains: 1, selector, honorAffinity: true, honorTaints: false };
  return [
    { ...common, topologyKey: hostName, maxSkew: 3 },
    { ...common, topologyKey: "topology.kubernetes.io/zone", maxSkew: 5 },
  ];
}

/** Spreading that is wished for (ScheduleAnyway), and the default spreading of the pods of a service or controller. */
export function podTopologySpreadScore(defaultSelector: (pod: PodInfo) => LabelSelector): ScorePlugin<ScoreState> {
  return {
    name: "PodTopologySpread",
    weight: 2,
    prepareScore(pod, nodes, context) {
      const own = pod.spread.length > 0;
      let constraints: readonly SpreadConstraint[];
      if (own) constraints = pod.spread.filter(({ required }) => !required);
      else {
        const selector = defaultSelector(pod);
        if (selector.isNothing || selector.isEverything) return undefined;
        constraints = defaultConstraints(selector);
      }
      if (constraints.length === 0) return undefined;
      const tables = constraints.map((constraint) => context.topologies.table(constraint.topologyKey));
      const allKeysOf = own ? tables : undefined;
      const scored = allKeysOf ? nodes.filter((node) => hasAllKeys(allKeysOf, node.slot)) : nodes;
      const domains = constraints.map((constraint, index): ScoreDomain => {
        const table = tables[index] as TopologyTable;
        const counter = counterOf(pod, constraint.selector, context);
        const perNode = constraint.topologyKey === hostName;
        const size = perNode ? scored.length : distinctValues(table, scored);
        const sums = perNode ? counter.counts : sumsOf(pod, constraint, table, allKeysOf, counter, context);
        return { maxSkew: constraint.maxSkew, table, sums, perNode, weight: Math.log(size + 2) };
      });
      return { domains, allKeysOf };
    },
    /** -1 for a node that gets no score. */
    score({ domains, allKeysOf }, _pod, { slot }) {
      if (allKeysOf && !hasAllKeys(allKeysOf, slot)) return -1;
      let score = 0;
      for (const { maxSkew, table, sums, perNode, weight } of domains) {
        const value = table.valueOf[slot] ?? -1;
        if (value >= 0) score += (sums[perNode ? slot : value] ?? 0) * weight + (maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize(scores) {
      let min = Number.POSITIVE_INFINITY;
      let max = 0;
      for (const score of scores) {
        if (score < 0) continue;
        if (score < min) min = score;
        if (score > max) max = score;
      }
      for (let i = 0; i < scores.length; i++) {
        const score = scores[i] as number;
        scores[i] = score < 0 ? 0 : max === 0 ? maxNodeScore : Math.floor((maxNodeScore * (max + min - score)) / max);
      }
    },
  };
}

/** Pods per value on the nodes that count. */
function sumsOf(
  pod: PodInfo,
  constraint: SpreadConstraint,
  table: TopologyTable,
  allKeysOf: readonly TopologyTable[] | undefined,
  counter: PodCounter,
  { cache, topologies }: PluginContext,
): Int32Array {
  const counted = eligibility(pod, constraint);
  if (!counted && (!allKeysOf || allKeysOf.length === 1)) return topologies.sums(table, counter);
  const sums = new Int32Array(table.valueCount);
  for (const node of cache.nodes) {
    const value = table.valueOf[node.slot] ?? -1;
    const count = counter.counts[node.slot] ?? 0;
    if (value < 0 || count === 0 || (allKeysOf && !hasAllKeys(allKeysOf, node.slot)) || (counted && !counted(node))) continue;
    sums[value] = (sums[value] as number) + count;
  }
  return sums;
}

function distinctValues(table: TopologyTable, nodes: readonly NodeInfo[]): number {
  const seen = new Uint8Array(table.valueCount);
  let count = 0;
  for (const node of nodes) {
    const value = table.valueOf[node.slot] ?? -1;
    if (value < 0 || seen[value]) continue;
    seen[value] = 1;
    count++;
  }
  return count;
}
