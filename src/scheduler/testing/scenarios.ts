import type { Node, Pod } from "../../api/core/v1.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { awayFrom, near, requires, spread, term, testNode, testPod } from "./objects.ts";

/** One pod to schedule into a small cluster. What kube-scheduler answers is in `scenario-answers.json`. */
export interface Scenario {
  name: string;
  nodes: Node[];
  /** Pods on nodes; those with a deletion timestamp are on their way out. */
  placed?: Pod[];
  /** Pods without a node that the scheduler has looked at before. */
  waiting?: Pod[];
  /** Claims, volumes, classes, services, controllers, budgets, namespaces. */
  others?: KubeObject[];
  pod: Pod;
}

const zone = "topology.kubernetes.io/zone";
const host = "kubernetes.io/hostname";
const key = (name: string, effect = "NoSchedule", value?: string) => ({ key: name, effect, ...(value === undefined ? {} : { value }) });
const app = (name: string, nodeName: string, label: string, form: Parameters<typeof testPod>[1] = {}) =>
  testPod(name, { nodeName, labels: { app: label }, ...form });
const inZones = (...zones: string[]) => zones.map((z, i) => testNode(`node-${i}`, { labels: { [zone]: z } }));
const pair = () => [testNode("a"), testNode("b")];
const deleted = { deletionTimestamp: "2026-01-01T00:00:30Z", deletionGracePeriodSeconds: 30 };
const started = (time: string) => ({ phase: "Running", startTime: time });
const claim = (name: string, spec: object, more: { annotations?: Record<string, string>; status?: object } = {}): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default", ...(more.annotations ? { annotations: more.annotations } : {}) },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    ...(more.status ? { status: more.status } : {}),
  }) as KubeObject;
const volume = (name: string, spec: object, labels?: Record<string, string>): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, ...(labels ? { labels } : {}) },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/data" }, ...spec },
    status: { phase: "claimRef" in spec ? "Bound" : "Available" },
  }) as KubeObject;
const storageClass = (name: string, volumeBindingMode: string, provisioner = "example.com/disk", more: object = {}): KubeObject =>
  ({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name }, provisioner, volumeBindingMode, ...more }) as KubeObject;
const onNode = (name: string) => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: host, operator: "In", values: [name] }] }] } },
});
const mounts = (...names: string[]) => ({
  volumes: names.map((claimName, i) => ({ name: `v${i}`, persistentVolumeClaim: { claimName } })),
});
const budget = (name: string, label: string, disruptionsAllowed: number): KubeObject =>
  ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "default" },
    spec: { minAvailable: 1, selector: { matchLabels: { app: label } } },
    status: { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 },
  }) as KubeObject;
const service = (label: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: label, namespace: "default" },
    spec: { selector: { app: label }, ports: [{ port: 80 }] },
  }) as KubeObject;
const namespace = (name: string, labels: Record<string, string>): KubeObject =>
  ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }) as KubeObject;
const gpu = "example.com/gpu";
const prefers = (label: string, topologyKey: string, weight: number) => ({ weight, podAffinityTerm: term(label, topologyKey) });

const resources: Scenario[] = [
  { name: "no nodes", nodes: [], pod: testPod("p") },
  { name: "a pod without requests", nodes: [testNode("a"), testNode("b", { cpu: "2" })], pod: testPod("p") },
  { name: "the node with more room", nodes: pair(), placed: [testPod("x", { nodeName: "a", cpu: "2" })], pod: testPod("p", { cpu: "1" }) },
  { name: "only one has room", nodes: pair(), placed: [testPod("x", { nodeName: "a", cpu: "3500m" })], pod: testPod("p", { cpu: "1" }) },
  { name: "more cpu than any node", nodes: pair(), pod: testPod("p", { cpu: "5" }) },
  { name: "more memory than any node", nodes: pair(), pod: testPod("p", { memory: "9Gi" }) },
  {
    name: "no cpu and no memory left",
    nodes: pair(),
    placed: [testPod("x", { nodeName: "a", cpu: "3" })],
    pod: testPod("p", { cpu: "3500m", memory: "9Gi" }),
  },
  {
    name: "cpu taken",
    nodes: pair(),
    placed: [testPod("x", { nodeName: "a", cpu: "3" }), testPod("y", { nodeName: "b", cpu: "3" })],
    pod: testPod("p", { cpu: "2" }),
  },
  { name: "too many pods", nodes: [testNode("a", { pods: "1" })], placed: [testPod("x", { nodeName: "a" })], pod: testPod("p") },
  { name: "room for no pods at all", nodes: [testNode("a", { pods: "0" })], pod: testPod("p") },
  { name: "a resource that no node has", nodes: pair(), pod: testPod("p", { resources: { [gpu]: "1" } }) },
  {
    name: "a resource that one node has",
    nodes: [testNode("a"), testNode("b", { resources: { [gpu]: "2" } })],
    pod: testPod("p", { resources: { [gpu]: "2" } }),
  },
  {
    name: "a resource that is taken",
    nodes: [testNode("a"), testNode("b", { resources: { [gpu]: "2" } })],
    placed: [testPod("x", { nodeName: "b", resources: { [gpu]: "1" } })],
    pod: testPod("p", { resources: { [gpu]: "2" } }),
  },
  {
    name: "ephemeral storage",
    nodes: [testNode("a", { resources: { "ephemeral-storage": "1Gi" } }), testNode("b", { resources: { "ephemeral-storage": "10Gi" } })],
    pod: testPod("p", { resources: { "ephemeral-storage": "2Gi" } }),
  },
  {
    name: "overhead counts",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "2" })],
    pod: testPod("p", { cpu: "900m", overhead: { cpu: "200m" } }),
  },
  {
    name: "the largest init container counts",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "2" })],
    pod: testPod("p", { cpu: "500m", initContainers: [{ name: "i", image: "app", resources: { requests: { cpu: "1500m" } } }] }),
  },
  {
    name: "a sidecar counts beside the containers",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "2" })],
    pod: testPod("p", {
      cpu: "700m",
      initContainers: [{ name: "s", image: "app", restartPolicy: "Always", resources: { requests: { cpu: "500m" } } }],
    }),
  },
  {
    name: "containers without requests count when nodes are compared",
    nodes: pair(),
    placed: [
      testPod("x", {
        nodeName: "a",
        containers: [
          { name: "two", image: "app" },
          { name: "three", image: "app" },
        ],
      }),
      testPod("y", { nodeName: "b" }),
    ],
    pod: testPod("p"),
  },
  {
    name: "each container without requests counts for itself",
    nodes: [testNode("a", { cpu: "2", memory: "2Gi" }), testNode("b", { cpu: "3", memory: "3Gi" })],
    placed: [testPod("x", { nodeName: "b", cpu: "500m", containers: [{ name: "two", image: "app" }] })],
    pod: testPod("p", { cpu: "300m", memory: "1Gi", containers: [{ name: "two", image: "app" }] }),
  },
  {
    name: "balanced use of cpu and memory",
    nodes: [testNode("a", { cpu: "4", memory: "4Gi" }), testNode("b", { cpu: "4", memory: "4Gi" })],
    placed: [testPod("x", { nodeName: "a", cpu: "2" }), testPod("y", { nodeName: "b", memory: "2Gi" })],
    pod: testPod("p", { cpu: "1500m", memory: "100Mi" }),
  },
  {
    name: "a finished pod takes no room",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", status: { phase: "Succeeded" } })],
    pod: testPod("p", { cpu: "1" }),
  },
  {
    name: "a pod on its way out still takes room",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", meta: deleted })],
    pod: testPod("p", { cpu: "1" }),
  },
  {
    name: "what the whole pod asks for",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "2" })],
    pod: {
      ...testPod("p", { cpu: "100m" }),
      spec: {
        ...testPod("p", { cpu: "100m" }).spec,
        containers: [{ name: "app", image: "app" }],
        resources: { requests: { cpu: "1500m" } },
      },
    } as Pod,
  },
];

const nodeConstraints: Scenario[] = [
  { name: "a taint", nodes: [testNode("a", { taints: [key("dedicated")] }), testNode("b")], pod: testPod("p") },
  {
    name: "taints everywhere",
    nodes: [testNode("a", { taints: [key("x")] }), testNode("b", { taints: [key("y", "NoExecute", "1")] })],
    pod: testPod("p"),
  },
  {
    name: "a taint and no room",
    nodes: [testNode("a", { taints: [key("x")] }), testNode("b", { cpu: "1", memory: "1Gi" })],
    pod: testPod("p", { cpu: "2", memory: "2Gi" }),
  },
  {
    name: "a tolerated taint",
    nodes: [testNode("a", { taints: [key("x", "NoSchedule", "1")] }), testNode("b", { taints: [key("x", "NoSchedule", "2")] })],
    pod: testPod("p", { tolerations: [{ key: "x", operator: "Equal", value: "1", effect: "NoSchedule" }] }),
  },
  {
    name: "a taint that is rather avoided",
    nodes: [
      testNode("a", { taints: [key("x", "PreferNoSchedule")] }),
      testNode("b", { taints: [key("x", "PreferNoSchedule"), key("y", "PreferNoSchedule")] }),
      testNode("c", { cpu: "1" }),
    ],
    pod: testPod("p", { cpu: "500m" }),
  },
  {
    name: "tolerating what is rather avoided",
    nodes: [testNode("a", { taints: [key("x", "PreferNoSchedule")] }), testNode("b", { taints: [key("y", "PreferNoSchedule")] })],
    pod: testPod("p", {
      tolerations: [
        { key: "x", operator: "Exists" },
        { key: "y", operator: "Exists", effect: "NoSchedule" },
      ],
    }),
  },
  { name: "a cordoned node", nodes: [testNode("a", { unschedulable: true }), testNode("b")], pod: testPod("p") },
  {
    name: "all nodes cordoned",
    nodes: [testNode("a", { unschedulable: true }), testNode("b", { unschedulable: true })],
    pod: testPod("p"),
  },
  {
    name: "tolerating a cordon",
    nodes: [testNode("a", { unschedulable: true })],
    pod: testPod("p", { tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }] }),
  },
  {
    name: "a node selector",
    nodes: [testNode("a", { labels: { disk: "ssd" } }), testNode("b")],
    pod: testPod("p", { nodeSelector: { disk: "ssd" } }),
  },
  { name: "a node selector that matches nothing", nodes: pair(), pod: testPod("p", { nodeSelector: { disk: "ssd" } }) },
  {
    name: "node affinity In",
    nodes: [testNode("a", { labels: { disk: "ssd" } }), testNode("b", { labels: { disk: "hdd" } }), testNode("c")],
    pod: testPod("p", { affinity: requires({ key: "disk", operator: "In", values: ["hdd", "tape"] }) }),
  },
  {
    name: "node affinity NotIn",
    nodes: [testNode("a", { labels: { disk: "ssd" } }), testNode("b", { labels: { disk: "hdd" } }), testNode("c")],
    pod: testPod("p", { affinity: requires({ key: "disk", operator: "NotIn", values: ["ssd", "hdd"] }) }),
  },
  {
    name: "node affinity Gt",
    nodes: [
      testNode("a", { labels: { cores: "4" } }),
      testNode("b", { labels: { cores: "16" } }),
      testNode("c", { labels: { cores: "many" } }),
    ],
    pod: testPod("p", { affinity: requires({ key: "cores", operator: "Gt", values: ["8"] }) }),
  },
  {
    name: "node affinity Lt and DoesNotExist",
    nodes: [testNode("a", { labels: { cores: "4" } }), testNode("b", { labels: { cores: "4", old: "" } }), testNode("c")],
    pod: testPod("p", { affinity: requires({ key: "cores", operator: "Lt", values: ["8"] }, { key: "old", operator: "DoesNotExist" }) }),
  },
  {
    name: "preferred node affinity",
    nodes: [
      testNode("a", { labels: { disk: "ssd" } }),
      testNode("b", { labels: { disk: "hdd", zone: "1" } }),
      testNode("c", { labels: { disk: "hdd" } }),
    ],
    pod: testPod("p", {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: { matchExpressions: [{ key: "disk", operator: "In", values: ["hdd"] }] } },
            { weight: 5, preference: { matchExpressions: [{ key: "zone", operator: "Exists" }] } },
          ],
        },
      },
    }),
  },
  {
    name: "a pod of a daemon set whose node is full",
    nodes: [testNode("a", { cpu: "1" }), testNode("b"), testNode("c")],
    placed: [testPod("x", { nodeName: "a", cpu: "1" })],
    pod: testPod("p", {
      cpu: "500m",
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
          },
        },
      },
    }),
  },
  {
    name: "a pod of a daemon set whose node is gone",
    nodes: pair(),
    pod: testPod("p", {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["gone"] }] }],
          },
        },
      },
    }),
  },
  {
    name: "two pinned names that exclude each other",
    nodes: pair(),
    pod: testPod("p", {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchFields: [
                  { key: "metadata.name", operator: "In", values: ["a"] },
                  { key: "metadata.name", operator: "In", values: ["b"] },
                ],
              },
            ],
          },
        },
      },
    }),
  },
  {
    name: "a pinned name and a selector that it fails",
    nodes: pair(),
    pod: testPod("p", {
      nodeSelector: { disk: "ssd" },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
          },
        },
      },
    }),
  },
  {
    name: "a large image that is there",
    nodes: [testNode("a"), testNode("b", { images: { "registry.example/app:1": 800_000_000 } })],
    pod: testPod("p", { image: "registry.example/app:1" }),
  },
  {
    name: "images of two containers, one everywhere",
    nodes: [
      testNode("a", { images: { "app:latest": 600_000_000 } }),
      testNode("b", { images: { "app:latest": 600_000_000, "other:2": 300_000_000 } }),
      testNode("c", { images: { "other:2": 300_000_000 } }),
    ],
    pod: testPod("p", { containers: [{ name: "two", image: "other:2" }] }),
  },
];

const ports: Scenario[] = [
  {
    name: "a host port that is taken",
    nodes: pair(),
    placed: [testPod("x", { nodeName: "a", ports: [{ containerPort: 80, hostPort: 80 }] })],
    pod: testPod("p", { ports: [{ containerPort: 8080, hostPort: 80 }] }),
  },
  {
    name: "a host port taken everywhere",
    nodes: [testNode("a"), testNode("b", { taints: [key("x")] })],
    placed: [testPod("x", { nodeName: "a", ports: [{ containerPort: 80, hostPort: 80, hostIP: "10.0.0.1" }] })],
    pod: testPod("p", { ports: [{ containerPort: 80, hostPort: 80 }] }),
  },
  {
    name: "the same host port on another address",
    nodes: [testNode("a")],
    placed: [testPod("x", { nodeName: "a", ports: [{ containerPort: 80, hostPort: 80, hostIP: "10.0.0.1" }] })],
    pod: testPod("p", { ports: [{ containerPort: 80, hostPort: 80, hostIP: "10.0.0.2" }] }),
  },
  {
    name: "the same host port of another protocol",
    nodes: [testNode("a")],
    placed: [testPod("x", { nodeName: "a", ports: [{ containerPort: 53, hostPort: 53, protocol: "UDP" }] })],
    pod: testPod("p", { ports: [{ containerPort: 53, hostPort: 53, protocol: "TCP" }] }),
  },
  {
    name: "ports of a pod in the host's network",
    nodes: [testNode("a")],
    placed: [testPod("x", { nodeName: "a", hostNetwork: true, ports: [{ containerPort: 80, hostPort: 80 }] })],
    pod: testPod("p", { hostNetwork: true, ports: [{ containerPort: 80, hostPort: 80 }] }),
  },
];

const podAffinity: Scenario[] = [
  {
    name: "near a pod in a zone",
    nodes: inZones("1", "1", "2"),
    placed: [app("x", "node-0", "web"), testPod("y", { nodeName: "node-0", cpu: "4" })],
    pod: testPod("p", { cpu: "1", affinity: near(term("web", zone)) }),
  },
  { name: "near a pod that isn't there", nodes: inZones("1", "2"), pod: testPod("p", { affinity: near(term("web", zone)) }) },
  {
    name: "the first of a group that wants to be together",
    nodes: inZones("1", "2"),
    pod: testPod("p", { labels: { app: "web" }, affinity: near(term("web", zone)) }),
  },
  {
    name: "the second of a group",
    nodes: inZones("1", "2", "2"),
    placed: [app("x", "node-0", "web", { affinity: near(term("web", zone)) })],
    pod: testPod("p", { labels: { app: "web" }, affinity: near(term("web", zone)) }),
  },
  {
    name: "the first of a group where no node has the key",
    nodes: pair(),
    pod: testPod("p", { labels: { app: "web" }, affinity: near(term("web", zone)) }),
  },
  {
    name: "near two different pods at once",
    nodes: inZones("1", "2"),
    placed: [app("x", "node-0", "web"), app("y", "node-1", "db")],
    pod: testPod("p", { affinity: near(term("web", zone), term("db", zone)) }),
  },
  {
    name: "away from a pod in a zone",
    nodes: inZones("1", "1", "2"),
    placed: [app("x", "node-0", "web")],
    pod: testPod("p", { affinity: awayFrom(term("web", zone)) }),
  },
  {
    name: "away from pods everywhere",
    nodes: [testNode("a"), testNode("b", { taints: [key("x")] })],
    placed: [app("x", "a", "web")],
    pod: testPod("p", { affinity: awayFrom(term("web", host)) }),
  },
  {
    name: "a pod there doesn't want it near",
    nodes: inZones("1", "1", "2"),
    placed: [app("x", "node-0", "web", { affinity: awayFrom(term("db", zone)) })],
    pod: testPod("p", { labels: { app: "db" } }),
  },
  {
    name: "pods everywhere don't want it near",
    nodes: inZones("1", "2"),
    placed: [
      app("x", "node-0", "web", { affinity: awayFrom(term("db", zone)) }),
      app("y", "node-1", "web", { affinity: awayFrom(term("db", host)) }),
    ],
    pod: testPod("p", { labels: { app: "db" } }),
  },
  {
    name: "a pod of another namespace doesn't count",
    nodes: [testNode("a")],
    others: [namespace("other", { team: "x" })],
    placed: [app("x", "a", "web", { meta: { namespace: "other" } })],
    pod: testPod("p", { affinity: awayFrom(term("web", host)) }),
  },
  {
    name: "a namespace that is named counts",
    nodes: pair(),
    others: [namespace("other", { team: "x" })],
    placed: [app("x", "a", "web", { meta: { namespace: "other" } })],
    pod: testPod("p", { affinity: awayFrom(term("web", host, { namespaces: ["other"] })) }),
  },
  {
    name: "a namespace that is selected counts",
    nodes: pair(),
    others: [namespace("other", { team: "x" })],
    placed: [app("x", "a", "web", { meta: { namespace: "other" } }), app("y", "b", "web")],
    pod: testPod("p", { affinity: awayFrom(term("web", host, { namespaceSelector: { matchLabels: { team: "x" } } })) }),
  },
  {
    name: "all namespaces are selected",
    nodes: pair(),
    others: [namespace("other", { team: "x" })],
    placed: [app("x", "a", "web", { meta: { namespace: "other" } }), app("y", "b", "web")],
    pod: testPod("p", { affinity: awayFrom(term("web", host, { namespaceSelector: {} })) }),
  },
  {
    name: "preferred affinity and anti-affinity",
    nodes: inZones("1", "2", "3"),
    placed: [app("x", "node-0", "web"), app("y", "node-1", "db")],
    pod: testPod("p", {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers("web", zone, 10)] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers("db", zone, 40)] },
      },
    }),
  },
  {
    name: "wishes of the pods that are there",
    nodes: inZones("1", "2", "3"),
    placed: [
      app("x", "node-0", "web", { affinity: near(term("web", zone)) }),
      app("y", "node-1", "db", {
        affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers("web", zone, 3)] } },
      }),
      app("z", "node-2", "db", {
        affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers("web", zone, 7)] } },
      }),
    ],
    pod: testPod("p", { labels: { app: "web" } }),
  },
  {
    name: "affinity by the values of label keys",
    nodes: inZones("1", "2"),
    placed: [
      app("x", "node-0", "web", { labels: { app: "web", version: "1" } }),
      app("y", "node-1", "web", { labels: { app: "web", version: "2" } }),
    ],
    pod: testPod("p", { labels: { app: "web", version: "2" }, affinity: near(term("web", zone, { matchLabelKeys: ["version"] })) }),
  },
  {
    name: "anti-affinity but for the values of label keys",
    nodes: inZones("1", "2"),
    placed: [
      app("x", "node-0", "web", { labels: { app: "web", tenant: "1" } }),
      app("y", "node-1", "web", { labels: { app: "web", tenant: "2" } }),
    ],
    pod: testPod("p", { labels: { app: "web", tenant: "2" }, affinity: awayFrom(term("web", zone, { mismatchLabelKeys: ["tenant"] })) }),
  },
];

const spreading: Scenario[] = [
  {
    name: "spread over zones",
    nodes: inZones("1", "1", "2"),
    placed: [app("x", "node-0", "web")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread, the emptier zone full",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, cpu: "1" })],
    placed: [app("x", "a", "web"), testPod("y", { nodeName: "b", cpu: "1" })],
    pod: testPod("p", { cpu: "500m", labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread, no node with the key",
    nodes: pair(),
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread, one node without the key",
    nodes: [testNode("a", { labels: { [zone]: "1" }, unschedulable: true }), testNode("b")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread over at least so many domains",
    nodes: inZones("1", "2"),
    placed: [app("x", "node-0", "web"), app("y", "node-1", "web")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone, { minDomains: 3 })] }),
  },
  {
    name: "spread with a larger skew",
    nodes: inZones("1", "2"),
    placed: [app("x", "node-0", "web"), app("y", "node-0", "web"), testPod("z", { nodeName: "node-1", cpu: "4" })],
    pod: testPod("p", { cpu: "1", labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone, { maxSkew: 3 })] }),
  },
  {
    name: "spread by the values of label keys",
    nodes: inZones("1", "2"),
    placed: [app("x", "node-0", "web", { labels: { app: "web", v: "1" } }), app("y", "node-1", "web", { labels: { app: "web", v: "2" } })],
    pod: testPod("p", { labels: { app: "web", v: "2" }, topologySpreadConstraints: [spread("web", zone, { matchLabelKeys: ["v"] })] }),
  },
  {
    name: "spread over zones and hosts",
    nodes: inZones("1", "1", "2", "2"),
    placed: [app("x", "node-0", "web"), app("y", "node-2", "web"), app("z", "node-3", "web")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone), spread("web", host)] }),
  },
  {
    name: "spread counts only nodes that the pod may use",
    nodes: [testNode("a", { labels: { [zone]: "1", disk: "ssd" } }), testNode("b", { labels: { [zone]: "2" } })],
    placed: [app("x", "a", "web")],
    pod: testPod("p", { labels: { app: "web" }, nodeSelector: { disk: "ssd" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread counts nodes that the pod may not use when told to",
    nodes: [testNode("a", { labels: { [zone]: "1", disk: "ssd" } }), testNode("b", { labels: { [zone]: "2" } })],
    placed: [app("x", "a", "web")],
    pod: testPod("p", {
      labels: { app: "web" },
      nodeSelector: { disk: "ssd" },
      topologySpreadConstraints: [spread("web", zone, { nodeAffinityPolicy: "Ignore" })],
    }),
  },
  {
    name: "spread counts tainted nodes",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, taints: [key("x")] })],
    placed: [app("x", "a", "web")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread without tainted nodes",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, taints: [key("x")] })],
    placed: [app("x", "a", "web")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone, { nodeTaintsPolicy: "Honor" })] }),
  },
  {
    name: "spread doesn't count pods on their way out",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, unschedulable: true })],
    placed: [app("x", "a", "web", { meta: deleted })],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread of a pod that its own constraint doesn't select",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, unschedulable: true })],
    placed: [app("x", "a", "web")],
    pod: testPod("p", { labels: { app: "db" }, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "spread with an empty selector",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, unschedulable: true })],
    placed: [app("x", "a", "web"), app("y", "a", "web"), app("z", "a", "web")],
    pod: testPod("p", { labels: { app: "web" }, topologySpreadConstraints: [spread("web", zone, { labelSelector: {} })] }),
  },
  {
    name: "rather spread over zones and hosts",
    nodes: inZones("1", "1", "2", "2"),
    placed: [app("x", "node-0", "web"), app("y", "node-2", "web"), app("z", "node-2", "web"), app("w", "node-3", "db")],
    pod: testPod("p", {
      labels: { app: "web" },
      topologySpreadConstraints: [
        spread("web", zone, { whenUnsatisfiable: "ScheduleAnyway" }),
        spread("web", host, { maxSkew: 2, whenUnsatisfiable: "ScheduleAnyway" }),
      ],
    }),
  },
  {
    name: "rather spread, a node lacks the key",
    nodes: [...inZones("1", "2"), testNode("bare")],
    placed: [app("x", "node-0", "web"), app("y", "bare", "web")],
    pod: testPod("p", {
      labels: { app: "web" },
      topologySpreadConstraints: [
        spread("web", zone, { whenUnsatisfiable: "ScheduleAnyway" }),
        spread("web", host, { whenUnsatisfiable: "ScheduleAnyway" }),
      ],
    }),
  },
  {
    name: "rather spread, pods on nodes that it may not use",
    nodes: [
      testNode("a", { labels: { [zone]: "1", disk: "ssd" } }),
      testNode("b", { labels: { [zone]: "1" } }),
      testNode("c", { labels: { [zone]: "2", disk: "ssd" } }),
    ],
    placed: [app("x", "b", "web"), app("y", "b", "web"), app("z", "c", "web")],
    pod: testPod("p", {
      labels: { app: "web" },
      nodeSelector: { disk: "ssd" },
      topologySpreadConstraints: [spread("web", zone, { whenUnsatisfiable: "ScheduleAnyway" })],
    }),
  },
  {
    name: "pods of a service are spread by themselves",
    nodes: inZones("1", "1", "2"),
    others: [service("web")],
    placed: [app("x", "node-0", "web")],
    pod: testPod("p", { labels: { app: "web" } }),
  },
  {
    name: "pods of a replica set are spread by themselves",
    nodes: [testNode("a"), testNode("b", { labels: { [zone]: "2" } }), testNode("c", { labels: { [zone]: "2" } })],
    others: [
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: { name: "web", namespace: "default" },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "app", image: "app" }] } },
        },
      } as unknown as KubeObject,
    ],
    placed: [app("x", "a", "web"), app("y", "b", "web")],
    pod: testPod("p", {
      labels: { app: "web" },
      meta: { ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true }] },
    }),
  },
];

const low = { priority: 10 };
const high = { priority: 1000 };
const preemption: Scenario[] = [
  {
    name: "the less important pod goes",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", ...low })],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "pods of the same priority stay",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", ...high })],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "a pod that never preempts",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", ...low })],
    pod: testPod("p", { cpu: "1", ...high, preemptionPolicy: "Never" }),
  },
  {
    name: "the node with the least important victim",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", priority: 20 }), testPod("y", { nodeName: "b", cpu: "1", priority: 10 })],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "the node with fewer victims",
    nodes: [testNode("a", { cpu: "2" }), testNode("b", { cpu: "2" })],
    placed: [
      testPod("x", { nodeName: "a", cpu: "1", priority: 10 }),
      testPod("y", { nodeName: "a", cpu: "1", priority: 10 }),
      testPod("z", { nodeName: "b", cpu: "2", priority: 10 }),
    ],
    pod: testPod("p", { cpu: "2", ...high }),
  },
  {
    name: "no more victims than needed",
    nodes: [testNode("a", { cpu: "3" })],
    placed: [
      testPod("x", { nodeName: "a", cpu: "1", priority: 30 }),
      testPod("y", { nodeName: "a", cpu: "1", priority: 10 }),
      testPod("z", { nodeName: "a", cpu: "1", priority: 20 }),
    ],
    pod: testPod("p", { cpu: "2", ...high }),
  },
  {
    name: "the victim that started last",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "1" })],
    placed: [
      testPod("x", { nodeName: "a", cpu: "1", ...low, status: started("2025-01-01T00:00:00Z") }),
      testPod("y", { nodeName: "b", cpu: "1", ...low, status: started("2025-06-01T00:00:00Z") }),
    ],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "the longest running of equals stays",
    nodes: [testNode("a", { cpu: "2" })],
    placed: [
      testPod("x", { nodeName: "a", cpu: "1", ...low, status: started("2025-06-01T00:00:00Z") }),
      testPod("y", { nodeName: "a", cpu: "1", ...low, status: started("2025-01-01T00:00:00Z") }),
    ],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "the node whose budget isn't broken",
    nodes: [testNode("a", { cpu: "1" }), testNode("b", { cpu: "1" })],
    others: [budget("web", "web", 0)],
    placed: [app("x", "a", "web", { cpu: "1", ...low }), testPod("y", { nodeName: "b", cpu: "1", priority: 20 })],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "a budget is broken when nothing else helps",
    nodes: [testNode("a", { cpu: "1" })],
    others: [budget("web", "web", 0)],
    placed: [app("x", "a", "web", { cpu: "1", ...low })],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "pods under a budget are spared on a node",
    nodes: [testNode("a", { cpu: "2" })],
    others: [budget("web", "web", 0)],
    placed: [app("x", "a", "web", { cpu: "1", priority: 5 }), testPod("y", { nodeName: "a", cpu: "1", priority: 20 })],
    pod: testPod("p", { cpu: "1", ...high }),
  },
  {
    name: "a victim that doesn't want the pod near",
    nodes: [testNode("a")],
    placed: [app("x", "a", "web", { ...low, affinity: awayFrom(term("db", host)) }), app("y", "a", "other", low)],
    pod: testPod("p", { labels: { app: "db" }, ...high }),
  },
  {
    name: "a victim that the pod doesn't want near",
    nodes: [testNode("a")],
    placed: [app("x", "a", "web", low), app("y", "a", "other", low)],
    pod: testPod("p", { ...high, affinity: awayFrom(term("web", host)) }),
  },
  {
    name: "preempting for a host port",
    nodes: [testNode("a")],
    placed: [testPod("x", { nodeName: "a", ...low, ports: [{ containerPort: 80, hostPort: 80 }] })],
    pod: testPod("p", { ...high, ports: [{ containerPort: 80, hostPort: 80 }] }),
  },
  {
    name: "preempting for spreading",
    nodes: [testNode("a", { labels: { [zone]: "1" } }), testNode("b", { labels: { [zone]: "2" }, unschedulable: true })],
    placed: [app("x", "a", "web", low)],
    pod: testPod("p", { labels: { app: "web" }, ...high, topologySpreadConstraints: [spread("web", zone)] }),
  },
  {
    name: "not enough even without the less important pods",
    nodes: [testNode("a", { cpu: "2" }), testNode("b", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", ...low }), testPod("y", { nodeName: "a", cpu: "1", priority: 2000 })],
    pod: testPod("p", { cpu: "2", ...high }),
  },
  {
    name: "nothing to preempt, and reasons of different kinds",
    nodes: [testNode("a"), testNode("b", { taints: [key("x")] }), testNode("c", { pods: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "4" }), testPod("y", { nodeName: "c" })],
    pod: testPod("p", { cpu: "2" }),
  },
  {
    name: "room is promised to a more important pod",
    nodes: [testNode("a", { cpu: "2" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", ...low, meta: deleted })],
    waiting: [testPod("first", { cpu: "2", ...high, status: { phase: "Pending", nominatedNodeName: "a" } })],
    pod: testPod("p", { cpu: "1", priority: 500 }),
  },
  {
    name: "room is being made by an earlier preemption",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [
      testPod("x", {
        nodeName: "a",
        cpu: "1",
        ...low,
        meta: deleted,
        status: { phase: "Running", conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] },
      }),
    ],
    pod: testPod("p", { cpu: "1", ...high, status: { phase: "Pending", nominatedNodeName: "a" } }),
  },
  {
    name: "the promised node is taken first",
    nodes: [testNode("a", { cpu: "8" }), testNode("b", { cpu: "2" })],
    pod: testPod("p", { cpu: "1", ...high, status: { phase: "Pending", nominatedNodeName: "b" } }),
  },
  {
    name: "room is made already",
    nodes: [testNode("a", { cpu: "1" })],
    placed: [testPod("x", { nodeName: "a", cpu: "1", ...low, meta: deleted })],
    pod: testPod("p", { cpu: "1", ...high, status: { phase: "Pending", nominatedNodeName: "a" } }),
  },
];

const volumes: Scenario[] = [
  { name: "a claim that isn't there", nodes: pair(), pod: testPod("p", mounts("nope")) },
  {
    name: "a claim that waits for a volume",
    nodes: pair(),
    others: [storageClass("fast", "Immediate"), claim("c", { storageClassName: "fast" })],
    pod: testPod("p", mounts("c")),
  },
  {
    name: "a claim whose volume is gone",
    nodes: pair(),
    others: [claim("c", { volumeName: "v" }, { status: { phase: "Lost" }, annotations: { "pv.kubernetes.io/bind-completed": "yes" } })],
    pod: testPod("p", mounts("c")),
  },
  {
    name: "a volume on one node",
    nodes: pair(),
    others: [
      volume("v", { ...onNode("b"), storageClassName: "", claimRef: { name: "c", namespace: "default" } }),
      claim(
        "c",
        { volumeName: "v", storageClassName: "" },
        { status: { phase: "Bound" }, annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
      ),
    ],
    pod: testPod("p", mounts("c")),
  },
  {
    name: "a volume on a node that is full",
    nodes: pair(),
    others: [
      volume("v", { ...onNode("b"), storageClassName: "", claimRef: { name: "c", namespace: "default" } }),
      claim(
        "c",
        { volumeName: "v", storageClassName: "" },
        { status: { phase: "Bound" }, annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
      ),
    ],
    placed: [testPod("x", { nodeName: "b", cpu: "4" })],
    pod: testPod("p", { cpu: "1", ...mounts("c") }),
  },
  {
    name: "a volume of another zone",
    nodes: inZones("1", "2"),
    others: [
      volume("v", { storageClassName: "", claimRef: { name: "c", namespace: "default" } }, { [zone]: "2" }),
      claim(
        "c",
        { volumeName: "v", storageClassName: "" },
        { status: { phase: "Bound" }, annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
      ),
    ],
    pod: testPod("p", { ...mounts("c"), nodeSelector: { [zone]: "1" } }),
  },
  {
    name: "a volume of a zone without room",
    nodes: inZones("1", "2"),
    others: [
      volume("v", { storageClassName: "", claimRef: { name: "c", namespace: "default" } }, { [zone]: "2" }),
      claim(
        "c",
        { volumeName: "v", storageClassName: "" },
        { status: { phase: "Bound" }, annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
      ),
    ],
    placed: [testPod("x", { nodeName: "node-1", cpu: "4" })],
    pod: testPod("p", { cpu: "1", ...mounts("c") }),
  },
  {
    name: "a claim for one pod only, in use",
    nodes: pair(),
    others: [
      volume("v", {
        accessModes: ["ReadWriteOncePod"],
        storageClassName: "",
        hostPath: undefined,
        csi: { driver: "example.com", volumeHandle: "1" },
        claimRef: { name: "c", namespace: "default" },
      }),
      claim(
        "c",
        { accessModes: ["ReadWriteOncePod"], volumeName: "v", storageClassName: "" },
        { status: { phase: "Bound" }, annotations: { "pv.kubernetes.io/bind-completed": "yes" } },
      ),
    ],
    placed: [testPod("x", { nodeName: "a", ...mounts("c") })],
    pod: testPod("p", mounts("c")),
  },
  {
    name: "a local volume that waits for its first pod",
    nodes: pair(),
    others: [
      storageClass("local", "WaitForFirstConsumer", "kubernetes.io/no-provisioner"),
      volume("v", { ...onNode("b"), storageClassName: "local" }),
      claim("c", { storageClassName: "local" }),
    ],
    placed: [testPod("x", { nodeName: "b", cpu: "4" })],
    pod: testPod("p", { cpu: "1", ...mounts("c") }),
  },
  {
    name: "a local volume that is free",
    nodes: pair(),
    others: [
      storageClass("local", "WaitForFirstConsumer", "kubernetes.io/no-provisioner"),
      volume("v", { ...onNode("b"), storageClassName: "local" }),
      claim("c", { storageClassName: "local" }),
    ],
    pod: testPod("p", { ...mounts("c"), nodeSelector: { [host]: "a" } }),
  },
  {
    name: "two claims and one local volume",
    nodes: pair(),
    others: [
      storageClass("local", "WaitForFirstConsumer", "kubernetes.io/no-provisioner"),
      volume("v", { ...onNode("b"), storageClassName: "local" }),
      claim("c", { storageClassName: "local" }),
      claim("d", { storageClassName: "local" }),
    ],
    pod: testPod("p", mounts("c", "d")),
  },
  {
    name: "no local volume is large enough",
    nodes: pair(),
    others: [
      storageClass("local", "WaitForFirstConsumer", "kubernetes.io/no-provisioner"),
      volume("v", { ...onNode("b"), storageClassName: "local", capacity: { storage: "1Mi" } }),
      claim("c", { storageClassName: "local" }),
    ],
    pod: testPod("p", mounts("c")),
  },
  {
    name: "a class that provisions in other zones",
    nodes: inZones("1", "2"),
    others: [
      storageClass("zonal", "WaitForFirstConsumer", "example.com/disk", {
        allowedTopologies: [{ matchLabelExpressions: [{ key: zone, values: ["3"] }] }],
      }),
      claim("c", { storageClassName: "zonal" }),
    ],
    pod: testPod("p", mounts("c")),
  },
  {
    name: "an ephemeral volume whose claim isn't made yet",
    nodes: [testNode("a")],
    pod: testPod("p", {
      volumes: [
        {
          name: "scratch",
          ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } },
        },
      ],
    }),
  },
];

export const scenarios: readonly Scenario[] = [
  ...resources,
  ...nodeConstraints,
  ...ports,
  ...podAffinity,
  ...spreading,
  ...preemption,
  ...volumes,
];
