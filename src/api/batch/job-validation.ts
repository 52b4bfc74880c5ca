import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isQualifiedName } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { validateSelected } from "../apps/workload-validation.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import type { PodTemplateSpec } from "../core/v1.ts";
import { complain, type Errors, invalidWithoutValue, requireNonNegative, requireUnchanged } from "../validation.ts";
import type { Job, JobSpec, PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement, SuccessPolicy } from "./v1.ts";

const at = path("spec");
const maxParallelIndexed = 100000;
const restartPolicies = ["OnFailure", "Never"];

export function validateJob(job: Readonly<Job>): Errors {
  const errors: Errors = [];
  const spec = job.spec ?? ({} as JobSpec);
  validateGeneratedSelector(errors, job, spec);
  validateJobSpec(errors, spec, at, true);
  if (spec.completionMode === "Indexed" && (spec.completions ?? 0) > 0) {
    const last = `${job.metadata.name ?? ""}-${(spec.completions ?? 1) - 1}`;
    if (last.length > 63) {
      const text = `will not able to create pod with invalid DNS label as pod hostname: ${last}`;
      errors.push(field.invalid(path("metadata", "name"), job.metadata.name ?? "", `${text}, must be no more than 63 characters`));
    }
  }
  return errors;
}

function validateGeneratedSelector(errors: Errors, job: Readonly<Job>, spec: JobSpec): void {
  if (spec.manualSelector === true) return;
  const selector = spec.selector;
  if (!selector) return;
  const uid = job.metadata.uid ?? "";
  const labels = spec.template?.metadata?.labels ?? {};
  const where = at.child("template", "metadata", "labels");
  const expect = (key: string, value: string) => {
    const actual = labels[key];
    if (actual === undefined) errors.push(field.required(where.key(key), `must be '${value}'`));
    else if (actual !== value) errors.push(field.invalid(where.key(key), labels, `must be '${value}'`));
  };
  expect("batch.kubernetes.io/controller-uid", uid);
  expect("controller-uid", uid);
  expect("batch.kubernetes.io/job-name", job.metadata.name ?? "");
  expect("job-name", job.metadata.name ?? "");
  const keys = Object.keys(selector.matchLabels ?? {});
  const own = keys.length === 1 && (keys[0] === "controller-uid" || keys[0] === "batch.kubernetes.io/controller-uid");
  if (!own || selector.matchLabels?.[keys[0] as string] !== uid) {
    errors.push(field.invalid(at.child("selector"), selector, "`selector` not auto-generated"));
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
    complain(errors, where.child("managedBy"), spec.managedBy, isQualifiedName(spec.managedBy));
    if (!spec.managedBy.includes("/"))
      errors.push(field.invalid(where.child("managedBy"), spec.managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'));
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
  if (withSelector) {
    if (!spec.selector) errors.push(field.required(where.child("selector")));
    else errors.push(...validateLabelSelector(spec.selector, where.child("selector")));
    validateSelected(errors, spec.template ?? {}, spec.selector, where, undefined);
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
}

function validateIndexed(errors: Errors, spec: Readonly<JobSpec>, where: FieldPath): void {
  const mode = spec.completionMode;
  if (mode === undefined) return;
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
  if ((spec.parallelism ?? 0) > maxParallelIndexed) {
    const text = `must be less than or equal to ${maxParallelIndexed} when completion mode is Indexed`;
    errors.push(field.invalid(where.child("parallelism"), spec.parallelism, text));
  }
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
    for (const [i, pattern] of conditions.entries()) {
      const inside = one.child("onPodConditions").index(i);
      complain(errors, inside.child("type"), pattern.type ?? "", isQualifiedName(pattern.type ?? ""));
      if (!["False", "True", "Unknown"].includes(pattern.status ?? "")) {
        errors.push(field.notSupported(inside.child("status"), pattern.status ?? "", ["False", "True", "Unknown"]));
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
    const rules = (policy.rules ?? []).map((rule) => ({
      SucceededIndexes: rule.succeededIndexes ?? null,
      SucceededCount: rule.succeededCount ?? null,
    }));
    errors.push(field.invalid(where, { Rules: rules }, "requires indexed completion mode"));
    return;
  }
  if (!policy.rules?.length) {
    errors.push(field.required(where.child("rules"), "at least one rules must be specified when the successPolicy is specified"));
    return;
  }
  if (policy.rules.length > 20) errors.push(field.tooMany(where.child("rules"), policy.rules.length, 20));
  for (const [index, rule] of policy.rules.entries()) {
    const one = where.child("rules").index(index);
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      errors.push(field.required(one, "at least one of succeededCount or succeededIndexes must be specified"));
    }
    requireNonNegative(errors, rule.succeededCount, one, "succeededCount");
  }
}

export function validateJobUpdate(job: Readonly<Job>, old: Readonly<Job>): Errors {
  const errors: Errors = [];
  const spec = job.spec ?? ({} as JobSpec);
  const before = old.spec ?? ({} as JobSpec);
  if (before.completionMode === "Indexed") {
    // Indexed jobs are elastic: completions may change together with parallelism.
    if (spec.completions !== before.completions && spec.completions !== spec.parallelism) {
      const text = `can only be modified in tandem with spec.parallelism`;
      errors.push(field.invalid(at.child("completions"), spec.completions ?? null, text));
    }
  } else requireUnchanged(errors, spec.completions ?? null, before.completions ?? null, at.child("completions"));
  requireUnchanged(errors, spec.selector, before.selector, at.child("selector"));
  const next = schedulingIsOpen(old) ? withoutScheduling(spec.template) : spec.template;
  const had = schedulingIsOpen(old) ? withoutScheduling(before.template) : before.template;
  if (!deepEqual(next, had)) errors.push(field.invalid(at.child("template"), spec.template, "field is immutable"));
  for (const name of ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const) {
    requireUnchanged(errors, spec[name] ?? null, before[name] ?? null, at.child(name));
  }
  return errors;
}

/** A suspended job that never started may still be sent elsewhere. */
function schedulingIsOpen(job: Readonly<Job>): boolean {
  return job.spec?.suspend === true && job.status?.startTime === undefined;
}

function withoutScheduling(template: PodTemplateSpec): PodTemplateSpec {
  const copy: PodTemplateSpec = { ...template, spec: { ...(template.spec ?? { containers: [] }) } };
  for (const name of ["nodeSelector", "tolerations", "schedulingGates"] as const) delete copy.spec?.[name];
  if (copy.spec?.affinity) {
    const { nodeAffinity: _moved, ...rest } = copy.spec.affinity;
    copy.spec.affinity = rest;
    if (Object.keys(rest).length === 0) delete copy.spec.affinity;
  }
  if (template.metadata) {
    const { labels: _labels, annotations: _annotations, ...metadata } = template.metadata;
    copy.metadata = metadata;
  }
  return copy;
}

export function validateJobStatus(job: Readonly<Job>): Errors {
  const errors: Errors = [];
  const status = job.status ?? {};
  const where = path("status");
  for (const name of ["active", "succeeded", "failed", "ready", "terminating"] as const)
    requireNonNegative(errors, status[name], where, name);
  return errors;
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
