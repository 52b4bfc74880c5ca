import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** Roles and bindings: whole manifests, and their lives. */
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roles = `${rbac}/namespaces/{ns}/roles`;
const bindings = `${rbac}/namespaces/{ns}/rolebindings`;
const clusterRoles = `${rbac}/clusterroles`;
const clusterBindings = `${rbac}/clusterrolebindings`;

const reader = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: pod-reader, labels: {app: web}}
rules:
- apiGroups: [""]
  resources: [pods, pods/log]
  verbs: [get, watch, list]
- {apiGroups: [apps], resources: [deployments], resourceNames: [web], verbs: [update, patch]}
`;

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: read-pods}
subjects:
- {kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}
- {kind: Group, name: devs}
- {kind: ServiceAccount, name: default, namespace: "{ns}"}
roleRef: {kind: Role, name: pod-reader, apiGroup: rbac.authorization.k8s.io}
`;

const monitoring = {
  metadata: { name: "monitoring-{u}" },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "rbac.example.com/aggregate-{u}": "true" } }] },
  rules: [],
};

const sequences: Sequence[] = [
  life(
    "role: made, changed, read",
    manifest(roles, reader),
    manifest(roles, reader),
    table(roles),
    table(`${roles}/pod-reader`),
    json(`${roles}/pod-reader`, [{ op: "add", path: "/rules/-", value: { apiGroups: ["*"], resources: ["*"], verbs: ["*"] } }]),
    json(`${roles}/pod-reader`, [{ op: "add", path: "/rules/-", value: {} }]),
    json(`${roles}/pod-reader`, [{ op: "add", path: "/rules/-", value: { nonResourceURLs: ["/x"], verbs: ["get"] } }]),
    json(`${roles}/pod-reader`, [{ op: "add", path: "/rules/-", value: { verbs: [], apiGroups: [], resources: [] } }]),
    json(`${roles}/pod-reader`, [{ op: "add", path: "/rules/-", value: { verbs: ["get"], apiGroups: ["x"] } }]),
    json(`${roles}/pod-reader`, [{ op: "add", path: "/rules/0/verbs/-", value: "" }]),
    json(`${roles}/pod-reader`, [{ op: "replace", path: "/rules/0/verbs", value: null }]),
    json(`${roles}/pod-reader`, [{ op: "test", path: "/rules/0/verbs/0", value: "list" }]),
    json(`${roles}/pod-reader`, [{ op: "copy", from: "/rules/0", path: "/rules/1" }]),
    json(`${roles}/pod-reader`, [{ op: "move", from: "/rules/0", path: "/rules/9" }]),
    strategic(`${roles}/pod-reader`, { rules: [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"] }] }),
    strategic(`${roles}/pod-reader`, { rules: null }),
    get(`${roles}/pod-reader`),
    put(`${roles}/pod-reader`, { metadata: { name: "pod-reader" }, rules: [{ verbs: ["get"], resources: ["a"], apiGroups: [""] }] }),
    put(`${roles}/other`, { metadata: { name: "other" } }),
    edit(`${roles}/pod-reader`, (role) => {
      role.rules[0].resourceNames = ["", "a", "a"];
      role.rules[0].attributeRestrictions = {};
    }),
    get(`${roles}/pod-reader`, { headers: { accept: "application/yaml" } }),
    get(`${roles}/pod-reader/status`),
    patch("merge", `${roles}/pod-reader/status`, {}),
    get(`${roles}?fieldSelector=rules=x`),
    remove(`${roles}/pod-reader?propagationPolicy=Orphan&dryRun=All`),
    remove(roles),
    table(roles),
  ),
  life(
    "role: names that only these have",
    ...["system:x:{u}", "a:b", "A B", "x/y", "x%y", ".", "..", "é", "a".repeat(254), "-", "_"].flatMap((name) => [
      create(`${roles}?dryRun=All`, { metadata: { name } }),
      create(`${clusterBindings}?dryRun=All`, { metadata: { name }, roleRef: { kind: "ClusterRole", name } }),
    ]),
    create(roles, { metadata: { name: "system:é: {u}" } }),
    get(`${roles}/system:%C3%A9:%20{u}`),
    get(`${roles}/system:é: {u}`.replace("é", "%c3%a9").replace(" ", "+")),
    get(`${roles}?fieldSelector=metadata.name=system:%C3%A9:%20{u}`),
    merge(`${roles}/system%3A%C3%A9%3A%20{u}`, { metadata: { labels: { a: "b" } } }),
    applied(`${roles}/a:b`, "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'a:b'}\n", "x"),
    remove(`${roles}/a:b`),
  ),
  life(
    "binding: made, changed, read",
    manifest(bindings, binding),
    table(bindings),
    get(`${bindings}/read-pods`, {
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
      pick: (body) => (body as { columnDefinitions: unknown[] }).columnDefinitions,
    }),
    merge(`${bindings}/read-pods`, { roleRef: { name: "other" } }),
    merge(`${bindings}/read-pods`, { roleRef: { kind: "ClusterRole" } }),
    merge(`${bindings}/read-pods`, { roleRef: { apiGroup: null } }),
    merge(`${bindings}/read-pods`, { roleRef: null }),
    merge(`${bindings}/read-pods`, { subjects: null }),
    table(`${bindings}/read-pods`),
    merge(`${bindings}/read-pods`, {
      subjects: [
        { kind: "User", name: "a", namespace: "b" },
        { kind: "ServiceAccount", name: "c" },
      ],
    }),
    merge(`${bindings}/read-pods`, { subjects: [{ kind: "Robot", name: "" }, { kind: "Group" }, {}] }),
    merge(`${bindings}/read-pods`, {
      subjects: [
        { kind: "ServiceAccount", name: "A b", namespace: "N_", apiGroup: "x" },
        { kind: "User", name: "u", apiGroup: "" },
        { kind: "User", name: "v", apiGroup: "y" },
        { kind: "ServiceAccount", apiGroup: "", name: "d", namespace: "z" },
      ],
    }),
    strategic(`${bindings}/read-pods`, { subjects: [{ kind: "ServiceAccount", name: "d", namespace: "z" }] }),
    strategic(`${bindings}/read-pods`, { subjects: [{ kind: "User", name: "e" }] }),
    table(`${bindings}/read-pods`),
    applied(`${bindings}/read-pods`, binding, "me"),
    applied(`${bindings}/read-pods`, binding, "me", "&force=true"),
    applied(`${bindings}/read-pods`, binding.replace("name: pod-reader", "name: x"), "me", "&force=true"),
    applied(`${bindings}/read-pods`, binding.replace("- {kind: Group, name: devs}\n", ""), "me"),
    get(`${bindings}/read-pods`),
    put(`${bindings}/read-pods`, { metadata: { name: "read-pods" }, roleRef: { kind: "Role", name: "pod-reader" } }),
    remove(`${bindings}/read-pods`, { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } }),
    remove(`${bindings}/read-pods`),
  ),
  life(
    "binding: faults",
    create(bindings, { metadata: { name: "a" } }),
    create(bindings, { metadata: { name: "a" }, roleRef: {} }),
    create(bindings, { metadata: { name: "a" }, roleRef: { kind: "Roles", name: "x y", apiGroup: "v1" } }),
    create(bindings, { metadata: { name: "a/b" }, roleRef: { kind: "Role", name: "a/b" } }),
    create(bindings, { metadata: { name: "a" }, roleRef: { kind: "ClusterRole", name: "%" }, subjects: [{ name: "x" }] }),
    create(clusterBindings, { metadata: { name: "a-{u}" }, roleRef: { kind: "Role", name: "x" } }),
    create(clusterBindings, {
      metadata: { name: "a-{u}" },
      roleRef: { kind: "ClusterRole", name: "x" },
      subjects: [{ kind: "ServiceAccount", name: "x" }],
    }),
    create(clusterBindings, { metadata: { name: "a-{u}" }, roleRef: "view" }),
    create(bindings, { metadata: { name: "b" }, roleRef: { kind: "ClusterRole", name: "nothing-{u}", apiGroup: "" } }),
    create(clusterBindings, { metadata: { name: "b-{u}" }, roleRef: { kind: "ClusterRole", name: "nothing-{u}" }, subjects: [] }),
    table(`${clusterBindings}/b-{u}`),
    merge(`${clusterBindings}/b-{u}`, {
      subjects: [
        { kind: "User", name: "x" },
        { kind: "User", name: "y" },
        { kind: "Group", name: "z" },
        { kind: "ServiceAccount", name: "w", namespace: "q" },
      ],
    }),
    table(`${clusterBindings}/b-{u}`),
    edit(`${clusterBindings}/b-{u}`, (object) => {
      object.roleRef.name = "other";
      object.subjects[0].kind = "Nobody";
      object.metadata.labels = { "-": "" };
    }),
    put(`${clusterBindings}/new-{u}`, { metadata: { name: "new-{u}" }, roleRef: { kind: "ClusterRole", name: "nothing" } }),
  ),
  life(
    "cluster role: aggregated",
    create(clusterRoles, monitoring),
    table(`${clusterRoles}/monitoring-{u}`),
    merge(`${clusterRoles}/monitoring-{u}`, { aggregationRule: { clusterRoleSelectors: [] } }),
    merge(`${clusterRoles}/monitoring-{u}`, { aggregationRule: { clusterRoleSelectors: null } }),
    merge(`${clusterRoles}/monitoring-{u}`, { aggregationRule: {} }),
    merge(`${clusterRoles}/monitoring-{u}`, { aggregationRule: null }),
    merge(`${clusterRoles}/monitoring-{u}`, {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "b d": "x" } }, { matchExpressions: [{ key: "a", operator: "Is" }] }] },
    }),
    merge(`${clusterRoles}/monitoring-{u}`, {
      aggregationRule: { clusterRoleSelectors: [{}, { matchExpressions: [{ key: "a", operator: "In", values: [] }] }] },
    }),
    merge(`${clusterRoles}/monitoring-{u}`, { aggregationRule: { clusterRoleSelectors: [{}] } }),
    applied(
      `${clusterRoles}/monitoring-{u}`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'monitoring-{u}'}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\n",
      "x",
      "&force=true",
    ),
    get(`${clusterRoles}/monitoring-{u}`),
    create(clusterRoles, { metadata: { name: "urls-{u}" }, rules: [{ nonResourceURLs: ["/healthz", "/metrics/*"], verbs: ["get"] }] }),
    create(clusterRoles, {
      metadata: { name: "v-{u}" },
      rules: [{ nonResourceURLs: ["/a"], resources: ["b"], apiGroups: [""], verbs: ["get"] }],
    }),
    create(clusterRoles, { metadata: { name: "v-{u}" }, rules: [{ nonResourceURLs: [""], verbs: ["get"] }] }),
    create(clusterRoles, { metadata: { name: "w-{u}" }, rules: [{ nonResourceURLs: ["a*b"], verbs: ["*"], resourceNames: ["x"] }] }),
    create(clusterRoles, { metadata: { name: "w-{u}" }, rules: [{ resources: ["*/scale"], verbs: ["get"] }, { verbs: ["x"] }, {}] }),
    merge(`${clusterRoles}/urls-{u}`, { rules: null }),
    get(`${clusterRoles}/urls-{u}`),
    remove(`${clusterRoles}?labelSelector=none={u}`, undefined, { pick: (body) => (body as { items: unknown[] }).items }),
  ),
  life(
    "reconciled ones of the server",
    get(`${clusterRoles}/view`, {
      pick: (body) => (body as { metadata: { labels: unknown; annotations: unknown }; aggregationRule: unknown }).metadata.labels,
    }),
    get(`${clusterRoles}/edit`, { pick: (body) => (body as { aggregationRule: unknown }).aggregationRule }),
    get(`${clusterRoles}/admin`, { pick: (body) => (body as { aggregationRule: unknown }).aggregationRule }),
    get(`${clusterRoles}/cluster-admin`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:basic-user`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:discovery`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:node`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:kube-scheduler`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:kube-controller-manager`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:aggregate-to-edit`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:aggregate-to-admin`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterRoles}/system:aggregate-to-view`, { pick: (body) => (body as { rules: unknown }).rules }),
    get(`${clusterBindings}/cluster-admin`, {
      pick: (body) => [(body as { subjects?: unknown }).subjects ?? null, (body as { roleRef: unknown }).roleRef],
    }),
    get(`${clusterBindings}/system:node`, {
      pick: (body) => [(body as { subjects?: unknown }).subjects ?? null, (body as { roleRef: unknown }).roleRef],
    }),
    get(`${clusterBindings}?labelSelector=kubernetes.io/bootstrapping=rbac-defaults`, {
      pick: (body) => (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name),
    }),
    get(`${clusterRoles}?labelSelector=kubernetes.io/bootstrapping=rbac-defaults`, {
      pick: (body) => (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name),
    }),
    get(`${rbac}/namespaces/kube-system/roles`, {
      pick: (body) =>
        (body as { items: { metadata: { name: string }; rules: unknown }[] }).items.map(({ metadata, rules }) => [metadata.name, rules]),
    }),
    get(`${rbac}/namespaces/kube-public/rolebindings`, {
      pick: (body) =>
        (body as { items: { metadata: { name: string }; subjects: unknown }[] }).items.map(({ metadata, subjects }) => [
          metadata.name,
          subjects,
        ]),
    }),
    merge(`${clusterBindings}/cluster-admin?dryRun=All`, { roleRef: { name: "view" } }),
    remove(`${clusterRoles}/view?dryRun=All`),
  ),
  life(
    "odd requests to roles",
    get("/apis/rbac.authorization.k8s.io/v1beta1/clusterroles"),
    get("/apis/rbac.authorization.k8s.io/v1alpha1"),
    get(`${rbac}/roles?limit=0&labelSelector=none={u}`),
    get(`${rbac}/namespaces/{ns}/clusterroles`),
    create(`${rbac}/roles`, { metadata: { name: "x", namespace: "{ns}" } }),
    get(`${rbac}/watch/namespaces/{ns}/roles/x?timeoutSeconds=1`),
    get(`${rbac}/namespaces/{ns}/roles/x/y/z`),
    create(roles, { kind: "ClusterRole", apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "x" } }),
    create(roles, { kind: "Role", apiVersion: "rbac.authorization.k8s.io/v1beta1", metadata: { name: "x" } }),
    create(roles, [{ metadata: { name: "x" } }]),
    create(roles, "x"),
    create(roles, null),
    create(roles, undefined),
    create(roles, {}),
    create(roles, { metadata: null }),
    create(roles, { metadata: { name: null } }),
    create(roles, { metadata: { name: 5 } }),
    create(roles, { metadata: { name: "r" }, rules: {} }),
    create(roles, { metadata: { name: "r" }, rules: ["x"] }),
    create(roles, { metadata: { name: "r" }, rules: [{ verbs: "get" }] }),
    create(roles, { metadata: { name: "r" }, rules: [null] }),
    create(roles, { metadata: { name: "r" }, rules: [{ verbs: [null], apiGroups: [""], resources: ["a"] }] }),
    create(`${roles}?dryRun=All&dryRun=All`, { metadata: { name: "s" } }),
    create(`${roles}?dryRun=Some`, { metadata: { name: "s" } }),
    create(`${roles}?dryRun=`, { metadata: { name: "s" } }),
    create(`${roles}?dryRun=true`, { metadata: { name: "t" } }),
    create(`${roles}?pretty=true&fieldManager=&fieldValidation=`, { metadata: { name: "t" } }),
    create(`${roles}?fieldValidation=strict`, { metadata: { name: "t" } }),
    create(`${roles}?fieldManager=a&fieldManager=b`, { metadata: { name: "u" } }),
    manifest(`${roles}?fieldValidation=Strict`, `${reader}rules: []\nextra: 1\n`),
    manifest(`${roles}?fieldValidation=Warn`, `${reader}rules: []\nextra: 1\n`),
    manifest(
      `${roles}?fieldValidation=Ignore`,
      reader.replace("verbs: [get, watch, list]", "verbs: [get]\n  verbs: [list]").replace("pod-reader", "p2"),
    ),
    manifest(`${roles}`, reader.replace("verbs: [get, watch, list]", "verbs: [get]\n  Verbs: [list]").replace("pod-reader", "p3")),
    get(roles, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
];

export default sequences;
