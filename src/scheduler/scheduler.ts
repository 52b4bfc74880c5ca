import type { Binding, Pod } from "../api/core/v1.ts";
import {
  namespaces as namespacesRef,
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
import { createEventRecorder, type EventRecorder } from "../client/event-recorder.ts";
import type { InformerFactory } from "../client/informer.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { anySignal } from "../machinery/any-signal.ts";
import { pause } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";
import { keyOf, nameOf, uidOf } from "../machinery/object.ts";
import { Algorithm, fitErrorText, type Outcome } from "./algorithm.ts";
import { SchedulerCache } from "./cache.ts";
import { bindClaims } from "./claim-binder.ts";
import { followCluster } from "./cluster-follower.ts";
import { defaultSelector } from "./default-selector.ts";
import type { NodeInfo } from "./node-info.ts";
import { NominatedPods } from "./nominated-pods.ts";
import { defaultPlugins } from "./plugins/defaults.ts";
import { claimBindings } from "./plugins/volume-binding.ts";
import type { VolumeView } from "./plugins/volume-view.ts";
import { evict, type Failure, noteOf, takeBackPromises, writeFailure } from "./pod-failure.ts";
import { type PodInfo, podInfo } from "./pod-info.ts";
import { findPreemption, type Preemption } from "./preemption.ts";
import { SchedulingQueue } from "./queue.ts";

export interface SchedulerOptions {
  /** Pods that name this scheduler are its own. */
  name?: string;
  /** Bindings under way at a time. */
  concurrentBindings?: number;
}

type SchedulerDeps = ComponentDeps & { informers?: InformerFactory; options?: SchedulerOptions };

/** How long the scheduler goes on without letting others run; what it started, the bindings, takes as long again. */
const sliceMilliseconds = 4;

/** Gives pods their nodes. Crash-only: pods and nodes are all it knows. */
export function startScheduler(deps: SchedulerDeps): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
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
  readonly #deps: ComponentDeps & { informers: InformerFactory };
  readonly #name: string;
  readonly #concurrentBindings: number;
  readonly #cache: SchedulerCache;
  readonly #queue: SchedulingQueue;
  readonly #nominated = new NominatedPods();
  readonly #algorithm: Algorithm;
  readonly #volumes: VolumeView;
  readonly #recorder: EventRecorder;
  /** Bindings and reports under way. */
  #underWay = 0;
  #sliceEnd = 0;
  /** Ends a wait for pods, for room among the bindings, or for their end. */
  #wake: (() => void) | undefined;

  constructor(deps: SchedulerDeps) {
    this.#name = deps.options?.name ?? "default-scheduler";
    this.#concurrentBindings = deps.options?.concurrentBindings ?? 512;
    const informers = deps.informers ?? createInformerFactory(deps);
    this.#deps = { ...deps, informers };
    const namespaces = informers.informer(namespacesRef);
    this.#cache = new SchedulerCache((name) => namespaces.get(name)?.metadata.labels);
    this.#queue = new SchedulingQueue(deps.clock, () => this.#wake?.());
    const claims = informers.informer(persistentvolumeclaims);
    const volumes = informers.informer(persistentvolumes);
    const classes = informers.informer(storageclasses);
    informers.informer(poddisruptionbudgets);
    this.#volumes = {
      claim: (namespace, name) => claims.get(`${namespace}/${name}`),
      volume: (name) => volumes.get(name),
      volumes: () => volumes.list(),
      storageClass: (name) => classes.get(name),
    };
    const sources = {
      services: informers.informer(services),
      replicationControllers: informers.informer(replicationcontrollers),
      replicaSets: informers.informer(replicasets),
      statefulSets: informers.informer(statefulsets),
    };
    const plugins = defaultPlugins(this.#volumes, (pod) => defaultSelector(pod.pod, sources));
    this.#algorithm = new Algorithm(this.#cache, plugins, deps.random, this.#nominated);
    this.#recorder = createEventRecorder({ ...deps, component: this.#name });
  }

  async run(): Promise<void> {
    const { signal, logger, informers } = this.#deps;
    const follower = followCluster({
      informers,
      logger,
      cache: this.#cache,
      queue: this.#queue,
      nominated: this.#nominated,
      isOurs: (pod) => (pod.spec?.schedulerName || "default-scheduler") === this.#name,
    });
    try {
      await informers.whenSynced();
      await follower.load(() => this.#pause());
      while (!signal.aborted) await this.#turn();
    } catch (error) {
      if (!signal.aborted) logger.error("the scheduler has ended", { error });
    } finally {
      follower.stop();
      this.#queue.stop();
      while (this.#underWay > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#recorder.stop();
    }
  }

  /** Schedules for a slice of time, then lets others run; waits when there is nothing to do. */
  async #turn(): Promise<void> {
    const { clock } = this.#deps;
    this.#sliceEnd = clock.now() + sliceMilliseconds;
    do {
      const pod = this.#underWay < this.#concurrentBindings ? this.#queue.pop() : undefined;
      if (!pod) {
        await this.#whenWoken();
        return;
      }
      const search = this.#scheduleOne(pod);
      if (search) await search;
    } while (clock.now() < this.#sliceEnd);
    await this.#pause();
  }

  /** Lets others run when this slice of time is used up. */
  async #pause(): Promise<void> {
    const { clock, signal } = this.#deps;
    if (clock.now() < this.#sliceEnd) return;
    await pause(clock, 0, signal);
    this.#sliceEnd = clock.now() + sliceMilliseconds;
  }

  #whenWoken(): Promise<void> {
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

  /** What it returns is to be waited for: the search for victims, which lets others run now and then. */
  #scheduleOne(object: Pod): Promise<void> | undefined {
    try {
      const pod = podInfo(object);
      const outcome = this.#algorithm.schedule(pod);
      if (outcome.kind !== "fits") return this.#reject(pod, outcome).catch((error: unknown) => this.#failed(object, error));
      this.#cache.assume(pod, outcome.node.name);
      this.#nominated.remove(pod.uid);
      this.#track(this.#bind(pod, outcome.node));
    } catch (error) {
      this.#failed(object, error);
    }
    return undefined;
  }

  /** Something other than the pod is wrong. One pod's trouble must not keep the others from their nodes. */
  #failed(pod: Pod, error: unknown): void {
    this.#deps.logger.error("a pod could not be scheduled", { pod: keyOf(pod), error });
    const message = error instanceof Error ? error.message : String(error);
    this.#queue.failed(uidOf(pod));
    this.#report(pod, { reason: "SchedulerError", message, nominatedNode: undefined });
  }

  #track(work: Promise<void>): void {
    this.#underWay++;
    void work.finally(() => {
      this.#underWay--;
      this.#wake?.();
    });
  }

  async #bind(pod: PodInfo, { name: node, node: object }: NodeInfo): Promise<void> {
    const { client, logger, signal } = this.#deps;
    const name = nameOf(pod.pod);
    try {
      if (pod.pod.spec?.volumes) await this.#bindVolumes(pod.pod, object);
      const binding: Binding = {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, namespace: pod.namespace, uid: pod.uid },
        target: { kind: "Node", name: node },
      };
      await client.post(podsRef, name, "binding", binding, { namespace: pod.namespace });
      this.#queue.done(pod.uid);
      this.#recorder.event(pod.pod, "Normal", "Scheduled", noteOf(`Successfully assigned ${pod.key} to ${node}`));
    } catch (error) {
      this.#cache.forget(pod.uid);
      // It is gone, or has been bound by another: the informer tells.
      if (isNotFound(error)) this.#queue.done(pod.uid);
      else {
        if (!signal.aborted && !isConflict(error))
          logger.warn("a pod could not be bound; it is tried again", { pod: pod.key, node, error });
        this.#queue.failed(pod.uid);
      }
      this.#queue.moveAll("AssignedPodRemoved");
    }
  }

  async #bindVolumes(pod: Pod, node: NodeInfo["node"]): Promise<void> {
    const bindings = node && claimBindings(pod, node, this.#volumes);
    if (!bindings) throw new Error("the pod's claims can no longer be bound on that node");
    if (bindings.length > 0) await bindClaims(this.#deps, pod, nameOf(node), bindings);
  }

  /** Looks for room that can be made for the pod, and says why it has no node. */
  async #reject(pod: PodInfo, outcome: Exclude<Outcome, { kind: "fits" }>): Promise<void> {
    const failure: Failure = { reason: "Unschedulable", message: "", nominatedNode: undefined };
    let preemption: Preemption | undefined;
    if (outcome.kind === "rejected") failure.message = outcome.reason;
    else {
      failure.message = fitErrorText(this.#cache.nodes.length, outcome.rejections, outcome.others);
      const result = await findPreemption(pod, outcome, {
        cache: this.#cache,
        algorithm: this.#algorithm,
        budgets: this.#deps.informers.informer(poddisruptionbudgets).list(),
        nominatedNode: this.#nominated.nodeOf(pod.uid),
        pause: () => this.#pause(),
      });
      if ("node" in result) {
        preemption = result;
        failure.nominatedNode = result.node.name;
      } else {
        failure.message += ` no new claims to deallocate, preemption: ${result.text}`;
        if (!result.keepsPromise) {
          this.#nominated.remove(pod.uid);
          failure.nominatedNode = null;
        }
      }
    }
    this.#report(pod.pod, failure);
    if (preemption) this.#track(this.#preempt(pod, preemption, outcome.rejectedBy));
    else this.#queue.unschedulable(pod.uid, outcome.rejectedBy);
  }

  #report(pod: Pod, failure: Failure): void {
    this.#recorder.event(pod, "Warning", "FailedScheduling", noteOf(failure.message));
    this.#track(writeFailure(this.#deps, pod, failure));
  }

  /** The pod is tried again only when its victims have been told to go. */
  async #preempt(pod: PodInfo, preemption: Preemption, rejectedBy: ReadonlySet<string>): Promise<void> {
    const { name } = preemption.node;
    const outdone = this.#nominated.lessImportantOn(name, pod);
    for (const other of outdone) this.#nominated.remove(other.uid);
    this.#nominated.add(pod, name);
    await takeBackPromises(this.#deps, outdone);
    await evict(this.#deps, this.#recorder, this.#name, pod, preemption);
    if (!this.#queue.has(pod.uid)) this.#nominated.remove(pod.uid);
    this.#queue.unschedulable(pod.uid, rejectedBy);
  }
}
