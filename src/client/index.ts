/** `kybern/client`: a client of any Kubernetes, and what operators are made of. */
export type * as admissionregistrationV1 from "../api/admissionregistration/v1.ts";
export type * as apiextensionsV1 from "../api/apiextensions/v1.ts";
export type * as apiregistrationV1 from "../api/apiregistration/v1.ts";
export type * as appsV1 from "../api/apps/v1.ts";
export type * as authenticationV1 from "../api/authentication/v1.ts";
export type * as authorizationV1 from "../api/authorization/v1.ts";
export type * as autoscalingV1 from "../api/autoscaling/v1.ts";
export type * as autoscalingV2 from "../api/autoscaling/v2.ts";
export type * as batchV1 from "../api/batch/v1.ts";
export type * as certificatesV1 from "../api/certificates/v1.ts";
export type * as coordinationV1 from "../api/coordination/v1.ts";
export type * as coreV1 from "../api/core/v1.ts";
export type * as discoveryV1 from "../api/discovery/v1.ts";
export type * as eventsV1 from "../api/events/v1.ts";
export type * as flowcontrolV1 from "../api/flowcontrol/v1.ts";
export type * as networkingV1 from "../api/networking/v1.ts";
export type * as nodeV1 from "../api/node/v1.ts";
export type * as policyV1 from "../api/policy/v1.ts";
export type * as rbacV1 from "../api/rbac/v1.ts";
export * from "../api/refs.ts";
export type * as resourceV1 from "../api/resource/v1.ts";
export type * as schedulingV1 from "../api/scheduling/v1.ts";
export type * as storageV1 from "../api/storage/v1.ts";
export type { Clock, Timer } from "../machinery/clock.ts";
export { isAlreadyExists, isConflict, isGone, isNotFound, StatusError } from "../machinery/errors.ts";
export type { Logger } from "../machinery/logger.ts";
export type * as metaV1 from "../machinery/meta/v1.ts";
export type { ObjectMeta, OwnerReference, Status } from "../machinery/meta/v1.ts";
export type { AnyObject, KubeObject, ObjectList } from "../machinery/object.ts";
export type { Random } from "../machinery/random.ts";
export type { ResourceRef } from "../machinery/resource-ref.ts";
export type {
  Client,
  Component,
  ComponentDeps,
  DeleteOptions,
  GetOptions,
  ListOptions,
  Patch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
export type { ComponentMetrics, CountedQueue, QueueCounter } from "./component-metrics.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export type { Connection } from "./connection.ts";
export { type AddHandler, type ControllerOptions, startController } from "./controller.ts";
export { defineKind, type KindNames, kindOfDefinition } from "./define-kind.ts";
export { createEventRecorder, type EventOptions, type EventRecorder, type EventRecorderOptions } from "./event-recorder.ts";
export type { Informer, InformerFactory, InformerHandler, InformerOptions } from "./informer.ts";
export { createInformerFactory } from "./informer-factory.ts";
export type { KubeClient, Shared } from "./kube-client.ts";
export type { ServerConnection } from "./kubeconfig.ts";
export { type LeaderElectionOptions, type LeaderElector, startLeaderElection } from "./leader-election.ts";
export { type ReconcilerOptions, type Reconciliation, startReconciler } from "./reconciler.ts";
export { retryOnConflict, updateStatusIfChanged } from "./retry.ts";
export type { WorkQueue } from "./work-queue.ts";
export { createWorkQueue, runWorkers, type WorkerQueue, type WorkQueueOptions } from "./work-queue-impl.ts";
