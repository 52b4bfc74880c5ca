import type { AnyObject } from "../../machinery/object.ts";

/** A pod as a deployment's are once they run, about 4 KB of JSON without managedFields: what tests and benchmarks store. */
export function samplePod(namespace: string, name: string, index = 0): AnyObject {
  const container = (containerName: string) => ({
    name: containerName,
    image: `registry.example.com/shop/${containerName}:1.28.${index % 7}`,
    command: ["/usr/bin/serve", "--listen=0.0.0.0:8080", `--instance=${name}`],
    ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
    env: [
      { name: "REGION", value: "eu-central-1" },
      { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "shop-credentials", key: "password" } } },
    ],
    resources: { limits: { cpu: "500m", memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
    volumeMounts: [
      { name: "config", readOnly: true, mountPath: "/etc/shop" },
      { name: "kube-api-access-x7k2p", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
    ],
    livenessProbe: {
      httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" },
      initialDelaySeconds: 3,
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: "IfNotPresent",
  });
  const condition = (type: string) => ({ type, status: "True", lastProbeTime: null, lastTransitionTime: "2026-01-01T00:00:05Z" });
  return {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name,
      generateName: "shop-frontend-6d4cf56db6-",
      namespace,
      uid: `7f0c8a52-6f0e-4b6c-9a40-${String(index).padStart(12, "0")}`,
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { app: "shop", tier: "frontend", "pod-template-hash": "6d4cf56db6" },
      annotations: { "example.com/checksum": "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26" },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "shop-frontend-6d4cf56db6",
          uid: "0b1c2f74-52a3-4d5e-8f1c-3f5b4a6c7d8e",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [
        { name: "config", configMap: { name: "shop-config", defaultMode: 420 } },
        {
          name: "kube-api-access-x7k2p",
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
              { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
              { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [container("frontend"), container("sidecar")],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      serviceAccountName: "default",
      serviceAccount: "default",
      nodeName: `node-${index % 50}`,
      securityContext: {},
      schedulerName: "default-scheduler",
      tolerations: [
        { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
        { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      ],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: "PreemptLowerPriority",
    },
    status: {
      phase: "Running",
      conditions: [condition("Initialized"), condition("Ready"), condition("ContainersReady"), condition("PodScheduled")],
      hostIP: "192.168.10.4",
      podIP: `10.244.${(index >> 8) & 255}.${index & 255}`,
      podIPs: [{ ip: `10.244.${(index >> 8) & 255}.${index & 255}` }],
      startTime: "2026-01-01T00:00:00Z",
      containerStatuses: ["frontend", "sidecar"].map((each) => ({
        name: each,
        state: { running: { startedAt: "2026-01-01T00:00:04Z" } },
        lastState: {},
        ready: true,
        restartCount: 0,
        image: `registry.example.com/shop/${each}:1.28.${index % 7}`,
        imageID: "registry.example.com/shop@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31",
        containerID: `containerd://${"5e".repeat(30)}${String(index % 10_000).padStart(4, "0")}`,
        started: true,
      })),
      qosClass: "Burstable",
    },
  };
}

/** managedFields as they are for such a pod: about 3 KB. */
export function sampleManagedFields(): string {
  const fields = (names: readonly string[]): Record<string, unknown> => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
  const container = {
    ".": {},
    ...fields(["command", "image", "imagePullPolicy", "name", "terminationMessagePath", "terminationMessagePolicy"]),
    "f:env": {
      ".": {},
      'k:{"name":"REGION"}': { ".": {}, ...fields(["name", "value"]) },
      'k:{"name":"POD_NAME"}': { ".": {}, "f:name": {}, "f:valueFrom": { ".": {}, "f:fieldRef": {} } },
    },
    "f:livenessProbe": {
      ".": {},
      ...fields(["failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds"]),
      "f:httpGet": { ".": {}, ...fields(["path", "port", "scheme"]) },
    },
    "f:ports": { ".": {}, 'k:{"containerPort":8080,"protocol":"TCP"}': { ".": {}, ...fields(["containerPort", "name", "protocol"]) } },
    "f:resources": {
      ".": {},
      "f:limits": { ".": {}, ...fields(["cpu", "memory"]) },
      "f:requests": { ".": {}, ...fields(["cpu", "memory"]) },
    },
    "f:volumeMounts": { ".": {}, 'k:{"mountPath":"/etc/shop"}': { ".": {}, ...fields(["mountPath", "name", "readOnly"]) } },
  };
  const condition = { ".": {}, ...fields(["lastProbeTime", "lastTransitionTime", "status", "type"]) };
  return JSON.stringify([
    {
      manager: "kube-controller-manager",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": {
          "f:generateName": {},
          "f:labels": { ".": {}, ...fields(["app", "tier", "pod-template-hash"]) },
          "f:ownerReferences": { ".": {}, 'k:{"uid":"0b1c2f74-52a3-4d5e-8f1c-3f5b4a6c7d8e"}': {} },
        },
        "f:spec": {
          "f:containers": { 'k:{"name":"frontend"}': container, 'k:{"name":"sidecar"}': container },
          ...fields([
            "dnsPolicy",
            "enableServiceLinks",
            "restartPolicy",
            "schedulerName",
            "securityContext",
            "terminationGracePeriodSeconds",
          ]),
        },
      },
    },
    {
      manager: "kubelet",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-01-01T00:00:05Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:status": {
          "f:conditions": {
            'k:{"type":"ContainersReady"}': condition,
            'k:{"type":"Initialized"}': condition,
            'k:{"type":"Ready"}': condition,
          },
          ...fields(["containerStatuses", "hostIP", "hostIPs", "phase", "podIP", "startTime"]),
        },
      },
      subresource: "status",
    },
  ]);
}
