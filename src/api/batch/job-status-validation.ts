import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isConditionTrue } from "../core/pod-status.ts";
import { type Errors, invalidWithoutValue, requireNonNegative } from "../validation.ts";
import { overlapOf, parseIndexList } from "./index-list.ts";
import type { Job, JobSpec, JobStatus, UncountedTerminatedPods } from "./v1.ts";

const at = path("status");
const conditionsPath = at.child("conditions");

/**
 * What a status says must fit together. Fields are held against each other only when one of them changes: a change of the spec may
 * have made them contradict each other, which the controller is about to mend.
 */
export function validateJobStatus(job: Readonly<Job>, old: Readonly<Job>): Errors {
  const errors: Errors = [];
  const status = job.status ?? {};
  const before = old.status ?? {};
  for (const name of ["active", "succeeded", "failed", "ready", "terminating"] as const) requireNonNegative(errors, status[name], at, name);
  validateUncounted(errors, status.uncountedTerminatedPods);
  validateTimes(errors, status, before);
  validateFinished(errors, status, before, job.spec);
  validateIndexes(errors, status, before, job.spec);
  if ((status.terminating ?? 0) > 0 && isFinished(status) && (changed(status, before, "terminating") || finishes(status, before))) {
    errors.push(field.invalid(at.child("terminating"), status.terminating, "terminating>0 is invalid for finished job"));
  }
  const { ready, active = 0 } = status;
  if (ready !== undefined && ready > active && (changed(status, before, "ready") || active !== (before.active ?? 0))) {
    errors.push(field.invalid(at.child("ready"), ready, "cannot set more ready pods than active"));
  }
  const met = is(status, "SuccessCriteriaMet");
  const contradiction = (text: string) => errors.push(invalidWithoutValue(conditionsPath, text));
  if (met && is(status, "Failed")) contradiction("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (met && is(status, "FailureTarget")) contradiction("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  if (job.spec?.successPolicy && !met && is(status, "Complete")) {
    contradiction("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
  validateProgress(errors, job, status, before);
  return errors;
}

function is({ conditions }: JobStatus, type: string): boolean {
  return isConditionTrue(conditions, type);
}

const uncriticalText = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";

function isUncritical(status: JobStatus): boolean {
  return is(status, "Complete") && !is(status, "SuccessCriteriaMet");
}

function isFinished(status: JobStatus): boolean {
  return is(status, "Complete") || is(status, "Failed");
}

function finishes(status: JobStatus, before: JobStatus): boolean {
  return isFinished(status) !== isFinished(before);
}

function turns(status: JobStatus, before: JobStatus, type: string): boolean {
  return is(status, type) !== is(before, type);
}

function changed(status: JobStatus, before: JobStatus, name: keyof JobStatus): boolean {
  return !deepEqual(status[name], before[name]);
}

function validateUncounted(errors: Errors, pods: UncountedTerminatedPods | undefined): void {
  const seen = new Set<string>();
  for (const list of ["succeeded", "failed"] as const) {
    for (const [index, uid] of (pods?.[list] ?? []).entries()) {
      const one = at.child("uncountedTerminatedPods", list).index(index);
      if (uid === "") errors.push(field.invalid(one, uid, "must not be empty"));
      else if (seen.has(uid)) errors.push(field.duplicate(one, uid));
      seen.add(uid);
    }
  }
}

function validateTimes(errors: Errors, status: JobStatus, before: JobStatus): void {
  const isComplete = is(status, "Complete");
  const { startTime, completionTime } = status;
  const where = at.child("completionTime");
  const completes = turns(status, before, "Complete");
  const contradiction = (text: string) => errors.push(invalidWithoutValue(conditionsPath, text));
  if (isComplete && is(status, "Failed") && (completes || turns(status, before, "Failed"))) {
    contradiction("cannot set Complete=True and Failed=true conditions");
  }
  if (isComplete && is(status, "FailureTarget") && (completes || turns(status, before, "FailureTarget"))) {
    contradiction("cannot set Complete=True and FailureTarget=true conditions");
  }
  const moves = changed(status, before, "completionTime");
  if (completes || moves) {
    if (completionTime !== undefined && !isComplete) {
      errors.push(field.invalid(where, completionTime, "cannot set completionTime when there is no Complete=True condition"));
    }
    if (completionTime === undefined && isComplete) errors.push(field.required(where, "completionTime is required for Complete jobs"));
  }
  if (startTime !== undefined && completionTime !== undefined && (moves || changed(status, before, "startTime"))) {
    if (Date.parse(completionTime) < Date.parse(startTime)) {
      errors.push(field.invalid(where, completionTime, "must be equal to or after `startTime`"));
    }
  }
}

/** A job that has come to its end has nothing under way. */
function validateFinished(errors: Errors, status: JobStatus, before: JobStatus, spec: JobSpec | undefined): void {
  const ends = finishes(status, before);
  const failed = is(status, "Failed") && !is(status, "FailureTarget");
  if (failed && (turns(status, before, "Failed") || turns(status, before, "FailureTarget"))) {
    errors.push(invalidWithoutValue(conditionsPath, "cannot set Failed=True condition without the FailureTarget=true condition"));
  }
  if (isUncritical(status) && turns(status, before, "Complete")) errors.push(invalidWithoutValue(conditionsPath, uncriticalText));
  if (!isFinished(status)) return;
  if ((status.active ?? 0) > 0 && (ends || (status.active ?? 0) !== (before.active ?? 0))) {
    errors.push(field.invalid(at.child("active"), status.active, "active>0 is invalid for finished job"));
  }
  const isSuspendedEmpty = spec?.suspend === true && spec.completions === 0;
  if (status.startTime === undefined && !isSuspendedEmpty && (ends || changed(status, before, "startTime"))) {
    errors.push(field.required(at.child("startTime"), "startTime is required for finished job"));
  }
  const uncounted = status.uncountedTerminatedPods;
  const left = (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0);
  if (left > 0 && (ends || changed(status, before, "uncountedTerminatedPods"))) {
    const shown = { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null };
    errors.push(field.invalid(at.child("uncountedTerminatedPods"), shown, "must be empty for finished job"));
  }
}

function validateIndexes(errors: Errors, status: JobStatus, before: JobStatus, spec: JobSpec | undefined): void {
  const { completedIndexes = "", failedIndexes } = status;
  const completes = completedIndexes !== (before.completedIndexes ?? "");
  const fails = changed(status, before, "failedIndexes");
  const completions = spec?.completions;
  const perIndex = spec?.backoffLimitPerIndex !== undefined;
  const completedPath = at.child("completedIndexes");
  const failedPath = at.child("failedIndexes");
  const completed = parseIndexList(completedIndexes, completions ?? 0);
  const failed = parseIndexList(failedIndexes ?? "", completions ?? 0);
  const isKnown = completions !== undefined;
  if (completes && isKnown && typeof completed === "string") {
    errors.push(field.invalid(completedPath, completedIndexes, `error parsing completedIndexes: ${completed}`));
  }
  if (fails && isKnown && perIndex && failedIndexes !== undefined && typeof failed === "string") {
    errors.push(field.invalid(failedPath, failedIndexes, `error parsing failedIndexes: ${failed}`));
  }
  if (completes && completedIndexes !== "" && spec?.completionMode !== "Indexed") {
    const text = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(field.invalid(completedPath, completedIndexes, text));
  }
  if (failedIndexes === undefined) return;
  if (fails && !perIndex) {
    errors.push(field.invalid(failedPath, failedIndexes, "cannot set non-null failedIndexes when backoffLimitPerIndex is null"));
  }
  if (!(fails || completes) || !isKnown || typeof completed === "string" || typeof failed === "string") return;
  const common = overlapOf(completed, failed);
  if (common !== undefined) {
    errors.push(field.invalid(failedPath, failedIndexes, `failedIndexes and completedIndexes overlap at index: ${common}`));
  }
}

/** What has been counted and told stays. */
function validateProgress(errors: Errors, { spec }: Readonly<Job>, status: JobStatus, before: JobStatus): void {
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (!is(before, type) || is(status, type)) continue;
    errors.push(invalidWithoutValue(conditionsPath, `cannot disable the terminal ${type}=True condition`));
  }
  if ((status.failed ?? 0) < (before.failed ?? 0)) {
    errors.push(field.invalid(at.child("failed"), status.failed ?? 0, "cannot decrease the failed counter"));
  }
  const isElastic = spec?.completionMode === "Indexed" && spec.completions === spec.parallelism;
  if (!isElastic && (status.succeeded ?? 0) < (before.succeeded ?? 0)) {
    errors.push(field.invalid(at.child("succeeded"), status.succeeded ?? 0, "cannot decrease the succeeded counter"));
  }
  const { completionTime, startTime } = status;
  if (completionTime !== undefined && before.completionTime !== undefined && completionTime !== before.completionTime) {
    errors.push(field.invalid(at.child("completionTime"), completionTime, "field is immutable"));
  }
  if (before.startTime !== undefined && before.startTime !== startTime && spec?.suspend !== true) {
    errors.push(field.invalid(at.child("startTime"), startTime ?? null, "field is immutable for unsuspended job once set"));
  }
  if (is(before, "SuccessCriteriaMet") && !is(status, "SuccessCriteriaMet")) {
    errors.push(invalidWithoutValue(conditionsPath, "cannot disable the SuccessCriteriaMet=True condition"));
  }
  if (is(before, "Complete") && is(before, "SuccessCriteriaMet") && isUncritical(status)) {
    errors.push(invalidWithoutValue(conditionsPath, uncriticalText));
  }
  if (is(before, "Complete") && !is(before, "SuccessCriteriaMet") && is(status, "SuccessCriteriaMet")) {
    const text = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
    errors.push(invalidWithoutValue(conditionsPath, text));
  }
}
