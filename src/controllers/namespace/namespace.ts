import type { Namespace } from "../../api/core/v1.ts";
import { namespaces } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { Discover } from "../../client/served-resource.ts";
import { timestamp } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { nameOf } from "../../machinery/object.ts";
import { deletionConditions } from "./conditions.ts";
import { deleteContent } from "./content.ts";

/** The finalizer that stands for the content of a namespace. */
const contentFinalizer = "kubernetes";
/** How long to wait before looking again: twice as long each time, since something may hold the content for ever. */
const firstLookMilliseconds = 250;
const lastLookMilliseconds = 8000;

/** Empties namespaces that are being deleted, then lets them go. */
export function startNamespaceController(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }): Component {
  const { client, clock } = deps;
  const informer = deps.informers.informer(namespaces);
  /** How often a namespace was looked at that wasn't empty yet. */
  const looks = new Map<string, number>();
  return startController({
    name: "namespace",
    deps,
    informers: [informer],
    workers: 10,
    setup(queue, on) {
      const enqueue = (namespace: Namespace) => {
        if (namespace.metadata.deletionTimestamp && hasContentFinalizer(namespace)) queue.add(nameOf(namespace));
      };
      on(informer, {
        add: enqueue,
        update(namespace, old) {
          // Its own conditions are no news.
          if (!old.metadata.deletionTimestamp) enqueue(namespace);
        },
        delete: (namespace) => looks.delete(nameOf(namespace)),
      });
    },
    async sync(name, queue) {
      // The cache may be behind this controller's own writes, and a deletion is never undone.
      if (!informer.get(name)?.metadata.deletionTimestamp) return;
      const namespace = await client.get(namespaces, name).catch((error) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (!namespace?.metadata.deletionTimestamp || !hasContentFinalizer(namespace)) return;
      const result = await deleteContent(client, deps.discover, name);
      const current = await writeConditions(namespace, result);
      if (result.errors.length > 0) throw new Error(result.errors.join(", "));
      if (result.remaining.size > 0 || result.discoveryError !== undefined) {
        const look = looks.get(name) ?? 0;
        looks.set(name, look + 1);
        queue.addAfter(name, Math.min(firstLookMilliseconds * 2 ** look, lastLookMilliseconds));
        return;
      }
      const finalizers = current.spec?.finalizers?.filter((finalizer) => finalizer !== contentFinalizer) ?? [];
      await client.update(namespaces, { ...current, spec: { ...current.spec, finalizers } }, { subresource: "finalize" });
    },
  });

  async function writeConditions(namespace: Namespace, result: Parameters<typeof deletionConditions>[1]): Promise<Namespace> {
    const present = namespace.status?.conditions;
    const conditions = deletionConditions(present, result, timestamp(clock));
    if (conditions === present) return namespace;
    return await client.update(
      namespaces,
      { ...namespace, status: { ...namespace.status, conditions: [...conditions] } },
      { subresource: "status" },
    );
  }
}

function hasContentFinalizer(namespace: Namespace): boolean {
  return namespace.spec?.finalizers?.includes(contentFinalizer) ?? false;
}
