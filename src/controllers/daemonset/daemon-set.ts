import type { ControllerRevision, DaemonSet, DaemonSetStatus } from "../../api/apps/v1.ts";
import { isPodAvailable, isPodReady, isPodTerminal } from "../../api/core/pod-status.ts";
import type { Node, Pod } from "../../api/core/v1.ts";
import { controllerrevisions, daemonsets, nodes as nodesRef, pods as podsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { type AddHandler, startController } from "../../client/controller.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import { Expectations } from "../../client/expectations.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { deepEqual, keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { claim } from "../workloads/claim.ts";
import { followPods } from "../workloads/follow-pods.ts";
import { eventTarget, indexByController, orphansOf, ownedBy } from "../workloads/ownership.ts";
import { isNamespaceTerminating, PodControl, podFromTemplate, slowStart } from "../workloads/pod-control.ts";
import { claimRevisions, currentRevision, RevisionCollision, trimRevisions } from "../workloads/revision-history.ts";
import { compactStatus, withRecorder } from "../workloads/run-workload.ts";
import { byAge, daemonTemplate, eligibility, pinnedTo, revisionHashLabel, targetNode } from "./daemon-pod.ts";
import { FinishedPods } from "./finished-pods.ts";
import { type DaemonView, type Plan, placementPlan, rollingPlan } from "./node-plan.ts";

const burst = 250;

type Deps = ComponentDeps & { informers: InformerFactory };

/** Keeps one pod of each daemon set on every node that it fits. */
export function startDaemonSetController(deps: Deps): Component {
  const recorder = createEventRecorder({ ...deps, component: "daemonset-controller" });
  const controller = new DaemonSetController(deps, recorder);
  const loop = startController({
    name: "daemonset",
    deps,
    informers: controller.informers,
    workers: 2,
    setup: (queue, on) => controller.follow(queue, on),
    sync: (key, queue) => controller.sync(key, queue),
  });
  return withRecorder(recorder, loop);
}

class DaemonSetController {
  readonly #deps: Deps;
  readonly #recorder: EventRecorder;
  readonly #control: PodControl;
  readonly #expectations: Expectations;
  readonly #finished: FinishedPods;
  readonly #sets: Informer<DaemonSet>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #revisions: Informer<ControllerRevision>;

  constructor(deps: Deps, recorder: EventRecorder) {
    this.#deps = deps;
    this.#recorder = recorder;
    this.#control = new PodControl(deps.client, recorder);
    this.#expectations = new Expectations(deps.clock);
    this.#finished = new FinishedPods(deps.clock, recorder);
    this.#sets = deps.informers.informer(daemonsets);
    this.#pods = deps.informers.informer(podsRef);
    this.#nodes = deps.informers.informer(nodesRef);
    this.#revisions = deps.informers.informer(controllerrevisions);
    indexByController(this.#pods);
    indexByController(this.#revisions);
  }

  get informers() {
    return [this.#sets, this.#pods, this.#nodes, this.#revisions];
  }

  follow(queue: WorkQueue, on: AddHandler): void {
    const enqueue = (set: DaemonSet) => queue.add(keyOf(set));
    on(this.#sets, {
      add: enqueue,
      update: enqueue,
      delete: (set) => {
        this.#expectations.forget(keyOf(set));
        enqueue(set);
      },
    });
    on(this.#nodes, {
      add: (node) => {
        for (const set of this.#sets.list()) if (eligibility(node, set).shouldRun) enqueue(set);
      },
      update: (node, old) => {
        if (deepEqual(node.metadata.labels, old.metadata.labels) && deepEqual(node.spec?.taints, old.spec?.taints)) return;
        for (const set of this.#sets.list()) if (!deepEqual(eligibility(node, set), eligibility(old, set))) enqueue(set);
      },
      delete: (node) => {
        for (const set of this.#sets.list()) if (eligibility(node, set).mayStay) enqueue(set);
      },
    });
    followPods({
      owners: this.#sets,
      pods: this.#pods,
      queue,
      on,
      expectations: this.#expectations,
      selects: (set, labels) => compileLabelSelector(set.spec?.selector).matches(labels),
      minReadySeconds: (set) => set.spec?.minReadySeconds ?? 0,
    });
  }

  async sync(key: string, queue: WorkQueue): Promise<void> {
    const set = this.#sets.get(key);
    if (!set) {
      this.#expectations.forget(key);
      return;
    }
    const selector = compileLabelSelector(set.spec?.selector);
    if (selector.isEverything) {
      const message = "This daemon set is selecting all pods. A non-empty selector is required.";
      this.#recorder.event(eventTarget(daemonsets, set), "Warning", "SelectingAll", message);
      return;
    }
    if (set.metadata.deletionTimestamp) return;
    const { client, clock } = this.#deps;
    const revisions = await claimRevisions(client, daemonsets, set, this.#revisions, selector);
    const current = await this.#currentRevision(set, revisions);
    const hash = current.metadata.labels?.[revisionHashLabel] ?? "";
    const look = async (): Promise<DaemonView> => ({
      set,
      nodes: this.#nodes.list(),
      podsByNode: await this.#podsByNode(set),
      hash,
      now: clock.now(),
    });
    if (!this.#expectations.satisfied(key)) {
      await this.#writeStatus(await look(), key, queue, set.status?.observedGeneration);
      return;
    }
    let problem: { error: unknown } | undefined;
    try {
      const view = await look();
      const plan = placementPlan(view, (pod, node) => this.#finished.mayGo(set, pod, node, (delay) => queue.addAfter(key, delay)));
      await this.#carryOut(key, set, plan, hash);
      if (this.#expectations.satisfied(key)) {
        const after = plan.create.length + plan.delete.length > 0 ? await look() : view;
        if (set.spec?.updateStrategy?.type === "RollingUpdate") await this.#carryOut(key, set, rollingPlan(after), hash);
        const used = new Set(ownedBy(this.#pods, set).map((pod) => pod.metadata.labels?.[revisionHashLabel]));
        await trimRevisions(
          client,
          revisions.filter((revision) => uidOf(revision) !== uidOf(current)),
          set.spec?.revisionHistoryLimit ?? 10,
          (revision) => used.has(revision.metadata.labels?.[revisionHashLabel]),
        );
      }
    } catch (error) {
      problem = { error };
    }
    await this.#writeStatus(await look(), key, queue, set.metadata.generation);
    if (problem) throw problem.error;
  }

  async #currentRevision(set: DaemonSet, revisions: readonly ControllerRevision[]): Promise<ControllerRevision> {
    const { client } = this.#deps;
    const collisionCount = set.status?.collisionCount;
    const template = set.spec?.template ?? {};
    const of = { client, ownerRef: daemonsets, owner: set, template, hashLabel: revisionHashLabel, collisionCount };
    try {
      return await currentRevision(of, revisions);
    } catch (error) {
      if (error instanceof RevisionCollision) {
        const status = { ...(set.status as DaemonSetStatus), collisionCount: (collisionCount ?? 0) + 1 };
        await client.update(daemonsets, { ...set, status }, { subresource: "status" });
      }
      throw error;
    }
  }

  async #podsByNode(set: DaemonSet): Promise<Map<string, Pod[]>> {
    const selector = compileLabelSelector(set.spec?.selector);
    const claimed = await claim({
      client: this.#deps.client,
      ownerRef: daemonsets,
      owner: set,
      dependentRef: podsRef,
      candidates: [...ownedBy(this.#pods, set), ...orphansOf(this.#pods, namespaceOf(set))],
      matches: (pod) => selector.matches(pod.metadata.labels),
    });
    const byNode = new Map<string, Pod[]>();
    for (const pod of claimed) {
      // Ended and on its way out: its place is free.
      if (pod.metadata.deletionTimestamp && isPodTerminal(pod)) continue;
      const node = targetNode(pod);
      if (node === undefined) continue;
      const list = byNode.get(node);
      if (list) list.push(pod);
      else byNode.set(node, [pod]);
    }
    return byNode;
  }

  async #carryOut(key: string, set: DaemonSet, plan: Plan, hash: string): Promise<void> {
    const create = plan.create.slice(0, burst);
    const remove = plan.delete.slice(0, burst);
    if (create.length + remove.length === 0) return;
    this.#expectations.expect(key, { creations: create.length, deletions: remove.map(uidOf) });
    const pod = podFromTemplate(daemonTemplate(set, hash), daemonsets, set);
    const { successes, error } = await slowStart(create.length, async (index) => {
      const spec = { ...pod.spec, containers: pod.spec?.containers ?? [], affinity: pinnedTo(pod.spec?.affinity, create[index] as string) };
      await this.#control.create({ ...pod, spec }, daemonsets, set);
    });
    if (successes < create.length) this.#expectations.creationObserved(key, create.length - successes);
    const results = await Promise.allSettled(
      remove.map(async (gone) => {
        try {
          await this.#control.delete(gone, daemonsets, set);
        } catch (failure) {
          this.#expectations.deletionObserved(key, uidOf(gone));
          if (!isNotFound(failure)) throw failure;
        }
      }),
    );
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #writeStatus(view: DaemonView, key: string, queue: WorkQueue, observedGeneration: number | undefined): Promise<void> {
    const { set, nodes, podsByNode, hash, now } = view;
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    let [desired, scheduled, misscheduled, ready, available, updated] = [0, 0, 0, 0, 0, 0];
    for (const node of nodes) {
      const pods = podsByNode.get(nameOf(node));
      if (!eligibility(node, set).shouldRun) {
        if (pods) misscheduled++;
        continue;
      }
      desired++;
      const [pod] = pods ? [...pods].sort(byAge) : [];
      if (!pod) continue;
      scheduled++;
      if (isPodReady(pod)) {
        ready++;
        if (isPodAvailable(pod, minReadySeconds, now)) available++;
      }
      if (pod.metadata.labels?.[revisionHashLabel] === hash) updated++;
    }
    const status: DaemonSetStatus = compactStatus(
      {
        ...(set.status as DaemonSetStatus),
        observedGeneration,
        desiredNumberScheduled: desired,
        currentNumberScheduled: scheduled,
        numberMisscheduled: misscheduled,
        numberReady: ready,
        updatedNumberScheduled: updated,
        numberAvailable: available,
        numberUnavailable: desired - available,
      } as DaemonSetStatus,
      ["desiredNumberScheduled", "currentNumberScheduled", "numberMisscheduled", "numberReady", "collisionCount"],
    );
    if (!deepEqual(set.status, status)) {
      try {
        await this.#deps.client.update(daemonsets, { ...set, status }, { subresource: "status" });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    if (minReadySeconds > 0 && ready !== available) queue.addAfter(key, minReadySeconds * 1000);
  }
}
