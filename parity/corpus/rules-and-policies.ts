import { life, merge } from "../lives.ts";
import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

/** Policies that are refused, and people whose rights end somewhere. */
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const as = (request: Request): Request => ({ ...request, user: "dev-{u}" });
const B = `${rbac}/namespaces/{ns}/rolebindings`,
  C = `${rbac}/clusterrolebindings`;
const adm = "/apis/admissionregistration.k8s.io/v1";
const vap = `${adm}/validatingadmissionpolicies`,
  vapb = `${adm}/validatingadmissionpolicybindings`,
  map = `${adm}/mutatingadmissionpolicies`,
  mapb = `${adm}/mutatingadmissionpolicybindings`;
const cm = "/api/v1/namespaces/{ns}/configmaps";
const csr = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const ok = { pick: (body: unknown) => (body as { message?: string; kind?: string }).message ?? (body as { kind?: string }).kind ?? body };
const match = (more: object = {}) => ({
  matchConstraints: {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }],
  },
  ...more,
});
const bad = (spec: object) => create(`${vap}?dryRun=All`, { metadata: { name: "bad-{u}" }, spec });
const applyStatus = (more: object) =>
  patch("apply", `${vap}/by-apply-{u}/status?fieldManager=m`, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "by-apply-{u}" },
    ...more,
  });
const badm = (spec: object) => create(`${map}?dryRun=All`, { metadata: { name: "bad-{u}" }, spec });
const mut = (expression: string, patchType = "ApplyConfiguration") => ({
  ...match(),
  reinvocationPolicy: "Never",
  mutations: [patchType === "JSONPatch" ? { patchType, jsonPatch: { expression } } : { patchType, applyConfiguration: { expression } }],
});
const heads = (...all: Record<string, string | string[]>[]) => all;

const sequences: Sequence[] = [
  life(
    "bindings to roles that can't be",
    create(`${rbac}/clusterroles`, {
      metadata: { name: "m-{u}" },
      rules: [{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["*"], verbs: ["create", "get", "update", "patch"] }],
    }),
    create(C, {
      metadata: { name: "m-{u}" },
      subjects: [{ kind: "User", name: "dev-{u}" }],
      roleRef: { kind: "ClusterRole", name: "m-{u}" },
    }),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "Role", name: "none" } })),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "ClusterRole", name: "none" } })),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "Odd", name: "none" } })),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "", name: "none" } })),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "Role", name: "" } })),
    as(create(B, { metadata: { name: "a" } })),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "Role", name: "a/b" } })),
    as(create(B, { metadata: { name: "a" }, roleRef: { kind: "Role", name: ".." } })),
    as(create(C, { metadata: { name: "a" }, roleRef: { kind: "Role", name: "" } })),
    as(create(B, { metadata: { name: "a" }, subjects: [{}], roleRef: { kind: "Role", name: "x", apiGroup: "other" } })),
    as(create(C, { metadata: { name: "a" }, roleRef: { kind: "toString", name: "x" } })),
    as(create(B, { metadata: { generateName: "a-" }, roleRef: { kind: "Role", name: "none" } })),
    as(create(C, { metadata: { name: "a" }, roleRef: { kind: "ClusterRole", name: "none" } })),
    as(create(C, { metadata: { name: "a" }, roleRef: { kind: "Role", name: "none" } })),
    as(put(`${C}/a`, { metadata: { name: "a" }, roleRef: { kind: "ClusterRole", name: "none" } })),
    as(
      patch("apply", `${B}/z?fieldManager=x`, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "z" },
        roleRef: { kind: "Role", name: "none", apiGroup: "rbac.authorization.k8s.io" },
      }),
    ),
    create(B, { metadata: { name: "have" }, roleRef: { kind: "Role", name: "none" } }),
    as(patch("merge", `${B}/have`, { subjects: [{ kind: "User", name: "x" }] })),
    as(patch("merge", `${B}/have`, { metadata: { labels: { a: "b" } } })),
    as(put(`${B}/have`, { metadata: { name: "have" }, subjects: [{ kind: "User", name: "x" }], roleRef: { kind: "Role", name: "none" } })),
    as(patch("merge", `${B}/have`, { roleRef: { name: "other" } })),
  ),
  life(
    "policies refused",
    bad({}),
    bad(match()),
    bad(match({ validations: [] })),
    bad(match({ validations: [{ expression: "" }] })),
    bad(match({ validations: [{ expression: "object.x == 1" }] })),
    bad(match({ validations: [{ expression: "1" }] })),
    bad(match({ validations: [{ expression: "nope" }] })),
    bad(match({ validations: [{ expression: "true", message: "", messageExpression: "1", reason: "Odd" }] })),
    bad(match({ validations: [{ expression: "true", message: "a\nb" }] })),
    bad(match({ validations: [{ expression: "params.x" }] })),
    bad(match({ paramKind: {}, validations: [{ expression: "params.x == 1" }] })),
    bad(
      match({
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        validations: [{ expression: "params.data.x == 'a'" }],
        failurePolicy: "Maybe",
      }),
    ),
    bad(
      match({
        variables: [
          { name: "a", expression: "1" },
          { name: "a", expression: "2" },
          { name: "b-c", expression: "1" },
          { name: "d", expression: "variables.e" },
          { name: "e", expression: "1 +" },
        ],
        validations: [{ expression: "variables.a == 1" }],
      }),
    ),
    bad(
      match({
        auditAnnotations: [
          { key: "a", valueExpression: "'x'" },
          { key: "a", valueExpression: "1" },
          { key: "a b", valueExpression: "" },
        ],
      }),
    ),
    bad(
      match({
        matchConditions: [
          { name: "a", expression: "1" },
          { name: "a b", expression: "true" },
          { name: "", expression: "request.x == ''" },
        ],
        validations: [{ expression: "true" }],
      }),
    ),
    bad({ matchConstraints: {}, validations: [{ expression: "true" }] }),
    bad({
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ["*", "a"],
            apiVersions: [],
            operations: ["CONNECT", "*"],
            resources: ["pods", "*/*", "pods"],
            resourceNames: ["", "a", "a"],
            scope: "X",
          },
        ],
        matchPolicy: "Y",
        excludeResourceRules: [{}],
        namespaceSelector: { matchLabels: { "a b": "c" } },
        objectSelector: { matchExpressions: [{ key: "x", operator: "In" }] },
      },
      validations: [{ expression: "true" }],
    }),
    bad(match({ validations: [{ expression: "object.metadata.name.all(c, true)" }] })),
    bad(
      match({
        validations: [
          {
            expression:
              "authorizer.group('').resource('pods').check('get').allowed() && namespaceObject.metadata.name == 'x' && request.userInfo.username != '' && (oldObject == null || has(object.data))",
          },
        ],
      }),
    ),
  ),
  life(
    "bindings refused",
    ...[
      {},
      { policyName: "x" },
      { policyName: "A_b", validationActions: ["Deny", "Warn", "Deny"] },
      { policyName: "x", validationActions: ["Deny", "Warn"] },
      { policyName: "x", validationActions: ["Nope"] },
      { policyName: "x", validationActions: ["Audit"], paramRef: {} },
      { policyName: "x", validationActions: ["Audit"], paramRef: { name: "a", selector: {}, parameterNotFoundAction: "Maybe" } },
      {
        policyName: "x",
        validationActions: ["Audit"],
        paramRef: { selector: { matchLabels: { "a b": "" } }, parameterNotFoundAction: "Allow" },
      },
      { policyName: "x", validationActions: ["Audit"], matchResources: { resourceRules: [{}] } },
      { policyName: "x", validationActions: ["Audit"], matchResources: {} },
    ].map((spec) => create(`${vapb}?dryRun=All`, { metadata: { name: "bad-{u}" }, spec })),
  ),
  life(
    "mutating refused",
    badm({}),
    badm(match()),
    badm(match({ reinvocationPolicy: "Sometimes", mutations: [] })),
    badm(mut("")),
    badm(mut("Object{")),
    badm(mut("Object{metadata: Object.metadata{labels: {'a': 'b'}}}")),
    badm(mut("Object{nope: 1}")),
    badm(mut("1")),
    badm(mut("[JSONPatch{op: 'add', path: '/metadata/labels/x', value: 'y'}]", "JSONPatch")),
    badm(mut("[JSONPatch{op: 'nope', path: '/x'}]", "JSONPatch")),
    badm(mut("JSONPatch{}", "JSONPatch")),
    badm(
      match({
        reinvocationPolicy: "Never",
        mutations: [
          { patchType: "Odd" },
          { patchType: "JSONPatch", applyConfiguration: { expression: "Object{}" } },
          { patchType: "ApplyConfiguration" },
        ],
      }),
    ),
    badm({
      ...mut("Object{}"),
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      variables: [{ name: "x", expression: "params.data" }],
      matchConditions: [{ name: "x", expression: "variables.x == null" }],
      failurePolicy: "Ignore",
    }),
    create(`${mapb}?dryRun=All`, { metadata: { name: "bad-{u}" }, spec: {} }),
    create(`${mapb}?dryRun=All`, { metadata: { name: "bad-{u}" }, spec: { policyName: "x", paramRef: { name: "x" } } }),
    create(`${mapb}?dryRun=All`, {
      metadata: { name: "ok-{u}" },
      spec: {
        policyName: "x",
        matchResources: { resourceRules: [{ apiGroups: [""], apiVersions: ["*"], operations: ["CREATE"], resources: ["pods"] }] },
      },
    }),
  ),
  life(
    "csr",
    ...[
      {},
      { request: "" },
      { request: "bm90", signerName: "x", usages: [] },
      { request: "bm90", signerName: "example.com/x", usages: ["any"] },
      {
        request: "bm90",
        signerName: "kubernetes.io/kube-apiserver-client",
        usages: ["client auth", "client auth", "odd"],
        expirationSeconds: 5,
      },
      { request: "!!", signerName: "example.com/x", usages: ["any"] },
    ].map((spec) => create(csr, { metadata: { name: "c-{u}" }, spec })),
    get(`${csr}/none-{u}/approval`),
    merge(`${csr}/none-{u}/approval`, {}),
    put(`${csr}/none-{u}/status`, { metadata: { name: "none-{u}" } }),
    get(`${csr}?fieldSelector=spec.signerName%3Dx`),
    get(`${csr}?fieldSelector=spec.username%3Dx`, ok),
  ),
  life(
    "rbac people",
    create(`${rbac}/namespaces/{ns}/roles`, {
      metadata: { name: "edit" },
      rules: [
        { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create", "patch"] },
        { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["create", "get", "update", "patch"] },
      ],
    }),
    create(`${rbac}/namespaces/{ns}/rolebindings`, {
      metadata: { name: "edit" },
      subjects: [{ kind: "Group", name: "devs-{u}" }],
      roleRef: { kind: "Role", name: "edit" },
    }),
    ...[
      create(cm, { metadata: { name: "a" } }),
      get(cm),
      get(`${cm}/a`),
      get("/api/v1/configmaps"),
      remove(`${cm}/a`),
      remove(cm),
      patch("merge", `${cm}/a`, { data: { x: "y" } }),
      patch("apply", `${cm}/b?fieldManager=x`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } }),
      put(`${cm}/a`, { metadata: { name: "a" } }),
      get(`${cm}?watch=1&timeoutSeconds=1`),
      get("/api/v1/namespaces/{ns}"),
      get("/api/v1/nodes"),
      create(`${rbac}/namespaces/{ns}/roles`, {
        metadata: { name: "more" },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      }),
      create(`${rbac}/namespaces/{ns}/roles`, {
        metadata: { name: "less" },
        rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["x"], verbs: ["get"] }],
      }),
      patch("merge", `${rbac}/namespaces/{ns}/roles/less`, { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "me" },
        subjects: [{ kind: "User", name: "me" }],
        roleRef: { kind: "ClusterRole", name: "cluster-admin" },
      }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "me" },
        subjects: [{ kind: "User", name: "me" }],
        roleRef: { kind: "Role", name: "edit" },
      }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "me2" },
        subjects: [{ kind: "User", name: "me" }],
        roleRef: { kind: "Role", name: "none" },
      }),
      create(`${rbac}/clusterroles`, { metadata: { name: "x-{u}" } }),
      get("/metrics", ok),
      get("/openapi/v2", { pick: (body: unknown) => typeof body }),
      get("/healthz", ok),
      get("/nope"),
      create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "{ns}" } }),
      get("/api/v1/namespaces/{ns}/pods/x/log"),
      create("/api/v1/namespaces/{ns}/pods/x/eviction", {}),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", {}),
      get("/api/v1/namespaces/{ns}/services/x/proxy/y"),
    ].map((r) => ({ ...r, user: { name: "dev-{u}", groups: ["devs-{u}", "system:authenticated"] } })),
  ),
  life(
    "impersonation",
    ...heads(
      { "impersonate-user": "" },
      { "impersonate-group": "x" },
      { "impersonate-user": "a", "impersonate-uid": "1" },
      { "impersonate-uid": "1" },
      { "impersonate-extra-x": "1" },
      { "impersonate-user": "system:serviceaccount:{ns}:default" },
      { "impersonate-user": "system:serviceaccount:bad" },
      { "impersonate-user": "system:anonymous" },
      { "impersonate-user": "system:node:x", "impersonate-group": "system:nodes" },
      { "impersonate-user": "a", "impersonate-group": ["system:masters"] },
      { "impersonate-user": "a", "impersonate-extra-scopes": "b", "impersonate-extra-example.com%2fx": "c" },
      { "impersonate-user": "a", "impersonate-group": ["system:unauthenticated"] },
    ).map((headers) => create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { headers })),
    get("/api/v1/namespaces/{ns}/pods", { headers: { "impersonate-user": "b", "impersonate-group": ["x"] } }),
  ),
  life(
    "a policy made by an apply to its status, and by no update",
    ...[{}, { spec: match({ validations: [{ expression: "true" }] }) }].map((more) => applyStatus(more)),
    applyStatus({
      status: { conditions: [{ type: "A", status: "True", lastTransitionTime: "2024-01-01T00:00:00Z", reason: "R", message: "" }] },
    }),
    put(`${vap}/by-put-{u}/status`, { metadata: { name: "by-put-{u}" }, spec: match({ validations: [{ expression: "true" }] }) }),
    merge(`${vap}/by-patch-{u}/status`, {}),
  ),
];

export default sequences;
