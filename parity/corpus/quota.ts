import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

const quotas = "/api/v1/namespaces/{ns}/resourcequotas";
const pods = "/api/v1/namespaces/{ns}/pods";
const services = "/api/v1/namespaces/{ns}/services";
const claims = "/api/v1/namespaces/{ns}/persistentvolumeclaims";
const configMaps = "/api/v1/namespaces/{ns}/configmaps";

/** What a quota says is used, or what the answer says went wrong. */
const pick = (body: unknown) => {
  const { kind, message, status } = body as { kind: string; message?: string; status?: object };
  return kind === "ResourceQuota" ? status : kind === "Status" ? body : (message ?? kind);
};
const used = (name = "q"): Request => get(`${quotas}/${name}`, { pick });

type Amounts = Record<string, string>;

/** Without controllers nobody else tells the status. */
const quota = (hard: Amounts, more: object = {}, before: Amounts = {}, name = "q"): Request[] => [
  create(quotas, { metadata: { name }, spec: { hard, ...more } }, { pick }),
  put(
    `${quotas}/${name}/status`,
    {
      metadata: { name },
      spec: { hard, ...more },
      status: { hard, used: { ...Object.fromEntries(Object.keys(hard).map((key) => [key, "0"])), ...before } },
    },
    { pick },
  ),
];

interface PodShape {
  spec?: object;
  requests?: Amounts;
  limits?: Amounts;
}

const container = (name: string, requests?: Amounts, limits?: Amounts, more: object = {}) => ({
  name,
  image: "nginx:1",
  resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
  ...more,
});
const pod = (name: string, { spec = {}, requests, limits }: PodShape = {}) => ({
  metadata: { name },
  spec: { containers: [container("main", requests, limits)], ...spec },
});
const makePod = (name: string, shape?: PodShape): Request => create(pods, pod(name, shape), { pick });
const make = (path: string, body: unknown): Request => create(path, body, { pick });
const claim = (name: string, storage: string, more: object = {}) => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more },
});
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

const sequences: Sequence[] = [
  {
    name: "numbers of pods",
    steps: [
      ...quota({ pods: "2", "count/pods": "5" }),
      makePod("a"),
      makePod("b"),
      makePod("c"),
      used(),
      remove(`${pods}/a`, undefined, { pick }),
      makePod("d"),
      used(),
    ],
  },
  {
    name: "requests and limits",
    steps: [
      ...quota({ cpu: "1", memory: "1Gi", "limits.cpu": "2", "limits.memory": "2Gi", "requests.ephemeral-storage": "1Gi" }),
      makePod("none"),
      makePod("some", { requests: { cpu: "100m" } }),
      makePod("a", { requests: { cpu: "500m", memory: "500Mi" }, limits: { cpu: "1", memory: "1Gi" } }),
      used(),
      makePod("b", { requests: { cpu: "600m", memory: "500Mi" }, limits: { cpu: "1", memory: "1Gi" } }),
      makePod("b", { requests: { cpu: "600m", memory: "600Mi" }, limits: { cpu: "1500m", memory: "2Gi", "ephemeral-storage": "2Gi" } }),
      makePod("b", { requests: { cpu: "500m", memory: "524M" }, limits: { cpu: "1", memory: "1Gi" } }),
      used(),
      makePod("c", { requests: { cpu: "0", memory: "0" }, limits: { cpu: "0", memory: "0" } }),
      used(),
    ],
  },
  {
    name: "several containers",
    steps: [
      ...quota({ "requests.cpu": "1", "requests.memory": "1Gi" }),
      create(
        pods,
        {
          metadata: { name: "a" },
          spec: { containers: [container("z"), container("b", { cpu: "1" })], initContainers: [container("i", { memory: "1" })] },
        },
        { pick },
      ),
      create(
        pods,
        {
          metadata: { name: "a" },
          spec: {
            containers: [container("a", { cpu: "100m", memory: "1Mi" }), container("b", { cpu: "200m", memory: "2Mi" })],
            initContainers: [
              container("i", { cpu: "250m", memory: "100Mi" }),
              container("s", { cpu: "50m", memory: "10Mi" }, undefined, { restartPolicy: "Always" }),
              container("j", { cpu: "450m", memory: "10Mi" }),
            ],
          },
        },
        { pick },
      ),
      used(),
    ],
  },
  {
    name: "pod-level resources",
    steps: [
      ...quota({ "requests.cpu": "1", "limits.memory": "1Gi" }),
      create(
        pods,
        {
          metadata: { name: "a" },
          spec: { resources: { requests: { cpu: "700m" }, limits: { memory: "1Gi" } }, containers: [container("a")] },
        },
        { pick },
      ),
      used(),
    ],
  },
  {
    name: "extended resources and huge pages",
    steps: [
      ...quota({ "requests.example.com/gpu": "1", "hugepages-2Mi": "4Mi", "requests.hugepages-1Gi": "1Gi" }),
      makePod("a", { requests: { "example.com/gpu": "2" }, limits: { "example.com/gpu": "2" } }),
      makePod("a", { requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "1" } }),
      makePod("b", { requests: { cpu: "1", "hugepages-2Mi": "6Mi" }, limits: { "hugepages-2Mi": "6Mi" } }),
      makePod("b", { requests: { cpu: "1", "hugepages-2Mi": "4Mi" }, limits: { "hugepages-2Mi": "4Mi" } }),
      used(),
    ],
  },
  {
    name: "status unknown",
    steps: [
      create(quotas, { metadata: { name: "q" }, spec: { hard: { pods: "1", cpu: "1" } } }, { pick }),
      makePod("a"),
      put(
        `${quotas}/q/status`,
        {
          metadata: { name: "q" },
          spec: { hard: { pods: "1", secrets: "2" } },
          status: { hard: { pods: "1", "count/pods": "1" }, used: { pods: "0" } },
        },
        { pick },
      ),
      makePod("b"),
      make(configMaps, { metadata: { name: "a" } }),
    ],
  },
  ...Object.entries({
    Terminating: [{}, { activeDeadlineSeconds: 10 }],
    NotTerminating: [{ activeDeadlineSeconds: 10 }, {}],
    CrossNamespacePodAffinity: [
      {},
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "x", labelSelector: {}, namespaces: ["other"] }],
          },
        },
      },
    ],
  }).map(
    ([scope, [out, inside]]): Sequence => ({
      name: `scope ${scope}`,
      steps: [
        ...quota({ pods: "1" }, { scopes: [scope] }),
        makePod("a", { spec: out }),
        used(),
        makePod("b", { spec: inside }),
        used(),
        makePod("c", { spec: inside }),
      ],
    }),
  ),
  {
    name: "scopes of quality",
    steps: [
      ...quota({ pods: "1" }, { scopes: ["BestEffort"] }),
      ...quota({ pods: "1" }, { scopes: ["NotBestEffort"] }, {}, "n"),
      makePod("a"),
      used(),
      used("n"),
      makePod("b", { requests: { cpu: "1" } }),
      used(),
      used("n"),
      makePod("c", { requests: { cpu: "1" } }),
      makePod("c"),
    ],
  },
  {
    name: "scope of a priority class",
    alone: true,
    steps: [
      create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "high-{u}" }, value: 10 }, { pick }),
      ...quota(
        { pods: "1" },
        { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high-{u}"] }] } },
      ),
      ...quota(
        { pods: "1" },
        { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "DoesNotExist" }] } },
        {},
        "none",
      ),
      ...quota({ pods: "5" }, { scopes: ["PriorityClass"] }, {}, "any"),
      makePod("a"),
      makePod("b", { spec: { priorityClassName: "high-{u}" } }),
      used(),
      used("none"),
      used("any"),
      makePod("c", { spec: { priorityClassName: "high-{u}" } }),
      makePod("c"),
    ],
  },
  {
    name: "services",
    steps: [
      ...quota({ services: "4", "services.nodeports": "2", "services.loadbalancers": "1", "count/services": "4" }),
      make(services, service("a")),
      make(services, service("b", { type: "NodePort" })),
      make(
        services,
        service("c", {
          type: "NodePort",
          ports: [
            { port: 1, name: "a" },
            { port: 2, name: "b" },
          ],
        }),
      ),
      used(),
      patch("merge", `${services}/a`, { spec: { type: "LoadBalancer" } }, { pick }),
      used(),
      make(services, service("d", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false })),
      patch("merge", `${services}/a`, { spec: { type: "ClusterIP" } }, { pick }),
      used(),
      make(services, service("d", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false })),
      make(services, service("e")),
      make(services, service("f")),
      used(),
    ],
  },
  {
    name: "claims",
    steps: [
      ...quota({
        persistentvolumeclaims: "3",
        "requests.storage": "10Gi",
        "fast.storageclass.storage.k8s.io/requests.storage": "5Gi",
        "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
      }),
      make(claims, claim("a", "1Gi")),
      make(claims, claim("b", "6Gi", { storageClassName: "fast" })),
      make(claims, claim("b", "5Gi", { storageClassName: "fast" })),
      make(claims, claim("c", "1Gi", { storageClassName: "fast" })),
      make(claims, claim("c", "5Gi", { storageClassName: "slow" })),
      make(claims, claim("c", "1500m", { storageClassName: "slow" })),
      used(),
      make(claims, claim("d", "1")),
    ],
  },
  {
    name: "counts of objects",
    steps: [
      ...quota({
        configmaps: "1",
        "count/secrets": "1",
        "count/deployments.apps": "1",
        "count/leases.coordination.k8s.io": "0",
        "count/events": "0",
        replicationcontrollers: "0",
        resourcequotas: "1",
      }),
      make(configMaps, { metadata: { name: "a" } }),
      make(configMaps, { metadata: { name: "b" } }),
      make("/api/v1/namespaces/{ns}/secrets", { metadata: { name: "a" } }),
      make("/api/v1/namespaces/{ns}/secrets", { metadata: { name: "b" } }),
      make("/apis/apps/v1/namespaces/{ns}/deployments", {
        metadata: { name: "d" },
        spec: {
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "b" } }, spec: { containers: [container("c")] } },
        },
      }),
      make("/apis/apps/v1/namespaces/{ns}/deployments", {
        metadata: { name: "e" },
        spec: {
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "b" } }, spec: { containers: [container("c")] } },
        },
      }),
      make("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases", { metadata: { name: "l" } }),
      make("/api/v1/namespaces/{ns}/events", { metadata: { name: "e" }, involvedObject: { namespace: "{ns}" } }),
      make("/api/v1/namespaces/{ns}/replicationcontrollers", {
        metadata: { name: "r" },
        spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [container("c")] } } },
      }),
      make(quotas, { metadata: { name: "another" } }),
      make(quotas, { metadata: { name: "third" } }),
      used(),
    ],
  },
  {
    name: "several quotas",
    steps: [
      ...quota({ pods: "3", secrets: "1" }, {}, {}, "a"),
      ...quota({ pods: "1", cpu: "1" }, {}, {}, "b"),
      makePod("a"),
      makePod("a", { requests: { cpu: "1" } }),
      used("a"),
      used("b"),
      makePod("b", { requests: { cpu: "1" } }),
      used("a"),
      used("b"),
    ],
  },
  {
    name: "what takes nothing",
    steps: [
      ...quota({ pods: "1", cpu: "1" }, {}, { pods: "1" }),
      create(`${pods}?dryRun=All`, pod("a"), { pick }),
      create(`${pods}?dryRun=All`, pod("a", { requests: { cpu: "1" } }), { pick }),
      patch("merge", `${quotas}/q/status`, { status: { used: { pods: "0" } } }, { pick }),
      create(`${pods}?dryRun=All`, pod("a", { requests: { cpu: "1" } }), { pick }),
      used(),
      makePod("a", { requests: { cpu: "-1" } }),
      makePod("a", { requests: { cpu: "1" } }),
      makePod("a", { requests: { cpu: "0" } }),
      used(),
      patch("merge", `${pods}/a`, { metadata: { labels: { x: "y" } } }, { pick }),
      patch("merge", `${pods}/a/status`, { status: { phase: "Running" } }, { pick }),
      patch("strategic", `${pods}/a/resize`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "2" } } }] } }, { pick }),
      used(),
    ],
  },
];

export default sequences;
