import { timestamp } from "../../machinery/clock.ts";
import { field, path } from "../../machinery/errors.ts";
import { isDNS1035Label, isDNS1123Subdomain, isPortNumber, nameIsPathSegment } from "../../machinery/validation/names.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { APIService, APIServiceSpec } from "./v1.ts";

const at = path("spec");
const conditionStatuses = ["True", "False", "Unknown"];

export const apiservices = defineResource<APIService>("apiregistration.k8s.io", "apiservices", {
  takesAnyFinalizer: true,
  default(service) {
    service.spec ??= {} as APIServiceSpec;
    service.spec.groupPriorityMinimum ??= 0;
    service.spec.versionPriority ??= 0;
    if (service.spec.service) service.spec.service.port ??= 443;
    service.status ??= {};
  },
  prepareForCreate(service, { clock }) {
    service.status = {};
    if (service.spec?.service) return;
    const local = { type: "Available", status: "True", reason: "Local", message: "Local APIServices are always available" };
    service.status.conditions = [{ ...local, lastTransitionTime: timestamp(clock) }];
  },
  prepareForUpdate(service, old, { subresource }) {
    if (subresource === "status") service.metadata = { ...old.metadata };
  },
  updateChecks: ["metaUpdate", "meta", "kind"],
  validateName: (name, prefix, { spec }) => {
    const texts = nameIsPathSegment(name, prefix);
    const required = `${spec?.version ?? ""}.${spec?.group ?? ""}`;
    return texts.length > 0 || name === required ? texts : [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(required)}`];
  },
  validate: specErrors,
  validateStatus(service) {
    const errors: Errors = [];
    for (const [index, { status }] of (service.status?.conditions ?? []).entries()) {
      if (conditionStatuses.includes(status)) continue;
      errors.push(field.notSupported(path("status", "conditions").index(index).child("status"), status ?? "", conditionStatuses));
    }
    return errors;
  },
  allowUnconditionalUpdate: false,
  countsGenerations: false,
});

function specErrors(apiService: Readonly<APIService>): Errors {
  const errors: Errors = [];
  const spec = apiService.spec as APIServiceSpec;
  const { group = "", version = "", service, caBundle = "", insecureSkipTLSVerify = false } = spec;
  const { groupPriorityMinimum = 0, versionPriority = 0 } = spec;
  if (group === "" && version !== "v1") {
    errors.push(field.required(at.child("group"), "only v1 may have an empty group and it better be legacy kube"));
  }
  if (group !== "") complain(errors, at.child("group"), group, isDNS1123Subdomain(group));
  complain(errors, at.child("version"), version, isDNS1035Label(version));
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20_000) {
    errors.push(field.invalid(at.child("groupPriorityMinimum"), groupPriorityMinimum, "must be positive and less than 20000"));
  }
  if (versionPriority <= 0 || versionPriority > 1000) {
    errors.push(field.invalid(at.child("versionPriority"), versionPriority, "must be positive and less than 1000"));
  }
  const insecure = at.child("insecureSkipTLSVerify");
  if (!service) {
    if (caBundle) {
      const bytes = atob(caBundle).length;
      errors.push(field.invalid(at.child("caBundle"), `${bytes} bytes`, "local APIServices may not have a caBundle"));
    }
    if (insecureSkipTLSVerify) errors.push(field.invalid(insecure, true, "local APIServices may not have insecureSkipTLSVerify"));
    return errors;
  }
  if (!service.namespace) errors.push(field.required(at.child("service", "namespace")));
  if (!service.name) errors.push(field.required(at.child("service", "name")));
  const port = service.port ?? 0;
  const texts = isPortNumber(port);
  if (texts.length > 0) errors.push(field.invalid(at.child("service", "port"), port, `port is not valid: ${texts.join(", ")}`));
  if (insecureSkipTLSVerify && caBundle) errors.push(field.invalid(insecure, true, "may not be true if caBundle is present"));
  return errors;
}
