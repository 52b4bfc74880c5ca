import { isGone, StatusError } from "../../machinery/errors.ts";
import type { Entry, Root } from "../../storage/store.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeContinue, encodeContinue } from "../continue-token.ts";
import { prepareToShow } from "../conversion.ts";
import { answerPage, type Page } from "../page.ts";
import type { ApiResponse } from "../request.ts";
import { servedValue } from "../respond.ts";
import { selectedName, selectedNamespace } from "../route.ts";
import { compileSelection, type Selection } from "../selection.ts";
import { checkRevision, type ListQuery, parseListQuery, tooLargeRevision } from "./list-options.ts";

export function list(server: ServerContext, call: Call): ApiResponse | Promise<ApiResponse> {
  const query = parseListQuery(call.request.query, false);
  const selection = compileSelection(call.resource, query.labelSelector, query.fieldSelector);
  checkRevision(query);
  const answer = () => {
    const page = readPage(server, call, query, selection);
    return page instanceof Promise ? page.then((read) => answerPage(server, call, read)) : answerPage(server, call, page);
  };
  if (server.options.localReads || query.resourceVersion !== "" || query.continueToken !== "") return answer();
  return server.store.whenCurrent(call.request).then(answer);
}

/** Reads what a query asks for. */
export function readPage(server: ServerContext, call: Call, query: ListQuery, selection: Selection): Page | Promise<Page> {
  const from = startOf(server, call, query);
  const range = () => from.root.range(keyOfServed(call.resource, call.namespace, ""), from.after);
  const preparing = selection === undefined ? undefined : prepareToShow(call.resource, range());
  const read = () => {
    const page = readFrom(server, call, query, selection, from);
    server.metrics.lists.read(call.resource, page.fetched, page.entries.length);
    return page;
  };
  return preparing ? preparing.then(read) : read();
}

/** Where a page begins: a state of the store, and the key before. */
interface PageStart {
  root: Root;
  after: string | undefined;
}

function startOf(server: ServerContext, call: Call, query: ListQuery): PageStart {
  if (query.continueToken === "") return { root: rootFor(server, call, query), after: undefined };
  const token = decodeContinue(query.continueToken);
  if (query.resourceVersion !== "" && query.resourceVersion !== "0") {
    throw new StatusError(400, "BadRequest", "specifying resource version is not allowed when using continue");
  }
  return {
    root: token.revision < 0 ? server.store.root() : rootForToken(server, token.revision, token.start),
    after: keyOfServed(call.resource, call.namespace, "") + token.start.replace(/\0$/, ""),
  };
}

/** The page, and how many objects it was chosen from: what a filter remembers of them counts as looked at. */
function readFrom(
  server: ServerContext,
  call: Call,
  query: ListQuery,
  selection: Selection,
  { root, after }: PageStart,
): Page & { fetched: number } {
  const prefix = keyOfServed(call.resource, call.namespace, "");
  // What may come from a cache comes whole.
  const limit = query.resourceVersion === "0" && !call.resource.definition.behaviour.isUncached ? 0 : query.limit;

  const key = query.continueToken === "" ? keyOfOneObject(call, query) : "";
  if (key !== "") {
    const one = root.get(key);
    const isSelected = one && (selection === undefined || selection(servedValue(call.resource, one)));
    return { revision: root.revision, entries: isSelected ? [one] : [], continueToken: "", remaining: undefined, fetched: one ? 1 : 0 };
  }
  if (selection !== undefined && after === undefined) {
    const filter = server.filters.get(call.resource, `${query.labelSelector} ${query.fieldSelector}`, selection);
    const entries = root.select(prefix, filter);
    const whole = { revision: root.revision, entries, continueToken: "", remaining: undefined };
    if (limit === 0 || entries.length < limit) return { ...whole, fetched: root.count(prefix) };
  }
  const entries: Entry[] = [];
  let last: Entry | undefined;
  let more = false;
  let fetched = 0;
  for (const entry of root.range(prefix, after)) {
    if (limit > 0 && entries.length === limit) {
      more = true;
      break;
    }
    last = entry;
    fetched++;
    if (selection === undefined || selection(servedValue(call.resource, entry))) entries.push(entry);
  }
  if (!more || !last) return { revision: root.revision, entries, continueToken: "", remaining: undefined, fetched };
  return {
    revision: root.revision,
    entries,
    continueToken: encodeContinue({ revision: root.revision, start: `/${last.key.slice(prefix.length)}\0` }),
    remaining: selection === undefined ? root.count(prefix, last.key) : undefined,
    fetched,
  };
}

function rootFor(server: ServerContext, call: Call, query: ListQuery): Root {
  const { revision } = query;
  if (revision === 0) return server.store.root();
  const exact = query.match === "Exact" || (query.match === "" && query.limit > 0);
  const isOfOne = exact && keyOfOneObject(call, query) !== "";
  if (revision > server.store.revision) throw tooLargeRevision(call.resource, revision, server.store.revision, isOfOne);
  if (!exact || (isOfOne && query.match === "")) return server.store.root();
  try {
    return server.store.rootAt(revision);
  } catch (error) {
    if (isGone(error)) throw new StatusError(410, "Expired", "The resourceVersion for the provided list is too old.");
    throw error;
  }
}

/** Of a list that can have but one object, which is read as one: there are no pages, so a limit asks for no exact revision. */
function keyOfOneObject({ resource, namespace }: Call, { fieldSelector }: ListQuery): string {
  const name = fieldSelector === "" ? "" : selectedName(fieldSelector);
  if (name === "") return "";
  const within = namespace !== "" || !resource.definition.namespaced ? namespace : selectedNamespace(fieldSelector);
  return within === "" && resource.definition.namespaced ? "" : keyOfServed(resource, within, name);
}

function rootForToken(server: ServerContext, revision: number, start: string): Root {
  try {
    return server.store.rootAt(revision);
  } catch (error) {
    if (!isGone(error)) throw error;
    const expired = new StatusError(
      410,
      "Expired",
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
        "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
        "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
        "deleted between the time the first chunk was returned and now may show up in the list.",
    );
    expired.status.metadata = { continue: encodeContinue({ revision: -1, start: `/${start}` }) };
    throw expired;
  }
}
