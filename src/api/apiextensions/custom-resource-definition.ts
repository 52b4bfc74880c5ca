import { path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import { validateDefinition, validateDefinitionChange, validateNames } from "./definition-validation.ts";
import { unknownFormats } from "./schema-validation.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec } from "./v1.ts";

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export const customresourcedefinitions = defineResource<CustomResourceDefinition>("apiextensions.k8s.io", "customresourcedefinitions", {
  takesAnyFinalizer: true,
  default(definition) {
    definition.spec ??= {} as CustomResourceDefinitionSpec;
    const { spec } = definition;
    spec.names ??= {} as CustomResourceDefinitionNames;
    const { names } = spec;
    if (!names.singular && names.kind) names.singular = names.kind.toLowerCase();
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
    spec.conversion ??= { strategy: "None" };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
    definition.status ??= {};
    definition.status.acceptedNames ??= { plural: "", kind: "" };
    if (!definition.status.storedVersions?.length) storeVersion(definition);
  },
  prepareForCreate(definition) {
    definition.status = { acceptedNames: { plural: "", kind: "" } };
    storeVersion(definition);
  },
  prepareForUpdate(definition, old, { subresource }) {
    if (subresource === "status") return;
    // The status is the stored one: it must not change where it lies.
    definition.status = { ...definition.status };
    storeVersion(definition);
    if (!deepEqual(definition.spec, old.spec)) definition.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validateName: (name, prefix, { spec }) => {
    const texts = nameIsDNSSubdomain(name, prefix);
    return name === `${spec.names?.plural ?? ""}.${spec.group ?? ""}` ? texts : [...texts, 'must be spec.names.plural+"."+spec.group'];
  },
  validate: validateDefinition,
  validateChange: validateDefinitionChange,
  validateStatus({ status }) {
    const errors: Errors = [];
    if (status?.acceptedNames) validateNames(errors, status.acceptedNames, path("status", "acceptedNames"));
    return errors;
  },
  warnings(definition, old, subresource) {
    if (subresource === "status") return [];
    const before = new Set(old ? formatsOf(old) : []);
    return formatsOf(definition)
      .filter((format) => !before.has(format))
      .map((format) => `unrecognized format ${JSON.stringify(format)}`);
  },
  finalizersOnDelete: [cleanupFinalizer],
  prepareForDelete(definition) {
    const pending = {
      type: "Terminating",
      status: "True",
      lastTransitionTime: definition.metadata.deletionTimestamp ?? "",
      reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    };
    const others = (definition.status?.conditions ?? []).filter(({ type }) => type !== pending.type);
    definition.status = { ...definition.status, conditions: [...others, pending] };
  },
  allowUnconditionalUpdate: false,
});

/** The version that is stored from now on joins those that objects may be stored in. */
function storeVersion({ spec, status }: CustomResourceDefinition): void {
  const name = spec.versions?.find(({ storage }) => storage)?.name;
  if (name === undefined || !status || status.storedVersions?.includes(name)) return;
  status.storedVersions = [...(status.storedVersions ?? []), name];
}

function formatsOf({ spec }: Readonly<CustomResourceDefinition>): string[] {
  const versions = spec.versions ?? [];
  const [first, ...others] = versions.map(({ schema }) => schema?.openAPIV3Schema);
  const alike = others.every((schema) => deepEqual(schema, first));
  return (alike ? [first] : [first, ...others]).flatMap(unknownFormats);
}
