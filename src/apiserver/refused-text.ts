import { exactJson } from "../machinery/exact-json.ts";
import { setField } from "../machinery/object.ts";
import { isMap } from "../machinery/patch/json-values.ts";
import type { TypeSchema, WireMessage } from "../machinery/schema/schema.ts";

type Container = Record<string, unknown> | unknown[];

/**
 * The JSON of what a patch made of `base`, in upstream's order: the object's own text where the patch left it alone, the patch's where
 * it brought something as it is, and sorted fields along the way. `patched` shares with both what it didn't change.
 */
export function refusedText(type: TypeSchema, base: object, patched: object, patch: unknown): string {
  const own = new Map<object, TypeSchema | undefined>();
  noteTypes(own, type, base);
  const brought = new Set<object>();
  if (Array.isArray(patch)) noteContainers(brought, patch);
  else forgetMerged(own, base, patch);
  const ordered = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    // The whole document is always taken apart.
    if (value !== patched && own.has(value)) return inDeclaredOrder(own.get(value), value as Container);
    if (value !== patched && brought.has(value)) return value;
    if (Array.isArray(value)) return value.map(ordered);
    return sorted(value as Record<string, unknown>, ordered);
  };
  return exactJson(ordered(patched));
}

function noteTypes(types: Map<object, TypeSchema | undefined>, type: TypeSchema | undefined, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  types.set(value, type);
  if (Array.isArray(value)) for (const item of value) noteTypes(types, type?.items, item);
  else for (const [key, child] of Object.entries(value)) noteTypes(types, childType(type, key), child);
}

/** A merge takes apart what it looks into, whether or not something changes. */
function forgetMerged(types: Map<object, TypeSchema | undefined>, base: unknown, patch: unknown): void {
  if (!isMap(base) || !isMap(patch)) return;
  types.delete(base);
  for (const [key, change] of Object.entries(patch)) if (Object.hasOwn(base, key)) forgetMerged(types, base[key], change);
}

function noteContainers(into: Set<object>, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  into.add(value);
  for (const child of Object.values(value)) noteContainers(into, child);
}

function childType(type: TypeSchema | undefined, key: string): TypeSchema | undefined {
  return type?.kind === "struct" ? type.fields.get(key)?.type : type?.items;
}

/** A copy with fields in the order of the type's declaration; keys of maps sorted. */
export function inDeclaredOrder(type: TypeSchema | undefined, value: Container): unknown {
  if (Array.isArray(value)) return value.map((item) => child(type?.items, item));
  if (type?.kind !== "struct") return sorted(value, (item, key) => child(childType(type, key), item));
  const result: Record<string, unknown> = {};
  const names = type.order ?? namesOf(type.wire);
  for (const name of names.includes("apiVersion") || names.includes("kind") ? names : ["kind", "apiVersion", ...names])
    if (name in value) result[name] = child(childType(type, name), value[name]);
  for (const name of Object.keys(value)) if (!(name in result)) result[name] = child(childType(type, name), value[name]);
  return result;
}

/** Sets of fields are text to upstream: they stay in the order they have. */
function child(type: TypeSchema | undefined, value: unknown): unknown {
  if (type?.kind === "fieldsV1") return value;
  return typeof value === "object" && value !== null ? inDeclaredOrder(type, value as Container) : value;
}

function namesOf({ fields }: WireMessage): string[] {
  return fields.flatMap(({ field, embedded }) => (field ? [field.name] : embedded ? namesOf(embedded) : []));
}

function sorted(value: Record<string, unknown>, each: (item: unknown, key: string) => unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) setField(result, key, each(value[key], key));
  return result;
}
