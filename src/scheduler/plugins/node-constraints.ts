import { matchesNodeRequirements, pinnedNodeNames, preferredNodeWeight } from "../../api/core/node-affinity.ts";
import { findUntoleratedTaint, isTolerated, taintKeys } from "../../api/core/taints.ts";
import type { PreferredSchedulingTerm, Toleration } from "../../api/core/v1.ts";
import { type FilterPlugin, normalizeByMaximum, rejection, type ScorePlugin } from "../framework.ts";

const unschedulable = rejection("node(s) were unschedulable", true);

/** A cordoned node takes only pods that tolerate it. */
export const nodeUnschedulable: FilterPlugin<true> = {
  name: "NodeUnschedulable",
  prepareFilter: (pod) =>
    isTolerated(pod.pod.spec?.tolerations, { key: taintKeys.unschedulable, effect: "NoSchedule" }) ? undefined : true,
  filter: (_state, _pod, node) => (node.unschedulable ? unschedulable : undefined),
};

const otherName = rejection("node(s) didn't match the requested node name", true);

/** A pod may name its node in advance. */
export const nodeName: FilterPlugin<string> = {
  name: "NodeName",
  prepareFilter: (pod) => pod.pod.spec?.nodeName || undefined,
  filter: (name, _pod, node) => (name === node.name ? undefined : otherName),
};

const untolerated = rejection("node(s) had untolerated taint(s)", true);

/** Taints with effect NoSchedule or NoExecute keep a pod away that doesn't tolerate them. */
export const taintToleration: FilterPlugin<true> = {
  name: "TaintToleration",
  prepareFilter: () => true,
  filter: (_state, pod, node) =>
    node.hardTaints.length > 0 && findUntoleratedTaint(node.hardTaints, pod.pod.spec?.tolerations) ? untolerated : undefined,
};

/** Prefers nodes with fewer PreferNoSchedule taints that the pod doesn't tolerate. */
export const taintTolerationScore: ScorePlugin<readonly Toleration[]> = {
  name: "TaintToleration",
  weight: 3,
  prepareScore(pod, nodes) {
    // The same score everywhere changes nothing.
    let some = false;
    for (const node of nodes) if (node.softTaints.length > 0) some = true;
    if (!some) return undefined;
    return (pod.pod.spec?.tolerations ?? []).filter((toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule");
  },
  score(tolerations, _pod, node) {
    let count = 0;
    for (const taint of node.softTaints) if (!isTolerated(tolerations, taint)) count++;
    return count;
  },
  normalize: (scores) => normalizeByMaximum(scores, true),
};

const affinityMismatch = rejection("node(s) didn't match Pod's node affinity/selector", true);

/** `nodeSelector` and required node affinity. */
export const nodeAffinity: FilterPlugin<{ pinned: ReadonlySet<string> | undefined }> = {
  name: "NodeAffinity",
  only: ({ pinned }) => pinned,
  prepareFilter(pod) {
    const spec = pod.pod.spec;
    if (!spec?.nodeSelector && !spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution) return undefined;
    const pinned = pinnedNodeNames(spec);
    return pinned?.size === 0 ? { reason: "pod affinity terms conflict" } : { pinned };
  },
  filter(_state, pod, node) {
    return node.node && matchesNodeRequirements(pod.pod.spec, node.node) ? undefined : affinityMismatch;
  },
};

/** Preferred node affinity. */
export const nodeAffinityScore: ScorePlugin<readonly PreferredSchedulingTerm[]> = {
  name: "NodeAffinity",
  weight: 2,
  prepareScore: (pod) => pod.pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
  score: (terms, _pod, node) => (node.node ? preferredNodeWeight(terms, node.node) : 0),
  normalize: (scores) => normalizeByMaximum(scores, false),
};

const portConflict = rejection("node(s) didn't have free ports for the requested pod ports");

/** Host ports must be free. */
export const nodePorts: FilterPlugin<true> = {
  name: "NodePorts",
  prepareFilter: (pod) => (pod.hostPorts.length > 0 ? true : undefined),
  filter: (_state, pod, node) => (node.conflictsWithPorts(pod.hostPorts) ? portConflict : undefined),
};
