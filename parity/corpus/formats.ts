import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const services = "/api/v1/namespaces/{ns}/services";
const pods = "/api/v1/namespaces/{ns}/pods";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";

const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: "value" } });
const container = { name: "main", image: "nginx:1" };
const pod = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [container], ...spec },
});
const deployment = (name: string, spec: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers: [container] } },
    ...spec,
  },
});

const accepts: Readonly<Record<string, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
  any: "*/*",
  "application/*": "application/*",
  "protobuf then json": "application/vnd.kubernetes.protobuf,application/json",
  "json by quality": "application/yaml;q=0.5,application/json;q=0.9",
  "yaml by quality": "application/json;q=0.1,application/yaml;q=0.9",
  "yaml twice": "text/html,application/yaml",
  xml: "text/xml",
  cbor: "application/cbor",
  "cbor or json": "application/cbor,application/json",
  "pretty json": "application/json;pretty=1",
  "json of a version": "application/json;g=core;v=v1",
  "text/html": "text/html,application/xhtml+xml,*/*;q=0.8",
  table: "application/json;as=Table;v=v1;g=meta.k8s.io",
  "table v1beta1": "application/json;as=Table;v=v1beta1;g=meta.k8s.io",
  "table or json": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  "kubectl's": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
  "table of no group": "application/json;as=Table;v=v1",
  "table v2": "application/json;as=Table;v=v2;g=meta.k8s.io",
  "table in yaml": "application/yaml;as=Table;v=v1;g=meta.k8s.io",
  "table in protobuf": "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io",
  partial: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "partial v1beta1": "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io",
  "partial list": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "partial list v1beta1": "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io",
  "partial in protobuf": "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "partial list in protobuf": "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "partial in yaml": "application/yaml;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  "unknown form": "application/json;as=Chair;v=v1;g=meta.k8s.io",
};

const answers: Sequence[] = Object.entries(accepts).map(([name, accept]) => {
  const headers = { accept };
  return {
    name: `answers: ${name}`,
    steps: [
      create(configMaps, configMap("a"), { headers }),
      get(`${configMaps}/a`, { headers }),
      get(configMaps, { headers }),
      get(`${configMaps}/missing`, { headers }),
      put(`${configMaps}/a`, { ...configMap("a"), data: { key: "other" } }, { headers }),
      patch("merge", `${configMaps}/a`, { data: { more: "x" } }, { headers }),
      remove(`${configMaps}/a`, undefined, { headers }),
      get(configMaps, { headers }),
    ],
  };
});

/** A body with a content type. */
const typed = (contentType: string, raw: string, path = configMaps): Request => ({
  method: "POST",
  path,
  raw,
  headers: { "content-type": contentType },
});

const json = (name: string) => JSON.stringify(configMap(name));
const yaml = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: value\n`;

const bodies: Sequence[] = [
  {
    name: "bodies: content types",
    steps: [
      typed("application/json", json("a")),
      typed("application/json; charset=utf-8", json("b")),
      typed("", json("c")),
      typed("application/yaml", yaml("d")),
      typed("application/yaml", json("e")),
      typed("application/json", yaml("f")),
      typed("text/plain", json("g")),
      typed("application/cbor", json("h")),
      typed("application/merge-patch+json", json("i")),
      typed("application/x-www-form-urlencoded", json("j")),
      typed("application/vnd.kubernetes.protobuf", json("k")),
      typed("nonsense", json("l")),
      typed("APPLICATION/JSON", json("m")),
      typed("*/*", json("n")),
      typed("application/*", json("o")),
      typed("application/json;charset", json("p")),
    ],
  },
  {
    name: "bodies: not an object",
    steps: [
      ...[
        "",
        " ",
        "null",
        "1",
        '"text"',
        "[]",
        "[1]",
        "true",
        "{",
        "}",
        '{"metadata":',
        "{]",
        '{"a":1,}',
        "{'a':1}",
        "\u0000",
        "{} {}",
        "{}x",
        "//",
      ].map((raw) => typed("application/json", raw)),
      ...[
        "",
        "a",
        "- a",
        "a: b: c",
        "a: [",
        "\t- b",
        "a: 1\na: 2",
        "metadata: text",
        "metadata: []",
        "%",
        "a: &x 1\nb: *y",
        "--- \n---\n",
      ].map((raw) => typed("application/yaml", raw)),
      ...["", "k8s", "k8s\u0000", "k8s\u0000abc"].map((raw) => typed("application/vnd.kubernetes.protobuf", raw)),
    ],
  },
  {
    name: "bodies: kinds that don't fit",
    steps: [
      create(configMaps, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
      create(configMaps, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } }),
      create(configMaps, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } }),
      create(configMaps, { apiVersion: "apps/v1", kind: "ConfigMap", metadata: { name: "a" } }),
      create(configMaps, { apiVersion: "v1", metadata: { name: "b" } }),
      create(configMaps, { kind: "ConfigMap", metadata: { name: "c" } }),
      create(configMaps, { kind: "Pod", metadata: { name: "c" } }),
      create(configMaps, { apiVersion: "apps/v1", metadata: { name: "c" } }),
      create(configMaps, { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "c" } }),
      create(configMaps, { apiVersion: "a/b/c", kind: "ConfigMap", metadata: { name: "c" } }),
      create(configMaps, { apiVersion: "", kind: "", metadata: { name: "d" } }),
      create(configMaps, { apiVersion: 1, kind: "ConfigMap", metadata: { name: "d" } }),
      create(configMaps, { apiVersion: "v1", kind: ["ConfigMap"], metadata: { name: "d" } }),
      create(configMaps, { apiVersion: "v1", kind: null, metadata: { name: "e" } }),
      create(configMaps, { apiVersion: "v1", kind: "configmap", metadata: { name: "f" } }),
      create(configMaps, { apiVersion: "v1", kind: "ConfigMapList", items: [] }),
      create(configMaps, { apiVersion: "v1", kind: "Status" }),
      create(configMaps, { apiVersion: "v1", kind: "DeleteOptions" }),
      create("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
        apiVersion: "autoscaling/v1",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "a" },
      }),
      create(deployments, { apiVersion: "apps/v1beta1", kind: "Deployment", metadata: { name: "a" } }),
      create(deployments, { apiVersion: "extensions/v1beta1", kind: "Deployment", metadata: { name: "a" } }),
    ],
  },
  {
    name: "bodies: protobuf",
    steps: [
      { method: "POST", path: configMaps, protobuf: configMap("a") },
      { method: "POST", path: pods, protobuf: pod("a") },
      { method: "POST", path: deployments, protobuf: deployment("a") },
      { method: "POST", path: pods, protobuf: configMap("b") },
      { method: "POST", path: configMaps, protobuf: { apiVersion: "apps/v1", kind: "Deployment" } },
      { method: "PUT", path: `${configMaps}/a`, protobuf: { ...configMap("a"), ...{ data: { a: "b" } } } },
      { method: "POST", path: pods, protobuf: pod("c"), headers: { accept: "application/vnd.kubernetes.protobuf" } },
      get(`${pods}/c`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
      get(deployments, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
    ],
  },
  {
    name: "bodies: too large",
    steps: [
      { ...create(configMaps, undefined), raw: JSON.stringify({ ...configMap("a"), data: { a: "x".repeat(3 * 1024 * 1024) } }) },
      { ...create(configMaps, undefined), raw: JSON.stringify({ ...configMap("b"), data: { a: "x".repeat(1024 * 1024 + 1) } }) },
      {
        ...create(configMaps, undefined),
        raw: JSON.stringify({ ...configMap("c"), data: { a: "x".repeat(1024 * 1024 - 10) } }),
        pick: () => "",
      },
      {
        ...create("/api/v1/namespaces/{ns}/secrets", undefined),
        raw: JSON.stringify({ metadata: { name: "s" }, data: { a: "eHh4".repeat(400_000) } }),
      },
      {
        ...create(pods, undefined),
        raw: JSON.stringify({ ...pod("d"), metadata: { name: "d", annotations: { a: "x".repeat(256 * 1024) } } }),
      },
    ],
  },
];

const strictness = ["Strict", "Warn", "Ignore", "", "strict", "Other"];
const unknownFields: Readonly<Record<string, { path: string; raw: string }>> = {
  "unknown fields": { path: configMaps, raw: '{"metadata":{"name":"NAME","foo":1},"data":{"a":"b"},"bar":{"x":[1]}}' },
  "duplicate fields": { path: configMaps, raw: '{"metadata":{"name":"x","name":"NAME"},"data":{"a":"1","a":"2"},"data":{"c":"3"}}' },
  "unknown and duplicate": { path: configMaps, raw: '{"metadata":{"name":"NAME"},"zz":1,"data":{"a":"1","a":"2"},"aa":2}' },
  "case of fields": { path: configMaps, raw: '{"Metadata":{"name":"x"},"metadata":{"Name":"x","name":"NAME"},"Data":{"a":"b"}}' },
  "deep in a pod": {
    path: pods,
    raw: '{"metadata":{"name":"NAME"},"spec":{"containers":[{"name":"a","image":"b","foo":1,"env":[{"name":"A","valeu":"x"}]}],"nodeSelectors":{}},"status":{"x":1}}',
  },
  "many unknown": {
    path: configMaps,
    raw: `{"metadata":{"name":"NAME"},${Array.from({ length: 12 }, (_, index) => `"u${index}":1`).join(",")}}`,
  },
  "unknown in yaml": { path: configMaps, raw: "metadata:\n  name: NAME\n  foo: 1\ndata: {a: b}\nbar: 2\n" },
  "duplicate in yaml": { path: configMaps, raw: "metadata:\n  name: NAME\ndata:\n  a: b\n  a: c\n" },
};

const validation: Sequence[] = Object.entries(unknownFields).map(([name, { path, raw }]) => ({
  name: `field validation: ${name}`,
  steps: strictness.map((strictness, index) => ({
    method: "POST",
    path: `${path}${strictness === "" ? "" : `?fieldValidation=${strictness}`}`,
    raw: raw.replaceAll("NAME", `n${index}`),
    headers: { "content-type": raw.startsWith("{") ? "application/json" : "application/yaml" },
  })),
}));

const updates: Sequence[] = ["Strict", "Warn", "Ignore"].map((strictness) => ({
  name: `field validation: updates, ${strictness}`,
  steps: [
    create(configMaps, configMap("a")),
    {
      method: "PUT",
      path: `${configMaps}/a?fieldValidation=${strictness}`,
      raw: '{"metadata":{"name":"a"},"dta":{},"data":{"x":"1","x":"2"}}',
    },
    patch("merge", `${configMaps}/a?fieldValidation=${strictness}`, { dta: {} }),
    patch("strategic", `${configMaps}/a?fieldValidation=${strictness}`, { dta: {}, metadata: { lables: {} } }),
    patch("json", `${configMaps}/a?fieldValidation=${strictness}`, [{ op: "add", path: "/dta", value: {} }]),
    { ...patch("merge", `${configMaps}/a?fieldValidation=${strictness}`, undefined), raw: '{"data":{"x":"1","x":"2"}}' },
    {
      ...patch("json", `${configMaps}/a?fieldValidation=${strictness}`, undefined),
      raw: '[{"op":"add","op":"remove","path":"/data/x","foo":1}]',
    },
    { ...patch("strategic", `${configMaps}/a?fieldValidation=${strictness}`, undefined), raw: '{"data":{"y":"1","y":"2"}}' },
  ],
}));

/** One field's raw JSON in a pod, a deployment or a config map. */
const rawFields: Readonly<Record<string, { path: string; raw: (value: string, index: number) => string; values: string[] }>> = {
  "string field": {
    path: configMaps,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"data":{"a":${value}}}`,
    values: ['"x"', "1", "1.5", "true", "null", "[]", "{}", '""', '"\\u0041"', '"\\ud83d\\ude00"', '"\\ud83d"', '"é"', '"a\\/b"'],
  },
  "string map": {
    path: configMaps,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"data":${value}}`,
    values: ["null", "{}", "[]", '"x"', "1", '{"":"x"}', '{"a b":"x"}', '{"a":"b","A":"c"}'],
  },
  "boolean field": {
    path: configMaps,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"immutable":${value}}`,
    values: ["true", "false", "null", '"true"', "1", "0", "{}", "[]"],
  },
  "integer field": {
    path: deployments,
    raw: (value, index) => JSON.stringify(deployment(`n${index}`, { replicas: "VALUE" })).replace('"VALUE"', value),
    values: [
      "1",
      "0",
      "-1",
      "1.0",
      "1.5",
      "1e1",
      "1e0",
      "1E+1",
      "10e-1",
      '"1"',
      "null",
      "true",
      "2147483647",
      "2147483648",
      "-2147483649",
      "9223372036854775808",
      "1e30",
      "[]",
      "-0",
      "0.0",
    ],
  },
  "64-bit integer field": {
    path: pods,
    raw: (value, index) => JSON.stringify(pod(`n${index}`, { terminationGracePeriodSeconds: "VALUE" })).replace('"VALUE"', value),
    values: [
      "1",
      "9007199254740993",
      "9223372036854775807",
      "9223372036854775808",
      "-9223372036854775808",
      "1e3",
      "1.0",
      "1.5",
      '"9007199254740993"',
      "null",
      "1e19",
    ],
  },
  "integer or string": {
    path: services,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"spec":{"ports":[{"port":80,"targetPort":${value}}]}}`,
    values: ["80", '"80"', '"http"', "80.0", "80.5", "null", "true", "{}", '""', "0", "-1", "70000", "2147483648", '"a_b"', '"-"', "8e1"],
  },
  quantity: {
    path: pods,
    raw: (value, index) =>
      JSON.stringify(pod(`n${index}`, { containers: [{ ...container, resources: { requests: { memory: "VALUE" } } }] })).replace(
        '"VALUE"',
        value,
      ),
    values: [
      ...[
        '"1"',
        "1",
        "1.5",
        '"1.5"',
        '"100m"',
        '"0.1"',
        '"1Ki"',
        '"1024"',
        '"1.5Gi"',
        '"1e3"',
        '"1E3"',
        '"1e-3"',
        '"1k"',
        '"1K"',
        '"1024Mi"',
        '"0"',
      ],
      ...[
        '"-1"',
        '"+1"',
        '""',
        '" 1"',
        '"1 "',
        '"1i"',
        '"Ki"',
        '"1KiB"',
        '"."',
        '"1."',
        '".5"',
        '"1n"',
        '"1u"',
        '"0.0001"',
        '"1E"',
        '"1Ei"',
        '"9223372036854775807"',
      ],
      ...[
        '"9223372036854775808"',
        '"1e100"',
        '"123456789012345678901234567890"',
        "null",
        "true",
        "[]",
        "{}",
        "1e3",
        "9007199254740993",
        '"1Pi"',
        '"0.5Ki"',
        '"00012"',
        '"1_000"',
        '"1,5"',
      ],
    ],
  },
  "cpu quantity": {
    path: pods,
    raw: (value, index) =>
      JSON.stringify(pod(`n${index}`, { containers: [{ ...container, resources: { limits: { cpu: "VALUE" } } }] })).replace(
        '"VALUE"',
        value,
      ),
    values: [
      "1",
      "0.5",
      "0.1",
      "0.001",
      "0.0001",
      '"1000m"',
      '"1500m"',
      '"100u"',
      '"2.5"',
      '"1k"',
      '"1Mi"',
      '"1e3"',
      '"1e-1"',
      "1e-1",
      '"0m"',
    ],
  },
  time: {
    path: "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"spec":{"renewTime":${value}}}`,
    values: [
      ...[
        '"2024-01-01T00:00:00Z"',
        '"2024-01-01T00:00:00.123456Z"',
        '"2024-01-01T00:00:00.123456789Z"',
        '"2024-01-01T00:00:00.5Z"',
        '"2024-01-01T01:00:00+01:00"',
      ],
      ...[
        '"2024-01-01"',
        '"now"',
        '""',
        "null",
        "1",
        "{}",
        '"2024-01-01 00:00:00Z"',
        '"2024-02-30T00:00:00Z"',
        '"2024-01-01T00:00:00"',
        '"0001-01-01T00:00:00Z"',
        '"2024-01-01t00:00:00z"',
        '"2024-1-1T0:0:0Z"',
        '"10000-01-01T00:00:00Z"',
      ],
    ],
  },
  "whole seconds": {
    path: "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets",
    raw: (value, index) => `{"metadata":{"name":"n${index}","creationTimestamp":${value}}}`,
    values: ['"2024-01-01T00:00:00Z"', '"2024-01-01T00:00:00.5Z"', '"2024-01-01T01:00:00+01:00"', "null", '""', '"x"', "1", "{}", "[]"],
  },
  bytes: {
    path: "/api/v1/namespaces/{ns}/secrets",
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"data":{"a":${value}}}`,
    values: ['"eA=="', '"eA"', '""', "null", '"!"', '"e A=="', '"eA==\\n"', '"eHh4"', "1", "[]", '"_-8="', "[120]", '"\\u0065A=="'],
  },
  "list field": {
    path: pods,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"spec":{"containers":[{"name":"a","image":"b","command":${value}}]}}`,
    values: ["null", "[]", '["a"]', '[""]', "[1]", "[null]", '"a"', "{}", '["a",["b"]]'],
  },
  "list of objects": {
    path: pods,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"spec":{"containers":${value}}}`,
    values: ["null", "[]", "[null]", "[{}]", "{}", '"x"', '[{"name":"a","image":"b"},null]', "[1]", '[["a"]]'],
  },
  "object field": {
    path: pods,
    raw: (value, index) => `{"metadata":{"name":"n${index}"},"spec":{"containers":[{"name":"a","image":"b"}],"securityContext":${value}}}`,
    values: [
      "null",
      "{}",
      "[]",
      '"x"',
      "1",
      '{"runAsUser":null}',
      '{"runAsUser":"x"}',
      '{"runAsUser":1.5}',
      '{"supplementalGroups":[1,2.0,3e0]}',
    ],
  },
  metadata: {
    path: configMaps,
    raw: (value) => `{"metadata":${value}}`,
    values: [
      "null",
      "{}",
      "[]",
      '"x"',
      '{"name":1}',
      '{"name":null}',
      '{"name":"ok","labels":null}',
      '{"name":"ok2","labels":{"a":null}}',
      '{"name":"ok3","labels":{"a":1}}',
      '{"name":"ok4","annotations":[]}',
      '{"name":"ok5","finalizers":"x"}',
      '{"name":"ok6","ownerReferences":[{}]}',
      '{"name":"ok7","generation":5,"uid":"u","resourceVersion":"","selfLink":"x"}',
    ],
  },
};

const values: Sequence[] = Object.entries(rawFields).map(([name, { path, raw, values }]) => ({
  name: `values: ${name}`,
  steps: values.map((value, index) => ({ method: "POST", path, raw: raw(value, index) })),
}));

const yamlValues: Sequence = {
  name: "values: yaml scalars",
  steps: [
    ...[
      "yes",
      "no",
      "on",
      "Off",
      "y",
      "~",
      "null",
      "0x10",
      "010",
      "0o10",
      "1_000",
      "1e3",
      ".5",
      "1:30",
      "2024-01-01",
      "2024-01-01T00:00:00Z",
      "'1'",
      '"1"',
      "text",
      "|\n    a\n    b",
      ">\n    a\n    b",
      "",
      "!!str 1",
      "1.0",
      ".inf",
      "-.inf",
      ".nan",
      "true",
      "TRUE",
    ].map((value, index) => typed("application/yaml", `metadata:\n  name: n${index}\ndata:\n  a: ${value}\n`)),
    typed("application/yaml", "metadata: &m\n  name: anchor\ndata:\n  a: &x text\n  b: *x\n"),
    typed("application/yaml", "metadata:\n  name: merge\ndata:\n  <<: {a: b}\n  c: d\n"),
    typed("application/yaml", "metadata:\n  name: keys\ndata:\n  1: a\n  true: b\n"),
    typed("application/yaml", "# comment\n---\nmetadata:\n  name: document\n"),
    typed("application/yaml", "metadata:\n  name: first\n---\nmetadata:\n  name: second\n"),
  ],
};

const kinds: Sequence[] = [
  ["namespaces/default", "/api/v1/namespaces/default"],
  ["cluster role", "/apis/rbac.authorization.k8s.io/v1/clusterroles/view"],
  ["priority class", "/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical"],
].map(([name, path]) => ({
  name: `forms of ${name}`,
  steps: ["json", "yaml", "protobuf", "table", "partial", "partial in protobuf", "table in yaml"].map((form) =>
    get(path as string, { headers: { accept: accepts[form] as string } }),
  ),
}));

const others: Sequence[] = [
  {
    name: "table options",
    steps: [
      create(pods, pod("a")),
      ...["Object", "None", "Metadata", "", "object", "Other"].map((include) =>
        get(`${pods}?includeObject=${include}`, { headers: { accept: accepts.table as string } }),
      ),
      get(`${pods}/a?includeObject=None`, { headers: { accept: accepts.table as string } }),
      get(`${pods}?limit=1`, { headers: { accept: accepts.table as string } }),
    ],
  },
  {
    name: "gzip",
    steps: [
      create(configMaps, { metadata: { name: "small" } }),
      {
        ...create(configMaps, undefined),
        raw: JSON.stringify({ metadata: { name: "big" }, data: { a: "abc".repeat(60_000) } }),
        pick: () => "",
      },
      ...["gzip", "gzip;q=0", "deflate", "*", "identity, gzip;q=0.5", "br, gzip"].flatMap((encoding) => [
        get(`${configMaps}/small`, { headers: { "accept-encoding": encoding } }),
        get(`${configMaps}/big`, { headers: { "accept-encoding": encoding }, pick: () => "" }),
        get(configMaps, { headers: { "accept-encoding": encoding }, pick: () => "" }),
      ]),
    ],
  },
  {
    name: "pretty",
    steps: ["true", "false", "1", "0", ""].map((pretty) => get(`/api/v1/namespaces/default?pretty=${pretty}`)),
  },
];

export default [...answers, ...bodies, ...validation, ...updates, ...values, yamlValues, ...kinds, ...others];
