import { timestamp } from "../../machinery/clock.ts";
import { deepEqual } from "../../machinery/object.ts";
import { defineResource } from "../define-resource.ts";
import { dropDisabledFields } from "./disabled-fields.ts";
import { applyAppArmorAnnotations } from "./pod-annotations.ts";
import { podRow, podRowConditions } from "./pod-columns.ts";
import { defaultPod } from "./pod-defaults.ts";
import { toldQosClass } from "./pod-resources.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { statusLists, validatePodStatus } from "./pod-status-validation.ts";
import { validateEphemeralContainersUpdate, validateResize } from "./pod-subresource-validation.ts";
import { validatePodUpdate } from "./pod-update-validation.ts";
import { validatePod, validatePodCreate } from "./pod-validation.ts";
import { podWarnings } from "./pod-warnings.ts";
import { defaultResourceList } from "./resource-list.ts";
import type { ContainerStatus, Pod, PodSpec, PodStatus, ResourceRequirements } from "./v1.ts";

export const pods = defineResource<Pod>("", "pods", {
  default(pod) {
    defaultPod(pod);
    if (pod.status) defaultStatus(pod.status);
  },
  dropDisabled: ({ spec }) => dropDisabledFields(spec),
  prepareForCreate(pod, { clock, warn }) {
    pod.spec ??= { containers: [] };
    const { spec } = pod;
    pod.status = { phase: "Pending", qosClass: toldQosClass(pod) };
    pod.metadata.generation = 1;
    requireGrace(spec);
    applyMatchLabelKeys(pod);
    applyAppArmorAnnotations(pod, warn);
    if (spec.schedulingGates?.length) {
      pod.status.conditions = [
        {
          type: "PodScheduled",
          status: "False",
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
          lastTransitionTime: timestamp(clock),
          lastProbeTime: null as unknown as string,
        },
      ];
    }
  },
  prepareForUpdate(pod, old, { subresource }) {
    if (subresource === "status") {
      prepareStatus(pod, old);
      return;
    }
    if (pod.spec) requireGrace(pod.spec);
    if (old.status === undefined) delete pod.status;
    else pod.status = old.status;
    if (subresource === "ephemeralcontainers") {
      keepAllBut(pod, old, ["ephemeralContainers"]);
    } else if (subresource === "resize") prepareResize(pod, old);
    if (!deepEqual(pod.spec, old.spec)) pod.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (pod) => [...validatePod(pod), ...validatePodCreate(pod)],
  validateChange: (pod, old, { subresource }) =>
    subresource === "ephemeralcontainers" || subresource === "resize" ? [] : validatePod(pod, old),
  validateUpdate(pod, old, { subresource }) {
    if (subresource === "ephemeralcontainers") return validateEphemeralContainersUpdate(pod, old);
    if (subresource === "resize") return validateResize(pod, old);
    return validatePodUpdate(pod, old);
  },
  updateChecks: (subresource) => (subresource === "" ? ["metaUpdate", "meta", "kind", "update"] : ["metaUpdate", "kind", "update"]),
  tellsEmpty: (subresource) => subresource === "ephemeralcontainers",
  validateStatus: validatePodStatus,
  warnings: podWarnings,
  row: podRow,
  rowConditions: podRowConditions,
  selectableFields: {
    "spec.nodeName": (pod) => pod.spec?.nodeName ?? "",
    "spec.restartPolicy": (pod) => pod.spec?.restartPolicy ?? "",
    "spec.schedulerName": (pod) => pod.spec?.schedulerName ?? "",
    "spec.serviceAccountName": (pod) => pod.spec?.serviceAccountName ?? "",
    "spec.hostNetwork": (pod) => String(pod.spec?.hostNetwork ?? false),
    "status.phase": (pod) => pod.status?.phase ?? "",
    "status.podIP": (pod) => pod.status?.podIPs?.[0]?.ip ?? "",
    // Known by name, and never anything: as upstream has it.
    "status.podIPs": () => "",
    "status.nominatedNodeName": (pod) => pod.status?.nominatedNodeName ?? "",
  },
  gracePeriodSeconds(pod, requested) {
    // Nothing runs: a pod that no node has, or that has ended, goes at once.
    if (!pod.spec?.nodeName || isTerminalPhase(pod.status?.phase)) return 0;
    const seconds = Number(requested ?? pod.spec.terminationGracePeriodSeconds ?? 0);
    return seconds < 0 ? 1 : seconds;
  },
  returnsDeletedObject: true,
  allowUnconditionalUpdate: true,
  countsGenerations: false,
  // What it says of the class of service holds.
  keepsStatusOnCreate: true,
});

/** A negative period counts as a second. */
function requireGrace(spec: PodSpec): void {
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
}

/** A writer that doesn't know of observed generations leaves those that are there, in the conditions too. */
function keepObservedGenerations(status: PodStatus, old: Readonly<PodStatus>): void {
  if (!status.observedGeneration && old.observedGeneration) status.observedGeneration = old.observedGeneration;
  // A type may be there more than once.
  const known = Map.groupBy(old.conditions ?? [], ({ type }) => type);
  for (const condition of status.conditions ?? []) {
    const before = known.get(condition.type)?.shift()?.observedGeneration;
    if (!condition.observedGeneration && before) condition.observedGeneration = before;
  }
}

/** The status endpoint leaves alone what other parts decide: the deletion time, owners, and the class of service. */
function prepareStatus(pod: Pod, old: Readonly<Pod>): void {
  keepDeletionTime(pod, old);
  const { ownerReferences } = old.metadata;
  if (ownerReferences) pod.metadata.ownerReferences = ownerReferences;
  else delete pod.metadata.ownerReferences;
  pod.status ??= {};
  const { status } = pod;
  keepObservedGenerations(status, old.status ?? {});
  // Of features that are off.
  if (old.status?.nodeAllocatableResourceClaimStatuses === undefined) delete status.nodeAllocatableResourceClaimStatuses;
  if (!statusLists.some((name) => old.status?.[name]?.some(hasVolumeStatus))) {
    for (const name of statusLists) {
      for (const { volumeMounts } of status[name] ?? []) for (const mount of volumeMounts ?? []) delete mount.volumeStatus;
    }
  }
  status.qosClass ||= toldQosClass(old);
}

function hasVolumeStatus({ volumeMounts }: ContainerStatus): boolean {
  return volumeMounts?.some(({ volumeStatus }) => volumeStatus !== undefined) ?? false;
}

function defaultStatus(status: PodStatus): void {
  mirrorAddresses(status);
  defaultResourceList(status.allocatedResources);
  defaultResources(status.resources);
  for (const name of statusLists) {
    for (const { allocatedResources, resources } of status[name] ?? []) {
      defaultResourceList(allocatedResources);
      defaultResources(resources);
    }
  }
}

function defaultResources(resources: ResourceRequirements | undefined): void {
  defaultResourceList(resources?.limits);
  defaultResourceList(resources?.requests);
}

/** The single address is the first of the list; where they tell two things it counts, for clients that know only it. */
function mirrorAddresses(status: PodStatus): void {
  const { podIP, podIPs } = status;
  if (podIP && podIPs?.[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }];
  else if (podIPs && podIPs.length > 0 && podIP !== podIPs[0]!.ip) status.podIP = podIPs[0]!.ip;
}

function keepAllBut(pod: Pod, old: Readonly<Pod>, names: readonly (keyof PodSpec)[]): void {
  const spec: PodSpec = { ...(old.spec ?? { containers: [] }) };
  for (const name of names) {
    const value = pod.spec?.[name];
    if (value === undefined) delete spec[name];
    else Object.assign(spec, { [name]: value });
  }
  pod.spec = spec;
  const { labels, annotations, ownerReferences, finalizers } = old.metadata;
  Object.assign(pod.metadata, { labels, annotations, ownerReferences, finalizers });
  for (const name of ["labels", "annotations", "ownerReferences", "finalizers"] as const) {
    if (old.metadata[name] === undefined) delete pod.metadata[name];
  }
}

function keepDeletionTime({ metadata }: Pod, old: Readonly<Pod>): void {
  const { deletionTimestamp } = old.metadata;
  // Deleting a field that is there makes each later read of the object slow.
  if (deletionTimestamp === undefined) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp = deletionTimestamp;
}

/** A resize changes resources and resize policies of containers that are there, nothing else. */
function prepareResize(pod: Pod, old: Readonly<Pod>): void {
  const asked = pod.spec;
  keepAllBut(pod, old, ["resources"]);
  keepDeletionTime(pod, old);
  const spec = pod.spec as PodSpec;
  for (const list of ["containers", "initContainers"] as const) {
    const before = old.spec?.[list] ?? [];
    if (before.length === 0 && !asked?.[list]?.length) continue;
    // Containers that come or go are refused by validation.
    spec[list] = (asked?.[list] ?? []).map((next) => {
      const container = before.find(({ name }) => name === next.name);
      if (!container) return next;
      const { resources: _resources, resizePolicy: _policy, ...changed } = container;
      if (next.resources !== undefined) Object.assign(changed, { resources: next.resources });
      if (next.resizePolicy !== undefined) Object.assign(changed, { resizePolicy: next.resizePolicy });
      return changed;
    });
  }
}

/** The label keys of spread constraints and affinity terms become requirements with the values that the pod has. */
function applyMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels;
  const affinity = pod.spec?.affinity;
  if (!labels) return;
  const add = (
    term: { labelSelector?: { matchExpressions?: { key: string; operator: string; values?: string[] }[] } },
    keys: readonly string[] | undefined,
    operator: string,
  ) => {
    if (!term.labelSelector) return;
    for (const key of keys ?? []) {
      const value = labels[key];
      if (value === undefined) continue;
      term.labelSelector.matchExpressions = [...(term.labelSelector.matchExpressions ?? []), { key, operator, values: [value] }];
    }
  };
  for (const constraint of pod.spec?.topologySpreadConstraints ?? []) add(constraint, constraint.matchLabelKeys, "In");
  for (const kind of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    const terms = [
      ...(kind?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(kind?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
    ];
    for (const term of terms) {
      add(term, term.matchLabelKeys, "In");
      add(term, term.mismatchLabelKeys, "NotIn");
    }
  }
}
