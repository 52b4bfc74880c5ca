import { exactJson } from "../machinery/exact-json.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Entry } from "../storage/store.ts";
import { concat, envelopeHead, envelopeTail, fieldHead, protobufField, text, totalLength, utf8, varint } from "./bytes.ts";
import type { Call, ServerContext } from "./context.ts";
import { prepareToShow } from "./conversion.ts";
import { checkPartial, mediaTypes, wantsPretty } from "./negotiate.ts";
import type { ApiResponse } from "./request.ts";
import { answerHeaders, answerObject, entryBytes, goTypeOf, protobufMessage, servedValue, withManagedFields } from "./respond.ts";
import { inSlices } from "./slices.ts";
import { partialOf, tableFormOf, tableOf } from "./table.ts";

/** What a list found. */
export interface Page {
  revision: number;
  entries: Entry[];
  continueToken: string;
  remaining: number | undefined;
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

/** Bytes of a list: what comes before its items, each item, and what comes after. */
interface ListForm {
  head: Uint8Array;
  item(entry: Entry): Uint8Array;
  /** Between items. */
  separator: Uint8Array | undefined;
  tail: Uint8Array;
  /** Set when the bytes of an item depend on nothing but this and the entry. */
  name?: string;
}

/** The answer to a list, in the form that the client asked for. A long one is made in slices, between which others have their turn. */
export function answerPage(server: ServerContext, call: Call, page: Page): ApiResponse | Promise<ApiResponse> {
  const preparing = prepareToShow(call.resource, page.entries);
  return preparing ? preparing.then(() => answerShown(server, call, page)) : answerShown(server, call, page);
}

function answerShown(server: ServerContext, call: Call, page: Page): ApiResponse | Promise<ApiResponse> {
  const { resource, request, negotiated } = call;
  const { apiVersion } = resource;
  const { entries } = page;
  const kind = resource.definition.listKind ?? `${resource.definition.kind}List`;
  const metadata = metaOf(page);
  if (request.wantObjects) {
    const items: AnyObject[] = [];
    const finish = (): ApiResponse => ({
      status: 200,
      headers: {},
      body: { form: "object", object: { kind, apiVersion, metadata, items } },
    });
    // Objects that come from the disk are parsed on first use.
    const rest = inSlices(server, entries, (entry) => items.push(servedValue(resource, entry)));
    return rest === undefined ? finish() : rest.then(finish);
  }
  checkPartial(negotiated, true, goTypeOf(resource));
  if (call.legacy && call.negotiated.as === "") {
    const items = entries.map((entry) => withManagedFields(servedValue(resource, entry), entry.managedFields));
    return answerObject(server, call, 200, call.legacy.fromServed({ kind, apiVersion, metadata, items } as unknown as AnyObject));
  }
  const { as, asVersion, encoding } = negotiated;
  if (as === "Table") {
    const includeObject = request.query.get("includeObject");
    const table = { ...tableOf(server, resource, [], includeObject, asVersion), metadata };
    if (entries.length === 0) return answerObject(server, call, 200, table);
    const { rowOf } = tableFormOf(server, resource, includeObject, asVersion);
    if (encoding === "yaml") return answerObject(server, call, 200, { ...table, rows: entries.map(rowOf) });
    return answerForm(server, call, entries, jsonForm(call, { ...table, rows: [] }, rowOf), mediaTypes.json);
  }
  if (as !== "") {
    const list = { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${asVersion}`, metadata, items: [] as object[] | null };
    if (entries.length === 0 && encoding !== "protobuf") return answerObject(server, call, 200, { ...list, items: null });
    const itemOf = (entry: Entry) => partialOf(resource, servedValue(resource, entry), entry, asVersion);
    if (encoding !== "json") return answerObject(server, call, 200, { ...list, items: entries.map(itemOf) });
    return answerForm(server, call, entries, jsonForm(call, list, itemOf), mediaTypes.json);
  }
  if (encoding === "protobuf") {
    return protobufList(server, call, page, { kind, apiVersion, metadata }, (entry) => protobufMessage(server, resource, entry));
  }
  // Lists of custom resources tell that nothing follows, too.
  const list = { kind, apiVersion, metadata: resource.custom ? { continue: "", ...metadata } : metadata, items: [] };
  if (encoding === "yaml") return answerForm(server, call, entries, yamlForm(server, call, list), mediaTypes.yaml);
  return answerForm(server, call, entries, storedForm(server, call, list), mediaTypes.json);
}

/** An item as lists show it: built-in kinds leave out what the list says already. */
function itemObject(call: Call, entry: Entry): object {
  const object = withManagedFields(servedValue(call.resource, entry), entry.managedFields);
  if (call.resource.custom) return object;
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  return rest;
}

const comma = utf8(",");
const listEnd = utf8("]}\n");

/** A list whose items are made for this answer. `list` ends with the empty array that they are to be in. */
function jsonForm({ request }: Call, list: object, itemOf: (entry: Entry) => object): ListForm {
  if (!wantsPretty(request.query, request.headers["user-agent"])) {
    return {
      head: utf8(exactJson(list).slice(0, -2)),
      item: (entry) => utf8(exactJson(itemOf(entry))),
      separator: comma,
      tail: listEnd,
    };
  }
  const margin = "\n    ";
  let isFirst = true;
  const item = (entry: Entry) => {
    const ending = isFirst ? "" : ",";
    isFirst = false;
    return utf8(ending + margin + exactJson(itemOf(entry), 2).replaceAll("\n", margin));
  };
  return {
    head: utf8(exactJson(list, 2).slice(0, -3)),
    item,
    separator: undefined,
    get tail() {
      return utf8(isFirst ? "]\n}\n" : "\n  ]\n}\n");
    },
  };
}

/** A list of stored objects as JSON: the bytes that are kept beside them. */
function storedForm(server: ServerContext, call: Call, list: object): ListForm {
  const { resource, request } = call;
  const itemOf = (entry: Entry) => itemObject(call, entry);
  const form = jsonForm(call, list, itemOf);
  if (wantsPretty(request.query, request.headers["user-agent"])) return form;
  let item = (entry: Entry) => entry.jsonWithoutHeader();
  if (resource.custom) item = (entry) => entryBytes(server, resource, entry, "json");
  else if (resource.converter) item = (entry) => entry.encoded(`item ${resource.apiVersion}`, () => utf8(exactJson(itemOf(entry))));
  return { ...form, item, name: `json ${resource.form}` };
}

/** Maps are in the order of their keys: `items` comes second. */
function yamlForm(server: ServerContext, call: Call, list: object): ListForm {
  const empty = "items: []\n";
  const whole = text(server.types.encodeYaml(list));
  const at = whole.indexOf(empty);
  let isFirst = true;
  return {
    head: utf8(whole.slice(0, at)),
    item: (entry) => {
      const lines = server.types.encodeYaml({ items: [itemObject(call, entry)] });
      const bytes = isFirst ? lines : lines.subarray("items:\n".length);
      isFirst = false;
      return bytes;
    },
    separator: undefined,
    get tail() {
      return utf8((isFirst ? empty : "") + whole.slice(at + empty.length));
    },
  };
}

function answerForm(
  server: ServerContext,
  call: Call,
  entries: readonly Entry[],
  form: ListForm,
  contentType: string,
): ApiResponse | Promise<ApiResponse> {
  const chunks: Uint8Array[] = [form.head];
  const { separator } = form;
  const take = (entry: Entry) => {
    if (separator !== undefined && chunks.length > 1) chunks.push(separator);
    chunks.push(form.item(entry));
  };
  const finish = (): ApiResponse => {
    chunks.push(form.tail);
    const kept = form.name === undefined ? {} : { entries: { entries, form: form.name, first: 1, separated: separator !== undefined } };
    return {
      status: 200,
      headers: answerHeaders(call, contentType),
      body: { form: "chunks", chunks, length: totalLength(chunks), ...kept },
    };
  };
  const rest = inSlices(server, entries, take);
  return rest === undefined ? finish() : rest.then(finish);
}

function protobufList(
  server: ServerContext,
  call: Call,
  page: Page,
  { kind, apiVersion, metadata }: { kind: string; apiVersion: string; metadata: PageMeta },
  messageOf: (entry: Entry) => Uint8Array,
): ApiResponse | Promise<ApiResponse> {
  const items: Uint8Array[] = [protobufField(1, listMetaMessage(metadata))];
  const take = (entry: Entry) => {
    const message = messageOf(entry);
    items.push(fieldHead(2, message.length), message);
  };
  const finish = (): ApiResponse => {
    const chunks = [envelopeHead(apiVersion, kind, totalLength(items)), ...items, envelopeTail];
    const headers = answerHeaders(call, mediaTypes.protobuf);
    const kept = { entries: page.entries, form: `protobuf ${call.resource.apiVersion}`, first: 2, separated: false };
    return { status: 200, headers, body: { form: "chunks", chunks, length: totalLength(chunks), entries: kept } };
  };
  const rest = inSlices(server, page.entries, take);
  return rest === undefined ? finish() : rest.then(finish);
}

/** The protobuf message of ListMeta. */
function listMetaMessage(metadata: PageMeta): Uint8Array {
  const parts = [protobufField(1, ""), protobufField(2, metadata.resourceVersion), protobufField(3, metadata.continue ?? "")];
  if (metadata.remainingItemCount !== undefined) parts.push(Uint8Array.from([4 * 8, ...varint(metadata.remainingItemCount)]));
  return concat(parts);
}
