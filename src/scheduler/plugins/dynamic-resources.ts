import type { FilterPlugin } from "../framework.ts";

/** Devices aren't allocated: a pod that claims some gets no node, rather than one without them. */
export const dynamicResources: FilterPlugin<never> = {
  name: "DynamicResources",
  prepareFilter: ({ pod }) =>
    (pod.spec?.resourceClaims?.length ?? 0) > 0 ? { reason: "pod has resource claims, and this scheduler allocates none" } : undefined,
  filter: () => undefined,
};
