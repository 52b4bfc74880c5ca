import { bases } from "../bases.ts";
import { reviewBases } from "../review-bases.ts";
import { create, get, patch, put, type Request, remove } from "../sequences.ts";
import { singleDamage } from "../single-damage.ts";
import { acts } from "./acts.ts";
import type { Dice } from "./dice.ts";
import { core, kindOf, pod, pods, rbac, type Scene, some } from "./scenes.ts";
import type { StoryStep } from "./story.ts";
import { condition } from "./story-kind.ts";

const storage = "/apis/storage.k8s.io/v1";
const devices = "/apis/resource.k8s.io/v1";

/** Objects that are of two kinds at once. */
function twins({ pick }: Dice): Scene {
  const [group, other] = pick([
    ["autoscaling/v1 HorizontalPodAutoscaler", "autoscaling/v2 HorizontalPodAutoscaler"],
    ["v1 Event", "events.k8s.io/v1 Event"],
  ] as const);
  const kinds = [kindOf(group), kindOf(other)];
  const [first] = kinds as [(typeof kinds)[0]];
  return { steps: [create(first.path, first.object)], kinds };
}

/** Addresses and ports that are asked for, given and given back. */
function allocations(dice: Dice): Scene {
  const { pick, random } = dice;
  const services = `${core}/services`;
  const address = `10.97.${100 + Math.floor(random() * 100)}.${1 + Math.floor(random() * 250)}`;
  const port = 30100 + Math.floor(random() * 2600);
  const some80 = pick([
    [{ port: 80 }],
    [{ port: 80, nodePort: port }],
    [
      { name: "a", port: 80 },
      { name: "b", port: 81, nodePort: port },
    ],
  ]);
  const type = pick(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]);
  const spec = {
    type,
    ports: some80,
    ...pick([{}, {}, { clusterIP: address }, { clusterIP: "None" }, { clusterIP: address, clusterIPs: [address] }]),
    ...pick([{}, {}, { externalTrafficPolicy: "Local" }, { ipFamilyPolicy: "PreferDualStack" }, { allocateLoadBalancerNodePorts: false }]),
    ...(type === "ExternalName" ? { externalName: "a.example.com" } : {}),
  };
  const later = some<StoryStep>(
    dice,
    0.5,
    create(services, { metadata: { name: "b" }, spec: { clusterIP: address, ports: [{ port: 80 }] } }),
    create(`${services}?dryRun=All`, { metadata: { name: "c" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: port }] } }),
    create(services, { metadata: { name: "b" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: port }] } }),
    create(services, { metadata: { name: "b" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: port, protocol: "UDP" }] } }),
    { edit: `${services}/a`, change: { spec: { type: pick(["ClusterIP", "NodePort", "LoadBalancer"]) } } },
    { edit: `${services}/a`, change: { spec: { type: "ExternalName", externalName: "x.y", clusterIP: "", clusterIPs: null } } },
    { edit: `${services}/a`, change: { spec: { ports: [{ port: 80, nodePort: pick([0, port, port + 1]) }] } } },
    { edit: `${services}/a`, change: { spec: { clusterIP: pick(["", address, "10.97.99.9"]), clusterIPs: null } } },
    put(`${services}/a`, { metadata: { name: "a" }, spec: { ...spec, type: pick(["ClusterIP", "NodePort"]) } }),
    patch("merge", `${services}/a`, {
      spec: { externalTrafficPolicy: pick(["Local", "Cluster", null]), healthCheckNodePort: pick([0, port + 2]) },
    }),
    patch("merge", `${services}/a`, { spec: { allocateLoadBalancerNodePorts: pick([true, false, null]) } }),
    get(`/apis/networking.k8s.io/v1/ipaddresses/${address}`),
    remove(`${services}/a`),
    create(services, { metadata: { name: "d" }, spec: { clusterIP: address, type: "NodePort", ports: [{ port: 80, nodePort: port }] } }),
    patch("apply", `${services}/e?fieldManager=x`, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "e" },
      spec: { type: "NodePort", clusterIP: address, ports: [{ port: 80, nodePort: port }] },
    }),
    remove(services),
    get(`/apis/networking.k8s.io/v1/ipaddresses/${address}`),
  );
  return { steps: [create(services, { metadata: { name: "a" }, spec }), ...later], kinds: [kindOf("v1 Service")] };
}

/** A claim, its volume and their classes. */
function claims(dice: Dice): Scene {
  const { pick } = dice;
  const claim = `${core}/persistentvolumeclaims/a`;
  const volume = "/api/v1/persistentvolumes/a-{u}";
  const size = (storage: string) => ({ resources: { requests: { storage } } });
  return {
    steps: [
      ...some<StoryStep>(
        dice,
        0.8,
        create(`${storage}/storageclasses`, {
          metadata: { name: "s-{u}" },
          provisioner: "example.com/a",
          ...pick([{}, { allowVolumeExpansion: true }, { allowVolumeExpansion: false }, { volumeBindingMode: "WaitForFirstConsumer" }]),
        }),
        create(`${storage}/volumeattributesclasses`, { metadata: { name: "g-{u}" }, driverName: "d.example.com", parameters: { a: "b" } }),
      ),
      create(`${core}/persistentvolumeclaims`, {
        metadata: { name: "a" },
        spec: {
          accessModes: pick([["ReadWriteOnce"], ["ReadWriteOncePod"], ["ReadOnlyMany", "ReadWriteMany"]]),
          ...size("1Gi"),
          storageClassName: pick(["s-{u}", "s-{u}", "none", ""]),
          ...pick([
            {},
            {},
            { volumeName: "a-{u}" },
            { volumeAttributesClassName: "g-{u}" },
            { dataSource: { kind: "PersistentVolumeClaim", name: "b" } },
          ]),
        },
      }),
      ...some<StoryStep>(
        dice,
        0.5,
        create("/api/v1/persistentvolumes", {
          metadata: { name: "a-{u}" },
          spec: {
            capacity: { storage: "1Gi" },
            accessModes: ["ReadWriteOnce"],
            storageClassName: "s-{u}",
            ...pick([{ csi: { driver: "d.example.com", volumeHandle: "h" } }, { hostPath: { path: "/a" } }, { local: { path: "/a" } }]),
            ...pick([{}, { claimRef: { namespace: "{ns}", name: "a" } }, { volumeAttributesClassName: "g-{u}" }]),
          },
        }),
        patch("merge", claim, { spec: { volumeName: "a-{u}" } }),
        patch("merge", claim, { spec: size("2Gi") }),
        patch("merge", `${claim}/status`, { status: { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] } }),
        patch("merge", claim, { spec: size(pick(["2Gi", "512Mi", "1Gi", "3Gi"])) }),
        patch("merge", `${claim}/status`, {
          status: {
            allocatedResources: { storage: pick(["2Gi", "3Gi"]) },
            allocatedResourceStatuses: { storage: pick(["ControllerResizeInProgress", "NodeResizeInfeasible", "x", "example.com/a"]) },
          },
        }),
        patch("merge", claim, { spec: size(pick(["1536Mi", "2Gi"])) }),
        patch("merge", claim, { spec: { volumeAttributesClassName: pick(["g-{u}", "", null, "h"]) } }),
        patch("merge", `${claim}/status`, {
          status: { modifyVolumeStatus: { status: pick(["Pending", "InProgress", "x"]), targetVolumeAttributesClassName: "g-{u}" } },
        }),
        patch("merge", claim, { spec: { accessModes: ["ReadOnlyMany"], storageClassName: pick(["s-{u}", "t"]) } }),
        patch("merge", `${volume}/status`, { status: { phase: pick(["Bound", "Available", "Released", "x"]) } }),
        patch("merge", volume, { spec: { claimRef: { uid: `<uid:${claim}>` }, persistentVolumeReclaimPolicy: "Retain" } }),
        patch("merge", volume, { spec: { volumeAttributesClassName: pick(["h", null]), nodeAffinity: null, mountOptions: ["x"] } }),
        create(`${storage}/volumeattachments`, {
          metadata: { name: "a-{u}" },
          spec: { attacher: "d.example.com", nodeName: "n", source: { persistentVolumeName: "a-{u}" } },
        }),
        patch("merge", `${storage}/volumeattachments/a-{u}/status`, {
          status: pick([
            { attached: true, attachmentMetadata: { a: "b" } },
            { attached: false, attachError: { message: "m", time: "2024-01-01T00:00:00Z", errorCode: 5 } },
            { detachError: { message: "m" } },
          ]),
        }),
        remove(claim),
        remove(volume),
        get(claim),
        remove(`${storage}/volumeattributesclasses/g-{u}`),
      ),
    ],
    kinds: [
      kindOf("v1 PersistentVolumeClaim"),
      kindOf(pick(["v1 PersistentVolume", "storage.k8s.io/v1 StorageClass", "storage.k8s.io/v1 VolumeAttachment"])),
    ],
  };
}

/** Classes that pods name. */
function classesOfPods(dice: Dice): Scene {
  const { pick } = dice;
  const classed = (name: string, spec: object) => {
    const plain = pod(name);
    return create(pods, { ...plain, spec: { ...plain.spec, ...spec } });
  };
  return {
    steps: [
      create("/apis/scheduling.k8s.io/v1/priorityclasses", {
        metadata: { name: "p-{u}" },
        value: pick([7, -5, 1000000000]),
        ...pick([{}, { preemptionPolicy: "Never" }]),
      }),
      create("/apis/node.k8s.io/v1/runtimeclasses", {
        metadata: { name: "r-{u}" },
        handler: "runc",
        ...pick([
          {},
          { overhead: { podFixed: { cpu: "10m", memory: "1Mi" } } },
          { scheduling: { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "a", operator: "Exists" }] } },
        ]),
      }),
      classed(
        "a",
        pick([{ priorityClassName: "p-{u}" }, { priorityClassName: "p-{u}", priority: 7 }, { priorityClassName: "none" }, { priority: 3 }]),
      ),
      classed(
        "b",
        pick([
          { runtimeClassName: "r-{u}" },
          { runtimeClassName: "r-{u}", overhead: { cpu: "10m" } },
          { runtimeClassName: "r-{u}", nodeSelector: { disk: "hdd" } },
          { runtimeClassName: "none" },
          { overhead: { cpu: "1" } },
        ]),
      ),
      classed("c", {
        priorityClassName: pick(["p-{u}", "system-cluster-critical", "system-node-critical"]),
        preemptionPolicy: pick(["Never", "PreemptLowerPriority"]),
      }),
      ...some<StoryStep>(
        dice,
        0.5,
        create(`${core}/resourcequotas`, {
          metadata: { name: "q" },
          spec: {
            hard: { pods: "1", ...pick([{}, { "requests.cpu": "1" }]) },
            scopeSelector: {
              matchExpressions: [
                pick([
                  { scopeName: "PriorityClass", operator: "In", values: ["p-{u}"] },
                  { scopeName: "PriorityClass", operator: "Exists" },
                  { scopeName: "CrossNamespacePodAffinity", operator: "Exists" },
                  { scopeName: "PriorityClass", operator: "NotIn", values: ["x"] },
                  { scopeName: "BestEffort", operator: "In", values: ["x"] },
                ]),
              ],
            },
          },
        }),
        patch("merge", `${core}/resourcequotas/q/status`, { status: { hard: { pods: "1" }, used: { pods: pick(["0", "1"]) } } }),
        classed("d", { priorityClassName: "p-{u}" }),
        classed("e", pick([{ activeDeadlineSeconds: 5 }, { runtimeClassName: "r-{u}" }])),
        get(`${core}/resourcequotas/q`),
        remove("/apis/scheduling.k8s.io/v1/priorityclasses/p-{u}"),
        classed("f", { priorityClassName: "p-{u}" }),
        patch("merge", `${pods}/b`, { spec: { tolerations: [{ key: "x", operator: "Exists" }] } }),
      ),
    ],
    kinds: [kindOf("v1 Pod"), kindOf(pick(["scheduling.k8s.io/v1 PriorityClass", "node.k8s.io/v1 RuntimeClass", "v1 ResourceQuota"]))],
  };
}

/** A claim of devices, its allocation and whom it is for. */
function allocatedDevices(dice: Dice): Scene {
  const { pick } = dice;
  const own = `${devices}/namespaces/{ns}/resourceclaims`;
  const status = `${own}/a/status`;
  const request = pick([
    { name: "r", exactly: { deviceClassName: "c.example.com" } },
    { name: "r", exactly: { deviceClassName: "c.example.com", allocationMode: "All" } },
    { name: "r", exactly: { deviceClassName: "c.example.com", count: 2, capacity: { requests: { memory: "1Gi" } } } },
    { name: "r", exactly: { deviceClassName: "c.example.com", adminAccess: true } },
    {
      name: "r",
      firstAvailable: [
        { name: "s", deviceClassName: "c.example.com" },
        { name: "t", deviceClassName: "d.example.com", count: 2 },
      ],
    },
  ]);
  const result = { request: pick(["r", "r", "r/s", "none"]), driver: "d.example.com", pool: "p", device: "x" };
  const allocation = {
    devices: {
      results: pick([
        [result],
        [result, result],
        [{ ...result, adminAccess: true }],
        [{ ...result, shareID: "2b7a5f2e-3c5f-4a8e-9a55-0d3f27a0b3c1" }],
      ]),
      ...pick([{}, { config: [{ source: "FromClaim", requests: ["r"], opaque: { driver: "d.example.com", parameters: { a: 1 } } }] }]),
    },
    ...pick([{}, { nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] } }]),
  };
  const consumer = (name: string, uid = `u-${name}`) => ({ resource: "pods", name, uid });
  return {
    steps: [
      create(own, {
        metadata: { name: "a" },
        spec: {
          devices: { requests: [request], ...pick([{}, { constraints: [{ requests: ["r"], matchAttribute: "d.example.com/a" }] }]) },
        },
      }),
      ...some<StoryStep>(
        dice,
        0.6,
        patch("merge", status, { status: { reservedFor: [consumer("p")] } }),
        patch("merge", status, { status: { allocation } }),
        patch("strategic", status, { status: { reservedFor: [consumer("p"), consumer("q")] } }),
        patch("merge", status, {
          status: {
            devices: [
              pick([
                { driver: "d.example.com", pool: "p", device: "x", conditions: [condition("Ready")], data: { a: 1 } },
                { driver: "d.example.com", pool: "p", device: "other" },
                {
                  driver: "d.example.com",
                  pool: "p",
                  device: "x",
                  networkData: { interfaceName: "eth0", ips: ["10.0.0.1/24", "10.0.0.1"], hardwareAddress: "m" },
                },
              ]),
            ],
          },
        }),
        patch("merge", status, { status: { allocation: { ...allocation, devices: { results: [{ ...result, device: "y" }] } } } }),
        patch("merge", `${own}/a`, { spec: { devices: { requests: [{ ...request, name: "z" }] } } }),
        patch("merge", status, { status: { allocation: null } }),
        patch("merge", status, { status: { reservedFor: pick([[], null, [consumer("p"), consumer("p")]]) } }),
        patch("merge", status, { status: { allocation: null, devices: null, reservedFor: null } }),
        patch("merge", status, {
          status: { reservedFor: Array.from({ length: pick([1, 256, 257]) }, (_, index) => consumer(`p${index}`)) },
        }),
        get(`${own}/a`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
        remove(`${own}/a`),
        create(pods, {
          ...pod("p"),
          spec: {
            ...pod("p").spec,
            resourceClaims: [pick([{ name: "g", resourceClaimName: "a" }, { name: "g", resourceClaimTemplateName: "t" }, { name: "g" }])],
          },
        }),
        patch("merge", `${pods}/p/status`, { status: { resourceClaimStatuses: [{ name: pick(["g", "h"]), resourceClaimName: "p-g-x" }] } }),
      ),
    ],
    kinds: [
      kindOf(`resource.k8s.io/v1 ${pick(["ResourceClaim", "ResourceClaim", "ResourceClaimTemplate", "DeviceClass", "ResourceSlice"])}`),
    ],
  };
}

/** A running pod whose resources and debug containers change. */
function runningPods(dice: Dice): Scene {
  const { pick } = dice;
  const resources = pick([
    {},
    { requests: { cpu: "100m", memory: "64Mi" } },
    { requests: { cpu: "1" }, limits: { cpu: "1", memory: "1Gi" } },
  ]);
  const plain = pod("a", { resources, ...pick([{}, { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }]) });
  const resize = (change: object) => ({ spec: { containers: [{ name: "main", resources: change }] } });
  const state = pick([{ running: { startedAt: "2024-01-01T00:00:00Z" } }, { waiting: { reason: "R" } }, { terminated: { exitCode: 1 } }]);
  return {
    steps: [
      create(pods, {
        ...plain,
        spec: { ...plain.spec, ...pick([{}, { nodeName: "n" }, { restartPolicy: "Never" }, { hostNetwork: true }]) },
      }),
      ...some<StoryStep>(
        dice,
        0.6,
        patch("merge", `${pods}/a/status`, {
          status: {
            phase: pick(["Running", "Failed"]),
            podIP: "10.0.0.5",
            podIPs: [{ ip: "10.0.0.5" }],
            hostIP: "10.0.0.1",
            containerStatuses: [{ name: "main", image: "nginx:1", imageID: "i", ready: true, restartCount: 0, state }],
          },
        }),
        patch("strategic", `${pods}/a/resize`, resize({ requests: { cpu: "200m" } })),
        patch(
          "strategic",
          `${pods}/a/resize`,
          resize({ limits: { memory: pick(["2Gi", "32Mi", "0"]) }, requests: { memory: pick(["64Mi", "3Gi"]) } }),
        ),
        patch(
          "strategic",
          `${pods}/a/resize`,
          resize(pick([{ requests: null, limits: null }, { requests: { "ephemeral-storage": "1Gi" } }, { claims: [{ name: "g" }] }])),
        ),
        patch("strategic", `${pods}/a`, resize({ requests: { cpu: "300m" } })),
        patch("strategic", `${pods}/a/ephemeralcontainers`, {
          spec: {
            ephemeralContainers: [
              {
                name: pick(["d", "main", "D"]),
                image: "b",
                ...pick([
                  {},
                  { targetContainerName: "none" },
                  { resources: { limits: { cpu: "1" } } },
                  { livenessProbe: {} },
                  { tty: true, stdin: true },
                ]),
              },
            ],
          },
        }),
        { edit: `${pods}/a`, at: "/ephemeralcontainers", change: { spec: { ephemeralContainers: [{ name: "e", image: "b" }] } } },
        { edit: `${pods}/a`, at: "/resize", change: resize({ requests: { cpu: "250m" } }) },
        patch("merge", `${pods}/a/status`, {
          status: { resize: "InProgress", conditions: [condition("PodResizePending"), condition("Ready", "x")] },
        }),
        patch("merge", `${pods}/a/status`, {
          status: { phase: "Pending", podIPs: [{ ip: "10.0.0.6" }, { ip: "fd00::1" }], qosClass: "Burstable", observedGeneration: 3 },
        }),
        patch("merge", `${pods}/a/status`, {
          status: {
            containerStatuses: [
              { name: "main", image: "x", imageID: "", ready: false, restartCount: 1, state: {}, allocatedResources: { cpu: "1" } },
            ],
            ephemeralContainerStatuses: [],
          },
        }),
        get(`${pods}/a`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
        remove(`${pods}/a`, pick([{ gracePeriodSeconds: 5 }, undefined])),
        patch("strategic", `${pods}/a/resize`, resize({ requests: { cpu: "1" } })),
        get(
          `${pods}?fieldSelector=${encodeURIComponent(pick(["status.phase=Running", "spec.nodeName=n", "status.podIP=10.0.0.5", "spec.hostNetwork=true", "spec.schedulerName!=default-scheduler", "status.nominatedNodeName=,spec.serviceAccountName=default"]))}`,
        ),
      ),
    ],
    kinds: [kindOf("v1 Pod")],
  };
}

/** A signing request of somebody, and what signers and approvers say. */
function signing(dice: Dice): Scene {
  const { pick } = dice;
  const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  const one = `${requests}/a-{u}`;
  const spec = bases.find(({ object }) => object.kind === "CertificateSigningRequest")?.object.spec as object;
  const approval = (type: string, status = "True") => ({ status: { conditions: [condition(type, status)] } });
  return {
    steps: [
      create(
        requests,
        {
          metadata: { name: "a-{u}", ...pick([{}, { labels: { app: "a" } }]) },
          spec: {
            ...spec,
            ...pick([
              {},
              {},
              { signerName: "kubernetes.io/kube-apiserver-client" },
              { signerName: "kubernetes.io/kubelet-serving" },
              { signerName: "kubernetes.io/legacy-unknown" },
              { usages: ["any", "any"] },
              { username: "me", groups: ["g"], uid: "u" },
            ]),
          },
          ...pick([{}, {}, approval("Approved")]),
        },
        pick([{}, { user: { name: "jane", groups: ["system:masters"] } }]),
      ),
      ...some<StoryStep>(
        dice,
        0.5,
        {
          edit: one,
          at: "/approval",
          change: approval(pick(["Approved", "Denied", "Failed", "X"]), pick(["True", "True", "False", "Unknown"])),
        },
        { edit: one, at: "/approval", change: { ...approval("Approved"), metadata: { labels: { x: "y" } }, spec: { usages: ["any"] } } },
        { edit: one, at: "/status", change: { status: { certificate: pick(["eA==", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==", null]) } } },
        { edit: one, at: "/status", change: approval(pick(["Failed", "Approved", "Other"])) },
        { edit: one, at: "/approval", change: { status: { conditions: [] } } },
        { edit: one, at: "/approval", change: { status: { conditions: [condition("Denied"), condition("Approved")] } } },
        patch("strategic", `${one}/approval`, approval("Denied")),
        patch("apply", `${one}/approval?fieldManager=x`, {
          apiVersion: "certificates.k8s.io/v1",
          kind: "CertificateSigningRequest",
          metadata: { name: "a-{u}" },
          ...approval("Approved"),
        }),
        patch("merge", one, { spec: { request: "eA==" }, metadata: { annotations: { a: "b" } } }),
        get(`${one}/approval`),
        get(one, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
        remove(one),
      ),
    ],
    kinds: [kindOf("certificates.k8s.io/v1 CertificateSigningRequest")],
  };
}

/** Questions that are answered and not kept. */
function reviews(dice: Dice): Scene {
  const { pick, chance, random } = dice;
  const users = [
    undefined,
    undefined,
    "jane",
    { name: "system:anonymous", groups: ["system:unauthenticated"] },
    { name: "x", groups: ["system:authenticated", "system:masters"] },
  ];
  const questions = Array.from({ length: 6 }, (): Request => {
    const base = pick(reviewBases);
    const user = pick(users);
    const { body } = chance(0.7) ? singleDamage(base, pick, random) : { body: base.object };
    const query = pick(["", "", "?dryRun=All", "?fieldValidation=Strict", "?pretty=true", "?fieldManager=x"]);
    const accept = pick([
      undefined,
      undefined,
      "application/yaml",
      "application/vnd.kubernetes.protobuf",
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    ]);
    return create(`${base.path}${query}`, body, { ...(user ? { user } : {}), ...(accept ? { headers: { accept } } : {}) });
  });
  return { steps: questions, kinds: [kindOf("v1 ServiceAccount")] };
}

/** Somebody who may do some things. */
function limitedUsers(dice: Dice): Scene {
  const { pick, chance } = dice;
  const kind = kindOf(
    pick(["v1 ConfigMap", "v1 Pod", "apps/v1 Deployment", "v1 Service", "v1 Secret", "v1 ServiceAccount", "batch/v1 Job"]),
  );
  const [group = "", version] = kind.object.apiVersion.includes("/") ? kind.object.apiVersion.split("/") : ["", kind.object.apiVersion];
  const resource = kind.path.slice(kind.path.lastIndexOf("/") + 1);
  const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"].filter(() => chance(0.4));
  const rule = {
    apiGroups: [group],
    resources: pick([[resource], [`${resource}/*`, resource], ["*"], ["*/status"], [`${resource}/status`]]),
    verbs: verbs.length > 0 ? verbs : ["get"],
    ...(chance(0.3) ? { resourceNames: pick([["a"], ["b", "a"]]) } : {}),
  };
  const user = pick([
    { name: "joe-{u}" },
    { name: "joe-{u}", groups: ["team-{u}", "system:authenticated"] },
    { name: "system:serviceaccount:{ns}:default", groups: ["system:serviceaccounts"] },
  ]);
  const subject = pick([
    { kind: "User", name: "joe-{u}" },
    { kind: "Group", name: "team-{u}" },
    { kind: "ServiceAccount", name: "default", namespace: "{ns}" },
  ]);
  const did = Array.from({ length: 9 }, () => acts(kind, dice)).flat();
  return {
    steps: [
      create(`${rbac}/namespaces/{ns}/roles`, { metadata: { name: "r" }, rules: [rule] }),
      create(`${rbac}/namespaces/{ns}/rolebindings`, {
        metadata: { name: "r" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
        subjects: [subject],
      }),
      create(kind.path, kind.object),
      ...did.map((step) => ("method" in step || "watch" in step ? { ...step, user } : step)),
      create(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {
          spec: {
            resourceAttributes: {
              namespace: "{ns}",
              verb: pick(["get", "patch", "list"]),
              group,
              version,
              resource,
              name: pick(["", "a", "c"]),
            },
          },
        },
        { user },
      ),
    ],
    kinds: [kind],
  };
}

/** Many objects that are read in pages, in all forms. */
function pages(dice: Dice): Scene {
  const { pick, chance } = dice;
  const kind = kindOf(
    pick([
      "v1 ConfigMap",
      "v1 Pod",
      "v1 Service",
      "apps/v1 ReplicaSet",
      "v1 Event",
      "batch/v1 Job",
      "v1 Secret",
      "discovery.k8s.io/v1 EndpointSlice",
      "coordination.k8s.io/v1 Lease",
    ]),
  );
  const made = ["a", "b", "c", "d", "e"].map((name, index) =>
    create(kind.path, { ...kind.object, metadata: { name, labels: { app: index % 2 ? "web" : "db", n: String(index) } } }),
  );
  const selector = chance(0.6)
    ? `&labelSelector=${encodeURIComponent(pick(["app=web", "app in (db)", "n!=1", "n notin (0,2)", "!x", "n>1", "app=web,n=3"]))}`
    : "";
  const field = chance(0.3)
    ? `&fieldSelector=${encodeURIComponent(pick(["metadata.name!=b", "metadata.name=c", ...(kind.fields ?? [])]))}`
    : "";
  const accept = pick([
    "application/json",
    "application/vnd.kubernetes.protobuf",
    "application/yaml",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  ]);
  const headers = { accept };
  const paged = (more: string) => get(`${kind.path}?${more}${selector}${field}`, { headers });
  return {
    steps: [
      ...made,
      paged(`limit=${pick([1, 2, 3])}`),
      ...some<StoryStep>(
        dice,
        0.5,
        remove(`${kind.path}/b`, { gracePeriodSeconds: 0 }),
        patch("merge", `${kind.path}/c`, { metadata: { labels: { app: "other" } } }),
        create(kind.path, { ...kind.object, metadata: { name: "bb", labels: { app: "web" } } }),
      ),
      paged(`limit=${pick([1, 2])}&continue=<continue>`),
      ...some<StoryStep>(
        dice,
        0.6,
        paged("continue=<continue>"),
        paged(`resourceVersion=<rv:${kind.path}/d>&resourceVersionMatch=Exact`),
        paged(`resourceVersion=<rv:${kind.path}/c>&limit=2`),
        paged(`resourceVersion=<rv:${kind.path}/b>&resourceVersionMatch=NotOlderThan&limit=1`),
        paged("resourceVersion=0&limit=1"),
        paged(`limit=1&continue=<continue>&resourceVersion=<rv:${kind.path}/a>`),
        {
          watch: `${kind.path}?watch=1&timeoutSeconds=1&resourceVersion=<rv:${kind.path}/a>${selector}${field}`,
          headers: accept.includes("yaml") ? {} : headers,
        },
        remove(`${kind.path}?limit=1${selector}${field}`),
        paged("limit=10"),
      ),
    ],
    kinds: [kind],
  };
}

/** Networks and addresses of services, of which nobody else knows. */
function serviceNetworks(dice: Dice): Scene {
  const { pick, random } = dice;
  const hex = () => Math.floor(random() * 0xffff).toString(16);
  const group = "/apis/networking.k8s.io/v1";
  const cidr = `fd00:${hex()}:${hex()}::/112`;
  const address = `10.97.${210 + Math.floor(random() * 40)}.${1 + Math.floor(random() * 250)}`;
  const network = `${group}/servicecidrs/a-{u}`;
  const parentRef = { group: "", resource: "services", namespace: "{ns}", name: "s" };
  return {
    steps: [
      create(`${group}/servicecidrs`, {
        metadata: { name: "a-{u}" },
        spec: { cidrs: pick([[cidr], [cidr], [cidr, cidr], ["10.0.0.1/24"], []]) },
      }),
      create(`${group}/ipaddresses`, {
        metadata: { name: pick([address, address, "10.097.0.1", "FD00::1", "x"]) },
        spec: pick([{ parentRef }, { parentRef }, {}, { parentRef: { name: "x" } }]),
      }),
      ...some<StoryStep>(
        dice,
        0.5,
        patch("merge", network, { spec: { cidrs: pick([[cidr], [], ["fd01::/112"]]) } }),
        patch("merge", network, { metadata: { labels: { a: "b" }, finalizers: ["example.com/x"] } }),
        patch("merge", `${network}/status`, { status: { conditions: [condition(pick(["Ready", "x y"]), pick(["True", "x"]))] } }),
        patch("strategic", `${network}/status`, { status: { conditions: [condition("Other")] } }),
        patch("merge", `${group}/ipaddresses/${address}`, { spec: { parentRef: { name: "t" } } }),
        patch("merge", `${group}/ipaddresses/${address}`, { metadata: { labels: { a: "b" } } }),
        create(`${core}/services`, { metadata: { name: "s" }, spec: { clusterIP: address, ports: [{ port: 80 }] } }),
        get(network, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
        get(`${group}/ipaddresses/${address}`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } }),
        get(`${group}/ipaddresses?fieldSelector=${encodeURIComponent(`metadata.name=${address}`)}`),
        remove(network),
        remove(`${group}/ipaddresses/${address}`),
      ),
    ],
    kinds: [kindOf("v1 Service")],
  };
}

export const lives: readonly ((dice: Dice) => Scene)[] = [
  twins,
  allocations,
  claims,
  classesOfPods,
  allocatedDevices,
  runningPods,
  signing,
  reviews,
  limitedUsers,
  pages,
  serviceNetworks,
];
