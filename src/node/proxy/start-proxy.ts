import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { endpointslices, nodes, services } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { every, type Timer } from "../../machinery/clock.ts";
import { keyOf } from "../../machinery/object.ts";
import { type CommandRunner, runCommand } from "../network/command.ts";
import { serviceKeyOf, slicesByService } from "../network/slice-index.ts";
import { HealthServers } from "./health-server.ts";
import { createNftablesProxy } from "./nftables-proxy.ts";
import type { RulesetOptions } from "./ruleset.ts";
import type { HostPortSource, ServiceProxy } from "./service-proxy.ts";

export interface ProxyOptions extends RulesetOptions {
  nodeName: string;
  /** The nftables table: `networkNames(clusterId).table`. */
  table: string;
  hostPorts?: HostPortSource;
  /** At least this long between two writes; what changes meanwhile is written together. Default 100 ms. */
  minimumSyncPeriodMilliseconds?: number;
  /** How often to look whether the table is still there. Default 10 s. */
  verifyPeriodMilliseconds?: number;
  /** How often everything is written anew, whatever the table has. Default an hour, as upstream. */
  fullSyncPeriodMilliseconds?: number;
  /** Where `/healthz` is served; nowhere when absent. */
  healthz?: { host: string; port: number };
  run?: CommandRunner;
  /** Another implementation; nftables when absent. */
  proxy?: ServiceProxy;
}

/** A running proxy. */
export interface ProxyComponent extends Component {
  /** Resolves when the rules are in the kernel for the first time; rejects when it is stopped before. */
  whenReady(): Promise<void>;
  /** The port of `/healthz`, when it is served. */
  healthzPort(): number | undefined;
}

/**
 * Keeps the node's rules in line with services and endpoint slices. Stopping leaves the rules in place: connections and services go
 * on while the process restarts. `ServiceProxy.remove` takes them away.
 */
export async function startProxy(deps: ComponentDeps & { informers: InformerFactory }, options: ProxyOptions): Promise<ProxyComponent> {
  const proxy = options.proxy ?? createNftablesProxy({ ...options, run: options.run ?? runCommand, logger: deps.logger });
  const runner = new ProxyRunner(deps, options, proxy);
  await runner.start();
  return runner;
}

class ProxyRunner implements ProxyComponent {
  readonly #deps: ComponentDeps & { informers: InformerFactory };
  readonly #options: ProxyOptions;
  readonly #proxy: ServiceProxy;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #health: HealthServers;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #slicesOf: (serviceKey: string) => EndpointSlice[];
  readonly #removeHandlers: (() => void)[] = [];
  readonly #dirty = new Set<string>();
  readonly #ready = Promise.withResolvers<void>();
  #hostPortsChanged = true;
  #synced = false;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #requested = false;
  #failures = 0;
  #lastSync = Number.NEGATIVE_INFINITY;
  #lastUpdated: number | undefined;
  #waitingSince: number | undefined;
  #nodeDeleted = false;
  #port: number | undefined;

  constructor(deps: ComponentDeps & { informers: InformerFactory }, options: ProxyOptions, proxy: ServiceProxy) {
    this.#deps = deps;
    this.#options = options;
    this.#proxy = proxy;
    this.#signal = anySignal(deps.signal, this.#stop.signal);
    this.#services = deps.informers.informer(services);
    this.#slices = deps.informers.informer(endpointslices);
    this.#slicesOf = slicesByService(this.#slices);
    this.#health = new HealthServers({
      clock: deps.clock,
      logger: deps.logger,
      health: () => ({ lastUpdated: this.#lastUpdated, waitingSince: this.#waitingSince, nodeDeleted: this.#nodeDeleted }),
    });
    this.#ready.promise.catch(() => {});
  }

  async start(): Promise<void> {
    if (this.#options.healthz) this.#port = await this.#health.listen(this.#options.healthz);
    this.#watchNode();
    const changed = (key: string | undefined) => {
      if (key === undefined) return;
      this.#dirty.add(key);
      this.#request();
    };
    this.#removeHandlers.push(
      this.#services.on({
        add: (service) => changed(keyOf(service)),
        update: (service) => changed(keyOf(service)),
        delete: (service) => changed(keyOf(service)),
      }),
      this.#slices.on({
        add: (slice) => changed(serviceKeyOf(slice)),
        update: (slice, old) => {
          changed(serviceKeyOf(slice));
          changed(serviceKeyOf(old));
        },
        delete: (slice) => changed(serviceKeyOf(slice)),
      }),
    );
    const { hostPorts } = this.#options;
    if (hostPorts) {
      this.#removeHandlers.push(
        hostPorts.onChange(() => {
          this.#hostPortsChanged = true;
          this.#request();
        }),
      );
    }
    const { clock } = this.#deps;
    every(clock, this.#options.verifyPeriodMilliseconds ?? 10_000, this.#signal, () => this.#verify());
    every(clock, this.#options.fullSyncPeriodMilliseconds ?? 3_600_000, this.#signal, () => {
      this.#proxy.invalidate();
      this.#request();
    });
    this.#signal.addEventListener("abort", () => this.#ready.reject(this.#signal.reason), { once: true });
    Promise.all([this.#services.whenSynced(), this.#slices.whenSynced()]).then(
      () => {
        // Rules made of half the picture would cut services off.
        this.#synced = true;
        this.#request();
      },
      () => {},
    );
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  healthzPort(): number | undefined {
    return this.#port;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the proxy was stopped"));
    for (const remove of this.#removeHandlers.splice(0)) remove();
    this.#timer?.cancel();
    await this.#running;
    await this.#health.close();
  }

  #watchNode(): void {
    const { nodeName } = this.#options;
    const informer = this.#deps.informers.informer(nodes);
    const update = (node: { metadata: { name?: string; labels?: Record<string, string>; deletionTimestamp?: string } }) => {
      if (node.metadata.name !== nodeName) return;
      this.#nodeDeleted = node.metadata.deletionTimestamp !== undefined;
      this.#proxy.setNode({ zone: node.metadata.labels?.["topology.kubernetes.io/zone"] });
    };
    this.#removeHandlers.push(
      informer.on({
        add: update,
        update: (node, old) => {
          if (node.metadata.labels === old.metadata.labels && node.metadata.deletionTimestamp === old.metadata.deletionTimestamp) return;
          update(node);
          if (node.metadata.name === nodeName) this.#request();
        },
      }),
    );
  }

  #request(): void {
    if (!this.#synced || this.#signal.aborted) return;
    this.#waitingSince ??= this.#deps.clock.now();
    this.#requested = true;
    if (this.#timer || this.#running) return;
    const period = this.#options.minimumSyncPeriodMilliseconds ?? 100;
    // The first change after a pause goes out at once, together with what arrives in the same moment.
    const wait = Math.max(0, this.#lastSync + this.#backOff(period) - this.#deps.clock.now());
    this.#timer = this.#deps.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#sync().finally(() => {
        this.#running = undefined;
        if (this.#requested) this.#request();
      });
    }, wait);
  }

  #backOff(period: number): number {
    return this.#failures === 0 ? period : Math.max(period, Math.min(30_000, 500 * 2 ** this.#failures));
  }

  async #sync(): Promise<void> {
    if (this.#signal.aborted) return;
    this.#requested = false;
    const { clock, logger } = this.#deps;
    for (const key of this.#dirty) this.#proxy.setService(key, this.#services.get(key), this.#slicesOf(key));
    this.#dirty.clear();
    if (this.#hostPortsChanged) {
      this.#hostPortsChanged = false;
      this.#proxy.setHostPorts(this.#options.hostPorts?.list() ?? []);
    }
    this.#lastSync = clock.now();
    try {
      const result = await this.#proxy.sync();
      this.#failures = 0;
      this.#lastUpdated = clock.now();
      this.#waitingSince = this.#requested ? this.#lastSync : undefined;
      logger.debug("service rules written", { ...result, milliseconds: clock.now() - this.#lastSync });
      this.#health.setChecks(this.#proxy.healthChecks());
      this.#ready.resolve();
    } catch (error) {
      this.#failures++;
      this.#requested = true;
      logger.error("service rules could not be written; will try again", { error: String(error), failures: this.#failures });
    }
  }

  #verify(): void {
    if (this.#running || this.#timer || !this.#synced) return;
    this.#running = this.#proxy
      .verify()
      .then(
        (intact) => {
          if (intact) return;
          this.#deps.logger.warn("the table of the service proxy was removed by somebody; writing it anew");
          this.#requested = true;
        },
        (error: unknown) => {
          // The next write starts from nothing and tells whether the rules can be written at all.
          this.#proxy.invalidate();
          this.#requested = true;
          this.#deps.logger.error("the service proxy's table could not be checked", { error: String(error) });
        },
      )
      .finally(() => {
        this.#running = undefined;
        if (this.#requested) this.#request();
      });
  }
}
