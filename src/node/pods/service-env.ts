import type { Service } from "../../api/core/v1.ts";
import { nameOf } from "../../machinery/object.ts";

/**
 * The variables by which a pod finds the services of its namespace: `REDIS_MASTER_SERVICE_HOST`, and the form of Docker's links
 * (`REDIS_MASTER_PORT_6379_TCP_ADDR`). Headless services have none.
 */
export function serviceEnvironment(services: readonly Service[]): Map<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const address = service.spec?.clusterIP;
    const ports = service.spec?.ports ?? [];
    if (!address || address === "None" || ports.length === 0) continue;
    const prefix = variableName(nameOf(service));
    env.set(`${prefix}_SERVICE_HOST`, address);
    env.set(`${prefix}_SERVICE_PORT`, String(ports[0]?.port));
    for (const port of ports) if (port.name) env.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    const host = address.includes(":") ? `[${address}]` : address;
    ports.forEach((port, index) => {
      const protocol = port.protocol ?? "TCP";
      const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
      if (index === 0) env.set(`${prefix}_PORT`, url);
      const link = `${prefix}_PORT_${port.port}_${protocol}`;
      env.set(link, url);
      env.set(`${link}_PROTO`, protocol.toLowerCase());
      env.set(`${link}_PORT`, String(port.port));
      env.set(`${link}_ADDR`, address);
    });
  }
  return env;
}

function variableName(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}
