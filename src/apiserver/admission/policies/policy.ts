import { type CompiledExpression, compileExpression } from "../../../api/admissionregistration/admission-expressions.ts";
import type {
  MatchCondition,
  MatchResources,
  MutatingAdmissionPolicyBindingSpec,
  ParamKind,
  ParamRef,
  Variable,
} from "../../../api/admissionregistration/v1.ts";
import { dynType, type Type } from "../../../machinery/cel/check/types.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import { CompileError } from "../../../machinery/cel/program.ts";
import type { ObjectMeta } from "../../../machinery/meta/v1.ts";
import { compileLabelSelector } from "../../../machinery/selectors/label-selector.ts";
import type { Criteria } from "../webhooks/match.ts";
import { MatchConditions } from "../webhooks/match-conditions.ts";
import type { PolicyExpression } from "./expression-run.ts";

/** A policy, ready to be evaluated: what both kinds have. */
export interface Policy {
  readonly name: string;
  readonly criteria: Criteria;
  readonly paramKind: ParamKind | undefined;
  readonly ignoresFailures: boolean;
  readonly conditions: MatchConditions;
  readonly variables: ReadonlyMap<string, PolicyExpression>;
}

/** What puts a policy in force. */
export interface Binding {
  readonly name: string;
  readonly policyName: string;
  /** Undefined: all that the policy is about. */
  readonly criteria: Criteria | undefined;
  readonly paramRef: ParamRef | undefined;
}

interface PolicyObject {
  metadata: ObjectMeta;
  spec?: {
    failurePolicy?: string;
    matchConditions?: MatchCondition[];
    matchConstraints?: MatchResources;
    paramKind?: ParamKind;
    variables?: Variable[];
  };
}

/** Compiles the expressions of one policy, each after those that it can name. */
export class PolicyCompiler {
  private readonly library: FunctionLibrary;
  private readonly params: boolean;
  private readonly types: Map<string, Type> | undefined;
  readonly policy: Policy;

  constructor({ metadata, spec = {} }: PolicyObject, library: FunctionLibrary) {
    this.library = library;
    this.params = spec.paramKind !== undefined;
    this.types = spec.variables?.length ? new Map() : undefined;
    const variables = new Map<string, PolicyExpression>();
    for (const { name, expression } of spec.variables ?? []) {
      const variable = this.compile(expression, [], { authorizer: true });
      this.types?.set(name, variable.type ?? dynType);
      variables.set(name, variable);
    }
    this.policy = {
      name: metadata.name ?? "",
      criteria: criteriaOf(spec.matchConstraints ?? {}),
      paramKind: spec.paramKind,
      ignoresFailures: spec.failurePolicy === "Ignore",
      conditions: new MatchConditions(spec.matchConditions ?? [], library, this.params),
      variables,
    };
  }

  compile(
    text: string,
    wanted: readonly Type[],
    scope: { authorizer?: boolean; mutates?: boolean },
  ): PolicyExpression & Partial<CompiledExpression> {
    const { params, types, library } = this;
    try {
      return { text, ...compileExpression(text, { ...scope, params, ...(types ? { variables: types } : {}) }, wanted, library) };
    } catch (error) {
      if (error instanceof CompileError) return { text, error: error.message };
      throw error;
    }
  }
}

export function compileBinding(name: string, spec: MutatingAdmissionPolicyBindingSpec): Binding {
  return {
    name,
    policyName: spec.policyName ?? "",
    criteria: spec.matchResources && criteriaOf(spec.matchResources),
    paramRef: spec.paramRef,
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
