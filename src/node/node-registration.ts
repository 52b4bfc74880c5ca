import type { Lease } from "../api/coordination/v1.ts";
import { findCondition } from "../api/core/pod-status.ts";
import type { Node, NodeStatus, ObjectReference } from "../api/core/v1.ts";
import { leases, nodes } from "../api/refs.ts";
import type { ComponentDeps } from "../client/client.ts";
import type { EventRecorder } from "../client/event-recorder.ts";
import { formatMicroTime, pause, timestamp } from "../machinery/clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../machinery/errors.ts";
import { deepEqual, uidOf } from "../machinery/object.ts";
import { type NodeFacts, newNode, nodeLabels, nodeStatus } from "./node-object.ts";
import type { RuntimeCondition } from "./runtime/runtime.ts";

const leaseSeconds = 40;
const renewMilliseconds = 10_000;
const checkMilliseconds = 10_000;
/** An unchanged status is told anew so often, as upstream does. */
const reportMilliseconds = 300_000;
const firstRetryMilliseconds = 200;
const maxRetryMilliseconds = 7000;
const namespace = "kube-node-lease";

export interface RegistrationOptions {
  name: string;
  /** The range of this node's pods, where it is known in advance. */
  podCidr?: string;
  /** Beside those that every node has. */
  labels?: Readonly<Record<string, string>>;
  /** Others compute that the node is alive: its lease is made and not renewed, and its status is read only when it is told. */
  computedHeartbeats?: boolean;
  recorder: EventRecorder;
  read(): Promise<{ facts: NodeFacts; conditions: readonly RuntimeCondition[] }>;
  /** The node has been written. */
  onNode(node: Node): void;
}

export interface NodeRegistration {
  registered: Promise<void>;
  /** Resolves when it has ended, after the signal was aborted. */
  stopped(): Promise<void>;
}

/** Keeps the node's object and its lease: the node exists, is alive, and is ready or says why not. */
export function startNodeRegistration(deps: ComponentDeps & { options: RegistrationOptions }): NodeRegistration {
  const { signal } = deps;
  const { promise: registered, resolve: announce } = Promise.withResolvers<void>();
  const registration = new Registration(deps);

  const repeat = async (what: string, periodMilliseconds: number, work: () => Promise<void>) => {
    let delay = firstRetryMilliseconds;
    while (!signal.aborted) {
      let wait = periodMilliseconds;
      try {
        await work();
        delay = firstRetryMilliseconds;
      } catch (error) {
        if (!signal.aborted) deps.logger.warn(`${what} could not be kept up to date; it is tried again`, { error });
        wait = delay;
        delay = Math.min(delay * 2, maxRetryMilliseconds);
      }
      if (wait === Number.POSITIVE_INFINITY) return;
      await pause(deps.clock, wait, signal);
    }
  };
  // Two loops: a node that can't tell its status is alive all the same.
  const computed = deps.options.computedHeartbeats === true;
  const status = repeat("the node", computed ? reportMilliseconds : checkMilliseconds, async () => {
    await registration.updateStatus();
    announce();
  });
  const lease = registered.then(() =>
    repeat("the node's lease", computed ? Number.POSITIVE_INFINITY : renewMilliseconds, () => registration.renewLease()),
  );
  return {
    registered,
    async stopped() {
      await status;
      announce();
      await lease;
    },
  };
}

class Registration {
  readonly #deps: ComponentDeps & { options: RegistrationOptions };
  /** Of the node. */
  #uid: string | undefined;
  #lease: Lease | undefined;
  #reportedAt = 0;
  #reported: unknown;

  constructor(deps: ComponentDeps & { options: RegistrationOptions }) {
    this.#deps = deps;
    this.#event("Normal", "Starting", "Starting kubelet.");
  }

  async updateStatus(): Promise<void> {
    const { options, clock, client } = this.#deps;
    const read = await options.read();
    const due = clock.now() - this.#reportedAt >= reportMilliseconds;
    if (!due && deepEqual(read, this.#reported)) return;
    const node = await this.#ensureNode();
    const status = nodeStatus(read.facts, read.conditions, node.status, timestamp(clock));
    this.#tell(node.status, status);
    // Addresses merge by type: without a word an old one would stay, and two of one type would become one.
    const addresses = [...(status.addresses ?? []), { $patch: "replace" }];
    const written = await client.patch(
      nodes,
      options.name,
      { type: "application/strategic-merge-patch+json", body: { status: { ...status, addresses } } },
      { subresource: "status" },
    );
    this.#uid = uidOf(written);
    options.onNode(written);
    this.#reported = read;
    this.#reportedAt = clock.now();
  }

  /** What has changed about the node, as events. */
  #tell(before: NodeStatus | undefined, now: NodeStatus): void {
    const { name } = this.#deps.options;
    const bootId = now.nodeInfo?.bootID;
    if (before?.nodeInfo?.bootID && before.nodeInfo.bootID !== bootId)
      this.#event("Warning", "Rebooted", `Node ${name} has been rebooted, boot id: ${bootId}`);
    for (const { type, status } of now.conditions ?? []) {
      const old = findCondition(before?.conditions, type);
      // Upstream is silent about a node that is ready, or not, from the first.
      if (old?.status === status || (type === "Ready" && !old)) continue;
      const event = eventsOfConditions[`${type}=${status}`];
      if (event) this.#event("Normal", event, `Node ${name} status is now: ${event}`);
    }
  }

  #event(type: "Normal" | "Warning", reason: string, message: string): void {
    const { name, recorder } = this.#deps.options;
    // Upstream refers to the node before it knows its UID: by its name.
    const about: ObjectReference = { kind: "Node", apiVersion: "v1", name, uid: name };
    recorder.event(about, type, reason, message);
  }

  async #ensureNode(): Promise<Node> {
    const { client, options } = this.#deps;
    try {
      const node = await client.get(nodes, options.name);
      const wanted = { ...options.labels, ...nodeLabels(options.name) };
      if (Object.entries(wanted).every(([key, value]) => node.metadata.labels?.[key] === value)) return node;
      return await client.patch(nodes, options.name, { type: "application/merge-patch+json", body: { metadata: { labels: wanted } } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    try {
      return await client.create(nodes, newNode(options.name, options.podCidr, options.labels ?? {}));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await client.get(nodes, options.name);
    }
  }

  async renewLease(): Promise<void> {
    const { client, clock, options } = this.#deps;
    const renewTime = formatMicroTime(clock.now());
    const spec = { holderIdentity: options.name, leaseDurationSeconds: leaseSeconds, renewTime };
    if (!this.#lease) {
      const uid = this.#uid ?? uidOf(await client.get(nodes, options.name));
      const fresh: Lease = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: {
          name: options.name,
          namespace,
          ownerReferences: [{ apiVersion: "v1", kind: "Node", name: options.name, uid }],
        },
        spec,
      };
      try {
        this.#lease = await client.create(leases, fresh);
        return;
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        this.#lease = await client.get(leases, options.name, { namespace });
      }
    }
    try {
      this.#lease = await client.update(leases, { ...this.#lease, spec: { ...this.#lease.spec, ...spec } });
    } catch (error) {
      this.#lease = undefined;
      // It was changed or removed: the loop tries again, from what is there now.
      if (isConflict(error) || isNotFound(error)) await this.renewLease();
      else throw error;
    }
  }
}

const eventsOfConditions: Record<string, string> = {
  "MemoryPressure=True": "NodeHasInsufficientMemory",
  "MemoryPressure=False": "NodeHasSufficientMemory",
  "DiskPressure=True": "NodeHasDiskPressure",
  "DiskPressure=False": "NodeHasNoDiskPressure",
  "PIDPressure=True": "NodeHasInsufficientPID",
  "PIDPressure=False": "NodeHasSufficientPID",
  "Ready=True": "NodeReady",
  "Ready=False": "NodeNotReady",
};
