import type { DaemonSet } from "../../api/apps/v1.ts";
import { resolveIntOrPercent } from "../../api/apps/workload-validation.ts";
import { isPodAvailable, isPodReady } from "../../api/core/pod-status.ts";
import type { Node, Pod } from "../../api/core/v1.ts";
import { nameOf } from "../../machinery/object.ts";
import { byAge, eligibility, revisionHashLabel } from "./daemon-pod.ts";

export interface Plan {
  /** Names of nodes that need a pod. */
  create: string[];
  delete: Pod[];
}

/** What one look at a set sees. */
export interface DaemonView {
  set: DaemonSet;
  nodes: readonly Node[];
  /** The set's pods by the node that they are on or meant for. */
  podsByNode: ReadonlyMap<string, readonly Pod[]>;
  /** The hash of the set's present template. */
  hash: string;
  now: number;
}

/** What happens to a finished pod: it goes, unless it comes too soon after the last on that node. */
export type OnFinished = (pod: Pod, node: string) => boolean;

function minReadySeconds({ set }: DaemonView): number {
  return set.spec?.minReadySeconds ?? 0;
}

function isAvailable(view: DaemonView, pod: Pod): boolean {
  return isPodAvailable(pod, minReadySeconds(view), view.now);
}

/** Surge and unavailability as numbers of nodes, by the number of nodes that should run a pod. */
function rollingLimits({ set, nodes }: Pick<DaemonView, "set" | "nodes">): { maxSurge: number; maxUnavailable: number } {
  const { updateStrategy } = set.spec ?? {};
  if (updateStrategy?.type !== "RollingUpdate" || !updateStrategy.rollingUpdate) return { maxSurge: 0, maxUnavailable: 0 };
  const desired = nodes.filter((node) => eligibility(node, set).shouldRun).length;
  const maxSurge = resolveIntOrPercent(updateStrategy.rollingUpdate.maxSurge, desired, true);
  const maxUnavailable = resolveIntOrPercent(updateStrategy.rollingUpdate.maxUnavailable, desired, true);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

function allowsSurge(set: DaemonSet): boolean {
  const { updateStrategy } = set.spec ?? {};
  return updateStrategy?.type === "RollingUpdate" && resolveIntOrPercent(updateStrategy.rollingUpdate?.maxSurge, 1, true) > 0;
}

/** Which nodes miss a pod, and which pods are too many. */
export function placementPlan(view: DaemonView, onFinished: OnFinished): Plan {
  const plan: Plan = { create: [], delete: [] };
  const known = new Set<string>();
  for (const node of view.nodes) {
    known.add(nameOf(node));
    planNode(view, node, plan, onFinished);
  }
  // Pods pinned to a node that went away before they were scheduled will never be.
  for (const [node, pods] of view.podsByNode) {
    if (!known.has(node)) plan.delete.push(...pods.filter((pod) => !pod.spec?.nodeName && !pod.metadata.deletionTimestamp));
  }
  return plan;
}

function planNode(view: DaemonView, node: Node, plan: Plan, onFinished: OnFinished): void {
  const { set, podsByNode } = view;
  const name = nameOf(node);
  const { shouldRun, mayStay } = eligibility(node, set);
  const present = podsByNode.get(name);
  if (shouldRun && !present) {
    plan.create.push(name);
    return;
  }
  if (!present) return;
  const staying = present.filter((pod) => !pod.metadata.deletionTimestamp);
  if (!mayStay) {
    plan.delete.push(...staying);
    return;
  }
  const running: Pod[] = [];
  for (const pod of staying) {
    const { phase } = pod.status ?? {};
    if (phase !== "Failed" && phase !== "Succeeded") running.push(pod);
    else if (onFinished(pod, name)) plan.delete.push(pod);
  }
  running.sort(byAge);
  if (!allowsSurge(set)) {
    plan.delete.push(...running.slice(1));
    return;
  }
  if (running.length === 0 && shouldRun) plan.create.push(name);
  if (running.length > 1) planSurge(view, running, plan);
}

/** Of several pods on a node one old and one new may stay, until the new one can take over. */
function planSurge(view: DaemonView, running: readonly Pod[], plan: Plan): void {
  let newest: Pod | undefined;
  let old: Pod | undefined;
  for (const pod of running) {
    const isNew = pod.metadata.labels?.[revisionHashLabel] === view.hash;
    if (isNew && !newest) newest = pod;
    else if (!isNew && !old) old = pod;
    else plan.delete.push(pod);
  }
  if (newest && old && (!isPodReady(old) || isAvailable(view, newest))) plan.delete.push(old);
}

interface NodePods {
  node: string;
  newPod: Pod | undefined;
  oldPod: Pod | undefined;
  /** More than one pod of a kind: placement has to clean up first. */
  unclear: boolean;
}

function sortOut(view: DaemonView): NodePods[] {
  const sorted: NodePods[] = [];
  for (const [node, pods] of view.podsByNode) {
    const entry: NodePods = { node, newPod: undefined, oldPod: undefined, unclear: false };
    for (const pod of pods) {
      if (pod.metadata.deletionTimestamp) continue;
      if (pod.metadata.labels?.[revisionHashLabel] === view.hash) {
        if (entry.newPod) entry.unclear = true;
        entry.newPod = pod;
      } else {
        if (entry.oldPod) entry.unclear = true;
        entry.oldPod = pod;
      }
    }
    sorted.push(entry);
  }
  return sorted;
}

/** The next step of a rolling update. */
export function rollingPlan(view: DaemonView): Plan {
  const { maxSurge, maxUnavailable } = rollingLimits(view);
  return maxSurge === 0 ? replacePlan(view, maxUnavailable) : surgePlan(view, maxSurge);
}

/** Old pods that aren't available go at once, others as far as enough stay. */
function replacePlan(view: DaemonView, maxUnavailable: number): Plan {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { newPod, oldPod, unclear } of sortOut(view)) {
    if (unclear || Boolean(newPod) === Boolean(oldPod)) unavailable++;
    else if (newPod) {
      if (!isAvailable(view, newPod)) unavailable++;
    } else if (oldPod && !isAvailable(view, oldPod)) {
      broken.push(oldPod);
      unavailable++;
    } else if (oldPod) candidates.push(oldPod);
  }
  return { create: [], delete: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** New pods come beside old ones, which go when the new ones are available. */
function surgePlan(view: DaemonView, maxSurge: number): Plan {
  let surging = 0;
  const deletions: Pod[] = [];
  const broken: string[] = [];
  const candidates: string[] = [];
  for (const { node, newPod, oldPod, unclear } of sortOut(view)) {
    if (unclear) surging++;
    else if (!oldPod) continue;
    else if (!newPod) (isAvailable(view, oldPod) ? candidates : broken).push(node);
    else if (isAvailable(view, newPod)) deletions.push(oldPod);
    else surging++;
  }
  return { create: [...broken, ...candidates.slice(0, Math.max(0, maxSurge - surging))], delete: deletions };
}
