import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { nameIsDNSSubdomain, negativeText } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { compareQuantities } from "../core/resource-list.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { CSIStorageCapacity } from "./v1.ts";

export const csistoragecapacities = defineResource<CSIStorageCapacity>("storage.k8s.io", "csistoragecapacities", {
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  validate(object) {
    const errors: Errors = validateLabelSelector(object.nodeTopology, path("nodeTopology"));
    const storageClass = object.storageClassName ?? "";
    complain(errors, path("storageClassName"), storageClass, nameIsDNSSubdomain(storageClass, false));
    const { capacity } = object;
    if (capacity !== undefined && compareQuantities(capacity, "0") < 0)
      errors.push(field.invalid(path("capacity"), capacity, negativeText));
    return errors;
  },
  // What the driver was asked stays; what it answered may change.
  validateUpdate(object, old) {
    const errors: Errors = [];
    for (const name of ["nodeTopology", "storageClassName"] as const) {
      if (!deepEqual(object[name], old[name])) errors.push(field.invalid(path(name), object[name] ?? null, "field is immutable"));
    }
    return errors;
  },
  allowUnconditionalUpdate: false,
});
