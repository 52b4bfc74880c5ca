import { applied, edit, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** Device claims, their templates and classes, slices of pools: whole manifests, and their lives. */
const group = "/apis/resource.k8s.io/v1";
const classes = `${group}/deviceclasses`;
const claims = `${group}/namespaces/{ns}/resourceclaims`;
const templates = `${group}/namespaces/{ns}/resourceclaimtemplates`;
const slices = `${group}/resourceslices`;

const small = { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }] } };
const claim = { metadata: { name: "c" }, spec: small };
const pool = { name: "p-{u}", generation: 1, resourceSliceCount: 1 };
const device = (name: string, more: object = {}) => ({
  name,
  attributes: { index: { int: 1 }, model: { string: "A100" }, "example.com/ver": { version: "1.2.3" }, ok: { bool: true } },
  capacity: { memory: { value: "40Gi" } },
  ...more,
});
const slice = (name: string, more: object = {}) => ({
  metadata: { name },
  spec: { driver: "gpu.example.com", pool, nodeName: "n-{u}", devices: [device("gpu-0"), device("gpu-1")], ...more },
});
const allocation = {
  devices: {
    results: [{ request: "gpu", driver: "gpu.example.com", pool: "p", device: "gpu-0" }],
    config: [{ source: "FromClass", opaque: { driver: "gpu.example.com", parameters: { a: 1 } } }],
  },
  nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }] }] },
};
const pod = { resource: "pods", name: "p", uid: "u1" };

const sequences: Sequence[] = [
  life(
    "claim: allocated, reserved, released",
    create(claims, claim),
    table(`${claims}/c`),
    merge(`${claims}/c`, { spec: { devices: { requests: [] } } }),
    merge(`${claims}/c`, { metadata: { labels: { a: "b" } }, status: { reservedFor: [pod] } }),
    merge(`${claims}/c/status`, { status: { reservedFor: [pod] } }),
    merge(`${claims}/c/status`, { status: { allocation } }),
    table(`${claims}/c`),
    merge(`${claims}/c/status`, { status: { allocation: { devices: { results: [] } } } }),
    merge(`${claims}/c/status`, { status: { reservedFor: [pod, pod] } }),
    merge(`${claims}/c/status`, { status: { reservedFor: [pod, { resource: "pods", name: "q", uid: "u2", apiGroup: "" }] } }),
    table(`${claims}/c`),
    merge(`${claims}/c/status`, { status: { reservedFor: [{}, { resource: "Pods", apiGroup: "A b", name: "x/y", uid: "" }] } }),
    merge(`${claims}/c/status`, { status: { allocation: null } }),
    strategic(`${claims}/c/status`, { status: { reservedFor: [{ uid: "u2", $patch: "delete" }] } }),
    strategic(`${claims}/c/status`, { status: { reservedFor: [{ uid: "u3", name: "r", resource: "pods" }] } }),
    merge(`${claims}/c/status`, {
      status: {
        devices: [
          {
            driver: "gpu.example.com",
            pool: "p",
            device: "gpu-0",
            conditions: [{ type: "Ready", status: "True", reason: "R", message: "", lastTransitionTime: "2024-01-01T00:00:00Z" }],
            data: { x: [1, 2] },
            networkData: { interfaceName: "eth0", ips: ["10.0.0.1/24"], hardwareAddress: "aa:bb" },
          },
        ],
      },
    }),
    merge(`${claims}/c/status`, {
      status: {
        devices: [
          { driver: "gpu.example.com", pool: "p", device: "gpu-9", data: [1] },
          { driver: "Bad_", pool: "a//b", device: "X", networkData: { ips: ["1.2.3.4", "x"], interfaceName: "i".repeat(257) } },
          { driver: "gpu.example.com", pool: "p", device: "gpu-9", conditions: [{ type: "x y", status: "maybe" }] },
        ],
      },
    }),
    merge(`${claims}/c/status`, { status: { devices: [{ driver: "gpu.example.com", pool: "p", device: "gpu-0", shareID: "x" }] } }),
    put(`${claims}/c/status`, { metadata: { name: "c" } }),
    get(`${claims}/c/status`),
    merge(`${claims}/c/status`, { status: null }),
    remove(`${claims}/c`, { propagationPolicy: "Foreground" }),
    merge(`${claims}/c/status`, { status: { reservedFor: [pod] } }),
    merge(`${claims}/c/status`, { status: { allocation } }),
    merge(`${claims}/c`, { metadata: { finalizers: [] } }),
    get(`${claims}/c`),
  ),
  life(
    "claim: defaults",
    create(claims, { metadata: { name: "a" }, spec: {} }),
    create(claims, { metadata: { name: "b" } }),
    create(claims, { metadata: { generateName: "b-" }, spec: { devices: null } }),
    create(claims, {
      metadata: { name: "d" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", allocationMode: "ExactCount" } }] } },
    }),
    create(claims, {
      metadata: { name: "e" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", allocationMode: "All" } }] } },
    }),
    create(claims, {
      metadata: { name: "f" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", count: 3 } }] } },
    }),
    create(claims, {
      metadata: { name: "g" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", adminAccess: true } }] } },
    }),
    create(claims, {
      metadata: { name: "g" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", adminAccess: false } }] } },
    }),
    create(claims, {
      metadata: { name: "h" },
      spec: {
        devices: {
          requests: [
            {
              name: "x",
              firstAvailable: [
                { name: "a", deviceClassName: "y" },
                { name: "b", deviceClassName: "z", count: 2 },
              ],
            },
          ],
        },
      },
    }),
    create(claims, {
      metadata: { name: "i" },
      spec: {
        devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", tolerations: [{ key: "k" }, { operator: "Exists" }] } }] },
      },
    }),
    create(claims, {
      metadata: { name: "j" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y", capacity: { requests: { memory: "1Gi" } } } }] } },
    }),
    create(claims, {
      metadata: { name: "k" },
      spec: { devices: { requests: [{ name: "x", exactly: { deviceClassName: "y" } }], constraints: [{ distinctAttribute: "a.b/c" }] } },
    }),
    create(claims, { metadata: { name: "l" }, spec: { devices: { requests: [{ name: "x", deviceClassName: "y" }] } } }),
    create(`${claims}?fieldValidation=Strict`, {
      metadata: { name: "l" },
      spec: { devices: { requests: [{ name: "x", deviceClassName: "y" }] } },
    }),
    create(claims, {
      metadata: { name: "m" },
      spec: {
        devices: {
          requests: [
            {
              name: "x",
              exactly: {
                deviceClassName: "y",
                selectors: [
                  { cel: { expression: "device.driver == 'x'" } },
                  { cel: { expression: "1" } },
                  { cel: { expression: "device.foo" } },
                  {},
                ],
              },
            },
          ],
        },
      },
    }),
    create(claims, {
      metadata: { name: "n" },
      spec: { devices: { requests: Array.from({ length: 33 }, (_, i) => ({ name: `r${i}`, exactly: { deviceClassName: "y" } })) } },
    }),
    create(claims, {
      metadata: { name: "o" },
      spec: { devices: { config: [{ opaque: { driver: "a", parameters: "text" } }], constraints: [{}] } },
    }),
    get(claims, { pick: (body) => (body as { items: { metadata: { name: string }; spec: unknown }[] }).items.map(({ spec }) => spec) }),
    table(claims),
  ),
  life(
    "claim: applied by drivers",
    applied(
      `${claims}/c`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nspec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: x}}]}}\n",
      "me",
    ),
    applied(
      `${claims}/c/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nstatus: {allocation: {devices: {results: [{request: gpu, driver: a, pool: b, device: c}]}}}\n",
      "scheduler",
    ),
    applied(
      `${claims}/c/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nstatus: {devices: [{driver: a, pool: b, device: c, networkData: {ips: [10.0.0.1/8]}}]}\n",
      "cni",
    ),
    applied(
      `${claims}/c/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nstatus: {devices: [{driver: a, pool: b, device: c, conditions: [{type: Ready, status: 'True', reason: A, message: m, lastTransitionTime: '2024-01-01T00:00:00Z'}]}]}\n",
      "gpu",
    ),
    applied(
      `${claims}/c/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nstatus: {devices: [{driver: a, pool: b, device: c, conditions: [{type: Ready, status: 'False'}]}]}\n",
      "other",
    ),
    applied(
      `${claims}/c/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nstatus: {devices: [{driver: a, pool: b}]}\n",
      "other",
    ),
    applied(
      `${claims}/c`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\nspec: {devices: {requests: [{name: cpu, exactly: {deviceClassName: x}}]}}\n",
      "me",
    ),
    applied(`${claims}/c/status`, "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: c}\n", "gpu"),
    get(`${claims}/c`),
  ),
  life(
    "template: made, changed, read",
    create(templates, { metadata: { name: "t" }, spec: { spec: small } }),
    create(templates, { metadata: { name: "u" }, spec: { metadata: { name: "n", labels: { a: "b" }, finalizers: ["x"] }, spec: small } }),
    table(templates),
    merge(`${templates}/t`, { spec: { spec: { devices: { requests: [{ name: "other", exactly: { deviceClassName: "x" } }] } } } }),
    merge(`${templates}/t`, { spec: { metadata: { labels: { x: "y" } } } }),
    merge(`${templates}/t`, { metadata: { annotations: { x: "y" } } }),
    edit(`${templates}/t`, (object) => {
      object.spec.spec.devices.requests[0].exactly.count = 2;
    }),
    create(templates, { metadata: { name: "v" }, spec: {} }),
    create(templates, { metadata: { name: "w" } }),
    create(templates, {
      metadata: { name: "x" },
      spec: { metadata: { annotations: { "a b": "" } }, spec: { devices: { requests: [{}] } } },
    }),
    get(`${templates}/t/status`),
    get(`${templates}?fieldSelector=spec=x`),
    remove(templates, undefined, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
  life(
    "class: made, changed, read",
    create(classes, { metadata: { name: "gpu-{u}" } }),
    create(classes, { metadata: { name: "gpu-{u}" }, spec: {} }),
    table(`${classes}/gpu-{u}`),
    merge(`${classes}/gpu-{u}`, { spec: { selectors: [{ cel: { expression: "device.driver == 'gpu.example.com'" } }] } }),
    merge(`${classes}/gpu-{u}`, { spec: { selectors: [{ cel: { expression: "device.attributes['x'].y ==" } }] } }),
    merge(`${classes}/gpu-{u}`, { spec: { selectors: [{ cel: { expression: "" } }, { cel: null }] } }),
    merge(`${classes}/gpu-{u}`, { spec: { extendedResourceName: "example.com/gpu" } }),
    merge(`${classes}/gpu-{u}`, { spec: { extendedResourceName: "" } }),
    merge(`${classes}/gpu-{u}`, { spec: { extendedResourceName: "kubernetes.io/x" } }),
    merge(`${classes}/gpu-{u}`, { spec: { suitableNodes: {} } }),
    merge(`${classes}/gpu-{u}`, {
      spec: { config: [{ opaque: { driver: "a.b", parameters: { kind: "X", apiVersion: "y/v1", z: null } } }] },
    }),
    merge(`${classes}/gpu-{u}`, { spec: { config: [{ opaque: { driver: "a.b", parameters: null } }] } }),
    applied(
      `${classes}/gpu-{u}`,
      "apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: 'gpu-{u}'}\nspec: {selectors: [{cel: {expression: 'true'}}]}\n",
      "x",
      "&force=true",
    ),
    get(`${classes}/gpu-{u}`),
    get(`${classes}/gpu-{u}`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
    remove(`${classes}/gpu-{u}`),
  ),
  life(
    "slice: made, changed, read",
    create(slices, slice("s-{u}")),
    table(`${slices}/s-{u}`),
    get(`${slices}?fieldSelector=spec.nodeName=n-{u}`, { pick: (body) => (body as { items: unknown[] }).items.length }),
    get(`${slices}?fieldSelector=spec.driver=gpu.example.com,spec.nodeName=n-{u},metadata.name!=x`, {
      pick: (body) => (body as { items: unknown[] }).items.length,
    }),
    get(`${slices}?fieldSelector=spec.pool.name=p-{u}`),
    merge(`${slices}/s-{u}`, { spec: { nodeName: "other" } }),
    merge(`${slices}/s-{u}`, { spec: { nodeName: null, allNodes: true } }),
    merge(`${slices}/s-{u}`, { spec: { driver: "x" } }),
    merge(`${slices}/s-{u}`, { spec: { pool: { name: "q" } } }),
    merge(`${slices}/s-{u}`, { spec: { pool: { generation: 2, resourceSliceCount: 2 } } }),
    merge(`${slices}/s-{u}`, { spec: { pool: { generation: 1, resourceSliceCount: 0 } } }),
    merge(`${slices}/s-{u}`, {
      spec: {
        devices: [
          device("x", {
            taints: [
              { key: "a", effect: "NoSchedule" },
              { key: "b", value: "c", effect: "NoExecute", timeAdded: "2024-01-01T00:00:00Z" },
            ],
          }),
        ],
      },
    }),
    merge(`${slices}/s-{u}`, { spec: { devices: [device("x", { taints: [{ key: "a b", effect: "Never" }, {}] }), device("x")] } }),
    merge(`${slices}/s-{u}`, {
      spec: {
        devices: [device("X_"), { name: "a", attributes: { "a/b/c": { int: 1, bool: true } } }],
      },
    }),
    merge(`${slices}/s-{u}`, { spec: { devices: [{ name: "a", capacity: { "Bad!": { value: "1" }, m: {} } }] } }),
    merge(`${slices}/s-{u}`, { spec: { devices: null } }),
    json(`${slices}/s-{u}`, [
      {
        op: "add",
        path: "/spec/devices",
        value: [
          device("y", { bindsToNode: true, bindingConditions: ["a"], bindingFailureConditions: ["b"], allowMultipleAllocations: true }),
        ],
      },
    ]),
    json(`${slices}/s-{u}`, [{ op: "add", path: "/spec/devices/-", value: device("z", { bindingConditions: ["a", "a"], nodeName: "n" }) }]),
    json(`${slices}/s-{u}`, [
      {
        op: "add",
        path: "/spec/devices/-",
        value: device("z", { consumesCounters: [{ counterSet: "c", counters: { m: { value: "1" } } }] }),
      },
    ]),
    json(`${slices}/s-{u}`, [{ op: "add", path: "/spec/sharedCounters", value: [{ name: "c", counters: { m: { value: "2" } } }] }]),
    get(`${slices}/s-{u}`),
    remove(slices, undefined, {
      path: `${slices}?fieldSelector=spec.nodeName=n-{u}`,
      pick: (body) => (body as { items: unknown[] }).items.length,
    }),
  ),
  life(
    "slice: where its devices are",
    create(slices, slice("a-{u}", { nodeName: undefined })),
    create(slices, slice("a-{u}", { allNodes: true })),
    create(slices, slice("a-{u}", { nodeName: undefined, allNodes: false })),
    create(slices, slice("a-{u}", { nodeName: "" })),
    create(slices, slice("a-{u}", { nodeName: "N_" })),
    create(slices, slice("a-{u}", { nodeName: undefined, allNodes: true })),
    create(slices, slice("b-{u}", { nodeName: undefined, perDeviceNodeSelection: true })),
    create(
      slices,
      slice("b-{u}", {
        nodeName: undefined,
        perDeviceNodeSelection: true,
        devices: [device("a", { nodeName: "x" }), device("b", { allNodes: true })],
      }),
    ),
    create(slices, slice("c-{u}", { nodeName: undefined, nodeSelector: { nodeSelectorTerms: [] } })),
    create(
      slices,
      slice("c-{u}", {
        nodeName: undefined,
        nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] },
      }),
    ),
    create(slices, slice("d-{u}", { nodeName: undefined, nodeSelector: { nodeSelectorTerms: [{}, {}] } })),
    create(slices, slice("d-{u}", { devices: Array.from({ length: 129 }, (_, i) => ({ name: `d${i}` })) }), {
      pick: (body) => (body as { message: string }).message,
    }),
    create(slices, { metadata: { name: "e-{u}" }, spec: {} }),
    create(slices, { metadata: { name: "e-{u}" } }),
    create(slices, slice("e-{u}", { devices: undefined })),
    create(
      slices,
      slice("f-{u}", {
        devices: undefined,
        sharedCounters: [
          { name: "c", counters: { m: { value: "2" } } },
          { name: "c", counters: {} },
        ],
      }),
    ),
    create(slices, slice("f-{u}", { devices: undefined, sharedCounters: [{ name: "c", counters: { m: { value: "2" } } }] })),
    create(
      slices,
      slice("g-{u}", {
        devices: [
          device("a", {
            capacity: { m: { value: "10Gi", requestPolicy: { default: "1Gi", validRange: { min: "1Gi", step: "1Gi" } } } },
            allowMultipleAllocations: true,
          }),
        ],
      }),
    ),
    create(
      slices,
      slice("h-{u}", {
        devices: [device("a", { capacity: { m: { value: "10Gi", requestPolicy: { default: "1Gi", validValues: ["2Gi"] } } } })],
      }),
    ),
    table(`${slices}/g-{u}`),
  ),
  life(
    "versions that aren't served",
    get("/apis/resource.k8s.io"),
    ...["v1beta1", "v1beta2", "v1alpha3"].flatMap((version) => [
      get(`/apis/resource.k8s.io/${version}`),
      get(`/apis/resource.k8s.io/${version}/deviceclasses`),
      create(`/apis/resource.k8s.io/${version}/namespaces/{ns}/resourceclaims`, claim),
      create(claims, { metadata: { name: "c" }, apiVersion: `resource.k8s.io/${version}`, kind: "ResourceClaim" }),
      patch("apply", `${claims}/c?fieldManager=x`, { ...claim, apiVersion: `resource.k8s.io/${version}`, kind: "ResourceClaim" }),
    ]),
    get("/apis/resource.k8s.io/v1alpha3/devicetaintrules"),
    get(`${group}/devicetaintrules`),
    get(`${claims}/c/binding`),
    put(`${claims}/c/binding`, {}),
    get(`${claims}/c/driver`),
    create(`${claims}/c/status`, claim),
    remove(`${claims}/c/status`),
    { method: "OPTIONS", path: claims },
    { method: "HEAD", path: classes },
  ),
];

export default sequences;
