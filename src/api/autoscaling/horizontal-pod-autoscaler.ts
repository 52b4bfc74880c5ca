import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { validateAutoscaler, validateAutoscalerStatus } from "./autoscaler-validation.ts";
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, HPAScalingRules, MetricSpec } from "./v2.ts";

export const autoscalers = defineResource<HorizontalPodAutoscaler>("autoscaling", "horizontalpodautoscalers", {
  default: defaultAutoscaler,
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0 };
  },
  validate: (autoscaler) => validateAutoscaler(autoscaler),
  validateChange: validateAutoscaler,
  validateStatus: validateAutoscalerStatus,
  row: autoscalerRow,
  countsGenerations: false,
});

function defaultAutoscaler(autoscaler: HorizontalPodAutoscaler): void {
  autoscaler.spec ??= {} as HorizontalPodAutoscalerSpec;
  const { spec } = autoscaler;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) {
    spec.metrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }];
  }
  if (!spec.behavior) return;
  spec.behavior.scaleUp ??= {};
  defaultRules(spec.behavior.scaleUp, [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ]);
  spec.behavior.scaleUp.stabilizationWindowSeconds ??= 0;
  spec.behavior.scaleDown ??= {};
  defaultRules(spec.behavior.scaleDown, [{ type: "Percent", value: 100, periodSeconds: 15 }]);
}

function defaultRules(rules: HPAScalingRules, policies: NonNullable<HPAScalingRules["policies"]>): void {
  rules.selectPolicy ??= "Max";
  rules.policies ??= policies;
}

export function autoscalerRow(autoscaler: Readonly<HorizontalPodAutoscaler>, { now }: { now: number }): (string | number)[] {
  const { spec, status } = autoscaler;
  return [
    autoscaler.metadata.name ?? "",
    `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
    metricsText(autoscaler),
    spec.minReplicas === undefined ? "<unset>" : String(spec.minReplicas),
    spec.maxReplicas,
    status?.currentReplicas ?? 0,
    age(autoscaler.metadata, now),
  ];
}

function metricsText(autoscaler: Readonly<HorizontalPodAutoscaler>): string {
  const specs = autoscaler.spec.metrics ?? [];
  if (specs.length === 0) return "<none>";
  const texts = specs.map((metric, index) => metricText(metric, autoscaler, index));
  const shown = texts.slice(0, 2).join(", ");
  return texts.length > 2 ? `${shown} + ${texts.length - 2} more...` : shown;
}

function metricText(metric: MetricSpec, autoscaler: Readonly<HorizontalPodAutoscaler>, index: number): string {
  const status = autoscaler.status?.currentMetrics?.[index];
  const unknown = "<unknown>";
  switch (metric.type) {
    case "Resource":
    case "ContainerResource": {
      const source = metric.type === "Resource" ? metric.resource : metric.containerResource;
      const current = metric.type === "Resource" ? status?.resource?.current : status?.containerResource?.current;
      const name = source?.name ?? "";
      if (source?.target.averageValue !== undefined) return `${name}: ${current?.averageValue ?? unknown}/${source.target.averageValue}`;
      const now = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
      const target = source?.target.averageUtilization === undefined ? "<auto>" : `${source.target.averageUtilization}%`;
      return `${name}: ${now}/${target}`;
    }
    case "Pods":
      return `${status?.pods?.current.averageValue ?? unknown}/${metric.pods?.target.averageValue ?? "0"}`;
    case "Object": {
      const target = metric.object?.target;
      if (target?.averageValue !== undefined) return `${status?.object?.current.averageValue ?? unknown}/${target.averageValue} (avg)`;
      return `${status?.object?.current.value ?? unknown}/${target?.value ?? "0"}`;
    }
    case "External": {
      const target = metric.external?.target;
      if (target?.averageValue !== undefined) return `${status?.external?.current.averageValue ?? unknown}/${target.averageValue} (avg)`;
      return `${status?.external?.current.value ?? unknown}/${target?.value ?? "0"}`;
    }
    default:
      return "<unknown type>";
  }
}
