import { CustomKind } from "../custom-kinds.ts";
import { create, patch, remove } from "../sequences.ts";
import { type Behaviour, hookPath } from "../webhook-server.ts";
import type { Dice } from "./dice.ts";
import type { StoryStep } from "./story.ts";
import type { KindExtra, StoryKind } from "./story-kind.ts";

const admission = "/apis/admissionregistration.k8s.io/v1";
const rule = { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] };
const rules: readonly object[] = [
  { ...rule, operations: ["CREATE", "UPDATE"], scope: "Namespaced" },
  { ...rule, operations: ["*", "CREATE"] },
  { ...rule, operations: [] },
  { ...rule, operations: ["x"] },
  { ...rule, resources: ["things/*"] },
  { ...rule, resources: ["*/*", "things"] },
  { ...rule, resources: ["things", "things/status"] },
  { ...rule, resources: [""] },
  { ...rule, apiVersions: ["*", "v1"] },
  { ...rule, apiVersions: [] },
  { ...rule, scope: "x" },
  { ...rule, scope: "Cluster" },
];
const conditions: readonly object[] = [
  { name: "a", expression: "true" },
  { name: "a", expression: "object.metadata.name == 'x'" },
  { name: "a b", expression: "true" },
  { name: "", expression: "" },
  { name: "a", expression: "1" },
  { name: "a", expression: "variables.x" },
  { name: "a", expression: "authorizer.group('').resource('pods').check('get').allowed()" },
  { name: "example.com/a", expression: "request.userInfo.username != ''" },
  { name: "a", expression: "object.(" },
];
const selectors: readonly object[] = [
  { matchLabels: { never: "there" } },
  { matchExpressions: [{ key: "a", operator: "In", values: [] }] },
  { matchExpressions: [{ key: "never", operator: "Exists" }] },
  { matchLabels: { "a b": "c" } },
];

/** Changes of one of the webhooks of a configuration. */
const ofWebhooks: readonly object[] = [
  ...rules.map((one) => ({ rules: [one] })),
  ...conditions.map((one) => ({ matchConditions: [one] })),
  { matchConditions: [conditions[0], conditions[1]] },
  ...selectors.flatMap((one) => [{ namespaceSelector: one }, { objectSelector: one }]),
  ...["Fail", "Ignore", "x"].map((failurePolicy) => ({ failurePolicy })),
  ...["Exact", "Equivalent", "x"].map((matchPolicy) => ({ matchPolicy })),
  ...["None", "NoneOnDryRun", "Some", "x"].map((sideEffects) => ({ sideEffects })),
  ...[1, 0, 30, 31, -1].map((timeoutSeconds) => ({ timeoutSeconds })),
  ...[["v1"], ["v1beta1"], [], ["v1", "v1"], ["x y"]].map((admissionReviewVersions) => ({ admissionReviewVersions })),
  ...["https://a.example.com/x", "http://a.example.com", "https://a:b@x", "https://x?a=b", "https://x#y", "", "x"].map((url) => ({
    clientConfig: { url },
  })),
  { clientConfig: { service: { name: "s", namespace: "n", path: "/x", port: 8443 } } },
  { clientConfig: { service: { name: "", namespace: "" } } },
  { clientConfig: { service: { name: "s", namespace: "n", path: "x//y", port: 0 } } },
  { clientConfig: { url: "https://x", service: { name: "s", namespace: "n" } } },
  { clientConfig: {} },
  { clientConfig: { url: "https://x", caBundle: "eA==" } },
  { clientConfig: { url: "https://x", caBundle: "?" } },
  { name: "A.example.com" },
  { name: "short" },
  { name: "" },
];

function webhooks(own: readonly object[]): KindExtra {
  const base = {
    name: "a.example.com",
    clientConfig: { url: "https://a.example.com" },
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    failurePolicy: "Ignore",
    rules: [rule],
  };
  return {
    rest: { webhooks: [base] },
    changes: [
      ...[...ofWebhooks, ...own].map((change) => ({ webhooks: [{ ...base, ...change }] })),
      { webhooks: [base, base] },
      { webhooks: [base, { ...base, name: "b.example.com" }] },
      { webhooks: [] },
      { webhooks: null },
    ],
    strategic: [
      { webhooks: [{ name: "a.example.com", timeoutSeconds: 3 }] },
      { webhooks: [{ ...base, name: "c.example.com" }] },
      { webhooks: [{ name: "a.example.com", $patch: "delete" }] },
      { "$setElementOrder/webhooks": [{ name: "b.example.com" }, { name: "a.example.com" }] },
      { webhooks: [{ name: "a.example.com", rules: [{ ...rule, resources: ["others"] }] }] },
      { webhooks: [{ $patch: "replace" }, base] },
    ],
  };
}

const matchResources: readonly object[] = [
  { resourceRules: [{ ...rule, resourceNames: ["a", "a"] }] },
  { resourceRules: [] },
  { excludeResourceRules: [{ ...rule, resources: ["others"] }] },
  { matchPolicy: "Exact" },
  { matchPolicy: "x" },
  ...rules.map((one) => ({ resourceRules: [one] })),
  ...selectors.flatMap((one) => [{ namespaceSelector: one }, { objectSelector: one }]),
];

const ofPolicies: readonly object[] = [
  ...matchResources.map((matchConstraints) => ({ matchConstraints })),
  ...conditions.map((one) => ({ matchConditions: [one] })),
  { matchConditions: [conditions[0], conditions[0]] },
  ...["Fail", "Ignore", "x"].map((failurePolicy) => ({ failurePolicy })),
  { paramKind: { apiVersion: "v1", kind: "ConfigMap" } },
  { paramKind: { apiVersion: "", kind: "ConfigMap" } },
  { paramKind: { apiVersion: "a/b/c", kind: "" } },
  { paramKind: null },
  { variables: [{ name: "v", expression: "object.metadata.name" }] },
  { variables: [{ name: "v", expression: "variables.w" }] },
  {
    variables: [
      { name: "v", expression: "1" },
      { name: "w", expression: "variables.v + 1" },
    ],
  },
  {
    variables: [
      { name: "v", expression: "1" },
      { name: "v", expression: "2" },
    ],
  },
  { variables: [{ name: "a-b", expression: "1" }] },
  { variables: [{ name: "", expression: "" }] },
  { matchConstraints: null },
];

const inSpec = (change: object) => ({ spec: change });
const bindingChanges: readonly object[] = [
  { policyName: "b" },
  { policyName: "" },
  { policyName: "A b" },
  { paramRef: { name: "p", selector: null } },
  { paramRef: { name: "p", selector: { matchLabels: { a: "b" } } } },
  { paramRef: { name: null, selector: { matchLabels: { a: "b" } } } },
  { paramRef: { parameterNotFoundAction: "x" } },
  { paramRef: { parameterNotFoundAction: null } },
  { paramRef: { namespace: "" } },
  { paramRef: null },
  ...matchResources.map((one) => ({ matchResources: one })),
];

const validation = { expression: "object.metadata.name != 'x'" };
const validations: readonly object[] = [
  validation,
  { ...validation, message: "no" },
  { ...validation, message: "two\nlines" },
  { ...validation, message: " " },
  { ...validation, messageExpression: "'no ' + object.metadata.name" },
  { ...validation, messageExpression: "1" },
  { ...validation, reason: "Forbidden" },
  { ...validation, reason: "x" },
  { expression: "" },
  { expression: "variables.v == params.x" },
  { expression: "object.metadata.name" },
  { expression: "oldObject == null || object.spec == oldObject.spec" },
  { expression: "object.spec.replicas <= int(params.data.max)" },
  { expression: "namespaceObject.metadata.labels['a'] == 'b'" },
  { expression: `[${Array.from({ length: 30 }, (_, index) => index).join(",")}].all(a, a < 30)` },
];
const mutation = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const steps = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const mutations: readonly object[] = [
  mutation("Object{metadata: Object.metadata{labels: {'a': 'b'}}}"),
  mutation("Object{spec: Object.spec{x: 1}}"),
  mutation("object"),
  mutation("Object{"),
  mutation(""),
  steps("[JSONPatch{op: 'add', path: '/metadata/labels/a', value: 'b'}]"),
  steps("[]"),
  steps("JSONPatch{op: 'add', path: '/a'}"),
  steps("[JSONPatch{op: 'jump', path: '/a'}]"),
  { patchType: "x" },
  { patchType: "JSONPatch", applyConfiguration: { expression: "Object{}" } },
  { ...mutation("Object{}"), jsonPatch: { expression: "[]" } },
];

/** By version and kind. */
export const admissionExtras: Readonly<Record<string, KindExtra>> = {
  "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration": webhooks([]),
  "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration": webhooks([
    { reinvocationPolicy: "IfNeeded" },
    { reinvocationPolicy: "x" },
    { reinvocationPolicy: null },
  ]),
  "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding": {
    changes: [
      ...bindingChanges,
      { validationActions: ["Warn"] },
      { validationActions: ["Deny", "Warn"] },
      { validationActions: ["Audit", "Audit"] },
      { validationActions: ["x"] },
      { validationActions: [] },
    ].map(inSpec),
  },
  "admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding": { changes: bindingChanges.map(inSpec) },
  "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy": {
    rest: { spec: { matchConstraints: { resourceRules: [rule] }, validations: [validation] } },
    changes: [
      ...ofPolicies,
      ...validations.map((one) => ({ validations: [one] })),
      { validations: [] },
      { validations: null, auditAnnotations: [{ key: "k", valueExpression: "'v'" }] },
      { auditAnnotations: [{ key: "a b", valueExpression: "1" }] },
      {
        auditAnnotations: [
          { key: "k", valueExpression: "'v'" },
          { key: "k", valueExpression: "null" },
        ],
      },
    ].map(inSpec),
    statuses: [
      { status: { observedGeneration: 1 } },
      { status: { typeChecking: { expressionWarnings: [{ fieldRef: "spec.validations[0].expression", warning: "w" }] } } },
      { status: { conditions: [{ type: "A", status: "True", lastTransitionTime: "2024-01-01T00:00:00Z", reason: "R", message: "" }] } },
      { status: { conditions: [{ type: "a b", status: "x" }] } },
    ],
  },
  "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy": {
    rest: {
      spec: { matchConstraints: { resourceRules: [rule] }, reinvocationPolicy: "Never", failurePolicy: "Fail", mutations: [mutations[0]] },
    },
    changes: [
      ...ofPolicies,
      ...mutations.map((one) => ({ mutations: [one] })),
      { mutations: [] },
      { mutations: null },
      ...["IfNeeded", "x", null].map((reinvocationPolicy) => ({ reinvocationPolicy })),
    ].map(inSpec),
  },
};

const things = new CustomKind({ plural: "things", kind: "Thing" });
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const behaviours: readonly Behaviour[] = [
  {},
  { response: { allowed: false } },
  { response: { allowed: false, status: { message: "not so", code: 418, reason: "Teapot" } } },
  { response: { warnings: ["take care", "twice"], auditAnnotations: { a: "b" } } },
  { patch: [{ op: "add", path: "/metadata/labels/hooked", value: "yes" }] },
  { patch: [{ op: "add", path: "/spec/size", value: 7 }] },
  { patch: [{ op: "add", path: "/spec/unknown", value: 1 }] },
  { patch: [{ op: "replace", path: "/spec/size", value: "x" }] },
  { patch: [{ op: "remove", path: "/spec/none" }] },
  { patch: [{ op: "replace", path: "/metadata/name", value: "other" }] },
  { patch: [{ op: "add", path: "/metadata/managedFields", value: [] }] },
  { patch: [{ op: "add", path: "/metadata/finalizers", value: ["example.com/hooked"] }] },
  { status: 500 },
  { raw: "{" },
  { withoutResponse: true },
];

/** A custom kind whose objects somebody else has a say in. */
export function admittedKinds({ pick, chance }: Dice): { steps: StoryStep[]; kinds: StoryKind[] } {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          size: { type: "integer", maximum: 9 },
          color: { type: "string", default: "red" },
          tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        },
      },
      status: { type: "object", properties: { phase: { type: "string" } } },
    },
  };
  const more = { subresources: { status: {} } };
  const versions = [{ schema, more }, ...(chance(0.5) ? [{ name: "v2", schema, more }] : [])];
  const served = versions.length > 1 ? pick(["v1", "v2"]) : "v1";
  const path = things.path(served);
  const object = {
    apiVersion: path.split("/").slice(2, 4).join("/"),
    kind: "Thing",
    metadata: { name: "a", labels: { app: "a" } },
    spec: { size: 1 },
  };
  const kind: StoryKind = {
    path,
    object,
    changes: [
      { spec: { size: 2 } },
      { spec: { size: 20 } },
      { spec: { color: "blue" } },
      { spec: { tags: ["a", "b"] } },
      { spec: { unknown: 1 } },
      { spec: null },
      { metadata: { labels: { skip: "yes" } } },
    ],
    statuses: [{ status: { phase: "x" } }, { status: { phase: 1 } }, { status: null }],
  };
  const matching = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
    ...(chance(0.3) ? { objectSelector: { matchExpressions: [{ key: "skip", operator: "DoesNotExist" }] } } : {}),
    ...(chance(0.4) ? { matchPolicy: pick(["Exact", "Equivalent"]) } : {}),
  };
  const about = {
    apiGroups: [things.group],
    apiVersions: pick([["v1"], ["*"]]),
    operations: pick([["*"], ["CREATE"], ["UPDATE"], ["CREATE", "UPDATE"], ["DELETE"]]),
    resources: pick([["things"], ["things", "things/status"], ["things/status"], ["*"]]),
  };
  const condition = chance(0.3)
    ? {
        matchConditions: [
          {
            name: "m",
            expression: pick(["object.spec.size < 5", "object.metadata.name == 'a'", "request.subResource == ''", "request.dryRun"]),
          },
        ],
      }
    : {};
  const isHook = chance(0.5);
  const isMutating = chance(0.6);
  const failurePolicy = pick(["Fail", "Fail", "Ignore"]);
  const made: StoryStep[] = [];
  if (isHook) {
    const plural = `${isMutating ? "mutating" : "validating"}webhookconfigurations`;
    const hook = {
      name: "hook.example.com",
      clientConfig: { url: `{hook}${hookPath("hook", pick(behaviours))}`, caBundle: "{ca}" },
      rules: [about],
      sideEffects: pick(["None", "NoneOnDryRun"]),
      admissionReviewVersions: ["v1"],
      timeoutSeconds: 5,
      failurePolicy,
      ...(isMutating && chance(0.3) ? { reinvocationPolicy: "IfNeeded" } : {}),
      ...matching,
      ...condition,
    };
    made.push(create(`${admission}/${plural}`, { metadata: { name: "hook-{u}" }, webhooks: [hook] }));
  } else {
    const plural = isMutating ? "mutatingadmissionpolicy" : "validatingadmissionpolicy";
    const spec = {
      matchConstraints: { ...matching, resourceRules: [about] },
      failurePolicy,
      ...condition,
      ...(isMutating
        ? {
            reinvocationPolicy: pick(["Never", "IfNeeded"]),
            mutations: [
              pick([
                mutation("Object{metadata: Object.metadata{labels: {'made': object.metadata.name}}}"),
                mutation("Object{spec: Object.spec{size: has(object.spec.size) ? object.spec.size + 1 : 1}}"),
                mutation("Object{spec: Object.spec{tags: ['policy']}}"),
                mutation("Object{spec: Object.spec{size: 'x'}}"),
                mutation("Object{status: Object.status{phase: 'made'}}"),
                steps("[JSONPatch{op: 'add', path: '/spec/size', value: 3}]"),
                steps("[JSONPatch{op: 'remove', path: '/spec/color'}]"),
                steps(
                  "[JSONPatch{op: 'test', path: '/spec/size', value: 1}, JSONPatch{op: 'add', path: '/metadata/annotations', value: {'a': 'b'}}]",
                ),
              ]),
            ],
          }
        : {
            validations: [
              {
                expression: pick([
                  "object.spec.size < 3",
                  "!has(object.spec.color) || object.spec.color != 'blue'",
                  "oldObject == null || object.spec.size >= oldObject.spec.size",
                  "request.kind.version == 'v1'",
                  "has(object.status)",
                  "object.metadata.labels.app == 'a'",
                  "size(object.metadata.managedFields) > 0",
                  "request.options.fieldManager == 'helm'",
                ]),
                ...(chance(0.3) ? { messageExpression: "'size is ' + string(object.spec.size)" } : {}),
                ...(chance(0.3) ? { reason: pick(["Forbidden", "Invalid", "RequestEntityTooLarge"]) } : {}),
              },
            ],
          }),
    };
    made.push(create(`${admission}/${plural.slice(0, -1)}ies`, { metadata: { name: "p-{u}" }, spec }));
    const binding = { policyName: "p-{u}", ...(isMutating ? {} : { validationActions: pick([["Deny"], ["Warn"], ["Deny", "Audit"]]) }) };
    made.push(create(`${admission}/${plural}bindings`, { metadata: { name: "p-{u}" }, spec: binding }));
  }
  return {
    steps: [
      create(definitions, things.definition(versions)),
      { served: things.path() },
      { served: path },
      ...(chance(0.5) ? [create(path, object)] : []),
      ...made,
      create(path, { ...object, metadata: { ...object.metadata, name: "b" } }),
      patch("merge", `${path}/b`, pick(kind.changes)),
      patch("apply", `${path}/c?fieldManager=helm`, { ...object, metadata: { name: "c", labels: { app: "a" } } }),
      ...(chance(0.5) ? [remove(`${path}/b`)] : []),
    ],
    kinds: [kind],
  };
}
