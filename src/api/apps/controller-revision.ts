import { field, path } from "../../machinery/errors.ts";
import { controllerOf } from "../../machinery/object.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { type Errors, requireUnchanged } from "../validation.ts";
import type { ControllerRevision } from "./v1.ts";

export const controllerrevisions = defineResource<ControllerRevision>("apps", "controllerrevisions", {
  validate(revision) {
    const errors: Errors = [];
    if (revision.revision < 0) errors.push(field.invalid(path("revision"), revision.revision, "must be greater than or equal to 0"));
    if (revision.data === undefined) errors.push(field.required(path("data"), "data is mandatory"));
    return errors;
  },
  validateUpdate(revision, old) {
    const errors: Errors = [];
    requireUnchanged(errors, revision.data, old.data, path("data"));
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
