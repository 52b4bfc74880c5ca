import { condition, type KindExtra } from "./story-kind.ts";

const container = { name: "main", image: "nginx:1" };
const labels = { app: "web" };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: { containers: [container] } };
const jobTemplate = { spec: { containers: [container], restartPolicy: "Never" } };

const containerChanges = [
  { containers: [{ ...container, image: "nginx:2" }] },
  { containers: [container, { name: "side", image: "busybox" }] },
  { containers: [] },
  { containers: [{ name: "main" }] },
  { containers: [{ ...container, ports: [{ containerPort: 80 }, { containerPort: 80 }] }] },
  { containers: [{ ...container, ports: [{ name: "web", containerPort: 8080, protocol: "UDP" }] }] },
  {
    containers: [
      {
        ...container,
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      },
    ],
  },
  { containers: [{ ...container, resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }] },
  { containers: [{ ...container, resources: { limits: { cpu: "500m", memory: "1.5Gi" } } }] },
  { containers: [{ ...container, livenessProbe: { httpGet: { port: 80 }, failureThreshold: 3 } }] },
  { containers: [{ ...container, readinessProbe: { exec: { command: ["a"] }, tcpSocket: { port: "web" } } }] },
  { containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/v" }] }], volumes: [{ name: "v", emptyDir: {} }] },
  { containers: [{ ...container, volumeMounts: [{ name: "none", mountPath: "/v" }] }] },
  { containers: [{ ...container, securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } } }] },
  { initContainers: [{ name: "init", image: "busybox", restartPolicy: "Always" }] },
  {
    volumes: [
      { name: "v", configMap: { name: "c", optional: true } },
      { name: "w", secret: { secretName: "s" } },
    ],
  },
  { nodeSelector: { disk: "ssd" } },
  { tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }] },
  { tolerations: [{ operator: "Equal", value: "x" }] },
  { terminationGracePeriodSeconds: 5 },
  { activeDeadlineSeconds: 10 },
  { activeDeadlineSeconds: 0 },
  { serviceAccountName: "none" },
  { priorityClassName: "none" },
  { priority: 7 },
  { dnsPolicy: "None" },
  { hostNetwork: true },
  { restartPolicy: "OnFailure" },
  { restartPolicy: "Never" },
  { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector }] },
  { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: selector, topologyKey: "zone" }] } } },
  { schedulingGates: [{ name: "example.com/gate" }] },
  { schedulingGates: null },
  { nodeName: "n1" },
  { hostname: "h", subdomain: "s" },
  { securityContext: { fsGroup: 1, sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] } },
];
const containerDirectives = [
  { containers: [{ name: "side", image: "busybox" }] },
  { containers: [{ name: "side", $patch: "delete" }] },
  { containers: [{ name: "main", env: [{ name: "A", value: "1" }] }] },
  { containers: [{ name: "main", env: [{ name: "A", $patch: "delete" }] }] },
  {
    $setElementOrder: undefined,
    "$setElementOrder/containers": [{ name: "side" }, { name: "main" }],
    containers: [{ name: "main", image: "nginx:3" }],
  },
  { tolerations: [{ key: "b", operator: "Exists" }] },
  { volumes: [{ name: "v", $retainKeys: ["name", "emptyDir"], emptyDir: { medium: "Memory" } }] },
  { containers: [{ image: "x" }] },
  { containers: [{ $patch: "replace" }, { name: "only", image: "x" }] },
  { nodeSelector: { $patch: "replace", a: "b" } },
];
const inSpec = (values: readonly object[]) => values.map((spec) => ({ spec }));
const inTemplate = (values: readonly object[]) => values.map((spec) => ({ spec: { template: { spec } } }));
const templateLabels = [
  { spec: { template: { metadata: { labels: { app: "other" } } } } },
  { spec: { template: { metadata: { annotations: { a: "b" } } } } },
];
const scales = [
  { spec: { replicas: 3 } },
  { spec: { replicas: -1 } },
  { spec: { replicas: null } },
  { status: { replicas: 2 } },
  { metadata: { resourceVersion: "1" } },
  { metadata: { labels: { a: "b" } } },
  { spec: { replicas: 0 } },
];
const replicaChanges = [
  { spec: { replicas: 3 } },
  { spec: { replicas: 0 } },
  { spec: { replicas: -1 } },
  { spec: { replicas: null } },
  { spec: { minReadySeconds: 5 } },
  { spec: { selector: { matchLabels: { app: "other" } } } },
];

/** Pods and what makes pods, by version and kind. */
export const workloads: Readonly<Record<string, KindExtra>> = {
  "v1 Pod": {
    rest: { spec: { containers: [container] } },
    changes: inSpec(containerChanges),
    strategic: inSpec(containerDirectives),
    statuses: [
      { status: { phase: "Running", podIP: "10.1.0.5", podIPs: [{ ip: "10.1.0.5" }] } },
      { status: { phase: "Succeeded" } },
      { status: { conditions: [condition("Ready"), condition("Ready", "False")] } },
      {
        status: {
          containerStatuses: [{ name: "main", ready: true, restartCount: 1, image: "nginx:1", imageID: "x", state: { running: {} } }],
        },
      },
      { status: { podIP: "x" } },
      { status: { qosClass: "Guaranteed" } },
      { status: { nominatedNodeName: "n1" } },
    ],
    fields: [
      "status.phase=Running",
      "spec.nodeName=",
      "spec.nodeName!=n1",
      "status.podIP=10.1.0.5",
      "spec.restartPolicy=Always",
      "spec.x=1",
      "status.phase!=Running,metadata.name=a",
    ],
    others: {
      ephemeralcontainers: [
        { spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] } },
        { spec: { ephemeralContainers: [{ name: "debug", image: "busybox", targetContainerName: "main" }] } },
        { spec: { ephemeralContainers: [{ name: "main", image: "busybox" }] } },
        { spec: { ephemeralContainers: [{ name: "d", image: "b", ports: [{ containerPort: 1 }] }] } },
        { spec: { ephemeralContainers: [] } },
      ],
      resize: [
        { spec: { containers: [{ name: "main", resources: { requests: { cpu: "200m" }, limits: { cpu: "1" } } }] } },
        { spec: { containers: [{ name: "main", image: "nginx:1", resources: { limits: { memory: "1Gi" } } }] } },
        { spec: { containers: [{ name: "main", image: "nginx:9" }] } },
      ],
    },
  },
  "v1 ReplicationController": {
    rest: { spec: { replicas: 1, selector: labels, template } },
    changes: [
      ...replicaChanges.slice(0, 5),
      { spec: { selector: null } },
      { spec: { selector: { app: "other" } } },
      ...inTemplate(containerChanges),
      ...templateLabels,
    ],
    strategic: inTemplate(containerDirectives),
    statuses: [{ status: { replicas: 2, readyReplicas: 3 } }, { status: { replicas: 2, observedGeneration: 1 } }],
    fields: ["status.replicas=0", "status.replicas=2"],
    others: { scale: scales },
  },
  "v1 PodTemplate": {
    rest: { template },
    changes: containerChanges.map((spec) => ({ template: { spec } })),
    strategic: containerDirectives.map((spec) => ({ template: { spec } })),
  },
  "apps/v1 Deployment": {
    rest: { spec: { selector, template } },
    changes: [
      ...replicaChanges,
      ...inTemplate(containerChanges),
      ...templateLabels,
      { spec: { strategy: { type: "Recreate" } } },
      { spec: { strategy: { type: "Recreate", rollingUpdate: null } } },
      { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } },
      { spec: { strategy: { rollingUpdate: { maxSurge: "150%", maxUnavailable: "150%" } } } },
      { spec: { paused: true } },
      { spec: { progressDeadlineSeconds: 5, minReadySeconds: 10 } },
      { spec: { revisionHistoryLimit: -1 } },
    ],
    strategic: [
      ...inTemplate(containerDirectives),
      { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
      { spec: { strategy: { $patch: "replace", type: "Recreate" } } },
    ],
    statuses: [
      { status: { replicas: 2, readyReplicas: 1, observedGeneration: 1 } },
      { status: { replicas: 1, readyReplicas: 2 } },
      { status: { conditions: [condition("Available")] } },
      { status: { observedGeneration: -1 } },
      { status: { collisionCount: 1 } },
      { status: { collisionCount: 0 } },
    ],
    others: { scale: scales },
  },
  "apps/v1 ReplicaSet": {
    rest: { spec: { selector, template } },
    changes: [...replicaChanges, ...inTemplate(containerChanges), ...templateLabels],
    strategic: inTemplate(containerDirectives),
    statuses: [{ status: { replicas: 2, readyReplicas: 3 } }, { status: { replicas: 1, observedGeneration: 2 } }],
    fields: ["status.replicas=0", "status.replicas!=2"],
    others: { scale: scales },
  },
  "apps/v1 DaemonSet": {
    rest: { spec: { selector, template } },
    changes: [
      ...replicaChanges.slice(4),
      ...inTemplate(containerChanges),
      ...templateLabels,
      { spec: { updateStrategy: { type: "OnDelete" } } },
      { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } } },
      { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } },
    ],
    strategic: inTemplate(containerDirectives),
    statuses: [
      { status: { desiredNumberScheduled: 2, currentNumberScheduled: 1, numberMisscheduled: 0, numberReady: 1 } },
      { status: { numberReady: -1 } },
    ],
  },
  "apps/v1 StatefulSet": {
    rest: { spec: { serviceName: "s", selector, template } },
    changes: [
      ...replicaChanges,
      ...inTemplate(containerChanges),
      ...templateLabels,
      { spec: { serviceName: "t" } },
      { spec: { podManagementPolicy: "Parallel" } },
      { spec: { updateStrategy: { type: "OnDelete" } } },
      { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } },
      {
        spec: {
          volumeClaimTemplates: [
            { metadata: { name: "d" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
          ],
        },
      },
      { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } } },
      { spec: { ordinals: { start: -1 } } },
      { spec: { ordinals: { start: 3 } } },
      { spec: { revisionHistoryLimit: 3 } },
    ],
    strategic: inTemplate(containerDirectives),
    statuses: [
      { status: { replicas: 2, readyReplicas: 1, currentRevision: "a", updateRevision: "b" } },
      { status: { replicas: 1, currentReplicas: 2 } },
    ],
    others: { scale: scales },
  },
  "batch/v1 Job": {
    rest: { spec: { template: jobTemplate } },
    changes: [
      ...inTemplate(containerChanges),
      { spec: { parallelism: 2 } },
      { spec: { completions: 3 } },
      { spec: { suspend: true } },
      { spec: { suspend: false } },
      { spec: { backoffLimit: -1 } },
      { spec: { completionMode: "Indexed" } },
      { spec: { completionMode: "Indexed", completions: 3 } },
      { spec: { ttlSecondsAfterFinished: 5 } },
      { spec: { activeDeadlineSeconds: 10 } },
      { spec: { manualSelector: true } },
      { spec: { podReplacementPolicy: "Failed" } },
      { spec: { selector: { matchLabels: { a: "b" } } } },
      { spec: { podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] } } },
      { spec: { backoffLimitPerIndex: 1, maxFailedIndexes: 2 } },
      { spec: { successPolicy: { rules: [{ succeededCount: 1 }] } } },
      { spec: { managedBy: "example.com/m" } },
    ],
    strategic: inTemplate(containerDirectives),
    statuses: [
      { status: { active: 1, startTime: "2024-01-01T00:00:00Z" } },
      { status: { succeeded: 1, conditions: [condition("Complete")] } },
      {
        status: {
          conditions: [condition("Complete"), condition("SuccessCriteriaMet")],
          completionTime: "2024-01-01T00:00:05Z",
          startTime: "2024-01-01T00:00:00Z",
        },
      },
      { status: { conditions: [condition("Failed"), condition("FailureTarget")] } },
      { status: { failed: -1 } },
      { status: { ready: 2, active: 1 } },
      { status: { completedIndexes: "0-1" } },
      { status: { conditions: [condition("Suspended")] } },
      { status: { uncountedTerminatedPods: { succeeded: ["a", "a"] } } },
    ],
    fields: ["status.successful=0", "status.successful=1", "status.x=1"],
  },
  "batch/v1 CronJob": {
    rest: { spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: jobTemplate } } } },
    changes: [
      { spec: { schedule: "@hourly" } },
      { spec: { schedule: "x" } },
      { spec: { schedule: "TZ=UTC * * * * *" } },
      { spec: { timeZone: "Europe/Berlin" } },
      { spec: { timeZone: "Nowhere/City" } },
      { spec: { timeZone: "" } },
      { spec: { concurrencyPolicy: "Forbid" } },
      { spec: { concurrencyPolicy: "x" } },
      { spec: { suspend: true } },
      { spec: { startingDeadlineSeconds: -1 } },
      { spec: { successfulJobsHistoryLimit: 0 } },
      ...containerChanges.map((spec) => ({ spec: { jobTemplate: { spec: { template: { spec } } } } })),
      { spec: { jobTemplate: { spec: { manualSelector: true } } } },
    ],
    strategic: containerDirectives.map((spec) => ({ spec: { jobTemplate: { spec: { template: { spec } } } } })),
    statuses: [
      { status: { lastScheduleTime: "2024-01-01T00:00:00Z" } },
      { status: { active: [{ kind: "Job", name: "j", namespace: "{ns}" }] } },
    ],
  },
};
