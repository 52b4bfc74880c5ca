import type {
  Container,
  Node,
  NodeSelectorRequirement,
  Pod,
  PodAffinityTerm,
  PodSpec,
  Taint,
  TopologySpreadConstraint,
} from "../../api/core/v1.ts";
import type { ObjectMeta } from "../../machinery/meta/v1.ts";

/** Short forms of nodes and pods for tests of the scheduler. */
export interface NodeForm {
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: Taint[];
  unschedulable?: boolean;
  /** Sizes in bytes by image name. */
  images?: Record<string, number>;
  /** Further resources. */
  resources?: Record<string, string>;
}

export function testNode(name: string, form: NodeForm = {}): Node {
  const { cpu = "4", memory = "8Gi", pods = "110", resources, labels, taints, unschedulable, images } = form;
  const allocatable = { cpu, memory, pods, ...resources };
  const node: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    spec: {},
    status: { allocatable, capacity: allocatable },
  };
  if (taints) node.spec = { ...node.spec, taints };
  if (unschedulable) node.spec = { ...node.spec, unschedulable };
  if (images && node.status) node.status.images = Object.entries(images).map(([image, sizeBytes]) => ({ names: [image], sizeBytes }));
  return node;
}

export interface PodForm extends Partial<Omit<PodSpec, "containers">> {
  /** Requests of the first container. */
  cpu?: string;
  memory?: string;
  resources?: Record<string, string>;
  ports?: Container["ports"];
  image?: string;
  labels?: Record<string, string>;
  /** Further containers. */
  containers?: Container[];
  meta?: Partial<ObjectMeta>;
  status?: Pod["status"];
}

export function testPod(name: string, form: PodForm = {}): Pod {
  const { cpu, memory, resources, ports, image = "app", labels, containers = [], meta, status, ...spec } = form;
  const requests = { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}), ...resources };
  const first: Container = { name: "app", image };
  if (Object.keys(requests).length > 0) first.resources = { requests };
  // The node agent demands a limit for what can't be shared.
  if (resources && first.resources) first.resources.limits = { ...resources };
  if (ports) first.ports = ports;
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...(labels ? { labels } : {}), ...meta },
    spec: { containers: [first, ...containers], ...spec },
  };
  if (status) pod.status = status;
  return pod;
}

export function requires(...matchExpressions: NodeSelectorRequirement[]): PodSpec["affinity"] {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

export function term(app: string, topologyKey: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm {
  return { labelSelector: { matchLabels: { app } }, topologyKey, ...more };
}

export function near(...terms: PodAffinityTerm[]): PodSpec["affinity"] {
  return { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
}

export function awayFrom(...terms: PodAffinityTerm[]): PodSpec["affinity"] {
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
}

export function spread(app: string, topologyKey: string, more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint {
  return { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app } }, ...more };
}
