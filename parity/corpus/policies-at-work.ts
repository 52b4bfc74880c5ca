import { CustomKind } from "../custom-kinds.ts";
import { applied, life, merge, table } from "../lives.ts";
import { create, patch, put, remove, type Sequence } from "../sequences.ts";

/** Policies and rules while people work: what they let through, refuse, change and warn of, with and without names. */
const adm = "/apis/admissionregistration.k8s.io/v1";
const vap = `${adm}/validatingadmissionpolicies`,
  vapb = `${adm}/validatingadmissionpolicybindings`,
  map = `${adm}/mutatingadmissionpolicies`,
  mapb = `${adm}/mutatingadmissionpolicybindings`;
const cm = "/api/v1/namespaces/{ns}/configmaps";
const C = (name: string, data: { l?: object; d?: object } = {}, q = "") =>
  create(cm + q, { metadata: { name, labels: data.l }, data: data.d });
const mc = (more: object = {}) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
  resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["configmaps"] }],
  ...more,
});
const k = new CustomKind({ plural: "ws", kind: "W" });
const str = { type: "string", maxLength: 30 };
const R = (...rules: (object | string)[]) => ({ "x-kubernetes-validations": rules.map((r) => (typeof r === "string" ? { rule: r } : r)) });
const S = (props: object, more: object = {}) => ({ type: "object", properties: { spec: { type: "object", properties: props, ...more } } });
const O = (name: string, spec: object) => create(k.path(), k.object(name, { spec }));
const ruled = (n: string, props: object, more: object, ...specs: object[]) =>
  life(n, ...k.defined([{ schema: S(props, more) }]), ...specs.map((s, i) => O(`o${i}`, s)));
const core = "/api/v1/namespaces/{ns}",
  sec = `${core}/secrets`;
const noname = { pick: (body: unknown) => JSON.parse(JSON.stringify(body).replaceAll(/x-[bcdfghjklmnpqrstvwxz2456789]{5}/g, "x-RANDOM")) };
const rules = (resource: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
  resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE", "DELETE"], resources: [resource] }],
});
const all = (p: string) => [
  create(p, { metadata: { name: "a" } }, noname),
  create(p, { metadata: { generateName: "x-" } }, noname),
  create(p, {}, noname),
  create(p, { metadata: {} }, noname),
  put(`${p}/keep`, { metadata: { name: "keep", labels: { a: "b" } } }),
  remove(`${p}/keep`),
  remove(p),
  patch("apply", `${p}/new?fieldManager=x`, { apiVersion: "v1", kind: p === cm ? "ConfigMap" : "Secret", metadata: { name: "new" } }),
];
const sequences: Sequence[] = [
  life(
    "mutation at work",
    create(map, {
      metadata: { name: "m-{u}" },
      spec: {
        matchConstraints: mc({
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        }),
        reinvocationPolicy: "IfNeeded",
        failurePolicy: "Fail",
        variables: [{ name: "t", expression: "has(object.data) && 'team' in object.data ? object.data.team : 'none'" }],
        mutations: [
          {
            patchType: "ApplyConfiguration",
            applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'team': variables.t}}}" },
          },
          {
            patchType: "JSONPatch",
            jsonPatch: {
              expression:
                "has(object.data) && 'boom' in object.data ? [JSONPatch{op: 'remove', path: '/data/none'}] : [JSONPatch{op: 'add', path: '/data', value: {'x': 'y'}}]",
            },
          },
        ],
      },
    }),
    create(mapb, { metadata: { name: "mb-{u}" }, spec: { policyName: "m-{u}" } }),
    C("a"),
    C("b", { d: { team: "blue" } }),
    C("c", { d: { boom: "1" } }),
    C("d", { d: { boom: "1" } }, "?dryRun=All"),
    merge(`${map}/m-{u}`, { spec: { failurePolicy: "Ignore" } }),
    C("e", { d: { boom: "1" } }),
    table(`${map}/m-{u}`),
    table(`${mapb}/mb-{u}`),
    remove(`${mapb}/mb-{u}`),
  ),
  ruled(
    "rules a",
    {
      a: str,
      b: str,
      n: { type: "integer" },
      l: { type: "array", maxItems: 5, items: str },
      m: { type: "object", maxProperties: 5, additionalProperties: str },
      t: { type: "string", format: "date-time" },
      d: { type: "string", format: "duration" },
      q: { "x-kubernetes-int-or-string": true },
    },
    R(
      "has(self.a) || has(self.b)",
      { rule: "!(has(self.a) && has(self.b))", message: "one of a and b" },
      {
        rule: "!has(self.l) || self.l.exists_one(x, x == 'one')",
        messageExpression: "'found ' + string(self.l.filter(x, x == 'one').size())",
      },
      { rule: "!has(self.m) || self.m.all(k, k.startsWith('x-'))", fieldPath: ".m", reason: "FieldValueForbidden" },
      "!has(self.t) || self.t > timestamp('2020-01-01T00:00:00Z')",
      "!has(self.d) || self.d < duration('1h')",
      "!has(self.q) || (type(self.q) == int ? self.q > 5 : self.q.endsWith('%'))",
      { rule: "!has(self.n) || 10 / self.n > 1", message: "division" },
      { rule: "!has(self.a) || self.a.split(',').size() < 3", messageExpression: "self.a + ' has too many'" },
    ),
    {},
    { a: "x" },
    { a: "x", b: "y" },
    { a: "x", l: ["two"] },
    { a: "x", l: ["one", "one"] },
    { a: "x", m: { y: "z" } },
    { a: "x", t: "2019-01-01T00:00:00Z" },
    { a: "x", d: "2h" },
    { a: "x", q: 3 },
    { a: "x", q: "7" },
    { a: "x", n: 0 },
    { a: "x", n: 10 },
    { a: "a,b,c" },
  ),
  ruled(
    "rules b",
    {
      x: {
        type: "object",
        properties: { min: { type: "integer" }, max: { type: "integer" } },
        ...R({
          rule: "self.min <= self.max",
          fieldPath: ".max",
          reason: "FieldValueInvalid",
          messageExpression: "string(self.min) + ' > ' + string(self.max)",
        }),
        required: ["min", "max"],
      },
      imm: { ...str, ...R({ rule: "self == oldSelf", message: "immutable" }) },
      opt: { ...str, ...R({ rule: "!oldSelf.hasValue() || self == oldSelf.value()", optionalOldSelf: true, message: "may be set once" }) },
      list: {
        type: "array",
        maxItems: 3,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: {
          type: "object",
          required: ["k"],
          properties: { k: str, v: str },
          ...R({ rule: "self.v.matches('^[a-z]+$')", message: "lower case only" }, { rule: "self.v == oldSelf.v", message: "no change" }),
        },
      },
      e: { type: "string", enum: ["A", "B"], maxLength: 1 },
      num: { type: "number", multipleOf: 0.5, exclusiveMaximum: true, maximum: 10 },
    },
    {},
    { x: { min: 1, max: 2 } },
    { x: { min: 3, max: 2 } },
    { x: { min: 3 } },
    { imm: "a", opt: "b" },
    { list: [{ k: "a", v: "B" }] },
    { list: [{ k: "a" }] },
    {
      list: [
        { k: "a", v: "b" },
        { k: "a", v: "c" },
      ],
    },
    { e: "C" },
    { num: 10 },
    { num: 1.25 },
    { num: 9.5 },
  ),
  life(
    "transitions",
    ...k.defined([
      {
        schema: S(
          {
            imm: { ...str, ...R({ rule: "self == oldSelf", message: "immutable" }) },
            opt: {
              ...str,
              ...R({ rule: "!oldSelf.hasValue() || self == oldSelf.value()", optionalOldSelf: true, message: "may be set once" }),
            },
            list: {
              type: "array",
              maxItems: 3,
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["k"],
              items: {
                type: "object",
                required: ["k"],
                properties: { k: str, v: str },
                ...R({ rule: "self.v == oldSelf.v", message: "no change" }),
              },
            },
            set: { type: "array", maxItems: 3, "x-kubernetes-list-type": "set", items: str },
          },
          R({ rule: "!has(oldSelf.set) || oldSelf.set.all(x, x in self.set)", message: "only grows" }, "has(self.imm) == has(oldSelf.imm)"),
        ),
      },
    ]),
    O("a", { imm: "x", list: [{ k: "a", v: "1" }], set: ["p"] }),
    merge(`${k.path()}/a`, { spec: { imm: "y" } }),
    merge(`${k.path()}/a`, { spec: { imm: null } }),
    merge(`${k.path()}/a`, { spec: { opt: "1" } }),
    merge(`${k.path()}/a`, { spec: { opt: "2" } }),
    merge(`${k.path()}/a`, {
      spec: {
        list: [
          { k: "b", v: "2" },
          { k: "a", v: "1" },
        ],
      },
    }),
    merge(`${k.path()}/a`, { spec: { list: [{ k: "b", v: "3" }] } }),
    merge(`${k.path()}/a`, { spec: { set: ["q"] } }),
    merge(`${k.path()}/a`, { spec: { set: ["q", "p"] } }),
    merge(`${k.path()}/a`, { spec: null }),
    put(`${k.path()}/a`, k.object("a", { spec: {} })),
    applied(`${k.path()}/a`, `apiVersion: ${k.group}/v1\nkind: W\nmetadata: {name: a}\nspec: {set: [z], imm: x}\n`, "m"),
    applied(`${k.path()}/a`, `apiVersion: ${k.group}/v1\nkind: W\nmetadata: {name: a}\nspec: {set: [z, y, w]}\n`, "m"),
    {
      watch: `${k.path()}?resourceVersion=0&labelSelector=a%3Db`,
      until: 2,
      during: [merge(`${k.path()}/a`, { metadata: { labels: { a: "b" } } }), merge(`${k.path()}/a`, { metadata: { labels: null } })],
    },
  ),
  life(
    "nameless",
    create(cm, { metadata: { name: "keep" } }),
    create(sec, { metadata: { name: "keep" } }),
    create(vap, { metadata: { name: "p-{u}" }, spec: { matchConstraints: rules("configmaps"), validations: [{ expression: "false" }] } }),
    create(vapb, { metadata: { name: "b-{u}" }, spec: { policyName: "p-{u}", validationActions: ["Deny"] } }),
    create(map, {
      metadata: { name: "m-{u}" },
      spec: {
        matchConstraints: rules("secrets"),
        reinvocationPolicy: "Never",
        mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[JSONPatch{op: 'remove', path: '/data/none'}]" } }],
      },
    }),
    create(mapb, { metadata: { name: "mb-{u}" }, spec: { policyName: "m-{u}" } }),
    ...all(cm),
    ...all(sec),
    remove(`${vapb}/b-{u}`),
    remove(`${mapb}/mb-{u}`),
  ),
  life(
    "nameless quota",
    create(`${core}/resourcequotas`, { metadata: { name: "q" }, spec: { hard: { configmaps: "0", pods: "1" } } }),
    put(`${core}/resourcequotas/q/status`, {
      metadata: { name: "q" },
      status: { hard: { configmaps: "0", pods: "1" }, used: { configmaps: "0", pods: "1" } },
    }),
    create(cm, {}),
    create(cm, { metadata: { generateName: "x-" } }, noname),
    create(`${core}/pods`, { spec: { containers: [{ name: "a", image: "b" }] } }),
    create(`${core}/limitranges`, { metadata: { name: "r" }, spec: { limits: [{ type: "Container", min: { cpu: "1" } }] } }),
    create(`${core}/pods`, { spec: { containers: [{ name: "a", image: "b", resources: { requests: { cpu: "1m" } } }] } }),
    create(
      `${core}/pods`,
      { metadata: { generateName: "x-" }, spec: { containers: [{ name: "a", image: "b", resources: { requests: { cpu: "1m" } } }] } },
      noname,
    ),
    create(`${core}/pods`, { spec: { priorityClassName: "none", containers: [{ name: "a", image: "b" }] } }),
    create(`${core}/pods`, { spec: { runtimeClassName: "none", containers: [{ name: "a", image: "b" }] } }),
    create(`${core}/pods`, { spec: { serviceAccountName: "none", containers: [{ name: "a", image: "b" }] } }),
    create("/api/v1/namespaces/gone-{u}/configmaps", {}),
    create("/api/v1/namespaces/gone-{u}/pods", { spec: {} }),
  ),
];

export default sequences;
