import { create, get, patch, put, type Request, remove, type Sequence } from "../sequences.ts";

const node = { name: "system:node:node-{u}", groups: ["system:nodes", "system:authenticated"] };
const ns = "/api/v1/namespaces/{ns}";
const resource = "/apis/resource.k8s.io/v1";
const storage = "/apis/storage.k8s.io/v1";

const own = (request: Request): Request => ({ ...request, user: node });
const ownGet = (path: string) => own(get(path));
/** Until the graph of the server has what was created before. */
const seen = (path: string, status = 200): Request => ({ ...ownGet(path), until: (answer) => answer.status === status });

const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { nodeName: "node-{u}", containers: [{ name: "a", image: "a" }], ...spec },
});

const used = {
  imagePullSecrets: [{ name: "pull" }],
  containers: [
    {
      name: "a",
      image: "a",
      env: [
        { name: "A", valueFrom: { secretKeyRef: { name: "env-key", key: "a" } } },
        { name: "B", valueFrom: { configMapKeyRef: { name: "map-key", key: "a" } } },
      ],
      envFrom: [{ secretRef: { name: "env-from" } }, { configMapRef: { name: "map-from" } }],
    },
  ],
  initContainers: [{ name: "i", image: "a", envFrom: [{ secretRef: { name: "init" } }] }],
  volumes: [
    { name: "secret", secret: { secretName: "volume" } },
    { name: "map", configMap: { name: "map" } },
    {
      name: "projected",
      projected: { sources: [{ secret: { name: "projected" } }, { configMap: { name: "map-projected" } }] },
    },
    { name: "csi", csi: { driver: "d", nodePublishSecretRef: { name: "csi" } } },
    { name: "claim", persistentVolumeClaim: { claimName: "claim" } },
    {
      name: "scratch",
      ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } },
    },
  ],
};

const volume = {
  metadata: { name: "volume-{u}" },
  spec: {
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    storageClassName: "x",
    claimRef: { namespace: "{ns}", name: "claim" },
    csi: {
      driver: "d",
      volumeHandle: "h",
      nodeStageSecretRef: { namespace: "{ns}", name: "stage" },
      nodePublishSecretRef: { namespace: "default", name: "publish-{u}" },
      nodeExpandSecretRef: { namespace: "{ns}", name: "expand" },
      controllerExpandSecretRef: { namespace: "{ns}", name: "controller" },
      controllerPublishSecretRef: { namespace: "{ns}", name: "controller-publish" },
    },
  },
};

const sequences: Sequence[] = [
  {
    name: "what its pods use",
    steps: [
      create(`${ns}/pods`, pod("web", used)),
      seen(`${ns}/pods/web`),
      ...["pull", "env-key", "env-from", "init", "volume", "projected", "csi", "other"].map((name) => ownGet(`${ns}/secrets/${name}`)),
      ...["map-key", "map-from", "map", "map-projected", "other"].map((name) => ownGet(`${ns}/configmaps/${name}`)),
      ...["claim", "web-scratch", "other"].map((name) => ownGet(`${ns}/persistentvolumeclaims/${name}`)),
      ownGet(`${ns}/serviceaccounts/default`),
      ownGet(`${ns}/serviceaccounts/other`),
      ownGet(`${ns}/serviceaccounts`),
      own(create(`${ns}/serviceaccounts/default/token`, {})),
      own(create(`${ns}/serviceaccounts/other/token`, {})),
      ownGet("/api/v1/namespaces/default/secrets/volume"),
      ownGet(`${ns}/secrets?fieldSelector=metadata.name%3Dvolume`),
      ownGet(`${ns}/secrets?fieldSelector=metadata.name%3Dother`),
      ownGet(`${ns}/secrets`),
      ownGet("/api/v1/secrets"),
      ownGet(`${ns}/configmaps?fieldSelector=metadata.name%3Dmap&watch=1&timeoutSeconds=1`),
      own(remove(`${ns}/secrets/volume`)),
      own(create(`${ns}/secrets`, { metadata: { name: "volume" } })),
      own(put(`${ns}/configmaps/map`, { metadata: { name: "map" } })),
      ownGet(`${ns}/secrets/volume/status`),
      ownGet(`${ns}/persistentvolumeclaims`),
      own(patch("merge", `${ns}/persistentvolumeclaims/claim/status`, {})),
      own(patch("merge", `${ns}/persistentvolumeclaims/other/status`, {})),
      ownGet(`${ns}/persistentvolumeclaims/claim/status`),
      own(patch("merge", `${ns}/persistentvolumeclaims/claim`, {})),
    ],
  },
  {
    name: "volumes of its pods' claims",
    steps: [
      create("/api/v1/persistentvolumes", volume),
      create("/api/v1/persistentvolumes", {
        ...volume,
        metadata: { name: "other-{u}" },
        spec: { ...volume.spec, claimRef: { namespace: "{ns}", name: "other" } },
      }),
      create(`${ns}/pods`, pod("web", used)),
      seen("/api/v1/persistentvolumes/volume-{u}"),
      ownGet("/api/v1/persistentvolumes/other-{u}"),
      ownGet("/api/v1/persistentvolumes"),
      ownGet("/api/v1/persistentvolumes/volume-{u}/status"),
      ...["stage", "expand", "controller", "controller-publish", "publish-{u}"].map((name) => ownGet(`${ns}/secrets/${name}`)),
      ownGet("/api/v1/namespaces/default/secrets/publish-{u}"),
      ownGet("/api/v1/namespaces/default/secrets/other-{u}"),
      remove(`${ns}/pods/web`, { gracePeriodSeconds: 0 }),
      seen("/api/v1/persistentvolumes/volume-{u}", 403),
      ownGet(`${ns}/secrets/stage`),
    ],
  },
  {
    name: "pods",
    steps: [
      create(`${ns}/pods`, pod("web")),
      create(`${ns}/pods`, pod("elsewhere", { nodeName: "other-{u}" })),
      seen(`${ns}/pods/web`),
      ownGet(`${ns}/pods/elsewhere`),
      ownGet(`${ns}/pods/nothing`),
      ownGet(`${ns}/pods/web/status`),
      ownGet(`${ns}/pods/web/log`),
      own(create(`${ns}/pods/web/exec`, {})),
      ownGet(`${ns}/pods`),
      ownGet("/api/v1/pods"),
      ownGet("/api/v1/pods?fieldSelector=spec.nodeName%3Dother-{u}"),
      ownGet("/api/v1/pods?fieldSelector=spec.nodeName!%3Dnode-{u}"),
      { ...ownGet("/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-{u}"), pick: (body) => (body as { items: object[] }).items.length },
      {
        ...ownGet(`${ns}/pods?fieldSelector=metadata.namespace%3D{ns},spec.nodeName%3D%3Dnode-{u}`),
        pick: (body) => (body as { items: object[] }).items.length,
      },
      ownGet(`${ns}/pods?fieldSelector=metadata.name%3Dnothing`),
      { ...ownGet(`${ns}/pods?fieldSelector=metadata.name%3Dweb`), pick: (body) => (body as { items: object[] }).items.length },
      ownGet("/api/v1/pods?fieldSelector=metadata.name%3Dweb"),
      ownGet(`${ns}/pods?fieldSelector=nonsense`),
      own(remove(`${ns}/pods`)),
      own(patch("merge", `${ns}/pods/web`, { metadata: { labels: { a: "b" } } })),
      own(put(`${ns}/pods/web/ephemeralcontainers`, {})),
      own(create(`${ns}/pods`, pod("mirror", {}, { annotations: { "kubernetes.io/config.mirror": "a" } }))),
      own(patch("merge", `${ns}/pods/web/status`, { status: { phase: "Running" } })),
      own(remove(`${ns}/pods/nothing`)),
    ],
  },
  {
    name: "its own objects",
    steps: [
      ownGet("/api/v1/nodes"),
      ownGet("/api/v1/nodes/node-{u}"),
      ownGet("/api/v1/nodes/other-{u}"),
      ownGet("/api/v1/nodes?fieldSelector=metadata.name%3Dnode-{u}"),
      ownGet("/api/v1/nodes?fieldSelector=metadata.name%3Dother-{u}"),
      own(create("/api/v1/nodes", { metadata: { name: "node-{u}" } })),
      own(patch("merge", "/api/v1/nodes/node-{u}/status", { status: { phase: "Running" } })),
      own(patch("merge", "/api/v1/nodes/node-{u}", { metadata: { annotations: { a: "b" } } })),
      ownGet("/api/v1/nodes/node-{u}/status"),
      ownGet("/api/v1/nodes/node-{u}/proxy"),
      own(remove("/api/v1/nodes/node-{u}")),
      own(remove("/api/v1/nodes")),
      ownGet("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"),
      ownGet("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-{u}"),
      ownGet("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/other-{u}"),
      ownGet("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/node-{u}"),
      own(create("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases", { metadata: { name: "node-{u}" } })),
      ownGet(`${storage}/csinodes`),
      ownGet(`${storage}/csinodes/node-{u}`),
      ownGet(`${storage}/csinodes/other-{u}`),
      own(create(`${storage}/csinodes`, { metadata: { name: "node-{u}" }, spec: { drivers: [] } })),
      own(remove(`${storage}/csinodes/other-{u}`)),
      ownGet(`${storage}/csinodes/node-{u}/status`),
      ownGet("/apis/certificates.k8s.io/v1/certificatesigningrequests/x"),
      ownGet("/apis/certificates.k8s.io/v1beta1/podcertificaterequests"),
      ownGet("/apis/certificates.k8s.io/v1beta1/clustertrustbundles"),
      own(create("/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval", {})),
      own(remove("/apis/certificates.k8s.io/v1/certificatesigningrequests/x")),
      ownGet(`${ns}/services/x`),
      ownGet(`${ns}/endpoints/x`),
      ownGet(`${ns}/endpoints`),
      ownGet(`${ns}/events`),
      ownGet("/apis/node.k8s.io/v1/runtimeclasses/x"),
      ownGet(`${storage}/csidrivers/x`),
      ownGet(`${storage}/storageclasses/x`),
      ownGet("/apis/apps/v1/deployments"),
      ownGet("/api/v1/namespaces/{ns}"),
      ownGet("/api/v1/namespaces"),
      own(create("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "x" } })),
      own(
        create(
          "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
          { spec: { namespace: "{ns}" } },
          { pick: (body) => (body as { status: { incomplete: boolean; evaluationError: string } }).status.evaluationError },
        ),
      ),
      { ...get("/api/v1/nodes"), user: { name: "system:node:", groups: ["system:nodes"] } },
      { ...get("/api/v1/nodes/node-{u}"), user: "system:node:node-{u}" },
      { ...get("/api/v1/nodes/node-{u}"), user: { name: "node-{u}", groups: ["system:nodes"] } },
    ],
  },
  {
    name: "attachments, claims and slices of devices",
    steps: [
      create(`${storage}/volumeattachments`, {
        metadata: { name: "mine-{u}" },
        spec: { attacher: "d", nodeName: "node-{u}", source: { persistentVolumeName: "v" } },
      }),
      create(`${storage}/volumeattachments`, {
        metadata: { name: "other-{u}" },
        spec: { attacher: "d", nodeName: "other-{u}", source: { persistentVolumeName: "v" } },
      }),
      seen(`${storage}/volumeattachments/mine-{u}`),
      ownGet(`${storage}/volumeattachments/other-{u}`),
      ownGet(`${storage}/volumeattachments/nothing-{u}`),
      ownGet(`${storage}/volumeattachments`),
      ownGet(`${storage}/volumeattachments/mine-{u}/status`),
      own(remove(`${storage}/volumeattachments/mine-{u}`)),
      create(`${resource}/resourceslices`, {
        metadata: { name: "mine-{u}" },
        spec: { driver: "d.example.com", nodeName: "node-{u}", pool: { name: "p-{u}", generation: 1, resourceSliceCount: 1 } },
      }),
      create(`${resource}/resourceslices`, {
        metadata: { name: "other-{u}" },
        spec: { driver: "d.example.com", nodeName: "other-{u}", pool: { name: "q-{u}", generation: 1, resourceSliceCount: 1 } },
      }),
      seen(`${resource}/resourceslices/mine-{u}`),
      ownGet(`${resource}/resourceslices/other-{u}`),
      ownGet(`${resource}/resourceslices`),
      ownGet(`${resource}/resourceslices?fieldSelector=spec.nodeName%3Dother-{u}`),
      {
        ...ownGet(`${resource}/resourceslices?fieldSelector=spec.nodeName%3Dnode-{u}`),
        pick: (body) => (body as { items: object[] }).items.length,
      },
      ownGet(`${resource}/resourceslices/mine-{u}/status`),
      own(remove(`${resource}/resourceslices/other-{u}`)),
      own(remove(`${resource}/resourceslices`)),
      own(
        create(`${resource}/resourceslices`, {
          metadata: { name: "third-{u}" },
          spec: { driver: "d.example.com", nodeName: "other-{u}", pool: { name: "r-{u}", generation: 1, resourceSliceCount: 1 } },
        }),
      ),
      own(remove(`${resource}/resourceslices/mine-{u}`)),
      create(`${ns}/pods`, pod("web", { resourceClaims: [{ name: "gpu", resourceClaimName: "direct" }] })),
      seen(`${ns}/pods/web`),
      ownGet(`${resource}/namespaces/{ns}/resourceclaims/direct`),
      ownGet(`${resource}/namespaces/{ns}/resourceclaims/other`),
      ownGet(`${resource}/namespaces/{ns}/resourceclaims`),
      ownGet(`${resource}/deviceclasses`),
    ],
  },
];

export default sequences;
