import type { ControllerRevision, StatefulSet, StatefulSetStatus } from "../../api/apps/v1.ts";
import type { Pod } from "../../api/core/v1.ts";
import { controllerrevisions, persistentvolumeclaims, pods as podsRef, statefulsets } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { type AddHandler, startController } from "../../client/controller.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { deepEqual, keyOf, nameOf, namespaceOf } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { claim } from "../workloads/claim.ts";
import { followPods } from "../workloads/follow-pods.ts";
import { indexByController, orphansOf, ownedBy } from "../workloads/ownership.ts";
import { claimRevisions, currentRevision, RevisionCollision, trimRevisions } from "../workloads/revision-history.ts";
import { compactStatus, withRecorder } from "../workloads/run-workload.ts";
import { StatefulRollout } from "./rollout.ts";
import { StatefulClaims } from "./stateful-claims.ts";
import { ordinalOf, revisionOf } from "./stateful-pod.ts";

const hashLabel = "controller.kubernetes.io/hash";

type Deps = ComponentDeps & { informers: InformerFactory };

/** Keeps the members of stateful sets: each with a name, an ordinal and volumes of its own. */
export function startStatefulSetController(deps: Deps): Component {
  const recorder = createEventRecorder({ ...deps, component: "statefulset-controller" });
  const controller = new StatefulSetController(deps, recorder);
  const loop = startController({
    name: "statefulset",
    deps,
    informers: controller.informers,
    setup: (queue, on) => controller.follow(queue, on),
    sync: (key, queue) => controller.sync(key, queue),
  });
  return withRecorder(recorder, loop);
}

class StatefulSetController {
  readonly #deps: Deps;
  readonly #recorder: EventRecorder;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #claims: StatefulClaims;
  readonly informers;

  constructor(deps: Deps, recorder: EventRecorder) {
    this.#deps = deps;
    this.#recorder = recorder;
    this.#sets = deps.informers.informer(statefulsets);
    this.#pods = deps.informers.informer(podsRef);
    this.#revisions = deps.informers.informer(controllerrevisions);
    const claims = deps.informers.informer(persistentvolumeclaims);
    this.#claims = new StatefulClaims(deps.client, recorder, claims);
    this.informers = [this.#sets, this.#pods, this.#revisions, claims];
    indexByController(this.#pods);
    indexByController(this.#revisions);
  }

  follow(queue: WorkQueue, on: AddHandler): void {
    const enqueue = (set: StatefulSet) => queue.add(keyOf(set));
    on(this.#sets, { add: enqueue, update: enqueue, delete: enqueue });
    followPods({
      owners: this.#sets,
      pods: this.#pods,
      queue,
      on,
      selects: (set, labels) => compileLabelSelector(set.spec?.selector).matches(labels),
      minReadySeconds: (set) => set.spec?.minReadySeconds ?? 0,
    });
  }

  async sync(key: string, queue: WorkQueue): Promise<void> {
    const set = this.#sets.get(key);
    if (!set) return;
    const { client, clock } = this.#deps;
    const selector = compileLabelSelector(set.spec?.selector);
    const revisions = await claimRevisions(client, statefulsets, set, this.#revisions, selector);
    const pods = await claim({
      client,
      ownerRef: statefulsets,
      owner: set,
      dependentRef: podsRef,
      candidates: [...ownedBy(this.#pods, set), ...orphansOf(this.#pods, namespaceOf(set))],
      matches: (pod) => selector.matches(pod.metadata.labels) && ordinalOf(set, pod) !== undefined,
    });
    const update = await this.#updateRevision(set, revisions);
    const current = revisions.find((revision) => nameOf(revision) === set.status?.currentRevision) ?? update;
    const rollout = new StatefulRollout({ client, clock, recorder: this.#recorder, claims: this.#claims }, set, { current, update }, pods);
    let problem: { error: unknown } | undefined;
    try {
      await rollout.step();
    } catch (error) {
      problem = { error };
    }
    const status = rollout.status();
    await this.#writeStatus(set, status);
    if (problem) throw problem.error;
    const used = new Set([nameOf(current), nameOf(update), ...pods.map(revisionOf)]);
    await trimRevisions(client, revisions, set.spec?.revisionHistoryLimit ?? 10, (revision) => used.has(nameOf(revision)));
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds > 0 && status.readyReplicas !== status.availableReplicas) queue.addAfter(key, minReadySeconds * 1000);
  }

  async #updateRevision(set: StatefulSet, revisions: readonly ControllerRevision[]): Promise<ControllerRevision> {
    const { client } = this.#deps;
    const collisionCount = set.status?.collisionCount ?? 0;
    const template = set.spec?.template ?? {};
    try {
      return await currentRevision({ client, ownerRef: statefulsets, owner: set, template, hashLabel, collisionCount }, revisions);
    } catch (error) {
      if (error instanceof RevisionCollision) {
        const status = { ...(set.status ?? { replicas: 0 }), collisionCount: collisionCount + 1 };
        await client.update(statefulsets, { ...set, status }, { subresource: "status" });
      }
      throw error;
    }
  }

  async #writeStatus(set: StatefulSet, counted: StatefulSetStatus): Promise<void> {
    const next: StatefulSetStatus = {
      ...set.status,
      ...counted,
      observedGeneration: set.metadata.generation ?? 0,
      collisionCount: set.status?.collisionCount ?? 0,
    };
    // availableReplicas is told even when there are none.
    const status = compactStatus(next, ["replicas", "availableReplicas", "collisionCount"]);
    if (deepEqual(set.status, status)) return;
    try {
      await this.#deps.client.update(statefulsets, { ...set, status }, { subresource: "status" });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
