import type { Client } from "../../client/client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../machinery/errors.ts";
import { type KubeObject, nameOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";

/**
 * Creates the object when it is absent; otherwise lets `change` say what it must become (undefined: it is right). Answers with
 * what is stored in the end. Somebody else's write in between is met by looking again.
 */
export async function ensure<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  wanted: T,
  change: (current: T) => T | undefined = () => undefined,
): Promise<T> {
  const namespace = wanted.metadata.namespace;
  for (let attempt = 0; ; attempt++) {
    try {
      const current = await client.get(ref, nameOf(wanted), namespace ? { namespace } : {});
      const next = change(current);
      return next === undefined ? current : await client.update(ref, next);
    } catch (error) {
      if (isConflict(error) && attempt < 5) continue;
      if (!isNotFound(error)) throw error;
    }
    try {
      return await client.create(ref, wanted);
    } catch (error) {
      if (!isAlreadyExists(error) || attempt >= 5) throw error;
    }
  }
}
