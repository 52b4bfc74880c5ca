import { bases } from "../bases.ts";
import { policyBases } from "../policy-bases.ts";
import { richClusterBases } from "../rich-bases.ts";
import { admissionExtras } from "./admission.ts";
import { condition, type KindExtra, type StoryKind } from "./story-kind.ts";
import { workloads } from "./workloads.ts";

const labels = { app: "web" };
const selector = { matchLabels: labels };

/** By version and kind. */
const extras: Readonly<Record<string, KindExtra>> = {
  ...workloads,
  ...admissionExtras,
  "v1 ConfigMap": {
    rest: { data: { a: "1" } },
    changes: [
      { data: { a: "2" } },
      { data: { a: null, b: "2" } },
      { immutable: true },
      { immutable: false },
      { data: { "bad key": "x" } },
      { data: { a: 1 } },
      { binaryData: { a: "eA==" } },
      { binaryData: { c: "eA==" } },
      { binaryData: { c: "?" } },
      { data: null },
      { extra: 1 },
    ],
    strategic: [
      { data: { $patch: "replace", z: "1" } },
      { $patch: "delete" },
      { data: { $patch: "delete" } },
      { $retainKeys: ["data"], data: { a: "1" } },
    ],
  },
  "v1 Secret": {
    rest: { stringData: { a: "1" } },
    changes: [
      { stringData: { b: "2" } },
      { data: { a: "eA==" } },
      { type: "kubernetes.io/tls" },
      { immutable: true },
      { data: { a: null } },
      { data: { a: "?" } },
      { stringData: { "bad key": "" } },
      { type: "" },
    ],
    fields: ["type=Opaque", "type!=Opaque", "metadata.name=a"],
  },
  "v1 Service": {
    rest: { spec: { selector: labels, ports: [{ name: "web", port: 80 }] } },
    changes: [
      { spec: { type: "NodePort" } },
      { spec: { type: "LoadBalancer" } },
      { spec: { type: "ClusterIP" } },
      { spec: { type: "ExternalName", externalName: "a.example.com" } },
      { spec: { type: "ExternalName", externalName: "a.example.com", clusterIP: null, clusterIPs: null, ports: null } },
      { spec: { clusterIP: "None", clusterIPs: ["None"] } },
      { spec: { clusterIP: "" } },
      { spec: { clusterIP: "10.97.300.1" } },
      { spec: { clusterIP: "10.0.0.1" } },
      {
        spec: {
          ports: [
            { name: "web", port: 80 },
            { name: "tls", port: 443, targetPort: "tls" },
          ],
        },
      },
      { spec: { ports: [{ port: 80 }, { port: 81 }] } },
      { spec: { ports: [{ name: "web", port: 80, protocol: "UDP" }] } },
      { spec: { ports: [{ name: "web", port: 0 }] } },
      { spec: { ports: [] } },
      { spec: { ports: [{ name: "web", port: 80, nodePort: 80 }] } },
      {
        spec: {
          ports: [
            { name: "a", port: 80 },
            { name: "a", port: 81 },
          ],
        },
      },
      { spec: { sessionAffinity: "ClientIP" } },
      { spec: { sessionAffinity: "None" } },
      { spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } } },
      { spec: { externalTrafficPolicy: "Local" } },
      { spec: { internalTrafficPolicy: "Local" } },
      { spec: { ipFamilyPolicy: "PreferDualStack" } },
      { spec: { ipFamilyPolicy: "RequireDualStack" } },
      { spec: { ipFamilies: ["IPv6"] } },
      { spec: { loadBalancerClass: "example.com/lb" } },
      { spec: { loadBalancerSourceRanges: ["10.0.0.0/8"] } },
      { spec: { allocateLoadBalancerNodePorts: false } },
      { spec: { publishNotReadyAddresses: true } },
      { spec: { externalIPs: ["1.2.3.4", "127.0.0.1"] } },
      { spec: { trafficDistribution: "PreferClose" } },
      { spec: { selector: null } },
      { spec: { healthCheckNodePort: 31000 } },
    ],
    strategic: [
      { spec: { ports: [{ port: 443, name: "tls" }] } },
      { spec: { ports: [{ port: 80, $patch: "delete" }] } },
      { spec: { "$setElementOrder/ports": [{ port: 443 }, { port: 80 }] } },
      { spec: { ports: [{ port: 80, targetPort: 8080 }] } },
    ],
    statuses: [
      { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } },
      { status: { loadBalancer: { ingress: [{ hostname: "a b" }] } } },
      { status: { conditions: [condition("A")] } },
      { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ipMode: "Proxy", ports: [{ port: 80, protocol: "TCP" }] }] } } },
    ],
    fields: ["spec.type=ClusterIP", "spec.clusterIP=None", "spec.x=y"],
  },
  "v1 ServiceAccount": {
    rest: {},
    changes: [
      { automountServiceAccountToken: false },
      { imagePullSecrets: [{ name: "s" }] },
      { secrets: [{ name: "a" }, { name: "b" }] },
      { secrets: null },
    ],
  },
  "v1 Node": {
    rest: {},
    changes: [
      { spec: { unschedulable: true } },
      { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } },
      { spec: { taints: [{ key: "a", effect: "x" }] } },
      {
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "a", effect: "NoSchedule", value: "b" },
          ],
        },
      },
      { spec: { podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] } },
      { spec: { podCIDR: "10.2.0.0/24" } },
      { spec: { providerID: "x" } },
      { spec: { providerID: "y" } },
      { spec: { unschedulable: null } },
    ],
    strategic: [{ spec: { taints: [{ key: "b", effect: "NoExecute" }] } }, { spec: { taints: [{ key: "a", $patch: "delete" }] } }],
    statuses: [
      { status: { capacity: { cpu: "4", memory: "8Gi", pods: "110" }, allocatable: { cpu: "3" } } },
      { status: { conditions: [condition("Ready")] } },
      {
        status: {
          addresses: [
            { type: "InternalIP", address: "10.0.0.1" },
            { type: "InternalIP", address: "10.0.0.1" },
          ],
        },
      },
      { status: { capacity: { cpu: "-1" } } },
      { status: { nodeInfo: { kubeletVersion: "v1" } } },
      { status: { phase: "Running" } },
    ],
    fields: ["spec.unschedulable=true", "metadata.name=a-{u}"],
  },
  "v1 Namespace": {
    rest: {},
    changes: [
      { spec: { finalizers: ["example.com/x"] } },
      { spec: { finalizers: null } },
      { metadata: { labels: { "kubernetes.io/metadata.name": "other" } } },
      { metadata: { labels: { "pod-security.kubernetes.io/enforce": "x" } } },
    ],
    statuses: [{ status: { phase: "Terminating" } }, { status: { conditions: [condition("A")] } }],
    fields: ["status.phase=Active", "name=a-{u}", "status.phase!=Active"],
  },
  "v1 PersistentVolume": {
    rest: { spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], nfs: { server: "s", path: "/p" } } },
    changes: [
      { spec: { capacity: { storage: "2Gi" } } },
      { spec: { persistentVolumeReclaimPolicy: "Delete" } },
      { spec: { persistentVolumeReclaimPolicy: "Recycle" } },
      { spec: { claimRef: { namespace: "{ns}", name: "c" } } },
      { spec: { claimRef: null } },
      { spec: { nfs: { server: "t" } } },
      { spec: { accessModes: ["ReadWriteMany", "ReadOnlyMany"] } },
      { spec: { accessModes: [] } },
      { spec: { storageClassName: "x" } },
      { spec: { volumeMode: "Block" } },
      { spec: { hostPath: { path: "/a" } } },
      { spec: { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] } } } },
      { spec: { mountOptions: ["ro"] } },
      { spec: { volumeAttributesClassName: "x" } },
    ],
    statuses: [
      { status: { phase: "Bound" } },
      { status: { phase: "Failed", message: "m", reason: "R" } },
      { status: { lastPhaseTransitionTime: null } },
    ],
  },
  "v1 PersistentVolumeClaim": {
    rest: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    changes: [
      { spec: { resources: { requests: { storage: "2Gi" } } } },
      { spec: { volumeName: "v" } },
      { spec: { storageClassName: "x" } },
      { spec: { storageClassName: "" } },
      { spec: { accessModes: ["ReadWriteMany"] } },
      { spec: { volumeMode: "Block" } },
      { spec: { dataSource: { kind: "PersistentVolumeClaim", name: "b" } } },
      { spec: { dataSourceRef: { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" } } },
      { spec: { selector: { matchLabels: { a: "b" } } } },
      { spec: { volumeAttributesClassName: "g" } },
      { spec: { resources: { requests: { storage: "0" } } } },
    ],
    statuses: [
      { status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } } },
      { status: { capacity: { storage: "-1" } } },
      { status: { conditions: [condition("Resizing")] } },
      { status: { allocatedResources: { storage: "2Gi" }, allocatedResourceStatuses: { storage: "ControllerResizeInProgress" } } },
      { status: { phase: "Lost" } },
    ],
  },
  "v1 LimitRange": {
    rest: { spec: { limits: [{ type: "Container", default: { cpu: "2" }, max: { cpu: "3" } }] } },
    changes: [
      { spec: { limits: [{ type: "Pod", max: { memory: "1Gi" }, min: { memory: "2Gi" } }] } },
      { spec: { limits: [] } },
      { spec: { limits: [{ type: "Container", defaultRequest: { cpu: "5" }, default: { cpu: "1" } }] } },
      { spec: { limits: [{ type: "PersistentVolumeClaim", max: { storage: "1Gi" } }] } },
      { spec: { limits: [{ type: "PersistentVolumeClaim" }] } },
    ],
  },
  "v1 ResourceQuota": {
    rest: { spec: { hard: { pods: "2" } } },
    changes: [
      { spec: { hard: { configmaps: "1" } } },
      { spec: { scopes: ["BestEffort"] } },
      { spec: { hard: { "requests.cpu": "2", "count/deployments.apps": "1" } } },
      { spec: { hard: { x: "1" } } },
      { spec: { hard: { pods: "-1" } } },
      { spec: { hard: { pods: "1.5" } } },
    ],
    statuses: [
      { status: { hard: { pods: "2" }, used: { pods: "1" } } },
      { status: { used: { pods: "x" } } },
      { status: { used: { pods: "-1" } } },
    ],
  },
  "v1 Endpoints": {
    rest: { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] },
    changes: [
      { subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 80 }] }] },
      { subsets: null },
      {
        subsets: [
          {
            addresses: [{ ip: "10.0.0.2" }, { ip: "10.0.0.1" }],
            notReadyAddresses: [{ ip: "10.0.0.2" }],
            ports: [
              { name: "b", port: 81 },
              { name: "a", port: 80 },
            ],
          },
        ],
      },
      { subsets: [{ ports: [{ port: 80 }] }] },
    ],
  },
  "v1 Event": {
    rest: { involvedObject: { kind: "Pod", namespace: "{ns}", name: "p" }, reason: "R", type: "Normal" },
    changes: [
      { count: 2, lastTimestamp: "2024-01-01T00:00:05Z" },
      { series: { count: 2, lastObservedTime: "2024-01-01T00:00:05.000000Z" } },
      { type: "Odd" },
      { message: "m" },
      { involvedObject: { namespace: "other" } },
      { reason: "S" },
      { reportingComponent: "c", reportingInstance: "i", action: "a" },
    ],
    fields: ["involvedObject.name=p", "reason=R,type=Normal", "type!=Normal", "involvedObject.kind=Pod,reason!=S", "source=x"],
  },
  "apps/v1 ControllerRevision": {
    rest: { revision: 1, data: { a: 1 } },
    changes: [{ revision: 2 }, { revision: -1 }, { data: { a: 2 } }, { data: null }],
  },
  "autoscaling/v2 HorizontalPodAutoscaler": {
    rest: { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" } } },
    changes: [
      { spec: { minReplicas: 0 } },
      { spec: { minReplicas: 5 } },
      { spec: { maxReplicas: 10, minReplicas: 2 } },
      { spec: { metrics: [{ type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } }] } },
      { spec: { metrics: [{ type: "External", external: { metric: { name: "q" }, target: { type: "Value", value: "10" } } }] } },
      {
        spec: {
          metrics: [{ type: "Pods", pods: { metric: { name: "q", selector }, target: { type: "AverageValue", averageValue: "1" } } }],
        },
      },
      { spec: { metrics: [{ type: "Resource" }] } },
      { spec: { metrics: [] } },
      { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } } },
      { spec: { behavior: { scaleUp: { selectPolicy: "Disabled", tolerance: "0.1" } } } },
      { spec: { behavior: null } },
      { spec: { scaleTargetRef: { name: "" } } },
      { spec: { scaleTargetRef: { kind: "ReplicaSet" } } },
    ],
    statuses: [
      { status: { currentReplicas: 1, desiredReplicas: 2 } },
      { status: { currentReplicas: -1, desiredReplicas: 2 } },
      { status: { conditions: [condition("ScalingActive")], desiredReplicas: 1 } },
      {
        status: {
          desiredReplicas: 1,
          currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 10, averageValue: "5m" } } }],
        },
      },
    ],
  },
  "policy/v1 PodDisruptionBudget": {
    rest: { spec: { minAvailable: 1, selector } },
    changes: [
      { spec: { minAvailable: "50%" } },
      { spec: { minAvailable: null, maxUnavailable: 1 } },
      { spec: { maxUnavailable: "10%" } },
      { spec: { minAvailable: "x" } },
      { spec: { minAvailable: -1 } },
      { spec: { selector: null } },
      { spec: { selector: { matchLabels: null } } },
      { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } },
      { spec: { unhealthyPodEvictionPolicy: "x" } },
    ],
    strategic: [{ spec: { selector: { $patch: "replace", matchLabels: { a: "b" } } } }],
    statuses: [
      { status: { disruptionsAllowed: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 } },
      { status: { disruptionsAllowed: -1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 } },
      {
        status: {
          conditions: [condition("DisruptionAllowed")],
          currentHealthy: 1,
          desiredHealthy: 1,
          disruptionsAllowed: 0,
          expectedPods: 1,
        },
      },
    ],
  },
  "networking.k8s.io/v1 Ingress": {
    rest: {
      spec: {
        rules: [
          {
            host: "a.example.com",
            http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }] },
          },
        ],
      },
    },
    changes: [
      { spec: { ingressClassName: "nginx" } },
      { spec: { ingressClassName: "" } },
      { spec: { tls: [{ hosts: ["a.example.com"], secretName: "t" }] } },
      { spec: { tls: [{ hosts: ["*.*.com"] }] } },
      { spec: { rules: null } },
      { spec: { rules: null, defaultBackend: { service: { name: "s", port: { name: "web" } } } } },
      { spec: { rules: [{ host: "1.2.3.4" }] } },
      { spec: { rules: [{ http: { paths: [] } }] } },
      {
        spec: {
          rules: [
            { http: { paths: [{ path: "a", pathType: "Exact", backend: { service: { name: "s", port: { number: 80, name: "x" } } } }] } },
          ],
        },
      },
      { metadata: { annotations: { "kubernetes.io/ingress.class": "nginx" } } },
      { spec: { defaultBackend: { resource: { kind: "Bucket", name: "b" } } } },
    ],
    statuses: [
      { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } },
      { status: { loadBalancer: { ingress: [{ ip: "x", hostname: "a" }] } } },
    ],
  },
  "networking.k8s.io/v1 NetworkPolicy": {
    rest: { spec: { podSelector: {} } },
    changes: [
      { spec: { policyTypes: ["Egress"] } },
      { spec: { policyTypes: ["X"] } },
      { spec: { ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }] }] } },
      { spec: { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] }] } },
      { spec: { egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: "web", endPort: 90 }] }] } },
      { spec: { egress: [{ ports: [{ port: 80, endPort: 70 }] }] } },
      { spec: { ingress: [{}] } },
      { spec: { ingress: null, policyTypes: null } },
    ],
  },
  "rbac.authorization.k8s.io/v1 Role": {
    rest: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    changes: [
      { rules: [] },
      { rules: null },
      { rules: [{ apiGroups: [""], resources: ["pods"] }] },
      { rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }] },
      { rules: [{ apiGroups: ["apps"], resources: ["deployments", "deployments/scale"], verbs: ["*"], resourceNames: ["a"] }] },
      { rules: [{ resources: ["pods"], verbs: ["get"] }] },
    ],
  },
  "rbac.authorization.k8s.io/v1 RoleBinding": {
    rest: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" },
      subjects: [{ kind: "ServiceAccount", name: "sa" }],
    },
    changes: [
      { roleRef: { name: "b" } },
      { subjects: [{ kind: "User", name: "jane" }] },
      { subjects: null },
      { subjects: [{ kind: "ServiceAccount", name: "sa", namespace: "{ns}" }] },
      { subjects: [{ kind: "X", name: "a" }] },
      { subjects: [{ kind: "Group", name: "" }] },
    ],
  },
  "coordination.k8s.io/v1 Lease": {
    rest: { spec: { holderIdentity: "x", leaseDurationSeconds: 5 } },
    changes: [
      { spec: { holderIdentity: "" } },
      { spec: { leaseDurationSeconds: 0 } },
      { spec: { renewTime: "2024-01-01T00:00:00.000000Z" } },
      { spec: { renewTime: "2024-01-01T00:00:00Z" } },
      { spec: { leaseTransitions: -1 } },
      { spec: { strategy: "OldestEmulationVersion" } },
      { spec: { strategy: "OldestEmulationVersion", preferredHolder: "y" } },
      { spec: null },
    ],
  },
  "discovery.k8s.io/v1 EndpointSlice": {
    rest: { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 80 }] },
    changes: [
      { addressType: "IPv6" },
      { endpoints: [{ addresses: ["x"] }] },
      {
        endpoints: [
          {
            addresses: ["10.0.0.1", "10.0.0.2"],
            conditions: { ready: false, serving: true },
            nodeName: "n",
            zone: "z",
            hints: { forZones: [{ name: "z" }] },
          },
        ],
      },
      { endpoints: [] },
      { endpoints: null },
      {
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      },
      { ports: [{ name: "A_B" }] },
      { metadata: { labels: { "kubernetes.io/service-name": "s" } } },
      { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] },
    ],
  },
  "scheduling.k8s.io/v1 PriorityClass": {
    rest: { value: 5 },
    changes: [{ value: 6 }, { description: "d" }, { preemptionPolicy: "Never" }, { preemptionPolicy: "x" }, { value: 1000000001 }],
  },
  "storage.k8s.io/v1 StorageClass": {
    rest: { provisioner: "example.com/a" },
    changes: [
      { provisioner: "b" },
      { parameters: { a: "b" } },
      { reclaimPolicy: "Retain" },
      { volumeBindingMode: "WaitForFirstConsumer" },
      { allowVolumeExpansion: true },
      { mountOptions: ["a"] },
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "a", values: ["b", "b"] }] }] },
    ],
  },
  "certificates.k8s.io/v1 CertificateSigningRequest": {
    changes: [
      { metadata: { labels: { x: "y" } } },
      { spec: { signerName: "other.com/b" } },
      { spec: { usages: [] } },
      { spec: { expirationSeconds: 5 } },
    ],
    statuses: [
      { status: { certificate: "eA==" } },
      { status: { conditions: [condition("Approved")] } },
      { status: { conditions: [condition("Failed")] } },
    ],
    others: {
      approval: [
        { status: { conditions: [condition("Approved")] } },
        { status: { conditions: [condition("Denied")] } },
        { status: { conditions: [condition("Approved"), condition("Denied")] } },
        { status: { conditions: [] } },
        { spec: { signerName: "x.com/y" }, status: { conditions: [condition("Approved", "False")] } },
        { metadata: { labels: { a: "b" } } },
      ],
    },
    fields: ["spec.signerName=example.com/a", "spec.signerName!=example.com/a"],
  },
};

/** Metadata that anything can be given, or not. */
export const metadataChanges: readonly object[] = [
  { labels: { tier: "front" } },
  { labels: { app: null } },
  { labels: { "bad key!": "x" } },
  { labels: { tier: "bad value!" } },
  { labels: null },
  { annotations: { note: "x" } },
  { annotations: { "A/b/c": "x" } },
  { annotations: null },
  { finalizers: ["example.com/hold"] },
  { finalizers: ["example.com/hold", "example.com/hold"] },
  { finalizers: ["hold"] },
  { finalizers: [] },
  { finalizers: null },
  { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u-1" }] },
  { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "", uid: "" }] },
  {
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "u-1", controller: true },
      { apiVersion: "v1", kind: "Pod", name: "p", uid: "u-2", controller: true },
    ],
  },
  { name: "other" },
  { namespace: "other" },
  { uid: "other" },
  { generateName: "gen-" },
  { generation: 9 },
  { creationTimestamp: null },
  { deletionGracePeriodSeconds: 5 },
  { managedFields: [] },
  { managedFields: null },
  { resourceVersion: "1" },
  { resourceVersion: "x" },
  { resourceVersion: "" },
  { selfLink: "/x" },
];

/** Addresses and networks are the cluster's own; conditions of flow schemas and API services are told in upstream's own time. */
const left = new Set(["IPAddress", "ServiceCIDR", "FlowSchema", "APIService", "CustomResourceDefinition"]);

export const storyKinds: readonly StoryKind[] = [
  ...bases,
  ...policyBases,
  ...richClusterBases.filter(({ object }) => object.kind === "ValidatingAdmissionPolicy"),
]
  .filter(({ object }) => !left.has(object.kind))
  .map(({ path, object, status }): StoryKind => {
    const { rest, ...extra } = extras[`${object.apiVersion} ${object.kind}`] ?? { changes: [] };
    const { apiVersion, kind, metadata, ...own } = object;
    const collection = path.replace("{ns}-limited", "{ns}");
    const name = collection.includes("{ns}") ? "a" : "a-{u}";
    return {
      path: collection,
      ...(status ? { status } : {}),
      ...extra,
      object: { apiVersion, kind, metadata: { ...metadata, name }, ...(rest ?? own) },
    };
  });
