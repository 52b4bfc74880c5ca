import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../../api/apiextensions/v1.ts";
import type { ResourceDefinition } from "../../api/define-resource.ts";
import type { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import type { Schema } from "../../machinery/cel/schema/schema.ts";
import { type RuleValidator, ruleValidator } from "../../machinery/cel/validations.ts";
import type { JsonSchema } from "../../machinery/structural/json-schema.ts";
import { compileStructural, type Structural } from "../../machinery/structural/structural.ts";
import { byVersionPriority } from "../../machinery/version-priority.ts";
import { type ConversionDeps, ConversionWebhook } from "./conversion-webhook.ts";
import { customBehaviour } from "./custom-behaviour.ts";
import { customTable } from "./custom-columns.ts";
import { CustomConverter, type CustomVersions } from "./custom-converter.ts";

/** One version of a custom resource, as it is to be served where it is. */
export interface CustomVersion {
  served: boolean;
  definition: ResourceDefinition;
  root: Structural;
}

const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const subresourceVerbs = ["get", "patch", "update"];
const terminating = "create not allowed while custom resource definition is terminating";

/**
 * The versions of a definition whose names are accepted. `serial` tells one making of them from the next. `library` is what the
 * rules of all definitions share.
 */
export function customVersions(
  custom: Readonly<CustomResourceDefinition>,
  serial: number,
  library: FunctionLibrary,
  conversions: ConversionDeps,
): CustomVersion[] {
  const { group, scope, conversion } = custom.spec;
  const accepted = custom.status?.acceptedNames;
  const names = accepted?.kind ? { ...accepted, plural: custom.spec.names.plural } : custom.spec.names;
  const preserves = custom.spec.preserveUnknownFields === true;
  const all = custom.spec.versions.map((version) => ({ version, schema: schemaOf(version, preserves) }));
  const roots = new Map(all.map(({ version, schema }) => [`${group}/${version.name}`, compileStructural(schema)]));
  const storage = custom.spec.versions.find((version) => version.storage) ?? custom.spec.versions[0];
  const versions: CustomVersions = {
    storage: `${group}/${storage?.name ?? ""}`,
    roots,
    webhook: conversion?.strategy === "Webhook" ? new ConversionWebhook(conversions, custom) : undefined,
  };
  const { shortNames, categories } = names;
  return all.map(({ version }) => {
    const apiVersion = `${group}/${version.name}`;
    const root = roots.get(apiVersion) as Structural;
    const table = customTable(version.additionalPrinterColumns);
    const rules = lazyRules(version.schema?.openAPIV3Schema as Schema | undefined, library);
    const behaviour = { ...customBehaviour(version, root, rules), row: table.row };
    const deprecation = deprecationOf(custom, version);
    if (deprecation !== undefined) behaviour.deprecation = deprecation;
    if (isTerminating(custom)) behaviour.refusesCreation = terminating;
    const definition: ResourceDefinition = {
      group,
      version: version.name,
      resource: names.plural,
      kind: names.kind,
      listKind: names.listKind || `${names.kind}List`,
      singular: names.singular ?? "",
      namespaced: scope === "Namespaced",
      verbs,
      ...(shortNames?.length ? { shortNames } : {}),
      ...(categories?.length ? { categories } : {}),
      ...subresourcesOf(version, names.kind),
      columns: table.columns,
      type: `custom/${apiVersion}#${names.kind}@${serial}`,
      storageName: `${group}/${names.plural}`,
      storageVersion: storage?.name ?? version.name,
      behaviour,
      converter: new CustomConverter(apiVersion, versions),
      published: {
        schema: version.schema?.openAPIV3Schema,
        preserves,
        selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, "")),
      },
    };
    return { served: version.served, definition, root };
  });
}

/** Compiling is slow: it waits for the first write. */
function lazyRules(schema: Schema | undefined, library: FunctionLibrary): RuleValidator | undefined {
  if (!schema || !JSON.stringify(schema).includes('"x-kubernetes-validations"')) return undefined;
  let compiled: { validator: RuleValidator | undefined } | undefined;
  return {
    validate(value, old, path) {
      compiled ??= { validator: ruleValidator(schema, true, library) };
      return compiled.validator?.validate(value, old, path) ?? { errors: [], warnings: [] };
    },
  };
}

export function isTerminating({ metadata, status }: Readonly<CustomResourceDefinition>): boolean {
  if (metadata.deletionTimestamp) return true;
  return status?.conditions?.some((condition) => condition.type === "Terminating" && condition.status === "True") ?? false;
}

function schemaOf({ schema }: CustomResourceDefinitionVersion, preserves: boolean): JsonSchema {
  const own = (schema?.openAPIV3Schema ?? { type: "object" }) as JsonSchema;
  return preserves ? { ...own, "x-kubernetes-preserve-unknown-fields": true } : own;
}

function subresourcesOf({ subresources }: CustomResourceDefinitionVersion, kind: string): Pick<ResourceDefinition, "subresources"> {
  if (!subresources?.status && !subresources?.scale) return {};
  return {
    subresources: {
      ...(subresources.status ? { status: { verbs: subresourceVerbs, kind } } : {}),
      ...(subresources.scale ? { scale: { verbs: subresourceVerbs, kind: "Scale", group: "autoscaling", version: "v1" } } : {}),
    },
  };
}

/** What is said with every answer in a version that is deprecated. */
function deprecationOf({ spec }: Readonly<CustomResourceDefinition>, version: CustomResourceDefinitionVersion): string | undefined {
  if (!version.deprecated) return undefined;
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const { group, names } = spec;
  const said = `${group}/${version.name} ${names.kind} is deprecated`;
  const better = spec.versions
    .filter((other) => other.served && !other.deprecated && byVersionPriority(other.name, version.name) < 0)
    .sort((a, b) => byVersionPriority(a.name, b.name))[0];
  return better ? `${said}; use ${group}/${better.name} ${names.kind}` : said;
}
