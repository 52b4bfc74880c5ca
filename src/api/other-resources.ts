import { type DeclaredBehaviour, defineResource } from "./define-resource.ts";
import type { ResourceSlice } from "./resource/v1.ts";

/** Kinds of which only the rules of writing are declared by hand; their fields are checked by the tables. */
export const otherResources: readonly DeclaredBehaviour[] = [
  defineResource<ResourceSlice>("resource.k8s.io", "resourceslices", {
    returnsDeletedObject: true,
    countsGenerations: true,
    selectableFields: {
      "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
      "spec.driver": ({ spec }) => spec.driver,
    },
    unsupportedField: (name) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${name}`,
  }),
];
