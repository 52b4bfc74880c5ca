import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import { defaultResourceList } from "./resource-list.ts";
import { quotaResources } from "./resource-names.ts";
import { validateResourceName, validateResourceQuantity } from "./resource-validation.ts";
import type { ResourceQuota, ResourceQuotaSpec } from "./v1.ts";

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
    validateQuantities(errors, hard, at.child("hard"));
    const names = Object.keys(hard ?? {})
      .filter(isQuotaResource)
      .sort();
    const chosen: readonly string[] = quota.spec?.scopes ?? [];
    for (const scope of chosen) {
      if (!scopes.includes(scope)) errors.push(field.invalid(at.child("scopes"), chosen, "unsupported scope"));
      for (const name of names) {
        if (!scopeCovers(scope, name)) errors.push(field.invalid(at.child("scopes"), chosen, "unsupported scope applied to resource"));
      }
    }
    for (const pair of conflicts) {
      if (pair.every((scope) => chosen.includes(scope))) errors.push(field.invalid(at.child("scopes"), chosen, "conflicting scopes"));
    }
    if (quota.spec?.scopeSelector) validateScopeSelector(errors, quota.spec, names);
    return errors;
  },
  validateUpdate(quota, old) {
    const sorted = (list: readonly string[] | undefined) => [...new Set(list)].sort();
    if (deepEqual(sorted(quota.spec?.scopes), sorted(old.spec?.scopes))) return [];
    return [field.invalid(at.child("scopes"), quota.spec?.scopes ?? null, "field is immutable")];
  },
  validateStatus(quota) {
    const errors: Errors = [];
    validateQuantities(errors, quota.status?.hard, path("status", "hard"));
    validateQuantities(errors, quota.status?.used, path("status", "used"));
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
const conflicts = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
];
const podResource = /^(pods|(requests\.|limits\.)?(cpu|memory))$/;

function isQuotaResource(name: string): boolean {
  return quotaResources.has(name) || /^(requests\.)?hugepages-/.test(name);
}

function validateQuantities(errors: Errors, list: Readonly<Record<string, string>> | undefined, where: FieldPath): void {
  for (const name in list) {
    const key = where.key(name);
    validateResourceName(errors, name, key);
    if (!name.includes("/") && !isQuotaResource(name)) errors.push(field.invalid(key, name, "must be a standard resource for quota"));
    validateResourceQuantity(errors, name, list[name] as string, key);
  }
}

/** Whether a quota of that scope can limit the resource. */
function scopeCovers(scope: string, name: string): boolean {
  if (!scopes.includes(scope)) return true;
  if (scope === "BestEffort") return name === "pods";
  if (scope === "VolumeAttributesClass") return name === "persistentvolumeclaims" || name === "requests.storage";
  return podResource.test(name);
}

/** Scopes that have no values. */
const plainScopes = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];

function validateScopeSelector(errors: Errors, spec: ResourceQuotaSpec, names: readonly string[]): void {
  const where = at.child("scopeSelector", "matchExpressions");
  const seen = new Set<string>();
  for (const { scopeName = "", operator = "", values } of spec.scopeSelector?.matchExpressions ?? []) {
    if (!scopes.includes(scopeName)) errors.push(field.invalid(where.child("scopeName"), scopeName, "unsupported scope"));
    for (const name of names) {
      if (scopeCovers(scopeName, name)) continue;
      errors.push(field.invalid(where, shownSelector(spec), "unsupported scope applied to resource"));
    }
    if (plainScopes.includes(scopeName) && operator !== "Exists") {
      const text =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      errors.push(field.invalid(where.child("operator"), operator, text));
    }
    const count = values?.length ?? 0;
    if (operator === "In" || operator === "NotIn") {
      const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (count === 0) errors.push(field.required(where.child("values"), text));
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (count > 0) errors.push(field.invalid(where.child("values"), values, text));
    } else errors.push(field.invalid(where.child("operator"), operator, "not a valid selector operator"));
    seen.add(scopeName);
  }
  for (const pair of conflicts) {
    if (pair.every((scope) => seen.has(scope))) errors.push(field.invalid(where, spec.scopes ?? null, "conflicting scopes"));
  }
}

/** As upstream's messages show the selector. */
function shownSelector(spec: ResourceQuotaSpec): unknown {
  const expressions = (spec.scopeSelector?.matchExpressions ?? []).map(({ scopeName = "", operator = "", values }) => ({
    ScopeName: scopeName,
    Operator: operator,
    Values: values ?? null,
  }));
  return { MatchExpressions: expressions };
}
