import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { quantityValue } from "../../machinery/quantity.ts";
import { isQualifiedName } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { specDiff } from "../spec-diff.ts";
import { complain, type Errors } from "../validation.ts";
import { accessModesText, storageClassText } from "./claim-columns.ts";
import { validateClaimSpec } from "./claim-validation.ts";
import { defaultClaimSpec } from "./pod-defaults.ts";
import { claimSpecWarnings } from "./pod-warnings.ts";
import { compareQuantities } from "./resource-list.ts";
import { isNativeResource } from "./resource-names.ts";
import { validateResourceQuantity } from "./resource-validation.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "./v1.ts";

const at = path("spec");
const classAnnotation = "volume.beta.kubernetes.io/storage-class";

export const persistentvolumeclaims = defineResource<PersistentVolumeClaim>("", "persistentvolumeclaims", {
  updateChecks: ["metaUpdate", "meta", "kind", "update"],
  default(claim) {
    claim.spec ??= {};
    claim.status ??= {};
    claim.status.phase ||= "Pending";
    defaultClaimSpec(claim.spec);
  },
  prepareForCreate(claim) {
    claim.status = {};
    if (claim.spec) syncDataSources(claim.spec, undefined);
  },
  defaultsStored: true,
  prepareForUpdate(claim, old, { subresource }) {
    if (subresource === "" && claim.spec) syncDataSources(claim.spec, old.spec);
  },
  validate: (claim) => validateClaim(claim),
  validateChange: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatus: validateClaimStatus,
  warnings(claim) {
    const warnings: string[] = [];
    if (claim.metadata.annotations?.[classAnnotation] !== undefined) {
      warnings.push(`metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`);
    }
    warnings.push(...claimSpecWarnings(claim.spec, "spec"));
    return warnings;
  },
  row(claim, { now }) {
    const bound = (claim.spec?.volumeName ?? "") !== "";
    return [
      claim.metadata.name ?? "",
      claim.metadata.deletionTimestamp !== undefined ? "Terminating" : (claim.status?.phase ?? ""),
      claim.spec?.volumeName ?? "",
      bound ? (claim.status?.capacity?.storage ?? "0") : "",
      bound ? accessModesText(claim.status?.accessModes) : "",
      storageClassText(claim.metadata, claim.spec?.storageClassName),
      claim.spec?.volumeAttributesClassName ?? "<unset>",
      age(claim.metadata, now),
      claim.spec?.volumeMode ?? "<unset>",
    ];
  },
  returnsDeletedObject: true,
  countsGenerations: false,
});

function validateClaim(claim: Readonly<PersistentVolumeClaim>, old?: Readonly<PersistentVolumeClaim>): Errors {
  const errors: Errors = [];
  validateClaimSpec(errors, claim.spec ?? {}, at, old?.spec);
  return errors;
}

/** The two fields that name a data source say the same, where both can. */
function syncDataSources(spec: PersistentVolumeClaimSpec, old: Readonly<PersistentVolumeClaimSpec> | undefined): void {
  // Other clusters' data isn't reached: the feature is off.
  if (spec.dataSourceRef?.namespace && !old?.dataSource && !old?.dataSourceRef) delete spec.dataSourceRef;
  // Alone, the older field takes claims and snapshots only; upstream drops what else it names.
  if (!old?.dataSource && !old?.dataSourceRef && !spec.dataSourceRef && spec.dataSource && !isClonable(spec.dataSource)) {
    delete spec.dataSource;
  }
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = apiGroup === undefined ? { kind, name } : { apiGroup, kind, name };
  }
}

function isClonable({ apiGroup, kind }: NonNullable<PersistentVolumeClaimSpec["dataSource"]>): boolean {
  const group = apiGroup ?? "";
  return (kind === "PersistentVolumeClaim" && group === "") || (kind === "VolumeSnapshot" && group === "snapshot.storage.k8s.io");
}

function validateClaimUpdate(claim: Readonly<PersistentVolumeClaim>, old: Readonly<PersistentVolumeClaim>): Errors {
  const errors: Errors = [];
  const spec: PersistentVolumeClaimSpec = claim.spec ?? {};
  const next: PersistentVolumeClaimSpec = { ...spec };
  const before: PersistentVolumeClaimSpec = { ...old.spec };
  const bound = claim.status?.phase === "Bound";
  // Binding sets the volume; an expansion raises the request of a bound claim.
  if (!before.volumeName) setOrDelete(before, "volumeName", spec.volumeName);
  const hadClass = old.metadata.annotations?.[classAnnotation];
  const hasClass = claim.metadata.annotations?.[classAnnotation];
  if (hadClass !== hasClass && !(hasClass === undefined && before.storageClassName === undefined && spec.storageClassName === hadClass)) {
    errors.push(field.invalid(path("metadata", "annotations", classAnnotation), hasClass ?? "", "field is immutable"));
  }
  // A class may be given to a claim that was made before there was a default one.
  if (spec.storageClassName !== undefined && before.storageClassName === undefined) {
    if (hadClass === undefined || hadClass === spec.storageClassName) delete next.storageClassName;
  }
  const had = before.resources?.requests?.storage;
  if (bound && spec.resources?.requests) {
    next.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage: had ?? "0" } };
  }
  if (bound) setOrDelete(next, "volumeAttributesClassName", before.volumeAttributesClassName);
  if (!deepEqual(next, before)) {
    const text = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    errors.push(field.forbidden(at, `${text}\n${specDiff("api/core/v1#PersistentVolumeClaimSpec", before, next)}`));
  }
  const asked = spec.resources?.requests?.storage ?? "0";
  if (compareQuantities(asked, had ?? "0") < 0 && compareQuantities(asked, old.status?.capacity?.storage ?? "0") <= 0) {
    errors.push(field.forbidden(at.child("resources", "requests", "storage"), "field can not be less than status.capacity"));
  }
  if (spec.volumeMode !== before.volumeMode) {
    errors.push(field.invalid(path("volumeMode"), spec.volumeMode ?? null, "field is immutable"));
  }
  if (old.status?.currentVolumeAttributesClassName !== undefined && !spec.volumeAttributesClassName && before.volumeAttributesClassName) {
    const what = spec.volumeAttributesClassName === undefined ? "nil" : "empty string";
    const text = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
    errors.push(field.forbidden(at.child("volumeAttributesClassName"), text));
  }
  return errors;
}

const resizeStates = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

function validateClaimStatus(claim: Readonly<PersistentVolumeClaim>): Errors {
  const errors: Errors = [];
  const status = claim.status ?? {};
  const where = path("status");
  const checkAmount = (list: "capacity" | "allocatedResources", name: string, quantity: string): boolean => {
    const value = quantityValue(quantity);
    if (value >= 0) return true;
    errors.push(field.invalid(where.child(list).key(name), value, "must be a valid resource quantity"));
    return false;
  };
  for (const name in status.capacity) checkAmount("capacity", name, status.capacity[name] as string);
  for (const name in status.allocatedResourceStatuses) {
    const list = where.child("allocatedResourceStatuses");
    checkResourceKey(errors, name, list);
    if (!resizeStates.includes(status.allocatedResourceStatuses[name] ?? "")) {
      errors.push(field.notSupported(list, name, [...resizeStates].sort()));
    }
  }
  for (const name in status.allocatedResources) {
    const quantity = status.allocatedResources[name] as string;
    if (!checkResourceKey(errors, name, where.child("allocatedResources"))) continue;
    if (checkAmount("allocatedResources", name, quantity)) {
      validateResourceQuantity(errors, "storage", quantity, where.child("allocatedResources").key(name));
    }
  }
  return errors;
}

/** Of the resources without a prefix of others, claims have storage only. */
function checkResourceKey(errors: Errors, name: string, where: FieldPath): boolean {
  const texts = isQualifiedName(name);
  complain(errors, where, name, texts);
  if (texts.length > 0) return false;
  if (!isNativeResource(name) || name === "storage") return true;
  errors.push(field.notSupported(where, name, ["storage"]));
  return false;
}

function setOrDelete<T, K extends keyof T>(object: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}
