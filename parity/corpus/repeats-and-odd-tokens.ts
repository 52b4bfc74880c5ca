import { CustomKind } from "../custom-kinds.ts";
import { type Answer, changed, create, get, patch, patchTypes, put, type Request, remove, type Sequence } from "../sequences.ts";
import { story } from "../stories/story.ts";

/** Fields that come twice, tokens and selectors that are none, conditions of HTTP, and deletes of what is going already. */
const core = "/api/v1/namespaces/{ns}";
const configMaps = `${core}/configmaps`;
const pods = `${core}/pods`;
const jobs = "/apis/batch/v1/namespaces/{ns}/jobs";
const map = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });
const pod = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { containers: [{ name: "c", image: "i" }], ...spec } });
const text = (path: string, raw: string, type = "application/json", method = "POST"): Request => ({
  method,
  path,
  raw,
  headers: { "content-type": type },
});
const patchText = (kind: keyof typeof patchTypes, path: string, raw: string) => text(path, raw, patchTypes[kind], "PATCH");
const many = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`f${index}`, index]));
const manySteps = Object.entries(many).map(([name, value]) => ({ op: "add", path: `/${name}`, value }));
const finalizers = (body: unknown) => {
  const { metadata } = body as Answer["body"];
  return [metadata?.finalizers ?? [], metadata?.deletionGracePeriodSeconds ?? "none"];
};
const namespace = "/api/v1/namespaces/n-{u}";
const things = new CustomKind({ plural: "things", kind: "Thing" });
const rats = new CustomKind({ plural: "rats", kind: "Rat" });
const thing = (rest: string) => `{"apiVersion":"${things.group}/v1","kind":"Thing",${rest}}`;
const narrow = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        n: { type: "integer", maximum: 10 },
        deep: { type: "object", properties: { a: { type: "integer", "x-kubernetes-validations": [{ rule: "self > 5" }] } } },
      },
    },
  },
};

const sequences: Sequence[] = [
  story(
    "fields that come more than once",
    text(`${pods}?fieldValidation=Strict`, '{"metadata":{"name":"a"},"spec":{},"spec":null,"kind":"Pod","spec":{"Foo":1},"kind":"Pod"}'),
    text(`${pods}?fieldValidation=Strict`, '{"metadata":{"name":"a","x":1},"metadata":{"x":2,"y":1},"spec":{"a":1},"spec":{"a":2}}'),
    text(pods, '{"metadata":{"name":"a"},"spec":{"containers":[{"name":"b"}],"containers":[{"image":"x"}]}}'),
    create(configMaps, map("a")),
    patchText("strategic", `${configMaps}/a`, '{"data":{"x":"1","x":"3"},"data":{"y":"1"}}'),
    patchText("strategic", `${configMaps}/a?fieldValidation=Strict`, '{"data":{"x":"1","x":"3"},"data":{"y":"1"}}'),
    patchText("merge", `${configMaps}/a`, '{"data":{"x":"4"},"data":{"z":"1"}}'),
    patchText("json", `${configMaps}/a`, '[{"op":"add","path":"/metadata/labels","value":{"a":"b"},"value":{"c":"d"}}]'),
    text(`${configMaps}/a`, '{"metadata":{"name":"a"},"data":{"p":"1"},"data":{"q":"1"}}', "application/json", "PUT"),
  ),
  {
    name: "fields of custom objects that come more than once",
    steps: [
      ...things.defined([{}]),
      text(things.path(), thing('"metadata":{"name":"a","labels":{"a":"b"}},"spec":{"x":1},"spec":{"y":2}')),
      text(things.path(), thing('"metadata":{"name":"b"},"metadata":{"labels":{"a":"b"}}')),
    ],
  },
  story(
    "more unknown fields than are told",
    create(`${configMaps}?fieldValidation=Strict`, { ...map("a"), ...many }),
    create(`${configMaps}?dryRun=All`, { ...map("a"), ...many }),
    text(`${configMaps}?fieldValidation=Strict`, JSON.stringify({ ...map("a"), ...many }), "application/yaml"),
    create(configMaps, map("a")),
    patch("merge", `${configMaps}/a?fieldValidation=Strict`, many),
    patch("json", `${configMaps}/a?fieldValidation=Strict`, manySteps),
  ),
  story(
    "two content types of a patch",
    create(configMaps, map("a")),
    text(`${configMaps}/a`, "{}", "application/json-patch+json, application/json", "PATCH"),
    text(`${configMaps}/a`, "{}", "application/json, text/plain", "PATCH"),
  ),
  story(
    "numbers of YAML at the edge",
    ...["9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1e400"].map((number) =>
      text(
        pods,
        `metadata: {name: a}\nspec: {terminationGracePeriodSeconds: ${number}, containers: [{name: c, image: i}]}\n`,
        "application/yaml",
      ),
    ),
    ...["e5", "E", ".e5", "1e400", "1.e5"].map((value) =>
      text(`${configMaps}?dryRun=All`, `metadata: {name: a}\ndata: {x: ${value}}\n`, "application/yaml"),
    ),
  ),
  story(
    "tokens that go on nowhere",
    ...["garbage", "null", "not-a-token", "a.b", "bnVsbA", "W10", "InMi", "e30=", "MTI"].map((token) =>
      get(`${configMaps}?limit=1&continue=${token}`),
    ),
  ),
  story(
    "selectors of nothing",
    create(configMaps, map("a")),
    ...["=", "!=", "=,=", "metadata.name=a,=", "=x"].map((selector) => get(`${configMaps}?fieldSelector=${encodeURIComponent(selector)}`)),
  ),
  {
    name: "warnings of what was wrong before, in refusals",
    steps: [
      ...rats.defined([{}]),
      create(rats.path(), rats.object("a", { spec: { n: 5, deep: { a: 1 } } })),
      get(rats.own, { pick: () => "" }),
      (answers) =>
        put(
          rats.own,
          changed(answers, -1, (body) => {
            body.spec.versions[0].schema.openAPIV3Schema = narrow;
          }),
          { pick: () => "" },
        ),
      patch("merge", `${rats.path()}/a`, { spec: { n: 51 } }, { until: ({ status }) => status === 422 }),
      patch("merge", `${rats.path()}/a`, { metadata: { labels: { a: "b" } } }),
    ],
  },
  {
    name: "deletes of a definition, first and again",
    steps: [
      ...things.defined([{}]),
      patch("merge", things.own, { metadata: { finalizers: ["x.y/z"] } }, { pick: finalizers }),
      create(things.path(), things.object("a", { metadata: { name: "a", finalizers: ["x.y/z"] } })),
      remove(things.own, { propagationPolicy: "Orphan", gracePeriodSeconds: 7 }, { pick: finalizers }),
      remove(things.own, { propagationPolicy: "Orphan" }, { pick: finalizers }),
      patch("merge", `${things.path()}/a`, { metadata: { finalizers: null } }),
      patch("merge", things.own, { metadata: { finalizers: null } }, { pick: () => "" }),
    ],
  },
  story(
    "deletes of a namespace, first and again",
    create("/api/v1/namespaces", { metadata: { name: "n-{u}", finalizers: ["x.y/z"] } }),
    remove(namespace, { propagationPolicy: "Foreground" }),
    remove(namespace, { propagationPolicy: "Orphan" }),
    put(`${namespace}/finalize`, { metadata: { name: "n-{u}", finalizers: ["x.y/z"] } }),
    remove(namespace, { propagationPolicy: "Orphan" }),
    patch("merge", namespace, { metadata: { finalizers: null } }),
  ),
  story(
    "deletes of a pod whose time runs",
    create(pods, pod("a", { nodeName: "n", terminationGracePeriodSeconds: 7 })),
    remove(`${pods}/a`),
    remove(`${pods}/a`, { propagationPolicy: "Foreground" }),
    remove(`${pods}/a`, { propagationPolicy: "Orphan", gracePeriodSeconds: 50 }),
    remove(`${pods}/a`, { propagationPolicy: "Background", gracePeriodSeconds: 0 }),
  ),
  story(
    "checks that can't be left out",
    ...["etcd,ping", "", "ping&exclude=ping"].map((names) =>
      get(`/livez?verbose&exclude=${names}`, { pick: (body) => String(body).match(/^(?:\[.\](?:ping|etcd) |warn).*$/gm) }),
    ),
  ),
  ...["/openapi/v2", "/openapi/v3", "/openapi/v3/api/v1"].map((path) =>
    story(
      `conditions and ranges of ${path}`,
      ...[
        { range: "bytes=0-10" },
        { range: "bytes=999999999-" },
        { range: "bytes=9-3" },
        { range: "lines=1-2" },
        { "if-none-match": "*" },
        { "if-none-match": '"x"' },
        { "if-match": '"x"' },
        { "if-match": "*" },
        { "if-modified-since": "Sun, 22 Nov 2037 04:48:58 GMT" },
        { "if-unmodified-since": "Sun, 22 Nov 2009 04:48:58 GMT" },
      ].map((headers) => get(path, { headers: headers as unknown as Record<string, string>, pick: () => "" })),
    ),
  ),
  story(
    "statuses of a job without its labels",
    create(jobs, { metadata: { name: "a" }, spec: { template: { spec: { ...pod("").spec, restartPolicy: "Never" } } } }),
    // Time for upstream's cache.
    get(`${jobs}?resourceVersion=0&labelSelector=none`, { pick: () => "" }),
    put(`${jobs}/a/status`, { metadata: { name: "a" }, status: {} }),
    get(`${jobs}?resourceVersion=0&labelSelector=none`, { pick: () => "" }),
    put(`${jobs}/a/status`, { metadata: { name: "a" }, status: {} }),
  ),
];

export default sequences;
