import { withCondition } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import type { Eviction, PodDisruptionBudget } from "../../api/policy/v1.ts";
import { timestamp } from "../../machinery/clock.ts";
import { badRequest, notFound, StatusError } from "../../machinery/errors.ts";
import type { DeleteOptions } from "../../machinery/meta/v1.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { type Entry, StoreConflict } from "../../storage/store.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeKind } from "../decode.ts";
import type { ApiResponse } from "../request.ts";
import { answerObject } from "../respond.ts";
import { deleteObject, dryRunOf } from "../verbs/delete.ts";
import { admitCreate } from "./admit-create.ts";

const evictionKind = { group: "policy", version: "v1", kind: "Eviction", type: "api/policy/v1#Eviction" };
const budgetsName = "poddisruptionbudgets.policy";

/** POST to a pod's `eviction`: a delete that the pod's disruption budget may refuse. */
export async function evict(server: ServerContext, call: Call): Promise<ApiResponse> {
  const eviction = decodeKind(server, call, evictionKind) as unknown as Eviction;
  if (eviction.metadata.name && eviction.metadata.name !== call.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  await admitCreate(server, call, eviction as unknown as AnyObject);
  const options: DeleteOptions = eviction.deleteOptions ?? {};
  const entry = server.store.latest(server.objects.key("pods", call.namespace, call.name));
  if (!entry) throw notFound({ group: "", resource: "pods" }, call.name);
  const pod = entry.value as Pod;
  if (!mayIgnoreBudgets(pod)) {
    const budget = budgetOf(server, pod);
    if (budget) await takeDisruption(server, dryRunOf(call, options), budget, pod);
  }
  if (!dryRunOf(call, options).dryRun) await markEvicted(server, entry.key);
  await deleteObject(server, dryRunOf(call, options), call.name, options, true);
  return answerObject(server, call, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** Says in the pod's status that it does not end of itself. */
async function markEvicted(server: ServerContext, key: string): Promise<void> {
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    lastProbeTime: null as unknown as string,
    lastTransitionTime: timestamp(server.clock),
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  for (;;) {
    const entry = server.store.latest(key);
    if (!entry) return;
    const pod = entry.value as Pod;
    const conditions = withCondition(pod.status?.conditions, condition);
    if (conditions === pod.status?.conditions) return;
    try {
      await server.store.put(
        key,
        entry.revision,
        { ...pod, status: { ...pod.status, conditions } } as unknown as AnyObject,
        entry.managedFields,
      );
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

function mayIgnoreBudgets({ status, metadata }: Pod): boolean {
  const { phase } = status ?? {};
  return phase === "Succeeded" || phase === "Failed" || phase === "Pending" || metadata.deletionTimestamp !== undefined;
}

function budgetOf(server: ServerContext, pod: Pod): Entry | undefined {
  const found: Entry[] = [];
  for (const entry of server.objects.list(budgetsName, pod.metadata.namespace ?? "")) {
    const { selector } = (entry.value as PodDisruptionBudget).spec ?? {};
    if (selector && compileLabelSelector(selector).matches(pod.metadata.labels)) found.push(entry);
  }
  if (found.length > 1) {
    throw new StatusError(
      500,
      "InternalError",
      "Internal error occurred: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
      {
        causes: [{ message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support." }],
      },
    );
  }
  return found[0];
}

/** Books one disruption in the budget's status, or throws the 429 that it is used up. */
async function takeDisruption(server: ServerContext, call: Call, found: Entry, pod: Pod): Promise<void> {
  for (;;) {
    const entry = server.store.latest(found.key);
    if (!entry) return;
    const budget = entry.value as PodDisruptionBudget;
    const { status, spec, metadata } = budget;
    const ready = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    if (!ready && spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return;
    if (!ready && (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0) return;
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
      throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
    }
    if ((status?.disruptionsAllowed ?? 0) <= 0) {
      throw refused(
        `The disruption budget ${metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
        0,
      );
    }
    if (call.dryRun) return;
    const disruptedPods = { ...status?.disruptedPods, [pod.metadata.name ?? ""]: timestamp(server.clock) };
    const taken = { ...budget, status: { ...status, disruptionsAllowed: (status?.disruptionsAllowed ?? 0) - 1, disruptedPods } };
    try {
      await server.store.put(entry.key, entry.revision, taken as unknown as AnyObject, entry.managedFields);
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

function refused(cause: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: "DisruptionBudget", message: cause }],
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  });
}
