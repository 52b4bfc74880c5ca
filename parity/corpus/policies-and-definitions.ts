import { edit, json, life, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence, type Step } from "../sequences.ts";

/** Flow control, admission's configurations, API services, definitions and their objects, as first written by hand. */
const flow = "/apis/flowcontrol.apiserver.k8s.io/v1";
const schemas = `${flow}/flowschemas`;
const levels = `${flow}/prioritylevelconfigurations`;
const admission = "/apis/admissionregistration.k8s.io/v1";
const services = "/apis/apiregistration.k8s.io/v1/apiservices";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const named = (name: string, spec: object) => ({ metadata: { name }, spec });

const rule = {
  subjects: [{ kind: "Group", group: { name: "system:authenticated" } }],
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
};
const schema = (spec: object = {}) => ({
  priorityLevelConfiguration: { name: "none-{u}" },
  matchingPrecedence: 9000,
  rules: [rule],
  ...spec,
});
const limited = (more: object = {}) => ({
  type: "Limited",
  limited: {
    nominalConcurrencyShares: 1,
    limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 6, queueLengthLimit: 50 } },
    ...more,
  },
});

const definition = (spec: object = {}, plural = "cranes") => ({
  metadata: { name: `${plural}.{u}.example.com` },
  spec: {
    group: "{u}.example.com",
    scope: "Namespaced",
    names: { plural, singular: "crane", kind: "Crane", shortNames: ["cr{u}"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } },
        },
      },
    ],
    ...spec,
  },
});
const version = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: "object" } },
  ...more,
});
const withSchema = (schemaOf: object, more: object = {}) =>
  definition({ versions: [version("v1", { storage: true, schema: { openAPIV3Schema: schemaOf }, ...more })] });
const refuse = (name: string, bodies: readonly object[]): Sequence =>
  life(name, ...bodies.map((body) => create(`${definitions}?dryRun=All`, body)));
const cranes = "/apis/{u}.example.com/v1/namespaces/{ns}/cranes";
const ready = get(`${definitions}/cranes.{u}.example.com`, {
  pick: () => "",
  until: ({ body }) =>
    body.status?.conditions?.some((one: { type: string; status: string }) => one.type === "Established" && one.status === "True"),
});
const served = get(cranes, { pick: () => "", until: ({ status }) => status === 200 });
const defined = (body: object): Step[] => [create(definitions, body), ready, served];
const crane = (name: string, more: object = {}) => ({ apiVersion: "{u}.example.com/v1", kind: "Crane", metadata: { name }, ...more });

const hook = (more: object = {}) => ({
  name: "a.example.com",
  clientConfig: { url: "https://a.example.com/x" },
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  ...more,
});
const vap = `${admission}/validatingadmissionpolicies`;
const vapb = `${admission}/validatingadmissionpolicybindings`;
const map = `${admission}/mutatingadmissionpolicies`;
const policy = (more: object = {}) => ({
  matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] },
  validations: [{ expression: "object.metadata.name != 'never-{u}'" }],
  ...more,
});

const sequences: Sequence[] = [
  life(
    "flow schemas with faults",
    ...[
      schema({ priorityLevelConfiguration: { name: "" } }),
      schema({ priorityLevelConfiguration: { name: "Not_Valid" } }),
      schema({ matchingPrecedence: 0 }),
      schema({ matchingPrecedence: 10001 }),
      schema({ matchingPrecedence: 1 }),
      schema({ distinguisherMethod: { type: "ByCookie" } }),
      schema({ distinguisherMethod: { type: "" } }),
      schema({ rules: [{ subjects: [] }] }),
      schema({ rules: [{ subjects: rule.subjects }] }),
      schema({
        rules: [
          {
            ...rule,
            subjects: [
              { kind: "User" },
              { kind: "Group", user: { name: "x" } },
              { kind: "Robot" },
              { kind: "ServiceAccount", serviceAccount: {} },
            ],
          },
        ],
      }),
      schema({
        rules: [
          {
            ...rule,
            subjects: [
              { kind: "User", user: { name: "" } },
              { kind: "Group", group: { name: "" } },
              { kind: "User", user: { name: "x" }, group: { name: "y" } },
            ],
          },
        ],
      }),
      schema({
        rules: [
          {
            ...rule,
            subjects: [
              { kind: "ServiceAccount", serviceAccount: { namespace: "A", name: "B_" } },
              { kind: "ServiceAccount", serviceAccount: { namespace: "*", name: "*" } },
            ],
          },
        ],
      }),
      schema({ rules: [{ subjects: rule.subjects, resourceRules: [{}] }] }),
      schema({
        rules: [
          {
            subjects: rule.subjects,
            resourceRules: [{ verbs: ["*", "get"], apiGroups: ["*", ""], resources: ["*", "pods"], namespaces: ["*", "a"] }],
          },
        ],
      }),
      schema({
        rules: [
          { subjects: rule.subjects, resourceRules: [{ verbs: ["fly"], apiGroups: ["A_"], resources: ["Pods"], namespaces: ["A_", ""] }] },
        ],
      }),
      schema({
        rules: [{ subjects: rule.subjects, resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: [] }] }],
      }),
      schema({ rules: [{ subjects: rule.subjects, nonResourceRules: [{}] }] }),
      schema({ rules: [{ subjects: rule.subjects, nonResourceRules: [{ verbs: ["*", "get"], nonResourceURLs: ["*", "/x"] }] }] }),
      schema({
        rules: [
          {
            subjects: rule.subjects,
            nonResourceRules: [{ verbs: ["list"], nonResourceURLs: ["x", "/a/*/b", "/a//b", "/a/", "/", "", "/a b"] }],
          },
        ],
      }),
      schema({ rules: [] }),
    ].map((spec) => create(`${schemas}?dryRun=All`, named("s-{u}", spec))),
    create(`${schemas}?dryRun=All`, { metadata: { name: "s-{u}" } }),
    create(`${schemas}?dryRun=All`, named("exempt", schema())),
    create(schemas, named("s-{u}", schema())),
    table(`${schemas}/s-{u}`),
    merge(`${schemas}/s-{u}`, { spec: { matchingPrecedence: 8999 } }),
    merge(`${schemas}/s-{u}`, { spec: { rules: null, distinguisherMethod: { type: "ByUser" } } }),
    merge(`${schemas}/exempt?dryRun=All`, { spec: { matchingPrecedence: 2 } }),
    merge(`${schemas}/catch-all?dryRun=All`, { spec: { rules: [] } }),
  ),
  life(
    "priority levels with faults",
    ...[
      {},
      { type: "Limited" },
      { type: "Exempt", limited: { nominalConcurrencyShares: 1 } },
      { type: "Exempt" },
      { type: "Exempt", exempt: { nominalConcurrencyShares: -1, lendablePercent: 101 } },
      { type: "Half" },
      { type: "Limited", limited: {} },
      { type: "Limited", limited: {}, exempt: {} },
      limited({ nominalConcurrencyShares: 0 }),
      limited({ nominalConcurrencyShares: -1 }),
      limited({ nominalConcurrencyShares: null }),
      limited({ lendablePercent: 101, borrowingLimitPercent: -1 }),
      limited({ limitResponse: {} }),
      limited({ limitResponse: { type: "Reject", queuing: { queues: 1 } } }),
      limited({ limitResponse: { type: "Reject" } }),
      limited({ limitResponse: { type: "Queue" } }),
      limited({ limitResponse: { type: "Queue", queuing: {} } }),
      limited({ limitResponse: { type: "Queue", queuing: { queues: 0, handSize: 0, queueLengthLimit: 0 } } }),
      limited({ limitResponse: { type: "Queue", queuing: { queues: 10, handSize: 20, queueLengthLimit: -1 } } }),
      limited({ limitResponse: { type: "Queue", queuing: { queues: 10000001, handSize: 6, queueLengthLimit: 5 } } }),
      limited({ limitResponse: { type: "Queue", queuing: { queues: 1000, handSize: 12, queueLengthLimit: 5 } } }),
      limited({ limitResponse: { type: "Wait" } }),
    ].map((spec) => create(`${levels}?dryRun=All`, named("l-{u}", spec))),
    create(
      `${levels}?dryRun=All`,
      named("exempt", { type: "Limited", limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } } }),
    ),
    create(levels, named("l-{u}", limited())),
    table(`${levels}/l-{u}`),
    merge(`${levels}/l-{u}`, { spec: { type: "Exempt" } }),
    merge(`${levels}/l-{u}`, { spec: { limited: { nominalConcurrencyShares: null } } }),
    merge(`${levels}/exempt?dryRun=All`, { spec: { exempt: { nominalConcurrencyShares: 5 } } }),
    merge(`${levels}/exempt?dryRun=All`, { spec: { type: "Limited", limited: { nominalConcurrencyShares: 1 } } }),
    merge(`${levels}/catch-all?dryRun=All`, { spec: { limited: { nominalConcurrencyShares: 6 } } }),
    merge(`${levels}/l-{u}/status`, {
      status: {
        conditions: [
          { type: "X", status: "True" },
          { type: "X", status: "True" },
        ],
      },
    }),
  ),
  life(
    "webhook configurations with faults",
    ...[
      {},
      hook({ name: "" }),
      hook({ name: "short" }),
      hook({ name: "A.B.C" }),
      hook({ clientConfig: {} }),
      hook({ clientConfig: { url: "http://a.example.com" } }),
      hook({ clientConfig: { url: "https://u:p@a.example.com/x?y#z" } }),
      hook({ clientConfig: { url: "https://" } }),
      hook({ clientConfig: { url: "::" } }),
      hook({ clientConfig: { url: "https://a", service: { namespace: "n", name: "s" } } }),
      hook({ clientConfig: { service: {} } }),
      hook({ clientConfig: { service: { namespace: "n", name: "s", path: "x", port: 0 } } }),
      hook({ clientConfig: { service: { namespace: "n", name: "s", path: "/a//b/", port: 70000 } } }),
      hook({ clientConfig: { url: "https://a", caBundle: "bm90IHBlbQ==" } }),
      hook({ admissionReviewVersions: [] }),
      hook({ admissionReviewVersions: ["v2"] }),
      hook({ admissionReviewVersions: ["v1", "v1", "V_"] }),
      hook({ sideEffects: null }),
      hook({ sideEffects: "Some" }),
      hook({ sideEffects: "Maybe" }),
      hook({ failurePolicy: "Explode", matchPolicy: "Fuzzy", timeoutSeconds: 0 }),
      hook({ timeoutSeconds: 31 }),
      hook({ reinvocationPolicy: "Always" }),
      hook({ namespaceSelector: { matchLabels: { "a b": "" } }, objectSelector: { matchExpressions: [{ key: "a", operator: "In" }] } }),
      hook({ rules: [{}] }),
      hook({
        rules: [{ apiGroups: ["*", "a"], apiVersions: ["*", "v1"], operations: ["*", "CREATE"], resources: ["*", "pods"], scope: "Moon" }],
      }),
      hook({ rules: [{ apiGroups: [""], apiVersions: [""], operations: ["FLY"], resources: ["", "pods/*", "*/*", "*/status", "a/b/c"] }] }),
      hook({ rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["*/*", "pods"] }] }),
      hook({
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods/*", "pods/status", "*/status", "pods"] }],
      }),
      hook({ matchConditions: [{}] }),
      hook({
        matchConditions: [
          { name: "a", expression: "1" },
          { name: "a", expression: "object.x.y(" },
        ],
      }),
    ].flatMap((one) => [
      create(`${admission}/validatingwebhookconfigurations?dryRun=All`, { metadata: { name: "h-{u}" }, webhooks: [one] }),
      create(`${admission}/mutatingwebhookconfigurations?dryRun=All`, { metadata: { name: "h-{u}" }, webhooks: [one] }),
    ]),
    create(`${admission}/validatingwebhookconfigurations?dryRun=All`, { metadata: { name: "h-{u}" } }),
    create(`${admission}/validatingwebhookconfigurations?dryRun=All`, { metadata: { name: "h-{u}" }, webhooks: [hook(), hook()] }),
    create(`${admission}/mutatingwebhookconfigurations?dryRun=All`, {
      metadata: { name: "h-{u}" },
      webhooks: [hook(), hook({ name: "b.example.com" }), hook()],
    }),
  ),
  {
    ...life(
      "webhook configurations: lives",
      create(`${admission}/validatingwebhookconfigurations`, { metadata: { name: "h-{u}" }, webhooks: [hook()] }),
      table(`${admission}/validatingwebhookconfigurations/h-{u}`),
      strategic(`${admission}/validatingwebhookconfigurations/h-{u}`, {
        webhooks: [
          { name: "b.example.com", $patch: "delete" },
          { name: "a.example.com", timeoutSeconds: 5 },
        ],
      }),
      strategic(`${admission}/validatingwebhookconfigurations/h-{u}`, { webhooks: [hook({ name: "c.example.com" })] }),
      merge(`${admission}/validatingwebhookconfigurations/h-{u}`, { webhooks: [] }),
      merge(`${admission}/validatingwebhookconfigurations/h-{u}`, { metadata: { labels: { a: "b" } } }),
      patch("apply", `${admission}/validatingwebhookconfigurations/h-{u}?fieldManager=m`, {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "h-{u}" },
        webhooks: [hook({ failurePolicy: "Ignore" })],
      }),
      remove(`${admission}/validatingwebhookconfigurations/h-{u}`),
    ),
    alone: true,
  },
  life(
    "admission policies with faults",
    ...[
      {},
      policy({ validations: [] }),
      policy({ validations: [{}] }),
      policy({ validations: [{ expression: "1" }] }),
      policy({ validations: [{ expression: "object.x" }] }),
      policy({ validations: [{ expression: "nothing.x == 1" }] }),
      policy({ validations: [{ expression: "true", reason: "Because" }] }),
      policy({ validations: [{ expression: "true", message: " ", messageExpression: "1" }] }),
      policy({ validations: [{ expression: "true", message: "a\nb" }] }),
      policy({ validations: [{ expression: "true\n&& false" }] }),
      policy({ validations: [{ expression: "true", messageExpression: "'a' + object.metadata.name" }] }),
      policy({ matchConstraints: null }),
      policy({ matchConstraints: {} }),
      policy({ matchConstraints: { resourceRules: [{}] } }),
      policy({
        matchConstraints: {
          resourceRules: [
            { apiGroups: ["*"], apiVersions: ["*"], operations: ["CONNECT"], resources: ["*"], resourceNames: ["", "a", "a"] },
          ],
        },
      }),
      policy({ matchConstraints: { matchPolicy: "Sometimes", resourceRules: policy().matchConstraints.resourceRules } }),
      policy({ failurePolicy: "Maybe" }),
      policy({ paramKind: {} }),
      policy({ paramKind: { apiVersion: "a/b/c", kind: "k" } }),
      policy({ auditAnnotations: [{}] }),
      policy({ validations: [], auditAnnotations: [{ key: "k", valueExpression: "'v'" }] }),
      policy({
        auditAnnotations: [
          { key: "bad key", valueExpression: "1" },
          { key: "k", valueExpression: "'a'" },
          { key: "k", valueExpression: "null" },
        ],
      }),
      policy({ matchConditions: [{ name: "a", expression: "object" }] }),
      policy({ variables: [{}, { name: "1a", expression: "1" }, { name: "a", expression: "b" }] }),
      policy({
        variables: [
          { name: "a", expression: "1" },
          { name: "a", expression: "2" },
        ],
      }),
    ].map((spec) => create(`${vap}?dryRun=All`, named("p-{u}", spec))),
    ...[
      {},
      { policyName: "p" },
      { policyName: "p", validationActions: [] },
      { policyName: "p", validationActions: ["Deny", "Warn"] },
      { policyName: "p", validationActions: ["Audit", "Audit", "Shout"] },
      { policyName: "P_", validationActions: ["Deny"] },
      { policyName: "p", validationActions: ["Deny"], paramRef: {} },
      { policyName: "p", validationActions: ["Deny"], paramRef: { name: "a", selector: {} } },
      { policyName: "p", validationActions: ["Deny"], paramRef: { name: "a" } },
      { policyName: "p", validationActions: ["Deny"], paramRef: { name: "a", parameterNotFoundAction: "Shrug" } },
      { policyName: "p", validationActions: ["Deny"], matchResources: { namespaceSelector: { matchLabels: { "a b": "c" } } } },
      { policyName: "p", validationActions: ["Deny"], matchResources: { resourceRules: [{}] } },
    ].map((spec) => create(`${vapb}?dryRun=All`, named("b-{u}", spec))),
    ...[
      {},
      { reinvocationPolicy: "Sometimes", mutations: [{}] },
      { mutations: [{ patchType: "ApplyConfiguration" }] },
      { mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "1" }, applyConfiguration: { expression: "Object{}" } }] },
      { mutations: [{ patchType: "Strategic", applyConfiguration: { expression: "Object{" } }] },
      {
        reinvocationPolicy: "Never",
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
        matchConstraints: policy().matchConstraints,
      },
    ].map((spec) => create(`${map}?dryRun=All`, named("m-{u}", spec))),
  ),
  life(
    "API services",
    ...[
      { name: "v1.{u}.example.com", spec: {} },
      { name: "v1.{u}.example.com", spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 10, versionPriority: 10 } },
      { name: "v2.{u}.example.com", spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 10, versionPriority: 10 } },
      { name: "v1.{u}.example.com", spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 0, versionPriority: 0 } },
      { name: "v1.{u}.example.com", spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 20001, versionPriority: 1001 } },
      { name: "v1.{u}.example.com", spec: { group: "{u}.example.com", version: "V1", groupPriorityMinimum: 10, versionPriority: 10 } },
      { name: "v1.", spec: { version: "v1", groupPriorityMinimum: 10, versionPriority: 10 } },
      {
        name: "v1.{u}.example.com",
        spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 10, versionPriority: 10, insecureSkipTLSVerify: true },
      },
      {
        name: "v1.{u}.example.com",
        spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 10, versionPriority: 10, caBundle: "eA==" },
      },
      {
        name: "v1.{u}.example.com",
        spec: { group: "{u}.example.com", version: "v1", groupPriorityMinimum: 10, versionPriority: 10, service: {} },
      },
      {
        name: "v1.{u}.example.com",
        spec: {
          group: "{u}.example.com",
          version: "v1",
          groupPriorityMinimum: 10,
          versionPriority: 10,
          service: { namespace: "n", name: "s", port: 0 },
        },
      },
      {
        name: "v1.{u}.example.com",
        spec: {
          group: "{u}.example.com",
          version: "v1",
          groupPriorityMinimum: 10,
          versionPriority: 10,
          service: { namespace: "n", name: "s" },
          caBundle: "eA==",
          insecureSkipTLSVerify: true,
        },
      },
    ].map(({ name, spec }) => create(`${services}?dryRun=All`, { metadata: { name }, spec })),
    get(`${services}/v1.`, { pick: (body) => (body as { spec: object }).spec }),
    get(`${services}/v1.apps`, { pick: (body) => (body as { spec: object }).spec }),
    get(`${services}/v1.apps/status`, { pick: (body) => (body as { kind: string }).kind }),
    merge(`${services}/v1.apps?dryRun=All`, { spec: { groupPriorityMinimum: 0 } }),
    merge(`${services}/v1.apps?dryRun=All`, { spec: { group: "other" } }),
    remove(`${services}/none-{u}`),
    create(services, { metadata: { name: "bad" }, spec: { group: "x", version: "y", groupPriorityMinimum: 1, versionPriority: 1 } }),
  ),
  refuse("definitions: names", [
    { metadata: { name: "x" } },
    { metadata: { name: "cranes.{u}.example.com" }, spec: {} },
    definition({}, "other"),
    { ...definition(), metadata: { name: "cranes.other.example.com" } },
    definition({ group: "Bad_Group" }),
    definition({ group: "nodots" }),
    definition({ group: "x.k8s.io" }),
    {
      ...definition({ group: "parity.k8s.io" }),
      metadata: { name: "cranes.parity.k8s.io", annotations: { "api-approved.kubernetes.io": "x" } },
    },
    {
      ...definition({ group: "parity.k8s.io" }),
      metadata: { name: "cranes.parity.k8s.io", annotations: { "api-approved.kubernetes.io": "unapproved, x" } },
    },
    definition({ scope: "Galaxy" }),
    definition({ scope: "" }),
    definition({ names: { plural: "cranes", kind: "crane" } }),
    definition({ names: { plural: "cranes", kind: "Crane", listKind: "Crane" } }),
    definition({ names: { plural: "cranes", kind: "1Crane", singular: "A", shortNames: ["A_", ""], categories: ["All!"] } }),
    definition({ names: { plural: "cranes", kind: "Crane", listKind: "craneList", singular: "cranes", shortNames: ["crane", "crane"] } }),
    definition({ names: {} }),
  ]),
  refuse("definitions: versions", [
    definition({ versions: [] }),
    definition({ versions: null }),
    definition({ versions: [version("v1")] }),
    definition({ versions: [version("v1", { storage: true }), version("v2", { storage: true })] }),
    definition({ versions: [version("v1", { storage: true }), version("v1")] }),
    definition({ versions: [version("V_1", { storage: true })] }),
    definition({ versions: [version("", { storage: true })] }),
    definition({ versions: [version("v1", { storage: true, served: false })] }),
    definition({ versions: [version("v1", { storage: true, schema: null })] }),
    definition({ versions: [version("v1", { storage: true, schema: {} })] }),
    definition({ versions: [version("v1", { storage: true, deprecated: false, deprecationWarning: "x" })] }),
    definition({ versions: [version("v1", { storage: true, deprecated: true, deprecationWarning: "" })] }),
    definition({ versions: [version("v1", { storage: true, deprecated: true, deprecationWarning: "a\nb" })] }),
    definition({ versions: [version("v1", { storage: true, subresources: { scale: {} } })] }),
    definition({
      versions: [
        version("v1", {
          storage: true,
          subresources: { scale: { specReplicasPath: "spec.x", statusReplicasPath: ".spec.y", labelSelectorPath: "x" } },
        }),
      ],
    }),
    definition({ versions: [version("v1", { storage: true, additionalPrinterColumns: [{}] })] }),
    definition({
      versions: [
        version("v1", {
          storage: true,
          additionalPrinterColumns: [
            { name: "A", type: "text", jsonPath: "x" },
            { name: "B", type: "date", jsonPath: ".a[", format: "x" },
          ],
        }),
      ],
    }),
    definition({ versions: [version("v1", { storage: true, selectableFields: [{ jsonPath: ".spec.a" }, { jsonPath: "" }] })] }),
    definition({ conversion: { strategy: "Webhook" } }),
    definition({ conversion: { strategy: "Magic" } }),
    definition({ conversion: { strategy: "None", webhook: { conversionReviewVersions: ["v1"] } } }),
    definition({ conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: [], clientConfig: {} } } }),
    definition({ conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v9"], clientConfig: { url: "http://x" } } } }),
    definition({ preserveUnknownFields: true }),
  ]),
  refuse("definitions: schemas", [
    withSchema({}),
    withSchema({ type: "string" }),
    withSchema({ type: "object", properties: { a: {} } }),
    withSchema({ type: "object", properties: { a: { type: "thing" } } }),
    withSchema({ type: "object", properties: { a: { type: "array" } } }),
    withSchema({ type: "object", properties: { a: { type: "array", items: [{ type: "string" }] } } }),
    withSchema({ type: "object", properties: { a: { type: "string", pattern: "(" } } }),
    withSchema({ type: "object", properties: { a: { type: "string", format: "odd", minLength: -1, maxLength: -5 } } }),
    withSchema({ type: "object", properties: { a: { type: "integer", default: "x" } } }),
    withSchema({ type: "object", properties: { a: { type: "integer", default: 5, maximum: 3 } } }),
    withSchema({ type: "object", properties: { a: { type: "object", default: { b: 1 }, properties: { c: { type: "string" } } } } }),
    withSchema({ type: "object", properties: { a: { type: "string", nullable: true, default: null } } }),
    withSchema({ type: "object", properties: { a: { type: "string", default: null } } }),
    withSchema({
      type: "object",
      properties: { a: { type: "object", properties: { b: { type: "string" } }, additionalProperties: { type: "string" } } },
    }),
    withSchema({ type: "object", additionalProperties: false }),
    withSchema({ type: "object", properties: { a: { $ref: "#/x" } } }),
    withSchema({ type: "object", properties: { a: { type: "string", uniqueItems: true } } }),
    withSchema({ type: "object", properties: { a: { type: "array", uniqueItems: true, items: { type: "string" } } } }),
    withSchema({ type: "object", properties: { a: { type: "object", "x-kubernetes-embedded-resource": true } } }),
    withSchema({ type: "object", properties: { a: { type: "string", "x-kubernetes-int-or-string": true } } }),
    withSchema({ type: "object", properties: { a: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" } } }),
    withSchema({
      type: "object",
      properties: {
        a: {
          type: "array",
          items: { type: "object", properties: { k: { type: "string" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k", "k", "l"],
        },
      },
    }),
    withSchema({ type: "object", properties: { a: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "set" } } }),
    withSchema({ type: "object", properties: { a: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "bag" } } }),
    withSchema({ type: "object", properties: { a: { type: "string", "x-kubernetes-map-type": "atomic" } } }),
    withSchema({ type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } }),
    withSchema({ type: "object", properties: { metadata: { type: "string" }, kind: { type: "integer" } } }),
    withSchema({ type: "object", anyOf: [{ properties: { a: { type: "string" } } }] }),
    withSchema({ type: "object", not: { required: ["a"] }, oneOf: [{ required: ["b"] }, { required: ["c"], description: "x" }] }),
    withSchema({ type: "object", properties: { a: { type: "string", enum: [] } } }),
    withSchema({ type: "object", properties: { a: { type: "string", enum: ["x", 1] } } }),
    withSchema({ type: "object", required: ["a", "a", ""] }),
    withSchema({ type: "object", properties: { a: { type: "string", "x-kubernetes-validations": [{}] } } }),
    withSchema({
      type: "object",
      properties: {
        a: {
          type: "string",
          "x-kubernetes-validations": [
            { rule: "self.size() > 0 &&" },
            { rule: "1" },
            { rule: "self.a" },
            { rule: "true", message: "a\nb" },
          ],
        },
      },
    }),
    withSchema({
      type: "object",
      properties: {
        a: { type: "string", "x-kubernetes-validations": [{ rule: "true", messageExpression: "1", reason: "Odd", fieldPath: ".b" }] },
      },
    }),
    withSchema({
      type: "object",
      properties: { a: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf", optionalOldSelf: true }] } },
    }),
    withSchema({
      type: "object",
      properties: { l: { type: "array", items: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] } } },
    }),
    withSchema({
      type: "object",
      properties: {
        l: {
          type: "array",
          items: {
            type: "object",
            "x-kubernetes-validations": [{ rule: "self.all(x, x == x)" }],
            additionalProperties: { type: "string" },
          },
        },
      },
    }),
    withSchema({ type: "object", multipleOf: 0, minimum: 5, maximum: 1, exclusiveMinimum: true }),
  ]),
  life(
    "custom objects",
    ...defined(
      withSchema(
        {
          type: "object",
          required: ["spec"],
          properties: {
            spec: {
              type: "object",
              required: ["size"],
              properties: {
                size: { type: "integer", minimum: 1, maximum: 10 },
                mode: { type: "string", enum: ["a", "b"], default: "a" },
                when: { type: "string", format: "date-time" },
                port: { "x-kubernetes-int-or-string": true },
                tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
                parts: {
                  type: "array",
                  items: { type: "object", required: ["name"], properties: { name: { type: "string" }, n: { type: "number" } } },
                  "x-kubernetes-list-type": "map",
                  "x-kubernetes-list-map-keys": ["name"],
                },
                any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              },
              "x-kubernetes-validations": [{ rule: "self.size % 2 == 0", message: "must be even" }],
            },
            status: { type: "object", properties: { ready: { type: "boolean" } } },
          },
        },
        {
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: "Size", type: "integer", jsonPath: ".spec.size" },
            { name: "When", type: "date", jsonPath: ".spec.when" },
          ],
        },
      ),
    ),
    create(cranes, crane("a", { spec: { size: 2 }, status: { ready: true } })),
    create(cranes, crane("b")),
    create(cranes, crane("b", { spec: {} })),
    create(cranes, crane("b", { spec: { size: 12, tags: ["x", "x"], unknown: 1 } })),
    create(cranes, crane("b", { spec: { size: "2" } })),
    create(cranes, crane("b", { spec: { size: 3 } })),
    create(`${cranes}?fieldValidation=Strict`, crane("b", { spec: { size: 4, unknown: 1, any: { x: 1 } }, more: 1 })),
    create(`${cranes}?fieldValidation=Ignore`, crane("b", { spec: { size: 4, unknown: 1, any: { x: 1 } }, more: 1 })),
    create(cranes, crane("c", { spec: { size: 4, mode: null, port: "http", when: "2024-01-01T00:00:00Z", parts: null } })),
    create(cranes, { ...crane("d", { spec: { size: 4 } }), apiVersion: "{u}.example.com/v2" }),
    create(cranes, { ...crane("d", { spec: { size: 4 } }), kind: "Stork" }),
    create(cranes, { metadata: { name: "d" }, spec: { size: 4 } }),
    create(cranes, crane("Not A Name", { spec: { size: 4 } })),
    table(cranes),
    merge(`${cranes}/a`, { spec: { size: 8 }, status: { ready: false } }),
    merge(`${cranes}/a/status`, { spec: { size: 4 }, status: { ready: false } }),
    merge(`${cranes}/a/status`, { status: { ready: "yes" } }),
    strategic(`${cranes}/a`, { spec: { size: 6 } }),
    json(`${cranes}/a`, [{ op: "add", path: "/spec/tags", value: ["x", "y"] }]),
    json(`${cranes}/a`, [{ op: "add", path: "/spec/tags/0", value: "y" }]),
    json(`${cranes}/a`, [{ op: "remove", path: "/spec/none" }]),
    patch("apply", `${cranes}/a?fieldManager=m`, crane("a", { spec: { parts: [{ name: "p", n: 1.5 }] } })),
    patch("apply", `${cranes}/a?fieldManager=n`, crane("a", { spec: { parts: [{ name: "q" }, { name: "p", n: 2 }] } })),
    patch("apply", `${cranes}/z?fieldManager=n`, crane("z", { spec: { parts: [{ n: 2 }] } })),
    patch("apply", `${cranes}/z?fieldManager=n`, crane("z", { spec: { size: 2, extra: 2 } })),
    edit(`${cranes}/a`, (object) => {
      object.spec = { size: 10 };
    }),
    put(`${cranes}/none`, crane("none", { spec: { size: 2 } })),
    get(`${cranes}/a/scale`),
    get(`${cranes}/a`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
    get(`${cranes}?fieldSelector=spec.size%3D2`),
    get(`${cranes}?fieldSelector=metadata.name%3Da`, { headers: { accept: "application/yaml" } }),
    remove(`${cranes}?labelSelector=none`),
    remove(cranes),
  ),
  life(
    "definitions: lives",
    ...defined(definition({ versions: [version("v1", { storage: true }), version("v2", { deprecated: true })] })),
    create(cranes, crane("a", { spec: { x: 1 } })),
    get("/apis/{u}.example.com"),
    get("/apis/{u}.example.com/v2", { pick: (body) => (body as { resources?: { name: string }[] }).resources?.map(({ name }) => name) }),
    get("/apis/{u}.example.com/v2/namespaces/{ns}/cranes/a"),
    table(`${definitions}/cranes.{u}.example.com`),
    merge(`${definitions}/cranes.{u}.example.com`, { spec: { scope: "Cluster" } }),
    merge(`${definitions}/cranes.{u}.example.com`, { spec: { group: "x.example.com" } }),
    merge(`${definitions}/cranes.{u}.example.com`, { spec: { names: { kind: "Heron" } } }),
    merge(`${definitions}/cranes.{u}.example.com`, { spec: { versions: [version("v3", { storage: true })] } }),
    merge(`${definitions}/cranes.{u}.example.com/status`, { status: { storedVersions: ["v9"] } }),
    merge(`${definitions}/cranes.{u}.example.com/status`, { status: { storedVersions: [] } }),
    get(`${definitions}/cranes.{u}.example.com/status`, { pick: (body) => (body as { status: object }).status }),
    strategic(`${definitions}/cranes.{u}.example.com`, { spec: { names: { shortNames: ["other{u}"] } } }),
    create(definitions, definition({ names: { plural: "cranes", kind: "Crane" } })),
    remove(`${definitions}/cranes.{u}.example.com?dryRun=All`),
    get(cranes, { pick: (body) => (body as { items?: object[] }).items?.length }),
  ),
];

export default sequences;
