import type { Client } from "../../client/client.ts";
import { isNotFound, isStatus } from "../../machinery/errors.ts";
import { controllerOf, type KubeObject, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import { controllerReference } from "./ownership.ts";

export interface Claim<O extends KubeObject, D extends KubeObject> {
  client: Client;
  ownerRef: ResourceRef<O>;
  owner: O;
  dependentRef: ResourceRef<D>;
  /** What the owner controls already, and what no one controls. */
  candidates: readonly D[];
  matches(dependent: D): boolean;
  /** A finalizer that adopted objects get, and released ones lose. */
  finalizer?: string;
}

/**
 * Takes the orphans that match, lets go of what doesn't match any more, and returns what the owner controls. The owner is asked for
 * anew before the first adoption: a cache may not know yet that it is gone.
 */
export async function claim<O extends KubeObject, D extends KubeObject>(options: Claim<O, D>): Promise<D[]> {
  const { owner, candidates, matches } = options;
  const claimed: D[] = [];
  const errors: unknown[] = [];
  let ownerChecked: Promise<void> | undefined;
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    try {
      if (controller) {
        if (controller.uid !== uidOf(owner)) continue;
        if (matches(candidate)) claimed.push(candidate);
        else if (!owner.metadata.deletionTimestamp) await release(options, candidate);
        continue;
      }
      if (owner.metadata.deletionTimestamp || candidate.metadata.deletionTimestamp || !matches(candidate)) continue;
      ownerChecked ??= checkOwner(options);
      await ownerChecked;
      claimed.push(await adopt(options, candidate));
    } catch (error) {
      if (!isNotFound(error)) errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return claimed;
}

async function checkOwner<O extends KubeObject, D extends KubeObject>({ client, ownerRef, owner }: Claim<O, D>): Promise<void> {
  const { name, namespace } = { name: nameOf(owner), namespace: namespaceOf(owner) };
  const current = await client.get(ownerRef, name, { namespace });
  if (current.metadata.uid !== owner.metadata.uid) {
    throw new Error(`original ${ownerRef.kind} ${namespace}/${name} is gone: got uid ${uidOf(current)}, wanted ${uidOf(owner)}`);
  }
  if (current.metadata.deletionTimestamp) {
    throw new Error(`can't adopt: ${namespace}/${name} has just been deleted at ${current.metadata.deletionTimestamp}`);
  }
}

async function adopt<O extends KubeObject, D extends KubeObject>(options: Claim<O, D>, dependent: D): Promise<D> {
  const { client, ownerRef, owner, dependentRef, finalizer } = options;
  const body = {
    metadata: {
      ownerReferences: [controllerReference(ownerRef, owner)],
      uid: uidOf(dependent),
      ...(finalizer ? { finalizers: [finalizer] } : {}),
    },
  };
  return await client.patch(
    dependentRef,
    nameOf(dependent),
    { type: "application/strategic-merge-patch+json", body },
    { namespace: namespaceOf(dependent) },
  );
}

async function release<O extends KubeObject, D extends KubeObject>(options: Claim<O, D>, dependent: D): Promise<void> {
  const { client, owner, dependentRef, finalizer } = options;
  const body = {
    metadata: {
      ownerReferences: [{ $patch: "delete", uid: uidOf(owner) }],
      uid: uidOf(dependent),
      ...(finalizer && dependent.metadata.finalizers?.includes(finalizer) ? { "$deleteFromPrimitiveList/finalizers": [finalizer] } : {}),
    },
  };
  const patch = { type: "application/strategic-merge-patch+json", body } as const;
  try {
    await client.patch(dependentRef, nameOf(dependent), patch, { namespace: namespaceOf(dependent) });
  } catch (error) {
    // Made anew under another uid, or without owners by now: nothing to let go of.
    if (!isNotFound(error) && !isStatus(error, "Invalid")) throw error;
  }
}
