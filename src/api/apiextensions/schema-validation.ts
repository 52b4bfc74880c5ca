import { ruleFieldPath } from "../../machinery/cel/rules/field-path.ts";
import { type FieldPath, field } from "../../machinery/errors.ts";
import { internalForm } from "../internal-form.ts";
import type { Errors } from "../validation.ts";
import { validateDefaults } from "./default-values.ts";
import { validateRules } from "./rule-validation.ts";
import { additionalOf, itemsOf, structuralObstacle, validateStructural } from "./structural-schema.ts";
import type { CustomResourceValidation, JSONSchemaProps, ValidationRule } from "./v1.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const ruleReasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const resourceFields = new Set(["metadata", "kind", "apiVersion"]);

/** What a schema with a status subresource may have at its root, as messages name it. */
const rootFields = [
  ["Description", "description"],
  ["Type", "type"],
  ["Format", "format"],
  ["Title", "title"],
  ["Maximum", "maximum"],
  ["ExclusiveMaximum", "exclusiveMaximum"],
  ["Minimum", "minimum"],
  ["ExclusiveMinimum", "exclusiveMinimum"],
  ["MaxLength", "maxLength"],
  ["MinLength", "minLength"],
  ["Pattern", "pattern"],
  ["MaxItems", "maxItems"],
  ["MinItems", "minItems"],
  ["UniqueItems", "uniqueItems"],
  ["MultipleOf", "multipleOf"],
  ["Required", "required"],
  ["Items", "items"],
  ["Properties", "properties"],
  ["ExternalDocs", "externalDocs"],
  ["Example", "example"],
  ["XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields"],
  ["XValidations", "x-kubernetes-validations"],
] as const;

/** What is allowed depends on where in the schema one is. */
interface Place {
  /** Why defaults are refused here. */
  noDefaults?: string;
  insideMetadata?: boolean;
  root?: boolean;
}

/** The schema of a version, or of all versions. */
export function validateSchema(validation: CustomResourceValidation | undefined, hasStatus: boolean, where: FieldPath): Errors {
  const errors: Errors = [];
  const schema = validation?.openAPIV3Schema;
  if (!schema) return errors;
  const at = where.child("openAPIV3Schema");
  if (hasStatus) validateRootFields(errors, schema, where);
  if (schema.nullable) errors.push(field.forbidden(where.child("openAPIV3Schema.nullable"), "nullable cannot be true at the root"));
  const obstacle = structuralObstacle(schema);
  const complaints = obstacle ? [] : validateStructural(schema, at);
  errors.push(...complaints);
  const isStructural = !obstacle && complaints.length === 0;
  const presetComplaints = isStructural ? validateDefaults(schema, at) : [];
  errors.push(...presetComplaints);
  validateProps(errors, schema, at, { root: true });
  if (isStructural && presetComplaints.length === 0) errors.push(...validateRules(schema, at, errors));
  if (errors.length === 0 && obstacle) errors.push(field.invalid(at, "", obstacle));
  return errors;
}

function validateRootFields(errors: Errors, schema: JSONSchemaProps, where: FieldPath): void {
  if (schema.type && schema.type !== "object") {
    const detail = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    errors.push(field.invalid(where.child("openAPIV3Schema.type"), schema.type, detail));
    return;
  }
  const allowed = new Set<string>(rootFields.map(([, name]) => name));
  const isOther = (name: string) => !allowed.has(name) && isSet(name, schema[name as keyof JSONSchemaProps]);
  if (!Object.keys(schema).some(isOther)) return;
  const names = rootFields.map(([name]) => name).join(" ");
  const detail = `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.push(field.invalid(where.child("openAPIV3Schema"), internalForm("api/apiextensions/v1#JSONSchemaProps", schema), detail));
}

/** Of what upstream points to, nothing at all is told from an empty text. */
const optionalTexts: ReadonlySet<string> = new Set(["$ref", "x-kubernetes-list-type", "x-kubernetes-map-type"]);

function isSet(name: string, value: unknown): boolean {
  return value !== undefined && value !== false && (value !== "" || optionalTexts.has(name));
}

function validateProps(errors: Errors, schema: JSONSchemaProps, where: FieldPath, place: Place): void {
  validateStandard(errors, schema, where, place);
  if (schema.uniqueItems) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(field.forbidden(where.child("uniqueItems"), detail));
  }
  const { root: _root, ...below } = place;
  validateProperties(errors, schema, where, place, below);
  if (schema.not) validateProps(errors, schema.not, where.child("not"), below);
  for (const name of ["allOf", "oneOf", "anyOf"] as const) {
    schema[name]?.forEach((one, index) => {
      validateProps(errors, one, where.child(name).index(index), below);
    });
  }
  for (const [name, one] of sorted(schema.definitions)) validateProps(errors, one, where.child("definitions").key(name), below);
  const items = itemsOf(schema);
  if (items) validateProps(errors, items, where.child("items"), below);
  if (Array.isArray(schema.items)) {
    schema.items.forEach((one, index) => {
      validateProps(errors, one, where.child("items").index(index), below);
    });
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    errors.push(field.invalid(where.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  validateMapType(errors, schema, where);
  validateListType(errors, schema, where);
  for (const [index, rule] of (schema["x-kubernetes-validations"] ?? []).entries()) {
    validateRule(errors, rule, schema, where.child("x-kubernetes-validations").index(index));
  }
}

function sorted<T>(record: Readonly<Record<string, T>> | undefined): [string, T][] {
  return Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function validateProperties(errors: Errors, schema: JSONSchemaProps, where: FieldPath, place: Place, below: Place): void {
  const { additionalProperties } = schema;
  const properties = sorted(schema.properties);
  if (additionalProperties !== undefined) {
    if (properties.length > 0 && additionalProperties !== true) {
      const detail = "additionalProperties and properties are mutual exclusive";
      errors.push(field.forbidden(where.child("additionalProperties"), detail));
    }
    const inner = additionalOf(schema);
    const noDefaults = "inside additionalProperties applying to object metadata";
    if (inner) {
      validateProps(errors, inner, where.child("additionalProperties"), place.insideMetadata ? { ...below, noDefaults } : below);
    }
  }
  for (const [name, property] of properties) {
    let inside = below;
    if ((place.root || schema["x-kubernetes-embedded-resource"]) && resourceFields.has(name)) {
      inside = { ...below, insideMetadata: true, ...(place.root ? { noDefaults: `in top-level ${name}` } : {}) };
    }
    validateProps(errors, property, where.child("properties").key(name), inside);
  }
}

function validateStandard(errors: Errors, schema: JSONSchemaProps, where: FieldPath, place: Place): void {
  const { type } = schema;
  if (type && !types.includes(type)) errors.push(field.notSupported(where.child("type"), type, types));
  if (schema.default !== undefined && place.noDefaults) {
    errors.push(field.forbidden(where.child("default"), `must not be set ${place.noDefaults}`));
  }
  const unsupported = (name: keyof JSONSchemaProps) => errors.push(field.forbidden(where.child(name), `${name} is not supported`));
  if (schema.id) unsupported("id");
  if (schema.additionalItems !== undefined) unsupported("additionalItems");
  if (Object.keys(schema.patternProperties ?? {}).length > 0) unsupported("patternProperties");
  if (Object.keys(schema.definitions ?? {}).length > 0) unsupported("definitions");
  if (schema.dependencies !== undefined) unsupported("dependencies");
  if (schema.$ref !== undefined) unsupported("$ref");
  if (type === "null") {
    errors.push(field.forbidden(where.child("type"), "type cannot be set to null, use nullable as an alternative"));
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    errors.push(field.forbidden(where.child("items"), "items must be a schema object and not an array"));
  }
  if (place.insideMetadata && schema["x-kubernetes-embedded-resource"]) {
    errors.push(field.forbidden(where.child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
  }
}

function validateMapType(errors: Errors, schema: JSONSchemaProps, where: FieldPath): void {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return;
  requireType(errors, schema, "object", "x-kubernetes-map-type", where);
  if (mapType !== "atomic" && mapType !== "granular") {
    errors.push(field.notSupported(where.child("x-kubernetes-map-type"), mapType, ["atomic", "granular"]));
  }
}

function requireType(errors: Errors, { type = "" }: JSONSchemaProps, wanted: string, extension: string, where: FieldPath): void {
  if (type === wanted) return;
  const detail = `must be ${wanted} if ${extension} is specified`;
  errors.push(type === "" ? field.required(where.child("type"), detail) : field.invalid(where.child("type"), type, detail));
}

function validateListType(errors: Errors, schema: JSONSchemaProps, where: FieldPath): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const items = itemsOf(schema);
  const typePath = where.child("x-kubernetes-list-type");
  if (listType !== undefined && schema.type !== "array") requireType(errors, schema, "array", "x-kubernetes-list-type", where);
  else if (listType === "set" && items) validateSetItems(errors, items, where);
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType)) {
    errors.push(field.notSupported(typePath, listType, ["atomic", "set", "map"]));
  }
  if (keys.length > 0) {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    if (listType === undefined) errors.push(field.required(typePath, detail));
    else if (listType !== "map") errors.push(field.invalid(typePath, listType, detail));
  }
  if (listType === "map") validateMapList(errors, schema, keys, where);
  if (items && (listType === "set" || listType === "map")) validateKeys(errors, items, listType, keys, where.child("items"));
}

function validateSetItems(errors: Errors, items: JSONSchemaProps, where: FieldPath): void {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const inner = items["x-kubernetes-list-type"];
  if (items.type === "array" && inner !== undefined && inner !== "atomic") {
    errors.push(field.invalid(where.child("items", "x-kubernetes-list-type"), inner, detail));
  }
  // Upstream shows the list type here, too.
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    errors.push(field.invalid(where.child("items", "x-kubernetes-map-type"), inner ?? null, detail));
  }
}

function validateMapList(errors: Errors, schema: JSONSchemaProps, keys: readonly string[], where: FieldPath): void {
  const keysPath = where.child("x-kubernetes-list-map-keys");
  const items = itemsOf(schema);
  if (keys.length === 0) errors.push(field.required(keysPath, "must not be empty if x-kubernetes-list-type is map"));
  if (schema.items === undefined) {
    errors.push(field.required(where.child("items"), "must have a schema if x-kubernetes-list-type is map"));
  }
  if (!items) return;
  if (items.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(field.invalid(where.child("items", "type"), items.type ?? "", detail));
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = items.properties?.[key];
    if (!property) errors.push(field.invalid(keysPath, keys, "entries must all be names of item properties"));
    else if (property.type === "array" || property.type === "object") {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(field.invalid(where.child("items", "properties").key(key).child("type"), items.type, detail));
    }
    if (seen.has(key)) errors.push(field.invalid(keysPath, keys, "must not contain duplicate entries"));
    seen.add(key);
  }
}

function validateKeys(errors: Errors, items: JSONSchemaProps, listType: string, keys: readonly string[], where: FieldPath): void {
  if (items.nullable) {
    errors.push(field.forbidden(where.child("nullable"), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
  if (listType !== "map") return;
  for (const key of keys) {
    const property = items.properties?.[key];
    if (!property) continue;
    const one = where.child("properties").key(key);
    const isKey = "this property is in x-kubernetes-list-map-keys, so it";
    if (!items.required?.includes(key) && property.default === undefined) {
      errors.push(field.required(one.child("default"), `${isKey} must have a default or be a required property`));
    }
    if (property.nullable) errors.push(field.forbidden(one.child("nullable"), `${isKey} cannot be nullable`));
  }
}

function validateRule(errors: Errors, given: ValidationRule, schema: JSONSchemaProps, where: FieldPath): void {
  const { rule = "", message = "", messageExpression = "", reason, fieldPath = "" } = given;
  const [trimmedRule, trimmedMessage] = [rule.trim(), message.trim()];
  const broken = (text: string) => /[\n\r]/.test(text);
  if (trimmedRule === "") errors.push(field.required(where.child("rule"), "rule is not specified"));
  else if (message !== "" && trimmedMessage === "") {
    errors.push(field.invalid(where.child("message"), message, "must be non-empty if specified"));
  } else if (broken(trimmedMessage)) errors.push(field.invalid(where.child("message"), message, "must not contain line breaks"));
  else if (broken(trimmedRule) && trimmedMessage === "") {
    errors.push(field.required(where.child("message"), "message must be specified if rule contains line breaks"));
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(field.required(where.child("messageExpression"), "messageExpression must be non-empty if specified"));
  }
  if (reason !== undefined && !ruleReasons.includes(reason)) errors.push(field.notSupported(where.child("reason"), reason, ruleReasons));
  if (fieldPath !== "" && fieldPath.trim() === "") {
    errors.push(field.invalid(where.child("fieldPath"), fieldPath, "must be non-empty if specified"));
  }
  if (broken(fieldPath)) errors.push(field.invalid(where.child("fieldPath"), fieldPath, "must not contain line breaks"));
  // Nobody can tell where the schema isn't a structural one.
  if (fieldPath !== "" && !structuralObstacle(schema) && !ruleFieldPath(fieldPath, schema)) {
    errors.push(field.invalid(where.child("fieldPath"), fieldPath, "must be a valid path"));
  }
}

/** The formats that nothing checks, in the order of the schema's parts. */
export function unknownFormats(schema: JSONSchemaProps | undefined): string[] {
  if (!schema) return [];
  const { format, type = "" } = schema;
  const found = format && !isKnownFormat(format, type) ? [format] : [];
  const items = Array.isArray(schema.items) ? schema.items : schema.items ? [schema.items] : [];
  const inner = [
    ...items,
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    schema.not,
    ...sorted(schema.properties).map(([, one]) => one),
    additionalOf(schema),
  ];
  return [...found, ...inner.flatMap(unknownFormats)];
}

const textFormats = new Set(
  "bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor rgbcolor byte password date duration datetime k8sshortname k8slongname".split(
    " ",
  ),
);

function isKnownFormat(format: string, type: string): boolean {
  if (type === "" || type === "string") return textFormats.has(format.replaceAll("-", ""));
  if (type === "integer") return format === "int32" || format === "int64";
  return type === "number" && (format === "float" || format === "double");
}
