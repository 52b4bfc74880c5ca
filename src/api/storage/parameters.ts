import { type FieldPath, field } from "../../machinery/errors.ts";
import { isQualifiedName, utf8Length } from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";

const maxCount = 512;
const maxSize = 256 * 1024;

/** What is handed on to a driver, which alone understands it. */
export function validateParameters(errors: Errors, parameters: Readonly<Record<string, string>> | undefined, at: FieldPath): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > maxCount) {
    errors.push(field.tooLong(at, maxCount));
    return;
  }
  let size = 0;
  for (const [key, value] of entries) {
    if (key === "") errors.push(field.invalid(at, key, "field can not be empty."));
    size += utf8Length(key) + utf8Length(value);
  }
  if (size > maxSize) errors.push(field.tooLong(at, maxSize));
}

export function validateProvisioner(errors: Errors, name: string | undefined, at: FieldPath): void {
  if (!name) errors.push(field.required(at));
  else complain(errors, at, name.toLowerCase(), isQualifiedName(name.toLowerCase()));
}
