import { type Answer, type Ask, changed, create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "u{u}.example.com";
const definitionPath = `${definitions}/widgets.${group}`;
const root = `/apis/${group}/v1`;
const widgets = `${root}/namespaces/{ns}/widgets`;

const spec = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 10, default: 3 },
    color: { type: "string", enum: ["red", "green"], maxLength: 5 },
    ratio: { type: "number", multipleOf: 0.5, minimum: 0, exclusiveMinimum: true },
    name: { type: "string", minLength: 2, maxLength: 6, pattern: "^[a-z]+$" },
    replicas: { type: "integer", format: "int32" },
    port: { "x-kubernetes-int-or-string": true },
    note: { type: "string", nullable: true },
    preset: { type: "string", nullable: true, default: "x" },
    flag: { type: "boolean", default: true },
    any: { "x-kubernetes-preserve-unknown-fields": true },
    open: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { in: { type: "object", properties: { a: { type: "string" } } } },
    },
    tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" }, maxItems: 3, minItems: 1 },
    items: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, v: { type: "number" }, mode: { type: "string", default: "auto" } },
      },
    },
    ports: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["port", "protocol"],
      items: {
        type: "object",
        required: ["port"],
        properties: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" } },
      },
    },
    plain: { type: "array", items: { type: "object", properties: { a: { type: "integer" }, b: { type: "string", maxLength: 2 } } } },
    labels: { type: "object", additionalProperties: { type: "string", pattern: "^[a-z]+$" }, maxProperties: 2, minProperties: 1 },
    limits: { type: "object", additionalProperties: { type: "object", properties: { max: { type: "integer", default: 7 } } } },
    pod: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    one: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" }, c: { type: "integer" } },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    some: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "integer" } },
      anyOf: [
        { properties: { a: { enum: ["x"] } }, required: ["a"] },
        { properties: { b: { minimum: 5 } }, required: ["b"] },
      ],
      not: { required: ["a", "b"] },
    },
    both: { type: "integer", allOf: [{ minimum: 2 }, { maximum: 4 }] },
    email: { type: "string", format: "email" },
    when: { type: "string", format: "date-time" },
    day: { type: "string", format: "date" },
    ip: { type: "string", format: "ipv4" },
    ip6: { type: "string", format: "ipv6" },
    net: { type: "string", format: "cidr" },
    host: { type: "string", format: "hostname" },
    link: { type: "string", format: "uri" },
    id: { type: "string", format: "uuid" },
    mac: { type: "string", format: "mac" },
    bytes: { type: "string", format: "byte" },
    wait: { type: "string", format: "duration" },
    sub: { type: "object", default: {}, properties: { deep: { type: "integer", default: 1 }, left: { type: "string" } } },
  },
};
const status = {
  type: "object",
  properties: { replicas: { type: "integer" }, selector: { type: "string" }, phase: { type: "string", enum: ["A", "B"] } },
};

const definition = (more: object = {}, version: object = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" },
        },
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size", description: "the size" },
          { name: "Color", type: "string", jsonPath: ".spec.color", priority: 1 },
          { name: "Ratio", type: "number", jsonPath: ".spec.ratio", format: "float" },
          { name: "Flag", type: "boolean", jsonPath: ".spec.flag" },
          { name: "First", type: "string", jsonPath: ".spec.tags[0]" },
          { name: "Item", type: "number", jsonPath: '.spec.items[?(@.name=="b")].v' },
          { name: "Labels", type: "string", jsonPath: ".spec.labels" },
          { name: "Port", type: "string", jsonPath: ".spec.port" },
          { name: "Wrong", type: "integer", jsonPath: ".spec.color" },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        selectableFields: [{ jsonPath: ".spec.color" }, { jsonPath: ".spec.size" }, { jsonPath: ".spec.flag" }],
        schema: { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec, status } } },
        ...version,
      },
      {
        name: "v1beta1",
        served: true,
        storage: false,
        deprecated: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { size: { type: "integer" }, extra: { type: "string", default: "e" } } } },
          },
        },
      },
    ],
    ...more,
  },
});

const isEstablished = ({ body }: Answer) =>
  (body?.status?.conditions ?? []).some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True");
/** The conditions come in any order. */
const statusOf = (body: unknown) => {
  const { status: state, metadata } = body as {
    status?: { conditions?: { type: string }[] };
    metadata?: { generation?: number; finalizers?: string[] };
  };
  const conditions = (state?.conditions ?? []).toSorted((a, b) => (a.type < b.type ? -1 : 1));
  return { status: { ...state, conditions }, generation: metadata?.generation, finalizers: metadata?.finalizers };
};
const established = (path = definitionPath): Request => get(path, { until: isEstablished, pick: statusOf });
const served = (path = widgets): Request => get(path, { until: ({ status: code }) => code === 200 });
const begin = (more: object = {}, version: object = {}): Step[] => [
  create(definitions, definition(more, version), { pick: (body) => (body as { spec: unknown }).spec }),
  established(),
  served(),
];

/** Complaints come in any order: upstream walks maps. */
function sortedCauses(body: unknown): unknown {
  const answer = body as { message?: string; details?: { causes?: { field: string; message: string }[] } };
  const { causes } = answer?.details ?? {};
  if (!causes) return body;
  const key = ({ field, message }: { field: string; message: string }) => `${field} ${message}`;
  return { ...answer, message: "", details: { ...answer.details, causes: causes.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) } };
}
const widget = (name: string, fields: object, more: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: "Widget",
  metadata: { name },
  spec: { size: 2, ...fields },
  ...more,
});
const made = (name: string, fields: object, more: object = {}): Request =>
  create(widgets, widget(name, fields, more), { pick: sortedCauses });
/** The hash of a stored version is of a group's name, which no two runs have in common. */
const resourceList = (path: string, until?: Request["until"]): Request =>
  get(path, {
    ...(until ? { until } : {}),
    pick: (body) => {
      const { resources = [], ...rest } = body as { resources?: { storageVersionHash?: string }[] };
      return { ...rest, resources: resources.map((one) => ({ ...one, storageVersionHash: typeof one.storageVersionHash })) };
    },
  });
const raw = (text: string, headers = {}): Request => ({
  method: "POST",
  path: widgets,
  raw: text,
  headers: { "content-type": "application/json", ...headers },
});
const versioned = (answers: readonly Answer[], fields: object): Answer["body"] =>
  changed(answers, -1, (body) => void Object.assign(body, fields));

const resized = (answers: readonly Answer[], size: number) => versioned(answers, { spec: { ...answers.at(-1)?.body.spec, size } });
const labelled = (answers: readonly Answer[]) => versioned(answers, { metadata: { ...answers.at(-1)?.body.metadata, labels: { x: "y" } } });

const values: Readonly<Record<string, readonly object[]>> = {
  numbers: [
    { size: 0 },
    { size: 11 },
    { size: 2.5 },
    { size: "3" },
    { size: null },
    { ratio: 0 },
    { ratio: 0.75 },
    { ratio: 1.5 },
    { ratio: -1 },
    { replicas: 3000000000 },
    { replicas: -1 },
    { both: 1 },
    { both: 5 },
    { both: 3 },
  ],
  texts: [
    { color: "blue" },
    { color: 5 },
    { color: "" },
    { name: "a" },
    { name: "abcdefgh" },
    { name: "A1" },
    { name: "äöü" },
    { note: null },
    { note: 5 },
    { preset: null },
    { flag: "true" },
    { flag: null },
  ],
  lists: [
    { tags: [] },
    { tags: ["a", "a"] },
    { tags: ["a", "b", "c", "d"] },
    { tags: ["a", null] },
    { tags: "a" },
    { items: [{ name: "a" }, { name: "a" }] },
    { items: [{ v: 1 }] },
    { items: [{ name: "a", v: "1" }, 3] },
    { items: [null] },
    { ports: [{ port: 1 }, { port: 1, protocol: "UDP" }, { port: 1 }] },
    { plain: [{ a: 1, b: "abc" }, { a: "x" }, { c: 1 }] },
  ],
  maps: [
    { labels: {} },
    { labels: { a: "x", b: "y", c: "z" } },
    { labels: { a: "9", b: null } },
    { labels: [] },
    { limits: { a: {}, b: { max: null }, c: { min: 1 } } },
    { sub: {} },
    { sub: { deep: null, left: "x", other: 1 } },
    { sub: null },
  ],
  "anything goes": [
    { any: { a: [null, { b: null }] } },
    { any: null },
    { open: { x: { y: 1 }, in: { a: "b", c: "d" } } },
    { open: { in: { a: 5 } } },
    { port: 80 },
    { port: "http" },
    { port: true },
    { port: 1.5 },
  ],
  junctors: [
    { one: {} },
    { one: { a: "1", b: "2" } },
    { one: { a: "1", c: "x" } },
    { one: { a: 1 } },
    { some: {} },
    { some: { a: "y" } },
    { some: { b: 4 } },
    { some: { a: "x", b: 9 } },
    { some: { a: "x" } },
  ],
  formats: [
    { email: "x" },
    { email: "a@b.c" },
    { when: "2020-01-01" },
    { when: "2020-01-01T10:00:00Z" },
    { day: "2021-02-29" },
    { ip: "1.2.3" },
    { ip: "::1" },
    { ip6: "::1" },
    { ip6: "1.2.3.4" },
    { net: "10.0.0.0" },
    { net: "10.0.0.1/8" },
    { host: "a_b" },
    { host: "a.example.com" },
    { link: "not a link" },
    { link: "https://example.com/a?b" },
    { id: "123" },
    { mac: "00:11:22:33:44:55" },
    { mac: "00:11:22" },
    { bytes: "YQ==" },
    { bytes: "a" },
    { wait: "5m" },
    { wait: "soon" },
    { when: 5 },
    { email: true },
  ],
  embedded: [
    { pod: {} },
    { pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "a", labels: { x: "y" }, zz: 1 }, spec: { a: 1 } } },
    { pod: { apiVersion: "v1/2/3", kind: "Pod" } },
    { pod: { apiVersion: "v1", kind: "$" } },
    { pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "x/y" } } },
    { pod: { apiVersion: "", kind: "" } },
    { pod: { apiVersion: "v1", kind: "Pod", metadata: { labels: { a: 1 } } } },
  ],
};

const sequences: Sequence[] = [
  ...Object.entries(values).map(
    ([name, all]): Sequence => ({ name: `values: ${name}`, steps: [...begin(), ...all.map((fields, index) => made(`w${index}`, fields))] }),
  ),
  {
    name: "bodies",
    steps: [
      ...begin(),
      raw("{}"),
      raw("null"),
      raw("[1]"),
      raw('{"kind":"Widget","metadata":{"name":"q"}}'),
      raw(`{"apiVersion":"${group}/v1","metadata":{"name":"q"}}`),
      raw(`{"apiVersion":"${group}/v1beta1","kind":"Widget","metadata":{"name":"q"}}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Gadget","metadata":{"name":"q"}}`),
      raw('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"q"}}'),
      raw('{"apiVersion":"a/b/c","kind":"Widget","metadata":{"name":"q"}}'),
      raw('{"apiVersion":1,"kind":"Widget","metadata":{"name":"q"}}'),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":5}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":null,"spec":{}}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","spec":{}}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"q","labels":{"a":1}},"spec":{}}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"q","namespace":"other"},"spec":{}}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"Q_"},"spec":[]}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"q","uid":"1","resourceVersion":"5"},"spec":{}}`),
      raw(
        `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"q1","generation":9},"spec":{},"status":{"phase":"A"},"other":1}`,
      ),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"generateName":"gen-"},"spec":{}}`),
      raw(`{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"q2","finalizers":["abc","a.b","a/b","x y"]},"spec":{}}`),
      raw(`apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: yaml}\nspec: {size: 5}\n`, {
        "content-type": "application/yaml",
        accept: "application/yaml",
      }),
      raw("metadata: {name: yaml}\n", { "content-type": "application/yaml" }),
      get(`${widgets}/q1`),
      get(`${widgets}/nothing`),
    ],
  },
  {
    name: "field validation",
    steps: ["Strict", "Warn", "Ignore", ""].flatMap((mode, index) => [
      ...(index === 0 ? begin() : []),
      {
        method: "POST",
        path: `${widgets}?fieldValidation=${mode}`,
        raw: `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"w${index}","foo":1,"name":"w${index}"},"spec":{"z":1,"size":2,"size":3,"items":[{"name":"q","q":1}],"any":{"b":1},"pod":{"apiVersion":"v1","kind":"X","metadata":{"zz":1}}},"top":1}`,
        headers: { "content-type": "application/json" },
      },
    ]),
  },
  {
    name: "updates",
    steps: [
      ...begin(),
      made("a", { color: "red" }),
      put(`${widgets}/a`, widget("a", { size: 4 })),
      put(`${widgets}/b`, widget("a", { size: 4 })),
      put(`${widgets}/nothing`, { ...widget("nothing", {}), metadata: { name: "nothing", resourceVersion: "5" } }),
      get(`${widgets}/a`),
      (answers) => put(`${widgets}/a`, resized(answers, 5)),
      (answers) => put(`${widgets}/a`, labelled(answers)),
      (answers) => put(`${widgets}/a`, resized(answers, 50), { pick: sortedCauses }),
      get(`${widgets}/a`),
      (answers) => put(`${widgets}/a`, versioned(answers, { status: { phase: "A" } })),
      (answers) => put(`${widgets}/a/status`, versioned(answers, { status: { phase: "A", replicas: 2, zz: 1 } })),
      (answers) =>
        put(`${widgets}/a/status`, versioned(answers, { status: { phase: "C", replicas: -1, selector: 5 } }), { pick: sortedCauses }),
      put(`${widgets}/a/status`, widget("a", {}, { status: { phase: "B" } })),
      patch("merge", `${widgets}/a/status`, { status: { phase: "B" }, spec: { size: 9 }, metadata: { labels: { n: "m" } } }),
      get(`${widgets}/a/status`),
      get(`${widgets}/a`),
    ],
  },
  {
    name: "patches",
    steps: [
      ...begin(),
      made("a", { color: "red", tags: ["a"] }),
      patch("merge", `${widgets}/a`, { spec: { color: null, size: 7, uu: 1 } }),
      patch("merge", `${widgets}/a?fieldValidation=Strict`, { spec: { uu: 1 } }),
      patch("merge", `${widgets}/a`, { spec: { size: null } }),
      patch("merge", `${widgets}/a`, { spec: null }, { pick: sortedCauses }),
      patch("json", `${widgets}/a`, [{ op: "add", path: "/spec/tags/-", value: "b" }]),
      patch("json", `${widgets}/a`, [{ op: "replace", path: "/kind", value: "Other" }]),
      patch("json", `${widgets}/a`, [{ op: "remove", path: "/spec/nothing" }]),
      patch("strategic", `${widgets}/a`, { spec: { size: 5 } }),
      patch("merge", `${widgets}/a`, { metadata: { labels: { a: 1 } } }),
      patch("merge", `${widgets}/a`, { metadata: { resourceVersion: "1" }, spec: { size: 5 } }),
      patch("merge", `${widgets}/nothing`, { spec: { size: 5 } }),
      patch("merge", `${widgets}/a`, { spec: { size: 100 } }, { pick: sortedCauses }),
      get(`${widgets}/a`),
    ],
  },
  {
    name: "server-side apply",
    steps: [
      ...begin(),
      patch("apply", `${widgets}/a?fieldManager=one`, widget("a", { items: [{ name: "x", v: 1 }], tags: ["a"], ports: [{ port: 1 }] })),
      patch("apply", `${widgets}/a?fieldManager=two`, widget("a", { items: [{ name: "y", v: 1 }], tags: ["b"] })),
      patch("apply", `${widgets}/a?fieldManager=two`, widget("a", { items: [{ name: "x", v: 2 }] })),
      patch("apply", `${widgets}/a?fieldManager=two&force=true`, widget("a", { items: [{ name: "x", v: 2 }] })),
      patch(
        "apply",
        `${widgets}/a?fieldManager=one`,
        widget("a", { any: { deep: { a: 1 } }, limits: { x: { max: 1 } }, plain: [{ a: 1 }] }),
      ),
      patch("apply", `${widgets}/a?fieldManager=one`, widget("a", { nope: 1 })),
      patch("apply", `${widgets}/a?fieldManager=one`, widget("a", { items: [{ v: 1 }] })),
      patch("apply", `${widgets}/a?fieldManager=one`, widget("a", { color: "blue" }), { pick: sortedCauses }),
      patch("apply", `${widgets}/a?fieldManager=one`, { kind: "Widget", metadata: { name: "a" } }),
      patch("apply", `${widgets}/a/status?fieldManager=st`, {
        apiVersion: `${group}/v1`,
        kind: "Widget",
        metadata: { name: "a" },
        status: { phase: "A" },
      }),
      patch("apply", `${widgets}/b/status?fieldManager=st`, {
        apiVersion: `${group}/v1`,
        kind: "Widget",
        metadata: { name: "b" },
        status: { phase: "A" },
      }),
      patch("apply", `/apis/${group}/v1beta1/namespaces/{ns}/widgets/a?fieldManager=beta`, {
        apiVersion: `${group}/v1beta1`,
        kind: "Widget",
        metadata: { name: "a" },
        spec: { size: 2 },
      }),
      get(`${widgets}/a`),
    ],
  },
  {
    name: "scale",
    steps: [
      ...begin(),
      made("a", { replicas: 2 }),
      made("none", {}),
      get(`${widgets}/a/scale`),
      get(`${widgets}/none/scale`),
      put(`${widgets}/a/scale`, { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 5 } }),
      patch("merge", `${widgets}/a/scale`, { spec: { replicas: 6 } }),
      patch("merge", `${widgets}/a/scale`, { spec: { replicas: -6 } }),
      patch("merge", `${widgets}/none/scale`, { spec: { replicas: 3 } }),
      patch("merge", `${widgets}/a/status`, { status: { replicas: 4, selector: "a=b" } }),
      get(`${widgets}/a/scale`),
      get(`${widgets}/a`),
      get(`${widgets}/nothing/scale`),
    ],
  },
  {
    name: "an apply to a scale",
    steps: [
      ...begin(),
      made("a", { replicas: 2 }),
      patch("apply", `${widgets}/a/scale?fieldManager=m&force=true`, {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "a" },
        spec: { replicas: 8 },
      }),
    ],
  },
  {
    name: "reads",
    steps: [
      ...begin(),
      made("a", { color: "red", ratio: 1.5, tags: ["t"], items: [{ name: "b", v: 2.5 }], labels: { x: "y" }, port: 80 }),
      made("b", { color: "green", size: 4, port: "http" }, { metadata: { name: "b", labels: { l: "m" } } }),
      made("c", { flag: false }),
      get(widgets),
      get(`${widgets}?limit=2`, { pick: (body) => ({ ...(body as object), metadata: undefined }) }),
      get(`${root}/widgets`),
      get(`${widgets}?fieldSelector=spec.color%3Dred`),
      get(`${widgets}?fieldSelector=spec.size%3D2,spec.flag%3Dfalse`),
      get(`${widgets}?fieldSelector=spec.ratio%3D2`),
      get(`${widgets}?fieldSelector=metadata.name%3Db`),
      get(`${widgets}?labelSelector=l%3Dm`),
      get(widgets, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      get(`${widgets}/a`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      get(`${widgets}?includeObject=None`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      get(widgets, { headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" } }),
      get(`${widgets}/a`, { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } }),
      get(`${widgets}/a`, { headers: { accept: "application/yaml" } }),
      get(`${widgets}/a`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
      get(`${widgets}/a`, { headers: { accept: "application/vnd.kubernetes.protobuf,application/json" } }),
      get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/a`),
      get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets`),
      get(`/apis/${group}/v2/namespaces/{ns}/widgets`),
      get(`${root}/namespaces/{ns}/gadgets`),
      get(`${root}/namespaces/{ns}/widgets/a/log`),
      get(`${root}/widgets/a`),
      remove(`${widgets}/a`),
      remove(`${widgets}/a`),
      remove(`${widgets}?labelSelector=l%3Dm`, undefined, { pick: (body) => (body as { kind: string }).kind }),
    ],
  },
  {
    name: "watches",
    steps: [
      ...begin(),
      {
        watch: `${widgets}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`,
        until: 5,
        during: [
          create(widgets, widget("a", {})),
          patch("merge", `${widgets}/a`, { spec: { size: 3 } }),
          patch("merge", `${widgets}/a/status`, { status: { phase: "A" } }),
          remove(`${widgets}/a`),
        ],
      } satisfies Ask,
      {
        watch: `${widgets}?watch=true&fieldSelector=spec.size%3D3`,
        until: 2,
        during: [
          create(widgets, widget("b", {})),
          patch("merge", `${widgets}/b`, { spec: { size: 3 } }),
          patch("merge", `${widgets}/b`, { spec: { size: 4 } }),
          remove(`${widgets}/b`),
        ],
      } satisfies Ask,
    ],
  },
  {
    name: "discovery",
    steps: [
      ...begin(),
      get(`/apis/${group}`),
      resourceList(`/apis/${group}/v1`),
      resourceList(`/apis/${group}/v1beta1`),
      get("/apis/apiregistration.k8s.io/v1/apiservices/v1.u{u}.example.com", {
        until: ({ status: code }) => code === 200,
        pick: (body) => {
          const { metadata, spec: fields } = body as { metadata: { labels: object }; spec: object };
          return { labels: metadata.labels, spec: fields };
        },
      }),
      get(`/openapi/v3/apis/${group}/v1`, {
        until: ({ status: code }) => code === 200,
        pick: (body) => {
          const { info, components, paths } = body as {
            info: object;
            components: { schemas: Record<string, { properties: { spec: unknown; status: unknown } }> };
            paths: Record<string, Record<string, { operationId?: string; requestBody?: { content: object } }>>;
          };
          const [name = ""] = Object.keys(components.schemas).filter((one) => one.endsWith(".v1.Widget"));
          const operations = Object.entries(paths).flatMap(([path, methods]) =>
            Object.entries(methods)
              .filter(([method]) => method !== "parameters")
              .map(([method, { operationId, requestBody }]) => [path, method, operationId, Object.keys(requestBody?.content ?? {}).sort()]),
          );
          const { spec: fields, status: state } = components.schemas[name]?.properties ?? {};
          return {
            info,
            schemas: Object.keys(components.schemas)
              .filter((one) => one.includes("example"))
              .sort(),
            spec: fields,
            status: state,
            operations,
          };
        },
      }),
    ],
  },
  {
    name: "a definition's life",
    steps: [
      ...begin(),
      made("a", {}, { metadata: { name: "a", finalizers: ["x.y/z"] } }),
      made("b", {}),
      remove(definitionPath, undefined, { pick: statusOf }),
      get(definitionPath, {
        until: ({ body }) => JSON.stringify(body).includes("InstanceDeletionInProgress"),
        pick: statusOf,
      }),
      made("c", {}),
      patch("apply", `${widgets}/d?fieldManager=m`, widget("d", {})),
      get(`${widgets}/b`, { until: ({ status: code }) => code === 404 }),
      patch("merge", `${widgets}/a`, { metadata: { finalizers: null } }, { pick: (body) => (body as { kind: string }).kind }),
      get(definitionPath, { until: ({ status: code }) => code === 404 }),
      get(widgets, { until: ({ status: code }) => code === 404 }),
    ],
  },
  {
    name: "names that are taken",
    steps: [
      ...begin(),
      create(
        definitions,
        {
          ...definition(),
          metadata: { name: `gadgets.${group}` },
          spec: { ...definition().spec, names: { plural: "gadgets", kind: "Widget", shortNames: ["wd", "gd"], singular: "widget" } },
        },
        { pick: (body) => (body as { kind: string }).kind },
      ),
      get(`${definitions}/gadgets.${group}`, {
        until: ({ body }) => (body?.status?.conditions ?? []).length > 1,
        pick: statusOf,
      }),
      get(`${root}/namespaces/{ns}/gadgets`),
      remove(definitionPath, undefined, { pick: (body) => (body as { kind: string }).kind }),
      established(`${definitions}/gadgets.${group}`),
    ],
  },
  {
    name: "changes of a definition",
    steps: [
      ...begin(),
      made("a", { color: "red" }),
      made("wrong", { name: "ab" }),
      patch(
        "json",
        definitionPath,
        [
          {
            op: "add",
            path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/fresh",
            value: { type: "string", default: "new" },
          },
          { op: "remove", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/color" },
          { op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/name/minLength", value: 3 },
          { op: "replace", path: "/spec/versions/0/selectableFields", value: [] },
          { op: "remove", path: "/spec/versions/0/additionalPrinterColumns" },
        ],
        { pick: statusOf },
      ),
      get(`${widgets}/a`, { until: ({ body }) => body?.spec?.fresh === "new" }),
      get(widgets),
      get(widgets, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/a`),
      patch("merge", `${widgets}/wrong`, { spec: { size: 5 } }),
      patch("merge", `${widgets}/wrong`, { spec: { name: "ac" } }, { pick: sortedCauses }),
      patch("merge", `${widgets}/a`, { spec: { size: 5 } }),
      patch("json", definitionPath, [{ op: "replace", path: "/spec/versions/1/served", value: false }], { pick: statusOf }),
      get(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/a`, { until: ({ status: code }) => code === 404 }),
      patch(
        "json",
        definitionPath,
        [
          { op: "replace", path: "/spec/versions/1/served", value: true },
          { op: "replace", path: "/spec/versions/1/storage", value: true },
          { op: "replace", path: "/spec/versions/0/storage", value: false },
        ],
        { pick: statusOf },
      ),
      served(`/apis/${group}/v1beta1/namespaces/{ns}/widgets/a`),
      create(`/apis/${group}/v1beta1/namespaces/{ns}/widgets`, {
        apiVersion: `${group}/v1beta1`,
        kind: "Widget",
        metadata: { name: "beta" },
        spec: { size: 4 },
      }),
      get(`${widgets}/beta`),
      get(`${widgets}/a`),
      patch("merge", definitionPath, { spec: { names: { shortNames: ["ww"] } } }, { pick: (body) => (body as { kind: string }).kind }),
      resourceList(root, ({ body }) => JSON.stringify(body).includes("ww")),
    ],
  },
  {
    name: "an open, cluster-scoped kind without subresources",
    steps: [
      create(
        definitions,
        definition(
          { scope: "Cluster" },
          {
            subresources: undefined,
            additionalPrinterColumns: undefined,
            selectableFields: undefined,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ),
        { pick: (body) => (body as { kind: string }).kind },
      ),
      established(),
      served(`${root}/widgets`),
      create(`${root}/widgets`, { ...widget("a{u}", {}), status: { a: 1 }, other: [1, { b: null }] }),
      patch("merge", `${root}/widgets/a{u}`, { status: { a: 2 } }),
      patch(
        "apply",
        `${root}/widgets/a{u}?fieldManager=m`,
        { ...widget("a{u}", { x: { y: [1] } }), other: "text" },
        { pick: sortedCauses },
      ),
      get(`${root}/widgets/a{u}/status`),
      get(`${root}/widgets/a{u}/scale`),
      get(`${root}/namespaces/{ns}/widgets`),
      get(`${root}/widgets`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      resourceList(root),
    ],
  },
  {
    name: "protected groups",
    steps: [
      create(
        definitions,
        {
          ...definition(),
          metadata: { name: "widgets.u{u}.k8s.io", annotations: { "api-approved.kubernetes.io": "unapproved, a test" } },
          spec: { ...definition().spec, group: "u{u}.k8s.io" },
        },
        { pick: (body) => (body as { kind: string }).kind },
      ),
      get(`${definitions}/widgets.u{u}.k8s.io`, {
        until: (answer) => isEstablished(answer) && answer.body.status.conditions.length > 2,
        pick: statusOf,
      }),
    ],
  },
  {
    name: "defaults that their schema doesn't take",
    steps: Object.values({
      type: { a: { type: "integer", default: "x" } },
      limit: { a: { type: "integer", maximum: 3, default: 5 } },
      unknown: { a: { type: "object", default: { b: 1, c: 2 }, properties: { b: { type: "string" } } } },
      none: { a: { type: "string", default: null } },
      repeated: { a: { type: "array", default: ["a", "a"], "x-kubernetes-list-type": "set", items: { type: "string" } } },
      items: { l: { type: "array", items: { type: "object", properties: { a: { type: "integer", default: "x" } } } } },
      required: { a: { type: "object", default: {}, required: ["b"], properties: { b: { type: "string", default: "x" } } } },
      embedded: {
        a: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
          default: { metadata: { name: "/" } },
        },
      },
      junctor: {
        a: {
          type: "object",
          default: {},
          properties: { b: { type: "string" }, c: { type: "string" } },
          oneOf: [{ required: ["b"] }, { required: ["c"] }],
        },
      },
      good: { a: { type: "object", default: { b: "x" }, properties: { b: { type: "string" } } } },
    }).map((properties) =>
      create(
        `${definitions}?dryRun=All`,
        definition(
          {},
          {
            subresources: undefined,
            additionalPrinterColumns: undefined,
            selectableFields: undefined,
            schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } },
          },
        ),
        {
          pick: (body) => {
            const { spec: fields } = body as { spec?: { versions: { schema: unknown }[] } };
            return fields ? fields.versions[0]?.schema : sortedCauses(body);
          },
        },
      ),
    ),
  },
];

export default sequences;
