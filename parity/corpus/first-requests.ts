import { json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

/** What a newcomer asks of a server: all of discovery in all its forms, field validation, nodes, quotas, roles, accounts. */
const ns = "/api/v1/namespaces/{ns}";
const configMaps = `${ns}/configmaps`;
const pods = `${ns}/pods`;
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roles = `${rbac}/namespaces/{ns}/roles`;
const bindings = `${rbac}/namespaces/{ns}/rolebindings`;
const nodes = "/api/v1/nodes";
const container = { name: "c", image: "i" };
const named = (name: string, spec: object) => ({ metadata: { name }, spec });
const groups = [
  ...["admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "authentication.k8s.io"],
  ...["authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"],
  ...["flowcontrol.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io"],
  ...["scheduling.k8s.io", "storage.k8s.io", "internal.apiserver.k8s.io", "storagemigration.k8s.io"],
];
const accept = (value: string, more: Partial<Request> = {}): Partial<Request> => ({ headers: { accept: value }, ...more });
const raw = (method: string, path: string, text: string, type: string): Request => ({
  method,
  path,
  raw: text,
  headers: { "content-type": type },
});
const strict = "?fieldValidation=Strict";
const ignore = "?fieldValidation=Ignore";
const levels = ["", strict, ignore, "?fieldValidation=strict", "?fieldValidation=Warn"];
const each = (make: (query: string, index: number) => Step): Step[] => levels.map(make);

const sequences: Sequence[] = [
  life(
    "discovery: versions that are off or long gone",
    ...groups.flatMap((group) => ["v1alpha1", "v1beta1", "v2"].map((version) => get(`/apis/${group}/${version}`))),
  ),
  life(
    "discovery: every group in two forms",
    ...groups.flatMap((group) => [
      get(`/apis/${group}`, accept("application/yaml")),
      get(`/apis/${group}/`, accept("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json")),
    ]),
  ),
  life(
    "discovery: odd requests",
    get("/api?timeout=32s"),
    get("/apis?timeout=x", { pick: (body) => (body as { kind: string }).kind }),
    get("/api/v1?timeout=32s", { pick: (body) => (body as { resources: object[] }).resources.length }),
    get("/apis/apps/v1?watch=true", { pick: (body) => (body as { resources: object[] }).resources?.length }),
    get("/api/v1?labelSelector=(", { pick: (body) => (body as { resources: object[] }).resources?.length }),
    { method: "HEAD", path: "/api/v1" },
    { method: "HEAD", path: "/apis/apps" },
    { method: "POST", path: "/api/v1", body: {} },
    { method: "DELETE", path: "/apis/apps/v1" },
    { method: "PATCH", path: "/apis", body: {} },
    get("/apis/apps/v1/"),
    get("/apis/apps/v1//"),
    get("/apis/apps//v1"),
    get("/api/v1/pods/?labelSelector=none%3D{u}"),
    get("/apis/apps/v1/deployments/x"),
    get("/apis/apps/v1/deployments/x/status"),
    get("/apis/apps/v1/namespaces/{ns}"),
    get("/apis/apps/v1/namespaces"),
    get("/apis/apps/v1/namespaces/{ns}/"),
    get("/apis/apps/v1/namespaces/{ns}/Deployments"),
    get("/apis/apps/v1/namespaces/{ns}/deploy"),
    get("/apis/Apps/v1"),
    get("/apis/core/v1"),
    get("/apis//v1/pods"),
    get("/api/v1beta1"),
    get("/api/v1/nodes/x/pods"),
    get("/api/v1/componentstatuses", { pick: (body) => (body as { kind: string }).kind }),
    get("/api/v1/namespaces/{ns}/componentstatuses"),
    get("/api", accept("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;profile=nopeer")),
    get(
      "/apis",
      accept("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscovery", { pick: (body) => (body as { kind: string }).kind }),
    ),
    get("/api", accept("application/yaml;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")),
    get("/api", accept("application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", { pick: () => "" })),
    get("/api", { user: null }),
    get("/apis/apps", { user: null }),
    get("/version?x=y", { user: "nobody" }),
    get("/api/v1", { user: "nobody" }),
    get("/openapi/v3", { user: "nobody", pick: () => "" }),
    get("/metrics", { user: "nobody" }),
    get("/livez?verbose", { user: "nobody", pick: () => "" }),
    get("/logs/", { user: "nobody" }),
    get("/debug/pprof/", { user: "nobody" }),
    get("/configz", { pick: () => "" }),
    get("/", { user: "nobody" }),
    get("/favicon.ico"),
    get("/healthz/etcd"),
    get("/livez/poststarthook/none"),
    get("/readyz?exclude=etcd&exclude=ping"),
    get("/readyz?exclude=", { pick: () => "" }),
    get("/livez/etcd?verbose"),
  ),
  life(
    "OpenAPI: one document for each group",
    ...[
      "apis/apps/v1",
      "apis/batch/v1",
      "apis/autoscaling/v2",
      "apis/networking.k8s.io/v1",
      "apis/rbac.authorization.k8s.io/v1",
      "apis/storage.k8s.io/v1",
      "apis/policy/v1",
      "apis/coordination.k8s.io/v1",
      "apis/events.k8s.io/v1",
      "apis/discovery.k8s.io/v1",
      "apis/authentication.k8s.io/v1",
      "apis/authorization.k8s.io/v1",
      "apis/certificates.k8s.io/v1",
      "apis/scheduling.k8s.io/v1",
      "apis/node.k8s.io/v1",
      "apis/resource.k8s.io/v1",
      "apis/apiextensions.k8s.io/v1",
      "apis/apiregistration.k8s.io/v1",
      "apis/admissionregistration.k8s.io/v1",
      "apis/flowcontrol.apiserver.k8s.io/v1",
    ].flatMap((group) => [
      get(`/openapi/v3/${group}`, {
        pick: (body) => {
          const { paths = {}, components } = body as {
            paths?: Record<string, Record<string, { operationId?: string; "x-kubernetes-action"?: string }>>;
            components?: { schemas: Record<string, { required?: string[]; properties?: object }> };
          };
          return {
            operations: Object.entries(paths)
              .flatMap(([path, methods]) =>
                Object.entries(methods)
                  .filter(([method]) => method !== "parameters")
                  .map(([method, one]) => `${method} ${path} ${one.operationId} ${one["x-kubernetes-action"]}`),
              )
              .sort(),
            schemas: Object.entries(components?.schemas ?? {})
              .map(([name, { required = [], properties = {} }]) => `${name} ${[...required].sort()} ${Object.keys(properties).sort()}`)
              .sort(),
          };
        },
      }),
    ]),
  ),
  life(
    "field validation: creates",
    ...each((query, index) =>
      create(`${configMaps}${query}`, { metadata: { name: `a${index}`, odd: 1 }, data: { a: "b" }, bogus: { x: 1 } }),
    ),
    ...each((query, index) =>
      raw(
        "POST",
        `${configMaps}${query}`,
        `{"metadata":{"name":"b${index}"},"data":{"a":"b","a":"c"},"data":{"d":"e"},"x":1,"x":2}`,
        "application/json",
      ),
    ),
    ...each((query, index) =>
      manifest(
        `${configMaps}${query}`,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${index}, labels: {a: b, a: c}}\ndata: {a: b}\ndata: {c: d}\nbogus: 1\n`,
      ),
    ),
    ...each((query, index) =>
      create(`${pods}${query}`, {
        metadata: { name: `d${index}` },
        spec: { containers: [{ ...container, imagePullPolice: "x", ports: [{ containerport: 80, containerPort: 81 }] }], Volumes: [] },
        status: { phasee: "x" },
      }),
    ),
    ...each((query, index) =>
      create(`${deployments}${query}`, {
        metadata: { name: `e${index}` },
        spec: {
          replicas: 1,
          selector: { matchLabels: { a: "b" }, x: 1 },
          template: { metadata: { labels: { a: "b" }, y: 1 }, spec: { containers: [container], z: { w: 1 } } },
        },
      }),
    ),
  ),
  life(
    "field validation: updates and patches",
    create(configMaps, { metadata: { name: "a" }, data: { a: "b" } }),
    ...each((query) => put(`${configMaps}/a${query}`, { metadata: { name: "a" }, data: { a: "c" }, bogus: 1 })),
    ...each((query) =>
      raw("PATCH", `${configMaps}/a${query}`, '{"data":{"a":"1","a":"2"},"bogus":1,"bogus":2}', "application/merge-patch+json"),
    ),
    ...each((query) =>
      raw(
        "PATCH",
        `${configMaps}/a${query}`,
        '{"data":{"a":"1","a":"2"},"bogus":1,"metadata":{"odd":[1]}}',
        "application/strategic-merge-patch+json",
      ),
    ),
    ...each((query) =>
      json(`${configMaps}/a${query}`, [
        { op: "add", path: "/bogus", value: 1, extra: 1 },
        { op: "add", path: "/metadata/odd", value: { a: 1 } },
      ]),
    ),
    ...each((query) =>
      raw(
        "PATCH",
        `${configMaps}/a${query}${query ? "&" : "?"}fieldManager=m`,
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "1", a: "2"}\nbogus: 1\n',
        "application/apply-patch+yaml",
      ),
    ),
    ...each((query) =>
      raw(
        "PATCH",
        `${configMaps}/a${query}${query ? "&" : "?"}fieldManager=m`,
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "3"}\nbogus: 1\n',
        "application/apply-patch+yaml",
      ),
    ),
    raw("PATCH", `${configMaps}/a?fieldManager=m`, "{", "application/apply-patch+yaml"),
    raw("PATCH", `${configMaps}/a?fieldManager=m`, "", "application/apply-patch+yaml"),
    raw("PATCH", `${configMaps}/a?fieldManager=m`, "- a", "application/apply-patch+yaml"),
    raw("PATCH", `${configMaps}/a?fieldManager=m`, "text", "application/apply-patch+yaml"),
    raw("PATCH", `${configMaps}/a`, "", "application/merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, "", "application/json-patch+json"),
    raw("PATCH", `${configMaps}/a`, "", "application/strategic-merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, '{"data":{"a":5}}', "application/merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, '{"data":{"a":5}}', "application/strategic-merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, '{"data":[1]}', "application/strategic-merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, '{"data":"x"}', "application/merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, '{"metadata":{"labels":{"a":null,"b":5}}}', "application/merge-patch+json"),
    raw("PATCH", `${configMaps}/a`, '[{"op":"replace","path":"/data","value":"x"}]', "application/json-patch+json"),
    raw("PATCH", `${configMaps}/a`, '[{"op":"replace","path":"/metadata/labels/x","value":"y"}]', "application/json-patch+json"),
  ),
  life(
    "nodes",
    create(nodes, { metadata: { name: "n-{u}", labels: { "kubernetes.io/hostname": "n" } } }),
    create(nodes, { metadata: { name: "N_{u}" } }),
    create(
      nodes,
      named("m-{u}", {
        podCIDR: "10.0.0.0/33",
        podCIDRs: ["10.0.0.0/33"],
        taints: [{ key: "a" }, { key: "", effect: "NoSchedule" }, { key: "b", value: "!", effect: "Never" }],
      }),
    ),
    create(
      nodes,
      named("m-{u}", {
        podCIDR: "10.0.0.0/24",
        podCIDRs: ["10.1.0.0/24", "10.2.0.0/24"],
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "a", effect: "NoSchedule" },
        ],
      }),
    ),
    create(nodes, named("m-{u}", { podCIDR: "10.0.0.0/24", externalID: "x", configSource: {} })),
    create(nodes, { metadata: { name: "o-{u}" }, status: { capacity: { cpu: "x" } } }),
    create(nodes, {
      metadata: { name: "o-{u}" },
      status: {
        capacity: { cpu: "-1" },
        allocatable: { "example.com/x": "1.5" },
        addresses: [
          { type: "InternalIP", address: "1" },
          { type: "InternalIP", address: "1" },
        ],
      },
    }),
    merge(`${nodes}/n-{u}`, { spec: { unschedulable: true } }),
    merge(`${nodes}/n-{u}`, { spec: { podCIDR: "10.0.0.0/24" } }),
    merge(`${nodes}/n-{u}`, { spec: { providerID: "a" } }),
    merge(`${nodes}/n-{u}`, { spec: { providerID: "b" } }),
    merge(`${nodes}/n-{u}/status`, {
      status: {
        phase: "Running",
        capacity: { cpu: "2", memory: "1Gi", pods: "110" },
        allocatable: { cpu: "1500m" },
        nodeInfo: { kubeletVersion: "v1.2.3", osImage: "Debian", kernelVersion: "6", containerRuntimeVersion: "c://1" },
      },
    }),
    strategic(`${nodes}/n-{u}/status`, {
      status: {
        conditions: [{ type: "Ready", status: "True", reason: "K", message: "m" }],
        addresses: [
          { type: "InternalIP", address: "10.0.0.1" },
          { type: "ExternalIP", address: "1.2.3.4" },
        ],
      },
    }),
    table(`${nodes}/n-{u}`),
    merge(`${nodes}/n-{u}`, { metadata: { labels: { "node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "x" } } }),
    table(`${nodes}/n-{u}`),
    get(`${nodes}?fieldSelector=spec.unschedulable%3Dtrue,metadata.name%3Dn-{u}`, {
      pick: (body) => (body as { items: object[] }).items?.length,
    }),
    get(`${nodes}/n-{u}/nothing`),
    merge(`${nodes}/n-{u}`, {
      status: { phase: "Terminated" },
      spec: { taints: [{ key: "k", effect: "NoExecute", timeAdded: "2024-01-01T00:00:00Z" }] },
    }),
    put(`${nodes}/n-{u}`, { metadata: { name: "n-{u}" } }),
    remove(`${nodes}/n-{u}?propagationPolicy=Foreground`),
    get(`${nodes}/n-{u}`),
    merge(`${nodes}/n-{u}`, { metadata: { finalizers: null } }),
  ),
  life(
    "roles and bindings",
    create(roles, { metadata: { name: "r" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
    ...[
      [{}],
      [{ verbs: [] }],
      [{ verbs: ["get"] }],
      [{ verbs: ["get"], resources: ["pods"] }],
      [{ verbs: ["get"], apiGroups: [""] }],
      [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
      [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], nonResourceURLs: ["/x"] }],
      [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: ["", "a/b"] }],
      null,
    ].map((rules) => create(`${roles}?dryRun=All`, { metadata: { name: "s" }, rules })),
    create(roles, { metadata: { name: "system:node/x" } }),
    create(roles, { metadata: { name: "Any Name: Really" } }),
    create(bindings, {
      metadata: { name: "b" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [{ kind: "User", name: "u" }],
    }),
    ...[
      { roleRef: {} },
      { roleRef: { kind: "Role", name: "r" } },
      { roleRef: { apiGroup: "x", kind: "Group", name: "a/b" } },
      { roleRef: { kind: "Role", name: "r" }, subjects: [{}] },
      {
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "ServiceAccount", name: "A_" },
          { kind: "ServiceAccount", apiGroup: "x", name: "a", namespace: "" },
        ],
      },
      {
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "", apiGroup: "x" },
          { kind: "Robot", name: "a" },
          { kind: "Group", name: "g", namespace: "n" },
        ],
      },
    ].map((body) => create(`${bindings}?dryRun=All`, { metadata: { name: "c" }, ...body })),
    merge(`${bindings}/b`, { roleRef: { name: "other" } }),
    merge(`${bindings}/b`, { subjects: [] }),
    merge(`${bindings}/b`, { subjects: null, metadata: { labels: { a: "b" } } }),
    table(bindings),
    create(`${rbac}/clusterroles`, {
      metadata: { name: "c-{u}" },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "a b": "c" } }] },
    }),
    create(`${rbac}/clusterroles`, { metadata: { name: "c-{u}" }, aggregationRule: {} }),
    create(`${rbac}/clusterroles`, {
      metadata: { name: "c-{u}" },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: "y" } }] },
      rules: [{ verbs: ["get"], nonResourceURLs: ["*", "/a*", "x"] }],
    }),
    create(`${rbac}/clusterrolebindings`, {
      metadata: { name: "d-{u}" },
      roleRef: { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" },
    }),
    create(`${rbac}/clusterrolebindings`, {
      metadata: { name: "d-{u}" },
      roleRef: { kind: "ClusterRole", name: "none", apiGroup: "" },
      subjects: [{ kind: "ServiceAccount", name: "a" }],
    }),
    table(`${rbac}/clusterroles/c-{u}`),
  ),
  life(
    "quotas, limits, accounts and classes",
    create(`${ns}/resourcequotas`, named("q", { hard: { pods: "x" } })),
    create(`${ns}/resourcequotas`, named("q", { hard: { nonsense: "-1" } })),
    create(`${ns}/resourcequotas`, named("q", { hard: { services: "1" }, scopes: ["BestEffort"] })),
    create(`${ns}/resourcequotas`, named("q", { hard: { pods: "1" }, scopes: ["BestEffort", "NotBestEffort", "Odd"] })),
    create(
      `${ns}/resourcequotas`,
      named("q", {
        hard: { pods: "1" },
        scopeSelector: {
          matchExpressions: [
            { scopeName: "PriorityClass", operator: "In" },
            { scopeName: "Terminating", operator: "In", values: ["a"] },
            {},
          ],
        },
      }),
    ),
    create(`${ns}/resourcequotas`, {
      metadata: { name: "q" },
      spec: { hard: { "requests.cpu": "1000m", "limits.memory": "1024Mi", pods: "010" } },
      status: { used: { pods: "5" } },
    }),
    merge(`${ns}/resourcequotas/q/status`, { status: { hard: { pods: "x" } } }),
    merge(`${ns}/resourcequotas/q/status`, { status: { hard: { pods: "8" }, used: { pods: "3" } } }),
    merge(`${ns}/resourcequotas/q`, { spec: { scopes: ["BestEffort"] } }),
    table(`${ns}/resourcequotas`),
    create(`${ns}/limitranges`, named("l", { limits: [] })),
    create(`${ns}/limitranges`, { metadata: { name: "l2" } }),
    create(`${ns}/limitranges`, named("l", { limits: [{}, { type: "Container" }, { type: "Container" }, { type: "Odd" }] })),
    create(
      `${ns}/limitranges`,
      named("l", {
        limits: [
          {
            type: "Container",
            max: { cpu: "1" },
            min: { cpu: "2" },
            default: { cpu: "3" },
            defaultRequest: { cpu: "4" },
            maxLimitRequestRatio: { cpu: "0.5" },
          },
        ],
      }),
    ),
    create(
      `${ns}/limitranges`,
      named("l", { limits: [{ type: "Pod", default: { cpu: "1" }, defaultRequest: { cpu: "1" } }, { type: "PersistentVolumeClaim" }] }),
    ),
    create(`${ns}/limitranges`, named("m", { limits: [{ type: "Container", max: { cpu: "2" }, defaultRequest: { memory: "64Mi" } }] })),
    create(pods, {
      metadata: { name: "p" },
      spec: {
        containers: [
          { ...container, resources: { limits: { cpu: "3" } } },
          { name: "d", image: "i" },
        ],
      },
    }),
    create(pods, { metadata: { name: "p" }, spec: { containers: [container] } }),
    create(`${ns}/serviceaccounts`, {
      metadata: { name: "a" },
      secrets: [{ name: "A_", namespace: "x", kind: "y" }],
      imagePullSecrets: [{}],
      automountServiceAccountToken: "no",
    }),
    create(`${ns}/serviceaccounts`, {
      metadata: { name: "a" },
      secrets: [{ name: "s" }, { name: "s" }],
      imagePullSecrets: [{ name: "p" }, {}],
      automountServiceAccountToken: false,
    }),
    table(`${ns}/serviceaccounts`),
    create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "p-{u}" }, value: 1000000001 }),
    create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "system-{u}" }, value: 1 }),
    create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "p-{u}" }, value: "x" }),
    create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "p-{u}" }, preemptionPolicy: "Sometimes" }),
    create("/apis/scheduling.k8s.io/v1/priorityclasses", {
      metadata: { name: "p-{u}" },
      value: -5,
      preemptionPolicy: "Never",
      description: "d",
    }),
    merge("/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}", { value: 6 }),
    merge("/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}", { preemptionPolicy: null, description: null }),
    table("/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}"),
    create(pods, { metadata: { name: "q" }, spec: { containers: [container], priorityClassName: "p-{u}", priority: 7 } }),
    create(pods, { metadata: { name: "q" }, spec: { containers: [container], priorityClassName: "none-{u}" } }),
    create(
      pods,
      { metadata: { name: "q" }, spec: { containers: [container], priorityClassName: "p-{u}" } },
      { pick: (body) => (body as { spec?: { priority: number; preemptionPolicy: string } }).spec },
    ),
    create("/apis/node.k8s.io/v1/runtimeclasses", { metadata: { name: "r-{u}" } }),
    create("/apis/node.k8s.io/v1/runtimeclasses", {
      metadata: { name: "r-{u}" },
      handler: "H_",
      overhead: { podFixed: { cpu: "-1", x: "1" } },
      scheduling: { nodeSelector: { "a b": "c" }, tolerations: [{ operator: "Exists", value: "x" }, {}, {}] },
    }),
    create("/apis/node.k8s.io/v1/runtimeclasses", { metadata: { name: "r-{u}" }, handler: "h", overhead: { podFixed: { cpu: "10m" } } }),
    merge("/apis/node.k8s.io/v1/runtimeclasses/r-{u}", { handler: "other", metadata: { labels: { a: "b" } } }),
    create(pods, { metadata: { name: "rc" }, spec: { containers: [container], runtimeClassName: "none-{u}" } }),
    create(pods, { metadata: { name: "rc" }, spec: { containers: [container], runtimeClassName: "r-{u}", overhead: { cpu: "5m" } } }),
  ),
  life(
    "namespaces",
    create("/api/v1/namespaces", { metadata: { name: "a_{u}" } }),
    create("/api/v1/namespaces", { metadata: { name: "a.b-{u}" } }),
    create("/api/v1/namespaces", { metadata: { name: "x".repeat(64) } }),
    create("/api/v1/namespaces", {
      metadata: { name: "n-{u}", labels: { "kubernetes.io/metadata.name": "other", "pod-security.kubernetes.io/enforce": "strict" } },
    }),
    create("/api/v1/namespaces", { metadata: { name: "n-{u}" }, spec: { finalizers: ["x"] } }),
    create("/api/v1/namespaces", {
      metadata: { name: "n-{u}" },
      spec: { finalizers: ["example.com/x"] },
      status: { phase: "Terminating" },
    }),
    get("/api/v1/namespaces/n-{u}/status"),
    merge("/api/v1/namespaces/n-{u}", { spec: { finalizers: [] } }),
    merge("/api/v1/namespaces/n-{u}", { metadata: { labels: { "kubernetes.io/metadata.name": null } } }),
    merge("/api/v1/namespaces/n-{u}/status", { status: { phase: "Terminating" } }),
    merge("/api/v1/namespaces/n-{u}/status", { status: { conditions: [{ type: "X", status: "True", reason: "r" }] } }),
    create("/api/v1/namespaces/n-{u}/configmaps", { metadata: { name: "c" } }),
    table("/api/v1/namespaces/n-{u}"),
    remove("/api/v1/namespaces/n-{u}", { preconditions: { uid: "x" } }),
    remove("/api/v1/namespaces/n-{u}"),
    remove("/api/v1/namespaces/n-{u}"),
    create("/api/v1/namespaces/n-{u}/configmaps", { metadata: { name: "d" } }),
    merge("/api/v1/namespaces/n-{u}/configmaps/c", { data: { a: "b" } }),
    create("/api/v1/namespaces", { metadata: { name: "n-{u}" } }),
    put("/api/v1/namespaces/n-{u}/finalize", { metadata: { name: "other" }, spec: { finalizers: [] } }),
    put("/api/v1/namespaces/n-{u}/finalize", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "n-{u}", labels: { more: "x" } },
      spec: { finalizers: ["example.com/x"] },
    }),
    put("/api/v1/namespaces/n-{u}/finalize", { metadata: { name: "n-{u}" } }),
    get("/api/v1/namespaces/n-{u}"),
    get("/api/v1/namespaces/n-{u}/configmaps/c"),
    remove("/api/v1/namespaces/default"),
    remove("/api/v1/namespaces/kube-system?dryRun=All"),
  ),
  life(
    "quantities and times in odd forms",
    ...[
      "1",
      "1.0",
      "01",
      "+1",
      "1e3",
      "1E3",
      "1.5e-3",
      "1k",
      "1K",
      "1Ki",
      "1ki",
      "0.1Ki",
      "1m",
      "1u",
      "1n",
      "0.5n",
      "1Ei",
      "9Ei",
      "-1",
      " 1",
      "1 ",
      "",
      "1.",
      ".5",
      "1e",
      "0x10",
      "1,5",
      "Infinity",
      "1Mi5",
      "١",
    ].map((cpu) =>
      create(
        `${pods}?dryRun=All`,
        { metadata: { name: "p" }, spec: { containers: [{ ...container, resources: { requests: { memory: cpu } } }] } },
        {
          pick: (body) => {
            const { spec, message } = body as { spec?: { containers: { resources: unknown }[] }; message?: string };
            return message ?? spec?.containers[0]?.resources;
          },
        },
      ),
    ),
    ...[1, 1.5, -0, 1e3, 1e-3, true, null, {}, []].map((cpu) =>
      create(
        `${pods}?dryRun=All`,
        { metadata: { name: "p" }, spec: { containers: [{ ...container, resources: { limits: { cpu } } }] } },
        {
          pick: (body) => {
            const { spec, message } = body as { spec?: { containers: { resources: unknown }[] }; message?: string };
            return message ?? spec?.containers[0]?.resources;
          },
        },
      ),
    ),
    ...[
      "2024-01-01T00:00:00Z",
      "2024-01-01t00:00:00z",
      "2024-01-01T00:00:00.999Z",
      "2024-01-01T00:00:00+23:59",
      "2024-01-01 00:00:00Z",
      "2024-1-1T0:0:0Z",
      "2024-02-30T00:00:00Z",
      "2024-01-01T24:00:00Z",
      "2024-01-01T00:00:60Z",
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "10000-01-01T00:00:00Z",
      "",
      "now",
      5,
      null,
    ].map((renewTime) =>
      create(
        "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases?dryRun=All",
        { metadata: { name: "l" }, spec: { renewTime } },
        {
          pick: (body) => (body as { message?: string }).message ?? (body as { spec: unknown }).spec,
        },
      ),
    ),
    ...["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5+02:00", "2024-01-01T00:00Z", ""].map((lastTimestamp) =>
      create(
        `${ns}/events?dryRun=All`,
        { metadata: { name: "e" }, involvedObject: { namespace: "{ns}" }, lastTimestamp },
        {
          pick: (body) => (body as { message?: string }).message ?? (body as { lastTimestamp: unknown }).lastTimestamp,
        },
      ),
    ),
  ),
  life(
    "server-side apply across kinds of owners",
    patch("apply", `${deployments}/d?fieldManager=a`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: [{ name: "c", image: "i:1", env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80 }] }] },
        },
      },
    }),
    patch("apply", `${deployments}/d?fieldManager=b`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { replicas: 3, template: { spec: { containers: [{ name: "c", image: "i:2", env: [{ name: "B", value: "1" }] }] } } },
    }),
    patch("apply", `${deployments}/d?fieldManager=b&force=true`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { replicas: 3, template: { spec: { containers: [{ name: "c", image: "i:2", env: [{ name: "B", value: "1" }] }] } } },
    }),
    merge(`${deployments}/d/scale?fieldManager=c`, { spec: { replicas: 4 } }),
    patch("apply", `${deployments}/d?fieldManager=b`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { replicas: 3 },
    }),
    patch("apply", `${deployments}/d?fieldManager=b`, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } }),
    patch("apply", `${deployments}/d/scale?fieldManager=s`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "d" },
      spec: { replicas: 5 },
    }),
    patch("apply", `${deployments}/d/scale?fieldManager=s&force=true`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "d" },
      spec: { replicas: 5 },
    }),
    patch("apply", `${deployments}/d/status?fieldManager=t`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      status: { replicas: 1, conditions: [{ type: "Available", status: "True" }] },
    }),
    patch("apply", `${deployments}/d?fieldManager=a`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c" }] } },
      },
    }),
    patch("apply", `${deployments}/d?fieldManager=a`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { template: { spec: { containers: [{ image: "i" }] } } },
    }),
    patch("apply", `${deployments}/d?fieldManager=a`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { template: { spec: { containers: [{ name: "c" }, { name: "c" }] } } },
    }),
    patch("apply", `${deployments}/d?fieldManager=a`, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { replicas: "x" },
    }),
    patch("apply", `${deployments}/d?fieldManager=a`, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: null }),
    put(`${deployments}/d?fieldManager=p`, {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "z" }] } },
      },
    }),
    get(`${deployments}/d`),
  ),
];

export default sequences;
