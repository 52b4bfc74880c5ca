import type { EndpointSlice } from "../../api/discovery/v1.ts";
import type { Informer } from "../../client/informer.ts";
import { namespaceOf } from "../../machinery/object.ts";

/** The label by which a slice names its service. */
export const serviceNameLabel = "kubernetes.io/service-name";

const byService = "service";

function serviceKeys(slice: EndpointSlice): readonly string[] {
  const key = serviceKeyOf(slice);
  return key === undefined ? [] : [key];
}

/** `namespace/name` of the service that a slice belongs to. */
export function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name ? `${namespaceOf(slice)}/${name}` : undefined;
}

/** The slices of a service. The proxy and DNS share one index when they share the informer. */
export function slicesByService(informer: Informer<EndpointSlice>): (serviceKey: string) => EndpointSlice[] {
  informer.addIndex(byService, serviceKeys);
  return (serviceKey) => informer.byIndex(byService, serviceKey);
}
