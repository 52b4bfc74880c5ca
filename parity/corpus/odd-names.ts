import { create, get, type PatchKind, patch, type Sequence, type Step } from "../sequences.ts";

const core = "/api/v1/namespaces/{ns}";
const revisions = "/apis/apps/v1/namespaces/{ns}/controllerrevisions";
const kinds: readonly PatchKind[] = ["merge", "strategic"];

/** An object with one field, whatever the field is called. */
function only(name: string, value: unknown): object {
  return JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`) as object;
}

/** Fields that are named like what all objects of JavaScript have. */
const sequences: Sequence[] = ["__proto__", "constructor", "toString", "hasOwnProperty"].map((name) => ({
  name: `fields called ${name}`,
  steps: [
    create(`${core}/configmaps`, { metadata: { name: "a" }, data: only(name, "x") }),
    get(`${core}/configmaps/a`),
    ...kinds.flatMap((kind): Step[] => [
      patch(kind, `${core}/configmaps/a`, { data: only(name, kind) }),
      patch(kind, `${core}/configmaps/a`, { metadata: only(name, { polluted: "yes" }) }),
      patch(kind, `${core}/configmaps/a`, { metadata: { annotations: only(name, kind) } }),
    ]),
    patch("merge", `${core}/configmaps/a`, only(name, { a: 1 })),
    patch("json", `${core}/configmaps/a`, [{ op: "add", path: `/data/${name}`, value: "json" }]),
    patch("apply", `${core}/configmaps/a?fieldManager=m&force=true`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: only(name, "apply"),
    }),
    patch("apply", `${core}/configmaps/a?fieldManager=m&force=true`, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { other: "x" },
    }),
    patch("merge", `${core}/configmaps/a`, { data: only(name, null) }),
    create(`${core}/secrets`, { metadata: { name: "a" }, stringData: only(name, "x") }),
    create(`${core}/pods?dryRun=All`, {
      metadata: { name: "a" },
      spec: { nodeSelector: only(name, "v"), containers: [{ name: "a", image: "b", resources: { limits: only(name, "1") } }] },
    }),
    create(revisions, { metadata: { name: "a" }, revision: 1, data: { own: only(name, 1) } }),
    create("/apis/apps/v1/namespaces/{ns}/deployments", {
      metadata: { name: "a" },
      spec: {
        selector: { matchLabels: only(name, "b") },
        template: { metadata: { labels: only(name, "b") }, spec: { containers: [{ name: "a", image: "b" }] } },
      },
    }),
    create(`${core}/configmaps?fieldValidation=Strict`, { metadata: { name: "b" }, ...only(name, 1) }),
  ],
}));

export default sequences;
