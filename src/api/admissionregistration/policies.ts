import { boolType, dynType, listOf, nullType, stringType, structType, type Type } from "../../machinery/cel/check/types.ts";
import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { CompileError } from "../../machinery/cel/program.ts";
import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isDNS1035Label, isDNS1123Subdomain, isQualifiedName, utf8Length } from "../../machinery/validation/names.ts";
import { validateConditions } from "../condition-rules.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { compileExpression, compileMatchCondition, type Scope } from "./admission-expressions.ts";
import {
  allowOneOf,
  defaultMatchResources,
  failurePolicies,
  reinvocationPolicies,
  validateMatchConditions,
  validateMatchResources,
  validateMutatingOperations,
} from "./rules.ts";
import type {
  AuditAnnotation,
  MatchCondition,
  MatchResources,
  MutatingAdmissionPolicy,
  Mutation,
  ParamKind,
  ValidatingAdmissionPolicy,
  Validation,
  Variable,
} from "./v1.ts";

const at = path("spec");
const group = "admissionregistration.k8s.io";
const maxAuditAnnotations = 20;
const maxValueExpressionLength = 5 * 1024;
const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const reservedWords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

/** What both kinds of policies have; the rest is in the kinds' own functions. */
interface CommonSpec {
  failurePolicy?: string;
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  matchConditions?: MatchCondition[];
  variables?: Variable[];
}

export const validatingadmissionpolicies = defineResource<ValidatingAdmissionPolicy>(group, "validatingadmissionpolicies", {
  takesAnyFinalizer: true,
  updateChecks: ["meta", "kind"],
  appliedStatusCreates: true,
  default(policy) {
    policy.spec ??= {};
    policy.spec.failurePolicy ??= "Fail";
    defaultMatchResources(policy.spec.matchConstraints);
    policy.status ??= {};
  },
  prepareForCreate(policy) {
    policy.status = {};
  },
  prepareForUpdate(policy, old, { subresource }) {
    if (subresource === "status") policy.metadata = { ...old.metadata };
  },
  validate: (policy) => validateValidating(policy),
  validateChange: validateValidating,
  validateStatus({ status }) {
    const errors: Errors = [];
    const where = path("status", "typeChecking", "expressionWarnings");
    for (const [index, { warning, fieldRef = "" }] of (status?.typeChecking?.expressionWarnings ?? []).entries()) {
      if (!warning) errors.push(field.required(where.index(index).child("warning")));
      if (fieldRef.trim() === "") errors.push(field.required(where.index(index).child("fieldRef")));
    }
    validateConditions(errors, status?.conditions, path("status", "conditions"));
    return errors;
  },
  allowUnconditionalUpdate: false,
});

export const mutatingadmissionpolicies = defineResource<MutatingAdmissionPolicy>(group, "mutatingadmissionpolicies", {
  takesAnyFinalizer: true,
  updateChecks: ["meta", "kind"],
  default(policy) {
    policy.spec ??= {};
    policy.spec.failurePolicy ??= "Fail";
    defaultMatchResources(policy.spec.matchConstraints);
  },
  validate: (policy) => validateMutating(policy),
  validateChange: validateMutating,
  allowUnconditionalUpdate: false,
  countsGenerations: true,
});

function validateValidating(policy: Readonly<ValidatingAdmissionPolicy>, old?: Readonly<ValidatingAdmissionPolicy>): Errors {
  const errors: Errors = [];
  const spec = policy.spec ?? {};
  const expressions = new PolicyExpressions(errors, spec, (spec.variables ?? []).length > 0);
  validateCommon(errors, spec, old?.spec, false, expressions);
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = "validations or auditAnnotations must contain at least one item";
    errors.push(field.required(at.child("validations"), detail), field.required(at.child("auditAnnotations"), detail));
    return errors;
  }
  for (const [index, validation] of validations.entries()) {
    validateValidation(errors, validation, at.child("validations").index(index), expressions);
  }
  validateAnnotations(errors, auditAnnotations, policy.metadata.name ?? "", expressions);
  return errors;
}

function validateMutating(policy: Readonly<MutatingAdmissionPolicy>, old?: Readonly<MutatingAdmissionPolicy>): Errors {
  const errors: Errors = [];
  const spec = policy.spec ?? {};
  const expressions = new PolicyExpressions(errors, spec, true);
  validateCommon(errors, spec, old?.spec, true, expressions);
  const { mutations = [], reinvocationPolicy = "" } = spec;
  if (mutations.length === 0) errors.push(field.required(at.child("mutations"), "mutations must contain at least one item"));
  for (const [index, mutation] of mutations.entries()) validateMutation(errors, mutation, at.child("mutations").index(index), expressions);
  if (reinvocationPolicy === "") errors.push(field.required(at.child("reinvocationPolicy")));
  else allowOneOf(errors, reinvocationPolicy, reinvocationPolicies, at.child("reinvocationPolicy"));
  return errors;
}

function validateCommon(
  errors: Errors,
  spec: CommonSpec,
  old: CommonSpec | undefined,
  mutating: boolean,
  expressions: PolicyExpressions,
): void {
  if (spec.failurePolicy === undefined) errors.push(field.required(at.child("failurePolicy")));
  else allowOneOf(errors, spec.failurePolicy, failurePolicies, at.child("failurePolicy"));
  if (spec.paramKind) validateParamKind(errors, spec.paramKind, at.child("paramKind"));
  const match = spec.matchConstraints;
  if (!match) errors.push(field.required(at.child("matchConstraints")));
  else {
    validateMatchResources(errors, match, at.child("matchConstraints"));
    if (!match.resourceRules?.length) errors.push(field.required(at.child("matchConstraints", "resourceRules")));
    if (mutating) validateMutatingOperations(errors, match, at.child("matchConstraints"));
  }
  const unchanged = old && deepEqual(spec.paramKind, old.paramKind) && deepEqual(spec.matchConditions, old.matchConditions);
  if (!unchanged) {
    validateMatchConditions(errors, spec.matchConditions, at.child("matchConditions"), (text) => expressions.compileCondition(text));
  }
  for (const [index, variable] of (spec.variables ?? []).entries()) {
    validateVariable(errors, variable, at.child("variables").index(index), expressions);
  }
}

function validateParamKind(errors: Errors, { apiVersion = "", kind = "" }: ParamKind, where: FieldPath): void {
  const versionPath = where.child("apiVersion");
  const parts = apiVersion === "/" ? ["", ""] : apiVersion.split("/");
  if (apiVersion === "") errors.push(field.required(versionPath));
  else if (parts.length > 2) errors.push(field.invalid(versionPath, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const version = parts.at(-1) as string;
    const apiGroup = parts.length === 2 ? (parts[0] as string) : "";
    const groupTexts = apiGroup ? isDNS1123Subdomain(apiGroup) : [];
    if (groupTexts.length > 0) errors.push(field.invalid(versionPath, apiGroup, groupTexts.join(",")));
    const versionTexts = isDNS1035Label(version);
    if (version === "") errors.push(field.invalid(versionPath, apiVersion, "version must be specified"));
    else if (versionTexts.length > 0) errors.push(field.invalid(versionPath, version, versionTexts.join(",")));
  }
  const kindTexts = isDNS1035Label(kind.toLowerCase());
  if (kind === "") errors.push(field.required(where.child("kind")));
  else if (kindTexts.length > 0) {
    const detail = `may have mixed case, but should otherwise match: ${kindTexts.join(",")}`;
    errors.push(field.invalid(where.child("kind"), kind, detail));
  }
}

function validateVariable(
  errors: Errors,
  { name = "", expression = "" }: Variable,
  where: FieldPath,
  expressions: PolicyExpressions,
): void {
  if (name.trim() === "") errors.push(field.required(where.child("name"), "name is not specified"));
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reservedWords.has(name)) {
    errors.push(field.invalid(where.child("name"), name, "must be a valid CEL identifier"));
  }
  if (expression.trim() === "") errors.push(field.required(where.child("expression"), "expression is not specified"));
  else expressions.variable(name, expression, where.child("expression"));
}

function validateValidation(errors: Errors, validation: Validation, where: FieldPath, expressions: PolicyExpressions): void {
  const { expression = "", message = "", messageExpression = "", reason } = validation;
  if (expression.trim() === "") errors.push(field.required(where.child("expression"), "expression is not specified"));
  else expressions.check(expression, { authorizer: true }, [boolType], where.child("expression"));
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(field.invalid(where.child("messageExpression"), messageExpression, "must be non-empty if specified"));
  } else if (messageExpression !== "") expressions.check(messageExpression, {}, [stringType], where.child("messageExpression"));
  if (message !== "" && message.trim() === "") {
    errors.push(field.invalid(where.child("message"), message, "must be non-empty if specified"));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(field.invalid(where.child("message"), message, "must not contain line breaks"));
  }
  allowOneOf(errors, reason, reasons, where.child("reason"));
}

function validateAnnotations(
  errors: Errors,
  annotations: readonly AuditAnnotation[],
  policy: string,
  expressions: PolicyExpressions,
): void {
  const where = at.child("auditAnnotations");
  if (annotations.length > maxAuditAnnotations) {
    const shown = annotations.map(({ key = "", valueExpression = "" }) => ({ Key: key, ValueExpression: valueExpression }));
    errors.push(field.invalid(where, shown, `must not have more than ${maxAuditAnnotations} auditAnnotations`));
  }
  const seen = new Set<string>();
  for (const [index, { key = "", valueExpression = "" }] of annotations.entries()) {
    const one = where.index(index);
    if (policy === "") errors.push(field.invalid(one.child("key"), key, "requires metadata.name be non-empty"));
    else complain(errors, one.child("key"), `${policy}/${key}`, isQualifiedName(`${policy}/${key}`));
    const expression = valueExpression.trim();
    if (expression === "") errors.push(field.required(one.child("valueExpression"), "valueExpression is not specified"));
    else if (utf8Length(expression) > maxValueExpressionLength) {
      errors.push(field.required(one.child("valueExpression"), `must not exceed ${maxValueExpressionLength} bytes in length`));
    } else expressions.check(valueExpression, { authorizer: true }, [stringType, nullType], one.child("valueExpression"));
    if (seen.has(key)) errors.push(field.duplicate(one.child("key"), key));
    seen.add(key);
  }
}

const patchFields = { ApplyConfiguration: "applyConfiguration", JSONPatch: "jsonPatch" } as const;

/** What the expressions of mutations must give. */
export const mutationTypes = { ApplyConfiguration: structType("Object"), JSONPatch: listOf(structType("JSONPatch")) } as const;

function validateMutation(errors: Errors, mutation: Mutation, where: FieldPath, expressions: PolicyExpressions): void {
  const type: string = mutation.patchType ?? "";
  if (type === "") {
    errors.push(field.required(where.child("patchType")));
    return;
  }
  if (type !== "ApplyConfiguration" && type !== "JSONPatch") {
    errors.push(field.notSupported(where.child("patchType"), type, Object.keys(patchFields)));
    return;
  }
  const own = patchFields[type];
  const other = type === "JSONPatch" ? patchFields.ApplyConfiguration : patchFields.JSONPatch;
  const patch = mutation[own];
  if (!patch) errors.push(field.required(where.child(own), `must be specified when patchType is ${type}`));
  else if ((patch.expression ?? "").trim() === "") errors.push(field.required(where.child(own, "expression")));
  else {
    const scope = { authorizer: true, mutates: true };
    expressions.check(patch.expression as string, scope, [mutationTypes[type]], where.child(own, "expression"));
  }
  if (mutation[other]) {
    errors.push(field.invalid(where.child(other), `{${other}}`, `must not be specified when patchType is ${type}`));
  }
}

/** Compiles the expressions of one policy, to complain about those that don't. */
class PolicyExpressions {
  private readonly errors: Errors;
  private readonly params: boolean;
  private readonly library = new FunctionLibrary();
  private readonly variables: Map<string, Type> | undefined;

  constructor(errors: Errors, { paramKind }: CommonSpec, hasVariables: boolean) {
    this.errors = errors;
    this.params = paramKind !== undefined;
    this.variables = hasVariables ? new Map() : undefined;
  }

  compileCondition(expression: string): void {
    compileMatchCondition(expression, this.library, this.params);
  }

  /** Expressions behind it can name the variable, even where it is wrong. */
  variable(name: string, expression: string, where: FieldPath): void {
    this.variables?.set(name, this.check(expression, { authorizer: true }, [], where) ?? dynType);
  }

  check(expression: string, scope: Scope, types: readonly Type[], where: FieldPath): Type | undefined {
    const { params, variables } = this;
    try {
      return compileExpression(expression, { ...scope, params, ...(variables ? { variables } : {}) }, types, this.library).type;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.errors.push(field.invalid(where, expression, error.message));
      return undefined;
    }
  }
}
