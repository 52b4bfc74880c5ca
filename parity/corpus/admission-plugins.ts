import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

/** Both servers run with these; paths are relative to this directory. */
export const flags = {
  enable:
    "AlwaysPullImages,DenyServiceExternalIPs,EventRateLimit,ExtendedResourceToleration,LimitPodHardAntiAffinityTopology," +
    "NamespaceExists,OwnerReferencesPermissionEnforcement,PodNodeSelector,PodTolerationRestriction",
  configuration: "admission-plugins/configuration.yaml",
};

const pods = "/api/v1/namespaces/{ns}/pods";
const quietly = { pick: () => "" };
const container = (more: object = {}) => ({ name: "c", image: "i", ...more });
const pod = (spec: object = {}, metadata: object = {}) => ({
  metadata: { name: "p", ...metadata },
  spec: { containers: [container()], ...spec },
});
/** What these plug-ins have to do with a pod. */
const pick = (body: unknown) => {
  const { spec, ...rest } = body as { kind: string; spec?: Record<string, unknown> };
  if (rest.kind !== "Pod") return body;
  const { nodeSelector, tolerations, overhead, containers, initContainers, volumes, priority } = spec ?? {};
  return { nodeSelector, tolerations, overhead, containers, initContainers, volumes, priority };
};
const annotated = (annotations: Record<string, string>): Request =>
  patch("merge", "/api/v1/namespaces/{ns}", { metadata: { annotations } }, quietly);
const labelled = (labels: object, more: Partial<Request> = {}): Request =>
  patch("merge", "/api/v1/namespaces/{ns}", { metadata: { labels } }, more);
const made = (name: string, spec: object, ...before: Request[]): Sequence => ({
  name,
  steps: [...before, create(pods, pod(spec), { pick })],
});

const selector = (text: string) => annotated({ "scheduler.alpha.kubernetes.io/node-selector": text });
const defaults = (...tolerations: object[]) =>
  annotated({ "scheduler.alpha.kubernetes.io/defaultTolerations": JSON.stringify(tolerations) });
const allowed = (...tolerations: object[]) =>
  annotated({ "scheduler.alpha.kubernetes.io/tolerationsWhitelist": JSON.stringify(tolerations) });
const exists = (key: string, more: object = {}) => ({ key, operator: "Exists", effect: "NoSchedule", ...more });
const equals = (key: string, value: string, more: object = {}) => ({ key, operator: "Equal", value, effect: "NoSchedule", ...more });
const notReady = [
  exists("node.kubernetes.io/not-ready", { effect: "NoExecute", tolerationSeconds: 300 }),
  exists("node.kubernetes.io/unreachable", { effect: "NoExecute", tolerationSeconds: 300 }),
];
const requests = { resources: { requests: { cpu: "100m" } } };
const antiAffinity = (topologyKey: string) => ({
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { a: "b" } } }] },
  },
});

const owner = (kind: string, more: object = {}) => ({
  apiVersion: kind === "Node" || kind === "ConfigMap" ? "v1" : "x.example.com/v1",
  kind,
  name: "o",
  uid: "u",
  ...more,
});
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const owned = (...ownerReferences: object[]) => ({ metadata: { name: "m", ownerReferences } });
const someone = { user: "someone-{u}" };
const may = (name: string, rules: object[]): Request[] => [
  create("/apis/rbac.authorization.k8s.io/v1/clusterroles", { metadata: { name: `${name}-{u}` }, rules }, quietly),
  create(
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    {
      metadata: { name: `${name}-{u}` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `${name}-{u}` },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "someone-{u}" }],
    },
    quietly,
  ),
];
const writer = { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "update", "patch", "get"] };

const services = "/api/v1/namespaces/{ns}/services";
const service = (more: object) => ({ metadata: { name: "s" }, spec: { ports: [{ port: 80 }], ...more } });

const events = "/api/v1/namespaces/{ns}/events";
const event = (name: string, involved = "a") => ({
  metadata: { name },
  involvedObject: { kind: "Pod", namespace: "{ns}", name: involved },
  reason: "R",
  message: "m",
  source: { component: "c" },
  type: "Normal",
});
const statusOf = (body: unknown) => ((body as { kind?: string }).kind === "Status" ? body : "made");

const claims = "/api/v1/namespaces/{ns}/persistentvolumeclaims";
const claim = (name: string, more: object = {}) => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
});
const quota = (name: string, spec: object): Request =>
  create("/api/v1/namespaces/{ns}/resourcequotas", { metadata: { name }, spec }, quietly);
const counted = (name: string, hard: object): Request =>
  patch(
    "merge",
    `/api/v1/namespaces/{ns}/resourcequotas/${name}/status`,
    { status: { hard, used: Object.fromEntries(Object.keys(hard).map((key) => [key, "0"])) } },
    quietly,
  );

const classes = "/apis/node.k8s.io/v1/runtimeclasses";
const runtimeClass = (name: string, more: object = {}): Request =>
  create(classes, { metadata: { name: `${name}-{u}` }, handler: "h", ...more }, quietly);
const ofClass = (name: string, more: object = {}) => ({ runtimeClassName: `${name}-{u}`, ...more });

const ingresses = "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses";
const ingress = (name: string, more: object = {}, annotations: object = {}) => ({
  metadata: { name, annotations },
  spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } }, ...more },
});
const ingressClass = (name: string, annotations: object = {}): Request =>
  create(
    "/apis/networking.k8s.io/v1/ingressclasses",
    { metadata: { name: `${name}-{u}`, annotations }, spec: { controller: "example.com/c" } },
    quietly,
  );
const isDefault = { "ingressclass.kubernetes.io/is-default-class": "true" };

const privileged = { hostNetwork: true };

const sequences: Sequence[] = [
  {
    name: "images are pulled always",
    steps: [
      create(
        pods,
        pod({
          containers: [container({ imagePullPolicy: "Never" })],
          initContainers: [{ name: "i", image: "j:1" }],
          volumes: [{ name: "v", image: { reference: "k", pullPolicy: "IfNotPresent" } }],
        }),
        { pick },
      ),
      patch("strategic", `${pods}/p`, { metadata: { labels: { a: "b" } } }, { pick }),
      patch("strategic", `${pods}/p`, { spec: { containers: [{ name: "c", image: "other" }] } }, { pick }),
      patch("strategic", `${pods}/p/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "e", image: "x", imagePullPolicy: "Never" }] },
      }),
    ],
  },

  made("node selectors: the cluster's", {}),
  made("node selectors: the cluster's, conflicting", { nodeSelector: { cluster: "other" } }),
  made("node selectors: the namespace's", { nodeSelector: { own: "x" } }, selector("a=b, c=d")),
  made("node selectors: the namespace's, the same", { nodeSelector: { a: "b" } }, selector("a=b")),
  made("node selectors: the namespace's, conflicting", { nodeSelector: { a: "c" } }, selector("a=b")),
  made("node selectors: an empty one of the namespace", {}, selector("")),
  made("node selectors: one that can't be read", {}, selector("a in (b)")),
  made("node selectors: one without a value", {}, selector("a")),
  {
    name: "node selectors: on update",
    steps: [create(pods, pod(), { pick }), selector("a=b"), patch("merge", `${pods}/p`, { metadata: { labels: { x: "y" } } }, { pick })],
  },

  made("tolerations: the cluster's", {}),
  made("tolerations: the namespace's", {}, defaults(exists("a"), equals("b", "c"))),
  made("tolerations: none of the namespace", {}, defaults()),
  made("tolerations: of a pod with requests", { containers: [container(requests)] }),
  made("tolerations: its own", { tolerations: [exists("a")] }, defaults(equals("a", "b"))),
  made("tolerations: its own, narrower", { tolerations: [equals("a", "b")] }, defaults(exists("a"))),
  made("tolerations: the same", { tolerations: [equals("a", "b")] }, defaults(equals("a", "b"))),
  made("tolerations: everything", { tolerations: [{ operator: "Exists" }] }, defaults(exists("a"))),
  made(
    "tolerations: with seconds",
    { tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 10 }] },
    defaults({ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 20 }),
  ),
  made("tolerations: allowed", { tolerations: [equals("a", "b")] }, defaults(), allowed(exists("a"), ...notReady)),
  made("tolerations: not allowed", { tolerations: [equals("b", "b")] }, defaults(), allowed(exists("a"), ...notReady)),
  made("tolerations: not allowed by default", {}, defaults(), allowed(exists("a"))),
  made("tolerations: all allowed", { tolerations: [equals("b", "b")] }, allowed()),
  {
    name: "tolerations: on update",
    steps: [
      create(pods, pod({ containers: [container(requests)] }), { pick }),
      patch("merge", `${pods}/p`, { spec: { tolerations: [exists("z"), exists("cluster"), ...notReady] } }, { pick }),
      allowed(exists("a")),
      patch("merge", `${pods}/p`, { metadata: { labels: { x: "y" } } }, { pick }),
    ],
  },
  made("tolerations: of extended resources", {
    containers: [
      container({
        resources: {
          limits: { "b.example.com/x": "1", "a.example.com/y": "2" },
          requests: { "b.example.com/x": "1", "a.example.com/y": "2" },
        },
      }),
    ],
    initContainers: [{ name: "i", image: "i", resources: { limits: { "c.example.com/z": "1" } } }],
  }),
  made("tolerations: of an extended resource, its own", {
    containers: [container({ resources: { limits: { "b.example.com/x": "1" } } })],
    tolerations: [{ key: "b.example.com/x", operator: "Exists" }],
  }),

  made("anti-affinity: by host", antiAffinity("kubernetes.io/hostname")),
  made("anti-affinity: by zone", antiAffinity("topology.kubernetes.io/zone")),
  made("anti-affinity: preferred by zone", {
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: "zone", labelSelector: { matchLabels: { a: "b" } } } },
        ],
      },
    },
  }),

  {
    name: "external addresses",
    steps: [
      create(services, service({ externalIPs: ["1.2.3.4"] })),
      create(services, service({}), quietly),
      patch("merge", `${services}/s`, { spec: { externalIPs: ["1.2.3.4"] } }),
      patch("merge", `${services}/s`, { metadata: { labels: { a: "b" } } }, quietly),
    ],
  },

  {
    name: "owners: without permission",
    steps: [
      ...may("writes", [writer]),
      create(configMaps, owned(owner("Node")), someone),
      patch("merge", `${configMaps}/m`, { metadata: { labels: { a: "b" } } }, someone),
      patch("merge", `${configMaps}/m`, { metadata: { ownerReferences: [] } }, someone),
      patch("merge", `${configMaps}/m`, { metadata: { ownerReferences: [owner("ConfigMap")] } }, someone),
      put(`${configMaps}/m`, owned(owner("Node", { blockOwnerDeletion: true })), someone),
    ],
  },
  {
    name: "owners: with permission to delete",
    steps: [
      ...may("deletes", [{ ...writer, verbs: [...writer.verbs, "delete"] }]),
      create(configMaps, owned(owner("Node", { blockOwnerDeletion: true })), someone),
      create(configMaps, owned(owner("ConfigMap", { blockOwnerDeletion: true })), someone),
      create(configMaps, owned(owner("Nothing", { blockOwnerDeletion: true })), someone),
      create(configMaps, owned(owner("Nothing")), someone),
      patch("merge", `${configMaps}/m`, { metadata: { ownerReferences: [owner("Node")] } }, someone),
      patch("merge", `${configMaps}/m`, { metadata: { ownerReferences: [owner("Node", { blockOwnerDeletion: true })] } }, someone),
      patch("merge", `${configMaps}/m`, { metadata: { ownerReferences: [] } }, someone),
    ],
  },
  {
    name: "owners: with permission to set finalizers",
    steps: [
      ...may("finalizes", [
        { ...writer, verbs: [...writer.verbs, "delete"] },
        { apiGroups: [""], resources: ["nodes/finalizers"], verbs: ["update"] },
      ]),
      create(configMaps, owned(owner("Node", { blockOwnerDeletion: true })), someone),
      put(
        `${configMaps}/m`,
        owned(owner("Node", { blockOwnerDeletion: true }), owner("ConfigMap", { blockOwnerDeletion: true, uid: "v" })),
        someone,
      ),
    ],
  },

  {
    name: "events",
    steps: [
      create(events, event("a"), { pick: statusOf }),
      create(`${events}?dryRun=All`, event("dry"), { pick: statusOf }),
      create(events, event("b"), { pick: statusOf }),
      create(events, event("c"), { pick: statusOf }),
    ],
  },
  {
    name: "events of different objects",
    steps: [
      create(events, event("a", "a"), { pick: statusOf }),
      create(events, event("b", "b"), { pick: statusOf }),
      create(events, event("c", "c"), { pick: statusOf }),
      create(events, event("d", "d"), { pick: statusOf }),
      get(`${events}/a`, { pick: statusOf }),
      remove(`${events}/a`, undefined, { pick: statusOf }),
    ],
  },

  {
    name: "limited resources",
    steps: [
      create(claims, claim("plain"), quietly),
      create(claims, claim("classed", { storageClassName: "gold-{u}" })),
      quota("q", { hard: { "gold-{u}.storageclass.storage.k8s.io/requests.storage": "5Gi" } }),
      counted("q", { "gold-{u}.storageclass.storage.k8s.io/requests.storage": "5Gi" }),
      create(claims, claim("classed", { storageClassName: "gold-{u}" }), quietly),
      create(claims, claim("other", { storageClassName: "silver-{u}" })),
    ],
  },
  {
    name: "limited scopes",
    steps: [
      create(pods, pod({ priorityClassName: "system-cluster-critical" }), { pick }),
      create(pods, pod({ priorityClassName: "system-node-critical" }, { name: "q" }), { pick }),
      quota("q", {
        hard: { pods: "5" },
        scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["system-cluster-critical"] }] },
      }),
      counted("q", { pods: "5" }),
      create(pods, pod({ priorityClassName: "system-cluster-critical" }), { pick }),
    ],
  },

  { name: "a runtime class that isn't there", steps: [create(pods, pod(ofClass("none")), { pick })] },
  { name: "a runtime class", steps: [runtimeClass("plain"), create(pods, pod(ofClass("plain")), { pick })] },
  {
    name: "a runtime class with overhead",
    steps: [
      runtimeClass("heavy", { overhead: { podFixed: { cpu: "250m", memory: "64Mi" } } }),
      create(pods, pod(ofClass("heavy")), { pick }),
      create(pods, pod(ofClass("heavy", { overhead: { cpu: "0.25", memory: "64Mi" } }), { name: "q" }), { pick }),
      create(pods, pod(ofClass("heavy", { overhead: { cpu: "1" } }), { name: "r" }), { pick }),
    ],
  },
  made("overhead without a runtime class", { overhead: { cpu: "1" } }),
  {
    name: "overhead that its runtime class doesn't have",
    steps: [runtimeClass("plain"), create(pods, pod(ofClass("plain", { overhead: { cpu: "1" } })), { pick })],
  },
  {
    name: "a runtime class of some nodes",
    steps: [
      runtimeClass("some", { scheduling: { nodeSelector: { arch: "x" }, tolerations: [exists("own"), equals("a", "b")] } }),
      create(pods, pod(ofClass("some", { nodeSelector: { a: "b" }, tolerations: [exists("a")] })), { pick }),
      create(pods, pod(ofClass("some", { nodeSelector: { arch: "y" } }), { name: "q" }), { pick }),
      create(pods, pod(ofClass("some", { nodeSelector: { arch: "x" } }), { name: "r" }), { pick }),
    ],
  },

  {
    name: "default ingress classes",
    alone: true,
    steps: [
      create(ingresses, ingress("none")),
      ingressClass("plain"),
      ingressClass("b", isDefault),
      create(ingresses, ingress("default")),
      create(ingresses, ingress("named", { ingressClassName: "plain-{u}" })),
      create(ingresses, ingress("annotated", {}, { "kubernetes.io/ingress.class": "x" })),
    ],
  },

  {
    name: "claims that grow",
    steps: [
      create(
        "/apis/storage.k8s.io/v1/storageclasses",
        { metadata: { name: "grows-{u}" }, provisioner: "p", allowVolumeExpansion: true },
        quietly,
      ),
      create("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "stays-{u}" }, provisioner: "p" }, quietly),
      ...["grows", "stays"].flatMap((name) => {
        const hard = { [`${name}-{u}.storageclass.storage.k8s.io/requests.storage`]: "50Gi" };
        return [quota(name, { hard }), counted(name, hard)];
      }),
      ...["grows", "stays"].flatMap((name): Request[] => [
        create(claims, claim(name, { storageClassName: `${name}-{u}`, volumeName: "v" }), quietly),
        patch("merge", `${claims}/${name}`, { spec: { resources: { requests: { storage: "2Gi" } } } }),
        patch("merge", `${claims}/${name}/status`, { status: { phase: "Bound", capacity: { storage: "1Gi" } } }, quietly),
        patch("merge", `${claims}/${name}`, { spec: { resources: { requests: { storage: "2Gi" } } } }, { pick: (body) => statusOf(body) }),
      ]),
    ],
  },

  made("pod security: the default", privileged),
  made("pod security: warned by default", {}),
  made("pod security: labelled", privileged, labelled({ "pod-security.kubernetes.io/enforce": "privileged" }, quietly)),
  made(
    "pod security: labelled, wholly",
    privileged,
    labelled({ "pod-security.kubernetes.io/enforce": "privileged", "pod-security.kubernetes.io/warn": "privileged" }, quietly),
  ),
  {
    name: "pod security: an exempt user",
    steps: [
      ...may("pods", [{ apiGroups: [""], resources: ["pods"], verbs: ["create"] }]),
      create(pods, pod(privileged), { ...someone, pick }),
      create(pods, pod(privileged), { user: { name: "exempt-user", groups: ["system:masters"] }, pick }),
    ],
  },
  {
    name: "pod security: an exempt namespace",
    alone: true,
    steps: [
      create(
        "/api/v1/namespaces",
        { metadata: { name: "parity-exempt", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
        quietly,
      ),
      create("/api/v1/namespaces/parity-exempt/serviceaccounts", { metadata: { name: "default" } }, quietly),
      create("/api/v1/namespaces/parity-exempt/pods", pod(privileged), { pick }),
      patch(
        "merge",
        "/api/v1/namespaces/parity-exempt",
        { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } },
        quietly,
      ),
      patch(
        "merge",
        "/api/v1/namespaces/parity-exempt",
        { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
        quietly,
      ),
      patch("merge", "/api/v1/namespaces/parity-exempt", { metadata: { labels: { "pod-security.kubernetes.io/enforce": "other" } } }),
      ...[
        { enforce: "baseline", "enforce-version": "v1.20" },
        { enforce: "baseline", warn: "baseline" },
        { enforce: "restricted", "audit-version": "v1.20", warn: "privileged" },
        { enforce: "privileged", warn: "privileged", audit: "privileged" },
        { enforce: "baseline" },
      ].map((said) => {
        const labels = Object.fromEntries(Object.entries(said).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]));
        return put("/api/v1/namespaces/parity-exempt", { metadata: { name: "parity-exempt", labels } }, quietly);
      }),
    ],
  },
  {
    name: "pod security: a namespace made stricter",
    steps: [
      create(pods, pod(), quietly),
      labelled({ "pod-security.kubernetes.io/enforce": "restricted" }, { pick: statusOf }),
      labelled({ "pod-security.kubernetes.io/enforce": null }, { pick: statusOf }),
    ],
  },
  {
    name: "pod security: an exempt runtime class",
    alone: true,
    steps: [
      create(classes, { metadata: { name: "exempt-class" }, handler: "h" }, quietly),
      create(pods, pod({ ...privileged, runtimeClassName: "exempt-class" }), { pick }),
    ],
  },
  {
    name: "selectors of a namespace with a whitelist",
    alone: true,
    steps: [
      create("/api/v1/namespaces", { metadata: { name: "parity-allowed" } }, quietly),
      create("/api/v1/namespaces/parity-allowed/serviceaccounts", { metadata: { name: "default" } }, quietly),
      create("/api/v1/namespaces/parity-allowed/pods", pod({ nodeSelector: { env: "test" } }), { pick }),
      create("/api/v1/namespaces/parity-allowed/pods", pod({ nodeSelector: { env: "other" } }, { name: "q" }), { pick }),
      create("/api/v1/namespaces/parity-allowed/pods", pod({ nodeSelector: { x: "y" } }, { name: "r" }), { pick }),
    ],
  },
  { name: "a namespace that isn't there", steps: [create("/api/v1/namespaces/none-{u}/configmaps", { metadata: { name: "a" } })] },
];

export default sequences;
