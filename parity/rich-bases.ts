import { type Base, inCluster, inNamespace, limiting } from "./bases.ts";

const named = (base: Base): Base => ({ ...base, object: { ...base.object, metadata: { name: "rich" } } });

const selector = { matchLabels: { app: "a" }, matchExpressions: [{ key: "b", operator: "In", values: ["c"] }] };
const probe = (how: object) => ({ initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 4, ...how });

/** Much of what a pod can say, and nothing that the other pod says. */
const podSpec = {
  activeDeadlineSeconds: 60,
  automountServiceAccountToken: false,
  dnsPolicy: "None",
  dnsConfig: { nameservers: ["10.0.0.1"], searches: ["a.b"], options: [{ name: "ndots" }] },
  enableServiceLinks: false,
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["a.b"] }],
  hostname: "h",
  subdomain: "s",
  setHostnameAsFQDN: true,
  os: { name: "linux" },
  preemptionPolicy: "PreemptLowerPriority",
  readinessGates: [{ conditionType: "example.com/a" }],
  restartPolicy: "Always",
  schedulerName: "other",
  schedulingGates: [{ name: "example.com/gate" }],
  shareProcessNamespace: true,
  resources: { requests: { cpu: "2", memory: "2Gi" }, limits: { cpu: "4", memory: "4Gi" } },
  resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "t" }],
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 5,
    runAsGroup: 6,
    supplementalGroups: [7],
    supplementalGroupsPolicy: "Merge",
    fsGroupChangePolicy: "OnRootMismatch",
    seLinuxOptions: { level: "s0" },
    seccompProfile: { type: "Localhost", localhostProfile: "a/b" },
    appArmorProfile: { type: "RuntimeDefault" },
  },
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 5, preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }] } },
      ],
    },
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: "kubernetes.io/hostname",
          labelSelector: selector,
          namespaces: ["n"],
          namespaceSelector: {},
          matchLabelKeys: ["x"],
          mismatchLabelKeys: ["y"],
        },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 2,
      minDomains: 3,
      topologyKey: "zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: selector,
      nodeAffinityPolicy: "Honor",
      nodeTaintsPolicy: "Ignore",
      matchLabelKeys: ["pod-template-hash"],
    },
  ],
  tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
  containers: [
    {
      name: "main",
      image: "a:1",
      imagePullPolicy: "Never",
      args: ["$(A)"],
      workingDir: "/w",
      env: [
        { name: "C", valueFrom: { configMapKeyRef: { name: "c", key: "k", optional: true } } },
        { name: "S", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
        { name: "R", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } } },
        { name: "L", valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } },
      ],
      envFrom: [{ prefix: "P_", configMapRef: { name: "c" } }, { secretRef: { name: "s", optional: true } }],
      ports: [
        { containerPort: 1, hostPort: 1, hostIP: "10.0.0.1", protocol: "UDP" },
        { containerPort: 2, name: "two" },
      ],
      resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }],
      resources: { requests: { cpu: "1", "example.com/x": "1" }, limits: { cpu: "1", "example.com/x": "1" }, claims: [{ name: "gpu" }] },
      livenessProbe: probe({ exec: { command: ["a"] }, terminationGracePeriodSeconds: 5 }),
      readinessProbe: probe({ tcpSocket: { port: "two", host: "h" }, successThreshold: 2 }),
      startupProbe: probe({ grpc: { port: 3, service: "s" } }),
      lifecycle: {
        postStart: { httpGet: { port: "two", path: "/", scheme: "HTTPS", httpHeaders: [{ name: "A", value: "b" }] } },
        preStop: { sleep: { seconds: 3 } },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
        procMount: "Default",
        seccompProfile: { type: "RuntimeDefault" },
      },
      terminationMessagePath: "/x",
      terminationMessagePolicy: "FallbackToLogsOnError",
      tty: true,
      stdin: true,
      volumeMounts: [
        { name: "host", mountPath: "/host", readOnly: true, mountPropagation: "HostToContainer" },
        { name: "projected", mountPath: "/p", subPathExpr: "$(A)" },
      ],
      volumeDevices: [{ name: "claim", devicePath: "/dev/x" }],
    },
  ],
  initContainers: [
    {
      name: "sidecar",
      image: "a",
      restartPolicy: "Always",
      startupProbe: probe({ httpGet: { port: 80 } }),
      lifecycle: { postStart: { exec: { command: ["a"] } } },
    },
    { name: "once", image: "b:latest" },
  ],
  volumes: [
    { name: "host", hostPath: { path: "/a", type: "Directory" } },
    { name: "claim", persistentVolumeClaim: { claimName: "c", readOnly: true } },
    {
      name: "projected",
      projected: {
        defaultMode: 256,
        sources: [
          { secret: { name: "s", items: [{ key: "a", path: "s/a", mode: 256 }] } },
          { configMap: { name: "c" } },
          { downwardAPI: { items: [{ path: "d", fieldRef: { fieldPath: "metadata.labels" } }] } },
          { serviceAccountToken: { path: "t", audience: "x", expirationSeconds: 700 } },
          { clusterTrustBundle: { path: "b", signerName: "example.com/a", labelSelector: selector } },
        ],
      },
    },
    { name: "down", downwardAPI: { items: [{ path: "x", resourceFieldRef: { containerName: "main", resource: "limits.memory" } }] } },
    { name: "csi", csi: { driver: "a.example.com", fsType: "ext4", nodePublishSecretRef: { name: "s" } } },
    {
      name: "eph",
      ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } },
    },
    { name: "nfs", nfs: { server: "s", path: "/p" } },
    { name: "iscsi", iscsi: { targetPortal: "10.0.0.1:3260", iqn: "iqn.2001-04.com.example:a", lun: 1 } },
    { name: "img", image: { reference: "r", pullPolicy: "Always" } },
    { name: "secret", secret: { secretName: "s", optional: true, items: [{ key: "a", path: "b" }] } },
    { name: "empty", emptyDir: { medium: "HugePages-2Mi" } },
  ],
};
const indexed = {
  completionMode: "Indexed",
  completions: 5,
  parallelism: 2,
  backoffLimitPerIndex: 1,
  maxFailedIndexes: 3,
  activeDeadlineSeconds: 60,
  ttlSecondsAfterFinished: 60,
  suspend: true,
  managedBy: "example.com/a",
  podFailurePolicy: {
    rules: [
      { action: "FailIndex", onExitCodes: { containerName: "main", operator: "NotIn", values: [0, 1] } },
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ],
  },
  successPolicy: { rules: [{ succeededIndexes: "0,2-3", succeededCount: 2 }] },
  template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "a" }] } },
};
const target = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" }, maxReplicas: 5 };
const metrics = [
  { type: "Pods", pods: { metric: { name: "m", selector }, target: { type: "AverageValue", averageValue: "1" } } },
  {
    type: "Object",
    object: {
      describedObject: { apiVersion: "v1", kind: "Service", name: "s" },
      metric: { name: "m" },
      target: { type: "Value", value: "2" },
    },
  },
  { type: "External", external: { metric: { name: "m", selector }, target: { type: "AverageValue", averageValue: "1" } } },
  {
    type: "ContainerResource",
    containerResource: { name: "cpu", container: "c", target: { type: "Utilization", averageUtilization: 5 } },
  },
];

/** Objects that use what the plain ones leave out. */
export const richBases: readonly Base[] = [
  inNamespace("v1", "pods", "Pod", { spec: podSpec }),
  inNamespace("v1", "podtemplates", "PodTemplate", { template: { metadata: { labels: { a: "b" } }, spec: podSpec } }),
  inNamespace("apps/v1", "deployments", "Deployment", {
    spec: {
      paused: true,
      revisionHistoryLimit: 3,
      progressDeadlineSeconds: 60,
      minReadySeconds: 5,
      strategy: { type: "Recreate" },
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { ...podSpec, activeDeadlineSeconds: undefined } },
    },
  }),
  inNamespace("apps/v1", "statefulsets", "StatefulSet", {
    spec: {
      serviceName: "s",
      podManagementPolicy: "Parallel",
      minReadySeconds: 3,
      ordinals: { start: 2 },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "main", image: "a" }] } },
    },
  }),
  inNamespace("apps/v1", "daemonsets", "DaemonSet", {
    spec: {
      updateStrategy: { type: "OnDelete" },
      selector,
      template: { metadata: { labels: { app: "a", b: "c" } }, spec: { containers: [{ name: "main", image: "a" }], hostNetwork: true } },
    },
  }),
  inNamespace("batch/v1", "jobs", "Job", { spec: indexed }),
  inNamespace("batch/v1", "cronjobs", "CronJob", {
    spec: {
      schedule: "@daily",
      startingDeadlineSeconds: 60,
      suspend: true,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 0,
      jobTemplate: { metadata: { labels: { a: "b" } }, spec: { ...indexed, managedBy: undefined } },
    },
  }),
  inNamespace("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", {
    spec: {
      ...target,
      metrics,
      behavior: {
        scaleUp: { stabilizationWindowSeconds: 5, selectPolicy: "Min", policies: [{ type: "Percent", value: 5, periodSeconds: 5 }] },
        scaleDown: { tolerance: "0.1", selectPolicy: "Disabled" },
      },
    },
  }),
  inNamespace("v1", "services", "Service", {
    spec: {
      type: "NodePort",
      selector: { a: "b" },
      ports: [
        { name: "one", port: 80, targetPort: 8080, appProtocol: "http", nodePort: 0 },
        { name: "two", port: 81, protocol: "UDP", targetPort: "dns" },
      ],
      externalIPs: ["192.0.2.1"],
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
      externalTrafficPolicy: "Local",
      internalTrafficPolicy: "Local",
      ipFamilyPolicy: "SingleStack",
      ipFamilies: ["IPv4"],
      publishNotReadyAddresses: true,
      trafficDistribution: "PreferClose",
    },
  }),
  inNamespace("v1", "endpoints", "Endpoints", {
    subsets: [
      {
        addresses: [{ ip: "10.0.0.1", nodeName: "n", targetRef: { kind: "Pod", name: "p" } }],
        notReadyAddresses: [{ ip: "10.0.0.2" }],
        ports: [
          { name: "a", port: 1, protocol: "UDP", appProtocol: "example.com/x" },
          { name: "b", port: 2 },
        ],
      },
    ],
  }),
  inNamespace("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", {
    addressType: "IPv6",
    endpoints: [
      {
        addresses: ["fd00::1"],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: "n",
        hints: { forZones: [{ name: "z" }], forNodes: [{ name: "n" }] },
        targetRef: { kind: "Pod", name: "p" },
      },
    ],
    ports: [{ name: "a", port: 1, appProtocol: "h2c" }, {}],
  }),
  limiting("v1", "limitranges", "LimitRange", {
    spec: {
      limits: [
        { type: "Pod", max: { cpu: "2" }, min: { cpu: "1" }, maxLimitRequestRatio: { cpu: "2" } },
        { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } },
      ],
    },
  }),
  limiting("v1", "resourcequotas", "ResourceQuota", {
    spec: {
      hard: { pods: "1", "requests.cpu": "1", "limits.memory": "1Gi" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
    },
  }),
  inNamespace("v1", "persistentvolumeclaims", "PersistentVolumeClaim", {
    spec: {
      accessModes: ["ReadWriteOncePod"],
      resources: { requests: { storage: "1Gi" }, limits: { storage: "2Gi" } },
      volumeMode: "Block",
      volumeName: "v",
      dataSource: { kind: "PersistentVolumeClaim", name: "other" },
      volumeAttributesClassName: "gold",
    },
  }),
  inNamespace("networking.k8s.io/v1", "ingresses", "Ingress", {
    spec: {
      defaultBackend: { resource: { apiGroup: "example.com", kind: "Bucket", name: "b" } },
      rules: [
        { host: "*.a.b", http: { paths: [{ pathType: "Exact", path: "/x", backend: { service: { name: "s", port: { name: "web" } } } }] } },
        { http: { paths: [{ pathType: "ImplementationSpecific", backend: { service: { name: "s", port: { number: 1 } } } }] } },
      ],
    },
  }),
  inNamespace("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", {
    spec: {
      podSelector: selector,
      policyTypes: ["Egress"],
      egress: [{ to: [{ podSelector: selector, namespaceSelector: {} }], ports: [{ port: "web" }, { protocol: "SCTP" }] }],
    },
  }),
  inNamespace("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", { spec: { maxUnavailable: 1, selector } }),
  inNamespace("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
    subjects: [
      { kind: "ServiceAccount", name: "x", namespace: "n" },
      { kind: "Group", name: "g", apiGroup: "rbac.authorization.k8s.io" },
    ],
  }),
  inNamespace("coordination.k8s.io/v1", "leases", "Lease", {
    spec: { holderIdentity: "x", strategy: "OldestEmulationVersion", preferredHolder: "y", acquireTime: "2024-01-01T00:00:00.000000Z" },
  }),
  inNamespace("v1", "events", "Event", {
    involvedObject: { kind: "Pod", namespace: "{ns}", name: "x" },
    eventTime: "2024-01-01T00:00:00.000000Z",
    reportingComponent: "example.com/a",
    reportingInstance: "i",
    action: "a",
    reason: "r",
    type: "Warning",
    series: { count: 2, lastObservedTime: "2024-01-01T00:00:00.000000Z" },
  }),
  inNamespace("v1", "secrets", "Secret", { type: "kubernetes.io/basic-auth", stringData: { username: "a" }, immutable: true }),
  inNamespace("v1", "configmaps", "ConfigMap", { data: { a: "b" }, immutable: true }),
].map(named);

const volume = (source: object) => ({ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source });
const inClusterNamed = (apiVersion: string, resource: string, kind: string, rest: object, name = resource): Base =>
  inCluster(apiVersion, resource, kind, rest, `rich-${name}-{ns}`);

export const richClusterBases: readonly Base[] = [
  inClusterNamed("v1", "nodes", "Node", {
    spec: { unschedulable: true, taints: [{ key: "a", value: "b", effect: "NoExecute", timeAdded: "2024-01-01T00:00:00Z" }] },
    status: { addresses: [{ type: "InternalIP", address: "10.0.0.1" }], conditions: [{ type: "Ready", status: "True" }] },
  }),
  inClusterNamed("v1", "persistentvolumes", "PersistentVolume", {
    spec: volume({
      csi: { driver: "a.example.com", volumeHandle: "h", fsType: "ext4", controllerExpandSecretRef: { name: "s", namespace: "n" } },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] } },
      storageClassName: "x",
      mountOptions: ["ro"],
      volumeMode: "Block",
      persistentVolumeReclaimPolicy: "Delete",
    }),
  }),
  inClusterNamed(
    "v1",
    "persistentvolumes",
    "PersistentVolume",
    {
      spec: volume({
        local: { path: "/a" },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }] } },
      }),
    },
    "local",
  ),
  inClusterNamed("v1", "persistentvolumes", "PersistentVolume", { spec: volume({ nfs: { server: "s", path: "/p" } }) }, "nfs"),
  inClusterNamed(
    "v1",
    "persistentvolumes",
    "PersistentVolume",
    {
      spec: volume({
        iscsi: { targetPortal: "a", iqn: "iqn.2001-04.com.example:a", lun: 1, chapAuthSession: true, secretRef: { name: "s" } },
      }),
    },
    "iscsi",
  ),
  inClusterNamed("networking.k8s.io/v1", "ingressclasses", "IngressClass", {
    spec: { controller: "example.com/a", parameters: { apiGroup: "example.com", kind: "X", name: "x", scope: "Cluster" } },
  }),
  inClusterNamed("storage.k8s.io/v1", "csidrivers", "CSIDriver", {
    spec: {
      attachRequired: false,
      podInfoOnMount: true,
      volumeLifecycleModes: ["Ephemeral"],
      storageCapacity: true,
      requiresRepublish: true,
      seLinuxMount: true,
      nodeAllocatableUpdatePeriodSeconds: 20,
      tokenRequests: [{ audience: "", expirationSeconds: 600 }],
      serviceAccountTokenInSecrets: true,
    },
  }),
  inClusterNamed("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", {
    spec: {
      attacher: "a.example.com",
      nodeName: "n",
      source: { inlineVolumeSpec: { accessModes: ["ReadWriteOnce"], csi: { driver: "a.example.com", volumeHandle: "h" } } },
    },
  }),
  inClusterNamed("flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", {
    spec: {
      priorityLevelConfiguration: { name: "global-default" },
      matchingPrecedence: 9000,
      distinguisherMethod: { type: "ByNamespace" },
      rules: [
        {
          subjects: [{ kind: "Group", group: { name: "never-there" } }],
          resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
        },
      ],
    },
  }),
  inClusterNamed("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", {
    spec: {
      failurePolicy: "Ignore",
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["things"], scope: "Namespaced" },
        ],
        matchPolicy: "Exact",
      },
      matchConditions: [{ name: "a", expression: "true" }],
      variables: [{ name: "v", expression: "object.metadata.name" }],
      validations: [{ expression: "variables.v == 'x'", message: "m", reason: "Forbidden", messageExpression: "'n'" }],
      auditAnnotations: [{ key: "k", valueExpression: "'v'" }],
    },
  }),
  inClusterNamed("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", {
    webhooks: [
      {
        name: "b.example.com",
        clientConfig: { service: { name: "s", namespace: "n", path: "/p" } },
        sideEffects: "NoneOnDryRun",
        admissionReviewVersions: ["v1", "v1beta1"],
        failurePolicy: "Fail",
        matchPolicy: "Exact",
        timeoutSeconds: 5,
        namespaceSelector: selector,
        objectSelector: selector,
        matchConditions: [{ name: "a", expression: "false" }],
        rules: [{ apiGroups: ["example.com"], apiVersions: ["*"], operations: ["*"], resources: ["things/*"], scope: "*" }],
      },
    ],
  }),
  inClusterNamed("resource.k8s.io/v1", "resourceslices", "ResourceSlice", {
    spec: {
      driver: "c.example.com",
      perDeviceNodeSelection: true,
      pool: { name: "a/b", generation: 1, resourceSliceCount: 1 },
      devices: [
        {
          name: "a",
          nodeName: "n",
          consumesCounters: [{ counterSet: "c", counters: { memory: { value: "1Gi" } } }],
        },
        {
          name: "b",
          nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] },
        },
        { name: "c", allNodes: true },
      ],
    },
  }),
];
