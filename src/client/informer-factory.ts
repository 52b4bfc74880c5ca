import type { KubeObject } from "../machinery/object.ts";
import { groupResource, type ResourceRef } from "../machinery/resource-ref.ts";
import type { ComponentDeps } from "./client.ts";
import { CollectionCache } from "./collection-cache.ts";
import type { Informer, InformerFactory, InformerOptions } from "./informer.ts";
import { runReflector } from "./reflector.ts";

/**
 * Informers over a client, one for each collection and selection. They run until the signal of `deps` is aborted. A component that
 * asks for what another follows already shares it.
 */
export function createInformerFactory(deps: ComponentDeps): InformerFactory {
  const informers = new Map<string, CollectionCache<KubeObject>>();
  const running = new Set<Promise<void>>();
  return {
    informer<T extends KubeObject>(ref: ResourceRef<T>, options: InformerOptions = {}): Informer<T> {
      const { namespace = "", labelSelector = "", fieldSelector = "" } = options;
      const key = JSON.stringify([groupResource(ref), ref.version, namespace, labelSelector, fieldSelector]);
      const known = informers.get(key);
      if (known) return known as unknown as Informer<T>;
      const logger = deps.logger.child({ resource: groupResource(ref) });
      const cache = new CollectionCache<T>(ref, deps.clock, logger, deps.signal);
      informers.set(key, cache as unknown as CollectionCache<KubeObject>);
      const selection: InformerOptions = {};
      if (namespace) selection.namespace = namespace;
      if (labelSelector) selection.labelSelector = labelSelector;
      if (fieldSelector) selection.fieldSelector = fieldSelector;
      const run = runReflector(deps, ref, selection, cache).catch((error: unknown) => {
        logger.error("informer ended", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      });
      running.add(run);
      return cache;
    },
    async whenSynced() {
      await Promise.all([...informers.values()].map((informer) => informer.whenSynced()));
    },
    async whenStopped() {
      await Promise.all(running);
    },
  };
}
