import { asTable, damagedCreates, damagedUpdates, of } from "../damages.ts";
import { create, get, put, type Sequence } from "../sequences.ts";

const v2 = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers";
const v1 = "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers";
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const autoscaler = {
  metadata: { name: "a" },
  spec: {
    minReplicas: 1,
    maxReplicas: 5,
    scaleTargetRef,
    metrics: [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      { type: "Pods", pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "1k" } } },
      {
        type: "Object",
        object: {
          describedObject: { apiVersion: "v1", kind: "Service", name: "s" },
          metric: { name: "m" },
          target: { type: "Value", value: "10" },
        },
      },
      { type: "External", external: { metric: { name: "q" }, target: { type: "AverageValue", averageValue: "30" } } },
      {
        type: "ContainerResource",
        containerResource: { name: "cpu", container: "c", target: { type: "Utilization", averageUtilization: 60 } },
      },
    ],
    behavior: { scaleUp: { policies: [{ type: "Pods", value: 4, periodSeconds: 60 }] } },
  },
};
const metric = { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 10, averageValue: "5m" } } };
const old = { metadata: { name: "b" }, spec: { maxReplicas: 5, targetCPUUtilizationPercentage: 50, scaleTargetRef } };

const sequences: Sequence[] = [
  ...of(
    "v2",
    damagedCreates(v2, autoscaler, [
      ["spec.minReplicas", 0],
      ["spec.minReplicas", 9],
      ["spec.maxReplicas", 0],
      ["spec.maxReplicas", -1],
      ["spec.scaleTargetRef", {}],
      ["spec.scaleTargetRef.kind", "a/b"],
      ["spec.scaleTargetRef.apiVersion", "v1"],
      ["spec.scaleTargetRef.apiVersion", "a/b/c"],
      ["spec.scaleTargetRef", { apiVersion: "v1", kind: "ReplicationController", name: "r" }],
      ["spec.metrics", []],
      ["spec.metrics.0.type", ""],
      ["spec.metrics.0.type", "Moon"],
      ["spec.metrics.0.type", "Pods"],
      ["spec.metrics.0.resource", undefined],
      ["spec.metrics.0.resource.name", ""],
      ["spec.metrics.0.resource.target", {}],
      ["spec.metrics.0.resource.target.averageUtilization", 0],
      ["spec.metrics.0.resource.target.averageValue", "1"],
      ["spec.metrics.0.external", autoscaler.spec.metrics[3]?.external],
      ["spec.metrics.1.pods.metric.name", "a/b"],
      ["spec.metrics.1.pods.target.averageValue", "-1"],
      ["spec.metrics.1.pods.target.averageValue", undefined],
      ["spec.metrics.2.object.describedObject", {}],
      ["spec.metrics.2.object.target.value", undefined],
      ["spec.metrics.3.external.target.value", "1"],
      ["spec.metrics.4.containerResource.name", "disk"],
      ["spec.metrics.4.containerResource.container", "Bad_"],
      ["spec.behavior", {}],
      ["spec.behavior.scaleUp.policies.0", {}],
      ["spec.behavior.scaleUp.policies.0.periodSeconds", 1801],
      ["spec.behavior.scaleUp.selectPolicy", "Best"],
      ["spec.behavior.scaleUp.stabilizationWindowSeconds", 3601],
      ["spec.behavior.scaleDown", { stabilizationWindowSeconds: -1 }],
    ]),
    damagedUpdates(v2, autoscaler, [
      ["spec.maxReplicas", 6],
      ["spec.scaleTargetRef.apiVersion", "v1"],
      ["spec.minReplicas", 0],
    ]),
    {
      name: "status and table",
      steps: [
        create(v2, autoscaler),
        put(`${v2}/a/status`, { ...autoscaler, status: { currentReplicas: -1, desiredReplicas: -2 } }),
        put(`${v2}/a/status`, { ...autoscaler, status: { currentReplicas: 1, desiredReplicas: 2, currentMetrics: [metric] } }),
        get(`${v2}/a`, asTable),
        get(`${v1}/a`, asTable),
      ],
    },
  ),
  ...of(
    "v1",
    damagedCreates(v1, old, [
      ["spec", undefined],
      ["spec.minReplicas", 0],
      ["spec.maxReplicas", -1],
      ["spec.targetCPUUtilizationPercentage", 0],
      ["spec.targetCPUUtilizationPercentage", undefined],
      ["spec.scaleTargetRef.name", "a%b"],
    ]),
  ),
];

export default sequences;
