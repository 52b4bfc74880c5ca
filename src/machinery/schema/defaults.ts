import { deepCopy } from "../object.ts";
import type { TypeSchema } from "./schema.ts";

/**
 * Fills the constants of the type tables into absent fields, in place, where what holds the field is there. Upstream defaults before
 * it sees a difference between absent and empty: `value` is in the form that `normalize` gives.
 */
export function applyTableDefaults(type: TypeSchema, value: Record<string, unknown>): void {
  for (const field of type.defaulted) {
    const present = value[field.name];
    if (present !== undefined && present !== null) descend(field.type, present);
    else if (field.default !== undefined) value[field.name] = deepCopy(field.default);
  }
}

function descend(type: TypeSchema, value: unknown): void {
  if (type.kind === "struct") applyTableDefaults(type, value as Record<string, unknown>);
  else if (type.kind === "list") for (const item of value as unknown[]) descend(type.items as TypeSchema, item);
  else if (type.kind === "map") {
    for (const key in value as object) descend(type.items as TypeSchema, (value as Record<string, unknown>)[key]);
  }
}
