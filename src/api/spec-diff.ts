import { deepEqual } from "../machinery/object.ts";

/**
 * The difference of two values for a person to read, in the manner of the diffs that upstream puts into its messages: what
 * stayed is left out, `-` goes before what was and `+` before what would be.
 */
export function specDiff(type: string, old: unknown, next: unknown): string {
  const lines: string[] = [];
  write(lines, "  ", "", type, old, next);
  return `${lines.join("\n")}\n`;
}

function write(lines: string[], indent: string, label: string, type: string, old: unknown, next: unknown): void {
  if (deepEqual(old, next)) return;
  const both = isObject(old) && isObject(next) && Array.isArray(old) === Array.isArray(next);
  if (!both) {
    if (old !== undefined) lines.push(`-${indent.slice(1)}${label}${literal(old)},`);
    if (next !== undefined) lines.push(`+${indent.slice(1)}${label}${literal(next)},`);
    return;
  }
  const left = old as Record<string, unknown>;
  const right = next as Record<string, unknown>;
  const list = Array.isArray(old);
  lines.push(`${indent}${label}${type}${list ? "[]" : ""}{`);
  let same = 0;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (deepEqual(left[key], right[key])) {
      same++;
      continue;
    }
    const name = list ? "" : `${key.charAt(0).toUpperCase()}${key.slice(1)}: `;
    write(lines, `${indent}\t`, name, "", left[key], right[key]);
  }
  if (same > 0) lines.push(`${indent}\t... // ${same} identical ${list ? "elements" : "fields"}`);
  lines.push(`${indent}}${label === "" && type !== "" ? "" : ","}`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function literal(value: unknown): string {
  return JSON.stringify(value) ?? "nil";
}
