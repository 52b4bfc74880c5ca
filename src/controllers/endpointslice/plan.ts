import { targetPortOf } from "../../api/core/pod-ports.ts";
import { isPodReady, isPodTerminal } from "../../api/core/pod-status.ts";
import type { Node, Pod, Service } from "../../api/core/v1.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../api/discovery/v1.ts";
import { deepEqual, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { endpointHostname, podAddress } from "../endpoint/service-pods.ts";

const maxEndpointsPerSlice = 100;
export const zoneLabel = "topology.kubernetes.io/zone";
const headless = "service.kubernetes.io/headless";

export interface SlicePlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  remove: EndpointSlice[];
}

/**
 * What must be written so that the slices tell the service's endpoints: existing slices keep what is right in them, changed
 * and new endpoints fill them up, and a slice that ends up empty goes.
 */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
  existing: readonly EndpointSlice[],
  ownLabels: Record<string, string>,
): SlicePlan {
  const labels: Record<string, string> = { ...service.metadata.labels, ...ownLabels };
  delete labels[headless];
  if (service.spec?.clusterIP === "None") labels[headless] = "";
  const families = service.spec?.ipFamilies ?? ["IPv4"];
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  for (const slice of existing) if (!(families as string[]).includes(slice.addressType)) plan.remove.push(slice);
  for (const family of families as ("IPv4" | "IPv6")[]) {
    const groups = endpointsByPorts(service, pods, family, nodeOf);
    const ofFamily = existing.filter((slice) => slice.addressType === family);
    // A service without endpoints has one empty slice, so that readers know it is handled.
    if (groups.size === 0) groups.set("[]", { ports: [], endpoints: new Map() });
    const taken = new Set<EndpointSlice>();
    for (const { ports, endpoints } of groups.values()) {
      const matching = ofFamily.filter((slice) => deepEqual(slice.ports ?? [], ports));
      for (const slice of matching) taken.add(slice);
      planGroup(plan, service, family, ports, endpoints, matching, labels);
    }
    for (const slice of ofFamily) if (!taken.has(slice)) plan.remove.push(slice);
  }
  return plan;
}

interface Group {
  ports: EndpointPort[];
  /** By the pod's UID. */
  endpoints: Map<string, Endpoint>;
}

function endpointsByPorts(
  service: Service,
  pods: readonly Pod[],
  family: "IPv4" | "IPv6",
  nodeOf: (name: string) => Node | undefined,
): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const ip = podAddress(pod, family);
    if (!ip || isPodTerminal(pod)) continue;
    const node = nodeOf(pod.spec?.nodeName ?? "");
    // A pod on a node that is gone is about to go too.
    if (!node && !service.spec?.publishNotReadyAddresses) continue;
    const ports: EndpointPort[] = [];
    for (const port of service.spec?.ports ?? []) {
      const number = targetPortOf(pod.spec, port);
      if (number === undefined) continue;
      ports.push({
        name: port.name ?? "",
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      });
    }
    const signature = JSON.stringify(ports);
    const group = groups.get(signature) ?? { ports, endpoints: new Map() };
    groups.set(signature, group);
    group.endpoints.set(uidOf(pod), endpointOf(service, pod, ip, node));
  }
  return groups;
}

function endpointOf(service: Service, pod: Pod, ip: string, node: Node | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = node?.metadata.labels?.[zoneLabel];
  const hostname = endpointHostname(pod, service);
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: "Pod", namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
    ...(zone ? { zone } : {}),
  };
}

function planGroup(
  plan: SlicePlan,
  service: Service,
  family: "IPv4" | "IPv6",
  ports: EndpointPort[],
  wanted: ReadonlyMap<string, Endpoint>,
  slices: readonly EndpointSlice[],
  labels: Record<string, string>,
): void {
  const left = new Map(wanted);
  const kept = slices.map((slice) => {
    const endpoints: Endpoint[] = [];
    let changed = !deepEqual(slice.metadata.labels ?? {}, labels);
    for (const endpoint of slice.endpoints ?? []) {
      const uid = endpoint.targetRef?.uid ?? "";
      const next = left.get(uid);
      if (!next) {
        changed = true;
        continue;
      }
      left.delete(uid);
      if (!deepEqual(next, endpoint)) changed = true;
      endpoints.push(next);
    }
    return { slice, endpoints, changed };
  });
  // New endpoints go where a write is due anyway, then into the fullest slices that have room.
  const order = [...kept].sort((a, b) => Number(b.changed) - Number(a.changed) || b.endpoints.length - a.endpoints.length);
  for (const entry of order) {
    if (left.size === 0) break;
    for (const [uid, endpoint] of left) {
      if (entry.endpoints.length >= maxEndpointsPerSlice) break;
      entry.endpoints.push(endpoint);
      left.delete(uid);
      entry.changed = true;
    }
  }
  const rest = [...left.values()];
  for (let start = 0; start < rest.length; start += maxEndpointsPerSlice) {
    plan.create.push(newSlice(service, family, ports, rest.slice(start, start + maxEndpointsPerSlice), labels));
  }
  if (wanted.size === 0 && slices.length === 0) plan.create.push(newSlice(service, family, ports, [], labels));
  let placeholderKept = wanted.size > 0;
  for (const { slice, endpoints, changed } of kept) {
    if (endpoints.length === 0 && placeholderKept) plan.remove.push(slice);
    else if (changed) plan.update.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints, ports });
    if (endpoints.length === 0) placeholderKept = true;
  }
}

function newSlice(
  service: Service,
  family: "IPv4" | "IPv6",
  ports: EndpointPort[],
  endpoints: Endpoint[],
  labels: Record<string, string>,
): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${nameOf(service)}-`,
      namespace: namespaceOf(service),
      labels,
      ownerReferences: [
        { apiVersion: "v1", kind: "Service", name: nameOf(service), uid: uidOf(service), controller: true, blockOwnerDeletion: true },
      ],
    },
    addressType: family,
    endpoints,
    ports,
  };
}
