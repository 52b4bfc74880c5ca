import { nodeCondition, podCondition } from "../../api/core/pod-status.ts";
import type { Node, NodeCondition, Pod } from "../../api/core/v1.ts";
import { leases as leasesRef, nodes as nodesRef, pods as podsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController, untilAborted } from "../../client/controller.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { sleep, timestamp } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { type ConditionStatus, NodeHealth } from "./node-health.ts";
import { changeTaints, hasTaint, noScheduleChange, notReadyNoExecute, unreachableNoExecute } from "./node-taints.ts";
import { type PodsByNode, podsByNode } from "./pods-by-node.ts";
import { countsForDisruption, type EvictionRates, rateOf, ZoneQueue, type ZoneState, zoneOf, zoneStateOf } from "./zones.ts";

export interface NodeLifecycleOptions extends Partial<EvictionRates> {
  monitorPeriodSeconds?: number;
  monitorGracePeriodSeconds?: number;
  startupGracePeriodSeconds?: number;
  /** When a node was last alive whose lease is computed, milliseconds since the epoch; undefined for others. */
  lastHeard?(node: string): number | undefined;
}

type Deps = ComponentDeps & { informers: InformerFactory; options?: NodeLifecycleOptions };

const leaseNamespace = "kube-node-lease";
const defaultRates: EvictionRates = {
  evictionsPerSecond: 0.1,
  secondaryEvictionsPerSecond: 0.01,
  largeZoneSize: 50,
  unhealthyZoneShare: 0.55,
};

/**
 * Watches over nodes: one that is silent gets unknown conditions, its pods count as not ready, and taints tell the scheduler and
 * the taint eviction about it. Evicts nothing itself.
 */
export function startNodeLifecycle(deps: Deps): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const logger = deps.logger.child({ controller: "node-lifecycle" });
  const { client, clock, random } = deps;
  const recorder = createEventRecorder({ client, clock, random, component: "node-controller", logger });
  const monitor = new NodeMonitor({ ...deps, logger, signal }, recorder);
  const taints = startController({
    name: "node-lifecycle",
    deps,
    informers: [monitor.nodes, monitor.leases, monitor.pods.informer],
    workers: 8,
    setup(queue, on) {
      const follow = (node: Node) => queue.add(nameOf(node));
      on(monitor.nodes, { add: follow, update: follow });
    },
    async sync(name) {
      const node = monitor.nodes.get(name);
      const change = node && noScheduleChange(node);
      if (change) await changeTaints({ client, clock, signal }, node, change);
    },
  });
  const assigned = startController({
    name: "node-lifecycle-pods",
    deps,
    informers: [monitor.nodes, monitor.pods.informer],
    workers: 4,
    setup(queue, on) {
      const key = (pod: Pod) => `${namespaceOf(pod)}/${nameOf(pod)}`;
      on(monitor.pods.informer, {
        add(pod) {
          if (pod.spec?.nodeName) queue.add(key(pod));
        },
        update(pod, old) {
          if (pod.spec?.nodeName && pod.spec.nodeName !== old.spec?.nodeName) queue.add(key(pod));
        },
      });
    },
    async sync(key) {
      const pod = monitor.pods.informer.get(key);
      const node = pod?.spec?.nodeName ? monitor.nodes.get(pod.spec.nodeName) : undefined;
      const ready = node && nodeCondition(node, "Ready");
      if (pod && ready && ready.status !== "True") await monitor.markNotReady(pod);
    },
  });
  const running = monitor.run().catch((error: unknown) => {
    if (!signal.aborted) logger.error("node monitor has ended", { error: textOf(error) });
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all([taints.stop(), assigned.stop(), running]);
      monitor.close();
      await recorder.stop();
    },
  };
}

class NodeMonitor {
  readonly nodes;
  readonly leases;
  readonly pods: PodsByNode;
  readonly #deps: Deps;
  readonly #recorder: EventRecorder;
  readonly #rates: EvictionRates;
  readonly #periodMilliseconds: number;
  readonly #health: NodeHealth;
  readonly #zones = new Map<string, ZoneQueue>();
  readonly #zoneStates = new Map<string, ZoneState | undefined>();
  /** Names and uids of the nodes of the last pass. */
  readonly #known = new Map<string, string>();
  /** Nodes some of whose pods could not be marked. */
  readonly #unmarked = new Set<string>();

  constructor(deps: Deps, recorder: EventRecorder) {
    const {
      monitorPeriodSeconds = 5,
      monitorGracePeriodSeconds = 50,
      startupGracePeriodSeconds = 60,
      lastHeard,
      ...rates
    } = deps.options ?? {};
    this.#deps = deps;
    this.#recorder = recorder;
    this.#rates = { ...defaultRates, ...rates };
    this.#periodMilliseconds = monitorPeriodSeconds * 1000;
    this.#health = new NodeHealth({
      gracePeriodMilliseconds: monitorGracePeriodSeconds * 1000,
      startupGracePeriodMilliseconds: startupGracePeriodSeconds * 1000,
      lastHeard,
    });
    this.nodes = deps.informers.informer(nodesRef);
    this.leases = deps.informers.informer(leasesRef, { namespace: leaseNamespace });
    this.pods = podsByNode(deps.informers);
  }

  async run(): Promise<void> {
    const { clock, signal, logger } = this.#deps;
    await untilAborted(Promise.all([this.nodes, this.leases, this.pods.informer].map((informer) => informer.whenSynced())), signal);
    let last = clock.now();
    while (!signal.aborted) {
      const late = clock.now() - last - this.#periodMilliseconds;
      if (late > this.#periodMilliseconds) this.#health.excuse(late);
      last = clock.now();
      try {
        await this.#pass();
      } catch (error) {
        if (!signal.aborted) logger.error("monitoring the nodes failed", { error: textOf(error) });
      }
      await sleep(clock, this.#periodMilliseconds, signal);
    }
  }

  close(): void {
    for (const zone of this.#zones.values()) zone.close();
  }

  async #pass(): Promise<void> {
    const all = this.nodes.list();
    this.#tellComingAndGoing(all);
    const byZone = new Map<string, ConditionStatus[]>();
    for (const node of all) {
      let ready: ConditionStatus | undefined;
      try {
        ready = await this.#look(node);
      } catch (error) {
        this.#deps.logger.warn("a node could not be looked after", { node: nameOf(node), error: textOf(error) });
        continue;
      }
      if (!countsForDisruption(node)) continue;
      const zone = zoneOf(node);
      const statuses = byZone.get(zone) ?? [];
      byZone.set(zone, statuses);
      statuses.push(ready);
    }
    await this.#handleDisruption(byZone, all);
  }

  #tellComingAndGoing(all: readonly Node[]): void {
    const present = new Map(all.map((node) => [nameOf(node), uidOf(node)]));
    for (const [name, uid] of this.#known) {
      if (present.get(name) === uid) continue;
      this.#tell(name, uid, "RemovingNode", `Node ${name} event: Removing Node ${name} from Controller`);
      this.#health.forget(name);
      this.#unmarked.delete(name);
      this.#known.delete(name);
      for (const zone of this.#zones.values()) zone.remove(name);
    }
    for (const [name, uid] of present) {
      if (this.#known.has(name)) continue;
      this.#known.set(name, uid);
      this.#tell(name, uid, "RegisteredNode", `Node ${name} event: Registered Node ${name} in Controller`);
    }
  }

  #tell(name: string, uid: string, reason: string, message: string): void {
    this.#recorder.event({ apiVersion: "v1", kind: "Node", name, uid }, "Normal", reason, message);
  }

  /** One look at one node; gives its readiness as stored now. */
  async #look(node: Node): Promise<ConditionStatus> {
    const { clock } = this.#deps;
    const name = nameOf(node);
    const { observed, conditions } = this.#health.observe(node, this.leases.get(`${leaseNamespace}/${name}`), clock.now());
    const current = conditions && (await this.#storeConditions(node, conditions)) ? "Unknown" : observed;
    if (!conditions && !nodeCondition(node, "Ready")) return current;
    await this.#taintByReadiness(node, observed);
    const turned = current !== "True" && observed === "True";
    if (turned) this.#tell(name, uidOf(node), "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
    if (turned || (this.#unmarked.has(name) && current !== "True")) await this.#markAllNotReady(name);
    else if (current === "True") this.#unmarked.delete(name);
    return current;
  }

  /** False: the node changed meanwhile, so perhaps it isn't silent; the next pass looks again. */
  async #storeConditions(node: Node, conditions: NodeCondition[]): Promise<boolean> {
    try {
      await this.#deps.client.update(nodesRef, { ...node, status: { ...node.status, conditions } }, { subresource: "status" });
      return true;
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  async #taintByReadiness(node: Node, ready: ConditionStatus): Promise<void> {
    if (ready === "True") {
      await this.#markReachable(node);
      return;
    }
    const [taint, opposite] = ready === "False" ? [notReadyNoExecute, unreachableNoExecute] : [unreachableNoExecute, notReadyNoExecute];
    if (hasTaint(node, opposite)) await changeTaints(this.#deps, node, { add: [taint], remove: [opposite] });
    else if (!hasTaint(node, taint)) this.#zone(zoneOf(node)).add(nameOf(node));
  }

  async #markReachable(node: Node): Promise<void> {
    this.#zones.get(zoneOf(node))?.remove(nameOf(node));
    if (!hasTaint(node, notReadyNoExecute) && !hasTaint(node, unreachableNoExecute)) return;
    await changeTaints(this.#deps, node, { add: [], remove: [notReadyNoExecute, unreachableNoExecute] });
  }

  #zone(name: string): ZoneQueue {
    let zone = this.#zones.get(name);
    if (!zone) {
      zone = new ZoneQueue(this.#deps.clock, this.#rates.evictionsPerSecond, (node) => this.#taintWaiting(node));
      this.#zones.set(name, zone);
    }
    return zone;
  }

  async #taintWaiting(name: string): Promise<boolean> {
    const node = this.nodes.get(name);
    const ready = node && nodeCondition(node, "Ready")?.status;
    if (!node || ready === undefined || ready === "True") return true;
    const [taint, opposite] = ready === "False" ? [notReadyNoExecute, unreachableNoExecute] : [unreachableNoExecute, notReadyNoExecute];
    try {
      await changeTaints(this.#deps, node, { add: [taint], remove: [opposite] });
      return true;
    } catch (error) {
      if (!this.#deps.signal.aborted) this.#deps.logger.warn("a node could not be tainted", { node: name, error: textOf(error) });
      return false;
    }
  }

  /** With every zone down it is this side that is cut off, most likely: nothing is evicted then. */
  async #handleDisruption(byZone: ReadonlyMap<string, readonly ConditionStatus[]>, all: readonly Node[]): Promise<void> {
    const { logger, clock } = this.#deps;
    const states = new Map<string, ZoneState>();
    for (const [zone, statuses] of byZone) states.set(zone, zoneStateOf(statuses, this.#rates.unhealthyZoneShare));
    for (const zone of [...this.#zoneStates.keys()]) if (!states.has(zone)) this.#zoneStates.delete(zone);
    for (const zone of states.keys()) if (!this.#zoneStates.has(zone)) this.#zoneStates.set(zone, undefined);
    const allAre = [...states.values()].every((state) => state === "FullDisruption");
    const allWere = [...this.#zoneStates.values()].every((state) => state === "FullDisruption");
    if (allAre && allWere) return;
    if (allAre) {
      logger.warn("no node is ready: taints that evict are taken back until one is");
      for (const [zone, state] of states) {
        this.#zone(zone).setRate(0);
        this.#zoneStates.set(zone, state);
      }
      for (const node of all) await this.#markReachable(node);
      return;
    }
    if (allWere) {
      logger.info("a node is ready again");
      this.#health.resetAll(clock.now());
    }
    for (const [zone, state] of states) {
      if (!allWere && this.#zoneStates.get(zone) === state) continue;
      this.#zone(zone).setRate(rateOf(state, byZone.get(zone)?.length ?? 0, this.#rates));
      this.#zoneStates.set(zone, state);
    }
  }

  async #markAllNotReady(node: string): Promise<void> {
    this.#unmarked.delete(node);
    for (const pod of this.pods.on(node)) {
      try {
        await this.markNotReady(pod);
      } catch (error) {
        this.#unmarked.add(node);
        const fields = { pod: `${namespaceOf(pod)}/${nameOf(pod)}`, node, error: textOf(error) };
        if (!this.#deps.signal.aborted) this.#deps.logger.warn("a pod could not be marked not ready", fields);
      }
    }
  }

  /** A pod whose node is not ready isn't ready either, whatever its own agent said last. */
  async markNotReady(pod: Pod): Promise<void> {
    const ready = podCondition(pod, "Ready");
    if (!ready || ready.status === "False") return;
    const { client, clock } = this.#deps;
    const condition = { type: "Ready", status: "False", lastTransitionTime: timestamp(clock) };
    const body = { metadata: { uid: uidOf(pod) }, status: { conditions: [condition] } };
    const patch = { type: "application/strategic-merge-patch+json", body } as const;
    try {
      await client.patch(podsRef, nameOf(pod), patch, { namespace: namespaceOf(pod), subresource: "status" });
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return;
      throw error;
    }
    this.#recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
