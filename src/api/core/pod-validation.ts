import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import { validateAnnotations } from "../../machinery/validation/object-meta.ts";
import type { Errors } from "../validation.ts";
import { validateTolerations } from "./affinity-validation.ts";
import { readAnnotation, withLowerCase } from "./annotation-json.ts";
import { validateImageSpace } from "./container-validation.ts";
import { mirrorAnnotation, validateProfileAnnotations, validateProfilesMatch } from "./pod-annotations.ts";
import { validatePodSpec } from "./pod-spec-validation.ts";
import type { Pod, PodSpec, PodTemplateSpec } from "./v1.ts";

const specPath = path("spec");
const tolerationsAnnotation = "scheduler.alpha.kubernetes.io/tolerations";
const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

/**
 * Metadata is checked before, by the rules of every object. Of `old`, the stored state before, a spec that is the very same has been
 * checked.
 */
export function validatePod(pod: Readonly<Pod>, old?: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const spec: PodSpec = pod.spec ?? { containers: [] };
  if (pod.metadata.annotations) validatePodAnnotations(errors, pod.metadata.annotations, spec, path("metadata", "annotations"));
  if (spec === old?.spec) return errors;
  if (spec.resourceClaims?.length && pod.metadata.annotations?.[mirrorAnnotation] !== undefined) {
    errors.push(field.forbidden("[]", "static pods do not support resource claims"));
  }
  validatePodSpec(errors, spec, pod.metadata, true, specPath);
  if (!spec.serviceAccountName) {
    for (const [index, volume] of (spec.volumes ?? []).entries()) {
      for (const [sourceIndex, source] of (volume.projected?.sources ?? []).entries()) {
        if (!source.serviceAccountToken) continue;
        const at = specPath.child("volumes").index(index).child("projected", "sources").index(sourceIndex).child("serviceAccountToken");
        errors.push(field.forbidden(at, "must not be specified when serviceAccountName is not set"));
      }
    }
  }
  for (const list of ["containers", "initContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const image = container.image;
      if (image && image !== image.trim()) validateImageSpace(errors, container, specPath.child(list).index(index));
    }
  }
  return errors;
}

/** Beside `validatePod`, which runs too. */
export function validatePodCreate(pod: Readonly<Pod>): Errors {
  const errors: Errors = [];
  if (pod.spec) validateProfilesMatch(errors, pod.metadata.annotations, pod.spec, specPath);
  if (pod.spec?.ephemeralContainers?.length) errors.push(field.forbidden(specPath.child("ephemeralContainers"), "cannot be set on create"));
  if (pod.spec?.nodeName && pod.spec.schedulingGates?.length) {
    errors.push(field.forbidden(specPath.child("nodeName"), "cannot be set until all schedulingGates have been cleared"));
  }
  return errors;
}

export function validatePodAnnotations(errors: Errors, annotations: Record<string, string>, spec: Readonly<PodSpec>, at: FieldPath): void {
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName) {
    errors.push(field.invalid(at.key(mirrorAnnotation), mirror, "must set spec.nodeName if mirror pod annotation is set"));
  }
  const tolerations = annotations[tolerationsAnnotation];
  if (tolerations) {
    const { value, fault } = readAnnotation(tolerations, "[]core.Toleration");
    if (fault !== undefined) errors.push(field.invalid(at, tolerationsAnnotation, fault));
    else validateTolerations(errors, (value as object[]).map(withLowerCase), at.child(tolerationsAnnotation));
  }
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && podDeletionCost(cost) === undefined) {
    errors.push(field.invalid(at.key(deletionCostAnnotation), cost, "must be a 32bit integer"));
  }
  validateProfileAnnotations(errors, annotations, spec, at);
}

/** The value of the deletion-cost annotation; undefined when it is malformed. */
function podDeletionCost(text: string): number | undefined {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -2147483648 && value <= 2147483647 ? value : undefined;
}

/** A template inside another object: its labels, annotations and spec. */
export function validatePodTemplate(errors: Errors, template: Readonly<PodTemplateSpec>, at: FieldPath): void {
  const metadata = template.metadata;
  const spec: PodSpec = template.spec ?? { containers: [] };
  if (metadata?.labels) errors.push(...validateLabels(metadata.labels, at.child("labels")));
  if (metadata?.annotations) {
    errors.push(...validateAnnotations(metadata.annotations, at.child("annotations")));
    validatePodAnnotations(errors, metadata.annotations, spec, at.child("annotations"));
  }
  validatePodSpec(errors, spec, undefined, false, at.child("spec"));
  validateProfilesMatch(errors, metadata?.annotations, spec, at.child("spec"));
  if (spec.ephemeralContainers?.length) {
    errors.push(field.forbidden(at.child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template"));
  }
}
