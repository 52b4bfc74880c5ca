import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isQualifiedName } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { StorageClass } from "./v1.ts";

/** The annotation that makes a class the one of claims that name none. */
export const defaultClassAnnotation = "storageclass.kubernetes.io/is-default-class";
const betaDefaultAnnotation = "storageclass.beta.kubernetes.io/is-default-class";

export function isDefaultClass(storageClass: Readonly<StorageClass>): boolean {
  const annotations = storageClass.metadata.annotations;
  return annotations?.[defaultClassAnnotation] === "true" || annotations?.[betaDefaultAnnotation] === "true";
}

export const storageclasses = defineResource<StorageClass>("storage.k8s.io", "storageclasses", {
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  default(storageClass) {
    storageClass.reclaimPolicy ??= "Delete";
    storageClass.volumeBindingMode ??= "Immediate";
  },
  validate(storageClass) {
    const errors: Errors = [];
    const { provisioner = "", reclaimPolicy, volumeBindingMode, parameters } = storageClass;
    if (provisioner === "") errors.push(field.required(path("provisioner")));
    else complain(errors, path("provisioner"), provisioner.toLowerCase(), isQualifiedName(provisioner.toLowerCase()));
    for (const key in parameters) if (key === "") errors.push(field.invalid(path("parameters"), key, "field can not be empty."));
    if (reclaimPolicy !== undefined && !["Delete", "Retain"].includes(reclaimPolicy)) {
      errors.push(field.notSupported(path("reclaimPolicy"), reclaimPolicy, ["Delete", "Retain"]));
    }
    if (volumeBindingMode === undefined) errors.push(field.required(path("volumeBindingMode")));
    else if (!["Immediate", "WaitForFirstConsumer"].includes(volumeBindingMode)) {
      errors.push(field.notSupported(path("volumeBindingMode"), volumeBindingMode, ["Immediate", "WaitForFirstConsumer"]));
    }
    return errors;
  },
  validateUpdate(storageClass, old) {
    const errors: Errors = [];
    for (const name of ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] as const) {
      if (!deepEqual(storageClass[name] ?? {}, old[name] ?? {})) {
        errors.push(field.invalid(path(name), storageClass[name] ?? null, "field is immutable"));
      }
    }
    return errors;
  },
  row: (storageClass, { now }) => [
    isDefaultClass(storageClass) ? `${storageClass.metadata.name} (default)` : (storageClass.metadata.name ?? ""),
    storageClass.provisioner,
    storageClass.reclaimPolicy ?? "Delete",
    storageClass.volumeBindingMode ?? "Immediate",
    storageClass.allowVolumeExpansion ?? false,
    age(storageClass.metadata, now),
  ],
  returnsDeletedObject: true,
});
