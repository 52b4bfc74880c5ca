import { edit, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, type Request, remove, type Sequence, type Step, type Watch } from "../sequences.ts";

/** Custom kinds as operators define them: defaults, pruning, rules, ratcheting, scales, columns, versions and watches. */
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const at = (version = "v1") => `/apis/c{u}.example.com/${version}/namespaces/{ns}/cranes`;
const cranes = at();
const own = `${definitions}/cranes.c{u}.example.com`;
interface Version {
  name?: string;
  schema?: object;
  more?: object;
}
const definition = (versions: Version[], more: object = {}) => ({
  metadata: { name: "cranes.c{u}.example.com" },
  spec: {
    group: "c{u}.example.com",
    scope: "Namespaced",
    names: { plural: "cranes", singular: "crane", kind: "Crane", categories: ["birds"], shortNames: ["cn"] },
    versions: versions.map(({ name = "v1", schema, more: rest }, index) => ({
      name,
      served: true,
      storage: index === 0,
      schema: { openAPIV3Schema: schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      ...rest,
    })),
    ...more,
  },
});
const spec = (properties: object, more: object = {}) => ({
  type: "object",
  properties: { spec: { type: "object", properties, ...more }, status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
});
const established = get(own, {
  pick: () => "",
  until: ({ body }) =>
    body.status?.conditions?.some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True"),
});
const answered = (version = "v1") => get(at(version), { pick: () => "", until: ({ status }) => status === 200 });
const defined = (versions: Version[], more: object = {}): Step[] => [
  create(definitions, definition(versions, more), { pick: () => "" }),
  established,
  answered(),
];
const crane = (name: string, more: object = {}, version = "v1") => ({
  apiVersion: `c{u}.example.com/${version}`,
  kind: "Crane",
  metadata: { name },
  ...more,
});
const made = (name: string, body: object, query = ""): Request => create(`${cranes}${query}`, crane(name, { spec: body }));
const ruled = (name: string, properties: object, more: object, bodies: readonly object[], changes: readonly object[] = []): Sequence =>
  life(
    name,
    ...defined([{ schema: spec(properties, more) }]),
    ...bodies.map((body, index) => made(`c${index}`, body)),
    ...changes.map((change) => merge(`${cranes}/c0`, { spec: change })),
  );
const rule = (text: string, more: object = {}) => ({ "x-kubernetes-validations": [{ rule: text, ...more }] });

const sequences: Sequence[] = [
  life(
    "defaults at all depths",
    ...defined([
      {
        schema: spec({
          a: { type: "string", default: "x" },
          o: {
            type: "object",
            default: {},
            properties: {
              p: { type: "integer", default: 5 },
              q: { type: "object", properties: { r: { type: "boolean", default: true } } },
            },
          },
          l: { type: "array", items: { type: "object", properties: { n: { type: "string" }, d: { type: "number", default: 1.5 } } } },
          m: { type: "object", additionalProperties: { type: "object", properties: { e: { type: "string", default: "y" } } } },
          n: { type: "string", nullable: true, default: "z" },
          k: { "x-kubernetes-int-or-string": true, default: "50%" },
          u: { type: "object", default: { v: [1, 2] }, "x-kubernetes-preserve-unknown-fields": true },
        }),
      },
    ]),
    create(cranes, crane("a")),
    made("b", {}),
    made("c", { a: null, o: null, n: null, l: null, m: null, k: null }),
    made("d", { o: { q: {} }, l: [{}, { n: "x", d: 2 }, null], m: { one: {}, two: { e: "z" } } }),
    made("d", { o: { q: {} }, l: [{}, { n: "x", d: 2 }], m: { one: {}, two: { e: "z" } } }),
    merge(`${cranes}/d`, { spec: { a: null, o: { q: null }, k: 7 } }),
    json(`${cranes}/d`, [{ op: "remove", path: "/spec/l/0/d" }]),
    patch("apply", `${cranes}/e?fieldManager=m`, crane("e", { spec: { l: [{ n: "1" }] } })),
    put(`${cranes}/b`, crane("b", { spec: { u: {} } })),
    merge(own, {
      spec: {
        versions: definition([{ schema: spec({ a: { type: "string", default: "changed" }, fresh: { type: "string", default: "new" } }) }])
          .spec.versions,
      },
    }),
    get(`${cranes}/b`, { until: ({ body }) => body.spec?.fresh !== undefined }),
    get(cranes),
    merge(`${cranes}/b`, { metadata: { labels: { a: "b" } } }),
  ),
  life(
    "pruning",
    ...defined([
      {
        schema: spec({
          known: { type: "string" },
          open: {
            type: "object",
            properties: { a: { type: "object", properties: { b: { type: "string" } } } },
            "x-kubernetes-preserve-unknown-fields": true,
          },
          map: { type: "object", additionalProperties: { type: "string" } },
          pod: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
          item: { type: "array", items: { type: "object", properties: { a: { type: "integer" } } } },
        }),
      },
    ]),
    made("a", { known: "x", unknown: { a: 1 }, open: { x: 1, a: { b: "y", c: "z" } }, map: { k: "v" }, item: [{ a: 1, b: 2 }] }),
    made("b", { unknown: 1, item: [{ b: 2 }] }, "?fieldValidation=Strict"),
    made("b", { unknown: 1, item: [{ b: 2 }] }, "?fieldValidation=Ignore"),
    create(`${cranes}?fieldValidation=Strict`, crane("c", { spec: {}, status: { x: 1 }, more: 1, metadata: { name: "c", odd: 1 } })),
    create(cranes, crane("c", { spec: {}, status: { x: 1 }, more: 1, metadata: { name: "c", odd: 1 } })),
    made("d", { pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", odd: 1 }, spec: { x: 1 } } }),
    made("e", { pod: { kind: "Pod" } }),
    made("e", { pod: { apiVersion: "v1", kind: "pod_", metadata: { labels: { a: 1 } } } }),
    made("f", { pod: {} }),
    made("g", { map: { k: 1 } }),
    made("g", { map: [] }),
    made("g", { known: {} }),
    made("g", { item: {} }),
    patch("merge", `${cranes}/a?fieldValidation=Strict`, { spec: { bogus: 1 } }),
    merge(`${cranes}/a`, { spec: { bogus: 1, open: { y: { z: 1 } } } }),
    json(`${cranes}/a`, [{ op: "add", path: "/spec/other", value: 1 }]),
    patch("apply", `${cranes}/a?fieldManager=m`, crane("a", { spec: { other: 1 } })),
    patch("apply", `${cranes}/a?fieldManager=m&force=true`, crane("a", { spec: { open: { new: [1] } } })),
  ),
  ruled(
    "rules on single fields",
    {
      n: { type: "integer", ...rule("self > 0", { message: "positive!" }) },
      s: {
        type: "string",
        maxLength: 20,
        ...rule("self.matches('^[a-z]+$')", { messageExpression: "'bad: ' + self", reason: "FieldValueForbidden" }),
      },
      l: {
        type: "array",
        maxItems: 5,
        items: { type: "string", maxLength: 10 },
        ...rule("self.all(x, x.size() < 4)", { fieldPath: undefined }),
      },
      m: { type: "object", maxProperties: 3, additionalProperties: { type: "integer" }, ...rule("self.exists(k, self[k] == 1)") },
      d: { type: "string", format: "date-time", ...rule("self > timestamp('2020-01-01T00:00:00Z')") },
      f: { type: "number", ...rule("self * 2.0 < 5.0") },
      b: { type: "boolean", ...rule("self") },
      q: { type: "string", maxLength: 10, ...rule("isQuantity(self) && quantity(self).isLessThan(quantity('5'))") },
      w: { type: "string", maxLength: 10, ...rule("self == oldSelf", { message: "immutable" }) },
      r: { type: "string", format: "duration", ...rule("self <= duration('1h')") },
    },
    rule("!has(self.n) || !has(self.b) || self.n < 10", { fieldPath: ".n", reason: "FieldValueInvalid", message: "n with b" }),
    [
      { n: 1, s: "abc", l: ["a"], m: { k: 1 }, d: "2024-01-01T00:00:00Z", f: 1.5, b: true, q: "2", w: "keep", r: "30m" },
      { n: 0 },
      { s: "ABC" },
      { l: ["aaaaa"] },
      { m: { k: 2 } },
      { d: "2019-01-01T00:00:00Z" },
      { f: 2.5 },
      { b: false },
      { q: "7" },
      { q: "x" },
      { r: "2h" },
      { r: "x" },
      { n: 11, b: true },
    ],
    [{ w: "changed" }, { w: null }, { n: -1 }, { s: "Z", n: 5 }],
  ),
  ruled(
    "rules that need optional things",
    {
      a: { type: "integer" },
      b: { type: "integer" },
      list: {
        type: "array",
        maxItems: 4,
        items: { type: "object", properties: { k: { type: "string", maxLength: 5 }, v: { type: "integer" } }, required: ["k"] },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
      },
    },
    {
      "x-kubernetes-validations": [
        { rule: "self.a == self.b" },
        { rule: "self.list.all(x, x.v > 0)", message: "values" },
        { rule: "self.?a.orValue(0) < 100" },
        { rule: "!has(oldSelf.a) || self.a >= oldSelf.a", message: "only grows" },
        { rule: "oldSelf.hasValue() || self.a == 1", optionalOldSelf: true, message: "begins with one" },
      ],
    },
    [
      {},
      { a: 1, b: 1, list: [{ k: "x", v: 1 }] },
      { a: 1, b: 2, list: [] },
      { a: 1, b: 1, list: [{ k: "x" }] },
      {
        a: 1,
        b: 1,
        list: [
          { k: "x", v: 0 },
          { k: "x", v: 1 },
        ],
      },
      { a: 2, b: 2, list: [] },
    ],
  ),
  ruled(
    "transitions",
    {
      a: { type: "integer", ...rule("self >= oldSelf", { message: "grows" }) },
      l: {
        type: "array",
        maxItems: 3,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: {
          type: "object",
          required: ["k"],
          properties: { k: { type: "string", maxLength: 4 }, v: { type: "integer", ...rule("self == oldSelf", { message: "fixed" }) } },
        },
      },
      o: { type: "object", properties: { x: { type: "string", maxLength: 4 } }, ...rule("self.x == oldSelf.x") },
    },
    rule("has(self.o) || !has(oldSelf.o)", { message: "o stays" }),
    [
      {
        a: 3,
        l: [
          { k: "a", v: 1 },
          { k: "b", v: 2 },
        ],
        o: { x: "y" },
      },
    ],
    [
      { a: 2 },
      { a: 4 },
      {
        l: [
          { k: "b", v: 2 },
          { k: "a", v: 5 },
        ],
      },
      { l: [{ k: "c", v: 9 }] },
      { o: { x: "z" } },
      { o: null },
      { a: null },
    ],
  ),
  life(
    "ratcheting of what was valid once",
    ...defined([{ schema: spec({ s: { type: "string" }, t: { type: "string" }, l: { type: "array", items: { type: "integer" } } }) }]),
    made("c0", { s: "UPPER", t: "ok", l: [1, 200] }),
    merge(own, {
      spec: {
        versions: definition([
          {
            schema: spec(
              {
                s: { type: "string", pattern: "^[a-z]+$", maxLength: 3 },
                t: { type: "string", enum: ["a", "b"] },
                l: { type: "array", maxItems: 1, items: { type: "integer", maximum: 100 } },
              },
              { required: ["needed"] },
            ),
          },
        ]).spec.versions,
      },
    }),
    get(own, { pick: () => "", until: ({ body }) => JSON.stringify(body.spec).includes("needed") }),
    { ...made("c1", { s: "UPPER", t: "ok" }), until: ({ status }) => status === 422 },
    merge(`${cranes}/c0`, { metadata: { labels: { a: "b" } } }),
    merge(`${cranes}/c0`, { spec: { s: "OTHER" } }),
    merge(`${cranes}/c0`, { spec: { t: "a" } }),
    merge(`${cranes}/c0`, { spec: { needed: "x", t: "a" } }),
    merge(`${cranes}/c0`, { spec: { l: [1, 200, 3] } }),
    merge(`${cranes}/c0`, { spec: { l: [5] } }),
    get(`${cranes}/c0`),
  ),
  life(
    "values and formats",
    ...defined([
      {
        schema: spec({
          i32: { type: "integer", format: "int32" },
          i64: { type: "integer", format: "int64" },
          num: { type: "number", multipleOf: 0.5, minimum: 0, exclusiveMinimum: true, maximum: 10, exclusiveMaximum: true },
          ip: { type: "string", format: "ipv4" },
          ip6: { type: "string", format: "ipv6" },
          mac: { type: "string", format: "mac" },
          cidr: { type: "string", format: "cidr" },
          uri: { type: "string", format: "uri" },
          mail: { type: "string", format: "email" },
          host: { type: "string", format: "hostname" },
          uuid: { type: "string", format: "uuid" },
          day: { type: "string", format: "date" },
          when: { type: "string", format: "date-time" },
          bytes: { type: "string", format: "byte" },
          long: { type: "string", format: "duration" },
          label: { type: "string", format: "k8s-short-name" },
          odd: { type: "string", format: "unheard-of" },
          text: { type: "string", minLength: 2, maxLength: 4, pattern: "^\\w+$" },
          list: { type: "array", minItems: 1, maxItems: 2, items: { type: "integer", enum: [1, 2, 3] } },
          map: { type: "object", minProperties: 1, maxProperties: 2, additionalProperties: { type: "string" } },
          either: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true },
          one: {
            type: "object",
            properties: { a: { type: "string" }, b: { type: "string" } },
            oneOf: [{ required: ["a"] }, { required: ["b"] }],
          },
          not: { type: "object", properties: { a: { type: "string" } }, not: { required: ["a"] } },
        }),
      },
    ]),
    ...[
      { i32: 2147483648 },
      { i64: 1.5 },
      { i64: "1" },
      { num: 0 },
      { num: 10 },
      { num: 1.3 },
      { ip: "::1" },
      { ip: "1.2.3" },
      { ip6: "1.2.3.4" },
      { mac: "zz" },
      { cidr: "1.2.3.4" },
      { uri: "not a uri" },
      { mail: "x" },
      { host: "a_b!" },
      { uuid: "x" },
      { day: "2024-13-01" },
      { when: "2024-01-01" },
      { bytes: "?" },
      { long: "1x" },
      { label: "A_" },
      { odd: "anything" },
      { text: "a" },
      { text: "abcde" },
      { text: "a b" },
      { text: "é" },
      { list: [] },
      { list: [1, 2, 3] },
      { list: [4] },
      { list: ["1"] },
      { map: {} },
      { map: { a: "", b: "", c: "" } },
      { either: true },
      { either: 1.5 },
      { either: "x" },
      { one: {} },
      { one: { a: "", b: "" } },
      { not: { a: "" } },
      { text: 5 },
      { text: null },
      { map: "x" },
      { list: null, map: null },
    ].map((body, index) => made(`v${index}`, body)),
  ),
  life(
    "scale and status",
    ...defined([
      {
        schema: spec({ replicas: { type: "integer", minimum: 0 } }),
        more: {
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" },
          },
        },
      },
    ]),
    made("a", {}),
    get(`${cranes}/a/scale`),
    merge(`${cranes}/a/scale`, { spec: { replicas: 3 } }),
    get(`${cranes}/a`),
    put(`${cranes}/a/scale`, { metadata: { name: "a" }, spec: { replicas: -1 } }),
    put(`${cranes}/a/scale`, { metadata: { name: "b" }, spec: { replicas: 1 } }),
    put(`${cranes}/a/scale`, { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 4 } }),
    merge(`${cranes}/a/scale`, { spec: { replicas: "x" } }),
    merge(`${cranes}/a/status`, {
      status: { replicas: 2, selector: "a=b", more: { x: 1 } },
      spec: { replicas: 9 },
      metadata: { labels: { no: "no" } },
    }),
    get(`${cranes}/a/scale`),
    get(`${cranes}/a/scale`, { headers: { accept: "application/yaml" } }),
    get(`${cranes}/a/status`),
    merge(`${cranes}/a`, { status: { replicas: 7 }, spec: { replicas: 5 } }),
    edit(`${cranes}/a`, (object) => {
      object.spec.replicas = 6;
      object.status = {};
    }),
    put(`${cranes}/a/status`, crane("a", { status: { replicas: 1 } })),
    patch("apply", `${cranes}/a/status?fieldManager=s`, crane("a", { status: { phase: "x" } })),
    remove(`${cranes}/a/status`),
    create(`${cranes}/a/scale`, {}),
    get(`${cranes}/none/scale`),
    strategic(`${cranes}/a/scale`, { spec: { replicas: 1 } }),
  ),
  life(
    "columns",
    ...defined([
      {
        more: {
          additionalPrinterColumns: [
            { name: "Text", type: "string", jsonPath: ".spec.text", description: "a text" },
            { name: "Number", type: "integer", jsonPath: ".spec.n", priority: 1 },
            { name: "Float", type: "number", jsonPath: ".spec.f" },
            { name: "Bool", type: "boolean", jsonPath: ".spec.b" },
            { name: "When", type: "date", jsonPath: ".spec.when" },
            { name: "Deep", type: "string", jsonPath: ".spec.list[0].a" },
            { name: "All", type: "string", jsonPath: ".spec.list[*].a" },
            { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
            { name: "Label", type: "string", jsonPath: ".metadata.labels.app\\.kubernetes\\.io/name" },
            { name: "Map", type: "string", jsonPath: ".spec.map" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
        },
      },
    ]),
    create(cranes, {
      ...crane("a", {
        spec: { text: "x", n: 5, f: 1.5, b: true, when: "2020-01-01T00:00:00Z", list: [{ a: 1 }, { a: 2 }], map: { k: "v" } },
        status: {
          conditions: [
            { type: "Ready", status: "True" },
            { type: "Other", status: "False" },
          ],
        },
      }),
      metadata: { name: "a", labels: { "app.kubernetes.io/name": "z" } },
    }),
    create(cranes, crane("b", { spec: { text: 5, n: "x", f: "y", b: "z", when: "never", list: [], map: [1, "a"] } })),
    create(cranes, crane("c", { spec: { text: { a: 1 }, n: 1.7, f: 3, when: "2999-01-01T00:00:00Z" } })),
    create(cranes, crane("d")),
    table(cranes),
    table(`${cranes}/a`),
    get("/apis/c{u}.example.com/v1", {
      pick: (body) =>
        (body as { resources: { name: string; categories?: string[]; shortNames?: string[] }[] }).resources.map(
          ({ name, categories, shortNames }) => ({ name, categories, shortNames }),
        ),
    }),
  ),
  {
    name: "watches of custom objects",
    steps: [
      ...defined([{ schema: spec({ a: { type: "string", default: "x" } }) }]),
      made("a", {}),
      ...[
        "",
        "&resourceVersion=0",
        "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
        "&labelSelector=a",
        "&fieldSelector=metadata.name%3Da",
      ].map((query): Watch => ({ watch: `${cranes}?watch=1&timeoutSeconds=1${query}` })),
      (answers) => ({
        watch: `${cranes}?watch=1&timeoutSeconds=3&resourceVersion=${answers[3]?.body.metadata.resourceVersion}`,
        until: 4,
        during: [merge(`${cranes}/a`, { spec: { a: "y" } }), made("b", {}), remove(`${cranes}/a`), remove(cranes)],
      }),
      { watch: `/apis/c{u}.example.com/v1/watch/namespaces/{ns}/cranes?timeoutSeconds=1` },
    ],
  },
  life(
    "two versions",
    ...defined([
      { schema: spec({ a: { type: "string" } }) },
      { name: "v2beta1", schema: spec({ a: { type: "string" }, b: { type: "string", default: "two" } }), more: { deprecated: true } },
    ]),
    answered("v2beta1"),
    made("a", { a: "1", b: "lost" }),
    get(`${at("v2beta1")}/a`),
    create(at("v2beta1"), crane("b", { spec: { a: "1", b: "kept?" } }, "v2beta1")),
    get(`${cranes}/b`),
    merge(`${at("v2beta1")}/a`, { spec: { b: "set" } }),
    merge(`${cranes}/a`, { spec: { a: "2" } }),
    get(`${at("v2beta1")}/a`),
    put(`${at("v2beta1")}/a`, crane("a", { spec: {} })),
    patch("apply", `${at("v2beta1")}/a?fieldManager=m`, crane("a", { spec: { a: "3" } }, "v2beta1")),
    get("/apis/c{u}.example.com"),
    get(own, { pick: (body) => (body as { status: { storedVersions: string[]; acceptedNames: object } }).status }),
    table(at("v2beta1")),
  ),
  life(
    "a cluster-scoped kind, and one whose names are taken",
    create(definitions, definition([{}], { scope: "Cluster" }), { pick: () => "" }),
    established,
    get("/apis/c{u}.example.com/v1/cranes", { pick: () => "", until: ({ status }) => status === 200 }),
    create("/apis/c{u}.example.com/v1/cranes", crane("a")),
    create(cranes, crane("a")),
    get(cranes),
    get(`${cranes}/a`),
    get("/apis/c{u}.example.com/v1/cranes/a"),
    create("/apis/c{u}.example.com/v1/cranes", { ...crane("b"), metadata: { name: "b", namespace: "{ns}" } }),
    create(
      definitions,
      {
        metadata: { name: "others.c{u}.example.com" },
        spec: { ...definition([{}]).spec, names: { plural: "others", kind: "Crane", shortNames: ["cn"] } },
      },
      { pick: () => "" },
    ),
    get(`${definitions}/others.c{u}.example.com`, {
      until: ({ body }) => body.status?.conditions?.length > 0,
      pick: (body) => (body as { status: { conditions: object[] } }).status,
    }),
    get("/apis/c{u}.example.com/v1/others"),
    remove("/apis/c{u}.example.com/v1/cranes"),
  ),
];

export default sequences;
