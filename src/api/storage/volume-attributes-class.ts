import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import { validateParameters, validateProvisioner } from "./parameters.ts";
import type { VolumeAttributesClass } from "./v1.ts";

const at = path("parameters");

export const volumeattributesclasses = defineResource<VolumeAttributesClass>("storage.k8s.io", "volumeattributesclasses", {
  updateChecks: ["metaUpdate", "update", "meta", "kind"],
  validate(attributes) {
    const errors: Errors = [];
    validateProvisioner(errors, attributes.driverName, path("driverName"));
    validateParameters(errors, attributes.parameters, at);
    if (Object.keys(attributes.parameters ?? {}).length === 0) {
      errors.push(field.required(at, "must contain at least one key/value pair"));
    }
    return errors;
  },
  validateUpdate(attributes, old) {
    const errors: Errors = [];
    for (const name of ["driverName", "parameters"] as const) {
      if (!deepEqual(attributes[name], old[name])) errors.push(field.forbidden(path(name), `updates to ${name} are forbidden.`));
    }
    return errors;
  },
  returnsDeletedObject: true,
});
