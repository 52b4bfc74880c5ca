import { isPodActive, isPodTerminating } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import { pods as podsRef, replicasets } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import { Expectations } from "../../client/expectations.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { controllerOf, deepEqual, type KubeObject, keyOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { claim } from "../workloads/claim.ts";
import { followPods } from "../workloads/follow-pods.ts";
import { indexByController, orphansOf, ownedBy } from "../workloads/ownership.ts";
import { isNamespaceTerminating, messageOf, PodControl, podFromTemplate, slowStart } from "../workloads/pod-control.ts";
import { orderForScaleDown } from "../workloads/pod-order.ts";
import { withRecorder } from "../workloads/run-workload.ts";
import { type ReplicaKind, type Replicated, replicaSetKind, replicationControllerKind } from "./replica-kind.ts";
import { replicaStatus, untilNextAvailable } from "./replica-status.ts";

/** No more pods of one owner are created or deleted in one go. */
const burst = 500;

type Deps = ComponentDeps & { informers: InformerFactory };

/** Keeps the number of pods that each replica set asks for. */
export function startReplicaSetController(deps: Deps): Component {
  return startReplicaManager(deps, replicaSetKind);
}

/** The same for replication controllers. */
export function startReplicationController(deps: Deps): Component {
  return startReplicaManager(deps, replicationControllerKind);
}

function startReplicaManager<T extends Replicated>(deps: Deps, kind: ReplicaKind<T>): Component {
  const recorder = createEventRecorder({ ...deps, component: kind.component });
  const owners = deps.informers.informer(kind.ref);
  const pods = deps.informers.informer(podsRef);
  indexByController(pods);
  const manager = new ReplicaManager(deps, kind, owners, pods, new PodControl(deps.client, recorder));
  const controller = startController({
    name: kind.name,
    deps,
    informers: [owners, pods],
    setup(queue, on) {
      on(owners, {
        add: (owner) => queue.add(keyOf(owner)),
        update: (owner) => queue.add(keyOf(owner)),
        delete(owner) {
          manager.expectations.forget(keyOf(owner));
          queue.add(keyOf(owner));
        },
      });
      followPods({
        owners,
        pods,
        queue,
        on,
        expectations: manager.expectations,
        selects: (owner, labels) => kind.selector(owner).matches(labels),
        minReadySeconds: (owner) => owner.spec?.minReadySeconds ?? 0,
      });
    },
    sync: (key, queue) => manager.sync(key, queue),
  });
  return withRecorder(recorder, controller);
}

class ReplicaManager<T extends Replicated> {
  readonly expectations: Expectations;
  readonly #deps: Deps;
  readonly #kind: ReplicaKind<T>;
  readonly #owners: Informer<T>;
  readonly #pods: Informer<Pod>;
  readonly #control: PodControl;

  constructor(deps: Deps, kind: ReplicaKind<T>, owners: Informer<T>, pods: Informer<Pod>, control: PodControl) {
    this.expectations = new Expectations(deps.clock);
    this.#deps = deps;
    this.#kind = kind;
    this.#owners = owners;
    this.#pods = pods;
    this.#control = control;
  }

  async sync(key: string, queue: WorkQueue): Promise<void> {
    const { clock, client } = this.#deps;
    const owner = this.#owners.get(key);
    if (!owner) {
      this.expectations.forget(key);
      return;
    }
    // Asked before the cache is read: what it shows must be at least as new.
    const ready = this.expectations.satisfied(key);
    const selector = this.#kind.selector(owner);
    const owned = ownedBy(this.#pods, owner);
    const active = await claim({
      client,
      ownerRef: this.#kind.ref,
      owner,
      dependentRef: podsRef,
      candidates: [...owned, ...orphansOf(this.#pods, namespaceOf(owner))].filter(isPodActive),
      matches: (pod) => selector.matches(pod.metadata.labels),
    });
    const terminating = this.#kind.countsTerminating ? owned.filter(isPodTerminating).length : undefined;

    const missing = (owner.spec?.replicas ?? 0) - active.length;
    let problem: { error: unknown } | undefined;
    if (ready && !owner.metadata.deletionTimestamp) {
      try {
        if (missing > 0) await this.#createPods(key, owner, missing);
        else if (missing < 0) await this.#deletePods(key, owner, active, -missing);
      } catch (error) {
        problem = { error };
      }
    }
    const failure = problem && {
      reason: missing > 0 ? ("FailedCreate" as const) : ("FailedDelete" as const),
      message: messageOf(problem.error),
    };
    const status = replicaStatus(clock, { owner, active, terminating, failure });
    if (!deepEqual(owner.status, status)) await this.#writeStatus(owner, status);
    if (problem) throw problem.error;
    const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
    const wait = untilNextAvailable(active, minReadySeconds, clock.now());
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  async #writeStatus(owner: T, status: NonNullable<Replicated["status"]>): Promise<void> {
    try {
      await this.#deps.client.update(this.#kind.ref, { ...owner, status }, { subresource: "status" });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #createPods(key: string, owner: T, missing: number): Promise<void> {
    const template = owner.spec?.template;
    if (!template) return;
    const count = Math.min(missing, burst);
    const pod = podFromTemplate(template, this.#kind.ref, owner);
    this.expectations.expect(key, { creations: count });
    const { successes, error } = await slowStart(count, async () => {
      await this.#control.create(pod, this.#kind.ref, owner);
    });
    if (successes < count) this.expectations.creationObserved(key, count - successes);
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
  }

  async #deletePods(key: string, owner: T, active: readonly Pod[], surplus: number): Promise<void> {
    const count = Math.min(surplus, burst);
    const chosen =
      count < active.length ? orderForScaleDown(active, this.#relatedPods(owner, active), this.#deps.clock.now()).slice(0, count) : active;
    this.expectations.expect(key, { deletions: chosen.map(uidOf) });
    const results = await Promise.allSettled(
      chosen.map(async (pod) => {
        try {
          await this.#control.delete(pod, this.#kind.ref, owner);
        } catch (error) {
          this.expectations.deletionObserved(key, uidOf(pod));
          if (!isNotFound(error)) throw error;
        }
      }),
    );
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** The active pods of all owners of this kind under one controller: those of a deployment's other replica sets count for spreading. */
  #relatedPods(owner: T, own: readonly Pod[]): readonly Pod[] {
    const controller = controllerOf(owner);
    if (!controller || this.#kind.ref.resource !== replicasets.resource) return own;
    const siblings = this.#owners.list(namespaceOf(owner)).filter((other: KubeObject) => controllerOf(other)?.uid === controller.uid);
    return siblings.flatMap((sibling) => ownedBy(this.#pods, sibling).filter(isPodActive));
  }
}
