import { changed, create, put, remove, type Sequence } from "../sequences.ts";

const volumes = "/api/v1/persistentvolumes?dryRun=All";
const services = "/api/v1/namespaces/{ns}/services?dryRun=All";
const drivers = "/apis/storage.k8s.io/v1/csidrivers";

const volume = (source: object, annotations: object = {}) => ({
  metadata: { name: "warned-{u}", annotations },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source },
});
const hostPath = { path: "/a" };
const oldLabels = [
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "b" }] } };
const rangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";

const sequences: Sequence[] = [
  {
    name: "persistent volumes",
    steps: [
      create(volumes, volume({ hostPath }, { "volume.beta.kubernetes.io/storage-class": "x" })),
      create(volumes, volume({ hostPath }, { "volume.beta.kubernetes.io/mount-options": "ro" })),
      create(volumes, volume({ nfs: { server: "a", path: "/b" } }, { "volume.beta.kubernetes.io/mount-options": "ro" })),
      create(volumes, volume({ nfs: { server: "a", path: "/b" }, persistentVolumeReclaimPolicy: "Recycle" })),
      create(volumes, volume({ hostPath: { type: "x" } })),
      ...[
        { scaleIO: { gateway: "g", system: "s", volumeName: "v", secretRef: { name: "x" } } },
        { storageos: { volumeName: "v" } },
        { glusterfs: { endpoints: "e", path: "p" } },
        { cephfs: { monitors: ["m"] } },
        { rbd: { monitors: ["m"], image: "i" } },
        { photonPersistentDisk: { pdID: "x" } },
        { flocker: { datasetName: "x" } },
        { quobyte: { registry: "a:1", volume: "v" } },
        { azureDisk: { diskName: "a", diskURI: "/subscriptions/x", kind: "Managed" } },
      ].map((source) => create(volumes, volume(source))),
      ...oldLabels.map((key) => {
        const required = { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: ["x"] }] }] };
        return create(volumes, volume({ hostPath, nodeAffinity: { required } }));
      }),
    ],
  },
  {
    name: "labels of nodes that have another name",
    steps: oldLabels.flatMap((key) => [
      create("/apis/storage.k8s.io/v1/storageclasses?dryRun=All", {
        metadata: { name: "warned-{u}" },
        provisioner: "p",
        allowedTopologies: [{ matchLabelExpressions: [{ key, values: ["a"] }] }],
      }),
      create("/apis/node.k8s.io/v1/runtimeclasses?dryRun=All", {
        metadata: { name: "warned-{u}" },
        handler: "h",
        scheduling: { nodeSelector: { [key]: "a" } },
      }),
    ]),
  },
  {
    name: "drivers that ask for tokens",
    steps: [
      create(drivers, { metadata: { name: "warned-{u}" }, spec: { tokenRequests: [{ audience: "a" }] } }),
      ...[
        { tokenRequests: [{ audience: "b" }] },
        { tokenRequests: [] },
        { requiresRepublish: true },
        { serviceAccountTokenInSecrets: false, tokenRequests: [{ audience: "c" }] },
      ].map(
        (change) => (answers: Parameters<typeof changed>[0]) =>
          put(
            `${drivers}/warned-{u}?dryRun=All`,
            changed(answers, 0, ({ spec }) => Object.assign(spec, change)),
          ),
      ),
      remove(`${drivers}/warned-{u}`),
    ],
  },
  {
    name: "jobs and sets",
    steps: [
      create("/apis/batch/v1/namespaces/{ns}/jobs?dryRun=All", {
        metadata: { name: "a" },
        spec: {
          completionMode: "Indexed",
          completions: 100001,
          parallelism: 10001,
          template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } },
        },
      }),
      create("/apis/apps/v1/namespaces/{ns}/statefulsets?dryRun=All", {
        metadata: { name: "a" },
        spec: {
          revisionHistoryLimit: -1,
          selector: { matchLabels: { a: "b" } },
          template,
          volumeClaimTemplates: [
            {
              kind: "x",
              metadata: { name: "a" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1.5" }, limits: { storage: "100m" } } },
            },
          ],
        },
      }),
    ],
  },
  {
    name: "source ranges of services in an annotation",
    steps: ["", "  ", "10.0.0.0/8, 11.0.0.0/8", "10.0.0.0/8,x", "10.0.0.1/8"].flatMap((text) =>
      ["LoadBalancer", "ClusterIP"].flatMap((type) =>
        [undefined, ["10.0.0.0/8"]].map((loadBalancerSourceRanges) =>
          create(services, {
            metadata: { name: "a", annotations: { [rangesAnnotation]: text } },
            spec: { type, ports: [{ port: 1 }], ...(loadBalancerSourceRanges ? { loadBalancerSourceRanges } : {}) },
          }),
        ),
      ),
    ),
  },
];

export default sequences;
