import type { CustomResourceDefinition } from "../../api/apiextensions/v1.ts";
import type { Client } from "../../client/client.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import { type Told, told } from "./conditions.ts";

/** How the deletion of a definition's objects stands: how many are left, or why they can't be deleted. */
export type Cleanup = { remaining: number } | { failed: Told };

/** Asks for the deletion of all objects of a definition and counts those that are still there: what has finalizers goes later. */
export async function deleteInstances(client: Client, definition: CustomResourceDefinition): Promise<Cleanup> {
  const ref = refOf(definition);
  if (!ref) return failed("could not list instances: no version of the resource is served");
  try {
    const { items } = await client.list(ref);
    const namespaces = new Set(items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.namespace ?? ""));
    for (const namespace of namespaces) await client.deleteCollection(ref, namespace ? { namespace } : {});
    return { remaining: items.length === 0 ? 0 : (await client.list(ref)).items.length };
  } catch (error) {
    return failed(`could not issue all deletes: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function failed(message: string): Cleanup {
  return { failed: told("Terminating", "True", "InstanceDeletionFailed", message) };
}

function refOf({ spec, status }: CustomResourceDefinition): ResourceRef | undefined {
  const version = spec.versions.find(({ served, storage }) => served && storage) ?? spec.versions.find(({ served }) => served);
  if (!version) return undefined;
  const kind = status?.acceptedNames?.kind || spec.names.kind;
  return { group: spec.group, version: version.name, resource: spec.names.plural, kind, namespaced: spec.scope === "Namespaced" };
}
