import { CustomKind } from "../custom-kinds.ts";
import { create, patch, put, remove, type Sequence, type Step } from "../sequences.ts";

const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const a = (more: object = {}) => ({ metadata: { name: "a", labels: { app: "web" } }, ...more });

const history: Step[] = [
  create(configMaps, { metadata: { name: "first" } }),
  create(configMaps, a()),
  patch("merge", `${configMaps}/a`, { data: { x: "1" } }),
  patch("merge", `${configMaps}/a`, { metadata: { labels: { app: "db" } } }),
  patch("merge", `${configMaps}/a`, { metadata: { labels: { app: "web" } } }),
  remove(`${configMaps}/a`),
];
const since =
  (query: string, until: number): Step =>
  (answers) => ({
    watch: `${configMaps}?watch=true&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=2${query}`,
    until,
  });

const things = new CustomKind({ plural: "things", kind: "Thing" });

const errors = [
  ...[
    "resourceVersion=x",
    "resourceVersion=99999999999&timeoutSeconds=1",
    "timeoutSeconds=x",
    "sendInitialEvents=true",
    "sendInitialEvents=true&resourceVersionMatch=Exact",
  ],
  ...[
    "sendInitialEvents=false",
    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1",
    "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1",
    "resourceVersionMatch=NotOlderThan",
    "resourceVersionMatch=x",
    "sendInitialEvents=true&resourceVersionMatch=x",
  ],
  ...[
    "labelSelector=a%20b",
    "fieldSelector=x",
    "fieldSelector=spec.x=1",
    "limit=1&timeoutSeconds=1",
    "continue=x&timeoutSeconds=1",
    "allowWatchBookmarks=x&timeoutSeconds=1",
    "timeoutSeconds=-1&resourceVersion=0",
    "resourceVersion=-1",
  ],
];

const media = {
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
  "json;stream=watch": "application/json;stream=watch",
  table: "application/json;as=Table;v=v1;g=meta.k8s.io",
  partial: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  xml: "text/xml",
};

const sequences: Sequence[] = [
  { name: "from a revision", steps: [...history, since("", 5)] },
  { name: "with a label selector", steps: [...history, since("&labelSelector=app%3Dweb", 5)] },
  {
    name: "with a field selector",
    steps: [...history, since("&fieldSelector=metadata.name%3Da", 5), since("&fieldSelector=metadata.name%3Db", 5)],
  },
  {
    name: "from the start",
    steps: [
      create(configMaps, a()),
      { watch: `${configMaps}?watch=true&timeoutSeconds=1`, until: 1 },
      { watch: `${configMaps}?watch=1&resourceVersion=0&timeoutSeconds=1` },
    ],
  },
  {
    name: "initial events",
    steps: [
      create(configMaps, a()),
      create(configMaps, { metadata: { name: "b" } }),
      {
        watch: `${configMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=2`,
        until: 3,
      },
      {
        watch: `${configMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=2&labelSelector=app`,
        until: 2,
      },
      (answers) => ({
        watch: `${configMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=${answers[1]?.body.metadata.resourceVersion}&timeoutSeconds=2`,
        until: 3,
      }),
      {
        watch: `${configMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=99999999999&timeoutSeconds=1`,
      },
    ],
  },
  {
    name: "while it runs",
    steps: [
      create(configMaps, { metadata: { name: "first" } }),
      (answers) => ({
        watch: `${configMaps}?watch=true&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=3`,
        until: 3,
        during: [create(configMaps, a()), put(`${configMaps}/a`, a({ data: { x: "y" } })), remove(`${configMaps}/a`)],
      }),
    ],
  },
  {
    name: "a collection that is deleted",
    steps: [...history.slice(0, 2), create(configMaps, { metadata: { name: "b" } }), remove(configMaps), since("", 4)],
  },
  {
    name: "the old way",
    steps: [
      create(configMaps, a()),
      { watch: "/api/v1/watch/namespaces/{ns}/configmaps?timeoutSeconds=1", until: 1 },
      { watch: "/api/v1/watch/namespaces/{ns}/configmaps/a?timeoutSeconds=1", until: 1 },
      { watch: `${configMaps}/a?watch=true&timeoutSeconds=1`, until: 1 },
      { watch: "/api/v1/configmaps?watch=true&timeoutSeconds=1&fieldSelector=metadata.namespace%3D{ns}", until: 1 },
    ],
  },
  { name: "errors", steps: errors.map((query) => ({ watch: `${configMaps}?watch=true&${query}` })) },
  {
    name: "forms",
    steps: [
      create(configMaps, a()),
      ...Object.values(media).map((accept) => ({
        watch: `${configMaps}?watch=true&timeoutSeconds=1`,
        headers: { accept },
        ...(accept.includes("yaml") ? { patienceSeconds: 0.5 } : { until: 1 }),
      })),
    ],
  },
  {
    name: "in protobuf",
    steps: [
      ...history,
      ...["", ";stream=watch", ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io", ";as=Table;v=v1;g=meta.k8s.io"].map(
        (form): Step =>
          (answers) => ({
            watch: `${configMaps}?watch=true&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=1`,
            headers: { accept: `${media.protobuf}${form}` },
          }),
      ),
      {
        watch: `${configMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1`,
        headers: { accept: media.protobuf },
        during: [create(configMaps, { metadata: { name: "late" } })],
      },
      { watch: `${configMaps}?watch=true&resourceVersion=1&timeoutSeconds=1`, headers: { accept: media.protobuf } },
      { watch: `${configMaps}?watch=true&resourceVersion=99999999999&timeoutSeconds=1`, headers: { accept: media.protobuf } },
      { watch: "/api/v1/watch/namespaces/{ns}/configmaps/first?timeoutSeconds=1", headers: { accept: media.protobuf } },
    ],
  },
  {
    name: "of custom kinds in protobuf",
    steps: [
      ...things.defined([{}]),
      create(things.path(), things.object("a")),
      ...["", ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io"].map((form) => ({
        watch: `${things.path()}?watch=true&resourceVersion=0&timeoutSeconds=1`,
        headers: { accept: `${media.protobuf}${form}` },
      })),
    ],
  },
  {
    name: "tables",
    steps: [
      ...history,
      (answers) => ({
        watch: `/api/v1/namespaces/{ns}/configmaps?watch=true&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=2`,
        headers: { accept: media.table },
        until: 5,
      }),
      (answers) => ({
        watch: `/api/v1/namespaces/{ns}/configmaps?watch=true&includeObject=Object&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=2`,
        headers: { accept: media.table },
        until: 2,
      }),
      (answers) => ({
        watch: `/api/v1/namespaces/{ns}/configmaps?watch=true&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&timeoutSeconds=2`,
        headers: { accept: media.partial },
        until: 5,
      }),
    ],
  },
];

export default sequences;
