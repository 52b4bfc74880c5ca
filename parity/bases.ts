/** Valid objects, one or more of a kind: what the random changes of `--fuzz` start from. `{ns}` is the namespace. */
export interface Base {
  /** The collection that it is created in. */
  path: string;
  object: { apiVersion: string; kind: string; metadata: Record<string, unknown>; [field: string]: unknown };
  /** Texts that make another object of it, where a prefix to the name doesn't: what to replace, by what. */
  fresh?: readonly [from: string, to: string];
  /** A status that is put to the object when it is there. */
  status?: object;
  /** Asked about, not stored: it is only posted. */
  isReview?: boolean;
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
/** Of a certificate for the user `fuzz`. */
const certificateRequest = [
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIS01IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RVpuVjZlakJaTUJNR0J5cUdTTT",
  "Q5QWdFR0NDcUdTTTQ5QXdFSApBMElBQkYvZWRQaUxFZ1RXZW1qU0ZTdHBFOFd6ZlZYdHd3ZUFMMEp5UHhYRmFuS1NGdU5NUWVXN1FYVUpiZTRi",
  "CnVyM2lyeGxuVzhsbndNaVRNejNpd1hQaCtpMmdBREFLQmdncWhrak9QUVFEQWdOSkFEQkdBaUVBc0xnb1dXdmkKa1pQLzZ2RFNZSHNFMVFhZF",
  "pEczJma2lKQURjVHB1RkxpOThDSVFDbDgwVjdOVld2c2txMEFxQUJ4WGRWVll6TQpNcjRReFhnUFV4SFlwbmtjV1E9PQotLS0tLUVORCBDRVJU",
  "SUZJQ0FURSBSRVFVRVNULS0tLS0K",
].join("");
const metadata = { name: "fuzz", labels: { app: "a" }, annotations: { note: "x" } };
const template = { metadata: { labels: { app: "a" } }, spec: podSpec };
const selector = { matchLabels: { app: "a" } };
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const subjects = [{ kind: "User", name: "x", apiGroup: "rbac.authorization.k8s.io" }];

const claimSpec = {
  devices: {
    requests: [
      {
        name: "one",
        exactly: {
          deviceClassName: "gpu.example.com",
          allocationMode: "ExactCount",
          count: 2,
          selectors: [{ cel: { expression: 'device.driver == "a.example.com"' } }],
          tolerations: [{ key: "a", operator: "Equal", value: "b", effect: "NoSchedule" }],
          capacity: { requests: { memory: "1Gi" } },
        },
      },
      { name: "two", firstAvailable: [{ name: "sub", deviceClassName: "gpu.example.com", count: 1 }] },
    ],
    constraints: [{ requests: ["one"], matchAttribute: "example.com/model" }],
    config: [{ requests: ["two/sub"], opaque: { driver: "a.example.com", parameters: { a: 1 } } }],
  },
};

export function inNamespace(apiVersion: string, resource: string, kind: string, rest: object): Base {
  return { path: `${prefix(apiVersion)}/namespaces/{ns}/${resource}`, object: { apiVersion, kind, metadata, ...rest } };
}

/** Away from the pods, which are not to be held to it. */
export function limiting(apiVersion: string, resource: string, kind: string, rest: object): Base {
  const base = inNamespace(apiVersion, resource, kind, rest);
  return { ...base, path: base.path.replace("{ns}", "{ns}-limited") };
}

export function inCluster(
  apiVersion: string,
  resource: string,
  kind: string,
  rest: object,
  name = "fuzz-{ns}",
  fresh?: Base["fresh"],
): Base {
  return {
    ...(fresh ? { fresh } : {}),
    path: `${prefix(apiVersion)}/${resource}`,
    object: { apiVersion, kind, metadata: { ...metadata, name }, ...rest },
  };
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
  limiting("v1", "limitranges", "LimitRange", {
    spec: { limits: [{ type: "Container", default: { cpu: "2" }, defaultRequest: { cpu: "1" }, max: { cpu: "3" }, min: { cpu: "100m" } }] },
  }),
  limiting("v1", "resourcequotas", "ResourceQuota", { spec: { hard: { pods: "1", "requests.cpu": "2" }, scopes: ["NotTerminating"] } }),
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
  inNamespace("storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity", {
    storageClassName: "a",
    capacity: "1Gi",
    maximumVolumeSize: "1Mi",
    nodeTopology: selector,
  }),
  inCluster("storage.k8s.io/v1", "volumeattributesclasses", "VolumeAttributesClass", {
    driverName: "a.example.com",
    parameters: { a: "b" },
  }),
  inCluster("certificates.k8s.io/v1", "certificatesigningrequests", "CertificateSigningRequest", {
    spec: {
      request: certificateRequest,
      signerName: "example.com/a",
      usages: ["client auth", "digital signature"],
      expirationSeconds: 3600,
    },
  }),
  inCluster("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", {
    spec: {
      policyName: "a",
      validationActions: ["Deny", "Audit"],
      paramRef: { name: "p", namespace: "n", parameterNotFoundAction: "Deny" },
      matchResources: { namespaceSelector: { matchLabels: { never: "there" } } },
    },
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
  inCluster("resource.k8s.io/v1", "deviceclasses", "DeviceClass", {
    spec: {
      selectors: [{ cel: { expression: 'device.driver == "a.example.com"' } }],
      config: [{ opaque: { driver: "a.example.com", parameters: { a: 1 } } }],
      extendedResourceName: "example.com/gpu",
    },
  }),
  inNamespace("resource.k8s.io/v1", "resourceclaims", "ResourceClaim", { spec: claimSpec }),
  inNamespace("resource.k8s.io/v1", "resourceclaimtemplates", "ResourceClaimTemplate", {
    spec: { metadata: { labels: { a: "b" } }, spec: claimSpec },
  }),
  inCluster("resource.k8s.io/v1", "resourceslices", "ResourceSlice", {
    spec: {
      driver: "a.example.com",
      nodeName: "n",
      pool: { name: "p", generation: 1, resourceSliceCount: 1 },
      devices: [
        {
          name: "d",
          attributes: { model: { string: "x" }, size: { int: 5 }, "example.com/v": { version: "1.0.0" }, on: { bool: true } },
          capacity: {
            memory: { value: "2Gi", requestPolicy: { default: "1Gi", validRange: { min: "1Gi", max: "2Gi", step: "512Mi" } } },
            cores: { value: "4", requestPolicy: { default: "1", validValues: ["1", "2"] } },
          },
          allowMultipleAllocations: true,
          taints: [{ key: "a", value: "b", effect: "NoSchedule" }],
          bindsToNode: true,
          bindingConditions: ["a.example.com/ready"],
          bindingFailureConditions: ["a.example.com/failed"],
        },
        { name: "e" },
      ],
    },
  }),
  inCluster(
    "resource.k8s.io/v1",
    "resourceslices",
    "ResourceSlice",
    {
      spec: {
        driver: "b.example.com",
        allNodes: true,
        pool: { name: "p", generation: 1, resourceSliceCount: 2 },
        sharedCounters: [{ name: "c", counters: { memory: { value: "4Gi" } } }],
      },
    },
    "fuzz-counters-{ns}",
  ),
  inCluster(
    "networking.k8s.io/v1",
    "ipaddresses",
    "IPAddress",
    {
      spec: { parentRef: { group: "example.com", resource: "gateways", namespace: "n", name: "g" } },
    },
    "10.97.250.1",
    ["10.97.250.1", "10.97.250.2"],
  ),
  inCluster("networking.k8s.io/v1", "servicecidrs", "ServiceCIDR", { spec: { cidrs: ["fd00:250::/112"] } }),
  inCluster("flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", {
    spec: {
      priorityLevelConfiguration: { name: "workload-low" },
      matchingPrecedence: 500,
      distinguisherMethod: { type: "ByUser" },
      rules: [
        {
          subjects: [
            { kind: "User", user: { name: "x" } },
            { kind: "ServiceAccount", serviceAccount: { namespace: "n", name: "x" } },
          ],
          resourceRules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["n"] }],
          nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }],
        },
      ],
    },
  }),
  inCluster("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", {
    spec: {
      type: "Limited",
      limited: {
        nominalConcurrencyShares: 5,
        lendablePercent: 50,
        limitResponse: { type: "Queue", queuing: { queues: 8, handSize: 2, queueLengthLimit: 10 } },
      },
    },
  }),
  inCluster(
    "apiextensions.k8s.io/v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    {
      spec: {
        group: "{ns}.example.com",
        scope: "Namespaced",
        names: { plural: "fuzzes", singular: "fuzz", kind: "Fuzz", listKind: "FuzzList", shortNames: ["fz"], categories: ["all"] },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: {
                    type: "object",
                    required: ["size"],
                    properties: {
                      size: { type: "integer", minimum: 0, maximum: 10, default: 3 },
                      color: { type: "string", enum: ["red", "blue"], pattern: "^[a-z]+$" },
                      tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set", maxItems: 5 },
                      labels: { type: "object", additionalProperties: { type: "string" } },
                      port: { "x-kubernetes-int-or-string": true },
                      any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                    },
                  },
                  status: { type: "object", properties: { replicas: { type: "integer" } } },
                },
              },
            },
            subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.replicas" } },
            additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
            selectableFields: [{ jsonPath: ".spec.color" }],
          },
          { name: "v1beta1", served: true, storage: false, deprecated: true, schema: { openAPIV3Schema: { type: "object" } } },
        ],
      },
    },
    "fuzzes.{ns}.example.com",
    ["fuzzes", "freshes"],
  ),
  inCluster(
    "apiregistration.k8s.io/v1",
    "apiservices",
    "APIService",
    {
      spec: {
        group: "{ns}.org",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 5,
        insecureSkipTLSVerify: true,
        service: { namespace: "n", name: "s" },
      },
    },
    "v1.{ns}.org",
    ["{ns}.org", "{ns}.fresh.org"],
  ),
];
