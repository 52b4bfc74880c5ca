import { field, path } from "../../machinery/errors.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { type Errors, requireUnchanged } from "../validation.ts";
import { defaultResourceList } from "./resource-list.ts";
import { quotaResources } from "./resource-names.ts";
import { validateResourceName, validateResourceQuantity } from "./resource-validation.ts";
import type { ResourceQuota } from "./v1.ts";

const at = path("spec");

export const resourcequotas = defineResource<ResourceQuota>("", "resourcequotas", {
  default(quota) {
    defaultResourceList(quota.spec?.hard);
    defaultResourceList(quota.status?.hard);
    defaultResourceList(quota.status?.used);
  },
  prepareForCreate(quota) {
    quota.status = {};
  },
  validate(quota) {
    const errors: Errors = [];
    const hard = quota.spec?.hard;
    for (const name in hard) {
      const where = at.child("hard").key(name);
      validateResourceName(errors, name, where);
      if (!name.includes("/") && !quotaResources.has(name) && !/^(requests\.)?hugepages-/.test(name)) {
        errors.push(field.invalid(where, name, "must be a standard resource for quota"));
      }
      validateResourceQuantity(errors, name, hard[name] as string, where);
    }
    const chosen: readonly string[] = quota.spec?.scopes ?? [];
    for (const scope of chosen) {
      if (!scopes.includes(scope)) errors.push(field.invalid(at.child("scopes"), chosen, "unsupported scope"));
      else if (Object.keys(hard ?? {}).some((name) => !scopeCovers(scope, name))) {
        errors.push(field.invalid(at.child("scopes"), chosen, "unsupported scope applied to resource"));
      }
    }
    for (const [one, other] of [
      ["BestEffort", "NotBestEffort"],
      ["Terminating", "NotTerminating"],
    ] as const) {
      if (chosen.includes(one) && chosen.includes(other)) errors.push(field.invalid(at.child("scopes"), chosen, "conflicting scopes"));
    }
    return errors;
  },
  validateUpdate(quota, old) {
    const errors: Errors = [];
    const sorted = (list: readonly string[] | undefined) => [...(list ?? [])].sort();
    requireUnchanged(errors, sorted(quota.spec?.scopes), sorted(old.spec?.scopes), at.child("scopes"));
    return errors;
  },
  row(quota, { now }) {
    const requests: string[] = [];
    const limits: string[] = [];
    const hard = quota.status?.hard ?? {};
    for (const name of Object.keys(hard).sort()) {
      const text = `${name}: ${quota.status?.used?.[name] ?? "0"}/${hard[name]}`;
      (name.startsWith("limits") ? limits : requests).push(text);
    }
    return [quota.metadata.name ?? "", requests.join(", "), limits.join(", "), age(quota.metadata, now)];
  },
  returnsDeletedObject: true,
  countsGenerations: false,
});

const scopes = [
  "BestEffort",
  "CrossNamespacePodAffinity",
  "NotBestEffort",
  "NotTerminating",
  "PriorityClass",
  "Terminating",
  "VolumeAttributesClass",
];
const computeResource = /^(pods|(requests\.|limits\.)?(cpu|memory|ephemeral-storage))$/;

/** Whether a quota of that scope can limit the resource. */
function scopeCovers(scope: string, name: string): boolean {
  if (scope === "BestEffort") return name === "pods";
  if (scope === "VolumeAttributesClass") return name === "persistentvolumeclaims" || name === "requests.storage";
  return computeResource.test(name);
}
