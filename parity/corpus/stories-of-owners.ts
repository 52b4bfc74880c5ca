import { CustomKind } from "../custom-kinds.ts";
import { create, get, patch, put, type Request, type Sequence } from "../sequences.ts";
import { type StoryStep, story } from "../stories/story.ts";
import { hookPath } from "../webhook-server.ts";

/** What random stories of custom resources, managed fields, patches and policies have found, shortened. */
const core = "/api/v1/namespaces/{ns}";
const configMaps = `${core}/configmaps`;
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const things = new CustomKind({ plural: "things", kind: "Thing" });
const group = "things-{u}.example.org";
const thing = `${things.path()}/a`;
const hasStatus = { more: { subresources: { status: {} } } };
const begins = (...versions: Parameters<CustomKind["definition"]>[0]): StoryStep[] => [
  create(definitions, things.definition(versions.length > 0 ? versions : [hasStatus])),
  { served: things.path() },
  create(things.path(), things.object("a", { spec: { size: 1 } })),
];
const ownedBy = (manager: string, apiVersion: string) => ({
  manager,
  operation: "Update",
  apiVersion,
  fieldsType: "FieldsV1",
  fieldsV1: { "f:metadata": { "f:labels": { "f:x": {} } } },
});
const validations = ["", "?fieldValidation=Ignore", "?fieldValidation=Strict"];

/** What is said of owners, in all the ways in which it can be. */
function owners(path: string, object: (managedFields: unknown) => object, change: object, managedFields: unknown): StoryStep[] {
  const [collection] = path.split("/a") as [string];
  return [
    patch("merge", path, { metadata: { managedFields } }),
    patch("merge", path, change),
    { edit: path, change: { metadata: { managedFields } } },
    patch("json", path, [{ op: "add", path: "/metadata/managedFields", value: managedFields }]),
    patch("apply", `${path}?fieldManager=other`, object(managedFields)),
    patch("merge", path, change),
    create(`${collection}?dryRun=All`, { ...object(managedFields), metadata: { name: "b", managedFields } }),
  ];
}

const saidOfOwners: Readonly<Record<string, unknown>> = {
  "an empty list": [],
  "an empty entry": [{}],
  "no map": [null],
  nothing: null,
  "entries without fields": [{ ...ownedBy("x", "v1"), fieldsV1: undefined }],
  "an entry without fields beside another": [
    { ...ownedBy("x", "v1"), fieldsV1: { ".": {}, "x:y": {} } },
    { ...ownedBy("y", `${group}/v1`), fieldsV1: null },
  ],
  "fields that are no maps": [{ ...ownedBy("x", "v1"), fieldsV1: { "f:data": 1 } }],
  "fields that are a text": [ownedBy("x", "v1"), { ...ownedBy("y", "v1"), fieldsV1: "f:data" }],
  "another group's version": [ownedBy("x", "apps/v1")],
  "a version that nobody has": [ownedBy("x", `${group}/v9`), ownedBy("y", "v1")],
  "no version at all": [ownedBy("x", "a/b/c")],
};

/** Bodies that don't say, or say badly, what they are. */
const nameless = [
  "{}",
  "null",
  "[]",
  '{"kind":""}',
  '{"kind":null,"spec":{"size":1,"size":2}}',
  '{"apiVersion":"a/b/c"}',
  `{"apiVersion":"${group}/v2","metadata":{"name":"a"}}`,
  '{"kind":"Thing","metadata":1}',
  `{"apiVersion":"/v1","kind":"Thing","metadata":{"name":1}}`,
  `{"apiVersion":"${group}/v2","kind":"Other","metadata":{"name":"a","labels":{"a":1}}}`,
  `{"apiVersion":"${group}/v1","kind":"Other","metadata":{"name":"a","foo":1}}`,
  '{"kind":"Thing","metadata":{"name":"a","foo":1}}',
];
const yaml = { "content-type": "application/yaml" };
const sent = (method: string, path: string, raw: string, headers?: Request["headers"]): Request => ({
  method,
  path,
  raw,
  ...(headers ? { headers } : {}),
});

const version = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: name === "v1",
  schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  ...more,
});
const inBothVersions: StoryStep[] = [
  ...begins({}, { name: "v2" }),
  patch("merge", `${things.path("v2")}/a`, { spec: { two: 1 } }),
  patch("apply", `${things.path("v2")}/a?fieldManager=z`, things.object("a", { spec: { three: 1 } }, "v2")),
];
const leftAlone: Readonly<Record<string, readonly object[]>> = {
  "isn't served any more": [version("v1"), version("v2", { served: false })],
  "is gone": [version("v1")],
};

const keyed = {
  type: "array",
  items: { type: "object", required: ["name"], properties: { name: { type: "string" }, v: { type: "integer" } } },
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
};
const integer = { type: "integer" };
const struct = (properties: object) => ({ type: "object", properties });
const typed = {
  schema: struct({
    spec: struct({ size: integer, x: integer, y: integer, parts: keyed, map: struct({ a: integer, b: integer }) }),
    status: struct({ r: integer, set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" } }),
  }),
  more: { subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.r" } } },
};
/** What isn't of its type, in the part that an endpoint leaves alone. */
const misfits: Readonly<Record<string, object>> = {
  "of another type": { r: "x" },
  "that is no map": 1 as unknown as object,
  "with repeated items": { set: ["a", "a"] },
  "with a null": { r: null },
};
const misfitSpecs: Readonly<Record<string, object>> = {
  "of another type": { x: "a" },
  "that is no map": 1 as unknown as object,
  "with repeated items": { parts: [{ name: "a" }, { name: "a" }] },
  "with an item without its key": { parts: [{ v: 1 }] },
};
const inSpec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
const others: Readonly<Record<string, object>> = {
  "a text": { type: "string" },
  "a list": { type: "array", items: { type: "string" } },
  "a map": { type: "object" },
};
const becomesAtomic: Readonly<Record<string, readonly object[]>> = {
  map: [{ op: "add", path: `${inSpec}/map/x-kubernetes-map-type`, value: "atomic" }],
  list: [
    { op: "replace", path: `${inSpec}/parts/x-kubernetes-list-type`, value: "atomic" },
    { op: "remove", path: `${inSpec}/parts/x-kubernetes-list-map-keys` },
  ],
};
const scale = (spec: object) => ({ apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec });

const keyedByN = {
  type: "array",
  items: { ...struct({ n: integer, m: { type: "string" } }), required: ["n"] },
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["n"],
};
const openMap = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
/** What lies beside what has come to be wrong: it must be known to be as it was. */
const bystanders: Readonly<Record<string, readonly [schema: object, value: unknown]>> = {
  "an embedded object": [
    { ...openMap, "x-kubernetes-embedded-resource": true },
    { apiVersion: "v1", kind: "X", metadata: { name: "x" } },
  ],
  "fields that no schema has": [openMap, { x: 1 }],
  "an empty open map": [openMap, {}],
  "a list without types": [{ type: "array", items: openMap }, [{ n: 1 }]],
  "a list with keys": [keyedByN, [{ n: 1 }, { n: 2, m: "b" }]],
  "a set": [{ type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" }, ["a", "b"]],
  "a map": [{ type: "object", additionalProperties: integer }, { x: 1 }],
  "a null": [{ type: "string", nullable: true }, null],
};

/** What a configuration may say of metadata that comes to nothing. */
const emptyMetadata: Readonly<Record<string, object>> = {
  "no finalizers": { finalizers: [] },
  "no owners": { ownerReferences: [] },
  "no labels": { labels: {} },
  "no annotations": { annotations: {} },
  "null as labels": { labels: null },
  "an empty generateName": { generateName: "" },
};
const takesAnything: Readonly<Record<string, object>> = {
  "an integer or text": { "x-kubernetes-int-or-string": true },
  "an integer or text with a default": { "x-kubernetes-int-or-string": true, default: 1 },
  "a text that may be null": { type: "string", nullable: true },
  anything: { "x-kubernetes-preserve-unknown-fields": true },
};
const budgets = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
const badQueries = [
  "fieldSelector=metadata.name",
  "labelSelector=a%20b",
  "fieldSelector=metadata.name&labelSelector=a%20b",
  "fieldSelector=x.y=1&labelSelector=a%20b",
  "fieldSelector=x.y=1",
  "resourceVersion=x",
  "sendInitialEvents=true",
  "",
];

const sequences: Sequence[] = [
  story(
    "a mutating webhook that fails is asked before the resource version is looked at",
    create(configMaps, { metadata: { name: "a" } }),
    create("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {
      metadata: { name: "hook-{u}" },
      webhooks: [
        {
          name: "hook.example.com",
          clientConfig: { url: `{hook}${hookPath("hook", { status: 500 })}`, caBundle: "{ca}" },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["configmaps"] }],
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
        },
      ],
    }),
    put(`${configMaps}/a`, { metadata: { name: "a", resourceVersion: "1" } }),
    put(`${configMaps}/a`, { metadata: { name: "a", resourceVersion: "x" } }),
    put(`${configMaps}/a`, { metadata: { name: "a", uid: "x" } }),
    patch("merge", `${configMaps}/a`, { metadata: { resourceVersion: "1" } }),
  ),
  story(
    "embedded metadata that is none",
    create(
      definitions,
      things.definition([{ schema: struct({ spec: struct({ e: { ...openMap, "x-kubernetes-embedded-resource": true } }) }) }]),
    ),
    { served: things.path() },
    ...[{ name: "x", labels: { a: 1 } }, { name: 1, annotations: { b: "c", a: "b" } }, 1].map((metadata) =>
      create(things.path(), things.object("a", { spec: { e: { apiVersion: "v1", kind: "X", metadata } } })),
    ),
    create(things.path(), things.object("a", { spec: { e: { apiVersion: "v1", kind: "X" } } })),
    patch("merge", thing, { spec: { e: { metadata: { name: "x", labels: { a: 1 } } } } }),
  ),
  ...Object.entries(emptyMetadata).map(([what, metadata]) => {
    const applied = patch("apply", `${thing}?fieldManager=z`, things.object("a", { metadata: { name: "a", ...metadata } }));
    return story(`an apply of ${what}`, ...begins(), applied, applied, get(thing), patch("merge", thing, { spec: { size: 2 } }), applied);
  }),
  ...Object.entries(takesAnything).map(([what, schema]) =>
    story(
      `applies of ${what}`,
      create(definitions, things.definition([{ schema: struct({ spec: struct({ e: schema }) }) }])),
      { served: things.path() },
      ...[{}, [], true, 1.5, null, "x", 1, [1], { a: 1 }].map((e) =>
        patch("apply", `${thing}?fieldManager=x&dryRun=All`, things.object("a", { spec: { e } })),
      ),
    ),
  ),
  story(
    "applies below what takes unknown fields",
    create(
      definitions,
      things.definition([{ schema: struct({ spec: { ...openMap, properties: { keyedByN, m: struct({ x: integer }) } } }) }]),
    ),
    { served: things.path() },
    patch("apply", `${things.path()}/a?fieldManager=x`, things.object("a", { spec: { keyedByN: [{ n: 1, u: 1 }], other: { a: [1] } } })),
    patch("apply", `${things.path()}/b?fieldManager=x`, things.object("b", { spec: { m: { u: 1 } } })),
    patch("apply", `${things.path()}/c?fieldManager=x`, things.object("c", { spec: { m: { x: "1" } } })),
  ),
  ...[things.path(), configMaps].map((path) =>
    story(
      `what is told first of a bad query ${path}`,
      ...begins(),
      ...badQueries.flatMap((query) =>
        ["application/json", "application/yaml", "text/plain"].flatMap((accept): StoryStep[] => [
          { watch: `${path}?watch=true&timeoutSeconds=1&${query}`, headers: { accept } },
          get(`${path}?${query}`, { headers: { accept } }),
        ]),
      ),
    ),
  ),
  story(
    "directives in a map that is replaced",
    create(budgets, { metadata: { name: "a" }, spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } } }),
    ...[
      { $patch: "replace", matchLabels: { a: "b" } },
      { $patch: "delete" },
      { matchLabels: { $patch: "replace", c: "d" } },
      { $retainKeys: ["matchLabels"], matchLabels: { a: "b" } },
    ].map((selector) => patch("strategic", `${budgets}/a?fieldValidation=Strict`, { spec: { selector } })),
  ),
  ...Object.entries(bystanders).map(([what, [schema, value]]) =>
    story(
      `a rule that comes late beside ${what}`,
      create(definitions, things.definition([{ schema: struct({ spec: struct({ size: integer, e: schema }) }) }])),
      { served: things.path() },
      create(things.path(), things.object("a", { spec: { size: 1, e: value } })),
      patch("json", things.own, [{ op: "add", path: inSpec.replace(/properties$/, "required"), value: ["amount"] }]),
      patch("merge", thing, { metadata: { labels: { a: "b" } } }),
      patch("apply", `${thing}?fieldManager=z`, things.object("a", { metadata: { name: "a", labels: { c: "d" } } })),
      patch("merge", thing, { spec: { e: Array.isArray(value) ? [...value].reverse() : value } }),
      patch("merge", thing, { spec: { size: 2 } }),
    ),
  ),
  story(
    "rules beside bad defaults",
    ...[
      { ...struct({ c: integer, x: integer }), default: {}, required: ["x"] },
      struct({ c: integer, x: { type: "integer", default: "a" } }),
      struct({ c: integer, x: {} }),
      struct({ c: integer }),
    ].map((spec) =>
      create(
        definitions,
        things.definition([{ schema: struct({ spec: { ...spec, "x-kubernetes-validations": [{ rule: "self.c > 'a'" }] } }) }]),
      ),
    ),
  ),
  ...Object.entries(misfits).map(([what, status]) =>
    story(
      `a status ${what} that isn't looked at`,
      ...begins(typed),
      create(things.path(), things.object("b", { spec: { size: 1 }, status })),
      patch("merge", `${things.path()}/b`, { spec: { x: 1 } }),
      patch("apply", `${things.path()}/b?fieldManager=z`, things.object("b", { spec: { x: 2 } })),
      patch("merge", thing, { status }),
      { edit: thing, change: { spec: { x: 1 }, status } },
      patch("apply", `${thing}?fieldManager=z`, things.object("a", { spec: { x: 1 }, status })),
      patch("apply", `${things.path()}/c?fieldManager=z`, things.object("c", { spec: { x: 1 }, status })),
    ),
  ),
  ...Object.entries(misfitSpecs).map(([what, spec]) =>
    story(
      `a spec ${what} that isn't looked at`,
      ...begins(typed),
      patch("merge", `${thing}/status`, { status: { r: 1 }, spec }),
      { edit: thing, at: "/status", change: { status: { r: 2 }, spec } },
      patch("apply", `${thing}/status?fieldManager=q`, things.object("a", { status: { r: 1 }, spec })),
      patch("merge", thing, { spec: { x: 2 } }),
    ),
  ),
  ...Object.entries(others).map(([what, other]) =>
    story(
      `a field that comes to be ${what}`,
      ...begins(typed),
      create(things.path(), things.object("b", { spec: { x: 1 } })),
      patch("json", things.own, [{ op: "replace", path: `${inSpec}/size`, value: other }]),
      patch("apply", `${thing}?fieldManager=z`, things.object("a", { spec: { y: 2 } })),
      patch("apply", `${thing}?fieldManager=z&force=true`, things.object("a", { spec: { size: null } })),
      patch("merge", thing, {}),
      patch("merge", thing, { metadata: { labels: { a: "b" } } }),
      patch("apply", `${thing}?fieldManager=z`, things.object("a", { spec: { y: 2 } })),
      patch("merge", thing, { spec: { size: null } }),
      patch("merge", thing, { spec: { x: 1 } }),
      patch("merge", `${things.path()}/b`, { spec: { x: 2 } }),
    ),
  ),
  ...Object.entries(becomesAtomic).flatMap(([what, steps]) =>
    [{}, { spec: { y: 1 } }, { spec: { map: { a: 5 }, parts: [{ name: "b" }] } }].map((change, index) =>
      story(
        `a ${what} that comes to be owned as a whole ${index}`,
        create(definitions, things.definition([typed])),
        { served: things.path() },
        create(things.path(), things.object("a", { spec: { map: { a: 1, b: 2 }, parts: [{ name: "a", v: 1 }] } })),
        patch("apply", `${thing}?fieldManager=z`, things.object("a", { spec: { map: { a: 1 }, parts: [{ name: "a" }] } })),
        patch("json", things.own, steps),
        patch("merge", thing, change),
        patch("merge", thing, { spec: { y: 3 } }),
      ),
    ),
  ),
  story(
    "applies to the scale of a custom resource",
    ...begins(typed),
    patch("apply", `${thing}/scale?fieldManager=x`, scale({ replicas: 2 })),
    patch("apply", `${thing}/scale?fieldManager=x&force=true`, scale({ replicas: 2 })),
    patch("apply", `${thing}/scale?fieldManager=x`, scale({})),
    patch("apply", `${thing}/scale?fieldManager=x`, scale({ replicas: 1 })),
    patch("apply", `${thing}/scale?fieldManager=x`, { kind: "x" }),
    patch("apply", `${thing}/scale?fieldManager=x`, scale({ replicas: "x", foo: 1 })),
    get(thing),
    patch("merge", thing, { metadata: { managedFields: [{}] } }),
    patch("apply", `${thing}/scale?fieldManager=x`, scale({ replicas: 2 })),
    patch("apply", `${thing}/scale?fieldManager=x`, { kind: "x" }),
    patch("merge", `${thing}/scale`, { spec: { replicas: 3 } }),
  ),
  ...Object.entries(saidOfOwners).flatMap(([what, managedFields]) => [
    story(
      `owners of a custom object: ${what}`,
      ...begins(),
      ...owners(
        thing,
        (fields) => things.object("a", { metadata: { name: "a", managedFields: fields } }),
        { spec: { x: 1 } },
        managedFields,
      ),
      patch("merge", `${thing}/status`, { metadata: { managedFields }, status: { x: 1 } }),
    ),
    story(
      `owners of a config map: ${what}`,
      create(configMaps, { metadata: { name: "a" }, data: { a: "1" } }),
      ...owners(
        `${configMaps}/a`,
        (fields) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", managedFields: fields } }),
        { data: { x: "1" } },
        managedFields,
      ),
    ),
  ]),
  story(
    "the last owner is taken out",
    ...begins(),
    patch("json", thing, [{ op: "remove", path: "/metadata/managedFields/0" }]),
    patch("json", thing, [{ op: "remove", path: "/metadata/managedFields" }]),
  ),
  ...Object.entries(leftAlone).flatMap(([what, versions]) => [
    story(
      `owners in a version that ${what}`,
      ...inBothVersions,
      patch("merge", things.own, { spec: { versions } }),
      get(thing),
      patch("merge", thing, { spec: { x: 1 } }),
      patch("apply", `${thing}?fieldManager=q`, things.object("a", { spec: { y: 1 } })),
      patch("apply", `${thing}?fieldManager=z`, things.object("a", { spec: { y: 1 } })),
      patch("merge", thing, { spec: { x: 2 } }),
    ),
    story(
      `an apply first in a version that ${what}`,
      ...inBothVersions,
      patch("merge", things.own, { spec: { versions } }),
      patch("apply", `${thing}?fieldManager=q`, things.object("a", { spec: { y: 1 } })),
      patch("merge", thing, { spec: { x: 2 } }),
    ),
  ]),
  ...nameless.map((raw) =>
    story(
      `a custom object's body ${raw}`,
      ...begins(),
      ...validations.flatMap((query) => [
        sent("POST", `${things.path()}${query}`, raw),
        sent("PUT", `${thing}${query}`, raw),
        sent("PUT", `${thing}/status${query}`, raw),
        sent("POST", `${things.path()}${query}`, raw, yaml),
      ]),
    ),
  ),
  story(
    "YAML of a custom object",
    ...begins(),
    ...validations.flatMap((query) =>
      ["", "spec: {b: 1.50, a: [x]}\n", "{} x", `{"apiVersion":"${group}/v1","kind":"Thing","metadata":{"name":"b"}}\n}`].flatMap((raw) => [
        sent("POST", `${things.path()}${query}`, raw, yaml),
        sent("POST", `${configMaps}${query}`, raw, yaml),
      ]),
    ),
    put(`${configMaps}/a`, things.object("a")),
  ),
];

export default sequences;
