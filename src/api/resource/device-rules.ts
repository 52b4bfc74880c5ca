import { type FieldPath, field } from "../../machinery/errors.ts";
import { validateLabelName } from "../../machinery/validation/labels.ts";
import {
  isCIdentifier,
  isDNS1123Label,
  isDNS1123Subdomain,
  isLabelValue,
  isQualifiedName,
  utf8Length,
} from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";
import { complaintOfSelector } from "./device-expressions.ts";
import type { DeviceSelector, DeviceTaint, DeviceToleration, OpaqueDeviceConfiguration } from "./v1.ts";

const maxDriverLength = 63;
const maxPoolLength = 253;
const maxIdentifierLength = 32;
const maxExpressionLength = 10 * 1024;
const maxParametersLength = 10 * 1024;
const maxSelectors = 32;
const taintEffects = ["NoExecute", "NoSchedule", "None"];

/** Too many items: nothing else is said of the list then. */
export function validateList<T>(
  errors: Errors,
  items: readonly T[] | undefined,
  max: number,
  path: FieldPath,
  validate: (item: T, path: FieldPath) => void,
  keyOf?: (item: T) => unknown,
): void {
  const given = items ?? [];
  if (given.length > max) {
    errors.push(field.tooMany(path, given.length, max));
    return;
  }
  for (const [index, item] of given.entries()) validate(item, path.index(index));
  if (!keyOf) return;
  const seen = new Set<string>();
  for (const [index, item] of given.entries()) {
    const key = keyOf(item);
    const text = JSON.stringify(key);
    if (seen.has(text)) errors.push(field.duplicate(path.index(index), key));
    seen.add(text);
  }
}

export function validateDriver(errors: Errors, driver: string | undefined, path: FieldPath): void {
  if (!driver) {
    errors.push(field.required(path));
    return;
  }
  if (utf8Length(driver) > maxDriverLength) errors.push(field.tooLong(path, maxDriverLength));
  complain(errors, path, driver, isDNS1123Subdomain(driver.toLowerCase()));
}

export function validatePool(errors: Errors, pool: string | undefined, path: FieldPath): void {
  if (!pool) {
    errors.push(field.required(path));
    return;
  }
  if (utf8Length(pool) > maxPoolLength) errors.push(field.tooLong(path, maxPoolLength));
  for (const part of pool.split("/")) complain(errors, path, part, isDNS1123Subdomain(part));
}

export function validateLabelOf(errors: Errors, name: string | undefined, path: FieldPath): void {
  complain(errors, path, name ?? "", isDNS1123Label(name ?? ""));
}

/** `model` or `example.com/model`. */
export function validateDeviceName(errors: Errors, name: string, path: FieldPath): void {
  const parts = name.split("/");
  if (parts.length > 2) return;
  const [domain, identifier] = parts.length === 2 ? parts : [undefined, parts[0]];
  if (domain === "") errors.push(field.invalid(path, "", "the domain must not be empty"));
  else if (domain !== undefined) validateDriver(errors, domain, path);
  if (identifier === "" && domain !== undefined) errors.push(field.invalid(path, "", "the name must not be empty"));
  else validateIdentifier(errors, identifier ?? "", path);
}

export function validateFullDeviceName(errors: Errors, name: string, path: FieldPath): void {
  validateDeviceName(errors, name, path);
  if (!name.includes("/")) {
    errors.push(field.invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash"));
  }
}

function validateIdentifier(errors: Errors, identifier: string, path: FieldPath): void {
  if (utf8Length(identifier) > maxIdentifierLength) errors.push(field.tooLong(path, maxIdentifierLength));
  complain(errors, path, identifier, isCIdentifier(identifier));
}

export function validateSelectors(errors: Errors, selectors: readonly DeviceSelector[] | undefined, path: FieldPath): void {
  validateList(errors, selectors, maxSelectors, path, ({ cel }, one) => {
    if (!cel) {
      errors.push(field.required(one.child("cel")));
      return;
    }
    const { expression = "" } = cel;
    if (utf8Length(expression) > maxExpressionLength) {
      errors.push(field.tooLong(one.child("cel", "expression"), maxExpressionLength));
      return;
    }
    const complaint = complaintOfSelector(expression, one.child("cel", "expression"));
    if (complaint) errors.push(complaint);
  });
}

export function validateConfiguration(errors: Errors, { opaque }: { opaque?: OpaqueDeviceConfiguration }, path: FieldPath): void {
  if (!opaque) {
    errors.push(field.required(path.child("opaque")));
    return;
  }
  validateDriver(errors, opaque.driver, path.child("opaque", "driver"));
  validateRaw(errors, opaque.parameters, path.child("opaque", "parameters"), maxParametersLength);
}

/** Data that the server doesn't know: an object of limited size. */
export function validateRaw(errors: Errors, value: unknown, path: FieldPath, maxLength: number): void {
  if (value === undefined || value === null) errors.push(field.required(path));
  else if (utf8Length(JSON.stringify(value)) > maxLength) errors.push(field.tooLong(path, maxLength));
  else if (typeof value !== "object" || Array.isArray(value)) {
    errors.push(field.invalid(path, "<value omitted>", "must be a valid JSON object"));
  }
}

export function validateTaint(errors: Errors, { key = "", value = "", effect = "" }: DeviceTaint, path: FieldPath): void {
  errors.push(...validateLabelName(key, path.child("key")));
  if (value !== "") complain(errors, path.child("value"), value, isLabelValue(value));
  if (effect === "") errors.push(field.required(path.child("effect")));
  else requireEffect(errors, effect, path);
}

function requireEffect(errors: Errors, effect: string, path: FieldPath): void {
  if (!taintEffects.includes(effect)) errors.push(field.notSupported(path.child("effect"), effect, taintEffects));
}

export function validateToleration(errors: Errors, toleration: DeviceToleration, path: FieldPath): void {
  const { key = "", operator = "", value = "", effect = "" } = toleration;
  if (key !== "") complain(errors, path.child("key"), key, isQualifiedName(key));
  if (operator === "Exists") {
    if (value !== "") errors.push(field.invalid(path.child("value"), value, "must be empty for operator `Exists`"));
  } else if (operator === "Equal") complain(errors, path.child("value"), value, isLabelValue(value));
  else if (operator === "") errors.push(field.required(path.child("operator")));
  else errors.push(field.notSupported(path.child("operator"), operator, ["Equal", "Exists"]));
  if (effect !== "") requireEffect(errors, effect, path);
}

export function validateBindingConditions(
  errors: Errors,
  conditions: readonly string[] | undefined,
  failures: readonly string[] | undefined,
  path: FieldPath,
): void {
  const lists = { bindingConditions: conditions ?? [], bindingFailureConditions: failures ?? [] };
  for (const [name, list] of Object.entries(lists)) {
    validateList(errors, list, 4, path.child(name), (item, one) => errors.push(...validateLabelName(item, one)));
  }
  for (const [name, list] of Object.entries(lists)) {
    for (const [index, item] of list.entries()) {
      const one = path.child(name).index(index);
      if (list.indexOf(item) < index) errors.push(field.duplicate(one, item));
      if (name === "bindingFailureConditions" && lists.bindingConditions.includes(item)) {
        errors.push(field.invalid(one, item, "bindingFailureConditions must not overlap with bindingConditions"));
      }
    }
  }
  const [some, other] = [lists.bindingConditions.length > 0, lists.bindingFailureConditions.length > 0];
  if (!some && other) {
    const detail = "bindingConditions are required to use bindingFailureConditions";
    errors.push(field.invalid(path.child("bindingConditions"), conditions ?? null, detail));
  }
  if (some && !other) {
    const detail = "bindingFailureConditions are required to use bindingConditions";
    errors.push(field.invalid(path.child("bindingFailureConditions"), failures ?? null, detail));
  }
}
