import { edit, json, life, merge, strategic, table } from "../lives.ts";
import { type Answer, create, get, patch, put, type Request, remove, type Sequence, type Step, type Watch } from "../sequences.ts";

/** Evictions, bindings, resizes, ephemeral containers; reviews; pages, revisions and watches. */
const ns = "/api/v1/namespaces/{ns}";
const pods = `${ns}/pods`;
const configMaps = `${ns}/configmaps`;
const budgets = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
const q = encodeURIComponent;
const container = { name: "c", image: "i" };
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, labels: { app: "x" }, ...metadata },
  spec: { containers: [container], ...spec },
});
const eviction = (name: string, more: object = {}) =>
  create(`${pods}/${name}/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name }, ...more });
const running = (name: string, ready = "True") =>
  merge(`${pods}/${name}/status`, { status: { phase: "Running", conditions: [{ type: "Ready", status: ready }] } });
const budget = (name: string, spec: object) => create(budgets, { metadata: { name }, spec });
const allowed = (name: string, status: object) =>
  merge(`${budgets}/${name}/status`, {
    status: { observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, ...status },
  });
const bind = (name: string, body: object, more = "") => create(`${pods}/${name}/binding${more}`, body);
const resized = (resources: object, more: object = {}) => ({ spec: { containers: [{ name: "c", resources, ...more }] } });
const auth = "/apis/authorization.k8s.io/v1";
const review = (kind: string, spec: unknown, more: Partial<Request> = {}): Request =>
  create(
    kind === "localsubjectaccessreviews" ? `${auth}/namespaces/{ns}/${kind}` : `${auth}/${kind}`,
    spec === undefined ? {} : { spec },
    more,
  );
const names = (body: unknown) => {
  const list = body as { items?: { metadata: { name: string } }[] };
  return list.items ? { ...list, items: list.items.map(({ metadata }) => metadata.name) } : body;
};
const some = (count: number): Step[] =>
  Array.from({ length: count }, (_, index) => create(configMaps, { metadata: { name: `m${index}`, labels: { n: String(index % 2) } } }));
const next = (answers: readonly Answer[]) => q(answers.findLast(({ body }) => body?.metadata?.continue)?.body.metadata.continue ?? "none");
const revision = (answers: readonly Answer[], index: number) => answers[index]?.body.metadata.resourceVersion;

const sequences: Sequence[] = [
  life(
    "evictions with a budget",
    create(pods, pod("a")),
    create(pods, pod("b", {}, { labels: { app: "y" } })),
    budget("one", { minAvailable: 1, selector: { matchLabels: { app: "x" } } }),
    running("a"),
    eviction("a"),
    allowed("one", { disruptionsAllowed: 0 }),
    eviction("a"),
    eviction("a", { deleteOptions: { gracePeriodSeconds: 0 } }),
    allowed("one", { disruptionsAllowed: 1, currentHealthy: 2 }),
    create(`${pods}/a/eviction?dryRun=All`, { metadata: { name: "a" } }),
    get(`${budgets}/one`),
    eviction("a", { deleteOptions: { preconditions: { uid: "x" } } }),
    eviction("a", { deleteOptions: { gracePeriodSeconds: 5 } }),
    get(`${budgets}/one`),
    get(`${pods}/a`),
    eviction("a"),
    running("b"),
    eviction("b", { deleteOptions: { propagationPolicy: "Orphan", gracePeriodSeconds: -1 } }),
    table(budgets),
  ),
  life(
    "evictions: odd ones",
    create(pods, pod("a")),
    eviction("none"),
    create(`${pods}/a/eviction`, {}),
    create(`${pods}/a/eviction`, { metadata: { name: "b" } }),
    create(`${pods}/a/eviction`, { metadata: { name: "a", namespace: "other" } }),
    create(`${pods}/a/eviction`, {
      apiVersion: "policy/v1beta1",
      kind: "Eviction",
      metadata: { name: "a" },
      deleteOptions: { dryRun: ["All"] },
    }),
    create(`${pods}/a/eviction`, { apiVersion: "policy/v2", kind: "Eviction", metadata: { name: "a" } }),
    create(`${pods}/a/eviction`, { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }),
    create(`${pods}/a/eviction`, { apiVersion: "v1", kind: "DeleteOptions" }),
    create(`${pods}/a/eviction?fieldValidation=Strict`, { metadata: { name: "a" }, bogus: 1 }),
    create(`${pods}/a/eviction`, { metadata: { name: "a" }, deleteOptions: { dryRun: ["Some"] } }),
    create(`${pods}/a/eviction`, { metadata: { name: "a" }, deleteOptions: { propagationPolicy: "Odd" } }),
    create(`${pods}/a/eviction`, { metadata: { name: "a" }, deleteOptions: { gracePeriodSeconds: "5" } }),
    budget("one", { maxUnavailable: 0, selector: { matchLabels: { app: "x" } } }),
    budget("two", { maxUnavailable: "50%", selector: {} }),
    running("a", "False"),
    eviction("a"),
    remove(`${budgets}/two`),
    eviction("a"),
    merge(`${budgets}/one`, { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } }),
    eviction("a"),
    get(`${pods}/a`),
  ),
  life(
    "budgets with faults",
    budget("a", {}),
    ...[
      { minAvailable: -1 },
      { minAvailable: "x" },
      { minAvailable: "150%" },
      { minAvailable: "5" },
      { maxUnavailable: "-5%" },
      { minAvailable: 1, maxUnavailable: 1 },
      { minAvailable: 1.5 },
      { selector: { matchExpressions: [{ key: "a", operator: "NotIn", values: [] }] } },
      { unhealthyPodEvictionPolicy: "Never" },
      { minAvailable: null, selector: null },
    ].map((spec) => create(`${budgets}?dryRun=All`, { metadata: { name: "b" }, spec })),
    merge(`${budgets}/a`, { spec: { selector: { matchLabels: { a: "b" } }, minAvailable: 2 } }),
    strategic(`${budgets}/a`, { spec: { selector: { matchLabels: { c: "d" } }, maxUnavailable: 1, minAvailable: null } }),
    merge(`${budgets}/a/status`, { status: { disruptionsAllowed: -1, currentHealthy: -1, desiredHealthy: -1, expectedPods: -1 } }),
    merge(`${budgets}/a/status`, {
      status: {
        conditions: [{ type: "DisruptionAllowed", status: "False", reason: "R", lastTransitionTime: "2024-01-01T00:00:00Z", message: "" }],
      },
    }),
    table(`${budgets}/a`),
    get(`${budgets}/a`),
  ),
  life(
    "bindings",
    create(pods, pod("a")),
    bind("a", {}),
    bind("a", { target: { name: "n", kind: "Pod" } }),
    bind("a", { target: { name: "" } }),
    bind("a", { target: { name: "N_" } }),
    bind("a", { metadata: { name: "b" }, target: { name: "n" } }),
    bind("a", { metadata: { name: "a", uid: "x" }, target: { name: "n" } }),
    bind("a", { metadata: { name: "a", annotations: { k: "v" }, labels: { l: "m" } }, target: { kind: "Node", name: "n1" } }),
    get(`${pods}/a`),
    bind("a", { metadata: { name: "a" }, target: { name: "n2" } }),
    create(pods, pod("g", { schedulingGates: [{ name: "x.y/z" }] })),
    bind("g", { metadata: { name: "g" }, target: { name: "n" } }),
    create(`${ns}/bindings`, { metadata: { name: "none" }, target: { name: "n" } }),
    create(pods, pod("c")),
    create(`${ns}/bindings`, { metadata: { name: "c" }, target: { name: "n3" } }),
    create(`${ns}/bindings?dryRun=All`, { metadata: { name: "c" }, target: { name: "n4" } }),
    create(pods, pod("d", {}, { finalizers: ["example.com/x"] })),
    remove(`${pods}/d`),
    bind("d", { metadata: { name: "d" }, target: { name: "n" } }),
    get(`${pods}?fieldSelector=spec.nodeName%3Dn1`, { pick: names }),
    get(`${ns}/bindings`),
  ),
  life(
    "resizes",
    create(
      pods,
      pod("a", {
        containers: [{ ...container, resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "200m", memory: "64Mi" } } }],
      }),
    ),
    get(`${pods}/a/resize`),
    strategic(`${pods}/a/resize`, resized({ requests: { cpu: "150m" }, limits: { cpu: "300m" } })),
    strategic(`${pods}/a/resize`, resized({ requests: { cpu: "500m" } })),
    strategic(`${pods}/a/resize`, resized({ limits: { memory: "32Mi" } })),
    strategic(`${pods}/a/resize`, resized({ requests: { memory: "32Mi" }, limits: { memory: "32Mi" } })),
    strategic(`${pods}/a/resize`, resized({ requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "1" } })),
    strategic(`${pods}/a/resize`, resized({ requests: { cpu: "-1" } })),
    strategic(`${pods}/a/resize`, resized({ requests: { cpu: "1x" } })),
    strategic(`${pods}/a/resize`, resized({ claims: [{ name: "x" }] })),
    merge(`${pods}/a/resize`, { spec: { containers: [{ name: "c", image: "other" }] } }),
    merge(`${pods}/a/resize`, { spec: { containers: [] } }),
    json(`${pods}/a/resize`, [{ op: "remove", path: "/spec/containers/0/resources/limits" }]),
    json(`${pods}/a/resize`, [{ op: "remove", path: "/spec/containers/0/resources/requests/cpu" }]),
    json(`${pods}/a/resize`, [
      { op: "add", path: "/spec/containers/0/resizePolicy", value: [{ resourceName: "cpu", restartPolicy: "Never" }] },
    ]),
    strategic(`${pods}/a/resize`, { metadata: { labels: { changed: "x" } }, spec: { activeDeadlineSeconds: 5 } }),
    strategic(`${pods}/a`, resized({ requests: { cpu: "151m" } })),
    create(pods, pod("b")),
    strategic(`${pods}/b/resize`, resized({ requests: { cpu: "1" } })),
    strategic(`${pods}/none/resize`, resized({ requests: { cpu: "1" } })),
    create(pods, pod("p", { resources: { requests: { cpu: "1" }, limits: { cpu: "2" } } })),
    strategic(`${pods}/p/resize`, { spec: { resources: { requests: { cpu: "1500m" } } } }),
    get(`${pods}/a`),
  ),
  life(
    "ephemeral containers: what is refused",
    create(pods, pod("a", { volumes: [{ name: "v", emptyDir: {} }] })),
    ...[
      [{ name: "e" }],
      [{ name: "c", image: "i" }],
      [{ name: "E_", image: "i" }],
      [
        {
          name: "e",
          image: "i",
          ports: [{ containerPort: 80 }],
          livenessProbe: { exec: { command: ["x"] } },
          lifecycle: { preStop: { exec: { command: ["x"] } } },
          resources: { limits: { cpu: "1" } },
        },
      ],
      [{ name: "e", image: "i", targetContainerName: "none" }],
      [
        {
          name: "e",
          image: "i",
          volumeMounts: [
            { name: "v", mountPath: "/x", subPath: "y" },
            { name: "w", mountPath: "/x" },
          ],
        },
      ],
      [{ name: "e", image: "i", restartPolicy: "Always" }],
      [{ name: "e", image: "i", imagePullPolicy: "Sometimes", terminationMessagePolicy: "X", stdinOnce: true }],
      [{ name: "e", image: "i", securityContext: { capabilities: { add: ["X"] }, runAsUser: -1 } }],
      [
        {
          name: "e",
          image: "i",
          env: [
            { name: "", value: "x" },
            { name: "A", valueFrom: {} },
          ],
          envFrom: [{}],
        },
      ],
      [
        { name: "e", image: "i" },
        { name: "e", image: "j" },
      ],
    ].map((ephemeralContainers) => merge(`${pods}/a/ephemeralcontainers?dryRun=All`, { spec: { ephemeralContainers } })),
    merge(`${pods}/a/ephemeralcontainers`, {
      spec: { ephemeralContainers: [{ name: "e", image: "i", targetContainerName: "c", command: ["sh"], stdin: true, tty: true }] },
    }),
    merge(`${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [] } }),
    merge(`${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "e", image: "changed" }] } }),
    strategic(`${pods}/a/ephemeralcontainers`, {
      spec: { containers: [{ name: "c", image: "changed" }], ephemeralContainers: [{ name: "f", image: "i" }] },
    }),
    merge(`${pods}/a`, { spec: { ephemeralContainers: [] } }),
    get(`${pods}/a/ephemeralcontainers`, {
      pick: (body) => (body as { spec: { ephemeralContainers: unknown } }).spec?.ephemeralContainers,
    }),
    create(pods, pod("s", { ephemeralContainers: [{ name: "e", image: "i" }] })),
  ),
  life(
    "pods' statuses",
    create(pods, { ...pod("a"), status: { phase: "Running", podIP: "1.2.3.4" } }),
    edit(`${pods}/a`, (object) => {
      object.status = { phase: "Succeeded" };
      object.metadata.labels = { changed: "1" };
    }),
    edit(
      `${pods}/a`,
      (object) => {
        object.status.phase = "Running";
        object.spec.activeDeadlineSeconds = 3;
        object.metadata.labels = { changed: "2" };
        object.metadata.annotations = { changed: "2" };
      },
      "/status",
    ),
    merge(`${pods}/a/status`, { status: { phase: "Odd" } }),
    merge(`${pods}/a/status`, { status: { podIP: "x", podIPs: [{ ip: "1.2.3.4" }, { ip: "1.2.3.5" }], hostIP: "01.2.3.4" } }),
    merge(`${pods}/a/status`, {
      status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], hostIP: "10.0.0.2", hostIPs: [{ ip: "10.0.0.2" }] },
    }),
    merge(`${pods}/a/status`, { status: { qosClass: "Guaranteed" } }),
    merge(`${pods}/a/status`, { status: { nominatedNodeName: "N_", resize: "Proposed", observedGeneration: -1 } }),
    merge(`${pods}/a/status`, {
      status: {
        startTime: "2024-01-01T00:00:00+02:00",
        containerStatuses: [
          {
            name: "other",
            image: "i",
            imageID: "",
            ready: true,
            restartCount: 1,
            state: { running: { startedAt: "2024-01-01T00:00:00Z" } },
          },
        ],
      },
    }),
    merge(`${pods}/a/status`, {
      status: {
        containerStatuses: [{ name: "c", image: "i", imageID: "", ready: false, restartCount: 1, state: { terminated: { exitCode: 1 } } }],
      },
    }),
    merge(`${pods}/a/status`, {
      status: {
        containerStatuses: [
          { name: "c", image: "i", imageID: "", ready: true, restartCount: 0, started: true, state: { running: {}, waiting: {} } },
        ],
      },
    }),
    strategic(`${pods}/a/status`, {
      status: {
        conditions: [
          { type: "Ready", status: "True" },
          { type: "x.y/z", status: "Unknown", reason: "r", message: "m", lastProbeTime: null, lastTransitionTime: "2024-01-01T00:00:00Z" },
        ],
      },
    }),
    strategic(`${pods}/a/status`, { status: { conditions: [{ type: "Ready", $patch: "delete" }] } }),
    table(`${pods}/a`),
    get(`${pods}?fieldSelector=${q("status.phase=Running,status.podIP=10.0.0.1,spec.restartPolicy=Always")}`, { pick: names }),
    patch("apply", `${pods}/a/status?fieldManager=kubelet`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      status: { message: "m", conditions: [{ type: "Ready", status: "False" }] },
    }),
    patch("apply", `${pods}/a/status?fieldManager=other`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      status: { message: "n" },
    }),
    patch("apply", `${pods}/a/status?fieldManager=other&force=true`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", labels: { l: "m" } },
      spec: { nodeName: "n" },
      status: { message: "n" },
    }),
  ),
  life(
    "reviews of access: what is asked oddly",
    ...["subjectaccessreviews", "localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"].flatMap((kind) => [
      review(kind, undefined),
      review(kind, {}),
      review(kind, null),
      review(kind, { user: "u" }),
      review(kind, { user: "u", resourceAttributes: {} }),
      review(kind, { user: "u", resourceAttributes: { namespace: "{ns}", verb: "get", resource: "pods" } }),
      review(kind, { user: "u", resourceAttributes: { namespace: "other", verb: "get", resource: "pods" } }),
      review(kind, { user: "u", nonResourceAttributes: { path: "/x", verb: "get" } }),
      review(kind, { user: "u", resourceAttributes: { verb: "get" }, nonResourceAttributes: { path: "/x" } }),
      review(kind, { groups: ["system:masters"], resourceAttributes: { verb: "*", group: "*", resource: "*", namespace: "{ns}" } }),
      review(kind, { namespace: "{ns}" }, { pick: (body) => (body as { status?: { incomplete?: boolean } }).status?.incomplete ?? body }),
      review(kind, {
        user: "u",
        resourceAttributes: {
          namespace: "{ns}",
          verb: "list",
          resource: "pods",
          fieldSelector: { rawSelector: "a=b", requirements: [{ key: "a", operator: "In", values: ["b"] }] },
        },
      }),
      review(kind, {
        user: "u",
        resourceAttributes: {
          namespace: "{ns}",
          verb: "list",
          resource: "pods",
          fieldSelector: { rawSelector: "a=b" },
          labelSelector: { requirements: [{ key: "a b", operator: "Odd", values: [] }] },
        },
      }),
      review(kind, { user: "u", resourceAttributes: { namespace: "{ns}", verb: "list", resource: "pods", labelSelector: {} } }),
      review(kind, {
        user: "u",
        extra: { Scopes: ["a"] },
        uid: "x",
        resourceAttributes: { namespace: "{ns}", verb: "get", resource: "pods", subresource: "log", name: "a", version: "v1" },
      }),
    ]),
    create(`${auth}/subjectaccessreviews`, {
      metadata: { name: "x", namespace: "y", labels: { a: "b" } },
      spec: { user: "u", resourceAttributes: { verb: "get" } },
    }),
    create(`${auth}/namespaces/{ns}/localsubjectaccessreviews`, {
      metadata: { namespace: "other" },
      spec: { user: "u", resourceAttributes: { verb: "get", namespace: "{ns}" } },
    }),
    create(`${auth}/namespaces/{ns}/subjectaccessreviews`, { spec: { user: "u" } }),
    create(`${auth}/localsubjectaccessreviews`, { spec: { user: "u" } }),
    get(`${auth}/subjectaccessreviews/x`),
    remove(`${auth}/subjectaccessreviews`),
    create(`${auth}/selfsubjectaccessreviews?fieldValidation=Strict`, {
      spec: { user: "u", resourceAttributes: { verb: "get", resource: "pods" } },
    }),
    create(
      `${auth}/selfsubjectaccessreviews`,
      { spec: { resourceAttributes: { verb: "get", resource: "pods" } }, status: { allowed: true, reason: "x" } },
      { user: "nobody" },
    ),
  ),
  life(
    "reviews of identity",
    create("/apis/authentication.k8s.io/v1/tokenreviews", {}),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "x" } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "admintoken" } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", {
      spec: { token: "admintoken", audiences: ["a", "https://kubernetes.default.svc"] },
    }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "admintoken", audiences: [] }, metadata: { name: "x" } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: 5 } }),
    create("/apis/authentication.k8s.io/v1/tokenreviews?dryRun=All", { spec: { token: "x" } }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      metadata: { name: "x", labels: { a: "b" } },
      status: { userInfo: { username: "y" } },
    }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { user: { name: "jane", groups: ["a", "b"] } }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { user: null }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", { kind: "TokenReview" }),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews?dryRun=All&fieldManager=x", {}),
    create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { headers: { accept: "application/yaml" } }),
    get("/apis/authentication.k8s.io/v1/selfsubjectreviews"),
    get("/apis/authentication.k8s.io/v1/tokenreviews/x"),
    create(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      {},
      { headers: { "impersonate-user": "a", "impersonate-extra-Odd%20Key": "v", "impersonate-uid": "7" } },
    ),
  ),
  life(
    "pages in odd orders",
    ...some(6),
    get(`${configMaps}?limit=2`, { pick: names }),
    (answers) => get(`${configMaps}?limit=3&continue=${next(answers)}`, { pick: names }),
    (answers) => get(`${configMaps}?continue=${next(answers)}&resourceVersion=0`, { pick: names }),
    (answers) => get(`${configMaps}?continue=${next(answers)}&resourceVersion=5`, { pick: names }),
    (answers) => get(`${configMaps}?continue=${next(answers)}&resourceVersionMatch=Exact`, { pick: names }),
    (answers) => get(`${configMaps}?limit=1&continue=${next(answers)}&labelSelector=n%3D1`, { pick: names }),
    (answers) => get(`${configMaps}?limit=1&continue=${next(answers)}&fieldSelector=metadata.name%3Dm5`, { pick: names }),
    (answers) => get(`${ns}/pods?limit=1&continue=${next(answers)}`, { pick: names }),
    get(`${configMaps}?limit=1&labelSelector=n%3D1`, { pick: names }),
    (answers) => get(`${configMaps}?limit=1&labelSelector=n%3D1&continue=${next(answers)}`, { pick: names }),
    get(`${configMaps}?limit=2&resourceVersion=0`, { pick: names }),
    (answers) => get(`${configMaps}?limit=2&resourceVersion=${revision(answers, 3)}`, { pick: names }),
    (answers) => get(`${configMaps}?limit=2&resourceVersion=${revision(answers, 3)}&resourceVersionMatch=Exact`, { pick: names }),
    (answers) => get(`${configMaps}?limit=1&continue=${next(answers)}`, { pick: names }),
    (answers) => get(`${configMaps}?limit=2&resourceVersion=${revision(answers, 3)}&resourceVersionMatch=NotOlderThan`, { pick: names }),
    (answers) =>
      get(`${configMaps}?resourceVersion=${revision(answers, 0)}&resourceVersionMatch=Exact&labelSelector=n%3D1`, { pick: names }),
    get(`${configMaps}?limit=2`, {
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
      pick: (body) => (body as { metadata: object; rows: object[] }).metadata,
    }),
    get(`${configMaps}?limit=2`, { headers: { accept: "application/yaml" }, pick: names }),
    get(`${configMaps}?limit=0&continue=`, { pick: names }),
    remove(`${configMaps}?limit=2`, undefined, { pick: names }),
    get(configMaps, { pick: names }),
    (answers) => remove(`${configMaps}?limit=1&continue=${next(answers)}`, undefined, { pick: names }),
    remove(`${configMaps}?resourceVersion=0`, undefined, { pick: names }),
    remove(`${configMaps}?labelSelector=n%3D1&fieldSelector=metadata.name%3Dm5`, undefined, { pick: names }),
  ),
  {
    name: "watches of one object and of its forms",
    steps: [
      create(pods, pod("a")),
      create(pods, pod("b", {}, { labels: { app: "z" } })),
      ...[
        "fieldSelector=metadata.name%3Da",
        "fieldSelector=metadata.name%3Da&resourceVersion=0",
        "labelSelector=app%3Dz",
        "labelSelector=app%20in%20(x,z)&fieldSelector=metadata.name!%3Da",
        "fieldSelector=spec.nodeName%3D",
        "fieldSelector=status.phase%3DFailed",
        "allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name%3Da",
      ].map((query): Watch => ({ watch: `${pods}?watch=1&timeoutSeconds=1&${query}` })),
      { watch: `${pods}/a?watch=1&timeoutSeconds=1`, until: 1 },
      { watch: `/api/v1/watch/namespaces/{ns}/pods/a?timeoutSeconds=1`, until: 1 },
      {
        watch: `${pods}?watch=1&timeoutSeconds=1&resourceVersion=0`,
        headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" },
      },
      {
        watch: `${pods}?watch=1&timeoutSeconds=1&resourceVersion=0`,
        headers: { accept: "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io" },
      },
      {
        watch: `${pods}?watch=1&timeoutSeconds=1&resourceVersion=0&includeObject=None`,
        headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
      },
      { watch: `${pods}?watch=1&timeoutSeconds=1`, headers: { accept: "application/yaml" } },
      { watch: `${pods}?watch=1&timeoutSeconds=1`, headers: { accept: "text/html" } },
      (answers) => ({
        watch: `${pods}?watch=1&resourceVersion=${revision(answers, 0)}&timeoutSeconds=3`,
        until: 5,
        during: [
          merge(`${pods}/a`, { metadata: { labels: { more: "1" } } }),
          strategic(`${pods}/a/status`, { status: { phase: "Running" } }),
          create(`${pods}/a/eviction`, { metadata: { name: "a" } }),
          remove(`${pods}/b?gracePeriodSeconds=0`),
        ],
      }),
    ],
  },
  life(
    "updates that say nothing new",
    create(configMaps, { metadata: { name: "a", labels: { x: "y" } }, data: { k: "v" } }),
    put(`${configMaps}/a`, { metadata: { name: "a", labels: { x: "y" } }, data: { k: "v" } }),
    put(`${configMaps}/a?fieldManager=other`, { metadata: { name: "a", labels: { x: "y" } }, data: { k: "v" } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: "v" } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: "v" } }),
    patch("merge", `${configMaps}/a?fieldManager=z`, {}),
    patch("json", `${configMaps}/a`, []),
    merge(`${configMaps}/a`, { metadata: { labels: {}, annotations: null } }),
    merge(`${configMaps}/a`, { metadata: { managedFields: [] } }),
    merge(`${configMaps}/a`, { metadata: { managedFields: [{}] } }),
    merge(`${configMaps}/a`, {
      metadata: {
        managedFields: [{ manager: "x", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "f:data": {} } }],
      },
    }),
    merge(`${configMaps}/a`, {
      metadata: { managedFields: [{ manager: "x", operation: "Odd", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }] },
    }),
    merge(`${configMaps}/a`, { metadata: { managedFields: null } }),
    merge(`${configMaps}/a`, {
      metadata: {
        selfLink: "/x",
        creationTimestamp: "2020-01-01T00:00:00Z",
        deletionTimestamp: "2020-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 5,
      },
    }),
    merge(`${configMaps}/a`, { metadata: { name: null } }),
    merge(`${configMaps}/a`, { metadata: { namespace: "other" } }),
    merge(`${configMaps}/a`, { kind: "Secret" }),
    merge(`${configMaps}/a`, { apiVersion: "v2" }),
    merge(`${configMaps}/a`, { apiVersion: null, kind: null }),
    merge(`${configMaps}/a`, null),
    merge(`${configMaps}/a`, []),
    merge(`${configMaps}/a`, "x"),
    strategic(`${configMaps}/a`, null),
    strategic(`${configMaps}/a`, []),
    json(`${configMaps}/a`, {}),
    json(`${configMaps}/a`, [{ op: "add" }]),
    json(`${configMaps}/a`, [{ op: "fly", path: "/data" }]),
    json(`${configMaps}/a`, [{ op: "add", path: "data", value: 1 }]),
    json(`${configMaps}/a`, [{ op: "test", path: "/data/k", value: "w" }]),
    json(`${configMaps}/a`, [{ op: "move", from: "/data/none", path: "/data/x" }]),
    json(`${configMaps}/a`, [{ op: "copy", from: "/data/k", path: "/data/~01~10" }]),
    patch("apply", `${configMaps}/a`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }),
    patch("apply", `${configMaps}/a?fieldManager=`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { kind: "ConfigMap", metadata: { name: "a" } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", managedFields: [{}] } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, bogus: 1 }),
    patch("apply", `${configMaps}/a?fieldManager=m&fieldValidation=Ignore`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      bogus: 1,
    }),
    patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: 5 } }),
    patch("apply", `${configMaps}/a?fieldManager=m`, [] as never),
  ),
];

export default sequences;
