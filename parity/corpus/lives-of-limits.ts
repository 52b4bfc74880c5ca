import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** Limit ranges, quotas and certificate requests: whole manifests, and their lives. */
const core = "/api/v1/namespaces/{ns}";
const limits = `${core}/limitranges`;
const quotas = `${core}/resourcequotas`;
const pods = `${core}/pods`;
const claims = `${core}/persistentvolumeclaims`;
const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

const range = `
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec:
  limits:
  - type: Container
    default: {cpu: 300m, memory: 200Mi}
    defaultRequest: {cpu: 200m}
    max: {cpu: "2"}
    min: {cpu: 10m, memory: 4Mi}
    maxLimitRequestRatio: {cpu: 5}
  - {type: Pod, max: {cpu: "3", memory: 1Gi}, min: {memory: 6Mi}}
  - {type: PersistentVolumeClaim, min: {storage: 1Gi}, max: {storage: 10Gi}}
`;

const quota = `
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute}
spec:
  hard:
    requests.cpu: "1"
    requests.memory: 1Gi
    limits.cpu: "2"
    limits.memory: 2Gi
    pods: "3"
    count/configmaps: 2
    persistentvolumeclaims: 1
    requests.storage: 5Gi
    gold.storageclass.storage.k8s.io/requests.storage: 1Gi
    services.loadbalancers: 0
`;

const pod = (name: string, resources: object = {}, more: object = {}) => ({
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: "a", image: "b", resources }], ...more },
});
const pickResources = {
  pick: (body: unknown) => {
    const { kind, spec, metadata } = body as {
      kind: string;
      spec: { containers: { resources: unknown }[]; initContainers?: { resources: unknown }[]; resources?: unknown };
      metadata: { annotations?: unknown };
    };
    if (kind !== "Pod") return body;
    return {
      annotations: metadata.annotations,
      containers: spec.containers.map(({ resources }) => resources),
      init: spec.initContainers?.map(({ resources }) => resources),
      pod: spec.resources,
    };
  },
};
const makePod = (name: string, resources: object = {}, more: object = {}) => create(pods, pod(name, resources, more), pickResources);
const claim = (name: string, storage: string, more: object = {}) =>
  create(claims, { metadata: { name }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more } });

const sequences: Sequence[] = [
  life(
    "range: defaults for pods",
    manifest(limits, range),
    table(limits),
    makePod("none"),
    makePod("request", { requests: { cpu: "100m" } }),
    makePod("limit", { limits: { cpu: "1" } }),
    makePod("ratio", { limits: { cpu: "1" }, requests: { cpu: "100m" } }),
    makePod("above", { limits: { cpu: "2500m", memory: "2Gi" } }),
    makePod("below", { requests: { cpu: "5m", memory: "1Mi" }, limits: { cpu: "5m" } }),
    makePod("inverted", { requests: { cpu: "1" } }),
    makePod("gpu", { limits: { "nvidia.com/gpu": 1 } }),
    makePod(
      "two",
      {},
      {
        containers: [
          { name: "a", image: "b" },
          { name: "c", image: "d", resources: { limits: { memory: "1Gi" } } },
        ],
      },
    ),
    makePod("many", {}, { containers: Array.from({ length: 12 }, (_, i) => ({ name: `c${i}`, image: "d" })) }),
    makePod(
      "init",
      {},
      {
        initContainers: [
          { name: "i", image: "j" },
          { name: "s", image: "j", restartPolicy: "Always" },
        ],
      },
    ),
    makePod("podlevel", {}, { resources: { requests: { cpu: "1" }, limits: { cpu: "2", memory: "100Mi" } } }),
    makePod("overall", { requests: { cpu: "1" }, limits: { cpu: "2" } }, { resources: { limits: { cpu: "4" } } }),
    create(`${pods}?dryRun=All`, { metadata: { generateName: "g-" }, spec: { containers: [{ name: "a", image: "b" }] } }, pickResources),
    claim("small", "500Mi"),
    claim("fine", "1Gi"),
    claim("large", "11Gi"),
    claim("odd", "1.5Gi", { resources: { requests: { storage: "2Gi" }, limits: { storage: "20Gi" } } }),
    create(`${core}/podtemplates`, { metadata: { name: "t" }, template: { spec: { containers: [{ name: "a", image: "b" }] } } }),
    remove(limits),
    makePod("free"),
  ),
  life(
    "range: two at once",
    create(limits, { metadata: { name: "a" }, spec: { limits: [{ type: "Container", defaultRequest: { cpu: "1" } }] } }),
    create(limits, {
      metadata: { name: "b" },
      spec: { limits: [{ type: "Container", default: { cpu: "500m" }, max: { memory: "1Gi" } }] },
    }),
    create(limits, { metadata: { name: "c" }, spec: { limits: [{ type: "Pod", maxLimitRequestRatio: { memory: "1.5" } }] } }),
    get(limits),
    makePod("none"),
    makePod("memory", { limits: { memory: "300Mi" }, requests: { memory: "100Mi" } }),
    makePod("only", { requests: { memory: "100Mi" } }),
    makePod("cpu", { limits: { cpu: "2", memory: "100Mi" } }),
  ),
  life(
    "range: made, changed, faults",
    manifest(limits, range),
    edit(`${limits}/limits`, ({ spec }) => {
      spec.limits[0].default.cpu = "3";
    }),
    edit(`${limits}/limits`, ({ spec }) => {
      spec.limits[0].max.memory = "100Mi";
      spec.limits[0].defaultRequest.memory = "300Mi";
    }),
    merge(`${limits}/limits`, { spec: { limits: [] } }),
    merge(`${limits}/limits`, { spec: null }),
    get(`${limits}/limits`),
    strategic(`${limits}/limits`, { spec: { limits: [{ type: "Pod" }, { type: "Pod" }] } }),
    applied(`${limits}/limits`, range, "x"),
    applied(`${limits}/limits`, range.replace('"2"', '"4"'), "y"),
    put(`${limits}/other`, { metadata: { name: "other" }, spec: { limits: [{ type: "Container", max: { cpu: "1" } }] } }),
    create(limits, { metadata: { name: "x" }, spec: { limits: [{}] } }),
    create(limits, { metadata: { name: "x" }, spec: { limits: [{ type: "example.com/thing", max: { a: "1" } }] } }),
    create(limits, {
      metadata: { name: "x" },
      spec: { limits: [{ type: "Container", max: { "a b": "1", cpu: "-1" }, min: { cpu: "x" } }] },
    }),
    create(limits, {
      metadata: { name: "x" },
      spec: { limits: [{ type: "Container", max: { "a b": "1", cpu: "-1" }, min: { cpu: "2" } }] },
    }),
    create(limits, { metadata: { name: "x" }, spec: { limits: [{ type: "Pod", default: { cpu: "1" }, defaultRequest: { cpu: "1" } }] } }),
    create(limits, {
      metadata: { name: "x" },
      spec: {
        limits: [{ type: "Container", maxLimitRequestRatio: { cpu: "0.5", memory: "3" }, max: { memory: "2" }, min: { memory: "1" } }],
      },
    }),
    create(limits, { metadata: { name: "x" }, spec: { limits: [{ type: "PersistentVolumeClaim", default: { storage: "1" } }] } }),
    create(limits, { metadata: { name: "Bad_" }, spec: {} }),
    create(limits, { metadata: { generateName: "gen-" }, spec: { limits: [{ type: "Container", default: { memory: "1500m" } }] } }),
    get(`${limits}/limits/status`),
    table(limits),
  ),
  life(
    "quota: made, used up, read",
    manifest(quotas, quota),
    table(quotas),
    makePod("early", { requests: { cpu: "1", memory: "1" }, limits: { cpu: "1", memory: "1" } }),
    put(`${quotas}/compute/status`, {
      metadata: { name: "compute" },
      status: {
        hard: {
          pods: "1",
          "requests.cpu": "1",
          "requests.memory": "1Gi",
          "limits.cpu": "2",
          "limits.memory": "2Gi",
          "count/configmaps": "2",
          persistentvolumeclaims: "1",
          "requests.storage": "5Gi",
        },
        used: {
          pods: "0",
          "requests.cpu": "900m",
          "requests.memory": "0",
          "limits.cpu": "0",
          "limits.memory": "0",
          "count/configmaps": "1",
          persistentvolumeclaims: "0",
          "requests.storage": "4.5Gi",
        },
      },
    }),
    table(quotas),
    makePod("unset"),
    makePod("big", { requests: { cpu: "200m", memory: "2Gi" }, limits: { cpu: "3", memory: "3Gi" } }),
    makePod("part", { requests: { cpu: "50m" }, limits: { memory: "1Gi" } }),
    makePod("fine", { requests: { cpu: "50m", memory: "1Mi" }, limits: { cpu: "1", memory: "1Gi" } }),
    makePod("second", { requests: { cpu: "50m", memory: "1Mi" }, limits: { cpu: "1", memory: "1Gi" } }),
    get(`${quotas}/compute/status`),
    create(`${core}/configmaps`, { metadata: { name: "a" } }),
    create(`${core}/configmaps`, { metadata: { name: "b" } }),
    applied(`${core}/configmaps/c`, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n", "x"),
    claim("one", "600Mi"),
    claim("two", "400Mi"),
    claim("three", "1"),
    merge(`${pods}/fine`, { metadata: { labels: { a: "b" } } }),
    remove(`${core}/configmaps/a`),
    create(`${core}/configmaps`, { metadata: { name: "b" } }),
    get(`${quotas}/compute`),
  ),
  life(
    "quota: changed, faults",
    manifest(quotas, quota),
    merge(`${quotas}/compute`, { spec: { hard: { pods: "-1", "requests.nvidia.com/gpu": "2" } } }),
    merge(`${quotas}/compute`, { spec: { hard: { pods: "1.5", "count/x.y/z": "1", "limits.nvidia.com/gpu": "1" } } }),
    merge(`${quotas}/compute`, {
      spec: { hard: { pods: null, "requests.nvidia.com/gpu": "2", "hugepages-2Mi": "1Gi", "count/widgets.example.com": "5" } },
    }),
    merge(`${quotas}/compute`, { spec: { scopes: ["BestEffort"] } }),
    merge(`${quotas}/compute`, { spec: { hard: null } }),
    merge(`${quotas}/compute`, { spec: null }),
    strategic(`${quotas}/compute`, { spec: { hard: { secrets: "10" } } }),
    merge(`${quotas}/compute/status`, { status: { hard: { secrets: "-1" }, used: { "a b": "1", pods: "0.5" } } }),
    merge(`${quotas}/compute/status`, { status: { hard: { secrets: "5" }, used: { secrets: "1k" } }, spec: { hard: {} } }),
    table(quotas),
    create(quotas, { metadata: { name: "be" }, spec: { hard: { pods: "1" }, scopes: ["BestEffort", "NotTerminating"] } }),
    create(quotas, { metadata: { name: "x" }, spec: { hard: { "requests.cpu": "1" }, scopes: ["BestEffort", "NotBestEffort", "Odd"] } }),
    create(quotas, {
      metadata: { name: "pc" },
      spec: {
        hard: { pods: "1" },
        scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
      },
    }),
    create(quotas, {
      metadata: { name: "x" },
      spec: {
        hard: { pods: "1" },
        scopeSelector: {
          matchExpressions: [
            { scopeName: "PriorityClass", operator: "In" },
            { scopeName: "Terminating", operator: "In", values: ["a"] },
            { operator: "Like" },
          ],
        },
      },
    }),
    create(quotas, {
      metadata: { name: "x" },
      spec: {
        hard: { pods: "1" },
        scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists", values: ["a"] }] },
      },
    }),
    create(quotas, {
      metadata: { name: "vac" },
      spec: {
        hard: { persistentvolumeclaims: "1" },
        scopeSelector: { matchExpressions: [{ scopeName: "VolumeAttributesClass", operator: "In", values: ["gold"] }] },
      },
    }),
    create(quotas, {
      metadata: { name: "x" },
      spec: {
        hard: { pods: "1" },
        scopeSelector: { matchExpressions: [{ scopeName: "CrossNamespacePodAffinity", operator: "Exists" }] },
        scopes: ["Terminating"],
      },
    }),
    merge(`${quotas}/be`, { spec: { scopes: ["Terminating"] } }),
    merge(`${quotas}/pc`, { spec: { scopeSelector: null } }),
    applied(`${quotas}/pc`, "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pc}\nspec: {hard: {pods: 2}}\n", "x"),
    applied(
      `${quotas}/pc`,
      "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pc}\nspec: {hard: {pods: 2, cpu: 1}, scopes: [BestEffort]}\n",
      "x",
      "&force=true",
    ),
    applied(`${quotas}/pc/status`, "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pc}\nstatus: {used: {pods: 2}}\n", "x"),
    get(`${quotas}?fieldSelector=spec.hard=x`),
    create(`${quotas}/pc/status`, {}),
    get(quotas, { headers: { accept: "application/yaml" }, pick: (body) => (body as { items: unknown[] }).items.length }),
    remove(quotas, { gracePeriodSeconds: 0, propagationPolicy: "Orphan" }),
  ),
  life(
    "quota: scopes and what they count",
    ...(["BestEffort", "NotBestEffort", "Terminating", "NotTerminating"] as const).flatMap((scope) => [
      create(quotas, { metadata: { name: scope.toLowerCase() }, spec: { hard: { pods: "1" }, scopes: [scope] } }),
      put(`${quotas}/${scope.toLowerCase()}/status`, {
        metadata: { name: scope.toLowerCase() },
        status: { hard: { pods: "1" }, used: { pods: "0" } },
      }),
    ]),
    makePod("besteffort"),
    makePod("besteffort2"),
    makePod("burstable", { requests: { cpu: "1" } }),
    makePod("ending", { requests: { cpu: "1" } }, { activeDeadlineSeconds: 60 }),
    merge(`${pods}/besteffort`, { spec: { activeDeadlineSeconds: 10 } }),
    remove(`${pods}/besteffort`, { gracePeriodSeconds: 0 }),
    create(quotas, { metadata: { name: "cpu" }, spec: { hard: { "requests.cpu": "5" } } }),
    put(`${quotas}/cpu/status`, { metadata: { name: "cpu" }, status: { hard: { "requests.cpu": "5" }, used: { "requests.cpu": "1" } } }),
    put(`${quotas}/terminating/status`, { metadata: { name: "terminating" }, status: { hard: { pods: "2" }, used: { pods: "0" } } }),
    merge(`${pods}/burstable`, { metadata: { labels: { a: "b" } } }),
    merge(`${pods}/burstable`, { spec: { activeDeadlineSeconds: 10 } }),
    merge(`${pods}/burstable`, { spec: { activeDeadlineSeconds: 5 } }),
    get(quotas, { pick: (body) => (body as { items: { status: unknown }[] }).items.map(({ status }) => status) }),
  ),
  life(
    "certificate requests: odd ones",
    create(requests, { metadata: { name: "a-{u}" } }),
    create(requests, { metadata: { name: "a-{u}" }, spec: {} }),
    create(requests, { metadata: { name: "A_{u}" }, spec: { request: "eA==", signerName: "x", usages: [] } }),
    create(requests, { metadata: { name: "a-{u}" }, spec: { request: "not base64!", signerName: "x.y/z", usages: ["client auth"] } }),
    create(requests, {
      metadata: { name: "a-{u}" },
      spec: { request: "eA==", signerName: "kubernetes.io/legacy-unknown", usages: ["any", "any", "odd"] },
    }),
    create(requests, {
      metadata: { name: "a-{u}" },
      spec: { request: "eA==", signerName: "x.y/z", usages: ["client auth"], expirationSeconds: 599 },
    }),
    create(requests, {
      metadata: { name: "a-{u}" },
      spec: {
        request: "eA==",
        signerName: "x.y/",
        usages: ["client auth"],
        expirationSeconds: -1,
        username: "me",
        groups: ["x"],
        extra: { a: ["b"] },
      },
    }),
    create(requests, {
      metadata: { name: "a-{u}" },
      status: { certificate: "eA==" },
      spec: { request: null, signerName: null, usages: null },
    }),
    get(`${requests}/missing-{u}/approval`),
    put(`${requests}/missing-{u}/approval`, { metadata: { name: "missing-{u}" } }),
    patch("merge", `${requests}/missing-{u}/status`, {}),
    get(`${requests}?fieldSelector=spec.signerName=x.y/{u}`, { pick: (body) => (body as { items: unknown }).items }),
    get(`${requests}?fieldSelector=spec.username=x`),
    get("/apis/certificates.k8s.io/v1beta1/certificatesigningrequests"),
    get("/apis/certificates.k8s.io/v1alpha1/clustertrustbundles"),
    get("/apis/certificates.k8s.io/v1beta1/clustertrustbundles"),
    get("/apis/certificates.k8s.io/v1/clustertrustbundles"),
    get("/apis/certificates.k8s.io/v1/podcertificaterequests"),
    create("/apis/certificates.k8s.io/v1beta1/namespaces/{ns}/podcertificaterequests", {}),
  ),
  life(
    "fields of features that are off",
    create(`${core}/podtemplates`, {
      metadata: { name: "t" },
      template: {
        spec: {
          schedulingGroup: { podGroupName: "x" },
          containers: [{ name: "a", image: "b", lifecycle: { stopSignal: "SIGHUP" } }],
          volumes: [{ name: "v", projected: { sources: [{ clusterTrustBundle: { path: "x", name: "y" } }] } }],
        },
      },
    }),
    create("/apis/apps/v1/namespaces/{ns}/statefulsets", {
      metadata: { name: "s" },
      spec: {
        updateStrategy: { rollingUpdate: { maxUnavailable: 3 } },
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "b" }] } },
      },
    }),
    merge("/apis/apps/v1/namespaces/{ns}/statefulsets/s", { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: "50%" } } } }),
    create("/apis/batch/v1/namespaces/{ns}/cronjobs", {
      metadata: { name: "c" },
      spec: {
        schedule: "@daily",
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [{ name: "a", image: "b", lifecycle: { stopSignal: "SIGHUP", preStop: { sleep: { seconds: 1 } } } }],
              },
            },
          },
        },
      },
    }),
    create("/apis/batch/v1/namespaces/{ns}/jobs", {
      metadata: { name: "j" },
      spec: { template: { spec: { restartPolicy: "Never", schedulingGroup: {}, containers: [{ name: "a", image: "b" }] } } },
    }),
    create(pods, pod("p", {}, { schedulingGroup: { podGroupName: "x" } })),
    json(`${pods}/p`, [{ op: "add", path: "/spec/schedulingGroup", value: { podGroupName: "y" } }]),
    applied(
      `${pods}/q`,
      "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec: {automountServiceAccountToken: false, schedulingGroup: {podGroupName: z}, containers: [{name: a, image: b, lifecycle: {stopSignal: SIGHUP}}]}\n",
      "x",
    ),
    get(`${pods}/q`),
  ),
];

export default sequences;
