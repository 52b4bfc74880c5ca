import { asTable, damagedCreates, damagedUpdates, of } from "../damages.ts";
import { create, get, put, type Sequence } from "../sequences.ts";

const group = "/apis/admissionregistration.k8s.io/v1";
const validating = `${group}/validatingwebhookconfigurations`;
const mutating = `${group}/mutatingwebhookconfigurations`;
const policies = `${group}/validatingadmissionpolicies`;
const bindings = `${group}/validatingadmissionpolicybindings`;
const changes = `${group}/mutatingadmissionpolicies`;
const never = { matchLabels: { "no-such-label": "x" } };
const rules = [{ operations: ["CREATE"], apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"] }];
const hook = {
  name: "a.example.com",
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  failurePolicy: "Ignore",
  clientConfig: { service: { namespace: "n", name: "s", path: "/p" } },
  namespaceSelector: never,
  rules,
};
const configuration = { metadata: { name: "hooks-{u}" }, webhooks: [hook] };
const policy = {
  metadata: { name: "policy-{u}" },
  spec: {
    matchConstraints: { namespaceSelector: never, resourceRules: rules },
    validations: [{ expression: "true" }],
    auditAnnotations: [{ key: "k", valueExpression: "'v'" }],
  },
};
const binding = {
  metadata: { name: "binding-{u}" },
  spec: { policyName: "p", validationActions: ["Warn"], matchResources: { namespaceSelector: never } },
};
const change = {
  metadata: { name: "change-{u}" },
  spec: {
    matchConstraints: { namespaceSelector: never, resourceRules: rules },
    reinvocationPolicy: "Never",
    mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
  },
};

const sequences: Sequence[] = [
  ...of(
    "webhooks",
    damagedCreates(
      validating,
      configuration,
      [
        ["webhooks.0.name", "two.parts"],
        ["webhooks.0.name", ""],
        ["webhooks.0.sideEffects", undefined],
        ["webhooks.0.sideEffects", "Some"],
        ["webhooks.0.failurePolicy", "Maybe"],
        ["webhooks.0.matchPolicy", "Maybe"],
        ["webhooks.0.timeoutSeconds", 31],
        ["webhooks.0.admissionReviewVersions", []],
        ["webhooks.0.admissionReviewVersions", ["v2", "v2"]],
        ["webhooks.0.admissionReviewVersions", ["V1"]],
        ["webhooks.0.clientConfig", {}],
        ["webhooks.0.clientConfig.url", "https://x"],
        ["webhooks.0.clientConfig", { url: "http://u@x/p?q#f" }],
        ["webhooks.0.clientConfig.service.name", ""],
        ["webhooks.0.clientConfig.service.port", 0],
        ["webhooks.0.clientConfig.service.path", "a//B"],
        ["webhooks.0.namespaceSelector", { matchExpressions: [{ key: "a", operator: "Is" }] }],
        ["webhooks.0.rules.0.operations", []],
        ["webhooks.0.rules.0.operations", ["*", "CREATE"]],
        ["webhooks.0.rules.0.operations", ["READ"]],
        ["webhooks.0.rules.0.apiGroups", ["*", "apps"]],
        ["webhooks.0.rules.0.apiVersions", [""]],
        ["webhooks.0.rules.0.resources", ["pods/*", "pods/log"]],
        ["webhooks.0.rules.0.resources", ["*/*", "pods"]],
        ["webhooks.0.rules.0.resources", ["*", "pods"]],
        ["webhooks.0.rules.0.scope", "Somewhere"],
        ["webhooks.0.matchConditions", [{ name: "a b", expression: " " }, {}]],
        ["webhooks.1", hook],
      ],
      [
        [
          ["webhooks.0.name", ""],
          ["webhooks.0.rules.0.apiGroups", []],
          ["webhooks.0.timeoutSeconds", 0],
        ],
      ],
    ),
    damagedUpdates(validating, configuration, [
      ["webhooks.0.timeoutSeconds", 7],
      ["webhooks.0.sideEffects", "Some"],
      ["metadata.resourceVersion", undefined],
    ]),
    { name: "table", steps: [create(validating, configuration), get(`${validating}/hooks-{u}`, asTable)] },
  ),
  ...of(
    "changing webhooks",
    damagedCreates(mutating, configuration, [
      ["webhooks.0.reinvocationPolicy", "Always"],
      ["webhooks.0.rules.0.operations", ["DELETE"]],
    ]),
  ),
  ...of(
    "policies",
    damagedCreates(policies, policy, [
      ["spec", undefined],
      ["spec.failurePolicy", "Maybe"],
      ["spec.paramKind", {}],
      ["spec.paramKind", { apiVersion: "a/b/c", kind: "K" }],
      ["spec.paramKind", { apiVersion: "-/V1", kind: "Bad_" }],
      ["spec.matchConstraints", undefined],
      ["spec.matchConstraints.resourceRules", []],
      ["spec.matchConstraints.resourceRules.0.resourceNames", ["a", "a", "b/c"]],
      ["spec.validations.0.expression", " "],
      ["spec.validations.0.message", " "],
      ["spec.validations.0.message", "two\nlines"],
      ["spec.validations.0.messageExpression", " "],
      ["spec.validations.0.reason", "Because"],
      ["spec.variables", [{ name: "in", expression: "1" }]],
      ["spec.variables", [{}]],
      ["spec.auditAnnotations.0.key", "bad key"],
      ["spec.auditAnnotations.0.valueExpression", ""],
      ["spec.auditAnnotations.1", { key: "k", valueExpression: "'w'" }],
    ]),
    {
      name: "status and table",
      steps: [
        create(policies, policy),
        (answers) =>
          put(`${policies}/policy-{u}/status?dryRun=All`, {
            ...answers[0]?.body,
            status: { conditions: [{ type: "x" }], typeChecking: { expressionWarnings: [{}] } },
          }),
        get(`${policies}/policy-{u}`, asTable),
      ],
    },
  ),
  ...of(
    "bindings",
    damagedCreates(bindings, binding, [
      ["spec.policyName", ""],
      ["spec.policyName", "Bad_"],
      ["spec.validationActions", []],
      ["spec.validationActions", ["Deny", "Warn"]],
      ["spec.validationActions", ["Warn", "Warn", "Shout"]],
      ["spec.paramRef", {}],
      ["spec.paramRef", { name: "a/b", selector: {}, parameterNotFoundAction: "Ignore" }],
      ["spec.matchResources.matchPolicy", "Maybe"],
    ]),
    { name: "table", steps: [create(bindings, binding), get(`${bindings}/binding-{u}`, asTable)] },
  ),
  ...of(
    "changing policies",
    damagedCreates(changes, change, [
      ["spec", undefined],
      ["spec.reinvocationPolicy", ""],
      ["spec.mutations", []],
      ["spec.mutations.0.patchType", "JSONPatch"],
      ["spec.mutations.0.patchType", "Other"],
      ["spec.mutations.0.applyConfiguration", undefined],
      ["spec.matchConstraints.resourceRules.0.operations", ["DELETE"]],
    ]),
  ),
];

export default sequences;
