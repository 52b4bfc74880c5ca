import type { Pod } from "../../api/core/v1.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { AdmissionPlugin } from "../admit.ts";

const hostname = "kubernetes.io/hostname";

/** Pods keep others off their own node only, and off no larger part of the cluster. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: "LimitPodHardAntiAffinityTopology",
  resources: ["pods"],
  validate({ operation, subresource, object, resource }) {
    if (subresource !== "" || (operation !== "CREATE" && operation !== "UPDATE")) return;
    const { spec, metadata } = object as Pod;
    for (const { topologyKey } of spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (topologyKey === hostname) continue;
      const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${topologyKey} but only key ${hostname} is allowed`;
      throw forbidden(resource.definition, metadata.name ?? "", why);
    }
  },
};
