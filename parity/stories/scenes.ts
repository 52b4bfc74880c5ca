import { CustomKind } from "../custom-kinds.ts";
import { create, get, patch, put, remove } from "../sequences.ts";
import { admittedKinds } from "./admission.ts";
import { customKinds } from "./definitions.ts";
import type { Dice } from "./dice.ts";
import { storyKinds } from "./kinds.ts";
import type { StoryStep } from "./story.ts";
import type { StoryKind } from "./story-kind.ts";

/** What a story is about besides single objects: steps in their order, and the kinds that are used in it. */
export interface Scene {
  steps: readonly StoryStep[];
  kinds: readonly StoryKind[];
}

export const core = "/api/v1/namespaces/{ns}";
export const rbac = "/apis/rbac.authorization.k8s.io/v1";
const admission = "/apis/admissionregistration.k8s.io/v1";
export const pods = `${core}/pods`;
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const pod = (name: string, more: object = {}, labels: object = { app: "web" }) => ({
  metadata: { name, labels },
  spec: { containers: [{ name: "main", image: "nginx:1", ...more }] },
});

/** By its name, or by version and name. */
export function kindOf(kind: string): StoryKind {
  const found = storyKinds.find(({ object }) => object.kind === kind || `${object.apiVersion} ${object.kind}` === kind);
  if (!found) throw new Error(`no kind ${kind}`);
  return found;
}

/** Some of what may happen, in its order. */
export function some<T>(dice: Dice, share: number, ...steps: readonly T[]): T[] {
  return steps.filter(() => dice.chance(share));
}

function quotas(dice: Dice): Scene {
  const { pick } = dice;
  const hard = pick([
    { pods: "1" },
    { "requests.cpu": "1", "limits.memory": "1Gi" },
    { configmaps: "1", secrets: "0" },
    { "count/deployments.apps": "1", "count/jobs.batch": "0" },
    { services: "1", "services.nodeports": "0", "services.loadbalancers": "0" },
    { persistentvolumeclaims: "1", "requests.storage": "1Gi" },
    { "requests.cpu": "500m", pods: "3" },
  ]);
  const scopes = pick([undefined, undefined, undefined, ["BestEffort"], ["NotTerminating"], ["NotBestEffort"]]);
  const used = Object.fromEntries(Object.keys(hard).map((key) => [key, "0"]));
  return {
    steps: [
      create(`${core}/resourcequotas`, { metadata: { name: "q" }, spec: { hard, ...(scopes ? { scopes } : {}) } }),
      ...some(dice, 0.85, patch("merge", `${core}/resourcequotas/q/status`, { status: { hard, used } })),
      ...some(
        dice,
        0.4,
        create(
          pods,
          pod(
            "p1",
            pick([
              {},
              { resources: { requests: { cpu: "600m" }, limits: { cpu: "1", memory: "512Mi" } } },
              { resources: { limits: { memory: "2Gi" } } },
            ]),
          ),
        ),
        create(pods, pod("p2", pick([{}, { resources: { requests: { cpu: "600m" } } }]))),
        create(`${core}/configmaps`, { metadata: { name: "c1" } }),
        create(`${core}/configmaps`, { metadata: { name: "c2" } }),
        create(`${core}/secrets`, { metadata: { name: "s1" } }),
        create(`${core}/services`, {
          metadata: { name: "v1" },
          spec: { type: pick(["NodePort", "LoadBalancer", "ClusterIP"]), ports: [{ port: 80 }] },
        }),
        create(`${core}/persistentvolumeclaims`, {
          metadata: { name: "v" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: pick(["1Gi", "2Gi"]) } } },
        }),
        remove(`${core}/configmaps/c1`),
        patch("merge", `${core}/services/v1`, { spec: { type: "NodePort" } }),
        get(`${core}/resourcequotas/q`),
        patch("merge", `${core}/resourcequotas/q`, { spec: { hard: { pods: "5" } } }),
      ),
      get(`${core}/resourcequotas/q`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
    ],
    kinds: [kindOf(pick(["Pod", "ConfigMap", "Service", "PersistentVolumeClaim", "Deployment", "Job"]))],
  };
}

function limits(dice: Dice): Scene {
  const { pick } = dice;
  const limit = pick([
    { type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "500m" } },
    { type: "Container", min: { memory: "64Mi" }, max: { memory: "1Gi", cpu: "2" } },
    { type: "Container", maxLimitRequestRatio: { cpu: "2" } },
    { type: "Pod", max: { cpu: "1" }, min: { cpu: "100m" } },
    { type: "PersistentVolumeClaim", min: { storage: "2Gi" }, max: { storage: "5Gi" } },
  ]);
  return {
    steps: [
      create(`${core}/limitranges`, { metadata: { name: "l" }, spec: { limits: [limit] } }),
      ...some(
        dice,
        0.6,
        create(pods, pod("p1")),
        create(pods, pod("p2", { resources: { requests: { cpu: "100m", memory: "32Mi" }, limits: { cpu: "3", memory: "2Gi" } } })),
        create(pods, pod("p3", { resources: { limits: { cpu: "500m" } } })),
        create(`${core}/persistentvolumeclaims`, {
          metadata: { name: "v" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        }),
        patch("merge", `${pods}/p3/resize`, {
          spec: { containers: [{ name: "main", image: "nginx:1", resources: { limits: { cpu: "5" } } }] },
        }),
      ),
    ],
    kinds: [kindOf("Pod")],
  };
}

function tokens(dice: Dice): Scene {
  const { pick } = dice;
  const accounts = `${core}/serviceaccounts`;
  const bound = pick([
    undefined,
    { kind: "Pod", apiVersion: "v1", name: "p1", uid: `<uid:${pods}/p1>` },
    { kind: "Pod", apiVersion: "v1", name: "p1" },
    { kind: "Secret", apiVersion: "v1", name: "none" },
    { kind: "ConfigMap", apiVersion: "v1", name: "x" },
    { kind: "Node", apiVersion: "v1", name: "none" },
  ]);
  const spec = {
    audiences: pick([undefined, ["a"], [], [""]]),
    expirationSeconds: pick([undefined, 600, 5, 4294967297]),
    boundObjectRef: bound,
  };
  return {
    steps: [
      create(accounts, { metadata: { name: "sa" } }),
      create(pods, { ...pod("p1"), spec: { ...pod("p1").spec, serviceAccountName: pick(["sa", "default", "none"]) } }),
      create(`${accounts}/${pick(["sa", "sa", "none"])}/token`, { spec }),
      create("/apis/authentication.k8s.io/v1/tokenreviews", {
        spec: { token: "<token>", ...(dice.chance(0.3) ? { audiences: ["a", "b"] } : {}) },
      }),
      ...some(
        dice,
        0.5,
        remove(`${pods}/p1`, { gracePeriodSeconds: 0 }),
        remove(`${accounts}/sa`),
        create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "<token>" } }),
      ),
    ],
    kinds: [kindOf("ServiceAccount")],
  };
}

function escalations(dice: Dice): Scene {
  const { pick } = dice;
  const user = { name: "jane-{u}", groups: ["system:authenticated"] };
  const rule = (resources: string[], verbs: string[], apiGroups = [""], more: object = {}) => ({ apiGroups, resources, verbs, ...more });
  const roles = `${rbac}/namespaces/{ns}/roles`;
  const bindings = `${rbac}/namespaces/{ns}/rolebindings`;
  const own = [
    rule(["pods", "configmaps"], ["get", "list", "create", "patch"]),
    rule(
      ["roles", "rolebindings"],
      ["create", "update", "patch", "get", ...pick([[], ["escalate"], ["bind"]])],
      ["rbac.authorization.k8s.io"],
    ),
  ];
  const wanted = pick([
    [rule(["pods"], ["get"])],
    [rule(["secrets"], ["get", "list"])],
    [rule(["pods"], ["get"]), rule(["pods", "secrets"], ["delete"])],
    [rule(["*"], ["*"])],
    [rule(["pods"], ["get"], [""], { resourceNames: ["a"] })],
    [rule(["deployments/scale"], ["update"], ["apps", "extensions"])],
  ]);
  const roleRef = (name: string, kind = "Role") => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
  return {
    steps: [
      create(roles, { metadata: { name: "own" }, rules: own }),
      create(bindings, { metadata: { name: "own" }, roleRef: roleRef("own"), subjects: [{ kind: "User", name: user.name }] }),
      ...some(
        dice,
        0.6,
        create(roles, { metadata: { name: "more" }, rules: wanted }, { user }),
        create(
          bindings,
          { metadata: { name: "more" }, roleRef: roleRef(pick(["own", "more", "none"])), subjects: [{ kind: "User", name: "x" }] },
          { user },
        ),
        create(
          bindings,
          {
            metadata: { name: "admin" },
            roleRef: roleRef(pick(["admin", "view", "none"]), "ClusterRole"),
            subjects: [{ kind: "Group", name: "g" }],
          },
          { user },
        ),
        patch("merge", `${roles}/own`, { rules: wanted }, { user }),
        {
          ...patch("apply", `${roles}/applied?fieldManager=x`, {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "Role",
            metadata: { name: "applied" },
            rules: wanted,
          }),
          user,
        },
        get(`${core}/${pick(["pods", "secrets", "configmaps/x", "pods/p/log", "services?watch=true"])}`, { user }),
        create(`${core}/${pick(["pods", "configmaps", "services"])}?dryRun=All`, pod("p"), { user }),
        put(`${roles}/more`, { metadata: { name: "more" }, rules: wanted }, { user }),
        create(`/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews`, {
          metadata: { namespace: "{ns}" },
          spec: {
            user: user.name,
            resourceAttributes: {
              namespace: pick(["{ns}", "default"]),
              verb: pick(["get", "delete", "*"]),
              resource: "pods",
              subresource: pick(["", "log"]),
            },
          },
        }),
        create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
          spec: {
            user: user.name,
            resourceAttributes: { namespace: "{ns}", verb: "list", resource: "pods", fieldSelector: { rawSelector: pick(["a=b", "x"]) } },
          },
        }),
        create(
          "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          { spec: { resourceAttributes: { namespace: "{ns}", verb: "get", resource: "roles", group: "rbac.authorization.k8s.io" } } },
          { user },
        ),
      ),
    ],
    kinds: [kindOf("Role"), kindOf("RoleBinding")],
  };
}

function lastPods(dice: Dice): Scene {
  const { pick } = dice;
  const budgets = "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets";
  const eviction = (name: string, deleteOptions?: object) =>
    create(`${pods}/${name}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name },
      ...(deleteOptions ? { deleteOptions } : {}),
    });
  const budget = {
    disruptionsAllowed: pick([0, 1]),
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
    observedGeneration: pick([0, 1]),
  };
  return {
    steps: [
      create(pods, pod("p1")),
      ...some(
        dice,
        0.6,
        create(`${pods}/p1/binding`, {
          metadata: { name: pick(["p1", "p1", "other"]) },
          target: pick([{ kind: "Node", name: "n1" }, { kind: "Pod", name: "n1" }, { name: "" }]),
        }),
        create(`${core}/bindings`, { metadata: { name: "p1" }, target: { kind: "Node", name: "n2" } }),
        patch("merge", `${pods}/p1/status`, {
          status: { phase: pick(["Running", "Succeeded", "Pending"]), conditions: [{ type: "Ready", status: "True" }] },
        }),
        create(budgets, {
          metadata: { name: "b" },
          spec: {
            minAvailable: 1,
            selector: { matchLabels: { app: "web" } },
            unhealthyPodEvictionPolicy: pick([undefined, "AlwaysAllow"]),
          },
        }),
        patch("merge", `${budgets}/b/status`, { status: budget }),
        eviction("p1", { dryRun: ["All"] }),
        eviction(
          "p1",
          pick([
            undefined,
            { preconditions: { uid: "x" } },
            { preconditions: { resourceVersion: `<rv:${pods}/p1>` } },
            { gracePeriodSeconds: 5 },
            { propagationPolicy: "x" },
          ]),
        ),
        get(`${budgets}/b`),
        eviction("p1"),
        eviction("none"),
        remove(`${pods}/p1`, pick([undefined, { gracePeriodSeconds: 0 }, { gracePeriodSeconds: 5 }])),
        patch("merge", `${pods}/p1`, { metadata: { finalizers: ["example.com/x"] } }),
        remove(`${pods}/p1`, { gracePeriodSeconds: 1 }),
        patch("merge", `${pods}/p1`, { metadata: { labels: { x: "y" } }, spec: { activeDeadlineSeconds: 5 } }),
        remove(`${pods}/p1`, { gracePeriodSeconds: 0 }),
        get(`${pods}/p1`),
      ),
    ],
    kinds: [kindOf("Pod"), kindOf("PodDisruptionBudget")],
  };
}

function namespacesThatGo(dice: Dice): Scene {
  const { pick } = dice;
  const space = "/api/v1/namespaces/gone-{u}";
  return {
    steps: [
      create("/api/v1/namespaces", { metadata: { name: "gone-{u}", ...(dice.chance(0.3) ? { finalizers: ["example.com/x"] } : {}) } }),
      create(`${space}/configmaps`, { metadata: { name: "c" } }),
      remove(space, pick([undefined, { propagationPolicy: "Orphan" }, { preconditions: { uid: "x" } }, { gracePeriodSeconds: 5 }])),
      ...some(
        dice,
        0.5,
        get(space),
        create(`${space}/configmaps`, { metadata: { name: "d" } }),
        create(`${space}/configmaps?dryRun=All`, { metadata: { name: "d" } }),
        patch("merge", `${space}/configmaps/c`, { data: { a: "b" } }),
        patch("apply", `${space}/configmaps/e?fieldManager=x`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "e" } }),
        patch("apply", `${space}/serviceaccounts/e?fieldManager=x`, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "e" } }),
        patch("merge", space, { metadata: { labels: { a: "b" } } }),
        patch("merge", space, { spec: { finalizers: [] } }),
        remove(space),
        put(`${space}/finalize`, {
          metadata: { name: "gone-{u}" },
          spec: { finalizers: pick([["example.com/y"], ["kubernetes"], ["x"]]) },
        }),
        patch("merge", `${space}/status`, { status: { conditions: [{ type: "NamespaceContentRemaining", status: "True", reason: "R" }] } }),
        remove(`${space}/configmaps/c`),
        patch("merge", space, { metadata: { finalizers: null } }),
        put(`${space}/finalize`, { metadata: { name: "gone-{u}" }, spec: { finalizers: [] } }),
        get(space),
      ),
    ],
    kinds: [kindOf("ConfigMap")],
  };
}

function policies(dice: Dice): Scene {
  const { pick, chance } = dice;
  const matchConstraints = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } },
    resourceRules: [
      {
        apiGroups: [""],
        apiVersions: ["v1"],
        operations: pick([["*"], ["CREATE", "UPDATE"], ["UPDATE"], ["DELETE"]]),
        resources: ["configmaps"],
      },
    ],
  };
  const isMutating = chance(0.4);
  const hasParams = chance(0.4);
  const paramKind = hasParams ? { paramKind: { apiVersion: "v1", kind: "ConfigMap" } } : {};
  const expressions = [
    "object.metadata.name != 'b'",
    "!has(object.data) || size(object.data) < 2",
    "has(oldObject.data)",
    "object.data.a == '1'",
    "request.userInfo.username == 'admin'",
    "request.operation != 'DELETE'",
    "params.data.max == '1'",
    "authorizer.group('').resource('pods').namespace('{ns}').check('get').allowed()",
    "variables.v == 'x'",
    "namespaceObject.metadata.name.startsWith('parity')",
    "object.x == 1",
    "1",
  ];
  const validation = () => ({
    expression: pick(expressions),
    ...(chance(0.3) ? { message: "not so" } : {}),
    ...(chance(0.3) ? { messageExpression: pick(["'name ' + object.metadata.name", "object.none", "''"]) } : {}),
    ...(chance(0.2) ? { reason: pick(["Forbidden", "Unauthorized", "x"]) } : {}),
  });
  const mutation = () =>
    chance(0.5)
      ? {
          patchType: "ApplyConfiguration",
          applyConfiguration: {
            expression: pick([
              "Object{metadata: Object.metadata{labels: {'a': 'b'}}}",
              "Object{data: {'made': object.metadata.name}}",
              "Object{spec: Object.spec{x: 1}}",
              "Object{data: {'m': params.data.max}}",
            ]),
          },
        }
      : {
          patchType: "JSONPatch",
          jsonPatch: {
            expression: pick([
              "[JSONPatch{op: 'add', path: '/metadata/annotations', value: {'a': 'b'}}]",
              "[JSONPatch{op: 'remove', path: '/data/a'}]",
              "[JSONPatch{op: 'test', path: '/metadata/name', value: 'a'}, JSONPatch{op: 'add', path: '/data', value: {'z': 'y'}}]",
              "[]",
            ]),
          },
        };
  const common = {
    ...paramKind,
    matchConstraints,
    failurePolicy: pick(["Fail", "Ignore"]),
    ...(chance(0.3) ? { variables: [{ name: "v", expression: pick(["'x'", "object.data.a", "has(object.data) ? 'x' : 'y'"]) }] } : {}),
    ...(chance(0.3)
      ? {
          matchConditions: [
            {
              name: "m",
              expression: pick([
                "object.metadata.name == 'a'",
                "request.operation == 'CREATE'",
                "has(object.data) && object.data.a == '1'",
              ]),
            },
          ],
        }
      : {}),
  };
  const spec = isMutating
    ? { ...common, reinvocationPolicy: "Never", mutations: [mutation(), mutation()].slice(0, pick([1, 1, 2])) }
    : {
        ...common,
        validations: [validation(), validation()].slice(0, pick([1, 2])),
        ...(chance(0.2) ? { auditAnnotations: [{ key: "k", valueExpression: "'v'" }] } : {}),
      };
  const [policy, binding] = isMutating
    ? ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"]
    : ["validatingadmissionpolicies", "validatingadmissionpolicybindings"];
  const bound = {
    policyName: "p-{u}",
    ...(isMutating ? {} : { validationActions: pick([["Deny"], ["Warn"], ["Deny", "Audit"], ["Warn", "Audit"]]) }),
    ...(hasParams
      ? {
          paramRef: {
            ...pick([{ name: "param" }, { selector: { matchLabels: { app: "param" } } }, { name: "none" }]),
            namespace: "{ns}",
            parameterNotFoundAction: pick(["Allow", "Deny"]),
          },
        }
      : {}),
  };
  const isBroken = chance(0.15);
  return {
    steps: [
      ...(hasParams ? [create(`${core}/configmaps`, { metadata: { name: "param", labels: { app: "param" } }, data: { max: "1" } })] : []),
      create(`${admission}/${policy}`, { metadata: { name: "p-{u}" }, spec: isBroken ? { ...spec, failurePolicy: "x" } : spec }),
      create(`${admission}/${binding}`, { metadata: { name: "p-{u}" }, spec: bound }),
      create(`${core}/configmaps`, { metadata: { name: "a" }, data: { a: pick(["1", "2"]) } }),
      ...some(
        dice,
        0.5,
        create(`${core}/configmaps`, { metadata: { name: "b" } }),
        patch("merge", `${core}/configmaps/a`, { data: { b: "2" } }),
        remove(`${core}/configmaps/a`),
        remove(`${core}/configmaps`),
        patch("merge", `${admission}/${binding}/p-{u}`, { spec: { policyName: "none" } }),
      ),
    ],
    kinds: [kindOf("ConfigMap")],
  };
}

const things = new CustomKind({ plural: "things", kind: "Thing", names: { shortNames: ["th"], categories: ["all"] } });

function definitionsOf(dice: Dice): Scene {
  const { pick, chance } = dice;
  const text = (more: object = {}) => ({ type: "string", ...more });
  const rules = [
    { rule: "!has(self.size) || self.size < 10" },
    { rule: "!has(self.color) || self.color != 'bad'", message: "not bad" },
    { rule: "self.size >= oldSelf.size" },
    { rule: "!has(self.tags) || self.tags.all(t, t.size() < 5)", messageExpression: "'tags of ' + string(self.tags.size())" },
    { rule: "has(self.color)", fieldPath: ".color", reason: "FieldValueRequired" },
    { rule: "!oldSelf.hasValue() || oldSelf.value().size == self.size", optionalOldSelf: true },
  ];
  const properties: Record<string, object> = {
    size: { type: "integer", minimum: 0, ...(chance(0.4) ? { default: 3 } : {}), ...(chance(0.2) ? { maximum: 10 } : {}) },
    color: text({ ...(chance(0.3) ? { enum: ["red", "blue", "bad"] } : {}), ...(chance(0.2) ? { default: "red" } : {}), maxLength: 10 }),
    tags: {
      type: "array",
      maxItems: 5,
      items: text({ maxLength: 20 }),
      ...pick([{}, { "x-kubernetes-list-type": "set" }, { "x-kubernetes-list-type": "atomic" }]),
    },
    parts: {
      type: "array",
      maxItems: 5,
      items: {
        type: "object",
        required: ["name"],
        properties: { name: text({ maxLength: 9 }), value: { "x-kubernetes-int-or-string": true }, on: { type: "boolean", default: true } },
      },
      ...pick([{}, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] }]),
    },
    more: {
      type: "object",
      ...pick([
        { "x-kubernetes-preserve-unknown-fields": true },
        { additionalProperties: text({ maxLength: 9 }), maxProperties: 5 },
        { properties: { x: text({ nullable: true, maxLength: 9 }) }, ...pick([{}, { "x-kubernetes-map-type": "atomic" }]) },
      ]),
    },
  };
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties,
        ...(chance(0.2) ? { required: ["size"] } : {}),
        ...(chance(0.4) ? { "x-kubernetes-validations": [pick(rules)] } : {}),
      },
      status: { type: "object", properties: { replicas: { type: "integer" }, phase: text(), selector: text() } },
    },
  };
  const hasSubresources = chance(0.6);
  const more = {
    ...(hasSubresources
      ? {
          subresources: {
            status: {},
            ...(chance(0.6)
              ? {
                  scale: {
                    specReplicasPath: ".spec.size",
                    statusReplicasPath: ".status.replicas",
                    ...(chance(0.5) ? { labelSelectorPath: ".status.selector" } : {}),
                  },
                }
              : {}),
          },
        }
      : {}),
    ...(chance(0.4)
      ? {
          additionalPrinterColumns: [
            { name: "Size", type: "integer", jsonPath: ".spec.size" },
            { name: "Tags", type: "string", jsonPath: ".spec.tags", priority: 1 },
          ],
        }
      : {}),
    ...(chance(0.4) ? { selectableFields: [{ jsonPath: ".spec.color" }] } : {}),
  };
  const second = chance(0.4)
    ? [
        {
          name: "v2",
          schema,
          more: { ...more, ...pick([{}, { deprecated: true }, { deprecated: true, deprecationWarning: "gone soon" }]) },
        },
      ]
    : [];
  const spec = (change: object) => ({ spec: change });
  const kind: StoryKind = {
    path: things.path(second.length > 0 ? pick(["v1", "v2"]) : "v1"),
    object: {
      apiVersion: `${things.group}/v1`,
      kind: "Thing",
      metadata: { name: "a", labels: { app: "a" } },
      spec: { size: 1, color: "red" },
    },
    changes: [
      spec({ size: 2 }),
      spec({ size: 20 }),
      spec({ size: "x" }),
      spec({ size: null }),
      spec({ color: "bad" }),
      spec({ color: "green" }),
      spec({ color: null }),
      spec({ tags: ["a", "b"] }),
      spec({ tags: ["a", "a"] }),
      spec({ tags: ["toolong"] }),
      spec({ parts: [{ name: "p", value: 1 }] }),
      spec({
        parts: [
          { name: "p", value: "1" },
          { name: "q", on: false },
        ],
      }),
      spec({ parts: [{ name: "p" }, { name: "p" }] }),
      spec({ parts: [{ value: true }] }),
      spec({ more: { x: "1" } }),
      spec({ more: { x: null, y: 2 } }),
      spec({ unknown: 1 }),
      { other: 1 },
      { spec: null },
      { status: { phase: "x" } },
    ],
    statuses: [
      { status: { replicas: 2 } },
      { status: { phase: "x", selector: "a=b" } },
      { status: { replicas: "x" } },
      { status: { unknown: 1 } },
      { status: null },
    ],
    fields: ["spec.color=red", "spec.color!=red", "spec.size=1"],
    others: {
      scale: [
        { spec: { replicas: 3 } },
        { spec: { replicas: -1 } },
        { spec: { replicas: null } },
        { status: { replicas: 2 } },
        { spec: { replicas: 30 } },
      ],
    },
  };
  kind.object.apiVersion = kind.path.split("/").slice(2, 4).join("/");
  const place = `${kind.path}/a`;
  const index = `/spec/versions/0`;
  const later = some<StoryStep>(
    dice,
    0.35,
    patch("merge", things.own, { metadata: { labels: { a: "b" } } }),
    patch("json", things.own, [{ op: "add", path: `${index}/schema/openAPIV3Schema/properties/spec/properties/size/maximum`, value: 5 }]),
    patch("json", things.own, [{ op: "remove", path: `${index}/schema/openAPIV3Schema/properties/spec/properties/more` }]),
    patch("json", things.own, [
      { op: "add", path: `${index}/schema/openAPIV3Schema/properties/spec/properties/extra`, value: { type: "string", default: "new" } },
    ]),
    patch("json", things.own, [{ op: "add", path: `${index}/schema/openAPIV3Schema/properties/spec/required`, value: ["tags"] }]),
    patch("json", things.own, [
      { op: "add", path: `${index}/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations`, value: [pick(rules)] },
    ]),
    patch("merge", things.own, { spec: { scope: "Cluster" } }),
    patch("merge", things.own, { spec: { names: { kind: "Other" } } }),
    patch("json", things.own, [{ op: "replace", path: `${index}/served`, value: false }]),
  );
  return {
    steps: [
      create(definitions, things.definition([{ schema, more }, ...second])),
      { served: things.path() },
      create(kind.path, kind.object),
      ...later.flatMap((step): StoryStep[] => [
        step,
        get(place),
        ...some<StoryStep>(
          dice,
          0.4,
          patch("merge", place, { metadata: { labels: { t: "1" } } }),
          patch("merge", place, pick(kind.changes)),
        ),
      ]),
      ...(second.length > 0 ? [get(`${things.path("v1")}/a`), get(`${things.path("v2")}/a`)] : []),
    ],
    kinds: [kind],
  };
}

export const scenes: readonly ((dice: Dice) => Scene)[] = [
  quotas,
  limits,
  tokens,
  escalations,
  lastPods,
  namespacesThatGo,
  policies,
  definitionsOf,
  customKinds,
  customKinds,
  admittedKinds,
];
