import { compileRegex } from "../../machinery/cel/library/regexes.ts";
import { Failure } from "../../machinery/cel/values/value.ts";
import { type FieldError, type FieldPath, field } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import type { JSONSchemaProps } from "./v1.ts";

/** Where a schema stands: what is missing is told in other words. */
type Level = "root" | "item" | "field";

const typeTexts: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

const intOrString: readonly JSONSchemaProps[] = [{ type: "integer" }, { type: "string" }];

/** The schema of items, where there is one; a list of schemas is refused elsewhere. */
export function itemsOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  return Array.isArray(schema.items) ? undefined : schema.items;
}

export function additionalOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** Why a schema can't be taken as a structural one at all. */
export function structuralObstacle(schema: JSONSchemaProps): string | undefined {
  const unsupported = (name: string) => `OpenAPIV3Schema '${name}' is not supported`;
  if (schema.id) return unsupported("id");
  if (schema.$schema) return unsupported("schema");
  if (schema.$ref) return unsupported("$ref");
  for (const name of ["patternProperties", "dependencies"] as const) {
    if (Object.keys(schema[name] ?? {}).length > 0) return unsupported(name);
  }
  if (schema.additionalItems !== undefined) return unsupported("additionalItems");
  if (Object.keys(schema.definitions ?? {}).length > 0) return unsupported("definitions");
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  if (Array.isArray(schema.items)) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const inner = [
    schema.not,
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    schema.items,
    ...Object.values(schema.properties ?? {}),
    additionalOf(schema),
  ];
  for (const one of inner) {
    const obstacle = one && structuralObstacle(one);
    if (obstacle) return obstacle;
  }
  return undefined;
}

/** The complaints about a schema that isn't structural, sorted by their text as upstream sorts them. */
export function validateStructural(schema: JSONSchemaProps, where: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  validateInvariants(errors, schema, "root", where);
  validateCompleteness(errors, schema, schema, where, where);
  return errors.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

function validateInvariants(errors: FieldError[], schema: JSONSchemaProps, level: Level, where: FieldPath): void {
  const { type = "", properties = {} } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  const items = itemsOf(schema);
  if (type === "array" && !items) errors.push(field.required(where.child("items"), "must be specified"));
  if (items) validateInvariants(errors, items, "item", where.child("items"));
  for (const [name, property] of Object.entries(properties)) {
    validateInvariants(errors, property, "field", where.child("properties").key(name));
  }
  if (schema.additionalProperties !== undefined) {
    if (level === "root") errors.push(field.forbidden(where.child("additionalProperties"), "must not be used at the root"));
    const additional = additionalOf(schema);
    if (additional) validateInvariants(errors, additional, "field", where.child("additionalProperties"));
  }
  const withIntOrString = "must be false if x-kubernetes-int-or-string is true";
  if (isIntOrString && preserves) {
    errors.push(field.invalid(where.child("x-kubernetes-preserve-unknown-fields"), true, withIntOrString));
  }
  if (isIntOrString && embedded) errors.push(field.invalid(where.child("x-kubernetes-embedded-resource"), true, withIntOrString));
  const skipAnyOf = deepEqual(schema.anyOf, intOrString);
  validateJunctors(errors, schema, skipAnyOf, deepEqual(schema.allOf?.[0]?.anyOf, intOrString), where);
  if (embedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? field.required(where.child("type"), detail) : field.invalid(where.child("type"), type, detail));
  } else if (type === "" && !isIntOrString && !preserves) errors.push(field.required(where.child("type"), typeTexts[level]));
  if (embedded && schema.additionalProperties !== undefined) {
    errors.push(field.forbidden(where.child("additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set"));
  }
  if (level === "root" && type !== "" && type !== "object")
    errors.push(field.invalid(where.child("type"), type, "must be object at the root"));
  validateMetadata(errors, properties, level, level === "root" || embedded, where);
  if (embedded && !preserves && Object.keys(properties).length === 0) {
    const detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(field.required(where.child("properties"), detail));
  }
}

function validateMetadata(
  errors: FieldError[],
  properties: Readonly<Record<string, JSONSchemaProps>>,
  level: Level,
  isResource: boolean,
  where: FieldPath,
): void {
  const at = (name: string) => where.child("properties").key(name);
  for (const name of ["kind", "apiVersion"]) {
    const property = properties[name];
    if (!isResource || !property || property.type === "string") continue;
    errors.push(field.invalid(at(name).child("type"), property.type ?? "", "must be string"));
  }
  const { metadata } = properties;
  if (!metadata) return;
  if (isResource && metadata.type !== "object") {
    errors.push(field.invalid(at("metadata").child("type"), metadata.type ?? "", "must be object"));
  }
  if (level !== "root") return;
  const { type: _type, default: _default, properties: inner = {}, ...rest } = metadata;
  const names = Object.keys(inner);
  const onlyNames = names.every((name) => name === "name" || name === "generateName");
  if (onlyNames && Object.keys(rest).length === 0) return;
  const detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
  errors.push(field.forbidden(at("metadata"), detail));
}

function validateJunctors(
  errors: FieldError[],
  schema: JSONSchemaProps,
  skipAnyOf: boolean,
  skipFirstAllOf: boolean,
  where: FieldPath,
): void {
  if (!skipAnyOf) {
    schema.anyOf?.forEach((one, index) => {
      validateNested(errors, one, false, where.child("anyOf").index(index));
    });
  }
  schema.allOf?.forEach((one, index) => {
    validateNested(errors, one, skipFirstAllOf && index === 0, where.child("allOf").index(index));
  });
  schema.oneOf?.forEach((one, index) => {
    validateNested(errors, one, false, where.child("oneOf").index(index));
  });
  if (schema.not) validateNested(errors, schema.not, false, where.child("not"));
  const { pattern } = schema;
  if (!pattern) return;
  const regex = compileRegex(pattern);
  if (!(regex instanceof Failure)) return;
  errors.push(field.invalid(where.child("pattern"), pattern, `must be a valid regular expression, but isn't: ${regex.message}`));
}

/** What may only be said in the structural part, never below allOf, anyOf, oneOf and not. */
function validateNested(errors: FieldError[], schema: JSONSchemaProps, skipAnyOf: boolean, where: FieldPath): void {
  validateJunctors(errors, schema, skipAnyOf, false, where);
  const items = itemsOf(schema);
  if (items) validateNested(errors, items, false, where.child("items"));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    validateNested(errors, property, false, where.child("properties").key(name));
  }
  const forbid = (name: keyof JSONSchemaProps, what: string, isSet: boolean) => {
    if (isSet) errors.push(field.forbidden(where.child(name), `must be ${what} to be structural`));
  };
  forbid("type", "empty", !!schema.type);
  const { additionalProperties } = schema;
  forbid("additionalProperties", "undefined", additionalProperties !== undefined && additionalProperties !== false);
  forbid("default", "undefined", schema.default !== undefined);
  forbid("title", "empty", !!schema.title);
  forbid("description", "empty", !!schema.description);
  forbid("nullable", "false", schema.nullable === true);
  forbid("x-kubernetes-preserve-unknown-fields", "false", schema["x-kubernetes-preserve-unknown-fields"] === true);
  forbid("x-kubernetes-embedded-resource", "false", schema["x-kubernetes-embedded-resource"] === true);
  forbid("x-kubernetes-int-or-string", "false", schema["x-kubernetes-int-or-string"] === true);
  forbid("x-kubernetes-list-map-keys", "empty", (schema["x-kubernetes-list-map-keys"]?.length ?? 0) > 0);
  forbid("x-kubernetes-list-type", "undefined", schema["x-kubernetes-list-type"] !== undefined);
  forbid("x-kubernetes-map-type", "undefined", schema["x-kubernetes-map-type"] !== undefined);
  forbid("x-kubernetes-validations", "empty", (schema["x-kubernetes-validations"]?.length ?? 0) > 0);
  if (schema.properties?.metadata) {
    errors.push(field.forbidden(where.child("properties").key("metadata"), "must not be specified in a nested context"));
  }
}

/** What a junctor (`values`) says of a field must be said of it in the structure too. */
function validateCompleteness(
  errors: FieldError[],
  values: JSONSchemaProps,
  structure: JSONSchemaProps,
  at: FieldPath,
  valuesAt: FieldPath,
): void {
  const nested = (one: JSONSchemaProps, path: FieldPath) => {
    validateNestedCompleteness(errors, one, structure, at, path);
  };
  if (values.not) nested(values.not, valuesAt.child("not"));
  for (const name of ["allOf", "anyOf", "oneOf"] as const) {
    values[name]?.forEach((one, index) => {
      nested(one, valuesAt.child(name).index(index));
    });
  }
}

function validateNestedCompleteness(
  errors: FieldError[],
  values: JSONSchemaProps,
  structure: JSONSchemaProps | undefined,
  at: FieldPath,
  valuesAt: FieldPath,
): void {
  if (!structure) {
    errors.push(field.required(at, `because it is defined in ${valuesAt}`));
    return;
  }
  validateCompleteness(errors, values, structure, at, valuesAt);
  const items = itemsOf(values);
  if (items) validateNestedCompleteness(errors, items, itemsOf(structure), at.child("items"), valuesAt.child("items"));
  for (const [name, property] of Object.entries(values.properties ?? {})) {
    const path = at.child("properties").key(name);
    validateNestedCompleteness(errors, property, structure.properties?.[name], path, valuesAt.child("properties").key(name));
  }
}
