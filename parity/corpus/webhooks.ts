import { create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";
import { type Behaviour, hookPath } from "../webhook-server.ts";

const group = "/apis/admissionregistration.k8s.io/v1";
const mutating = `${group}/mutatingwebhookconfigurations`;
const validating = `${group}/validatingwebhookconfigurations`;
const configMaps = "/api/v1/namespaces/{ns}/configmaps";
const pods = "/api/v1/namespaces/{ns}/pods";
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";

const inOrder: Step = { calls: "in order" };
const inAnyOrder: Step = { calls: "in any order" };

const configurations = { apiGroups: ["admissionregistration.k8s.io"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] };
const rule = (resources: string[], operations: string[] = ["*"], more: object = {}) => ({
  apiGroups: ["*"],
  apiVersions: ["*"],
  operations,
  resources,
  ...more,
});

interface Hook {
  name: string;
  does?: Behaviour;
  rules?: object[];
  more?: object;
}

const here = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };

function hookOf({ name, does = {}, rules = [rule(["configmaps"])], more = {} }: Hook): object {
  return {
    name: `${name}.example.com`,
    clientConfig: { url: `{hook}${hookPath(name, does)}`, caBundle: "{ca}" },
    rules,
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    namespaceSelector: here,
    ...more,
  };
}

const configuration = (kind: string, hooks: Hook[], name = "c-{u}") => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: { name },
  webhooks: hooks.map(hookOf),
});

/** The configuration itself is compared elsewhere. */
const quietly = { pick: () => "" };
const mutates = (hooks: Hook[], name?: string): Request =>
  create(mutating, configuration("MutatingWebhookConfiguration", hooks, name), quietly);
const validates = (hooks: Hook[], name?: string): Request =>
  create(validating, configuration("ValidatingWebhookConfiguration", hooks, name), quietly);
const validatesTold = (hooks: Hook[]): Request => create(validating, configuration("ValidatingWebhookConfiguration", hooks));

const configMap = (name: string, more: object = {}) => ({ metadata: { name, ...more }, data: { a: "1" } });
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: "main", image: "nginx:1" }] } });
const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "main", image: "nginx:1" }] } };
const deployment = (name: string) => ({
  metadata: { name },
  spec: { replicas: 1, selector: { matchLabels: { app: "a" } }, template },
});

const answer = (name: string, does: Behaviour, steps: Step[] = [], more: object = {}): Sequence => ({
  name,
  steps: [validates([{ name: "hook", does, more }]), create(configMaps, configMap("a")), ...steps],
});

const sequences: Sequence[] = [
  {
    name: "what a validating webhook is asked",
    steps: [
      validates([{ name: "all", rules: [rule(["configmaps", "configmaps/*"])] }]),
      create(configMaps, configMap("a", { labels: { x: "y" } })),
      inOrder,
      create(`${configMaps}?fieldManager=me&fieldValidation=Strict`, configMap("b")),
      inOrder,
      create(configMaps, { metadata: { generateName: "gen-" } }),
      inOrder,
      create(`${configMaps}?dryRun=All`, configMap("c")),
      inOrder,
      put(`${configMaps}/a`, { metadata: { name: "a" }, data: { a: "2" } }),
      inOrder,
      patch("merge", `${configMaps}/a`, { data: { b: "3" } }),
      inOrder,
      patch("json", `${configMaps}/a?fieldManager=you`, [{ op: "add", path: "/data/c", value: "4" }]),
      inOrder,
      patch("apply", `${configMaps}/a?fieldManager=applier&force=true`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a" },
        data: { a: "5" },
      }),
      inOrder,
      patch("apply", `${configMaps}/new?fieldManager=applier`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "new" },
        data: { a: "5" },
      }),
      inOrder,
      remove(`${configMaps}/a`),
      inOrder,
      remove(`${configMaps}/b`, { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0, propagationPolicy: "Background" }),
      inOrder,
      remove(`${configMaps}/new?gracePeriodSeconds=3`),
      inOrder,
      remove(`${configMaps}/none`),
      inOrder,
      get(`${configMaps}/c`),
      inOrder,
    ],
  },
  {
    name: "who asks",
    steps: [
      validates([{ name: "all" }]),
      create(configMaps, configMap("a"), { user: { name: "system:admin", groups: ["system:masters"] } }),
      inOrder,
    ],
  },
  {
    name: "collections",
    steps: [
      mutates([{ name: "mutating" }]),
      validates([{ name: "validating" }]),
      create(configMaps, configMap("a", { labels: { l: "x" } })),
      create(configMaps, configMap("b", { labels: { l: "x" } })),
      inAnyOrder,
      remove(`${configMaps}?labelSelector=l%3Dx`, undefined, quietly),
      { calls: "in any order" },
    ],
  },
  {
    name: "pods and their subresources",
    steps: [
      validates([{ name: "all", rules: [rule(["pods", "pods/*"])] }]),
      create(pods, pod("a")),
      inOrder,
      patch("merge", `${pods}/a/status`, { status: { message: "m" } }),
      inOrder,
      patch("strategic", `${pods}/a/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: "e", image: "nginx:1" }] } }, quietly),
      inOrder,
      create(`${pods}/a/binding`, { metadata: { name: "a" }, target: { kind: "Node", name: "nowhere" } }),
      inOrder,
      create(`${pods}/a/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a" } }),
      inOrder,
      remove(`${pods}/a`, { gracePeriodSeconds: 0 }, quietly),
      inOrder,
    ],
  },
  {
    name: "connections",
    steps: [
      validates([{ name: "all", rules: [rule(["pods", "pods/*", "services/proxy"], ["CONNECT"])], more: {} }]),
      create(pods, pod("a"), quietly),
      get(`${pods}/a/exec?command=ls&command=-l&stdin=true&container=main&stdout=1`, quietly),
      inOrder,
      get(`${pods}/a/attach?stdout=true`, quietly),
      inOrder,
      get(`${pods}/a/portforward?ports=80&ports=81`, quietly),
      inOrder,
      get(`${pods}/a/proxy/x/y`, quietly),
      inOrder,
      get(`/api/v1/namespaces/{ns}/services/none:80/proxy/x`, quietly),
      inOrder,
      get(`${pods}/a/log`, quietly),
      inOrder,
    ],
  },
  {
    name: "connections refused",
    steps: [
      validates([
        { name: "all", rules: [rule(["pods/exec"], ["CONNECT"])], does: { response: { allowed: false, status: { message: "no" } } } },
      ]),
      create(pods, pod("a"), quietly),
      get(`${pods}/a/exec?command=ls`),
    ],
  },
  {
    name: "scale",
    steps: [
      mutates([
        { name: "all", rules: [rule(["deployments/scale"])], does: { patch: [{ op: "replace", path: "/spec/replicas", value: 7 }] } },
      ]),
      validates([{ name: "check", rules: [rule(["deployments/scale"])] }]),
      create(deployments, deployment("d"), quietly),
      inOrder,
      patch("merge", `${deployments}/d/scale`, { spec: { replicas: 3 } }),
      inOrder,
      put(`${deployments}/d/scale`, { metadata: { name: "d" }, spec: { replicas: 4 } }),
      inOrder,
      get(`${deployments}/d`, quietly),
    ],
  },
  {
    name: "tokens",
    steps: [
      validates([{ name: "all", rules: [rule(["serviceaccounts/token"])] }]),
      create("/api/v1/namespaces/{ns}/serviceaccounts/default/token", { spec: { expirationSeconds: 1000 } }, quietly),
      inOrder,
    ],
  },
  {
    name: "cluster-scoped objects",
    alone: true,
    steps: [
      validates([
        {
          name: "all",
          rules: [rule(["priorityclasses"])],
          more: { namespaceSelector: {}, objectSelector: { matchLabels: { parity: "{u}" } } },
        },
      ]),
      create("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "p-{u}", labels: { parity: "{u}" } }, value: 3 }),
      inOrder,
      patch("merge", "/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}", { metadata: { labels: { parity: null } } }),
      inOrder,
      patch("merge", "/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}", { description: "d" }),
      inOrder,
      remove("/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}"),
      inOrder,
    ],
  },
  {
    name: "namespaces",
    steps: [
      validates([
        { name: "a", rules: [rule(["namespaces", "namespaces/*"])], more: { namespaceSelector: { matchLabels: { parity: "{u}" } } } },
        {
          name: "b",
          rules: [rule(["namespaces"], ["*"], { scope: "Namespaced" })],
          more: { namespaceSelector: { matchLabels: { parity: "{u}" } } },
        },
        {
          name: "c",
          rules: [rule(["namespaces"], ["*"], { scope: "Cluster" })],
          more: { namespaceSelector: { matchLabels: { parity: "{u}" } } },
        },
      ]),
      create("/api/v1/namespaces", { metadata: { name: "n-{u}", labels: { parity: "{u}" } } }),
      inAnyOrder,
      patch("merge", "/api/v1/namespaces/n-{u}", { metadata: { labels: { other: "x" } } }),
      inAnyOrder,
      patch("merge", "/api/v1/namespaces/n-{u}", { metadata: { labels: { parity: null } } }),
      inAnyOrder,
      patch("merge", "/api/v1/namespaces/n-{u}", { metadata: { labels: { parity: "{u}" } } }),
      inAnyOrder,
      put("/api/v1/namespaces/n-{u}/finalize", { metadata: { name: "n-{u}" }, spec: { finalizers: ["kubernetes"] } }),
      inAnyOrder,
      remove("/api/v1/namespaces/n-{u}", undefined, quietly),
      inAnyOrder,
    ],
  },
  {
    name: "configurations are never asked about",
    alone: true,
    steps: [
      validates(
        [{ name: "all", rules: [configurations], more: { namespaceSelector: {} }, does: { response: { allowed: false } } }],
        "x-{u}",
      ),
      validates([{ name: "other" }], "y-{u}"),
      inOrder,
      remove(`${validating}/x-{u}`),
      remove(`${validating}/y-{u}`),
      inOrder,
    ],
  },
  answer("allowed with warnings", {
    response: { warnings: ["first", 'second "quoted"', "", "x".repeat(300)], auditAnnotations: { key: "value" } },
  }),
  answer("denied", { response: { allowed: false } }),
  answer("denied with a message", { response: { allowed: false, status: { message: "not like this" } } }),
  answer("denied with a reason", { response: { allowed: false, status: { reason: "Because" } } }),
  answer("denied with a code", {
    response: { allowed: false, status: { code: 418, message: "a teapot", reason: "Teapot", status: "Failure" } },
  }),
  answer("denied with a code below 400", { response: { allowed: false, status: { code: 200, status: "Success", message: "m" } } }),
  answer("denied with details", {
    response: {
      allowed: false,
      warnings: ["w"],
      status: {
        message: "m",
        code: 429,
        details: { name: "n", kind: "k", retryAfterSeconds: 3, causes: [{ reason: "r", message: "cm", field: "f" }] },
      },
    },
  }),
  answer("another uid", { response: { uid: "nonsense" } }),
  answer("without a response", { withoutResponse: true }),
  answer("another version", { apiVersion: "admission.k8s.io/v1beta1" }),
  answer("another kind", { kind: "Pod", apiVersion: "v1" }),
  answer("an unknown kind", { kind: "Nothing" }),
  answer("no version", { apiVersion: "" }),
  answer("no JSON", { raw: "hello" }),
  answer("empty", { raw: "" }),
  answer("empty object", { raw: "{}" }),
  answer("a list", { raw: "[]" }),
  answer("wrong type", { raw: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"allowed":"yes"}}' }),
  answer("status 404", { raw: "nothing here", status: 404, contentType: "text/plain" }),
  answer("status 500", { raw: "broken", status: 500, contentType: "text/plain" }),
  answer("status 403", { raw: "go away", status: 403, contentType: "text/plain" }),
  answer("status 400", { raw: "bad", status: 400, contentType: "text/plain" }),
  answer("status 401", { raw: "who", status: 401, contentType: "text/plain" }),
  answer("status 409", { raw: "c", status: 409, contentType: "text/plain" }),
  answer("status 422", { raw: "c", status: 422, contentType: "text/plain" }),
  answer("status 503", { raw: "later", status: 503, contentType: "text/plain" }),
  answer("status 302", { raw: "elsewhere", status: 302, contentType: "text/plain" }),
  answer("status 201", { status: 201 }),
  answer("status object", {
    raw: '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"told","reason":"Forbidden","code":403}',
    status: 403,
  }),
  answer("text type", { contentType: "text/plain" }),
  answer("a patch of a validating one", { patch: [{ op: "add", path: "/data/x", value: "y" }] }),
  answer("v1beta1 first", {}, [inOrder], { admissionReviewVersions: ["v1beta1", "v1"] }),
  answer("unknown versions first", {}, [inOrder], { admissionReviewVersions: ["v7", "v1"] }),
  answer("errors ignored", { status: 500, raw: "x" }, [], { failurePolicy: "Ignore" }),
  answer("denials aren't ignored", { response: { allowed: false } }, [], { failurePolicy: "Ignore" }),
  answer("too slow", { delaySeconds: 2 }, [], { timeoutSeconds: 1 }),
  answer("too slow, ignored", { delaySeconds: 2 }, [], { timeoutSeconds: 1, failurePolicy: "Ignore" }),
  answer("connection refused", {}, [], { clientConfig: { url: "https://127.0.0.1:1/x" } }),
  answer("unknown authority", {}, [], { clientConfig: { url: `{hook}${hookPath("x")}` } }),
  answer("another name", {}, [], { clientConfig: { url: `https://127.0.0.2:1/x`, caBundle: "{ca}" } }),
  answer("no such service", {}, [], { clientConfig: { service: { namespace: "{ns}", name: "none", path: "/p" } } }),
  answer("no port of the service", {}, [], { clientConfig: { service: { namespace: "default", name: "kubernetes", port: 1 } } }),
  {
    name: "dry run with side effects",
    steps: [
      validates([{ name: "a", more: { sideEffects: "NoneOnDryRun" } }]),
      create(`${configMaps}?dryRun=All`, configMap("a"), quietly),
      inOrder,
      validates([{ name: "b" }], "b-{u}"),
    ],
  },
  {
    name: "several validating ones",
    steps: [
      validates([
        { name: "a", does: { response: { warnings: ["from a"] } } },
        { name: "b", does: { response: { allowed: false } } },
        { name: "c" },
      ]),
      create(configMaps, configMap("a")),
      inAnyOrder,
    ],
  },
  {
    name: "same names",
    steps: [validates([{ name: "a" }], "1-{u}"), validates([{ name: "a" }], "2-{u}"), create(configMaps, configMap("a")), inAnyOrder],
  },
  {
    name: "mutating ones in order",
    steps: [
      mutates([{ name: "z", does: { patch: [{ op: "add", path: "/data/z", value: "1" }] } }], "a-{u}"),
      mutates(
        [
          { name: "y", does: { patch: [{ op: "add", path: "/data/y", value: "2" }] } },
          { name: "x", does: { patch: [{ op: "replace", path: "/data/y", value: "3" }] } },
        ],
        "0-{u}",
      ),
      validates([{ name: "v" }]),
      create(configMaps, configMap("a")),
      inOrder,
      patch("merge", `${configMaps}/a`, { data: { a: "2" } }),
      inOrder,
    ],
  },
  {
    name: "what a mutating webhook is asked",
    steps: [
      mutates([{ name: "all" }]),
      create(configMaps, { metadata: { generateName: "gen-", labels: { x: "y" } } }, quietly),
      inOrder,
      create(configMaps, configMap("a", { creationTimestamp: "2020-01-01T00:00:00Z", uid: "u" }), quietly),
      inOrder,
      put(`${configMaps}/a`, { metadata: { name: "a" }, data: { a: "2" } }, quietly),
      inOrder,
      patch("merge", `${configMaps}/a`, { data: { b: "3" } }, quietly),
      inOrder,
      patch(
        "apply",
        `${configMaps}/a?fieldManager=applier&force=true`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "5" } },
        quietly,
      ),
      inOrder,
      patch(
        "apply",
        `${configMaps}/new?fieldManager=applier`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "new" }, data: { a: "5" } },
        quietly,
      ),
      inOrder,
      remove(`${configMaps}/a`),
      inOrder,
    ],
  },
  {
    name: "reinvocation",
    steps: [
      mutates([
        { name: "first", more: { reinvocationPolicy: "IfNeeded" } },
        { name: "second", does: { patch: [{ op: "add", path: "/data/s", value: "1" }] }, more: { reinvocationPolicy: "IfNeeded" } },
        { name: "third", does: { patch: [{ op: "add", path: "/data/t", value: "1" }] } },
      ]),
      create(configMaps, configMap("a"), quietly),
      inOrder,
    ],
  },
  {
    name: "reinvocation without a change",
    steps: [
      mutates([
        { name: "first", more: { reinvocationPolicy: "IfNeeded" } },
        { name: "second", does: { patch: [{ op: "replace", path: "/data/a", value: "1" }] }, more: { reinvocationPolicy: "IfNeeded" } },
      ]),
      create(configMaps, configMap("a"), quietly),
      inOrder,
    ],
  },
  {
    name: "reinvocation of a pod",
    steps: [
      mutates([
        {
          name: "first",
          rules: [rule(["pods"], ["CREATE"])],
          does: { patch: [{ op: "add", path: "/spec/containers/-", value: { name: "more", image: "busybox" } }] },
          more: { reinvocationPolicy: "IfNeeded" },
        },
      ]),
      create(pods, pod("a")),
      inOrder,
    ],
  },
  {
    name: "defaults after a patch",
    steps: [
      mutates([
        {
          name: "first",
          rules: [rule(["deployments"], ["CREATE"])],
          does: {
            patch: [
              { op: "remove", path: "/spec/strategy" },
              {
                op: "add",
                path: "/spec/template/spec/containers/-",
                value: { name: "more", image: "busybox", ports: [{ containerPort: 80 }] },
              },
            ],
          },
        },
        { name: "second", rules: [rule(["deployments"], ["CREATE"])] },
      ]),
      create(deployments, deployment("d")),
      inOrder,
    ],
  },
  ...Object.entries({
    "patch that changes nothing": [{ op: "test", path: "/data/a", value: "1" }],
    "patch that fails a test": [{ op: "test", path: "/data/a", value: "2" }],
    "patch of what isn't there": [{ op: "remove", path: "/data/none" }],
    "patch into a wrong type": [{ op: "add", path: "/data", value: 3 }],
    "patch of an unknown field": [{ op: "add", path: "/nothing", value: 3 }],
    "patch of the name": [{ op: "replace", path: "/metadata/name", value: "b" }],
    "patch of the namespace": [{ op: "replace", path: "/metadata/namespace", value: "default" }],
    "patch of the uid": [{ op: "replace", path: "/metadata/uid", value: "u" }],
    "patch to something invalid": [{ op: "add", path: "/metadata/labels", value: { "a b": "c" } }],
    "patch of managed fields": [{ op: "remove", path: "/metadata/managedFields" }],
    "patch to broken managed fields": [{ op: "replace", path: "/metadata/managedFields/0/operation", value: "Nonsense" }],
    "patch with an unknown operation": [{ op: "explode", path: "/data" }],
    "patch of the whole": [{ op: "replace", path: "", value: { metadata: { name: "a" }, data: { q: "r" } } }],
    "patch that is empty": [],
  }).map(
    ([name, operations]): Sequence => ({
      name,
      steps: [mutates([{ name: "hook", does: { patch: operations } }]), create(configMaps, configMap("a"))],
    }),
  ),
  {
    name: "patch without a type",
    steps: [mutates([{ name: "hook", does: { response: { patch: "W10=" } } }]), create(configMaps, configMap("a"))],
  },
  {
    name: "type without a patch",
    steps: [mutates([{ name: "hook", does: { response: { patchType: "JSONPatch" } } }]), create(configMaps, configMap("a"))],
  },
  {
    name: "another patch type",
    steps: [
      mutates([{ name: "hook", does: { response: { patchType: "MergePatch", patch: "W10=" } } }]),
      create(configMaps, configMap("a")),
      mutates([{ name: "hook", does: { response: { patchType: "MergePatch", patch: "W3t9XQ==" } } }], "d-{u}"),
      create(configMaps, configMap("b")),
    ],
  },
  {
    name: "patch that is no patch",
    steps: [mutates([{ name: "hook", does: { response: { patchType: "JSONPatch", patch: "e30=" } } }]), create(configMaps, configMap("a"))],
  },
  {
    name: "patch of a delete",
    steps: [
      create(configMaps, configMap("a"), quietly),
      mutates([{ name: "hook", does: { patch: [{ op: "add", path: "/data/x", value: "y" }] } }]),
      remove(`${configMaps}/a`),
    ],
  },
  {
    name: "mutating one that denies",
    steps: [
      mutates([{ name: "a", does: { response: { allowed: false, status: { message: "m" } } } }, { name: "b" }]),
      create(configMaps, configMap("a")),
      inOrder,
    ],
  },
  {
    name: "mutating one that fails",
    steps: [
      mutates([
        { name: "a", does: { status: 500, raw: "x" }, more: { failurePolicy: "Ignore" } },
        { name: "b", does: { status: 500, raw: "y" } },
        { name: "c" },
      ]),
      create(configMaps, configMap("a")),
      inOrder,
    ],
  },
  {
    name: "selectors",
    steps: [
      validates([
        { name: "labelled", more: { objectSelector: { matchLabels: { x: "y" } } } },
        { name: "elsewhere", more: { namespaceSelector: { matchLabels: { none: "none" } } } },
        { name: "both", more: { objectSelector: { matchExpressions: [{ key: "x", operator: "Exists" }] } } },
      ]),
      create(configMaps, configMap("a")),
      inAnyOrder,
      create(configMaps, configMap("b", { labels: { x: "y" } })),
      inAnyOrder,
      patch("merge", `${configMaps}/b`, { metadata: { labels: { x: "z" } } }),
      inAnyOrder,
      patch("merge", `${configMaps}/b`, { metadata: { labels: null } }),
      inAnyOrder,
      patch("merge", `${configMaps}/b`, { data: null }),
      inAnyOrder,
    ],
  },
  {
    name: "rules",
    steps: [
      validates([
        { name: "group", rules: [{ ...rule(["*"]), apiGroups: ["apps"] }] },
        { name: "core", rules: [{ ...rule(["*"]), apiGroups: [""] }] },
        { name: "version", rules: [{ ...rule(["*"]), apiVersions: ["v7"] }] },
        { name: "cluster", rules: [rule(["*"], ["*"], { scope: "Cluster" })] },
        { name: "namespaced", rules: [rule(["*"], ["*"], { scope: "Namespaced" })] },
        { name: "creates", rules: [rule(["*/*"], ["CREATE"])] },
        { name: "updates", rules: [rule(["*/*"], ["UPDATE", "DELETE"])] },
        { name: "status", rules: [rule(["*/status"])] },
        { name: "second", rules: [rule(["secrets"]), rule(["configmaps/status", "deployments/*"])] },
      ]),
      create(configMaps, configMap("a"), quietly),
      { calls: "in any order" },
      create(deployments, deployment("d"), quietly),
      { calls: "in any order" },
      patch("merge", `${deployments}/d/status`, { status: { observedGeneration: 1 } }, quietly),
      { calls: "in any order" },
    ],
  },
  {
    name: "equivalent resources",
    steps: [
      mutates([
        {
          name: "exact",
          rules: [{ ...rule(["horizontalpodautoscalers"]), apiGroups: ["autoscaling"], apiVersions: ["v1"] }],
          more: { matchPolicy: "Exact" },
        },
        {
          name: "equivalent",
          rules: [{ ...rule(["horizontalpodautoscalers"]), apiGroups: ["autoscaling"], apiVersions: ["v1"] }],
          does: { patch: [{ op: "replace", path: "/spec/targetCPUUtilizationPercentage", value: 33 }] },
        },
        {
          name: "two",
          rules: [{ ...rule(["horizontalpodautoscalers"]), apiGroups: ["autoscaling"], apiVersions: ["v2"] }],
        },
      ]),
      create("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
        metadata: { name: "h" },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
          metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
        },
      }),
      inOrder,
      create("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers", {
        metadata: { name: "i" },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
          targetCPUUtilizationPercentage: 60,
        },
      }),
      inOrder,
    ],
  },
  {
    name: "equivalent groups",
    steps: [
      validates([{ name: "core", rules: [{ ...rule(["events"]), apiGroups: [""] }] }]),
      create("/apis/events.k8s.io/v1/namespaces/{ns}/events", {
        metadata: { name: "e" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        type: "Normal",
        reason: "r",
        action: "a",
        reportingController: "c.example.com/x",
        reportingInstance: "i",
        regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
      }),
      inOrder,
    ],
  },
  {
    name: "updates that create",
    steps: [
      validates([{ name: "all", rules: [rule(["leases"])] }]),
      put("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", { metadata: { name: "l" }, spec: { holderIdentity: "me" } }),
      inOrder,
    ],
  },
  {
    name: "reviews",
    steps: [
      validates([
        {
          name: "all",
          rules: [rule(["localsubjectaccessreviews"])],
        },
      ]),
      create("/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews", {
        metadata: { namespace: "{ns}" },
        spec: { user: "u", resourceAttributes: { namespace: "{ns}", verb: "get", resource: "pods" } },
      }),
      inOrder,
    ],
  },
  {
    name: "graceful deletes",
    steps: [
      validates([{ name: "all", rules: [rule(["pods", "configmaps"], ["DELETE"])] }]),
      create(pods, { ...pod("a"), spec: { ...pod("a").spec, nodeName: "nowhere" } }, quietly),
      remove(`${pods}/a`, undefined, quietly),
      inOrder,
      remove(`${pods}/a`, { gracePeriodSeconds: 0 }, quietly),
      inOrder,
      create(configMaps, configMap("f", { finalizers: ["example.com/x"] }), quietly),
      remove(`${configMaps}/f`, undefined, quietly),
      inOrder,
      patch("merge", `${configMaps}/f`, { metadata: { finalizers: null } }, quietly),
      inOrder,
    ],
  },
  {
    name: "validation comes after mutation",
    steps: [
      mutates([{ name: "a", does: { patch: [{ op: "replace", path: "/metadata/labels", value: { ok: "yes" } }] } }]),
      validates([{ name: "v" }]),
      create(configMaps, configMap("a", { labels: { "not ok": "x" } })),
      inOrder,
      create(configMaps, { metadata: { name: "b", labels: { x: "y" } }, data: { "a b": "1" } }),
      inOrder,
    ],
  },
];

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

const conditions: Sequence[] = [
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

export default [...sequences, ...conditions];
