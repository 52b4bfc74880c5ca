import { type Clock, timestamp } from "../../machinery/clock.ts";
import { type FieldError, field } from "../../machinery/errors.ts";
import { defineResource } from "../define-resource.ts";
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "./v1.ts";

/**
 * Approvers and signers trust what a request says of who made it: the server alone writes that, once. Decisions come by way of
 * `approval`, certificates by way of `status`, and neither can do the other's work.
 */
export const certificatesigningrequests = defineResource<CertificateSigningRequest>("certificates.k8s.io", "certificatesigningrequests", {
  prepareForCreate(request, { user, requester = { name: user, groups: [] } }) {
    const { spec } = request;
    delete spec.uid;
    delete spec.extra;
    spec.username = requester.name;
    spec.groups = [...requester.groups];
    if (requester.uid) spec.uid = requester.uid;
    if (requester.extra) spec.extra = Object.fromEntries(Object.entries(requester.extra).map(([key, values]) => [key, [...values]]));
    request.status = {};
  },
  prepareForUpdate(request, old, { subresource, clock }) {
    request.spec = old.spec;
    if (subresource === "") return;
    const { certificate, ...status } = request.status ?? {};
    // An approver issues nothing.
    const kept = subresource === "approval" ? old.status?.certificate : certificate;
    if (kept !== undefined) Object.assign(status, { certificate: kept });
    if (status.conditions) status.conditions = withTimes(status.conditions, old.status?.conditions ?? [], clock);
    request.status = status;
  },
  validateUpdate: (request, old) => removedConditions(request, old),
  validateStatus: (request, old) => [...removedConditions(request, old), ...decisionsAdded(request, old)],
});

const conditionsOf = ({ status }: CertificateSigningRequest) => status?.conditions ?? [];
const has = (request: CertificateSigningRequest, wanted: string) => conditionsOf(request).some(({ type }) => type === wanted);

/** What was decided stays decided. */
function removedConditions(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return ["Approved", "Denied", "Failed"]
    .filter((type) => has(old, type) && !has(request, type))
    .map((type) => field.forbidden("status.conditions", `updates may not remove a condition of type "${type}"`));
}

/** Signers decide nothing. */
function decisionsAdded(request: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return ["Approved", "Denied"]
    .filter((type) => has(request, type) && !has(old, type))
    .map((type) => field.forbidden("status.conditions", `updates may not add a condition of type "${type}"`));
}

/** Conditions that name no time get the present one; the time of the transition stays while the status does. */
function withTimes(
  conditions: readonly CertificateSigningRequestCondition[],
  before: readonly CertificateSigningRequestCondition[],
  clock: Clock,
): CertificateSigningRequestCondition[] {
  const now = timestamp(clock);
  return conditions.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const lastTransitionTime =
      condition.lastTransitionTime ?? (old?.status === condition.status ? old.lastTransitionTime : undefined) ?? now;
    return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime };
  });
}
