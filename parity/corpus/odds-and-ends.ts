import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

const core = "/api/v1/namespaces/{ns}";
const apps = "/apis/apps/v1/namespaces/{ns}";
const yaml = { "content-type": "application/yaml" };
const proto = "application/vnd.kubernetes.protobuf";
const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const partialList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";
const names = (body: unknown) => {
  const list = body as { items?: { metadata: { name: string } }[] };
  return list.items ? { ...list, items: list.items.map(({ metadata }) => metadata.name) } : body;
};
const secret = (name: string, labels: object = {}) => ({ metadata: { name, labels }, type: "Opaque", data: { k: "dg==" } });
const service = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
const container = { name: "c", image: "i" };
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [container], ...spec },
});
const set = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    serviceName: "s",
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [container] } },
    ...spec,
  },
});
const posted = (raw: string, more: Partial<Request> = {}): Request => ({
  method: "POST",
  path: `${core}/secrets`,
  raw,
  headers: yaml,
  ...more,
});

const patches: Sequence[] = [
  {
    name: "JSON patches of lists in a pod template",
    steps: [
      create(`${apps}/statefulsets`, set("a")),
      patch("json", `${apps}/statefulsets/a`, [
        { op: "add", path: "/spec/template/spec/containers/-", value: { name: "d", image: "j" } },
        { op: "move", from: "/spec/template/spec/containers/0", path: "/spec/template/spec/containers/1" },
      ]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "replace", path: "/spec/template/spec/containers/2/image", value: "x" }]),
      patch("json", `${apps}/statefulsets/a`, [
        { op: "copy", from: "/spec/template/spec/containers/0", path: "/spec/template/spec/containers/-" },
      ]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "test", path: "/spec/template/spec/containers/0/name", value: "c" }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "test", path: "/spec/replicas", value: 1.0 }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "test", path: "/spec/replicas", value: "1" }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "remove", path: "/spec/replicas" }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "add", path: "/spec/template/spec/nodeSelector", value: { a: "b" } }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "add", path: "/spec/podManagementPolicy", value: "Parallel" }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "add", path: "/spec/template/spec/containers/00/image", value: "x" }]),
      patch("json", `${apps}/statefulsets/a`, [{ op: "replace", path: "/spec/template/spec/containers/-", value: {} }]),
    ],
  },
  {
    name: "strategic patches of conditions, addresses, owners",
    steps: [
      create("/api/v1/nodes", { metadata: { name: "n-{u}" } }),
      patch("strategic", "/api/v1/nodes/n-{u}/status", {
        status: {
          addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
          conditions: [{ type: "Ready", status: "True", reason: "R", lastHeartbeatTime: "2020-01-01T00:00:00Z" }],
          images: [{ names: ["a"], sizeBytes: 1 }],
          capacity: { cpu: "4", memory: "8Gi" },
        },
      }),
      patch("strategic", "/api/v1/nodes/n-{u}/status", {
        status: {
          addresses: [{ type: "Hostname", address: "n" }],
          conditions: [{ type: "DiskPressure", status: "False" }],
          images: [{ names: ["b"], sizeBytes: 2 }],
          allocatable: { cpu: "4000m" },
        },
      }),
      patch("strategic", "/api/v1/nodes/n-{u}/status", {
        status: { "$setElementOrder/conditions": [{ type: "DiskPressure" }, { type: "Ready" }] },
      }),
      patch("strategic", "/api/v1/nodes/n-{u}/status", { status: { conditions: [{ type: "Ready", $patch: "delete" }] } }),
      patch("strategic", "/api/v1/nodes/n-{u}/status", {
        status: { addresses: [{ $patch: "replace" }, { type: "ExternalIP", address: "1.1.1.1" }] },
      }),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } }),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { podCIDRs: ["10.2.0.0/24"] } }),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { taints: [{ key: "a", effect: "NoSchedule" }], providerID: "p" } }),
      patch("strategic", "/api/v1/nodes/n-{u}", { spec: { taints: [{ key: "b", effect: "NoExecute" }], providerID: "q" } }),
      remove("/api/v1/nodes/n-{u}"),
    ],
  },
  {
    name: "strategic patches of ingresses, volumes and network policies",
    steps: [
      create("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
        metadata: { name: "a" },
        spec: { defaultBackend: { service: { name: "s", port: { number: 1 } } }, tls: [{ hosts: ["a"] }] },
      }),
      patch("strategic", "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses/a", {
        spec: { defaultBackend: { service: { port: { name: "x" } } } },
      }),
      patch("strategic", "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses/a", {
        spec: { defaultBackend: { service: { port: { number: null, name: "x" } } }, tls: [{ hosts: ["b"] }] },
      }),
      patch("strategic", "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses/a", {
        spec: { defaultBackend: { resource: { kind: "K", name: "n" }, $patch: "replace" } },
      }),
      create("/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", {
        metadata: { name: "a" },
        spec: { podSelector: {}, ingress: [{}] },
      }),
      patch("strategic", "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies/a", {
        spec: { ingress: [{ ports: [{ port: 80 }] }], policyTypes: ["Egress"] },
      }),
      patch("strategic", "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies/a", {
        spec: { podSelector: { $patch: "delete" }, egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }] },
      }),
      create(`${core}/serviceaccounts`, { metadata: { name: "sa" }, secrets: [{ name: "a" }], imagePullSecrets: [{ name: "p" }] }),
      patch("strategic", `${core}/serviceaccounts/sa`, { secrets: [{ name: "b" }], imagePullSecrets: [{ name: "q" }] }),
      patch("strategic", `${core}/serviceaccounts/sa`, {
        secrets: [{ name: "a", $patch: "delete" }],
        imagePullSecrets: [{ $patch: "replace" }],
      }),
    ],
  },
  {
    name: "patches that change nothing",
    steps: [
      create(`${core}/secrets`, secret("a")),
      patch("merge", `${core}/secrets/a`, { data: { k: "dg==" } }),
      patch("json", `${core}/secrets/a`, [{ op: "replace", path: "/data/k", value: "dg==" }]),
      patch("strategic", `${core}/secrets/a`, { data: { k: "dg==" } }),
      patch("merge", `${core}/secrets/a`, { stringData: { k: "v" } }),
      patch("merge", `${core}/secrets/a`, { stringData: { l: "w" } }),
      patch("merge", `${core}/secrets/a`, { type: "Other" }),
      patch("merge", `${core}/secrets/a`, { immutable: true }),
      patch("merge", `${core}/secrets/a`, { stringData: { l: "changed" } }),
      patch("merge", `${core}/secrets/a`, { immutable: false, metadata: { labels: { a: "b" } } }),
      patch("merge", `${core}/secrets/a`, { metadata: { labels: { a: "b" } } }),
    ],
  },
  {
    name: "applies to lists of each kind: sets, maps, atoms",
    steps: [
      patch("apply", `${core}/pods/p?fieldManager=x`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p", finalizers: ["example.com/x"] },
        spec: {
          containers: [container],
          tolerations: [{ key: "x", operator: "Exists" }],
          hostAliases: [{ ip: "1.1.1.1", hostnames: ["a"] }],
        },
      }),
      patch("apply", `${core}/pods/p?fieldManager=y`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p", finalizers: ["example.com/y"] },
        spec: {
          tolerations: [
            { key: "x", operator: "Exists" },
            { key: "y", operator: "Exists" },
          ],
        },
      }),
      patch("apply", `${core}/pods/p?fieldManager=y&force=true`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p", finalizers: ["example.com/y"] },
        spec: {
          tolerations: [
            { key: "x", operator: "Exists" },
            { key: "y", operator: "Exists" },
          ],
        },
      }),
      patch("apply", `${core}/pods/p?fieldManager=x`, { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } }),
      patch("apply", `${core}/pods/p/status?fieldManager=kubelet`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        status: { conditions: [{ type: "Ready", status: "True" }], podIPs: [{ ip: "10.0.0.1" }], hostIP: "1.1.1.1" },
      }),
      patch("apply", `${core}/pods/p/status?fieldManager=other`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        status: { conditions: [{ type: "Ready", status: "False" }], podIPs: [{ ip: "10.0.0.2" }] },
      }),
      patch("apply", `${core}/pods/p/ephemeralcontainers?fieldManager=debug`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { ephemeralContainers: [{ name: "e", image: "i" }] },
      }),
      patch("apply", `${core}/pods/p/resize?fieldManager=vpa`, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p" },
        spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] },
      }),
      patch("apply", `${core}/pods/p/binding?fieldManager=vpa`, { apiVersion: "v1", kind: "Binding", metadata: { name: "p" } }),
      patch("apply", `${core}/pods/p/eviction?fieldManager=vpa`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } }),
    ],
  },
];

const formats: Sequence[] = [
  {
    name: "secrets in YAML of several styles",
    steps: [
      posted(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {n: '1', y: \"yes\"}}\nstringData:\n  t: |-\n    x\n     y\n  f: >\n    a\n    b\n",
      ),
      posted("apiVersion: v1\nkind: Secret\nmetadata:\n  name: b\n  labels:\n    n: 1\n"),
      posted("apiVersion: v1\nkind: Secret\nmetadata:\n  name: c\nimmutable: yes\n"),
      posted("apiVersion: v1\nkind: Secret\nmetadata:\n  name: d\nimmutable: on\n"),
      posted("a: &x 1\nb: *x\nkind: Secret\napiVersion: v1\nmetadata: {name: e}\n"),
      posted("kind: Secret\napiVersion: v1\nmetadata: {name: f}\nstringData: &s {a: b}\ndata:\n  <<: *s\n"),
      posted("---\nkind: Secret\napiVersion: v1\nmetadata: {name: g}\n---\nkind: Secret\napiVersion: v1\nmetadata: {name: h}\n"),
      posted("kind: Secret\napiVersion: v1\nmetadata: {name: i}\nmetadata: {name: j}\n"),
      posted("%YAML 1.1\n---\nkind: Secret\napiVersion: v1\nmetadata: {name: k}\n"),
      posted("# only a comment\n"),
      posted("- kind: Secret\n"),
      posted("kind: Secret\napiVersion: v1\nmetadata: {name: l}\nstringData: {a: 2024-01-01, b: 0x10, c: 1e3, d: ~, e: .inf}\n"),
      posted("kind: Secret\napiVersion: v1\nmetadata: {name: m}\nstringData: {a: !!str 12, b: 'it''s', c: \"\\u00e9\\n\"}\n"),
      posted("{kind: Secret, apiVersion: v1, metadata: {name: n}}", { headers: { ...yaml, accept: "application/yaml" } }),
      get(`${core}/secrets?limit=1`, { headers: { accept: "application/yaml" } }),
    ],
  },
  {
    name: "lists in every form",
    steps: [
      create(`${core}/secrets`, secret("a", { x: "y" })),
      create(`${core}/secrets`, secret("b")),
      ...[
        partialList,
        partial,
        table,
        proto,
        "application/yaml",
        `${proto};as=Table;v=v1;g=meta.k8s.io`,
        `${proto};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`,
        "application/yaml;as=Table;v=v1;g=meta.k8s.io",
        "application/yaml;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        "application/json;as=Table;v=v2;g=meta.k8s.io",
        "application/json;as=Table;v=v1beta1;g=meta.k8s.io",
        "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io",
        "application/json;as=Nothing;v=v1;g=meta.k8s.io,application/json",
        "application/json;as=Table",
        "application/json;v=v1",
        "text/html",
        "text/html,*/*;q=0.1",
        "application/cbor",
        "application/cbor,application/json",
        "application/json;q=0.5,application/yaml;q=0.9",
        "application/*",
        "application/json;stream=watch",
        "application/json;pretty=1",
      ].map((accept) => get(`${core}/secrets?labelSelector=x`, { headers: { accept } })),
    ],
  },
  {
    name: "answers of writes in other forms",
    steps: [
      create(`${core}/secrets`, secret("a"), { headers: { accept: table } }),
      create(`${core}/secrets`, secret("b"), { headers: { accept: partial } }),
      create(`${core}/secrets`, secret("b"), { headers: { accept: table } }),
      put(`${core}/secrets/b`, secret("b", { c: "d" }), { headers: { accept: partial } }),
      patch("merge", `${core}/secrets/b`, { metadata: { labels: { e: "f" } } }, { headers: { accept: table } }),
      patch("merge", `${core}/secrets/b`, {}, { headers: { accept: "application/yaml" } }),
      patch("merge", `${core}/secrets/b`, {}, { headers: { accept: "text/plain" } }),
      remove(`${core}/secrets/missing`, undefined, { headers: { accept: "application/yaml" } }),
      remove(`${core}/secrets/missing`, undefined, { headers: { accept: table } }),
      remove(`${core}/secrets/a`, undefined, { headers: { accept: partial } }),
      remove(`${core}/secrets`, undefined, { headers: { accept: table } }),
      get(`${core}/secrets`, { headers: { accept: table } }),
      get(`${core}/secrets`, { headers: { accept: `${table};includeObject=None` } }),
      get(`${core}/secrets?includeObject=Maybe`, { headers: { accept: table } }),
    ],
  },
  {
    name: "case and duplicates with each field validation",
    steps: ["Strict", "Warn", "Ignore", ""].flatMap((validation, index) => [
      {
        method: "POST",
        path: `${core}/services?fieldValidation=${validation}`,
        raw: `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s${index}","Labels":{"a":"b"}},"spec":{"Ports":[{"port":80}],"ports":[{"port":80,"port":81,"Port":82}],"sessionaffinity":"ClientIP"}}`,
      },
      patch("strategic", `${core}/services/s${index}?fieldValidation=${validation}`, {
        spec: { Selector: { a: "b" }, selector: { c: "d" } },
      }),
      patch("json", `${core}/services/s${index}?fieldValidation=${validation}`, [{ op: "add", path: "/spec/Type", value: "NodePort" }]),
    ]),
  },
];

const reads: Sequence[] = [
  {
    name: "watches of pods by node, phase and label together",
    steps: [
      create(`${core}/pods`, pod("a", {}, { labels: { t: "1" } })),
      {
        watch: `${core}/pods?watch=1&resourceVersion=0&fieldSelector=status.phase%3DPending%2Cmetadata.name%3Da&labelSelector=t+in+(1%2C2)`,
        until: 3,
        during: [
          patch("merge", `${core}/pods/a`, { metadata: { labels: { t: "2" } } }),
          patch("merge", `${core}/pods/a`, { metadata: { labels: { t: "3" } } }),
        ],
      },
    ],
  },
  {
    name: "selectors that are odd but right",
    steps: [
      create(`${core}/secrets`, secret("a", { "example.com/tier": "web", n: "10" })),
      create(`${core}/secrets`, secret("b", { n: "9" })),
      create(`${core}/secrets`, secret("c", { n: "", "a.b": "c_d" })),
      ...[
        "n>9",
        "n<10",
        "n > 9, n < 11",
        "n notin (9,10)",
        "n in (9,10,)",
        "n in (\n9 , 10 )",
        "n,!example.com/tier",
        "example.com/tier in (web),n",
        "a.b=c_d",
        "n=",
        "n in ('')",
        "n!=",
        "! n",
        "n == 9",
        "n=9,n=9",
        "n>=9",
        "n in (9) , n",
        "n;m",
        "n=9 ",
        "n<-5",
        "n gt 9",
      ].map((text) => get(`${core}/secrets?labelSelector=${encodeURIComponent(text)}`, { pick: names })),
    ],
  },
  {
    name: "reads across namespaces",
    steps: [
      get("/api/v1/secrets?fieldSelector=metadata.namespace%3D{ns}", { pick: names }),
      get("/apis/apps/v1/deployments?labelSelector=none%3D{u}"),
      get("/apis/apps/v1/deployments?labelSelector=none%3D{u}", { headers: { accept: table } }),
      get("/apis/apps/v1/deployments/a"),
      get("/apis/batch/v1/jobs?fieldSelector=metadata.namespace%3D{ns}%2Cstatus.successful%3D0"),
      get("/apis/rbac.authorization.k8s.io/v1/roles?fieldSelector=metadata.namespace%3D{ns}"),
      remove("/api/v1/secrets?labelSelector=none%3D{u}"),
      create("/api/v1/pods", pod("p")),
      get("/api/v1/namespaces/{ns}/nodes"),
      get("/api/v1/namespaces/{ns}/namespaces"),
      get("/apis/storage.k8s.io/v1/namespaces/{ns}/storageclasses"),
    ],
  },
  {
    name: "groups, versions and resources that aren't",
    steps: [
      "/apis/extensions/v1beta1/namespaces/{ns}/ingresses",
      "/apis/apps/v1beta1/namespaces/{ns}/deployments",
      "/apis/apps/v1beta2",
      "/apis/batch/v1beta1/cronjobs",
      "/apis/policy/v1beta1/podsecuritypolicies",
      "/apis/networking.k8s.io/v1beta1/ingressclasses",
      "/apis/metrics.k8s.io/v1beta1/nodes",
      "/apis/autoscaling/v2beta1/horizontalpodautoscalers",
      "/apis/Apps/v1",
      "/apis/apps/V1",
      "/apis/v1",
      "/api/apps/v1",
      "/api/v1/namespaces/{ns}/deployments",
      "/apis/apps/v1/namespaces/{ns}/pods",
      "/apis/events.k8s.io/v1beta1/events",
      "/apis/flowcontrol.apiserver.k8s.io/v1beta3/flowschemas",
      "/apis/resource.k8s.io/v1alpha3/resourceclaims",
      "/openapi/v3/apis/apps/v2",
      "/openapi/v4",
      "/swagger.json",
      "/ui",
      "/logs/",
      "/healthz/nothing",
      "/livez/ping",
      "/readyz/etcd",
    ].map((path) => get(path)),
  },
];

const writes: Sequence[] = [
  {
    name: "generated names",
    steps: [
      create(`${core}/secrets`, { metadata: { generateName: "g-" } }),
      create(`${core}/secrets?dryRun=All`, { metadata: { generateName: "dry-" } }),
      create(
        `${core}/secrets`,
        { metadata: { generateName: `${"x".repeat(300)}-` } },
        { pick: (body) => (body as { metadata: { name: string } }).metadata.name?.length },
      ),
      create(
        `${core}/services`,
        { metadata: { generateName: "1bad-" }, spec: { ports: [{ port: 1 }] } },
        { pick: (body) => (body as { reason: string }).reason },
      ),
      create(
        `${core}/pods`,
        { metadata: { generateName: "UPPER-" }, spec: { containers: [container] } },
        { pick: (body) => (body as { reason: string }).reason },
      ),
      create(`${core}/secrets`, { metadata: { generateName: "", name: "" } }),
      put(`${core}/secrets/x`, { metadata: { generateName: "x" } }),
    ],
  },
  {
    name: "updates that race",
    steps: [
      create(`${core}/secrets`, secret("a")),
      patch("merge", `${core}/secrets/a`, { metadata: { annotations: { x: "1" } } }),
      (answers) => put(`${core}/secrets/a`, answers[0]?.body),
      (answers) => put(`${core}/secrets/a`, answers[1]?.body),
      (answers) =>
        patch("json", `${core}/secrets/a`, [
          { op: "test", path: "/metadata/resourceVersion", value: answers[0]?.body.metadata.resourceVersion },
        ]),
      (answers) => patch("merge", `${core}/secrets/a`, { metadata: { resourceVersion: answers[0]?.body.metadata.resourceVersion } }),
      (answers) =>
        remove(`${core}/secrets/a`, {
          preconditions: { uid: answers[0]?.body.metadata.uid, resourceVersion: answers[1]?.body.metadata.resourceVersion },
        }),
      (answers) => put(`${core}/secrets/a`, answers[1]?.body),
    ],
  },
  {
    name: "lists and other kinds posted",
    steps: [
      create(`${core}/secrets`, { apiVersion: "v1", kind: "SecretList", items: [secret("a")] }),
      create(`${core}/secrets`, { apiVersion: "v1", kind: "List", items: [secret("a")] }),
      create(`${core}/secrets`, { apiVersion: "apps/v1", kind: "Secret", metadata: { name: "a" } }),
      create(`${core}/secrets`, { apiVersion: "v1", kind: "secret", metadata: { name: "a" } }),
      create(`${core}/secrets`, { apiVersion: "v1", metadata: { name: "a" } }),
      create(`${core}/secrets`, { kind: "Secret", metadata: { name: "b" } }),
      create(`${core}/secrets`, { apiVersion: "v1", kind: "Status" }),
      create(`${core}/secrets`, { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: { name: "c" } }),
      create(`${core}/secrets/a`, secret("a")),
      put(`${core}/secrets`, secret("a")),
      create("/api/v1/namespaces/{ns}", {}),
      create("/api/v1/namespaces/{ns}/nothing", {}),
      create("/apis/none.example.com/v1/namespaces/{ns}/things", {}),
    ],
  },
  {
    name: "collections deleted in part",
    steps: [
      ...["a", "b", "c", "d"].map((name) => create(`${core}/secrets`, secret(name, { keep: name < "c" ? "no" : "yes" }))),
      patch("merge", `${core}/secrets/b`, { metadata: { finalizers: ["example.com/x"] } }),
      remove(`${core}/secrets?labelSelector=keep%3Dno&limit=1`, undefined, { pick: names }),
      get(`${core}/secrets`, { pick: names }),
      remove(`${core}/secrets?labelSelector=keep%3Dno`, { dryRun: ["All"] }, { pick: names }),
      remove(`${core}/secrets?fieldSelector=metadata.name!%3Dd`, { propagationPolicy: "Foreground" }, { pick: names }),
      get(`${core}/secrets`, { pick: names }),
      remove(`${core}/secrets?labelSelector=keep+in+(`, undefined),
      remove(`${core}/secrets?fieldSelector=data%3Dx`, undefined),
      remove(`${core}/secrets?resourceVersion=x`, undefined),
      remove(`${core}/secrets`, { preconditions: { uid: "x" } }),
      patch("merge", `${core}/secrets/b`, { metadata: { finalizers: null } }),
      remove(`${core}/services?labelSelector=a%3Db`, undefined),
    ],
  },
  {
    name: "pods end in their time",
    steps: [
      create(`${core}/pods`, pod("a", { nodeName: "n-{u}", terminationGracePeriodSeconds: 10 })),
      remove(`${core}/pods/a?gracePeriodSeconds=5`),
      remove(`${core}/pods/a`, { gracePeriodSeconds: 20 }),
      remove(`${core}/pods/a`, { gracePeriodSeconds: 2 }),
      patch("merge", `${core}/pods/a`, { metadata: { annotations: { late: "x" } } }),
      patch("merge", `${core}/pods/a`, { spec: { activeDeadlineSeconds: 3 } }),
      patch("merge", `${core}/pods/a/status`, { status: { phase: "Succeeded" } }),
      remove(`${core}/pods/a`, { gracePeriodSeconds: -1 }),
      get(`${core}/pods/a`),
      remove(`${core}/pods/a?gracePeriodSeconds=x`),
      remove(`${core}/pods/a`, { gracePeriodSeconds: 0 }),
      get(`${core}/pods/a`),
    ],
  },
  {
    name: "scales of sets and controllers",
    steps: [
      create(`${apps}/statefulsets`, set("a", { replicas: 2 })),
      put(`${apps}/statefulsets/a/scale`, {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "a", namespace: "{ns}" },
        spec: { replicas: 3 },
      }),
      patch("json", `${apps}/statefulsets/a/scale`, [{ op: "test", path: "/spec/replicas", value: 3 }]),
      patch("merge", `${apps}/statefulsets/a/scale`, { metadata: { labels: { a: "b" } }, status: { replicas: 9 } }),
      remove(`${apps}/statefulsets/a/scale`),
      create(`${apps}/statefulsets/a/scale`, {}),
      get(`${apps}/statefulsets/a/scale`, { headers: { accept: partial } }),
      get(`${apps}/daemonsets/a/scale`),
    ],
  },
  {
    name: "services change their type",
    steps: [
      create(`${core}/services`, service("a", { clusterIP: "None" })),
      patch("merge", `${core}/services/a`, { spec: { type: "NodePort" } }),
      patch("merge", `${core}/services/a`, { spec: { type: "ExternalName", externalName: "x.y" } }),
      patch("merge", `${core}/services/a`, { spec: { type: "ExternalName", externalName: "x.y", clusterIP: null, clusterIPs: null } }),
      create(
        `${core}/services`,
        service("b", { type: "LoadBalancer", loadBalancerClass: "example.com/lb", allocateLoadBalancerNodePorts: false }),
      ),
      patch("merge", `${core}/services/b`, { spec: { loadBalancerClass: "example.com/other" } }),
      patch("merge", `${core}/services/b`, { spec: { type: "ClusterIP" } }),
      patch("merge", `${core}/services/b`, { spec: { type: "ClusterIP", loadBalancerClass: null, allocateLoadBalancerNodePorts: null } }),
      patch("merge", `${core}/services/b/status`, {
        status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ipMode: "VIP" }, { hostname: "x y" }] } },
      }),
      patch("merge", `${core}/services/b`, { spec: { ipFamilyPolicy: "RequireDualStack" } }),
      patch("merge", `${core}/services/b`, { spec: { ipFamilies: ["IPv6"] } }),
      patch("merge", `${core}/services/b`, { spec: { internalTrafficPolicy: "Local", trafficDistribution: "PreferClose" } }),
      patch("merge", `${core}/services/b`, { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } } }),
    ],
  },
  {
    name: "methods and sub-resources that aren't",
    steps: (
      [
        ["PUT", `${core}/pods/a/log`],
        ["PATCH", `${core}/pods/a/binding`],
        ["DELETE", `${core}/pods/a/exec`],
        ["PATCH", `${core}/pods/a/exec`],
        ["PUT", `${core}/serviceaccounts/default/token`],
        ["GET", `${core}/configmaps/a/scale`],
        ["PATCH", `${apps}/replicasets/a/rollback`],
        ["POST", `${apps}/deployments/a/rollback`],
        ["PUT", `${core}/pods/a/portforward`],
        ["DELETE", `${core}/pods/a/attach`],
        ["DELETE", "/api/v1/namespaces/{ns}/finalize"],
        ["PATCH", "/api/v1/namespaces/{ns}/finalize"],
        ["POST", "/version"],
        ["DELETE", "/metrics"],
        ["POST", "/api"],
        ["PUT", "/apis/apps/v1"],
        ["PATCH", "/openapi/v3"],
      ] as const
    ).map(
      ([method, path]): Request => ({
        method,
        path,
        ...(method === "GET" ? {} : { body: {} }),
      }),
    ),
  },
];

export default [...patches, ...formats, ...reads, ...writes];
