import { CronError, parseCron } from "../../machinery/cron.ts";
import { ageOf } from "../../machinery/duration.ts";
import { field, path } from "../../machinery/errors.ts";
import { isTimeZone } from "../../machinery/time-zone.ts";
import { age, boolText, containerCells, selectorText } from "../columns.ts";
import { dropDisabledTemplateFields } from "../core/disabled-fields.ts";
import { isNewGeneration, nameWarnings, podTemplateWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm, selectorForm } from "../internal-form.ts";
import { type Errors, requireNonNegative } from "../validation.ts";
import { defaultJobTemplateSpec } from "./job.ts";
import { validateJobSpec } from "./job-validation.ts";
import type { CronJob, CronJobSpec, JobSpec } from "./v1.ts";

const at = path("spec");
const concurrencyPolicies = ["Allow", "Forbid", "Replace"];
/** The controller appends eleven characters for the name of a job. */
const maxNameLength = 52;

export const cronjobs = defineResource<CronJob>("batch", "cronjobs", {
  ignoresMetaOfStatus: true,
  default(job) {
    job.spec ??= {} as CronJobSpec;
    const { spec } = job;
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    spec.jobTemplate ??= {};
    spec.jobTemplate.spec ??= {} as JobSpec;
    defaultJobTemplateSpec(spec.jobTemplate.spec);
  },
  dropDisabled: ({ spec }) => dropDisabledTemplateFields(spec?.jobTemplate?.spec?.template),
  prepareForCreate(job) {
    job.status = {};
  },
  validate(job) {
    const errors: Errors = [];
    validateSpec(errors, job.spec);
    if ((job.metadata.name?.length ?? 0) > maxNameLength) {
      errors.push(field.invalid(path("metadata", "name"), job.metadata.name, `must be no more than ${maxNameLength} characters`));
    }
    return errors;
  },
  warnings(job, old) {
    const warnings = old ? [] : nameWarnings(job.metadata.name);
    const template = job.spec?.jobTemplate?.spec?.template;
    if (!old || isNewGeneration(job, old)) {
      warnings.push(...podTemplateWarnings(template, "spec.jobTemplate.spec.template"));
    }
    if (job.spec?.schedule?.includes("TZ")) {
      warnings.push(
        `CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
      );
    }
    return warnings;
  },
  row(job, { now }) {
    const { spec, status } = job;
    return [
      job.metadata.name ?? "",
      spec.schedule,
      spec.timeZone ?? "<none>",
      boolText(spec.suspend),
      status?.active?.length ?? 0,
      status?.lastScheduleTime === undefined ? "<none>" : ageOf(status.lastScheduleTime, now),
      age(job.metadata, now),
      ...containerCells(spec.jobTemplate?.spec?.template?.spec),
      selectorText(spec.jobTemplate?.spec?.selector),
    ];
  },
});

function validateSpec(errors: Errors, spec: CronJobSpec): void {
  if (!spec.schedule) errors.push(field.required(at.child("schedule")));
  else {
    try {
      parseCron(spec.schedule);
    } catch (error) {
      if (!(error instanceof CronError)) throw error;
      errors.push(field.invalid(at.child("schedule"), spec.schedule, error.message));
    }
    if (spec.schedule.includes("TZ")) {
      const text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
      errors.push(field.invalid(at.child("schedule"), spec.schedule, text));
    }
  }
  requireNonNegative(errors, spec.startingDeadlineSeconds, at, "startingDeadlineSeconds");
  if (spec.timeZone !== undefined) validateTimeZone(errors, spec.timeZone);
  const policy = spec.concurrencyPolicy ?? "";
  if (policy === "") errors.push(field.required(at.child("concurrencyPolicy")));
  else if (!concurrencyPolicies.includes(policy))
    errors.push(field.notSupported(at.child("concurrencyPolicy"), policy, concurrencyPolicies));
  const template = spec.jobTemplate?.spec ?? ({} as JobSpec);
  const where = at.child("jobTemplate", "spec");
  validateJobSpec(errors, template, where, false);
  if (template.selector) {
    errors.push(field.invalid(where.child("selector"), internalForm(selectorForm, template.selector), "`selector` will be auto-generated"));
  }
  if (template.manualSelector === true) errors.push(field.notSupported(where.child("manualSelector"), true, ["nil", "false"]));
  requireNonNegative(errors, spec.successfulJobsHistoryLimit, at, "successfulJobsHistoryLimit");
  requireNonNegative(errors, spec.failedJobsHistoryLimit, at, "failedJobsHistoryLimit");
}

function validateTimeZone(errors: Errors, zone: string): void {
  const where = at.child("timeZone");
  if (zone === "") {
    errors.push(field.invalid(where, zone, "timeZone must be nil or non-empty string"));
    return;
  }
  if (zone.toLowerCase() === "local")
    errors.push(field.invalid(where, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"));
  if (zone !== "Local" && !isTimeZone(zone)) errors.push(field.invalid(where, zone, `unknown time zone ${zone}`));
}
