import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isQualifiedName, nameIsDNSLabel } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { Namespace } from "./v1.ts";

const finalizer = "kubernetes";
const standardFinalizers = new Set([finalizer, "orphan", "foregroundDeletion"]);
/** The label that every namespace has, so that selectors can name one. */
const namespaceNameLabel = "kubernetes.io/metadata.name";

export const namespaces = defineResource<Namespace>("", "namespaces", {
  updateChecks: (subresource) => (subresource === "finalize" ? ["metaUpdate", "update"] : ["meta", "kind", "metaUpdate", "update"]),
  default(namespace) {
    namespace.status ??= {};
    namespace.status.phase ||= "Active";
    const { name } = namespace.metadata;
    if (!name) return;
    namespace.metadata.labels ??= {};
    namespace.metadata.labels[namespaceNameLabel] = name;
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: "Active" };
    namespace.spec ??= {};
    const finalizers = namespace.spec.finalizers ?? [];
    namespace.spec.finalizers = finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer];
    // A generated name is known only now.
    if (namespace.metadata.name) {
      namespace.metadata.labels ??= {};
      namespace.metadata.labels[namespaceNameLabel] = namespace.metadata.name;
    }
  },
  prepareForUpdate(namespace, old, { subresource }) {
    if (subresource === "finalize") {
      if (old.status) namespace.status = old.status;
      return;
    }
    if (subresource === "status") return;
    // Only the finalize endpoint changes the finalizers of the spec.
    const { finalizers: _asked, ...spec } = namespace.spec ?? {};
    namespace.spec = old.spec?.finalizers === undefined ? spec : { ...spec, finalizers: old.spec.finalizers };
    if (old.status) namespace.status = old.status;
  },
  validateName: nameIsDNSLabel,
  validate(namespace) {
    const errors: Errors = [];
    for (const name of namespace.spec?.finalizers ?? []) validateFinalizer(errors, name, path("spec", "finalizers"));
    return errors;
  },
  validateUpdate(namespace, _old, { subresource }) {
    const errors: Errors = [];
    if (subresource !== "finalize") return errors;
    for (const [index, name] of (namespace.spec?.finalizers ?? []).entries()) {
      validateFinalizer(errors, name, path("spec", "finalizers").index(index));
    }
    return errors;
  },
  validateStatus(namespace, old) {
    const errors: Errors = [];
    const phase = namespace.status?.phase ?? "";
    if (namespace.metadata.deletionTimestamp === undefined) {
      if (phase !== "Active")
        errors.push(field.invalid(path("status", "Phase"), phase, "may only be 'Active' if `deletionTimestamp` is empty"));
    } else if (phase !== "Terminating") {
      errors.push(field.invalid(path("status", "Phase"), phase, "may only be 'Terminating' if `deletionTimestamp` is not empty"));
    }
    if (!deepEqual(namespace.spec ?? {}, old.spec ?? {})) errors.push(field.forbidden(path("spec"), "may not change"));
    return errors;
  },
  prepareForDelete(namespace) {
    namespace.status = { ...namespace.status, phase: "Terminating" };
  },
  hasPendingFinalizers: (namespace) => (namespace.spec?.finalizers?.length ?? 0) > 0,
  row: (namespace, { now }) => [namespace.metadata.name ?? "", namespace.status?.phase ?? "", age(namespace.metadata, now)],
  selectableFields: { "status.phase": (namespace) => namespace.status?.phase ?? "" },
  returnsDeletedObject: true,
  countsGenerations: false,
});

function validateFinalizer(errors: Errors, name: string, at: FieldPath): void {
  complain(errors, at, name, isQualifiedName(name));
  if (!name.includes("/") && !standardFinalizers.has(name)) {
    errors.push(field.invalid(at, name, "name is neither a standard finalizer name nor is it fully qualified"));
  }
}
