import { field } from "../errors.ts";
import { isLabelValue, isQualifiedName } from "../validation/names.ts";

export type LabelOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** The complaints about a requirement, as upstream writes them into one message. */
export function requirementErrors({ key, operator, values }: LabelRequirement): string[] {
  const errors: string[] = [];
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0) errors.push(field.invalid("key", key, keyErrors.join("; ")).text);
  const complain = (text: string) => errors.push(field.invalid("values", values.length > 0 ? values : null, text).text);
  switch (operator) {
    case "in":
    case "notin":
      if (values.length === 0) complain("for 'in', 'notin' operators, values set can't be empty");
      break;
    case "=":
    case "==":
    case "!=":
      if (values.length !== 1) complain("exact-match compatibility requires one single value");
      break;
    case "exists":
    case "!":
      if (values.length !== 0) complain("values set must be empty for exists and does not exist");
      break;
    case "gt":
    case "lt":
      if (values.length !== 1) complain("for 'Gt', 'Lt' operators, exactly one value is required");
      for (const [index, value] of values.entries()) {
        if (parseInt64(value) === undefined) {
          errors.push(field.invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer").text);
        }
      }
  }
  for (const [index, value] of values.entries()) {
    const valueErrors = isLabelValue(value);
    if (valueErrors.length > 0) errors.push(field.invalid(`values[${index}][${key}]`, value, valueErrors.join("; ")).text);
  }
  return errors;
}

/** Several complaints as the one text of an error. */
export function joinErrors(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(", ")}]`;
}

export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const list = values.length > 1 ? [...values].sort().join(",") : (values[0] ?? "");
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${list})`;
    case "gt":
      return `${key}>${list}`;
    case "lt":
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

/** A test for one requirement. */
export function compileRequirement({ key, operator, values }: LabelRequirement): (labels: Readonly<Record<string, string>>) => boolean {
  switch (operator) {
    case "=":
    case "==":
    case "in": {
      if (values.length === 1) {
        const [value] = values;
        return (labels) => labels[key] === value;
      }
      const set = new Set(values);
      return (labels) => set.has(labels[key]!);
    }
    case "!=":
    case "notin": {
      const set = new Set(values);
      return (labels) => !set.has(labels[key]!);
    }
    case "exists":
      return (labels) => Object.hasOwn(labels, key);
    case "!":
      return (labels) => !Object.hasOwn(labels, key);
    case "gt":
    case "lt": {
      const bound = parseInt64(values[0] ?? "");
      return (labels) => {
        if (bound === undefined || !Object.hasOwn(labels, key)) return false;
        const value = parseInt64(labels[key]!);
        if (value === undefined) return false;
        return operator === "gt" ? value > bound : value < bound;
      };
    }
  }
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
