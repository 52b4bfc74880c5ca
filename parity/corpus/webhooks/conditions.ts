import { create, patch, put, remove, type Sequence } from "../../sequences.ts";
import {
  configMap,
  configMaps,
  deployment,
  deployments,
  inAnyOrder,
  inOrder,
  mutates,
  quietly,
  rule,
  validates,
  validatesTold,
  validating,
} from "./hooks.ts";

/** One webhook with conditions, and what becomes of a create and an update. */
const conditional = (name: string, expressions: string[], more: object = {}): Sequence => ({
  name: `condition ${name}`,
  steps: [
    validates([
      {
        name: "hook",
        does: { response: { allowed: false } },
        more: { matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })), ...more },
      },
    ]),
    create(configMaps, configMap("a", { labels: { x: "y" } })),
    create(`${configMaps}?dryRun=All`, configMap("b"), { user: { name: "jane", groups: ["system:masters"] } }),
    create(configMaps, configMap("free")),
    remove(`${configMaps}/free`),
    inAnyOrder,
  ],
});

const isTold = (name: string, expression: string, more: object = {}): Sequence => ({
  name: `condition told: ${name}`,
  steps: [validatesTold([{ name: "hook", more: { matchConditions: [{ name: "c", expression }], ...more } }])],
});

export const conditions: Sequence[] = [
  conditional("true", ["true"]),
  conditional("false", ["false"]),
  conditional("of the object", ["object.metadata.name != 'free'", "object.data.a == '1'"]),
  conditional("without an object", ["oldObject == null && object != null"]),
  conditional("of the old object", ["request.operation == 'DELETE' && oldObject.metadata.name == 'free' && object == null"]),
  conditional("of the operation", ["request.operation == 'CREATE'"]),
  conditional("of the kind", [
    "request.kind.kind == 'ConfigMap' && request.kind.group == '' && request.kind.version == 'v1'",
    "request.resource.resource == 'configmaps' && request.requestKind.kind == 'ConfigMap' && request.requestResource.version == 'v1'",
  ]),
  conditional("of the name", ["request.name == 'a' && request.namespace == object.metadata.namespace"]),
  conditional("of the user", ["request.userInfo.username == 'jane' && 'system:masters' in request.userInfo.groups"]),
  conditional("of the user's identifier", ["has(request.userInfo.uid) && request.userInfo.uid == 'u1'"]),
  conditional("of the user's extra", ["has(request.userInfo.extra)"]),
  conditional("of a dry run", ["request.dryRun"]),
  conditional("of the options", ["request.options.kind == 'CreateOptions'"]),
  conditional("of the options' version", ["request.options.apiVersion == 'meta.k8s.io/v1'"]),
  conditional("of the options' dry run", ["request.options.dryRun == ['All']"]),
  conditional("of no subresource", ["has(request.subResource) || has(request.requestSubResource)"]),
  conditional("of a subresource that is not there", ["request.subResource == ''"]),
  conditional("of a field that is not there", ["object.nothing == 1"]),
  conditional("of a field that is not there, ignored", ["object.nothing == 1"], { failurePolicy: "Ignore" }),
  conditional("wrong and false", ["object.nothing == 1", "false"]),
  conditional("false and wrong", ["false", "object.nothing == 1"]),
  conditional("wrong and true", ["object.nothing == 1", "true"]),
  conditional("wrong twice", ["object.nothing == 1", "object.metadata.nothing == 2"]),
  conditional("wrong twice in the same way", ["object.nothing == 1", "object.nothing == 1"]),
  conditional("no bool", ["object.metadata.name"]),
  conditional("of the namespace", ["namespaceObject == null"]),
  conditional("that makes an object", ["kubernetes.AdmissionRequest{name: 'a'}.name == 'a'"]),
  conditional("of permissions", ["authorizer.group('').resource('pods').namespace('default').check('get').allowed()"]),
  conditional("of permissions on paths", ["!authorizer.path('/healthz').check('get').allowed()"]),
  conditional("of the reason", ["authorizer.group('').resource('pods').check('get').reason() == ''"]),
  conditional("of permissions on the object", ["authorizer.requestResource.check('delete').allowed()"]),
  conditional("of a service account", ["authorizer.serviceAccount('default', 'nobody').requestResource.check('get').allowed()"]),
  conditional("of another account", ["authorizer.serviceAccount('default', 'nobody').group('').resource('pods').check('get').allowed()"]),
  conditional("of selectors", ["authorizer.group('').resource('pods').fieldSelector('metadata.name=a').check('list').allowed()"]),
  conditional("of managed fields", ["has(object.metadata.managedFields)"]),
  conditional("of set fields", ["has(object.metadata.uid) && has(object.metadata.creationTimestamp)"]),
  conditional("of a generation", ["has(object.metadata.generation) || has(object.metadata.resourceVersion)"]),
  conditional("of kind and version", ["object.kind == 'ConfigMap' && object.apiVersion == 'v1'"]),
  conditional("that costs too much", [
    "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))",
  ]),
  conditional(
    "that cost too much together",
    Array.from(
      { length: 12 },
      () =>
        "[1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4].all(f, b + c + d + e + f > 0)))))",
    ),
  ),
  {
    name: "condition of mutating webhooks",
    steps: [
      mutates([
        { name: "a", does: { patch: [{ op: "add", path: "/data/b", value: "1" }] } },
        {
          name: "b",
          does: { patch: [{ op: "add", path: "/data/c", value: "1" }] },
          more: { matchConditions: [{ name: "c", expression: "has(object.data.b)" }] },
        },
        {
          name: "c",
          does: { patch: [{ op: "add", path: "/data/d", value: "1" }] },
          more: { matchConditions: [{ name: "c", expression: "!has(object.data.b)" }] },
        },
      ]),
      create(configMaps, configMap("a")),
      inOrder,
    ],
  },
  {
    name: "condition of subresources and other versions",
    steps: [
      validates([
        {
          name: "hook",
          rules: [rule(["deployments/scale", "horizontalpodautoscalers"], ["*"], { apiVersions: ["v1"] })],
          more: {
            matchConditions: [
              {
                name: "c",
                expression: "(request.kind.version == 'v1' && request.requestKind.version == 'v2') || request.subResource == 'scale'",
              },
            ],
          },
        },
      ]),
      create(deployments, deployment("d"), quietly),
      put(`${deployments}/d/scale`, { metadata: { name: "d" }, spec: { replicas: 4 } }),
      inOrder,
      create(
        "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers",
        {
          metadata: { name: "h" },
          spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
        },
        quietly,
      ),
      inOrder,
    ],
  },
  isTold("a syntax error", "object.metadata."),
  isTold("an unknown name", "objekt.metadata.name == 'a'"),
  isTold("an unknown field", "request.nothing == 'a'"),
  isTold("the identifier of the request", "request.uid == 'a'"),
  isTold("the object in the request", "request.object == null"),
  isTold("an unknown field of the user", "request.userInfo.name == 'a'"),
  isTold("params", "params.a == 'a'"),
  isTold("variables", "variables.a == 'a'"),
  isTold("another type", "'a'"),
  isTold("another type still", "request.name"),
  isTold("types that don't fit", "request.name == 1"),
  isTold("a wrong constant", "'a'.matches('(')"),
  isTold("a type", "kubernetes.AdmissionRequest{name: 'a'}.name == 'a'"),
  isTold("the authorizer", "authorizer == authorizer"),
  isTold("a dyn", "object"),
  isTold(
    "a field of the namespace",
    "namespaceObject.metadata.labels['a'] == 'b' && namespaceObject.metadata.UID == namespaceObject.status.phase",
  ),
  isTold("an unknown field of the namespace", "namespaceObject.metadata.uid == ''"),
  isTold("conditions of the namespace", "namespaceObject.status.conditions.size() == 0"),
  isTold("a resource check", "authorizer.requestResource"),
  isTold("white space", "  true  "),
  isTold("some lines", "true &&\n  nothing"),
  {
    name: "condition told on update",
    steps: [
      validates([{ name: "hook", more: { matchConditions: [{ name: "c", expression: "true" }] } }]),
      patch("json", `${validating}/c-{u}`, [{ op: "replace", path: "/webhooks/0/matchConditions/0/expression", value: "nothing" }]),
      patch("json", `${validating}/c-{u}`, [{ op: "replace", path: "/webhooks/0/matchConditions/0/expression", value: "false" }], quietly),
      create(configMaps, configMap("a")),
      inOrder,
    ],
  },
];
