import { asTable } from "../damages.ts";
import { create, get, patch, type Sequence, type Step } from "../sequences.ts";

const pods = "/api/v1/namespaces/{ns}/pods";
const scalers = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const scalers1 = "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers";

/** Cells, and what is told of whole rows and of their objects' annotations. */
const table = {
  ...asTable,
  pick: (body: unknown) => {
    const { rows = [] } = body as { rows?: { conditions?: unknown; object?: { metadata?: { annotations?: unknown } } }[] };
    const more = rows.map(({ conditions, object }) => ({ conditions: conditions ?? [], annotations: object?.metadata?.annotations ?? {} }));
    return { ...asTable.pick(body), more };
  },
};

const container = (name: string, state: object, more: object = {}) => ({
  name,
  image: "i",
  imageID: "x",
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const ended = (terminated: object) => ({ terminated: { exitCode: 0, ...terminated } });
const running = { running: {} };

/** One pod for each status, shown alone and in the list. */
const shown: readonly (readonly [spec: object, status: object])[] = [
  [{}, { phase: "Pending" }],
  [{}, { phase: "Running", containerStatuses: [container("a", running, { ready: true }), container("c", running, { ready: true })] }],
  [{}, { phase: "Running", containerStatuses: [container("a", { waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 3 })] }],
  [{}, { phase: "Succeeded", containerStatuses: [container("a", ended({ reason: "Completed" })), container("c", ended({}))] }],
  [{}, { phase: "Failed", reason: "Evicted" }],
  [{}, { phase: "Failed", containerStatuses: [container("a", ended({ exitCode: 3 })), container("c", ended({ signal: 9, exitCode: 1 }))] }],
  [{}, { phase: "Running", reason: "NodeLost" }],
  [
    {},
    {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [container("a", ended({ reason: "Completed" })), container("c", running, { ready: true })],
    },
  ],
  [
    { initContainers: [{ name: "i", image: "x" }] },
    { phase: "Pending", initContainerStatuses: [container("i", ended({ exitCode: 2, reason: "OOMKilled" }), { restartCount: 1 })] },
  ],
  [
    { initContainers: [{ name: "i", image: "x", restartPolicy: "Always" }] },
    {
      phase: "Running",
      conditions: [{ type: "Initialized", status: "True" }],
      initContainerStatuses: [container("i", running, { ready: true, started: true })],
      containerStatuses: [container("a", running, { ready: true })],
    },
  ],
  [{ schedulingGates: [{ name: "a.b/c" }] }, {}],
  [
    { readinessGates: [{ conditionType: "a.b/c" }] },
    { nominatedNodeName: "n", podIPs: [{ ip: "10.0.0.1" }], conditions: [{ type: "a.b/c", status: "True" }] },
  ],
];

const metric = { name: "m" };
const described = { kind: "Service", name: "s", apiVersion: "v1" };
const metrics = [
  [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
    { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 20, averageValue: "1" } } },
  ],
  [
    { type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "5" } } },
    { type: "Pods", pods: { metric, current: { averageValue: "2" } } },
  ],
  [
    { type: "Object", object: { describedObject: described, metric, target: { type: "Value", value: "7" } } },
    { type: "Object", object: { describedObject: described, metric, current: { value: "7" } } },
  ],
  [
    { type: "External", external: { metric, target: { type: "AverageValue", averageValue: "100m" } } },
    { type: "External", external: { metric, current: { averageValue: "1", value: "3" } } },
  ],
  [
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "x", target: { type: "Utilization", averageUtilization: 3 } },
    },
    {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "x", current: { averageUtilization: 1, averageValue: "1" } },
    },
  ],
] as const;

const partial = { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } };
const daemons = "/apis/apps/v1/namespaces/{ns}/daemonsets";

const sequences: Sequence[] = [
  {
    name: "pods in every state",
    steps: [
      ...shown.flatMap(([spec, status], index): Step[] => [
        create(pods, {
          metadata: { name: `p${index}` },
          spec: {
            containers: [
              { name: "a", image: "b" },
              { name: "c", image: "d" },
            ],
            ...spec,
          },
        }),
        patch("merge", `${pods}/p${index}/status`, { status }),
        get(`${pods}/p${index}`, table),
      ]),
      get(pods, table),
    ],
  },
  {
    name: "autoscalers and their metrics in both versions",
    steps: metrics.flatMap(([spec, status], index): Step[] => [
      create(scalers, {
        metadata: { name: `h${index}`, annotations: { own: "x" } },
        spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, metrics: [spec] },
      }),
      get(`${scalers}/h${index}`, table),
      patch("merge", `${scalers}/h${index}/status`, { status: { currentReplicas: 2, desiredReplicas: 3, currentMetrics: [status] } }),
      get(`${scalers}/h${index}`, table),
      get(`${scalers1}/h${index}`, table),
      get(`${scalers1}/h${index}`, partial),
    ]),
  },
  {
    name: "annotations that are fields",
    steps: [
      create(daemons, {
        metadata: { name: "a", annotations: { own: "x" } },
        spec: {
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "b" }] } },
        },
      }),
      get(`${daemons}/a`, table),
      get(`${daemons}/a`, partial),
      get(`${daemons}/a?includeObject=Object`, table),
    ],
  },
  {
    name: "slices of devices",
    steps: [{ nodeName: "n" }, { allNodes: true }].flatMap((place, index): Step[] => [
      create("/apis/resource.k8s.io/v1/resourceslices", {
        metadata: { name: `slice${index}-{u}` },
        spec: { driver: "d", pool: { name: "p", resourceSliceCount: 1, generation: 1 }, ...place },
      }),
      get(`/apis/resource.k8s.io/v1/resourceslices/slice${index}-{u}`, table),
    ]),
  },
];

export default sequences;
