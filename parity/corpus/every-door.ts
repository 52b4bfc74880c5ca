import { asTable } from "../damages.ts";
import { applied, json, life, merge, strategic } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** The same strange requests at each kind of storage, devices, access and policy: what one kind answers otherwise shows. */
interface Kind {
  path: string;
  apiVersion: string;
  kind: string;
  /** Without metadata. */
  object: object;
  /** Fields of its spec that don't exist, by place. */
  wrong: object;
}

const core = "/api/v1/namespaces/{ns}";
const storage = "/apis/storage.k8s.io/v1";
const dra = "/apis/resource.k8s.io/v1";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const of = (
  path: string,
  apiVersion: string,
  kind: string,
  object: object,
  wrong: object = { spec: { nonsense: 1, Extra: {} } },
): Kind => ({
  path,
  apiVersion,
  kind,
  object,
  wrong,
});

const kinds: readonly Kind[] = [
  of(
    `${storage}/storageclasses`,
    "storage.k8s.io/v1",
    "StorageClass",
    { provisioner: "a.com" },
    { Provisioner: "b", allowedTopologies: [{ matchLabels: {} }] },
  ),
  of(
    `${storage}/csidrivers`,
    "storage.k8s.io/v1",
    "CSIDriver",
    { spec: {} },
    { spec: { AttachRequired: true, tokenRequests: [{ x: 1 }] } },
  ),
  of(
    `${storage}/csinodes`,
    "storage.k8s.io/v1",
    "CSINode",
    { spec: { drivers: [] } },
    { spec: { drivers: [{ name: "a", nodeID: "b", allocatable: { Count: 1 } }] } },
  ),
  of(
    `${storage}/namespaces/{ns}/csistoragecapacities`,
    "storage.k8s.io/v1",
    "CSIStorageCapacity",
    { storageClassName: "a" },
    { Capacity: "1", nodeTopology: { x: 1 } },
  ),
  of(`${storage}/volumeattachments`, "storage.k8s.io/v1", "VolumeAttachment", {
    spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "p" } },
  }),
  of(
    `${storage}/volumeattributesclasses`,
    "storage.k8s.io/v1",
    "VolumeAttributesClass",
    { driverName: "a", parameters: { a: "b" } },
    { spec: {} },
  ),
  of(
    "/api/v1/persistentvolumes",
    "v1",
    "PersistentVolume",
    { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } } },
    { spec: { hostPath: { Path: "/y" }, claimRef: { x: 1 } } },
  ),
  of(
    `${core}/persistentvolumeclaims`,
    "v1",
    "PersistentVolumeClaim",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    { spec: { resources: { claims: [] } } },
  ),
  of(`${dra}/deviceclasses`, "resource.k8s.io/v1", "DeviceClass", { spec: {} }),
  of(
    `${dra}/namespaces/{ns}/resourceclaims`,
    "resource.k8s.io/v1",
    "ResourceClaim",
    { spec: {} },
    { spec: { devices: { requests: [{ name: "a", exactly: { deviceClassName: "b", Count: 1 } }] } } },
  ),
  of(
    `${dra}/namespaces/{ns}/resourceclaimtemplates`,
    "resource.k8s.io/v1",
    "ResourceClaimTemplate",
    { spec: { spec: {} } },
    { spec: { spec: { x: 1 }, metadata: { y: 2 } } },
  ),
  of(
    `${dra}/resourceslices`,
    "resource.k8s.io/v1",
    "ResourceSlice",
    { spec: { driver: "a", nodeName: "n", pool: { name: "p", generation: 0, resourceSliceCount: 1 } } },
    { spec: { devices: [{ name: "a", basic: {} }] } },
  ),
  of(
    `${rbac}/namespaces/{ns}/roles`,
    "rbac.authorization.k8s.io/v1",
    "Role",
    { rules: [] },
    { rules: [{ verbs: ["get"], apigroups: [""], resources: ["x"] }] },
  ),
  of(
    `${rbac}/namespaces/{ns}/rolebindings`,
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    { roleRef: { kind: "Role", name: "r" } },
    { subjects: [{ kind: "User", name: "a", uid: "x" }] },
  ),
  of(`${rbac}/clusterroles`, "rbac.authorization.k8s.io/v1", "ClusterRole", { rules: [] }, { aggregationRule: { selectors: [] } }),
  of(
    `${rbac}/clusterrolebindings`,
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    { roleRef: { kind: "ClusterRole", name: "r" } },
    { roleRef: { kind: "ClusterRole", name: "r", namespace: "x" } },
  ),
  of(`${core}/resourcequotas`, "v1", "ResourceQuota", { spec: { hard: { pods: "1" } } }, { spec: { scopeSelector: { matchLabels: {} } } }),
  of(
    `${core}/limitranges`,
    "v1",
    "LimitRange",
    { spec: { limits: [{ type: "Pod", max: { cpu: "1" } }] } },
    { spec: { limits: [{ type: "Pod", maximum: {} }] } },
  ),
  of(
    "/api/v1/nodes",
    "v1",
    "Node",
    { spec: { podCIDR: "10.0.0.0/24" } },
    { spec: { taints: [{ key: "a", effect: "NoSchedule", seconds: 1 }] } },
  ),
  of(`${core}/serviceaccounts`, "v1", "ServiceAccount", {}, { secrets: [{ name: "a", key: "b" }], spec: {} }),
  of("/apis/scheduling.k8s.io/v1/priorityclasses", "scheduling.k8s.io/v1", "PriorityClass", { value: 1 }, { Value: 2, spec: {} }),
  of("/apis/node.k8s.io/v1/runtimeclasses", "node.k8s.io/v1", "RuntimeClass", { handler: "h" }, { overhead: { fixed: {} } }),
  of("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases", "coordination.k8s.io/v1", "Lease", { spec: { holderIdentity: "a" } }),
];

const counted = {
  pick: (body: unknown) => {
    const { items, kind, message } = body as { items?: unknown[]; kind?: string; message?: string };
    return [kind, message ?? null, items?.length ?? null];
  },
};

const sequences: Sequence[] = kinds.flatMap(({ path, apiVersion, kind, object, wrong }) => {
  const name = kind === "CSIDriver" ? "door.{u}" : "door-{u}";
  const at = `${path}/${name}`;
  const whole = { apiVersion, kind, metadata: { name }, ...object };
  const other = { apiVersion, kind, metadata: { name: `other-{u}` }, ...object };
  const onlyMine = `fieldSelector=metadata.name%3D${name}`;
  return [
    {
      ...life(
        `${kind}: options and forms`,
        create(`${path}?dryRun=All&fieldManager=me`, whole),
        create(`${path}?fieldValidation=Strict`, { ...whole, ...wrong, metadata: { name, label: {}, Labels: { a: "b" } } }),
        create(`${path}?fieldValidation=Warn&dryRun=All`, { ...whole, ...wrong }),
        create(`${path}?fieldValidation=Ignore&dryRun=All`, { ...whole, ...wrong }),
        create(
          path,
          { ...whole, metadata: { generateName: `${name}-`, name: "" } },
          { pick: (body) => (body as { code?: number }).code ?? 0 },
        ),
        create(at, whole),
        create(path, whole),
        create(path, { ...whole, kind: "Secret", apiVersion: "v1" }),
        get(`${path}?${onlyMine}`, asTable),
        get(at, {
          headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
          pick: (body) => (body as { rows: { object: unknown }[] }).rows[0]?.object,
        }),
        get(`${at}?includeObject=None`, {
          headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
          pick: (body) => (body as { rows: { object: unknown }[] }).rows[0]?.object,
        }),
        get(`${at}?includeObject=Object`, {
          headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
          pick: (body) => (body as { rows: { object: unknown }[] }).rows[0]?.object,
        }),
        get(`${path}?${onlyMine}`, { headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" } }),
        get(`${path}?${onlyMine}`, { headers: { accept: "application/yaml" } }),
        get(`${path}?${onlyMine}`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
        get(`${path}?fieldSelector=spec.nonsense%3Dx`),
        get(`${path}?fieldSelector=status.phase%3Dx`),
        get(`${path}?fieldSelector=metadata.labels.a%3Dx`),
        get(`${path}?fieldSelector=metadata.namespace%3Dx`, counted),
        { method: "HEAD", path: at },
        { method: "OPTIONS", path: at },
        { method: "PUT", path },
        get(`${at}/status`),
        get(`${at}/scale`),
        put(`${at}/status`, whole),
        merge(`${at}/status`, { metadata: { labels: { via: "status" } } }),
        applied(`${at}/status`, `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: "${name}"}\n`, "door"),
        remove(`${at}/status`),
        remove(`${path}?labelSelector=none%3D{u}&dryRun=All`, undefined, counted),
        remove(`${path}?fieldSelector=spec.nonsense%3Dx`),
        remove(at, undefined, { headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } }),
        get(at),
      ),
      alone: !path.includes("{ns}"),
    },
    {
      ...life(
        `${kind}: updates and patches`,
        put(at, other),
        put(at, {}),
        put(`${at}?dryRun=All`, whole),
        merge(at, {}),
        applied(
          `${at}?dryRun=All`.replace("?dryRun=All", ""),
          `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: "${name}"}\n`,
          "door",
          "&dryRun=All",
        ),
        create(path, { ...whole, metadata: { name, labels: { a: "b", c: "d" }, annotations: { e: "f" }, finalizers: ["a.b/c"] } }),
        put(at, { ...whole, metadata: { name } }),
        merge(at, {}),
        merge(at, { metadata: { labels: { a: null, "x y": "z" } } }),
        merge(at, { metadata: { uid: "other" } }),
        merge(at, { metadata: { namespace: "elsewhere" } }),
        merge(at, { metadata: { creationTimestamp: null, generation: 99, selfLink: "/x" } }),
        merge(at, { metadata: { managedFields: [] } }),
        merge(at, { metadata: { managedFields: [{}] } }),
        strategic(at, { metadata: { $patch: "replace", name, labels: { only: "this" } } }),
        strategic(at, { metadata: { "$deleteFromPrimitiveList/finalizers": ["a.b/c"], finalizers: ["d.e/f"] } }),
        strategic(at, { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "X", name: "y", uid: "1" }] } }),
        strategic(at, {
          metadata: {
            ownerReferences: [
              { uid: "1", controller: true },
              { apiVersion: "v1", kind: "X", name: "z", uid: "2" },
            ],
          },
        }),
        strategic(at, { metadata: { ownerReferences: [{ uid: "1", $patch: "delete" }] } }),
        strategic(at, { metadata: { labels: { $retainKeys: ["a"], a: "b" } } }),
        strategic(at, { $patch: "delete" }),
        strategic(at, { $unknown: 1 }),
        json(at, [
          { op: "test", path: "/kind", value: kind },
          { op: "add", path: "/metadata/annotations", value: { "a/b": "c" } },
        ]),
        json(at, [{ op: "replace", path: "/metadata/annotations/a~1b", value: 5 }]),
        json(at, [{ op: "remove", path: "/metadata/nothing" }]),
        json(at, [{ op: "jump", path: "/metadata" }]),
        json(at, { op: "remove", path: "/metadata/labels" }),
        json(at, [{ op: "replace", path: "/kind", value: "Other" }]),
        json(at, [{ op: "replace", path: "/apiVersion", value: "v9" }]),
        patch("apply", `${at}?fieldManager=door`, { apiVersion, kind, metadata: { name, managedFields: [{}] } }),
        patch("apply", `${at}?fieldManager=door`, { apiVersion, kind, metadata: { name, labels: { only: "mine" } } }),
        patch("apply", `${at}?fieldManager=door&force=true`, {
          apiVersion,
          kind,
          metadata: { name, labels: { only: "mine" } },
          nothing: 1,
        }),
        patch("apply", `${at}?fieldManager=door&force=true`, { apiVersion, kind, metadata: { name, labels: { only: "mine" } } }),
        patch("apply", `${at}?fieldManager=door&force=maybe`, { apiVersion, kind, metadata: { name } }),
        patch("merge", `${at}?fieldValidation=Strict`, { ...wrong, metadata: { nothing: 1 } }),
        patch("merge", `${at}?fieldValidation=Warn&dryRun=All`, { metadata: { nothing: 1 }, none: 2 }),
        get(at),
        remove(at, { propagationPolicy: "Foreground", orphanDependents: true }),
        remove(at, { preconditions: { uid: "x", resourceVersion: "y" } }),
        remove(at, { dryRun: ["All"], propagationPolicy: "Foreground" }),
        remove(at, { propagationPolicy: "Background" }),
        merge(at, { metadata: { finalizers: null } }),
        get(at),
      ),
      alone: !path.includes("{ns}"),
    },
  ];
});

export default sequences;
