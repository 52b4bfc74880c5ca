import { json, life, merge, strategic } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** Corners of creates, updates and patches that sequences made at random have found. */
const core = "/api/v1/namespaces/{ns}";
const maps = `${core}/configmaps`;
const services = `${core}/services`;
const leases = "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
const replicaSets = "/apis/apps/v1/namespaces/{ns}/replicasets";
const metadata: object[] = [
  { deletionTimestamp: "2030-01-01T00:00:00Z", deletionGracePeriodSeconds: 5 },
  { deletionTimestamp: "2030-01-01T00:00:00Z", finalizers: ["a.b/c"] },
  { selfLink: "/x", generation: 7 },
  { deletionGracePeriodSeconds: 0 },
  { creationTimestamp: "2020-01-01T00:00:00Z" },
  { generateName: "x-", selfLink: null },
];
const budgets = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
const scalers = (version: string) => `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers`;
const serverSide = (at: string, body: object, query = "", headers: Record<string, string> = {}) =>
  patch("apply", `${at}?fieldManager=m${query}`, body, { headers });
const ports = (...given: object[]) => put(`${services}/web`, { metadata: { name: "web" }, spec: { type: "NodePort", ports: given } });
const cronJob = (timeZone: string, name = "a") =>
  create("/apis/batch/v1/namespaces/{ns}/cronjobs?dryRun=All", {
    metadata: { name },
    spec: {
      schedule: "* * * * *",
      timeZone,
      jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } } } },
    },
  });

const sequences: Sequence[] = [
  ...metadata.map((fields, index) =>
    life(
      `system metadata of new objects ${index}`,
      patch("apply", `${maps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", ...fields } }),
      patch("apply", `${maps}/d?fieldManager=m&dryRun=All`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "d", ...fields } }),
      patch("apply", `${core}/pods/a?fieldManager=m`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "a", ...fields },
        spec: { containers: [{ name: "a", image: "b" }] },
      }),
      put(`${leases}/b`, { metadata: { name: "b", ...fields } }),
      put(`${leases}/d?dryRun=All`, { metadata: { name: "d", ...fields } }),
      create(leases, { metadata: { name: "b", generateName: "b-", ...fields } }),
      create(leases, { metadata: { name: "c", ...fields } }),
      merge(`${leases}/c`, { metadata: fields }),
      create(`${leases}?dryRun=All`, { metadata: { name: "c", generateName: "x-" } }),
      merge(`${maps}/a`, { metadata: { labels: { a: "b" } } }),
      get(`${leases}/b`),
      remove(`${leases}/b`),
      remove(`${maps}/a`),
      create(leases, { metadata: { name: "b", generateName: "b-" } }),
    ),
  ),
  life(
    "a PUT that makes an object of a given uid",
    put(`${leases}/u`, { metadata: { name: "u", uid: "x" } }),
    put(`${leases}/u?dryRun=All`, { metadata: { name: "u", uid: "x", resourceVersion: "5" } }),
    put(`${leases}/u`, { metadata: { name: "u", resourceVersion: "5" } }),
    put(`${core}/endpoints/u`, { metadata: { name: "u", uid: "x" } }),
    put(`${maps}/u`, { metadata: { name: "u", uid: "x" } }),
  ),
  life(
    "node ports of a service that is replaced",
    create(services, { metadata: { name: "web" }, spec: { type: "NodePort", ports: [{ port: 80 }] } }),
    ports({ port: 81 }),
    ports({ port: 81, protocol: "UDP" }),
    ports({ port: 81, name: "a" }),
    ports({ port: 81, name: "a" }, { port: 81, name: "b", protocol: "UDP" }),
    ports({ port: 82, name: "b" }, { port: 83, name: "a" }),
    ports({ port: 82, name: "b" }, { port: 83, name: "c" }, { port: 84, name: "a" }),
    ports({ port: 82, name: "a" }),
    ports({ port: 82, name: "b" }, { port: 82, name: "a", protocol: "UDP" }),
    merge(`${services}/web`, {
      spec: {
        ports: [
          { port: 82, name: "b", nodePort: 31997 },
          { port: 83, name: "c", nodePort: 31997, protocol: "UDP" },
          { port: 84, name: "a" },
        ],
      },
    }),
    ports({ port: 82, name: "b" }, { port: 83, name: "c", protocol: "UDP" }, { port: 84, name: "d", nodePort: 31997 }),
    ports({ port: 82, name: "b", nodePort: 31996 }, { port: 83, name: "c", protocol: "UDP" }),
    put(`${services}/web`, { metadata: { name: "web" }, spec: { clusterIP: "10.97.0.77", ports: [{ port: 1 }] } }),
    put(`${services}/web`, { metadata: { name: "web" }, spec: { clusterIPs: ["10.97.0.77"], ports: [{ port: 1 }] } }),
    put(`${services}/web`, { metadata: { name: "web" }, spec: { clusterIP: "None", ports: [{ port: 1 }] } }),
  ),
  ...["configmaps", "secrets"].map((kind) => {
    const all = `${core}/${kind}`;
    return life(
      `${kind} that are immutable and empty`,
      create(all, { metadata: { name: "a" }, immutable: true }),
      merge(`${all}/a`, { data: {} }),
      merge(`${all}/a`, { binaryData: {} }),
      merge(`${all}/a`, { data: {}, immutable: false }),
      merge(`${all}/a`, { data: {}, stringData: {} }),
      merge(`${all}/a`, { data: { a: "eA==" }, immutable: null }),
      put(`${all}/a`, { metadata: { name: "a", labels: {} }, data: {}, immutable: true }),
      create(all, { metadata: { name: "c" }, immutable: true, data: { a: "" } }),
      put(`${all}/c`, { metadata: { name: "c" }, immutable: true }),
      put(`${all}/c`, { metadata: { name: "c" }, immutable: true, data: {} }),
      put(`${all}/c`, { metadata: { name: "c" }, immutable: true, data: { a: "" }, type: "x" }),
    );
  }),
  life(
    "refused JSON patches that only looked at something",
    create(replicaSets, {
      metadata: { name: "r" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: {
            volumes: [{ name: "c", configMap: { name: "c", items: [{ key: "k", path: "p" }] } }],
            containers: [
              { name: "a", image: "b", volumeMounts: [{ name: "c", mountPath: "/x" }], ports: [{ name: "p", containerPort: 1 }] },
            ],
          },
        },
      },
    }),
    ...[
      [{ op: "test", path: "/spec/template/spec/containers/0/name", value: "a" }],
      [{ op: "test", path: "/spec/template/spec/containers/0/ports", value: [{ name: "p", containerPort: 1, protocol: "TCP" }] }],
      [{ op: "test", path: "/spec/template/metadata", value: { labels: { a: "b" } } }],
      [{ op: "copy", from: "/spec/template/spec/volumes/0/configMap/items/0/key", path: "/metadata/annotations" }],
      [{ op: "copy", from: "/spec/template/spec/volumes", path: "/spec/template/spec/volumes/0/configMap/items/0/mode" }],
      [{ op: "copy", from: "/spec/template", path: "/spec/template/spec/containers/0/env" }],
      [{ op: "copy", from: "/spec/template/spec/containers/0", path: "/spec/template/spec/containers/-" }],
      [{ op: "move", from: "/spec/template/spec/volumes/0/configMap/items", path: "/spec/template/spec/containers/0/args" }],
    ].map((steps) => json(`${replicaSets}/r`, [...steps, { op: "add", path: "/spec/replicas", value: "many" }])),
  ),
  life(
    "statuses of services that aren't there",
    put(`${services}/a/status`, {
      metadata: { name: "a" },
      spec: { ports: [{ port: 80 }], type: "NodePort" },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.4" }] } },
    }),
    get(`${services}/a`),
    put(`${services}/b/status`, { metadata: { name: "b" }, status: {} }),
    put(`${services}/b/status`, { metadata: { name: "b" }, spec: { ports: [{ port: 80 }], externalIPs: ["010.0.0.1"] } }),
    put(`${services}/c/status?dryRun=All`, { metadata: { name: "c" }, spec: { ports: [{ port: 80 }] } }),
    serverSide(`${services}/d/status`, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "d" },
      spec: { ports: [{ port: 80 }] },
      status: { conditions: [{ type: "a", status: "True", reason: "r", message: "", lastTransitionTime: null }] },
    }),
    serverSide(`${services}/e/status`, { apiVersion: "v1", kind: "Service", metadata: { name: "e" }, status: {} }),
    merge(`${services}/e/status`, { spec: { ports: [{ port: 80 }] } }),
    put(`${core}/replicationcontrollers/e/status`, { metadata: { name: "e" }, spec: {} }),
    remove(`${services}/d`),
  ),
  life(
    "revisions of what isn't there",
    ...["0", "7", "zz", "-1", "", "99999999999999999999"].flatMap((resourceVersion, index) => [
      create(`${maps}?dryRun=All`, { metadata: { name: "a", resourceVersion } }),
      create(maps, { metadata: { name: `a${index}`, resourceVersion } }),
      put(`${leases}/b?dryRun=All`, { metadata: { name: "b", resourceVersion } }),
      put(`${leases}/b${index}`, { metadata: { name: `b${index}`, resourceVersion } }),
      serverSide(`${maps}/c`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", resourceVersion } }, "&dryRun=All"),
      serverSide(`${maps}/c`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", resourceVersion } }, "&dryRun=All", {
        accept: "application/json;as=Table;g=meta.k8s.io;v=v1",
      }),
      serverSide(`${maps}/c${index}`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `c${index}`, resourceVersion } }),
    ]),
  ),
  life(
    "revisions of a kind that must tell them",
    create(budgets, { metadata: { name: "a" }, spec: { maxUnavailable: 1 } }),
    ...["0", "", "00", "1", "x", null].flatMap((resourceVersion) => [
      merge(`${budgets}/a`, { metadata: { resourceVersion } }),
      strategic(`${budgets}/a`, { metadata: { resourceVersion }, spec: { maxUnavailable: 2 } }),
      serverSide(`${budgets}/a`, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "a", resourceVersion } }),
      put(`${budgets}/a`, { metadata: { name: "a", resourceVersion }, spec: { maxUnavailable: 3 } }),
      merge(`${budgets}/a/status`, { metadata: { resourceVersion } }),
      serverSide(`${budgets}/a/status`, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "a", resourceVersion } }),
    ]),
  ),
  life(
    "an autoscaler's status that says the same again in the old version",
    create(scalers("v1"), {
      metadata: { name: "a" },
      spec: {
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      },
    }),
    merge(`${scalers("v1")}/a/status`, { status: { currentReplicas: 5, currentCPUUtilizationPercentage: 1 } }),
    merge(`${scalers("v1")}/a/status`, { status: { currentReplicas: 5, currentCPUUtilizationPercentage: 1 } }),
    merge(`${scalers("v1")}/a/status`, { status: { currentReplicas: 5, currentCPUUtilizationPercentage: 1 } }),
    merge(`${scalers("v1")}/a`, { metadata: { labels: null } }),
    merge(`${scalers("v2")}/a`, { metadata: { labels: null } }),
    merge(`${scalers("v2")}/a/status`, { status: { currentReplicas: 5 } }),
    merge(`${scalers("v1")}/a`, { metadata: { labels: null } }),
    get(`${scalers("v2")}/a`),
  ),
  life(
    "grace periods of what is going",
    create(`${core}/pods`, { metadata: { name: "p" }, spec: { nodeName: "n", containers: [{ name: "a", image: "b" }] } }),
    remove(`${core}/pods/p`),
    merge(`${core}/pods/p`, { metadata: { deletionGracePeriodSeconds: 5 } }),
    merge(`${core}/pods/p`, { metadata: { deletionGracePeriodSeconds: null } }),
    merge(`${core}/pods/p`, { metadata: { deletionGracePeriodSeconds: 0, labels: { a: "b" } } }),
    merge(`${core}/pods/p`, { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" } }),
    merge(`${core}/pods/p`, { metadata: { deletionTimestamp: null } }),
    merge(`${core}/pods/p/status`, { metadata: { deletionGracePeriodSeconds: 5 } }),
    put(`${core}/pods/p/status`, { metadata: { name: "p" }, status: { phase: "Running" } }),
    create(maps, { metadata: { name: "m", finalizers: ["a.b/c"] } }),
    remove(`${maps}/m`),
    merge(`${maps}/m`, { metadata: { deletionGracePeriodSeconds: 5 } }),
    merge(`${maps}/m`, { metadata: { deletionGracePeriodSeconds: 0 } }),
    put(`${maps}/m`, { metadata: { name: "m" }, data: { a: "b" } }),
    serverSide(`${maps}/n`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "n", deletionGracePeriodSeconds: 7 } }),
    put(`${maps}/n`, { metadata: { name: "n" }, data: { a: "b" } }),
    put(`${maps}/n`, { metadata: { name: "n", deletionGracePeriodSeconds: 8 }, data: { a: "b" } }),
    serverSide(`${maps}/n`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "n" } }),
    merge(`${maps}/n`, { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" } }),
    remove(`${maps}/n`),
  ),
  life(
    "refused strategic patches with directives",
    create(maps, { metadata: { name: "m", labels: { a: "b" } }, data: { x: "y" } }),
    strategic(`${maps}/m`, { metadata: { $patch: "delete", labels: { c: "d" } }, data: { a: 5 } }),
    strategic(`${maps}/m`, { metadata: { labels: { $patch: "delete", c: "d" } }, data: { a: 5 } }),
    strategic(`${maps}/m`, { metadata: { labels: { $patch: "replace", c: "d" } }, data: { a: 5 } }),
    strategic(`${maps}/m`, { metadata: { labels: { $patch: "merge", c: null } }, data: { a: 5 } }),
    strategic(`${maps}/m`, { metadata: { labels: { $patch: "delete" } } }),
    strategic(`${maps}/m`, { data: { $patch: "replace", a: "b" } }),
    strategic(`${maps}/m`, { data: { $retainKeys: ["a"], z: "q" } }),
    strategic(`${maps}/m`, { binaryData: { c: null, d: "AA==" } }),
  ),
  life(
    "what was stored without a default",
    ...["", "/status"].flatMap((subresource) => [
      create("/api/v1/nodes", { metadata: { name: `n${subresource.slice(1)}-{u}` }, status: { capacity: { cpu: "1" } } }),
      put(`/api/v1/nodes/n${subresource.slice(1)}-{u}/status`, {
        metadata: { name: `n${subresource.slice(1)}-{u}` },
        status: { capacity: { cpu: "1" }, allocatable: {} },
      }),
      merge(`/api/v1/nodes/n${subresource.slice(1)}-{u}${subresource}`, { metadata: { labels: null } }),
      merge(`/api/v1/nodes/n${subresource.slice(1)}-{u}${subresource}`, { metadata: { labels: null } }),
    ]),
  ),
  life(
    "names of time zones",
    ...["Europe/Berlin", "europe/berlin", "EUROPE/BERLIN", "Europe/berlin", "utc", "UTC", "Etc/UTC", "etc/utc", "EST", "est", "GMT+0"].map(
      (zone) => cronJob(zone),
    ),
    ...["Asia/Kolkata", "Asia/Calcutta", "ASIA/CALCUTTA", "asia/kolkata", "US/Pacific", "Etc/GMT+5", "+01:00", "PST", "Local", "local"].map(
      (zone) => cronJob(zone),
    ),
    ...[
      "America/Port-au-Prince",
      "Australia/NSW",
      "Zulu",
      "zulu",
      "W-SU",
      "GB-Eire",
      "../UTC",
      "/UTC",
      "Europe/",

      "Mars/Base",
    ].map((zone) => cronJob(zone)),
  ),
];

export default sequences;
