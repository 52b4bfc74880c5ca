import { type FieldError, field, path } from "../../machinery/errors.ts";
import { isQualifiedName, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { isExtendedResource } from "../core/resource-names.ts";
import { defineResource, type RequestContext } from "../define-resource.ts";
import { requireSame } from "../internal-form.ts";
import { validateTemplateMeta } from "../template-meta.ts";
import type { Errors } from "../validation.ts";
import { validateAdminAccess } from "./admin-access.ts";
import { defaultClaimSpec, deviceKey, validateClaimSpec, validateClaimStatus } from "./claim-validation.ts";
import { validateConfiguration, validateList, validateSelectors } from "./device-rules.ts";
import type { DeviceClass, ResourceClaim, ResourceClaimSpec, ResourceClaimTemplate } from "./v1.ts";

const group = "resource.k8s.io";
const at = path("spec");

export const deviceclasses = defineResource<DeviceClass>(group, "deviceclasses", {
  // The base of a generated name isn't looked at here.
  validateName: (name, prefix) => (prefix ? [] : nameIsDNSSubdomain(name, false)),
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
    if (subresource !== "status") return;
    claim.metadata = { ...old.metadata };
    dropDeallocatedDevices(claim, old);
  },
  validate: ({ spec }) => validateClaimSpec(spec, at),
  createChecks: ["create", "meta", "kind"],
  validateCreate: ({ spec }, context) => adminErrors(spec, context),
  updateChecks: ["meta", "metaUpdate", "update"],
  validateUpdate: (claim, old) => immutable("api/resource/v1#ResourceClaimSpec", claim.spec, old.spec),
  validateStatus: (claim, old, context) => [...allocatedAdminErrors(claim, old, context), ...validateClaimStatus(claim, old)],
  returnsDeletedObject: true,
  countsGenerations: false,
});

/** What drivers told of devices goes with their allocation. */
function dropDeallocatedDevices({ status }: ResourceClaim, old: Readonly<ResourceClaim>): void {
  const before = old.status?.allocation?.devices?.results ?? [];
  if (!status?.devices || before.length === 0) return;
  const kept = new Set((status.allocation?.devices?.results ?? []).map(deviceKey));
  const gone = new Set(before.map(deviceKey).filter((key) => !kept.has(key)));
  const devices = status.devices.filter((device) => !gone.has(deviceKey(device)));
  if (devices.length > 0) status.devices = devices;
  else delete status.devices;
}

export const resourceclaimtemplates = defineResource<ResourceClaimTemplate>(group, "resourceclaimtemplates", {
  default(template) {
    template.spec ??= { spec: {} };
    template.spec.spec ??= {};
    template.spec.metadata ??= {};
    defaultClaimSpec(template.spec.spec);
  },
  createChecks: ["create", "meta", "kind"],
  validateCreate: ({ spec }, context) => adminErrors(spec.spec, context),
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  validate({ spec }) {
    const errors: Errors = [];
    validateTemplateMeta(errors, spec.metadata, at.child("metadata"));
    errors.push(...validateClaimSpec(spec.spec, at.child("spec")));
    return errors;
  },
  validateUpdate: (template, old) => immutable("api/resource/v1#ResourceClaimTemplateSpec", template.spec, old.spec),
  returnsDeletedObject: true,
});

function adminErrors({ devices }: ResourceClaimSpec, context: RequestContext): FieldError[] {
  const errors: Errors = [];
  const requests = at.child("devices", "requests");
  validateAdminAccess(
    errors,
    context,
    (devices?.requests ?? []).map(({ exactly }, index) => ({ path: requests.index(index), asked: exactly?.adminAccess })),
  );
  return errors;
}

/** Access that was granted before stays. */
function allocatedAdminErrors({ status }: ResourceClaim, old: ResourceClaim, context: RequestContext): FieldError[] {
  const errors: Errors = [];
  const granted = old.status?.allocation?.devices?.results ?? [];
  if (granted.some(({ adminAccess }) => adminAccess === true)) return errors;
  const results = path("status", "allocation", "devices", "results");
  validateAdminAccess(
    errors,
    context,
    (status?.allocation?.devices?.results ?? []).map(({ adminAccess }, index) => ({ path: results.index(index), asked: adminAccess })),
  );
  return errors;
}

function immutable(type: string, spec: unknown, old: unknown): FieldError[] {
  const errors: Errors = [];
  requireSame(errors, type, spec, old, at);
  return errors;
}
