import type { ControllerRevision, StatefulSet, StatefulSetStatus } from "../../api/apps/v1.ts";
import { resolveIntOrPercent } from "../../api/apps/workload-validation.ts";
import type { Pod } from "../../api/core/v1.ts";
import { pods as podsRef, statefulsets } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Clock } from "../../machinery/clock.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";
import { eventTarget } from "../workloads/ownership.ts";
import { messageOf, slowStart } from "../workloads/pod-control.ts";
import { templateOf } from "../workloads/revision-history.ts";
import type { StatefulClaims } from "./stateful-claims.ts";
import {
  isCreated,
  isInRange,
  isRunningAndAvailable,
  isRunningAndReady,
  isTerminating,
  memberPod,
  ordinalOf,
  revisionOf,
  startOrdinal,
  withIdentity,
} from "./stateful-pod.ts";

export interface Revisions {
  /** The one that was rolled out last. */
  current: ControllerRevision;
  /** The one of the present template. */
  update: ControllerRevision;
}

interface Deps {
  client: Client;
  clock: Clock;
  recorder: EventRecorder;
  claims: StatefulClaims;
}

/**
 * One step of a set: members are created from the lowest ordinal up, each when those before it are ready (unless managed in
 * parallel), superfluous ones deleted from the highest down, then members of an old revision replaced from the highest down.
 */
export class StatefulRollout {
  readonly #deps: Deps;
  readonly #set: StatefulSet;
  readonly #revisions: Revisions;
  readonly #ordered: boolean;
  /** By place, planned ones included. */
  readonly #replicas: Pod[] = [];
  /** Beyond the range, highest ordinal first. */
  readonly #condemned: Pod[] = [];
  readonly #now: number;
  #deletedOld = 0;

  constructor(deps: Deps, set: StatefulSet, revisions: Revisions, pods: readonly Pod[]) {
    this.#deps = deps;
    this.#set = set;
    this.#revisions = revisions;
    this.#ordered = set.spec?.podManagementPolicy !== "Parallel";
    this.#now = deps.clock.now();
    const start = startOrdinal(set);
    const members = new Map<number, Pod>();
    for (const pod of pods) {
      const ordinal = ordinalOf(set, pod);
      if (ordinal === undefined) continue;
      if (isInRange(set, ordinal)) members.set(ordinal, pod);
      else this.#condemned.push(pod);
    }
    for (let ordinal = start; ordinal < start + (set.spec?.replicas ?? 0); ordinal++) {
      this.#replicas.push(members.get(ordinal) ?? this.#planned(ordinal));
    }
    this.#condemned.sort((a, b) => this.#ordinal(b) - this.#ordinal(a));
  }

  #ordinal(pod: Pod): number {
    return ordinalOf(this.#set, pod) as number;
  }

  /** A member below the partition is made anew from the revision that was rolled out last. */
  #planned(ordinal: number): Pod {
    const { updateStrategy } = this.#set.spec ?? {};
    const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
    const old = updateStrategy?.type === "RollingUpdate" && ordinal < startOrdinal(this.#set) + partition;
    const revision = old ? this.#revisions.current : this.#revisions.update;
    return memberPod(this.#set, templateOf(revision), nameOf(revision), ordinal);
  }

  #isHealthy(pod: Pod): boolean {
    return isRunningAndReady(pod) && !isTerminating(pod);
  }

  #isAvailable(pod: Pod): boolean {
    return isRunningAndReady(pod) && isRunningAndAvailable(this.#set, pod, this.#now);
  }

  async step(): Promise<void> {
    if (this.#set.metadata.deletionTimestamp) return;
    const lowestUnhealthy = [...this.#replicas, ...[...this.#condemned].reverse()].find((pod) => !this.#isHealthy(pod));
    if (await this.#forEach(this.#replicas, (pod, place) => this.#keep(pod, place))) return;
    for (const pod of this.#condemned) await this.#deps.claims.applyRetention(this.#set, pod, this.#ordinal(pod));
    if (await this.#forEach(this.#condemned, (pod) => this.#condemn(pod, lowestUnhealthy))) return;
    if (this.#set.spec?.updateStrategy?.type !== "OnDelete") await this.#replaceOld();
  }

  /** Tells whether the step ends here. In order, the first that asks for it ends it; in parallel all are seen to. */
  async #forEach(pods: readonly Pod[], act: (pod: Pod, place: number) => Promise<boolean>): Promise<boolean> {
    if (this.#ordered) {
      for (const [place, pod] of [...pods].entries()) if (await act(pod, place)) return true;
      return false;
    }
    let ends = false;
    const { error } = await slowStart(pods.length, async (place) => {
      if (await act(pods[place] as Pod, place)) ends = true;
    });
    if (error !== undefined) throw error;
    return ends;
  }

  async #keep(pod: Pod, place: number): Promise<boolean> {
    const set = this.#set;
    const ordinal = startOrdinal(set) + place;
    const { phase } = pod.status ?? {};
    if (phase === "Failed" || phase === "Succeeded") {
      if (!isTerminating(pod)) await this.#delete(pod);
      // The new one comes when this one is gone.
      return true;
    }
    if (!isCreated(pod)) {
      if (this.#deps.claims.isStale(set, pod, ordinal)) return true;
      this.#replicas[place] = await this.#create(pod, ordinal);
      return this.#ordered;
    }
    if (phase === "Pending" && !isTerminating(pod)) await this.#deps.claims.ensure(set, pod, ordinal);
    if (this.#ordered && (isTerminating(pod) || !this.#isAvailable(pod))) return true;
    await this.#deps.claims.applyRetention(set, pod, ordinal);
    const right = withIdentity(set, pod, ordinal);
    if (right !== pod) this.#replicas[place] = await this.#correct(right);
    return false;
  }

  async #condemn(pod: Pod, lowestUnhealthy: Pod | undefined): Promise<boolean> {
    if (isTerminating(pod)) return this.#ordered;
    // Scaling down waits for the members below, but not for the one that is unhealthy itself.
    if (this.#ordered && lowestUnhealthy && lowestUnhealthy !== pod && !this.#isAvailable(pod)) return true;
    await this.#delete(pod);
    return this.#ordered;
  }

  async #replaceOld(): Promise<void> {
    const { partition = 0, maxUnavailable } = this.#set.spec?.updateStrategy?.rollingUpdate ?? {};
    const most = maxUnavailable === undefined ? 1 : Math.max(1, resolveIntOrPercent(maxUnavailable, this.#replicas.length, false));
    const update = nameOf(this.#revisions.update);
    const isOld = (pod: Pod, place: number) => place >= partition && revisionOf(pod) !== update && !isTerminating(pod) && isCreated(pod);
    let unavailable = 0;
    const candidates: Pod[] = [];
    const broken: Pod[] = [];
    for (const [place, pod] of this.#replicas.entries()) {
      const available = this.#isAvailable(pod) && !isTerminating(pod);
      if (isOld(pod, place)) (available ? candidates : broken).unshift(pod);
      else if (!available) unavailable++;
    }
    // Broken ones of the old revision first: their replacement makes nothing worse.
    for (const pod of [...broken, ...candidates].slice(0, Math.max(0, most - unavailable))) {
      await this.#delete(pod);
      if (revisionOf(pod) === nameOf(this.#revisions.current)) this.#deletedOld++;
    }
  }

  async #create(pod: Pod, ordinal: number): Promise<Pod> {
    const { client, claims } = this.#deps;
    await claims.ensure(this.#set, pod, ordinal);
    try {
      const created = await client.create(podsRef, pod);
      this.#tellPod("Create", pod);
      return created;
    } catch (error) {
      if (!isAlreadyExists(error)) this.#tellPod("Create", pod, error);
      throw error;
    }
  }

  async #correct(pod: Pod): Promise<Pod> {
    try {
      const updated = await this.#deps.client.update(podsRef, pod);
      this.#tellPod("Update", pod);
      return updated;
    } catch (error) {
      this.#tellPod("Update", pod, error);
      throw error;
    }
  }

  async #delete(pod: Pod): Promise<void> {
    try {
      await this.#deps.client.delete(podsRef, nameOf(pod), {
        namespace: namespaceOf(pod),
        ...(pod.metadata.uid ? { preconditions: { uid: pod.metadata.uid } } : {}),
      });
      this.#tellPod("Delete", pod);
    } catch (error) {
      if (isNotFound(error)) return;
      this.#tellPod("Delete", pod, error);
      throw error;
    }
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#deps.recorder.event(eventTarget(statefulsets, this.#set), type, reason, message);
  }

  #tellPod(verb: "Create" | "Update" | "Delete", pod: Pod, error?: unknown): void {
    const what = `${verb} Pod ${nameOf(pod)} in StatefulSet ${nameOf(this.#set)}`;
    if (error === undefined) this.#tell("Normal", `Successful${verb}`, `${what} successful`);
    else this.#tell("Warning", `Failed${verb}`, `${what} failed error: ${messageOf(error)}`);
  }

  /** The numbers after the step. */
  status(): StatefulSetStatus {
    const { current, update } = this.#revisions;
    const count = { replicas: 0, readyReplicas: 0, availableReplicas: 0, currentReplicas: 0, updatedReplicas: 0 };
    for (const pod of [...this.#replicas, ...this.#condemned]) {
      if (!isCreated(pod)) continue;
      count.replicas++;
      if (isRunningAndReady(pod)) {
        count.readyReplicas++;
        if (this.#isAvailable(pod)) count.availableReplicas++;
      }
      if (isTerminating(pod)) continue;
      if (revisionOf(pod) === nameOf(current)) count.currentReplicas++;
      if (revisionOf(pod) === nameOf(update)) count.updatedReplicas++;
    }
    count.currentReplicas -= this.#deletedOld;
    const status = { ...count, currentRevision: nameOf(current), updateRevision: nameOf(update) };
    const wanted = this.#set.spec?.replicas ?? 0;
    const rolling = this.#set.spec?.updateStrategy?.type === "RollingUpdate";
    if (rolling && count.updatedReplicas === count.replicas && count.readyReplicas === count.replicas && count.replicas === wanted) {
      status.currentReplicas = count.updatedReplicas;
      status.currentRevision = nameOf(update);
    }
    return status;
  }
}
