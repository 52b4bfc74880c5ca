import { edit, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

/** Lists that merge, owners of fields, generations, and what metadata may say, over many kinds. */
const ns = "/api/v1/namespaces/{ns}";
const configMaps = `${ns}/configmaps`;
const pods = `${ns}/pods`;
const services = `${ns}/services`;
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const jobs = "/apis/batch/v1/namespaces/{ns}/jobs";
const scalers = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const container = { name: "c", image: "i" };
const template = (more: object = {}) => ({ metadata: { labels: { a: "b" } }, spec: { containers: [container], ...more } });
const deployment = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { a: "b" } }, template: template(), ...spec },
});
const apply = (path: string, manager: string, apiVersion: string, kind: string, body: object, more = ""): Request =>
  patch("apply", `${path}?fieldManager=${manager}${more}`, { apiVersion, kind, metadata: { name: path.split("/").at(-1) }, ...body });
const generationOf = (body: unknown) => {
  const { metadata, message } = body as { metadata?: { generation?: number; resourceVersion?: string }; message?: string };
  return message ?? { generation: metadata?.generation ?? null, resourceVersion: metadata?.resourceVersion };
};
const quick = { pick: generationOf };
/** Which writes of a kind count. */
type Named = Readonly<Record<string, unknown>> & { metadata: { name: string } };
const counted = (name: string, path: string, object: Named, spec: object, status: object): Sequence => {
  const at = `${path}/${object.metadata.name}`;
  const merged = (where: string, body: object) => patch("merge", where, body, quick);
  return {
    name: `generations of ${name}`,
    alone: !path.includes("{ns}"),
    steps: [
      create(path, object, quick),
      merged(at, { metadata: { labels: { a: "b" } } }),
      merged(at, { metadata: { annotations: { a: "b" } } }),
      merged(at, spec),
      merged(at, spec),
      merged(`${at}/status`, { status }),
      merged(at, { status: {} }),
      merged(at, { metadata: { generation: 99 } }),
      merged(at, { metadata: { finalizers: ["example.com/x"] } }),
      patch("apply", `${at}?fieldManager=m&force=true`, { ...object, ...spec, apiVersion: apiVersionOf(path), kind: name }, quick),
      remove(`${at}?gracePeriodSeconds=0`, undefined, { pick: (body) => (body as { kind: string }).kind }),
      merged(at, spec),
      merged(at, { metadata: { labels: { late: "x" } } }),
      get(at, quick),
      merged(at, { metadata: { finalizers: null } }),
      get(at, quick),
    ],
  };
};
function apiVersionOf(path: string): string {
  const [, root, one = "", two = ""] = path.split("/");
  return root === "api" ? one : `${one}/${two}`;
}
const rich = {
  containers: [
    {
      name: "a",
      image: "i",
      ports: [
        { containerPort: 80, name: "http" },
        { containerPort: 53, protocol: "UDP" },
      ],
      env: [
        { name: "X", value: "1" },
        { name: "Y", value: "2" },
      ],
      volumeMounts: [{ name: "v", mountPath: "/v" }],
    },
    { name: "b", image: "j" },
  ],
  initContainers: [{ name: "init", image: "k" }],
  volumes: [
    { name: "v", emptyDir: {} },
    { name: "w", configMap: { name: "m" } },
  ],
  tolerations: [{ key: "t", operator: "Exists" }],
  imagePullSecrets: [{ name: "s" }],
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { a: "b" } } },
  ],
};
const specOf = (body: unknown) =>
  (body as { spec?: { template?: { spec: unknown } }; message?: string }).message ??
  (body as { spec: { template: { spec: unknown } } }).spec?.template?.spec;
const merging = (spec: object): Request => patch("strategic", `${deployments}/d`, { spec: { template: { spec } } }, { pick: specOf });

const sequences: Sequence[] = [
  life(
    "strategic merges in a template",
    create(deployments, deployment("d", { template: template(rich) }), { pick: specOf }),
    merging({ containers: [{ name: "a", ports: [{ containerPort: 80, name: "web" }] }] }),
    merging({ containers: [{ name: "a", ports: [{ containerPort: 53, protocol: "TCP" }] }] }),
    merging({
      containers: [
        {
          name: "a",
          env: [
            { name: "X", $patch: "delete" },
            { name: "Z", value: "3" },
          ],
        },
      ],
    }),
    merging({ containers: [{ name: "a", env: [{ name: "Y", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }] }),
    merging({ containers: [{ name: "a", env: [{ name: "Y", value: null, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }] }),
    merging({ containers: [{ name: "a", env: [{ $patch: "replace" }, { name: "ONLY", value: "1" }] }] }),
    merging({
      containers: [
        {
          name: "a",
          volumeMounts: [
            { mountPath: "/w", name: "w" },
            { mountPath: "/v", $patch: "delete" },
          ],
        },
      ],
    }),
    merging({ "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] }),
    merging({ "$setElementOrder/containers": [{ name: "b" }] }),
    merging({ "$setElementOrder/containers": [{ name: "b" }, { name: "none" }], containers: [{ name: "b", image: "z" }] }),
    merging({ containers: [{ name: "c" }] }),
    merging({ containers: [{ image: "nameless" }] }),
    merging({
      containers: [
        { name: "b", $patch: "delete" },
        { name: "none", $patch: "delete" },
      ],
    }),
    merging({ containers: [{ name: "a", $patch: "explode" }] }),
    merging({ containers: null }),
    merging({ volumes: [{ name: "v", emptyDir: null, secret: { secretName: "s" } }] }),
    merging({ volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] }),
    merging({ volumes: [{ name: "x", emptyDir: { medium: "Memory" } }], $retainKeys: ["volumes", "containers"] }),
    merging({ tolerations: [{ key: "u", operator: "Exists" }] }),
    merging({ imagePullSecrets: [{ name: "t" }], hostAliases: [{ ip: "10.0.0.1", hostnames: ["b"] }, { ip: "10.0.0.2" }] }),
    merging({ topologySpreadConstraints: [{ topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", maxSkew: 2 }] }),
    merging({ topologySpreadConstraints: [{ topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway", maxSkew: 3 }] }),
    merging({ initContainers: [{ name: "init", $patch: "delete" }] }),
    merging({ nodeSelector: { a: "b" } }),
    merging({ nodeSelector: { $patch: "replace", c: "d" } }),
    merging({ nodeSelector: { c: null } }),
    merging({ securityContext: { runAsUser: 5, sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] } }),
    merging({ securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced", value: "0" }] } }),
    merging({
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "x", labelSelector: {} } }],
        },
      },
    }),
    merging({
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 2, podAffinityTerm: { topologyKey: "y", labelSelector: {} } }],
        },
      },
    }),
    merging({ $patch: "replace", containers: [container] }),
    merging({ $patch: "delete" }),
    strategic(`${deployments}/d`, { spec: { strategy: { type: "Recreate" } } }),
    strategic(`${deployments}/d`, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
    strategic(`${deployments}/d`, {
      metadata: { finalizers: ["example.com/a"], "$deleteFromPrimitiveList/finalizers": ["example.com/b"] },
    }),
    strategic(`${deployments}/d`, {
      metadata: { finalizers: ["example.com/b"], "$setElementOrder/finalizers": ["example.com/b", "example.com/a"] },
    }),
    strategic(`${deployments}/d`, { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a", "example.com/b"] } }),
    strategic(`${deployments}/d`, {
      metadata: {
        ownerReferences: [
          { apiVersion: "v1", kind: "X", name: "x", uid: "1" },
          { apiVersion: "v1", kind: "Y", name: "y", uid: "2" },
        ],
      },
    }),
    strategic(`${deployments}/d`, {
      metadata: {
        ownerReferences: [
          { uid: "1", $patch: "delete" },
          { uid: "2", controller: true },
        ],
      },
    }),
  ),
  life(
    "owners of fields of a service",
    apply(`${services}/s`, "a", "v1", "Service", { spec: { ports: [{ port: 80, name: "http" }], selector: { a: "b" } } }),
    apply(`${services}/s`, "b", "v1", "Service", { spec: { ports: [{ port: 443, name: "https" }] } }),
    apply(`${services}/s`, "b", "v1", "Service", {
      spec: {
        ports: [
          { port: 443, name: "https" },
          { port: 80, name: "web" },
        ],
      },
    }),
    apply(`${services}/s`, "b", "v1", "Service", {
      spec: {
        ports: [
          { port: 443, protocol: "TCP", name: "https" },
          { port: 80, protocol: "TCP", name: "web" },
        ],
      },
    }),
    apply(`${services}/s`, "b", "v1", "Service", { spec: { ports: [{ port: 80, protocol: "TCP", name: "web" }] } }, "&force=true"),
    apply(`${services}/s`, "a", "v1", "Service", { spec: { selector: { c: "d" } } }),
    apply(`${services}/s`, "a", "v1", "Service", { spec: { type: "NodePort", externalTrafficPolicy: "Local", selector: { c: "d" } } }),
    apply(`${services}/s`, "a", "v1", "Service", { spec: { type: "ClusterIP", selector: { c: "d" } } }),
    merge(`${services}/s?fieldManager=c`, { spec: { sessionAffinity: "ClientIP" } }),
    apply(`${services}/s`, "a", "v1", "Service", { spec: { sessionAffinity: "None" } }),
    apply(`${services}/s`, "a", "v1", "Service", {}),
    get(`${services}/s`),
  ),
  life(
    "owners of fields of a pod, a job and an autoscaler",
    apply(`${pods}/p`, "a", "v1", "Pod", {
      metadata: { name: "p", labels: { x: "y" }, annotations: { n: "1" } },
      spec: { containers: [{ name: "c", image: "i", env: [{ name: "A", value: "1" }] }] },
    }),
    apply(`${pods}/p`, "b", "v1", "Pod", { metadata: { name: "p", labels: { x: "y", z: "1" } } }),
    apply(`${pods}/p`, "b", "v1", "Pod", { metadata: { name: "p", labels: { x: "w" } } }),
    apply(`${pods}/p`, "a", "v1", "Pod", { metadata: { name: "p", labels: null }, spec: { containers: [{ name: "c", image: "i:2" }] } }),
    apply(`${pods}/p`, "a", "v1", "Pod", {
      metadata: { name: "p", finalizers: ["example.com/x"] },
      spec: { containers: [{ name: "c", image: "i:2", env: [{ name: "A", value: "1" }] }] },
    }),
    apply(`${pods}/p`, "a", "v1", "Pod", {
      spec: { containers: [{ name: "c", image: "i:2", env: [{ name: "A", value: "1" }] }], tolerations: [{ key: "x" }] },
    }),
    apply(`${pods}/p`, "a", "v1", "Pod", {
      spec: { containers: [{ name: "c", image: "i:2", ports: [{ containerPort: 1 }, { containerPort: 1 }] }] },
    }),
    apply(`${jobs}/j`, "a", "batch/v1", "Job", {
      spec: { template: { spec: { restartPolicy: "Never", containers: [container] } }, suspend: true },
    }),
    apply(`${jobs}/j`, "a", "batch/v1", "Job", { spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } }),
    apply(`${jobs}/j`, "b", "batch/v1", "Job", { spec: { parallelism: 2, backoffLimit: 3 } }),
    apply(`${scalers}/h`, "a", "autoscaling/v2", "HorizontalPodAutoscaler", {
      spec: {
        scaleTargetRef: { kind: "D", name: "d" },
        maxReplicas: 3,
        metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 5 } } }],
      },
    }),
    patch("apply", `${scalers.replace("v2", "v1")}/h?fieldManager=b`, {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h" },
      spec: { targetCPUUtilizationPercentage: 7 },
    }),
    patch("apply", `${scalers.replace("v2", "v1")}/h?fieldManager=b&force=true`, {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h" },
      spec: { targetCPUUtilizationPercentage: 7, minReplicas: 2 },
    }),
    apply(`${scalers}/h`, "a", "autoscaling/v2", "HorizontalPodAutoscaler", {
      spec: { scaleTargetRef: { kind: "D", name: "d" }, maxReplicas: 4 },
    }),
    get(`${scalers.replace("v2", "v1")}/h`),
  ),
  counted("Deployment", deployments, deployment("d"), { spec: { replicas: 3 } }, { replicas: 1 }),
  counted(
    "StatefulSet",
    "/apis/apps/v1/namespaces/{ns}/statefulsets",
    { ...deployment("s"), spec: { ...deployment("s").spec, serviceName: "x" } },
    { spec: { replicas: 3 } },
    { replicas: 1 },
  ),
  counted("DaemonSet", "/apis/apps/v1/namespaces/{ns}/daemonsets", deployment("e"), { spec: { minReadySeconds: 3 } }, { numberReady: 1 }),
  counted("ReplicaSet", "/apis/apps/v1/namespaces/{ns}/replicasets", deployment("r"), { spec: { replicas: 3 } }, { replicas: 1 }),
  counted(
    "Job",
    jobs,
    { metadata: { name: "j" }, spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } },
    { spec: { parallelism: 3 } },
    { active: 1 },
  ),
  counted(
    "CronJob",
    "/apis/batch/v1/namespaces/{ns}/cronjobs",
    {
      metadata: { name: "c" },
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } } },
    },
    { spec: { suspend: true } },
    { lastScheduleTime: "2024-01-01T00:00:00Z" },
  ),
  counted(
    "Pod",
    pods,
    { metadata: { name: "p" }, spec: { containers: [container] } },
    { spec: { activeDeadlineSeconds: 5 } },
    { phase: "Running" },
  ),
  counted(
    "Service",
    services,
    { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } },
    { spec: { selector: { a: "b" } } },
    { loadBalancer: {} },
  ),
  counted(
    "Ingress",
    "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
    { metadata: { name: "i" }, spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } },
    { spec: { ingressClassName: "x" } },
    { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } },
  ),
  counted(
    "NetworkPolicy",
    "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies",
    { metadata: { name: "n" }, spec: { podSelector: {} } },
    { spec: { policyTypes: ["Egress"] } },
    {},
  ),
  counted(
    "PodDisruptionBudget",
    "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets",
    { metadata: { name: "b" }, spec: { minAvailable: 1 } },
    { spec: { minAvailable: 2 } },
    { currentHealthy: 1 },
  ),
  counted(
    "HorizontalPodAutoscaler",
    scalers,
    { metadata: { name: "h" }, spec: { scaleTargetRef: { kind: "D", name: "d" }, maxReplicas: 3 } },
    { spec: { maxReplicas: 4 } },
    { currentReplicas: 1, desiredReplicas: 1 },
  ),
  counted(
    "ReplicationController",
    `${ns}/replicationcontrollers`,
    { metadata: { name: "rc" }, spec: { selector: { a: "b" }, template: template() } },
    { spec: { replicas: 2 } },
    { replicas: 1 },
  ),
  counted(
    "ResourceQuota",
    `${ns}/resourcequotas`,
    { metadata: { name: "q" }, spec: { hard: { pods: "50" } } },
    { spec: { hard: { pods: "60" } } },
    { hard: { pods: "60" } },
  ),
  counted(
    "PersistentVolumeClaim",
    `${ns}/persistentvolumeclaims`,
    { metadata: { name: "v" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    { metadata: { labels: { z: "z" } } },
    { phase: "Bound" },
  ),
  counted(
    "Lease",
    "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
    { metadata: { name: "l" }, spec: {} },
    { spec: { holderIdentity: "x" } },
    {},
  ),
  counted(
    "EndpointSlice",
    "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices",
    { metadata: { name: "x" }, addressType: "IPv4", endpoints: [], ports: [] },
    { endpoints: [{ addresses: ["10.0.0.1"] }] },
    {},
  ),
  counted(
    "ServiceCIDR",
    "/apis/networking.k8s.io/v1/servicecidrs",
    { metadata: { name: "cidr-{u}" }, spec: { cidrs: ["192.0.2.0/28"] } },
    { metadata: { labels: { z: "z" } } },
    { conditions: [] },
  ),
  life(
    "metadata with faults",
    ...[
      { labels: { "": "x" } },
      { labels: { "a/b/c": "x" } },
      { labels: { "-a": "y" } },
      { labels: { "A.b/c_d": "z" } },
      { labels: { a: "x".repeat(64) } },
      { labels: { ["a".repeat(64)]: "x" } },
      { labels: { [`${"a".repeat(254)}/b`]: "x" } },
      { labels: { a: null } },
      { annotations: { "a b": "x" } },
      { annotations: { "UPPER.case/Name": "x" } },
      { annotations: { a: "x".repeat(262145) } },
      { finalizers: ["a"] },
      { finalizers: ["example.com/a", "example.com/a"] },
      { finalizers: ["", "a b/c", "example.com/"] },
      { finalizers: ["orphan", "foregroundDeletion"] },
      { finalizers: ["orphan"] },
      { ownerReferences: [{}] },
      {
        ownerReferences: [
          { apiVersion: "v1", kind: "Pod", name: "p", uid: "u", controller: true },
          { apiVersion: "v1", kind: "Pod", name: "q", uid: "w", controller: true },
        ],
      },
      { ownerReferences: [{ apiVersion: "a/b/c", kind: "Pod", name: "p", uid: "u" }] },
      { ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "p", uid: "u" }] },
      {
        ownerReferences: [
          { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
          { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
        ],
      },
      { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u", blockOwnerDeletion: "yes" }] },
      { generation: -1 },
      { deletionGracePeriodSeconds: 5, deletionTimestamp: "2024-01-01T00:00:00Z" },
      { resourceVersion: "x" },
      { uid: "own" },
      { selfLink: "/x", creationTimestamp: null, clusterName: "c" },
      { managedFields: [{ manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV2" }] },
      { managedFields: [{ manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "x:y": {} } }] },
      { managedFields: [{ manager: "x".repeat(129), operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }] },
      { managedFields: "x" },
    ].map((metadata, index) =>
      create(
        configMaps,
        { metadata: { name: `m${index}`, ...metadata } },
        {
          pick: (body) => {
            const { message, metadata: own } = body as { message?: string; metadata?: unknown };
            return message === undefined ? own : message.slice(0, 1500);
          },
        },
      ),
    ),
    create(configMaps, { metadata: { name: "u" } }),
    merge(`${configMaps}/u`, { metadata: { labels: { a: "b c" }, annotations: { "x y": "" }, finalizers: ["z"] } }),
    merge(`${configMaps}/u`, {
      metadata: {
        ownerReferences: [
          { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
          { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" },
        ],
      },
    }),
    merge(`${configMaps}/u`, { metadata: { finalizers: ["example.com/a"] } }),
    remove(`${configMaps}/u`),
    merge(`${configMaps}/u`, { metadata: { finalizers: ["example.com/a", "example.com/b"] } }),
    merge(`${configMaps}/u`, { metadata: { deletionTimestamp: null } }),
    merge(`${configMaps}/u`, { data: { still: "here" } }),
    remove(`${configMaps}/u?propagationPolicy=Foreground`),
    get(`${configMaps}/u`),
    create(configMaps, { metadata: { name: "u" } }),
    put(`${configMaps}/u`, { metadata: { name: "u" } }),
    get(`${configMaps}/u`),
  ),
  life(
    "deletes of a collection, with what stays",
    create(configMaps, { metadata: { name: "a", labels: { x: "1" } } }),
    create(configMaps, { metadata: { name: "b", labels: { x: "1" }, finalizers: ["example.com/a"] } }),
    create(configMaps, { metadata: { name: "c" } }),
    remove(`${configMaps}?labelSelector=x&propagationPolicy=Orphan`),
    get(configMaps),
    remove(configMaps, { propagationPolicy: "Background", dryRun: ["All"] }),
    remove(configMaps, { gracePeriodSeconds: 5, preconditions: { resourceVersion: "1" } }),
    remove(`${configMaps}?fieldSelector=metadata.name!%3Dc`),
    remove(`${configMaps}?uid=x`),
    remove(`${configMaps}/c?uid=x`),
    remove(`${configMaps}/c?resourceVersion=1`),
    remove(`${configMaps}?gracePeriodSeconds=-1`),
    merge(`${configMaps}/b`, { metadata: { finalizers: [] } }),
    get(configMaps),
    remove(configMaps),
    remove(`${configMaps}?labelSelector=(`),
    remove(`${configMaps}?limit=x`),
  ),
  life(
    "users other than the administrator",
    ...(
      [
        "nobody",
        { name: "system:anonymous", groups: ["system:unauthenticated"] },
        { name: "system:serviceaccount:{ns}:default", groups: ["system:serviceaccounts", "system:authenticated"] },
        { name: "x", groups: ["system:masters"] },
      ] as const
    ).flatMap((user): Step[] => [
      { ...get(configMaps), user },
      { ...get(`${configMaps}/a`), user },
      { ...create(configMaps, { metadata: { name: "a" } }), user },
      { ...create(`${pods}/a/exec`, {}), user },
      { ...get("/api/v1/nodes?labelSelector=none%3D{u}"), user },
      { ...get("/apis/nothing/v1/things"), user },
      { ...get("/api/v1/nothings"), user },
      { ...remove(configMaps), user },
      { ...patch("apply", `${configMaps}/b?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } }), user },
      { ...put(`${configMaps}/c`, { metadata: { name: "c" } }), user },
      { ...get("/healthz"), user },
      { ...get("/api"), user },
      { ...get("/apis/apps/v1"), user, pick: () => "" },
    ]),
    { ...get(configMaps), user: null },
    { ...create(configMaps, {}), user: null },
    get(configMaps, { headers: { authorization: "Bearer nonsense" } }),
    get(configMaps, { headers: { authorization: "Basic YWRtaW46YWRtaW4=" } }),
    get(configMaps, { headers: { authorization: "bearer admintoken" } }),
    get(configMaps, { headers: { authorization: "Bearer" } }),
    get(configMaps, { headers: { "impersonate-group": "x" } }),
    get(configMaps, { headers: { "impersonate-user": "", "impersonate-uid": "1" } }),
    get(configMaps, { headers: { "impersonate-user": "a", "impersonate-extra-": "x" } }),
  ),
  life(
    "rows of tables",
    create(deployments, deployment("d", { replicas: 2, template: template({ containers: [container, { name: "e", image: "j" }] }) })),
    table(deployments),
    create(jobs, {
      metadata: { name: "j" },
      spec: { completions: 3, parallelism: 2, suspend: true, template: { spec: { restartPolicy: "Never", containers: [container] } } },
    }),
    table(jobs),
    create("/apis/batch/v1/namespaces/{ns}/cronjobs", {
      metadata: { name: "c" },
      spec: {
        schedule: "@hourly",
        timeZone: "Europe/Berlin",
        suspend: true,
        jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [container] } } } },
      },
    }),
    table("/apis/batch/v1/namespaces/{ns}/cronjobs"),
    create(scalers, {
      metadata: { name: "h" },
      spec: {
        scaleTargetRef: { kind: "Deployment", name: "d" },
        maxReplicas: 3,
        metrics: [
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "5Gi" } } },
          { type: "External", external: { metric: { name: "q" }, target: { type: "Value", value: "3" } } },
        ],
      },
    }),
    table(scalers),
    table(scalers.replace("v2", "v1")),
    create(`${ns}/persistentvolumeclaims`, {
      metadata: { name: "v" },
      spec: {
        accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        storageClassName: "fast",
        volumeMode: "Block",
        resources: { requests: { storage: "1Gi" } },
      },
    }),
    table(`${ns}/persistentvolumeclaims`),
    create("/api/v1/persistentvolumes", {
      metadata: { name: "v-{u}" },
      spec: {
        accessModes: ["ReadWriteMany"],
        capacity: { storage: "1024Mi" },
        hostPath: { path: "/x" },
        claimRef: { namespace: "a", name: "b" },
        persistentVolumeReclaimPolicy: "Recycle",
      },
    }),
    table("/api/v1/persistentvolumes/v-{u}"),
    create(`${ns}/replicationcontrollers`, { metadata: { name: "rc" }, spec: { selector: { a: "b" }, template: template() } }),
    table(`${ns}/replicationcontrollers`),
    create(`${ns}/podtemplates`, { metadata: { name: "t" }, template: template() }),
    table(`${ns}/podtemplates`),
    create("/apis/storage.k8s.io/v1/storageclasses", {
      metadata: { name: "s-{u}", annotations: { "storageclass.kubernetes.io/is-default-class": "false" } },
      provisioner: "p.example.com",
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
    }),
    table("/apis/storage.k8s.io/v1/storageclasses/s-{u}"),
    table(`${ns}/serviceaccounts`),
    table("/api/v1/namespaces/{ns}"),
    get(`${deployments}/d?includeObject=Object`, {
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
      pick: (body) => (body as { rows: { object: { kind: string } }[] }).rows?.map(({ object }) => object.kind),
    }),
    get(`${deployments}/d?includeObject=Odd`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    get(`${deployments}?includeObject=None&limit=1`, {
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
      pick: (body) => (body as { rows: unknown }).rows,
    }),
    create(
      `${configMaps}?dryRun=All`,
      { metadata: { name: "x" } },
      {
        headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
        pick: (body) => (body as { rows: { cells: unknown }[] }).rows,
      },
    ),
    edit(`${deployments}/d`, (object) => {
      object.spec.paused = true;
    }),
  ),
  life(
    "JSON patches in corners",
    create(configMaps, { metadata: { name: "a", labels: { "x/y": "1" } }, data: { "a.b": "1", "~": "no" } }),
    create(configMaps, { metadata: { name: "a", labels: { "x/y": "1" } }, data: { "a.b": "1" } }),
    ...[
      [{ op: "replace", path: "/metadata/labels/x~1y", value: "2" }],
      [{ op: "remove", path: "/metadata/labels/x~1y" }],
      [{ op: "add", path: "/metadata/labels", value: { k: "v" } }],
      [{ op: "add", path: "/metadata/annotations/new", value: "v" }],
      [{ op: "add", path: "", value: { metadata: { name: "a" }, data: { whole: "1" } } }],
      [{ op: "replace", path: "", value: {} }],
      [{ op: "test", path: "/data", value: { whole: "1" } }],
      [
        { op: "test", path: "/data/whole", value: "1" },
        { op: "replace", path: "/data/whole", value: "2" },
      ],
      [{ op: "test", path: "/data/none", value: null }],
      [{ op: "test", path: "/data/none" }],
      [{ op: "add", path: "/data/x", value: null }],
      [{ op: "add", path: "/data/x" }],
      [{ op: "copy", from: "/data", path: "/data/inner" }],
      [{ op: "copy", from: "/data", path: "/binaryData" }],
      [{ op: "move", from: "/data/whole", path: "/data/moved" }],
      [{ op: "move", from: "/data", path: "/data/inside" }],
      [
        { op: "remove", path: "/data/moved" },
        { op: "remove", path: "/data/moved" },
      ],
      [{ op: "remove", path: "/kind" }],
      [{ op: "replace", path: "/apiVersion", value: "v2" }],
      [{ op: "add", path: "/metadata/finalizers/-", value: "example.com/x" }],
      [
        { op: "add", path: "/metadata/finalizers", value: [] },
        { op: "add", path: "/metadata/finalizers/0", value: "example.com/x" },
        { op: "add", path: "/metadata/finalizers/5", value: "example.com/y" },
      ],
      [{ op: "add", path: "/metadata/finalizers/-1", value: "example.com/y" }],
      [{ op: "Add", path: "/data/x", value: "1" }],
      [{ OP: "add", path: "/data/x", value: "1" }],
      [{ op: "add", path: 5, value: "1" }],
      ["x"],
      [null],
    ].map((operations) => json(`${configMaps}/a`, operations)),
    json(
      `${configMaps}/a`,
      Array.from({ length: 10001 }, () => ({ op: "test", path: "/kind", value: "ConfigMap" })),
    ),
  ),
];

export default sequences;
