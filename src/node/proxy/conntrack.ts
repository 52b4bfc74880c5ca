import type { Logger } from "../../machinery/logger.ts";
import type { Family } from "../network/address.ts";
import { CommandError, type CommandRunner } from "../network/command.ts";
import type { ServicePortTargets } from "./service-ports.ts";

/** Entries that keep UDP flows going to where they shouldn't any more. */
export interface StaleFlows {
  family: Family;
  /** The address that clients send to; absent for a node port. */
  address?: string;
  port: number;
  /** Only flows to this endpoint; all flows of the port when absent. */
  endpoint?: string;
}

/**
 * What to forget after a change: flows to UDP endpoints that are gone, and flows that began while there was no endpoint and so were
 * never translated. A UDP client that keeps its port would otherwise never come off them. TCP notices by itself.
 */
export function staleFlows(before: readonly ServicePortTargets[], after: readonly ServicePortTargets[]): StaleFlows[] {
  const flows: StaleFlows[] = [];
  const next = new Map(after.map((port) => [`${port.name}/${port.family}`, port]));
  for (const old of before) {
    if (old.protocol !== "udp") continue;
    const now = next.get(`${old.name}/${old.family}`);
    const remaining = new Set(now ? targetsOf(now) : []);
    for (const endpoint of targetsOf(old)) if (!remaining.has(endpoint)) flows.push(...destinations(old, endpoint));
    if (now && targetsOf(old).size === 0 && remaining.size > 0) flows.push(...destinations(now));
  }
  const known = new Set(before.map((port) => `${port.name}/${port.family}`));
  for (const port of after) {
    if (port.protocol === "udp" && !known.has(`${port.name}/${port.family}`) && targetsOf(port).size > 0) flows.push(...destinations(port));
  }
  return flows;
}

function targetsOf(port: ServicePortTargets): Set<string> {
  return new Set([...port.cluster, ...port.local].map((target) => target.ip));
}

function destinations(port: ServicePortTargets, endpoint?: string): StaleFlows[] {
  const of = endpoint === undefined ? {} : { endpoint };
  const addresses = [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps];
  const flows: StaleFlows[] = addresses.map((address) => ({ family: port.family, address, port: port.port, ...of }));
  if (port.nodePort !== undefined) flows.push({ family: port.family, port: port.nodePort, ...of });
  return flows;
}

/** Deletes entries by way of the `conntrack` tool. Where it isn't installed, says so once and goes on. */
export class ConntrackCleaner {
  readonly #run: CommandRunner;
  readonly #logger: Logger;
  #missing = false;

  constructor(run: CommandRunner, logger: Logger) {
    this.#run = run;
    this.#logger = logger;
  }

  async forget(flows: readonly StaleFlows[]): Promise<void> {
    for (const flow of flows) {
      if (this.#missing) return;
      const command = ["conntrack", "-D", "-f", `ipv${flow.family}`, "-p", "udp", "--orig-port-dst", String(flow.port)];
      if (flow.address) command.push("--orig-dst", flow.address);
      if (flow.endpoint) command.push("--dst-nat", flow.endpoint);
      await this.#delete(command);
    }
  }

  async #delete(command: string[]): Promise<void> {
    try {
      await this.#run(command);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (isMissing(error)) {
        this.#missing = true;
        this.#logger.warn(
          "the conntrack tool is not installed: UDP clients that keep their port go on sending to an endpoint that is gone for up to two minutes",
        );
      } else if (!error.stderr.includes("0 flow entries")) {
        this.#logger.warn("UDP flows could not be forgotten", { error: error.message });
      }
    }
  }
}

/** Also when run by way of another program, as `ip netns exec`. */
function isMissing(error: CommandError): boolean {
  return error.missing || /exec of "conntrack" failed|conntrack: (command )?not found/.test(error.stderr);
}
