import { isNotFound } from "../../machinery/errors.ts";
import type { Entry } from "../../storage/store.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { itemObject } from "../page.ts";
import type { ApiResponse } from "../request.ts";
import { answerObject, servedValue } from "../respond.ts";
import { compileSelection } from "../selection.ts";
import { deleteObject, dryRunOf, readDeleteOptions } from "./delete.ts";
import { parseListQuery } from "./list-options.ts";

/** How many deletions are under way at once. */
const concurrency = 64;

export async function removeCollection(server: ServerContext, call: Call): Promise<ApiResponse> {
  const options = readDeleteOptions(server, call);
  const query = parseListQuery(call.request.query, false);
  const { resource } = call;
  const selection = compileSelection(resource, query.labelSelector, query.fieldSelector);
  const root = server.store.root();
  const entries: Entry[] = [];
  for (const entry of root.range(keyOfServed(resource, call.namespace, ""))) {
    if (selection === undefined || selection(servedValue(resource, entry))) entries.push(entry);
  }
  const deleted: Entry[] = [];
  const each = async (entry: Entry) => {
    const { name = "", namespace = "" } = entry.value.metadata;
    try {
      const one = dryRunOf({ ...call, name, namespace }, options);
      deleted.push((await deleteObject(server, one, name, options)).entry);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  for (let at = 0; at < entries.length; at += concurrency) await Promise.all(entries.slice(at, at + concurrency).map(each));
  return answerObject(server, call, 200, {
    kind: `${resource.definition.kind}List`,
    apiVersion: resource.apiVersion,
    metadata: { resourceVersion: String(root.revision) },
    items: deleted.map((entry) => itemObject(call, entry)),
  });
}
