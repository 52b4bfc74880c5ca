import type { FieldError, FieldPath } from "../errors.ts";
import { field } from "../errors.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../meta/v1.ts";
import { validateLabelName, validateLabels } from "./labels.ts";
import { isLabelValue } from "./names.ts";

export interface LabelSelectorOptions {
  /** For updates of objects that were stored with values that are no label values. */
  allowInvalidValues?: boolean;
  /** For access reviews, where an operator that isn't known is answered in another way. */
  allowUnknownOperators?: boolean;
}

export function validateLabelSelector(
  selector: Readonly<LabelSelector> | undefined,
  path: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  const errors: FieldError[] = [];
  if (selector?.matchLabels) errors.push(...validateLabels(selector.matchLabels, path.child("matchLabels")));
  for (const [index, requirement] of selector?.matchExpressions?.entries() ?? []) {
    errors.push(...validateLabelSelectorRequirement(requirement, path.child("matchExpressions").index(index), options));
  }
  return errors;
}

export function validateLabelSelectorRequirement(
  requirement: Readonly<LabelSelectorRequirement>,
  path: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  const errors = operatorErrors(requirement, path, options.allowUnknownOperators === true);
  errors.push(...validateLabelName(requirement.key ?? "", path.child("key")));
  if (!options.allowInvalidValues) {
    for (const [index, value] of requirement.values?.entries() ?? []) {
      for (const text of isLabelValue(value)) errors.push(field.invalid(path.child("values").index(index), value, text));
    }
  }
  return errors;
}

/** A requirement of a field selector, as authorization attributes carry it. */
export function validateFieldSelectorRequirement(
  requirement: Readonly<LabelSelectorRequirement>,
  path: FieldPath,
  options: LabelSelectorOptions = {},
): FieldError[] {
  const errors: FieldError[] = requirement.key ? [] : [field.required(path.child("key"), "must be specified")];
  errors.push(...operatorErrors(requirement, path, options.allowUnknownOperators === true));
  return errors;
}

function operatorErrors(requirement: Readonly<LabelSelectorRequirement>, path: FieldPath, allowUnknown: boolean): FieldError[] {
  const count = requirement.values?.length ?? 0;
  switch (requirement.operator) {
    case "In":
    case "NotIn":
      return count > 0 ? [] : [field.required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return count === 0
        ? []
        : [field.forbidden(path.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return allowUnknown ? [] : [field.invalid(path.child("operator"), requirement.operator ?? "", "not a valid selector operator")];
  }
}
