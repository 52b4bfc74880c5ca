import { type FieldError, field, path } from "../../machinery/errors.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import { isQualifiedName, nameIsDNSSubdomain, nameIsPathSegment } from "../../machinery/validation/names.ts";
import { validateAnnotations } from "../../machinery/validation/object-meta.ts";
import { isExtendedResource } from "../core/resource-names.ts";
import { defineResource } from "../define-resource.ts";
import { requireSame } from "../internal-form.ts";
import type { Errors } from "../validation.ts";
import { defaultClaimSpec, validateClaimSpec, validateClaimStatus } from "./claim-validation.ts";
import { validateConfiguration, validateList, validateSelectors } from "./device-rules.ts";
import type { DeviceClass, ResourceClaim, ResourceClaimTemplate } from "./v1.ts";

const group = "resource.k8s.io";
const at = path("spec");

export const deviceclasses = defineResource<DeviceClass>(group, "deviceclasses", {
  // The base of a generated name is looked at as a segment of a path only.
  validateName: (name, prefix) => (prefix ? nameIsPathSegment(name, true) : nameIsDNSSubdomain(name, false)),
  default(deviceClass) {
    deviceClass.spec ??= {};
  },
  validate({ spec }) {
    const errors: Errors = [];
    validateSelectors(errors, spec.selectors, at.child("selectors"));
    validateList(errors, spec.config, 32, at.child("config"), (config, one) => validateConfiguration(errors, config, one));
    const name = spec.extendedResourceName;
    if (name !== undefined && !isExtendedName(name)) {
      errors.push(field.invalid(at.child("extendedResourceName"), name, "must be a valid extended resource name"));
    }
    return errors;
  },
  updateChecks: ["meta", "metaUpdate", "kind", "update"],
  returnsDeletedObject: true,
  countsGenerations: true,
});

/** What the metadata of a claim's template has no place for. */
const metadataFields = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
  "finalizers",
  "managedFields",
] as const;

function isExtendedName(name: string): boolean {
  return isExtendedResource(name) && isQualifiedName(`requests.${name}`).length === 0;
}

export const resourceclaims = defineResource<ResourceClaim>(group, "resourceclaims", {
  default(claim) {
    claim.spec ??= {};
    defaultClaimSpec(claim.spec);
    claim.status ??= {};
  },
  prepareForCreate(claim) {
    claim.status = {};
  },
  prepareForUpdate(claim, old, { subresource }) {
    if (subresource === "status") claim.metadata = { ...old.metadata };
  },
  validate: ({ spec }) => validateClaimSpec(spec, at),
  updateChecks: ["meta", "metaUpdate", "kind"],
  validateChange: (claim, old) => immutable("api/resource/v1#ResourceClaimSpec", claim.spec, old.spec),
  validateStatus: validateClaimStatus,
  returnsDeletedObject: true,
  countsGenerations: false,
});

export const resourceclaimtemplates = defineResource<ResourceClaimTemplate>(group, "resourceclaimtemplates", {
  default(template) {
    template.spec ??= { spec: {} };
    template.spec.spec ??= {};
    template.spec.metadata ??= {};
    defaultClaimSpec(template.spec.spec);
  },
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  validate({ spec }) {
    const errors: Errors = [];
    const metadata = at.child("metadata");
    if (spec.metadata?.annotations) errors.push(...validateAnnotations(spec.metadata.annotations, metadata.child("annotations")));
    if (spec.metadata?.labels) errors.push(...validateLabels(spec.metadata.labels, metadata.child("labels")));
    // In the order in which upstream's type has them.
    for (const name of metadataFields) {
      const value = spec.metadata?.[name];
      if (value || (name === "deletionGracePeriodSeconds" && value !== undefined))
        errors.push(field.forbidden(metadata.child(name === "uid" ? "uID" : name), "cannot be set"));
    }
    errors.push(...validateClaimSpec(spec.spec, at.child("spec")));
    return errors;
  },
  validateUpdate: (template, old) => immutable("api/resource/v1#ResourceClaimTemplateSpec", template.spec, old.spec),
  returnsDeletedObject: true,
});

function immutable(type: string, spec: unknown, old: unknown): FieldError[] {
  const errors: Errors = [];
  requireSame(errors, type, spec, old, at);
  return errors;
}
