import type { StatusError } from "../machinery/errors.ts";
import { exactJson } from "../machinery/exact-json.ts";
import type { Status } from "../machinery/meta/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import { packageOf } from "../machinery/resource-ref.ts";
import { encodeEnvelope } from "../machinery/schema/envelope.ts";
import { parseExact } from "../machinery/schema/json-text.ts";
import type { Entry } from "../storage/store.ts";
import { AuthorizationError } from "./authorization/authorizer.ts";
import { text, utf8, withLineEnd } from "./bytes.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";
import { prepareToShow } from "./conversion.ts";
import { checkPartial, type Encoding, mediaTypes, type Negotiated, negotiateError, unstructured, wantsPretty } from "./negotiate.ts";
import { partialMessage } from "./partial-protobuf.ts";
import type { ApiRequest, ApiResponse, ResponseBody } from "./request.ts";
import { partialBytes, partialOf, tableOf } from "./table.ts";
import { warningHeader } from "./warning-header.ts";

const statusType = "machinery/meta/v1#Status";

/** The object of an entry in the version that this resource serves, frozen. Where a webhook converts, it has been prepared. */
export function servedValue(resource: ServedResource, entry: Entry): AnyObject {
  return resource.converter ? resource.converter.fromStored(entry.value) : entry.value;
}

/** An object with its managedFields, as the bytes of an answer show it. Makes a shallow copy. */
export function withManagedFields(value: AnyObject, managedFields: string | undefined): AnyObject {
  if (managedFields === undefined) return value;
  return { ...value, metadata: { ...value.metadata, managedFields: JSON.parse(managedFields) } };
}

/** An entry's bytes in one encoding, made once for all who ask. */
export function entryBytes(server: ServerContext, resource: ServedResource, entry: Entry, encoding: Encoding): Uint8Array {
  if (encoding === "json") {
    // Most custom objects lie as they are shown.
    if (!resource.converter || (resource.custom && servedValue(resource, entry) === entry.value)) return entry.json();
    return entry.encoded(`json ${resource.form}`, () =>
      utf8(exactJson(withManagedFields(servedValue(resource, entry), entry.managedFields))),
    );
  }
  if (encoding === "yaml") {
    return server.types.encodeYaml(withManagedFields(servedValue(resource, entry), entry.managedFields));
  }
  const { kind } = resource.definition;
  return encodeEnvelope(resource.apiVersion, kind, protobufMessage(server, resource, entry));
}

/** The protobuf message of an entry without an envelope, as lists hold it. */
export function protobufMessage(server: ServerContext, resource: ServedResource, entry: Entry): Uint8Array {
  return entry.encoded(`protobuf ${resource.apiVersion}`, () =>
    server.types.of(resource.definition.type).encodeProtobuf(withManagedFields(servedValue(resource, entry), entry.managedFields)),
  );
}

/** The answer that holds one stored object, in the form that the client asked for. */
export function answerEntry(server: ServerContext, call: Call, status: number, entry: Entry): ApiResponse | Promise<ApiResponse> {
  const preparing = prepareToShow(call.resource, [entry]);
  return preparing ? preparing.then(() => answerShown(server, call, status, entry)) : answerShown(server, call, status, entry);
}

/** The same for a write. Few ask again for what has just been written: its bytes are not kept where they can be read again. */
export function answerWritten(server: ServerContext, call: Call, status: number, entry: Entry): ApiResponse | Promise<ApiResponse> {
  const answer = answerEntry(server, call, status, entry);
  if (answer instanceof Promise) return answer.finally(() => entry.letGo());
  entry.letGo();
  return answer;
}

function answerShown(server: ServerContext, call: Call, status: number, entry: Entry): ApiResponse {
  const { resource, negotiated, request } = call;
  if (request.wantObjects) return { status, headers: warningHeaders(call), body: { form: "object", object: servedValue(resource, entry) } };
  checkPartial(negotiated, false, goTypeOf(resource));
  if (call.legacy && negotiated.as === "") {
    return answerObject(server, call, status, call.legacy.fromServed(withManagedFields(servedValue(resource, entry), entry.managedFields)));
  }
  if (negotiated.as === "Table") {
    const table = tableOf(server, resource, [entry], call.request.query.get("includeObject"), negotiated.asVersion);
    return answerObject(server, call, status, table);
  }
  if (negotiated.as === "PartialObjectMetadata") {
    if (negotiated.encoding === "json") return bytesAnswer(call, status, partialBytes(resource, entry, negotiated.asVersion));
    return answerObject(server, call, status, partialOf(resource, servedValue(resource, entry), entry, negotiated.asVersion));
  }
  return bytesAnswer(call, status, entryBytes(server, resource, entry, negotiated.encoding));
}

/** The answer that holds an object which isn't in the store: reviews, scales, tables, dry runs. */
export function answerObject(server: ServerContext, call: Call, status: number, object: AnyObject | object): ApiResponse {
  if (call.request.wantObjects) return { status, headers: warningHeaders(call), body: { form: "object", object } };
  const response = encodeObject(server, call.request, call.negotiated, status, object);
  Object.assign(response.headers, warningHeaders(call));
  return response;
}

/** The same of an object that was made for this answer alone, as partial metadata where that is wanted. `type` is its Go type. */
export function answerMade(server: ServerContext, call: Call, status: number, object: AnyObject, type: string): ApiResponse {
  const { as, asVersion } = call.negotiated;
  if (as === "") return answerObject(server, call, status, object);
  checkPartial(call.negotiated, false, type);
  const { metadata } = object;
  return answerObject(server, call, status, { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${asVersion}`, metadata });
}

function protobufTypeOf(server: ServerContext, object: object): string | undefined {
  const { apiVersion, kind } = object as AnyObject;
  // Discovery of the core group names no version of its own.
  return server.types.typeOf(apiVersion || "v1", kind ?? "");
}

export function encodeObject(
  server: ServerContext,
  request: ApiRequest,
  negotiated: Negotiated,
  status: number,
  object: object,
): ApiResponse {
  const { encoding } = negotiated;
  let bytes: Uint8Array;
  if (encoding === "protobuf") {
    const { apiVersion, kind } = object as AnyObject;
    const type = protobufTypeOf(server, object);
    const message =
      type === undefined ? partialMessage(server.types, object as AnyObject) : server.types.of(type).encodeProtobuf(object as AnyObject);
    if (message === undefined) return encodeObject(server, request, { ...negotiated, encoding: "json" }, status, object);
    bytes = encodeEnvelope(apiVersion ?? "", kind ?? "", message);
  } else if (encoding === "yaml") bytes = server.types.encodeYaml(object as AnyObject);
  else bytes = utf8(`${wantsPretty(request.query, request.headers["user-agent"]) ? exactJson(object, 2) : exactJson(object)}\n`);
  return { status, headers: { ...commonHeaders, "content-type": mediaTypes[encoding] }, body: { form: "bytes", bytes } };
}

export const commonHeaders = { "cache-control": "no-cache, private" };

function bytesAnswer(call: Call, status: number, bytes: Uint8Array): ApiResponse {
  const headers = { ...warningHeaders(call), ...commonHeaders, "content-type": mediaTypes[call.negotiated.encoding] };
  return { status, headers, body: bodyOf(call, bytes) };
}

const lineEnd = utf8("\n");

/** JSON ends its line: watches and lists share the bytes without it. */
function bodyOf(call: Call, bytes: Uint8Array): ResponseBody {
  if (call.negotiated.encoding !== "json") return { form: "bytes", bytes };
  if (wantsPretty(call.request.query, call.request.headers["user-agent"])) {
    return { form: "bytes", bytes: utf8(`${exactJson(parseExact(text(bytes)), 2)}\n`) };
  }
  const line = withLineEnd(bytes);
  if (line) return { form: "bytes", bytes: line };
  return { form: "chunks", chunks: [bytes, lineEnd], length: bytes.length + 1 };
}

/** The headers that each answer has, and its warnings. */
export function answerHeaders(call: Call, contentType: string): Record<string, string | string[]> {
  return { ...warningHeaders(call), ...commonHeaders, "content-type": contentType };
}

function warningHeaders(call: Call): Record<string, string | string[]> {
  if (call.warnings.length === 0) return {};
  return { warning: warningHeader(call.warnings) };
}

/** The `Status` of an error as an answer, in a form that the client can read. */
export function answerError(server: ServerContext, request: ApiRequest, error: StatusError, warnings: readonly string[] = []): ApiResponse {
  const { code, ...rest } = error.status;
  // The code comes last, as upstream prints it.
  const status: Status = { ...rest, ...(code === undefined ? {} : { code }) };
  const headers: Record<string, string | string[]> = {};
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter) headers["retry-after"] = String(retryAfter);
  if (warnings.length > 0) headers.warning = warningHeader(warnings);
  if (request.wantObjects) return { status: error.code, headers, body: { form: "object", object: status } };
  const encoding = negotiateError(request.headers.accept);
  const response =
    encoding === "protobuf"
      ? protobufStatus(server, error.code, status)
      : encodeObject(server, request, { encoding, as: "", asVersion: "" }, error.code, status);
  if (error instanceof AuthorizationError) response.headers["x-content-type-options"] = "nosniff";
  Object.assign(response.headers, headers);
  return response;
}

function protobufStatus(server: ServerContext, code: number, status: Status): ApiResponse {
  const bytes = encodeEnvelope("v1", "Status", server.types.of(statusType).encodeProtobuf(status as unknown as AnyObject));
  return { status: code, headers: { ...commonHeaders, "content-type": mediaTypes.protobuf }, body: { form: "bytes", bytes } };
}

/** The type of a resource's objects, as upstream names it when it tells of the wrong form of metadata. */
export function goTypeOf({ custom, definition }: ServedResource): string {
  return custom ? unstructured : `${packageOf(definition.group)}.${definition.kind}`;
}
