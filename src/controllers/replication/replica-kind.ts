import type { ReplicaSet } from "../../api/apps/v1.ts";
import type { PodTemplateSpec, ReplicationController } from "../../api/core/v1.ts";
import { replicasets, replicationcontrollers } from "../../api/refs.ts";
import type { KubeObject } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import { compileLabelSelector, type LabelSelector, selectorFromLabels } from "../../machinery/selectors/label-selector.ts";

export interface ReplicaCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface ReplicaStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
  conditions?: ReplicaCondition[];
}

/** A kind that keeps a number of equal pods. */
export interface Replicated extends KubeObject {
  spec?: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status?: ReplicaStatus;
}

/** Where replica sets and replication controllers, which work alike, differ. */
export interface ReplicaKind<T extends Replicated> {
  /** The controller's name in logs and metrics. */
  readonly name: string;
  /** The controller's name in events. */
  readonly component: string;
  readonly ref: ResourceRef<T>;
  readonly countsTerminating: boolean;
  selector(owner: T): LabelSelector;
}

export const replicaSetKind: ReplicaKind<ReplicaSet> = {
  name: "replicaset",
  component: "replicaset-controller",
  ref: replicasets,
  countsTerminating: true,
  selector: (owner) => compileLabelSelector(owner.spec?.selector),
};

export const replicationControllerKind: ReplicaKind<ReplicationController> = {
  name: "replicationcontroller",
  component: "replication-controller",
  ref: replicationcontrollers,
  countsTerminating: false,
  selector(owner) {
    const selector = owner.spec?.selector;
    return selector && Object.keys(selector).length > 0 ? selectorFromLabels(selector) : compileLabelSelector(undefined);
  },
};
