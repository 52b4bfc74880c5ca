import type { FlowSchema, FlowSchemaCondition, PriorityLevelConfiguration } from "../../api/flowcontrol/v1.ts";
import { flowschemas, prioritylevelconfigurations } from "../../api/refs.ts";
import type { Client, Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import { timestamp } from "../../machinery/clock.ts";
import { isAlreadyExists, isNotFound, isStatus } from "../../machinery/errors.ts";
import { deepEqual, type KubeObject, nameOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import bootstrapObjects from "../bootstrap/objects.json" with { type: "json" };

/** "false": the object is left as an administrator has made it. */
const autoUpdate = "apf.kubernetes.io/autoupdate-spec";
/** Who makes the objects that every cluster begins with. */
export const flowControlProducer = "api-priority-and-fairness-config-producer-v1";
const consumer = "api-priority-and-fairness-config-consumer-v1";

/** Upstream looks once a minute whether what it made is as it should be. */
const reconcileMilliseconds = 60_000;

/** Objects that are never left to an administrator. */
const mandatory = new Set(["exempt", "catch-all"]);

/** Tells of each flow schema whether its level exists, and keeps the objects that every cluster begins with. */
export function startFlowControlConfiguration(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const wanted = bootstrapObjects as unknown as Record<"flowschemas" | "prioritylevelconfigurations", KubeObject[]>;
  const schemas = deps.informers.informer(flowschemas);
  const levels = deps.informers.informer(prioritylevelconfigurations);
  return startController({
    name: "flowcontrol",
    deps,
    informers: [schemas, levels],
    workers: 1,
    setup(queue, on) {
      const all = () => {
        for (const schema of schemas.list()) queue.add(`status ${nameOf(schema)}`);
      };
      const later = (kind: string, name: string) => queue.addAfter(`${kind} ${name}`, reconcileMilliseconds);
      on(schemas, {
        add: (schema) => queue.add(`status ${nameOf(schema)}`),
        update(schema) {
          queue.add(`status ${nameOf(schema)}`);
          later("schema", nameOf(schema));
        },
        delete: (schema) => later("schema", nameOf(schema)),
      });
      on(levels, {
        add: all,
        update: (level) => later("level", nameOf(level)),
        delete(level) {
          all();
          later("level", nameOf(level));
        },
      });
    },
    async sync(key) {
      const [what = "", name = ""] = key.split(" ");
      try {
        if (what === "schema") await reconcile(deps.client, flowschemas, schemas, wanted.flowschemas, name);
        else if (what === "level")
          await reconcile(deps.client, prioritylevelconfigurations, levels, wanted.prioritylevelconfigurations, name);
        else await tellStatus(deps, schemas.get(name), levels);
      } catch (error) {
        // Changed or gone meanwhile: what has changed is told.
        if (!isNotFound(error) && !isStatus(error, "Conflict")) throw error;
      }
    },
  });
}

/** What a stored object must become; undefined when it is as wanted, or left to an administrator. */
export function reconciled<T extends FlowSchema | PriorityLevelConfiguration>(current: T, wanted: T): T | undefined {
  const { annotations } = current.metadata;
  const isMandatory = mandatory.has(nameOf(current));
  const told = annotations?.[autoUpdate];
  // Without a word an object that nobody has changed is kept.
  const updates = isMandatory || told === "true" || (told === undefined && current.metadata.generation === 1);
  const wantedAnnotation = updates ? "true" : "false";
  if (!updates && told === wantedAnnotation) return undefined;
  const spec = updates ? wanted.spec : current.spec;
  if (told === wantedAnnotation && deepEqual(spec, current.spec)) return undefined;
  const metadata = { ...current.metadata, annotations: { ...annotations, [autoUpdate]: wantedAnnotation } };
  return { ...current, metadata, ...(spec ? { spec } : {}) };
}

async function reconcile<T extends FlowSchema | PriorityLevelConfiguration>(
  client: Client,
  ref: ResourceRef<T>,
  informer: Informer<T>,
  all: readonly KubeObject[],
  name: string,
): Promise<void> {
  const wanted = (all as readonly T[]).find((object) => nameOf(object) === name);
  if (!wanted) return;
  const current = informer.get(name);
  if (!current) {
    await client.create(ref, wanted, { fieldManager: flowControlProducer }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    return;
  }
  const next = reconciled(current, wanted);
  if (next) await client.update(ref, next, { fieldManager: flowControlProducer });
}

async function tellStatus(
  { client, clock }: ComponentDeps,
  schema: FlowSchema | undefined,
  levels: Informer<PriorityLevelConfiguration>,
): Promise<void> {
  if (!schema || schema.metadata.deletionTimestamp) return;
  const level = schema.spec?.priorityLevelConfiguration.name ?? "";
  const references = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const wanted: FlowSchemaCondition = levels.get(level)
    ? { type: "Dangling", status: "False", reason: "Found", message: `${references} and it exists` }
    : { type: "Dangling", status: "True", reason: "NotFound", message: `${references} but there is no such object` };
  const present = schema.status?.conditions?.find(({ type }) => type === "Dangling");
  if (present?.status === wanted.status && present?.reason === wanted.reason && present?.message === wanted.message) return;
  const lastTransitionTime = present?.status === wanted.status ? present?.lastTransitionTime : timestamp(clock);
  const body = {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name: nameOf(schema) },
    status: { conditions: [{ ...wanted, lastTransitionTime }] },
  };
  const patch = { type: "application/apply-patch+yaml" as const, body };
  await client.patch(flowschemas, nameOf(schema), patch, { subresource: "status", fieldManager: consumer, force: true });
}
