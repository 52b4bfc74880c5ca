import type { Quantity } from "../../machinery/meta/v1.ts";
import { addQuantities, formatQuantity } from "../../machinery/quantity.ts";
import { toldQosClass } from "./pod-resources.ts";
import { isTerminalPhase } from "./pod-status.ts";
import type { QuotaAmounts } from "./quota-amounts.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";
import { sumOfContainers } from "./resource-list.ts";
import { isExtendedResource, isHugePages, isNativeResource } from "./resource-names.ts";
import type { Container, Pod, PodAffinityTerm, PodSpec } from "./v1.ts";

const counted = new Set([
  "count/pods",
  "pods",
  ...["cpu", "memory", "ephemeral-storage"].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** Where these are limited each container has to say what it wants. */
const explicit = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

export const podEvaluator: QuotaEvaluator = {
  resource: "pods",
  handles(operation, subresource, object, old) {
    if (operation === "CREATE") return subresource === "";
    if (operation !== "UPDATE") return false;
    return subresource === "resize" || (subresource === "" && entersScope((object as Pod).spec, (old as Pod | undefined)?.spec));
  },
  matching: (names) => names.filter((name) => counted.has(name) || /^(requests\.)?hugepages-/.test(name) || isExtendedRequest(name)),
  missing(names, object) {
    const { spec } = object as Pod;
    if (!spec || spec.resources?.requests || spec.resources?.limits) return undefined;
    const wanted = explicit.filter((name) => names.includes(name)).sort();
    const lacking = wanted.flatMap((name) => {
      const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].filter((one) => !specifies(one, name));
      return containers.length > 0
        ? [
            `${name} for: ${containers
              .map((one) => one.name)
              .sort()
              .join(",")}`,
          ]
        : [];
    });
    return lacking.length > 0 ? `must specify ${lacking.join("; ")}` : undefined;
  },
  inScope({ scopeName, operator, values = [] }, object) {
    const { spec } = object as Pod;
    if (!spec) return false;
    switch (scopeName) {
      case "Terminating":
        return isTerminating(spec);
      case "NotTerminating":
        return !isTerminating(spec);
      case "BestEffort":
        return toldQosClass(object as Pod) === "BestEffort";
      case "NotBestEffort":
        return toldQosClass(object as Pod) !== "BestEffort";
      case "CrossNamespacePodAffinity":
        return crossesNamespaces(spec);
      case "PriorityClass": {
        const { priorityClassName: name } = spec;
        if (operator === "Exists") return !!name;
        if (operator === "DoesNotExist") return !name;
        const isOne = !!name && values.includes(name);
        return operator === "In" ? isOne : !isOne;
      }
      default:
        return false;
    }
  },
  usage(object, now) {
    const pod = object as Pod;
    const usage: QuotaAmounts = { "count/pods": "1" };
    if (!pod.spec || !usesResources(pod, now)) return usage;
    return { ...usage, ...computeUsage(podTotal(pod.spec, "requests"), podTotal(pod.spec, "limits")) };
  },
};

function isExtendedRequest(name: string): boolean {
  return !isNativeResource(name) && name.startsWith("requests.");
}

function specifies({ resources }: Container, name: string): boolean {
  const [which, plain] = name.startsWith("limits.")
    ? (["limits", name.slice(7)] as const)
    : (["requests", name.replace(/^requests\./, "")] as const);
  return resources?.[which]?.[plain] !== undefined;
}

/** The one change of a pod that takes it from one scope to another. */
function entersScope(spec: PodSpec | undefined, before: PodSpec | undefined): boolean {
  return spec !== undefined && before !== undefined && isTerminating(spec) !== isTerminating(before);
}

function isTerminating({ activeDeadlineSeconds: seconds }: PodSpec): boolean {
  return seconds !== undefined && seconds >= 0;
}

function crossesNamespaces({ affinity }: PodSpec): boolean {
  const crosses = ({ namespaces, namespaceSelector }: PodAffinityTerm) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined;
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some(
    (one) =>
      one?.requiredDuringSchedulingIgnoredDuringExecution?.some(crosses) ||
      one?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }) => crosses(podAffinityTerm)),
  );
}

/** A pod that has ended uses nothing, and none that should long be gone: its node may never say so. */
function usesResources({ status, metadata }: Pod, now: number): boolean {
  if (isTerminalPhase(status?.phase)) return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return now <= Date.parse(deletionTimestamp) + Number(deletionGracePeriodSeconds) * 1000;
}

function podTotal(spec: PodSpec, which: "requests" | "limits"): Record<string, Quantity> {
  const total = { ...sumOfContainers(spec, which), ...spec.resources?.[which] };
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    const before = total[name];
    // Overhead raises only limits that are there.
    if (before !== undefined) total[name] = formatQuantity(addQuantities(before, amount));
    else if (which === "requests") total[name] = amount;
  }
  return total;
}

function computeUsage(requests: Readonly<Record<string, Quantity>>, limits: Readonly<Record<string, Quantity>>): QuotaAmounts {
  const usage: Record<string, Quantity> = { pods: "1" };
  for (const name of ["cpu", "memory", "ephemeral-storage"]) {
    if (requests[name] !== undefined) {
      usage[name] = requests[name];
      usage[`requests.${name}`] = requests[name];
    }
    if (limits[name] !== undefined) usage[`limits.${name}`] = limits[name];
  }
  for (const [name, amount] of Object.entries(requests)) {
    if (isHugePages(name)) usage[name] = amount;
    if (isHugePages(name) || isExtendedResource(name)) usage[`requests.${name}`] = amount;
  }
  return usage;
}
