import { asTable } from "../damages.ts";
import { life } from "../lives.ts";
import { create, get, patch, remove, type Sequence, type Watch } from "../sequences.ts";

/** Revisions that are too old to be read or watched from, and how clients go on. */
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const names = (body: unknown) => {
  const list = body as { items?: { metadata: { name: string } }[] };
  return list.items ? { ...list, items: list.items.map(({ metadata }) => metadata.name) } : body;
};
const token = (revision: number, start: string) =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString("base64url");
const watching = (query: string, more: Partial<Watch> = {}, path = configMaps): Watch => ({
  watch: `${path}?watch=1&timeoutSeconds=1&${query}`,
  ...more,
});
const three = ["a", "b", "c"].map((name) => create(configMaps, { metadata: { name, labels: { n: name } } }));

const sequences: Sequence[] = [
  life(
    "lists of an old revision",
    ...three,
    ...[
      "resourceVersion=1&resourceVersionMatch=Exact",
      "resourceVersion=1&limit=1",
      "resourceVersion=1&limit=1&resourceVersionMatch=Exact",
      "resourceVersion=1&resourceVersionMatch=NotOlderThan&limit=1",
      "resourceVersion=1&limit=1&labelSelector=n%3Da",
      "resourceVersion=2&resourceVersionMatch=Exact&fieldSelector=metadata.name%3Da",
    ].map((query) => get(`${configMaps}?${query}`, { pick: names })),
    get(`${configMaps}?resourceVersion=1&resourceVersionMatch=Exact`, asTable),
    get(`${configMaps}?resourceVersion=1&resourceVersionMatch=Exact`, { headers: { accept: "application/yaml" } }),
    get("/api/v1/namespaces/{ns}/pods?resourceVersion=1&resourceVersionMatch=Exact"),
    get("/api/v1/nodes?resourceVersion=1&resourceVersionMatch=Exact"),
    get("/apis/apps/v1/deployments?resourceVersion=1&limit=5"),
    remove(`${configMaps}?resourceVersion=1&resourceVersionMatch=Exact`),
    get(`${configMaps}/a?resourceVersion=1`, { pick: (body) => (body as { metadata: { name: string } }).metadata.name }),
  ),
  life(
    "pages that go on after their revision is gone",
    ...three,
    get(`${configMaps}?limit=1&continue=${token(1, "a\u0000")}`),
    (answers) => get(`${configMaps}?limit=1&continue=${answers.at(-1)?.body.metadata.continue}`, { pick: names }),
    (answers) => get(`${configMaps}?continue=${answers.at(-1)?.body.metadata.continue}`, { pick: names }),
    get(`${configMaps}?limit=1&continue=${token(-1, "a\u0000")}`, { pick: names }),
    get(`${configMaps}?continue=${token(-1, "b\u0000")}`, { pick: names }),
    get(`${configMaps}?limit=1&continue=${token(-1, "a\u0000")}&labelSelector=n%3Dc`, { pick: names }),
    get(`${configMaps}?limit=1&continue=${token(1, "zz")}`, { headers: { accept: "application/yaml" } }),
    get(`${configMaps}?limit=1&continue=${token(99999999999, "a\u0000")}`, { pick: (body) => (body as { code: number }).code }),
    get(`${configMaps}?limit=1&continue=${token(1, "../x")}`),
    remove(`${configMaps}?limit=1&continue=${token(1, "a\u0000")}`),
  ),
  {
    name: "watches from an old revision",
    steps: [
      ...three,
      watching("resourceVersion=1"),
      watching("resourceVersion=2&labelSelector=n%3Da"),
      watching("resourceVersion=1&fieldSelector=metadata.name%3Da&allowWatchBookmarks=true"),
      watching("resourceVersion=1", { headers: asTable.headers }),
      watching("resourceVersion=1", { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } }),
      watching("resourceVersion=1", {}, "/api/v1/namespaces/{ns}/pods"),
      watching("resourceVersion=1", {}, "/apis/apps/v1/namespaces/{ns}/deployments"),
      watching("resourceVersion=1", {}, "/api/v1/nodes"),
      { watch: "/api/v1/watch/namespaces/{ns}/configmaps?resourceVersion=1&timeoutSeconds=1" },
      { watch: `${configMaps}/a?watch=1&resourceVersion=1&timeoutSeconds=1` },
      patch("merge", `${configMaps}/a`, { data: { x: "1" } }),
      (answers) => watching(`resourceVersion=${answers[2]?.body.metadata.resourceVersion}`, { until: 1 }),
    ],
  },
];

export default sequences;
