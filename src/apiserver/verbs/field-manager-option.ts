import { type FieldError, field } from "../../machinery/errors.ts";

const maxBytes = 128;

/** Complaints about the `fieldManager` of a request: 128 bytes of printable characters at most. */
export function checkFieldManager(name: string): FieldError[] {
  if (/^[\x20-\x7e]*$/.test(name) && name.length <= maxBytes) return [];
  const errors: FieldError[] = [];
  if (new TextEncoder().encode(name).length > maxBytes) errors.push(field.tooLong("fieldManager", maxBytes));
  let position = 0;
  for (const char of name) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      errors.push(field.invalid("fieldManager", name, `invalid character U+${code} (at position ${position})`));
    }
    position += new TextEncoder().encode(char).length;
  }
  return errors;
}
