import { changed, create, get, patch, put, type Sequence } from "../sequences.ts";

const pods = "/api/v1/namespaces/{ns}/pods";
const resources = (requests?: object, limits?: object) => ({ ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) });
const container = { name: "main", image: "nginx:1" };
const sized = { ...container, resources: resources({ cpu: "100m", memory: "64Mi" }, { cpu: "200m", memory: "128Mi" }) };
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [container], ...spec },
});
const resize = (body: object) => patch("strategic", `${pods}/a/resize`, body);
const resized = (more: object, name = "main") => resize({ spec: { containers: [{ name, resources: more }] } });
const ephemeral = (...ephemeralContainers: object[]) =>
  patch("strategic", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers } });

const sequences: Sequence[] = [
  {
    name: "resize",
    steps: [
      create(pods, pod("a", { containers: [sized, { name: "side", image: "x" }], initContainers: [{ name: "init", image: "x" }] })),
      resized({ requests: { cpu: "150m" } }),
      resized({ limits: { memory: "256Mi" } }),
      resized({ limits: { memory: "32Mi" } }),
      resized({ requests: { cpu: "1" }, limits: { cpu: "2" } }),
      resized({ requests: { cpu: "x" } }),
      resized({ requests: { cpu: "-1" } }),
      resized({ requests: { "ephemeral-storage": "1Gi" } }),
      resized({ requests: { "example.com/x": "1" }, limits: { "example.com/x": "1" } }),
      resized({ claims: [{ name: "x" }] }),
      resized({ requests: { cpu: null } }),
      resized({ requests: null }),
      resized({ requests: { cpu: "10m" } }, "side"),
      resized({ requests: { cpu: "10m" } }, "new"),
      resize({ spec: { initContainers: [{ name: "init", resources: { requests: { cpu: "1m" } } }] } }),
      resize({ spec: { containers: [{ name: "main", resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }] } }),
      resize({ spec: { containers: [{ name: "main", resizePolicy: [{ resourceName: "x", restartPolicy: "y" }] }] } }),
      resize({ spec: { resources: { requests: { cpu: "1" } } } }),
      resize({ metadata: { labels: { a: "b" } }, spec: { nodeName: "x" } }),
      patch("merge", `${pods}/a/resize`, { spec: { containers: null } }),
      patch("merge", `${pods}/a/resize`, { spec: { containers: [] } }),
      patch("json", `${pods}/a/resize`, [{ op: "replace", path: "/spec/containers/0/resources/requests/cpu", value: "170m" }]),
      (answers) =>
        put(
          `${pods}/a/resize`,
          changed(answers, -1, (body) => Object.assign(body.spec.containers[0].resources.requests, { cpu: "180m" })),
        ),
      put(`${pods}/a/resize`, pod("b")),
      put(`${pods}/a/resize`, { ...pod("a"), metadata: { name: "a", resourceVersion: "1" } }),
      patch("merge", `${pods}/missing/resize`, {}),
      patch("strategic", `${pods}/a/resize?dryRun=All`, {
        spec: { containers: [{ name: "main", resources: { requests: { cpu: "50m" } } }] },
      }),
      get(`${pods}/a/resize`),
      patch("merge", `${pods}/a/status`, { status: { phase: "Succeeded" } }),
      resized({ requests: { cpu: "120m" } }),
    ],
  },
  {
    name: "resize across classes",
    steps: [
      create(pods, pod("a")),
      resized({ requests: { cpu: "1" } }),
      create(
        pods,
        pod("b", { containers: [{ ...container, resources: resources({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "1Gi" }) }] }),
      ),
      patch("strategic", `${pods}/b/resize`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "500m" } } }] } }),
      patch("strategic", `${pods}/b/resize`, {
        spec: { containers: [{ name: "main", resources: { requests: { cpu: "2" }, limits: { cpu: "2" } } }] },
      }),
      get(`${pods}/b`),
    ],
  },
  {
    name: "ephemeral containers",
    steps: [
      create(pods, pod("a", { volumes: [{ name: "v", emptyDir: {} }] })),
      ephemeral({ name: "one", image: "busybox" }),
      ephemeral({ name: "two", image: "busybox", targetContainerName: "main", stdin: true, tty: true, command: ["sh"] }),
      ephemeral({ name: "three" }),
      ephemeral({ image: "x" }),
      ephemeral({ name: "Bad", image: "x" }),
      ephemeral({ name: "one", command: ["other"] }),
      ephemeral({ name: "three", image: "x", resources: { requests: { cpu: "1" } } }),
      ephemeral({
        name: "three",
        image: "x",
        livenessProbe: { httpGet: { port: 80 } },
        lifecycle: { preStop: { exec: { command: ["a"] } } },
      }),
      ephemeral({ name: "three", image: "x", ports: [{ containerPort: 80 }], resizePolicy: [] }),
      ephemeral({ name: "three", image: "x", volumeMounts: [{ name: "v", mountPath: "/v", subPath: "a" }] }),
      ephemeral({ name: "three", image: "x", volumeMounts: [{ name: "nope", mountPath: "/v" }] }),
      ephemeral({ name: "three", image: "x", volumeMounts: [{ name: "v", mountPath: "/v" }], env: [{ name: "A", value: "b" }] }),
      ephemeral({ name: "main", image: "x" }),
      ephemeral({ name: "four", image: "x", targetContainerName: "nope" }),
      ephemeral({ name: "four", image: "x", restartPolicy: "Always" }),
      patch("json", `${pods}/a/ephemeralcontainers`, [{ op: "remove", path: "/spec/ephemeralContainers/0" }]),
      patch("json", `${pods}/a/ephemeralcontainers`, [{ op: "remove", path: "/spec/ephemeralContainers" }]),
      patch("merge", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: null } }),
      patch("merge", `${pods}/a/ephemeralcontainers`, { metadata: { labels: { a: "b" }, annotations: { c: "d" } } }),
      patch("strategic", `${pods}/a/ephemeralcontainers?dryRun=All`, { spec: { ephemeralContainers: [{ name: "dry", image: "x" }] } }),
      (answers) =>
        put(
          `${pods}/a/ephemeralcontainers`,
          changed(answers, -1, (body) => body.spec.ephemeralContainers.push({ name: "five", image: "x" })),
        ),
      put(`${pods}/a/ephemeralcontainers`, pod("a")),
      put(`${pods}/a/ephemeralcontainers`, pod("b")),
      put(`${pods}/a/ephemeralcontainers`, { apiVersion: "v1", kind: "EphemeralContainers", metadata: { name: "a" } }),
      patch("merge", `${pods}/missing/ephemeralcontainers`, {}),
      create(`${pods}/a/ephemeralcontainers`, {}),
      get(`${pods}/a`),
      get(`${pods}/a/ephemeralcontainers`),
    ],
  },
  {
    name: "ephemeral containers with what is empty",
    steps: [
      create(pods, pod("a")),
      ...[
        { resizePolicy: [] },
        { ports: [] },
        { restartPolicyRules: [] },
        { resources: {} },
        { resources: { limits: {} } },
        { resources: { claims: [] } },
        { lifecycle: {} },
        { livenessProbe: {} },
        { env: [], command: [], volumeMounts: [], envFrom: [] },
        { envFrom: [], ports: [], resizePolicy: [], image: "" },
      ].map((more) => ephemeral({ name: "e", image: "x", ...more })),
      ephemeral({ name: "e", args: [], env: [] }),
      ephemeral({ name: "e", args: ["a"], env: [] }),
      ephemeral({ name: "e", securityContext: {} }),
      ephemeral({ name: "e", ports: [] }, { name: "f", image: "x" }),
      get(`${pods}/a`),
    ],
  },
  {
    name: "refused changes",
    steps: [
      create(
        pods,
        pod("a", {
          volumes: [{ name: "v", emptyDir: {} }],
          nodeSelector: { a: "b" },
          containers: [{ ...sized, env: [{ name: "A", value: "b" }] }],
        }),
      ),
      patch("strategic", `${pods}/a`, { spec: { hostNetwork: true } }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", command: ["x"] }] } }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", env: [{ name: "A", value: "c" }] }] } }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", ports: [{ containerPort: 80 }] }] } }),
      patch("strategic", `${pods}/a`, { spec: { nodeSelector: { c: "d" } } }),
      patch("strategic", `${pods}/a`, { spec: { volumes: [{ name: "w", emptyDir: {} }] } }),
      patch("strategic", `${pods}/a`, { spec: { priorityClassName: "system-node-critical" } }),
      patch("strategic", `${pods}/a`, { spec: { serviceAccountName: "other" } }),
      patch("strategic", `${pods}/a`, { spec: { restartPolicy: "Never", dnsPolicy: "Default" } }),
      patch("strategic", `${pods}/a`, { spec: { securityContext: { runAsUser: 5 } } }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", securityContext: { runAsUser: 7 } }] } }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "1m" } } }] } }),
      patch("strategic", `${pods}/a`, { spec: { hostname: "x", subdomain: "y" } }),
      patch("strategic", `${pods}/a`, { spec: { affinity: { podAntiAffinity: {} } } }),
      patch("strategic", `${pods}/a`, { spec: { schedulerName: "x" } }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", livenessProbe: { httpGet: { port: 80 } } }] } }),
      get(`${pods}/a`),
    ],
  },
  {
    name: "resizes of the pod as a whole",
    steps: [
      create(
        pods,
        pod("a", { resources: { requests: { cpu: "2", memory: "2Gi" }, limits: { cpu: "4", memory: "4Gi" } }, containers: [sized] }),
      ),
      resize({ spec: { resources: { requests: { cpu: "3" } } } }),
      resize({ spec: { resources: { limits: { cpu: "8", memory: "8Gi" } } } }),
      resize({ spec: { resources: { requests: { cpu: null } } } }),
      resize({ spec: { resources: null } }),
      resized({ limits: null }),
      resize({ spec: { initContainers: [{ name: "s", resources: { requests: { cpu: "1" } } }] } }),
      resize({ spec: { containers: [{ name: "main", image: "new" }] } }),
    ],
  },
  {
    name: "resizes of a pod without resources",
    steps: [
      create(pods, pod("a")),
      resize({ spec: { resources: { requests: { cpu: null } } } }),
      resize({ spec: { resources: { requests: { cpu: "1" } } } }),
      resize({ spec: { initContainers: [{ name: "s", resources: { requests: { cpu: "1" } } }] } }),
    ],
  },
  {
    name: "resizes of a Windows pod",
    steps: [create(pods, pod("a", { os: { name: "windows" }, containers: [sized] })), resized({ requests: { cpu: "150m" } })],
  },
  {
    name: "bindings of another object",
    steps: [
      create(pods, pod("a")),
      create(`${pods}/a/binding`, { metadata: { name: "a", uid: "x" }, target: { name: "n" } }),
      create("/api/v1/namespaces/{ns}/bindings?dryRun=All", { metadata: { name: "a", uid: "x" }, target: { name: "n" } }),
    ],
  },
];

export default sequences;
