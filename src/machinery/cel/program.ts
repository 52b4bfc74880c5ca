import { check } from "./check/checker.ts";
import type { Environment } from "./check/environment.ts";
import type { Type } from "./check/types.ts";
import { validateLiterals } from "./check/validators.ts";
import { type CostEstimate, estimateCost, type SizeOfPath } from "./cost/estimate.ts";
import { CostExceeded, Frame, type Variables } from "./evaluate/frame.ts";
import { PlanError, Planner } from "./evaluate/planner.ts";
import type { FunctionLibrary } from "./library/functions.ts";
import { childrenOf, type Expr, operators } from "./syntax/ast.ts";
import { formatIssues } from "./syntax/errors.ts";
import { parse } from "./syntax/parser.ts";
import { Failure, type Value } from "./values/value.ts";

/** What one evaluation may cost, in upstream's units. */
const perCallLimit = 1_000_000;

/** An expression that can't be compiled. The message has all complaints, with the places that they are about. */
export class CompileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CompileError";
  }
}

export interface Evaluation {
  /** A `Failure` where it failed. */
  value: Value;
  cost: number;
}

export interface Compiled {
  readonly type: Type;
  /** Whether the expression names the variable. */
  uses(variable: string): boolean;
  /** Whether the expression selects the field of the variable, as `variable.field` or `variable.?field`. */
  selects(variable: string, field: string): boolean;
  /** Whether the expression selects a field of that name of anything. */
  selectsAny(field: string): boolean;
  /** The range of what evaluations can cost; `sizeOf` knows how large the variables and what is in them can be. */
  estimate(sizeOf: SizeOfPath): CostEstimate;
  /** Makes the expression ready to run. Throws `CompileError` where a constant part of it fails. */
  program(library: FunctionLibrary): Program;
}

export interface Program {
  evaluate(variables: Variables, limit?: number): Evaluation;
}

/** Throws `CompileError`. */
export function compile(text: string, environment: Environment): Compiled {
  const { expr, issues } = parse(text, environment.hasBind);
  if (issues.length > 0) throw new CompileError(formatIssues(text, issues));
  const found = check(expr, environment);
  if (found.length > 0) throw new CompileError(formatIssues(text, found));
  const wrong = validateLiterals(expr);
  if (wrong.length > 0) throw new CompileError(formatIssues(text, wrong));
  return {
    type: expr.type as Type,
    uses: (variable) => uses(expr, variable),
    selects: (variable, field) => selects(expr, field, (operand) => operand?.kind === "ident" && operand.name === variable),
    selectsAny: (field) => selects(expr, field, () => true),
    estimate: (sizeOf) => estimateCost(expr, sizeOf),
    program: (library) => makeProgram(expr, environment, library),
  };
}

function makeProgram(expr: Expr, environment: Environment, library: FunctionLibrary): Program {
  let step: (frame: Frame) => Value;
  try {
    ({ step } = new Planner(library, environment).plan(expr));
  } catch (error) {
    if (error instanceof PlanError) throw new CompileError(error.message);
    throw error;
  }
  const evaluate = (variables: Variables, limit = perCallLimit): Evaluation => {
    const frame = new Frame(variables, limit);
    try {
      const value = step(frame);
      return { value, cost: frame.cost };
    } catch (error) {
      // A value nested deeper than the stack is as good as one that costs too much.
      if (error instanceof CostExceeded || error instanceof RangeError) return { value: new Failure(error.message), cost: frame.cost };
      throw error;
    }
  };
  const { timer } = library;
  if (!timer) return { evaluate };
  return {
    evaluate(variables, limit) {
      const began = timer.now();
      try {
        return evaluate(variables, limit);
      } finally {
        timer.took(timer.now() - began);
      }
    },
  };
}

function selects(expr: Expr, field: string, isMeant: (operand: Expr | undefined) => boolean): boolean {
  if (expr.kind === "select" && expr.field === field && isMeant(expr.operand)) return true;
  if (expr.kind === "call" && expr.function === operators.optSelect) {
    const [operand, selected] = expr.args;
    if (selected?.kind === "literal" && selected.value === field && isMeant(operand)) return true;
  }
  return childrenOf(expr).some((child) => selects(child, field, isMeant));
}

function uses(expr: Expr, variable: string): boolean {
  if (expr.kind === "ident" && expr.name === variable) return true;
  return childrenOf(expr).some((child) => uses(child, variable));
}
