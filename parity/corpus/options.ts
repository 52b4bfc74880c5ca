import { create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";

const configMap = (name: string, labels?: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...(labels ? { labels } : {}) },
  data: { key: "value" },
});
const q = encodeURIComponent;

const options = [
  ...["dryRun=All", "dryRun=all", "dryRun=", "dryRun=All&dryRun=All", "dryRun=All&dryRun=x"],
  `dryRun=x&fieldManager=${"a".repeat(129)}&fieldValidation=zz`,
  ...[`fieldManager=${"a".repeat(128)}`, `fieldManager=${q("é\u0001b\n")}`, `fieldManager=${q("é".repeat(65))}`],
  ...["fieldManager=", "fieldManager=a&fieldManager=b", "fieldValidation=Strict&fieldValidation=Ignore", "fieldValidation="],
  ...["force=true", "force=false", "force=x", "force=", "force=1&fieldManager=x"],
  ...["gracePeriodSeconds=x", "gracePeriodSeconds=-1", "gracePeriodSeconds=1.5", "orphanDependents=true", "orphanDependents=x"],
  ...["propagationPolicy=x", "propagationPolicy=Orphan", "orphanDependents=true&propagationPolicy=Orphan", "unknown=1"],
  ...["ignoreStoreReadErrorWithClusterBreakingPotential=true", "ignoreStoreReadErrorWithClusterBreakingPotential=x"],
  ...["dryRun=All&gracePeriodSeconds=0", "preconditions.uid=x"],
];

const writes: Readonly<Record<string, (name: string, query: string) => Step[]>> = {
  create: (name, query) => [create(`${configMaps}?${query}`, configMap(name))],
  update: (name, query) => [
    create(configMaps, configMap(name)),
    put(`${configMaps}/${name}?${query}`, { ...configMap(name), data: { a: "1" } }),
  ],
  patch: (name, query) => [create(configMaps, configMap(name)), patch("merge", `${configMaps}/${name}?${query}`, { data: { a: "2" } })],
  apply: (name, query) => {
    const manager = query.includes("fieldManager") ? "" : "&fieldManager=m";
    return [patch("apply", `${configMaps}/${name}?${query}${manager}`, configMap(name))];
  },
  delete: (name, query) => [create(configMaps, configMap(name)), remove(`${configMaps}/${name}?${query}`)],
  "delete of a collection": (name, query) => [create(configMaps, configMap(name)), remove(`${configMaps}?${query}`)],
};

const bodies = [
  ...['{"kind":"DeleteOptions","apiVersion":"v1"}', '{"kind":"DeleteOptions","apiVersion":"apps/v1"}'],
  ...[
    '{"kind":"DeleteOptions","apiVersion":"nothing/v1"}',
    '{"kind":"DeleteOptions","apiVersion":"a/b/c"}',
    '{"kind":"Pod","apiVersion":"v1"}',
  ],
  ...[
    '{"kind":"Pod","apiVersion":"nothing/v1"}',
    '{"kind":"ConfigMap"}',
    '{"apiVersion":"v1"}',
    "{}",
    "null",
    "[]",
    '"x"',
    "1",
    "{",
    "",
    " ",
  ],
  ...['{"gracePeriodSeconds":-1}', '{"gracePeriodSeconds":"1"}', '{"gracePeriodSeconds":1.5}', '{"gracePeriodSeconds":null}'],
  ...['{"gracePeriodSeconds":9223372036854775808}', '{"gracePeriodSeconds":0,"orphanDependents":true}'],
  ...['{"orphanDependents":true,"propagationPolicy":"Orphan"}', '{"orphanDependents":"x"}', '{"propagationPolicy":"x"}'],
  ...['{"propagationPolicy":""}', '{"propagationPolicy":1}', '{"preconditions":{"uid":"x"}}', '{"preconditions":{"resourceVersion":"1"}}'],
  ...['{"preconditions":{"uid":""}}', '{"preconditions":{"resourceVersion":""}}', '{"preconditions":{}}', '{"preconditions":{"uid":null}}'],
  ...[
    '{"preconditions":{"uid":1}}',
    '{"preconditions":"x"}',
    '{"dryRun":["All"]}',
    '{"dryRun":["x"]}',
    '{"dryRun":"All"}',
    '{"dryRun":[]}',
  ],
  ...['{"dryRun":["All","All"]}', '{"foo":1}', '{"gracePeriodSeconds":1,"gracePeriodSeconds":2}', '{"GracePeriodSeconds":1}'],
  ...['{"gracePeriodSeconds":0,"propagationPolicy":"x","dryRun":["y"]}', '{"metadata":{}}'],
  '{"ignoreStoreReadErrorWithClusterBreakingPotential":true}',
  '{"ignoreStoreReadErrorWithClusterBreakingPotential":true,"gracePeriodSeconds":0}',
];

const removeWith = (path: string, raw: string, type = "application/json"): Request => ({
  method: "DELETE",
  path,
  raw,
  headers: { "content-type": type },
});
const removeByProtobuf = (name: string, body: object): Request => ({
  method: "DELETE",
  path: `${configMaps}/${name}`,
  protobuf: { apiVersion: "v1", kind: "DeleteOptions", ...body },
});

const sequences: Sequence[] = [
  ...Object.entries(writes).map(([verb, stepsOf]) => ({
    name: `options of a ${verb}`,
    steps: options.flatMap((query, index) => stepsOf(`x${index}`, query)),
  })),
  {
    name: "bodies of deletes",
    steps: bodies.flatMap((raw, index) => [create(configMaps, configMap(`d${index}`)), removeWith(`${configMaps}/d${index}`, raw)]),
  },
  {
    name: "bodies of deletes of a collection",
    steps: bodies.flatMap((raw, index) => [create(configMaps, configMap(`d${index}`)), removeWith(configMaps, raw), remove(configMaps)]),
  },
  {
    name: "bodies of deletes in YAML",
    steps: [
      "kind: DeleteOptions\napiVersion: v1\n",
      "gracePeriodSeconds: 0",
      "foo: 1",
      "- 1",
      "a: 1\na: 2",
      "preconditions: {uid: x}",
    ].flatMap((raw, index) => [create(configMaps, configMap(`d${index}`)), removeWith(`${configMaps}/d${index}`, raw, "application/yaml")]),
  },
  {
    name: "bodies of deletes of other types",
    steps: ["text/plain", "application/cbor", "nonsense", "application/json-patch+json", "*/*", "application/json; charset=x"].flatMap(
      (type, index) => [create(configMaps, configMap(`d${index}`)), removeWith(`${configMaps}/d${index}`, "{}", type)],
    ),
  },
  {
    name: "bodies of deletes in protobuf",
    steps: [
      create(configMaps, configMap("a")),
      removeByProtobuf("a", { preconditions: { uid: "x" } }),
      removeByProtobuf("a", { apiVersion: "apps/v1", dryRun: ["All"] }),
      { method: "DELETE", path: `${configMaps}/a`, protobuf: configMap("a") },
      removeWith(`${configMaps}/a`, "k8s\u0000", "application/vnd.kubernetes.protobuf"),
      removeWith(`${configMaps}/a`, "abc", "application/vnd.kubernetes.protobuf"),
      removeByProtobuf("a", { gracePeriodSeconds: 0 }),
    ],
  },
  {
    name: "deletes of what isn't there",
    steps: [
      remove(`${configMaps}/no`),
      remove(`${configMaps}/no`, { preconditions: { uid: "x" } }),
      remove(`${configMaps}/no`, { propagationPolicy: "x" }),
      remove(`${configMaps}/no?dryRun=x`),
      remove("/api/v1/namespaces/missing-{u}/configmaps/no"),
      remove("/api/v1/namespaces/missing-{u}/configmaps"),
    ],
  },
  {
    name: "what of a collection is deleted",
    steps: [
      create(configMaps, configMap("a", { a: "b" })),
      create(configMaps, configMap("b")),
      remove(`${configMaps}?labelSelector=${q("a=b")}&dryRun=All`),
      remove(`${configMaps}?labelSelector=${q("a in (")}`),
      remove(`${configMaps}?fieldSelector=${q("x=y")}`),
      remove(`${configMaps}?fieldSelector=${q("metadata.name=a")}&limit=1`),
      remove(`${configMaps}?limit=1`),
      get(configMaps),
      create(configMaps, configMap("c")),
      ...["resourceVersion=x", "continue=x", "resourceVersionMatch=Exact", "sendInitialEvents=true", "timeoutSeconds=x"].map((query) =>
        remove(`${configMaps}?${query}`),
      ),
      get(configMaps),
      remove(configMaps, undefined, { headers: { accept: "application/yaml" } }),
      remove(configMaps, undefined, { headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" } }),
      remove(configMaps, undefined, { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } }),
    ],
  },
  {
    name: "pages of one object",
    steps: [
      create(configMaps, configMap("a")),
      create(configMaps, configMap("b")),
      get(`${configMaps}?fieldSelector=${q("metadata.name=a")}&limit=1`),
      get(`${configMaps}?fieldSelector=${q("metadata.name==b")}&limit=1&labelSelector=a`),
      get(`${configMaps}?fieldSelector=${q("metadata.name!=a")}&limit=1`),
      get(`${configMaps}?fieldSelector=${q("metadata.name=a,metadata.name=b")}&limit=1`),
      get(`${configMaps}?fieldSelector=${q("metadata.name=c")}&limit=1`),
    ],
  },
];

export default sequences;
