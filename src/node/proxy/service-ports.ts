import type { Service, ServicePort } from "../../api/core/v1.ts";
import type { Endpoint, EndpointSlice } from "../../api/discovery/v1.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";
import { canonicalAddress, type Family, familyOf } from "../network/address.ts";

export type Protocol = "tcp" | "udp" | "sctp";

/** One port of one service in one family, with the endpoints that its traffic goes to: all that rules are made of. */
export interface ServicePortTargets {
  /** `namespace/name/protocol/port name`: what chains are named after. */
  name: string;
  family: Family;
  protocol: Protocol;
  clusterIp: string;
  port: number;
  nodePort: number | undefined;
  externalIps: string[];
  loadBalancerIps: string[];
  /** Only these sources may use the load balancer addresses; empty: all. */
  sourceRanges: string[];
  affinitySeconds: number | undefined;
  /** `internalTrafficPolicy: Local`: the cluster address leads to endpoints of this node only. */
  internalLocal: boolean;
  /** `externalTrafficPolicy: Local`. */
  externalLocal: boolean;
  /** Where traffic of policy Cluster goes. */
  cluster: Target[];
  /** Where traffic of policy Local goes. */
  local: Target[];
}

export interface Target {
  ip: string;
  port: number;
}

interface Candidate extends Target {
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  isLocal: boolean;
  hints: Endpoint["hints"];
}

export interface NodeIdentity {
  name: string;
  zone: string | undefined;
}

const defaultAffinitySeconds = 10_800;

/** Services that this proxy leaves alone: headless, external, another proxy's, without an address yet. */
export function isProxied(service: Service): boolean {
  const spec = service.spec;
  if (!spec || spec.type === "ExternalName" || !spec.clusterIP || spec.clusterIP === "None") return false;
  return service.metadata.labels?.["service.kubernetes.io/service-proxy-name"] === undefined;
}

/** The ports of a service in the given families, with their endpoints chosen. */
export function servicePorts(
  service: Service,
  slices: readonly EndpointSlice[],
  node: NodeIdentity,
  families: readonly Family[],
): ServicePortTargets[] {
  if (!isProxied(service)) return [];
  const spec = service.spec as NonNullable<Service["spec"]>;
  const clusterIps = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP as string];
  const result: ServicePortTargets[] = [];
  for (const family of families) {
    const clusterIp = clusterIps.find((ip) => familyOf(ip) === family);
    if (!clusterIp) continue;
    const ofFamily = (ips: readonly (string | undefined)[]) => [
      ...new Set(ips.flatMap((ip) => (ip && familyOf(ip) === family ? [canonicalAddress(ip)] : []))),
    ];
    const external = spec.type === "NodePort" || spec.type === "LoadBalancer";
    const externalIps = ofFamily(spec.externalIPs ?? []);
    // An address whose mode is Proxy is served by the load balancer itself: packets must go there.
    const ingress = (service.status?.loadBalancer?.ingress ?? []).filter((entry) => entry.ipMode !== "Proxy").map((entry) => entry.ip);
    const loadBalancerIps = spec.type === "LoadBalancer" ? ofFamily(ingress) : [];
    for (const port of spec.ports ?? []) {
      const candidates = candidatesOf(slices, family, port, node);
      const externalLocal = spec.externalTrafficPolicy === "Local" && (external || externalIps.length > 0);
      result.push({
        name: `${namespaceOf(service)}/${nameOf(service)}/${protocolOf(port.protocol)}/${port.name ?? ""}`,
        family,
        protocol: protocolOf(port.protocol),
        clusterIp: canonicalAddress(clusterIp),
        port: port.port,
        nodePort: external && port.nodePort ? port.nodePort : undefined,
        externalIps,
        loadBalancerIps,
        sourceRanges: (spec.loadBalancerSourceRanges ?? [])
          .map((text) => text.trim())
          .filter((text) => familyOf(text.split("/")[0] as string) === family),
        affinitySeconds:
          spec.sessionAffinity === "ClientIP"
            ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds)
            : undefined,
        internalLocal: spec.internalTrafficPolicy === "Local",
        externalLocal,
        cluster: choose(topologyAware(candidates, node)),
        local: choose(candidates.filter((candidate) => candidate.isLocal)),
      });
    }
  }
  return result;
}

function protocolOf(text: string | undefined): Protocol {
  return (text ?? "TCP").toLowerCase() as Protocol;
}

function candidatesOf(slices: readonly EndpointSlice[], family: Family, port: ServicePort, node: NodeIdentity): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices) {
    if (slice.addressType !== `IPv${family}`) continue;
    for (const slicePort of slice.ports ?? []) {
      if ((slicePort.name ?? "") !== (port.name ?? "") || (slicePort.protocol ?? "TCP") !== (port.protocol ?? "TCP") || !slicePort.port)
        continue;
      for (const endpoint of slice.endpoints ?? []) {
        const address = endpoint.addresses[0];
        if (!address || familyOf(address) !== family) continue;
        const { ready, serving, terminating } = endpoint.conditions ?? {};
        const candidate: Candidate = {
          ip: canonicalAddress(address),
          port: slicePort.port,
          // An absent condition means: unknown, to be taken as ready.
          ready: ready ?? true,
          serving: serving ?? ready ?? true,
          terminating: terminating ?? false,
          isLocal: endpoint.nodeName === node.name,
          hints: endpoint.hints,
        };
        // An endpoint that moves between slices is in both for a moment.
        const key = `${candidate.ip}/${candidate.port}`;
        const other = found.get(key);
        if (!other || (candidate.ready && !other.ready)) found.set(key, candidate);
      }
    }
  }
  return [...found.values()];
}

/** Ready endpoints; when there are none, those that still serve while they terminate. */
function choose(candidates: readonly Candidate[]): Target[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  const chosen = ready.length > 0 ? ready : candidates.filter((candidate) => candidate.serving && candidate.terminating);
  return chosen.map(({ ip, port }) => ({ ip, port })).sort((a, b) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port));
}

/** Follows the hints of the slices when every ready endpoint has them and one is meant for this node or zone. */
function topologyAware(candidates: Candidate[], node: NodeIdentity): Candidate[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  if (ready.length === 0) return candidates;
  const forNode = (candidate: Candidate) => candidate.hints?.forNodes?.some(({ name }) => name === node.name) ?? false;
  if (ready.every((candidate) => candidate.hints?.forNodes?.length) && ready.some(forNode)) return ready.filter(forNode);
  const forZone = (candidate: Candidate) => candidate.hints?.forZones?.some(({ name }) => name === node.zone) ?? false;
  if (node.zone && ready.every((candidate) => candidate.hints?.forZones?.length) && ready.some(forZone)) return ready.filter(forZone);
  return candidates;
}
