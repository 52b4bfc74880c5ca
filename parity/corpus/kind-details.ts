import { changed, create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** What single kinds do beside their field rules. */
const pods = "/api/v1/namespaces/{ns}/pods";
const jobs = "/apis/batch/v1/namespaces/{ns}/jobs";
const cronjobs = "/apis/batch/v1/namespaces/{ns}/cronjobs";
const endpoints = "/api/v1/namespaces/{ns}/endpoints";
const scalers = "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers";
const scalers2 = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles";
const networkPolicies = "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies";
const claims = "/api/v1/namespaces/{ns}/persistentvolumeclaims";
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const template = { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } };
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "x" };
const yaml = { "content-type": "application/yaml" };

const metric = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } };
const memory = { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } };
const podsMetric = {
  type: "Pods",
  pods: { metric: { name: "m", selector: { matchLabels: { a: "b" } } }, target: { type: "AverageValue", averageValue: "5" } },
};
const objectMetric = {
  type: "Object",
  object: {
    describedObject: { kind: "Service", name: "s", apiVersion: "v1" },
    metric: { name: "m" },
    target: { type: "Value", value: "10" },
  },
};
const external = { type: "External", external: { metric: { name: "q" }, target: { type: "Value", value: "30" } } };
const containerMetric = {
  type: "ContainerResource",
  containerResource: { name: "cpu", container: "c", target: { type: "Utilization", averageUtilization: 60 } },
};

const status = {
  observedGeneration: 3,
  lastScaleTime: "2024-01-01T00:00:00Z",
  currentReplicas: 2,
  desiredReplicas: 3,
  currentMetrics: [
    { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40, averageValue: "400m" } } },
    { type: "Pods", pods: { metric: { name: "m" }, current: { averageValue: "7" } } },
  ],
  conditions: [{ type: "AbleToScale", status: "True", lastTransitionTime: "2024-01-01T00:00:00Z", reason: "R", message: "m" }],
};

const syntax: Readonly<Record<string, string>> = {
  "a mapping in a value": "apiVersion: v1\nkind: ConfigMap\nmetadata: name: a\n",
  "a tab": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n",
  "a key twice": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\n",
  "a key twice at the top": "apiVersion: v1\nkind: ConfigMap\nkind: ConfigMap\nmetadata:\n  name: a\n",
  "an open quote": 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "a\n',
  "an open flow": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n",
  "an open list": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  finalizers: [a, b\n",
  "a wrong indentation": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n labels: {}\n",
  "a missing colon": "apiVersion: v1\nkind: ConfigMap\nmetadata\n  name: a\n",
  "a lone word after a mapping": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\nfoo\n",
  "an unknown anchor": "apiVersion: v1\nkind: ConfigMap\nmetadata: *x\n",
  "an unknown escape": 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "\\q"\n',
  "a list among a mapping": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n- b\n",
  "a reserved character": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: @a\n",
  "a percent sign": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %a\n",
  "a backquote": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: `a`\n",
  "no object": "just text\n",
  "a list": "- a\n- b\n",
  "an unknown tag": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: !foo a\n",
  "a wrong end of a flow": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a]\n",
  "a closing bracket": "apiVersion: v1\nkind: ConfigMap\nmetadata: ]\n",
  "a block that ends early": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: |\n text\n",
  "nothing but a comment": "# nothing\n",
};

const sequences: Sequence[] = [
  {
    name: "deprecation of endpoints",
    steps: [
      get(`${endpoints}/none`),
      create(endpoints, { metadata: { name: "-" } }),
      create(endpoints, { metadata: { name: "a" } }),
      patch("merge", `${endpoints}/a`, { metadata: { labels: { a: "b" } } }),
      get(endpoints, { pick: () => undefined }),
      remove(`${endpoints}/a`),
      remove(`${endpoints}/a`),
      remove(endpoints, undefined, { pick: () => undefined }),
    ],
  },
  {
    name: "jobs deleted without a policy",
    steps: [
      create(jobs, { metadata: { name: "a" }, spec: { template } }),
      remove(`${jobs}/none`),
      remove(`${jobs}/a?dryRun=All`, { propagationPolicy: "Background" }),
      remove(`${jobs}/a?dryRun=All`, { orphanDependents: true }),
      remove(`${jobs}/a`),
      create(cronjobs, { metadata: { name: "a" }, spec: { schedule: "* * * * *", jobTemplate: { spec: { template } } } }),
      remove(`${cronjobs}/a`),
      create(jobs, { metadata: { name: "b" }, spec: { template } }),
      remove(jobs, undefined, { pick: () => undefined }),
    ],
  },
  {
    name: "jobs changed",
    steps: [
      create(jobs, { metadata: { name: "a" }, spec: { template } }),
      (answers) =>
        put(
          `${jobs}/a`,
          changed(answers, 0, (job) => (job.spec.template.spec.containers[0].image = "c")),
        ),
      (answers) =>
        put(
          `${jobs}/a`,
          changed(answers, 0, (job) => (job.spec.selector = { matchLabels: { a: "b" } })),
        ),
      (answers) =>
        put(
          `${jobs}/a`,
          changed(answers, 0, (job) => (job.spec.completions = 5)),
        ),
      patch("merge", `${jobs}/a`, { spec: { suspend: true } }),
      patch("strategic", `${jobs}/a`, {
        spec: {
          template: {
            metadata: { labels: { x: "y" } },
            spec: { nodeSelector: { a: "b" }, containers: [{ name: "a", resources: { limits: { cpu: "1" } } }] },
          },
        },
      }),
      patch("strategic", `${jobs}/a`, { spec: { template: { spec: { containers: [{ name: "a", image: "d" }] } } } }),
    ],
  },
  {
    name: "pods changed",
    steps: [
      create(pods, { metadata: { name: "a" }, spec: { containers: [{ name: "a", image: "b" }] } }),
      (answers) =>
        put(
          `${pods}/a`,
          changed(answers, 0, (pod) => delete pod.spec.containers[0].image),
        ),
      (answers) =>
        put(
          `${pods}/a`,
          changed(answers, 0, (pod) => (pod.spec.containers[0].command = ["x<y>&"])),
        ),
      (answers) =>
        put(
          `${pods}/a`,
          changed(answers, 0, (pod) => (pod.spec.hostNetwork = true)),
        ),
      (answers) =>
        put(
          `${pods}/a`,
          changed(answers, 0, (pod) => {
            pod.spec.nodeSelector = { z: "1", a: "2" };
            pod.spec.terminationGracePeriodSeconds = 5;
            pod.spec.containers[0].env = [{ name: "A", value: "b" }];
          }),
        ),
      (answers) =>
        put(
          `${pods}/a`,
          changed(answers, 0, (pod) => (pod.spec.volumes = [{ name: "v", emptyDir: {} }])),
        ),
    ],
  },
  {
    name: "roles without rules",
    steps: [
      create(roles, { metadata: { name: "a" } }),
      create(roles, { metadata: { name: "b" }, rules: [] }),
      create(roles, { metadata: { name: "c" }, rules: null }),
      (answers) =>
        put(
          `${roles}/a`,
          changed(answers, 0, () => undefined),
        ),
      patch("apply", `${roles}/d?fieldManager=m`, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "d" } }),
    ],
  },
  {
    name: "network policies with an empty selector",
    steps: [
      create(networkPolicies, { metadata: { name: "a" }, spec: { podSelector: { matchLabels: {} } } }),
      patch("merge", `${networkPolicies}/a`, { metadata: { labels: { a: "b" } } }),
      (answers) =>
        put(
          `${networkPolicies}/a`,
          changed(answers, 1, (policy) => (policy.spec.podSelector = {})),
        ),
      (answers) =>
        put(
          `${networkPolicies}/a`,
          changed(answers, 2, (policy) => (policy.spec.podSelector = { matchLabels: {} })),
        ),
      (answers) =>
        put(
          `${networkPolicies}/a`,
          changed(answers, 3, (policy) => (policy.spec.ingress = [])),
        ),
      (answers) =>
        put(
          `${networkPolicies}/a`,
          changed(answers, 4, (policy) => (policy.spec.ingress = [{ from: [] }])),
        ),
    ],
  },
  {
    name: "claims applied twice",
    steps: [
      patch("apply", `${claims}/a?fieldManager=m`, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "a" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "x" },
      }),
      patch("apply", `${claims}/a?fieldManager=m`, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "a" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "x" },
      }),
    ],
  },
  {
    name: "jobs applied twice",
    steps: [
      patch("apply", `${jobs}/a?fieldManager=m`, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "a" }, spec: { template } }),
      patch("apply", `${jobs}/a?fieldManager=m`, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "a" }, spec: { template } }),
    ],
  },
  {
    name: "autoscalers without policies",
    steps: [
      create(scalers2, {
        metadata: { name: "a" },
        spec: { maxReplicas: 3, scaleTargetRef: target, behavior: { scaleDown: { policies: [] } } },
      }),
      create(scalers2, { metadata: { name: "b" }, spec: { maxReplicas: 3, scaleTargetRef: target, behavior: { scaleUp: {} } } }),
      create(scalers2, { metadata: { name: "c" }, spec: { maxReplicas: 3, scaleTargetRef: target, metrics: [] } }),
      create(scalers2, { metadata: { name: "d" }, spec: { maxReplicas: 3, scaleTargetRef: target, behavior: {} } }),
    ],
  },
  {
    name: "autoscalers in their first version",
    steps: [
      create(scalers2, {
        metadata: { name: "a" },
        spec: {
          minReplicas: 1,
          maxReplicas: 3,
          scaleTargetRef: target,
          metrics: [metric, memory, podsMetric, objectMetric, external, containerMetric],
          behavior: { scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } },
        },
      }),
      get(`${scalers}/a`),
      (answers) =>
        put(
          `${scalers2}/a/status`,
          changed(answers, 0, (scaler) => (scaler.status = status)),
        ),
      get(`${scalers}/a`),
      (answers) =>
        put(
          `${scalers}/a`,
          changed(answers, 3, (scaler) => (scaler.spec.maxReplicas = 9)),
        ),
      get(`${scalers2}/a`),
      patch("merge", `${scalers}/a`, { metadata: { annotations: { "autoscaling.alpha.kubernetes.io/behavior": null } } }),
      patch("merge", `${scalers}/a`, { metadata: { annotations: { "autoscaling.alpha.kubernetes.io/metrics": "{" } } }),
      (answers) =>
        put(
          `${scalers}/a/status`,
          changed(answers, 3, (scaler) => (scaler.status.currentReplicas = 7)),
        ),
      get(`${scalers2}/a`),
    ],
  },
  {
    name: "names of field managers",
    steps: [
      create(`${configMaps}?fieldManager=${"m".repeat(129)}`, { metadata: { name: "a" } }),
      create(`${configMaps}?fieldManager=a%01b`, { metadata: { name: "a" } }),
      create(`${configMaps}?fieldManager=ok`, { metadata: { name: "a" } }),
      put(`${configMaps}/a?fieldManager=${"m".repeat(129)}`, { metadata: { name: "a" } }),
      put(`${configMaps}/a?fieldManager=%07`, { metadata: { name: "a" } }),
      patch("merge", `${configMaps}/a?fieldManager=%07`, { data: { a: "b" } }),
      create(`${configMaps}?fieldManager=%07&dryRun=x&fieldValidation=y`, { metadata: { name: "b" } }),
      put(`${configMaps}/a?fieldManager=%07&dryRun=x&fieldValidation=y`, { metadata: { name: "a" } }),
    ],
  },
  {
    name: "owners named twice",
    steps: [
      create(configMaps, {
        metadata: { name: "a", ownerReferences: [1, 2].map(() => ({ apiVersion: "v1", kind: "Pod", name: "x", uid: "u" })) },
      }),
      patch("merge", `${configMaps}/a`, {
        metadata: { ownerReferences: [1, 2].map(() => ({ apiVersion: "v1", kind: "Pod", name: "y", uid: "v" })) },
      }),
    ],
  },
  {
    name: "flow schemas and levels that are fixed",
    steps: [
      patch("merge", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/exempt?dryRun=All", { spec: { matchingPrecedence: 2 } }),
      patch("merge", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all?dryRun=All", {
        spec: { distinguisherMethod: { type: "ByNamespace" } },
      }),
      patch(
        "merge",
        "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/exempt?dryRun=All",
        { spec: { exempt: { lendablePercent: 50 } } },
        { pick: (body) => (body as { spec?: unknown }).spec },
      ),
      patch("merge", "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/catch-all?dryRun=All", {
        spec: { limited: { nominalConcurrencyShares: 6 } },
      }),
    ],
  },
  ...Object.entries(syntax).flatMap(([name, raw]) => [
    { name: `YAML with ${name}`, steps: [create(configMaps, undefined, { raw, headers: yaml })] },
    {
      name: `strict YAML with ${name}`,
      steps: [create(`${configMaps}?fieldValidation=Strict`, undefined, { raw, headers: yaml })],
    },
    {
      name: `applied YAML with ${name}`,
      steps: [patch("apply", `${configMaps}/a?fieldManager=m`, undefined, { raw })],
    },
  ]),
];

export default sequences;
