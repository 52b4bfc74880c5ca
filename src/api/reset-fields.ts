import { type FieldFilter, withoutFields } from "../machinery/managed-fields/field-filter.ts";
import { groupResource } from "../machinery/resource-ref.ts";
import type { ResourceFacts } from "./define-resource.ts";

/** Status writes leave the spec as it is; the object's own leave the status. */
const withoutStatus = withoutFields(["status"]);
const withoutSpec = withoutFields(["spec"]);
const statusAlone = withoutFields(["spec"], ["metadata"]);

/** What upstream's strategies say beside that, by `RESOURCE` or `RESOURCE/SUBRESOURCE`. */
const exceptions: Readonly<Record<string, FieldFilter>> = {
  "certificatesigningrequests.certificates.k8s.io": withoutFields(["spec"], ["status"]),
  "certificatesigningrequests.certificates.k8s.io/status": withoutFields(["spec"], ["status", "conditions"]),
  "certificatesigningrequests.certificates.k8s.io/approval": withoutFields(["spec"], ["status", "certificate"]),
  "deployments.apps/status": withoutFields(["spec"], ["metadata", "labels"]),
  "pods/status": withoutFields(["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]),
  "namespaces/finalize": withoutStatus,
  "apiservices.apiregistration.k8s.io/status": statusAlone,
  "devicetaintrules.resource.k8s.io/status": statusAlone,
  "flowschemas.flowcontrol.apiserver.k8s.io/status": statusAlone,
  "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/status": statusAlone,
  "resourceclaims.resource.k8s.io/status": statusAlone,
  "servicecidrs.networking.k8s.io/status": statusAlone,
  "validatingadmissionpolicies.admissionregistration.k8s.io/status": statusAlone,
  "volumeattachments.storage.k8s.io/status": statusAlone,
};

/** Leaves of a change to a resource or subresource what clients may own there; undefined where that is all. */
export function resetFilter(facts: ResourceFacts, subresource: string, custom: boolean): FieldFilter | undefined {
  if (subresource === "status" && custom) return statusAlone;
  const name = groupResource(facts);
  const exception = exceptions[subresource === "" ? name : `${name}/${subresource}`];
  if (exception) return exception;
  if (subresource === "status") return withoutSpec;
  return subresource === "" && facts.subresources?.status ? withoutStatus : undefined;
}
