import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { compileStructural } from "../../machinery/structural/structural.ts";
import { isDNS1035Label, isDNS1123Subdomain, utf8Length } from "../../machinery/validation/names.ts";
import { internalForm } from "../internal-form.ts";
import { type Errors, requireUnchanged } from "../validation.ts";
import { validateClientConfig } from "../webhook-client.ts";
import { validateSchema } from "./schema-validation.ts";
import { validateSelectableFields } from "./selectable-fields.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "./v1.ts";

const at = path("spec");
const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const reviewVersions = ["v1", "v1beta1"];
const approvalAnnotation = "api-approved.kubernetes.io";

/** What all versions have alike, upstream looks at once, at the top of the spec: messages name it there. */
type Shared = Pick<CustomResourceDefinitionVersion, "schema" | "subresources" | "additionalPrinterColumns" | "selectableFields">;
const shareable = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

function splitShared(versions: readonly CustomResourceDefinitionVersion[]): { shared: Shared; own: CustomResourceDefinitionVersion[] } {
  const shared: Shared = {};
  const own = versions.map((version) => ({ ...version }));
  for (const name of shareable) {
    const first = versions[0]?.[name];
    if (!versions.every((version) => deepEqual(version[name], first))) continue;
    if (first !== undefined) (shared as Record<string, unknown>)[name] = first;
    for (const version of own) delete version[name];
  }
  return { shared, own };
}

export function validateDefinition(definition: Readonly<CustomResourceDefinition>): Errors {
  const errors: Errors = [];
  validateSpec(errors, definition);
  validateStatusOf(errors, definition);
  validateApproval(errors, definition, undefined);
  validatePreserving(errors, definition, undefined);
  return errors;
}

export function validateDefinitionChange(definition: Readonly<CustomResourceDefinition>, old: Readonly<CustomResourceDefinition>): Errors {
  const errors: Errors = [];
  validateSpec(errors, definition);
  const established = old.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");
  const { spec } = definition;
  if (established) {
    requireUnchanged(errors, spec.scope ?? "", old.spec.scope, at.child("scope"));
    requireUnchanged(errors, spec.names?.kind ?? "", old.spec.names.kind, at.child("names", "kind"));
  }
  requireUnchanged(errors, spec.group ?? "", old.spec.group, at.child("group"));
  requireUnchanged(errors, spec.names?.plural ?? "", old.spec.names.plural, at.child("names", "plural"));
  validateStatusOf(errors, definition);
  validateApproval(errors, definition, old);
  validatePreserving(errors, definition, old);
  return errors;
}

function validateStatusOf(errors: Errors, { spec, status }: Readonly<CustomResourceDefinition>): void {
  const where = path("status");
  if (status?.acceptedNames) validateNames(errors, status.acceptedNames, where.child("acceptedNames"));
  const stored = status?.storedVersions ?? [];
  const storedPath = where.child("storedVersions");
  if (stored.length === 0) {
    errors.push(field.invalid(storedPath, status?.storedVersions ?? null, "must have at least one stored version"));
    return;
  }
  const versions = spec.versions ?? [];
  // Where a name comes twice, the second one has nothing left.
  const left = new Set(stored);
  for (const { name, storage } of versions) {
    if (!left.delete(name) && storage) errors.push(field.invalid(storedPath, stored, `must have the storage version ${name}`));
  }
  stored.forEach((name, index) => {
    if (!left.has(name)) return;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(field.invalid(storedPath.index(index), name, detail));
  });
}

export function isProtectedGroup(group: string): boolean {
  return ["k8s.io", "kubernetes.io"].some((one) => group === one || group.endsWith(`.${one}`));
}

export type ApprovalState = "missing" | "invalid" | "approved" | "bypassed";

/** Groups of the community need its approval, or a word that they have none. */
export function approvalOf(definition: Readonly<CustomResourceDefinition>): { state: ApprovalState; message: string } {
  const text = definition.metadata.annotations?.[approvalAnnotation] ?? "";
  const needs = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;
  const see = "see https://github.com/kubernetes/enhancements/pull/1111";
  if (text === "") return { state: "missing", message: `${needs}, ${see}` };
  if (text.startsWith("unapproved")) return { state: "bypassed", message: `not approved: ${JSON.stringify(text)}` };
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]+/.test(text)) return { state: "approved", message: `approved in ${text}` };
  return { state: "invalid", message: `${needs} with either a URL or a reason starting with "unapproved", ${see}` };
}

function validateApproval(
  errors: Errors,
  definition: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition> | undefined,
): void {
  if (!isProtectedGroup(definition.spec.group ?? "")) return;
  const { state, message } = approvalOf(definition);
  if (old && approvalOf(old).state === state) return;
  const where = path("metadata", "annotations").key(approvalAnnotation);
  if (state === "missing") errors.push(field.required(where, message));
  if (state === "invalid") errors.push(field.invalid(where, definition.metadata.annotations?.[approvalAnnotation], message));
}

function validatePreserving(
  errors: Errors,
  { spec }: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition> | undefined,
): void {
  if (!spec.preserveUnknownFields) return;
  const invalid = (detail: string) => errors.push(field.invalid(at.child("preserveUnknownFields"), true, detail));
  const hasDefaults = ({ schema }: CustomResourceDefinitionVersion) =>
    schema?.openAPIV3Schema !== undefined && compileStructural(schema.openAPIV3Schema).hasDefaults;
  if (spec.versions?.some(hasDefaults)) invalid("must be false in order to use defaults in the schema");
  if (old?.spec.preserveUnknownFields) return;
  invalid("cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
}

function validateSpec(errors: Errors, definition: Readonly<CustomResourceDefinition>): void {
  const { spec } = definition;
  const { group = "", scope = "" } = spec;
  const versions = spec.versions ?? [];
  const groupTexts = isDNS1123Subdomain(group);
  if (group === "") errors.push(field.required(at.child("group")));
  else if (groupTexts.length > 0) errors.push(field.invalid(at.child("group"), group, groupTexts.join(",")));
  else if (!group.includes(".")) errors.push(field.invalid(at.child("group"), group, "should be a domain with at least one dot"));
  requireNamed(errors, scope, ["Cluster", "Namespaced"], at.child("scope"));
  const { shared, own } = splitShared(versions);
  if (!shared.schema?.openAPIV3Schema) {
    own.forEach((version, index) => {
      if (version.schema?.openAPIV3Schema) return;
      errors.push(field.required(at.child("versions").index(index).child("schema", "openAPIV3Schema")));
    });
  }
  own.forEach((version, index) => {
    const one = at.child("versions").index(index);
    const nameTexts = isDNS1035Label(version.name ?? "");
    if (nameTexts.length > 0) errors.push(field.invalid(one.child("name"), version.name ?? "", nameTexts.join(",")));
    const subresources = own.some((other) => other.subresources) ? version.subresources : shared.subresources;
    validateVersion(errors, version, subresources?.status !== undefined, one);
  });
  validateVersionList(errors, spec.versions && own);
  validateAllNames(errors, spec.names ?? ({} as CustomResourceDefinitionNames));
  const anyStatus = versions.some(({ subresources }) => subresources?.status !== undefined);
  errors.push(...validateSchema(shared.schema, anyStatus, at.child("validation")));
  validateSubresources(errors, shared.subresources, at.child("subresources"));
  shared.additionalPrinterColumns?.forEach((column, index) => {
    validateColumn(errors, column, at.child("additionalPrinterColumns").index(index));
  });
  if (shared.selectableFields?.length) {
    const where = at.child("selectableFields");
    if (!shared.schema) errors.push(field.invalid(where, "", "may only be set when validations.schema is included"));
    else
      validateSelectableFields(
        errors,
        shared.selectableFields,
        shared.schema.openAPIV3Schema,
        at.child("schema", "openAPIV3Schema"),
        where,
      );
  }
  if (spec.conversion) validateConversion(errors, spec.conversion, at.child("conversion"));
}

function requireNamed(errors: Errors, value: string, accepted: readonly string[], where: FieldPath): void {
  if (value === "") errors.push(field.required(where));
  else if (!accepted.includes(value)) errors.push(field.notSupported(where, value, accepted));
}

function validateVersionList(errors: Errors, given: readonly CustomResourceDefinitionVersion[] | undefined): void {
  const where = at.child("versions");
  const own = given ?? [];
  const shown = own.length > 0 ? internalForm("[]api/apiextensions/v1#CustomResourceDefinitionVersion", own) : (given ?? null);
  const invalid = (detail: string) => errors.push(field.invalid(where, shown, detail));
  if (new Set(own.map(({ name }) => name)).size < own.length) invalid("must contain unique version names");
  if (own.filter(({ storage }) => storage).length !== 1) invalid("must have exactly one version marked as storage version");
  const first = own[0]?.name ?? "";
  const texts = first === "" ? [] : isDNS1035Label(first);
  if (texts.length > 0) errors.push(field.invalid(at.child("version"), first, texts.join(",")));
}

function validateVersion(errors: Errors, version: CustomResourceDefinitionVersion, hasStatus: boolean, where: FieldPath): void {
  const { deprecationWarning: warning } = version;
  const invalid = (detail: string) => errors.push(field.invalid(where.child("deprecationWarning"), warning, detail));
  if (warning !== undefined && !version.deprecated) invalid("can only be set for deprecated versions");
  else if (warning !== undefined) {
    if (utf8Length(warning) > 256) invalid("must be <= 256 characters long");
    if (warning === "") invalid("must not be an empty string");
    const odd = [...warning].findIndex((character) => /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(character));
    if (odd >= 0) {
      const index = utf8Length([...warning].slice(0, odd).join(""));
      invalid(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
    }
  }
  errors.push(...validateSchema(version.schema, hasStatus, where.child("schema")));
  validateSubresources(errors, version.subresources, where.child("subresources"));
  version.additionalPrinterColumns?.forEach((column, index) => {
    validateColumn(errors, column, where.child("additionalPrinterColumns").index(index));
  });
  if (!version.selectableFields?.length) return;
  const schema = version.schema?.openAPIV3Schema;
  const fieldsPath = where.child("selectableFields");
  // The message says the opposite of what it means, as upstream's does.
  if (!schema) errors.push(field.invalid(fieldsPath, "", "may only be set when `version.schema.openAPIV3Schema` is not included"));
  else validateSelectableFields(errors, version.selectableFields, schema, where.child("schema", "openAPIV3Schema"), fieldsPath);
}

function validateAllNames(errors: Errors, names: CustomResourceDefinitionNames): void {
  const where = at.child("names");
  for (const name of ["plural", "singular", "kind", "listKind"] as const) {
    if (!names[name]) errors.push(field.required(where.child(name)));
  }
  validateNames(errors, names, where);
}

export function validateNames(errors: Errors, names: CustomResourceDefinitionNames, where: FieldPath): void {
  const check = (one: FieldPath, value: string | undefined, label: string | undefined, before = "") => {
    const texts = label ? isDNS1035Label(label) : [];
    if (texts.length > 0) errors.push(field.invalid(one, value, `${before}${texts.join(",")}`));
  };
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  const mixed = "may have mixed case, but should otherwise match: ";
  check(where.child("plural"), plural, plural);
  check(where.child("singular"), singular, singular);
  check(where.child("kind"), kind, kind?.toLowerCase(), mixed);
  check(where.child("listKind"), listKind, listKind?.toLowerCase(), mixed);
  const checkAll = (name: string, values: readonly string[]) => {
    for (const [index, value] of values.entries()) {
      const texts = isDNS1035Label(value);
      if (texts.length > 0) errors.push(field.invalid(where.child(name).index(index), value, texts.join(",")));
    }
  };
  checkAll("shortNames", shortNames);
  if (kind && kind === listKind) {
    errors.push(field.invalid(where.child("listKind"), listKind, "kind and listKind may not be the same"));
  }
  checkAll("categories", categories);
}

function validateColumn(errors: Errors, column: CustomResourceColumnDefinition, where: FieldPath): void {
  const { name, type, format, jsonPath } = column;
  if (!name) errors.push(field.required(where.child("name")));
  const oneOf = (values: readonly string[]) => `must be one of ${values.join(",")}`;
  if (!type) errors.push(field.required(where.child("type"), oneOf(columnTypes)));
  else if (!columnTypes.includes(type)) errors.push(field.invalid(where.child("type"), type, oneOf(columnTypes)));
  if (format && !columnFormats.includes(format)) errors.push(field.invalid(where.child("format"), format, oneOf(columnFormats)));
  if (!jsonPath) errors.push(field.required(where.child("JSONPath")));
  else if (!jsonPath.startsWith(".")) {
    errors.push(field.invalid(where.child("JSONPath"), jsonPath, "must be a simple json path starting with ."));
  }
}

function validateSubresources(errors: Errors, subresources: CustomResourceSubresources | undefined, where: FieldPath): void {
  const scale = subresources?.scale;
  if (!scale) return;
  const check = (name: keyof typeof scale, value: string | undefined, roots: readonly string[], under: string) => {
    const one = where.child(`scale.${name}`);
    if (!value) {
      if (name !== "labelSelectorPath") errors.push(field.required(one));
    } else if (!value.startsWith(".")) errors.push(field.invalid(one, value, "must be a simple json path starting with ."));
    else if (!roots.some((root) => value.startsWith(root))) {
      errors.push(field.invalid(one, value, `should be a json path under ${under}`));
    }
  };
  check("specReplicasPath", scale.specReplicasPath, [".spec."], ".spec");
  check("statusReplicasPath", scale.statusReplicasPath, [".status."], ".status");
  check("labelSelectorPath", scale.labelSelectorPath, [".spec.", ".status."], "either .spec or .status");
}

function validateConversion(errors: Errors, { strategy = "", webhook }: CustomResourceConversion, where: FieldPath): void {
  requireNamed(errors, strategy, ["None", "Webhook"], where.child("strategy"));
  const clientPath = where.child("webhookClientConfig");
  const versionsPath = where.child("conversionReviewVersions");
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy !== "Webhook") {
    const detail = "should not be set when strategy is not set to Webhook";
    if (webhook?.clientConfig) errors.push(field.forbidden(clientPath, detail));
    if (versions.length > 0) errors.push(field.forbidden(versionsPath, detail));
    return;
  }
  if (!webhook?.clientConfig) errors.push(field.required(clientPath, "required when strategy is set to Webhook"));
  else validateClientConfig(errors, webhook.clientConfig, clientPath);
  if (versions.length === 0) {
    errors.push(field.required(versionsPath));
    return;
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) errors.push(field.invalid(versionsPath.index(index), version, "duplicate version"));
    else for (const text of isDNS1035Label(version)) errors.push(field.invalid(versionsPath.index(index), version, text));
    seen.add(version);
  }
  if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push(field.invalid(versionsPath, versions, `must include at least one of ${reviewVersions.join(", ")}`));
  }
}
