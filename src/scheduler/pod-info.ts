import { type HostPort, hostPorts } from "../api/core/pod-ports.ts";
import { podRequests } from "../api/core/pod-resources.ts";
import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from "../api/core/v1.ts";
import { keyOf, namespaceOf, uidOf } from "../machinery/object.ts";
import { compileLabelSelector, type LabelSelector } from "../machinery/selectors/label-selector.ts";

/** What a pod without a request counts as when nodes are scored: 100 millicores and 200 MB, as upstream. */
const defaultMilliCpu = 100;
const defaultMemory = 200 * 1024 * 1024;

/** A pod affinity term, compiled. Terms with the same `signature` select the same pods. */
export interface AffinityTerm {
  topologyKey: string;
  selector: LabelSelector;
  /** Absent: all namespaces that `namespaceSelector` selects. */
  namespaces: ReadonlySet<string>;
  namespaceSelector: LabelSelector | undefined;
  weight: number;
  signature: string;
}

/** What the scheduler needs of a pod, computed once when the pod is first seen. */
export interface PodInfo {
  readonly key: string;
  readonly uid: string;
  readonly pod: Pod;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  /** Requests: millicores and bytes. */
  readonly milliCpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Other resources by name, in their base unit. */
  readonly scalars: ReadonlyMap<string, number> | undefined;
  readonly nonZeroMilliCpu: number;
  readonly nonZeroMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
  readonly terminating: boolean;
}

const none: readonly never[] = [];

export function podInfo(pod: Pod): PodInfo {
  const requests = podRequests(pod, { withStatus: true });
  let scalars: Map<string, number> | undefined;
  for (const [name, amount] of requests) {
    if (name === "cpu" || name === "memory" || name === "ephemeral-storage") continue;
    scalars ??= new Map();
    scalars.set(name, amount);
  }
  const milliCpu = requests.get("cpu") ?? 0;
  const memory = requests.get("memory") ?? 0;
  const affinity = pod.spec?.affinity;
  const namespace = namespaceOf(pod);
  const labels = pod.metadata.labels ?? {};
  const required = (terms: PodAffinityTerm[] | undefined) => (terms ? terms.map((term) => affinityTerm(term, 0, namespace, labels)) : none);
  const preferred = (terms: WeightedPodAffinityTerm[] | undefined) =>
    terms ? terms.map((term) => affinityTerm(term.podAffinityTerm, term.weight, namespace, labels)) : none;
  return {
    key: keyOf(pod),
    uid: uidOf(pod),
    pod,
    namespace,
    labels,
    priority: pod.spec?.priority ?? 0,
    milliCpu,
    memory,
    ephemeralStorage: requests.get("ephemeral-storage") ?? 0,
    scalars,
    nonZeroMilliCpu: milliCpu || defaultMilliCpu * (pod.spec?.containers.length ?? 1),
    nonZeroMemory: memory || defaultMemory * (pod.spec?.containers.length ?? 1),
    hostPorts: hostPorts(pod.spec),
    requiredAffinity: required(affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    terminating: pod.metadata.deletionTimestamp !== undefined,
  };
}

function affinityTerm(
  term: PodAffinityTerm,
  weight: number,
  podNamespace: string,
  podLabels: Readonly<Record<string, string>>,
): AffinityTerm {
  const namespaceSelector = term.namespaceSelector ? compileLabelSelector(term.namespaceSelector) : undefined;
  const namespaces = new Set(term.namespaces ?? []);
  if (namespaces.size === 0 && !namespaceSelector) namespaces.add(podNamespace);
  const expressions = [...(term.labelSelector?.matchExpressions ?? [])];
  for (const key of term.matchLabelKeys ?? []) {
    const value = podLabels[key];
    if (value !== undefined) expressions.push({ key, operator: "In", values: [value] });
  }
  for (const key of term.mismatchLabelKeys ?? []) {
    const value = podLabels[key];
    if (value !== undefined) expressions.push({ key, operator: "NotIn", values: [value] });
  }
  const selector = compileLabelSelector(term.labelSelector ? { ...term.labelSelector, matchExpressions: expressions } : undefined);
  return {
    topologyKey: term.topologyKey,
    selector,
    namespaces,
    namespaceSelector,
    weight,
    signature: `${[...namespaces].sort().join(",")}|${namespaceSelector?.toString() ?? "-"}|${selector.isNothing ? "!" : selector.toString()}`,
  };
}

/** Whether a pod with these labels in this namespace is one that the term speaks of. */
export function termMatches(
  term: AffinityTerm,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined,
): boolean {
  const inNamespace = term.namespaces.has(namespace) || (term.namespaceSelector?.matches(namespaceLabels(namespace)) ?? false);
  return inNamespace && term.selector.matches(labels);
}
