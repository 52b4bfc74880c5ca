import { CustomKind } from "../custom-kinds.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";
import { story } from "../stories/story.ts";

/** What random stories have found, shortened. */
const core = "/api/v1/namespaces/{ns}";
const pods = `${core}/pods`;
const accounts = `${core}/serviceaccounts`;
const configMaps = `${core}/configmaps`;
const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: "main", image: "nginx:1" }] } });
const admission = "/apis/admissionregistration.k8s.io/v1";
const eviction = (name: string, deleteOptions: object) =>
  create(`${pods}/${name}/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name }, deleteOptions });
const things = new CustomKind({ plural: "things", kind: "Thing" });

const sequences: Sequence[] = [
  story(
    "dry runs beside what is being deleted",
    create(configMaps, { metadata: { name: "a", finalizers: ["example.com/hold"] } }),
    remove(`${configMaps}/a`),
    create(`${configMaps}?dryRun=All`, { metadata: { name: "a" } }),
    create(configMaps, { metadata: { name: "a" } }),
    patch("merge", `${configMaps}/a`, { metadata: { finalizers: null } }),
  ),
  story("a resize with times of deletion", create(pods, pod("a")), {
    edit: `${pods}/a`,
    at: "/resize",
    change: {
      metadata: { deletionTimestamp: "2024-01-01T00:00:00Z", deletionGracePeriodSeconds: 0 },
      spec: { containers: [{ name: "main", resources: { requests: { cpu: "200m" } } }] },
    },
  }),
  story(
    "items of keyed lists without a key",
    create(accounts, { metadata: { name: "a", labels: { app: "a" } }, secrets: [{ namespace: "x" }] }),
    create(accounts, { metadata: { name: "b", labels: { app: "a" } }, secrets: [{ name: "x" }, { kind: "Secret" }] }),
    create(accounts, { metadata: { name: "c", labels: { app: "a" } } }),
    patch("merge", `${accounts}/c`, { secrets: [{ kind: "Secret" }] }),
    patch("merge", `${accounts}/c`, { metadata: { labels: { app: "b" } } }),
    patch("merge", `${accounts}/a`, { metadata: { labels: { app: "b" } } }),
    patch("apply", `${accounts}/a?fieldManager=x`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "a", labels: { tier: "x" } },
    }),
    create(accounts, { metadata: { name: "d", labels: { app: "a" } }, secrets: [{ name: "y" }] }),
    patch("merge", `${accounts}/d`, { secrets: [null] }),
    patch("merge", `${accounts}/d`, { imagePullSecrets: [null] }),
  ),
  story(
    "revisions that events don't have",
    get(`${core}/events/b?resourceVersion=x`),
    get(`${core}/events?resourceVersion=x`),
    get(`${core}/events/b?resourceVersion=99999999999`),
    get(`${core}/events?resourceVersion=99999999999`),
    get("/apis/events.k8s.io/v1/namespaces/{ns}/events/b?resourceVersion=x"),
    get(`${core}/configmaps/b?resourceVersion=x`),
    get(`${core}/configmaps/b?resourceVersion=99999999999`),
  ),
  story(
    "several things wrong with a list",
    get(`${configMaps}?fieldSelector=metadata.name&resourceVersionMatch=x`),
    get(`${configMaps}?labelSelector=a%20b&resourceVersionMatch=x`),
    get(`${configMaps}?labelSelector=a%20b&resourceVersion=x`),
    get(`${configMaps}?fieldSelector=spec.x=1&resourceVersion=x&resourceVersionMatch=x`),
    get(`${configMaps}?fieldSelector=spec.x=1&resourceVersion=x`),
    { watch: `${configMaps}?watch=true&fieldSelector=spec.x=1&resourceVersion=x&timeoutSeconds=1` },
    remove(`${configMaps}?fieldSelector=spec.x=1&resourceVersion=x`),
    get(`${configMaps}?resourceVersion=x&resourceVersionMatch=x`),
    get(`${configMaps}?resourceVersion=x&sendInitialEvents=true`),
    { watch: `${configMaps}?watch=true&labelSelector=a%20b&resourceVersionMatch=x&timeoutSeconds=1` },
    { watch: `${configMaps}?watch=true&fieldSelector=metadata.name&resourceVersion=x&timeoutSeconds=1` },
    { watch: `${configMaps}?watch=true&resourceVersionMatch=x&resourceVersion=x&timeoutSeconds=1` },
    remove(`${configMaps}?labelSelector=a%20b&resourceVersion=x`),
    put(`${configMaps}/a?labelSelector=a%20b`, { metadata: { name: "a" } }),
  ),
  story(
    "an eviction of a pod at its revision",
    create(pods, pod("a")),
    create(pods, pod("b")),
    eviction("a", { preconditions: { resourceVersion: "1" } }),
    eviction("a", { preconditions: { resourceVersion: `<rv:${pods}/a>` } }),
    create(`${pods}/b/binding`, { metadata: { name: "b" }, target: { kind: "Node", name: "n" } }),
    get(`${pods}/b`),
    eviction("b", { preconditions: { resourceVersion: `<rv:${pods}/b>`, uid: `<uid:${pods}/b>` } }),
    get(`${pods}/b`),
    eviction("b", { preconditions: { resourceVersion: `<rv:${pods}/b>` }, gracePeriodSeconds: 5 }),
    remove(`${pods}/b`, { gracePeriodSeconds: 0 }),
  ),
  story(
    "updates of several wrong names",
    create(configMaps, { metadata: { name: "a" } }),
    put(`${configMaps}/a`, { metadata: { namespace: "other" } }),
    put(`${configMaps}/a`, { metadata: { name: "b", namespace: "other" } }),
    put(`${configMaps}/b`, { metadata: { namespace: "other" } }),
    patch("merge", `${configMaps}/a`, { metadata: { name: "b", namespace: "other" } }),
    patch("merge", `${configMaps}/a`, { metadata: { name: null, namespace: "other" } }),
    create("/apis/apps/v1/namespaces/{ns}/replicasets", {
      metadata: { name: "a" },
      spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: pod("a").spec } },
    }),
    put("/apis/apps/v1/namespaces/{ns}/replicasets/a/scale", { metadata: { namespace: "other" } }),
    put("/apis/apps/v1/namespaces/{ns}/replicasets/a/scale", { metadata: { name: "b", namespace: "other" } }),
    put("/apis/apps/v1/namespaces/{ns}/replicasets/a/status", { metadata: { name: "b", namespace: "other" } }),
  ),
  story(
    "what a policy asks of an old object that isn't there",
    ...["Fail", "Ignore"].flatMap((failurePolicy) => [
      ...["has(oldObject.data)", "has(oldObject.data.a)", "!has(oldObject.data) || true", "oldObject == null"].flatMap(
        (expression, index) => {
          const name = `p${index}-${failurePolicy.toLowerCase()}-{u}`;
          const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": "{ns}" } };
          const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] };
          const matchConstraints = { namespaceSelector, resourceRules: [rule] };
          return [
            create(`${admission}/validatingadmissionpolicies`, {
              metadata: { name },
              spec: { failurePolicy, matchConstraints, validations: [{ expression }] },
            }),
            create(`${admission}/validatingadmissionpolicybindings`, {
              metadata: { name },
              spec: { policyName: name, validationActions: ["Deny"] },
            }),
            create(configMaps, { metadata: { name: `a${index}-${failurePolicy.toLowerCase()}` } }),
            remove(`${admission}/validatingadmissionpolicybindings/${name}`),
          ];
        },
      ),
    ]),
  ),
  story(
    "partial metadata of custom kinds in the wrong form",
    create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", things.definition([{}])),
    { served: things.path() },
    create(things.path(), things.object("a")),
    get(things.path(), { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } }),
    get(`${things.path()}/a`, { headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" } }),
    get(configMaps, { headers: { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" } }),
  ),
  story(
    "creates with a revision",
    create("/apis/storage.k8s.io/v1/csidrivers", {
      metadata: { name: "a-{u}", resourceVersion: "1" },
      spec: { tokenRequests: [{ audience: "a" }] },
    }),
    create(configMaps, { metadata: { name: "A", resourceVersion: "1" } }),
    create(configMaps, { metadata: { name: "a" } }),
    create(configMaps, { metadata: { name: "a", resourceVersion: "1" } }),
    create(`${configMaps}?dryRun=All`, { metadata: { name: "b", resourceVersion: "1" } }),
    create(`${core}/services`, {
      metadata: { name: "a", resourceVersion: "1" },
      spec: { clusterIP: "10.97.200.7", ports: [{ port: 80 }] },
    }),
    create(`${core}/services`, { metadata: { name: "a" }, spec: { clusterIP: "10.97.200.7", ports: [{ port: 80 }] } }),
  ),
  story(
    "refusals of deprecated kinds",
    create(`${core}/endpoints?fieldValidation=Sometimes`, { metadata: { name: "a" } }),
    get(`${core}/endpoints`, { headers: { accept: "text/plain" } }),
    get(`${core}/endpoints`, { headers: { accept: "application/json;as=Chair;v=v1;g=meta.k8s.io" } }),
    create(`${core}/endpoints`, { metadata: { name: "a" } }, { headers: { "content-type": "text/plain" } }),
    { method: "PATCH", path: `${core}/endpoints/a`, body: {}, headers: { "content-type": "text/plain" } },
    { method: "PUT", path: `${core}/endpoints/a`, raw: "{" },
    get(`${core}/endpoints/a/none`),
    create(`${core}/endpoints/a`, { metadata: { name: "a" } }),
    create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", things.definition([{ more: { deprecated: true } }])),
    { served: things.path() },
    patch("strategic", `${things.path()}/a/scale`, {}),
    patch("strategic", `${things.path()}/a`, {}),
    get(`${things.path()}/a/scale`),
    get(`${things.path()}/a`, { headers: { accept: "text/plain" } }),
    put(things.path(), {}),
    { method: "DELETE", path: `${things.path()}/a/none` },
  ),
];

export default sequences;
