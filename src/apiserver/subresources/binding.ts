import type { Binding, Pod, PodCondition } from "../../api/core/v1.ts";
import { timestamp } from "../../machinery/clock.ts";
import { badRequest, conflict, field, notFound, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { StoreConflict } from "../../storage/store.ts";
import { topologyLabels } from "../admission/pod-topology-labels.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeKind } from "../decode.ts";
import { matchNamespace } from "../prepare.ts";
import type { ApiResponse } from "../request.ts";
import { answerObject } from "../respond.ts";
import { otherUidText, unmetText } from "../verbs/update.ts";
import { admitCreate } from "./admit-create.ts";

const pods = { group: "", resource: "pods" };
const bindingKind = { group: "", version: "v1", kind: "Binding", type: "api/core/v1#Binding" };

/** POST to a pod's `binding`, or to `bindings`: assigns the pod to a node. */
export async function bind(server: ServerContext, call: Call): Promise<ApiResponse> {
  const binding = decodeKind(server, call, bindingKind) as unknown as Binding;
  matchNamespace(binding as unknown as AnyObject, call);
  const name = binding.metadata.name ?? "";
  // Of a new object no uid is taken.
  if (call.name === "") delete binding.metadata.uid;
  if (call.name !== "" && call.name !== name) throw badRequest("name in URL does not match name in Binding object");
  await admitCreate(server, call, binding as unknown as AnyObject);
  checkBinding(binding);
  if (name === "") throw badRequest("Name parameter required.");
  for (;;) {
    const key = server.objects.key("pods", call.namespace, name);
    const entry = server.store.latest(key);
    if (!entry) throw notFound(pods, name);
    const pod = entry.value as Pod;
    const { uid, resourceVersion: revision } = binding.metadata;
    if (uid && uid !== pod.metadata.uid) throw conflict(pods, name, otherUidText(call, key, uid, pod.metadata.uid));
    if (revision && revision !== pod.metadata.resourceVersion) {
      throw conflict(pods, name, unmetText(call, key, "ResourceVersion", revision, pod.metadata.resourceVersion));
    }
    const bound = boundPod(pod, withTopology(server, binding), name, timestamp(server.clock));
    if (call.dryRun) break;
    try {
      await server.store.put(key, entry.revision, bound as AnyObject, entry.managedFields);
      break;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
  return answerObject(server, call, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** The binding with the node's zone and region among its labels, which the pod gets. */
function withTopology(server: ServerContext, binding: Binding): Binding {
  const { target } = binding;
  const topology = target?.kind === "Node" && target.name && topologyLabels(server.objects, target.name);
  if (!topology) return binding;
  return { ...binding, metadata: { ...binding.metadata, labels: { ...binding.metadata.labels, ...topology } } };
}

/** Upstream hands on what is wrong as an error of its own: a 500 without a reason. */
function checkBinding({ target }: Binding): void {
  const errors = [];
  if (target?.kind && target.kind !== "Node") errors.push(field.notSupported("target.kind", target.kind, ["Node", "<empty>"]));
  if (!target?.name) errors.push(field.required("target.name"));
  const [first] = errors;
  if (first) throw new StatusError(500, "", errors.length === 1 ? first.text : `[${errors.map(({ text }) => text).join(", ")}]`);
}

function boundPod(pod: Pod, { target, metadata }: Binding, name: string, now: string): Pod {
  if (pod.metadata.deletionTimestamp) {
    throw conflict({ group: "", resource: "pods/binding" }, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec?.nodeName) {
    throw conflict(
      { group: "", resource: "pods/binding" },
      name,
      `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`,
    );
  }
  if (pod.spec?.schedulingGates?.length) {
    throw conflict({ group: "", resource: "pods/binding" }, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  const annotations = metadata.annotations ? { ...pod.metadata.annotations, ...metadata.annotations } : pod.metadata.annotations;
  const labels = metadata.labels ? { ...pod.metadata.labels, ...metadata.labels } : pod.metadata.labels;
  const scheduled: PodCondition = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null as unknown as string,
    lastTransitionTime: now,
  };
  const before = pod.status?.conditions ?? [];
  const known = before.some(({ type }) => type === "PodScheduled");
  const conditions = known ? before.map((one) => (one.type === "PodScheduled" ? scheduled : one)) : [...before, scheduled];
  // What was promised is kept now.
  const { nominatedNodeName: _, ...status } = { ...pod.status, conditions };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(annotations ? { annotations } : {}),
      ...(labels ? { labels } : {}),
    },
    spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: target.name as string },
    status,
  };
}
