import { goNumber } from "../go-number.ts";

/** A map of JSON: neither null nor a list. */
export type JsonMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The kind of a JSON value as Go's decoder names it: `number`, `array` … */
export function decodedKind(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : typeof value === "bigint" ? "number" : typeof value;
}

/** The type of a decoded JSON value as Go names it. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int64";
    case "number":
      return Number.isInteger(value) ? "int64" : "float64";
    default:
      return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
  }
}

/** A decoded JSON value as Go prints it by `%v`: `map[a:1 b:[x y]]`. */
export function formatAsGo(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(formatAsGo).join(" ")}]`;
  if (isMap(value)) {
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${formatAsGo(value[key])}`)
      .join(" ")}]`;
  }
  return typeof value === "number" ? goNumber(value) : String(value);
}

/** A decoded JSON value as Go prints it where it was told to expect text: `%!s(int64=1)`. */
export function formatAsGoText(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(formatAsGoText).join(" ")}]`;
  if (!isMap(value)) return `%!s(${goType(value)}=${formatAsGo(value)})`;
  const names = Object.keys(value).sort();
  return `map[${names.map((name) => `${name}:${formatAsGoText(value[name])}`).join(" ")}]`;
}
