import type { StatefulSet } from "../../api/apps/v1.ts";
import { isPodAvailable, isPodReady, isPodTerminal } from "../../api/core/pod-status.ts";
import type { Pod, PodSpec, PodTemplateSpec, Volume } from "../../api/core/v1.ts";
import { statefulsets } from "../../api/refs.ts";
import { nameOf } from "../../machinery/object.ts";
import { podFromTemplate } from "../workloads/pod-control.ts";

const podNameLabel = "statefulset.kubernetes.io/pod-name";
const podIndexLabel = "apps.kubernetes.io/pod-index";
const revisionLabel = "controller-revision-hash";

const memberName = /^(.*)-([0-9]+)$/;

/** The number at the end of a member's name; undefined for a pod that isn't a member by its name. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const match = memberName.exec(nameOf(pod));
  return match?.[1] === nameOf(set) ? Number(match[2]) : undefined;
}

export function startOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

export function isInRange(set: StatefulSet, ordinal: number): boolean {
  const start = startOrdinal(set);
  return ordinal >= start && ordinal < start + (set.spec?.replicas ?? 0);
}

export function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${nameOf(set)}-${ordinal}`;
}

/** The member with this ordinal, from the template of a revision. */
export function memberPod(set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): Pod {
  const name = `${nameOf(set)}-${ordinal}`;
  const { metadata } = podFromTemplate(template, statefulsets, set);
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name, labels: { ...metadata.labels, [revisionLabel]: revision } },
    spec: {
      ...(template.spec ?? { containers: [] }),
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
    },
  };
  return withIdentity(set, pod, ordinal);
}

/** The pod with the labels and volumes of its place in the set; the same object when it has them. */
export function withIdentity(set: StatefulSet, pod: Pod, ordinal: number): Pod {
  const labels = pod.metadata.labels ?? {};
  const name = nameOf(pod);
  const labelled = labels[podNameLabel] === name && labels[podIndexLabel] === String(ordinal);
  const volumes = withClaimVolumes(set, pod.spec?.volumes, ordinal);
  if (labelled && volumes === pod.spec?.volumes) return pod;
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...labels, [podNameLabel]: name, [podIndexLabel]: String(ordinal) } },
    spec: { ...(pod.spec as PodSpec), ...(volumes ? { volumes } : {}) },
  };
}

function withClaimVolumes(set: StatefulSet, volumes: Volume[] | undefined, ordinal: number): Volume[] | undefined {
  const claims = new Map<string, Volume>();
  for (const { metadata } of set.spec?.volumeClaimTemplates ?? []) {
    const name = metadata.name ?? "";
    claims.set(name, { name, persistentVolumeClaim: { claimName: claimName(set, name, ordinal) } });
  }
  const has = (claim: Volume) =>
    volumes?.some(
      ({ name, persistentVolumeClaim }) =>
        name === claim.name && persistentVolumeClaim?.claimName === claim.persistentVolumeClaim?.claimName,
    );
  if ([...claims.values()].every(has)) return volumes;
  return [...claims.values(), ...(volumes ?? []).filter(({ name }) => !claims.has(name))];
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionLabel];
}

/** Stored, as opposed to planned. */
export function isCreated(pod: Pod): boolean {
  return pod.metadata.uid !== undefined;
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === "Running" && isPodReady(pod);
}

export function isRunningAndAvailable(set: StatefulSet, pod: Pod, now: number): boolean {
  return !isPodTerminal(pod) && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now);
}
