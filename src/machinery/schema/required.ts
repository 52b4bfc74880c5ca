import { type FieldError, field as fieldErrors } from "../errors.ts";
import type { FieldSchema, TypeSchema } from "./schema.ts";

/**
 * The complaints that the type tables alone give rise to, for kinds without validation by hand: required fields that are absent
 * (or empty text), values outside of an enumeration. `metadata` and a kind's `status` are left to others. `path` is where `value` is;
 * empty for an object.
 */
export function checkRequired(type: TypeSchema, value: Readonly<Record<string, unknown>>, path = ""): FieldError[] {
  const errors: FieldError[] = [];
  checkStruct(type, value, path, errors);
  return errors;
}

function checkStruct(type: TypeSchema, value: Readonly<Record<string, unknown>>, path: string, errors: FieldError[]): void {
  const isKind = type.gvks.length > 0;
  for (const field of type.fields.values()) {
    if (field.type.name === "ObjectMeta" || field.type.name === "ListMeta" || (isKind && field.name === "status")) continue;
    const part = value[field.name];
    if (part === undefined || part === null || part === "") {
      // A list that is there and empty is shown as null.
      if (field.required && !(part === null && field.type.items)) errors.push(fieldErrors.required(join(path, field.name)));
      continue;
    }
    if (field.enum && !field.enum.includes(part as string)) {
      errors.push(fieldErrors.notSupported(join(path, field.name), part, field.enum));
    }
    if (typeof part === "object") checkInside(field.type, part, join(path, field.name), errors, field);
  }
}

function checkInside(type: TypeSchema, value: object, path: string, errors: FieldError[], field?: FieldSchema): void {
  if (type.kind === "struct") {
    checkStruct(type, value as Record<string, unknown>, path, errors);
    return;
  }
  const items = type.items;
  if (!items) return;
  if (type.kind === "map") {
    if (items.kind !== "struct") return;
    for (const [key, item] of Object.entries(value)) checkInside(items, item, `${path}[${key}]`, errors);
    return;
  }
  const allowed = field?.itemsEnum;
  if (items.kind !== "struct" && !allowed) return;
  (value as unknown[]).forEach((item, index) => {
    if (allowed && !allowed.includes(item as string)) errors.push(fieldErrors.notSupported(`${path}[${index}]`, item, allowed));
    if (typeof item === "object" && item !== null) checkInside(items, item, `${path}[${index}]`, errors);
  });
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}
