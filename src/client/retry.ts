import { type Clock, sleep } from "../machinery/clock.ts";
import { isConflict } from "../machinery/errors.ts";
import { deepEqual, type KubeObject } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import type { Client } from "./client.ts";

/**
 * Runs a read-change-write up to five times, 10 ms apart, as long as it ends in a conflict. `attempt` reads the object anew each
 * time, from the server, since a cache may lag behind the write that it conflicts with.
 */
export async function retryOnConflict<T>(deps: { clock: Clock; signal?: AbortSignal }, attempt: () => Promise<T>): Promise<T> {
  for (let left = 4; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error) || left === 0) throw error;
      await sleep(deps.clock, 10, deps.signal);
    }
  }
}

/** Writes the status when it differs from what `object` has, and resolves with what is stored then. */
export async function updateStatusIfChanged<T extends KubeObject & { status?: unknown }>(
  client: Client,
  ref: ResourceRef<T>,
  object: T,
  status: NonNullable<T["status"]>,
): Promise<T> {
  if (deepEqual(object.status, status)) return object;
  return client.update(ref, { ...object, status }, { subresource: "status" });
}
