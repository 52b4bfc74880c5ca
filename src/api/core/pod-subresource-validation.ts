import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { specDiff } from "../spec-diff.ts";
import type { Errors } from "../validation.ts";
import { podQosClass } from "./pod-resources.ts";
import { validatePodSpec } from "./pod-spec-validation.ts";
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

const resizable = ["cpu", "memory"];
const lists = ["containers", "initContainers"] as const;

/** Cpu and memory of containers may change, within the pod's class of service. */
export function validateResize(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const before: PodSpec = old.spec ?? { containers: [] };
  validatePodSpec(errors, spec, pod.metadata, true, specPath);
  for (const list of lists) {
    if ((spec[list]?.length ?? 0) === (before[list]?.length ?? 0)) continue;
    errors.push(field.forbidden(specPath.child(list), `${list} may not be added or removed on resize`));
    return errors;
  }
  if (podQosClass(spec) !== (old.status?.qosClass ?? podQosClass(before))) {
    const text = "Pod QOS Class may not change as a result of resizing";
    errors.push(field.invalid(specPath, old.status?.qosClass ?? "", text));
  }
  const rest: PodSpec = { ...spec };
  if (before.resources === undefined) delete rest.resources;
  else rest.resources = before.resources;
  for (const list of lists) {
    const containers = spec[list];
    if (!containers) continue;
    rest[list] = containers.map((container, index) => {
      const was = before[list]?.[index] as Container;
      forbidRemoval(errors, container, was, list, index);
      return withSizesOf(container, was);
    });
  }
  if (!deepEqual(rest, before)) errors.push(field.forbidden(specPath, "only cpu and memory resources are mutable"));
  return errors;
}

function forbidRemoval(errors: Errors, next: Container, old: Container, list: string, index: number): void {
  for (const which of ["requests", "limits"] as const) {
    for (const name of resizable) {
      if (old.resources?.[which]?.[name] === undefined || next.resources?.[which]?.[name] !== undefined) continue;
      errors.push(field.forbidden(specPath.child(list).index(index).child("resources", which), `resource ${which} cannot be removed`));
    }
  }
}

/** The container with the cpu and memory that it had: what is different still may not change. */
function withSizesOf(next: Container, old: Container): Container {
  const resources = { ...next.resources };
  for (const which of ["requests", "limits"] as const) {
    const amounts = { ...resources[which] };
    for (const name of resizable) {
      const was = old.resources?.[which]?.[name];
      if (was === undefined) delete amounts[name];
      else amounts[name] = was;
    }
    if (Object.keys(amounts).length > 0) resources[which] = amounts;
    else delete resources[which];
  }
  if (old.resources?.claims) resources.claims = old.resources.claims;
  else delete resources.claims;
  return { ...next, resources };
}
