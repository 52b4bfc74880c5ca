import { CustomKind } from "../custom-kinds.ts";
import { create, get, patch, remove, type Sequence } from "../sequences.ts";
import { story } from "../stories/story.ts";

/** Numbers beyond what integers hold, and writes that change nothing or may not change what they change. */
const bigs = new CustomKind({ plural: "bigs", kind: "Big" });
const num = { type: "number" };
const int = { type: "integer" };
const numbers = [
  "100000000000000000000",
  "1e20",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "-9223372036854775809",
  "1e300",
  "123456789012345678901234567890",
  "1.5e6",
  "12345678.5",
  "999999.5",
  "1000000.5",
  "1e21",
  "1e-7",
  "0.00001234",
  "0.0001",
  "-0.0",
  "3e9",
  "1.25e22",
  "-123456789.25",
];
const columns = ["integer", "number", "string"]
  .map((type) => ({ name: type, type, jsonPath: ".spec.n" }))
  .concat([{ name: "list", type: "string", jsonPath: ".spec.l" }]);
const limits = new CustomKind({ plural: "limits", kind: "Limit" });
const post = (kind: CustomKind, text: string, name: string) => ({
  method: "POST",
  path: kind.path(),
  raw: `{"apiVersion":"${kind.group}/v1","kind":"${kind === bigs ? "Big" : "Limit"}","metadata":{"name":"${name}"},"spec":${text}}`,
  headers: { "content-type": "application/json" },
});
const spec = (properties: object) => ({ type: "object", properties: { spec: { type: "object", properties } } });
const scalers = (version: string) => `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers`;
const services = "/api/v1/namespaces/{ns}/services";
const pods = "/api/v1/namespaces/{ns}/pods";
const affinity = (...keys: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: keys.map((key) => ({ matchExpressions: [{ key, operator: "Exists" }] })),
    },
  },
});

const bare = new CustomKind({ plural: "bares", kind: "Bare" });
const choices = new CustomKind({ plural: "choices", kind: "Choice" });
const odd = new CustomKind({ plural: "odds", kind: "Odd" });
const oddPaths = [
  ".spec.map['x.y']",
  ".spec.map['x\\.y']",
  ".spec['map']",
  ".spec.list[?(@.b>=2)].a",
  ".spec.list[?(@.a=='q')].b",
  ".spec.list[?(@.a!='q')].b",
  ".spec.list[?(@.b<1.5)].a",
  ".spec.list[?(@.a)].b",
];

export default [
  {
    name: "columns of large numbers",
    steps: [
      ...bigs.defined([{ more: { additionalPrinterColumns: columns } }]),
      ...numbers.map((text, i) => post(bigs, `{"n":${text},"l":[${text}]}`, `n${10 + i}`)),
      get(bigs.path(), { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    ],
  },
  {
    name: "large numbers in what schemas refuse",
    steps: [
      ...limits.defined([
        {
          schema: spec({
            a: { ...num, maximum: 1000000, minimum: -1000000 },
            b: { ...num, maximum: 0.00001 },
            c: { ...num, multipleOf: 1000000 },
            d: { ...int, maximum: 123456789, exclusiveMaximum: true },
            e: { ...num, enum: [1000000, 1.5, 12345678.5] },
            f: { type: "string" },
            g: { ...num, minimum: 1e21 },
            h: { ...num, "x-kubernetes-validations": [{ rule: "self < 0.0" }] },
            i: int,
            j: { ...num, format: "float" },
          }),
        },
      ]),
      ...[
        '{"a":12345678.5}',
        '{"a":1000001}',
        '{"a":-1e20}',
        '{"a":-12345678}',
        '{"b":1}',
        '{"b":0.00002}',
        '{"c":1500000}',
        '{"c":12345678.5}',
        '{"d":123456789}',
        '{"d":1e20}',
        '{"d":123456789.5}',
        '{"e":3}',
        '{"e":12345679.5}',
        '{"f":12345678.5}',
        '{"f":1e20}',
        '{"f":1e-7}',
        '{"g":1e20}',
        '{"h":12345678.5}',
        '{"h":1e20}',
        '{"h":1000000}',
        '{"i":12345678.5}',
        '{"i":1e20}',
        '{"j":1e39}',
        '{"j":-1e300}',
      ].map((text) => post(limits, text, "a")),
    ],
  },
  story(
    "notes of an autoscaler that can't be read change nothing",
    create(scalers("v2"), {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h" },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "w" }, maxReplicas: 5 },
    }),
    ...["metrics", "behavior", "conditions", "current-metrics"].map((name) =>
      patch("merge", `${scalers("v1")}/h`, { metadata: { annotations: { [`autoscaling.alpha.kubernetes.io/${name}`]: "junk" } } }),
    ),
    get(`${scalers("v2")}/h`),
  ),
  story(
    "an address for a service that has none on purpose",
    create(services, { metadata: { name: "s" }, spec: { clusterIP: "None", ports: [{ port: 80 }] } }),
    patch("merge", `${services}/s`, { spec: { clusterIP: "10.0.0.9" } }),
    patch("merge", `${services}/s`, { spec: { clusterIP: "192.168.0.9", type: "NodePort" } }),
    patch("merge", `${services}/s`, { spec: { clusterIPs: ["10.0.0.9"] } }),
    patch("merge", `${services}/s?dryRun=All`, { spec: { clusterIP: "192.168.0.9", clusterIPs: null } }),
  ),
  story(
    "node selector terms of a pod that waits at its gates",
    create(pods, {
      metadata: { name: "g" },
      spec: { schedulingGates: [{ name: "a.b/c" }], containers: [{ name: "c", image: "i" }], affinity: affinity("a") },
    }),
    patch("merge", `${pods}/g`, { spec: { affinity: affinity("b") } }),
    patch("merge", `${pods}/g`, { spec: { affinity: affinity("a", "b") } }),
    patch("merge", `${pods}/g`, { spec: { affinity: affinity() } }),
    patch("merge", `${pods}/g`, { spec: { affinity: null } }),
  ),
  story(
    "options of a delete that say another kind",
    remove(`${pods}/g`, { kind: "Foo" }),
    remove(`${pods}/g`, { kind: "Pod" }),
    remove(`${pods}/g`, { kind: "Foo", apiVersion: "v1" }),
    remove(`${pods}/g`, { kind: "Status" }),
    remove(`${pods}/g`, { kind: "DeleteOptions" }),
    remove(pods, { kind: "Foo" }),
    ...["ListOptions", "PatchOptions", "Table", "WatchEvent", "APIGroup", "PartialObjectMetadata", "Status"].flatMap((kind) =>
      [{}, { apiVersion: "v1" }, { apiVersion: "meta.k8s.io/v1" }, { apiVersion: "a.b/v1" }].map((version) =>
        remove(`${pods}/g`, { kind, ...version }),
      ),
    ),
  ),
  {
    name: "patches of what a schema doesn't have",
    steps: [
      ...bare.defined([{ schema: spec({ a: { type: "integer" } }), more: { subresources: { status: {} } } }]),
      create(bare.path(), bare.object("o", { spec: { a: 1 } })),
      patch("merge", `${bare.path()}/o/status`, { status: { q: 1 } }),
      patch("merge", `${bare.path()}/o/status`, { other: 1 }),
      patch("merge", `${bare.path()}/o`, { spec: { nope: 1 } }),
      patch("merge", `${bare.path()}/o`, { metadata: { nope: 1 } }),
    ],
  },
  {
    name: "columns with dots in quotes and filters over unlike values",
    steps: [
      ...odd.defined([
        { more: { additionalPrinterColumns: oddPaths.map((jsonPath, i) => ({ name: `c${i}`, type: "string", jsonPath })) } },
      ]),
      create(
        odd.path(),
        odd.object("a", {
          spec: {
            list: [
              { a: "q", b: 1 },
              { a: "r", b: 2 },
              { a: "s", b: 3.5 },
            ],
            map: { "x.y": 1 },
          },
        }),
      ),
      create(
        odd.path(),
        odd.object("b", {
          spec: {
            list: [
              { a: "q", b: 1 },
              { a: "r", b: 2 },
            ],
            map: { x: { y: 1 } },
          },
        }),
      ),
      create(odd.path(), odd.object("c", { spec: { list: [{ a: "q", b: "1" }, { b: 3 }], map: {} } })),
      create(
        odd.path(),
        odd.object("d", {
          spec: {
            list: [
              { a: true, b: null },
              { a: {}, b: 2 },
            ],
          },
        }),
      ),
      get(odd.path(), { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    ],
  },
  {
    name: "an object that is none of an enum",
    steps: [
      ...choices.defined([{ schema: spec({ b: { type: "object", "x-kubernetes-preserve-unknown-fields": true, enum: [{ x: 1 }, {}] } }) }]),
      create(choices.path(), choices.object("o", { spec: { b: { x: 1, d: [{ z: 1, a: 2 }] } } })),
    ],
  },
] satisfies Sequence[];
