import { type AnyObject, deepEqual } from "../machinery/object.ts";
import { type DeclaredBehaviour, defineResource, type ResourceBehaviour } from "./define-resource.ts";

/** Kinds of which only the rules of writing are declared by hand; their fields are checked by the tables. */
export const otherResources: readonly DeclaredBehaviour[] = [
  defineResource("storage.k8s.io", "csidrivers", { allowUnconditionalUpdate: false, returnsDeletedObject: true }),
  defineResource("storage.k8s.io", "csinodes", { allowUnconditionalUpdate: false, returnsDeletedObject: true }),
  defineResource<AnyObject>("storage.k8s.io", "volumeattachments", {
    allowUnconditionalUpdate: false,
    returnsDeletedObject: true,
    countsGenerations: false,
    prepareForCreate(attachment) {
      attachment.status = { attached: false };
    },
    prepareForUpdate(attachment, old, { subresource }) {
      if (subresource === "status") attachment.metadata = { ...old.metadata };
    },
  }),
  defineResource("storage.k8s.io", "volumeattributesclasses", { returnsDeletedObject: true }),
  defineResource("node.k8s.io", "runtimeclasses", { allowCreateOnUpdate: true, allowUnconditionalUpdate: false }),
  defineResource("admissionregistration.k8s.io", "validatingwebhookconfigurations", countingAll("webhooks")),
  defineResource("admissionregistration.k8s.io", "mutatingwebhookconfigurations", countingAll("webhooks")),
  defineResource("admissionregistration.k8s.io", "validatingadmissionpolicies", { allowUnconditionalUpdate: false }),
  defineResource("admissionregistration.k8s.io", "validatingadmissionpolicybindings", countingSpec()),
  defineResource("admissionregistration.k8s.io", "mutatingadmissionpolicies", countingSpec()),
  defineResource("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", countingSpec()),
  defineResource("apiregistration.k8s.io", "apiservices", { allowUnconditionalUpdate: false, countsGenerations: false }),
  defineResource("networking.k8s.io", "servicecidrs", { countsGenerations: false }),
  defineResource("resource.k8s.io", "deviceclasses", { returnsDeletedObject: true, countsGenerations: true }),
  defineResource("resource.k8s.io", "resourceclaims", { returnsDeletedObject: true, countsGenerations: false }),
  defineResource("resource.k8s.io", "resourceclaimtemplates", { returnsDeletedObject: true }),
  defineResource("resource.k8s.io", "resourceslices", { returnsDeletedObject: true, countsGenerations: true }),
];

function countingSpec(): ResourceBehaviour<AnyObject> {
  return { allowUnconditionalUpdate: false, countsGenerations: true };
}

/** Generations count the changes of one field that isn't the spec. */
function countingAll(name: string): ResourceBehaviour<AnyObject> {
  return {
    allowUnconditionalUpdate: false,
    prepareForCreate(object) {
      object.metadata.generation = 1;
    },
    prepareForUpdate(object, old) {
      if (!deepEqual(object[name], old[name])) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
  };
}
