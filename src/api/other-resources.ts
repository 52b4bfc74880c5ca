import { type DeclaredBehaviour, defineResource } from "./define-resource.ts";

/** Kinds of which only the rules of writing are declared by hand; their fields are checked by the tables. */
export const otherResources: readonly DeclaredBehaviour[] = [
  defineResource("resource.k8s.io", "resourceslices", { returnsDeletedObject: true, countsGenerations: true }),
];
