import { create, get, patch, put, remove, type Sequence, type Step } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const pods = "/api/v1/namespaces/{ns}/pods";
const container = { name: "main", image: "nginx:1" };
const pod = (name: string, more: object = {}, spec: object = {}) => ({
  metadata: { name, ...more },
  spec: { containers: [container], ...spec },
});
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const deployment = (name: string) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: "a" } }, template: { metadata: { labels: { app: "a" } }, spec: { containers: [container] } } },
});
const job = (name: string) => ({ metadata: { name }, spec: { template: { spec: { containers: [container], restartPolicy: "Never" } } } });

const optionBodies: Readonly<Record<string, unknown>> = {
  empty: {},
  "of the kind": { kind: "DeleteOptions", apiVersion: "v1" },
  "of meta.k8s.io": { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" },
  "of apps": { kind: "DeleteOptions", apiVersion: "apps/v1" },
  "of another kind": { kind: "ConfigMap", apiVersion: "v1" },
  "of nothing": { kind: "Nothing", apiVersion: "v1" },
  "wrong propagation": { propagationPolicy: "Other" },
  "both policies": { propagationPolicy: "Background", orphanDependents: true },
  orphan: { propagationPolicy: "Orphan" },
  foreground: { propagationPolicy: "Foreground" },
  background: { propagationPolicy: "Background" },
  "orphan dependents": { orphanDependents: true },
  "don't orphan": { orphanDependents: false },
  "negative grace": { gracePeriodSeconds: -1 },
  "grace period": { gracePeriodSeconds: 5 },
  "no grace": { gracePeriodSeconds: 0 },
  "wrong uid": { preconditions: { uid: "12345678-1234-1234-1234-123456789012" } },
  "wrong version": { preconditions: { resourceVersion: "1" } },
  "dry run": { dryRun: ["All"] },
  "wrong dry run": { dryRun: ["Some"] },
  "two dry runs": { dryRun: ["All", "Some"] },
  "unknown field": { foo: 1 },
  "wrong type": { gracePeriodSeconds: "x" },
  "ignore read errors": { ignoreStoreReadErrorWithClusterBreakingPotential: true },
  "ignore read errors and grace": { ignoreStoreReadErrorWithClusterBreakingPotential: true, gracePeriodSeconds: 1 },
};

const queries = [
  "propagationPolicy=Foreground",
  "propagationPolicy=x",
  "gracePeriodSeconds=0",
  "gracePeriodSeconds=x",
  "gracePeriodSeconds=-1",
  "dryRun=All",
  "dryRun=x",
  "orphanDependents=true",
  "orphanDependents=x",
  "pretty=true",
  "gracePeriodSeconds=0&propagationPolicy=Orphan",
  "fieldValidation=Strict",
];

/** The same deletes of several kinds: their defaults differ. */
const ofKind = (path: string, make: (name: string) => object, policies: (string | undefined)[]): Step[] =>
  policies.flatMap((propagationPolicy, index) => [
    create(path, make(`n${index}`)),
    remove(`${path}/n${index}`, propagationPolicy === undefined ? undefined : { propagationPolicy }),
    get(`${path}/n${index}`),
  ]);

const sequences: Sequence[] = [
  ...Object.entries(optionBodies).map(([name, body]) => ({
    name: `options: ${name}`,
    steps: [
      create(configMaps, { metadata: { name: "a" } }),
      remove(`${configMaps}/a`, body),
      get(`${configMaps}/a`),
      create(pods, pod("p")),
      remove(`${pods}/p`, body),
      get(`${pods}/p`),
    ],
  })),
  ...queries.map((query) => ({
    name: `query: ${query}`,
    steps: [create(configMaps, { metadata: { name: "a" } }), remove(`${configMaps}/a?${query}`), get(`${configMaps}/a`)],
  })),
  {
    name: "query and body",
    steps: [
      create(configMaps, { metadata: { name: "a" } }),
      remove(`${configMaps}/a?propagationPolicy=x`, {}),
      remove(`${configMaps}/a?dryRun=All`, { gracePeriodSeconds: 0 }),
      get(`${configMaps}/a`),
    ],
  },
  {
    name: "bodies that are none",
    steps: ["x", "[]", "null", "1", '"a"', "{", " "].flatMap((raw) => [
      create(configMaps, { metadata: { name: "a" } }),
      { ...remove(`${configMaps}/a`), raw },
      get(`${configMaps}/a`),
    ]),
  },
  {
    name: "missing",
    steps: [
      remove(`${configMaps}/missing`),
      remove(`${pods}/missing`, { preconditions: { uid: "x" } }),
      remove("/api/v1/namespaces/missing-{u}"),
      remove("/api/v1/namespaces/missing-{u}/configmaps/a"),
      remove("/api/v1/namespaces/missing-{u}/configmaps"),
      remove(`${pods}/missing/status`),
    ],
  },
  { name: "deployments", steps: ofKind(deployments, deployment, [undefined, "Orphan", "Foreground", "Background"]) },
  { name: "jobs", steps: ofKind("/apis/batch/v1/namespaces/{ns}/jobs", job, [undefined, "Orphan", "Foreground", "Background"]) },
  {
    name: "services",
    steps: ofKind("/api/v1/namespaces/{ns}/services", (name) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } }), [
      undefined,
      "Orphan",
      "Foreground",
    ]),
  },
  {
    name: "service accounts",
    steps: ofKind("/api/v1/namespaces/{ns}/serviceaccounts", (name) => ({ metadata: { name } }), [undefined, "Foreground"]),
  },
  {
    name: "claims",
    steps: ofKind(
      "/api/v1/namespaces/{ns}/persistentvolumeclaims",
      (name) => ({ metadata: { name }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }),
      [undefined, "Foreground"],
    ),
  },
  {
    name: "replication controllers",
    steps: ofKind(
      "/api/v1/namespaces/{ns}/replicationcontrollers",
      (name) => ({
        metadata: { name },
        spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [container] } } },
      }),
      [undefined, "Background"],
    ),
  },
  {
    name: "finalizers",
    steps: [
      create(configMaps, { metadata: { name: "a", finalizers: ["example.com/hold", "example.com/other"] } }),
      remove(`${configMaps}/a`),
      get(`${configMaps}/a`),
      remove(`${configMaps}/a`),
      create(configMaps, { metadata: { name: "a" } }),
      patch("merge", `${configMaps}/a`, { data: { x: "y" } }),
      patch("merge", `${configMaps}/a`, { metadata: { finalizers: ["example.com/hold", "example.com/new"] } }),
      patch("merge", `${configMaps}/a`, { metadata: { finalizers: ["example.com/hold"] } }),
      patch("merge", `${configMaps}/a`, { metadata: { deletionTimestamp: null } }),
      patch("merge", `${configMaps}/a`, { metadata: { finalizers: null } }),
      get(`${configMaps}/a`),
    ],
  },
  {
    name: "finalizers and policies",
    steps: ["Orphan", "Foreground", "Background"].flatMap((propagationPolicy, index) => [
      create(configMaps, { metadata: { name: `n${index}`, finalizers: ["example.com/hold"] } }),
      remove(`${configMaps}/n${index}`, { propagationPolicy }),
      remove(`${configMaps}/n${index}`, { propagationPolicy: "Background" }),
      remove(`${configMaps}/n${index}`, { propagationPolicy: "Foreground" }),
      remove(`${configMaps}/n${index}`, { gracePeriodSeconds: 0 }),
      patch("merge", `${configMaps}/n${index}`, { metadata: { finalizers: [] } }),
    ]),
  },
  {
    name: "a PUT that takes the last finalizer",
    steps: [
      create(configMaps, { metadata: { name: "a", finalizers: ["example.com/hold"] } }),
      remove(`${configMaps}/a`),
      put(`${configMaps}/a`, { metadata: { name: "a" } }),
      get(`${configMaps}/a`),
    ],
  },
  {
    name: "a PUT that adds a finalizer while deleting",
    steps: [
      create(configMaps, { metadata: { name: "a", finalizers: ["example.com/hold"] } }),
      remove(`${configMaps}/a`),
      put(`${configMaps}/a`, { metadata: { name: "a", finalizers: ["example.com/hold", "example.com/late"] } }),
      put(`${configMaps}/a`, { metadata: { name: "a", finalizers: ["example.com/late"] } }),
      put(`${configMaps}/a?dryRun=All`, { metadata: { name: "a" } }),
      get(`${configMaps}/a`),
    ],
  },
  {
    name: "pods on a node",
    steps: [
      create(pods, pod("a", {}, { nodeName: "node-{u}" })),
      remove(`${pods}/a`),
      get(`${pods}/a`),
      remove(`${pods}/a`, { gracePeriodSeconds: 60 }),
      remove(`${pods}/a`, { gracePeriodSeconds: 10 }),
      remove(`${pods}/a`, { gracePeriodSeconds: 10 }),
      remove(`${pods}/a`),
      remove(`${pods}/a`, { gracePeriodSeconds: 0 }),
      get(`${pods}/a`),
      create(pods, pod("b", {}, { nodeName: "node-{u}", terminationGracePeriodSeconds: 7 })),
      remove(`${pods}/b`),
      create(pods, pod("b")),
      create(pods, pod("c", {}, { nodeName: "node-{u}", terminationGracePeriodSeconds: 0 })),
      remove(`${pods}/c`),
      get(`${pods}/c`),
      create(pods, pod("d", { finalizers: ["example.com/hold"] }, { nodeName: "node-{u}" })),
      remove(`${pods}/d`, { gracePeriodSeconds: 0 }),
      get(`${pods}/d`),
      create(pods, pod("e", {}, { nodeName: "node-{u}" })),
      patch("merge", `${pods}/e/status`, { status: { phase: "Succeeded" } }),
      remove(`${pods}/e`),
      get(`${pods}/e`),
      create(pods, pod("f", { finalizers: ["example.com/hold"] })),
      remove(`${pods}/f`),
      patch("merge", `${pods}/f`, { metadata: { finalizers: null } }),
      get(`${pods}/f`),
      create(pods, pod("g", {}, { nodeName: "node-{u}" })),
      remove(`${pods}/g?dryRun=All`),
      get(`${pods}/g`),
    ],
  },
  {
    name: "preconditions",
    steps: [
      create(configMaps, { metadata: { name: "a" } }),
      (answers) => remove(`${configMaps}/a`, { preconditions: { uid: answers[0]?.body.metadata.uid, resourceVersion: "1" } }),
      (answers) =>
        remove(`${configMaps}/a`, {
          preconditions: { uid: answers[0]?.body.metadata.uid, resourceVersion: answers[0]?.body.metadata.resourceVersion },
        }),
      get(`${configMaps}/a`),
      create(pods, pod("p", {}, { nodeName: "node-{u}" })),
      remove(`${pods}/p`, { preconditions: { resourceVersion: "1" } }),
      (answers) => remove(`${pods}/p`, { preconditions: { uid: answers[4]?.body.metadata.uid } }),
      remove(`${pods}/p`, { preconditions: { uid: "x" }, gracePeriodSeconds: 0 }),
    ],
  },
  {
    name: "collections",
    steps: [
      ...["a", "b", "c", "d"].map((name) => create(configMaps, { metadata: { name, labels: { app: name < "c" ? "web" : "db" } } })),
      remove(`${configMaps}?labelSelector=app%3Dnone`),
      remove(`${configMaps}?labelSelector=x%20y`),
      remove(`${configMaps}?fieldSelector=foo%3Dbar`),
      remove(`${configMaps}?dryRun=All`),
      remove(`${configMaps}?limit=1`),
      remove(`${configMaps}?labelSelector=app%3Ddb`),
      get(configMaps),
      remove(configMaps, { preconditions: { uid: "x" } }),
      remove(configMaps, { propagationPolicy: "x" }),
      remove(configMaps, { propagationPolicy: "Foreground" }),
      get(configMaps),
      remove(configMaps),
      create(pods, pod("p", {}, { nodeName: "node-{u}" })),
      create(pods, pod("q")),
      remove(pods),
      get(pods),
      remove(pods, { gracePeriodSeconds: 0 }),
      remove("/api/v1/namespaces/{ns}/services"),
      remove("/api/v1/nodes?labelSelector=none%3D{u}"),
      remove(configMaps, undefined, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      remove(configMaps, undefined, { headers: { accept: "application/yaml" } }),
      create(deployments, deployment("x")),
      remove(deployments),
    ],
  },
  {
    name: "namespaces",
    steps: [
      create("/api/v1/namespaces", { metadata: { name: "own-{u}" } }),
      create("/api/v1/namespaces/own-{u}/configmaps", { metadata: { name: "a" } }),
      remove("/api/v1/namespaces/own-{u}"),
      get("/api/v1/namespaces/own-{u}"),
      create("/api/v1/namespaces/own-{u}/configmaps", { metadata: { name: "b" } }),
      patch("merge", "/api/v1/namespaces/own-{u}/configmaps/a", { data: { a: "b" } }),
      remove("/api/v1/namespaces/own-{u}"),
      create("/api/v1/namespaces", { metadata: { name: "own-{u}" } }),
      patch("merge", "/api/v1/namespaces/own-{u}", { spec: { finalizers: [] } }),
      patch("merge", "/api/v1/namespaces/own-{u}", { metadata: { labels: { a: "b" } } }),
      remove("/api/v1/namespaces/own-{u}/configmaps/a"),
      put("/api/v1/namespaces/own-{u}/finalize", { metadata: { name: "own-{u}" }, spec: { finalizers: ["example.com/a"] } }),
      put("/api/v1/namespaces/own-{u}/finalize", { metadata: { name: "own-{u}" }, spec: {} }),
      get("/api/v1/namespaces/own-{u}"),
      remove("/api/v1/namespaces/own-{u}"),
      create("/api/v1/namespaces", {
        metadata: { name: "two-{u}", finalizers: ["example.com/hold"] },
        spec: { finalizers: ["example.com/x"] },
      }),
      put("/api/v1/namespaces/two-{u}/finalize", { metadata: { name: "two-{u}" }, spec: { finalizers: ["bad name"] } }),
      put("/api/v1/namespaces/two-{u}/finalize", { metadata: { name: "two-{u}" }, spec: { finalizers: [] } }),
      remove("/api/v1/namespaces/two-{u}"),
      get("/api/v1/namespaces/two-{u}"),
      patch("merge", "/api/v1/namespaces/two-{u}", { metadata: { finalizers: null } }),
      get("/api/v1/namespaces/two-{u}"),
      remove("/api/v1/namespaces/default"),
      remove("/api/v1/namespaces/kube-system"),
      remove("/api/v1/namespaces"),
      create("/api/v1/namespaces/missing-{u}/configmaps", { metadata: { name: "a" } }),
      create("/api/v1/namespaces/missing-{u}/configmaps?dryRun=All", { metadata: { name: "a" } }),
      create("/api/v1/namespaces/missing-{u}/configmaps", { metadata: {} }),
    ],
  },
  {
    name: "forms",
    steps: [
      "application/yaml",
      "application/json;as=Table;v=v1;g=meta.k8s.io",
      "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
      "application/vnd.kubernetes.protobuf",
    ].flatMap((accept) => [
      create(configMaps, { metadata: { name: "a" } }),
      remove(`${configMaps}/a`, undefined, { headers: { accept } }),
      create(pods, pod("a", {}, { nodeName: "node-{u}" })),
      remove(`${pods}/a`, undefined, { headers: { accept } }),
      remove(`${pods}/a`, { gracePeriodSeconds: 0 }, { headers: { accept } }),
    ]),
  },
];

export default sequences;
