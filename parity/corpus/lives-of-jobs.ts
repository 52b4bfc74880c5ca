import { applied, edit, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, put, remove, type Sequence } from "../sequences.ts";

/** Jobs, cron jobs, autoscalers and disruption budgets as documents of other projects have them, and their lives. */
const batch = "/apis/batch/v1/namespaces/{ns}";
const jobs = `${batch}/jobs`;
const crons = `${batch}/cronjobs`;
const scalers = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const scalers1 = "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers";
const budgets = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";

const pi = `
apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  backoffLimit: 4
  ttlSecondsAfterFinished: 100
  activeDeadlineSeconds: 600
  template:
    spec:
      containers:
      - {name: pi, image: "perl:5.34.0", command: ["perl", "-Mbignum=bpi", "-wle", "print bpi(2000)"]}
      restartPolicy: Never
`;

const policies = `
apiVersion: batch/v1
kind: Job
metadata: {name: training, labels: {team: ml}}
spec:
  completionMode: Indexed
  completions: 12
  parallelism: 3
  backoffLimitPerIndex: 1
  maxFailedIndexes: 5
  podReplacementPolicy: Failed
  suspend: true
  successPolicy:
    rules:
    - {succeededIndexes: "0,2-3", succeededCount: 1}
    - {succeededCount: 10}
  podFailurePolicy:
    rules:
    - {action: FailJob, onExitCodes: {containerName: main, operator: In, values: [42, 43]}}
    - {action: Ignore, onPodConditions: [{type: DisruptionTarget}]}
    - {action: FailIndex, onExitCodes: {operator: NotIn, values: [0, 1]}}
    - {action: Count, onPodConditions: [{type: ConfigIssue, status: "False"}]}
  template:
    metadata: {labels: {team: ml}, annotations: {a: b}}
    spec:
      restartPolicy: Never
      initContainers: [{name: log, image: fluent, restartPolicy: Always}]
      containers: [{name: main, image: "docker.io/library/bash:5", command: [bash]}]
`;

const hello = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: hello}
spec:
  schedule: "*/5 0-6 1,15 * MON-FRI"
  timeZone: Europe/Berlin
  startingDeadlineSeconds: 200
  concurrencyPolicy: Forbid
  successfulJobsHistoryLimit: 0
  jobTemplate:
    metadata: {labels: {cron: hello}, annotations: {x: y}}
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers: [{name: hello, image: "busybox:1.28", imagePullPolicy: IfNotPresent, command: [/bin/sh, -c, date]}]
`;

const scaler = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: php-apache}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: php-apache}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  - {type: ContainerResource, containerResource: {name: memory, container: app, target: {type: AverageValue, averageValue: 500Mi}}}
  - {type: Pods, pods: {metric: {name: packets-per-second}, target: {type: AverageValue, averageValue: 1k}}}
  - type: Object
    object:
      metric: {name: requests-per-second, selector: {matchLabels: {verb: GET}}}
      describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: main-route}
      target: {type: Value, value: 10k}
  - {type: External, external: {metric: {name: queue_messages_ready}, target: {type: AverageValue, averageValue: "30"}}}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 300
      selectPolicy: Min
      tolerance: "0.05"
      policies: [{type: Percent, value: 10, periodSeconds: 60}, {type: Pods, value: 5, periodSeconds: 60}]
    scaleUp: {selectPolicy: Disabled}
`;

const scaler1 = (status: object, notes: Readonly<Record<string, string>> = {}) => ({
  apiVersion: "autoscaling/v1",
  kind: "HorizontalPodAutoscaler",
  metadata: {
    name: "a",
    annotations: Object.fromEntries(Object.entries(notes).map(([name, note]) => [`autoscaling.alpha.kubernetes.io/${name}`, note])),
  },
  spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
  status: { currentReplicas: 9, desiredReplicas: 9, ...status },
});

const sequences: Sequence[] = [
  life(
    "job: pi",
    manifest(jobs, pi),
    table(`${jobs}/pi`),
    merge(`${jobs}/pi`, { spec: { parallelism: 0, backoffLimit: 7, activeDeadlineSeconds: 5, ttlSecondsAfterFinished: null } }),
    merge(`${jobs}/pi`, { spec: { completions: 2 } }),
    merge(`${jobs}/pi`, { spec: { suspend: true, completionMode: "Indexed", podReplacementPolicy: "Failed" } }),
    merge(`${jobs}/pi`, {
      spec: { backoffLimit: -1, parallelism: -1, activeDeadlineSeconds: -1, ttlSecondsAfterFinished: -1, completions: -1 },
    }),
    merge(`${jobs}/pi`, { spec: { managedBy: "example.com/queue" } }),
    merge(`${jobs}/pi`, { spec: { manualSelector: true } }),
    strategic(`${jobs}/pi`, {
      spec: { template: { spec: { tolerations: [{ operator: "Exists" }], schedulingGates: [{ name: "x.y/z" }] } } },
    }),
    merge(`${jobs}/pi/status`, { status: { startTime: "2024-02-02T02:02:02Z", active: 1, ready: 1, terminating: 0 } }),
    table(`${jobs}?fieldSelector=status.successful=0`),
    table(`${jobs}?fieldSelector=status.active=1`),
    strategic(`${jobs}/pi`, { spec: { suspend: true } }),
    strategic(`${jobs}/pi`, { spec: { template: { spec: { nodeSelector: { a: "b" } } } } }),
    merge(`${jobs}/pi`, { metadata: { labels: { "batch.kubernetes.io/job-name": "other" } } }),
    remove(`${jobs}/pi`, { propagationPolicy: "Background" }),
  ),
  life(
    "job: indexed with policies",
    manifest(jobs, policies),
    table(`${jobs}/training`),
    strategic(`${jobs}/training`, {
      spec: {
        template: {
          spec: { nodeSelector: { gpu: "yes" }, tolerations: [{ key: "gpu", operator: "Exists" }], schedulingGates: [{ name: "a.b/c" }] },
        },
      },
    }),
    strategic(`${jobs}/training`, { spec: { template: { metadata: { labels: { more: "x" }, annotations: { y: "z" } } } } }),
    strategic(`${jobs}/training`, { spec: { template: { spec: { priorityClassName: "x" } } } }),
    strategic(`${jobs}/training`, {
      spec: { template: { spec: { containers: [{ name: "main", resources: { requests: { cpu: "2" } } }] } } },
    }),
    merge(`${jobs}/training`, { spec: { completions: 6, parallelism: 6 } }),
    merge(`${jobs}/training`, { spec: { completions: 6, parallelism: 4 } }),
    merge(`${jobs}/training`, { spec: { suspend: false } }),
    strategic(`${jobs}/training`, { spec: { template: { spec: { nodeSelector: { gpu: "no" } } } } }),
    merge(`${jobs}/training`, { spec: { podFailurePolicy: null, successPolicy: null } }),
    merge(`${jobs}/training`, { spec: { backoffLimitPerIndex: 3, maxFailedIndexes: 2 } }),
    merge(`${jobs}/training`, { spec: { completionMode: "NonIndexed" } }),
    merge(`${jobs}/training`, { spec: { podReplacementPolicy: "TerminatingOrFailed" } }),
    edit(`${jobs}/training`, ({ spec }) => spec.podFailurePolicy.rules.pop()),
    merge(`${jobs}/training/status`, {
      status: {
        startTime: "2024-02-02T02:02:02Z",
        completedIndexes: "0-2",
        failedIndexes: "5",
        succeeded: 3,
        failed: 1,
        ready: 0,
        terminating: 0,
      },
    }),
    table(jobs),
  ),
  life(
    "job: policies with faults",
    manifest(jobs, policies.replace("completionMode: Indexed", "")),
    manifest(
      jobs,
      policies
        .replace("completionMode: Indexed", "completionMode: Sorted")
        .replace("podReplacementPolicy: Failed", "podReplacementPolicy: Never"),
    ),
    manifest(
      jobs,
      policies
        .replace("podReplacementPolicy: Failed", "podReplacementPolicy: TerminatingOrFailed")
        .replace("values: [0, 1]", "values: [1, 1, 0]"),
    ),
    manifest(jobs, policies.replace("containerName: main", "containerName: other").replace("action: Count", "action: Retry")),
    manifest(jobs, policies.replace("containerName: main", "containerName: log").replace("operator: NotIn", "operator: Neither")),
    manifest(jobs, policies.replace("backoffLimitPerIndex: 1", "").replace('status: "False"', 'status: "Maybe"')),
    manifest(
      jobs,
      policies.replace("backoffLimitPerIndex: 1", "backoffLimitPerIndex: -1").replace("maxFailedIndexes: 5", "maxFailedIndexes: -5"),
    ),
    manifest(jobs, policies.replace("restartPolicy: Never\n", "restartPolicy: OnFailure\n")),
    manifest(jobs, policies.replace("restartPolicy: Never\n", "")),
    manifest(
      jobs,
      policies.replace("onPodConditions: [{type: DisruptionTarget}]", "onPodConditions: [], onExitCodes: {operator: In, values: []}"),
    ),
    manifest(jobs, policies.replace('succeededIndexes: "0,2-3", succeededCount: 1', 'succeededIndexes: "3-1,12", succeededCount: 0')),
    manifest(jobs, policies.replace("completions: 12", "").replace("parallelism: 3", "selector: {matchLabels: {a: b}}")),
    manifest(jobs, policies.replace("parallelism: 3", "manualSelector: true")),
    manifest(jobs, policies.replace("parallelism: 3", "manualSelector: true\n  selector: {matchLabels: {team: ml}}\n  managedBy: nobody")),
    manifest(jobs, policies.replace("parallelism: 3", `managedBy: "a.b/${"c".repeat(64)}"`)),
    manifest(
      jobs,
      policies.replace("{team: ml}, annotations", "{job-name: x, controller-uid: y, batch.kubernetes.io/job-name: z}, annotations"),
    ),
    get(jobs),
  ),
  life(
    "job: applied by two",
    applied(`${jobs}/pi`, pi, "ci"),
    applied(`${jobs}/pi`, pi.replace("perl:5.34.0", "perl:5.36"), "ci"),
    applied(`${jobs}/pi`, "apiVersion: batch/v1\nkind: Job\nmetadata: {name: pi}\nspec: {suspend: true, parallelism: 2}", "queue"),
    applied(`${jobs}/pi`, pi.replace("backoffLimit: 4", "backoffLimit: 4\n  suspend: false"), "ci"),
    applied(
      `${jobs}/pi/status`,
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: pi}\nstatus: {conditions: [{type: Suspended, status: 'True', lastProbeTime: '2024-01-01T00:00:00Z', lastTransitionTime: '2024-01-01T00:00:00Z', reason: JobSuspended}]}",
      "ctl",
    ),
    table(`${jobs}/pi`),
    get(`${jobs}/pi`),
  ),
  life(
    "cron job: hello",
    manifest(crons, hello),
    table(`${crons}/hello`),
    merge(`${crons}/hello`, { spec: { timeZone: null, suspend: true } }),
    table(`${crons}/hello`),
    merge(`${crons}/hello`, { spec: { timeZone: "" } }),
    merge(`${crons}/hello`, { spec: { timeZone: "Local" } }),
    merge(`${crons}/hello`, { spec: { timeZone: "Mars/Olympus" } }),
    merge(`${crons}/hello`, { spec: { timeZone: "/etc/../passwd" } }),
    merge(`${crons}/hello`, { spec: { timeZone: "europe/berlin" } }),
    merge(`${crons}/hello`, { spec: { timeZone: "UTC" } }),
    ...[
      "@hourly",
      "@every 1h30m",
      "@fortnightly",
      "TZ=Europe/Berlin 0 0 * * *",
      "CRON_TZ=UTC * * * * *",
      "* * * *",
      "60 * * * *",
      "0 0 31 2 *",
      "",
      "*/0 * * * *",
      "5-1 * * * *",
      "0 0 ? * SUN",
      "0 0 * JAN-DEC 7",
    ].map((schedule) => merge(`${crons}/hello`, { spec: { schedule } })),
    merge(`${crons}/hello`, {
      spec: { concurrencyPolicy: "Queue", startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
    }),
    strategic(`${crons}/hello`, {
      spec: {
        jobTemplate: {
          spec: { manualSelector: true, selector: { matchLabels: { a: "b" } }, template: { spec: { restartPolicy: "Always" } } },
        },
      },
    }),
    merge(`${crons}/hello/status`, {
      status: {
        lastScheduleTime: "2024-01-01T00:00:00Z",
        lastSuccessfulTime: "2024-01-01T00:00:01Z",
        active: [{ kind: "Job", name: "hello-1", namespace: "{ns}" }],
      },
    }),
    merge(`${crons}/hello`, { spec: { suspend: null, schedule: "@daily" } }),
    table(crons),
    applied(`${crons}/hello`, hello, "m"),
    applied(`${crons}/hello`, hello, "m", "&force=true"),
    manifest(crons, hello.replace("name: hello}", `name: ${"h".repeat(53)}}`)),
    manifest(crons, hello.replace("name: hello}", "name: hello.world}").replace('schedule: "*/5 0-6 1,15 * MON-FRI"', "")),
    remove(`${crons}/hello`),
  ),
  life(
    "autoscaler: all metrics in both versions",
    manifest(scalers, scaler),
    table(`${scalers}/php-apache`),
    get(`${scalers1}/php-apache`),
    table(`${scalers1}/php-apache`),
    merge(`${scalers1}/php-apache`, { spec: { targetCPUUtilizationPercentage: 70 } }),
    get(`${scalers}/php-apache`),
    merge(`${scalers}/php-apache`, { spec: { behavior: null } }),
    merge(`${scalers}/php-apache`, {
      spec: { behavior: { scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] } } },
    }),
    merge(`${scalers}/php-apache`, {
      spec: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 3601,
            selectPolicy: "Mid",
            tolerance: "-1",
            policies: [{ type: "Nodes", value: 0, periodSeconds: 1801 }],
          },
        },
      },
    }),
    merge(`${scalers}/php-apache`, { spec: { minReplicas: 0 } }),
    merge(`${scalers}/php-apache`, { spec: { minReplicas: 11 } }),
    merge(`${scalers}/php-apache`, { spec: { minReplicas: null, metrics: null } }),
    get(`${scalers1}/php-apache`),
    merge(`${scalers1}/php-apache`, { spec: { targetCPUUtilizationPercentage: null } }),
    get(`${scalers}/php-apache`),
    merge(`${scalers}/php-apache/status`, {
      status: {
        currentReplicas: 3,
        desiredReplicas: 4,
        currentMetrics: [{ type: "External", external: { metric: { name: "q" }, current: { value: "5" } } }],
        conditions: [
          { type: "ScalingActive", status: "False", reason: "FailedGetScale", message: "m", lastTransitionTime: "2024-01-01T00:00:00Z" },
        ],
      },
    }),
    get(`${scalers1}/php-apache`),
    put(`${scalers1}/php-apache/status`, {
      metadata: { name: "php-apache" },
      status: { currentReplicas: 9, desiredReplicas: 9, currentCPUUtilizationPercentage: 12 },
    }),
    get(`${scalers}/php-apache`),
    applied(`${scalers}/php-apache`, scaler, "m"),
    applied(
      `${scalers1}/php-apache`,
      "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: php-apache}\nspec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: d}, targetCPUUtilizationPercentage: 5}",
      "n",
    ),
  ),
  life(
    "autoscaler: what the old version keeps in annotations",
    create(scalers1, scaler1({})),
    put(`${scalers1}/a`, scaler1({ currentCPUUtilizationPercentage: 13 })),
    put(`${scalers1}/a/status`, scaler1({ currentCPUUtilizationPercentage: 14 })),
    put(`${scalers1}/a/status`, scaler1({ currentCPUUtilizationPercentage: 15 }, { "current-metrics": "[]", conditions: "[" })),
    merge(`${scalers1}/a/status`, { status: { currentCPUUtilizationPercentage: 16 } }),
    merge(`${scalers1}/a/status`, { status: { currentCPUUtilizationPercentage: null } }),
    applied(`${scalers1}/a/status`, JSON.stringify(scaler1({ currentCPUUtilizationPercentage: 17 })), "m", "&force=true"),
    get(`${scalers}/a`),
    put(`${scalers1}/a`, scaler1({}, { behavior: '{"ScaleUp":{"StabilizationWindowSeconds":5}}' })),
    put(`${scalers1}/a`, scaler1({}, { conditions: '[{"type":"X","status":"True"}]', metrics: "[]" })),
    put(`${scalers1}/a/status`, scaler1({}, { conditions: '[{"type":"X","status":"True"}]', behavior: "{}" })),
    put(`${scalers1}/a`, scaler1({}, { metrics: '[{"type":"Pods","pods":{"metricName":"q","targetAverageValue":"5"}}]' })),
    put(`${scalers1}/a`, scaler1({}, { metrics: '{"type":"Pods"}', "current-metrics": "x" })),
    get(`${scalers}/a`),
  ),
  life(
    "autoscaler: faults",
    manifest(
      scalers,
      scaler.replace(
        "name: cpu, target: {type: Utilization, averageUtilization: 50}",
        "name: cpu, target: {type: Utilization, averageUtilization: 0, averageValue: 1}",
      ),
    ),
    manifest(scalers, scaler.replace("name: cpu, target: {type: Utilization, averageUtilization: 50}", "target: {type: Value, value: 5}")),
    manifest(scalers, scaler.replace("container: app,", "").replace("averageValue: 1k", "averageUtilization: 5")),
    manifest(
      scalers,
      scaler.replace("kind: Ingress, name: main-route", "kind: '', name: 'a/b'").replace("value: 10k", "value: -10k, averageValue: 3"),
    ),
    manifest(
      scalers,
      scaler.replace('averageValue: "30"', 'averageValue: "0", value: "1"').replace("name: queue_messages_ready", "name: 'a/b'"),
    ),
    manifest(scalers, scaler.replace("type: Pods, pods", "type: Pods, resource").replace("type: Object\n", "type: Thing\n")),
    manifest(scalers, scaler.replace("maxReplicas: 10", "maxReplicas: 0").replace("minReplicas: 2", "minReplicas: -1")),
    manifest(
      scalers,
      scaler.replace(
        "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: php-apache}",
        "scaleTargetRef: {apiVersion: 'a/b/c', kind: 'x/y', name: '..'}",
      ),
    ),
    manifest(scalers, scaler.replace("verb: GET", "'-verb': 'G ET'").replace('tolerance: "0.05"', "tolerance: x")),
    create(scalers1, {
      metadata: { name: "a" },
      spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0, minReplicas: 3, targetCPUUtilizationPercentage: 0 },
    }),
    create(scalers1, {
      metadata: { name: "a", annotations: { "autoscaling.alpha.kubernetes.io/metrics": '[{"type":"Pods"}]' } },
      spec: { scaleTargetRef: { kind: "D", name: "d" }, maxReplicas: 2 },
    }),
    create(scalers1, {
      metadata: { name: "b", annotations: { "autoscaling.alpha.kubernetes.io/metrics": "nonsense" } },
      spec: { scaleTargetRef: { kind: "D", name: "d" }, maxReplicas: 2 },
    }),
    get(scalers),
  ),
  life(
    "disruption budgets",
    manifest(
      budgets,
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: zk-pdb}\nspec: {minAvailable: 2, selector: {matchLabels: {app: zookeeper}}}",
    ),
    table(`${budgets}/zk-pdb`),
    merge(`${budgets}/zk-pdb`, { spec: { maxUnavailable: "30%" } }),
    merge(`${budgets}/zk-pdb`, { spec: { minAvailable: null, maxUnavailable: "30%", unhealthyPodEvictionPolicy: "AlwaysAllow" } }),
    table(`${budgets}/zk-pdb`),
    merge(`${budgets}/zk-pdb`, { spec: { selector: { matchLabels: { app: null } } } }),
    merge(`${budgets}/zk-pdb`, { spec: { selector: null } }),
    merge(`${budgets}/zk-pdb`, { spec: { maxUnavailable: "130%", unhealthyPodEvictionPolicy: "Never" } }),
    merge(`${budgets}/zk-pdb`, { spec: { maxUnavailable: -1 } }),
    merge(`${budgets}/zk-pdb`, { spec: { maxUnavailable: "half", selector: { matchExpressions: [{ key: "a b", operator: "Not" }] } } }),
    merge(`${budgets}/zk-pdb/status`, {
      status: {
        currentHealthy: 3,
        desiredHealthy: 2,
        disruptionsAllowed: 1,
        expectedPods: 3,
        observedGeneration: 1,
        disruptedPods: { "zk-1": "2024-01-01T00:00:00Z" },
      },
    }),
    merge(`${budgets}/zk-pdb/status`, { status: { currentHealthy: -3, disruptionsAllowed: -1, expectedPods: -3, desiredHealthy: -2 } }),
    table(budgets),
    applied(
      `${budgets}/zk-pdb`,
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: zk-pdb}\nspec: {minAvailable: 1}",
      "m",
    ),
    applied(`${budgets}/other`, "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: other}\nspec: {minAvailable: 0%}", "m"),
    create("/apis/policy/v1beta1/namespaces/{ns}/poddisruptionbudgets", { metadata: { name: "x" } }),
    remove(budgets, undefined, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
];

export default sequences;
