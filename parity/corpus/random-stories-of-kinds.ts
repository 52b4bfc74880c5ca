import { CustomKind } from "../custom-kinds.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";
import { type StoryStep, story } from "../stories/story.ts";

/** What random stories of the built-in kinds found, shortened, with its variants. */
const core = "/api/v1/namespaces/{ns}";
const configMaps = `${core}/configmaps`;
const pods = `${core}/pods`;
const pod = (name: string, ...resources: object[]) => ({
  metadata: { name },
  spec: { containers: resources.map((one, index) => ({ name: `c${index}`, image: "nginx:1", resources: one })) },
});
const services = `${core}/services`;
const externalName = { type: "ExternalName", externalName: "x.example.com", clusterIP: null, clusterIPs: null };
const claims = "/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims";
const device = (name: string) => ({ driver: "d.example.com", pool: "p", device: name });
const allocated = (...names: string[]) => ({ devices: { results: names.map((name) => ({ request: "r", ...device(name) })) } });
const [table = {}, tableOrJson = {}, partial = {}, partialList = {}] = [
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
].map((accept): Record<string, string> => ({ accept }));
const running = (name: string, more: object = {}) => ({
  name,
  image: "nginx:1",
  imageID: "",
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...more,
});
const things = new CustomKind({ plural: "things", kind: "Thing" });
const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
const resizePolicy = [{ resourceName: "cpu", restartPolicy: "RestartContainer" }];
const other = { name: "c1", image: "i" };
const slices = "/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices";
const encoded = (selector: string) => encodeURIComponent(selector).replaceAll("%7B", "{").replaceAll("%7D", "}");
const oneOf = "metadata.name=a,metadata.namespace={ns}";

const sequences: Sequence[] = [
  story(
    "revisions of lists of one object",
    create(configMaps, { metadata: { name: "a" }, data: { a: "1" } }),
    patch("merge", `${configMaps}/a`, { data: { a: "2" } }),
    ...["limit=2", "resourceVersionMatch=Exact", "resourceVersionMatch=Exact&limit=1", "resourceVersionMatch=NotOlderThan&limit=1"].flatMap(
      (query) => [
        get(`${configMaps}?resourceVersion=1&${query}&fieldSelector=${encoded("metadata.name=a")}`),
        get(`/api/v1/configmaps?resourceVersion=1&${query}&fieldSelector=${encoded(oneOf)}`),
      ],
    ),
    get(`${configMaps}?resourceVersion=1&limit=2&fieldSelector=${encoded("metadata.name!=a")}`),
    get(`/api/v1/configmaps?resourceVersion=1&limit=2&fieldSelector=${encoded("metadata.name=a")}`),
    get(`${configMaps}?resourceVersion=99999999999&limit=2&fieldSelector=${encoded("metadata.name=a")}`),
  ),
  story(
    "deletions of collections with odd queries",
    create("/apis/batch/v1/namespaces/{ns}/jobs", {
      metadata: { name: "a" },
      spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "nginx:1" }] } } },
    }),
    ...[
      "fieldSelector=status.x%3D1",
      "labelSelector=a%20b",
      "resourceVersionMatch=x",
      "limit=x",
      "resourceVersion=x",
      "fieldSelector=metadata.name%3Db",
    ].flatMap((query) => [
      remove(`/apis/batch/v1/namespaces/{ns}/jobs?${query}`),
      remove(`/apis/batch/v1/namespaces/{ns}/jobs?${query}`, { propagationPolicy: "x" }),
      { method: "DELETE", path: `/apis/batch/v1/namespaces/{ns}/jobs?${query}`, raw: "{" },
    ]),
  ),
  story(
    "events of both groups by the name of their type",
    create("/apis/events.k8s.io/v1/namespaces/{ns}/events", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }),
    get("/apis/events.k8s.io/v1/namespaces/{ns}/events", {
      headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" },
    }),
    create(`${core}/events`, { metadata: { name: "a" }, involvedObject: { namespace: "{ns}" } }),
    get("/apis/events.k8s.io/v1/namespaces/{ns}/events/a", {
      headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" },
    }),
    patch("merge", "/apis/events.k8s.io/v1/namespaces/{ns}/events/a", { apiVersion: "v1", kind: "Pod" }),
  ),
  story(
    "ranges that several containers break",
    create(`${core}/limitranges`, {
      metadata: { name: "a" },
      spec: { limits: [{ type: "Container", maxLimitRequestRatio: { cpu: "2" } }] },
    }),
    create(pods, pod("a", {}, {})),
    create(pods, pod("b", {}, { requests: { cpu: "1" }, limits: { cpu: "3" } }, {})),
    create(pods, pod("c", { requests: { cpu: "1" }, limits: { cpu: "2" } }, { requests: { cpu: "1" }, limits: { cpu: "2" } })),
  ),
  story(
    "statuses of devices that are allocated no more",
    create(claims, { metadata: { name: "a" }, spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } } }),
    patch("merge", `${claims}/a/status`, { status: { allocation: allocated("x", "y"), devices: [device("x"), device("y")] } }),
    patch("merge", `${claims}/a/status`, { status: { allocation: allocated("y") } }),
    patch("merge", `${claims}/a/status`, { status: { devices: [device("y"), device("z")] } }),
    patch("merge", `${claims}/a/status`, { status: { allocation: null, devices: [device("x"), device("z")] } }),
    patch("merge", `${claims}/a/status`, { status: { allocation: null } }),
    get(`${claims}/a`),
    patch("merge", `${claims}/a/status`, { status: { allocation: allocated("z") } }),
    { edit: `${claims}/a`, at: "/status", change: { status: { devices: [device("z")] } } },
    { edit: `${claims}/a`, at: "/status", change: { status: { allocation: null } } },
  ),
  story(
    "traffic policies of external names",
    create(services, { metadata: { name: "a" }, spec: { ports: [{ port: 80 }], internalTrafficPolicy: "Local" } }),
    { edit: `${services}/a`, change: { spec: { ...externalName, internalTrafficPolicy: "x" } } },
    { edit: `${services}/a`, change: { spec: { ...externalName, internalTrafficPolicy: "Cluster" } } },
    patch("merge", `${services}/a`, { metadata: { labels: { a: "b" } } }),
    { edit: `${services}/a`, change: { metadata: { labels: { a: "c" } } } },
    { edit: `${services}/a`, change: {} },
    { edit: `${services}/a`, change: { spec: { type: "ClusterIP", externalName: null } } },
  ),
  story(
    "node ports of external names",
    create(services, {
      metadata: { name: "a" },
      spec: { type: "ExternalName", externalName: "x.example.com", ports: [{ port: 80, nodePort: 32471 }] },
    }),
    create(`${services}?dryRun=All`, { metadata: { name: "b" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32471 }] } }),
    create(services, { metadata: { name: "b" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32471 }] } }),
    patch("merge", `${services}/a`, { spec: { type: "NodePort" } }),
  ),
  story(
    "lists of events from no cache",
    ...["a", "b", "c"].map((name) =>
      create(`${core}/events`, { metadata: { name, labels: { name } }, involvedObject: { namespace: "{ns}" } }),
    ),
    get(`${core}/events?resourceVersion=0&limit=1`, { headers: { accept: "application/yaml" } }),
    get(`/apis/events.k8s.io/v1/namespaces/{ns}/events?resourceVersion=0&limit=2`),
    get(`${core}/events?resourceVersion=0&limit=1&labelSelector=name%3Da`, { headers: table }),
    get(`${core}/events?resourceVersion=0&limit=1&labelSelector=name%3Dc`, { headers: partialList }),
    get(`${core}/events?resourceVersion=0&limit=1&continue=<continue>`),
  ),
  story(
    "selectors that are both wrong",
    get(`${configMaps}?labelSelector=a%20b&fieldSelector=bad%3Dx`),
    get(`${configMaps}?labelSelector=a%20b&fieldSelector=bad`),
    get(`${configMaps}?labelSelector=a%20b&fieldSelector=bad&resourceVersionMatch=x`),
    remove(`${configMaps}?labelSelector=a%20b&fieldSelector=bad%3Dx`, { propagationPolicy: "x" }),
    { watch: `${configMaps}?watch=1&labelSelector=a%20b&fieldSelector=bad%3Dx`, headers: { accept: "application/yaml" } },
    { watch: `${configMaps}?watch=1&fieldSelector=bad%3Dx`, headers: { accept: "application/yaml" } },
    { watch: `${configMaps}?watch=1&resourceVersion=x`, headers: { accept: "application/yaml" } },
    { watch: `${configMaps}?watch=1&resourceVersion=1`, headers: { accept: "application/yaml" } },
  ),
  story(
    "forms of what subresources and reviews answer",
    create(pods, pod("a", {})),
    create(`${core}/replicationcontrollers`, {
      metadata: { name: "a" },
      spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } } },
    }),
    ...[table, tableOrJson, partial, partialList].flatMap((headers) => [
      ...[`${pods}/a/ephemeralcontainers`, `${pods}/a/resize`, `${pods}/a/status`, `${core}/replicationcontrollers/a/scale`].flatMap(
        (path) => [get(path, { headers }), patch("merge", path, { metadata: { labels: { x: "y" } } }, { headers })],
      ),
      create(`${core}/serviceaccounts/default/token`, { spec: { audiences: ["a"] } }, { headers }),
      create(`${pods}/a/binding?dryRun=All`, { metadata: { name: "a" }, target: { kind: "Node", name: "n" } }, { headers }),
      create(`${core}/bindings?dryRun=All`, { metadata: { name: "a" }, target: { kind: "Node", name: "n" } }, { headers }),
      create(`${pods}/a/eviction?dryRun=All`, { metadata: { name: "a" } }, { headers }),
      create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "none" } }, { headers, user: "nobody-{u}" }),
      create(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        { spec: { nonResourceAttributes: { path: "/", verb: "get" } } },
        { headers },
      ),
      create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { headers }),
      create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "x" } }, { headers }),
    ]),
  ),
  story(
    "resizes of what runs where nothing can be resized",
    ...[
      [running("c0")],
      [running("c0", { resources: {} })],
      [running("c1", { state: { waiting: {} } }), running("c0")],
      [running("c0", { resources: { requests: { cpu: "1" } } }), running("c1")],
      [running("c1"), running("c0", { resources: {} })],
    ].flatMap((containerStatuses, index) => [
      create(pods, pod(`a${index}`, { requests: { cpu: "1" }, limits: { cpu: "1", memory: "1Gi" } }, {})),
      patch("merge", `${pods}/a${index}/status`, { status: { phase: "Running", containerStatuses } }),
      patch("strategic", `${pods}/a${index}/resize`, { metadata: { labels: { a: "b" } } }),
      patch("strategic", `${pods}/a${index}/resize`, { spec: { containers: [{ name: "c0", resources: { requests: { cpu: "500m" } } }] } }),
      patch("strategic", `${pods}/a${index}/resize`, {
        spec: { containers: [{ name: "c0", image: "x", resources: { requests: { cpu: "2" }, limits: { memory: null } } }] },
      }),
      patch("json", `${pods}/a${index}/resize`, [{ op: "remove", path: "/spec/containers/1" }]),
    ]),
  ),
  story(
    "forms of the scale of a custom kind",
    create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", things.definition([{ more: { subresources: { scale } } }])),
    { served: things.path() },
    create(things.path(), { ...things.object("a"), spec: { replicas: 1 } }),
    ...[table, tableOrJson, partial, partialList].flatMap((headers) => [
      get(`${things.path()}/a/scale`, { headers }),
      get(`${things.path()}/a/scale?includeObject=Object`, { headers }),
      patch("merge", `${things.path()}/a/scale`, { spec: { replicas: 2 } }, { headers }),
    ]),
  ),
  story(
    "resizes with several faults",
    create(pods, {
      metadata: { name: "a" },
      spec: {
        initContainers: [{ name: "i", image: "i" }],
        containers: [
          { name: "c0", image: "i", resources: { limits: { cpu: "1", memory: "1Gi" } }, resizePolicy },
          { name: "c1", image: "i" },
        ],
      },
    }),
    ...[
      { containers: [{ name: "c0", image: "i", resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }, other] },
      { containers: [{ name: "c0", image: "i", resources: {} }, other] },
      { containers: [{ name: "c0", image: "i", resources: { limits: { cpu: "1", memory: "2Gi" } } }, other] },
      { containers: [{ name: "c0", image: "i" }], initContainers: [] },
      {
        containers: [
          { name: "c0", image: "i", resizePolicy },
          { ...other, name: "c2" },
        ],
      },
      { containers: [other, { name: "c0", image: "z", resizePolicy }], initContainers: [{ name: "j", image: "i" }] },
      {
        containers: [
          { name: "c0", image: "z", resizePolicy, resources: { limits: { cpu: "1", memory: "1Gi", "example.com/x": "1" } } },
          other,
        ],
      },
    ].map((spec): StoryStep => ({ edit: `${pods}/a`, at: "/resize", change: { spec } })),
    create(pods, { metadata: { name: "b" }, spec: { containers: [{ name: "c0", image: "i", resizePolicy }] } }),
    patch("merge", `${pods}/b/status`, { status: { phase: "Running", containerStatuses: [running("c0")] } }),
    patch("merge", `${pods}/b/resize`, { spec: { containers: [{ name: "c0", resources: { requests: { cpu: "1" } } }] } }),
  ),
  story(
    "writes that may not make what isn't there",
    create("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", {
      metadata: { name: "a" },
      rules: [{ apiGroups: [""], resources: ["*"], verbs: ["update", "patch", "get"] }],
    }),
    create("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
      metadata: { name: "a" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
      subjects: [{ kind: "User", name: "joe-{u}" }],
    }),
    put(`${configMaps}/a`, { metadata: { name: "a" } }, { user: "joe-{u}" }),
    put(`${services}/a`, { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } }, { user: "joe-{u}" }),
    ...[configMaps, services].map((path) => ({
      ...patch("apply", `${path}/a?fieldManager=x`, {
        apiVersion: "v1",
        kind: path === services ? "Service" : "ConfigMap",
        metadata: { name: "a" },
      }),
      user: "joe-{u}",
    })),
    create(configMaps, { metadata: { name: "a" } }, { user: "joe-{u}" }),
  ),
  story(
    "managers after a scale that changes nothing",
    create(`${core}/replicationcontrollers`, {
      metadata: { name: "a" },
      spec: { selector: { a: "b" }, template: { metadata: { labels: { a: "b" } }, spec: { containers: [other] } } },
    }),
    patch("merge", `${core}/replicationcontrollers/a/scale`, { status: { replicas: 2 } }),
    patch("merge", `${core}/replicationcontrollers/a`, { metadata: { finalizers: null } }),
    patch("merge", `${core}/replicationcontrollers/a/scale`, { spec: { replicas: 1 } }),
    patch("merge", `${core}/replicationcontrollers/a/status`, {}),
    { edit: `${core}/replicationcontrollers/a`, change: {} },
  ),
  story(
    "slices of endpoints that change their type",
    create(slices, { metadata: { name: "a" }, addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }] }),
    ...[
      { addressType: "IPv6" },
      { addressType: "IPv6", endpoints: [{ addresses: ["10.0.0.1"], hostname: "a" }] },
      { addressType: "IPv6", endpoints: [{ addresses: ["10.0.0.1"] }, { addresses: ["10.0.0.3", "fd00::1"] }] },
      { addressType: "FQDN", endpoints: [{ addresses: ["10.0.0.1"] }, { addresses: ["a_b"] }] },
      { addressType: "x", endpoints: [{ addresses: ["10.0.0.1", "y"] }] },
    ].map((change) => patch("merge", `${slices}/a`, change)),
    create(slices, { metadata: { name: "b" }, addressType: "FQDN", endpoints: [{ addresses: ["a.b"] }] }),
    patch("merge", `${slices}/b`, { addressType: "IPv4", endpoints: [{ addresses: ["a.b"], hostname: "a" }] }),
    patch("merge", `${slices}/b`, { endpoints: [{ addresses: ["a.b", "1.2.3.4"], hostname: "a" }] }),
  ),
];

export default sequences;
