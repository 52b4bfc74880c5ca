import { get, type Sequence } from "../sequences.ts";

/** What the parts of the control plane are like: no scheduler and no controllers run beside either server. */
const path = "/api/v1/componentstatuses";
const table = { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" } };
const yaml = { headers: { accept: "application/yaml" } };
const protobuf = { headers: { accept: "application/vnd.kubernetes.protobuf" } };
const metadataOnly = { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } };
/** Upstream lists them in the order of their answers. */
const sorted = (body: unknown) => {
  const { items, ...rest } = body as { items: { metadata: { name: string } }[] };
  return { ...rest, items: items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) };
};
const selected = (query: string) => get(`${path}?${query}`, { pick: sorted });

const sequences: Sequence[] = [
  {
    name: "each part, in each form",
    steps: [
      get(`${path}/scheduler`),
      get(`${path}/controller-manager`),
      ...[{}, table, yaml, protobuf, metadataOnly].map((more) => get(`${path}/etcd-0`, more)),
      get(`${path}/etcd-1`),
      get(`${path}/etcd-0?resourceVersion=1`),
    ],
  },
  {
    name: "those that selectors choose",
    steps: [
      selected(""),
      selected("limit=1"),
      selected("resourceVersion=0&resourceVersionMatch=NotOlderThan"),
      selected("labelSelector=a%3Db"),
      selected("labelSelector=%21a"),
      selected("fieldSelector=metadata.name%3Detcd-0"),
      selected("fieldSelector=metadata.name%21%3Detcd-0"),
      get(`${path}?fieldSelector=metadata.name%3Detcd-0`, table),
      get(`${path}?fieldSelector=metadata.name%3Detcd-0`, protobuf),
    ],
  },
];
export default sequences;
