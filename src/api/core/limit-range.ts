import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { quantityMilliValue } from "../../machinery/quantity.ts";
import { uuid } from "../../machinery/random.ts";
import { isQualifiedName } from "../../machinery/validation/names.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { compareQuantities, defaultResourceList } from "./resource-list.ts";
import { isOvercommitAllowed } from "./resource-names.ts";
import { validateContainerResourceName, validateResourceName } from "./resource-validation.ts";
import type { LimitRange, LimitRangeItem } from "./v1.ts";

const lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
const types = ["Container", "PersistentVolumeClaim", "Pod"];

export const limitranges = defineResource<LimitRange>("", "limitranges", {
  updateChecks: ["meta", "kind"],
  default(range) {
    for (const limit of range.spec?.limits ?? []) {
      for (const name of lists) defaultResourceList(limit[name]);
      if (limit.type !== "Container") continue;
      // What isn't said follows: the default from the maximum, the default request from the default, then from the minimum.
      limit.default = { ...limit.max, ...limit.default };
      limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
      for (const name of ["default", "defaultRequest"] as const) if (Object.keys(limit[name] ?? {}).length === 0) delete limit[name];
    }
  },
  prepareForCreate({ metadata }, { random }) {
    metadata.name ||= uuid(random);
  },
  validate(range) {
    const errors: Errors = [];
    const seen = new Set<string>();
    for (const [index, limit] of (range.spec?.limits ?? []).entries()) {
      const at = path("spec", "limits").index(index);
      const type = limit.type ?? "";
      const texts = isQualifiedName(type);
      complain(errors, at.child("type"), type, texts);
      if (texts.length === 0 && !type.includes("/") && !types.includes(type)) {
        errors.push(field.invalid(at.child("type"), type, "must be a standard limit type or fully qualified"));
      }
      if (seen.has(type)) errors.push(field.duplicate(at.child("type"), type));
      seen.add(type);
      validateLimit(errors, limit, at);
    }
    return errors;
  },
  allowCreateOnUpdate: true,
  countsGenerations: false,
});

function validateLimit(errors: Errors, limit: LimitRangeItem, at: FieldPath): void {
  const isPod = limit.type === "Pod";
  const names = new Set<string>();
  const checkName = isPod || limit.type === "Container" ? validateContainerResourceName : validateResourceName;
  for (const list of lists) {
    if (isPod && (list === "default" || list === "defaultRequest")) {
      if (Object.keys(limit[list] ?? {}).length > 0) {
        errors.push(field.forbidden(at.child(list), "may not be specified when `type` is 'Pod'"));
      }
      continue;
    }
    if (list === "maxLimitRequestRatio" && limit.type === "PersistentVolumeClaim") {
      if (limit.min?.storage === undefined && limit.max?.storage === undefined) {
        errors.push(field.required(at.child("limits"), "either minimum or maximum storage value is required, but neither was provided"));
      }
    }
    for (const name in limit[list]) {
      names.add(name);
      checkName(errors, name, at.child(list).key(name));
    }
  }
  for (const name of names) validateOrder(errors, limit, name, isPod, at);
}

function validateOrder(errors: Errors, limit: LimitRangeItem, name: string, isPod: boolean, at: FieldPath): void {
  const min = limit.min?.[name];
  const max = limit.max?.[name];
  const request = isPod ? undefined : limit.defaultRequest?.[name];
  const normal = isPod ? undefined : limit.default?.[name];
  const ratio = limit.maxLimitRequestRatio?.[name];
  const above = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const wrong = (list: string, value: string | undefined, text: string) =>
    errors.push(field.invalid(at.child(list).key(name), value, text));
  if (above(min, max)) wrong("min", min, `min value ${min} is greater than max value ${max}`);
  if (above(min, request)) wrong("defaultRequest", request, `min value ${min} is greater than default request value ${request}`);
  if (above(request, max)) wrong("defaultRequest", request, `default request value ${request} is greater than max value ${max}`);
  if (above(request, normal)) {
    wrong("defaultRequest", request, `default request value ${request} is greater than default limit value ${normal}`);
  }
  if (above(min, normal)) wrong("default", min, `min value ${min} is greater than default value ${normal}`);
  if (above(normal, max)) wrong("default", max, `default value ${normal} is greater than max value ${max}`);
  if (ratio !== undefined) {
    if (compareQuantities(ratio, "1") < 0) wrong("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
    if (min !== undefined && max !== undefined) {
      const largest = quantityMilliValue(max) / quantityMilliValue(min);
      if (quantityMilliValue(ratio) / 1000 > largest) {
        wrong("maxLimitRequestRatio", ratio, `ratio ${ratio} is greater than max/min = ${largest.toFixed(6)}`);
      }
    }
  }
  if (!isOvercommitAllowed(name) && normal !== undefined && request !== undefined && compareQuantities(normal, request) !== 0) {
    wrong("defaultRequest", request, `default value ${normal} must equal to defaultRequest value ${request} in ${name}`);
  }
}
