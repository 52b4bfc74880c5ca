import { field, path } from "../../machinery/errors.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import type { Lease } from "./v1.ts";

/** Coordinated leader election is off: its fields go, as upstream's. */
function dropElection({ spec }: Lease): void {
  delete spec?.strategy;
  delete spec?.preferredHolder;
}

export const leases = defineResource<Lease>("coordination.k8s.io", "leases", {
  takesAnyFinalizer: true,
  prepareForCreate: dropElection,
  prepareForUpdate: dropElection,
  validate(lease) {
    const errors: Errors = [];
    const { leaseDurationSeconds, leaseTransitions } = lease.spec ?? {};
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
      errors.push(field.invalid(path("spec", "leaseDurationSeconds"), leaseDurationSeconds, "must be greater than 0"));
    }
    if (leaseTransitions !== undefined && leaseTransitions < 0) {
      errors.push(field.invalid(path("spec", "leaseTransitions"), leaseTransitions, "must be greater than or equal to 0"));
    }
    return errors;
  },
  row: (lease, { now }) => [lease.metadata.name ?? "", lease.spec?.holderIdentity ?? "", age(lease.metadata, now)],
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  countsGenerations: false,
});
