import { changed, create, get, patch, put, remove, type Sequence } from "../sequences.ts";
import { applicable } from "./server-side-apply/kinds.ts";

const pickItems = (body: unknown) => {
  const list = body as { items?: unknown[] };
  return list.items ? { ...list, items: list.items.length } : body;
};

/** Left out: upstream writes these anew on the first update after a create, though nothing has changed. */
const writtenTwice = new Set(["PersistentVolumeClaim", "Job"]);

/** What is asked of each kind alike: metadata that is wrong, updates of other revisions, deletes on conditions. */
const sequences: Sequence[] = applicable
  .filter(({ object }) => !writtenTwice.has(object.kind))
  .map(({ path, object }) => {
    const { name } = object.metadata;
    const one = `${path}/${name}`;
    const again = { ...object, metadata: { name } };
    return {
      name: `${object.kind} of ${object.apiVersion}`,
      alone: !path.includes("{ns}"),
      steps: [
        put(one, object),
        put(`${one}?dryRun=All`, { ...object, metadata: { name, resourceVersion: "5" } }),
        put(one, { ...object, metadata: { name, uid: "11111111-1111-1111-1111-111111111111" } }),
        remove(one),
        create(`${path}?dryRun=All`, { ...object, metadata: { name: "Not A Name", labels: { "-": "-" } } }),
        create(path, object),
        create(path, object),
        put(one, { ...again, metadata: { name, labels: { "bad key": "bad value!" } } }),
        patch("merge", one, { metadata: { labels: { ok: "not ok" }, annotations: { "no/t/ok": "" } } }),
        patch("json", one, [{ op: "add", path: "/metadata/finalizers", value: ["none"] }]),
        patch("merge", `${one}/status`, { metadata: { labels: { ok: "not ok" } } }),
        patch("merge", one, { metadata: { ownerReferences: [{ apiVersion: "", kind: "", name: "x", uid: "" }] } }),
        patch("json", one, [{ op: "replace", path: "/metadata/name", value: "other" }]),
        patch("merge", one, { metadata: { generation: 17 } }),
        put(one, { ...again, metadata: { name, resourceVersion: "0" } }, { pick: () => undefined }),
        put(one, { ...again, metadata: { name, resourceVersion: "1" } }),
        (answers) =>
          put(
            `${one}?dryRun=All`,
            changed(answers, 5, (body) => Object.assign(body.metadata, { uid: "x" })),
          ),
        patch("strategic", one, { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } }, { pick: () => undefined }),
        remove(one, { preconditions: { uid: "x" } }),
        remove(one, { preconditions: { resourceVersion: "1" } }),
        remove(`${path}?labelSelector=none%3D{u}&dryRun=All`, undefined, { pick: pickItems }),
        get(`${path}?fieldSelector=metadata.name%3D${name}`, { pick: pickItems }),
        patch("merge", `${one}?dryRun=All`, { metadata: { finalizers: ["example.com/hold"] } }),
        patch("merge", one, { metadata: { finalizers: ["example.com/hold"] } }),
        remove(one, { propagationPolicy: "Orphan" }),
        patch("merge", one, { metadata: { labels: { late: "x" } } }),
        patch("merge", one, { metadata: { finalizers: ["example.com/more"] } }),
        patch("merge", one, { metadata: { finalizers: null } }),
        get(one),
      ],
    };
  });

export default sequences;
