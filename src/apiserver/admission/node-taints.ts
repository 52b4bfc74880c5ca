import type { Node } from "../../api/core/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";

const notReady = "node.kubernetes.io/not-ready";

/** A new node takes no pods until the node lifecycle controller finds it ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  resources: ["nodes"],
  admit({ operation, subresource, object }) {
    if (operation !== "CREATE" || subresource !== "") return;
    const node = object as Node;
    node.spec ??= {};
    const taints = node.spec.taints ?? [];
    if (!taints.some(({ key, effect }) => key === notReady && effect === "NoSchedule")) {
      node.spec.taints = [...taints, { key: notReady, effect: "NoSchedule" }];
    }
  },
};
