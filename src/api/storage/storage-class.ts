import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { validateLabelName } from "../../machinery/validation/labels.ts";
import { age } from "../columns.ts";
import { deprecatedNodeLabels } from "../core/deprecations.ts";
import type { TopologySelectorTerm } from "../core/v1.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import type { Errors } from "../validation.ts";
import { validateParameters, validateProvisioner } from "./parameters.ts";
import type { StorageClass } from "./v1.ts";

/** The annotation that makes a class the one of claims that name none. */
const defaultClassAnnotation = "storageclass.kubernetes.io/is-default-class";
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
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, index) =>
      matchLabelExpressions.flatMap(({ key }, place) => {
        const text = deprecatedNodeLabels[key];
        return text ? [`allowedTopologies[${index}].matchLabelExpressions[${place}].key: ${text}`] : [];
      }),
    ),
  validate(storageClass) {
    const errors: Errors = [];
    const { reclaimPolicy, volumeBindingMode } = storageClass;
    validateProvisioner(errors, storageClass.provisioner, path("provisioner"));
    validateParameters(errors, storageClass.parameters, path("parameters"));
    if (reclaimPolicy && !["Delete", "Retain"].includes(reclaimPolicy)) {
      errors.push(field.notSupported(path("reclaimPolicy"), reclaimPolicy, ["Delete", "Retain"]));
    }
    if (volumeBindingMode === undefined) errors.push(field.required(path("volumeBindingMode")));
    else if (!["Immediate", "WaitForFirstConsumer"].includes(volumeBindingMode)) {
      errors.push(field.notSupported(path("volumeBindingMode"), volumeBindingMode, ["Immediate", "WaitForFirstConsumer"]));
    }
    validateTopologies(errors, storageClass.allowedTopologies ?? []);
    return errors;
  },
  validateUpdate(storageClass, old) {
    const errors: Errors = [];
    if (!deepEqual(storageClass.parameters ?? {}, old.parameters ?? {})) {
      errors.push(field.invalid(path("parameters"), internalForm("{}s", storageClass.parameters), "field is immutable"));
    }
    for (const name of ["provisioner", "reclaimPolicy", "volumeBindingMode"] as const) {
      if (storageClass[name] !== old[name]) {
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

function validateTopologies(errors: Errors, terms: readonly TopologySelectorTerm[]): void {
  // Upstream compares with as many empty terms as there are terms.
  const seen: Record<string, string[]>[] = terms.map(() => ({}));
  for (const [index, term] of terms.entries()) {
    const at = path("allowedTopologies").index(index).child("matchLabelExpressions");
    const keys: Record<string, string[]> = {};
    for (const [position, { key = "", values }] of (term.matchLabelExpressions ?? []).entries()) {
      const one = at.index(position);
      const unique = new Set<string>();
      if (!values?.length) errors.push(field.required(one.child("values")));
      for (const [valueIndex, value] of (values ?? []).entries()) {
        if (unique.has(value)) errors.push(field.duplicate(one.child("values").index(valueIndex), value));
        unique.add(value);
      }
      errors.push(...validateLabelName(key, one.child("key")));
      if (keys[key]) errors.push(field.duplicate(one.child("key"), key));
      keys[key] = [...unique].sort();
    }
    for (const other of seen) if (deepEqual(keys, other)) errors.push(field.duplicate(at, ""));
    seen.push(keys);
  }
}
