import type { Node } from "../../api/core/v1.ts";
import { nodes } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { type Clock, every, type Timer } from "../../machinery/clock.ts";
import { nameOf } from "../../machinery/object.ts";
import { cidrContains, type Family, familyOf, mustParseCidr, parseCidr } from "./address.ts";
import { CommandError, type CommandRunner } from "./command.ts";

export interface RouteOptions {
  /** This node: no route leads to it. */
  nodeName: string;
  /** Routes to ranges within these are ours, and removed when no node has them. */
  clusterCidrs: readonly string[];
  run: CommandRunner;
  /** Looks whether somebody removed a route. Default a minute. */
  verifyPeriodMilliseconds?: number;
}

/** Marks our routes in the kernel's table, as routing daemons do. */
const routeProtocol = "75";

export interface PodRoute {
  cidr: string;
  family: Family;
  gateway: string;
  nodeName: string;
}

/** A route for each range of every other node, by the node's internal address of the same family. */
function routesFor(others: readonly Node[], nodeName: string): PodRoute[] {
  const routes: PodRoute[] = [];
  for (const node of others) {
    if (nameOf(node) === nodeName) continue;
    const cidrs = node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []);
    for (const cidr of cidrs) {
      const family = parseCidr(cidr)?.family;
      const gateway = node.status?.addresses?.find(({ type, address }) => type === "InternalIP" && familyOf(address) === family)?.address;
      if (family && gateway) routes.push({ cidr, family, gateway, nodeName: nameOf(node) });
    }
  }
  return routes;
}

/** Keeps routes to the pods of the other nodes of the same layer-2 network. Routes stay when it stops: traffic goes on. */
export function startRoutes(deps: ComponentDeps & { informers: InformerFactory }, options: RouteOptions): Component {
  const stop = new AbortController();
  const signal = anySignal(deps.signal, stop.signal);
  const informer = deps.informers.informer(nodes);
  const keeper = new RouteKeeper(deps.clock, deps.logger, options, () => (informer.synced ? informer.list() : undefined), signal);
  const remove = informer.on({
    add: () => keeper.schedule(),
    update: (node, old) => {
      // Heartbeats change the status all the time; only these fields matter here.
      const relevant = (n: Node) => JSON.stringify([n.spec?.podCIDR, n.spec?.podCIDRs, n.status?.addresses]);
      if (node.spec !== old.spec || node.status?.addresses !== old.status?.addresses) {
        if (relevant(node) !== relevant(old)) keeper.schedule();
      }
    },
    delete: () => keeper.schedule(),
  });
  every(deps.clock, options.verifyPeriodMilliseconds ?? 60_000, signal, () => keeper.schedule());
  informer.whenSynced().then(
    () => keeper.schedule(),
    () => {},
  );
  return {
    async stop() {
      remove();
      stop.abort();
      await keeper.stopped();
    },
  };
}

/** Removes the routes that a cluster put into the machine's table. */
export async function removeRoutes(run: CommandRunner, clusterCidrs: readonly string[]): Promise<void> {
  for (const route of await currentRoutes(run, clusterCidrs)) await deleteRoute(run, route);
}

class RouteKeeper {
  readonly #clock: Clock;
  readonly #logger: ComponentDeps["logger"];
  readonly #options: RouteOptions;
  readonly #nodes: () => Node[] | undefined;
  readonly #signal: AbortSignal;
  /** What was said already about a node that can't be reached. */
  readonly #reported = new Set<string>();
  #running: Promise<void> | undefined;
  #again = false;
  #retry: Timer | undefined;

  constructor(
    clock: Clock,
    logger: ComponentDeps["logger"],
    options: RouteOptions,
    listNodes: () => Node[] | undefined,
    signal: AbortSignal,
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#options = options;
    this.#nodes = listNodes;
    this.#signal = signal;
  }

  schedule(): void {
    if (this.#signal.aborted) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stopped(): Promise<void> {
    this.#retry?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#signal.aborted) {
      this.#again = false;
      const list = this.#nodes();
      if (!list) return;
      try {
        await this.#sync(routesFor(list, this.#options.nodeName));
      } catch (error) {
        this.#logger.error("routes to other nodes could not be set", { error: String(error) });
        this.#retry?.cancel();
        if (!this.#signal.aborted) this.#retry = this.#clock.setTimeout(() => this.schedule(), 5_000);
      }
    }
  }

  async #sync(wanted: PodRoute[]): Promise<void> {
    const { run, clusterCidrs } = this.#options;
    const present = await currentRoutes(run, clusterCidrs);
    const keep = new Set<string>();
    for (const route of wanted) {
      const found = present.find((other) => other.cidr === route.cidr);
      if (found?.gateway === route.gateway || (await this.#add(route))) keep.add(route.cidr);
    }
    for (const route of present) if (!keep.has(route.cidr)) await deleteRoute(run, route);
  }

  async #add(route: PodRoute): Promise<boolean> {
    const { run } = this.#options;
    const why = await unreachable(run, route.gateway);
    if (why) {
      const text = `node ${route.nodeName} (${route.gateway}) ${why}: its pods can't be reached from this node`;
      if (!this.#reported.has(text)) this.#logger.warn(text);
      this.#reported.add(text);
      return false;
    }
    await run(["ip", family(route), "route", "replace", route.cidr, "via", route.gateway, "proto", routeProtocol]);
    this.#logger.info("route to a node's pods", { node: route.nodeName, cidr: route.cidr, via: route.gateway });
    return true;
  }
}

/** Why a route by this address would not work; undefined when the address is a neighbour. */
async function unreachable(run: CommandRunner, gateway: string): Promise<string | undefined> {
  try {
    const found = JSON.parse(await run(["ip", "-j", "route", "get", gateway])) as { gateway?: string; type?: string }[];
    if (found[0]?.type === "local") return "has an address of this machine";
    return found[0]?.gateway ? "is not on a network of this machine" : undefined;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 2) return "has no route from here";
    throw error;
  }
}

async function currentRoutes(run: CommandRunner, clusterCidrs: readonly string[]): Promise<PodRoute[]> {
  const ranges = clusterCidrs.map(mustParseCidr);
  const routes: PodRoute[] = [];
  for (const family of new Set(ranges.map((range) => range.family))) {
    const text = await run(["ip", `-${family}`, "-j", "route", "show", "proto", routeProtocol]);
    for (const route of JSON.parse(text || "[]") as { dst: string; gateway?: string }[]) {
      const own = ranges.some((range) => cidrContains(range, route.dst.split("/")[0] as string));
      if (own) routes.push({ cidr: route.dst, family, gateway: route.gateway ?? "", nodeName: "" });
    }
  }
  return routes;
}

async function deleteRoute(run: CommandRunner, route: PodRoute): Promise<void> {
  try {
    await run(["ip", family(route), "route", "del", route.cidr, "proto", routeProtocol]);
  } catch (error) {
    // Gone already: its device went away.
    if (!(error instanceof CommandError && error.exitCode === 2)) throw error;
  }
}

function family(route: PodRoute): string {
  return `-${route.family}`;
}
