import { changed, create, get, put, remove, type Sequence, type Step } from "../sequences.ts";

const core = "/api/v1/namespaces/{ns}";
const isAge = (cell: unknown) => typeof cell === "string" && /^\d+s$/.test(cell);

/** A table row without ages; what the columns are described as isn't the matter here. */
const table = {
  headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  pick: (body: unknown) => (body as { rows?: { cells: unknown[] }[] }).rows?.map(({ cells }) => cells.filter((cell) => !isAge(cell))),
};

// biome-ignore lint/suspicious/noExplicitAny: bodies are damaged in every way
type Change = (object: any) => void;

/** Creates by dry run with one fault each. */
function faults(path: string, base: object, changes: Readonly<Record<string, Change>>): Sequence[] {
  return Object.entries(changes).map(([name, change]) => {
    const object = structuredClone(base);
    change(object);
    return { name: `${path.split("/").at(-1)}: ${name}`, steps: [create(`${path}?dryRun=All`, object)] };
  });
}

/** Creates an object, then replaces it by dry run with one change each; its table row last. */
function updates(path: string, name: string, base: object, changes: readonly Change[], subresource = ""): Sequence {
  const at = `${path}/${name}`;
  const steps: Step[] = changes.map((change) => (answers) => put(`${at}${subresource}?dryRun=All`, changed(answers, 0, change)));
  return {
    name: `${path.split("/").at(-1)}: updates of ${name}${subresource}`,
    steps: [create(path, base), ...steps, get(at, table), remove(at)],
  };
}

const claim = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "1Gi" } } },
};
const quota = { metadata: { name: "q" }, spec: { hard: { pods: "10", "requests.cpu": "1" }, scopes: ["NotTerminating"] } };
const limits = {
  metadata: { name: "l" },
  spec: { limits: [{ type: "Container", max: { cpu: "2" }, min: { cpu: "100m" }, default: { cpu: "1" } }] },
};
const pod = { metadata: { name: "p" }, spec: { automountServiceAccountToken: false, containers: [{ name: "main", image: "i:1" }] } };
const service = { metadata: { name: "s" }, spec: { clusterIP: "None", selector: { a: "b" }, ports: [{ port: 80 }] } };
const controller = {
  metadata: { name: "rc" },
  spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "main", image: "i:1" }] } } },
};

const sequences: Sequence[] = [
  ...faults(`${core}/persistentvolumeclaims`, claim, {
    "no access mode": (object) => delete object.spec.accessModes,
    "access mode alone": (object) => object.spec.accessModes.push("ReadWriteOncePod"),
    "no storage": (object) => delete object.spec.resources,
    "negative storage": (object) => (object.spec.resources.requests.storage = "-1"),
    "part of a byte": (object) => (object.spec.resources.requests.storage = "1500m"),
    "bad class": (object) => (object.spec.storageClassName = "Bad_!"),
    "bad mode": (object) => (object.spec.volumeMode = "Tape"),
    "source without name": (object) => (object.spec.dataSource = { kind: "PersistentVolumeClaim" }),
    "two sources": (object) => {
      object.spec.dataSource = { kind: "PersistentVolumeClaim", name: "a" };
      object.spec.dataSourceRef = { kind: "PersistentVolumeClaim", name: "b" };
    },
    "source of another group": (object) => (object.spec.dataSourceRef = { apiGroup: "example.com", kind: "Thing", name: "b" }),
    "class by annotation": (object) => (object.metadata.annotations = { "volume.beta.kubernetes.io/storage-class": "old" }),
  }),
  updates(`${core}/persistentvolumeclaims`, "data", claim, [
    (object) => (object.spec.volumeName = "v"),
    (object) => (object.spec.storageClassName = "slow"),
    (object) => (object.spec.resources.requests.storage = "2Gi"),
    (object) => (object.spec.volumeMode = "Block"),
    (object) => (object.metadata.labels = { "bad key": "bad value!" }),
  ]),
  updates(
    `${core}/persistentvolumeclaims`,
    "data",
    claim,
    [
      (object) => (object.status = { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] }),
      (object) => (object.status.capacity = { storage: "-1" }),
      (object) => (object.status.allocatedResourceStatuses = { storage: "Nonsense" }),
      (object) => (object.status.allocatedResources = { cpu: "1" }),
    ],
    "/status",
  ),
  ...faults(`${core}/resourcequotas`, quota, {
    "unknown resource": (object) => (object.spec.hard.nonsense = "1"),
    "negative amount": (object) => (object.spec.hard.pods = "-1"),
    "part of a pod": (object) => (object.spec.hard.pods = "1500m"),
    "unknown scope": (object) => object.spec.scopes.push("Sometimes"),
    "conflicting scopes": (object) => object.spec.scopes.push("Terminating"),
    "scope that doesn't fit": (object) => (object.spec.scopes = ["BestEffort"]),
    "selector without values": (object) =>
      (object.spec.scopeSelector = { matchExpressions: [{ scopeName: "PriorityClass", operator: "In" }] }),
    "selector of a scope without values": (object) =>
      (object.spec.scopeSelector = { matchExpressions: [{ scopeName: "Terminating", operator: "In", values: ["a"] }] }),
  }),
  updates(`${core}/resourcequotas`, "q", quota, [
    (object) => (object.spec.scopes = ["Terminating"]),
    (object) => (object.spec.hard.pods = "20"),
  ]),
  ...faults(`${core}/limitranges`, limits, {
    "unknown type": (object) => (object.spec.limits[0].type = "Thing"),
    "two of a type": (object) => object.spec.limits.push(object.spec.limits[0]),
    "default above the maximum": (object) => (object.spec.limits[0].default.cpu = "3"),
    "minimum above the maximum": (object) => (object.spec.limits[0].min.cpu = "3"),
    "small ratio": (object) => (object.spec.limits[0].maxLimitRequestRatio = { cpu: "500m" }),
    "large ratio": (object) => (object.spec.limits[0].maxLimitRequestRatio = { cpu: "100" }),
    "defaults of pods": (object) => (object.spec.limits[0].type = "Pod"),
    "claims without storage": (object) => (object.spec.limits[0].type = "PersistentVolumeClaim"),
    "no limits": (object) => delete object.spec.limits,
  }),
  ...faults(`${core}/pods`, pod, {
    "no containers": (object) => delete object.spec.containers,
    "name with dots": (object) => (object.metadata.name = "a.b"),
    "unknown operating system": (object) => (object.spec.os = { name: "plan9" }),
    "operating system without name": (object) => (object.spec.os = {}),
    "two kinds of volume": (object) => (object.spec.volumes = [{ name: "v", emptyDir: {}, downwardAPI: {}, cephfs: { monitors: ["m"] } }]),
    "overlapping files": (object) =>
      (object.spec.volumes = [
        {
          name: "v",
          configMap: {
            name: "c",
            items: [
              { key: "a", path: "x" },
              { key: "b", path: "x/y" },
            ],
          },
        },
      ]),
    "projection without source": (object) => (object.spec.volumes = [{ name: "v", projected: { sources: [{}] } }]),
    "host address without host port": (object) => (object.spec.containers[0].ports = [{ containerPort: 80, hostIP: "127.0.0.1" }]),
    "ports with one name": (object) => {
      object.spec.containers[0].ports = [{ name: "http", containerPort: 80 }];
      object.spec.containers.push({ name: "second", image: "i", ports: [{ name: "http", containerPort: 81 }] });
    },
    "scheduling gate": (object) => (object.spec.schedulingGates = [{ name: "example.com/gate" }]),
    "limits of the pod": (object) => {
      object.spec.resources = { limits: { cpu: "2" } };
      object.spec.containers[0].resources = { requests: { cpu: "1", memory: "1Gi" } };
    },
    "image of a long name": (object) => (object.spec.containers[0].image = "x".repeat(300)),
  }),
  ...faults(`${core}/services`, service, {
    "no ports": (object) => {
      delete object.spec.clusterIP;
      delete object.spec.ports;
    },
    "family and address": (object) => (object.spec.ipFamilies = ["IPv5"]),
    "bad policy": (object) => (object.spec.ipFamilyPolicy = "Any"),
    "bad address": (object) => (object.spec.clusterIP = "1.2.3"),
    "class without balancer": (object) => (object.spec.loadBalancerClass = "example.com/lb"),
    "external addresses": (object) => (object.spec.externalIPs = ["127.0.0.1"]),
    "old distribution": (object) => (object.spec.trafficDistribution = "PreferClose"),
    "health check": (object) => (object.spec.healthCheckNodePort = 31000),
  }),
  updates(`${core}/services`, "s", service, [(object) => (object.spec.ports[0].port = 81), (object) => (object.spec.type = "Nonsense")]),
  ...faults(`${core}/replicationcontrollers`, controller, {
    "selector beside the labels": (object) => (object.spec.selector = { c: "d" }),
    "no template": (object) => delete object.spec.template,
    "negative replicas": (object) => (object.spec.replicas = -1),
    "name with dots": (object) => (object.metadata.name = "a.b"),
    "pods that end": (object) => (object.spec.template.spec.restartPolicy = "Never"),
  }),
  ...faults(
    `${core}/endpoints`,
    { metadata: { name: "e" }, subsets: [{ addresses: [{ ip: "1.2.3.4" }], ports: [{ port: 80 }] }] },
    {
      "as it is": () => {},
      "no addresses": (object) => delete object.subsets[0].addresses,
      loopback: (object) => (object.subsets[0].addresses[0].ip = "127.0.0.1"),
      "bad port": (object) => (object.subsets[0].ports[0].port = 0),
    },
  ),
];

export default sequences;
