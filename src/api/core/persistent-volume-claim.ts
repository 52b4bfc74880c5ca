import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { specDiff } from "../spec-diff.ts";
import type { Errors } from "../validation.ts";
import { accessModesText, storageClassText } from "./claim-columns.ts";
import { validateClaimSpec } from "./claim-validation.ts";
import { defaultClaimSpec } from "./pod-defaults.ts";
import { claimSpecWarnings } from "./pod-warnings.ts";
import { compareQuantities } from "./resource-list.ts";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "./v1.ts";

const at = path("spec");

export const persistentvolumeclaims = defineResource<PersistentVolumeClaim>("", "persistentvolumeclaims", {
  default(claim) {
    claim.spec ??= {};
    claim.status ??= {};
    claim.status.phase ||= "Pending";
    defaultClaimSpec(claim.spec);
  },
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
    if (claim.spec) syncDataSources(claim.spec);
  },
  prepareForUpdate(claim, _old, { subresource }) {
    if (subresource === "" && claim.spec) syncDataSources(claim.spec);
  },
  validate(claim) {
    const errors: Errors = [];
    validateClaimSpec(errors, claim.spec ?? {}, at);
    return errors;
  },
  validateUpdate: validateClaimUpdate,
  validateStatus(claim) {
    const errors: Errors = [];
    if (claim.status?.capacity) {
      for (const [name, quantity] of Object.entries(claim.status.capacity)) {
        if (compareQuantities(quantity, "0") < 0) {
          errors.push(field.invalid(path("status", "capacity").key(name), quantity, "must be greater than or equal to 0"));
        }
      }
    }
    return errors;
  },
  warnings: (claim) => claimSpecWarnings(claim.spec?.resources?.requests?.storage, "spec"),
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

/** The two fields that name a data source say the same, where both can. */
function syncDataSources(spec: PersistentVolumeClaimSpec): void {
  // The older field takes claims and snapshots only; upstream drops what else it names.
  if (spec.dataSource && !isClonable(spec.dataSource)) delete spec.dataSource;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = apiGroup === undefined ? { kind, name } : { apiGroup, kind, name };
  }
}

function isClonable({ apiGroup = "", kind }: NonNullable<PersistentVolumeClaimSpec["dataSource"]>): boolean {
  return (kind === "PersistentVolumeClaim" && apiGroup === "") || (kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io");
}

function validateClaimUpdate(claim: Readonly<PersistentVolumeClaim>, old: Readonly<PersistentVolumeClaim>): Errors {
  const errors: Errors = [];
  const spec: PersistentVolumeClaimSpec = claim.spec ?? {};
  const before: PersistentVolumeClaimSpec = old.spec ?? {};
  const rest: PersistentVolumeClaimSpec = { ...spec };
  // Binding sets the volume; an expansion raises the request of a bound claim.
  if (!before.volumeName && spec.volumeName) delete rest.volumeName;
  if (old.status?.phase === "Bound" && spec.resources?.requests && before.resources?.requests) {
    const storage = before.resources.requests.storage;
    const requests = { ...spec.resources.requests };
    if (storage === undefined) delete requests.storage;
    else requests.storage = storage;
    rest.resources = { ...spec.resources, requests };
  }
  if (before.volumeAttributesClassName === undefined) delete rest.volumeAttributesClassName;
  else rest.volumeAttributesClassName = before.volumeAttributesClassName;
  // A class may be given to a claim that was made before there was a default one.
  if (before.storageClassName === undefined && !before.volumeName) delete rest.storageClassName;
  if (!deepEqual(rest, before)) {
    const diff = specDiff(before, rest);
    errors.push(
      field.forbidden(
        at,
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${diff}`,
      ),
    );
  }
  const asked = spec.resources?.requests?.storage;
  const had = before.resources?.requests?.storage;
  if (old.status?.phase === "Bound" && asked !== undefined && had !== undefined && compareQuantities(asked, had) < 0) {
    const capacity = old.status.capacity?.storage;
    if (capacity === undefined || compareQuantities(asked, capacity) <= 0) {
      errors.push(field.forbidden(at.child("resources", "requests", "storage"), "field can not be less than status.capacity"));
    }
  }
  return errors;
}
