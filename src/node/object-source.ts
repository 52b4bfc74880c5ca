import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Secret } from "../api/core/v1.ts";
import { configmaps, persistentvolumeclaims, persistentvolumes, secrets } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../machinery/clock.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";

/** How old an answer may be that is given for a running pod. A pod that starts always gets a fresh one. */
const lifetimeMilliseconds = 30_000;
const mostEntries = 5000;

/** What pods refer to. Rejects with the server's `StatusError`, `NotFound` among them. */
export interface ObjectSource {
  configMap(namespace: string, name: string, fresh?: boolean): Promise<ConfigMap>;
  secret(namespace: string, name: string, fresh?: boolean): Promise<Secret>;
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim>;
  volume(name: string): Promise<PersistentVolume>;
}

/** Reads single objects, as a node is allowed to, and keeps answers for a short time. Nothing is kept of failures. */
export function createObjectSource(client: Client, clock: Clock): ObjectSource {
  const kept = new Map<string, { at: number; object: Promise<KubeObject> }>();

  function read<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string, fresh: boolean): Promise<T> {
    const key = `${ref.resource}/${namespace}/${name}`;
    const entry = kept.get(key);
    const now = clock.now();
    if (!fresh && entry && now - entry.at < lifetimeMilliseconds) return entry.object as Promise<T>;
    const object = client.get(ref, name, namespace ? { namespace } : {});
    kept.delete(key);
    kept.set(key, { at: now, object });
    object.catch(() => {
      if (kept.get(key)?.object === object) kept.delete(key);
    });
    if (kept.size > mostEntries) {
      const oldest = kept.keys().next().value;
      if (oldest !== undefined) kept.delete(oldest);
    }
    return object;
  }

  return {
    configMap: (namespace, name, fresh = false) => read(configmaps, namespace, name, fresh),
    secret: (namespace, name, fresh = false) => read(secrets, namespace, name, fresh),
    claim: (namespace, name) => read(persistentvolumeclaims, namespace, name, true),
    volume: (name) => read(persistentvolumes, "", name, true),
  };
}
