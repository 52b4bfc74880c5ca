import { create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";

const group = "/apis/admissionregistration.k8s.io/v1";
const policies = `${group}/mutatingadmissionpolicies`;
const bindings = `${group}/mutatingadmissionpolicybindings`;
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const services = "/api/v1/namespaces/{ns}/services";
const quietly = { pick: () => "" };
const here = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };

const rule = (resources: string[], more: object = {}) => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations: ["CREATE", "UPDATE"],
  resources,
  ...more,
});
const about = (resources: string[]) => ({ matchConstraints: { namespaceSelector: here, resourceRules: [rule(resources)] } });

const policy = (spec: object, name = "p-{u}"): object => ({
  metadata: { name },
  spec: { reinvocationPolicy: "Never", ...about(["configmaps"]), ...spec },
});
const binding = (spec: object = {}, name = "b-{u}"): object => ({ metadata: { name }, spec: { policyName: "p-{u}", ...spec } });
const made = (spec: object, bound: object = {}): Request[] => [
  create(policies, policy(spec), quietly),
  create(bindings, binding(bound), quietly),
];

const configMap = (name: string, data: object = { a: "1" }) => ({ metadata: { name, labels: { x: "y" } }, data });
const applies = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patches = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });

/** What becomes of a create, an update and a delete under one policy. */
const ruled = (name: string, spec: object, bound: object = {}, before: Step[] = []): Sequence => ({
  name,
  steps: [
    ...before,
    ...made(spec, bound),
    create(configMaps, configMap("a")),
    put(`${configMaps}/a`, configMap("a", { a: "2" })),
    remove(`${configMaps}/a`),
  ],
});
const applied = (name: string, expression: string, more: object = {}) => ruled(name, { mutations: [applies(expression)], ...more });
const patched = (name: string, expression: string, more: object = {}) => ruled(name, { mutations: [patches(expression)], ...more });

const container = (name: string, more: object = {}) => ({ name, image: "i", ...more });
const deployment = {
  metadata: { name: "d" },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [container("a", { ports: [{ containerPort: 80 }], args: ["x"] }), container("b")] },
    },
  },
};
/** What becomes of a deployment. */
const deployed = (name: string, ...mutations: object[]): Sequence => ({
  name: `a deployment: ${name}`,
  steps: [...made({ ...about(["deployments"]), mutations }), create(deployments, deployment)],
});
const told = (name: string, spec: object): Sequence => ({ name: `told: ${name}`, steps: [create(policies, policy(spec))] });
const toldOf = (name: string, ...mutations: object[]) => told(name, { mutations });

const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
const param: Step[] = [
  create(configMaps, { ...configMap("param", { value: "2" }), metadata: { name: "param", labels: { is: "param" } } }, quietly),
  create(configMaps, { ...configMap("other", { value: "3" }), metadata: { name: "other", labels: { is: "param" } } }, quietly),
];
const addsParam = [applies('Object{metadata: Object.metadata{annotations: {"of-" + params.metadata.name: params.data.value}}}')];
const ref = (more: object) => ({ paramRef: { parameterNotFoundAction: "Deny", ...more } });
/** Only of objects that it is not about are params. */
const notParams = { matchConditions: [{ name: "c", expression: "object.metadata.name == 'a'" }] };

const group2 = "apis/{u}.example.com/v1";
const definition = {
  metadata: { name: "things.{u}.example.com" },
  spec: {
    group: "{u}.example.com",
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  size: { type: "integer", default: 3 },
                  names: { type: "array", items: { type: "string" } },
                  tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
                  parts: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: { name: { type: "string" }, count: { type: "integer", default: 1 } },
                    },
                  },
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                },
              },
            },
          },
        },
      },
    ],
  },
};
const customed = (name: string, ...mutations: object[]): Sequence => ({
  name: `a custom kind: ${name}`,
  steps: [
    create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition, quietly),
    get(`/${group2}`, { ...quietly, until: ({ status }) => status === 200 }),
    ...made({ ...about(["things"]), mutations }),
    create(
      `/${group2}/namespaces/{ns}/things`,
      {
        apiVersion: "{u}.example.com/v1",
        kind: "Thing",
        metadata: { name: "a" },
        spec: { names: ["a"], tags: ["x"], parts: [{ name: "a" }], free: { a: 1 } },
      },
      { until: ({ status }) => status !== 503 },
    ),
  ],
});

/** Counts how often it is asked. */
const counts = (key: string) => applies(`Object{data: {"${key}": string(object.?data.${key}.orValue("")) + "x"}}`);
const label = (name: string, value = "'1'") => applies(`Object{metadata: Object.metadata{labels: {"${name}": ${value}}}}`);

const sequences: Sequence[] = [
  applied("a label", 'Object{metadata: Object.metadata{labels: {"added": "1"}}}'),
  applied("a label changed", 'Object{metadata: Object.metadata{labels: {"x": "changed"}}}'),
  applied("data", 'Object{data: {"b": "2"}}'),
  applied("data of an object", 'Object{data: Object.data{b: "2"}}'),
  applied("nothing", "Object{}"),
  applied("an unknown field", "Object{nothing: 1}"),
  applied("a field of a wrong type", "Object{immutable: 'x'}"),
  applied("a number for a text", 'Object{data: {"b": 1}}'),
  applied("null", "Object{immutable: null}"),
  applied("null for a map", "Object{data: null}"),
  applied("null in a map", "Object{data: {'b': null}}"),
  applied("null for a list", "Object{metadata: Object.metadata{finalizers: null}}"),
  applied("null for a time", "Object{metadata: Object.metadata{creationTimestamp: null}}"),
  applied("null for metadata", "Object{metadata: null}"),
  applied("a text for a map", "Object{data: 'x'}"),
  applied("a number for a list", "Object{metadata: Object.metadata{finalizers: 1}}"),
  applied("a list for a map", "Object{data: ['x']}"),
  applied("a duration for a text", "Object{data: {'b': duration('1h')}}"),
  applied("a double for a text", "Object{data: {'b': 1.5}}"),
  applied("bytes for a text", "Object{data: {'b': b'abc'}}"),
  applied("bytes", "Object{binaryData: {'b': b'abc'}}"),
  applied("a truth for a text", "Object{data: {'b': true}}"),
  applied("wrong type names", "Object{metadata: Object.spec{labels: {'a': 'b'}}}"),
  applied("several wrong type names", "Object{metadata: Object.spec{labels: {'a': 'b'}}, data: Object.other{}}"),
  applied("an optional field", "Object{?immutable: optional.of(true), metadata: Object.metadata{?generateName: optional.none()}}"),
  applied("a condition", "has(object.data.b) ? Object{} : Object{data: {'b': object.data.a}}"),
  applied("another name", "Object{metadata: Object.metadata{name: 'other'}}"),
  applied("another namespace", "Object{metadata: Object.metadata{namespace: 'default'}}"),
  applied("a finalizer", "Object{metadata: Object.metadata{finalizers: ['example.com/x']}}"),
  applied("an owner", "Object{metadata: Object.metadata{ownerReferences: [{'apiVersion': 'v1', 'kind': 'X', 'name': 'x', 'uid': 'u'}]}}"),
  applied(
    "an owner of an object",
    "Object{metadata: Object.metadata{ownerReferences: [Object.metadata.ownerReferences{apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u'}]}}",
  ),
  applied("a timestamp", "Object{metadata: Object.metadata{creationTimestamp: timestamp('2020-01-01T00:00:00Z')}}"),
  applied("managed fields", "Object{metadata: Object.metadata{managedFields: []}}"),
  applied("an error", "Object{data: {'b': object.data.nothing}}"),
  applied("an error, ignored", "Object{data: {'b': object.data.nothing}}", { failurePolicy: "Ignore" }),
  applied("invalid afterwards", "Object{data: {'not a key': 'x'}}"),
  applied("with the request", "Object{data: {'of': request.operation + request.userInfo.username + string(request.dryRun)}}"),
  applied("with the old object", "Object{data: {'old': oldObject == null ? 'none' : oldObject.data.a}}"),
  applied("with the namespace", "Object{data: {'n': namespaceObject.metadata.labels['kubernetes.io/metadata.name']}}"),
  applied("with the authorizer", "Object{data: {'may': string(authorizer.group('').resource('pods').check('get').allowed())}}"),
  applied("with the resource of the request", "Object{data: {'may': string(authorizer.requestResource.check('get').allowed())}}"),
  applied("with variables", "Object{data: {'v': variables.w}}", {
    variables: [
      { name: "v", expression: "object.data.a" },
      { name: "w", expression: "variables.v + '!'" },
    ],
  }),
  applied("a variable that is an object", "variables.o", { variables: [{ name: "o", expression: "Object{}" }] }),
  applied("a variable that fails", "Object{data: {'v': variables.v}}", { variables: [{ name: "v", expression: "object.data.nothing" }] }),
  applied("conditions", "Object{data: {'b': '2'}}", {
    matchConditions: [{ name: "c", expression: "request.operation == 'UPDATE'" }],
  }),
  applied("conditions that fail", "Object{data: {'b': '2'}}", { matchConditions: [{ name: "c", expression: "object.nothing == 1" }] }),
  applied("conditions that fail, ignored", "Object{data: {'b': '2'}}", {
    failurePolicy: "Ignore",
    matchConditions: [{ name: "c", expression: "object.nothing == 1" }],
  }),
  applied("conditions with variables", "Object{data: {'b': '2'}}", {
    variables: [{ name: "v", expression: "object.data.a" }],
    matchConditions: [{ name: "c", expression: "variables.v == '2'" }],
  }),
  applied("costly", "Object{data: {'b': string([1,2,3,4,5,6,7,8,9,10].map(a, [1,2,3,4,5,6,7,8,9,10].map(b, a * b)).size())}}"),
  applied(
    "too costly",
    `Object{data: {'b': string(${Array.from({ length: 7 }, () => "[1,2,3,4,5,6,7,8,9,10].all(a, ")
      .join("")
      .replaceAll("a,", "a,")}true${")".repeat(7)})}}`,
  ),

  patched("patch: add", '[JSONPatch{op: "add", path: "/data/b", value: "2"}]'),
  patched("patch: add to nothing", '[JSONPatch{op: "add", path: "/binaryData/b", value: "Mg=="}]'),
  patched("patch: add a map", '[JSONPatch{op: "add", path: "/metadata/annotations", value: {"a": "b"}}]'),
  patched("patch: add an object", '[JSONPatch{op: "add", path: "/data", value: Object.data{b: "2"}}]'),
  patched("patch: an object of wrong types", '[JSONPatch{op: "add", path: "/metadata", value: Object.metadata{labels: Object.x{}}}]'),
  patched("patch: several", '[JSONPatch{op: "add", path: "/data/b", value: "2"}, JSONPatch{op: "remove", path: "/data/a"}]'),
  patched("patch: replace", '[JSONPatch{op: "replace", path: "/data/a", value: "r"}]'),
  patched("patch: replace what isn't there", '[JSONPatch{op: "replace", path: "/data/n", value: "r"}]'),
  patched("patch: remove what isn't there", '[JSONPatch{op: "remove", path: "/data/n"}]'),
  patched("patch: copy", '[JSONPatch{op: "copy", from: "/data/a", path: "/data/b"}]'),
  patched("patch: move", '[JSONPatch{op: "move", from: "/data/a", path: "/data/b"}]'),
  patched("patch: a test", '[JSONPatch{op: "test", path: "/data/a", value: "1"}, JSONPatch{op: "add", path: "/data/b", value: "2"}]'),
  patched(
    "patch: a failing test",
    '[JSONPatch{op: "test", path: "/data/a", value: "0"}, JSONPatch{op: "add", path: "/data/b", value: "2"}]',
  ),
  patched("patch: nothing", "[]"),
  patched("patch: an unknown operation", '[JSONPatch{op: "do", path: "/data/a"}]'),
  patched("patch: no operation", '[JSONPatch{path: "/data/a"}]'),
  patched("patch: no path", '[JSONPatch{op: "add", value: "x"}]'),
  patched("patch: no value", '[JSONPatch{op: "add", path: "/data/n"}]'),
  patched("patch: null", '[JSONPatch{op: "add", path: "/data", value: null}]'),
  patched("patch: a wrong type", '[JSONPatch{op: "add", path: "/data", value: "text"}]'),
  patched("patch: a number for a text", '[JSONPatch{op: "add", path: "/data/b", value: 1}]'),
  patched("patch: an unknown field", '[JSONPatch{op: "add", path: "/nothing", value: 1}]'),
  patched("patch: escaped", '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("e.com/a~b"), value: "c"}]'),
  patched("patch: escaped well", '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("e.com/a"), value: "c"}]'),
  patched("patch: of a list", 'object.data.map(k, JSONPatch{op: "add", path: "/metadata/labels/of-" + k, value: object.data[k]})'),
  patched("patch: an error", '[JSONPatch{op: "add", path: "/data/b", value: object.nothing}]'),
  patched("patch: an error, ignored", '[JSONPatch{op: "add", path: "/data/b", value: object.nothing}]', { failurePolicy: "Ignore" }),
  patched("patch: a type", '[JSONPatch{op: "add", path: "/data/b", value: string(type(object.data))}]'),
  patched("patch: a duration", '[JSONPatch{op: "add", path: "/data/b", value: duration("1h")}]'),
  patched("patch: bytes", '[JSONPatch{op: "add", path: "/data/b", value: b"abc"}]'),
  patched("patch: a whole double", '[JSONPatch{op: "add", path: "/immutable", value: 1.0}]'),
  patched("patch: values of many types", '[JSONPatch{op: "add", path: "/data/x", value: [1, 2.5, true, null, "a", dyn({"a": [1u]})]}]'),
  patched("patch: an optional", '[JSONPatch{op: "add", path: "/data/x", value: object.?data.?a}]'),

  ruled("two mutations", {
    mutations: [applies("Object{data: {'b': object.data.a}}"), patches('[JSONPatch{op: "add", path: "/data/c", value: object.data.b}]')],
  }),
  ruled("a failure between two mutations", {
    mutations: [label("one"), applies("Object{data: {'b': object.nothing}}"), label("two")],
  }),
  ruled("a failure between two mutations, ignored", {
    failurePolicy: "Ignore",
    mutations: [label("one"), applies("Object{data: {'b': object.nothing}}"), label("two")],
  }),
  ruled("two failures", { mutations: [applies("Object{data: {'b': object.nothing}}"), applies("Object{data: {'b': object.nought}}")] }),

  ruled("params by name", { paramKind, ...notParams, mutations: addsParam }, ref({ name: "param" }), param),
  ruled(
    "params by selector",
    { paramKind, ...notParams, mutations: addsParam },
    ref({ selector: { matchLabels: { is: "param" } } }),
    param,
  ),
  ruled("params that are not there", { paramKind, ...notParams, mutations: addsParam }, ref({ name: "none" }), param),
  ruled("params that are not there, ignored", { paramKind, failurePolicy: "Ignore", mutations: addsParam }, ref({ name: "none" })),
  ruled(
    "params that are not there, allowed",
    { paramKind, mutations: addsParam },
    { paramRef: { name: "none", parameterNotFoundAction: "Allow" } },
  ),
  ruled("params without a reference", { paramKind, mutations: [applies("Object{data: {'p': string(params == null)}}")] }),
  ruled(
    "params of an unknown kind",
    { paramKind: { apiVersion: "example.com/v1", kind: "Nothing" }, mutations: [label("one")] },
    ref({ name: "x" }),
  ),
  ruled(
    "params of a cluster-scoped kind in a namespace",
    { paramKind: { apiVersion: "v1", kind: "Namespace" }, mutations: [label("one")] },
    ref({ name: "default", namespace: "default" }),
  ),
  ruled(
    "a binding of other names",
    { mutations: [label("one")] },
    { matchResources: { resourceRules: [rule(["configmaps"], { resourceNames: ["b"] })] } },
  ),
  ruled("a binding of other labels", { mutations: [label("one")] }, { matchResources: { objectSelector: { matchLabels: { x: "z" } } } }),
  {
    name: "without a binding",
    steps: [create(policies, policy({ mutations: [label("one")] }), quietly), create(configMaps, configMap("a"))],
  },

  {
    name: "two bindings of one policy",
    steps: [
      ...made({ mutations: [applies("Object{data: {'order': object.?data.order.orValue('') + 'a'}}")] }),
      create(bindings, binding({}, "c-{u}"), quietly),
      create(configMaps, configMap("a")),
    ],
  },
  {
    name: "two that are asked again",
    steps: [
      ...["a", "b"].flatMap((name) => [
        create(policies, policy({ reinvocationPolicy: "IfNeeded", mutations: [counts(name)] }, `p-{u}-${name}`), quietly),
        create(bindings, binding({ policyName: `p-{u}-${name}` }, `${name}-{u}`), quietly),
      ]),
      create(configMaps, configMap("a")),
    ],
  },
  {
    name: "one that is asked again, and one that isn't",
    steps: [
      create(policies, policy({ reinvocationPolicy: "IfNeeded", mutations: [counts("a")] }, "p-{u}-a"), quietly),
      create(policies, policy({ mutations: [counts("b")] }, "p-{u}-b"), quietly),
      create(bindings, binding({ policyName: "p-{u}-a" }, "1-{u}"), quietly),
      create(bindings, binding({ policyName: "p-{u}-b" }, "2-{u}"), quietly),
      create(configMaps, configMap("a")),
    ],
  },
  {
    name: "asked again of what one that isn't asked has not changed",
    steps: [
      ...made({ reinvocationPolicy: "IfNeeded", mutations: [applies("Object{}")], matchConditions: [{ name: "c", expression: "false" }] }),
      create(configMaps, configMap("a")),
    ],
  },
  {
    name: "asked again on update",
    steps: [
      create(configMaps, configMap("a"), quietly),
      ...made({ reinvocationPolicy: "IfNeeded", mutations: [counts("a"), counts("b")] }),
      patch("merge", `${configMaps}/a`, { data: { a: "2" } }),
      patch("merge", `${configMaps}/a`, { data: { a: "2" } }),
    ],
  },
  {
    name: "asked again after its own change",
    steps: [
      ...made({ reinvocationPolicy: "IfNeeded", mutations: [applies("Object{data: {'order': object.?data.order.orValue('') + 'a'}}")] }),
      create(configMaps, configMap("a")),
    ],
  },
  {
    name: "changes",
    steps: [
      ...made({ mutations: [label("one")] }),
      create(configMaps, configMap("a")),
      patch("json", `${policies}/p-{u}`, [
        { op: "replace", path: "/spec/mutations/0/applyConfiguration/expression", value: "Object{data: {'b': '2'}}" },
      ]),
      create(configMaps, configMap("b")),
      patch("json", `${policies}/p-{u}`, [{ op: "replace", path: "/spec/mutations/0/applyConfiguration/expression", value: "nothing" }]),
      remove(`${bindings}/b-{u}`, undefined, quietly),
      create(configMaps, configMap("c")),
    ],
  },
  {
    name: "every write",
    steps: [
      ...made({
        mutations: [
          applies("Object{metadata: Object.metadata{annotations: {'at': request.operation + request.?subResource.orValue('')}}}"),
        ],
      }),
      create(`${configMaps}?dryRun=All`, configMap("dry")),
      create(configMaps, { metadata: { generateName: "g-" } }),
      patch("merge", `${configMaps}/a`, { data: { a: "3" } }),
      patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "4" } }),
      patch("merge", `${configMaps}/a`, { data: { a: "5" } }),
      patch("strategic", `${configMaps}/a`, { data: { b: "6" } }),
      patch("json", `${configMaps}/a`, [{ op: "remove", path: "/data/b" }]),
      patch("apply", `${configMaps}/a?fieldManager=m`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "5" } }),
    ],
  },

  deployed("replicas", applies("Object{spec: Object.spec{replicas: 5}}")),
  deployed("null replicas", applies("Object{spec: Object.spec{replicas: null}}")),
  deployed("a fraction of a replica", applies("Object{spec: Object.spec{replicas: 1.5}}")),
  deployed("whole replicas", applies("Object{spec: Object.spec{replicas: 2.0}}")),
  deployed("unsigned replicas", applies("Object{spec: Object.spec{replicas: 2u}}")),
  deployed("replicas of the wrong type", applies("Object{spec: Object.spec{replicas: '5'}}")),
  deployed(
    "a container",
    applies(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "c", image: "j"}]}}}}',
    ),
  ),
  deployed(
    "a container changed",
    applies(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "b", env: [Object.spec.template.spec.containers.env{name: "E", value: "1"}]}]}}}}',
    ),
  ),
  deployed(
    "a container without a name",
    applies(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{image: "j"}]}}}}',
    ),
  ),
  deployed(
    "a container twice",
    applies(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "c"}, Object.spec.template.spec.containers{name: "c"}]}}}}',
    ),
  ),
  deployed(
    "an atomic list",
    applies(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "a", args: ["y"]}]}}}}',
    ),
  ),
  deployed("an atomic struct", applies('Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {"c": "d"}}}}')),
  deployed(
    "all containers",
    applies(
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{name: c.name, imagePullPolicy: "Never"})}}}}',
    ),
  ),
  deployed(
    "a patch of a list",
    patches(
      '[JSONPatch{op: "add", path: "/spec/template/spec/containers/-", value: Object.spec.template.spec.containers{name: "c", image: "j"}}]',
    ),
  ),
  deployed("a patch of a list's first", patches('[JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/image", value: "k"}]')),
  deployed("a patch beyond a list", patches('[JSONPatch{op: "add", path: "/spec/template/spec/containers/9", value: {"name": "c"}}]')),
  deployed("a patch that removes what is needed", patches('[JSONPatch{op: "remove", path: "/spec/template/spec/containers"}]')),
  deployed(
    "a rolling update",
    applies("Object{spec: Object.spec{strategy: Object.spec.strategy{rollingUpdate: Object.spec.strategy.rollingUpdate{maxSurge: 1}}}}"),
  ),
  {
    name: "a service",
    steps: [
      ...made({
        ...about(["services"]),
        mutations: [
          applies(
            "Object{spec: Object.spec{ports: [Object.spec.ports{port: 80, name: 'web', protocol: 'TCP'}], type: 'ClusterIP', clusterIP: 'None'}}",
          ),
        ],
      }),
      create(services, { metadata: { name: "s" }, spec: { ports: [{ port: 80, targetPort: 8080 }] } }),
    ],
  },
  {
    name: "a scale",
    steps: [
      create(deployments, deployment, quietly),
      ...made({ ...about(["deployments/scale"]), mutations: [applies("Object{spec: Object.spec{replicas: 7}}")] }),
      patch("merge", `${deployments}/d/scale`, { spec: { replicas: 2 } }),
    ],
  },
  {
    name: "a status",
    steps: [
      create(deployments, deployment, quietly),
      ...made({ ...about(["deployments/status"]), mutations: [applies("Object{status: Object.status{replicas: 7}}")] }),
      patch("merge", `${deployments}/d/status`, { status: { observedGeneration: 2 } }),
    ],
  },

  customed("a field", applies("Object{spec: Object.spec{size: 5}}")),
  customed("a field of the wrong type", applies("Object{spec: Object.spec{size: '5'}}")),
  customed("an unknown field", applies("Object{spec: Object.spec{nothing: 5}}")),
  customed("an atomic list", applies("Object{spec: Object.spec{names: ['b']}}")),
  customed("a set", applies("Object{spec: Object.spec{tags: ['y', 'x']}}")),
  customed(
    "a list of keys",
    applies("Object{spec: Object.spec{parts: [Object.spec.parts{name: 'b'}, Object.spec.parts{name: 'a', count: 4}]}}"),
  ),
  customed("free fields", applies("Object{spec: Object.spec{free: {'b': 2}}}")),
  customed(
    "a patch",
    patches('[JSONPatch{op: "add", path: "/spec/size", value: 9}, JSONPatch{op: "add", path: "/spec/unknown", value: 9}]'),
  ),
  customed("a patch that is refused", patches('[JSONPatch{op: "add", path: "/spec/size", value: "x"}]')),

  toldOf("no object", applies("1")),
  toldOf("a map", applies("{'a': 'b'}")),
  toldOf("a part of an object", applies("Object.spec{}")),
  toldOf("an undeclared type", applies("Thing{}")),
  toldOf("an undeclared variable", applies("Object{data: nothing}")),
  toldOf("a syntax error", applies("Object{")),
  toldOf("nothing", applies(" ")),
  toldOf("a patch in an apply configuration", applies('[JSONPatch{op: "add"}]')),
  toldOf("an object in a patch", patches("Object{}")),
  toldOf("one patch", patches('JSONPatch{op: "add", path: "/a"}')),
  toldOf("a list of numbers", patches("[1]")),
  toldOf("a list of maps", patches("[{'op': 'add'}]")),
  toldOf("an unknown field of a patch", patches('[JSONPatch{op: "add", to: "/a"}]')),
  toldOf("a wrong field of a patch", patches("[JSONPatch{op: 1}]")),
  toldOf("an empty list", patches("[]")),
  toldOf("a dynamic patch", patches("object.patches")),
  toldOf("a dynamic object", applies("object")),
  toldOf("escapes a number", patches("[JSONPatch{path: jsonpatch.escapeKey(1)}]")),
  toldOf("no type", { applyConfiguration: { expression: "Object{}" } }),
  toldOf("an unknown type", { patchType: "Merge", applyConfiguration: { expression: "Object{}" } }),
  toldOf("both", { patchType: "JSONPatch", jsonPatch: { expression: "[]" }, applyConfiguration: { expression: "Object{}" } }),
  toldOf("both, the other way round", {
    patchType: "ApplyConfiguration",
    jsonPatch: { expression: "nothing" },
    applyConfiguration: { expression: "nothing" },
  }),
  toldOf("neither", { patchType: "JSONPatch" }, { patchType: "ApplyConfiguration" }),
  told("no mutations", {}),
  told("patches in conditions", {
    matchConditions: [{ name: "c", expression: "jsonpatch.escapeKey('a') == 'a'" }],
    mutations: [label("a")],
  }),
  told("objects in variables", { variables: [{ name: "v", expression: "Object{}" }], mutations: [label("a", "string(variables.v)")] }),
  told("patches in variables", { variables: [{ name: "v", expression: "[JSONPatch{}]" }], mutations: [patches("variables.v")] }),
  told("params without a kind", { mutations: [label("a", "params.a")] }),
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
    mutations: [applies("variables.a"), applies("variables.b"), patches("variables.c"), applies("authorizer")],
  }),
  told("no reinvocation policy", { reinvocationPolicy: undefined, mutations: [label("a")] }),
  told("a wrong reinvocation policy", { reinvocationPolicy: "Always", mutations: [label("a")] }),
  told("deletes", {
    matchConstraints: { resourceRules: [rule(["configmaps"], { operations: ["DELETE"] })] },
    mutations: [label("a")],
  }),
  told("all operations", { matchConstraints: { resourceRules: [rule(["configmaps"], { operations: ["*"] })] }, mutations: [label("a")] }),
  ...[
    { matchConditions: [{ name: "m", expression: "object.metadata.name == 'a'" }] },
    { matchConditions: [], variables: [{ name: "v", expression: "object.metadata.name" }] },
    { paramKind: { apiVersion: "v1", kind: "ConfigMap" } },
  ].map((more, index) => ({
    name: `deletes, whatever the rules say, ${index + 1}`,
    steps: [
      create(configMaps, configMap("a")),
      create(configMaps, configMap("b")),
      ...made(
        {
          matchConstraints: { namespaceSelector: here, resourceRules: [rule(["configmaps"], { operations: ["*"] })] },
          mutations: [patches("[JSONPatch{op: 'add', path: '/data', value: {'z': 'y'}}]")],
          ...more,
        },
        "paramKind" in more ? { paramRef: { name: "none", namespace: "{ns}", parameterNotFoundAction: "Deny" } } : {},
      ),
      remove(`${configMaps}/a`),
      remove(configMaps),
    ],
  })),
  {
    name: "told: a change of what is wrong",
    steps: [
      create(policies, policy({ mutations: [label("a")] })),
      put(`${policies}/p-{u}`, policy({ mutations: [applies("nothing")] })),
      patch("merge", `${policies}/p-{u}`, { spec: { failurePolicy: "Ignore" } }),
      patch("merge", `${policies}/p-{u}`, { spec: { matchConditions: [{ name: "x", expression: "nothing" }] } }),
      get(`${policies}/p-{u}`),
    ],
  },
];

export default sequences;
