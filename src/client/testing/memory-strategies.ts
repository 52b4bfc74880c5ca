import resourceFacts from "../../api/resources.json" with { type: "json" };
import { forbidden } from "../../machinery/errors.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import type { DeleteOptions } from "../client.ts";

/** What the memory client knows of kinds: as much of the API server's strategies as controllers depend on. */
interface Facts {
  group: string;
  resource: string;
  subresources?: Record<string, unknown>;
}

export function hasStatus(ref: ResourceRef): boolean {
  const facts = (resourceFacts as unknown as Facts[]).find((f) => f.group === ref.group && f.resource === ref.resource);
  return facts ? facts.subresources?.status !== undefined : true;
}

function isCore(ref: ResourceRef, resource: string): boolean {
  return ref.group === "" && ref.resource === resource;
}

const initialPhase: Record<string, string> = {
  pods: "Pending",
  namespaces: "Active",
  persistentvolumes: "Pending",
  persistentvolumeclaims: "Pending",
};

export function prepareForCreate(ref: ResourceRef, object: AnyObject): void {
  if (!hasStatus(ref)) return;
  if (object.spec !== undefined) object.metadata.generation = 1;
  if (isCore(ref, "nodes")) return;
  delete object.status;
  const phase = ref.group === "" ? initialPhase[ref.resource] : undefined;
  if (phase) object.status = { phase };
  if (isCore(ref, "namespaces")) {
    object.spec = { finalizers: ["kubernetes"], ...(object.spec as object | undefined) };
    object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name ?? "" };
  }
}

/** The object that an update through `subresource` leaves, from what was sent. */
export function prepareForUpdate(ref: ResourceRef, object: AnyObject, old: AnyObject, subresource: string): AnyObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = old.metadata;
  if (subresource === "status" || subresource === "approval") {
    const carried = isCore(ref, "pods") || isCore(ref, "nodes") || (ref.group === "apps" && ref.resource === "deployments");
    const { labels, annotations } = object.metadata;
    const metadata = carried ? defined({ ...old.metadata, labels, annotations }) : { ...old.metadata };
    const result: AnyObject = { ...old, metadata, status: object.status };
    if (object.status === undefined) delete result.status;
    return result;
  }
  if (subresource === "finalize") return { ...old, metadata: { ...old.metadata }, spec: object.spec };
  const result: AnyObject = {
    ...object,
    metadata: defined({ ...object.metadata, uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation }),
  };
  if (!hasStatus(ref)) return result;
  if (old.status === undefined) delete result.status;
  else result.status = old.status;
  if (generation !== undefined && !deepEqual(result.spec, old.spec)) result.metadata.generation = generation + 1;
  return result;
}

function defined<T extends object>(fields: T): T {
  for (const key of Object.keys(fields) as (keyof T)[]) if (fields[key] === undefined) delete fields[key];
  return fields;
}

/** The seconds that a deletion waits for someone to confirm it with 0; 0 deletes at once. */
export function gracePeriod(ref: ResourceRef, object: AnyObject, options: DeleteOptions): number | undefined {
  if (!isCore(ref, "pods")) return undefined;
  const { spec, status } = object as unknown as {
    spec?: { nodeName?: string; terminationGracePeriodSeconds?: number };
    status?: { phase?: string };
  };
  if (!spec?.nodeName || status?.phase === "Succeeded" || status?.phase === "Failed") return 0;
  const seconds = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1 : seconds;
}

/** The finalizers of an object about to be deleted under a propagation policy. */
export function finalizersForDelete(object: AnyObject, options: DeleteOptions): string[] {
  const finalizers = object.metadata.finalizers ?? [];
  const { propagationPolicy } = options;
  if (propagationPolicy === undefined) return finalizers;
  const kept = finalizers.filter((name) => name !== "foregroundDeletion" && name !== "orphan");
  if (propagationPolicy === "Foreground") return [...kept, "foregroundDeletion"];
  if (propagationPolicy === "Orphan") return [...kept, "orphan"];
  return kept;
}

/** Whether something holds the object back from being removed: finalizers, a namespace's own, a grace period that runs. */
export function isHeld(ref: ResourceRef, object: AnyObject): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0) return true;
  if ((object.metadata.deletionGracePeriodSeconds ?? 0) > 0) return true;
  return isCore(ref, "namespaces") && ((object.spec as { finalizers?: string[] } | undefined)?.finalizers?.length ?? 0) > 0;
}

/** Nothing new comes into a namespace that is being deleted. */
export function checkNamespace(ref: ResourceRef, object: AnyObject, namespace: AnyObject | undefined): void {
  if (!namespace?.metadata.deletionTimestamp) return;
  const name = namespace.metadata.name ?? "";
  const error = forbidden(
    ref,
    object.metadata.name ?? "",
    `unable to create new content in namespace ${name} because it is being terminated`,
  );
  const cause = { reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" };
  error.status.details = { ...error.status.details, causes: [cause] };
  throw error;
}
