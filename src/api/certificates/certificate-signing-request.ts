import { parseCertificateRequest } from "../../machinery/certificate-request.ts";
import { timestamp } from "../../machinery/clock.ts";
import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { nameIsPathSegment } from "../../machinery/validation/names.ts";
import { defineResource, type RequestContext } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import { validateSignerName } from "./signer-name.ts";
import type { CertificateSigningRequest, CertificateSigningRequestCondition, CertificateSigningRequestSpec } from "./v1.ts";

type Request = CertificateSigningRequest;
type Condition = CertificateSigningRequestCondition;

const at = path("spec");
const conditionsPath = path("status", "conditions");
const legacySigner = "kubernetes.io/legacy-unknown";
const minExpirationSeconds = 600;
/** Conditions that are there or aren't: nothing but `True` makes sense of them. */
const trueConditions = ["Approved", "Denied", "Failed"];
const approvalConditions = ["Approved", "Denied"];
const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

export const certificatesigningrequests = defineResource<Request>("certificates.k8s.io", "certificatesigningrequests", {
  emptyObject: { spec: { request: null } },
  default(request) {
    request.spec ??= {} as CertificateSigningRequestSpec;
    request.status ??= {};
  },
  // The base of a generated name isn't looked at here.
  validateName: (name, prefix) => (prefix ? [] : nameIsPathSegment(name, false)),
  updateChecks: ["meta", "kind", "metaUpdate"],
  prepareForCreate(request, context) {
    const { username: _name, uid: _uid, groups: _groups, extra: _extra, ...spec } = request.spec;
    request.spec = { ...spec, ...requestorOf(context) };
    request.status = {};
  },
  prepareForUpdate(request, old, context) {
    request.spec = old.spec;
    if (context.subresource === "") {
      if (old.status) request.status = old.status;
      return;
    }
    const before = old.status?.conditions ?? [];
    let conditions = [...(request.status?.conditions ?? [])];
    if (context.subresource === "status") for (const type of approvalConditions) conditions = keepConditions(conditions, before, type);
    const stamped = conditions.map((condition) => withTimes(condition, before, timestamp(context.clock)));
    const status = context.subresource === "approval" ? { ...old.status } : { ...request.status };
    delete status.conditions;
    request.status = stamped.length > 0 ? { ...status, conditions: stamped } : status;
  },
  validate: (request, context) => validate(request, undefined, context),
  validateChange: (request, old, context) => validateChange(request, old, context),
  validateStatus: (request, old, context) => validateChange(request, old, context),
  selectableFields: { "spec.signerName": (request) => request.spec.signerName ?? "" },
  countsGenerations: false,
});

/** Who asks is what the server says, not the client. */
function requestorOf({ user, uid, groups, extra }: RequestContext): Partial<CertificateSigningRequestSpec> {
  return {
    username: user,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra: extra as Record<string, string[]> } : {}),
  };
}

/** Conditions of a type that this endpoint doesn't set stay as they were, where there are as many as before. */
function keepConditions(conditions: Condition[], before: readonly Condition[], type: string): Condition[] {
  const kept = before.filter((condition) => condition.type === type);
  if (conditions.filter((condition) => condition.type === type).length !== kept.length) return conditions;
  return conditions.map((condition) => (condition.type === type ? (kept.shift() as Condition) : condition));
}

function withTimes(condition: Condition, before: readonly Condition[], now: string): Condition {
  const { type, status } = condition;
  const same = before.find((one) => one.type === type && one.status === status && one.lastTransitionTime);
  const lastUpdateTime = condition.lastUpdateTime ?? now;
  return { ...condition, lastUpdateTime, lastTransitionTime: condition.lastTransitionTime ?? same?.lastTransitionTime ?? now };
}

function conditionsOf(request: Readonly<Request> | undefined, type: string): Condition[] {
  return (request?.status?.conditions ?? []).filter((condition) => condition.type === type);
}

function hasTwice(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

/** What the stored object has wrong already, an update may keep. */
function validate(request: Readonly<Request>, old: Readonly<Request> | undefined, context: RequestContext): Errors {
  const errors: Errors = [];
  const { spec } = request;
  const given: readonly string[] = spec.usages ?? [];
  const before: readonly string[] = old?.spec.usages ?? [];
  const complaint = requestComplaint(spec.request ?? "", context);
  if (complaint) errors.push(field.invalid(at.child("request"), spec.request ?? null, complaint));
  if (given.length === 0) errors.push(field.required(at.child("usages")));
  if (before.every((usage) => usages.includes(usage))) {
    for (const [index, usage] of given.entries()) {
      if (!usages.includes(usage)) errors.push(field.notSupported(at.child("usages").index(index), usage, usages));
    }
  }
  if (!hasTwice(before)) {
    for (const [index, usage] of given.entries()) {
      if (given.indexOf(usage) < index) errors.push(field.duplicate(at.child("usages").index(index), usage));
    }
  }
  const signerName = spec.signerName ?? "";
  if (signerName === legacySigner && old?.spec.signerName !== legacySigner) {
    errors.push(field.invalid(at.child("signerName"), signerName, "the legacy signerName is not allowed via this API version"));
  } else validateSignerName(errors, signerName, at.child("signerName"));
  const { expirationSeconds: seconds } = spec;
  if (seconds !== undefined && seconds < minExpirationSeconds) {
    const detail = "may not specify a duration less than 600 seconds (10 minutes)";
    errors.push(field.invalid(at.child("expirationSeconds"), seconds, detail));
  }
  validateConditions(errors, request, old);
  const certificate = request.status?.certificate ?? "";
  const certificateComplaint = certificate === old?.status?.certificate ? undefined : chainComplaint(certificate);
  if (certificateComplaint) errors.push(field.invalid(path("status", "certificate"), "<certificate data>", certificateComplaint));
  return errors;
}

function requestComplaint(encoded: string, { platform }: RequestContext): string | undefined {
  try {
    const request = parseCertificateRequest(atob(encoded));
    return platform.verifySignature(request) ? undefined : "x509: signature of the request doesn't fit its key";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function chainComplaint(encoded: string): string | undefined {
  if (encoded === "") return undefined;
  const blocks = [...atob(encoded).matchAll(/-----BEGIN ([^-\n]*)-----\s([^-]*)-----END \1-----/g)];
  for (const [, type = "", content = ""] of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (content.includes(":")) return "no PEM block headers are permitted";
  }
  return blocks.length === 0 ? "must contain at least one CERTIFICATE PEM block" : undefined;
}

function validateConditions(errors: Errors, request: Readonly<Request>, old: Readonly<Request> | undefined): void {
  const before = (old?.status?.conditions ?? []).map(({ type }) => type ?? "");
  const acceptBoth = before.includes("Approved") && before.includes("Denied");
  const seen = new Set<string>();
  for (const [index, condition] of (request.status?.conditions ?? []).entries()) {
    const one = conditionsPath.index(index);
    const { type = "", status = "" } = condition;
    if (type === "" && !before.includes("")) errors.push(field.required(one.child("type")));
    const allowed = trueConditions.includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (status === "") errors.push(field.required(one.child("status")));
    else if (!allowed.includes(status)) errors.push(field.notSupported(one.child("status"), status, allowed));
    const other = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    if (other && seen.has(other) && !acceptBoth) {
      errors.push(field.invalid(conditionsPath, type, "Approved and Denied conditions are mutually exclusive"));
    }
    if (seen.has(type) && !hasTwice(before)) errors.push(field.duplicate(one.child("type"), type));
    seen.add(type);
  }
}

function validateChange(request: Readonly<Request>, old: Readonly<Request>, context: RequestContext): Errors {
  const errors = validate(request, old, context);
  const forbid = (detail: string) => errors.push(field.forbidden(conditionsPath, detail));
  for (const type of trueConditions) {
    if (conditionsOf(request, type).length < conditionsOf(old, type).length) {
      forbid(`updates may not remove a condition of type ${JSON.stringify(type)}`);
    }
  }
  if (context.subresource !== "approval") {
    for (const type of approvalConditions) {
      const [now, before] = [conditionsOf(request, type), conditionsOf(old, type)];
      if (now.length > before.length) forbid(`updates may not add a condition of type ${JSON.stringify(type)}`);
      else if (now.length === before.length && !deepEqual(now, before)) {
        forbid(`updates may not modify a condition of type ${JSON.stringify(type)}`);
      }
    }
  }
  const [certificate, previous] = [request.status?.certificate ?? "", old.status?.certificate ?? ""];
  if (certificate !== previous) {
    const where = path("status", "certificate");
    if (context.subresource !== "status") errors.push(field.forbidden(where, "updates may not set certificate content"));
    else if (previous !== "") errors.push(field.forbidden(where, "updates may not modify existing certificate content"));
  }
  return errors;
}
