import { damagedCreates, damagedUpdates, of } from "../damages.ts";
import { create, patch, type Sequence } from "../sequences.ts";

const fractional = { memory: "1m", "ephemeral-storage": "2m" };
const container = (name: string) => ({
  ...{ name, image: "b" },
  env: [
    { name: "A", value: "1" },
    { name: "A", value: "2" },
  ],
  resources: { requests: fractional, limits: fractional },
});
const term = { matchExpressions: [{ key: "beta.kubernetes.io/arch", operator: "In", values: ["a"] }] };
const pod = {
  containers: [container("a")],
  nodeSelector: { "beta.kubernetes.io/os": "x" },
  imagePullSecrets: [{ name: "" }, { name: "s" }, { name: "s" }],
  terminationGracePeriodSeconds: -1,
  hostAliases: [
    { ip: "10.0.0.1", hostnames: ["a"] },
    { ip: "10.0.0.1", hostnames: ["a"] },
  ],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "beta.kubernetes.io/os", whenUnsatisfiable: "DoNotSchedule" }],
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } },
  volumes: [
    { name: "p", projected: { sources: [{}] } },
    { name: "g", gitRepo: { repository: "x" } },
    { name: "s", secret: { secretName: "a", items: [1, 2].map((key) => ({ key: `k${key}`, path: "x" })) } },
  ],
};
const annotations = {
  "scheduler.alpha.kubernetes.io/critical-pod": "",
  "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
  "container.seccomp.security.alpha.kubernetes.io/a": "runtime/default",
  "container.apparmor.security.beta.kubernetes.io/a": "runtime/default",
};
const selector = { matchLabels: { a: "b" } };
const template = { metadata: { labels: { a: "b" }, annotations }, spec: pod };
const jobTemplate = { ...template, spec: { ...pod, restartPolicy: "Never" } };
const claim = {
  metadata: { name: "d" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "0.5" }, limits: { storage: "0.5" } } },
};

/** What is warned of when a workload is made, and when its metadata, its spec or its template changes. */
function life(path: string, spec: object, change: object, where: readonly string[]): Sequence {
  const one = `${path}/w`;
  const label = { metadata: { labels: { z: "1" } } };
  const inTemplate = where.reduceRight<object>((inner, key) => ({ [key]: inner }), label);
  return {
    name: "warnings of a life",
    steps: [
      create(path, { metadata: { name: "w" }, spec }),
      patch("merge", one, label),
      patch("merge", one, { spec: change }),
      patch("merge", one, { spec: inTemplate }),
      patch("merge", `${one}/status`, { status: { observedGeneration: 1 } }),
    ],
  };
}

const apps = "/apis/apps/v1/namespaces/{ns}";
const batch = "/apis/batch/v1/namespaces/{ns}";
const ready = { minReadySeconds: 4 };
const short = ["template"];
const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "x" }] } };
const plain = { containers: [{ name: "a", image: "b" }] };

function changedAffinity(path: string, selects: object): Sequence {
  const change = (spec: object) => patch("merge", `${path}/w`, { spec });
  return {
    name: "warnings of what comes and goes",
    steps: [
      create(path, { metadata: { name: "w" }, spec: { selector: selects, template: { metadata: { labels: { a: "b" } }, spec: plain } } }),
      change({ template: { spec: { affinity } } }),
      change({ minReadySeconds: 5 }),
      change({ template: { spec: { affinity: null } } }),
      change({ minReadySeconds: 6 }),
    ],
  };
}

/** The affinity of a pod that waits for a gate may still change. */
const gated: Sequence = {
  name: "no warnings of updates",
  steps: [
    create("/api/v1/namespaces/{ns}/pods", { metadata: { name: "w" }, spec: { ...plain, affinity, schedulingGates: [{ name: "a.b/c" }] } }),
    patch("merge", "/api/v1/namespaces/{ns}/pods/w", {
      spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } } },
    }),
    patch("merge", "/api/v1/namespaces/{ns}/pods/w", {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "a", image: "c" }] },
    }),
  ],
};
const podTemplates = "/api/v1/namespaces/{ns}/podtemplates";
const preferences = [["10.0.0.0/8", "a b"], ["x".repeat(64)]].map((values) => ({
  weight: 1,
  preference: { matchExpressions: [{ key: "beta.kubernetes.io/os", operator: "In", values }] },
}));
const shownOnce = {
  ...{ metadata: { name: "w" } },
  template: { ...template, spec: { ...pod, initContainers: [container("i")], containers: [container("a"), container("b")] } },
};

const sequences: readonly Sequence[] = [
  ...of("deployments", life(`${apps}/deployments`, { selector, template }, { paused: true }, short)),
  ...of("daemon sets", life(`${apps}/daemonsets`, { selector, template }, ready, short)),
  ...of("replica sets", life(`${apps}/replicasets`, { selector, template }, ready, short)),
  ...of(
    "stateful sets",
    life(`${apps}/statefulsets`, { serviceName: "x", selector, template, volumeClaimTemplates: [claim] }, ready, short),
  ),
  ...of(
    "replication controllers",
    life("/api/v1/namespaces/{ns}/replicationcontrollers", { selector: { a: "b" }, template }, ready, short),
  ),
  ...of("jobs", life(`${batch}/jobs`, { suspend: true, template: jobTemplate }, { backoffLimit: 4 }, short)),
  ...of(
    "cron jobs",
    life(`${batch}/cronjobs`, { schedule: "@daily", jobTemplate: { spec: { template: jobTemplate } } }, { suspend: true }, [
      ...["jobTemplate", "spec", "template"],
    ]),
  ),
  ...of("replication controllers", changedAffinity("/api/v1/namespaces/{ns}/replicationcontrollers", { a: "b" })),
  ...of("replica sets", changedAffinity(`${apps}/replicasets`, selector)),
  ...of("pods", gated),
  // So many that upstream leaves some out.
  ...of(
    "pod templates",
    damagedCreates(podTemplates, shownOnce, [
      ["template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution", preferences],
    ]),
    damagedUpdates(podTemplates, shownOnce, [["metadata.labels", {}]]),
  ),
];

export default sequences;
