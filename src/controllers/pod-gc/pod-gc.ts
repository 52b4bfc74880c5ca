import { isNodeReady, isPodTerminal } from "../../api/core/pod-status.ts";
import { taintKeys } from "../../api/core/taints.ts";
import type { Pod, PodCondition } from "../../api/core/v1.ts";
import { nodes, pods } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { untilAborted } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { sleep, timestamp } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";

export interface PodGcOptions {
  /** How many finished pods may stay; the oldest beyond it go. 0: all stay. */
  terminatedPodThreshold?: number;
}

const periodMilliseconds = 20_000;
/** A node must be gone so long before the pods on it are taken for lost. */
const quarantineMilliseconds = 40_000;
const defaultThreshold = 12_500;

/** Removes pods that nobody else will: finished ones beyond a number, and those whose node is gone or was never there. */
export function startPodGc(deps: ComponentDeps & { informers: InformerFactory; options?: PodGcOptions }): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const collector = new PodCollector(deps);
  const running = (async () => {
    await untilAborted(collector.whenSynced(), signal);
    while (!signal.aborted) {
      await sleep(deps.clock, periodMilliseconds, signal);
      try {
        await collector.collect();
      } catch (error) {
        if (!signal.aborted) deps.logger.warn("pods could not be collected; it is tried again", { error });
      }
    }
  })().catch((error: unknown) => {
    if (!signal.aborted) deps.logger.error("pod garbage collection has ended", { error });
  });
  return {
    async stop() {
      stopping.abort();
      collector.stop();
      await running;
    },
  };
}

class PodCollector {
  readonly #deps: ComponentDeps & { informers: InformerFactory; options?: PodGcOptions };
  /** How many pods are assigned to which node. */
  readonly #placed = new Map<string, number>();
  /** Pods that are being deleted, by uid. */
  readonly #terminating = new Map<string, Pod>();
  /** Missing nodes, with the time from which on they were missing. */
  readonly #missing = new Map<string, number>();
  readonly stop: () => void;

  constructor(deps: ComponentDeps & { informers: InformerFactory; options?: PodGcOptions }) {
    this.#deps = deps;
    deps.informers.informer(nodes);
    this.stop = deps.informers.informer(pods).on({
      add: (pod) => this.#follow(pod, undefined),
      update: (pod, old) => this.#follow(pod, old),
      delete: (pod) => {
        this.#count(pod, -1);
        this.#terminating.delete(uidOf(pod));
      },
    });
  }

  #follow(pod: Pod, old: Pod | undefined): void {
    if (pod.metadata.deletionTimestamp) this.#terminating.set(uidOf(pod), pod);
    if (old && old.spec?.nodeName === pod.spec?.nodeName) return;
    if (old) this.#count(old, -1);
    this.#count(pod, 1);
  }

  #count({ spec }: Pod, change: 1 | -1): void {
    if (!spec?.nodeName) return;
    const count = (this.#placed.get(spec.nodeName) ?? 0) + change;
    if (count > 0) this.#placed.set(spec.nodeName, count);
    else this.#placed.delete(spec.nodeName);
  }

  async whenSynced(): Promise<void> {
    const { informers } = this.#deps;
    await Promise.all([informers.informer(pods).whenSynced(), informers.informer(nodes).whenSynced()]);
  }

  async collect(): Promise<void> {
    const all = this.#deps.informers.informer(pods).list();
    const terminating = [...this.#terminating.values()];
    await this.#collectTerminated(all);
    await this.#collectOutOfService(terminating);
    await this.#collectOrphaned(all);
    for (const pod of terminating) if (!pod.spec?.nodeName) await this.#forceDelete(pod, "terminating pod without a node");
  }

  async #collectTerminated(all: readonly Pod[]): Promise<void> {
    const threshold = this.#deps.options?.terminatedPodThreshold ?? defaultThreshold;
    if (threshold === 0 || all.length <= threshold) return;
    const finished = all.filter((pod) => isPodTerminal(pod));
    if (finished.length <= threshold) return;
    // Evicted pods first, then the oldest.
    finished.sort(
      (a, b) => Number(isEvicted(b)) - Number(isEvicted(a)) || compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp),
    );
    for (const pod of finished.slice(0, finished.length - threshold))
      await this.#forceDelete(pod, "beyond the number of finished pods to keep");
  }

  async #collectOutOfService(terminating: readonly Pod[]): Promise<void> {
    const informer = this.#deps.informers.informer(nodes);
    for (const pod of terminating) {
      if (!pod.spec?.nodeName) continue;
      const node = informer.get(pod.spec.nodeName);
      if (!node) continue;
      const outOfService = node.spec?.taints?.some((taint) => taint.key === taintKeys.outOfService);
      if (!isNodeReady(node) && outOfService) await this.#forceDelete(pod, "its node is out of service");
    }
  }

  async #collectOrphaned(all: readonly Pod[]): Promise<void> {
    const { client, clock, informers } = this.#deps;
    const known = informers.informer(nodes);
    const now = clock.now();
    const missing = new Set<string>();
    for (const node of this.#placed.keys()) if (!known.get(node)) missing.add(node);
    for (const node of [...this.#missing.keys()]) if (!missing.has(node)) this.#missing.delete(node);
    for (const node of missing) {
      const since = this.#missing.get(node);
      if (since === undefined) {
        this.#missing.set(node, now);
        continue;
      }
      if (now - since < quarantineMilliseconds) continue;
      // The cache may lag behind: only the server's own word counts before pods are removed.
      const exists = await client.get(nodes, node).then(
        () => true,
        (error) => {
          if (isNotFound(error)) return false;
          throw error;
        },
      );
      if (exists) continue;
      for (const pod of all) if (pod.spec?.nodeName === node) await this.#forceDelete(pod, "its node is gone", true);
    }
  }

  /** `disrupted`: the pod's last condition tells that the cluster, not the pod, is the reason. */
  async #forceDelete(pod: Pod, why: string, disrupted = false): Promise<void> {
    const { client, clock, logger } = this.#deps;
    logger.info("removing a pod", { pod: `${namespaceOf(pod)}/${nameOf(pod)}`, why });
    try {
      if (!isPodTerminal(pod)) {
        const condition: PodCondition = {
          type: "DisruptionTarget",
          status: "True",
          reason: "DeletionByPodGC",
          message: "PodGC: node no longer exists",
          lastTransitionTime: timestamp(clock),
          ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
        };
        await client.patch(
          pods,
          nameOf(pod),
          {
            type: "application/strategic-merge-patch+json",
            body: {
              metadata: { uid: uidOf(pod) },
              status: { phase: "Failed", ...(disrupted ? { conditions: [condition] } : {}) },
            },
          },
          { namespace: namespaceOf(pod), subresource: "status" },
        );
      }
      await client.delete(pods, nameOf(pod), {
        namespace: namespaceOf(pod),
        gracePeriodSeconds: 0,
        preconditions: { uid: uidOf(pod) },
      });
    } catch (error) {
      if (!isNotFound(error)) logger.warn("a pod could not be removed", { pod: `${namespaceOf(pod)}/${nameOf(pod)}`, error });
    }
  }
}

function isEvicted(pod: Pod): boolean {
  return pod.status?.reason === "Evicted";
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
}
