import type { AnyObject } from "../machinery/object.ts";

/**
 * What is waited for: `available` (of a workload: all replicas are those of today's spec, and available), `ready`, `complete`, `failed`,
 * `exists`, `deleted`, the type of a condition that must be True, `Type=Status`, or a function of the object, which is undefined where there
 * is none.
 */
// biome-ignore lint/suspicious/noExplicitAny: a predicate knows the kind of its object
export type Condition = "available" | "ready" | "complete" | "failed" | "exists" | "deleted" | (string & {}) | ((object: any) => boolean);

/** Whether it holds; if not why, and whether it never will. */
export interface Judgement {
  holds: boolean;
  reason: string;
  final?: boolean;
}

interface StatusCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export const absent = "there is no such object";
const holds: Judgement = { holds: true, reason: "" };
const not = (reason: string, final = false): Judgement => ({ holds: false, reason, final });

export function judge(object: AnyObject | undefined, condition: Condition): Judgement {
  if (typeof condition === "function") return object ? decided(condition(object), "the condition does not hold") : ofNothing(condition);
  if (condition === "deleted") {
    if (!object) return holds;
    const { deletionTimestamp, finalizers } = object.metadata;
    if (!deletionTimestamp) return not("nobody has deleted it");
    return not(finalizers?.length ? `it is being deleted, and held by ${finalizers.join(", ")}` : "it is being deleted");
  }
  if (!object) return not(absent);
  switch (condition) {
    case "exists":
      return holds;
    case "available":
      return availability(object);
    case "ready":
      return readiness(object);
    case "complete":
      return completion(object);
    case "failed":
      return failure(object);
    default:
      return conditionHolds(object, condition);
  }
}

/** A function that is written for an object, and can make nothing of there being none, isn't met. */
function ofNothing(condition: (object: undefined) => boolean): Judgement {
  try {
    return decided(condition(undefined), absent);
  } catch {
    return not(absent);
  }
}

function decided(held: boolean, reason: string): Judgement {
  return held ? holds : not(reason);
}

/** What errors and messages call it. */
export function conditionText(condition: Condition): string {
  return typeof condition === "function" ? condition.name || "as expected" : condition;
}

export function statusOf(object: AnyObject): Record<string, unknown> {
  return (object.status ?? {}) as Record<string, unknown>;
}

export function conditionsOf(object: AnyObject): StatusCondition[] {
  return (statusOf(object).conditions ?? []) as StatusCondition[];
}

/** `Type`, which must be True, or `Type=Status`; types without regard to case, as kubectl wait has it. */
function conditionHolds(object: AnyObject, text: string): Judgement {
  const [type = "", wanted = "True"] = text.split("=");
  const found = conditionsOf(object).find((each) => each.type.toLowerCase() === type.toLowerCase());
  if (!found) return not(`it has no condition ${type}`);
  if (found.status.toLowerCase() === wanted.toLowerCase()) return holds;
  return not(`${found.type} is ${found.status}${found.reason ? ` (${found.reason})` : ""}${found.message ? `: ${found.message}` : ""}`);
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function seen(object: AnyObject): Judgement | undefined {
  const { generation = 0 } = object.metadata;
  return number(statusOf(object).observedGeneration) < generation ? not("its controller has not seen the newest spec") : undefined;
}

function replicasOf(object: AnyObject): number {
  const { replicas } = (object.spec ?? {}) as { replicas?: number };
  return replicas ?? 1;
}

const workloads = new Set(["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"]);

function availability(object: AnyObject): Judgement {
  const { kind = "" } = object;
  if (kind === "DaemonSet") return daemonSet(object, "numberAvailable", "available");
  if (!workloads.has(kind)) return readinessWithout(object, "Available");
  const status = statusOf(object);
  const wanted = replicasOf(object);
  const stale = seen(object);
  if (stale) return stale;
  const failed = conditionsOf(object).find(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded");
  if (failed) return not(failed.message ?? "it has exceeded its progress deadline");
  const updated = number(status.updatedReplicas);
  if ((kind === "Deployment" || kind === "StatefulSet") && updated < wanted && !isOnDelete(object))
    return not(`${updated} of ${wanted} replicas are updated`);
  if (number(status.replicas) > wanted) return not(`${number(status.replicas) - wanted} old replicas are there still`);
  const available = number(status.availableReplicas);
  return available < wanted ? not(`${available} of ${wanted} replicas are available`) : holds;
}

function isOnDelete(object: AnyObject): boolean {
  return ((object.spec ?? {}) as { updateStrategy?: { type?: string } }).updateStrategy?.type === "OnDelete";
}

function daemonSet(object: AnyObject, field: string, word: string): Judgement {
  const stale = seen(object);
  if (stale) return stale;
  const status = statusOf(object);
  const wanted = number(status.desiredNumberScheduled);
  const updated = number(status.updatedNumberScheduled);
  if (updated < wanted && !isOnDelete(object)) return not(`${updated} of ${wanted} pods are updated`);
  return number(status[field]) < wanted ? not(`${number(status[field])} of ${wanted} pods are ${word}`) : holds;
}

function readiness(object: AnyObject): Judgement {
  const { kind = "" } = object;
  const status = statusOf(object);
  if (kind === "DaemonSet") return daemonSet(object, "numberReady", "ready");
  if (workloads.has(kind)) {
    const stale = seen(object);
    if (stale) return stale;
    const wanted = replicasOf(object);
    const ready = number(status.readyReplicas);
    return ready < wanted ? not(`${ready} of ${wanted} replicas are ready`) : holds;
  }
  if (kind === "Job") return completion(object);
  if (kind === "Namespace") return phase(object, "Active");
  if (kind === "PersistentVolumeClaim") return phase(object, "Bound");
  if (kind === "CustomResourceDefinition") return conditionHolds(object, "Established");
  return readinessWithout(object, "Ready");
}

function readinessWithout(object: AnyObject, type: string): Judgement {
  const condition = conditionHolds(object, type);
  if (condition.holds || object.kind !== "Pod") return condition;
  return not(podReason(object) ?? condition.reason);
}

function phase(object: AnyObject, wanted: string): Judgement {
  const { phase: now } = statusOf(object);
  return now === wanted ? holds : not(`its phase is ${now ?? "not set"}`);
}

function completion(object: AnyObject): Judgement {
  if (object.kind === "Pod") {
    const { phase: now } = statusOf(object);
    return now === "Succeeded" ? holds : not(`its phase is ${now ?? "not set"}`, now === "Failed");
  }
  const failed = conditionsOf(object).find(({ type, status }) => type === "Failed" && status === "True");
  if (failed) return not(`it has failed${failed.reason ? ` (${failed.reason})` : ""}${failed.message ? `: ${failed.message}` : ""}`, true);
  return conditionHolds(object, "Complete");
}

function failure(object: AnyObject): Judgement {
  if (object.kind !== "Pod") return conditionHolds(object, "Failed");
  const { phase: now } = statusOf(object);
  return now === "Failed" ? holds : not(`its phase is ${now ?? "not set"}`, now === "Succeeded");
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: Record<string, { reason?: string; message?: string; exitCode?: number }>;
}

/** Why a pod isn't ready, of its containers and its scheduling. */
export function podReason(pod: AnyObject): string | undefined {
  const status = statusOf(pod) as {
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    reason?: string;
    message?: string;
  };
  const unscheduled = conditionsOf(pod).find(({ type, status: value }) => type === "PodScheduled" && value === "False");
  if (unscheduled) return `${unscheduled.reason ?? "not scheduled"}${unscheduled.message ? `: ${unscheduled.message}` : ""}`;
  if (conditionsOf(pod).length === 0 && !(pod.spec as { nodeName?: string } | undefined)?.nodeName)
    return "nobody has chosen a node for it: does the scheduler run?";
  if (status.reason) return `${status.reason}${status.message ? `: ${status.message}` : ""}`;
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const [state, told] = Object.entries(container.state ?? {})[0] ?? [];
    if (state === undefined || !told || container.ready || (state === "terminated" && told.exitCode === 0)) continue;
    const restarts = container.restartCount ? `, ${container.restartCount} restarts` : "";
    if (state === "running") return `container ${container.name} is running and not ready${restarts}`;
    return `container ${container.name} is ${state}${told.reason ? ` (${told.reason})` : ""}${restarts}${told.message ? `: ${told.message}` : ""}`;
  }
  return undefined;
}
