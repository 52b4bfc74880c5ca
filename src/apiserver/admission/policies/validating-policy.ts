import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation } from "../../../api/admissionregistration/v1.ts";
import { boolType, nullType, stringType } from "../../../machinery/cel/check/types.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import type { PolicyExpression } from "./expression-run.ts";
import { type Binding, compileBinding, type Policy, PolicyCompiler } from "./policy.ts";

export interface CompiledValidation {
  readonly validation: Validation;
  readonly rule: PolicyExpression;
  readonly message: PolicyExpression | undefined;
}

export interface ValidatingPolicy extends Policy {
  readonly validations: readonly CompiledValidation[];
  readonly annotations: readonly { key: string; value: PolicyExpression }[];
}

export interface ValidatingBinding extends Binding {
  readonly actions: readonly string[];
}

export function compileValidatingPolicy(object: ValidatingAdmissionPolicy, library: FunctionLibrary): ValidatingPolicy {
  const compiler = new PolicyCompiler(object, library);
  const { validations = [], auditAnnotations = [] } = object.spec ?? {};
  return {
    ...compiler.policy,
    validations: validations.map((validation) => ({
      validation,
      rule: compiler.compile(validation.expression, [boolType], { authorizer: true }),
      message: validation.messageExpression ? compiler.compile(validation.messageExpression, [stringType], {}) : undefined,
    })),
    annotations: auditAnnotations.map(({ key, valueExpression }) => ({
      key,
      value: compiler.compile(valueExpression, [stringType, nullType], { authorizer: true }),
    })),
  };
}

export function compileValidatingBinding({ metadata, spec }: ValidatingAdmissionPolicyBinding): ValidatingBinding {
  return { ...compileBinding(metadata.name ?? "", spec), actions: spec.validationActions ?? [] };
}
