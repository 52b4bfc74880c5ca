import { excludeFromSet, type FieldSet, fieldSet } from "./field-set.ts";

/** Leaves of a set what an endpoint lets clients change. */
export type FieldFilter = (set: FieldSet) => FieldSet;

/** Everything but these paths, given field by field, and what lies below them. */
export function withoutFields(...paths: readonly (readonly string[])[]): FieldFilter {
  const excluded = fieldSet(...paths);
  return (set) => excludeFromSet(set, excluded);
}
