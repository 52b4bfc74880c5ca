import { humanDuration } from "../../machinery/duration.ts";
import { age, containerCells, selectorText } from "../columns.ts";
import { dropDisabledTemplateFields } from "../core/disabled-fields.ts";
import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { isConditionTrue } from "../core/pod-status.ts";
import { workloadWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { validateJobStatus } from "./job-status-validation.ts";
import { jobSpecErrors, validateJob, validateJobUpdate } from "./job-validation.ts";
import type { Job, JobSpec } from "./v1.ts";

const maxInt32 = 2147483647;

/** The labels by which a job knows its pods. */
const jobLabels = {
  controllerUid: "batch.kubernetes.io/controller-uid",
  jobName: "batch.kubernetes.io/job-name",
  legacyControllerUid: "controller-uid",
  legacyJobName: "job-name",
} as const;

export const jobs = defineResource<Job>("batch", "jobs", {
  updateChecks: ["meta", "kind", "metaUpdate", "spec", "update"],
  default(job) {
    job.spec ??= {} as JobSpec;
    job.spec.template ??= {};
    defaultJobSpec(job.spec);
    job.spec.manualSelector ??= false;
    const labels = job.spec.template.metadata?.labels;
    // The very labels of the template: what is added to them for the selector is added here too.
    if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = labels;
  },
  dropDisabled: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  prepareForCreate(job) {
    job.status = {};
    const spec = job.spec as JobSpec;
    if (spec.manualSelector === true) return;
    const follow = job.metadata.labels === spec.template.metadata?.labels && job.metadata.labels !== undefined;
    generateSelector(job, spec);
    if (follow) job.metadata.labels = { ...spec.template.metadata?.labels };
  },
  defaultsStored: true,
  validate: (job) => validateJob(job),
  validateChange: validateJob,
  validateSpec: jobSpecErrors,
  validateUpdate: validateJobUpdate,
  validateStatus: validateJobStatus,
  warnings(job, old) {
    const warnings: string[] = [];
    const { completionMode, completions = 0, parallelism = 0 } = job.spec ?? ({} as JobSpec);
    if (completionMode === "Indexed" && completions > 100_000 && parallelism > 10_000) {
      warnings.push(
        "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail",
      );
    }
    return [...warnings, ...workloadWarnings(job, old)];
  },
  row(job, { now }) {
    const { spec, status = {} } = job;
    const done = status.succeeded ?? 0;
    const parallelism = spec?.parallelism ?? 0;
    const completions =
      spec?.completions !== undefined ? `${done}/${spec.completions}` : parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
    return [
      job.metadata.name ?? "",
      jobStatusText(job),
      completions,
      durationText(job, now),
      age(job.metadata, now),
      ...containerCells(spec?.template?.spec),
      selectorText(spec?.selector),
    ];
  },
  unsupportedField: (name) => `field label ${JSON.stringify(name)} not supported for Job`,
  selectableFields: { "status.successful": (job) => String(job.status?.succeeded ?? 0) },
  // Pods of a deleted job are kept unless the client says otherwise, as ever in batch/v1.
  defaultPropagation: "Orphan",
  orphansWarning:
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
});

function defaultJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  defaultJobTemplateSpec(spec);
}

/** What a job template inside a cron job gets too: the rest is its author's, until a job is made of it. */
export function defaultJobTemplateSpec(spec: JobSpec): void {
  spec.template ??= {};
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= "True";
  defaultPodTemplate(spec.template);
}

/** A job selects its pods by its own uid, which nobody can guess beforehand. */
function generateSelector(job: Job, spec: JobSpec): void {
  const { uid = "", name = "" } = job.metadata;
  spec.template.metadata ??= {};
  // Labels that a client set stay; validation refuses those that say something else.
  spec.template.metadata.labels = {
    [jobLabels.jobName]: name,
    [jobLabels.legacyJobName]: name,
    [jobLabels.controllerUid]: uid,
    [jobLabels.legacyControllerUid]: uid,
    ...spec.template.metadata.labels,
  };
  spec.selector ??= {};
  spec.selector.matchLabels ??= {};
  if (spec.selector.matchLabels[jobLabels.controllerUid] === undefined) spec.selector.matchLabels[jobLabels.controllerUid] = uid;
}

function jobStatusText(job: Readonly<Job>): string {
  const conditions = job.status?.conditions;
  if (isConditionTrue(conditions, "Complete")) return "Complete";
  if (isConditionTrue(conditions, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (isConditionTrue(conditions, "Suspended")) return "Suspended";
  if (isConditionTrue(conditions, "FailureTarget")) return "FailureTarget";
  if (isConditionTrue(conditions, "SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return "Running";
}

function durationText(job: Readonly<Job>, now: number): string {
  const start = job.status?.startTime;
  if (start === undefined) return "";
  const end = job.status?.completionTime;
  return humanDuration((end === undefined ? now : Date.parse(end)) - Date.parse(start));
}
