import { StatusError } from "../machinery/errors.ts";
import type { MetricFamily } from "../machinery/metrics.ts";
import { utf8 } from "./bytes.ts";
import { keyOfServed } from "./catalog.ts";
import type { ServerContext } from "./context.ts";
import { aggregatedDiscovery, apiGroup, coreVersions, groupList, resourceList, servedGroups } from "./discovery.ts";
import { type HealthEndpoint, health, plain } from "./health.ts";
import { negotiate, parseAccept } from "./negotiate.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import { encodeObject } from "./respond.ts";
import type { RequestInfo } from "./route.ts";
import { gitVersion } from "./version.ts";

/** Discovery, health, version, OpenAPI, metrics: what is not a resource. Undefined: nothing is there. */
export function serveNonResource(
  server: ServerContext,
  request: ApiRequest,
  info: RequestInfo,
): ApiResponse | Promise<ApiResponse> | undefined {
  const parts = info.path.split("/").filter((part) => part !== "");
  const [first = "", second = "", third = ""] = parts;
  switch (first) {
    case "":
      return answer(server, request, { paths: rootPaths(server) });
    case "healthz":
    case "livez":
    case "readyz":
      return health(server, request, first as HealthEndpoint, parts.slice(1).join("/"));
    case "version":
      return answer(server, request, versionInfo);
    case "metrics":
      return parts.length === 1 ? metrics(server) : undefined;
    case "api":
      if (parts.length === 1) return aggregatedOr(server, request, true) ?? answer(server, request, coreVersions(server));
      return parts.length === 2 ? optional(server, request, resourceList(server, "", second)) : undefined;
    case "apis":
      if (parts.length === 1) return aggregatedOr(server, request, false) ?? answer(server, request, groupList(server));
      if (parts.length === 2) return optional(server, request, apiGroup(server, second));
      return parts.length === 3 ? optional(server, request, resourceList(server, second, third)) : undefined;
    case "openapi":
      return openapi(server, request, parts.slice(1));
    case ".well-known":
      return parts.length === 2 && second === "openid-configuration" ? answer(server, request, openidConfiguration(server)) : undefined;
    case "openid":
      if (second !== "v1" || third !== "jwks") return undefined;
      return server.platform.jwks().then((keys) => {
        const response = answer(server, request, keys);
        response.headers["content-type"] = "application/jwk-set+json";
        return response;
      });
    default:
      return undefined;
  }
}

const versionInfo = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion,
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64",
};

function answer(server: ServerContext, request: ApiRequest, object: object): ApiResponse {
  const negotiated = negotiate(request.headers.accept, false);
  return encodeObject(server, request, { ...negotiated, encoding: negotiated.encoding === "yaml" ? "yaml" : "json" }, 200, object);
}

function optional(server: ServerContext, request: ApiRequest, object: object | undefined): ApiResponse | undefined {
  return object && answer(server, request, object);
}

/** Aggregated discovery, when the client prefers it. */
function aggregatedOr(server: ServerContext, request: ApiRequest, core: boolean): ApiResponse | undefined {
  for (const { type, parameters } of parseAccept(request.headers.accept ?? "")) {
    if (type !== "application/json" && type !== "application/vnd.kubernetes.protobuf") continue;
    if (parameters.as === undefined) return undefined;
    if (parameters.as !== "APIGroupDiscoveryList" || parameters.g !== "apidiscovery.k8s.io") continue;
    const version = parameters.v;
    if ((version !== "v2" && version !== "v2beta1") || type !== "application/json") continue;
    const bytes = utf8(JSON.stringify(aggregatedDiscovery(server, core, version)));
    return withEtag(server, request, bytes, `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
  }
  return undefined;
}

function withEtag(server: ServerContext, request: ApiRequest, bytes: Uint8Array, type: string): ApiResponse {
  const etag = `"${server.platform.sha256(bytes).toUpperCase()}"`;
  const headers = { "cache-control": "public", etag, vary: "Accept" };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers, body: { form: "none" } };
  return { status: 200, headers: { ...headers, "content-type": type }, body: { form: "bytes", bytes } };
}

function openapi(server: ServerContext, request: ApiRequest, parts: string[]): Promise<ApiResponse> | undefined {
  const { openapi: documents } = server;
  const answerWith = (bytes: Uint8Array) => withEtag(server, request, bytes, "application/json");
  if (parts[0] === "v2" && parts.length === 1) return documents.v2().then(answerWith);
  if (parts[0] !== "v3") return undefined;
  if (parts.length === 1) return documents.v3Index().then(answerWith);
  return documents.v3(parts.slice(1).join("/"))?.then(answerWith);
}

async function metrics(server: ServerContext): Promise<ApiResponse> {
  const { metricsText } = server.options;
  if (!metricsText) throw new StatusError(404, "NotFound", "the server could not find the requested resource", {});
  const families = [...server.metrics.families(), storedObjects(server)];
  return plain(200, await metricsText(families), "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
}

function storedObjects(server: ServerContext): MetricFamily {
  return {
    name: "apiserver_resource_objects",
    help: "Number of stored objects at the time of last check split by kind.",
    type: "gauge",
    *samples() {
      const root = server.store.root();
      const counted = new Set<string>();
      for (const resource of server.catalog.all()) {
        const { group, resource: name, storageName } = resource.definition;
        if (!resource.stored || counted.has(storageName)) continue;
        counted.add(storageName);
        yield { labels: { group, resource: name }, value: root.count(keyOfServed(resource, "", "")) };
      }
    },
  };
}

function openidConfiguration(server: ServerContext): object {
  return {
    issuer: server.options.issuer,
    jwks_uri: `https://${server.options.serverAddress}/openid/v1/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  };
}

function rootPaths(server: ServerContext): string[] {
  const paths = [
    "/.well-known/openid-configuration",
    "/api",
    "/apis",
    "/healthz",
    "/livez",
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
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
