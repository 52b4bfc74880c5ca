import { create, get, type Sequence } from "../sequences.ts";

/** OpenAPI documents of both versions: paths, parameters and schemas of single kinds, without what is prose. */
type Tree = Readonly<Record<string, unknown>>;

/**
 * Descriptions of types, fields and parameters come from the published client, which formats them otherwise: of operations and answers
 * they are compared. So names of shared parameters, which have a hash of theirs, lose it.
 */
function plain(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, name));
  if (typeof value !== "object" || value === null) return value;
  const tree = value as Tree;
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(tree)) {
    const isProse = key === "description" && typeof member === "string" && !("responses" in tree) && !/^\d+$/.test(name);
    if (isProse && !/^name of the /.test(member)) continue;
    if (key === "$ref" && typeof member === "string") result[key] = member.replace(/^(#\/parameters\/\w+)-.{8}$/, "$1");
    else result[key] = plain(member, key);
  }
  return result;
}

const at = (document: string, ...paths: string[][]) =>
  get(document, {
    pick: (body) =>
      paths.map((path) =>
        plain(
          path.reduce<unknown>((tree, name) => (tree as Tree | undefined)?.[name], body),
          path.at(-1),
        ),
      ),
  });
const path = (name: string) => ["paths", name];

const inNamespace = "/api/v1/namespaces/{namespace}";
const core = [
  ...["", "/{name}", "/{name}/status", "/{name}/log", "/{name}/exec", "/{name}/attach", "/{name}/portforward", "/{name}/proxy"].map(
    (rest) => `${inNamespace}/pods${rest}`,
  ),
  ...["/{name}/proxy/{path}", "/{name}/eviction", "/{name}/binding", "/{name}/ephemeralcontainers"].map(
    (rest) => `${inNamespace}/pods${rest}`,
  ),
  ...["/api/v1/pods", "/api/v1/watch/pods", "/api/v1/watch/namespaces/{namespace}/pods/{name}", `${inNamespace}/bindings`],
  ...[
    `${inNamespace}/serviceaccounts/{name}/token`,
    "/api/v1/namespaces/{name}",
    "/api/v1/namespaces/{name}/finalize",
    "/api/v1/namespaces",
  ],
  ...["/api/v1/nodes/{name}/proxy/{path}", "/api/v1/componentstatuses", "/api/v1/", `${inNamespace}/endpoints`, `${inNamespace}/services`],
  ...[`${inNamespace}/services/{name}`, `${inNamespace}/replicationcontrollers/{name}/scale`],
];
const apps = "/apis/apps/v1/namespaces/{namespace}";
const others: readonly (readonly [document: string, path: string])[] = [
  ...["deployments", "deployments/{name}", "deployments/{name}/scale", "statefulsets/{name}/status"].map(
    (rest) => ["apis/apps/v1", `${apps}/${rest}`] as const,
  ),
  ["apis/certificates.k8s.io/v1", "/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}/approval"],
  ["apis/authentication.k8s.io/v1", "/apis/authentication.k8s.io/v1/tokenreviews"],
  ["apis/authorization.k8s.io/v1", "/apis/authorization.k8s.io/v1/namespaces/{namespace}/localsubjectaccessreviews"],
  ["apis/networking.k8s.io/v1", "/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"],
  ["apis/storage.k8s.io/v1", "/apis/storage.k8s.io/v1/storageclasses/{name}"],
  ["apis/apiextensions.k8s.io/v1", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"],
];
const types = [
  ...["admissionregistration.v1.MutatingWebhook", "apps.v1.DeploymentSpec", "apps.v1.DeploymentCondition", "autoscaling.v2.MetricSpec"],
  ...["core.v1.ContainerPort", "core.v1.ResourceRequirements", "core.v1.ServicePort", "core.v1.Toleration", "batch.v1.JobSpec"],
  ...["networking.v1.IngressBackend", "rbac.v1.PolicyRule", "policy.v1.PodDisruptionBudgetSpec", "core.v1.LimitRangeItem"],
].map((name) => `io.k8s.api.${name}`);

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "o{u}.example.com";
const definition = {
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { replicas: { type: "integer" } } },
              status: { type: "object", properties: { replicas: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};

const sequences: Sequence[] = [
  { name: "paths of version 2", steps: [at("/openapi/v2", ...core.map(path), ...others.map(([, name]) => path(name)))] },
  {
    name: "paths of version 3",
    steps: [at("/openapi/v3/api/v1", ...core.map(path)), ...others.map(([document, name]) => at(`/openapi/v3/${document}`, path(name)))],
  },
  {
    name: "types",
    steps: [
      at("/openapi/v2", ...types.map((name) => ["definitions", name])),
      ...types.map((name) => {
        const [, short = "", version = ""] = /^io\.k8s\.api\.(\w+)\.(\w+)/.exec(name) ?? [];
        const suffixes: Readonly<Record<string, string>> = {
          admissionregistration: ".k8s.io",
          networking: ".k8s.io",
          rbac: ".authorization.k8s.io",
        };
        const document = short === "core" ? `api/${version}` : `apis/${short}${suffixes[short] ?? ""}/${version}`;
        return at(`/openapi/v3/${document}`, ["components", "schemas", name]);
      }),
    ],
  },
  {
    name: "shared parameters",
    steps: [
      get("/openapi/v2", {
        pick: (body) => {
          const { parameters = {} } = body as { parameters?: Record<string, unknown> };
          return Object.entries(parameters)
            .map(([name, parameter]) => [name.slice(0, -9), plain(parameter)])
            .map((pair) => JSON.stringify(pair))
            .sort();
        },
      }),
      at("/openapi/v2", ["parameters", "pretty-tJGM1-ng"], ["parameters", "namespace-vgWSWtn3"], ["parameters", "body-78PwaGsr"]),
    ],
  },
  {
    name: "discovery and information",
    steps: [
      at(
        "/openapi/v2",
        path("/api/"),
        path("/apis/"),
        path("/apis/apps/"),
        path("/version/"),
        path("/openid/v1/jwks/"),
        path("/.well-known/openid-configuration/"),
      ),
      ...["api", "apis/apps", "version", "openid/v1/jwks"].map((name) => at(`/openapi/v3/${name}`, path(`/${name}/`), ["info"])),
      at("/openapi/v2", ["swagger"], ["info", "title"], ["securityDefinitions"], ["security"]),
      at("/openapi/v3/apis/apps/v1", ["openapi"], ["info", "title"], ["components", "securitySchemes"]),
    ],
  },
  {
    name: "custom resources",
    steps: [
      create(definitions, definition),
      get("/openapi/v2", {
        until: ({ body }) => /"listO\w*ExampleComV1NamespacedWidget"/.test(JSON.stringify(body?.paths ?? {})),
        pick: (body) => {
          const { paths = {} } = body as { paths?: Tree };
          const own = Object.entries(paths).filter(([name]) => /^\/apis\/o[^/]*\.example\.com\/v1\/.*widgets/.test(name));
          return own.map(([name, item]) => [name.replace(/^\/apis\/[^/]*/, ""), plain(item)]);
        },
      }),
      get(`/openapi/v3/apis/${group}/v1`, {
        until: ({ status }) => status === 200,
        pick: (body) =>
          Object.entries((body as { paths?: Tree }).paths ?? {}).map(([name, item]) => [name.replace(/^\/apis\/[^/]*/, ""), plain(item)]),
      }),
    ],
  },
];

export default sequences;
