import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { internalForm } from "../internal-form.ts";
import { specDiff } from "../spec-diff.ts";
import type { Errors } from "../validation.ts";
import { mirrorAnnotation } from "./pod-annotations.ts";
import { podQosClass, toldQosClass } from "./pod-resources.ts";
import { validatePodSpec } from "./pod-spec-validation.ts";
import type { Container, EphemeralContainer, Pod, PodSpec } from "./v1.ts";

const specPath = path("spec");
const ephemeralForm = "api/core/v1#EphemeralContainer";

/** Ephemeral containers can be added to a pod; those that are there stay as they are. */
export function validateEphemeralContainersUpdate(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    return [field.forbidden(root, "static pods do not support ephemeral containers")];
  }
  const errors: Errors = [];
  const at = specPath.child("ephemeralContainers");
  validatePodSpec(errors, pod.spec ?? { containers: [] }, pod.metadata, true, specPath);
  const next = pod.spec?.ephemeralContainers ?? [];
  for (const container of old.spec?.ephemeralContainers ?? []) {
    const index = next.findIndex((candidate) => candidate.name === container.name);
    if (index < 0) errors.push(field.forbidden(at, `existing ephemeral containers "${container.name}" may not be removed\n`));
    else if (!isSame(next[index], container)) {
      const diff = specDiff(ephemeralForm, container, next[index]);
      errors.push(field.forbidden(at, `existing ephemeral containers "${container.name}" may not be changed\n${diff}`));
    }
  }
  return errors;
}

/** What was sent may have empty lists and maps, which equal none. */
function isSame(next: EphemeralContainer | undefined, old: EphemeralContainer): boolean {
  return deepEqual(next, old) || deepEqual(emptyAsNull(internalForm(ephemeralForm, next)), emptyAsNull(internalForm(ephemeralForm, old)));
}

function emptyAsNull(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Object.keys(value).length === 0) return null;
  if (Array.isArray(value)) return value.map(emptyAsNull);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, emptyAsNull(inner)]));
}

/** The path of the object as a whole. */
const root = "[]";
const resizable = ["cpu", "memory"];
const lists = ["containers", "initContainers"] as const;

/** Cpu and memory of containers and of the pod as a whole may change, within the pod's class of service. */
export function validateResize(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const before: PodSpec = old.spec ?? { containers: [] };
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return [field.forbidden(root, "static pods cannot be resized")];
  if (before.os?.name === "windows") return [field.forbidden(root, "windows pods cannot be resized")];
  validatePodSpec(errors, spec, pod.metadata, true, specPath);
  if (podQosClass(spec) !== toldQosClass(old)) {
    const text = "Pod QOS Class may not change as a result of resizing";
    errors.push(field.invalid(specPath, old.status?.qosClass ?? "", text));
  }
  // Nodes that can resize tell the resources of what runs.
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) errors.push(field.forbidden(specPath, "Pod running on node without support for resize"));
  const others = lists.flatMap((list) => otherContainers(list, spec[list] ?? [], before[list] ?? []));
  if (others.length > 0) return [...errors, ...others];
  for (const list of lists) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const at = specPath.child(list).index(index).child("resources");
      forbidRemoval(errors, container.resources, before[list]?.[index]?.resources, at, "");
    }
  }
  const ofPod = specPath.child("resources");
  if (before.resources && !spec.resources) {
    errors.push(field.forbidden(ofPod, "pod-level resources cannot be removed"));
  } else forbidRemoval(errors, spec.resources, before.resources, ofPod, "pod-level ");
  if (!isSameButSizes(spec.resources, before.resources)) {
    errors.push(field.forbidden(specPath, "only cpu and memory resources are mutable at pod-level"));
  }
  for (const list of lists) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const was = before[list]?.[index] as Container;
      const { resources, ...rest } = container;
      const { resources: resourcesBefore, ...restBefore } = was;
      if (isSameButSizes(resources, resourcesBefore) && deepEqual(rest, restBefore)) continue;
      errors.push(
        list === "containers"
          ? field.forbidden(specPath, "only cpu and memory resources are mutable")
          : field.forbidden(specPath.child(list).index(index), "only cpu and memory resources for init or sidecar containers are mutable"),
      );
    }
  }
  // Upstream tells an empty one from none here.
  if (!before.resources && spec.resources && Object.keys(spec.resources).length === 0) {
    errors.push(field.forbidden(specPath, "only cpu and memory resources are mutable"));
  }
  return errors;
}

/** Whether resources are the same but for amounts of cpu and memory. */
function isSameButSizes(next: Resources, old: Resources): boolean {
  return next === undefined || deepEqual(withSizesOf(next, old), withSizesOf(old, old));
}

function otherContainers(list: string, containers: readonly Container[], before: readonly Container[]): Errors {
  const at = specPath.child(list);
  if (containers.length !== before.length) return [field.forbidden(at, `${list} may not be added or removed on resize`)];
  const text = `${list} may not be renamed or reordered on resize`;
  return containers.flatMap(({ name }, index) =>
    name === before[index]?.name ? [] : [field.forbidden(at.index(index).child("name"), text)],
  );
}

type Resources = Container["resources"];

function forbidRemoval(errors: Errors, next: Resources, old: Resources, at: FieldPath, what: string): void {
  for (const which of ["requests", "limits"] as const) {
    const removed = Object.keys(old?.[which] ?? {}).some((name) => next?.[which]?.[name] === undefined);
    if (removed) errors.push(field.forbidden(at.child(which), `${what}resource ${which} cannot be removed`));
  }
}

/** The resources with the cpu and memory that were: what is different still may not change. */
function withSizesOf(next: Resources, old: Resources): NonNullable<Resources> {
  const resources = { ...next };
  for (const which of ["requests", "limits"] as const) {
    const amounts = { ...resources[which] };
    for (const name of resizable) {
      const was = old?.[which]?.[name];
      if (was === undefined) delete amounts[name];
      else amounts[name] = was;
    }
    if (Object.keys(amounts).length > 0) resources[which] = amounts;
    else delete resources[which];
  }
  if (old?.claims) resources.claims = old.claims;
  else delete resources.claims;
  return resources;
}
