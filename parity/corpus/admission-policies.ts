import { create, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const group = "/apis/admissionregistration.k8s.io/v1";
const policies = `${group}/validatingadmissionpolicies`;
const bindings = `${group}/validatingadmissionpolicybindings`;
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const quietly = { pick: () => "" };
const here = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };

const rule = (resources: string[], more: object = {}) => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations: ["*"],
  resources,
  ...more,
});

const policy = (spec: object, name = "p-{u}"): object => ({
  metadata: { name },
  spec: { matchConstraints: { namespaceSelector: here, resourceRules: [rule(["configmaps"])] }, ...spec },
});
const binding = (spec: object = {}, name = "b-{u}"): object => ({
  metadata: { name },
  spec: { policyName: "p-{u}", validationActions: ["Deny"], ...spec },
});
const configMap = (name: string, data: object = { a: "1" }) => ({ metadata: { name, labels: { x: "y" } }, data });
const made = (spec: object, bound: object = {}): Request[] => [
  create(policies, policy(spec), quietly),
  create(bindings, binding(bound), quietly),
];

/** What becomes of a create, an update and a delete under one policy. */
const ruled = (name: string, spec: object, bound: object = {}, before: Step[] = []): Sequence => ({
  name,
  steps: [
    ...before,
    ...made(spec, bound),
    create(configMaps, configMap("a")),
    create(configMaps, configMap("b", { a: "2" })),
    put(`${configMaps}/b`, configMap("b", { a: "1" })),
    remove(`${configMaps}/b`),
  ],
});
const validation = (expression: string, more: object = {}) => ({ validations: [{ expression, ...more }] });
const told = (name: string, spec: object): Sequence => ({ name: `told: ${name}`, steps: [create(policies, policy(spec))] });

const isTwo = "object == null || object.data.a == '2'";
const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
const ref = (more: object) => ({ paramRef: { parameterNotFoundAction: "Deny", ...more } });
const param: Step[] = [
  create(configMaps, configMap("param", { wanted: "2" }), quietly),
  create(configMaps, configMap("other", { wanted: "3" }), quietly),
];
const wanted = "object == null || object.data.a == params.data.wanted";

const sequences: Sequence[] = [
  ruled("true", validation("true")),
  ruled("false", validation("false")),
  ruled("a field", validation(isTwo)),
  ruled("a message", validation(isTwo, { message: " must be two " })),
  ruled("a message expression", validation(isTwo, { message: "m", messageExpression: "'is ' + object.data.a + ' '" })),
  ruled("a message expression that fails", validation(isTwo, { message: "m", messageExpression: "object.nothing" })),
  ruled("a message expression that fails alone", validation(isTwo, { messageExpression: "string(object.nothing)" })),
  ruled("a message expression with lines", validation(isTwo, { messageExpression: "'a\\nb'" })),
  ruled("an empty message expression", validation(isTwo, { messageExpression: "' '" })),
  ruled("an expression with spaces", validation("  false  ")),
  ruled("reason forbidden", validation("false", { reason: "Forbidden" })),
  ruled("reason too large", validation("false", { reason: "RequestEntityTooLarge" })),
  ruled("reason invalid", validation("false", { reason: "Invalid" })),
  ruled("an error", validation("object.nothing == 1")),
  ruled("an error, ignored", { ...validation("object.nothing == 1"), failurePolicy: "Ignore" }),
  ruled("an error beside a failure", {
    validations: [{ expression: "object.nothing == 1" }, { expression: "false", message: "second" }],
    failurePolicy: "Ignore",
  }),
  ruled("several", { validations: [{ expression: "true" }, { expression: "false", message: "a" }, { expression: "false", message: "b" }] }),
  ruled(
    "warned",
    {
      validations: [
        { expression: isTwo, message: "a" },
        { expression: "false", message: "b" },
      ],
    },
    { validationActions: ["Warn"] },
  ),
  ruled("warned of an error", validation("object.nothing == 1"), { validationActions: ["Warn"] }),
  ruled("audited", validation("false"), { validationActions: ["Audit"] }),
  ruled("audited and warned", validation("false"), { validationActions: ["Audit", "Warn"] }),
  ruled("conditions", {
    ...validation("false"),
    matchConditions: [{ name: "c", expression: "request.operation == 'CREATE' && object.metadata.name == 'a'" }],
  }),
  ruled("conditions that fail", { ...validation("true"), matchConditions: [{ name: "c", expression: "object.nothing == 1" }] }),
  ruled("conditions that fail, ignored", {
    ...validation("false"),
    failurePolicy: "Ignore",
    matchConditions: [{ name: "c", expression: "object.nothing == 1" }],
  }),
  ruled("variables", {
    variables: [
      { name: "data", expression: "object.data" },
      { name: "two", expression: "variables.data.a == '2'" },
    ],
    ...validation("object == null || variables.two", { messageExpression: "'found ' + variables.data.a" }),
  }),
  ruled("a variable that fails", { variables: [{ name: "x", expression: "object.nothing" }], ...validation("variables.x == 1") }),
  ruled("a variable that fails and is not asked for", { variables: [{ name: "x", expression: "object.nothing" }], ...validation("true") }),
  ruled("a variable that is asked for with has", {
    variables: [{ name: "x", expression: "1" }],
    ...validation("has(variables.x) && variables.x == 1"),
  }),
  ruled("the namespace", validation("namespaceObject.metadata.name == request.namespace && namespaceObject.status.phase == 'Active'")),
  ruled("the namespace's identifier", validation("namespaceObject.metadata.UID == ''")),
  ruled(
    "the authorizer",
    validation("authorizer.requestResource.check('get').allowed() && authorizer.group('').resource('pods').check('get').allowed()"),
  ),
  ruled("audit annotations", {
    auditAnnotations: [
      { key: "k", valueExpression: "'a'" },
      { key: "l", valueExpression: "null" },
    ],
  }),
  ruled("an audit annotation that fails", { auditAnnotations: [{ key: "k", valueExpression: "string(object.nothing)" }] }),
  ruled("an audit annotation that fails, ignored", {
    auditAnnotations: [{ key: "k", valueExpression: "string(object.nothing)" }],
    failurePolicy: "Ignore",
  }),
  ruled("params by name", { paramKind, ...validation(wanted) }, ref({ name: "param" }), param),
  ruled("params by name and namespace", { paramKind, ...validation(wanted) }, ref({ name: "param", namespace: "{ns}" }), param),
  ruled("params of another namespace", { paramKind, ...validation(wanted) }, ref({ name: "param", namespace: "default" }), param),
  ruled(
    "params that are not there, allowed",
    { paramKind, ...validation(wanted) },
    { paramRef: { name: "none", parameterNotFoundAction: "Allow" } },
  ),
  ruled("params that are not there", { paramKind, ...validation(wanted) }, ref({ name: "none" })),
  ruled("params that are not there, ignored", { paramKind, failurePolicy: "Ignore", ...validation(wanted) }, ref({ name: "none" })),
  ruled("params without a reference", { paramKind, ...validation("params == null") }),
  ruled("a reference without params", validation("true"), ref({ name: "none" })),
  ruled(
    "params of a cluster-scoped kind",
    { paramKind: { apiVersion: "v1", kind: "Namespace" }, ...validation("params.metadata.name == 'default'") },
    ref({ name: "default" }),
  ),
  ruled(
    "params of a cluster-scoped kind in a namespace",
    { paramKind: { apiVersion: "v1", kind: "Namespace" }, ...validation("true") },
    ref({ name: "default", namespace: "default" }),
  ),
  ruled(
    "params of an unknown kind",
    { paramKind: { apiVersion: "example.com/v1", kind: "Nothing" }, ...validation("true") },
    ref({ name: "x" }),
  ),
  ruled("a binding of other names", validation("false"), {
    matchResources: { resourceRules: [rule(["configmaps"], { resourceNames: ["b"] })] },
  }),
  ruled("a binding of other labels", validation("false"), { matchResources: { objectSelector: { matchLabels: { x: "z" } } } }),
  ruled("excluded", {
    matchConstraints: {
      namespaceSelector: here,
      resourceRules: [rule(["*"])],
      excludeResourceRules: [rule(["configmaps"], { resourceNames: ["b"] })],
    },
    ...validation("false"),
  }),
  { name: "without a binding", steps: [create(policies, policy(validation("false")), quietly), create(configMaps, configMap("a"))] },
  {
    name: "changes",
    steps: [
      ...made(validation("false")),
      create(configMaps, configMap("a")),
      patch("json", `${policies}/p-{u}`, [{ op: "replace", path: "/spec/validations/0/expression", value: "true" }], quietly),
      create(configMaps, configMap("a")),
      patch("json", `${policies}/p-{u}`, [{ op: "replace", path: "/spec/validations/0/expression", value: "nothing" }]),
      remove(`${bindings}/b-{u}`, undefined, quietly),
      create(configMaps, configMap("b")),
    ],
  },
  told("all that can be wrong", {
    paramKind,
    matchConditions: [
      { name: "m", expression: "variables.a == 1" },
      { name: "n", expression: "params.x" },
    ],
    variables: [
      { name: "a", expression: "nothing" },
      { name: "b", expression: "variables.c" },
      { name: "c", expression: "1" },
    ],
    validations: [
      { expression: "variables.a == 1", messageExpression: "1" },
      { expression: "1", messageExpression: "variables.c" },
      { expression: "variables.c == 'x'", messageExpression: "authorizer.requestResource" },
      { expression: "object", messageExpression: "nothing" },
    ],
    auditAnnotations: [
      { key: "k", valueExpression: "1" },
      { key: "l", valueExpression: "null" },
      { key: "m", valueExpression: "nothing" },
    ],
  }),
  told("params without a kind", validation("params.a == 1")),
  told("variables without any", validation("variables.a == 1")),
];

export default sequences;
