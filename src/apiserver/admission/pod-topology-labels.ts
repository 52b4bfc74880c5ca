import type { Node, Pod } from "../../api/core/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";

const keys = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** Where the node is, as labels that its pods carry. */
export function topologyLabels(objects: ObjectReader, nodeName: string): Record<string, string> | undefined {
  const labels = (objects.get("nodes", "", nodeName)?.value as Node | undefined)?.metadata.labels;
  let found: Record<string, string> | undefined;
  for (const key of keys) {
    const value = labels?.[key];
    if (value !== undefined) found = { ...found, [key]: value };
  }
  return found;
}

/** A pod that names its node when it is made gets the node's zone and region as labels; others get them when they are bound. */
export function podTopologyLabels(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "PodTopologyLabels",
    resources: ["pods"],
    admit({ operation, subresource, object }) {
      if (operation !== "CREATE" || subresource !== "") return;
      const { spec, metadata } = object as Pod;
      if (!spec?.nodeName) return;
      const labels = topologyLabels(objects, spec.nodeName);
      if (labels) metadata.labels = { ...metadata.labels, ...labels };
    },
  };
}
