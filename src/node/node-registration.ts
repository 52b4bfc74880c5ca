import type { Lease } from "../api/coordination/v1.ts";
import type { Node } from "../api/core/v1.ts";
import { leases, nodes } from "../api/refs.ts";
import type { Component, ComponentDeps } from "../client/client.ts";
import { formatMicroTime, sleep, timestamp } from "../machinery/clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../machinery/errors.ts";
import { deepEqual, nameOf, uidOf } from "../machinery/object.ts";
import { type NodeFacts, newNode, nodeLabels, nodeStatus } from "./node-object.ts";
import type { RuntimeCondition } from "./runtime/runtime.ts";

const leaseSeconds = 40;
const renewMilliseconds = 10_000;
/** An unchanged status is told anew so often, as upstream does. */
const reportMilliseconds = 300_000;
const namespace = "kube-node-lease";

export interface RegistrationOptions {
  name: string;
  /** The range of this node's pods, where it is known in advance. */
  podCidr?: string;
  facts(): Promise<NodeFacts>;
  conditions(): Promise<readonly RuntimeCondition[]>;
  onNode(node: Node): void;
}

/** Keeps the node's object and its lease: the node exists, is alive, and is ready or says why not. */
export function startNodeRegistration(deps: ComponentDeps & { options: RegistrationOptions }): Component & { registered: Promise<void> } {
  const stopping = new AbortController();
  const signal = AbortSignal.any([deps.signal, stopping.signal]);
  let announce: () => void = () => {};
  const registered = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const registration = new Registration(deps);
  const running = (async () => {
    let delay = 200;
    while (!signal.aborted) {
      let ok = false;
      try {
        await registration.update();
        ok = true;
        delay = 200;
        announce();
      } catch (error) {
        if (!signal.aborted) deps.logger.warn("the node could not be kept up to date; it is tried again", { error });
        delay = Math.min(delay * 2, 7000);
      }
      await sleep(deps.clock, ok ? renewMilliseconds : delay, signal).catch(() => {});
    }
  })();
  return {
    registered,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class Registration {
  readonly #deps: ComponentDeps & { options: RegistrationOptions };
  #lease: Lease | undefined;
  #reportedAt = 0;
  #reported: unknown;

  constructor(deps: ComponentDeps & { options: RegistrationOptions }) {
    this.#deps = deps;
  }

  async update(): Promise<void> {
    const { options, clock } = this.#deps;
    const [facts, conditions] = await Promise.all([options.facts(), options.conditions()]);
    const due = clock.now() - this.#reportedAt >= reportMilliseconds;
    const key = { ...facts, conditions, images: facts.images.length };
    if (due || !deepEqual(key, this.#reported)) {
      const node = await this.#ensureNode();
      const status = nodeStatus(facts, conditions, node.status, timestamp(clock));
      const updated = await this.#deps.client.patch(
        nodes,
        options.name,
        { type: "application/strategic-merge-patch+json", body: { status } },
        { subresource: "status" },
      );
      options.onNode(updated);
      this.#reported = key;
      this.#reportedAt = clock.now();
    }
    await this.#renewLease();
  }

  async #ensureNode(): Promise<Node> {
    const { client, options } = this.#deps;
    try {
      const node = await client.get(nodes, options.name);
      const wanted = nodeLabels(options.name);
      if (Object.entries(wanted).every(([key, value]) => node.metadata.labels?.[key] === value)) return node;
      return await client.patch(nodes, options.name, { type: "application/merge-patch+json", body: { metadata: { labels: wanted } } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    try {
      return await client.create(nodes, newNode(options.name, options.podCidr));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return await client.get(nodes, options.name);
    }
  }

  async #renewLease(): Promise<void> {
    const { client, clock, options } = this.#deps;
    const renewTime = formatMicroTime(clock.now());
    if (!this.#lease) {
      const node = await client.get(nodes, options.name);
      const fresh: Lease = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: {
          name: options.name,
          namespace,
          ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nameOf(node), uid: uidOf(node) }],
        },
        spec: { holderIdentity: options.name, leaseDurationSeconds: leaseSeconds, renewTime },
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
      this.#lease = await client.update(leases, {
        ...this.#lease,
        spec: { ...this.#lease.spec, holderIdentity: options.name, leaseDurationSeconds: leaseSeconds, renewTime },
      });
    } catch (error) {
      this.#lease = undefined;
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}
