import { changed, create, get, patch, put, remove, type Sequence, type Step } from "../sequences.ts";

const core = "/api/v1/namespaces/{ns}";
const jobs = "/apis/batch/v1/namespaces/{ns}/jobs";
const container = { name: "main", image: "nginx:1" };
const labels = { a: "b" };
const template = { metadata: { labels }, spec: { containers: [container] } };
const selector = { matchLabels: labels };

/** Creates an object, then merges each status into it; none is stored. */
function statuses(name: string, path: string, object: { metadata: { name: string } }, all: readonly object[]): Sequence {
  const at = `${path}/${object.metadata.name}`;
  return {
    name,
    steps: [
      create(path, object),
      ...all.map((status) => patch("merge", `${at}/status?dryRun=All`, { status })),
      put(`${at}/status?dryRun=All`, { metadata: { name: object.metadata.name }, status: all[0] }),
      remove(at),
    ],
  };
}

const job = (spec: object = {}) => ({
  metadata: { name: "a" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [container] } }, ...spec },
});
const condition = (type: string, status = "True") => ({ type, status });
const started = { startTime: "2024-01-01T00:00:00Z" };
const complete = {
  ...started,
  succeeded: 1,
  completionTime: "2024-01-01T01:00:00Z",
  conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
};
const indexed = { completionMode: "Indexed", completions: 5, parallelism: 2, backoffLimitPerIndex: 1 };

/** Each status is stored, one after the other. */
function jobHistory(name: string, spec: object, history: readonly object[]): Sequence {
  const steps = history.map(
    (status): Step =>
      (answers) => {
        const current = answers.findLast(({ body }) => body?.kind === "Job") ?? answers[0];
        return put(`${jobs}/a/status`, { ...changed(current ? [current] : [], 0, () => undefined), status });
      },
  );
  return { name, steps: [create(jobs, job(spec)), ...steps, get(`${jobs}/a`)] };
}

const containerStatus = { name: "main", image: "i", imageID: "x", ready: true, restartCount: 0 };
const linux = { uid: -1, gid: 4294967296, supplementalGroups: [-2] };
const devices = [{ name: "cpu", resources: [{ resourceID: "a", health: "x" }, { resourceID: "a" }] }];

const sequences: Sequence[] = [
  statuses("jobs: what a status says fits together", jobs, job(), [
    { active: -1, succeeded: -1, failed: -1, ready: -1, terminating: -1 },
    { ready: 2, active: 1 },
    { uncountedTerminatedPods: { succeeded: ["x", ""], failed: ["x", "y", "y"] } },
    { conditions: [condition("Complete")] },
    { ...complete, conditions: [condition("Complete")] },
    complete,
    { ...complete, active: 1, terminating: 1, uncountedTerminatedPods: { failed: ["a"] } },
    { ...complete, startTime: undefined, completionTime: undefined },
    { ...complete, completionTime: "2023-01-01T00:00:00Z" },
    { completionTime: "2024-01-01T00:00:00Z" },
    { ...started, conditions: [condition("Failed")] },
    { ...started, conditions: [condition("FailureTarget"), condition("Failed")] },
    { ...complete, conditions: [...complete.conditions, condition("Failed"), condition("FailureTarget")] },
    { ...started, conditions: [condition("SuccessCriteriaMet"), condition("Failed"), condition("FailureTarget")] },
    { completedIndexes: "0-1", failedIndexes: "2" },
    { completedIndexes: "x" },
  ]),
  statuses("jobs: indexes", jobs, job(indexed), [
    { completedIndexes: "0,2-3", failedIndexes: "1,4" },
    { completedIndexes: "0,2-3", failedIndexes: "3" },
    { completedIndexes: "0-1-2" },
    { completedIndexes: "1,0" },
    { completedIndexes: "3-2" },
    { completedIndexes: "5" },
    { failedIndexes: "0-9" },
    { failedIndexes: "" },
    { completedIndexes: "0,0" },
    { completedIndexes: "-1" },
  ]),
  jobHistory("jobs: what has been told stays", {}, [
    { ...started, active: 1, failed: 2, succeeded: 1 },
    { ...started, failed: 1, succeeded: 0 },
    { active: 1, failed: 2, succeeded: 1 },
    { startTime: "2024-01-02T00:00:00Z", failed: 2, succeeded: 1 },
    { ...complete, failed: 2 },
    { ...started, failed: 2, succeeded: 1 },
    { ...complete, failed: 2, completionTime: "2024-01-01T02:00:00Z" },
    { ...complete, failed: 2, conditions: [condition("Complete")] },
  ]),
  jobHistory("jobs: success policies", { ...indexed, successPolicy: { rules: [{ succeededCount: 1 }] } }, [
    { ...complete, completedIndexes: "0", conditions: [condition("Complete")] },
    { ...complete, completedIndexes: "0" },
  ]),
  {
    name: "jobs: rules of indexes",
    steps: [
      { completions: 3 },
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: "0-7" }] } },
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: "a,b" }, { succeededCount: 6 }, {}] } },
      { ...indexed, successPolicy: { rules: [{ succeededIndexes: "0-1", succeededCount: 3 }] } },
      { ...indexed, successPolicy: { rules: [] } },
      { ...indexed, maxFailedIndexes: 6 },
      { ...indexed, completions: 100001, parallelism: 10001 },
      { ...indexed, completions: 100001, parallelism: 10001, maxFailedIndexes: 10001 },
      { ...indexed, completions: 100001, parallelism: 100001, maxFailedIndexes: 100001 },
      { ...indexed, backoffLimitPerIndex: undefined, completions: 100001, parallelism: 10001 },
      { podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "a" }, { type: "b", status: "x" }] }] } },
    ].map((spec) => create(`${jobs}?dryRun=All`, job(spec))),
  },
  {
    name: "jobs: labels of a status update",
    steps: [
      create(jobs, job()),
      put(`${jobs}/a/status`, { metadata: { name: "a" }, status: { active: 1 } }),
      create(jobs, { ...job(), metadata: { name: "x".repeat(64) } }),
      get(`${jobs}/a`),
    ],
  },
  statuses("pods", `${core}/pods`, { metadata: { name: "a" }, spec: template.spec } as never, [
    { podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.1" }] },
    { podIP: "x", hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }, { ip: "10.0.0.2" }] },
    { resourceClaimStatuses: [{ name: "x", resourceClaimName: "A" }, { name: "x" }] },
    { extendedResourceClaimStatus: {} },
    { extendedResourceClaimStatus: { requestMappings: [{}, {}], resourceClaimName: "A" } },
    {
      extendedResourceClaimStatus: {
        requestMappings: [{ containerName: "main", resourceName: "example.com/x", requestName: "r" }],
        resourceClaimName: "a",
      },
    },
    { containerStatuses: [{ ...containerStatus, user: { linux } }] },
    { containerStatuses: [{ ...containerStatus, allocatedResourcesStatus: devices }] },
    { initContainerStatuses: [{ ...containerStatus, allocatedResourcesStatus: [{ name: "claim:x" }] }] },
    { ephemeralContainerStatuses: [{ ...containerStatus, allocatedResourcesStatus: devices }] },
    { observedGeneration: -1, conditions: [{ type: "a b", status: "x", observedGeneration: -1 }] },
    { nominatedNodeName: "A b", qosClass: "Guaranteed" },
    { nodeAllocatableResourceClaimStatuses: [{ resourceClaimName: "x" }], resize: "x" },
  ]),
  statuses("nodes", "/api/v1/nodes", { metadata: { name: "status-{u}" } }, [
    { declaredFeatures: ["B", "A"] },
    { declaredFeatures: ["A", "A"] },
    { declaredFeatures: ["a", "Ab/", "A/b/C1", "1A"] },
    {
      addresses: [
        { type: "InternalIP", address: "x" },
        { type: "InternalIP", address: "x" },
      ],
    },
    { capacity: { cpu: "-1" } },
  ]),
  statuses(
    "replica sets",
    "/apis/apps/v1/namespaces/{ns}/replicasets",
    { metadata: { name: "a" }, spec: { selector, template } } as never,
    [
      { replicas: 1, readyReplicas: 2, availableReplicas: 3, fullyLabeledReplicas: 2, terminatingReplicas: -1 },
      { replicas: 0, readyReplicas: -1 },
    ],
  ),
  statuses("deployments", "/apis/apps/v1/namespaces/{ns}/deployments", { metadata: { name: "a" }, spec: { selector, template } } as never, [
    { replicas: 1, terminatingReplicas: -1, collisionCount: -1 },
  ]),
  statuses("daemon sets", "/apis/apps/v1/namespaces/{ns}/daemonsets", { metadata: { name: "a" }, spec: { selector, template } } as never, [
    { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 1, numberReady: 1 },
    { numberAvailable: -1 },
  ]),
  statuses("disruption budgets", "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", { metadata: { name: "a" }, spec: {} } as never, [
    { currentHealthy: -1, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 1, conditions: [{ type: "x", status: "y" }] },
  ]),
  statuses(
    "autoscalers in their first version",
    "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers",
    {
      metadata: { name: "a" },
      spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } },
    } as never,
    [{ currentReplicas: 1, desiredReplicas: -1 }],
  ),
  statuses(
    "claims for devices",
    "/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims",
    { metadata: { name: "a" }, spec: {} } as never,
    [
      { devices: [{ driver: "a", pool: "b", device: "c" }, {}, {}] },
      {
        allocation: {
          nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "x" }] }] },
          devices: { results: [{ request: "r", driver: "d", pool: "p", device: "v", adminAccess: true }] },
        },
      },
    ],
  ),
  {
    name: "claims for administration",
    steps: [
      create("/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims", {
        metadata: { name: "a" },
        spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "A_", adminAccess: true } }] } },
      }),
      patch("merge", "/api/v1/namespaces/{ns}", { metadata: { labels: { "resource.kubernetes.io/admin-access": "true" } } }),
      create("/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims", {
        metadata: { name: "a" },
        spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "a", adminAccess: true } }] } },
      }),
    ],
  },
  {
    name: "volumes: when the phase changed",
    steps: [
      create("/api/v1/persistentvolumes", {
        metadata: { name: "phase-{u}" },
        spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/a" } },
      }),
      put("/api/v1/persistentvolumes/phase-{u}/status", { metadata: { name: "phase-{u}" }, status: { message: "b" } }),
      put("/api/v1/persistentvolumes/phase-{u}/status", {
        metadata: { name: "phase-{u}" },
        status: { phase: "Bound", lastPhaseTransitionTime: "2020-01-01T00:00:00Z" },
      }),
      patch("merge", "/api/v1/persistentvolumes/phase-{u}", { metadata: { finalizers: null } }),
    ],
  },
];

export default sequences;
