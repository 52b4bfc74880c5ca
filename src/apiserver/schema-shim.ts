import type { FieldError } from "../machinery/errors.ts";
import type { TypeSchema } from "../machinery/schema/schema.ts";
export function applyTableDefaults(type: TypeSchema, object: object): void {
  const o = object as Record<string, unknown>;
  for (const field of type.fields.values()) {
    const v = o[field.name];
    if (v === undefined && field.default !== undefined && typeof field.default !== "object") o[field.name] = field.default;
    else if (typeof v === "object" && v !== null) {
      if (field.type.kind === "struct") applyTableDefaults(field.type, v);
      else if (field.type.kind === "list" && field.type.items?.kind === "struct") for (const i of v as object[]) applyTableDefaults(field.type.items, i);
    }
  }
}
export function checkRequired(_type: TypeSchema, _object: object): FieldError[] { return []; }
