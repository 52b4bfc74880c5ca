import { changed, create, get, put, remove, type Sequence, type Step } from "../sequences.ts";

const apps = "/apis/apps/v1/namespaces/{ns}";
const batch = "/apis/batch/v1/namespaces/{ns}";
const storage = "/apis/storage.k8s.io/v1";

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

/** Creates an object, then replaces it by dry run with one change each. */
function updates(path: string, name: string, base: object, changes: readonly Change[], subresource = ""): Sequence {
  const at = `${path}/${name}`;
  const steps: Step[] = changes.map((change) => (answers) => put(`${at}${subresource}?dryRun=All`, changed(answers, 0, change)));
  return {
    name: `${path.split("/").at(-1)}: updates of ${name}${subresource}`,
    steps: [create(path, base), ...steps, get(at), remove(at)],
  };
}

const selector = { matchLabels: { a: "b" } };
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "main", image: "i:1" }] } };
const deployment = { metadata: { name: "d" }, spec: { selector, template } };
const set = {
  metadata: { name: "s" },
  spec: {
    selector,
    template,
    volumeClaimTemplates: [
      { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    ],
  },
};
const daemons = { metadata: { name: "e" }, spec: { selector, template } };
const job = {
  metadata: { name: "j" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "i:1" }] } } },
};
const workload: Record<string, Change> = {
  "no selector": (object) => delete object.spec.selector,
  "selector beside the labels": (object) => (object.spec.selector = { matchLabels: { c: "d" } }),
  "selector that can't be read": (object) => (object.spec.selector = { matchExpressions: [{ key: "a", operator: "In" }] }),
  "pods that end": (object) => (object.spec.template.spec.restartPolicy = "Never"),
  "no containers": (object) => (object.spec.template.spec = {}),
  "unknown strategy": (object) => (object.spec.updateStrategy = { type: "Nonsense" }),
};

const sequences: Sequence[] = [
  ...faults(`${apps}/deployments`, deployment, {
    ...workload,
    "name with dots": (object) => (object.metadata.name = "a.b"),
    "nothing may move": (object) => (object.spec.strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }),
    "strategy of another name": (object) => (object.spec.strategy = { type: "Swap", rollingUpdate: { maxSurge: 1 } }),
    "deadline before ready": (object) => (object.spec.progressDeadlineSeconds = 0),
  }),
  updates(`${apps}/deployments`, "d", deployment, [
    (object) => (object.spec.replicas = 3),
    (object) => (object.spec.replicas = -1),
    (object) => (object.spec.selector.matchLabels = { c: "d" }),
    (object) => (object.metadata.annotations = { note: "x" }),
    (object) => (object.metadata.labels = { "bad key": "bad value!" }),
  ]),
  updates(
    `${apps}/deployments`,
    "d",
    deployment,
    [
      (object) => (object.status = { replicas: 1, readyReplicas: 2 }),
      (object) => (object.status = { replicas: -1 }),
      (object) => (object.status = { observedGeneration: 1, replicas: 2, readyReplicas: 1, availableReplicas: 1 }),
    ],
    "/status",
  ),
  ...faults(`${apps}/statefulsets`, set, {
    ...workload,
    "name with dots": (object) => (object.metadata.name = "a.b"),
    "claim without storage": (object) => delete object.spec.volumeClaimTemplates[0].spec.resources,
    "bad service": (object) => (object.spec.serviceName = "Bad_!"),
    "history without end": (object) => (object.spec.revisionHistoryLimit = -1),
  }),
  updates(`${apps}/statefulsets`, "s", set, [
    (object) => (object.spec.replicas = 2),
    (object) => (object.spec.serviceName = "other"),
    (object) => (object.spec.podManagementPolicy = "Parallel"),
  ]),
  ...faults(`${apps}/daemonsets`, daemons, {
    ...workload,
    "surge and absence": (object) => (object.spec.updateStrategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } }),
    "share that is none": (object) => (object.spec.updateStrategy = { rollingUpdate: { maxUnavailable: "-5%" } }),
  }),
  updates(
    `${apps}/daemonsets`,
    "e",
    daemons,
    [(object) => (object.status.numberReady = -1), (object) => (object.status.collisionCount = -1)],
    "/status",
  ),
  ...faults(`${batch}/jobs`, job, {
    "always restarted": (object) => (object.spec.template.spec.restartPolicy = "Always"),
    "negative parallelism": (object) => (object.spec.parallelism = -1),
    "exit codes out of order": (object) =>
      (object.spec.podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [2, 1] } }] }),
    "rule without action": (object) => (object.spec.podFailurePolicy = { rules: [{ onExitCodes: { values: [1] } }] }),
  }),
  ...faults(
    `${storage}/storageclasses`,
    { metadata: { name: "parity-{u}" }, provisioner: "example.com/p" },
    {
      "no provisioner": (object) => delete object.provisioner,
      "bad policy": (object) => (object.reclaimPolicy = "Recycle"),
      "topology twice": (object) => {
        const term = { matchLabelExpressions: [{ key: "zone", values: ["a"] }] };
        object.allowedTopologies = [term, term];
      },
      "topology without values": (object) => (object.allowedTopologies = [{ matchLabelExpressions: [{ key: "zone" }] }]),
    },
  ),
  ...faults(
    `${storage}/csidrivers`,
    { metadata: { name: "parity-{u}.example.com" }, spec: {} },
    {
      "as it is": () => {},
      "short token": (object) => (object.spec.tokenRequests = [{ audience: "a", expirationSeconds: 1 }]),
      "audience twice": (object) => (object.spec.tokenRequests = [{ audience: "a" }, { audience: "a" }]),
      "unknown mode": (object) => (object.spec.volumeLifecycleModes = ["Sometimes"]),
      "often asked": (object) => (object.spec.nodeAllocatableUpdatePeriodSeconds = 1),
    },
  ),
  updates(`${storage}/csidrivers`, "parity-{u}.example.com", { metadata: { name: "parity-{u}.example.com" }, spec: {} }, [
    (object) => (object.spec.attachRequired = false),
    (object) => (object.spec.podInfoOnMount = true),
    (object) => delete object.metadata.resourceVersion,
  ]),
  ...faults(
    `${storage}/csinodes`,
    { metadata: { name: "parity-{u}" }, spec: { drivers: [{ name: "a.example.com", nodeID: "n", topologyKeys: ["zone"] }] } },
    {
      "no name": (object) => delete object.spec.drivers[0].name,
      "no node": (object) => delete object.spec.drivers[0].nodeID,
      "driver twice": (object) => object.spec.drivers.push(object.spec.drivers[0]),
      "bad key": (object) => (object.spec.drivers[0].topologyKeys = ["bad key", "bad key"]),
    },
  ),
  ...faults(
    `${storage}/volumeattachments`,
    { metadata: { name: "parity-{u}" }, spec: { attacher: "a.example.com", nodeName: "n", source: { persistentVolumeName: "v" } } },
    {
      "no source": (object) => (object.spec.source = {}),
      "empty volume": (object) => (object.spec.source.persistentVolumeName = ""),
      "no node": (object) => delete object.spec.nodeName,
      "inline without driver": (object) =>
        (object.spec.source = { inlineVolumeSpec: { capacity: { storage: "1Gi" }, hostPath: { path: "/" } } }),
    },
  ),
  ...faults(
    `${storage}/volumeattributesclasses`,
    { metadata: { name: "parity-{u}" }, driverName: "a.example.com", parameters: { a: "b" } },
    {
      "as it is": () => {},
      "no parameters": (object) => delete object.parameters,
      "bad driver": (object) => (object.driverName = "Bad_!"),
    },
  ),
  ...faults(
    "/apis/node.k8s.io/v1/runtimeclasses",
    { metadata: { name: "parity-{u}" }, handler: "runc" },
    {
      "no handler": (object) => delete object.handler,
      "bad handler": (object) => (object.handler = "Bad_!"),
      "negative overhead": (object) => (object.overhead = { podFixed: { memory: "-1" } }),
      "toleration twice": (object) => (object.scheduling = { tolerations: [{ operator: "Exists" }, { operator: "Exists" }] }),
    },
  ),
];

export default sequences;
