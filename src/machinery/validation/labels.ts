import type { FieldError, FieldPath } from "../errors.ts";
import { field } from "../errors.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";

export function validateLabelName(name: string, path: FieldPath): FieldError[] {
  return isQualifiedName(name).map((text) => field.invalid(path, name, text));
}

export function validateLabels(labels: Readonly<Record<string, string>>, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    const value = labels[key]!;
    for (const text of isQualifiedName(key)) errors.push(field.invalid(path, key, text));
    for (const text of isLabelValue(value)) errors.push(field.invalid(path, value, text));
  }
  return errors;
}
