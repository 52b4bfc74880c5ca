import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

const alice = { name: "alice-{u}", groups: ["system:authenticated", "developers-{u}"] };
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const rbac = "/apis/rbac.authorization.k8s.io/v1";

const everyVerb = (user: Request["user"]): Request[] => [
  get(configMaps, { user: user ?? null }),
  get(`${configMaps}/a`, { user: user ?? null }),
  create(configMaps, { metadata: { name: "a" } }, { user: user ?? null }),
  put(`${configMaps}/a`, { metadata: { name: "a" } }, { user: user ?? null }),
  patch("merge", `${configMaps}/a`, {}, { user: user ?? null }),
  remove(`${configMaps}/a`, undefined, { user: user ?? null }),
  remove(configMaps, undefined, { user: user ?? null }),
  get(`${configMaps}?watch=true`, { user: user ?? null }),
  get("/api/v1/nodes", { user: user ?? null }),
  get("/api/v1/nodes/a", { user: user ?? null }),
  get("/api/v1/configmaps", { user: user ?? null }),
  get("/api/v1/namespaces/{ns}/pods/a/log", { user: user ?? null }),
  get("/api/v1/namespaces/{ns}/pods/a/status", { user: user ?? null }),
  create("/api/v1/namespaces/{ns}/pods/a/eviction", {}, { user: user ?? null }),
  get("/apis/apps/v1/namespaces/{ns}/deployments", { user: user ?? null }),
  get("/apis/apps/v1/namespaces/{ns}/deployments/a/scale", { user: user ?? null }),
  get("/apis/nothing/v1/things", { user: user ?? null }),
  get("/api/v1/nothings", { user: user ?? null }),
  get("/nothing", { user: user ?? null }),
  get("/metrics", { user: user ?? null }),
  get("/api", { user: user ?? null }),
  get("/apis", { user: user ?? null, pick: (body) => ((body as { kind?: string }).kind === "Status" ? body : "") }),
  get("/version", { user: user ?? null }),
  { method: "POST", path: "/version", user: user ?? null },
  { method: "DELETE", path: "/healthz", user: user ?? null },
];

const authorization = (value: string): Request => get("/api/v1/namespaces/default", { user: null, headers: { authorization: value } });

const access = (spec: object): Request => create("/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec });

const sequences: Sequence[] = [
  { name: "a stranger", steps: everyVerb(alice) },
  { name: "nobody", steps: everyVerb(null) },
  {
    name: "credentials",
    steps: [
      ...[
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic YTpi",
        "bearer wrong",
        "Bearer a b",
        "nonsense",
        "Negotiate x",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
      ].map(authorization),
      get("/healthz", { user: null, headers: { authorization: "Bearer wrong" } }),
      get("/version", { user: null, headers: { authorization: "Bearer wrong" } }),
      get("/nothing", { user: null, headers: { authorization: "Bearer wrong" } }),
      get("/api/v1/namespaces/default", { user: null, headers: { authorization: "Bearer wrong", accept: "application/yaml" } }),
      get("/api/v1/namespaces/default", {
        user: null,
        headers: { authorization: "Bearer wrong", accept: "application/vnd.kubernetes.protobuf" },
      }),
      get("/api/v1/namespaces/default", { user: null, headers: { accept: "application/yaml" } }),
      get("/api/v1/namespaces/default", { user: null, headers: { accept: "application/vnd.kubernetes.protobuf" } }),
      get("/api/v1/namespaces/default", { user: null, headers: { accept: "text/html" } }),
      get("/version", { headers: { "audit-id": "my-own-id" } }),
    ],
  },
  {
    name: "impersonation",
    steps: [
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-user": "bob-{u}" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-user": "bob-{u}", "impersonate-group": "system:masters" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-group": "system:masters" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-uid": "1" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-extra-scopes": "view" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-user": "system:serviceaccount:{ns}:default" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-user": "system:serviceaccount:{ns}" } }),
      get("/api/v1/namespaces/{ns}", { headers: { "impersonate-user": "system:anonymous" } }),
      create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { user: { name: "carol-{u}", groups: ["a-{u}"] } }),
      create(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {},
        { headers: { "impersonate-user": "carol-{u}", "impersonate-uid": "7", "impersonate-extra-scopes": "view" } },
      ),
      create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { user: "system:serviceaccount:{ns}:default" }),
      create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}),
      create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { user: null }),
      get("/api/v1/namespaces/{ns}", { user: alice, headers: { "impersonate-user": "bob-{u}" } }),
    ],
  },
  {
    name: "roles",
    steps: [
      create(`${rbac}/namespaces/{ns}/roles`, {
        metadata: { name: "reader" },
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }],
      }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "reader" },
        subjects: [{ kind: "User", name: "alice-{u}" }],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      }),
      ...everyVerb(alice).slice(0, 9),
      create(`${rbac}/namespaces/{ns}/roles`, { metadata: { name: "mine" }, rules: [] }, { user: alice }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "gone" },
        subjects: [{ kind: "User", name: "x" }],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "missing" },
      }),
      put(`${rbac}/namespaces/{ns}/rolebindings/reader`, {
        metadata: { name: "reader" },
        subjects: [{ kind: "User", name: "alice-{u}" }],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      }),
    ],
  },
  {
    name: "escalation",
    steps: [
      create(`${rbac}/namespaces/{ns}/roles`, {
        metadata: { name: "maker" },
        rules: [
          { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["*"] },
          { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
        ],
      }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "maker" },
        subjects: [{ kind: "Group", name: "developers-{u}" }],
        roleRef: { kind: "Role", name: "maker" },
      }),
      create(
        `${rbac}/namespaces/{ns}/roles`,
        { metadata: { name: "pods" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
        { user: alice },
      ),
      create(
        `${rbac}/namespaces/{ns}/roles`,
        { metadata: { name: "secrets" }, rules: [{ apiGroups: [""], resources: ["secrets", "pods"], verbs: ["get", "list"] }] },
        { user: alice },
      ),
      create(
        `${rbac}/namespaces/{ns}/roles`,
        { metadata: { name: "all" }, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
        { user: alice },
      ),
      create(
        `${rbac}/namespaces/{ns}/rolebindings`,
        { metadata: { name: "admin" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "ClusterRole", name: "admin" } },
        { user: alice, pick: (body) => (body as { reason: string }).reason },
      ),
      create(
        `${rbac}/namespaces/{ns}/rolebindings`,
        { metadata: { name: "own" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "Role", name: "maker" } },
        { user: alice },
      ),
      create(
        `${rbac}/namespaces/{ns}/rolebindings`,
        { metadata: { name: "missing" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "Role", name: "nothing" } },
        { user: alice },
      ),
    ],
  },
  {
    name: "reviews",
    steps: [
      access({}),
      access({ user: "x" }),
      access({ user: "x", resourceAttributes: { verb: "get", resource: "pods" } }),
      access({ user: "x", groups: ["system:masters"], resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } }),
      access({ user: "x", nonResourceAttributes: { path: "/version", verb: "get" } }),
      access({ user: "x", groups: ["system:authenticated"], nonResourceAttributes: { path: "/version", verb: "get" } }),
      access({ user: "x", nonResourceAttributes: { path: "/a", verb: "get" }, resourceAttributes: { verb: "get" } }),
      access({ resourceAttributes: { verb: "get", resource: "pods" } }),
      access({ user: "x", resourceAttributes: { verb: "list", resource: "pods", fieldSelector: { rawSelector: "a=b" } } }),
      access({
        user: "x",
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          fieldSelector: { rawSelector: "a=b", requirements: [{ key: "a", operator: "In", values: ["b"] }] },
        },
      }),
      access({
        user: "x",
        resourceAttributes: {
          verb: "list",
          resource: "pods",
          labelSelector: { requirements: [{ key: "", operator: "Nope", values: ["b"] }] },
        },
      }),
      create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        spec: { resourceAttributes: { verb: "create", resource: "pods", namespace: "{ns}" } },
      }),
      create(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        { spec: { resourceAttributes: { verb: "create", resource: "pods", namespace: "{ns}" } } },
        { user: alice },
      ),
      create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { spec: {} }),
      create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { spec: {} }, { user: null }),
      create("/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews", {
        spec: { user: "x", resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } },
      }),
      create("/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews", {
        spec: { user: "x", resourceAttributes: { verb: "get", resource: "pods", namespace: "other" } },
      }),
      create("/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews", {
        spec: { user: "x", resourceAttributes: { verb: "get", resource: "pods" } },
      }),
      create("/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews", {
        spec: { user: "x", nonResourceAttributes: { path: "/", verb: "get" } },
      }),
      create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "{ns}" } }, { user: alice }),
      create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: {} }),
      create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "wrong" } }),
      create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} }),
      create("/apis/authentication.k8s.io/v1/tokenreviews", { metadata: { name: "a" }, spec: { token: "x" } }),
      access({
        user: "x",
        uid: "1",
        extra: { a: ["b"] },
        resourceAttributes: {
          verb: "get",
          group: "apps",
          version: "v1",
          resource: "deployments",
          subresource: "scale",
          name: "a",
          namespace: "{ns}",
        },
      }),
      get("/apis/authorization.k8s.io/v1/subjectaccessreviews"),
      get("/apis/authentication.k8s.io/v1/tokenreviews/a"),
      { method: "DELETE", path: "/apis/authorization.k8s.io/v1/subjectaccessreviews" },
    ],
  },
];

export default sequences;
