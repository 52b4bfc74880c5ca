import { ageOf } from "../machinery/duration.ts";
import type { LabelSelector, ObjectMeta } from "../machinery/meta/v1.ts";
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
export function selectorText(selector: LabelSelector | undefined): string {
  return selectorString(selector) || "<none>";
}

/** A label selector as the string that selector parameters take; empty for one that is absent or selects everything. */
export function selectorString(selector: LabelSelector | undefined): string {
  if (!selector) return "";
  const parts: [key: string, text: string][] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const list = [...(values ?? [])].sort().join(",");
    switch (operator) {
      case "In":
        parts.push([key, `${key} in (${list})`]);
        break;
      case "NotIn":
        parts.push([key, `${key} notin (${list})`]);
        break;
      case "Exists":
        parts.push([key, key]);
        break;
      case "DoesNotExist":
        parts.push([key, `!${key}`]);
        break;
      default:
        return "<error>";
    }
  }
  parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return parts.map(([, text]) => text).join(",");
}

/** The two cells that name the containers of a template and their images. */
export function containerCells(spec: PodSpec | undefined): [names: string, images: string] {
  const containers = spec?.containers ?? [];
  return [containers.map((container) => container.name).join(","), containers.map((container) => container.image ?? "").join(",")];
}

/** The first three of a list, and how many more there are. */
export function firstThree(items: readonly string[], empty: string, total = items.length): string {
  const shown = items.slice(0, 3).join(",");
  if (total > 3) return `${shown} + ${total - 3} more...`;
  return shown === "" ? empty : shown;
}

/** A boolean cell that may be unset. */
export function boolText(value: boolean | undefined): string {
  if (value === undefined) return "<unset>";
  return value ? "True" : "False";
}
