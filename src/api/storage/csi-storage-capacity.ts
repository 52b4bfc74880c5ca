import { field, path } from "../../machinery/errors.ts";
import { nameIsDNSSubdomain, negativeText } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { compareQuantities } from "../core/resource-list.ts";
import { defineResource } from "../define-resource.ts";
import { requireSame, selectorForm } from "../internal-form.ts";
import { complain, type Errors, requireUnchanged } from "../validation.ts";
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
    requireSame(errors, selectorForm, object.nodeTopology, old.nodeTopology, path("nodeTopology"));
    requireUnchanged(errors, object.storageClassName ?? "", old.storageClassName ?? "", path("storageClassName"));
    return errors;
  },
  allowUnconditionalUpdate: false,
});
