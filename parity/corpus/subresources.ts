import { changed, create, get, patch, put, remove, type Sequence } from "../sequences.ts";

const pods = "/api/v1/namespaces/{ns}/pods";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const container = { name: "main", image: "nginx:1" };
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [container], ...spec },
});
const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers: [container] } },
  },
});
const budget = (spec: object) => ({ metadata: { name: "b" }, spec: { selector: { matchLabels: { app: "a" } }, ...spec } });
const budgets = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
const eviction = (name: string, more: object = {}) => ({
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { name, namespace: "{ns}" },
  ...more,
});
const ready = { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
const binding = (name: string, target: object) => ({ metadata: { name }, target });
const csr = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

const scaleBodies: Readonly<Record<string, object>> = {
  "more replicas": { metadata: { name: "a", namespace: "{ns}" }, spec: { replicas: 5 } },
  "with kind": { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 1 } },
  "no replicas": { metadata: { name: "a" } },
  negative: { metadata: { name: "a" }, spec: { replicas: -1 } },
  "another name": { metadata: { name: "b" }, spec: { replicas: 1 } },
  "no name": { spec: { replicas: 1 } },
  "another kind": { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } },
  "another version": { apiVersion: "autoscaling/v2", kind: "Scale", metadata: { name: "a" } },
  "old version": { metadata: { name: "a", resourceVersion: "1" }, spec: { replicas: 1 } },
  "another uid": { metadata: { name: "a", uid: "x" }, spec: { replicas: 1 } },
};

const sequences: Sequence[] = [
  {
    name: "status",
    steps: [
      create(deployments, { ...deployment("a"), status: { replicas: 9 } }),
      get(`${deployments}/a/status`),
      (answers) =>
        put(
          `${deployments}/a/status`,
          changed(answers, 0, (body) =>
            Object.assign(body, {
              status: { replicas: 3, observedGeneration: 1 },
              spec: { ...body.spec, replicas: 7 },
              metadata: { ...body.metadata, labels: { a: "b" } },
            }),
          ),
        ),
      patch("merge", `${deployments}/a/status`, { status: { availableReplicas: 2 } }),
      patch("strategic", `${deployments}/a/status`, {
        status: { conditions: [{ type: "Available", status: "True", reason: "x", message: "y" }] },
      }),
      patch("strategic", `${deployments}/a/status`, {
        status: { conditions: [{ type: "Progressing", status: "True", reason: "x", message: "y" }] },
      }),
      patch("json", `${deployments}/a/status`, [{ op: "replace", path: "/status/replicas", value: 2 }]),
      patch("merge", `${deployments}/a/status`, { status: { replicas: -1, availableReplicas: -2 } }),
      patch("merge", `${deployments}/a/status`, { spec: { replicas: 8 } }),
      patch("merge", `${deployments}/a/status`, { metadata: { annotations: { a: "b" }, finalizers: ["example.com/a"] } }),
      patch("merge", `${deployments}/a`, { status: { replicas: 8 }, metadata: { finalizers: null } }),
      patch("merge", `${deployments}/missing/status`, {}),
      put(`${deployments}/a/status`, { metadata: { name: "b" } }),
      put(`${deployments}/a/status`, { metadata: { name: "a", resourceVersion: "1" }, spec: {} }),
      get(`${deployments}/a`),
      get(`${deployments}/a/status`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    ],
  },
  {
    name: "pod status",
    steps: [
      create(pods, pod("a")),
      patch("strategic", `${pods}/a/status`, ready),
      patch("merge", `${pods}/a/status`, { status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], hostIP: "x" } }),
      patch("strategic", `${pods}/a/status`, {
        status: { containerStatuses: [{ name: "main", ready: true, restartCount: 1, image: "x", imageID: "y", state: { running: {} } }] },
      }),
      patch("merge", `${pods}/a/status`, {
        status: { containerStatuses: [{ name: "other", ready: true, restartCount: -1, image: "x", imageID: "y" }] },
      }),
      patch("merge", `${pods}/a/status`, { status: { phase: "Nonsense", conditions: [{ type: "bad type" }] } }),
      patch("merge", `${pods}/a/status`, { spec: { nodeName: "x" }, metadata: { labels: { a: "b" } } }),
      get(`${pods}/a/status`),
    ],
  },
  ...Object.entries(scaleBodies).map(([name, body]) => ({
    name: `scale: ${name}`,
    steps: [
      create(deployments, deployment("a")),
      get(`${deployments}/a/scale`),
      put(`${deployments}/a/scale`, body),
      get(`${deployments}/a`),
    ],
  })),
  {
    name: "scale by patch",
    steps: [
      create(deployments, deployment("a")),
      patch("merge", `${deployments}/a/scale`, { spec: { replicas: 4 } }),
      patch("strategic", `${deployments}/a/scale`, { spec: { replicas: 5 } }),
      patch("json", `${deployments}/a/scale`, [{ op: "replace", path: "/spec/replicas", value: 6 }]),
      patch("merge", `${deployments}/a/scale`, { spec: { replicas: null } }),
      patch("merge", `${deployments}/a/scale`, { spec: { replicas: -4 } }),
      patch("merge", `${deployments}/a/scale?dryRun=All`, { spec: { replicas: 9 } }),
      patch("merge", `${deployments}/missing/scale`, {}),
      get(`${deployments}/missing/scale`),
      get(`${deployments}/a/scale`, { headers: { accept: "application/yaml" } }),
      get(`${deployments}/a/scale`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
      get(`${deployments}/a/scale`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      create("/api/v1/namespaces/{ns}/replicationcontrollers", {
        metadata: { name: "r" },
        spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [container] } } },
      }),
      get("/api/v1/namespaces/{ns}/replicationcontrollers/r/scale"),
      patch("merge", "/api/v1/namespaces/{ns}/replicationcontrollers/r/scale", { spec: { replicas: 3 } }),
      create("/apis/apps/v1/namespaces/{ns}/statefulsets", {
        metadata: { name: "s" },
        spec: {
          serviceName: "s",
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "b" } }, spec: { containers: [container] } },
        },
      }),
      get("/apis/apps/v1/namespaces/{ns}/statefulsets/s/scale"),
      patch("merge", "/apis/apps/v1/namespaces/{ns}/statefulsets/s/scale", { spec: { replicas: 0 } }),
    ],
  },
  {
    name: "binding",
    steps: [
      create(pods, pod("a")),
      create(`${pods}/a/binding`, binding("a", { kind: "Node", name: "node-{u}" })),
      get(`${pods}/a`),
      create(`${pods}/a/binding`, binding("a", { kind: "Node", name: "other-{u}" })),
      create(pods, pod("b")),
      create(`${pods}/b/binding`, binding("b", {})),
      create(`${pods}/b/binding`, binding("b", { kind: "Pod", name: "x" })),
      create(`${pods}/b/binding`, binding("c", { kind: "Node", name: "x" })),
      create(`${pods}/b/binding`, binding("", { name: "n-{u}" })),
      create(`${pods}/missing/binding`, binding("missing", { kind: "Node", name: "x" })),
      create("/api/v1/namespaces/{ns}/bindings", binding("b", { kind: "Node", name: "n-{u}" })),
      create("/api/v1/namespaces/{ns}/bindings", { target: { kind: "Node", name: "n" } }),
      create(pods, pod("c")),
      create(`${pods}/c/binding?dryRun=All`, {
        ...binding("c", { kind: "Node", name: "n" }),
        metadata: { name: "c", annotations: { a: "b" }, labels: { c: "d" } },
      }),
      create(`${pods}/c/binding`, { metadata: { name: "c", annotations: { a: "b" } }, target: { kind: "Node", name: "n-{u}" } }),
      get(`${pods}/c`),
      create(pods, pod("d", { schedulingGates: [{ name: "example.com/a" }] })),
      create(`${pods}/d/binding`, binding("d", { kind: "Node", name: "n-{u}" })),
      create(pods, pod("e", {}, { finalizers: ["example.com/hold"] })),
      remove(`${pods}/e`),
      create(`${pods}/e/binding`, binding("e", { kind: "Node", name: "n-{u}" })),
    ],
  },
  {
    name: "eviction",
    steps: [
      create(pods, pod("a", { nodeName: "n-{u}" }, { labels: { app: "a" } })),
      create(`${pods}/missing/eviction`, eviction("missing")),
      create(`${pods}/a/eviction`, eviction("b")),
      create(`${pods}/a/eviction?dryRun=All`, eviction("a")),
      create(`${pods}/a/eviction`, eviction("a", { deleteOptions: { gracePeriodSeconds: 3 } })),
      get(`${pods}/a`),
      create(`${pods}/a/eviction`, eviction("a")),
      create(pods, pod("b", { nodeName: "n-{u}" }, { labels: { app: "a" } })),
      patch("strategic", `${pods}/b/status`, ready),
      create(budgets, budget({ minAvailable: 1 })),
      create(`${pods}/b/eviction`, eviction("b")),
      patch("merge", `${budgets}/b/status`, {
        status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
      }),
      create(`${pods}/b/eviction`, eviction("b")),
      patch("merge", `${budgets}/b/status`, {
        status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 },
      }),
      create(`${pods}/b/eviction`, eviction("b", { deleteOptions: { preconditions: { uid: "x" } } })),
      create(`${pods}/b/eviction`, eviction("b")),
      get(`${budgets}/b`),
      create(`${pods}/b/eviction`, { metadata: { name: "b" } }),
      create(pods, pod("c", {}, { labels: { app: "a" } })),
      create(`${pods}/c/eviction`, { apiVersion: "policy/v1beta1", kind: "Eviction", metadata: { name: "c" } }),
      create(`${pods}/c/eviction`, {}),
      create(pods, pod("d", { nodeName: "n-{u}" }, { labels: { app: "a" } })),
      patch("strategic", `${pods}/d/status`, { status: { phase: "Succeeded" } }),
      create(`${pods}/d/eviction`, eviction("d")),
      create(budgets, { metadata: { name: "second" }, spec: { maxUnavailable: 1, selector: {} } }),
      create(pods, pod("e", { nodeName: "n-{u}" }, { labels: { app: "a" } })),
      patch("strategic", `${pods}/e/status`, ready),
      create(`${pods}/e/eviction`, eviction("e")),
    ],
  },
  {
    name: "ephemeral containers",
    steps: [
      create(pods, pod("a")),
      get(`${pods}/a/ephemeralcontainers`),
      patch("strategic", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] } }),
      patch("strategic", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "debug", image: "other" }] } }),
      patch("strategic", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "main", image: "x" }] } }),
      patch("strategic", `${pods}/a/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "second", image: "x", ports: [{ containerPort: 1 }], targetContainerName: "nope" }] },
      }),
      patch("strategic", `${pods}/a/ephemeralcontainers`, { spec: { containers: [{ name: "main", image: "changed" }] } }),
      patch("merge", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: null } }),
      patch("merge", `${pods}/a`, { spec: { ephemeralContainers: [] } }),
      create(pods, pod("b", { ephemeralContainers: [{ name: "x", image: "y" }] })),
      get(`${pods}/missing/ephemeralcontainers`),
    ],
  },
  {
    name: "resize",
    steps: [
      create(pods, pod("a", { containers: [{ ...container, resources: { requests: { cpu: "100m" }, limits: { cpu: "200m" } } }] })),
      patch("strategic", `${pods}/a/resize`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "150m" } } }] } }),
      patch("strategic", `${pods}/a/resize`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "900m" } } }] } }),
      patch("strategic", `${pods}/a/resize`, { spec: { containers: [{ name: "main", image: "other" }] } }),
      patch("strategic", `${pods}/a/resize`, {
        spec: { containers: [{ name: "main", resources: { requests: { "example.com/x": "1" } } }] },
      }),
      patch("strategic", `${pods}/a/resize`, {
        spec: { containers: [{ name: "main", resources: { limits: { cpu: null }, requests: { cpu: null } } }] },
      }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "150m" } } }] } }),
      get(`${pods}/a/resize`),
    ],
  },
  {
    name: "tokens",
    steps: [
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { spec: {} }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { spec: { audiences: ["a", "b"], expirationSeconds: 1200 } }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { spec: { expirationSeconds: 5 } }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { spec: { expirationSeconds: 4294967297 } }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/missing/token", { spec: {} }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { metadata: { name: "other" }, spec: {} }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { metadata: { namespace: "other" }, spec: {} }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", {
        spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "missing" } },
      }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", {
        spec: { boundObjectRef: { kind: "ConfigMap", apiVersion: "v1", name: "x" } },
      }),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", {}),
    ],
  },
  {
    name: "approval",
    steps: [
      create(csr, {
        metadata: { name: "bad-{u}" },
        spec: { request: "eA==", signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
      }),
      create(csr, { metadata: { name: "empty-{u}" }, spec: {} }),
      get(`${csr}/missing-{u}/approval`),
      put(`${csr}/missing-{u}/approval`, { metadata: { name: "missing-{u}" } }),
    ],
  },
  {
    name: "connections without a node",
    steps: [
      create(pods, pod("a")),
      get(`${pods}/a/log`),
      get(`${pods}/missing/log`),
      get(`${pods}/a/log?container=nope`),
      get(`${pods}/a/log?tailLines=-1`),
      get(`${pods}/a/log?sinceSeconds=0`),
      get(`${pods}/a/log?tailLines=x`),
      get(`${pods}/a/log?limitBytes=0&sinceTime=x`),
      create(pods, pod("b", { containers: [container, { name: "second", image: "x" }] })),
      get(`${pods}/b/log`),
      create(`${pods}/b/exec`, undefined),
      create(`${pods}/missing/exec?command=ls`, undefined),
      get(`${pods}/missing/proxy/`),
      get("/api/v1/nodes/missing-{u}/proxy/"),
      get("/api/v1/namespaces/{ns}/services/missing/proxy/"),
    ],
  },
];

export default sequences;
