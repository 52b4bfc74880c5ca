import { type FieldPath, field } from "../../machinery/errors.ts";
import { addQuantities, compareQuantities, formatQuantity, quantityValue } from "../../machinery/quantity.ts";
import type { Errors } from "../validation.ts";
import { validateList } from "./device-rules.ts";
import type { CapacityRequestPolicyRange, DeviceCapacity } from "./v1.ts";

const maxOptions = 10;

/** The capacity of a device that several may share: how much of it one of them may ask for. */
export function validateCapacity(errors: Errors, { value = "0", requestPolicy }: DeviceCapacity, where: FieldPath): void {
  if (!requestPolicy) return;
  const { validValues = [], validRange } = requestPolicy;
  const preset = requestPolicy.default ?? undefined;
  const policy = where.child("requestPolicy");
  if (validValues.length > 0 && validRange) {
    const detail = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    errors.push(field.forbidden(policy, detail));
  } else if (validValues.length > 0) {
    if (preset === undefined) errors.push(field.required(policy.child("default"), "required when validValues is defined"));
    else validateValues(errors, preset, value, validValues, policy.child("validValues"));
  } else if (validRange) {
    if (preset === undefined) errors.push(field.required(policy.child("default"), "required when validRange is defined"));
    else validateRange(errors, preset, value, validRange, policy.child("validRange"));
  }
}

function validateValues(errors: Errors, preset: string, max: string, values: readonly string[], where: FieldPath): void {
  for (const [index, value] of values.entries()) {
    if (index > 0 && compareQuantities(values[index - 1] as string, value) > 0) {
      errors.push(field.invalid(where.index(index), value, "values must be sorted in ascending order"));
    }
  }
  const validate = (option: string, one: FieldPath) => {
    if (compareQuantities(option, max) > 0) errors.push(field.invalid(one, option, `option is larger than capacity value: ${max}`));
  };
  validateList(errors, values, maxOptions, where, validate, (value) => String(quantityValue(value)));
  const isListed = values.length <= maxOptions && values.some((value) => compareQuantities(value, preset) === 0);
  if (!isListed) errors.push(field.invalid(where, preset, "default value is not valid according to the requestPolicy"));
}

function validateRange(errors: Errors, preset: string, most: string, range: CapacityRequestPolicyRange, where: FieldPath): void {
  const { min, max, step } = range;
  const isLess = (a: string, b: string) => compareQuantities(a, b) < 0;
  const invalid = (name: string, value: string, detail: string) => errors.push(field.invalid(where.child(name), value, detail));
  if (min === undefined) {
    errors.push(field.required(where.child("min"), "required when validRange is defined"));
    return;
  }
  if (isLess(most, min)) invalid("min", min, `min is larger than capacity value: ${most}`);
  if (isLess(preset, min)) invalid("min", preset, `default is less than min: ${min}`);
  if (max !== undefined) {
    if (isLess(max, min)) invalid("max", min, `min is larger than max: ${max}`);
    if (isLess(most, max)) invalid("max", max, `max is larger than capacity value: ${most}`);
    if (isLess(max, preset)) invalid("max", preset, `default is more than max: ${max}`);
  }
  if (step === undefined) return;
  const first = formatQuantity(addQuantities(min, step));
  if (isLess(most, first)) invalid("step", step, `one step ${first} is larger than capacity value: ${most}`);
  for (const value of max === undefined ? [preset] : [preset, max]) {
    if ((quantityValue(value) - quantityValue(min)) % quantityValue(step) === 0) continue;
    invalid("step", value, `value is not a multiple of a given step (${step}) from (${min})`);
  }
}
