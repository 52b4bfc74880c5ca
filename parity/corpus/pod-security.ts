import { create, patch, put, type Sequence, type Step } from "../sequences.ts";

const pods = "/api/v1/namespaces/{ns}/pods";
const namespace = "/api/v1/namespaces/{ns}";
const label = (name: string) => `pod-security.kubernetes.io/${name}`;
const level = (labels: Record<string, string | null>): Step =>
  patch(
    "merge",
    namespace,
    { metadata: { labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [label(name), value])) } },
    { pick: (body) => (body as { kind: string; message?: string }).message ?? "" },
  );

/** What the answer to a dry run says. */
const pick = (body: unknown) => (body as { message?: string }).message ?? (body as { kind: string }).kind;

const safe = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const container = (name: string, securityContext: object | undefined = safe, more: object = {}) => ({
  name,
  image: "nginx:1",
  ...(securityContext ? { securityContext } : {}),
  ...more,
});

interface PodShape {
  spec?: object;
  annotations?: Record<string, string>;
  containers?: object[];
}

const pod = ({ spec = {}, annotations, containers = [container("main")] }: PodShape = {}, name = "p") => ({
  metadata: { name, ...(annotations ? { annotations } : {}) },
  spec: { containers, ...spec },
});

/** Privileged containers are asked for too: recorded with `--allow-privileged=true`. Pods with one thing each that some level does not take, and some that all take. */
const shapes: Readonly<Record<string, PodShape>> = {
  safe: {},
  bare: { containers: [container("main", {})] },
  "two bare, one init": {
    containers: [container("a", {}), container("b", {})],
    spec: { initContainers: [container("i", {})] },
  },
  escalation: { containers: [container("main", { ...safe, allowPrivilegeEscalation: true })] },
  privileged: { containers: [container("main", { ...safe, allowPrivilegeEscalation: true, privileged: true })] },
  "two privileged": {
    containers: [container("a", { privileged: true }), container("b", { privileged: true }), container("c")],
  },
  "default capability": { containers: [container("main", { ...safe, capabilities: { drop: ["ALL"], add: ["CHOWN"] } })] },
  "bind service": { containers: [container("main", { ...safe, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } })] },
  "other capabilities": { containers: [container("main", { ...safe, capabilities: { add: ["SYS_ADMIN", "NET_RAW"] } }), container("b")] },
  "drops one": { containers: [container("main", { ...safe, capabilities: { drop: ["NET_RAW"] } })] },
  "host network": { spec: { hostNetwork: true } },
  "host everything": { spec: { hostNetwork: true, hostPID: true, hostIPC: true } },
  "host path": { spec: { volumes: [{ name: "v", hostPath: { path: "/x" } }] } },
  volumes: {
    spec: {
      volumes: [
        { name: "a", hostPath: { path: "/x" } },
        { name: "b", nfs: { server: "s", path: "/p" } },
        { name: "c", emptyDir: {} },
        { name: "d", configMap: { name: "c" } },
        { name: "e", hostPath: { path: "/y" } },
        { name: "f", csi: { driver: "d.example.com" } },
        { name: "g", iscsi: { targetPortal: "1.2.3.4", iqn: "iqn.2001-04.com.example:storage", lun: 0 } },
      ],
    },
  },
  "image volume": { spec: { volumes: [{ name: "i", image: { reference: "x:1" } }] } },
  "host port": { containers: [container("main", safe, { ports: [{ containerPort: 80, hostPort: 80 }] })] },
  "host ports": {
    containers: [
      container("main", safe, {
        ports: [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 9 },
        ],
      }),
      container("b", safe, { ports: [{ containerPort: 100, hostPort: 100 }] }),
    ],
  },
  "probe host": { containers: [container("main", safe, { livenessProbe: { httpGet: { port: 80, host: "example.com" } } })] },
  "probe and lifecycle hosts": {
    containers: [
      container("main", safe, {
        livenessProbe: { httpGet: { port: 80, host: "example.com" } },
        readinessProbe: { tcpSocket: { port: 80, host: "1.2.3.4" } },
        startupProbe: { tcpSocket: { port: 80, host: "127.0.0.1" } },
        lifecycle: { postStart: { httpGet: { port: 80, host: "a.example.com" } }, preStop: { httpGet: { port: 80, host: "::1" } } },
      }),
      container("b", safe, { livenessProbe: { httpGet: { port: 80, host: "localhost" } } }),
    ],
  },
  "probe of localhost": { containers: [container("main", safe, { livenessProbe: { httpGet: { port: 80, host: "127.0.0.1" } } })] },
  "proc mount": { spec: { hostUsers: false }, containers: [container("main", { ...safe, procMount: "Unmasked" })] },
  "non-root of the pod": {
    spec: { securityContext: { runAsNonRoot: true } },
    containers: [container("main", { ...safe, runAsNonRoot: undefined })],
  },
  "root by the pod": {
    spec: { securityContext: { runAsNonRoot: false } },
    containers: [container("main", { ...safe, runAsNonRoot: undefined })],
  },
  "root by both": {
    spec: { securityContext: { runAsNonRoot: false } },
    containers: [container("main", { ...safe, runAsNonRoot: false }), container("b"), container("c", { ...safe, runAsNonRoot: false })],
  },
  "root in its user namespace": {
    spec: { hostUsers: false },
    containers: [container("main", { ...safe, runAsNonRoot: false, runAsUser: 0 })],
  },
  "user 0 of the pod": { spec: { securityContext: { runAsUser: 0 } } },
  "user 0": { containers: [container("main", { ...safe, runAsUser: 0 }), container("b", { ...safe, runAsUser: 1 })] },
  "user 0 of both": { spec: { securityContext: { runAsUser: 0 } }, containers: [container("main", { ...safe, runAsUser: 0 })] },
  "SELinux type": { containers: [container("main", { ...safe, seLinuxOptions: { type: "super_t" } })] },
  "SELinux of both": {
    spec: { securityContext: { seLinuxOptions: { user: "u", type: "a_t" } } },
    containers: [container("main", { ...safe, seLinuxOptions: { role: "r", type: "b_t" } }), container("b")],
  },
  "SELinux engine": { containers: [container("main", { ...safe, seLinuxOptions: { type: "container_engine_t", level: "s0" } })] },
  "unconfined seccomp": { containers: [container("main", { ...safe, seccompProfile: { type: "Unconfined" } })] },
  "unconfined seccomp of the pod": { spec: { securityContext: { seccompProfile: { type: "Unconfined" } } } },
  "no seccomp": {
    containers: [container("main", { ...safe, seccompProfile: undefined }), container("b", { ...safe, seccompProfile: undefined })],
  },
  "seccomp of the pod": {
    spec: { securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "p" } } },
    containers: [container("main", { ...safe, seccompProfile: undefined })],
  },
  sysctls: {
    spec: {
      securityContext: {
        sysctls: [
          { name: "kernel.shm_rmid_forced", value: "1" },
          { name: "net.core.somaxconn", value: "1" },
          { name: "net.ipv4.tcp_rmem", value: "1" },
          { name: "net.ipv4.ip_local_reserved_ports", value: "1" },
          { name: "net.ipv4.tcp_keepalive_time", value: "1" },
          { name: "kernel.sem", value: "1" },
        ],
      },
    },
  },
  "AppArmor of the pod": { spec: { securityContext: { appArmorProfile: { type: "Unconfined" } } } },
  AppArmor: {
    containers: [
      container("main", { ...safe, appArmorProfile: { type: "Unconfined" } }),
      container("b", { ...safe, appArmorProfile: { type: "RuntimeDefault" } }),
    ],
  },
  "seccomp annotations": {
    annotations: {
      "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
      "container.seccomp.security.alpha.kubernetes.io/main": "unconfined",
    },
    containers: [container("main", { ...safe, seccompProfile: undefined })],
  },
  "host process": {
    spec: { hostNetwork: true, securityContext: { windowsOptions: { hostProcess: true }, runAsNonRoot: true } },
    containers: [container("main", { windowsOptions: { hostProcess: true } })],
  },
  windows: { spec: { os: { name: "windows" } }, containers: [container("main", { runAsNonRoot: true })] },
  "init and main": {
    spec: { initContainers: [container("init", { privileged: true }), container("ok")] },
    containers: [container("main", { privileged: true })],
  },
  much: {
    spec: { hostNetwork: true, hostPID: true, volumes: [{ name: "v", hostPath: { path: "/x" } }] },
    containers: [container("main", { privileged: true, capabilities: { add: ["SYS_TIME"] } })],
  },
};

const trials = Object.values(shapes).map((shape) => create(`${pods}?dryRun=All`, pod(shape), { pick }));
const against = (name: string, labels: Record<string, string>): Sequence => ({ name, steps: [level(labels), ...trials] });

const template = (shape: PodShape) => {
  const { metadata, spec } = pod(shape);
  return { metadata: { ...metadata, name: undefined, labels: { app: "a" } }, spec };
};
const bare = template({ containers: [container("main", {})] });

const sequences: Sequence[] = [
  against("baseline", { enforce: "baseline" }),
  against("restricted", { enforce: "restricted" }),
  against("warnings of restricted", { warn: "restricted", "warn-version": "latest" }),
  ...["v1.0", "v1.8", "v1.18", "v1.22", "v1.24", "v1.26", "v1.28", "v1.30", "v1.33", "v1.34", "v1.35", "v1.36", "v1.99"].flatMap(
    (version) => [
      against(`baseline of ${version}`, { enforce: "baseline", "enforce-version": version }),
      against(`restricted of ${version}`, { enforce: "restricted", "enforce-version": version }),
    ],
  ),
  {
    name: "labels",
    steps: [
      level({ enforce: "nonsense" }),
      level({ enforce: "Restricted" }),
      level({ "enforce-version": "1.2" }),
      level({ "audit-version": "v2.1" }),
      level({ "warn-version": "v1.01" }),
      level({ audit: "x", warn: "y", enforce: "z", "audit-version": "a", "warn-version": "w", "enforce-version": "e" }),
      level({ enforce: "baseline", "enforce-version": "v1.20" }),
      level({ warn: "" }),
      create("/api/v1/namespaces", { metadata: { name: "bad-{u}", labels: { [label("enforce")]: "no" } } }),
      create("/api/v1/namespaces", { metadata: { name: "good-{u}", labels: { [label("enforce")]: "baseline" } } }),
      put("/api/v1/namespaces/good-{u}", { metadata: { name: "good-{u}", labels: { [label("enforce")]: "no" } } }),
    ],
  },
  {
    name: "both enforced and warned of",
    steps: [
      level({ enforce: "baseline", warn: "restricted" }),
      create(`${pods}?dryRun=All`, pod(shapes.bare), { pick }),
      create(`${pods}?dryRun=All`, pod(shapes.privileged), { pick }),
      level({ warn: "privileged" }),
      create(`${pods}?dryRun=All`, pod(shapes.bare), { pick }),
      level({ enforce: "restricted", warn: null, "enforce-version": "v1.20" }),
      create(`${pods}?dryRun=All`, pod(shapes.bare), { pick }),
    ],
  },
  {
    name: "workloads",
    steps: [
      level({ enforce: "restricted" }),
      create(
        "/apis/apps/v1/namespaces/{ns}/deployments",
        { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "a" } }, template: bare } },
        { pick },
      ),
      create(
        "/apis/apps/v1/namespaces/{ns}/replicasets",
        { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "a" } }, template: bare } },
        { pick },
      ),
      create(
        "/apis/apps/v1/namespaces/{ns}/daemonsets",
        { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "a" } }, template: bare } },
        { pick },
      ),
      create(
        "/apis/apps/v1/namespaces/{ns}/statefulsets",
        { metadata: { name: "d" }, spec: { serviceName: "s", selector: { matchLabels: { app: "a" } }, template: bare } },
        { pick },
      ),
      create(
        "/api/v1/namespaces/{ns}/replicationcontrollers",
        { metadata: { name: "d" }, spec: { selector: { app: "a" }, template: bare } },
        { pick },
      ),
      create("/api/v1/namespaces/{ns}/podtemplates", { metadata: { name: "d" }, template: bare }, { pick }),
      create(
        "/apis/batch/v1/namespaces/{ns}/jobs",
        { metadata: { name: "d" }, spec: { template: { ...bare, spec: { ...bare.spec, restartPolicy: "Never" } } } },
        { pick },
      ),
      create(
        "/apis/batch/v1/namespaces/{ns}/cronjobs",
        {
          metadata: { name: "d" },
          spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: { ...bare, spec: { ...bare.spec, restartPolicy: "Never" } } } } },
        },
        { pick },
      ),
      patch("merge", "/apis/apps/v1/namespaces/{ns}/deployments/d", { spec: { replicas: 3 } }, { pick }),
      patch("merge", "/apis/apps/v1/namespaces/{ns}/deployments/d/scale", { spec: { replicas: 2 } }, { pick }),
      patch("merge", "/apis/apps/v1/namespaces/{ns}/deployments/d/status", { status: { observedGeneration: 2 } }, { pick }),
    ],
  },
  {
    name: "existing pods",
    steps: [
      create(pods, pod(shapes.bare, "a"), { pick }),
      create(pods, pod(shapes.bare, "b"), { pick }),
      create(pods, pod(shapes.bare, "c"), { pick }),
      create(pods, pod(shapes.privileged, "d"), { pick }),
      create(pods, pod(shapes["host network"], "e"), { pick }),
      create(pods, pod(shapes["host network"], "f"), { pick }),
      create(pods, pod(shapes.safe, "g"), { pick }),
      level({ enforce: "baseline" }),
      level({ enforce: "restricted" }),
      level({ enforce: "baseline" }),
      level({ "enforce-version": "v1.30" }),
      level({ "enforce-version": null }),
      level({ enforce: null }),
      level({ enforce: "restricted" }),
      patch("merge", `${pods}/a`, { metadata: { labels: { x: "y" } } }, { pick }),
      patch("strategic", `${pods}/a`, { spec: { containers: [{ name: "main", image: "nginx:2" }] } }, { pick }),
      patch("strategic", `${pods}/g`, { spec: { containers: [{ name: "main", image: "nginx:2" }] } }, { pick }),
      patch("strategic", `${pods}/g/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "e", image: "nginx:1" }] } }, { pick }),
      patch("strategic", `${pods}/g/ephemeralcontainers`, { spec: { ephemeralContainers: [container("f")] } }, { pick }),
      patch("merge", `${pods}/a/status`, { status: { message: "m" } }, { pick }),
      patch(
        "strategic",
        `${pods}/a/resize`,
        { spec: { containers: [{ name: "main", resources: { requests: { cpu: "1m" } } }] } },
        { pick },
      ),
    ],
  },
];

export default sequences;
