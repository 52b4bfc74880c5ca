import { type FieldPath, field, goJson, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isInterfaceAddress } from "../../machinery/validation/ip.ts";
import { isDNS1123Subdomain, utf8Length } from "../../machinery/validation/names.ts";
import { validateConditions } from "../condition-rules.ts";
import { validateNodeSelector } from "../core/affinity-validation.ts";
import { requireSame } from "../internal-form.ts";
import { complain, type Errors } from "../validation.ts";
import {
  validateBindingConditions,
  validateConfiguration,
  validateDriver,
  validateFullDeviceName,
  validateLabelOf,
  validateList,
  validatePool,
  validateRaw,
  validateSelectors,
  validateToleration,
} from "./device-rules.ts";
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceClaim,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimSpec,
} from "./v1.ts";

const maxRequests = 32;
const maxData = 10 * 1024;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function defaultClaimSpec(spec: ResourceClaimSpec): void {
  spec.devices ??= {};
  for (const { exactly, firstAvailable = [] } of spec.devices.requests ?? []) {
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      if (!request.allocationMode) request.allocationMode = "ExactCount";
      if (request.allocationMode === "ExactCount" && !request.count) request.count = 1;
    }
  }
}

/** The names that a claim's other parts may refer to: requests, and `request/subrequest`. */
function requestNames({ requests }: DeviceClaim): Set<string> {
  return new Set(
    (requests ?? []).flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]),
  );
}

export function validateClaimSpec(spec: Readonly<ResourceClaimSpec> | undefined, where: FieldPath): Errors {
  const errors: Errors = [];
  const claim = spec?.devices ?? {};
  const at = where.child("devices");
  const names = requestNames(claim);
  const reference = (name: string, one: FieldPath) => validateReference(errors, name, one, names);
  validateList(
    errors,
    claim.requests,
    maxRequests,
    at.child("requests"),
    (request, one) => validateRequest(errors, request, one),
    ({ name }) => name,
  );
  validateList(errors, claim.constraints, 32, at.child("constraints"), (constraint, one) => {
    validateList(errors, constraint.requests, maxRequests, one.child("requests"), reference, (name) => name);
    const { matchAttribute, distinctAttribute } = constraint;
    if (matchAttribute !== undefined) validateFullDeviceName(errors, matchAttribute, one.child("matchAttribute"));
    else if (distinctAttribute !== undefined) validateFullDeviceName(errors, distinctAttribute, one.child("distinctAttribute"));
    else {
      const detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
      errors.push(field.required(one, detail));
    }
  });
  validateList(errors, claim.config, 32, at.child("config"), (config, one) => {
    validateList(errors, config.requests, maxRequests, one.child("requests"), reference, (name) => name);
    validateConfiguration(errors, config, one);
  });
  return errors;
}

function validateReference(errors: Errors, name: string, where: FieldPath, names: ReadonlySet<string>): void {
  const detail = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = name.split("/");
  if (parts.length > 2) {
    errors.push(field.invalid(where, name, detail));
    return;
  }
  for (const part of parts) validateLabelOf(errors, part, where);
  if (!names.has(name)) errors.push(field.invalid(where, name, detail));
}

function validateRequest(errors: Errors, request: DeviceRequest, where: FieldPath): void {
  validateLabelOf(errors, request.name, where.child("name"));
  const { exactly, firstAvailable = [] } = request;
  const rule = "exactly one of `exactly` or `firstAvailable` is required";
  if (exactly && firstAvailable.length > 0) errors.push(field.invalid(where, null, `${rule}, but multiple fields are set`));
  else if (exactly) validateDevices(errors, exactly, where.child("exactly"));
  else if (firstAvailable.length === 0) errors.push(field.required(where, rule));
  else {
    const validate = (sub: DeviceSubRequest, one: FieldPath) => {
      validateLabelOf(errors, sub.name, one.child("name"));
      validateDevices(errors, sub, one);
    };
    validateList(errors, firstAvailable, 8, where.child("firstAvailable"), validate, ({ name }) => name);
  }
}

function validateDevices(errors: Errors, request: ExactDeviceRequest, where: FieldPath): void {
  const { deviceClassName, allocationMode = "", count = 0 } = request;
  if (!deviceClassName) errors.push(field.required(where.child("deviceClassName")));
  else complain(errors, where.child("deviceClassName"), deviceClassName, isDNS1123Subdomain(deviceClassName));
  validateSelectors(errors, request.selectors, where.child("selectors"));
  if (allocationMode === "All") {
    if (count !== 0) errors.push(field.invalid(where.child("count"), count, "must not be specified when allocationMode is 'All'"));
  } else if (allocationMode === "ExactCount") {
    if (count <= 0) errors.push(field.invalid(where.child("count"), count, "must be greater than zero"));
  } else errors.push(field.notSupported(where.child("allocationMode"), allocationMode, ["All", "ExactCount"]));
  for (const [index, toleration] of (request.tolerations ?? []).entries()) {
    validateToleration(errors, toleration, where.child("tolerations").index(index));
  }
}

type DeviceName = Partial<Record<"driver" | "pool" | "device" | "shareID", string>>;

/** The identity of one allocated device, as messages show it. */
function deviceId({ driver = "", pool = "", device = "", shareID = "" }: DeviceName): Record<string, string> {
  return { Driver: driver, Pool: pool, Device: device, ShareID: shareID };
}

export function deviceKey(name: DeviceName): string {
  return goJson(deviceId(name));
}

export function validateClaimStatus(claim: Readonly<ResourceClaim>, old: Readonly<ResourceClaim>): Errors {
  const errors: Errors = [];
  const { allocation, devices, reservedFor = [] } = claim.status ?? {};
  const at = path("status");
  validateList(
    errors,
    reservedFor,
    256,
    at.child("reservedFor"),
    (consumer, one) => {
      for (const name of ["resource", "name", "uid"] as const) if (!consumer[name]) errors.push(field.required(one.child(name)));
    },
    ({ uid }) => uid,
  );
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceKey));
  const validate = (device: AllocatedDeviceStatus, one: FieldPath) => validateDeviceStatus(errors, device, one, allocated);
  validateList(errors, devices, Number.POSITIVE_INFINITY, at.child("devices"), validate, deviceId);
  if (reservedFor.length > 0) validateReservation(errors, claim, old, at.child("reservedFor"));
  const before = old.status?.allocation;
  if (before && allocation) {
    requireSame(errors, "api/resource/v1#AllocationResult", allocation, before, at.child("allocation"));
  } else if (allocation) validateAllocation(errors, allocation, at.child("allocation"), requestNames(claim.spec.devices ?? {}));
  return errors;
}

function validateReservation(errors: Errors, claim: Readonly<ResourceClaim>, old: Readonly<ResourceClaim>, where: FieldPath): void {
  if (!claim.status?.allocation) {
    errors.push(field.forbidden(where, "may not be specified when `allocated` is not set"));
    return;
  }
  if (!claim.metadata.deletionTimestamp) return;
  const before = old.status?.reservedFor ?? [];
  if (claim.status.reservedFor?.some((consumer) => !before.some((one) => deepEqual(one, consumer)))) {
    const detail = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
    errors.push(field.forbidden(where, detail));
  }
}

function validateDeviceStatus(errors: Errors, device: AllocatedDeviceStatus, where: FieldPath, allocated: ReadonlySet<string>): void {
  validateDriver(errors, device.driver, where.child("driver"));
  validatePool(errors, device.pool, where.child("pool"));
  validateLabelOf(errors, device.device, where.child("device"));
  validateShare(errors, device.shareID, where.child("shareID"));
  if (!allocated.has(deviceKey(device))) errors.push(field.invalid(where, deviceId(device), "must be an allocated device in the claim"));
  const conditions = device.conditions ?? [];
  if (conditions.length > 8) errors.push(field.tooMany(where.child("conditions"), conditions.length, 8));
  validateConditions(errors, conditions, where.child("conditions"));
  if (device.data !== undefined && device.data !== null) validateRaw(errors, device.data, where.child("data"), maxData);
  if (device.networkData) validateNetwork(errors, device.networkData, where.child("networkData"));
}

function validateShare(errors: Errors, id: string | undefined, where: FieldPath): void {
  if (id === undefined || uuidPattern.test(id)) return;
  const length = utf8Length(id);
  if (length !== 36) errors.push(field.invalid(where, id, `error validating uid: invalid UUID length: ${length}`));
  else if (!uuidPattern.test(id.toLowerCase())) errors.push(field.invalid(where, id, "error validating uid: invalid UUID format"));
  else {
    const detail = "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters";
    errors.push(field.invalid(where, id, detail));
  }
}

function validateNetwork(errors: Errors, data: NetworkDeviceData, where: FieldPath): void {
  for (const [name, max] of [
    ["interfaceName", 256],
    ["hardwareAddress", 128],
  ] as const) {
    if (utf8Length(data[name] ?? "") > max) errors.push(field.tooLong(where.child(name), max));
  }
  const validate = (ip: string, one: FieldPath) => complain(errors, one, ip, isInterfaceAddress(ip));
  validateList(errors, data.ips, 16, where.child("ips"), validate, (ip) => ip);
}

function validateAllocation(
  errors: Errors,
  { devices = {}, nodeSelector }: AllocationResult,
  where: FieldPath,
  names: ReadonlySet<string>,
): void {
  const at = where.child("devices");
  validateList(errors, devices.results, maxRequests, at.child("results"), (result, one) => {
    validateReference(errors, result.request ?? "", one.child("request"), names);
    validateDriver(errors, result.driver, one.child("driver"));
    validatePool(errors, result.pool, one.child("pool"));
    validateLabelOf(errors, result.device, one.child("device"));
    validateBindingConditions(errors, result.bindingConditions, result.bindingFailureConditions, one);
    validateShare(errors, result.shareID, one.child("shareID"));
  });
  validateList(errors, devices.config, 64, at.child("config"), (config, one) => {
    const { source = "" } = config;
    if (source === "") errors.push(field.required(one.child("source")));
    else if (source !== "FromClaim" && source !== "FromClass") {
      errors.push(field.notSupported(one.child("source"), source, ["FromClaim", "FromClass"]));
    }
    const reference = (name: string, path: FieldPath) => validateReference(errors, name, path, names);
    validateList(errors, config.requests, maxRequests, one.child("requests"), reference, (name) => name);
    validateConfiguration(errors, config, one);
  });
  if (nodeSelector) validateNodeSelector(errors, nodeSelector, where.child("nodeSelector"));
}
