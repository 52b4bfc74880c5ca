import type { Base } from "./bases.ts";

const attributes = {
  namespace: "{ns}",
  verb: "get",
  group: "apps",
  version: "v1",
  resource: "deployments",
  subresource: "scale",
  name: "x",
};
const selectors = {
  fieldSelector: { requirements: [{ key: "metadata.name", operator: "In", values: ["x"] }] },
  labelSelector: { requirements: [{ key: "a", operator: "NotIn", values: ["b", "c"] }] },
};
const who = { user: "x", groups: ["g"], uid: "u", extra: { a: ["b"] } };

function review(group: string, resource: string, kind: string, spec: object, namespaced = ""): Base {
  return {
    path: `/apis/${group}/v1/${namespaced}${resource}`,
    object: { apiVersion: `${group}/v1`, kind, metadata: {}, spec },
    isReview: true,
  };
}

const [authentication, authorization] = ["authentication.k8s.io", "authorization.k8s.io"];

/** What is asked and never stored. */
export const reviewBases: readonly Base[] = [
  review(authentication, "tokenreviews", "TokenReview", { token: "none", audiences: ["a"] }),
  review(authentication, "selfsubjectreviews", "SelfSubjectReview", {}),
  review(authorization, "subjectaccessreviews", "SubjectAccessReview", { ...who, resourceAttributes: { ...attributes, ...selectors } }),
  review(authorization, "subjectaccessreviews", "SubjectAccessReview", { ...who, nonResourceAttributes: { path: "/x", verb: "get" } }),
  review(authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview", { resourceAttributes: { ...attributes, ...selectors } }),
  review(authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview", { nonResourceAttributes: { path: "/x", verb: "get" } }),
  review(authorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview", { namespace: "{ns}" }),
  review(
    authorization,
    "localsubjectaccessreviews",
    "LocalSubjectAccessReview",
    { ...who, resourceAttributes: { ...attributes, ...selectors } },
    "namespaces/{ns}/",
  ),
  {
    path: "/api/v1/namespaces/{ns}/bindings",
    object: {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "fuzz" },
      target: { kind: "Node", name: "n", apiVersion: "v1", uid: "u" },
    },
    isReview: true,
  },
];
