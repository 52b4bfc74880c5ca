import { JsonSyntaxError, parseJsonStrict } from "../../machinery/schema/json-text.ts";

/** A list or an object from the JSON of an annotation, or what upstream says of a text that isn't one. */
export function readAnnotation(text: string, goType: string): { value: unknown; fault?: string } {
  const isList = goType.startsWith("[]");
  const none = isList ? [] : {};
  try {
    const value: unknown = parseJsonStrict(text, { keepNumbers: false, joins: false }).value ?? none;
    if (nameOf(value) !== nameOf(none)) return { value, fault: unfit(value, goType) };
    if (!isList) {
      const entries = (value as { preferAvoidPods?: unknown }).preferAvoidPods ?? [];
      if (Array.isArray(entries)) return { value };
      return {
        value,
        fault: `json: cannot unmarshal ${nameOf(entries)} into Go struct field AvoidPods.preferAvoidPods of type []v1.PreferAvoidPodsEntry`,
      };
    }
    const other = (value as unknown[]).find((item) => nameOf(item) !== "object");
    return other === undefined ? { value } : { value, fault: unfit(other, goType.slice(2)) };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { value: none, fault: error.message };
  }
}

function unfit(value: unknown, goType: string): string {
  return `json: cannot unmarshal ${nameOf(value)} into Go value of type ${goType}`;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** An item as its type names its fields: upstream reads it by the names of fields in memory, whose case doesn't count. */
export function withLowerCase(item: object): object {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name[0]?.toLowerCase() + name.slice(1), value]));
}
