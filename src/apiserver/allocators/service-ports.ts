import type { Service, ServicePort, ServiceSpec } from "../../api/core/v1.ts";
import { field, internalError, invalid, StatusError } from "../../machinery/errors.ts";
import type { AllocationMetrics } from "../metrics/allocation-metrics.ts";
import type { NodePortRange } from "./node-port.ts";

type PortSource = Pick<NodePortRange, "contains" | "isUsed" | "toString"> & { next(taken: readonly number[]): number | undefined };

/** Ports for a dry run. */
export class DryPorts implements PortSource {
  readonly #range: NodePortRange;

  constructor(range: NodePortRange) {
    this.#range = range;
  }

  /** Nothing is taken out of the range, so that it isn't looked at. */
  contains(): boolean {
    return true;
  }

  isUsed(port: number): boolean {
    return this.#range.isUsed(port);
  }

  toString(): string {
    return String(this.#range);
  }

  /** Beyond what this write has. */
  next(taken: readonly number[]): number {
    return (taken.length > 0 ? Math.max(0, ...taken) : 32_768) + 1;
  }
}

/** Gives a service its node ports, in place, and notes in `taken` those that are new. `before` are those of its old state. */
export function takePorts(
  range: PortSource,
  service: Service,
  spec: ServiceSpec,
  before: readonly number[] | undefined,
  taken: number[],
  metrics?: AllocationMetrics,
): void {
  if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return;
  const ports = new Ports(range, service, taken, metrics);
  const allocates = spec.type === "NodePort" || spec.allocateLoadBalancerNodePorts !== false;
  const wanting = [...(spec.ports ?? []).entries()].filter(([, { nodePort }]) => nodePort || allocates);
  if (before) keepPorts(ports, wanting, before);
  else sharePorts(ports, wanting, spec.ports ?? []);
  if (spec.type !== "LoadBalancer" || spec.externalTrafficPolicy !== "Local") return;
  if (!spec.healthCheckNodePort) spec.healthCheckNodePort = ports.next();
  else if (!before?.includes(spec.healthCheckNodePort)) {
    const why = ports.claim(spec.healthCheckNodePort);
    if (why) throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${why}`);
  }
}

type Wanting = readonly (readonly [index: number, port: ServicePort])[];

/** Of a new service the same port number of several protocols shares a node port. */
function sharePorts(ports: Ports, wanting: Wanting, all: readonly ServicePort[]): void {
  const shared = new Map<number, number>();
  for (const [index, port] of wanting) {
    const known = shared.get(port.port);
    if (known === undefined) {
      const named = all.find((one) => one.port === port.port && one.nodePort)?.nodePort;
      if (named) ports.claimFor(index, named);
      port.nodePort = named ?? ports.next();
      shared.set(port.port, port.nodePort);
    } else if (!port.nodePort) port.nodePort = known;
    else if (port.nodePort !== known) ports.claimFor(index, port.nodePort);
  }
}

/** Of a service that changes each port has its own, but for those that are named twice. */
function keepPorts(ports: Ports, wanting: Wanting, before: readonly number[]): void {
  const named = new Set<number>();
  const seen = new Set<string>();
  for (const [index, port] of wanting) {
    if (!port.nodePort) port.nodePort = ports.next();
    else if (!before.includes(port.nodePort) && !named.has(port.nodePort)) {
      ports.claimFor(index, port.nodePort);
      named.add(port.nodePort);
    }
    const key = `{${port.protocol ?? "TCP"} ${port.nodePort}}`;
    if (seen.has(key)) throw new StatusError(500, "", `duplicate nodePort: ${key}`);
    seen.add(key);
  }
}

/** What one write takes out of a range. */
class Ports {
  readonly #range: PortSource;
  readonly #service: Service;
  readonly #taken: number[];
  readonly #metrics: AllocationMetrics | undefined;

  constructor(range: PortSource, service: Service, taken: number[], metrics: AllocationMetrics | undefined) {
    this.#metrics = metrics;
    this.#range = range;
    this.#service = service;
    this.#taken = taken;
  }

  /** Why the port can't be had, if so. */
  claim(port: number): string | undefined {
    const why = this.#objection(port);
    this.#metrics?.port("static", why === undefined);
    if (why === undefined) this.#taken.push(port);
    return why;
  }

  #objection(port: number): string | undefined {
    if (!this.#range.contains(port)) return `provided port is not in the valid range. The range of valid ports is ${this.#range}`;
    if (this.#range.isUsed(port) || this.#taken.includes(port)) return "provided port is already allocated";
    return undefined;
  }

  claimFor(index: number, port: number): void {
    const why = this.claim(port);
    if (why === undefined) return;
    const error = field.invalid(`spec.ports[${index}].nodePort`, port, why);
    throw invalid({ group: "", kind: "Service" }, this.#service.metadata.name ?? "", [error]);
  }

  next(): number {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const port = this.#range.next(this.#taken);
      if (port === undefined) break;
      if (this.#taken.includes(port)) continue;
      this.#taken.push(port);
      this.#metrics?.port("dynamic", true);
      // The numbers of a dry run can leave what the field holds.
      return port | 0;
    }
    this.#metrics?.port("dynamic", false);
    throw internalError("failed to allocate a nodePort: range is full");
  }
}

const maxAttempts = 8;
