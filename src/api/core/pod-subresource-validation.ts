import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { specDiff } from "../spec-diff.ts";
import type { Errors } from "../validation.ts";
import { podQosClass } from "./pod-resources.ts";
import { validatePodSpec } from "./pod-spec-validation.ts";
import { sameQuantity } from "./resource-list.ts";
import type { Container, Pod, PodSpec } from "./v1.ts";

const specPath = path("spec");

/** Ephemeral containers can be added to a pod; those that are there stay as they are. */
export function validateEphemeralContainersUpdate(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const at = specPath.child("ephemeralContainers");
  validatePodSpec(errors, pod.spec ?? { containers: [] }, pod.metadata, true, specPath);
  const next = pod.spec?.ephemeralContainers ?? [];
  for (const container of old.spec?.ephemeralContainers ?? []) {
    const index = next.findIndex((candidate) => candidate.name === container.name);
    if (index < 0) errors.push(field.forbidden(at, `existing ephemeral containers "${container.name}" may not be removed\n`));
    else if (!deepEqual(next[index], container)) {
      const diff = specDiff("api/core/v1#EphemeralContainer", container, next[index]);
      errors.push(field.forbidden(at, `existing ephemeral containers "${container.name}" may not be changed\n${diff}`));
    }
  }
  return errors;
}

const resizable = new Set(["cpu", "memory"]);

/** Cpu and memory of running containers may change, within the pod's class of service. */
export function validateResize(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  validatePodSpec(errors, pod.spec ?? { containers: [] }, pod.metadata, true, specPath);
  if (podQosClass(pod.spec) !== (old.status?.qosClass ?? podQosClass(old.spec))) {
    const text = "Pod QOS Class may not change as a result of resizing";
    errors.push(field.invalid(specPath, old.status?.qosClass ?? "", text));
  }
  const spec: PodSpec = pod.spec ?? { containers: [] };
  for (const list of ["containers", "initContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const before = old.spec?.[list]?.[index];
      if (!before || deepEqual(before.resources, container.resources)) continue;
      if (list === "initContainers" && container.restartPolicy !== "Always") {
        errors.push(
          field.forbidden(specPath.child(list).index(index).child("resources"), "resources for non-sidecar init containers are immutable"),
        );
        continue;
      }
      validateResources(errors, container, before, list, index);
    }
  }
  return errors;
}

function validateResources(errors: Errors, next: Container, old: Container, list: string, index: number): void {
  for (const which of ["requests", "limits"] as const) {
    const after = next.resources?.[which] ?? {};
    const before = old.resources?.[which] ?? {};
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      const value = after[name];
      const was = before[name];
      if (value !== undefined && was !== undefined && sameQuantity(value, was)) continue;
      if (!resizable.has(name)) errors.push(field.forbidden(specPath, "only cpu and memory resources are mutable"));
      else if (value === undefined) {
        const at = specPath.child(list).index(index).child("resources", which);
        errors.push(field.forbidden(at, `resource ${which} cannot be removed`));
      }
    }
  }
}
