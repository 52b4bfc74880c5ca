import type { SubjectAccessReviewSpec } from "../../api/authorization/v1.ts";
import type { Environment } from "../../machinery/cel/check/environment.ts";
import { listOf, mapOf, stringType, structType, type Type, typeText } from "../../machinery/cel/check/types.ts";
import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { CompileError, compile, type Program } from "../../machinery/cel/program.ts";
import { fromJSON } from "../../machinery/cel/schema/json-values.ts";
import { Failure } from "../../machinery/cel/values/value.ts";
import { aggregated } from "./authorizer.ts";

const texts = listOf(stringType);
const named = (name: string) => structType(`kubernetes.${name}`);

const structs: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
  SubjectAccessReviewSpec: {
    resourceAttributes: named("ResourceAttributes"),
    nonResourceAttributes: named("NonResourceAttributes"),
    user: stringType,
    groups: texts,
    extra: mapOf(stringType, texts),
    uid: stringType,
  },
  ResourceAttributes: {
    namespace: stringType,
    verb: stringType,
    group: stringType,
    version: stringType,
    resource: stringType,
    subresource: stringType,
    name: stringType,
    fieldSelector: named("FieldSelectorAttributes"),
    labelSelector: named("LabelSelectorAttributes"),
  },
  NonResourceAttributes: { path: stringType, verb: stringType },
  FieldSelectorAttributes: { rawSelector: stringType, requirements: listOf(named("SelectorRequirement")) },
  LabelSelectorAttributes: { rawSelector: stringType, requirements: listOf(named("SelectorRequirement")) },
  SelectorRequirement: { key: stringType, operator: stringType, values: texts },
};

const environment: Environment = {
  variables: new Map([["request", named("SubjectAccessReviewSpec")]]),
  struct(name) {
    const known = structs[name.replace(/^kubernetes\./, "")];
    return known && { field: (field) => (Object.hasOwn(known, field) ? known[field] : undefined) };
  },
};

interface Condition {
  expression: string;
  program: Program;
}

/** Compiles one of `matchConditions`. Throws `CompileError`. */
export function compileAccessCondition(expression: string): Condition {
  try {
    const compiled = compile(expression, environment);
    if (compiled.type.kind === "bool") return { expression, program: compiled.program(new FunctionLibrary()) };
    throw new WrongType(`must evaluate to bool but got ${typeText(compiled.type)}`);
  } catch (error) {
    if (!(error instanceof CompileError) || error instanceof WrongType) throw error;
    throw new CompileError(`compilation failed: ${error.message}`);
  }
}

class WrongType extends CompileError {}

/** The conditions that a question must meet for a webhook to be asked it. */
export class AccessConditions {
  readonly #conditions: readonly Condition[];

  constructor(conditions: readonly Condition[]) {
    this.#conditions = conditions;
  }

  get isEmpty(): boolean {
    return this.#conditions.length === 0;
  }

  /** One that isn't met decides, whatever those before it failed with. */
  match(spec: SubjectAccessReviewSpec): boolean | { error: string } {
    const request = fromJSON(shown(spec));
    const errors: string[] = [];
    for (const { expression, program } of this.#conditions) {
      const { value } = program.evaluate((name) => (name === "request" ? request : undefined));
      if (value === false) return false;
      if (value instanceof Failure) errors.push(`cel evaluation error: expression '${expression}' resulted in error: ${value.message}`);
    }
    return errors.length === 0 ? true : { error: aggregated(errors) };
  }
}

/** Conditions see texts that are empty; parts that the question doesn't have are absent. */
function shown({
  resourceAttributes,
  nonResourceAttributes,
  user = "",
  groups = [],
  extra = {},
  uid = "",
}: SubjectAccessReviewSpec): object {
  const none = { namespace: "", verb: "", group: "", version: "", resource: "", subresource: "", name: "" };
  return {
    user,
    groups,
    uid,
    extra,
    ...(resourceAttributes ? { resourceAttributes: { ...none, ...resourceAttributes } } : {}),
    ...(nonResourceAttributes ? { nonResourceAttributes: { path: "", verb: "", ...nonResourceAttributes } } : {}),
  };
}
