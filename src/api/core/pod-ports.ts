import { isRestartableInit } from "./pod-status.ts";
import type { Container, PodSpec, ServicePort } from "./v1.ts";

export interface HostPort {
  /** `0.0.0.0` where the pod names none. */
  ip: string;
  port: number;
  protocol: string;
}

/** The host ports that the pod's containers and sidecars take on its node. With the host's network, every port is one. */
export function hostPorts(spec: PodSpec | undefined): HostPort[] {
  const ports: HostPort[] = [];
  for (const container of servingContainers(spec)) {
    for (const port of container.ports ?? []) {
      const host = port.hostPort || (spec?.hostNetwork ? port.containerPort : 0);
      if (host > 0) ports.push({ ip: port.hostIP || "0.0.0.0", port: host, protocol: port.protocol || "TCP" });
    }
  }
  return ports;
}

/** Whether two host ports can't be on one node: same port and protocol, and the same address or either of them all addresses. */
export function hostPortsConflict(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
}

/** The number that a service's port leads to in a pod; undefined when the pod has no port of that name. */
export function targetPortOf(spec: PodSpec | undefined, servicePort: ServicePort): number | undefined {
  const target = servicePort.targetPort;
  if (typeof target === "number") return target === 0 ? servicePort.port : target;
  if (target === undefined || target === "") return servicePort.port;
  const protocol = servicePort.protocol || "TCP";
  for (const container of servingContainers(spec)) {
    for (const port of container.ports ?? []) {
      if (port.name === target && (port.protocol || "TCP") === protocol) return port.containerPort;
    }
  }
  return undefined;
}

/** The number behind a probe's or hook's port, which is a number, or a name among the ports of that container. */
export function containerPortNumber(container: Pick<Container, "ports">, port: number | string): number | undefined {
  if (typeof port === "number") return port;
  const named = container.ports?.find((candidate) => candidate.name === port);
  if (named) return named.containerPort;
  return /^[0-9]+$/.test(port) ? Number(port) : undefined;
}

function* servingContainers(spec: PodSpec | undefined): IterableIterator<Container> {
  yield* spec?.containers ?? [];
  for (const container of spec?.initContainers ?? []) if (isRestartableInit(container)) yield container;
}
