import type { Lease } from "../../api/coordination/v1.ts";
import { nodeCondition } from "../../api/core/pod-status.ts";
import type { Node, NodeCondition } from "../../api/core/v1.ts";
import { formatTime } from "../../machinery/clock.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";

export type ConditionStatus = "True" | "False" | "Unknown";

/** What one look at a node told. */
export interface Observation {
  /** The status of the Ready condition as the node has it; Unknown when it has none. */
  observed: ConditionStatus;
  /** The conditions to store, when the node has been silent for too long and they don't tell so yet. */
  conditions: NodeCondition[] | undefined;
}

interface Health {
  uid: string;
  ready: NodeCondition | undefined;
  renewTime: string | undefined;
  /** When the node was last heard of, by this process's own clock. */
  probedAt: number;
}

export interface NodeHealthOptions {
  /** Without a sign for so long a node's conditions are unknown. */
  gracePeriodMilliseconds: number;
  /** The same for a node that has never told that it is ready. */
  startupGracePeriodMilliseconds: number;
  /** When a node was last alive whose lease is computed; undefined for others. */
  lastHeard?: ((node: string) => number | undefined) | undefined;
}

/** The conditions that nobody vouches for when the node agent is silent. */
const monitoredTypes = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/**
 * When each node was last heard of. What counts is when this process saw a change of the lease or of the Ready condition, never
 * the node's own time.
 */
export class NodeHealth {
  readonly #options: NodeHealthOptions;
  readonly #nodes = new Map<string, Health>();

  constructor(options: NodeHealthOptions) {
    this.#options = options;
  }

  observe(node: Node, lease: Lease | undefined, now: number): Observation {
    const health = this.#heard(node, lease, now);
    const ready = nodeCondition(node, "Ready");
    const observed = (ready?.status ?? "Unknown") as ConditionStatus;
    const { gracePeriodMilliseconds, startupGracePeriodMilliseconds } = this.#options;
    const grace = ready ? gracePeriodMilliseconds : startupGracePeriodMilliseconds;
    if (now <= health.probedAt + grace) return { observed, conditions: undefined };
    return { observed, conditions: silentConditions(node, now) };
  }

  forget(name: string): void {
    this.#nodes.delete(name);
  }

  /** Nobody is blamed for time in which this process itself stood still. */
  excuse(milliseconds: number): void {
    for (const health of this.#nodes.values()) health.probedAt += milliseconds;
  }

  /** Every node counts as heard of now. */
  resetAll(now: number): void {
    for (const health of this.#nodes.values()) health.probedAt = now;
  }

  #heard(node: Node, lease: Lease | undefined, now: number): Health {
    const name = nameOf(node);
    const ready = nodeCondition(node, "Ready");
    const renewTime = lease?.spec?.renewTime;
    const known = this.#nodes.get(name);
    if (!known || known.uid !== uidOf(node)) {
      const created = Date.parse(node.metadata.creationTimestamp ?? "");
      // One that never told anything is measured from its creation, also across restarts of this process.
      const probedAt = ready || renewTime || Number.isNaN(created) ? now : created;
      const health = { uid: uidOf(node), ready, renewTime, probedAt };
      this.#nodes.set(name, health);
      return health;
    }
    const told = known.ready?.lastHeartbeatTime !== ready?.lastHeartbeatTime || !known.ready !== !ready;
    const renewed = renewTime !== undefined && (known.renewTime === undefined || known.renewTime < renewTime);
    if (told || renewed) known.probedAt = now;
    else known.probedAt = Math.max(known.probedAt, this.#options.lastHeard?.(name) ?? 0);
    known.ready = ready;
    if (renewed) known.renewTime = renewTime;
    return known;
  }
}

function silentConditions(node: Node, now: number): NodeCondition[] | undefined {
  const before = node.status?.conditions ?? [];
  const lastTransitionTime = formatTime(now);
  const conditions = [...before];
  let changed = false;
  for (const type of monitoredTypes) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const condition = conditions[at];
    if (!condition) {
      const { creationTimestamp } = node.metadata;
      conditions.push({
        type,
        status: "Unknown",
        ...(creationTimestamp ? { lastHeartbeatTime: creationTimestamp } : {}),
        lastTransitionTime,
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
      });
      changed = true;
    } else if (condition.status !== "Unknown") {
      conditions[at] = {
        ...condition,
        status: "Unknown",
        lastTransitionTime,
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
      };
      changed = true;
    }
  }
  return changed ? conditions : undefined;
}
