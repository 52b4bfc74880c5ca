import { notFound } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { ServedResource } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { DetachedEntry } from "../detached-entry.ts";
import type { ApiResponse } from "../request.ts";
import { answerEntry, answerObject } from "../respond.ts";
import { compileSelection } from "../selection.ts";
import { partialOf, tableOf } from "../table.ts";
import type { VirtualSource } from "../virtual.ts";

/** How reads of a virtual resource are answered; undefined for other verbs. */
export function virtualHandler(
  source: VirtualSource,
  verb: string,
): ((server: ServerContext, call: Call) => Promise<ApiResponse>) | undefined {
  if (verb === "get") return (server, call) => getVirtual(server, call, source);
  if (verb === "list") return (server, call) => listVirtual(server, call, source);
  return undefined;
}

async function getVirtual(server: ServerContext, call: Call, source: VirtualSource): Promise<ApiResponse> {
  const { definition } = call.resource;
  const object = await source.get(call.namespace, call.name);
  if (!object) {
    const name = call.namespace === "" ? call.name : `${call.namespace}/${call.name}`;
    throw notFound({ group: definition.group, resource: definition.kind.toLowerCase() }, name);
  }
  return answerEntry(server, call, 200, entryOf(call.resource, object));
}

async function listVirtual(server: ServerContext, call: Call, source: VirtualSource): Promise<ApiResponse> {
  const { resource, request, negotiated } = call;
  const { query } = request;
  const selection = compileSelection(resource, query.get("labelSelector") ?? "", query.get("fieldSelector") ?? "");
  const all = await source.list(call.namespace);
  const items = selection ? all.filter(selection) : all;
  if (negotiated.as === "Table") {
    const entries = items.map((item) => entryOf(resource, item));
    return answerObject(server, call, 200, tableOf(server, resource, entries, query.get("includeObject"), negotiated.asVersion));
  }
  if (negotiated.as !== "") {
    const partial = items.map((item) => partialOf(resource, item, entryOf(resource, item), negotiated.asVersion));
    const list = { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${negotiated.asVersion}`, metadata: {}, items: partial };
    return answerObject(server, call, 200, list);
  }
  const shown = request.wantObjects ? items : items.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest);
  return answerObject(server, call, 200, {
    kind: `${resource.definition.kind}List`,
    apiVersion: resource.apiVersion,
    metadata: {},
    items: shown,
  });
}

function entryOf({ definition }: ServedResource, object: AnyObject): DetachedEntry {
  const { namespace = "", name = "" } = object.metadata;
  return new DetachedEntry(`${definition.storageName}/${namespace}/${name}`, object, undefined);
}
