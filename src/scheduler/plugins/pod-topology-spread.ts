import { matchesNodeRequirements } from "../../api/core/node-affinity.ts";
import { findUntoleratedTaint } from "../../api/core/taints.ts";
import type { TopologySpreadConstraint } from "../../api/core/v1.ts";
import { compileLabelSelector, type LabelSelector } from "../../machinery/selectors/label-selector.ts";
import { type FilterPlugin, maxNodeScore, type PluginContext, rejection, type ScorePlugin } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodCounter } from "../pod-counters.ts";
import type { PodInfo } from "../pod-info.ts";
import type { TopologyTable } from "../topology.ts";

const skewed = rejection("node(s) didn't match pod topology spread constraints");
const missingLabel = rejection("node(s) didn't match pod topology spread constraints (missing required label)", true);

/** A constraint for one pod: its selector with the values of `matchLabelKeys` added. */
interface Constraint {
  maxSkew: number;
  topologyKey: string;
  minDomains: number;
  selector: LabelSelector;
  honorAffinity: boolean;
  honorTaints: boolean;
}

interface Domain {
  constraint: Constraint;
  table: TopologyTable;
  sums: Int32Array;
  /** Values that an eligible node has. */
  eligible: Uint8Array;
  minimum: number;
  /** 1 when the pod counts in its own selection. */
  self: number;
}

function constraintsOf(pod: PodInfo, when: string): Constraint[] {
  const result: Constraint[] = [];
  for (const constraint of pod.pod.spec?.topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable === when) result.push(compiled(constraint, pod));
  }
  return result;
}

function compiled(constraint: TopologySpreadConstraint, pod: PodInfo): Constraint {
  const expressions = [...(constraint.labelSelector?.matchExpressions ?? [])];
  for (const key of constraint.matchLabelKeys ?? []) {
    const value = pod.labels[key];
    if (value !== undefined) expressions.push({ key, operator: "In", values: [value] });
  }
  return {
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    minDomains: constraint.minDomains ?? 1,
    selector: compileLabelSelector(constraint.labelSelector ? { ...constraint.labelSelector, matchExpressions: expressions } : undefined),
    honorAffinity: constraint.nodeAffinityPolicy !== "Ignore",
    honorTaints: constraint.nodeTaintsPolicy === "Honor",
  };
}

/** Pods of the pod's namespace that the selector selects; terminating ones don't count. */
function counterOf(pod: PodInfo, selector: LabelSelector, context: PluginContext): PodCounter {
  const { namespace } = pod;
  return context.cache.counters.selection(
    `spread|${namespace}|${selector.isNothing ? "!" : selector.toString()}`,
    (other) => !other.terminating && other.namespace === namespace && selector.matches(other.labels),
  );
}

function isEligible(pod: PodInfo, node: NodeInfo, constraint: Constraint): boolean {
  if (constraint.honorAffinity && !(node.node && matchesNodeRequirements(pod.pod.spec, node.node))) return false;
  return !constraint.honorTaints || findUntoleratedTaint(node.hardTaints, pod.pod.spec?.tolerations) === undefined;
}

/** Spreading constraints that must hold (DoNotSchedule). */
export const podTopologySpread: FilterPlugin<Domain[]> = {
  name: "PodTopologySpread",
  prepareFilter(pod, context) {
    const constraints = constraintsOf(pod, "DoNotSchedule");
    if (constraints.length === 0) return undefined;
    const tables = constraints.map((constraint) => context.topologies.table(constraint.topologyKey));
    const domains = constraints.map((constraint, index): Domain => {
      const table = tables[index] as TopologyTable;
      const counter = counterOf(pod, constraint.selector, context);
      const sums = new Int32Array(table.valueCount);
      const eligible = new Uint8Array(table.valueCount);
      for (const node of context.cache.nodes) {
        const value = table.valueOf[node.slot] as number;
        // Only nodes with all topology keys count, as upstream.
        if (value < 0 || !tables.every((other) => (other.valueOf[node.slot] as number) >= 0)) continue;
        if (!isEligible(pod, node, constraint)) continue;
        eligible[value] = 1;
        sums[value] = (sums[value] as number) + (counter.counts[node.slot] ?? 0);
      }
      let minimum = Number.POSITIVE_INFINITY;
      let count = 0;
      for (let value = 0; value < sums.length; value++) {
        if (!eligible[value]) continue;
        count++;
        if ((sums[value] as number) < minimum) minimum = sums[value] as number;
      }
      if (count < constraint.minDomains) minimum = 0;
      return { constraint, table, sums, eligible, minimum, self: constraint.selector.matches(pod.labels) ? 1 : 0 };
    });
    return domains;
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
  /** By node slot: 1 where the node lacks a key and gets no score. */
  ignored: Uint8Array | undefined;
}

const hostName = "kubernetes.io/hostname";

/** What pods without constraints of their own are spread by: hosts (skew 3) and zones (skew 5). */
const defaultConstraints = [
  { topologyKey: hostName, maxSkew: 3 },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5 },
];

/** Spreading that is wished for (ScheduleAnyway), and the default spreading of the pods of a service or controller. */
export function podTopologySpreadScore(defaultSelector: (pod: PodInfo) => LabelSelector): ScorePlugin<ScoreState> {
  return {
    name: "PodTopologySpread",
    weight: 2,
    prepareScore(pod, nodes, context) {
      const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
      let constraints: { topologyKey: string; maxSkew: number; selector: LabelSelector }[];
      if (own) constraints = constraintsOf(pod, "ScheduleAnyway");
      else {
        const selector = defaultSelector(pod);
        if (selector.isNothing || selector.isEverything) return undefined;
        constraints = defaultConstraints.map((constraint) => ({ ...constraint, selector }));
      }
      if (constraints.length === 0) return undefined;
      const tables = constraints.map((constraint) => context.topologies.table(constraint.topologyKey));
      let ignored: Uint8Array | undefined;
      if (own) {
        ignored = new Uint8Array(context.cache.slots);
        for (const node of nodes) if (!tables.every((table) => (table.valueOf[node.slot] ?? -1) >= 0)) ignored[node.slot] = 1;
      }
      const domains = constraints.map((constraint, index): ScoreDomain => {
        const table = tables[index] as TopologyTable;
        const counter = counterOf(pod, constraint.selector, context);
        const perNode = constraint.topologyKey === hostName;
        const size = perNode ? nodes.length : distinctValues(table, nodes, ignored);
        const sums = perNode ? counter.counts : context.topologies.sums(table, counter);
        return { maxSkew: constraint.maxSkew, table, sums, perNode, weight: Math.log(size + 2) };
      });
      return { domains, ignored };
    },
    score({ domains, ignored }, _pod, node) {
      if (ignored?.[node.slot]) return 0;
      let score = 0;
      for (const { maxSkew, table, sums, perNode, weight } of domains) {
        const value = table.valueOf[node.slot] ?? -1;
        if (value < 0) continue;
        score += (sums[perNode ? node.slot : value] ?? 0) * weight + (maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize(scores, { ignored }, nodes) {
      let min = Number.POSITIVE_INFINITY;
      let max = 0;
      for (let i = 0; i < scores.length; i++) {
        if (ignored?.[(nodes[i] as NodeInfo).slot]) continue;
        min = Math.min(min, scores[i] as number);
        max = Math.max(max, scores[i] as number);
      }
      for (let i = 0; i < scores.length; i++) {
        if (ignored?.[(nodes[i] as NodeInfo).slot]) scores[i] = 0;
        else if (max === 0) scores[i] = maxNodeScore;
        else scores[i] = Math.floor((maxNodeScore * (max + min - (scores[i] as number))) / max);
      }
    },
  };
}

function distinctValues(table: TopologyTable, nodes: readonly NodeInfo[], ignored: Uint8Array | undefined): number {
  const seen = new Uint8Array(table.valueCount);
  let count = 0;
  for (const node of nodes) {
    const value = table.valueOf[node.slot] ?? -1;
    if (value < 0 || ignored?.[node.slot] || seen[value]) continue;
    seen[value] = 1;
    count++;
  }
  return count;
}
