import { create, get, patch, type Sequence } from "../sequences.ts";
import { story } from "../stories/story.ts";

/** What pods may name, be bound and resized to, and who owns what of it. */
const core = "/api/v1/namespaces/{ns}";
const pods = `${core}/pods`;
const c = (more: object = {}) => ({ name: "main", image: "nginx:1", ...more });
const of = (name: string, spec: object, meta: object = {}) => ({
  metadata: { name, ...meta },
  spec: { serviceAccountName: "sa", containers: [c()], ...spec },
});
const pod = (name: string, spec: object = {}, meta: object = {}) => ({ metadata: { name, ...meta }, spec: { containers: [c()], ...spec } });
const account = (value: string) => ({
  metadata: { name: "sa", annotations: { "kubernetes.io/enforce-mountable-secrets": value } },
  secrets: [{ name: "ok" }, {}],
  imagePullSecrets: [{ name: "pull" }],
});
const mirror = { annotations: { "kubernetes.io/config.mirror": "x" } };
const enforce = (value: string | null) =>
  patch("merge", `${core}/serviceaccounts/sa`, { metadata: { annotations: { "kubernetes.io/enforce-mountable-secrets": value } } });
const applyTo = (manager: string, spec: object, metadata: object = {}, sub = "resize") =>
  patch("apply", `${pods}/a/${sub}?fieldManager=${manager}&force=true`, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", ...metadata },
    spec,
  });
const r = (cpu: string) => ({ requests: { cpu } });
const resize = (spec: object) => patch("strategic", `${pods}/a/resize`, { spec });
const more = (name: string) => ({ name, resources: { requests: { "ephemeral-storage": "2Gi" } } });
const less = (name: string) => ({ name, resources: { requests: { "ephemeral-storage": null } } });
const keyed = (labels: object, term: object) => ({
  metadata: { name: "a", labels },
  spec: {
    containers: [{ name: "main", image: "x" }],
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "t", ...term }],
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 3, podAffinityTerm: { topologyKey: "t", ...term } }],
      },
    },
  },
});
const selector = { matchLabels: { q: "r" } };
const sec = (securityContext: object) => ({ containers: [c({ securityContext })] });

const sequences: Sequence[] = [
  story(
    "mountable secrets",
    create(`${core}/serviceaccounts`, account("true")),
    create(
      pods,
      of("a", {
        volumes: [
          { name: "v", secret: { secretName: "ok" } },
          { name: "w", secret: { secretName: "bad" } },
        ],
      }),
    ),
    create(pods, of("a", { volumes: [{ name: "v", secret: {} }] })),
    create(pods, of("a", { volumes: [{ name: "v", projected: { sources: [{ secret: { name: "bad" } }] } }] })),
    create(
      pods,
      of("b", {
        containers: [
          c({
            env: [
              { name: "A", valueFrom: { secretKeyRef: { name: "ok", key: "k" } } },
              { name: "B", valueFrom: { secretKeyRef: { name: "no", key: "k" } } },
            ],
          }),
        ],
        initContainers: [{ name: "i", image: "x", envFrom: [{ configMapRef: { name: "q" } }, { secretRef: { name: "n" } }] }],
      }),
    ),
    create(
      pods,
      of("b", { initContainers: [{ name: "i", image: "x", env: [{ name: "C", valueFrom: { secretKeyRef: { name: "x", key: "y" } } }] }] }),
    ),
    create(
      pods,
      of("b", { containers: [c({ envFrom: [{ secretRef: { name: "ok" } }, { secretRef: { name: "bad", optional: true } }] })] }),
    ),
    create(pods, of("b", { imagePullSecrets: [{ name: "pull" }, { name: "other" }, {}] })),
    create(pods, of("b", { priorityClassName: "none", imagePullSecrets: [{ name: "other" }] })),
    create(pods, of("b", { containers: [], imagePullSecrets: [{ name: "other" }] })),
    enforce("T"),
    create(pods, of("b", { imagePullSecrets: [{ name: "other" }] })),
    create(pods, of("c", {})),
    patch("strategic", `${pods}/c/ephemeralcontainers`, {
      spec: {
        ephemeralContainers: [{ name: "e", image: "x", env: [{ name: "A", valueFrom: { secretKeyRef: { name: "no", key: "k" } } }] }],
      },
    }),
    patch("strategic", `${pods}/c/ephemeralcontainers`, {
      spec: { ephemeralContainers: [{ name: "e", image: "x", envFrom: [{ secretRef: { name: "no" } }] }] },
    }),
    patch("strategic", `${pods}/c/ephemeralcontainers`, {
      spec: { ephemeralContainers: [{ name: "e", image: "x", envFrom: [{ secretRef: { name: "ok" } }] }] },
    }),
    enforce("yes"),
    create(pods, of("d", { imagePullSecrets: [{ name: "other" }] })),
    patch("strategic", `${pods}/c/ephemeralcontainers`, {
      spec: { ephemeralContainers: [{ name: "f", image: "x", envFrom: [{ secretRef: { name: "no" } }] }] },
    }),
    { method: "DELETE", path: `${core}/serviceaccounts/sa` },
    patch("strategic", `${pods}/c/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "g", image: "x" }] } }),
    patch("strategic", `${pods}/c/ephemeralcontainers`, { spec: { ephemeralContainers: [] } }),
  ),
  story(
    "mirror pods",
    create(pods, of("m", { nodeName: "n" }, mirror)),
    create(pods, of("m", { serviceAccountName: "", volumes: [{ name: "v", secret: { secretName: "s" } }] }, mirror)),
    create(pods, of("m", { serviceAccountName: "", nodeName: "n", containers: [c({ envFrom: [{ secretRef: { name: "x" } }] })] }, mirror)),
    create(
      pods,
      of(
        "m",
        {
          serviceAccountName: "",
          nodeName: "n",
          volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "x" } }] } }],
        },
        mirror,
      ),
    ),
    create(
      pods,
      of(
        "m",
        {
          serviceAccountName: "",
          nodeName: "n",
          volumes: [{ name: "v", projected: { sources: [{ secret: { name: "x" } }, { serviceAccountToken: { path: "x" } }] } }],
        },
        mirror,
      ),
    ),
    create(pods, of("m", { serviceAccountName: "", nodeName: "n", imagePullSecrets: [{ name: "p" }] }, mirror)),
    create(pods, of("m", { serviceAccountName: "", nodeName: "n", imagePullSecrets: [{}] }, mirror)),
    create(
      pods,
      of(
        "m2",
        { serviceAccountName: "", nodeName: "n", volumes: [{ name: "v", csi: { driver: "d", nodePublishSecretRef: { name: "s" } } }] },
        mirror,
      ),
    ),
    create(pods, of("m3", { serviceAccountName: "", volumes: [{ name: "v", secret: {} }] }, mirror)),
    create(pods, of("m4", { serviceAccountName: "", containers: [] }, mirror)),
    patch("strategic", `${pods}/m4/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "g", image: "x" }] } }),
    create(pods, of("m5", { serviceAccountName: "", nodeName: "n" }, mirror)),
    patch("strategic", `${pods}/m5/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "g", image: "x" }] } }),
    create(pods, of("m6", { serviceAccountName: "", serviceAccount: "default", nodeName: "n" }, mirror)),
    create(
      pods,
      of(
        "m7",
        {
          serviceAccountName: "",
          automountServiceAccountToken: true,
          resourceClaims: [{ name: "c", resourceClaimName: "x" }],
          nodeName: "n",
        },
        mirror,
      ),
    ),
  ),
  story(
    "claims of mirror pods",
    create(pods, of("m7", { serviceAccountName: "", resourceClaims: [{ name: "c", resourceClaimName: "x" }] }, mirror)),
    create(
      pods,
      of(
        "m7",
        {
          serviceAccountName: "",
          resourceClaims: [{ name: "c", resourceClaimName: "x" }],
          containers: [],
          ephemeralContainers: [{ name: "e", image: "x" }],
          nodeName: "n",
          schedulingGates: [{ name: "x" }],
        },
        mirror,
      ),
    ),
    create(pods, of("m7", { serviceAccountName: "", resourceClaims: [] }, mirror)),
    create(pods, of("m8", { serviceAccountName: "", nodeName: "n" }, mirror)),
    patch("merge", `${pods}/m8`, { metadata: { annotations: { "kubernetes.io/config.mirror": "y" } } }),
    patch("merge", `${pods}/m8`, { metadata: { annotations: null } }),
    patch("strategic", `${pods}/m8/resize`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "1" } } }] } }),
  ),
  story(
    "classes of service that are told",
    create(pods, {
      metadata: { name: "a" },
      spec: { containers: [c()] },
      status: { qosClass: "Guaranteed", phase: "Failed", podIP: "1.2.3.4" },
    }),
    create(pods, {
      metadata: { name: "b" },
      spec: { containers: [c({ resources: { requests: { cpu: "1" } } })] },
      status: { qosClass: "Foo" },
    }),
    patch("strategic", `${pods}/b/resize`, { spec: { containers: [{ name: "main", resources: { requests: { cpu: "2" } } }] } }),
    patch("merge", `${pods}/b/status`, { status: { qosClass: "" } }),
    patch("merge", `${pods}/b/status`, { status: { qosClass: "Burstable" } }),
    patch("apply", `${pods}/c?fieldManager=x`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "c" },
      spec: { containers: [c()] },
      status: { qosClass: "Burstable", phase: "Running" },
    }),
    create(`${core}/resourcequotas`, { metadata: { name: "q" }, spec: { hard: { pods: "0" }, scopes: ["BestEffort"] } }),
    patch("merge", `${core}/resourcequotas/q/status`, { status: { hard: { pods: "0" }, used: { pods: "0" } } }),
    create(pods, { metadata: { name: "d" }, spec: { containers: [c()] } }),
    create(pods, { metadata: { name: "d" }, spec: { containers: [c()] }, status: { qosClass: "Burstable" } }),
    create(pods, {
      metadata: { name: "e" },
      spec: { containers: [c({ resources: { requests: { cpu: "1" } } })] },
      status: { qosClass: "BestEffort" },
    }),
    get(pods),
  ),
  story(
    "applies of resizes",
    create(pods, {
      metadata: { name: "a" },
      spec: {
        initContainers: [{ name: "i", image: "x", resources: r("100m") }],
        containers: [
          { name: "main", image: "x", resources: r("100m"), ports: [{ containerPort: 80 }] },
          { name: "two", image: "x", resources: r("100m") },
        ],
      },
    }),
    applyTo(
      "one",
      { containers: [{ name: "main", image: "y", resources: r("110m"), ports: [{ containerPort: 80 }] }] },
      { labels: { a: "b" } },
    ),
    applyTo("two", { containers: [{ name: "two" }] }),
    applyTo("three", { containers: [{ name: "two", image: "q" }], initContainers: [{ name: "i", resources: r("120m") }] }),
    applyTo("four", {
      initContainers: [
        { name: "i", resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }], env: [{ name: "A", value: "B" }] },
      ],
    }),
    applyTo("five", { nodeSelector: { a: "b" } }),
    applyTo("six", { ephemeralContainers: [{ name: "e", image: "x", resources: r("1") }] }),
    applyTo("one", { containers: [{ name: "main" }] }),
    applyTo("one", { containers: [] }),
    applyTo("eph", { ephemeralContainers: [{ name: "e", image: "x" }], containers: [{ name: "main" }] }, {}, "ephemeralcontainers"),
    get(`${pods}/a`),
  ),
  story(
    "bindings of a revision",
    create(pods, { metadata: { name: "a" }, spec: { containers: [{ name: "main", image: "x" }] } }),
    create(`${pods}/a/binding?dryRun=All`, { metadata: { name: "a", resourceVersion: "3" }, target: { kind: "Node", name: "n" } }),
    create(`${pods}/a/binding?dryRun=All`, {
      metadata: { name: "a", resourceVersion: "3", uid: "x" },
      target: { kind: "Node", name: "n" },
    }),
    create(`${pods}/a/binding`, { metadata: { name: "a", resourceVersion: "0" }, target: { kind: "Node", name: "n" } }),
    create(`/api/v1/namespaces/{ns}/pods`, { metadata: { name: "b" }, spec: { containers: [{ name: "main", image: "x" }] } }),
    create(`${pods}/b/binding`, { metadata: { name: "b", resourceVersion: "x" }, target: { kind: "Node", name: "n" } }),
    create(`/api/v1/namespaces/{ns}/bindings`, { metadata: { name: "b", resourceVersion: "7" }, target: { kind: "Node", name: "n" } }),
    create(`/api/v1/namespaces/{ns}/bindings`, { metadata: { name: "b", resourceVersion: "x" }, target: { kind: "Node", name: "n" } }),
    create(`/api/v1/namespaces/{ns}/bindings`, {
      metadata: { name: "b", resourceVersion: "<rv:/api/v1/namespaces/{ns}/pods/b>" },
      target: { kind: "Node", name: "n" },
    }),
    get(`${pods}/b`),
  ),
  story(
    "resizes of several containers",
    create(pods, {
      metadata: { name: "a" },
      spec: {
        initContainers: [
          { name: "i", image: "x", resources: { requests: { cpu: "100m", "ephemeral-storage": "1Gi" } } },
          { name: "j", image: "x", resources: { requests: { cpu: "100m", "ephemeral-storage": "1Gi" } }, restartPolicy: "Always" },
        ],
        containers: [
          {
            name: "main",
            image: "x",
            resources: { requests: { cpu: "100m", "ephemeral-storage": "1Gi" } },
            ports: [{ containerPort: 80 }],
          },
          { name: "two", image: "x", resources: { requests: { cpu: "100m", "ephemeral-storage": "1Gi" } } },
        ],
      },
    }),
    resize({ containers: [more("main")] }),
    resize({ containers: [more("main"), more("two")] }),
    resize({ initContainers: [more("i")] }),
    resize({ initContainers: [more("i"), less("j")] }),
    resize({ initContainers: [more("i"), less("j")], containers: [more("main"), more("two")] }),
    resize({ initContainers: [more("i"), { name: "k", image: "x" }], containers: [more("main"), more("two")] }),
    resize({ initContainers: [more("i")], containers: [more("main")], resources: { requests: { cpu: "4", "ephemeral-storage": "1Gi" } } }),
    resize({ resources: { requests: { cpu: "4", "ephemeral-storage": "1Gi" } } }),
    resize({ resources: { requests: { cpu: "4", memory: "1Gi" } }, initContainers: [more("i")] }),
    resize({ resources: { limits: { "hugepages-2Mi": "2Mi" }, requests: { "hugepages-2Mi": "2Mi" } } }),
    resize({ containers: [{ name: "main", resources: { requests: { cpu: null, "ephemeral-storage": "3Gi" } } }] }),
    resize({ initContainers: [{ name: "i", resources: { requests: { cpu: null, "ephemeral-storage": "3Gi" } } }] }),
    resize({ initContainers: [{ name: "i", resources: { requests: { cpu: "1" } } }] }),
    resize({ containers: [{ name: "main", resources: { limits: { cpu: "1" }, claims: [{ name: "c" }] } }] }),
  ),
  story(
    "keys of affinity terms",
    create(pods, keyed({ q: "r" }, { labelSelector: selector, mismatchLabelKeys: ["q"] })),
    create(pods, keyed({ q: "r" }, { labelSelector: selector, matchLabelKeys: ["q"] })),
    create(pods, keyed({ q: "r", s: "t" }, { labelSelector: selector, matchLabelKeys: ["s", "q"], mismatchLabelKeys: ["s", "q", "z"] })),
    create(
      pods,
      keyed({ q: "r" }, { labelSelector: { matchExpressions: [{ key: "q", operator: "Exists" }] }, mismatchLabelKeys: ["a b", "q"] }),
    ),
    create(pods, keyed({}, { labelSelector: selector, matchLabelKeys: ["q"], mismatchLabelKeys: ["q"] })),
    create(pods, keyed({ q: "r" }, { matchLabelKeys: ["q"], mismatchLabelKeys: ["q"] })),
    create(pods, keyed({ s: "r" }, { labelSelector: selector, matchLabelKeys: ["s", "s"] })),
    ...[["q"], ["s", "s"], ["s", "q", "q"], ["a b", "q"]].map((matchLabelKeys) =>
      create(pods, {
        metadata: { name: "b", labels: { q: "r", s: "t" } },
        spec: {
          containers: [{ name: "main", image: "x" }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "t",
              whenUnsatisfiable: "DoNotSchedule",
              labelSelector: {
                matchLabels: { q: "r" },
                matchExpressions: [
                  { key: "q", operator: "Exists" },
                  { key: "s", operator: "Exists" },
                ],
              },
              matchLabelKeys,
            },
          ],
        },
      }),
    ),
  ),
  story(
    "messages that show values",
    create(
      pods,
      pod(
        "a",
        sec({
          privileged: true,
          allowPrivilegeEscalation: false,
          windowsOptions: { gmsaCredentialSpec: "x" },
          seLinuxOptions: { level: "l" },
        }),
      ),
    ),
    create(pods, pod("a", sec({ allowPrivilegeEscalation: false, capabilities: { add: ["CAP_SYS_ADMIN"] } }))),
    create(
      pods,
      pod("a", { securityContext: { windowsOptions: { hostProcess: true, gmsaCredentialSpecName: "A b", runAsUserName: "\\x\\y" } } }),
    ),
    create(
      pods,
      pod("a", {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchFields: [
                    { key: "metadata.name", operator: "In", values: ["a", "b"] },
                    { key: "x", operator: "Gt", values: ["z"] },
                  ],
                  matchExpressions: [
                    { key: "a", operator: "Lt", values: ["x"] },
                    { key: "b", operator: "Foo" },
                    { key: "c", operator: "Exists", values: ["q"] },
                  ],
                },
              ],
            },
          },
        },
      }),
    ),
    create(
      pods,
      pod("a", {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "a",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector: { matchExpressions: [{ key: "x", operator: "In" }] },
            matchLabelKeys: ["x", "y"],
          },
          { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule" },
        ],
      }),
    ),
    create(
      pods,
      pod(
        "a",
        {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { topologyKey: "a", labelSelector: { matchLabels: { q: "r" } }, matchLabelKeys: ["q"], mismatchLabelKeys: ["q"] },
              ],
            },
          },
        },
        { labels: { q: "r" } },
      ),
    ),
    create(
      pods,
      pod("g", {
        schedulingGates: [{ name: "x" }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }],
            },
          },
        },
      }),
    ),
    patch("merge", `${pods}/g`, { spec: { affinity: null } }),
    patch("merge", `${pods}/g`, {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }] }, {}],
            },
          },
        },
      },
    }),
    patch("merge", `${pods}/g`, {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }] }],
            },
          },
        },
      },
    }),
    patch("merge", `${pods}/g`, { spec: { nodeSelector: { a: "b" }, tolerations: null, hostname: "x" } }),
  ),
  story(
    "topology labels at binding",
    create("/api/v1/nodes", {
      metadata: { name: "n-{u}", labels: { "topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r", other: "o" } },
    }),
    create(`${core}/limitranges`, { metadata: { name: "wait" }, spec: { limits: [] } }),
    create(pods, pod("a")),
    create(`${pods}/a/binding`, { metadata: { name: "a", labels: { "topology.kubernetes.io/zone": "mine" } }, target: { name: "n-{u}" } }),
    get(`${pods}/a`),
    create(pods, pod("b", { nodeName: "n-{u}" })),
    create(pods, pod("c")),
    create(`${pods}/c/binding`, { metadata: { name: "c" }, target: { name: "n-{u}", apiVersion: "v1", uid: "x" } }),
    get(`${pods}/c`),
    create(pods, pod("e", {}, { labels: { "topology.kubernetes.io/region": "own" } })),
    create(`${pods}/e/binding`, {
      metadata: { name: "e", labels: { "topology.kubernetes.io/zone": "mine" } },
      target: { kind: "Node", name: "n-{u}" },
    }),
    get(`${pods}/e`),
    patch("merge", `${pods}/c/status`, { metadata: { labels: { "topology.kubernetes.io/zone": "q" } } }),
  ),
  story(
    "pod level resources",
    create(
      pods,
      pod("a", {
        resources: { requests: { "ephemeral-storage": "1Gi", cpu: "1" }, limits: { "ephemeral-storage": "1Gi", "example.com/x": "1" } },
      }),
    ),
    create(pods, pod("a", { resources: { requests: { cpu: "1" }, limits: { cpu: "500m", memory: "1Gi" } } })),
    create(
      pods,
      pod("a", {
        resources: { requests: { cpu: "100m" } },
        containers: [c({ resources: { requests: { cpu: "1" }, limits: { cpu: "2" } } })],
      }),
    ),
    create(pods, pod("a", { resources: { limits: { cpu: "1" } }, containers: [c({ resources: { limits: { cpu: "2" } } })] })),
    create(
      pods,
      pod("a", {
        resources: { limits: { cpu: "2", memory: "1Gi" } },
        containers: [c({ resources: { limits: { cpu: "1" } } }), c({ name: "b" })],
      }),
    ),
    create(pods, pod("b", { resources: { claims: [{ name: "x" }] } })),
    create(pods, pod("b", { resources: { limits: { "hugepages-2Mi": "4Mi", cpu: "1" } } })),
    create(pods, pod("c", { resources: {} })),
    resize({ resources: { limits: { cpu: "3" } } }),
    resize({ resources: { limits: { cpu: "500m" }, requests: { cpu: "500m" } } }),
    patch("merge", `${pods}/a/resize`, { spec: { resources: null } }),
    patch("merge", `${pods}/c/resize`, { spec: { resources: { requests: { cpu: "1" } } } }),
    get(`${pods}/b`),
  ),
];

export default sequences;
