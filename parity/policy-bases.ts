import { type Base, inCluster } from "./bases.ts";

const group = "admissionregistration.k8s.io/v1";
const never = { matchLabels: { never: "there" } };
const rule = {
  apiGroups: ["example.com"],
  apiVersions: ["v1"],
  operations: ["CREATE"],
  resources: ["things"],
  scope: "*",
  resourceNames: ["a"],
};
const matched = {
  matchPolicy: "Equivalent",
  namespaceSelector: never,
  objectSelector: never,
  resourceRules: [rule],
  excludeResourceRules: [{ ...rule, resources: ["others"] }],
};
const apply = {
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}' },
};
const patch = {
  patchType: "JSONPatch",
  jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/a", value: variables.v}]' },
};

/** Policies that change objects, of which there are no others. */
export const policyBases: readonly Base[] = [
  inCluster(group, "mutatingadmissionpolicies", "MutatingAdmissionPolicy", {
    spec: {
      failurePolicy: "Ignore",
      reinvocationPolicy: "IfNeeded",
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConstraints: matched,
      matchConditions: [{ name: "a", expression: "true" }],
      variables: [{ name: "v", expression: "object.metadata.name" }],
      mutations: [patch, apply],
    },
  }),
  inCluster(group, "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", {
    spec: { policyName: "none", paramRef: { selector: never, namespace: "n", parameterNotFoundAction: "Allow" }, matchResources: matched },
  }),
];
