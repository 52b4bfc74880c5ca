import type { Deployment, DeploymentStatus, ReplicaSet } from "../../api/apps/v1.ts";
import { findCondition, isPodTerminal } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import { deployments as deploymentsRef, pods as podsRef, replicasets as setsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { type AddHandler, startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { controllerOf, deepEqual, keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { claim } from "../workloads/claim.ts";
import { eventTarget, indexByController, orphansOf, ownedBy, resolveController } from "../workloads/ownership.ts";
import { withRecorder } from "../workloads/run-workload.ts";
import { desiredReplicas, revisionOf } from "./annotations.ts";
import { DeploymentContext } from "./deployment-context.ts";
import { calculateStatus, compact, deploymentCondition, reasons, rolloutStatus, setCondition, untilDeadline } from "./deployment-status.ts";
import { allSets, syncRevisions } from "./new-replica-set.ts";
import { proportionalSizes } from "./proportional-scale.ts";
import { growNewSet, shrinkOldSets } from "./rolling-update.ts";
import { byCreation, hasHistoryLimit, hasProgressDeadline, isComplete, isRollingUpdate, replicasOf, withScale } from "./rollout.ts";

type Deps = ComponentDeps & { informers: InformerFactory };

/** Rolls deployments out: a replica set for each template, sized so that the strategy's limits hold on the way. */
export function startDeploymentController(deps: Deps): Component {
  const recorder = createEventRecorder({ ...deps, component: "deployment-controller" });
  const deployments = deps.informers.informer(deploymentsRef);
  const sets = deps.informers.informer(setsRef);
  const pods = deps.informers.informer(podsRef);
  indexByController(sets);
  indexByController(pods);
  const controller = new DeploymentController(new DeploymentContext(deps.client, deps.clock, recorder), deployments, sets, pods);
  const loop = startController({
    name: "deployment",
    deps,
    informers: [deployments, sets, pods],
    setup: (queue, on) => controller.follow(queue, on),
    sync: (key, queue) => controller.sync(key, queue),
  });
  return withRecorder(recorder, loop);
}

class DeploymentController {
  readonly #context: DeploymentContext;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;

  constructor(context: DeploymentContext, deployments: Informer<Deployment>, sets: Informer<ReplicaSet>, pods: Informer<Pod>) {
    this.#context = context;
    this.#deployments = deployments;
    this.#sets = sets;
    this.#pods = pods;
  }

  follow(queue: WorkQueue, on: AddHandler): void {
    const enqueue = (deployment: Deployment | undefined) => {
      if (deployment) queue.add(keyOf(deployment));
    };
    const enqueueAdopters = (set: ReplicaSet) => {
      for (const deployment of this.#deployments.list(namespaceOf(set))) {
        if (compileLabelSelector(deployment.spec?.selector).matches(set.metadata.labels)) enqueue(deployment);
      }
    };
    on(this.#deployments, { add: enqueue, update: enqueue, delete: enqueue });
    on(this.#sets, {
      add: (set) => (controllerOf(set) ? enqueue(resolveController(this.#deployments, set)) : enqueueAdopters(set)),
      update: (set, old) => {
        const controllerChanged = !deepEqual(controllerOf(set), controllerOf(old));
        if (controllerChanged) enqueue(resolveController(this.#deployments, old));
        if (controllerOf(set)) enqueue(resolveController(this.#deployments, set));
        else if (controllerChanged || !deepEqual(set.metadata.labels, old.metadata.labels)) enqueueAdopters(set);
      },
      delete: (set) => enqueue(resolveController(this.#deployments, set)),
    });
    on(this.#pods, {
      // Recreate waits until the last old pod is gone.
      delete: (pod) => {
        const set = resolveController(this.#sets, pod);
        const deployment = set && resolveController(this.#deployments, set);
        if (deployment?.spec?.strategy?.type === "Recreate" && this.#podsOf(this.#setsOf(deployment)).length === 0) enqueue(deployment);
      },
      // A finished pod no longer holds it up either.
      update: (pod, old) => {
        if (!isPodTerminal(pod) || isPodTerminal(old)) return;
        const set = resolveController(this.#sets, pod);
        const deployment = set && resolveController(this.#deployments, set);
        if (deployment?.spec?.strategy?.type === "Recreate") enqueue(deployment);
      },
    });
  }

  #setsOf(deployment: Deployment): ReplicaSet[] {
    return ownedBy(this.#sets, deployment);
  }

  #podsOf(sets: readonly ReplicaSet[]): Pod[] {
    return sets.flatMap((set) => ownedBy(this.#pods, set));
  }

  async sync(key: string, queue: WorkQueue): Promise<void> {
    const deployment = this.#deployments.get(key);
    if (!deployment) return;
    const { client, recorder } = this.#context;
    const selector = compileLabelSelector(deployment.spec?.selector);
    if (selector.isEverything) {
      const message = "This deployment is selecting all pods. A non-empty selector is required.";
      recorder.event(eventTarget(deploymentsRef, deployment), "Warning", "SelectingAll", message);
      const observedGeneration = deployment.metadata.generation ?? 0;
      if ((deployment.status?.observedGeneration ?? 0) < observedGeneration) {
        await this.#context.writeStatus({ ...deployment, status: { ...deployment.status, observedGeneration } });
      }
      return;
    }
    const sets = await claim({
      client,
      ownerRef: deploymentsRef,
      owner: deployment,
      dependentRef: setsRef,
      candidates: [...this.#setsOf(deployment), ...orphansOf(this.#sets, namespaceOf(deployment))],
      matches: (set) => selector.matches(set.metadata.labels),
    });
    if (deployment.metadata.deletionTimestamp) {
      const generations = await syncRevisions(this.#context, deployment, sets, false);
      await this.#writeNumbers(generations.deployment, allSets(generations), generations.newSet);
      return;
    }
    const current = await this.#tellPause(deployment);
    if (current.spec?.paused || this.#isScaling(current, sets)) await this.#scale(current, sets);
    else if (isRollingUpdate(current)) await this.#roll(current, sets, key, queue);
    else await this.#recreate(current, sets, key, queue);
  }

  /** While a rollout is paused its deadline doesn't run; the condition says so. */
  async #tellPause(deployment: Deployment): Promise<Deployment> {
    if (!hasProgressDeadline(deployment)) return deployment;
    const condition = findCondition(deployment.status?.conditions, "Progressing");
    if (condition?.reason === reasons.timedOut) return deployment;
    const told = condition?.reason === reasons.paused;
    const paused = deployment.spec?.paused ?? false;
    if (told === paused) return deployment;
    const [reason, message] = paused ? [reasons.paused, "Deployment is paused"] : [reasons.resumed, "Deployment is resumed"];
    const next = deploymentCondition(this.#context.clock, "Progressing", "Unknown", reason, message);
    const conditions = setCondition(deployment.status?.conditions, next);
    return await this.#context.writeStatus({ ...deployment, status: { ...deployment.status, conditions } });
  }

  /** Whether the deployment's size has changed since its sets were scaled. */
  #isScaling(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
    return withScale(sets).some((set) => {
      const desired = desiredReplicas(set);
      return desired !== undefined && desired !== replicasOf(deployment);
    });
  }

  async #scale(before: Deployment, sets: readonly ReplicaSet[]): Promise<void> {
    const generations = await syncRevisions(this.#context, before, sets, false);
    const { deployment, newSet, oldSets } = generations;
    const all = allSets(generations);
    const active = withScale(all);
    const latest = newSet ?? [...oldSets].sort(byCreation).at(-1);
    const only = active.length === 0 ? latest : active.length === 1 ? active[0] : undefined;
    if (only) await this.#context.scaleIfNeeded(only, replicasOf(deployment), deployment);
    else if (newSet && this.#isSaturated(deployment, newSet)) {
      for (const set of withScale(oldSets)) await this.#context.scaleIfNeeded(set, 0, deployment);
    } else if (isRollingUpdate(deployment)) {
      for (const [set, size] of proportionalSizes(deployment, active)) await this.#context.scale(set, size, deployment);
    }
    if (deployment.spec?.paused) await this.#cleanUp(deployment, oldSets);
    await this.#writeNumbers(deployment, all, newSet);
  }

  #isSaturated(deployment: Deployment, newSet: ReplicaSet): boolean {
    const replicas = replicasOf(deployment);
    return replicasOf(newSet) === replicas && desiredReplicas(newSet) === replicas && (newSet.status?.availableReplicas ?? 0) === replicas;
  }

  async #roll(before: Deployment, sets: readonly ReplicaSet[], key: string, queue: WorkQueue): Promise<void> {
    const generations = await syncRevisions(this.#context, before, sets, true);
    const { deployment, oldSets } = generations;
    const newSet = generations.newSet as ReplicaSet;
    const all = allSets(generations);
    const moved =
      (await growNewSet(this.#context, deployment, all, newSet)) || (await shrinkOldSets(this.#context, deployment, oldSets, newSet));
    if (!moved && isComplete(deployment, deployment.status ?? {})) await this.#cleanUp(deployment, oldSets);
    await this.#writeRollout(deployment, all, newSet, key, queue);
  }

  async #recreate(before: Deployment, sets: readonly ReplicaSet[], key: string, queue: WorkQueue): Promise<void> {
    let generations = await syncRevisions(this.#context, before, sets, false);
    const { oldSets } = generations;
    let scaledDown = false;
    for (const set of withScale(oldSets)) {
      if (await this.#context.scaleIfNeeded(set, 0, generations.deployment)) scaledDown = true;
    }
    if (!scaledDown && !this.#oldPodsRun(oldSets)) {
      if (!generations.newSet) generations = await syncRevisions(this.#context, generations.deployment, sets, true);
      const { deployment, newSet } = generations;
      if (newSet) await this.#context.scaleIfNeeded(newSet, replicasOf(deployment), deployment);
      if (isComplete(deployment, deployment.status ?? {})) await this.#cleanUp(deployment, oldSets);
    }
    await this.#writeRollout(generations.deployment, allSets(generations), generations.newSet, key, queue);
  }

  #oldPodsRun(oldSets: readonly ReplicaSet[]): boolean {
    if (oldSets.some((set) => (set.status?.replicas ?? 0) > 0)) return true;
    return this.#podsOf(oldSets).some((pod) => !isPodTerminal(pod));
  }

  async #writeNumbers(deployment: Deployment, all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Promise<void> {
    await this.#writeStatus(deployment, calculateStatus(this.#context.clock, deployment, all, newSet));
  }

  async #writeRollout(
    deployment: Deployment,
    all: readonly ReplicaSet[],
    newSet: ReplicaSet | undefined,
    key: string,
    queue: WorkQueue,
  ): Promise<void> {
    const status = rolloutStatus(this.#context.clock, deployment, all, newSet);
    if (await this.#writeStatus(deployment, status)) return;
    const wait = untilDeadline(this.#context.clock, deployment, status);
    // Once it is past, a second look soon tells the timeout.
    if (wait !== undefined) queue.addAfter(key, Math.max(wait, 0) + 1000);
  }

  async #writeStatus(deployment: Deployment, status: DeploymentStatus): Promise<boolean> {
    if (deepEqual(compact(deployment.status ?? {}), status)) return false;
    await this.#context.writeStatus({ ...deployment, status });
    return true;
  }

  /** Deletes the oldest sets that nobody needs for a rollback any more. */
  async #cleanUp(deployment: Deployment, oldSets: readonly ReplicaSet[]): Promise<void> {
    if (!hasHistoryLimit(deployment)) return;
    const present = oldSets.filter((set) => !set.metadata.deletionTimestamp);
    const surplus = present.length - (deployment.spec?.revisionHistoryLimit ?? 0);
    if (surplus <= 0) return;
    present.sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b));
    for (const set of present.slice(0, surplus)) {
      const busy = (set.status?.replicas ?? 0) !== 0 || replicasOf(set) !== 0;
      if (busy || (set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0)) continue;
      try {
        await this.#context.client.delete(setsRef, nameOf(set), {
          namespace: namespaceOf(set),
          preconditions: { uid: uidOf(set) },
          propagationPolicy: "Background",
        });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}
