import { create, get, type Request, remove, type Sequence, type Step, type Watch } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const pods = "/api/v1/namespaces/{ns}/pods";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";

const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: "value" } });
const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: "nginx:1" }] },
});
const table = (version = "v1") => ({ headers: { accept: `application/json;as=Table;v=${version};g=meta.k8s.io` } });

const accepts = [
  ...["application/json;as=Table", "application/json;as=Table;g=meta.k8s.io", "application/json;g=meta.k8s.io;v=v1;as=Table"],
  ...["Application/JSON", "application/json;AS=Table;V=v1;G=meta.k8s.io", "application/json; charset=koi8-r", "application/json;q=0"],
  ...["application/json;q=x", "application/json;q=2,application/yaml;q=1", "application/yaml;q=0.5,application/json;q=0.5"],
  ...["*/*;q=0.1,application/yaml;q=0.2", " ", ",", ",,application/yaml", "*", "application", "/", "*/json", "text/*"],
  ...["application/json;as=Table;v=v2;g=meta.k8s.io,application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;pretty=0"],
  ...[
    "application/yaml;pretty=1",
    "application/json;sv=1",
    "application/json;sv=v1",
    "application/json;export=1",
    "application/json;foo=bar",
  ],
  ...["application/json;stream=watch", "application/json;stream=foo", "application/yaml;stream=watch"],
  ...["*/*;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", "application/*;as=Table;v=v1;g=meta.k8s.io"],
  ...["application/json;as=Status;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;v=;g="],
  ...["application/json;as=Table;v=v1;g=apps", "application/json;as=Pod;v=v1;g=", "application/vnd.kubernetes.protobuf;stream=watch"],
  ...["application/json;as=Table;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", 'application/json;as="Table";v="v1";g="meta.k8s.io"'],
  ...["application/json;", "application/json ; as=Table ; v=v1 ; g=meta.k8s.io", "text/html, image/gif, *; q=.2, */*; q=.2"],
  ...["application/x-yaml", "text/json", "application/json-patch+json"],
  "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io",
  "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io",
];

const answers: Sequence[] = accepts.map((accept) => {
  const more = { headers: { accept } };
  const paths = [`${configMaps}/a`, configMaps, `${configMaps}/missing`, "/apis/nothing/v1", "/livez", `${deployments}/a/scale`];
  return {
    name: `accepts ${JSON.stringify(accept)}`,
    steps: [
      create(configMaps, configMap("a"), more),
      ...paths.map((path) => get(path, more)),
      get("/api", more),
      get("/openapi/v3", { ...more, pick: () => "" }),
      remove(`${configMaps}/a`, undefined, more),
    ],
  };
});

const included = ["None", "Metadata", "Object", "", "none", "x", "Metadata&includeObject=None"];

const ofPods = (accept: string, query = "", more: Partial<Watch> = {}): Watch => ({
  watch: `${pods}?watch=1&timeoutSeconds=1${query}`,
  headers: { accept },
  until: 1,
  ...more,
});

const pretty: Step[] = ["true", "false", "", "x", "1", "0"].flatMap((value) => [
  get(`${configMaps}?pretty=${value}`),
  get(`/version?pretty=${value}`, { pick: () => "" }),
]);

const withTimeout = (value: string, path = "/api"): Request => get(`${path}?timeout=${encodeURIComponent(value)}`);

const sequences: Sequence[] = [
  ...answers,
  {
    name: "objects in tables",
    steps: [
      create(pods, pod("a")),
      ...included.flatMap((value) => [
        get(`${pods}?includeObject=${value}`, table()),
        get(`${pods}/a?includeObject=${value}`, table("v1beta1")),
      ]),
      create(`${configMaps}?includeObject=Object`, configMap("x"), table()),
      remove(`${configMaps}/x?includeObject=Object`, undefined, table()),
      remove(configMaps, undefined, table()),
      get(`${configMaps}?limit=1`, table()),
    ],
  },
  {
    name: "forms of watches",
    steps: [
      create(pods, pod("a")),
      ofPods("application/json;as=Table;v=v1;g=meta.k8s.io", "&includeObject=Object"),
      ofPods("application/json;as=Table;v=v1beta1;g=meta.k8s.io", "&includeObject=None"),
      ofPods("application/json;as=Table;v=v1;g=meta.k8s.io", "&includeObject=x"),
      ofPods("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"),
      ofPods("application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io"),
      ofPods("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"),
      ...["application/yaml", "application/json;stream=watch", "application/json;stream=other", "application/cbor", "text/html", "*/*"].map(
        (accept) => ofPods(accept),
      ),
    ],
  },
  {
    name: "watches of one object",
    steps: [
      create(pods, pod("a")),
      { watch: "/api/v1/watch/namespaces/{ns}/pods/a", until: 1 },
      { watch: "/api/v1/watch/namespaces/{ns}/pods/a?fieldSelector=metadata.name%3Da", until: 1 },
      { watch: "/api/v1/watch/namespaces/{ns}/pods/a?fieldSelector=metadata.name%3Db", until: 1 },
      { watch: "/api/v1/watch/namespaces/{ns}/pods/a?fieldSelector=spec.nodeName%3D", until: 1 },
    ],
  },
  { name: "pretty answers", steps: pretty },
  {
    name: "time limits",
    steps: [
      ...[
        "",
        "1",
        "x",
        "1x",
        "1s1",
        "-1s",
        "1h1m1s",
        ".5s",
        ".",
        "s",
        "-",
        "+",
        "1.5.5s",
        "99999999999h",
        "1 s",
        "0",
        "-0",
        "+1s",
        "0s0",
      ].map((value) => withTimeout(value)),
      withTimeout("9223372036854775808ns"),
      withTimeout("x", configMaps),
      withTimeout("x", "/healthz"),
      withTimeout("x", "/nothing"),
      get("/api?timeout=x", { user: null }),
      get("/api?timeout=x", { user: null, headers: { authorization: "Bearer wrong" } }),
      create(`${configMaps}?timeout=x`, configMap("a")),
      { watch: `${configMaps}?watch=1&timeout=x&timeoutSeconds=1` },
    ],
  },
];

export default sequences;
