import { type FieldError, type FieldPath, field } from "../../machinery/errors.ts";
import { deepCopy } from "../../machinery/object.ts";
import { validateEmbedded } from "../../machinery/structural/embedded.ts";
import { hasUnknownFields } from "../../machinery/structural/prune.ts";
import { compileStructural, type Structural } from "../../machinery/structural/structural.ts";
import { validateValue } from "../../machinery/structural/validate-value.ts";
import type { JSONSchemaProps } from "./v1.ts";

/** The complaints about defaults that their own schema wouldn't take. The schema is known to be structural. */
export function validateDefaults(schema: JSONSchemaProps, where: FieldPath): FieldError[] {
  const root = compileStructural(schema, true);
  if (!root.hasDefaults) return [];
  // A default of the whole object is held to be one.
  return defaultsOf(root.default === undefined ? root : { ...root, embedded: true, hasEmbedded: true }, where);
}

function defaultsOf(node: Structural, where: FieldPath): FieldError[] {
  if (!node.hasDefaults) return [];
  const errors: FieldError[] = [];
  const { items, properties, default: preset } = node;
  if (preset !== undefined) {
    const at = where.child("default");
    if (hasUnknownFields(deepCopy(preset), node)) errors.push(field.invalid(at, preset, "must not have unknown fields"));
    const embedded = validateEmbedded(preset, node, at.toString());
    errors.push(...(embedded.length > 0 ? embedded : validateValue(preset, node.rules, at.toString())));
  }
  if (items) errors.push(...defaultsOf(items, where.child("items")));
  for (const [name, property] of properties) errors.push(...defaultsOf(property, where.child("properties").key(name)));
  return errors;
}
