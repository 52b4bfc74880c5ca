import { CustomKind, type CustomVersion } from "../custom-kinds.ts";
import { create, get, patch } from "../sequences.ts";
import type { Dice } from "./dice.ts";
import type { StoryStep } from "./story.ts";
import type { StoryKind } from "./story-kind.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const things = new CustomKind({ plural: "things", kind: "Thing", names: { shortNames: ["th"], listKind: "ThingList" } });

/** A corner of schemas: a field that has it, and values that people give it, some of them refused. */
interface Corner {
  schema: object;
  values: readonly unknown[];
}

const text = (more: object = {}) => ({ type: "string", maxLength: 30, ...more });
const list = (items: object, more: object = {}) => ({ type: "array", maxItems: 5, items, ...more });
const map = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const byKeys = (...keys: string[]) => ({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });
const rules = (...given: object[]) => ({ "x-kubernetes-validations": given });

function formatted(format: string, ...values: unknown[]): Corner {
  return { schema: text({ format }), values };
}

const corners: Readonly<Record<string, Corner>> = {
  bounded: {
    schema: { type: "integer", minimum: 0, maximum: 10, exclusiveMaximum: true, multipleOf: 2 },
    values: [2, 0, 10, 3, -2, 1.5, 2.0, "2", null, 9007199254740992, true],
  },
  int32: { schema: { type: "integer", format: "int32" }, values: [1, 2147483648, -2147483649, 1.0, "1"] },
  ratio: { schema: { type: "number", minimum: 0, exclusiveMinimum: true }, values: [0.5, 1, 0, -1, "1", 1e21, 1.0] },
  double: { schema: { type: "number", format: "double", default: 1.5 }, values: [2.5, 3, null, "x"] },
  flag: { schema: { type: "boolean", default: false }, values: [true, false, "true", null, 1] },
  since: formatted("date-time", "2024-01-01T00:00:00Z", "2024-01-01", "x", null, "2024-01-01T00:00:00.5+02:00"),
  day: formatted("date", "2024-01-01", "2024-13-01", "x"),
  address: formatted("ipv4", "10.0.0.1", "10.0.0.256", "::1", "x"),
  network: formatted("cidr", "10.0.0.0/8", "10.0.0.1", "x/8"),
  mail: formatted("email", "a@b.example", "a", ""),
  host: formatted("hostname", "a.example.com", "a_b", "-a"),
  link: formatted("uri", "https://a.example/x", "a b", "/x"),
  id: formatted("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
  bytes: formatted("byte", "eA==", "x?", ""),
  time: formatted("duration", "5s", "1h30m", "x", "1 day"),
  unheard: formatted("none-such", "x", ""),
  amount: {
    schema: { "x-kubernetes-int-or-string": true, maxLength: 20, pattern: "^([0-9]+)(%|m)?$" },
    values: [1, "1", "50%", "x", true, 1.5, null],
  },
  either: {
    schema: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true, default: "a" },
    values: [1, "x", false, null, {}],
  },
  maybe: { schema: text({ nullable: true, default: "d" }), values: ["x", null, 1] },
  never: { schema: text({ default: "d", enum: ["d", "e"] }), values: ["e", null, "f", ""] },
  choice: { schema: { type: "string", nullable: true, enum: ["a", "b", null] }, values: ["a", null, "c"] },
  named: { schema: text({ pattern: "^[a-z]+$", minLength: 2 }), values: ["ab", "a", "AB", "abcdefghijklmnopqrstuvwxyzabcdefghij", "äöü"] },
  numbers: {
    schema: list({ type: "integer" }, { "x-kubernetes-list-type": "set" }),
    values: [[1, 2], [2, 1], [1, 1], [3], [], null, ["1"], [1, null]],
  },
  words: {
    schema: list(text(), { "x-kubernetes-list-type": "set", minItems: 1 }),
    values: [["a"], ["a", "b"], ["b", "b", "b"], [], ["c", "a"], [""]],
  },
  whole: {
    schema: list(text(), { "x-kubernetes-list-type": "atomic" }),
    values: [["a"], ["a", "b"], ["b", "a"], ["a", "a"], [], [1], [null]],
  },
  ports: {
    schema: list(
      map({ port: { type: "integer" }, protocol: text({ default: "TCP" }), name: text(), on: { type: "boolean" } }, { required: ["port"] }),
      byKeys("port", "protocol"),
    ),
    values: [
      [{ port: 1 }],
      [
        { port: 1, name: "a" },
        { port: 2, on: true },
      ],
      [{ port: 2, on: false }, { port: 1 }],
      [{ port: 1 }, { port: 1, protocol: "UDP" }],
      [{ port: 1 }, { port: 1, protocol: "TCP" }],
      [{ port: 1, unknown: 1 }],
      [{ name: "x" }],
      [{ port: "1" }],
      [],
      null,
      [null],
    ],
  },
  nested: {
    schema: list(
      map(
        { name: text(), parts: list(map({ key: text(), value: { type: "integer" } }, { required: ["key"] }), byKeys("key")) },
        { required: ["name"] },
      ),
      byKeys("name"),
    ),
    values: [
      [{ name: "a", parts: [{ key: "x", value: 1 }] }],
      [
        {
          name: "a",
          parts: [
            { key: "y", value: 2 },
            { key: "x", value: 3 },
          ],
        },
        { name: "b" },
      ],
      [{ name: "a", parts: [{ key: "x" }, { key: "x" }] }],
      [{ name: "b", parts: [] }],
      [{ name: "a" }, { name: "a", parts: [{ key: "z" }] }],
    ],
  },
  plain: {
    schema: list(map({ name: text(), on: { type: "boolean", default: true } })),
    values: [[{ name: "a" }], [{ name: "a" }, { name: "a" }], [{ on: false }], [{}], [[]], [{ name: null }]],
  },
  counts: {
    schema: { type: "object", additionalProperties: { type: "integer" }, maxProperties: 3 },
    values: [{ a: 1 }, { b: 2 }, { a: null, c: 3 }, { a: "x" }, { a: 1, b: 2, c: 3, d: 4 }, {}, null, []],
  },
  byName: {
    schema: { type: "object", additionalProperties: map({ x: { type: "integer", default: 7 }, y: text() }) },
    values: [{ a: { y: "b" } }, { a: { x: 1 } }, { "b/c~d": {} }, { a: null }, { a: { z: 1 } }],
  },
  unit: {
    schema: map({ x: text(), y: text() }, { "x-kubernetes-map-type": "atomic" }),
    values: [{ x: "1" }, { y: "2" }, { x: "1", y: "2" }, { z: 1 }, {}, null],
  },
  free: {
    schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { known: { type: "integer" } } },
    values: [{ known: 1, other: { deep: [1] } }, { other: null }, { known: "x" }, { list: [{ a: 1 }, { a: 1 }] }, {}, 1],
  },
  anything: { schema: { "x-kubernetes-preserve-unknown-fields": true }, values: [1, "x", { a: 1 }, [1, { b: null }], null, true, 1.5] },
  embedded: {
    schema: {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      "x-kubernetes-preserve-unknown-fields": true,
    },
    values: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", labels: { a: 1 } } },
      { apiVersion: "v1", kind: "Pod", metadata: { name: "X y", unknown: 1 }, spec: { a: 1 } },
      { apiVersion: "a/b/c", kind: "Pod" },
      { kind: "Pod" },
      { apiVersion: "v1" },
      {},
      { apiVersion: "v1", kind: "1x", metadata: { annotations: { "a b": "c" }, creationTimestamp: null } },
    ],
  },
  typedEmbedded: {
    schema: map(
      { spec: map({ size: { type: "integer", default: 4 } }, { default: {} }), metadata: map({ name: text({ pattern: "^x" }) }) },
      { "x-kubernetes-embedded-resource": true },
    ),
    values: [
      { apiVersion: "v1", kind: "A", metadata: { name: "x" } },
      { apiVersion: "v1", kind: "A", metadata: { name: "y" }, spec: {} },
      { apiVersion: "v1", kind: "A", other: 1, spec: { size: 1, none: 2 } },
      { apiVersion: "v1", kind: "A", metadata: 1 },
    ],
  },
  oneOf: {
    schema: map({ a: text(), b: text(), c: text() }, { oneOf: [{ required: ["a"] }, { required: ["b"] }] }),
    values: [{ a: "1" }, { b: "1" }, { a: "1", b: "2" }, { c: "1" }, {}],
  },
  anyOf: {
    schema: map({ a: { type: "integer" }, b: text() }, { anyOf: [{ properties: { a: { minimum: 5 } } }, { required: ["b"] }] }),
    values: [{ a: 6 }, { a: 1 }, { a: 1, b: "x" }, { b: "x" }, {}],
  },
  not: {
    schema: map({ a: text(), b: text() }, { not: { required: ["a", "b"] }, minProperties: 1 }),
    values: [{ a: "1" }, { a: "1", b: "1" }, {}, { b: "2" }],
  },
  allOf: {
    schema: text({ allOf: [{ minLength: 2 }, { pattern: "^a" }, { maxLength: 4 }] }),
    values: ["ab", "a", "b", "abcdef", ""],
  },
  deep: {
    schema: map(
      { a: map({ b: map({ c: { type: "integer", default: 1 }, d: text() }, { default: { d: "x" } }) }, { default: {} }) },
      { default: {} },
    ),
    values: [{}, { a: {} }, { a: { b: {} } }, { a: { b: { c: 2 } } }, { a: null }, { a: { b: null } }, null],
  },
  needs: {
    schema: map({ a: text(), b: { type: "integer", default: 2 } }, { required: ["a", "b"] }),
    values: [{ a: "x" }, {}, { b: 1 }, { a: null }, null],
  },
  fixed: {
    schema: text(rules({ rule: "self == oldSelf", message: "may not change" })),
    values: ["a", "b", "a", null],
  },
  growing: {
    schema: {
      type: "integer",
      ...rules({ rule: "self >= oldSelf", messageExpression: "'shrunk'", reason: "FieldValueForbidden" }),
    },
    values: [1, 2, 1, 3, null],
  },
  once: {
    schema: { type: "integer", ...rules({ rule: "!oldSelf.hasValue() || oldSelf.value() == self", optionalOldSelf: true }) },
    values: [1, 1, 2, null],
  },
  range: {
    schema: map(
      { min: { type: "integer" }, max: { type: "integer" } },
      rules({ rule: "!has(self.min) || !has(self.max) || self.min <= self.max", message: "min above max", fieldPath: ".min" }),
    ),
    values: [{ min: 1, max: 2 }, { min: 3 }, { max: 0 }, { min: 1, max: 0 }],
  },
  members: {
    schema: list(
      map(
        { name: text(), weight: { type: "integer", ...rules({ rule: "self > 0", reason: "FieldValueInvalid" }) } },
        { required: ["name"] },
      ),
      {
        ...byKeys("name"),
        ...rules(
          { rule: "self.exists(m, m.name == 'a')", message: "needs a" },
          { rule: "self.all(m, oldSelf.exists(o, o.name == m.name) || m.weight < 5)" },
        ),
      },
    ),
    values: [
      [{ name: "a", weight: 1 }],
      [{ name: "b", weight: 1 }],
      [{ name: "a", weight: 0 }],
      [
        { name: "a", weight: 1 },
        { name: "c", weight: 9 },
      ],
      [{ name: "a" }],
    ],
  },
  parsed: {
    schema: text(
      rules({ rule: "self.startsWith('x') || quantity(self).isGreaterThan(quantity('1'))", messageExpression: "self + ' is too small'" }),
    ),
    values: ["x", "2", "1", "none", ""],
  },
};

const rootRules = [
  { rule: "self.metadata.name.startsWith('a') || self.metadata.name == 'b'", message: "bad name" },
  { rule: "has(self.spec)", messageExpression: "'no spec of ' + self.metadata.name" },
  { rule: "!has(self.status) || !has(self.status.replicas) || self.status.replicas < 5", fieldPath: ".status.replicas" },
  { rule: "!has(oldSelf.spec) || has(self.spec)", message: "spec stays" },
];

const columns = [
  { name: "Phase", type: "string", jsonPath: ".status.phase" },
  { name: "Replicas", type: "integer", jsonPath: ".status.replicas" },
  { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "All", type: "string", jsonPath: ".spec", priority: 1 },
  { name: "Size", type: "number", jsonPath: ".spec.size", format: "double" },
  { name: "On", type: "boolean", jsonPath: ".spec.flag" },
];

const condition = (type: string, status: string, more: object = {}) => ({ type, status, ...more });

const statuses: readonly object[] = [
  { status: { replicas: 2 } },
  { status: { phase: "x", selector: "a=b" } },
  { status: { replicas: 9 } },
  { status: { replicas: "x" } },
  { status: { unknown: 1 } },
  { status: { conditions: [condition("Ready", "True", { reason: "R" })] } },
  { status: { conditions: [condition("Ready", "False"), condition("Done", "True")] } },
  { status: { conditions: [condition("Ready", "False"), condition("Ready", "True")] } },
  { status: { conditions: [condition("Ready", "Perhaps")] } },
  { status: { conditions: [] } },
  { status: null },
  { status: { phase: null } },
  { metadata: { labels: { s: "1" }, finalizers: ["example.com/s"] }, status: { phase: "y" } },
  { spec: { size: 5 }, status: { phase: "z" } },
];

const statusSchema = map({
  replicas: { type: "integer" },
  phase: text(),
  selector: text(),
  conditions: list(
    map({ type: text(), status: text({ enum: ["True", "False", "Unknown"] }), reason: text() }, { required: ["type", "status"] }),
    byKeys("type"),
  ),
});

/** A custom kind with some corners, what people do with its objects, and now and then with its definition. */
export function customKinds(dice: Dice): { steps: StoryStep[]; kinds: StoryKind[] } {
  const { pick, chance } = dice;
  const names = Object.keys(corners);
  const chosen = Array.from({ length: pick([2, 3, 4, 6]) }, () => pick(names));
  const properties = {
    size: { type: "integer", ...(chance(0.3) ? { default: 3 } : {}) },
    ...Object.fromEntries(chosen.map((name) => [name, corners[name]?.schema])),
  };
  const spec = map(properties, chance(0.15) ? { required: [pick(chosen)] } : {});
  const schema = {
    ...map({ spec: chance(0.2) ? { ...spec, default: {} } : spec, status: statusSchema }),
    ...(chance(0.3) ? rules(pick(rootRules)) : {}),
    ...(chance(0.1) ? { required: ["spec"] } : {}),
  };
  const hasStatus = chance(0.7);
  const scale = { specReplicasPath: ".spec.size", statusReplicasPath: ".status.replicas" };
  const more = {
    ...(hasStatus || chance(0.3)
      ? {
          subresources: {
            ...(hasStatus ? { status: {} } : {}),
            ...(chance(0.5) ? { scale: chance(0.5) ? { ...scale, labelSelectorPath: ".status.selector" } : scale } : {}),
          },
        }
      : {}),
    ...(chance(0.4) ? { additionalPrinterColumns: columns.filter(() => chance(0.4)) } : {}),
  };
  const other = chance(0.5) ? schema : { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const versions: CustomVersion[] = [{ schema, more }, ...(chance(0.4) ? [{ name: pick(["v2", "v1beta1"]), schema: other, more }] : [])];
  const served = pick(versions).name ?? "v1";
  const path = things.path(served);
  const changes = chosen.flatMap((name) => (corners[name] as Corner).values.map((value) => ({ spec: { [name]: value } })));
  const kind: StoryKind = {
    path,
    object: {
      apiVersion: path.split("/").slice(2, 4).join("/"),
      kind: "Thing",
      metadata: { name: "a", labels: { app: "a" } },
      spec: { size: 1, ...Object.fromEntries(chosen.filter(() => chance(0.6)).map((name) => [name, corners[name]?.values[0]])) },
    },
    changes: [
      ...changes,
      ...changes,
      { spec: { size: 2 } },
      { spec: null },
      { spec: { unknown: { a: 1 } } },
      { other: 1 },
      { status: { phase: "x" } },
    ],
    statuses,
    others: { scale: [{ spec: { replicas: 3 } }, { spec: { replicas: null } }, { spec: { replicas: -1 } }, { status: { replicas: 1 } }] },
  };
  const one = `${path}/a`;
  const at = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
  const name = pick(chosen);
  const another = pick(names);
  const redefines: readonly StoryStep[] = [
    patch("json", things.own, [{ op: "add", path: `${at}/properties/${name}`, value: corners[another]?.schema }]),
    patch("json", things.own, [{ op: "remove", path: `${at}/properties/${name}` }]),
    patch("json", things.own, [
      { op: "add", path: `${at}/properties/late`, value: pick([text({ default: "late" }), text({ nullable: true })]) },
    ]),
    patch("json", things.own, [{ op: "add", path: `${at}/properties/${name}/x-kubernetes-list-type`, value: pick(["atomic", "set"]) }]),
    patch("json", things.own, [{ op: "add", path: `${at}/properties/${name}/x-kubernetes-map-type`, value: "atomic" }]),
    patch("json", things.own, [{ op: "add", path: `${at}/x-kubernetes-preserve-unknown-fields`, value: true }]),
    patch("json", things.own, [{ op: "add", path: `${at}/required`, value: [another] }]),
    patch("json", things.own, [{ op: "add", path: "/spec/versions/0/subresources", value: pick([{ status: {} }, {}, { scale }]) }]),
    patch("json", things.own, [{ op: "remove", path: "/spec/versions/0/subresources" }]),
    patch("json", things.own, [
      { op: "replace", path: "/spec/versions/0/storage", value: false },
      { op: "replace", path: "/spec/versions/1/storage", value: true },
    ]),
    patch("json", things.own, [{ op: "replace", path: "/spec/versions/1/served", value: false }]),
    patch("json", things.own, [{ op: "remove", path: "/spec/versions/1" }]),
    patch("json", things.own, [
      { op: "add", path: "/spec/versions/-", value: { name: "v3", served: true, storage: false, schema: { openAPIV3Schema: other } } },
    ]),
    patch("merge", `${things.own}/status`, { status: { storedVersions: pick([["v1"], ["v2"], [], ["v1", "v1"]]) } }),
  ];
  return {
    steps: [
      create(definitions, things.definition(versions)),
      { served: things.path() },
      { served: path },
      create(path, kind.object),
      ...(chance(0.4)
        ? [
            patch("merge", one, pick(kind.changes)),
            pick(redefines),
            get(one),
            patch("merge", one, pick(kind.changes)),
            patch("apply", `${one}?fieldManager=later`, { ...kind.object, ...pick(changes), metadata: { name: "a" } }),
          ]
        : []),
    ],
    kinds: [kind],
  };
}
