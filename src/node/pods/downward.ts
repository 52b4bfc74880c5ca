import type { Container, Node, Pod, ResourceFieldSelector } from "../../api/core/v1.ts";
import { quantityMilliValue, quantityValue } from "../../machinery/quantity.ts";

/** What the downward API tells beyond the pod object itself. */
export interface DownwardFacts {
  podIPs: readonly string[];
  hostIPs: readonly string[];
  /** What a container without a limit may use: the node's. */
  node: Node | undefined;
}

/** The value of a field path of the downward API, as `metadata.labels['app']` or `status.podIP`. */
export function fieldValue(pod: Pod, path: string, facts: DownwardFacts): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2] as string] ?? "";
  switch (path) {
    case "metadata.name":
      return pod.metadata.name ?? "";
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(pod.metadata.labels);
    case "metadata.annotations":
      return formatMap(pod.metadata.annotations);
    case "spec.nodeName":
      return pod.spec?.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "";
    case "status.hostIP":
      return facts.hostIPs[0] ?? "";
    case "status.hostIPs":
      return facts.hostIPs.join(",");
    case "status.podIP":
      return facts.podIPs[0] ?? "";
    case "status.podIPs":
      return facts.podIPs.join(",");
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** Labels and annotations as files of the downward API show them: `key="value"`, sorted, one on each line. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join("\n");
}

/** The value of a container's resource, in units of the divisor, rounded up. */
export function resourceValue(container: Container, selector: ResourceFieldSelector, facts: DownwardFacts): string {
  const match = /^(limits|requests)\.(.+)$/.exec(selector.resource);
  if (!match) throw new Error(`unsupported container resource : ${selector.resource}`);
  const [, which, name] = match as unknown as [string, "limits" | "requests", string];
  const quantity = container.resources?.[which]?.[name];
  const allocatable = facts.node?.status?.allocatable?.[name];
  const text = quantity ?? (which === "limits" ? allocatable : undefined) ?? "0";
  const divisor = selector.divisor && selector.divisor !== "0" ? selector.divisor : "1";
  if (name === "cpu") return String(Math.ceil(quantityMilliValue(text) / quantityMilliValue(divisor)));
  return String(Math.ceil(quantityValue(text) / quantityValue(divisor)));
}
