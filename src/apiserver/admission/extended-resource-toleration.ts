import { isExtendedResource } from "../../api/core/resource-names.ts";
import type { Pod } from "../../api/core/v1.ts";
import { ownPart } from "../../machinery/object.ts";
import type { AdmissionPlugin } from "../admit.ts";

/** Pods that ask for an extended resource tolerate nodes that are kept for it. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: "ExtendedResourceToleration",
  resources: ["pods"],
  admit({ operation, subresource, object }) {
    if (subresource !== "" || (operation !== "CREATE" && operation !== "UPDATE")) return;
    const spec = ownPart(object as Pod, "spec");
    if (!spec) return;
    const asked = new Set<string>();
    for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      for (const name of Object.keys(resources?.requests ?? {})) if (isExtendedResource(name)) asked.add(name);
    }
    for (const key of [...asked].sort()) {
      const isThere = spec.tolerations?.some((one) => one.key === key && one.operator === "Exists" && one.effect === "NoSchedule");
      if (!isThere) spec.tolerations = [...(spec.tolerations ?? []), { key, operator: "Exists", effect: "NoSchedule" }];
    }
  },
};
