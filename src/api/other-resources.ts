import type { AnyObject } from "../machinery/object.ts";
import { type DeclaredBehaviour, defineResource } from "./define-resource.ts";

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
  defineResource("resource.k8s.io", "resourceslices", { returnsDeletedObject: true, countsGenerations: true }),
];
