import type { Pod, PodCondition } from "../../api/core/v1.ts";
import type { Eviction, PodDisruptionBudget } from "../../api/policy/v1.ts";
import { timestamp } from "../../machinery/clock.ts";
import { badRequest, notFound, StatusError } from "../../machinery/errors.ts";
import type { DeleteOptions } from "../../machinery/meta/v1.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { type Entry, StoreConflict } from "../../storage/store.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeKind } from "../decode.ts";
import { putOwnStatus } from "../own-status.ts";
import type { ApiResponse } from "../request.ts";
import { answerObject } from "../respond.ts";
import { checkDeleteOptions, checkDeletePreconditions, deleteObject, dryRunOf } from "../verbs/delete.ts";
import { admitCreate } from "./admit-create.ts";

const evictionKind = { group: "policy", version: "v1", kind: "Eviction", type: "api/policy/v1#Eviction", versions: ["policy/v1beta1"] };
const budgetType = "api/policy/v1#PodDisruptionBudget";
const budgetsName = "poddisruptionbudgets.policy";

/** POST to a pod's `eviction`: a delete that the pod's disruption budget may refuse. */
export async function evict(server: ServerContext, call: Call): Promise<ApiResponse> {
  const eviction = decodeKind(server, call, evictionKind) as unknown as Eviction;
  if (eviction.metadata.name !== call.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  await admitCreate(server, call, eviction as unknown as AnyObject);
  const options: DeleteOptions = eviction.deleteOptions ?? {};
  const asked = call.request.query.getAll("dryRun");
  const told = options.dryRun ?? [];
  if (asked.length > 0 && told.length > 0 && !deepEqual(asked, told)) {
    const lists = `[${asked.join(" ")}] and [${told.join(" ")}]`;
    throw new StatusError(500, "", `Non-matching dry-run options in request and content: ${lists}`);
  }
  const entry = server.store.latest(server.objects.key("pods", call.namespace, call.name));
  if (!entry) throw notFound({ group: "", resource: "pods" }, call.name);
  const pod = entry.value as Pod;
  if (!mayIgnoreBudgets(pod)) {
    const budget = budgetOf(server, pod);
    if (budget) await takeDisruption(server, dryRunOf(call, options), budget, pod);
  }
  checkDeletePreconditions(call, options, pod as AnyObject);
  const deleting = dryRunOf(call, options);
  const marked = deleting.dryRun ? undefined : await markDisrupted(server, entry.key, pod);
  checkDeleteOptions(options);
  await deleteObject(
    server,
    deleting,
    call.name,
    marked && options.preconditions?.resourceVersion ? atRevision(options, marked) : options,
    true,
  );
  return answerObject(server, call, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** The revision that was asked for is no longer that of the pod, which was written to meanwhile. */
function atRevision(options: DeleteOptions, { revision }: Entry): DeleteOptions {
  return { ...options, preconditions: { ...options.preconditions, resourceVersion: String(revision) } };
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
    throw new StatusError(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
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
    const allowed = status?.disruptionsAllowed ?? 0;
    const forbidden = (why: string) =>
      new StatusError(403, "Forbidden", `poddisruptionbudget.policy "${metadata.name}" is forbidden: ${why}`, {
        name: metadata.name ?? "",
        group: "policy",
        kind: "poddisruptionbudget",
      });
    if (allowed < 0) throw forbidden("pdb disruptions allowed is negative");
    if (Object.keys(status?.disruptedPods ?? {}).length > maxDisruptedPods)
      throw forbidden("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
    if (allowed === 0) throw refused(usedUp(budget), 0);
    if (call.dryRun) return;
    const now = timestamp(server.clock);
    const disruptedPods = { ...status?.disruptedPods, [pod.metadata.name ?? ""]: now };
    const left: PodDisruptionBudget["status"] = {
      ...status,
      disruptionsAllowed: allowed - 1,
      disruptedPods,
    } as PodDisruptionBudget["status"];
    if (left && left.disruptionsAllowed === 0) left.conditions = withoutDisruptions(left, now);
    try {
      await putOwnStatus(server.store, { shape: server.types.of(budgetType).shape, entry, status: left as object, time: now });
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** Upstream's limit of evictions that its controller hasn't seen. */
const maxDisruptedPods = 2000;

function usedUp({ metadata, status }: PodDisruptionBudget): string {
  const { desiredHealthy = 0, currentHealthy = 0, conditions = [] } = status ?? {};
  const failed = conditions.find(
    ({ type, status, reason }) => type === "DisruptionAllowed" && status === "False" && reason === "SyncFailed",
  );
  const text = `The disruption budget ${metadata.name} does not allow evicting pods currently`;
  if (failed) return `${text} because it failed sync: ${failed.message}`;
  if (currentHealthy > desiredHealthy) return text;
  return `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
}

/** The conditions of a budget whose last disruption is taken. */
function withoutDisruptions({ conditions = [], observedGeneration }: NonNullable<PodDisruptionBudget["status"]>, now: string) {
  const type = "DisruptionAllowed";
  const before = conditions.find((condition) => condition.type === type);
  const next = {
    ...before,
    type,
    status: "False",
    ...(observedGeneration ? { observedGeneration } : {}),
    lastTransitionTime: before?.status === "False" ? before.lastTransitionTime : now,
    reason: "InsufficientPods",
    message: "",
  };
  return before ? conditions.map((condition) => (condition === before ? next : condition)) : [...conditions, next];
}

/** The pod says why it goes. Not there any more, or someone was faster: the delete finds out. */
async function markDisrupted(server: ServerContext, key: string, evicted: Pod): Promise<Entry | undefined> {
  for (;;) {
    const entry = server.store.latest(key);
    if (!entry || entry.value.metadata.uid !== evicted.metadata.uid) return undefined;
    const pod = entry.value as Pod;
    const before = pod.status?.conditions ?? [];
    const known = before.find(({ type }) => type === "DisruptionTarget");
    if (known?.status === "True" && known.reason === "EvictionByEvictionAPI") return undefined;
    const condition: PodCondition = {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null as unknown as string,
      lastTransitionTime: timestamp(server.clock),
      reason: "EvictionByEvictionAPI",
      message: "Eviction API: evicting",
    };
    const conditions = known ? before.map((one) => (one === known ? condition : one)) : [...before, condition];
    try {
      return await server.store.put(
        key,
        entry.revision,
        { ...pod, status: { ...pod.status, conditions } } as AnyObject,
        entry.managedFields,
      );
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
