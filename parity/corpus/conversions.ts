import { type Answer, changed, create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";
import { type Behaviour, hookPath } from "../webhook-server.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "u{u}.example.com";
const definitionPath = `${definitions}/gauges.${group}`;
const gauges = (version: string, name = "") => `/apis/${group}/${version}/namespaces/{ns}/gauges${name === "" ? "" : `/${name}`}`;

/** Version 1 has a size, version 2 calls it width. */
const converts = {
  renames: {
    v1: [["width", "size"]],
    v2: [["size", "width"]],
    v3: [["size", "width"]],
  },
} as const;

const subresources = { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } };
const status = { type: "object", properties: { replicas: { type: "integer" }, phase: { type: "string" } } };
const versionOf = (name: string, size: string, more: object = {}) => ({
  name,
  served: true,
  storage: name === "v1",
  subresources,
  additionalPrinterColumns: [{ name: "Extent", type: "integer", jsonPath: `.spec.${size}` }],
  selectableFields: [{ jsonPath: `.spec.${size}` }],
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: {
            [size]: { type: "integer", minimum: 0, maximum: 100 },
            [`${name}only`]: { type: "string", default: name },
            note: { type: "string" },
            replicas: { type: "integer" },
            list: {
              type: "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["name"],
              items: { type: "object", required: ["name"], properties: { name: { type: "string" }, v: { type: "integer" } } },
            },
          },
        },
        status,
      },
    },
  },
  ...more,
});
const versions = [versionOf("v1", "size"), versionOf("v2", "width")];

const conversionBy = (does: Behaviour, more: object = {}, client: object = {}) => ({
  strategy: "Webhook",
  webhook: {
    clientConfig: { url: `{hook}${hookPath("convert", does)}`, caBundle: "{ca}", ...client },
    conversionReviewVersions: ["v1"],
    ...more,
  },
});
const definition = (conversion: object, all: readonly object[] = versions) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `gauges.${group}` },
  spec: { group, scope: "Namespaced", names: { plural: "gauges", kind: "Gauge", shortNames: ["gg"] }, conversion, versions: all },
});
const isEstablished = ({ body }: Answer) =>
  (body?.status?.conditions ?? []).some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True");
const quietly = { pick: () => "" };
const served = (version = "v1"): Request => get(gauges(version), { until: ({ status: code }) => code === 200, ...quietly });
const begin = (conversion: object, all?: readonly object[]): Step[] => [
  create(definitions, definition(conversion, all), quietly),
  get(definitionPath, { until: isEstablished, ...quietly }),
  served(),
];
const gauge = (version: string, name: string, spec: object, more: object = {}) => ({
  apiVersion: `${group}/${version}`,
  kind: "Gauge",
  metadata: { name },
  spec,
  ...more,
});
const made = (version: string, name: string, spec: object, more: object = {}): Request =>
  create(gauges(version), gauge(version, name, spec, more));
const respec = (version: string, name: string, spec: object) => (answers: readonly Answer[]) =>
  put(
    gauges(version, name),
    changed(answers, -1, (body) => void Object.assign(body, { spec })),
  );
const table = { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } };
const partial = { headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" } };

/** What webhooks do wrong when an object is read in version 2. */
const wrongAnswers: Readonly<Record<string, Behaviour>> = {
  "a failure with a message": { response: { result: { status: "Failure", message: "no such thing" } } },
  "a failure without one": { response: { result: { status: "Failure" } } },
  "a result without a status": { response: { result: {} } },
  "no result": { response: { result: null } },
  "another uid": { response: { uid: "other" } },
  "no uid": { response: { uid: "" } },
  "no objects": { response: { convertedObjects: [] } },
  "null objects": { response: { convertedObjects: null } },
  "an object without a kind": { response: { convertedObjects: [{ apiVersion: "a/v1" }] } },
  "a number for an object": { response: { convertedObjects: [5] } },
  "objects that are no list": { response: { convertedObjects: {} } },
  "a response that is a text": { response: "yes" as never },
  "two objects": { response: { convertedObjects: [{}, {}] } },
  "another version": { convert: { ...converts, merge: { apiVersion: "example.com/v9" } } },
  "another kind": { convert: { ...converts, merge: { kind: "Other" } } },
  "another name": { convert: { ...converts, merge: { metadata: { name: "other" } } } },
  "another namespace": { convert: { ...converts, merge: { metadata: { namespace: "other" } } } },
  "another object": { convert: { ...converts, merge: { metadata: { uid: "other" } } } },
  "no metadata": { convert: { ...converts, merge: { metadata: null } } },
  "metadata that is a list": { convert: { ...converts, merge: { metadata: [] } } },
  "labels that are a text": { convert: { ...converts, merge: { metadata: { labels: "a" } } } },
  "labels that are a list": { convert: { ...converts, merge: { metadata: { labels: ["a"] } } } },
  "a label that is a number": { convert: { ...converts, merge: { metadata: { labels: { a: 5 } } } } },
  "a label that is true": { convert: { ...converts, merge: { metadata: { labels: { a: true } } } } },
  "a label with a wrong name": { convert: { ...converts, merge: { metadata: { labels: { "a b": "c" } } } } },
  "a label with a wrong value": { convert: { ...converts, merge: { metadata: { labels: { a: "b c" } } } } },
  "an annotation with a wrong name": { convert: { ...converts, merge: { metadata: { annotations: { "a b": "c" } } } } },
  "an annotation that is a map": { convert: { ...converts, merge: { metadata: { annotations: { a: {} } } } } },
  "other metadata": {
    convert: {
      ...converts,
      merge: {
        metadata: {
          labels: { made: "here" },
          annotations: { by: "webhook" },
          finalizers: ["x.y/z"],
          generation: 9,
          creationTimestamp: null,
          ownerReferences: [{ name: "a" }],
        },
      },
    },
  },
  "unknown fields": { convert: { ...converts, merge: { spec: { other: 1 }, more: {} } } },
  "a value that the schema refuses": { convert: { ...converts, merge: { spec: { width: -5, note: 7 } } } },
  nulls: { convert: { ...converts, merge: { status: { phase: null } } } },
  "no response": { withoutResponse: true },
  "another kind of review": { kind: "AdmissionReview" },
  "an unknown kind of review": { kind: "Review" },
  "another version of review": { apiVersion: "apiextensions.k8s.io/v1beta1" },
  "another group of review": { apiVersion: "example.com/v1" },
  "no kind of review": { kind: "" },
  "no kind and version of review": { apiVersion: "", kind: "" },
  "a text": { raw: "hello" },
  nothing: { raw: "" },
  "a list": { raw: "[]" },
  "broken JSON": { raw: '{"kind":' },
  "an error of the server": { status: 500 },
  "an error in plain text": { status: 500, raw: "broken", contentType: "text/plain" },
  "not found": { status: 404, raw: "404 page not found", contentType: "text/plain" },
  "a status": {
    status: 403,
    raw: JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message: "not you", reason: "Forbidden", code: 403 }),
  },
  "a redirect": { status: 302, raw: "" },
};

const inVersion2 = (does: Behaviour): Behaviour => (does.convert ? { ...does, convert: { ...does.convert, mergeInto: "v2" } } : does);

const misbehaving = Object.entries(wrongAnswers).map(
  ([what, does]): Sequence => ({
    name: `a webhook answers with ${what}`,
    steps: [
      ...begin(conversionBy(inVersion2(does))),
      made("v1", "a", { size: 5 }, { metadata: { name: "a", labels: { old: "label" } } }),
      get(gauges("v2", "a")),
      get(gauges("v1", "a")),
    ],
  }),
);

const sequences: Sequence[] = [
  {
    name: "objects in two versions",
    steps: [
      ...begin(conversionBy({ convert: converts })),
      served("v2"),
      made("v1", "a", { size: 5, note: "x" }),
      get(gauges("v2", "a")),
      made("v2", "b", { width: 7 }),
      get(gauges("v1", "b")),
      get(gauges("v2", "b")),
      made("v2", "a", { width: 7 }),
      made("v2", "c", { width: 700 }),
      made("v2", "c", { size: 7 }),
      get(gauges("v1")),
      get(gauges("v2")),
      get(`${gauges("v2")}?limit=1`),
      get(`${gauges("v2")}?fieldSelector=spec.width%3D7`),
      get(`${gauges("v1")}?fieldSelector=spec.size%3D7`),
      get(`${gauges("v1")}?fieldSelector=spec.width%3D7`),
      get(gauges("v1"), table),
      get(gauges("v2"), table),
      get(gauges("v2", "a"), table),
      get(gauges("v2"), partial),
      get(`/apis/${group}/v2/gauges?fieldSelector=metadata.namespace%3D{ns}`),
    ],
  },
  {
    name: "writes in the other version",
    steps: [
      ...begin(conversionBy({ convert: converts })),
      made("v1", "a", { size: 5, note: "x" }),
      get(gauges("v2", "a")),
      respec("v2", "a", { width: 6, note: "x", v2only: "v2" }),
      get(gauges("v1", "a")),
      get(gauges("v2", "a")),
      respec("v2", "a", { width: 600 }),
      patch("merge", gauges("v2", "a"), { spec: { width: 8 } }),
      patch("merge", gauges("v2", "a"), { spec: { size: 9 } }),
      patch("json", gauges("v2", "a"), [{ op: "replace", path: "/spec/width", value: 9 }]),
      patch("json", gauges("v1", "a"), [{ op: "replace", path: "/spec/width", value: 9 }]),
      patch("merge", `${gauges("v2", "a")}/status`, { status: { phase: "A", replicas: 3 } }),
      get(`${gauges("v2", "a")}/scale`),
      patch("merge", `${gauges("v2", "a")}/scale`, { spec: { replicas: 4 } }),
      get(gauges("v1", "a")),
      made("v2", "dry", { width: 1 }, { metadata: { name: "dry" } }),
      patch("merge", `${gauges("v2", "dry")}?dryRun=All`, { spec: { width: 2 } }),
      create(`${gauges("v2")}?dryRun=All`, gauge("v2", "dryer", { width: 2 })),
      remove(gauges("v2", "dry")),
      patch("merge", gauges("v2", "a"), { metadata: { finalizers: ["x.y/z"] } }),
      remove(gauges("v2", "a")),
      patch("merge", gauges("v2", "a"), { metadata: { finalizers: null } }),
      get(gauges("v1", "a")),
    ],
  },
  {
    name: "applies in both versions",
    steps: [
      ...begin(conversionBy({ convert: converts })),
      patch("apply", `${gauges("v1", "a")}?fieldManager=one`, gauge("v1", "a", { size: 5, list: [{ name: "x", v: 1 }] })),
      patch("apply", `${gauges("v2", "a")}?fieldManager=two`, gauge("v2", "a", { width: 6 })),
      patch("apply", `${gauges("v2", "a")}?fieldManager=two&force=true`, gauge("v2", "a", { width: 6, list: [{ name: "y", v: 1 }] })),
      patch("apply", `${gauges("v1", "a")}?fieldManager=one`, gauge("v1", "a", { list: [{ name: "x", v: 2 }] })),
      patch("apply", `${gauges("v2", "a")}?fieldManager=one`, gauge("v2", "a", { list: [{ name: "x", v: 3 }] })),
      patch("merge", `${gauges("v2", "a")}?fieldManager=three`, { spec: { width: 9 } }),
      get(gauges("v1", "a")),
      patch("apply", `${gauges("v2", "b")}?fieldManager=two`, gauge("v2", "b", { width: 6 })),
      patch("apply", `${gauges("v1", "b")}?fieldManager=two`, gauge("v1", "b", { size: 6 })),
    ],
  },
  {
    name: "watches in both versions",
    steps: [
      ...begin(conversionBy({ convert: converts })),
      served("v2"),
      made("v1", "a", { size: 5 }),
      get(gauges("v2", "a")),
      {
        watch: `${gauges("v2")}?watch=true&resourceVersion=0`,
        until: 4,
        during: [made("v2", "b", { width: 7 }), patch("merge", gauges("v1", "a"), { spec: { size: 6 } }), { ...remove(gauges("v1", "b")) }],
      },
      {
        watch: `${gauges("v1")}?watch=true`,
        until: 3,
        during: [made("v2", "c", { width: 8 }), patch("merge", gauges("v2", "c"), { spec: { width: 9 } })],
      },
    ],
  },
  {
    name: "the stored version moves",
    steps: [
      ...begin(conversionBy({ convert: converts })),
      made("v1", "a", { size: 5 }),
      patch(
        "json",
        definitionPath,
        [
          { op: "replace", path: "/spec/versions/0/storage", value: false },
          { op: "replace", path: "/spec/versions/1/storage", value: true },
        ],
        quietly,
      ),
      get(definitionPath, {
        until: ({ body }) => (body?.status?.storedVersions ?? []).length === 2,
        pick: (body) => (body as { status: { storedVersions: unknown } }).status.storedVersions,
      }),
      get(gauges("v2", "a"), { until: ({ status: code }) => code === 200 }),
      get(gauges("v1", "a")),
      respec("v1", "a", { size: 5, v1only: "v1" }),
      respec("v1", "a", { size: 5, v1only: "v1" }),
      made("v1", "b", { size: 6 }),
      get(gauges("v2")),
      patch("merge", `${definitionPath}/status`, { status: { storedVersions: ["v1"] } }, quietly),
      patch(
        "merge",
        `${definitionPath}/status`,
        { status: { storedVersions: ["v2"] } },
        {
          pick: (body) => (body as { status: { storedVersions: unknown } }).status?.storedVersions ?? body,
        },
      ),
      patch("json", definitionPath, [{ op: "remove", path: "/spec/versions/0" }], {
        pick: (body) => (body as { status?: { storedVersions: unknown } }).status?.storedVersions ?? body,
      }),
      get(gauges("v2"), { until: ({ status: code }) => code === 200 }),
    ],
  },
  {
    name: "three versions, reviews of the first kind",
    steps: [
      ...begin(conversionBy({ convert: converts }, { conversionReviewVersions: ["v9", "v1beta1", "v1"] }), [
        ...versions,
        versionOf("v3", "width"),
      ]),
      made("v2", "a", { width: 5 }),
      get(gauges("v3", "a")),
      get(gauges("v1", "a")),
      patch("apply", `${gauges("v3", "a")}?fieldManager=x`, gauge("v3", "a", { width: 6 })),
      get(gauges("v2", "a")),
    ],
  },
  {
    name: "what a webhook of the first kind may answer",
    steps: [
      ...begin(conversionBy({ apiVersion: "", kind: "", response: { uid: "x" } }, { conversionReviewVersions: ["v1beta1"] })),
      made("v1", "a", { size: 5 }),
      get(gauges("v2", "a")),
    ],
  },
  {
    name: "no version of the review is known",
    steps: [create(definitions, definition(conversionBy({}, { conversionReviewVersions: ["v9"] })))],
  },
  {
    name: "nobody answers",
    steps: [
      ...begin(conversionBy({}, {}, { url: "https://127.0.0.1:1/convert" })),
      made("v1", "a", { size: 5 }),
      get(gauges("v2", "a")),
      get(gauges("v2")),
      made("v2", "b", { width: 5 }),
      patch("merge", gauges("v2", "a"), { spec: { width: 6 } }),
      patch("apply", `${gauges("v2", "a")}?fieldManager=x`, gauge("v2", "a", { width: 6 })),
      remove(gauges("v2", "a")),
      get(`${gauges("v2", "a")}/scale`),
      get(gauges("v1", "a")),
      remove(gauges("v1", "a")),
    ],
  },
  {
    name: "an authority that nobody knows",
    steps: [...begin(conversionBy({ convert: converts }, {}, { caBundle: null })), made("v1", "a", { size: 5 }), get(gauges("v2", "a"))],
  },
  {
    name: "a service that isn't there",
    steps: [
      ...begin(conversionBy({}, {}, { url: null, caBundle: null, service: { namespace: "{ns}", name: "none", path: "convert" } })),
      made("v1", "a", { size: 5 }),
      get(gauges("v2", "a")),
    ],
  },
  {
    name: "the webhook is mended",
    steps: [
      ...begin(conversionBy({ status: 500 })),
      made("v1", "a", { size: 5 }),
      get(gauges("v2", "a")),
      patch("merge", definitionPath, { spec: { conversion: conversionBy({ convert: converts }) } }, quietly),
      get(gauges("v2", "a"), { until: ({ status: code }) => code === 200 }),
      patch("merge", definitionPath, { spec: { conversion: { strategy: "None", webhook: null } } }, quietly),
      get(gauges("v2", "a"), { until: ({ body }) => body?.spec?.width === undefined && body?.kind === "Gauge" }),
    ],
  },
  ...misbehaving,
];

export default sequences;
