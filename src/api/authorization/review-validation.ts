import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { validateFieldSelectorRequirement, validateLabelSelectorRequirement } from "../../machinery/validation/selector.ts";
import type { Errors } from "../validation.ts";
import type { FieldSelectorAttributes, LabelSelectorAttributes, SubjectAccessReviewSpec } from "./v1.ts";

const at = path("spec");
/** Newer clients may know operators that this server doesn't. */
const options = { allowUnknownOperators: true };

/** The complaints about what a review of access asks, but for its metadata. */
export function validateAccessSpec(spec: Readonly<SubjectAccessReviewSpec>, self: boolean): Errors {
  const errors: Errors = [];
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (resource && other) {
    const shown = { Path: other.path ?? "", Verb: other.verb ?? "" };
    errors.push(field.invalid(at.child("nonResourceAttributes"), shown, "cannot be specified in combination with resourceAttributes"));
  }
  if (!resource && !other) {
    const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.push(field.invalid(at.child("resourceAttributes"), null, detail));
  }
  if (!self && !spec.user && !spec.groups?.length) {
    errors.push(field.invalid(at.child("user"), "", "at least one of user or group must be specified"));
  }
  const attributes = at.child("resourceAttributes");
  if (resource?.fieldSelector) {
    const one = attributes.child("fieldSelector");
    validateSelector(errors, resource.fieldSelector, one);
    for (const [index, requirement] of (resource.fieldSelector.requirements ?? []).entries()) {
      errors.push(...validateFieldSelectorRequirement(requirement, one.child("requirements").index(index), options));
    }
  }
  if (resource?.labelSelector) {
    const one = attributes.child("labelSelector");
    validateSelector(errors, resource.labelSelector, one);
    for (const [index, requirement] of (resource.labelSelector.requirements ?? []).entries()) {
      errors.push(...validateLabelSelectorRequirement(requirement, one.child("requirements").index(index), options));
    }
  }
  return errors;
}

function validateSelector(errors: Errors, selector: FieldSelectorAttributes | LabelSelectorAttributes, where: FieldPath): void {
  const { rawSelector = "", requirements = [] } = selector;
  if (rawSelector !== "" && requirements.length > 0) {
    errors.push(field.invalid(where.child("rawSelector"), rawSelector, "may not specified at the same time as requirements"));
  }
  if (rawSelector === "" && requirements.length === 0) {
    errors.push(field.required(where.child("requirements"), `when ${where} is specified, requirements or rawSelector is required`));
  }
}
