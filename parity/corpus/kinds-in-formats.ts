import { type Base, bases } from "../bases.ts";
import { types } from "../bodies.ts";
import { create, get, put, type Sequence } from "../sequences.ts";

const text = new TextDecoder();
const yaml = "application/yaml";
const protobuf = "application/vnd.kubernetes.protobuf";

/** A base under another name, where a prefix makes another object of it. */
function renamed({ object, fresh }: Base): Base["object"] {
  if (fresh) return JSON.parse(JSON.stringify(object).replaceAll(...fresh));
  return { ...object, metadata: { ...object.metadata, name: `wire-${String(object.metadata.name)}` } };
}

/** These are given conditions by those who act on them, or times, some time later. */
const restless = new Set(["FlowSchema", "CustomResourceDefinition", "APIService", "ResourceSlice"]);
const still = bases
  .filter(({ object }) => !restless.has(object.kind))
  // Each sequence has its namespace to itself.
  .map((base) => ({ ...base, path: base.path.replace("{ns}-limited", "{ns}") }));

/** Every kind is written and read in each format. */
const sequences: Sequence[] = still.map((base, index) => {
  const { path, object } = base;
  const isNamespace = object.kind === "Namespace";
  const other = isNamespace ? object : renamed(base);
  const one = `${path}/${String(other.metadata.name)}`;
  return {
    name: `${object.apiVersion} ${object.kind} ${index}`,
    // What other sequences would see.
    alone: /Policy|Webhook|ServiceCIDR|IPAddress|Class/.test(object.kind),
    steps: [
      {
        method: "POST",
        path: `${path}?dryRun=All`,
        raw: text.decode(types.encodeYaml(object)),
        headers: { "content-type": yaml, accept: yaml },
      },
      { method: "POST", path: `${path}?dryRun=All`, protobuf: object, headers: { accept: protobuf } },
      create(path, other),
      get(one, { headers: { accept: yaml } }),
      get(one, { headers: { accept: protobuf } }),
      get(one, { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } }),
      { method: "PUT", path: `${one}?dryRun=All`, protobuf: other, headers: { accept: protobuf } },
      put(`${one}?dryRun=All`, undefined, { raw: text.decode(types.encodeYaml(other)), headers: { "content-type": yaml, accept: yaml } }),
    ],
  };
});

export default sequences;
