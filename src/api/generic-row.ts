import type { AnyObject } from "../machinery/object.ts";
import { age, type Cell } from "./columns.ts";
import type { ResourceFacts } from "./define-resource.ts";

/** Where the cells of simple columns come from, by resource: a path into the object, or how to count one. */
const cellPaths: Readonly<Record<string, Readonly<Record<string, string>>>> = {};

/** The rows of a resource without ones of its own: name, age, and plain values of the object. */
export function genericRow(fact: ResourceFacts): ((object: Readonly<AnyObject>, context: { now: number }) => Cell[]) | undefined {
  const columns = fact.columns;
  if (!columns || columns.some(([name]) => name === "Created At")) return undefined;
  const paths = cellPaths[fact.resource] ?? {};
  return (object, { now }) =>
    columns.map(([name, type]) => {
      if (name === "Name") return object.metadata.name ?? "";
      if (name === "Age") return age(object.metadata, now);
      const value = paths[name] === undefined ? undefined : valueAt(object, paths[name]);
      if (Array.isArray(value)) return type === "integer" ? value.length : value.join(",") || "<none>";
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
      return type === "integer" ? 0 : type === "boolean" ? false : "<none>";
    });
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
