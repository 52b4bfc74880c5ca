export const benchNamespace = "bench";
/** Pods with the same value of the label `shard` are one in so many. */
const shards = 50;

/** A pod as templates make them: about 4 KB with the defaults and managedFields that the server adds. Nothing schedules it. */
export function benchPod(index: number, owner?: string): string {
  return JSON.stringify({
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name: podName(index, owner),
      namespace: benchNamespace,
      labels: { app: "shop", tier: "frontend", shard: `s${index % shards}`, "pod-template-hash": "6d4cf56db6" },
      annotations: { "example.com/checksum": "d2a84f4b8b650937ec8f73cd8be2c74add5a911ba64df27458ed8229da804a26" },
    },
    spec: {
      schedulerName: "bench",
      volumes: [{ name: "config", configMap: { name: "shop-config" } }],
      containers: [
        {
          name: "frontend",
          image: `registry.example.com/shop/frontend:1.28.${index % 7}`,
          command: ["/usr/bin/serve", "--listen=0.0.0.0:8080", `--instance=${podName(index, owner)}`],
          ports: [{ name: "http", containerPort: 8080 }],
          env: [
            { name: "REGION", value: "eu-central-1" },
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "shop-credentials", key: "password" } } },
          ],
          resources: { limits: { cpu: "500m", memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
          volumeMounts: [{ name: "config", readOnly: true, mountPath: "/etc/shop" }],
          livenessProbe: { httpGet: { path: "/healthz", port: 8080 }, initialDelaySeconds: 3 },
        },
      ],
    },
  });
}

export function podName(index: number, owner = "shop-frontend"): string {
  return `${owner}-6d4cf56db6-${String(index).padStart(5, "0")}`;
}
