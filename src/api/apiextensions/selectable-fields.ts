import { type FieldPath, field } from "../../machinery/errors.ts";
import type { Errors } from "../validation.ts";
import { additionalOf, structuralObstacle } from "./structural-schema.ts";
import type { JSONSchemaProps, SelectableField } from "./v1.ts";

const maxSelectableFields = 8;

/** Fields that lists may be selected by: paths of names to a scalar that the schema has. */
export function validateSelectableFields(
  errors: Errors,
  fields: readonly SelectableField[],
  schema: JSONSchemaProps | undefined,
  schemaAt: FieldPath,
  where: FieldPath,
): void {
  const obstacle = schema && structuralObstacle(schema);
  if (obstacle) errors.push(field.invalid(schemaAt, "", obstacle));
  const seen = new Set<string>();
  for (const [index, { jsonPath = "" }] of fields.entries()) {
    const one = where.index(index).child("jsonPath");
    if (jsonPath === "") {
      errors.push(field.required(one));
      continue;
    }
    const found = follow(jsonPath, schema ?? {});
    if (typeof found === "string") {
      errors.push(field.invalid(one, jsonPath, `is an invalid path: ${found}`));
      continue;
    }
    if (/^\.metadata(\.|$)/.test(jsonPath)) errors.push(field.invalid(one, jsonPath, "must not point to fields in metadata"));
    if (!["string", "boolean", "integer"].includes(found.type ?? "")) {
      const detail = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      errors.push(field.invalid(one, jsonPath, detail));
    }
    if (seen.has(jsonPath)) errors.push(field.duplicate(one, jsonPath));
    seen.add(jsonPath);
  }
  if (seen.size > maxSelectableFields) errors.push(field.tooMany(where, seen.size, maxSelectableFields));
}

/** The schema at a path, or why there is none. */
function follow(jsonPath: string, schema: JSONSchemaProps): JSONSchemaProps | string {
  const tokens = jsonPath.match(/[.[\]]|[^.[\]]+/g) ?? [];
  let current = schema;
  for (let index = 0; index < tokens.length; index += 2) {
    const token = tokens[index];
    if (token === "[") return "array notation is not allowed";
    if (token !== ".") return `expected [ or . but got: ${token}`;
    const name = tokens[index + 1];
    if (name === undefined) return "unexpected end of JSON path";
    const next = current.properties ? current.properties[name] : additionalOf(current);
    if (!next) return "does not refer to a valid field";
    current = next;
  }
  return current;
}
