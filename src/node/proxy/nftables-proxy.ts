import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import type { Logger } from "../../machinery/logger.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";
import type { Family } from "../network/address.ts";
import type { CommandRunner } from "../network/command.ts";
import { baseRuleset, familiesOf } from "./base-ruleset.ts";
import { ConntrackCleaner, type StaleFlows, staleFlows } from "./conntrack.ts";
import { hostPortFragment } from "./host-port-fragment.ts";
import { NftWriter } from "./nft-writer.ts";
import { emptyFragment, type Fragment, type RulesetOptions } from "./ruleset.ts";
import { serviceFragment } from "./service-fragment.ts";
import { isProxied, type NodeIdentity, type ServicePortTargets, servicePorts } from "./service-ports.ts";
import type { HostPort, ServiceHealth, ServiceProxy, SyncResult } from "./service-proxy.ts";

export interface NftablesProxyOptions extends RulesetOptions {
  /** The table's name, in the `inet` family. */
  table: string;
  nodeName: string;
  run: CommandRunner;
  logger: Logger;
}

interface Known {
  service: Service;
  slices: readonly EndpointSlice[];
  ports: ServicePortTargets[];
}

const hostPortsKey = "host ports";

/** The service proxy as one nftables table, in the manner of kube-proxy's nftables mode. */
export function createNftablesProxy(options: NftablesProxyOptions): ServiceProxy {
  return new NftablesProxy(options);
}

class NftablesProxy implements ServiceProxy {
  readonly #options: NftablesProxyOptions;
  readonly #families: readonly Family[];
  readonly #writer: NftWriter;
  readonly #conntrack: ConntrackCleaner;
  readonly #known = new Map<string, Known>();
  /** What the table should have. */
  readonly #wanted = new Map<string, Fragment>();
  /** Fragments that may differ from what the table has. */
  #changed = new Set<string>();
  #stale: StaleFlows[] = [];
  #node: NodeIdentity;
  #writeAll = true;

  constructor(options: NftablesProxyOptions) {
    this.#options = options;
    this.#families = familiesOf(options);
    this.#writer = new NftWriter(options.run, options.table, baseRuleset(options), options.logger);
    this.#conntrack = new ConntrackCleaner(options.run, options.logger);
    this.#node = { name: options.nodeName, zone: undefined };
  }

  setService(key: string, service: Service | undefined, slices: readonly EndpointSlice[]): void {
    const before = this.#known.get(key)?.ports ?? [];
    const ports = service ? servicePorts(service, slices, this.#node, this.#families) : [];
    this.#stale.push(...staleFlows(before, ports));
    if (service && isProxied(service)) {
      this.#known.set(key, { service, slices, ports });
      this.#wanted.set(key, serviceFragment(ports, this.#options));
    } else {
      this.#known.delete(key);
      if (!this.#wanted.delete(key)) return;
    }
    this.#changed.add(key);
  }

  setNode(node: { zone: string | undefined }): void {
    if (node.zone === this.#node.zone) return;
    this.#node = { ...this.#node, zone: node.zone };
    for (const [key, { service, slices }] of [...this.#known]) this.setService(key, service, slices);
  }

  setHostPorts(ports: readonly HostPort[]): void {
    this.#wanted.set(hostPortsKey, ports.length > 0 ? hostPortFragment(ports, this.#families, this.#options) : emptyFragment);
    this.#changed.add(hostPortsKey);
  }

  async sync(): Promise<SyncResult> {
    const full = this.#writeAll;
    const stale = this.#stale;
    this.#stale = [];
    const written = await this.#write(full).catch((error: unknown) => {
      this.#stale = [...stale, ...this.#stale];
      throw error;
    });
    await this.#conntrack.forget(stale);
    return { full, unchanged: !written };
  }

  async #write(full: boolean): Promise<boolean> {
    const keys = this.#changed;
    this.#changed = new Set();
    // Whatever goes wrong, only a full write makes sure again what the kernel has.
    this.#writeAll = true;
    let written = true;
    if (full) await this.#writer.writeAll(new Map(this.#wanted));
    else written = await this.#writer.writeChanges(new Map([...keys].map((key) => [key, this.#wanted.get(key)])));
    this.#writeAll = false;
    return written;
  }

  async verify(): Promise<boolean> {
    if (this.#writeAll) return true;
    if (await this.#writer.exists()) {
      await this.#writer.sweep();
      return true;
    }
    this.#writeAll = true;
    return false;
  }

  invalidate(): void {
    this.#writeAll = true;
  }

  async remove(): Promise<void> {
    this.#writeAll = true;
    await this.#writer.remove();
  }

  healthChecks(): ServiceHealth[] {
    const checks: ServiceHealth[] = [];
    for (const { service, ports } of this.#known.values()) {
      const port = service.spec?.healthCheckNodePort;
      if (!port || service.spec?.type !== "LoadBalancer" || service.spec.externalTrafficPolicy !== "Local") continue;
      const local = new Set(ports.flatMap((one) => one.local.map((target) => target.ip)));
      checks.push({ namespace: namespaceOf(service), name: nameOf(service), port, localEndpoints: local.size });
    }
    return checks;
  }
}
