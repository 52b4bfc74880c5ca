import type { CustomResourceColumnDefinition } from "../../api/apiextensions/v1.ts";
import type { ColumnFacts } from "../../api/define-resource.ts";
import { ageOf } from "../../machinery/duration.ts";
import { goJson } from "../../machinery/errors.ts";
import { goNumber, truncatedInt64 } from "../../machinery/go-number.ts";
import { compileJsonPath, type JsonPath, JsonPathError } from "../../machinery/json-path.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { canonicalTime, TimeError, zeroTime } from "../../machinery/schema/time-text.ts";
import { sortedKeys } from "../types.ts";

type Cell = string | number | bigint | boolean | null;

export interface CustomTable {
  columns: ColumnFacts[];
  row(object: Readonly<AnyObject>, context: { now: number }): Cell[];
}

const age: CustomResourceColumnDefinition = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** The table of a custom resource: its name, then its columns, or its age where it has none. */
export function customTable(given: readonly CustomResourceColumnDefinition[] | undefined): CustomTable {
  const columns: ColumnFacts[] = [["Name", "string", "name", 0]];
  const cells: ((object: Readonly<AnyObject>, now: number) => Cell)[] = [({ metadata }) => metadata.name ?? ""];
  for (const column of given && given.length > 0 ? given : [age]) {
    const path = pathOf(column.jsonPath);
    // Upstream shows no more columns after one that it can't read.
    if (!path) break;
    const told = `Custom resource definition column (in JSONPath format): ${column.jsonPath}`;
    const { name, type, format = "", priority = 0 } = column;
    columns.push(column === age ? [name, type, format, priority] : [name, type, format, priority, column.description || told]);
    cells.push((object, now) => cellOf(column.type, path(object), now));
  }
  return { columns, row: (object, { now }) => cells.map((cell) => cell(object, now)) };
}

function pathOf(text: string): JsonPath | undefined {
  try {
    return compileJsonPath(text);
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function cellOf(type: string, found: readonly unknown[], now: number): Cell {
  if (found.length === 0) return null;
  const [value] = found;
  switch (type) {
    case "string":
      return textOf(value);
    case "integer":
      return typeof value === "number" || typeof value === "bigint" ? truncatedInt64(value) : null;
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? dateCell(value, now) : null;
    default:
      return null;
  }
}

/** As upstream reads times in queries: `null` is none. */
function dateCell(text: string, now: number): string {
  if (text === "" || text === "null") return ageOf(undefined, now);
  try {
    const time = canonicalTime(text);
    return ageOf(time === zeroTime ? undefined : time, now);
  } catch (error) {
    if (error instanceof TimeError) return "<invalid>";
    throw error;
  }
}

function textOf(value: unknown): string {
  if (value === null) return "<no value>";
  if (typeof value === "number" || typeof value === "bigint") return goNumber(value);
  return typeof value === "object" ? goJson(sortedKeys(value)) : String(value);
}
