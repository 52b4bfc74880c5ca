import { type CompiledExpression, compileExpression } from "../../../api/admissionregistration/admission-expressions.ts";
import type {
  MatchResources,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from "../../../api/admissionregistration/v1.ts";
import { boolType, dynType, nullType, stringType, type Type } from "../../../machinery/cel/check/types.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import { CompileError, type Program } from "../../../machinery/cel/program.ts";
import { compileLabelSelector } from "../../../machinery/selectors/label-selector.ts";
import type { Criteria } from "../webhooks/match.ts";
import { MatchConditions } from "../webhooks/match-conditions.ts";

/** An expression of a policy; one that was stored although it can't be compiled fails whenever it is evaluated. */
export interface PolicyExpression {
  readonly text: string;
  readonly program?: Program;
  readonly error?: string;
}

export interface CompiledValidation {
  readonly validation: Validation;
  readonly rule: PolicyExpression;
  readonly message: PolicyExpression | undefined;
}

/** A policy, ready to be evaluated. */
export interface Policy {
  readonly name: string;
  readonly criteria: Criteria;
  readonly paramKind: ParamKind | undefined;
  readonly ignoresFailures: boolean;
  readonly conditions: MatchConditions;
  readonly variables: ReadonlyMap<string, PolicyExpression>;
  readonly validations: readonly CompiledValidation[];
  readonly annotations: readonly PolicyExpression[];
}

/** What puts a policy in force. */
export interface Binding {
  readonly name: string;
  readonly policyName: string;
  /** Undefined: all that the policy is about. */
  readonly criteria: Criteria | undefined;
  readonly paramRef: ParamRef | undefined;
  readonly actions: readonly string[];
}

export function compilePolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy, library: FunctionLibrary): Policy {
  const params = spec.paramKind !== undefined;
  const types = spec.variables?.length ? new Map<string, Type>() : undefined;
  const compiled = (text: string, wanted: readonly Type[], authorizer = true): PolicyExpression & Partial<CompiledExpression> => {
    try {
      return { text, ...compileExpression(text, { authorizer, params, ...(types ? { variables: types } : {}) }, wanted, library) };
    } catch (error) {
      if (error instanceof CompileError) return { text, error: error.message };
      throw error;
    }
  };
  const variables = new Map<string, PolicyExpression>();
  for (const { name, expression } of spec.variables ?? []) {
    const variable = compiled(expression, []);
    types?.set(name, variable.type ?? dynType);
    variables.set(name, variable);
  }
  return {
    name: metadata.name ?? "",
    criteria: criteriaOf(spec.matchConstraints ?? {}),
    paramKind: spec.paramKind,
    ignoresFailures: spec.failurePolicy === "Ignore",
    conditions: new MatchConditions(spec.matchConditions ?? [], library, params),
    variables,
    validations: (spec.validations ?? []).map((validation) => ({
      validation,
      rule: compiled(validation.expression, [boolType]),
      message: validation.messageExpression ? compiled(validation.messageExpression, [stringType], false) : undefined,
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ valueExpression }) => compiled(valueExpression, [stringType, nullType])),
  };
}

export function compileBinding({ metadata, spec }: ValidatingAdmissionPolicyBinding): Binding {
  return {
    name: metadata.name ?? "",
    policyName: spec.policyName,
    criteria: spec.matchResources && criteriaOf(spec.matchResources),
    paramRef: spec.paramRef,
    actions: spec.validationActions ?? [],
  };
}

function criteriaOf(match: MatchResources): Criteria {
  const everything = { apiGroups: ["*"], apiVersions: ["*"], operations: ["*" as const], resources: ["*/*"] };
  return {
    rules: match.resourceRules?.length ? match.resourceRules : [everything],
    excludeRules: match.excludeResourceRules ?? [],
    exactly: match.matchPolicy === "Exact",
    namespaceSelector: compileLabelSelector(match.namespaceSelector ?? {}),
    objectSelector: compileLabelSelector(match.objectSelector ?? {}),
  };
}
