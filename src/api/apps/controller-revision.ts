import { FieldPath, field, path } from "../../machinery/errors.ts";
import { controllerOf } from "../../machinery/object.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { type Errors, requireNonNegative, requireUnchanged } from "../validation.ts";
import type { ControllerRevision } from "./v1.ts";

export const controllerrevisions = defineResource<ControllerRevision>("apps", "controllerrevisions", {
  emptyObject: { data: null },
  updateChecks: ["metaUpdate", "meta", "kind"],
  validate(revision) {
    const errors = revisionErrors(revision);
    const data: unknown = revision.data;
    if (data === undefined || data === null) errors.push(field.required(path("data"), "data is mandatory"));
    else if (typeof data !== "object" || Array.isArray(data)) errors.push(field.required(path("data"), "data must be a valid JSON object"));
    return errors;
  },
  validateChange(revision, old) {
    const errors = revisionErrors(revision);
    requireUnchanged(errors, revision.data ?? null, old.data ?? null, path("data"));
    return errors;
  },
  row(revision, { now }) {
    const owner = controllerOf(revision as ControllerRevision);
    const slash = owner?.apiVersion.indexOf("/") ?? -1;
    const group = owner && slash > 0 ? `.${owner.apiVersion.slice(0, slash)}` : "";
    return [
      revision.metadata.name ?? "",
      owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : "<none>",
      revision.revision ?? 0,
      age(revision.metadata, now),
    ];
  },
});

function revisionErrors({ revision }: Readonly<ControllerRevision>): Errors {
  const errors: Errors = [];
  requireNonNegative(errors, revision, new FieldPath(""), "revision");
  return errors;
}
