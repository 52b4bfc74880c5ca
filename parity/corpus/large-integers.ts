import { protobufOf } from "../bodies.ts";
import { applied } from "../lives.ts";
import { create, get, type PatchKind, patch, type Request, type Sequence } from "../sequences.ts";

/** Integers that a double can't hold, in all ways in which an object is written and read. */
const large = "9007199254740993";
const jobs = "/apis/batch/v1/namespaces/{ns}/jobs";
const revisions = "/apis/apps/v1/namespaces/{ns}/controllerrevisions";
const yaml = { accept: "application/yaml" };
const protobuf = { accept: "application/vnd.kubernetes.protobuf" };
const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };

const text = (method: string, path: string, raw: string, type: string): Request => ({
  method,
  path,
  raw,
  headers: { "content-type": type },
});
const json = (path: string, raw: string) => text("POST", path, raw, "application/json");
const change = (kind: PatchKind, path: string, raw: string): Request => ({ ...patch(kind, path, undefined), raw });

const template = `{"spec":{"restartPolicy":"Never","terminationGracePeriodSeconds":${large},"tolerations":[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":${large}}],"containers":[{"name":"c","image":"i"}]}}`;
const job = (name: string, spec: string) =>
  `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":${JSON.stringify(name)}},"spec":{${spec},"template":${template}}}`;
const wireJob = (activeDeadlineSeconds: bigint) =>
  protobufOf({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "wire" },
    spec: {
      activeDeadlineSeconds,
      template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
    },
  } as { apiVersion: string; kind: string });

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "n{u}.example.com";
const widgets = `/apis/${group}/v1/namespaces/{ns}/widgets`;
const integer = { type: "integer" };
const definition = {
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: "N", type: "integer", jsonPath: ".spec.n" },
          { name: "F", type: "number", jsonPath: ".spec.n" },
          { name: "S", type: "string", jsonPath: ".spec.n" },
        ],
        selectableFields: [{ jsonPath: ".spec.n" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  n: { ...integer, minimum: -5, "x-kubernetes-validations": [{ rule: "self != 9007199254740995" }] },
                  f: { type: "number" },
                  d: integer,
                  short: { ...integer, format: "int32" },
                  one: { ...integer, enum: [1, 5] },
                  many: { ...integer, multipleOf: 3 },
                  either: { "x-kubernetes-int-or-string": true },
                  any: { "x-kubernetes-preserve-unknown-fields": true },
                  set: { type: "array", "x-kubernetes-list-type": "set", items: integer },
                  map: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                    items: { type: "object", required: ["k"], properties: { k: integer, v: integer } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
const widget = (name: string, spec: string) =>
  `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":${JSON.stringify(name)}},"spec":{${spec}}}`;

const sequences: Sequence[] = [
  {
    name: "jobs",
    steps: [
      json(jobs, job("a", `"suspend":true,"activeDeadlineSeconds":${large}`)),
      get(`${jobs}/a`),
      get(`${jobs}/a`, { headers: yaml }),
      get(`${jobs}/a`, { headers: protobuf }),
      get(jobs),
      get(jobs, { headers: protobuf }),
      get(`${jobs}/a`, { headers: table }),
      change("strategic", `${jobs}/a`, '{"spec":{"activeDeadlineSeconds":9007199254740995}}'),
      change("merge", `${jobs}/a`, '{"spec":{"activeDeadlineSeconds":9007199254740996}}'),
      change("json", `${jobs}/a`, '[{"op":"test","path":"/spec/activeDeadlineSeconds","value":9007199254740997}]'),
      change("json", `${jobs}/a`, '[{"op":"replace","path":"/spec/activeDeadlineSeconds","value":9223372036854775807}]'),
      change("strategic", `${jobs}/a`, '{"spec":{"activeDeadlineSeconds":9223372036854775808}}'),
      change("strategic", `${jobs}/a`, `{"spec":{"parallelism":${large}}}`),
      change("merge", `${jobs}/a`, `{"spec":{"parallelism":${large}}}`),
      change("merge", `${jobs}/a`, `{"metadata":{"labels":{"a":${large}}}}`),
      change("strategic", `${jobs}/a`, `{"metadata":{"labels":{"a":${large}}}}`),
      applied(
        `${jobs}/a`,
        '{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"activeDeadlineSeconds":9007199254740997}}',
        "m",
        "&force=true",
      ),
      applied(
        `${jobs}/a`,
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {activeDeadlineSeconds: 9007199254740999}",
        "m",
        "&force=true",
      ),
      get(`${jobs}/a`),
      json(jobs, job("b", `"activeDeadlineSeconds":-${large}`)),
      json(jobs, job("b", `"parallelism":${large}`)),
      json(jobs, job("b", '"activeDeadlineSeconds":9223372036854775808')),
      json(jobs, job("b", '"activeDeadlineSeconds":9007199254740993.0')),
      json(jobs, job("b", `"suspend":${large}`)),
      text("POST", jobs, yamlJob(), "application/yaml"),
      { method: "POST", path: jobs, raw: wireJob(9007199254740993n), headers: { "content-type": "application/vnd.kubernetes.protobuf" } },
      get(`${jobs}/wire`),
      {
        method: "POST",
        path: `${jobs}?dryRun=All`,
        raw: wireJob(-9007199254740993n),
        headers: { "content-type": "application/vnd.kubernetes.protobuf" },
      },
    ],
  },
  {
    name: "other kinds",
    steps: [
      json(
        revisions,
        `{"metadata":{"name":"a"},"revision":${large},"data":{"a":${large},"b":[-${large}],"c":1152921504606846976,"d":9223372036854775807}}`,
      ),
      get(`${revisions}/a`),
      get(`${revisions}/a`, { headers: protobuf }),
      get(revisions, { headers: table }),
      json(
        "/api/v1/namespaces/{ns}/limitranges",
        `{"metadata":{"name":"l"},"spec":{"limits":[{"type":"Container","max":{"cpu":${large}}}]}}`,
      ),
      json("/api/v1/namespaces/{ns}/configmaps", `{"metadata":{"name":"c","generation":${large}},"data":{"a":"${large}"}}`),
      json("/api/v1/namespaces/{ns}/configmaps", `{"metadata":{"name":"d"},"data":{"a":${large}}}`),
      get("/api/v1/namespaces/{ns}/configmaps"),
    ],
  },
  {
    name: "custom resources",
    steps: [
      create(definitions, definition),
      get(`${definitions}/widgets.${group}`, {
        until: ({ body }) =>
          body?.status?.conditions?.some(
            ({ type, status }: { type: string; status: string }) => type === "Established" && status === "True",
          ),
        pick: () => "",
      }),
      {
        ...json(
          widgets,
          widget(
            "a",
            `"n":${large},"f":${large},"either":"x","any":{"x":${large},"y":-${large},"q":9223372036854775807,"h":1152921504606846976,"s":9007199254740992}`,
          ),
        ),
        until: ({ status }) => status === 201,
      },
      get(`${widgets}/a`),
      get(widgets),
      get(`${widgets}?fieldSelector=spec.n%3D${large}`),
      get(`${widgets}?fieldSelector=spec.n%3D9007199254740992`),
      get(`${widgets}/a`, { headers: yaml }),
      get(`${widgets}/a`, { headers: table }),
      change("merge", `${widgets}/a`, '{"spec":{"n":9007199254740999}}'),
      ...['"n":9007199254740995', '"n":-9007199254740995', '"short":9007199254740995', '"one":9007199254740995'].map((spec) =>
        change("merge", `${widgets}/a`, `{"spec":{${spec}}}`),
      ),
      ...['"many":9007199254740993', '"many":9007199254740994', '"n":9007199254740993.0', '"n":1e16', '"n":9223372036854775808'].map(
        (spec) => change("merge", `${widgets}/a`, `{"spec":{${spec}}}`),
      ),
      change("merge", `${widgets}/a`, `{"spec":${large}}`),
      change("json", `${widgets}/a`, '[{"op":"test","path":"/spec/n","value":9007199254741000}]'),
      change("json", `${widgets}/a`, '[{"op":"copy","from":"/spec/n","path":"/spec/d"}]'),
      applied(
        `${widgets}/a`,
        widget("a", `"n":9007199254740997,"map":[{"k":${large},"v":1},{"k":9007199254740992,"v":2}]`),
        "m",
        "&force=true",
      ),
      applied(`${widgets}/a`, widget("a", `"n":9007199254740997,"map":[{"k":${large},"v":${large}}]`), "m"),
      applied(`${widgets}/a`, widget("a", '"n":9007199254740996'), "q"),
      applied(`${widgets}/a`, widget("a", `"set":[${large},${large}]`), "q"),
      change("merge", `${widgets}/a`, `{"spec":{"set":[${large},${large}]}}`),
      text(
        "POST",
        widgets,
        `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: y}\nspec: {n: ${large}, any: {a: 9007199254740992, b: 1e3, d: 0x10, e: -${large}}}`,
        "application/yaml",
      ),
      json(widgets, widget("b", `"either":${large}`)),
      get(widgets),
    ],
  },
];

function yamlJob(): string {
  return `apiVersion: batch/v1\nkind: Job\nmetadata: {name: y}\nspec:\n  activeDeadlineSeconds: ${large}\n  template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}`;
}

export default sequences;
