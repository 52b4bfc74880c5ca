import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { quantitySign } from "../../machinery/quantity.ts";
import { isDNS1123Label, isPathSegmentName, negativeText } from "../../machinery/validation/names.ts";
import { validateContainerResourceName } from "../core/resource-validation.ts";
import { requirePathSegment } from "../field-rules.ts";
import { complain, type Errors } from "../validation.ts";
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from "./v2.ts";

const at = path("spec");
const maxPeriodSeconds = 1800;
const maxWindowSeconds = 3600;

interface ReferenceRules {
  allowEmptyGroup?: boolean;
  allowAnyVersion?: boolean;
}

export function validateAutoscaler(autoscaler: Readonly<HorizontalPodAutoscaler>, old?: Readonly<HorizontalPodAutoscaler>): Errors {
  const errors: Errors = [];
  const spec = autoscaler.spec ?? ({} as HorizontalPodAutoscalerSpec);
  const least = old?.spec?.minReplicas === 0 ? 0 : 1;
  const { minReplicas: min, maxReplicas: max = 0 } = spec;
  if (min !== undefined && min < least) {
    errors.push(field.invalid(at.child("minReplicas"), min, `must be greater than or equal to ${least}`));
  }
  if (max === 0) errors.push(field.required(at.child("maxReplicas"), "must be set and greater than 0"));
  else if (max < 0) errors.push(field.invalid(at.child("maxReplicas"), max, "must be greater than or equal to 1"));
  if (min !== undefined && max < min) {
    errors.push(field.invalid(at.child("maxReplicas"), max, "must be greater than or equal to `minReplicas`"));
  }
  const target = spec.scaleTargetRef ?? { kind: "", name: "" };
  validateReference(errors, target, at.child("scaleTargetRef"), targetRules(target, old));
  validateMetrics(errors, spec, objectRules(old));
  if (spec.behavior) {
    for (const name of ["scaleUp", "scaleDown"] as const) {
      const rules = spec.behavior[name];
      if (rules) validateScalingRules(errors, rules, at.child("behavior", name));
    }
  }
  return errors;
}

export function validateAutoscalerStatus({ status }: Readonly<HorizontalPodAutoscaler>): Errors {
  const errors: Errors = [];
  for (const name of ["currentReplicas", "desiredReplicas"] as const) {
    const value = status?.[name] ?? 0;
    if (value < 0) errors.push(field.invalid(path("status", name), value, negativeText));
  }
  return errors;
}

/** A target that stays as it was isn't looked at again. */
function targetRules(target: CrossVersionObjectReference, old: Readonly<HorizontalPodAutoscaler> | undefined): ReferenceRules {
  const before = old?.spec?.scaleTargetRef;
  if (before && (before.apiVersion ?? "") === (target.apiVersion ?? "") && before.kind === target.kind) return { allowAnyVersion: true };
  return target.kind === "ReplicationController" ? { allowEmptyGroup: true } : {};
}

function objectRules(old: Readonly<HorizontalPodAutoscaler> | undefined): ReferenceRules {
  const before = old?.spec?.metrics?.some(
    ({ type, object }) =>
      type === "Object" && object && versionComplaint(object.describedObject.apiVersion ?? "", { allowEmptyGroup: true }),
  );
  return before ? { allowAnyVersion: true } : { allowEmptyGroup: true };
}

function validateReference(errors: Errors, reference: CrossVersionObjectReference, where: FieldPath, rules: ReferenceRules): void {
  requirePathSegment(errors, reference.kind, where.child("kind"));
  requirePathSegment(errors, reference.name, where.child("name"));
  const version = reference.apiVersion ?? "";
  const complaint = versionComplaint(version, rules);
  if (complaint) errors.push(field.invalid(where.child("apiVersion"), version, complaint));
}

function versionComplaint(version: string, { allowEmptyGroup, allowAnyVersion }: ReferenceRules): string | undefined {
  if (allowAnyVersion) return undefined;
  const parts = version === "/" ? [""] : version.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${version}`;
  return !allowEmptyGroup && (parts.length < 2 || parts[0] === "") ? "apiVersion must specify API group" : undefined;
}

function validateMetrics(errors: Errors, { metrics = [], minReplicas }: HorizontalPodAutoscalerSpec, rules: ReferenceRules): void {
  const where = at.child("metrics");
  for (const [index, metric] of metrics.entries()) validateMetric(errors, metric, where.index(index), rules);
  if (minReplicas === 0 && !metrics.some(({ type }) => type === "Object" || type === "External")) {
    errors.push(field.forbidden(where, "must specify at least one Object or External metric to support scaling to zero replicas"));
  }
}

const sourceFields = ["object", "external", "pods", "resource", "containerResource"] as const;
type SourceField = (typeof sourceFields)[number];
const fieldOfType: Readonly<Record<string, SourceField>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

function validateMetric(errors: Errors, metric: MetricSpec, where: FieldPath, rules: ReferenceRules): void {
  const type: string = metric.type ?? "";
  const expected = fieldOfType[type];
  if (!type) errors.push(field.required(where.child("type"), "must specify a metric source type"));
  const unknown = field.notSupported(where.child("type"), type, Object.keys(fieldOfType));
  if (!expected) errors.push(unknown);
  const present = sourceFields.filter((name) => metric[name] !== undefined);
  const first = present[0];
  if (first) validateSource(errors, metric, first, where.child(first), rules);
  if (!expected) errors.push(unknown);
  else if (metric[expected] === undefined) {
    errors.push(field.required(where.child(expected), "must populate information for the given metric source"));
  }
  if (present.length === 1) return;
  for (const name of present) {
    if (name !== expected) errors.push(field.forbidden(where.child(name), "must populate the given metric source only"));
  }
}

function validateSource(errors: Errors, metric: MetricSpec, name: SourceField, where: FieldPath, rules: ReferenceRules): void {
  if (name === "object") validateObjectSource(errors, metric.object as ObjectMetricSource, where, rules);
  else if (name === "external") validateExternalSource(errors, metric.external as ExternalMetricSource, where);
  else if (name === "pods") validatePodsSource(errors, metric.pods as PodsMetricSource, where);
  else if (name === "resource") validateResourceSource(errors, metric.resource as ResourceMetricSource, where);
  else validateContainerSource(errors, metric.containerResource as ContainerResourceMetricSource, where);
}

const noTarget = {} as MetricTarget;
const noMetric = {} as MetricIdentifier;

function validateObjectSource(errors: Errors, source: ObjectMetricSource, where: FieldPath, rules: ReferenceRules): void {
  const { describedObject = { kind: "", name: "" }, metric = noMetric, target = noTarget } = source;
  validateReference(errors, describedObject, where.child("describedObject"), rules);
  validateIdentifier(errors, metric, where.child("metric"));
  validateTarget(errors, target, where.child("target"));
  if (target.value === undefined && target.averageValue === undefined) {
    errors.push(field.required(where.child("target", "averageValue"), "must set either a target value or averageValue"));
  }
}

function validateExternalSource(errors: Errors, { metric = noMetric, target = noTarget }: ExternalMetricSource, where: FieldPath): void {
  validateIdentifier(errors, metric, where.child("metric"));
  validateTarget(errors, target, where.child("target"));
  if (target.value === undefined && target.averageValue === undefined) {
    const detail = "must set either a target value for metric or a per-pod target";
    errors.push(field.required(where.child("target", "averageValue"), detail));
  }
  if (target.value !== undefined && target.averageValue !== undefined) {
    errors.push(field.forbidden(where.child("target", "value"), "may not set both a target value for metric and a per-pod target"));
  }
}

function validatePodsSource(errors: Errors, { metric = noMetric, target = noTarget }: PodsMetricSource, where: FieldPath): void {
  validateIdentifier(errors, metric, where.child("metric"));
  validateTarget(errors, target, where.child("target"));
  if (target.averageValue === undefined) {
    errors.push(field.required(where.child("target", "averageValue"), "must specify a positive target averageValue"));
  }
}

function validateContainerSource(errors: Errors, source: ContainerResourceMetricSource, where: FieldPath): void {
  const { name, container, target = noTarget } = source;
  if (!name) errors.push(field.required(where.child("name"), "must specify a resource name"));
  else validateContainerResourceName(errors, name, where.child("name"));
  if (!container) errors.push(field.required(where.child("container"), "must specify a container"));
  else complain(errors, where.child("container"), container, isDNS1123Label(container));
  validateUtilization(errors, target, where.child("target"));
}

function validateResourceSource(errors: Errors, { name, target = noTarget }: ResourceMetricSource, where: FieldPath): void {
  if (!name) errors.push(field.required(where.child("name"), "must specify a resource name"));
  validateUtilization(errors, target, where.child("target"));
}

/** The target of a resource: an amount or a share of what is requested. */
function validateUtilization(errors: Errors, target: MetricTarget, where: FieldPath): void {
  validateTarget(errors, target, where);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    errors.push(field.required(where.child("averageUtilization"), "must set either a target raw value or a target utilization"));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    errors.push(field.forbidden(where.child("averageValue"), "may not set both a target raw value and a target utilization"));
  }
}

function validateTarget(errors: Errors, target: MetricTarget, where: FieldPath): void {
  const type: string = target.type ?? "";
  if (!type) errors.push(field.required(where.child("type"), "must specify a metric target type"));
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    errors.push(field.invalid(where.child("type"), type, "must be either Utilization, Value, or AverageValue"));
  }
  for (const name of ["value", "averageValue"] as const) {
    const value = target[name];
    if (value !== undefined && quantitySign(value) <= 0) errors.push(field.invalid(where.child(name), value, "must be positive"));
  }
  const { averageUtilization } = target;
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(field.invalid(where.child("averageUtilization"), averageUtilization, "must be greater than 0"));
  }
}

function validateIdentifier(errors: Errors, { name }: MetricIdentifier, where: FieldPath): void {
  if (!name) errors.push(field.required(where.child("name"), "must specify a metric name"));
  else complain(errors, where.child("name"), name, isPathSegmentName(name));
}

function validateScalingRules(errors: Errors, rules: HPAScalingRules, where: FieldPath): void {
  const { stabilizationWindowSeconds: window, policies = [], tolerance } = rules;
  const select: string | undefined = rules.selectPolicy;
  const windowPath = where.child("stabilizationWindowSeconds");
  if (window !== undefined && window < 0) errors.push(field.invalid(windowPath, window, "must be greater than or equal to zero"));
  if (window !== undefined && window > maxWindowSeconds) {
    errors.push(field.invalid(windowPath, window, `must be less than or equal to ${maxWindowSeconds}`));
  }
  if (select !== undefined && !["Disabled", "Max", "Min"].includes(select)) {
    errors.push(field.notSupported(where.child("selectPolicy"), select, ["Disabled", "Max", "Min"]));
  }
  if (policies.length === 0) errors.push(field.required(where.child("policies"), "must specify at least one Policy"));
  for (const [index, policy] of policies.entries()) validatePolicy(errors, policy, where.child("policies").index(index));
  if (tolerance !== undefined && quantitySign(tolerance) < 0) {
    errors.push(field.invalid(where.child("tolerance"), tolerance, negativeText));
  }
}

function validatePolicy(errors: Errors, policy: HPAScalingPolicy, where: FieldPath): void {
  const type: string = policy.type ?? "";
  const { value = 0, periodSeconds = 0 } = policy;
  if (type !== "Pods" && type !== "Percent") errors.push(field.notSupported(where.child("type"), type, ["Percent", "Pods"]));
  if (value <= 0) errors.push(field.invalid(where.child("value"), value, "must be greater than zero"));
  if (periodSeconds <= 0) errors.push(field.invalid(where.child("periodSeconds"), periodSeconds, "must be greater than zero"));
  if (periodSeconds > maxPeriodSeconds) {
    errors.push(field.invalid(where.child("periodSeconds"), periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`));
  }
}
