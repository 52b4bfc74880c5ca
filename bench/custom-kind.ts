import { benchNamespace } from "./bench-pod.ts";

const text = { type: "string" };

/** A custom kind with defaults, bounds, a list by key and a rule, as operators have them. */
export const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.bench.example.com" },
  spec: {
    group: "bench.example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["image"],
                "x-kubernetes-validations": [{ rule: "self.minimum <= self.replicas", message: "too few" }],
                properties: {
                  image: { ...text, maxLength: 200 },
                  replicas: { type: "integer", minimum: 0, default: 1 },
                  minimum: { type: "integer", minimum: 0, default: 0 },
                  labels: { type: "object", additionalProperties: text },
                  ports: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: {
                        name: text,
                        port: { type: "integer", minimum: 1, maximum: 65535 },
                        protocol: { ...text, default: "TCP" },
                      },
                    },
                  },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

export const customPath = `/apis/bench.example.com/v1/namespaces/${benchNamespace}/widgets`;

export function customName(index: number): string {
  return `widget-${String(index).padStart(6, "0")}`;
}

/** The body of one object, about 1 KB. */
export function customObject(index: number): string {
  const labels = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`example.com/label-${n}`, `value-${index}-${n}`]));
  const ports = Array.from({ length: 6 }, (_, n) => ({ name: `port-${n}`, port: 8000 + n }));
  return JSON.stringify({
    apiVersion: "bench.example.com/v1",
    kind: "Widget",
    metadata: { name: customName(index), labels: { app: `app-${index % 100}` } },
    spec: { image: `registry.example.com/app:${index}`, replicas: 3, labels, ports },
  });
}
