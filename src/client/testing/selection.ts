import type { AnyObject } from "../../machinery/object.ts";
import { parseFieldSelector } from "../../machinery/selectors/field-selector.ts";
import { parseLabelSelector } from "../../machinery/selectors/label-selector.ts";

/** Tells whether an object is selected. */
export type Selection = (object: AnyObject) => boolean;

/** For the memory client only: every field of an object can be selected by, where a server refuses most. */
export function selection(namespace = "", labelSelector = "", fieldSelector = ""): Selection {
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector);
  return (object) =>
    (namespace === "" || object.metadata.namespace === namespace) &&
    labels.matches(object.metadata.labels) &&
    fields.matches((field) => valueAt(object, field));
}

function valueAt(object: AnyObject, field: string): string | undefined {
  let value: unknown = object;
  for (const name of field.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  return value === undefined ? undefined : String(value);
}
