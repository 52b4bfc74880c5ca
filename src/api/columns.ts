import { ageOf } from "../machinery/duration.ts";
import type { LabelSelector, ObjectMeta } from "../machinery/meta/v1.ts";
import { formatLabelSelector } from "../machinery/selectors/label-selector.ts";
import type { PodSpec } from "./core/v1.ts";

export type Cell = string | number | boolean;

/** What tables show for the age of an object. */
export function age(metadata: ObjectMeta, now: number): string {
  return ageOf(metadata.creationTimestamp, now);
}

/** `a=1,b=2` in key order, or `<none>`. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const texts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? "<none>" : texts.sort().join(",");
}

/** A label selector in its string form, or `<none>`. */
export const selectorText: (selector: LabelSelector | undefined) => string = formatLabelSelector;

/** A label selector as the string that selector parameters take; empty for one that is absent or selects everything. */
export function selectorString(selector: LabelSelector | undefined): string {
  const text = formatLabelSelector(selector);
  return text === "<none>" ? "" : text;
}

/** The two cells that name the containers of a template and their images. */
export function containerCells(spec: PodSpec | undefined): [names: string, images: string] {
  const containers = spec?.containers ?? [];
  return [containers.map((container) => container.name).join(","), containers.map((container) => container.image ?? "").join(",")];
}

/** A boolean cell that may be unset. */
export function boolText(value: boolean | undefined): string {
  if (value === undefined) return "<unset>";
  return value ? "True" : "False";
}
