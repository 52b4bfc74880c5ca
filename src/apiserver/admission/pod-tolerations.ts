import type { Pod, Toleration } from "../../api/core/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";

const notReady = "node.kubernetes.io/not-ready";
const unreachable = "node.kubernetes.io/unreachable";

/** Pods stay on a node that is not ready or unreachable for five minutes, unless they say otherwise. */
export function defaultTolerationSeconds(seconds = 300): AdmissionPlugin {
  return {
    name: "DefaultTolerationSeconds",
    resources: ["pods"],
    admit({ operation, subresource, object }) {
      if ((operation !== "CREATE" && operation !== "UPDATE") || subresource !== "") return;
      const { spec } = object as Pod;
      if (!spec) return;
      for (const key of [notReady, unreachable]) {
        if (spec.tolerations?.some((toleration) => tolerates(toleration, key))) continue;
        spec.tolerations = [...(spec.tolerations ?? []), { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: seconds }];
      }
    },
  };
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === "NoExecute");
}
