import { applied, edit, json, life, manifest, merge, strategic, table } from "../lives.ts";
import { create, get, patch, put, remove, type Sequence } from "../sequences.ts";

/** What classes, claims and nodes do to pods, in every form of request; watches, formats and applies of these kinds. */
const core = "/api/v1/namespaces/{ns}";
const pods = `${core}/pods`;
const claims = `${core}/persistentvolumeclaims`;
const volumes = "/api/v1/persistentvolumes";
const nodes = "/api/v1/nodes";
const namespaces = "/api/v1/namespaces";
const accounts = `${core}/serviceaccounts`;
const runtimes = "/apis/node.k8s.io/v1/runtimeclasses";
const priorities = "/apis/scheduling.k8s.io/v1/priorityclasses";
const storage = "/apis/storage.k8s.io/v1";
const dra = "/apis/resource.k8s.io/v1";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const protobuf = { headers: { accept: "application/vnd.kubernetes.protobuf" } };
const yaml = { headers: { accept: "application/yaml" } };
const pod = (name: string, spec: object = {}, more: object = {}) => ({
  metadata: { name, ...more },
  spec: { automountServiceAccountToken: false, containers: [{ name: "a", image: "b" }], ...spec },
});

const sequences: Sequence[] = [
  life(
    "runtime class of a pod",
    create(runtimes, {
      metadata: { name: "rc-{u}" },
      handler: "kata",
      overhead: { podFixed: { cpu: "250m", memory: "120Mi" } },
      scheduling: { nodeSelector: { kata: "yes", zone: "a" }, tolerations: [{ key: "kata", operator: "Exists", effect: "NoSchedule" }] },
    }),
    create(pods, pod("a", { runtimeClassName: "rc-{u}" })),
    create(pods, pod("b", { runtimeClassName: "rc-{u}", overhead: { cpu: "1" } })),
    create(pods, pod("c", { runtimeClassName: "rc-{u}", nodeSelector: { zone: "b" } })),
    create(
      pods,
      pod("d", {
        runtimeClassName: "rc-{u}",
        nodeSelector: { zone: "a", x: "y" },
        tolerations: [{ key: "kata", operator: "Exists", effect: "NoSchedule" }],
      }),
    ),
    create(pods, pod("e", { runtimeClassName: "missing-{u}" })),
    create(pods, pod("f", { runtimeClassName: "Bad_" })),
    create(pods, pod("g", { overhead: { cpu: "1" } })),
    create(pods, pod("h", { runtimeClassName: "" })),
    merge(`${pods}/a`, { spec: { overhead: null } }),
    merge(`${pods}/a`, { spec: { runtimeClassName: "other" } }),
    merge(`${pods}/a`, { spec: { nodeSelector: null } }),
    remove(`${runtimes}/rc-{u}`),
    merge(`${pods}/a`, { metadata: { labels: { still: "there" } } }),
    create("/apis/apps/v1/namespaces/{ns}/deployments", {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { runtimeClassName: "missing", overhead: { cpu: "1" }, containers: [{ name: "a", image: "b" }] },
        },
      },
    }),
  ),
  {
    ...life(
      "priority class of a pod",
      create(priorities, { metadata: { name: "pc-{u}" }, value: 100, preemptionPolicy: "Never" }),
      create(pods, pod("a", { priorityClassName: "pc-{u}" })),
      create(pods, pod("b", { priorityClassName: "pc-{u}", priority: 100 })),
      create(pods, pod("c", { priorityClassName: "pc-{u}", priority: 7 })),
      create(pods, pod("d", { priorityClassName: "pc-{u}", preemptionPolicy: "PreemptLowerPriority" })),
      create(pods, pod("e", { priorityClassName: "nothing-{u}" })),
      create(pods, pod("f", { priority: 5 })),
      create(pods, pod("g", { priority: 0, preemptionPolicy: "Never" })),
      create(pods, pod("h", { priorityClassName: "system-node-critical" })),
      create(pods, pod("i", { priorityClassName: "" })),
      merge(`${pods}/a`, { spec: { priorityClassName: "other" } }),
      merge(`${pods}/a`, { spec: { priority: 3 } }),
      merge(`${pods}/a`, { spec: { preemptionPolicy: null } }),
      create(priorities, { metadata: { name: "gd-{u}" }, value: 10, globalDefault: true }),
      create(priorities, { metadata: { name: "gd2-{u}" }, value: 11, globalDefault: true }),
      create(pods, pod("j")),
      merge(`${priorities}/pc-{u}`, { globalDefault: true }),
      merge(`${priorities}/gd-{u}`, { globalDefault: false }),
      merge(`${priorities}/pc-{u}`, { globalDefault: true }),
      create(pods, pod("k")),
      table(`${priorities}/pc-{u}`),
    ),
    alone: true,
  },
  life(
    "claims in a pod",
    create(
      pods,
      pod("a", {
        resourceClaims: [{ name: "gpu", resourceClaimName: "c" }],
        containers: [{ name: "a", image: "b", resources: { claims: [{ name: "gpu" }] } }],
      }),
    ),
    create(
      pods,
      pod("b", {
        resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "t" }],
        containers: [{ name: "a", image: "b", resources: { claims: [{ name: "gpu", request: "r" }] } }],
      }),
    ),
    create(pods, pod("c", { resourceClaims: [{ name: "gpu" }] })),
    create(pods, pod("c", { resourceClaims: [{ name: "gpu", resourceClaimName: "c", resourceClaimTemplateName: "t" }] })),
    create(
      pods,
      pod("c", {
        resourceClaims: [
          { name: "gpu", resourceClaimName: "c" },
          { name: "gpu", resourceClaimName: "d" },
        ],
      }),
    ),
    create(pods, pod("c", { resourceClaims: [{ name: "GPU_", resourceClaimName: "C_" }] })),
    create(pods, pod("c", { containers: [{ name: "a", image: "b", resources: { claims: [{ name: "gpu" }] } }] })),
    create(
      pods,
      pod("c", {
        resourceClaims: [{ name: "gpu", resourceClaimName: "c" }],
        containers: [
          { name: "a", image: "b", resources: { claims: [{ name: "gpu" }, { name: "gpu" }, { name: "gpu", request: "x" }, {}] } },
        ],
      }),
    ),
    create(pods, pod("c", { resourceClaims: [{ name: "gpu", source: { resourceClaimName: "c" } }] })),
    merge(`${pods}/a`, { spec: { resourceClaims: null } }),
    strategic(`${pods}/a`, { spec: { resourceClaims: [{ name: "x", resourceClaimName: "y" }] } }),
    strategic(`${pods}/a/status`, { status: { resourceClaimStatuses: [{ name: "gpu", resourceClaimName: "c-abc" }] } }),
    strategic(`${pods}/b/status`, { status: { resourceClaimStatuses: [{ name: "gpu", resourceClaimName: "b-gpu-abc" }] } }),
    strategic(`${pods}/b/status`, {
      status: {
        resourceClaimStatuses: [
          { name: "other", resourceClaimName: "x" },
          { name: "gpu", resourceClaimName: "Bad_" },
        ],
      },
    }),
    strategic(`${pods}/b/status`, {
      status: {
        extendedResourceClaimStatus: {
          resourceClaimName: "x",
          requestMappings: [{ containerName: "a", resourceName: "example.com/gpu", requestName: "r" }],
        },
      },
    }),
    get(`${pods}/b`),
  ),
  life(
    "volumes of claims in a pod",
    create(claims, {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOncePod"], resources: { requests: { storage: "1Gi" } } },
    }),
    create(
      pods,
      pod("a", {
        volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
        containers: [{ name: "a", image: "b", volumeMounts: [{ name: "v", mountPath: "/x", subPath: "../y" }] }],
      }),
    ),
    create(
      pods,
      pod("a", {
        volumes: [{ name: "v", persistentVolumeClaim: {} }],
        containers: [{ name: "a", image: "b", volumeMounts: [{ name: "w", mountPath: "x:y" }] }],
      }),
    ),
    create(
      pods,
      pod("a", {
        volumes: [
          {
            name: "v",
            ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } },
          },
        ],
      }),
    ),
    create(pods, pod("b", { volumes: [{ name: "v", ephemeral: {} }] })),
    create(
      pods,
      pod("b", {
        volumes: [
          {
            name: "v",
            ephemeral: {
              volumeClaimTemplate: {
                metadata: { name: "x", labels: { "a b": "c" } },
                spec: { accessModes: [], resources: { requests: { storage: "0" } } },
              },
            },
          },
        ],
      }),
    ),
    create(
      pods,
      pod("b", { volumes: [{ name: "v", csi: { driver: "a.com", volumeAttributes: { a: "b" }, nodePublishSecretRef: { name: "" } } }] }),
    ),
    create(pods, pod("b", { volumes: [{ name: "v", csi: { driver: "A B" } }] })),
    create(pods, pod("c", { volumes: [{ name: "v", csi: { driver: "a.com", readOnly: true, fsType: "ext4" } }] })),
    create(pods, pod("d", { volumes: [{ name: "v", image: { reference: "", pullPolicy: "Never" } }] })),
    create(pods, pod("d", { volumes: [{ name: "v", image: { reference: "r", pullPolicy: "Odd" } }] })),
    create(
      pods,
      pod("e", { volumes: [{ name: "v", image: { reference: "r:latest" } }, { name: "w", image: { reference: "r:1" } }, { name: "x" }] }),
    ),
    create(
      pods,
      pod("f", {
        volumes: [
          {
            name: "v",
            projected: {
              sources: [
                { serviceAccountToken: { path: "t" } },
                { configMap: {} },
                { secret: { name: "s", items: [{ key: "k", path: "p", mode: 511 }] } },
              ],
            },
          },
        ],
      }),
    ),
    create(
      pods,
      pod("g", {
        volumes: [
          { name: "v", projected: { sources: [{ serviceAccountToken: { path: "../t", expirationSeconds: 5 } }], defaultMode: 512 } },
        ],
      }),
    ),
    create(
      pods,
      pod("h", {
        volumes: [
          { name: "v", emptyDir: { medium: "Memory", sizeLimit: "-1" } },
          { name: "V", hostPath: { path: "/a/../b" } },
        ],
      }),
    ),
    create(
      pods,
      pod("i", {
        volumes: [
          { name: "v", emptyDir: { medium: "HugePages-2Mi", sizeLimit: "1Gi" } },
          { name: "h", hostPath: { path: "/a", type: "Directory" } },
        ],
      }),
    ),
    get(`${pods}?fieldSelector=spec.volumes=x`),
  ),
  life(
    "claims by other routes",
    create(`${storage}/storageclasses`, { metadata: { name: "grow-{u}" }, provisioner: "a.com", allowVolumeExpansion: true }),
    create(`${storage}/storageclasses`, { metadata: { name: "fixed-{u}" }, provisioner: "a.com" }),
    ...["grow", "fixed"].flatMap((name) => [
      create(claims, {
        metadata: { name },
        spec: {
          storageClassName: `${name}-{u}`,
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          volumeName: "v",
        },
      }),
      strategic(`${claims}/${name}`, { spec: { resources: { requests: { storage: "2Gi" } } } }),
      merge(`${claims}/${name}/status`, { status: { phase: "Bound", capacity: { storage: "1Gi" } } }),
      strategic(`${claims}/${name}`, { spec: { resources: { requests: { storage: "2Gi" } } } }),
      strategic(`${claims}/${name}`, { spec: { resources: { limits: { storage: "5Gi" } } } }),
      strategic(`${claims}/${name}`, { spec: { volumeAttributesClassName: "gold" } }),
      strategic(`${claims}/${name}`, { spec: { volumeAttributesClassName: "" } }),
      applied(
        `${claims}/${name}`,
        `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nspec: {resources: {requests: {storage: 3Gi}}}\n`,
        "grower",
        "&force=true",
      ),
      applied(
        `${claims}/${name}`,
        `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nspec: {resources: {requests: {storage: 2.5Gi}}}\n`,
        "grower",
      ),
      applied(
        `${claims}/${name}/status`,
        `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nstatus: {conditions: [{type: Resizing, status: "True"}]}\n`,
        "resizer",
      ),
      applied(
        `${claims}/${name}/status`,
        `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nstatus: {conditions: [{type: Resizing, status: "False"}]}\n`,
        "other",
      ),
      get(`${claims}/${name}`, yaml),
      get(`${claims}/${name}`, protobuf),
    ]),
    table(claims),
    get(`${claims}?limit=1`),
    remove(claims, undefined, {
      pick: (body) =>
        (body as { items: { metadata: { deletionTimestamp?: string; finalizers: unknown } }[] }).items.map(({ metadata }) => [
          metadata.finalizers,
          !!metadata.deletionTimestamp,
        ]),
    }),
    table(claims),
  ),
  life(
    "watches of claims and quotas",
    create(claims, {
      metadata: { name: "a", labels: { x: "1" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } },
    }),
    (answers) => ({
      watch: `${claims}?watch=1&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&labelSelector=x%3D1`,
      until: 3,
      during: [
        merge(`${claims}/a/status`, { status: { phase: "Bound" } }),
        merge(`${claims}/a`, { metadata: { labels: { x: "2" } } }),
        merge(`${claims}/a`, { metadata: { labels: { x: "1" } } }),
      ],
    }),
    (answers) => ({
      watch: `${claims}?watch=1&resourceVersion=${answers[0]?.body.metadata.resourceVersion}&fieldSelector=metadata.name%3Da`,
      headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
      until: 3,
    }),
    (answers) => ({
      watch: `${claims}/a?watch=1&resourceVersion=${answers[0]?.body.metadata.resourceVersion}`,
      headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" },
      until: 2,
    }),
    { watch: `${claims}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`, until: 2 },
    { watch: `/api/v1/watch/namespaces/{ns}/persistentvolumeclaims?resourceVersion=0`, until: 1 },
    {
      watch: `${dra}/namespaces/{ns}/resourceclaims?watch=1`,
      until: 2,
      during: [
        create(`${dra}/namespaces/{ns}/resourceclaims`, { metadata: { name: "c" }, spec: {} }),
        remove(`${dra}/namespaces/{ns}/resourceclaims/c`),
      ],
    },
    {
      watch: `${rbac}/namespaces/{ns}/roles?watch=1&timeoutSeconds=3`,
      until: 2,
      during: [create(`${rbac}/namespaces/{ns}/roles`, { metadata: { name: "r" }, rules: null }), remove(`${rbac}/namespaces/{ns}/roles`)],
    },
    {
      watch: `${storage}/namespaces/{ns}/csistoragecapacities?watch=1`,
      until: 1,
      during: [create(`${storage}/namespaces/{ns}/csistoragecapacities`, { metadata: { name: "r" }, storageClassName: "x" })],
    },
  ),
  life(
    "kinds in protobuf and YAML, there and back",
    ...(
      [
        [
          `${storage}/storageclasses`,
          "storage.k8s.io/v1",
          "StorageClass",
          { metadata: { name: "pb-{u}" }, provisioner: "x", mountOptions: ["a"], parameters: { b: "c", a: "d" } },
        ],
        [
          `${storage}/csidrivers`,
          "storage.k8s.io/v1",
          "CSIDriver",
          {
            metadata: { name: "pb.{u}" },
            spec: { tokenRequests: [{ audience: "a", expirationSeconds: 700 }], serviceAccountTokenInSecrets: true },
          },
        ],
        [
          `${storage}/csinodes`,
          "storage.k8s.io/v1",
          "CSINode",
          { metadata: { name: "pb-{u}" }, spec: { drivers: [{ name: "a", nodeID: "b", topologyKeys: ["c"], allocatable: { count: 3 } }] } },
        ],
        [
          `${storage}/volumeattachments`,
          "storage.k8s.io/v1",
          "VolumeAttachment",
          { metadata: { name: "pb-{u}" }, spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "p" } } },
        ],
        [
          `${storage}/volumeattributesclasses`,
          "storage.k8s.io/v1",
          "VolumeAttributesClass",
          { metadata: { name: "pb-{u}" }, driverName: "a", parameters: { z: "1", b: "2" } },
        ],
        [
          `${storage}/namespaces/{ns}/csistoragecapacities`,
          "storage.k8s.io/v1",
          "CSIStorageCapacity",
          {
            metadata: { name: "pb" },
            storageClassName: "a",
            capacity: "1.5Gi",
            nodeTopology: { matchExpressions: [{ key: "a", operator: "Exists" }] },
          },
        ],
        [
          `${dra}/deviceclasses`,
          "resource.k8s.io/v1",
          "DeviceClass",
          { metadata: { name: "pb-{u}" }, spec: { config: [{ opaque: { driver: "a", parameters: { b: { c: [1, "2", null] } } } }] } },
        ],
        [
          `${rbac}/clusterroles`,
          "rbac.authorization.k8s.io/v1",
          "ClusterRole",
          { metadata: { name: "pb-{u}" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } },
        ],
        [
          `${rbac}/namespaces/{ns}/rolebindings`,
          "rbac.authorization.k8s.io/v1",
          "RoleBinding",
          {
            metadata: { name: "pb" },
            roleRef: { kind: "Role", name: "x" },
            subjects: [{ kind: "ServiceAccount", name: "y", namespace: "z" }],
          },
        ],
        [runtimes, "node.k8s.io/v1", "RuntimeClass", { metadata: { name: "pb-{u}" }, handler: "h", overhead: { podFixed: { cpu: "1" } } }],
        [priorities, "scheduling.k8s.io/v1", "PriorityClass", { metadata: { name: "pb-{u}" }, value: -7 }],
        [
          `${core}/limitranges`,
          "v1",
          "LimitRange",
          { metadata: { name: "pb" }, spec: { limits: [{ type: "Pod", max: { cpu: "2.50" } }] } },
        ],
        [
          `${core}/resourcequotas`,
          "v1",
          "ResourceQuota",
          {
            metadata: { name: "pb" },
            spec: {
              hard: { "requests.memory": "1000Ki" },
              scopeSelector: { matchExpressions: [{ scopeName: "NotBestEffort", operator: "Exists" }] },
            },
          },
        ],
        [
          nodes,
          "v1",
          "Node",
          { metadata: { name: "pb-{u}" }, spec: { taints: [{ key: "a", effect: "NoSchedule" }] }, status: { capacity: { cpu: "2000m" } } },
        ],
        [
          volumes,
          "v1",
          "PersistentVolume",
          {
            metadata: { name: "pb-{u}" },
            spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
          },
        ],
      ] as const
    ).flatMap(([path, apiVersion, kind, object]) => {
      const at = `${path}/${object.metadata.name}`;
      return [
        create(path, { apiVersion, kind, ...object }, { protobuf: { apiVersion, kind, ...object } as never, ...protobuf }),
        get(at, yaml),
        (answers: readonly { body: unknown }[]) => ({ method: "PUT", path: at, body: answers.at(-1)?.body, ...protobuf }),
        merge(at, { metadata: { annotations: { b: "c" } } }),
        applied(
          at,
          `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${object.metadata.name.replace("{u}", "'{u}'").replace(/^(.*)'\{u\}'$/, '"$1{u}"')}, labels: {x: y}}\n`,
          "yaml",
        ),
        get(at, { headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } }),
        table(at),
        get(`${path}?fieldSelector=metadata.name%3D${object.metadata.name}`, { ...protobuf }),
        remove(at, undefined, yaml),
      ];
    }),
  ),
  life(
    "applies to lists of these kinds",
    applied(
      `${accounts}/a`,
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nsecrets: [{name: x}, {name: y}]\nimagePullSecrets: [{name: p}]\n",
      "one",
    ),
    applied(
      `${accounts}/a`,
      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nsecrets: [{name: y}, {name: z}]\nimagePullSecrets: [{name: q}]\n",
      "two",
    ),
    applied(`${accounts}/a`, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nsecrets: [{name: x}, {name: x}]\n", "one"),
    applied(`${accounts}/a`, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nimagePullSecrets: [{}]\n", "one"),
    applied(`${accounts}/a`, "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n", "one"),
    applied(
      `${nodes}/ap-{u}`,
      'apiVersion: v1\nkind: Node\nmetadata: {name: "ap-{u}"}\nspec: {podCIDR: 10.0.0.0/24, podCIDRs: [10.0.0.0/24], taints: [{key: a, effect: NoSchedule}, {key: a, effect: NoExecute}]}\n',
      "one",
    ),
    applied(
      `${nodes}/ap-{u}`,
      'apiVersion: v1\nkind: Node\nmetadata: {name: "ap-{u}"}\nspec: {taints: [{key: b, effect: NoSchedule}]}\n',
      "two",
    ),
    applied(`${nodes}/ap-{u}`, 'apiVersion: v1\nkind: Node\nmetadata: {name: "ap-{u}"}\nspec: {podCIDRs: [fd00::/64]}\n', "two"),
    applied(
      `${nodes}/ap-{u}/status`,
      'apiVersion: v1\nkind: Node\nmetadata: {name: "ap-{u}"}\nstatus: {volumesInUse: [a], images: [{names: [x]}], volumesAttached: [{name: a, devicePath: b}]}\n',
      "one",
    ),
    applied(
      `${nodes}/ap-{u}/status`,
      'apiVersion: v1\nkind: Node\nmetadata: {name: "ap-{u}"}\nstatus: {images: [{names: [y]}], volumesInUse: [b]}\n',
      "two",
    ),
    applied(`${namespaces}/ap-{u}`, 'apiVersion: v1\nkind: Namespace\nmetadata: {name: "ap-{u}", finalizers: [a/b]}\n', "one"),
    applied(
      `${namespaces}/ap-{u}`,
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: "ap-{u}", finalizers: [c/d], ownerReferences: [{apiVersion: v1, kind: X, name: y, uid: z}]}\n',
      "two",
    ),
    applied(
      `${namespaces}/ap-{u}/status`,
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: "ap-{u}"}\nstatus: {phase: Active, conditions: [{type: A, status: "True"}]}\n',
      "two",
    ),
    applied(
      `${volumes}/ap-{u}`,
      'apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "ap-{u}"}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], mountOptions: [a, b], iscsi: {targetPortal: 1.2.3.4, iqn: "iqn.2001-04.com.example:a", lun: 0, portals: [x]}}\n',
      "one",
    ),
    applied(`${volumes}/ap-{u}`, 'apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: "ap-{u}"}\nspec: {mountOptions: [c]}\n', "two"),
    applied(
      `${storage}/storageclasses/ap-{u}`,
      'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: "ap-{u}"}\nprovisioner: x\nmountOptions: [a]\nallowedTopologies: [{matchLabelExpressions: [{key: a, values: [b]}]}]\n',
      "one",
    ),
    applied(
      `${storage}/storageclasses/ap-{u}`,
      'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: "ap-{u}"}\nprovisioner: x\nmountOptions: [b]\n',
      "two",
      "&force=true",
    ),
    applied(
      `${core}/limitranges/ap`,
      "apiVersion: v1\nkind: LimitRange\nmetadata: {name: ap}\nspec: {limits: [{type: Pod, max: {cpu: 1}}]}\n",
      "one",
    ),
    applied(
      `${core}/limitranges/ap`,
      "apiVersion: v1\nkind: LimitRange\nmetadata: {name: ap}\nspec: {limits: [{type: Container, max: {cpu: 1}}]}\n",
      "two",
    ),
    applied(
      `${dra}/namespaces/{ns}/resourceclaims/ap`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: ap}\nspec: {devices: {requests: [{name: a, firstAvailable: [{name: x, deviceClassName: c}]}]}}\n",
      "one",
    ),
    applied(
      `${dra}/namespaces/{ns}/resourceclaims/ap/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: ap}\nstatus: {reservedFor: [{resource: pods, name: a, uid: b}]}\n",
      "two",
    ),
    applied(
      `${dra}/namespaces/{ns}/resourceclaims/ap/status`,
      "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: ap}\nstatus: {allocation: {}, reservedFor: [{resource: pods, name: a, uid: b}, {resource: pods, name: c, uid: d}]}\n",
      "two",
    ),
    applied(
      `${requests}/ap-{u}`,
      'apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: "ap-{u}"}\nspec: {request: eA==, signerName: a.b/c, usages: [any]}\n',
      "one",
    ),
    applied(
      `${requests}/ap-{u}/approval`,
      'apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {name: "ap-{u}"}\nstatus: {conditions: [{type: Approved, status: "True"}]}\n',
      "one",
    ),
  ),
  life(
    "deletes with finalizers and policies of cluster kinds",
    ...(
      [
        [
          `${storage}/volumeattachments`,
          {
            metadata: { name: "fin-{u}", finalizers: ["example.com/a"] },
            spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "p" } },
          },
        ],
        [`${storage}/csinodes`, { metadata: { name: "fin-{u}", finalizers: ["example.com/a"] }, spec: { drivers: [] } }],
        [nodes, { metadata: { name: "fin-{u}", finalizers: ["example.com/a"] } }],
        [`${rbac}/clusterroles`, { metadata: { name: "fin-{u}", finalizers: ["example.com/a"] }, rules: [] }],
        [priorities, { metadata: { name: "fin-{u}", finalizers: ["example.com/a"] }, value: 1 }],
        [`${dra}/deviceclasses`, { metadata: { name: "fin-{u}", finalizers: ["example.com/a"] }, spec: {} }],
      ] as const
    ).flatMap(([path, object]) => [
      create(path, object),
      remove(`${path}/fin-{u}?dryRun=All`),
      remove(`${path}/fin-{u}`, { propagationPolicy: "Foreground", preconditions: { uid: "wrong" } }),
      remove(`${path}/fin-{u}`, { propagationPolicy: "Foreground" }),
      remove(`${path}/fin-{u}`, { propagationPolicy: "Orphan" }),
      create(path, object),
      edit(`${path}/fin-{u}`, ({ metadata }) => {
        metadata.finalizers = [...metadata.finalizers, "example.com/late"];
      }),
      json(`${path}/fin-{u}`, [{ op: "remove", path: "/metadata/deletionTimestamp" }]),
      json(`${path}/fin-{u}`, [{ op: "add", path: "/metadata/labels", value: { a: "b" } }]),
      json(`${path}/fin-{u}`, [{ op: "remove", path: "/metadata/finalizers/0" }]),
      merge(`${path}/fin-{u}?dryRun=All`, { metadata: { finalizers: [] } }),
      merge(`${path}/fin-{u}`, { metadata: { finalizers: [] } }),
      get(`${path}/fin-{u}`),
    ]),
  ),
  life(
    "pods bound and placed",
    create(nodes, { metadata: { name: "bind-{u}" } }),
    create(pods, pod("a")),
    create(`${pods}/a/binding`, { target: { kind: "Node", name: "bind-{u}" } }),
    create(`${pods}/a/binding`, { target: { kind: "Node", name: "bind-{u}" } }),
    create(`${pods}/a/binding`, { metadata: { name: "a" }, target: { kind: "Service", name: "" } }),
    create(pods, pod("b", { schedulingGates: [{ name: "x.y/z" }] })),
    create(`${pods}/b/binding`, { target: { kind: "Node", name: "bind-{u}" } }),
    create(pods, pod("c")),
    create(`${core}/bindings`, { metadata: { name: "c", annotations: { x: "y" } }, target: { name: "missing-node" } }),
    create(`${core}/bindings?dryRun=All`, { metadata: { name: "c" }, target: { name: "x" } }),
    create(`${core}/bindings`, { metadata: { name: "" }, target: {} }),
    create(`${pods}/missing/binding`, { target: { name: "x" } }),
    create(`${pods}/c/binding`, { metadata: { name: "c", uid: "wrong" }, target: { name: "x" } }),
    get(`${pods}?fieldSelector=spec.nodeName=bind-{u}`, { pick: (body) => (body as { items: unknown[] }).items.length }),
    table(pods),
    merge(`${pods}/a`, { spec: { nodeName: "other" } }),
    remove(`${nodes}/bind-{u}`),
    remove(`${pods}/a`),
    remove(`${pods}/a?gracePeriodSeconds=0`),
    patch("strategic", `${pods}/b`, { spec: { schedulingGates: [{ name: "x.y/z", $patch: "delete" }] } }),
    put(`${pods}/b/binding`, {}),
    get(`${pods}/b/binding`),
    manifest(
      `${pods}/b/binding`,
      "apiVersion: v1\nkind: Binding\nmetadata: {name: b}\ntarget: {apiVersion: v1, kind: Node, name: bind-{u}}\n",
    ),
    get(`${pods}/b`),
  ),
];

export default sequences;
