import { applied, edit, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, put, type Request, remove, type Sequence } from "../sequences.ts";

/** A third look: quotas and ranges with other kinds, namespaces that end, accounts and their tokens, classes that change. */
const core = "/api/v1/namespaces/{ns}";
const pods = `${core}/pods`;
const quotas = `${core}/resourcequotas`;
const ranges = `${core}/limitranges`;
const services = `${core}/services`;
const claims = `${core}/persistentvolumeclaims`;
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const namespaces = "/api/v1/namespaces";
const storage = "/apis/storage.k8s.io/v1";
const message = {
  pick: (body: unknown) => {
    const {
      kind,
      message: text,
      status,
      spec,
    } = body as { kind: string; message?: string; status?: { used?: object }; spec?: { containers?: { resources: unknown }[] } };
    return [kind, text ?? null, status?.used ?? null, spec?.containers?.map(({ resources }) => resources) ?? null];
  },
};
const quota = (name: string, hard: object, used: object = {}, spec: object = {}): Request[] => [
  create(quotas, { metadata: { name }, spec: { hard, ...spec } }, message),
  put(
    `${quotas}/${name}/status`,
    { metadata: { name }, status: { hard, used: { ...Object.fromEntries(Object.keys(hard).map((key) => [key, "0"])), ...used } } },
    message,
  ),
];
const used = (name: string): Request => get(`${quotas}/${name}`, message);
const pod = (name: string, resources: object = {}, spec: object = {}) => ({
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: "a", image: "b", resources }], ...spec },
});
const deployment = (name: string, replicas = 1) => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "b" }] } },
  },
});

const sequences: Sequence[] = [
  life(
    "quotas of services",
    ...quota("s", { services: "3", "services.nodeports": "2", "services.loadbalancers": "1", "count/services": "4" }),
    create(
      services,
      {
        metadata: { name: "a" },
        spec: {
          type: "NodePort",
          ports: [
            { port: 1, name: "a" },
            { port: 2, name: "b" },
            { port: 3, name: "c" },
          ],
        },
      },
      message,
    ),
    create(services, { metadata: { name: "a" }, spec: { type: "NodePort", ports: [{ port: 1 }] } }, message),
    create(services, { metadata: { name: "b" }, spec: { type: "LoadBalancer", ports: [{ port: 1 }] } }, message),
    create(
      services,
      { metadata: { name: "c" }, spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [{ port: 1 }] } },
      message,
    ),
    create(services, { metadata: { name: "c" }, spec: { ports: [{ port: 1 }] } }, message),
    merge(`${services}/c`, { spec: { type: "NodePort" } }),
    merge(`${services}/a`, { spec: { type: "ClusterIP" } }),
    used("s"),
    merge(`${services}/c`, { spec: { type: "NodePort" } }),
    merge(`${services}/c`, { spec: { type: "LoadBalancer" } }),
    create(services, { metadata: { name: "d" }, spec: { type: "ExternalName", externalName: "a.b" } }, message),
    create(`${services}?dryRun=All`, { metadata: { name: "e" }, spec: { clusterIP: "None" } }, message),
    applied(`${services}/f`, "apiVersion: v1\nkind: Service\nmetadata: {name: f}\nspec: {ports: [{port: 1}]}\n", "x"),
    used("s"),
    remove(`${services}/b`),
    used("s"),
  ),
  life(
    "quotas of many kinds",
    ...quota("n", {
      "count/deployments.apps": "1",
      "count/jobs.batch": "0",
      "count/roles.rbac.authorization.k8s.io": "1",
      "count/serviceaccounts": "1",
      configmaps: "1",
      secrets: "0",
      "count/leases.coordination.k8s.io": "1",
      "count/resourceclaims.resource.k8s.io": "1",
      resourcequotas: "1",
      replicationcontrollers: "0",
    }),
    create(deployments, deployment("a"), message),
    create(deployments, deployment("b"), message),
    create(
      "/apis/batch/v1/namespaces/{ns}/jobs",
      { metadata: { name: "j" }, spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } } } },
      message,
    ),
    create("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", { metadata: { name: "r" } }, message),
    put("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles/s", { metadata: { name: "s" } }, message),
    put("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", { metadata: { name: "l" } }, message),
    put("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/m", { metadata: { name: "m" } }, message),
    create("/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims", { metadata: { name: "c" }, spec: {} }, message),
    create("/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims", { metadata: { name: "d" }, spec: {} }, message),
    create(`${core}/secrets`, { metadata: { name: "s" } }, message),
    create(`${core}/configmaps`, { metadata: { generateName: "g-" } }, message),
    create(
      `${core}/configmaps`,
      { metadata: { generateName: "g-" } },
      { pick: (body) => (body as { message: string }).message?.replace(/"g-\w+"/, "") },
    ),
    create(quotas, { metadata: { name: "second" }, spec: { hard: { pods: "1" } } }, message),
    create(
      `${core}/replicationcontrollers`,
      {
        metadata: { name: "rc" },
        spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "b" }] } } },
      },
      message,
    ),
    create(`${core}/events`, { metadata: { name: "e" }, involvedObject: { namespace: "{ns}" } }, message),
    used("n"),
  ),
  life(
    "quotas of claims by class",
    create(`${storage}/storageclasses`, { metadata: { name: "gold-{u}" }, provisioner: "x", allowVolumeExpansion: true }),
    ...quota("c", {
      "requests.storage": "10Gi",
      persistentvolumeclaims: "3",
      "gold-{u}.storageclass.storage.k8s.io/requests.storage": "2Gi",
      "gold-{u}.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
    }),
    create(
      claims,
      {
        metadata: { name: "a" },
        spec: { storageClassName: "gold-{u}", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "3Gi" } } },
      },
      message,
    ),
    create(
      claims,
      {
        metadata: { name: "a" },
        spec: {
          storageClassName: "gold-{u}",
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          volumeName: "v",
        },
      },
      message,
    ),
    create(
      claims,
      {
        metadata: { name: "b" },
        spec: { storageClassName: "gold-{u}", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
      },
      message,
    ),
    create(
      claims,
      { metadata: { name: "b" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "9.5Gi" } } } },
      message,
    ),
    create(
      claims,
      {
        metadata: { name: "b" },
        spec: { storageClassName: "", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "8Gi" } } },
      },
      message,
    ),
    merge(`${claims}/a/status`, { status: { phase: "Bound", capacity: { storage: "1Gi" } } }),
    merge(`${claims}/a`, { spec: { resources: { requests: { storage: "2.5Gi" } } } }),
    merge(`${claims}/a`, { spec: { resources: { requests: { storage: "2Gi" } } } }),
    used("c"),
    merge(`${claims}/a/status`, { status: { allocatedResources: { storage: "5Gi" } } }),
    used("c"),
    merge(`${claims}/a/status`, { status: { allocatedResources: { storage: "2Gi" } } }),
    used("c"),
    remove(`${claims}/b`),
    used("c"),
  ),
  life(
    "two quotas and a range",
    ...quota("a", { pods: "2", "requests.cpu": "1" }, { pods: "1" }),
    ...quota("b", { "limits.memory": "1Gi", "requests.cpu": "500m" }),
    create(ranges, { metadata: { name: "r" }, spec: { limits: [{ type: "Container", default: { cpu: "200m", memory: "300Mi" } }] } }),
    create(pods, pod("a"), message),
    used("a"),
    used("b"),
    create(pods, pod("b"), message),
    strategic(`${pods}/a/resize`, {
      spec: { containers: [{ name: "a", resources: { requests: { cpu: "600m" }, limits: { cpu: "600m" } } }] },
    }),
    strategic(`${pods}/a/resize`, {
      spec: { containers: [{ name: "a", resources: { requests: { cpu: "300m" }, limits: { cpu: "300m" } } }] },
    }),
    used("b"),
    strategic(`${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "e", image: "i" }] } }),
    merge(`${pods}/a/status`, { status: { phase: "Succeeded" } }),
    used("b"),
    merge(ranges.concat("/r"), { spec: { limits: [{ type: "Container", max: { cpu: "250m" } }] } }),
    strategic(`${pods}/a/resize`, {
      spec: { containers: [{ name: "a", resources: { requests: { cpu: "260m" }, limits: { cpu: "260m" } } }] },
    }),
    merge(`${pods}/a`, { metadata: { labels: { x: "y" } } }),
  ),
  life(
    "a namespace that ends",
    create(namespaces, { metadata: { name: "end-{u}", finalizers: ["example.com/hold"] } }),
    create(`${namespaces}/end-{u}/configmaps`, { metadata: { name: "kept" } }),
    remove(`${namespaces}/end-{u}`),
    create(`${namespaces}/end-{u}/configmaps`, { metadata: { name: "late" } }),
    create(`${namespaces}/end-{u}/pods`, pod("late")),
    applied(`${namespaces}/end-{u}/configmaps/late`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\n", "x"),
    applied(`${namespaces}/end-{u}/configmaps/kept`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\ndata: {a: b}\n", "x"),
    put("/apis/coordination.k8s.io/v1/namespaces/end-{u}/leases/l", { metadata: { name: "l" } }),
    create("/apis/authorization.k8s.io/v1/namespaces/end-{u}/localsubjectaccessreviews", {
      metadata: { namespace: "end-{u}" },
      spec: { user: "x", resourceAttributes: { namespace: "end-{u}", verb: "get", resource: "pods" } },
    }),
    create(`${namespaces}/end-{u}/serviceaccounts/default/token`, {}),
    merge(`${namespaces}/end-{u}`, { metadata: { labels: { a: "b" } } }),
    merge(`${namespaces}/end-{u}`, { metadata: { finalizers: ["example.com/hold", "example.com/more"] } }),
    put(`${namespaces}/end-{u}/finalize`, { metadata: { name: "end-{u}" }, spec: { finalizers: [] } }),
    merge(`${namespaces}/end-{u}/status`, { status: { conditions: [{ type: "NamespaceDeletionContentFailure", status: "True" }] } }),
    remove(`${namespaces}/end-{u}/configmaps/kept`),
    table(`${namespaces}/end-{u}`),
    remove(`${namespaces}/end-{u}`, { gracePeriodSeconds: 0 }),
    json(`${namespaces}/end-{u}`, [{ op: "remove", path: "/metadata/finalizers" }]),
    get(`${namespaces}/end-{u}`),
  ),
  life(
    "tokens of accounts",
    create(`${core}/serviceaccounts`, { metadata: { name: "a" } }),
    ...[
      {},
      { spec: {} },
      { spec: { audiences: [] } },
      { spec: { audiences: ["x", "x"] } },
      { spec: { audiences: [""] } },
      { spec: { expirationSeconds: 600 } },
      { spec: { expirationSeconds: 0 } },
      { spec: { expirationSeconds: -1 } },
      { spec: { expirationSeconds: 1e9 } },
      { spec: { boundObjectRef: {} } },
      { spec: { boundObjectRef: { kind: "Node", apiVersion: "v1", name: "none" } } },
      { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v2", name: "x" } } },
      { metadata: { name: "a" } },
      { metadata: { name: "b" } },
      { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1beta1" },
      { status: { token: "x" } },
    ].map((body) =>
      create(`${core}/serviceaccounts/a/token`, body, {
        pick: (answer) => {
          const { message: text, spec, kind } = answer as { message?: string; spec?: unknown; kind: string };
          return text ?? [kind, spec];
        },
      }),
    ),
    create(pods, pod("p", {}, { serviceAccountName: "a", nodeName: "n" })),
    create(
      `${core}/serviceaccounts/a/token`,
      { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } },
      { pick: (answer) => (answer as { spec: { boundObjectRef: unknown } }).spec?.boundObjectRef },
    ),
    create(`${core}/serviceaccounts/a/token`, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p", uid: "wrong" } } }),
    create(`${core}/serviceaccounts/default/token`, { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } }),
    create(pods, pod("q", {}, { serviceAccountName: "missing" })),
    create(pods, pod("q", {}, { serviceAccount: "a", serviceAccountName: "default" }), message),
    remove(`${core}/serviceaccounts/a`),
    create(`${core}/serviceaccounts/a/token`, {}),
  ),
  life(
    "classes that change",
    ...(
      [
        [
          `${storage}/storageclasses`,
          { metadata: { name: "ch-{u}" }, provisioner: "a", parameters: { x: "1" }, mountOptions: ["a"] },
          ["provisioner", "parameters", "mountOptions", "reclaimPolicy", "volumeBindingMode", "allowVolumeExpansion", "allowedTopologies"],
        ],
        [
          `${storage}/volumeattributesclasses`,
          { metadata: { name: "ch-{u}" }, driverName: "a", parameters: { x: "1" } },
          ["driverName", "parameters"],
        ],
        [
          "/apis/scheduling.k8s.io/v1/priorityclasses",
          { metadata: { name: "ch-{u}" }, value: 5, description: "d" },
          ["value", "description", "globalDefault", "preemptionPolicy"],
        ],
        [
          "/apis/node.k8s.io/v1/runtimeclasses",
          { metadata: { name: "ch-{u}" }, handler: "a", overhead: { podFixed: { cpu: "1" } } },
          ["handler", "overhead", "scheduling"],
        ],
        [
          `${storage}/namespaces/{ns}/csistoragecapacities`,
          { metadata: { name: "ch-{u}" }, storageClassName: "a", nodeTopology: { matchLabels: { b: "c", a: "d" } } },
          ["storageClassName", "nodeTopology", "capacity", "maximumVolumeSize"],
        ],
      ] as const
    ).flatMap(([path, object, fields]) => {
      const at = `${path}/ch-{u}`;
      return [
        create(path, object),
        ...fields.flatMap((field) => [
          edit(
            at,
            (one) => {
              delete one[field];
            },
            "",
            "?dryRun=All",
          ),
          json(`${at}?dryRun=All`, [{ op: "add", path: `/${field}`, value: null }]),
          json(`${at}?dryRun=All`, [{ op: "add", path: `/${field}`, value: "other" }]),
          json(`${at}?dryRun=All`, [{ op: "add", path: `/${field}`, value: {} }]),
          json(`${at}?dryRun=All`, [{ op: "add", path: `/${field}`, value: [] }]),
          json(`${at}?dryRun=All`, [{ op: "add", path: `/${field}`, value: true }]),
          json(`${at}?dryRun=All`, [{ op: "add", path: `/${field}`, value: 7 }]),
        ]),
        remove(at),
      ];
    }),
  ),
];

export default sequences;
