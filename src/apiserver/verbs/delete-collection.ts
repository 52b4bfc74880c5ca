import { isNotFound } from "../../machinery/errors.ts";
import type { Entry } from "../../storage/store.ts";
import type { Call, ServerContext } from "../context.ts";
import { answerPage } from "../page.ts";
import type { ApiResponse } from "../request.ts";
import { compileSelection } from "../selection.ts";
import { deleteObject, dryRunOf, readDeleteOptions, warnOfOrphans } from "./delete.ts";
import { readPage } from "./list.ts";
import { checkRevision, parseListQuery } from "./list-options.ts";

/** How many deletions are under way at once. */
const concurrency = 64;

/** Deletes what a list with the same query finds, and answers with that list. */
export async function removeCollection(server: ServerContext, call: Call): Promise<ApiResponse> {
  const query = parseListQuery(call.request.query, false);
  // Upstream reads page by page, and pages are of an exact revision.
  if (query.match === "") query.match = "Exact";
  const selection = compileSelection(call.resource, query.labelSelector, query.fieldSelector);
  const options = readDeleteOptions(server, call);
  warnOfOrphans(call, options);
  checkRevision(query);
  const page = await readPage(server, call, query, selection);
  const { entries } = page;
  const each = async (entry: Entry) => {
    const { name = "", namespace = "" } = entry.value.metadata;
    try {
      await deleteObject(server, dryRunOf({ ...call, name, namespace }, options), name, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  for (let at = 0; at < entries.length; at += concurrency) await Promise.all(entries.slice(at, at + concurrency).map(each));
  return await answerPage(server, call, page);
}
