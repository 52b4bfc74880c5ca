import { isPodTerminal } from "../api/core/pod-status.ts";
import type { Binding, Node, Pod } from "../api/core/v1.ts";
import {
  namespaces as namespacesRef,
  nodes as nodesRef,
  persistentvolumeclaims,
  persistentvolumes,
  poddisruptionbudgets,
  pods as podsRef,
  replicasets,
  replicationcontrollers,
  services,
  statefulsets,
  storageclasses,
} from "../api/refs.ts";
import type { Component, ComponentDeps } from "../client/client.ts";
import { createEventRecorder } from "../client/event-recorder.ts";
import type { InformerFactory } from "../client/informer.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { sleep, timestamp } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";
import { deepEqual, keyOf, nameOf, namespaceOf, uidOf } from "../machinery/object.ts";
import { Algorithm, fitErrorText, type Outcome } from "./algorithm.ts";
import { SchedulerCache } from "./cache.ts";
import { defaultSelector } from "./default-selector.ts";
import type { NodeInfo } from "./node-info.ts";
import { NominatedPods } from "./nominated-pods.ts";
import { defaultPlugins } from "./plugins/defaults.ts";
import { claimsToBind, selectedNodeAnnotation, type VolumeView } from "./plugins/volume-binding.ts";
import { type PodInfo, podInfo } from "./pod-info.ts";
import { findPreemption } from "./preemption.ts";
import { type ClusterEvent, SchedulingQueue } from "./queue.ts";

export interface SchedulerOptions {
  /** Pods that name this scheduler are its own. */
  name?: string;
  /** Bindings under way at a time. */
  concurrentBindings?: number;
}

/** How long the scheduler goes on without letting others run. */
const sliceMilliseconds = 8;
/** How long a pod waits for its claims to be bound. */
const claimTimeoutMilliseconds = 600_000;

/** Whether a change of a node may let a pod fit: heartbeats don't. */
function matters(node: Node, old: Node): boolean {
  return (
    !deepEqual(node.spec, old.spec) ||
    !deepEqual(node.metadata.labels, old.metadata.labels) ||
    !deepEqual(node.status?.allocatable, old.status?.allocatable)
  );
}

/** Gives pods their nodes. Crash-only: pods and nodes are all it knows. */
export function startScheduler(deps: ComponentDeps & { informers?: InformerFactory; options?: SchedulerOptions }): Component {
  const stopping = new AbortController();
  const signal = AbortSignal.any([deps.signal, stopping.signal]);
  const scheduler = new Scheduler({ ...deps, signal });
  const running = scheduler.run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class Scheduler {
  readonly #deps: ComponentDeps & { options?: SchedulerOptions };
  readonly #name: string;
  readonly #concurrentBindings: number;
  readonly #informers: InformerFactory;
  readonly #cache: SchedulerCache;
  readonly #queue: SchedulingQueue;
  readonly #nominated = new NominatedPods();
  readonly #algorithm: Algorithm;
  readonly #volumes: VolumeView;
  readonly #recorder: ReturnType<typeof createEventRecorder>;
  readonly #bindings = new Set<Promise<void>>();
  #wake: (() => void) | undefined;

  constructor(deps: ComponentDeps & { informers?: InformerFactory; options?: SchedulerOptions }) {
    this.#deps = deps;
    this.#name = deps.options?.name ?? "default-scheduler";
    this.#concurrentBindings = deps.options?.concurrentBindings ?? 512;
    this.#informers = deps.informers ?? createInformerFactory(deps);
    const informer = this.#informers;
    const namespaces = informer.informer(namespacesRef);
    this.#cache = new SchedulerCache((name) => namespaces.get(name)?.metadata.labels);
    this.#queue = new SchedulingQueue(deps.clock, () => this.#wake?.());
    const claims = informer.informer(persistentvolumeclaims);
    const volumes = informer.informer(persistentvolumes);
    const classes = informer.informer(storageclasses);
    this.#volumes = {
      claim: (namespace, name) => claims.get(`${namespace}/${name}`),
      volume: (name) => volumes.get(name),
      storageClass: (name) => classes.get(name),
    };
    const sources = {
      services: informer.informer(services),
      replicationControllers: informer.informer(replicationcontrollers),
      replicaSets: informer.informer(replicasets),
      statefulSets: informer.informer(statefulsets),
    };
    const plugins = defaultPlugins(this.#volumes, (pod) => defaultSelector(pod.pod, sources));
    this.#algorithm = new Algorithm(this.#cache, plugins, deps.random, this.#nominated);
    this.#recorder = createEventRecorder({ ...deps, component: this.#name });
  }

  async run(): Promise<void> {
    const { signal, logger } = this.#deps;
    const removals = this.#follow();
    try {
      await this.#informers.whenSynced();
      while (!signal.aborted) await this.#turn();
    } catch (error) {
      if (!signal.aborted) logger.error("the scheduler has ended", { error });
    } finally {
      for (const remove of removals) remove();
      this.#queue.stop();
      await Promise.allSettled(this.#bindings);
      await this.#recorder.stop();
    }
  }

  /** Schedules for a slice of time, then lets others run; waits when there is nothing to do. */
  async #turn(): Promise<void> {
    const { clock, signal } = this.#deps;
    const end = clock.now() + sliceMilliseconds;
    do {
      if (this.#bindings.size >= this.#concurrentBindings) {
        await Promise.race(this.#bindings);
        if (signal.aborted) return;
      }
      const pod = this.#queue.pop();
      if (!pod) {
        await this.#whenActive();
        return;
      }
      this.#scheduleOne(pod);
    } while (clock.now() < end);
    await sleep(clock, 0, signal).catch(() => {});
  }

  #whenActive(): Promise<void> {
    const { signal } = this.#deps;
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  #scheduleOne(pod: PodInfo): void {
    if (pod.pod.metadata.deletionTimestamp) {
      this.#queue.done(pod.uid);
      return;
    }
    const outcome = this.#algorithm.schedule(pod);
    if (outcome.kind !== "fits") {
      this.#track(this.#reject(pod, outcome));
      return;
    }
    this.#cache.assume(pod, outcome.node.name);
    this.#nominated.remove(pod.uid);
    this.#track(this.#bind(pod, outcome.node));
  }

  #track(work: Promise<void>): void {
    this.#bindings.add(work);
    void work.finally(() => this.#bindings.delete(work));
  }

  async #bind(pod: PodInfo, node: NodeInfo): Promise<void> {
    const { client, logger, signal } = this.#deps;
    const name = nameOf(pod.pod);
    try {
      const claims = claimsToBind(pod.pod, this.#volumes);
      if (claims.length > 0) await this.#bindClaims(pod, claims.map(keyOf), node.name);
      const binding: Binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, namespace: pod.namespace, uid: pod.uid },
        target: { kind: "Node", name: node.name },
      };
      await client.post(podsRef, name, "binding", binding, { namespace: pod.namespace });
      this.#queue.done(pod.uid);
      this.#recorder.event(pod.pod, "Normal", "Scheduled", `Successfully assigned ${pod.key} to ${node.name}`);
    } catch (error) {
      this.#cache.forget(pod.uid);
      if (isNotFound(error) && !signal.aborted) {
        this.#queue.done(pod.uid);
        return;
      }
      if (!signal.aborted && !isConflict(error))
        logger.warn("a pod could not be bound; it is tried again", { pod: pod.key, node: node.name, error });
      this.#queue.failed(pod.uid);
      this.#queue.moveAll("AssignedPodRemoved");
    }
  }

  /** Tells the provisioner the node, and waits until the claims are bound. */
  async #bindClaims(pod: PodInfo, keys: readonly string[], node: string): Promise<void> {
    const { client, clock, signal } = this.#deps;
    const informer = this.#informers.informer(persistentvolumeclaims);
    for (const key of keys) {
      const claim = informer.get(key);
      if (!claim || claim.metadata.annotations?.[selectedNodeAnnotation] === node) continue;
      await client.patch(
        persistentvolumeclaims,
        nameOf(claim),
        { type: "application/merge-patch+json", body: { metadata: { annotations: { [selectedNodeAnnotation]: node } } } },
        { namespace: pod.namespace },
      );
    }
    const isBound = () => keys.every((key) => informer.get(key)?.status?.phase === "Bound");
    if (isBound()) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error) => {
        remove();
        timer.cancel();
        signal.removeEventListener("abort", onAbort);
        if (error) reject(error);
        else resolve();
      };
      const onAbort = () => finish(new Error("the scheduler is stopping"));
      const timer = clock.setTimeout(() => finish(new Error(`claims of ${pod.key} were not bound in time`)), claimTimeoutMilliseconds);
      const remove = informer.on({
        update: () => {
          if (isBound()) finish();
        },
        delete: (claim) => {
          if (keys.includes(keyOf(claim))) finish(new Error(`claim ${keyOf(claim)} was deleted`));
        },
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Says in the pod's condition and in an event why it has no node, and makes room for it where that is allowed. */
  async #reject(pod: PodInfo, outcome: Exclude<Outcome, { kind: "fits" }>): Promise<void> {
    const { logger, signal } = this.#deps;
    const count = this.#cache.nodes.length;
    let message: string;
    let nominatedNode: string | undefined;
    if (outcome.kind === "rejected") message = `0/${count} nodes are available: ${outcome.reason}`;
    else {
      message = fitErrorText(count, outcome.rejections);
      if (count > 0) {
        const budgets = this.#informers.informer(poddisruptionbudgets).list();
        const preemption = findPreemption(pod, outcome.rejections, this.#cache, this.#algorithm, budgets);
        if (typeof preemption === "string") message += ` no new claims to deallocate, preemption: ${preemption}`;
        else {
          nominatedNode = preemption.node.name;
          this.#nominated.add(pod, nominatedNode);
          await this.#evict(pod, preemption.victims, nominatedNode);
        }
      }
    }
    this.#queue.unschedulable(pod.uid, outcome.rejectedBy);
    this.#recorder.event(pod.pod, "Warning", "FailedScheduling", message);
    try {
      await this.#writeCondition(pod.pod, message, nominatedNode);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error) && !signal.aborted) {
        logger.warn("a pod's condition could not be written", { pod: pod.key, error });
      }
    }
  }

  async #writeCondition(pod: Pod, message: string, nominatedNode: string | undefined): Promise<void> {
    const { client, clock } = this.#deps;
    const current = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
    const same = current?.status === "False" && current.reason === "Unschedulable" && current.message === message;
    if (same && (nominatedNode ?? pod.status?.nominatedNodeName) === pod.status?.nominatedNodeName) return;
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastProbeTime: null,
      lastTransitionTime: current?.status === "False" ? current.lastTransitionTime : timestamp(clock),
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    };
    await client.patch(
      podsRef,
      nameOf(pod),
      {
        type: "application/strategic-merge-patch+json",
        body: { status: { conditions: [condition], ...(nominatedNode ? { nominatedNodeName: nominatedNode } : {}) } },
      },
      { namespace: namespaceOf(pod), subresource: "status" },
    );
  }

  async #evict(pod: PodInfo, victims: readonly PodInfo[], node: string): Promise<void> {
    const { client, clock, logger } = this.#deps;
    await Promise.all(
      victims.map(async (victim) => {
        const message = `${this.#name}: preempting to accommodate a higher priority pod`;
        const condition = {
          type: "DisruptionTarget",
          status: "True",
          reason: "PreemptionByScheduler",
          message,
          lastTransitionTime: timestamp(clock),
        };
        try {
          await client.patch(
            podsRef,
            nameOf(victim.pod),
            { type: "application/strategic-merge-patch+json", body: { status: { conditions: [condition] } } },
            { namespace: victim.namespace, subresource: "status" },
          );
          await client.delete(podsRef, nameOf(victim.pod), { namespace: victim.namespace, preconditions: { uid: victim.uid } });
          this.#recorder.event(victim.pod, "Normal", "Preempted", `Preempted by pod ${pod.uid} on node ${node}`);
        } catch (error) {
          if (!isNotFound(error)) logger.warn("a pod could not be preempted", { pod: victim.key, error });
        }
      }),
    );
  }

  #isOurs(pod: Pod): boolean {
    return (pod.spec?.schedulerName || "default-scheduler") === this.#name;
  }

  /** Feeds the cache and the queue from the informers. */
  #follow(): (() => void)[] {
    const moved = (event: ClusterEvent) => this.#queue.moveAll(event);
    const volumesChanged = { add: () => moved("VolumesChanged"), update: () => moved("VolumesChanged") };
    const setPod = (pod: Pod, old?: Pod) => {
      const node = pod.spec?.nodeName;
      const uid = uidOf(pod);
      if (isPodTerminal(pod)) {
        this.#forgetPod(pod);
        return;
      }
      if (!node) {
        if (!this.#isOurs(pod) || this.#cache.has(pod)) return;
        if (old) this.#queue.update(podInfo(pod));
        else this.#queue.add(podInfo(pod));
        return;
      }
      this.#queue.remove(uid);
      this.#nominated.remove(uid);
      this.#cache.setPod(podInfo(pod), node);
      if (!old?.spec?.nodeName) moved("AssignedPodAdded");
    };
    return [
      this.#informers.informer(podsRef).on({
        add: (pod) => setPod(pod),
        update: (pod, old) => {
          if (uidOf(pod) !== uidOf(old)) this.#forgetPod(old);
          setPod(pod, uidOf(pod) === uidOf(old) ? old : undefined);
        },
        delete: (pod) => this.#forgetPod(pod),
      }),
      this.#informers.informer(nodesRef).on({
        add: (node) => {
          this.#cache.setNode(node);
          moved("NodeAdded");
        },
        update: (node, old) => {
          this.#cache.setNode(node);
          if (matters(node, old)) moved("NodeChanged");
        },
        delete: (node) => this.#cache.removeNode(nameOf(node)),
      }),
      this.#informers.informer(namespacesRef).on({
        update: () => {
          this.#cache.counters.namespacesChanged();
          moved("NamespacesChanged");
        },
      }),
      this.#informers.informer(persistentvolumeclaims).on(volumesChanged),
      this.#informers.informer(persistentvolumes).on(volumesChanged),
      this.#informers.informer(storageclasses).on(volumesChanged),
    ];
  }

  #forgetPod(pod: Pod): void {
    const uid = uidOf(pod);
    this.#queue.remove(uid);
    this.#nominated.remove(uid);
    if (!this.#cache.has(pod)) return;
    this.#cache.removePod(uid);
    this.#queue.moveAll("AssignedPodRemoved");
  }
}
