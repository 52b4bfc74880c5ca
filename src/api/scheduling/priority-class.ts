import { field, path } from "../../machinery/errors.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import type { PriorityClass } from "./v1.ts";

const highestUserPriority = 1000000000;
const systemPrefix = "system-";

/** The classes that every cluster has, for its own parts. */
const systemPriorityClasses: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2000000000,
  "system-node-critical": 2000001000,
};

export const priorityclasses = defineResource<PriorityClass>("scheduling.k8s.io", "priorityclasses", {
  updateChecks: ["metaUpdate", "update"],
  default(priorityClass) {
    priorityClass.preemptionPolicy ??= "PreemptLowerPriority";
    priorityClass.value ??= 0;
  },
  prepareForCreate(priorityClass) {
    priorityClass.metadata.generation = 1;
  },
  validate(priorityClass) {
    const errors: Errors = [];
    const { name = "" } = priorityClass.metadata;
    const value = priorityClass.value ?? 0;
    if (name.startsWith(systemPrefix)) {
      if (systemPriorityClasses[name] !== value) {
        const text = "priority class names with 'system-' prefix are reserved for system use only. error: ";
        const why =
          systemPriorityClasses[name] === undefined
            ? `${name} is not a known system priority class`
            : `value of ${name} PriorityClass must be ${systemPriorityClasses[name]}`;
        errors.push(field.forbidden(path("metadata", "name"), text + why));
      }
    } else if (value > highestUserPriority) {
      errors.push(field.forbidden(path("value"), `maximum allowed value of a user defined priority is ${highestUserPriority}`));
    }
    const policy = priorityClass.preemptionPolicy;
    if (policy !== undefined && policy !== "Never" && policy !== "PreemptLowerPriority") {
      if (policy === "") errors.push(field.required(path("preemptionPolicy")));
      else errors.push(field.notSupported(path("preemptionPolicy"), policy, ["PreemptLowerPriority", "Never"]));
    }
    return errors;
  },
  validateUpdate(priorityClass, old) {
    const errors: Errors = [];
    if (priorityClass.value !== old.value) errors.push(field.forbidden(path("value"), "may not be changed in an update."));
    if (priorityClass.preemptionPolicy !== old.preemptionPolicy) {
      errors.push(field.invalid(path("preemptionPolicy"), priorityClass.preemptionPolicy ?? null, "field is immutable"));
    }
    return errors;
  },
  refusesDeletion: (name) =>
    Object.hasOwn(systemPriorityClasses, name) ? "this is a system priority class and cannot be deleted" : undefined,
  row: (priorityClass, { now }) => [
    priorityClass.metadata.name ?? "",
    priorityClass.value ?? 0,
    priorityClass.globalDefault ?? false,
    age(priorityClass.metadata, now),
    priorityClass.preemptionPolicy ?? "",
  ],
});
