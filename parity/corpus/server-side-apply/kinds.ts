/** One small object of each built-in kind that can be applied, and where. */
export interface Applicable {
  path: string;
  object: { apiVersion: string; kind: string; metadata: { name: string }; [field: string]: unknown };
}

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "web:1", ports: [{ containerPort: 80 }] }] } };
const job = { spec: { containers: [{ name: "main", image: "web:1" }], restartPolicy: "Never" } };
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const role = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const subjects = [{ kind: "ServiceAccount", name: "default", namespace: "default" }];
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }];
const webhook = {
  name: "hook.example.com",
  clientConfig: { url: "https://127.0.0.1:1/hook" },
  rules: [{ apiGroups: ["none.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
};
const matchConstraints = {
  resourceRules: [{ apiGroups: ["none.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
};

function namespaced(apiVersion: string, plural: string, kind: string, fields: object, name = "a"): Applicable {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  return { path: `${root}/namespaces/{ns}/${plural}`, object: { apiVersion, kind, metadata: { name }, ...fields } };
}

function global(apiVersion: string, plural: string, kind: string, fields: object, name = "ssa-{u}"): Applicable {
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  return { path: `${root}/${plural}`, object: { apiVersion, kind, metadata: { name }, ...fields } };
}

export const applicable: readonly Applicable[] = [
  namespaced("v1", "configmaps", "ConfigMap", { data: { a: "1" } }),
  namespaced("v1", "events", "Event", {
    involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
    reason: "R",
    message: "m",
    type: "Normal",
  }),
  namespaced("v1", "limitranges", "LimitRange", { spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } }),
  global("v1", "nodes", "Node", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } }),
  namespaced("v1", "persistentvolumeclaims", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" },
  }),
  global("v1", "persistentvolumes", "PersistentVolume", {
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp" } },
  }),
  namespaced("v1", "podtemplates", "PodTemplate", { template }),
  namespaced("v1", "replicationcontrollers", "ReplicationController", { spec: { selector: labels, template } }),
  namespaced("v1", "resourcequotas", "ResourceQuota", { spec: { hard: { "count/things": "1" } } }),
  namespaced("v1", "secrets", "Secret", { stringData: { a: "b" }, data: { c: "ZA==" } }),
  namespaced("v1", "serviceaccounts", "ServiceAccount", { imagePullSecrets: [{ name: "s" }] }),
  namespaced("v1", "services", "Service", { spec: { ports: [{ port: 80 }], selector: labels } }),
  namespaced("apps/v1", "controllerrevisions", "ControllerRevision", { revision: 1, data: { a: { b: [1, 2] } } }),
  namespaced("apps/v1", "daemonsets", "DaemonSet", { spec: { selector: { matchLabels: labels }, template } }),
  namespaced("apps/v1", "deployments", "Deployment", { spec: { selector: { matchLabels: labels }, template } }),
  namespaced("apps/v1", "replicasets", "ReplicaSet", { spec: { selector: { matchLabels: labels }, template } }),
  namespaced("apps/v1", "statefulsets", "StatefulSet", { spec: { serviceName: "s", selector: { matchLabels: labels }, template } }),
  namespaced("events.k8s.io/v1", "events", "Event", {
    eventTime: "2020-01-01T00:00:00.000000Z",
    regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
    reportingController: "example.com/c",
    reportingInstance: "i",
    action: "A",
    reason: "R",
    type: "Normal",
  }),
  namespaced("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", { spec: { scaleTargetRef: target, maxReplicas: 3 } }),
  namespaced("autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", { spec: { scaleTargetRef: target, maxReplicas: 3 } }),
  namespaced("batch/v1", "cronjobs", "CronJob", { spec: { schedule: "* * * * *", jobTemplate: { spec: { template: job } } } }),
  namespaced("batch/v1", "jobs", "Job", { spec: { template: job } }),
  global("networking.k8s.io/v1", "ingressclasses", "IngressClass", { spec: { controller: "example.com/c" } }),
  namespaced("networking.k8s.io/v1", "ingresses", "Ingress", {
    spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
  }),
  namespaced("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", {
    spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress"] },
  }),
  namespaced("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", { spec: { minAvailable: 1, selector: { matchLabels: labels } } }),
  global("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", { rules }),
  global("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", { roleRef: role, subjects }),
  namespaced("rbac.authorization.k8s.io/v1", "roles", "Role", { rules }),
  namespaced("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", { roleRef: role, subjects }),
  global("storage.k8s.io/v1", "csidrivers", "CSIDriver", { spec: { attachRequired: false } }),
  global("storage.k8s.io/v1", "csinodes", "CSINode", { spec: { drivers: [{ name: "d.example.com", nodeID: "n" }] } }),
  namespaced("storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity", { storageClassName: "c", capacity: "1Gi" }),
  global("storage.k8s.io/v1", "storageclasses", "StorageClass", { provisioner: "example.com/p" }),
  global("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", {
    spec: { attacher: "a.example.com", nodeName: "n", source: { persistentVolumeName: "p" } },
  }),
  global("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", { webhooks: [webhook] }),
  global("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", { webhooks: [webhook] }),
  global("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", {
    spec: { matchConstraints, validations: [{ expression: "true" }] },
  }),
  global("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", {
    spec: { policyName: "p", validationActions: ["Deny"] },
  }),
  global("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", { value: 1000 }),
  namespaced("coordination.k8s.io/v1", "leases", "Lease", { spec: { holderIdentity: "h", leaseDurationSeconds: 10 } }),
  global("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", { handler: "h" }),
  namespaced("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", {
    addressType: "IPv4",
    endpoints: [{ addresses: ["1.2.3.4"] }],
    ports: [{ name: "http", port: 80 }],
  }),
  global("resource.k8s.io/v1", "deviceclasses", "DeviceClass", { spec: {} }),
  namespaced("resource.k8s.io/v1", "resourceclaims", "ResourceClaim", {
    spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c.example.com" } }] } },
  }),
  global("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", {
    spec: { type: "Limited", limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } } },
  }),
];
