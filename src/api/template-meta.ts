import { type FieldPath, field } from "../machinery/errors.ts";
import type { ObjectMeta } from "../machinery/meta/v1.ts";
import { validateLabels } from "../machinery/validation/labels.ts";
import { validateAnnotations } from "../machinery/validation/object-meta.ts";
import type { Errors } from "./validation.ts";

/** What the metadata of a claim's template has no place for. */
const metadataFields = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
  "finalizers",
  "managedFields",
] as const;

/** Of the metadata of what is made from a template: labels and annotations alone are taken over. */
export function validateTemplateMeta(errors: Errors, metadata: Readonly<ObjectMeta> | undefined, path: FieldPath): void {
  if (!metadata) return;
  if (metadata.annotations) errors.push(...validateAnnotations(metadata.annotations, path.child("annotations")));
  if (metadata.labels) errors.push(...validateLabels(metadata.labels, path.child("labels")));
  // In the order in which upstream's type has them.
  for (const name of metadataFields) {
    const value = metadata[name];
    if (value || (name === "deletionGracePeriodSeconds" && value !== undefined))
      errors.push(field.forbidden(path.child(name === "uid" ? "uID" : name), "cannot be set"));
  }
}
