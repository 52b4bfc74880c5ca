import { FieldPath, field, path } from "../../machinery/errors.ts";
import type { LabelSelector } from "../../machinery/meta/v1.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { isDNS1123Label, isQualifiedName, utf8Length } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { validateSelected } from "../apps/workload-validation.ts";
import { isConditionTrue } from "../core/pod-status.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import type { PodSpec } from "../core/v1.ts";
import { requireDomainPrefixedPath } from "../field-rules.ts";
import { internalForm, requireSame, selectorForm } from "../internal-form.ts";
import { complain, type Errors, invalidWithoutValue, requireNonNegative, requireUnchanged } from "../validation.ts";
import { parseIndexList } from "./index-list.ts";
import type { Job, JobSpec, PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement, SuccessPolicy } from "./v1.ts";

const at = path("spec");
const maxManagedByLength = 63;
const maxIndexes = 100000;
/** Of a job with more indexes than that: how many run, and how many may fail. */
const maxOfMany = 10000;
const maxSuccessRules = 20;
const maxIndexListLength = 64 * 1024;
const restartPolicies = ["OnFailure", "Never"];

export function validateJob(job: Readonly<Job>, old?: Readonly<Job>): Errors {
  const errors: Errors = [];
  const spec = job.spec ?? ({} as JobSpec);
  validateGeneratedSelector(errors, job, spec, old);
  validateJobSpec(errors, spec, at, true);
  if (spec.completionMode === "Indexed" && (spec.completions ?? 0) > 0) {
    const last = `${job.metadata.name ?? ""}-${(spec.completions ?? 1) - 1}`;
    if (isDNS1123Label(last).length > 0) {
      const text = `will not able to create pod with invalid DNS label: ${last}`;
      errors.push(field.invalid(path("metadata", "name"), job.metadata.name ?? "", text));
    }
  }
  return errors;
}

export function jobSpecErrors({ spec }: Readonly<Job>): Errors {
  const errors: Errors = [];
  validateJobSpec(errors, spec ?? ({} as JobSpec), at, true);
  return errors;
}

function validateGeneratedSelector(errors: Errors, job: Readonly<Job>, spec: JobSpec, old: Readonly<Job> | undefined): void {
  if (spec.manualSelector === true) return;
  const selector = spec.selector;
  if (!selector) return;
  const uid = job.metadata.uid ?? "";
  const labels = spec.template?.metadata?.labels ?? {};
  const where = at.child("template", "metadata", "labels");
  const expect = (key: string, value: string) => {
    const actual = labels[key];
    if (actual === undefined) errors.push(field.required(where.key(key), `must be '${value}'`));
    else if (actual !== value) errors.push(field.invalid(where.key(key), internalForm("{}s", labels), `must be '${value}'`));
  };
  const name = job.metadata.name ?? "";
  expect("controller-uid", uid);
  expect("job-name", name);
  // Jobs of before the longer names were brought in need not have them.
  const expected: Record<string, string> = { "controller-uid": uid, "job-name": name };
  const before = old?.spec?.template?.metadata?.labels ?? {};
  if (!old || (before["batch.kubernetes.io/controller-uid"] !== undefined && before["batch.kubernetes.io/job-name"] !== undefined)) {
    expect("batch.kubernetes.io/controller-uid", uid);
    expect("batch.kubernetes.io/job-name", name);
    Object.assign(expected, { "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name });
  }
  if (!selects(selector, expected))
    errors.push(field.invalid(at.child("selector"), internalForm(selectorForm, selector), "`selector` not auto-generated"));
}

/** A selector that can't be read is told elsewhere. */
function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  try {
    return compileLabelSelector(selector).matches(labels);
  } catch {
    return true;
  }
}

/** The spec of a job, also inside a cron job, where there is no selector yet. */
export function validateJobSpec(errors: Errors, spec: Readonly<JobSpec>, where: FieldPath, withSelector: boolean): void {
  for (const name of [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
  ] as const) {
    requireNonNegative(errors, spec[name], where, name);
  }
  if (spec.maxFailedIndexes !== undefined) {
    requireNonNegative(errors, spec.maxFailedIndexes, where, "maxFailedIndexes");
    if (spec.backoffLimitPerIndex === undefined) {
      errors.push(field.required(where.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
    }
  }
  if (spec.managedBy !== undefined) {
    requireDomainPrefixedPath(errors, spec.managedBy, where.child("managedBy"));
    if (utf8Length(spec.managedBy) > maxManagedByLength) errors.push(field.tooLong(where.child("managedBy"), maxManagedByLength));
  }
  validateIndexed(errors, spec, where);
  if (spec.podFailurePolicy) validateFailurePolicy(errors, spec.podFailurePolicy, spec, where.child("podFailurePolicy"));
  if (spec.successPolicy) validateSuccessPolicy(errors, spec.successPolicy, spec, where.child("successPolicy"));
  if (spec.podReplacementPolicy !== undefined) {
    const supported = spec.podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
    if (!supported.includes(spec.podReplacementPolicy)) {
      errors.push(field.notSupported(where.child("podReplacementPolicy"), spec.podReplacementPolicy, supported));
    }
  }
  const template = spec.template ?? {};
  validatePodTemplate(errors, template, where.child("template"));
  const policy = template.spec?.restartPolicy ?? "";
  const policyPath = where.child("template", "spec", "restartPolicy");
  if (policy === "" || policy === "Always") errors.push(field.required(policyPath, 'valid values: "OnFailure", "Never"'));
  else if (!restartPolicies.includes(policy)) errors.push(field.notSupported(policyPath, policy, restartPolicies));
  else if (spec.podFailurePolicy && policy !== "Never") {
    errors.push(field.invalid(policyPath, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
  if (withSelector) {
    if (!spec.selector) errors.push(field.required(where.child("selector")));
    else errors.push(...validateLabelSelector(spec.selector, where.child("selector")));
    validateSelected(errors, spec.template ?? {}, spec.selector, where, undefined);
  }
}

function validateIndexed(errors: Errors, spec: Readonly<JobSpec>, where: FieldPath): void {
  const mode = spec.completionMode ?? "NonIndexed";
  if (mode !== "NonIndexed" && mode !== "Indexed") {
    errors.push(field.notSupported(where.child("completionMode"), mode, ["NonIndexed", "Indexed"]));
    return;
  }
  if (mode === "NonIndexed") {
    if (spec.backoffLimitPerIndex !== undefined) {
      errors.push(field.invalid(where.child("backoffLimitPerIndex"), spec.backoffLimitPerIndex, "requires indexed completion mode"));
    }
    if (spec.maxFailedIndexes !== undefined) {
      errors.push(field.invalid(where.child("maxFailedIndexes"), spec.maxFailedIndexes, "requires indexed completion mode"));
    }
    return;
  }
  if (spec.completions === undefined) errors.push(field.required(where.child("completions"), "when completion mode is Indexed"));
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  if (parallelism > maxIndexes) {
    const text = `must be less than or equal to ${maxIndexes} when completion mode is Indexed`;
    errors.push(field.invalid(where.child("parallelism"), parallelism, text));
  }
  const tooMany = (text: string) => errors.push(field.invalid(where.child("maxFailedIndexes"), maxFailedIndexes, text));
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    tooMany("must be less than or equal to completions");
  }
  if ((maxFailedIndexes ?? 0) > maxIndexes) tooMany(`must be less than or equal to ${maxIndexes}`);
  if ((completions ?? 0) <= maxIndexes || spec.backoffLimitPerIndex === undefined) return;
  if (maxFailedIndexes === undefined) {
    errors.push(field.required(where.child("maxFailedIndexes"), `must be specified when completions is above ${maxIndexes}`));
  }
  const text = `must be less than or equal to ${maxOfMany} when completions are above ${maxIndexes} and used with backoff limit per index`;
  if (parallelism > maxOfMany) errors.push(field.invalid(where.child("parallelism"), parallelism, text));
  if ((maxFailedIndexes ?? 0) > maxOfMany) tooMany(text);
}

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];

function validateFailurePolicy(errors: Errors, policy: PodFailurePolicy, spec: Readonly<JobSpec>, where: FieldPath): void {
  const names = new Set([...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map((c) => c.name));
  const rules = where.child("rules");
  if ((policy.rules?.length ?? 0) > 20) errors.push(field.tooMany(rules, policy.rules.length, 20));
  for (const [index, rule] of (policy.rules ?? []).entries()) {
    const one = rules.index(index);
    if (!rule.action) errors.push(field.required(one.child("action"), 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'));
    else if (!actions.includes(rule.action)) errors.push(field.notSupported(one.child("action"), rule.action, actions));
    else if (rule.action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
      errors.push(field.invalid(one.child("action"), rule.action, "requires the backoffLimitPerIndex to be set"));
    }
    if (rule.onExitCodes) validateExitCodes(errors, rule.onExitCodes, names, one.child("onExitCodes"));
    const conditions = rule.onPodConditions ?? [];
    if (conditions.length > 20) errors.push(field.tooMany(one.child("onPodConditions"), conditions.length, 20));
    for (const [i, pattern] of conditions.entries()) {
      const inside = one.child("onPodConditions").index(i);
      complain(errors, inside.child("type"), pattern.type ?? "", isQualifiedName(pattern.type ?? ""));
      if (!pattern.status) errors.push(field.required(inside.child("status"), 'valid values: ["False" "True" "Unknown"]'));
      else if (!["False", "True", "Unknown"].includes(pattern.status)) {
        errors.push(field.notSupported(inside.child("status"), pattern.status, ["False", "True", "Unknown"]));
      }
    }
    if (rule.onExitCodes && conditions.length > 0)
      errors.push(invalidWithoutValue(one, "specifying both OnExitCodes and OnPodConditions is not supported"));
    if (!rule.onExitCodes && conditions.length === 0)
      errors.push(invalidWithoutValue(one, "specifying one of OnExitCodes and OnPodConditions is required"));
  }
}

function validateSuccessPolicy(errors: Errors, policy: SuccessPolicy, spec: Readonly<JobSpec>, where: FieldPath): void {
  if (spec.completionMode !== "Indexed") {
    errors.push(field.invalid(where, internalForm("api/batch/v1#SuccessPolicy", policy), "requires indexed completion mode"));
    return;
  }
  if (!policy.rules?.length) {
    errors.push(field.required(where.child("rules"), "at least one rules must be specified when the successPolicy is specified"));
    return;
  }
  if (policy.rules.length > maxSuccessRules) errors.push(field.tooMany(where.child("rules"), policy.rules.length, maxSuccessRules));
  const { completions = 0 } = spec;
  for (const [index, rule] of policy.rules.entries()) {
    const one = where.child("rules").index(index);
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      errors.push(field.required(one, "at least one of succeededCount or succeededIndexes must be specified"));
    }
    const { succeededIndexes, succeededCount } = rule;
    const list = parseIndexList(succeededIndexes ?? "", completions);
    if (utf8Length(succeededIndexes ?? "") > maxIndexListLength) {
      errors.push(field.tooLong(one.child("succeededIndexes"), maxIndexListLength));
    }
    if (typeof list === "string") {
      errors.push(field.invalid(one.child("succeededIndexes"), succeededIndexes, `error parsing succeededIndexes: ${list}`));
    }
    if (succeededCount === undefined) continue;
    requireNonNegative(errors, succeededCount, one, "succeededCount");
    const atMost = (most: number, of: string) => {
      if (succeededCount <= most) return;
      errors.push(
        field.invalid(one.child("succeededCount"), succeededCount, `must be less than or equal to ${most} (the number of ${of})`),
      );
    };
    atMost(completions, "specified completions");
    if (succeededIndexes !== undefined) {
      atMost(typeof list === "string" ? 0 : list.total, "indexes in the specified succeededIndexes field");
    }
  }
}

/** Beside `validateJob`: upstream looks at the spec once more, and tells its complaints twice. */
export function validateJobUpdate(job: Readonly<Job>, old: Readonly<Job>): Errors {
  const errors: Errors = [];
  const spec = job.spec ?? ({} as JobSpec);
  const before = old.spec ?? ({} as JobSpec);
  if (spec.completionMode !== "Indexed")
    requireUnchanged(errors, spec.completions ?? null, before.completions ?? null, at.child("completions"));
  else if (spec.completions !== undefined && spec.completions !== before.completions && spec.completions !== spec.parallelism) {
    // Indexed jobs are elastic: completions may change together with parallelism.
    errors.push(field.invalid(at.child("completions"), spec.completions, "can only be modified in tandem with spec.parallelism"));
  }
  requireSame(errors, selectorForm, spec.selector, before.selector, at.child("selector"));
  validateTemplateUpdate(errors, job, old);
  requireUnchanged(errors, spec.completionMode ?? null, before.completionMode ?? null, at.child("completionMode"));
  requireSame(errors, "api/batch/v1#PodFailurePolicy", spec.podFailurePolicy, before.podFailurePolicy, at.child("podFailurePolicy"));
  for (const name of ["backoffLimitPerIndex", "managedBy"] as const) {
    requireUnchanged(errors, spec[name] ?? null, before[name] ?? null, at.child(name));
  }
  requireSame(errors, "api/batch/v1#SuccessPolicy", spec.successPolicy, before.successPolicy, at.child("successPolicy"));
  return errors;
}

/** The template of a job stays. While a job is suspended and nothing of it runs, its pods may be sent elsewhere or be given more. */
function validateTemplateUpdate(errors: Errors, job: Readonly<Job>, old: Readonly<Job>): void {
  const template = job.spec?.template ?? {};
  const before = old.spec?.template ?? {};
  const where = at.child("template");
  if (!isAtRest(old)) {
    requireSame(errors, "api/core/v1#PodTemplateSpec", template, before, where);
    return;
  }
  const allowed = withScheduling(before.spec ?? { containers: [] }, template.spec ?? { containers: [] });
  requireSame(errors, "api/core/v1#PodSpec", template.spec, allowed, new FieldPath("spec.template.spec"));
}

/** Suspended, and never started or without a pod. */
function isAtRest({ spec, status }: Readonly<Job>): boolean {
  if (spec?.suspend !== true || (status?.active ?? 0) !== 0) return false;
  return status?.startTime === undefined || isConditionTrue(status.conditions, "Suspended");
}

/** The old spec with everything taken over that may change. */
function withScheduling(before: PodSpec, next: PodSpec): PodSpec {
  const result: PodSpec = { ...before };
  const take = <K extends keyof PodSpec>(key: K, value: PodSpec[K] | undefined) => {
    if (value === undefined) delete result[key];
    else result[key] = value;
  };
  for (const name of ["nodeSelector", "tolerations", "schedulingGates"] as const) take(name, next[name]);
  const { nodeAffinity: _moved, ...rest } = before.affinity ?? {};
  const nodeAffinity = next.affinity?.nodeAffinity;
  const isEmpty = next.affinity === undefined && Object.keys(rest).length === 0;
  take("affinity", isEmpty ? undefined : { ...rest, ...(nodeAffinity ? { nodeAffinity } : {}) });
  for (const list of ["containers", "initContainers"] as const) {
    const [had, has] = [before[list], next[list]];
    if (had?.length !== has?.length) continue;
    take(
      list,
      had?.map((container, index) => {
        const { resources: _given, ...same } = container;
        const other = has?.[index];
        if (other?.name !== container.name) return container;
        return { ...same, ...(other.resources ? { resources: other.resources } : {}) };
      }),
    );
  }
  return result;
}

const exitCodeOperators = ["In", "NotIn"];
const maxExitCodes = 255;

function validateExitCodes(
  errors: Errors,
  codes: PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  at: FieldPath,
): void {
  const { operator, containerName } = codes;
  if (!operator) errors.push(field.required(at.child("operator"), 'valid values: ["In" "NotIn"]'));
  else if (!exitCodeOperators.includes(operator)) errors.push(field.notSupported(at.child("operator"), operator, exitCodeOperators));
  if (containerName !== undefined && !containers.has(containerName)) {
    const text = "must be one of the container or initContainer names in the pod template";
    errors.push(field.invalid(at.child("containerName"), containerName, text));
  }
  const list = at.child("values");
  const values = codes.values ?? [];
  if (values.length === 0) errors.push(field.invalid(list, codes.values ?? null, "at least one value is required"));
  else if (values.length > maxExitCodes) errors.push(field.tooMany(list, values.length, maxExitCodes));
  for (const [index, value] of values.entries()) {
    if (operator === "In" && value === 0) errors.push(field.invalid(list.index(index), value, "must not be 0 for the In operator"));
    if (values.indexOf(value) < index) errors.push(field.duplicate(list.index(index), value));
  }
  const ordered = values.every((value, index) => index === 0 || (values[index - 1] as number) <= value);
  if (!ordered) errors.push(field.invalid(list, values, "must be ordered"));
}
