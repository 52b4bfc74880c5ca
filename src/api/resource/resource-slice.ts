import { timestamp } from "../../machinery/clock.ts";
import { path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { defineResource } from "../define-resource.ts";
import { validateSlice } from "./slice-validation.ts";
import type { ResourceSlice } from "./v1.ts";

const driverPath = path("spec", "driver");

export const resourceslices = defineResource<ResourceSlice>("resource.k8s.io", "resourceslices", {
  updateChecks: ["metaUpdate", "kind"],
  default(slice, clock) {
    slice.spec ??= {} as ResourceSlice["spec"];
    slice.spec.pool ??= {} as ResourceSlice["spec"]["pool"];
    if (clock) for (const { taints } of slice.spec.devices ?? []) for (const taint of taints ?? []) taint.timeAdded ??= timestamp(clock);
  },
  prepareForCreate: dropDisabledFields,
  prepareForUpdate(slice, old) {
    // What is dropped counts as a change.
    if (!deepEqual(slice.spec, old.spec)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    dropDisabledFields(slice, old);
  },
  validate: (slice) => validateSlice(slice, undefined),
  validateChange: validateSlice,
  warnings({ spec: { driver = "" } }) {
    if (driver === driver.toLowerCase()) return [];
    return [`${driverPath}: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
  },
  returnsDeletedObject: true,
  countsGenerations: true,
  selectableFields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.driver": ({ spec }) => spec.driver,
  },
  unsupportedField: (name) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${name}`,
});

const listAttributes = ["bools", "ints", "strings", "versions"] as const;

/** Fields of features that are off. They stay where they are as they were. */
function dropDisabledFields(slice: ResourceSlice, old?: unknown): void {
  const before = (old as Partial<ResourceSlice> | undefined)?.spec?.devices ?? [];
  const hadMappings = before.some((device) => device.nodeAllocatableResourceMappings !== undefined);
  const hadLists = before.some((device) =>
    Object.values(device.attributes ?? {}).some((attribute) => listAttributes.some((name) => attribute[name] !== undefined)),
  );
  for (const device of slice.spec.devices ?? []) {
    if (!hadMappings) delete device.nodeAllocatableResourceMappings;
    if (hadLists) continue;
    for (const attribute of Object.values(device.attributes ?? {})) for (const name of listAttributes) delete attribute[name];
  }
}
