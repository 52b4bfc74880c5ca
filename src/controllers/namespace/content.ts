import { pods as podsRef } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { type Discover, oneVersionEach, PartialDiscoveryError, type ServedResource } from "../../client/served-resource.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { messageOf } from "../workloads/pod-control.ts";

/** What is left of a namespace's content after everything in it was told to go. */
export interface DeletionResult {
  remaining: Map<ServedResource, { count: number; finalizers: Map<string, number> }>;
  errors: string[];
  discoveryError: string | undefined;
}

/**
 * Deletes all that is in the namespace, kind by kind, and counts what isn't gone yet. Pods go first, and nothing else before
 * they are gone: what they need to end well stays that long.
 */
export async function deleteContent(client: Client, discover: Discover, namespace: string): Promise<DeletionResult> {
  const result: DeletionResult = { remaining: new Map(), errors: [], discoveryError: undefined };
  const resources = await servedBy(discover, result);
  const deletable = resources.filter((ref) => ref.namespaced && ref.verbs.includes("delete") && ref.verbs.includes("list"));
  const attempt = async (ref: ServedResource) => {
    try {
      await deleteAll(client, ref, namespace, result);
    } catch (error) {
      result.errors.push(messageOf(error));
    }
  };
  const pods = deletable.find((ref) => ref.group === podsRef.group && ref.resource === podsRef.resource);
  if (pods) await attempt(pods);
  if (result.remaining.size > 0 || result.errors.length > 0) return result;
  await Promise.all(deletable.filter((ref) => ref !== pods).map(attempt));
  return result;
}

/** What can't be listed can't be deleted: after a failure the namespace has to wait, but what was found can go. */
async function servedBy(discover: Discover, result: DeletionResult): Promise<ServedResource[]> {
  try {
    return oneVersionEach(await discover());
  } catch (error) {
    if (!(error instanceof PartialDiscoveryError)) {
      result.discoveryError = messageOf(error);
      return [];
    }
    result.discoveryError = `Discovery failed for some groups, ${error.failures.size} failing: ${error.message}`;
    return oneVersionEach(error.served);
  }
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
  }
  result.remaining.set(ref, { count: items.length, finalizers });
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
