import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { rangeText } from "../../machinery/validation/names.ts";
import { internalForm } from "../internal-form.ts";
import { specDiff } from "../spec-diff.ts";
import { complain, type Errors } from "../validation.ts";
import { validateTolerations } from "./affinity-validation.ts";
import { validateAnnotationUpdate } from "./pod-annotations.ts";
import { validatePodAnnotations } from "./pod-validation.ts";
import { sameToleration } from "./taints.ts";
import type { Affinity, NodeAffinity, Pod, PodSpec } from "./v1.ts";

const maxInt32 = 2147483647;
const specPath = path("spec");

const updatable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

/** What may change in the spec of a pod by an ordinary update. Runs after the checks of the new pod as such. */
export function validatePodUpdate(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const spec: PodSpec = pod.spec ?? { containers: [] };
  const before: PodSpec = old.spec ?? { containers: [] };
  validateAnnotationUpdate(errors, pod, old);
  // Upstream looks at them once more.
  if (pod.metadata.annotations) validatePodAnnotations(errors, pod.metadata.annotations, spec, path("metadata", "annotations"));
  if (spec === before) return errors;
  for (const list of ["containers", "initContainers"] as const) {
    const next = spec[list] ?? [];
    if (next.length !== (before[list]?.length ?? 0)) {
      errors.push(field.forbidden(specPath.child(list), "pod updates may not add or remove containers"));
      return errors;
    }
    for (const [index, container] of next.entries()) {
      const image = container.image ?? "";
      const at = () => specPath.child(list).index(index).child("image");
      if (image === "") errors.push(field.required(at()));
      if (image !== image.trim()) errors.push(field.invalid(at(), image, "must not have leading or trailing whitespace"));
    }
  }
  if (!validateDeadline(errors, spec.activeDeadlineSeconds, before.activeDeadlineSeconds)) return errors;
  validateAddedTolerations(errors, spec, before);
  validateDeletedGates(errors, spec, before);
  if (deepEqual(spec, before)) return errors;

  const rest = withAllowedChangesUndone(errors, spec, before);
  if (!deepEqual(rest, before)) {
    const diff = specDiff("api/core/v1#PodSpec", before, rest);
    errors.push(field.forbidden(specPath, `pod updates may not change fields other than ${updatable}\n${diff}`));
  }
  return errors;
}

/** False ends the checks. */
function validateDeadline(errors: Errors, next: number | undefined, old: number | undefined): boolean {
  const at = specPath.child("activeDeadlineSeconds");
  if (next === undefined) {
    if (old !== undefined) errors.push(field.invalid(at, null, "must not update from a positive integer to nil value"));
    return true;
  }
  if (next < 0 || next > maxInt32) {
    errors.push(field.invalid(at, next, rangeText(0, maxInt32)));
    return false;
  }
  if (old !== undefined && old < next) {
    errors.push(field.invalid(at, next, "must be less than or equal to previous value"));
    return false;
  }
  return true;
}

function validateAddedTolerations(errors: Errors, spec: PodSpec, before: PodSpec): void {
  const at = specPath.child("tolerations");
  for (const old of before.tolerations ?? []) {
    if (!spec.tolerations?.some((toleration) => sameToleration(toleration, old))) {
      errors.push(field.forbidden(at, "existing toleration can not be modified except its tolerationSeconds"));
      return;
    }
  }
  validateTolerations(errors, spec.tolerations, at);
}

function validateDeletedGates(errors: Errors, spec: PodSpec, before: PodSpec): void {
  for (const [index, gate] of (spec.schedulingGates ?? []).entries()) {
    if (before.schedulingGates?.some((old) => old.name === gate.name)) continue;
    const at = specPath.child("schedulingGates").index(index).child("name");
    errors.push(field.forbidden(at, `only deletion is allowed, but found new scheduling gate '${gate.name}'`));
  }
}

/** The new spec with every change that is allowed taken back: what is still different is not. */
function withAllowedChangesUndone(errors: Errors, spec: PodSpec, before: PodSpec): PodSpec {
  const rest: PodSpec = { ...spec };
  for (const list of ["containers", "initContainers"] as const) {
    const containers = spec[list];
    // Upstream gathers them anew: an empty list is none.
    if (!containers?.length) {
      setOrDelete(rest, list, undefined);
      continue;
    }
    rest[list] = containers.map((container, index) => {
      const copy = { ...container };
      setOrDelete(copy, "image", before[list]?.[index]?.image);
      return copy;
    });
  }
  setOrDelete(rest, "activeDeadlineSeconds", before.activeDeadlineSeconds);
  setOrDelete(rest, "schedulingGates", before.schedulingGates);
  setOrDelete(rest, "tolerations", before.tolerations);
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    setOrDelete(rest, "terminationGracePeriodSeconds", before.terminationGracePeriodSeconds);
  }
  if (before.schedulingGates?.length) undoGatedChanges(errors, rest, before);
  return rest;
}

/** A pod that waits at its gates may still be narrowed down to fewer nodes. */
function undoGatedChanges(errors: Errors, rest: PodSpec, before: PodSpec): void {
  if (!deepEqual(rest.nodeSelector ?? {}, before.nodeSelector ?? {})) {
    for (const key in before.nodeSelector) {
      if (rest.nodeSelector?.[key] !== before.nodeSelector[key]) {
        const text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        complain(errors, specPath.child("nodeSelector"), rest.nodeSelector ?? null, [text]);
        break;
      }
    }
    setOrDelete(rest, "nodeSelector", before.nodeSelector);
  }
  const next = rest.affinity?.nodeAffinity;
  const old = before.affinity?.nodeAffinity;
  if (deepEqual(next, old)) return;
  validateNodeAffinityMutation(errors, next, old);
  const affinity: Affinity = { ...rest.affinity };
  setOrDelete(affinity, "nodeAffinity", old);
  setOrDelete(rest, "affinity", before.affinity === undefined && Object.keys(affinity).length === 0 ? undefined : affinity);
}

function validateNodeAffinityMutation(errors: Errors, next: NodeAffinity | undefined, old: NodeAffinity | undefined): void {
  const required = old?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return;
  const at = specPath.child("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms");
  const terms = next?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (required.nodeSelectorTerms.length > 0 && required.nodeSelectorTerms.length !== terms.length) {
    errors.push(
      field.invalid(
        at,
        terms.length > 0 ? internalForm("[]api/core/v1#NodeSelectorTerm", terms) : null,
        "no additions/deletions to non-empty NodeSelectorTerms list are allowed",
      ),
    );
    return;
  }
  for (const [index, oldTerm] of required.nodeSelectorTerms.entries()) {
    for (const list of ["matchExpressions", "matchFields"] as const) {
      const before = oldTerm[list] ?? [];
      const after = terms[index]?.[list] ?? [];
      const kept = before.every((requirement, position) => deepEqual(requirement, after[position]));
      if (!kept) {
        const text = "only additions are allowed (no mutations or deletions)";
        errors.push(field.invalid(at.index(index), internalForm("api/core/v1#NodeSelectorTerm", terms[index]), text));
        return;
      }
    }
  }
}

function setOrDelete<T, K extends keyof T>(object: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}
