import type { Endpoints, Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import type { ServiceCIDR } from "../../api/networking/v1.ts";
import { endpointslices, endpoints as endpointsRef, servicecidrs, services } from "../../api/refs.ts";
import type { Client, ComponentDeps } from "../../client/client.ts";
import { timestamp } from "../../machinery/clock.ts";
import { deepEqual } from "../../machinery/object.ts";
import { ensure } from "./ensure.ts";

export interface KubernetesServiceOptions {
  /** The first address of the service range. */
  clusterIp: string;
  /** The range of service addresses, which nodes read from the cluster. Absent: none is told. */
  serviceRange?: string;
  /** Where pods reach the API server. A loopback address, which none could, has no endpoints. */
  address: string;
  port: number;
}

/** Tells the range of service addresses, as upstream does: by the object `kubernetes`. */
export async function ensureServiceRange({ client, clock }: Pick<ComponentDeps, "client" | "clock">, range: string): Promise<void> {
  const wanted: ServiceCIDR = {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes" },
    spec: { cidrs: range.split(",").map((cidr) => cidr.trim()) },
  };
  const stored = await ensure(client, servicecidrs, wanted);
  if (stored.metadata.deletionTimestamp || stored.status?.conditions?.some(({ type }) => type === "Ready")) return;
  const ready = {
    type: "Ready",
    status: "True" as const,
    message: "Kubernetes default Service CIDR is ready",
    lastTransitionTime: timestamp(clock),
  };
  const { apiVersion, kind, metadata } = wanted;
  const patch = { type: "application/apply-patch+yaml" as const, body: { apiVersion, kind, metadata, status: { conditions: [ready] } } };
  await client.patch(servicecidrs, "kubernetes", patch, { subresource: "status", fieldManager: "kubernetes-service-cidr-controller" });
}

/** Keeps `default/kubernetes` pointing at this API server. */
export async function ensureKubernetesService(client: Client, options: KubernetesServiceOptions): Promise<void> {
  const labels = { component: "apiserver", provider: "kubernetes" };
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels },
    spec: {
      type: "ClusterIP",
      clusterIP: options.clusterIp,
      clusterIPs: [options.clusterIp],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: options.port }],
    },
  };
  await ensure(client, services, service, (current) => {
    const ports = current.spec?.ports;
    if (deepEqual(ports, service.spec?.ports)) return undefined;
    return { ...current, spec: { ...current.spec, ports: service.spec?.ports ?? [] } };
  });

  if (options.address.startsWith("127.") || options.address === "::1") return;
  const subsets = [{ addresses: [{ ip: options.address }], ports: [{ name: "https", port: options.port, protocol: "TCP" as const }] }];
  const endpoints: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets,
  };
  await ensure(client, endpointsRef, endpoints, (current) => (deepEqual(current.subsets, subsets) ? undefined : { ...current, subsets }));

  const slice: EndpointSlice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [options.address], conditions: { ready: true } }],
    ports: [{ name: "https", port: options.port, protocol: "TCP" }],
  };
  await ensure(client, endpointslices, slice, (current) =>
    deepEqual(current.endpoints, slice.endpoints) && deepEqual(current.ports, slice.ports)
      ? undefined
      : { ...current, endpoints: slice.endpoints, ports: slice.ports ?? [] },
  );
}
