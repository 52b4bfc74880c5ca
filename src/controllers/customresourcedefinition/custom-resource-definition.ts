import { cleanupFinalizer } from "../../api/apiextensions/custom-resource-definition.ts";
import type { CustomResourceDefinition } from "../../api/apiextensions/v1.ts";
import { customresourcedefinitions } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { timestamp } from "../../machinery/clock.ts";
import { isNotFound, isStatus } from "../../machinery/errors.ts";
import { deepEqual, nameOf } from "../../machinery/object.ts";
import { reconcileApiServices } from "./api-services.ts";
import { approval, conditionOf, isTrue, nonStructural, type Told, told, withCondition } from "./conditions.ts";
import { deleteInstances } from "./instances.ts";
import { settleNames } from "./names.ts";

/** How soon objects that go slowly are counted again, and after how long it is told that they don't go. */
const recountMilliseconds = 1000;
const patienceMilliseconds = 60_000;

/** Stands for no definition: the API services of all. */
const servicesKey = "";

/**
 * Gives custom resource definitions their names and conditions, and removes their objects when they go. One at a time, so that two
 * can't get one name.
 */
export function startCustomResourceDefinitions(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const definitions = deps.informers.informer(customresourcedefinitions);
  const enqueueGroup = (queue: WorkQueue, { spec }: CustomResourceDefinition) => {
    for (const other of definitions.list()) if (other.spec.group === spec.group) queue.add(nameOf(other));
  };
  return startController({
    name: "customresourcedefinition",
    deps,
    informers: [definitions],
    workers: 1,
    setup(queue, on) {
      on(definitions, {
        add(definition) {
          queue.add(nameOf(definition));
          queue.add(servicesKey);
        },
        update(definition, old) {
          queue.add(nameOf(definition));
          if (!deepEqual(definition.status?.acceptedNames, old.status?.acceptedNames)) enqueueGroup(queue, definition);
          if (!deepEqual(definition.spec, old.spec) || isTrue(definition, "Established") !== isTrue(old, "Established")) {
            queue.add(servicesKey);
          }
        },
        delete(definition) {
          enqueueGroup(queue, definition);
          queue.add(servicesKey);
        },
      });
    },
    async sync(name, queue) {
      if (name === servicesKey) {
        await reconcileApiServices(deps.client, definitions.list());
        return;
      }
      const definition = definitions.get(name);
      if (!definition) return;
      try {
        if (definition.metadata.deletionTimestamp) await finalize(deps, definition, queue);
        else await settle(deps, definition);
      } catch (error) {
        // Changed or gone meanwhile: what has changed is told.
        if (!isNotFound(error) && !isStatus(error, "Conflict")) throw error;
      }
    },
  });
}

async function settle({ client, clock }: ComponentDeps, definition: CustomResourceDefinition): Promise<void> {
  const now = timestamp(clock);
  let status = definition.status ?? {};
  const set = (condition: Told) => {
    const old = status.conditions?.find(({ type }) => type === condition.type);
    if (old && old.status === condition.status && old.reason === condition.reason && old.message === condition.message) return;
    status = { ...status, conditions: withCondition(status.conditions, condition, now) };
  };
  if (!deepEqual(definition.spec.names, status.acceptedNames) || !conditionOf(definition, "NamesAccepted")) {
    // Read anew: a name that was given a moment ago counts.
    const { items } = await client.list(customresourcedefinitions);
    const names = settleNames(
      definition,
      items.filter(({ spec }) => spec.group === definition.spec.group),
    );
    if (!deepEqual(status.acceptedNames, names.acceptedNames)) status = { ...status, acceptedNames: names.acceptedNames };
    set(names.namesAccepted);
    set(names.established);
  }
  const broken = nonStructural(definition);
  if (broken) set(broken);
  else if (conditionOf(definition, "NonStructuralSchema")) {
    status = { ...status, conditions: (status.conditions ?? []).filter(({ type }) => type !== "NonStructuralSchema") };
  }
  const conformant = approval(definition);
  if (conformant) set(conformant);
  if (status === definition.status) return;
  await client.update(customresourcedefinitions, { ...definition, status }, { subresource: "status" });
}

/** Removes the objects of a definition that is going, then lets it go. */
async function finalize({ client, clock }: ComponentDeps, definition: CustomResourceDefinition, queue: WorkQueue): Promise<void> {
  if (!definition.metadata.finalizers?.includes(cleanupFinalizer)) return;
  const now = timestamp(clock);
  const tell = async (of: CustomResourceDefinition, condition: Told) => {
    const old = conditionOf(of, "Terminating");
    if (old && old.status === condition.status && old.reason === condition.reason && old.message === condition.message) return of;
    const status = { ...of.status, conditions: withCondition(of.status?.conditions, condition, now) };
    return await client.update(customresourcedefinitions, { ...of, status }, { subresource: "status" });
  };
  if (!isTrue(definition, "Established")) {
    await release(await tell(definition, told("Terminating", "False", "NeverEstablished", "resource was never established")));
    return;
  }
  const since = Date.parse(definition.metadata.deletionTimestamp ?? now);
  const current = /^InstanceDeletion(Check|Failed)$/.test(conditionOf(definition, "Terminating")?.reason ?? "")
    ? definition
    : await tell(definition, told("Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"));
  const cleanup = await deleteInstances(client, current);
  if ("failed" in cleanup) {
    await tell(current, cleanup.failed);
    throw new Error(cleanup.failed.message);
  }
  if (cleanup.remaining > 0) {
    if (clock.now() - since > patienceMilliseconds) {
      const message = "could not confirm zero CustomResources remaining: context deadline exceeded";
      await tell(current, told("Terminating", "True", "InstanceDeletionCheck", message));
    }
    queue.addAfter(nameOf(current), recountMilliseconds);
    return;
  }
  await release(await tell(current, told("Terminating", "False", "InstanceDeletionCompleted", "removed all instances")));

  async function release(last: CustomResourceDefinition): Promise<void> {
    const finalizers = (last.metadata.finalizers ?? []).filter((name) => name !== cleanupFinalizer);
    await client.update(customresourcedefinitions, { ...last, metadata: { ...last.metadata, finalizers } });
  }
}
