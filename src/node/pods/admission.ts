import { matchesNodeRequirements } from "../../api/core/node-affinity.ts";
import { hostPorts, hostPortsConflict } from "../../api/core/pod-ports.ts";
import { parseResourceList, podRequests } from "../../api/core/pod-resources.ts";
import { findUntoleratedTaint } from "../../api/core/taints.ts";
import type { Node, Pod } from "../../api/core/v1.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";

/** Why the node does not take a pod: its status' reason, and the message of the event. */
export interface Rejection {
  reason: string;
  message: string;
}

export interface AdmissionOptions {
  /** The node as it was last heard of. */
  node(): Node | undefined;
  /** The node as it is now. */
  readNode(): Promise<Node>;
}

/** Pods above this priority are let in whether or not there is room. */
const criticalPriority = 2_000_000_000;

/**
 * Decides which pods the node takes. The scheduler has decided before; but it may be another one, or none, or may not have known
 * all. Pods that are taken count until they are released.
 */
export class PodAdmission {
  readonly #options: AdmissionOptions;
  readonly #taken = new Map<string, Pod>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Takes the pod, or says why not. A pod that has been started before is always taken: a restart of the agent evicts nobody. */
  async admit(pod: Pod): Promise<Rejection | undefined> {
    if (!pod.status?.startTime && !this.#taken.has(uidOf(pod))) {
      let rejection = this.#check(pod, this.#options.node());
      // Labels and taints may have changed just now.
      if (rejection && reasonsOfNode.includes(rejection.reason)) rejection = this.#check(pod, await this.#options.readNode());
      if (rejection) return rejection;
    }
    this.#taken.set(uidOf(pod), counted(pod));
    return undefined;
  }

  /** Whether what a running pod asks for by now can be granted; counts it from then on if so. */
  resize(pod: Pod): Rejection | undefined {
    const node = this.#options.node();
    const allocatable = parseResourceList(node?.status?.allocatable);
    const requests = podRequests(pod);
    for (const name of ["cpu", "memory"]) {
      const requested = requests.get(name) ?? 0;
      const capacity = allocatable.get(name) ?? 0;
      if (requested <= capacity) continue;
      const message = `Node didn't have enough capacity: ${name}, requested: ${requested}, capacity: ${capacity}`;
      return { reason: "Infeasible", message };
    }
    const others = [...this.#taken.values()].filter((other) => uidOf(other) !== uidOf(pod));
    const lack = node && lackOf({ ...pod, status: {} }, others, node);
    if (lack) return { reason: "Deferred", message: lack.message };
    this.#taken.set(uidOf(pod), counted(pod));
    return undefined;
  }

  /** Nothing of the pod runs any more. */
  release(uid: string): void {
    this.#taken.delete(uid);
  }

  #check(pod: Pod, node: Node | undefined): Rejection | undefined {
    if (!node) return { reason: "InvalidNodeInfo", message: "Kubelet cannot get node info." };
    const os = pod.metadata.labels?.["kubernetes.io/os"];
    if (os !== undefined && os !== "linux") {
      const message = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label";
      return { reason: "PodOSSelectorNodeLabelDoesNotMatch", message };
    }
    if (pod.spec?.os && pod.spec.os.name !== "linux")
      return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
    const others = [...this.#taken.values()].filter((other) => uidOf(other) !== uidOf(pod));
    const critical = (pod.spec?.priority ?? 0) >= criticalPriority;
    return (critical ? undefined : lackOf(pod, others, node)) ?? mismatch(pod, others, node);
  }
}

/** What counts of a pod: the rest of its object is another by and by, and would be kept for nothing. */
function counted({ metadata: { uid }, spec, status }: Pod): Pod {
  return {
    metadata: { ...(uid === undefined ? {} : { uid }) },
    ...(spec ? { spec } : {}),
    ...(status?.containerStatuses || status?.initContainerStatuses ? { status } : {}),
  };
}

const reasonsOfNode: readonly string[] = ["InvalidNodeInfo", "NodeAffinity", "TaintToleration"];
const firstResources = ["cpu", "memory", "ephemeral-storage"];

/** The first resource that the node has not enough of. */
function lackOf(pod: Pod, others: readonly Pod[], node: Node): Rejection | undefined {
  const allocatable = parseResourceList(node.status?.allocatable);
  const slots = allocatable.get("pods") ?? 0;
  if (others.length + 1 > slots) return insufficient("pods", 1, others.length, slots);
  const requests = podRequests(pod, { withStatus: true });
  if (requests.size === 0) return undefined;
  const used = new Map<string, number>();
  for (const other of others)
    for (const [name, amount] of podRequests(other, { withStatus: true })) used.set(name, (used.get(name) ?? 0) + amount);
  const names = [...firstResources, ...[...requests.keys()].filter((name) => !firstResources.includes(name))];
  for (const name of names) {
    const requested = requests.get(name) ?? 0;
    const capacity = allocatable.get(name);
    // Extended resources that the node knows nothing of are looked after elsewhere.
    if (requested === 0 || (capacity === undefined && !firstResources.includes(name))) continue;
    if (requested > (capacity ?? 0) - (used.get(name) ?? 0)) return insufficient(name, requested, used.get(name) ?? 0, capacity ?? 0);
  }
  return undefined;
}

function insufficient(name: string, requested: number, used: number, capacity: number): Rejection {
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

function mismatch(pod: Pod, others: readonly Pod[], node: Node): Rejection | undefined {
  if (!matchesNodeRequirements(pod.spec, node)) return predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  if (pod.spec?.nodeName && pod.spec.nodeName !== nameOf(node))
    return predicate("NodeName", "node(s) didn't match the requested node name");
  const ports = hostPorts(pod.spec);
  if (
    ports.length > 0 &&
    others.some((other) => hostPorts(other.spec).some((taken) => ports.some((port) => hostPortsConflict(port, taken))))
  )
    return predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  const evicting = (node.spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  if (findUntoleratedTaint(evicting, pod.spec?.tolerations))
    return predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate");
  return undefined;
}

function predicate(reason: string, description: string): Rejection {
  return { reason, message: `Predicate ${reason} failed: ${description}` };
}
