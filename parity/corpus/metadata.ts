import { changed, create, creates, get, patch, put, remove, type Sequence } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const named = (name: string, more: object = {}) => ({ metadata: { name, ...more } });
const owner = (more: object = {}) => ({ apiVersion: "v1", kind: "Pod", name: "x", uid: "12345678-1234-1234-1234-123456789012", ...more });
const container = { name: "main", image: "nginx:1" };
const deployment = (name: string, labels = { app: "a" }) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { app: "a" } }, template: { metadata: { labels }, spec: { containers: [container] } } },
});

const long = (length: number) => "a".repeat(length);
const names = [
  "",
  "a",
  "A",
  "a.b",
  "a-b",
  "-a",
  "a-",
  "a..b",
  ".a",
  "a_b",
  "a b",
  "a/b",
  "ä",
  "1",
  "1a",
  long(63),
  long(64),
  long(253),
  long(254),
  "a.-b",
  "%41",
  "a%2Fb",
  "..",
  ".",
];

const metadata: Readonly<Record<string, object>> = {
  "generated name": { generateName: "made-" },
  "generated long name": { generateName: long(70) },
  "generated invalid name": { generateName: "Made_" },
  "name and generated name": { name: "a", generateName: "b-" },
  "other namespace": { name: "a", namespace: "other" },
  "own namespace": { name: "a", namespace: "{ns}" },
  "resource version": { name: "a", resourceVersion: "1" },
  "resource version 0": { name: "a", resourceVersion: "0" },
  uid: { name: "a", uid: "x" },
  generation: { name: "a", generation: 5 },
  "negative generation": { name: "a", generation: -5 },
  "creation time": { name: "a", creationTimestamp: "2020-01-01T00:00:00Z" },
  "deletion time": { name: "a", deletionTimestamp: "2020-01-01T00:00:00Z", deletionGracePeriodSeconds: 5 },
  selfLink: { name: "a", selfLink: "/x" },
  labels: { name: "a", labels: { a: "b", "example.com/a": "", "A.b/C_d.e-f": "X_1.2-3" } },
  "wrong label keys": {
    name: "a",
    labels: {
      "": "x",
      "-a": "x",
      "a b": "x",
      "/a": "x",
      "a/": "x",
      "a/b/c": "x",
      "UP.er/a": "x",
      [long(64)]: "x",
      [`${long(254)}/a`]: "x",
    },
  },
  "wrong label values": { name: "a", labels: { a: "-", b: "a b", c: long(64), d: "a/b", e: "ä", f: "x-" } },
  annotations: { name: "a", annotations: { "A/b": "any thing\n", "": "x", "a b": "y", "-": "z" } },
  "large annotations": { name: "a", annotations: { a: long(256 * 1024) } },
  finalizers: { name: "a", finalizers: ["example.com/a", "kubernetes", "orphan", "foregroundDeletion"] },
  "wrong finalizers": { name: "a", finalizers: ["a", "", "a b", "example.com/", "example.com/a/b", "Example.com/x"] },
  "two policies": { name: "a", finalizers: ["orphan", "foregroundDeletion"] },
  "repeated finalizers": { name: "a", finalizers: ["example.com/a", "example.com/a"] },
  owners: { name: "a", ownerReferences: [owner(), owner({ controller: true, blockOwnerDeletion: true, uid: "2" })] },
  "wrong owners": {
    name: "a",
    ownerReferences: [owner({ apiVersion: "" }), owner({ kind: "" }), owner({ name: "" }), owner({ uid: "" }), {}],
  },
  "two controllers": { name: "a", ownerReferences: [owner({ controller: true }), owner({ controller: true, name: "y" })] },
  "owned by an event": { name: "a", ownerReferences: [owner({ kind: "Event" }), owner({ apiVersion: "events.k8s.io/v1", kind: "Event" })] },
  "owner of a bad version": {
    name: "a",
    ownerReferences: [owner({ apiVersion: "a/b/c" }), owner({ apiVersion: "/v1" }), owner({ apiVersion: "apps/" })],
  },
  "managed fields": {
    name: "a",
    managedFields: [
      {
        manager: "x",
        operation: "Update",
        apiVersion: "v1",
        time: "2020-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": {} },
      },
    ],
  },
  "wrong managed fields": {
    name: "a",
    managedFields: [
      { manager: "x", operation: "Other" },
      { operation: "Update", fieldsType: "FieldsV2" },
      { operation: "Apply", apiVersion: "x" },
    ],
  },
  everything: { name: "A", labels: { "-": "-" }, annotations: { "-": "" }, finalizers: ["a"], ownerReferences: [{}], generation: -1 },
};

const changes: Readonly<Record<string, object>> = {
  "the name": { name: "b" },
  "no name": { name: "" },
  "the namespace": { namespace: "other" },
  "no namespace": { namespace: "" },
  uid: { uid: "x" },
  "no uid": { uid: "" },
  "resource version": { resourceVersion: "1" },
  "no resource version": { resourceVersion: "" },
  "resource version that is none": { resourceVersion: "x" },
  "creation time": { creationTimestamp: "2020-01-01T00:00:00Z" },
  "no creation time": { creationTimestamp: null },
  "deletion time": { deletionTimestamp: "2020-01-01T00:00:00Z" },
  "grace period": { deletionGracePeriodSeconds: 5 },
  generation: { generation: 9 },
  selfLink: { selfLink: "/x" },
  "generate name": { generateName: "x-" },
  "wrong labels": { labels: { "-": "-" } },
  "wrong annotations": { annotations: { "-": "-" } },
  "wrong finalizers": { finalizers: ["a"] },
  "wrong owners": { ownerReferences: [{}] },
  "no managed fields": { managedFields: [] },
  "reset managed fields": { managedFields: [{}] },
};

const sequences: Sequence[] = [
  {
    name: "create, read, replace, delete",
    steps: [
      create(configMaps, { ...named("a", { labels: { app: "web" } }), data: { key: "value" } }),
      get(`${configMaps}/a`),
      (answers) =>
        put(
          `${configMaps}/a`,
          changed(answers, 1, (body) => {
            body.data.other = "x";
          }),
        ),
      put(`${configMaps}/a`, named("a")),
      patch("merge", `${configMaps}/a`, { metadata: { annotations: { note: "text" } } }),
      remove(`${configMaps}/a`),
      get(`${configMaps}/a`),
    ],
  },
  { name: "names of config maps", steps: names.map((name) => create(configMaps, named(name))) },
  {
    name: "names of services",
    steps: names.map((name) =>
      create(`/api/v1/namespaces/{ns}/services?dryRun=All`, { ...named(name), spec: { clusterIP: "None", ports: [{ port: 80 }] } }),
    ),
  },
  {
    name: "names of roles",
    steps: names.map((name) => create("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", { ...named(name), rules: [] })),
  },
  { name: "names of namespaces", steps: names.map((name) => create("/api/v1/namespaces?dryRun=All", named(name))) },
  { name: "names of deployments", steps: names.map((name) => create(deployments, deployment(name))) },
  ...creates(configMaps, Object.fromEntries(Object.entries(metadata).map(([name, metadata]) => [name, { metadata }]))),
  ...creates(
    deployments,
    Object.fromEntries(Object.entries(metadata).map(([name, metadata]) => [`deployment: ${name}`, { ...deployment(""), metadata }])),
  ),
  ...Object.entries(changes).flatMap(([name, change]): Sequence[] => [
    {
      name: `change of ${name}`,
      steps: [
        create(configMaps, named("a", { labels: { app: "web" } })),
        (answers) =>
          put(
            `${configMaps}/a`,
            changed(answers, 0, (body) => Object.assign(body.metadata, change)),
          ),
        patch("merge", `${configMaps}/a`, { metadata: change }),
      ],
    },
    {
      name: `deployment: change of ${name}`,
      steps: [
        create(deployments, deployment("a")),
        (answers) =>
          put(
            `${deployments}/a`,
            changed(answers, 0, (body) => Object.assign(body.metadata, change)),
          ),
        patch("merge", `${deployments}/a`, { metadata: change }),
      ],
    },
  ]),
  {
    name: "generations",
    steps: [
      create(deployments, deployment("a")),
      patch("merge", `${deployments}/a`, { metadata: { labels: { x: "y" } } }),
      patch("merge", `${deployments}/a`, { spec: { replicas: 2 } }),
      patch("merge", `${deployments}/a`, { spec: { replicas: 2 } }),
      patch("merge", `${deployments}/a/status`, { status: { observedGeneration: 2 } }),
      patch("merge", `${deployments}/a`, { status: { observedGeneration: 7 } }),
      patch("merge", `${deployments}/a`, { metadata: { generation: 9 } }),
      get(`${deployments}/a`),
    ],
  },
  {
    name: "managed fields of several writers",
    steps: [
      create(`${configMaps}?fieldManager=one`, { ...named("a"), data: { a: "1" } }),
      patch("merge", `${configMaps}/a?fieldManager=two`, { data: { b: "2" } }),
      patch("merge", `${configMaps}/a?fieldManager=two`, { data: { a: "3" } }),
      put(`${configMaps}/a?fieldManager=three`, { ...named("a"), data: { c: "4" } }),
      patch("merge", `${configMaps}/a`, { metadata: { managedFields: [{}] } }),
      patch("merge", `${configMaps}/a`, { data: { d: "5" } }, { headers: { "user-agent": "kubectl/v1.36.0 (linux/amd64)" } }),
      patch("merge", `${configMaps}/a`, { data: { e: "5" } }, { headers: { "user-agent": "" } }),
      patch("json", `${configMaps}/a`, [{ op: "remove", path: "/metadata/managedFields" }]),
      get(`${configMaps}/a`),
    ],
  },
];

export default sequences;
