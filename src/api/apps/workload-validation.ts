import { type FieldPath, field } from "../../machinery/errors.ts";
import type { LabelSelector } from "../../machinery/meta/v1.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { isPercent } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import type { PodTemplateSpec } from "../core/v1.ts";
import { internalForm, selectorForm } from "../internal-form.ts";
import { complain, type Errors, requireNonNegative } from "../validation.ts";

/** The selector of a workload: there, and not one that selects everything. `kind` is what the message calls it. */
export function validateWorkloadSelector(errors: Errors, selector: LabelSelector | undefined, kind: string, path: FieldPath): void {
  const at = path.child("selector");
  if (!selector) {
    errors.push(field.required(at));
    return;
  }
  errors.push(...validateLabelSelector(selector, at));
  if (isEmptySelector(selector))
    errors.push(field.invalid(at, internalForm(selectorForm, selector), `empty selector is invalid for ${kind}`));
}

export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length;
}

/** The template of pods that are kept running: selected by the workload, always restarted, without a deadline. */
export function validateRunningTemplate(
  errors: Errors,
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  kind: string,
  path: FieldPath,
): void {
  const at = path.child("template");
  if (!template) {
    errors.push(field.required(at));
    return;
  }
  // The template of a selector that can't be read isn't looked at.
  if (!validateSelected(errors, template, selector, path, "invalid label selector")) return;
  validatePodTemplate(errors, template, at);
  validateAlwaysRestarted(errors, template, kind, path);
}

/** False when the selector can't be read; `unreadable` says so, where that is to be told. */
export function validateSelected(
  errors: Errors,
  template: PodTemplateSpec,
  selector: LabelSelector | undefined,
  path: FieldPath,
  unreadable: string | undefined,
): boolean {
  let matches: boolean;
  try {
    // None at all selects nothing, so it doesn't match either.
    const compiled = compileLabelSelector(selector);
    matches = compiled.isEverything || compiled.matches(template.metadata?.labels);
  } catch {
    if (unreadable !== undefined)
      errors.push(field.invalid(path.child("selector"), internalForm(`*${selectorForm}`, selector), unreadable));
    return false;
  }
  const labels = internalForm("{}s", template.metadata?.labels);
  if (!matches) {
    errors.push(field.invalid(path.child("template", "metadata", "labels"), labels, "`selector` does not match template `labels`"));
  }
  return true;
}

/** The count of hash collisions only grows. */
export function validateCollisionCount(errors: Errors, next: number | undefined, old: number | undefined, where: FieldPath): void {
  if (old !== undefined && (next ?? 0) < old) errors.push(field.invalid(where.child("collisionCount"), next ?? 0, "cannot be decremented"));
}

export function validateAlwaysRestarted(errors: Errors, template: PodTemplateSpec, kind: string, path: FieldPath): void {
  const policy = template.spec?.restartPolicy ?? "";
  if (policy !== "Always") errors.push(field.notSupported(path.child("template", "spec", "restartPolicy"), policy, ["Always"]));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const at = path.child("template", "spec", "activeDeadlineSeconds");
    errors.push(field.forbidden(at, `activeDeadlineSeconds in ${kind} is not Supported`));
  }
}

/** A count, or a share of the replicas. */
export function validateIntOrPercent(errors: Errors, value: number | string | undefined, path: FieldPath, name: string): void {
  if (value === undefined) return;
  if (typeof value === "number") requireNonNegative(errors, value, path, name);
  else complain(errors, path.child(name), value, isPercent(value));
}

export function validateAtMostAll(errors: Errors, value: number | string | undefined, path: FieldPath, name: string): void {
  const percent = typeof value === "string" ? percentOf(value) : undefined;
  if (percent !== undefined && percent > 100) errors.push(field.invalid(path.child(name), value, "must not be greater than 100%"));
}

function percentOf(text: string): number | undefined {
  return /^[0-9]+%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}

/** Whether a count or share is nothing. */
export function isNone(value: number | string | undefined): boolean {
  if (typeof value !== "string") return !value;
  // A number in a string is refused elsewhere, and counts here.
  return (percentOf(value) ?? (/^[+-]?\d+$/.test(value) ? Number(value) : 0)) === 0;
}

/** The number that a count or share of `total` comes to. */
export function resolveIntOrPercent(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  const share = ((percentOf(value) ?? 0) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}
