import { type HostPort, hostPorts } from "../api/core/pod-ports.ts";
import { podRequests } from "../api/core/pod-resources.ts";
import type { Container, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from "../api/core/v1.ts";
import { deepEqual, keyOf, namespaceOf, uidOf } from "../machinery/object.ts";
import { compileLabelSelector, type LabelSelector } from "../machinery/selectors/label-selector.ts";
import { type SpreadConstraint, spreadConstraints } from "./spread-constraint.ts";

/** What a container without a request counts as when nodes are scored, as upstream. */
const assumedRequests = { cpu: "100m", memory: "200Mi" };

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
  /** The newest state told that asks for the same. */
  pod: Pod;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  /** Requests: millicores and bytes. */
  readonly milliCpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Other resources by name, in their base unit; those that are zero are left out. */
  readonly scalars: ReadonlyMap<string, number> | undefined;
  readonly nonZeroMilliCpu: number;
  readonly nonZeroMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
  readonly spread: readonly SpreadConstraint[];
  readonly terminating: boolean;
}

const none: readonly never[] = [];
const noLabels: Readonly<Record<string, string>> = {};

export function podInfo(pod: Pod): PodInfo {
  const requests = podRequests(pod, { withStatus: true });
  let scalars: Map<string, number> | undefined;
  for (const [name, amount] of requests) {
    if (amount === 0 || name === "cpu" || name === "memory" || name === "ephemeral-storage") continue;
    scalars ??= new Map();
    scalars.set(name, amount);
  }
  const assumed = withAssumedRequests(pod);
  const nonZero = assumed === pod ? requests : podRequests(assumed, { withStatus: true });
  return {
    key: keyOf(pod),
    uid: uidOf(pod),
    namespace: namespaceOf(pod),
    priority: pod.spec?.priority ?? 0,
    milliCpu: requests.get("cpu") ?? 0,
    memory: requests.get("memory") ?? 0,
    ephemeralStorage: requests.get("ephemeral-storage") ?? 0,
    scalars,
    nonZeroMilliCpu: nonZero.get("cpu") ?? 0,
    nonZeroMemory: nonZero.get("memory") ?? 0,
    hostPorts: hostPorts(pod.spec),
    ...meaning(pod),
  };
}

/** The same for a later state of a pod that asks for the same. */
export function relabelledPodInfo(known: PodInfo, pod: Pod): PodInfo {
  return { ...known, ...meaning(pod) };
}

/** What depends on the pod's labels, and on whether it is on its way out. */
function meaning(pod: Pod) {
  const affinity = pod.spec?.affinity;
  const namespace = namespaceOf(pod);
  const labels = pod.metadata.labels ?? noLabels;
  const required = (terms: PodAffinityTerm[] | undefined) => (terms ? terms.map((term) => affinityTerm(term, 0, namespace, labels)) : none);
  const preferred = (terms: WeightedPodAffinityTerm[] | undefined) =>
    terms ? terms.map((term) => affinityTerm(term.podAffinityTerm, term.weight, namespace, labels)) : none;
  return {
    pod,
    labels,
    requiredAffinity: required(affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    spread: spreadConstraints(pod),
    terminating: pod.metadata.deletionTimestamp !== undefined,
  };
}

/** The pod with requests for the containers that have none. */
function withAssumedRequests(pod: Pod): Pod {
  const { spec } = pod;
  if (!spec) return pod;
  const lacks = ({ resources }: Container) => resources?.requests?.cpu === undefined || resources.requests.memory === undefined;
  if (!spec.containers.some(lacks) && !spec.initContainers?.some(lacks)) return pod;
  const complete = (container: Container): Container =>
    lacks(container)
      ? { ...container, resources: { ...container.resources, requests: { ...assumedRequests, ...container.resources?.requests } } }
      : container;
  const completed = { ...spec, containers: spec.containers.map(complete) };
  if (spec.initContainers) completed.initContainers = spec.initContainers.map(complete);
  return { ...pod, spec: completed };
}

/** Whether both states of a pod mean the same to other pods. */
export function meansTheSame(a: Pod, b: Pod): boolean {
  return (
    (a.metadata.deletionTimestamp === undefined) === (b.metadata.deletionTimestamp === undefined) &&
    deepEqual(a.metadata.labels, b.metadata.labels)
  );
}

/** Whether both states of a pod ask the same of a node. Of what a pod on a node asks, only these can change. */
export function asksForTheSame(a: Pod, b: Pod): boolean {
  return (
    deepEqual(a.spec?.containers, b.spec?.containers) &&
    deepEqual(a.spec?.initContainers, b.spec?.initContainers) &&
    deepEqual(a.spec?.resources, b.spec?.resources) &&
    sameGrants(a, b)
  );
}

/** What the node has granted counts while a resize is under way. Most grants are what the pod asks for: its room stays the same. */
function sameGrants(a: Pod, b: Pod): boolean {
  if (a.status === b.status) return true;
  const grants = ({ status }: Pod) => [status?.containerStatuses, status?.initContainerStatuses];
  const [before, after] = [grants(a), grants(b)];
  if (before.every((statuses, index) => statuses === after[index])) return true;
  return deepEqual([...podRequests(a, { withStatus: true })], [...podRequests(b, { withStatus: true })]);
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
