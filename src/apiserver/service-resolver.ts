import type { Service } from "../api/core/v1.ts";
import { StatusError, serviceUnavailable } from "../machinery/errors.ts";
import type { ObjectReader } from "./object-reader.ts";
import { serviceEndpoint } from "./service-endpoint.ts";

/** A service that the API server calls: of a webhook or an aggregated API. */
export interface ServiceReference {
  namespace?: string;
  name?: string;
  port?: number;
}

export type ServiceResolver = (service: ServiceReference) => string;

/**
 * Finds where a service is reached: `ADDRESS:PORT` of one of its endpoints, since cluster addresses mean nothing where no service
 * proxy runs beside the API server. `ownAddress` is where the service of the API server itself is.
 */
export function createServiceResolver(objects: ObjectReader, ownAddress: () => string): ServiceResolver {
  return ({ namespace = "", name = "", port = 443 }) => {
    const entry = objects.get("services", namespace, name);
    if (!entry) throw new StatusError(404, "NotFound", `service ${JSON.stringify(name)} not found`);
    const { spec } = entry.value as Service;
    if (spec?.type === "ExternalName") return `${spec.externalName}:${port}`;
    const wanted = spec?.ports?.find((one) => one.port === port);
    if (!wanted) throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
    if (namespace === "default" && name === "kubernetes") return ownAddress();
    return serviceEndpoint(objects, namespace, name, wanted);
  };
}
