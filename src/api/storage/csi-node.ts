import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isQualifiedName } from "../../machinery/validation/names.ts";
import { validateDriverName } from "../core/volume-source-validation.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors, requireNonNegative } from "../validation.ts";
import type { CSINode, CSINodeDriver } from "./v1.ts";

const list = path("spec", "drivers");
const maxNodeIdLength = 256;

export const csinodes = defineResource<CSINode>("storage.k8s.io", "csinodes", {
  updateChecks: ["meta", "kind", "update"],
  validate(node) {
    const errors: Errors = [];
    const names = new Set<string>();
    for (const [index, driver] of (node.spec?.drivers ?? []).entries()) validateDriver(errors, driver, names, list.index(index));
    return errors;
  },
  validateUpdate(node, old) {
    const errors: Errors = [];
    // What a driver said of itself stays, but for how many volumes it takes.
    for (const before of old.spec?.drivers ?? []) {
      for (const driver of node.spec?.drivers ?? []) {
        if (driver.name !== before.name || deepEqual(fixedPart(driver), fixedPart(before))) continue;
        errors.push(field.invalid(list, shown(driver), "field is immutable"));
      }
    }
    return errors;
  },
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
});

function fixedPart({ allocatable: _, ...rest }: CSINodeDriver): Omit<CSINodeDriver, "allocatable"> {
  return rest;
}

/** As upstream's messages show a driver. */
function shown({ name = "", nodeID = "", topologyKeys }: CSINodeDriver): unknown {
  return { Name: name, NodeID: nodeID, TopologyKeys: topologyKeys ?? null, Allocatable: null };
}

function validateDriver(errors: Errors, driver: CSINodeDriver, names: Set<string>, at: FieldPath): void {
  validateDriverName(errors, driver.name, at.child("name"));
  const id = driver.nodeID ?? "";
  if (id === "") errors.push(field.required(at.child("nodeID")));
  if (id.length > maxNodeIdLength) errors.push(field.invalid(at.child("nodeID"), id, `must be ${maxNodeIdLength} characters or less`));
  requireNonNegative(errors, driver.allocatable?.count, at.child("allocatable"), "count");
  const name = driver.name ?? "";
  if (names.has(name)) errors.push(field.duplicate(at.child("name"), name));
  names.add(name);
  const keys = new Set<string>();
  for (const key of driver.topologyKeys ?? []) {
    if (key === "") errors.push(field.required(at));
    if (keys.has(key)) errors.push(field.duplicate(at, key));
    keys.add(key);
    complain(errors, at, key, isQualifiedName(key));
  }
}
