import { field, path } from "../../machinery/errors.ts";
import { isQualifiedName } from "../../machinery/validation/names.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import { compareQuantities, defaultResourceList } from "./resource-list.ts";
import { validateResourceName } from "./resource-validation.ts";
import type { LimitRange, LimitRangeItem } from "./v1.ts";

const lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
const types = ["Container", "PersistentVolumeClaim", "Pod"];

export const limitranges = defineResource<LimitRange>("", "limitranges", {
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
  validate(range) {
    const errors: Errors = [];
    const seen = new Set<string>();
    for (const [index, limit] of (range.spec?.limits ?? []).entries()) {
      const at = path("spec", "limits").index(index);
      if (!types.includes(limit.type) && isQualifiedName(limit.type ?? "").length > 0) {
        for (const text of isQualifiedName(limit.type ?? "")) errors.push(field.invalid(at.child("type"), limit.type ?? "", text));
      } else if (!types.includes(limit.type) && !limit.type.includes("/")) {
        errors.push(field.invalid(at.child("type"), limit.type, "must be a standard limit type or fully qualified"));
      }
      if (seen.has(limit.type)) errors.push(field.duplicate(at.child("type"), limit.type));
      seen.add(limit.type);
      validateLimit(errors, limit, index);
    }
    return errors;
  },
  allowCreateOnUpdate: true,
  countsGenerations: false,
});

function validateLimit(errors: Errors, limit: LimitRangeItem, index: number): void {
  const at = path("spec", "limits").index(index);
  const names = new Set<string>();
  for (const list of lists) {
    for (const name in limit[list]) {
      names.add(name);
      validateResourceName(errors, name, at.child(list).key(name));
    }
  }
  if (limit.type === "Pod") {
    for (const list of ["default", "defaultRequest"] as const) {
      if (limit[list] && Object.keys(limit[list] ?? {}).length > 0) {
        errors.push(field.forbidden(at.child(list), "may not be specified when `type` is 'Pod'"));
      }
    }
  }
  if (limit.type === "PersistentVolumeClaim" && limit.min?.storage === undefined && limit.max?.storage === undefined) {
    errors.push(field.required(at.child("limits"), "either minimum or maximum storage value is required, but neither was provided"));
  }
  for (const name of names) {
    const min = limit.min?.[name];
    const max = limit.max?.[name];
    const request = limit.defaultRequest?.[name];
    const normal = limit.default?.[name];
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
    if (ratio !== undefined && compareQuantities(ratio, "1") < 0) wrong("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
  }
}
