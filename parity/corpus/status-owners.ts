import { bases } from "../bases.ts";
import { of } from "../damages.ts";
import { create, patch, type Sequence } from "../sequences.ts";

const owner = { apiVersion: "v1", kind: "A", name: "a", uid: "a" };
const said = [
  { ownerReferences: null },
  { ownerReferences: [{ ...owner, uid: "b" }] },
  { labels: { q: "r" } },
  { annotations: { q: "r" } },
  { finalizers: ["a/b"] },
];

/** What is said of an object beside its status when the status is written. */
const sequences: readonly Sequence[] = bases
  .filter(
    ({ path, object }, index) => path.includes("/namespaces/{ns}/") && bases.findIndex((one) => one.object.kind === object.kind) === index,
  )
  .flatMap(({ path, object }) => {
    const status = `${path}/${String(object.metadata.name)}/status?dryRun=All`;
    const made = create(path, { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } });
    return of(object.kind, {
      name: "metadata of statuses",
      steps: [made, ...said.map((metadata) => patch("merge", status, { metadata }))],
    });
  });

export default sequences;
