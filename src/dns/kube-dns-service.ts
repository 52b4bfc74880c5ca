import type { Service } from "../api/core/v1.ts";
import type { EndpointSlice } from "../api/discovery/v1.ts";
import { addressAt, familyOf, mustParseCidr } from "../node/network/address.ts";
import { serviceNameLabel } from "../node/network/slice-index.ts";

export interface KubeDnsOptions {
  /** The service ranges, one per family. */
  serviceCidrs: readonly string[];
  /** Where DNS servers listen; never a loopback address, which no endpoint may have. */
  endpoints: readonly { address: string; nodeName?: string }[];
  /** The port that they listen on. */
  port: number;
}

const name = "kube-dns";
const namespace = "kube-system";

/** The tenth address of a service range, by convention the DNS service's. */
export function clusterDnsIp(serviceCidr: string): string {
  return addressAt(mustParseCidr(serviceCidr), 10);
}

/** The service that pods' resolv.conf points to, and the slices that lead it to the servers. It has no selector: the slices are made by hand. */
export function kubeDnsObjects(options: KubeDnsOptions): { service: Service; endpointSlices: EndpointSlice[] } {
  const clusterIPs = options.serviceCidrs.map(clusterDnsIp);
  const families = clusterIPs.map((ip) => (familyOf(ip) === 6 ? ("IPv6" as const) : ("IPv4" as const)));
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace,
      labels: { "k8s-app": name, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: clusterIPs[0] as string,
      clusterIPs,
      ipFamilies: families,
      ipFamilyPolicy: families.length > 1 ? "RequireDualStack" : "SingleStack",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: options.port },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: options.port },
      ],
    },
  };
  const endpointSlices = families.flatMap((addressType) => {
    const endpoints = options.endpoints.filter(({ address }) => (familyOf(address) === 6 ? "IPv6" : "IPv4") === addressType);
    if (endpoints.length === 0) return [];
    const slice: EndpointSlice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `${name}-${addressType.toLowerCase()}`,
        namespace,
        labels: { "k8s-app": name, [serviceNameLabel]: name, "endpointslice.kubernetes.io/managed-by": "kybern-dns" },
      },
      addressType,
      endpoints: endpoints.map(({ address, nodeName }) => ({
        addresses: [address],
        conditions: { ready: true, serving: true, terminating: false },
        ...(nodeName ? { nodeName } : {}),
      })),
      ports: [
        { name: "dns", port: options.port, protocol: "UDP" },
        { name: "dns-tcp", port: options.port, protocol: "TCP" },
      ],
    };
    return [slice];
  });
  return { service, endpointSlices };
}
