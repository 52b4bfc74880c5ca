import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** A second look at storage, devices, nodes, certificates and access: updates with several errors, statuses, generations, warnings. */
const core = "/api/v1/namespaces/{ns}";
const storage = "/apis/storage.k8s.io/v1";
const dra = "/apis/resource.k8s.io/v1";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const volumes = "/api/v1/persistentvolumes";
const claims = `${core}/persistentvolumeclaims`;
const nodes = "/api/v1/nodes";
const devices = `${dra}/namespaces/{ns}/resourceclaims`;
const slices = `${dra}/resourceslices`;
const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
/** Of `O=system:nodes, CN=system:node:n1`, with a key of an elliptic curve. */
const pem =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdU1JR1ZBZ0VBTURNeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVhTUJnR0ExVUVBd3dSYzNsegpkR1Z0T201dlpHVTZiakV3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVI=";
const source = (name: string, value: object) => ({
  metadata: { name: "src-{u}" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], [name]: value },
});
const message = { pick: (body: unknown) => (body as { message?: string }).message ?? (body as { spec: unknown }).spec };
const sourceValues: Readonly<Record<string, readonly object[]>> = {
  awsElasticBlockStore: [{ volumeID: "v" }, { volumeID: "v", partition: 300 }],
  azureDisk: [
    { diskName: "a", diskURI: "b" },
    { diskName: "a", diskURI: "/subscriptions/x", kind: "Managed", cachingMode: "None" },
    { diskName: "a", diskURI: "https://b", kind: "Dedicated", fsType: "" },
  ],
  azureFile: [
    { secretName: "s", shareName: "t" },
    { secretName: "s", shareName: "t", secretNamespace: "" },
    { secretName: "s", shareName: "t", secretNamespace: "n", readOnly: true },
  ],
  cephfs: [{ monitors: ["a"] }, { monitors: ["a"], path: "../x", secretRef: { name: "s" } }],
  cinder: [{ volumeID: "v" }, { volumeID: "", secretRef: {} }, { volumeID: "v", secretRef: { name: "s", namespace: "" } }],
  csi: [{ driver: "a", volumeHandle: "h", fsType: "xfs", volumeAttributes: { a: "" } }, { driver: "a" }, { volumeHandle: "h" }],
  fc: [{ targetWWNs: ["a"], lun: 1 }, { wwids: ["a"] }, { targetWWNs: ["a"], wwids: ["b"], lun: 256 }, { targetWWNs: ["a"] }],
  flexVolume: [{ driver: "a/b" }, { driver: "a/b", options: { "kubernetes.io/a": "b", x: "y" }, secretRef: { name: "x" } }],
  flocker: [{ datasetName: "a" }, { datasetUUID: "u" }, {}, { datasetName: "a/b" }],
  gcePersistentDisk: [{ pdName: "a" }, { pdName: "a", partition: -1 }],
  glusterfs: [
    { endpoints: "e", path: "p" },
    { endpoints: "e", path: "p", endpointsNamespace: "" },
    { path: "p", endpointsNamespace: "N_" },
  ],
  hostPath: [{ path: "/a" }, { path: "/a", type: "DirectoryOrCreate" }, { path: "a/..", type: "Bad" }, { path: "" }],
  iscsi: [
    { targetPortal: "1.2.3.4", iqn: "iqn.2001-04.com.example:s" },
    { targetPortal: "1.2.3.4", iqn: "eui.0123456789ABCDEF", lun: 256, initiatorName: "bad" },
    { targetPortal: "1.2.3.4", iqn: "naa.x", chapAuthDiscovery: true, iscsiInterface: "" },
  ],
  local: [{ path: "/a" }, { path: "a", fsType: "x" }],
  nfs: [
    { server: "s", path: "/p" },
    { server: "s", path: "p" },
    { server: "", path: "" },
  ],
  photonPersistentDisk: [{ pdID: "a" }, { pdID: "", fsType: "x" }],
  portworxVolume: [{ volumeID: "a" }, { fsType: "b" }],
  quobyte: [
    { registry: "a:1,b:2", volume: "v" },
    { registry: "a", volume: "" },
    { registry: "", volume: "v", tenant: "x".repeat(65) },
  ],
  rbd: [
    { monitors: ["m"], image: "i" },
    { monitors: ["m"], image: "i", secretRef: { name: "s", namespace: "n" } },
    { monitors: [], image: "" },
  ],
  scaleIO: [{ gateway: "g", system: "s", secretRef: { name: "x" }, volumeName: "v" }, { gateway: "g", system: "s", secretRef: null }, {}],
  storageos: [
    { volumeName: "v", volumeNamespace: "n" },
    { secretRef: { name: "x" } },
    { volumeName: "V_", volumeNamespace: "N_", secretRef: { name: "a", namespace: "b", kind: "Secret" } },
  ],
  vsphereVolume: [{ volumePath: "p" }, { volumePath: "", storagePolicyName: "x" }],
};

const sequences: Sequence[] = [
  life(
    "every source of volumes",
    ...Object.entries(sourceValues).flatMap(([name, values]) =>
      values.map((value) => create(`${volumes}?dryRun=All`, source(name, value), message)),
    ),
  ),
  life(
    "volumes changed in several ways at once",
    create(volumes, { ...source("nfs", { server: "s", path: "/p" }), metadata: { name: "sev-{u}" } }),
    edit(`${volumes}/sev-{u}`, ({ spec }) => {
      spec.nfs.server = "t";
      spec.volumeMode = "Block";
      spec.accessModes = ["X"];
      spec.storageClassName = "Bad_";
      spec.capacity = {};
    }),
    edit(`${volumes}/sev-{u}`, ({ spec }) => {
      delete spec.nfs;
      spec.csi = { driver: "a", volumeHandle: "b" };
    }),
    edit(`${volumes}/sev-{u}`, ({ spec }) => {
      spec.nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] } };
    }),
    edit(`${volumes}/sev-{u}`, ({ spec }) => {
      spec.nodeAffinity = { required: { nodeSelectorTerms: [] } };
    }),
    edit(`${volumes}/sev-{u}`, ({ spec }) => {
      spec.nodeAffinity = {};
      spec.claimRef = { kind: "X", name: "y" };
    }),
    edit(`${volumes}/sev-{u}`, ({ spec }) => {
      spec.mountOptions = ["a", "a"];
      spec.persistentVolumeReclaimPolicy = "";
    }),
    edit(`${volumes}/sev-{u}`, ({ metadata }) => {
      metadata.annotations = { "volume.beta.kubernetes.io/storage-class": "x", "volume.beta.kubernetes.io/mount-options": "y" };
    }),
    edit(
      `${volumes}/sev-{u}`,
      (object) => {
        object.status = { phase: "Available", lastPhaseTransitionTime: "2020-01-01T00:00:00Z", message: "m" };
        object.spec.capacity.storage = "9Gi";
      },
      "/status",
    ),
    merge(`${volumes}/sev-{u}/status`, { status: { phase: "Failed", reason: "r" } }),
    merge(`${volumes}/sev-{u}/status`, { status: { lastPhaseTransitionTime: null } }),
    merge(`${volumes}/sev-{u}/status`, { status: { phase: null } }),
    table(`${volumes}/sev-{u}`),
    get(`${volumes}/sev-{u}`),
  ),
  life(
    "warnings of storage",
    create(
      `${volumes}?dryRun=All`,
      {
        ...source("hostPath", { path: "/x" }),
        metadata: { name: "w-{u}", annotations: { "volume.beta.kubernetes.io/storage-class": "x" } },
      },
      message,
    ),
    create(`${volumes}?dryRun=All`, source("local", { path: "/x" }), message),
    ...["Recycle", "Delete", "Retain"].map((persistentVolumeReclaimPolicy) =>
      create(
        `${volumes}?dryRun=All`,
        {
          metadata: { name: "w-{u}" },
          spec: { capacity: { storage: "1500m" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" }, persistentVolumeReclaimPolicy },
        },
        message,
      ),
    ),
    create(
      `${volumes}?dryRun=All`,
      {
        metadata: { name: "w-{u}" },
        spec: {
          capacity: { storage: "0.5" },
          accessModes: ["ReadWriteOnce"],
          hostPath: { path: "/x" },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "beta.kubernetes.io/arch", operator: "In", values: ["a"] }] }] },
          },
        },
      },
      message,
    ),
    create(`${claims}?dryRun=All`, {
      metadata: { name: "w" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "100m" }, limits: { storage: "1500m" } } },
    }),
    create(`${claims}?dryRun=All`, {
      metadata: { name: "w", annotations: { "volume.beta.kubernetes.io/storage-provisioner": "x" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
    }),
    create(`${core}/resourcequotas?dryRun=All`, {
      metadata: { name: "w" },
      spec: { hard: { "requests.storage": "1500m", memory: "0.5" } },
    }),
    create(`${core}/limitranges?dryRun=All`, {
      metadata: { name: "w" },
      spec: { limits: [{ type: "Container", max: { memory: "1500m" } }] },
    }),
    create(`${storage}/csistoragecapacities`, { metadata: { name: "w" }, storageClassName: "x" }),
    create(`${storage}/namespaces/{ns}/csistoragecapacities?dryRun=All`, {
      metadata: { name: "w" },
      storageClassName: "x",
      capacity: "1500m",
    }),
    create(`${dra}/deviceclasses?dryRun=All`, {
      metadata: { name: "w-{u}" },
      spec: { config: [{ opaque: { driver: "Upper.Case", parameters: {} } }] },
    }),
    create(`${slices}?dryRun=All`, {
      metadata: { name: "w-{u}" },
      spec: { driver: "Upper.Case", nodeName: "n", pool: { name: "P", generation: -1, resourceSliceCount: 1 } },
    }),
    create(`${rbac}/clusterroles?dryRun=All`, {
      metadata: { name: "w-{u}" },
      rules: [{ verbs: ["get"], resources: ["endpoints"], apiGroups: ["extensions"] }],
    }),
    create(`${core}/serviceaccounts?dryRun=All`, {
      metadata: { name: "w", annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } },
    }),
    create(`${nodes}?dryRun=All`, {
      metadata: { name: "w-{u}" },
      spec: { podCIDRs: ["10.0.0.0/8", "::ffff:1.2.3.0/120"], externalID: "x" },
    }),
    create(`${nodes}?dryRun=All`, {
      metadata: { name: "w-{u}", labels: { "beta.kubernetes.io/os": "linux", "failure-domain.beta.kubernetes.io/zone": "z" } },
    }),
    create(`/apis/node.k8s.io/v1/runtimeclasses?dryRun=All`, {
      metadata: { name: "w-{u}" },
      handler: "x",
      scheduling: { nodeSelector: { "beta.kubernetes.io/os": "linux" } },
    }),
  ),
  life(
    "claims of devices in every corner",
    ...[
      { devices: { requests: [{ name: "a" }] } },
      { devices: { requests: [{ name: "a", exactly: {}, firstAvailable: [] }] } },
      { devices: { requests: [{ name: "a", exactly: { deviceClassName: "Bad_", allocationMode: "ExactCount", count: 0 } }] } },
      { devices: { requests: [{ name: "a", exactly: { deviceClassName: "c", allocationMode: "All", count: 2 } }] } },
      { devices: { requests: [{ name: "a", firstAvailable: [{ name: "b" }, { name: "b", deviceClassName: "c" }] }] } },
      {
        devices: {
          requests: [{ name: "a", firstAvailable: Array.from({ length: 9 }, (_, i) => ({ name: `s${i}`, deviceClassName: "c" })) }],
        },
      },
      {
        devices: {
          requests: [
            { name: "a/b", exactly: { deviceClassName: "c" } },
            { name: "", exactly: { deviceClassName: "c" } },
          ],
        },
      },
      {
        devices: {
          requests: [
            { name: "a", exactly: { deviceClassName: "c", selectors: [{ cel: { expression: "device.attributes['x'].y > 1" } }] } },
          ],
        },
      },
      {
        devices: {
          requests: [
            {
              name: "a",
              exactly: {
                deviceClassName: "c",
                selectors: [{ cel: { expression: "device.capacity['x'].y.compareTo(quantity('1Gi')) >= 0" } }],
              },
            },
          ],
        },
      },
      {
        devices: { requests: [{ name: "a", exactly: { deviceClassName: "c", selectors: [{ cel: { expression: "x".repeat(11000) } }] } }] },
      },
      {
        devices: {
          requests: [
            {
              name: "a",
              exactly: {
                deviceClassName: "c",
                selectors: [
                  { cel: { expression: "[1,2,3].all(i, [1,2,3].all(j, true)) && semver('1.2.3').isGreaterThan(semver('1.0.0'))" } },
                ],
              },
            },
          ],
        },
      },
      {
        devices: {
          requests: [
            {
              name: "a",
              exactly: {
                deviceClassName: "c",
                tolerations: [
                  { operator: "Exists", effect: "NoSchedule", tolerationSeconds: 5 },
                  { key: "a b", operator: "Equal", value: "c d" },
                  { key: "x", operator: "Gt" },
                ],
              },
            },
          ],
        },
      },
      {
        devices: {
          requests: [{ name: "a", exactly: { deviceClassName: "c", capacity: { requests: { "a b": "1", m: "-1", "d.e/m": "2" } } } }],
        },
      },
      {
        devices: {
          constraints: [
            { requests: ["none"], matchAttribute: "a/b" },
            { matchAttribute: "a/b", distinctAttribute: "c/d" },
            { matchAttribute: "nodomain" },
          ],
        },
      },
      { devices: { constraints: Array.from({ length: 33 }, () => ({ matchAttribute: "a/b" })) } },
      {
        devices: {
          config: [{ requests: ["x", "x"], opaque: { driver: "d", parameters: {} } }, {}, { opaque: { driver: "", parameters: "x" } }],
        },
      },
      { devices: { config: [{ opaque: { driver: "d", parameters: { big: "x".repeat(11000) } } }] } },
      {
        devices: {
          requests: [{ name: "a", exactly: { deviceClassName: "c" } }],
          constraints: [{ requests: ["a", "a"], matchAttribute: "a/b" }],
        },
      },
    ].map((spec) =>
      create(
        `${devices}?dryRun=All`,
        { metadata: { name: "c" }, spec },
        { pick: (body) => (body as { message?: string }).message?.slice(0, 3000) ?? (body as { spec: unknown }).spec },
      ),
    ),
  ),
  life(
    "allocations in every corner",
    create(devices, {
      metadata: { name: "c" },
      spec: {
        devices: {
          requests: [
            { name: "a", exactly: { deviceClassName: "c", count: 2 } },
            { name: "b", firstAvailable: [{ name: "s", deviceClassName: "c" }] },
          ],
        },
      },
    }),
    ...[
      { devices: { results: [{}] } },
      {
        devices: {
          results: [
            { request: "a", driver: "Bad_", pool: "", device: "X" },
            { request: "none", driver: "d", pool: "p", device: "x" },
          ],
        },
      },
      {
        devices: {
          results: [
            { request: "b", driver: "d", pool: "p/q", device: "x" },
            { request: "b/s", driver: "d", pool: "p", device: "x" },
            { request: "b/t", driver: "d", pool: "p", device: "x" },
          ],
        },
      },
      { devices: { results: [{ request: "a", driver: "d", pool: "p", device: "x", adminAccess: true, tolerations: [{ key: "a" }] }] } },
      {
        devices: {
          config: [
            { source: "FromNowhere" },
            { source: "FromClaim", requests: ["none"], opaque: { driver: "d", parameters: {} } },
            { opaque: {} },
          ],
        },
      },
      { nodeSelector: { nodeSelectorTerms: [] } },
      { nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a b", operator: "In" }] }, {}] } },
      {
        devices: {
          results: [
            {
              request: "a",
              driver: "d",
              pool: "p",
              device: "x",
              shareID: "bad",
              consumedCapacity: { m: "1" },
              bindingConditions: ["a"],
              bindingFailureConditions: ["b"],
            },
          ],
        },
      },
      { allocationTimestamp: "2024-01-01T00:00:00Z" },
    ].map((allocation) => merge(`${devices}/c/status?dryRun=All`, { status: { allocation } })),
    merge(`${devices}/c/status`, {
      status: {
        allocation: { devices: { results: [{ request: "a", driver: "d", pool: "p", device: "x" }] } },
        reservedFor: [{ resource: "pods", name: "p", uid: "1" }],
      },
    }),
    merge(`${devices}/c/status`, {
      status: { allocation: { devices: { results: [{ request: "a", driver: "d", pool: "p", device: "y" }] } } },
    }),
    merge(`${devices}/c/status`, {
      status: { reservedFor: Array.from({ length: 257 }, (_, i) => ({ resource: "pods", name: `p${i}`, uid: `${i}` })) },
    }),
    merge(`${devices}/c/status`, {
      status: {
        devices: [
          { driver: "d", pool: "p", device: "x" },
          { driver: "d", pool: "p", device: "x" },
        ],
      },
    }),
    merge(`${devices}/c/status`, {
      status: {
        devices: [
          {
            driver: "d",
            pool: "p",
            device: "x",
            networkData: { interfaceName: "", ips: ["010.0.0.1/24", "fd00::1/64", "10.0.0.1"], hardwareAddress: "x".repeat(129) },
          },
        ],
      },
    }),
    merge(`${devices}/c/status`, { status: { devices: [{ driver: "d", pool: "p", device: "x", data: "text" }] } }),
    merge(`${devices}/c/status`, { status: { devices: [{ driver: "d", pool: "p", device: "x", data: { big: "x".repeat(11000) } }] } }),
    merge(`${devices}/c/status`, { status: { allocation: null, reservedFor: null, devices: null } }),
    get(`${devices}/c`),
    table(devices),
  ),
  life(
    "nodes changed in several ways at once",
    create(nodes, { metadata: { name: "sev-{u}" }, spec: { podCIDRs: ["10.1.0.0/24", "fd01::/64"], providerID: "x" } }),
    edit(`${nodes}/sev-{u}`, ({ spec, metadata }) => {
      spec.podCIDR = "10.2.0.0/24";
      spec.podCIDRs = ["10.2.0.0/24", "fd01::/64"];
      spec.providerID = "y";
      spec.taints = [{ key: "", effect: "" }];
      metadata.labels = { "-": "-" };
    }),
    edit(`${nodes}/sev-{u}`, ({ spec }) => {
      delete spec.podCIDR;
      delete spec.podCIDRs;
    }),
    edit(`${nodes}/sev-{u}`, ({ spec }) => {
      spec.podCIDRs = ["10.1.0.0/24"];
    }),
    edit(`${nodes}/sev-{u}`, ({ spec }) => {
      spec.podCIDR = "fd01::/64";
      spec.podCIDRs = ["fd01::/64", "10.1.0.0/24"];
    }),
    edit(
      `${nodes}/sev-{u}`,
      (object) => {
        object.status = {
          addresses: [
            { type: "InternalIP", address: "1.1.1.1" },
            { type: "InternalIP", address: "1.1.1.1" },
          ],
          capacity: { cpu: "-1" },
        };
        object.spec = { unschedulable: true };
        object.metadata.labels = { a: "b" };
      },
      "/status",
    ),
    edit(
      `${nodes}/sev-{u}`,
      (object) => {
        object.status = { capacity: { cpu: "1" }, phase: "Odd", nodeInfo: { kubeletVersion: "v1" } };
        object.metadata.labels = { c: "d" };
        object.metadata.finalizers = ["a.b/c"];
      },
      "/status",
    ),
    json(`${nodes}/sev-{u}`, [
      { op: "add", path: "/spec/taints", value: [{ key: "k", value: "v", effect: "NoExecute", timeAdded: "2024-01-01T00:00:00.5Z" }] },
    ]),
    json(`${nodes}/sev-{u}`, [{ op: "test", path: "/spec/taints/0/timeAdded", value: "2024-01-01T00:00:00Z" }]),
    json(`${nodes}/sev-{u}/status`, [
      {
        op: "add",
        path: "/status/conditions",
        value: [
          { type: "Ready", status: "True" },
          { type: "Ready", status: "False" },
        ],
      },
    ]),
    strategic(`${nodes}/sev-{u}/status`, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } }),
    table(`${nodes}/sev-{u}`),
    get(`${nodes}/sev-{u}`),
    merge(`${nodes}/sev-{u}`, { metadata: { finalizers: null } }),
  ),
  life(
    "quota and range by patches",
    manifest(`${core}/resourcequotas`, "metadata: {name: q}\nspec: {hard: {pods: 1, cpu: 500m, memory: 1G}, scopes: [NotTerminating]}\n"),
    table(`${core}/resourcequotas`),
    strategic(`${core}/resourcequotas/q`, { spec: { scopes: ["NotTerminating", "NotTerminating"] } }),
    strategic(`${core}/resourcequotas/q`, {
      spec: { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists" }] } },
    }),
    json(`${core}/resourcequotas/q`, [
      { op: "replace", path: "/spec/hard/cpu", value: 2 },
      { op: "remove", path: "/spec/hard/pods" },
    ]),
    json(`${core}/resourcequotas/q/status`, [{ op: "add", path: "/status/used", value: { cpu: "100m", memory: "1Ki" } }]),
    put(`${core}/resourcequotas/q/status`, {
      metadata: { name: "q" },
      status: { hard: { cpu: "2", memory: "1G" }, used: { cpu: "1500m", memory: "0.5G" } },
    }),
    table(`${core}/resourcequotas`),
    manifest(`${core}/limitranges`, "metadata: {name: r}\nspec: {limits: [{type: Container, default: {cpu: 1}, max: {cpu: 2}}]}\n"),
    json(`${core}/limitranges/r`, [{ op: "replace", path: "/spec/limits/0/default/cpu", value: "3" }]),
    json(`${core}/limitranges/r`, [{ op: "add", path: "/spec/limits/-", value: { type: "Pod", min: { cpu: "1m" } } }]),
    strategic(`${core}/limitranges/r`, { spec: { limits: [{ type: "Pod", max: { memory: "1Gi" } }] } }),
    get(`${core}/limitranges/r`),
    get(`${core}/limitranges?fieldSelector=metadata.name=r`, { headers: { accept: "application/yaml" } }),
  ),
  life(
    "certificate requests that can't be read",
    create(requests, {
      metadata: { name: "pem-{u}" },
      spec: { request: pem, signerName: "kubernetes.io/kube-apiserver-client-kubelet", usages: ["client auth", "digital signature"] },
    }),
    create(requests, {
      metadata: { name: "pem2-{u}" },
      spec: { request: "LS0tLS1CRUdJTiBYLS0tLS0=", signerName: "example.com/x", usages: ["server auth"] },
    }),
    patch("apply", `${requests}/pem-{u}?fieldManager=x`, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "pem-{u}" },
    }),
    put(`${requests}/pem-{u}/status`, { metadata: { name: "pem-{u}" }, status: {} }),
    put(`${requests}/pem-{u}/approval`, { metadata: { name: "other" }, status: {} }),
    put(`${requests}/pem-{u}/approval`, {}),
    patch("json", `${requests}/pem-{u}/approval`, [{ op: "add", path: "/status/conditions", value: [] }]),
    remove(`${requests}/pem-{u}/approval`),
    remove(`${requests}?fieldSelector=metadata.name%3Dpem-{u}`, undefined, { pick: (body) => (body as { items: unknown[] }).items }),
    get(`${requests}?fieldSelector=spec.signerName%3D`, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
  life(
    "roles applied by several",
    applied(
      `${rbac}/namespaces/{ns}/roles/r`,
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n',
      "a",
    ),
    applied(
      `${rbac}/namespaces/{ns}/roles/r`,
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: [{apiGroups: [""], resources: [pods], verbs: [list]}]\n',
      "b",
    ),
    applied(
      `${rbac}/namespaces/{ns}/roles/r`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: []\n",
      "a",
    ),
    applied(
      `${rbac}/namespaces/{ns}/roles/r`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\nrules: null\n",
      "a",
    ),
    applied(
      `${rbac}/namespaces/{ns}/roles/r`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, labels: {x: y}}\n",
      "a",
    ),
    put(`${rbac}/namespaces/{ns}/roles/r`, { metadata: { name: "r" } }),
    get(`${rbac}/namespaces/{ns}/roles/r`),
    applied(
      `${rbac}/namespaces/{ns}/rolebindings/b`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: view}\nsubjects: [{kind: User, name: u}]\n",
      "a",
    ),
    applied(
      `${rbac}/namespaces/{ns}/rolebindings/b`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nsubjects: [{kind: User, name: v}]\n",
      "b",
    ),
    applied(
      `${rbac}/namespaces/{ns}/rolebindings/b`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: view}\n",
      "a",
    ),
    applied(
      `${rbac}/namespaces/{ns}/rolebindings/c`,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: c}\nsubjects: [{kind: User, name: v}]\n",
      "b",
    ),
    strategic(`${rbac}/namespaces/{ns}/rolebindings/b`, { subjects: [{ $patch: "replace" }, { kind: "Group", name: "g" }] }),
    strategic(`${rbac}/namespaces/{ns}/rolebindings/b`, { subjects: [{ kind: "Group", name: "g", $patch: "delete" }] }),
    table(`${rbac}/namespaces/{ns}/rolebindings`),
  ),
];

export default sequences;
