import { sumOfContainers } from "../../api/core/resource-list.ts";
import type { Node, Pod } from "../../api/core/v1.ts";
import { quantityMilliValue, quantityValue } from "../../machinery/quantity.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

const osLabel = "kubernetes.io/os";

/** A pod on a node grows no larger than the node, and only where nodes can resize pods. */
export function podResizeValidator(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "PodResizeValidator",
    resources: ["pods"],
    validate(attributes) {
      const { operation, subresource, object, old } = attributes;
      if (operation !== "UPDATE" || subresource !== "resize") return;
      const { spec, metadata } = object as Pod;
      if (!spec?.nodeName || metadata.generation === old?.metadata.generation) return;
      const node = objects.get("nodes", "", spec.nodeName)?.value as Node | undefined;
      if (!node) throw refuse(attributes, `node ${JSON.stringify(spec.nodeName)} not found`);
      const allocatable = node.status?.allocatable ?? {};
      const requests = { ...sumOfContainers(spec, "requests"), ...spec.resources?.requests };
      const short: string[] = [];
      const cpu = [quantityMilliValue(requests.cpu ?? "0"), quantityMilliValue(allocatable.cpu ?? "0")] as const;
      if (cpu[0] > cpu[1]) short.push(`cpu, requested: ${cpu[0]}, allocatable: ${cpu[1]}`);
      const memory = [quantityValue(requests.memory ?? "0"), quantityValue(allocatable.memory ?? "0")] as const;
      if (memory[0] > memory[1]) short.push(`memory, requested: ${memory[0]}, allocatable: ${memory[1]}`);
      if (short.length > 0) throw refuse(attributes, `Node didn't have enough allocatable resources: ${short.join("; ")}`);
      const os = node.metadata.labels?.[osLabel] ?? "";
      if (os === "linux") return;
      throw refuse(
        attributes,
        `pod resize is only supported on linux nodes, node ${JSON.stringify(spec.nodeName)} is ${JSON.stringify(os)}`,
      );
    },
  };
}
