import { damaged, damagedCreates, damagedUpdates, of } from "../damages.ts";
import { type Answer, create, get, patch, put, type Sequence, type Step } from "../sequences.ts";

const container = { name: "a", image: "b" };
const labels = { a: "b" };
const limits = [{ resourceName: "memory", restartPolicy: "RestartContainer" }];
const template = { metadata: { name: "p" }, template: { metadata: { labels }, spec: { containers: [container], restartPolicy: "Never" } } };
const devices = [{ name: "v", devicePath: "/dev/x" }];
const keys = { topologyKey: "a", matchLabelKeys: ["ä", "b"], mismatchLabelKeys: ["b"] };
const spec = "template.spec";

const templates = damagedCreates(
  "/api/v1/namespaces/{ns}/podtemplates",
  template,
  [
    ...["Always", "OnFailure", "Never", "In", undefined].flatMap((restartPolicy) => [
      [`${spec}.initContainers`, [{ name: "i", image: "b", resizePolicy: limits, restartPolicy }]] as const,
      [`${spec}.containers`, [{ ...container, resizePolicy: limits, restartPolicy }]] as const,
    ]),
    ...["x".repeat(254), "X".repeat(70), "ä".repeat(40)].map((name) => [`${spec}.hostnameOverride`, name] as const),
    [
      `${spec}.ephemeralContainers`,
      [{ ...container, env: [{ name: "A", valueFrom: { fileKeyRef: { key: "A", path: "a", volumeName: "no" } } }] }],
    ],
    [`${spec}.ephemeralContainers`, [{ ...container, lifecycle: { stopSignal: "SIGHUP" } }]],
    [
      `${spec}.topologySpreadConstraints`,
      [{ maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule", matchLabelKeys: ["ä", "ä"] }],
    ],
    [`${spec}.affinity`, { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [keys] } }],
    [`${spec}.affinity`, { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, podAffinityTerm: keys }] } }],
  ],
  [
    [
      [`${spec}.hostUsers`, false],
      [`${spec}.hostPID`, true],
      [`${spec}.initContainers`, [{ name: "i", image: "b", volumeDevices: devices }]],
      [`${spec}.containers`, [{ ...container, volumeDevices: devices }]],
      [`${spec}.volumes`, [{ name: "v", persistentVolumeClaim: { claimName: "x" } }]],
    ],
  ],
);

const rolling = {
  metadata: { name: "d" },
  spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
};
const daemonSets = damagedCreates("/apis/apps/v1/namespaces/{ns}/daemonsets", rolling, [
  ["spec.updateStrategy", { type: "OnDelete", rollingUpdate: {} }],
  ["spec.updateStrategy", { type: "OnDelete", rollingUpdate: { maxSurge: 1 } }],
  ["spec.updateStrategy", { rollingUpdate: { maxSurge: "-1", maxUnavailable: 0 } }],
  ["spec.updateStrategy", { rollingUpdate: { maxSurge: "3", maxUnavailable: "2" } }],
  ["spec.updateStrategy", { rollingUpdate: { maxSurge: "0", maxUnavailable: "x" } }],
]);
const deployments = damagedCreates("/apis/apps/v1/namespaces/{ns}/deployments", rolling, [
  ["spec.strategy", { rollingUpdate: { maxSurge: "-1", maxUnavailable: "0" } }],
  ["spec.strategy", { rollingUpdate: { maxSurge: "x", maxUnavailable: "0" } }],
]);

const badMetadata = [
  ["metadata.labels.x", "a b"],
  ["metadata.annotations.a b", "x"],
  ["metadata.finalizers", ["a b"]],
] as const;
const service = {
  metadata: { name: "v1.{u}.org" },
  spec: {
    group: "{u}.org",
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 5,
    insecureSkipTLSVerify: true,
    service: { namespace: "n", name: "s" },
  },
};
const otherVersion = ["spec.version", "v2"] as const;
const apiServices = "/apis/apiregistration.k8s.io/v1/apiservices";
const ownService = `${apiServices}/v1.{u}.org`;
/** The server tells the status of the new one by itself: another write comes first. */
const serviceUpdates: Sequence = {
  name: "damaged updates",
  steps: [
    create(apiServices, service),
    get(ownService, { until: ({ body }) => body.status?.conditions?.length > 0, pick: () => "" }),
    ...[...badMetadata, otherVersion].map(
      (damage): Step =>
        (answers) =>
          put(`${ownService}?dryRun=All`, damaged(answers[1]?.body, damage)),
    ),
  ],
};
const definition = {
  metadata: { name: "things.{u}.example.com" },
  spec: {
    group: "{u}.example.com",
    scope: "Namespaced",
    names: { plural: "things", kind: "Thing" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ownDefinition = `${definitions}/things.{u}.example.com`;
const isEstablished = ({ body }: Answer) =>
  (body.status?.conditions ?? []).some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True");
const definitionStatuses: Sequence = {
  name: "damaged updates of status",
  steps: [
    create(definitions, definition),
    get(ownDefinition, { until: isEstablished, pick: () => "" }),
    ...[["x"], []].map(
      (versions): Step =>
        (answers) =>
          put(`${ownDefinition}/status?dryRun=All`, damaged(answers[1]?.body, ["status.storedVersions", versions])),
    ),
  ],
};
const otherPlural = ["spec.names.plural", "others"] as const;

const pod = { metadata: { name: "p" }, spec: { containers: [container] } };
const pods = "/api/v1/namespaces/{ns}/pods";
const rounded = { cpu: "0.0001", memory: "0.5" };
const status = (name: string) => [
  {
    ...{ name, image: "a", imageID: "b", ready: true, restartCount: 0, allocatedResources: rounded, resources: { limits: rounded } },
    volumeMounts: [{ name: "v", mountPath: "/a", volumeStatus: { image: { imageRef: "x" } } }],
  },
];
const statusPatch = (value: object) => patch("merge", `${pods}/p/status?dryRun=All`, { status: value });
const podStatuses: Sequence = {
  name: "statuses",
  steps: [
    create(pods, pod),
    statusPatch({ podIPs: [{ ip: "x" }, { ip: "fd00::1" }] }),
    statusPatch({ podIPs: [{ ip: "fd00::1" }, { ip: "x" }], hostIPs: [{}, { ip: "y" }] }),
    statusPatch({ observedGeneration: -1, qosClass: "x", extendedResourceClaimStatus: { resourceClaimName: "A B" } }),
    statusPatch({ observedGeneration: -1, containerStatuses: [{ name: "a", user: { linux: { uid: -1 } } }] }),
    statusPatch({
      containerStatuses: status("a"),
      initContainerStatuses: status("i"),
      ephemeralContainerStatuses: status("e"),
      allocatedResources: rounded,
      resources: { limits: rounded, requests: rounded },
    }),
  ],
};
const claim = { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
const unsettable = [
  { name: "a b", labels: { a: "a b" }, annotations: { "a b": "" }, uid: "x", namespace: "x" },
  { finalizers: ["x"], ownerReferences: [{}], generateName: "x" },
  { resourceVersion: "1", creationTimestamp: "2024-01-01T00:00:00Z", generation: 1 },
  { selfLink: "x", deletionTimestamp: "2024-01-01T00:00:00Z", deletionGracePeriodSeconds: 1 },
].map((metadata) => ["spec.volumes", [{ name: "v", ephemeral: { volumeClaimTemplate: { ...claim, metadata } } }]] as const);
const iscsi = { iqn: "iqn.2001-04.com.example:a", lun: 1, initiatorName: "iqn.2001-04.com.example:b" };
const oddVolumes = [
  { csi: { driver: "a.b", nodePublishSecretRef: { name: "/x" } } },
  { csi: { driver: "a.b", nodePublishSecretRef: {} } },
  ...[60, 61, 62, 63].map((length) => ({ iscsi: { ...iscsi, targetPortal: "x".repeat(length) } })),
  { iscsi: { ...iscsi, targetPortal: "x".repeat(64) }, nfs: { server: "a", path: "/" } },
].map((source) => ["spec.volumes", [{ name: "vv", ...source }]] as const);
const podCreates = damagedCreates(pods, pod, [
  ...["a/b", "x%y", "..", "."].map((name) => ["spec.serviceAccountName", name] as const),
  ["spec.volumes", [{ ephemeral: { volumeClaimTemplate: claim } }]],
  ["spec.overhead", {}],
  ...oddVolumes,
  ...unsettable,
  ["spec.volumes", [{ name: "A", ephemeral: { volumeClaimTemplate: claim } }]],
]);

const resources = (cpu: string) => ({ requests: { cpu: "1" }, limits: { cpu } });
const limited: Sequence = {
  name: "limits of whole pods",
  steps: [
    create("/api/v1/namespaces/{ns}/limitranges", { metadata: { name: "l" }, spec: { limits: [{ type: "Pod", max: { cpu: "2" } }] } }),
    create(pods, { ...pod, spec: { ...pod.spec, resources: resources("4") } }),
    create(pods, {
      ...pod,
      spec: {
        containers: [{ ...container, resources: resources("1") }],
        initContainers: [{ name: "i", image: "b", resources: resources("3") }],
      },
    }),
    create(pods, {
      ...pod,
      spec: {
        containers: [{ ...container, resources: resources("1") }],
        initContainers: [{ name: "i", image: "b", restartPolicy: "Always", resources: resources("1500m") }],
      },
    }),
  ],
};
const attachment = {
  metadata: { name: "a-{u}" },
  spec: { attacher: "a.b", nodeName: "n", source: { inlineVolumeSpec: { accessModes: ["ReadWriteOnce"], hostPath: { path: "/a" } } } },
};
const budget = { metadata: { name: "b" }, spec: { maxUnavailable: 1, minAvailable: 1, selector: { matchLabels: {} } } };

const unknownFields: Sequence = {
  name: "unknown fields in other alphabets",
  steps: ["ä", "日本", "😀"].map((name) => create("/api/v1/namespaces/{ns}/configmaps?dryRun=All", { metadata: { name: "c" }, [name]: 1 })),
};
const affinity = (key: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: ["b"] }] }] },
});
const volume = {
  metadata: { name: "v-{u}" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], local: { path: "/a" }, nodeAffinity: affinity("a") },
};
const firstKey = "spec.nodeAffinity.required.nodeSelectorTerms.0.matchExpressions.0.key";
const volumes = "/api/v1/persistentvolumes";
const volumeKeys = damagedUpdates(
  volumes,
  volume,
  ["", "x", "kubernetes.io/os", undefined].map((key) => [firstKey, key]),
);
const node = { metadata: { name: "n-{u}" }, status: { capacity: { cpu: "1" }, allocatable: { cpu: "1" } } };
const nodes = "/api/v1/nodes";
const allocatable = damagedUpdates(
  nodes,
  node,
  [{ capacity: { cpu: "-1" }, allocatable: {} }, { capacity: { cpu: "-1" } }, { capacity: { cpu: "2" }, allocatable: {} }, {}].map(
    (value) => ["status", value],
  ),
  "status",
);
const dryPorts = damagedCreates(
  "/api/v1/namespaces/{ns}/services",
  {
    metadata: { name: "s" },
    spec: {
      type: "NodePort",
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
        { name: "c", port: 82 },
      ],
    },
  },
  [2147483647, -1, 40000].map((port) => ["spec.ports.0.nodePort", port]),
  [
    [
      ["spec.type", "LoadBalancer"],
      ["spec.externalTrafficPolicy", "Local"],
      ["spec.ports.0.nodePort", 2147483647],
    ],
  ],
);

const flowSchema = {
  metadata: { name: "f-{u}" },
  spec: {
    priorityLevelConfiguration: { name: "workload-low" },
    rules: [
      {
        subjects: [{ kind: "User", user: { name: "x" } }],
        resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], clusterScope: true }],
      },
    ],
  },
};
const flowSchemas = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
const reached = [[], ["a"]].map((namespaces) => ["spec.rules.0.resourceRules.0.namespaces", namespaces] as const);
const reachedUpdates: Sequence = {
  name: "damaged updates",
  steps: [
    create(flowSchemas, flowSchema),
    // Its status comes a moment later.
    { ...get(`${flowSchemas}/f-{u}`), until: ({ body }) => body.status?.conditions !== undefined },
    ...reached.map((damage) => (answers: readonly Answer[]) => put(`${flowSchemas}/f-{u}?dryRun=All`, damaged(answers[1]?.body, damage))),
  ],
};

const schemaAt = "spec.versions.0.schema.openAPIV3Schema";
const either = { "x-kubernetes-int-or-string": true };
const isEither = [{ type: "integer" }, { type: "string" }];
const presets = [{}, [], 1, "x", 1.5, true, { a: 1 }, null].flatMap((value) => [
  [`${schemaAt}.properties`, { p: { ...either, default: value } }] as const,
  [`${schemaAt}.properties`, { p: { ...either, anyOf: isEither, default: value } }] as const,
  [`${schemaAt}.properties`, { p: { ...either, enum: [1, "x"], default: value } }] as const,
  [`${schemaAt}.properties`, { p: { type: "nosuch", default: value } }] as const,
  [
    `${schemaAt}.properties`,
    { p: { type: "object", properties: { q: either, r: { type: "string" } }, default: { q: value, r: value } } },
  ] as const,
  [`${schemaAt}.default`, value] as const,
]);
const formatted = [
  { type: "object", format: "foo", default: "x" },
  { type: "string", format: "foo", default: 5 },
  { type: "boolean", format: "date", default: "x" },
  { type: "array", items: { type: "string" }, format: "foo", default: { a: 1 } },
  { type: "string", format: "date-time", default: true },
  { type: "string", format: "foo", default: ["a"] },
].map((p) => [`${schemaAt}.properties`, { p }] as const);
const ruled = [
  ...["self < 3", "self == oldSelf", "self != oldSelf", "self.x", ""].map((rule) => ({
    ...{ type: "integer", default: 5, "x-kubernetes-validations": [{ rule, message: rule === "" ? "m" : undefined }] },
  })),
  { type: "integer", default: "x", "x-kubernetes-validations": [{ rule: "self < 3" }] },
  { type: "integer", default: 5, "x-kubernetes-validations": [{ rule: "!oldSelf.hasValue()", optionalOldSelf: true }] },
  {
    type: "object",
    default: { a: 5 },
    properties: { a: { type: "integer", "x-kubernetes-validations": [{ rule: "self < 3" }] } },
    "x-kubernetes-validations": [{ rule: "self.a < 2", fieldPath: ".a", reason: "FieldValueForbidden" }],
  },
  {
    type: "object",
    default: {},
    properties: { a: { type: "integer", default: 5 } },
    "x-kubernetes-validations": [{ rule: "self.a < 2" }],
  },
].map((p) => [`${schemaAt}.properties`, { p }] as const);
const preserving = ["spec.preserveUnknownFields", true] as const;
const preserved = [[preserving], [preserving, [`${schemaAt}.properties`, { p: { type: "integer", default: 5 } }]]] as const;
const obstacles = [{ additionalItems: {} }, { anyOf: [{ id: "x" }] }, { $ref: "x" }].map(
  (odd) =>
    [
      [`${schemaAt}.properties`, { p: { type: "string", ...odd } }],
      ["spec.versions.0.selectableFields", [{}]],
    ] as const,
);

/** What is empty counts in updates too, but where the old state is compared. */
const emptied = [
  ["spec.template.spec.ephemeralContainers", [{ name: "e", image: "b", resizePolicy: [], ports: [], resources: { limits: {} } }]],
  ["spec.template.spec.resources", { limits: { cpu: "1" }, claims: [] }],
  ["spec.template.spec.tolerations", []],
  ["spec.template.spec.nodeSelector", {}],
  ["spec.template.spec.containers", [{ ...container, args: [] }]],
  ["spec.selector.matchExpressions", []],
] as const;
const job = {
  metadata: { name: "j" },
  spec: { template: { metadata: { labels }, spec: { containers: [container], restartPolicy: "Never" } } },
};
const deviceClaim = { metadata: { name: "c" }, spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "a" } }] } } };
const claims = damagedUpdates("/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims", deviceClaim, [
  ["spec.devices.requests", [{ name: "r", exactly: { deviceClassName: "a", tolerations: [] } }]],
  ["spec.devices.constraints", []],
  ["spec.devices.requests", [{ name: "r", exactly: { deviceClassName: "a", count: 2 } }]],
]);

const endedStatus = { name: "x", state: { terminated: { exitCode: 1 } } };
const otherStatus = { name: "y" };
/** Containers that have ended don't run again: of which names, and how often it is told. */
const endings = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].map((list): Sequence => {
  const merged = (statuses: unknown) => patch("merge", "/api/v1/namespaces/{ns}/pods/p/status", { status: { [list]: statuses } });
  return {
    name: `ended ${list}`,
    steps: [
      create("/api/v1/namespaces/{ns}/pods", { metadata: { name: "p" }, spec: { containers: [container] } }),
      merged([endedStatus, otherStatus]),
      merged([{ name: "x" }, { name: "x" }]),
      merged([endedStatus, { name: "x" }, { name: "x" }]),
      merged([{}, otherStatus]),
    ],
  };
});

const graces = damagedUpdates(
  "/api/v1/namespaces/{ns}/pods",
  { metadata: { name: "p" }, spec: { containers: [container], terminationGracePeriodSeconds: 5 } },
  [...[-1, 0, 1, undefined].map((seconds) => ["spec.terminationGracePeriodSeconds", seconds] as const)],
);

const indexed = ["a.b", "Bad_x", "-", "a".repeat(62), "a".repeat(61)].map((name) =>
  create("/apis/batch/v1/namespaces/{ns}/jobs?dryRun=All", {
    metadata: { name },
    spec: { ...job.spec, completionMode: "Indexed", completions: 2 },
  }),
);
const event = {
  metadata: { name: "e", namespace: "{ns}" },
  ...{ regarding: { namespace: "{ns}" }, eventTime: "2024-01-01T00:00:00.000000Z", action: "a", reason: "r", type: "Normal" },
  ...{ reportingController: "a.b/c", reportingInstance: "x" },
};
const repeated: Sequence = {
  name: "repeated",
  steps: [event, event, { ...event, metadata: { ...event.metadata, generateName: "e-" } }].map((body) =>
    create("/apis/events.k8s.io/v1/namespaces/{ns}/events", body),
  ),
};

/** Classes of behaviour that random damage found to differ once. */
const sequences: readonly Sequence[] = [
  ...of("pod templates", templates),
  ...of("daemon sets", daemonSets),
  ...of("deployments", deployments),
  ...of(
    "API services",
    damagedCreates(
      apiServices,
      service,
      [otherVersion, ["metadata.generateName", "ä"]],
      badMetadata.map((one) => [one, otherVersion]),
    ),
    serviceUpdates,
  ),
  ...of(
    "definitions",
    damagedCreates(
      definitions,
      definition,
      [otherPlural, ["metadata.generateName", "-1"]],
      badMetadata.map((one) => [one, otherPlural]),
    ),
    definitionStatuses,
  ),
  ...of(
    "defaults in definitions",
    damagedCreates(definitions, definition, [...presets, ...formatted, ...ruled], [...obstacles, ...preserved]),
  ),
  ...of("emptied deployments", damagedUpdates("/apis/apps/v1/namespaces/{ns}/deployments", rolling, emptied)),
  ...of("emptied jobs", damagedUpdates("/apis/batch/v1/namespaces/{ns}/jobs", job, emptied)),
  ...of("emptied claims", claims),
  ...of("indexed jobs", { name: "names", steps: indexed }),
  ...of("events", repeated),
  ...of("pods' periods of grace", graces),
  ...of("pod statuses", ...endings),
  ...of("config maps", unknownFields),
  ...of("volumes", volumeKeys),
  ...of("nodes", allocatable),
  ...of("services", dryPorts),
  ...of("flow schemas", damagedCreates(flowSchemas, flowSchema, reached), reachedUpdates),
  ...of("pods", podStatuses, podCreates, limited, damagedUpdates(pods, pod, badMetadata)),
  ...of("attachments", damagedCreates("/apis/storage.k8s.io/v1/volumeattachments", attachment, [["spec.nodeName", ""]])),
  ...of("budgets", damagedCreates("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", budget, [])),
];

export default sequences;
