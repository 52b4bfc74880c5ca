import { formatTime } from "../../machinery/clock.ts";
import { field, path } from "../../machinery/errors.ts";
import { deepCopy, deepEqual } from "../../machinery/object.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import { specDiff } from "../spec-diff.ts";
import type { Errors } from "../validation.ts";
import { accessModesText, storageClassText } from "./claim-columns.ts";
import { nodeTermWarnings, volumeSourceWarnings } from "./deprecations.ts";
import { validateVolumeSpec } from "./persistent-volume-validation.ts";
import { defaultResourceList } from "./resource-list.ts";
import type { PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity } from "./v1.ts";
import { persistentVolumeSourceNames } from "./volume-sources.ts";

const at = path("spec");

export const persistentvolumes = defineResource<PersistentVolume>("", "persistentvolumes", {
  updateChecks: ["meta", "kind", "meta", "kind", "update"],
  default(volume) {
    volume.spec ??= {};
    volume.status ??= {};
    volume.status.phase ||= "Pending";
    const { spec } = volume;
    spec.persistentVolumeReclaimPolicy ||= "Retain";
    spec.volumeMode ??= "Filesystem";
    if (spec.hostPath) spec.hostPath.type ??= "";
    if (spec.azureDisk) spec.azureDisk.readOnly ??= false;
    defaultResourceList(spec.capacity);
  },
  prepareForCreate(volume, { clock }) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: formatTime(clock.now()) };
  },
  prepareForUpdate(volume, old, { subresource, clock }) {
    if (subresource !== "status" || !volume.status) return;
    const sent = volume.status.lastPhaseTransitionTime;
    if (sent === undefined && old.status?.lastPhaseTransitionTime) {
      volume.status.lastPhaseTransitionTime = old.status.lastPhaseTransitionTime;
    }
    if (volume.status.phase !== old.status?.phase && (sent === undefined || sent === old.status?.lastPhaseTransitionTime)) {
      volume.status.lastPhaseTransitionTime = formatTime(clock.now());
    }
  },
  validate(volume) {
    const errors: Errors = [];
    validateVolumeSpec(errors, volume.spec ?? {}, volume.metadata.name ?? "", false, at);
    if (volume.metadata.annotations?.[mountOptionAnnotation] !== undefined && !mountable.some((name) => volume.spec?.[name])) {
      const where = path("metadata", "annotations", mountOptionAnnotation);
      errors.push(field.forbidden(where, "may not specify mount options for this volume type"));
    }
    return errors;
  },
  validateUpdate(volume, old) {
    const errors: Errors = [];
    const source = (spec: PersistentVolumeSpec | undefined) => persistentVolumeSourceNames.map((name) => spec?.[name]);
    const next = withAddedExpandSecretUndone(volume.spec, old.spec);
    if (!deepEqual(source(next), source(old.spec))) {
      const picked = (spec: PersistentVolumeSpec | undefined) =>
        Object.fromEntries(persistentVolumeSourceNames.flatMap((name) => (spec?.[name] === undefined ? [] : [[name, spec[name]]])));
      const diff = specDiff("api/core/v1#PersistentVolumeSource", picked(old.spec), picked(next));
      const text = `spec.persistentvolumesource is immutable after creation\n${diff}`;
      errors.push(field.forbidden(at.child("persistentvolumesource"), text));
    }
    if (!deepEqual(volume.spec?.volumeMode, old.spec?.volumeMode)) {
      errors.push(field.invalid(path("volumeMode"), volume.spec?.volumeMode ?? null, "field is immutable"));
    }
    const affinity = volume.spec?.nodeAffinity;
    if (old.spec?.nodeAffinity && !deepEqual(affinity, withPromotedLabels(old.spec.nodeAffinity, affinity))) {
      const shown = affinity ? internalForm("api/core/v1#VolumeNodeAffinity", affinity) : null;
      errors.push(field.invalid(path("nodeAffinity"), shown, "field is immutable, except for updating from beta label to GA"));
    }
    const attributes = at.child("volumeAttributesClassName");
    if (old.spec?.volumeAttributesClassName !== undefined && volume.spec?.volumeAttributesClassName === undefined) {
      errors.push(field.forbidden(attributes, "update from non-nil value to nil is forbidden"));
    }
    return errors;
  },
  validateStatus: () => [],
  warnings: volumeWarnings,
  row(volume, { now }) {
    const spec = volume.spec ?? {};
    const claim = spec.claimRef;
    return [
      volume.metadata.name ?? "",
      spec.capacity?.storage ?? "0",
      accessModesText(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? "",
      volume.metadata.deletionTimestamp !== undefined ? "Terminating" : (volume.status?.phase ?? ""),
      claim ? `${claim.namespace ?? ""}/${claim.name ?? ""}` : "",
      storageClassText(volume.metadata, spec.storageClassName),
      spec.volumeAttributesClassName ?? "<unset>",
      volume.status?.reason ?? "",
      age(volume.metadata, now),
      spec.volumeMode ?? "<unset>",
    ];
  },
  returnsDeletedObject: true,
  countsGenerations: false,
});

const classAnnotation = "volume.beta.kubernetes.io/storage-class";
const mountOptionAnnotation = "volume.beta.kubernetes.io/mount-options";

function volumeWarnings({ metadata, spec = {} }: Readonly<PersistentVolume>): string[] {
  const warnings: string[] = [];
  const annotated = (name: string, text: string) => {
    if (metadata.annotations?.[name] !== undefined)
      warnings.push(`metadata.annotations[${name}]: deprecated since ${text} attribute instead`);
  };
  annotated(classAnnotation, 'v1.8; use "storageClassName"');
  annotated(mountOptionAnnotation, 'v1.31; use "mountOptions"');
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    warnings.push(
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    );
  }
  for (const [index, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries()) {
    warnings.push(...nodeTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`));
  }
  warnings.push(...volumeSourceWarnings(spec, "spec", ["flocker", "quobyte"]));
  return warnings;
}

/** The sources that mount options are known to work with. */
const mountable = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
] as const;

const promotedLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
};

/** The old affinity with the labels' names of today where the new one has them in the same place. */
function withPromotedLabels(old: VolumeNodeAffinity, next: VolumeNodeAffinity | undefined): VolumeNodeAffinity {
  const copy = deepCopy(old);
  for (const [index, term] of (copy.required?.nodeSelectorTerms ?? []).entries()) {
    const other = next?.required?.nodeSelectorTerms?.[index];
    for (const list of ["matchExpressions", "matchFields"] as const) {
      for (const [place, requirement] of (term[list] ?? []).entries()) {
        // Labels that have no other name have an empty one: upstream takes away the key of any label.
        const promoted = promotedLabels[requirement.key] ?? "";
        if (other?.[list]?.[place] && (other[list][place].key ?? "") === promoted) requirement.key = promoted;
      }
    }
  }
  return copy;
}

/** The secret for expansion may be set later. */
function withAddedExpandSecretUndone(
  spec: PersistentVolumeSpec | undefined,
  old: PersistentVolumeSpec | undefined,
): PersistentVolumeSpec | undefined {
  if (!spec?.csi?.controllerExpandSecretRef || !old?.csi || old.csi.controllerExpandSecretRef) return spec;
  const { controllerExpandSecretRef: _, ...csi } = spec.csi;
  return { ...spec, csi };
}
