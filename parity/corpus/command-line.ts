import { type Answer, changed, create, get, patch, put, remove, type Sequence, type Step } from "../sequences.ts";

/** What kubectl asks for, command by command. */
const core = "/api/v1/namespaces/{ns}";
const apps = "/apis/apps/v1/namespaces/{ns}";
const tableHeaders = {
  headers: {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
  },
};
const table = (path: string): Step => get(path, tableHeaders);
const strict = (manager: string) => `?fieldManager=${manager}&fieldValidation=Strict`;
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "{ns}", labels: { app: "web" } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    strategy: {},
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ image: "nginx:1.25", name: "nginx", resources: {} }] } },
  },
  status: {},
};
const withLast = (object: { metadata: object }) => ({
  ...object,
  metadata: { ...object.metadata, annotations: { [lastApplied]: `${JSON.stringify(object)}\n` } },
});
const deleteOptions = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" };
const nodeOf = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "Node", metadata: { name, ...more } });
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { run: name }, ...metadata },
  spec: { containers: [{ name, image: "busybox:1.36", resources: {} }], dnsPolicy: "ClusterFirst", restartPolicy: "Always", ...spec },
  status: {},
});
const evict = (name: string, deleteOptions: object = {}) => ({
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { name, namespace: "{ns}" },
  deleteOptions,
});

const sequences: Sequence[] = [
  {
    name: "create deployment",
    steps: [
      create(`${apps}/deployments${strict("kubectl-create")}`, web),
      create(`${apps}/deployments${strict("kubectl-create")}`, web),
      table(`${apps}/deployments?limit=500`),
      table(`${apps}/deployments/web`),
      get(`${apps}/deployments/web`),
      create(`${apps}/deployments?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict`, {
        ...web,
        metadata: { ...web.metadata, name: "other" },
      }),
    ],
  },
  {
    name: "apply, change, apply",
    steps: [
      get(`${apps}/deployments/web`),
      create(`${apps}/deployments${strict("kubectl-client-side-apply")}`, withLast(web)),
      get(`${apps}/deployments/web`),
      patch("strategic", `${apps}/deployments/web${strict("kubectl-client-side-apply")}`, {
        metadata: { annotations: { [lastApplied]: "changed\n" } },
        spec: {
          replicas: 3,
          template: {
            spec: {
              "$setElementOrder/containers": [{ name: "nginx" }, { name: "side" }],
              containers: [
                { name: "nginx", image: "nginx:1.26" },
                { name: "side", image: "fluentd", resources: {} },
              ],
            },
          },
        },
      }),
      patch("strategic", `${apps}/deployments/web${strict("kubectl-client-side-apply")}`, {
        spec: {
          template: {
            spec: { "$setElementOrder/containers": [{ name: "nginx" }], containers: [{ $patch: "delete", name: "side" }] },
          },
        },
      }),
      patch("strategic", `${apps}/deployments/web${strict("kubectl-client-side-apply")}`, {
        spec: { replcas: 3, template: { spec: { containers: [{ name: "nginx", imagePullPolicies: "x" }] } } },
      }),
      patch("strategic", `${apps}/deployments/web?dryRun=All&fieldManager=kubectl-client-side-apply&fieldValidation=Strict`, {
        spec: { replicas: 9 },
      }),
      get(`${apps}/deployments/web`),
    ],
  },
  {
    name: "apply --server-side",
    steps: [
      patch("apply", `${apps}/deployments/web?fieldManager=kubectl&fieldValidation=Strict&force=false`, {
        ...web,
        metadata: { ...web.metadata, creationTimestamp: null },
      }),
      patch("merge", `${apps}/deployments/web?fieldManager=kubectl-edit`, { spec: { replicas: 5 } }),
      patch("apply", `${apps}/deployments/web?fieldManager=kubectl&fieldValidation=Strict&force=false`, web),
      patch("apply", `${apps}/deployments/web?fieldManager=kubectl&fieldValidation=Strict&force=true`, web),
      patch("apply", `${apps}/deployments/web?dryRun=All&fieldManager=kubectl&fieldValidation=Strict&force=true`, {
        ...web,
        spec: { ...web.spec, replicas: 8 },
      }),
    ],
  },
  {
    name: "scale",
    steps: [
      create(`${apps}/deployments`, web),
      get(`${apps}/deployments/web/scale`),
      patch("merge", `${apps}/deployments/web/scale`, { spec: { replicas: 4 } }),
      (answers) =>
        put(
          `${apps}/deployments/web/scale`,
          changed(answers, -2, (body) => Object.assign(body.spec, { replicas: 2 })),
        ),
      (answers) =>
        put(
          `${apps}/deployments/web/scale`,
          changed(answers, 2, (body) => Object.assign(body.spec, { replicas: 2 })),
        ),
      table(`${apps}/deployments/web`),
      table(`${apps}/deployments/web/scale`),
    ],
  },
  {
    name: "rollout restart, pause, resume, undo",
    steps: [
      create(`${apps}/deployments`, web),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-rollout`, {
        spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2024-02-03T04:05:06Z" } } } },
      }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-rollout`, { spec: { paused: true } }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-rollout`, { spec: { paused: null } }),
      get(`${apps}/replicasets?labelSelector=app%3Dweb`),
      patch("json", `${apps}/deployments/web`, [
        {
          op: "replace",
          path: "/spec/template",
          value: { ...web.spec.template, metadata: { creationTimestamp: null, labels: { app: "web" } } },
        },
        { op: "replace", path: "/metadata/annotations", value: { "deployment.kubernetes.io/revision": "1" } },
      ]),
      get(`${apps}/controllerrevisions?labelSelector=app%3Dweb`),
      patch("merge", `${apps}/deployments/web/status`, {
        status: { observedGeneration: 4, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      }),
      { watch: `${apps}/deployments?fieldSelector=metadata.name%3Dweb&resourceVersion=0&timeoutSeconds=2&watch=true`, until: 1 },
    ],
  },
  {
    name: "drain",
    steps: [
      create("/api/v1/nodes", nodeOf("n-{u}")),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { unschedulable: true } }),
      create(`${core}/pods`, pod("one", { nodeName: "n-{u}" })),
      create(`${core}/pods`, pod("two", { nodeName: "n-{u}", terminationGracePeriodSeconds: 0 })),
      get("/api/v1/pods?fieldSelector=spec.nodeName%3Dn-{u}&limit=500", {
        pick: (body) => (body as { items: Answer["body"][] }).items.map((item) => [item.metadata.name, item.spec.nodeName, item.status]),
      }),
      create(`${core}/pods/one/eviction`, evict("one")),
      create(`${core}/pods/two/eviction`, evict("two", { gracePeriodSeconds: 30 })),
      get(`${core}/pods/one`),
      get(`${core}/pods/two`),
      create(`${core}/pods/two/eviction`, evict("two")),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { unschedulable: null } }),
      remove("/api/v1/nodes/n-{u}", deleteOptions),
    ],
  },
  {
    name: "cordon, taint and label of a node",
    steps: [
      create("/api/v1/nodes", nodeOf("n-{u}", { labels: { zone: "a" } })),
      patch("strategic", "/api/v1/nodes/n-{u}?fieldManager=kubectl-taint", {
        spec: { taints: [{ effect: "NoSchedule", key: "dedicated", value: "gpu" }] },
      }),
      patch("strategic", "/api/v1/nodes/n-{u}?fieldManager=kubectl-taint", {
        spec: {
          taints: [
            { effect: "NoExecute", key: "dedicated", value: "gpu" },
            { effect: "NoSchedule", key: "dedicated", value: "gpu" },
          ],
        },
      }),
      patch("strategic", "/api/v1/nodes/n-{u}?fieldManager=kubectl-taint", { spec: { taints: [{ effect: "Never", key: "x y" }] } }),
      patch("strategic", "/api/v1/nodes/n-{u}?fieldManager=kubectl-taint", { spec: { taints: null } }),
      patch("merge", "/api/v1/nodes/n-{u}?fieldManager=kubectl-label", {
        metadata: { labels: { zone: "b", "node-role.kubernetes.io/x": "" } },
      }),
      patch("merge", "/api/v1/nodes/n-{u}?fieldManager=kubectl-label", { metadata: { labels: { zone: null } } }),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { unschedulable: true } }),
      table("/api/v1/nodes/n-{u}"),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { unschedulable: false } }),
      get("/api/v1/nodes/n-{u}"),
      remove("/api/v1/nodes/n-{u}"),
    ],
  },
  {
    name: "expose",
    steps: [
      create(`${apps}/deployments`, web),
      create(`${core}/services${strict("kubectl-expose")}`, {
        kind: "Service",
        apiVersion: "v1",
        metadata: { name: "web", labels: { app: "web" } },
        spec: { ports: [{ protocol: "TCP", port: 80, targetPort: 8080 }], selector: { app: "web" } },
        status: { loadBalancer: {} },
      }),
      table(`${core}/services`),
      patch("strategic", `${core}/services/web`, { spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31477 }] } }),
      patch("strategic", `${core}/services/web`, { spec: { type: "LoadBalancer" } }),
      table(`${core}/services/web`),
      patch("merge", `${core}/services/web`, { spec: { type: "ClusterIP", ports: [{ port: 80, targetPort: "http" }] } }),
      remove(`${core}/services/web`, deleteOptions),
    ],
  },
  {
    name: "set image, env, resources, serviceaccount",
    steps: [
      create(`${apps}/deployments`, web),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-set`, {
        spec: {
          template: { spec: { "$setElementOrder/containers": [{ name: "nginx" }], containers: [{ image: "nginx:1.27", name: "nginx" }] } },
        },
      }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-set`, {
        spec: {
          template: {
            spec: {
              "$setElementOrder/containers": [{ name: "nginx" }],
              containers: [
                {
                  env: [
                    { name: "A", value: "1" },
                    { name: "B", valueFrom: { secretKeyRef: { key: "k", name: "s" } } },
                  ],
                  name: "nginx",
                },
              ],
            },
          },
        },
      }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-set`, {
        spec: {
          template: {
            spec: {
              "$setElementOrder/containers": [{ name: "nginx" }],
              containers: [{ "$setElementOrder/env": [{ name: "B" }], env: [{ $patch: "delete", name: "A" }], name: "nginx" }],
            },
          },
        },
      }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-set`, {
        spec: {
          template: {
            spec: {
              containers: [{ name: "nginx", resources: { limits: { cpu: "200m", memory: "512Mi" }, requests: { cpu: "0.1" } } }],
            },
          },
        },
      }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-set`, {
        spec: { template: { spec: { serviceAccount: "build", serviceAccountName: "build" } } },
      }),
      patch("strategic", `${apps}/deployments/web?fieldManager=kubectl-set`, {
        spec: { template: { spec: { containers: [{ name: "nginx", resources: { limits: { cpu: "50m" } } }] } } },
      }),
      get(`${apps}/deployments/web`),
    ],
  },
  {
    name: "label and annotate",
    steps: [
      create(`${core}/pods${strict("kubectl-run")}`, pod("p")),
      patch("merge", `${core}/pods/p?fieldManager=kubectl-label`, { metadata: { labels: { tier: "front" } } }),
      patch("merge", `${core}/pods/p?fieldManager=kubectl-label`, { metadata: { labels: { tier: "back", run: null } } }),
      patch("merge", `${core}/pods/p?fieldManager=kubectl-annotate`, { metadata: { annotations: { note: "with spaces and ünïcode" } } }),
      (answers) =>
        patch("merge", `${core}/pods/p?fieldManager=kubectl-annotate`, {
          metadata: { resourceVersion: answers[0]?.body.metadata.resourceVersion, annotations: { note: "late" } },
        }),
      patch("merge", `${core}/pods/p?fieldManager=kubectl-label`, { metadata: { labels: { "bad key": "x" } } }),
      patch("merge", `${core}/pods/p?fieldManager=kubectl-label`, { metadata: { labels: { ok: "not ok" } } }),
      patch("merge", `${core}/pods/p?fieldManager=kubectl-annotate`, { metadata: { annotations: { note: null } } }),
      table(`${core}/pods?labelSelector=tier%3Dback`),
      table(`${core}/pods?labelSelector=tier%3Dfront`),
    ],
  },
  {
    name: "run, attach, logs, exec, port-forward, cp",
    steps: [
      create(
        `${core}/pods${strict("kubectl-run")}`,
        pod("p", { containers: [{ name: "p", image: "busybox", stdin: true, stdinOnce: true, tty: true }] }),
      ),
      get(`${core}/pods/p`),
      get(`${core}/pods/p/log?container=p`),
      get(`${core}/pods/p/log?follow=true&tailLines=5`),
      create(`${core}/pods/p/attach?container=p&stdin=true&stdout=true&tty=true`, undefined),
      create(`${core}/pods/p/exec?command=sh&container=p&stdin=true&stdout=true`, undefined),
      create(`${core}/pods/p/exec?container=p&stdin=true&stdout=true`, undefined),
      create(`${core}/pods/p/portforward`, undefined),
      remove(`${core}/pods/p`, { ...deleteOptions, gracePeriodSeconds: 0 }),
      get(`${core}/pods/p`),
    ],
  },
  {
    name: "debug",
    steps: [
      create(`${core}/pods`, pod("p", { shareProcessNamespace: true })),
      patch("strategic", `${core}/pods/p/ephemeralcontainers`, {
        spec: {
          ephemeralContainers: [
            {
              name: "debugger-abcde",
              image: "busybox",
              imagePullPolicy: "IfNotPresent",
              stdin: true,
              tty: true,
              targetContainerName: "p",
              terminationMessagePolicy: "File",
              securityContext: { capabilities: { add: ["SYS_PTRACE"] } },
            },
          ],
        },
      }),
      patch("strategic", `${core}/pods/p/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "second", image: "alpine", env: [{ name: "X", value: "$(Y)" }] }] },
      }),
      patch("strategic", `${core}/pods/p/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "second", $patch: "delete" }] },
      }),
      patch("strategic", `${core}/pods/p/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "third", image: "alpine", livenessProbe: { exec: { command: ["x"] } }, lifecycle: {} }] },
      }),
      get(`${core}/pods/p`),
    ],
  },
  {
    name: "create configmap, secret, quota, role, binding",
    steps: [
      create(`${core}/configmaps${strict("kubectl-create")}`, {
        kind: "ConfigMap",
        apiVersion: "v1",
        metadata: { name: "c", creationTimestamp: null },
        data: { "app.properties": "a=1\nb=2\n", level: "info" },
        binaryData: { logo: "iVBORw==" },
      }),
      create(`${core}/secrets${strict("kubectl-create")}`, {
        kind: "Secret",
        apiVersion: "v1",
        metadata: { name: "r", creationTimestamp: null },
        data: { ".dockerconfigjson": "eyJhdXRocyI6e319" },
        type: "kubernetes.io/dockerconfigjson",
      }),
      create(`${core}/secrets${strict("kubectl-create")}`, {
        kind: "Secret",
        apiVersion: "v1",
        metadata: { name: "t" },
        data: { "tls.crt": "eA==" },
        type: "kubernetes.io/tls",
      }),
      create("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles?fieldManager=kubectl-create&fieldValidation=Strict", {
        kind: "Role",
        apiVersion: "rbac.authorization.k8s.io/v1",
        metadata: { name: "reader" },
        rules: [{ verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] }],
      }),
      create("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings?fieldManager=kubectl-create&fieldValidation=Strict", {
        kind: "RoleBinding",
        apiVersion: "rbac.authorization.k8s.io/v1",
        metadata: { name: "readers" },
        subjects: [
          { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "jane-{u}" },
          { kind: "ServiceAccount", name: "default", namespace: "{ns}" },
        ],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      }),
      table("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings"),
      table(`${core}/secrets`),
      table(`${core}/configmaps/c`),
      get(`${core}/pods`, { user: "jane-{u}" }),
      get(`${core}/services`, { user: "jane-{u}" }),
      remove(`${core}/pods/x`, undefined, { user: "jane-{u}" }),
      create(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {
          kind: "SelfSubjectAccessReview",
          apiVersion: "authorization.k8s.io/v1",
          spec: { resourceAttributes: { namespace: "{ns}", verb: "delete", resource: "pods" } },
        },
        { user: "jane-{u}" },
      ),
      create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "{ns}" } }, { user: "jane-{u}" }),
    ],
  },
  {
    name: "delete and wait",
    steps: [
      create(`${apps}/deployments`, web),
      remove(`${apps}/deployments/web`, deleteOptions),
      get(`${apps}/deployments/web`),
      create(`${apps}/deployments`, web),
      remove(`${apps}/deployments/web`, { ...deleteOptions, propagationPolicy: "Foreground" }),
      get(`${apps}/deployments/web`),
      patch("strategic", `${apps}/deployments/web`, { spec: { replicas: 0 } }),
      patch("json", `${apps}/deployments/web`, [{ op: "remove", path: "/metadata/finalizers" }]),
      get(`${apps}/deployments/web`),
    ],
  },
  {
    name: "replace and replace --force",
    steps: [
      create(`${core}/configmaps${strict("kubectl-create")}`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { a: "1" },
      }),
      put(`${core}/configmaps/c${strict("kubectl-replace")}`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { b: "2" },
      }),
      put(`${core}/configmaps/c${strict("kubectl-replace")}`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { b: "2" },
        dat: { b: "2" },
      }),
      remove(`${core}/configmaps/c`, { ...deleteOptions, gracePeriodSeconds: 0 }),
      create(`${core}/configmaps${strict("kubectl-replace")}`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } }),
      put(`${core}/configmaps/d${strict("kubectl-replace")}`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "d" } }),
    ],
  },
  {
    name: "autoscale",
    steps: [
      create(`${apps}/deployments`, web),
      create(`/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers${strict("kubectl-autoscale")}`, {
        kind: "HorizontalPodAutoscaler",
        apiVersion: "autoscaling/v2",
        metadata: { name: "web" },
        spec: {
          scaleTargetRef: { kind: "Deployment", name: "web", apiVersion: "apps/v1" },
          minReplicas: 2,
          maxReplicas: 5,
          metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
        },
        status: { desiredReplicas: 0, currentMetrics: null, conditions: null },
      }),
      table("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers"),
      table("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers"),
      get("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/web"),
      get("/apis/autoscaling/v2beta2/namespaces/{ns}/horizontalpodautoscalers/web"),
    ],
  },
  {
    name: "create job from a cron job",
    steps: [
      create(`/apis/batch/v1/namespaces/{ns}/cronjobs${strict("kubectl-create")}`, {
        kind: "CronJob",
        apiVersion: "batch/v1",
        metadata: { name: "nightly" },
        spec: {
          schedule: "0 3 * * *",
          jobTemplate: {
            metadata: { name: "nightly" },
            spec: { template: { metadata: {}, spec: { containers: [{ name: "n", image: "i" }], restartPolicy: "OnFailure" } } },
          },
        },
        status: {},
      }),
      (answers) =>
        create(`/apis/batch/v1/namespaces/{ns}/jobs${strict("kubectl-create")}`, {
          kind: "Job",
          apiVersion: "batch/v1",
          metadata: {
            name: "manual",
            annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
            ownerReferences: [
              { apiVersion: "batch/v1", kind: "CronJob", name: "nightly", uid: answers[0]?.body.metadata.uid, controller: true },
            ],
          },
          spec: answers[0]?.body.spec.jobTemplate.spec,
        }),
      table("/apis/batch/v1/namespaces/{ns}/jobs"),
      table("/apis/batch/v1/namespaces/{ns}/cronjobs"),
      patch("strategic", "/apis/batch/v1/namespaces/{ns}/cronjobs/nightly", { spec: { suspend: true } }),
      patch("strategic", "/apis/batch/v1/namespaces/{ns}/jobs/manual", { spec: { suspend: true } }),
      patch("strategic", "/apis/batch/v1/namespaces/{ns}/jobs/manual", { spec: { completions: 5 } }),
      remove("/apis/batch/v1/namespaces/{ns}/jobs/manual", deleteOptions),
    ],
  },
  {
    name: "events of a pod",
    steps: [
      create(`${core}/pods`, pod("p")),
      (answers) =>
        create(`${core}/events`, {
          metadata: { name: "p.17a" },
          involvedObject: { kind: "Pod", namespace: "{ns}", name: "p", uid: answers[0]?.body.metadata.uid, apiVersion: "v1" },
          reason: "Scheduled",
          message: "Successfully assigned",
          source: { component: "default-scheduler" },
          firstTimestamp: "2024-01-01T00:00:00Z",
          lastTimestamp: "2024-01-01T00:00:00Z",
          count: 1,
          type: "Normal",
        }),
      (answers) =>
        get(
          `${core}/events?fieldSelector=involvedObject.name%3Dp%2CinvolvedObject.namespace%3D{ns}%2CinvolvedObject.kind%3DPod%2CinvolvedObject.uid%3D${answers[0]?.body.metadata.uid}&limit=500`,
        ),
      table(`${core}/events?fieldSelector=involvedObject.name%3Dp`),
      table("/apis/events.k8s.io/v1/namespaces/{ns}/events?fieldSelector=regarding.name%3Dp"),
      patch("strategic", `${core}/events/p.17a`, { count: 2, lastTimestamp: "2024-01-01T00:01:00Z" }),
      get("/apis/events.k8s.io/v1/namespaces/{ns}/events/p.17a"),
    ],
  },
  {
    name: "create namespace, serviceaccount, token",
    steps: [
      create(`/api/v1/namespaces${strict("kubectl-create")}`, {
        kind: "Namespace",
        apiVersion: "v1",
        metadata: { name: "team-{u}" },
        spec: {},
        status: {},
      }),
      create(`/api/v1/namespaces/team-{u}/serviceaccounts${strict("kubectl-create")}`, {
        kind: "ServiceAccount",
        apiVersion: "v1",
        metadata: { name: "bot" },
      }),
      create(
        "/api/v1/namespaces/team-{u}/serviceaccounts/bot/token?fieldManager=kubectl-create",
        {
          kind: "TokenRequest",
          apiVersion: "authentication.k8s.io/v1",
          spec: { audiences: null, expirationSeconds: 3600, boundObjectRef: null },
        },
        { pick: (body) => ({ ...(body as object), status: undefined }) },
      ),
      table("/api/v1/namespaces/team-{u}/serviceaccounts"),
      table("/api/v1/namespaces/team-{u}"),
      remove("/api/v1/namespaces/team-{u}", deleteOptions),
      create("/api/v1/namespaces/team-{u}/serviceaccounts", { metadata: { name: "late" } }),
      table("/api/v1/namespaces/team-{u}"),
      put("/api/v1/namespaces/team-{u}/finalize", { metadata: { name: "team-{u}" } }),
      remove("/api/v1/namespaces/team-{u}/serviceaccounts/bot"),
    ],
  },
  {
    name: "edit",
    steps: [
      create(`${core}/services`, { metadata: { name: "s" }, spec: { ports: [{ name: "a", port: 80 }], selector: { x: "y" } } }),
      patch("strategic", `${core}/services/s?fieldManager=kubectl-edit&fieldValidation=Strict`, {
        spec: { "$setElementOrder/ports": [{ port: 80 }, { port: 443 }], ports: [{ name: "tls", port: 443 }] },
      }),
      patch("strategic", `${core}/services/s?fieldManager=kubectl-edit&fieldValidation=Strict`, {
        spec: { "$setElementOrder/ports": [{ port: 443 }], ports: [{ $patch: "delete", port: 80 }] },
      }),
      patch("strategic", `${core}/services/s?fieldManager=kubectl-edit&fieldValidation=Strict`, {
        spec: { $retainKeys: ["ports"], "$setElementOrder/ports": [{ port: 443 }], selector: null },
      }),
      patch("strategic", `${core}/services/s?fieldManager=kubectl-edit&fieldValidation=Strict`, {
        metadata: { labels: { a: "b" } },
        spec: { clusterIP: "1.1.1.1" },
      }),
      get(`${core}/services/s`),
    ],
  },
  {
    name: "create pdb, priority class, ingress, quota",
    steps: [
      create(`/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets${strict("kubectl-create")}`, {
        kind: "PodDisruptionBudget",
        apiVersion: "policy/v1",
        metadata: { name: "b" },
        spec: { minAvailable: "50%", selector: { matchLabels: { app: "web" } } },
        status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      }),
      create(`/apis/scheduling.k8s.io/v1/priorityclasses${strict("kubectl-create")}`, {
        kind: "PriorityClass",
        apiVersion: "scheduling.k8s.io/v1",
        metadata: { name: "high-{u}" },
        value: 1000,
        description: "high",
        preemptionPolicy: "Never",
      }),
      create(`/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses${strict("kubectl-create")}`, {
        kind: "Ingress",
        apiVersion: "networking.k8s.io/v1",
        metadata: { name: "i" },
        spec: {
          rules: [
            {
              host: "x.com",
              http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }] },
            },
          ],
        },
        status: { loadBalancer: {} },
      }),
      create(`${core}/resourcequotas${strict("kubectl-create")}`, {
        kind: "ResourceQuota",
        apiVersion: "v1",
        metadata: { name: "q" },
        spec: { hard: { pods: "3", "requests.cpu": "1" } },
        status: {},
      }),
      table("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets"),
      table("/apis/scheduling.k8s.io/v1/priorityclasses/high-{u}"),
      table("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses"),
      table(`${core}/resourcequotas`),
      remove("/apis/scheduling.k8s.io/v1/priorityclasses/high-{u}"),
    ],
  },
  {
    name: "certificate approve and deny",
    steps: [
      create("/apis/certificates.k8s.io/v1/certificatesigningrequests", {
        metadata: { name: "c-{u}" },
        spec: {
          request:
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIa01JR0xBZ0VBTUJFeER6QU5CZ05WQkFNTUJtVnRZbVZrTURCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OQpBd0VIQTBJQUJIS0s=",
          signerName: "example.com/x",
          usages: ["client auth"],
        },
      }),
      table("/apis/certificates.k8s.io/v1/certificatesigningrequests/c-{u}"),
      patch("merge", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c-{u}/approval", {
        status: {
          conditions: [
            {
              type: "Approved",
              status: "True",
              reason: "KubectlApprove",
              message: "This CSR was approved by kubectl certificate approve.",
            },
          ],
        },
      }),
    ],
  },
  {
    name: "diff and apply of several kinds with dry run",
    steps: [
      patch("apply", `${core}/configmaps/c?dryRun=All&fieldManager=kubectl&fieldValidation=Strict&force=true`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c", namespace: "{ns}" },
        data: { a: "1" },
      }),
      patch(
        "apply",
        `${core}/services/s?dryRun=All&fieldManager=kubectl&fieldValidation=Strict&force=true`,
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "s" },
          spec: { ports: [{ port: 1 }], type: "NodePort" },
        },
        { pick: (body) => ({ ...(body as object), spec: undefined, metadata: undefined }) },
      ),
      get(`${core}/services/s`),
      patch("apply", `${core}/serviceaccounts/sa?dryRun=All&fieldManager=kubectl`, {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "sa" },
      }),
      patch("apply", `${core}/serviceaccounts/default?dryRun=All&fieldManager=kubectl`, {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default" },
        imagePullSecrets: [{ name: "x" }],
        secrets: [{ name: "y" }],
      }),
      get(`${core}/serviceaccounts/default`),
    ],
  },
];

export default sequences;
