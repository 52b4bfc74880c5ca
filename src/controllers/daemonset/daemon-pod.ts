import type { DaemonSet } from "../../api/apps/v1.ts";
import { matchesNodeRequirements, pinnedNodeNames } from "../../api/core/node-affinity.ts";
import { findUntoleratedTaint, sameToleration, taintKeys } from "../../api/core/taints.ts";
import type { Affinity, Node, Pod, PodTemplateSpec, Toleration } from "../../api/core/v1.ts";
import { nameOf } from "../../machinery/object.ts";

export const revisionHashLabel = "controller-revision-hash";
const templateGenerationAnnotation = "deprecated.daemonset.template.generation";
const templateGenerationLabel = "pod-template-generation";

/** What the pods of every daemon set stand: they run where a node is in trouble too. */
const daemonTolerations: readonly Toleration[] = [
  { key: taintKeys.notReady, operator: "Exists", effect: "NoExecute" },
  { key: taintKeys.unreachable, operator: "Exists", effect: "NoExecute" },
  { key: taintKeys.diskPressure, operator: "Exists", effect: "NoSchedule" },
  { key: taintKeys.memoryPressure, operator: "Exists", effect: "NoSchedule" },
  { key: taintKeys.pidPressure, operator: "Exists", effect: "NoSchedule" },
  { key: taintKeys.unschedulable, operator: "Exists", effect: "NoSchedule" },
];
const hostNetworkToleration: Toleration = { key: taintKeys.networkUnavailable, operator: "Exists", effect: "NoSchedule" };

function withDaemonTolerations(tolerations: readonly Toleration[] | undefined, hostNetwork: boolean): Toleration[] {
  const result = [...(tolerations ?? [])];
  for (const toleration of hostNetwork ? [...daemonTolerations, hostNetworkToleration] : daemonTolerations) {
    const index = result.findIndex((present) => sameToleration(present, toleration));
    if (index < 0) result.push(toleration);
    else result[index] = toleration;
  }
  return result;
}

/** The template of the set's pods, but for the node that each is pinned to. */
export function daemonTemplate(set: DaemonSet, hash: string): PodTemplateSpec {
  const template = set.spec?.template ?? {};
  const generation = set.metadata.annotations?.[templateGenerationAnnotation];
  const labels: Record<string, string> = { ...template.metadata?.labels, ...(generation ? { [templateGenerationLabel]: generation } : {}) };
  if (hash) labels[revisionHashLabel] = hash;
  const spec = template.spec ?? { containers: [] };
  return {
    ...template,
    metadata: { ...template.metadata, labels },
    spec: { ...spec, tolerations: withDaemonTolerations(spec.tolerations, spec.hostNetwork ?? false) },
  };
}

/** Affinity that only one node meets. The node's own requirements were checked before, so the pin replaces them. */
export function pinnedTo(affinity: Affinity | undefined, node: string): Affinity {
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

/** The node that a daemon pod is on, or is meant for. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const [name] = pinnedNodeNames(pod.spec) ?? [];
  return name;
}

export interface Eligibility {
  shouldRun: boolean;
  /** A pod that is there may stay, though none would be started. */
  mayStay: boolean;
}

export function eligibility(node: Node, set: DaemonSet): Eligibility {
  const spec = set.spec?.template.spec;
  if (spec?.nodeName && spec.nodeName !== nameOf(node)) return { shouldRun: false, mayStay: false };
  if (!matchesNodeRequirements(spec, node)) return { shouldRun: false, mayStay: false };
  const tolerations = withDaemonTolerations(spec?.tolerations, spec?.hostNetwork ?? false);
  const { taints } = node.spec ?? {};
  if (!findUntoleratedTaint(taints, tolerations)) return { shouldRun: true, mayStay: true };
  return { shouldRun: false, mayStay: !findUntoleratedTaint(taints, tolerations, ["NoExecute"]) };
}

/** Scheduled pods first, then the older. */
export function byAge(a: Pod, b: Pod): number {
  const scheduled = Number(Boolean(b.spec?.nodeName)) - Number(Boolean(a.spec?.nodeName));
  if (scheduled !== 0) return scheduled;
  const [first = "", second = ""] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return nameOf(a) < nameOf(b) ? -1 : 1;
}
