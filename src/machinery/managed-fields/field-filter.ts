import { excludeFromSet, type FieldSet, fieldSet, isEmptySet } from "./field-set.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** Leaves of a set what an endpoint lets clients change. */
export type FieldFilter = (set: FieldSet) => FieldSet;

/** Everything but these paths, given field by field, and what lies below them. */
export function withoutFields(...paths: readonly (readonly string[])[]): FieldFilter {
  const excluded = fieldSet(...paths);
  return (set) => excludeFromSet(set, excluded);
}

const anyStep = "*";

/** Only these paths and what lies below them; `*` stands for any step. */
export function onlyFields(...paths: readonly (readonly string[])[]): FieldFilter {
  const patterns = paths.map((path) => path.map((name) => (name === anyStep ? name : fieldElement(name))));
  return (set) => included(set, patterns);
}

function included(set: FieldSet, patterns: readonly (readonly PathElement[])[]): FieldSet {
  const result: Record<PathElement, FieldSet> = {};
  for (const element in set) {
    const matching = patterns.filter(([first]) => first === anyStep || first === element).map((pattern) => pattern.slice(1));
    if (matching.length === 0) continue;
    if (matching.some((pattern) => pattern.length === 0)) {
      result[element] = set[element]!;
      continue;
    }
    const below = included(set[element]!, matching);
    if (!isEmptySet(below)) result[element] = below;
  }
  return result;
}
