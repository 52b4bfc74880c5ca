import type { Node } from "../../api/core/v1.ts";
import { nodes as nodesRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound, StatusError } from "../../machinery/errors.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";
import { CidrSet } from "./cidr-set.ts";

export interface NodeIpamOptions {
  /** One range for each address family: `10.244.0.0/16`. */
  clusterCidrs: readonly string[];
  /** No node gets a part of them: the ranges of services, where they lie within the cluster's. */
  serviceCidrs?: readonly string[];
  /** 24 unless told. */
  maskSizeIPv4?: number;
  /** 64 unless told. */
  maskSizeIPv6?: number;
}

/** Gives each node its part of the cluster's pod addresses: `spec.podCIDR`. Throws when the ranges can't be divided so. */
export function startNodeIpam(deps: ComponentDeps & { informers: InformerFactory; options: NodeIpamOptions }): Component {
  const { client, clock, random, options } = deps;
  const logger = deps.logger.child({ controller: "node-ipam" });
  const { maskSizeIPv4 = 24, maskSizeIPv6 = 64 } = options;
  const sets = options.clusterCidrs.map((range) => new CidrSet(range, range.includes(":") ? maskSizeIPv6 : maskSizeIPv4));
  for (const range of options.serviceCidrs ?? []) for (const set of sets) set.occupy(range);
  const nodes = deps.informers.informer(nodesRef);
  const recorder = createEventRecorder({ client, clock, random, component: "cidrAllocator", logger });

  const occupy = (node: Node) => {
    for (const cidr of podCidrsOf(node)) {
      if (!sets.some((set) => set.occupy(cidr))) {
        logger.warn("a node has pod addresses outside of the cluster's", {
          node: nameOf(node),
          podCIDR: cidr,
          clusterCIDRs: options.clusterCidrs,
        });
      }
    }
  };
  const release = (cidrs: readonly string[]) => {
    for (const cidr of cidrs) for (const set of sets) set.release(cidr);
    for (const range of options.serviceCidrs ?? []) for (const set of sets) set.occupy(range);
  };

  const controller = startController({
    name: "node-ipam",
    deps,
    informers: [nodes],
    // One at a time, so that nodes get their ranges in the order in which they come.
    workers: 1,
    setup(queue, on) {
      on(nodes, {
        add(node) {
          if (podCidrsOf(node).length > 0) occupy(node);
          else queue.add(nameOf(node));
        },
        update(node, old) {
          if (podCidrsOf(node).length === 0) queue.add(nameOf(node));
          else if (podCidrsOf(old).length === 0) occupy(node);
        },
        delete(node) {
          release(podCidrsOf(node));
          // A node that found nothing left may have it now.
          for (const other of nodes.list()) if (podCidrsOf(other).length === 0) queue.add(nameOf(other));
        },
      });
    },
    async sync(name) {
      const node = nodes.get(name);
      if (!node || podCidrsOf(node).length > 0) return;
      const taken: string[] = [];
      for (const set of sets) {
        const cidr = set.allocate();
        if (cidr !== undefined) {
          taken.push(cidr);
          continue;
        }
        release(taken);
        const about = { apiVersion: "v1", kind: "Node", name, uid: uidOf(node) };
        recorder.event(about, "Normal", "CIDRNotAvailable", `Node ${name} status is now: CIDRNotAvailable`);
        throw new Error(
          `failed to allocate cidr from cluster cidr ${set}: there are no remaining CIDRs left to allocate in the accepted range`,
        );
      }
      try {
        const { resourceVersion } = node.metadata;
        const body = { metadata: { resourceVersion }, spec: { podCIDR: taken[0], podCIDRs: taken } };
        await client.patch(nodesRef, name, { type: "application/strategic-merge-patch+json", body });
      } catch (error) {
        // Whether a write that was not answered took place is unknown: the range stays taken then.
        if (error instanceof StatusError && error.code < 500) release(taken);
        if (!isNotFound(error)) throw error;
      }
    },
  });
  return {
    async stop() {
      await controller.stop();
      await recorder.stop();
    },
  };
}

function podCidrsOf({ spec }: Node): readonly string[] {
  return spec?.podCIDRs?.length ? spec.podCIDRs : spec?.podCIDR ? [spec.podCIDR] : [];
}
