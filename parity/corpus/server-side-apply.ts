import { type Answer, changed, create, get, patch, put, type Request, remove, type Sequence, type Step } from "../sequences.ts";
import { applicable } from "./server-side-apply/kinds.ts";

const ns = "/api/v1/namespaces/{ns}";
const configMaps = `${ns}/configmaps`;
const services = `${ns}/services`;
const deployments = "/apis/apps/v1/namespaces/{ns}/deployments";
const autoscalers = (version: string) => `/apis/autoscaling/${version}/namespaces/{ns}/horizontalpodautoscalers`;

type Fields = Record<string, unknown>;

/**
 * What of an answer doesn't hang on the second in which a request came, or on the order of a Go map: entries of managedFields by
 * manager instead of by time, causes by field.
 */
function settled(body: unknown): unknown {
  const { metadata, details, ...rest } = body as { metadata?: Fields; details?: Fields };
  const by = (text: (item: Fields) => string) => (a: Fields, b: Fields) => (text(a) < text(b) ? -1 : 1);
  const entries = (metadata?.managedFields as Fields[] | undefined)
    ?.map((entry) => ({ ...entry, fieldsV1: JSON.stringify(entry.fieldsV1) }))
    .sort(by((entry) => JSON.stringify([entry.operation, entry.manager, entry.apiVersion, entry.subresource])));
  const causes = (details?.causes as Fields[] | undefined)?.toSorted(by((cause) => JSON.stringify([cause.field, cause.message])));
  return {
    ...rest,
    ...(metadata ? { metadata: { ...metadata, ...(entries ? { managedFields: entries } : {}) } } : {}),
    ...(details ? { details: { ...details, ...(causes ? { causes } : {}) } } : {}),
  };
}

/** Names, metadata and errors: what a kind makes of its spec is the business of other areas. */
function settledMetadata(body: unknown): unknown {
  const { status, ...rest } = settled(body) as Fields;
  return typeof status === "string"
    ? { ...rest, status }
    : { apiVersion: rest.apiVersion, kind: rest.kind, metadata: withoutVersion(rest.metadata as Fields) };
}

interface ApplyOptions extends Partial<Request> {
  force?: boolean;
  query?: string;
}

function apply(path: string, manager: string, body: unknown, { force, query, ...more }: ApplyOptions = {}): Request {
  const options = `?fieldManager=${manager}${force ? "&force=true" : ""}${query ? `&${query}` : ""}`;
  return patch("apply", path + options, body, { pick: settled, ...more });
}

const read = (path: string): Request => get(path, { pick: settled });
const update = (path: string, manager: string, at: number, change: (body: Answer["body"]) => void, query = ""): Step => {
  return (answers) => put(`${path}?fieldManager=${manager}${query}`, changed(answers, at, change), { pick: settled });
};
const merge = (path: string, manager: string, body: unknown, pick = settled): Request =>
  patch("merge", `${path}?fieldManager=${manager}`, body, { pick });

const map = (fields: Fields = {}, metadata: Fields = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...metadata },
  ...fields,
});
const service = (spec: Fields, metadata: Fields = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "a", ...metadata },
  spec,
});
const deployment = (spec: Fields, metadata: Fields = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a", ...metadata },
  spec,
});
const labels = { app: "web" };
const whole = (containers: Fields[], more: Fields = {}, podSpec: Fields = {}) =>
  deployment({ selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers, ...podSpec } }, ...more });
const partly = (containers: Fields[], podSpec: Fields = {}) => deployment({ template: { spec: { containers, ...podSpec } } });
const scale = (spec: Fields | undefined, metadata: Fields = {}) => ({
  apiVersion: "autoscaling/v1",
  kind: "Scale",
  metadata: { name: "a", ...metadata },
  ...(spec ? { spec } : {}),
});
const one = `${configMaps}/a`;
const dep = `${deployments}/a`;
const svc = `${services}/a`;

/** One apply each, of an object that isn't there. */
function applies(path: string, bodies: Record<string, unknown>, options: ApplyOptions = {}): Sequence[] {
  return Object.entries(bodies).map(([name, body]) => ({ name, steps: [apply(path, "m", body, options)] }));
}

const options: Sequence[] = [
  {
    name: "options",
    steps: [
      patch("apply", one, map()),
      patch("apply", `${one}?fieldManager=`, map()),
      patch("apply", `${one}?fieldManager=${"x".repeat(129)}`, map()),
      patch("apply", `${one}?fieldManager=a%07b`, map()),
      patch("apply", `${one}?fieldManager=m&fieldValidation=Maybe`, map()),
      patch("apply", `${one}?fieldManager=m&dryRun=Some`, map()),
      patch("apply", `${one}?fieldManager=m&force=yes`, map({ data: { a: "1" } }), { pick: settled }),
      patch("merge", `${one}?force=true`, {}),
      patch("strategic", `${one}?force=false`, {}),
      patch("json", `${one}?fieldManager=${"x".repeat(129)}`, []),
      patch("apply", `${one}?fieldManager=m`, {}, { headers: { "content-type": "application/apply-patch+cbor" } }),
      patch("apply", `${one}?fieldManager=m`, {}, { headers: { "content-type": "application/apply-patch" } }),
      apply(one, "m", map({ data: { a: "1" } }), { headers: { "content-type": "application/apply-patch+yaml; charset=utf-8" } }),
    ],
  },
];

const bodies: Sequence[] = [
  ...applies(one, {
    "an empty object": {},
    "a list": [],
    "a text": '"x"',
    "another kind": { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } },
    "another version": { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } },
    "another group": { apiVersion: "apps/v1", kind: "ConfigMap", metadata: { name: "a" } },
    "no name": { apiVersion: "v1", kind: "ConfigMap" },
    "another name": map({}, { name: "b" }),
    "another namespace": map({}, { namespace: "other" }),
    "a uid where nothing is": map({}, { uid: "11111111-1111-1111-1111-111111111111" }),
    "a resource version where nothing is": map({}, { resourceVersion: "5" }),
    "managedFields, empty": map({}, { managedFields: [] }),
    "managedFields, one": map({}, { managedFields: [{ manager: "x" }] }),
    "managedFields, null": map({}, { managedFields: null }),
    "an unknown field": map({ nope: 1 }),
    "an unknown field of metadata": map({}, { nope: 1 }),
    "a number for a text": map({ data: { a: 1 } }),
    "a number with digits for a text": map({ data: { a: 1.5 } }),
    "a list for a map": map({ data: [] }),
    "a list with items for a map": map({ data: [1, "a"] }),
    "a text for a map": map({ data: "x" }),
    "a map for a text": map({ data: { a: { b: 1, a: [true] } } }),
    "a text for a boolean": map({ immutable: "x" }),
    "a null map": map({ data: null }),
    "a null value": map({ data: { a: null } }),
    "an empty map": map({ data: {} }),
    "null labels": map({}, { labels: null }),
    "an invalid label": map({}, { labels: { "a b": "c" } }),
    "no base64": map({ binaryData: { a: "*" } }),
    "a creation time": map({}, { creationTimestamp: null }),
  }),
  { name: "null", steps: [patch("apply", `${one}?fieldManager=m`, undefined, { raw: "null" })] },
  {
    name: "YAML",
    steps: [
      patch("apply", `${one}?fieldManager=m`, undefined, {
        raw: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  # a comment\n  a: 'yes'\n  b: |\n    two\n    lines\n",
        pick: settled,
      }),
      patch("apply", `${one}?fieldManager=m`, undefined, {
        raw: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: yes\n",
      }),
    ],
  },
  ...["Strict", "Warn", "Ignore"].map((validation) => ({
    name: `duplicate keys, ${validation}`,
    steps: [
      patch("apply", `${one}?fieldManager=m&fieldValidation=${validation}`, undefined, {
        raw: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1","b":"2","a":"3"}}',
        pick: settled,
      }),
      patch("apply", `${one}?fieldManager=m&fieldValidation=${validation}`, undefined, {
        raw: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: x\n  b: x\n  b: y\n",
        pick: settled,
      }),
      apply(one, "m", map({ nope: 1 }), { query: `fieldValidation=${validation}` }),
    ],
  })),
  ...applies(dep, {
    "a text for a number": deployment({ replicas: "1" }),
    "a boolean for a number": deployment({ replicas: true }),
    "a map for a list": whole([], {}, { containers: {} }),
    "a text for a list": whole([], {}, { containers: "x" }),
    "an item that is null": whole([], {}, { containers: [null] }),
    "an item that is a text": whole([], {}, { containers: ["x"] }),
    "an item without its key": whole([{ image: "x" }]),
    "an item twice": whole([{ name: "a" }, { name: "a" }]),
    "a port twice by its default": whole([
      { name: "a", image: "i", ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "TCP" }] },
    ]),
    "a port without its number": whole([{ name: "a", image: "i", ports: [{ name: "http" }] }]),
    "an item with a field that is unknown": whole([{ name: "a", image: "i", nope: 1 }]),
    "an item with a field of another type": whole([{ name: "a", image: 1 }]),
    "a quantity that is none": whole([{ name: "a", image: "i", resources: { limits: { cpu: "x" } } }]),
    "a quantity that is a number": whole([{ name: "a", image: "i", resources: { limits: { cpu: 1 } } }]),
    "a quantity that is a list": whole([{ name: "a", image: "i", resources: { limits: { cpu: [] } } }]),
    "an item in an atomic list of another type": whole([{ name: "a", image: "i", args: [1] }]),
    "an unknown field in an atomic list": whole([{ name: "a", image: "i" }], {}, { tolerations: [{ nope: 1 }] }),
    "a fraction for a whole number": deployment({ replicas: 1.5 }),
    "a boolean for a number or text": deployment({ strategy: { rollingUpdate: { maxSurge: true } } }),
    "a time that is none": deployment({ template: { metadata: { creationTimestamp: "x" } } }),
    "a number for a time": deployment({ template: { metadata: { creationTimestamp: 1 } } }),
    "what validation refuses": deployment({ replicas: -1 }),
  }),
  ...applies(`${ns}/pods/a`, {
    "finalizers twice": { apiVersion: "v1", kind: "Pod", metadata: { name: "a", finalizers: ["x.io/a", "x.io/a"] } },
    "a finalizer that is a map": { apiVersion: "v1", kind: "Pod", metadata: { name: "a", finalizers: [{}] } },
    "a finalizer that is null": { apiVersion: "v1", kind: "Pod", metadata: { name: "a", finalizers: [null] } },
  }),
];

/** Names in the order of time, so that it doesn't matter in which second each came. */
const letters = "abcdefghijklm";

const ownership: Sequence[] = [
  {
    name: "create, again, change",
    steps: [
      apply(one, "m", map({ data: { a: "1", b: "1" } }, { labels: { l: "1" } })),
      apply(one, "m", map({ data: { a: "1", b: "1" } }, { labels: { l: "1" } })),
      apply(one, "m", map({ data: { a: "2" } })),
      apply(one, "m", map()),
      apply(one, "m", map({ data: { a: "3" } }), { query: "dryRun=All" }),
      read(one),
    ],
  },
  { name: "create, dry run", steps: [apply(one, "m", map({ data: { a: "1" } }), { query: "dryRun=All" }), read(one)] },
  {
    name: "two appliers",
    steps: [
      apply(one, "x", map({ data: { a: "1", b: "1" } })),
      apply(one, "y", map({ data: { b: "1", c: "1" } })),
      apply(one, "z", map({ data: { a: "2" } })),
      apply(one, "z", map({ data: { a: "2", b: "2", c: "2", d: "2" } })),
      apply(one, "x", map({ data: { a: "1" } })),
      apply(one, "z", map({ data: { a: "2", b: "2" } }), { force: true }),
      apply(one, "y", map({ data: {} })),
      apply(one, "x", map()),
      apply(one, "z", map()),
    ],
  },
  {
    name: "appliers and updaters",
    steps: [
      create(`${configMaps}?fieldManager=u`, map({ data: { a: "1", b: "1" } }, { labels: { l: "1" } }), { pick: settled }),
      apply(one, "m", map({ data: { a: "2" } })),
      apply(one, "m", map({ data: { a: "1" } })),
      apply(one, "m", map({ data: { a: "2" } }), { force: true }),
      merge(one, "u", { data: { a: "3" } }),
      apply(one, "m", map({ data: { a: "2" } })),
      apply(one, "m", map()),
      merge(one, "v", { data: { a: null } }),
      merge(one, "m", { data: { a: "4" } }),
      apply(one, "m", map({ data: { a: "5" } })),
    ],
  },
  {
    name: "resource versions and uids",
    steps: [
      apply(one, "m", map({ data: { a: "1" } })),
      (answers) => apply(one, "m", map({ data: { a: "2" } }, { resourceVersion: answers[0]?.body.metadata.resourceVersion })),
      (answers) => apply(one, "m", map({ data: { a: "3" } }, { resourceVersion: answers[0]?.body.metadata.resourceVersion })),
      (answers) => apply(one, "m", map({ data: { a: "4" } }, { uid: answers[0]?.body.metadata.uid })),
      apply(one, "m", map({ data: { a: "4" } }, { uid: "11111111-1111-1111-1111-111111111111" })),
    ],
  },
  {
    name: "managedFields forgotten and edited",
    steps: [
      apply(one, "m", map({ data: { a: "1", b: "1" } })),
      merge(one, "u", { metadata: { managedFields: [] } }),
      merge(one, "u", { data: { c: "1" } }),
      apply(one, "m", map({ data: { a: "1" } })),
      apply(one, "m", map({ data: { a: "2" } })),
      apply(one, "m", map({ data: {} }), { force: true }),
      merge(one, "u", { metadata: { managedFields: [{}] } }),
      merge(one, "u", { metadata: { managedFields: null } }),
      apply(one, "x", map({ data: { a: "1" } })),
      update(one, "u", 8, (body) => {
        body.metadata.managedFields = [
          {
            manager: "n",
            operation: "Apply",
            apiVersion: "v1",
            time: "2020-01-01T00:00:00Z",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:data": { "f:a": {} } },
          },
        ];
      }),
      apply(one, "m", map({ data: { a: "2" } })),
      apply(one, "n", map({ data: {} })),
      merge(one, "u", {
        metadata: { managedFields: [{ manager: "n", operation: "Nope", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }] },
      }),
      merge(one, "u", {
        metadata: { managedFields: [{ manager: "n", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV2", fieldsV1: {} }] },
      }),
    ],
  },
  {
    name: "more updaters than are kept",
    steps: [
      apply(one, "m", map({ data: { m: "1" } })),
      ...Array.from({ length: 13 }, (_, index) => merge(one, `u-${letters[index]}`, { data: { [`k${index}`]: "1" } })),
      apply(one, "n", map({ data: { k1: "2", k12: "2" } })),
    ].map((step, index) => (index > 9 ? { ...step, pick: (body: unknown) => settled(withoutTimes(body)) } : step)),
  },
  {
    name: "client-side apply taken over by kubectl",
    steps: [
      create(
        `${configMaps}?fieldManager=kubectl-client-side-apply`,
        map(
          { data: { a: "1", b: "1" } },
          {
            annotations: {
              "kubectl.kubernetes.io/last-applied-configuration":
                '{"apiVersion":"v1","data":{"a":"1","b":"0"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a"}}\n',
            },
          },
        ),
        { pick: settled },
      ),
      apply(one, "other", map({ data: { a: "2" } })),
      apply(one, "kubectl", map({ data: { a: "2", b: "2" } })),
      apply(one, "kubectl", map({ data: { a: "2" } })),
      apply(one, "kubectl", map({ data: { a: "2" } }, { annotations: { x: "y" } })),
      apply(one, "other", map({ data: { c: "2" } })),
      merge(one, "kubectl", { metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "nonsense" } } }),
      merge(one, "u", { data: { a: "3" } }),
      apply(one, "kubectl", map({ data: { a: "4" } })),
    ],
  },
  {
    name: "finalizers and owners",
    steps: [
      apply(one, "x", map({}, { finalizers: ["x.io/a", "x.io/b"] })),
      apply(one, "y", map({}, { finalizers: ["x.io/c", "x.io/b"] })),
      apply(one, "x", map({}, { finalizers: ["x.io/b"] })),
      apply(one, "y", map({}, { finalizers: [] })),
      apply(
        one,
        "x",
        map({}, { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "11111111-1111-1111-1111-111111111111" }] }),
      ),
      apply(
        one,
        "y",
        map(
          {},
          {
            ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "q", uid: "11111111-1111-1111-1111-111111111111", controller: true }],
          },
        ),
      ),
      apply(one, "x", map()),
    ],
  },
];

function withoutTimes(body: unknown): unknown {
  const { metadata, ...rest } = body as { metadata?: Fields };
  const managedFields = (metadata?.managedFields as Fields[] | undefined)?.map(({ time: _dropped, ...entry }) => entry);
  return { ...rest, ...(metadata ? { metadata: { ...metadata, ...(managedFields ? { managedFields } : {}) } } : {}) };
}

const container = (name: string, more: Fields = {}) => ({ name, image: `${name}:1`, ...more });

const workloads: Sequence[] = [
  {
    name: "containers of two appliers",
    steps: [
      apply(dep, "x", whole([container("a"), container("b")])),
      apply(
        dep,
        "y",
        partly([
          { name: "c", image: "c:1" },
          { name: "a", env: [{ name: "E", value: "1" }] },
        ]),
      ),
      apply(dep, "x", whole([container("b")])),
      apply(dep, "y", partly([{ name: "a", image: "a:2", env: [{ name: "E", value: "1" }] }])),
      apply(dep, "x", whole([container("b"), container("d"), container("a")])),
      apply(dep, "y", partly([{ name: "b", image: "b:9" }])),
      apply(dep, "y", partly([{ name: "b", image: "b:9" }]), { force: true }),
      apply(dep, "x", deployment({ selector: { matchLabels: labels } })),
    ],
  },
  {
    name: "what is owned as a whole",
    steps: [
      apply(
        dep,
        "x",
        whole([container("a", { args: ["1"] })], {}, { nodeSelector: { a: "1" }, tolerations: [{ key: "k", operator: "Exists" }] }),
      ),
      apply(dep, "y", partly([], { nodeSelector: { b: "1" } })),
      apply(dep, "y", partly([], { nodeSelector: { b: "1" } }), { force: true }),
      apply(dep, "x", whole([container("a", { args: [] })])),
      apply(dep, "y", deployment({})),
      apply(dep, "x", whole([container("a", { args: null })], { selector: { matchLabels: labels, matchExpressions: [] } })),
    ],
  },
  {
    name: "ports and their default protocol",
    steps: [
      apply(dep, "x", whole([container("a", { ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP" }] })])),
      apply(dep, "x", whole([container("a", { ports: [{ containerPort: 80, protocol: "TCP", name: "http" }] })])),
      apply(
        dep,
        "y",
        partly([
          {
            name: "a",
            ports: [
              { containerPort: 80, name: "web" },
              { containerPort: 80, protocol: "UDP" },
            ],
          },
        ]),
      ),
      apply(dep, "y", partly([{ name: "a", ports: [{ containerPort: 80, protocol: "UDP" }] }])),
      apply(dep, "x", whole([container("a", { ports: [] })])),
      apply(dep, "y", partly([{ name: "a" }])),
    ],
  },
  {
    name: "quantities in other words",
    steps: [
      apply(dep, "x", whole([container("a", { resources: { limits: { cpu: "1000m", memory: "1024Mi" } } })])),
      apply(dep, "x", whole([container("a", { resources: { limits: { cpu: "1000m", memory: "1024Mi" } } })])),
      apply(dep, "y", partly([{ name: "a", resources: { limits: { cpu: "1" } } }])),
      apply(dep, "y", partly([{ name: "a", resources: { limits: { cpu: 1 } } }])),
      apply(dep, "x", whole([container("a", { resources: { requests: { cpu: "0.5" } } })])),
    ],
  },
  {
    name: "strategies and defaults",
    steps: [
      apply(dep, "x", whole([container("a")], { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } })),
      apply(dep, "x", whole([container("a")], { strategy: { type: "Recreate" } })),
      apply(dep, "x", whole([container("a")], { strategy: { type: "Recreate", rollingUpdate: null } })),
      apply(dep, "x", whole([container("a")])),
      apply(dep, "y", deployment({ replicas: 1, progressDeadlineSeconds: 600 })),
      apply(dep, "y", deployment({ replicas: null })),
    ],
  },
  {
    name: "the order of items",
    steps: [
      apply(svc, "x", service({ ports: [1, 2, 3, 4].map((port) => ({ name: `p${port}`, port })) })),
      apply(svc, "y", service({ ports: [3, 5, 1].map((port) => ({ name: `p${port}`, port })) })),
      apply(svc, "z", service({ ports: [6, 4, 2].map((port) => ({ name: `p${port}`, port })) })),
      apply(svc, "x", service({ ports: [4, 3].map((port) => ({ name: `p${port}`, port })) })),
      apply(svc, "y", service({ ports: [{ name: "p5", port: 5, targetPort: "http" }] })),
      apply(svc, "x", service({})),
    ],
  },
  {
    name: "status",
    steps: [
      apply(dep, "x", { ...whole([container("a")]), status: { replicas: 3 } }),
      apply(`${dep}/status`, "s", {
        ...deployment({ replicas: 5 }, { labels: { l: "1" } }),
        status: { replicas: 1, conditions: [{ type: "Available", status: "True" }] },
      }),
      apply(`${dep}/status`, "t", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, status: { replicas: 2 } }),
      apply(
        `${dep}/status`,
        "t",
        { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, status: { replicas: 2 } },
        { force: true },
      ),
      merge(`${dep}/status`, "u", { status: { conditions: [{ type: "Progressing", status: "True" }] } }),
      apply(`${dep}/status`, "s", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } }),
      apply(dep, "s", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, status: { replicas: 7 } }),
      apply(`${deployments}/none/status`, "s", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "none" } }),
      apply(`${one}/status`, "s", map()),
    ],
  },
  {
    name: "scale",
    steps: [
      create(`${deployments}?fieldManager=u`, whole([container("a")], { replicas: 1 }), { pick: settled }),
      merge(`${dep}/scale`, "v", { spec: { replicas: 2 } }),
      read(dep),
      apply(`${dep}/scale`, "x", scale({ replicas: 3 })),
      apply(`${dep}/scale`, "x", scale({ replicas: 3 }), { force: true }),
      read(dep),
      apply(`${dep}/scale`, "y", scale({ replicas: 3 })),
      read(dep),
      apply(dep, "z", deployment({ replicas: 4 })),
      apply(dep, "z", deployment({ replicas: 4 }), { force: true }),
      apply(`${dep}/scale`, "x", scale({ replicas: 3 })),
      apply(`${dep}/scale`, "x", scale(undefined)),
      read(dep),
      apply(`${dep}/scale`, "x", deployment({})),
      apply(`${dep}/scale`, "x", scale({ replicas: -1 }), { force: true }),
      apply(`${dep}/scale`, "x", scale({ replicas: 3 }, { resourceVersion: "1" }), { force: true }),
      apply(`${dep}/scale`, "x", scale({ replicas: 3, nope: 1 })),
      apply(`${dep}/scale`, "x", scale({ replicas: 5 }), { force: true, query: "dryRun=All" }),
      apply(`${deployments}/none/scale`, "x", scale({ replicas: 3 }, { name: "none" })),
      read(dep),
    ],
  },
  {
    name: "two versions",
    steps: [
      apply(`${autoscalers("v1")}/a`, "m", autoscaler("v1", { maxReplicas: 3, targetCPUUtilizationPercentage: 60 })),
      apply(`${autoscalers("v2")}/a`, "m", autoscaler("v2", { maxReplicas: 3 })),
      apply(`${autoscalers("v2")}/a`, "n", autoscaler("v2", { metrics: [cpu(50)] }, false)),
      apply(`${autoscalers("v2")}/a`, "n", autoscaler("v2", { metrics: [cpu(50)], minReplicas: 2 }, false), { force: true }),
      apply(`${autoscalers("v1")}/a`, "m", autoscaler("v1", { maxReplicas: 4, targetCPUUtilizationPercentage: 70 })),
      apply(`${autoscalers("v1")}/a`, "n", autoscaler("v1", { minReplicas: 2 }, false)),
      merge(`${autoscalers("v1")}/a`, "u", { spec: { minReplicas: 1 } }),
      apply(`${autoscalers("v2")}/a`, "n", autoscaler("v2", {}, false)),
    ],
  },
];

function autoscaler(version: string, spec: Fields, complete = true): Fields {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
  return {
    apiVersion: `autoscaling/${version}`,
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "a" },
    spec: { ...(complete ? { scaleTargetRef } : {}), ...spec },
  };
}

function cpu(averageUtilization: number): Fields {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

/** Upstream writes some kinds anew on the first apply after a create, though nothing has changed. */
function withoutVersion({ resourceVersion: _dropped, ...metadata }: Fields): Fields {
  return metadata;
}

const alone = { pick: settledMetadata };

/** Each built-in kind: created, applied again, by another manager, taken back, removed. */
const kinds: Sequence[] = applicable.map(({ path, object }) => {
  const named = `${path}/${object.metadata.name}`;
  const { spec: _spec, ...rest } = object as { spec?: unknown; metadata: { name: string } };
  const label = (value: string) => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name: rest.metadata.name, labels: { l: value } },
  });
  return {
    name: `${object.kind} of ${object.apiVersion}`,
    steps: [
      apply(named, "m", object, alone),
      apply(named, "m", object, alone),
      apply(named, "n", label("1"), alone),
      merge(named, "u", { metadata: { labels: { l: "2" }, annotations: { note: "x" } } }, settledMetadata),
      apply(named, "n", label("1"), alone),
      apply(named, "n", label("1"), { ...alone, force: true }),
      apply(named, "n", { ...label("1"), metadata: { name: rest.metadata.name } }, alone),
      remove(named, { gracePeriodSeconds: 0, propagationPolicy: "Background" }, { pick: () => undefined }),
    ],
  };
});

export default [...options, ...bodies, ...ownership, ...workloads, ...kinds];
