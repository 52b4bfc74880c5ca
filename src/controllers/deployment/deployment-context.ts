import type { Deployment, ReplicaSet } from "../../api/apps/v1.ts";
import { deployments as deploymentsRef, replicasets as setsRef } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Clock } from "../../machinery/clock.ts";
import { nameOf } from "../../machinery/object.ts";
import { eventTarget } from "../workloads/ownership.ts";
import { withReplicasAnnotations } from "./annotations.ts";
import { replicasOf } from "./rollout.ts";

/** What the steps of a rollout work with. */
export class DeploymentContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly recorder: EventRecorder;

  constructor(client: Client, clock: Clock, recorder: EventRecorder) {
    this.client = client;
    this.clock = clock;
    this.recorder = recorder;
  }

  /** Writes status and annotations. */
  writeStatus(deployment: Deployment): Promise<Deployment> {
    return this.client.update(deploymentsRef, deployment, { subresource: "status" });
  }

  /** Gives a set its new size, tells so, and returns the set as it is then. */
  async scale(set: ReplicaSet, size: number, deployment: Deployment): Promise<ReplicaSet> {
    const before = replicasOf(set);
    const annotations = withReplicasAnnotations(set.metadata.annotations, deployment);
    if (before === size && annotations === set.metadata.annotations) return set;
    const scaled = await this.client.update(setsRef, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...(set.spec as NonNullable<ReplicaSet["spec"]>), replicas: size },
    });
    if (before !== size) {
      const direction = before < size ? "up" : "down";
      this.recorder.event(
        eventTarget(deploymentsRef, deployment),
        "Normal",
        "ScalingReplicaSet",
        `Scaled ${direction} replica set ${nameOf(set)} from ${before} to ${size}`,
      );
    }
    return scaled;
  }

  /** The same, where a set that has the size already is left as it is. */
  async scaleIfNeeded(set: ReplicaSet, size: number, deployment: Deployment): Promise<boolean> {
    if (replicasOf(set) === size) return false;
    await this.scale(set, size, deployment);
    return true;
  }
}
