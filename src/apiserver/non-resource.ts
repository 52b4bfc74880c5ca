import { methodNotAllowed, pathNotFound, StatusError, serviceUnavailable } from "../machinery/errors.ts";
import { encodeEnvelope } from "../machinery/schema/envelope.ts";
import { openapiV3Url } from "../machinery/schema/openapi.ts";
import { text, utf8 } from "./bytes.ts";
import type { ServerContext } from "./context.ts";
import { aggregatedDiscovery, apiGroup, coreVersions, groupList, ownGroups, resourceList, servedGroups } from "./discovery.ts";
import { discoveryMessage } from "./discovery-protobuf.ts";
import { answerDocument } from "./document.ts";
import { dump } from "./flow-control/dumps.ts";
import { type HealthEndpoint, health, plain } from "./health.ts";
import { healthMetrics, metrics } from "./metrics/serve-metrics.ts";
import { checkAcceptable, encodingOf, mediaTypes, negotiate, parseAccept } from "./negotiate.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import { encodeObject } from "./respond.ts";
import type { RequestInfo } from "./route.ts";
import { versionInfo } from "./version.ts";

/** Discovery, health, version, OpenAPI, metrics: what is not a resource. Undefined: nothing is there. */
export function serveNonResource(
  server: ServerContext,
  request: ApiRequest,
  info: RequestInfo,
): ApiResponse | Promise<ApiResponse> | undefined {
  // Paths of discovery and the version may end in any number of slashes.
  const path = /^\/(api|version|apis\/[^/]+)(\/[^/]+)?\/\/+$/.test(info.path) ? info.path.replace(/\/+$/, "/") : info.path;
  const [root, first = "", ...rest] = path.split("/");
  if (root !== "") return undefined;
  const [second = "", third = ""] = rest;
  switch (first) {
    case "":
    case "index.html":
      return rest.length === 0 ? answer(server, request, { paths: rootPaths(server) }) : undefined;
    case "healthz":
    case "livez":
    case "readyz":
      return health(server, request, first as HealthEndpoint, rest.join("/"), info.path.endsWith("/"));
    case "version":
      if (second !== "" || rest.length > 1) throw pathNotFound();
      checkMethod(request);
      checkContentType(request, [mediaTypes.json]);
      return jsonOnly(server, request, versionInfo, "application/json");
    case "metrics":
      if (rest.length === 0) return metrics(server, request);
      return rest.join("/") === "slis" ? healthMetrics(server, request) : undefined;
    case "api":
      if (second === "" && rest.length < 2) {
        const aggregated = aggregatedOr(server, request, true);
        if (aggregated) return aggregated;
        checkMethod(request);
        checkContentType(request, Object.values(mediaTypes));
        return answer(server, request, coreVersions(server));
      }
      return routed(server, request, rest, resourceList(server, "", second), 2);
    case "apis":
      if (second === "" && rest.length < 2) {
        const aggregated = rest.length === 0 ? aggregatedOr(server, request, false) : undefined;
        return aggregated ?? answer(server, request, groupList(server), unrouted);
      }
      if (third === "" && rest.length < 3) return optional(server, request, apiGroup(server, second), unrouted);
      if (!isServedGroup(server, second)) return undefined;
      if (server.catalog.isCustomGroup(second)) return optional(server, request, resourceList(server, second, third), unrouted);
      return routed(server, request, rest, resourceList(server, second, third), 3);
    case "openapi":
      return openapi(server, request, rest);
    case ".well-known":
      if (rest.join("/").replace(/\/$/, "") !== "openid-configuration") return undefined;
      checkMethod(request);
      return server.platform.jwks().then(({ keys }) => cacheable(answer(server, request, openidConfiguration(server, keys))));
    case "debug":
      if (second === "pprof" && rest.length > 1 && rest.join("/") !== "pprof/") return unknownProfile();
      if (second !== "api_priority_and_fairness" || rest.length !== 2 || !server.flowControl) return undefined;
      return dump(server.flowControl, third, request);
    case "openid":
      if (rest.join("/").replace(/\/$/, "") !== "v1/jwks") return undefined;
      checkMethod(request);
      return server.platform.jwks().then((keys) => cacheable(jsonOnly(server, request, keys, "application/jwk-set+json")));
    default:
      return undefined;
  }
}

/** There are no profiles. */
function unknownProfile(): ApiResponse {
  const response = plain(404, "Unknown profile\n");
  response.headers["x-go-pprof"] = "1";
  return response;
}

/** Whether this server itself serves a group. */
export function isServedGroup(server: ServerContext, name: string): boolean {
  return name !== "" && (server.catalog.servesGroup(name) || ownGroups(server).some(({ group }) => group === name));
}

/** The resources of a version, below which the router answers for itself. A slash may end the path. */
function routed(
  server: ServerContext,
  request: ApiRequest,
  rest: readonly string[],
  found: object | undefined,
  length: number,
): ApiResponse | Promise<ApiResponse> {
  if (!found || rest.length > length || (rest.length === length && rest[length - 1] !== "")) throw pathNotFound();
  checkMethod(request);
  checkContentType(request, Object.values(mediaTypes));
  return answer(server, request, found);
}

/** A request that has nothing to say may still not say it in any form. */
function checkContentType({ headers }: ApiRequest, taken: readonly string[]): void {
  const type = headers["content-type"]?.split(";")[0]?.trim();
  if (type && !taken.includes(type)) throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

function checkMethod({ method }: ApiRequest): void {
  if (method !== "GET") throw methodNotAllowed();
}

function cacheable(response: ApiResponse): ApiResponse {
  response.headers["cache-control"] = "public, max-age=3600";
  return response;
}

/** What comes as JSON alone, under its own type. */
function jsonOnly(server: ServerContext, request: ApiRequest, object: object, type: string): ApiResponse {
  checkAcceptable(request.headers.accept, type, (accepted) => accepted === type || accepted === "*/*");
  const response = encodeObject(server, request, { encoding: "json", as: "", asVersion: "" }, 200, object);
  response.headers["content-type"] = type;
  return response;
}

/** Groups, and the versions of custom ones, are not behind the router that other paths pass, and refuse in other words. */
const unrouted = true;

function answer(server: ServerContext, request: ApiRequest, object: object, isUnrouted = false): ApiResponse {
  const { encoding } = negotiate(request.headers.accept, { transforms: false, isUnrouted });
  return encodeObject(server, request, { encoding, as: "", asVersion: "" }, 200, object);
}

function optional(server: ServerContext, request: ApiRequest, object: object | undefined, isUnrouted = false): ApiResponse | undefined {
  return object && answer(server, request, object, isUnrouted);
}

/** Aggregated discovery, when the client prefers it. */
function aggregatedOr(server: ServerContext, request: ApiRequest, core: boolean): ApiResponse | undefined {
  for (const { type, parameters } of parseAccept(request.headers.accept ?? "")) {
    // The router before the core's versions knows no such range.
    const encoding = type === "application/*" && !core ? "json" : encodingOf(type);
    if (encoding === undefined) continue;
    if (parameters.as !== "APIGroupDiscoveryList" || parameters.g !== "apidiscovery.k8s.io") continue;
    const version = parameters.v;
    if (version !== "v2") continue;
    const list = aggregatedDiscovery(server, core, version);
    server.metrics.aggregation.listsMade++;
    if (parameters.profile === "nopeer") server.metrics.aggregation.ownListsAsked++;
    const json = utf8(JSON.stringify(list));
    // One tag for all forms.
    let bytes = json;
    if (encoding === "yaml") bytes = server.types.encodeYaml(list);
    if (encoding === "protobuf") bytes = encodeEnvelope(list.apiVersion, list.kind, discoveryMessage(server.types, list));
    const shown = `${mediaTypes[encoding]};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return withEtag(request, bytes, shown, etagOf(server, json));
  }
  return undefined;
}

function inOneYear({ clock }: ServerContext): string {
  return new Date(clock.now() + 365 * 24 * 3600 * 1000).toUTCString().replace("GMT", "UTC");
}

function etagOf({ platform }: ServerContext, bytes: Uint8Array): string {
  return `"${platform.sha256(bytes).toUpperCase()}"`;
}

/** Of a list of discovery; `etag` names what the bytes are made from. */
function withEtag(request: ApiRequest, bytes: Uint8Array, type: string, etag: string): ApiResponse {
  const headers: Record<string, string> = { "cache-control": "public", etag, vary: "Accept" };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers, body: { form: "none" } };
  return { status: 200, headers: { ...headers, "content-type": type }, body: { form: "bytes", bytes } };
}

/** The media type of OpenAPI documents in protobuf. Clients ask for it with an `@` too, though no media type may be written so. */
const openapiProtobuf = (version: "v2" | "v3", sign = ".") => `application/com.github.proto-openapi.spec.${version}${sign}v1.0+protobuf`;

/** In which form a request takes an OpenAPI document; undefined: in none. */
function openapiType({ headers }: ApiRequest, version: "v2" | "v3"): string | undefined {
  const clauses = parseAccept(headers.accept ?? "");
  if (clauses.length === 0) return mediaTypes.json;
  for (const { type } of clauses) {
    if (type === mediaTypes.json || type === "application/*" || type === "*/*") return mediaTypes.json;
    if (type === openapiProtobuf(version) || type === openapiProtobuf(version, "@")) return openapiProtobuf(version);
  }
  return undefined;
}

function openapi(server: ServerContext, request: ApiRequest, parts: string[]): ApiResponse | Promise<ApiResponse> | undefined {
  const { openapi: documents } = server;
  if (parts[0] === "v2" && parts.length === 1) {
    const vary = "Accept-Encoding, Accept";
    const type = openapiType(request, "v2");
    if (!type) return { status: 406, headers: { ...uncached, vary }, body: { form: "none" } };
    return (type === openapiProtobuf("v2") ? documents.v2Protobuf() : documents.v2()).then((bytes) => {
      const etag = etagOf(server, bytes);
      const modifiedMilliseconds = documents.shownSince(bytes, server.clock.now());
      return answerDocument(request, { bytes, type, etag, modifiedMilliseconds, headers: { ...uncached, vary } });
    });
  }
  if (parts[0] !== "v3") return undefined;
  if (parts.length === 1) {
    return documents.v3Index().then((own) => {
      const bytes = withRemoteDocuments(server, own);
      const type = "text/plain; charset=utf-8";
      return answerDocument(request, { bytes, type, modifiedMilliseconds: server.clock.now(), headers: uncached });
    });
  }
  const path = parts.slice(1).join("/");
  const type = openapiType(request, "v3");
  const isProtobuf = type === openapiProtobuf("v3");
  const document = remoteDocument(server, path, isProtobuf) ?? documents.v3(path, isProtobuf);
  if (!document) return { status: 404, headers: { ...uncached }, body: { form: "none" } };
  if (!type) return { status: 406, headers: { ...uncached, vary: "Accept" }, body: { form: "none" } };
  const hash = documents.v3Hash(path);
  const asked = request.query.get("hash") ?? "";
  if (hash !== undefined && asked !== "" && asked !== hash) {
    const headers = { ...uncached, "content-type": type, etag: `"${hash}"`, location: openapiV3Url(path, hash), vary: "Accept" };
    return { status: 301, headers, body: { form: "none" } };
  }
  return document.then((bytes) => {
    const etag = hash === undefined ? etagOf(server, bytes) : `"${hash}"`;
    const modifiedMilliseconds = documents.shownSince(bytes, server.clock.now());
    // A client that names the document's hash may keep what it gets.
    const caching = asked === "" ? uncached : { "cache-control": "public, immutable", expires: inOneYear(server) };
    return answerDocument(request, { bytes, type, etag, modifiedMilliseconds, headers: { ...caching, vary: "Accept" } });
  });
}

/** The index with the documents of aggregated servers. */
function withRemoteDocuments({ remoteDiscovery }: ServerContext, own: Uint8Array): Uint8Array {
  const documents = remoteDiscovery.openapiDocuments();
  if (documents.size === 0) return own;
  const index = JSON.parse(text(own)) as { paths: Record<string, { serverRelativeURL: string }> };
  for (const [path, serverRelativeURL] of documents) index.paths[path] = { serverRelativeURL };
  return utf8(JSON.stringify(index));
}

function remoteDocument(
  { remoteDiscovery, aggregator, aggregatedApis, openapi }: ServerContext,
  path: string,
  isProtobuf: boolean,
): Promise<Uint8Array> | undefined {
  const url = remoteDiscovery.openapiDocuments().get(path);
  const [, group = "", version = ""] = path.split("/");
  const api = aggregatedApis.find(group, version);
  if (url === undefined || !api) return undefined;
  return aggregator.read(api, url, "application/json").then(
    (found) => openapi.encoded(found?.body ?? {}, isProtobuf),
    (error: unknown) => {
      throw serviceUnavailable(`the OpenAPI document of ${path} can't be had: ${(error as Error).message}`);
    },
  );
}

const uncached = { "cache-control": "no-cache, private" };

function openidConfiguration(server: ServerContext, keys: unknown): object {
  return {
    issuer: server.options.issuer,
    jwks_uri: server.options.jwksUri ?? `https://${server.options.serverAddress}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [...new Set((keys as { alg: string }[]).map(({ alg }) => alg))].sort(),
  };
}

function rootPaths(server: ServerContext): string[] {
  const paths = [
    "/.well-known/openid-configuration",
    "/api",
    "/apis",
    "/apis/",
    "/healthz",
    "/livez",
    "/metrics",
    "/metrics/slis",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ];
  for (const { group, versions } of servedGroups(server)) {
    if (group !== "") paths.push(`/apis/${group}`);
    for (const version of versions) paths.push(group === "" ? `/api/${version}` : `/apis/${group}/${version}`);
  }
  return paths.sort();
}
