import type { Pod, Toleration } from "../../api/core/v1.ts";
import { ownPart } from "../../machinery/object.ts";
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
      const pod = object as Pod;
      const missing = [notReady, unreachable].filter((key) => !pod.spec?.tolerations?.some((one) => tolerates(one, key)));
      const spec = missing.length > 0 ? ownPart(pod, "spec") : undefined;
      if (!spec) return;
      const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: seconds }));
      spec.tolerations = [...(spec.tolerations ?? []), ...added];
    },
  };
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === "NoExecute");
}
