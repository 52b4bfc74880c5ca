import { type Damage, damaged } from "../damages.ts";
import { create, type Sequence } from "../sequences.ts";

const authorization = "/apis/authorization.k8s.io/v1";
const authentication = "/apis/authentication.k8s.io/v1";
const review = {
  spec: { user: "u", groups: ["g"], resourceAttributes: { namespace: "n", verb: "get", group: "apps", resource: "deployments" } },
};
const own = { spec: { resourceAttributes: { namespace: "n", verb: "get", resource: "pods" } } };
const local = {
  metadata: { namespace: "{ns}" },
  spec: { user: "u", resourceAttributes: { namespace: "{ns}", verb: "get", resource: "pods" } },
};
const asked = (path: string, body: object, damages: readonly Damage[]) => [
  create(path, body),
  ...damages.map((damage) => create(path, damaged(body, damage))),
];
const selector = "spec.resourceAttributes.labelSelector";
const fields = "spec.resourceAttributes.fieldSelector";

const sequences: Sequence[] = [
  {
    name: "access of others",
    steps: asked(`${authorization}/subjectaccessreviews`, review, [
      ["spec", undefined],
      ["spec.user", ""],
      ["spec.groups", ["system:masters"]],
      ["spec.resourceAttributes", undefined],
      ["spec.nonResourceAttributes", { path: "/healthz", verb: "get" }],
      ["spec.extra", { none: null, "no key": [], some: ["a", ""] }],
      [selector, {}],
      [selector, { rawSelector: "a=b", requirements: [{ key: "a", operator: "In", values: ["b"] }] }],
      [selector, { rawSelector: "a in" }],
      [selector, { requirements: [{ key: "a", operator: "In" }] }],
      [selector, { requirements: [{ key: "bad key", operator: "Exists", values: ["x"] }] }],
      [selector, { requirements: [{ key: "a", operator: "Newer" }] }],
      [fields, {}],
      [fields, { requirements: [{ operator: "In", values: ["a", "b"] }] }],
      [
        fields,
        {
          requirements: [
            { key: "a", operator: "In", values: ["a", "b"] },
            { key: "b", operator: "In", values: ["c"] },
          ],
        },
      ],
      [fields, { rawSelector: "nonsense" }],
    ]),
  },
  {
    name: "own access",
    steps: asked(`${authorization}/selfsubjectaccessreviews`, own, [
      ["spec", undefined],
      ["spec.nonResourceAttributes", { path: "/x", verb: "get" }],
      ["spec.resourceAttributes.verb", ""],
    ]),
  },
  {
    name: "access in a namespace",
    steps: asked(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, local, [
      ["spec.resourceAttributes.namespace", "other"],
      ["spec.resourceAttributes", undefined],
      ["spec.nonResourceAttributes", { path: "/x", verb: "get" }],
      ["spec.user", ""],
    ]),
  },
  {
    name: "what else is known of users, in each form",
    steps: ["json", "yaml", "vnd.kubernetes.protobuf"].map((form) =>
      create(
        `${authorization}/subjectaccessreviews`,
        { spec: { user: "u", nonResourceAttributes: { path: "/", verb: "get" }, extra: { none: null, empty: [], some: ["a"] } } },
        { headers: { accept: `application/${form}` } },
      ),
    ),
  },
  {
    name: "who am I",
    steps: [
      create(`${authentication}/selfsubjectreviews`, {}),
      create(`${authentication}/selfsubjectreviews`, {}, { user: { name: "jane", groups: ["devs"] } }),
    ],
  },
  {
    name: "tokens",
    steps: asked(`${authentication}/tokenreviews`, { spec: { token: "no-such-token" } }, [
      ["spec", undefined],
      ["spec.token", ""],
    ]),
  },
  { name: "rules", steps: asked(`${authorization}/selfsubjectrulesreviews`, {}, [["spec", { namespace: "" }]]) },
];

export default sequences;
