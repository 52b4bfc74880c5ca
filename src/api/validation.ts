import type { FieldError, FieldPath } from "../machinery/errors.ts";
import { field } from "../machinery/errors.ts";
import { deepEqual } from "../machinery/object.ts";
import { negativeText } from "../machinery/validation/names.ts";

/**
 * Validators append to a list that is handed down, in upstream's order, and make the path of a leaf only when there is a
 * complaint about it.
 */
export type Errors = FieldError[];

/** One complaint for each of the texts. */
export function complain(errors: Errors, path: FieldPath, value: unknown, texts: readonly string[]): void {
  for (const text of texts) errors.push(field.invalid(path, value, text));
}

export function requireNonNegative(errors: Errors, value: number | undefined, path: FieldPath, name: string): void {
  if (value !== undefined && value < 0) errors.push(field.invalid(path.child(name), value, negativeText));
}

export function requireOneOf(errors: Errors, value: string | undefined, supported: readonly string[], path: FieldPath, name: string): void {
  if (!supported.includes(value ?? "")) errors.push(field.notSupported(path.child(name), value ?? "", supported));
}

/** Like `requireOneOf`, but an absent value is called missing. */
export function requirePresentOneOf(
  errors: Errors,
  value: string | undefined,
  supported: readonly string[],
  path: FieldPath,
  name: string,
): void {
  if (!value) errors.push(field.required(path.child(name)));
  else requireOneOf(errors, value, supported, path, name);
}

export function requireUnchanged(errors: Errors, value: unknown, old: unknown, path: FieldPath): void {
  if (!deepEqual(value, old)) errors.push(field.invalid(path, withoutEmpty(value), "field is immutable"));
}

/** A selector as JSON shows it: what of it is empty is left out. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => typeof part !== "object" || Object.keys(part ?? {}).length > 0));
}

/** The same complaint with more said about it. */
export function withDetail(error: FieldError, detail: string): FieldError {
  return { ...error, body: `${error.body}: ${detail}`, text: `${error.text}: ${detail}` };
}

/** An invalid value that the message doesn't show. */
export function invalidWithoutValue(path: FieldPath, detail: string): FieldError {
  const body = `Invalid value: ${detail}`;
  return { type: "FieldValueInvalid", field: path.toString(), body, text: `${path}: ${body}` };
}
