import { goJson } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { defineConvertedResource, type ObjectConverter } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import { validateAutoscaler, validateAutoscalerStatus } from "./autoscaler-validation.ts";
import { autoscalerRow } from "./horizontal-pod-autoscaler.ts";
import { noteOfSpec, noteOfStatus, specOfNote, statusOfNote, withJsonNames } from "./metric-notes.ts";
import type { HorizontalPodAutoscaler as AutoscalerV1 } from "./v1.ts";
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from "./v2.ts";

/** What v1 can't say in fields it keeps in annotations. */
const annotations = {
  metrics: "autoscaling.alpha.kubernetes.io/metrics",
  currentMetrics: "autoscaling.alpha.kubernetes.io/current-metrics",
  conditions: "autoscaling.alpha.kubernetes.io/conditions",
  behavior: "autoscaling.alpha.kubernetes.io/behavior",
} as const;

const specNotes = [annotations.metrics, annotations.behavior];
const statusNotes = [annotations.currentMetrics, annotations.conditions];

/** Percent of what a pod asks for. */
const defaultUtilization = 80;

const autoscalerConverter: ObjectConverter = {
  toStored: (object) => toV2(object as unknown as AutoscalerV1) as unknown as AnyObject,
  fromStored: (object) => toV1(object as unknown as HorizontalPodAutoscaler) as unknown as AnyObject,
};

function isCpuUtilization(metric: MetricSpec): boolean {
  return metric.type === "Resource" && metric.resource?.name === "cpu" && metric.resource.target.averageUtilization !== undefined;
}

function toV1(stored: Readonly<HorizontalPodAutoscaler>): AutoscalerV1 {
  const { metrics, behavior, ...spec } = stored.spec;
  const { currentMetrics, conditions, ...status } = stored.status ?? { desiredReplicas: 0 };
  const cpu = metrics?.find(isCpuUtilization);
  const others = metrics?.filter((metric) => metric !== cpu) ?? [];
  const cpuNow = currentMetrics?.find((one) => one.type === "Resource" && one.resource?.name === "cpu");
  const notes: Record<string, string> = { ...stored.metadata.annotations };
  for (const name of Object.values(annotations)) delete notes[name];
  if (others.length > 0) notes[annotations.metrics] = goJson(others.map(noteOfSpec));
  // The one of the processor too: its field tells less.
  if (currentMetrics && currentMetrics.length > 0) notes[annotations.currentMetrics] = goJson(currentMetrics.map(noteOfStatus));
  if (conditions && conditions.length > 0) notes[annotations.conditions] = goJson(conditions.map(noteOfCondition));
  if (behavior) notes[annotations.behavior] = goJson(internalForm("api/autoscaling/v2#HorizontalPodAutoscalerBehavior", behavior));
  const metadata = { ...stored.metadata };
  if (Object.keys(notes).length > 0) metadata.annotations = notes;
  const utilization = cpu?.resource?.target.averageUtilization;
  const current = cpuNow?.resource?.current.averageUtilization;
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: { ...spec, ...(utilization === undefined ? {} : { targetCPUUtilizationPercentage: utilization }) },
    status: {
      ...status,
      currentReplicas: stored.status?.currentReplicas ?? 0,
      ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
    },
  };
}

type Conditions = NonNullable<NonNullable<HorizontalPodAutoscaler["status"]>["conditions"]>;

function noteOfCondition({ type, status, lastTransitionTime, reason, message }: Conditions[number]): object {
  return { type, status, lastTransitionTime: lastTransitionTime ?? null, ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function toV2(served: Readonly<AutoscalerV1>): HorizontalPodAutoscaler {
  const { targetCPUUtilizationPercentage: utilization, ...spec } = served.spec;
  const {
    currentCPUUtilizationPercentage: current,
    currentReplicas,
    ...status
  } = served.status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const notes = { ...served.metadata.annotations };
  const metrics = readNote(notes, annotations.metrics, (value) => listOf(value).map(specOfNote)) ?? [];
  const noted = readNote(notes, annotations.currentMetrics, (value) => listOf(value).map(statusOfNote));
  const conditions = readNote(notes, annotations.conditions, (value) => listOf(value) as unknown as Conditions);
  const notedBehavior = readNote(
    notes,
    annotations.behavior,
    (value) => withJsonNames(value) as HorizontalPodAutoscaler["spec"]["behavior"],
  );
  const behavior = notedBehavior?.scaleUp || notedBehavior?.scaleDown ? notedBehavior : undefined;
  // v1 always had a default for what it scales by.
  if (utilization !== undefined || metrics.length === 0) {
    const target = { type: "Utilization", averageUtilization: utilization ?? defaultUtilization };
    metrics.push({ type: "Resource", resource: { name: "cpu", target } });
  }
  const currentMetrics = noted ?? [];
  if (current !== undefined && !noted) {
    currentMetrics.push({ type: "Resource", resource: { name: "cpu", current: { averageUtilization: current } } });
  }
  const { annotations: _all, ...metadata } = served.metadata;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: Object.keys(notes).length > 0 ? { ...metadata, annotations: notes } : metadata,
    spec: { ...spec, metrics, ...(behavior ? { behavior } : {}) },
    status: {
      ...status,
      ...(currentReplicas ? { currentReplicas } : {}),
      currentMetrics: (currentMetrics.length > 0 ? currentMetrics : null) as MetricStatus[],
      ...(conditions ? { conditions } : {}),
    },
  };
}

/** Takes a note out and gives what it says; one that can't be read is dropped. */
function readNote<T>(notes: Record<string, string>, key: string, read: (value: unknown) => T): T | undefined {
  const text = notes[key];
  if (text === undefined) return undefined;
  delete notes[key];
  try {
    return read(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Takes the annotations of these names from another state. */
function keepNotes(autoscaler: AutoscalerV1, from: Readonly<AutoscalerV1> | undefined, names: readonly string[]): void {
  const notes = { ...autoscaler.metadata.annotations };
  for (const name of names) {
    const note = from?.metadata.annotations?.[name];
    if (note === undefined) delete notes[name];
    else notes[name] = note;
  }
  if (Object.keys(notes).length > 0) autoscaler.metadata.annotations = notes;
  else delete autoscaler.metadata.annotations;
}

function listOf(value: unknown): Parameters<typeof specOfNote>[0][] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

export const autoscalersV1 = defineConvertedResource<AutoscalerV1>("autoscaling", "v1", "horizontalpodautoscalers", autoscalerConverter, {
  specAnnotations: Object.values(annotations),
  default(autoscaler) {
    autoscaler.spec ??= { maxReplicas: 0, scaleTargetRef: { kind: "", name: "" } };
    autoscaler.spec.minReplicas ??= 1;
    const others = autoscaler.metadata.annotations?.[annotations.metrics];
    if (others === undefined) autoscaler.spec.targetCPUUtilizationPercentage ??= 80;
  },
  prepareForCreate(autoscaler) {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 };
    keepNotes(autoscaler, undefined, statusNotes);
  },
  prepareForUpdate(autoscaler, old, { subresource }) {
    keepNotes(autoscaler, old, subresource === "status" ? specNotes : statusNotes);
  },
  validate: (autoscaler) => validateAutoscaler(toV2(autoscaler)),
  validateChange: (autoscaler, old) => validateAutoscaler(toV2(autoscaler), toV2(old)),
  validateStatus: (autoscaler) => validateAutoscalerStatus(toV2(autoscaler)),
  row: (autoscaler, context) => autoscalerRow(autoscaler as unknown as HorizontalPodAutoscaler, context),
  rowsOfStored: true,
  countsGenerations: false,
});
