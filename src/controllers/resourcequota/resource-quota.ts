import { addQuota, pickQuota, type QuotaAmounts, sameQuota } from "../../api/core/quota-amounts.ts";
import { countedResources, isCounted, quotaEvaluator } from "../../api/core/quota-evaluators.ts";
import type { ResourceQuota } from "../../api/core/v1.ts";
import { resourcequotas } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { type AddHandler, startController } from "../../client/controller.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import { updateStatusIfChanged } from "../../client/retry.ts";
import { type Discover, oneVersionEach } from "../../client/served-resource.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { type AnyObject, deepEqual, keyOf, namespaceOf } from "../../machinery/object.ts";
import { groupResource } from "../../machinery/resource-ref.ts";

/** Each quota is counted anew at least this often: what was booked for a request that came to nothing is given back then. */
const resyncMilliseconds = 5 * 60_000;

/**
 * Keeps the status of resource quotas: their limits, and what is used. The API server books what is created; this counts what is there,
 * when a quota is new or changed, and when something that it counts goes or uses less.
 */
export function startResourceQuota(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }): Component {
  const { client, clock, informers } = deps;
  const quotas = informers.informer(resourcequotas);
  /** The objects of the resources that some quota counts. Undefined: no such resource is served. */
  const followed = new Map<string, Informer<AnyObject> | undefined>();
  let addHandler: AddHandler | undefined;
  let recount: (namespace: string) => void = () => {};

  async function objectsOf(resource: string): Promise<Informer<AnyObject> | undefined> {
    let informer = followed.get(resource);
    if (!informer) {
      const ref = oneVersionEach(await deps.discover()).find((one) => groupResource(one) === resource && one.verbs.includes("watch"));
      informer = ref && (informers.informer(ref) as unknown as Informer<AnyObject>);
      if (informer && !followed.get(resource)) follow(resource, informer);
      followed.set(resource, informer);
    }
    await informer?.whenSynced();
    return informer;
  }

  function follow(resource: string, informer: Informer<AnyObject>): void {
    const evaluator = quotaEvaluator(resource);
    addHandler?.(informer, {
      update(object, old) {
        const now = clock.now();
        if (!sameQuota(evaluator.usage(object, now), evaluator.usage(old, now))) recount(namespaceOf(object));
      },
      delete: (object) => recount(namespaceOf(object)),
    });
  }

  async function usedOf(quota: ResourceQuota, names: readonly string[]): Promise<QuotaAmounts> {
    let used: QuotaAmounts = {};
    for (const resource of countedResources(names)) {
      const evaluator = quotaEvaluator(resource);
      const informer = await objectsOf(resource);
      if (!informer) continue;
      let total: QuotaAmounts = Object.fromEntries(evaluator.matching(names).map((name) => [name, "0"]));
      for (const object of informer.list(namespaceOf(quota))) {
        if (isCounted(evaluator, quota, names, object)) total = addQuota(total, evaluator.usage(object, clock.now()));
      }
      used = addQuota(used, total);
    }
    return pickQuota(used, names);
  }

  return startController({
    name: "resourcequota",
    deps,
    informers: [quotas],
    setup(queue, on) {
      addHandler = on;
      recount = (namespace) => {
        for (const quota of quotas.list(namespace)) queue.add(keyOf(quota));
      };
      on(quotas, {
        add: (quota) => queue.add(keyOf(quota)),
        update(quota, old) {
          const isNew = !deepEqual(quota.spec, old.spec) || !sameQuota(quota.spec?.hard, quota.status?.hard);
          if (isNew) queue.add(keyOf(quota));
        },
      });
    },
    async sync(key, queue) {
      const quota = quotas.get(key);
      if (!quota) return;
      const hard = quota.spec?.hard ?? {};
      const names = Object.keys(hard).sort();
      const counted = await usedOf(quota, names);
      // What nothing here counts stays as someone else has told it.
      const used = pickQuota({ ...quota.status?.used, ...counted }, names);
      const { status } = quota;
      const isSame = sameQuota(status?.hard, hard) && sameQuota(status?.used, used) && status?.used !== undefined;
      if (!isSame) {
        await updateStatusIfChanged(client, resourcequotas, quota, { hard, used }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
      }
      queue.addAfter(key, resyncMilliseconds);
    },
  });
}
