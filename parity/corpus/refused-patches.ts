import { applied } from "../lives.ts";
import { create, get, type PatchKind, patch, put, type Request, type Sequence, type Step } from "../sequences.ts";

/** Patches that are refused, for many kinds, subresources and custom resources: what is told of them. */
const containers = [{ name: "c", image: "i" }];
const template = { metadata: { labels: { a: "b" } }, spec: { containers } };
const selector = { matchLabels: { a: "b" } };
const raw = (kind: PatchKind, path: string, text: string, headers: Readonly<Record<string, string>> = {}): Request => ({
  ...patch(kind, path, undefined, { headers }),
  raw: text,
});

interface Subject {
  apiVersion: string;
  kind: string;
  /** The collection. */
  path: string;
  name: string;
  rest: object;
  /** A field, beside the name, that may not change, and what it is to become. */
  fixed?: object;
}

const namespaced = (apiVersion: string, plural: string, kind: string, rest: object, fixed?: object): Subject => ({
  apiVersion,
  kind,
  path: `${apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`}/namespaces/{ns}/${plural}`,
  name: "a",
  rest,
  ...(fixed ? { fixed } : {}),
});
const cluster = (apiVersion: string, plural: string, kind: string, rest: object, fixed?: object): Subject => ({
  ...namespaced(apiVersion, plural, kind, rest, fixed),
  path: `${apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`}/${plural}`,
  name: "a-{u}",
});

const subjects: readonly Subject[] = [
  namespaced("apps/v1", "deployments", "Deployment", { spec: { selector, template } }, { spec: { selector: { matchLabels: { x: "y" } } } }),
  namespaced(
    "apps/v1",
    "statefulsets",
    "StatefulSet",
    { spec: { selector, template, serviceName: "s" } },
    { spec: { serviceName: "t", podManagementPolicy: "Parallel" } },
  ),
  namespaced("apps/v1", "daemonsets", "DaemonSet", { spec: { selector, template } }, { spec: { selector: { matchLabels: { x: "y" } } } }),
  namespaced("v1", "pods", "Pod", { spec: { containers } }, { spec: { hostNetwork: true, nodeName: "n" } }),
  namespaced("v1", "services", "Service", { spec: { ports: [{ port: 80 }] } }, { spec: { clusterIP: "10.97.77.77" } }),
  namespaced("v1", "secrets", "Secret", { data: { a: "Yg==" }, immutable: true }, { data: { a: "Yw==" } }),
  namespaced("v1", "serviceaccounts", "ServiceAccount", {}),
  namespaced(
    "v1",
    "persistentvolumeclaims",
    "PersistentVolumeClaim",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    { spec: { storageClassName: "x" } },
  ),
  namespaced("v1", "endpoints", "Endpoints", { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] }),
  namespaced(
    "batch/v1",
    "jobs",
    "Job",
    { spec: { template: { spec: { containers, restartPolicy: "Never" } } } },
    { spec: { completions: 5, template: { spec: { restartPolicy: "OnFailure" } } } },
  ),
  namespaced("batch/v1", "cronjobs", "CronJob", {
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: { containers, restartPolicy: "Never" } } } } },
  }),
  namespaced("networking.k8s.io/v1", "ingresses", "Ingress", {
    spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
  }),
  namespaced("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", { spec: { podSelector: {} } }),
  namespaced(
    "rbac.authorization.k8s.io/v1",
    "rolebindings",
    "RoleBinding",
    { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" }, subjects: [{ kind: "ServiceAccount", name: "x" }] },
    { roleRef: { name: "other" } },
  ),
  namespaced("coordination.k8s.io/v1", "leases", "Lease", { spec: { holderIdentity: "a" } }),
  namespaced("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", { spec: { minAvailable: 1, selector } }),
  namespaced("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
  }),
  namespaced(
    "discovery.k8s.io/v1",
    "endpointslices",
    "EndpointSlice",
    { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 80 }] },
    { addressType: "IPv6" },
  ),
  cluster("v1", "namespaces", "Namespace", {}),
  cluster("v1", "nodes", "Node", { spec: { podCIDR: "10.9.0.0/24", podCIDRs: ["10.9.0.0/24"] } }, { spec: { podCIDR: "10.8.0.0/24" } }),
  cluster(
    "storage.k8s.io/v1",
    "storageclasses",
    "StorageClass",
    { provisioner: "example.com/x", parameters: { a: "b" } },
    { provisioner: "example.com/y", parameters: { a: "c" } },
  ),
  cluster("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", { value: 5 }, { value: 6 }),
  cluster("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  }),
];

/** What any object may be asked, under the path of one. */
const metadataPatches: readonly object[] = [
  { metadata: { name: "other" } },
  { metadata: { name: 5 } },
  { metadata: { namespace: "other" } },
  { metadata: { uid: "11111111-2222-3333-4444-555555555555" } },
  { metadata: { resourceVersion: "1" } },
  { metadata: { resourceVersion: "x" } },
  { metadata: { generation: "x" } },
  { metadata: { labels: { "a b": "c" } } },
  { metadata: { labels: { a: 1 } } },
  { metadata: { labels: ["a"] } },
  { metadata: { annotations: "x" } },
  { metadata: { finalizers: ["a"] } },
  { metadata: { ownerReferences: [{ name: "x" }] } },
  { metadata: { creationTimestamp: "yesterday" } },
  { metadata: { managedFields: [{ manager: "x", operation: "Delete" }] } },
  { metadata: { managedFields: "x" } },
  { metadata: [] },
  { kind: "Other" },
  { apiVersion: "v9" },
  { apiVersion: "a/b/c" },
  { kind: "ConfigMap", apiVersion: "v1" },
  { kind: 1 },
];

const metadataSteps = ({ path, name }: Subject, kind: "merge" | "strategic"): Step[] =>
  metadataPatches.map((body) => patch(kind, `${path}/${name}`, body));

const fixedSteps = ({ path, name, fixed = {} }: Subject): Step[] => [
  patch("merge", `${path}/${name}`, fixed),
  patch("strategic", `${path}/${name}`, fixed),
  ...[
    { metadata: { name: "other" } },
    { metadata: { uid: "1" } },
    { spec: "x" },
    { kind: "Other" },
    { status: { unknown: 1, more: 2 } },
  ].map((body) => patch("merge", `${path}/${name}`, body)),
];

const operations = [
  [{ op: "test", path: "/kind", value: "Other" }],
  [{ op: "test", path: "/metadata/name/deep", value: "x" }],
  [{ op: "test", path: "/metadata/none", value: "x" }],
  [{ op: "test", path: "/metadata", value: {} }],
  [{ op: "replace", path: "/spec/none", value: 1 }],
  [{ op: "remove", path: "/none" }],
  [{ op: "remove", path: "/metadata/labels/none" }],
  [{ op: "add", path: "/none/deep", value: 1 }],
  [{ op: "add", path: "/metadata/managedFields/0/none/x", value: 1 }],
  [{ op: "add", path: "/metadata/managedFields/7", value: {} }],
  [{ op: "add", path: "/metadata/managedFields/x", value: {} }],
  [{ op: "replace", path: "/metadata/managedFields/-", value: {} }],
  [{ op: "remove", path: "/metadata/managedFields/3" }],
  [{ op: "move", from: "/none", path: "/metadata/labels" }],
  [{ op: "copy", from: "/none/deep", path: "/metadata/labels" }],
  [{ op: "copy", from: "/kind", path: "/none/deep" }],
  [{ op: "append", path: "/metadata/labels", value: {} }],
  [{ path: "/metadata/labels", value: {} }],
  [{ op: "add", value: {} }],
  [{ op: "add", path: "metadata", value: {} }],
  [{ op: "replace", path: "/metadata", value: "x" }],
  [{ op: "remove", path: "/metadata" }],
  [{ op: "remove", path: "/metadata/name" }],
  [{ op: "replace", path: "/kind", value: "Other" }],
  [{ op: "replace", path: "", value: [] }],
  { op: "add" },
  "x",
  [[]],
];

const jsonSteps = ({ path, name }: Subject): Step[] => operations.map((body) => patch("json", `${path}/${name}`, body));

const configurations = ({ apiVersion, kind, name }: Subject): readonly string[] => {
  const document = (metadata: object, more: object = {}) => JSON.stringify({ apiVersion, kind, metadata: { name, ...metadata }, ...more });
  return [
    JSON.stringify({ metadata: { name } }),
    JSON.stringify({ apiVersion, metadata: { name } }),
    JSON.stringify({ kind, metadata: { name } }),
    JSON.stringify({ apiVersion, kind }),
    JSON.stringify({ apiVersion, kind: "Other", metadata: { name } }),
    JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }),
    JSON.stringify({ apiVersion: "example.com/v9", kind, metadata: { name } }),
    document({ name: "other" }),
    document({ namespace: "other" }),
    document({ managedFields: [{ manager: "x" }] }),
    document({ managedFields: [] }),
    document({ resourceVersion: "1" }),
    document({ uid: "11111111-2222-3333-4444-555555555555" }),
    document({ labels: { a: 1 } }),
    document({ labels: [] }),
    document({ unknown: 1 }),
    document({}, { unknown: 1 }),
    document({}, { spec: "x" }),
    document({ finalizers: ["a/b", "a/b"] }),
    document({ ownerReferences: [{ uid: "1" }, { uid: "1" }] }),
    document({ ownerReferences: [{ name: "x" }] }),
    "",
    "[]",
    "x",
    "null",
    "a: 1\na: 2",
    "a: {",
  ];
};

const applySteps = (subject: Subject): Step[] => [
  ...configurations(subject).map((text) => applied(`${subject.path}/${subject.name}`, text, "m")),
  raw("apply", `${subject.path}/${subject.name}`, "{}"),
  raw("apply", `${subject.path}/${subject.name}?fieldManager=`, "{}"),
  raw("apply", `${subject.path}/${subject.name}?fieldManager=${"x".repeat(129)}`, "{}"),
  raw("apply", `${subject.path}/${subject.name}?fieldManager=a%07b`, "{}"),
  raw("merge", `${subject.path}/${subject.name}?force=true`, "{}"),
  raw("merge", `${subject.path}/${subject.name}?fieldManager=${"x".repeat(129)}`, "{}"),
  raw("merge", `${subject.path}/${subject.name}?fieldValidation=strict`, "{}"),
  raw("merge", `${subject.path}/${subject.name}?dryRun=Some`, "{}"),
];

const mediaTypes = [
  ...["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/apply-patch+cbor", "text/plain"],
  ...[
    "",
    "application/merge-patch",
    "application/merge-patch+json;charset=utf-8",
    "APPLICATION/MERGE-PATCH+JSON",
    "application/x-www-form-urlencoded",
  ],
];

const typeSteps = ({ path, name }: Subject): Step[] =>
  mediaTypes.map((type) => raw("merge", `${path}/${name}`, "{}", { "content-type": type }));

const bodies = ["", "null", "[]", "1", "true", '"x"', "{", "{}x", "- a", '{"a":1,"a":2}', '{"metadata":{"labels":{"a":"1","a":"2"}}}'];

const bodySteps = ({ path, name }: Subject): Step[] =>
  (["merge", "strategic", "json"] as const).flatMap((kind) =>
    bodies.flatMap((text) => [raw(kind, `${path}/${name}`, text), raw(kind, `${path}/${name}?fieldValidation=Strict`, text)]),
  );

const directives: readonly unknown[] = [
  { $patch: "delete" },
  { $patch: "replace" },
  { $patch: "add" },
  { $patch: null },
  { $patch: ["merge"] },
  { spec: { $patch: "remove" } },
  { metadata: { $patch: "replace" } },
  { metadata: { $patch: "delete" } },
  { metadata: { labels: { $patch: "clear" } } },
  { metadata: { $retainKeys: ["labels"] } },
  { metadata: { $retainKeys: "name" } },
  { metadata: { $retainKeys: [1], labels: {} } },
  { metadata: { labels: { $retainKeys: ["b"], a: "1" } } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": "x" } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": [{}] } },
  { metadata: { "$deleteFromPrimitiveList/none": ["x"] } },
  { metadata: { "$deleteFromPrimitiveList/name": ["x"] } },
  { metadata: { "$setElementOrder/finalizers": {} } },
  { metadata: { "$setElementOrder/finalizers": ["a/b"], finalizers: ["c/d"] } },
  { metadata: { "$setElementOrder/ownerReferences": [{ uid: "1" }], ownerReferences: [{ uid: "2" }] } },
  { metadata: { "$setElementOrder/ownerReferences": [{}] } },
  { metadata: { "$setElementOrder/ownerReferences": ["x"] } },
  { metadata: { "$setElementOrder/name": ["x"] } },
  { metadata: { ownerReferences: [{ $patch: "merge", uid: "1" }] } },
  { metadata: { ownerReferences: [{ $patch: "x", uid: "1" }] } },
  { metadata: { ownerReferences: [{ $patch: "delete" }] } },
  { metadata: { ownerReferences: [1] } },
  { metadata: { ownerReferences: [{ uid: 1 }] } },
  { metadata: { finalizers: [1] } },
  { metadata: { finalizers: [{}] } },
  { metadata: { finalizers: {} } },
];

const directiveSteps = ({ path, name }: Subject): Step[] => directives.map((body) => patch("strategic", `${path}/${name}`, body));

const made = ({ apiVersion, kind, path, name, rest }: Subject): Request => create(path, { apiVersion, kind, metadata: { name }, ...rest });
const whole = (name: string, subject: Subject, steps: Step[]): Sequence => ({
  name: `${name}: ${subject.kind}`,
  steps: [made(subject), ...steps, get(`${subject.path}/${subject.name}`)],
});

const scaled = [
  ...subjects.filter(({ kind }) => kind === "Deployment"),
  namespaced("v1", "replicationcontrollers", "ReplicationController", { spec: { replicas: 2, selector: { a: "b" }, template } }),
];

const scale = (name: string, more: object = {}) => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name, namespace: "{ns}" },
  spec: { replicas: 2 },
  ...more,
});

const scaleSteps = ({ path, name }: Subject): Step[] => {
  const at = `${path}/${name}/scale`;
  return [
    put(at, scale(name, { apiVersion: "apps/v1beta1" })),
    put(at, scale(name, { apiVersion: "apps/v1beta2" })),
    put(at, scale(name, { apiVersion: "extensions/v1beta1" })),
    put(at, scale(name, { apiVersion: "apps/v1" })),
    put(at, scale(name, { apiVersion: "autoscaling/v2" })),
    put(at, scale(name, { kind: "Deployment", apiVersion: "apps/v1" })),
    put(at, scale(name, { kind: "Other" })),
    put(at, scale("other")),
    put(at, scale(name, { metadata: {} })),
    put(at, scale(name, { metadata: { name, namespace: "other" } })),
    put(at, scale(name, { metadata: { name, resourceVersion: "1" } })),
    put(at, scale(name, { metadata: { name, resourceVersion: "x" } })),
    put(at, scale(name, { metadata: { name, uid: "11111111-2222-3333-4444-555555555555" } })),
    put(at, scale(name, { metadata: { name, managedFields: [{ manager: "x" }] } })),
    put(at, scale(name, { metadata: { name, labels: { "a b": "c" } } })),
    put(at, scale(name, { spec: { replicas: -1 } })),
    put(at, scale(name, { spec: { replicas: "3" } })),
    put(at, scale(name, { spec: { replicas: 1.5 } })),
    put(at, scale(name, { spec: { replicas: 2147483648 } })),
    put(at, scale(name, { spec: [] })),
    put(at, scale(name, { status: "x" })),
    put(at, scale(name, { unknown: 1 })),
    put(`${at}?fieldValidation=Strict`, scale(name, { unknown: 1, spec: { replicas: 1, more: 2 } })),
    put(at, []),
    put(at, undefined, { raw: "{", headers: { "content-type": "application/json" } }),
    put(at, undefined, { raw: "" }),
    put(at, undefined, { raw: "a: {", headers: { "content-type": "application/yaml" } }),
    put(at, undefined, { raw: "x", headers: { "content-type": "text/plain" } }),
    put(`${path}/none/scale`, scale("none")),
    ...[
      { spec: { replicas: -1 } },
      { spec: { replicas: "x" } },
      { spec: { replicas: 1.5 } },
      { spec: { replicas: 2147483648 } },
      { spec: { replicas: [] } },
      { spec: [] },
      { spec: "x" },
      { spec: null },
      { status: { replicas: "x" } },
      { status: { selector: 1 } },
      { metadata: { name: "other" } },
      { metadata: { namespace: "other" } },
      { metadata: { resourceVersion: "1" } },
      { metadata: { resourceVersion: "x" } },
      { metadata: { uid: "1" } },
      { metadata: { labels: { a: 1 } } },
      { metadata: { managedFields: [] } },
      { metadata: { managedFields: [{ manager: "x", operation: "Nope" }] } },
      { kind: "Other" },
      { apiVersion: "autoscaling/v2" },
      { apiVersion: "v9" },
      { unknown: 1 },
    ].flatMap((body) => [patch("merge", at, body), patch("strategic", at, body)]),
    ...operations.map((body) => patch("json", at, body)),
    ...bodies.flatMap((text) =>
      (["merge", "strategic", "json", "apply"] as const).map((kind) => raw(kind, kind === "apply" ? `${at}?fieldManager=m` : at, text)),
    ),
    ...mediaTypes.map((type) => raw("merge", at, "{}", { "content-type": type })),
    patch("merge", `${at}?fieldValidation=Strict`, { unknown: 1, spec: { x: 1 } }),
    patch("merge", `${path}/none/scale`, { spec: { replicas: 1 } }),
    patch("strategic", at, { $patch: "delete" }),
    patch("strategic", at, { spec: { $patch: "replace", replicas: 1 } }),
    patch("strategic", at, { spec: { $patch: "x" } }),
    patch("strategic", at, { spec: { $retainKeys: ["x"], replicas: 1 } }),
    ...scaleKinds({ path, name }).map((body) => patch("merge", at, body)),
    ...configurationsOfScale({ path, name }).map((body) => applied(at, JSON.stringify(body), "m")),
    raw("apply", at, JSON.stringify(scale(name))),
    get(at),
  ];
};

/** An apply to the scale of a custom resource is taken here. */
const configurationsOfScale = ({ path, name }: Pick<Subject, "path" | "name">): object[] =>
  path.includes("widgets")
    ? []
    : [
        scale(name, { apiVersion: "apps/v1" }),
        scale(name, { kind: "Deployment", apiVersion: "apps/v1" }),
        scale("other"),
        scale(name, { metadata: { name, managedFields: [{ manager: "x" }] } }),
        scale(name, { metadata: { name, namespace: "other" } }),
        scale(name, { metadata: { name, resourceVersion: "1" } }),
        scale(name, { spec: { replicas: -1 } }),
        scale(name, { spec: { replicas: "x" } }),
        scale(name, { spec: { replicas: 5 } }),
        scale(name, { unknown: 1 }),
        { metadata: { name } },
      ];

const scaleKinds = ({ path }: Pick<Subject, "path" | "name">): object[] =>
  path.includes("widgets") ? [] : [{ kind: "Deployment", apiVersion: "apps/v1" }];

const narrow = (subresource: string, subject: Subject, steps: (at: string) => Step[]): Sequence => ({
  name: `${subject.kind}/${subresource}`,
  steps: [made(subject), ...steps(`${subject.path}/${subject.name}/${subresource}`), get(`${subject.path}/${subject.name}`)],
});
const subject = (kind: string): Subject => subjects.find((one) => one.kind === kind) as Subject;
const statusPatches: readonly object[] = [
  { status: "x" },
  { status: { conditions: "x" } },
  { status: { conditions: [{ type: 1 }] } },
  { status: { conditions: [{ type: "A", status: "Maybe" }] } },
  { status: { replicas: -1, readyReplicas: 5 } },
  { status: { observedGeneration: "x" } },
  { status: { unknown: 1 } },
  { metadata: { name: "other" } },
  { metadata: { resourceVersion: "1" } },
  { metadata: { labels: { "a b": "c" } } },
  { kind: "Other" },
  { apiVersion: "v9" },
];
const statusSteps = (at: string): Step[] => [
  ...statusPatches.flatMap((body) => [patch("merge", at, body), patch("strategic", at, body)]),
  patch("json", at, [{ op: "replace", path: "/status/none", value: 1 }]),
  patch("json", at, [{ op: "test", path: "/status", value: 1 }]),
  patch("json", at, [{ op: "replace", path: "/status", value: 1 }]),
  raw("apply", `${at}?fieldManager=m`, "x"),
  raw("merge", at, "{", { "content-type": "application/json" }),
  raw("strategic", at, "["),
];

const widgetGroup = "p{u}.example.com";
const widgets: Subject = {
  apiVersion: `${widgetGroup}/v1`,
  kind: "Widget",
  path: `/apis/${widgetGroup}/v1/namespaces/{ns}/widgets`,
  name: "a",
  rest: { spec: { replicas: 2, size: 1, tags: ["x"], items: [{ name: "n", v: 1 }] } },
  fixed: { spec: { size: 2, color: "blue", tags: ["a", "a"], items: [{ v: 1 }] } },
};
const widgetDefinition = {
  metadata: { name: `widgets.${widgetGroup}` },
  spec: {
    group: widgetGroup,
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" },
        },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  replicas: { type: "integer", minimum: 0, maximum: 10 },
                  size: { type: "integer", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "size stays" }] },
                  color: { type: "string", enum: ["red"] },
                  tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
                  items: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: { type: "object", required: ["name"], properties: { name: { type: "string" }, v: { type: "integer" } } },
                  },
                },
              },
              status: {
                type: "object",
                properties: {
                  replicas: { type: "integer" },
                  selector: { type: "string" },
                  conditions: {
                    type: "array",
                    items: { type: "object", properties: { type: { type: "string" }, status: { type: "string" } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ofWidgets = (name: string, steps: Step[]): Sequence => ({
  name,
  steps: [
    create(definitions, widgetDefinition),
    get(`${definitions}/widgets.${widgetGroup}`, {
      until: ({ body }) =>
        body?.status?.conditions?.some(({ type, status }: { type: string; status: string }) => type === "Established" && status === "True"),
      pick: () => "",
    }),
    { ...made(widgets), until: ({ status }) => status === 201 },
    ...steps,
    get(`${widgets.path}/a`),
  ],
});

const kindSteps = ({ path, name }: Subject): Step[] => {
  const bodies = [
    { kind: null },
    { kind: "" },
    { apiVersion: null },
    { apiVersion: "" },
    { apiVersion: 1 },
    { kind: null, apiVersion: null },
    { apiVersion: "a/b/c" },
    { kind: {} },
    { kind: "Other" },
    { kind: "ConfigMap", apiVersion: "v1" },
  ];
  return [
    ...bodies.map((body) => patch("merge", `${path}/${name}`, body)),
    ...bodies.map((body) => patch("merge", `${path}/${name}/status`, body)),
    patch("json", `${path}/${name}`, [{ op: "remove", path: "/kind" }]),
    patch("json", `${path}/${name}`, [{ op: "replace", path: "/apiVersion", value: "v1" }]),
  ];
};

const sequences: Sequence[] = [
  ...subjects.map((one) => whole("what may not change", one, fixedSteps(one))),
  ...["Deployment", "Pod", "Node", "StorageClass"]
    .map(subject)
    .flatMap((one) => [
      whole("merge patches of metadata", one, metadataSteps(one, "merge")),
      whole("strategic patches of metadata", one, metadataSteps(one, "strategic")),
      whole("JSON patches", one, jsonSteps(one)),
      whole("configurations", one, applySteps(one)),
    ]),
  ...["Deployment", "RoleBinding"]
    .map(subject)
    .flatMap((one) => [
      whole("bodies", one, bodySteps(one)),
      whole("types", one, typeSteps(one)),
      whole("directives", one, directiveSteps(one)),
    ]),
  ...scaled.map((one) => ({ name: `scale: ${one.kind}`, steps: [made(one), ...scaleSteps(one)] })),
  ...["Deployment", "Node", "HorizontalPodAutoscaler"].map((kind) => narrow("status", subject(kind), statusSteps)),
  ...["resize"].map((name) => narrow(name, subject("Pod"), statusSteps)),
  ofWidgets("custom: merge patches of metadata", [...metadataSteps(widgets, "merge"), ...fixedSteps(widgets)]),
  ofWidgets("custom: kinds and versions", kindSteps(widgets)),
  ofWidgets("custom: strategic patches", metadataSteps(widgets, "strategic").slice(0, 2)),
  ofWidgets("custom: JSON patches", jsonSteps(widgets)),
  ofWidgets("custom: configurations", applySteps(widgets)),
  ofWidgets("custom: bodies", bodySteps(widgets)),
  ofWidgets("custom: types", typeSteps(widgets)),
  ofWidgets("custom: status", statusSteps(`${widgets.path}/a/status`)),
  ofWidgets("custom: scale", scaleSteps(widgets)),
  {
    name: "too large",
    steps: [
      made(subject("Secret")),
      patch("merge", `${subject("Secret").path}/a`, { metadata: { annotations: { a: "x".repeat(262145) } } }),
      patch("merge", `${subject("Secret").path}/a`, { stringData: { a: "x".repeat(1048577) } }),
      patch("merge", `${subject("Secret").path}/a`, { stringData: { a: "x".repeat(3 * 1024 * 1024) } }),
      patch("apply", `${subject("Secret").path}/a?fieldManager=m`, { stringData: { a: "x".repeat(3 * 1024 * 1024) } }),
      patch(
        "json",
        `${subject("Secret").path}/a`,
        Array.from({ length: 10001 }, () => ({ op: "test", path: "/kind", value: "Secret" })),
      ),
    ],
  },
];

export default sequences;
