import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { ruleValidator } from "../../machinery/cel/validations.ts";
import { type FieldError, type FieldPath, field } from "../../machinery/errors.ts";
import { deepCopy } from "../../machinery/object.ts";
import { validateEmbedded } from "../../machinery/structural/embedded.ts";
import { hasUnknownFields } from "../../machinery/structural/prune.ts";
import { compileStructural, type Structural } from "../../machinery/structural/structural.ts";
import { validateValue } from "../../machinery/structural/validate-value.ts";
import { itemsOf } from "./structural-schema.ts";
import type { JSONSchemaProps } from "./v1.ts";

/** The complaints about defaults that their own schema wouldn't take. The schema is known to be structural. */
export function validateDefaults(schema: JSONSchemaProps, where: FieldPath): FieldError[] {
  const root = compileStructural(schema, true);
  if (!root.hasDefaults) return [];
  // A default of the whole object is held to be one.
  const whole = root.default === undefined ? root : { ...root, embedded: true, hasEmbedded: true };
  return defaultsOf(whole, schema, where, new FunctionLibrary());
}

function defaultsOf(node: Structural, schema: JSONSchemaProps, where: FieldPath, library: FunctionLibrary): FieldError[] {
  if (!node.hasDefaults) return [];
  const errors: FieldError[] = [];
  const { items, properties, default: preset } = node;
  if (preset !== undefined) {
    const at = where.child("default");
    if (hasUnknownFields(deepCopy(preset), node)) errors.push(field.invalid(at, preset, "must not have unknown fields"));
    errors.push(...complaintsAbout(preset, node, schema, at, library));
  }
  const schemaOfItems = itemsOf(schema);
  if (items && schemaOfItems) errors.push(...defaultsOf(items, schemaOfItems, where.child("items"), library));
  for (const [name, property] of properties) {
    const inner = schema.properties?.[name] as JSONSchemaProps;
    errors.push(...defaultsOf(property, inner, where.child("properties").key(name), library));
  }
  return errors;
}

/** The rules are looked at where nothing else is wrong, as if the default had been there before. */
function complaintsAbout(
  preset: unknown,
  node: Structural,
  schema: JSONSchemaProps,
  at: FieldPath,
  library: FunctionLibrary,
): readonly FieldError[] {
  const embedded = validateEmbedded(preset, node, at.toString());
  if (embedded.length > 0) return embedded;
  const errors = validateValue(preset, node.rules, at.toString());
  if (errors.length > 0) return errors;
  return ruleValidator(schema, node.embedded, library)?.validate(preset, preset, at, true).errors ?? [];
}
