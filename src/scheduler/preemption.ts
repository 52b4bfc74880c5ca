import { podCondition } from "../api/core/pod-status.ts";
import type { PodDisruptionBudget } from "../api/policy/v1.ts";
import { compileLabelSelector } from "../machinery/selectors/label-selector.ts";
import { type Algorithm, fitErrorText, type PreparedFilters, type Unschedulable } from "./algorithm.ts";
import type { SchedulerCache } from "./cache.ts";
import { type Rejection, rejection } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";

export interface Preemption {
  node: NodeInfo;
  /** Those that are on their way out already among them. */
  victims: PodInfo[];
}

interface Candidate extends Preemption {
  budgetViolations: number;
}

export interface PreemptionDeps {
  cache: SchedulerCache;
  algorithm: Algorithm;
  budgets: readonly PodDisruptionBudget[];
  /** The node that was promised to the pod before. */
  nominatedNode: string | undefined;
  /** Called between nodes: lets others run now and then. */
  pause(): Promise<void>;
}

export const preemptionReason = "PreemptionByScheduler";

const notHelpful = rejection("Preemption is not helpful for scheduling");
const noVictims = rejection("No preemption victims found for incoming pod");

/** Upstream looks at a tenth of the nodes, and at a hundred at least. */
function candidatesWanted(nodes: number): number {
  return Math.max(100, Math.ceil(nodes / 10));
}

/** Why no room is made for a pod. */
export interface NoPreemption {
  text: string;
  /** An earlier promise of a node stands. */
  keepsPromise: boolean;
}

/** Looks for the node on which the fewest and least important pods must go to make room. */
export async function findPreemption(pod: PodInfo, outcome: Unschedulable, deps: PreemptionDeps): Promise<Preemption | NoPreemption> {
  const { cache, nominatedNode } = deps;
  if (pod.pod.spec?.preemptionPolicy === "Never") return { text: "not eligible due to preemptionPolicy=Never.", keepsPromise: true };
  const verdictOn = (name: string) => outcome.rejections.get(name) ?? outcome.others;
  if (nominatedNode !== undefined && !verdictOn(nominatedNode)?.unresolvable && isMakingRoom(cache.get(nominatedNode), pod)) {
    return { text: "not eligible due to a terminating pod on the nominated node.", keepsPromise: true };
  }
  const prepared = deps.algorithm.prepare(pod);
  const nodes = cache.nodes;
  const wanted = candidatesWanted(nodes.length);
  const budgets = deps.budgets.map((budget) => ({ budget, selector: compileLabelSelector(budget.spec?.selector) }));
  const candidates: Candidate[] = [];
  const refusals = new Map<string, Rejection>();
  for (const node of nodes) {
    const rejected = verdictOn(node.name);
    if (!rejected || rejected.unresolvable || "reason" in prepared) {
      refusals.set(node.name, notHelpful);
      continue;
    }
    await deps.pause();
    if (!node.node) continue;
    const candidate = victimsOn(pod, node, prepared, deps, budgets);
    if ("reasons" in candidate) refusals.set(node.name, candidate);
    else if (candidates.push(candidate) >= wanted) break;
  }
  return candidates.length > 0 ? best(candidates) : { text: fitErrorText(nodes.length, refusals), keepsPromise: false };
}

/** Whether victims of an earlier preemption are on their way out there. */
function isMakingRoom(node: NodeInfo | undefined, pod: PodInfo): boolean {
  if (!node) return false;
  for (const other of node.pods.values()) {
    if (!other.terminating || other.priority >= pod.priority) continue;
    const target = podCondition(other.pod, "DisruptionTarget");
    if (target?.status === "True" && target.reason === preemptionReason) return true;
  }
  return false;
}

interface Budget {
  budget: PodDisruptionBudget;
  selector: ReturnType<typeof compileLabelSelector>;
}

/** The least set of pods of the node that must go. The node and the counters are as before when this returns. */
function victimsOn(
  pod: PodInfo,
  node: NodeInfo,
  prepared: PreparedFilters,
  { cache, algorithm }: PreemptionDeps,
  budgets: readonly Budget[],
): Candidate | Rejection {
  const lower: PodInfo[] = [];
  for (const other of node.pods.values()) if (other.priority < pod.priority) lower.push(other);
  if (lower.length === 0) return noVictims;
  lower.sort(byImportance);
  const verdict = (): Rejection | undefined => {
    const now = prepared.countsPods ? algorithm.prepare(pod) : prepared;
    return "reason" in now ? rejection(now.reason) : algorithm.check(now, pod, node)?.rejection;
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
    const rejected = verdict();
    if (rejected) return rejected;
    const violating = overBudget(lower, budgets);
    const victims: PodInfo[] = [];
    // Those whose budget would be broken get the first chance to stay; then the most important ones.
    for (const other of [...lower.filter((each) => violating.has(each)), ...lower.filter((each) => !violating.has(each))]) {
      restore(other);
      if (!verdict()) continue;
      remove(other);
      victims.push(other);
    }
    return { node, victims, budgetViolations: victims.filter((victim) => violating.has(victim)).length };
  } finally {
    for (const other of [...removed]) restore(other);
  }
}

function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const start = startOf(a);
  const other = startOf(b);
  return start === other ? 0 : start < other ? -1 : 1;
}

/** A pod that hasn't started counts as one that starts now. */
function startOf(pod: PodInfo): number {
  const time = pod.pod.status?.startTime;
  return time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time);
}

/** The pods whose eviction, after that of the ones before them, a disruption budget does not allow. */
function overBudget(pods: readonly PodInfo[], budgets: readonly Budget[]): Set<PodInfo> {
  const allowed = budgets.map(({ budget }) => budget.status?.disruptionsAllowed ?? 0);
  const violating = new Set<PodInfo>();
  for (const pod of pods) {
    for (let i = 0; i < budgets.length; i++) {
      const { budget, selector } = budgets[i] as Budget;
      // As upstream, a budget that selects everything protects nothing from the scheduler.
      if (budget.metadata.namespace !== pod.namespace || selector.isEverything || !selector.matches(pod.labels)) continue;
      if (budget.status?.disruptedPods?.[pod.pod.metadata.name ?? ""] !== undefined) continue;
      allowed[i] = (allowed[i] as number) - 1;
      if ((allowed[i] as number) < 0) violating.add(pod);
    }
  }
  return violating;
}

/** Upstream's order: fewest broken budgets, least important top victim, least sum of priorities, fewest victims, latest start. */
function best(candidates: readonly Candidate[]): Preemption {
  const keys = ({ budgetViolations, victims }: Candidate): number[] => {
    const highest = Math.max(...victims.map((victim) => victim.priority));
    return [
      budgetViolations,
      highest,
      victims.reduce((sum, victim) => sum + victim.priority + 2 ** 31, 0),
      victims.length,
      -Math.min(...victims.filter((victim) => victim.priority === highest).map(startOf)),
    ];
  };
  let least = candidates[0] as Candidate;
  let leastKeys = keys(least);
  for (const candidate of candidates.slice(1)) {
    const own = keys(candidate);
    const at = own.findIndex((value, index) => value !== leastKeys[index]);
    if (at < 0 || (own[at] as number) > (leastKeys[at] as number)) continue;
    least = candidate;
    leastKeys = own;
  }
  return least;
}
