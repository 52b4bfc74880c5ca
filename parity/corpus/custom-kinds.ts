import { type Answer, changed, create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "u{u}.example.org";
const definitionPath = `${definitions}/tools.${group}`;
const tools = `/apis/${group}/v1/namespaces/{ns}/tools`;
const quietly = { pick: () => "" };

type Schema = Readonly<Record<string, unknown>>;

const definition = (spec: Schema, version: object = {}, root: object = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `tools.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "tools", kind: "Tool" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", ...spec }, status: anything }, ...root } },
        ...version,
      },
    ],
  },
});
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const isEstablished = ({ body }: Answer) =>
  (body?.status?.conditions ?? []).some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True");
const begin = (spec: Schema, version?: object, root?: object): Step[] => [
  create(definitions, definition(spec, version, root), quietly),
  get(definitionPath, { until: isEstablished, ...quietly }),
  get(tools, { until: ({ status }) => status === 200, ...quietly }),
];

/** Complaints come in any order: upstream walks maps. */
function sorted(body: unknown): unknown {
  const answer = body as { message?: string; details?: { causes?: { field: string; message: string }[] } };
  const { causes } = answer?.details ?? {};
  if (!causes || causes.length < 2) return body;
  const key = ({ field, message }: { field: string; message: string }) => `${field} ${message}`;
  return { ...answer, message: "", details: { ...answer.details, causes: causes.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) } };
}
const inOrder = { pick: sorted };
const tool = (name: string, spec: object, more: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: "Tool",
  metadata: { name },
  spec,
  ...more,
});
const made = (name: string, spec: object, more: object = {}): Request => create(tools, tool(name, spec, more), inOrder);
const all = (...specs: object[]): Request[] => specs.map((spec, index) => made(`t${index}`, spec));
const updated = (name: string, spec: object) => patch("merge", `${tools}/${name}`, { spec }, inOrder);
const respecified = (spec: Schema, until: (answer: Answer) => boolean): Step[] => [
  patch(
    "json",
    definitionPath,
    [{ op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec", value: { type: "object", ...spec } }],
    quietly,
  ),
  create(`${tools}?dryRun=All`, tool("probe", { probe: 1 }), { until, ...quietly }),
];
const knowsProbe = ({ body }: Answer) => body?.spec?.probe === 1;
const probe = { type: "integer" };

const strings = { type: "string" };
const counted = { type: "array", items: { type: "object", properties: { name: strings, n: { type: "integer" } }, required: ["name"] } };

const rules = (...given: object[]) => ({ "x-kubernetes-validations": given });

const sequences: Sequence[] = [
  {
    name: "values that were wrong before may stay",
    steps: [
      ...begin({
        properties: {
          name: strings,
          size: { type: "integer" },
          list: { type: "array", items: strings },
          map: { type: "object", additionalProperties: strings },
          items: counted,
        },
      }),
      made("a", {
        name: "toolong",
        size: 500,
        list: ["x", "toolong", "x"],
        map: { a: "toolong" },
        items: [
          { name: "a", n: 500 },
          { name: "b", n: 1 },
        ],
      }),
      ...respecified(
        {
          properties: {
            probe,
            name: { type: "string", maxLength: 3 },
            size: { type: "integer", maximum: 10 },
            list: { type: "array", items: { type: "string", maxLength: 3 }, maxItems: 2, "x-kubernetes-list-type": "set" },
            map: { type: "object", additionalProperties: { type: "string", maxLength: 3 } },
            items: {
              type: "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["name"],
              items: {
                type: "object",
                required: ["name", "color"],
                properties: { name: strings, color: strings, n: { type: "integer", maximum: 10 } },
              },
            },
            color: { type: "string", enum: ["red"] },
          },
        },
        knowsProbe,
      ),
      patch("merge", `${tools}/a`, { metadata: { labels: { x: "y" } } }, inOrder),
      updated("a", { size: 400 }),
      updated("a", { size: 5 }),
      updated("a", { size: 500 }),
      updated("a", { name: "othertoolong" }),
      updated("a", { list: ["x", "toolong"] }),
      updated("a", { list: ["x", "toolonger"] }),
      updated("a", { map: { b: "ok" } }),
      updated("a", { map: { b: "toolong" } }),
      updated("a", {
        items: [
          { name: "b", n: 1 },
          { name: "a", n: 500 },
        ],
      }),
      updated("a", {
        items: [
          { name: "a", n: 501 },
          { name: "b", n: 1 },
        ],
      }),
      updated("a", {
        items: [
          { name: "a", n: 500 },
          { name: "b", n: 2 },
        ],
      }),
      updated("a", { items: [{ name: "c", n: 2 }] }),
      updated("a", { items: [{ name: "c", color: "x", n: 2 }] }),
      updated("a", { color: "blue" }),
      updated("a", { color: "red" }),
      made("b", { name: "toolong" }),
    ],
  },
  {
    name: "rules",
    steps: [
      ...begin(
        {
          ...rules(
            {
              rule: "!has(self.min) || !has(self.max) || self.min <= self.max",
              messageExpression: "'min ' + string(self.min) + ' is above max ' + string(self.max)",
              fieldPath: ".min",
            },
            {
              rule: "!has(self.names) || self.names.all(n, n.startsWith('x'))",
              message: "names begin with x",
              reason: "FieldValueForbidden",
            },
            { rule: "!has(self.dup) || self.dup.all(a, self.dup.exists_one(b, a == b))", reason: "FieldValueDuplicate", message: "twice" },
            { rule: "!has(self.need) || has(self.given)", reason: "FieldValueRequired", message: "given is needed", fieldPath: ".given" },
          ),
          properties: {
            min: { type: "integer" },
            max: { type: "integer" },
            names: { type: "array", maxItems: 10, items: { type: "string", maxLength: 20 } },
            dup: { type: "array", maxItems: 10, items: { type: "string", maxLength: 20 } },
            need: { type: "boolean" },
            given: { type: "string" },
            fixed: { type: "string", ...rules({ rule: "self == oldSelf", message: "fixed stays" }) },
            once: {
              type: "string",
              ...rules({
                rule: "oldSelf.hasValue() ? oldSelf.value() == self : self == 'first'",
                optionalOldSelf: true,
                message: "first, then the same",
              }),
            },
            grows: { type: "integer", ...rules({ rule: "self >= oldSelf", messageExpression: "'was ' + string(oldSelf)" }) },
            quantity: {
              "x-kubernetes-int-or-string": true,
              ...rules({
                rule: "type(self) == int ? self > 0 : isQuantity(self) && quantity(self).isGreaterThan(quantity('1'))",
                message: "more than one",
              }),
            },
            link: { type: "string", maxLength: 100, ...rules({ rule: "isURL(self) && url(self).getScheme() == 'https'" }) },
            address: {
              type: "string",
              maxLength: 40,
              ...rules({ rule: "isIP(self) && ip(self).family() == 4", message: "an IPv4 address" }),
            },
            when: {
              type: "string",
              format: "date-time",
              ...rules({ rule: "self > timestamp('2020-01-01T00:00:00Z')", message: "too early" }),
            },
            wait: { type: "string", format: "duration", ...rules({ rule: "self <= duration('1h')", message: "too long" }) },
            map: {
              type: "object",
              maxProperties: 5,
              additionalProperties: { type: "integer", ...rules({ rule: "self % 2 == 0", message: "even" }) },
            },
            sub: {
              type: "object",
              properties: { a: strings, b: strings },
              ...rules({ rule: "has(self.a) != has(self.b)", message: "one of a and b" }),
            },
          },
        },
        {},
        rules({ rule: "self.metadata.name.startsWith('t')", message: "names of tools begin with t" }),
      ),
      ...all(
        { min: 1, max: 2 },
        { min: 3, max: 2 },
        { names: ["xa", "b"] },
        { dup: ["a", "b", "a"] },
        { need: true },
        { need: true, given: "" },
        { once: "second" },
        { once: "first", fixed: "a", grows: 5 },
        { quantity: 0 },
        { quantity: "500m" },
        { quantity: "2" },
        { quantity: "x" },
        { link: "http://example.com" },
        { link: "https://example.com" },
        { address: "::1" },
        { address: "10.0.0.1" },
        { when: "2019-01-01T00:00:00Z" },
        { wait: "2h" },
        { map: { a: 1, b: 2, c: 3 } },
        { sub: { a: "x", b: "y" } },
        { sub: {} },
        { min: "x", max: 2 },
        { min: 3, max: 2, sub: {}, map: { a: 1 } },
      ),
      made("other", {}),
      updated("t7", { fixed: "b" }),
      updated("t7", { fixed: null }),
      updated("t7", { fixed: "c" }),
      updated("t7", { once: "second" }),
      updated("t7", { grows: 4 }),
      updated("t7", { grows: 6 }),
      updated("t7", { min: 3, max: 2 }),
      patch("apply", `${tools}/t7?fieldManager=x&force=true`, tool("t7", { grows: 1 }), inOrder),
    ],
  },
  {
    name: "defaults and what is pruned",
    steps: [
      ...begin({
        default: { mode: "whole" },
        properties: {
          mode: { type: "string", default: "auto" },
          level: {
            type: "object",
            default: { deep: { x: 1 } },
            properties: { deep: { type: "object", properties: { x: { type: "integer" }, y: { type: "integer", default: 2 } } } },
          },
          list: {
            type: "array",
            default: [{ a: 1 }],
            items: { type: "object", properties: { a: { type: "integer" }, b: { type: "string", default: "b" } } },
          },
          map: { type: "object", additionalProperties: { type: "object", properties: { c: { type: "string", default: "c" } } } },
          nothing: { type: "string", nullable: true, default: "given" },
          none: { type: "string", nullable: true },
          plain: { type: "string" },
          number: { type: "number", default: 1.5 },
          open: {
            type: "object",
            "x-kubernetes-preserve-unknown-fields": true,
            properties: { shut: { type: "object", properties: { a: strings } } },
          },
          pod: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: anything } },
          port: { "x-kubernetes-int-or-string": true, default: 80 },
        },
      }),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { name: "bare" } }),
      ...all(
        {},
        { level: {} },
        { level: { deep: {} } },
        { level: { deep: null } },
        { list: [] },
        { list: [{}, { b: null }, { a: 2, z: 1 }] },
        { map: { x: {}, y: { c: "d", z: 1 }, z: null } },
        { nothing: null, none: null, plain: null, mode: null },
        { unknown: 1, level: { other: 1, deep: { z: 1 } } },
        { open: { any: { thing: [1, { a: null }] }, shut: { a: "b", c: "d" } } },
        { pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", labels: { a: "b" }, other: 1 }, spec: { x: 1 }, status: { y: 1 } } },
        { pod: { kind: "Pod", metadata: { name: "p" } } },
        { port: "http" },
        { port: true },
        { number: 2 },
      ),
      create(`${tools}?fieldValidation=Strict`, tool("strict", { unknown: 1, level: { deep: { z: 1 } } }), inOrder),
      create(`${tools}?fieldValidation=Ignore`, tool("ignored", { unknown: 1 })),
      patch("json", `${tools}/t0`, [{ op: "remove", path: "/spec/mode" }]),
      patch("merge", `${tools}/t0`, { spec: null }),
      patch("json", `${tools}/t1`, [{ op: "add", path: "/spec/unknown", value: 1 }]),
    ],
  },
  {
    name: "lists that merge",
    steps: [
      ...begin({
        properties: {
          set: { type: "array", "x-kubernetes-list-type": "set", items: strings },
          numbers: { type: "array", "x-kubernetes-list-type": "set", items: { type: "integer" } },
          map: {
            type: "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "zone"],
            items: {
              type: "object",
              required: ["name"],
              properties: {
                name: strings,
                zone: { type: "string", default: "a" },
                v: { type: "integer" },
                tags: { type: "array", "x-kubernetes-list-type": "set", items: strings },
              },
            },
          },
          atomic: { type: "array", "x-kubernetes-list-type": "atomic", items: strings },
          whole: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: strings, b: strings } },
          parts: { type: "object", "x-kubernetes-map-type": "granular", additionalProperties: strings },
        },
      }),
      ...all(
        { set: ["a", "a"] },
        { numbers: [1, 2, 1] },
        { map: [{ name: "x" }, { name: "x", zone: "a" }] },
        { map: [{ name: "x" }, { name: "x", zone: "b" }] },
        { map: [{ zone: "b" }] },
      ),
      patch(
        "apply",
        `${tools}/a?fieldManager=one`,
        tool("a", { set: ["a", "b"], map: [{ name: "x", v: 1, tags: ["p"] }], atomic: ["1"], whole: { a: "1" }, parts: { x: "1" } }),
      ),
      patch("apply", `${tools}/a?fieldManager=two`, tool("a", { set: ["c"], map: [{ name: "x", zone: "b", v: 2 }], parts: { y: "2" } })),
      patch("apply", `${tools}/a?fieldManager=two`, tool("a", { set: ["c", "a"], map: [{ name: "x", tags: ["q"] }] })),
      patch("apply", `${tools}/a?fieldManager=two`, tool("a", { atomic: ["2"], whole: { b: "2" } })),
      patch("apply", `${tools}/a?fieldManager=two&force=true`, tool("a", { atomic: ["2"], whole: { b: "2" } })),
      patch("apply", `${tools}/a?fieldManager=one`, tool("a", { set: ["b"] })),
      patch("apply", `${tools}/a?fieldManager=one`, tool("a", { set: ["b", "b"] })),
      patch("apply", `${tools}/a?fieldManager=one`, tool("a", { map: [{ name: "x" }, { name: "x" }] })),
      patch("apply", `${tools}/a?fieldManager=one`, tool("a", { map: [{ v: 1 }] })),
      patch("apply", `${tools}/a?fieldManager=one`, tool("a", { unknown: 1 })),
      patch("merge", `${tools}/a?fieldManager=three`, { spec: { set: ["z"] } }),
      patch("json", `${tools}/a?fieldManager=three`, [{ op: "add", path: "/spec/set/-", value: "z" }], inOrder),
      patch("strategic", `${tools}/a`, { spec: { set: ["z"] } }),
    ],
  },
  {
    name: "metadata",
    steps: [
      ...begin({ properties: { a: strings } }),
      ...["UPPER", "with_underscore", "-begins", "a..b", "x".repeat(254), "a/b", "", "1-number", "dots.are.fine"].map((name) =>
        made(name, {}),
      ),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { generateName: "made-" } }),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { generateName: "Made-" } }, inOrder),
      ...[
        { labels: { "a b": "c" } },
        { labels: { a: "b c" } },
        { labels: { a: 5 } },
        { annotations: { "a b": "c" } },
        { annotations: { a: 5 } },
        { annotations: { "Upper/case": "ok" } },
        { finalizers: ["plain"] },
        { finalizers: ["a.b/c"] },
        { finalizers: ["a b"] },
        { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p" }] },
        {
          ownerReferences: [
            { apiVersion: "v1", kind: "Pod", name: "p", uid: "1" },
            { apiVersion: "v1", kind: "Pod", name: "q", uid: "2", controller: true },
          ],
        },
        { ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "p", uid: "1" }] },
        { generation: 7, uid: "mine", creationTimestamp: "2020-01-01T00:00:00Z", selfLink: "/x", resourceVersion: "" },
        { generation: -1 },
        { resourceVersion: "5" },
        { deletionTimestamp: "2020-01-01T00:00:00Z", deletionGracePeriodSeconds: 5 },
        { namespace: "other" },
        { unknown: 1 },
        {
          managedFields: [
            { manager: "x", operation: "Update", apiVersion: `${group}/v1`, fieldsType: "FieldsV1", fieldsV1: { "f:spec": {} } },
          ],
        },
        { managedFields: [{ manager: "x", operation: "Other" }] },
      ].map((metadata, index) =>
        create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { name: `m${index}`, ...metadata }, spec: { a: "b" } }, inOrder),
      ),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { name: "m6" } }),
      create(tools, { apiVersion: `${group}/v2`, kind: "Tool", metadata: { name: "v2" } }),
      create(tools, { apiVersion: `${group}/v1`, kind: "Other", metadata: { name: "other" } }, inOrder),
      create(tools, { apiVersion: `${group}/v1`, metadata: { name: "other" } }),
      create(tools, { kind: "Tool", metadata: { name: "other" } }),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: "x" }),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool" }, inOrder),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { name: "typed" }, spec: "text" }, inOrder),
      create(tools, { apiVersion: `${group}/v1`, kind: "Tool", metadata: { name: "typed" }, spec: { a: ["b"] } }, inOrder),
      remove(`${tools}/m7`),
      patch("merge", `${tools}/m7`, { metadata: { finalizers: ["a.b/c", "a.b/d"] } }, inOrder),
      patch("merge", `${tools}/m7`, { metadata: { finalizers: [] } }),
    ],
  },
  {
    name: "status and scale",
    steps: [
      ...begin(
        {
          properties: {
            replicas: { type: "integer", minimum: 0, maximum: 9 },
            a: strings,
            deep: { type: "object", properties: { n: { type: "integer" } } },
          },
        },
        {
          subresources: {
            status: {},
            scale: {
              specReplicasPath: ".spec.replicas",
              statusReplicasPath: ".status.replicas",
              labelSelectorPath: ".status.labelSelector",
            },
          },
        },
      ),
      made("a", { replicas: 2 }, { status: { replicas: 5 } }),
      get(`${tools}/a/status`),
      get(`${tools}/a/scale`),
      patch("merge", `${tools}/a/status`, {
        status: { replicas: 1, labelSelector: "x=y" },
        spec: { replicas: 7 },
        metadata: { labels: { a: "b" } },
      }),
      get(`${tools}/a/scale`),
      (answers) =>
        put(
          `${tools}/a/scale`,
          changed(answers, -1, (body) => void Object.assign(body.spec, { replicas: 4 })),
        ),
      patch("merge", `${tools}/a/scale`, { spec: { replicas: 10 } }),
      patch("merge", `${tools}/a/scale`, { spec: { replicas: -1 } }),
      patch("json", `${tools}/a/scale`, [{ op: "replace", path: "/spec/replicas", value: 6 }]),
      patch("merge", `${tools}/a/scale`, { status: { replicas: 9 } }),
      patch("merge", `${tools}/a/status`, { status: { replicas: -5 } }, inOrder),
      patch("merge", `${tools}/a/status`, { status: { replicas: "x" } }, inOrder),
      patch("merge", `${tools}/a/status`, { status: { labelSelector: 5 } }, inOrder),
      patch("merge", `${tools}/a/status`, { status: null }),
      get(`${tools}/a/scale`),
      made("b", { a: "x" }),
      get(`${tools}/b/scale`),
      patch("merge", `${tools}/b/scale`, { spec: { replicas: 3 } }),
      get(`${tools}/b`),
      get(`${tools}/nothing/scale`),
      get(`${tools}/nothing/status`),
      patch("merge", `${tools}/a`, { status: { replicas: 8 }, spec: { a: "y" } }),
      patch("apply", `${tools}/a/status?fieldManager=s`, { ...tool("a", { a: "z" }), status: { phase: "x" } }),
      { method: "POST", path: `${tools}/a/status`, body: tool("a", {}) },
      remove(`${tools}/a/scale`),
    ],
  },
  {
    name: "columns and selectors",
    steps: [
      ...begin(
        {
          properties: {
            s: strings,
            n: { type: "number" },
            i: { type: "integer" },
            b: { type: "boolean" },
            d: { type: "string", format: "date-time" },
            list: { type: "array", items: { type: "object", properties: { k: strings, v: strings } } },
            o: anything,
          },
        },
        {
          additionalPrinterColumns: [
            { name: "S", type: "string", jsonPath: ".spec.s" },
            { name: "N", type: "number", jsonPath: ".spec.n" },
            { name: "I", type: "integer", jsonPath: ".spec.i", format: "int64" },
            { name: "B", type: "boolean", jsonPath: ".spec.b" },
            { name: "D", type: "date", jsonPath: ".spec.d" },
            { name: "First", type: "string", jsonPath: ".spec.list[0].v" },
            { name: "Last", type: "string", jsonPath: ".spec.list[-1:].v" },
            { name: "All", type: "string", jsonPath: ".spec.list[*].v" },
            { name: "Found", type: "string", jsonPath: '.spec.list[?(@.k=="b")].v', priority: 1 },
            { name: "Object", type: "string", jsonPath: ".spec.o" },
            { name: "Label", type: "string", jsonPath: ".metadata.labels.x\\.y/z" },
          ],
          selectableFields: [{ jsonPath: ".spec.s" }, { jsonPath: ".spec.i" }, { jsonPath: ".spec.b" }],
        },
      ),
      made(
        "a",
        {
          s: "x",
          n: 1.5,
          i: 7,
          b: true,
          d: "2020-01-01T00:00:00Z",
          list: [
            { k: "a", v: "1" },
            { k: "b", v: "2" },
          ],
          o: { z: 1, a: [true] },
        },
        { metadata: { name: "a", labels: { "x.y/z": "l" } } },
      ),
      made("b", { s: "", i: 0, b: false, list: [] }),
      made("c", {}),
      get(tools, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      get(`${tools}/a?includeObject=None`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
      ...[
        "spec.s%3Dx",
        "spec.s%3D",
        "spec.s!%3Dx",
        "spec.i%3D7",
        "spec.i%3D0",
        "spec.b%3Dtrue",
        "spec.b%3Dfalse",
        "spec.s%3Dx,spec.i%3D7",
        "spec.n%3D1",
        "metadata.name%3Da,spec.b%3Dtrue",
        "spec.s",
      ].map((selector) => get(`${tools}?fieldSelector=${selector}`)),
      {
        watch: `${tools}?watch=true&resourceVersion=0&fieldSelector=spec.s%3Dx`,
        until: 3,
        during: [updated("b", { s: "x" }), updated("a", { s: "y" })],
      },
      { method: "DELETE", path: `${tools}?fieldSelector=spec.s%3Dy` },
      get(tools, { pick: (body) => (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name) }),
    ],
  },
];

export default sequences;
