import { compileMatchCondition } from "../../../api/admissionregistration/admission-expressions.ts";
import type { MatchCondition } from "../../../api/admissionregistration/v1.ts";
import type { Variables } from "../../../machinery/cel/evaluate/frame.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import { CompileError, type Program } from "../../../machinery/cel/program.ts";
import { Failure } from "../../../machinery/cel/values/value.ts";

export const outOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";

/** What all conditions of one webhook or policy may cost for one request, in upstream's units. */
const costBudget = 2_500_000;

interface Condition {
  readonly expression: string;
  readonly program?: Program;
  /** Why there is no program. */
  readonly error?: string;
}

/** What conditions say of a request: it matches, or it doesn't, or that can't be told. */
export type MatchResult = boolean | { readonly error: string };

/** The conditions in CEL that a request must meet for one webhook or policy to be asked about it. */
export class MatchConditions {
  readonly #conditions: readonly Condition[];

  constructor(conditions: readonly MatchCondition[], library: FunctionLibrary, params = false) {
    this.#conditions = conditions.map(({ expression = "" }) => compiled(expression, library, params));
  }

  get isEmpty(): boolean {
    return this.#conditions.length === 0;
  }

  /** One that is not met decides, whatever others fail with. */
  evaluate(variables: Variables): MatchResult {
    const errors = new Set<string>();
    let left = costBudget;
    let isMet = true;
    for (const { program, error = "", expression } of this.#conditions) {
      if (!program) {
        errors.add(`compilation error: ${error}`);
        continue;
      }
      const { value, cost } = program.evaluate(variables);
      left -= cost;
      if (left < 0) return { error: outOfBudget };
      if (value instanceof Failure) errors.add(`expression '${expression}' resulted in error: ${value.message}`);
      else if (value === false) isMet = false;
    }
    if (!isMet || errors.size === 0) return isMet;
    const all = [...errors];
    return { error: all.length === 1 ? (all[0] as string) : `[${all.join(", ")}]` };
  }
}

function compiled(expression: string, library: FunctionLibrary, params: boolean): Condition {
  try {
    return { expression, program: compileMatchCondition(expression, library, params) };
  } catch (error) {
    if (error instanceof CompileError) return { expression, error: error.message };
    throw error;
  }
}
