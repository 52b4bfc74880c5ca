import { get, type Request, type Sequence } from "../sequences.ts";

const aggregated = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

const groups = [
  ...["admissionregistration.k8s.io/v1", "apiextensions.k8s.io/v1", "apiregistration.k8s.io/v1", "apps/v1", "authentication.k8s.io/v1"],
  ...["authorization.k8s.io/v1", "autoscaling/v1", "autoscaling/v2", "batch/v1", "certificates.k8s.io/v1", "coordination.k8s.io/v1"],
  ...["discovery.k8s.io/v1", "events.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1", "networking.k8s.io/v1", "node.k8s.io/v1", "policy/v1"],
  ...["rbac.authorization.k8s.io/v1", "resource.k8s.io/v1", "scheduling.k8s.io/v1", "storage.k8s.io/v1"],
];

const missing = [
  ...["/nothing", "/nothing/", "/api/v2", "/api/v1/", "/api/v1/nothings", "/api/v1/nothings/a", "/api/v1/namespaces/default/nothings"],
  ...[
    "/api/v1/namespaces/default/pods/a/nothing",
    "/apis/nothing",
    "/apis/nothing/v1",
    "/apis/nothing/v1/things",
    "/apis/apps/v2",
    "/apis/apps/v1beta1",
  ],
  ...[
    "/apis/apps/v1/pods",
    "/apis/apps/v1/namespaces/default/pods/a",
    "/api/v1/namespaces/default/deployments",
    "/apis/extensions/v1beta1/ingresses",
  ],
  ...[
    "/api/v1/namespaces/default/nodes",
    "/api/v1/nodes/missing",
    "/api/v1/pods/a",
    "/healthz/nothing",
    "/livez/nothing",
    "/readyz/nothing",
    "/version/",
    "/version/a",
  ],
  ...[
    "/api/",
    "/apis/",
    "/apis/apps/",
    "/apis/apps/v1/",
    "/openapi",
    "/openapi/v3/nothing",
    "/openapi/v4",
    "/ui",
    "/logs",
    "/swagger.json",
    "/index.html",
    "//api",
    "/api//v1",
  ],
  ...[
    "/api/v1/watch",
    "/api/v1/namespaces/default/",
    "/api/v1/namespaces//pods",
    "/API/v1",
    "/api/V1",
    "/.well-known/nothing",
    "/openid/v1/nothing",
    "/metrics/nothing",
  ],
];

/** Which checks an answer names, where their number depends on what runs. */
const methods = ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

const sequences: Sequence[] = [
  { name: "versions", steps: [get("/api"), get("/apis"), get("/api/v1"), get("/version"), get("/version", { user: null })] },
  {
    name: "paths",
    steps: [
      get("/", {
        pick: (body) =>
          ((body as { paths: string[] }).paths ?? []).filter((path) =>
            /^\/(api|openapi|version|\.well|healthz$|livez$|readyz$|metrics$|openid)/.test(path),
          ),
      }),
    ],
  },
  { name: "groups", steps: [...new Set(groups.map((group) => group.split("/")[0]))].map((group) => get(`/apis/${group}`)) },
  { name: "resources", steps: groups.map((group) => get(`/apis/${group}`)) },
  {
    name: "forms",
    steps: [
      "application/yaml",
      "application/vnd.kubernetes.protobuf",
      "text/html",
      "*/*",
      "application/json;as=Table;v=v1;g=meta.k8s.io",
    ].flatMap((accept) =>
      ["/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/version"].map((path) => get(path, { headers: { accept } })),
    ),
  },
  {
    name: "aggregated",
    steps: [
      get("/api", { headers: { accept: aggregated("v2") } }),
      get("/apis", { headers: { accept: aggregated("v2") } }),
      get("/api", { headers: { accept: aggregated("v2beta1") } }),
      get("/apis", { headers: { accept: aggregated("v2beta1") }, pick: (body) => (body as { kind: string }).kind }),
      get("/api", { headers: { accept: `${aggregated("v2")},${aggregated("v2beta1")},application/json` } }),
      get("/api", { headers: { accept: `application/json,${aggregated("v2")}` } }),
      get("/api", { headers: { accept: aggregated("v3") } }),
      get("/api", { headers: { accept: `${aggregated("v3")},application/json` } }),
      get("/apis/apps", { headers: { accept: `${aggregated("v2")},application/json` } }),
      get("/apis/apps/v1", { headers: { accept: aggregated("v2") } }),
      get("/api", {
        headers: { accept: `application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList` },
        pick: () => "",
      }),
      (answers) => get("/api", { headers: { accept: aggregated("v2"), "if-none-match": String(answers[0]?.headers.etag) } }),
      get("/api", { headers: { accept: aggregated("v2"), "if-none-match": '"other"' }, pick: () => "" }),
    ],
  },
  { name: "missing", steps: missing.map((path) => get(path)) },
  {
    name: "missing, in other ways",
    steps: ["POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
      ["/nothing", "/api/v1/nothings", "/apis/nothing/v1/things/a", "/apis/apps/v2/deployments"].map(
        (path): Request => ({ method, path, body: {} }),
      ),
    ),
  },
  {
    name: "methods",
    steps: methods.flatMap((method) =>
      [
        "/api",
        "/apis",
        "/api/v1",
        "/apis/apps",
        "/apis/apps/v1",
        "/version",
        "/healthz",
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi/v2",
        "/openapi/v3",
        "/",
      ].map(
        (path): Request => ({
          method,
          path,
          pick: (body) => (method === "HEAD" || path === "/metrics" || path.startsWith("/openapi") ? "" : body),
        }),
      ),
    ),
  },
  {
    name: "health",
    steps: [
      ...[
        "/healthz",
        "/livez",
        "/readyz",
        "/healthz/ping",
        "/livez/ping",
        "/readyz/ping",
        "/readyz/shutdown",
        "/livez/etcd",
        "/readyz/informer-sync",
        "/livez?exclude=ping",
        "/livez?exclude=nothing",
        "/readyz?exclude=a&exclude=b",
        "/healthz/",
        "/livez/ping/",
      ].map((path) => get(path)),
      ...["/healthz", "/livez", "/readyz", "/readyz?verbose"].map((path) => get(path, { user: null })),
      get("/livez/ping", { user: null }),
      get("/healthz?verbose"),
      get("/livez?verbose"),
      get("/readyz?verbose"),
      get("/livez?verbose&exclude=ping"),
      get("/livez?verbose&exclude=nothing"),
      get("/livez?verbose=false"),
      get("/livez/ping?verbose"),
    ],
  },
  {
    name: "OpenAPI",
    steps: [
      get("/openapi/v2", { pick: (body) => Object.keys(body as object).sort() }),
      get("/openapi/v2", { pick: (body) => Object.keys((body as { definitions?: object }).definitions ?? {}).sort() }),
      get("/openapi/v2", { pick: (body) => Object.keys((body as { paths?: object }).paths ?? {}).sort() }),
      get("/openapi/v3", { pick: (body) => Object.keys((body as { paths?: object }).paths ?? {}).sort() }),
      get("/openapi/v3/api/v1", { pick: (body) => Object.keys((body as { paths?: object }).paths ?? {}).sort() }),
      get("/openapi/v3/apis/apps/v1", {
        pick: (body) => Object.keys((body as { components?: { schemas: object } }).components?.schemas ?? {}).sort(),
      }),
      get("/openapi/v3/apis/apps/v1", {
        pick: (body) => (body as { paths: object }).paths && Object.keys((body as { paths?: object }).paths ?? {}).sort(),
      }),
      get("/openapi/v2", { headers: { accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf" }, pick: () => "" }),
      get("/openapi/v2", { headers: { accept: "text/html" }, pick: () => "" }),
      get("/openapi/v3/apis/apps/v1", {
        headers: { accept: "application/com.github.proto-openapi.spec.v3@v1.0+protobuf" },
        pick: () => "",
      }),
    ],
  },
  {
    name: "forms of OpenAPI documents",
    steps: ["/openapi/v3/apis/apps/v1", "/openapi/v3/api", "/openapi/v3/version", "/openapi/v2", "/openapi/v3/nothing"].flatMap((path) =>
      [
        "application/json",
        "application/com.github.proto-openapi.spec.v3.v1.0+protobuf",
        "application/com.github.proto-openapi.spec.v3@v1.0+protobuf",
        "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
        "text/html",
        "application/yaml",
        "text/html,application/json;q=0.1",
      ].map((accept) => get(path, { headers: { accept }, pick: () => "" })),
    ),
  },
  {
    name: "OpenAPI documents of discovery",
    steps: [
      ...["api", "apis", "apis/apps", "version", "openid/v1/jwks", ".well-known/openid-configuration", "apis/nothing"].map((path) =>
        get(`/openapi/v3/${path}`, {
          pick: (body) => {
            const { paths = {}, components = {} } = body as { paths?: object; components?: { schemas?: object } };
            return [Object.keys(paths), Object.keys(components.schemas ?? {})];
          },
        }),
      ),
      get("/openapi/v3", {
        pick: (body) => Object.keys((JSON.parse(String(body)) as { paths: object }).paths).filter((path) => !path.includes("example")),
      }),
    ],
  },
  {
    name: "hashes of OpenAPI documents",
    steps: [
      get("/openapi/v3/apis/apps/v1?hash=x", { pick: () => "" }),
      get("/openapi/v3/apis/apps/v1?hash=", { pick: () => "" }),
      get("/openapi/v3/nothing?hash=x"),
      (answers) => get(String(answers[0]?.headers.location), { pick: () => "" }),
      (answers) => get("/openapi/v3/apis/apps/v1", { headers: { "if-none-match": String(answers[0]?.headers.etag) }, pick: () => "" }),
    ],
  },
  {
    name: "profiles",
    steps: ["nothing", "nothing/x", "a?debug=1"].map((name) => get(`/debug/pprof/${name}`)),
  },
  {
    name: "identity",
    steps: [
      get("/.well-known/openid-configuration", { pick: (body) => Object.keys(body as object).sort() }),
      get("/openid/v1/jwks", { pick: (body) => Object.keys(body as object) }),
      get("/.well-known/openid-configuration", { user: null }),
      get("/openid/v1/jwks", { user: null }),
    ],
  },
];

export default sequences;
