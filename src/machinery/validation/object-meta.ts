import type { FieldError, FieldPath } from "../errors.ts";
import { field } from "../errors.ts";
import type { ObjectMeta, OwnerReference } from "../meta/v1.ts";
import { parseApiVersion } from "../resource-ref.ts";
import { validateLabels } from "./labels.ts";
import { isQualifiedName, type NameRule, nameIsDNSLabel, negativeText, utf8Length } from "./names.ts";

/** Keys and values of all annotations together. */
export const totalAnnotationSizeLimit = 256 * 1024;

export const immutableText = "field is immutable";

const orphanFinalizer = "orphan";
const foregroundFinalizer = "foregroundDeletion";

/** Checks the metadata of a new object. The name has been generated before, where one had to be. */
export function validateObjectMeta(
  meta: Readonly<ObjectMeta>,
  options: { namespaced: boolean; nameRule: NameRule },
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const { nameRule } = options;
  if (meta.generateName) {
    for (const text of nameRule(meta.generateName, true)) errors.push(field.invalid(path.child("generateName"), meta.generateName, text));
  }
  if (!meta.name) errors.push(field.required(path.child("name"), "name or generateName is required"));
  else for (const text of nameRule(meta.name, false)) errors.push(field.invalid(path.child("name"), meta.name, text));

  if (options.namespaced) {
    if (!meta.namespace) errors.push(field.required(path.child("namespace")));
    else
      for (const text of nameIsDNSLabel(meta.namespace, false)) errors.push(field.invalid(path.child("namespace"), meta.namespace, text));
  } else if (meta.namespace) {
    errors.push(field.forbidden(path.child("namespace"), "not allowed on this type"));
  }
  if (meta.generation !== undefined) errors.push(...validateNonnegative(meta.generation, () => path.child("generation")));
  if (meta.labels) errors.push(...validateLabels(meta.labels, path.child("labels")));
  if (meta.annotations) errors.push(...validateAnnotations(meta.annotations, path.child("annotations")));
  if (meta.ownerReferences) errors.push(...validateOwnerReferences(meta.ownerReferences, path.child("ownerReferences")));
  if (meta.finalizers) errors.push(...validateFinalizers(meta.finalizers, path.child("finalizers")));
  return errors;
}

/** Checks the metadata of a changed object against what it was, beside `validateObjectMeta`. */
export function validateObjectMetaUpdate(meta: Readonly<ObjectMeta>, old: Readonly<ObjectMeta>, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
    if (added.length > 0) {
      const list = [...new Set(added)].sort().map((name) => JSON.stringify(name));
      errors.push(
        field.forbidden(
          path.child("finalizers"),
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list.join(", ")}}`,
        ),
      );
    }
  }
  if (!meta.resourceVersion) errors.push(field.invalid(path.child("resourceVersion"), "", "must be specified for an update"));
  const generation = meta.generation ?? 0;
  if (generation < (old.generation ?? 0)) errors.push(field.invalid(path.child("generation"), generation, "must not be decremented"));
  for (const name of ["name", "namespace", "uid"] as const) {
    const value = meta[name] ?? "";
    if (value !== (old[name] ?? "")) errors.push(field.invalid(path.child(name), value, immutableText));
  }
  for (const name of ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    const value = meta[name] ?? null;
    if (value !== (old[name] ?? null)) errors.push(field.invalid(path.child(name), value, immutableText));
  }
  if (meta.labels) errors.push(...validateLabels(meta.labels, path.child("labels")));
  if (meta.annotations) errors.push(...validateAnnotations(meta.annotations, path.child("annotations")));
  if (meta.ownerReferences) errors.push(...validateOwnerReferences(meta.ownerReferences, path.child("ownerReferences")));
  return errors;
}

/** Keys are compared to the rule in lower case: annotations don't mind theirs. */
export function validateAnnotations(annotations: Readonly<Record<string, string>>, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key in annotations) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(field.invalid(path, key, text));
    const value = annotations[key]!;
    size += key.length + value.length;
  }
  // A character is at most three bytes per UTF-16 unit: count bytes only near the limit.
  if (size * 3 > totalAnnotationSizeLimit && annotationSize(annotations) > totalAnnotationSizeLimit) {
    errors.push(field.tooLong(path, totalAnnotationSizeLimit));
  }
  return errors;
}

function annotationSize(annotations: Readonly<Record<string, string>>): number {
  let size = 0;
  for (const key in annotations) size += utf8Length(key) + utf8Length(annotations[key]!);
  return size;
}

function validateOwnerReferences(owners: readonly OwnerReference[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let firstController = "";
  for (const owner of owners) {
    const apiVersion = owner.apiVersion ?? "";
    const { group, version } = parseApiVersion(apiVersion);
    if (version === "" || apiVersion.split("/").length > 2)
      errors.push(field.invalid(path.child("apiVersion"), apiVersion, "version must not be empty"));
    for (const name of ["kind", "name", "uid"] as const) {
      if (!owner[name]) errors.push(field.invalid(path.child(name), owner[name] ?? "", "must not be empty"));
    }
    if (group === "" && version === "v1" && owner.kind === "Event") {
      errors.push(field.invalid(path, inOrder(owner), "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (owner.controller === true) {
      const name = `${owner.kind}/${owner.name}`;
      if (firstController === "") firstController = name;
      else {
        errors.push(
          field.invalid(
            path,
            owners.map(inOrder),
            `Only one reference can have Controller set to true. Found "true" in references for ${firstController} and ${name}`,
          ),
        );
      }
    }
  }
  return errors;
}

/** The fields in upstream's order. */
function inOrder(owner: OwnerReference): OwnerReference {
  const { apiVersion, kind, name, uid, ...rest } = owner;
  const { controller, blockOwnerDeletion } = rest;
  return {
    apiVersion,
    kind,
    name,
    uid,
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  };
}

function validateFinalizers(finalizers: readonly string[], path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of finalizers) for (const text of isQualifiedName(name)) errors.push(field.invalid(path, name, text));
  if (finalizers.includes(orphanFinalizer) && finalizers.includes(foregroundFinalizer)) {
    errors.push(field.invalid(path, finalizers, `finalizer ${orphanFinalizer} and ${foregroundFinalizer} cannot be both set`));
  }
  return errors;
}

function validateNonnegative(value: number, path: () => FieldPath): FieldError[] {
  return value < 0 ? [field.invalid(path(), value, negativeText)] : [];
}
