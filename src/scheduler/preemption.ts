import type { PodDisruptionBudget } from "../api/policy/v1.ts";
import { compileLabelSelector } from "../machinery/selectors/label-selector.ts";
import type { Algorithm } from "./algorithm.ts";
import type { SchedulerCache } from "./cache.ts";
import type { Rejection } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";

export interface Preemption {
  node: NodeInfo;
  victims: PodInfo[];
}

interface Candidate extends Preemption {
  budgetViolations: number;
}

const notHelpful = "Preemption is not helpful for scheduling";
const noVictims = "No preemption victims found for incoming pod";

/** Upstream looks at a tenth of the nodes, and at a hundred at least. */
function candidatesWanted(nodes: number): number {
  return Math.max(100, Math.ceil(nodes / 10));
}

/**
 * Looks for the node on which the fewest and least important pods must go to make room. Answers with the choice, or with
 * the text that says why there is none.
 */
export function findPreemption(
  pod: PodInfo,
  rejections: ReadonlyMap<string, Rejection>,
  cache: SchedulerCache,
  algorithm: Algorithm,
  budgets: readonly PodDisruptionBudget[],
): Preemption | string {
  if (pod.pod.spec?.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.pod.status?.nominatedNodeName;
  if (nominated) {
    // Room is being made for it already: its victims are on their way out.
    const node = cache.get(nominated);
    if (node && [...node.pods.values()].some((other) => other.terminating && other.priority < pod.priority)) {
      return "not eligible due to a terminating pod on the nominated node.";
    }
  }
  const candidates: Candidate[] = [];
  const counts = new Map<string, number>();
  const wanted = candidatesWanted(cache.nodes.length);
  for (const node of cache.nodes) {
    const rejected = rejections.get(node.name);
    if (!rejected || rejected.unresolvable) {
      counts.set(notHelpful, (counts.get(notHelpful) ?? 0) + 1);
      continue;
    }
    const candidate = victimsOn(pod, node, cache, algorithm, budgets);
    if (!candidate) counts.set(noVictims, (counts.get(noVictims) ?? 0) + 1);
    else if (candidates.push(candidate) >= wanted) break;
  }
  if (candidates.length > 0) return best(candidates);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${cache.nodes.length} nodes are available: ${texts.join(", ")}.`;
}

/** The least set of pods of the node that must go. The node and the counters are as before when this returns. */
function victimsOn(
  pod: PodInfo,
  node: NodeInfo,
  cache: SchedulerCache,
  algorithm: Algorithm,
  budgets: readonly PodDisruptionBudget[],
): Candidate | undefined {
  const lower = [...node.pods.values()].filter((other) => other.priority < pod.priority);
  if (lower.length === 0) return undefined;
  const fits = () => {
    const prepared = algorithm.prepare(pod);
    return !("reason" in prepared) && algorithm.check(prepared, pod, node) === undefined;
  };
  const removed = new Set<PodInfo>();
  const remove = (other: PodInfo) => {
    node.removePod(other.uid);
    cache.counters.podRemoved(other, node);
    removed.add(other);
  };
  const restore = (other: PodInfo) => {
    node.addPod(other);
    cache.counters.podAdded(other, node);
    removed.delete(other);
  };
  try {
    for (const other of lower) remove(other);
    if (!fits()) return undefined;
    const violating = overBudget(lower, budgets);
    // The most important ones get the first chance to stay; those whose budget would be broken before the others.
    const order = [...lower].sort(
      (a, b) => Number(violating.has(b)) - Number(violating.has(a)) || b.priority - a.priority || startOf(a) - startOf(b),
    );
    const victims: PodInfo[] = [];
    for (const other of order) {
      restore(other);
      if (fits()) continue;
      remove(other);
      victims.push(other);
    }
    return { node, victims, budgetViolations: victims.filter((victim) => violating.has(victim)).length };
  } finally {
    for (const other of [...removed]) restore(other);
  }
}

function startOf(pod: PodInfo): number {
  return Date.parse(pod.pod.status?.startTime ?? pod.pod.metadata.creationTimestamp ?? "") || 0;
}

/** The pods whose eviction, after that of the ones before them, a disruption budget does not allow. */
function overBudget(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): Set<PodInfo> {
  const allowed = budgets.map((budget) => budget.status?.disruptionsAllowed ?? 0);
  const selectors = budgets.map((budget) => compileLabelSelector(budget.spec?.selector));
  const violating = new Set<PodInfo>();
  for (const pod of pods) {
    for (let i = 0; i < budgets.length; i++) {
      const budget = budgets[i] as PodDisruptionBudget;
      if (budget.metadata.namespace !== pod.namespace || !selectors[i]?.matches(pod.labels)) continue;
      if (budget.status?.disruptedPods?.[pod.pod.metadata.name ?? ""] !== undefined) continue;
      allowed[i] = (allowed[i] as number) - 1;
      if ((allowed[i] as number) < 0) violating.add(pod);
    }
  }
  return violating;
}

/** Upstream's order: fewest broken budgets, least important top victim, least sum of priorities, fewest victims, latest start. */
function best(candidates: Candidate[]): Preemption {
  const keys = (candidate: Candidate): number[] => [
    candidate.budgetViolations,
    Math.max(...candidate.victims.map((victim) => victim.priority)),
    candidate.victims.reduce((sum, victim) => sum + victim.priority + 2 ** 31, 0),
    candidate.victims.length,
    -Math.min(...candidate.victims.map(startOf)),
  ];
  return candidates.reduce((least, candidate) => {
    const a = keys(candidate);
    const b = keys(least);
    const at = a.findIndex((value, index) => value !== b[index]);
    return at >= 0 && (a[at] as number) < (b[at] as number) ? candidate : least;
  });
}
