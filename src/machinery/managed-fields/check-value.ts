import { formatAsGo } from "../patch/json-values.ts";
import { itemElement, itemProblem } from "./list-items.ts";
import { formatElement, type PathElement } from "./path-element.ts";
import type { ListShape, MapShape, ScalarShape, ValueShape } from "./value-shape.ts";

/** What is found wrong with a value. */
interface Found {
  readonly problems: string[];
  /** Keyed items may come more than once. */
  readonly repeats: boolean;
}

/** Why a value is none of its type, in upstream's words; undefined when it is one. Of a configuration keyed items may come once only. */
export function valueProblems(value: unknown, shape: ValueShape, repeats = false): string | undefined {
  const problems: string[] = [];
  checkValue(value, shape, "", { problems, repeats });
  if (problems.length <= 1) return problems[0];
  return `errors:\n${problems.map((problem) => `  ${problem}`).join("\n")}`;
}

function checkValue(value: unknown, shape: ValueShape, path: string, found: Found): void {
  if (value === null || value === undefined) return;
  const complain = (text: string) => {
    found.problems.push(path === "" ? text : `${path}: ${text}`);
  };
  const { scalar, list, map } = shape;
  if (typeof value !== "object") {
    if (scalar) {
      const complaint = scalarProblem(scalar, value);
      if (complaint !== undefined) complain(complaint);
      return;
    }
  } else if (Array.isArray(value)) {
    if (list) {
      checkList(value, list, path, found);
      return;
    }
  } else if (map) {
    checkMap(value as Record<string, unknown>, map, path, found);
    return;
  }
  // The value's own form isn't one that the type has.
  if (map) complain(`expected map, got ${shown(value)}`);
  else if (scalar) complain(scalarProblem(scalar, value) as string);
  else complain(`expected list, got ${shown(value)}`);
}

function checkMap(value: Record<string, unknown>, shape: MapShape, path: string, found: Found): void {
  for (const name in value) {
    const field = shape.field(name) ?? shape.element;
    if (!field) {
      found.problems.push(`${path}.${name}: field not declared in schema`);
      return;
    }
    checkValue(value[name], field, `${path}.${name}`, found);
  }
}

function checkList(value: readonly unknown[], shape: ListShape, path: string, found: Found): void {
  const seen = new Set<PathElement>();
  for (const [index, item] of value.entries()) {
    let step = `[${index}]`;
    if (shape.kind !== "atomic") {
      const element = itemElement(item, shape);
      if (element === undefined) {
        found.problems.push(`${path}: element ${index}: ${itemProblem(item, shape)}`);
        return;
      }
      step = formatElement(element);
      if (!found.repeats && seen.has(element)) found.problems.push(`${path}: duplicate entries for key ${step}`);
      seen.add(element);
    }
    checkValue(item, shape.element, path + step, found);
  }
}

function scalarProblem(shape: ScalarShape, value: unknown): string | undefined {
  switch (shape) {
    case "numeric":
      return typeof value === "number" || typeof value === "bigint" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return typeof value === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got ${shown(value)}`;
    case "any":
      return typeof value === "object" ? `expected any scalar, got ${shown(value)}` : undefined;
  }
}

/** The value as upstream's messages print it. */
function shown(value: unknown): string {
  return `&{${formatAsGo(value)}}`;
}

function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value !== "object") return String(value);
  const fields = value as Record<string, unknown>;
  const parts = Object.keys(fields).sort();
  return `map[string]interface {}{${parts.map((name) => `${JSON.stringify(name)}:${goSyntax(fields[name])}`).join(", ")}}`;
}

function goType(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}
