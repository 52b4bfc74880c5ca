/** Valid objects, one or more of a kind: what the random changes of `--fuzz` start from. `{ns}` is the namespace. */
export interface Base {
  /** The collection that it is created in. */
  path: string;
  object: { apiVersion: string; kind: string; metadata: Record<string, unknown>; [field: string]: unknown };
}

const container = {
  name: "main",
  image: "nginx:1",
  command: ["a"],
  env: [
    { name: "A", value: "b" },
    { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  ],
  ports: [{ name: "web", containerPort: 80, protocol: "TCP" }],
  resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  volumeMounts: [{ name: "data", mountPath: "/data", subPath: "a" }],
  livenessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 },
  lifecycle: { preStop: { exec: { command: ["a"] } } },
  securityContext: { runAsUser: 1, capabilities: { add: ["NET_ADMIN"] } },
};
const podSpec = {
  containers: [container, { name: "second", image: "redis" }],
  initContainers: [{ name: "init", image: "busybox" }],
  volumes: [
    { name: "data", emptyDir: { sizeLimit: "1Gi" } },
    { name: "config", configMap: { name: "c", items: [{ key: "a", path: "b" }] } },
  ],
  nodeSelector: { a: "b" },
  tolerations: [{ key: "a", operator: "Equal", value: "b", effect: "NoSchedule" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: "a", labelSelector: { matchLabels: { a: "b" } } } },
      ],
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { a: "b" } } },
  ],
  securityContext: { runAsUser: 1, fsGroup: 2, sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] },
  terminationGracePeriodSeconds: 5,
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
  dnsConfig: { nameservers: ["10.0.0.1"], options: [{ name: "ndots", value: "5" }] },
  imagePullSecrets: [{ name: "s" }],
};
const metadata = { name: "fuzz", labels: { app: "a" }, annotations: { note: "x" } };
const template = { metadata: { labels: { app: "a" } }, spec: podSpec };
const selector = { matchLabels: { app: "a" } };
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const subjects = [{ kind: "User", name: "x", apiGroup: "rbac.authorization.k8s.io" }];

function inNamespace(apiVersion: string, resource: string, kind: string, rest: object): Base {
  return { path: `${prefix(apiVersion)}/namespaces/{ns}/${resource}`, object: { apiVersion, kind, metadata, ...rest } };
}

function inCluster(apiVersion: string, resource: string, kind: string, rest: object, name = "fuzz-{ns}"): Base {
  return { path: `${prefix(apiVersion)}/${resource}`, object: { apiVersion, kind, metadata: { ...metadata, name }, ...rest } };
}

function prefix(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export const bases: readonly Base[] = [
  inNamespace("v1", "pods", "Pod", { spec: podSpec }),
  inNamespace("v1", "configmaps", "ConfigMap", { data: { a: "b" }, binaryData: { c: "eA==" } }),
  inNamespace("v1", "secrets", "Secret", { data: { a: "eA==" }, stringData: { b: "c" }, type: "Opaque" }),
  inNamespace("v1", "services", "Service", {
    spec: { selector: { app: "a" }, ports: [{ name: "web", port: 80, targetPort: "web", protocol: "TCP" }], sessionAffinity: "ClientIP" },
  }),
  inNamespace("v1", "services", "Service", {
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], externalTrafficPolicy: "Local", loadBalancerSourceRanges: ["10.0.0.0/8"] },
  }),
  inNamespace("v1", "serviceaccounts", "ServiceAccount", { secrets: [{ name: "a" }], imagePullSecrets: [{ name: "b" }] }),
  inNamespace("v1", "endpoints", "Endpoints", {
    subsets: [{ addresses: [{ ip: "10.0.0.1", hostname: "a" }], ports: [{ name: "web", port: 80 }] }],
  }),
  inNamespace("v1", "limitranges", "LimitRange", {
    spec: { limits: [{ type: "Container", default: { cpu: "2" }, defaultRequest: { cpu: "1" }, max: { cpu: "3" }, min: { cpu: "100m" } }] },
  }),
  inNamespace("v1", "resourcequotas", "ResourceQuota", { spec: { hard: { pods: "1", "requests.cpu": "2" }, scopes: ["NotTerminating"] } }),
  inNamespace("v1", "replicationcontrollers", "ReplicationController", { spec: { replicas: 1, selector: { app: "a" }, template } }),
  inNamespace("v1", "podtemplates", "PodTemplate", { template }),
  inNamespace("v1", "persistentvolumeclaims", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "x", selector },
  }),
  inNamespace("v1", "events", "Event", {
    involvedObject: { kind: "Pod", namespace: "{ns}", name: "x" },
    reason: "X",
    message: "m",
    type: "Normal",
    firstTimestamp: "2024-01-01T00:00:00Z",
  }),
  inCluster("v1", "namespaces", "Namespace", { spec: { finalizers: ["kubernetes"] } }),
  inCluster("v1", "nodes", "Node", {
    spec: { taints: [{ key: "a", effect: "NoSchedule" }], podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"], providerID: "x" },
    status: { capacity: { cpu: "1" }, allocatable: { cpu: "1" } },
  }),
  inCluster("v1", "persistentvolumes", "PersistentVolume", {
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/tmp" },
      persistentVolumeReclaimPolicy: "Retain",
      claimRef: { namespace: "a", name: "b" },
    },
  }),
  inNamespace("apps/v1", "deployments", "Deployment", {
    spec: {
      replicas: 2,
      selector,
      template,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
      minReadySeconds: 1,
    },
  }),
  inNamespace("apps/v1", "replicasets", "ReplicaSet", { spec: { replicas: 2, selector, template } }),
  inNamespace("apps/v1", "daemonsets", "DaemonSet", {
    spec: { selector, template, updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } },
  }),
  inNamespace("apps/v1", "statefulsets", "StatefulSet", {
    spec: {
      serviceName: "s",
      replicas: 2,
      selector,
      template,
      volumeClaimTemplates: [
        { metadata: { name: "d" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
      ],
    },
  }),
  inNamespace("apps/v1", "controllerrevisions", "ControllerRevision", { revision: 1, data: { a: 1 } }),
  inNamespace("batch/v1", "jobs", "Job", {
    spec: {
      parallelism: 1,
      completions: 2,
      backoffLimit: 3,
      template: { ...template, spec: { ...podSpec, restartPolicy: "Never" } },
      podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }] },
    },
  }),
  inNamespace("batch/v1", "cronjobs", "CronJob", {
    spec: {
      schedule: "*/5 * * * *",
      timeZone: "Europe/Berlin",
      concurrencyPolicy: "Forbid",
      jobTemplate: { spec: { template: { spec: { containers: [container], volumes: podSpec.volumes, restartPolicy: "OnFailure" } } } },
    },
  }),
  inNamespace("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    spec: {
      minReplicas: 1,
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
      metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
      behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } },
    },
  }),
  inNamespace("autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    spec: {
      minReplicas: 1,
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 50,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
    },
  }),
  inNamespace("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", {
    spec: { minAvailable: "50%", selector, unhealthyPodEvictionPolicy: "AlwaysAllow" },
  }),
  inNamespace("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", {
    spec: {
      podSelector: selector,
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }], ports: [{ port: 80, endPort: 90, protocol: "TCP" }] },
      ],
    },
  }),
  inNamespace("networking.k8s.io/v1", "ingresses", "Ingress", {
    spec: {
      ingressClassName: "x",
      tls: [{ hosts: ["a.b"], secretName: "s" }],
      rules: [
        { host: "a.b", http: { paths: [{ path: "/a", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }] } },
      ],
    },
  }),
  inCluster("networking.k8s.io/v1", "ingressclasses", "IngressClass", {
    spec: { controller: "example.com/a", parameters: { kind: "ConfigMap", name: "x", scope: "Namespace", namespace: "y" } },
  }),
  inNamespace("rbac.authorization.k8s.io/v1", "roles", "Role", { rules }),
  inNamespace("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", { roleRef, subjects }),
  inCluster("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", {
    rules: [...rules, { nonResourceURLs: ["/x"], verbs: ["get"] }],
    aggregationRule: { clusterRoleSelectors: [selector] },
  }),
  inCluster("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", { roleRef, subjects }),
  inNamespace("coordination.k8s.io/v1", "leases", "Lease", {
    spec: { holderIdentity: "x", leaseDurationSeconds: 5, renewTime: "2024-01-01T00:00:00.000000Z", leaseTransitions: 1 },
  }),
  inNamespace("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", {
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true }, hostname: "a", zone: "z" }],
    ports: [{ name: "web", port: 80, protocol: "TCP" }],
  }),
  inNamespace("events.k8s.io/v1", "events", "Event", {
    eventTime: "2024-01-01T00:00:00.000000Z",
    reportingController: "example.com/a",
    reportingInstance: "i",
    action: "a",
    reason: "r",
    type: "Normal",
    note: "n",
    regarding: { kind: "Pod", namespace: "{ns}", name: "x" },
  }),
  inCluster("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", { value: 5, description: "x", preemptionPolicy: "Never" }),
  inCluster("storage.k8s.io/v1", "storageclasses", "StorageClass", {
    provisioner: "example.com/a",
    parameters: { a: "b" },
    reclaimPolicy: "Retain",
    volumeBindingMode: "Immediate",
    allowedTopologies: [{ matchLabelExpressions: [{ key: "a", values: ["b"] }] }],
  }),
  inCluster("storage.k8s.io/v1", "csidrivers", "CSIDriver", {
    spec: { attachRequired: true, volumeLifecycleModes: ["Persistent"], fsGroupPolicy: "File", tokenRequests: [{ audience: "a" }] },
  }),
  inCluster("storage.k8s.io/v1", "csinodes", "CSINode", {
    spec: { drivers: [{ name: "a", nodeID: "b", topologyKeys: ["c"], allocatable: { count: 1 } }] },
  }),
  inCluster("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", {
    spec: { attacher: "a", nodeName: "b", source: { persistentVolumeName: "c" } },
  }),
  inCluster("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", {
    handler: "runc",
    overhead: { podFixed: { cpu: "1m" } },
    scheduling: { nodeSelector: { a: "b" }, tolerations: [{ key: "a", operator: "Exists" }] },
  }),
  inCluster("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", {
    webhooks: [
      {
        name: "a.example.com",
        clientConfig: { url: "https://a.example.com" },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        failurePolicy: "Ignore",
        rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
      },
    ],
  }),
  inCluster("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", {
    webhooks: [
      {
        name: "a.example.com",
        clientConfig: { service: { name: "s", namespace: "n", port: 443 } },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        reinvocationPolicy: "Never",
        rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"] }],
      },
    ],
  }),
];
