import { isGone, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { Entry, Root } from "../../storage/store.ts";
import { concat, envelopeHead, envelopeTail, fieldHead, protobufField, totalLength, utf8, varint } from "../bytes.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeContinue, encodeContinue } from "../continue-token.ts";
import { mediaTypes, wantsPretty } from "../negotiate.ts";
import type { ApiResponse } from "../request.ts";
import { answerHeaders, answerObject, entryBytes, protobufMessage, servedValue, withManagedFields } from "../respond.ts";
import { compileSelection, type Selection } from "../selection.ts";
import { partialOf, tableOf } from "../table.ts";
import { type ListQuery, parseListQuery, tooLargeRevision } from "./list-options.ts";

interface Page {
  revision: number;
  entries: Entry[];
  continueToken: string;
  remaining: number | undefined;
}

export function list(server: ServerContext, call: Call): ApiResponse | Promise<ApiResponse> {
  const query = parseListQuery(call.request.query, false);
  const selection = compileSelection(call.resource, query.labelSelector, query.fieldSelector);
  const answer = () => answerPage(server, call, readPage(server, call, query, selection));
  if (server.options.localReads || query.resourceVersion !== "" || query.continueToken !== "") return answer();
  return server.store.whenCurrent(call.request.signal).then(answer);
}

function readPage(server: ServerContext, call: Call, query: ListQuery, selection: Selection): Page {
  const prefix = keyOfServed(call.resource, call.namespace, "");
  // Tokens are relative to the whole collection, whatever namespace is listed.
  const base = keyOfServed(call.resource, "", "");
  let after: string | undefined;
  let root: Root;
  if (query.continueToken !== "") {
    const token = decodeContinue(query.continueToken);
    if (query.resourceVersion !== "" && query.resourceVersion !== "0") {
      throw new StatusError(400, "BadRequest", "specifying resource version is not allowed when using continue");
    }
    after = base + token.start.replace(/\0$/, "");
    root = token.revision < 0 ? server.store.root() : rootForToken(server, token.revision, token.start);
  } else root = rootFor(server, query);

  if (selection !== undefined && after === undefined) {
    const filter = server.filters.get(call.resource, `${query.labelSelector} ${query.fieldSelector}`, selection);
    const entries = root.select(prefix, filter);
    if (query.limit === 0 || entries.length < query.limit)
      return { revision: root.revision, entries, continueToken: "", remaining: undefined };
  }
  const entries: Entry[] = [];
  let last: Entry | undefined;
  let more = false;
  for (const entry of root.range(prefix, after)) {
    if (query.limit > 0 && entries.length === query.limit) {
      more = true;
      break;
    }
    last = entry;
    if (selection === undefined || selection(servedValue(call.resource, entry))) entries.push(entry);
  }
  if (!more || !last) return { revision: root.revision, entries, continueToken: "", remaining: undefined };
  return {
    revision: root.revision,
    entries,
    continueToken: encodeContinue({ revision: root.revision, start: `/${last.key.slice(base.length)}\0` }),
    remaining: selection === undefined ? root.count(prefix, last.key) : undefined,
  };
}

function rootFor(server: ServerContext, query: ListQuery): Root {
  const { revision } = query;
  if (revision === 0) return server.store.root();
  if (revision > server.store.revision) throw tooLargeRevision(revision, server.store.revision);
  const exact = query.match === "Exact" || (query.match === "" && query.limit > 0);
  if (!exact) return server.store.root();
  try {
    return server.store.rootAt(revision);
  } catch (error) {
    if (isGone(error)) throw new StatusError(410, "Expired", "The resourceVersion for the provided list is too old.");
    throw error;
  }
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

interface PageMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

function metaOf(page: Page): PageMeta {
  return {
    resourceVersion: String(page.revision),
    ...(page.continueToken ? { continue: page.continueToken } : {}),
    ...(page.remaining ? { remainingItemCount: page.remaining } : {}),
  };
}

function answerPage(server: ServerContext, call: Call, page: Page): ApiResponse {
  const { resource, request, negotiated } = call;
  const kind = `${resource.definition.kind}List`;
  const metadata = metaOf(page);
  if (request.wantObjects) {
    const items = page.entries.map((entry) => servedValue(resource, entry));
    return { status: 200, headers: {}, body: { form: "object", object: { kind, apiVersion: resource.apiVersion, metadata, items } } };
  }
  if (call.legacy && negotiated.as === "") {
    const items = page.entries.map((entry) => withManagedFields(servedValue(resource, entry), entry.managedFields));
    return answerObject(
      server,
      call,
      200,
      call.legacy.fromServed({ kind, apiVersion: resource.apiVersion, metadata, items } as unknown as AnyObject),
    );
  }
  if (negotiated.as === "Table") {
    const table = tableOf(server, resource, page.entries, request.query.get("includeObject"), negotiated.asVersion);
    table.metadata = metadata;
    return answerObject(server, call, 200, table);
  }
  if (negotiated.as !== "") {
    const items = page.entries.map((entry) => partialOf(servedValue(resource, entry), entry, negotiated.asVersion));
    const list = { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${negotiated.asVersion}`, metadata, items };
    return answerObject(server, call, 200, list);
  }
  if (negotiated.encoding === "protobuf") return protobufList(server, call, page, kind, metadata);
  if (negotiated.encoding === "yaml" || wantsPretty(request.query, request.headers["user-agent"])) {
    const items = page.entries.map((entry) => itemObject(call, entry));
    return answerObject(server, call, 200, { kind, apiVersion: resource.apiVersion, metadata, items });
  }
  return jsonList(server, call, page, kind, metadata);
}

/** An item as lists show it: built-in kinds leave out what the list says already. */
export function itemObject(call: Call, entry: Entry): object {
  const object = withManagedFields(servedValue(call.resource, entry), entry.managedFields);
  if (call.resource.custom) return object;
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  return rest;
}

const comma = utf8(",");
const listEnd = utf8("]}\n");

function jsonList(server: ServerContext, call: Call, page: Page, kind: string, metadata: PageMeta): ApiResponse {
  const { resource } = call;
  const chunks: Uint8Array[] = [
    utf8(`{"kind":"${kind}","apiVersion":"${resource.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`),
  ];
  let first = true;
  for (const entry of page.entries) {
    if (!first) chunks.push(comma);
    first = false;
    if (resource.custom) chunks.push(entryBytes(server, resource, entry, "json"));
    else if (!resource.converter) chunks.push(entry.jsonWithoutHeader());
    else chunks.push(entry.encoded(`item ${resource.apiVersion}`, () => utf8(JSON.stringify(itemObject(call, entry)))));
  }
  chunks.push(listEnd);
  return { status: 200, headers: answerHeaders(call, mediaTypes.json), body: { form: "chunks", chunks, length: totalLength(chunks) } };
}

function protobufList(server: ServerContext, call: Call, page: Page, kind: string, metadata: PageMeta): ApiResponse {
  const items: Uint8Array[] = [protobufField(1, listMetaMessage(metadata))];
  for (const entry of page.entries) {
    const message = protobufMessage(server, call.resource, entry);
    items.push(fieldHead(2, message.length), message);
  }
  const length = totalLength(items);
  const chunks = [envelopeHead(call.resource.apiVersion, kind, length), ...items, envelopeTail];
  return { status: 200, headers: answerHeaders(call, mediaTypes.protobuf), body: { form: "chunks", chunks, length: totalLength(chunks) } };
}

/** The protobuf message of ListMeta. */
function listMetaMessage(metadata: PageMeta): Uint8Array {
  const parts = [protobufField(1, ""), protobufField(2, metadata.resourceVersion), protobufField(3, metadata.continue ?? "")];
  if (metadata.remainingItemCount !== undefined) parts.push(Uint8Array.from([4 * 8, ...varint(metadata.remainingItemCount)]));
  return concat(parts);
}
