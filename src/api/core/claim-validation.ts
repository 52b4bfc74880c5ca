import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isDNS1123Label, isDNS1123Subdomain, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { complain, type Errors } from "../validation.ts";
import { compareQuantities } from "./resource-list.ts";
import type { PersistentVolumeClaimSpec } from "./v1.ts";

export const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** `old`: of a claim that is changed. One that named a group may name anything as one. */
export function validateClaimSpec(
  errors: Errors,
  spec: Readonly<PersistentVolumeClaimSpec>,
  path: FieldPath,
  old?: Readonly<PersistentVolumeClaimSpec>,
): void {
  const modes: readonly string[] = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(field.required(path.child("accessModes"), "at least 1 access mode is required"));
  if (spec.selector) errors.push(...validateLabelSelector(spec.selector, path.child("selector")));
  validateAccessModes(errors, modes, path.child("accessModes"));
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) errors.push(field.required(path.child("resources").key("storage")));
  else if (compareQuantities(storage, "0") <= 0) {
    errors.push(field.invalid(path.child("resources").key("storage"), storage, "must be greater than zero"));
  }
  if (spec.storageClassName) {
    complain(errors, path.child("storageClassName"), spec.storageClassName, nameIsDNSSubdomain(spec.storageClassName, false));
  }
  if (spec.volumeMode !== undefined && spec.volumeMode !== "Block" && spec.volumeMode !== "Filesystem") {
    errors.push(field.notSupported(path.child("volumeMode"), spec.volumeMode, ["Block", "Filesystem"]));
  }
  const takesAnyGroup = [old?.dataSource, old?.dataSourceRef].some((source) => typeof source?.apiGroup === "string");
  validateDataSources(errors, spec, path, takesAnyGroup);
  if (spec.volumeAttributesClassName) {
    const name = spec.volumeAttributesClassName;
    complain(errors, path.child("volumeAttributesClassName"), name, nameIsDNSSubdomain(name, false));
  }
}

function validateDataSources(errors: Errors, spec: Readonly<PersistentVolumeClaimSpec>, path: FieldPath, takesAnyGroup: boolean): void {
  const { dataSource, dataSourceRef } = spec;
  for (const name of ["dataSource", "dataSourceRef"] as const) {
    const source = spec[name];
    if (!source) continue;
    const at = path.child(name);
    if (!source.name) errors.push(field.required(at.child("name")));
    if (!source.kind) errors.push(field.required(at.child("kind")));
    if (!source.apiGroup && source.kind !== "PersistentVolumeClaim") {
      errors.push(field.invalid(at, source.kind ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
    }
    if (source.apiGroup && !takesAnyGroup) complain(errors, at.child("apiGroup"), source.apiGroup, isDNS1123Subdomain(source.apiGroup));
  }
  const namespace = dataSourceRef?.namespace;
  if (namespace) complain(errors, path.child("dataSourceRef", "namespace"), namespace, isDNS1123Label(namespace));
  if (!dataSource || !dataSourceRef) return;
  // Upstream shows an empty value.
  if (namespace) errors.push(field.invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified"));
  else {
    const named = (["kind", "name"] as const).every((key) => (dataSource[key] ?? "") === (dataSourceRef[key] ?? ""));
    const same = named && (dataSource.apiGroup ?? undefined) === (dataSourceRef.apiGroup ?? undefined);
    if (!same) errors.push(field.invalid(path, {}, "must match dataSourceRef"));
  }
}

export function validateAccessModes(errors: Errors, modes: readonly string[], path: FieldPath): void {
  for (const mode of modes) if (!accessModes.includes(mode)) errors.push(field.notSupported(path, mode, accessModes));
  if (modes.includes("ReadWriteOncePod") && modes.some((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode))) {
    errors.push(field.forbidden(path, "may not use ReadWriteOncePod with other access modes"));
  }
}
