import type { Pod } from "../../api/core/v1.ts";
import type { Client } from "../../client/client.ts";
import type { Discover, ServedResource } from "../../client/served-resource.ts";
import { isNotFound, StatusError } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/object.ts";

/** What is left of a namespace's content after everything in it was told to go. */
export interface DeletionResult {
  remaining: Map<ServedResource, { count: number; finalizers: Map<string, number> }>;
  errors: string[];
  discoveryError: string | undefined;
  /** The longest grace period of the pods that are still there, in seconds. */
  estimateSeconds: number;
}

/** Deletes all that is in the namespace, kind by kind, and counts what isn't gone yet. */
export async function deleteContent(client: Client, discover: Discover, namespace: string): Promise<DeletionResult> {
  const result: DeletionResult = { remaining: new Map(), errors: [], discoveryError: undefined, estimateSeconds: 0 };
  let resources: ServedResource[];
  try {
    resources = await discover();
  } catch (error) {
    // What can't be listed can't be deleted: the namespace has to wait.
    result.discoveryError = messageOf(error);
    result.errors.push(result.discoveryError);
    return result;
  }
  const deletable = resources.filter((ref) => ref.namespaced && ref.verbs.includes("delete") && ref.verbs.includes("list"));
  await Promise.all(
    deletable.map(async (ref) => {
      try {
        await deleteAll(client, ref, namespace, result);
      } catch (error) {
        result.errors.push(messageOf(error));
      }
    }),
  );
  return result;
}

async function deleteAll(client: Client, ref: ServedResource, namespace: string, result: DeletionResult): Promise<void> {
  let items = (await client.list(ref, { namespace })).items;
  if (items.length === 0) return;
  if (ref.verbs.includes("deletecollection")) {
    await client.deleteCollection(ref, { namespace, propagationPolicy: "Background" });
  } else {
    for (const item of items) {
      await client.delete(ref, item.metadata.name ?? "", { namespace, propagationPolicy: "Background" }).catch(ignoreNotFound);
    }
  }
  items = (await client.list(ref, { namespace })).items;
  if (items.length === 0) return;
  const finalizers = new Map<string, number>();
  for (const item of items) {
    for (const finalizer of item.metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    if (ref.group === "" && ref.resource === "pods") result.estimateSeconds = Math.max(result.estimateSeconds, graceOf(item));
  }
  result.remaining.set(ref, { count: items.length, finalizers });
}

function graceOf(item: KubeObject): number {
  const pod = item as Pod;
  const terminal = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return terminal ? 0 : (pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 0);
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

function messageOf(error: unknown): string {
  return error instanceof StatusError || error instanceof Error ? error.message : String(error);
}
