import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** Volumes, claims and the kinds around them: whole manifests as drivers' documents have them, and their lives. */
const core = "/api/v1/namespaces/{ns}";
const storage = "/apis/storage.k8s.io/v1";
const claims = `${core}/persistentvolumeclaims`;
const volumes = "/api/v1/persistentvolumes";
const classes = `${storage}/storageclasses`;
const drivers = `${storage}/csidrivers`;
const nodes = `${storage}/csinodes`;
const capacities = `${storage}/namespaces/{ns}/csistoragecapacities`;
const attachments = `${storage}/volumeattachments`;
const attributes = `${storage}/volumeattributesclasses`;

const nfs = `
apiVersion: v1
kind: PersistentVolume
metadata: {name: "nfs-{u}", labels: {tier: slow}}
spec:
  capacity: {storage: 5Gi}
  volumeMode: Filesystem
  accessModes: [ReadWriteMany, ReadOnlyMany]
  persistentVolumeReclaimPolicy: Recycle
  storageClassName: slow
  mountOptions: [hard, nfsvers=4.1]
  nfs: {path: /tmp, server: 172.17.0.2}
`;

const local = `
apiVersion: v1
kind: PersistentVolume
metadata: {name: "local-{u}"}
spec:
  capacity: {storage: 100G}
  accessModes: [ReadWriteOnce]
  storageClassName: local-storage
  local: {path: /mnt/disks/ssd1, fsType: ext4}
  nodeAffinity:
    required:
      nodeSelectorTerms:
      - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [my-node]}]
`;

const csi = {
  metadata: { name: "csi-{u}" },
  spec: {
    capacity: { storage: "10Gi" },
    accessModes: ["ReadWriteOnce"],
    csi: {
      driver: "pd.csi.storage.gke.io",
      volumeHandle: "projects/p/zones/z/disks/d",
      fsType: "ext4",
      volumeAttributes: { a: "b" },
      nodeStageSecretRef: { name: "s", namespace: "default" },
      controllerExpandSecretRef: { name: "s", namespace: "default" },
    },
  },
};

const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: fast
  resources: {requests: {storage: 8Gi}, limits: {storage: 10Gi}}
  selector: {matchLabels: {release: stable}, matchExpressions: [{key: environment, operator: In, values: [dev]}]}
`;

const standard = {
  metadata: { name: "std-{u}", annotations: { "storageclass.kubernetes.io/is-default-class": "false" } },
  provisioner: "ebs.csi.aws.com",
  parameters: { type: "io1", iopsPerGB: "50" },
  mountOptions: ["debug"],
  allowVolumeExpansion: true,
  volumeBindingMode: "WaitForFirstConsumer",
  allowedTopologies: [{ matchLabelExpressions: [{ key: "topology.kubernetes.io/zone", values: ["us-east-1a", "us-east-1b"] }] }],
};

const one = (base: string, name: string) => `${base}/${name}`;

const sequences: Sequence[] = [
  life(
    "volume: from available to released",
    manifest(volumes, nfs),
    table(`${volumes}/nfs-{u}`),
    merge(`${volumes}/nfs-{u}/status`, { status: { phase: "Available" } }),
    merge(`${volumes}/nfs-{u}`, { spec: { claimRef: { namespace: "{ns}", name: "c" } } }),
    merge(`${volumes}/nfs-{u}`, { spec: { claimRef: { namespace: "other", name: "c", uid: "1" } } }),
    merge(`${volumes}/nfs-{u}/status`, { status: { phase: "Bound" } }),
    table(`${volumes}/nfs-{u}`),
    merge(`${volumes}/nfs-{u}/status`, { status: { phase: "Released", reason: "R", message: "m" } }),
    merge(`${volumes}/nfs-{u}`, { spec: { capacity: { storage: "6Gi" } } }),
    merge(`${volumes}/nfs-{u}`, { spec: { capacity: { storage: "1Gi" } } }),
    merge(`${volumes}/nfs-{u}`, { spec: { capacity: { storage: "0" } } }),
    merge(`${volumes}/nfs-{u}`, { spec: { capacity: { cpu: "1" } } }),
    merge(`${volumes}/nfs-{u}`, { spec: { nfs: { path: "/other" } } }),
    merge(`${volumes}/nfs-{u}`, { spec: { accessModes: [] } }),
    merge(`${volumes}/nfs-{u}`, { spec: { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] } }),
    merge(`${volumes}/nfs-{u}`, { spec: { persistentVolumeReclaimPolicy: "Retain" } }),
    merge(`${volumes}/nfs-{u}`, { spec: { persistentVolumeReclaimPolicy: "Keep" } }),
    merge(`${volumes}/nfs-{u}`, { spec: { volumeMode: "Block" } }),
    merge(`${volumes}/nfs-{u}`, { spec: { volumeMode: null } }),
    merge(`${volumes}/nfs-{u}`, { spec: { storageClassName: "" } }),
    table(`${volumes}/nfs-{u}`),
    get(`${volumes}/nfs-{u}`),
    remove(`${volumes}/nfs-{u}`),
    get(`${volumes}/nfs-{u}`),
    merge(`${volumes}/nfs-{u}`, { metadata: { finalizers: null } }),
  ),
  life(
    "volume: several errors at once",
    create(volumes, { metadata: { name: "a-{u}" } }),
    create(volumes, { metadata: { name: "a-{u}" }, spec: {} }),
    create(volumes, { metadata: { name: "a-{u}" }, spec: { nfs: {}, hostPath: {}, capacity: {}, accessModes: ["RWX"] } }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: {
        capacity: { storage: "-1Gi", memory: "1" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: "/", type: "Foo" },
        persistentVolumeReclaimPolicy: "Recycle",
        storageClassName: "A_b",
        volumeMode: "Tape",
        mountOptions: ["", "a b"],
        nodeAffinity: {},
      },
    }),
    create(volumes, { metadata: { name: "a-{u}" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], local: {} } }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], local: { path: "../x" } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], csi: { driver: "Bad Driver!", fsType: "x" } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        csi: {
          driver: "a.b",
          volumeHandle: "h",
          nodePublishSecretRef: { name: "x" },
          controllerPublishSecretRef: { namespace: "y" },
          nodeExpandSecretRef: {},
        },
      },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        iscsi: { targetPortal: "", iqn: "bad", lun: 300, chapAuthSession: true },
      },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], fc: { targetWWNs: [], lun: -1 } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], rbd: { monitors: [], image: "" }, cephfs: { monitors: [] } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        azureDisk: { diskName: "", diskURI: "x", cachingMode: "All", kind: "K" },
      },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        azureFile: { shareName: "", secretName: "", secretNamespace: "" },
      },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], flexVolume: { options: { "kubernetes.io/x": "y" } } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], gcePersistentDisk: { pdName: "", partition: 300 } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], awsElasticBlockStore: { volumeID: "", partition: -1 } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], glusterfs: { endpoints: "", path: "" }, cinder: {} },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], portworxVolume: {} },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], scaleIO: { gateway: "" } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageos: { volumeName: "A_" } },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], vsphereVolume: {}, photonPersistentDisk: {}, quobyte: {} },
    }),
    create(volumes, {
      metadata: { name: "a-{u}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], flocker: { datasetName: "a", datasetUUID: "b" } },
    }),
  ),
  life(
    "volume: a local one and where it is",
    manifest(volumes, local),
    manifest(`${volumes}?dryRun=All`, local.replace("operator: In", "operator: Near").replace("local-{u}", "x-{u}")),
    manifest(`${volumes}?dryRun=All`, local.replace(", values: [my-node]", "").replace("local-{u}", "x-{u}")),
    manifest(
      `${volumes}?dryRun=All`,
      local.replace("  nodeAffinity:\n    required:", "  other:\n    required:").replace("local-{u}", "x-{u}"),
    ),
    manifest(
      `${volumes}?dryRun=All&fieldValidation=Strict`,
      local.replace("  nodeAffinity:\n    required:", "  other:\n    required:").replace("local-{u}", "x-{u}"),
    ),
    table(`${volumes}/local-{u}`),
    json(`${volumes}/local-{u}`, [
      {
        op: "add",
        path: "/spec/nodeAffinity/required/nodeSelectorTerms/-",
        value: { matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] },
      },
    ]),
    json(`${volumes}/local-{u}`, [
      { op: "replace", path: "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/values/0", value: "n" },
    ]),
    json(`${volumes}/local-{u}`, [
      { op: "replace", path: "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/key", value: "beta.kubernetes.io/os" },
    ]),
    json(`${volumes}/local-{u}`, [{ op: "remove", path: "/spec/nodeAffinity" }]),
    json(`${volumes}/local-{u}`, [{ op: "remove", path: "/spec/local/fsType" }]),
    merge(`${volumes}/local-{u}`, { spec: { persistentVolumeReclaimPolicy: "Delete", mountOptions: ["x"] } }),
    remove(`${volumes}/local-{u}?dryRun=All`),
    remove(`${volumes}/local-{u}?gracePeriodSeconds=0`),
  ),
  life(
    "volume: a driver's, applied by two",
    create(volumes, csi),
    applied(
      `${volumes}/csi-{u}`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nspec: {accessModes: [ReadWriteOnce, ReadOnlyMany]}\n`,
      "a",
    ),
    applied(
      `${volumes}/csi-{u}`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nspec: {accessModes: [ReadOnlyMany]}\n`,
      "b",
    ),
    applied(
      `${volumes}/csi-{u}`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nspec: {accessModes: [ReadOnlyMany]}\n`,
      "b",
      "&force=true",
    ),
    applied(
      `${volumes}/csi-{u}`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nspec: {csi: {driver: x}}\n`,
      "b",
      "&force=true",
    ),
    applied(
      `${volumes}/csi-{u}`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nspec: {claimRef: {name: c, namespace: "{ns}"}}\n`,
      "b",
    ),
    applied(
      `${volumes}/csi-{u}/status`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nstatus: {phase: Available}\n`,
      "b",
    ),
    applied(
      `${volumes}/csi-{u}/status`,
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\nstatus: {phase: Lost}\n`,
      "c",
    ),
    applied(`${volumes}/csi-{u}`, `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "csi-{u}"}\n`, "b"),
    strategic(`${volumes}/csi-{u}`, { spec: { csi: { volumeAttributes: { a: null, c: "d" } } } }),
    strategic(`${volumes}/csi-{u}`, { spec: { volumeAttributesClassName: "gold" } }),
    strategic(`${volumes}/csi-{u}`, { spec: { volumeAttributesClassName: "" } }),
    strategic(`${volumes}/csi-{u}`, { spec: { csi: { controllerExpandSecretRef: { name: "t" } } } }),
    strategic(`${volumes}/csi-{u}`, { spec: { csi: { nodeExpandSecretRef: { name: "t", namespace: "u" } } } }),
    table(`${volumes}/csi-{u}`),
    get(`${volumes}/csi-{u}`),
  ),
  life(
    "claim: bound, resized, lost",
    manifest(claims, claim),
    table(`${claims}/data`),
    merge(`${claims}/data`, { spec: { resources: { requests: { storage: "9Gi" } } } }),
    merge(`${claims}/data`, { spec: { volumeName: "v" } }),
    merge(`${claims}/data`, { spec: { volumeName: "w" } }),
    merge(`${claims}/data`, { spec: { resources: { requests: { storage: "9Gi" } } } }),
    merge(`${claims}/data/status`, { status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "8Gi" } } }),
    table(`${claims}/data`),
    merge(`${claims}/data`, { spec: { resources: { requests: { storage: "9Gi" } } } }),
    create(classes, { ...standard, metadata: { name: "fast-{u}" } }),
    create(claims, {
      metadata: { name: "grows" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "fast-{u}",
        resources: { requests: { storage: "8Gi" } },
        volumeName: "v",
      },
    }),
    merge(`${claims}/grows/status`, { status: { phase: "Bound", capacity: { storage: "8Gi" } } }),
    merge(`${claims}/grows`, { spec: { resources: { requests: { storage: "9Gi" } } } }),
    merge(`${claims}/grows`, { spec: { resources: { requests: { storage: "8.5Gi" } } } }),
    merge(`${claims}/grows`, { spec: { resources: { requests: { storage: "8Gi" } } } }),
    merge(`${claims}/grows`, { spec: { resources: { requests: { storage: "7Gi" } } } }),
    merge(`${claims}/grows/status`, {
      status: {
        allocatedResources: { storage: "9Gi" },
        allocatedResourceStatuses: { storage: "ControllerResizeInProgress" },
        conditions: [{ type: "Resizing", status: "True", lastTransitionTime: null }],
      },
    }),
    merge(`${claims}/grows/status`, { status: { allocatedResourceStatuses: { storage: "Resizing", cpu: "NodeResizePending" } } }),
    merge(`${claims}/grows/status`, { status: { allocatedResources: { storage: "-1", cpu: "1" }, capacity: { storage: "-4" } } }),
    merge(`${claims}/grows/status`, {
      status: {
        allocatedResourceStatuses: { "example.com/x": "y", "a b": "NodeResizeFailed" },
        allocatedResources: { "example.com/x": "1" },
      },
    }),
    merge(`${claims}/grows/status`, { status: { phase: "Lost" }, metadata: { labels: { a: "b" } } }),
    merge(`${claims}/grows/status`, { status: { phase: "Gone" } }),
    merge(`${claims}/grows/status`, {
      status: { currentVolumeAttributesClassName: "a", modifyVolumeStatus: { status: "Pending", targetVolumeAttributesClassName: "b" } },
    }),
    merge(`${claims}/grows/status`, { status: { modifyVolumeStatus: { status: "Other" } } }),
    strategic(`${claims}/grows/status`, { status: { conditions: [{ type: "FileSystemResizePending", status: "True" }] } }),
    strategic(`${claims}/grows/status`, { status: { conditions: [{ type: "Resizing", $patch: "delete" }] } }),
    table(`${claims}/grows`),
    get(`${claims}/grows/status`),
    remove(`${claims}/grows`),
    merge(`${claims}/grows`, { spec: { resources: { requests: { storage: "10Gi" } } } }),
    merge(`${claims}/grows`, { metadata: { finalizers: ["kubernetes.io/pvc-protection", "example.com/x"] } }),
    merge(`${claims}/grows`, { metadata: { finalizers: [] } }),
  ),
  life(
    "claim: faults",
    create(claims, { metadata: { name: "a" } }),
    create(claims, { metadata: { name: "A" }, spec: null }),
    manifest(claims, claim.replace("[ReadWriteOnce]", "[RWO, RWX]")),
    manifest(claims, claim.replace("[ReadWriteOnce]", "ReadWriteOnce")),
    manifest(claims, claim.replace("storage: 8Gi", "storage: 0")),
    manifest(claims, claim.replace("storage: 8Gi", "storage: 11Gi, cpu: 1")),
    manifest(claims, claim.replace("storage: 8Gi", "storage: 8GB")),
    manifest(claims, claim.replace("storage: 8Gi", "storage: 8 Gi")),
    manifest(claims, claim.replace("storage: 8Gi", "storage: 1e3")),
    manifest(claims, claim.replace("name: data", "name: data2").replace("storage: 8Gi", "storage: 8192.5Mi")),
    manifest(claims, claim.replace("name: data", "name: data3").replace("storage: 8Gi", "storage: +5e9")),
    manifest(claims, claim.replace("storageClassName: fast", "storageClassName: Fast_1, volumeName: -x")),
    manifest(claims, claim.replace("storageClassName: fast", "storageClassName: Fast_1\n  volumeName: -x\n  volumeMode: Disk")),
    manifest(claims, claim.replace("operator: In", "operator: Equals").replace("release: stable", "'re lease': '-'")),
    manifest(
      claims,
      claim.replace("storageClassName: fast", "dataSource: {name: x, kind: VolumeSnapshot, apiGroup: snapshot.storage.k8s.io}"),
    ),
    manifest(
      claims,
      claim
        .replace("name: data", "name: data4")
        .replace("storageClassName: fast", "dataSourceRef: {name: x, kind: Populator, apiGroup: example.com, namespace: other}"),
    ),
    manifest(
      claims,
      claim.replace("name: data", "name: data5").replace("storageClassName: fast", "dataSourceRef: {name: x, kind: PersistentVolumeClaim}"),
    ),
    manifest(
      claims,
      claim.replace("storageClassName: fast", "dataSource: {name: '', kind: '', apiGroup: ''}\n  dataSourceRef: {name: x, kind: y}"),
    ),
    manifest(claims, claim.replace("name: data", "name: data6").replace("storageClassName: fast", "volumeAttributesClassName: silver")),
    manifest(claims, claim.replace("name: data", "name: data7").replace("storageClassName: fast", "volumeAttributesClassName: Silver_")),
    manifest(claims, claim.replace("storageClassName: fast", "volumeAttributesClassName: ''").replace("name: data", "name: data8")),
    get(`${claims}?limit=2`),
    remove(`${claims}?fieldSelector=metadata.name!=data4&dryRun=All`, undefined, {
      pick: (body) => (body as { items: unknown[] }).items.length,
    }),
    table(claims),
  ),
  life(
    "claim: immutable once made",
    create(classes, { ...standard, metadata: { name: "im-{u}" } }),
    manifest(claims, claim),
    edit(`${claims}/data`, ({ spec }) => {
      spec.storageClassName = "im-{u}";
    }),
    edit(`${claims}/data`, ({ spec }) => {
      delete spec.storageClassName;
    }),
    edit(`${claims}/data`, ({ spec }) => {
      spec.accessModes = ["ReadWriteMany"];
      spec.volumeMode = "Block";
      delete spec.selector;
    }),
    edit(`${claims}/data`, ({ spec }) => {
      spec.volumeAttributesClassName = "gold";
    }),
    edit(`${claims}/data`, ({ spec }) => {
      spec.dataSource = { kind: "PersistentVolumeClaim", name: "x" };
    }),
    edit(`${claims}/data`, ({ metadata }) => {
      metadata.annotations = { "volume.beta.kubernetes.io/storage-class": "x" };
    }),
    edit(`${claims}/data`, (object) => {
      object.status = { phase: "Bound" };
      object.metadata.labels = { b: "c" };
    }),
    edit(
      `${claims}/data`,
      (object) => {
        object.spec.volumeName = "ignored";
        object.status = { phase: "Bound", accessModes: ["X"] };
      },
      "/status",
    ),
    put(`${claims}/data`, {}),
    put(`${claims}/data`, { metadata: { name: "data" } }),
    put(`${claims}/data/status`, { metadata: { name: "data" } }),
    put(`${claims}/other`, {
      metadata: { name: "other" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
    }),
    create(claims, {
      metadata: { name: "noclass" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
    }),
    merge(`${claims}/noclass`, { spec: { storageClassName: "im-{u}" } }),
    merge(`${claims}/noclass`, { spec: { storageClassName: "" } }),
    table(`${claims}/noclass`),
    create(claims, {
      metadata: { name: "ann", annotations: { "volume.beta.kubernetes.io/storage-class": "x" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
    }),
    merge(`${claims}/ann`, { metadata: { annotations: null }, spec: { storageClassName: "x" } }),
    merge(`${claims}/ann`, { metadata: { annotations: { "volume.beta.kubernetes.io/storage-class": null } } }),
    table(`${claims}/ann`),
  ),
  {
    ...life(
      "claim: the default class, one of several",
      create(classes, {
        ...standard,
        metadata: { name: "d1-{u}", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      }),
      create(claims, { metadata: { name: "a" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } } }),
      create(claims, {
        metadata: { name: "b" },
        spec: { storageClassName: "", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
      }),
      create(claims, {
        metadata: { name: "c", annotations: { "volume.beta.kubernetes.io/storage-class": "" } },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
      }),
      table(`${classes}/d1-{u}`),
      merge(`${classes}/d1-{u}`, { metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "TRUE" } } }),
      create(claims, { metadata: { name: "d" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } } }),
      merge(`${classes}/d1-{u}`, {
        metadata: {
          annotations: {
            "storageclass.kubernetes.io/is-default-class": null,
            "storageclass.beta.kubernetes.io/is-default-class": "true",
          },
        },
      }),
      table(`${classes}/d1-{u}`),
      applied(
        `${claims}/e`,
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: e}\nspec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n",
        "me",
      ),
      applied(
        `${claims}/e`,
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: e}\nspec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n",
        "you",
      ),
      table(claims),
    ),
    alone: true,
  },
  life(
    "class: made, changed, read",
    create(classes, standard),
    create(classes, standard),
    table(`${classes}/std-{u}`),
    merge(`${classes}/std-{u}`, { provisioner: "x" }),
    merge(`${classes}/std-{u}`, { parameters: { type: "gp2" } }),
    merge(`${classes}/std-{u}`, { parameters: null, reclaimPolicy: "Retain", volumeBindingMode: "Immediate" }),
    merge(`${classes}/std-{u}`, { mountOptions: null }),
    merge(`${classes}/std-{u}`, { allowVolumeExpansion: false }),
    merge(`${classes}/std-{u}`, { allowVolumeExpansion: null }),
    merge(`${classes}/std-{u}`, { allowedTopologies: null }),
    merge(`${classes}/std-{u}`, { allowedTopologies: [{ matchLabelExpressions: [{ key: "a", values: ["b"] }] }] }),
    merge(`${classes}/std-{u}`, { allowedTopologies: [{}, { matchLabelExpressions: [{ key: "a", values: ["b", "b"] }, { key: "a" }] }] }),
    strategic(`${classes}/std-{u}`, { mountOptions: ["a"], allowedTopologies: [] }),
    strategic(`${classes}/std-{u}`, { $retainKeys: ["provisioner"], provisioner: "ebs.csi.aws.com" }),
    get(`${classes}/std-{u}`, { headers: { accept: "application/yaml" } }),
    get(`${classes}/std-{u}`, { headers: { accept: "application/vnd.kubernetes.protobuf" } }),
    get(`${classes}/std-{u}/status`),
    put(`${classes}/std-{u}/status`, standard),
    get(`${classes}?fieldSelector=provisioner=x`),
    get(`${classes}?fieldSelector=metadata.namespace=x`),
    get(`${storage}/namespaces/{ns}/storageclasses`),
    remove(`${classes}/std-{u}`, { kind: "DeleteOptions", apiVersion: "storage.k8s.io/v1", propagationPolicy: "Foreground" }),
    get(`${classes}/std-{u}`),
    merge(`${classes}/std-{u}`, { metadata: { finalizers: null } }),
    get(`${classes}/std-{u}`),
  ),
  life(
    "class: faults",
    create(classes, { metadata: { name: "f-{u}" } }),
    create(classes, { metadata: { name: "f_{u}" }, provisioner: "" }),
    create(classes, { metadata: { name: "f-{u}" }, provisioner: "a/b/c d" }),
    create(classes, { metadata: { name: "f-{u}" }, provisioner: "kubernetes.io/no-provisioner_" }),
    create(classes, { metadata: { name: "f-{u}" }, provisioner: "a", reclaimPolicy: "Recycle" }),
    create(classes, { metadata: { name: "f-{u}" }, provisioner: "a", reclaimPolicy: "", volumeBindingMode: "" }),
    create(classes, {
      metadata: { name: "f-{u}" },
      provisioner: "a",
      reclaimPolicy: "x",
      volumeBindingMode: "Later",
      parameters: { "": "y" },
    }),
    create(classes, { metadata: { name: "g-{u}" }, provisioner: "a", parameters: { big: "x".repeat(256 * 1024) } }),
    create(classes, {
      metadata: { name: "g-{u}" },
      provisioner: "a",
      parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, "v"])),
    }),
    create(classes, {
      metadata: { name: "g-{u}" },
      provisioner: "a",
      allowedTopologies: [
        { matchLabelExpressions: [{ key: "a b", values: [] }] },
        { matchLabelExpressions: [{ key: "z", values: ["1"] }] },
        { matchLabelExpressions: [{ key: "z", values: ["1"] }] },
      ],
    }),
    create(classes, { metadata: { name: "g-{u}" }, provisioner: "a", allowedTopologies: [] }),
    create(`${classes}?fieldValidation=Strict`, { metadata: { name: "h-{u}" }, provisioner: "a", spec: {}, allowVolumeExpansion: "yes" }),
    create(`${classes}?fieldValidation=Strict`, { metadata: { name: "h-{u}" }, provisioner: "a", spec: {}, x: 1 }),
    create(`${classes}?fieldValidation=Warn`, { metadata: { name: "h-{u}" }, provisioner: "a", spec: {}, x: 1 }),
    create(classes, { metadata: { name: `${"n".repeat(250)}-{u}` }, provisioner: "a" }),
    create(
      classes,
      { metadata: { generateName: `${"n".repeat(300)}-` }, provisioner: "a" },
      { pick: (body) => (body as { code?: number }).code },
    ),
  ),
  life(
    "driver: made, changed, read",
    create(drivers, { metadata: { name: "d.{u}.com" }, spec: {} }),
    table(`${drivers}/d.{u}.com`),
    merge(`${drivers}/d.{u}.com`, { spec: { attachRequired: false } }),
    merge(`${drivers}/d.{u}.com`, { spec: { podInfoOnMount: true, requiresRepublish: true, storageCapacity: true, seLinuxMount: true } }),
    merge(`${drivers}/d.{u}.com`, { spec: { fsGroupPolicy: "File" } }),
    merge(`${drivers}/d.{u}.com`, { spec: { fsGroupPolicy: "Some" } }),
    merge(`${drivers}/d.{u}.com`, { spec: { volumeLifecycleModes: ["Ephemeral"] } }),
    merge(`${drivers}/d.{u}.com`, { spec: { volumeLifecycleModes: null, fsGroupPolicy: null } }),
    merge(`${drivers}/d.{u}.com`, { spec: { tokenRequests: [{ audience: "a", expirationSeconds: 600 }, { audience: "" }] } }),
    merge(`${drivers}/d.{u}.com`, {
      spec: {
        tokenRequests: [
          { audience: "a", expirationSeconds: 599 },
          { audience: "a", expirationSeconds: 4294967297 },
        ],
      },
    }),
    merge(`${drivers}/d.{u}.com`, { spec: { nodeAllocatableUpdatePeriodSeconds: 9 } }),
    merge(`${drivers}/d.{u}.com`, { spec: { nodeAllocatableUpdatePeriodSeconds: 60 } }),
    merge(`${drivers}/d.{u}.com`, { spec: { serviceAccountTokenInSecrets: true } }),
    merge(`${drivers}/d.{u}.com`, { spec: { serviceAccountTokenInSecrets: true, tokenRequests: null } }),
    merge(`${drivers}/d.{u}.com`, { spec: { preventPodSchedulingIfMissing: true } }),
    merge(`${drivers}/d.{u}.com`, { spec: null }),
    table(`${drivers}/d.{u}.com`),
    get(`${drivers}/d.{u}.com`),
    strategic(`${drivers}/d.{u}.com`, { spec: { tokenRequests: [{ audience: "b" }] } }),
    applied(
      `${drivers}/d.{u}.com`,
      'apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: "d.{u}.com"}\nspec: {tokenRequests: [{audience: c}], volumeLifecycleModes: [Persistent]}\n',
      "x",
      "&force=true",
    ),
    applied(
      `${drivers}/d.{u}.com`,
      'apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: "d.{u}.com"}\nspec: {volumeLifecycleModes: [Persistent, Ephemeral]}\n',
      "x",
    ),
    remove(`${drivers}/d.{u}.com`, { propagationPolicy: "Orphan" }),
    merge(`${drivers}/d.{u}.com`, { metadata: { finalizers: null } }),
  ),
  life(
    "driver: faults",
    create(drivers, { metadata: { name: "f.{u}.com" } }),
    create(drivers, { metadata: { name: `${"f".repeat(60)}.{u}.com` }, spec: {} }),
    create(drivers, {
      metadata: { name: "f_{u}" },
      spec: { fsGroupPolicy: "None", volumeLifecycleModes: ["Forever", "Persistent", "Persistent"] },
    }),
    create(drivers, { metadata: { name: "F.{u}.com" }, spec: {} }, {}),
    create(drivers, { metadata: { name: "g.{u}.com" }, spec: { attachRequired: null, podInfoOnMount: null, volumeLifecycleModes: [] } }),
    create(drivers, { metadata: { name: "h.{u}.com" }, spec: { attachRequired: "false" } }),
    create(drivers, {
      metadata: { name: "h.{u}.com" },
      spec: { tokenRequests: [{}], requiresRepublish: true, serviceAccountTokenInSecrets: false },
    }),
    create(drivers, { metadata: { name: "i.{u}.com" }, spec: { serviceAccountTokenInSecrets: true } }),
    create(drivers, { metadata: { name: "j.{u}.com" }, spec: { nodeAllocatableUpdatePeriodSeconds: -1, fsGroupPolicy: "" } }),
  ),
  life(
    "node's drivers",
    create(nodes, { metadata: { name: "n-{u}" }, spec: { drivers: [] } }),
    table(`${nodes}/n-{u}`),
    strategic(`${nodes}/n-{u}`, {
      spec: { drivers: [{ name: "a.com", nodeID: "1", topologyKeys: ["z", "a"], allocatable: { count: 5 } }] },
    }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "b.com", nodeID: "2", topologyKeys: null }] } }),
    table(`${nodes}/n-{u}`),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "a.com", nodeID: "9" }] } }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "a.com", allocatable: { count: 6 } }] } }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "a.com", allocatable: null }] } }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "a.com", topologyKeys: ["z"] }] } }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "b.com", allocatable: { count: 0 } }] } }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "b.com", allocatable: { count: -1 } }] } }),
    strategic(`${nodes}/n-{u}`, { spec: { drivers: [{ name: "a.com", $patch: "delete" }] } }),
    json(`${nodes}/n-{u}`, [{ op: "add", path: "/spec/drivers/-", value: { name: "b.com", nodeID: "x" } }]),
    json(`${nodes}/n-{u}`, [
      { op: "add", path: "/spec/drivers/-", value: { name: "B com", nodeID: "y".repeat(193), topologyKeys: ["a", "a", "", "-"] } },
    ]),
    merge(`${nodes}/n-{u}`, { spec: { drivers: null } }),
    merge(`${nodes}/n-{u}`, { spec: null }),
    applied(
      `${nodes}/n-{u}`,
      'apiVersion: storage.k8s.io/v1\nkind: CSINode\nmetadata: {name: "n-{u}"}\nspec: {drivers: [{name: q.com, nodeID: q}]}\n',
      "kubelet",
    ),
    applied(
      `${nodes}/n-{u}`,
      'apiVersion: storage.k8s.io/v1\nkind: CSINode\nmetadata: {name: "n-{u}"}\nspec: {drivers: [{name: r.com, nodeID: q}]}\n',
      "kubelet",
    ),
    applied(
      `${nodes}/n-{u}`,
      'apiVersion: storage.k8s.io/v1\nkind: CSINode\nmetadata: {name: "n-{u}"}\nspec: {drivers: [{nodeID: q}]}\n',
      "kubelet",
    ),
    get(`${nodes}/n-{u}`),
    create(nodes, { metadata: { name: "m-{u}" } }),
    create(nodes, { metadata: { name: "m-{u}" }, spec: {} }),
    create(nodes, { metadata: { name: "o-{u}" }, spec: { drivers: [{}, {}] } }),
    remove(nodes, undefined, { method: "DELETE", path: `${nodes}?fieldSelector=metadata.name=m-{u}` }),
  ),
  life(
    "capacities",
    create(capacities, { metadata: { name: "c" }, storageClassName: "fast" }),
    create(capacities, {
      metadata: { generateName: "csisc-" },
      storageClassName: "fast",
      capacity: "10Gi",
      maximumVolumeSize: "1Gi",
      nodeTopology: { matchLabels: { a: "b" } },
    }),
    create(capacities, { metadata: { name: "d" }, storageClassName: "" }),
    create(capacities, { metadata: { name: "d" }, storageClassName: "A_", capacity: "-1", maximumVolumeSize: "-5" }),
    create(capacities, {
      metadata: { name: "d" },
      storageClassName: "a",
      nodeTopology: { matchExpressions: [{ key: "", operator: "In" }] },
    }),
    create(capacities, { metadata: { name: "e" }, storageClassName: "a", capacity: "1.5", nodeTopology: {} }),
    create(capacities, { metadata: { name: "f" }, storageClassName: "a", capacity: 12345678901 }),
    merge(`${capacities}/c`, { storageClassName: "slow" }),
    merge(`${capacities}/c`, { nodeTopology: { matchLabels: { c: "d" } } }),
    merge(`${capacities}/c`, { capacity: "1000Mi", maximumVolumeSize: "1024Ki" }),
    merge(`${capacities}/c`, { capacity: "1000m" }),
    merge(`${capacities}/c`, { capacity: null }),
    table(capacities),
    get(`${capacities}?fieldSelector=storageClassName=a`),
    get(`${storage}/csistoragecapacities?fieldSelector=metadata.namespace={ns}`, {
      pick: (body) => (body as { items: unknown[] }).items.length,
    }),
    get(`${capacities}/c`, { headers: { accept: "application/yaml" } }),
    remove(capacities, { propagationPolicy: "Background" }, { pick: (body) => (body as { items: unknown[] }).items.length }),
  ),
  life(
    "attachment: from attaching to detached",
    create(attachments, {
      metadata: { name: "va-{u}" },
      spec: { attacher: "a.com", nodeName: "n", source: { persistentVolumeName: "pv" } },
    }),
    table(`${attachments}/va-{u}`),
    merge(`${attachments}/va-{u}/status`, { status: { attached: true, attachmentMetadata: { a: "b" } } }),
    merge(`${attachments}/va-{u}`, { status: { attached: false }, metadata: { finalizers: ["external-attacher/a-com"] } }),
    merge(`${attachments}/va-{u}`, { spec: { nodeName: "m" } }),
    merge(`${attachments}/va-{u}/status`, {
      spec: { nodeName: "m" },
      status: { attachError: { time: "2024-05-05T05:05:05Z", message: "m" } },
    }),
    merge(`${attachments}/va-{u}/status`, { status: { attachError: { message: "m", errorCode: -5 } } }),
    merge(`${attachments}/va-{u}/status`, {
      status: { attachError: { time: null, errorCode: 8 }, detachError: { message: "x".repeat(300) } },
    }),
    merge(`${attachments}/va-{u}/status`, { status: { attachmentMetadata: { "": "x" } } }),
    merge(`${attachments}/va-{u}/status`, { status: null }),
    put(`${attachments}/va-{u}/status`, { metadata: { name: "va-{u}" }, status: { attached: true } }),
    table(`${attachments}/va-{u}`),
    remove(`${attachments}/va-{u}`),
    merge(`${attachments}/va-{u}/status`, { status: { attached: false, detachError: { time: "2024-05-05T05:05:05+02:00" } } }),
    merge(`${attachments}/va-{u}`, { metadata: { finalizers: null } }),
    get(`${attachments}/va-{u}/status`),
    create(attachments, { metadata: { name: "vb-{u}" }, spec: {} }),
    create(attachments, { metadata: { name: "vb-{u}" }, spec: { attacher: "a com", nodeName: "N_", source: {} } }),
    create(attachments, {
      metadata: { name: "vb-{u}" },
      spec: { attacher: "x".repeat(64), nodeName: "n", source: { persistentVolumeName: "pv", inlineVolumeSpec: csi.spec } },
    }),
    create(attachments, {
      metadata: { name: "vc-{u}" },
      spec: { attacher: "a.com", nodeName: "n", source: { inlineVolumeSpec: csi.spec } },
    }),
    create(attachments, {
      metadata: { name: "vd-{u}" },
      spec: { attacher: "a.com", nodeName: "n", source: { inlineVolumeSpec: { nfs: {} } } },
    }),
    create(attachments, {
      metadata: { name: "ve-{u}" },
      spec: { attacher: "a.com", nodeName: "n", source: { persistentVolumeName: "" } },
      status: { attached: true, attachError: { message: "x" } },
    }),
    create(attachments, {
      metadata: { name: "vf-{u}" },
      spec: { attacher: "a.com", nodeName: "n", source: { persistentVolumeName: "p" } },
      status: { attached: true, attachError: { message: "x" } },
    }),
  ),
  life(
    "attributes class: made, changed, read",
    create(attributes, { metadata: { name: "v-{u}" }, driverName: "a.com", parameters: { iops: "1" } }),
    table(`${attributes}/v-{u}`),
    merge(`${attributes}/v-{u}`, { driverName: "b.com" }),
    merge(`${attributes}/v-{u}`, { parameters: { iops: "2" } }),
    merge(`${attributes}/v-{u}`, { parameters: null }),
    merge(`${attributes}/v-{u}`, { metadata: { labels: { a: "b" } } }),
    create(attributes, { metadata: { name: "w-{u}" }, driverName: "" }),
    create(attributes, { metadata: { name: "w-{u}" }, driverName: "A B", parameters: {} }),
    create(attributes, { metadata: { name: "w-{u}" }, driverName: "a.com" }),
    create(attributes, { metadata: { name: "w-{u}" }, driverName: "a.com", parameters: { "": "" } }),
    create(attributes, { metadata: { name: "w-{u}" } }),
    get(`${attributes}?fieldSelector=metadata.name=v-{u}`, { pick: (body) => (body as { items: unknown[] }).items }),
    get("/apis/storage.k8s.io/v1beta1/volumeattributesclasses"),
    get("/apis/storage.k8s.io/v1alpha1/volumeattributesclasses"),
    remove(`${attributes}/v-{u}`),
    get(`${attributes}/v-{u}`),
    json(`${attributes}/v-{u}`, [{ op: "remove", path: "/metadata/finalizers" }]),
  ),
  life(
    "odd verbs on storage",
    ...["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get"].map((method) => ({
      method,
      path: `${claims}/x/status`,
    })),
    ...["PUT", "PATCH", "HEAD", "OPTIONS"].map((method) => ({ method, path: claims })),
    ...["POST", "HEAD", "OPTIONS"].map((method) => ({ method, path: `${claims}/x` })),
    get(`${claims}/x/resize`),
    get(`${volumes}/x/scale`),
    get(`${drivers}/x/status`),
    get(`${classes}/x/status`),
    remove(`${volumes}/x/status`),
    get("/apis/storage.k8s.io"),
    get("/apis/storage.k8s.io/v1/"),
    get("/apis/storage.k8s.io/v2"),
    get("/apis/storage.k8s.io/v1/volumes"),
    get("/apis/storage.k8s.io/v1/namespaces/{ns}/volumeattachments/x"),
    get("/apis/storage.k8s.io/v1/csistoragecapacities/x"),
    get(`${claims}/a%2Fb`),
    get(`${claims}//`),
    get(`${claims}/`),
    get(`${volumes}/..`),
    get(`${volumes}/%2e%2e`),
    get("/api/v1/persistentvolumeclaims/x"),
    get("/api/v1/namespaces//persistentvolumeclaims?labelSelector=none%3D{u}"),
    create("/api/v1/persistentvolumeclaims", { metadata: { name: "x" } }),
    patch("merge", "/api/v1/persistentvolumeclaims", {}),
    remove("/api/v1/persistentvolumeclaims"),
    patch("apply", `${claims}/x?fieldManager=m`, {}),
    patch("apply", `${claims}/x`, { apiVersion: "v1", kind: "PersistentVolumeClaim" }),
    patch("apply", `${claims}/x?fieldManager=m`, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "y" } }),
    patch("apply", `${claims}/x?fieldManager=m`, { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "x" } }),
    patch("apply", `${claims}/x/status?fieldManager=m`, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "x" } }),
    patch("merge", one(claims, "x"), { spec: {} }),
    patch("json", one(claims, "x"), []),
    patch("strategic", one(claims, "x"), {}, { headers: { "content-type": "application/json" } }),
  ),
];

export default sequences;
