import { damaged, of } from "../damages.ts";
import { create, type Sequence } from "../sequences.ts";

const resourceAttributes = { verb: "get", resource: "pods", namespace: "{ns}" };
const time = "2024-01-01T00:00:00Z";
const metadata = [
  { name: "x" },
  { selfLink: "x" },
  { uid: "x" },
  { creationTimestamp: time },
  { namespace: "x" },
  { labels: {} },
  { labels: { a: "b" } },
  { finalizers: [] },
  { generation: 1 },
  { resourceVersion: "1" },
  { ownerReferences: [{ apiVersion: "v1", kind: "A", name: "b", uid: "c", controller: true }] },
  { generateName: "a", annotations: { x: "y" } },
  { deletionTimestamp: time, deletionGracePeriodSeconds: 2 },
];

/** Reviews are of nothing that has a name: what is said of them beside the question. */
function asked(path: string, spec: object): Sequence {
  return { name: "metadata", steps: metadata.map((one) => create(path, { metadata: one, spec })) };
}

const group = "/apis/authorization.k8s.io/v1";
const policy = {
  metadata: { name: "p-{u}" },
  spec: {
    reinvocationPolicy: "Never",
    matchConstraints: {
      resourceRules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
    },
    mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "variables.v" } }],
  },
};
const policies = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies?dryRun=All";

const sequences: readonly Sequence[] = [
  ...of("access of others", asked(`${group}/subjectaccessreviews`, { user: "x", resourceAttributes })),
  ...of("own access", asked(`${group}/selfsubjectaccessreviews`, { resourceAttributes })),
  ...of("access here", asked(`${group}/namespaces/{ns}/localsubjectaccessreviews`, { user: "x", resourceAttributes })),
  ...of("tokens", asked("/apis/authentication.k8s.io/v1/tokenreviews", { token: "x" })),
  ...of("oneself", asked("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})),
  {
    name: "policies that name variables without having any",
    steps: [undefined, []].map((variables) => create(policies, damaged(policy, ["spec.variables", variables]))),
  },
];

export default sequences;
