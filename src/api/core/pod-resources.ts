import { containerStatus, isRestartableInit } from "./pod-status.ts";
import { type Amounts, addAmounts, maxAmounts, parseResourceList } from "./resource-list.ts";
import type { Container, ContainerStatus, Pod, PodSpec, ResourceRequirements } from "./v1.ts";

export { type Amounts, parseResourceList } from "./resource-list.ts";

export interface PodResourcesOptions {
  /**
   * Count what the node has granted too: while a resize is under way the larger of the asked and the granted holds. The
   * scheduler and the node agent count so; quotas don't.
   */
  withStatus?: boolean;
  withoutOverhead?: boolean;
  /** Without what the pod asks for as a whole. */
  containersOnly?: boolean;
}

/** What the pod asks of a node: millicores of cpu, base units of everything else. */
export function podRequests(pod: Readonly<Pod>, options: PodResourcesOptions = {}): Amounts {
  return podAmounts(pod, "requests", options);
}

/** What the pod may use at most, where it has limits. */
export function podLimits(pod: Readonly<Pod>, options: PodResourcesOptions = {}): Amounts {
  return podAmounts(pod, "limits", options);
}

type Which = "requests" | "limits";

function podAmounts(pod: Readonly<Pod>, which: Which, options: PodResourcesOptions): Amounts {
  const spec = pod.spec;
  if (!spec) return new Map();
  const total = containersTotal(spec, which, options.withStatus ? pod : undefined);
  if (!options.containersOnly) {
    // The pod's own figures stand in place of the sum over its containers.
    const own = parseResourceList(spec.resources?.[which]);
    for (const [name, amount] of own) total.set(name, amount);
  }
  if (!options.withoutOverhead && spec.overhead) {
    for (const [name, amount] of parseResourceList(spec.overhead)) {
      // Overhead raises only limits that are there.
      if (which === "requests" || total.has(name)) total.set(name, (total.get(name) ?? 0) + amount);
    }
  }
  return total;
}

/**
 * Main containers and sidecars run together; the other init containers run one by one before, each beside the sidecars that
 * were started before it. The pod needs the most of these.
 */
function containersTotal(spec: Readonly<PodSpec>, which: Which, statusOf: Readonly<Pod> | undefined): Amounts {
  const total: Amounts = new Map();
  const status = statusOf?.status;
  const withStatus = status !== undefined;
  for (const container of spec.containers ?? []) {
    const granted = withStatus ? containerStatus(status.containerStatuses, container.name) : undefined;
    addAmounts(total, containerAmounts(container, which, granted));
  }
  if (!spec.initContainers || spec.initContainers.length === 0) return total;
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of spec.initContainers) {
    const granted = withStatus ? containerStatus(status.initContainerStatuses, container.name) : undefined;
    const amounts = containerAmounts(container, which, granted);
    if (isRestartableInit(container)) {
      addAmounts(total, amounts);
      addAmounts(sidecars, amounts);
      maxAmounts(peak, sidecars);
    } else {
      const together = new Map(amounts);
      addAmounts(together, sidecars);
      maxAmounts(peak, together);
    }
  }
  maxAmounts(total, peak);
  return total;
}

function containerAmounts(container: Container, which: Which, granted: ContainerStatus | undefined): Amounts {
  const asked = parseResourceList(container.resources?.[which]);
  if (!granted) return asked;
  maxAmounts(asked, parseResourceList(granted.resources?.[which]));
  if (which === "requests") maxAmounts(asked, parseResourceList(granted.allocatedResources));
  return asked;
}

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** The pod's quality of service class, from its spec. */
export function podQosClass(spec: Readonly<PodSpec> | undefined): QosClass {
  if (!spec) return "BestEffort";
  // What the pod asks for as a whole decides alone, even if that is nothing.
  const parts: readonly { resources?: ResourceRequirements }[] = spec.resources
    ? [{ resources: spec.resources }]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  let guaranteed = true;
  for (const { resources } of parts) {
    addAmounts(requests, computeAmounts(resources?.requests));
    const limited = computeAmounts(resources?.limits);
    addAmounts(limits, limited);
    if (limited.size < 2) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  if (!guaranteed || requests.size !== limits.size) return "Burstable";
  for (const [name, amount] of requests) if (limits.get(name) !== amount) return "Burstable";
  return "Guaranteed";
}

/** The class that a pod's status says, whoever said it, and else that of its spec. */
export function toldQosClass({ spec, status }: Readonly<Pod>): string {
  return status?.qosClass || podQosClass(spec);
}

/** Cpu and memory only, without those that are zero. */
function computeAmounts(list: Record<string, string> | undefined): Amounts {
  const amounts: Amounts = new Map();
  if (!list) return amounts;
  for (const [name, amount] of parseResourceList(list)) {
    if ((name === "cpu" || name === "memory") && amount > 0) amounts.set(name, amount);
  }
  return amounts;
}
