import { type Answer, create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const apiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
const group = "u{u}.example.com";
const name = `v1.${group}`;
const apiPath = `/apis/${group}/v1`;
const things = `${apiPath}/namespaces/{ns}/things`;

const service = (spec: object, of = "ext") => create("/api/v1/namespaces/{ns}/services", { metadata: { name: of }, spec }, quietly);
const external = (of = "ext") => service({ type: "ExternalName", externalName: "localhost" }, of);
const quietly = { pick: () => "" };

const apiService = (more: object = {}, version = "v1") => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: `${version}.${group}` },
  spec: {
    group,
    version,
    groupPriorityMinimum: 2000,
    versionPriority: 10,
    insecureSkipTLSVerify: true,
    service: { namespace: "{ns}", name: "ext", port: "{port}" },
    ...more,
  },
});
interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}
const conditionsOf = (body: unknown): Condition[] => (body as { status?: { conditions?: Condition[] } }).status?.conditions ?? [];
/** Ports and addresses are of the run. */
const verdict = (body: unknown) =>
  conditionsOf(body).map(({ message, ...rest }) => ({
    ...rest,
    message: message.replace(/localhost:\d+/g, "localhost:PORT").replace(/\[::1\]:\d+|127\.0\.0\.1:\d+/g, "PEER"),
  }));
const hasReason =
  (reason: string) =>
  ({ body }: Answer) =>
    conditionsOf(body).some((condition) => condition.reason === reason);
const settled = (reason: string, of = name): Request => get(`${apiServices}/${of}`, { until: hasReason(reason), pick: verdict });
const begin: Step[] = [
  external(),
  create(apiServices, apiService(), quietly),
  settled("Passed"),
  get(`${things}/first`, { until: ({ status }) => status === 200, ...quietly }),
];

/** The headers that a request comes with, in the order of their names; who asked and from where is of the run. */
const echo = {
  pick: (body: unknown) => {
    const { headers, ...rest } = body as { headers?: Record<string, string[]> };
    if (!headers) return body;
    delete headers["audit-id"];
    return { ...rest, headers };
  },
};
const asks = (method: string, path: string, body?: unknown, more: Partial<Request> = {}): Request => ({
  method,
  path,
  ...(body === undefined ? {} : { body }),
  ...echo,
  ...more,
});
const aggregatedV2 = { headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" } };
interface Discovered {
  items?: { metadata: { name?: string }; versions: { version: string; freshness: string }[] }[];
}
const discovered = (until: (item: NonNullable<Discovered["items"]>[number] | undefined) => boolean) => (answers: readonly Answer[]) => {
  const own = groupOf(answers);
  const find = (body: unknown) => (body as Discovered).items?.find(({ metadata }) => metadata.name === own);
  return get("/apis", { ...aggregatedV2, until: ({ body }) => until(find(body)), pick: (body) => find(body) ?? "absent" });
};
const groupOf = (answers: readonly Answer[]) => (answers[1]?.body as { spec?: { group?: string } })?.spec?.group ?? "";
const listedGroup = (answers: readonly Answer[]) =>
  get("/apis", {
    pick: (body) => (body as { groups: { name: string }[] }).groups.find((one) => one.name === groupOf(answers)) ?? "absent",
  });

const sequences: Sequence[] = [
  {
    name: "requests of all kinds",
    steps: [
      ...begin,
      asks("GET", things),
      asks("GET", `${things}/a?b=c&a=%20x&b=a`),
      asks("POST", things, { kind: "Thing", metadata: { name: "a" } }),
      asks("PUT", `${things}/a`, { kind: "Thing", metadata: { name: "a" } }),
      asks("PATCH", `${things}/a`, { spec: {} }, { headers: { "content-type": "application/merge-patch+json" } }),
      asks("DELETE", `${things}/a`),
      asks("DELETE", things, { propagationPolicy: "Orphan" }),
      asks("GET", `${things}/a/status`),
      asks("GET", `${things}/a/proxy/b/c`),
      asks("HEAD", things),
      asks("OPTIONS", things),
      asks("GET", `${things}?watch=true`),
      asks("GET", `${things}/a%2Fb`),
      asks("GET", `${apiPath}/places/x`),
      asks("GET", `${things}/`),
    ],
  },
  {
    name: "whom a request is of",
    steps: [
      ...begin,
      asks("GET", things, undefined, { user: { name: "jane", groups: ["dev", "ops"] } }),
      asks("GET", things, undefined, { user: null }),
      create(
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        { metadata: { name: "things-{u}" }, rules: [{ apiGroups: [group], resources: ["things"], verbs: ["list"] }] },
        quietly,
      ),
      create(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        {
          metadata: { name: "things-{u}" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "things-{u}" },
          subjects: [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }],
        },
        quietly,
      ),
      asks("GET", things, undefined, { user: { name: "jane", groups: ["dev", "ops"] }, until: ({ status }) => status === 200 }),
      asks("GET", `${things}/a`, undefined, { user: { name: "jane", groups: ["dev"] } }),
      asks("GET", things, undefined, { headers: { "x-remote-user": "root", "x-remote-group": "system:masters", "x-remote-extra-a": "b" } }),
      asks("GET", things, undefined, {
        user: "jane",
        headers: { "impersonate-uid": "u-1", "impersonate-extra-a.b%2fc": "d", "impersonate-extra-scopes": "view" },
      }),
    ],
  },
  {
    name: "what a server answers",
    steps: [
      ...begin,
      asks("GET", `${things}/status-418`),
      asks("GET", `${things}/status-404`),
      asks("POST", `${things}/status-201`, {}),
      asks("GET", `${things}/plain`),
      asks("GET", `${things}/plain-status-500`),
      asks("GET", `${things}/status-503`),
      asks("GET", `${things}/redirect`),
      asks("DELETE", `${things}/empty`),
    ],
  },
  {
    name: "discovery",
    steps: [
      ...begin,
      get(`/apis/${group}`),
      get(`/apis/${group}/`),
      get(apiPath),
      asks("GET", `${apiPath}/`),
      get(`/apis/${group}/v2`),
      get(`/apis/${group}/v2/things`),
      listedGroup,
      discovered((item) => item?.versions[0]?.freshness === "Current"),
      get("/openapi/v3", { pick: (body) => typeof (body as { paths?: object }).paths }),
      create(apiServices, apiService({ versionPriority: 20 }, "v2alpha1"), quietly),
      settled("Passed", `v2alpha1.${group}`),
      get(`/apis/${group}`, { until: ({ body }) => body?.versions?.length === 2 }),
      discovered((item) => item?.versions.length === 2 && item.versions.every(({ freshness }) => freshness === "Current")),
      remove(`${apiServices}/${name}`, undefined, quietly),
      get(`/apis/${group}`, { until: ({ body }) => body?.versions?.length === 1 }),
      get(things, { until: ({ status }) => status === 404 }),
      discovered((item) => item?.versions.length === 1),
    ],
  },
  {
    name: "a service that isn't there",
    steps: [
      get("/api/v1/namespaces/{ns}", quietly),
      create(apiServices, apiService(), quietly),
      settled("ServiceNotFound"),
      get(things),
      get(apiPath),
      get(`/apis/${group}`),
      listedGroup,
      discovered((item) => item?.versions[0]?.freshness === "Stale"),
      external(),
      settled("Passed"),
      get(things, { until: ({ status }) => status === 200, ...quietly }),
      remove("/api/v1/namespaces/{ns}/services/ext", undefined, quietly),
      settled("ServiceNotFound"),
      get(things, { until: ({ status }) => status === 503 }),
    ],
  },
  {
    name: "a service without endpoints",
    steps: [
      service({ ports: [{ name: "https", port: 444 }] }),
      create(apiServices, apiService({ service: { namespace: "{ns}", name: "ext", port: 443 } }), quietly),
      settled("ServicePortError"),
      patch("merge", "/api/v1/namespaces/{ns}/services/ext", { spec: { ports: [{ name: "https", port: 443 }] } }, quietly),
      settled("EndpointsNotFound"),
      create(
        "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices",
        {
          metadata: { name: "ext", labels: { "kubernetes.io/service-name": "ext" } },
          addressType: "IPv4",
          ports: [{ name: "other", port: 443 }],
          endpoints: [{ addresses: ["192.0.2.1"] }],
        },
        quietly,
      ),
      settled("MissingEndpoints"),
      get(things),
    ],
  },
  {
    name: "nobody answers",
    steps: [
      external(),
      create(apiServices, apiService({ service: { namespace: "{ns}", name: "ext", port: 1 } }), quietly),
      settled("FailedDiscoveryCheck"),
      get(things),
      patch("merge", `${apiServices}/${name}`, { spec: { service: { port: "{port}" } } }, quietly),
      settled("Passed"),
    ],
  },
  {
    name: "a server that fails",
    steps: [external(), create(apiServices, apiService({}, "v1broken"), quietly), settled("FailedDiscoveryCheck", `v1broken.${group}`)],
  },
  {
    name: "certificates of servers",
    steps: [
      external(),
      create(apiServices, apiService({ insecureSkipTLSVerify: false, caBundle: "{ca}" }), quietly),
      settled("FailedDiscoveryCheck"),
      put(`${apiServices}/${name}`, { ...apiService(), metadata: { name } }, quietly),
      patch("merge", `${apiServices}/${name}`, { spec: { insecureSkipTLSVerify: true, caBundle: null } }, quietly),
      settled("Passed"),
    ],
  },
  {
    name: "from local to remote and back",
    steps: [
      external(),
      create(apiServices, apiService({ service: null, insecureSkipTLSVerify: false }), { pick: verdict }),
      get(apiPath),
      patch(
        "merge",
        `${apiServices}/${name}`,
        { spec: { service: { namespace: "{ns}", name: "ext", port: "{port}" }, insecureSkipTLSVerify: true } },
        quietly,
      ),
      settled("Passed"),
      get(apiPath, { until: ({ status }) => status === 200 }),
      patch("merge", `${apiServices}/${name}`, { spec: { service: null, insecureSkipTLSVerify: false } }, quietly),
      settled("Local"),
      get(apiPath, { until: ({ status }) => status === 404 }),
    ],
  },
  {
    name: "the definition's own",
    steps: [
      get(`${apiServices}/v1.apps`, {
        pick: (body) => ({
          spec: (body as { spec: unknown }).spec,
          labels: (body as Answer["body"]).metadata.labels,
          conditions: verdict(body),
        }),
      }),
      get(`${apiServices}/v1.`, {
        pick: (body) => ({ spec: (body as { spec: unknown }).spec, labels: (body as Answer["body"]).metadata.labels }),
      }),
      get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication", {
        pick: (body) => {
          const { data = {} } = body as { data?: Record<string, string> };
          return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, key.endsWith("-file") ? typeof value : value]));
        },
      }),
    ],
  },
];

export default sequences;
