import type { ServicePort } from "../api/core/v1.ts";
import type { EndpointSlice } from "../api/discovery/v1.ts";
import { serviceUnavailable } from "../machinery/errors.ts";
import type { ObjectReader } from "./object-reader.ts";

/** Address and port of a ready endpoint of a service's port. Throws the 503 that there is none. */
export function serviceEndpoint(objects: ObjectReader, namespace: string, name: string, port: ServicePort): string {
  for (const { value } of objects.list("endpointslices.discovery.k8s.io", namespace)) {
    if (value.metadata.labels?.["kubernetes.io/service-name"] !== name) continue;
    const slice = value as unknown as EndpointSlice;
    const target = slice.ports?.find((one) => (one.name ?? "") === (port.name ?? ""))?.port;
    const endpoint = slice.endpoints?.find(({ conditions }) => conditions?.ready !== false);
    if (target && endpoint?.addresses[0]) return hostPort(endpoint.addresses[0], String(target));
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}

export function hostPort(host: string, port: string): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
