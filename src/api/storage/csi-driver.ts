import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { defineResource } from "../define-resource.ts";
import { type Errors, requireOneOf, requireUnchanged } from "../validation.ts";
import type { CSIDriver, TokenRequest } from "./v1.ts";

const at = path("spec");
const groupPolicies = ["File", "None", "ReadWriteOnceWithFSType"];
const lifecycleModes = ["Persistent", "Ephemeral"];
const minTokenSeconds = 600;
const maxTokenSeconds = 2 ** 32;

export const csidrivers = defineResource<CSIDriver>("storage.k8s.io", "csidrivers", {
  default(driver) {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  dropDisabled({ spec }) {
    delete spec?.preventPodSchedulingIfMissing;
  },
  prepareForUpdate(driver, old) {
    if (!deepEqual(driver.spec, old.spec)) driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate(driver) {
    const errors: Errors = [];
    const spec = driver.spec ?? {};
    requireOneOf(errors, spec.fsGroupPolicy, groupPolicies, at, "fsGroupPolicy");
    validateTokenRequests(errors, spec.tokenRequests ?? [], at.child("tokenRequests"));
    for (const mode of spec.volumeLifecycleModes ?? []) {
      if (!lifecycleModes.includes(mode)) errors.push(field.notSupported(at.child("volumeLifecycleModes"), mode, lifecycleModes));
    }
    const period = spec.nodeAllocatableUpdatePeriodSeconds;
    if (period !== undefined && period < 10) {
      const where = at.child("nodeAllocatableUpdatePeriodSeconds");
      errors.push(field.invalid(where, period, "must be greater than or equal to 10 seconds"));
    }
    if (spec.serviceAccountTokenInSecrets !== undefined && !spec.tokenRequests?.length) {
      const text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
      errors.push(field.invalid(at.child("serviceAccountTokenInSecrets"), spec.serviceAccountTokenInSecrets, text));
    }
    return errors;
  },
  validateUpdate(driver, old) {
    const errors: Errors = [];
    // The path is upstream's.
    requireUnchanged(errors, driver.spec?.attachRequired, old.spec?.attachRequired, at.child("attachedRequired"));
    requireUnchanged(errors, driver.spec?.volumeLifecycleModes, old.spec?.volumeLifecycleModes, at.child("volumeLifecycleModes"));
    return errors;
  },
  warnings(driver, old) {
    const asksUnsafely = ({ spec }: Readonly<CSIDriver>) =>
      (spec?.tokenRequests?.length ?? 0) > 0 && spec?.serviceAccountTokenInSecrets === undefined;
    if (!asksUnsafely(driver) || (old && deepEqual(driver.spec?.tokenRequests, old.spec?.tokenRequests))) return [];
    return [
      "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes",
    ];
  },
  countsGenerations: false,
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
});

/** One token for each audience. */
function validateTokenRequests(errors: Errors, requests: readonly TokenRequest[], where: FieldPath): void {
  const audiences = new Set<string>();
  for (const [index, { audience = "", expirationSeconds }] of requests.entries()) {
    const one = where.index(index);
    if (audiences.has(audience)) {
      errors.push(field.duplicate(one.child("audience"), audience));
      continue;
    }
    audiences.add(audience);
    if (expirationSeconds === undefined) continue;
    const seconds = one.child("expirationSeconds");
    if (expirationSeconds < minTokenSeconds) {
      errors.push(field.invalid(seconds, expirationSeconds, "may not specify a duration less than 10 minutes"));
    }
    if (expirationSeconds > maxTokenSeconds) {
      errors.push(field.invalid(seconds, expirationSeconds, "may not specify a duration larger than 2^32 seconds"));
    }
  }
}
