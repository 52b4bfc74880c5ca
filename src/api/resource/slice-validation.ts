import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isDNS1123Subdomain, utf8Length } from "../../machinery/validation/names.ts";
import { validateNodeSelector } from "../core/affinity-validation.ts";
import { internalForm } from "../internal-form.ts";
import { complain, type Errors, requireUnchanged } from "../validation.ts";
import { validateCapacity } from "./capacity-validation.ts";
import {
  validateBindingConditions,
  validateDeviceName,
  validateDriver,
  validateLabelOf,
  validateList,
  validatePool,
  validateTaint,
} from "./device-rules.ts";
import type { CounterSet, Device, DeviceAttribute, DeviceCounterConsumption, ResourceSlice } from "./v1.ts";

const at = path("spec");
const maxDevices = 128;
/** Devices with taints, counters or lists are dearer. */
const maxElaborateDevices = 64;
const maxAttributesAndCapacities = 32;
const maxAttributeValues = 48;
const maxValueLength = 64;
const maxKeyLength = 63 + 1 + 32;
const maxCounters = 32;
const lists = ["bools", "ints", "strings", "versions"] as const;
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

export function validateSlice(slice: Readonly<ResourceSlice>, old: Readonly<ResourceSlice> | undefined): Errors {
  const errors: Errors = [];
  const { spec } = slice;
  const { pool } = spec;
  validateDriver(errors, spec.driver, at.child("driver"));
  validatePool(errors, pool.name, at.child("pool", "name"));
  if ((pool.resourceSliceCount ?? 0) <= 0) {
    errors.push(field.invalid(at.child("pool", "resourceSliceCount"), pool.resourceSliceCount ?? 0, "must be greater than zero"));
  }
  if ((pool.generation ?? 0) < 0) {
    errors.push(field.invalid(at.child("pool", "generation"), pool.generation, "must be greater than or equal to zero"));
  }
  if (old) {
    requireUnchanged(errors, pool.name ?? "", old.spec.pool?.name ?? "", at.child("pool", "name"));
    requireUnchanged(errors, spec.driver ?? "", old.spec.driver ?? "", at.child("driver"));
    requireUnchanged(errors, spec.nodeName ?? null, old.spec.nodeName ?? null, at.child("nodeName"));
  }
  validatePlace(errors, slice);
  const { devices = [], sharedCounters } = spec;
  if (sharedCounters !== undefined && spec.devices !== undefined) {
    errors.push(field.invalid(at, "", "only one of `sharedCounters` or `devices` is allowed"));
  }
  const validate = (device: Device, one: FieldPath) => {
    const before = old?.spec.devices?.find(({ name }) => name === device.name);
    validateDevice(errors, device, before, spec.perDeviceNodeSelection === true, one);
  };
  const max = devices.some(isElaborate) ? maxElaborateDevices : maxDevices;
  validateList(errors, devices, max, at.child("devices"), validate, ({ name }) => name ?? "");
  const counters = (set: CounterSet, one: FieldPath) => validateCounterSet(errors, set, one);
  validateList(errors, sharedCounters, 8, at.child("sharedCounters"), counters, ({ name }) => name ?? "");
  return errors;
}

function isElaborate({ taints, consumesCounters, attributes }: Device): boolean {
  if (taints?.length || consumesCounters?.length) return true;
  return Object.values(attributes ?? {}).some((attribute) => lists.some((name) => attribute[name] !== undefined));
}

/** Which nodes the devices are for: told in one way. */
function validatePlace(errors: Errors, { spec }: Readonly<ResourceSlice>): void {
  const set: string[] = [];
  if (spec.nodeName !== undefined) {
    if (spec.nodeName === "") errors.push(field.invalid(at.child("nodeName"), "", "must be either unset or set to a non-empty string"));
    else {
      set.push("`nodeName`");
      complain(errors, at.child("nodeName"), spec.nodeName, isDNS1123Subdomain(spec.nodeName));
    }
  }
  if (spec.nodeSelector) {
    set.push("`nodeSelector`");
    const where = at.child("nodeSelector");
    validateNodeSelector(errors, spec.nodeSelector, where);
    const terms = spec.nodeSelector.nodeSelectorTerms;
    if (terms?.length !== 1) {
      const shown = internalForm("[]api/core/v1#NodeSelectorTerm", terms);
      errors.push(field.invalid(where.child("nodeSelectorTerms"), shown, "must have exactly one node selector term"));
    }
  }
  for (const name of ["allNodes", "perDeviceNodeSelection"] as const) {
    if (spec[name] === true) set.push(`\`${name}\``);
    else if (spec[name] === false) errors.push(field.invalid(at.child(name), false, "must be either unset or set to true"));
  }
  const rule = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (set.length === 0) errors.push(field.required(at, rule));
  if (set.length > 1) errors.push(field.invalid(at, `{${set.join(", ")}}`, `${rule}, but multiple fields are set`));
}

function validateDevice(errors: Errors, device: Device, old: Device | undefined, choosesNodes: boolean, where: FieldPath): void {
  validateLabelOf(errors, device.name, where.child("name"));
  const { attributes = {}, capacity = {} } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const exceeds = (what: string, found: number, max: number) => {
    if (found > max) errors.push(field.invalid(where, found, `the total number of ${what} must not exceed ${max}`));
  };
  exceeds("attributes and capacities", count, maxAttributesAndCapacities);
  exceeds("attribute values", countValues(attributes), maxAttributeValues);
  for (const [key, attribute] of Object.entries(attributes)) {
    validateDeviceName(errors, key, where.child("attributes"));
    validateAttribute(errors, attribute, where.child("attributes").key(shortened(key, maxKeyLength)));
  }
  for (const [key, one] of Object.entries(capacity).sort(([a], [b]) => (a < b ? -1 : 1))) {
    validateDeviceName(errors, key, where.child("capacity"));
    const place = where.child("capacity").key(shortened(key, maxKeyLength));
    if (device.allowMultipleAllocations === true) validateCapacity(errors, one, place);
    else if (one.requestPolicy) errors.push(field.forbidden(place.child("requestPolicy"), "allowMultipleAllocations must be true"));
  }
  if (!old || !deepEqual(old.taints ?? [], device.taints ?? [])) {
    validateList(errors, device.taints, 16, where.child("taints"), (taint, one) => validateTaint(errors, taint, one));
  }
  const consumption = (one: DeviceCounterConsumption, place: FieldPath) => validateConsumption(errors, one, place);
  validateList(errors, device.consumesCounters, 2, where.child("consumesCounters"), consumption, ({ counterSet }) => counterSet ?? "");
  validateDevicePlace(errors, device, choosesNodes, where);
  validateBindingConditions(errors, device.bindingConditions, device.bindingFailureConditions, where);
}

function countValues(attributes: Readonly<Record<string, DeviceAttribute>>): number {
  let count = 0;
  for (const attribute of Object.values(attributes)) {
    const items = lists.reduce((sum, name) => sum + (attribute[name]?.length ?? 0), 0);
    count += items === 0 ? 1 : items;
  }
  return count;
}

function validateDevicePlace(errors: Errors, device: Device, choosesNodes: boolean, where: FieldPath): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!choosesNodes) {
    if (nodeName === undefined && !nodeSelector && allNodes === undefined) return;
    const detail =
      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    errors.push(field.invalid(where, null, detail));
    return;
  }
  const set: string[] = [];
  if (nodeName === "") errors.push(field.invalid(where.child("nodeName"), "", "must not be empty"));
  else if (nodeName !== undefined) {
    set.push("`nodeName`");
    complain(errors, where.child("nodeName"), nodeName, isDNS1123Subdomain(nodeName));
  }
  if (nodeSelector) {
    set.push("`nodeSelector`");
    validateNodeSelector(errors, nodeSelector, where.child("nodeSelector"));
  }
  if (allNodes === true) set.push("`allNodes`");
  else if (allNodes === false) errors.push(field.invalid(where.child("allNodes"), false, "must be either unset or set to true"));
  const rule =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (set.length === 0) errors.push(field.required(where, rule));
  if (set.length > 1) errors.push(field.invalid(where, `{${set.join(", ")}}`, rule));
}

function validateAttribute(errors: Errors, attribute: DeviceAttribute, where: FieldPath): void {
  const { bool, int, string, version } = attribute;
  const given = [bool, int, string, version, ...lists.map((name) => attribute[name]?.[0])].filter((value) => value !== undefined).length;
  const tooLong = (text: string, one: FieldPath) => {
    if (utf8Length(text) > maxValueLength) errors.push(field.tooLong(one, maxValueLength));
  };
  const asVersion = (text: string, one: FieldPath) => {
    if (!semver.test(text)) errors.push(field.invalid(one, text, "must be a string compatible with semver.org spec 2.0.0"));
    tooLong(text, one);
  };
  if (string !== undefined) tooLong(string, where.child("string"));
  if (version !== undefined) asVersion(version, where.child("version"));
  attribute.strings?.forEach((text, index) => {
    tooLong(text, where.child("strings").index(index));
  });
  attribute.versions?.forEach((text, index) => {
    asVersion(text, where.child("versions").index(index));
  });
  if (given === 0) errors.push(field.invalid(where, "", "exactly one value must be specified"));
  if (given > 1) {
    const shown = internalForm("api/resource/v1#DeviceAttribute", attribute);
    errors.push(field.invalid(where, shown, "exactly one value must be specified"));
  }
}

function validateCounterSet(errors: Errors, { name, counters }: CounterSet, where: FieldPath): void {
  if (!name) errors.push(field.required(where.child("name")));
  else validateLabelOf(errors, name, where.child("name"));
  validateCounters(errors, counters, where);
}

function validateConsumption(errors: Errors, { counterSet, counters }: DeviceCounterConsumption, where: FieldPath): void {
  if (!counterSet) errors.push(field.required(where.child("counterSet")));
  else validateLabelOf(errors, counterSet, where.child("counterSet"));
  validateCounters(errors, counters, where);
}

function validateCounters(errors: Errors, counters: Readonly<Record<string, unknown>> | undefined, where: FieldPath): void {
  const names = Object.keys(counters ?? {});
  const place = where.child("counters");
  if (names.length === 0) errors.push(field.required(place));
  else if (names.length > maxCounters) errors.push(field.tooMany(place, names.length, maxCounters));
  else for (const name of names) validateLabelOf(errors, name, place);
}

/** Long keys are cut in the middle. */
function shortened(key: string, max: number): string {
  if (key.length <= max) return key;
  const rest = max - 3;
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`;
}
